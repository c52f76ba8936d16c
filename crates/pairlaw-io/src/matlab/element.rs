//! Elements of a MATLAB v5 file: tagged bytes, packed or not, in either order of bytes.

use std::borrow::Cow;

use crate::array::Array;
use crate::inflate::{Wrapping, inflate};

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Numbers(Array),
    /// A cell array, the first index running fastest.
    Cells(Vec<Value>),
    /// A structure, a text, a function: what it is.
    Other(&'static str),
}

/// What is wrong, and at which byte of the file or of what a packed element holds.
pub(super) type Fault = (usize, String);

/// Names and values of the variables after the header of 128 bytes.
pub(super) fn variables(bytes: &[u8]) -> Result<Vec<(String, Value)>, Fault> {
    let is_big = bytes.get(126..128) == Some(b"MI");
    if !is_big && bytes.get(126..128) != Some(b"IM") {
        return Err((126, "the header has no mark of the order of bytes".to_owned()));
    }
    let mut reader = Reader { bytes, at: 128, is_big };
    let mut variables = Vec::new();
    while reader.at < bytes.len() {
        let at = reader.at;
        let (kind, content) = reader.element()?;
        let (content, start) = match kind {
            MATRIX => (Cow::Borrowed(content), at + 8),
            // Deflate packs at most 1032 bytes into one.
            COMPRESSED => {
                let limit = 1032 * content.len() as u64 + 64;
                let unpacked = inflate(content, Wrapping::Zlib, limit);
                (Cow::Owned(unpacked.map_err(|e| (at, e.to_string()))?), 0)
            }
            _ => continue,
        };
        let mut inner = Reader { bytes: &content, at: 0, is_big };
        if kind == COMPRESSED {
            let (kind, _) = inner.tag()?;
            if kind != MATRIX {
                continue;
            }
        }
        let variable = inner.matrix(0).map_err(|(at, problem)| (start + at, problem))?;
        variables.push(variable);
    }
    Ok(variables)
}

const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// Cell arrays in cell arrays in …
const MAX_DEPTH: usize = 8;

#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big: bool,
}

impl<'a> Reader<'a> {
    fn fault(&self, problem: impl Into<String>) -> Fault {
        (self.at, problem.into())
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let bytes: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// The kind and the length of what follows.
    fn tag(&mut self) -> Result<(u32, usize), Fault> {
        let tag = self.u32_at(self.at).zip(self.u32_at(self.at + 4));
        let (kind, length) = tag.ok_or_else(|| self.fault("the file ends inside of a variable"))?;
        self.at += 8;
        Ok((kind, length as usize))
    }

    /// One element: its kind and its bytes. Up to 4 bytes may stand inside of the tag.
    fn element(&mut self) -> Result<(u32, &'a [u8]), Fault> {
        let first = self.u32_at(self.at).unwrap_or_default();
        let (kind, start, length) = if first >> 16 > 0 {
            let length = (first >> 16) as usize;
            self.at += 8;
            (first & 0xFFFF, self.at - 4, length.min(4))
        } else {
            let (kind, length) = self.tag()?;
            let start = self.at;
            let is_padded = kind != COMPRESSED;
            let end = start.saturating_add(length);
            self.at = if is_padded { end.saturating_add(7) & !7 } else { end };
            (kind, start, length)
        };
        let bytes = start.checked_add(length).and_then(|end| self.bytes.get(start..end));
        let there = self.bytes.len().saturating_sub(start);
        let cut = || (start, format!("{length} bytes were announced, {there} are there"));
        Ok((kind, bytes.ok_or_else(cut)?))
    }

    /// A variable behind its tag: its name and its value.
    fn matrix(&mut self, depth: usize) -> Result<(String, Value), Fault> {
        let (_, flags) = self.element()?;
        let class = flags.get(if self.is_big { 3 } else { 0 }).copied().unwrap_or_default();
        let is_complex = flags.get(if self.is_big { 2 } else { 1 }).is_some_and(|f| f & 8 > 0);
        let (_, sizes) = self.element()?;
        let sizes = Reader { bytes: sizes, at: 0, is_big: self.is_big };
        let shape: Vec<usize> = (0..sizes.bytes.len() / 4)
            .filter_map(|k| sizes.u32_at(4 * k))
            .map(|n| n as usize)
            .collect();
        let (_, name) = self.element()?;
        let name = String::from_utf8_lossy(name).into_owned();
        let value = match class {
            1 if depth < MAX_DEPTH => self.cells(&shape, depth)?,
            6..=15 if is_complex => Value::Other("complex numbers"),
            6..=15 => Value::Numbers(self.numbers(shape)?),
            1 => Value::Other("cells inside of cells"),
            2 | 3 => Value::Other("a structure"),
            4 => Value::Other("a text"),
            5 => Value::Other("a sparse matrix"),
            _ => Value::Other("an object"),
        };
        Ok((name, value))
    }

    fn cells(&mut self, shape: &[usize], depth: usize) -> Result<Value, Fault> {
        let n = shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size));
        let n = n.ok_or_else(|| self.fault(format!("the shape {shape:?} is impossible")))?;
        let mut cells = Vec::new();
        for _ in 0..n {
            let (kind, content) = self.element()?;
            let mut inner = Reader { bytes: content, at: 0, is_big: self.is_big };
            cells.push(match kind {
                MATRIX if content.is_empty() => Value::Other("an empty cell"),
                MATRIX => inner.matrix(depth + 1)?.1,
                _ => return Err(self.fault(format!("a cell holds an element of kind {kind}"))),
            });
        }
        Ok(Value::Cells(cells))
    }

    fn numbers(&mut self, shape: Vec<usize>) -> Result<Array, Fault> {
        let at = self.at;
        let (kind, bytes) = self.element()?;
        let size = match kind {
            1 | 2 => 1,
            3 | 4 => 2,
            5..=7 => 4,
            9 | 12 | 13 => 8,
            _ => return Err((at, format!("numbers are of the unknown kind {kind}"))),
        };
        let n = shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size));
        if n != Some(bytes.len() / size) {
            return Err((
                at,
                format!("{shape:?} numbers were announced, {} are there", bytes.len() / size),
            ));
        }
        let number = |bytes: &[u8]| {
            let mut eight = [0; 8];
            eight[..size].copy_from_slice(bytes);
            if self.is_big {
                eight[..size].reverse();
            }
            number(kind, eight)
        };
        let values: Vec<f64> = bytes.chunks_exact(size).map(number).collect();
        Ok(Array::from_fortran(shape, &values))
    }
}

