//! Regressions on normal equations: optimality, invariances, and agreement with plain solves.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use crate::paper_like::SplitMix;
use faer::Mat;
use pairlaw_sparse::{
    LinearSystem, Noise, NormalEquations, best_subset, change_points, lasso, two_phase,
};
use pairlaw_sparse::{TwoPhaseConfig, TwoPhaseStatus};
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Random columns that share a common part, of lengths 1e-3 … 1e3; the response uses some.
fn system(seed: u64, rows: usize, columns: usize, share: f64) -> LinearSystem {
    let mut random = SplitMix(seed);
    let lengths: Vec<f64> =
        (0..columns).map(|_| 10.0_f64.powf(random.between(-3.0, 3.0))).collect();
    let common: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
    let g = Mat::from_fn(rows, columns, |i, k| {
        lengths[k] * (share * common[i] + (1.0 - share) * random.normal())
    });
    let b = (0..rows).map(|i| {
        let signal = g[(i, 0)] / lengths[0] - 0.5 * g[(i, columns / 2)] / lengths[columns / 2];
        signal + 0.1 * random.normal()
    });
    let b = b.collect();
    LinearSystem { g, b }
}

fn equations(seed: u64, rows: usize, columns: usize, share: f64) -> NormalEquations {
    NormalEquations::new(&system(seed, rows, columns, share))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lasso_fulfils_the_kkt_conditions(
        seed: u64, columns in 1_usize..12, share in 0.0..0.9_f64, part in 0.0..1.2_f64,
    ) {
        let mut equations = equations(seed, 40, columns, share);
        let unit = Mat::from_fn(columns, columns, |k, l| {
            if k == l { 1.0 / equations.gram[(k, k)].sqrt() } else { 0.0 }
        });
        equations = equations.mixed(&unit);
        let largest = equations.moments.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
        let lambda = part * largest;
        let found = lasso(&equations, lambda, &vec![0.3; columns], 100_000).unwrap();
        prop_assert!(found.converged);
        for k in 0..columns {
            let image: f64 = (0..columns).map(|l| equations.gram[(l, k)] * found.weights[l]).sum();
            let slope = equations.moments[k] - image;
            // Where the descent stops: 1e-12 of the largest weight in each of the columns.
            let tolerance = 1e-9 * largest.max(1.0);
            if found.weights[k] == 0.0 {
                prop_assert!(slope.abs() <= lambda + tolerance);
            } else {
                prop_assert!((slope - lambda.copysign(found.weights[k])).abs() <= tolerance);
            }
        }
        prop_assert!(part < 1.0 || found.weights.iter().all(|w| *w == 0.0));
    }

    #[test]
    fn best_subset_is_that_of_plain_solves(
        seed: u64, columns in 1_usize..9, max_terms in 0_usize..9, share in 0.0..0.95_f64,
        known: bool,
    ) {
        let equations = equations(seed, 30, columns, share);
        let noise = if known { Noise::Known } else { Noise::Unknown };
        let found = best_subset(&equations, max_terms, noise, &[]).unwrap();
        let plain = |bits: usize| {
            let support: Vec<bool> = (0..columns).map(|k| bits >> k & 1 == 1).collect();
            let residual = equations.solve(&support).unwrap().residual;
            let penalty = bits.count_ones() as f64 * 30.0_f64.ln();
            (noise.misfit(residual, equations.response, 30) + penalty, bits)
        };
        let few = |bits: &usize| bits.count_ones() as usize <= max_terms;
        let mut all: Vec<_> = (0..1_usize << columns).filter(few).map(plain).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        prop_assert_eq!(found.n_supports, all.len());
        let bits = |support: &[bool]| (0..columns).filter(|&k| support[k]).map(|k| 1 << k).sum();
        let best: usize = bits(&found.best.support);
        prop_assert_eq!(best, all[0].1);
        if let Some(second) = &found.runner_up {
            let second: usize = bits(&second.support);
            prop_assert_eq!(second, all[1].1);
        }
        for (size, ranked) in found.by_size.iter().enumerate() {
            let of_size = all.iter().find(|(_, bits)| bits.count_ones() as usize == size).unwrap();
            let own: usize = bits(&ranked.support);
            prop_assert_eq!(own, of_size.1);
        }
    }

    #[test]
    fn best_subset_follows_a_permutation(seed: u64, shift in 1_usize..7, share in 0.0..0.95_f64) {
        let direct = equations(seed, 30, 7, share);
        let moved = direct.mixed(&Mat::from_fn(7, 7, |k, l| f64::from(u8::from(k == (l + shift) % 7))));
        let first = best_subset(&direct, 4, Noise::Known, &[3]).unwrap();
        let always = [(3 + 7 - shift) % 7];
        let second = best_subset(&moved, 4, Noise::Known, &always).unwrap();
        for l in 0..7 {
            let k = (l + shift) % 7;
            prop_assert_eq!(first.best.support[k], second.best.support[l]);
            // Rounding, times the condition of the columns (1e3, squared).
            let (a, b) = (first.best.weights[k], second.best.weights[l]);
            prop_assert!((a - b).abs() <= 1e-8 * a.abs());
        }
        prop_assert!(first.best.support[3]);
    }

    #[test]
    fn change_points_are_those_of_plain_solves(seed: u64, bins in 1_usize..9, known: bool) {
        let equations = equations(seed, 30, bins, 0.2);
        let noise = if known { Noise::Known } else { Noise::Unknown };
        let found = change_points(&equations, 3, noise).unwrap();
        let mut best = vec![(f64::INFINITY, Vec::new()); 4];
        for bits in 0..1_usize << (bins - 1) {
            let breaks: Vec<usize> = (1..bins).filter(|k| bits >> (k - 1) & 1 == 1).collect();
            let b = breaks.len();
            if b > 3 {
                continue;
            }
            let piece = |k: usize| breaks.iter().filter(|&&place| place <= k).count();
            let t = Mat::from_fn(bins, b + 1, |k, i| f64::from(u8::from(piece(k) == i)));
            let residual = equations.mixed(&t).solve(&vec![true; b + 1]).unwrap().residual;
            if residual < best[b].0 {
                best[b] = (residual, breaks);
            }
        }
        best.truncate(bins);
        prop_assert_eq!(found.by_breaks.len(), best.len());
        for (ours, (residual, breaks)) in found.by_breaks.iter().zip(&best) {
            prop_assert_eq!(&ours.breaks, breaks);
            prop_assert!((ours.residual - residual).abs() <= 1e-9 * equations.response);
        }
        let least = found.by_breaks.iter().map(|s| s.criterion).fold(f64::INFINITY, f64::min);
        prop_assert_eq!(found.best.criterion.to_bits(), least.to_bits());
    }

    #[test]
    fn two_phase_does_not_depend_on_units(seed: u64, unit in -6.0..6.0_f64, size in -6.0..6.0_f64) {
        let steps: Vec<_> = (0..12).map(|n| system(seed ^ n, 20, 5, 0.3)).collect();
        let rescaled = |step: &LinearSystem| {
            let factor = |k: usize| if k == 2 { 10.0_f64.powf(unit) } else { 1.0 };
            let g = Mat::from_fn(20, 5, |i, k| step.g[(i, k)] * factor(k));
            let b = step.b.iter().map(|b| b * 10.0_f64.powf(size)).collect();
            NormalEquations::new(&LinearSystem { g, b })
        };
        let run = |steps: &[NormalEquations]| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            two_phase(steps, &TwoPhaseConfig::default(), &mut rng).unwrap()
        };
        let direct = run(&steps.iter().map(NormalEquations::new).collect::<Vec<_>>());
        let scaled = run(&steps.iter().map(rescaled).collect::<Vec<_>>());
        prop_assert_eq!(&direct.support, &scaled.support);
        let scale = 10.0_f64.powf(2.0 * size);
        // Rounding of equations of mild condition.
        prop_assert!((scaled.loss / scale / direct.loss - 1.0).abs() < 1e-9);
    }
}

