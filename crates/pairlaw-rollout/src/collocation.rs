//! Strengths of pairs that carry cells along prescribed paths: one linear solve, no training.

mod row;

use pairlaw_law::simd::{Block, InstructionSet, Kernel, LANES, Simd, dispatch};
use pairlaw_law::{Morse, PairPotential};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::pair_loops::COINCIDENT;
use crate::{Parameters, RolloutError, Scheme};
use row::{FAR, Motion, Row, Setting, Solve};

/// Settings of [`collocate`]; lengths are in units of the half width h of the initial cells:
/// that of a box in which uniform cells have their root mean square distance from the centre.
///
/// ```text
/// h² = 3/D · mean |x_i − x̄|²
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollocationConfig {
    /// Ranges r/h and a/h of repulsion and attraction.
    pub ranges: [f64; 2],
    /// Strengths start at `α = β = base · h/(N T)`, with T the mean duration of a leg.
    pub base: f64,
    /// w0/h: pairs that come closer change their strengths little.
    pub close: f64,
    /// Least strength in units of that start, from 0 to below 1; `None` allows any sign.
    pub floor: Option<f64>,
    /// One set of strengths a leg instead of one for all legs.
    pub per_leg: bool,
    /// A cell farther than `tolerance · h` from its target misses it.
    pub tolerance: f64,
}

impl Default for CollocationConfig {
    fn default() -> Self {
        Self {
            ranges: [0.3, 0.6],
            base: 5.0,
            close: 0.1,
            floor: None,
            per_leg: false,
            tolerance: 0.01,
        }
    }
}

/// Strengths of all ordered pairs, with common ranges; they may be negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairStrengths {
    /// Number of cells N.
    pub n_cells: usize,
    /// r and a.
    pub ranges: [f64; 2],
    /// R_ij of receiver i and sender j at `iN + j`; the diagonal is not used.
    pub repulsion: Vec<f64>,
    /// A_ij.
    pub attraction: Vec<f64>,
}

/// Distances of the simulated cells from their targets after one leg.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegError {
    /// Mean of the squared distances.
    pub mean_square: f64,
    /// The largest distance.
    pub largest: f64,
    /// Number of cells that miss their target.
    pub missed: usize,
}

/// Whether the strengths do what they were made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quality {
    /// Simulated, every cell comes within the tolerance of its target on every leg.
    Reproduced,
    /// Cells miss their targets; the first such leg. The equations have no solution if
    /// [`Collocation::residual`] is large; otherwise the roll-out amplifies small errors.
    Missed {
        /// Index of the leg.
        leg: usize,
    },
}

/// What [`collocate`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collocation {
    /// One set for all legs, or one a leg.
    pub strengths: Vec<PairStrengths>,
    /// Errors of the simulation, one a leg.
    pub errors: Vec<LegError>,
    /// Whether the simulation reaches the targets.
    pub quality: Quality,
    /// Largest displacement in a step that the equations leave unexplained.
    pub residual: f64,
    /// The half width h.
    pub half_width: f64,
}

