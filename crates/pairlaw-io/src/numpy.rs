//! Arrays of NumPy: grids of positions, rows, structured arrays, and archives of them.

mod archive;
mod kind;
mod literal;
mod npy;

use std::path::Path;

#[cfg(feature = "geff")]
pub(crate) use kind::Kind;
use npy::Content;

use crate::array::{Array, Grid, napari_table, wrong_shape};
use crate::builder::TableBuilder;
use crate::named_columns::{Column, NamedColumns};
use crate::{Format, IoError, Place, ReadOptions, TrackTable};

/// The table of an array or an archive.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    let file = File { path, options };
    let builder = match bytes.starts_with(b"PK") {
        true => file.archive(bytes)?,
        false => file.single(bytes)?,
    };
    builder.finish(path, Format::Numpy, options)
}

struct File<'a> {
    path: &'a Path,
    options: &'a ReadOptions,
}

/// Names of arrays in archives.
const POSITIONS: &[&str] = &["positions", "trajectories", "tracks", "X", "x"];
const VELOCITIES: &[&str] = &["velocities", "V"];
const TIMES: &[&str] = &["times", "time", "t"];
const IDS: &[&str] = &["ids", "id", "individuals"];

impl File<'_> {
    fn single(&self, bytes: &[u8]) -> Result<TableBuilder, IoError> {
        let content = npy::parse(bytes).map_err(|(at, problem)| IoError::Damaged {
            path: self.path.to_owned(),
            place: Place::Byte(at as u64),
            problem,
        })?;
        match content {
            Content::Numbers(array) => self.numbers("the array", &array, None, None, None),
            Content::Fields(columns) => self.columns(columns, None),
            Content::List(list) => Err(wrong_shape(self.path, "the array", &[list.len()])),
            Content::Pickled => Err(self.pickled()),
            Content::Other(kind) => Err(self.unsupported(&kind)),
        }
    }

    /// A grid of positions or a table of rows.
    fn numbers(
        &self,
        name: &str,
        positions: &Array,
        velocities: Option<&Array>,
        times: Option<&[f64]>,
        ids: Option<&[String]>,
    ) -> Result<TableBuilder, IoError> {
        if let [_, n_columns] = positions.shape[..] {
            if self.options.columns == crate::ColumnMap::default() {
                return napari_table(name, positions, self.path, self.options);
            }
            let column = |k: usize| {
                let values = positions.values.iter().skip(k).step_by(n_columns.max(1));
                (format!("column {}", k + 1), Column::Floats(values.copied().collect()))
            };
            return self.columns((0..n_columns).map(column).collect(), None);
        }
        let grid = Grid { name, positions, velocities, times, ids, axes: None, first_id: 0 };
        grid.table(self.path, self.options)
    }

    fn columns(
        &self,
        columns: Vec<(String, Column)>,
        only_id: Option<String>,
    ) -> Result<TableBuilder, IoError> {
        NamedColumns { columns, path: self.path, options: self.options, only_id }.table()
    }

    fn archive(&self, bytes: &[u8]) -> Result<TableBuilder, IoError> {
        let damaged = |place: Place, problem: String| IoError::Damaged {
            path: self.path.to_owned(),
            place,
            problem,
        };
        let members = archive::members(bytes)
            .map_err(|(at, problem)| damaged(Place::Byte(at as u64), problem))?;
        let mut arrays = Vec::new();
        for member in &members {
            let name = member.name.strip_suffix(".npy").unwrap_or(&member.name);
            let broken = |problem: String| damaged(Place::Part(name.to_owned()), problem);
            let content = member.unpack().map_err(broken)?;
            let content = npy::parse(&content);
            arrays.push((name.to_owned(), content.map_err(|(_, problem)| broken(problem))?));
        }
        Arrays { file: self, arrays }.table()
    }

    fn pickled(&self) -> IoError {
        IoError::Unsupported {
            path: self.path.to_owned(),
            what: "holds pickled Python objects, which can run any code when they are read"
                .to_owned(),
            way_out: "if you trust it, convert it once in Python: np.save(\"x.npy\", \
                      np.load(\"FILE\", allow_pickle=True).item()[\"trajectories\"])",
        }
    }

    fn unsupported(&self, kind: &str) -> IoError {
        IoError::Unsupported {
            path: self.path.to_owned(),
            what: format!("holds an array of the type {kind}"),
            way_out: "give real numbers: float32, float64 or integers",
        }
    }

    /// The name of the file without its ending.
    fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The arrays of an archive.
struct Arrays<'a> {
    file: &'a File<'a>,
    arrays: Vec<(String, Content)>,
}

