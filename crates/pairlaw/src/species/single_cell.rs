//! Step (a): one sparse model per cell, from its own weak system alone.

use crate::species::Progress;
use crate::species::cell_systems::{cell_system, regression_failed};
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use pairlaw_sparse::{PathConfig, SparseError, thresholded_path};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A single-cell model and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct CellModel {
    /// One weight a term of the basis.
    pub weights: Vec<f64>,
    /// Chosen threshold λ.
    pub lambda: f64,
    /// Loss of every threshold.
    pub loss: Vec<f64>,
    /// Terms left at every threshold.
    pub support_sizes: Vec<usize>,
    /// Rows of the cell's weak system.
    pub n_rows: usize,
    /// Constrained problems solved.
    pub n_solves: usize,
    /// Thresholds (by index) that met a problem without a certified optimum and were passed over.
    pub uncertified: Vec<usize>,
    /// Largest `‖(Cw)₊‖_∞ / ‖b‖` of all of them.
    pub worst_violation: f64,
}

/// Learns a model from the weak system of every focal cell: `None` for other cells and for those with
/// too few samples in a row, at rest, or without a certified optimum at any threshold. The order of
/// cells is kept; any number of threads gives the same bits.
///
/// # Errors
/// [`SpeciesError::Regression`] names the first cell whose system cannot be used.
///
/// # Source
/// Messenger et al. (2022), section 3.1 and appendix C.
pub fn single_cell_models<const D: usize>(
    preparation: &Preparation<D>,
    config: &SpeciesConfig,
    progress: Progress<'_>,
) -> Result<Vec<Option<CellModel>>, SpeciesError> {
    let n_cells = preparation.n_cells();
    let done = AtomicUsize::new(0);
    let path = preparation.path(&config.path, config.sparsity);
    let is_focal = config.focal.choose(n_cells);
    let learn = |cell: usize| {
        let model = match is_focal[cell] {
            true => single_cell_model(preparation, cell, &path)?,
            false => None,
        };
        progress("single-cell models", done.fetch_add(1, Ordering::Relaxed) + 1, n_cells);
        Ok(model)
    };
    let models: Vec<Result<Option<CellModel>, SpeciesError>> =
        (0..n_cells).into_par_iter().map(learn).collect();
    models.into_iter().collect()
}

fn single_cell_model<const D: usize>(
    preparation: &Preparation<D>,
    cell: usize,
    path: &PathConfig,
) -> Result<Option<CellModel>, SpeciesError> {
    let Some(system) = cell_system(&preparation.systems, cell)? else { return Ok(None) };
    let path = match thresholded_path(&system, &preparation.constraints, path) {
        Err(SparseError::Uncertified { .. }) => return Ok(None),
        path => path.map_err(|source| regression_failed(&preparation.systems, cell, source))?,
    };
    Ok(Some(CellModel {
        weights: path.weights,
        lambda: path.lambda,
        loss: path.loss,
        support_sizes: path.support_sizes,
        n_rows: system.n_rows,
        n_solves: path.n_solves,
        uncertified: path.uncertified,
        worst_violation: path.worst_violation,
    }))
}
