//! Boxes divided into equal cells, and densities on them.

use crate::DataError;

/// The box `[lower, upper]` divided into `n_cells[d]` equal cells along each axis.
///
/// Cells are numbered row by row: the last axis runs fastest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid<const D: usize> {
    lower: [f64; D],
    upper: [f64; D],
    n_cells: [usize; D],
}

impl<const D: usize> Grid<D> {
    /// A grid of a box; bounds in length units.
    ///
    /// # Errors
    ///
    /// [`DataError::GridBounds`] unless `lower < upper`, a finite distance apart, along every axis;
    /// [`DataError::GridCells`] for fewer than 2 cells along an axis, or more than 2³² in all.
    pub fn new(lower: [f64; D], upper: [f64; D], n_cells: [usize; D]) -> Result<Self, DataError> {
        for axis in 0..D {
            let (low, high) = (lower[axis], upper[axis]);
            if !(low < high && (high - low).is_finite()) {
                return Err(DataError::GridBounds { axis, lower: low, upper: high });
            }
            let total = n_cells.iter().try_fold(1usize, |total, n| total.checked_mul(*n));
            if n_cells[axis] < 2 || total.is_none_or(|total| total as u64 > 1 << 32) {
                return Err(DataError::GridCells { axis, n_cells: n_cells[axis] });
            }
        }
        Ok(Self { lower, upper, n_cells })
    }

    /// Lower corner.
    pub fn lower(&self) -> [f64; D] {
        self.lower
    }

    /// Upper corner.
    pub fn upper(&self) -> [f64; D] {
        self.upper
    }

    /// Number of cells along each axis.
    pub fn n_cells(&self) -> [usize; D] {
        self.n_cells
    }

    /// Number of cells in all.
    pub fn total_cells(&self) -> usize {
        self.n_cells.iter().product()
    }

    /// Side of a cell along each axis, h.
    pub fn spacing(&self) -> [f64; D] {
        std::array::from_fn(|d| (self.upper[d] - self.lower[d]) / self.n_cells[d] as f64)
    }

    /// Length, area or volume of a cell.
    pub fn cell_volume(&self) -> f64 {
        self.spacing().iter().product()
    }

    /// Centres of the cells along one axis.
    ///
    /// # Panics
    ///
    /// If `axis` is not below `D`.
    pub fn centres(&self, axis: usize) -> Vec<f64> {
        assert!(axis < D, "axis {axis} of a grid of dimension {D}");
        let h = self.spacing()[axis];
        (0..self.n_cells[axis]).map(|i| self.lower[axis] + (i as f64 + 0.5) * h).collect()
    }

    /// Cell averages of a function by its values in the centres.
    pub fn sample(&self, f: impl Fn([f64; D]) -> f64) -> Vec<f64> {
        let centres: [Vec<f64>; D] = std::array::from_fn(|d| self.centres(d));
        let value = |cell: usize| {
            let mut rest = cell;
            let mut x = [0.0; D];
            for d in (0..D).rev() {
                x[d] = centres[d][rest % self.n_cells[d]];
                rest /= self.n_cells[d];
            }
            f(x)
        };
        (0..self.total_cells()).map(value).collect()
    }
}

/// Densities u of particles on a grid at increasing times.
#[derive(Debug, Clone, PartialEq)]
pub struct Densities<const D: usize> {
    grid: Grid<D>,
    times: Vec<f64>,
    values: Vec<Vec<f64>>,
}

impl<const D: usize> Densities<D> {
    /// Cell averages `values[n][cell]`, in 1/length^D, at the times `times[n]`.
    ///
    /// # Errors
    ///
    /// [`DataError::TimesNotIncreasing`], [`DataError::CellCount`] if a time has not one value a
    /// cell, [`DataError::DensityValue`] for a value that is not finite.
    pub fn new(grid: Grid<D>, times: Vec<f64>, values: Vec<Vec<f64>>) -> Result<Self, DataError> {
        check_times(&times)?;
        if times.len() != values.len() {
            return Err(DataError::TimeCount { expected: times.len(), found: values.len() });
        }
        for (time_idx, values) in values.iter().enumerate() {
            let (expected, found) = (grid.total_cells(), values.len());
            if found != expected {
                return Err(DataError::CellCount { time_idx, expected, found });
            }
            if let Some(cell) = values.iter().position(|u| !u.is_finite()) {
                return Err(DataError::DensityValue { time_idx, cell, value: values[cell] });
            }
        }
        Ok(Self { grid, times, values })
    }

