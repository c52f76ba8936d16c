//! The paper's classifier: species peeled off one after the other by validation errors.
//!
//! [`sequential_species`] and [`classify_by_validation`] are its steps (a) to (f), one a line.

use crate::species::Progress;
use crate::species::cluster::{Aggregate, CodeBy, aggregate_models, cluster_models};
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::gaussian_split::{GaussianSplit, split_errors};
use crate::species::learned::{Classification, LearnedSpecies};
use crate::species::matching::matched_cells;
use crate::species::preparation::Preparation;
use crate::species::replacement::{Replacement, replace_models};
use crate::species::single_cell::{CellModel, single_cell_models};
use pairlaw_cluster::Group;
use pairlaw_data::Tracks;
use pairlaw_law::{Law, LawKernels};
use pairlaw_validate::{Run, velocity_errors};

/// Choices of the paper's classifier; the defaults are the paper's. [`SequentialConfig::cautious`]
/// guards against its known ways to over-split.
///
/// | name | default | cautious | purpose |
/// | --- | --- | --- | --- |
/// | `code` | modes | | by what models are clustered (section 3.2) |
/// | `aggregate` | mean | | how a cluster's models become one (section 3.3) |
/// | `n_trials` | 20 | | random starts of two Gaussians (App. E) |
/// | `bic_margin` | 0 | 10 | how much better two Gaussians must be than one |
/// | `smallest_species` | 1 | 5 | fewer cells are no species |
/// | `small_error` | .05 | | ΔV of a cell that is explained (section 3.6) |
/// | `enough` | .99 | | share of explained cells that ends the search (section 3.6) |
/// | `most_species` | 10 | | species after which it ends (section 3.6) |
/// | `seed` | 1 | | seed of the random starts |
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialConfig {
    /// By what models are clustered.
    pub code: CodeBy,
    /// How a cluster's models become one.
    pub aggregate: Aggregate,
    /// Random starts of two Gaussians.
    pub n_trials: usize,
    /// Margin of the Bayesian information criterion.
    pub bic_margin: f64,
    /// Cells of the smallest species.
    pub smallest_species: usize,
    /// ΔV below which a cell is explained.
    pub small_error: f64,
    /// Share of explained cells above which all that remain are one species.
    pub enough: f64,
    /// Species after which the search ends.
    pub most_species: usize,
    /// Seed of the random starts.
    pub seed: u64,
}

impl Default for SequentialConfig {
    fn default() -> Self {
        Self {
            code: CodeBy::default(),
            aggregate: Aggregate::default(),
            n_trials: 20,
            bic_margin: 0.0,
            smallest_species: 1,
            small_error: 0.05,
            enough: 0.99,
            most_species: 10,
            seed: 1,
        }
    }
}

impl SequentialConfig {
    /// The paper's choices, but two Gaussians only by a margin of 10 and no species under 5 cells.
    #[must_use]
    pub fn cautious() -> Self {
        Self { bic_margin: 10.0, smallest_species: 5, ..Self::default() }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`SpeciesError::BadConfig`] with the name of the field.
    pub fn check(&self) -> Result<(), SpeciesError> {
        let in_unit = |x: f64| (0.0..=1.0).contains(&x);
        let rules = [
            ("n_trials", self.n_trials as f64, self.n_trials >= 1, "at least 1"),
            ("bic_margin", self.bic_margin, self.bic_margin >= 0.0, "0 or positive"),
            ("small_error", self.small_error, self.small_error > 0.0, "positive"),
            ("enough", self.enough, in_unit(self.enough), "in [0, 1]"),
            ("most_species", self.most_species as f64, self.most_species >= 1, "at least 1"),
        ];
        for (field, value, is_good, needed) in rules {
            if !is_good {
                return Err(SpeciesError::BadConfig { field, value, needed });
            }
        }
        Ok(())
    }
}

/// Why the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Fewer than three cells remain, or none (rule 1).
    FewCells,
    /// The last law explains nearly all that remain (rule 2).
    AllExplained,
    /// As many species as allowed (rule 3).
    ManySpecies,
    /// No remaining cell has a model with a term.
    NoModel,
    /// The last law explains too few cells to be a species.
    SmallSpecies,
}

