//! Species told apart by one-body terms: walkers with places to go, traps and walls, from tracks alone.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use pairlaw::data::{Segment, Streams, Tracks};
use pairlaw::law::{
    Angular, Direction, Force, Law, OneBody, Order, Radial, Surroundings, Term, Wall,
};
use pairlaw::sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate_within};
use pairlaw::species::{
    CellSystems, MixtureConfig, MixtureSpecies, ObservedRange, OneBodyConfig, PreferredDirection,
    Preparation, Sparsity, SpeciesConfig, classify_by_mixture, describe_law,
};
use pairlaw::weak::{TestFunction, net_directions};

const N: usize = 30;
const FRICTION: OneBody = OneBody::Propulsion { exponent: 1 };

fn field(axis: u8) -> OneBody {
    OneBody::Field { axis }
}

/// Mutual repulsion and these one-body terms.
fn law(one_body: &[(OneBody, f64)]) -> Law {
    let repulsion = Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(0),
        radial: Radial::Exponential { rate: 20.0 },
    };
    let law = Law::new(vec![repulsion], vec![150.0], Direction::Difference).unwrap();
    law.with_one_body(one_body.to_vec()).unwrap()
}

/// 80 samples of .05 of N walkers from anywhere in [-1, 1]² with velocities of this variance, of all
/// species in turn.
fn walkers(laws: &[Law], surroundings: &Surroundings<2>, variance: f64) -> Tracks<2> {
    let random = &mut Streams::new(7).next().unwrap();
    let initial = Population {
        positions: latin_hypercube::<2>(N, [2.0; 2], random)
            .into_iter()
            .map(|x| x.map(|x| x - 1.0))
            .collect(),
        velocities: gaussian_velocities(N, [0.0; 2], [[variance, 0.0], [0.0, variance]], random),
        species: (0..N).map(|i| i % laws.len()).collect(),
    };
    let schedule =
        Schedule { step: 1e-3, steps_per_sample: 50, n_samples: 80, noise: 0.0, seed: 1 };
    simulate_within(Order::Second, surroundings, &initial, laws, &schedule, |_| {}).unwrap()
}

fn config(one_body: OneBodyConfig) -> SpeciesConfig {
    let test_function = Some(TestFunction { half_width: 15, degree: 9 });
    SpeciesConfig { test_function, one_body, ..SpeciesConfig::default() }
}

fn learned(
    tracks: &Tracks<2>,
    config: &SpeciesConfig,
    n_species: Option<usize>,
) -> (Preparation<2>, MixtureSpecies) {
    let preparation = Preparation::new(tracks, config).unwrap();
    let systems = CellSystems::new(&preparation, &|_, _, _| {}).unwrap();
    let mixture =
        MixtureConfig { n_species, most_species: 3, n_restarts: 4, ..MixtureConfig::default() };
    let found = classify_by_mixture(&preparation, &systems, config, &mixture, &|_, _, _| {});
    (preparation, found.unwrap())
}

/// The weight of one term in a law.
fn weight(law: &Law, term: OneBody) -> f64 {
    law.one_body.iter().find(|(known, _)| *known == term).unwrap().1
}

/// Largest entry of C w, which may not be positive.
fn violation(preparation: &Preparation<2>, law: &Law) -> f64 {
    let (c, w) = (&preparation.constraints, law.all_weights());
    let row = |i: usize| w.iter().enumerate().map(|(j, w)| c[(i, j)] * w).sum::<f64>();
    (0..c.nrows()).map(row).fold(f64::NEG_INFINITY, f64::max)
}

const TOWARDS: [[f64; 3]; 2] = [[1.2, 0.0, -2.0], [-0.6, 0.3, -1.5]];

fn two_streams() -> Tracks<2> {
    let laws = TOWARDS.map(|[x, y, w]| law(&[(field(0), x), (field(1), y), (FRICTION, w)]));
    walkers(&laws, &Surroundings::default(), 0.1)
}

fn streams_config() -> SpeciesConfig {
    config(OneBodyConfig { preferred: PreferredDirection::Species, ..OneBodyConfig::default() })
}

#[test]
fn two_streams_are_told_apart_by_where_they_are_drawn() {
    let (preparation, found) = learned(&two_streams(), &streams_config(), None);
    let species = &found.classification.species;
    assert_eq!(species.len(), 2, "{:?}", found.curve);
    for species in species {
        let kind = species.members[0] % 2;
        let right = species.members.iter().filter(|cell| *cell % 2 == kind).count();
        assert!(right == species.members.len() && right >= 14, "{:?}", species.members);
        let [x, y, friction] = TOWARDS[kind];
        // Discretisation of velocities: F/γ and γ.
        let drag = weight(&species.law, FRICTION);
        assert!((drag - friction).abs() < 0.05, "{drag}");
        for (axis, force) in (0..2).zip([x, y]) {
            let speed = -weight(&species.law, field(axis)) / drag;
            assert!((speed + force / friction).abs() < 0.01, "{axis}: {speed}");
        }
        assert!(violation(&preparation, &species.law) < 1e-9);
        let observed = ObservedRange::new(&preparation, &species.members).unwrap();
        let words = describe_law(&species.law, &observed);
        assert!(words.contains("field: drawn to velocity ("), "{words}");
    }
    let errors: Vec<f64> = found.velocity_errors.iter().copied().flatten().collect();
    assert!(errors.len() >= 28 && errors.iter().all(|e| *e < 0.05), "{errors:?}");
}

