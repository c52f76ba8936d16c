//! Figures 2 and 4: one system on a line, from density to kernel and back.

use super::charts::{Lines, density_map, kernel_errors, kernels, largest, rebinned};
use super::{Context, rounded};
use crate::Failure;
use crate::meanfield::cases::{Case, Mode, dictionary};
use crate::meanfield::experiment::{Solved, StoredFit, estimates};
use crate::meanfield::statistics::{log_slope, positive};
use pairlaw::meanfield::Selection;
use pairlaw_data::{Densities, Snapshots};
use pairlaw_law::PairKernel;
use pairlaw_report::{Axis, Panel};
use pairlaw_sparse::{Sampling, TwoPhaseConfig};
use pairlaw_synth::FirstOrderScenario;
use pairlaw_transport::{wasserstein2_densities, wasserstein2_sample_density};
use serde_json::{Map, Value, json};

pub(super) const CUBIC: &str = "\
    Case A, particles on a line with the kernel φ(r) = 3 r², first seed; all numbers are pure. \
    Density over time from the particles (kernel density estimate, Scott's rule) and from the mean- \
    field equation. True kernel and those learned from densities (PDE), from density estimates (SDE, \
    KDE) and from the particles (SDE, weak form), and their errors, which the paper shows below .01. \
    Free energy F = (σ²/2) ∫ u ln u + ½ ∫ u (u*Φ), Φ′ = φ, of the true density and of those that \
    learned kernels predict. Wasserstein distance W₂ of these to the true density, beside that of \
    the paper's printed weights and of the particles themselves, as they are and with their centre \
    put on the true one. Loss of phase I of the two-phase regression, with importance sampling, \
    uniform sampling and all steps; weights of the dictionary's terms along phase I on density \
    estimates.";

pub(super) const POWER_LAW: &str = "\
    Case B, particles on a line with the kernel φ(r) = r − r^−1.5, which repels near and attracts \
    far, first seed; all numbers are pure. Density over time from the particles (kernel density \
    estimate, Scott's rule) and from the mean-field equation. True kernel and those learned from \
    densities (PDE), from density estimates (SDE, KDE) and from the particles (SDE, weak form), and \
    their errors. Wasserstein distance W₂ between the density that a learned kernel predicts and the \
    true one, beside that of the paper's printed weights and of the particles themselves, as they \
    are and with their centre put on the true one. L_data, the mean square of density estimate − \
    true density, against the number of particles N; the paper's slope, −.39, looks like that of its \
    root. Loss of phase I of the two-phase regression, and weights of the dictionary's terms along \
    it on density estimates.";

/// Everything learned about a system on a line, and what it predicts.
struct Study {
    scenario: FirstOrderScenario<1>,
    solved: Solved<1>,
    snapshots: Snapshots<1>,
    estimates: Densities<1>,
    fits: Vec<(Mode, StoredFit)>,
    /// Name, kernel and predicted density; the truth first.
    kernels: Vec<(String, PairKernel, Solved<1>)>,
}

impl Study {
    fn new(context: &Context<'_>, name: &str) -> Result<Self, Failure> {
        let case = context.line(name)?;
        let Case::Line(scenario) = &case else { return Err("not a system on a line".into()) };
        let runner = context.runner;
        let (solved, snapshots) = (runner.solved(scenario)?, runner.particles(scenario)?);
        let estimates = estimates(scenario, &snapshots)?;
        let fits = runner.kernels(&case)?;
        let mut kernels = vec![("true".to_owned(), scenario.kernel.clone(), solved.clone())];
        for (mode, fit) in &fits {
            let kernel = fit.kernel(&dictionary(name))?;
            let predicted = runner.solved_with(scenario, &kernel)?;
            kernels.push((mode.words().to_owned(), kernel, predicted));
        }
        Ok(Self { scenario: scenario.clone(), solved, snapshots, estimates, fits, kernels })
    }

    fn density_panels(&self) -> Vec<Panel> {
        let limit = largest(&self.estimates);
        vec![
            density_map("Density of the particles", &self.estimates, limit),
            density_map("Density by the mean-field equation", &self.solved.densities, limit),
        ]
    }

    fn kernel_lines(&self, from: f64, to: f64) -> Lines {
        let named: Vec<(String, PairKernel)> =
            self.kernels.iter().map(|(name, kernel, _)| (name.clone(), kernel.clone())).collect();
        kernels(&named, from, to)
    }

    /// F over time of all densities, each with the kernel that made it.
    fn free_energies(&self) -> Lines {
        let diffusivity = 0.5 * self.scenario.noise_variance;
        let line = |solved: &Solved<1>| {
            let point = |d: &crate::meanfield::experiment::StoredDiagnostics| {
                (d.time, diffusivity * d.entropy + 0.5 * d.interaction)
            };
            solved.diagnostics.iter().map(point).collect()
        };
        Lines {
            title: "Free energy".to_owned(),
            x: Axis::linear("time t", ""),
            y: Axis::linear("free energy F", ""),
            lines: self.kernels.iter().map(|(name, _, s)| (name.clone(), line(s))).collect(),
        }
    }