/// One pass through steps (b) to (e).
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The remaining cells.
    pub cells: Vec<usize>,
    /// Clusters of their models, largest first.
    pub clusters: Vec<Group<String>>,
    /// The aggregate of the largest.
    pub law: Law,
    /// ΔV of each remaining cell under it; none without a validation window.
    pub velocity_errors: Vec<Option<f64>>,
    /// One Gaussian against two; none where the second stopping rule spared the fit.
    pub split: Option<GaussianSplit>,
}

/// What the paper's classifier found.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialSpecies {
    /// The species in the order in which they were found, and the cells that are left.
    pub classification: Classification,
    /// ΔV of each cell under its species' law; none for cells that are left.
    pub velocity_errors: Vec<Option<f64>>,
    /// The passes, a species each; the last may have found none.
    pub rounds: Vec<Round>,
    /// Why there was no further one.
    pub stop: Stop,
}

/// Learns species and their laws from tracks, labels unknown, as the paper does.
///
/// # Errors
/// [`SpeciesError`]: a bad choice, fewer than two individuals, too few samples, no model at all.
///
/// # Source
/// Messenger et al. (2022), section 3, steps (a) to (f), and appendices D and E.
pub fn sequential_species<const D: usize>(
    tracks: &Tracks<D>,
    config: &SpeciesConfig,
    rules: &SequentialConfig,
    progress: Progress<'_>,
) -> Result<SequentialSpecies, SpeciesError> {
    let preparation = Preparation::new(tracks, config)?;
    let models = single_cell_models(&preparation, config, progress)?; // (a)
    let matched = matched_cells(&preparation, config);
    let replacement = replace_models(&preparation, &models, &matched, config, progress)?;
    classify_by_validation(&preparation, &models, &replacement, config, rules)
}

/// Steps (b) to (f), repeated until a stopping rule holds.
///
/// # Errors
/// [`SpeciesError::NoModel`] if no cell has a model with a term, a bad choice, and what the steps
/// report.
///
/// # Panics
/// If models and replacement differ in their number of cells.
///
/// # Source
/// Messenger et al. (2022), sections 3.2 to 3.6.
pub fn classify_by_validation<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    replacement: &Replacement,
    config: &SpeciesConfig,
    rules: &SequentialConfig,
) -> Result<SequentialSpecies, SpeciesError> {
    rules.check()?;
    let mut remaining: Vec<usize> = (0..models.len()).collect();
    let mut species: Vec<LearnedSpecies> = Vec::new();
    let mut own_errors = vec![None; models.len()];
    let mut rounds = Vec::new();
    let stop = loop {
        let clusters = cluster_models(preparation, models, replacement, &remaining, rules.code)?; // (b)
        let Some(largest) = clusters.first() else { break Stop::NoModel };
        let cells = &largest.members;
        let law = aggregate_models(preparation, models, replacement, cells, rules.aggregate)?; // (c)
        let errors = validate(preparation, &law, &remaining, config)?; // (d)
        let (members, split, all_explained) = classify(&remaining, &errors, rules)?; // (e)
        let is_species = !members.is_empty() && members.len() >= rules.smallest_species;
        if is_species {
            for (cell, error) in remaining.iter().zip(&errors) {
                own_errors[*cell] = error.filter(|_| members.binary_search(cell).is_ok());
            }
            species.push(LearnedSpecies { members: members.clone(), law: law.clone() });
        }
        let left =
            remaining.iter().copied().filter(|c| members.binary_search(c).is_err()).collect();
        let cells = std::mem::replace(&mut remaining, left); // (f)
        rounds.push(Round { cells, clusters, law, velocity_errors: errors, split });
        if !is_species {
            remaining = rounds.last().map_or_else(Vec::new, |round| round.cells.clone());
            break Stop::SmallSpecies;
        } else if all_explained {
            break Stop::AllExplained;
        } else if remaining.len() <= 2 {
            break Stop::FewCells;
        } else if species.len() >= rules.most_species {
            break Stop::ManySpecies;
        }
    };
    if rounds.is_empty() {
        return Err(SpeciesError::NoModel);
    }
    let classification = Classification { species, undetermined: remaining };
    Ok(SequentialSpecies { classification, velocity_errors: own_errors, rounds, stop })
}

