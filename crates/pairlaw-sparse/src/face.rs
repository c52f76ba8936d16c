//! The cone problem on one support: dual, polish, certificate.

use crate::columns::{Columns, add_scaled, dot, largest, zeros};
use crate::lawson_hanson::LawsonHanson;
use crate::{Certificate, ConeProblem, ConeSolution, SolveStatus, SparseError, Support, triangle};

/// Scaled weights below this share of `|b|` are set to zero.
const NEGLIGIBLE: f64 = 1e-13;

/// A solution this far inside what the certificate requires is taken at once.
const AIM: f64 = 0.1;

/// Below which part orthogonal to the active rays a unit ray counts as dependent, one attempt after
/// the other. Lower bounds miss no constraint but make the factors worse, which the refinement
/// then has to repair; the last one is for cones where it cannot.
const DEPENDENT: [f64; 4] = [1e-11, 1e-13, 1e-15, 1e-9];

/// Refinement stops at this share of what the certificate requires.
const REFINED: f64 = 1e-5;

/// Steps of refinement; each gains the digits that the triangle's condition leaves.
const REFINEMENTS: usize = 10;

/// Changes of the active set that a polish may make.
const REPAIRS: usize = 40;

/// The problem on one support.
pub(crate) struct Face<'a> {
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
#[derive(Clone)]
struct Candidate {
    scaled: Vec<f64>,
    multipliers: Vec<f64>,
    /// `C u`, one a constraint of the face.
    values: Vec<f64>,
    /// Gradient of the Lagrangian, one a column of the face.
    gradient: Vec<f64>,
    certificate: Certificate,
}

impl Candidate {
    /// Whether no further attempt is needed; a NaN never is good.
    fn is_good(&self) -> bool {
        self.certificate.excess() <= AIM
    }

    /// Whether the certificate is closer to holding; a NaN is beaten by any number.
    fn is_better_than(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.certificate.excess(), other.certificate.excess());
        ours < theirs || (theirs.is_nan() && !ours.is_nan())
    }
}

impl<'a> Face<'a> {
    #[inline(always)]
    pub(crate) fn new(problem: &'a ConeProblem, support: &Support) -> Self {
        let columns: Vec<usize> =
            support.columns().filter(|&j| problem.column_norms[j] > 0.0).collect();
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
        Self { problem, columns, triangle, c, constraints, rows, rays, ray_norms }
    }

    /// Dual, polish, certificate; cold restarts by other rules until the certificate is good, and
    /// at the end the best that holds.
    #[inline(always)]
    pub(crate) fn solve(&self) -> Result<ConeSolution, SparseError> {
        let steepest = vec![1.0; self.constraints.len()];
        // The steepest constraint enters first; after that fails, the most violated one.
        let rules =
            [&steepest, &self.ray_norms].map(|pivots| DEPENDENT.map(|bound| (pivots, bound)));
        let mut iterations = 0;
        let mut best: Option<(Candidate, SolveStatus)> = None;
        for (attempt, (pivots, dependent)) in rules.into_iter().flatten().enumerate() {
            let (candidate, repairs, tried) = self.attempt(pivots, dependent);
            iterations += tried;
            let status = match (attempt, repairs) {
                (0, 0) => SolveStatus::Certified,
                (0, _) => SolveStatus::Polished,
                _ => SolveStatus::ColdRestarted,
            };
            if (best.as_ref()).is_none_or(|(best, _)| candidate.is_better_than(best)) {
                best = Some((candidate, status));
            }
            if (best.as_ref()).is_some_and(|(best, _)| best.is_good()) {
                break;
            }
        }
        let (candidate, status) = best.expect("there is at least one rule");
        if candidate.certificate.holds() {
            Ok(self.solution(candidate, iterations, status))
        } else {
            Err(SparseError::Uncertified {
                certificate: candidate.certificate,
                support_size: self.columns.len(),
            })
        }
    }

    /// One solve of the dual, then changes of its active set until the certificate is good.
    #[inline(always)]
    fn attempt(&self, pivots: &[f64], dependent: f64) -> (Candidate, usize, usize) {
        let mut dual = LawsonHanson::new(
            &self.rays,
            self.constraints.len(),
            &self.c,
            self.columns.len(),
            dependent,
        );
        dual.run(pivots);
        let mut latest = self.refine(&dual);
        let mut best = latest.clone();
        let mut repairs = 0;
        while repairs < REPAIRS && !best.is_good() && repair(&mut dual, &latest) {
            latest = self.refine(&dual);
            if latest.is_better_than(&best) {
                best = latest.clone();
            }
            repairs += 1;
        }
        (best, repairs, dual.iterations)
    }

