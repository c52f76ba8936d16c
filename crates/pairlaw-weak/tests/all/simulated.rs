//! Weak systems of a simulated law: the true weights solve them; gaps only take rows away.
#![allow(clippy::unwrap_used)]

use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{Angular, Direction, Focal, Force, Law, LawKernels, Neighbours, Radial, Term};
use pairlaw_sparse::LinearSystem;
use pairlaw_weak::{LONGEST_FILLED_GAP, TestFunction, VelocityEstimate, WeakError, WeakSystems};

type State = Vec<[f64; 2]>;

const DURATION: f64 = 4.0;
const WIDTH: f64 = 1.5;
const N: usize = 5;

fn law() -> Law {
    let term = |force, angular, radial| Term { force, angular, radial };
    let exponential = |rate| Radial::Exponential { rate };
    let laguerre = Radial::Laguerre { degree: 2, scale: 3.0 };
    let drag = Radial::Power { exponent: 1 };
    let terms = vec![
        term(Force::AttractionRepulsion, Angular::Cosine(0), exponential(2.0)),
        term(Force::AttractionRepulsion, Angular::Cosine(2), laguerre),
        term(Force::Alignment, Angular::OnePlusCosine(1), exponential(0.5)),
        term(Force::Drag, Angular::OnePlusCosine(1), drag),
    ];
    Law::new(terms, vec![4.0, 1.0, -1.0, -0.1], Direction::Difference).unwrap()
}

fn accelerations(kernels: &LawKernels, x: &State, v: &State) -> State {
    let columns =
        |s: &State| -> [Vec<f64>; 2] { std::array::from_fn(|d| s.iter().map(|p| p[d]).collect()) };
    let (xs, vs) = (columns(x), columns(v));
    let neighbours = Neighbours { positions: [&xs[0], &xs[1]], velocities: [&vs[0], &vs[1]] };
    let of = |(position, velocity): (&[f64; 2], &[f64; 2])| {
        let focal = Focal { position: *position, velocity: *velocity };
        kernels.acceleration(0, &focal, &neighbours, N as f64)
    };
    x.iter().zip(v).map(of).collect()
}

fn moved(a: &State, h: f64, b: &State) -> State {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| [a[0] + h * b[0], a[1] + h * b[1]]).collect()
}

/// One step of the classical Runge–Kutta method for ẍ = a(x, v).
fn step(kernels: &LawKernels, x: &State, v: &State, h: f64) -> (State, State) {
    let a1 = accelerations(kernels, x, v);
    let v2 = moved(v, h / 2.0, &a1);
    let a2 = accelerations(kernels, &moved(x, h / 2.0, v), &v2);
    let v3 = moved(v, h / 2.0, &a2);
    let a3 = accelerations(kernels, &moved(x, h / 2.0, &v2), &v3);
    let v4 = moved(v, h, &a3);
    let a4 = accelerations(kernels, &moved(x, h, &v3), &v4);
    let mean = |k1: &State, k2: &State, k3: &State, k4: &State| {
        moved(&moved(&moved(k1, 2.0, k2), 2.0, k3), 1.0, k4)
    };
    let x = moved(x, h / 6.0, &mean(v, &v2, &v3, &v4));
    (x, moved(v, h / 6.0, &mean(&a1, &a2, &a3, &a4)))
}

