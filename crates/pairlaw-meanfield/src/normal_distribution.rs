//! Probabilities of intervals under the standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// `P(a < Z < b)` of a standard normal Z, for `a ≤ b`.
///
/// Relative error: about 1e-13, divided by the share of the tail beyond `|a|` that it is.
pub(crate) fn interval_probability(a: f64, b: f64) -> f64 {
    if a > 0.0 {
        upper_tail(a) - upper_tail(b)
    } else if b < 0.0 {
        upper_tail(-b) - upper_tail(-a)
    } else {
        1.0 - upper_tail(-a) - upper_tail(b)
    }
}

/// `P(Z > z)` for `z ≥ 0`: Kummer's series of positive terms near 0, Laplace's continued fraction far out.
///
/// # Source
/// Abramowitz, Stegun (1964), 7.1.6 and 7.1.14.
fn upper_tail(z: f64) -> f64 {
    let x = z * FRAC_1_SQRT_2;
    let gauss = (-x * x).exp() / PI.sqrt();
    if x > 2.5 {
        let fraction = (1..=80).rev().fold(x, |below, k| x + 0.5 * f64::from(k) / below);
        return 0.5 * gauss / fraction;
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term > 1e-18 * sum {
        n += 1.0;
        term *= x * x / (n + 0.5);
        sum += term;
    }
    0.5 - gauss * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.norm.sf.
    #[test]
    fn tails_are_those_of_the_tables() {
        let table = [
            (0.0, 0.5),
            (0.1, 0.460_172_162_722_971),
            (1.0, 0.158_655_253_931_457_07),
            (2.0, 0.022_750_131_948_179_195),
            (3.5, 2.326_290_790_355_250_6e-4),
            (3.6, 1.591_085_901_575_338_6e-4),
            (6.0, 9.865_876_450_376_946e-10),
            (20.0, 2.753_624_118_606_155_5e-89),
        ];
        for (z, expected) in table {
            let found = upper_tail(z);
            // Rounding: 1/2 is subtracted below z = 3.5.
            assert!((found - expected).abs() < 1e-12 * expected, "{z}: {found} {expected}");
        }
    }

    #[test]
    fn intervals_add_up_to_one() {
        let ends = [-40.0, -3.0, -0.2, 0.0, 0.7, 4.0, 40.0];
        let sum: f64 = ends.windows(2).map(|e| interval_probability(e[0], e[1])).sum();
        assert!((sum - 1.0).abs() < 1e-15, "{sum}");
        let (left, right) = (interval_probability(-4.0, -3.0), interval_probability(3.0, 4.0));
        assert!((left - right).abs() < 1e-18 && (left - 1.318_226_789_797_e-3).abs() < 1e-12);
    }
}