#[test]
fn a_turned_recording_gives_the_turned_field() {
    let tracks = two_streams();
    let turn = |x: &[f64; 2]| [0.6 * x[0] - 0.8 * x[1], 0.8 * x[0] + 0.6 * x[1]];
    let turned = |segment: &Segment<2>| Segment {
        positions: segment.positions.iter().map(turn).collect(),
        velocities: segment.velocities.as_ref().map(|v| v.iter().map(turn).collect()),
        ..segment.clone()
    };
    let turned = tracks.with_segments(tracks.segments().iter().map(turned).collect()).unwrap();
    let laws = |tracks: &Tracks<2>| {
        let (_, found) = learned(tracks, &streams_config(), Some(2));
        let mut species = found.classification.species;
        species.sort_by_key(|species| species.members[0]);
        species
    };
    for (plain, turned) in laws(&tracks).iter().zip(laws(&turned)) {
        assert_eq!(plain.members, turned.members);
        let force = |law: &Law| [weight(law, field(0)), weight(law, field(1))];
        let (expected, found) = (turn(&force(&plain.law)), force(&turned.law));
        // The ridge, relative to columns, is all that knows the axes.
        let error = (expected[0] - found[0]).abs() + (expected[1] - found[1]).abs();
        assert!(error < 1e-6, "{expected:?} {found:?}");
    }
}

#[test]
fn own_directions_and_a_preferred_speed() {
    // Everybody wants to leave the origin's neighbourhood along its own way, at speed .6.
    let terms = [(OneBody::Preferred { exponent: 0 }, 1.2), (FRICTION, -2.0)];
    let preferred: Vec<[f64; 2]> =
        (0..N).map(|i| [(2.4 * i as f64).cos(), (2.4 * i as f64).sin()]).collect();
    let surroundings = Surroundings { preferred: preferred.clone(), ..Surroundings::default() };
    let tracks = walkers(&[law(&terms)], &surroundings, 1e-3);
    let close = |(a, b): (&[f64; 2], &[f64; 2])| a[0] * b[0] + a[1] * b[1] > 0.95;
    let directions = net_directions(&tracks);
    assert!(preferred.iter().zip(&directions).filter(|pair| close(*pair)).count() >= 28);
    let config = config(OneBodyConfig {
        preferred: PreferredDirection::Individual,
        ..OneBodyConfig::default()
    });
    let (preparation, found) = learned(&tracks, &config, Some(1));
    let law = &found.classification.species[0].law;
    assert!(violation(&preparation, law) < 1e-9);
    // Net displacements are not quite the directions preferred: others stood in the way.
    let drawn = weight(law, OneBody::Preferred { exponent: 0 });
    assert!((drawn - 1.2).abs() < 0.02, "{:?}", law.one_body);
    let words = describe_law(law, &ObservedRange { distance: 2.0, speed: 1.0 });
    assert!(words.contains("drawn along the own direction to speed 0.6 within 0.5"), "{words}");
}

#[test]
fn a_trap_within_walls_is_found_with_groups_by_kind() {
    let gradient = |axis, coordinate| OneBody::Gradient { axis, coordinate };
    let wall = OneBody::Wall { radial: Radial::Exponential { rate: 4.0 } };
    let terms = [(gradient(0, 0), -1.0), (gradient(1, 1), -2.0), (wall, 6.0), (FRICTION, -0.5)];
    let ends = [[[-2.0, -1.2, 0.0], [2.0, -1.2, 0.0]], [[-2.0, 1.2, 0.0], [2.0, 1.2, 0.0]]];
    let flat = |end: [f64; 3]| [end[0], end[1]];
    let walls = ends.map(|[from, to]| Wall { from: flat(from), to: flat(to) }).to_vec();
    let tracks = walkers(&[law(&terms)], &Surroundings { walls, ..Surroundings::default() }, 0.1);
    let one_body = OneBodyConfig {
        propulsion: true,
        field: true,
        gradient: true,
        walls: ends.to_vec(),
        ..OneBodyConfig::default()
    };
    let config = SpeciesConfig { sparsity: Sparsity::Modes, ..config(one_body) };
    let (preparation, found) = learned(&tracks, &config, Some(1));
    let law = &found.classification.species[0].law;
    assert!(violation(&preparation, law) < 1e-9);
    let found: Vec<f64> = [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(axis, coordinate)| weight(law, gradient(axis, coordinate)))
        .to_vec();
    for (found, truth) in found.iter().zip([-1.0, 0.0, 0.0, -2.0]) {
        assert!((found - truth).abs() < 0.15, "{:?}", law.one_body);
    }
    // The repulsion by both walls as a function of the distance, whatever mixture of rates gives it.
    let repulsion = |distance: f64| {
        let part = |(term, weight): &(OneBody, f64)| match term {
            OneBody::Wall { radial } => weight * radial.value(distance),
            _ => 0.0,
        };
        law.one_body.iter().map(part).sum::<f64>()
    };
    for distance in [0.3f64, 0.5, 0.8] {
        let truth = 6.0 * (-4.0 * distance).exp();
        assert!((repulsion(distance) - truth).abs() < 0.15, "{distance}: {}", repulsion(distance));
    }
}

#[test]
fn systems_have_the_same_bits_on_one_thread_and_two() {
    let tracks = two_streams();
    let one_body = OneBodyConfig {
        propulsion: true,
        preferred: PreferredDirection::Individual,
        field: true,
        gradient: true,
        walls: vec![[[-2.0, -1.2, 0.0], [2.0, -1.2, 0.0]]],
    };
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| learned(&tracks, &config(one_body.clone()), Some(2)).1)
    };
    assert_eq!(on(1), on(2));
}
