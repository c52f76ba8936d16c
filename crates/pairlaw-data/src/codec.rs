//! The one binary encoding of all files: a header with a checksum, then the value.
//!
//! ```text
//! bytes  0..8    magic  "PAIRLAW\0"
//!        8..16   kind   ASCII, filled with zeros
//!       16..20   version of the kind's format    u32, little-endian as all numbers
//!       20..28   length of the payload in bytes  u64
//!       28..32   CRC-32 of bytes 0..28 and of the payload
//!       32..     payload: the value in bincode 2, standard configuration
//! ```

use std::path::Path;

use bincode::config;
use bincode::error::DecodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{DataError, write_atomic};

const MAGIC: [u8; 8] = *b"PAIRLAW\0";
const CHECKED_HEADER: usize = 28;
const HEADER: usize = 32;

/// The bytes of a file of this kind and version that holds a value.
///
/// # Panics
///
/// If the kind is not of 1 to 8 printable ASCII characters, or `T` cannot be written without field
/// names, as with `#[serde(flatten)]`.
pub fn encode<T: Serialize>(kind: &str, version: u32, value: &T) -> Vec<u8> {
    let payload = bincode::serde::encode_to_vec(value, config::standard())
        .expect("values of pairlaw's files are plain structs, which are always encodable");
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend(MAGIC);
    bytes.extend(tag(kind));
    bytes.extend(version.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(checksum(&bytes, &payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// The value in the bytes of a file of this kind and version.
///
/// Needs memory in proportion to `bytes.len()`, whatever the bytes say, unless `T` has lists of
/// values that take no bytes.
///
/// # Errors
///
/// [`DataError::WrongMagic`], [`DataError::WrongKind`], [`DataError::WrongVersion`],
/// [`DataError::Truncated`], [`DataError::TrailingBytes`], [`DataError::Checksum`] or
/// [`DataError::Undecodable`].
///
/// # Panics
///
/// If the kind is not of 1 to 8 printable ASCII characters.
pub fn decode<T: DeserializeOwned>(kind: &str, version: u32, bytes: &[u8]) -> Result<T, DataError> {
    let payload = checked_payload(kind, version, bytes)?;
    let (value, read) =
        decode_bounded(payload).map_err(|e| DataError::Undecodable { source: Box::new(e) })?;
    if read < payload.len() {
        return Err(DataError::TrailingBytes {
            expected: (HEADER + read) as u64,
            found: bytes.len() as u64,
        });
    }
    Ok(value)
}

/// Writes a value to a file wholly or not at all.
///
/// # Errors
///
/// [`DataError::Write`].
///
/// # Panics
///
/// As [`encode`].
pub fn save<T: Serialize>(
    path: impl AsRef<Path>,
    kind: &str,
    version: u32,
    value: &T,
) -> Result<(), DataError> {
    write_atomic(path, &encode(kind, version, value))
}

/// Reads a value from a file.
///
/// # Errors
///
/// [`DataError::Read`], and those of [`decode`].
///
/// # Panics
///
/// As [`decode`].
pub fn load<T: DeserializeOwned>(
    path: impl AsRef<Path>,
    kind: &str,
    version: u32,
) -> Result<T, DataError> {
    let path = path.as_ref();
    let bytes =
        std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    decode(kind, version, &bytes)
}

fn tag(kind: &str) -> [u8; 8] {
    assert!(
        (1..=8).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_graphic()),
        "the kind {kind:?} is not of 1 to 8 printable ASCII characters"
    );
    let mut tag = [0; 8];
    tag[..kind.len()].copy_from_slice(kind.as_bytes());
    tag
}

fn checksum(header: &[u8], payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(header);
    crc.update(payload);
    crc.finalize()
}

fn checked_payload<'a>(kind: &str, version: u32, bytes: &'a [u8]) -> Result<&'a [u8], DataError> {
    let tag = tag(kind);
    let magic = &bytes[..bytes.len().min(8)];
    if !MAGIC.starts_with(magic) {
        return Err(DataError::WrongMagic { found: magic.to_vec() });
    }
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(truncated(HEADER as u64, bytes.len()));
    };
    let found = field::<8>(header, 8);
    if found != tag {
        let found = String::from_utf8_lossy(&found);
        return Err(DataError::WrongKind {
            expected: kind.to_owned(),
            found: found.trim_end_matches('\0').to_owned(),
        });
    }
    let found = u32::from_le_bytes(field(header, 16));
    if found != version {
        return Err(DataError::WrongVersion { expected: version, found });
    }
    let length = u64::from_le_bytes(field(header, 20));
    if (payload.len() as u64) < length {
        return Err(truncated(length.saturating_add(HEADER as u64), bytes.len()));
    }
    if payload.len() as u64 > length {
        return Err(DataError::TrailingBytes {
            expected: length + HEADER as u64,
            found: bytes.len() as u64,
        });
    }
    let expected = u32::from_le_bytes(field(header, CHECKED_HEADER));
    let found = checksum(&header[..CHECKED_HEADER], payload);
    if found != expected {
        return Err(DataError::Checksum { expected, found });
    }
    Ok(payload)
}

fn truncated(expected: u64, found: usize) -> DataError {
    DataError::Truncated { expected, found: found as u64 }
}

/// The `N` bytes of the header from `at` on.
fn field<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    std::array::from_fn(|i| header[at + i])
}

