//! Averages of a function over a cell, or over a section of it, by Gauss–Legendre quadrature.

use std::array;

use pairlaw_data::Grid;

/// Panels into which each axis of a cell near the origin is divided; even, so that 0 is an end.
const PANELS: usize = 8;

/// Cells around the origin that are divided: kernels vary fast, or jump, only there.
const NEAR: isize = 2;

/// Averages over the cells of a grid whose centres lie at whole offsets from the origin.
pub(crate) struct CellAverage<const D: usize> {
    spacing: [f64; D],
    far: Vec<[f64; 2]>,
    near: Vec<[f64; 2]>,
}

impl<const D: usize> CellAverage<D> {
    pub(crate) fn new(grid: &Grid<D>) -> Self {
        Self { spacing: grid.spacing(), far: rule(1), near: rule(PANELS) }
    }

    /// Average of `f` over the cell at `offset`, or over its middle section across `normal`.
    pub(crate) fn of(
        &self,
        offset: [isize; D],
        normal: Option<usize>,
        f: &dyn Fn(&[f64; D]) -> f64,
    ) -> f64 {
        let mut x = array::from_fn(|d| offset[d] as f64 * self.spacing[d]);
        let is_near = offset.iter().all(|o| o.abs() <= NEAR);
        let nodes = if is_near { &self.near } else { &self.far };
        self.sum(nodes, 0, normal, &mut x, f)
    }

    /// Sum over the nodes of the axes from `axis` on.
    fn sum(
        &self,
        nodes: &[[f64; 2]],
        axis: usize,
        normal: Option<usize>,
        x: &mut [f64; D],
        f: &dyn Fn(&[f64; D]) -> f64,
    ) -> f64 {
        if axis == D {
            return f(x);
        }
        if normal == Some(axis) {
            return self.sum(nodes, axis + 1, normal, x, f);
        }
        let (centre, mut total) = (x[axis], 0.0);
        for [node, weight] in nodes {
            x[axis] = centre + node * self.spacing[axis];
            total += weight * self.sum(nodes, axis + 1, normal, x, f);
        }
        x[axis] = centre;
        total
    }
}

/// Nodes in [−½, ½] and weights of the four-point rule on equal panels.
fn rule(n_panels: usize) -> Vec<[f64; 2]> {
    let (inner, outer) = (0.339_981_043_584_856_26, 0.861_136_311_594_052_6);
    let weight = 0.326_072_577_431_273_2; // of an inner node, for an interval of length 1
    let unit = [(-outer, 0.5 - weight), (-inner, weight), (inner, weight), (outer, 0.5 - weight)];
    let n = n_panels as f64;
    let panel =
        |p: usize| unit.map(|(node, weight)| [(p as f64 + 0.5 + 0.5 * node) / n - 0.5, weight / n]);
    (0..n_panels).flat_map(panel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_exact_to_degree_seven() {
        for n_panels in [1, PANELS] {
            for degree in 0..8 {
                let sum: f64 =
                    rule(n_panels).iter().map(|[x, w]| w * (x + 0.25).powi(degree)).sum();
                let exact = (0.75f64.powi(degree + 1) - (-0.25f64).powi(degree + 1))
                    / f64::from(degree + 1);
                assert!((sum - exact).abs() < 1e-15, "degree {degree}: {sum} {exact}");
            }
        }
    }

    #[test]
    fn averages_over_cells_and_sections() {
        let average = CellAverage::new(&Grid::new([0.0; 2], [4.0, 2.0], [4, 4]).unwrap());
        // Cells 1 × ½: x² averages to 3² + 1/12, |y| at the origin to 1/8.
        let found = average.of([1, 0], None, &|[x, y]| x * x + y.abs());
        assert!((found - (1.0 + 1.0 / 12.0 + 0.125)).abs() < 1e-14, "{found}");
        let found = average.of([3, 5], Some(0), &|[x, y]| x * x + y * y);
        assert!((found - (9.0 + 6.25 + 0.25 / 12.0)).abs() < 1e-14, "{found}");
    }
}
