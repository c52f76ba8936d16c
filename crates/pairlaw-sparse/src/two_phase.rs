//! Two-phase sparse regression: importance-sampled L1 and thresholds, then plain least squares.

use faer::Mat;
use rand::{Rng, RngExt};

use crate::coordinate_descent::descend;
use crate::{NormalEquations, SparseError};

/// Settings of [`two_phase`].
///
/// # Source
///
/// The defaults are our reading of Shi, Yang, Hong (2025), Algorithm 1, which prints the threshold
/// and leaves the rest open.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoPhaseConfig {
    /// Share of the time steps that an iteration draws, in (0, 1].
    pub share: f64,
    /// Draws at least this many steps (or all, if there are fewer).
    pub least: usize,
    /// L1 penalty relative to the largest moment of a unit column, in [0, 1). Noisy densities ask
    /// for more than the default, terms of very different sizes for no more.
    pub lambda: f64,
    /// Sweeps of coordinate descent an iteration. The cap is part of the method: it is an early
    /// stop, which regularises columns that nearly depend on each other.
    pub sweeps: usize,
    /// Threshold α relative to the largest scaled weight, in [0, 1).
    pub alpha: f64,
    /// Stops once this many iterations in a row changed no mask.
    pub unchanged: usize,
    /// Iterations at most.
    pub cap: usize,
    /// Which time steps an iteration uses.
    pub sampling: Sampling,
}

impl Default for TwoPhaseConfig {
    fn default() -> Self {
        Self {
            share: 0.2,
            least: 5,
            lambda: 0.02,
            sweeps: 300,
            alpha: 0.1,
            unchanged: 4,
            cap: 60,
            sampling: Sampling::Importance,
        }
    }
}

impl TwoPhaseConfig {
    /// Names a field that is out of range.
    ///
    /// # Errors
    ///
    /// [`SparseError::Setting`].
    pub fn check(&self) -> Result<(), SparseError> {
        let setting = |name, value, range| Err(SparseError::Setting { name, value, range });
        if !(self.share > 0.0 && self.share <= 1.0) {
            return setting("share", self.share, "in (0, 1]");
        }
        for (name, value) in [("lambda", self.lambda), ("alpha", self.alpha)] {
            if !(0.0..1.0).contains(&value) {
                return setting(name, value, "in [0, 1)");
            }
        }
        let counts = [("least", self.least), ("sweeps", self.sweeps)];
        for (name, count) in counts.into_iter().chain([("unchanged", self.unchanged)]) {
            if count == 0 {
                return setting(name, 0.0, "at least 1");
            }
        }
        Ok(())
    }
}

/// Which time steps an iteration of phase I uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Drawn without replacement, with probabilities in proportion to the residuals of the steps.
    Importance,
    /// Drawn without replacement, all alike.
    Uniform,
    /// All of them.
    All,
}

/// Why phase I stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoPhaseStatus {
    /// The mask did not change any more.
    Converged,
    /// The cap of iterations was reached.
    IterationCap,
    /// Every weight vanished: the terms explain nothing.
    AllMasked,
}

/// One iteration of phase I.
#[derive(Debug, Clone, PartialEq)]
pub struct Iteration {
    /// Weights after the threshold.
    pub weights: Vec<f64>,
    /// The mask.
    pub support: Vec<bool>,
    /// Mean over all steps of `|F_n ζ − y_n|²` at these weights.
    pub loss: f64,
    /// Steps that were used, ascending.
    pub steps: Vec<usize>,
}

/// What both phases found.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoPhase {
    /// One weight a term, by phase II; 0 outside the support.
    pub weights: Vec<f64>,
    /// The mask of phase I.
    pub support: Vec<bool>,
    /// Mean over all steps of `|F_n ζ − y_n|²`.
    pub loss: f64,
    /// Why phase I stopped.
    pub status: TwoPhaseStatus,
    /// Its iterations.
    pub history: Vec<Iteration>,
    /// Its sweeps of coordinate descent.
    pub n_sweeps: usize,
}

