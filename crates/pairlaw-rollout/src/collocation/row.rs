//! The equations of one receiver: many more strengths than equations, changed as little as possible.

use pairlaw_law::exp;
use pairlaw_law::simd::{Block, Kernel, LANES, Simd};

use crate::pair_loops::COINCIDENT;

/// Coordinates of the cells that fill the last vector: e^(−d/r) is nothing there.
pub(super) const FAR: f64 = 1e150;
/// Column vectors whose products are summed while they are in the cache.
const TILE: usize = 32;
/// Share of the mean diagonal of the Gram matrix that is added to its diagonal.
const RIDGE: f64 = 1e-10;
/// Newton steps: with free signs the first solves the equations and the others refine it.
const ROUNDS: [usize; 2] = [4, 40];
/// Shortest share of a Newton step.
const SHORTEST: f64 = 1e-9;
/// Residuals of this share of the right side are rounding.
const EXACT: f64 = 1e-13;

/// Prescribed motion of all cells: at `step·D + axis`, blocks of [`LANES`] cells.
pub(super) struct Motion {
    pub(super) positions: Vec<Vec<Block<f64>>>,
    /// Needed displacements, cell by cell.
    pub(super) displacements: Vec<Vec<f64>>,
}

/// What all rows share.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) dt: f64,
    /// 1/r and 1/a.
    pub(super) rates: [f64; 2],
    /// α and β before they are changed.
    pub(super) base: f64,
    /// Least α and β; −∞ for any sign.
    pub(super) floor: f64,
    /// w0.
    pub(super) close: f64,
}

/// Work space of one thread; column vectors are repulsion and attraction of a block, in turn.
#[derive(Default)]
pub(super) struct Row {
    /// Equations, and their number rounded up to a multiple of 4.
    n_equations: usize,
    stride: usize,
    /// `w M`, `stride` vectors for each column vector.
    columns: Vec<Block<f64>>,
    weights: Vec<Block<f64>>,
    /// Least η = δ/w for each column vector.
    bounds: Vec<Block<f64>>,
    /// η = max(bound, (w M)ᵀ y).
    change: Vec<Block<f64>>,
    /// 1 where η is above its bound.
    free: Vec<Block<f64>>,
    /// v − M base.
    right: Vec<f64>,
    residual: Vec<f64>,
    sums: Vec<Block<f64>>,
    gram: Vec<Block<f64>>,
    /// Lower Cholesky factor, rows of n_equations.
    factor: Vec<f64>,
}

/// Solves the equations of `cell`, and writes α and β.
pub(super) struct Solve<'a, const D: usize> {
    pub(super) row: &'a mut Row,
    pub(super) motion: &'a Motion,
    pub(super) setting: Setting,
    pub(super) cell: usize,
    pub(super) strengths: [&'a mut [f64]; 2],
}

impl<const D: usize> Kernel for Solve<'_, D> {
    /// The largest residual, or nothing if it is no number.
    type Output = Option<f64>;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Option<f64> {
        let Self { row, motion, setting, cell, strengths } = self;
        row.prepare(motion.displacements[cell].len(), motion.positions[0].len());
        row.fill::<S, D>(s, motion, &setting, cell);
        let largest = row.solve(s, if setting.floor.is_finite() { ROUNDS[1] } else { ROUNDS[0] });
        for (which, strengths) in strengths.into_iter().enumerate() {
            for (block, out) in strengths.chunks_mut(LANES).enumerate() {
                let (change, weight) = (&row.change[2 * block + which].0, &row.weights[block].0);
                for (lane, out) in out.iter_mut().enumerate() {
                    *out = (setting.base + weight[lane] * change[lane]).max(setting.floor);
                }
            }
        }
        (largest.is_finite() && strengths_finite(&row.change)).then_some(largest)
    }
}

fn strengths_finite(change: &[Block<f64>]) -> bool {
    change.iter().flat_map(|block| block.0).all(f64::is_finite)
}

impl Row {
    fn prepare(&mut self, n_equations: usize, n_blocks: usize) {
        let zero = Block::default();
        self.n_equations = n_equations;
        self.stride = n_equations.next_multiple_of(4);
        self.columns.clear();
        self.columns.resize(2 * n_blocks * self.stride, zero);
        self.weights.resize(n_blocks, zero);
        for vectors in [&mut self.bounds, &mut self.change, &mut self.free] {
            vectors.clear();
            vectors.resize(2 * n_blocks, Block([1.0; LANES]));
        }
        self.sums.resize(self.stride, zero);
        self.gram.resize(n_equations * self.stride, zero);
        self.factor.resize(n_equations * n_equations, 0.0);
        self.right.resize(n_equations, 0.0);
        self.residual.resize(n_equations, 0.0);
    }

