//! Progress of long work on standard error: bars on a terminal, plain lines otherwise.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Plain lines of one stage are at least this far apart.
const INTERVAL: Duration = Duration::from_secs(5);
/// Below this time a stage is not worth a line of its own.
const BRIEF: Duration = Duration::from_secs(1);

/// Where progress goes; may be told from any thread.
#[derive(Debug)]
pub struct Progress {
    bars: Option<Bars>,
    stages: Mutex<BTreeMap<String, Stage>>,
}

/// On a terminal: one bar for the parts of the run, and below it one for every stage at work.
#[derive(Clone, Debug)]
pub struct Bars {
    all: MultiProgress,
    parts: ProgressBar,
}

#[derive(Debug)]
struct Stage {
    bar: Option<ProgressBar>,
    start: Instant,
    last_line: Instant,
    /// Done before it was first told of: more than nothing where a killed run is resumed.
    before: usize,
    /// Tellers race: only the furthest count is shown.
    furthest: usize,
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::new();
        let parts = all.add(styled(0, "{pos:>3}/{len} {msg:44} {wide_bar} {elapsed} so far"));
        Self { all, parts }
    }

    /// Takes all bars from the terminal.
    pub fn clear(&self) {
        // A terminal that cannot be written to shows nothing that could be cleared.
        let _ = self.all.clear();
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Bars if standard error is a terminal, plain lines otherwise.
    #[must_use]
    pub fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(Bars::new);
        Self { bars, stages: Mutex::new(BTreeMap::new()) }
    }

    /// The bars, for whoever must clear them.
    #[must_use]
    pub fn bars(&self) -> Option<Bars> {
        self.bars.clone()
    }

    /// Part `k` of `total` begins, counted from 0.
    pub fn begin_part(&self, k: usize, total: usize, name: &str) {
        match &self.bars {
            Some(Bars { parts, .. }) => {
                parts.set_length(total as u64);
                parts.set_position(k as u64);
                parts.set_message(name.to_owned());
                parts.enable_steady_tick(INTERVAL / 10);
            }
            None => say(&format!("[{}/{total}] {name}", k + 1)),
        }
    }

    /// All parts are done.
    pub fn end_parts(&self, total: usize) {
        if let Some(Bars { parts, .. }) = &self.bars {
            parts.set_position(total as u64);
            parts.finish_and_clear();
        }
    }

    /// Stage `name` has done `done` of `total` units.
    pub fn tell(&self, name: &str, done: usize, total: usize) {
        // A poisoned lock means that another thread panicked: its message is what matters.
        let Ok(mut stages) = self.stages.lock() else { return };
        // Finished stages stay: a late teller must not begin them again.
        let stage = stages.entry(name.to_owned()).or_insert_with(|| self.begin(name, done, total));
        if done <= stage.furthest {
            return;
        }
        stage.furthest = done;
        match (&stage.bar, &self.bars) {
            (Some(bar), Some(Bars { all, .. })) => {
                bar.set_position(done as u64);
                if done == total {
                    bar.finish_and_clear();
                    all.remove(bar);
                    if stage.start.elapsed() >= BRIEF {
                        let line = format!("{name}: {total} in {}", seconds(stage.start.elapsed()));
                        // As above: without a terminal there is nobody to tell.
                        let _ = all.println(line);
                    }
                }
            }
            _ if stage.last_line.elapsed() >= INTERVAL
                || done == total && stage.start.elapsed() >= BRIEF =>
            {
                stage.last_line = Instant::now();
                say(&line(name, [stage.before, done, total], stage.start.elapsed()));
            }
            _ => {}
        }
    }

    fn begin(&self, name: &str, done: usize, total: usize) -> Stage {
        let before = done.saturating_sub(1);
        let bar = self.bars.as_ref().map(|bars| {
            let style = "        {msg:44} {wide_bar} {pos}/{len} {per_sec} {eta} left";
            let bar = bars.all.add(styled(total, style)).with_message(name.to_owned());
            bar.set_position(before as u64);
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        Stage { bar, start: now, last_line: now, before, furthest: before }
    }
}

fn styled(total: usize, style: &str) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Where standard error is closed, as by a pipe that ended first, nobody is told.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A plain line: what is done, its time and rate, and the time left at this rate; `before` was done
/// when it began.
fn line(name: &str, [before, done, total]: [usize; 3], elapsed: Duration) -> String {
    let rate = (done - before) as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = total.saturating_sub(done) as f64;
    let mut line = format!("{name}: {done}/{total}, {}", seconds(elapsed));
    if done < total {
        let left = seconds(Duration::from_secs_f64((left / rate).min(1e9)));
        line += &format!(", {rate:.3} a second, {left} left");
    }
    line
}

/// For people: `42 s`, or `7 min 05 s`.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    let total = duration.as_secs_f64().round() as u64;
    match total {
        0..60 => format!("{total} s"),
        60..3600 => format!("{} min {:02} s", total / 60, total % 60),
        _ => format!("{} h {:02} min", total / 3600, total % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        let words = [0.4, 59.4, 61.0, 3599.0, 7260.0].map(|s| seconds(Duration::from_secs_f64(s)));
        assert_eq!(words, ["0 s", "59 s", "1 min 01 s", "59 min 59 s", "2 h 01 min"]);
    }

    #[test]
    fn plain_lines_say_rate_and_time_left() {
        let told = line("epochs", [0, 200, 1000], Duration::from_secs(10));
        assert_eq!(told, "epochs: 200/1000, 10 s, 20.000 a second, 40 s left");
        let resumed = line("epochs", [600, 800, 1000], Duration::from_secs(10));
        assert_eq!(resumed, "epochs: 800/1000, 10 s, 20.000 a second, 10 s left");
        assert_eq!(line("epochs", [0, 7, 7], Duration::from_secs(2)), "epochs: 7/7, 2 s");
    }
}
