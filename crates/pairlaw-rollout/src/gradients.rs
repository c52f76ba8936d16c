//! What becomes of the gradients of pairs: sums over shared parameters, rows, or Adam at once.
// Iterators over arrays of vectors take closures, which are not inlined across instruction sets.
#![allow(clippy::needless_range_loop)]

use pairlaw_law::PairPotential;
use pairlaw_law::simd::{Block, Element, Simd};

use crate::adam::AdamStep;
use crate::coefficients::{AHEAD, Coefficients, LowRankParts, Rows, exchange, unpack};
use crate::pair_loops::{PairGradients, prefetch, scaled, splat};
use crate::{Role, Scheme};

/// Sums over receivers and senders, for all schemes whose parameters are shared by pairs.
pub(crate) struct SharedGradients<'a, T: Element, const P: usize> {
    coefficients: &'a Coefficients<T, P>,
    low_rank: Option<&'a LowRankParts<'a, T, P>>,
    /// Which sum over receivers a receiver joins.
    rows: Rows,
    first: usize,
    /// `Σ_i g_ij`, one row for each of `rows`.
    columns: Vec<[Block<T>; P]>,
    /// `Σ_j g_ij` of the receivers `first ..`, lane by lane.
    receivers: Vec<[Block<T>; P]>,
    /// `Σ_j g_ij V_jk`, rank by rank for each receiver, lane by lane.
    left: Vec<[Block<T>; P]>,
    /// `Σ_i g_ij U_ik`, one row a rank.
    right: Vec<[Block<T>; P]>,
}

impl<'a, T: Element, const P: usize> SharedGradients<'a, T, P> {
    pub(crate) fn new(
        coefficients: &'a Coefficients<T, P>,
        low_rank: Option<&'a LowRankParts<'a, T, P>>,
        receivers: std::ops::Range<usize>,
    ) -> Self {
        let rows = match &coefficients.rows {
            Rows::Own => Rows::One,
            rows => rows.clone(),
        };
        let zeros = |n: usize| vec![[Block::default(); P]; n];
        let rank = low_rank.map_or(0, |parts| parts.v.len());
        let n_blocks = coefficients.n_blocks;
        Self {
            low_rank,
            first: receivers.start,
            columns: zeros(rows.count(coefficients.n_cells) * n_blocks),
            receivers: zeros(receivers.len()),
            left: zeros(receivers.len() * rank),
            right: zeros(rank * n_blocks),
            rows,
            coefficients,
        }
    }

    /// The gradient with respect to the shared parameters, in the order of
    /// [`crate::Parameters::log`], from the sums of all chunks of receivers, in their order.
    pub(crate) fn total(chunks: &[Self], scheme: &Scheme) -> Vec<T> {
        let n = chunks[0].coefficients.n_cells;
        let n_blocks = chunks[0].coefficients.n_blocks;
        let columns = add_up(chunks.iter().map(|chunk| &chunk.columns));
        let senders = || (0..n).flat_map(|j| unpack(&columns[..n_blocks], j));
        let per_receiver = || chunks.iter().flat_map(|c| &c.receivers).flat_map(lane_sums);
        match scheme {
            Scheme::Individual(Role::Sender) => senders().collect(),
            Scheme::Individual(Role::Receiver) => per_receiver().collect(),
            Scheme::Typed(types) => {
                let n_types = scheme.n_types();
                let mut total = vec![T::default(); n_types * n_types * P];
                for receiver in 0..n_types {
                    let row = &columns[receiver * n_blocks..][..n_blocks];
                    for (j, &sender) in types.iter().enumerate() {
                        let set = &mut total[(receiver * n_types + sender) * P..][..P];
                        for (sum, g) in set.iter_mut().zip(unpack(row, j)) {
                            *sum = *sum + g;
                        }
                    }
                }
                total
            }
            Scheme::TwoRole => per_receiver().chain(senders()).collect(),
            Scheme::LowRank(rank) => {
                let right = add_up(chunks.iter().map(|chunk| &chunk.right));
                let left = chunks.iter().flat_map(|c| &c.left).flat_map(lane_sums);
                let right = (0..n).flat_map(|j| {
                    let rows = right.chunks(n_blocks).take(*rank);
                    rows.flat_map(move |row| unpack(row, j)).collect::<Vec<_>>()
                });
                per_receiver().chain(senders()).chain(left).chain(right).collect()
            }
            Scheme::Mutual => unreachable!("mutual parameters are not shared"),
        }
    }
}

fn lane_sums<T: Element, const P: usize>(blocks: &[Block<T>; P]) -> [T; P] {
    blocks.map(|block| T::sum(block.0))
}

fn add_up<'a, T: Element, const P: usize>(
    parts: impl Iterator<Item = &'a Vec<[Block<T>; P]>>,
) -> Vec<[Block<T>; P]> {
    let mut total: Vec<[Block<T>; P]> = Vec::new();
    for part in parts {
        total.resize(part.len(), [Block::default(); P]);
        for (sum, x) in total.iter_mut().flatten().zip(part.iter().flatten()) {
            for (sum, x) in sum.0.as_mut().iter_mut().zip(x.0.as_ref()) {
                *sum = *sum + *x;
            }
        }
    }
    total
}

