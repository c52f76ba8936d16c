//! Normal equations: least squares that can be added, subtracted and solved for any support.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use crate::{LinearSystem, SparseError};

/// The normal equations of `F ζ ≈ y`, all that least squares over subsets of columns needs.
///
/// ```text
/// |F ζ − y|² = ζᵀ A ζ − 2 cᵀ ζ + |y|²,   A = FᵀF,   c = Fᵀy
/// ```
///
/// Systems of several time steps or recordings add. Every solve scales the columns to unit diagonal
/// of A; what is then closer to dependence than about 1e-8 cannot be told apart in this form: take
/// a [`crate::CompressedSystem`] there.
#[derive(Debug, Clone)]
pub struct NormalEquations {
    /// `A`, terms × terms.
    pub gram: Mat<f64>,
    /// `c`, one entry a term.
    pub moments: Vec<f64>,
    /// `|y|²`.
    pub response: f64,
    /// Number of rows of `F`.
    pub n_rows: usize,
}

/// Least squares on a support.
#[derive(Debug, Clone, PartialEq)]
pub struct SubsetSolution {
    /// One weight a term; 0 outside the support.
    pub weights: Vec<f64>,
    /// `√(A_S⁻¹)_kk`, one a term, 0 outside the support: the standard errors of the weights if rows
    /// have independent errors of variance 1.
    pub standard_errors: Vec<f64>,
    /// `|F ζ − y|²`, at least 0.
    pub residual: f64,
    /// Condition number of `A_S` after scaling to unit diagonal.
    pub condition: f64,
}

impl NormalEquations {
    /// Of no rows.
    #[must_use]
    pub fn zeros(n_terms: usize) -> Self {
        Self {
            gram: Mat::zeros(n_terms, n_terms),
            moments: vec![0.0; n_terms],
            response: 0.0,
            n_rows: 0,
        }
    }

    /// Of a linear system.
    ///
    /// # Panics
    ///
    /// If `G` and `b` differ in their number of rows.
    #[must_use]
    pub fn new(system: &LinearSystem) -> Self {
        let (rows, columns) = system.g.shape();
        assert_eq!(rows, system.b.len(), "G has {rows} rows and b {} entries", system.b.len());
        let b = faer::ColRef::from_slice(&system.b);
        let moments = system.g.transpose() * b;
        Self {
            gram: system.g.transpose() * &system.g,
            moments: (0..columns).map(|k| moments[k]).collect(),
            response: b.squared_norm_l2(),
            n_rows: rows,
        }
    }

    /// Number of terms.
    #[must_use]
    pub fn n_terms(&self) -> usize {
        self.moments.len()
    }

    /// Refuses equations with an entry that is not finite.
    ///
    /// # Errors
    ///
    /// [`SparseError::NonFiniteEquations`] names the first such entry.
    pub fn check(&self) -> Result<(), SparseError> {
        let n = self.n_terms();
        let entry = |row: usize, column: usize| match (row < n, column < n) {
            (true, true) => self.gram[(row, column)],
            (true, false) => self.moments[row],
            _ => self.response,
        };
        let places = (0..n).flat_map(|row| (0..=n).map(move |column| (row, column)));
        for (row, column) in places.chain([(n, n)]) {
            let value = entry(row, column);
            if !value.is_finite() {
                return Err(SparseError::NonFiniteEquations { row, column, value });
            }
        }
        Ok(())
    }

    /// `√A_kk`, the lengths of the columns.
    ///
    /// # Errors
    ///
    /// [`SparseError::DependentTerms`] names a column of zeros (or of NaN) twice.
    pub fn column_norms(&self) -> Result<Vec<f64>, SparseError> {
        let norm = |k| {
            let norm = self.gram[(k, k)].sqrt();
            let usable = norm > 0.0 && norm.is_finite();
            if usable { Ok(norm) } else { Err(SparseError::DependentTerms { first: k, second: k }) }
        };
        (0..self.n_terms()).map(norm).collect()
    }

