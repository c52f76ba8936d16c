//! One way into all formats.

use std::fs;
use std::path::Path;

use crate::{Format, IoError, ReadOptions, TrackTable};

/// Reads a file of tracks of any format, or a folder of GEFF.
///
/// # Errors
/// [`IoError`], each with the file and, where there is one, the line, the column and the text.
pub fn read_table(path: impl AsRef<Path>, options: &ReadOptions) -> Result<TrackTable, IoError> {
    let path = path.as_ref();
    let read = |source| IoError::Read { path: path.to_owned(), source };
    parse_table(&fs::read(path).map_err(read)?, path, options)
}

/// A table from the content of a file; `path` serves the choice of the format and messages.
///
/// # Errors
/// As [`read_table`], but for [`IoError::Read`].
pub fn parse_table(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    match options.format.or_else(|| Format::of_bytes(path, bytes)) {
        None | Some(Format::Generic) => crate::delimited::parse(bytes, path, options),
        Some(Format::TrackMateXml) => crate::trackmate_xml::parse(bytes, path, options),
        Some(_) => Err(IoError::NotText { path: path.to_owned(), kind: "of another format" }),
    }
}
