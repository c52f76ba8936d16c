//! The acceleration of one individual among 10,000 neighbours, and how long a pair takes.
#![allow(clippy::print_stdout)]

use pairlaw_law::{Direction, Focal, Law, LawKernels, Neighbours, PAPER_SCALE, paper_basis};
use std::time::Instant;

fn main() -> Result<(), pairlaw_law::LawError> {
    let basis = paper_basis(PAPER_SCALE);
    let weights = (0..basis.len()).map(|k| 0.01 * (k as f64).sin()).collect();
    let kernels = LawKernels::new(&[Law::new(basis, weights, Direction::Difference)?])?;
    let n = 10_000;
    let ring = |scale: f64, turn: f64| -> Vec<f64> {
        (0..n).map(|k| scale * f64::sin(f64::from(k) + turn)).collect()
    };
    let (x, y, vx, vy) = (ring(1.0, 0.0), ring(0.8, 1.0), ring(0.05, 2.0), ring(0.05, 3.0));
    let neighbours = Neighbours { positions: [&x, &y], velocities: [&vx, &vy] };
    let focal = Focal { position: [0.1, 0.2], velocity: [0.03, 0.01] };
    let start = Instant::now();
    let acceleration = kernels.acceleration(0, &focal, &neighbours, f64::from(n));
    let elapsed = start.elapsed().as_secs_f64();
    println!("acceleration {acceleration:?}");
    println!("{:.1} ns a pair with all 88 terms", 1e9 * elapsed / f64::from(n));
    Ok(())
}