/// Finds strengths of all pairs that carry every cell on straight lines to its targets.
///
/// ```text
/// needed:    v_i^n = Σ_{j≠i} δt (−α_ij e^{−d/r} + β_ij e^{−d/a}) u       α = R/r, β = A/a
/// rows i decouple:  M θ = v     S·D equations, 2N unknowns θ = (α_i1, …, β_iN)
/// least Σ (δ/w)²  with  M (base + δ) = v,  δ ≥ floor − base
/// δ = w · max((floor − base)/w, M_wᵀ y),   w_ij = 1 − exp(−(min_n d_ij/w0)²),  M_w = M diag(w)
/// ```
///
/// y comes from Newton steps with `M_w M_wᵀ + 1e-10 tr/(S·D) I` over the strengths above the floor;
/// without a floor that is one linear solve and its iterative refinement. Where no strengths above
/// the floor solve the equations of a cell, it keeps the best ones found. All is f64.
///
/// * `initial`: N positions.
/// * `targets`: for each leg the positions of the cells at its end, already assigned cell by cell.
/// * `legs`: steps of each leg.
/// * `dt`: time step.
///
/// The result is simulated: read [`Collocation::quality`]. Outliers beyond some ranges from all
/// others cannot be moved. Two legs with one set amplify errors in the strengths a million times,
/// more so with few cells, whose strengths are large: with hundreds of cells take
/// [`CollocationConfig::per_leg`].
///
/// # Errors
/// If there are fewer than two cells, a number is not finite, all cells stand at one point, a leg
/// has no steps, or a setting is out of its domain.
///
/// # Panics
/// Unless `targets` has one entry a leg, each with a position for every cell.
///
/// # Source
/// Force inference: Ishihara, Sugimura (2012), <https://doi.org/10.1016/j.jtbi.2012.08.017>;
/// the model: Komiya, Jin, Nishikimi, Kashino (2025).
pub fn collocate<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Vec<[f64; D]>],
    legs: &[usize],
    dt: f64,
    config: &CollocationConfig,
) -> Result<Collocation, RolloutError> {
    check(initial, targets, legs, dt, config)?;
    let half_width = half_width(initial)?;
    let mut start = initial.to_vec();
    let (mut strengths, mut errors, mut residual) = (Vec::new(), Vec::new(), 0f64);
    let leg_indices: Vec<usize> = (0..legs.len()).collect();
    for group in leg_indices.chunks(if config.per_leg { 1 } else { legs.len() }) {
        let ends = || group.iter().map(|&leg| (targets[leg].as_slice(), legs[leg]));
        let duration = dt * ends().map(|(_, steps)| steps as f64).sum::<f64>() / group.len() as f64;
        let base = config.base * half_width / (initial.len() as f64 * duration);
        let set = Setting {
            dt,
            rates: config.ranges.map(|range| 1.0 / (range * half_width)),
            base,
            floor: config.floor.map_or(f64::NEG_INFINITY, |floor| floor * base),
            close: config.close * half_width,
        };
        let (found, largest) = solve_rows(&straight_motion(&start, ends()), set, &start)?;
        residual = residual.max(largest);
        for (target, steps) in ends() {
            start = found.simulate(&start, steps, dt).pop().expect("the start at least");
            let error = leg_error(&start, target, config.tolerance * half_width);
            if !error.mean_square.is_finite() {
                start = target.to_vec();
            }
            errors.push(error);
        }
        strengths.push(found);
    }
    let missed = errors.iter().position(|error| error.missed > 0);
    let quality = missed.map_or(Quality::Reproduced, |leg| Quality::Missed { leg });
    Ok(Collocation { strengths, errors, quality, residual, half_width })
}

fn check<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Vec<[f64; D]>],
    legs: &[usize],
    dt: f64,
    config: &CollocationConfig,
) -> Result<(), RolloutError> {
    assert_eq!(targets.len(), legs.len(), "targets and legs differ in number");
    if initial.len() < 2 {
        return Err(RolloutError::TooFewCells { found: initial.len() });
    }
    if !(dt > 0.0 && dt.is_finite()) {
        return Err(RolloutError::TimeStep { dt });
    }
    if let Some(leg) = legs.iter().position(|&steps| steps == 0) {
        return Err(RolloutError::NoSteps { leg });
    }
    if legs.is_empty() {
        return Err(RolloutError::NoSteps { leg: 0 });
    }
    if let Some((cell, axis, value)) = not_finite(initial) {
        return Err(RolloutError::NotFinite { cell, axis, value });
    }
    for (leg, target) in targets.iter().enumerate() {
        assert_eq!(target.len(), initial.len(), "targets of leg {leg} and cells differ in number");
        if let Some((cell, axis, value)) = not_finite(target) {
            return Err(RolloutError::Target { leg, cell, axis, value });
        }
    }
    let [repulsion_range, attraction_range] = config.ranges;
    for (name, value) in [
        ("repulsion_range", repulsion_range),
        ("attraction_range", attraction_range),
        ("base", config.base),
        ("close", config.close),
        ("tolerance", config.tolerance),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(RolloutError::Parameter { name, value });
        }
    }
    match config.floor {
        Some(floor) if !(0.0..1.0).contains(&floor) => Err(RolloutError::Floor { floor }),
        _ => Ok(()),
    }
}

fn not_finite<const D: usize>(positions: &[[f64; D]]) -> Option<(usize, usize, f64)> {
    let all = positions
        .iter()
        .enumerate()
        .flat_map(|(cell, x)| x.iter().enumerate().map(move |(axis, &value)| (cell, axis, value)));
    all.into_iter().find(|(_, _, value)| !value.is_finite())
}

