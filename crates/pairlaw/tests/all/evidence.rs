//! What may be called supported: interactions that act, and never those that cannot.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use pairlaw::data::{Sampling, Segment, Streams, Tracks, Units};
use pairlaw::law::{Angular, Direction, Force, Law, OneBody, Order, Radial, Surroundings, Term};
use pairlaw::sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate_within};
use pairlaw::species::{
    CellSystems, EvidenceConfig, FarField, LawForce, MixtureConfig, MixtureSpecies, OneBodyConfig,
    Preparation, SpeciesConfig, SpeciesEvidence, Verdict, Weakness, classify_by_mixture,
    individual_information, weigh_evidence,
};
use pairlaw::weak::TestFunction;
use rand::RngExt;

const N: usize = 40;

/// Samples of individuals that attract each other from afar, with friction.
fn attracted(weight: f64, n_samples: usize) -> Tracks<2> {
    let attraction = Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(0),
        radial: Radial::Laguerre { degree: 0, scale: 4.0 },
    };
    let law = Law::new(vec![attraction], vec![weight], Direction::Difference).unwrap();
    let friction = OneBody::Propulsion { exponent: 1 };
    let law = law.with_one_body(vec![(friction, -0.2)]).unwrap();
    let random = &mut Streams::new(3).next().unwrap();
    let initial = Population {
        positions: latin_hypercube::<2>(N, [2.0; 2], random),
        velocities: gaussian_velocities(N, [0.0; 2], [[0.05, 0.0], [0.0, 0.05]], random),
        species: vec![0; N],
    };
    let schedule = Schedule { step: 1e-3, steps_per_sample: 50, n_samples, noise: 0.0, seed: 1 };
    simulate_within(Order::Second, &Surroundings::default(), &initial, &[law], &schedule, |_| {})
        .unwrap()
}

/// Walkers whose velocities wander on their own: random accelerations, friction, no neighbours.
fn independent(n: usize, n_frames: usize, drift: impl Fn(usize) -> [f64; 2]) -> Tracks<2> {
    let (dt, substeps) = (0.1, 10_u8);
    let h = dt / f64::from(substeps);
    let walk = |(individual, mut random): (usize, pairlaw::data::Xoshiro256PlusPlus)| {
        let mut normal = || (0..12).map(|_| random.random_range(-0.5..0.5)).sum::<f64>();
        let mut x: [f64; 2] = std::array::from_fn(|_| normal());
        let mut v: [f64; 2] = std::array::from_fn(|_| 0.2 * normal());
        let mut positions = Vec::new();
        for _ in 0..n_frames {
            positions.push(x);
            for _ in 0..substeps {
                for d in 0..2 {
                    v[d] += -h * v[d] + 0.3 * h.sqrt() * normal();
                    x[d] += h * (v[d] + drift(individual)[d]);
                }
            }
        }
        Segment { individual, first_frame: 0, positions, velocities: None }
    };
    let segments = (0..n).zip(Streams::new(5)).map(walk).collect();
    let sampling = Sampling { start_time: 0.0, dt, n_frames };
    let ids = (0..n).map(|i| i.to_string()).collect();
    Tracks::new(ids, sampling, Units::default(), segments).unwrap()
}

fn config() -> SpeciesConfig {
    let test_function = Some(TestFunction { half_width: 12, degree: 9 });
    SpeciesConfig { test_function, ..SpeciesConfig::default() }
}

fn weighed(
    tracks: &Tracks<2>,
    config: &SpeciesConfig,
    fit_shares: Vec<f64>,
) -> (MixtureSpecies, Vec<SpeciesEvidence>) {
    let preparation = Preparation::new(tracks, config).unwrap();
    let systems = CellSystems::new(&preparation, &|_, _, _| {}).unwrap();
    let mixture =
        MixtureConfig { most_species: 3, n_restarts: 3, fit_shares, ..MixtureConfig::default() };
    let found = classify_by_mixture(&preparation, &systems, config, &mixture, &|_, _, _| {});
    let found = found.unwrap();
    let paths = found.paths(&preparation, config, &mixture);
    let evidence = EvidenceConfig::default();
    let classification = &found.classification;
    let weighed = weigh_evidence(
        tracks,
        &preparation,
        classification,
        &paths,
        config,
        &evidence,
        &|_, _, _| {},
    );
    (found, weighed.unwrap())
}

