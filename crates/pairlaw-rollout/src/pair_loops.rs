//! The three loops over all pairs: forward step, adjoint step, parameter gradient.
//!
//! ```text
//! forward     x_i⁺ = x_i + δt Σ_j P′(d) u                  d u = x_j − x_i
//! adjoint     λ_i = ∂L/∂x_i + λ_i⁺ + δt (Σ_j H_ji λ_j⁺ − Σ_j H_ij λ_i⁺)
//!             H = (P′/d) 1 + (P″ − P′/d) u uᵀ
//! parameters  ∂L/∂ log c_ij = Σ_n δt (λ_i^{n+1}·u) ∂P′/∂ log c
//! ```
//!
//! A pair closer than 1e-10, and a cell with itself, has u = 0 and 1/d = 0: no force, no gradient.
// Iterators over arrays of vectors take closures, which are not inlined across instruction sets.
#![allow(clippy::needless_range_loop)]

use pairlaw_law::PairPotential;
use pairlaw_law::simd::{Block, Element, Kernel, Simd};
use std::ops::Range;

use crate::coefficients::{Coefficients, exchange, unpack};

/// Positions (or adjoints) of all cells at one time.
pub(crate) type Configuration<T, const D: usize> = Vec<[Block<T>; D]>;

/// Squared distance below which a pair has no direction.
pub(crate) const COINCIDENT: f64 = 1e-20;

/// One cell and vectors of others.
struct Geometry<V, const D: usize> {
    /// x_j − x_i.
    offset: [V; D],
    /// d, or 1 for a coincident pair.
    distance: V,
    /// 1/d, or 0 for a coincident pair.
    inverse: V,
}

#[inline(always)]
fn geometry<T: Element, S: Simd<T>, const D: usize>(
    s: S,
    own: [S::V; D],
    others: &[Block<T>; D],
) -> Geometry<S::V, D> {
    let mut offset = own;
    let mut square = s.splat(T::default());
    for d in 0..D {
        offset[d] = s.sub(s.load(&others[d].0), own[d]);
        square = s.mul_add(offset[d], offset[d], square);
    }
    let (least, one) = (s.splat(T::nearest(COINCIDENT)), s.splat(T::nearest(1.0)));
    let distance = s.sqrt(s.select_greater(square, least, square, one));
    let inverse = s.select_greater(square, least, s.div(one, distance), s.splat(T::default()));
    Geometry { offset, distance, inverse }
}

#[inline(always)]
fn dot<T: Element, S: Simd<T>, const D: usize>(s: S, a: [S::V; D], b: [S::V; D]) -> S::V {
    let mut sum = s.mul(a[0], b[0]);
    for d in 1..D {
        sum = s.mul_add(a[d], b[d], sum);
    }
    sum
}

#[inline(always)]
pub(crate) fn scaled<T: Element, S: Simd<T>, const P: usize>(
    s: S,
    blocks: &[Block<T>; P],
    factor: [S::V; P],
) -> [S::V; P] {
    let mut c = factor;
    for k in 0..P {
        c[k] = s.mul(s.load(&blocks[k].0), factor[k]);
    }
    c
}

#[inline(always)]
pub(crate) fn splat<T: Element, S: Simd<T>, const K: usize>(s: S, x: [T; K]) -> [S::V; K] {
    let mut v = [s.splat(T::default()); K];
    for k in 0..K {
        v[k] = s.splat(x[k]);
    }
    v
}

/// Asks for coefficients that will be read soon.
#[inline(always)]
pub(crate) fn prefetch<T: Element, S: Simd<T>, const P: usize>(s: S, blocks: &[Block<T>; P]) {
    for block in blocks {
        s.prefetch(&block.0);
    }
}

/// Displacements δt Σ_j P′(d) u of the cells `first ..`.
pub(crate) struct ForwardStep<'a, F, T: Element, const D: usize, const P: usize> {
    pub(crate) potential: F,
    pub(crate) coefficients: &'a Coefficients<T, P>,
    pub(crate) positions: &'a [[Block<T>; D]],
    pub(crate) dt: T,
    pub(crate) first: usize,
    pub(crate) displacements: &'a mut [[T; D]],
}

impl<F, T, const D: usize, const P: usize> Kernel<T> for ForwardStep<'_, F, T, D, P>
where
    F: PairPotential<P>,
    T: Element,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self, s: S) {
        let dt = s.splat(self.dt);
        for (i, displacement) in (self.first..).zip(self.displacements) {
            let own = splat(s, unpack(self.positions, i));
            let factor = splat(s, self.coefficients.factor(i));
            let mut force = [s.splat(T::default()); D];
            let ahead = self.coefficients.ahead(i);
            let columns = self.positions.iter().zip(self.coefficients.row(i));
            for ((others, c), ahead) in columns.zip(ahead) {
                prefetch(s, ahead);
                let pair = geometry(s, own, others);
                let slope = self.potential.slope(s, pair.distance, scaled(s, c, factor));
                let pull = s.mul(slope, pair.inverse);
                for d in 0..D {
                    force[d] = s.mul_add(pull, pair.offset[d], force[d]);
                }
            }
            for d in 0..D {
                displacement[d] = s.sum(s.mul(dt, force[d]));
            }
        }
    }
}

