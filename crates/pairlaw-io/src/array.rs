//! Arrays of positions without columns: which axis holds individuals, times and coordinates.

use std::path::Path;

use crate::builder::TableBuilder;
use crate::{IoError, ReadOptions};

/// Numbers with a shape, the last index running fastest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Array {
    /// From numbers whose first index runs fastest, as Fortran and MATLAB store them.
    pub(crate) fn from_fortran(shape: Vec<usize>, values: &[f64]) -> Self {
        let mut index = vec![0; shape.len()];
        let mut sorted = Vec::with_capacity(values.len());
        let strides = |shape: &[usize]| {
            let next = |stride: &mut usize, &n: &usize| {
                let own = *stride;
                *stride *= n;
                Some(own)
            };
            shape.iter().scan(1, next).collect::<Vec<usize>>()
        };
        let strides = strides(&shape);
        while sorted.len() < values.len() {
            let place = index.iter().zip(&strides).map(|(i, stride)| i * stride).sum::<usize>();
            sorted.push(values[place]);
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Self { shape, values: sorted }
    }

    /// Without axes of length 1, a list.
    pub(crate) fn is_list(&self) -> bool {
        self.shape.iter().filter(|&&n| n != 1).count() <= 1
    }
}

/// Positions of a grid of individuals and times, and what else is known of it.
pub(crate) struct Grid<'a> {
    pub(crate) name: &'a str,
    pub(crate) positions: &'a Array,
    pub(crate) velocities: Option<&'a Array>,
    pub(crate) times: Option<&'a [f64]>,
    pub(crate) ids: Option<&'a [String]>,
    /// Where individuals, times and coordinates lie, if the format says so.
    pub(crate) axes: Option<Axes>,
    /// The number of the first individual without ids.
    pub(crate) first_id: i64,
}

/// The places of three axes in a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axes {
    pub(crate) individuals: usize,
    pub(crate) times: usize,
    pub(crate) coordinates: usize,
}

/// What can be made of arrays without names.
pub(crate) const GRID_SHAPES: &str = "(individuals, times, 1 to 3 coordinates), (times, individuals, \
     coordinates), (individuals, coordinates, times) or rows of id, t, (z,) y, x";

impl Grid<'_> {
    /// A table of this grid, numbered in the order of its individuals if there are no ids.
    pub(crate) fn table(
        &self,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<TableBuilder, IoError> {
        let shape = &self.positions.shape;
        let axes = self.axes().ok_or_else(|| wrong_shape(path, self.name, shape))?;
        let [n, n_times, dim] = [axes.individuals, axes.times, axes.coordinates].map(|a| shape[a]);
        let mut builder = TableBuilder::new(dim, options);
        builder.notes.push(format!(
            "axes: {} {shape:?} is individuals (axis {}), times (axis {}), coordinates (axis {})",
            self.name, axes.individuals, axes.times, axes.coordinates
        ));
        let velocities = self.velocities.filter(|v| v.shape == *shape);
        if self.velocities.is_some() && velocities.is_none() {
            builder.notes.push("velocities are left out: their shape is another".to_owned());
        }
        let strides = [shape[1] * shape[2], shape[2], 1];
        let at = |i: usize, l: usize, d: usize| {
            i * strides[axes.individuals] + l * strides[axes.times] + d * strides[axes.coordinates]
        };
        builder.time_is_frames = self.times.is_none();
        for i in 0..n {
            let individual = match self.ids {
                Some(ids) => builder.individual(&ids[i]),
                None => builder.numbered(self.first_id + i as i64),
            };
            for l in 0..n_times {
                let time = self.times.map_or(l as f64, |times| times[l]);
                let row = |array: &Array| -> [f64; 3] {
                    std::array::from_fn(|d| if d < dim { array.values[at(i, l, d)] } else { 0.0 })
                };
                let x = row(self.positions);
                if let Some(v) = velocities {
                    builder.push_moving(individual, time, &x[..dim], &row(v)[..dim]);
                } else {
                    builder.push(individual, time, &x[..dim]);
                }
            }
        }
        Ok(builder)
    }

    /// Those given, or: coordinates are a last axis of at most 3, else a middle one; times are the
    /// axis as long as the list of times, then the one not as long as the list of ids, then the
    /// longer, then the second.
    fn axes(&self) -> Option<Axes> {
        let shape = &self.positions.shape;
        let few = |axis: usize| (1..=3).contains(&shape[axis]);
        if shape.len() != 3 {
            return None;
        }
        let axes = self.axes.or_else(|| {
            let (first, second, coordinates) = match () {
                () if few(2) => (0, 1, 2),
                () if few(1) => (0, 2, 1),
                () => return None,
            };
            let (a, b) = (shape[first], shape[second]);
            let n_times = self.times.map(<[f64]>::len);
            let n_ids = self.ids.map(<[String]>::len);
            let is_transposed = if a == b {
                false
            } else if n_times == Some(a) || n_times == Some(b) {
                n_times == Some(a)
            } else if n_ids == Some(a) || n_ids == Some(b) {
                n_ids == Some(b)
            } else {
                a > b
            };
            let (individuals, times) =
                if is_transposed { (second, first) } else { (first, second) };
            Some(Axes { individuals, times, coordinates })
        })?;
        let fits = |n: Option<usize>, axis: usize| n.is_none_or(|n| n == shape[axis]);
        let sound = few(axes.coordinates)
            && fits(self.times.map(<[f64]>::len), axes.times)
            && fits(self.ids.map(<[String]>::len), axes.individuals);
        sound.then_some(axes)
    }
}

pub(crate) fn wrong_shape(path: &Path, name: &str, shape: &[usize]) -> IoError {
    IoError::WrongShape {
        path: path.to_owned(),
        name: name.to_owned(),
        shape: shape.to_vec(),
        expected: GRID_SHAPES,
    }
}

