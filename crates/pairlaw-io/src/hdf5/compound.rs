//! Data sets of records with named numbers.

use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder};

use super::Source;
use crate::IoError;
use crate::named_columns::Column;

/// The fields of a data set of records that are numbers.
pub(super) fn columns(
    source: &Source<'_>,
    name: &str,
    dataset: &Dataset,
    shape: &[usize],
) -> Result<Vec<(String, Column)>, IoError> {
    let datatype = dataset.datatype().map_err(|e| source.damaged(name, &e))?;
    let Datatype::Compound { size, members } = datatype else {
        return Err(source.wrong(name, "it holds no records with named fields".to_owned()));
    };
    let [n_rows] = *shape else {
        return Err(source.wrong(name, format!("it has the shape {shape:?}, not one of rows")));
    };
    let raw = dataset.read_raw().map_err(|e| source.damaged(name, &e))?;
    let size = size as usize;
    if size == 0 || raw.len() / size < n_rows {
        return Err(source.wrong(name, format!("{n_rows} rows were announced, not all are there")));
    }
    let mut columns = Vec::with_capacity(members.len());
    for member in members {
        let Some(number) = Number::of(&member.datatype) else { continue };
        let start = usize::try_from(member.byte_offset).unwrap_or(usize::MAX);
        if start.checked_add(number.size).is_none_or(|end| end > size) {
            let problem = format!("the field {:?} lies outside of its record", member.name);
            return Err(source.wrong(name, problem));
        }
        let entries = raw.chunks_exact(size).take(n_rows).map(|record| &record[start..]);
        columns.push((member.name, number.column(entries)));
    }
    Ok(columns)
}

/// A number as it is stored.
#[derive(Clone, Copy)]
struct Number {
    size: usize,
    is_big: bool,
    is_float: bool,
    is_signed: bool,
}

impl Number {
    /// Of 1, 2, 4 or 8 bytes, all of which count.
    fn of(datatype: &Datatype) -> Option<Self> {
        let (size, order, is_float, is_signed) = match datatype {
            Datatype::FixedPoint { size, byte_order, layout } => {
                (*size, byte_order, false, layout.signed)
            }
            Datatype::FloatingPoint { size, byte_order, .. } => (*size, byte_order, true, true),
            _ => return None,
        };
        let is_big = *order == DatatypeByteOrder::BigEndian;
        let is_known = matches!((is_float, size), (true, 4 | 8) | (false, 1 | 2 | 4 | 8));
        is_known.then_some(Self { size: size as usize, is_big, is_float, is_signed })
    }

    fn column<'a>(self, entries: impl Iterator<Item = &'a [u8]>) -> Column {
        if self.is_float {
            Column::Floats(entries.map(|entry| self.float(entry)).collect())
        } else {
            Column::Integers(entries.map(|entry| self.integer(entry)).collect())
        }
    }

    fn bits(self, entry: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        bytes[..self.size].copy_from_slice(&entry[..self.size]);
        if self.is_big {
            bytes[..self.size].reverse();
        }
        u64::from_le_bytes(bytes)
    }

    fn float(self, entry: &[u8]) -> f64 {
        let bits = self.bits(entry);
        if self.size == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
    }

    /// Numbers above 2⁶³ are taken for 2⁶³ − 1.
    fn integer(self, entry: &[u8]) -> i64 {
        let bits = self.bits(entry);
        let unused = 64 - 8 * self.size as u32;
        match self.is_signed {
            true => (bits << unused) as i64 >> unused,
            false => i64::try_from(bits).unwrap_or(i64::MAX),
        }
    }
}