/// Time steps of ∂ₓ(u (K ψ * u)) for nine ψ(r), two clusters u coming together; the response is
/// three times the third, and errors of 0.3 % of it.
fn density_steps() -> Vec<NormalEquations> {
    let terms: [fn(f64) -> f64; 9] = [
        |_| 1.0,
        |r| r,
        |r| r * r,
        |r| r * r * r,
        f64::exp,
        |r| (-r).exp(),
        f64::sin,
        f64::cos,
        |r| r.max(0.05).powf(-1.5),
    ];
    let mut random = SplitMix(7);
    let x = |i: usize| -4.0 + 0.1 * (i as f64 + 0.5);
    let mut step = |n: u32| {
        let (centre, width) = (1.0 - 0.04 * f64::from(n), 0.5 + 0.01 * f64::from(n));
        let cluster = |z: f64| (-0.5 * (z / width).powi(2)).exp() / width;
        let u: Vec<f64> =
            (0..80).map(|i| cluster(x(i) - centre) + cluster(x(i) + centre)).collect();
        let pull = |i: usize, j: usize, k: usize| match i.cmp(&j) {
            std::cmp::Ordering::Equal => 0.0,
            _ => terms[k]((x(i) - x(j)).abs()).copysign(x(i) - x(j)),
        };
        let flux =
            Mat::from_fn(80, 9, |i, k| u[i] * (0..80).map(|j| pull(i, j, k) * u[j]).sum::<f64>());
        let g = Mat::from_fn(78, 9, |i, k| flux[(i + 2, k)] - flux[(i, k)]);
        let size = 3.0 * g.col(2).norm_l2() / 78.0_f64.sqrt();
        let b = (0..78).map(|i| 3.0 * g[(i, 2)] + 3e-3 * size * random.normal()).collect();
        NormalEquations::new(&LinearSystem { g, b })
    };
    (0..20).map(&mut step).collect()
}

