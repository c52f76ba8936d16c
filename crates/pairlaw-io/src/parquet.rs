//! Parquet: long tables with named columns, read and written.

mod write;

use std::path::Path;

use bytes::Bytes;
use parquet::basic::ConvertedType;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

pub use write::write_parquet;

use crate::builder::TableBuilder;
use crate::guarded::guarded;
use crate::named_columns::{Column, NamedColumns};
use crate::{Format, IoError, Place, ReadOptions, TrackTable};

/// The table of a Parquet file.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    guarded(path, || table(bytes, path, options))?.finish(path, Format::Parquet, options)
}

fn table(bytes: &[u8], path: &Path, options: &ReadOptions) -> Result<TableBuilder, IoError> {
    let file = File { path };
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes));
    let reader = reader.map_err(|e| file.refused("the directory at its end", &e))?;
    file.check_places(&reader, bytes.len())?;
    let columns = file.columns(&reader)?;
    let mut builder = NamedColumns { columns, path, options, only_id: None }.table()?;
    let stored = reader.metadata().file_metadata().key_value_metadata();
    for entry in stored.into_iter().flatten() {
        let value = entry.value.clone().unwrap_or_default();
        match entry.key.as_str() {
            write::LENGTH_UNIT => builder.units.length = value,
            write::TIME_UNIT => {
                builder.time_is_frames = false;
                builder.units.time = value;
            }
            _ => {}
        }
    }
    Ok(builder)
}

struct File<'a> {
    path: &'a Path,
}

impl File<'_> {
    /// Whether all columns lie inside of the file.
    fn check_places(
        &self,
        reader: &SerializedFileReader<Bytes>,
        length: usize,
    ) -> Result<(), IoError> {
        for column in reader.metadata().row_groups().iter().flat_map(|group| group.columns()) {
            let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            let is_inside = start >= 0
                && column.data_page_offset() >= 0
                && end.is_some_and(|end| (start..=length as i64).contains(&end));
            if !is_inside {
                let problem = format!("it is said to lie at byte {start}, outside of the file");
                return Err(self.damaged(&column.column_path().string(), problem));
            }
        }
        Ok(())
    }

    /// All columns of numbers and texts that are not nested.
    fn columns(
        &self,
        reader: &SerializedFileReader<Bytes>,
    ) -> Result<Vec<(String, Column)>, IoError> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let mut columns = Vec::new();
        for (place, descriptor) in schema.columns().iter().enumerate() {
            if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
                continue;
            }
            let name = descriptor.path().string();
            let column = read_column(reader, place, descriptor);
            if let Some(column) = column.map_err(|e| self.refused(&name, &e))? {
                columns.push((name, column));
            }
        }
        let n_rows = columns.first().map_or(0, |(_, column): &(_, Column)| column.len());
        match columns.iter().find(|(_, column)| column.len() != n_rows) {
            Some((name, column)) => {
                let problem = format!("it has {} rows, others {n_rows}", column.len());
                Err(self.damaged(name, problem))
            }
            None => Ok(columns),
        }
    }

    /// What is broken, or packed in a way that is not built in.
    fn refused(&self, part: &str, error: &ParquetError) -> IoError {
        let problem = error.to_string();
        if problem.contains("Disabled feature") || problem.contains("not supported") {
            return IoError::Unsupported {
                path: self.path.to_owned(),
                what: format!("is packed in a way that is not read ({problem})"),
                way_out: "write it with compression=\"snappy\", or with none",
            };
        }
        self.damaged(part, problem)
    }

    fn damaged(&self, part: &str, problem: String) -> IoError {
        let place = Place::Part(part.to_owned());
        IoError::Damaged { path: self.path.to_owned(), place, problem }
    }
}

