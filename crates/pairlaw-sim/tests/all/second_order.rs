//! Whole simulations: order in the step, noise, seeds and threads, and everything that can be wrong.

use pairlaw_data::{DataError, Streams, Tracks};
use pairlaw_law::{Angular, Direction, Force, Law, LawError, LawKernels, Radial, Term};
use pairlaw_sim::{
    PairLoop, Population, Schedule, SimError, gaussian_velocities, latin_hypercube, simulate,
};
use rayon::prelude::*;

fn law(terms: &[(Force, Angular, Radial, f64)]) -> Law {
    let term = |&(force, angular, radial, _): &_| Term { force, angular, radial };
    let weights = terms.iter().map(|term| term.3).collect();
    Law::new(terms.iter().map(term).collect(), weights, Direction::Difference).expect("valid")
}

fn drag(weight: f64, exponent: u8) -> Law {
    law(&[(Force::Drag, Angular::Cosine(0), Radial::Power { exponent }, weight)])
}

fn schedule(step: f64, steps_per_sample: usize, n_samples: usize) -> Schedule {
    Schedule { step, steps_per_sample, n_samples, noise: 0.0, seed: 1 }
}

/// Repelled and aligned individuals under angular drag.
fn lively() -> Law {
    law(&[
        (
            Force::AttractionRepulsion,
            Angular::Cosine(2),
            Radial::Laguerre { degree: 2, scale: 4.0 },
            6.0,
        ),
        (Force::Alignment, Angular::OnePlusCosine(1), Radial::Exponential { rate: 2.0 }, -3.0),
        (Force::Drag, Angular::Cosine(1), Radial::Power { exponent: 1 }, 0.5),
        (Force::Drag, Angular::Cosine(0), Radial::Power { exponent: 2 }, -0.3),
    ])
}

/// Three bodies of two species, far enough apart for everything to be smooth.
fn three_bodies() -> (Population<2>, [Law; 2]) {
    let initial = Population {
        positions: vec![[0.0, 0.0], [1.0, 0.2], [0.3, 0.9]],
        velocities: vec![[0.4, 0.1], [-0.1, 0.5], [-0.3, -0.4]],
        species: vec![1, 0, 1],
    };
    (initial, [lively(), drag(-0.7, 1)])
}

/// The final state of a simulation, one number after the other.
fn last_state(tracks: &Tracks<2>) -> Vec<f64> {
    let last = |samples: &[[f64; 2]]| samples[samples.len() - 1];
    let states = tracks.segments().iter().map(|segment| {
        let velocities = segment.velocities.as_ref().expect("simulated tracks have velocities");
        [last(&segment.positions), last(velocities)]
    });
    states.collect::<Vec<_>>().as_flattened().as_flattened().to_vec()
}

/// The state at time 1 by `n_steps` of the classical Runge–Kutta method of order 4.
fn runge_kutta(initial: &Population<2>, laws: &[Law], n_steps: usize) -> Vec<f64> {
    let kernels = LawKernels::new(laws).expect("few radial functions");
    let mut pairs = PairLoop::new(&initial.species);
    let slope = |pairs: &mut PairLoop<2>, state: &[[[f64; 2]; 2]]| -> Vec<[[f64; 2]; 2]> {
        let [x, v] = [0, 1].map(|k| state.iter().map(|s| s[k]).collect::<Vec<_>>());
        let mut a = vec![[0.0; 2]; x.len()];
        pairs.accelerations(&kernels, &x, &v, &mut a);
        v.into_iter().zip(a).map(|(v, a)| [v, a]).collect()
    };
    let moved = |state: &[[[f64; 2]; 2]], h: f64, slope: &[[[f64; 2]; 2]]| {
        let mut state = state.to_vec();
        let numbers = slope.as_flattened().as_flattened();
        for (y, dy) in state.as_flattened_mut().as_flattened_mut().iter_mut().zip(numbers) {
            *y += h * dy;
        }
        state
    };
    let individuals = initial.positions.iter().zip(&initial.velocities);
    let mut state: Vec<[[f64; 2]; 2]> = individuals.map(|(x, v)| [*x, *v]).collect();
    let h = 1.0 / n_steps as f64;
    for _ in 0..n_steps {
        let k1 = slope(&mut pairs, &state);
        let k2 = slope(&mut pairs, &moved(&state, 0.5 * h, &k1));
        let k3 = slope(&mut pairs, &moved(&state, 0.5 * h, &k2));
        let k4 = slope(&mut pairs, &moved(&state, h, &k3));
        for (k, weight) in [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)] {
            state = moved(&state, h * weight / 6.0, &k);
        }
    }
    state.as_flattened().as_flattened().to_vec()
}