fn half_width<const D: usize>(positions: &[[f64; D]]) -> Result<f64, RolloutError> {
    let n = positions.len() as f64;
    let mean: [f64; D] = std::array::from_fn(|k| positions.iter().map(|x| x[k] / n).sum::<f64>());
    let square = positions.iter().map(|x| squared_distance(x, &mean)).sum::<f64>() / n;
    let half_width = (3.0 / D as f64 * square).sqrt();
    if half_width > 0.0 && half_width.is_finite() {
        Ok(half_width)
    } else {
        Err(RolloutError::NoExtent { half_width })
    }
}

fn squared_distance<const D: usize>(x: &[f64; D], y: &[f64; D]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Straight lines at constant speed through the targets.
fn straight_motion<'a, const D: usize>(
    initial: &[[f64; D]],
    ends: impl Iterator<Item = (&'a [[f64; D]], usize)>,
) -> Motion {
    let mut positions = Vec::new();
    let mut displacements = vec![Vec::new(); initial.len()];
    let mut from = initial;
    for (to, steps) in ends {
        for step in 0..steps {
            let share = step as f64 / steps as f64;
            let now = from.iter().zip(to).map(|(x, y)| -> [f64; D] {
                std::array::from_fn(|k| x[k] + share * (y[k] - x[k]))
            });
            positions.extend(in_blocks(&now.collect::<Vec<_>>()));
            for ((x, y), displacements) in from.iter().zip(to).zip(&mut displacements) {
                displacements.extend((0..D).map(|k| (y[k] - x[k]) / steps as f64));
            }
        }
        from = to;
    }
    Motion { positions, displacements }
}

/// Each coordinate in blocks; the last block is filled with cells far away.
fn in_blocks<const D: usize>(positions: &[[f64; D]]) -> [Vec<Block<f64>>; D] {
    std::array::from_fn(|k| {
        let block = |cells: &[[f64; D]]| {
            Block(std::array::from_fn(|lane| cells.get(lane).map_or(FAR, |x| x[k])))
        };
        positions.chunks(LANES).map(block).collect()
    })
}

/// All strengths and the largest residual.
fn solve_rows<const D: usize>(
    motion: &Motion,
    setting: Setting,
    initial: &[[f64; D]],
) -> Result<(PairStrengths, f64), RolloutError> {
    let n = initial.len();
    let set = InstructionSet::detect();
    let ranges = setting.rates.map(|rate| 1.0 / rate);
    let [mut repulsion, mut attraction] = [vec![0.0; n * n], vec![0.0; n * n]];
    let rows = repulsion.par_chunks_mut(n).zip(attraction.par_chunks_mut(n)).enumerate();
    let residuals: Vec<Result<f64, RolloutError>> = rows
        .map_init(Row::default, |row, (cell, (repulsion, attraction))| {
            let strengths = [&mut *repulsion, &mut *attraction];
            let kernel = Solve::<D> { row, motion, setting, cell, strengths };
            let residual = dispatch(set, kernel).ok_or(RolloutError::Collocation { cell })?;
            repulsion.iter_mut().for_each(|x| *x *= ranges[0]);
            attraction.iter_mut().for_each(|x| *x *= ranges[1]);
            Ok(residual)
        })
        .collect();
    let mut largest = 0f64;
    for residual in residuals {
        largest = largest.max(residual?);
    }
    Ok((PairStrengths { n_cells: n, ranges, repulsion, attraction }, largest))
}

fn leg_error<const D: usize>(found: &[[f64; D]], target: &[[f64; D]], tolerance: f64) -> LegError {
    let squares = || found.iter().zip(target).map(|(x, y)| squared_distance(x, y));
    LegError {
        mean_square: squares().sum::<f64>() / found.len() as f64,
        largest: squares().fold(0.0, |m, x| if x.is_nan() || x > m { x } else { m }).sqrt(),
        // A coordinate that is no number misses.
        missed: found.len() - squares().filter(|&square| square <= tolerance * tolerance).count(),
    }
}

impl PairStrengths {
    /// Positions before and after each of `steps` Euler steps of length `dt`.
    ///
    /// ```text
    /// x_i += δt Σ_{j≠i} (−(R_ij/r) e^{−d/r} + (A_ij/a) e^{−d/a}) u,   u = (x_j − x_i)/d
    /// ```
    ///
    /// # Panics
    /// Unless `initial` has a position for each of the cells.
    #[must_use]
    pub fn simulate<const D: usize>(
        &self,
        initial: &[[f64; D]],
        steps: usize,
        dt: f64,
    ) -> Vec<Vec<[f64; D]>> {
        let n = self.n_cells;
        assert_eq!(initial.len(), n, "positions and cells differ in number");
        let set = InstructionSet::detect();
        let mut path = vec![initial.to_vec()];
        for step in 0..steps {
            let positions = &in_blocks(&path[step]);
            let next = (0..n).into_par_iter().with_min_len(16).map(|cell| {
                let sums = dispatch(set, Velocity { strengths: self, positions, cell });
                std::array::from_fn(|k| path[step][cell][k] + dt * sums[k])
            });
            let next = next.collect();
            path.push(next);
        }
        path
    }

    /// Logarithms of the parameters (R, r, A, a) under [`Scheme::Mutual`], to start a training from.
    ///
    /// [`Parameters::cast`] to singles costs accuracy: with 2000 cells from ring to triangle the
    /// mean squared errors grow from 2e-25 and 3e-17 to 6e-14 and 7e-5.
    ///
    /// # Errors
    /// If a strength is not positive: collocate with a floor above 0.
    pub fn parameters(&self) -> Result<Parameters<f64, 4>, RolloutError> {
        let n = self.n_cells;
        let range_logs = self.ranges.map(f64::ln);
        let mut log = Vec::with_capacity(4 * n * n);
        for (pair, (&repulsion, &attraction)) in
            self.repulsion.iter().zip(&self.attraction).enumerate()
        {
            for value in [repulsion, attraction] {
                if !(value > 0.0 && value.is_finite()) {
                    let (receiver, sender) = (pair / n, pair % n);
                    return Err(RolloutError::NotPositive { receiver, sender, value });
                }
            }
            log.extend([repulsion.ln(), range_logs[0], attraction.ln(), range_logs[1]]);
        }
        Ok(Parameters { scheme: Scheme::Mutual, n_cells: n, log })
    }
}

/// Σ_j P′(d) u of one cell.
struct Velocity<'a, const D: usize> {
    strengths: &'a PairStrengths,
    positions: &'a [Vec<Block<f64>>; D],
    cell: usize,
}

