//! Integrals over time from snapshots: the composite Simpson rule.

/// Weights of the values at `times` (an odd number of them) in the integral over time.
///
/// ```text
/// ∫ f dt ≈ Σ_s w_s f(t_s)
/// ```
///
/// Each pair of intervals integrates the parabola through its three values: Simpson's rule where
/// both are equal, of fourth order in their length. Where one is more than twice the other, a weight
/// would be negative and a covariance lose its sign: such a pair takes the trapezoidal rule.
pub(crate) fn simpson(times: &[f64]) -> Vec<f64> {
    let mut weights = vec![0.0; times.len()];
    for first in (0..times.len().saturating_sub(2)).step_by(2) {
        let (g, h) = (times[first + 1] - times[first], times[first + 2] - times[first + 1]);
        let both = g + h;
        let pair = if g.max(h) > 2.0 * g.min(h) {
            [0.5 * g, 0.5 * both, 0.5 * h]
        } else {
            [2.0 - h / g, both * both / (g * h), 2.0 - g / h].map(|w| w * both / 6.0)
        };
        weights[first..first + 3].iter_mut().zip(pair).for_each(|(sum, w)| *sum += w);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integral(times: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        simpson(times).iter().zip(times).map(|(w, t)| w * f(*t)).sum()
    }

    #[test]
    fn equal_intervals_are_simpsons() {
        let weights = simpson(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        let expected = [1.0, 4.0, 2.0, 4.0, 1.0].map(|w| w / 3.0);
        assert!(weights.iter().zip(expected).all(|(w, e)| (w - e).abs() < 1e-15), "{weights:?}");
        assert!((integral(&[0.0, 1.0, 2.0], |t| t.powi(3)) - 4.0).abs() < 1e-14);
    }

    #[test]
    fn unequal_intervals_integrate_parabolas_and_far_from_equal_ones_lines() {
        let square = |t: f64| 3.0 * t * t;
        assert!((integral(&[1.0, 1.6, 2.0], square) - 7.0).abs() < 1e-14);
        assert!((integral(&[0.0, 0.25, 1.0], |t| 2.0 * t) - 1.0).abs() < 1e-15);
        assert!((integral(&[0.0, 0.25, 1.0], square) - 1.0).abs() > 0.01);
        assert!(simpson(&[0.0, 0.1, 1.0]).iter().all(|w| *w > 0.0));
    }
}
