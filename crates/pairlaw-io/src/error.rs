//! What can be wrong with a file of tracks.

use std::path::PathBuf;
use std::{fmt, io};

use pairlaw_data::DataError;

use crate::Format;
use crate::rounded_times::ROUNDED;

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
        "{} holds no row of a track{}{}: give rows of id, time and coordinates",
        path.display(),
        if *n_untracked > 0 { format!(", only {n_untracked} spots without one") } else { String::new() },
        if *n_missing > 0 { format!(", but {n_missing} with missing numbers") } else { String::new() }
    )]
    NoRows {
        /// The file.
        path: PathBuf,
        /// Number of spots that belong to no track.
        n_untracked: usize,
        /// Number of rows with a missing number.
        n_missing: usize,
    },
    /// A folder stands where a file should.
    #[error(
        "{} is a folder: give one file of tracks; files of one individual each are first written \
         into one table with a column of ids",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A column that is needed is not named.
    #[error(
        "{}, line {line}: no column of {role} is called {}; the columns are {found:?}: rename one, say \
         which one it is by name or number, or give rows of numbers in the order id, t, x, y, z \
         without names",
        path.display(),
        listed(names)
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// Line of the names.
        line: u32,
        /// What the column would hold: `"ids"`, `"times"`, `"x"`, `"y"` or `"z"`.
        role: &'static str,
        /// The names that would do.
        names: &'static [&'static str],
        /// The names that there are, at most 40 of them.
        found: Vec<String>,
    },
    /// The file has not the columns of the format that was asked for.
    #[error(
        "{}, line {line} is not in the format {}: it has no column of {role}{}; {}",
        path.display(),
        asked.name(),
        if names.is_empty() { String::new() } else { format!(" called {}", listed(names)) },
        way_out(*guess, found)
    )]
    WrongFormat {
        /// The file.
        path: PathBuf,
        /// Line of the first row.
        line: u32,
        /// The format that was asked for.
        asked: Format,
        /// What the missing column would hold.
        role: &'static str,
        /// Its names in that format; none if the format needs a row of names.
        names: &'static [&'static str],
        /// The names that there are, at most 40 of them; none if the first row holds numbers.
        found: Vec<String>,
        /// The format that these names tell.
        guess: Format,
    },
    /// A column that was asked for is not there.
    #[error(
        "{}, line {line}: there is no column {wanted:?}; {}",
        path.display(),
        if found.is_empty() {
            format!("there are {n_columns} columns without names: give a number from 1 to {n_columns}")
        } else {
            format!("give one of {found:?} or a number from 1 to {n_columns}")
        }
    )]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// Line of the names, or of the first row.
        line: u32,
        /// Name or number asked for.
        wanted: String,
        /// The names that there are, at most 40 of them.
        found: Vec<String>,
        /// Number of columns.
        n_columns: usize,
    },
    /// The rows are links between spots and do not tell where those are.
    #[error(
        "{}, line {line}: the rows are links between spots and hold no positions: give the table of \
         spots with its column TRACK_ID (in TrackMate: Spots, Export to CSV)",
        path.display()
    )]
    Links {
        /// The file.
        path: PathBuf,
        /// Line of the names.
        line: u32,
    },
    /// Several positions at one time, and no column of ids.
    #[error(
        "{}, line {line}: no column tells the individuals, and more than one is seen at time {time}: \
         these are detections, not tracks; link them first (TrackMate, trackpy, btrack) and give the \
         table of tracks, or say which column holds ids{}",
        path.display(),
        if found.is_empty() { String::new() } else { format!(": one of {found:?}") }
    )]
    Detections {
        /// The file.
        path: PathBuf,
        /// Line of the first row at a time that is not later than the one before.
        line: u32,
        /// That time, as in the file.
        time: f64,
        /// The names that there are, at most 40 of them.
        found: Vec<String>,
    },
    /// Every individual has one row.
    #[error(
        "{}: each of the {n_rows} individuals has one row only, so that nothing moves: {} seems to \
         number detections; say which column holds the ids of tracks",
        path.display(),
        column
    )]
    SingleRows {
        /// The file.
        path: PathBuf,
        /// Number of rows.
        n_rows: usize,
        /// The column of ids, as in the notes.
        column: String,
    },
    /// Coordinates, or the rows of one file, have different units.
    #[error(
        "{}, line {line}: lengths are given in {first} and in {second}: write all of them in one unit",
        path.display()
    )]
    MixedUnits {
        /// The file.
        path: PathBuf,
        /// Line of the names or of the second unit.
        line: u32,
        /// One unit.
        first: String,
        /// Another one.
        second: String,
    },
    /// Some numbers have decimal points and others decimal commas.
    #[error(
        "{}, line {line}, column {column} ({name}): {text:?} has not the decimal sign of the numbers \
         before it: write all numbers with a point, or all with a comma, and none with marks between \
         thousands",
        path.display()
    )]
    MixedDecimals {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u32,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The field.
        text: String,
    },
    /// A time is neither a number nor a date and time that exists.
    #[error(
        "{}, line {line}, column {column} ({name}): {text:?} is no date and time like \
         2014-08-01 00:01:25.000: repair or delete the row",
        path.display()
    )]
    NotATimestamp {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u32,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The field, cut after 40 characters.
        text: String,
    },
    /// Degrees that are on no map.
    #[error(
        "{}, line {line}, column {column} ({name}): {degrees} is no {}: repair or delete the row, or \
         say by name or number which columns hold longitude and latitude",
        path.display(),
        if *limit > 90.0 { "longitude from -180 to 360" } else { "latitude from -90 to 90" }
    )]
    OffTheMap {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u32,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The number.
        degrees: f64,
        /// The largest number that would do.
        limit: f64,
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
        line: u32,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// Number of fields of the row.
        n_fields: usize,
    },
    /// A field is no finite number.
    #[error(
        "{}, line {line}, column {column} ({name}): {text:?} is no finite number: \
         repair it, or write nothing if it is missing",
        path.display()
    )]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u32,
        /// The column.
        column: usize,
        /// What it holds.
        name: String,
        /// The field, cut after 40 characters.
        text: String,
    },
    /// One individual is at two places at one time.
    #[error(
        "{}, {}: individual {id:?} has two positions at time {time}: keep one, take the first or the \
         mean (--duplicates), or give the daughters of a division ids of their own",
        path.display(),
        match places { Some([a, b]) => format!("lines {a} and {b}"), None => "two records".to_owned() }
    )]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Lines of the first two rows, if there are lines.
        places: Option<[u32; 2]>,
        /// The individual.
        id: String,
        /// The time, scaled.
        time: f64,
    },
    /// A time is not on the uniform grid of the others.
    #[error(
        "{}{}: time {time} is not on the uniform grid with step {dt}, the nearest frame is at \
         {expected}: give frame numbers or more digits, or resample (--resample, such as \
         {}){}",
        path.display(),
        line.map(|line| format!(", line {line}")).unwrap_or_default(),
        three_digits(*usual),
        rounded.map(tolerated).unwrap_or_default()
    )]
    OffGrid {
        /// The file.
        path: PathBuf,
        /// Line of the row, if there are lines.
        line: Option<u32>,
        /// Its time, scaled.
        time: f64,
        /// Time of the nearest frame.
        expected: f64,
        /// Step of the grid.
        dt: f64,
        /// Step to resample to: the median step of individuals, or that of the grid if this is close.
        usual: f64,
        /// How far all times are off the grid at most, in steps, if this is as little as rounding.
        rounded: Option<f64>,
    },
    /// A new time step is impossible.
    #[error(
        "{} cannot be resampled to steps of {dt}: {n_rows} rows over a time of {span} would become \
         some {n_samples:.0} samples; give a step from {shortest:.1e} to {span}",
        path.display()
    )]
    BadResampling {
        /// The file.
        path: PathBuf,
        /// The step asked for.
        dt: f64,
        /// Number of rows.
        n_rows: usize,
        /// From the first to the last time.
        span: f64,
        /// Number of samples there would be at most.
        n_samples: f64,
        /// Shortest step that is accepted.
        shortest: f64,
    },
    /// The rows are sound one by one, but together they are no tracks.
    #[error("the rows of {} are no tracks", path.display())]
    Tracks {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DataError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(DataError),
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

/// A number as one writes it in a command.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// What to do with times that are close to their grid.
fn tolerated(largest: f64) -> String {
    format!(
        ", or take them as even (--time-tolerance {ROUNDED}: all are within {:.2} % of a step)",
        100.0 * largest
    )
}

/// The first of several names.
fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(6)].join(" | ");
    if names.len() > 6 { format!("{shown} | …") } else { shown }
}

/// What to do with a file in another format than was asked for.
fn way_out(guess: Format, found: &[String]) -> String {
    if found.is_empty() {
        return "the first row holds numbers: add a row of names, or say which column holds what"
            .into();
    }
    let looks = match guess {
        Format::Generic => String::new(),
        guess => format!("it looks like {}: ", guess.name()),
    };
    format!("{looks}leave the format to be guessed, or say which of {found:?} holds what")
}
