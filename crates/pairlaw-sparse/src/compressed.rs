//! Compression of a linear system by QR: all that a regression needs of it, and pooling.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::qr::no_pivoting::factor;
use faer::{Accum, Mat, MatRef, Par};

use crate::SparseError;

/// Entries this large overflow when squared and summed.
const LARGEST_ENTRY: f64 = 1e150;

/// Rows that are triangularised at once when systems are stacked.
const STACK_ROWS: usize = 2048;

/// A linear system `G w ≈ b`.
#[derive(Debug, Clone)]
pub struct LinearSystem {
    /// The matrix `G`, rows × columns.
    pub g: Mat<f64>,
    /// The response `b`, one entry a row.
    pub b: Vec<f64>,
}

/// A linear system after a QR factorisation of `G`: the same residuals in n × n numbers.
///
/// ```text
/// |G w − b|² = |R w − c|² + ρ²,   R = QᵀG,   c = Qᵀb,   ρ = |b − Q c|
/// ```
#[derive(Debug, Clone)]
pub struct CompressedSystem {
    /// Upper triangular `R`, columns × columns; zero rows at its foot if `G` has few rows.
    pub r: Mat<f64>,
    /// The part `c` of the response inside the range of `G`, one entry a column.
    pub c: Vec<f64>,
    /// `|b|`.
    pub b_norm: f64,
    /// `ρ`, the norm of the part of `b` outside the range of `G`.
    pub residual_norm: f64,
    /// Rows of `G`.
    pub n_rows: usize,
}

impl CompressedSystem {
    /// Compresses a system.
    ///
    /// # Errors
    ///
    /// [`SparseError::Empty`], [`SparseError::NonFinite`], [`SparseError::ZeroResponse`].
    ///
    /// # Panics
    ///
    /// If `G` and `b` differ in their number of rows.
    pub fn new(system: &LinearSystem) -> Result<Self, SparseError> {
        let (rows, columns) = system.g.shape();
        assert_eq!(rows, system.b.len(), "G has {rows} rows and b {} entries", system.b.len());
        if rows == 0 || columns == 0 {
            return Err(SparseError::Empty { rows, columns });
        }
        let augmented = augment(system.g.as_ref(), &system.b)?;
        let b_norm = augmented.col(columns).norm_l2();
        if b_norm == 0.0 {
            return Err(SparseError::ZeroResponse { rows });
        }
        Ok(Self::from_triangle(&triangularize(augmented), b_norm, rows))
    }

    /// `|G w − b|` for `weights` `w`, one a column, the part outside the range included.
    ///
    /// # Panics
    ///
    /// If there are not as many weights as columns.
    pub fn residual(&self, weights: &[f64]) -> f64 {
        let mut inside = self.image(weights);
        for (entry, c) in inside.iter_mut().zip(&self.c) {
            *entry -= c;
        }
        norm(&inside).hypot(self.residual_norm)
    }

    /// [`CompressedSystem::residual`] of many models at once, one a column of `weights`.
    ///
    /// # Panics
    ///
    /// If `weights` has not as many rows as there are columns.
    pub fn residuals(&self, weights: MatRef<'_, f64>) -> Vec<f64> {
        let n = self.c.len();
        let given = weights.nrows();
        assert_eq!(given, n, "{given} weights for {n} columns");
        let mut inside = Mat::from_fn(n, weights.ncols(), |i, _| -self.c[i]);
        let (r, rest) = (BlockStructure::TriangularUpper, BlockStructure::Rectangular);
        let (target, all) = (inside.as_mut(), self.r.as_ref());
        triangular::matmul(target, rest, Accum::Add, all, r, weights, rest, 1.0, Par::Seq);
        inside.col_iter().map(|column| column.norm_l2().hypot(self.residual_norm)).collect()
    }

    /// `|G w|` for `weights` `w`, one a column.
    ///
    /// # Panics
    ///
    /// If there are not as many weights as columns.
    pub fn image_norm(&self, weights: &[f64]) -> f64 {
        norm(&self.image(weights))
    }