    /// Columns, weights, bounds and the right side `v − M base`.
    #[inline(always)]
    fn fill<S: Simd, const D: usize>(&mut self, s: S, motion: &Motion, set: &Setting, cell: usize) {
        let (stride, n_equations) = (self.stride, self.n_equations);
        let (zero, one, dt) = (s.splat(0.0), s.splat(1.0), s.splat(set.dt));
        let rates = set.rates.map(|rate| s.splat(-rate));
        let per_square = s.splat(-1.0 / (set.close * set.close));
        let lowest = s.splat(set.floor - set.base);
        let own = |row: usize| motion.positions[row][cell / LANES].0[cell % LANES];
        self.sums.fill(Block::default());
        for (block, weights) in self.weights.iter_mut().enumerate() {
            let columns = &mut self.columns[2 * block * stride..][..2 * stride];
            let (near, far) = columns.split_at_mut(stride);
            let mut nearest = s.splat(f64::MAX);
            for step in 0..n_equations / D {
                let (mut to, mut square) = ([zero; D], zero);
                for (axis, to) in to.iter_mut().enumerate() {
                    let row = step * D + axis;
                    let other = s.load(&motion.positions[row][block].0);
                    *to = s.sub(other, s.splat(own(row)));
                    square = s.mul_add(*to, *to, square);
                }
                nearest = s.min(nearest, square);
                let distance = s.sqrt(square);
                let scale = s.div(dt, distance);
                let scale = s.select_greater(square, s.splat(COINCIDENT), scale, zero);
                let repulsion = s.mul(scale, exp(s, s.mul(rates[0], distance)));
                let attraction = s.mul(scale, exp(s, s.mul(rates[1], distance)));
                for (axis, to) in to.into_iter().enumerate() {
                    let row = step * D + axis;
                    let out = s.sub(zero, s.mul(repulsion, to));
                    let inward = s.mul(attraction, to);
                    s.store(out, &mut near[row].0);
                    s.store(inward, &mut far[row].0);
                    let sum = s.add(s.load(&self.sums[row].0), s.add(out, inward));
                    s.store(sum, &mut self.sums[row].0);
                }
            }
            // A weight below 0 by rounding would turn the bound around.
            let weight = s.max(zero, s.sub(one, exp(s, s.mul(per_square, nearest))));
            s.store(weight, &mut weights.0);
            for column in &mut *columns {
                s.store(s.mul(weight, s.load(&column.0)), &mut column.0);
            }
            let bound = s.div(lowest, weight);
            s.store(bound, &mut self.bounds[2 * block].0);
            s.store(bound, &mut self.bounds[2 * block + 1].0);
        }
        for (row, right) in self.right.iter_mut().enumerate() {
            let sum = s.sum(s.load(&self.sums[row].0));
            *right = motion.displacements[cell][row] - set.base * sum;
        }
    }

    /// The least `Σ η²/2` with `w M η = right`, η ≥ bound, by Newton steps on its dual
    /// `right·y − Σ η (z − η/2)`, z = (w M)ᵀ y, which is concave. Returns the largest residual.
    #[inline(always)]
    fn solve<S: Simd>(&mut self, s: S, rounds: usize) -> f64 {
        let n = self.n_equations;
        let (mut y, mut trial) = (vec![0.0; n], vec![0.0; n]);
        let mut value = self.evaluate(s, &y);
        let enough = EXACT * largest(&self.right);
        let mut renew = true;
        let mut best = (f64::INFINITY, y.clone());
        for _ in 0..rounds {
            let before = largest(&self.residual);
            if before < best.0 {
                best.0 = before;
                best.1.copy_from_slice(&y);
            }
            if before <= enough {
                break;
            }
            if renew {
                self.sum_products(s);
                if !self.factorise() {
                    break;
                }
            }
            let mut direction = self.residual.clone();
            self.back_substitute(&mut direction);
            let slope: f64 = direction.iter().zip(&self.residual).map(|(d, r)| d * r).sum();
            let mut step = 1.0;
            loop {
                for k in 0..n {
                    trial[k] = y[k] + step * direction[k];
                }
                let next = self.evaluate(s, &trial);
                if next >= value + 1e-4 * step * slope || largest(&self.residual) < before {
                    value = next;
                    break;
                }
                step *= 0.5;
                if step < SHORTEST {
                    break;
                }
            }
            std::mem::swap(&mut y, &mut trial);
            renew = self.mark_free(s);
            if !renew && largest(&self.residual) > 0.25 * before {
                break;
            }
        }
        // Where the floor leaves no solution y grows without bound and may get worse.
        if largest(&self.residual) > best.0 {
            self.evaluate(s, &best.1);
        }
        largest(&self.residual)
    }

