//! Half a Sinkhorn iteration: log-sums of rows of the plan, costs on the fly.

use pairlaw_law::simd::{Block, Element, InstructionSet, Kernel, Simd, dispatch};
use rayon::prelude::*;

/// Rows of one task.
const CHUNK: usize = 64;
/// Rows that share the loads of the columns.
const GROUP: usize = 4;
/// Row sums out of these bounds are made again with their largest entry as the stabiliser.
const SANE: std::ops::Range<f64> = 1e-9..1e9;

/// `2^x` in every lane, clamped where it would over- or underflow.
pub(crate) trait Exp2: Element {
    fn exp2<S: Simd<Self>>(s: S, x: S::V) -> S::V;
}

impl Exp2 for f32 {
    /// ```text
    /// x = k + f,  k whole,  |f| ≤ ½,   2^x = 2^k Σ_{n=0}^{5} c_n fⁿ
    /// ```
    ///
    /// The c_n make the largest relative error of the polynomial least: 7.5e-8, 1.6e-7 rounded.
    #[inline(always)]
    fn exp2<S: Simd<f32>>(s: S, x: S::V) -> S::V {
        const COEFFICIENTS: [f32; 6] =
            [1.000_000_1, 0.693_146_97, 0.240_221_2, 0.055_507_13, 0.009_675_541, 0.001_327_647];
        // 1.5 · 2^23 leaves the nearest integer in the low mantissa bits.
        let rounding = s.splat(12_582_912.0);
        let x = s.min(s.splat(126.0), s.max(s.splat(-126.0), x));
        let t = s.add(x, rounding);
        let f = s.sub(x, s.sub(t, rounding));
        let [c0, c1, c2, c3, c4, c5] = COEFFICIENTS.map(|c| s.splat(c));
        let square = s.mul(f, f);
        let low = s.mul_add(c1, f, c0);
        let middle = s.mul_add(c3, f, c2);
        let high = s.mul_add(s.mul_add(c5, f, c4), square, middle);
        s.mul(s.mul_add(high, square, low), s.power_of_two(t))
    }
}

impl Exp2 for f64 {
    #[inline(always)]
    fn exp2<S: Simd<f64>>(s: S, x: S::V) -> S::V {
        pairlaw_law::exp(s, s.mul(x, s.splat(std::f64::consts::LN_2)))
    }
}

/// Points over √u and their potentials over u, one coordinate after the other, in whole vectors.
#[derive(Debug, Clone)]
pub(crate) struct Scaled<T: Exp2, const D: usize> {
    n: usize,
    coordinates: [Vec<Block<T>>; D],
    potentials: Vec<Block<T>>,
}

impl<T: Exp2, const D: usize> Default for Scaled<T, D> {
    fn default() -> Self {
        Self { n: 0, coordinates: std::array::from_fn(|_| vec![]), potentials: vec![] }
    }
}

impl<T: Exp2, const D: usize> Scaled<T, D> {
    pub(crate) fn set_points(&mut self, points: &[[f64; D]], centre: &[f64; D], unit: f64) {
        self.n = points.len();
        let scale = 1.0 / unit.sqrt();
        for (k, blocks) in self.coordinates.iter_mut().enumerate() {
            fill(blocks, points.iter().map(|x| (x[k] - centre[k]) * scale), 0.0);
        }
    }

    pub(crate) fn set_potentials(&mut self, potentials: &[f64], unit: f64) {
        // Lanes past the end get no weight.
        fill(&mut self.potentials, potentials.iter().map(|g| g / unit), -1e30);
    }

    fn point(&self, i: usize) -> [T; D] {
        std::array::from_fn(|k| self.coordinates[k][i / T::LANES].0.as_ref()[i % T::LANES])
    }
}

fn fill<T: Exp2>(
    blocks: &mut Vec<Block<T>>,
    values: impl ExactSizeIterator<Item = f64>,
    rest: f64,
) {
    blocks.resize(values.len().div_ceil(T::LANES), Block::default());
    let mut values = values.map(T::nearest);
    for block in blocks {
        for lane in block.0.as_mut() {
            *lane = values.next().unwrap_or(T::nearest(rest));
        }
    }
}

/// What a row of the plan, scaled to sum 1, says of its point `x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments<const D: usize> {
    /// `Σⱼ pⱼ |x − yⱼ|²`.
    pub(crate) cost: f64,
    /// `Σⱼ pⱼ (x − yⱼ)`.
    pub(crate) offset: [f64; D],
}

impl<const D: usize> Moments<D> {
    pub(crate) const ZERO: Self = Self { cost: 0.0, offset: [0.0; D] };
}

/// Replaces each potential `fᵢ` of `rows` by `−ε ln (1/m) Σⱼ exp((gⱼ − Cᵢⱼ)/ε)`; the old one keeps
/// the sum near 1. `unit` is `ε ln 2`, so that plans are powers of two. With room for them, also the moments of the rows of the new plan.
pub(crate) fn half_step<T: Exp2, const D: usize>(
    set: InstructionSet,
    rows: &Scaled<T, D>,
    columns: &Scaled<T, D>,
    unit: f64,
    potentials: &mut [f64],
    moments: Option<&mut [Moments<D>]>,
) {
    let step = |chunk: usize, potentials: &mut [f64], moments: Option<&mut [Moments<D>]>| {
        let first = chunk * CHUNK;
        dispatch(set, RowSums { rows, columns, unit, first, potentials, moments });
    };
    let chunks = potentials.par_chunks_mut(CHUNK).enumerate();
    match moments {
        None => chunks.for_each(|(chunk, potentials)| step(chunk, potentials, None)),
        Some(moments) => chunks
            .zip(moments.par_chunks_mut(CHUNK))
            .for_each(|((chunk, potentials), moments)| step(chunk, potentials, Some(moments))),
    }
}

