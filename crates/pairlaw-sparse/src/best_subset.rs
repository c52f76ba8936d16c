//! Best-subset regression: every support up to a size, on one set of normal equations.

use faer::{Mat, Side};

use crate::cholesky::Cholesky;
use crate::{Noise, NormalEquations, SparseError, SubsetSolution};

/// Supports that are tried at most.
const LIMIT: f64 = 4e6;

/// Two unit columns with `1 − |cos|` below this are the same on the data.
const IDENTICAL: f64 = 1e-14;

/// A unit column with less than this of its square outside the others depends on them.
const DEPENDENT: f64 = 1e-14;

/// One support, its least squares, and what an information criterion says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedSubset {
    /// Whether a term is in it.
    pub support: Vec<bool>,
    /// One weight a term; 0 outside the support.
    pub weights: Vec<f64>,
    /// Standard errors of the weights for this support; 0 outside.
    pub standard_errors: Vec<f64>,
    /// `misfit + k ln n`, less is better; a difference of 10 is strong evidence.
    pub criterion: f64,
    /// `|F ζ − y|²`.
    pub residual: f64,
    /// Condition number of the support's unit columns, squared (that of the Gram matrix).
    pub condition: f64,
}

/// What [`best_subset`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct BestSubset {
    /// The support with the least criterion.
    pub best: RankedSubset,
    /// The next one, of any size: its distance in the criterion says how sure the choice is.
    pub runner_up: Option<RankedSubset>,
    /// The best support of each size, from the fewest terms on; a size without an independent
    /// support is left out.
    pub by_size: Vec<RankedSubset>,
    /// Supports that were compared.
    pub n_supports: usize,
    /// Supports that were skipped because their terms depend on each other.
    pub n_dependent: usize,
}

/// How well the terms of a dictionary can be told apart on the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// Condition number of the Gram matrix of unit columns; infinite if it is singular to rounding.
    pub condition: f64,
    /// The two terms that are most alike (of one term, itself twice).
    pub most_alike: (usize, usize),
    /// The cosine between them.
    pub cosine: f64,
}

/// Measures how well all terms can be told apart.
///
/// # Errors
///
/// [`SparseError::DependentTerms`] if a term vanishes or two are the same on these data up to a
/// factor; [`SparseError::NonFiniteEquations`]; [`SparseError::Empty`] without terms or rows.
pub fn conditioning(equations: &NormalEquations) -> Result<Conditioning, SparseError> {
    equations.check()?;
    let n = equations.n_terms();
    if n == 0 || equations.n_rows == 0 {
        return Err(SparseError::Empty { rows: equations.n_rows, columns: n });
    }
    let unit = unit_gram(equations)?;
    let pairs = (0..n).flat_map(|j| (0..j).map(move |i| (i, j)));
    let alike = |p: &(usize, usize)| unit[*p].abs();
    let most_alike = pairs.max_by(|p, q| alike(p).total_cmp(&alike(q))).unwrap_or((0, 0));
    let (first, second) = most_alike;
    if first != second && 1.0 - alike(&most_alike) <= IDENTICAL {
        return Err(SparseError::DependentTerms { first, second });
    }
    let eigenvalues = unit.self_adjoint_eigenvalues(Side::Lower);
    let condition = eigenvalues.map_or(f64::INFINITY, |e| {
        let floor = n as f64 * f64::EPSILON * e[n - 1];
        if e[0] > floor { e[n - 1] / e[0] } else { f64::INFINITY }
    });
    Ok(Conditioning { condition, most_alike, cosine: unit[most_alike] })
}

