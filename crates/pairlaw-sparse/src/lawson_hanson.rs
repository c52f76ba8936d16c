//! Non-negative least squares by the active-set method of Lawson and Hanson.

use crate::columns::{Columns, add_scaled, dot, norm, zeros};
use crate::triangle;

/// A gradient counts as positive above this share of `|c|`.
const DUAL_TOLERANCE: f64 = 1e-15;

/// The state of `min |c − A μ|` subject to `μ ≥ 0`, for unit columns `A`.
///
/// The passive columns (those with `μ > 0`) are kept as `A_P = Q T` with orthonormal `Q`, updated
/// when a column enters or leaves; `AᵀA` is never formed.
///
/// # Source
///
/// Lawson, Hanson (1974), *Solving Least Squares Problems*, chapter 23.
pub(crate) struct LawsonHanson<'a> {
    columns: &'a Columns,
    target: &'a [f64],
    rows: usize,
    /// A unit column whose part orthogonal to the passive ones is shorter may not enter.
    dependent: f64,
    /// Columns that may not enter: the passive ones, and those that failed since the last success.
    barred: Vec<bool>,
    /// The passive columns, in the order of `q`, `t`, `multipliers`.
    pub(crate) passive: Vec<usize>,
    pub(crate) q: Columns,
    pub(crate) t: Columns,
    z: Vec<f64>,
    /// `μ` of the passive columns, padded.
    pub(crate) multipliers: Vec<f64>,
    trial: Vec<f64>,
    /// `c − A μ`.
    pub(crate) residual: Vec<f64>,
    pub(crate) iterations: usize,
}

impl<'a> LawsonHanson<'a> {
    /// Starts at `μ = 0` for the first `n` of `columns`, each of `rows` entries.
    #[inline(always)]
    pub(crate) fn new(
        columns: &'a Columns,
        n: usize,
        target: &'a [f64],
        rows: usize,
        dependent: f64,
    ) -> Self {
        let most = n.min(rows);
        Self {
            columns,
            target,
            rows,
            dependent,
            barred: vec![false; n],
            passive: Vec::with_capacity(most),
            q: Columns::zeros(rows, most),
            t: Columns::zeros(most, most),
            z: zeros(most),
            multipliers: zeros(most),
            trial: zeros(most),
            residual: target.to_vec(),
            iterations: 0,
        }
    }

    /// Lets columns enter until no gradient is positive, the largest `gradient · pivot` first.
    #[inline(always)]
    pub(crate) fn run(&mut self, pivots: &[f64]) {
        let tolerance = DUAL_TOLERANCE * norm(self.target);
        let cap = self.iterations + 3 * self.barred.len() + 10;
        while self.iterations < cap {
            let mut best = 0.0;
            let mut entering = None;
            for (i, &pivot) in pivots.iter().enumerate() {
                if self.barred[i] {
                    continue;
                }
                let gradient = dot(self.columns.col(i), &self.residual);
                if gradient > tolerance && gradient * pivot > best {
                    (best, entering) = (gradient * pivot, Some(i));
                }
            }
            let Some(column) = entering else { return };
            if !self.enter(column) {
                self.barred[column] = true;
            }
        }
    }

    /// Makes a column passive and restores `μ ≥ 0`; false, and nothing changes, if the column
    /// depends on the passive ones or its first `μ` is not positive.
    #[inline(always)]
    pub(crate) fn enter(&mut self, column: usize) -> bool {
        self.iterations += 1;
        let p = self.passive.len();
        if p == self.rows.min(self.barred.len()) {
            return false;
        }
        let coefficients = self.t.col_mut(p);
        coefficients.fill(0.0);
        // Projected twice: once leaves errors as large as the part that remains.
        let mut part = self.columns.col(column).to_vec();
        for _ in 0..2 {
            for (s, coefficient) in coefficients[..p].iter_mut().enumerate() {
                let share = dot(self.q.col(s), &part);
                add_scaled(&mut part, -share, self.q.col(s));
                *coefficient += share;
            }
        }
        let length = norm(&part);
        coefficients[p] = length;
        if length < self.dependent {
            return false;
        }
        let unit = self.q.col_mut(p);
        unit.fill(0.0);
        add_scaled(unit, 1.0 / length, &part);
        self.z[p] = dot(unit, &self.residual);
        if self.z[p] <= 0.0 {
            return false;
        }
        self.passive.push(column);
        self.multipliers[p] = 0.0;
        self.barred.fill(false);
        self.settle();
        true
    }

    /// Makes the passive column at `position` active again and restores `μ ≥ 0`.
    #[inline(always)]
    pub(crate) fn release(&mut self, position: usize) {
        self.leave(position);
        self.settle();
    }

