//! Agreement with POT, scipy and numpy on stored inputs.
#![allow(clippy::unwrap_used)]

use pairlaw_transport::{
    Precision, Sinkhorn, SinkhornOptions, TransportError, assign_points, assign_points_from,
    linear_assignment, wasserstein2, wasserstein2_densities, wasserstein2_sample_density,
    wasserstein2_weighted,
};
use serde_json::Value;

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|entry| entry.as_f64().unwrap()).collect()
}

fn compare(kind: &str, ours: impl Fn(&Value) -> Result<f64, TransportError>) {
    let text = include_str!("../../../../fixtures/pairlaw-transport/wasserstein.json");
    let all: Value = serde_json::from_str(text).unwrap();
    let cases = all[kind].as_array().unwrap();
    assert!(cases.len() >= 3);
    for case in cases {
        let (found, expected) = (ours(case).unwrap(), case["w2"].as_f64().unwrap());
        // Rounding: sums of some hundred terms.
        assert!((found - expected).abs() < 1e-13 * expected, "{kind}: {found} {expected}");
    }
}

#[test]
fn samples() {
    compare("samples", |case| wasserstein2(&vector(&case["x"]), &vector(&case["y"])));
}

#[test]
fn weighted_samples() {
    compare("weighted", |case| {
        let of = |name: &str| vector(&case[name]);
        wasserstein2_weighted(&of("x"), &of("weights_x"), &of("y"), &of("weights_y"))
    });
}

#[test]
fn densities() {
    compare("densities", |case| {
        let number = |name: &str| case[name].as_f64().unwrap();
        let (u, v) = (vector(&case["u"]), vector(&case["v"]));
        wasserstein2_densities(number("lower"), number("spacing"), &u, &v)
    });
}

#[test]
fn samples_against_densities() {
    compare("mixed", |case| {
        let number = |name: &str| case[name].as_f64().unwrap();
        let (x, u) = (vector(&case["x"]), vector(&case["u"]));
        wasserstein2_sample_density(&x, number("lower"), number("spacing"), &u)
    });
}

fn points<const D: usize>(value: &Value) -> Vec<[f64; D]> {
    value.as_array().unwrap().iter().map(|point| vector(point).try_into().unwrap()).collect()
}

fn assigned_cost<const D: usize>(case: &Value) -> f64 {
    let (x, y) = (points::<D>(&case["x"]), points(&case["y"]));
    let found = assign_points(&x, &y).unwrap();
    let again = assign_points_from(&x, &y, &found.column_prices).unwrap();
    // Rounding; on a line several assignments are best.
    assert!((found.cost - again.cost).abs() < 1e-12 * found.cost);
    found.cost
}

#[test]
fn assignments() {
    let text = include_str!("../../../../fixtures/pairlaw-transport/assignment.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        let found = match (case.get("costs"), case["x"][0].as_array().map_or(0, Vec::len)) {
            (Some(costs), _) => {
                let rows: Vec<Vec<f64>> = costs.as_array().unwrap().iter().map(vector).collect();
                linear_assignment(rows.len(), rows[0].len(), |i, j| rows[i][j]).unwrap().cost
            }
            (None, 1) => assigned_cost::<1>(case),
            (None, 2) => assigned_cost::<2>(case),
            (None, _) => assigned_cost::<3>(case),
        };
        let expected = case["cost"].as_f64().unwrap();
        // Rounding of a sum of at most 200 distances.
        assert!((found - expected).abs() < 1e-13 * expected.abs(), "{found} {expected}");
    }
}

fn compare_sinkhorn<const D: usize>(case: &Value) {
    let (x, y) = (points::<D>(&case["x"]), points::<D>(&case["y"]));
    let number = |name: &str| case[name].as_f64().unwrap();
    // Rounding of doubles, and of singles where exponents reach some hundreds.
    for (precision, tolerance, bound) in
        [(Precision::Double, 1e-11, 1e-9), (Precision::Single, 1e-5, 2e-5)]
    {
        let options = SinkhornOptions { tolerance, max_half_steps: 20_000, precision };
        let mut sinkhorn = Sinkhorn::new(&y, options).unwrap();
        let mut gradient = vec![[0.0; D]; x.len()];
        let close = |found: f64, expected: f64, scale: f64| {
            assert!((found - expected).abs() < bound * scale, "{precision:?} {found} {expected}");
        };
        let gradients_close = |gradient: &[[f64; D]], name: &str| {
            for (found, expected) in gradient.iter().zip(points::<D>(&case[name])) {
                for (found, expected) in found.iter().zip(expected) {
                    close(*found, expected, number("value") / x.len() as f64 * 10.0);
                }
            }
        };
        let report = sinkhorn.transport(&x, number("epsilon"), &mut gradient).unwrap();
        assert!(report.converged, "{report:?}");
        close(report.value, number("value"), number("value"));
        close(report.transport_cost, number("transport_cost"), number("value"));
        gradients_close(&gradient, "gradient");
        let report = sinkhorn.divergence(&x, number("epsilon"), &mut gradient).unwrap();
        assert!(report.converged, "{report:?}");
        close(report.value, number("divergence"), number("value"));
        gradients_close(&gradient, "divergence_gradient");
    }
}

#[test]
fn entropic_transport_and_divergence() {
    let text = include_str!("../../../../fixtures/pairlaw-transport/sinkhorn.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 4);
    compare_sinkhorn::<1>(&cases[0]);
    compare_sinkhorn::<2>(&cases[1]);
    compare_sinkhorn::<2>(&cases[2]);
    compare_sinkhorn::<3>(&cases[3]);
}