    /// Adds the rows of another system.
    ///
    /// # Panics
    ///
    /// If the systems differ in their number of terms.
    pub fn add(&mut self, other: &Self) {
        let (n, m) = (self.n_terms(), other.n_terms());
        assert_eq!(n, m, "systems of {n} and of {m} terms do not add");
        self.gram += &other.gram;
        self.moments.iter_mut().zip(&other.moments).for_each(|(c, more)| *c += more);
        self.response += other.response;
        self.n_rows += other.n_rows;
    }

    /// `|F ζ − y|²` for the weights ζ, one a term.
    ///
    /// # Panics
    ///
    /// If there is not one weight a term.
    #[must_use]
    pub fn residual(&self, weights: &[f64]) -> f64 {
        let n = self.n_terms();
        assert_eq!(n, weights.len(), "{n} terms but {} weights", weights.len());
        let mut sum = self.response;
        for (l, wl) in weights.iter().enumerate() {
            let image: f64 = weights.iter().enumerate().map(|(k, wk)| self.gram[(k, l)] * wk).sum();
            sum += wl * (image - 2.0 * self.moments[l]);
        }
        not_negative(sum)
    }

    /// The equations of other columns `F T`, where column `k` of `T` (terms × new terms) mixes the
    /// old ones.
    ///
    /// # Panics
    ///
    /// If `T` has not one row a term.
    #[must_use]
    pub fn mixed(&self, t: &Mat<f64>) -> Self {
        let n = self.n_terms();
        assert_eq!(n, t.nrows(), "{n} terms but {} rows of T", t.nrows());
        let moments = t.transpose() * faer::ColRef::from_slice(&self.moments);
        Self {
            gram: t.transpose() * &self.gram * t,
            moments: (0..t.ncols()).map(|k| moments[k]).collect(),
            response: self.response,
            n_rows: self.n_rows,
        }
    }

    /// The equations of the first `n_kept` columns with the others projected out: their residuals
    /// are those of the best weights of the others, whatever the weights of the first.
    ///
    /// ```text
    /// A₁₁ − A₁₂ A₂₂⁻¹ A₂₁,   c₁ − A₁₂ A₂₂⁻¹ c₂,   |y|² − c₂ᵀ A₂₂⁻¹ c₂
    /// ```
    ///
    /// # Errors
    ///
    /// [`SparseError::DependentTerms`] if the others depend on each other.
    ///
    /// # Panics
    ///
    /// If `n_kept` exceeds the number of columns.
    pub fn projected(&self, n_kept: usize) -> Result<Self, SparseError> {
        let n = self.n_terms();
        assert!(n_kept <= n, "{n_kept} of {n} columns");
        let mut projected = Self {
            gram: self.gram.submatrix(0, 0, n_kept, n_kept).to_owned(),
            moments: self.moments[..n_kept].to_vec(),
            ..self.clone()
        };
        let others: Vec<bool> = (0..n).map(|k| k >= n_kept).collect();
        projected.response = self.solve(&others)?.residual;
        // Columns of A₁₂ take the place of c₂ one by one.
        let mut right = self.clone();
        for l in 0..n_kept {
            right.moments = (0..n).map(|k| self.gram[(k, l)]).collect();
            let weights = right.solve(&others)?.weights;
            for k in 0..n_kept {
                let sum: f64 = (n_kept..n).map(|m| self.gram[(k, m)] * weights[m]).sum();
                projected.gram[(k, l)] -= sum;
            }
            let sum: f64 = (n_kept..n).map(|m| self.moments[m] * weights[m]).sum();
            projected.moments[l] -= sum;
        }
        Ok(projected)
    }

