//! The learner of species: pairs, weak systems, paths over λ, simulations, classifiers.

use super::clock::{one_core, scaled, seconds, seconds_of};
use super::document::Document;
use super::figure::Figure;
use super::peers::{self, Work, beside};
use crate::Failure;
use crate::options::BenchOptions;
use faer::Mat;
use pairlaw::species::{
    CellSystems, MixtureConfig, Preparation, SequentialConfig, SpeciesConfig, mixture_species,
    sequential_species, single_cell_models,
};
use pairlaw_cluster::{Component, EmConfig, GaussianMixture, fit};
use pairlaw_data::{Streams, Tracks};
use pairlaw_law::LawKernels;
use pairlaw_sim::PairLoop;
use pairlaw_sparse::{CompressedSystem, ConeProblem, LinearSystem, SparseError, thresholded_path};
use pairlaw_synth::{FirstOrderScenario, Scenario};
use pairlaw_validate::{Integrator, Run, velocity_errors};
use std::hint::black_box;

pub(super) fn measure(options: &BenchOptions, document: &mut Document) -> Result<(), Failure> {
    let mut scenario = Scenario::named("A", options.seed)?;
    scenario.n_cells = options.cells;
    document.figures.push(pair_cost(&scenario, options.repeat)?);
    non_negative(options.repeat, document)?;
    mixture(options, document)?;
    eprintln!("simulating {} cells", options.cells);
    let mixed = Scenario { n_cells: options.cells, ..Scenario::named("A,B,C", options.seed)? };
    let tracks = mixed.simulate(|_| {})?;
    document.figures.extend(learning(&tracks, options.repeat)?);
    document.figures.extend(classifying(&tracks, options.repeat)?);
    Ok(())
}

fn pair_cost(scenario: &Scenario, repeat: usize) -> Result<Figure, Failure> {
    const EVALUATIONS: usize = 50;
    let initial = scenario.initial()?;
    let kernels = LawKernels::new(&scenario.laws())?;
    let mut pairs = PairLoop::new(&initial.species);
    let n = initial.positions.len();
    let mut out = vec![[0.0; 2]; n];
    let seconds = seconds(repeat, || {
        for _ in 0..EVALUATIONS {
            pairs.accelerations(&kernels, &initial.positions, &initial.velocities, &mut out);
            black_box(&out);
        }
    });
    let runs = scaled(1e9 / (EVALUATIONS * n * (n - 1)) as f64, &seconds);
    Ok(Figure::new("simulator, one thread", "ns/directed pair", Some(1.0), &runs))
}

fn learning(tracks: &Tracks<2>, repeat: usize) -> Result<Vec<Figure>, Failure> {
    let config = SpeciesConfig::default();
    let preparation = Preparation::new(tracks, &config)?;
    let system = preparation.systems.system(0)?;
    let build = seconds(repeat, || {
        black_box(preparation.systems.system(0).expect("it was built above"));
    });
    let solve = || {
        let compressed = CompressedSystem::new(&system)?;
        thresholded_path(&compressed, &preparation.constraints, &config.path)
    };
    solve()?;
    let path = seconds(repeat, || {
        black_box(solve().expect("it was solved above"));
    });
    let learn = || single_cell_models(&preparation, &config, &|_, _, _| {});
    let models = learn()?;
    let all_models: Result<Vec<f64>, Failure> = (0..repeat).map(|_| seconds_of(learn)).collect();
    let all_models = scaled(1e3 / models.len() as f64, &all_models?);
    let weights = &models[0].as_ref().ok_or("cell 0 has no model")?.weights;
    let kernels = [LawKernels::new(&[preparation.law(weights)?])?];
    let validation = |integrator: Integrator| {
        const CELLS: usize = 64;
        let runs: Vec<Run> =
            (0..CELLS.min(models.len())).map(|individual| Run { law: 0, individual }).collect();
        let seconds = seconds(repeat, || {
            // One thread: the figure is the cost of a simulation.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            if let Ok(pool) = pool {
                pool.install(|| {
                    black_box(velocity_errors(&preparation.recording, &kernels, &runs, integrator))
                });
            }
        });
        scaled(1e3 / runs.len() as f64, &seconds)
    };
    let figure = |name, runs: &[f64], unit, target| Figure::new(name, unit, Some(target), runs);
    Ok(vec![
        figure("weak system of one cell", &scaled(1e3, &build), "ms", 3.5),
        figure("whole λ path of one cell", &scaled(1e3, &path), "ms", 8.0),
        figure("1000 single-cell models, all threads", &all_models, "s", 7.0),
        figure("data-driven simulation, Euler-32", &validation(Integrator::PAPER), "ms", 8.0),
        figure("data-driven simulation, Heun-4", &validation(Integrator::default()), "ms", 2.0),
    ])
}

