//! Weak-form systems of interaction kernels from the empirical measure of many particles.

mod moments;
mod test_space;
mod time_integral;
mod white_rows;

mod window;

mod instruments;

use faer::Mat;
use pairlaw_data::Snapshots;
use pairlaw_law::{ExternalPotential, PairKernel, PairSums, SumMethod};
use pairlaw_sparse::{NormalEquations, SubsetSolution};
use rayon::prelude::*;
use std::ops::RangeInclusive;

use crate::WeakError;
use instruments::{instrumented, normal_equations};
use moments::{Moments, moments};
use test_space::{ORDER, TestSpace};
use white_rows::product;
use window::{LEAST_PARTICLES, Windows};

/// Windows of which the moments are held in memory at once.
const BATCH: usize = 32;

/// Snapshots that one thread takes at a time: the plans of pair sums are copied for each such run.
const RUN: usize = 8;

/// Standard deviations of the noise over one interval that a cell between knots has by default.
const CELL_IN_NOISE: f64 = 3.0;

/// Condition number of two columns, scaled to unit length, from which on they count as the same.
const CONFOUNDED: f64 = 1e3;

/// What is known of the noise `σ dW`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Diffusion {
    /// σ², length²/time. 0 for deterministic motion: rows are then weighed as for σ² = 1, and χ² and
    /// standard errors measure what the discretisation leaves, in that unit.
    Known(f64),
    /// σ² is the weight of one more column, the last.
    Unknown,
}

/// What a column of a [`MeasureSystem`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The kernel of this index in the dictionary.
    Kernel(usize),
    /// The external potential of this index in the configuration.
    External(usize),
    /// σ², if it is unknown.
    Diffusion,
}

/// Whether kernels and external forces can be told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Separation {
    /// No two of them do nearly the same to the measure.
    Separate,
    /// These two do: only their sum is known. A harmonic well and the kernel r differ by the motion
    /// of the mean alone; start away from the well's centre.
    Confounded {
        /// Column of the kernel.
        kernel: usize,
        /// Column of the external term.
        external: usize,
        /// Condition number of the two columns, scaled to unit length.
        condition: f64,
    },
}

/// Choices of [`measure_system`].
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureConfig<const D: usize> {
    /// Test functions along each axis, at least 6; `None` for at most 40, 12 and 8 in 1, 2 and 3
    /// dimensions (20, 10 and 8 if σ² is unknown) and cells no narrower than `3σ√Δt`: the integrals
    /// over time do not follow narrower ones, and χ² shows it.
    pub n_splines: Option<[usize; D]>,
    /// Intervals between snapshots in a window, even.
    pub intervals_per_window: usize,
    /// What is known of the noise.
    pub diffusion: Diffusion,
    /// External potentials, each with a weight to be found.
    pub external: Vec<ExternalPotential<D>>,
    /// How the pair sums of the dictionary are computed.
    pub sums: SumMethod,
}

impl<const D: usize> MeasureConfig<D> {
    /// Windows of two intervals, no external force, the fastest pair sums.
    #[must_use]
    pub fn new(diffusion: Diffusion) -> Self {
        Self {
            n_splines: None,
            intervals_per_window: 2,
            diffusion,
            external: Vec::new(),
            sums: SumMethod::Auto,
        }
    }

    /// Refuses choices that make no system.
    ///
    /// # Errors
    ///
    /// [`WeakError::BadDiffusion`], [`WeakError::OddWindow`], [`WeakError::TooFewSplines`],
    /// [`WeakError::BadExternal`].
    pub fn check(&self) -> Result<(), WeakError> {
        if let Diffusion::Known(diffusion) = self.diffusion
            && !(diffusion >= 0.0 && diffusion.is_finite())
        {
            return Err(WeakError::BadDiffusion { diffusion });
        }
        let intervals = self.intervals_per_window;
        if intervals == 0 || !intervals.is_multiple_of(2) {
            return Err(WeakError::OddWindow { intervals });
        }
        for (axis, &n_splines) in self.n_splines.iter().flatten().enumerate() {
            if n_splines < ORDER {
                return Err(WeakError::TooFewSplines { axis, n_splines, needed: ORDER });
            }
        }
        let is_bad = |potential: &ExternalPotential<D>| {
            let numbers = || potential.slope.iter().chain(&potential.stiffness);
            numbers().any(|x| !x.is_finite()) || numbers().all(|x| *x == 0.0)
        };
        match self.external.iter().position(is_bad) {
            Some(external) => Err(WeakError::BadExternal { external }),
            None => Ok(()),
        }
    }

