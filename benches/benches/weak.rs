//! Time of one weak system: 88 terms for one of 1000 individuals over 200 frames; 5 kernels for the
//! empirical measure of 2000 particles.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::{quick, recording};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_law::{Direction, KernelTerm, PAPER_SCALE, PairKernel, paper_basis};
use pairlaw_synth::FirstOrderScenario;
use pairlaw_weak::{
    Diffusion, MeasureConfig, TestFunction, VelocityEstimate, WeakSystems, measure_system,
};
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

/// Throughput is in particles and snapshots.
fn measure(c: &mut Criterion) {
    let scenario = FirstOrderScenario::<1>::named("A", 1).expect("a name of the paper");
    let small = FirstOrderScenario { n_particles: 2000, n_steps: 100, dt: 1e-3, ..scenario };
    let run = small.simulate(10, |_, _| {}).expect("short steps");
    let term = |exponent| PairKernel::term(KernelTerm::Power { exponent, cutoff: 0.05 });
    let dictionary = [0.0, 1.0, 2.0, 3.0, -1.5].map(|p| term(p).expect("a cut-off"));
    let config = MeasureConfig::new(Diffusion::Known(small.noise_variance));
    let mut group = c.benchmark_group("weak/2000 particles");
    group.throughput(Throughput::Elements((run.times().len() * run.n_particles()) as u64));
    group.bench_function("measure, 11 snapshots, 5 kernels", |b| {
        b.iter(|| measure_system(black_box(&run), &dictionary, &config).expect("enough particles"));
    });
    group.finish();
}

criterion_group! { name = weak; config = quick(); targets = one_system, measure }
criterion_main!(weak);