    /// Least squares on the terms where `support` is true.
    ///
    /// # Errors
    ///
    /// [`SparseError::DependentTerms`] names two terms of the support that are the same on these
    /// data up to a factor, or a term that vanishes: leave one out.
    ///
    /// # Panics
    ///
    /// If `support` has not one entry a term.
    pub fn solve(&self, support: &[bool]) -> Result<SubsetSolution, SparseError> {
        let n = self.n_terms();
        assert_eq!(n, support.len(), "{n} terms but a support of {}", support.len());
        let active: Vec<usize> = (0..n).filter(|k| support[*k]).collect();
        let mut solution = SubsetSolution {
            weights: vec![0.0; n],
            standard_errors: vec![0.0; n],
            residual: self.response,
            condition: 1.0,
        };
        if active.is_empty() {
            return Ok(solution);
        }
        let scales: Vec<f64> = active.iter().map(|&k| self.gram[(k, k)].sqrt()).collect();
        if let Some(k) = scales.iter().position(|s| !(*s > 0.0 && s.is_finite())) {
            return Err(SparseError::DependentTerms { first: active[k], second: active[k] });
        }
        let unit = Mat::from_fn(active.len(), active.len(), |i, j| {
            self.gram[(active[i], active[j])] / (scales[i] * scales[j])
        });
        let dependent = || self.most_dependent(&active, &unit);
        let eigen = unit.self_adjoint_eigenvalues(Side::Lower).map_err(|_| dependent())?;
        let (least, most) = (eigen[0], eigen[eigen.len() - 1]);
        if least <= active.len() as f64 * f64::EPSILON * most {
            return Err(dependent());
        }
        solution.condition = most / least;
        let factor = unit.llt(Side::Lower).map_err(|_| dependent())?;
        let c = Mat::from_fn(active.len(), 1, |i, _| self.moments[active[i]] / scales[i]);
        let z = factor.solve(&c);
        let inverse = factor.solve(Mat::<f64>::identity(active.len(), active.len()));
        for (i, &k) in active.iter().enumerate() {
            solution.weights[k] = z[(i, 0)] / scales[i];
            solution.standard_errors[k] = inverse[(i, i)].sqrt() / scales[i];
            solution.residual -= z[(i, 0)] * c[(i, 0)];
        }
        solution.residual = not_negative(solution.residual);
        Ok(solution)
    }

    fn most_dependent(&self, active: &[usize], unit: &Mat<f64>) -> SparseError {
        let mut worst = (0, 0, -1.0);
        for j in 1..active.len() {
            for i in 0..j {
                if unit[(i, j)].abs() > worst.2 {
                    worst = (i, j, unit[(i, j)].abs());
                }
            }
        }
        SparseError::DependentTerms { first: active[worst.0], second: active[worst.1] }
    }
}

