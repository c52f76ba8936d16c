//! Monotone likelihood, invariances, fixed points, and agreement with brute force.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::collections::BTreeMap;

use pairlaw_cluster::{
    Component, Contingency, EmConfig, EmStatus, GaussianMixture, fit, group_by_code,
};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// At least four values, far apart or close, some of them equal.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![4 => -3.0..3.0, 2 => 8.0..8.5, 1 => Just(1.0)];
    let values = prop::collection::vec(value, 4..60);
    values.prop_filter("four different values", |values: &Vec<f64>| {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        4 <= sorted.len()
    })
}

fn mixture() -> impl Strategy<Value = GaussianMixture> {
    let component = (0.05..1.0, -4.0..9.0, 0.01..10.0);
    prop::collection::vec(component, 1..=4).prop_map(|list| {
        let sum: f64 = list.iter().map(|(weight, ..)| weight).sum();
        let component =
            |(weight, mean, variance)| Component { weight: weight / sum, mean, variance };
        GaussianMixture { components: list.into_iter().map(component).collect() }
    })
}

fn labels(n_labels: usize) -> impl Strategy<Value = Vec<(Option<usize>, usize)>> {
    prop::collection::vec((prop::option::weighted(0.8, 0..n_labels), 0..n_labels), 1..40)
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

fn iterations(max_iterations: usize, variance_floor: f64) -> EmConfig {
    EmConfig { max_iterations, tolerance: 0.0, variance_floor }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_likelihood_never_falls(values in values(), start in mixture()) {
        let found = fit(&values, &start, &iterations(60, 0.0)).unwrap();
        let mut path = found.log_likelihood;
        path.push(found.mixture.log_likelihood(&values));
        for pair in path.windows(2) {
            // Rounding, of a sum of numbers of both signs; up to 1e4 units in a collapse.
            let scale = values.len() as f64 * (100.0 + pair[0].abs());
            prop_assert!(pair[0] <= pair[1] + 1e-13 * scale, "{pair:?}");
        }
    }

    #[test]
    fn a_floor_lowers_the_likelihood_no_more_than_documented(
        values in values(),
        start in mixture(),
        floor in 1e-3..1.0_f64,
    ) {
        let mut mixture = start;
        let n = values.len() as f64;
        for _ in 0..20 {
            let found = fit(&values, &mixture, &iterations(1, floor)).unwrap();
            let loss = |c: &Component| {
                let s2 = (c.variance - floor).max(f64::MIN_POSITIVE);
                0.5 * n * c.weight * ((c.variance / s2).ln() - floor / c.variance)
            };
            let bound: f64 = found.mixture.components.iter().map(loss).sum();
            let after = found.mixture.log_likelihood(&values);
            // Rounding.
            let slack = 1e-11 * n * (1.0 + after.abs());
            prop_assert!(found.log_likelihood[0] - bound <= after + slack);
            mixture = found.mixture;
        }
    }

    #[test]
    fn numbers_stay_finite(
        values in values(),
        start in mixture(),
        floor in prop_oneof![Just(0.0), 1e-9..1.0],
        scale in prop_oneof![Just(1e-100), Just(1.0), Just(1e100)],
    ) {
        let values: Vec<f64> = values.iter().map(|x| scale * x).collect();
        let found = fit(&values, &start, &iterations(100, floor)).unwrap();
        prop_assert!(found.log_likelihood.iter().all(|x| x.is_finite()));
        let is_sound = |c: &Component| {
            0.0 < c.weight && c.weight.is_finite() && c.mean.is_finite() && c.variance.is_normal()
        };
        prop_assert!(found.mixture.components.iter().all(is_sound));
        let sum: f64 = found.mixture.components.iter().map(|c| c.weight).sum();
        prop_assert!(near(sum, 1.0, 1e-12)); // rounding
    }

    #[test]
    fn posteriors_are_probabilities(
        mixture in mixture(),
        x in prop_oneof![-20.0..20.0, Just(1e9), Just(-1e100), Just(f64::MAX), Just(f64::INFINITY)],
    ) {
        let posteriors = mixture.posteriors(x);
        prop_assert!(posteriors.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!(near(posteriors.iter().sum(), 1.0, 1e-14)); // rounding
        let parts = mixture.component_densities(x);
        let density = mixture.density(x);
        prop_assert!(near(parts.iter().sum(), density, 1e-12 * density)); // rounding
        for (p, part) in posteriors.iter().zip(parts) {
            prop_assert!(near(p * density, part, 1e-12 * density)); // rounding
        }
    }

    #[test]
    fn the_density_integrates_to_one(mixture in mixture()) {
        let h = 0.02;
        let sum: f64 = (-2500..3500).map(|i| h * mixture.density(h * f64::from(i))).sum();
        // Discretisation: exp(−2 (π σ / h)²) for the smallest deviation, 0.1; then rounding.
        prop_assert!(near(sum, 1.0, 1e-12), "{sum}");
    }

    #[test]
    fn units_do_not_matter(
        values in values(),
        start in mixture(),
        shift in -5.0..5.0,
        scale in prop_oneof![0.1..10.0, -10.0..-0.1_f64],
    ) {
        let map = |c: &Component| Component {
            mean: shift + scale * c.mean,
            variance: scale * scale * c.variance,
            ..*c
        };
        let mapped_values: Vec<f64> = values.iter().map(|x| shift + scale * x).collect();
        let mapped = GaussianMixture { components: start.components.iter().map(map).collect() };
        let found = fit(&values, &start, &iterations(2, 0.05)).unwrap().mixture;
        let other = fit(&mapped_values, &mapped, &iterations(2, 0.05 * scale * scale)).unwrap();
        for (c, other) in found.components.iter().map(map).zip(&other.mixture.components) {
            // Rounding, of posteriors that depend on 50 standard deviations squared at most.
            prop_assert!(near(c.weight, other.weight, 1e-9));
            prop_assert!(near(c.mean, other.mean, 1e-9 * (1.0 + c.mean.abs()) / c.weight));
            prop_assert!(near(c.variance, other.variance, 1e-8 * scale * scale / c.weight));
        }
    }

    #[test]
    fn the_order_of_components_does_not_matter(values in values(), start in mixture()) {
        let mut turned = start.clone();
        turned.components.reverse();
        let found = fit(&values, &start, &iterations(3, 0.01)).unwrap().mixture;
        let mut other = fit(&values, &turned, &iterations(3, 0.01)).unwrap().mixture;
        other.components.reverse();
        for (a, b) in found.components.iter().zip(&other.components) {
            // Rounding of the sums over components.
            prop_assert!(near(a.weight, b.weight, 1e-11));
            prop_assert!(near(a.mean, b.mean, 1e-11 / a.weight));
            prop_assert!(near(a.variance, b.variance, 1e-10 / a.weight));
        }
    }

    #[test]
    fn a_single_gaussian_is_the_best_and_a_fixed_point(
        values in values(),
        shift in -0.5..0.5,
        factor in 0.5..2.0,
    ) {
        let single = GaussianMixture::single(&values).unwrap();
        let found = fit(&values, &single, &EmConfig::default()).unwrap();
        prop_assert_eq!(found.status, EmStatus::Converged);
        let (a, b) = (single.components[0], found.mixture.components[0]);
        // Rounding.
        prop_assert!(near(a.mean, b.mean, 1e-13) && near(a.variance, b.variance, 1e-12));
        let component = Component { mean: a.mean + shift, variance: factor * a.variance, ..a };
        let other = GaussianMixture { components: vec![component] };
        let [best, other] = [single, other].map(|m| m.log_likelihood(&values));
        prop_assert!(other <= best + 1e-12 * best.abs());
        // −2 ln L = n (ln 2πσ² + 1) for the best.
        let n = values.len() as f64;
        prop_assert!(near(-2.0 * best, n * ((std::f64::consts::TAU * a.variance).ln() + 1.0), 1e-10));
    }

    #[test]
    fn random_starts_stand_on_different_values(values in values(), k in 1_usize..=4, seed: u64) {
        let draw = || {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            GaussianMixture::random_start(&values, k, &mut rng).unwrap()
        };
        let start = draw();
        prop_assert_eq!(&start, &draw());
        let variance = GaussianMixture::single(&values).unwrap().components[0].variance;
        let mut means: Vec<f64> = start.components.iter().map(|c| c.mean).collect();
        prop_assert!(means.iter().all(|mean| values.contains(mean)));
        means.sort_by(f64::total_cmp);
        prop_assert!(means.windows(2).all(|pair| pair[0] < pair[1]));
        for c in &start.components {
            prop_assert_eq!((c.weight, c.variance), (1.0 / k as f64, variance));
        }
        fit(&values, &start, &EmConfig::default()).unwrap();
    }

    #[test]
    fn names_of_groups_and_classes_do_not_matter(rows in labels(5), seed: u64) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let [mut groups, mut classes] = [[0, 1, 2, 3, 4]; 2];
        groups.shuffle(&mut rng);
        classes.shuffle(&mut rng);
        let (found, truth): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let renamed: Vec<_> = found.iter().map(|g| g.map(|g| groups[g])).collect();
        let true_renamed: Vec<_> = truth.iter().map(|&c| classes[c]).collect();
        let table = Contingency::new(&found, &truth).unwrap();
        let other = Contingency::new(&renamed, &true_renamed).unwrap();
        // Rounding, here and below.
        prop_assert!(near(table.purity(), other.purity(), 1e-15));
        let [index, other_index] = [&table, &other].map(Contingency::adjusted_rand_index);
        prop_assert!(near(index, other_index, 1e-15));
        for (g, row) in table.counts().iter().enumerate() {
            for (c, &n) in row.iter().enumerate().filter(|(_, n)| 0 < **n) {
                prop_assert_eq!(n, other.counts()[groups[g]][classes[c]]);
                let share = other.shares()[groups[g]][classes[c]];
                prop_assert!(near(table.shares()[g][c], share, 1e-15));
            }
        }
    }

    #[test]
    fn the_rand_index_counts_pairs(rows in labels(3)) {
        let (found, truth): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        let index = Contingency::new(&found, &truth).unwrap().adjusted_rand_index();
        let (mut both, mut one, mut other, mut total) = (0.0, 0.0, 0.0, 0.0);
        for i in 0..rows.len() {
            for j in 0..i {
                let same = (found[i] == found[j], truth[i] == truth[j]);
                both += f64::from(u8::from(same.0 && same.1));
                one += f64::from(u8::from(same.0));
                other += f64::from(u8::from(same.1));
                total += 1.0;
            }
        }
        let expected: f64 = one * other / total;
        let brute = (both - expected) / ((one + other) / 2.0 - expected);
        // Rounding; 0/0 where both partitions are trivial, and then equal.
        let brute = if brute.is_nan() { 1.0 } else { brute };
        prop_assert!(near(index, brute, 1e-12), "{index} {brute}");
    }

    #[test]
    fn a_partition_agrees_with_itself(truth in prop::collection::vec(0_usize..6, 1..40)) {
        let found: Vec<_> = truth.iter().map(|&c| Some(c)).collect();
        let table = Contingency::new(&found, &truth).unwrap();
        prop_assert_eq!((table.adjusted_rand_index(), table.purity()), (1.0, 1.0));
        for (class, group) in table.match_by_plurality().into_iter().enumerate() {
            prop_assert_eq!(group, truth.contains(&class).then_some(class));
        }
    }

    #[test]
    fn shares_add_up_and_the_plurality_is_the_largest(rows in labels(4)) {
        let (found, truth): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        let table = Contingency::new(&found, &truth).unwrap();
        let (shares, matched) = (table.shares(), table.match_by_plurality());
        for class in 0..table.unlabelled().len() {
            let of_class = truth.iter().filter(|&&c| c == class).count();
            let labelled: f64 = shares.iter().map(|row| row[class]).sum();
            let rest = table.unlabelled()[class] as f64 / of_class as f64;
            prop_assert!(of_class == 0 || near(labelled + rest, 1.0, 1e-14)); // rounding
            match matched[class] {
                Some(group) => {
                    prop_assert!(shares.iter().all(|row| row[class] <= shares[group][class]));
                    prop_assert!(shares[..group].iter().all(|row| row[class] < shares[group][class]));
                }
                None => prop_assert_eq!(table.unlabelled()[class], of_class),
            }
        }
        prop_assert_eq!(matched.len(), table.unlabelled().len());
    }

    #[test]
    fn groups_hold_each_coded_row_once(
        codes in prop::collection::vec(prop::option::of(0_u8..6), 0..50),
    ) {
        let groups = group_by_code(&codes);
        let mut seen = BTreeMap::new();
        for group in &groups {
            for &row in &group.members {
                prop_assert_eq!(codes[row], Some(group.code));
                prop_assert_eq!(seen.insert(row, ()), None);
            }
            prop_assert!(group.members.is_sorted());
        }
        prop_assert_eq!(seen.len(), codes.iter().flatten().count());
        for pair in groups.windows(2) {
            let key = |i: usize| (std::cmp::Reverse(pair[i].members.len()), pair[i].code);
            prop_assert!(key(0) < key(1));
        }
    }
}

#[test]
fn the_rand_index_of_independent_partitions_is_zero_on_average() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1985);
    let truth: Vec<usize> = (0..90).map(|i| i % 3).collect();
    let mut found: Vec<_> = (0..90).map(|i| if i < 50 { Some(i / 20) } else { None }).collect();
    let mut sample = Vec::new();
    for _ in 0..2000 {
        found.shuffle(&mut rng);
        sample.push(Contingency::new(&found, &truth).unwrap().adjusted_rand_index());
    }
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    // Statistical: 4 standard errors, which are 2e-4 or 0.0008 in all; without the adjustment the
    // index would be near 0.5.
    let error = (variance / n).sqrt();
    assert!(mean.abs() < 4.0 * error && error < 1e-3, "{mean} ± {error}");
}
