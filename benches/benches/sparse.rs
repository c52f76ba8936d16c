//! Compression, one solve and the whole path over λ of a system of the paper's size and condition;
//! all subsets of a dictionary, all places of up to three breaks.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, recording};
use criterion::{Criterion, criterion_group, criterion_main};
use faer::Mat;
use pairlaw::species::{Preparation, SpeciesConfig};
use pairlaw_sparse::{
    CompressedSystem, ConeProblem, LinearSystem, Noise, NormalEquations, PathConfig, best_subset,
    change_points, thresholded_path,
};
use pairlaw_weak::TestFunction;
use std::hint::black_box;

/// One individual's weak system of 276 rows and 88 columns under the sign constraints.
fn one_model(c: &mut Criterion) {
    let test_function = Some(TestFunction { half_width: 31, degree: 9 });
    let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
    let prepared = Preparation::new(&recording(200), &config).expect("200 frames are enough");
    let system = prepared.systems.system(7).expect("everyone is there all the time");
    assert_eq!((system.g.nrows(), system.g.ncols()), (276, 88));
    let (constraints, path) = (&prepared.constraints, PathConfig::default());
    let compressed = CompressedSystem::new(&system).expect("finite");
    let problem = ConeProblem::new(&compressed, constraints, path.ridge).expect("finite");
    let full = problem.full_support();

    let mut group = c.benchmark_group("sparse/276 x 88");
    group.bench_function("compression", |b| {
        b.iter(|| CompressedSystem::new(black_box(&system)));
    });
    group.bench_function("one solve, all terms", |b| {
        b.iter(|| problem.solve(black_box(&full)).expect("certified"));
    });
    group.bench_function("path over lambda", |b| {
        b.iter(|| thresholded_path(black_box(&compressed), constraints, &path).expect("certified"));
    });
    group.finish();
}

/// Of 1000 rows; any numbers: the time does not depend on them.
fn equations(n_terms: usize) -> NormalEquations {
    let g = Mat::from_fn(1000, n_terms, |i, k| ((i * i + 7 * i * k) as f64).sin());
    let b = (0..1000).map(|i| (i as f64).cos()).collect();
    NormalEquations::new(&LinearSystem { g, b })
}

fn searches(c: &mut Criterion) {
    let (dictionary, bins) = (equations(12), equations(50));
    let mut group = c.benchmark_group("sparse/exhaustive");
    group.bench_function("best subset of 12 terms", |b| {
        b.iter(|| best_subset(black_box(&dictionary), 12, Noise::Known, &[]).expect("independent"));
    });
    group.bench_function("3 breaks of 50 bins", |b| {
        b.iter(|| change_points(black_box(&bins), 3, Noise::Known).expect("independent"));
    });
    group.finish();
}

criterion_group! { name = sparse; config = quick(); targets = one_model, searches }
criterion_main!(sparse);
