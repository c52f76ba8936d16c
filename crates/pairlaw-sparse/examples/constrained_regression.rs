//! Learns a repulsive–attractive force from noisy samples, its signs near and far given.
#![allow(clippy::print_stdout)]

use pairlaw_sparse::faer::Mat;
use pairlaw_sparse::{CompressedSystem, LinearSystem, PathConfig, SparseError, thresholded_path};

/// Rates of decay of the terms.
const RATES: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 40.0, 80.0];

fn terms(r: f64) -> [f64; 8] {
    RATES.map(|rate| (-rate * r).exp())
}

fn main() -> Result<(), SparseError> {
    let force = |r: f64| (-20.0 * r).exp() - 0.25 * (-10.0 * r).exp();
    let distances: Vec<f64> = (0..200).map(|i| 0.005 * f64::from(i)).collect();
    // A fixed pattern of errors, 1e-5 in size.
    let error = |i: usize| 1e-5 * (12.9898 * i as f64).sin();
    let system = CompressedSystem::new(&LinearSystem {
        g: Mat::from_fn(200, 8, |i, l| terms(distances[i])[l]),
        b: (0..200).map(|i| force(distances[i]) + error(i)).collect(),
    })?;
    // C w ≤ 0: repulsion (f ≥ 0) below 0.1, attraction (f ≤ 0) beyond 0.5.
    let places = [0.0, 0.05, 0.1, 0.5, 0.75, 1.0];
    let constraints = Mat::from_fn(6, 8, |i, l| {
        let sign = if places[i] < 0.3 { -1.0 } else { 1.0 };
        sign * terms(places[i])[l]
    });
    let path = thresholded_path(&system, &constraints, &PathConfig::default())?;
    for (l, weight) in path.weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        println!("{weight:+.4} exp(-{} r)", RATES[l]);
    }
    let residual = system.residual(&path.weights) / system.b_norm;
    println!("lambda {:.1e}, {} solves", path.lambda, path.n_solves);
    println!("residual {residual:.1e}, worst violation {:.1e}", path.worst_violation);
    Ok(())
}
