//! Finds which columns of a CSV file explain its last one.
//!
//! Without a file: accelerations of a bead on a spring in a viscous liquid, a = −4 x − ½ v ± .02.
//! `cargo run -p pairlaw-sparse --example from_csv -- FILE.csv` takes yours: a line of names, then
//! a row of G and b a line.
#![allow(clippy::print_stdout)]

use pairlaw_sparse::faer::Mat;
use pairlaw_sparse::{CompressedSystem, LinearSystem, NormalEquations, PathConfig};
use pairlaw_sparse::{Noise, best_subset, thresholded_path};
use std::error::Error;

const BEAD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bead_on_a_spring.csv");

/// Names of the columns of G, and (G, b): b is the last column.
fn read(path: &str) -> Result<(Vec<String>, LinearSystem), Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut lines = text.lines();
    let header = lines.next().ok_or_else(|| format!("{path} is empty"))?;
    let mut names: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (k, line) in lines.enumerate() {
        let row: Result<Vec<f64>, _> = line.split(',').map(|field| field.trim().parse()).collect();
        let row = row.map_err(|error| format!("{path}, line {}: {error}", k + 2))?;
        if row.len() != names.len() {
            let (found, needed) = (row.len(), names.len());
            return Err(format!("{path}, line {}: {found} of {needed} fields", k + 2).into());
        }
        rows.push(row);
    }
    names.pop();
    let n = names.len();
    let g = Mat::from_fn(rows.len(), n, |i, j| rows[i][j]);
    Ok((names, LinearSystem { g, b: rows.iter().map(|row| row[n]).collect() }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| BEAD.to_owned());
    let (names, system) = read(&path)?;

    println!("best of all subsets");
    let found = best_subset(&NormalEquations::new(&system), names.len(), Noise::Unknown, &[])?.best;
    for (k, name) in names.iter().enumerate().filter(|(k, _)| found.support[*k]) {
        println!("  {name:6} {:+.3} ± {:.3}", found.weights[k], found.standard_errors[k]);
    }

    // C w ≤ 0, a row a constraint: a liquid brakes, so that no weight of v or v|v| is positive.
    let brakes: Vec<usize> = (0..names.len()).filter(|k| names[*k].starts_with('v')).collect();
    let constraints =
        Mat::from_fn(brakes.len(), names.len(), |i, k| f64::from(u8::from(brakes[i] == k)));
    let system = CompressedSystem::new(&system)?;
    let path = thresholded_path(&system, &constraints, &PathConfig::default())?;
    println!("sparse, under {} constraints", brakes.len());
    for (name, weight) in names.iter().zip(&path.weights).filter(|(_, weight)| **weight != 0.0) {
        println!("  {name:6} {weight:+.3}");
    }
    println!("share of b left: {:.4}", system.residual(&path.weights) / system.b_norm);
    Ok(())
}
