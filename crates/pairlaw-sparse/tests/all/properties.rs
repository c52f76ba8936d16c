//! Optimality, invariances, and agreement with brute force.
#![allow(clippy::unwrap_used)]

use crate::paper_like::SplitMix;
use faer::linalg::solvers::Solve;
use faer::{Mat, mat};
use pairlaw_sparse::{
    CompressedSystem, ConeProblem, ConeSolution, LinearSystem, PathConfig, Support,
    thresholded_path,
};
use proptest::prelude::*;

fn normal(random: &mut SplitMix, rows: usize, columns: usize) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| random.normal())
}

fn response(random: &mut SplitMix, rows: usize) -> Vec<f64> {
    (0..rows).map(|_| random.normal()).collect()
}

/// Random columns of widely different lengths, with the given condition before these.
fn ill_conditioned(random: &mut SplitMix, rows: usize, columns: usize, digits: f64) -> Mat<f64> {
    let decay = Mat::from_fn(columns, columns, |i, j| {
        let power = digits * i as f64 / columns as f64;
        if i == j { 10.0_f64.powf(-power) } else { 0.0 }
    });
    let g = normal(random, rows, columns) * decay * normal(random, columns, columns);
    let lengths: Vec<f64> =
        (0..columns).map(|_| 10.0_f64.powf(random.between(-6.0, 6.0))).collect();
    Mat::from_fn(rows, columns, |i, j| g[(i, j)] * lengths[j])
}

