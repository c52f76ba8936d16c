//! HDF5 files of btrack and of the Jülich archive (`PedPy`).

mod btrack;
mod compound;
mod walls;

use std::path::Path;

use hdf5_pure::{AttrValue, Dataset, Error, File};

use crate::builder::TableBuilder;
use crate::guarded::guarded;
use crate::named_columns::NamedColumns;
use crate::{Format, IoError, Place, ReadOptions, TrackTable};

/// The table of an HDF5 file: btrack's if it has `objects` and `tracks`, otherwise the data set of
/// records that it holds (`trajectory` first).
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    guarded(path, || table(bytes, path, options))?.finish(path, Format::Hdf5, options)
}

fn table(bytes: &[u8], path: &Path, options: &ReadOptions) -> Result<TableBuilder, IoError> {
    let length = bytes.len() as u64;
    let source = Source { path, options, length };
    let file = File::from_bytes(bytes.to_vec()).map_err(|e| source.damaged("the file", &e))?;
    let groups = file.root().groups().map_err(|e| source.damaged("the root group", &e))?;
    let has = |name: &str| groups.iter().any(|group| group == name);
    if has("objects") && has("tracks") {
        btrack::table(&source, &file)
    } else {
        source.records(&file)
    }
}

/// A file and how it is to be read.
struct Source<'a> {
    path: &'a Path,
    options: &'a ReadOptions,
    /// Bytes of the file.
    length: u64,
}

impl Source<'_> {
    fn damaged(&self, part: &str, error: &Error) -> IoError {
        self.wrong(part, error.to_string())
    }

    fn wrong(&self, part: &str, problem: String) -> IoError {
        let place = Place::Part(part.to_owned());
        IoError::Damaged { path: self.path.to_owned(), place, problem }
    }

    /// A data set whose size is one that the file can hold: deflate packs at most 1032 bytes into one.
    fn dataset(&self, file: &File, name: &str) -> Result<(Dataset, Vec<usize>), IoError> {
        let dataset = file.dataset(name).map_err(|e| self.damaged(name, &e))?;
        let shape = dataset.shape().map_err(|e| self.damaged(name, &e))?;
        let size = dataset.datatype().map_err(|e| self.damaged(name, &e))?.type_size();
        let n_bytes = shape.iter().try_fold(u64::from(size), |n, &size| n.checked_mul(size));
        let most = self.length.saturating_mul(1032);
        match n_bytes {
            Some(n_bytes) if n_bytes <= most => {
                Ok((dataset, shape.into_iter().map(|n| n as usize).collect()))
            }
            _ => Err(self.wrong(name, format!("the shape {shape:?} is larger than the file"))),
        }
    }

    /// A table of numbers with so many columns at least, row by row, and its number of columns.
    fn numbers(
        &self,
        file: &File,
        name: &str,
        n_columns: usize,
    ) -> Result<(Vec<f64>, usize), IoError> {
        let (dataset, shape) = self.dataset(file, name)?;
        let width = shape.get(1).copied().unwrap_or(1);
        if shape.is_empty() || shape.len() > 2 || width < n_columns {
            return Err(IoError::WrongShape {
                path: self.path.to_owned(),
                name: name.to_owned(),
                shape,
                expected: "the shape that btrack writes",
            });
        }
        let numbers = dataset.read_f64().map_err(|e| self.damaged(name, &e))?;
        Ok((numbers, width))
    }

    /// A data set of records: `trajectory`, or the only one of the root.
    fn records(&self, file: &File) -> Result<TableBuilder, IoError> {
        let names = file.root().datasets().map_err(|e| self.damaged("the root group", &e))?;
        let name = match &names[..] {
            names if names.iter().any(|name| name == "trajectory") => "trajectory",
            [name] => name,
            _ => {
                let wanted =
                    "data set of records (trajectory), nor groups of btrack (objects, tracks)";
                return Err(IoError::MissingPart {
                    path: self.path.to_owned(),
                    wanted,
                    found: names,
                });
            }
        };
        let (dataset, shape) = self.dataset(file, name)?;
        let mut columns = compound::columns(self, name, &dataset, &shape)?;
        let attributes = dataset.attrs().map_err(|e| self.damaged(name, &e))?;
        let fps = attributes.get("fps").and_then(AttrValue::as_f64);
        let fps = fps.filter(|fps| fps.is_finite() && *fps > 0.0);
        // In the archive, z is the height of a head.
        let keeps_z = fps.is_none() || self.options.dimensions == Some(3);
        if !keeps_z {
            columns.retain(|(name, _)| name != "z");
        }
        let named = NamedColumns { columns, path: self.path, options: self.options, only_id: None };
        let mut builder = named.table_at(match self.options.frame_interval {
            Some(_) => 1.0,
            None => fps.map_or(1.0, |fps| 1.0 / fps),
        })?;
        if let Some(fps) = fps {
            builder.notes.push(format!(
                "fps: {fps} frames a second, lengths in m; z, a height, is left out"
            ));
            builder.time_is_frames = false;
            builder.units.length = "m".to_owned();
            builder.units.time = "s".to_owned();
        }
        let geometry = file.root().attrs().map_err(|e| self.damaged("the root group", &e))?;
        if let Some(text) = geometry.get("wkt_geometry").and_then(AttrValue::as_str) {
            builder.walls = walls::segments(text).ok_or_else(|| {
                self.wrong("wkt_geometry", format!("{:?} is no polygon", cut(text)))
            })?;
            builder.notes.push(format!(
                "walls: {} segments of wkt_geometry, whose outer ring bounds the area",
                builder.walls.len()
            ));
        }
        Ok(builder)
    }
}

/// At most 40 characters for a message.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
