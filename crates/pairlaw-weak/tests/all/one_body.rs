//! One-body terms in weak systems: against plain sums, and planted laws found again.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use faer::Mat;
use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{
    Angular, Direction, Focal, Force, Law, LawError, LawKernels, Neighbours, OneBody, Radial,
    Surroundings, Term, Wall,
};
use pairlaw_sparse::{CompressedSystem, ConeProblem, LinearSystem};
use pairlaw_weak::{TestFunction, VelocityEstimate, WeakError, WeakSystems};

type State = Vec<[f64; 2]>;

const PHI: TestFunction = TestFunction { half_width: 30, degree: 8 };
const PUSH: OneBody = OneBody::Propulsion { exponent: 0 };
const FRICTION: OneBody = OneBody::Propulsion { exponent: 1 };
const WALL: OneBody = OneBody::Wall { radial: Radial::Exponential { rate: 3.0 } };

fn field(axis: u8) -> OneBody {
    OneBody::Field { axis }
}

fn gradient(axis: u8, coordinate: u8) -> OneBody {
    OneBody::Gradient { axis, coordinate }
}

fn repulsion() -> Term {
    Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(0),
        radial: Radial::Exponential { rate: 2.0 },
    }
}

fn law(repels: f64, one_body: &[(OneBody, f64)]) -> Law {
    let law = Law::new(vec![repulsion()], vec![repels], Direction::Difference).unwrap();
    law.with_one_body(one_body.to_vec()).unwrap()
}

/// Individuals, the index of each one's law, and where they are.
struct World {
    kernels: LawKernels,
    species: Vec<usize>,
    surroundings: Surroundings<2>,
}

impl World {
    fn accelerations(&self, x: &State, v: &State) -> State {
        let column = |s: &State, d: usize| s.iter().map(|p| p[d]).collect::<Vec<f64>>();
        let columns = [column(x, 0), column(x, 1), column(v, 0), column(v, 1)];
        let neighbours = Neighbours {
            positions: [&columns[0], &columns[1]],
            velocities: [&columns[2], &columns[3]],
        };
        let of = |i: usize| {
            let focal = Focal { position: x[i], velocity: v[i] };
            let law = self.species[i];
            let mut a = self.kernels.acceleration(law, &focal, &neighbours, x.len() as f64);
            self.kernels.law(law).add_one_body(&focal, i, &self.surroundings, &mut a);
            a
        };
        (0..x.len()).map(of).collect()
    }