/// Adds `Σ_i H_ij δtλ_i` of the receivers `rows` to `pulled_back`, less `Σ_j H_ij δtλ_i` at i.
pub(crate) struct AdjointStep<'a, F, T: Element, const D: usize, const P: usize> {
    pub(crate) potential: F,
    pub(crate) coefficients: &'a Coefficients<T, P>,
    pub(crate) positions: &'a [[Block<T>; D]],
    /// δt λ⁺.
    pub(crate) adjoint: &'a [[Block<T>; D]],
    pub(crate) rows: Range<usize>,
    pub(crate) pulled_back: &'a mut [[Block<T>; D]],
}

impl<F, T, const D: usize, const P: usize> Kernel<T> for AdjointStep<'_, F, T, D, P>
where
    F: PairPotential<P>,
    T: Element,
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self, s: S) {
        for i in self.rows {
            let own = splat(s, unpack(self.positions, i));
            let adjoint = splat(s, unpack(self.adjoint, i));
            let factor = splat(s, self.coefficients.factor(i));
            let mut back = [s.splat(T::default()); D];
            let columns = self.positions.iter().zip(self.coefficients.row(i));
            let columns = columns.zip(self.coefficients.ahead(i));
            for (((others, c), ahead), out) in columns.zip(self.pulled_back.iter_mut()) {
                prefetch(s, ahead);
                let pair = geometry(s, own, others);
                let c = scaled(s, c, factor);
                let [slope, curvature] = self.potential.slope_and_curvature(s, pair.distance, c);
                let across = s.mul(slope, pair.inverse);
                let cosine = s.mul(dot(s, pair.offset, adjoint), pair.inverse);
                let along = s.mul(s.mul(s.sub(curvature, across), cosine), pair.inverse);
                for d in 0..D {
                    let pull = s.mul_add(across, adjoint[d], s.mul(along, pair.offset[d]));
                    s.store(s.add(s.load(&out[d].0), pull), &mut out[d].0);
                    back[d] = s.add(back[d], pull);
                }
            }
            for d in 0..D {
                let out = &mut self.pulled_back[i / T::LANES][d].0.as_mut()[i % T::LANES];
                *out = *out - s.sum(back[d]);
            }
        }
    }
}

/// What becomes of the gradient of each pair.
pub(crate) trait PairGradients<T: Element, const P: usize> {
    /// Coefficients of receiver i and the senders of block b.
    fn coefficients<S: Simd<T>>(&self, s: S, i: usize, b: usize) -> [S::V; P];
    /// Takes the gradient with respect to log θ.
    fn take<S: Simd<T>>(&mut self, s: S, i: usize, b: usize, c: [S::V; P], gradient: [S::V; P]);
}

/// Gradients of all pairs of the receivers `rows`, summed over steps.
pub(crate) struct ParameterPass<'a, F, T: Element, K, const D: usize, const P: usize> {
    pub(crate) potential: F,
    /// Positions at the start of each step.
    pub(crate) positions: &'a [Configuration<T, D>],
    /// δt λ after each step.
    pub(crate) adjoints: &'a [Configuration<T, D>],
    pub(crate) rows: Range<usize>,
    pub(crate) gradients: K,
}

impl<F, T, K, const D: usize, const P: usize> Kernel<T> for ParameterPass<'_, F, T, K, D, P>
where
    F: PairPotential<P>,
    T: Element,
    K: PairGradients<T, P>,
{
    type Output = K;

    #[inline(always)]
    fn run<S: Simd<T>>(self, s: S) -> K {
        let Self { potential, positions, adjoints, rows, mut gradients } = self;
        let n_blocks = positions.first().map_or(0, Vec::len);
        let mut own = Vec::with_capacity(positions.len());
        for i in rows {
            own.clear();
            for (positions, adjoint) in positions.iter().zip(adjoints) {
                own.push((splat(s, unpack(positions, i)), splat(s, unpack(adjoint, i))));
            }
            for b in 0..n_blocks {
                let c = gradients.coefficients(s, i, b);
                let mut sums = [s.splat(T::default()); P];
                for (others, &(own, adjoint)) in positions.iter().zip(&own) {
                    let pair = geometry(s, own, &others[b]);
                    let weight = s.mul(dot(s, pair.offset, adjoint), pair.inverse);
                    let partial = potential.slope_gradient(s, pair.distance, c);
                    for k in 0..P {
                        sums[k] = s.mul_add(weight, partial[k], sums[k]);
                    }
                }
                let gradient = exchange(potential, s, sums, true);
                gradients.take(s, i, b, c, gradient);
            }
        }
        gradients
    }
}
