//! Least squares with an L1 penalty by cyclic coordinate descent on the Gram matrix.

use faer::Mat;

use crate::{NormalEquations, SparseError};

/// A sweep that moves no coordinate by more than this, relative to the largest, is the last.
const TOLERANCE: f64 = 1e-12;

/// Where coordinate descent ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Lasso {
    /// One weight a term.
    pub weights: Vec<f64>,
    /// Sweeps over all terms.
    pub n_sweeps: usize,
    /// Whether the last sweep moved nothing, rather than the cap being reached.
    pub converged: bool,
}

/// Minimises
///
/// ```text
/// ½ |F ζ − y|² + λ |ζ|₁
/// ```
///
/// from `start` (one weight a term) in at most `max_sweeps` sweeps. The penalty treats all columns
/// alike: scale them first. A column of zeros gets weight 0.
///
/// # Errors
///
/// [`SparseError::Setting`] if λ is negative or not finite;
/// [`SparseError::NonFiniteEquations`].
///
/// # Panics
///
/// If `start` has not one weight a term.
///
/// # Source
///
/// Friedman, Hastie, Tibshirani (2010), *Regularization paths for generalized linear models via
/// coordinate descent*, section 2.2 ("covariance updates").
pub fn lasso(
    equations: &NormalEquations,
    lambda: f64,
    start: &[f64],
    max_sweeps: usize,
) -> Result<Lasso, SparseError> {
    let n = equations.n_terms();
    assert_eq!(n, start.len(), "{n} terms but a start of {} weights", start.len());
    equations.check()?;
    if !(lambda >= 0.0 && lambda.is_finite()) {
        let range = "at least 0 and finite";
        return Err(SparseError::Setting { name: "lambda", value: lambda, range });
    }
    let active: Vec<usize> = (0..n).collect();
    let mut weights = start.to_vec();
    let (gram, moments) = (&equations.gram, &equations.moments);
    let (n_sweeps, converged) = descend(gram, moments, lambda, &active, &mut weights, max_sweeps);
    Ok(Lasso { weights, n_sweeps, converged })
}

/// Sweeps over the active terms; returns the number of sweeps and whether the last moved nothing.
pub(crate) fn descend(
    gram: &Mat<f64>,
    moments: &[f64],
    lambda: f64,
    active: &[usize],
    weights: &mut [f64],
    max_sweeps: usize,
) -> (usize, bool) {
    // slope = c − A ζ, kept up to date: a weight that does not move costs nothing.
    let image = |k: usize| active.iter().map(|&l| gram[(l, k)] * weights[l]).sum::<f64>();
    let mut slope: Vec<f64> = active.iter().map(|&k| moments[k] - image(k)).collect();
    for sweep in 1..=max_sweeps {
        let (mut largest, mut change) = (0.0_f64, 0.0_f64);
        for (i, &k) in active.iter().enumerate() {
            let curvature = gram[(k, k)];
            let target = soft_threshold(slope[i] + curvature * weights[k], lambda);
            let weight = if curvature > 0.0 { target / curvature } else { 0.0 };
            let step = weight - weights[k];
            if step != 0.0 {
                weights[k] = weight;
                active.iter().zip(&mut slope).for_each(|(&l, s)| *s -= step * gram[(l, k)]);
            }
            largest = largest.max(weight.abs() * curvature.sqrt());
            change = change.max(step.abs() * curvature.sqrt());
        }
        if change <= TOLERANCE * largest {
            return (sweep, true);
        }
    }
    (max_sweeps, false)
}

fn soft_threshold(x: f64, lambda: f64) -> f64 {
    if x.abs() > lambda { x - lambda.copysign(x) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orthogonal() -> NormalEquations {
        NormalEquations {
            gram: Mat::from_fn(3, 3, |i, j| if i == j { [4.0, 1.0, 0.0][i] } else { 0.0 }),
            moments: vec![8.0, -3.0, 0.0],
            response: 25.0,
            n_rows: 3,
        }
    }

    #[test]
    fn orthogonal_columns_are_thresholded() {
        let lasso = lasso(&orthogonal(), 2.0, &[0.0, 0.0, 7.0], 10).unwrap();
        assert_eq!(lasso.weights, [1.5, -1.0, 0.0]);
        assert_eq!((lasso.n_sweeps, lasso.converged), (2, true));
    }

    #[test]
    fn the_cap_and_the_errors() {
        let early = lasso(&orthogonal(), 2.0, &[0.0; 3], 1).unwrap();
        assert!(!early.converged && early.n_sweeps == 1);
        for lambda in [-1.0, f64::NAN, f64::INFINITY] {
            let error = lasso(&orthogonal(), lambda, &[0.0; 3], 1).unwrap_err();
            assert!(matches!(error, SparseError::Setting { name: "lambda", .. }), "{error}");
        }
        let mut spoilt = orthogonal();
        spoilt.moments[1] = f64::NAN;
        let error = lasso(&spoilt, 1.0, &[0.0; 3], 1).unwrap_err();
        assert!(matches!(error, SparseError::NonFiniteEquations { row: 1, column: 3, .. }));
    }
}
