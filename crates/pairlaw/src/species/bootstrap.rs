//! How sure a species' law is: the bootstrap over its cells.

use crate::species::cell_systems::CellSystems;
use crate::species::error::SpeciesError;
use crate::species::expectation_maximization::{MixtureFit, Weighting};
use crate::species::learned::LearnedSpecies;
use crate::species::mixture_starts::REWEIGHTED_ROUNDS;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Accum, Mat, Par};
use pairlaw_data::Streams;
use pairlaw_law::{Force, Law};
use pairlaw_sparse::{CompressedSystem, PathConfig, SparseError, thresholded_path};
use pairlaw_validate::ForceGrid;
use rand::{Rng, RngExt};
use rayon::prelude::*;

/// Levels of the two ends of an interval, which together hold 95 %, and of its middle.
const LEVELS: [f64; 3] = [0.025, 0.5, 0.975];

/// Choices of the bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootstrapConfig {
    /// Number of replicates, at least 1; 200 by default.
    pub n_replicates: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for BootstrapConfig {
    fn default() -> Self {
        Self { n_replicates: 200, seed: 1 }
    }
}

/// How sure the weight of one term is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TermInterval {
    /// The law's weight.
    pub estimate: f64,
    /// 2.5 % quantile over the replicates, a term left out counted as 0.
    pub low: f64,
    /// 97.5 % quantile.
    pub high: f64,
    /// Share of the replicates that have the term.
    pub inclusion: f64,
}

/// A species' law learned again from cells drawn with replacement.
///
/// The intervals tell how the law would vary with other cells of the same species in the same
/// population. They know nothing of errors that all cells share: discretisation in time, a basis
/// that lacks the true force, noise in the positions that biases every cell's system alike.
/// Where these dominate, as they do in recordings without noise, the true force lies outside of the
/// bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The law.
    pub law: Law,
    /// One interval a term.
    pub terms: Vec<TermInterval>,
    /// Weights of every replicate, one a term.
    pub replicates: Vec<Vec<f64>>,
    /// Replicates left out, because no threshold had a certified model.
    pub n_uncertified: usize,
}

/// A 95 % band around one force, pointwise over the replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct ForceBand {
    /// The force.
    pub force: Force,
    /// Radii (drag: speeds) and angles.
    pub grid: ForceGrid,
    /// 2.5 % quantile, a row an angle and a column a radius.
    pub low: Vec<Vec<f64>>,
    /// Median, shaped alike.
    pub median: Vec<Vec<f64>>,
    /// 97.5 % quantile, shaped alike.
    pub high: Vec<Vec<f64>>,
}

/// Learns the law of a species again from each of many draws of its cells with replacement, under
/// the same constraints and with the same three rounds of reweighting, from the law on:
///
/// ```text
/// w* = thresholded path of Σ_i m_i weight_i² ρ_i(w)²,   C w ≤ 0,   weight_i = 1/max(ρ_i(w*), 1e-6)
/// ```
///
/// with m_i the number of times that cell i is drawn, Σ m_i as many as there are cells. `path` holds
/// the share α of the fit and the ridge that gave the law. Cells are drawn whole, because what errs
/// in one cell errs along its track. Members without a weak system are left out.
///
/// Each replicate has a random stream of its own: any number of threads gives the same bits.
///
/// # Errors
/// [`SpeciesError::BadConfig`] without replicates, [`SpeciesError::TooFewMembers`] if fewer than two
/// members have a system, [`SpeciesError::NoReplicate`] if no replicate has a certified model, and
/// what the regression reports.
///
/// # Panics
/// If the law has not as many terms as the systems.
///
/// # Source
/// Efron (1979), Ann. Statist. 7; percentile intervals: Efron and Tibshirani (1993), *An Introduction
/// to the Bootstrap*, section 13.3.
pub fn bootstrap_law(
    systems: &CellSystems,
    constraints: &Mat<f64>,
    species: &LearnedSpecies,
    path: &PathConfig,
    config: &BootstrapConfig,
) -> Result<Bootstrap, SpeciesError> {
    let BootstrapConfig { n_replicates, seed } = *config;
    if n_replicates == 0 {
        let needed = "at least 1";
        return Err(SpeciesError::BadConfig { field: "n_replicates", value: 0.0, needed });
    }
    let members = members_of(systems, species);
    if members.len() < 2 {
        return Err(SpeciesError::TooFewMembers { n_cells: members.len() });
    }
    let law = species.law.clone();
    let weights = law.all_weights();
    let draws = Draws::new(&members, reweighted(&members, &weights))?;
    let streams: Vec<_> = Streams::new(seed).take(n_replicates).collect();
    let found: Vec<Result<Option<Vec<f64>>, SpeciesError>> = streams
        .into_par_iter()
        .map(|mut random| replicate(&draws, &draw(members.len(), &mut random), constraints, path))
        .collect();
    let found: Vec<Option<Vec<f64>>> = found.into_iter().collect::<Result<_, _>>()?;
    let replicates: Vec<Vec<f64>> = found.into_iter().flatten().collect();
    if replicates.is_empty() {
        return Err(SpeciesError::NoReplicate { n_replicates });
    }
    let terms = (0..weights.len()).map(|j| interval(weights[j], &replicates, j)).collect();
    Ok(Bootstrap { law, terms, n_uncertified: n_replicates - replicates.len(), replicates })
}