/// Tracks with velocities from steps of 1/200, sampled every `every` steps.
fn simulated(every: usize) -> Tracks<2> {
    let kernels = LawKernels::new(&[law()]).unwrap();
    let h = 1.0 / 200.0;
    let mut x = vec![[0.0, 0.0], [1.0, 0.2], [-0.9, 0.4], [0.3, 1.1], [-0.2, -1.0]];
    // Nobody comes to rest, where cos θ would turn too fast for the quadrature.
    let mut v = vec![[1.4, 0.8], [0.7, 0.9], [1.5, 0.3], [1.2, 0.0], [0.6, 0.8]];
    let mut samples = vec![(vec![], vec![]); N];
    let n_steps = (DURATION / h).round() as usize;
    for at in 0..=n_steps {
        if at % every == 0 {
            for (i, sample) in samples.iter_mut().enumerate() {
                sample.0.push(x[i]);
                sample.1.push(v[i]);
            }
        }
        (x, v) = step(&kernels, &x, &v, h);
    }
    let sampling =
        Sampling { start_time: 0.0, dt: h * every as f64, n_frames: n_steps / every + 1 };
    let segment = |(individual, (positions, velocities))| Segment {
        individual,
        first_frame: 0,
        positions,
        velocities: Some(velocities),
    };
    let ids = (0..N).map(|i| i.to_string()).collect();
    let segments = samples.into_iter().enumerate().map(segment).collect();
    Tracks::new(ids, sampling, Units::default(), segments).unwrap()
}

fn systems(tracks: &Tracks<2>, velocity: VelocityEstimate) -> WeakSystems<2> {
    let phi = TestFunction { half_width: (WIDTH / tracks.dt()).round() as usize, degree: 8 };
    WeakSystems::new(tracks, velocity, &law().terms, Direction::Difference, phi).unwrap()
}

/// The same tracks without `missing` frames of one individual.
fn with_gap(tracks: &Tracks<2>, individual: usize, missing: std::ops::Range<usize>) -> Tracks<2> {
    let part = |s: &Segment<2>, frames: std::ops::Range<usize>| Segment {
        first_frame: frames.start,
        positions: s.positions[frames.clone()].to_vec(),
        velocities: s.velocities.as_ref().map(|v| v[frames].to_vec()),
        ..*s
    };
    let split = tracks.segments().iter().flat_map(|s| {
        if s.individual == individual {
            vec![part(s, 0..missing.start), part(s, missing.end..s.positions.len())]
        } else {
            vec![s.clone()]
        }
    });
    tracks.with_segments(split.collect()).unwrap()
}

/// Largest entry of `G w − b` over all individuals, relative to the largest of b.
fn residual(every: usize, velocity: VelocityEstimate) -> f64 {
    let systems = systems(&simulated(every), velocity);
    let (mut largest, mut scale) = (0.0f64, 0.0f64);
    for individual in 0..N {
        let LinearSystem { g, b } = systems.system(individual).unwrap();
        for (row, b) in b.iter().enumerate() {
            let terms = law().weights.into_iter().enumerate();
            let sum: f64 = terms.map(|(k, w)| g[(row, k)] * w).sum();
            largest = largest.max((sum - b).abs());
            scale = scale.max(b.abs());
        }
    }
    largest / scale
}

#[test]
fn true_weights_solve_the_system() {
    // Discretisation: the trapezoidal rule on φ̈ with m = 30, p = 8, and the Runge–Kutta steps.
    let exact = residual(10, VelocityEstimate::Given);
    assert!(exact < 5e-9, "{exact:e}");
    for (velocity, order) in [
        (VelocityEstimate::Centred2, 2),
        (VelocityEstimate::Centred4, 4),
        (VelocityEstimate::SavitzkyGolay { half_window: 4 }, 4),
    ] {
        let (coarse, fine) = (residual(10, velocity), residual(5, velocity));
        let observed = (coarse / fine).log2();
        assert!(
            (observed - f64::from(order)).abs() < 0.4,
            "{velocity:?}: {coarse:e} to {fine:e}, order {observed}"
        );
    }
}

/// Rows with equal centres agree up to the rounding of another order of summation.
fn assert_rows_of(some: &WeakSystems<2>, all: &WeakSystems<2>, individual: usize) {
    let (few, many) = (some.centres(individual), all.centres(individual));
    let (part, full) = (some.system(individual).unwrap(), all.system(individual).unwrap());
    let scale = full.b.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    for (q, centre) in few.iter().enumerate() {
        let same = many.iter().position(|c| c == centre).unwrap();
        for d in 0..2 {
            let (row, full_row) = (d * few.len() + q, d * many.len() + same);
            assert!((part.b[row] - full.b[full_row]).abs() < 1e-13 * scale);
            for term in 0..4 {
                let difference = part.g[(row, term)] - full.g[(full_row, term)];
                assert!(difference.abs() < 1e-13, "centre {centre}, term {term}: {difference:e}");
            }
        }
    }
}

