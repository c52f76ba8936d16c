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

/// Prints an error and its causes to standard error, a line each; a cause that the line before has
/// told already is not told again.
pub fn tell_failure(failure: &(dyn Error + 'static)) {
    // Where nobody reads standard error, nobody is told.
    let _ = io::stderr().lock().write_all(told(failure).as_bytes());
}

fn told(failure: &(dyn Error + 'static)) -> String {
    let mut last = failure.to_string();
    let mut text = format!("error: {last}\n");
    let mut cause = failure.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !last.contains(&words) {
            text += &format!("  because {words}\n");
            last = words;
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let source = io::Error::other("the disc is full");
        let folder = RunError::Folder { folder: "out".into(), source };
        assert_eq!(
            told(&folder),
            "error: cannot use out: the disc is full; choose another --out\n"
        );
        #[derive(Debug, thiserror::Error)]
        #[error("no result")]
        struct Outer(#[source] RunError);
        let told = told(&Outer(folder));
        assert_eq!(told.lines().count(), 2);
        assert!(told.starts_with("error: no result\n  because cannot use out"), "{told}");
    }
}
