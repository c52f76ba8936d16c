//! Figures over several runs.

/// Mean and standard deviation (divisor n − 1; 0 for one value).
pub(crate) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (square / (n - 1.0).max(1.0)).sqrt())
}

/// Root mean square error against the truth.
pub(super) fn rmse(values: &[f64], truth: f64) -> f64 {
    let square: f64 = values.iter().map(|x| (x - truth).powi(2)).sum();
    (square / values.len() as f64).sqrt()
}

/// Largest absolute error against the truth; NaN stays.
pub(super) fn largest_error(values: &[f64], truth: f64) -> f64 {
    largest(values.iter().map(|x| x - truth))
}

/// Largest absolute value; NaN stays.
pub(crate) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.map(f64::abs).fold(0.0, |a: f64, b| if b <= a || a.is_nan() { a } else { b })
}

/// Without the tiny negative values that differences leave in empty cells.
pub(super) fn positive(u: &[f64]) -> Vec<f64> {
    u.iter().map(|&u| if u < 0.0 { 0.0 } else { u }).collect()
}

/// `least–most`, or the one value.
pub(super) fn range(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let short =
        |x: f64| if (0.01..100.0).contains(&x) { format!("{x:.3}") } else { format!("{x:.1e}") };
    if values.len() < 2 { short(least) } else { format!("{}–{}", short(least), short(most)) }
}

/// Slope of a straight line through `(ln x, ln y)` by least squares.
pub(super) fn log_slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let (mx, my) =
        (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let above: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    above / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let (mean, deviation) = mean_and_deviation(&[1.0, 2.0, 6.0]);
        assert!((mean - 3.0).abs() < 1e-15 && (deviation - 7f64.sqrt()).abs() < 1e-15);
        assert!((rmse(&[1.0, 2.0, 6.0], 2.0) - (17.0f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((largest_error(&[1.0, 6.0, 2.0], 2.0) - 4.0).abs() < 1e-15);
        assert!(largest_error(&[1.0, f64::NAN, 2.0], 2.0).is_nan());
        assert_eq!(mean_and_deviation(&[5.0]), (5.0, 0.0));
        assert_eq!(positive(&[-1e-17, 2.0]), [0.0, 2.0]);
        assert!((log_slope(&[(1.0, 8.0), (4.0, 4.0), (16.0, 2.0)]) + 0.5).abs() < 1e-15);
        assert_eq!(range(&[1.0]), "1.000");
        assert_eq!(range(&[0.5, 2e-7]), "2.0e-7–0.500");
    }
}
