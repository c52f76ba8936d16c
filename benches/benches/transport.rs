//! Assignment of clouds, and half-steps of entropic transport.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::quick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_synth::{Shape, uniform_cells};
use pairlaw_transport::{Precision, Sinkhorn, SinkhornOptions, assign_points, assign_points_from};
use std::hint::black_box;

const N: usize = 500;
const EPSILON: f64 = 0.05;
/// Most half-steps of one call.
const MOST_HALF_STEPS: usize = 20;

/// Throughput is in rows.
fn assignment(c: &mut Criterion) {
    let (cells, ring) = (uniform_cells::<2>(N, 1), Shape::Ring.sample(N, 2));
    let prices = assign_points(&cells, &ring).expect("finite").column_prices;
    let moved: Vec<[f64; 2]> = cells.iter().map(|x| x.map(|x| 0.99 * x)).collect();
    let mut group = c.benchmark_group(format!("transport/assignment, {N} cells to a ring"));
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("cold", |b| {
        b.iter(|| assign_points(black_box(&moved), &ring).expect("finite"));
    });
    group.bench_function("from prices of cells 1 % away", |b| {
        b.iter(|| assign_points_from(black_box(&moved), &ring, &prices).expect("finite"));
    });
    group.finish();
}

/// Throughput is in pairs and half-steps; a call makes about 20 of them and a gradient.
fn half_steps(c: &mut Criterion) {
    let (cells, ring) = (uniform_cells::<2>(N, 1), Shape::Ring.sample(N, 2));
    let mut gradient = vec![[0.0; 2]; N];
    let mut group = c.benchmark_group(format!("transport/Sinkhorn, {N} cells to a ring"));
    for (name, precision) in [("singles", Precision::Single), ("doubles", Precision::Double)] {
        // With a tolerance of 0 it never stops early.
        let options =
            SinkhornOptions { tolerance: 0.0, max_half_steps: MOST_HALF_STEPS, precision };
        let mut sinkhorn = Sinkhorn::new(&ring, options).expect("finite");
        // The first call is cold.
        let [_, warm] =
            [(); 2].map(|()| sinkhorn.transport(&cells, EPSILON, &mut gradient).expect("finite"));
        group.throughput(Throughput::Elements((warm.half_steps * N * N) as u64));
        group.bench_function(name, |b| {
            b.iter(|| sinkhorn.transport(black_box(&cells), EPSILON, &mut gradient));
        });
    }
    group.finish();
}

criterion_group! { name = transport; config = quick(); targets = assignment, half_steps }
criterion_main!(transport);
