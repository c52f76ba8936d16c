//! Agreement with POT and numpy on stored inputs.
#![allow(clippy::unwrap_used)]

use pairlaw_transport::{
    TransportError, wasserstein2, wasserstein2_densities, wasserstein2_sample_density,
    wasserstein2_weighted,
};
use serde_json::Value;

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|entry| entry.as_f64().unwrap()).collect()
}

fn compare(kind: &str, ours: impl Fn(&Value) -> Result<f64, TransportError>) {
    let text = include_str!("../../../fixtures/pairlaw-transport/wasserstein.json");
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
