//! One way into all formats.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pairlaw_data::Tracks;

use crate::{Format, IoError, ReadOptions, TrackOptions, TrackTable, text};

/// So many first bytes of a text must make sense before the rest is read.
const N_FIRST: u64 = 1 << 16;

/// Reads a file of tracks in 1, 2 or 3 dimensions: its table and the tracks of its rows.
///
/// # Errors
/// As [`read_table`] and [`TrackTable::tracks`].
pub fn read_tracks<const D: usize>(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Tracks<D>, IoError> {
    let options = ReadOptions { dimensions: options.dimensions.or(Some(D)), ..options.clone() };
    let table = read_table(path, &options)?;
    if table.n_dimensions() < D {
        let (path, found) = (table.origin.path, table.coordinates.len());
        return Err(IoError::BadDimensions { path, wanted: D, found });
    }
    table.tracks(&TrackOptions::default())
}

/// Reads a file of tracks of any format, or a folder of GEFF.
///
/// # Errors
/// [`IoError`], each with the file and, where there is one, the line, the column and the text.
pub fn read_table(path: impl AsRef<Path>, options: &ReadOptions) -> Result<TrackTable, IoError> {
    let path = path.as_ref();
    if path.is_dir() {
        return Err(IoError::Folder { path: path.to_owned() });
    }
    let read = |source| IoError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read)?;
    let mut bytes = first_bytes(&mut file).map_err(read)?;
    let format = options.format.or_else(|| Format::of_bytes(path, &bytes));
    if format.is_none_or(Format::is_text) {
        text::check_first_rows(&bytes, path, options)?;
    }
    file.read_to_end(&mut bytes).map_err(read)?;
    parse_table(&bytes, path, options)
}

fn first_bytes(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(N_FIRST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A table from the content of a file; `path` serves the choice of the format and messages.
///
/// # Errors
/// As [`read_table`], but for [`IoError::Read`] and [`IoError::Folder`].
pub fn parse_table(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    match options.format.or_else(|| Format::of_bytes(path, bytes)) {
        Some(Format::TrackMateXml) => crate::trackmate_xml::parse(bytes, path, options),
        None => text::parse(bytes, path, options),
        Some(format) if format.is_text() => text::parse(bytes, path, options),
        Some(_) => Err(IoError::NotText { path: path.to_owned(), kind: "of another format" }),
    }
}
