//! Closed forms, orders of convergence and invariances of the forward simulation.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::array;

use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{
    Angular, Direction, Force, Law, LawKernels, PAPER_SCALE, Radial, Term, paper_basis,
};
use pairlaw_validate::{
    Integrator, Recording, Run, Trajectory, constant_velocity, mean_distance, roc_area, trajectory,
    velocity_errors,
};
use proptest::prelude::*;

type Sample<const D: usize> = ([f64; D], [f64; D]);

/// Curves as (first frame, number of samples, position and velocity at a time).
struct Curve<'a, const D: usize>(usize, usize, &'a dyn Fn(f64) -> Sample<D>);

fn tracks<const D: usize>(dt: f64, n_frames: usize, curves: &[Curve<'_, D>]) -> Tracks<D> {
    let segment = |(individual, Curve(first_frame, n, at)): (usize, &Curve<'_, D>)| {
        let samples = (*first_frame..first_frame + n).map(|k| at(dt * k as f64));
        let (positions, velocities) = samples.unzip();
        Segment { individual, first_frame: *first_frame, positions, velocities: Some(velocities) }
    };
    let ids = (0..curves.len()).map(|i| i.to_string()).collect();
    let sampling = Sampling { start_time: 0.0, dt, n_frames };
    let segments = curves.iter().enumerate().map(segment).collect();
    Tracks::new(ids, sampling, Units::default(), segments).unwrap()
}

fn line<const D: usize>(start: [f64; D], velocity: [f64; D]) -> impl Fn(f64) -> Sample<D> {
    move |t| (array::from_fn(|d| start[d] + t * velocity[d]), velocity)
}

fn kernels(list: &[(Force, Angular, Radial, f64)]) -> LawKernels {
    let term = |&(force, angular, radial, _): &_| Term { force, angular, radial };
    let weights = list.iter().map(|term| term.3).collect();
    let law = Law::new(list.iter().map(term).collect(), weights, Direction::Difference);
    LawKernels::new(&[law.unwrap()]).unwrap()
}

/// `weight` times the difference vector itself: no angle, no distance.
fn linear(force: Force, weight: f64) -> LawKernels {
    let power = Radial::Power { exponent: 0 };
    kernels(&[(force, Angular::Cosine(0), power, weight)])
}

/// A law of all three forces with about thirty terms and a mild scale.
fn rich_law(seed: usize) -> LawKernels {
    let terms = paper_basis(PAPER_SCALE / 12.0);
    let weight = |k: usize| match (7 * k + seed) % 3 {
        0 => (k as f64 + seed as f64).sin(),
        _ => 0.0,
    };
    let weights = (0..terms.len()).map(weight).collect();
    let law = Law::new(terms, weights, Direction::Difference).unwrap();
    LawKernels::new(&[law]).unwrap()
}

fn last<const D: usize>(trajectory: &Trajectory<D>) -> Sample<D> {
    let n = trajectory.positions.len() - 1;
    (trajectory.positions[n], trajectory.velocities[n])
}

fn distance<const D: usize>(a: &Sample<D>, b: &Sample<D>) -> f64 {
    let square = |a: &[f64; D], b: &[f64; D]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    (square(&a.0, &b.0) + square(&a.1, &b.1)).sqrt()
}

/// Order from the errors with 16 and 32 substeps.
fn order(error: impl Fn(usize) -> f64) -> f64 {
    (error(16) / error(32)).log2()
}

const EULER: fn(usize) -> Integrator = |substeps| Integrator::Euler { substeps };
const HEUN: fn(usize) -> Integrator = |substeps| Integrator::Heun { substeps };

#[test]
fn pure_drag_decays_exponentially_with_the_orders_of_the_integrators() {
    let (start, still) = (line([0.3, -0.2], [1.0, 0.5]), line([2.0, 1.0], [0.1, 0.0]));
    let tracks = tracks(0.1, 5, &[Curve(0, 5, &start), Curve(0, 5, &still)]);
    let recording = Recording::new(&tracks, 1.0, 2.0).unwrap();
    let drag = linear(Force::Drag, -5.0);
    // The mean over two with the reference number two: v' = −5 v over four samples of 0.1.
    let decay = (-5.0f64 * 0.4).exp();
    let way = (1.0 - decay) / 5.0;
    let exact = ([0.3 + way, -0.2 + 0.5 * way], [decay, 0.5 * decay]);
    let error = |integrator| {
        let found = trajectory(&recording, &drag, 0, integrator).unwrap();
        assert_eq!((found.first_frame, found.positions.len()), (0, 5));
        distance(&last(&found), &exact)
    };
    // Discretisation: the slope of the error over halved steps.
    assert!((order(|n| error(EULER(n))) - 1.0).abs() < 0.1);
    assert!((order(|n| error(HEUN(n))) - 2.0).abs() < 0.1);
}

#[test]
fn a_moving_centre_pulls_its_neighbour_around_it() {
    // x'' = −(w/2)(x − X(t)) with X on a line: y = x − X oscillates with the square w/2.
    let (centre, own) = (line([1.0, 0.5], [0.3, -0.4]), line([1.4, 0.5], [0.2, 0.1]));
    let tracks = tracks(0.25, 7, &[Curve(0, 7, &centre), Curve(0, 7, &own)]);
    let recording = Recording::new(&tracks, 1.0, 2.0).unwrap();
    let spring = linear(Force::AttractionRepulsion, -8.0);
    let t = 1.5f64;
    let (sin, cos) = (2.0 * t).sin_cos();
    let (y, u) = ([0.4, 0.0], [-0.1, 0.5]);
    let (centre, drift) = centre(t);
    let exact = (
        array::from_fn(|d| centre[d] + cos * y[d] + 0.5 * sin * u[d]),
        array::from_fn(|d| drift[d] - 2.0 * sin * y[d] + cos * u[d]),
    );
    let error = |integrator| {
        let found = trajectory(&recording, &spring, 1, integrator).unwrap();
        distance(&last(&found), &exact)
    };
    // Discretisation: neighbours on lines are interpolated exactly.
    assert!((order(|n| error(EULER(n))) - 1.0).abs() < 0.1);
    assert!((order(|n| error(HEUN(n))) - 2.0).abs() < 0.1);
    assert!(error(HEUN(64)) < 1e-4);
}

#[test]
fn a_rich_law_is_integrated_with_the_orders_of_the_integrators() {
    let lines: Vec<_> = (0..5)
        .map(|i| {
            let i = f64::from(i);
            line([i.cos(), (2.0 * i).sin()], [0.3 * i.sin(), 0.2])
        })
        .collect();
    let curves: Vec<_> = lines.iter().map(|at| Curve(0, 6, at)).collect();
    let recording = Recording::new(&tracks(0.1, 6, &curves), 1.0, 5.0).unwrap();
    let law = rich_law(1);
    let run = |integrator| last(&trajectory(&recording, &law, 2, integrator).unwrap());
    let reference = run(HEUN(2048));
    // Discretisation; the reference is good to (32/2048)² of the finer error.
    assert!((order(|n| distance(&run(EULER(n)), &reference)) - 1.0).abs() < 0.1);
    assert!((order(|n| distance(&run(HEUN(n)), &reference)) - 2.0).abs() < 0.1);
}

#[test]
fn nobody_is_drawn_to_its_own_record() {
    // The record turns away; its ghost would pull, align and repel.
    let turning = |t: f64| ([t.cos(), t.sin()], [-t.sin(), t.cos()]);
    let recording = Recording::new(&tracks(0.2, 9, &[Curve(0, 9, &turning)]), 1.0, 1.0).unwrap();
    for force in [Force::AttractionRepulsion, Force::Alignment] {
        let law = linear(force, -3.0);
        let found = trajectory(&recording, &law, 0, Integrator::PAPER).unwrap();
        assert!(found.velocities == [[0.0, 1.0]; 9]);
    }
}

#[test]
fn neighbours_count_only_while_they_are_present() {
    // One neighbour in frames 2..=4, N = 2: relaxation towards its velocity for two intervals.
    let (own, guest) = (line([0.0], [1.0]), line([5.0], [-2.0]));
    let tracks = tracks(0.3, 8, &[Curve(0, 8, &own), Curve(2, 3, &guest)]);
    let recording = Recording::new(&tracks, 1.0, 2.0).unwrap();
    let law = linear(Force::Alignment, -1.0);
    let found = trajectory(&recording, &law, 0, HEUN(64)).unwrap();
    for (k, [v]) in found.velocities.iter().enumerate() {
        let together = 0.3 * (k.clamp(2, 4) - 2) as f64;
        let expected = -2.0 + 3.0 * (-0.5 * together).exp();
        // Discretisation: 128 steps of Heun's method.
        assert!((v - expected).abs() < 1e-6, "{k}");
    }
    // The guest's window lies within: it feels the own line all the time.
    let found = trajectory(&recording, &law, 1, HEUN(64)).unwrap();
    assert_eq!((found.first_frame, found.velocities.len()), (2, 3));
    let expected = 1.0 - 3.0 * (-0.5f64 * 0.6).exp();
    assert!((found.velocities[2][0] - expected).abs() < 1e-6);
}

#[test]
fn blow_up_and_rest_have_defined_errors() {
    let (own, resting) = (line([0.0], [1.0]), line([1.0], [0.0]));
    let short = line([2.0], [0.0]);
    let curves = [Curve(0, 6, &own), Curve(0, 6, &resting), Curve(0, 1, &short)];
    let recording = Recording::new(&tracks(1.0, 6, &curves), 1.0, 3.0).unwrap();
    let power = Radial::Power { exponent: 4 };
    let laws = [
        kernels(&[(Force::Drag, Angular::Cosine(0), power, 1e9)]),
        kernels(&[]),
        linear(Force::Alignment, -1.0),
    ];
    let error = |law, individual| {
        let runs = [Run { law, individual }];
        velocity_errors(&recording, &laws, &runs, Integrator::PAPER)[0]
    };
    assert_eq!(error(0, 0), Some(f64::INFINITY));
    let path = trajectory(&recording, &laws[0], 0, Integrator::PAPER).unwrap();
    assert!(path.velocities.len() < 6 && path.velocities.iter().all(|v| v[0].is_finite()));
    assert_eq!((error(1, 0), error(1, 1)), (Some(0.0), Some(0.0)));
    assert_eq!(error(2, 1), Some(f64::INFINITY));
    assert_eq!((error(1, 2), recording.window(2)), (None, None));
    assert!(trajectory(&recording, &laws[1], 2, Integrator::PAPER).is_none());
}

/// A crowd of `n` on curves, who come and go.
fn crowd(n: usize, seed: u32) -> Tracks<2> {
    let wave = |i: usize, c: f64| f64::from(seed).mul_add(0.37, c * (i + 1) as f64).sin();
    let curve = |i: usize| {
        move |t: f64| {
            let (x, y, turn) = (wave(i, 1.7), wave(i, 2.9), 2.0 * wave(i, 0.6));
            let (sin, cos) = (turn * t).sin_cos();
            ([x + 0.2 * sin, y - 0.2 * cos], [0.2 * turn * cos, 0.2 * turn * sin])
        }
    };
    let curves: Vec<_> = (0..n).map(curve).collect();
    let listed: Vec<_> =
        curves.iter().enumerate().map(|(i, at)| Curve(i % 4, 12 - i % 4 - i % 3, at)).collect();
    tracks(0.15, 12, &listed)
}

fn all_runs(n: usize, n_laws: usize) -> Vec<Run> {
    let runs = |individual| (0..n_laws).map(move |law| Run { law, individual });
    (0..n).flat_map(runs).collect()
}

fn bits(errors: &[Option<f64>]) -> Vec<Option<u64>> {
    errors.iter().map(|e| e.map(f64::to_bits)).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let recording = Recording::new(&crowd(50, 3), 0.6, 50.0).unwrap();
    let laws = [rich_law(0), rich_law(1), rich_law(2)];
    let runs = all_runs(50, 3);
    let with = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        let errors = || velocity_errors(&recording, &laws, &runs, Integrator::default());
        bits(&pool.build().unwrap().install(errors))
    };
    let single = with(1);
    assert!(single.iter().all(Option::is_some));
    assert_eq!(single, with(2));
    assert_eq!(single, with(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_batch_of_any_size_and_order_equals_single_runs(
        n in 1usize..50,
        seed in 0u32..100,
        turn in 0usize..50,
        euler in any::<bool>(),
    ) {
        let tracks = crowd(n, seed);
        let recording = Recording::new(&tracks, 0.5, n as f64).unwrap();
        let laws = [rich_law(0), rich_law(2)];
        let mut runs = all_runs(n, 2);
        let n_runs = runs.len();
        runs.rotate_left(turn % n_runs);
        let integrator = if euler { EULER(3) } else { HEUN(2) };
        let batch = velocity_errors(&recording, &laws, &runs, integrator);
        for (run, error) in runs.iter().zip(&batch) {
            let alone = velocity_errors(&recording, &laws, &[*run], integrator);
            prop_assert_eq!(bits(&alone), bits(&[*error]));
            let path = trajectory(&recording, &laws[run.law], run.individual, integrator).unwrap();
            let data = &tracks.segments_of(run.individual)[0].velocities.as_ref().unwrap();
            prop_assert_eq!(path.velocities.len(), 6.min(data.len()));
            let (mut difference, mut size) = (0.0, 0.0);
            for (v, data) in path.velocities.iter().zip(data.iter()) {
                difference += (v[0] - data[0]).powi(2) + (v[1] - data[1]).powi(2);
                size += data[0].powi(2) + data[1].powi(2);
            }
            // Rounding of sums of a dozen squares.
            let expected = (difference / size).sqrt();
            prop_assert!((error.unwrap() - expected).abs() <= 1e-13 * expected);
        }
    }

    #[test]
    fn names_do_not_matter(n in 2usize..20, seed in 0u32..100, turn in 1usize..20) {
        let tracks = crowd(n, seed);
        let order: Vec<usize> = (0..n).map(|i| (i + turn) % n).collect();
        let renamed = tracks.subset(&order);
        let laws = [rich_law(1)];
        let errors = |tracks: &Tracks<2>| {
            let recording = Recording::new(tracks, 0.5, n as f64).unwrap();
            velocity_errors(&recording, &laws, &all_runs(n, 1), Integrator::default())
        };
        let (before, after) = (errors(&tracks), errors(&renamed));
        for (new, &old) in order.iter().enumerate() {
            let (a, b) = (before[old].unwrap(), after[new].unwrap());
            // Rounding: the order of the sums over neighbours changes.
            prop_assert!((a - b).abs() <= 1e-9 * a, "{} {}", a, b);
        }
    }

    #[test]
    fn a_turned_and_shifted_world_has_the_same_errors(
        n in 1usize..12,
        seed in 0u32..100,
        angle in 0.0..6.3,
        shift in -3.0..3.0,
        mirror in any::<bool>(),
    ) {
        let tracks = crowd(n, seed);
        let (sin, cos) = f64::sin_cos(angle);
        let side = if mirror { -1.0 } else { 1.0 };
        let turned = |p: &[f64; 2]| [cos * p[0] - side * sin * p[1], sin * p[0] + side * cos * p[1]];
        let moved = |p: &[f64; 2]| turned(p).map(|x| x + shift);
        let segments = tracks.segments().iter().map(|s| Segment {
            positions: s.positions.iter().map(moved).collect(),
            velocities: s.velocities.as_ref().map(|v| v.iter().map(turned).collect()),
            ..s.clone()
        });
        let other = tracks.with_segments(segments.collect()).unwrap();
        // Neighbours are interpolated by coordinate, which turning changes: only one substep of
        // Euler a sample sees nothing but recorded positions.
        let laws = [rich_law(0)];
        let errors = |tracks: &Tracks<2>| {
            let recording = Recording::new(tracks, 0.5, n as f64).unwrap();
            velocity_errors(&recording, &laws, &all_runs(n, 1), EULER(1))
        };
        for (a, b) in errors(&tracks).into_iter().zip(errors(&other)) {
            let (a, b) = (a.unwrap(), b.unwrap());
            // Rounding.
            prop_assert!((a - b).abs() <= 1e-9 * a, "{} {}", a, b);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    /// The area is the share of pairs won, and does not change with a growing function.
    #[test]
    fn roc_area_counts_pairs(
        list in prop::collection::vec((-5..5i32, any::<bool>()), 2..60)
            .prop_filter("two groups", |l| l.iter().any(|x| x.1) && l.iter().any(|x| !x.1)),
    ) {
        let (scores, labels): (Vec<f64>, Vec<bool>) =
            list.iter().map(|&(score, label)| (f64::from(score), label)).unzip();
        let (mut won, mut n) = (0.0, 0.0);
        for (a, _) in list.iter().filter(|x| x.1) {
            for (b, _) in list.iter().filter(|x| !x.1) {
                won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                n += 1.0;
            }
        }
        let area = roc_area(&scores, &labels).unwrap();
        // Rounding, here and below.
        prop_assert!((area - won / n).abs() < 1e-14, "{} {}", area, won / n);
        let grown: Vec<f64> = scores.iter().map(|x| x.exp()).collect();
        prop_assert_eq!(roc_area(&grown, &labels).unwrap().to_bits(), area.to_bits());
        let others: Vec<bool> = labels.iter().map(|label| !label).collect();
        prop_assert!((roc_area(&scores, &others).unwrap() + area - 1.0).abs() < 1e-14);
    }

    /// Straight motion is predicted exactly, at any frames, and an acceleration c by the error
    /// |c| (t − t_b)(t − t_a)/2.
    #[test]
    fn constant_velocity_errs_by_the_acceleration(
        start in prop::array::uniform3(-3.0..3.0f64),
        velocity in prop::array::uniform3(-2.0..2.0f64),
        acceleration in -1.0..1.0f64,
        first in -2.0..2.0f64,
        step in 0.1..2.0f64,
        ahead in 0.0..3.0f64,
    ) {
        let at = |t: f64| -> [f64; 3] {
            array::from_fn(|d| start[d] + velocity[d] * t + if d == 2 { 0.5 * acceleration * t * t } else { 0.0 })
        };
        let (second, later) = (first + step, first + step + ahead);
        let predicted =
            constant_velocity([first, second], [&[at(first)], &[at(second)]], &[later]).unwrap();
        let error = mean_distance(&predicted[0], &[at(later)]);
        let expected = 0.5 * acceleration.abs() * ahead * (ahead + step);
        prop_assert!((error - expected).abs() < 1e-12, "{} {}", error, expected);
    }
}