    fn columns(&self, n_kernels: usize) -> Vec<Column> {
        let kernels = (0..n_kernels).map(Column::Kernel);
        let external = (0..self.external.len()).map(Column::External);
        let diffusion = (self.diffusion == Diffusion::Unknown).then_some(Column::Diffusion);
        kernels.chain(external).chain(diffusion).collect()
    }

    /// Splines along an axis of this extent, for intervals of this length.
    fn default_splines(&self, extent: f64, dt: f64) -> usize {
        let (most, narrowest) = match self.diffusion {
            Diffusion::Known(diffusion) => ([40, 12, 8], CELL_IN_NOISE * (diffusion * dt).sqrt()),
            Diffusion::Unknown => ([20, 10, 8], 0.0),
        };
        let cells = (extent / narrowest).max(1.0) as usize;
        cells.saturating_add(ORDER - 1).min(most[D.clamp(1, 3) - 1])
    }
}

/// The weak form of a mean-field law on the empirical measure, as normal equations.
#[derive(Clone, Debug)]
pub struct MeasureSystem {
    /// Rows of all windows, independent and of unit variance.
    pub equations: NormalEquations,
    /// What each column stands for.
    pub columns: Vec<Column>,
    /// Test functions in space.
    pub n_tests: usize,
    /// Windows in time.
    pub n_windows: usize,
    /// Combinations of test functions and windows that were left out, since they hold no motion or
    /// fewer than 5 particles.
    pub n_dropped: usize,
    /// The σ² that gives the rows unit variance: the one given or found, 1 for the known σ² = 0.
    pub diffusion: f64,
}

/// Weak-form system of a dictionary of kernels ψ_k, from snapshots of particles that need no
/// identities; no density is estimated and nothing measured is differentiated.
///
/// ```text
/// dX_i = −(1/N) Σ_{j≠i} Σ_k ζ_k K_k(X_i − X_j) dt − V'(X_i) dt + σ dW_i,   K_k(x) = ψ_k(|x|) x/|x|
/// y_lm = ⟨μ, g_m⟩|_{t_l}^{t_{l+1}} − (σ²/2) ∫⟨μ, Δg_m⟩ dt = −Σ_k ζ_k ∫⟨μ, ∇g_m·(K_k*μ)⟩ dt + noise
/// Cov(y_lm, y_lm') = (σ²/N) ∫⟨μ, ∇g_m·∇g_m'⟩ dt,   windows independent
/// ```
///
/// g_m are products of uniform B-splines of degree 5 on the box of all particles, integrals over
/// time follow Simpson's rule (parabolas where intervals differ; trapezia where one is more than
/// twice its neighbour). Each window is divided by the root of its covariance: `equations.solve`
/// then gives weights with standard errors, and [`MeasureSystem::reduced_chi_square`] tests the law.
/// External terms follow the kernels as columns; with an unknown σ², the column ½∫⟨μ, Δg⟩ comes last.
/// An unknown σ² is estimated with all columns, without the bias that noise within a window gives.
///
/// A last odd interval of the record is not used. Bits do not depend on the number of threads. Work:
/// the pair sums of every snapshot, 6^D (number of columns) N each, and the cube of the number of
/// test functions a window.
///
/// # Errors
///
/// Those of [`MeasureConfig::check`]; [`WeakError::TooFewSnapshots`], [`WeakError::FlatAxis`],
/// [`WeakError::TooFewParticles`]; [`WeakError::Law`] from the pair sums. Kernels that are the same
/// on these data are found by `equations.solve`.
///
/// # Source
///
/// Messenger and Bortz (2022), *Learning mean-field equations from particle data using WSINDy*,
/// Physica D 439:133406, for the weak form on the empirical measure; the covariance is Itô's isometry.
pub fn measure_system<const D: usize>(
    snapshots: &Snapshots<D>,
    dictionary: &[PairKernel],
    config: &MeasureConfig<D>,
) -> Result<MeasureSystem, WeakError> {
    let space = test_space(snapshots, config)?;
    let columns = config.columns(dictionary.len());
    let windows = Windows {
        space: &space,
        n_particles: snapshots.n_particles(),
        n_fields: dictionary.len() + config.external.len(),
        diffusion: match config.diffusion {
            Diffusion::Known(diffusion) => Some(diffusion),
            Diffusion::Unknown => None,
        },
        variance: match config.diffusion {
            Diffusion::Known(diffusion) if diffusion > 0.0 => diffusion,
            _ => 1.0,
        },
    };
    let spans = spans(snapshots.times().len(), config.intervals_per_window);
    let (gram, n_rows) = gram(snapshots, dictionary, config, &windows, &spans)?;
    let n_tests = space.n_functions();
    if n_rows == 0 {
        let n_particles = snapshots.n_particles();
        return Err(WeakError::TooFewParticles { n_tests, needed: LEAST_PARTICLES, n_particles });
    }
    let (n, mut diffusion) = (columns.len(), windows.variance);
    let equations = match config.diffusion {
        // Terms that overflow are left to `solve`, which refuses them by name.
        _ if normal_equations(&gram, n, n_rows).check().is_err() => {
            normal_equations(&gram, n, n_rows)
        }
        Diffusion::Known(_) => normal_equations(&gram, n, n_rows),
        Diffusion::Unknown => {
            let (equations, weights) = instrumented(&gram, n, n_rows);
            diffusion = plausible(weights[n - 1], equations.residual(&weights) / n_rows as f64);
            of_unit_variance(equations, diffusion)
        }
    };
    let (n_windows, n_dropped) = (spans.len(), spans.len() * n_tests - n_rows);
    Ok(MeasureSystem { equations, columns, n_tests, n_windows, n_dropped, diffusion })
}

