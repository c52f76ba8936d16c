//! The report in words.

use std::fmt;

use crate::inspect::numbers::{axis_name, count, number, of_things, percent, point, time};
use crate::inspect::{Fit, Inspection, Jump, LONG_RUN, Reason, Repeat, Spread};

/// Columns of the widest line.
const WIDTH: usize = 100;

/// Columns of the words in front.
const LABEL: usize = 13;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.path, self.format)?;
        for note in &self.notes {
            writeln!(f, "{}", hung("  - ", note))?;
        }
        writeln!(f)?;
        for (label, words) in self.lines() {
            writeln!(f, "{}", hung(&format!("{label:LABEL$}"), &words))?;
        }
        writeln!(f)?;
        let common = self.common();
        if !common.is_empty() {
            writeln!(f, "for all learners")?;
            common.iter().try_for_each(|reason| writeln!(f, "{}", item(reason)))?;
        }
        for (i, fit) in self.fits.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { "\n" } else { "" }, verdict(fit))?;
            let own = fit.reasons.iter().filter(|reason| !common.contains(reason));
            own.into_iter().try_for_each(|reason| write!(f, "\n{}", item(reason)))?;
        }
        Ok(())
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&verdict(self))?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n{}", item(reason)))
    }
}

fn verdict(fit: &Fit) -> String {
    format!("{:LABEL$}{}", fit.learner.name(), fit.suited)
}

fn item(reason: &Reason) -> String {
    hung("  - ", &reason.to_string())
}

/// Words after a first one, broken before column 100 and hung below where they begin.
fn hung(first: &str, words: &str) -> String {
    let indent = first.chars().count();
    let (mut shown, mut column) = (first.to_owned(), indent);
    for word in words.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            shown.push('\n');
            shown.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            shown.push(' ');
            column += 1;
        }
        shown.push_str(word);
        column += length;
    }
    shown.trim_end().to_owned()
}

impl Inspection {
    /// Reasons of every learner, told once.
    fn common(&self) -> Vec<&Reason> {
        let Some((first, others)) = self.fits.split_first() else { return Vec::new() };
        let is_common = |reason: &&Reason| others.iter().all(|fit| fit.reasons.contains(reason));
        first.reasons.iter().filter(is_common).collect()
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let lines = [
            ("rows", Some(self.rows())),
            ("individuals", Some(self.individuals())),
            ("times", Some(self.sampling())),
            ("units", Some(self.units())),
            ("space", Some(self.space())),
            ("tracks", Some(self.tracks())),
            ("gaps", Some(self.gaps())),
            ("duplicates", Some(self.duplicate_rows())),
            ("placeholders", Some(self.placeholders())),
            ("steps", Some(self.steps())),
            ("noise", Some(self.noise())),
            ("drift", self.drift()),
            ("jumps", Some(self.jump_words())),
            ("neighbours", Some(self.neighbour_words())),
            ("also", self.extras()),
        ];
        lines.into_iter().filter_map(|(label, words)| words.map(|words| (label, words))).collect()
    }

    fn rows(&self) -> String {
        let missing = of_things(self.n_missing, "row", "rows");
        let untracked = of_things(self.n_untracked, "row", "rows");
        let left_out = match (self.n_missing, self.n_untracked) {
            (0, 0) => "none left out".to_owned(),
            (_, 0) => format!("{missing} left out: a number is missing"),
            (0, _) => format!("{untracked} left out: of no track"),
            _ => format!("left out: {missing} with a number missing, {untracked} of no track"),
        };
        format!("{}; {left_out}", count(self.n_rows))
    }

    fn individuals(&self) -> String {
        let Spread { least, median, most, .. } = self.presence.per_frame;
        let each = if least == most {
            format!("{} in every frame", count(least))
        } else {
            format!("{} to {} in a frame, median {}", count(least), count(most), count(median))
        };
        let empty = match self.presence.n_empty_frames {
            0 => String::new(),
            n => format!("; {} nobody", of_things(n, "frame holds", "frames hold")),
        };
        format!("{}; {each}{empty}", count(self.n_individuals))
    }