#[test]
fn a_gap_leaves_the_rows_that_its_segments_allow() {
    let tracks = simulated(10);
    let m = 30;
    // 81 frames, one gap of 8 that is not filled: 60 and 13 samples remain, less the ends.
    let gapped = with_gap(&tracks, 2, 60..68);
    for (velocity, lost) in [
        (VelocityEstimate::Given, 0),
        (VelocityEstimate::Centred2, 1),
        (VelocityEstimate::SavitzkyGolay { half_window: 2 }, 2),
    ] {
        if 60 - 2 * lost < 2 * m - 1 {
            let error = systems(&gapped, velocity).system(2).unwrap_err();
            assert!(
                matches!(&error, WeakError::TooFewSamples { id, longest, needed: 59 }
                    if id == "2" && *longest == 60 - 2 * lost),
                "{error}"
            );
            continue;
        }
        let (some, all) = (systems(&gapped, velocity), systems(&tracks, velocity));
        assert_eq!(some.centres(2), vec![29, 30]);
        assert_rows_of(&some, &all, 2);
    }
}

#[test]
fn two_segments_stand_side_by_side() {
    let tracks = simulated(5);
    let gapped = with_gap(&tracks, 1, 70..90);
    let phi = TestFunction { half_width: 20, degree: 6 };
    for velocity in [VelocityEstimate::Given, VelocityEstimate::Centred4] {
        let make = |tracks| {
            let basis = law().terms;
            WeakSystems::new(tracks, velocity, &basis, Direction::Unit, phi).unwrap()
        };
        let lost = velocity.n_lost();
        let (some, all) = (make(&gapped), make(&tracks));
        let expected: Vec<usize> =
            (lost + 19..70 - lost - 19).chain(90 + lost + 19..161 - lost - 19).collect();
        assert_eq!(some.centres(1), expected);
        assert_rows_of(&some, &all, 1);
        assert_eq!(some.system(1).unwrap().b.len(), 2 * expected.len());
    }
}

#[test]
fn short_gaps_of_neighbours_are_filled_and_long_ones_are_not() {
    let tracks = simulated(10);
    for velocity in [
        VelocityEstimate::Given,
        VelocityEstimate::Centred2,
        VelocityEstimate::SavitzkyGolay { half_window: 4 },
    ] {
        let short = systems(&with_gap(&tracks, 3, 40..40 + LONGEST_FILLED_GAP), velocity);
        let long = systems(&with_gap(&tracks, 3, 40..41 + LONGEST_FILLED_GAP), velocity);
        assert_eq!(short.neighbours().frame(42).individuals, [0, 1, 2, 3, 4]);
        assert_eq!(long.neighbours().frame(42).individuals, [0, 1, 2, 4]);
        assert!((long.n_reference() - 5.0).abs() < 1e-300);
        // Discretisation: interpolation over six steps of 0.05 of a smooth track.
        let (filled, full) = (short.neighbours().frame(42), systems(&tracks, velocity));
        let truth = full.neighbours().frame(42);
        for d in 0..2 {
            let position = filled.positions[d][3] - truth.positions[d][3];
            let velocity = filled.velocities.unwrap()[d][3] - truth.velocities.unwrap()[d][3];
            assert!(position.abs() < 2e-2 && velocity.abs() < 0.2, "{position} {velocity}");
        }
    }
}

