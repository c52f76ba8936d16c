//! Time of the two steps that every round of the mixture repeats, for 1000 cells: residuals of many
//! models on every cell, and a round of expectation–maximisation.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, recording};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw::species::{
    CellSystems, MixtureFit, ModelSpace, Preparation, SpeciesConfig, Weighting,
    expectation_maximization,
};
use pairlaw_weak::TestFunction;
use std::hint::black_box;

fn rounds(c: &mut Criterion) {
    let test_function = Some(TestFunction { half_width: 31, degree: 9 });
    let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
    let prepared = Preparation::new(&recording(1000), &config).expect("200 frames are enough");
    let systems = CellSystems::new(&prepared, &|_, _, _| {}).expect("everyone moves");
    let n_terms = prepared.basis.len();
    // Any numbers: the time does not depend on them.
    let model = |k: usize| (0..n_terms).map(|j| ((7 * k + j) as f64).sin()).collect();
    let models: Vec<Vec<f64>> = (0..1000).map(model).collect();

    let mut group = c.benchmark_group("species/1000 cells");
    group.throughput(Throughput::Elements((systems.len() * models.len()) as u64));
    group.bench_function("residuals of 1000 models", |b| {
        b.iter(|| systems.residuals(black_box(&models)));
    });
    group.throughput(Throughput::Elements(systems.len() as u64));
    let members: Vec<usize> = (0..systems.len() / 2).collect();
    let weights = vec![1.0; systems.len()];
    group.bench_function("pool of 500 systems", |b| {
        b.iter(|| systems.pool(black_box(&members), &weights).expect("finite"));
    });
    let space = ModelSpace { constraints: &prepared.constraints, ridge: 1e-9 };
    let start = MixtureFit::assign(&systems, models[..2].to_vec());
    group.bench_function("EM round, 2 species", |b| {
        b.iter(|| {
            let start = black_box(start.clone());
            expectation_maximization(&systems, &space, start, Weighting::Equal, 1)
        });
    });
    group.finish();
}

criterion_group! { name = species; config = quick(); targets = rounds }
criterion_main!(species);
