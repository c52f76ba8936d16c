//! MATLAB v5 files: `Xscell`, `Vscell` and `t` of the species paper, or plain arrays.

mod element;

use std::path::Path;

use element::Value;

use crate::array::{Array, Axes, Grid, wrong_shape};
use crate::builder::TableBuilder;
use crate::{Format, IoError, Place, ReadOptions, TrackTable};

/// The table of a MATLAB file.
///
/// ```text
/// Xscell{run}(i, :, l) = x_i(t_l)      cells × dimensions × times, one array a run
/// Xscell{i}(l, :)      = x_i(t_l)      times × dimensions, one array an individual
/// ```
///
/// # Source
/// `sim_scripts` of github.com/MathBioCU/WSINDy_CellCluster.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    let unsupported = |what: &str, way_out| {
        Err(IoError::Unsupported { path: path.to_owned(), what: what.to_owned(), way_out })
    };
    if bytes.starts_with(b"MATLAB 7.3") || bytes.starts_with(b"\x89HDF") {
        return unsupported(
            "is a MATLAB file of version 7.3, which is HDF5",
            "load it in MATLAB and save it with `save -v7`",
        );
    }
    if !bytes.starts_with(b"MATLAB 5.0") {
        return unsupported("is no MATLAB file of version 5 to 7", "save it with `save -v7`");
    }
    let damaged = |(at, problem)| IoError::Damaged {
        path: path.to_owned(),
        place: Place::Byte(at as u64),
        problem,
    };
    let variables = element::variables(bytes).map_err(damaged)?;
    let workspace = Workspace { variables, path, options };
    workspace.table()?.finish(path, Format::Matlab, options)
}

/// Names of variables with positions and velocities, the surest first.
const POSITIONS: &[&str] = &["Xscell_obs", "Xscell", "X", "positions", "tracks"];
const VELOCITIES: &[&str] = &["Vscell_obs", "Vscell", "V", "velocities"];
const TIMES: &[&str] = &["tobs", "t", "times", "time"];

struct Workspace<'a> {
    variables: Vec<(String, Value)>,
    path: &'a Path,
    options: &'a ReadOptions,
}

impl Workspace<'_> {
    fn table(&self) -> Result<TableBuilder, IoError> {
        let (name, value) = self.positions()?;
        let velocities = self.find(VELOCITIES).map(|(_, value)| value);
        match value {
            Value::Numbers(array) => {
                let velocities = velocities.and_then(numbers);
                self.grid(name, array, velocities, None)
            }
            Value::Cells(cells) => self.cells(name, cells, velocities),
            Value::Other(kind) => Err(self.unsupported(format!("has {kind} as {name}"))),
        }
    }

    /// The variable of positions by name, or the only array of three dimensions.
    fn positions(&self) -> Result<(&str, &Value), IoError> {
        if let Some(found) = self.find(POSITIONS) {
            return Ok(found);
        }
        let is_grid = |value: &Value| matches!(value, Value::Numbers(a) if a.shape.len() == 3);
        let mut grids = self.variables.iter().filter(|(_, value)| is_grid(value));
        match (grids.next(), grids.next()) {
            (Some((name, value)), None) => Ok((name, value)),
            _ => Err(IoError::MissingPart {
                path: self.path.to_owned(),
                wanted: "variable of positions (Xscell or X)",
                found: self.variables.iter().map(|(name, _)| name.clone()).collect(),
            }),
        }
    }

    fn find(&self, names: &[&str]) -> Option<(&str, &Value)> {
        let variable = |wanted: &&str| self.variables.iter().find(|(name, _)| name == wanted);
        names.iter().find_map(variable).map(|(name, value)| (name.as_str(), value))
    }

    /// The list of times, of one cell if there are several.
    fn times(&self) -> Option<&[f64]> {
        let value = match self.find(TIMES)?.1 {
            Value::Cells(cells) => cells.first()?,
            value => value,
        };
        numbers(value).filter(|array| array.is_list()).map(|array| &array.values[..])
    }

    /// Runs of many individuals, of which the first is taken, or individuals.
    fn cells(
        &self,
        name: &str,
        cells: &[Value],
        velocities: Option<&Value>,
    ) -> Result<TableBuilder, IoError> {
        let list: Vec<&Array> = cells.iter().filter_map(numbers).collect();
        let first =
            list.first().ok_or_else(|| self.unsupported(format!("has no numbers in {name}")))?;
        let velocities = match velocities {
            Some(Value::Cells(cells)) => cells.iter().filter_map(numbers).collect(),
            _ => Vec::new(),
        };
        if first.shape.len() != 3 {
            return self.individuals(name, &list, &velocities);
        }
        let axes = Axes { individuals: 0, times: 2, coordinates: 1 };
        let mut builder = self.grid(name, first, velocities.first().copied(), Some(axes))?;
        if list.len() > 1 {
            let n = list.len();
            builder.notes.push(format!(
                "runs: {name} has {n}, and the first is read; save the others as files of their own"
            ));
        }
        Ok(builder)
    }

    fn grid(
        &self,
        name: &str,
        positions: &Array,
        velocities: Option<&Array>,
        axes: Option<Axes>,
    ) -> Result<TableBuilder, IoError> {
        let times = self.times();
        let grid = Grid { name, positions, velocities, times, ids: None, axes, first_id: 1 };
        grid.table(self.path, self.options)
    }

    /// One array an individual, numbered from 1 as in MATLAB; all begin at the first time.
    fn individuals(
        &self,
        name: &str,
        positions: &[&Array],
        velocities: &[&Array],
    ) -> Result<TableBuilder, IoError> {
        let refuse = |array: &Array| Err(wrong_shape(self.path, name, &array.shape));
        let times = self.times();
        let dim =
            positions.iter().filter_map(|array| array.shape.get(1)).max().copied().unwrap_or(0);
        let mut builder = TableBuilder::new(dim.clamp(1, 3), self.options);
        let with_velocities = velocities.len() == positions.len()
            && positions.iter().zip(velocities).all(|(x, v)| x.shape == v.shape);
        for (place, &array) in positions.iter().enumerate() {
            let &[n, width] = &array.shape[..] else { return refuse(array) };
            if n == 0 {
                continue;
            }
            if width != dim || !(1..=3).contains(&dim) || times.is_some_and(|times| times.len() < n)
            {
                return refuse(array);
            }
            let individual = builder.numbered(place as i64 + 1);
            for (l, x) in array.values.chunks_exact(dim).enumerate() {
                let time = times.map_or(l as f64, |times| times[l]);
                if let Some(v) = velocities.get(place).filter(|_| with_velocities) {
                    builder.push_moving(individual, time, x, &v.values[l * dim..][..dim]);
                } else {
                    builder.push(individual, time, x);
                }
            }
        }
        builder.time_is_frames = times.is_none();
        builder
            .notes
            .push(format!("cells: {name} has an array of times × dimensions an individual"));
        Ok(builder)
    }

    fn unsupported(&self, what: String) -> IoError {
        let way_out = "save Xscell or X as numbers: individuals × dimensions × times";
        IoError::Unsupported { path: self.path.to_owned(), what, way_out }
    }
}

fn numbers(value: &Value) -> Option<&Array> {
    if let Value::Numbers(array) = value { Some(array) } else { None }
}