    /// Moves `μ` towards the least-squares solution of the passive columns; those that reach
    /// zero on the way leave.
    #[inline(always)]
    fn settle(&mut self) {
        loop {
            let p = self.passive.len();
            self.trial.fill(0.0);
            self.trial[..p].copy_from_slice(&self.z[..p]);
            triangle::solve(&self.t, p, &mut self.trial);
            let (mut step, mut leaving) = (1.0, None);
            for (s, (&mu, &trial)) in self.multipliers.iter().zip(&self.trial).enumerate() {
                if s < p && trial <= 0.0 && mu / (mu - trial) < step {
                    (step, leaving) = (mu / (mu - trial), Some(s));
                }
            }
            for (mu, trial) in self.multipliers[..p].iter_mut().zip(&self.trial) {
                *mu += step * (trial - *mu);
            }
            let Some(position) = leaving else { break };
            self.leave(position);
        }
        let p = self.passive.len();
        self.multipliers[..p].copy_from_slice(&self.trial[..p]);
        for &column in &self.passive {
            self.barred[column] = true;
        }
        self.update_residual();
    }

    /// Takes the column at `position` out of `Q T` by Givens rotations.
    #[inline(always)]
    fn leave(&mut self, position: usize) {
        let last = self.passive.len() - 1;
        let column = self.passive.remove(position);
        self.barred[column] = false;
        self.multipliers[position..=last].rotate_left(1);
        self.multipliers[last] = 0.0;
        self.t.rotate_to_end(position, last + 1);
        for i in position..last {
            let (x, y) = (self.t.col(i)[i], self.t.col(i)[i + 1]);
            let length = x.hypot(y);
            let (cos, sin) = (x / length, y / length);
            let rotate = |x: f64, y: f64| (cos * x + sin * y, cos * y - sin * x);
            for j in i..last {
                let column = self.t.col_mut(j);
                (column[i], column[i + 1]) = rotate(column[i], column[i + 1]);
            }
            self.t.col_mut(i)[i + 1] = 0.0;
            (self.z[i], self.z[i + 1]) = rotate(self.z[i], self.z[i + 1]);
            let (first, second) = self.q.pair_mut(i);
            for (x, y) in first.iter_mut().zip(second) {
                (*x, *y) = rotate(*x, *y);
            }
        }
    }

    /// `r = c − Q z`, projected once more so that it is orthogonal to `Q` to rounding.
    #[inline(always)]
    fn update_residual(&mut self) {
        let p = self.passive.len();
        self.residual.copy_from_slice(self.target);
        for s in 0..p {
            add_scaled(&mut self.residual, -self.z[s], self.q.col(s));
        }
        for s in 0..p {
            let share = dot(self.q.col(s), &self.residual);
            add_scaled(&mut self.residual, -share, self.q.col(s));
            self.z[s] += share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(columns: &[[f64; 2]], target: [f64; 2]) -> (Vec<(usize, f64)>, Vec<f64>) {
        let a = Columns::from_fn(2, columns.len(), |i, j| columns[j][i]);
        let mut c = zeros(2);
        c[..2].copy_from_slice(&target);
        let mut state = LawsonHanson::new(&a, columns.len(), &c, 2, 1e-11);
        state.run(&vec![1.0; columns.len()]);
        let pairs = state.passive.iter().copied().zip(state.multipliers.clone());
        (pairs.collect(), state.residual[..2].to_vec())
    }

    #[test]
    fn a_target_inside_the_cone_is_reached() {
        let (mut mu, residual) = solve(&[[1.0, 0.0], [0.6, 0.8]], [2.2, 1.6]);
        mu.sort_by_key(|pair| pair.0);
        // Rounding: a 2 × 2 triangle.
        assert!((mu[0].1 - 1.0).abs() < 1e-14 && (mu[1].1 - 2.0).abs() < 1e-14);
        assert!(norm_of(&residual) < 1e-14);
    }

    #[test]
    fn a_target_outside_is_projected_on_a_face() {
        let (mu, residual) = solve(&[[1.0, 0.0], [0.6, 0.8]], [3.0, -1.0]);
        assert_eq!(mu.len(), 1);
        assert!(mu[0].0 == 0 && (mu[0].1 - 3.0).abs() < 1e-14);
        assert!(residual[0].abs() < 1e-14 && (residual[1] + 1.0).abs() < 1e-14);
        assert!(solve(&[[1.0, 0.0]], [-1.0, 2.0]).0.is_empty());
    }

    #[test]
    fn the_first_column_leaves_again() {
        // Column 0 has the steepest gradient but the target lies in the cone of 1 and 2.
        let columns = [[1.0, 0.0], [0.8, 0.6], [0.8, -0.6]];
        let (mu, residual) = solve(&columns, [1.0, 0.3]);
        assert!(mu.iter().all(|pair| pair.1 > 0.0));
        assert!(norm_of(&residual) < 1e-14, "{mu:?}");
    }

    fn norm_of(x: &[f64]) -> f64 {
        x.iter().map(|x| x * x).sum::<f64>().sqrt()
    }
}
