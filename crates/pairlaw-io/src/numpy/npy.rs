//! One array of NumPy: a header and the bytes of the numbers.

use super::kind::Kind;
use super::literal::Literal;
use crate::array::Array;
use crate::named_columns::Column;

/// What an array holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Numbers of any shape.
    Numbers(Array),
    /// Texts or whole numbers, a list.
    List(Column),
    /// A structured array: fields by their names.
    Fields(Vec<(String, Column)>),
    /// Python objects.
    Pickled,
    /// Numbers of a type that no position has, such as `complex128`.
    Other(String),
}

/// The content of an array, or what is wrong with it and at which byte.
pub(super) fn parse(bytes: &[u8]) -> Result<Content, (usize, String)> {
    let wrong = |at: usize, problem: &str| (at, problem.to_owned());
    let major = *bytes.get(6).ok_or_else(|| wrong(bytes.len(), "the header is cut off"))?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(wrong(0, "this is no NumPy array"));
    }
    let start = if major == 1 { 10 } else { 12 };
    let length =
        bytes.get(8..start).map(|b| b.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)));
    let header = length.and_then(|length| bytes.get(start..start.checked_add(length)?));
    let header = header.ok_or_else(|| wrong(bytes.len(), "the header is cut off"))?;
    let data = &bytes[start + header.len()..];
    let literal = str::from_utf8(header).ok().and_then(Literal::parse);
    let parts = literal.as_ref().and_then(|header| {
        let is_fortran = *header.get("fortran_order")? == Literal::Bool(true);
        Some((header.get("descr")?, is_fortran, header.get("shape")?.shape()?))
    });
    let (descr, is_fortran, shape) =
        parts.ok_or_else(|| wrong(start, "the header is not that of an array"))?;
    content(descr, is_fortran, shape, data).map_err(|problem| (bytes.len(), problem))
}

fn content(
    descr: &Literal,
    is_fortran: bool,
    shape: Vec<usize>,
    data: &[u8],
) -> Result<Content, String> {
    let n = shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size));
    let n = n.ok_or_else(|| format!("the shape {shape:?} is impossible"))?;
    let fields = match descr {
        Literal::Text(descr) if is_object(descr) => return Ok(Content::Pickled),
        Literal::Text(descr) => match Kind::of(descr) {
            Some(kind) => vec![(String::new(), kind)],
            None => return Ok(Content::Other(descr.clone())),
        },
        descr => match fields(descr) {
            Some(Ok(fields)) => fields,
            Some(Err(content)) => return Ok(content),
            None => return Err("the header names no type".to_owned()),
        },
    };
    let row: usize = fields.iter().map(|(_, kind)| kind.size).sum();
    let n_bytes = n.checked_mul(row).filter(|&n_bytes| n_bytes <= data.len() && row > 0);
    let n_bytes = n_bytes.ok_or_else(|| {
        format!("{n} entries of {row} bytes were announced, {} bytes are there", data.len())
    })?;
    let rows = &data[..n_bytes];
    if descr.text().is_none() {
        let mut columns = Vec::with_capacity(fields.len());
        let mut at = 0;
        for (name, kind) in fields {
            columns.push((name, kind.column(rows.chunks_exact(row).map(|row| &row[at..]))));
            at += kind.size;
        }
        return Ok(Content::Fields(columns));
    }
    let kind = fields[0].1;
    let is_list = shape.iter().filter(|&&n| n != 1).count() <= 1;
    if is_list && kind.code != b'f' {
        return Ok(Content::List(kind.column(rows.chunks_exact(row))));
    }
    if matches!(kind.code, b'U' | b'S') {
        return Ok(Content::Other("text".to_owned()));
    }
    let values: Vec<f64> = rows.chunks_exact(row).map(|bytes| kind.float(bytes)).collect();
    Ok(Content::Numbers(match is_fortran {
        true => Array::from_fortran(shape, &values),
        false => Array { shape, values },
    }))
}

fn is_object(descr: &str) -> bool {
    descr.trim_start_matches(['|', '<', '>', '=']).starts_with('O')
}

/// Fields of a structured type, in their order, or what it is instead; none for no type at all.
fn fields(descr: &Literal) -> Option<Result<Vec<(String, Kind)>, Content>> {
    let mut fields = Vec::new();
    for field in descr.list()? {
        let [name, kind] = field.list()? else {
            return Some(Err(Content::Other("a structure with arrays inside".to_owned())));
        };
        let (Some(name), Some(kind)) = (name.text(), kind.text()) else {
            return Some(Err(Content::Other("a structure with structures inside".to_owned())));
        };
        match Kind::of(kind) {
            Some(kind) => fields.push((name.to_owned(), kind)),
            None if is_object(kind) => return Some(Err(Content::Pickled)),
            None => return Some(Err(Content::Other(kind.to_owned()))),
        }
    }
    Some(Ok(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    fn numbers(descr: &str, data: &[u8]) -> Vec<f64> {
        let shape = format!("({}, 1, 2)", 1);
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}");
        match parse(&npy(&header, data)).unwrap() {
            Content::Numbers(array) => array.values,
            Content::List(Column::Integers(list)) => list.iter().map(|&n| n as f64).collect(),
            content => panic!("{content:?}"),
        }
    }

    #[test]
    fn types_and_orders_of_bytes() {
        let floats: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        assert_eq!(numbers(">f4", &floats), [1.5, -2.0]);
        assert_eq!(numbers("<i2", &[0xFE, 0xFF, 3, 0]), [-2.0, 3.0]);
        assert_eq!(numbers(">u2", &[1, 0, 0, 3]), [256.0, 3.0]);
        assert_eq!(numbers("|i1", &[0x80, 1]), [-128.0, 1.0]);
        assert_eq!(numbers("|b1", &[1, 0]), [1.0, 0.0]);
        let doubles: Vec<u8> = [0.1, f64::MAX].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(numbers("<f8", &doubles), [0.1, f64::MAX]);
    }

    #[test]
    fn what_is_announced_and_not_there_is_told() {
        let cut = parse(b"\x93NUMPY\x01\x00\xff\xff{").unwrap_err();
        assert_eq!(cut, (11, "the header is cut off".to_owned()));
        assert!(parse(b"\x93NUM").is_err() && parse(b"123456789012").is_err());
        for (shape, expected) in [
            ("(9999999999999,)", "9999999999999 entries of 8 bytes were announced, 8 bytes are"),
            ("(9999999999999, 9999999999999)", "the shape [9999999999999, 9999999999999] is"),
        ] {
            let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
            let problem = parse(&npy(&header, &[0; 8])).unwrap_err().1;
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn objects_and_complex_numbers_are_recognised() {
        let of = |descr: &str| {
            let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ()}}");
            parse(&npy(&header, &[0; 64])).unwrap()
        };
        assert_eq!(of("'|O'"), Content::Pickled);
        assert_eq!(of("[('a', '|O')]"), Content::Pickled);
        assert_eq!(of("'<c16'"), Content::Other("<c16".to_owned()));
        assert!(matches!(of("[('a', '<f8', (2,))]"), Content::Other(_)));
        let text = Column::Texts(vec![Some("aé".to_owned())]);
        let header = "{'descr': '<U3', 'fortran_order': False, 'shape': ()}";
        let data = [97, 0, 0, 0, 0xE9, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(parse(&npy(header, &data)).unwrap(), Content::List(text));
    }
}