/// The value, and how many bytes it took.
///
/// Bincode reserves memory for a text before it sees that its bytes are missing, and counts up to 16
/// bytes for one that it reads; its limit, a constant of the type, is thus 16 to 256 times the
/// payload, and 1 MiB at least.
fn decode_bounded<T: DeserializeOwned>(payload: &[u8]) -> Result<(T, usize), DecodeError> {
    match payload.len().checked_ilog2() {
        None | Some(..16) => decode_within::<T, { 1 << 20 }>(payload),
        Some(16..20) => decode_within::<T, { 1 << 24 }>(payload),
        Some(20..24) => decode_within::<T, { 1 << 28 }>(payload),
        Some(24..28) => decode_within::<T, { 1 << 32 }>(payload),
        Some(28..32) => decode_within::<T, { 1 << 36 }>(payload),
        Some(32..) => decode_within::<T, { 1 << 40 }>(payload),
    }
}

fn decode_within<T: DeserializeOwned, const LIMIT: usize>(
    payload: &[u8],
) -> Result<(T, usize), DecodeError> {
    bincode::serde::decode_from_slice(payload, config::standard().with_limit::<LIMIT>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "sample";

    fn bytes() -> Vec<u8> {
        encode(KIND, 3, &(7_u32, "seven".to_owned(), vec![-0.0, 5e-324]))
    }

    fn read(bytes: &[u8]) -> Result<(u32, String, Vec<f64>), DataError> {
        decode(KIND, 3, bytes)
    }

    /// A file with a right header and checksum around any payload.
    fn sealed(payload: &[u8]) -> Vec<u8> {
        let mut bytes = encode(KIND, 3, &());
        bytes.truncate(20);
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(checksum(&bytes, payload).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let bytes = encode("ab", 0x0102, &(1_u8, 1.0));
        assert_eq!(bytes[..16], *b"PAIRLAW\0ab\0\0\0\0\0\0");
        assert_eq!(bytes[16..28], [2, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
        // From Python: zlib.crc32(bytes[:28] + bytes[32:]).
        assert_eq!(bytes[28..32], 0x4d15_a81b_u32.to_le_bytes());
        assert_eq!(bytes[32..], [1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    }

    #[test]
    fn a_value_comes_back() {
        let (number, word, list) = read(&bytes()).unwrap();
        assert_eq!((number, word.as_str()), (7, "seven"));
        let bits: Vec<u64> = list.iter().map(|x: &f64| x.to_bits()).collect();
        assert_eq!(bits, [1 << 63, 1]);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let intact = bytes();
        for bit in 0..8 * intact.len() {
            let mut bytes = intact.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let error = read(&bytes).expect_err("a flipped bit");
            let at_place = match bit / 8 {
                0..8 => matches!(error, DataError::WrongMagic { .. }),
                8..16 => matches!(error, DataError::WrongKind { .. }),
                16..20 => matches!(error, DataError::WrongVersion { .. }),
                20..28 => {
                    matches!(error, DataError::Truncated { .. } | DataError::TrailingBytes { .. })
                }
                _ => matches!(error, DataError::Checksum { .. }),
            };
            assert!(at_place, "bit {bit}: {error}");
        }
    }

    #[test]
    fn every_cut_is_found() {
        let bytes = bytes();
        for n in 0..bytes.len() {
            let error = read(&bytes[..n]).expect_err("a cut file");
            let right = matches!(error, DataError::Truncated { found, .. } if found == n as u64);
            assert!(right, "{n} bytes: {error}");
        }
    }

    #[test]
    fn appended_bytes_are_found() {
        let mut bytes = bytes();
        let length = bytes.len() as u64;
        bytes.push(0);
        let error = read(&bytes).unwrap_err();
        let DataError::TrailingBytes { expected, found } = error else { panic!("{error}") };
        assert_eq!((expected, found), (length, length + 1));
    }

    #[test]
    fn another_kind_and_version_are_named() {
        let error = decode::<()>("other", 3, &bytes()).unwrap_err();
        assert!(
            matches!(&error, DataError::WrongKind { expected, found }
                if expected == "other" && found == KIND),
            "{error}"
        );
        let error = decode::<()>(KIND, 4, &bytes()).unwrap_err();
        assert!(matches!(error, DataError::WrongVersion { expected: 4, found: 3 }), "{error}");
    }

    #[test]
    fn a_content_of_another_shape_is_refused() {
        let short = read(&sealed(&[7])).unwrap_err();
        assert!(matches!(short, DataError::Undecodable { .. }), "{short}");
        let long = decode::<u8>(KIND, 3, &sealed(&[7, 8])).unwrap_err();
        assert!(matches!(long, DataError::TrailingBytes { expected: 33, found: 34 }), "{long}");
    }

    /// A list or text of claimed length 2⁶² in a crafted file would otherwise end the program.
    #[test]
    fn a_huge_claimed_length_reserves_no_memory() {
        let mut payload = vec![253];
        payload.extend((1_u64 << 62).to_le_bytes());
        for filler in [0, 1 << 17, 1 << 21] {
            payload.resize(9 + filler, 0);
            let file = sealed(&payload);
            let text = decode::<String>(KIND, 3, &file).unwrap_err();
            assert!(matches!(text, DataError::Undecodable { .. }), "{text}");
            let list = decode::<Vec<f64>>(KIND, 3, &file).unwrap_err();
            assert!(matches!(list, DataError::Undecodable { .. }), "{list}");
        }
    }

    /// Small integers count 16 times their bytes against the limit, at the edge of each.
    #[test]
    fn the_limit_admits_every_payload() {
        for n in [(1 << 16) - 10, 1 << 16, (1 << 20) - 10, 1 << 20] {
            let list = vec![1_u128; n];
            let back: Vec<u128> = decode(KIND, 3, &encode(KIND, 3, &list)).unwrap();
            assert_eq!(back, list);
        }
    }

    #[test]
    #[should_panic(expected = "1 to 8 printable")]
    fn a_long_kind_is_a_mistake() {
        encode("ninechars", 1, &());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load::<()>("no/such/file", KIND, 1).unwrap_err();
        assert_eq!(error.to_string(), "cannot read no/such/file");
    }
}
