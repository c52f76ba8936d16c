//! One system: solve the mean-field equation, simulate the particles, learn from each; all cached.

use super::cases::{Case, Mode, dictionary};
use crate::Failure;
use crate::runner::{LEARNING_CODE, Runner, SIMULATION_CODE};
use mean_field::{Bandwidth, Diagnostics, FaceValues, MeanField, Schedule, TimeDerivative};
use pairlaw::meanfield::{
    LearnedKernel, LearnedPieces, Observations, PieceSearch, Selection, StrongForm, Trace, learn,
    learn_pieces, mean_field,
};
use pairlaw_data::{Densities, Grid, Snapshots};
use pairlaw_law::{KernelTerm, PairKernel};
use pairlaw_run::Key;
use pairlaw_sparse::TwoPhaseConfig;
use pairlaw_synth::FirstOrderScenario;
use pairlaw_weak::{Diffusion, MeasureConfig};
use serde::{Deserialize, Serialize};

/// Cells a side of the density estimates, as in the paper.
const ESTIMATE_CELLS: usize = 100;
/// Time steps of the mean-field equation are at most this long, as in the paper.
const LONGEST_STEP: f64 = 1e-3;
/// Most terms of a best subset.
const MOST_TERMS: usize = 3;
/// Largest distance at which opinions are asked for.
pub(super) const REACH: f64 = 5.0;

/// A learned kernel as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredFit {
    pub(super) terms: Vec<String>,
    pub(super) weights: Vec<f64>,
    pub(super) standard_errors: Option<Vec<f64>>,
    pub(super) selection: String,
    /// χ² per degree of freedom, or the unexplained share.
    per_row: f64,
    pub(super) n_rows: usize,
    pub(super) condition: f64,
    /// Weights after each iteration of phase I, and the loss.
    pub(super) path: Vec<(Vec<f64>, f64)>,
    /// As measured when it was made; not stored.
    #[serde(skip)]
    pub(super) seconds: Option<f64>,
}

/// A learned piecewise kernel as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredPieces {
    pub(super) breaks: Vec<f64>,
    pub(super) break_errors: Vec<f64>,
    pub(super) values: Vec<f64>,
    pub(super) value_errors: Vec<f64>,
    /// f in each bin, with standard errors.
    pub(super) binned: Vec<f64>,
    pub(super) binned_errors: Vec<f64>,
    pub(super) per_row: f64,
    pub(super) is_converged: bool,
    /// As measured when it was made; not stored.
    #[serde(skip)]
    pub(super) seconds: Option<f64>,
}

/// A solution of the mean-field equation.
#[derive(Clone, Debug)]
pub(super) struct Solved<const D: usize> {
    pub(super) densities: Densities<D>,
    pub(super) diagnostics: Vec<StoredDiagnostics>,
}

/// [`Diagnostics`] as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredDiagnostics {
    pub(super) time: f64,
    pub(super) mass: f64,
    pub(super) minimum: f64,
    pub(super) entropy: f64,
    pub(super) interaction: f64,
}

/// Times and the cell averages at each.
type StoredDensities = (Vec<f64>, Vec<Vec<f64>>, Vec<StoredDiagnostics>);
/// Times and positions, an array an axis.
type StoredSnapshots = (Vec<f64>, Vec<Vec<Vec<f64>>>);

impl StoredFit {
    pub(super) fn new(learned: &LearnedKernel) -> Self {
        let (selection, path) = match &learned.trace {
            Trace::TwoPhase(found) => {
                let path = found.history.iter().map(|i| (i.weights.clone(), i.loss)).collect();
                ("two-phase", path)
            }
            Trace::BestSubset(_) => ("best subset", Vec::new()),
            _ => ("all", Vec::new()),
        };
        let per_row = match learned.standard_errors {
            Some(_) => learned.reduced_chi_square(),
            None => learned.unexplained(),
        };
        Self {
            terms: learned.kernel.terms().iter().map(KernelTerm::to_string).collect(),
            weights: learned.kernel.weights().to_vec(),
            standard_errors: learned.standard_errors.clone(),
            selection: selection.to_owned(),
            per_row,
            n_rows: learned.n_rows,
            condition: learned.condition,
            path,
            seconds: None,
        }
    }

