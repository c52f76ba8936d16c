//! Forward simulation under laws of first order, which give velocities; and that those of second order
//! are stepped as ever.
#![allow(clippy::float_cmp)] // values that must be exact
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{
    Angular, Direction, Focal, Force, Law, LawKernels, OneBody, Order, Radial, Surroundings, Term,
};
use pairlaw_validate::{Integrator, Recording, Run, Trajectory, trajectory, velocity_errors};

const N_SAMPLES: usize = 21;

/// Position and velocity at a time.
type Curve<'a> = &'a dyn Fn(f64) -> ([f64; 2], [f64; 2]);

/// All samples of these curves, .1 apart.
fn recording(curves: &[Curve<'_>]) -> Recording<2> {
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: N_SAMPLES };
    let segment = |(individual, at): (usize, &Curve<'_>)| {
        let (positions, velocities) = (0..N_SAMPLES).map(|k| at(sampling.time(k))).unzip();
        Segment { individual, first_frame: 0, positions, velocities: Some(velocities) }
    };
    let ids = (0..curves.len()).map(|i| i.to_string()).collect();
    let segments = curves.iter().enumerate().map(segment).collect();
    let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
    Recording::new(&tracks, 1.0, curves.len() as f64).unwrap()
}

fn kernels(pairs: &[(Term, f64)], one_body: &[(OneBody, f64)]) -> LawKernels {
    let (terms, weights) = pairs.iter().copied().unzip();
    let law = Law::new(terms, weights, Direction::Difference).unwrap();
    LawKernels::new(&[law.with_one_body(one_body.to_vec()).unwrap()]).unwrap()
}

fn error(recording: &Recording<2>, kernels: &LawKernels, integrator: Integrator) -> f64 {
    let run = Run { law: 0, individual: 0 };
    velocity_errors(recording, std::slice::from_ref(kernels), &[run], integrator)[0].unwrap()
}

/// x' = −2 x along x, y' = .3: a trap across a steady stream.
fn guest(t: f64) -> ([f64; 2], [f64; 2]) {
    let x = 0.8 * (-2.0 * t).exp();
    ([x, 0.3 * t], [-2.0 * x, 0.3])
}

fn trap() -> LawKernels {
    let pull = OneBody::Gradient { axis: 0, coordinate: 0 };
    kernels(&[], &[(pull, -2.0), (OneBody::Field { axis: 1 }, 0.3)])
}

