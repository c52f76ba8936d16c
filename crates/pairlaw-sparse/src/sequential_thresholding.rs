//! Constrained sequential thresholding over a path of thresholds.

use std::collections::BTreeMap;

use faer::Mat;

use crate::{CompressedSystem, ConeProblem, ConeSolution, SparseError, Support};

/// The thresholds and the loss that chooses among them.
///
/// # Source
///
/// Thresholds 1e-4..1: Messenger, Wheeler, Liu, Bortz (2022), section 3.1. The authors' loss has
/// `fit_share` ½.
#[derive(Debug, Clone, PartialEq)]
pub struct PathConfig {
    /// Thresholds, relative to `|b|`, each in (0, 1].
    pub lambdas: Vec<f64>,
    /// Share α of the fit in the loss, in [0, 1]; the rest is the share of the columns in use.
    pub fit_share: f64,
    /// Ridge relative to unit columns.
    pub ridge: f64,
    /// Group of each column: columns of a group are kept or dropped together, by the norm of what
    /// they explain together. Empty: each column alone, as in the paper.
    pub groups: Vec<usize>,
}

impl Default for PathConfig {
    // Differs from Messenger et al.: fit_share ½ drops any term worth less than 1.1 % of the
    // residual (of 88 columns) and so caps the accuracy; the ridge makes every solve certifiable.
    fn default() -> Self {
        let lambdas = Self::log_grid(64, 1e-4, 1.0);
        Self { lambdas, fit_share: 0.9, ridge: 1e-7, groups: Vec::new() }
    }
}

impl PathConfig {
    /// `n` values from `lowest` to `highest`, both included, evenly spaced in the logarithm.
    pub fn log_grid(n: usize, lowest: f64, highest: f64) -> Vec<f64> {
        let ratio = highest / lowest;
        (0..n)
            .map(|i| match i {
                0 => lowest,
                i if i + 1 == n => highest,
                i => lowest * ratio.powf(i as f64 / (n - 1) as f64),
            })
            .collect()
    }

    /// Checks every field.
    ///
    /// # Errors
    ///
    /// [`SparseError::NoLambdas`], [`SparseError::Lambda`], [`SparseError::FitShare`],
    /// [`SparseError::Ridge`].
    pub fn check(&self) -> Result<(), SparseError> {
        if self.lambdas.is_empty() {
            return Err(SparseError::NoLambdas);
        }
        for (index, &value) in self.lambdas.iter().enumerate() {
            if !(value > 0.0 && value <= 1.0) {
                return Err(SparseError::Lambda { index, value });
            }
        }
        if !(0.0..=1.0).contains(&self.fit_share) {
            let value = self.fit_share;
            return Err(SparseError::FitShare { value });
        }
        if !(self.ridge.is_finite() && self.ridge > 0.0) {
            return Err(SparseError::Ridge { ridge: self.ridge });
        }
        Ok(())
    }
}

/// The chosen model and the path that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SparsePath {
    /// Weights of the chosen model, one a column.
    pub weights: Vec<f64>,
    /// Its threshold.
    pub lambda: f64,
    /// Loss of each threshold's model, in the order of [`PathConfig::lambdas`]; infinite for one
    /// without a certified model.
    pub loss: Vec<f64>,
    /// Non-zero weights of each threshold's model.
    pub support_sizes: Vec<usize>,
    /// Solves, cached ones included, until each threshold's support stood still.
    pub iterations: Vec<usize>,
    /// Indices of the thresholds that met a support without a certified optimum: their cones are
    /// so thin that rounding decides, and they take no part in the choice.
    pub uncertified: Vec<usize>,
    /// Distinct supports that were solved on.
    pub n_solves: usize,
    /// Solves that the cache answered.
    pub n_cached: usize,
    /// Largest violation of a constraint in all solves, relative to `|b|`.
    pub worst_violation: f64,
    /// Zero columns, left out of every support.
    pub excluded: Vec<usize>,
}

