//! Agreement with scikit-learn: fits from given starts, and indices of partitions.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::path::Path;

use pairlaw_cluster::{
    Component, Contingency, EmConfig, EmStatus, GaussianMixture, MixtureFit, fit,
};
use serde_json::Value;

fn fixture(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pairlaw-cluster");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn mixture(value: &Value) -> GaussianMixture {
    let [weights, means, variances] =
        ["weights", "means", "variances"].map(|key| numbers(&value[key]));
    let component = |j| Component { weight: weights[j], mean: means[j], variance: variances[j] };
    GaussianMixture { components: (0..weights.len()).map(component).collect() }
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(error <= tolerance, "{found} is not {expected} by {error:e}, beyond {tolerance:e}");
}

/// Calls the check with the values, our fit, scikit-learn's, and the allowance for rounding.
fn for_each_fit(check: impl Fn(&[f64], &MixtureFit, &Value, f64)) {
    for case in fixture("mixtures.json") {
        let (values, start) = (numbers(&case["values"]), mixture(&case["start"]));
        // Rounding of the distances to the means, largest where the values are far from zero.
        // Slow iterations multiply it by 1 / (1 − rate): 2500 units were seen, 10 after one.
        let largest = values.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
        for expected in case["fits"].as_array().unwrap() {
            let config = EmConfig {
                max_iterations: count(&expected["max_iterations"]),
                tolerance: number(&expected["tolerance"]),
                variance_floor: number(&expected["variance_floor"]),
            };
            let units = if config.max_iterations == 1 { 1e2 } else { 1e5 };
            let found = fit(&values, &start, &config).unwrap();
            check(&values, &found, expected, units * f64::EPSILON * largest);
        }
    }
}

#[test]
fn fits_agree_with_scikit_learn() {
    for_each_fit(|_, found, golden, rounding| {
        let expected = mixture(golden);
        assert_eq!(found.mixture.components.len(), expected.components.len());
        for (c, e) in found.mixture.components.iter().zip(&expected.components) {
            assert_near(c.weight, e.weight, rounding);
            assert_near(c.mean, e.mean, rounding);
            // A variance is a square, so that its scale is at least 1 here.
            assert_near(c.variance, e.variance, rounding * e.variance.max(1.0));
        }
    });
}

#[test]
fn iterations_and_likelihoods_agree_with_scikit_learn() {
    for_each_fit(|values, found, golden, rounding| {
        assert_eq!(found.log_likelihood.len(), count(&golden["n_iterations"]));
        let n = values.len() as f64;
        let last = found.log_likelihood.last().unwrap() / n;
        assert_near(last, number(&golden["mean_log_likelihood"]), rounding);
        assert_near(found.mixture.bic(values), number(&golden["bic"]), 2.0 * n * rounding);
    });
}

#[test]
fn densities_and_posteriors_agree_with_scikit_learn() {
    for_each_fit(|_, _, golden, _| {
        // Of scikit-learn's own mixture, so that only one evaluation's rounding is left.
        let mixture = mixture(golden);
        let smallest = mixture.components.iter().fold(1.0, |m: f64, c| m.min(c.variance));
        let at = numbers(&golden["at"]);
        for (i, &x) in at.iter().enumerate() {
            let expected = number(&golden["log_density"][i]);
            // Rounding of x relative to the smallest deviation, times how many of these it is away.
            let distance = |c: &Component| (x - c.mean).abs();
            let farthest = mixture.components.iter().map(distance).fold(1.0, f64::max);
            let rounding = 8.0 * f64::EPSILON * (1.0 + x.abs() * farthest / smallest);
            if -700.0 < expected {
                assert_near(mixture.density(x).ln(), expected, rounding.max(1e-12));
            } else {
                assert!(mixture.density(x) < 1e-300);
            }
            for (p, e) in mixture.posteriors(x).iter().zip(numbers(&golden["posteriors"][i])) {
                assert_near(*p, e, rounding);
            }
        }
    });
}

#[test]
fn only_the_component_on_the_outlier_is_told_as_collapsed() {
    for case in fixture("mixtures.json") {
        let (values, start) = (numbers(&case["values"]), mixture(&case["start"]));
        for variance_floor in [0.0, 1e-6] {
            let config = EmConfig { variance_floor, max_iterations: 5000, ..EmConfig::default() };
            let found = fit(&values, &start, &config).unwrap();
            let expected =
                if case["name"] == "outlier" { EmStatus::Collapsed } else { EmStatus::Converged };
            assert_eq!(found.status, expected, "{}", case["name"]);
            assert!(found.log_likelihood.iter().all(|x| x.is_finite()));
            assert!(found.mixture.log_likelihood(&values).is_finite());
        }
    }
}

#[test]
fn partitions_agree_with_scikit_learn() {
    for case in fixture("partitions.json") {
        let labels = |key: &str| case[key].as_array().unwrap().iter().map(Value::as_i64);
        let found: Vec<_> = labels("found").map(|g| usize::try_from(g.unwrap()).ok()).collect();
        let truth: Vec<_> = labels("truth").map(|c| c.unwrap() as usize).collect();
        let table = Contingency::new(&found, &truth).unwrap();
        // Rounding.
        assert_near(table.adjusted_rand_index(), number(&case["adjusted_rand_index"]), 1e-15);
        assert_near(table.purity(), number(&case["purity"]), 1e-15);
    }
}
