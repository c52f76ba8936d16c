//! Species nobody labelled: one sparse weak-form model per cell, exchanged between similar cells,
//! clustered by force modes, averaged and validated.
//!
//! [`learn_population`] is the method for one population, a step a line. The steps are public, so
//! that a caller can keep their results, look at them or replace one.
//!
//! # Source
//! Messenger, Wheeler, Liu, Bortz (2022), *Learning anisotropic interaction rules from individual
//! trajectories in a heterogeneous cellular population*, J. R. Soc. Interface 19:20220412.

mod cluster;
mod config;
mod constraints;
mod error;
mod matching;
mod preparation;
mod replacement;
mod single_cell;

pub use cluster::{Cluster, average, clusters_by_modes};
pub use config::SpeciesConfig;
pub use constraints::{SignRadii, sign_constraints};
pub use error::SpeciesError;
pub use matching::matched_cells;
pub use preparation::Preparation;
pub use replacement::{Replacement, replace_models};
pub use single_cell::{CellModel, single_cell_models};

use pairlaw_data::Tracks;
use pairlaw_law::{Law, LawKernels};
use pairlaw_validate::{Run, velocity_errors};

/// What was learned of one population.
#[derive(Clone, Debug)]
pub struct PopulationModel {
    /// One model per cell, none for cells without enough samples.
    pub models: Vec<Option<CellModel>>,
    /// Which cell's model each cell uses after replacement.
    pub replacement: Replacement,
    /// Cells by the force modes of the models that they use, largest cluster first.
    pub clusters: Vec<Cluster>,
    /// The average of the models in the largest cluster.
    pub law: Law,
    /// ΔV of every cell under that law; none for cells without a validation window.
    pub velocity_errors: Vec<Option<f64>>,
}

/// Told which stage has done how many of its parts: (stage, done, total). Called from any thread.
pub type Progress<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);

/// Learns one law for a population from its tracks, labels unknown.
///
/// # Errors
/// [`SpeciesError`]: fewer than two individuals, too few samples for the test function, and what
/// the steps report.
///
/// # Source
/// Messenger et al. (2022), section 3, steps (a) to (d), and appendix D.
pub fn learn_population<const D: usize>(
    tracks: &Tracks<D>,
    config: &SpeciesConfig,
    progress: Progress<'_>,
) -> Result<PopulationModel, SpeciesError> {
    let preparation = Preparation::new(tracks, config)?;
    let models = single_cell_models(&preparation, config, progress)?;
    let matched = matched_cells(&preparation, config);
    let replacement = replace_models(&preparation, &models, &matched, config, progress)?;
    let clusters = clusters_by_modes(&preparation, &models, &replacement)?;
    let law = average(&preparation, &models, &replacement, clusters.first())?;
    let velocity_errors = validate(&preparation, &law, config)?;
    Ok(PopulationModel { models, replacement, clusters, law, velocity_errors })
}

/// ΔV of every cell under one law, by data-driven forward simulation; none for cells without a
/// validation window.
///
/// # Errors
/// [`SpeciesError::Law`] if the law cannot be compiled.
///
/// # Panics
/// If the integrator has no substep.
///
/// # Source
/// Messenger et al. (2022), section 3.4, eq. (3.11).
pub fn validate<const D: usize>(
    preparation: &Preparation<D>,
    law: &Law,
    config: &SpeciesConfig,
) -> Result<Vec<Option<f64>>, SpeciesError> {
    let kernels = [LawKernels::new(std::slice::from_ref(law))?];
    let runs: Vec<Run> =
        (0..preparation.n_cells()).map(|individual| Run { law: 0, individual }).collect();
    Ok(velocity_errors(&preparation.recording, &kernels, &runs, config.integrator))
}
