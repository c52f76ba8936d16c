//! A text whose rows can be read: no other kind of file, its layout known.

use std::path::Path;

use super::layout::Layout;
use super::records::Records;
use crate::IoError;

/// First bytes of files that are taken for tables by mistake.
const OTHER_KINDS: [(&[u8], &str); 9] = [
    (b"<", "XML"),
    (b"{", "JSON"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a ZIP archive or a workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAIRLAW\0", "a pairlaw container"),
    (b"\xff\xfe", "UTF-16 instead of UTF-8"),
    (b"\xfe\xff", "UTF-16 instead of UTF-8"),
];
/// A zero among so many first bytes is no text.
const N_LOOKED_AT: usize = 1024;

/// The bytes of a delimited text, and how they are divided.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) path: &'a Path,
    pub(crate) layout: Layout,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self, IoError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let known = OTHER_KINDS.iter().find(|(start, _)| bytes.starts_with(start));
        let has_zero = bytes.iter().take(N_LOOKED_AT).any(|&byte| byte == 0);
        let kind = known.map(|&(_, kind)| kind).or(has_zero.then_some("binary data"));
        match kind {
            Some(kind) => Err(IoError::NotText { path: path.to_owned(), kind }),
            None => Ok(Self { bytes, path, layout: Layout::of(bytes) }),
        }
    }

    pub(crate) fn records(&self) -> Records<'a> {
        Records::new(self.bytes, self.layout.delimiter, self.layout.line_end)
    }
}
