//! Normal equations of columns that share noise with the response.

use faer::Mat;
use pairlaw_sparse::NormalEquations;

use super::white_rows::eigen;

/// Scaled eigenvalues of a Gram matrix below this, relative to the largest, are not used.
const LEAST_EIGENVALUE: f64 = 1e-12;

/// The normal equations in the Gram matrix of the rows `[F | y | …]`.
pub(crate) fn normal_equations(gram: &Mat<f64>, n: usize, n_rows: usize) -> NormalEquations {
    NormalEquations {
        gram: gram.submatrix(0, 0, n, n).to_owned(),
        moments: (0..n).map(|k| gram[(k, n)]).collect(),
        response: gram[(n, n)],
        n_rows,
    }
}

/// The same with moments that the noise does not bias, from the Gram matrix of `[F | y | Z]`; and
/// the weights of all terms.
///
/// ```text
/// c' = Fᵀy − (F − Z)ᵀ(y − F ζ̂),   ζ̂ = F⁺y
/// ```
///
/// The noise of a window acts on the particles, and so on the columns within the same window: Fᵀ(y −
/// Fζ) has a mean other than 0, of the order of the window's length over the squared width of a test
/// function. The instruments Z know only the start of the window, when this noise is still to come.
/// `|y|²` changes such that the minimum of the quadratic form remains `|y − Fζ|²` there.
pub(crate) fn instrumented(
    gram: &Mat<f64>,
    n: usize,
    n_rows: usize,
) -> (NormalEquations, Vec<f64>) {
    let mut equations = normal_equations(gram, n, n_rows);
    let fitted = least_squares(&equations);
    let correction: Vec<f64> = (0..n)
        .map(|k| {
            let row = |first: usize| {
                let image = (0..n).map(|l| gram[(first + k, l)] * fitted[l]).sum::<f64>();
                gram[(first + k, n)] - image
            };
            row(0) - row(n + 1)
        })
        .collect();
    equations.moments.iter_mut().zip(&correction).for_each(|(c, less)| *c -= less);
    let weights = least_squares(&equations);
    let moved: f64 = weights.iter().zip(&correction).map(|(w, c)| w * c).sum();
    equations.response -= 2.0 * moved;
    (equations, weights)
}

/// Weights of least norm, in columns scaled to unit length, among those that fit best.
fn least_squares(equations: &NormalEquations) -> Vec<f64> {
    let (n, gram) = (equations.n_terms(), &equations.gram);
    // A column that vanishes stays so whatever its scale.
    let lengths = (0..n).map(|k| gram[(k, k)].sqrt());
    let scale: Vec<f64> = lengths.map(|length| if length > 0.0 { length } else { 1.0 }).collect();
    let unit = Mat::from_fn(n, n, |i, j| gram[(i, j)] / (scale[i] * scale[j]));
    let (values, vectors) = eigen(&unit);
    let largest = (0..n).fold(0.0, |most: f64, e| most.max(values[e]));
    let mut weights = vec![0.0; n];
    for e in (0..n).filter(|e| values[*e] > LEAST_EIGENVALUE * largest) {
        let along: f64 = (0..n).map(|k| vectors[(k, e)] * equations.moments[k] / scale[k]).sum();
        for k in 0..n {
            weights[k] += vectors[(k, e)] * along / (values[e] * scale[k]);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows [F | y | Z] of two columns.
    fn gram(rows: [[f64; 5]; 4]) -> Mat<f64> {
        let rows = Mat::from_fn(4, 5, |i, j| rows[i][j]);
        rows.transpose() * &rows
    }

    #[test]
    fn exact_rows_need_no_correction() {
        let row = |a: f64, b: f64| [a, b, 2.0 * a - b, b, a * b];
        let gram = gram([row(1.0, 0.5), row(-2.0, 1.0), row(0.0, 1.0), row(3.0, 3.0)]);
        let (equations, weights) = instrumented(&gram, 2, 4);
        assert!((weights[0] - 2.0).abs() < 1e-13 && (weights[1] + 1.0).abs() < 1e-13);
        let plain = normal_equations(&gram, 2, 4);
        assert!((equations.response - plain.response).abs() < 1e-12 * plain.response);
        assert!(equations.residual(&weights) < 1e-12);
    }

    #[test]
    fn moments_and_residual_by_definition() {
        let rows = [
            [1.0, 0.5, 2.0, 0.8, 0.3],
            [-2.0, 1.0, -4.0, -1.5, 1.0],
            [0.0, 1.0, 0.5, 0.2, 1.1],
            [3.0, 3.0, 1.0, 2.0, 2.5],
        ];
        let gram = gram(rows);
        let (equations, weights) = instrumented(&gram, 2, 4);
        let fit = |w: &[f64]| rows.map(|r| r[2] - r[0] * w[0] - r[1] * w[1]);
        let plain = normal_equations(&gram, 2, 4).solve(&[true; 2]).unwrap();
        let rest = fit(&plain.weights);
        for k in 0..2 {
            let expected: f64 = (0..4)
                .map(|i| rows[i][k] * rows[i][2] - (rows[i][k] - rows[i][3 + k]) * rest[i])
                .sum();
            assert!((equations.moments[k] - expected).abs() < 1e-12);
        }
        let solution = equations.solve(&[true; 2]).unwrap();
        let residual: f64 = fit(&weights).iter().map(|r| r * r).sum();
        assert!((solution.weights[0] - weights[0]).abs() < 1e-12);
        assert!((solution.residual - residual).abs() < 1e-12, "{residual}");
    }

    #[test]
    fn dependent_and_vanishing_columns_share_or_get_nothing() {
        let row = |a: f64| [a, a, 0.0, 3.0 * a, a, a, 0.0];
        let rows = Mat::from_fn(3, 7, |i, j| row([1.0, -2.0, 0.5][i])[j]);
        let (_, weights) = instrumented(&(rows.transpose() * &rows), 3, 3);
        assert!((weights[0] - 1.5).abs() < 1e-12 && (weights[1] - 1.5).abs() < 1e-12);
        assert!(weights[2].abs() < f64::MIN_POSITIVE);
    }
}
