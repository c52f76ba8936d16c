//! What the command itself refuses; what the libraries refuse is told in their words.

use std::path::PathBuf;

/// Why a command cannot do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// A file of options is no TOML.
    #[error("{}:{line}: {message}", file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key or section of the options that does not exist.
    #[error("{}:{line}: unknown {kind} {name:?}; did you mean {nearest:?}? `--print-config` shows all", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Section or key.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The nearest one that exists.
        nearest: String,
    },
    /// A key with a value of the wrong kind.
    #[error("{}:{line}: {section}.{key}: {message}", file.display())]
    BadValue {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The section.
        section: &'static str,
        /// The key.
        key: String,
        /// What is wrong with its value.
        message: String,
    },
    /// An option out of range.
    #[error("--{option} is {value}; it must be {needed}")]
    BadOption {
        /// Its name.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        needed: &'static str,
    },
    /// A term of a stored law that does not exist.
    #[error("the stored law has a term {name:?} that this pairlaw does not know; learn it again")]
    UnknownStoredTerm {
        /// Its name.
        name: String,
    },
    /// Walls were asked for that the file does not have.
    #[error("--walls was asked for, but the file tells of no walls; PedPy's HDF5 files do")]
    NoWalls,
    /// A format that does not exist.
    #[error("--format {name:?} does not exist; `pairlaw formats` lists those that do")]
    UnknownFormat {
        /// Its name.
        name: String,
    },
    /// Columns of coordinates with a gap.
    #[error("--{missing} is missing: give the columns of all coordinates, from x on")]
    MissingCoordinate {
        /// The first one that is not given.
        missing: &'static str,
    },
    /// There is no run to go on with.
    #[error("{} holds nothing of a stopped run: leave out --resume to begin one", folder.display())]
    NothingToResume {
        /// The folder of products.
        folder: PathBuf,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder that cannot be made.
    #[error("cannot write to {}: {source}; choose another --out", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of results that is none.
    #[error("{}: {message}; give the output folder of a learner", path.display())]
    BadResult {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A term of a dictionary that does not exist.
    #[error("the dictionary has no term {term:?}: write power:2, exp:-1, yukawa:.05, sin or cos")]
    UnknownTerm {
        /// The term.
        term: String,
    },
    /// An ending that tells no format.
    #[error("{}: its ending tells no format that is written; end it in .{}", path.display(), endings.join(" or ."))]
    UnknownEnding {
        /// The file.
        path: PathBuf,
        /// Endings that do.
        endings: &'static [&'static str],
    },
    /// A scenario that does not exist.
    #[error(
        "no scenario is called {name:?}; did you mean {nearest:?}? `pairlaw simulate list` lists them"
    )]
    UnknownScenario {
        /// Its name.
        name: String,
        /// The nearest one.
        nearest: String,
    },
    /// Nobody of the recording is in a species.
    #[error(
        "nobody who belongs to a species has a position and a velocity in frame {frame}: choose another \
         --start-frame; velocities are centred differences, which tracks do not have in their first and \
         last frame"
    )]
    NobodyToSimulate {
        /// The frame.
        frame: usize,
    },
    /// A result without a law, or of other individuals.
    #[error("{}: {reason}", law.display())]
    NothingToSimulate {
        /// The result.
        law: PathBuf,
        /// What does not fit, and the way out.
        reason: String,
    },
    /// An output that would replace its input.
    #[error("{} is read and would be replaced by what is made of it: give another file", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// Lengths or times whose squares are no numbers.
    #[error(
        "a typical length is {length:e} and a typical time {time:e}, too far from 1 to compute with: give \
         them in another unit (--pixel-size, --frame-interval)"
    )]
    ExtremeScales {
        /// Unit of length that suits the data.
        length: f64,
        /// Unit of time.
        time: f64,
    },
}

impl CliError {
    /// Whether the fault is in what was asked for, not in the data: exit code 2 instead of 1.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Toml { .. }
                | Self::UnknownKey { .. }
                | Self::BadValue { .. }
                | Self::BadOption { .. }
                | Self::UnknownFormat { .. }
                | Self::MissingCoordinate { .. }
                | Self::NothingToResume { .. }
                | Self::SameFile { .. }
                | Self::UnknownTerm { .. }
                | Self::UnknownEnding { .. }
                | Self::UnknownScenario { .. }
        )
    }
}