/// A column over all groups of rows; none for a type that no table of tracks has.
fn read_column(
    reader: &SerializedFileReader<Bytes>,
    place: usize,
    descriptor: &ColumnDescriptor,
) -> Result<Option<Column>, ParquetError> {
    let mut column = None;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let part = match group.get_column_reader(place)? {
            ColumnReader::Int32ColumnReader(r) => integers(values(r)?, i64::from),
            ColumnReader::Int64ColumnReader(r) => integers(values(r)?, |n| n),
            ColumnReader::FloatColumnReader(r) => floats(values(r)?, f64::from),
            ColumnReader::DoubleColumnReader(r) => floats(values(r)?, |x| x),
            ColumnReader::ByteArrayColumnReader(r) if is_text(descriptor) => texts(values(r)?),
            _ => return Ok(None),
        };
        match &mut column {
            None => column = Some(part),
            Some(column) => append(column, part),
        }
    }
    Ok(column)
}

fn is_text(descriptor: &ColumnDescriptor) -> bool {
    let kind = descriptor.converted_type();
    matches!(kind, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::NONE)
}

/// The values of a group, none where they are missing. Memory grows with what is there.
fn values<T: DataType>(mut reader: ColumnReaderImpl<T>) -> Result<Vec<Option<T::T>>, ParquetError> {
    const BATCH: usize = 1 << 16;
    let mut all = Vec::new();
    loop {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (n_rows, n_values, n_levels) =
            reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if n_rows == 0 {
            return Ok(all);
        }
        let mut values = values.into_iter();
        if n_levels == n_values {
            all.extend(values.map(Some));
        } else {
            all.extend(levels.iter().map(|&level| if level > 0 { values.next() } else { None }));
        }
    }
}

/// Whole numbers; with missing ones among them they become floats.
fn integers<T: Copy>(values: Vec<Option<T>>, whole: impl Fn(T) -> i64) -> Column {
    if values.iter().all(Option::is_some) {
        return Column::Integers(values.into_iter().flatten().map(whole).collect());
    }
    Column::Floats(values.into_iter().map(|n| n.map_or(f64::NAN, |n| whole(n) as f64)).collect())
}

fn floats<T: Copy>(values: Vec<Option<T>>, float: impl Fn(T) -> f64) -> Column {
    Column::Floats(values.into_iter().map(|x| x.map_or(f64::NAN, &float)).collect())
}

fn texts(values: Vec<Option<ByteArray>>) -> Column {
    let text = |bytes: ByteArray| String::from_utf8_lossy(bytes.data()).into_owned();
    Column::Texts(values.into_iter().map(|value| value.map(text)).collect())
}

fn append(column: &mut Column, part: Column) {
    let whole = |list: &[i64]| list.iter().map(|&n| n as f64).collect::<Vec<_>>();
    match (&mut *column, part) {
        (Column::Floats(list), Column::Floats(part)) => list.extend(part),
        (Column::Integers(list), Column::Integers(part)) => list.extend(part),
        (Column::Texts(list), Column::Texts(part)) => list.extend(part),
        (Column::Floats(list), Column::Integers(part)) => list.extend(whole(&part)),
        (Column::Integers(list), Column::Floats(part)) => {
            let mut floats = whole(list);
            floats.extend(part);
            *column = Column::Floats(floats);
        }
        // A column has one type in all groups.
        (_, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_with_missing_numbers_are_joined() {
        let mut column = integers(vec![Some(1), Some(2)], i64::from);
        append(&mut column, integers(vec![Some(3)], i64::from));
        assert_eq!(column, Column::Integers(vec![1, 2, 3]));
        append(&mut column, integers(vec![None, Some(5)], i64::from));
        append(&mut column, Column::Integers(vec![6]));
        let Column::Floats(list) = column else { panic!("{column:?}") };
        assert!(list[3].is_nan() && list.len() == 6);
        assert_eq!(list[5].to_bits(), 6.0_f64.to_bits());
    }

    #[test]
    fn what_is_broken_is_told() {
        for bytes in [&b"PAR1"[..], b"PAR1PAR1", b"PAR1\xff\xff\xff\x7fPAR1", b"PAR1\x08\0\0\0PAR1"]
        {
            let error = parse(bytes, "a.parquet".as_ref(), &ReadOptions::default()).unwrap_err();
            assert!(matches!(error, IoError::Damaged { .. }), "{error}");
        }
    }
}
