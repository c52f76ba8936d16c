//! Wasserstein distances on the line, exactly, by quantile functions.

use crate::TransportError;

/// Negative cells are clipped if they are worth less than this of the mass: rounding of an FFT.
const CLIPPED: f64 = 1e-9;

/// The distance W₂ of two samples, each point with the same weight; the sizes may differ.
///
/// ```text
/// W₂² = ∫₀¹ (F⁻¹(t) − G⁻¹(t))² dt,   F⁻¹, G⁻¹ the quantile functions
/// ```
///
/// `x` and `y` are positions in any order; the result has their unit. Exact: no binning, and
/// O(n log n) for the sorting.
///
/// # Errors
///
/// [`TransportError::Empty`] and [`TransportError::NonFinite`].
///
/// # Source
///
/// Villani (2003), *Topics in Optimal Transportation*, theorem 2.18.
pub fn wasserstein2(x: &[f64], y: &[f64]) -> Result<f64, TransportError> {
    check_points("x", x)?;
    check_points("y", y)?;
    // The masses y.len() and x.len() are whole numbers, so that the sums of masses are exact.
    let (n, m) = (x.len() as f64, y.len() as f64);
    let squares = transport(points(x, |_| m), points(y, |_| n));
    Ok((squares / (n * m)).sqrt())
}

/// The distance W₂ of two weighted samples.
///
/// As [`wasserstein2`], with `weights_x` and `weights_y` in the order of the points; they are
/// normalised to sum 1 each.
///
/// # Errors
///
/// Those of [`wasserstein2`], [`TransportError::NegativeWeight`] and [`TransportError::NoMass`].
///
/// # Panics
///
/// If there is not one weight a point.
pub fn wasserstein2_weighted(
    x: &[f64],
    weights_x: &[f64],
    y: &[f64],
    weights_y: &[f64],
) -> Result<f64, TransportError> {
    let x = weighted(["x", "weights_x"], x, weights_x)?;
    let y = weighted(["y", "weights_y"], y, weights_y)?;
    Ok(transport(x, y).sqrt())
}

/// The distance W₂ of two densities on the same cells, each constant within a cell.
///
/// Cell `i` is `[lower + i h, lower + (i + 1) h)` with `h = spacing`; `u` and `v` are cell averages
/// of any mass, and are normalised. The integral of the squared difference of the quantile
/// functions, linear from cell to cell, is exact. Negative cells worth less than 1e-9 of the mass
/// count as zero.
///
/// # Errors
///
/// [`TransportError::Empty`], [`TransportError::NonFinite`], [`TransportError::NegativeDensity`],
/// [`TransportError::NoMass`] and [`TransportError::Grid`].
///
/// # Panics
///
/// If `u` and `v` differ in length.
pub fn wasserstein2_densities(
    lower: f64,
    spacing: f64,
    u: &[f64],
    v: &[f64],
) -> Result<f64, TransportError> {
    assert_eq!(u.len(), v.len(), "u has {} cells and v {}", u.len(), v.len());
    let u = cells("u", lower, spacing, u)?;
    let v = cells("v", lower, spacing, v)?;
    Ok(transport(u, v).sqrt())
}

/// The distance W₂ of a sample and a density on cells, as in [`wasserstein2_densities`].
///
/// Both are exact: the points are not binned. A sample of n points from the density itself is
/// still about `n^−½` away.
///
/// # Errors
///
/// Those of [`wasserstein2`] and [`wasserstein2_densities`].
pub fn wasserstein2_sample_density(
    x: &[f64],
    lower: f64,
    spacing: f64,
    u: &[f64],
) -> Result<f64, TransportError> {
    check_points("x", x)?;
    let share = 1.0 / x.len() as f64;
    Ok(transport(points(x, |_| share), cells("u", lower, spacing, u)?).sqrt())
}

/// Mass spread evenly from `left` to `right`, where it may be a point.
#[derive(Clone, Copy)]
struct Piece {
    left: f64,
    right: f64,
    mass: f64,
}

