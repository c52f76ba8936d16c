//! Hard expectation–maximisation of a mixture of pooled weak regressions.

use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL};
use crate::species::error::SpeciesError;
use faer::Mat;
use pairlaw_sparse::{CompressedSystem, ConeProblem};

/// How much each cell weighs in the pooled regression of its species.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// All the same: the objective is the mean of ρ².
    Equal,
    /// `1 / max(ρ_i, 1e-6)`, the majorisation of the mean of `ln ρ`: cells that do not fit have no
    /// leverage. The objective is the mean of
    ///
    /// ```text
    /// φ(ρ) = ln(ρ/ε) + ½ for ρ ≥ ε,   ½ (ρ/ε)² below,   ε = 1e-6
    /// ```
    Reweighted,
}

impl Weighting {
    fn weights(self, residuals: &[f64]) -> Vec<f64> {
        let weight = |residual: &f64| match self {
            Self::Equal => 1.0,
            Self::Reweighted => 1.0 / residual.max(LEAST_RESIDUAL),
        };
        residuals.iter().map(weight).collect()
    }

    fn objective(self, residuals: &[f64]) -> f64 {
        let part = |residual: &f64| match self {
            Self::Equal => residual * residual,
            Self::Reweighted if *residual >= LEAST_RESIDUAL => {
                (residual / LEAST_RESIDUAL).ln() + 0.5
            }
            Self::Reweighted => 0.5 * (residual / LEAST_RESIDUAL).powi(2),
        };
        residuals.iter().map(part).sum::<f64>() / residuals.len() as f64
    }
}

/// The space of models: linear constraints `C w ≤ 0` and a ridge relative to unit columns.
#[derive(Clone, Copy, Debug)]
pub struct ModelSpace<'a> {
    /// A row a constraint, a column a term.
    pub constraints: &'a Mat<f64>,
    /// Ridge γ.
    pub ridge: f64,
}

impl ModelSpace<'_> {
    /// The constrained least-squares model of all terms; none if it has no certified optimum.
    fn dense_model(&self, pooled: &CompressedSystem) -> Result<Option<Vec<f64>>, SpeciesError> {
        let problem = ConeProblem::new(pooled, self.constraints, self.ridge)?;
        Ok(problem.solve(&problem.full_support()).ok().map(|solution| solution.weights))
    }
}

/// Models and the cells that they explain best.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureFit {
    /// One model a species, one weight a term.
    pub models: Vec<Vec<f64>>,
    /// The species of each system: the model of lowest residual, the first of equals.
    pub labels: Vec<usize>,
    /// Its residual ρ.
    pub residuals: Vec<f64>,
    /// The objective after each round.
    pub objective: Vec<f64>,
}

impl MixtureFit {
    /// Gives every system to the model that explains it best (the E step).
    ///
    /// # Panics
    /// If there is no model, or one has not as many weights as the basis has terms.
    #[must_use]
    pub fn assign(systems: &CellSystems, models: Vec<Vec<f64>>) -> Self {
        assert!(!models.is_empty(), "a mixture has at least one model");
        let best = |row: Vec<f64>| {
            let better = |k: usize, next: usize| if row[next] < row[k] { next } else { k };
            let k = (0..row.len()).fold(0, better);
            (k, row[k])
        };
        let (labels, residuals) = systems.residuals(&models).into_iter().map(best).unzip();
        Self { models, labels, residuals, objective: Vec::new() }
    }

    /// Mean of `ln max(ρ, 1e-6)`: by this, numbers of species are compared.
    #[must_use]
    pub fn mean_log_residual(&self) -> f64 {
        mean_log(self.residuals.iter().copied())
    }

    /// The systems of species `k`, ascending.
    #[must_use]
    pub fn members(&self, k: usize) -> Vec<usize> {
        (0..self.labels.len()).filter(|i| self.labels[*i] == k).collect()
    }

    /// The weights that the residuals give in the next pooled regression.
    #[must_use]
    pub fn weights(&self, weighting: Weighting) -> Vec<f64> {
        weighting.weights(&self.residuals)
    }
}

