//! Weak-form systems on the empirical measure: simulated laws are found again, with honest errors.
#![allow(clippy::unwrap_used)]

use pairlaw_data::{Snapshots, Streams};
use pairlaw_law::{ExternalPotential, KernelTerm, PairKernel, SumMethod};
use pairlaw_weak::{
    Column, Diffusion, MeasureConfig, MeasureSystem, Separation, WeakError, measure_system,
    quadratic_variation,
};
use rand_distr::{Distribution, StandardNormal};

const SIGMA2: f64 = 0.5;

fn kernels(terms: &[KernelTerm]) -> Vec<PairKernel> {
    terms.iter().map(|term| PairKernel::term(*term).unwrap()).collect()
}

fn linear() -> Vec<PairKernel> {
    kernels(&[KernelTerm::power(1.0)])
}

/// `dX_i = −(X_i − mean) dt − well X_i dt + σ dW_i` by Euler–Maruyama from `N(start, 1)`, 101
/// snapshots until time 2.
fn simulated(seed: u64, n: usize, start: f64, well: f64) -> Snapshots<1> {
    let mut random = Streams::new(seed).next().unwrap();
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let dt = 0.0025;
    let mut x: Vec<f64> = (0..n).map(|_| start + normal()).collect();
    let mut positions = vec![[x.clone()]];
    for step in 1..=800 {
        let mean = x.iter().sum::<f64>() / n as f64;
        let kick = (SIGMA2 * dt).sqrt();
        x.iter_mut().for_each(|x| *x += -((*x - mean) + well * *x) * dt + kick * normal());
        if step % 8 == 0 {
            positions.push([x.clone()]);
        }
    }
    let times = (0..positions.len()).map(|k| 0.02 * k as f64).collect();
    Snapshots::new(times, positions).unwrap()
}

/// `X_i(t) = X_i(0) e^{−t}` about a mean of 0: the kernel r without noise, exactly.
fn contracting<const D: usize>(times: &[f64]) -> Snapshots<D> {
    let axis = |d: usize, t: f64| {
        let even = |i: usize| ((i as f64 + 0.5) * [0.618_034, 0.414_214][d]).fract() - 0.5;
        let mean = (0..200).map(even).sum::<f64>() / 200.0;
        (0..200).map(|i| 4.0 * (even(i) - mean) * (-t).exp()).collect()
    };
    let positions = times.iter().map(|t| std::array::from_fn(|d| axis(d, *t))).collect();
    Snapshots::new(times.to_vec(), positions).unwrap()
}

fn system(snapshots: &Snapshots<1>, diffusion: Diffusion) -> MeasureSystem {
    measure_system(snapshots, &linear(), &MeasureConfig::new(diffusion)).unwrap()
}

fn only_weight(system: &MeasureSystem) -> f64 {
    system.equations.solve(&[true]).unwrap().weights[0]
}

#[test]
fn motion_without_noise_is_found_with_the_order_of_simpsons_rule() {
    let config = MeasureConfig {
        n_splines: Some([9]),
        sums: SumMethod::Direct,
        ..MeasureConfig::new(Diffusion::Known(0.0))
    };
    let error = |n_intervals: u32| {
        let dt = 0.8 / f64::from(n_intervals);
        let times: Vec<f64> = (0..=n_intervals).map(|k| dt * f64::from(k)).collect();
        let system = measure_system(&contracting::<1>(&times), &linear(), &config).unwrap();
        assert_eq!((system.n_windows, system.n_tests), (n_intervals as usize / 2, 9));
        (only_weight(&system) - 1.0).abs()
    };
    // Discretisation: 16 for exact fourth order.
    let errors = [8, 16, 32].map(error);
    assert!(errors[0] / errors[1] > 12.0 && errors[1] / errors[2] > 12.0, "{errors:?}");
    assert!(errors[2] < 1e-5, "{errors:?}");
}