/// A number from its bytes, the lowest first.
fn number(kind: u32, bytes: [u8; 8]) -> f64 {
    let [a, b, c, d, ..] = bytes;
    match kind {
        1 => f64::from(a as i8),
        2 => f64::from(a),
        3 => f64::from(i16::from_le_bytes([a, b])),
        4 => f64::from(u16::from_le_bytes([a, b])),
        5 => f64::from(i32::from_le_bytes([a, b, c, d])),
        6 => f64::from(u32::from_le_bytes([a, b, c, d])),
        7 => f64::from(f32::from_le_bytes([a, b, c, d])),
        12 => i64::from_le_bytes(bytes) as f64,
        13 => u64::from_le_bytes(bytes) as f64,
        _ => f64::from_le_bytes(bytes),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // nothing is computed
mod tests {
    use super::*;

    /// An element with its tag, padded.
    fn element(kind: u32, bytes: &[u8], is_big: bool) -> Vec<u8> {
        let word = |n: u32| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut element = [&word(kind)[..], &word(bytes.len() as u32)[..], bytes].concat();
        element.resize(element.len().next_multiple_of(8), 0);
        element
    }

    fn matrix(class: u32, shape: &[u32], name: &str, content: &[u8], is_big: bool) -> Vec<u8> {
        let word = |n: u32| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let sizes: Vec<u8> = shape.iter().flat_map(|&n| word(n)).collect();
        let flags = [word(class), word(0)].concat();
        let parts = [
            element(6, &flags, is_big),
            element(5, &sizes, is_big),
            element(1, name.as_bytes(), is_big),
            content.to_vec(),
        ];
        element(MATRIX, &parts.concat(), is_big)
    }

    fn file(parts: &[u8], is_big: bool) -> Vec<u8> {
        let mut bytes = b"MATLAB 5.0 MAT-file".to_vec();
        bytes.resize(126, b' ');
        bytes.extend(if is_big { b"MI" } else { b"IM" });
        [&bytes, parts].concat()
    }

    #[test]
    fn numbers_in_both_orders_of_bytes() {
        for is_big in [false, true] {
            let numbers =
                [0x0102_u16, 7].map(|n| if is_big { n.to_be_bytes() } else { n.to_le_bytes() });
            let content = element(4, &numbers.concat(), is_big);
            let bytes = file(&matrix(6, &[2, 1], "t", &content, is_big), is_big);
            let array = Array { shape: vec![2, 1], values: vec![258.0, 7.0] };
            assert_eq!(variables(&bytes).unwrap(), [("t".to_owned(), Value::Numbers(array))]);
        }
    }

    #[test]
    fn cells_and_other_kinds() {
        let one = matrix(6, &[1, 1], "", &element(9, &1.5_f64.to_le_bytes(), false), false);
        let cells = matrix(
            1,
            &[1, 2],
            "c",
            &[one.clone(), matrix(4, &[0, 0], "", &[], false)].concat(),
            false,
        );
        let bytes = file(&cells, false);
        let array = Array { shape: vec![1, 1], values: vec![1.5] };
        let expected = Value::Cells(vec![Value::Numbers(array), Value::Other("a text")]);
        assert_eq!(variables(&bytes).unwrap()[0].1, expected);
    }

    #[test]
    fn deep_cells_and_impossible_sizes_end() {
        let mut cell = matrix(6, &[1, 1], "", &element(9, &[0; 8], false), false);
        for _ in 0..100 {
            cell = matrix(1, &[1, 1], "", &cell, false);
        }
        assert!(variables(&file(&cell, false)).is_ok());
        let huge = matrix(1, &[u32::MAX, u32::MAX, u32::MAX], "", &[], false);
        assert!(variables(&file(&huge, false)).unwrap_err().1.ends_with("is impossible"));
        let many = matrix(1, &[u32::MAX, 1], "", &[], false);
        assert!(variables(&file(&many, false)).unwrap_err().1.starts_with("the file ends inside"));
        let numbers = matrix(6, &[9, 9], "", &element(9, &[0; 8], false), false);
        assert_eq!(
            variables(&file(&numbers, false)).unwrap_err().1,
            "[9, 9] numbers were announced, 1 are there"
        );
        let fault = variables(&file(&element(9, &[0; 16], false)[..12], false)).unwrap_err();
        assert_eq!(fault, (136, "16 bytes were announced, 4 are there".to_owned()));
    }
}
