//! Mixtures of Gaussians in one dimension: density, posteriors, likelihood, starts.

use std::f64::consts::TAU;

use rand::{Rng, RngExt};

use crate::error::ClusterError;

/// Distances from a mean are cut here, in standard deviations, so that no square overflows.
const FARTHEST: f64 = 1e150;

/// One Gaussian of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// Share of the whole, > 0.
    pub weight: f64,
    /// Mean, in the unit of the values.
    pub mean: f64,
    /// Variance σ², not the standard deviation, > 0.
    pub variance: f64,
}

/// A weighted sum of Gaussian densities; the weights add up to one.
///
/// ```text
/// p(x) = Σ_j w_j N(x; μ_j, σ_j²),  N(x; μ, σ²) = exp(−(x − μ)²/(2σ²)) / (2πσ²)^½
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    /// The Gaussians, in no particular order.
    pub components: Vec<Component>,
}

impl GaussianMixture {
    /// The one Gaussian of largest likelihood: the values' mean and their variance, divided by n.
    ///
    /// # Errors
    ///
    /// [`ClusterError::NoRows`], [`ClusterError::NonFinite`], [`ClusterError::BadSpread`].
    pub fn single(values: &[f64]) -> Result<Self, ClusterError> {
        let (mean, variance) = moments(values, 1)?;
        Ok(Self { components: vec![Component { weight: 1.0, mean, variance }] })
    }

    /// A start for [`fit`](crate::fit): equal weights, means drawn from the values without
    /// replacement, all variances that of the values.
    ///
    /// A value that was drawn before is drawn again, because two equal components stay equal.
    ///
    /// # Errors
    ///
    /// As [`single`](Self::single), and [`ClusterError::NoComponents`],
    /// [`ClusterError::TooFewDistinct`].
    ///
    /// # Source
    ///
    /// MATLAB, `fitgmdist` with `'Start', 'randSample'`.
    pub fn random_start(
        values: &[f64],
        n_components: usize,
        rng: &mut impl Rng,
    ) -> Result<Self, ClusterError> {
        let (_, variance) = moments(values, n_components)?;
        let weight = 1.0 / n_components as f64;
        let means = draw_distinct(values, n_components, rng);
        let component = |mean| Component { weight, mean, variance };
        Ok(Self { components: means.into_iter().map(component).collect() })
    }

    /// The density p(x), in 1 / unit of `x`; zero where it underflows.
    pub fn density(&self, x: f64) -> f64 {
        self.log_density(x).exp()
    }

    /// The summands w_j N(x; μ_j, σ_j²) of the density, shape components.
    pub fn component_densities(&self, x: f64) -> Vec<f64> {
        self.components.iter().map(|c| c.log_weighted_density(x).exp()).collect()
    }

    /// The probability of each component given `x`, shape components.
    ///
    /// ```text
    /// r_j(x) = w_j N(x; μ_j, σ_j²) / p(x)
    /// ```
    ///
    /// Quotients are taken between logarithms, so that they are right where every density
    /// underflows. Distances are cut at 1e150 standard deviations: no `x` but NaN gives NaN.
    pub fn posteriors(&self, x: f64) -> Vec<f64> {
        let mut posteriors = vec![0.0; self.components.len()];
        self.expect(x, &mut posteriors);
        posteriors
    }

    /// The log-likelihood of independent values, ln L = Σ_i ln p(x_i).
    pub fn log_likelihood(&self, values: &[f64]) -> f64 {
        values.iter().map(|&x| self.log_density(x)).sum()
    }

    /// The number of free parameters, 3k − 1 for k components.
    pub fn n_parameters(&self) -> usize {
        (3 * self.components.len()).saturating_sub(1)
    }

    /// The Bayesian information criterion; the lower, the better.
    ///
    /// ```text
    /// BIC = −2 ln L + p ln n,  p = 3k − 1
    /// ```
    ///
    /// # Source
    ///
    /// G. Schwarz, Ann. Statist. 6 (1978), times −2.
    pub fn bic(&self, values: &[f64]) -> f64 {
        let penalty = self.n_parameters() as f64 * (values.len() as f64).ln();
        penalty - 2.0 * self.log_likelihood(values)
    }

    fn log_density(&self, x: f64) -> f64 {
        self.expect(x, &mut vec![0.0; self.components.len()])
    }

    /// Writes the posteriors and returns ln p(x).
    pub(crate) fn expect(&self, x: f64, posteriors: &mut [f64]) -> f64 {
        for (p, component) in posteriors.iter_mut().zip(&self.components) {
            *p = component.log_weighted_density(x);
        }
        let largest = posteriors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for p in &mut *posteriors {
            *p = (*p - largest).exp();
            sum += *p;
        }
        for p in posteriors {
            *p /= sum;
        }
        largest + sum.ln()
    }

    pub(crate) fn check(&self) -> Result<(), ClusterError> {
        for (index, &Component { weight, mean, variance }) in self.components.iter().enumerate() {
            let is_positive = |x: f64| x.is_normal() && 0.0 < x;
            if !(is_positive(weight) && mean.is_finite() && is_positive(variance)) {
                return Err(ClusterError::BadComponent { index, weight, mean, variance });
            }
        }
        let sum: f64 = self.components.iter().map(|c| c.weight).sum();
        // Rounding, with room for weights typed with nine digits.
        if 1e-8 < (sum - 1.0).abs() {
            return Err(ClusterError::BadWeights { sum });
        }
        Ok(())
    }
}