/// Finds, among all supports of at most `max_terms` terms, the one that minimises
///
/// ```text
/// misfit(|F ζ − y|²) + k ln n,   k = number of weights, n = number of rows
/// ```
///
/// with the misfit of [`Noise`]. The terms in `always` (such as a diffusivity to be estimated) are
/// in every support and do not count towards `max_terms`; the empty law is tried too.
///
/// All supports are visited depth first with one new row of a Cholesky factor each, so that 16
/// terms (65,536 supports) take milliseconds. Terms are not eliminated one by one: that fails on
/// nearly dependent dictionaries even with exact data.
///
/// # Errors
///
/// As [`conditioning`], because a choice between equal terms would be arbitrary; other dependent
/// supports are skipped and counted, unless the terms `always` are dependent themselves.
/// [`SparseError::TooManyCombinations`] beyond 4 million supports.
///
/// # Panics
///
/// If an entry of `always` is not a term.
///
/// # Source
///
/// Schwarz (1978), *Estimating the dimension of a model*, for the criterion; Furnival, Wilson
/// (1974), *Regressions by leaps and bounds*, for the traversal (here without bounds).
pub fn best_subset(
    equations: &NormalEquations,
    max_terms: usize,
    noise: Noise,
    always: &[usize],
) -> Result<BestSubset, SparseError> {
    conditioning(equations)?;
    let mut search = Search::new(equations, always)?;
    let max_terms = max_terms.min(search.optional.len());
    let count: f64 = (0..=max_terms).map(|k| combinations(search.optional.len(), k)).sum();
    if count > LIMIT {
        return Err(SparseError::TooManyCombinations { count, limit: LIMIT });
    }
    search.visit(0, max_terms, search.forced, 0);
    Ok(search.rank(equations, max_terms, noise, count as usize))
}

/// `n` over `k`.
pub(crate) fn combinations(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64)
}

fn unit_gram(equations: &NormalEquations) -> Result<Mat<f64>, SparseError> {
    let norms = equations.column_norms()?;
    Ok(Mat::from_fn(norms.len(), norms.len(), |i, j| {
        equations.gram[(i, j)] / (norms[i] * norms[j])
    }))
}

/// The supports visited so far, and where the traversal is.
struct Search {
    unit: Mat<f64>,
    moments: Vec<f64>,
    always: Vec<bool>,
    optional: Vec<usize>,
    /// Columns in the factor.
    path: Vec<usize>,
    factor: Cholesky,
    /// Residual of the terms that are always in.
    forced: f64,
    /// Residual, later criterion, and bits of the optional terms.
    visited: Vec<(f64, u128)>,
}

impl Search {
    fn new(equations: &NormalEquations, always: &[usize]) -> Result<Self, SparseError> {
        let n = equations.n_terms();
        let mut forced = vec![false; n];
        for &k in always {
            assert!(k < n, "term {k} is always in, but there are {n} terms");
            forced[k] = true;
        }
        let optional: Vec<usize> = (0..n).filter(|&k| !forced[k]).collect();
        if optional.len() > 128 {
            let (name, value) = ("the number of terms", optional.len() as f64);
            return Err(SparseError::Setting { name, value, range: "at most 128" });
        }
        let norms = equations.column_norms()?;
        let mut search = Self {
            unit: unit_gram(equations)?,
            moments: equations.moments.iter().zip(&norms).map(|(c, norm)| c / norm).collect(),
            forced: equations.solve(&forced)?.residual,
            always: forced,
            optional,
            path: Vec::new(),
            factor: Cholesky::default(),
            visited: Vec::new(),
        };
        for k in (0..n).filter(|k| always.contains(k)) {
            let first = search.path.first().copied().unwrap_or(k);
            search.push(k).ok_or(SparseError::DependentTerms { first, second: k })?;
        }
        Ok(search)
    }

    fn push(&mut self, k: usize) -> Option<f64> {
        let products = self.path.iter().map(|&l| self.unit[(l, k)]).chain([1.0]);
        let gain = self.factor.push(products, self.moments[k], DEPENDENT)?;
        self.path.push(k);
        Some(gain)
    }

    /// Visits a support and all that add up to `left` terms from `from` on.
    fn visit(&mut self, from: usize, left: usize, residual: f64, bits: u128) {
        self.visited.push((residual, bits));
        if left == 0 {
            return;
        }
        for i in from..self.optional.len() {
            if let Some(gain) = self.push(self.optional[i]) {
                self.visit(i + 1, left - 1, residual - gain, bits | 1 << i);
                self.factor.pop();
                self.path.pop();
            }
        }
    }

