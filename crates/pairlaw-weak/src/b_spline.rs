//! Uniform B-splines: the test functions of the weak form in space.

/// B-splines of one order on uniform knots, with two derivatives.
///
/// ```text
/// B_a(x), a = 0 … n_cells + ORDER − 2;   on [lower, upper]: Σ_a B_a = 1
/// ```
///
/// The interval is divided into `n_cells` cells of width `h`; the knots go on beyond both ends, so
/// that all splines are translates of one. Spline `a` covers the `ORDER` cells up to cell `a`, and
/// `ORDER` of them, `c … c + ORDER − 1`, are non-zero in cell `c`. The degree is `ORDER − 1`; two
/// continuous derivatives take `ORDER ≥ 4`.
///
/// # Source
///
/// C. de Boor, *A Practical Guide to Splines* (1978), chapter IX; here as one polynomial a cell.
///
/// # Example
///
/// ```
/// use pairlaw_weak::BSplines;
///
/// let cubic = BSplines::<4>::new(0.0, 2.0, 2);
/// let at_knot = cubic.at(1.0);
/// assert!((at_knot.values[1] - 4.0 / 6.0).abs() < 1e-15);
/// assert!((at_knot.curvatures[1] + 2.0).abs() < 1e-14);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BSplines<const ORDER: usize> {
    lower: f64,
    spacing: f64,
    n_cells: usize,
    /// `pieces[j][a]`: coefficient of `s^j` of spline `a` of a cell, `s` in cells from its centre.
    pieces: [[f64; ORDER]; ORDER],
}

/// The splines that are non-zero at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalSplines<const ORDER: usize> {
    /// The cell, and the index of the first of these splines.
    pub cell: usize,
    /// Where in the cell, from −½ to ½.
    pub offset: f64,
    /// `B`.
    pub values: [f64; ORDER],
    /// `B'`, 1/length.
    pub slopes: [f64; ORDER],
    /// `B''`, 1/length².
    pub curvatures: [f64; ORDER],
}

impl<const ORDER: usize> BSplines<ORDER> {
    /// Splines on `[lower, upper]`, in length units, divided into `n_cells` cells.
    ///
    /// # Panics
    ///
    /// Unless `lower < upper`, both finite, and there is a cell.
    #[must_use]
    pub fn new(lower: f64, upper: f64, n_cells: usize) -> Self {
        let spacing = (upper - lower) / n_cells as f64;
        let good = spacing > 0.0 && spacing.is_finite() && ORDER > 0;
        assert!(good, "{n_cells} cells between {lower} and {upper}");
        Self { lower, spacing, n_cells, pieces: pieces() }
    }

    /// Number of splines that are non-zero somewhere in the interval.
    #[must_use]
    pub fn n_splines(&self) -> usize {
        self.n_cells + ORDER - 1
    }

    /// Number of cells.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// Width of a cell, h.
    #[must_use]
    pub fn spacing(&self) -> f64 {
        self.spacing
    }

    /// The splines at `x`; the first and the last cell's polynomials go on beyond the interval.
    #[must_use]
    pub fn at(&self, x: f64) -> LocalSplines<ORDER> {
        let cells = (x - self.lower) / self.spacing;
        // A negative number becomes 0.
        let cell = (cells as usize).min(self.n_cells - 1);
        let offset = cells - cell as f64 - 0.5;
        let (mut values, mut slopes, mut half) = ([0.0; ORDER], [0.0; ORDER], [0.0; ORDER]);
        for piece in self.pieces.iter().rev() {
            for a in 0..ORDER {
                half[a] = half[a] * offset + slopes[a];
                slopes[a] = slopes[a] * offset + values[a];
                values[a] = values[a] * offset + piece[a];
            }
        }
        let inverse = 1.0 / self.spacing;
        let slopes = slopes.map(|b| b * inverse);
        let curvatures = half.map(|b| 2.0 * b * inverse * inverse);
        LocalSplines { cell, offset, values, slopes, curvatures }
    }

    /// Products of two splines of a cell, and of their slopes, as polynomials in the offset:
    /// coefficients `[j]` of `B_a B_b` and `B'_a B'_b` at `a · ORDER + b`.
    pub(crate) fn products(&self) -> [Vec<Vec<f64>>; 2] {
        let values = |a: usize| self.pieces.iter().map(|piece| piece[a]).collect::<Vec<_>>();
        let slopes = |a: usize| {
            let powers = self.pieces.iter().enumerate().skip(1);
            powers.map(|(j, piece)| j as f64 * piece[a] / self.spacing).collect::<Vec<_>>()
        };
        let pairs = || (0..ORDER).flat_map(|a| (0..ORDER).map(move |b| (a, b)));
        [
            pairs().map(|(a, b)| times(&values(a), &values(b))).collect(),
            pairs().map(|(a, b)| times(&slopes(a), &slopes(b))).collect(),
        ]
    }
}

