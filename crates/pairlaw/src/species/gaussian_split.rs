//! Step (e): cells that a law explains, told from the others by their validation errors.

use crate::species::error::SpeciesError;
use crate::species::sequential::SequentialConfig;
use pairlaw_cluster::{EmConfig, EmStatus, GaussianMixture, fit};
use pairlaw_data::Streams;

/// Errors count as if they were not below this or above its inverse.
const LEAST_ERROR: f64 = 1e-16;

/// Two Gaussians against one on the logarithms of validation errors.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianSplit {
    /// The Gaussian fitted to all.
    pub one: GaussianMixture,
    /// Its Bayesian information criterion.
    pub bic_one: f64,
    /// The trial with the highest likelihood; none if all collapsed.
    pub two: Option<GaussianMixture>,
    /// The mean criterion of all trials that did not collapse; infinite if all did.
    pub bic_two: f64,
    /// Trials that did not collapse onto a point.
    pub n_trials: usize,
    /// Of each error: the share of trials in which it belongs to the component of lowest mean, with
    /// two accepted Gaussians; 1 with one. 0 for an infinite or missing error.
    pub in_lowest: Vec<f64>,
}

/// Fits one and two Gaussians to log10 ΔV, two of them from random starts, and accepts two where
///
/// ```text
/// BIC(one) − mean BIC(two) > margin,   BIC = −2 ln L + p ln n
/// ```
///
/// Returns none with fewer than two different finite errors.
///
/// # Errors
/// What the fit reports.
///
/// # Source
/// Messenger et al. (2022), section 3.5 and appendix E.
pub fn split_errors(
    errors: &[Option<f64>],
    config: &SequentialConfig,
) -> Result<Option<GaussianSplit>, SpeciesError> {
    let log = |error: &Option<f64>| {
        let error = error.filter(|error| error.is_finite())?;
        Some(error.clamp(LEAST_ERROR, 1.0 / LEAST_ERROR).log10())
    };
    let logs: Vec<Option<f64>> = errors.iter().map(log).collect();
    let values: Vec<f64> = logs.iter().copied().flatten().collect();
    if values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq()) {
        return Ok(None);
    }
    let one = GaussianMixture::single(&values)?;
    let bic_one = one.bic(&values);
    let em = EmConfig {
        variance_floor: VARIANCE_FLOOR * one.components[0].variance,
        ..EmConfig::default()
    };
    let mut trials = Vec::new();
    for mut random in Streams::new(config.seed).take(config.n_trials) {
        let start = GaussianMixture::random_start(&values, 2, &mut random)?;
        let trial = fit(&values, &start, &em)?;
        if trial.status != EmStatus::Collapsed {
            trials.push(trial.mixture);
        }
    }
    let n_trials = trials.len();
    let bics: Vec<f64> = trials.iter().map(|trial| trial.bic(&values)).collect();
    let bic_two = match n_trials {
        0 => f64::INFINITY,
        n => bics.iter().sum::<f64>() / n as f64,
    };
    let share_in_lowest = |x: f64| {
        let votes = trials.iter().filter(|trial| is_in_lowest(trial, x)).count();
        if bic_one - bic_two > config.bic_margin { votes as f64 / n_trials as f64 } else { 1.0 }
    };
    let in_lowest = logs.iter().map(|log| log.map_or(0.0, share_in_lowest)).collect();
    let best = (0..n_trials).min_by(|a, b| bics[*a].total_cmp(&bics[*b]));
    let two = best.map(|best| trials.swap_remove(best));
    Ok(Some(GaussianSplit { one, bic_one, two, bic_two, n_trials, in_lowest }))
}

/// Added to variances, relative to that of all values: a component on a few equal values stays finite.
const VARIANCE_FLOOR: f64 = 1e-6;

/// Whether the component of lowest mean has the highest posterior.
fn is_in_lowest(mixture: &GaussianMixture, x: f64) -> bool {
    let means: Vec<f64> = mixture.components.iter().map(|c| c.mean).collect();
    let posteriors = mixture.posteriors(x);
    let lowest = usize::from(means[1] < means[0]);
    posteriors[lowest] > posteriors[1 - lowest]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(errors: &[f64]) -> Option<GaussianSplit> {
        let errors: Vec<Option<f64>> = errors.iter().map(|e| Some(*e)).collect();
        split_errors(&errors, &SequentialConfig::default()).unwrap()
    }

    /// Log-normal quantiles around `10^middle`.
    fn log_normal(middle: f64, n: usize) -> Vec<f64> {
        // Logistic quantiles: symmetric, close to a Gaussian's.
        let quantile = |p: f64| (p / (1.0 - p)).ln();
        (0..n).map(|i| 10f64.powf(middle + 0.1 * quantile((i as f64 + 0.5) / n as f64))).collect()
    }

    #[test]
    fn two_heaps_come_apart_and_one_does_not() {
        let errors = [log_normal(-3.0, 60), log_normal(-1.0, 40)].concat();
        let found = split(&errors).unwrap();
        assert!(found.bic_two < found.bic_one - 100.0);
        assert!(found.in_lowest[..60].iter().all(|share| *share > 0.99));
        assert!(found.in_lowest[60..].iter().all(|share| *share < 0.01));
        let one = split(&log_normal(-3.0, 60)).unwrap();
        assert!(one.in_lowest.iter().all(|share| *share >= 1.0));
    }

    #[test]
    fn infinite_and_missing_errors_are_never_in_the_lowest() {
        let mut errors: Vec<Option<f64>> = log_normal(-3.0, 30).into_iter().map(Some).collect();
        errors.extend([Some(f64::INFINITY), None]);
        let found = split_errors(&errors, &SequentialConfig::default()).unwrap().unwrap();
        assert_eq!(found.in_lowest[30..], [0.0, 0.0]);
        assert!(found.in_lowest[..30].iter().all(|share| *share >= 1.0));
    }

    #[test]
    fn equal_errors_and_a_collapsing_component_stay_finite() {
        assert!(split(&[0.01; 5]).is_none());
        assert!(split(&[0.01]).is_none());
        assert!(split(&[]).is_none());
        let spike = [vec![1e-3; 10], log_normal(-1.0, 20)].concat();
        let found = split(&spike).unwrap();
        assert!(found.in_lowest.iter().all(|share| share.is_finite()));
        assert!(found.bic_one.is_finite() && !found.bic_two.is_nan());
    }
}