/// Checks the conditions of optimality on `G`, `b`, `C` themselves, sharing no code with the crate.
fn assert_optimal(
    system: &LinearSystem,
    constraints: &Mat<f64>,
    ridge: f64,
    support: &Support,
    solution: &ConeSolution,
) {
    let (rows, columns) = system.g.shape();
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let b_norm = norm(&mut system.b.iter().copied());
    let length: Vec<f64> = (0..columns).map(|j| system.g.col(j).norm_l2()).collect();
    let residual: Vec<f64> = (0..rows)
        .map(|i| {
            let fit: f64 = (0..columns).map(|j| system.g[(i, j)] * solution.weights[j]).sum();
            fit - system.b[i]
        })
        .collect();
    let mut pull = vec![0.0; columns];
    let mut largest = 0.0_f64;
    for (i, &mu) in solution.multipliers.iter().enumerate() {
        let unit = |j: usize| {
            if length[j] > 0.0 { constraints[(i, j)] / length[j] } else { 0.0 }
        };
        let row_norm = norm(&mut (0..columns).map(unit));
        if row_norm == 0.0 {
            continue;
        }
        let value: f64 =
            (0..columns).map(|j| unit(j) * length[j] * solution.weights[j] / row_norm).sum();
        // The certificate's own bound; twice for the rounding of this check.
        assert!(value <= 2e-8 * b_norm, "constraint {i} violated by {value:e}");
        assert!(mu >= 0.0 && mu.min(-value) <= 2e-8 * b_norm);
        largest = largest.max(mu);
        for (j, pull) in pull.iter_mut().enumerate() {
            *pull += mu * unit(j) / row_norm;
        }
    }
    let bound = 2e-7 * (b_norm + 1e-8 * largest);
    for j in 0..columns {
        if !support.contains(j) || length[j] <= 0.0 {
            assert_eq!(solution.weights[j].to_bits(), 0);
            continue;
        }
        let slope: f64 = (0..rows).map(|i| system.g[(i, j)] / length[j] * residual[i]).sum();
        let gradient = slope + ridge * ridge * length[j] * solution.weights[j] + pull[j];
        assert!(gradient.abs() <= bound, "gradient {j} is {gradient:e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_solution_is_optimal(
        seed: u64,
        rows in 1_usize..40,
        columns in 1_usize..20,
        n_constraints in 0_usize..25,
        digits in 0.0..12.0_f64,
        share in 0.2..1.2_f64,
        zero_column: bool,
        duplicates: bool,
        ridge in prop::sample::select(vec![1e-7, 1e-6, 1e-3]),
    ) {
        let mut random = SplitMix(seed);
        let mut g = ill_conditioned(&mut random, rows, columns, digits);
        let mut constraints = normal(&mut random, n_constraints, columns);
        if zero_column {
            g.col_mut(columns / 2).fill(0.0);
        }
        if duplicates && n_constraints > 1 {
            for j in 0..columns {
                constraints[(0, j)] = 3.0 * constraints[(n_constraints - 1, j)];
            }
        }
        let system = LinearSystem { g, b: response(&mut random, rows) };
        let compressed = CompressedSystem::new(&system).unwrap();
        let cone = ConeProblem::new(&compressed, &constraints, ridge).unwrap();
        let chosen = (0..columns).filter(|_| random.uniform() < share);
        let support = Support::from_columns(columns, chosen);
        let solution = cone.solve(&support).unwrap();
        assert_optimal(&system, &constraints, ridge, &support, &solution);
    }

    #[test]
    fn equals_brute_force_over_active_sets(
        seed: u64,
        columns in 1_usize..9,
        n_constraints in 0_usize..7,
    ) {
        let mut random = SplitMix(seed);
        let system = LinearSystem {
            g: normal(&mut random, columns + 6, columns),
            b: response(&mut random, columns + 6),
        };
        let constraints = normal(&mut random, n_constraints, columns);
        let compressed = CompressedSystem::new(&system).unwrap();
        let cone = ConeProblem::new(&compressed, &constraints, 1e-9).unwrap();
        let ours = cone.solve(&cone.full_support()).unwrap().weights;
        let best = best_over_active_sets(&system, &constraints);
        for (w, expected) in ours.iter().zip(&best) {
            // Rounding: normal equations of columns + 6 random rows, condition up to 1e6.
            prop_assert!((w - expected).abs() < 1e-7, "{ours:?} {best:?}");
        }
    }

    #[test]
    fn scales_of_columns_and_constraints_do_not_matter(seed: u64, columns in 1_usize..10) {
        let mut random = SplitMix(seed);
        let g = normal(&mut random, 15, columns);
        let constraints = normal(&mut random, 5, columns);
        let b = response(&mut random, 15);
        let lengths: Vec<f64> = (0..columns).map(|_| 10.0_f64.powf(random.between(-9.0, 9.0))).collect();
        let sizes: Vec<f64> = (0..5).map(|_| 10.0_f64.powf(random.between(-9.0, 9.0))).collect();
        let solve = |g: Mat<f64>, constraints: &Mat<f64>, b: Vec<f64>| {
            let compressed = CompressedSystem::new(&LinearSystem { g, b }).unwrap();
            let cone = ConeProblem::new(&compressed, constraints, 1e-7).unwrap();
            cone.solve(&cone.full_support()).unwrap().weights
        };
        let plain = solve(g.clone(), &constraints, b.clone());
        let scaled = solve(
            Mat::from_fn(15, columns, |i, j| g[(i, j)] * lengths[j]),
            &Mat::from_fn(5, columns, |i, j| constraints[(i, j)] * lengths[j] * sizes[i]),
            b.iter().map(|b| 1e5 * b).collect(),
        );
        for j in 0..columns {
            // Rounding: condition of 15 random rows, up to 1e3.
            prop_assert!((plain[j] - 1e-5 * lengths[j] * scaled[j]).abs() < 1e-10);
        }
    }

    #[test]
    fn a_stack_is_the_compression_of_all_rows(
        seed: u64,
        columns in 1_usize..40,
        n_parts in 1_usize..120,
        rows in 1_usize..12,
    ) {
        let mut random = SplitMix(seed);
        let n = rows * n_parts;
        let g = normal(&mut random, n, columns);
        let b = response(&mut random, n);
        let weights: Vec<f64> = (0..n_parts).map(|_| random.between(0.1, 3.0)).collect();
        let parts: Vec<CompressedSystem> = (0..n_parts)
            .map(|part| CompressedSystem::new(&LinearSystem {
                g: g.subrows(part * rows, rows).to_owned(),
                b: b[part * rows..(part + 1) * rows].to_vec(),
            }).unwrap())
            .collect();
        let pairs: Vec<_> = parts.iter().zip(weights.iter().copied()).collect();
        let stacked = CompressedSystem::stack(&pairs).unwrap();
        let whole = CompressedSystem::new(&LinearSystem {
            g: Mat::from_fn(n, columns, |i, j| weights[i / rows] * g[(i, j)]),
            b: (0..n).map(|i| weights[i / rows] * b[i]).collect(),
        }).unwrap();
        // Rounding: sums of 1500 squares.
        prop_assert!((stacked.b_norm - whole.b_norm).abs() < 1e-12 * whole.b_norm);
        for _ in 0..3 {
            let w = response(&mut random, columns);
            let (ours, expected) = (stacked.residual(&w), whole.residual(&w));
            prop_assert!((ours - expected).abs() < 1e-11 * expected.max(whole.b_norm));
        }
        let gap = (stacked.r.transpose() * &stacked.r - whole.r.transpose() * &whole.r).norm_max();
        prop_assert!(gap < 1e-11 * n as f64);
    }

    #[test]
    fn residuals_of_many_models_are_those_of_each(
        seed: u64,
        rows in 1_usize..40,
        columns in 1_usize..20,
        n_models in 0_usize..9,
    ) {
        let mut random = SplitMix(seed);
        let g = normal(&mut random, rows, columns);
        let system = LinearSystem { g, b: response(&mut random, rows) };
        let compressed = CompressedSystem::new(&system).unwrap();
        let models = normal(&mut random, columns, n_models);
        let found = compressed.residuals(models.as_ref());
        prop_assert_eq!(found.len(), n_models);
        for (model, found) in models.col_iter().zip(found) {
            let expected = compressed.residual(&model.iter().copied().collect::<Vec<f64>>());
            // Rounding: sums of at most 40 products.
            prop_assert!((found - expected).abs() <= 1e-13 * (1.0 + expected));
        }
    }

    #[test]
    fn the_path_finds_the_best_support_of_orthogonal_columns(seed: u64, columns in 1_usize..8) {
        let mut random = SplitMix(seed);
        // A reflection, hence orthogonal columns; signs are constrained.
        let v = normal(&mut random, columns, 1);
        let size = v.col(0).squared_norm_l2();
        let lengths: Vec<f64> = (0..columns).map(|_| random.between(0.01, 100.0)).collect();
        let g = Mat::from_fn(columns, columns, |i, j| {
            let identity = f64::from(u8::from(i == j));
            lengths[j] * (identity - 2.0 * v[(i, 0)] * v[(j, 0)] / size)
        });
        let b = response(&mut random, columns);
        let constraints = Mat::from_fn(columns, columns, |i, j| {
            if i == j { random.normal() } else { 0.0 }
        });
        let system = CompressedSystem::new(&LinearSystem { g, b }).unwrap();
        assert_best(&system, &constraints, 4000);
    }

    #[test]
    fn the_path_finds_a_planted_support(seed: u64, columns in 2_usize..8) {
        let mut random = SplitMix(seed);
        let g = normal(&mut random, 60, columns);
        let planted = [random.between(1.0, 2.0), -random.between(1.0, 2.0)];
        let b = (0..60)
            .map(|i| planted[0] * g[(i, 0)] + planted[1] * g[(i, 1)] + 1e-6 * random.normal())
            .collect();
        let constraints = Mat::from_fn(1, columns, |_, j| if j == 1 { 1.0 } else { 0.0 });
        let system = CompressedSystem::new(&LinearSystem { g, b }).unwrap();
        let weights = assert_best(&system, &constraints, 64);
        prop_assert!(weights[2..].iter().all(|&w| w == 0.0));
        // Statistical: noise 1e-6 against 60 rows, far inside.
        prop_assert!((weights[0] - planted[0]).abs() < 1e-5);
        prop_assert!((weights[1] - planted[1]).abs() < 1e-5);
    }
}

/// The path's loss must equal the least over all supports; returns the path's weights.
fn assert_best(system: &CompressedSystem, constraints: &Mat<f64>, n_lambdas: usize) -> Vec<f64> {
    let config = PathConfig {
        lambdas: PathConfig::log_grid(n_lambdas, 1e-4, 1.0),
        fit_share: 0.9,
        ridge: 1e-9,
        groups: Vec::new(),
    };
    let path = thresholded_path(system, constraints, &config).unwrap();
    let cone = ConeProblem::new(system, constraints, config.ridge).unwrap();
    let free = cone.least_squares();
    let n = free.len();
    let loss = |weights: &[f64], size: usize| {
        let missing: Vec<f64> = weights.iter().zip(&free).map(|(w, free)| w - free).collect();
        0.9 * system.image_norm(&missing) / system.image_norm(&free) + 0.1 * size as f64 / n as f64
    };
    let best = (0..1_usize << n)
        .map(|mask| Support::from_columns(n, (0..n).filter(|j| mask >> j & 1 == 1)))
        .map(|support| loss(&cone.solve(&support).unwrap().weights, support.len()))
        .fold(f64::INFINITY, f64::min);
    let ours = path.loss.iter().copied().fold(f64::INFINITY, f64::min);
    // Rounding; supports of equal loss are equally good.
    assert!((ours - best).abs() < 1e-9, "{ours} against {best}");
    let chosen = path.weights.iter().filter(|&&w| w != 0.0).count();
    assert!((loss(&path.weights, chosen) - ours).abs() < 1e-12);
    path.weights
}

/// The best feasible point among the equality-constrained optima of all active sets.
fn best_over_active_sets(system: &LinearSystem, constraints: &Mat<f64>) -> Vec<f64> {
    let n = system.g.ncols();
    let hessian = system.g.transpose() * &system.g;
    let b = Mat::from_fn(system.b.len(), 1, |i, _| system.b[i]);
    let slope = system.g.transpose() * &b;
    let mut best = (f64::INFINITY, vec![0.0; n]);
    for mask in 0..1_usize << constraints.nrows() {
        let active: Vec<usize> = (0..constraints.nrows()).filter(|i| mask >> i & 1 == 1).collect();
        if active.len() > n {
            continue;
        }
        let size = n + active.len();
        let kkt = Mat::from_fn(size, size, |i, j| match (i < n, j < n) {
            (true, true) => hessian[(i, j)],
            (true, false) => constraints[(active[j - n], i)],
            (false, true) => constraints[(active[i - n], j)],
            (false, false) => 0.0,
        });
        let right = Mat::from_fn(size, 1, |i, _| if i < n { slope[(i, 0)] } else { 0.0 });
        let point = kkt.partial_piv_lu().solve(&right).subrows(0, n).to_owned();
        let feasible = (constraints * &point).col(0).iter().all(|&value| value < 1e-9);
        let loss = (&system.g * &point - &b).norm_l2();
        if feasible && loss < best.0 {
            best = (loss, point.col(0).iter().copied().collect());
        }
    }
    best.1
}

#[test]
fn no_active_constraint_gives_least_squares_and_all_active_gives_zero() {
    let system =
        LinearSystem { g: mat![[1.0, 0.5], [0.0, 2.0], [1.0, 1.0]], b: vec![1.0, 2.0, 3.0] };
    let compressed = CompressedSystem::new(&system).unwrap();
    let signs = mat![[-1.0, 0.0], [0.0, -1.0]];
    let cone = ConeProblem::new(&compressed, &signs, 1e-9).unwrap();
    let free = cone.solve(&cone.full_support()).unwrap();
    for (w, expected) in free.weights.iter().zip(cone.least_squares()) {
        // Rounding.
        assert!((w - expected).abs() < 1e-14 && *w > 0.0);
    }
    assert_eq!(free.multipliers, [0.0, 0.0]);
    let opposite = mat![[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]];
    let cone = ConeProblem::new(&compressed, &opposite, 1e-9).unwrap();
    let none = cone.solve(&cone.full_support()).unwrap();
    assert_eq!(none.weights, [0.0, 0.0]);
}

#[test]
fn equal_columns_share_a_weight_and_zero_columns_have_none() {
    let system = LinearSystem { g: mat![[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]], b: vec![2.0, 2.0] };
    let compressed = CompressedSystem::new(&system).unwrap();
    let path = thresholded_path(&compressed, &Mat::zeros(0, 3), &PathConfig::default()).unwrap();
    assert_eq!(path.excluded, [1]);
    // The ridge, 1e-14 relative, and rounding over the ridge, 1e-9.
    assert!((path.weights[0] - 1.0).abs() < 1e-8 && (path.weights[2] - 1.0).abs() < 1e-8);
    assert_eq!(path.weights[1].to_bits(), 0);
}
