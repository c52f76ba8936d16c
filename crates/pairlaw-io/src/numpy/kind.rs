//! Types of numbers and texts as NumPy names them.

use crate::named_columns::Column;

/// A type of numbers or texts: `<f8`, `|u1`, `>i4`, `<U10`.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    is_big: bool,
    /// `f`, `i`, `u`, `b`, `U` or `S`.
    pub(crate) code: u8,
    /// Bytes of one entry.
    pub(crate) size: usize,
}

impl Kind {
    pub(crate) fn of(descr: &str) -> Option<Self> {
        let is_big = descr.starts_with('>');
        let descr = descr.trim_start_matches(['<', '>', '|', '=']);
        let code = *descr.as_bytes().first()?;
        let size: usize = descr.get(1..)?.parse().ok()?;
        let size = match (code, size) {
            (b'f', 4 | 8) | (b'i' | b'u', 1 | 2 | 4 | 8) | (b'b', 1) => size,
            (b'S', 1..=4096) => size,
            (b'U', 1..=4096) => 4 * size,
            _ => return None,
        };
        Some(Self { is_big, code, size })
    }

    pub(crate) fn column<'a>(self, entries: impl Iterator<Item = &'a [u8]>) -> Column {
        match self.code {
            b'U' | b'S' => Column::Texts(entries.map(|bytes| Some(self.text(bytes))).collect()),
            b'f' => Column::Floats(entries.map(|bytes| self.float(bytes)).collect()),
            _ => Column::Integers(entries.map(|bytes| self.integer(bytes)).collect()),
        }
    }

    /// The first bytes in the order of a small-endian machine.
    fn bytes(self, entry: &[u8]) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..self.size].copy_from_slice(&entry[..self.size]);
        if self.is_big {
            bytes[..self.size].reverse();
        }
        bytes
    }

    pub(crate) fn float(self, entry: &[u8]) -> f64 {
        let bytes = self.bytes(entry);
        match (self.code, self.size) {
            (b'f', 4) => f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
            (b'f', _) => f64::from_le_bytes(bytes),
            (b'u', 8) => u64::from_le_bytes(bytes) as f64,
            _ => self.integer(entry) as f64,
        }
    }

    /// Numbers above 2⁶³ are taken for 2⁶³ − 1.
    fn integer(self, entry: &[u8]) -> i64 {
        let bits = u64::from_le_bytes(self.bytes(entry));
        if self.code == b'i' {
            let unused = 64 - 8 * self.size as u32;
            (bits << unused) as i64 >> unused
        } else {
            i64::try_from(bits).unwrap_or(i64::MAX)
        }
    }

    fn text(self, entry: &[u8]) -> String {
        let entry = &entry[..self.size];
        if self.code == b'S' {
            return String::from_utf8_lossy(entry).trim_end_matches('\0').to_owned();
        }
        let code = |bytes: &[u8]| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let chars = entry.chunks_exact(4).map(code).take_while(|&code| code > 0);
        chars.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    /// The bytes of a number.
    #[cfg(feature = "geff")]
    pub(crate) fn entry(self, number: f64) -> Vec<u8> {
        let mut bytes = match (self.code, self.size) {
            (b'f', 4) => (number as f32).to_le_bytes().to_vec(),
            (b'f', _) => number.to_le_bytes().to_vec(),
            _ => (number as i64).to_le_bytes()[..self.size].to_vec(),
        };
        if self.is_big {
            bytes.reverse();
        }
        bytes
    }
}