#[test]
fn an_individual_meets_itself_at_distance_zero() {
    let gapped = with_gap(&simulated(5), 2, 75..78);
    for velocity in [
        VelocityEstimate::Given,
        VelocityEstimate::Centred4,
        VelocityEstimate::SavitzkyGolay { half_window: 6 },
    ] {
        let systems = systems(&gapped, velocity);
        for segment in systems.tracks().segments() {
            let states = segment.positions.iter().zip(segment.velocities.as_ref().unwrap());
            for (k, (x, v)) in segment.frames().zip(states) {
                let frame = systems.neighbours().frame(k);
                let own = frame.individuals.iter().position(|i| *i as usize == segment.individual);
                let own = own.unwrap();
                for d in 0..2 {
                    assert_eq!(frame.positions[d][own].to_bits(), x[d].to_bits());
                    assert_eq!(frame.velocities.unwrap()[d][own].to_bits(), v[d].to_bits());
                }
            }
        }
    }
}

#[test]
fn each_error_of_the_systems() {
    let tracks = simulated(10);
    let make = |half_width, degree| {
        let phi = TestFunction { half_width, degree };
        WeakSystems::new(&tracks, VelocityEstimate::Centred2, &law().terms, Direction::Unit, phi)
    };
    assert!(matches!(
        make(41, 8).unwrap_err(),
        WeakError::TestFunctionTooWide { half_width: 41, needed: 81, longest: 79 }
    ));
    assert!(matches!(make(1, 8).unwrap_err(), WeakError::BadTestFunction { .. }));
    for n_reference in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = make(40, 8).unwrap().with_n_reference(n_reference).unwrap_err();
        assert!(matches!(error, WeakError::BadReference { .. }));
    }
    let no_velocities = tracks.gaps_filled(0);
    let phi = TestFunction { half_width: 9, degree: 4 };
    let given = VelocityEstimate::Given;
    let error = WeakSystems::new(&no_velocities, given, &law().terms, Direction::Unit, phi);
    assert!(matches!(error.unwrap_err(), WeakError::NoVelocities));
    let wrong_drag = Term {
        force: Force::Drag,
        angular: Angular::Cosine(0),
        radial: Radial::Exponential { rate: 1.0 },
    };
    let error = WeakSystems::new(&tracks, given, &[wrong_drag], Direction::Unit, phi);
    assert!(matches!(error.unwrap_err(), WeakError::Law(_)));
}

#[test]
fn the_reference_number_divides_forces_only() {
    let systems = systems(&simulated(10), VelocityEstimate::Given);
    let five = systems.system(0).unwrap();
    let ten = systems.with_n_reference(10.0).unwrap().system(0).unwrap();
    assert_eq!(five.b, ten.b);
    // Halving is exact up to the order of one division.
    assert!((five.g[(3, 0)] - 2.0 * ten.g[(3, 0)]).abs() < 1e-15);
}

#[test]
fn rows_share_less_noise_after_division() {
    // White noise of variance 1/12 and nothing else (SplitMix64).
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 400 };
    let positions = (0..400).map(|_| [uniform(), uniform()]).collect();
    let alone = Segment { individual: 0, first_frame: 0, positions, velocities: None };
    let tracks = Tracks::new(vec!["a".into()], sampling, Units::default(), vec![alone]).unwrap();
    let phi = TestFunction { half_width: 12, degree: 6 };
    let correlations = |noise: f64| {
        let (method, direction) = (VelocityEstimate::Centred4, Direction::Difference);
        let systems = WeakSystems::new(&tracks, method, &law().terms, direction, phi).unwrap();
        let b = systems.with_noise(noise).unwrap().system(0).unwrap().b;
        let lagged = |lag: usize| b.iter().zip(&b[lag..]).map(|(x, y)| x * y).sum::<f64>();
        [1, 2, 3].map(|lag| lagged(lag) / lagged(0))
    };
    let plain = correlations(0.0);
    assert!(plain[0] > 0.8, "{plain:?}");
    // φ̈ has next to nothing above its band, and there s keeps the rows as they are: the white noise
    // that is left is white within the band only. Statistical: 754 rows, standard error .04.
    let white = correlations((1.0_f64 / 12.0).sqrt());
    assert!(white[0] < 0.65 && white[1..].iter().all(|c| c.abs() < 0.35), "{white:?}");
}