    fn index(&self, term: &str) -> Option<usize> {
        self.terms.iter().position(|name| name == term)
    }

    pub(super) fn weight(&self, term: &str) -> f64 {
        self.index(term).map_or(0.0, |k| self.weights[k])
    }

    pub(super) fn standard_error(&self, term: &str) -> Option<f64> {
        Some(self.standard_errors.as_ref()?[self.index(term)?])
    }

    /// χ² per degree of freedom in weak form, otherwise the share that is not explained.
    pub(super) fn per_row(&self) -> f64 {
        self.per_row
    }

    /// The kernel, for the dictionary that it was learned with.
    pub(super) fn kernel(&self, dictionary: &[KernelTerm]) -> Result<PairKernel, Failure> {
        Ok(PairKernel::new(dictionary.to_vec(), self.weights.clone())?)
    }
}

impl StoredPieces {
    fn new(learned: &LearnedPieces) -> Self {
        let refined = &learned.refined;
        let n_fitted = refined.breaks.len() + refined.values.len();
        Self {
            breaks: refined.breaks.clone(),
            break_errors: refined.break_errors.clone(),
            values: refined.values.clone(),
            value_errors: refined.value_errors.clone(),
            binned: learned.binned.clone(),
            binned_errors: learned.binned_errors.clone(),
            per_row: refined.residual / refined.n_rows.saturating_sub(n_fitted) as f64,
            is_converged: learned.is_converged(),
            seconds: None,
        }
    }
}

impl Runner {
    /// Kernels of a case of Table 1, one a mode.
    pub(super) fn kernels(&self, case: &Case) -> Result<Vec<(Mode, StoredFit)>, Failure> {
        match case {
            Case::Line(scenario) => self.kernels_of(scenario, &dictionary(case.name())),
            Case::Plane(scenario) => self.kernels_of(scenario, &dictionary(case.name())),
        }
    }

