//! The parameters of one leg while they are learned.

use pairlaw_law::PairPotential;
use pairlaw_law::simd::{Block, Element, InstructionSet, dispatch};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

use crate::adam::AdamStep;
use crate::coefficients::{Coefficients, LowRankParts, pack, unpack};
use crate::gradients::{AdamRows, GradientRows, SharedGradients};
use crate::pair_loops::{Configuration, ParameterPass};
use crate::{Parameters, RolloutError, Scheme};

/// Chunks of receivers with sums of their own; fixed, so that the sums do not depend on threads.
pub(crate) const CHUNKS: usize = 16;

/// Rows of mutual parameters that a thread takes at once.
const ROWS: usize = 8;

/// One parameter set, the steps it drives, and its moments.
#[derive(Clone, Debug)]
pub(crate) struct Leg<T: Element, const P: usize> {
    pub(crate) scheme: Scheme,
    pub(crate) steps: Range<usize>,
    pub(crate) coefficients: Coefficients<T, P>,
    store: Store<T, P>,
    best: Best,
}

#[derive(Clone, Debug)]
enum Store<T: Element, const P: usize> {
    /// Logarithms of shared parameters.
    Shared { log: Vec<T>, best: Vec<T>, moments: [Vec<T>; 2] },
    /// Mutual parameters are their coefficients alone. `spare` is the second of two tables: the
    /// step goes from one to the other where the old one is the best so far, otherwise in place.
    Pairs { spare: Vec<[Block<T>; P]>, moments: [Vec<[Block<T>; P]>; 2] },
}

/// Where the best parameters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Best {
    None,
    Current,
    Kept,
}

/// Everything that a killed fit needs to go on with the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegState<T> {
    values: Vec<T>,
    kept: Vec<T>,
    moments: [Vec<T>; 2],
    best: Best,
}

/// Trajectory and adjoints of the steps of a leg.
#[derive(Clone, Copy)]
pub(crate) struct Passage<'a, F, T: Element, const D: usize> {
    pub(crate) potential: F,
    pub(crate) set: InstructionSet,
    pub(crate) positions: &'a [Configuration<T, D>],
    pub(crate) adjoints: &'a [Configuration<T, D>],
}

impl<T: Element, const P: usize> Leg<T, P> {
    pub(crate) fn new<F: PairPotential<P>>(
        potential: F,
        parameters: Parameters<T, P>,
        steps: Range<usize>,
    ) -> Self {
        let Parameters { scheme, n_cells, log } = parameters;
        let coefficients = Coefficients::new(potential, &scheme, n_cells, &log);
        let store = match scheme {
            Scheme::Mutual => Store::Pairs { spare: Vec::new(), moments: Default::default() },
            _ => Store::Shared { log, best: Vec::new(), moments: Default::default() },
        };
        Self { scheme, steps, coefficients, store, best: Best::None }
    }

    /// The present parameters are the best so far.
    pub(crate) fn mark_best(&mut self) {
        if let Store::Shared { log, best, .. } = &mut self.store {
            best.clone_from(log);
            self.best = Best::Kept;
        } else {
            self.best = Best::Current;
        }
    }

    /// Goes back to the best parameters; false if none were marked.
    pub(crate) fn restore_best<F: PairPotential<P>>(&mut self, potential: F) -> bool {
        if self.best == Best::Kept {
            match &mut self.store {
                Store::Shared { log, best, .. } => {
                    log.clone_from(best);
                    self.coefficients.refresh(potential, &self.scheme, log);
                }
                Store::Pairs { spare, .. } => {
                    std::mem::swap(spare, &mut self.coefficients.table);
                    self.best = Best::Current;
                }
            }
        }
        self.best != Best::None
    }

    /// Forgets the moments and which parameters were best.
    pub(crate) fn restart(&mut self) {
        self.best = Best::None;
        match &mut self.store {
            Store::Shared { moments, .. } => *moments = Default::default(),
            Store::Pairs { spare, moments } => {
                *spare = Vec::new();
                *moments = Default::default();
            }
        }
    }

