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
    if path.is_dir() && (options.format == Some(Format::Geff) || Format::is_geff(path)) {
        return parse_table(
            &[],
            path,
            &ReadOptions { format: Some(Format::Geff), ..options.clone() },
        );
    }
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
        Some(_) => Err(IoError::NotText { path: path.to_owned(), kind: "of another format" }),
    }
}

/// What is told of a format that is not built in.
#[cfg(not(all(feature = "hdf5", feature = "parquet", feature = "geff")))]
fn missing(path: &Path, kind: &'static str, feature: &'static str) -> Result<TrackTable, IoError> {
    Err(IoError::MissingFeature { path: path.to_owned(), kind, feature })
}
