//! Wasserstein: a metric, closed forms, one path for all kinds. Assignment: brute force, prices.
//! Sinkhorn: symmetric, zero on itself, derivatives, warm as cold, threads.
#![allow(clippy::unwrap_used)]

use pairlaw_transport::{
    Assignment, Precision, Sinkhorn, SinkhornOptions, SinkhornReport, linear_assignment,
    linear_assignment_from, wasserstein2, wasserstein2_densities, wasserstein2_sample_density,
    wasserstein2_weighted,
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

/// Each row another column, prices below all costs and equal where assigned, free columns at 0.
fn assert_optimal(found: &Assignment, m: usize, cost: impl Fn(usize, usize) -> f64) {
    let Assignment { columns, row_prices, column_prices, .. } = found;
    let mut taken = vec![false; m];
    for (i, &j) in columns.iter().enumerate() {
        assert!(!std::mem::replace(&mut taken[j], true), "{columns:?}");
        // Rounding.
        assert!((cost(i, j) - row_prices[i] - column_prices[j]).abs() < 1e-11);
        for (j, price) in column_prices.iter().enumerate() {
            assert!(row_prices[i] + price <= cost(i, j) + 1e-11, "{i} {j} {found:?}");
        }
    }
    if columns.len() < m {
        for (taken, price) in taken.iter().zip(column_prices) {
            assert!(if *taken { *price <= 0.0 } else { price.abs() < 1e-300 }, "{found:?}");
        }
    }
}

/// Least cost of rows `i..` where some columns are taken.
fn brute_force(costs: &[Vec<f64>], i: usize, taken: &mut [bool]) -> f64 {
    if i == costs.len() {
        return 0.0;
    }
    let mut least = f64::INFINITY;
    for j in 0..taken.len() {
        if !taken[j] {
            taken[j] = true;
            least = least.min(costs[i][j] + brute_force(costs, i + 1, taken));
            taken[j] = false;
        }
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn assignments_of_few_are_the_best_of_all(
        costs in (1_usize..7, 0_usize..3)
            .prop_flat_map(|(n, more)| vec(vec(-9.0..9.0_f64, n + more), n)),
        whole in any::<bool>(),
    ) {
        let round = |c: f64| if whole { (c / 3.0).round() } else { c };
        let costs: Vec<Vec<f64>> =
            costs.into_iter().map(|row| row.into_iter().map(round).collect()).collect();
        let (n, m) = (costs.len(), costs[0].len());
        let found = linear_assignment(n, m, |i, j| costs[i][j]).unwrap();
        assert_optimal(&found, m, |i, j| costs[i][j]);
        // Rounding of sums of six.
        prop_assert!((found.cost - brute_force(&costs, 0, &mut vec![false; m])).abs() < 1e-12);
    }

    #[test]
    fn prices_prove_assignments_optimal_from_any_start(
        x in vec([-1.0..1.0_f64, -1.0..1.0], 1..90),
        extra in 0_usize..20,
        levels in prop_oneof![Just(0.0), Just(2.0), Just(50.0)],
        start in vec(-1.0..1.0_f64, 110),
    ) {
        let (n, m) = (x.len(), x.len() + extra);
        // A ring; with levels, costs tie.
        let cost = |i: usize, j: usize| {
            let angle = j as f64;
            let distance = (x[i][0] - angle.cos()).hypot(x[i][1] - angle.sin());
            if levels > 0.0 { (distance * levels).floor() } else { distance }
        };
        let cold = linear_assignment(n, m, cost).unwrap();
        let warm = linear_assignment_from(n, m, cost, &start[..m]).unwrap();
        let again = linear_assignment_from(n, m, cost, &cold.column_prices).unwrap();
        for found in [&cold, &warm, &again] {
            assert_optimal(found, m, cost);
            prop_assert!((found.cost - cold.cost).abs() < 1e-11);
        }
    }
}

fn cloud() -> impl Strategy<Value = Vec<[f64; 2]>> {
    vec([-1.0..1.0_f64, -1.0..1.0], 1..40)
}

const DOUBLE: SinkhornOptions =
    SinkhornOptions { tolerance: 1e-11, max_half_steps: 40_000, precision: Precision::Double };

fn divergence(x: &[[f64; 2]], y: &[[f64; 2]], epsilon: f64) -> (SinkhornReport, Vec<[f64; 2]>) {
    let mut gradient = vec![[0.0; 2]; x.len()];
    let report = Sinkhorn::new(y, DOUBLE).unwrap().divergence(x, epsilon, &mut gradient).unwrap();
    assert!(report.converged && report.marginal_error <= 1e-11, "{report:?}");
    (report, gradient)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn divergences_are_symmetric_positive_and_zero_on_themselves(
        x in cloud(), y in cloud(), epsilon in 0.1..2.0_f64, shift in [-9.0..9.0_f64, -9.0..9.0],
    ) {
        let (report, gradient) = divergence(&x, &y, epsilon);
        // Rounding and a marginal error of 1e-11.
        prop_assert!(report.value >= -1e-10, "{report:?}");
        prop_assert!((report.value - divergence(&y, &x, epsilon).0.value).abs() < 1e-10);
        let (zero, flat) = divergence(&x, &x, epsilon);
        prop_assert!(zero.value.abs() < 1e-10, "{zero:?}");
        prop_assert!(flat.iter().flatten().all(|g| g.abs() < 1e-9));
        let moved = |x: &[[f64; 2]]| -> Vec<_> {
            x.iter().map(|p| [p[0] + shift[0], p[1] + shift[1]]).collect()
        };
        let (other, other_gradient) = divergence(&moved(&x), &moved(&y), epsilon);
        prop_assert!((report.value - other.value).abs() < 1e-10);
        for (g, other) in gradient.iter().flatten().zip(other_gradient.iter().flatten()) {
            prop_assert!((g - other).abs() < 1e-9);
        }
    }

    #[test]
    fn gradients_are_derivatives(
        x in cloud(), y in cloud(), epsilon in 0.1..2.0_f64, i in any::<prop::sample::Index>(),
    ) {
        let i = i.index(x.len());
        let (_, gradient) = divergence(&x, &y, epsilon);
        let transport = |x: &[[f64; 2]], gradient: &mut [[f64; 2]]| {
            Sinkhorn::new(&y, DOUBLE).unwrap().transport(x, epsilon, gradient).unwrap().value
        };
        let mut biased = vec![[0.0; 2]; x.len()];
        transport(&x, &mut biased);
        for k in 0..2 {
            let h = 1e-4;
            let mut ends = [x.clone(), x.clone()];
            ends[0][i][k] -= h;
            ends[1][i][k] += h;
            let [low, high] = ends.each_ref().map(|x| divergence(x, &y, epsilon).0.value);
            // Of order 1/n; discretisation h²/ε² and rounding 1e-11/h, both below 1e-6.
            let scale = 1e-5 * (gradient[i][k].abs() + 1.0 / x.len() as f64);
            prop_assert!(((high - low) / (2.0 * h) - gradient[i][k]).abs() < scale);
            let [low, high] = ends.each_ref().map(|x| transport(x, &mut vec![[0.0; 2]; x.len()]));
            prop_assert!(((high - low) / (2.0 * h) - biased[i][k]).abs() < scale);
        }
    }

    #[test]
    fn warm_calls_agree_with_cold_ones(
        x in cloud(), y in cloud(), epsilon in 0.1..1.0_f64, step in [-0.1..0.1_f64, -0.1..0.1],
    ) {
        let mut sinkhorn = Sinkhorn::new(&y, DOUBLE).unwrap();
        let mut gradient = vec![[0.0; 2]; x.len()];
        sinkhorn.divergence(&x, 2.0 * epsilon, &mut gradient).unwrap();
        let x: Vec<_> = x.iter().map(|p| [p[0] + step[0], p[1] * (1.0 + step[1])]).collect();
        let warm = sinkhorn.divergence(&x, epsilon, &mut gradient).unwrap();
        let (cold, expected) = divergence(&x, &y, epsilon);
        prop_assert!((warm.value - cold.value).abs() < 1e-10);
        prop_assert!((warm.transport_cost - cold.transport_cost).abs() < 1e-9);
        for (g, expected) in gradient.iter().flatten().zip(expected.iter().flatten()) {
            prop_assert!((g - expected).abs() < 1e-9);
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let point = |i: usize| [(i as f64).sin(), (0.3 * i as f64).cos()];
    let x: Vec<_> = (0..333).map(point).collect();
    let y: Vec<_> = (1000..1257).map(point).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options =
            SinkhornOptions { precision: Precision::Single, max_half_steps: 60, ..DOUBLE };
        pool.install(|| {
            let mut gradient = vec![[0.0; 2]; x.len()];
            let mut sinkhorn = Sinkhorn::new(&y, options).unwrap();
            let report = sinkhorn.divergence(&x, 0.01, &mut gradient).unwrap();
            let bits: Vec<u64> = gradient.iter().flatten().map(|g| g.to_bits()).collect();
            (report.value.to_bits(), report.marginal_error.to_bits(), bits)
        })
    };
    assert_eq!(run(1), run(2));
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
