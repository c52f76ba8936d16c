//! Why tracks suit a learner or not, in sentences with advice.

use std::fmt;

use serde::Serialize;

use crate::inspect::fit::Suited;
use crate::inspect::numbers::{axis_name, count, number, of_things, percent, point};
use crate::inspect::presence::Stretch;
use crate::rounded_times::ROUNDED;

/// Why tracks suit a learner or not; its `Display` is a sentence with advice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// All rows are at one time.
    SingleTime,
    /// No frame holds two individuals.
    Alone {
        /// Individuals.
        n: usize,
    },
    /// Enough individuals have long runs.
    LongTracks {
        /// Individuals with a run of `needed` samples.
        n_long: usize,
        /// Individuals.
        n: usize,
        /// Samples in a row.
        needed: usize,
    },
    /// Less than half of the individuals, or none, have long runs.
    ShortTracks {
        /// Individuals with a run of `needed` samples.
        n_long: usize,
        /// Individuals.
        n: usize,
        /// Longest run.
        longest: u64,
        /// Samples in a row.
        needed: usize,
    },
    /// Fewer individuals with long runs than the smallest species has.
    FewIndividuals {
        /// Individuals with long runs.
        n_long: usize,
        /// Members of the smallest species.
        needed: usize,
    },
    /// Successive steps hardly agree: no velocity is resolved.
    Erratic {
        /// Agreement of successive steps.
        persistence: f64,
    },
    /// Steps are hardly longer than their noise.
    Noise {
        /// Median step over the noise of one.
        ratio: f64,
        /// What it should be at least.
        needed: f64,
    },
    /// Steps are much longer than their noise.
    ClearSteps {
        /// Median step over the noise of one.
        ratio: f64,
    },
    /// Many are there in all frames of a stretch.
    ManyParticles {
        /// The longest stretch with enough of them.
        stretch: Stretch,
    },
    /// Too few are there in any stretch.
    FewParticles {
        /// The stretch with most of them.
        stretch: Stretch,
        /// Below this number nothing can be said.
        fewest: usize,
        /// From this number on it works well.
        enough: usize,
    },
    /// Too few frames.
    FewFrames {
        /// Frames.
        n_frames: u64,
        /// Frames that are needed.
        needed: u64,
    },
    /// Individuals enter and leave.
    NumberChanges {
        /// Fewest in a frame.
        least: u64,
        /// Most in a frame.
        most: u64,
    },
    /// Axes along which all positions are equal.
    FlatAxes {
        /// Their indices.
        axes: Vec<usize>,
    },
    /// Individuals divide.
    Divisions {
        /// Parents.
        n: usize,
    },
    /// No two individuals stay for several frames in a row.
    NobodyStays {
        /// Frames in a row.
        n_frames: u64,
    },
    /// Some individuals stay for a stretch.
    SomeStay {
        /// A long stretch that many stay for.
        stretch: Stretch,
        /// Individuals.
        n: usize,
    },
    /// Everybody is there in every frame.
    AllStay {
        /// Individuals.
        n: usize,
        /// Frames.
        n_frames: u64,
    },
    /// More frames than a simulation can follow.
    ManyFrames {
        /// Frames.
        n_frames: u64,
        /// Frames that are well fitted.
        most: u64,
    },
    /// More pairs than there can be parameters.
    ManyPairs {
        /// Individuals.
        n: usize,
    },
    /// Times are not on a uniform grid.
    UnevenTimes {
        /// Rows off the grid.
        n_off: usize,
        /// Rows.
        n_rows: usize,
        /// Step of the grid.
        step: f64,
        /// The largest distance of a time from the grid, in steps.
        largest_offset: f64,
    },
    /// Individuals are usually seen in every n-th frame only.
    EveryNth {
        /// Frames from sample to sample.
        frames: u64,
    },
    /// Rows of one individual at one time.
    Duplicates {
        /// Surplus rows.
        n: usize,
        /// Those of them at the same position.
        n_copies: usize,
    },
    /// All rows are of one individual, which is at many places at once.
    Unlinked {
        /// Rows.
        n_rows: usize,
    },
    /// Steps far beyond the individuals' own.
    Jumps {
        /// Jumps.
        n: usize,
        /// Individuals that jump.
        n_individuals: usize,
        /// Pairs that exchange their places.
        n_swaps: usize,
    },
    /// Many samples are missing inside of tracks.
    Gaps {
        /// Gaps.
        n: usize,
        /// Share of samples that are missing.
        share: f64,
    },
    /// Many steps have length zero.
    Still {
        /// Share of the steps.
        share: f64,
    },
    /// Everybody moves the same way.
    Drift {
        /// Mean velocity over the root mean square speed.
        share: f64,
    },
    /// The file's velocities are not those of its positions.
    VelocityUnits {
        /// Share of the velocities that positions show.
        agreement: f64,
    },
    /// Individuals are exactly at one place.
    Coincident {
        /// Distances of zero.
        n: usize,
        /// Distances looked at.
        of: usize,
    },
    /// Rows at a position that seems to stand for none.
    Placeholders {
        /// Rows.
        n: usize,
        /// The position.
        position: Vec<f64>,
    },
}

