//! Bytes out of deflated ones, never more than were promised.

use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, ZlibDecoder};

/// How deflated bytes are wrapped.
#[derive(Clone, Copy)]
pub(crate) enum Wrapping {
    /// Not at all, as in archives of NumPy.
    None,
    /// By zlib, as in MATLAB and Zarr.
    Zlib,
    /// By gzip, as in Zarr.
    #[cfg(feature = "geff")]
    Gzip,
}

/// The bytes, at most `limit` of them; memory grows with what there is, not with what is claimed.
pub(crate) fn inflate(bytes: &[u8], wrapping: Wrapping, limit: u64) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    match wrapping {
        Wrapping::None => DeflateDecoder::new(bytes).take(limit).read_to_end(&mut inflated)?,
        Wrapping::Zlib => ZlibDecoder::new(bytes).take(limit).read_to_end(&mut inflated)?,
        #[cfg(feature = "geff")]
        Wrapping::Gzip => {
            flate2::bufread::GzDecoder::new(bytes).take(limit).read_to_end(&mut inflated)?
        }
    };
    Ok(inflated)
}
