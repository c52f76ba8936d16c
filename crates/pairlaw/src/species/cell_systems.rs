//! Compressed weak systems of all cells, and the residual by which models are compared on them.

use crate::species::Progress;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use faer::Mat;
use pairlaw_sparse::{CompressedSystem, SparseError};
use pairlaw_weak::{WeakError, WeakSystems};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A smaller weak residual weighs no more than this one: what a model misses of a cell below it is
/// rounding and quadrature.
pub const LEAST_RESIDUAL: f64 = 1e-6;

/// Weak systems of the cells that have one.
///
/// A system of n terms holds n² + n numbers: 62 KB a cell for the paper's 88.
#[derive(Clone, Debug)]
pub struct CellSystems {
    /// The cells that have a system, ascending.
    pub cells: Vec<usize>,
    /// Their systems, in the same order.
    pub systems: Vec<CompressedSystem>,
}

impl CellSystems {
    /// Builds and compresses the systems of all cells; any number of threads gives the same bits.
    ///
    /// # Errors
    /// [`SpeciesError::Regression`] names the first cell whose system cannot be used,
    /// [`SpeciesError::NoModel`] if no cell has one.
    pub fn new<const D: usize>(
        preparation: &Preparation<D>,
        progress: Progress<'_>,
    ) -> Result<Self, SpeciesError> {
        let n_cells = preparation.n_cells();
        let done = AtomicUsize::new(0);
        let build = |cell| {
            let system = cell_system(&preparation.systems, cell)?;
            progress("weak systems", done.fetch_add(1, Ordering::Relaxed) + 1, n_cells);
            Ok(system.map(|system| (cell, system)))
        };
        let built: Vec<Result<Option<(usize, CompressedSystem)>, SpeciesError>> =
            (0..n_cells).into_par_iter().map(build).collect();
        let built: Vec<_> =
            built.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let (cells, systems): (Vec<usize>, Vec<CompressedSystem>) = built.into_iter().unzip();
        if cells.is_empty() { Err(SpeciesError::NoModel) } else { Ok(Self { cells, systems }) }
    }

    /// Number of cells with a system.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no cell has a system.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Weak residuals of models, a row a system and a column a model:
    ///
    /// ```text
    /// ρ_i(w) = ‖G_i w − b_i‖ / ‖b_i‖
    /// ```
    ///
    /// The part of b_i outside the range of G_i counts. A model without terms has residual 1.
    ///
    /// # Panics
    /// If a model has not as many weights as the basis has terms.
    #[must_use]
    pub fn residuals(&self, models: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n_terms = self.systems[0].c.len();
        models.iter().for_each(|w| assert_eq!(w.len(), n_terms, "weights, terms of the basis"));
        let weights = Mat::from_fn(n_terms, models.len(), |term, model| models[model][term]);
        let relative = |system: &CompressedSystem| {
            let mut residuals = system.residuals(weights.as_ref());
            residuals.iter_mut().for_each(|residual| *residual /= system.b_norm);
            residuals
        };
        self.systems.par_iter().map(relative).collect()
    }

    /// The pooled system of some cells, each scaled by `weight[i]/‖b_i‖`:
    ///
    /// ```text
    /// ‖G w − b‖² = Σ_i weight_i² ρ_i(w)²
    /// ```
    ///
    /// `members` counts systems, not cells; `weight` has one entry a system.
    ///
    /// # Errors
    /// [`SpeciesError::Sparse`] if there is no member or a weight is not positive and finite.
    pub fn pool(
        &self,
        members: &[usize],
        weight: &[f64],
    ) -> Result<CompressedSystem, SpeciesError> {
        let part = |&i: &usize| (&self.systems[i], weight[i] / self.systems[i].b_norm);
        Ok(CompressedSystem::stack(&members.iter().map(part).collect::<Vec<_>>())?)
    }
}

/// The weak system of one cell, compressed: none with too few samples in a row, or at rest.
pub(super) fn cell_system<const D: usize>(
    systems: &WeakSystems<D>,
    cell: usize,
) -> Result<Option<CompressedSystem>, SpeciesError> {
    let system = match systems.system(cell) {
        Err(WeakError::TooFewSamples { .. }) => return Ok(None),
        system => system?,
    };
    match CompressedSystem::new(&system) {
        Err(SparseError::ZeroResponse { .. }) => Ok(None),
        Err(source) => Err(regression_failed(systems, cell, source)),
        Ok(system) => Ok(Some(system)),
    }
}

/// Names the cell whose regression failed.
pub(super) fn regression_failed<const D: usize>(
    systems: &WeakSystems<D>,
    cell: usize,
    source: SparseError,
) -> SpeciesError {
    SpeciesError::Regression { id: systems.tracks().ids()[cell].clone(), source }
}

/// Small systems with known laws, for the tests of this folder.
#[cfg(test)]
pub(super) mod planted {
    use super::CellSystems;
    use faer::Mat;
    use pairlaw_data::{Streams, Xoshiro256PlusPlus};
    use pairlaw_sparse::{CompressedSystem, LinearSystem};
    use rand::RngExt;

    /// `laws.len()` blocks of `n_each` systems with 12 rows of numbers from [−1, 1] and `b = G w`
    /// plus numbers from `noise · [−1, 1]`; stream i of the seed for system i.
    pub(in crate::species) fn systems(
        laws: &[Vec<f64>],
        n_each: usize,
        noise: f64,
        seed: u64,
    ) -> CellSystems {
        let n_terms = laws[0].len();
        let streams = Streams::new(seed).take(laws.len() * n_each).enumerate();
        let system = |(i, mut random): (usize, Xoshiro256PlusPlus)| {
            let g = Mat::from_fn(12, n_terms, |_, _| random.random_range(-1.0..1.0));
            let law = Mat::from_fn(n_terms, 1, |j, _| laws[i / n_each][j]);
            let exact = &g * &law;
            let b = (0..12).map(|q| exact[(q, 0)] + noise * random.random_range(-1.0..1.0));
            let b = b.collect();
            CompressedSystem::new(&LinearSystem { g, b }).unwrap()
        };
        let systems: Vec<CompressedSystem> = streams.map(system).collect();
        CellSystems { cells: (0..systems.len()).collect(), systems }
    }
}

#[cfg(test)]
mod tests {
    use super::planted::systems;

    #[test]
    fn a_pool_holds_the_weighted_sum_of_squared_residuals() {
        let cells = systems(&[vec![1.0, -2.0, 0.0], vec![0.0, 1.0, 1.0]], 4, 0.1, 1);
        let weight: Vec<f64> = (0..8).map(|i| 0.5 + f64::from(i)).collect();
        let (members, model) = ([1, 2, 6], vec![0.3, 0.2, -1.0]);
        let pooled = cells.pool(&members, &weight).unwrap();
        let residuals = cells.residuals(std::slice::from_ref(&model));
        let squares = members.iter().map(|&i| (weight[i] * residuals[i][0]).powi(2));
        // Rounding.
        assert!((pooled.residual(&model) - squares.sum::<f64>().sqrt()).abs() < 1e-13);
        assert!((cells.residuals(&[vec![0.0; 3]])[0][0] - 1.0).abs() < 1e-14);
    }
}