    /// The grid.
    pub fn grid(&self) -> &Grid<D> {
        &self.grid
    }

    /// The times, increasing.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Cell averages at each time.
    pub fn values(&self) -> &[Vec<f64>] {
        &self.values
    }

    /// `∫u dx` at each time.
    pub fn masses(&self) -> Vec<f64> {
        let volume = self.grid.cell_volume();
        self.values.iter().map(|u| u.iter().sum::<f64>() * volume).collect()
    }
}

/// Times must be finite and increase.
pub(crate) fn check_times(times: &[f64]) -> Result<(), DataError> {
    let at = |time_idx: usize| DataError::TimesNotIncreasing { time_idx, time: times[time_idx] };
    if let Some(bad) = times.iter().position(|t| !t.is_finite()) {
        return Err(at(bad));
    }
    match times.windows(2).position(|t| t[0] >= t[1]) {
        Some(before) => Err(at(before + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid<2> {
        Grid::new([0.0, -1.0], [3.0, 1.0], [3, 4]).unwrap()
    }

    #[test]
    fn cells_by_hand() {
        let grid = grid();
        assert_eq!((grid.total_cells(), grid.spacing()), (12, [1.0, 0.5]));
        assert_eq!(grid.centres(1), [-0.75, -0.25, 0.25, 0.75]);
        let values = grid.sample(|[x, y]| 10.0 * x + y);
        assert_eq!(values[..5], [4.25, 4.75, 5.25, 5.75, 14.25]);
        let densities = Densities::new(grid, vec![0.0], vec![vec![1.0; 12]]).unwrap();
        assert_eq!(densities.masses(), [6.0]);
    }

    #[test]
    fn impossible_grids_are_refused() {
        let error = Grid::new([0.0, 1.0], [1.0, 1.0], [4, 4]).unwrap_err();
        assert!(matches!(error, DataError::GridBounds { axis: 1, .. }), "{error}");
        let error = Grid::new([0.0], [f64::NAN], [4]).unwrap_err();
        assert!(matches!(error, DataError::GridBounds { axis: 0, .. }), "{error}");
        let error = Grid::new([-1e308], [1e308], [4]).unwrap_err();
        assert!(matches!(error, DataError::GridBounds { axis: 0, .. }), "{error}");
        let error = Grid::new([0.0; 2], [1.0; 2], [4, 1]).unwrap_err();
        assert!(matches!(error, DataError::GridCells { axis: 1, n_cells: 1 }), "{error}");
        let error = Grid::new([0.0; 2], [1.0; 2], [1 << 40, 1 << 40]).unwrap_err();
        assert!(matches!(error, DataError::GridCells { .. }), "{error}");
    }

    #[test]
    fn impossible_densities_are_refused() {
        let of = |times: &[f64], values: Vec<Vec<f64>>| {
            Densities::new(Grid::new([0.0], [1.0], [2]).unwrap(), times.to_vec(), values)
                .unwrap_err()
        };
        let good = vec![vec![1.0; 2]; 2];
        let error = of(&[0.0, 0.0], good.clone());
        assert!(matches!(error, DataError::TimesNotIncreasing { time_idx: 1, .. }), "{error}");
        let error = of(&[0.0, f64::NAN], good.clone());
        assert!(matches!(error, DataError::TimesNotIncreasing { time_idx: 1, .. }), "{error}");
        let error = of(&[0.0], good);
        assert!(matches!(error, DataError::TimeCount { expected: 1, found: 2 }), "{error}");
        let error = of(&[0.0], vec![vec![1.0; 3]]);
        let right = DataError::CellCount { time_idx: 0, expected: 2, found: 3 };
        assert_eq!(error.to_string(), right.to_string());
        let error = of(&[0.0], vec![vec![1.0, f64::INFINITY]]);
        assert!(matches!(error, DataError::DensityValue { cell: 1, .. }), "{error}");
    }
}