/// Largest distances of positions and velocities from the guest's own.
fn farthest(found: &Trajectory<2>) -> [f64; 2] {
    let distance = |a: &[f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let samples = found.positions.iter().zip(&found.velocities).enumerate();
    samples.fold([0.0; 2], |[x, v]: [f64; 2], (k, (position, velocity))| {
        let (of_position, of_velocity) = guest(0.1 * k as f64);
        [x.max(distance(position, of_position)), v.max(distance(velocity, of_velocity))]
    })
}

#[test]
fn a_trap_draws_its_guest_at_the_rate_of_the_law() {
    let second = recording(&[&guest]);
    let first = second.clone().with_order(Order::First);
    let heun = Integrator::Heun { substeps: 64 };
    // Discretisation: h² with h = .1/64.
    assert!(error(&first, &trap(), heun) < 1e-5);
    assert!(error(&second, &trap(), heun) > 0.5);
    let found = trajectory(&first, &trap(), 0, heun).unwrap();
    assert_eq!((found.first_frame, found.positions.len()), (0, N_SAMPLES));
    assert!(farthest(&found).iter().all(|distance| *distance < 1e-5), "{:?}", farthest(&found));
}

#[test]
fn euler_is_of_order_one_and_heun_of_order_two() {
    let recording = recording(&[&guest]).with_order(Order::First);
    let distances = |integrator| farthest(&trajectory(&recording, &trap(), 0, integrator).unwrap());
    for substeps in [4, 8, 16] {
        let ratios = |make: fn(usize) -> Integrator| -> [f64; 2] {
            let (coarse, fine) = (distances(make(substeps)), distances(make(2 * substeps)));
            [coarse[0] / fine[0], coarse[1] / fine[1]]
        };
        // Discretisation: 2^order and terms of the next order, h/2 of them at h = .1/4.
        let euler = ratios(|substeps| Integrator::Euler { substeps });
        assert!(euler.iter().all(|ratio| (ratio / 2.0 - 1.0).abs() < 0.05), "{euler:?}");
        let heun = ratios(|substeps| Integrator::Heun { substeps });
        assert!(heun.iter().all(|ratio| (ratio / 4.0 - 1.0).abs() < 0.05), "{heun:?}");
    }
}

/// A constant drift is exact, and the recorded velocity at the start plays no part in the way.
#[test]
fn nobody_keeps_a_velocity_that_the_law_does_not_give() {
    let thrown = |t: f64| ([1.0 + 5.0 * t, -2.0 * t], [5.0, -2.0]);
    let recording = recording(&[&thrown]).with_order(Order::First);
    let drift =
        kernels(&[], &[(OneBody::Field { axis: 0 }, 0.5), (OneBody::Field { axis: 1 }, 0.25)]);
    for integrator in [Integrator::Euler { substeps: 1 }, Integrator::Heun { substeps: 3 }] {
        let found = trajectory(&recording, &drift, 0, integrator).unwrap();
        assert_eq!(found.velocities[0], [5.0, -2.0]);
        for k in 1..N_SAMPLES {
            let (x, t) = (found.positions[k], 0.1 * k as f64);
            assert_eq!(found.velocities[k], [0.5, 0.25]);
            // Rounding.
            assert!((x[0] - 1.0 - 0.5 * t).abs() < 1e-14 && (x[1] - 0.25 * t).abs() < 1e-14);
        }
    }
}

/// x_i' = −(1/2) Σ_j (x_i − x_j): two that meet halfway, each among the recorded other.
#[test]
fn a_pair_approaches_as_its_law_says() {
    let approach = |side: f64| {
        move |t: f64| {
            let x = side * (-t).exp();
            ([x, 0.0], [-x, 0.0])
        }
    };
    let (left, right) = (approach(-1.0), approach(1.0));
    let recording = recording(&[&left, &right]).with_order(Order::First);
    let attraction = Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(0),
        radial: Radial::Power { exponent: 0 },
    };
    let kernels = |weight| kernels(&[(attraction, weight)], &[]);
    // Discretisation: cubics between recorded positions .1 apart.
    let heun = Integrator::Heun { substeps: 16 };
    let found = error(&recording, &kernels(-1.0), heun);
    assert!(found < 1e-3, "{found}");
    assert!(error(&recording, &kernels(-0.5), heun) > 0.1);
}

/// The plain formulas of both methods, to the last bit.
#[test]
fn laws_of_second_order_are_stepped_by_the_same_operations_as_ever() {
    let recording = recording(&[&guest]);
    let kernels = kernels(
        &[],
        &[
            (OneBody::Gradient { axis: 0, coordinate: 1 }, -3.7),
            (OneBody::Propulsion { exponent: 1 }, -0.9),
        ],
    );
    let rate = |state: &Focal<2>| {
        let mut rate = [0.0; 2];
        kernels.law(0).add_one_body(state, 0, &Surroundings::default(), &mut rate);
        rate
    };
    let moved = |from: &Focal<2>, h: f64, along: &Focal<2>, rate: [f64; 2]| Focal {
        position: [0, 1].map(|d| from.position[d] + h * along.velocity[d]),
        velocity: [0, 1].map(|d| from.velocity[d] + h * rate[d]),
    };
    let h = 0.1 / 4.0;
    let euler = |state: &Focal<2>| moved(state, h, state, rate(state));
    let heun = |state: &Focal<2>| {
        let predicted = euler(state);
        let halfway = moved(state, 0.5 * h, state, rate(state));
        moved(&halfway, 0.5 * h, &predicted, rate(&predicted))
    };
    #[allow(clippy::type_complexity)]
    let methods: [(Integrator, &dyn Fn(&Focal<2>) -> Focal<2>); 2] =
        [(Integrator::Euler { substeps: 4 }, &euler), (Integrator::Heun { substeps: 4 }, &heun)];
    for (integrator, step) in methods {
        let found = trajectory(&recording, &kernels, 0, integrator).unwrap();
        let explicit = recording.clone().with_order(Order::Second);
        assert_eq!(trajectory(&explicit, &kernels, 0, integrator).unwrap(), found);
        let mut state = Focal { position: found.positions[0], velocity: found.velocities[0] };
        for k in 1..N_SAMPLES {
            (0..4).for_each(|_| state = step(&state));
            let bits = |x: [f64; 2]| x.map(f64::to_bits);
            assert_eq!(bits(found.positions[k]), bits(state.position), "{integrator:?} {k}");
            assert_eq!(bits(found.velocities[k]), bits(state.velocity), "{integrator:?} {k}");
        }
    }
}
