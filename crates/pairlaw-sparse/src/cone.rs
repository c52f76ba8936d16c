//! Least squares on a cone, solved through its dual, polished and certified.

use faer::{Mat, MatRef};

use crate::columns::{Columns, add_scaled, dot, largest, zeros};
use crate::compressed::{CompressedSystem, augment, too_large, triangularize};
use crate::lawson_hanson::LawsonHanson;
use crate::{Certificate, SparseError, Support, triangle};

/// A column shorter than this counts as zero.
const ZERO_COLUMN: f64 = 1e-150;

/// Scaled weights below this share of `|b|` are set to zero.
const NEGLIGIBLE: f64 = 1e-13;

/// Refinement of the active constraints stops at this share of `|b|`.
const REFINED: f64 = 1e-14;

/// Steps of refinement; each gains the digits that the triangle's condition leaves.
const REFINEMENTS: usize = 4;

/// Changes of the active set that a polish may make.
const REPAIRS: usize = 40;

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
    b_norm: f64,
    ridge: f64,
    column_norms: Vec<f64>,
    /// Triangle with unit columns, and its response: without the ridge.
    plain: (Columns, Vec<f64>),
    /// The same with the ridge.
    ridged: (Columns, Vec<f64>),
    /// Unit constraint rows in scaled coordinates, one a column.
    rows: Columns,
    n_constraints: usize,
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
        assert_eq!(
            n, columns,
            "{n} columns, but constraints on {columns} weights"
        );
        if !(ridge.is_finite() && ridge > 0.0) {
            return Err(SparseError::Ridge { ridge });
        }
        if let Some((row, column, value)) = too_large(constraints.as_ref()) {
            return Err(SparseError::NonFiniteConstraint { row, column, value });
        }
        if !(system.b_norm > 0.0) {
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

    fn unscale(&self, scaled: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut weights = vec![0.0; self.column_norms.len()];
        for (j, u) in scaled {
            if self.column_norms[j] > 0.0 {
                weights[j] = u / self.column_norms[j];
            }
        }
        weights
    }
}

/// The problem on one support.
struct Face<'a> {
    problem: &'a ConeProblem,
    columns: Vec<usize>,
    triangle: Columns,
    c: Vec<f64>,
    /// The constraints that do not vanish on the support.
    constraints: Vec<usize>,
    /// Their rows on the support, one a column.
    rows: Columns,
    /// `A = R_S⁻ᵀ C_Sᵀ` with unit columns, and the norms that these had.
    rays: Columns,
    ray_norms: Vec<f64>,
}

/// A candidate: scaled weights and, one a constraint of the face, multipliers.
struct Candidate {
    scaled: Vec<f64>,
    multipliers: Vec<f64>,
    /// `C u`, one a constraint of the face.
    values: Vec<f64>,
    certificate: Certificate,
}

impl<'a> Face<'a> {
    #[inline(always)]
    fn new(problem: &'a ConeProblem, support: &Support) -> Self {
        let columns: Vec<usize> = support
            .columns()
            .filter(|&j| problem.column_norms[j] > 0.0)
            .collect();
        let k = columns.len();
        let n = problem.column_norms.len();
        let (triangle, c) = triangle::restrict(&problem.ridged.0, &problem.ridged.1, n, &columns);
        let constraints: Vec<usize> = (0..problem.n_constraints)
            .filter(|&i| columns.iter().any(|&j| problem.rows.col(i)[j] != 0.0))
            .collect();
        let rows = Columns::from_fn(k, constraints.len(), |p, i| {
            problem.rows.col(constraints[i])[columns[p]]
        });
        let (rays, ray_norms) = triangle::unit_rays(&triangle, k, &rows, constraints.len());
        Self {
            problem,
            columns,
            triangle,
            c,
            constraints,
            rows,
            rays,
            ray_norms,
        }
    }

    /// Dual, polish, certificate; if that fails, the same once more by another pivot rule.
    #[inline(always)]
    fn solve(&self) -> Result<ConeSolution, SparseError> {
        let steepest = vec![1.0; self.constraints.len()];
        let mut iterations = 0;
        let mut best = Certificate::EXACT;
        for (attempt, pivots) in [&steepest, &self.ray_norms].into_iter().enumerate() {
            let (candidate, repairs, tried) = self.attempt(pivots);
            iterations += tried;
            let certificate = candidate.certificate;
            if certificate.holds() {
                let status = match (attempt, repairs) {
                    (0, 0) => SolveStatus::Certified,
                    (0, _) => SolveStatus::Polished,
                    _ => SolveStatus::ColdRestarted,
                };
                return Ok(self.solution(candidate, iterations, status));
            }
            if attempt == 0 || certificate.excess() < best.excess() {
                best = certificate;
            }
        }
        Err(SparseError::Uncertified {
            certificate: best,
            support_size: self.columns.len(),
        })
    }

    /// One solve of the dual, then changes of its active set until the certificate holds.
    #[inline(always)]
    fn attempt(&self, pivots: &[f64]) -> (Candidate, usize, usize) {
        let mut dual = LawsonHanson::new(
            &self.rays,
            self.constraints.len(),
            &self.c,
            self.columns.len(),
        );
        dual.run(pivots);
        let mut repairs = 0;
        loop {
            let candidate = self.refine(&dual);
            if candidate.certificate.holds()
                || repairs == REPAIRS
                || !repair(&mut dual, &candidate)
            {
                return (candidate, repairs, dual.iterations);
            }
            repairs += 1;
        }
    }