/// Learns a sparse law from the normal equations of all time steps in two phases.
///
/// ```text
/// phase I    E_n = |F_n ζ − y_n|²,   p_n = E_n / Σ E_n,   draw steps n ~ p
///            z ← argmin ½ Σ_drawn |F_n S⁻¹ z − y_n|² + λ max|c| |z|₁   (early stop, masked)
///            m_k ← m_k and |z_k| ≥ α max|z|,   ζ = S⁻¹ z,   until m settles
/// phase II   ζ ← argmin Σ_n |F_n ζ − y_n|² on the terms m
/// ```
///
/// `S` scales the columns to unit length over all steps, so that neither the penalty nor the
/// threshold depends on the units of a term; `c` are the scaled moments of the drawn steps. The
/// first weights are random: z uniform in ±|y|.
///
/// # Errors
///
/// [`SparseError::NoParts`] without steps, [`SparseError::Setting`],
/// [`SparseError::NonFiniteEquations`], and [`SparseError::DependentTerms`] if a term vanishes or
/// the terms that phase I kept cannot be told apart.
///
/// # Panics
///
/// If steps differ in their number of terms.
///
/// # Source
///
/// Shi, Yang, Hong (2025), Algorithm 1.
pub fn two_phase(
    steps: &[NormalEquations],
    config: &TwoPhaseConfig,
    rng: &mut impl Rng,
) -> Result<TwoPhase, SparseError> {
    config.check()?;
    steps.iter().try_for_each(NormalEquations::check)?;
    let total = sum(steps).ok_or(SparseError::NoParts)?;
    let scales = total.column_norms()?;
    let unit = |step: &NormalEquations| {
        step.mixed(&Mat::from_fn(scales.len(), scales.len(), |k, l| {
            if k == l { 1.0 / scales[k] } else { 0.0 }
        }))
    };
    let scaled: Vec<NormalEquations> = steps.iter().map(unit).collect();
    let mut phase = mask(&scaled, total.response.sqrt(), config, rng);
    for iteration in &mut phase.history {
        iteration.weights.iter_mut().zip(&scales).for_each(|(w, s)| *w /= s);
    }
    let solution = total.solve(&phase.support)?;
    phase.weights = solution.weights;
    phase.loss = solution.residual / steps.len() as f64;
    Ok(phase)
}

/// Phase I on unit columns: everything but the weights and the loss of phase II.
fn mask(
    steps: &[NormalEquations],
    length: f64,
    config: &TwoPhaseConfig,
    rng: &mut impl Rng,
) -> TwoPhase {
    let n_terms = steps[0].n_terms();
    let n_drawn = (config.share * steps.len() as f64).ceil() as usize;
    let n_drawn = n_drawn.max(config.least).min(steps.len());
    let mut z: Vec<f64> = (0..n_terms).map(|_| rng.random_range(-1.0..=1.0) * length).collect();
    let mut errors = residuals(steps, &z);
    let mut support = vec![true; n_terms];
    let (mut history, mut n_sweeps, mut n_unchanged) = (Vec::new(), 0, 0);
    let mut status = TwoPhaseStatus::IterationCap;
    while history.len() < config.cap {
        let drawn = draw(&errors, n_drawn, config.sampling, rng);
        n_sweeps += penalised(steps, &drawn, &support, config, &mut z);
        let kept = threshold(&mut z, config.alpha);
        n_unchanged = if kept == support { n_unchanged + 1 } else { 0 };
        errors = residuals(steps, &z);
        let loss = errors.iter().sum::<f64>() / steps.len() as f64;
        support.clone_from(&kept);
        history.push(Iteration { weights: z.clone(), support: kept, loss, steps: drawn });
        if !support.contains(&true) {
            status = TwoPhaseStatus::AllMasked;
            break;
        }
        if n_unchanged == config.unchanged {
            status = TwoPhaseStatus::Converged;
            break;
        }
    }
    TwoPhase { weights: Vec::new(), support, loss: f64::NAN, status, history, n_sweeps }
}