impl<const D: usize> Kernel for Velocity<'_, D> {
    type Output = [f64; D];

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> [f64; D] {
        let Self { strengths, positions, cell } = self;
        let n = strengths.n_cells;
        let zero = s.splat(0.0);
        let rates = strengths.ranges.map(|range| s.splat(1.0 / range));
        let own: [S::V; D] =
            std::array::from_fn(|k| s.splat(positions[k][cell / LANES].0[cell % LANES]));
        let repulsion = strengths.repulsion[cell * n..][..n].chunks(LANES);
        let attraction = strengths.attraction[cell * n..][..n].chunks(LANES);
        let mut sums = [zero; D];
        for (block, (repulsion, attraction)) in repulsion.zip(attraction).enumerate() {
            let (mut to, mut square) = ([zero; D], zero);
            for k in 0..D {
                to[k] = s.sub(s.load(&positions[k][block].0), own[k]);
                square = s.mul_add(to[k], to[k], square);
            }
            let distance = s.sqrt(square);
            let repulsion = s.mul(s.load(&padded(repulsion)), rates[0]);
            let attraction = s.mul(s.load(&padded(attraction)), rates[1]);
            let coefficients = [repulsion, rates[0], attraction, rates[1]];
            let slope = Morse.slope(s, distance, coefficients);
            let scale = s.div(slope, distance);
            let scale = s.select_greater(square, s.splat(COINCIDENT), scale, zero);
            for k in 0..D {
                sums[k] = s.mul_add(scale, to[k], sums[k]);
            }
        }
        sums.map(|sum| s.sum(sum))
    }
}

/// The values, then zeros.
#[inline(always)]
fn padded(values: &[f64]) -> [f64; LANES] {
    values.try_into().unwrap_or_else(|_| {
        let mut out = [0.0; LANES];
        out[..values.len()].copy_from_slice(values);
        out
    })
}
