//! Gauss–Newton refinement of the breaks of a piecewise kernel, off the grid of bins.

use crate::change_points::penalty;
use crate::{ChangePoints, Noise, NormalEquations, SparseError, SubsetSolution};

/// Neighbouring values closer than this, relative to the largest, are the same.
const SAME: f64 = 1e-12;

/// Settings of [`refine_breaks`], in the unit of the breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakSearch {
    /// Width of the shells, and the longest step of a break.
    pub shell: f64,
    /// Stops when no break wants to move by more.
    pub tolerance: f64,
    /// Systems set up at most.
    pub cap: usize,
}

/// Why the refinement stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakStatus {
    /// No break moves by more than the tolerance.
    Converged,
    /// The cap was reached.
    IterationCap,
}

/// Breaks and values that minimise the residual together.
#[derive(Debug, Clone, PartialEq)]
pub struct RefinedBreaks {
    /// The breaks, ascending.
    pub breaks: Vec<f64>,
    /// Their standard errors.
    pub break_errors: Vec<f64>,
    /// The value of every piece, one more than breaks.
    pub values: Vec<f64>,
    /// Their standard errors, the breaks being unknown too.
    pub value_errors: Vec<f64>,
    /// `|F ζ − y|²` of the pieces.
    pub residual: f64,
    /// Number of rows.
    pub n_rows: usize,
    /// The [`Noise::misfit`] of the pieces.
    pub misfit: f64,
    /// Why the refinement stopped.
    pub status: BreakStatus,
    /// Systems that were set up.
    pub n_evaluations: usize,
}

/// Moves the breaks of a piecewise kernel to where they fit best.
///
/// ```text
/// K(r) = v_i ψ(r) on (β_{i−1}, β_i],  i = 1 … b + 1,  β₀ = 0
/// ∂K/∂β_i = (v_i − v_{i+1}) ψ(r) δ(r − β_i)
/// ```
///
/// `system(breaks, shell)` sets up 2b + 1 columns, the rows unchanged: first the b + 1 **pieces**,
/// the prediction of ψ(r) on (β_{i−1}, β_i]; then b **shells**, the prediction of
///
/// ```text
/// ψ(r)/w  on (β_i − w/2, β_i + w/2],  w = shell
/// ```
///
/// which stands for ψ(r) δ(r − β_i): its integral is that of ψ at the break, whatever the width.
/// A fit of all columns gives shell i the weight (v_i − v_{i+1}) Δβ_i, so that break i moves by the
/// weight over the jump. All steps are shortened alike so that none is longer than the width or half
/// the way to a neighbour or to 0, and halved as long as the residual of the pieces grows. The width of the
/// shells changes the speed and the errors slightly, the answer not: at the best breaks the
/// weights of the shells vanish.
///
/// # Errors
///
/// Those of `system`; as `E`: [`SparseError::Setting`] for settings or `breaks` that are not
/// positive and ascending, [`SparseError::DependentTerms`] for a piece or a shell without data,
/// [`SparseError::NoJump`], [`SparseError::NonFiniteEquations`].
///
/// # Panics
///
/// If `system` does not return 2b + 1 columns.
pub fn refine_breaks<E: From<SparseError>>(
    mut system: impl FnMut(&[f64], f64) -> Result<NormalEquations, E>,
    breaks: &[f64],
    search: BreakSearch,
    noise: Noise,
) -> Result<RefinedBreaks, E> {
    search.check(breaks)?;
    Ok(descend(&mut system, breaks, search, noise)??)
}

/// The number of breaks, chosen after their refinement.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakChoice {
    /// The law with the least criterion.
    pub best: RefinedBreaks,
    /// All laws that could be refined, by their number of breaks.
    pub by_breaks: Vec<RefinedBreaks>,
}

/// Refines the best segmentation of each number of breaks and takes the law with the least
///
/// ```text
/// misfit + 2 b (ln n + ln M),   n rows, M bins
/// ```
///
/// `found` are the change points among bins with the given `edges` (one more than bins, ascending
/// from 0 or above), `system` and `search` those of [`refine_breaks`]. A number of breaks for which
/// two breaks fall together, so that the piece between them cannot be told from a shell, is left out.
///
/// # Errors
///
/// Those of `system`; as `E`, those of [`refine_breaks`] if no number of breaks can be refined.
///
/// # Panics
///
/// If `system` does not return 2b + 1 columns, or a break of `found` is not among the edges.
pub fn choose_breaks<E: From<SparseError>>(
    mut system: impl FnMut(&[f64], f64) -> Result<NormalEquations, E>,
    found: &ChangePoints,
    edges: &[f64],
    search: BreakSearch,
    noise: Noise,
) -> Result<BreakChoice, E> {
    let mut by_breaks: Vec<RefinedBreaks> = Vec::new();
    let mut failure = SparseError::Empty { rows: 0, columns: 0 };
    for segmentation in &found.by_breaks {
        let breaks: Vec<f64> = segmentation.breaks.iter().map(|&k| edges[k]).collect();
        search.check(&breaks)?;
        match descend(&mut system, &breaks, search, noise)? {
            Ok(refined) => by_breaks.push(refined),
            Err(error) => failure = error,
        }
    }
    let n_bins = edges.len() - 1;
    let criterion = |law: &RefinedBreaks| law.criterion(n_bins);
    let best = by_breaks.iter().min_by(|a, b| criterion(a).total_cmp(&criterion(b)));
    Ok(BreakChoice { best: best.ok_or(failure)?.clone(), by_breaks })
}

