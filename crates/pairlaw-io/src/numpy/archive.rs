//! Archives of NumPy (`.npz`): ZIP files, stored or deflated, also with 64-bit sizes.

use crate::inflate::{Wrapping, inflate};

/// A file of an archive, still packed.
pub(super) struct Member<'a> {
    pub(super) name: String,
    method: u16,
    crc: u32,
    size: u64,
    packed: &'a [u8],
}

/// The files of an archive, or what is wrong with it and at which byte.
pub(super) fn members(bytes: &[u8]) -> Result<Vec<Member<'_>>, (usize, String)> {
    let cut = || (bytes.len(), "the archive has no directory at its end; it is cut off".to_owned());
    let end = (0..bytes.len().saturating_sub(21)).rev().take(1 << 16);
    let end = end.into_iter().find(|&at| bytes[at..].starts_with(b"PK\x05\x06")).ok_or_else(cut)?;
    let (mut at, n) = directory(bytes, end).ok_or_else(cut)?;
    let mut members = Vec::new();
    for _ in 0..n {
        let broken = || (at, "the directory of the archive is broken".to_owned());
        let (member, length) = entry(bytes, at).ok_or_else(broken)?;
        members.push(member);
        at += length;
    }
    Ok(members)
}

/// Where the directory begins, and how many files it lists.
fn directory(bytes: &[u8], end: usize) -> Option<(usize, u64)> {
    let (n, start) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if n < 0xFFFF && start < 0xFFFF_FFFF {
        return Some((usize::try_from(start).ok()?, n));
    }
    let end = usize::try_from(number(bytes, end.checked_sub(20)? + 8, 8)?).ok()?;
    let is_long = bytes.get(end..)?.starts_with(b"PK\x06\x06");
    let start = usize::try_from(number(bytes, end.checked_add(48)?, 8)?).ok()?;
    is_long.then_some((start, number(bytes, end + 32, 8)?))
}

/// One entry of the directory, and its length.
fn entry(bytes: &[u8], at: usize) -> Option<(Member<'_>, usize)> {
    let field = |offset: usize, length: usize| number(bytes, at.checked_add(offset)?, length);
    if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
        return None;
    }
    let [n_name, n_extra, n_comment] = [28, 30, 32].map(|offset| field(offset, 2));
    let (n_name, n_extra) = (n_name? as usize, n_extra? as usize);
    let name = bytes.get(at + 46..at + 46 + n_name)?;
    let extra = bytes.get(at + 46 + n_name..at + 46 + n_name + n_extra)?;
    // Sizes of 2³² − 1 stand, as 64 bits and in this order, in an extra field.
    let mut long = long_fields(extra).into_iter();
    let mut of = |offset: usize| match field(offset, 4)? {
        0xFFFF_FFFF => long.next(),
        short => Some(short),
    };
    let (size, n_packed, local) = (of(24)?, of(20)?, usize::try_from(of(42)?).ok()?);
    let header = number(bytes, local.checked_add(26)?, 2)? + number(bytes, local + 28, 2)?;
    let start = local.checked_add(30)?.checked_add(header as usize)?;
    let packed = bytes.get(start..start.checked_add(usize::try_from(n_packed).ok()?)?)?;
    let (method, crc) = (field(10, 2)? as u16, field(16, 4)? as u32);
    let name = String::from_utf8_lossy(name).into_owned();
    let length = 46 + n_name + n_extra + n_comment? as usize;
    Some((Member { name, method, crc, size, packed }, length))
}

fn long_fields(mut extra: &[u8]) -> Vec<u64> {
    while let (Some(kind), Some(n)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let Some(field) = extra.get(4..4 + n as usize) else { break };
        if kind == 1 {
            return (0..field.len() / 8).filter_map(|k| number(field, 8 * k, 8)).collect();
        }
        extra = &extra[4 + n as usize..];
    }
    Vec::new()
}

/// A number of at most 8 bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}

impl Member<'_> {
    /// The content, checked, or what is wrong with it.
    pub(super) fn unpack(&self) -> Result<Vec<u8>, String> {
        let bytes = match self.method {
            0 => self.packed.to_vec(),
            8 => inflate(self.packed, Wrapping::None, self.size).map_err(|e| e.to_string())?,
            method => return Err(format!("it is packed by the method {method}, not by deflate")),
        };
        let found = crc32fast::hash(&bytes);
        if found != self.crc {
            return Err(format!("its checksum is {found:08x}, not {:08x}", self.crc));
        }
        Ok(bytes)
    }
}