impl Reason {
    /// What it means for the learner.
    #[must_use]
    pub fn suited(&self) -> Suited {
        match self {
            Self::LongTracks { .. }
            | Self::ClearSteps { .. }
            | Self::ManyParticles { .. }
            | Self::AllStay { .. } => Suited::Yes,
            Self::SingleTime
            | Self::Alone { .. }
            | Self::FewFrames { .. }
            | Self::NobodyStays { .. }
            | Self::ShortTracks { n_long: 0, .. } => Suited::No,
            Self::FewParticles { stretch, fewest, .. } if stretch.n_individuals < *fewest => {
                Suited::No
            }
            _ => Suited::WithLimits,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SingleTime
            | Self::UnevenTimes { .. }
            | Self::EveryNth { .. }
            | Self::Duplicates { .. }
            | Self::Unlinked { .. }
            | Self::Jumps { .. }
            | Self::Gaps { .. }
            | Self::Still { .. }
            | Self::Drift { .. }
            | Self::VelocityUnits { .. }
            | Self::Coincident { .. }
            | Self::Placeholders { .. } => self.write_flaw(f),
            Self::Alone { .. }
            | Self::LongTracks { .. }
            | Self::ShortTracks { .. }
            | Self::FewIndividuals { .. }
            | Self::Erratic { .. }
            | Self::Noise { .. }
            | Self::ClearSteps { .. }
            | Self::Divisions { .. } => self.write_tracks(f),
            _ => self.write_frames(f),
        }
    }
}

