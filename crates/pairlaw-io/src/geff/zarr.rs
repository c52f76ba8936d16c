//! Arrays of Zarr 2 and 3 in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::blosc::{Fault, lz4, unpack, zstd};
use crate::inflate::{Wrapping, inflate};
use crate::named_columns::Column;
use crate::numpy::Kind;
use crate::{IoError, Place};

/// A folder of groups and arrays.
pub(super) struct Store<'a> {
    pub(super) path: &'a Path,
}

/// How an array is stored.
struct Layout {
    shape: Vec<usize>,
    chunks: Vec<usize>,
    kind: Kind,
    /// What chunks went through after they were bytes, in this order.
    codecs: Vec<String>,
    /// What stands before the indices of a chunk, and between them.
    prefix: &'static str,
    separator: String,
    fill: Value,
}

impl Store<'_> {
    /// A JSON file of the folder; none if it is not there.
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, IoError> {
        let path = self.path.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&path).map_err(|source| IoError::Read { path, source })?;
        let value = serde_json::from_slice(&bytes);
        value.map(Some).map_err(|e| self.damaged(name, e.to_string()))
    }

    pub(super) fn damaged(&self, part: &str, problem: String) -> IoError {
        let place = Place::Part(part.to_owned());
        IoError::Damaged { path: self.path.to_owned(), place, problem }
    }

    /// Whether there is an array of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        let folder = self.path.join(name);
        folder.join(".zarray").is_file() || folder.join("zarr.json").is_file()
    }

    /// The entries of an array of one dimension, or of two row by row, and its shape. `n_rows`, if
    /// known, is what the shape must begin with; otherwise all chunks must be there.
    pub(super) fn array(
        &self,
        name: &str,
        n_rows: Option<usize>,
    ) -> Result<(Column, Vec<usize>), IoError> {
        let layout = self.layout(name)?;
        let wrong = |problem: String| self.damaged(name, problem);
        let (shape, chunks) = (&layout.shape, &layout.chunks);
        let width = shape.get(1).copied().unwrap_or(1);
        let is_sound = matches!(shape.len(), 1 | 2)
            && shape.len() == chunks.len()
            && chunks.iter().all(|&n| n > 0)
            && (1..=16).contains(&width)
            && chunks.get(1).is_none_or(|&n| n == width)
            && n_rows.is_none_or(|n| n == shape[0]);
        if !is_sound {
            let rows = n_rows.map(|n| format!(" of {n} rows")).unwrap_or_default();
            return Err(wrong(format!("shape {shape:?} in chunks {chunks:?} is no table{rows}")));
        }
        let chunk_bytes = chunks[0].checked_mul(width * layout.kind.size);
        let chunk_bytes = chunk_bytes.ok_or_else(|| wrong("its chunks are too long".to_owned()))?;
        let mut bytes = Vec::new();
        for place in 0..shape[0].div_ceil(chunks[0]) {
            let n_wanted = (shape[0] - place * chunks[0]).min(chunks[0]) * width * layout.kind.size;
            match self.chunk(name, &layout, place, chunk_bytes)? {
                Some(chunk) if chunk.len() >= n_wanted => {
                    bytes.extend_from_slice(&chunk[..n_wanted])
                }
                Some(chunk) => {
                    let problem = format!("chunk {place} has {} of {n_wanted} bytes", chunk.len());
                    return Err(wrong(problem));
                }
                None if n_rows.is_some() => bytes.extend(layout.filled(n_wanted)),
                None => return Err(wrong(format!("chunk {place} is not there"))),
            }
        }
        Ok((layout.kind.column(bytes.chunks_exact(layout.kind.size)), layout.shape))
    }

    fn layout(&self, name: &str) -> Result<Layout, IoError> {
        let old = self.json(&format!("{name}/.zarray"))?;
        let layout = match &old {
            Some(json) => Layout::of_2(json),
            None => match self.json(&format!("{name}/zarr.json"))? {
                Some(json) => Layout::of_3(&json),
                None => return Err(self.damaged(name, "the array is not there".to_owned())),
            },
        };
        layout.map_err(|what| self.unsupported(format!("has the array {name} with {what}")))
    }

    fn unsupported(&self, what: String) -> IoError {
        IoError::Unsupported {
            path: self.path.to_owned(),
            what,
            way_out: "write it with Zarr's default: rows in chunks, numbers, Blosc with LZ4 or Zstandard",
        }
    }

    /// The bytes of a chunk; none if it is not there, as it then holds only the fill value.
    fn chunk(
        &self,
        name: &str,
        layout: &Layout,
        place: usize,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, IoError> {
        let zeros =
            if layout.shape.len() == 2 { format!("{}0", layout.separator) } else { String::new() };
        let path: PathBuf = self.path.join(name).join(format!("{}{place}{zeros}", layout.prefix));
        if !path.is_file() {
            return Ok(None);
        }
        let mut bytes = fs::read(&path).map_err(|source| IoError::Read { path, source })?;
        for codec in layout.codecs.iter().rev() {
            bytes = decode(codec, &bytes, limit).map_err(|fault| match fault {
                Fault::Broken(problem) => self.damaged(&format!("{name}, chunk {place}"), problem),
                Fault::Unknown(what) => self.unsupported(format!("has {name} packed by {what}")),
            })?;
        }
        Ok(Some(bytes))
    }
}

