//! Time of forward simulations over 49 intervals among 1000 recorded neighbours: one alone, and
//! 64 that share the interpolated neighbours.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, recording, scenario};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::LawKernels;
use pairlaw_validate::{Integrator, Recording, Run, velocity_errors};
use std::hint::black_box;

/// Throughput is in evaluations of the law at one neighbour.
fn runs(c: &mut Criterion) {
    let recording = Recording::new(&recording(1000), 0.25, 1000.0).expect("simulated velocities");
    let window = recording.window(7).expect("everyone is there all the time");
    let n_intervals = window.len() - 1;
    assert_eq!(n_intervals, 49, "the paper's window at 200 frames");
    let kernels = [LawKernels::new(&scenario("A", 1000).laws()).expect("few radial functions")];
    for (name, integrator, n_evaluations) in [
        ("validate/Euler, 32 steps", Integrator::PAPER, 32),
        ("validate/Heun, 4 steps", Integrator::Heun { substeps: 4 }, 8),
    ] {
        let mut group = c.benchmark_group(name);
        for n_runs in [1, 64] {
            let runs: Vec<Run> = (0..n_runs).map(|individual| Run { law: 0, individual }).collect();
            let n_pairs = n_runs * n_intervals * n_evaluations * 1000;
            group.throughput(Throughput::Elements(n_pairs as u64));
            group.bench_function(BenchmarkId::new("runs", n_runs), |b| {
                b.iter(|| velocity_errors(&recording, &kernels, black_box(&runs), integrator));
            });
        }
        group.finish();
    }
}

criterion_group! { name = validate; config = quick(); targets = runs }
criterion_main!(validate);