fn sum<'a>(steps: impl IntoIterator<Item = &'a NormalEquations>) -> Option<NormalEquations> {
    let mut steps = steps.into_iter();
    let mut total = steps.next()?.clone();
    steps.for_each(|step| total.add(step));
    Some(total)
}

fn residuals(steps: &[NormalEquations], z: &[f64]) -> Vec<f64> {
    steps.iter().map(|step| step.residual(z)).collect()
}

/// Draws steps, ascending.
///
/// Without replacement by the keys of Efraimidis and Spirakis (2006): the steps with the smallest
/// −ln(U)/E win, U uniform.
fn draw(errors: &[f64], n_drawn: usize, sampling: Sampling, rng: &mut impl Rng) -> Vec<usize> {
    let mut weight = |error: f64| match sampling {
        Sampling::All => 0.0,
        Sampling::Importance => -(1.0 - rng.random::<f64>()).ln() / error,
        Sampling::Uniform => rng.random(),
    };
    let keys: Vec<f64> = errors.iter().map(|&error| weight(error)).collect();
    let mut order: Vec<usize> = (0..errors.len()).collect();
    if sampling != Sampling::All {
        order.sort_by(|&i, &j| keys[i].total_cmp(&keys[j]));
        order.truncate(n_drawn);
        order.sort_unstable();
    }
    order
}

/// Moves the weights of the support towards the penalised optimum of the drawn steps.
fn penalised(
    steps: &[NormalEquations],
    drawn: &[usize],
    support: &[bool],
    config: &TwoPhaseConfig,
    z: &mut [f64],
) -> usize {
    let Some(pooled) = sum(drawn.iter().map(|&n| &steps[n])) else { return 0 };
    let active: Vec<usize> = (0..support.len()).filter(|&k| support[k]).collect();
    let largest = active.iter().fold(0.0_f64, |m, &k| m.max(pooled.moments[k].abs()));
    let lambda = config.lambda * largest;
    descend(&pooled.gram, &pooled.moments, lambda, &active, z, config.sweeps).0
}