    /// 161 samples of 0.025 by the classical Runge–Kutta method, 4 steps a sample.
    fn tracks(&self, mut x: State, mut v: State) -> Tracks<2> {
        let (n_frames, dt) = (161, 0.025);
        let mut samples = vec![(x.clone(), v.clone())];
        for _ in 1..n_frames {
            for _ in 0..4 {
                (x, v) = self.step(&x, &v, dt / 4.0);
            }
            samples.push((x.clone(), v.clone()));
        }
        let segment = |individual: usize| Segment {
            individual,
            first_frame: 0,
            positions: samples.iter().map(|(x, _)| x[individual]).collect(),
            velocities: Some(samples.iter().map(|(_, v)| v[individual]).collect()),
        };
        let ids = (0..x.len()).map(|i| i.to_string()).collect();
        let sampling = Sampling { start_time: 0.0, dt, n_frames };
        let segments = (0..x.len()).map(segment).collect();
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    fn step(&self, x: &State, v: &State, h: f64) -> (State, State) {
        let a1 = self.accelerations(x, v);
        let v2 = moved(v, h / 2.0, &a1);
        let a2 = self.accelerations(&moved(x, h / 2.0, v), &v2);
        let v3 = moved(v, h / 2.0, &a2);
        let a3 = self.accelerations(&moved(x, h / 2.0, &v2), &v3);
        let v4 = moved(v, h, &a3);
        let a4 = self.accelerations(&moved(x, h, &v3), &v4);
        let sum = |k: [&State; 4]| moved(&moved(&moved(k[0], 2.0, k[1]), 2.0, k[2]), 1.0, k[3]);
        (moved(x, h / 6.0, &sum([v, &v2, &v3, &v4])), moved(v, h / 6.0, &sum([&a1, &a2, &a3, &a4])))
    }
}

fn moved(a: &State, h: f64, b: &State) -> State {
    a.iter().zip(b).map(|(a, b)| [a[0] + h * b[0], a[1] + h * b[1]]).collect()
}

/// Scattered positions within a unit square and velocities of length near ½.
fn start(n: usize) -> (State, State) {
    let angle = |i: usize| 2.4 * i as f64;
    let x = (0..n).map(|i| (0.5 * angle(i)).sin().abs()).zip((0..n).map(|i| angle(i).cos().abs()));
    let v = (0..n).map(|i| [0.5 * angle(i).cos(), 0.4 * (angle(i) + 0.3).sin()]);
    (x.map(|(x, y)| [x, y]).collect(), v.collect())
}

fn systems(
    tracks: &Tracks<2>,
    terms: &[OneBody],
    surroundings: &Surroundings<2>,
) -> WeakSystems<2> {
    let (velocity, direction) = (VelocityEstimate::Given, Direction::Difference);
    let systems = WeakSystems::new(tracks, velocity, &[repulsion()], direction, PHI).unwrap();
    systems.with_one_body(terms.to_vec(), surroundings.clone()).unwrap()
}

/// Least squares over some individuals together: the pair weight, then those of the terms.
fn solved(systems: &WeakSystems<2>, members: &[usize]) -> Vec<f64> {
    let compress = |i: &usize| CompressedSystem::new(&systems.system(*i).unwrap()).unwrap();
    let parts: Vec<CompressedSystem> = members.iter().map(compress).collect();
    let parts: Vec<(&CompressedSystem, f64)> = parts.iter().map(|part| (part, 1.0)).collect();
    let pooled = CompressedSystem::stack(&parts).unwrap();
    let free = Mat::zeros(0, pooled.c.len());
    let problem = ConeProblem::new(&pooled, &free, 1e-13).unwrap();
    problem.solve(&problem.full_support()).unwrap().weights
}

fn assert_close(found: &[f64], truth: &[f64], tolerance: f64) {
    assert_eq!(found.len(), truth.len());
    let error = found.iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(error < tolerance, "{found:?} instead of {truth:?}");
}

#[test]
fn two_species_are_drawn_to_their_own_velocities() {
    // F/γ is (.8, 0) for even and (−.6, .2) for odd individuals.
    let planted = [[field(0), field(1), FRICTION].map(|term| (term, 0.0)); 2];
    let weights = [[1.6, 0.0, -2.0], [-1.5, 0.5, -2.5]];
    let laws: Vec<Law> = planted
        .iter()
        .zip(weights)
        .map(|(terms, w)| law(4.0, &[0, 1, 2].map(|k| (terms[k].0, w[k]))))
        .collect();
    let species: Vec<usize> = (0..8).map(|i| i % 2).collect();
    let surroundings = Surroundings::default();
    let world = World { kernels: LawKernels::new(&laws).unwrap(), species, surroundings };
    let (x, v) = start(8);
    let tracks = world.tracks(x, v);
    let systems = systems(&tracks, &[field(0), field(1), FRICTION], &world.surroundings);
    // Discretisation: the trapezoidal rule on φ̈ and the Runge–Kutta steps.
    for (k, w) in weights.iter().enumerate() {
        let found = solved(&systems, &[k, k + 2, k + 4, k + 6]);
        assert_close(&found, &[4.0, w[0], w[1], w[2]], 1e-4);
    }
    // One law for both misses both.
    let mixed = solved(&systems, &[0, 1, 2, 3]);
    assert!((mixed[1] - 1.6).abs() > 0.3 && (mixed[1] + 1.5).abs() > 0.3, "{mixed:?}");
}

#[test]
fn propulsion_and_own_directions_are_found() {
    let terms = [PUSH, FRICTION, OneBody::Preferred { exponent: 0 }];
    let truth = [1.2, -2.0, 0.7];
    let (x, v) = start(6);
    let one_body = std::array::from_fn::<_, 3, _>(|k| (terms[k], truth[k]));
    let preferred: Vec<[f64; 2]> =
        (0..6).map(|i| [(f64::from(i)).cos(), f64::from(i).sin()]).collect();
    let surroundings = Surroundings { preferred, ..Surroundings::default() };
    let kernels = LawKernels::new(&[law(4.0, &one_body)]).unwrap();
    let world = World { kernels, species: vec![0; 6], surroundings };
    let tracks = world.tracks(x, v);
    let systems = systems(&tracks, &terms, &world.surroundings);
    // Discretisation.
    assert_close(&solved(&systems, &[0, 1, 2, 3, 4, 5]), &[4.0, 1.2, -2.0, 0.7], 1e-4);
}

#[test]
fn a_trap_and_a_wall_are_found() {
    let terms = [gradient(0, 0), gradient(0, 1), gradient(1, 0), gradient(1, 1), WALL];
    let truth = [-2.0, 0.5, -0.5, -3.0, 5.0];
    let one_body = std::array::from_fn::<_, 5, _>(|k| (terms[k], truth[k]));
    let surroundings = Surroundings {
        walls: vec![
            Wall { from: [-1.0, -0.6], to: [2.0, -0.6] },
            Wall { from: [1.3, -0.6], to: [1.3, 0.5] },
        ],
        origin: [0.3, 0.2],
        preferred: Vec::new(),
    };
    let kernels = LawKernels::new(&[law(4.0, &one_body)]).unwrap();
    let world = World { kernels, species: vec![0; 6], surroundings };
    let (x, v) = start(6);
    let tracks = world.tracks(x, v);
    let systems = systems(&tracks, &terms, &world.surroundings);
    let found = solved(&systems, &[0, 1, 2, 3, 4, 5]);
    // Discretisation.
    assert_close(&found, &[4.0, -2.0, 0.5, -0.5, -3.0, 5.0], 2e-3);
}

/// A law with every kind of term, and tracks of it with a gap.
fn everything() -> (Tracks<2>, Vec<OneBody>, Surroundings<2>) {
    let terms =
        vec![PUSH, FRICTION, OneBody::Preferred { exponent: 1 }, field(1), gradient(1, 0), WALL];
    let weights = [0.5, -1.0, 0.3, -0.2, -0.4, 2.0];
    let one_body: Vec<(OneBody, f64)> = terms.iter().copied().zip(weights).collect();
    let preferred = (0..4).map(|i| [f64::from(i).cos(), f64::from(i).sin()]).collect();
    let walls = vec![Wall { from: [-1.0, -0.2], to: [3.0, -0.4] }];
    let surroundings = Surroundings { walls, origin: [0.1, 0.2], preferred };
    let kernels = LawKernels::new(&[law(4.0, &one_body)]).unwrap();
    let world = World { kernels, species: vec![0; 4], surroundings: surroundings.clone() };
    let (x, v) = start(4);
    let tracks = world.tracks(x, v);
    let cut = |segment: &Segment<2>, range: std::ops::Range<usize>| Segment {
        individual: segment.individual,
        first_frame: range.start,
        positions: segment.positions[range.clone()].to_vec(),
        velocities: segment.velocities.as_ref().map(|v| v[range].to_vec()),
    };
    let mut segments = tracks.segments().to_vec();
    let whole = segments.remove(2);
    segments.extend([cut(&whole, 0..64), cut(&whole, 80..161)]);
    (tracks.with_segments(segments).unwrap(), terms, surroundings)
}

#[test]
fn columns_are_the_plain_sums_of_the_terms() {
    let (tracks, terms, surroundings) = everything();
    let systems = systems(&tracks, &terms, &surroundings);
    assert_eq!((systems.n_terms(), systems.one_body()), (7, &terms[..]));
    let phi = PHI.values();
    for individual in 0..4 {
        let LinearSystem { g, .. } = systems.system(individual).unwrap();
        let centres = systems.centres(individual);
        for (q, centre) in centres.iter().enumerate() {
            for (k, term) in terms.iter().enumerate() {
                let mut sum = [0.0; 2];
                for (s, phi) in phi.iter().enumerate() {
                    let frame = centre + s - (PHI.half_width - 1);
                    let mut segments = tracks.segments_of(individual).iter();
                    let segment = segments.find(|s| s.frames().contains(&frame)).unwrap();
                    let at = frame - segment.first_frame;
                    let velocity = segment.velocities.as_ref().unwrap()[at];
                    let focal = Focal { position: segment.positions[at], velocity };
                    let a = term.acceleration(&focal, individual, &surroundings);
                    sum.iter_mut().zip(a).for_each(|(sum, a)| *sum += phi * a * tracks.dt());
                }
                for d in 0..2 {
                    let found = g[(d * centres.len() + q, 1 + k)];
                    // Rounding of 59 products.
                    assert!((found - sum[d]).abs() < 1e-13, "{term}: {found} and {}", sum[d]);
                }
            }
        }
    }
}

#[test]
fn systems_without_one_body_terms_keep_their_bits() {
    let (tracks, terms, surroundings) = everything();
    let (velocity, direction) = (VelocityEstimate::Given, Direction::Difference);
    let plain = WeakSystems::new(&tracks, velocity, &[repulsion()], direction, PHI).unwrap();
    let none = systems(&tracks, &[], &surroundings).system(2).unwrap();
    let (plain, all) =
        (plain.system(2).unwrap(), systems(&tracks, &terms, &surroundings).system(2));
    let all = all.unwrap();
    assert_eq!((&plain.g, &plain.b), (&none.g, &none.b));
    assert_eq!(plain.b, all.b);
    // Rounding: a product with more columns may sum in another order.
    let rows = 0..plain.g.nrows();
    rows.for_each(|i| assert!((plain.g[(i, 0)] - all.g[(i, 0)]).abs() < 1e-14));
}

#[test]
fn a_number_present_leaves_one_body_columns_alone() {
    let (tracks, terms, surroundings) = everything();
    let four = systems(&tracks, &terms, &surroundings);
    let eight = four.clone().with_n_reference(8.0).unwrap();
    let (four, eight) = (four.system(0).unwrap(), eight.system(0).unwrap());
    assert!((four.g[(5, 0)] - 2.0 * eight.g[(5, 0)]).abs() < 1e-15); // rounding
    (1..7).for_each(|k| assert_eq!(four.g.col(k), eight.g.col(k)));
}

#[test]
fn terms_that_find_nothing_are_refused() {
    let (tracks, ..) = everything();
    let (velocity, direction) = (VelocityEstimate::Given, Direction::Difference);
    let refused = |terms: &[OneBody], surroundings: Surroundings<2>| {
        let systems = WeakSystems::new(&tracks, velocity, &[], direction, PHI).unwrap();
        match systems.with_one_body(terms.to_vec(), surroundings).unwrap_err() {
            WeakError::Law(error) => error,
            other => panic!("{other}"),
        }
    };
    let none = Surroundings::default;
    assert_eq!(refused(&[WALL], none()), LawError::NoWalls);
    let axis = refused(&[field(2)], none());
    assert_eq!(axis, LawError::UnknownAxis { axis: 2, dimension: 2 });
    let three = Surroundings { preferred: vec![[1.0, 0.0]; 3], ..none() };
    let count = refused(&[OneBody::Preferred { exponent: 0 }], three);
    assert_eq!(count, LawError::PreferredCount { expected: 4, found: 3 });
    let nan = Surroundings { origin: [f64::NAN, 0.0], ..none() };
    assert!(matches!(refused(&[], nan), LawError::BadSurroundings { .. }));
}