#[test]
fn the_error_of_forward_euler_falls_with_the_step() {
    let (initial, laws) = three_bodies();
    let exact = runge_kutta(&initial, &laws, 400);
    let error = |n_steps: usize| {
        let step = 1.0 / n_steps as f64;
        let tracks =
            simulate(&initial, &laws, &schedule(step, n_steps, 2), |_| {}).expect("smooth");
        let squares = last_state(&tracks).into_iter().zip(&exact).map(|(y, e)| (y - e).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let errors = [100, 200, 400, 800].map(error);
    assert!(errors[0] > 1e-3, "the problem is too easy: {errors:?}");
    for halved in errors.windows(2) {
        // Discretisation: order 1, and Runge–Kutta's error is below 1e-9.
        let order = (halved[0] / halved[1]).log2();
        assert!((order - 1.0).abs() < 0.1, "order {order} from {errors:?}");
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    sum / n
}

/// With drag −γ v alone, `v ← a v + σ √δ z`, `a = 1 − γ δ`: after n steps
///
/// ```text
/// E v = aⁿ v_0,   var v = σ² δ (1 − a²ⁿ) / (1 − a²),   cov(v_m, v_n) = aⁿ⁻ᵐ var v_m
/// ```
///
/// exactly, with no error of discretisation. Statistical: 5 standard errors from M = 40 000
/// independent velocities; a variance that is wrong by 5 %, a mean that is wrong by 4 % of the
/// standard deviation, or a correlation of 5 % is missed in one case of a hundred.
#[test]
fn noisy_velocities_have_the_moments_of_ornstein_and_uhlenbeck() {
    let (n, n_seeds, gamma, sigma, step) = (100, 200, 2.0, 0.3, 0.02);
    let initial = Population {
        positions: vec![[0.0; 2]; n],
        velocities: vec![[0.8, -0.8]; n],
        species: vec![0; n],
    };
    let recordings: Vec<Tracks<2>> = (0..n_seeds)
        .map(|seed| Schedule { noise: sigma, seed, ..schedule(step, 10, 4) })
        .map(|schedule| simulate(&initial, &[drag(-gamma, 0)], &schedule, |_| {}).expect("damped"))
        .collect();
    // Deviations from the exact mean, mirrored for the second dimension.
    let a = 1.0 - gamma * step;
    let deviations = |sample: usize| -> Vec<f64> {
        let expected = 0.8 * a.powi(10 * sample as i32);
        let segments = recordings.iter().flat_map(|tracks| tracks.segments());
        let velocities = segments.filter_map(|segment| Some(segment.velocities.as_ref()?[sample]));
        velocities.flat_map(|[v, w]| [v - expected, -w - expected]).collect()
    };
    let variance =
        |n_steps: i32| sigma * sigma * step * (1.0 - a.powi(2 * n_steps)) / (1.0 - a * a);
    let standard_errors = 5.0 / (40_000f64).sqrt();
    let mut earlier: Option<(Vec<f64>, f64)> = None;
    for sample in 1..4 {
        let (now, var) = (deviations(sample), variance(10 * sample as i32));
        assert_eq!(now.len(), 40_000);
        let average = mean(now.iter().copied());
        assert!(average.abs() < standard_errors * var.sqrt(), "mean is off by {average}");
        let second = mean(now.iter().map(|v| v * v));
        assert!((second - var).abs() < standard_errors * 2f64.sqrt() * var, "{second} {var}");
        // Neighbours in the list: the dimensions of one individual, then two individuals.
        for first in 0..2 {
            let pairs = now[first..].chunks_exact(2);
            let product = mean(pairs.map(|pair| pair[0] * pair[1]));
            assert!(product.abs() < standard_errors * 2f64.sqrt() * var, "correlated: {product}");
        }
        if let Some((before, var_before)) = earlier {
            let covariance = a.powi(10) * var_before;
            let product = mean(now.iter().zip(&before).map(|(v, u)| v * u));
            let spread = (var * var_before + covariance * covariance).sqrt();
            assert!((product - covariance).abs() < standard_errors * spread, "{product}");
        }
        earlier = Some((now, var));
    }
}

/// A noisy crowd of two species whose start and noise come from `seed`.
fn crowd(seed: u64, noise: f64) -> Tracks<2> {
    let n = 37;
    let mut rng = Streams::new(seed).next().expect("streams never end");
    let initial = Population {
        positions: latin_hypercube(n, [2.0, 2.0], &mut rng),
        velocities: gaussian_velocities(n, [0.0; 2], [[0.1, 0.0], [0.0, 0.1]], &mut rng),
        species: (0..n).map(|i| i % 2).collect(),
    };
    let schedule = Schedule { noise, seed, ..schedule(1e-3, 20, 4) };
    simulate(&initial, &[lively(), drag(-1.0, 1)], &schedule, |_| {}).expect("small steps")
}

#[test]
fn one_seed_gives_the_same_bits_on_any_number_of_threads() {
    for noise in [0.0, 0.2] {
        let in_pool = |n_threads: usize| -> Vec<Tracks<2>> {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| (0..6).into_par_iter().map(|seed| crowd(seed, noise)).collect())
        };
        // Both pools at once, so that simulations do run side by side.
        let (one, two) = rayon::join(|| in_pool(1), || in_pool(2));
        assert_eq!(one, two);
        assert_ne!(one[0], one[1]);
    }
}

#[test]
fn noise_is_that_of_the_seed_alone() {
    let start = Population { positions: vec![[0.0]], velocities: vec![[1.0]], species: vec![0] };
    let of = |seed, noise| {
        let schedule = Schedule { noise, seed, ..schedule(0.1, 1, 6) };
        simulate(&start, &[drag(-1.0, 0)], &schedule, |_| {}).expect("damped")
    };
    assert_eq!(of(1, 0.5), of(1, 0.5));
    assert_ne!(of(1, 0.5), of(2, 0.5));
    assert_eq!(of(1, 0.0), of(2, 0.0));
    // Positions follow the velocity at the old time, noise or not.
    let tracks = of(1, 0.5);
    let segment = &tracks.segments()[0];
    let velocities = segment.velocities.as_ref().expect("simulated");
    for (x, v) in segment.positions.windows(2).zip(velocities) {
        assert_eq!(x[1][0].to_bits(), (x[0][0] + 0.1 * v[0]).to_bits());
    }
}

#[test]
fn noise_of_one_does_not_depend_on_how_many_others_there_are() {
    let free = drag(0.0, 0);
    let of = |n: usize| {
        let initial = Population {
            positions: vec![[0.0]; n],
            velocities: vec![[1.0]; n],
            species: vec![0; n],
        };
        let schedule = Schedule { noise: 0.5, ..schedule(0.1, 1, 6) };
        simulate(&initial, std::slice::from_ref(&free), &schedule, |_| {}).expect("free")
    };
    let (few, many) = (of(2), of(5));
    assert_eq!(few.segments(), &many.segments()[..2]);
    assert_ne!(few.segments()[0].positions, few.segments()[1].positions);
}

#[test]
fn samples_are_counted_and_timed() {
    let start =
        Population { positions: vec![[1.0]; 2], velocities: vec![[0.0]; 2], species: vec![0; 2] };
    let mut done = Vec::new();
    let tracks = simulate(&start, &[drag(-1.0, 1)], &schedule(0.25, 2, 4), |n| done.push(n));
    let tracks = tracks.expect("at rest");
    assert_eq!(done, [2, 3, 4]);
    assert_eq!((tracks.n_individuals(), tracks.n_frames()), (2, 4));
    assert_eq!(tracks.dt().to_bits(), 0.5f64.to_bits());
    let alone = simulate(&start, &[drag(-1.0, 1)], &schedule(0.25, 2, 1), |_| unreachable!());
    assert_eq!(alone.expect("the initial state").n_frames(), 1);
}

fn pair() -> Population<1> {
    Population {
        positions: vec![[0.0], [1.0]],
        velocities: vec![[0.5], [1.5]],
        species: vec![0, 1],
    }
}

fn error(initial: &Population<1>, laws: &[Law], schedule: Schedule) -> SimError {
    simulate(initial, laws, &schedule, |_| {}).expect_err("something is wrong")
}

#[test]
fn wrong_populations_are_named() {
    let (laws, fine) = ([drag(-1.0, 1), drag(-2.0, 1)], schedule(0.1, 1, 2));
    let nobody = Population { positions: vec![], velocities: vec![], species: vec![] };
    assert!(matches!(error(&nobody, &laws, fine), SimError::EmptyPopulation));
    let mut short = pair();
    short.velocities.pop();
    let expected = SimError::UnequalColumns { positions: 2, velocities: 1, species: 2 };
    assert_eq!(error(&short, &laws, fine).to_string(), expected.to_string());
    let mut long = pair();
    long.species.push(0);
    let expected = SimError::UnequalColumns { positions: 2, velocities: 2, species: 3 };
    assert_eq!(error(&long, &laws, fine).to_string(), expected.to_string());
    let found = error(&pair(), &laws[..1], fine);
    let is_named =
        matches!(found, SimError::UnknownSpecies { individual: 1, species: 1, n_laws: 1 });
    assert!(is_named, "{found}");
    for bad in [f64::NAN, f64::NEG_INFINITY] {
        let (mut far, mut fast) = (pair(), pair());
        far.positions[1] = [bad];
        fast.velocities[0] = [bad];
        for initial in [far, fast] {
            assert_out_of_range(&error(&initial, &laws, fine), "an initial coordinate", bad);
        }
    }
}

fn assert_out_of_range(error: &SimError, name: &str, bad: f64) {
    let named = matches!(error, SimError::OutOfRange { quantity, value, .. }
        if *quantity == name && value.total_cmp(&bad).is_eq());
    assert!(named, "{error} should blame {name} for {bad}");
}

#[test]
fn wrong_schedules_are_named() {
    let of = |schedule| error(&pair(), &[drag(-1.0, 1), drag(-2.0, 1)], schedule);
    assert_out_of_range(&of(schedule(0.1, 0, 2)), "steps_per_sample", 0.0);
    assert_out_of_range(&of(schedule(0.1, 1, 0)), "n_samples", 0.0);
    for step in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        assert_out_of_range(&of(schedule(step, 1, 2)), "step", step);
    }
    for noise in [-1.0, f64::NAN, f64::INFINITY] {
        assert_out_of_range(&of(Schedule { noise, ..schedule(0.1, 1, 2) }), "noise", noise);
    }
}

#[test]
fn explosions_are_named_with_who_and_when() {
    // One rests, one speeds up by dv/dt = v⁵: its second step overflows, the first does not.
    let laws = [drag(0.0, 0), drag(1.0, 4)];
    let initial = Population { velocities: vec![[0.0], [1e15]], ..pair() };
    let found = error(&initial, &laws, schedule(0.5, 1, 5));
    let expected = SimError::Exploded { individual: 1, sample: 2, step: 0.5 };
    assert_eq!(found.to_string(), expected.to_string());
    assert!(matches!(found, SimError::Exploded { individual: 1, sample: 2, .. }));
}

#[test]
fn laws_that_cannot_be_compiled_and_times_that_overflow_are_passed_on() {
    let bad = law(&[(Force::Drag, Angular::Cosine(0), Radial::Exponential { rate: 1.0 }, 1.0)]);
    let found = error(&pair(), &[drag(-1.0, 1), bad], schedule(0.1, 1, 2));
    assert!(matches!(found, SimError::Law(LawError::DragNeedsPowers { .. })), "{found}");
    let resting = Population { velocities: vec![[0.0]; 2], ..pair() };
    let found = error(&resting, &[drag(-1.0, 0), drag(-1.0, 0)], schedule(1e308, 10, 2));
    assert!(matches!(found, SimError::Data(DataError::BadSampling { .. })), "{found}");
}
