//! The coefficients c_ij of all pairs, in the layout that the pair loops read.
// Iterators over arrays of vectors take closures, which are not inlined across instruction sets.
#![allow(clippy::needless_range_loop)]

use pairlaw_law::PairPotential;
use pairlaw_law::simd::{Block, Element, InstructionSet, Kernel, Simd, dispatch};
use rayon::prelude::*;

use crate::{Role, Scheme};

/// How many vectors of coefficients are asked for before they are read: memory is slower than the
/// loops over mutual parameters.
pub(crate) const AHEAD: usize = 16;

/// `c_ij = table[row of i][j] · factors[i]`; columns beyond the last cell are 0.
#[derive(Clone, Debug)]
pub(crate) struct Coefficients<T: Element, const P: usize> {
    pub(crate) n_cells: usize,
    /// Vectors a row.
    pub(crate) n_blocks: usize,
    /// Row by row.
    pub(crate) table: Vec<[Block<T>; P]>,
    pub(crate) rows: Rows,
    /// One a receiver; empty where all are 1.
    pub(crate) factors: Vec<[T; P]>,
}

/// Which row of a table belongs to a receiver.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rows {
    /// All share the first.
    One,
    /// The row of its type; there are as many as types.
    ByType { types: Vec<usize>, n_types: usize },
    /// Its own.
    Own,
}

impl Rows {
    #[inline(always)]
    pub(crate) fn of(&self, i: usize) -> usize {
        match self {
            Self::One => 0,
            Self::ByType { types, .. } => types[i],
            Self::Own => i,
        }
    }

    pub(crate) fn count(&self, n_cells: usize) -> usize {
        match self {
            Self::One => 1,
            Self::ByType { n_types, .. } => *n_types,
            Self::Own => n_cells,
        }
    }
}

impl<T: Element, const P: usize> Coefficients<T, P> {
    /// The coefficients of parameters whose logarithms stand in the order of
    /// [`crate::Parameters::log`].
    pub(crate) fn new<F: PairPotential<P>>(
        potential: F,
        scheme: &Scheme,
        n_cells: usize,
        log: &[T],
    ) -> Self {
        let n_blocks = n_cells.div_ceil(T::LANES);
        let rows = match scheme {
            Scheme::Individual(_) | Scheme::TwoRole => Rows::One,
            Scheme::Typed(types) => {
                Rows::ByType { types: types.clone(), n_types: scheme.n_types() }
            }
            Scheme::Mutual | Scheme::LowRank(_) => Rows::Own,
        };
        let table = vec![[Block::default(); P]; rows.count(n_cells) * n_blocks];
        let mut coefficients = Self { n_cells, n_blocks, table, rows, factors: Vec::new() };
        coefficients.refresh(potential, scheme, log);
        coefficients
    }

    /// Recomputes everything.
    pub(crate) fn refresh<F: PairPotential<P>>(
        &mut self,
        potential: F,
        scheme: &Scheme,
        log: &[T],
    ) {
        let (n, n_blocks) = (self.n_cells, self.n_blocks);
        let row = |table: &mut [[Block<T>; P]], set: &dyn Fn(usize) -> usize| {
            fill::<F, T, P>(table, n, log, set);
        };
        match scheme {
            Scheme::Individual(Role::Sender) => row(&mut self.table, &|j| j),
            Scheme::Individual(Role::Receiver) => {
                fill::<F, T, P>(&mut self.table, n, &[T::default(); P], &|_| 0);
                self.factors = sets::<F, T, P>(log);
            }
            Scheme::Typed(types) => {
                let n_types = scheme.n_types();
                for (receiver, table) in self.table.chunks_mut(n_blocks).enumerate() {
                    row(table, &|j| receiver * n_types + types[j]);
                }
            }
            Scheme::Mutual => {
                let rows = self.table.par_chunks_mut(n_blocks).zip(log.par_chunks(n * P));
                rows.for_each(|(table, log)| fill::<F, T, P>(table, n, log, &|j| j));
            }
            Scheme::TwoRole => {
                self.factors = sets::<F, T, P>(&log[..n * P]);
                row(&mut self.table, &|j| n + j);
            }
            Scheme::LowRank(rank) => self.fill_low_rank(potential, *rank, log),
        }
    }

    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &[[Block<T>; P]] {
        let first = self.rows.of(i) * self.n_blocks;
        &self.table[first..first + self.n_blocks]
    }

    /// As many vectors as a row, [`AHEAD`] after it or the last ones.
    #[inline(always)]
    pub(crate) fn ahead(&self, i: usize) -> &[[Block<T>; P]] {
        let first = self.rows.of(i) * self.n_blocks + AHEAD;
        let first = first.min(self.table.len() - self.n_blocks);
        &self.table[first..first + self.n_blocks]
    }

    #[inline(always)]
    pub(crate) fn factor(&self, i: usize) -> [T; P] {
        self.factors.get(i).copied().unwrap_or([T::nearest(1.0); P])
    }

    fn fill_low_rank<F: PairPotential<P>>(&mut self, potential: F, rank: usize, log: &[T]) {
        let n = self.n_cells;
        let parts = LowRankParts::new(n, rank, log);
        let set = InstructionSet::detect();
        self.table.par_chunks_mut(self.n_blocks).enumerate().for_each(|(i, row)| {
            let p = std::array::from_fn(|k| parts.p[i * P + k]);
            let u = &parts.u[i * rank * P..(i + 1) * rank * P];
            let kernel = LowRankRow { potential, row, p, u, q: &parts.q, v: &parts.v };
            dispatch(set, kernel);
            clear_padding(row, n);
        });
    }
}