impl Arrays<'_> {
    fn table(self) -> Result<TableBuilder, IoError> {
        if let Some((name, positions)) = self.positions() {
            let times = self.list(TIMES).map(|(_, times)| times);
            let ids = self.ids();
            let velocities = self.numbers(VELOCITIES).map(|(_, v)| v);
            let times = times.as_deref();
            return self.file.numbers(name, positions, velocities, times, ids.as_deref());
        }
        if let [(_, Content::Fields(columns))] = &self.arrays[..] {
            return self.file.columns(columns.clone(), None);
        }
        self.lists()
    }

    /// The grid or rows of positions by name; without lists of x, the only array of several
    /// dimensions.
    fn positions(&self) -> Option<(&str, &Array)> {
        let several = |content: &Content| matches!(content, Content::Numbers(a) if !a.is_list());
        let mut names = self.arrays.iter().filter(|(_, content)| several(content));
        let mut only = || match (names.next(), names.next()) {
            (Some((name, _)), None) => self.numbers(&[name.as_str()]),
            _ => None,
        };
        let has_lists = self.arrays.iter().any(|(name, content)| is_x(name) && !several(content));
        self.numbers(POSITIONS).or_else(|| if has_lists { None } else { only() })
    }

    /// An array of several dimensions with one of these names.
    fn numbers(&self, names: &[&str]) -> Option<(&str, &Array)> {
        names.iter().find_map(|wanted| {
            self.arrays.iter().find_map(|(name, content)| match content {
                Content::Numbers(array) if name == wanted && !array.is_list() => {
                    Some((name.as_str(), array))
                }
                _ => None,
            })
        })
    }

    fn list(&self, names: &[&str]) -> Option<(&str, Vec<f64>)> {
        names.iter().find_map(|wanted| {
            self.arrays.iter().find_map(|(name, content)| match content {
                Content::Numbers(array) if name == wanted && array.is_list() => {
                    Some((name.as_str(), array.values.clone()))
                }
                Content::List(Column::Integers(list)) if name == wanted => {
                    Some((name.as_str(), list.iter().map(|&n| n as f64).collect()))
                }
                _ => None,
            })
        })
    }

    fn ids(&self) -> Option<Vec<String>> {
        let of = |wanted: &&str| {
            let (_, content) = self.arrays.iter().find(|(name, _)| name == wanted)?;
            match content {
                Content::List(Column::Integers(list)) => {
                    Some(list.iter().map(i64::to_string).collect())
                }
                Content::List(Column::Texts(list)) => list.iter().cloned().collect(),
                Content::Numbers(array) if array.is_list() => {
                    Some(array.values.iter().map(f64::to_string).collect())
                }
                _ => None,
            }
        };
        IDS.iter().find_map(of)
    }

    /// Lists of one length, as `TRex` writes them: one individual, or an id a row.
    fn lists(self) -> Result<TableBuilder, IoError> {
        let found: Vec<String> = self.arrays.iter().map(|(name, _)| name.clone()).collect();
        let is_pickled = self.arrays.iter().any(|(_, content)| *content == Content::Pickled);
        let only_id = self.ids().filter(|ids| ids.len() == 1).and_then(|mut ids| ids.pop());
        let mut columns = Vec::new();
        for (name, content) in self.arrays {
            match content {
                Content::Numbers(array) if array.is_list() => {
                    columns.push((name, Column::Floats(array.values)));
                }
                Content::List(column) => columns.push((name, column)),
                _ => {}
            }
        }
        let n_rows = columns.iter().find(|(name, _)| is_x(name)).map(|(_, column)| column.len());
        let Some(n_rows) = n_rows else {
            return Err(match is_pickled {
                true => self.file.pickled(),
                false => IoError::MissingPart {
                    path: self.file.path.to_owned(),
                    wanted: "array of positions (positions, trajectories, or X and Y)",
                    found,
                },
            });
        };
        columns.retain(|(_, column)| column.len() == n_rows);
        if only_id.is_some() {
            columns.retain(|(name, _)| !IDS.contains(&name.as_str()));
        }
        let has_sources = columns.iter().any(|(name, _)| name.contains("#wcentroid"));
        let only_id = only_id.unwrap_or_else(|| self.file.stem());
        let mut builder = self.file.columns(columns, Some(only_id))?;
        if has_sources && self.file.options.pixel_size.is_none() {
            builder.units.length = "cm".to_owned();
            builder.notes.push("units: cm and s, as TRex writes them".to_owned());
            if !builder.time_is_frames {
                builder.units.time = "s".to_owned();
            }
        }
        Ok(builder)
    }
}

/// Whether an array is called as `TRex` calls the first coordinate: `X`, `X#wcentroid`.
fn is_x(name: &str) -> bool {
    name.eq_ignore_ascii_case("x") || name.to_lowercase().starts_with("x#")
}
