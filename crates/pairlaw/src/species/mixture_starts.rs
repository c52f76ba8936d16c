//! Starts of the mixture: from consensus among single-cell models, and from random labels.

use crate::species::Progress;
use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL};
use crate::species::error::SpeciesError;
use crate::species::expectation_maximization::{
    MixtureFit, ModelSpace, Weighting, dissolve_small, expectation_maximization, fit_labels,
};
use crate::species::mixture_config::MixtureConfig;
use pairlaw_data::Streams;
use pairlaw_sparse::{PathConfig, thresholded_path};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rounds in which a fit is reweighted before it is compared or handed out.
pub(super) const REWEIGHTED_ROUNDS: usize = 3;

/// The best fit with 1, 2, … species: starts are tried on a random part of the cells, and the one of
/// least mean ln ρ goes on with all of them, first with equal weights and then reweighted; species
/// below the smallest size are dissolved.
pub(super) fn fits_by_number(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    path: &PathConfig,
    config: &MixtureConfig,
    progress: Progress<'_>,
) -> Result<Vec<MixtureFit>, SpeciesError> {
    let largest = config.most_species.min(systems.len());
    let some = random_part(systems, config.restart_cells, config.seed);
    let consensus = consensus_models(&some, space, path, largest);
    let starts_of = |n_species: usize| if n_species == 1 { 1 } else { config.n_restarts + 1 };
    let starts: Vec<(usize, usize)> =
        (1..=largest).flat_map(|s| (0..starts_of(s)).map(move |start| (s, start))).collect();
    let done = AtomicUsize::new(0);
    let fit = |&(n_species, start): &(usize, usize)| {
        let models = &consensus[..n_species.min(consensus.len())];
        let fit = if start == 0 && !models.is_empty() {
            let fit = MixtureFit::assign(&some, models.to_vec());
            expectation_maximization(&some, space, fit, Weighting::Equal, config.most_rounds)
        } else {
            let stream = n_species * (config.n_restarts + 1) + start;
            let labels = random_labels(some.len(), n_species, config.seed, stream);
            fit_labels(&some, space, &labels, config.most_rounds)
        };
        progress("mixture starts", done.fetch_add(1, Ordering::Relaxed) + 1, starts.len());
        fit
    };
    let fits: Vec<Result<MixtureFit, SpeciesError>> = starts.par_iter().map(fit).collect();
    let fits: Vec<MixtureFit> = fits.into_iter().collect::<Result<_, _>>()?;
    let best = |n_species: usize| {
        let of_number = starts.iter().zip(&fits).filter(|((s, _), _)| *s == n_species);
        let by_residual = |a: &&MixtureFit, b: &&MixtureFit| {
            a.mean_log_residual().total_cmp(&b.mean_log_residual())
        };
        of_number.map(|(_, fit)| fit).min_by(by_residual).expect("every number has a start")
    };
    let best: Vec<&MixtureFit> = (1..=largest).map(best).collect();
    let all = best.into_par_iter().map(|fit| on_all_cells(systems, space, fit, config));
    let all: Vec<Result<MixtureFit, SpeciesError>> = all.collect();
    all.into_iter().collect()
}

/// EM with all cells from the models that some cells gave.
fn on_all_cells(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    fit: &MixtureFit,
    config: &MixtureConfig,
) -> Result<MixtureFit, SpeciesError> {
    let start = MixtureFit::assign(systems, fit.models.clone());
    let equal =
        expectation_maximization(systems, space, start, Weighting::Equal, config.most_rounds)?;
    let large = dissolve_small(systems, equal, config.smallest_species);
    let reweighted =
        expectation_maximization(systems, space, large, Weighting::Reweighted, REWEIGHTED_ROUNDS)?;
    Ok(dissolve_small(systems, reweighted, config.smallest_species))
}

/// Up to `n` systems chosen at random, ascending.
fn random_part(systems: &CellSystems, n: usize, seed: u64) -> CellSystems {
    let n = n.min(systems.len());
    let mut random = Streams::new(seed).next().expect("streams are endless");
    let mut all: Vec<usize> = (0..systems.len()).collect();
    let (chosen, _) = all.partial_shuffle(&mut random, n);
    chosen.sort_unstable();
    CellSystems {
        cells: chosen.iter().map(|i| systems.cells[*i]).collect(),
        systems: chosen.iter().map(|i| systems.systems[*i].clone()).collect(),
    }
}

/// Random labels below `n_species` from a stream of the seed.
fn random_labels(n: usize, n_species: usize, seed: u64, stream: usize) -> Vec<usize> {
    let mut random = Streams::new(seed).nth(stream).expect("streams are endless");
    (0..n).map(|_| random.random_range(0..n_species)).collect()
}

/// Up to `n` single-cell models that together explain the most cells, chosen one after the other:
///
/// ```text
/// next = argmin_j Σ_i min(ln ρ_i of those chosen, ln ρ_i(w_j)),   ln ρ_i of none = 0
/// ```
///
/// Empty if no cell has a model, as under heavy noise.
fn consensus_models(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    path: &PathConfig,
    n: usize,
) -> Vec<Vec<f64>> {
    let own = systems.systems.par_iter();
    let models: Vec<Vec<f64>> = own
        .filter_map(|system| Some(thresholded_path(system, space.constraints, path).ok()?.weights))
        .collect();
    if models.is_empty() {
        return models;
    }
    let log = |rho: f64| rho.max(LEAST_RESIDUAL).ln();
    let logs: Vec<Vec<f64>> = systems
        .residuals(&models)
        .iter()
        .map(|row| row.iter().map(|r| log(*r)).collect())
        .collect();
    let mut best = vec![0.0_f64; systems.len()];
    let mut chosen = Vec::new();
    for _ in 0..n.min(models.len()) {
        let sum = |j: usize| logs.iter().zip(&best).map(|(row, best)| row[j].min(*best)).sum();
        let sums: Vec<f64> = (0..models.len()).map(sum).collect();
        let next = (0..sums.len()).fold(0, |a, b| if sums[b] < sums[a] { b } else { a });
        best.iter_mut().zip(&logs).for_each(|(best, row)| *best = best.min(row[next]));
        chosen.push(models[next].clone());
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::species::cell_systems::planted::systems;
    use faer::Mat;

    #[test]
    fn a_random_part_is_ascending_without_repetition_and_follows_the_seed() {
        let all = systems(&[vec![1.0, 2.0]], 30, 0.1, 1);
        let cells = |n, seed| random_part(&all, n, seed).cells;
        let some = cells(10, 1);
        assert_eq!(some.len(), 10);
        assert!(some.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(some == cells(10, 1) && some != cells(10, 2));
        assert_eq!(cells(99, 1), (0..30).collect::<Vec<usize>>());
    }

    #[test]
    fn consensus_takes_a_model_of_each_law_first() {
        let laws = [vec![1.0, -1.0, 0.0], vec![0.0, 1.0, 1.0]];
        let cells = systems(&laws, 8, 1e-6, 1);
        let free = Mat::zeros(0, 3);
        let space = ModelSpace { constraints: &free, ridge: 1e-9 };
        let models = consensus_models(&cells, &space, &PathConfig::default(), 2);
        // Statistical: noise 1e-6 in 12 rows.
        let is_near = |model: &Vec<f64>, law: &Vec<f64>| {
            model.iter().zip(law).all(|(w, truth)| (w - truth).abs() < 1e-4)
        };
        assert!(laws.iter().all(|law| models.iter().any(|model| is_near(model, law))));
        assert_eq!(consensus_models(&cells, &space, &PathConfig::default(), 99).len(), 16);
    }
}