#[test]
fn unequal_intervals_and_two_dimensions_find_the_same_law() {
    let times: Vec<f64> =
        (0..=40).map(|k| 0.02 * f64::from(k) + if k % 3 == 1 { 0.004 } else { 0.0 }).collect();
    let sums = SumMethod::Direct;
    let line = MeasureConfig { sums, ..MeasureConfig::new(Diffusion::Known(0.0)) };
    let found = measure_system(&contracting::<1>(&times), &linear(), &line).unwrap();
    // Discretisation.
    assert!((only_weight(&found) - 1.0).abs() < 1e-4, "{}", only_weight(&found));
    let plane = MeasureConfig {
        sums,
        n_splines: Some([8, 9]),
        ..MeasureConfig::new(Diffusion::Known(0.0))
    };
    let found = measure_system(&contracting::<2>(&times), &linear(), &plane).unwrap();
    assert_eq!(found.n_tests, 72);
    assert!((only_weight(&found) - 1.0).abs() < 1e-4, "{}", only_weight(&found));
}

/// 20 runs. Statistical: the mean of 20 standard scores within 3.5/√20, their spread, with 1/√40 of
/// its own, within 3 of them; χ²/rows of the mean of 20 runs of about 700 rows each.
#[test]
fn weights_scatter_as_their_standard_errors_say() {
    let check = |diffusion: Diffusion| {
        let n_columns = if diffusion == Diffusion::Unknown { 2 } else { 1 };
        let mut scores = vec![Vec::new(); n_columns];
        let mut chi_squares = 0.0;
        for seed in 0..20 {
            let system = system(&simulated(seed, 300, 0.0, 0.0), diffusion);
            let fit = system.equations.solve(&vec![true; n_columns]).unwrap();
            chi_squares += system.reduced_chi_square(&fit) / 20.0;
            for (k, truth) in [1.0, SIGMA2].into_iter().take(n_columns).enumerate() {
                scores[k].push((fit.weights[k] - truth) / fit.standard_errors[k]);
            }
        }
        assert!((0.85..1.15).contains(&chi_squares), "{chi_squares}");
        for scores in scores {
            let mean = scores.iter().sum::<f64>() / 20.0;
            let spread = (scores.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 19.0).sqrt();
            assert!(mean.abs() < 3.5 / 20f64.sqrt(), "{diffusion:?}: mean score {mean}");
            assert!((0.53..1.47).contains(&spread), "{diffusion:?}: spread {spread}");
        }
    };
    check(Diffusion::Known(SIGMA2));
    check(Diffusion::Unknown);
}

#[test]
fn a_wrong_noise_shows_in_chi_square() {
    let snapshots = simulated(1, 1000, 0.0, 0.0);
    let chi_square = |sigma2: f64| {
        let system = system(&snapshots, Diffusion::Known(sigma2));
        system.reduced_chi_square(&system.equations.solve(&[true]).unwrap())
    };
    assert!((0.85..1.15).contains(&chi_square(SIGMA2)));
    assert!(chi_square(0.5 * SIGMA2) > 1.5);
    let wrong = kernels(&[KernelTerm::Power { exponent: -1.0, cutoff: 0.1 }]);
    let config = MeasureConfig::new(Diffusion::Known(SIGMA2));
    let system = measure_system(&snapshots, &wrong, &config).unwrap();
    let fit = system.equations.solve(&[true]).unwrap();
    assert!(system.reduced_chi_square(&fit) > 1.15, "{}", system.reduced_chi_square(&fit));
}