/// Learns a sparse model: for each threshold alternates constrained solves and thresholding
/// until the support stands still, then takes the threshold of least loss (the first of equals).
///
/// ```text
/// keep j    while λ ≤ |G_j w_j| / |b| ≤ 1/λ
/// loss(λ) = α |G (w_λ − w_LS)| / |G w_LS| + (1 − α) |w_λ|₀ / n,   w_LS without constraints
/// ```
///
/// With groups, `G_j w_j` is the sum over the columns of j's group. `constraints` is constraints ×
/// columns and means `C w ≤ 0`. Supports only shrink; the solutions are shared between thresholds.
///
/// # Errors
///
/// Those of [`PathConfig::check`] and [`ConeProblem::new`]; [`SparseError::Uncertified`] if no
/// threshold has a certified model (single ones are listed in [`SparsePath::uncertified`]).
///
/// # Panics
///
/// If system and constraints, or system and groups, differ in their number of columns.
///
/// # Source
///
/// Messenger, Wheeler, Liu, Bortz (2022), equations (3.6), (3.7) and appendix C; groups: section 5.
pub fn thresholded_path(
    system: &CompressedSystem,
    constraints: &Mat<f64>,
    config: &PathConfig,
) -> Result<SparsePath, SparseError> {
    config.check()?;
    let problem = ConeProblem::new(system, constraints, config.ridge)?;
    let (n_groups, n_columns) = (config.groups.len(), system.c.len());
    let fits = n_groups == 0 || n_groups == n_columns;
    assert!(fits, "groups of {n_groups} columns for a system of {n_columns}");
    let mut solver = CachedSolver::new(&problem);
    let loss_of = Loss::new(system, &problem, config.fit_share);
    let steps: Vec<_> = (config.lambdas.iter())
        .map(|&lambda| solver.threshold(lambda, system, &config.groups))
        .collect();
    let loss: Vec<f64> = (steps.iter())
        .map(|step| step.as_ref().map_or(f64::INFINITY, |step| loss_of.evaluate(step)))
        .collect();
    let chosen = first_minimum(&loss);
    // An error here means that no threshold has a certified model: all losses are infinite.
    let weights = steps[chosen].clone()?.weights;
    Ok(SparsePath {
        weights,
        lambda: config.lambdas[chosen],
        loss,
        support_sizes: steps.iter().map(|step| step.as_ref().map_or(0, |step| step.size)).collect(),
        iterations: steps.iter().map(|step| step.as_ref().map_or(0, |step| step.solves)).collect(),
        uncertified: (0..steps.len()).filter(|&i| steps[i].is_err()).collect(),
        n_solves: solver.solutions.len(),
        n_cached: solver.n_cached,
        worst_violation: solver.worst_violation,
        excluded: problem.excluded(),
    })
}

/// The model that one threshold leads to.
#[derive(Clone)]
struct Step {
    weights: Vec<f64>,
    size: usize,
    solves: usize,
}

/// Index of the least value, the first of equals.
fn first_minimum(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |least, i| if values[i] < values[least] { i } else { least })
}

/// Solutions by support: one support is reached from many thresholds.
struct CachedSolver<'a> {
    problem: &'a ConeProblem,
    solutions: BTreeMap<Support, Result<ConeSolution, SparseError>>,
    n_cached: usize,
    worst_violation: f64,
}

impl<'a> CachedSolver<'a> {
    fn new(problem: &'a ConeProblem) -> Self {
        Self { problem, solutions: BTreeMap::new(), n_cached: 0, worst_violation: 0.0 }
    }

    fn solve(&mut self, support: &Support) -> Result<&ConeSolution, SparseError> {
        if self.solutions.contains_key(support) {
            self.n_cached += 1;
        } else {
            let solution = self.problem.solve(support);
            if let Ok(solution) = &solution {
                let violation = solution.certificate.infeasibility;
                self.worst_violation = self.worst_violation.max(violation);
            }
            self.solutions.insert(support.clone(), solution);
        }
        self.solutions[support].as_ref().map_err(Clone::clone)
    }

    /// Solves and drops terms until thresholding at `lambda` no longer changes the support.
    fn threshold(
        &mut self,
        lambda: f64,
        system: &CompressedSystem,
        groups: &[usize],
    ) -> Result<Step, SparseError> {
        let problem = self.problem;
        let mut support = self.problem.full_support();
        let mut solves = 0;
        loop {
            let weights = &self.solve(&support)?.weights;
            solves += 1;
            let mut kept = support.clone();
            for j in support.columns() {
                let norm = match groups {
                    groups if is_alone(groups, j) => problem.column_norms()[j] * weights[j].abs(),
                    groups => group_norm(system, weights, groups, groups[j]),
                };
                if !(lambda..=1.0 / lambda).contains(&(norm / system.b_norm)) {
                    kept.remove(j);
                }
            }
            if kept == support {
                return Ok(Step { weights: weights.clone(), size: support.len(), solves });
            }
            support = kept;
        }
    }
}

/// Whether no other column belongs to the group of column `j`.
fn is_alone(groups: &[usize], j: usize) -> bool {
    groups.is_empty() || groups.iter().filter(|group| **group == groups[j]).count() == 1
}

/// `|Σ_{j in group} G_j w_j|`.
fn group_norm(system: &CompressedSystem, weights: &[f64], groups: &[usize], group: usize) -> f64 {
    let of_group = |(w, g): (&f64, &usize)| if *g == group { *w } else { 0.0 };
    system.image_norm(&weights.iter().zip(groups).map(of_group).collect::<Vec<f64>>())
}

/// The trade between fit and size.
struct Loss<'a> {
    system: &'a CompressedSystem,
    least_squares: Vec<f64>,
    explained: f64,
    fit_share: f64,
}

impl<'a> Loss<'a> {
    fn new(system: &'a CompressedSystem, problem: &ConeProblem, fit_share: f64) -> Self {
        let least_squares = problem.least_squares();
        Self { explained: system.image_norm(&least_squares), system, least_squares, fit_share }
    }