    fn kernels_of<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
        dictionary: &[KernelTerm],
    ) -> Result<Vec<(Mode, StoredFit)>, Failure> {
        let solved = self.solved(scenario)?;
        let pde = solved.observations(scenario);
        let pde = self.fit(scenario, "pde", &pde, dictionary, &two_phases(scenario.seed))?;
        let [kde, weak] = self.particle_kernels(scenario, dictionary)?;
        Ok(vec![(Mode::Pde, pde), (Mode::Kde, kde), (Mode::Weak, weak)])
    }

    /// Kernels from simulated particles, by density estimates as the paper and by the weak form.
    pub(super) fn particle_kernels<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
        dictionary: &[KernelTerm],
    ) -> Result<[StoredFit; 2], Failure> {
        let runs = [self.particles(scenario)?];
        let kde = as_the_paper(scenario, &runs)?;
        let kde = self.fit(scenario, "kde", &kde, dictionary, &two_phases(scenario.seed))?;
        let weak = Observations::Particles { runs: &runs, measure: measure(scenario) };
        let weak = self.fit(scenario, "weak", &weak, dictionary, &best_subset())?;
        Ok([kde, weak])
    }

    /// A kernel, from the cache where it is there; `data` says from which data of the scenario.
    pub(super) fn fit<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
        data: &str,
        observations: &Observations<'_, D>,
        dictionary: &[KernelTerm],
        selection: &Selection,
    ) -> Result<StoredFit, Failure> {
        let key = Key::new("kernel", LEARNING_CODE, &(scenario, data, dictionary, selection));
        let fit = self
            .store
            .product(&key, || Ok(StoredFit::new(&learn(observations, dictionary, selection)?)))?;
        Ok(StoredFit { seconds: self.store.seconds(&key), ..fit })
    }

    /// Pieces of an opinion kernel, one a mode.
    pub(super) fn pieces(&self, case: &Case) -> Result<Vec<(Mode, StoredPieces)>, Failure> {
        let Case::Line(scenario) = case else { return Err("opinions live on a line".into()) };
        let equation = StrongForm::new(scenario.noise_variance);
        let solved = self.solved(scenario)?;
        let equation_only = Observations::Densities { densities: &solved.densities, equation };
        // Nothing random is in it: one product for all seeds.
        let unseeded = FirstOrderScenario { seed: 0, ..scenario.clone() };
        let pde = self.piece_fit(&unseeded, "pde", &equation_only)?;
        let runs = [self.particles(scenario)?];
        let kde = self.piece_fit(scenario, "kde", &as_the_paper(scenario, &runs)?)?;
        let observations = Observations::Particles { runs: &runs, measure: measure(scenario) };
        let weak = self.piece_fit(scenario, "weak", &observations)?;
        Ok(vec![(Mode::Pde, pde), (Mode::Kde, kde), (Mode::Weak, weak)])
    }

    fn piece_fit(
        &self,
        scenario: &FirstOrderScenario<1>,
        data: &str,
        observations: &Observations<'_, 1>,
    ) -> Result<StoredPieces, Failure> {
        let search = PieceSearch::influence(REACH);
        let key = Key::new("pieces", LEARNING_CODE, &(scenario, data, search));
        let pieces = self
            .store
            .product(&key, || Ok(StoredPieces::new(&learn_pieces(observations, &search)?)))?;
        Ok(StoredPieces { seconds: self.store.seconds(&key), ..pieces })
    }

    /// The density that solves the mean-field equation of a scenario.
    pub(super) fn solved<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
    ) -> Result<Solved<D>, Failure> {
        self.solved_with(scenario, &scenario.kernel)
    }

    /// The same with another kernel from the same start.
    pub(super) fn solved_with<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
        kernel: &PairKernel,
    ) -> Result<Solved<D>, Failure> {
        let grid = equation_grid(scenario)?;
        let end = scenario.dt * scenario.n_steps as f64;
        // Seeds, particles and their steps do not matter to a density.
        let inputs = (&scenario.start, scenario.noise_variance, kernel, &grid, end);
        let key = Key::new("density", LEARNING_CODE, &inputs);
        let (times, values, diagnostics): StoredDensities = self.store.product(&key, || {
            let model = MeanField {
                kernel,
                diffusivity: 0.5 * scenario.noise_variance,
                external: Default::default(),
                face_values: face_values(scenario),
            };
            let start = scenario.start.cell_averages(&grid);
            let longest = mean_field::stable_dt(&model, &grid, &start)?;
            let longest = longest.min(LONGEST_STEP * end);
            let schedule = Schedule::until(end, longest, n_kept(scenario));
            let solution = mean_field::solve(&model, &grid, &start, &schedule)?;
            let densities = solution.densities;
            let diagnostics = solution.diagnostics.iter().map(StoredDiagnostics::new).collect();
            Ok((densities.times().to_vec(), densities.values().to_vec(), diagnostics))
        })?;
        Ok(Solved { densities: Densities::new(grid, times, values)?, diagnostics })
    }

    /// The particles of a scenario, at as many times as their learners need.
    pub(super) fn particles<const D: usize>(
        &self,
        scenario: &FirstOrderScenario<D>,
    ) -> Result<Snapshots<D>, Failure> {
        let keep_every = scenario.n_steps / n_kept(scenario);
        let key = Key::new("particles", SIMULATION_CODE, &(scenario, keep_every));
        let (times, positions): StoredSnapshots = self.store.product(&key, || {
            let name = format!(
                "simulate {}, N = {}, seed {}",
                scenario.name, scenario.n_particles, scenario.seed
            );
            let tell = |step: usize| self.progress.tell(&name, step, scenario.n_steps);
            let snapshots = scenario.simulate(keep_every, |step, _| tell(step))?;
            let all = (0..snapshots.times().len()).map(|k| snapshots.positions(k));
            let positions = all.map(|axes| axes.iter().map(|x| x.to_vec()).collect()).collect();
            Ok((snapshots.times().to_vec(), positions))
        })?;
        let axes =
            |axes: Vec<Vec<f64>>| <[Vec<f64>; D]>::try_from(axes).map_err(|_| "another dimension");
        let positions: Result<Vec<_>, _> = positions.into_iter().map(axes).collect();
        Ok(Snapshots::new(times, positions?)?)
    }
}

impl<const D: usize> Solved<D> {
    /// These densities to learn from, with the derivative that is exact enough for them.
    pub(super) fn observations(&self, scenario: &FirstOrderScenario<D>) -> Observations<'_, D> {
        let equation = StrongForm::new(scenario.noise_variance);
        Observations::Densities {
            densities: &self.densities,
            equation: StrongForm { derivative: TimeDerivative::Simpson, ..equation },
        }
    }
}

