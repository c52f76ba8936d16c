//! Test functions in space: products of B-splines, one an axis.

use crate::{BSplines, LocalSplines};

/// Order of the splines: degree 5, with four continuous derivatives.
pub(crate) const ORDER: usize = 6;

/// Test functions on a box; the index of the last axis runs fastest.
///
/// ```text
/// g_m(x) = Π_d B_{m_d}(x_d)
/// ```
#[derive(Clone, Debug)]
pub(crate) struct TestSpace<const D: usize> {
    pub(crate) axes: [BSplines<ORDER>; D],
    strides: [usize; D],
    cell_strides: [usize; D],
    /// The `ORDER^D` functions of a cell.
    local: Vec<LocalFunction<D>>,
}

/// One of the functions that are non-zero in a cell.
#[derive(Clone, Copy, Debug)]
struct LocalFunction<const D: usize> {
    /// Its factors among the splines of the cell.
    factors: [usize; D],
    /// Its index less that of the cell's first function.
    index: usize,
}

/// A test function at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestValue<const D: usize> {
    pub(crate) index: usize,
    pub(crate) value: f64,
    pub(crate) gradient: [f64; D],
    pub(crate) laplacian: f64,
}

impl<const D: usize> TestSpace<D> {
    /// With so many splines along each axis, at least [`ORDER`].
    pub(crate) fn new(lower: [f64; D], upper: [f64; D], n_splines: [usize; D]) -> Self {
        let n_cells = n_splines.map(|n| n - (ORDER - 1));
        let strides = strides(n_splines);
        let local = (0..ORDER.pow(D as u32)).map(|digits| {
            let place = |d: usize| ORDER.pow((D - 1 - d) as u32);
            let factors: [usize; D] = std::array::from_fn(|d| digits / place(d) % ORDER);
            LocalFunction { factors, index: (0..D).map(|d| factors[d] * strides[d]).sum() }
        });
        Self {
            axes: std::array::from_fn(|d| BSplines::new(lower[d], upper[d], n_cells[d])),
            strides,
            cell_strides: self::strides(n_cells),
            local: local.collect(),
        }
    }

    /// Number of functions.
    pub(crate) fn n_functions(&self) -> usize {
        self.axes.iter().map(BSplines::n_splines).product()
    }

    /// Number of cells between knots.
    pub(crate) fn n_cells(&self) -> usize {
        self.axes.iter().map(BSplines::n_cells).product()
    }

    /// The splines of each axis at a point.
    pub(crate) fn splines(&self, x: [f64; D]) -> [LocalSplines<ORDER>; D] {
        std::array::from_fn(|d| self.axes[d].at(x[d]))
    }

    /// The cell in which splines were evaluated.
    pub(crate) fn cell(&self, splines: &[LocalSplines<ORDER>; D]) -> usize {
        (0..D).map(|d| splines[d].cell * self.cell_strides[d]).sum()
    }

    /// The functions that are non-zero where splines were evaluated.
    #[inline]
    pub(crate) fn functions(
        &self,
        splines: &[LocalSplines<ORDER>; D],
    ) -> impl Iterator<Item = TestValue<D>> {
        let first: usize = (0..D).map(|d| splines[d].cell * self.strides[d]).sum();
        self.local.iter().map(move |function| {
            let a = function.factors;
            let others = |d: usize| {
                (0..D).filter(|e| *e != d).map(|e| splines[e].values[a[e]]).product::<f64>()
            };
            let (mut gradient, mut laplacian) = ([0.0; D], 0.0);
            for d in 0..D {
                let others = others(d);
                gradient[d] = splines[d].slopes[a[d]] * others;
                laplacian += splines[d].curvatures[a[d]] * others;
            }
            let value = (0..D).map(|d| splines[d].values[a[d]]).product();
            TestValue { index: first + function.index, value, gradient, laplacian }
        })
    }

    /// Index of the first function that is non-zero in a cell.
    pub(crate) fn first_in_cell(&self, cell: usize) -> usize {
        let n_cells = self.axes.each_ref().map(BSplines::n_cells);
        (0..D).map(|d| cell / self.cell_strides[d] % n_cells[d] * self.strides[d]).sum()
    }

    /// Indices, less that of the cell's first function, of all pairs of functions of a cell; in the
    /// order of the pairs of factors along each axis, the last axis fastest.
    pub(crate) fn pairs(&self) -> Vec<[usize; 2]> {
        let extend = |pairs: Vec<[usize; 2]>, stride: &usize| {
            let factors = (0..ORDER * ORDER).map(|pair| [pair / ORDER, pair % ORDER]);
            let extended = pairs.iter().flat_map(|[i, j]| {
                factors.clone().map(move |[a, b]| [i + a * stride, j + b * stride])
            });
            extended.collect()
        };
        self.strides.iter().fold(vec![[0, 0]], extend)
    }
}

fn strides<const D: usize>(shape: [usize; D]) -> [usize; D] {
    std::array::from_fn(|d| shape[d + 1..].iter().product())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_splines_by_hand() {
        let space = TestSpace::new([0.0, -1.0], [2.0, 1.0], [7, 8]);
        assert_eq!((space.n_functions(), space.n_cells()), (56, 6));
        let splines = space.splines([1.5, 0.8]);
        assert_eq!(space.cell(&splines), 5);
        let functions: Vec<_> = space.functions(&splines).collect();
        assert_eq!(functions[0].index, space.first_in_cell(5));
        assert_eq!((space.pairs().len(), space.pairs()[36 * 6 + 2]), (1296, [8, 2]));
        // Splines 1 of x in cell 1 and 3 of y in cell 2.
        let [x, y] = splines;
        let one = functions[9];
        assert_eq!(one.index, (1 + 1) * 8 + 2 + 3);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} against {b}");
        close(one.value, x.values[1] * y.values[3]);
        close(one.gradient[1], x.values[1] * y.slopes[3]);
        close(one.laplacian, x.curvatures[1] * y.values[3] + x.values[1] * y.curvatures[3]);
        close(functions.iter().map(|f| f.value).sum(), 1.0);
    }
}