    /// The primal point of the dual's active set, moved onto the active constraints.
    ///
    /// ```text
    /// v = C_P u,   u ← u − R_S⁻¹ A_P (A_PᵀA_P)⁻¹ v,   μ ← μ + (A_PᵀA_P)⁻¹ v,   A_P = Q T
    /// ```
    #[inline(always)]
    fn refine(&self, dual: &LawsonHanson<'_>) -> Candidate {
        let (k, p) = (self.columns.len(), dual.passive.len());
        let mut scaled = dual.residual.clone();
        triangle::solve(&self.triangle, k, &mut scaled);
        let mut active = dual.multipliers.clone();
        let mut last = f64::INFINITY;
        for _ in 0..REFINEMENTS {
            let mut violation = zeros(p);
            for (v, &i) in violation.iter_mut().zip(&dual.passive) {
                *v = dot(self.rows.col(i), &scaled) / self.ray_norms[i];
            }
            let worst = largest(
                violation
                    .iter()
                    .zip(&dual.passive)
                    .map(|(v, &i)| v * self.ray_norms[i]),
            );
            if worst <= REFINED * self.problem.b_norm || worst > 0.5 * last {
                break;
            }
            last = worst;
            let mut share = zeros(p);
            triangle::solve_transposed(&dual.t, p, &violation, &mut share);
            let mut step = zeros(k);
            for (s, &share) in share[..p].iter().enumerate() {
                add_scaled(&mut step, -share, dual.q.col(s));
            }
            triangle::solve(&self.triangle, k, &mut step);
            add_scaled(&mut scaled, 1.0, &step);
            triangle::solve(&dual.t, p, &mut share);
            add_scaled(&mut active[..share.len()], 1.0, &share);
        }
        for u in &mut scaled {
            if u.abs() < NEGLIGIBLE * self.problem.b_norm {
                *u = 0.0;
            }
        }
        let mut multipliers = vec![0.0; self.constraints.len()];
        for (&i, &mu) in dual.passive.iter().zip(&active) {
            multipliers[i] = mu / self.ray_norms[i];
        }
        self.certify(scaled, multipliers)
    }

    /// Measures the conditions of optimality in the problem's own matrices.
    #[inline(always)]
    fn certify(&self, scaled: Vec<f64>, multipliers: Vec<f64>) -> Candidate {
        let ConeProblem {
            b_norm,
            ridge,
            plain: (r, c),
            ..
        } = self.problem;
        let mut residual = zeros(c.len());
        add_scaled(&mut residual, -1.0, c);
        for (&u, &j) in scaled.iter().zip(&self.columns) {
            add_scaled(&mut residual, u, r.col(j));
        }
        let mut pull = zeros(self.columns.len());
        let mut values = Vec::with_capacity(multipliers.len());
        for (i, &mu) in multipliers.iter().enumerate() {
            values.push(dot(self.rows.col(i), &scaled));
            if mu > 0.0 {
                add_scaled(&mut pull, mu, self.rows.col(i));
            }
        }
        let gradient = self.columns.iter().zip(&scaled).zip(&pull);
        let certificate = Certificate {
            infeasibility: largest(values.iter().map(|&v| if v < 0.0 { 0.0 } else { v })) / b_norm,
            stationarity: largest(
                gradient.map(|((&j, u), pull)| dot(r.col(j), &residual) + ridge * ridge * u + pull),
            ) / b_norm,
            complementarity: largest(
                (multipliers.iter().zip(&values)).map(|(&mu, v)| if mu < 0.0 { 0.0 } else { mu * v }),
            ) / (b_norm * b_norm),
        };
        Candidate {
            scaled,
            multipliers,
            values,
            certificate,
        }
    }

    fn solution(
        &self,
        candidate: Candidate,
        iterations: usize,
        status: SolveStatus,
    ) -> ConeSolution {
        let mut multipliers = vec![0.0; self.problem.n_constraints];
        for (&i, &mu) in self.constraints.iter().zip(&candidate.multipliers) {
            multipliers[i] = if mu < 0.0 { 0.0 } else { mu };
        }
        let scaled = self.columns.iter().copied().zip(candidate.scaled);
        ConeSolution {
            weights: self.problem.unscale(scaled),
            multipliers,
            certificate: candidate.certificate,
            iterations,
            status,
        }
    }
}

/// Changes the active set where the refined point contradicts it: the most negative multiplier
/// leaves, else the most violated constraint enters. False if there is nothing to change.
#[inline(always)]
fn repair(dual: &mut LawsonHanson<'_>, candidate: &Candidate) -> bool {
    let negative = (0..dual.passive.len())
        .map(|position| (position, candidate.multipliers[dual.passive[position]]))
        .filter(|pair| pair.1 < 0.0)
        .min_by(|x, y| x.1.total_cmp(&y.1));
    if let Some((position, _)) = negative {
        dual.release(position);
        return true;
    }
    let violated = (candidate.values.iter().enumerate())
        .filter(|(i, value)| **value > 0.0 && !dual.passive.contains(i))
        .max_by(|x, y| x.1.total_cmp(y.1));
    violated.is_some_and(|(i, _)| dual.enter(i))
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
        if column_norms[j] > 0.0 {
            constraints[(i, j)] / column_norms[j]
        } else {
            0.0
        }
    });
    let norms: Vec<f64> = (0..scaled.ncols())
        .map(|i| scaled.col(i).norm_l2())
        .collect();
    Columns::from_fn(scaled.nrows(), scaled.ncols(), |j, i| {
        if norms[i] > 0.0 {
            scaled[(j, i)] / norms[i]
        } else {
            0.0
        }
    })
}
