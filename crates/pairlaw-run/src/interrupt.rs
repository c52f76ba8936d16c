//! Ctrl-C: stops at once, leaves nothing half-written, and says how to go on.

use crate::error::RunError;
use crate::progress::Progress;
use std::io::Write;
use std::path::Path;

/// The exit code by which shells report a program that Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, and a request to terminate, end the process with a word on how to go on:
/// what is finished is kept in the folder `kept`. That is safe at any moment if files are written
/// whole or not at all.
///
/// # Errors
/// [`RunError::Interrupt`] if Ctrl-C is handled already.
pub fn stop_on_interrupt(progress: &Progress, kept: &Path) -> Result<(), RunError> {
    let (bars, kept) = (progress.bars(), kept.to_owned());
    Ok(ctrlc::set_handler(move || {
        if let Some(bars) = &bars {
            bars.clear();
        }
        // Where nobody reads on, as behind a pipe that ended first, there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "stopped. What is finished is kept in {}: the same command goes on from there",
            kept.display()
        );
        std::process::exit(INTERRUPTED);
    })?)
}