/// Gram matrix of the white rows of all windows, and their number.
fn gram<const D: usize>(
    snapshots: &Snapshots<D>,
    dictionary: &[PairKernel],
    config: &MeasureConfig<D>,
    windows: &Windows<'_, D>,
    spans: &[RangeInclusive<usize>],
) -> Result<(Mat<f64>, usize), WeakError> {
    let mut sums = PairSums::new(dictionary, config.sums)?;
    let (lower, upper) = snapshots.bounds();
    sums.cover(lower, upper);
    let scratch = || (sums.clone(), Vec::new());
    let moments_of = |(sums, fields): &mut (PairSums<D>, Vec<[Vec<f64>; D]>), snapshot| {
        let positions = snapshots.positions(snapshot);
        fields.resize(dictionary.len(), std::array::from_fn(|_| Vec::new()));
        sums.evaluate(positions, fields);
        fields.extend(config.external.iter().map(|term| gradient(term, positions)));
        moments(windows.space, positions, fields)
    };
    let mut total: Option<(Mat<f64>, usize)> = None;
    // Moments of the snapshots of a batch; the last one also starts the next batch.
    let mut known: Vec<Moments> = Vec::new();
    for batch in spans.chunks(BATCH) {
        let (first, last) = (*batch[0].start(), *batch[batch.len() - 1].end());
        let new = (first + known.len()..last + 1).into_par_iter().with_min_len(RUN);
        known.extend(new.map_init(scratch, moments_of).collect::<Vec<_>>());
        let gram_of = |span: &RangeInclusive<usize>| {
            let times = &snapshots.times()[span.clone()];
            let rows = windows.white_rows(times, &known[span.start() - first..=span.end() - first]);
            (product(rows.transpose(), rows.as_ref()), rows.nrows())
        };
        let grams: Vec<_> = batch.par_iter().map(gram_of).collect();
        for (gram, n_rows) in grams {
            match &mut total {
                None => total = Some((gram, n_rows)),
                Some((sum, count)) => {
                    *sum += gram;
                    *count += n_rows;
                }
            }
        }
        known.drain(..last - first);
    }
    Ok(total.expect("three snapshots make a window"))
}

fn test_space<const D: usize>(
    snapshots: &Snapshots<D>,
    config: &MeasureConfig<D>,
) -> Result<TestSpace<D>, WeakError> {
    config.check()?;
    let times = snapshots.times();
    if times.len() < 3 {
        return Err(WeakError::TooFewSnapshots { n_times: times.len() });
    }
    let (lower, upper) = snapshots.bounds();
    if let Some(axis) = (0..D).find(|d| lower[*d] >= upper[*d]) {
        return Err(WeakError::FlatAxis { axis, coordinate: lower[axis] });
    }
    let dt = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
    let by_default = || std::array::from_fn(|d| config.default_splines(upper[d] - lower[d], dt));
    Ok(TestSpace::new(lower, upper, config.n_splines.unwrap_or_else(by_default)))
}