impl Piece {
    /// Where its first `mass` ends.
    fn quantile(self, mass: f64) -> f64 {
        if mass < self.mass {
            self.left + (self.right - self.left) * (mass / self.mass)
        } else {
            self.right
        }
    }
}

/// `∫ (F⁻¹ − G⁻¹)²` over the mass of two sequences of pieces, ascending and of the same mass.
fn transport(x: impl IntoIterator<Item = Piece>, y: impl IntoIterator<Item = Piece>) -> f64 {
    let (mut x, mut y) = (x.into_iter(), y.into_iter());
    let (mut next_x, mut next_y) = (x.next(), y.next());
    let mut sum = 0.0;
    // What one side has left when the other ends is rounding of the normalisation.
    while let (Some(p), Some(q)) = (next_x, next_y) {
        let mass = p.mass.min(q.mass);
        let (p_end, q_end) = (p.quantile(mass), q.quantile(mass));
        let (start, end) = (p.left - q.left, p_end - q_end);
        sum += mass * (start * start + start * end + end * end) / 3.0;
        let rest = |piece: Piece, left| {
            (piece.mass > mass).then_some(Piece { left, mass: piece.mass - mass, ..piece })
        };
        next_x = rest(p, p_end).or_else(|| x.next());
        next_y = rest(q, q_end).or_else(|| y.next());
    }
    sum
}

fn check_points(argument: &'static str, x: &[f64]) -> Result<(), TransportError> {
    if x.is_empty() {
        return Err(TransportError::Empty { argument });
    }
    match x.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(TransportError::NonFinite { argument, index, value: x[index] }),
        None => Ok(()),
    }
}

/// Points as pieces, ascending.
fn points(x: &[f64], mass: impl Fn(usize) -> f64) -> Vec<Piece> {
    let piece = |(i, &x): (usize, &f64)| Piece { left: x, right: x, mass: mass(i) };
    let mut pieces: Vec<Piece> = x.iter().enumerate().map(piece).collect();
    pieces.sort_by(|p, q| p.left.total_cmp(&q.left));
    pieces
}

fn weighted(
    [argument, weight]: [&'static str; 2],
    x: &[f64],
    weights: &[f64],
) -> Result<Vec<Piece>, TransportError> {
    let (n, m) = (x.len(), weights.len());
    assert_eq!(n, m, "{argument} has {n} points and {weight} {m} entries");
    check_points(argument, x)?;
    check_points(weight, weights)?;
    if let Some(index) = weights.iter().position(|&w| w < 0.0) {
        let value = weights[index];
        return Err(TransportError::NegativeWeight { argument: weight, index, value });
    }
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        Ok(points(x, |i| weights[i] / total))
    } else {
        Err(TransportError::NoMass { argument: weight })
    }
}

