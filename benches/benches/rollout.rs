//! Nanoseconds a pair and step of differentiable roll-outs, scheme by scheme, and of collocation.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::quick;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::Morse;
use pairlaw_rollout::{Adam, CollocationConfig, Parameters, Role, Rollout, Scheme, collocate};
use pairlaw_synth::{Shape, uniform_cells};
use std::hint::black_box;

const N: usize = 500;
const STEPS: usize = 5;

fn rollout(scheme: Scheme) -> Rollout<Morse, f32, 2, 4> {
    let theta = [0.5 / N as f64, 0.3, 0.5 / N as f64, 0.6];
    let start = Parameters::uniform(Morse, scheme, N, theta, 0.1, 1).expect("positive numbers");
    let cells = uniform_cells::<2>(N, 1);
    Rollout::new(Morse, &cells, &[STEPS], 0.2, vec![start], Adam::default()).expect("valid")
}

/// Throughput is in pairs and steps; an epoch is one of each of the three.
fn epochs(c: &mut Criterion) {
    let schemes = [
        Scheme::Individual(Role::Sender),
        Scheme::Typed((0..N).map(|i| i % 3).collect()),
        Scheme::TwoRole,
        Scheme::LowRank(2),
        Scheme::Mutual,
    ];
    let gradient = vec![(STEPS, vec![[1e-3, -1e-3]; N])];
    for scheme in schemes {
        let mut group = c.benchmark_group(format!("rollout/{}, {N} cells", scheme.name()));
        group.throughput(Throughput::Elements((STEPS * N * (N - 1)) as u64));
        let mut rollout = rollout(scheme);
        group.bench_function("forward", |b| {
            b.iter(|| black_box(&mut rollout).forward().expect("weak forces"));
        });
        group.bench_function("backward", |b| {
            b.iter(|| black_box(&mut rollout).backward(black_box(&gradient)));
        });
        // So slow that the cells do not fly apart in however many iterations.
        group.bench_function("update", |b| b.iter(|| black_box(&mut rollout).update(1e-9)));
        group.finish();
    }
}

/// Throughput is in pairs and steps.
fn collocation(c: &mut Criterion) {
    let (cells, ring) = (uniform_cells::<2>(N, 1), vec![Shape::Ring.sample(N, 2)]);
    let mut group = c.benchmark_group(format!("rollout/collocation, {N} cells"));
    group.throughput(Throughput::Elements((STEPS * N * (N - 1)) as u64));
    for (name, floor) in [("any sign", None), ("positive", Some(1e-3))] {
        let config = CollocationConfig { floor, ..CollocationConfig::default() };
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| collocate(black_box(&cells), &ring, &[STEPS], 0.2, &config).expect("valid"));
        });
    }
    group.finish();
}

criterion_group! { name = rollouts; config = quick(); targets = epochs, collocation }
criterion_main!(rollouts);
