//! Constrained sequential thresholding over a path of thresholds.

use std::collections::BTreeMap;

use faer::Mat;

use crate::{CompressedSystem, ConeProblem, ConeSolution, SparseError, Support};

/// The thresholds and the loss that chooses among them.
///
/// # Source
///
/// Thresholds 1e-4..1: Messenger, Wheeler, Liu, Bortz (2022), section 3.3. The authors' loss has
/// `fit_share` ½.
#[derive(Debug, Clone, PartialEq)]
pub struct PathConfig {
    /// Thresholds, relative to `|b|`, each in (0, 1].
    pub lambdas: Vec<f64>,
    /// Share α of the fit in the loss, in [0, 1]; the rest is the share of the columns in use.
    pub fit_share: f64,
    /// Ridge relative to unit columns.
    pub ridge: f64,
}

impl Default for PathConfig {
    // Differs from Messenger et al.: fit_share ½ drops any term worth less than 1.1 % of the
    // residual (of 88 columns) and so caps the accuracy; the ridge makes every solve certifiable.
    fn default() -> Self {
        Self {
            lambdas: Self::log_grid(64, 1e-4, 1.0),
            fit_share: 0.9,
            ridge: 1e-7,
        }
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
    /// Loss of each threshold's model, in the order of [`PathConfig::lambdas`].
    pub loss: Vec<f64>,
    /// Non-zero weights of each threshold's model.
    pub support_sizes: Vec<usize>,
    /// Solves, cached ones included, until each threshold's support stood still.
    pub iterations: Vec<usize>,
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
/// `constraints` is constraints × columns and means `C w ≤ 0`. Supports only shrink; the
/// solutions are shared between thresholds.
///
/// # Errors
///
/// Those of [`PathConfig::check`], [`ConeProblem::new`] and [`ConeProblem::solve`].
///
/// # Panics
///
/// If system and constraints differ in their number of columns.
///
/// # Source
///
/// Messenger, Wheeler, Liu, Bortz (2022), equations (3.6), (3.7) and appendix C.
pub fn thresholded_path(
    system: &CompressedSystem,
    constraints: &Mat<f64>,
    config: &PathConfig,
) -> Result<SparsePath, SparseError> {
    config.check()?;
    let problem = ConeProblem::new(system, constraints, config.ridge)?;
    let mut solver = CachedSolver::new(&problem);
    let loss_of = Loss::new(system, &problem, config.fit_share);
    let mut path = SparsePath {
        weights: Vec::new(),
        lambda: f64::NAN,
        loss: Vec::new(),
        support_sizes: Vec::new(),
        iterations: Vec::new(),
        n_solves: 0,
        n_cached: 0,
        worst_violation: 0.0,
        excluded: problem.excluded(),
    };
    let mut least = f64::INFINITY;
    for &lambda in &config.lambdas {
        let (support, iterations) = solver.threshold(lambda, system.b_norm)?;
        let weights = &solver.solve(&support)?.weights;
        let loss = loss_of.evaluate(weights, support.len());
        if loss < least {
            least = loss;
            path.lambda = lambda;
            path.weights.clone_from(weights);
        }
        path.loss.push(loss);
        path.support_sizes.push(support.len());
        path.iterations.push(iterations);
    }
    path.n_solves = solver.solutions.len();
    path.n_cached = path.iterations.iter().sum::<usize>() - path.n_solves;
    path.worst_violation = solver.worst_violation;
    Ok(path)
}

/// Solutions by support: one support is reached from many thresholds.
struct CachedSolver<'a> {
    problem: &'a ConeProblem,
    full: Support,
    solutions: BTreeMap<Support, ConeSolution>,
    worst_violation: f64,
}

impl<'a> CachedSolver<'a> {
    fn new(problem: &'a ConeProblem) -> Self {
        Self {
            problem,
            full: problem.full_support(),
            solutions: BTreeMap::new(),
            worst_violation: 0.0,
        }
    }

    fn solve(&mut self, support: &Support) -> Result<&ConeSolution, SparseError> {
        if !self.solutions.contains_key(support) {
            let solution = self.problem.solve(support)?;
            self.worst_violation = (self.worst_violation).max(solution.certificate.infeasibility);
            self.solutions.insert(support.clone(), solution);
        }
        Ok(&self.solutions[support])
    }

    /// The support that thresholding at `lambda` no longer changes, and the solves to reach it.
    fn threshold(&mut self, lambda: f64, b_norm: f64) -> Result<(Support, usize), SparseError> {
        let norms = self.problem.column_norms();
        let mut support = self.full.clone();
        for iterations in 1.. {
            let weights = &self.solve(&support)?.weights;
            let kept = Support::from_columns(
                norms.len(),
                support.columns().filter(|&j| {
                    let share = norms[j] * weights[j].abs() / b_norm;
                    (lambda..=1.0 / lambda).contains(&share)
                }),
            );
            if kept == support {
                return Ok((support, iterations));
            }
            support = kept;
        }
        unreachable!("a support cannot shrink for ever")
    }
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
        Self {
            explained: system.image_norm(&least_squares),
            system,
            least_squares,
            fit_share,
        }
    }

    fn evaluate(&self, weights: &[f64], size: usize) -> f64 {
        let difference: Vec<f64> = (weights.iter().zip(&self.least_squares))
            .map(|(w, reference)| w - reference)
            .collect();
        let missing = self.system.image_norm(&difference);
        // Nothing can be explained if b is orthogonal to every column: then nothing is missing.
        let misfit = if self.explained > 0.0 { missing / self.explained } else { 0.0 };
        self.fit_share * misfit + (1.0 - self.fit_share) * size as f64 / weights.len() as f64
    }
}
