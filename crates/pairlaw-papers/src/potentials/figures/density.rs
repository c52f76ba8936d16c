//! Kernel densities of points in the plane, and the contours that hold given shares of the points.

use std::collections::BTreeMap;

/// Density on the points of a square grid.
///
/// ```text
/// f(x, y) = (1/(n h²)) Σ_k φ((x − x_k)/h) φ((y − y_k)/h),   h = n^{−1/6}
/// ```
#[derive(Clone, Debug)]
pub(super) struct Density {
    /// The places along both axes.
    pub(super) at: Vec<f64>,
    /// Values, y by y.
    pub(super) rows: Vec<Vec<f64>>,
}

/// An edge between two neighbours of the grid: the one with the lower indices, and whether it runs
/// along x.
type Edge = (usize, usize, bool);

impl Density {
    /// Of standardised points, by Scott's rule.
    pub(super) fn new(points: &[[f64; 2]], at: Vec<f64>) -> Self {
        let h = (points.len() as f64).powf(-1.0 / 6.0);
        let kernel = |x: f64| -> Vec<f64> {
            at.iter().map(|at| (-0.5 * ((at - x) / h).powi(2)).exp()).collect()
        };
        let mut rows = vec![vec![0.0; at.len()]; at.len()];
        for &[x, y] in points {
            let (across, up) = (kernel(x), kernel(y));
            // What is less than 1e-9 of a point is not seen.
            for (row, up) in rows.iter_mut().zip(up).filter(|(_, up)| *up > 1e-9) {
                row.iter_mut().zip(&across).for_each(|(sum, across)| *sum += up * across);
            }
        }
        let scale = 1.0 / (std::f64::consts::TAU * h * h * points.len() as f64);
        rows.iter_mut().flatten().for_each(|sum| *sum *= scale);
        Self { at, rows }
    }

    /// The value above which a share of the mass lies.
    pub(super) fn level(&self, share: f64) -> f64 {
        let mut values: Vec<f64> = self.rows.iter().flatten().copied().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        let total: f64 = values.iter().sum();
        let mut sum = 0.0;
        let found = values.iter().find(|value| {
            sum += **value;
            sum >= share * total
        });
        found.copied().unwrap_or(0.0)
    }

    /// Lines along which the density has a value, by marching squares.
    pub(super) fn contours(&self, level: f64) -> Vec<Vec<[f64; 2]>> {
        let mut next: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        let n = self.at.len();
        for j in 0..n.saturating_sub(1) {
            for i in 0..n - 1 {
                for [a, b] in self.segments(level, i, j) {
                    next.entry(a).or_default().push(b);
                    next.entry(b).or_default().push(a);
                }
            }
        }
        let mut lines = Vec::new();
        // Open lines first, from their ends; what remains is closed.
        while let Some(start) =
            next.iter().find(|(_, to)| to.len() == 1).or_else(|| next.iter().next()).map(|e| *e.0)
        {
            let mut line = vec![self.crossing(level, start)];
            let mut edge = start;
            while let Some(to) = next.get_mut(&edge).and_then(Vec::pop) {
                if next.get(&edge).is_some_and(Vec::is_empty) {
                    next.remove(&edge);
                }
                if let Some(back) = next.get_mut(&to) {
                    back.retain(|other| *other != edge);
                    if back.is_empty() {
                        next.remove(&to);
                    }
                }
                line.push(self.crossing(level, to));
                edge = to;
            }
            lines.push(line);
        }
        lines
    }

    /// Pieces of the contour in one square, from edge to edge.
    fn segments(&self, level: f64, i: usize, j: usize) -> Vec<[Edge; 2]> {
        let above = |i: usize, j: usize| self.rows[j][i] > level;
        let corners = [above(i, j), above(i + 1, j), above(i + 1, j + 1), above(i, j + 1)];
        // Bottom, right, top, left: each between two corners in turn.
        let edges = [(i, j, true), (i + 1, j, false), (i, j + 1, true), (i, j, false)];
        let crossed: Vec<Edge> =
            (0..4).filter(|&k| corners[k] != corners[(k + 1) % 4]).map(|k| edges[k]).collect();
        match crossed[..] {
            [a, b] => vec![[a, b]],
            // A saddle: the corners below the level are cut off.
            [a, b, c, d] if corners[0] => vec![[a, b], [c, d]],
            [a, b, c, d] => vec![[d, a], [b, c]],
            _ => vec![],
        }
    }

    /// Where an edge has the value, by a straight line between its ends.
    fn crossing(&self, level: f64, (i, j, is_along_x): Edge) -> [f64; 2] {
        let (k, l) = if is_along_x { (i + 1, j) } else { (i, j + 1) };
        let (from, to) = (self.rows[j][i], self.rows[l][k]);
        let share = (level - from) / (to - from);
        let between = |a: usize, b: usize| self.at[a] + share * (self.at[b] - self.at[a]);
        [between(i, k), between(j, l)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(n: usize) -> Vec<f64> {
        (0..n).map(|k| -4.0 + 8.0 * k as f64 / (n - 1) as f64).collect()
    }

    #[test]
    fn one_point_is_a_bell() {
        let density = Density::new(&[[0.0, 1.0]], grid(81));
        let h2: f64 = density.rows.iter().flatten().sum::<f64>() * 0.1 * 0.1;
        // Quadrature: what lies beyond the grid, 3 standard deviations above.
        assert!((h2 - 1.0).abs() < 2e-3, "{h2}");
        // Half of a bell's mass is within √(2 ln 2) of its centre; the grid is .1 wide.
        let lines = density.contours(density.level(0.5));
        assert_eq!(lines.len(), 1);
        for &[x, y] in &lines[0] {
            let radius = x.hypot(y - 1.0);
            assert!((radius - (2.0 * 2f64.ln()).sqrt()).abs() < 0.02, "{radius}");
        }
        // A closed line.
        let (first, last) = (lines[0][0], lines[0][lines[0].len() - 1]);
        assert!((first[0] - last[0]).hypot(first[1] - last[1]) < 1e-12);
    }

    #[test]
    fn two_clouds_have_two_contours_and_cut_ones_are_open() {
        let mut points = vec![[-3.0, 0.0]; 500];
        points.extend([[3.0, 0.0]; 500]);
        let density = Density::new(&points, grid(61));
        assert_eq!(density.contours(density.level(0.5)).len(), 2);
        let lines = Density::new(&[[4.0, 0.0]; 500], grid(61));
        let lines = lines.contours(lines.level(0.5));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|[x, _]| *x <= 4.0));
        let (first, last) = (lines[0][0], lines[0][lines[0].len() - 1]);
        assert!((first[1] - last[1]).abs() > 0.1);
    }

    #[test]
    fn a_saddle_parts_or_joins_by_its_corners() {
        let rows = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
        let density = Density { at: vec![0.0, 1.0], rows };
        let lines = density.contours(0.75);
        assert_eq!(lines.len(), 2);
        assert!(density.contours(2.0).is_empty());
    }
}