impl RefinedBreaks {
    /// `misfit + 2 b (ln n + ln M)` for breaks that were searched among `M` bins.
    #[must_use]
    pub fn criterion(&self, n_bins: usize) -> f64 {
        self.misfit + penalty(self.breaks.len(), self.n_rows, n_bins)
    }
}

/// The outer error is that of `system`.
fn descend<E>(
    system: &mut impl FnMut(&[f64], f64) -> Result<NormalEquations, E>,
    breaks: &[f64],
    search: BreakSearch,
    noise: Noise,
) -> Result<Result<RefinedBreaks, SparseError>, E> {
    let mut expand = |breaks: &[f64]| -> Result<Result<Expansion, SparseError>, E> {
        Ok(Expansion::new(&system(breaks, search.shell)?, breaks, search.shell))
    };
    let mut best = match expand(breaks)? {
        Ok(expansion) => expansion,
        Err(error) => return Ok(Err(error)),
    };
    let (mut n_evaluations, mut share) = (1, 1.0);
    let mut status = BreakStatus::Converged;
    while share * best.longest_step() > search.tolerance {
        if n_evaluations >= search.cap {
            status = BreakStatus::IterationCap;
            break;
        }
        let moved = best.breaks.iter().zip(&best.steps).map(|(place, step)| place + share * step);
        n_evaluations += 1;
        match expand(&moved.collect::<Vec<f64>>())? {
            Ok(trial) if trial.pieces.residual <= best.pieces.residual => {
                (best, share) = (trial, 1.0);
            }
            Ok(_) => share *= 0.5,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(best.report(noise, status, n_evaluations)))
}

impl BreakSearch {
    fn check(self, breaks: &[f64]) -> Result<(), SparseError> {
        let setting = |name, value, range| Err(SparseError::Setting { name, value, range });
        for (name, value) in [("shell", self.shell), ("tolerance", self.tolerance)] {
            if !(value > 0.0 && value.is_finite()) {
                return setting(name, value, "positive and finite");
            }
        }
        let mut before = 0.0;
        for &place in breaks {
            if !(place > before && place.is_finite()) {
                return setting("a break", place, "positive, finite and above the one before");
            }
            before = place;
        }
        Ok(())
    }
}

/// The model to first order around some breaks.
struct Expansion {
    breaks: Vec<f64>,
    /// Least squares of the pieces.
    pieces: SubsetSolution,
    /// Least squares of pieces and shells.
    all: SubsetSolution,
    /// Where the breaks want to go.
    steps: Vec<f64>,
    response: f64,
    n_rows: usize,
}

impl Expansion {
    fn new(equations: &NormalEquations, breaks: &[f64], shell: f64) -> Result<Self, SparseError> {
        let (b, n_terms) = (breaks.len(), equations.n_terms());
        assert_eq!(n_terms, 2 * b + 1, "{n_terms} columns for {b} breaks: expected 2b + 1");
        equations.check()?;
        let support: Vec<bool> = (0..n_terms).map(|k| k <= b).collect();
        let pieces = equations.solve(&support)?;
        let all = equations.solve(&vec![true; n_terms])?;
        let values = &pieces.weights[..=b];
        let scale = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let mut steps = Vec::with_capacity(b);
        for (index, &place) in breaks.iter().enumerate() {
            let jump = values[index] - values[index + 1];
            if jump.abs() <= SAME * scale {
                return Err(SparseError::NoJump { index, place });
            }
            steps.push(all.weights[b + 1 + index] / jump);
        }
        let share = damping(breaks, &steps, shell);
        steps.iter_mut().for_each(|step| *step *= share);
        let NormalEquations { response, n_rows, .. } = *equations;
        Ok(Self { breaks: breaks.to_vec(), pieces, all, steps, response, n_rows })
    }

    fn longest_step(&self) -> f64 {
        self.steps.iter().fold(0.0, |m, step| m.max(step.abs()))
    }

    fn report(self, noise: Noise, status: BreakStatus, n_evaluations: usize) -> RefinedBreaks {
        let b = self.breaks.len();
        let residual = self.pieces.residual;
        let deviation = noise.variance(residual, self.n_rows, 2 * b + 1).sqrt();
        let mut errors = self.all.standard_errors;
        errors.iter_mut().for_each(|error| *error *= deviation);
        let values = &self.pieces.weights[..=b];
        RefinedBreaks {
            breaks: self.breaks,
            break_errors: (0..b)
                .map(|i| errors[b + 1 + i] / (values[i] - values[i + 1]).abs())
                .collect(),
            values: values.to_vec(),
            value_errors: errors[..=b].to_vec(),
            residual,
            n_rows: self.n_rows,
            misfit: noise.misfit(residual, self.response, self.n_rows),
            status,
            n_evaluations,
        }
    }
}

/// The share of the steps that is no longer than the shell and crosses no neighbour: at most about
/// half the way to it. All steps shrink alike, so that the direction stays one of descent.
fn damping(breaks: &[f64], steps: &[f64], shell: f64) -> f64 {
    let mut share = 1.0_f64;
    for (i, step) in steps.iter().enumerate() {
        let left = breaks[i] - if i == 0 { 0.0 } else { breaks[i - 1] };
        let right = breaks.get(i + 1).map_or(f64::INFINITY, |next| next - breaks[i]);
        let room = if *step < 0.0 { left } else { right };
        let most = shell.min(0.49 * room);
        if step.abs() > most {
            share = share.min(most / step.abs());
        }
    }
    share
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;
    use crate::LinearSystem;

    const SEARCH: BreakSearch = BreakSearch { shell: 0.1, tolerance: 1e-9, cap: 40 };

    /// Row x predicts ∫₀⁵ K(r) cos(x r) dr: pieces and shells in closed form, ψ = 1.
    fn system(size: f64) -> impl FnMut(&[f64], f64) -> Result<NormalEquations, SparseError> {
        let x = |i: usize| 0.1 + 0.05 * i as f64;
        let between = move |i: usize, a: f64, b: f64| ((x(i) * b).sin() - (x(i) * a).sin()) / x(i);
        let truth = [(0.0, 1.537, 0.5), (1.537, 2.113, 1.0), (2.113, 5.0, 0.2)];
        move |breaks, shell| {
            let edge = |i: usize| [&[0.0], breaks, &[5.0]].concat()[i];
            let b = breaks.len();
            let g = Mat::from_fn(60, 2 * b + 1, |i, k| match k.checked_sub(b + 1) {
                None => between(i, edge(k), edge(k + 1)),
                Some(s) => between(i, breaks[s] - 0.5 * shell, breaks[s] + 0.5 * shell) / shell,
            });
            let y = |i: usize| {
                let exact: f64 = truth.iter().map(|&(a, b, v)| v * between(i, a, b)).sum();
                exact + size * (12.9898 * i as f64).sin()
            };
            Ok(NormalEquations::new(&LinearSystem { g, b: (0..60).map(y).collect() }))
        }
    }

    #[test]
    fn finds_breaks_off_the_grid() {
        let found = refine_breaks(system(0.0), &[1.5, 2.1], SEARCH, Noise::Unknown).unwrap();
        assert_eq!(found.status, BreakStatus::Converged);
        // The square root of rounding: the residual is flat to 1e-16 |y|² around its minimum.
        assert!((found.breaks[0] - 1.537).abs() < 1e-7, "{found:?}");
        assert!((found.breaks[1] - 2.113).abs() < 1e-7, "{found:?}");
        for (value, expected) in found.values.iter().zip([0.5, 1.0, 0.2]) {
            assert!((value - expected).abs() < 1e-7, "{found:?}");
        }
        assert!(found.n_evaluations < 20, "{}", found.n_evaluations);
        // From further away, and from breaks that must not cross.
        for start in [[1.0, 3.0], [1.9, 2.0]] {
            let far = refine_breaks(system(0.0), &start, SEARCH, Noise::Unknown).unwrap();
            assert!((far.breaks[0] - 1.537).abs() < 1e-7, "{far:?}");
        }
    }

    #[test]
    fn standard_errors_are_those_of_all_parameters_together() {
        let thin = BreakSearch { shell: 0.02, ..SEARCH };
        let found = refine_breaks(system(1e-3), &[1.5, 2.1], thin, Noise::Known).unwrap();
        // Derivatives of the prediction by central differences, at the estimate.
        let predict = |p: &[f64]| {
            let equations = |i: usize| {
                let x = 0.1 + 0.05 * i as f64;
                let edges = [0.0, p[0], p[1], 5.0];
                (0..3)
                    .map(|k| p[2 + k] * ((x * edges[k + 1]).sin() - (x * edges[k]).sin()) / x)
                    .sum()
            };
            (0..60).map(equations).collect::<Vec<f64>>()
        };
        let at = [found.breaks.clone(), found.values.clone()].concat();
        let jacobian: Vec<Vec<f64>> = (0..5)
            .map(|k| {
                let (mut up, mut down) = (at.clone(), at.clone());
                (up[k], down[k]) = (at[k] + 1e-5, at[k] - 1e-5);
                predict(&up).iter().zip(predict(&down)).map(|(u, d)| (u - d) / 2e-5).collect()
            })
            .collect();
        let g = Mat::from_fn(60, 5, |i, k| jacobian[k][i]);
        let linear = NormalEquations::new(&LinearSystem { g, b: vec![0.0; 60] });
        let expected = linear.solve(&[true; 5]).unwrap().standard_errors;
        let errors = [found.break_errors, found.value_errors].concat();
        for (error, expected) in errors.iter().zip(expected) {
            // Discretisation: shells of finite width, O(shell²): 1e-2 at a width of 0.1.
            assert!((error / expected - 1.0).abs() < 1e-3, "{error} {expected}");
        }
    }

    #[test]
    fn the_number_of_breaks_is_chosen_off_the_grid() {
        let mut bins = system(1e-3);
        let edges: Vec<f64> = (0..=50).map(|k| 0.1 * f64::from(k)).collect();
        // The pieces of 49 breaks, without the shells, are the bins.
        let pieces = Mat::from_fn(99, 50, |k, l| f64::from(u8::from(k == l)));
        let equations = bins(&edges[1..50], 0.1).unwrap().mixed(&pieces);
        let found = crate::change_points(&equations, 3, Noise::Unknown).unwrap();
        // Both true breaks lie inside a bin; three breaks on its edges fit better than two.
        assert_eq!(found.best.breaks.len(), 3);
        let chosen = choose_breaks(system(1e-3), &found, &edges, SEARCH, Noise::Unknown).unwrap();
        assert_eq!(chosen.best.breaks.len(), 2);
        for (i, place) in [1.537, 2.113].into_iter().enumerate() {
            // Statistical: 4 standard errors; the errors are a fixed pattern.
            let error = (chosen.best.breaks[i] - place).abs();
            assert!(error < 4.0 * chosen.best.break_errors[i], "{chosen:?}");
        }
        let alone = choose_breaks(system(1e-3), &found, &edges, SEARCH, Noise::Known).unwrap();
        // χ² of 1e-6: with a known variance of 1 the data do not ask for any break.
        assert!(alone.best.breaks.is_empty());
    }

    #[test]
    fn no_breaks_need_no_steps_and_the_cap_is_a_status() {
        let none = refine_breaks(system(0.0), &[], SEARCH, Noise::Known).unwrap();
        assert_eq!((none.n_evaluations, none.values.len()), (1, 1));
        let early = BreakSearch { cap: 2, ..SEARCH };
        let found = refine_breaks(system(0.0), &[1.0, 3.0], early, Noise::Known).unwrap();
        assert_eq!((found.status, found.n_evaluations), (BreakStatus::IterationCap, 2));
    }

    #[test]
    fn errors() {
        let run =
            |breaks: &[f64], search| match refine_breaks(system(0.0), breaks, search, Noise::Known)
            {
                Err(SparseError::Setting { name, .. }) => name,
                _ => "none",
            };
        assert_eq!(run(&[2.0, 1.0], SEARCH), "a break");
        assert_eq!(run(&[0.0], SEARCH), "a break");
        assert_eq!(run(&[1.0], BreakSearch { shell: f64::NAN, ..SEARCH }), "shell");
        assert_eq!(run(&[1.0], BreakSearch { tolerance: 0.0, ..SEARCH }), "tolerance");
        let flat = |_: &[f64], _: f64| {
            let g = Mat::<f64>::identity(3, 3);
            Ok::<_, SparseError>(NormalEquations::new(&LinearSystem { g, b: vec![1.0, 1.0, 1.0] }))
        };
        let error = refine_breaks(flat, &[1.0], SEARCH, Noise::Known);
        assert_eq!(error, Err(SparseError::NoJump { index: 0, place: 1.0 }));
    }

    #[test]
    #[should_panic(expected = "2 columns for 1 breaks")]
    fn wrong_numbers_of_columns_panic() {
        let two = |_: &[f64], _: f64| Ok::<_, SparseError>(NormalEquations::zeros(2));
        let _ = refine_breaks(two, &[1.0], SEARCH, Noise::Known);
    }
}
