//! Least squares on a cone, solved through its dual, polished and certified.

use faer::{Mat, MatRef};

use crate::columns::{Columns, zeros};
use crate::compressed::{CompressedSystem, augment, too_large, triangularize};
use crate::face::Face;
use crate::{Certificate, SparseError, Support, triangle};

/// A column shorter than this counts as zero.
const ZERO_COLUMN: f64 = 1e-150;

/// Least squares with a ridge and homogeneous inequalities, ready to be solved on any support.
///
/// ```text
/// min_u |R u − c|² + γ² |u|²   subject to   C u ≤ 0,   u_j = |G_j| w_j
/// ```
///
/// with unit columns `R`, unit rows `C`, and a relative ridge `γ`. Zero columns (shorter than
/// 1e-150) belong to no support; their weight is 0.
///
/// On a support `S` the triangle `R_S` of `[R; γ1]` turns the problem into a projection on a cone,
/// whose dual is a non-negative least-squares problem; the normal equations are never formed:
///
/// ```text
/// A = R_S⁻ᵀ C_Sᵀ,   μ = argmin_{μ ≥ 0} |c − A μ|,   R_S u = c − A μ
/// ```
///
/// # Source
///
/// The problem: Messenger, Wheeler, Liu, Bortz (2022), appendix C. The dual: Lawson, Hanson
/// (1974), *Solving Least Squares Problems*, chapter 23.
#[derive(Debug, Clone)]
pub struct ConeProblem {
    pub(crate) b_norm: f64,
    pub(crate) ridge: f64,
    pub(crate) column_norms: Vec<f64>,
    /// Triangle with unit columns, and its response: without the ridge.
    pub(crate) plain: (Columns, Vec<f64>),
    /// The same with the ridge.
    pub(crate) ridged: (Columns, Vec<f64>),
    /// Unit constraint rows in scaled coordinates, one a column.
    pub(crate) rows: Columns,
    pub(crate) n_constraints: usize,
}

/// Which rung of the ladder gave a solution its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SolveStatus {
    /// The dual's solution, refined on its active constraints.
    Certified,
    /// The polish had to change the set of active constraints.
    Polished,
    /// The dual had to be solved again from the start by another pivot rule.
    ColdRestarted,
}

/// A certified optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct ConeSolution {
    /// One weight a column, in the units of the data; 0 outside the support.
    pub weights: Vec<f64>,
    /// One multiplier ≥ 0 a constraint, for rows of unit norm in scaled coordinates.
    pub multipliers: Vec<f64>,
    /// How well the conditions of optimality hold.
    pub certificate: Certificate,
    /// Columns of the dual that were tried.
    pub iterations: usize,
    /// How the certificate was reached.
    pub status: SolveStatus,
}

impl ConeProblem {
    /// Scales columns and constraint rows, adds the ridge.
    ///
    /// `constraints` is constraints × columns, may have no row, and means `C w ≤ 0`; `ridge` is
    /// relative to unit columns.
    ///
    /// # Errors
    ///
    /// [`SparseError::Ridge`], [`SparseError::NonFinite`], [`SparseError::NonFiniteConstraint`],
    /// [`SparseError::ZeroResponse`] if the system says `|b| = 0`.
    ///
    /// # Panics
    ///
    /// If system and constraints differ in their number of columns.
    pub fn new(
        system: &CompressedSystem,
        constraints: &Mat<f64>,
        ridge: f64,
    ) -> Result<Self, SparseError> {
        let n = system.c.len();
        let (n_constraints, columns) = constraints.shape();
        assert_eq!(n, columns, "{n} columns, but constraints on {columns} weights");
        if !(ridge.is_finite() && ridge > 0.0) {
            return Err(SparseError::Ridge { ridge });
        }
        if let Some((row, column, value)) = too_large(constraints.as_ref()) {
            return Err(SparseError::NonFiniteConstraint { row, column, value });
        }
        if system.b_norm <= 0.0 {
            return Err(SparseError::ZeroResponse { rows: n });
        }
        let augmented = augment(system.r.as_ref(), &system.c)?;
        let column_norms: Vec<f64> = (0..n)
            .map(|j| system.r.col(j).norm_l2())
            .map(|norm| if norm < ZERO_COLUMN { 0.0 } else { norm })
            .collect();
        let scaled = Mat::from_fn(2 * n, n + 1, |i, j| match (i < n, j < n) {
            (true, true) if column_norms[j] > 0.0 => augmented[(i, j)] / column_norms[j],
            (true, false) => augmented[(i, n)],
            (false, true) if i == j + n => ridge,
            _ => 0.0,
        });
        Ok(Self {
            b_norm: system.b_norm,
            ridge,
            plain: split(scaled.submatrix(0, 0, n, n + 1)),
            ridged: split(triangularize(scaled.clone()).as_ref()),
            rows: unit_rows(constraints, &column_norms),
            n_constraints,
            column_norms,
        })
    }