    fn evaluate(&self, step: &Step) -> f64 {
        let n = step.weights.len() as f64;
        let difference: Vec<f64> = (step.weights.iter().zip(&self.least_squares))
            .map(|(w, reference)| w - reference)
            .collect();
        let missing = self.system.image_norm(&difference);
        // Nothing can be explained if b is orthogonal to every column: then nothing is missing.
        let misfit = if self.explained > 0.0 { missing / self.explained } else { 0.0 };
        self.fit_share * misfit + (1.0 - self.fit_share) * step.size as f64 / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_grid_has_both_ends() {
        let grid = PathConfig::log_grid(5, 1e-4, 1.0);
        let expected = [1e-4, 1e-3, 1e-2, 1e-1, 1.0];
        // Rounding of a power.
        assert!(grid.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-14 * y));
        assert_eq!(grid[4].to_bits(), 1.0_f64.to_bits());
        assert_eq!(PathConfig::log_grid(1, 0.5, 1.0), [0.5]);
    }

    #[test]
    fn each_bad_field() {
        let check = |change: fn(&mut PathConfig)| {
            let mut config = PathConfig::default();
            change(&mut config);
            config.check()
        };
        assert_eq!(check(|_| ()), Ok(()));
        assert_eq!(check(|c| c.lambdas.clear()), Err(SparseError::NoLambdas));
        assert!(matches!(
            check(|c| c.lambdas[2] = f64::NAN),
            Err(SparseError::Lambda { index: 2, .. })
        ));
        assert!(matches!(check(|c| c.lambdas[0] = 0.0), Err(SparseError::Lambda { index: 0, .. })));
        assert!(matches!(
            check(|c| c.lambdas.push(1.5)),
            Err(SparseError::Lambda { index: 64, .. })
        ));
        assert!(matches!(check(|c| c.fit_share = f64::NAN), Err(SparseError::FitShare { .. })));
        assert!(matches!(check(|c| c.ridge = 0.0), Err(SparseError::Ridge { .. })));
    }

    #[test]
    fn a_hand_computed_path() {
        // Orthogonal columns worth .8, .6 and 0 of |b|; the second may not be positive.
        let system = crate::LinearSystem {
            g: faer::mat![[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 5.0]],
            b: vec![0.8, 0.6, 0.0],
        };
        let compressed = CompressedSystem::new(&system).unwrap();
        let config = PathConfig {
            lambdas: vec![0.5, 0.7, 0.9],
            fit_share: 0.5,
            ridge: 1e-9,
            groups: Vec::new(),
        };
        let free = thresholded_path(&compressed, &Mat::zeros(0, 3), &config).unwrap();
        assert_eq!(free.support_sizes, [2, 1, 0]);
        assert_eq!(free.iterations, [2, 2, 2]);
        assert_eq!((free.n_solves, free.n_cached), (4, 2));
        // Rounding: ½·0 + ½·2/3, ½·.6 + ½·1/3, ½.
        let expected = [1.0 / 3.0, 0.3 + 1.0 / 6.0, 0.5];
        assert!(free.loss.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-14));
        assert!((free.weights[0] - 0.4).abs() < 1e-14 && (free.weights[1] - 0.2).abs() < 1e-14);
        let signed = faer::mat![[0.0, 7.0, 0.0]];
        let bound = thresholded_path(&compressed, &signed, &config).unwrap();
        assert_eq!(bound.support_sizes, [1, 1, 0]);
        assert!(bound.weights[1] == 0.0 && (bound.weights[0] - 0.4).abs() < 1e-14);
    }

    #[test]
    fn groups_stay_or_go_together() {
        // Columns worth .8, .5 and .33 of |b|: alone the third falls at .4, with the first it stays,
        // and with the second (together .6) both fall at .7.
        let system = crate::LinearSystem {
            g: faer::mat![[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 5.0]],
            b: vec![0.8, 0.5, 0.33166247903554],
        };
        let compressed = CompressedSystem::new(&system).unwrap();
        let sizes = |groups: Vec<usize>| {
            let lambdas = vec![0.4, 0.7];
            let config = PathConfig { lambdas, fit_share: 0.5, ridge: 1e-9, groups };
            thresholded_path(&compressed, &Mat::zeros(0, 3), &config).unwrap().support_sizes
        };
        assert_eq!(sizes(vec![]), [2, 1]);
        assert_eq!(sizes(vec![0, 1, 2]), [2, 1]);
        assert_eq!(sizes(vec![0, 1, 0]), [3, 2]);
        assert_eq!(sizes(vec![0, 7, 7]), [3, 1]);
    }

    #[test]
    fn a_response_orthogonal_to_all_columns_gives_the_empty_model() {
        let system = crate::LinearSystem { g: faer::mat![[1.0], [0.0]], b: vec![0.0, 2.0] };
        let compressed = CompressedSystem::new(&system).unwrap();
        let path =
            thresholded_path(&compressed, &Mat::zeros(0, 1), &PathConfig::default()).unwrap();
        assert_eq!(path.weights, [0.0]);
        assert_eq!(path.support_sizes, [0; 64]);
        assert!(path.loss.iter().all(|&loss| loss == 0.0));
    }
}
