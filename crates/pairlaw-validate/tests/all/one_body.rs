//! Forward simulation under one-body terms, against closed forms.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{Direction, Law, LawKernels, OneBody, Radial, Surroundings, Wall};
use pairlaw_validate::{Integrator, Recording, Run, trajectory, velocity_errors};

const HEUN: Integrator = Integrator::Heun { substeps: 64 };

/// Position and velocity at a time.
type Curve<'a> = &'a dyn Fn(f64) -> ([f64; 2], [f64; 2]);

/// Tracks of 21 samples of .1.
fn tracks(curves: &[Curve<'_>]) -> Tracks<2> {
    let segment = |(individual, at): (usize, &Curve<'_>)| {
        let (positions, velocities) = (0..21).map(|k| at(0.1 * f64::from(k))).unzip();
        Segment { individual, first_frame: 0, positions, velocities: Some(velocities) }
    };
    let ids = (0..curves.len()).map(|i| i.to_string()).collect();
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 21 };
    let segments = curves.iter().enumerate().map(segment).collect();
    Tracks::new(ids, sampling, Units::default(), segments).unwrap()
}

fn kernels(one_body: &[(OneBody, f64)]) -> LawKernels {
    let law = Law::new(Vec::new(), Vec::new(), Direction::Difference).unwrap();
    LawKernels::new(&[law.with_one_body(one_body.to_vec()).unwrap()]).unwrap()
}

/// ΔV of every individual under one law.
fn errors(recording: &Recording<2>, kernels: &LawKernels) -> Vec<f64> {
    let runs: Vec<Run> =
        (0..recording.n_individuals()).map(|individual| Run { law: 0, individual }).collect();
    let found = velocity_errors(recording, std::slice::from_ref(kernels), &runs, HEUN);
    found.into_iter().map(Option::unwrap).collect()
}

#[test]
fn each_individual_is_drawn_along_its_own_direction() {
    // v' = e − 2 v from rest: v = e (1 − e^{−2t})/2.
    let along = |e: [f64; 2]| {
        move |t: f64| {
            let decay = (-2.0 * t).exp();
            let way = 0.5 * t - 0.25 * (1.0 - decay);
            (e.map(|e| way * e), e.map(|e| 0.5 * (1.0 - decay) * e))
        }
    };
    let directions = [[1.0, 0.0], [-0.6, 0.8], [0.0, 0.0]];
    let curves = directions.map(along);
    let recording =
        Recording::new(&tracks(&[&curves[0], &curves[1], &curves[2]]), 1.0, 3.0).unwrap();
    let within = |preferred: Vec<[f64; 2]>| {
        recording.clone().with_surroundings(Surroundings { preferred, ..Surroundings::default() })
    };
    let kernels = kernels(&[
        (OneBody::Preferred { exponent: 0 }, 1.0),
        (OneBody::Propulsion { exponent: 1 }, -2.0),
    ]);
    let found = errors(&within(directions.to_vec()), &kernels);
    // Discretisation: Heun with h = .1/64.
    assert!(found.iter().all(|error| *error < 1e-5), "{found:?}");
    let [a, b, c] = directions;
    let exchanged = errors(&within(vec![b, a, c]), &kernels);
    assert!(exchanged[0] > 0.5 && exchanged[1] > 0.5 && exchanged[2] < 1e-300, "{exchanged:?}");
}

#[test]
fn a_trap_makes_its_guests_oscillate() {
    // x'' = −4 (x − 1) along x, free along y.
    let guest = |t: f64| {
        let (sin, cos) = (2.0 * t).sin_cos();
        ([1.0 + 0.5 * cos + 0.1 * sin, 0.3 * t], [-sin + 0.2 * cos, 0.3])
    };
    let recording = Recording::new(&tracks(&[&guest]), 1.0, 1.0).unwrap();
    let origin = Surroundings { origin: [1.0, 0.0], ..Surroundings::default() };
    let kernels = kernels(&[(OneBody::Gradient { axis: 0, coordinate: 0 }, -4.0)]);
    let error = |recording: &Recording<2>| errors(recording, &kernels)[0];
    assert!(error(&recording.clone().with_surroundings(origin)) < 1e-4); // discretisation
    assert!(error(&recording) > 0.5);
}

#[test]
fn a_wall_stops_a_walker() {
    let walker = |t: f64| ([0.0, 1.0 - 0.8 * t], [0.0, -0.8]);
    let walls = vec![Wall { from: [-5.0, 0.0], to: [5.0, 0.0] }];
    let recording = Recording::new(&tracks(&[&walker]), 1.0, 1.0).unwrap();
    let recording = recording.with_surroundings(Surroundings { walls, ..Surroundings::default() });
    let wall = OneBody::Wall { radial: Radial::Exponential { rate: 4.0 } };
    let free = trajectory(&recording, &kernels(&[]), 0, HEUN).unwrap();
    assert!((free.positions[20][1] + 0.6).abs() < 1e-12); // rounding
    let stopped = trajectory(&recording, &kernels(&[(wall, 2.0)]), 0, HEUN).unwrap();
    let energy = |k: usize| {
        let (x, v) = (stopped.positions[k], stopped.velocities[k]);
        0.5 * (v[0] * v[0] + v[1] * v[1]) + 0.5 * (-4.0 * x[1]).exp()
    };
    // Discretisation.
    assert!((0..21).all(|k| (energy(k) - energy(0)).abs() < 1e-5 && stopped.positions[k][1] > 0.0));
}

#[test]
#[should_panic(expected = "individual 0 among 0 preferred directions")]
fn a_recording_without_directions_cannot_follow_them() {
    let rest = |_| ([0.0, 0.0], [0.0, 0.0]);
    let recording = Recording::new(&tracks(&[&rest]), 1.0, 1.0).unwrap();
    let _ = trajectory(&recording, &kernels(&[(OneBody::Preferred { exponent: 0 }, 1.0)]), 0, HEUN);
}
