//! The share of the fit in the loss of a pooled regression, chosen from held-out cells.

use crate::species::cell_systems::CellSystems;
use crate::species::error::SpeciesError;
use crate::species::expectation_maximization::{MixtureFit, Weighting, mean_log};
use faer::Mat;
use pairlaw_sparse::{PathConfig, SparseError, SparsePath, thresholded_path};
use rayon::prelude::*;

/// A residual of held-out cells this little above the best, in ln ρ, does not pay for more terms.
const WORTH_MORE_TERMS: f64 = 0.2;

/// One choice of α and what it gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitShareTrial {
    /// α.
    pub fit_share: f64,
    /// Mean of ln ρ over held-out cells; infinite without a certified model.
    pub held_out: f64,
}

/// The reweighted sparse regression of some systems: the λ path on the pooled system, `rounds`
/// times, weights from the residuals of the round before.
///
/// `members` counts systems; `weights` has one entry a system.
///
/// # Errors
/// What the regression reports.
pub fn reweighted_path(
    systems: &CellSystems,
    constraints: &Mat<f64>,
    members: &[usize],
    mut weights: Vec<f64>,
    path: &PathConfig,
    rounds: usize,
) -> Result<SparsePath, SpeciesError> {
    let mut found = thresholded_path(&systems.pool(members, &weights)?, constraints, path)?;
    for _ in 1..rounds {
        let fit = MixtureFit::assign(systems, vec![found.weights]);
        weights = fit.weights(Weighting::Reweighted);
        found = thresholded_path(&systems.pool(members, &weights)?, constraints, path)?;
    }
    Ok(found)
}

/// Chooses α for one species: every other member is held out, then the others; the smallest of
/// `fit_shares` whose held-out mean of ln ρ lies within .2 of the best is taken.
///
/// On clean data more terms go on explaining held-out cells better, and a large α wins; under noise
/// they do not, and the smallest stays.
///
/// # Errors
/// What the regression reports.
///
/// # Panics
/// If `fit_shares` is empty.
pub fn choose_fit_share(
    systems: &CellSystems,
    constraints: &Mat<f64>,
    members: &[usize],
    weights: &[f64],
    path: &PathConfig,
    fit_shares: &[f64],
    rounds: usize,
) -> Result<(f64, Vec<FitShareTrial>), SpeciesError> {
    let every_other = |first: usize| members.iter().copied().skip(first).step_by(2).collect();
    let halves: [Vec<usize>; 2] = [every_other(0), every_other(1)];
    if halves[1].is_empty() {
        return Ok((fit_shares[0], Vec::new()));
    }
    let held_out = |&fit_share: &f64| {
        let path = PathConfig { fit_share, ..path.clone() };
        let mut sum = 0.0;
        for (learn, test) in [(0, 1), (1, 0)] {
            let learned = reweighted_path(
                systems,
                constraints,
                &halves[learn],
                weights.to_vec(),
                &path,
                rounds,
            );
            let model = match learned {
                Err(SpeciesError::Sparse(SparseError::Uncertified { .. })) => {
                    return Ok(FitShareTrial { fit_share, held_out: f64::INFINITY });
                }
                learned => learned?.weights,
            };
            let residuals = MixtureFit::assign(systems, vec![model]).residuals;
            sum += mean_log(halves[test].iter().map(|i| residuals[*i]));
        }
        Ok(FitShareTrial { fit_share, held_out: sum / 2.0 })
    };
    let trials: Vec<Result<FitShareTrial, SpeciesError>> =
        fit_shares.par_iter().map(held_out).collect();
    let trials: Vec<FitShareTrial> = trials.into_iter().collect::<Result<_, _>>()?;
    let best = trials.iter().map(|trial| trial.held_out).fold(f64::INFINITY, f64::min);
    let enough = |trial: &&FitShareTrial| trial.held_out <= best + WORTH_MORE_TERMS;
    let chosen = trials.iter().find(enough).map_or(fit_shares[0], |trial| trial.fit_share);
    Ok((chosen, trials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::species::cell_systems::planted::systems;

    /// Two terms and one a hundredth of them, under this much noise: the α chosen, and the number of
    /// terms that it leaves of five.
    fn chosen(noise: f64) -> (f64, usize) {
        let cells = systems(&[vec![1.0, -1.0, 0.01, 0.0, 0.0]], 10, noise, 1);
        let (free, members) = (Mat::zeros(0, 5), (0..10).collect::<Vec<usize>>());
        let (weights, path) = (vec![1.0; 10], PathConfig::default());
        let shares = [0.5, 0.9, 0.999];
        let found = choose_fit_share(&cells, &free, &members, &weights, &path, &shares, 3);
        let (fit_share, trials) = found.unwrap();
        assert!(trials.iter().all(|trial| trial.held_out.is_finite()));
        let path = PathConfig { fit_share, ..path };
        let found = reweighted_path(&cells, &free, &members, weights, &path, 3).unwrap();
        (fit_share, found.weights.iter().filter(|weight| **weight != 0.0).count())
    }

    #[test]
    fn small_terms_are_kept_where_held_out_cells_show_them() {
        assert_eq!(chosen(1e-6), (0.999, 3));
        assert_eq!(chosen(0.5), (0.5, 2));
    }

    #[test]
    fn one_cell_cannot_be_held_out() {
        let cells = systems(&[vec![1.0, -1.0]], 1, 0.0, 1);
        let (free, path) = (Mat::zeros(0, 2), PathConfig::default());
        let found = choose_fit_share(&cells, &free, &[0], &[1.0], &path, &[0.8, 0.9], 3);
        assert_eq!(found.unwrap(), (0.8, Vec::new()));
    }
}
