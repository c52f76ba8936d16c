//! Strengths without training: hand-computed, reproduced, symmetric, and told when they fail.

use pairlaw_law::Morse;
use pairlaw_rollout::{
    Collocation, CollocationConfig, Quality, RolloutError, Scheme, collocate, simulate,
};
use proptest::prelude::*;

const DT: f64 = 0.2;

/// Numbers in [0, 1), evenly spread: the golden ratio's relatives as steps.
fn spread(index: usize, axis: usize) -> f64 {
    let step = [0.754_877_666_246_692_7, 0.569_840_290_998_053_3, 0.438_579_021_1][axis];
    (0.5 + step * (index + 1) as f64).fract()
}

/// Cells spread over [−1, 1]^D.
fn cells<const D: usize>(n: usize) -> Vec<[f64; D]> {
    (0..n).map(|i| std::array::from_fn(|k| 2.0 * spread(i, k) - 1.0)).collect()
}

/// The cells, each moved along its radius to nearly the unit circle (or sphere).
fn to_ring<const D: usize>(cells: &[[f64; D]]) -> Vec<[f64; D]> {
    let radius = |x: &[f64; D]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let on_ring =
        |(i, x): (usize, &[f64; D])| x.map(|c| (0.9 + 0.1 * spread(i, 0)) * c / radius(x));
    cells.iter().enumerate().map(on_ring).collect()
}

fn floor(floor: f64) -> CollocationConfig {
    CollocationConfig { floor: Some(floor), ..CollocationConfig::default() }
}

fn to_ring_in_five_steps<const D: usize>(n: usize, config: &CollocationConfig) -> Collocation {
    let start = cells::<D>(n);
    collocate(&start, &[to_ring(&start)], &[5], DT, config).expect("fine cells")
}

/// α = R/r and β = A/a of all pairs.
fn slopes(found: &Collocation) -> Vec<f64> {
    let set = &found.strengths[0];
    let repulsion = set.repulsion.iter().map(|x| x / set.ranges[0]);
    repulsion.chain(set.attraction.iter().map(|x| x / set.ranges[1])).collect()
}

#[test]
fn targets_are_reproduced_in_two_and_three_dimensions() {
    fn check<const D: usize>(n: usize) {
        let start = cells::<D>(n);
        for config in [CollocationConfig::default(), floor(0.0)] {
            let found = to_ring_in_five_steps::<D>(n, &config);
            assert_eq!(found.quality, Quality::Reproduced);
            // Rounding, amplified by the equations' condition and the roll-out.
            assert!(found.errors[0].mean_square < 1e-16, "{:?}", found.errors);
            assert!(found.residual < 1e-9);
            let path = found.strengths[0].simulate(&start, 5, DT);
            let target = to_ring(&start);
            assert_eq!(path.len(), 6);
            for (step, now) in path.iter().enumerate() {
                for ((x, y), found) in start.iter().zip(&target).zip(now) {
                    let straight = |k: usize| x[k] + step as f64 / 5.0 * (y[k] - x[k]);
                    assert!((0..D).all(|k| (found[k] - straight(k)).abs() < 1e-7));
                }
            }
        }
    }
    check::<2>(60);
    check::<3>(120);
}

/// Two cells at distance d, one step, v along their line: the least change of (α, β) with
/// −α e1 + β e2 = v/δt is (−e1, e2) (v/δt − b (e2 − e1))/(e1² + e2²) from the base b; as both
/// weights are equal they drop out.
#[test]
fn two_cells_by_hand() {
    let start = [[0.0, 0.0], [0.8, 0.0]];
    let target = vec![[0.1, 0.0], [0.95, 0.0]];
    let config = CollocationConfig { ranges: [0.5, 1.0], base: 2.0, ..Default::default() };
    let found = collocate(&start, &[target], &[1], DT, &config).expect("two cells");
    // h² = 3/2 · .4²; the leg lasts one step.
    let h = 0.4 * 1.5f64.sqrt();
    assert!((found.half_width - h).abs() < 1e-15);
    let base = 2.0 * h / (2.0 * DT);
    let (e1, e2) = ((-0.8 / (0.5 * h)).exp(), (-0.8 / h).exp());
    let set = &found.strengths[0];
    assert!((set.ranges[0] - 0.5 * h).abs() < 1e-15 && (set.ranges[1] - h).abs() < 1e-15);
    // Needed velocities towards the other cell.
    for (pair, towards) in [(1, 0.1 / DT), (2, -0.15 / DT)] {
        let change = (towards - base * (e2 - e1)) / (e1 * e1 + e2 * e2);
        let (alpha, beta) = (base - e1 * change, base + e2 * change);
        // Rounding; the ridge's error is removed by refinement.
        assert!((set.repulsion[pair] / set.ranges[0] - alpha).abs() < 1e-11 * base, "{found:?}");
        assert!((set.attraction[pair] / set.ranges[1] - beta).abs() < 1e-11 * base, "{found:?}");
    }
    assert!(found.errors[0].largest < 1e-12 && found.quality == Quality::Reproduced);
}