    /// The norm of each column of `G`; 0 for an excluded one.
    pub fn column_norms(&self) -> &[f64] {
        &self.column_norms
    }

    /// The largest support: every column that is not zero.
    pub fn full_support(&self) -> Support {
        let n = self.column_norms.len();
        Support::from_columns(n, (0..n).filter(|&j| self.column_norms[j] > 0.0))
    }

    /// The zero columns, which no support may hold.
    pub fn excluded(&self) -> Vec<usize> {
        let n = self.column_norms.len();
        (0..n).filter(|&j| self.column_norms[j] <= 0.0).collect()
    }

    /// The unconstrained solution with the ridge, one weight a column.
    pub fn least_squares(&self) -> Vec<f64> {
        let n = self.column_norms.len();
        let mut scaled = self.ridged.1.clone();
        triangle::solve(&self.ridged.0, n, &mut scaled);
        self.unscale((0..n).zip(scaled))
    }

    /// The constrained optimum among models on `support`, with a certificate that holds.
    ///
    /// # Errors
    ///
    /// [`SparseError::Uncertified`] if neither the dual's solution, nor its polish, nor a cold
    /// restart by another pivot rule passes [`Certificate::holds`].
    ///
    /// # Panics
    ///
    /// If the support is one of another number of columns.
    pub fn solve(&self, support: &Support) -> Result<ConeSolution, SparseError> {
        let (n, given) = (self.column_norms.len(), support.n_columns());
        assert_eq!(n, given, "{n} columns, but a support among {given}");
        pulp::Arch::new().dispatch(|| Face::new(self, support).solve())
    }

    pub(crate) fn unscale(&self, scaled: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut weights = vec![0.0; self.column_norms.len()];
        for (j, u) in scaled {
            if self.column_norms[j] > 0.0 {
                weights[j] = u / self.column_norms[j];
            }
        }
        weights
    }
}

/// Splits a triangle of `[R c]`, `R` square.
fn split(triangle: MatRef<'_, f64>) -> (Columns, Vec<f64>) {
    let n = triangle.ncols() - 1;
    let r = Columns::from_fn(n, n, |i, j| triangle[(i, j)]);
    let mut c = zeros(n);
    for (i, target) in c[..n].iter_mut().enumerate() {
        *target = triangle[(i, n)];
    }
    (r, c)
}

/// Constraint rows in scaled coordinates, each of unit norm (or zero), one a column.
fn unit_rows(constraints: &Mat<f64>, column_norms: &[f64]) -> Columns {
    let scaled = Mat::from_fn(constraints.ncols(), constraints.nrows(), |j, i| {
        if column_norms[j] > 0.0 { constraints[(i, j)] / column_norms[j] } else { 0.0 }
    });
    let norms: Vec<f64> = (0..scaled.ncols()).map(|i| scaled.col(i).norm_l2()).collect();
    Columns::from_fn(scaled.nrows(), scaled.ncols(), |j, i| {
        if norms[i] > 0.0 { scaled[(j, i)] / norms[i] } else { 0.0 }
    })
}
