//! Densities of many particles: their estimate, steps of the mean-field equation, and the distance
//! between two samples.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::quick;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pairlaw::meanfield::mean_field::{
    Bandwidth, DensityEstimator, FaceValues, MeanField, Schedule, solve,
};
use pairlaw_data::{Grid, Streams};
use pairlaw_synth::FirstOrderScenario;
use pairlaw_transport::wasserstein2;
use std::hint::black_box;

/// Throughput is in cells and steps, of four convolutions each; planning is part of it.
fn equation<const D: usize>(c: &mut Criterion, scenario: &FirstOrderScenario<D>, n_cells: usize) {
    let grid = Grid::new(scenario.lower, scenario.upper, [n_cells; D]).expect("a box");
    let start = scenario.start.cell_averages(&grid);
    let schedule = Schedule { dt: 1e-4, n_steps: 10, keep_every: 10 };
    let mut group = c.benchmark_group(format!("mean field/{D}-D equation, 10 steps"));
    group.throughput(Throughput::Elements((schedule.n_steps * grid.total_cells()) as u64));
    for face_values in [FaceValues::Central, FaceValues::Quartic, FaceValues::Muscl] {
        let diffusivity = 0.5 * scenario.noise_variance;
        let (kernel, external) = (&scenario.kernel, Default::default());
        let model = MeanField { kernel, diffusivity, external, face_values };
        group.bench_function(BenchmarkId::from_parameter(format!("{face_values:?}")), |b| {
            b.iter(|| solve(&model, &grid, black_box(&start), &schedule).expect("short steps"));
        });
    }
    group.finish();
}

fn equations(c: &mut Criterion) {
    equation(c, &FirstOrderScenario::<1>::named("A", 1).expect("a name of the paper"), 160);
    let plane = FirstOrderScenario::<2>::named("ring", 1).expect("a name of the paper");
    equation(c, &plane, 50);
}

/// Throughput is in particles.
fn samples(c: &mut Criterion) {
    let scenario = FirstOrderScenario::<1>::named("A", 1).expect("a name of the paper");
    let n = scenario.n_particles;
    let mut stream = Streams::new(1).next().expect("streams never end");
    let [[x], [y]] = [(); 2].map(|()| scenario.start.sample(n, &mut stream));
    let grid = Grid::new(scenario.lower, scenario.upper, [100]).expect("a box");
    let mut estimator = DensityEstimator::new(&grid, Bandwidth::Scott);
    let mut group = c.benchmark_group(format!("mean field/{n} particles"));
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function("density estimate", |b| {
        b.iter(|| estimator.estimate([black_box(&x)]).expect("particles inside"));
    });
    group.bench_function("Wasserstein distance", |b| {
        b.iter(|| wasserstein2(black_box(&x), &y).expect("finite"));
    });
    group.finish();
}

criterion_group! { name = mean_field; config = quick(); targets = equations, samples }
criterion_main!(mean_field);