impl Reason {
    /// About single tracks and how they move.
    fn write_tracks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone { n } => write!(
                f,
                "No frame holds two individuals ({} in all), so nothing can be said about pairs: \
                 give tracks of individuals that are there together.",
                count(*n)
            ),
            Self::LongTracks { n_long, n, needed } if n_long == n => {
                write!(f, "All {} individuals have {needed} samples in a row or more.", count(*n))
            }
            Self::LongTracks { n_long, n, needed } => write!(
                f,
                "{} of {} individuals have {needed} samples in a row or more.",
                count(*n_long),
                count(*n)
            ),
            Self::ShortTracks { n_long: 0, longest, needed, .. } => write!(
                f,
                "No track has {needed} samples in a row, the longest run has {}: link tracks over \
                 gaps, or record faster or longer.",
                count(*longest)
            ),
            Self::ShortTracks { n_long, n, needed, .. } => write!(
                f,
                "Only {} of {} individuals have {needed} samples in a row; the others act as \
                 neighbours but get no law: link tracks over gaps, or record longer.",
                count(*n_long),
                count(*n)
            ),
            Self::FewIndividuals { n_long, needed } => write!(
                f,
                "{} with long runs; a species of fewer than {needed} is not looked for by \
                 default: allow smaller ones (--smallest-species), and expect wide intervals.",
                of_things(*n_long, "individual", "individuals")
            ),
            Self::Erratic { persistence } => write!(
                f,
                "Successive steps hardly agree (persistence {}): a random walk, or noise, in which \
                 forces do not show in velocities. Record faster; if the motion is overdamped, \
                 meanfield is the learner for it, given enough individuals.",
                number(*persistence)
            ),
            Self::Noise { ratio, needed } => write!(
                f,
                "The median step is {} times its noise, and should be {} times or more: average or \
                 keep every n-th frame, give the noise to the learner (--noise), or measure more \
                 exactly.",
                number(*ratio),
                number(*needed)
            ),
            Self::ClearSteps { ratio } => {
                write!(f, "The median step is {} times its noise.", number(*ratio))
            }
            Self::Divisions { n } => write!(
                f,
                "{}: tracks end and begin there, and those just born do not move as others do.",
                of_things(*n, "division", "divisions")
            ),
            _ => Ok(()),
        }
    }

    /// About how many are there for how long.
    fn write_frames(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyParticles { stretch } => write!(f, "{}.", staying(stretch)),
            Self::FewParticles { stretch, fewest, enough } => write!(
                f,
                "At most {}; a mean field needs {fewest}, and {enough} or more that are alike to \
                 work well: pool recordings, or take species.",
                staying(stretch)
            ),
            Self::FewFrames { n_frames, needed } => write!(
                f,
                "{} cannot show how anything changes: give {needed} or more.",
                of_things(*n_frames, "frame", "frames")
            ),
            Self::NumberChanges { least, most } => write!(
                f,
                "A frame holds {} to {} individuals, but snapshots must hold the same: keep a stretch \
                 of frames and those who stay for it (--first-frame, --frames).",
                count(*least),
                count(*most)
            ),
            Self::FlatAxes { axes } => {
                let names: Vec<_> = axes.iter().map(|&axis| axis_name(axis)).collect();
                write!(f, "All positions are equal along {}: leave it out.", names.join(" and "))
            }
            Self::NobodyStays { n_frames } => write!(
                f,
                "No two individuals stay for {n_frames} frames in a row, so no motion can be followed: \
                 fill gaps or mend the ids."
            ),
            Self::SomeStay { stretch, n } => write!(
                f,
                "{}, of {}; others are left out although they act: choose these frames (--first-frame, \
                 --frames).",
                staying(stretch),
                count(*n)
            ),
            Self::AllStay { n, n_frames } => write!(
                f,
                "All {} individuals are there in all {} frames.",
                count(*n),
                count(*n_frames)
            ),
            Self::ManyFrames { n_frames, most } => write!(
                f,
                "{} frames are many to simulate through: choose up to {most} (--first-frame, --frames), and \
                 hold some out.",
                count(*n_frames)
            ),
            Self::ManyPairs { n } => write!(
                f,
                "{} individuals have {} pairs: let pairs share parameters (individual or typed, not \
                 mutual).",
                count(*n),
                count(n * (n - 1) / 2)
            ),
            _ => Ok(()),
        }
    }

    /// About what is wrong with the data.
    fn write_flaw(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SingleTime => {
                f.write_str("There is a single time, so nothing moves: check the column of times.")
            }
            Self::UnevenTimes { n_off, n_rows, step, largest_offset } => write!(
                f,
                "{} of {} rows are not on a grid of step {}: mend them, give frame numbers, {}.",
                count(*n_off),
                count(*n_rows),
                number(*step),
                if *largest_offset <= ROUNDED {
                    "or take times that are rounded so little as even (--time-tolerance 0.02)"
                } else {
                    "or resample the tracks (--resample)"
                }
            ),
            Self::EveryNth { frames } => write!(
                f,
                "Individuals are usually seen once in {frames} frames: either some times are wrong, or \
                 samples were taken in turns. Mend the times or resample the tracks (--resample)."
            ),
            Self::Duplicates { n, n_copies } => write!(
                f,
                "{} of an individual at a time that has one already ({} plain copies), which no learner \
                 takes: keep the first or the mean (--duplicates), or mend the ids; if tracks divide, \
                 read a format that tells it, such as TrackMate's session (XML).",
                of_things(*n, "row", "rows"),
                count(*n_copies)
            ),
            Self::Unlinked { n_rows } => write!(
                f,
                "All {} rows are of one individual, which is at several places at once: detections that \
                 nobody linked, or a column of ids that was not found. Say which one it is (--id), or link \
                 them first.",
                count(*n_rows)
            ),
            Self::Jumps { n, n_individuals, n_swaps } => write!(
                f,
                "{} far beyond the own steps of {}{}: look at them, and cut these tracks there.",
                of_things(*n, "jump", "jumps"),
                of_things(*n_individuals, "individual", "individuals"),
                match n_swaps {
                    0 => String::new(),
                    n => format!(
                        ", with {} in which two exchange their places, as swapped ids do",
                        of_things(*n, "pair", "pairs")
                    ),
                }
            ),
            Self::Gaps { n, share } => write!(
                f,
                "{} hide {} of the samples: neighbours are interpolated over short ones, long ones \
                 leave them out.",
                of_things(*n, "gap", "gaps"),
                percent(*share)
            ),
            Self::Still { share } => write!(
                f,
                "{} of the steps have length zero: positions are rounded, or held where they were \
                 lost. Give more digits, or leave held positions out.",
                percent(*share)
            ),
            Self::Drift { share } => write!(
                f,
                "A common drift makes {} of the rms speed: subtract it if the stage moved; if all are \
                 driven, allow self-propulsion or an external field.",
                percent(*share)
            ),
            Self::VelocityUnits { agreement } => write!(
                f,
                "Positions move at {} times the velocities given: units differ, or these are no \
                 velocities of them. The species learner takes those of positions then; mend the units \
                 to have the file's used.",
                number(*agreement)
            ),
            Self::Coincident { n, of } => write!(
                f,
                "In {} of {} cases the nearest neighbour is exactly at the same place: the same \
                 individual with two ids?",
                count(*n),
                count(*of)
            ),
            Self::Placeholders { n, position } => write!(
                f,
                "{} exactly at {}: if this stands for a missing position, say so when reading \
                 (--missing).",
                of_things(*n, "row is", "rows are"),
                point(position)
            ),
            _ => Ok(()),
        }
    }
}

fn staying(stretch: &Stretch) -> String {
    let Stretch { n_frames, first_frame, n_individuals } = *stretch;
    format!(
        "{} for the {} frames from {} on",
        of_things(n_individuals, "individual stays", "individuals stay"),
        count(n_frames),
        count(first_frame)
    )
}
