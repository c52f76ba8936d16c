//! Progress of long work on standard error: bars on a terminal, plain lines otherwise.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Plain lines of one stage are at least this far apart.
const INTERVAL: Duration = Duration::from_secs(5);

/// Where progress goes; may be told from any thread.
#[derive(Debug)]
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    stages: Mutex<BTreeMap<String, Stage>>,
}

#[derive(Debug)]
struct Stage {
    bar: Option<ProgressBar>,
    start: Instant,
    last_line: Instant,
    /// Tellers race: only the furthest count is shown.
    furthest: usize,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, stages: Mutex::new(BTreeMap::new()) }
    }

    /// Stage `name` has done `done` of `total` parts.
    pub(crate) fn tell(&self, name: &str, done: usize, total: usize) {
        // A poisoned lock means that another thread panicked: its message is what matters.
        let Ok(mut stages) = self.stages.lock() else { return };
        // Finished stages stay: a late teller must not begin them again.
        let stage = stages.entry(name.to_owned()).or_insert_with(|| self.begin(name, total));
        if done <= stage.furthest {
            return;
        }
        stage.furthest = done;
        match &stage.bar {
            Some(bar) => bar.set_position(done as u64),
            None if stage.last_line.elapsed() >= INTERVAL || done == total => {
                stage.last_line = Instant::now();
                eprintln!("{name}: {done}/{total}, {:.0} s", stage.start.elapsed().as_secs_f64());
            }
            None => {}
        }
        if done == total
            && let Some(bar) = &stage.bar
        {
            bar.finish();
        }
    }

    fn begin(&self, name: &str, total: usize) -> Stage {
        let style = "{msg:44} {wide_bar} {pos}/{len} {per_sec} {eta} left";
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(total as u64)).with_message(name.to_owned());
            match ProgressStyle::with_template(style) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        let now = Instant::now();
        Stage { bar, start: now, last_line: now, furthest: 0 }
    }
}