/// Step (d): ΔV of some cells under one law, by data-driven forward simulation; none for cells
/// without a validation window.
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
    cells: &[usize],
    config: &SpeciesConfig,
) -> Result<Vec<Option<f64>>, SpeciesError> {
    let kernels = [LawKernels::new(std::slice::from_ref(law))?];
    let runs: Vec<Run> = cells.iter().map(|&individual| Run { law: 0, individual }).collect();
    Ok(velocity_errors(&preparation.recording, &kernels, &runs, config.integrator))
}

/// Step (e): the cells that the law explains, and whether these are all by the second stopping rule.
#[allow(clippy::type_complexity)]
fn classify(
    cells: &[usize],
    errors: &[Option<f64>],
    rules: &SequentialConfig,
) -> Result<(Vec<usize>, Option<GaussianSplit>, bool), SpeciesError> {
    let explained = errors.iter().flatten().filter(|error| **error < rules.small_error).count();
    if explained as f64 >= rules.enough * cells.len() as f64 {
        return Ok((cells.to_vec(), None, true));
    }
    let split = split_errors(errors, rules)?;
    let is_member = |i: &usize| match &split {
        Some(split) => split.in_lowest[*i] > 0.5,
        // Fewer than two different errors cannot be told apart.
        None => errors[*i].is_some_and(f64::is_finite),
    };
    let members = (0..cells.len()).filter(is_member).map(|i| cells[i]).collect();
    Ok((members, split, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heaps of errors: quantiles of logarithms that are logistic, close to a Gaussian.
    fn heaps(of: &[(usize, f64)]) -> Vec<Option<f64>> {
        let spread = |p: f64| (p / (1.0 - p)).powf(0.1);
        let quantile = |i: usize, n: usize| spread((i as f64 + 0.5) / n as f64);
        of.iter()
            .flat_map(|&(n, error)| (0..n).map(move |i| Some(error * quantile(i, n))))
            .collect()
    }

    #[test]
    fn nearly_all_explained_means_all() {
        let rules = SequentialConfig::default();
        let cells: Vec<usize> = (10..210).collect();
        let found = classify(&cells, &heaps(&[(198, 1e-3), (2, 9.0)]), &rules).unwrap();
        assert_eq!(found, (cells.clone(), None, true));
        // One less: the two heaps are told apart.
        let errors = heaps(&[(197, 1e-3), (3, 9.0)]);
        let (members, split, all_explained) = classify(&cells, &errors, &rules).unwrap();
        assert_eq!((members, all_explained), (cells[..197].to_vec(), false));
        assert!(split.is_some());
    }

    #[test]
    fn one_heap_of_badly_explained_cells_stays_together() {
        let (cells, rules) = ((0..60).collect::<Vec<usize>>(), SequentialConfig::cautious());
        let (members, split, all) = classify(&cells, &heaps(&[(60, 0.5)]), &rules).unwrap();
        assert_eq!((members, all), (cells, false));
        assert!(split.is_some_and(|s| s.bic_one - s.bic_two <= rules.bic_margin));
    }

    #[test]
    fn without_different_errors_all_that_have_one_are_members() {
        let rules = SequentialConfig::default();
        let errors = [Some(0.5), None, Some(f64::INFINITY), Some(0.5)];
        assert_eq!(classify(&[2, 4, 6, 8], &errors, &rules).unwrap(), (vec![2, 8], None, false));
    }

    #[test]
    fn defaults_are_valid_and_bad_fields_are_named() {
        SequentialConfig::default().check().unwrap();
        SequentialConfig::cautious().check().unwrap();
        let name = |change: fn(&mut SequentialConfig)| {
            let mut rules = SequentialConfig::default();
            change(&mut rules);
            rules.check().unwrap_err().to_string()
        };
        assert!(name(|c| c.n_trials = 0).contains("n_trials is 0"));
        assert!(name(|c| c.bic_margin = -1.0).contains("bic_margin"));
        assert!(name(|c| c.small_error = f64::NAN).contains("small_error"));
        assert!(name(|c| c.enough = 1.5).contains("enough"));
        assert!(name(|c| c.most_species = 0).contains("most_species"));
    }
}
