//! Expectation maximisation for Gaussian mixtures in one dimension.

use crate::error::ClusterError;
use crate::gaussian_mixture::{Component, GaussianMixture, moments};

/// A component that holds less than this much of one value has vanished.
const SMALLEST_COUNT: f64 = 1e-3;

/// When to stop, and what to add to the variances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmConfig {
    /// Largest number of iterations, ≥ 1.
    pub max_iterations: usize,
    /// Converged where an iteration changes the mean log-likelihood ln L / n by less; 0 runs all
    /// iterations.
    pub tolerance: f64,
    /// ε, added to every variance in every iteration, in the unit of the values squared; 0 gives
    /// the plain algorithm.
    pub variance_floor: f64,
}

impl Default for EmConfig {
    /// 1000 iterations, 1e-10, no floor: the error left in a BIC is far below any margin used.
    fn default() -> Self {
        Self { max_iterations: 1000, tolerance: 1e-10, variance_floor: 0.0 }
    }
}

impl EmConfig {
    fn check(&self) -> Result<(), ClusterError> {
        let &Self { max_iterations, tolerance, variance_floor } = self;
        if max_iterations == 0 {
            return Err(ClusterError::NoIterations);
        }
        if !(tolerance.is_finite() && 0.0 <= tolerance) {
            return Err(ClusterError::BadTolerance { tolerance });
        }
        if !(variance_floor.is_finite() && 0.0 <= variance_floor) {
            return Err(ClusterError::BadVarianceFloor { variance_floor });
        }
        Ok(())
    }
}

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmStatus {
    /// The last iteration changed the mean log-likelihood by less than the tolerance.
    Converged,
    /// The iterations ran out.
    IterationLimit,
    /// A component shrank onto equal values or lost its values; see [`fit`]. Its likelihood means
    /// nothing: try another start or fewer components.
    Collapsed,
}

/// A fitted mixture; all its numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureFit {
    /// The mixture, its components in the order of the start.
    pub mixture: GaussianMixture,
    /// ln L of the mixture that *entered* each iteration, shape iterations. That of `mixture` is
    /// `mixture.log_likelihood(values)`.
    pub log_likelihood: Vec<f64>,
    /// How the fit ended.
    pub status: EmStatus,
}

/// Fits a mixture to values by expectation maximisation from a given start.
///
/// Each iteration takes the posteriors under the mixture (E step), then the moments weighted by
/// them (M step), then compares ln L with that of the iteration before:
///
/// ```text
/// E: r_ij = w_j N(x_i; μ_j, σ_j²) / Σ_l w_l N(x_i; μ_l, σ_l²),  ln L = Σ_i ln Σ_l w_l N(x_i; μ_l, σ_l²)
/// M: n_j = Σ_i r_ij,  w_j = n_j / n,  μ_j = Σ_i r_ij x_i / n_j,
///    s_j² = Σ_i r_ij (x_i − μ_j)² / n_j,  σ_j² = s_j² + ε
/// ```
///
/// Without a floor (ε = 0) ln L never falls, up to rounding. With one an iteration can lower it,
/// by at most `Σ_j (n_j/2) (ln(1 + ε/s_j²) − ε/(s_j² + ε))`, of second order in ε/s_j².
///
/// Collapse is told in two ways. The iteration stops before an M step that would leave a weight
/// below machine precision, or a variance at the rounding errors of the values: the mixture is
/// then the last one without. In any other fit the status tells it at the end, where the floor
/// makes up half or more of a variance (σ_j² ≤ 2ε), or a component holds less than a thousandth
/// of one value.
///
/// * `values`: shape n, one unit for all.
/// * `start`: for example [`GaussianMixture::random_start`].
///
/// # Errors
///
/// [`ClusterError::NoRows`], [`ClusterError::NonFinite`], [`ClusterError::TooFewDistinct`] and
/// [`ClusterError::BadSpread`] for the values, [`ClusterError::NoComponents`],
/// [`ClusterError::BadComponent`] and [`ClusterError::BadWeights`] for the start,
/// [`ClusterError::NoIterations`], [`ClusterError::BadTolerance`] and
/// [`ClusterError::BadVarianceFloor`] for the settings.
///
/// # Source
///
/// A. Dempster, N. Laird and D. Rubin, J. R. Statist. Soc. B 39 (1977), section 4.3. Order of the
/// steps, tolerance and floor (`reg_covar`) as in scikit-learn's `GaussianMixture`.
pub fn fit(
    values: &[f64],
    start: &GaussianMixture,
    config: &EmConfig,
) -> Result<MixtureFit, ClusterError> {
    config.check()?;
    moments(values, start.components.len())?;
    start.check()?;
    let n = values.len() as f64;
    let mut mixture = start.clone();
    let mut log_likelihood = Vec::new();
    let mut status = EmStatus::IterationLimit;
    for _ in 0..config.max_iterations {
        let (now, responsibilities) = e_step(&mixture, values);
        let before = log_likelihood.last().copied().unwrap_or(f64::NEG_INFINITY);
        log_likelihood.push(now);
        let Some(next) = m_step(values, &responsibilities, config.variance_floor) else {
            status = EmStatus::Collapsed;
            break;
        };
        mixture = next;
        if (now - before).abs() / n < config.tolerance {
            status = EmStatus::Converged;
            break;
        }
    }
    let has_collapsed =
        |c: &Component| c.variance <= 2.0 * config.variance_floor || c.weight * n < SMALLEST_COUNT;
    if mixture.components.iter().any(has_collapsed) {
        status = EmStatus::Collapsed;
    }
    Ok(MixtureFit { mixture, log_likelihood, status })
}