fn decode(codec: &str, bytes: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let packed =
        |result: std::io::Result<Vec<u8>>| result.map_err(|e| Fault::Broken(e.to_string()));
    match codec {
        "blosc" => unpack(bytes, limit),
        "zlib" => packed(inflate(bytes, Wrapping::Zlib, limit as u64)),
        "gzip" => packed(inflate(bytes, Wrapping::Gzip, limit as u64)),
        "zstd" => zstd(bytes, limit as u64),
        "lz4" => lz4(bytes.get(4..).unwrap_or_default(), limit),
        "crc32c" => Ok(bytes[..bytes.len().saturating_sub(4)].to_vec()),
        _ => Err(Fault::Unknown("a codec that is not known")),
    }
}

impl Layout {
    /// From `.zarray`, or what of it is not read.
    fn of_2(json: &Value) -> Result<Self, String> {
        let text = |key: &str| json[key].as_str().unwrap_or_default();
        let is_list = |key: &str| json[key].as_array().is_some_and(|list| !list.is_empty());
        if is_list("filters") {
            return Err(format!("filters {}", json["filters"]));
        }
        let shape = sizes(&json["shape"]);
        if text("order") == "F" && shape.len() > 1 {
            return Err("the order F".to_owned());
        }
        let kind = Kind::of(text("dtype")).ok_or_else(|| format!("the type {}", json["dtype"]))?;
        let codec = json["compressor"]["id"].as_str().map(str::to_owned);
        Ok(Self {
            shape,
            chunks: sizes(&json["chunks"]),
            kind,
            codecs: codec.into_iter().collect(),
            prefix: "",
            separator: json["dimension_separator"].as_str().unwrap_or(".").to_owned(),
            fill: json["fill_value"].clone(),
        })
    }

    /// From `zarr.json`, or what of it is not read.
    fn of_3(json: &Value) -> Result<Self, String> {
        let name = json["data_type"].as_str().unwrap_or_default();
        let codecs = json["codecs"].as_array().cloned().unwrap_or_default();
        let is_big = codecs.iter().any(|codec| codec["configuration"]["endian"] == "big");
        let letters = [("float", 'f'), ("int", 'i'), ("uint", 'u')];
        let letter = letters.iter().find_map(|(start, letter)| {
            let bits: usize = name.strip_prefix(start)?.parse().ok()?;
            Some(format!("{}{letter}{}", if is_big { '>' } else { '<' }, bits / 8))
        });
        let letter = if name == "bool" { Some("|b1".to_owned()) } else { letter };
        let kind = letter.as_deref().and_then(Kind::of);
        let names = codecs.iter().filter_map(|codec| codec["name"].as_str());
        let encoding = &json["chunk_key_encoding"];
        let is_default = encoding["name"] != "v2";
        let separator = encoding["configuration"]["separator"].as_str();
        let usual = if is_default { "/" } else { "." };
        let separator = separator.unwrap_or(usual).to_owned();
        Ok(Self {
            shape: sizes(&json["shape"]),
            chunks: sizes(&json["chunk_grid"]["configuration"]["chunk_shape"]),
            kind: kind.ok_or_else(|| format!("the type {}", json["data_type"]))?,
            codecs: names.filter(|&name| name != "bytes").map(str::to_owned).collect(),
            prefix: match (is_default, separator.as_str()) {
                (false, _) => "",
                (true, ".") => "c.",
                (true, _) => "c/",
            },
            separator,
            fill: json["fill_value"].clone(),
        })
    }

    /// Bytes of the fill value; without a number, zeros.
    fn filled(&self, n_bytes: usize) -> Vec<u8> {
        let entry = match (self.kind.code, self.fill.as_f64(), self.fill.as_str()) {
            (b'f', Some(x), _) => self.kind.entry(x),
            (b'f', None, Some(_)) => self.kind.entry(f64::NAN),
            (b'i' | b'u', Some(x), _) => self.kind.entry(x),
            _ => vec![0; self.kind.size],
        };
        entry.iter().copied().cycle().take(n_bytes).collect()
    }
}

fn sizes(json: &Value) -> Vec<usize> {
    let size = |n: &Value| n.as_u64().map_or(usize::MAX, |n| n as usize);
    json.as_array().map(|list| list.iter().map(size).collect()).unwrap_or_default()
}