    /// Pools systems: the compression of their rows one below the other, each times its weight.
    ///
    /// ```text
    /// |G w − b|² = Σ_i weight_i² |G_i w − b_i|²
    /// ```
    ///
    /// # Errors
    ///
    /// [`SparseError::NoParts`], [`SparseError::PartWeight`], [`SparseError::NonFinite`] (if a weight
    /// is so large that the rows overflow), [`SparseError::ZeroResponse`].
    ///
    /// # Panics
    ///
    /// If the parts differ in their number of columns.
    pub fn stack(parts: &[(&CompressedSystem, f64)]) -> Result<Self, SparseError> {
        let n = parts.first().ok_or(SparseError::NoParts)?.0.c.len();
        for (part, (system, weight)) in parts.iter().enumerate() {
            let columns = system.c.len();
            assert_eq!(columns, n, "part {part} has {columns} columns, part 0 {n}");
            if !(weight.is_finite() && *weight > 0.0) {
                let weight = *weight;
                return Err(SparseError::PartWeight { part, weight });
            }
        }
        let mut triangle = Mat::zeros(0, n + 1);
        for chunk in parts.chunks((STACK_ROWS / (n + 1)).max(1)) {
            triangle = triangularize(append(&triangle, chunk)?);
        }
        let mut b_norm = 0.0_f64;
        for (part, weight) in parts {
            b_norm = b_norm.hypot(weight * part.b_norm);
        }
        if b_norm == 0.0 {
            return Err(SparseError::ZeroResponse { rows: parts.len() });
        }
        let n_rows = parts.iter().map(|(part, _)| part.n_rows).sum();
        Ok(Self::from_triangle(&triangle, b_norm, n_rows))
    }

    /// Splits the triangle of `[G b]` into R, c and ρ.
    fn from_triangle(triangle: &Mat<f64>, b_norm: f64, n_rows: usize) -> Self {
        let n = triangle.ncols() - 1;
        Self {
            r: triangle.submatrix(0, 0, n, n).to_owned(),
            c: triangle.col(n).iter().take(n).copied().collect(),
            b_norm,
            residual_norm: triangle[(n, n)].abs(),
            n_rows,
        }
    }

    fn image(&self, weights: &[f64]) -> Vec<f64> {
        let n = self.c.len();
        let given = weights.len();
        assert_eq!(given, n, "{given} weights for {n} columns");
        let mut image = vec![0.0; n];
        for (j, &weight) in weights.iter().enumerate() {
            for (entry, r) in image.iter_mut().zip(self.r.col(j).iter()) {
                *entry += weight * r;
            }
        }
        image
    }
}

/// `[G b]`, every entry checked.
pub(crate) fn augment(g: MatRef<'_, f64>, b: &[f64]) -> Result<Mat<f64>, SparseError> {
    let n = g.ncols();
    finite(Mat::from_fn(g.nrows(), n + 1, |i, j| if j < n { g[(i, j)] } else { b[i] }))
}

fn finite(augmented: Mat<f64>) -> Result<Mat<f64>, SparseError> {
    match too_large(augmented.as_ref()) {
        Some((row, column, value)) => Err(SparseError::NonFinite { row, column, value }),
        None => Ok(augmented),
    }
}

/// The first entry that is NaN, infinite or too large, with its place.
pub(crate) fn too_large(matrix: MatRef<'_, f64>) -> Option<(usize, usize, f64)> {
    // Written so that a NaN, for which every comparison is false, is found.
    let is_bad = |value: &f64| !matches!(value.abs(), size if size < LARGEST_ENTRY);
    (0..matrix.ncols()).find_map(|j| {
        let column = matrix.col(j);
        let i = match column.try_as_col_major() {
            Some(column) => column.as_slice().iter().position(is_bad)?,
            None => column.iter().position(is_bad)?,
        };
        Some((i, j, matrix[(i, j)]))
    })
}

