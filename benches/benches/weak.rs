//! Time of one weak system: 88 terms for one of 1000 individuals over 200 frames.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, recording};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::{Direction, PAPER_SCALE, paper_basis};
use pairlaw_weak::{TestFunction, VelocityEstimate, WeakSystems};
use std::hint::black_box;

/// Throughput is in pairs: 1000 neighbours at each frame that has a velocity.
fn one_system(c: &mut Criterion) {
    let tracks = recording(1000);
    let phi = TestFunction { half_width: 31, degree: 9 };
    let basis = paper_basis(PAPER_SCALE);
    let velocity = VelocityEstimate::Centred2;
    let systems = WeakSystems::new(&tracks, velocity, &basis, Direction::Difference, phi)
        .expect("200 frames are enough");
    let n_frames = systems.tracks().segments_of(7)[0].positions.len();
    let mut group = c.benchmark_group("weak/1000 individuals");
    group.throughput(Throughput::Elements((n_frames * 1000) as u64));
    group.bench_function("one system", |b| b.iter(|| systems.system(black_box(7))));
    group.finish();
}

criterion_group! { name = weak; config = quick(); targets = one_system }
criterion_main!(weak);
