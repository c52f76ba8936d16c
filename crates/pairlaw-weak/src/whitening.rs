//! Generalised least squares: rows of which each weighs what it knows under measurement noise.

use std::ops::Range;

use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, Par, Side};
use pairlaw_sparse::LinearSystem;

/// Error of a row that measurement noise does not explain, relative to the root mean square of b.
const OTHER_ERRORS: f64 = 0.01;

/// Other variance over that of noise: below the first a Cholesky factor is rounding, above the
/// second there is no noise to speak of.
const VARIANCE_RATIOS: Range<f64> = 1e-8..1e8;

/// Divides blocks of rows, each of consecutive centres, by the Cholesky factor of their correlations
///
/// ```text
/// cov(b_q, b_q') = σ² Δt² Σ_s φ̈(t_s − t_q) φ̈(t_s − t_q') + s² δ_qq',   s = .01 rms b
/// ```
///
/// `derivatives` are the values of φ̈, or of φ̇ for laws of first order; `noise` is σ, positive. Neighbouring test functions overlap and share the noise of the positions,
/// most of it at the frequencies of φ̈; only what is left after the division is information.
pub(crate) fn whiten(
    system: &mut LinearSystem,
    blocks: &[Range<usize>],
    derivatives: &[f64],
    dt: f64,
    noise: f64,
) {
    let shared = autocorrelation(derivatives);
    let other = OTHER_ERRORS * norm(&system.b) / (system.b.len() as f64).sqrt();
    let ratio = (other / (noise * dt * shared[0].sqrt())).powi(2).max(VARIANCE_RATIOS.start);
    if !VARIANCE_RATIOS.contains(&ratio) {
        return;
    }
    let correlation = |i: usize, j: usize| match i.abs_diff(j) {
        0 => 1.0,
        lag => shared.get(lag).map_or(0.0, |c| c / shared[0] / (1.0 + ratio)),
    };
    for block in blocks {
        let correlations = Mat::from_fn(block.len(), block.len(), correlation);
        let factor = correlations.llt(Side::Lower).expect("overlaps plus a diagonal are positive");
        let n = block.len();
        let b = faer::MatMut::from_column_major_slice_mut(&mut system.b[block.clone()], n, 1);
        solve_lower_triangular_in_place(factor.L(), b, Par::Seq);
        let g = system.g.as_mut().subrows_mut(block.start, n);
        solve_lower_triangular_in_place(factor.L(), g, Par::Seq);
    }
}

/// `Σ_s y_s y_{s+lag}` for each lag.
fn autocorrelation(y: &[f64]) -> Vec<f64> {
    let lagged = |lag: usize| y.iter().zip(&y[lag..]).map(|(a, b)| a * b).sum();
    (0..y.len()).map(lagged).collect()
}

fn norm(y: &[f64]) -> f64 {
    y.iter().fold(0.0, |norm: f64, y| norm.hypot(*y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestFunction;
    use std::slice::from_ref;

    const PHI: TestFunction = TestFunction { half_width: 2, degree: 2 };

    fn system() -> LinearSystem {
        let g = Mat::from_fn(4, 1, |i, _| [1.0, 2.0, 0.0, -1.0][i]);
        LinearSystem { g, b: vec![3.0, 1.0, -2.0, 5.0] }
    }

    #[test]
    fn two_rows_by_hand() {
        // Δt = 2, φ = (1 − (t/4)²)²: φ̈(0) = −4/16, φ̈(±2) = (−4 + 12/4)/16 = −1/16, so that with
        // 16φ̈ = (−1, −4, −1) the overlaps are 18, 8, 1.
        assert_eq!(autocorrelation(&[-1.0, -4.0, -1.0]), [18.0, 8.0, 1.0]);
        let mut white = system();
        whiten(&mut white, &[0..2, 2..4], &PHI.second_derivatives(2.0), 2.0, 1e6);
        // So much noise that the ratio is its smallest, 1e-8: correlation 8/18 but for that, and
        // with L = [[1, 0], [c, √(1 − c²)]] the second row becomes (b_2 − c b_1)/√(1 − c²).
        let c: f64 = 4.0 / 9.0;
        let second = |first: f64, second: f64| (second - c * first) / (1.0 - c * c).sqrt();
        let expected = [3.0, second(3.0, 1.0), -2.0, second(-2.0, 5.0)];
        white.b.iter().zip(expected).for_each(|(b, e)| assert!((b - e).abs() < 1e-6, "{b}, {e}"));
        assert!((white.g[(1, 0)] - second(1.0, 2.0)).abs() < 1e-6);
        assert!((white.g[(3, 0)] - second(0.0, -1.0)).abs() < 1e-6);
    }

    #[test]
    fn next_to_no_noise_changes_no_bit() {
        let mut white = system();
        whiten(&mut white, from_ref(&(0..4)), &PHI.second_derivatives(2.0), 2.0, 1e-9);
        assert_eq!((white.b, white.g), (system().b, system().g));
    }

    #[test]
    fn a_ratio_of_one_halves_the_correlations() {
        // b has root mean square √(39/4); σ Δt √18/16 = s makes both variances equal.
        let s = 0.01 * (39.0_f64 / 4.0).sqrt();
        let mut white = system();
        whiten(
            &mut white,
            from_ref(&(0..2)),
            &PHI.second_derivatives(2.0),
            2.0,
            s * 16.0 / (2.0 * 18.0_f64.sqrt()),
        );
        let c: f64 = 2.0 / 9.0;
        // Rounding.
        assert!((white.b[1] - (1.0 - c * 3.0) / (1.0 - c * c).sqrt()).abs() < 1e-13);
        assert_eq!(white.b[2..], system().b[2..]);
    }

    #[test]
    fn individuals_at_rest_bear_it() {
        let mut rest = LinearSystem { b: vec![0.0; 4], ..system() };
        whiten(&mut rest, from_ref(&(0..4)), &PHI.second_derivatives(2.0), 2.0, 1.0);
        assert_eq!(rest.b, [0.0; 4]);
        assert!(rest.g.as_ref().norm_max().is_finite());
    }
}
