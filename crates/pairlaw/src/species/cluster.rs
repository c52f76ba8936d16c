//! Steps (b) and (c): clusters of models with the same force modes, and their average.

use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use crate::species::replacement::Replacement;
use crate::species::single_cell::CellModel;
use pairlaw_law::{Law, ModeCode};
use std::collections::BTreeMap;

/// Cells whose models have the same active force modes.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The modes.
    pub modes: ModeCode,
    /// The cells, ascending.
    pub cells: Vec<usize>,
}

/// Groups cells by the modes of the models that they use, largest cluster first and, of equal
/// ones, the one with the smaller code. Cells without a model and models without a term are left
/// out.
///
/// # Errors
/// [`SpeciesError::Law`] if a weight is not finite.
///
/// # Panics
/// If models and replacement differ in their number of cells.
///
/// # Source
/// Messenger et al. (2022), section 3.2.
pub fn clusters_by_modes<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    replacement: &Replacement,
) -> Result<Vec<Cluster>, SpeciesError> {
    assert_eq!(models.len(), replacement.source.len(), "models, cells of the replacement");
    let mut clusters: BTreeMap<ModeCode, Vec<usize>> = BTreeMap::new();
    for (cell, source) in replacement.source.iter().enumerate() {
        let Some(model) = &models[*source] else { continue };
        let modes = preparation.law(&model.weights)?.modes();
        if modes != ModeCode::default() {
            clusters.entry(modes).or_default().push(cell);
        }
    }
    let mut clusters: Vec<Cluster> =
        clusters.into_iter().map(|(modes, cells)| Cluster { modes, cells }).collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.cells.len()));
    Ok(clusters)
}

/// The uniform average of the models used in a cluster.
///
/// ```text
/// w = (1/|C|) Σ_{i ∈ C} w^(i)
/// ```
///
/// # Errors
/// [`SpeciesError::NoModel`] if there is no cluster.
///
/// # Source
/// Messenger et al. (2022), eq. (3.8).
pub fn average<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    replacement: &Replacement,
    cluster: Option<&Cluster>,
) -> Result<Law, SpeciesError> {
    let cells = &cluster.ok_or(SpeciesError::NoModel)?.cells;
    let mut sum = vec![0.0; preparation.basis.len()];
    for model in cells.iter().filter_map(|cell| models[replacement.source[*cell]].as_ref()) {
        for (sum, weight) in sum.iter_mut().zip(&model.weights) {
            *sum += weight;
        }
    }
    sum.iter_mut().for_each(|sum| *sum /= cells.len() as f64);
    preparation.law(&sum)
}
