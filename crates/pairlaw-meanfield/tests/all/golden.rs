//! Kernel density estimates against scipy's on stored points.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::Grid;
use pairlaw_meanfield::{Bandwidth, bandwidths, density_estimate};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Greatest error relative to the greatest density, over (h/b)², on grids that are halved.
fn errors<const D: usize>(case: &Value) -> Vec<f64> {
    let axes: Vec<Vec<f64>> = case["positions"].as_array().unwrap().iter().map(numbers).collect();
    let positions: [&[f64]; D] = std::array::from_fn(|d| axes[d].as_slice());
    let rule = match case["rule"].as_str() {
        Some("scott") => Bandwidth::Scott,
        Some("silverman") => Bandwidth::Silverman,
        _ => Bandwidth::Fixed(case["rule"].as_f64().unwrap()),
    };
    let bandwidth = bandwidths(positions, rule).unwrap();
    for (found, expected) in bandwidth.into_iter().zip(numbers(&case["bandwidths"])) {
        assert!((found - expected).abs() < 1e-12, "{rule:?}: {found} {expected}"); // rounding
    }
    let corner = |name: &str| -> [f64; D] { numbers(&case[name]).try_into().unwrap() };
    let mut errors = Vec::new();
    for averages in case["averages"].as_array().unwrap() {
        let n_cells = numbers(&averages["n_cells"]);
        let n_cells = std::array::from_fn(|d| n_cells[d] as usize);
        let grid = Grid::new(corner("lower"), corner("upper"), n_cells).unwrap();
        let expected = numbers(&averages["values"]);
        let found = density_estimate(positions, &grid, rule).unwrap();
        assert_eq!(found.len(), expected.len());
        let scale = expected.iter().copied().fold(0.0, f64::max);
        let differences = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        let coarsest = (0..D).map(|d| grid.spacing()[d] / bandwidth[d]).fold(0.0, f64::max);
        errors.push(differences.fold(0.0, f64::max) / scale / coarsest.powi(2));
    }
    errors
}

/// Discretisation, order 2: what is left of linear binning, by how particles happen to lie in their
/// cells. Without its correction errors would be about h²/12b², four times these bounds or more.
#[test]
fn estimates_are_those_of_scipy() {
    let stored = include_str!("../../../../fixtures/pairlaw-meanfield/density_estimates.json");
    let cases: Vec<Value> = serde_json::from_str(stored).unwrap();
    assert_eq!(cases.len(), 5);
    for case in &cases {
        let in_plane = case["positions"].as_array().unwrap().len() == 2;
        let errors = if in_plane { errors::<2>(case) } else { errors::<1>(case) };
        let bound = if in_plane { 0.02 } else { 0.005 };
        assert!(errors.iter().all(|error| *error < bound), "{}: {errors:?}", case["rule"]);
    }
}
