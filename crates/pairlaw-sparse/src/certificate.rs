//! The optimality conditions of Karush, Kuhn and Tucker, as numbers.

use std::fmt;

use crate::columns::largest;

/// Multipliers above the inverse of this times `|b|` widen the scale of stationarity.
const ROUNDING: f64 = 1e-8;

/// By this at most.
const STEEPEST: f64 = 1e3;

/// How far a solution is from the conditions of optimality, relative to `|b|`.
///
/// In the scaled problem `min |R u − c|² + γ²|u|²` subject to `C u ≤ 0`, with unit columns `R`,
/// unit rows `C`, and multipliers `μ ≥ 0` (exactly: negative ones are set to zero first):
///
/// ```text
/// infeasibility    max (C u)₊ / |b|
/// stationarity     max |Rᵀ(R u − c) + γ² u + Cᵀ μ| / σ   over the support
/// complementarity  max |min(μ_i, −(C u)_i)| / |b|
///
/// σ = |b| min(max(1, 1e-8 max μ / |b|), 1e3)
/// ```
///
/// All three are computed from the problem's own matrices, not from the factors that the solver
/// made of them. On a thin cone multipliers reach 1e10 |b|; rounding them alone leaves a gradient
/// of 1e-6 |b|, which is why `σ` grows with them. The natural residual `min(μ, −C u)` measures
/// complementarity without the product of a large multiplier and a rounding error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// Largest violation of a constraint.
    pub infeasibility: f64,
    /// Largest entry of the gradient of the Lagrangian.
    pub stationarity: f64,
    /// Largest natural residual of a multiplier and its constraint.
    pub complementarity: f64,
}

impl Certificate {
    /// Measures multipliers `μ`, constraint values `C u` and the gradient of the Lagrangian.
    pub(crate) fn measure(
        multipliers: &[f64],
        values: &[f64],
        gradient: &[f64],
        b_norm: f64,
    ) -> Self {
        let positive = |x: f64| if x < 0.0 { 0.0 } else { x };
        let natural = |(&mu, &value): (&f64, &f64)| {
            let mu = positive(mu);
            if mu < -value { mu } else { value }
        };
        let steepness = ROUNDING * largest(multipliers.iter().copied()) / b_norm;
        let scale = b_norm * steepness.clamp(1.0, STEEPEST);
        Self {
            infeasibility: largest(values.iter().map(|&value| positive(value))) / b_norm,
            stationarity: largest(gradient.iter().copied()) / scale,
            complementarity: largest(multipliers.iter().zip(values).map(natural)) / b_norm,
        }
    }

    /// The certificate of a problem without columns.
    pub const EXACT: Self = Self { infeasibility: 0.0, stationarity: 0.0, complementarity: 0.0 };

    /// What a solution must reach: 1e-8, 1e-7 and 1e-8.
    pub const REQUIRED: Self =
        Self { infeasibility: 1e-8, stationarity: 1e-7, complementarity: 1e-8 };

    /// Whether every number is at most the required one; NaN never is.
    pub fn holds(&self) -> bool {
        self.excess() <= 1.0
    }

    /// The largest ratio to the required number; NaN if any number is NaN.
    pub fn excess(&self) -> f64 {
        largest([
            self.infeasibility / Self::REQUIRED.infeasibility,
            self.stationarity / Self::REQUIRED.stationarity,
            self.complementarity / Self::REQUIRED.complementarity,
        ])
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "infeasibility {:.1e}, stationarity {:.1e}, complementarity {:.1e}",
            self.infeasibility, self.stationarity, self.complementarity
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_never_holds() {
        assert!(Certificate::EXACT.holds());
        assert!(Certificate::REQUIRED.holds());
        for bad in [f64::NAN, 1.1e-7, f64::INFINITY] {
            let certificate = Certificate { stationarity: bad, ..Certificate::EXACT };
            assert!(!certificate.holds(), "{certificate}");
        }
    }

    #[test]
    fn hand_computed_numbers() {
        let multipliers = [2.0, -1.0, 0.0];
        let values = [0.5, -3.0, 0.25];
        let certificate = Certificate::measure(&multipliers, &values, &[0.1, -0.4], 2.0);
        let expected =
            Certificate { infeasibility: 0.25, stationarity: 0.2, complementarity: 0.25 };
        assert_eq!(certificate, expected);
        let steep = Certificate::measure(&[4e9, 0.0], &[-1.0, 0.0], &[0.1, -0.4], 2.0);
        // Rounding of a quotient: σ = 20 |b|.
        assert!((steep.stationarity - 0.01).abs() < 1e-16);
        assert_eq!(steep.infeasibility.to_bits(), 0);
        assert_eq!(steep.complementarity.to_bits(), 0.5_f64.to_bits());
    }
}
