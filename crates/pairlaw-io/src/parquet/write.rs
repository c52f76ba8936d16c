//! Tracks as a long table in Parquet.

use std::io;
use std::path::Path;
use std::sync::Arc;

use pairlaw_data::{Segment, Tracks, write_atomic};
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

/// Writes tracks as rows of `id` (text), `t`, `x`, `y`, `z`, then `vx`, `vy`, `vz` if velocities are
/// known, sorted by individual and time, packed by Snappy, with units in the metadata; a file of this
/// name is replaced at once.
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
    let mut writer = SerializedFileWriter::new(
        Vec::new(),
        Arc::new(parse_message_type(&schema(tracks))?),
        Arc::new(properties(tracks)),
    )?;
    let samples = tracks.segments().iter().flat_map(|segment| {
        segment.frames().enumerate().map(move |(place, frame)| (segment, frame, place))
    });
    let samples: Vec<Sample<'_, D>> = samples.collect();
    for group in samples.chunks(GROUP) {
        let mut columns = writer.next_row_group()?;
        let ids = |(segment, ..): &Sample<'_, D>| {
            ByteArray::from(tracks.ids()[segment.individual].as_str())
        };
        let ids: Vec<ByteArray> = group.iter().map(ids).collect();
        if let Some(mut column) = columns.next_column()? {
            column.typed::<ByteArrayType>().write_batch(&ids, None, None)?;
            column.close()?;
        }
        let mut k = 0;
        while let Some(mut column) = columns.next_column()? {
            let numbers: Vec<f64> = group.iter().map(|sample| number(tracks, sample, k)).collect();
            column.typed::<DoubleType>().write_batch(&numbers, None, None)?;
            column.close()?;
            k += 1;
        }
        columns.close()?;
    }
    writer.into_inner()
}

/// A segment, a frame of it, and the place of this frame in it.
type Sample<'a, const D: usize> = (&'a Segment<D>, usize, usize);

fn schema<const D: usize>(tracks: &Tracks<D>) -> String {
    let axes = &["x", "y", "z"][..D];
    let velocities = axes.iter().filter(|_| tracks.has_velocities()).map(|axis| format!("v{axis}"));
    let columns = axes.iter().map(|axis| (*axis).to_owned()).chain(velocities);
    let columns: String = columns.map(|name| format!(" REQUIRED DOUBLE {name};")).collect();
    format!("message tracks {{ REQUIRED BYTE_ARRAY id (UTF8); REQUIRED DOUBLE t;{columns} }}")
}

/// The k-th number of a row: time, position, velocity.
fn number<const D: usize>(
    tracks: &Tracks<D>,
    (segment, frame, place): &Sample<'_, D>,
    k: usize,
) -> f64 {
    let velocity = |d| segment.velocities.as_ref().map_or(f64::NAN, |v| v[*place][d]);
    match k.checked_sub(1) {
        None => tracks.time(*frame),
        Some(d) if d < D => segment.positions[*place][d],
        Some(d) => velocity(d - D),
    }
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
