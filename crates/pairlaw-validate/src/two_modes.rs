//! Does a histogram have two modes? One Gaussian against two.

use pairlaw_cluster::{Component, EmConfig, EmStatus, GaussianMixture, fit};

use crate::ValidateError;

/// The Gaussians that describe values best, one against two.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoModes {
    /// The two Gaussians, that of the lesser mean first.
    pub components: [Component; 2],
    /// BIC of one Gaussian minus that of two; > 0 speaks for two.
    pub bic_gain: f64,
    /// Ashman's D, the distance of the means over their spread:
    ///
    /// ```text
    /// D = √2 |μ₁ − μ₂|/√(σ₁² + σ₂²)
    /// ```
    pub separation: f64,
}

impl TwoModes {
    /// Whether the values are bimodal: `bic_gain > 10` (very strong evidence) and
    /// `separation > 2` (two peaks, not one that is skewed or has heavy tails).
    ///
    /// **Bimodal parameters do not make two populations**: a fit of tracks of a single one may give
    /// them too. Compare with simulated controls of one and of two populations.
    ///
    /// # Source
    /// Kass and Raftery (1995), J. Am. Stat. Assoc. 90, 773–795, section 3.2; Ashman, Bird, Zepf
    /// (1994), Astron. J. 108, 2348–2361.
    #[must_use]
    pub fn bimodal(&self) -> bool {
        self.bic_gain > 10.0 && self.separation > 2.0
    }
}

/// Fits one and two Gaussians to values; none for the two if one of them collapses onto equal
/// values from every start, which speaks for neither.
///
/// The expectation maximisation starts from halves of the sorted values at the quartiles 1/4, 1/2
/// and 3/4; the fit of greatest likelihood counts. A variance is kept above 1e-6 of the whole.
///
/// # Errors
/// [`ValidateError::Mixture`] if there are not two different values, or one is not finite.
pub fn two_modes(values: &[f64]) -> Result<Option<TwoModes>, ValidateError> {
    let single = GaussianMixture::single(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let variance = single.components[0].variance;
    let config = EmConfig { variance_floor: 1e-6 * variance, ..EmConfig::default() };
    let mut best: Option<(f64, GaussianMixture)> = None;
    for quarter in 1..=3 {
        let (low, high) =
            sorted.split_at((quarter * sorted.len()).div_ceil(4).min(sorted.len() - 1));
        let component = |part: &[f64]| Component {
            weight: part.len() as f64 / sorted.len() as f64,
            mean: part.iter().sum::<f64>() / part.len() as f64,
            variance,
        };
        let start = GaussianMixture { components: vec![component(low), component(high)] };
        let fitted = fit(values, &start, &config)?;
        let likelihood = fitted.mixture.log_likelihood(values);
        let better = best.as_ref().is_none_or(|(most, _)| likelihood > *most);
        if fitted.status != EmStatus::Collapsed && better {
            best = Some((likelihood, fitted.mixture));
        }
    }
    Ok(best.map(|(_, mixture)| compare(values, &single, &mixture)))
}

fn compare(values: &[f64], single: &GaussianMixture, double: &GaussianMixture) -> TwoModes {
    let [mut a, mut b] = [double.components[0], double.components[1]];
    if b.mean < a.mean {
        (a, b) = (b, a);
    }
    TwoModes {
        components: [a, b],
        bic_gain: single.bic(values) - double.bic(values),
        separation: (2.0 / (a.variance + b.variance)).sqrt() * (b.mean - a.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a logistic law, a bell without random numbers.
    fn bell(n: usize, mean: f64, scale: f64) -> impl Iterator<Item = f64> {
        (0..n).map(move |k| {
            let p = (k as f64 + 0.5) / n as f64;
            mean + scale * (p / (1.0 - p)).ln()
        })
    }

    #[test]
    fn two_bells_are_told_from_one() {
        let two: Vec<_> = bell(100, 0.0, 0.3).chain(bell(60, 4.0, 0.3)).collect();
        let modes = two_modes(&two).unwrap().unwrap();
        assert!(modes.bimodal(), "{modes:?}");
        // Approximation of logistic laws by Gaussians.
        let [low, high] = modes.components;
        assert!(low.mean.abs() < 0.01 && (high.mean - 4.0).abs() < 0.01, "{modes:?}");
        assert!((low.weight - 0.625).abs() < 0.01, "{modes:?}");
        let one: Vec<_> = bell(160, 0.0, 1.0).collect();
        assert!(!two_modes(&one).unwrap().unwrap().bimodal());
        // Skewed, so that two Gaussians describe it better, but of one mode.
        let skewed: Vec<_> = bell(400, 0.0, 0.3).map(f64::exp).collect();
        let modes = two_modes(&skewed).unwrap().unwrap();
        assert!(modes.bic_gain > 10.0 && modes.separation < 2.0, "{modes:?}");
    }

    #[test]
    fn units_and_order_do_not_matter() {
        let values: Vec<_> = bell(70, 1.0, 0.2).chain(bell(50, 3.0, 0.4)).collect();
        let modes = two_modes(&values).unwrap().unwrap();
        let other: Vec<_> = values.iter().rev().map(|x| 5.0 - 100.0 * x).collect();
        let mirrored = two_modes(&other).unwrap().unwrap();
        // Tolerance of the iteration.
        assert!((modes.bic_gain - mirrored.bic_gain).abs() < 1e-3, "{modes:?} {mirrored:?}");
        assert!((modes.separation - mirrored.separation).abs() < 1e-3, "{modes:?} {mirrored:?}");
        assert!((5.0 - 100.0 * modes.components[0].mean - mirrored.components[1].mean).abs() < 0.1);
    }

    #[test]
    fn values_without_spread_are_refused_and_points_collapse() {
        for values in [&[][..], &[1.0, 1.0], &[0.0, f64::NAN]] {
            let error = two_modes(values).unwrap_err();
            assert!(matches!(error, ValidateError::Mixture(_)), "{error}");
        }
        assert_eq!(two_modes(&[0.0, 0.0, 1.0, 1.0, 1.0]).unwrap(), None);
    }
}
