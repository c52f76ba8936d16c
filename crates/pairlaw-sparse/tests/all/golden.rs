//! Agreement with scipy, quadprog, scikit-learn and numpy on stored inputs.
#![allow(clippy::unwrap_used)]

use faer::Mat;
use pairlaw_sparse::{
    CompressedSystem, ConeProblem, LinearSystem, Noise, NormalEquations, best_subset, lasso,
};
use serde_json::Value;

fn vector(value: &Value) -> Vec<f64> {
    let entries = value.as_array().unwrap().iter();
    entries.map(|entry| entry.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Mat<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(vector).collect();
    Mat::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

/// The largest difference of `a` and `b`, each entry times its scale.
fn gap(a: &[f64], b: &[f64], scale: impl Fn(usize) -> f64) -> f64 {
    assert_eq!(a.len(), b.len());
    (0..a.len()).fold(0.0, |gap, i| (scale(i) * (a[i] - b[i])).abs().max(gap))
}

#[test]
fn agrees_with_scipy_and_quadprog() {
    let text = include_str!("../../../../fixtures/pairlaw-sparse/cone.json");
    let cases: Value = serde_json::from_str(text).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let system = LinearSystem { g: matrix(&case["g"]), b: vector(&case["b"]) };
        let compressed = CompressedSystem::new(&system).unwrap();
        let ridge = case["ridge"].as_f64().unwrap();
        let cone = ConeProblem::new(&compressed, &matrix(&case["constraints"]), ridge).unwrap();
        let ours = cone.solve(&cone.full_support()).unwrap();
        let scale = |j: usize| cone.column_norms()[j] / compressed.b_norm;
        // Rounding: condition 1e4..1e5 of the columns, once for nnls, squared for quadprog.
        let nnls = gap(&ours.weights, &vector(&case["nnls"]["weights"]), scale);
        assert!(nnls < 1e-10, "{}: nnls differs by {nnls:e}", case["name"]);
        let quadprog = gap(&ours.weights, &vector(&case["quadprog"]["weights"]), scale);
        assert!(quadprog < 1e-6, "{}: quadprog differs by {quadprog:e}", case["name"]);
        let multipliers = vector(&case["nnls"]["multipliers"]);
        let dual = gap(&ours.multipliers, &multipliers, |_| 1.0 / compressed.b_norm);
        assert!(dual < 1e-10, "{}: multipliers differ by {dual:e}", case["name"]);
        assert!(multipliers.iter().any(|&mu| mu > 0.0));
    }
}

fn cases(text: &str) -> Vec<(Value, LinearSystem)> {
    let cases: Value = serde_json::from_str(text).unwrap();
    let system = |case: &Value| LinearSystem { g: matrix(&case["g"]), b: vector(&case["b"]) };
    cases.as_array().unwrap().iter().map(|case| (case.clone(), system(case))).collect()
}

#[test]
fn lasso_agrees_with_scikit_learn() {
    let cases = cases(include_str!("../../../../fixtures/pairlaw-sparse/lasso.json"));
    assert_eq!(cases.len(), 9);
    for (case, system) in cases {
        let lambda = case["lambda"].as_f64().unwrap();
        let start = vec![1.0; system.g.ncols()];
        let ours = lasso(&NormalEquations::new(&system), lambda, &start, 1_000_000).unwrap();
        assert!(ours.converged);
        // Both descend until nothing moves: 1e-12 here, times the condition of the columns (1e3).
        assert!(gap(&ours.weights, &vector(&case["weights"]), |_| 1.0) < 1e-8);
    }
}

#[test]
fn best_subset_agrees_with_least_squares_on_every_support() {
    let cases = cases(include_str!("../../../../fixtures/pairlaw-sparse/subsets.json"));
    assert_eq!(cases.len(), 2);
    for (case, system) in cases {
        let n = system.g.ncols();
        let found = best_subset(&NormalEquations::new(&system), n, Noise::Unknown, &[]).unwrap();
        let ranking = [Some(found.best), found.runner_up];
        for (ours, theirs) in ranking.iter().flatten().zip(case["ranked"].as_array().unwrap()) {
            let scale = |j: usize| system.g.col(j).norm_l2();
            // Rounding: condition 1e4 of the columns, squared by the Gram matrix.
            assert!(gap(&ours.weights, &vector(&theirs["weights"]), scale) < 1e-7);
            let (criterion, residual) = (&theirs["criterion"], &theirs["residual"]);
            assert!((ours.criterion - criterion.as_f64().unwrap()).abs() < 1e-7);
            assert!((ours.residual / residual.as_f64().unwrap() - 1.0).abs() < 1e-9);
        }
        let count = found.n_supports + found.n_dependent;
        assert_eq!(count as u64, case["n_supports"].as_u64().unwrap());
    }
}