#[test]
fn the_law_solves_rows_made_independent() {
    let tracks = simulated(4);
    let systems = |noise: f64| {
        let phi = TestFunction { half_width: 12, degree: 6 };
        let (method, direction) = (VelocityEstimate::Centred4, Direction::Difference);
        let systems = WeakSystems::new(&tracks, method, &law().terms, direction, phi).unwrap();
        systems.with_noise(noise)
    };
    let system = |noise: f64| systems(noise).unwrap().system(0).unwrap();
    let residual = |system: &LinearSystem| {
        let image = |i: usize| (0..4).map(|k| system.g[(i, k)] * law().weights[k]).sum::<f64>();
        let misses = system.b.iter().enumerate().map(|(i, b)| (image(i) - b).powi(2));
        (misses.sum::<f64>() / system.b.iter().map(|b| b * b).sum::<f64>()).sqrt()
    };
    // Discretisation; the division stresses what changes from row to row.
    assert!(residual(&system(0.0)) < 1e-3, "{}", residual(&system(0.0)));
    assert!(residual(&system(0.01)) < 1e-2, "{}", residual(&system(0.01)));
    let (plain, still) = (system(0.0), system(1e-12));
    assert_eq!((plain.b, plain.g), (still.b, still.g));
    for noise in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(systems(noise), Err(WeakError::BadNoise { .. })));
    }
}

/// 40 walkers on lines in a strip of 40 by 4.
fn strip() -> Tracks<2> {
    let curve = |i: usize| {
        let (a, b) = ((2.4 * i as f64).sin(), (1.7 * i as f64).cos());
        let at = move |k: usize| [i as f64 + 0.02 * a * k as f64, 2.0 * b + 0.01 * b * k as f64];
        let positions = (0..70).map(at).collect();
        let velocities = Some(vec![[0.8 * a, 0.4 * b]; 70]);
        Segment { individual: i, first_frame: 0, positions, velocities }
    };
    let sampling = Sampling { start_time: 0.0, dt: 0.025, n_frames: 70 };
    let ids = (0..40).map(|i| i.to_string()).collect();
    Tracks::new(ids, sampling, Units::default(), (0..40).map(curve).collect()).unwrap()
}

#[test]
fn a_cutoff_where_the_basis_vanishes_changes_rounding_alone() {
    let term = |force, angular, radial| Term { force, angular, radial };
    let laguerre = Radial::Laguerre { degree: 3, scale: 18.0 };
    let exponential = Radial::Exponential { rate: 8.0 };
    let basis = [
        term(Force::AttractionRepulsion, Angular::Cosine(2), laguerre),
        term(Force::Alignment, Angular::OnePlusCosine(1), exponential),
        term(Force::Drag, Angular::OnePlusCosine(1), Radial::Power { exponent: 1 }),
    ];
    let range = laguerre.range(1e-18).max(exponential.range(1e-18));
    assert!((5.0..7.0).contains(&range), "{range}");
    let (velocity, direction) = (VelocityEstimate::Given, Direction::Difference);
    let phi = TestFunction { half_width: 30, degree: 8 };
    let all = WeakSystems::new(&strip(), velocity, &basis, direction, phi).unwrap();
    let near = all.clone().with_cutoff(range).unwrap();
    let everyone = all.clone().with_cutoff(1e3).unwrap();
    let blind = all.clone().with_cutoff(1e-3).unwrap();
    for individual in [0, 7, 39] {
        let system = |systems: &WeakSystems<2>| systems.system(individual).unwrap();
        let (exact, near, blind) = (system(&all), system(&near), system(&blind));
        assert_eq!(exact.b, near.b);
        assert_eq!(exact.g, system(&everyone).g);
        for (i, k) in (0..exact.b.len()).flat_map(|i| (0..3).map(move |k| (i, k))) {
            let difference = (exact.g[(i, k)] - near.g[(i, k)]).abs();
            assert!(difference < 1e-16, "{i} {k}: {difference:e}"); // rounding of what is small
            assert!(k == 2 || blind.g[(i, k)].abs() < 1e-300);
        }
        assert_eq!(exact.g.col(2), near.g.col(2));
    }
    for cutoff in [0.0, -1.0, f64::NAN] {
        assert!(matches!(all.clone().with_cutoff(cutoff), Err(WeakError::BadCutoff { .. })));
    }
}