/// The systems of a species alone.
fn members_of(systems: &CellSystems, species: &LearnedSpecies) -> CellSystems {
    let system_of = |cell: &usize| systems.cells.binary_search(cell).ok();
    let members: Vec<usize> = species.members.iter().filter_map(system_of).collect();
    CellSystems {
        cells: members.iter().map(|i| systems.cells[*i]).collect(),
        systems: members.iter().map(|i| systems.systems[*i].clone()).collect(),
    }
}

/// The weights of a pooled regression that a model's residuals give.
fn reweighted(members: &CellSystems, model: &[f64]) -> Vec<f64> {
    MixtureFit::assign(members, vec![model.to_vec()]).weights(Weighting::Reweighted)
}

/// How often each of `n` cells is drawn in `n` draws.
fn draw(n: usize, random: &mut impl Rng) -> Vec<f64> {
    let mut times = vec![0.0; n];
    (0..n).for_each(|_| times[random.random_range(0..n)] += 1.0);
    times
}

/// The weights of one replicate; none without a certified model.
fn replicate(
    draws: &Draws<'_>,
    times: &[f64],
    constraints: &Mat<f64>,
    path: &PathConfig,
) -> Result<Option<Vec<f64>>, SpeciesError> {
    let mut weights = draws.weights.clone();
    let mut model = Vec::new();
    for _ in 0..REWEIGHTED_ROUNDS {
        model = match thresholded_path(&draws.pool(times, &weights)?, constraints, path) {
            Err(SparseError::Uncertified { .. }) => return Ok(None),
            found => found?.weights,
        };
        weights = reweighted(draws.members, &model);
    }
    Ok(Some(model))
}

fn interval(estimate: f64, replicates: &[Vec<f64>], term: usize) -> TermInterval {
    let mut weights: Vec<f64> = replicates.iter().map(|weights| weights[term]).collect();
    let included = weights.iter().filter(|weight| **weight != 0.0).count();
    let [low, _, high] = quantiles(&mut weights);
    TermInterval { estimate, low, high, inclusion: included as f64 / replicates.len() as f64 }
}

/// The quantiles at [`LEVELS`], linear between order statistics (Hyndman and Fan 1996, definition 7).
fn quantiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    LEVELS.map(|level| {
        let at = level * (values.len() - 1) as f64;
        let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
        below + at.fract() * (above - below)
    })
}

/// Pools many draws of the same cells without factorising their rows again: n² operations a cell
/// instead of n³. With `T_i` the triangle of `weight_i/‖b_i‖ [G_i b_i]` and `T` that of all cells pooled,
///
/// ```text
/// A_i = T_i T⁻¹,   Σ_i m_i A_iᵀA_i = L Lᵀ,   Lᵀ T is the triangle of the draw
/// ```
///
/// in which other weights enter as factors of m_i. The sum is well conditioned, since it is the
/// identity for all cells drawn once, and its rounding is relative to ‖T x‖ in every direction x,
/// which that of normal equations is not.
struct Draws<'a> {
    members: &'a CellSystems,
    /// The weights in T_i.
    weights: Vec<f64>,
    /// T.
    triangle: Mat<f64>,
    /// The lower triangle of each A_iᵀA_i, column by column.
    grams: Vec<Vec<f64>>,
}

/// A smaller pivot of the sum says that the draw lacks the cells that a direction depends on.
const LEAST_PIVOT: f64 = 1e-6;

