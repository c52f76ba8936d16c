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
        let is_geff = options.format == Some(Format::Geff) || Format::is_geff(path);
        let options = ReadOptions { format: Some(Format::Geff), ..options.clone() };
        let refused = || Err(IoError::Folder { path: path.to_owned() });
        return if is_geff { parse_table(&[], path, &options) } else { refused() };
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
    check_kind(bytes, path, options)?;
    match options.format.or_else(|| Format::of_bytes(path, bytes)) {
        None
        | Some(
            Format::Generic
            | Format::TrackMate
            | Format::Trackpy
            | Format::Btrack
            | Format::PeTrack
            | Format::Trex
            | Format::Idtracker
            | Format::Movebank,
        ) => text::parse(bytes, path, options),
        Some(Format::TrackMateXml) => crate::trackmate_xml::parse(bytes, path, options),
        Some(Format::Numpy) => crate::numpy::parse(bytes, path, options),
        Some(Format::Matlab) => crate::matlab::parse(bytes, path, options),
        #[cfg(feature = "hdf5")]
        Some(Format::Hdf5) => crate::hdf5::parse(bytes, path, options),
        #[cfg(not(feature = "hdf5"))]
        Some(Format::Hdf5) => missing(path, "an HDF5 file", "hdf5"),
        #[cfg(feature = "parquet")]
        Some(Format::Parquet) => crate::parquet::parse(bytes, path, options),
        #[cfg(not(feature = "parquet"))]
        Some(Format::Parquet) => missing(path, "a Parquet file", "parquet"),
        #[cfg(feature = "geff")]
        Some(Format::Geff) => crate::geff::read(path, options),
        #[cfg(not(feature = "geff"))]
        Some(Format::Geff) => missing(path, "a folder of GEFF", "geff"),
    }
}

/// Whether first bytes do not contradict a format that was asked for and is no text.
fn check_kind(bytes: &[u8], path: &Path, options: &ReadOptions) -> Result<(), IoError> {
    let told = Format::of_bytes(path, bytes);
    let asked = match options.format {
        Some(asked) if !asked.is_text() && asked != Format::Geff && told != Some(asked) => asked,
        _ => return Ok(()),
    };
    let first = &bytes[..bytes.len().min(512)];
    let found = match told {
        Some(told) => told.name(),
        None if first.is_ascii() && !first.contains(&0) => "text",
        None => return Ok(()),
    };
    Err(IoError::Unsupported {
        path: path.to_owned(),
        what: format!("is not of the format {} that was asked for, but {found}", asked.name()),
        way_out: "leave the format to be guessed",
    })
}

/// What is told of a format that is not built in.
#[cfg(not(all(feature = "hdf5", feature = "parquet", feature = "geff")))]
fn missing(path: &Path, kind: &'static str, feature: &'static str) -> Result<TrackTable, IoError> {
    Err(IoError::MissingFeature { path: path.to_owned(), kind, feature })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn written(name: &str, bytes: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("pairlaw-io-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn files_that_are_not_there_and_folders_are_named() {
        let options = ReadOptions::default();
        let error = read_tracks::<2>("/no/such/file.csv", &options).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /no/such/file.csv");
        let error = read_table(std::env::temp_dir(), &options).unwrap_err();
        assert!(error.to_string().contains("is a folder: give one file"), "{error}");
    }

    /// A file of 10⁷ empty lines behind its names, 10 MB of which only the first are read.
    #[test]
    fn a_large_file_without_times_is_refused_by_its_first_rows() {
        let mut bytes = b"id,x,y\n1,2,3\n".to_vec();
        bytes.resize(10_000_000, b'\n');
        let path = written("large.csv", &bytes);
        let mut file = File::open(&path).unwrap();
        assert_eq!(first_bytes(&mut file).unwrap().len() as u64, N_FIRST);
        let error = read_table(&path, &ReadOptions::default()).unwrap_err();
        // A byte that is no text at all would be told of if it were looked at.
        let first = text::check_first_rows(&bytes[..100], &path, &ReadOptions::default());
        fs::remove_file(&path).unwrap();
        assert_eq!(error.to_string(), first.unwrap_err().to_string());
        assert!(matches!(error, IoError::MissingColumn { role: "times", .. }), "{error}");
    }

    #[test]
    fn another_kind_than_asked_for_is_told() {
        let asked = |format| ReadOptions { format: Some(format), ..Default::default() };
        for (format, bytes, found) in [
            (Format::Numpy, &b"\x89HDF\r\n\x1a\n"[..], "hdf5"),
            (Format::Matlab, b"id,t,x,y\n", "text"),
            (Format::TrackMateXml, b"PAR1", "parquet"),
        ] {
            let error = parse_table(bytes, "a".as_ref(), &asked(format)).unwrap_err().to_string();
            let expected = format!(
                "a is not of the format {} that was asked for, but {found}: leave the format to be guessed",
                format.name()
            );
            assert_eq!(error, expected);
        }
    }

    /// Comments longer than what is looked at first, and names without any row.
    #[test]
    fn first_rows_need_not_tell() {
        let mut bytes = b"# a comment\n".repeat(10_000);
        bytes.extend_from_slice(b"id,t,x,y\n1,0,2,3\n1,1,2,4");
        let path = written("comments.csv", &bytes);
        let tracks = read_tracks::<2>(&path, &ReadOptions::default());
        let flat = read_tracks::<3>(&path, &ReadOptions::default());
        fs::remove_file(&path).unwrap();
        assert_eq!(tracks.unwrap().n_samples(), 2);
        assert!(
            matches!(flat, Err(IoError::BadDimensions { wanted: 3, found: 2, .. })),
            "{flat:?}"
        );
        let path = written("names.csv", b"id,t,x,y");
        let error = read_table(&path, &ReadOptions::default()).unwrap_err();
        fs::remove_file(&path).unwrap();
        assert!(matches!(error, IoError::NoRows { .. }), "{error}");
    }
}