#[test]
fn a_floor_holds_and_gives_parameters_to_train_from() {
    let n = 60;
    let start = cells::<2>(n);
    let signed = to_ring_in_five_steps::<2>(n, &CollocationConfig::default());
    assert!(slopes(&signed).iter().any(|&x| x < 0.0), "the test needs negative strengths");
    assert!(matches!(
        signed.strengths[0].parameters(),
        Err(RolloutError::NotPositive { value, .. }) if value < 0.0
    ));
    let positive = to_ring_in_five_steps::<2>(n, &floor(1e-6));
    let least = 1e-6 * 5.0 * positive.half_width / n as f64;
    let found = slopes(&positive);
    assert!(found.iter().all(|&x| x >= least * (1.0 - 1e-12)));
    assert!(found.iter().any(|&x| x <= least * (1.0 + 1e-12)), "none is held by the floor");
    assert_eq!(positive.quality, Quality::Reproduced);
    // The learner's own simulation agrees: rounding of the logarithms, amplified.
    let parameters = positive.strengths[0].parameters().expect("positive");
    assert_eq!(parameters.scheme, Scheme::Mutual);
    let path = simulate(Morse, &start, &[5], DT, vec![parameters]).expect("fine parameters");
    let ours = positive.strengths[0].simulate(&start, 5, DT);
    for (x, y) in path.iter().flatten().zip(ours.iter().flatten()) {
        assert!((0..2).all(|k| (x[k] - y[k]).abs() < 1e-9));
    }
}

/// Each lower floor allows all that a higher one does, so its least weighted change is less.
#[test]
fn the_change_is_least_among_those_that_the_floor_allows() {
    let n = 60;
    let (start, target) = (cells::<2>(n), to_ring(&cells::<2>(n)));
    let change = |found: &Collocation| {
        let base = 5.0 * found.half_width / n as f64;
        let close = 0.1 * found.half_width;
        let squares = slopes(found).into_iter().enumerate().map(|(index, x)| {
            let (i, j) = (index % (n * n) / n, index % n);
            let distance = (0..5).map(|step| {
                let share = f64::from(step) / 5.0;
                let at = |i: usize, k: usize| start[i][k] + share * (target[i][k] - start[i][k]);
                (at(i, 0) - at(j, 0)).hypot(at(i, 1) - at(j, 1))
            });
            let nearest = distance.fold(f64::MAX, f64::min);
            let weight = 1.0 - (-(nearest / close).powi(2)).exp();
            if i == j { 0.0 } else { ((x - base) / weight).powi(2) }
        });
        squares.sum::<f64>()
    };
    let configs = [CollocationConfig::default(), floor(0.0), floor(0.3)];
    let changes = configs.map(|config| change(&to_ring_in_five_steps::<2>(n, &config)));
    assert!(changes[0] < 0.99 * changes[1] && changes[1] < 0.99 * changes[2], "{changes:?}");
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let found = [1, 2].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| to_ring_in_five_steps::<2>(61, &floor(1e-3)))
    });
    assert_eq!(found[0], found[1]);
}

#[test]
fn turning_moving_scaling_and_renaming_cells_changes_the_strengths_alike() {
    let n = 60;
    let start = cells::<2>(n);
    let target = to_ring(&start);
    let found = to_ring_in_five_steps::<2>(n, &CollocationConfig::default());
    let (sin, cos) = 0.7f64.sin_cos();
    let scale = 250.0;
    let change = |x: &[[f64; 2]]| -> Vec<[f64; 2]> {
        let moved = |x: &[f64; 2]| {
            [scale * (cos * x[0] - sin * x[1] + 3.0), scale * (sin * x[0] + cos * x[1] - 5.0)]
        };
        x.iter().rev().map(moved).collect()
    };
    // Another unit of time, too.
    let changed =
        collocate(&change(&start), &[change(&target)], &[5], 60.0 * DT, &Default::default())
            .expect("fine cells");
    assert!((changed.half_width / found.half_width / scale - 1.0).abs() < 1e-12);
    // The last cell is the first now; α is a velocity.
    let expected = slopes(&found);
    let size = expected.iter().fold(0f64, |m, x| m.max(x.abs()));
    let renamed = slopes(&changed);
    let (near, far) = renamed.split_at(n * n);
    let renamed = near.iter().rev().chain(far.iter().rev());
    for (x, y) in expected.iter().zip(renamed) {
        // Rounding, amplified by the equations' condition.
        assert!((x - y * 60.0 / scale).abs() < 1e-7 * size, "{x} {y}");
    }
}