impl<'a> Draws<'a> {
    fn new(members: &'a CellSystems, weights: Vec<f64>) -> Result<Self, SpeciesError> {
        let all: Vec<usize> = (0..members.len()).collect();
        let triangle = augmented(&members.pool(&all, &weights)?, 1.0);
        let gram = |i: &usize| {
            let system = &members.systems[*i];
            let part = augmented(system, weights[*i] / system.b_norm);
            let mut whitened = part.transpose().to_owned();
            let lower = triangle.transpose();
            solve_lower_triangular_in_place(lower, whitened.as_mut(), Par::Seq);
            let n = lower.nrows();
            let mut gram = Mat::zeros(n, n);
            let right = whitened.transpose();
            matmul(gram.as_mut(), Accum::Replace, whitened.as_ref(), right, 1.0, Par::Seq);
            (0..n).flat_map(|j| (j..n).map(move |i| (i, j))).map(|at| gram[at]).collect()
        };
        let grams = all.par_iter().map(gram).collect();
        Ok(Self { members, weights, triangle, grams })
    }

    /// [`CellSystems::pool`] with every member as often as it was drawn.
    fn pool(&self, times: &[f64], weights: &[f64]) -> Result<CompressedSystem, SpeciesError> {
        if let Some(triangle) = self.triangle_of(times, weights) {
            let n = triangle.ncols() - 1;
            let drawn = (0..times.len()).filter(|i| times[*i] > 0.0);
            let squares: f64 =
                times.iter().zip(weights).map(|(m, weight)| m * weight * weight).sum();
            return Ok(CompressedSystem {
                r: triangle.submatrix(0, 0, n, n).to_owned(),
                c: (0..n).map(|i| triangle[(i, n)]).collect(),
                b_norm: squares.sqrt(),
                residual_norm: triangle[(n, n)].abs(),
                n_rows: drawn.map(|i| self.members.systems[i].n_rows).sum(),
            });
        }
        let drawn: Vec<usize> = (0..times.len()).filter(|i| times[*i] > 0.0).collect();
        let weights: Vec<f64> = times.iter().zip(weights).map(|(m, w)| m.sqrt() * w).collect();
        self.members.pool(&drawn, &weights)
    }

    /// `Lᵀ T`; none where the sum has no safe Cholesky factor.
    fn triangle_of(&self, times: &[f64], weights: &[f64]) -> Option<Mat<f64>> {
        let mut sum = vec![0.0; self.grams[0].len()];
        for (i, gram) in self.grams.iter().enumerate().filter(|(i, _)| times[*i] > 0.0) {
            let factor = times[i] * (weights[i] / self.weights[i]).powi(2);
            sum.iter_mut().zip(gram).for_each(|(sum, entry)| *sum += factor * entry);
        }
        if !sum.iter().all(|entry| entry.is_finite()) {
            return None;
        }
        let n = self.triangle.ncols();
        let mut lower = Mat::zeros(n, n);
        let places = (0..n).flat_map(|j| (j..n).map(move |i| (i, j)));
        places.zip(sum).for_each(|(at, entry)| lower[at] = entry);
        let scratch = cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
        let mut buffer = MemBuffer::new(scratch);
        let stack = MemStack::new(&mut buffer);
        let (regularization, params) = Default::default();
        cholesky_in_place(lower.as_mut(), regularization, Par::Seq, stack, params).ok()?;
        let (mut least, mut largest) = (f64::INFINITY, 0.0_f64);
        for pivot in (0..n).map(|i| lower[(i, i)].powi(2)) {
            (least, largest) = (least.min(pivot), largest.max(pivot));
        }
        if least < LEAST_PIVOT * largest {
            return None;
        }
        let upper = BlockStructure::TriangularUpper;
        let mut triangle = Mat::zeros(n, n);
        let (target, left) = (triangle.as_mut(), lower.transpose());
        let right = self.triangle.as_ref();
        triangular::matmul(target, upper, Accum::Replace, left, upper, right, upper, 1.0, Par::Seq);
        Some(triangle)
    }
}

/// `[R c; 0 ρ]` times a factor.
fn augmented(system: &CompressedSystem, factor: f64) -> Mat<f64> {
    let n = system.c.len();
    Mat::from_fn(n + 1, n + 1, |i, j| match (i < n, j < n) {
        (true, true) => factor * system.r[(i, j)],
        (true, false) => factor * system.c[i],
        (false, true) => 0.0,
        (false, false) => factor * system.residual_norm,
    })
}

