//! What is known of the errors of the rows: how a residual becomes a criterion.

/// A residual below this share of |y|² is rounding of the Gram matrix, not a better fit.
const ROUNDING: f64 = 1e-12;

/// The errors of the rows of a regression, independent and of one variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Variance 1: the rows were whitened, and the residual is χ².
    Known,
    /// Of a variance to be estimated. Rows that err together (neighbouring cells of a smooth
    /// density) are worth fewer: set `n_rows` to the number of independent ones.
    Unknown,
}

impl Noise {
    /// `−2 ln(likelihood)` up to a constant, the first part of an information criterion.
    ///
    /// ```text
    /// Known: χ²      Unknown: n ln(χ²/n)
    /// ```
    ///
    /// `residual` is χ² = |F ζ − y|², `response` |y|² and `n_rows` n. With unknown variance a
    /// residual below 1e-12 |y|² counts as 1e-12 |y|², so that rounding never decides.
    #[must_use]
    pub fn misfit(self, residual: f64, response: f64, n_rows: usize) -> f64 {
        let n = n_rows as f64;
        match self {
            Self::Known => residual,
            Self::Unknown if residual.is_nan() || response.is_nan() => f64::NAN,
            Self::Unknown if response > 0.0 => n * (residual.max(ROUNDING * response) / n).ln(),
            Self::Unknown => 0.0,
        }
    }

    /// The variance of a row: 1, or `χ²/(n − k)` for `k` fitted weights (NaN if n ≤ k).
    #[must_use]
    pub fn variance(self, residual: f64, n_rows: usize, n_weights: usize) -> f64 {
        match self {
            Self::Known => 1.0,
            Self::Unknown if n_rows > n_weights => residual / (n_rows - n_weights) as f64,
            Self::Unknown => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(Noise::Known.misfit(7.0, 9.0, 4).to_bits(), 7.0_f64.to_bits());
        // Rounding of a logarithm.
        assert!((Noise::Unknown.misfit(8.0, 9.0, 4) - 4.0 * 2.0_f64.ln()).abs() < 1e-14);
        let floor = Noise::Unknown.misfit(0.0, 4e12, 4);
        assert!(floor.abs() < 1e-14, "{floor}");
        assert_eq!(Noise::Unknown.misfit(0.0, 0.0, 4).to_bits(), 0);
        assert!(Noise::Unknown.misfit(f64::NAN, 9.0, 4).is_nan());
        assert!(Noise::Unknown.misfit(8.0, f64::NAN, 4).is_nan());
        assert!((Noise::Unknown.variance(6.0, 5, 2) - 2.0).abs() < 1e-15);
        assert!((Noise::Known.variance(6.0, 5, 2) - 1.0).abs() < 1e-15);
        assert!(Noise::Unknown.variance(6.0, 2, 2).is_nan());
    }
}
