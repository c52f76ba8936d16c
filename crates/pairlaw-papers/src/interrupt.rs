//! Ctrl-C: stops at once, leaves nothing half-written, and says how to go on.

use crate::Failure;
use crate::runner::Runner;
use std::io::Write;
use std::path::Path;

/// How shells report a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, and a request to terminate, end the process with a word on how to go on.
/// That is safe at any moment: files are written whole or not at all.
pub(crate) fn watch(runner: &Runner, out: &Path) -> Result<(), Failure> {
    let (bars, out) = (runner.progress.bars(), out.to_owned());
    Ok(ctrlc::set_handler(move || {
        if let Some(bars) = &bars {
            bars.clear();
        }
        // Where nobody reads on, as behind a pipe that ended first, there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "stopped. What is finished is kept in {}: the same command goes on from there",
            out.join("cache").display()
        );
        std::process::exit(INTERRUPTED);
    })?)
}
