//! The paper's classifier with all that it computes on its way.

use pairlaw::species::{
    CellModel, Preparation, Replacement, SequentialConfig, SequentialSpecies, SpeciesConfig,
    SpeciesError, classify_by_validation, matched_cells, replace_models, single_cell_models,
};
use pairlaw_data::Tracks;

/// What the steps of the paper's classifier give.
#[derive(Clone, Debug)]
pub struct Steps {
    /// Systems and constraints.
    pub preparation: Preparation<2>,
    /// Single-cell models.
    pub models: Vec<Option<CellModel>>,
    /// Whose model each cell uses.
    pub replacement: Replacement,
    /// Species.
    pub found: SequentialSpecies,
}

/// Runs the paper's classifier step by step.
///
/// # Errors
/// As [`pairlaw::species::sequential_species`].
pub fn sequential_steps(
    tracks: &Tracks<2>,
    config: &SpeciesConfig,
    rules: &SequentialConfig,
) -> Result<Steps, SpeciesError> {
    let preparation = Preparation::new(tracks, config)?;
    let models = single_cell_models(&preparation, config, &|_, _, _| {})?;
    let matched = matched_cells(&preparation, config);
    let replacement = replace_models(&preparation, &models, &matched, config, &|_, _, _| {})?;
    let found = classify_by_validation(&preparation, &models, &replacement, config, rules)?;
    Ok(Steps { preparation, models, replacement, found })
}