/// Neighbours of another frame are those of tracks in which everybody else was moved in time.
#[test]
fn displaced_neighbours_by_hand() {
    let (n_frames, lag) = (40, 7);
    let place = |i: usize, k: usize| {
        let t = 0.1 * k as f64;
        [(i as f64 + 0.3 * t).sin(), 0.5 * i as f64 + (t * (1.0 + i as f64)).cos()]
    };
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames };
    let recorded = |frame_of: &dyn Fn(usize, usize) -> usize| {
        let segment = |individual| Segment {
            individual,
            first_frame: 0,
            positions: (0..n_frames).map(|k| place(individual, frame_of(individual, k))).collect(),
            velocities: Some(
                (0..n_frames).map(|k| place(individual + 9, frame_of(individual, k))).collect(),
            ),
        };
        let ids = (0..3).map(|i: usize| i.to_string()).collect();
        Tracks::new(ids, sampling, Units::default(), (0..3).map(segment).collect()).unwrap()
    };
    let phi = TestFunction { half_width: 5, degree: 4 };
    let systems = |tracks: &Tracks<2>| {
        let basis = &law().terms;
        WeakSystems::new(tracks, VelocityEstimate::Given, basis, Direction::Difference, phi)
            .unwrap()
    };
    let shifted = systems(&recorded(&|_, k| k)).with_shifted_neighbours(lag).system(1).unwrap();
    let moved = recorded(&|i, k| if i == 1 { k } else { (k + lag) % n_frames });
    let expected = systems(&moved).system(1).unwrap();
    assert_eq!(shifted.b, expected.b);
    for (a, b) in shifted.g.col_iter().zip(expected.g.col_iter()) {
        // Rounding: the same sums in the same order.
        assert!(a.iter().zip(b.iter()).all(|(a, b)| (a - b).abs() < 1e-14));
    }
    let unmoved = systems(&recorded(&|_, k| k)).system(1).unwrap();
    assert!((0..unmoved.g.nrows()).any(|i| (unmoved.g[(i, 0)] - shifted.g[(i, 0)]).abs() > 1e-3));
}

/// Of first order the response is the velocity: exact for polynomials of low degree, by the symmetry of
/// the sums.
#[test]
fn responses_of_first_order_are_velocities() {
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 60 };
    let segment = |individual: usize| Segment {
        individual,
        first_frame: 0,
        positions: (0..60)
            .map(|k| 0.1 * f64::from(k))
            .map(|t| [2.0 * t, t * t + individual as f64])
            .collect(),
        velocities: None,
    };
    let ids = vec!["a".into(), "b".into()];
    let tracks =
        Tracks::new(ids, sampling, Units::default(), vec![segment(0), segment(1)]).unwrap();
    let phi = TestFunction { half_width: 12, degree: 6 };
    let basis = &law().terms;
    let systems =
        WeakSystems::new(&tracks, VelocityEstimate::Centred2, basis, Direction::Difference, phi);
    let systems = systems.unwrap().with_order(pairlaw_law::Order::First);
    let (system, centres) = (systems.system(0).unwrap(), systems.centres(0));
    let area: f64 = phi.values().iter().sum::<f64>() * 0.1;
    for (q, centre) in centres.iter().enumerate() {
        let t = tracks.time(*centre);
        let [x, y] = [system.b[q], system.b[centres.len() + q]];
        let [x_error, y_error] = [x / (2.0 * area) - 1.0, y / (2.0 * t * area) - 1.0];
        // Discretisation of ∫ t φ̇ = −∫ φ: of order m^−p.
        assert!(x_error.abs() < 1e-4 && y_error.abs() < 1e-4, "{x_error} {y_error}");
    }
}