/// A table of rows id, t, (z,) y, x, as napari and btrack have them.
pub(crate) fn napari_table(
    name: &str,
    rows: &Array,
    path: &Path,
    options: &ReadOptions,
) -> Result<TableBuilder, IoError> {
    let &[_, n_columns @ (4 | 5)] = &rows.shape[..] else {
        return Err(wrong_shape(path, name, &rows.shape));
    };
    let mut builder = TableBuilder::new(n_columns - 2, options);
    let order = if n_columns == 4 { "id, t, y, x" } else { "id, t, z, y, x" };
    builder.notes.push(format!("columns: {name} has {order}, the order of napari"));
    builder.time_is_frames = true;
    for row in rows.values.chunks_exact(n_columns) {
        let mut position = [0.0; 3];
        for (x, &value) in position.iter_mut().zip(row[2..].iter().rev()) {
            *x = value;
        }
        if row[0].is_finite() {
            let individual = numbered(&mut builder, row[0]);
            builder.push(individual, row[1], &position[..n_columns - 2]);
        } else {
            builder.n_untracked += 1;
        }
    }
    Ok(builder)
}

/// The individual of an id that is stored as a number.
pub(crate) fn numbered(builder: &mut TableBuilder, id: f64) -> u32 {
    let whole = id as i64;
    if (whole as f64).to_bits() == id.to_bits() {
        builder.numbered(whole)
    } else {
        builder.individual(&id.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // nothing is computed
mod tests {
    use super::*;
    use crate::{Format, TrackTable};

    fn array(shape: [usize; 3]) -> Array {
        let n = shape.iter().product::<usize>();
        Array { shape: shape.to_vec(), values: (0..n).map(|k| k as f64).collect() }
    }

    fn grid(positions: &Array) -> Grid<'_> {
        Grid {
            name: "X",
            positions,
            velocities: None,
            times: None,
            ids: None,
            axes: None,
            first_id: 0,
        }
    }

    fn table(grid: &Grid<'_>) -> TrackTable {
        let options = ReadOptions::default();
        let builder = grid.table("a".as_ref(), &options).unwrap();
        builder.finish("a".as_ref(), Format::Numpy, &options).unwrap()
    }

    #[test]
    fn fortran_order_is_transposed() {
        let array = Array::from_fortran(vec![2, 3], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(array.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!(Array::from_fortran(vec![0, 3], &[]).values.is_empty());
    }

    #[test]
    fn the_longer_axis_is_time() {
        // 2 individuals at 3 times, both ways.
        let table_a = table(&grid(&array([2, 3, 2])));
        assert_eq!(table_a.individuals, [0, 0, 0, 1, 1, 1]);
        assert_eq!(table_a.coordinates[1], [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
        let table_b = table(&grid(&array([3, 2, 2])));
        assert_eq!(table_b.times, [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
        assert_eq!(table_b.coordinates[0], [0.0, 4.0, 8.0, 2.0, 6.0, 10.0]);
        let square = table(&grid(&array([2, 2, 3])));
        assert_eq!(square.coordinates[2], [2.0, 5.0, 8.0, 11.0]);
        let middle = table(&grid(&array([4, 2, 5])));
        assert_eq!((middle.n_individuals(), middle.coordinates[1][0]), (4, 5.0));
        assert!(middle.origin.time_is_frames);
    }

    #[test]
    fn times_and_ids_tell_the_axes() {
        let positions = array([3, 2, 2]);
        let times = [0.5, 1.0];
        let by_times = table(&Grid { times: Some(&times), ..grid(&positions) });
        assert_eq!((by_times.n_individuals(), by_times.times[1]), (3, 1.0));
        assert!(!by_times.origin.time_is_frames);
        let ids = ["c", "b", "a"].map(str::to_owned);
        let by_ids = table(&Grid { ids: Some(&ids), ..grid(&positions) });
        assert_eq!((by_ids.ids.join(""), by_ids.individuals[0]), ("abc".to_owned(), 2));
        let few = ["c"].map(str::to_owned);
        let refused = Grid { ids: Some(&few), ..grid(&positions) };
        let error = refused.table("a".as_ref(), &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("a: X has the shape [3, 2, 2], not"), "{error}");
    }

    #[test]
    fn velocities_of_the_same_shape_are_kept() {
        let (positions, other) = (array([2, 3, 2]), array([3, 2, 2]));
        let grid = Grid { velocities: Some(&positions), ..grid(&positions) };
        assert_eq!(table(&grid).velocities, table(&grid).coordinates);
        let table = table(&Grid { velocities: Some(&other), ..grid });
        assert!(table.velocities.is_empty() && table.origin.notes.len() == 2);
    }

    #[test]
    fn rows_of_napari_have_x_last() {
        let rows = Array {
            shape: vec![3, 5],
            values: vec![
                7.0,
                0.0,
                1.0,
                2.0,
                3.0,
                7.0,
                1.0,
                4.0,
                5.0,
                6.0,
                f64::NAN,
                1.0,
                1.0,
                1.0,
                1.0,
            ],
        };
        let options = ReadOptions::default();
        let builder = napari_table("a", &rows, "a".as_ref(), &options).unwrap();
        let table = builder.finish("a".as_ref(), Format::Numpy, &options).unwrap();
        assert_eq!(table.coordinates, [[3.0, 6.0], [2.0, 5.0], [1.0, 4.0]]);
        assert_eq!((table.ids, table.origin.n_untracked), (vec!["7".to_owned()], 1));
        let rows = Array { shape: vec![5, 3], values: vec![0.0; 15] };
        assert!(napari_table("a", &rows, "a".as_ref(), &options).is_err());
    }
}