    /// W₂ over time of every prediction against the true density.
    fn distances(&self, context: &Context<'_>) -> Result<Lines, Failure> {
        let mut lines = Vec::new();
        for (name, _, predicted) in &self.kernels[1..] {
            lines.push((name.clone(), distances(&predicted.densities, &self.solved.densities)?));
        }
        if let Some(paper) = context.published.twophase.kernel(self.scenario.name) {
            let terms = dictionary(self.scenario.name);
            let weights = terms.iter().map(|t| paper.learned.get(&t.to_string()).copied());
            let weights = weights.map(Option::unwrap_or_default).collect();
            let kernel = PairKernel::new(terms, weights)?;
            let predicted = context.runner.solved_with(&self.scenario, &kernel)?;
            let points = distances(&predicted.densities, &self.solved.densities)?;
            lines.push(("paper's printed weights".to_owned(), points));
        }
        for (name, is_centred) in [("particles", false), ("particles, centred", true)] {
            lines.push((name.to_owned(), self.particle_distances(is_centred)?));
        }
        Ok(Lines {
            title: "Wasserstein distance to the true density".to_owned(),
            x: Axis::linear("time t", ""),
            y: Axis::log10("W₂", ""),
            lines,
        })
    }

    /// W₂ of the particles to the true density, with or without the drift of their centre.
    fn particle_distances(&self, is_centred: bool) -> Result<Vec<(f64, f64)>, Failure> {
        let densities = &self.solved.densities;
        let ([lower], [h]) = (densities.grid().lower(), densities.grid().spacing());
        let centres = densities.grid().centres(0);
        let mut points = Vec::new();
        for (k, (time, u)) in densities.times().iter().zip(densities.values()).enumerate() {
            let [x] = self.snapshots.positions(k);
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let true_mean = centres.iter().zip(u).map(|(x, u)| x * u * h).sum::<f64>();
            let shift = if is_centred { mean - true_mean } else { 0.0 };
            let x: Vec<f64> = x.iter().map(|x| x - shift).collect();
            points.push((*time, wasserstein2_sample_density(&x, lower, h, &positive(u))?));
        }
        Ok(points)
    }

    /// Loss of phase I on the true density over its iterations, by way of choosing the steps.
    fn convergence(&self, context: &Context<'_>) -> Result<Lines, Failure> {
        let observations = self.solved.observations(&self.scenario);
        let ways = [
            ("importance sampling", Sampling::Importance),
            ("uniform sampling", Sampling::Uniform),
            ("all steps", Sampling::All),
        ];
        let mut lines = Vec::new();
        for (name, sampling) in ways {
            let config = TwoPhaseConfig { sampling, ..TwoPhaseConfig::default() };
            let selection = Selection::TwoPhase { config, seed: self.scenario.seed };
            let terms = dictionary(self.scenario.name);
            let fit =
                context.runner.fit(&self.scenario, "pde", &observations, &terms, &selection)?;
            let points = fit.path.iter().enumerate().map(|(k, (_, loss))| ((k + 1) as f64, *loss));
            lines.push((name.to_owned(), points.collect()));
        }
        Ok(Lines {
            title: "Loss of phase I".to_owned(),
            x: Axis::linear("iteration", ""),
            y: Axis::log10("mean loss a step", ""),
            lines,
        })
    }

    /// Weights along phase I on the density estimates.
    fn path(&self) -> Lines {
        let fit = self.fits.iter().find(|(mode, _)| *mode == Mode::Kde).map(|(_, fit)| fit);
        let terms = fit.map_or(&[][..], |fit| &fit.terms);
        let line = |k: usize| {
            let path = fit.map_or(&[][..], |fit| &fit.path);
            path.iter().enumerate().map(|(i, (weights, _))| ((i + 1) as f64, weights[k])).collect()
        };
        Lines {
            title: "Weights along phase I (density estimates)".to_owned(),
            x: Axis::linear("iteration", ""),
            y: Axis::linear("weight ζ", ""),
            lines: terms.iter().enumerate().map(|(k, name)| (name.clone(), line(k))).collect(),
        }
    }

    fn data(&self, lines: &[(&str, &Lines)], more: Value) -> Value {
        let mut data = Map::new();
        data.insert("case".into(), json!(self.scenario.name));
        data.insert("seed".into(), json!(self.scenario.seed));
        data.insert("n_particles".into(), json!(self.scenario.n_particles));
        data.extend(lines.iter().map(|(name, lines)| ((*name).to_owned(), lines.json())));
        data.insert("densities".into(), self.density_data());
        if let Value::Object(more) = more {
            data.extend(more);
        }
        Value::Object(data)
    }

