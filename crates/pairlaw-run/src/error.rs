//! What can keep a command from running.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

/// What a step of a command may fail with; [`tell_failure`] prints it with all its causes.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Why products cannot be kept, or Ctrl-C cannot be heard.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder of products cannot be made, read or written.
    #[error("cannot use {}: {source}; choose another --out", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process holds the folder.
    #[error("{} is in use by another run: wait for it or choose another --out", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// Another handler of Ctrl-C is there already.
    #[error("cannot listen for Ctrl-C: {source}")]
    Interrupt {
        /// Why.
        #[from]
        source: ctrlc::Error,
    },
}

/// Prints an error and its causes to standard error, a line each.
pub fn tell_failure(failure: &(dyn Error + 'static)) {
    // Where nobody reads standard error, nobody is told.
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        let _ = writeln!(out, "  because {error}");
        cause = error.source();
    }
}
