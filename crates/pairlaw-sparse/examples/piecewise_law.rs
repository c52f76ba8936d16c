//! Finds where an influence function jumps: first among bins, then off their grid.
#![allow(clippy::print_stdout)]

use pairlaw_sparse::faer::Mat;
use pairlaw_sparse::{
    BreakSearch, LinearSystem, Noise, NormalEquations, SparseError, change_points, choose_breaks,
};

/// Observation x is ∫ f(r) cos(x r) dr over [0, 5]: what f = 1 on (a, b] adds to it.
fn piece(i: usize, a: f64, b: f64) -> f64 {
    let x = 0.1 + 0.1 * i as f64;
    ((x * b).sin() - (x * a).sin()) / x
}

fn response(i: usize) -> f64 {
    let exact = 0.5 * piece(i, 0.0, 1.537) + piece(i, 1.537, 2.113);
    exact + 1e-3 * (12.9898 * i as f64).sin()
}

fn equations(g: Mat<f64>) -> NormalEquations {
    let b = (0..g.nrows()).map(response).collect();
    NormalEquations::new(&LinearSystem { g, b })
}

fn main() -> Result<(), SparseError> {
    let width = 0.1;
    let bin = |i: usize, k: usize| piece(i, width * k as f64, width * (k + 1) as f64);
    let bins = equations(Mat::from_fn(200, 50, bin));
    let found = change_points(&bins, 3, Noise::Unknown)?;
    let system = |breaks: &[f64], shell: f64| {
        let edges = [&[0.0], breaks, &[5.0]].concat();
        Ok::<_, SparseError>(equations(Mat::from_fn(200, 2 * breaks.len() + 1, |i, k| {
            match k.checked_sub(breaks.len() + 1) {
                None => piece(i, edges[k], edges[k + 1]),
                Some(s) => piece(i, breaks[s] - 0.5 * shell, breaks[s] + 0.5 * shell) / shell,
            }
        })))
    };
    let search = BreakSearch { shell: width, tolerance: 1e-6, cap: 50 };
    let edges: Vec<f64> = (0..=50).map(|k| width * f64::from(k)).collect();
    let chosen = choose_breaks(system, &found, &edges, search, Noise::Unknown)?;
    for (on_grid, law) in found.by_breaks.iter().zip(&chosen.by_breaks) {
        let (n, before, after) = (law.breaks.len(), on_grid.criterion, law.criterion(50));
        println!("{n} breaks: criterion {before:.0} on the grid, {after:.0} off it");
    }
    let law = chosen.best;
    for (place, error) in law.breaks.iter().zip(&law.break_errors) {
        println!("break at {place:.4} ± {error:.4}");
    }
    for (value, error) in law.values.iter().zip(&law.value_errors) {
        println!("value {value:+.4} ± {error:.4}");
    }
    Ok(())
}
