//! Kernels φ(r) = f(r) r^q whose factor f jumps: where, and from what to what.

use super::config::Observations;
use super::error::KernelError;
use super::systems::Systems;
use pairlaw_law::{KernelTerm, PairKernel};
use pairlaw_sparse::{
    BreakSearch, BreakStatus, ChangePoints, Noise, NormalEquations, RefinedBreaks, change_points,
    choose_breaks,
};

/// How breaks are searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PieceSearch {
    /// Largest distance at which f is asked for, length; f is 0 beyond.
    pub reach: f64,
    /// Width of the bins of the first search, length.
    pub bin: f64,
    /// Exponent q of the power that f multiplies.
    pub exponent: u8,
    /// Most breaks.
    pub most_breaks: usize,
}

impl PieceSearch {
    /// An influence function, φ(r) = f(r) r, with at most three breaks among bins of .1.
    #[must_use]
    pub fn influence(reach: f64) -> Self {
        Self { reach, bin: 0.1, exponent: 1, most_breaks: 3 }
    }

    fn check(&self) -> Result<usize, KernelError> {
        let refuse = |name, value, range| Err(KernelError::Setting { name, value, range });
        if !(self.reach > 0.0 && self.reach.is_finite()) {
            return refuse("reach", self.reach, "positive and finite");
        }
        let bins = (self.reach / self.bin).round();
        if !(2.0..=1000.0).contains(&bins) {
            return refuse("bin", self.bin, "such that reach / bin lies between 2 and 1000");
        }
        Ok(bins as usize)
    }
}

/// A piecewise kernel: `f = values[i]` between `breaks[i − 1]` and `breaks[i]`.
#[derive(Clone, Debug)]
pub struct LearnedPieces {
    /// Breaks, ascending, with standard errors and values; for densities the errors mean little, since
    /// neighbouring cells err together.
    pub refined: RefinedBreaks,
    /// f in every bin as the data and a random walk before them have it, what the paper has a network for.
    pub binned: Vec<f64>,
    /// Standard deviations of those.
    pub binned_errors: Vec<f64>,
    /// The first search.
    pub search: ChangePoints,
    /// φ.
    pub kernel: PairKernel,
}

/// Learns a kernel that jumps.
///
/// ```text
/// 1   bins          f constant in bins of width Δ: one column each
/// 2   search        all sets of breaks among the bins, the best of each number of breaks
/// 3   refinement    Gauss–Newton on breaks and values together, off the bins
/// 4   number        the least misfit + 2 b (ln rows + ln bins) of b refined breaks
/// ```
///
/// The noise must be known: χ² at different breaks would otherwise have different units. On densities
/// that are not smooth on their grid a break too many may be found, since discretisation errors are no
/// noise; look at `search.by_breaks`.
///
/// # Errors
///
/// [`KernelError`], as [`super::learn`]; [`KernelError::Setting`] for bins that make no sense;
/// [`KernelError::UnknownNoise`].
///
/// # Source
///
/// Takes the place of the neural network and its clustered gradients in section 4.3 of Shi, Yang, Hong
/// (2025); the search is that of Bai and Perron (1998).
pub fn learn_pieces<const D: usize>(
    observations: &Observations<'_, D>,
    search: &PieceSearch,
) -> Result<LearnedPieces, KernelError> {
    let edges = edges(search)?;
    observations.check_noise_is_known()?;
    let bins = Systems::new(observations, &pieces(&edges, search)?)?;
    let (total, noise) = (bins.total().projected(edges.len() - 1)?, bins.noise);
    let found = change_points(&total, search.most_breaks, noise)?;
    let system = |breaks: &[f64], shell: f64| -> Result<_, KernelError> {
        let ends = with_ends(breaks, search.reach);
        if ends.windows(2).any(|ends| ends[1] - ends[0] < NARROWEST * search.bin) {
            // As without data: this number of breaks is out of the running.
            return Ok(NormalEquations::zeros(2 * breaks.len() + 1));
        }
        let mut kernels = pieces(&ends, search)?;
        for at in breaks {
            let (from, to) = ((at - 0.5 * shell).max(0.0), at + 0.5 * shell);
            let piece = KernelTerm::Piece { from, to, exponent: search.exponent };
            kernels.push(PairKernel::new(vec![piece], vec![1.0 / (to - from)])?);
        }
        let n_columns = kernels.len();
        Ok(Systems::new(observations, &kernels)?.total().projected(n_columns)?)
    };
    let steps = BreakSearch { shell: search.bin, tolerance: 1e-4 * search.bin, cap: 40 };
    let refined = choose_breaks(system, &found, &edges, steps, noise)?.best;
    let terms = pieces(&with_ends(&refined.breaks, search.reach), search)?;
    let kernel = PairKernel::new(
        terms.iter().flat_map(|piece| piece.terms().to_vec()).collect(),
        refined.values.clone(),
    )?;
    let (binned, binned_errors) = binned(&total, &refined, noise)?;
    Ok(LearnedPieces { refined, binned, binned_errors, search: found, kernel })
}

impl LearnedPieces {
    /// Whether the refinement settled.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.refined.status == BreakStatus::Converged
    }
}

/// Standard deviation of f's steps from bin to bin before the data speak, relative to the largest
/// value found; narrow bins alone are not told apart.
const ROUGHNESS: f64 = 0.2;

/// f in bins and its standard deviation, given the data and a random walk before them:
///
/// ```text
/// min  |F f − y|²/s² + Σ_k (f_{k+1} − f_k)²/τ² + f_M²/τ²,    τ = .2 max|v|
/// ```
fn binned(
    bins: &NormalEquations,
    found: &RefinedBreaks,
    noise: Noise,
) -> Result<(Vec<f64>, Vec<f64>), KernelError> {
    let n_fitted = found.values.len() + found.breaks.len();
    // Exact data leave rounding.
    let floor = f64::EPSILON * bins.response / found.n_rows as f64;
    let variance = noise.variance(found.residual, found.n_rows, n_fitted).max(floor);
    let largest = found.values.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    let step = if largest > 0.0 { ROUGHNESS * largest } else { 1.0 };
    let precision = variance / (step * step);
    let mut walk = bins.clone();
    // Every bin takes a step to the next one, the last one to 0.
    for k in 0..bins.n_terms() {
        walk.gram[(k, k)] += precision;
        if k + 1 < bins.n_terms() {
            walk.gram[(k + 1, k + 1)] += precision;
            walk.gram[(k, k + 1)] -= precision;
            walk.gram[(k + 1, k)] -= precision;
        }
    }
    let fit = walk.solve(&vec![true; bins.n_terms()])?;
    let errors = fit.standard_errors.iter().map(|e| e * variance.sqrt()).collect();
    Ok((fit.weights, errors))
}

/// Narrowest piece, in bins.
const NARROWEST: f64 = 0.25;

/// Edges of the bins from 0 to the reach.
fn edges(search: &PieceSearch) -> Result<Vec<f64>, KernelError> {
    let n = search.check()?;
    Ok((0..=n).map(|k| search.reach * k as f64 / n as f64).collect())
}

fn with_ends(breaks: &[f64], reach: f64) -> Vec<f64> {
    [&[0.0], breaks, &[reach]].concat()
}

/// One kernel between each two edges.
fn pieces(edges: &[f64], search: &PieceSearch) -> Result<Vec<PairKernel>, KernelError> {
    let piece = |ends: &[f64]| {
        let (from, to) = (ends[0], ends[1]);
        PairKernel::term(KernelTerm::Piece { from, to, exponent: search.exponent })
    };
    Ok(edges.windows(2).map(piece).collect::<Result<_, _>>()?)
}
