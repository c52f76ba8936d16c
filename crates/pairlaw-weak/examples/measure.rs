//! An interaction kernel and its errors from 5000 noisy particles that nobody tracked.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use pairlaw_weak::data::rand_core::Rng;
use pairlaw_weak::data::{Snapshots, Streams};
use pairlaw_weak::law::{KernelTerm, PairKernel, PairSums, SumMethod};
use pairlaw_weak::{Diffusion, MeasureConfig, measure_system};

const SIGMA2: f64 = 2.0;

fn main() -> Result<(), Box<dyn Error>> {
    let truth = PairKernel::new(vec![KernelTerm::power(2.0)], vec![3.0])?;
    let snapshots = simulated(&truth, 5000)?;
    let terms = [
        KernelTerm::power(0.0),
        KernelTerm::power(1.0),
        KernelTerm::power(2.0),
        KernelTerm::power(3.0),
        KernelTerm::Sine,
    ];
    let dictionary: Result<Vec<_>, _> = terms.into_iter().map(PairKernel::term).collect();
    for diffusion in [Diffusion::Known(SIGMA2), Diffusion::Unknown] {
        let start = Instant::now();
        let system =
            measure_system(&snapshots, &dictionary.clone()?, &MeasureConfig::new(diffusion))?;
        println!("{diffusion:?}: {} rows in {:.2?}", system.equations.n_rows, start.elapsed());
        for term_idx in 0..terms.len() {
            let mut support = vec![false; system.columns.len()];
            support[term_idx] = true;
            if diffusion == Diffusion::Unknown {
                support[terms.len()] = true;
            }
            let fit = system.equations.solve(&support)?;
            let (weight, error) = (fit.weights[term_idx], fit.standard_errors[term_idx]);
            let chi_square = system.reduced_chi_square(&fit);
            println!("  {weight:7.3} ± {error:.3} {:8} χ²/rows {chi_square:.3}", terms[term_idx]);
        }
    }
    Ok(())
}

/// Two clouds that attract each other, by Euler–Maruyama; 101 snapshots until time 1.
fn simulated(law: &PairKernel, n: usize) -> Result<Snapshots<1>, Box<dyn Error>> {
    let mut random = Streams::new(1).next().expect("streams are endless");
    let mut uniform = || random.next_u64() as f64 / u64::MAX as f64;
    // A sum of twelve uniform numbers is nearly normal, of variance 1.
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let mut x: Vec<f64> =
        (0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 } + 0.5 * normal()).collect();
    let mut sums = PairSums::new(std::slice::from_ref(law), SumMethod::Auto)?;
    let mut drift = [[Vec::new()]];
    let mut positions = vec![[x.clone()]];
    let dt = 0.001;
    for step in 1..=1000 {
        sums.evaluate([&x], &mut drift);
        for (x, sum) in x.iter_mut().zip(&drift[0][0]) {
            *x += -sum * dt + (SIGMA2 * dt).sqrt() * normal();
        }
        if step % 10 == 0 {
            positions.push([x.clone()]);
        }
    }
    Ok(Snapshots::new((0..positions.len()).map(|k| 0.01 * k as f64).collect(), positions)?)
}