/// Sets small weights to zero and says which are left.
fn threshold(z: &mut [f64], alpha: f64) -> Vec<bool> {
    let largest = z.iter().fold(0.0_f64, |m, z| m.max(z.abs()));
    let keep = |z: &mut f64| {
        let kept = *z != 0.0 && z.abs() >= alpha * largest;
        *z = if kept { *z } else { 0.0 };
        kept
    };
    z.iter_mut().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;
    use crate::LinearSystem;

    fn rng(seed: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed)
    }

    /// Ten steps of y = 2 x₀ − 3e4 x₂ exactly, the columns of very different units.
    fn steps() -> Vec<NormalEquations> {
        let mut draw = rng(1);
        let mut step = || {
            let g = Mat::from_fn(12, 3, |_, k| draw.random_range(-1.0..1.0) * [1.0, 1e3, 1e-4][k]);
            let b = (0..12).map(|i| 2.0 * g[(i, 0)] - 3e4 * g[(i, 2)]).collect();
            NormalEquations::new(&LinearSystem { g, b })
        };
        (0..10).map(|_| step()).collect()
    }

    #[test]
    fn finds_an_exact_law_whatever_the_sampling() {
        for sampling in [Sampling::Importance, Sampling::Uniform, Sampling::All] {
            let config = TwoPhaseConfig { sampling, ..TwoPhaseConfig::default() };
            let found = two_phase(&steps(), &config, &mut rng(2)).unwrap();
            assert_eq!(found.status, TwoPhaseStatus::Converged, "{sampling:?}");
            assert_eq!(found.support, [true, false, true], "{sampling:?}");
            // Rounding of a Gram matrix of 120 rows.
            assert!((found.weights[0] - 2.0).abs() < 1e-12, "{found:?}");
            assert!((found.weights[2] + 3e4).abs() < 1e-8, "{found:?}");
            assert!(found.loss < 1e-12);
            let n_drawn = if sampling == Sampling::All { 10 } else { 5 };
            assert!(found.history.iter().all(|iteration| iteration.steps.len() == n_drawn));
        }
    }

    #[test]
    fn the_loss_of_an_iteration_is_that_of_its_weights() {
        let found = two_phase(&steps(), &TwoPhaseConfig::default(), &mut rng(3)).unwrap();
        for iteration in &found.history {
            let of_step = |step: &NormalEquations| step.residual(&iteration.weights);
            let loss = steps().iter().map(of_step).sum::<f64>() / 10.0;
            // Rounding, relative to |y|² = O(10).
            assert!((iteration.loss - loss).abs() < 1e-12, "{} {loss}", iteration.loss);
        }
    }

    #[test]
    fn draws_follow_the_errors() {
        // Two of three steps, with weights 1, 2, 0: the third only where it must.
        let mut random = rng(4);
        let mut first = 0;
        for _ in 0..3000 {
            assert_eq!(draw(&[1.0, 2.0, 0.0], 2, Sampling::Importance, &mut random), [0, 1]);
            first +=
                usize::from(draw(&[1.0, 2.0, 0.0], 1, Sampling::Importance, &mut random) == [0]);
        }
        // Statistical: 4 standard errors of a binomial of p = 1/3.
        assert!((first as f64 - 1000.0).abs() < 4.0 * 25.9, "{first}");
        // No errors at all: any step will do.
        assert_eq!(draw(&[0.0; 4], 2, Sampling::Importance, &mut random).len(), 2);
    }

    #[test]
    fn a_response_of_zeros_masks_everything() {
        let mut steps = steps();
        steps.iter_mut().for_each(|step| (step.moments, step.response) = (vec![0.0; 3], 0.0));
        let found = two_phase(&steps, &TwoPhaseConfig::default(), &mut rng(5)).unwrap();
        assert_eq!((found.status, found.weights), (TwoPhaseStatus::AllMasked, vec![0.0; 3]));
    }

    #[test]
    fn the_cap_is_a_status_and_bad_settings_are_errors() {
        let config = TwoPhaseConfig { cap: 2, ..TwoPhaseConfig::default() };
        let found = two_phase(&steps(), &config, &mut rng(6)).unwrap();
        assert_eq!((found.status, found.history.len()), (TwoPhaseStatus::IterationCap, 2));
        let bad = |change: fn(&mut TwoPhaseConfig)| {
            let mut config = TwoPhaseConfig::default();
            change(&mut config);
            match two_phase(&steps(), &config, &mut rng(7)) {
                Err(SparseError::Setting { name, .. }) => name,
                _ => "none",
            }
        };
        assert_eq!(bad(|c| c.share = 0.0), "share");
        assert_eq!(bad(|c| c.lambda = 1.0), "lambda");
        assert_eq!(bad(|c| c.alpha = f64::NAN), "alpha");
        assert_eq!(bad(|c| c.least = 0), "least");
        assert_eq!(bad(|c| c.sweeps = 0), "sweeps");
        assert_eq!(bad(|c| c.unchanged = 0), "unchanged");
        let none = two_phase(&[], &TwoPhaseConfig::default(), &mut rng(8));
        assert_eq!(none, Err(SparseError::NoParts));
    }

    #[test]
    fn a_term_that_vanishes_is_named() {
        let mut steps = steps();
        for step in &mut steps {
            (0..3).for_each(|k| (step.gram[(1, k)], step.gram[(k, 1)]) = (0.0, 0.0));
        }
        let error = two_phase(&steps, &TwoPhaseConfig::default(), &mut rng(9)).unwrap_err();
        assert_eq!(error, SparseError::DependentTerms { first: 1, second: 1 });
    }
}
