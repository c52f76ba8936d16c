//! Drifts of first-order systems: fast sums, a mesh, and the direct sum they replace.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use benches::quick;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_data::Streams;
use pairlaw_law::{KernelTerm, PairKernel, PairSums, SumMethod};
use pairlaw_sim::{Ensemble, Gaussian, Steps, gaussian_mixture, simulate_first_order};
use std::hint::black_box;

fn power(exponent: f64) -> KernelTerm {
    KernelTerm::Power { exponent, cutoff: 0.05 }
}

fn kernel(terms: Vec<KernelTerm>, weights: Vec<f64>) -> PairKernel {
    PairKernel::new(terms, weights).expect("terms within range")
}

/// Kernels of the cases A, B and C.
fn kernels() -> [(&'static str, PairKernel); 3] {
    let piece = |from, to| KernelTerm::Piece { from, to, exponent: 1 };
    [
        ("3r²", kernel(vec![power(2.0)], vec![3.0])),
        ("r - r^-1.5", kernel(vec![power(1.0), power(-1.5)], vec![1.0, -1.0])),
        ("pieces", kernel(vec![piece(0.0, 1.5), piece(1.5, 2.0)], vec![0.5, 1.0])),
    ]
}

fn two_groups<const D: usize>(n: usize) -> [Vec<f64>; D] {
    let group = |x| Gaussian { share: 1.0, mean: [x; D], variance: 0.25 };
    let mut rng = Streams::new(1).next().expect("streams never end");
    gaussian_mixture(n, &[group(1.0), group(-1.0)], &mut rng)
}

fn drift<const D: usize>(c: &mut Criterion, name: &str, kernel: &PairKernel, method: SumMethod) {
    let n = if method == SumMethod::Direct { 2000 } else { 20_000 };
    let x = two_groups::<D>(n);
    let x: [&[f64]; D] = std::array::from_fn(|d| x[d].as_slice());
    let mut sums = PairSums::<D>::new(std::slice::from_ref(kernel), method).expect("a spacing");
    let mut out: [[Vec<f64>; D]; 1] = [std::array::from_fn(|_| Vec::new())];
    let mut group = c.benchmark_group(format!("pair sums/{D}-D {n} particles"));
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |b| {
        b.iter(|| {
            sums.evaluate(black_box(x), &mut out);
            black_box(&out);
        });
    });
    group.finish();
}

fn drifts(c: &mut Criterion) {
    for (name, kernel) in &kernels() {
        drift::<1>(c, &format!("{name}, direct"), kernel, SumMethod::Direct);
        drift::<1>(c, &format!("{name}, fast"), kernel, SumMethod::Auto);
        let mesh = SumMethod::Mesh { spacing: 1e-3 };
        drift::<1>(c, &format!("{name}, mesh"), kernel, mesh);
        drift::<2>(c, &format!("{name}, direct"), kernel, SumMethod::Direct);
        drift::<2>(c, &format!("{name}, mesh"), kernel, SumMethod::Auto);
    }
}

fn steps(c: &mut Criterion) {
    let n = 20_000;
    let x = two_groups::<1>(n);
    let steps = Steps { dt: 1e-4, n_steps: 20, keep_every: 20 };
    let mut group = c.benchmark_group("first order/20 steps of 20000 particles");
    group.throughput(Throughput::Elements(20 * n as u64));
    for (name, kernel) in &kernels() {
        let method = SumMethod::Auto;
        let ensemble = Ensemble { kernel, noise: 0.5, external: None, method };
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| simulate_first_order(x.clone(), &ensemble, steps, 1, |_, _, _| {}));
        });
    }
    group.finish();
}

criterion_group! { name = pair_sums; config = quick(); targets = drifts, steps }
criterion_main!(pair_sums);
