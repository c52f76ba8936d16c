//! How long the drifts of 20,000 particles take, and how far they are from the direct sum.
#![allow(clippy::print_stdout)]

use pairlaw_law::{KernelTerm, LawError, PairKernel, PairSums, SumMethod};
use std::time::Instant;

fn main() -> Result<(), LawError> {
    let power = |exponent| KernelTerm::Power { exponent, cutoff: 0.05 };
    let piece = |from, to| KernelTerm::Piece { from, to, exponent: 1 };
    let kernels = [
        PairKernel::new(vec![power(2.0)], vec![3.0])?,
        PairKernel::new(vec![piece(0.0, 1.5), piece(1.5, 2.0)], vec![0.5, 1.0])?,
        PairKernel::new(vec![power(1.0), power(-1.5)], vec![1.0, -1.0])?,
        PairKernel::term(KernelTerm::Exponential { rate: -1.0 })?,
        PairKernel::term(KernelTerm::Sine)?,
        PairKernel::term(KernelTerm::Yukawa { cutoff: 0.05 })?,
        PairKernel::term(KernelTerm::Sign { radius: 1.0, cutoff: 0.05 })?,
    ];
    // Two groups, each spread like a normal law by a sum of irrational turns.
    let n = 20_000;
    let turn = |k: u32, a: f64| (f64::from(k) * a).fract() - 0.5;
    let spread = |k: u32| turn(k, 2f64.sqrt()) + turn(k, 3f64.sqrt()) + turn(k, 5f64.sqrt());
    let x: Vec<f64> = (0..n).map(|k| spread(k) + if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
    for kernel in &kernels {
        let evaluate = |method, times: u32| -> Result<(Vec<f64>, f64), LawError> {
            let mut sums = PairSums::new(std::slice::from_ref(kernel), method)?;
            let mut out = [[Vec::new()]];
            sums.evaluate([&x], &mut out);
            let mut best = f64::INFINITY;
            for _ in 0..times {
                let start = Instant::now();
                sums.evaluate([&x], &mut out);
                best = best.min(start.elapsed().as_secs_f64());
            }
            let [[out]] = out;
            Ok((out, 1e3 * best))
        };
        let (direct, slow) = evaluate(SumMethod::Direct, 1)?;
        let (found, fast) = evaluate(SumMethod::Auto, 20)?;
        let greatest = direct.iter().fold(0f64, |most, s| most.max(s.abs()));
        let errors = direct.iter().zip(&found).map(|(a, b)| (a - b).abs());
        let error = errors.fold(0.0, f64::max) / greatest;
        println!("{kernel}: {fast:.3} ms instead of {slow:.0} ms, relative error {error:.1e}");
    }
    Ok(())
}
