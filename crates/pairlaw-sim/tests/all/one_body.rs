//! Simulations with one-body terms: closed forms, their twins among pair terms, and turned worlds.

use pairlaw_data::Tracks;
use pairlaw_law::{
    Angular, Direction, Force, Law, LawError, OneBody, Order, Radial, Surroundings, Term, Wall,
};
use pairlaw_sim::{Population, Schedule, SimError, simulate, simulate_within};

fn law(pair: &[(Term, f64)], one_body: &[(OneBody, f64)]) -> Law {
    let (terms, weights) = pair.iter().copied().unzip();
    let law = Law::new(terms, weights, Direction::Difference).expect("valid");
    law.with_one_body(one_body.to_vec()).expect("valid")
}

fn propulsion(exponent: u8) -> OneBody {
    OneBody::Propulsion { exponent }
}

fn field(axis: u8) -> OneBody {
    OneBody::Field { axis }
}

fn schedule(step: f64, steps_per_sample: usize, n_samples: usize) -> Schedule {
    Schedule { step, steps_per_sample, n_samples, noise: 0.0, seed: 1 }
}

fn population(species: Vec<usize>) -> Population<2> {
    let n = species.len();
    let turn = |i: usize| 2.4 * i as f64;
    Population {
        positions: (0..n).map(|i| [turn(i).sin(), turn(i + 1).cos()]).collect(),
        velocities: (0..n).map(|i| [0.5 * turn(i).cos(), 0.3 * turn(i).sin() + 0.1]).collect(),
        species,
    }
}

/// Largest difference of any coordinate of position or velocity, one track turned by `turn`.
fn largest_difference(a: &Tracks<2>, b: &Tracks<2>, turn: impl Fn([f64; 2]) -> [f64; 2]) -> f64 {
    let states = |tracks: &Tracks<2>| {
        let states = tracks.segments().iter().flat_map(|s| {
            let velocities = s.velocities.clone().expect("simulated tracks have velocities");
            [s.positions.clone(), velocities].concat()
        });
        states.collect::<Vec<_>>()
    };
    let pairs = states(a).into_iter().zip(states(b));
    let differences = pairs.flat_map(|(a, b)| {
        let a = turn(a);
        [(a[0] - b[0]).abs(), (a[1] - b[1]).abs()]
    });
    differences.fold(0.0, f64::max)
}

#[test]
fn each_species_relaxes_to_its_own_velocity() {
    // Euler's recursion for v' = F − γ v in closed form: v_n = F/γ + (v_0 − F/γ)(1 − hγ)^n.
    let laws = [[0.8, -0.2, 2.0], [-0.3, 0.5, 1.0]];
    let of = |[x, y, friction]: [f64; 3]| {
        law(&[], &[(field(0), x), (field(1), y), (propulsion(1), -friction)])
    };
    let initial = population(vec![0, 1, 1, 0]);
    let laws_of = laws.map(of);
    let tracks = simulate(&initial, &laws_of, &schedule(0.01, 10, 20), |_| {}).expect("valid");
    for (i, segment) in tracks.segments().iter().enumerate() {
        let [x, y, friction] = laws[initial.species[i]];
        let velocities = segment.velocities.as_ref().expect("simulated tracks have velocities");
        for (k, v) in (0..).zip(velocities) {
            let decay = (1.0 - 0.01 * friction).powi(10 * k);
            for (d, force) in [x, y].into_iter().enumerate() {
                let rest = force / friction;
                let exact = rest + (initial.velocities[i][d] - rest) * decay;
                assert!((v[d] - exact).abs() < 1e-13, "{i} {k}: {v:?}"); // rounding
            }
        }
    }
}

#[test]
fn propulsion_is_drag_without_angle_for_a_constant_number() {
    let drag = |exponent| Term {
        force: Force::Drag,
        angular: Angular::Cosine(0),
        radial: Radial::Power { exponent },
    };
    let pair = law(&[(drag(0), 0.4), (drag(1), -0.7), (drag(3), -0.5)], &[]);
    let own = law(&[], &[(propulsion(1), 0.4), (propulsion(2), -0.7), (propulsion(4), -0.5)]);
    let (initial, schedule) = (population(vec![0; 5]), schedule(0.01, 5, 40));
    let run = |law: &Law| {
        simulate(&initial, std::slice::from_ref(law), &schedule, |_| {}).expect("valid")
    };
    let difference = largest_difference(&run(&pair), &run(&own), |x| x);
    assert!(difference < 1e-12, "{difference:e}"); // rounding
}

