//! Nanoseconds a directed pair of the all-pairs sums, by species and by number of individuals.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, scenario};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::LawKernels;
use pairlaw_sim::PairLoop;
use pairlaw_synth::Scenario;
use std::hint::black_box;

/// Throughput is in directed pairs: N (N − 1) of them.
fn accelerations(c: &mut Criterion, group: &str, id: &str, scenario: &Scenario) {
    let n = scenario.n_cells;
    let initial = scenario.initial().expect("enough cells");
    let kernels = LawKernels::new(&scenario.laws()).expect("few radial functions");
    let mut pairs = PairLoop::new(&initial.species);
    let mut out = vec![[0.0; 2]; n];
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements((n * (n - 1)) as u64));
    group.bench_function(BenchmarkId::from_parameter(id), |b| {
        b.iter(|| {
            let (x, v) = (black_box(&initial.positions), black_box(&initial.velocities));
            pairs.accelerations(&kernels, x, v, &mut out);
            black_box(&out);
        });
    });
    group.finish();
}

fn by_species(c: &mut Criterion) {
    for name in ["A", "A,B,C"] {
        accelerations(c, "sim/1000 individuals", name, &scenario(name, 1000));
    }
}

fn by_number(c: &mut Criterion) {
    for n in [250, 500, 1000, 2000, 4000] {
        accelerations(c, "sim/species A", &n.to_string(), &scenario("A", n));
    }
}

criterion_group! { name = sim; config = quick(); targets = by_species, by_number }
criterion_main!(sim);
