//! Rows of a text and their fields, one after another, without copying.

use std::borrow::Cow;

/// Fields of a row beyond this number are not looked at.
const MAX_FIELDS: usize = 1 << 16;
/// A quoted field that does not end within so many bytes was not meant as one.
const MAX_QUOTED: usize = 1 << 16;

/// Reads the rows that are neither blank nor comments; lines are counted from 1.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    line: u32,
    delimiter: u8,
    line_end: u8,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8], delimiter: u8, line_end: u8) -> Self {
        Self { rest: bytes, line: 1, delimiter, line_end }
    }

    /// The line at which the next row starts; its fields, without blanks around them, replace those
    /// of the former one.
    pub(crate) fn next(&mut self, fields: &mut Vec<&'a [u8]>) -> Option<u32> {
        fields.clear();
        while !self.rest.is_empty() {
            let (start, first) = (self.line, first_line(self.rest, self.line_end));
            let text = first.trim_ascii();
            if text.is_empty() || is_comment(text) {
                self.skip(first.len());
            } else if text.contains(&b'"') {
                let length = self.quoted_row(fields).unwrap_or_else(|| {
                    fields.clear();
                    split(first, self.delimiter, fields);
                    first.len()
                });
                self.skip(length);
                return Some(start);
            } else {
                split(first, self.delimiter, fields);
                self.skip(first.len());
                return Some(start);
            }
        }
        None
    }

    /// Goes on after so many bytes and the end of their line.
    fn skip(&mut self, n_bytes: usize) {
        let is_end = |&&byte: &&u8| byte == self.line_end;
        // Only a quoted field can hold ends of lines.
        let within = self.rest[..n_bytes].iter().filter(is_end).count() as u32;
        self.line = self.line.saturating_add(1 + within);
        self.rest = self.rest.get(n_bytes + 1..).unwrap_or_default();
    }

    /// Fields of a row of which some stand in quotes, and the length of the row; none if a quote is
    /// not closed.
    fn quoted_row(&self, fields: &mut Vec<&'a [u8]>) -> Option<usize> {
        let is_between =
            |byte: u8| byte == self.delimiter || (self.delimiter == b' ' && byte == b'\t');
        let mut at = 0;
        loop {
            let blanks = self.rest[at..]
                .iter()
                .take_while(|&&byte| byte == b' ' || (byte == b'\t' && !is_between(byte)));
            at += blanks.count();
            let start = at;
            if self.rest.get(at) == Some(&b'"') {
                at += quoted_length(&self.rest[at..])?;
            }
            let plain = self.rest[at..].iter();
            at += plain.take_while(|&&byte| byte != self.line_end && !is_between(byte)).count();
            let field = self.rest[start..at].trim_ascii();
            if fields.len() < MAX_FIELDS && (self.delimiter != b' ' || !field.is_empty()) {
                fields.push(field);
            }
            match self.rest.get(at) {
                Some(&byte) if byte != self.line_end => at += 1,
                _ => return Some(at),
            }
        }
    }
}

/// The first line without its end.
pub(crate) fn first_line(bytes: &[u8], line_end: u8) -> &[u8] {
    &bytes[..bytes.iter().position(|&byte| byte == line_end).unwrap_or(bytes.len())]
}

pub(crate) fn is_comment(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'#' | b'%'))
}

/// Fields of a line without quotes; several blanks separate as one does.
fn split<'a>(line: &'a [u8], delimiter: u8, fields: &mut Vec<&'a [u8]>) {
    if delimiter == b' ' {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        fields.extend(line.split(blank).filter(|field| !field.is_empty()).take(MAX_FIELDS));
    } else {
        let parts = line.split(|&byte| byte == delimiter).take(MAX_FIELDS);
        fields.extend(parts.map(<[u8]>::trim_ascii));
    }
}