/// First and last snapshots of the windows, each of an even number of intervals.
fn spans(n_times: usize, intervals: usize) -> Vec<RangeInclusive<usize>> {
    let last = (n_times - 1) / 2 * 2;
    (0..last).step_by(intervals).map(|first| first..=(first + intervals).min(last)).collect()
}

/// The estimate of σ², or else the variance of the rows about the fit.
fn plausible(diffusion: f64, variance: f64) -> f64 {
    let plausible = |sigma2: &f64| *sigma2 > 0.0 && sigma2.is_finite();
    [diffusion, variance].into_iter().find(plausible).unwrap_or(1.0)
}

fn of_unit_variance(mut equations: NormalEquations, variance: f64) -> NormalEquations {
    equations.gram *= faer::Scale(1.0 / variance);
    equations.moments.iter_mut().for_each(|c| *c /= variance);
    equations.response /= variance;
    equations
}

/// ∇V at every particle.
fn gradient<const D: usize>(
    potential: &ExternalPotential<D>,
    positions: [&[f64]; D],
) -> [Vec<f64>; D] {
    std::array::from_fn(|d| positions[d].iter().map(|x| potential.gradient(d, *x)).collect())
}

impl MeasureSystem {
    /// χ² a degree of freedom: near 1, give or take `√(2/rows)`, if the law and σ² are right.
    ///
    /// ```text
    /// |F ζ − y|² / (rows − terms)
    /// ```
    #[must_use]
    pub fn reduced_chi_square(&self, fit: &SubsetSolution) -> f64 {
        let n_terms = fit.standard_errors.iter().filter(|error| **error > 0.0).count();
        fit.residual / (self.equations.n_rows as f64 - n_terms as f64)
    }

    /// Adds the rows of another run with the same columns.
    ///
    /// The field `diffusion` becomes the mean, weighed by rows.
    ///
    /// # Panics
    ///
    /// If the columns differ.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.columns, other.columns, "columns of systems that are added");
        let rows = [self, other].map(|system| system.equations.n_rows as f64);
        let weighed = rows[0] * self.diffusion + rows[1] * other.diffusion;
        self.diffusion = weighed / (rows[0] + rows[1]);
        self.equations.add(&other.equations);
        self.n_tests = self.n_tests.max(other.n_tests);
        self.n_windows += other.n_windows;
        self.n_dropped += other.n_dropped;
    }

    /// Whether some kernel and some external term do the same to the measure on these data.
    #[must_use]
    pub fn separation(&self) -> Separation {
        let gram = &self.equations.gram;
        let mut worst = Separation::Separate;
        let mut limit = CONFOUNDED;
        for (kernel, first) in self.columns.iter().enumerate() {
            for (external, second) in self.columns.iter().enumerate() {
                let (Column::Kernel(_), Column::External(_)) = (first, second) else { continue };
                let squares = gram[(kernel, kernel)] * gram[(external, external)];
                let cosine = gram[(kernel, external)].abs() / squares.sqrt();
                let condition = (1.0 + cosine) / (1.0 - cosine).max(f64::EPSILON);
                if condition > limit {
                    limit = condition;
                    worst = Separation::Confounded { kernel, external, condition };
                }
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_even_numbers_of_intervals() {
        assert_eq!(spans(6, 2), [0..=2, 2..=4]);
        assert_eq!(spans(9, 6), [0..=6, 6..=8]);
        assert_eq!(spans(3, 10), [0..=2]);
    }

    #[test]
    fn cells_are_wide_against_the_noise() {
        let splines = |diffusion, dt| MeasureConfig::<1>::new(diffusion).default_splines(8.0, dt);
        // 3σ√Δt = .424: 18 cells.
        assert_eq!(splines(Diffusion::Known(2.0), 0.01), 23);
        assert_eq!(splines(Diffusion::Known(0.0), 0.01), 40);
        assert_eq!(splines(Diffusion::Known(1e9), 1.0), 6);
        assert_eq!(splines(Diffusion::Unknown, 0.01), 20);
    }

    #[test]
    fn a_variance_is_found_in_any_case() {
        let found = [plausible(2.0, 1.0), plausible(-2.0, 3.0), plausible(f64::NAN, 0.0)];
        assert!(found.iter().zip([2.0, 3.0, 1.0]).all(|(f, e)| (f - e).abs() < 1e-15));
    }
}