#[test]
fn cells_at_one_place_are_parted_by_the_others() {
    let mut start = cells::<2>(60);
    start[1] = start[0];
    let target = to_ring(&cells::<2>(60));
    for config in [CollocationConfig::default(), floor(0.0)] {
        let found = collocate(&start, std::slice::from_ref(&target), &[5], DT, &config);
        let found = found.expect("only a pair");
        assert_eq!(found.quality, Quality::Reproduced, "{:?}", found.errors);
        let base = 5.0 * found.half_width / 60.0;
        let between = slopes(&found)[1];
        assert!((between - base).abs() < 1e-12, "w = 0 keeps the start: {between} {base}");
    }
    // Never parted: the same target, the same way.
    let mut target = target;
    target[1] = target[0];
    let found = collocate(&start, &[target], &[5], DT, &Default::default()).expect("fine cells");
    assert_eq!(found.quality, Quality::Reproduced);
    let nowhere = vec![[2.0, 2.0]; 4];
    let error = collocate(&nowhere, &[cells(4)], &[5], DT, &Default::default());
    assert!(matches!(error, Err(RolloutError::NoExtent { .. })), "{error:?}");
}

#[test]
fn two_legs_with_one_set_or_one_a_leg() {
    let n = 300;
    let start = cells::<2>(n);
    let ring = to_ring(&start);
    let ellipse: Vec<[f64; 2]> = ring.iter().map(|x| [0.8 * x[0], 0.4 * x[1]]).collect();
    let targets = [ring, ellipse];
    for (per_leg, sets) in [(false, 1), (true, 2)] {
        let config = CollocationConfig { per_leg, ..Default::default() };
        let found = collocate(&start, &targets, &[5, 4], DT, &config).expect("fine cells");
        assert_eq!((found.strengths.len(), found.errors.len()), (sets, 2));
        assert_eq!(found.quality, Quality::Reproduced, "{:?}", found.errors);
        let ring = found.strengths[0].simulate(&start, 5, DT).pop().expect("six");
        let last = found.strengths[sets - 1].simulate(&ring, 4, DT).pop().expect("five");
        let square = |(x, y): (&[f64; 2], &[f64; 2])| (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2);
        let mean = last.iter().zip(&targets[1]).map(square).sum::<f64>() / n as f64;
        assert!((mean / found.errors[1].mean_square - 1.0).abs() < 1e-12);
    }
}

/// Beyond some ranges from all others no strength moves a cell: known from the simulation.
#[test]
fn outliers_that_cannot_be_moved_are_reported() {
    // A Gaussian cloud by Box and Muller with a few far outliers.
    let start: Vec<[f64; 2]> = (0..80)
        .map(|i| {
            let radius = 0.1 * (-2.0 * (1.0 - spread(i, 0)).ln()).sqrt();
            let radius = if i % 20 == 7 { 60.0 + i as f64 } else { radius };
            let angle = 2.0 * std::f64::consts::PI * spread(i, 1);
            [radius * angle.cos(), radius * angle.sin()]
        })
        .collect();
    let target = to_ring(&start);
    for config in [CollocationConfig::default(), floor(1e-6)] {
        let config = CollocationConfig { ranges: [0.03, 0.06], close: 0.01, ..config };
        let found = collocate(&start, std::slice::from_ref(&target), &[5], DT, &config);
        let found = found.expect("finite cells");
        assert_eq!(found.quality, Quality::Missed { leg: 0 });
        assert!(found.errors[0].missed >= 4, "{:?}", found.errors);
        assert!(found.errors[0].largest > 10.0 && found.residual > 1.0, "{}", found.residual);
    }
}

/// 60 cells in space have too few neighbours for strengths of one sign: the best step of each cell
/// stays, not the last one, whose strengths grow without bound (residual 2).
#[test]
fn a_floor_without_solution_keeps_the_best_strengths() {
    let found = to_ring_in_five_steps::<3>(60, &floor(0.0));
    assert_eq!(found.quality, Quality::Missed { leg: 0 });
    assert!(found.residual > 1e-3 && found.residual < 0.2, "{}", found.residual);
}