fn cells(
    argument: &'static str,
    lower: f64,
    spacing: f64,
    u: &[f64],
) -> Result<impl Iterator<Item = Piece>, TransportError> {
    for (name, value, good) in [("lower", lower, true), ("spacing", spacing, spacing > 0.0)] {
        if !(value.is_finite() && good) {
            return Err(TransportError::Grid { argument: name, value });
        }
    }
    check_points(argument, u)?;
    let positive: f64 = u.iter().filter(|&&u| u > 0.0).sum();
    let negative: f64 = u.iter().filter(|&&u| u < 0.0).map(|u| -u).sum();
    let lowest = (0..u.len()).min_by(|&i, &j| u[i].total_cmp(&u[j])).unwrap_or(0);
    if negative > CLIPPED * positive {
        let (value, share) = (u[lowest], negative / positive);
        return Err(TransportError::NegativeDensity { argument, index: lowest, value, share });
    }
    if positive <= 0.0 {
        return Err(TransportError::NoMass { argument });
    }
    Ok(u.iter().enumerate().map(move |(i, &u)| Piece {
        left: lower + spacing * i as f64,
        right: lower + spacing * (i + 1) as f64,
        mass: u.max(0.0) / positive,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    fn assert_close(found: Result<f64, TransportError>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() <= 1e-15 * (1.0 + expected), "{found} {expected}");
    }

    #[test]
    fn by_hand() {
        assert_close(wasserstein2(&[3.0, 0.0], &[1.0, 3.0]), 0.5_f64.sqrt());
        // Thirds against halves: 1/3 at 0 → 0, 1/6 at 1 → 0, 1/6 at 1 → 6, 1/3 at 2 → 6.
        let squares = 1.0 / 6.0 + 25.0 / 6.0 + 16.0 / 3.0;
        assert_close(wasserstein2(&[0.0, 1.0, 2.0], &[0.0, 6.0]), f64::sqrt(squares));
        let weighted = wasserstein2_weighted(&[1.0, 0.0], &[3.0, 1.0], &[2.0, 9.0], &[5.0, 0.0]);
        assert_close(weighted, (0.75_f64 + 1.0).sqrt());
    }

    #[test]
    fn densities_by_hand() {
        // Uniform on [0, 1] and on [0, 2]: quantiles t and 2t, ∫ t² = 1/3.
        assert_close(
            wasserstein2_densities(0.0, 1.0, &[5.0, 0.0], &[2.0, 2.0]),
            (1.0_f64 / 3.0).sqrt(),
        );
        // A point in the middle of [−1, 1].
        let found = wasserstein2_sample_density(&[0.0], -1.0, 1.0, &[1.0, 1.0]);
        assert_close(found, (1.0_f64 / 3.0).sqrt());
        // Rounding of an FFT is clipped.
        let found = wasserstein2_densities(0.0, 0.5, &[1.0, -1e-17, 0.0], &[0.0, -1e-17, 1.0]);
        assert_close(found, 1.0);
    }

    #[test]
    fn each_error() {
        use TransportError as E;
        let (argument, nan) = ("x", f64::NAN);
        assert_eq!(wasserstein2(&[], &[1.0]), Err(E::Empty { argument }));
        let error = wasserstein2(&[1.0], &[0.0, nan]).unwrap_err();
        assert!(matches!(error, E::NonFinite { argument: "y", index: 1, .. }), "{error}");
        let weighted = |w: &[f64]| wasserstein2_weighted(&[0.0, 1.0], &[1.0, 1.0], &[0.0, 1.0], w);
        let error = weighted(&[2.0, -1.0]);
        let argument = "weights_y";
        assert_eq!(error, Err(E::NegativeWeight { argument, index: 1, value: -1.0 }));
        assert_eq!(weighted(&[0.0, 0.0]), Err(E::NoMass { argument }));
        assert!(matches!(weighted(&[nan, 1.0]), Err(E::NonFinite { index: 0, .. })));
        let density =
            |lower, spacing, u: &[f64]| wasserstein2_sample_density(&[0.5], lower, spacing, u);
        assert!(matches!(density(nan, 1.0, &[1.0]), Err(E::Grid { argument: "lower", .. })));
        assert!(matches!(density(0.0, 0.0, &[1.0]), Err(E::Grid { argument: "spacing", .. })));
        assert_eq!(density(0.0, 1.0, &[0.0]), Err(E::NoMass { argument: "u" }));
        assert_eq!(density(0.0, 1.0, &[]), Err(E::Empty { argument: "u" }));
        let expected = E::NegativeDensity { argument: "u", index: 2, value: -0.5, share: 0.25 };
        assert_eq!(density(0.0, 1.0, &[2.0, 0.0, -0.5]), Err(expected));
    }

    #[test]
    #[should_panic(expected = "x has 2 points and weights_x 1 entries")]
    fn weights_of_another_length_panic() {
        let _ = wasserstein2_weighted(&[0.0, 1.0], &[1.0], &[0.0], &[1.0]);
    }
}