#[test]
fn an_attraction_that_acts_is_supported() {
    let (found, evidence) = weighed(&attracted(-4.0, 160), &config(), vec![0.9, 0.99]);
    assert_eq!((found.classification.species.len(), evidence.len()), (1, 1));
    let evidence = &evidence[0];
    assert_eq!(evidence.law.verdict, Verdict::Supported, "{:?}", evidence.law);
    assert_eq!(evidence.interaction.verdict, Verdict::Supported, "{:?}", evidence.interaction);
    assert_eq!(evidence.interaction.shifted.len(), 8);
    let (force, attraction) = &evidence.forces[0];
    assert_eq!(*force, LawForce::Pair(Force::AttractionRepulsion));
    assert_eq!(attraction.verdict, Verdict::Supported, "{attraction:?}");
    assert!(attraction.explained() > 0.5, "{attraction:?}");
    assert_eq!(evidence.baseline.is_better(), Some(true), "{:?}", evidence.baseline);
    assert!(evidence.baseline.law < 0.2 * evidence.baseline.constant_velocity);
}

#[test]
fn walkers_on_their_own_have_no_interaction() {
    for fit_shares in [vec![0.9], vec![0.3, 0.9]] {
        let tracks = independent(N, 300, |_| [0.0; 2]);
        let (_, evidence) = weighed(&tracks, &config(), fit_shares);
        for evidence in evidence {
            assert_eq!(evidence.interaction.verdict, Verdict::NotSupported, "{evidence:?}");
            let pair = |(force, _): &&(LawForce, _)| matches!(force, LawForce::Pair(_));
            for (force, part) in evidence.forces.iter().filter(pair) {
                // Friction acts, and drag is its name here.
                let is_drag = *force == LawForce::Pair(Force::Drag);
                assert!(is_drag || part.verdict == Verdict::NotSupported, "{force:?} {part:?}");
            }
        }
    }
}

#[test]
fn few_and_short_tracks_cannot_tell() {
    let tracks = independent(3, 60, |_| [0.0; 2]);
    let config = SpeciesConfig { far_field: FarField::Radius(5.0), ..config() };
    let (_, evidence) = weighed(&tracks, &config, vec![0.9]);
    for evidence in evidence {
        assert_eq!(evidence.interaction.verdict, Verdict::Undetermined, "{evidence:?}");
    }
}

/// Of second order streams are at constant velocity, that is without a force; of first order their
/// velocities are their laws.
#[test]
fn two_streams_differ_in_their_laws_of_first_order() {
    let towards =
        |individual: usize| if individual.is_multiple_of(2) { [1.0, 0.2] } else { [-1.0, 0.1] };
    let tracks = independent(N, 200, towards);
    let one_body = OneBodyConfig { propulsion: true, ..OneBodyConfig::default() };
    let config = SpeciesConfig { order: Order::First, one_body, ..config() };
    let (found, evidence) = weighed(&tracks, &config, vec![0.3, 0.9]);
    let species = &found.classification.species;
    assert_eq!(species.len(), 2, "{:?}", found.curve);
    for (species, evidence) in species.iter().zip(&evidence) {
        let kind = species.members[0] % 2;
        assert_eq!(species.members.len(), N / 2);
        assert!(species.members.iter().all(|individual| individual % 2 == kind));
        let velocity: Vec<f64> = species.law.one_body.iter().map(|(_, weight)| *weight).collect();
        // Statistical: velocities wander with .2 about the drift, some 20 times independently each.
        let expected = towards(kind);
        assert!(velocity.iter().zip(expected).all(|(v, e)| (v - e).abs() < 0.1), "{velocity:?}");
        assert_eq!(evidence.law.verdict, Verdict::Supported);
        let field = evidence.forces.iter().find(|(force, _)| *force == LawForce::OneBody("field"));
        assert_eq!(field.unwrap().1.verdict, Verdict::Supported);
    }
}

#[test]
fn information_tells_what_a_track_lacks() {
    let tracks = attracted(-4.0, 160);
    let config = config();
    // The first individual is there for one test function only.
    let short = |s: &Segment<2>| match s.individual {
        0 => Segment { positions: s.positions[..25].to_vec(), velocities: None, ..s.clone() },
        _ => Segment { velocities: None, ..s.clone() },
    };
    let tracks = tracks.with_segments(tracks.segments().iter().map(short).collect()).unwrap();
    let preparation = Preparation::new(&tracks, &config).unwrap();
    let systems = CellSystems::new(&preparation, &|_, _, _| {}).unwrap();
    let information = individual_information(&preparation, &systems);
    let [first, second] = [0, 1].map(|individual| information[individual].unwrap());
    assert!(first.score < 0.5 * second.score, "{first:?} {second:?}");
    assert_eq!(first.weakness(), Weakness::Short);
    assert!(second.signal > 0.99 && second.observed > 0.5, "{second:?}");
    assert!(first.rank <= 2 && second.rank > 10, "{first:?} {second:?}");
}