/// What rounding left below 0 is 0; NaN stays.
fn not_negative(residual: f64) -> f64 {
    if residual < 0.0 { 0.0 } else { residual }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> LinearSystem {
        let g = Mat::from_fn(3, 2, |i, j| [[1.0, 100.0], [0.0, 200.0], [1.0, 0.0]][i][j]);
        LinearSystem { g, b: vec![301.0, 600.0, 2.0] }
    }

    #[test]
    fn least_squares_by_hand() {
        // ζ = (a, 3): a + 300 ≈ 301, 600 ≈ 600, a ≈ 2 with a near 1.5; solved by elimination.
        let equations = NormalEquations::new(&system());
        let solution = equations.solve(&[true, true]).unwrap();
        // A = [2 100; 100 5e4], c = [303, 150100]: det 9e4, ζ = (14e4, 269900)/9e4.
        let expected = [140_000.0 / 90_000.0, 269_900.0 / 90_000.0];
        for (found, expected) in solution.weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{solution:?}");
        }
        assert!((solution.standard_errors[0] - (5e4f64 / 9e4).sqrt()).abs() < 1e-14);
        assert!((solution.residual - equations.residual(&solution.weights)).abs() < 1e-9);
        let one = equations.solve(&[false, true]).unwrap();
        assert!((one.weights[1] - 150_100.0 / 5e4).abs() < 1e-14 && one.weights[0] == 0.0);
        assert!((equations.solve(&[false; 2]).unwrap().residual - equations.response).abs() < 1e-9);
    }

    #[test]
    fn sums_and_mixtures_are_those_of_the_rows() {
        let mut sum = NormalEquations::zeros(2);
        sum.add(&NormalEquations::new(&system()));
        sum.add(&NormalEquations::new(&system()));
        assert_eq!(sum.n_rows, 6);
        assert!((sum.gram[(0, 1)] - 200.0).abs() < 1e-12 && (sum.moments[0] - 606.0).abs() < 1e-12);
        let mixed = sum.mixed(&Mat::from_fn(2, 1, |k, _| [1.0, 3.0][k]));
        assert!((mixed.gram[(0, 0)] - (4.0 + 2.0 * 600.0 + 9.0 * 1e5)).abs() < 1e-9);
        let same = sum.residual(&[2.0, 6.0]);
        assert!((mixed.residual(&[2.0]) - same).abs() < 1e-9 * same);
    }

    #[test]
    fn entries_that_are_not_finite_are_named() {
        let bad = |spoil: fn(&mut NormalEquations)| {
            let mut equations = NormalEquations::new(&system());
            spoil(&mut equations);
            match equations.check() {
                Err(SparseError::NonFiniteEquations { row, column, .. }) => Some((row, column)),
                _ => None,
            }
        };
        assert_eq!(bad(|_| ()), None);
        assert_eq!(bad(|e| e.gram[(1, 0)] = f64::NAN), Some((1, 0)));
        assert_eq!(bad(|e| e.moments[0] = f64::INFINITY), Some((0, 2)));
        assert_eq!(bad(|e| e.response = f64::NAN), Some((2, 2)));
    }

    #[test]
    fn residuals_of_nan_are_nan() {
        let mut equations = NormalEquations::new(&system());
        assert!(equations.residual(&[f64::NAN, 0.0]).is_nan());
        equations.moments[0] = f64::NAN;
        assert!(equations.solve(&[true; 2]).unwrap().residual.is_nan());
    }

    #[test]
    fn projection_leaves_the_fit_of_the_rest() {
        let g = Mat::from_fn(6, 3, |i, j| ((i * i + 3 * i * j) as f64 * 0.7).cos());
        let system = LinearSystem { g, b: (0..6).map(|i| (i as f64).cos()).collect() };
        let equations = NormalEquations::new(&system);
        let (all, projected) =
            (equations.solve(&[true; 3]).unwrap(), equations.projected(2).unwrap());
        let found = projected.solve(&[true; 2]).unwrap();
        for k in 0..2 {
            // Rounding.
            assert!((found.weights[k] - all.weights[k]).abs() < 1e-12);
            assert!((found.standard_errors[k] - all.standard_errors[k]).abs() < 1e-12);
        }
        assert!((found.residual - all.residual).abs() < 1e-12);
        assert_eq!(equations.projected(3).unwrap().moments, equations.moments);
    }

    #[test]
    fn dependent_terms_are_named() {
        let g = Mat::from_fn(3, 3, |i, j| {
            [1.0, 2.0, 5.0][i] * [1.0, -2.0, 0.0][j] + if j == 2 { i as f64 } else { 0.0 }
        });
        let equations = NormalEquations::new(&LinearSystem { g, b: vec![1.0; 3] });
        let error = equations.solve(&[true; 3]).unwrap_err();
        assert!(matches!(error, SparseError::DependentTerms { first: 0, second: 1 }), "{error}");
        let error = NormalEquations::zeros(1).solve(&[true]).unwrap_err();
        assert!(matches!(error, SparseError::DependentTerms { first: 0, second: 0 }), "{error}");
    }
}
