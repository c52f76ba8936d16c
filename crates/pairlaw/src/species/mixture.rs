//! Species as a mixture of pooled weak regressions: past the paper.
//!
//! Models are compared by the weak residual ρ on a cell's whole track, not by simulation, and learned
//! from all cells of a species at once. [`mixture_species`] is the method, a step a line.

use crate::species::Progress;
use crate::species::cell_systems::CellSystems;
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::expectation_maximization::{MixtureFit, ModelSpace, Weighting};
use crate::species::fit_share::{FitShareTrial, choose_fit_share, reweighted_path};
use crate::species::learned::{Classification, LearnedSpecies, validate_species};
use crate::species::membership::{Membership, memberships};
use crate::species::mixture_config::MixtureConfig;
use crate::species::mixture_starts::{REWEIGHTED_ROUNDS, fits_by_number};
use crate::species::number_of_species::{elbow, merge_alike};
use crate::species::preparation::Preparation;
use pairlaw_data::Tracks;
use pairlaw_sparse::{PathConfig, SparsePath};

/// What the mixture found.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureSpecies {
    /// The species, largest first, and the cells that belong to none; no species where no law has a term.
    pub classification: Classification,
    /// How each species' law was chosen.
    pub regressions: Vec<PooledRegression>,
    /// Of each cell; none without a weak system.
    pub memberships: Vec<Option<Membership>>,
    /// ΔV of each cell under its species' law.
    pub velocity_errors: Vec<Option<f64>>,
    /// Mean of ln ρ with 1, 2, … species.
    pub curve: Vec<f64>,
}

impl MixtureSpecies {
    /// The choices of the regression that gave each species' law, for
    /// [`weigh_evidence`](crate::species::weigh_evidence); without a species, those of its first trial.
    #[must_use]
    pub fn paths<const D: usize>(
        &self,
        preparation: &Preparation<D>,
        config: &SpeciesConfig,
        mixture: &MixtureConfig,
    ) -> Vec<PathConfig> {
        let path = preparation.path(&config.path, config.sparsity);
        let of = |fit_share| PathConfig { ridge: mixture.ridge, fit_share, ..path.clone() };
        match self.regressions.is_empty() {
            true => vec![of(config.path.fit_share)],
            false => self.regressions.iter().map(|found| of(found.fit_share)).collect(),
        }
    }
}

/// The regression that gave one species' law.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledRegression {
    /// Share α of the fit in the loss, chosen from held-out cells.
    pub fit_share: f64,
    /// What each α left of held-out cells.
    pub trials: Vec<FitShareTrial>,
    /// The path over λ.
    pub path: SparsePath,
}

/// Learns species and their laws from tracks; neither labels nor their number are known.
///
/// # Errors
/// [`SpeciesError`]: bad choices, fewer than two individuals, too few samples, more species asked
/// for than there are cells.
pub fn mixture_species<const D: usize>(
    tracks: &Tracks<D>,
    config: &SpeciesConfig,
    mixture: &MixtureConfig,
    progress: Progress<'_>,
) -> Result<MixtureSpecies, SpeciesError> {
    let preparation = Preparation::new(tracks, config)?;
    let systems = CellSystems::new(&preparation, progress)?;
    classify_by_mixture(&preparation, &systems, config, mixture, progress)
}