/// Upper triangle of the QR factorisation, square: cut or padded with zero rows.
pub(crate) fn triangularize(mut matrix: Mat<f64>) -> Mat<f64> {
    let (rows, columns) = matrix.shape();
    let block = factor::recommended_block_size::<f64>(rows, columns);
    let mut coefficients = Mat::zeros(block, rows.min(columns));
    let scratch =
        factor::qr_in_place_scratch::<f64>(rows, columns, block, Par::Seq, Default::default());
    factor::qr_in_place(
        matrix.as_mut(),
        coefficients.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    Mat::from_fn(columns, columns, |i, j| if i <= j && i < rows { matrix[(i, j)] } else { 0.0 })
}

/// A triangle, and below it `[R c; 0 ρ]` of some systems, each times its weight.
fn append(
    triangle: &Mat<f64>,
    parts: &[(&CompressedSystem, f64)],
) -> Result<Mat<f64>, SparseError> {
    let (head, width) = triangle.shape();
    let mut rows = Mat::zeros(head + parts.len() * width, width);
    rows.submatrix_mut(0, 0, head, width).copy_from(triangle);
    let n = width - 1;
    for (index, (part, weight)) in parts.iter().enumerate() {
        let first = head + index * width;
        let block = rows.as_mut().subrows_mut(first, width);
        for (j, target) in block.col_iter_mut().enumerate() {
            if j < n {
                // Below its diagonal R is zero.
                let source = part.r.col(j).subrows(0, j + 1);
                target.subrows_mut(0, j + 1).copy_from(faer::Scale(*weight) * source);
            } else {
                let (mut c, mut rest) = target.split_at_row_mut(n);
                c.copy_from(faer::Scale(*weight) * faer::ColRef::from_slice(&part.c));
                rest[0] = weight * part.residual_norm;
            }
        }
    }
    finite(rows)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> LinearSystem {
        LinearSystem { g: faer::mat![[3.0, 1.0], [4.0, 2.0], [0.0, 2.0]], b: vec![1.0, 2.0, 3.0] }
    }

    #[test]
    fn residual_of_a_hand_computed_system() {
        let compressed = CompressedSystem::new(&system()).unwrap();
        // Rounding: eps times a few operations on numbers of size 10.
        assert!((compressed.b_norm - 14.0_f64.sqrt()).abs() < 1e-14);
        // G (1, -1) - b = (2, 2, -2) - (1, 2, 3).
        assert!((compressed.residual(&[1.0, -1.0]) - 26.0_f64.sqrt()).abs() < 1e-14);
        assert!((compressed.image_norm(&[1.0, -1.0]) - 12.0_f64.sqrt()).abs() < 1e-14);
        assert!((compressed.r[(0, 0)].abs() - 5.0).abs() < 1e-14);
        assert_eq!(compressed.r[(1, 0)].to_bits(), 0);
    }

    #[test]
    fn fewer_rows_than_columns_leave_no_residual() {
        let system = LinearSystem { g: faer::mat![[3.0, 1.0, 2.0]], b: vec![6.0] };
        let compressed = CompressedSystem::new(&system).unwrap();
        assert_eq!(compressed.residual_norm.to_bits(), 0);
        assert!(compressed.residual(&[0.0, 0.0, 3.0]) < 1e-14);
    }

    #[test]
    fn each_error() {
        let mut bad = system();
        bad.b[1] = f64::NAN;
        assert!(matches!(
            CompressedSystem::new(&bad),
            Err(SparseError::NonFinite { row: 1, column: 2, value }) if value.is_nan()
        ));
        bad = system();
        bad.g[(2, 0)] = 1e151;
        assert!(matches!(
            CompressedSystem::new(&bad),
            Err(SparseError::NonFinite { row: 2, column: 0, .. })
        ));
        bad = system();
        bad.b = vec![0.0; 3];
        assert_eq!(CompressedSystem::new(&bad).unwrap_err(), SparseError::ZeroResponse { rows: 3 });
        bad = LinearSystem { g: Mat::zeros(3, 0), b: vec![1.0; 3] };
        assert_eq!(
            CompressedSystem::new(&bad).unwrap_err(),
            SparseError::Empty { rows: 3, columns: 0 }
        );
    }

    #[test]
    fn each_error_of_a_stack() {
        let part = CompressedSystem::new(&system()).unwrap();
        assert_eq!(CompressedSystem::stack(&[]).unwrap_err(), SparseError::NoParts);
        assert_eq!(
            CompressedSystem::stack(&[(&part, 1.0), (&part, 0.0)]).unwrap_err(),
            SparseError::PartWeight { part: 1, weight: 0.0 }
        );
        assert!(matches!(
            CompressedSystem::stack(&[(&part, 1e200)]),
            Err(SparseError::NonFinite { .. })
        ));
    }

    #[test]
    #[should_panic(expected = "G has 3 rows and b 2 entries")]
    fn rows_that_differ_panic() {
        let mut bad = system();
        bad.b.pop();
        drop(CompressedSystem::new(&bad));
    }
}