/// Mean of `ln max(ρ, 1e-6)`.
pub(super) fn mean_log(residuals: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = residuals.len() as f64;
    residuals.map(|residual| residual.max(LEAST_RESIDUAL).ln()).sum::<f64>() / n
}

/// Hard EM from labels: one constrained least-squares model a label.
///
/// # Errors
/// [`SpeciesError::NoModel`] if no species has a certified model, and what the regression reports.
pub fn fit_labels(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    labels: &[usize],
    rounds: usize,
) -> Result<MixtureFit, SpeciesError> {
    let n_species = labels.iter().max().map_or(0, |largest| largest + 1);
    let weights = vec![1.0; labels.len()];
    let mut models = Vec::new();
    for k in 0..n_species {
        let members: Vec<usize> = (0..labels.len()).filter(|i| labels[*i] == k).collect();
        if !members.is_empty() {
            models.extend(space.dense_model(&systems.pool(&members, &weights)?)?);
        }
    }
    if models.is_empty() {
        return Err(SpeciesError::NoModel);
    }
    let start = MixtureFit::assign(systems, models);
    expectation_maximization(systems, space, start, Weighting::Equal, rounds)
}

/// Hard EM, at most `rounds` rounds or until no label changes. The objective never rises: a model is
/// replaced only by one that explains its members at least as well.
///
/// ```text
/// M:  w_s = argmin_{C w ≤ 0} Σ_{i in s} weight_i² ρ_i(w)²      E:  s(i) = argmin_s ρ_i(w_s)
/// ```
///
/// Models that lose all members are dropped.
///
/// # Errors
/// What the regression reports.
pub fn expectation_maximization(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    start: MixtureFit,
    weighting: Weighting,
    rounds: usize,
) -> Result<MixtureFit, SpeciesError> {
    let mut fit = start;
    for _ in 0..rounds {
        let models = maximize(systems, space, &fit, weighting)?;
        let mut objective = std::mem::take(&mut fit.objective);
        let next = MixtureFit::assign(systems, models);
        objective.push(weighting.objective(&next.residuals));
        let unchanged = next.models.len() == fit.models.len() && next.labels == fit.labels;
        fit = MixtureFit { objective, ..next };
        if unchanged && weighting == Weighting::Equal {
            break;
        }
    }
    Ok(fit)
}

/// The M step.
fn maximize(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    fit: &MixtureFit,
    weighting: Weighting,
) -> Result<Vec<Vec<f64>>, SpeciesError> {
    let weights = fit.weights(weighting);
    let mut models = Vec::with_capacity(fit.models.len());
    for (k, old) in fit.models.iter().enumerate() {
        let members = fit.members(k);
        if members.is_empty() {
            continue;
        }
        let pooled = systems.pool(&members, &weights)?;
        let better = |new: &Vec<f64>| pooled.residual(new) < pooled.residual(old);
        models.push(space.dense_model(&pooled)?.filter(better).unwrap_or_else(|| old.clone()));
    }
    Ok(models)
}