    /// The present parameters.
    pub(crate) fn parameters<F: PairPotential<P>>(&self, _potential: F) -> Parameters<T, P> {
        let n_cells = self.coefficients.n_cells;
        let log = match &self.store {
            Store::Shared { log, .. } => log.clone(),
            Store::Pairs { .. } => {
                let rows = self.coefficients.table.par_chunks(self.coefficients.n_blocks);
                rows.flat_map_iter(|row| {
                    (0..n_cells).flat_map(move |j| logarithms::<F, T, P>(row, j))
                })
                .collect()
            }
        };
        Parameters { scheme: self.scheme.clone(), n_cells, log }
    }

    /// ∂L/∂ log θ, in the order of [`Parameters::log`].
    pub(crate) fn gradient<F, const D: usize>(&self, passage: Passage<'_, F, T, D>) -> Vec<T>
    where
        F: PairPotential<P>,
    {
        match &self.store {
            Store::Shared { log, .. } => self.shared_gradient(passage, log),
            Store::Pairs { .. } => self.pair_gradients(passage),
        }
    }

    /// One step of Adam.
    pub(crate) fn update<F, const D: usize>(
        &mut self,
        passage: Passage<'_, F, T, D>,
        step: AdamStep<T>,
    ) where
        F: PairPotential<P>,
    {
        let gradient = match &self.store {
            Store::Shared { log, .. } => self.shared_gradient(passage, log),
            Store::Pairs { .. } => Vec::new(),
        };
        match &mut self.store {
            Store::Shared { log, moments: [first, second], .. } => {
                first.resize(log.len(), T::default());
                second.resize(log.len(), T::default());
                step.apply(&gradient, first, second, log);
                self.coefficients.refresh(passage.potential, &self.scheme, log);
            }
            Store::Pairs { spare, moments } => {
                let n_blocks = self.coefficients.n_blocks;
                let table = &mut self.coefficients.table;
                for moment in moments.iter_mut() {
                    moment.resize(table.len(), [Block::default(); P]);
                }
                let keep = self.best == Best::Current;
                if keep {
                    spare.resize(table.len(), [Block::default(); P]);
                    std::mem::swap(table, spare);
                    self.best = Best::Kept;
                }
                let source = keep.then_some(&*spare);
                update_pairs(passage, step, n_blocks, source, table, moments);
            }
        }
    }

    fn shared_gradient<F, const D: usize>(&self, passage: Passage<'_, F, T, D>, log: &[T]) -> Vec<T>
    where
        F: PairPotential<P>,
    {
        let n = self.coefficients.n_cells;
        let parts = match self.scheme {
            Scheme::LowRank(rank) => Some(LowRankParts::new(n, rank, log)),
            _ => None,
        };
        let chunks: Vec<_> = chunks(n)
            .into_par_iter()
            .map(|rows| {
                let gradients =
                    SharedGradients::new(&self.coefficients, parts.as_ref(), rows.clone());
                passage.run(rows, gradients)
            })
            .collect();
        SharedGradients::total(&chunks, &self.scheme)
    }

    fn pair_gradients<F, const D: usize>(&self, passage: Passage<'_, F, T, D>) -> Vec<T>
    where
        F: PairPotential<P>,
    {
        let n = self.coefficients.n_cells;
        let rows = (0..n).into_par_iter().flat_map_iter(|i| {
            let mut row = vec![[Block::default(); P]; self.coefficients.n_blocks];
            let gradients =
                GradientRows { coefficients: &self.coefficients, first: i, out: &mut row };
            passage.run(i..i + 1, gradients);
            (0..n).flat_map(move |j| unpack(&row, j)).collect::<Vec<_>>()
        });
        rows.collect()
    }

    pub(crate) fn state(&self) -> LegState<T> {
        let flat = |table: &[[Block<T>; P]]| -> Vec<T> {
            table.iter().flatten().flat_map(|block| block.0.as_ref()).copied().collect()
        };
        let best = self.best;
        match &self.store {
            Store::Shared { log, best: kept, moments } => {
                LegState { values: log.clone(), kept: kept.clone(), moments: moments.clone(), best }
            }
            Store::Pairs { spare, moments } => LegState {
                values: flat(&self.coefficients.table),
                kept: if best == Best::Kept { flat(spare) } else { Vec::new() },
                moments: [flat(&moments[0]), flat(&moments[1])],
                best,
            },
        }
    }

    /// Takes up a state of the same scheme and number of cells.
    pub(crate) fn resume<F: PairPotential<P>>(
        &mut self,
        potential: F,
        leg: usize,
        state: LegState<T>,
    ) -> Result<(), RolloutError> {
        let n = self.coefficients.n_cells;
        let LegState { values, kept, moments, best } = state;
        let expected = match &self.store {
            Store::Shared { log, .. } => log.len(),
            Store::Pairs { .. } => self.coefficients.table.len() * P * T::LANES,
        };
        let optional = [kept.len(), moments[0].len(), moments[1].len()];
        if values.len() != expected || optional.iter().any(|&len| len != 0 && len != expected) {
            return Err(RolloutError::CellCount { leg, expected: n, found: values.len() });
        }
        self.best = best;
        match &mut self.store {
            Store::Shared { log, best, moments: own } => {
                (*log, *best, *own) = (values, kept, moments);
                self.coefficients.refresh(potential, &self.scheme, log);
            }
            Store::Pairs { spare, moments: own } => {
                self.coefficients.table = blocks(&values);
                *spare = blocks(&kept);
                *own = [blocks(&moments[0]), blocks(&moments[1])];
            }
        }
        Ok(())
    }
}

/// Numbers back in vectors.
fn blocks<T: Element, const P: usize>(flat: &[T]) -> Vec<[Block<T>; P]> {
    let lanes = T::LANES;
    let block = |from: &[T]| {
        let mut block = Block::<T>::default();
        block.0.as_mut().copy_from_slice(from);
        block
    };
    flat.chunks_exact(P * lanes)
        .map(|set| std::array::from_fn(|k| block(&set[k * lanes..(k + 1) * lanes])))
        .collect()
}

fn logarithms<F: PairPotential<P>, T: Element, const P: usize>(
    row: &[[Block<T>; P]],
    j: usize,
) -> [T; P] {
    let c = unpack(row, j).map(|c: T| Into::<f64>::into(c).ln());
    F::exchange(c).map(T::nearest)
}

impl<F: Copy + Send + Sync, T: Element, const D: usize> Passage<'_, F, T, D> {
    fn run<K, const P: usize>(self, rows: Range<usize>, gradients: K) -> K
    where
        F: PairPotential<P>,
        K: crate::pair_loops::PairGradients<T, P>,
    {
        let Self { potential, set, positions, adjoints } = self;
        dispatch(set, ParameterPass { potential, positions, adjoints, rows, gradients })
    }
}

fn update_pairs<F, T, const D: usize, const P: usize>(
    passage: Passage<'_, F, T, D>,
    step: AdamStep<T>,
    n_blocks: usize,
    source: Option<&Vec<[Block<T>; P]>>,
    table: &mut [[Block<T>; P]],
    [first, second]: &mut [Vec<[Block<T>; P]>; 2],
) where
    F: PairPotential<P>,
    T: Element,
{
    let size = ROWS * n_blocks;
    let moments = first.par_chunks_mut(size).zip(second.par_chunks_mut(size));
    table.par_chunks_mut(size).zip(moments).enumerate().for_each(|(c, (out, (first, second)))| {
        let first_row = c * ROWS;
        let rows = first_row..first_row + out.len() / n_blocks;
        let source = source.map(|table| &table[c * size..][..out.len()]);
        let potential = passage.potential;
        let gradients =
            AdamRows { potential, step, n_blocks, first_row, source, out, first, second };
        passage.run(rows, gradients);
    });
}

/// The receivers in [`CHUNKS`] parts.
pub(crate) fn chunks(n: usize) -> Vec<Range<usize>> {
    let size = n.div_ceil(CHUNKS).max(1);
    (0..n).step_by(size).map(|first| first..(first + size).min(n)).collect()
}

/// Positions as vectors.
pub(crate) fn configuration<T: Element, const D: usize>(x: &[[f64; D]]) -> Configuration<T, D> {
    pack(x.len(), |i| x[i].map(T::nearest))
}