    /// The dual at `y`; sets `change` and `residual`.
    #[inline(always)]
    fn evaluate<S: Simd>(&mut self, s: S, y: &[f64]) -> f64 {
        let half = s.splat(0.5);
        let mut total = s.splat(0.0);
        let sums = &mut self.sums[..y.len()];
        sums.fill(Block::default());
        let columns = self.columns.chunks_exact(self.stride);
        for ((column, bound), change) in columns.zip(&self.bounds).zip(&mut self.change) {
            let mut z = s.splat(0.0);
            for (column, &y) in column.iter().zip(y) {
                z = s.mul_add(s.load(&column.0), s.splat(y), z);
            }
            let eta = s.max(s.load(&bound.0), z);
            s.store(eta, &mut change.0);
            total = s.mul_add(eta, s.neg_mul_add(half, eta, z), total);
            for (column, sum) in column.iter().zip(&mut *sums) {
                s.store(s.mul_add(s.load(&column.0), eta, s.load(&sum.0)), &mut sum.0);
            }
        }
        let mut value = -s.sum(total);
        for (row, sum) in sums.iter().enumerate() {
            self.residual[row] = self.right[row] - s.sum(s.load(&sum.0));
            value += self.right[row] * y[row];
        }
        value
    }

    /// Marks the strengths above their bounds and says whether they are others than before.
    #[inline(always)]
    fn mark_free<S: Simd>(&mut self, s: S) -> bool {
        let (zero, one) = (s.splat(0.0), s.splat(1.0));
        let mut differences = zero;
        for ((change, bound), free) in self.change.iter().zip(&self.bounds).zip(&mut self.free) {
            let now = s.select_greater(s.load(&change.0), s.load(&bound.0), one, zero);
            let difference = s.sub(now, s.load(&free.0));
            differences = s.mul_add(difference, difference, differences);
            s.store(now, &mut free.0);
        }
        s.sum(differences) > 0.0
    }

    /// Gram matrix of the rows of `w M` over the free strengths.
    #[inline(always)]
    fn sum_products<S: Simd>(&mut self, s: S) {
        let stride = self.stride;
        self.gram.fill(Block::default());
        let tiles = self.columns.chunks(TILE * stride).zip(self.free.chunks(TILE));
        for (tile, free) in tiles {
            for (a, sums) in self.gram.chunks_exact_mut(stride).enumerate() {
                for b in (0..=a).step_by(4) {
                    let sums = &mut sums[b..b + 4];
                    let mut four = [s.splat(0.0); 4];
                    for k in 0..4 {
                        four[k] = s.load(&sums[k].0);
                    }
                    for (column, free) in tile.chunks_exact(stride).zip(free) {
                        let first = s.mul(s.load(&column[a].0), s.load(&free.0));
                        let others = &column[b..b + 4];
                        for k in 0..4 {
                            four[k] = s.mul_add(first, s.load(&others[k].0), four[k]);
                        }
                    }
                    for k in 0..4 {
                        s.store(four[k], &mut sums[k].0);
                    }
                }
            }
        }
        let n = self.n_equations;
        for a in 0..n {
            for b in 0..=a {
                self.factor[a * n + b] = s.sum(s.load(&self.gram[a * stride + b].0));
            }
        }
    }

    /// Cholesky factor in place of the Gram matrix with its ridge; false if there is none.
    fn factorise(&mut self) -> bool {
        let (n, l) = (self.n_equations, &mut self.factor);
        let ridge = RIDGE * (0..n).map(|k| l[k * n + k]).sum::<f64>() / n as f64;
        for a in 0..n {
            l[a * n + a] += ridge;
            for b in 0..=a {
                let dot: f64 = (0..b).map(|k| l[a * n + k] * l[b * n + k]).sum();
                let rest = l[a * n + b] - dot;
                if a == b && (rest <= 0.0 || rest.is_nan()) {
                    return false;
                }
                l[a * n + b] = if a == b { rest.sqrt() } else { rest / l[b * n + b] };
            }
        }
        true
    }

    /// Solves with the factor.
    fn back_substitute(&self, x: &mut [f64]) {
        let (n, l) = (self.n_equations, &self.factor);
        for a in 0..n {
            let dot: f64 = (0..a).map(|k| l[a * n + k] * x[k]).sum();
            x[a] = (x[a] - dot) / l[a * n + a];
        }
        for a in (0..n).rev() {
            let dot: f64 = (a + 1..n).map(|k| l[k * n + a] * x[k]).sum();
            x[a] = (x[a] - dot) / l[a * n + a];
        }
    }
}

/// Largest absolute value; NaN if there is one.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, x| if x.is_nan() || x.abs() > m { x.abs() } else { m })
}