struct RowSums<'a, T: Exp2, const D: usize> {
    rows: &'a Scaled<T, D>,
    columns: &'a Scaled<T, D>,
    unit: f64,
    first: usize,
    potentials: &'a mut [f64],
    moments: Option<&'a mut [Moments<D>]>,
}

/// `Σⱼ pⱼ`, `Σⱼ pⱼ |x − yⱼ|²/u` and `Σⱼ pⱼ (x − yⱼ)/√u` with the entries `pⱼ` of a row.
struct RowSum<const D: usize> {
    weight: f64,
    cost: f64,
    offset: [f64; D],
}

impl<T: Exp2, const D: usize> Kernel<T> for RowSums<'_, T, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(mut self, s: S) {
        if self.moments.is_some() {
            self.all_rows::<S, true>(s);
        } else {
            self.all_rows::<S, false>(s);
        }
    }
}

impl<T: Exp2, const D: usize> RowSums<'_, T, D> {
    #[inline(always)]
    fn all_rows<S: Simd<T>, const MOMENTS: bool>(&mut self, s: S) {
        let n = self.potentials.len();
        let whole = n - n % GROUP;
        for i in (0..whole).step_by(GROUP) {
            self.group::<S, GROUP, MOMENTS>(s, i);
        }
        for i in whole..n {
            self.group::<S, 1, MOMENTS>(s, i);
        }
    }

    #[inline(always)]
    fn group<S: Simd<T>, const R: usize, const MOMENTS: bool>(&mut self, s: S, i: usize) {
        let log_m = (self.columns.n as f64).log2();
        let points: [[T; D]; R] = std::array::from_fn(|r| self.rows.point(self.first + i + r));
        let mut shifts: [T; R] =
            std::array::from_fn(|r| T::nearest(self.potentials[i + r] / self.unit - log_m));
        let sums = self.sums::<S, R, MOMENTS>(s, &points, &shifts);
        for (r, mut sum) in sums.into_iter().enumerate() {
            if !SANE.contains(&sum.weight) {
                shifts[r] = T::nearest(-self.largest(s, &points[r]));
                [sum] = self.sums::<S, 1, MOMENTS>(s, &[points[r]], &[shifts[r]]);
            }
            self.potentials[i + r] = self.unit * (shifts[r].into() + log_m - sum.weight.log2());
            if let Some(moments) = &mut self.moments {
                let (weight, scale) = (sum.weight, self.unit.sqrt());
                moments[i + r].cost = sum.cost / weight * self.unit;
                moments[i + r].offset = sum.offset.map(|offset| offset / weight * scale);
            }
        }
    }

    #[inline(always)]
    fn sums<S: Simd<T>, const R: usize, const MOMENTS: bool>(
        &self,
        s: S,
        points: &[[T; D]; R],
        shifts: &[T; R],
    ) -> [RowSum<D>; R] {
        let zero = s.splat(T::nearest(0.0));
        let points = points.map(|x| x.map(|x| s.splat(x)));
        let shifts = shifts.map(|shift| s.splat(shift));
        let (mut weights, mut costs, mut offsets) = ([zero; R], [zero; R], [[zero; D]; R]);
        for (b, potential) in self.columns.potentials.iter().enumerate() {
            let potential = s.load(&potential.0);
            let y: [S::V; D] = std::array::from_fn(|k| s.load(&self.columns.coordinates[k][b].0));
            for r in 0..R {
                let difference: [S::V; D] = std::array::from_fn(|k| s.sub(points[r][k], y[k]));
                let mut square = zero;
                for difference in difference {
                    square = s.mul_add(difference, difference, square);
                }
                let entry = T::exp2(s, s.sub(s.add(potential, shifts[r]), square));
                weights[r] = s.add(weights[r], entry);
                if MOMENTS {
                    costs[r] = s.mul_add(entry, square, costs[r]);
                    for k in 0..D {
                        offsets[r][k] = s.mul_add(entry, difference[k], offsets[r][k]);
                    }
                }
            }
        }
        std::array::from_fn(|r| RowSum {
            weight: s.sum(weights[r]).into(),
            cost: s.sum(costs[r]).into(),
            offset: offsets[r].map(|offset| s.sum(offset).into()),
        })
    }

    /// The largest exponent of a row, without a shift.
    #[inline(always)]
    fn largest<S: Simd<T>>(&self, s: S, point: &[T; D]) -> f64 {
        let point = point.map(|x| s.splat(x));
        let mut largest = s.splat(T::nearest(-1e30));
        for (b, potential) in self.columns.potentials.iter().enumerate() {
            let mut exponent = s.load(&potential.0);
            for (&x, y) in point.iter().zip(&self.columns.coordinates) {
                let difference = s.sub(x, s.load(&y[b].0));
                exponent = s.neg_mul_add(difference, difference, exponent);
            }
            largest = s.max(exponent, largest);
        }
        let mut lanes = Block::<T>::default();
        s.store(largest, &mut lanes.0);
        lanes.0.as_ref().iter().map(|&lane| lane.into()).fold(f64::NEG_INFINITY, f64::max)
    }
}
