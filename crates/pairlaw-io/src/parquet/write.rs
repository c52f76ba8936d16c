//! Tracks as a long table in Parquet.

use std::io;
use std::path::Path;
use std::sync::Arc;

use pairlaw_data::{Tracks, write_atomic};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::IoError;

/// Keys of the units in the metadata of a file.
pub(super) const LENGTH_UNIT: &str = "pairlaw.length_unit";
pub(super) const TIME_UNIT: &str = "pairlaw.time_unit";

/// Rows of a group.
const GROUP: usize = 1 << 20;

/// Writes tracks as rows of `id` (text), `t`, `x`, `y`, `z`, sorted by individual and time, packed by
/// Snappy, with units in the metadata; a file of this name is replaced at once.
///
/// # Errors
/// [`IoError::WriteParquet`].
pub fn write_parquet<const D: usize>(
    tracks: &Tracks<D>,
    path: impl AsRef<Path>,
) -> Result<(), IoError> {
    let path = path.as_ref();
    let bytes = encode(tracks).map_err(io::Error::other);
    let written = bytes.and_then(|bytes| write_atomic(path, &bytes).map_err(io::Error::other));
    written.map_err(|source| IoError::WriteParquet { path: path.to_owned(), source })
}

fn encode<const D: usize>(tracks: &Tracks<D>) -> Result<Vec<u8>, ParquetError> {
    const { assert!(D >= 1 && D <= 3, "tracks have 1, 2 or 3 dimensions") };
    let axes: Vec<_> =
        ["x", "y", "z"][..D].iter().map(|x| format!("REQUIRED DOUBLE {x};")).collect();
    let schema = format!(
        "message tracks {{ REQUIRED BYTE_ARRAY id (UTF8); REQUIRED DOUBLE t; {} }}",
        axes.join(" ")
    );
    let schema = Arc::new(parse_message_type(&schema)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(tracks)))?;
    let mut rows = Vec::new();
    for segment in tracks.segments() {
        rows.extend(
            segment
                .frames()
                .zip(&segment.positions)
                .map(|(frame, x)| (segment.individual, frame, x)),
        );
    }
    for group in rows.chunks(GROUP) {
        let mut columns = writer.next_row_group()?;
        let mut axis = 0;
        let mut place = 0;
        while let Some(mut column) = columns.next_column()? {
            match place {
                0 => {
                    let id = |&(individual, _, _): &(usize, usize, _)| {
                        ByteArray::from(tracks.ids()[individual].as_str())
                    };
                    let ids: Vec<ByteArray> = group.iter().map(id).collect();
                    column.typed::<ByteArrayType>().write_batch(&ids, None, None)?;
                }
                1 => {
                    let times: Vec<f64> = group.iter().map(|row| tracks.time(row.1)).collect();
                    column.typed::<DoubleType>().write_batch(&times, None, None)?;
                }
                _ => {
                    let xs: Vec<f64> = group.iter().map(|row| row.2[axis]).collect();
                    column.typed::<DoubleType>().write_batch(&xs, None, None)?;
                    axis += 1;
                }
            }
            place += 1;
            column.close()?;
        }
        columns.close()?;
    }
    writer.into_inner()
}

fn properties<const D: usize>(tracks: &Tracks<D>) -> WriterProperties {
    let units = tracks.units();
    let units = [(LENGTH_UNIT, &units.length), (TIME_UNIT, &units.time)];
    let entry = |(key, unit): (&str, &String)| KeyValue::new(key.to_owned(), unit.clone());
    let metadata = units.into_iter().filter(|(_, unit)| !unit.is_empty()).map(entry).collect();
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata))
        .build()
}