/// ln L, and the posteriors of each component, shape components × n.
fn e_step(mixture: &GaussianMixture, values: &[f64]) -> (f64, Vec<Vec<f64>>) {
    let mut posteriors = vec![0.0; mixture.components.len()];
    let mut responsibilities = vec![Vec::with_capacity(values.len()); posteriors.len()];
    let mut log_likelihood = 0.0;
    for &x in values {
        log_likelihood += mixture.expect(x, &mut posteriors);
        for (column, &r) in responsibilities.iter_mut().zip(&posteriors) {
            column.push(r);
        }
    }
    (log_likelihood, responsibilities)
}

/// The weighted moments, unless a component vanishes or shrinks to a point.
fn m_step(values: &[f64], responsibilities: &[Vec<f64>], floor: f64) -> Option<GaussianMixture> {
    let components = responsibilities.iter().map(|r| weighted_moments(values, r, floor));
    Some(GaussianMixture { components: components.collect::<Option<_>>()? })
}

fn weighted_moments(values: &[f64], responsibility: &[f64], floor: f64) -> Option<Component> {
    let pairs = || values.iter().zip(responsibility);
    let count: f64 = responsibility.iter().sum();
    let weight = count / values.len() as f64;
    if weight < f64::EPSILON {
        return None;
    }
    let mean = |about: f64| about + pairs().map(|(x, r)| r * (x - about)).sum::<f64>() / count;
    // Again about the first mean: exact to the last digit where all the weight is on equal values.
    let mean = mean(mean(0.0));
    let variance = pairs().map(|(x, r)| r * (x - mean).powi(2)).sum::<f64>() / count + floor;
    let largest = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let rounding = (4.0 * f64::EPSILON * largest).powi(2).max(f64::MIN_POSITIVE);
    (rounding < variance).then_some(Component { weight, mean, variance })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixture<const K: usize>(list: [(f64, f64, f64); K]) -> GaussianMixture {
        let component = |(weight, mean, variance)| Component { weight, mean, variance };
        GaussianMixture { components: list.map(component).to_vec() }
    }

    #[test]
    fn one_step_by_hand() {
        // Equal deviations and weights: r = 1 / (1 + e^(±2x)), at x = ±1 that is s and 1 − s.
        let start = mixture([(0.5, -1.0, 1.0), (0.5, 1.0, 1.0)]);
        let config = EmConfig { max_iterations: 1, tolerance: 0.0, variance_floor: 0.125 };
        let found = fit(&[-1.0, 1.0], &start, &config).unwrap();
        let mean = 1.0_f64.tanh();
        for (c, sign) in found.mixture.components.iter().zip([-1.0, 1.0]) {
            // Rounding.
            assert!((c.weight - 0.5).abs() < 1e-15);
            assert!((c.mean - sign * mean).abs() < 1e-15);
            assert!((c.variance - (1.0 - mean * mean + 0.125)).abs() < 1e-15);
        }
        let log_likelihood = start.log_likelihood(&[-1.0, 1.0]);
        assert!((found.log_likelihood[0] - log_likelihood).abs() < 1e-15);
        assert_eq!((found.log_likelihood.len(), found.status), (1, EmStatus::IterationLimit));
    }

    #[test]
    fn convergence_is_told() {
        let values = [-2.0, -1.9, -2.2, 3.0, 3.1, 2.8];
        let start = mixture([(0.5, -1.0, 1.0), (0.5, 1.0, 1.0)]);
        let found = fit(&values, &start, &EmConfig::default()).unwrap();
        assert_eq!(found.status, EmStatus::Converged);
        let [.., a, b] = found.log_likelihood[..] else { panic!() };
        assert!((a - b).abs() < 6e-10);
        // Rounding; the halves are 10 deviations apart.
        assert!((found.mixture.components[1].mean - 8.9 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_component_on_one_value_has_collapsed() {
        let values = [-0.3, 0.1, 0.2, 0.4, -0.1, 9.0];
        let start = mixture([(0.5, 0.0, 1.0), (0.5, 8.0, 1.0)]);
        for variance_floor in [0.0, 1e-12, 1e-3] {
            let config = EmConfig { variance_floor, ..EmConfig::default() };
            let found = fit(&values, &start, &config).unwrap();
            assert_eq!(found.status, EmStatus::Collapsed);
            assert!(found.mixture.log_likelihood(&values).is_finite());
            assert!(0.0 < found.mixture.components[1].variance);
        }
    }

    #[test]
    fn a_component_on_equal_values_has_collapsed() {
        // 7.1 is no binary fraction: the sum of a thousand is off by many last digits.
        let equal = vec![7.1; 1000];
        let equal_but_for_rounding = [7.1_f64, 7.1_f64.next_up()].repeat(500);
        let start = mixture([(0.1, 1.0, 1.0), (0.9, 6.0, 1.0)]);
        for mut values in [equal, equal_but_for_rounding] {
            values.extend([0.0, 1.0, 2.0]);
            let found = fit(&values, &start, &EmConfig::default()).unwrap();
            assert_eq!(found.status, EmStatus::Collapsed);
        }
    }

    #[test]
    fn a_component_without_values_has_collapsed() {
        let values = [-1.0, 0.0, 1.0, 2.0];
        for mean in [14.0, 60.0, 1e10] {
            let start = mixture([(0.5, 0.5, 1.0), (0.5, mean, 1.0)]);
            let found = fit(&values, &start, &EmConfig::default()).unwrap();
            assert_eq!((found.status, found.mixture), (EmStatus::Collapsed, start));
        }
        let start = mixture([(1.0 - 1e-9, 0.5, 1.0), (1e-9, 1.0, 1.0)]);
        let found = fit(&values, &start, &EmConfig { tolerance: 1e-3, ..EmConfig::default() });
        assert_eq!(found.unwrap().status, EmStatus::Collapsed);
    }

    #[test]
    fn bad_starts_are_told() {
        let start = |list| fit(&[0.0, 1.0], &list, &EmConfig::default()).unwrap_err();
        assert_eq!(start(mixture([])), ClusterError::NoComponents);
        for (weight, mean, variance) in [
            (0.0, 0.0, 1.0),
            (-1.0, 0.0, 1.0),
            (1.0, f64::INFINITY, 1.0),
            (1.0, 0.0, 0.0),
            (1.0, 0.0, -1.0),
            (1.0, 0.0, f64::INFINITY),
        ] {
            let expected = ClusterError::BadComponent { index: 0, weight, mean, variance };
            assert_eq!(start(mixture([(weight, mean, variance)])), expected);
        }
        let sum = ClusterError::BadWeights { sum: 0.75 };
        assert_eq!(start(mixture([(0.5, 0.0, 1.0), (0.25, 1.0, 1.0)])), sum);
        let nan = fit(&[0.0, f64::NAN], &mixture([(1.0, 0.0, 1.0)]), &EmConfig::default());
        assert!(matches!(nan, Err(ClusterError::NonFinite { index: 1, .. })));
    }

    #[test]
    fn bad_settings_are_told() {
        let good = EmConfig::default();
        let error = |config| fit(&[0.0, 1.0], &mixture([(1.0, 0.0, 1.0)]), &config).unwrap_err();
        assert_eq!(error(EmConfig { max_iterations: 0, ..good }), ClusterError::NoIterations);
        for x in [-1.0, f64::INFINITY] {
            let tolerance = error(EmConfig { tolerance: x, ..good });
            assert_eq!(tolerance, ClusterError::BadTolerance { tolerance: x });
            let floor = error(EmConfig { variance_floor: x, ..good });
            assert_eq!(floor, ClusterError::BadVarianceFloor { variance_floor: x });
        }
        assert!(matches!(
            error(EmConfig { tolerance: f64::NAN, ..good }),
            ClusterError::BadTolerance { .. }
        ));
    }
}
