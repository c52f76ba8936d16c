//! How a file is to be read: everything that a reader may guess, said instead.

use crate::Format;

/// How a file is to be read; what is none is guessed, and the guess told in the notes of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The format.
    pub format: Option<Format>,
    /// Names or numbers (from 1) of columns; see [`ColumnMap`].
    pub columns: ColumnMap,
    /// Length of a pixel, or of whatever unit the file has: coordinates are multiplied by it.
    pub pixel_size: Option<f64>,
    /// Name of the unit of length after scaling.
    pub length_unit: Option<String>,
    /// Time between frames, or of whatever unit the file has: times are multiplied by it.
    pub frame_interval: Option<f64>,
    /// Name of the unit of time after scaling.
    pub time_unit: Option<String>,
    /// Number of dimensions to keep; otherwise a last coordinate that never changes is left out.
    pub dimensions: Option<usize>,
    /// Coordinates that stand for a missing position, such as 0 0; all of them must be equal.
    pub missing: Option<f64>,
}

/// Columns by their names in the file, or by their numbers counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// Column of ids.
    pub id: Option<String>,
    /// Column of times or frames.
    pub time: Option<String>,
    /// Columns of coordinates, in the order x, y, z.
    pub coordinates: Vec<String>,
}
