//! What can stop a command of xtask.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

#[derive(Debug)]
pub(crate) enum Error {
    /// There is no such command.
    Command(String),
    /// The command does not take this argument.
    Argument { command: String, argument: String },
    /// A program could not be started.
    Start { program: String, source: io::Error },
    /// A program ran and failed.
    Failed { program: String, status: ExitStatus },
    /// Tests failed.
    Tests { failed: usize },
    /// Tidy found something.
    Tidy { n_findings: usize },
    /// There is no such library.
    Library { name: String, known: Vec<String> },
    /// Cargo packaged and left no archive.
    Archive { name: String, folder: PathBuf },
    /// A file or folder could not be read or written.
    File { path: PathBuf, source: io::Error },
    /// The output of a test run could not be read or passed on.
    Stream(io::Error),
}

impl Error {
    pub(crate) fn argument(command: &str, argument: &str) -> Self {
        let (command, argument) = (command.to_owned(), argument.to_owned());
        Self::Argument { command, argument }
    }

    /// For `map_err`: an I/O error at this path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(name) => {
                write!(f, "no command `{name}`; `cargo xtask help` lists them")
            }
            Self::Argument { command, argument } => {
                write!(f, "`{command}` does not take `{argument}`; see `cargo xtask help`")
            }
            Self::Start { program, source } => {
                write!(f, "cannot start `{program}`: {source}; is it installed and on PATH?")
            }
            Self::Failed { program, status } => write!(f, "`{program}` failed: {status}"),
            Self::Tests { failed } => write!(f, "{failed} failed; they are named above"),
            Self::Tidy { n_findings } => write!(f, "{n_findings} findings; see above"),
            Self::Library { name, known } => {
                write!(f, "no library `{name}`; there are {}", known.join(", "))
            }
            Self::Archive { name, folder } => {
                let folder = folder.display();
                write!(
                    f,
                    "no archive of `{name}` in {folder}; does `cargo package -p {name}` work?"
                )
            }
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Stream(source) => write!(f, "cannot pass on the output of a test run: {source}"),
        }
    }
}

impl std::error::Error for Error {}