/// [`mixture_species`] from what is prepared.
///
/// # Errors
/// As [`mixture_species`].
pub fn classify_by_mixture<const D: usize>(
    preparation: &Preparation<D>,
    systems: &CellSystems,
    config: &SpeciesConfig,
    mixture: &MixtureConfig,
    progress: Progress<'_>,
) -> Result<MixtureSpecies, SpeciesError> {
    mixture.check()?;
    if let Some(n_species) = mixture.n_species.filter(|n| *n > systems.len()) {
        return Err(SpeciesError::TooManySpecies { n_species, n_cells: systems.len() });
    }
    let space = ModelSpace { constraints: &preparation.constraints, ridge: mixture.ridge };
    let fits = fits_by_number(systems, &space, &config.path, mixture, progress)?;
    let curve: Vec<f64> = fits.iter().map(MixtureFit::mean_log_residual).collect();
    let n_species = mixture.n_species.unwrap_or_else(|| elbow(&curve, mixture.elbow_step));
    let fit = fits[n_species - 1].clone();
    let fit = match mixture.n_species {
        Some(_) => fit,
        None => merge_alike(systems, &space, fit, mixture.merge_rise, REWEIGHTED_ROUNDS)?,
    };
    let regressions = sparse_models(preparation, systems, &fit, config, mixture)?;
    let (classification, memberships) = members(preparation, systems, &regressions, mixture)?;
    let velocity_errors = validate_species(preparation, &classification, config)?;
    Ok(MixtureSpecies { classification, regressions, memberships, velocity_errors, curve })
}

/// The sparse model of each species, largest first: reweighted, α chosen from held-out cells.
fn sparse_models<const D: usize>(
    preparation: &Preparation<D>,
    systems: &CellSystems,
    fit: &MixtureFit,
    config: &SpeciesConfig,
    mixture: &MixtureConfig,
) -> Result<Vec<PooledRegression>, SpeciesError> {
    let constraints = &preparation.constraints;
    let weights = fit.weights(Weighting::Reweighted);
    let path = preparation.path(&config.path, config.sparsity);
    let path = PathConfig { ridge: mixture.ridge, ..path };
    let mut species: Vec<Vec<usize>> = (0..fit.models.len()).map(|k| fit.members(k)).collect();
    species.sort_by_key(|members| std::cmp::Reverse(members.len()));
    let learn = |members: &Vec<usize>| {
        let (fit_share, trials) = choose_fit_share(
            systems,
            constraints,
            members,
            &weights,
            &path,
            &mixture.fit_shares,
            REWEIGHTED_ROUNDS,
        )?;
        let path = PathConfig { fit_share, ..path.clone() };
        let path = reweighted_path(
            systems,
            constraints,
            members,
            weights.clone(),
            &path,
            REWEIGHTED_ROUNDS,
        )?;
        Ok(PooledRegression { fit_share, trials, path })
    };
    let mut learned: Vec<PooledRegression> =
        species.iter().map(learn).collect::<Result<_, SpeciesError>>()?;
    // A law without terms explains nobody.
    learned.retain(|regression| regression.path.weights.iter().any(|weight| *weight != 0.0));
    Ok(learned)
}

/// Gives every cell to the sparse model that explains it best, or to none.
#[allow(clippy::type_complexity)]
fn members<const D: usize>(
    preparation: &Preparation<D>,
    systems: &CellSystems,
    regressions: &[PooledRegression],
    mixture: &MixtureConfig,
) -> Result<(Classification, Vec<Option<Membership>>), SpeciesError> {
    let models: Vec<Vec<f64>> = regressions.iter().map(|r| r.path.weights.clone()).collect();
    let mut of_cell = vec![None; preparation.n_cells()];
    let found = match models.is_empty() {
        true => Vec::new(),
        false => memberships(preparation, systems, &models, mixture.undetermined_sigmas)?,
    };
    for (cell, membership) in systems.cells.iter().zip(found) {
        of_cell[*cell] = Some(membership);
    }
    let species_of = |cell: usize| of_cell[cell].and_then(|membership| membership.species);
    let cells = |species| (0..of_cell.len()).filter(|c| species_of(*c) == species).collect();
    let species = models.iter().enumerate().map(|(k, weights)| {
        Ok(LearnedSpecies { members: cells(Some(k)), law: preparation.law(weights)? })
    });
    let species = species.collect::<Result<_, SpeciesError>>()?;
    Ok((Classification { species, undetermined: cells(None) }, of_cell))
}