impl Bootstrap {
    /// The band of one force over a grid of radii (drag: speeds) and angles.
    #[must_use]
    pub fn band(&self, force: Force, grid: &ForceGrid) -> ForceBand {
        let is_used = |j: &usize| {
            self.law.terms[*j].force == force && self.replicates.iter().any(|w| w[*j] != 0.0)
        };
        let used: Vec<usize> = (0..self.law.terms.len()).filter(is_used).collect();
        let at = |radius: f64, cos_angle: f64| {
            let terms: Vec<f64> =
                used.iter().map(|j| self.law.terms[*j].value(radius, cos_angle)).collect();
            let force = |w: &Vec<f64>| used.iter().zip(&terms).map(|(j, term)| w[*j] * term).sum();
            quantiles(&mut self.replicates.iter().map(force).collect::<Vec<f64>>())
        };
        let row = |angle: &f64| grid.radii.iter().map(|r| at(*r, angle.cos())).collect();
        let rows: Vec<Vec<[f64; 3]>> = grid.angles.iter().map(row).collect();
        let level =
            |k: usize| rows.iter().map(|row| row.iter().map(|point| point[k]).collect()).collect();
        ForceBand { force, grid: grid.clone(), low: level(0), median: level(1), high: level(2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{Angular, Direction, Radial, Term};
    use pairlaw_sparse::LinearSystem;

    const TRUTH: [f64; 3] = [1.0, -2.0, 0.0];
    const NOISE: f64 = 0.01;
    const ROWS: usize = 30;

    /// Cells whose systems have uniform entries in [-1, 1] and normal errors (12 uniform numbers).
    fn cells(n: usize) -> (CellSystems, LearnedSpecies) {
        let system = |mut random: pairlaw_data::Xoshiro256PlusPlus| {
            let g = Mat::from_fn(ROWS, 3, |_, _| random.random_range(-1.0..1.0));
            let normal = |_| (0..12).map(|_| random.random_range(-0.5..0.5)).sum::<f64>();
            let errors: Vec<f64> = (0..ROWS).map(normal).collect();
            let signal =
                |i: usize| TRUTH.iter().enumerate().map(|(j, w)| w * g[(i, j)]).sum::<f64>();
            let b = (0..ROWS).map(|i| signal(i) + NOISE * errors[i]).collect();
            CompressedSystem::new(&LinearSystem { g, b }).unwrap()
        };
        let systems = CellSystems {
            cells: (0..n).map(|k| 2 * k).collect(),
            systems: Streams::new(5).take(n).map(system).collect(),
        };
        let term = |rate| Term {
            force: Force::Alignment,
            angular: Angular::OnePlusCosine(1),
            radial: Radial::Exponential { rate },
        };
        let terms = vec![term(1.0), term(2.0), term(4.0)];
        let law = Law::new(terms, TRUTH.to_vec(), Direction::Difference).unwrap();
        let species = LearnedSpecies { members: systems.cells.clone(), law };
        (systems, species)
    }

    fn bootstrap(constraints: &Mat<f64>, n_replicates: usize) -> Bootstrap {
        let (systems, species) = cells(100);
        let config = BootstrapConfig { n_replicates, seed: 3 };
        let path = PathConfig { ridge: 1e-9, ..PathConfig::default() };
        bootstrap_law(&systems, constraints, &species, &path, &config).unwrap()
    }

    #[test]
    fn intervals_are_as_wide_as_theory_says() {
        let found = bootstrap(&Mat::zeros(0, 3), 200);
        // Least squares: variance of an entry 1/3 over all rows.
        let width = 2.0 * 1.96 * NOISE / (100.0 * ROWS as f64 / 3.0).sqrt();
        for term in &found.terms[..2] {
            // Statistical: quantiles of 200 replicates err by 8 %, the spread of 100 cells by 7 %,
            // reweighting changes the variance by little: 40 % is more than 3 standard errors.
            let ratio = (term.high - term.low) / width;
            assert!((0.6..1.4).contains(&ratio), "{ratio}");
            assert!(term.low < term.estimate && term.estimate < term.high, "{term:?}");
            assert!(term.inclusion > 0.999);
        }
        let absent = TermInterval { estimate: 0.0, low: 0.0, high: 0.0, inclusion: 0.0 };
        assert_eq!(found.terms[2], absent);
        assert_eq!((found.replicates.len(), found.n_uncertified), (200, 0));
    }

    #[test]
    fn every_replicate_keeps_the_constraints() {
        // The truth lies on the bound: without it half of the replicates lie beyond.
        let bound = faer::mat![[1.0, 0.5, 0.0]];
        let beyond = |found: &Bootstrap| {
            // Rounding of numbers of size 1.
            found.replicates.iter().filter(|w| w[0] + 0.5 * w[1] > 1e-12).count()
        };
        assert_eq!(beyond(&bootstrap(&bound, 50)), 0);
        assert!(beyond(&bootstrap(&Mat::zeros(0, 3), 50)) > 5);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let on = |n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| bootstrap(&Mat::zeros(0, 3), 20))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn a_draw_equals_the_stacked_systems() {
        let (systems, _) = cells(6);
        let base: Vec<f64> = (0..6).map(|i| 1.0 + f64::from(i)).collect();
        let weights: Vec<f64> = (0..6).map(|i| 3.0 - 0.4 * f64::from(i)).collect();
        let draws = Draws::new(&systems, base).unwrap();
        let times = [0.0, 3.0, 1.0, 0.0, 2.0, 0.0];
        assert!(draws.triangle_of(&times, &weights).is_some());
        let found = draws.pool(&times, &weights).unwrap();
        let expected = systems.pool(&[1, 1, 1, 2, 4, 4], &weights).unwrap();
        assert!((found.b_norm - expected.b_norm).abs() < 1e-13);
        for model in [[1.0, -2.0, 0.0], [0.3, 0.0, 1.0], [0.0; 3]] {
            // Rounding of norms of size 10.
            assert!((found.residual(&model) - expected.residual(&model)).abs() < 1e-12);
        }
        assert_eq!(found.n_rows, 3 * ROWS);
    }

    #[test]
    fn a_draw_without_the_only_cell_of_a_term_is_stacked() {
        let (mut systems, _) = cells(3);
        for system in &mut systems.systems[1..] {
            system.r.col_mut(2).fill(0.0);
        }
        let draws = Draws::new(&systems, vec![1.0; 3]).unwrap();
        assert!(draws.triangle_of(&[1.0, 2.0, 0.0], &[1.0; 3]).is_some());
        assert!(draws.triangle_of(&[0.0, 2.0, 1.0], &[1.0; 3]).is_none());
        let found = draws.pool(&[0.0, 2.0, 1.0], &[1.0; 3]).unwrap();
        let expected = systems.pool(&[1, 1, 2], &[1.0; 3]).unwrap();
        assert!(
            (found.residual(&[1.0, 0.0, 5.0]) - expected.residual(&[1.0, 0.0, 5.0])).abs() < 1e-13
        );
    }

    #[test]
    fn draws_hold_as_many_cells_as_there_are() {
        let times = draw(50, &mut Streams::new(1).next().unwrap());
        assert!((times.iter().sum::<f64>() - 50.0).abs() < 1e-12);
        // 50 e⁻¹ = 18 cells are not drawn; statistical, standard deviation 2.2.
        let missing = times.iter().filter(|m| **m == 0.0).count();
        assert!((11..=26).contains(&missing), "{missing}");
    }

    #[test]
    fn bands_are_quantiles_of_the_forces() {
        let (_, species) = cells(2);
        let replicates: Vec<Vec<f64>> = (0..=40).map(|k| vec![f64::from(k), 0.0, 0.0]).collect();
        let terms = (0..3).map(|j| interval(0.0, &replicates, j)).collect();
        let found = Bootstrap { law: species.law, terms, replicates, n_uncertified: 0 };
        assert_eq!((found.terms[0].low, found.terms[0].high), (1.0, 39.0));
        assert!((found.terms[0].inclusion - 40.0 / 41.0).abs() < 1e-15);
        let grid =
            ForceGrid { radii: vec![0.0, 1.0], angles: vec![0.0, std::f64::consts::FRAC_PI_2] };
        let band = found.band(Force::Alignment, &grid);
        // (1 + cos θ) e^{−r}: 2, 2/e; 1, 1/e.
        let decay = (-1.0_f64).exp();
        let expected = [[2.0, 2.0 * decay], [1.0, decay]];
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert!((band.low[i][j] - expected[i][j]).abs() < 1e-13);
            assert!((band.median[i][j] - 20.0 * expected[i][j]).abs() < 1e-13);
            assert!((band.high[i][j] - 39.0 * expected[i][j]).abs() < 1e-13);
        }
        assert_eq!(found.band(Force::Drag, &grid).high, [[0.0; 2]; 2]);
    }

    #[test]
    fn each_error() {
        let (systems, mut species) = cells(4);
        let run = |species: &LearnedSpecies, n_replicates| {
            let config = BootstrapConfig { n_replicates, seed: 1 };
            let free = Mat::zeros(0, 3);
            bootstrap_law(&systems, &free, species, &PathConfig::default(), &config).unwrap_err()
        };
        assert!(run(&species, 0).to_string().contains("n_replicates is 0"));
        // Cell 1 has no system.
        species.members = vec![1, 2];
        assert!(matches!(run(&species, 5), SpeciesError::TooFewMembers { n_cells: 1 }));
    }
}