#[test]
fn a_law_is_found_among_nine_terms_from_any_start() {
    let steps = density_steps();
    let mut total = NormalEquations::zeros(9);
    steps.iter().for_each(|step| total.add(step));
    let found = best_subset(&total, 9, Noise::Unknown, &[]).unwrap();
    let truth: Vec<bool> = (0..9).map(|k| k == 2).collect();
    assert_eq!(found.best.support, truth, "{found:?}");
    let error = (found.best.weights[2] - 3.0).abs();
    // Statistical: 4 standard errors.
    assert!(error < 4.0 * found.best.standard_errors[2], "{error}");
    for seed in 0..10 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let learned = two_phase(&steps, &TwoPhaseConfig::default(), &mut rng).unwrap();
        assert_eq!(learned.status, TwoPhaseStatus::Converged, "seed {seed}");
        assert_eq!(learned.support, truth, "seed {seed}");
        // Phase II is the same least squares.
        assert!((learned.weights[2] - found.best.weights[2]).abs() < 1e-12);
    }
}

#[test]
fn one_seed_gives_one_result() {
    let run = |seed| {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        two_phase(&density_steps(), &TwoPhaseConfig::default(), &mut rng).unwrap()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5).history[0], run(6).history[0]);
}

#[test]
fn large_searches_take_a_moment() {
    // Bounds ten times what was measured on a slow core.
    let start = Instant::now();
    let all = best_subset(&equations(3, 60, 16, 0.3), 16, Noise::Known, &[]).unwrap();
    assert_eq!(all.n_supports, 65_536);
    let subsets = start.elapsed();
    let start = Instant::now();
    let breaks = change_points(&equations(4, 80, 50, 0.0), 3, Noise::Known).unwrap();
    assert_eq!(breaks.n_segmentations, 1 + 49 + 1_176 + 18_424);
    let segmentations = start.elapsed();
    println!("65,536 supports {subsets:?}, 19,650 segmentations {segmentations:?}");
    assert!(subsets.as_secs_f64() < 3.0 && segmentations.as_secs_f64() < 1.0);
}