/// The recursion of Cox and de Boor in the coefficients of polynomials of one cell.
fn pieces<const ORDER: usize>() -> [[f64; ORDER]; ORDER] {
    let mut splines = vec![vec![1.0]];
    for order in 2..=ORDER {
        let degree = (order - 1) as f64;
        let rise = |a: usize| [(order - 1 - a) as f64 + 0.5, 1.0].map(|c| c / degree);
        let fall = |a: usize| [a as f64 + 0.5, -1.0].map(|c| c / degree);
        let mut next = vec![vec![0.0; order]; order];
        for (a, lower_order) in splines.iter().enumerate() {
            add(&mut next[a], &times(lower_order, &fall(a)));
            add(&mut next[a + 1], &times(lower_order, &rise(a + 1)));
        }
        splines = next;
    }
    std::array::from_fn(|j| std::array::from_fn(|a| splines[a][j]))
}

fn add(sum: &mut [f64], more: &[f64]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// Product of two polynomials.
fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; a.len() + b.len() - 1];
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            product[i + j] += a * b;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-13, "{found:?} against {expected:?}");
        }
    }

    #[test]
    fn knots_by_hand() {
        // The values of splines of degree 5 at a knot are 1, 26, 66, 26, 1 over 120, their slopes
        // 1, 10, 0, −10, −1 over 24 and their curvatures 1, 2, −6, 2, 1 over 6.
        let splines = BSplines::<6>::new(-1.0, 2.0, 6);
        assert_eq!((splines.n_splines(), splines.n_cells()), (11, 6));
        let local = splines.at(0.5);
        assert_eq!(local.cell, 3);
        close(&local.values, &[1.0, 26.0, 66.0, 26.0, 1.0, 0.0].map(|v| v / 120.0));
        close(&local.slopes, &[-1.0, -10.0, 0.0, 10.0, 1.0, 0.0].map(|v| v / 24.0 * 2.0));
        close(&local.curvatures, &[1.0, 2.0, -6.0, 2.0, 1.0, 0.0].map(|v| v / 6.0 * 4.0));
        let linear = BSplines::<2>::new(0.0, 1.0, 1).at(0.25);
        close(&linear.values, &[0.75, 0.25]);
    }

    #[test]
    fn splines_are_translates_and_sum_to_one() {
        let splines = BSplines::<6>::new(0.0, 7.0, 7);
        for step in 0..100 {
            let x = 0.01 + 0.06 * f64::from(step);
            let (here, there) = (splines.at(x), splines.at(x + 1.0));
            assert_eq!(here.cell + 1, there.cell);
            close(&here.values, &there.values);
            close(&[here.values.iter().sum()], &[1.0]);
            close(&[here.slopes.iter().sum(), here.curvatures.iter().sum()], &[0.0; 2]);
        }
    }

    /// Central differences, across knots too; discretisation h²/6 times a derivative below 600.
    #[test]
    fn derivatives_are_those_of_the_values() {
        let splines = BSplines::<6>::new(0.0, 3.0, 6);
        let h = 1e-5;
        for step in 1..60 {
            let x = 0.05 * f64::from(step);
            let [before, here, after] = [x - h, x, x + h].map(|x| dense(&splines.at(x)));
            for a in 0..11 {
                for order in 0..2 {
                    let difference = (after[a][order] - before[a][order]) / (2.0 * h);
                    assert!((difference - here[a][order + 1]).abs() < 1e-8, "{a} at {x}");
                }
            }
        }
    }

    /// Value, slope and curvature of each of 11 splines.
    fn dense(local: &LocalSplines<6>) -> [[f64; 3]; 11] {
        let mut all = [[0.0; 3]; 11];
        for a in 0..6 {
            all[local.cell + a] = [local.values[a], local.slopes[a], local.curvatures[a]];
        }
        all
    }

    #[test]
    fn products_are_products() {
        let splines = BSplines::<6>::new(0.0, 3.0, 6);
        let local = splines.at(1.7);
        let [values, slopes] = splines.products();
        let at = |p: &[f64]| p.iter().rev().fold(0.0, |sum, c| sum * local.offset + c);
        for a in 0..6 {
            for b in 0..6 {
                close(&[at(&values[6 * a + b])], &[local.values[a] * local.values[b]]);
                close(&[at(&slopes[6 * a + b])], &[local.slopes[a] * local.slopes[b]]);
            }
        }
    }

    #[test]
    #[should_panic(expected = "0 cells between")]
    fn no_cells_are_refused() {
        let _ = BSplines::<6>::new(0.0, 1.0, 0);
    }
}