    /// The primal point of the dual's active set, refined until its defects are rounding.
    #[inline(always)]
    fn refine(&self, dual: &LawsonHanson<'_>) -> Candidate {
        let mut scaled = dual.residual.clone();
        triangle::solve(&self.triangle, self.columns.len(), &mut scaled);
        let mut multipliers = vec![0.0; self.constraints.len()];
        for (&i, &mu) in dual.passive.iter().zip(&dual.multipliers) {
            multipliers[i] = mu / self.ray_norms[i];
        }
        let mut best = self.certify(scaled, multipliers);
        for _ in 0..REFINEMENTS {
            let defect = self.defect(dual, &best);
            if defect <= REFINED {
                break;
            }
            let next = self.correct(dual, &best);
            if self.defect(dual, &next) < defect {
                best = next;
            } else {
                break;
            }
        }
        best
    }

    /// The largest violation of the equations that hold on the active set: `C_P u = 0` and a
    /// vanishing gradient, as a share of what the certificate allows.
    #[inline(always)]
    fn defect(&self, dual: &LawsonHanson<'_>, candidate: &Candidate) -> f64 {
        let worst = largest(dual.passive.iter().map(|&i| candidate.values[i]));
        largest([
            worst / self.problem.b_norm / Certificate::REQUIRED.infeasibility,
            candidate.certificate.stationarity / Certificate::REQUIRED.stationarity,
        ])
    }

    /// One step of iterative refinement on the equations of the active set.
    ///
    /// ```text
    /// R_Sᵀ R_S du + C_Pᵀ dμ = −s     s: gradient of the Lagrangian
    /// C_P du                = −v     v: values of the active constraints
    ///
    /// A_P = Q T,  t = R_S⁻ᵀ s,  h = T⁻ᵀ v:   T dμ = h − Qᵀt,   R_S du = −t − A_P dμ
    /// ```
    #[inline(always)]
    fn correct(&self, dual: &LawsonHanson<'_>, candidate: &Candidate) -> Candidate {
        let (k, p) = (self.columns.len(), dual.passive.len());
        let mut step = zeros(k);
        triangle::solve_transposed(&self.triangle, k, &candidate.gradient, &mut step);
        let mut values = zeros(p);
        for (v, &i) in values.iter_mut().zip(&dual.passive) {
            *v = candidate.values[i] / self.ray_norms[i];
        }
        let mut change = zeros(p);
        triangle::solve_transposed(&dual.t, p, &values, &mut change);
        for (s, change) in change[..p].iter_mut().enumerate() {
            *change -= dot(dual.q.col(s), &step);
            add_scaled(&mut step, *change, dual.q.col(s));
        }
        triangle::solve(&self.triangle, k, &mut step);
        triangle::solve(&dual.t, p, &mut change);
        let mut scaled = candidate.scaled.clone();
        add_scaled(&mut scaled, -1.0, &step);
        let mut multipliers = candidate.multipliers.clone();
        for (&i, change) in dual.passive.iter().zip(&change) {
            multipliers[i] += change / self.ray_norms[i];
        }
        self.certify(scaled, multipliers)
    }

    /// Measures the conditions of optimality in the problem's own matrices.
    #[inline(always)]
    fn certify(&self, mut scaled: Vec<f64>, multipliers: Vec<f64>) -> Candidate {
        let ConeProblem { b_norm, ridge, plain: (r, c), .. } = self.problem;
        let mut residual = zeros(c.len());
        add_scaled(&mut residual, -1.0, c);
        for (u, &j) in scaled.iter_mut().zip(&self.columns) {
            if u.abs() < NEGLIGIBLE * b_norm {
                *u = 0.0;
            }
            add_scaled(&mut residual, *u, r.col(j));
        }
        let mut gradient = zeros(self.columns.len());
        let mut values = Vec::with_capacity(multipliers.len());
        for (i, &mu) in multipliers.iter().enumerate() {
            values.push(dot(self.rows.col(i), &scaled));
            if mu > 0.0 || mu.is_nan() {
                add_scaled(&mut gradient, mu, self.rows.col(i));
            }
        }
        for ((entry, &j), u) in gradient.iter_mut().zip(&self.columns).zip(&scaled) {
            *entry += dot(r.col(j), &residual) + ridge * ridge * u;
        }
        let certificate = Certificate::measure(&multipliers, &values, &gradient, *b_norm);
        Candidate { scaled, multipliers, values, gradient, certificate }
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
