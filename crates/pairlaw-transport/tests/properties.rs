//! A metric: zero on itself, symmetric, triangle inequality; closed forms; one path for all kinds.
#![allow(clippy::unwrap_used)]

use pairlaw_transport::{
    wasserstein2, wasserstein2_densities, wasserstein2_sample_density, wasserstein2_weighted,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn sample() -> impl Strategy<Value = Vec<f64>> {
    vec(-50.0..50.0_f64, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn samples_form_a_metric(x in sample(), y in sample(), z in sample()) {
        let w = |x: &[f64], y: &[f64]| wasserstein2(x, y).unwrap();
        prop_assert_eq!(w(&x, &x).to_bits(), 0);
        prop_assert_eq!(w(&x, &y).to_bits(), w(&y, &x).to_bits());
        // Rounding.
        prop_assert!(w(&x, &z) <= w(&x, &y) + w(&y, &z) + 1e-12);
    }

    #[test]
    fn order_of_points_and_repetition_do_not_matter(x in sample(), y in sample(), k in 1_usize..4) {
        let reversed: Vec<f64> = x.iter().rev().copied().collect();
        let direct = wasserstein2(&x, &y).unwrap();
        prop_assert_eq!(direct.to_bits(), wasserstein2(&reversed, &y).unwrap().to_bits());
        // Rounding of sums of the same terms.
        let repeated = wasserstein2(&x.repeat(k), &y).unwrap();
        prop_assert!((direct - repeated).abs() < 1e-12);
        let (a, b) = (vec![0.3; x.len()], vec![7.0; y.len()]);
        let weighted = wasserstein2_weighted(&x, &a, &y, &b).unwrap();
        // Rounding of the masses, under a square root.
        prop_assert!((direct - weighted).abs() < 1e-6);
    }

    #[test]
    fn translations_and_scales_are_exact(x in sample(), shift in -9.0..9.0_f64, scale in 0.0..4.0_f64) {
        let moved: Vec<f64> = x.iter().map(|x| x + shift).collect();
        // Rounding of x + shift, up to 64.
        prop_assert!((wasserstein2(&x, &moved).unwrap() - shift.abs()).abs() < 1e-14);
        let scaled: Vec<f64> = x.iter().map(|x| scale * x).collect();
        let square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let expected = (scale - 1.0).abs() * square.sqrt();
        prop_assert!((wasserstein2(&x, &scaled).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn densities_form_a_metric(cells in vec([0.0..1.0_f64, 0.0..1.0, 0.0..1.0], 2..40)) {
        let of = |k: usize| cells.iter().map(|cell| cell[k]).collect::<Vec<_>>();
        let (u, v, z) = (of(0), of(1), of(2));
        let w = |u: &[f64], v: &[f64]| wasserstein2_densities(-1.0, 0.1, u, v).unwrap();
        prop_assert_eq!(w(&u, &u).to_bits(), 0);
        prop_assert_eq!(w(&u, &v).to_bits(), w(&v, &u).to_bits());
        prop_assert!(w(&u, &z) <= w(&u, &v) + w(&v, &z) + 1e-12);
        let heavier: Vec<f64> = v.iter().map(|v| 3.0 * v).collect();
        prop_assert!((w(&u, &v) - w(&u, &heavier)).abs() < 1e-12);
    }

    #[test]
    fn a_density_is_the_limit_of_its_quantiles(cells in vec(0.1..1.0_f64, 2..12), x in sample()) {
        let total: f64 = cells.iter().sum();
        let quantile = |t: f64| {
            let (mut left, mut mass) = (0.0, t * total);
            for u in &cells {
                if mass <= *u {
                    return left + mass / u;
                }
                (left, mass) = (left + 1.0, mass - u);
            }
            left
        };
        let n = 4000;
        let quantiles: Vec<f64> = (0..n).map(|i| quantile((i as f64 + 0.5) / n as f64)).collect();
        let exact = wasserstein2_sample_density(&x, 0.0, 1.0, &cells).unwrap();
        // Discretisation: W₂ of a density and its quantiles is at most a step of the quantiles.
        let step = 12.0 * 10.0 / n as f64;
        prop_assert!((exact - wasserstein2(&x, &quantiles).unwrap()).abs() < step);
    }
}

/// W₂ of two normal densities is √((m₁ − m₂)² + (s₁ − s₂)²); the cells err by O(h²).
#[test]
fn normal_densities_to_second_order() {
    let error = |n: usize| {
        let h = 16.0 / n as f64;
        let normal = |mean: f64, deviation: f64| {
            let z = |i: usize| ((i as f64 + 0.5) * h - 8.0 - mean) / deviation;
            (0..n).map(|i| (-0.5 * z(i).powi(2)).exp()).collect::<Vec<f64>>()
        };
        let found = wasserstein2_densities(-8.0, h, &normal(-0.5, 0.5), &normal(0.7, 1.1)).unwrap();
        (found - 1.8_f64.sqrt()).abs()
    };
    let errors = [error(64), error(128), error(256)];
    assert!(errors[2] < 1e-3, "{errors:?}");
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((1.8..2.3).contains(&order), "{errors:?}");
    }
}