/// Both classifiers, from positions to species, and the comparison of models that the mixture lives on.
fn classifying(tracks: &Tracks<2>, repeat: usize) -> Result<Vec<Figure>, Failure> {
    let silent = &|_: &str, _, _| {};
    let config = SpeciesConfig::default();
    let preparation = Preparation::new(tracks, &config)?;
    let systems = CellSystems::new(&preparation, silent)?;
    let models = vec![vec![1e-3; preparation.basis.len()]; 1_000_000_usize.div_ceil(systems.len())];
    let residuals = seconds(repeat, || {
        black_box(systems.residuals(&models));
    });
    let mut classifiers = Vec::new();
    for integrator in [Integrator::default(), Integrator::PAPER] {
        let config = SpeciesConfig { integrator, ..config.clone() };
        let work = || sequential_species(tracks, &config, &SequentialConfig::default(), silent);
        classifiers.push(seconds_of(work)?);
    }
    let mixture =
        seconds_of(|| mixture_species(tracks, &config, &MixtureConfig::default(), silent))?;
    let figure = |name, runs: &[f64], target| Figure::new(name, "s", Some(target), runs);
    // What takes long is measured once.
    Ok(vec![
        figure("1e6 (cell, model) residuals", &residuals, 1.0),
        figure("paper's classifier, Heun-4", &classifiers[..1], 40.0),
        figure("paper's classifier, Euler-32", &classifiers[1..], 110.0),
        figure("mixture", &[mixture], 15.0),
    ])
}

/// Least squares with weights ≥ 0, the one case of the constrained regression that SciPy has.
fn non_negative(repeat: usize, document: &mut Document) -> Result<(), Failure> {
    const ROWS: usize = 2000;
    const COLUMNS: usize = 88;
    // As small as the certificate of a solution allows: it has no ridge beside it.
    const RIDGE: f64 = 1e-10;
    let g = Mat::from_fn(ROWS, COLUMNS, |i, k| (0.1 * (i * (k + 1)) as f64).sin());
    // Weights of both signs, about half of which the constraint sets to 0, and a rest.
    let weights: Vec<f64> = (0..COLUMNS).map(|k| (3.0 * k as f64).cos()).collect();
    let mut b: Vec<f64> = (0..ROWS).map(|i| (0.01 * i as f64).exp().sin()).collect();
    for (i, b) in b.iter_mut().enumerate() {
        *b += weights.iter().enumerate().map(|(k, weight)| weight * g[(i, k)]).sum::<f64>();
    }
    let by_rows = (0..ROWS).flat_map(|i| (0..COLUMNS).map(move |k| (i, k)));
    let input: Vec<f64> = by_rows.map(|entry| g[entry]).chain(b.iter().copied()).collect();
    let system = LinearSystem { g, b };
    let constraints = Mat::from_fn(COLUMNS, COLUMNS, |i, k| if i == k { -1.0 } else { 0.0 });
    let solve = || {
        let compressed = CompressedSystem::new(&system)?;
        let problem = ConeProblem::new(&compressed, &constraints, RIDGE)?;
        let weights = problem.solve(&problem.full_support())?.weights;
        Ok::<f64, SparseError>(compressed.residual(&weights))
    };
    let (seconds, residual) = one_core(repeat, solve)?;
    let work = Work {
        name: format!("non-negative least squares, {ROWS} × {COLUMNS}"),
        target: None,
        seconds: &seconds,
        result: Some((residual, 1e-6)),
        args: [repeat, ROWS, COLUMNS].map(|number| number.to_string()).to_vec(),
        input: &input,
    };
    beside(document, &peers::NON_NEGATIVE, &work);
    Ok(())
}

/// Two Gaussians on a line, a hundred iterations from the same start.
fn mixture(options: &BenchOptions, document: &mut Document) -> Result<(), Failure> {
    const ITERATIONS: usize = 100;
    let scenario = FirstOrderScenario::<2>::named("two Gaussians", options.seed)?;
    let mut stream = Streams::new(options.seed).next().expect("streams never end");
    let [values, _] = scenario.start.sample(scenario.n_particles, &mut stream);
    let all = GaussianMixture::single(&values)?.components[0];
    let component = |side: f64| Component {
        weight: 0.5,
        mean: all.mean + side * all.variance.sqrt(),
        variance: all.variance,
    };
    let start = GaussianMixture { components: vec![component(-1.0), component(1.0)] };
    let config = EmConfig { max_iterations: ITERATIONS, tolerance: 0.0, variance_floor: 0.0 };
    let (seconds, found) = one_core(options.repeat, || fit(&values, &start, &config))?;
    let means = start.components.iter().map(|component| component.mean.to_string());
    let counts = [options.repeat, ITERATIONS].map(|number| number.to_string());
    let work = Work {
        name: format!("mixture of two Gaussians, {} values", values.len()),
        target: None,
        seconds: &seconds,
        result: Some((found.mixture.log_likelihood(&values), 1e-9)),
        args: counts.into_iter().chain([all.variance.to_string()]).chain(means).collect(),
        input: &values,
    };
    beside(document, &peers::MIXTURE, &work);
    Ok(())
}