#[test]
fn the_order_of_particles_means_nothing() {
    let snapshots = simulated(2, 200, 0.0, 0.0);
    let shuffled = (0..snapshots.times().len())
        .map(|k| {
            let mut x = snapshots.positions(k)[0].to_vec();
            x.rotate_left(3 * k % 200);
            x.reverse();
            [x]
        })
        .collect();
    let shuffled = Snapshots::new(snapshots.times().to_vec(), shuffled).unwrap();
    let [one, other] =
        [&snapshots, &shuffled].map(|s| system(s, Diffusion::Known(SIGMA2)).equations);
    assert_eq!(one.n_rows, other.n_rows);
    // Rounding, grown by dropping eigenvalues below 1e-8 only.
    assert!((one.gram[(0, 0)] / other.gram[(0, 0)] - 1.0).abs() < 1e-7);
    assert!((one.moments[0] / other.moments[0] - 1.0).abs() < 1e-6);
    assert!((one.response / other.response - 1.0).abs() < 1e-7);
}

#[test]
fn threads_change_no_bit() {
    let snapshots = simulated(3, 200, 0.0, 0.0);
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let equations = pool.install(|| system(&snapshots, Diffusion::Unknown).equations);
        let gram = [(0, 0), (0, 1), (1, 1)].map(|entry| equations.gram[entry].to_bits());
        let moments = [equations.moments[0], equations.moments[1], equations.response];
        (gram, moments.map(f64::to_bits), equations.n_rows)
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn runs_are_pooled() {
    let [first, second] = [4, 5].map(|seed| simulated(seed, 300, 0.0, 0.0));
    let mut both = system(&first, Diffusion::Known(SIGMA2));
    let alone = both.equations.solve(&[true]).unwrap();
    both.add(&system(&second, Diffusion::Known(SIGMA2)));
    let fit = both.equations.solve(&[true]).unwrap();
    assert_eq!((both.n_windows, both.columns.as_slice()), (100, &[Column::Kernel(0)][..]));
    // Statistical: about as much information in both runs.
    let gain = alone.standard_errors[0] / fit.standard_errors[0];
    assert!((gain / 2f64.sqrt() - 1.0).abs() < 0.1, "{gain}");
    assert!((both.diffusion - SIGMA2).abs() < 1e-15);
    assert!((fit.weights[0] - 1.0).abs() < 4.0 * fit.standard_errors[0]);
}

#[test]
fn a_well_and_a_linear_kernel_need_a_moving_mean() {
    let well = ExternalPotential { slope: [0.0], stiffness: [1.0] };
    let config =
        MeasureConfig { external: vec![well], ..MeasureConfig::new(Diffusion::Known(SIGMA2)) };
    let found = |start| {
        let snapshots = simulated(6, 1000, start, 0.7);
        measure_system(&snapshots, &linear(), &config).unwrap()
    };
    let centred = found(0.0).separation();
    let Separation::Confounded { kernel: 0, external: 1, condition } = centred else {
        panic!("{centred:?}")
    };
    assert!(condition > 1e3, "{condition}");
    let moving = found(3.0);
    assert_eq!(moving.separation(), Separation::Separate);
    assert_eq!(moving.columns, [Column::Kernel(0), Column::External(0)]);
    let fit = moving.equations.solve(&[true; 2]).unwrap();
    for (k, truth) in [1.0, 0.7].into_iter().enumerate() {
        let score = (fit.weights[k] - truth) / fit.standard_errors[k];
        assert!(score.abs() < 4.0 && fit.standard_errors[k] < 0.1, "{fit:?}");
    }
}

#[test]
fn the_noise_of_tracked_particles() {
    let sigma2 = quadratic_variation(&simulated(7, 1000, 5.0, 3.0)).unwrap();
    // Statistical: a few per mille. Discretisation: the relaxation rate 4 times Δt/2 is 4 %. Squared
    // increments without the drift cancelled would be 9 times σ²Δt at the start, where b = 15.
    assert!((sigma2 / SIGMA2 - 1.0).abs() < 0.06, "{sigma2}");
}

#[test]
fn impossible_choices_are_refused() {
    let snapshots = simulated(8, 50, 0.0, 0.0);
    let config = MeasureConfig::<1>::new(Diffusion::Known(SIGMA2));
    let error = |config| measure_system(&snapshots, &linear(), &config).unwrap_err();
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let found = error(MeasureConfig { diffusion: Diffusion::Known(bad), ..config.clone() });
        assert!(matches!(found, WeakError::BadDiffusion { .. }), "{found}");
    }
    for intervals_per_window in [0, 3] {
        let found = error(MeasureConfig { intervals_per_window, ..config.clone() });
        assert!(
            matches!(found, WeakError::OddWindow { intervals } if intervals == intervals_per_window)
        );
    }
    let found = error(MeasureConfig { n_splines: Some([5]), ..config.clone() });
    assert!(matches!(found, WeakError::TooFewSplines { axis: 0, n_splines: 5, needed: 6 }));
    let external = vec![ExternalPotential::default()];
    let found = error(MeasureConfig { external, ..config.clone() });
    assert!(matches!(found, WeakError::BadExternal { external: 0 }), "{found}");
    let found = error(MeasureConfig { sums: SumMethod::Mesh { spacing: -1.0 }, ..config.clone() });
    assert!(matches!(found, WeakError::Law(_)), "{found}");
}

