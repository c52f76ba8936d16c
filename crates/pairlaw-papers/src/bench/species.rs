//! The learner of species: pairs, weak systems, paths over λ, simulations, classifiers.

use super::{Figure, median_seconds};
use crate::Failure;
use crate::options::BenchOptions;
use pairlaw::species::{
    CellSystems, MixtureConfig, Preparation, SequentialConfig, SpeciesConfig, mixture_species,
    sequential_species, single_cell_models,
};
use pairlaw_data::Tracks;
use pairlaw_law::LawKernels;
use pairlaw_sim::PairLoop;
use pairlaw_sparse::{CompressedSystem, thresholded_path};
use pairlaw_synth::Scenario;
use pairlaw_validate::{Integrator, Run, velocity_errors};
use std::hint::black_box;
use std::time::Instant;

pub(super) fn figures(options: &BenchOptions) -> Result<Vec<Figure>, Failure> {
    let mut scenario = Scenario::named("A", options.seed)?;
    scenario.n_cells = options.cells;
    let pair = pair_cost(&scenario, options.repeat)?;
    eprintln!("simulating {} cells", options.cells);
    let mixed = Scenario { n_cells: options.cells, ..Scenario::named("A,B,C", options.seed)? };
    let tracks = mixed.simulate(|_| {})?;
    let mut figures = vec![pair];
    figures.extend(learning(&tracks, options.repeat)?);
    figures.extend(classifying(&tracks, options.repeat)?);
    Ok(figures)
}

fn pair_cost(scenario: &Scenario, repeat: usize) -> Result<Figure, Failure> {
    const EVALUATIONS: usize = 50;
    let initial = scenario.initial()?;
    let kernels = LawKernels::new(&scenario.laws())?;
    let mut pairs = PairLoop::new(&initial.species);
    let n = initial.positions.len();
    let mut out = vec![[0.0; 2]; n];
    let seconds = median_seconds(repeat, || {
        for _ in 0..EVALUATIONS {
            pairs.accelerations(&kernels, &initial.positions, &initial.velocities, &mut out);
            black_box(&out);
        }
    });
    let value = 1e9 * seconds / (EVALUATIONS * n * (n - 1)) as f64;
    Ok(Figure { name: "simulator, one thread", value, unit: "ns/directed pair", target: Some(1.0) })
}

fn learning(tracks: &Tracks<2>, repeat: usize) -> Result<Vec<Figure>, Failure> {
    let config = SpeciesConfig::default();
    let preparation = Preparation::new(tracks, &config)?;
    let system = preparation.systems.system(0)?;
    let build = median_seconds(repeat, || {
        black_box(preparation.systems.system(0).expect("it was built above"));
    });
    let solve = || {
        let compressed = CompressedSystem::new(&system)?;
        thresholded_path(&compressed, &preparation.constraints, &config.path)
    };
    solve()?;
    let path = median_seconds(repeat, || {
        black_box(solve().expect("it was solved above"));
    });
    let start = Instant::now();
    let models = single_cell_models(&preparation, &config, &|_, _, _| {})?;
    let all_models = 1000.0 * start.elapsed().as_secs_f64() / models.len() as f64;
    let weights = &models[0].as_ref().ok_or("cell 0 has no model")?.weights;
    let kernels = [LawKernels::new(&[preparation.law(weights)?])?];
    let validation = |integrator: Integrator| {
        const CELLS: usize = 64;
        let runs: Vec<Run> =
            (0..CELLS.min(models.len())).map(|individual| Run { law: 0, individual }).collect();
        let seconds = median_seconds(repeat, || {
            // One thread: the figure is the cost of a simulation.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            if let Ok(pool) = pool {
                pool.install(|| {
                    black_box(velocity_errors(&preparation.recording, &kernels, &runs, integrator))
                });
            }
        });
        1e3 * seconds / runs.len() as f64
    };
    let figure = |name, value, unit, target| Figure { name, value, unit, target: Some(target) };
    Ok(vec![
        figure("weak system of one cell", 1e3 * build, "ms", 3.5),
        figure("whole λ path of one cell", 1e3 * path, "ms", 8.0),
        figure("1000 single-cell models, all threads", all_models, "s", 7.0),
        figure("data-driven simulation, Euler-32", validation(Integrator::PAPER), "ms", 8.0),
        figure("data-driven simulation, Heun-4", validation(Integrator::default()), "ms", 2.0),
    ])
}

/// Both classifiers, from positions to species, and the comparison of models that the mixture lives on.
fn classifying(tracks: &Tracks<2>, repeat: usize) -> Result<Vec<Figure>, Failure> {
    let silent = &|_: &str, _, _| {};
    let config = SpeciesConfig::default();
    let preparation = Preparation::new(tracks, &config)?;
    let systems = CellSystems::new(&preparation, silent)?;
    let models = vec![vec![1e-3; preparation.basis.len()]; 1_000_000_usize.div_ceil(systems.len())];
    let residuals = median_seconds(repeat, || {
        black_box(systems.residuals(&models));
    });
    let mut seconds = Vec::new();
    for integrator in [Integrator::default(), Integrator::PAPER] {
        let config = SpeciesConfig { integrator, ..config.clone() };
        let start = Instant::now();
        sequential_species(tracks, &config, &SequentialConfig::default(), silent)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    mixture_species(tracks, &config, &MixtureConfig::default(), silent)?;
    let mixture = start.elapsed().as_secs_f64();
    let figure = |name, value, target| Figure { name, value, unit: "s", target: Some(target) };
    Ok(vec![
        figure("1e6 (cell, model) residuals", residuals, 1.0),
        figure("paper's classifier, Heun-4", seconds[0], 40.0),
        figure("paper's classifier, Euler-32", seconds[1], 110.0),
        figure("mixture", mixture, 15.0),
    ])
}
