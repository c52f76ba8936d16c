//! What can be wrong with a file of tracks.

use std::path::PathBuf;
use std::{fmt, io};

use pairlaw_data::DataError;

/// Why a file could not be read as tracks. Lines and columns are counted from 1.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// The file cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A factor is not positive and finite.
    #[error(
        "the {quantity} factor {factor} is not a finite number > 0; 1 leaves numbers as they are"
    )]
    BadScale {
        /// `"length"` or `"time"`.
        quantity: &'static str,
        /// The factor.
        factor: f64,
    },
    /// The content is of a known kind that is no delimited text.
    #[error(
        "{} is {kind}, not delimited text: write a table of id, time and coordinates (in TrackMate: \
         Export spots table to CSV)",
        path.display()
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// There is no row of a track.
    #[error(
        "{} holds no row of a track{}: give rows of id, time and coordinates",
        path.display(),
        if *n_untracked > 0 { format!(", only {n_untracked} spots without one") } else { String::new() }
    )]
    NoRows {
        /// The file.
        path: PathBuf,
        /// Number of spots that belong to no track.
        n_untracked: usize,
    },
    /// A column that is needed is not named.
    #[error(
        "{}, line {line}: no column is called {}; the columns are {found:?}: rename one, or give rows \
         of numbers in the order id, t, x, y, z without a row of names",
        path.display(),
        names.join(" | ")
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// Line of the names.
        line: usize,
        /// The names that would do.
        names: Vec<String>,
        /// The names that there are.
        found: Vec<String>,
    },
    /// A row ends before a column that is needed.
    #[error(
        "{}, line {line}: the row has {n_fields} fields, none in column {column} ({name}): complete \
         or delete it",
        path.display()
    )]
    MissingField {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: usize,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// Number of fields of the row.
        n_fields: usize,
    },
    /// A field is no finite number.
    #[error(
        "{}, line {line}, column {column} ({name}): {text:?} is no finite number with a decimal \
         point: repair it, or delete the row if the sample is missing",
        path.display()
    )]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: usize,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The field, cut after 40 characters.
        text: String,
    },
    /// An id is empty or not UTF-8.
    #[error(
        "{}, line {line}, column {column} ({name}): {text:?} is no id: give every row one in UTF-8",
        path.display()
    )]
    NotAnId {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: usize,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The field, cut after 40 characters.
        text: String,
    },
    /// One individual is at two places at one time.
    #[error(
        "{}, lines {first_line} and {line}: individual {id:?} has two positions at time {time}: keep \
         one, or give the daughters of a division ids of their own",
        path.display()
    )]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Line of the first of the two rows.
        first_line: usize,
        /// Line of the second.
        line: usize,
        /// The individual.
        id: String,
        /// The time, scaled.
        time: f64,
    },
    /// A time is not on the uniform grid of the others.
    #[error(
        "{}, line {line}: time {time} is not on the uniform grid with step {dt}, the nearest frame is \
         at {expected}: write frame numbers or more digits, or resample the tracks",
        path.display()
    )]
    OffGrid {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: usize,
        /// Its time, scaled.
        time: f64,
        /// Time of the nearest frame.
        expected: f64,
        /// Step of the grid.
        dt: f64,
    },
    /// The rows are sound one by one, but together they are no tracks.
    #[error("the rows of {} are no tracks", path.display())]
    Tracks {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DataError,
    },
    /// The file has not the dimensions that were asked for.
    #[error("{} has {found} coordinates, not {wanted}: ask for 1 to {found}", path.display())]
    BadDimensions {
        /// The file.
        path: PathBuf,
        /// Number of dimensions asked for.
        wanted: usize,
        /// Number of coordinates of the file.
        found: usize,
    },
    /// The content ends too early or contradicts its format.
    #[error("{}, {place}: {problem}: copy or export the file again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// What is wrong there, with what was found.
        problem: String,
    },
    /// The content is sound, but of a kind that is not read.
    #[error("{} {what}: {way_out}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is or has.
        what: String,
        /// What can be done.
        way_out: &'static str,
    },
    /// An array, column or data set that is needed is not there.
    #[error("{} has no {wanted}; there are {found:?}: rename one, or say the columns", path.display())]
    MissingPart {
        /// The file.
        path: PathBuf,
        /// The names that would do.
        wanted: &'static str,
        /// The names that there are.
        found: Vec<String>,
    },
    /// An array has a shape that no tracks have.
    #[error("{}: {name} has the shape {shape:?}, not {expected}: reshape or transpose it", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Shapes that can be read.
        expected: &'static str,
    },
    /// A format is not built in.
    #[error(
        "{} is {kind}, which this build cannot read: build pairlaw-io with the feature {feature:?} \
         (the pairlaw command has it by default)",
        path.display()
    )]
    MissingFeature {
        /// The file or folder.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
        /// The feature that reads it.
        feature: &'static str,
    },
    /// A Parquet file cannot be written.
    #[error("cannot write {}", path.display())]
    WriteParquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, from 1.
    Line(usize),
    /// A byte, from 0.
    Byte(u64),
    /// An array, data set or file of a folder, by its name.
    Part(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::Part(name) => f.write_str(name),
        }
    }
}