#[test]
fn impossible_snapshots_are_refused() {
    let config = MeasureConfig::<1>::new(Diffusion::Known(SIGMA2));
    let error = |times: &[f64], x: &[&[f64]]| {
        let positions = x.iter().map(|x| [x.to_vec()]).collect();
        let snapshots = Snapshots::new(times.to_vec(), positions).unwrap();
        measure_system(&snapshots, &linear(), &config).unwrap_err()
    };
    let found = error(&[0.0, 1.0], &[&[0.0, 1.0], &[0.0, 1.0]]);
    assert!(matches!(found, WeakError::TooFewSnapshots { n_times: 2 }), "{found}");
    let found = error(&[], &[]);
    assert!(matches!(found, WeakError::TooFewSnapshots { n_times: 0 }), "{found}");
    let found = error(&[0.0, 1.0, 2.0], &[&[4.0, 4.0][..]; 3]);
    assert!(matches!(found, WeakError::FlatAxis { axis: 0, .. }), "{found}");
    let found = error(&[0.0, 1.0, 2.0], &[&[4.0, 5.0][..]; 3]);
    assert!(matches!(found, WeakError::TooFewParticles { n_particles: 2, .. }), "{found}");
}

#[test]
fn kernels_that_are_the_same_here_are_named_by_the_solver() {
    let snapshots = simulated(9, 100, 0.0, 0.0);
    let twice = kernels(&[KernelTerm::power(1.0), KernelTerm::Sine, KernelTerm::power(1.0)]);
    for diffusion in [Diffusion::Known(SIGMA2), Diffusion::Unknown] {
        let system = measure_system(&snapshots, &twice, &MeasureConfig::new(diffusion)).unwrap();
        let error = system.equations.solve(&vec![true; system.columns.len()]).unwrap_err();
        assert!(error.to_string().contains("terms 0 and 2"), "{error}");
    }
}

#[test]
fn without_kernels_only_the_noise_is_found() {
    let mut random = Streams::new(10).next().unwrap();
    let mut x = vec![0.0; 2000];
    let positions = (0..41).map(|_| {
        for x in &mut x {
            let normal: f64 = StandardNormal.sample(&mut random);
            *x += (SIGMA2 * 0.05).sqrt() * normal;
        }
        [x.clone()]
    });
    let positions = positions.collect();
    let times = (0..41).map(|k| 0.05 * f64::from(k)).collect();
    let snapshots = Snapshots::new(times, positions).unwrap();
    let config = MeasureConfig { n_splines: Some([12]), ..MeasureConfig::new(Diffusion::Unknown) };
    let system = measure_system(&snapshots, &[], &config).unwrap();
    assert_eq!(system.columns, [Column::Diffusion]);
    let fit = system.equations.solve(&[true]).unwrap();
    assert!((fit.weights[0] - SIGMA2).abs() < 4.0 * fit.standard_errors[0], "{fit:?}");
}