impl<T: Element, const P: usize> PairGradients<T, P> for SharedGradients<'_, T, P> {
    #[inline(always)]
    fn coefficients<S: Simd<T>>(&self, s: S, i: usize, b: usize) -> [S::V; P] {
        scaled(s, &self.coefficients.row(i)[b], splat(s, self.coefficients.factor(i)))
    }

    #[inline(always)]
    fn take<S: Simd<T>>(&mut self, s: S, i: usize, b: usize, _c: [S::V; P], gradient: [S::V; P]) {
        let n_blocks = self.coefficients.n_blocks;
        let one = s.splat(T::nearest(1.0));
        add(s, &mut self.columns[self.rows.of(i) * n_blocks + b], gradient, [one; P]);
        add(s, &mut self.receivers[i - self.first], gradient, [one; P]);
        if let Some(parts) = self.low_rank {
            let rank = parts.v.len();
            for k in 0..rank {
                let mut v = gradient;
                for l in 0..P {
                    v[l] = s.load(&parts.v[k][b][l].0);
                }
                add(s, &mut self.left[(i - self.first) * rank + k], gradient, v);
                let u = std::array::from_fn(|l| parts.u[(i * rank + k) * P + l]);
                add(s, &mut self.right[k * n_blocks + b], gradient, splat(s, u));
            }
        }
    }
}

/// `sum += g f`.
#[inline(always)]
fn add<T: Element, S: Simd<T>, const P: usize>(
    s: S,
    sum: &mut [Block<T>; P],
    gradient: [S::V; P],
    factor: [S::V; P],
) {
    for k in 0..P {
        s.store(s.mul_add(gradient[k], factor[k], s.load(&sum[k].0)), &mut sum[k].0);
    }
}

/// The gradients themselves, row by row: for mutual parameters, where they are asked for.
pub(crate) struct GradientRows<'a, T: Element, const P: usize> {
    pub(crate) coefficients: &'a Coefficients<T, P>,
    pub(crate) first: usize,
    pub(crate) out: &'a mut [[Block<T>; P]],
}

impl<T: Element, const P: usize> PairGradients<T, P> for GradientRows<'_, T, P> {
    #[inline(always)]
    fn coefficients<S: Simd<T>>(&self, s: S, i: usize, b: usize) -> [S::V; P] {
        scaled(s, &self.coefficients.row(i)[b], [s.splat(T::nearest(1.0)); P])
    }

    #[inline(always)]
    fn take<S: Simd<T>>(&mut self, s: S, i: usize, b: usize, _c: [S::V; P], gradient: [S::V; P]) {
        let out = &mut self.out[(i - self.first) * self.coefficients.n_blocks + b];
        for k in 0..P {
            s.store(gradient[k], &mut out[k].0);
        }
    }
}

/// Adam on mutual parameters in the same pass: no gradient is ever stored. The logarithms are not
/// stored either: their change multiplies the coefficients.
pub(crate) struct AdamRows<'a, F, T: Element, const P: usize> {
    pub(crate) potential: F,
    pub(crate) step: AdamStep<T>,
    pub(crate) n_blocks: usize,
    pub(crate) first_row: usize,
    /// The coefficients before the step, where they must be kept.
    pub(crate) source: Option<&'a [[Block<T>; P]]>,
    pub(crate) out: &'a mut [[Block<T>; P]],
    pub(crate) first: &'a mut [[Block<T>; P]],
    pub(crate) second: &'a mut [[Block<T>; P]],
}

impl<F, T, const P: usize> PairGradients<T, P> for AdamRows<'_, F, T, P>
where
    F: PairPotential<P>,
    T: Element,
{
    #[inline(always)]
    fn coefficients<S: Simd<T>>(&self, s: S, i: usize, b: usize) -> [S::V; P] {
        let at = (i - self.first_row) * self.n_blocks + b;
        let blocks = self.source.map_or(&self.out[at], |source| &source[at]);
        let ahead = (at + AHEAD).min(self.first.len() - 1);
        prefetch(s, self.source.map_or(&self.out[ahead], |source| &source[ahead]));
        prefetch(s, &self.first[ahead]);
        prefetch(s, &self.second[ahead]);
        let mut c = [s.splat(T::default()); P];
        for k in 0..P {
            c[k] = s.load(&blocks[k].0);
        }
        c
    }

    #[inline(always)]
    fn take<S: Simd<T>>(&mut self, s: S, i: usize, b: usize, c: [S::V; P], gradient: [S::V; P]) {
        let at = (i - self.first_row) * self.n_blocks + b;
        let (first, second) = (&mut self.first[at], &mut self.second[at]);
        let mut change = gradient;
        for k in 0..P {
            change[k] = self.step.change(s, gradient[k], &mut first[k], &mut second[k]);
        }
        let change = exchange(self.potential, s, change, false);
        for k in 0..P {
            s.store(s.mul(c[k], T::exp(s, change[k])), &mut self.out[at][k].0);
        }
    }
}