    /// Solves the supports that lead, those of each size and overall, once more and in full.
    fn rank(
        mut self,
        equations: &NormalEquations,
        max_terms: usize,
        noise: Noise,
        count: usize,
    ) -> BestSubset {
        let n_always = self.always.iter().filter(|&&forced| forced).count();
        for (value, bits) in &mut self.visited {
            let n_weights = n_always + bits.count_ones() as usize;
            *value = criterion(equations, noise, *value, n_weights);
        }
        self.visited.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(x.cmp(y)));
        let mut n_supports = self.visited.len();
        let mut leaders = Vec::new();
        let mut by_size = vec![None; max_terms + 1];
        for &(_, bits) in &self.visited {
            let best_of_size = &mut by_size[bits.count_ones() as usize];
            if leaders.len() >= 2 && best_of_size.is_some() {
                continue;
            }
            let support = self.support(bits);
            // Dependent by a smallest eigenvalue though not by a pivot.
            let Ok(solution) = equations.solve(&support) else {
                n_supports -= 1;
                continue;
            };
            let ranked = ranked(equations, noise, support, solution);
            best_of_size.get_or_insert_with(|| ranked.clone());
            leaders.push(ranked);
        }
        let mut leaders = leaders.into_iter();
        BestSubset {
            best: leaders.next().expect("the support of no optional term has a solution"),
            runner_up: leaders.next(),
            by_size: by_size.into_iter().flatten().collect(),
            n_supports,
            n_dependent: count - n_supports,
        }
    }

    fn support(&self, bits: u128) -> Vec<bool> {
        let mut support = self.always.clone();
        for (i, &k) in self.optional.iter().enumerate() {
            support[k] = bits >> i & 1 == 1;
        }
        support
    }
}

fn criterion(equations: &NormalEquations, noise: Noise, residual: f64, n_weights: usize) -> f64 {
    let n = equations.n_rows;
    noise.misfit(residual, equations.response, n) + n_weights as f64 * (n as f64).ln()
}