    fn sampling(&self) -> String {
        let times = &self.times;
        let Some(step) = times.step else {
            return format!("a single one: {}", time(times.first));
        };
        let range = format!("{} to {}", time(times.first), time(times.last));
        let step = number(step);
        let every = match times.frames_per_sample {
            1 => String::new(),
            n => format!("; an individual is usually seen once in {n} frames"),
        };
        let Some(off) = &times.first_off_grid else {
            let n_frames = of_things(times.n_frames, "frame", "frames");
            return format!("{range}: {n_frames} on a uniform grid of step {step}{every}");
        };
        format!(
            "{range}: {} different, typical step {step}; {} of {} rows are off the grid by up to {} steps, \
             first {} (time {}, nearest frame at {}){every}",
            count(times.n_times),
            count(times.n_off_grid),
            count(self.n_rows),
            number(times.largest_offset),
            off.place,
            time(off.time),
            time(off.expected)
        )
    }

    fn units(&self) -> String {
        let length = match self.length_unit.as_str() {
            "" => "length unknown: give its unit, and the pixel size if it is pixels (--length-unit, --pixel-size)"
                .to_owned(),
            unit => format!("length {unit}"),
        };
        let time = match self.time_unit.as_str() {
            _ if self.time_is_frames => {
                "times count frames: give the frame interval for speeds and forces in real time \
                 (--frame-interval, --time-unit)"
                    .to_owned()
            }
            "" => "time unknown: give its unit (--time-unit)".to_owned(),
            unit => format!("time {unit}"),
        };
        format!("{length}; {time}")
    }

    fn space(&self) -> String {
        let words = self.axes.iter().enumerate().map(|(d, axis)| {
            let name = axis_name(d);
            let (least, most) = (number(axis.least), number(axis.most));
            if axis.is_constant() {
                format!("{name} {least} throughout")
            } else if axis.moves {
                format!("{name} {least} to {most}")
            } else {
                let ignored = if d == 2 { ", so no part of distances" } else { "" };
                format!("{name} {least} to {most}, fixed for each individual{ignored}")
            }
        });
        let words: Vec<String> = words.collect();
        format!("{}: {}", of_things(self.axes.len(), "dimension", "dimensions"), words.join("; "))
    }

    fn tracks(&self) -> String {
        let Spread { least, quarter, median, three_quarters, most } = self.presence.track_lengths;
        let lengths = if least == most {
            format!("{} each", of_things(least, "sample", "samples"))
        } else {
            let [least, quarter, median, three_quarters, most] =
                [least, quarter, median, three_quarters, most].map(count);
            format!(
                "{least} to {most} samples, median {median}, quartiles {quarter} and {three_quarters}"
            )
        };
        format!(
            "{lengths}; {} of {} have {LONG_RUN} in a row or more; {} in all frames",
            count(self.presence.n_with_long_run),
            count(self.n_individuals),
            of_things(self.presence.n_in_all_frames, "is", "are")
        )
    }

    fn gaps(&self) -> String {
        let gaps = &self.presence.gaps;
        let Some(first) = gaps.first else { return "none".to_owned() };
        format!(
            "{} in {}, {} missing, {} in the longest; the first ends at {first}",
            count(gaps.n),
            of_things(gaps.n_individuals, "track", "tracks"),
            of_things(gaps.n_missing, "sample", "samples"),
            count(gaps.longest)
        )
    }

    fn duplicate_rows(&self) -> String {
        let Some(first) = &self.duplicates.first else { return "none".to_owned() };
        let [a, b] = first.places;
        format!(
            "{} of an individual at a time it has already, {} the position too; first {a} and {b} \
             (individual {}, time {})",
            of_things(self.duplicates.n, "row", "rows"),
            of_things(self.duplicates.n_copies, "repeats", "repeat"),
            first.id,
            time(first.time)
        )
    }

    fn placeholders(&self) -> String {
        let words = |repeat: &Repeat| {
            let first = repeat.first.map_or_else(String::new, |place| format!(", first {place}"));
            format!(
                "{} of {} exactly at {}{first}",
                of_things(repeat.n_rows, "row", "rows"),
                of_things(repeat.n_individuals, "individual", "individuals"),
                point(&repeat.position)
            )
        };
        let found: Vec<_> = self.at_origin.iter().chain(&self.most_repeated).map(words).collect();
        if found.is_empty() { "none found".to_owned() } else { found.join("; ") }
    }

