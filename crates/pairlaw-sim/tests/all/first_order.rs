//! First-order systems against closed forms: Ornstein–Uhlenbeck moments, order of the steps.

use pairlaw_data::{Snapshots, Streams};
use pairlaw_law::{ExternalPotential, KernelTerm, LawError, PairKernel, SumMethod};
use pairlaw_sim::{Ensemble, Gaussian, SimError, Steps, gaussian_mixture, simulate_first_order};

fn power(exponent: f64, weight: f64) -> PairKernel {
    PairKernel::new(vec![KernelTerm::power(exponent)], vec![weight]).expect("a real exponent")
}

fn ensemble<const D: usize>(kernel: &PairKernel, noise: f64) -> Ensemble<'_, D> {
    Ensemble { kernel, noise, external: None, method: SumMethod::Auto }
}

fn simulate<const D: usize>(
    initial: &[Vec<f64>; D],
    ensemble: &Ensemble<'_, D>,
    steps: Steps,
    seed: u64,
) -> Snapshots<D> {
    simulate_first_order(initial.clone(), ensemble, steps, seed, |_, _, _| {})
        .expect("a simulation")
}

/// The state at the end.
fn last<const D: usize>(snapshots: &Snapshots<D>) -> [Vec<f64>; D] {
    snapshots.positions(snapshots.times().len() - 1).map(<[f64]>::to_vec)
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn variance(x: &[f64]) -> f64 {
    let m = mean(x);
    x.iter().map(|x| (x - m).powi(2)).sum::<f64>() / x.len() as f64
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (a, b) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / x.len() as f64
}

fn greatest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn some_plane(n: usize) -> [Vec<f64>; 2] {
    let group = |x: f64| Gaussian { share: 1.0, mean: [x, 0.5], variance: 0.25 };
    gaussian_mixture(n, &[group(1.0), group(-1.0)], &mut Streams::new(9).next().expect("endless"))
}

/// Moments of `n` steps of `x ← x − dt (slope + stiffness x) + σ√dt z` from a point.
fn autoregression(x: f64, slope: f64, stiffness: f64, noise: f64, steps: Steps) -> (f64, f64) {
    let (mut mean, mut variance) = (x, 0.0);
    for _ in 0..steps.n_steps {
        mean -= steps.dt * (slope + stiffness * mean);
        variance = variance * (1.0 - steps.dt * stiffness).powi(2) + noise * noise * steps.dt;
    }
    (mean, variance)
}

#[test]
fn without_a_kernel_particles_are_ornstein_uhlenbeck_processes() {
    let n = 40_000;
    let kernel = PairKernel::new(vec![], vec![]).unwrap();
    let external = Some(ExternalPotential { slope: [0.5, -1.0], stiffness: [2.0; 2] });
    let ensemble = Ensemble { external, ..ensemble::<2>(&kernel, 0.8) };
    let steps = Steps { dt: 0.02, n_steps: 40, keep_every: 20 };
    let found = simulate(&[vec![1.0; n], vec![-2.0; n]], &ensemble, steps, 5);
    assert_eq!(found.times(), [0.0, 0.4, 0.8]);
    let [x, y] = last(&found);
    let root = (n as f64).sqrt();
    for (axis, start, slope) in [(&x, 1.0, 0.5), (&y, -2.0, -1.0)] {
        let (m, v) = autoregression(start, slope, 2.0, 0.8, steps);
        // Statistical: 5 standard errors.
        assert!((mean(axis) - m).abs() < 5.0 * v.sqrt() / root, "mean {} not {m}", mean(axis));
        let error = (variance(axis) - v).abs();
        assert!(error < 5.0 * v * 2f64.sqrt() / root, "variance {} not {v}", variance(axis));
        assert!(covariance(&x, &y).abs() < 5.0 * v / root);
    }
}

/// φ(r) = r pulls everyone to the common mean, which itself diffuses with σ²/N.
#[test]
fn linear_attraction_is_ornstein_uhlenbeck_about_the_mean() {
    let n = 20_000;
    let kernel = power(1.0, 1.5);
    let steps = Steps { dt: 0.02, n_steps: 50, keep_every: 50 };
    let [x] = last(&simulate(&[vec![3.0; n]], &ensemble(&kernel, 0.7), steps, 6));
    let (_, v) = autoregression(0.0, 0.0, 1.5, 0.7, steps);
    let root = (n as f64).sqrt();
    // Statistical: 5 standard errors; the factor 1 − 1/N is below them.
    assert!((variance(&x) - v).abs() < 5.0 * v * 2f64.sqrt() / root, "{} not {v}", variance(&x));
    assert!((mean(&x) - 3.0).abs() < 5.0 * 0.7 / root, "{}", mean(&x));
}

/// Without noise: φ(r) = r has a closed form, φ(r) = 3r² does not; the error halves with dt.
#[test]
fn steps_are_of_first_order() {
    let x = [(0..300).map(|k| (f64::from(k) * 0.37).sin() * 1.5).collect::<Vec<f64>>()];
    let at_one = |kernel: &PairKernel, n_steps: usize| {
        let steps = Steps { dt: 1.0 / n_steps as f64, n_steps, keep_every: n_steps };
        let [x] = last(&simulate(&x, &ensemble(kernel, 0.0), steps, 0));
        x
    };
    let linear = power(1.0, 1.0);
    let m = mean(&x[0]);
    let exact: Vec<f64> = x[0].iter().map(|x| m + (x - m) * (-1f64).exp()).collect();
    let errors = [100, 200].map(|n| greatest_difference(&at_one(&linear, n), &exact));
    // Discretisation: dt/2 of relative bias at t = 1, with a correction of order dt.
    assert!((errors[0] / errors[1] - 2.0).abs() < 0.02, "{errors:?}");
    assert!(errors[0] < 0.005, "{errors:?}");
    let quadratic = power(2.0, 3.0);
    let [a, b, c] = [100, 200, 400].map(|n| at_one(&quadratic, n));
    let ratio = greatest_difference(&a, &b) / greatest_difference(&b, &c);
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
}

#[test]
fn a_seed_is_a_result() {
    let kernel = power(2.0, 3.0);
    let steps = Steps { dt: 1e-3, n_steps: 5, keep_every: 1 };
    let x = some_plane(2500);
    let run = |seed| simulate(&x, &ensemble(&kernel, 1.0), steps, seed);
    assert_eq!(run(1), run(1));
    assert!(greatest_difference(&last(&run(1))[0], &last(&run(2))[0]) > 0.05);
}

#[test]
fn shifted_ensembles_move_alike() {
    let kernel = power(2.0, 3.0);
    let steps = Steps { dt: 1e-3, n_steps: 20, keep_every: 20 };
    let [x, _] = some_plane(2000);
    let shifted = x.iter().map(|x| x + 8.0).collect();
    let [here] = last(&simulate(&[x], &ensemble(&kernel, 1.0), steps, 3));
    let [there] = last(&simulate(&[shifted], &ensemble(&kernel, 1.0), steps, 3));
    let back: Vec<f64> = there.iter().map(|x| x - 8.0).collect();
    // Rounding of positions around 8.
    assert!(greatest_difference(&here, &back) < 1e-12);
}

#[test]
fn methods_give_the_same_paths() {
    let kernel = power(2.0, 3.0);
    let steps = Steps { dt: 1e-3, n_steps: 10, keep_every: 10 };
    let x = some_plane(2500);
    let run =
        |method| last(&simulate(&x, &Ensemble { method, ..ensemble(&kernel, 1.0) }, steps, 3));
    // Discretisation of the mesh, 1e-6 of the drift.
    assert!(greatest_difference(&run(SumMethod::Auto)[1], &run(SumMethod::Direct)[1]) < 1e-6);
}

#[test]
fn observers_see_every_state() {
    let kernel = power(1.0, 1.0);
    let x = [vec![0.0, 1.0, 5.0]];
    let steps = Steps { dt: 0.25, n_steps: 7, keep_every: 3 };
    let mut seen = Vec::new();
    let observe = |step, time, [x]: [&[f64]; 1]| seen.push((step, time, x.to_vec()));
    let kept = simulate_first_order(x, &ensemble(&kernel, 0.3), steps, 1, observe).unwrap();
    assert_eq!(kept.times(), [0.0, 0.75, 1.5]);
    assert_eq!(seen.len(), 8);
    for (k, step) in [0, 3, 6].into_iter().enumerate() {
        assert_eq!(seen[step], (step, 0.25 * step as f64, kept.positions(k)[0].to_vec()));
    }
    // One step by hand, without noise: the mean is 2.
    let steps = Steps { dt: 0.25, n_steps: 1, keep_every: 1 };
    let [x] = last(&simulate(&[vec![0.0, 1.0, 5.0]], &ensemble(&kernel, 0.0), steps, 1));
    assert!(greatest_difference(&x, &[0.5, 1.25, 4.25]) < 1e-15);
}

#[test]
fn impossible_simulations_are_refused() {
    let kernel = power(1.0, 1.0);
    let good = Steps { dt: 0.1, n_steps: 1, keep_every: 1 };
    let refuse = |x: &[f64], ensemble: Ensemble<'_, 1>, steps| {
        simulate_first_order([x.to_vec()], &ensemble, steps, 1, |_, _, _| {}).unwrap_err()
    };
    let quiet = ensemble(&kernel, 0.0);
    let quantity = |error| match error {
        SimError::OutOfRange { quantity, .. } => quantity,
        other => panic!("{other}"),
    };
    for dt in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(quantity(refuse(&[0.0], quiet, Steps { dt, ..good })), "dt");
    }
    for noise in [-1.0, f64::NAN] {
        assert_eq!(quantity(refuse(&[0.0], Ensemble { noise, ..quiet }, good)), "noise");
    }
    assert_eq!(quantity(refuse(&[0.0], quiet, Steps { keep_every: 0, ..good })), "keep_every");
    assert_eq!(quantity(refuse(&[0.0, f64::NAN], quiet, good)), "an initial coordinate");
    let external = Some(ExternalPotential { slope: [0.0], stiffness: [f64::NAN] });
    let found = quantity(refuse(&[0.0], Ensemble { external, ..quiet }, good));
    assert_eq!(found, "a coefficient of the external potential");
    assert!(matches!(refuse(&[], quiet, good), SimError::EmptyPopulation));
    let method = SumMethod::Mesh { spacing: 0.0 };
    let error = refuse(&[0.0], Ensemble { method, ..quiet }, good);
    assert!(matches!(error, SimError::Law(LawError::MeshSpacing { .. })), "{error}");
    let error =
        simulate_first_order([vec![0.0], vec![]], &ensemble(&kernel, 0.0), good, 1, |_, _, _| {})
            .unwrap_err();
    assert!(matches!(error, SimError::UnequalAxes { expected: 1, found: 0 }), "{error}");
}

#[test]
fn explosions_name_step_and_particle() {
    let kernel = power(1.0, 1.0);
    let external = Some(ExternalPotential { slope: [0.0], stiffness: [-1e200] });
    let ensemble = Ensemble { external, ..ensemble(&kernel, 0.0) };
    let steps = Steps { dt: 1.0, n_steps: 5, keep_every: 1 };
    let error =
        simulate_first_order([vec![0.0, 1.0]], &ensemble, steps, 1, |_, _, _| {}).unwrap_err();
    assert!(matches!(error, SimError::NotFinite { particle: 1, step: 2, .. }), "{error}");
    assert!(error.to_string().contains("dt below 1"), "{error}");
}