/// Length of a field in quotes with them; a quote in it stands twice.
fn quoted_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let window = bytes.get(at..)?;
        let window = &window[..window.len().min(MAX_QUOTED)];
        at += window.iter().position(|&byte| byte == b'"')? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// A field without its quotes.
pub(crate) fn unquoted(field: &[u8]) -> Cow<'_, [u8]> {
    let inner = field.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return Cow::Borrowed(field);
    };
    if !inner.contains(&b'"') {
        return Cow::Borrowed(inner);
    }
    let (mut plain, mut is_second) = (Vec::with_capacity(inner.len()), false);
    for &byte in inner {
        is_second = byte == b'"' && !is_second;
        if byte != b'"' || is_second {
            plain.push(byte);
        }
    }
    Cow::Owned(plain)
}

/// Text as UTF-8, or else as Latin-1, in which older programs write `µ`.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8], delimiter: u8, line_end: u8) -> Vec<(u32, Vec<String>)> {
        let mut records = Records::new(text, delimiter, line_end);
        let (mut fields, mut rows) = (Vec::new(), Vec::new());
        while let Some(line) = records.next(&mut fields) {
            let field = |field: &&[u8]| decoded(&unquoted(field)).into_owned();
            rows.push((line, fields.iter().map(field).collect()));
        }
        rows
    }

    fn row(line: u32, fields: &[&str]) -> (u32, Vec<String>) {
        (line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn rows_without_quotes() {
        let found = rows(b"# a\r\n\r\n a , 1,\r\n\n%b\nb,2\n", b',', b'\n');
        assert_eq!(found, [row(3, &["a", "1", ""]), row(6, &["b", "2"])]);
        assert_eq!(rows(b"  1\t 2  3 \r\n", b' ', b'\n'), [row(1, &["1", "2", "3"])]);
        assert_eq!(rows(b"a,1\rb,2\r", b',', b'\r'), [row(1, &["a", "1"]), row(2, &["b", "2"])]);
        assert_eq!(rows(b"", b',', b'\n'), []);
        assert_eq!(rows(b"\xb5,1", b',', b'\n'), [row(1, &["µ", "1"])]);
    }

    #[test]
    fn rows_with_quotes() {
        let found =
            rows(b"\"a,b\" , \" c \",5\"\n\"say \"\"x\"\"\",\"two\nlines\",\nz,1", b',', b'\n');
        let expected = [
            row(1, &["a,b", " c ", "5\""]),
            row(2, &["say \"x\"", "two\nlines", ""]),
            row(4, &["z", "1"]),
        ];
        assert_eq!(found, expected);
        assert_eq!(rows(b"\"\"\"\"\"\"", b',', b'\n'), [row(1, &["\"\""])]);
        assert_eq!(rows(b"\"a b\"  2\t3\n", b' ', b'\n'), [row(1, &["a b", "2", "3"])]);
        assert_eq!(rows(b"\"a\tb\"\t \"c\"\n", b'\t', b'\n'), [row(1, &["a\tb", "c"])]);
    }

    /// A quote that is never closed is a character as any other.
    #[test]
    fn open_quotes() {
        assert_eq!(rows(b"\"a,1\nb,2", b',', b'\n'), [row(1, &["\"a", "1"]), row(2, &["b", "2"])]);
        assert_eq!(rows(b"\"", b',', b'\n'), [row(1, &["\""])]);
        let mut far = vec![b'x'; MAX_QUOTED + 9];
        (far[0], far[2], far[MAX_QUOTED + 7]) = (b'"', b'\n', b'"');
        assert_eq!(rows(&far, b',', b'\n').len(), 2);
    }

    #[test]
    fn fields_without_end_take_no_memory() {
        let mut fields = Vec::new();
        let commas = vec![b','; 4 * MAX_FIELDS];
        assert_eq!(Records::new(&commas, b',', b'\n').next(&mut fields), Some(1));
        assert_eq!(fields.len(), MAX_FIELDS);
    }
}