#[test]
fn of_first_order_the_law_is_the_velocity() {
    // x' = F − k x by Euler: x_n = F/k + (x_0 − F/k)(1 − hk)^n; the velocity is that of the last step.
    let (force, k, h) = (0.8, 2.0, 0.01);
    let trap = OneBody::Gradient { axis: 0, coordinate: 0 };
    let laws = [law(&[], &[(field(0), force), (trap, -k)])];
    let initial = population(vec![0; 3]);
    let none = Surroundings::default();
    let still =
        simulate_within(Order::First, &none, &initial, &laws, &schedule(h, 5, 20), |_| {}).unwrap();
    for (segment, start) in still.segments().iter().zip(&initial.positions) {
        let velocities = segment.velocities.as_ref().unwrap();
        for (sample, (x, v)) in segment.positions.iter().zip(velocities).enumerate().skip(1) {
            let after = |n: i32| force / k + (start[0] - force / k) * (1.0 - h * k).powi(n);
            let n = 5 * sample as i32;
            // Rounding.
            assert!((x[0] - after(n)).abs() < 1e-13 && (x[1] - start[1]).abs() < 1e-15, "{sample}");
            assert!((v[0] - (force - k * after(n - 1))).abs() < 1e-13, "{sample}");
        }
    }
    // Noise moves positions: with no law, the mean square displacement is D σ² t.
    let free = [law(&[], &[(field(0), 0.0)])];
    let many = population(vec![0; 4000]);
    let shaken = Schedule { noise: 0.3, ..schedule(h, 5, 5) };
    let tracks = simulate_within(Order::First, &none, &many, &free, &shaken, |_| {}).unwrap();
    let moved = tracks.segments().iter().map(|s| {
        let (first, last) = (s.positions[0], s.positions[4]);
        (last[0] - first[0]).powi(2) + (last[1] - first[1]).powi(2)
    });
    let expected = 2.0 * 0.09 * 0.2;
    // Statistical: 4000 squares of χ² with two degrees have a mean within 1/√4000; four times that.
    let ratio = moved.sum::<f64>() / 4000.0 / expected;
    assert!((ratio - 1.0).abs() < 0.064, "{ratio}");
}

#[test]
fn a_wall_turns_a_walker_back_where_its_energy_is_spent() {
    let (strength, rate) = (2.0, 4.0);
    let wall = OneBody::Wall { radial: Radial::Exponential { rate } };
    let law = [law(&[], &[(wall, strength)])];
    let walls = vec![Wall { from: [-1.0, 0.0], to: [30.0, 0.0] }];
    let surroundings = Surroundings { walls, ..Surroundings::default() };
    let initial =
        Population { positions: vec![[0.0, 1.0]], velocities: vec![[0.5, -0.8]], species: vec![0] };
    let miss = |step: f64, per_sample: usize| {
        let schedule = schedule(step, per_sample, 400);
        let tracks =
            simulate_within(Order::Second, &surroundings, &initial, &law, &schedule, |_| {})
                .expect("valid");
        let positions = &tracks.segments()[0].positions;
        let nearest = positions.iter().map(|x| x[1]).fold(f64::INFINITY, f64::min);
        let last = positions[399];
        assert!((last[0] - 0.5 * 0.01 * 399.0).abs() < 1e-12); // rounding: nothing acts along it
        assert!(last[1] > 1.0, "{last:?}");
        // ½ u² + (w/k) e^{−k d} is kept.
        let potential = |d: f64| strength / rate * (-rate * d).exp();
        let turning = -((0.5 * 0.64 + potential(1.0)) * rate / strength).ln() / rate;
        (nearest - turning).abs()
    };
    // Discretisation: Euler's order 1 over steps of .01 and .005.
    let ratio = miss(0.01, 1) / miss(0.005, 2);
    assert!((1.8..2.3).contains(&ratio), "{ratio}");
}