    /// Densities of particles and equation on the coarser grid at eleven times.
    fn density_data(&self) -> Value {
        let grid = self.estimates.grid();
        let true_grid = self.solved.densities.grid();
        let stride = (self.estimates.times().len() / 10).max(1);
        let at = |k: usize| {
            let truth = rebinned(&self.solved.densities.values()[k], true_grid, grid);
            let short = |u: &[f64]| u.iter().map(|u| rounded(*u)).collect::<Vec<f64>>();
            json!({
                "time": self.estimates.times()[k],
                "particles": short(&self.estimates.values()[k]),
                "equation": short(&truth),
            })
        };
        let times = (0..self.estimates.times().len()).step_by(stride);
        json!({ "x": grid.centres(0), "at": times.map(at).collect::<Vec<Value>>() })
    }
}

/// Figure 2.
pub(super) fn cubic(context: &Context<'_>) -> Result<(Vec<Panel>, Value), Failure> {
    let study = Study::new(context, "A")?;
    let learned = study.kernel_lines(0.0, 4.0);
    let errors = kernel_errors(&learned);
    let (energies, loss, path) = (study.free_energies(), study.convergence(context)?, study.path());
    let distances = study.distances(context)?;
    let mut panels = study.density_panels();
    panels.extend([&learned, &errors, &energies, &distances, &loss, &path].map(Lines::panel));
    let published = context.published.twophase.figures.kernel_abs_error_max_case_a;
    let lines = [
        ("kernels", &learned),
        ("kernel_errors", &errors),
        ("free_energy", &energies),
        ("w2", &distances),
        ("loss", &loss),
        ("path", &path),
    ];
    let data = study.data(&lines, json!({ "published_largest_kernel_error": published }));
    Ok((panels, data))
}

/// Figure 4.
pub(super) fn power_law(context: &Context<'_>) -> Result<(Vec<Panel>, Value), Failure> {
    let study = Study::new(context, "B")?;
    let learned = study.kernel_lines(0.02, 5.0);
    let errors = kernel_errors(&learned);
    let distances = study.distances(context)?;
    let (loss, path) = (study.convergence(context)?, study.path());
    let (sizes, slope) = density_errors(context, &study)?;
    let mut panels = study.density_panels();
    panels.extend([&learned, &errors, &distances, &sizes, &loss, &path].map(Lines::panel));
    let figures = &context.published.twophase.figures;
    let lines = [
        ("kernels", &learned),
        ("kernel_errors", &errors),
        ("w2", &distances),
        ("l_data", &sizes),
        ("loss", &loss),
        ("path", &path),
    ];
    let more = json!({
        "l_data_slope": slope,
        "root_l_data_slope": 0.5 * slope,
        "published_l_data_slope": figures.ldata_slope_vs_n,
        "published_largest_w2": figures.w2_max_case_b,
    });
    Ok((panels, study.data(&lines, more)))
}

/// Numbers of particles of the paper's sweeps, relative to the largest.
pub(super) const SHARES: [usize; 3] = [4, 2, 1];

/// `L_data`, the mean square of estimate − truth over times and cells, against N; and its slope.
fn density_errors(context: &Context<'_>, study: &Study) -> Result<(Lines, f64), Failure> {
    let mut points = Vec::new();
    for share in SHARES {
        let mut scenario = study.scenario.clone();
        scenario.n_particles /= share;
        let snapshots = context.runner.particles(&scenario)?;
        let estimates = estimates(&scenario, &snapshots)?;
        let (mut sum, mut count) = (0.0, 0);
        for (estimate, truth) in estimates.values().iter().zip(study.solved.densities.values()) {
            let truth = rebinned(truth, study.solved.densities.grid(), estimates.grid());
            sum += estimate.iter().zip(&truth).map(|(u, v)| (u - v).powi(2)).sum::<f64>();
            count += truth.len();
        }
        points.push((scenario.n_particles as f64, sum / count as f64));
    }
    let slope = log_slope(&points);
    let lines = Lines {
        title: format!("L_data ~ N^{slope:.2}"),
        x: Axis::log10("particles N", ""),
        y: Axis::log10("L_data", ""),
        lines: vec![("density estimates".to_owned(), points)],
    };
    Ok((lines, slope))
}

/// W₂ over time between two solutions on one grid.
pub(super) fn distances(
    found: &Densities<1>,
    truth: &Densities<1>,
) -> Result<Vec<(f64, f64)>, Failure> {
    let ([lower], [h]) = (truth.grid().lower(), truth.grid().spacing());
    let mut points = Vec::new();
    for (time, (u, v)) in truth.times().iter().zip(found.values().iter().zip(truth.values())) {
        points.push((*time, wasserstein2_densities(lower, h, &positive(u), &positive(v))?));
    }
    Ok(points)
}
