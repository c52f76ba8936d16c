//! Measurement noise from the positions themselves.

/// Sixth differences: (−1)^k binom(6, k).
const DIFFERENCES: [f64; 7] = [1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0];

/// Standard deviation of a normal variable over the median of its magnitude.
const SIGMA_PER_MEDIAN: f64 = 1.482_602_218_505_602;

/// Standard deviation of the measurement noise of one coordinate, in the unit of positions; none if no
/// segment has seven samples.
///
/// ```text
/// σ = 1.4826 median |Δ⁶x| / √binom(12, 6)
/// ```
///
/// over all windows of seven samples of all segments and dimensions. Sixth differences of a smooth
/// motion are small, those of white noise have 924 times its variance; the median bears with the few
/// samples where individuals turn sharply. Without noise this is what remains of the motion: an upper
/// bound.
///
/// # Source
/// T. Gasser, L. Sroka and C. Jennen-Steinmetz (1986), Biometrika 73, 625, for differences; P. J. Rousseeuw and C. Croux
/// (1993), J. Am. Stat. Assoc. 88, 1273, for the median of magnitudes.
#[must_use]
pub fn sixth_difference_noise<'a, const D: usize>(
    segments: impl IntoIterator<Item = &'a [[f64; D]]>,
) -> Option<f64> {
    let windows = segments.into_iter().flat_map(|segment| segment.windows(DIFFERENCES.len()));
    let difference = |window: &[[f64; D]], d: usize| -> f64 {
        DIFFERENCES.iter().zip(window).map(|(c, x)| c * x[d]).sum()
    };
    let mut sizes: Vec<f64> =
        windows.flat_map(|w| (0..D).map(move |d| difference(w, d).abs())).collect();
    if sizes.is_empty() {
        return None;
    }
    let middle = sizes.len() / 2;
    let (_, median, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
    let gain = DIFFERENCES.iter().map(|c| c * c).sum::<f64>().sqrt();
    Some(SIGMA_PER_MEDIAN * *median / gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_positions_by_hand() {
        // |Δ⁶| of ±1 is Σ binom(6, k) = 64.
        let signs = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0].map(|x| [x]);
        let expected = SIGMA_PER_MEDIAN * 64.0 / 924.0_f64.sqrt();
        let found = sixth_difference_noise([&signs[..], &signs[..5]]);
        assert!(found.is_some_and(|sigma| (sigma - expected).abs() < 1e-14), "{found:?}"); // rounding
        assert_eq!(sixth_difference_noise([&signs[..6], &signs[3..]]), None);
        let at_rest = [[1.0, 2.0]; 7];
        assert_eq!(sixth_difference_noise([&at_rest[..]]), Some(0.0));
    }

    /// Sixth differences of the fifth degree are rounding, of the sixth they are 6!.
    #[test]
    fn smooth_motion_is_no_noise() {
        let power = |n: i32| -> Vec<[f64; 1]> { (0..12).map(|k| [f64::from(k).powi(n)]).collect() };
        let noise = |n: i32| sixth_difference_noise([&power(n)[..]]);
        assert!(noise(5).is_some_and(|sigma| sigma < 1e-8)); // rounding of 11⁵
        let expected = SIGMA_PER_MEDIAN * 720.0 / 924.0_f64.sqrt();
        assert!(noise(6).is_some_and(|sigma| (sigma / expected - 1.0).abs() < 1e-6));
    }
}
