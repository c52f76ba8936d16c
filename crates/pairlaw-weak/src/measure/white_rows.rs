//! Rows of unit variance from rows with a known covariance.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatRef, Par};

/// Eigenvalues below this, after scaling to unit diagonal, are rounding: they belong to sums of test
/// functions that are constant, or nearly so, where the particles are.
const LEAST_EIGENVALUE: f64 = 1e-8;

/// The rows `C^{-½} R`, C the covariance of the rows of R with its null space left out.
///
/// ```text
/// S^{-½} C S^{-½} = U Λ Uᵀ,  S = diag C;   Λ^{-½} Uᵀ S^{-½} R
/// ```
pub(crate) fn white_rows(rows: &Mat<f64>, covariance: &Mat<f64>) -> Mat<f64> {
    let n = rows.nrows();
    let scale: Vec<f64> = (0..n).map(|m| covariance[(m, m)].sqrt()).collect();
    let unit = Mat::from_fn(n, n, |i, j| covariance[(i, j)] / (scale[i] * scale[j]));
    let (eigenvalues, vectors) = eigen(&unit);
    let kept: Vec<usize> = (0..n).filter(|e| eigenvalues[*e] > LEAST_EIGENVALUE).collect();
    let filter = Mat::from_fn(kept.len(), n, |row, m| {
        vectors[(m, kept[row])] / (scale[m] * eigenvalues[kept[row]].sqrt())
    });
    product(filter.as_ref(), rows.as_ref())
}

/// `A B` on one thread: the same bits for any number of threads.
pub(crate) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut product = Mat::zeros(a.nrows(), b.ncols());
    let (fresh, par) = (faer::Accum::Replace, Par::Seq);
    faer::linalg::matmul::matmul(&mut product, fresh, a, b, 1.0, par);
    product
}

/// Eigenvalues and vectors of a symmetric matrix, on one thread.
pub(crate) fn eigen(matrix: &Mat<f64>) -> (Diag<f64>, Mat<f64>) {
    let n = matrix.nrows();
    let (mut values, mut vectors) = (Diag::zeros(n), Mat::zeros(n, n));
    if n == 0 {
        return (values, vectors);
    }
    let (yes, par) = (ComputeEigenvectors::Yes, Par::Seq);
    let need = self_adjoint_evd_scratch::<f64>(n, yes, par, Default::default());
    let mut memory = MemBuffer::new(need);
    let (stack, u) = (MemStack::new(&mut memory), Some(vectors.as_mut()));
    self_adjoint_evd(matrix.as_ref(), values.as_mut(), u, par, stack, Default::default())
        .expect("a finite symmetric matrix has eigenvalues");
    (values, vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_by_hand() {
        // Correlation ½ after scaling: eigenvalues ½ and 3/2 along (1, −1)/√2 and (1, 1)/√2.
        let covariance = Mat::from_fn(2, 2, |i, j| [[4.0, 3.0], [3.0, 9.0]][i][j]);
        let rows = Mat::from_fn(2, 1, |i, _| [2.0, 6.0][i]);
        let white = white_rows(&rows, &covariance);
        let expected = [(2.0 - 1.0) / 1.0, (2.0 + 1.0) / 3f64.sqrt()];
        for (i, expected) in expected.into_iter().enumerate() {
            assert!((white[(i, 0)].abs() - expected).abs() < 1e-14, "{white:?}");
        }
    }

    #[test]
    fn what_has_no_variance_is_left_out() {
        let covariance = Mat::from_fn(3, 3, |i, j| [1.0, -2.0, 1.0][i] * [1.0, -2.0, 1.0][j]);
        let white = white_rows(&Mat::from_fn(3, 1, |i, _| [1.0, -2.0, 1.0][i]), &covariance);
        assert_eq!(white.nrows(), 1);
        assert!((white[(0, 0)].abs() - 1.0).abs() < 1e-13);
        assert_eq!(white_rows(&Mat::zeros(0, 2), &Mat::zeros(0, 0)).shape(), (0, 2));
    }
}