fn ranked(
    equations: &NormalEquations,
    noise: Noise,
    support: Vec<bool>,
    solution: SubsetSolution,
) -> RankedSubset {
    let n_weights = support.iter().filter(|&&kept| kept).count();
    let deviation = noise.variance(solution.residual, equations.n_rows, n_weights).sqrt();
    RankedSubset {
        support,
        weights: solution.weights,
        standard_errors: solution.standard_errors.iter().map(|e| e * deviation).collect(),
        criterion: criterion(equations, noise, solution.residual, n_weights),
        residual: solution.residual,
        condition: solution.condition,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LinearSystem;

    /// Columns e₀, e₁, e₂ of lengths 1, 10 and 100, and y = (3, 4, 0.1, 1).
    fn orthogonal() -> NormalEquations {
        let g = Mat::from_fn(4, 3, |i, k| if i == k { [1.0, 10.0, 100.0][k] } else { 0.0 });
        NormalEquations::new(&LinearSystem { g, b: vec![3.0, 4.0, 0.1, 1.0] })
    }

    #[test]
    fn by_hand_with_known_variance() {
        let found = best_subset(&orthogonal(), 3, Noise::Known, &[]).unwrap();
        assert_eq!(found.best.support, [true, true, false]);
        assert!((found.best.weights[0] - 3.0).abs() < 1e-14);
        assert!((found.best.standard_errors[1] - 0.1).abs() < 1e-14);
        // χ² = .01 + 1, two weights, four rows.
        assert!((found.best.criterion - (1.01 + 2.0 * 4.0_f64.ln())).abs() < 1e-12);
        assert_eq!(found.runner_up.unwrap().support, [true; 3]);
        let sizes: Vec<_> = found.by_size.iter().map(|ranked| ranked.residual).collect();
        for (found, expected) in sizes.iter().zip([26.01, 10.01, 1.01, 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{sizes:?}");
        }
        assert_eq!((found.n_supports, found.n_dependent), (8, 0));
    }

    #[test]
    fn by_hand_with_unknown_variance_and_a_forced_term() {
        let found = best_subset(&orthogonal(), 1, Noise::Unknown, &[2]).unwrap();
        assert_eq!(found.best.support, [false, true, true]);
        // 4 ln(10/4) + 2 ln 4, σ² = 10/2.
        assert!((found.best.criterion - 4.0 * 10.0_f64.ln() + 2.0 * 4.0_f64.ln()).abs() < 1e-12);
        assert!((found.best.standard_errors[1] - 5.0_f64.sqrt() / 10.0).abs() < 1e-14);
        assert_eq!((found.n_supports, found.by_size.len()), (3, 2));
        assert_eq!(found.by_size[0].support, [false, false, true]);
    }

    #[test]
    fn dependent_supports_are_skipped_and_counted() {
        // e₀, e₁, e₀ + e₁ and e₂: 2 of 16 supports contain the first three.
        let g = Mat::from_fn(5, 4, |i, k| {
            f64::from([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1], [0; 4], [0; 4]][i][k])
        });
        let equations =
            NormalEquations::new(&LinearSystem { g, b: vec![5.0, -6.0, 7.0, 1.0, 1.0] });
        let found = best_subset(&equations, 4, Noise::Known, &[]).unwrap();
        assert_eq!((found.n_supports, found.n_dependent), (14, 2));
        assert_eq!(found.by_size.len(), 4);
        assert!((found.best.residual - 2.0).abs() < 1e-12, "{found:?}");
        assert!(conditioning(&equations).unwrap().condition.is_infinite());
        let error = best_subset(&equations, 1, Noise::Known, &[0, 1, 2]).unwrap_err();
        assert!(matches!(error, SparseError::DependentTerms { .. }), "{error}");
    }

    #[test]
    fn equal_terms_are_named() {
        let g = Mat::from_fn(6, 3, |i, k| [i as f64, 1.0, -2.0 * i as f64][k]);
        let equations = NormalEquations::new(&LinearSystem { g, b: vec![1.0; 6] });
        let named = SparseError::DependentTerms { first: 0, second: 2 };
        assert_eq!(conditioning(&equations).unwrap_err(), named);
        assert_eq!(best_subset(&equations, 2, Noise::Known, &[]).unwrap_err(), named);
    }

    #[test]
    fn conditioning_by_hand() {
        // Unit columns with cosine .6: eigenvalues .4 and 1.6.
        let g = Mat::from_fn(2, 2, |i, k| [[5.0, 3.0], [0.0, 4.0]][i][k]);
        let equations = NormalEquations::new(&LinearSystem { g, b: vec![1.0; 2] });
        let found = conditioning(&equations).unwrap();
        assert!((found.condition - 4.0).abs() < 1e-14 && (found.cosine - 0.6).abs() < 1e-15);
        assert_eq!(found.most_alike, (0, 1));
        let none = conditioning(&NormalEquations::zeros(0)).unwrap_err();
        assert_eq!(none, SparseError::Empty { rows: 0, columns: 0 });
    }

    #[test]
    fn too_many_supports_are_refused() {
        let n = 40;
        let mut equations = NormalEquations::zeros(n);
        (equations.gram, equations.n_rows) = (Mat::identity(n, n), 100);
        let error = best_subset(&equations, 8, Noise::Known, &[]).unwrap_err();
        assert!(matches!(error, SparseError::TooManyCombinations { .. }), "{error}");
        assert!(best_subset(&equations, 2, Noise::Known, &[]).is_ok());
        equations.moments[7] = f64::NAN;
        let error = best_subset(&equations, 2, Noise::Known, &[]).unwrap_err();
        assert!(matches!(error, SparseError::NonFiniteEquations { row: 7, column: 40, .. }));
    }
}
