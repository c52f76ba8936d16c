//! Two clusters drift apart: the distance from the start, by samples and by densities.
#![allow(clippy::print_stdout)]

use pairlaw_transport::{TransportError, wasserstein2, wasserstein2_densities};

/// Evenly spread points of two clusters of width 1 at ±centre.
fn clusters(centre: f64, n: usize) -> Vec<f64> {
    let point = |i: usize| (i as f64 + 0.5) / n as f64 - 0.5;
    (0..n).flat_map(|i| [point(i) - centre, point(i) + centre]).collect()
}

/// Their density on cells of width 0.25 from −4 to 4.
fn density(centre: f64) -> Vec<f64> {
    let middle = |i: usize| -3.875 + 0.25 * i as f64;
    (0..32).map(|i| f64::from(u8::from((middle(i).abs() - centre).abs() < 0.5))).collect()
}

fn main() -> Result<(), TransportError> {
    println!("time  samples  densities");
    for step in 0..=4 {
        let centre = 1.0 + 0.5 * f64::from(step);
        let samples = wasserstein2(&clusters(1.0, 500), &clusters(centre, 300))?;
        let densities = wasserstein2_densities(-4.0, 0.25, &density(1.0), &density(centre))?;
        println!("{step:4}  {samples:7.4}  {densities:9.4}");
    }
    Ok(())
}
