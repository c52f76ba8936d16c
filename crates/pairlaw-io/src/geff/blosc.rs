//! Chunks packed by Blosc 1: blocks, split by byte of the type, shuffled.

use crate::inflate::{Wrapping, inflate};

/// Why a chunk cannot be unpacked.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// It is broken in this way.
    Broken(String),
    /// It is packed in this way.
    Unknown(&'static str),
}

fn broken(problem: &str) -> Fault {
    Fault::Broken(problem.to_owned())
}

/// The bytes of a chunk, at most `limit`.
///
/// # Source
/// The header of c-blosc 1.21, `README_CHUNK_FORMAT.rst`.
pub(super) fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let header = bytes.get(..16).ok_or_else(|| broken("the header of Blosc is cut off"))?;
    let (flags, width) = (header[2], usize::from(header[3]).max(1));
    let (size, block) = (word(bytes, 4)?, word(bytes, 8)?);
    if size > limit {
        let problem = format!("{size} bytes are announced where {limit} have a place");
        return Err(Fault::Broken(problem));
    }
    if flags & 2 > 0 {
        let stored = bytes.get(16..16 + size);
        return Ok(stored.ok_or_else(|| broken("stored bytes are cut off"))?.to_vec());
    }
    if flags & 4 > 0 {
        return Err(Fault::Unknown("Blosc with shuffled bits"));
    }
    if size > 0 && block == 0 {
        return Err(broken("blocks have no size"));
    }
    let mut unpacked = Vec::new();
    for place in 0..size.div_ceil(block.max(1)) {
        let start = word(bytes, 16 + 4 * place)?;
        let own = block.min(size - place * block);
        let is_last_and_short = own < block;
        let is_split = flags & 0x10 == 0 && !is_last_and_short && own % width == 0;
        let n_parts = if is_split { width } else { 1 };
        let part = one_block(bytes, start, own, n_parts, flags >> 5)?;
        if flags & 1 > 0 { unshuffle(&part, width, &mut unpacked) } else { unpacked.extend(part) }
    }
    Ok(unpacked)
}

/// A small-endian number of 4 bytes.
fn word(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let word = at.checked_add(4).and_then(|end| bytes.get(at..end));
    let word: [u8; 4] =
        word.and_then(|word| word.try_into().ok()).ok_or_else(|| broken("it is cut off"))?;
    Ok(u32::from_le_bytes(word) as usize)
}

fn one_block(
    bytes: &[u8],
    mut at: usize,
    size: usize,
    n_parts: usize,
    codec: u8,
) -> Result<Vec<u8>, Fault> {
    let mut block = Vec::new();
    for _ in 0..n_parts {
        let packed_size = word(bytes, at)?;
        at += 4;
        let packed = bytes.get(at..at.saturating_add(packed_size));
        let packed = packed.ok_or_else(|| broken("a block is cut off"))?;
        at += packed_size;
        let part = size / n_parts;
        if packed_size == part {
            block.extend_from_slice(packed);
        } else {
            block.extend(decode(packed, part, codec)?);
        }
    }
    if block.len() != size {
        let problem = format!("a block holds {} of {size} bytes", block.len());
        return Err(Fault::Broken(problem));
    }
    Ok(block)
}

fn decode(packed: &[u8], size: usize, codec: u8) -> Result<Vec<u8>, Fault> {
    match codec {
        1 => lz4(packed, size),
        3 => inflate(packed, Wrapping::Zlib, size as u64).map_err(|e| Fault::Broken(e.to_string())),
        4 => zstd(packed, size as u64),
        0 => Err(Fault::Unknown("Blosc with blosclz")),
        _ => Err(Fault::Unknown("Blosc with a codec that is neither LZ4, zlib nor Zstandard")),
    }
}

/// LZ4 packs at most 255 bytes into one.
pub(super) fn lz4(packed: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    if size / 255 > packed.len() {
        return Err(broken("more bytes are announced than LZ4 can pack"));
    }
    lz4_flex::block::decompress(packed, size).map_err(|e| Fault::Broken(e.to_string()))
}

/// At most so many bytes out of a frame of Zstandard.
pub(super) fn zstd(packed: &[u8], limit: u64) -> Result<Vec<u8>, Fault> {
    use std::io::Read;
    let fault = |e: &dyn std::fmt::Display| Fault::Broken(e.to_string());
    let decoder = ruzstd::decoding::StreamingDecoder::new(packed).map_err(|e| fault(&e))?;
    let mut unpacked = Vec::new();
    decoder.take(limit).read_to_end(&mut unpacked).map_err(|e| fault(&e))?;
    Ok(unpacked)
}

/// Entry k of the block is byte k of each of `width` runs; a rest stands as it is.
fn unshuffle(block: &[u8], width: usize, unpacked: &mut Vec<u8>) {
    let n = block.len() / width;
    for entry in 0..n {
        unpacked.extend((0..width).map(|byte| block[byte * n + entry]));
    }
    unpacked.extend_from_slice(&block[n * width..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(flags: u8, width: u8, size: u32, block: u32, rest: &[u8]) -> Vec<u8> {
        let [size, block] = [size, block].map(u32::to_le_bytes);
        [&[2, 1, flags, width][..], &size, &block, &[0; 4], rest].concat()
    }

    #[test]
    fn stored_and_shuffled_bytes() {
        assert_eq!(unpack(&chunk(2, 8, 3, 3, b"abc"), 9), Ok(b"abc".to_vec()));
        // One block at byte 20, split into two stored runs of two bytes, shuffled.
        let rest = [&[20, 0, 0, 0][..], &[2, 0, 0, 0], b"ac", &[2, 0, 0, 0], b"bd"].concat();
        assert_eq!(unpack(&chunk(1, 2, 4, 4, &rest), 9), Ok(b"abcd".to_vec()));
        // Not split, LZ4.
        let packed = lz4_flex::block::compress(&[b'a'; 100]);
        let rest = [&[20, 0, 0, 0][..], &(packed.len() as u32).to_le_bytes(), &packed].concat();
        assert_eq!(unpack(&chunk(0x30, 1, 100, 100, &rest), 100), Ok(vec![b'a'; 100]));
    }

    #[test]
    fn broken_and_unknown_chunks() {
        assert_eq!(unpack(b"123", 9), Err(broken("the header of Blosc is cut off")));
        assert!(matches!(unpack(&chunk(2, 1, 100, 1, b""), 9), Err(Fault::Broken(_))));
        assert!(matches!(unpack(&chunk(4, 1, 8, 8, b""), 9), Err(Fault::Unknown(_))));
        assert!(matches!(unpack(&chunk(1, 1, 8, 0, b""), 9), Err(Fault::Broken(_))));
        let rest = [20, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3];
        assert!(matches!(unpack(&chunk(1, 1, 8, 8, &rest), 9), Err(Fault::Unknown(_))));
        assert!(matches!(lz4(&[0x11, b'a', 1, 0], 1 << 40), Err(Fault::Broken(_))));
        assert!(matches!(zstd(b"no frame at all", 9), Err(Fault::Broken(_))));
    }
}