    fn steps(&self) -> String {
        let motion = &self.motion;
        let (Some(median), Some(most)) = (motion.median_step, motion.step_99) else {
            return "none: no two samples in a row".to_owned();
        };
        let unit = self.unit_of_length();
        let speed = match (motion.median_speed, motion.speed_99) {
            (Some(median), Some(most)) if !self.time_is_frames => {
                let unit = self.unit_of_speed();
                format!("; speed {} and {}{unit}", number(median), number(most))
            }
            _ => String::new(),
        };
        let persistence = motion.persistence.map_or_else(String::new, |p| {
            format!("; persistence {} (1 straight, 0 random walk)", number(p))
        });
        let still = match (motion.n_still, motion.longest_still) {
            (0, _) => String::new(),
            (n, 1) => format!("; {} of length zero", count(n)),
            (n, longest) => {
                format!("; {} of length zero, up to {} in a row", count(n), count(longest))
            }
        };
        format!(
            "{}: median {}{unit}, 99 % below {}{unit}{speed}{persistence}{still}",
            count(motion.n_steps),
            number(median),
            number(most)
        )
    }

    fn noise(&self) -> String {
        let motion = &self.motion;
        match (motion.noise, motion.step_to_noise) {
            (Some(noise), Some(ratio)) => format!(
                "at most {}{} a coordinate; the median step is {} times the noise of a step",
                number(noise),
                self.unit_of_length(),
                number(ratio)
            ),
            (Some(_), None) => "none shows".to_owned(),
            (None, _) => "unknown: it shows in seven samples in a row".to_owned(),
        }
    }

    fn drift(&self) -> Option<String> {
        let share = self.motion.drift_share?;
        let drift = &self.motion.drift;
        let unit = self.unit_of_speed();
        (!drift.is_empty()).then(|| {
            let drift: Vec<String> = drift.iter().map(|v| number(*v)).collect();
            format!(
                "mean velocity ({}){unit}, {} of the rms speed",
                drift.join(", "),
                percent(share)
            )
        })
    }

    fn jump_words(&self) -> String {
        let jumps = &self.jumps;
        let Some((first, largest)) = jumps.first.as_ref().zip(jumps.largest.as_ref()) else {
            return "none".to_owned();
        };
        let swaps = jumps.first_swap.map_or_else(String::new, |[a, b]| {
            let n = of_things(jumps.n_swaps, "pair exchanges its", "pairs exchange their");
            format!("; {n} places, first {a} and {b}")
        });
        let at_once = match jumps.most_at_once {
            0..=2 => String::new(),
            n => format!(", up to {} at once", count(n)),
        };
        let largest =
            if largest == first { String::new() } else { format!("; largest {}", jump(largest)) };
        format!(
            "{} in {}{at_once}; first {}{largest}{swaps}",
            count(jumps.n),
            of_things(jumps.n_individuals, "track", "tracks"),
            jump(first)
        )
    }

    fn neighbour_words(&self) -> String {
        let found = &self.neighbours;
        let (Some(median), Some(low), Some(high)) =
            (found.median, found.percent_1, found.percent_99)
        else {
            return "none: no frame holds two individuals".to_owned();
        };
        let coincident = match found.n_coincident {
            0 => String::new(),
            n => format!("; {} zero", of_things(n, "is", "are")),
        };
        let frames = if found.n_frames == found.n_frames_with_pairs {
            "all frames".to_owned()
        } else {
            format!(
                "{} of {} frames, evenly spread",
                count(found.n_frames),
                count(found.n_frames_with_pairs)
            )
        };
        let unit = self.unit_of_length();
        format!(
            "nearest at {}{unit} (median), 1 % below {}, 1 % above {}{coincident}; from {frames}",
            number(median),
            number(low),
            number(high)
        )
    }

    fn extras(&self) -> Option<String> {
        let things = [
            (self.n_divisions > 0).then(|| of_things(self.n_divisions, "division", "divisions")),
            (self.n_walls > 0).then(|| of_things(self.n_walls, "wall segment", "wall segments")),
            self.has_velocities.then(|| match self.motion.velocity_agreement {
                Some(agreement) => {
                    format!("velocities given, positions move at {} times them", number(agreement))
                }
                None => "velocities given".to_owned(),
            }),
        ];
        let things: Vec<String> = things.into_iter().flatten().collect();
        (!things.is_empty()).then(|| things.join("; "))
    }

    fn unit_of_length(&self) -> String {
        if self.length_unit.is_empty() { String::new() } else { format!(" {}", self.length_unit) }
    }

    fn unit_of_speed(&self) -> String {
        let time = if self.time_is_frames { "frame" } else { &self.time_unit };
        match (self.length_unit.as_str(), time) {
            ("", "frame") => " a frame".to_owned(),
            ("", _) | (_, "") => String::new(),
            (length, time) => format!(" {length}/{time}"),
        }
    }
}

fn jump(jump: &Jump) -> String {
    let Jump { id, place, length, usual } = jump;
    format!("{place} (individual {id}, {} where {} is usual)", number(*length), number(*usual))
}
