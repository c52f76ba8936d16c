//! The optimality conditions of Karush, Kuhn and Tucker, as numbers.

use std::fmt;

/// How far a solution is from the conditions of optimality, relative to `|b|`.
///
/// In the scaled problem `min |R u − c|² + γ²|u|²` subject to `C u ≤ 0`, with unit columns `R`,
/// unit rows `C`, and multipliers `μ ≥ 0` (exactly: negative ones are set to zero first):
///
/// ```text
/// infeasibility    max (C u)₊ / |b|
/// stationarity     max |Rᵀ(R u − c) + γ² u + Cᵀ μ| / |b|   over the support
/// complementarity  max |μ_i (C u)_i| / |b|²
/// ```
///
/// All three are computed from the problem's own matrices, not from the factors that the solver
/// made of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// Largest violation of a constraint.
    pub infeasibility: f64,
    /// Largest entry of the gradient of the Lagrangian.
    pub stationarity: f64,
    /// Largest product of a multiplier and its constraint.
    pub complementarity: f64,
}

impl Certificate {
    /// The certificate of a problem without columns.
    pub const EXACT: Self = Self {
        infeasibility: 0.0,
        stationarity: 0.0,
        complementarity: 0.0,
    };

    /// What a solution must reach: 1e-9, 1e-7 and 1e-8.
    pub const REQUIRED: Self = Self {
        infeasibility: 1e-9,
        stationarity: 1e-7,
        complementarity: 1e-8,
    };

    /// Whether every number is at most the required one; NaN never is.
    pub fn holds(&self) -> bool {
        self.excess() <= 1.0
    }

    /// The largest ratio to the required number; NaN if any number is NaN.
    pub fn excess(&self) -> f64 {
        crate::columns::largest([
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
            let certificate = Certificate {
                stationarity: bad,
                ..Certificate::EXACT
            };
            assert!(!certificate.holds(), "{certificate}");
        }
    }
}