/// p and U cell by cell, q and V as vectors over the cells (V for each rank).
pub(crate) struct LowRankParts<'a, T: Element, const P: usize> {
    pub(crate) p: &'a [T],
    pub(crate) u: &'a [T],
    pub(crate) q: Vec<[Block<T>; P]>,
    pub(crate) v: Vec<Vec<[Block<T>; P]>>,
}

impl<'a, T: Element, const P: usize> LowRankParts<'a, T, P> {
    pub(crate) fn new(n: usize, rank: usize, log: &'a [T]) -> Self {
        let (p, rest) = log.split_at(n * P);
        let (q, rest) = rest.split_at(n * P);
        let (u, v) = rest.split_at(n * rank * P);
        let set = |from: &[T], index: usize| std::array::from_fn(|k| from[index * P + k]);
        let v = (0..rank).map(|k| pack(n, |j| set(v, j * rank + k))).collect();
        Self { p, u, q: pack(n, |j| set(q, j)), v }
    }
}

/// The coefficients of consecutive sets of logarithms.
fn sets<F: PairPotential<P>, T: Element, const P: usize>(log: &[T]) -> Vec<[T; P]> {
    log.chunks_exact(P).map(coefficients_of::<F, T, P>).collect()
}

fn coefficients_of<F: PairPotential<P>, T: Element, const P: usize>(log: &[T]) -> [T; P] {
    F::exchange(std::array::from_fn(|k| log[k].into())).map(|x| T::nearest(x.exp()))
}

/// Writes the coefficients of set `set(j)` in column j.
fn fill<F: PairPotential<P>, T: Element, const P: usize>(
    row: &mut [[Block<T>; P]],
    n_cells: usize,
    log: &[T],
    set: &dyn Fn(usize) -> usize,
) {
    for j in 0..n_cells {
        let c = coefficients_of::<F, T, P>(&log[set(j) * P..][..P]);
        for (block, c) in row[j / T::LANES].iter_mut().zip(c) {
            block.0.as_mut()[j % T::LANES] = c;
        }
    }
}

/// Rows of numbers as vectors; padding is 0.
pub(crate) fn pack<T: Element, const K: usize>(
    n: usize,
    row: impl Fn(usize) -> [T; K],
) -> Vec<[Block<T>; K]> {
    let mut packed = vec![[Block::<T>::default(); K]; n.div_ceil(T::LANES)];
    for i in 0..n {
        for (block, x) in packed[i / T::LANES].iter_mut().zip(row(i)) {
            block.0.as_mut()[i % T::LANES] = x;
        }
    }
    packed
}

/// Row i of [`pack`].
#[inline(always)]
pub(crate) fn unpack<T: Element, const K: usize>(packed: &[[Block<T>; K]], i: usize) -> [T; K] {
    let blocks = &packed[i / T::LANES];
    std::array::from_fn(|k| blocks[k].0.as_ref()[i % T::LANES])
}

fn clear_padding<T: Element, const P: usize>(row: &mut [[Block<T>; P]], n_cells: usize) {
    for j in n_cells..row.len() * T::LANES {
        for block in &mut row[j / T::LANES] {
            block.0.as_mut()[j % T::LANES] = T::default();
        }
    }
}

/// `Σ_l E_kl x_l`, or with Eᵀ.
#[inline(always)]
pub(crate) fn exchange<F, T, S, const P: usize>(
    _potential: F,
    s: S,
    x: [S::V; P],
    transposed: bool,
) -> [S::V; P]
where
    F: PairPotential<P>,
    T: Element,
    S: Simd<T>,
{
    let mut out = [s.splat(T::default()); P];
    for k in 0..P {
        for l in 0..P {
            let exponent = if transposed { F::EXPONENTS[l][k] } else { F::EXPONENTS[k][l] };
            match exponent {
                0 => {}
                1 => out[k] = s.add(out[k], x[l]),
                -1 => out[k] = s.sub(out[k], x[l]),
                e => out[k] = s.mul_add(s.splat(T::nearest(e.into())), x[l], out[k]),
            }
        }
    }
    out
}

/// One row of `exp(E (p_i + q_j + Σ_k U_ik V_jk))`.
struct LowRankRow<'a, F, T: Element, const P: usize> {
    potential: F,
    row: &'a mut [[Block<T>; P]],
    p: [T; P],
    u: &'a [T],
    q: &'a [[Block<T>; P]],
    v: &'a [Vec<[Block<T>; P]>],
}

impl<F: PairPotential<P>, T: Element, const P: usize> Kernel<T> for LowRankRow<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self, s: S) {
        for (b, (out, q)) in self.row.iter_mut().zip(self.q).enumerate() {
            let mut log = [s.splat(T::default()); P];
            for l in 0..P {
                log[l] = s.add(s.splat(self.p[l]), s.load(&q[l].0));
                for (k, v) in self.v.iter().enumerate() {
                    log[l] = s.mul_add(s.splat(self.u[k * P + l]), s.load(&v[b][l].0), log[l]);
                }
            }
            let log = exchange(self.potential, s, log, false);
            for l in 0..P {
                s.store(T::exp(s, log[l]), &mut out[l].0);
            }
        }
    }
}
