//! Shape-preserving piecewise cubic Hermite interpolation (PCHIP) on a uniform grid.

/// Slopes at the samples of one uniform series, such that the cubic Hermite interpolant is
/// monotone wherever the samples are:
///
/// ```text
/// δ_k = (y_{k+1} − y_k)/Δt
/// m_k = 2 δ_{k−1} δ_k / (δ_{k−1} + δ_k)  if both have one sign, else 0    (inside)
/// m_0 = (3 δ_0 − δ_1)/2,  0 if its sign is not δ_0's,  at most 3|δ_0| if δ_1 has another sign
/// ```
///
/// The last slope mirrors the first. Two samples are joined by a line; the slope at a single
/// sample is 0.
///
/// `values` are the samples and `dt` the time between them; the slopes are in units of one by the
/// other.
///
/// # Source
/// Fritsch and Butland (1984), SIAM J. Sci. Stat. Comput. 5, eq. (4) for uniform steps; ends as in
/// Moler, *Numerical Computing with MATLAB* (2004), section 3.6, which `pchip` of MATLAB and
/// `PchipInterpolator` of SciPy share.
#[must_use]
pub fn pchip_slopes(values: &[f64], dt: f64) -> Vec<f64> {
    let chords: Vec<f64> = values.windows(2).map(|y| (y[1] - y[0]) / dt).collect();
    match chords[..] {
        [] => vec![0.0; values.len()],
        [chord] => vec![chord; 2],
        [first, second, ..] => {
            let n = chords.len();
            let start = end_slope(first, second);
            let inside = chords.windows(2).map(|c| inner_slope(c[0], c[1]));
            let end = end_slope(chords[n - 1], chords[n - 2]);
            std::iter::once(start).chain(inside).chain([end]).collect()
        }
    }
}

/// Harmonic mean of two chords of one sign.
fn inner_slope(before: f64, after: f64) -> f64 {
    if same_sign(before, after) {
        // In this order nothing under- or overflows before the result does.
        2.0 * before * (after / (before + after))
    } else {
        0.0
    }
}

/// Three-point slope at an end, limited to keep the shape.
fn end_slope(nearest: f64, next: f64) -> f64 {
    let slope = 1.5 * nearest - 0.5 * next;
    if !same_sign(slope, nearest) {
        0.0
    } else if !same_sign(nearest, next) && slope.abs() > 3.0 * nearest.abs() {
        3.0 * nearest
    } else {
        slope
    }
}

fn same_sign(a: f64, b: f64) -> bool {
    (a > 0.0 && b > 0.0) || (a < 0.0 && b < 0.0)
}

/// Weights of `[y_k, m_k, y_{k+1}, m_{k+1}]`, values and slopes at the ends of an interval, in the
/// cubic Hermite interpolant at `t_k + s·Δt`:
///
/// ```text
/// y(s) = (1+2s)(1−s)² y_k + s(1−s)² Δt m_k + s²(3−2s) y_{k+1} − s²(1−s) Δt m_{k+1}
/// ```
///
/// `fraction` is s in [0, 1] and `dt` the length of the interval. At s = 0 and s = 1 the weights
/// pick the samples themselves, to the last bit.
#[must_use]
pub fn hermite_weights(fraction: f64, dt: f64) -> [f64; 4] {
    let (s, rest) = (fraction, 1.0 - fraction);
    [
        (1.0 + 2.0 * s) * rest * rest,
        s * rest * rest * dt,
        s * s * (3.0 - 2.0 * s),
        -s * s * rest * dt,
    ]
}

#[cfg(test)]
mod tests {
    // Small whole numbers and weights 0 and 1: no rounding.
    #![allow(clippy::float_cmp)]

    use super::*;

    #[test]
    fn slopes_by_hand() {
        // Chords 1, 3, −2, 0 at dt = 2: (3·1 − 3)/2 = 0 is not of the sign of 1.
        let slopes = pchip_slopes(&[0.0, 2.0, 8.0, 4.0, 4.0], 2.0);
        assert_eq!(slopes, [0.0, 1.5, 0.0, 0.0, 0.0]);
        // Chords 1, −4: 3.5 is cut to 3. Chords −4, 1 from the other end: −6.5 stays.
        assert_eq!(pchip_slopes(&[0.0, 1.0, -3.0], 1.0), [3.0, 0.0, -6.5]);
    }

    #[test]
    fn short_series() {
        assert!(pchip_slopes(&[], 1.0).is_empty());
        assert_eq!(pchip_slopes(&[4.0], 1.0), [0.0]);
        assert_eq!(pchip_slopes(&[4.0, 5.0], 0.5), [2.0, 2.0]);
    }

    #[test]
    fn the_ends_of_an_interval_are_its_samples() {
        assert_eq!(hermite_weights(0.0, 0.3), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(hermite_weights(1.0, 0.3), [0.0, 0.0, 1.0, 0.0]);
    }
}