impl StoredDiagnostics {
    fn new(seen: &Diagnostics) -> Self {
        Self {
            time: seen.time,
            mass: seen.mass,
            minimum: seen.minimum,
            entropy: seen.free_energy.entropy,
            interaction: seen.free_energy.interaction,
        }
    }
}

/// Two phases as in the paper.
pub(super) fn two_phases(seed: u64) -> Selection {
    Selection::TwoPhase { config: TwoPhaseConfig::default(), seed }
}

/// The best subset of the terms.
pub(super) fn best_subset() -> Selection {
    Selection::BestSubset { max_terms: MOST_TERMS }
}

/// The paper's grid of density estimates, with as many cells more as particles between these bounds
/// need; that of the equation for opinions, whose pieces are narrower than the paper's cells.
pub(super) fn estimate_grid<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    (least, most): ([f64; D], [f64; D]),
) -> Result<Grid<D>, Failure> {
    let grid = match scenario.name {
        "polarization" | "consensus" => equation_grid(scenario)?,
        _ => Grid::new(scenario.lower, scenario.upper, [ESTIMATE_CELLS; D])?,
    };
    let h = grid.spacing();
    let beyond = |distance: f64, d: usize| (distance / h[d]).ceil().max(0.0);
    let below: [f64; D] = std::array::from_fn(|d| beyond(grid.lower()[d] - least[d], d));
    let above: [f64; D] = std::array::from_fn(|d| beyond(most[d] - grid.upper()[d], d));
    Ok(Grid::new(
        std::array::from_fn(|d| grid.lower()[d] - below[d] * h[d]),
        std::array::from_fn(|d| grid.upper()[d] + above[d] * h[d]),
        std::array::from_fn(|d| grid.n_cells()[d] + (below[d] + above[d]) as usize),
    )?)
}

/// Particles to learn from by density estimates.
fn as_the_paper<'a, const D: usize>(
    scenario: &FirstOrderScenario<D>,
    runs: &'a [Snapshots<D>; 1],
) -> Result<Observations<'a, D>, Failure> {
    Ok(Observations::Estimates {
        runs,
        grid: estimate_grid(scenario, runs[0].bounds())?,
        bandwidth: Bandwidth::Scott,
        equation: StrongForm::new(scenario.noise_variance),
    })
}

/// Density estimates of particles on the paper's grid, by Scott's rule.
pub(super) fn estimates<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    snapshots: &Snapshots<D>,
) -> Result<Densities<D>, Failure> {
    let grid = estimate_grid(scenario, snapshots.bounds())?;
    Ok(mean_field::estimate_densities(snapshots, &grid, Bandwidth::Scott)?)
}

/// The grid of the mean-field equation: 100 cells a side in the plane, and on a line those of .05
/// (A), .0125 (B, where the kernel changes within .05) or .025 (opinions).
fn equation_grid<const D: usize>(scenario: &FirstOrderScenario<D>) -> Result<Grid<D>, Failure> {
    let spacing = match scenario.name {
        "A" => 0.05,
        "B" => 0.0125,
        "polarization" | "consensus" => 0.025,
        _ => 0.1,
    };
    let cells = |d: usize| ((scenario.upper[d] - scenario.lower[d]) / spacing).round() as usize;
    Ok(Grid::new(scenario.lower, scenario.upper, std::array::from_fn(cells))?)
}

/// Where diffusion is weak, densities need faces that keep them positive.
fn face_values<const D: usize>(scenario: &FirstOrderScenario<D>) -> FaceValues {
    if scenario.noise_variance < 0.1 { FaceValues::Muscl } else { FaceValues::Quartic }
}

/// Intervals between the densities and snapshots that are kept.
fn n_kept<const D: usize>(scenario: &FirstOrderScenario<D>) -> usize {
    match scenario.name {
        "polarization" | "consensus" => 200,
        _ => 100,
    }
}

/// Test functions of the weak form.
pub(super) fn measure<const D: usize>(scenario: &FirstOrderScenario<D>) -> MeasureConfig<D> {
    MeasureConfig::new(Diffusion::Known(scenario.noise_variance))
}