impl Component {
    fn log_weighted_density(&self, x: f64) -> f64 {
        let z = ((x - self.mean) / self.variance.sqrt()).clamp(-FARTHEST, FARTHEST);
        self.weight.ln() - 0.5 * (TAU.ln() + self.variance.ln() + z * z)
    }
}

/// Mean and variance (divided by n) of values that can carry so many components.
pub(crate) fn moments(values: &[f64], n_components: usize) -> Result<(f64, f64), ClusterError> {
    if n_components == 0 {
        return Err(ClusterError::NoComponents);
    }
    if values.is_empty() {
        return Err(ClusterError::NoRows);
    }
    if let Some(index) = values.iter().position(|x| !x.is_finite()) {
        return Err(ClusterError::NonFinite { index, value: values[index] });
    }
    let n_distinct = count_distinct(values);
    if n_distinct < n_components {
        return Err(ClusterError::TooFewDistinct { n_distinct, n_components });
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    if n_distinct == 1 || !variance.is_normal() {
        // Equal values have a variance of rounding errors.
        let variance = if n_distinct == 1 { 0.0 } else { variance };
        return Err(ClusterError::BadSpread { variance });
    }
    Ok((mean, variance))
}

fn count_distinct(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    sorted.len()
}

/// The first so many different values of a random permutation.
fn draw_distinct(values: &[f64], n: usize, rng: &mut impl Rng) -> Vec<f64> {
    let mut left = values.to_vec();
    let mut drawn = Vec::with_capacity(n);
    while drawn.len() < n {
        let x = left.swap_remove(rng.random_range(..left.len()));
        if !drawn.contains(&x) {
            drawn.push(x);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use rand::rand_core::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn component(weight: f64, mean: f64, variance: f64) -> Component {
        Component { weight, mean, variance }
    }

    #[test]
    fn standard_normal_at_zero() {
        let normal = GaussianMixture { components: vec![component(1.0, 0.0, 1.0)] };
        // Rounding, here and below.
        assert!((normal.density(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
        assert!((normal.density(2.0) / normal.density(0.0) - (-2.0_f64).exp()).abs() < 1e-15);
        assert_eq!(normal.n_parameters(), 2);
        // −2 ln L = 3 ln 2π + 5 and p ln n = 2 ln 3 for 0, 1, 2.
        let expected = 3.0 * TAU.ln() + 5.0 + 2.0 * 3.0_f64.ln();
        assert!((normal.bic(&[0.0, 1.0, 2.0]) - expected).abs() < 1e-14);
    }

    #[test]
    fn posteriors_halfway_are_the_weights() {
        let components = vec![component(0.25, -1.0, 2.0), component(0.75, 3.0, 2.0)];
        let mixture = GaussianMixture { components };
        let [a, b] = mixture.posteriors(1.0)[..] else { panic!() };
        assert!((a - 0.25).abs() < 1e-15 && (b - 0.75).abs() < 1e-15);
        assert_eq!(mixture.n_parameters(), 5);
    }

    #[test]
    fn far_out_the_widest_component_has_all() {
        let components = vec![component(0.9, 0.0, 1.0), component(0.1, 0.0, 4.0)];
        let mixture = GaussianMixture { components };
        for x in [1e2, -1e10, 1e149] {
            assert_eq!((mixture.density(x), mixture.posteriors(x)), (0.0, vec![0.0, 1.0]));
            assert!(mixture.log_likelihood(&[x]).is_finite());
        }
        assert!(mixture.posteriors(-f64::MAX).iter().all(|p| p.is_finite()));
        assert!(mixture.posteriors(f64::NAN).iter().all(|p| p.is_nan()));
        assert!(mixture.log_likelihood(&[0.0, f64::NAN]).is_nan());
    }

    #[test]
    fn single_has_the_moments() {
        let single = GaussianMixture::single(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert_eq!(single.components, [component(1.0, 3.0, 3.5)]);
    }

    #[test]
    fn each_value_is_drawn_equally_often() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let values = [0.0, 0.0, 1.0, 2.0];
        let mut n_zero_first = 0;
        for _ in 0..4000 {
            let drawn = draw_distinct(&values, 2, &mut rng);
            n_zero_first += u32::from(drawn[0].to_bits() == 0);
        }
        // Statistical: half of the draws, 4 standard errors of 32.
        assert!(n_zero_first.abs_diff(2000) < 127, "{n_zero_first}");
    }

    #[test]
    fn bad_values_are_told() {
        use ClusterError::{BadSpread, NoComponents, NoRows, NonFinite, TooFewDistinct};
        let start = |values: &[f64], k| {
            GaussianMixture::random_start(values, k, &mut Xoshiro256PlusPlus::seed_from_u64(1))
        };
        assert_eq!(GaussianMixture::single(&[]), Err(NoRows));
        assert_eq!(start(&[1.0], 0), Err(NoComponents));
        let infinite = NonFinite { index: 1, value: f64::INFINITY };
        assert_eq!(GaussianMixture::single(&[0.0, f64::INFINITY]), Err(infinite));
        let few = TooFewDistinct { n_distinct: 2, n_components: 3 };
        assert_eq!(start(&[1.0, 2.0, 1.0, 2.0], 3), Err(few));
        assert_eq!(start(&[0.0, -0.0], 2), Err(TooFewDistinct { n_distinct: 1, n_components: 2 }));
        assert_eq!(GaussianMixture::single(&[0.1; 3]), Err(BadSpread { variance: 0.0 }));
        let huge = GaussianMixture::single(&[-1e200, 1e200]);
        assert_eq!(huge, Err(BadSpread { variance: f64::INFINITY }));
    }
}