/// Drops species with fewer than `smallest` members, the smallest first, and gives their systems to
/// the others; the last species stays.
pub(super) fn dissolve_small(
    systems: &CellSystems,
    mut fit: MixtureFit,
    smallest: usize,
) -> MixtureFit {
    while fit.models.len() > 1 {
        let sizes = (0..fit.models.len()).map(|k| (fit.members(k).len(), k));
        let Some((_, k)) = sizes.min().filter(|(size, _)| *size < smallest) else { break };
        fit.models.remove(k);
        let objective = fit.objective;
        fit = MixtureFit { objective, ..MixtureFit::assign(systems, fit.models) };
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::species::cell_systems::planted::systems;
    use pairlaw_data::Streams;
    use rand::RngExt;

    fn free() -> Mat<f64> {
        Mat::zeros(0, 4)
    }

    /// Three laws of four terms, seven cells each, with noise.
    fn cells(seed: u64) -> CellSystems {
        let laws = [[1.0, -1.0, 0.0, 0.5], [0.0, 1.0, 1.0, 0.0], [-0.5, 0.0, 2.0, 1.0]];
        systems(&laws.map(|law| law.to_vec()), 7, 0.1, seed)
    }

    #[test]
    fn weights_and_objectives_by_hand() {
        let residuals = [0.5, 2e-6, 0.5e-6];
        assert!(Weighting::Equal.weights(&residuals).iter().all(|w| (w - 1.0).abs() < 1e-300));
        let weights = Weighting::Reweighted.weights(&residuals);
        for (weight, expected) in weights.iter().zip([2.0, 5e5, 1e6]) {
            assert!((weight / expected - 1.0).abs() < 1e-14); // rounding, here and below
        }
        let mean = (0.25 + 4e-12 + 0.25e-12) / 3.0;
        assert!((Weighting::Equal.objective(&residuals) / mean - 1.0).abs() < 1e-14);
        let mean = (5e5_f64.ln() + 0.5 + 2_f64.ln() + 0.5 + 0.125) / 3.0;
        assert!((Weighting::Reweighted.objective(&residuals) / mean - 1.0).abs() < 1e-14);
        // Both branches have value ½ and slope 1/ε where they meet.
        let at = |residual| Weighting::Reweighted.objective(&[residual]);
        assert!((at(1e-6) - 0.5).abs() < 1e-14 && (at(1e-6) - at(0.999e-6) - 1e-3).abs() < 1e-6);
        assert!((mean_log([1e-9, 1.0].into_iter()) - 0.5 * 1e-6_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn the_objective_never_rises() {
        let free = free();
        let space = ModelSpace { constraints: &free, ridge: 1e-9 };
        for seed in 1..40 {
            let cells = cells(seed);
            let mut random = Streams::new(seed + 100).next().unwrap();
            let mut law = || (0..4).map(|_| random.random_range(-2.0..2.0)).collect();
            let start = MixtureFit::assign(&cells, vec![law(), law(), law()]);
            for weighting in [Weighting::Equal, Weighting::Reweighted] {
                let first = weighting.objective(&start.residuals);
                let fit = expectation_maximization(&cells, &space, start.clone(), weighting, 12);
                let last = fit.unwrap().objective.into_iter().fold(first, |last, next| {
                    // Rounding.
                    assert!(next <= last + 1e-12, "{weighting:?}: {last} then {next}");
                    next
                });
                assert!(last < first, "random laws are not the best");
            }
        }
    }

    #[test]
    fn planted_laws_are_found_from_disturbed_labels_and_names_do_not_matter() {
        let free = free();
        let space = ModelSpace { constraints: &free, ridge: 1e-9 };
        let cells = cells(1);
        let labels: Vec<usize> = (0..21).map(|i| if i % 6 == 0 { 0 } else { i / 7 }).collect();
        let fit = fit_labels(&cells, &space, &labels, 20).unwrap();
        assert_eq!(fit.labels, (0..21).map(|i| i / 7).collect::<Vec<usize>>());
        // Names 0, 1, 2 become 4, 0, 2: 1 and 3 are nobody's.
        let renamed: Vec<usize> = labels.iter().map(|k| [4, 0, 2][*k]).collect();
        let same = fit_labels(&cells, &space, &renamed, 20).unwrap();
        assert_eq!(same.labels, fit.labels.iter().map(|k| [2, 0, 1][*k]).collect::<Vec<usize>>());
        assert_eq!((same.residuals, same.objective), (fit.residuals, fit.objective));
    }

    #[test]
    fn small_species_are_dissolved_and_the_last_one_stays() {
        let cells = systems(&[vec![1.0, 0.0], vec![0.0, 1.0]], 4, 0.0, 1);
        // The third model explains nobody.
        let models = vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![50.0, 50.0]];
        let fit = MixtureFit::assign(&cells, models.clone());
        assert_eq!(dissolve_small(&cells, fit.clone(), 1).models, models[..2]);
        assert_eq!(dissolve_small(&cells, fit.clone(), 4).models, models[..2]);
        let one = dissolve_small(&cells, fit, 5);
        assert_eq!((one.models.len(), one.members(0).len()), (1, 8));
    }

    #[test]
    fn nobody_has_no_model() {
        let free = free();
        let space = ModelSpace { constraints: &free, ridge: 1e-9 };
        let none = CellSystems { cells: Vec::new(), systems: Vec::new() };
        assert!(matches!(fit_labels(&none, &space, &[], 3), Err(SpeciesError::NoModel)));
    }
}
