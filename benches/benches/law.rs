//! Nanoseconds a pair of the paper's 88 terms: their weighted sum, and every term on its own.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, scenario};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::{
    BasisKernel, BasisScratch, Direction, Focal, Law, LawKernels, Neighbours, PAPER_SCALE,
    paper_basis,
};
use std::hint::black_box;

const N: usize = 1000;

/// Throughput is in pairs of the focal individual and a neighbour.
fn focal_sums(c: &mut Criterion) {
    let initial = scenario("A", N).initial().expect("enough cells");
    let column = |of: &[[f64; 2]], d: usize| of.iter().map(|x| x[d]).collect::<Vec<f64>>();
    let [x, y] = [0, 1].map(|d| column(&initial.positions, d));
    let [u, v] = [0, 1].map(|d| column(&initial.velocities, d));
    let all = Neighbours { positions: [&x, &y], velocities: [&u, &v] };
    let focal = Focal { position: initial.positions[7], velocity: initial.velocities[7] };
    let basis = paper_basis(PAPER_SCALE);
    let kernel = BasisKernel::new(&basis, Direction::Difference).expect("88 terms fit");
    let weights = (0..basis.len()).map(|k| (k as f64).sin()).collect();
    let law = Law::new(basis, weights, Direction::Difference).expect("finite weights");
    let kernels = LawKernels::new(&[law]).expect("88 terms fit");

    let mut group = c.benchmark_group("law/88 terms, 1000 neighbours");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("acceleration", |b| {
        b.iter(|| kernels.acceleration(0, black_box(&focal), black_box(&all), N as f64));
    });
    let mut scratch = BasisScratch::default();
    let mut out = vec![0.0; 2 * kernel.n_terms()];
    group.bench_function("sums of every term", |b| {
        b.iter(|| {
            kernel.sums(black_box(&focal), black_box(&all), N as f64, &mut scratch, &mut out);
            black_box(&out);
        });
    });
    group.finish();
}

criterion_group! { name = law; config = quick(); targets = focal_sums }
criterion_main!(law);