#[test]
#[allow(clippy::float_cmp)] // values are handed through
fn wrong_arguments_are_named() {
    let (start, target) = (cells::<2>(5), to_ring(&cells::<2>(5)));
    let config = CollocationConfig::default();
    let run = |start: &[[f64; 2]], target: &[[f64; 2]], legs: &[usize], dt, config: &_| {
        let targets = vec![target.to_vec(); legs.len()];
        collocate(start, &targets, legs, dt, config).expect_err("wrong")
    };
    let few = run(&start[..1], &target[..1], &[5], DT, &config);
    assert_eq!(few, RolloutError::TooFewCells { found: 1 });
    assert_eq!(run(&start, &target, &[5], -1.0, &config), RolloutError::TimeStep { dt: -1.0 });
    assert_eq!(run(&start, &target, &[5, 0], DT, &config), RolloutError::NoSteps { leg: 1 });
    assert_eq!(run(&start, &target, &[], DT, &config), RolloutError::NoSteps { leg: 0 });
    let mut bad = start.clone();
    bad[3][1] = f64::INFINITY;
    let value = f64::INFINITY;
    let expected = RolloutError::NotFinite { cell: 3, axis: 1, value };
    assert_eq!(run(&bad, &target, &[5], DT, &config), expected);
    let expected = RolloutError::Target { leg: 0, cell: 3, axis: 1, value };
    assert_eq!(run(&start, &bad, &[5], DT, &config), expected);
    for (name, wrong) in [
        ("repulsion_range", CollocationConfig { ranges: [0.0, 0.6], ..config }),
        ("attraction_range", CollocationConfig { ranges: [0.3, f64::NAN], ..config }),
        ("base", CollocationConfig { base: -1.0, ..config }),
        ("close", CollocationConfig { close: f64::INFINITY, ..config }),
        ("tolerance", CollocationConfig { tolerance: 0.0, ..config }),
    ] {
        let error = run(&start, &target, &[5], DT, &wrong);
        assert!(matches!(error, RolloutError::Parameter { name: found, .. } if found == name));
    }
    for wrong in [-0.1, 1.0, f64::NAN] {
        let error = run(&start, &target, &[5], DT, &floor(wrong));
        assert!(matches!(error, RolloutError::Floor { .. }), "{error:?}");
    }
    let mut far = start.clone();
    far[0][0] = 1e300;
    let error = run(&far, &target, &[5], DT, &config);
    assert!(matches!(error, RolloutError::NoExtent { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the cells, the answer is finite, at or above its floor, and honest.
    #[test]
    fn answers_are_finite_and_honest(
        cells in prop::collection::vec((-2i8..=2, -2i8..=2, -1.0..1.0f64, -3.0..3.0f64), 2..24),
        legs in prop::collection::vec(1usize..4, 1..4),
        dt in 0.01..2.0f64,
        ranges in [0.05..2.0f64, 0.05..2.0f64],
        base in 0.01..20.0f64,
        close in 0.001..1.0f64,
        least in prop::option::of(0.0..0.99f64),
        per_leg: bool,
    ) {
        // Points of a grid: many coincide.
        let start: Vec<[f64; 2]> =
            cells.iter().map(|c| [f64::from(c.0), f64::from(c.1)]).collect();
        let targets: Vec<Vec<[f64; 2]>> = (0..legs.len())
            .map(|leg| cells.iter().map(|c| [c.2 * leg as f64, c.3]).collect())
            .collect();
        let config =
            CollocationConfig { ranges, base, close, floor: least, per_leg, tolerance: 0.01 };
        match collocate(&start, &targets, &legs, dt, &config) {
            Err(RolloutError::NoExtent { .. }) => {
                prop_assert!(cells.iter().all(|c| (c.0, c.1) == (cells[0].0, cells[0].1)));
            }
            Err(error) => prop_assert!(false, "{error}"),
            Ok(found) => {
                let n = start.len();
                prop_assert_eq!(found.strengths.len(), if per_leg { legs.len() } else { 1 });
                for set in &found.strengths {
                    let mut all = set.repulsion.iter().chain(&set.attraction);
                    prop_assert!(all.all(|x| x.is_finite() && (least.is_none() || *x >= 0.0)));
                }
                let missed = found.errors.iter().position(|e| e.missed > 0);
                let quality = missed.map_or(Quality::Reproduced, |leg| Quality::Missed { leg });
                prop_assert_eq!(found.quality, quality);
                for error in &found.errors {
                    prop_assert!(error.missed <= n);
                    let beyond = error.largest > 0.01 * found.half_width;
                    prop_assert_eq!(error.missed > 0, beyond || error.largest.is_nan());
                }
            }
        }
    }
}