#[test]
fn a_turned_world_turns_its_tracks() {
    let (cos, sin) = (0.6, 0.8);
    let turn = |x: [f64; 2]| [cos * x[0] - sin * x[1], sin * x[0] + cos * x[1]];
    let gradient = |axis, coordinate| OneBody::Gradient { axis, coordinate };
    let wall = OneBody::Wall { radial: Radial::Exponential { rate: 3.0 } };
    let repulsion = Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(1),
        radial: Radial::Exponential { rate: 2.0 },
    };
    // The matrix M of the linear field becomes R M Rᵀ, whose columns are R M applied to R's rows.
    let run = |turned: bool, field_of: [f64; 2], matrix: [[f64; 2]; 2]| {
        let t = |x: [f64; 2]| if turned { turn(x) } else { x };
        let one_body = [
            (propulsion(0), 0.5),
            (propulsion(1), -0.8),
            (OneBody::Preferred { exponent: 1 }, 0.4),
            (field(0), field_of[0]),
            (field(1), field_of[1]),
            (gradient(0, 0), matrix[0][0]),
            (gradient(0, 1), matrix[0][1]),
            (gradient(1, 0), matrix[1][0]),
            (gradient(1, 1), matrix[1][1]),
            (wall, 1.5),
        ];
        let initial = population(vec![0; 4]);
        let initial = Population {
            positions: initial.positions.into_iter().map(t).collect(),
            velocities: initial.velocities.into_iter().map(t).collect(),
            ..initial
        };
        let surroundings = Surroundings {
            walls: vec![Wall { from: t([-2.0, -1.5]), to: t([2.0, -1.2]) }],
            origin: t([0.2, 0.3]),
            preferred: (0..4).map(|i| t([f64::from(i).cos(), f64::from(i).sin()])).collect(),
        };
        let laws = [law(&[(repulsion, 1.0)], &one_body)];
        simulate_within(
            Order::Second,
            &surroundings,
            &initial,
            &laws,
            &schedule(0.01, 5, 30),
            |_| {},
        )
        .expect("valid")
    };
    let (field_of, matrix) = ([0.3, -0.5], [[-1.0, 0.7], [0.2, -2.0]]);
    let rotation = [[cos, -sin], [sin, cos]];
    let entry = |i: usize, j: usize| {
        let terms = (0..4).map(|k| rotation[i][k / 2] * matrix[k / 2][k % 2] * rotation[j][k % 2]);
        terms.sum::<f64>()
    };
    let turned_matrix = [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]];
    let plain = run(false, field_of, matrix);
    let turned = run(true, turn(field_of), turned_matrix);
    let difference = largest_difference(&plain, &turned, turn);
    assert!(difference < 1e-12, "{difference:e}"); // rounding
    assert!(largest_difference(&plain, &run(true, field_of, matrix), turn) > 0.1);
}

#[test]
fn terms_without_their_surroundings_are_refused() {
    let initial = population(vec![0, 1]);
    let refused = |laws: [Law; 2]| match simulate(&initial, &laws, &schedule(0.1, 1, 2), |_| {}) {
        Err(SimError::Law(error)) => error,
        other => panic!("{other:?}"),
    };
    let wall = OneBody::Wall { radial: Radial::Exponential { rate: 3.0 } };
    assert_eq!(refused([law(&[], &[]), law(&[], &[(wall, 1.0)])]), LawError::NoWalls);
    let preferred = law(&[], &[(OneBody::Preferred { exponent: 0 }, 1.0)]);
    let error = refused([preferred, law(&[], &[])]);
    assert_eq!(error, LawError::PreferredCount { expected: 2, found: 0 });
    let error = refused([law(&[], &[]), law(&[], &[(field(2), 1.0)])]);
    assert_eq!(error, LawError::UnknownAxis { axis: 2, dimension: 2 });
    // A weight of 0 asks for nothing.
    let idle = law(&[], &[(wall, 0.0)]);
    assert!(simulate(&initial, &[idle.clone(), idle], &schedule(0.1, 1, 2), |_| {}).is_ok());
}
