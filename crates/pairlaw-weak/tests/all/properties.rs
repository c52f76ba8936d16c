//! Weak systems against the defining sums, their symmetries, and odd tracks that must not panic.
#![allow(clippy::unwrap_used)]

use pairlaw_data::{Frames, Sampling, Segment, Tracks, Units};
use pairlaw_law::{Angular, Direction, Force, Law, Radial, Term};
use pairlaw_weak::{
    TestFunction, VelocityEstimate, WeakSystems, choose_test_function, estimate_velocities,
    pair_distances,
};
use proptest::prelude::*;

/// `points[i][k]`: individual i in frame k, if present.
type Points = Vec<Vec<Option<[f64; 2]>>>;

fn tracks(points: &Points) -> Option<Tracks<2>> {
    let sampling = Sampling { start_time: 3.0, dt: 0.25, n_frames: points[0].len() };
    let sample = |individual, first_frame, x| Segment {
        individual,
        first_frame,
        positions: vec![x],
        velocities: None,
    };
    let segments: Vec<_> = points
        .iter()
        .enumerate()
        .flat_map(|(i, row)| (0..row.len()).filter_map(move |k| Some(sample(i, k, row[k]?))))
        .collect();
    let ids = (0..points.len()).map(|i| i.to_string()).collect();
    Tracks::new(ids, sampling, Units::default(), segments).ok()
}

fn basis() -> Vec<Term> {
    let forces = [
        (Force::AttractionRepulsion, Radial::Laguerre { degree: 3, scale: 4.0 }),
        (Force::AttractionRepulsion, Radial::Exponential { rate: 2.0 }),
        (Force::Alignment, Radial::Exponential { rate: 0.5 }),
        (Force::Drag, Radial::Power { exponent: 2 }),
    ];
    let angular = [
        Angular::Cosine(0),
        Angular::Cosine(1),
        Angular::OnePlusCosine(2),
        Angular::OnePlusCosine(1),
    ];
    let terms = forces.iter().zip(angular);
    terms.map(|(&(force, radial), angular)| Term { force, angular, radial }).collect()
}

/// Acceleration of individual i of a frame by one term of weight 1, by its formula.
fn plain(term: Term, direction: Direction, x: &[[f64; 2]], v: &[[f64; 2]], i: usize) -> [f64; 2] {
    let law = Law::new(vec![term], vec![1.0], direction).unwrap();
    let mut sum = [0.0; 2];
    for j in 0..x.len() {
        let e = [x[i][0] - x[j][0], x[i][1] - x[j][1]];
        let (r, speed) = (e[0].hypot(e[1]), v[i][0].hypot(v[i][1]));
        let inner = -(v[i][0] * e[0] + v[i][1] * e[1]);
        let cos = if r * speed > 0.0 { inner / (r * speed) } else { 0.0 };
        let length = match direction {
            Direction::Unit if r > 0.0 => 1.0 / r,
            _ => 1.0,
        };
        let radius = if term.force == Force::Drag { speed } else { r };
        let f = law.force(term.force, radius, cos);
        for d in 0..2 {
            sum[d] += f * match term.force {
                Force::AttractionRepulsion => e[d] * length,
                Force::Alignment => v[i][d] - v[j][d],
                Force::Drag => v[i][d],
            };
        }
    }
    sum
}

fn columns(slices: [&[f64]; 2]) -> Vec<[f64; 2]> {
    slices[0].iter().zip(slices[1]).map(|(x, y)| [*x, *y]).collect()
}

fn method() -> impl Strategy<Value = VelocityEstimate> {
    prop_oneof![
        Just(VelocityEstimate::Centred2),
        Just(VelocityEstimate::Centred4),
        (2usize..4).prop_map(|half_window| VelocityEstimate::SavitzkyGolay { half_window }),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Difference), Just(Direction::Unit)]
}

fn bump() -> impl Strategy<Value = TestFunction> {
    (2usize..6, 2u32..9).prop_map(|(half_width, degree)| TestFunction { half_width, degree })
}

/// Everyone always present.
fn full() -> impl Strategy<Value = Points> {
    let point = [-1.0..1.0, -1.0..1.0].prop_map(Some);
    (2usize..5, 18usize..24).prop_flat_map(move |(n, n_frames)| {
        prop::collection::vec(prop::collection::vec(point.clone(), n_frames), n)
    })
}

/// Gaps, rest and coincident positions.
fn odd() -> impl Strategy<Value = Points> {
    let coordinate = || prop_oneof![Just(0.5), -1.0..1.0];
    let point = || [coordinate(), coordinate()];
    let sample =
        prop_oneof![8 => point().prop_map(Some), 3 => Just(Some([0.5, 0.5])), 1 => Just(None)];
    (1usize..5, 1usize..30).prop_flat_map(move |(n, n_frames)| {
        prop::collection::vec(prop::collection::vec(sample.clone(), n_frames), n)
    })
}

fn transformed(points: &Points, map: impl Fn([f64; 2]) -> [f64; 2]) -> Points {
    let row = |row: &Vec<Option<[f64; 2]>>| row.iter().map(|x| x.map(&map)).collect();
    points.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn systems_are_the_defining_sums(
        points in odd(), velocity in method(), direction in direction(), phi in bump(),
    ) {
        let Some(tracks) = tracks(&points) else { return Ok(()) };
        let Ok(systems) = WeakSystems::new(&tracks, velocity, &basis(), direction, phi) else {
            return Ok(());
        };
        for (i, own_points) in points.iter().enumerate() {
            let centres = systems.centres(i);
            let Ok(system) = systems.system(i) else {
                prop_assert!(centres.is_empty());
                continue;
            };
            prop_assert_eq!(system.g.nrows(), 2 * centres.len());
            for (q, &centre) in centres.iter().enumerate() {
                let mut b = [0.0; 2];
                let mut g = [[0.0; 2]; 4];
                for k in 0..tracks.n_frames() {
                    let t = (k as f64 - centre as f64) * tracks.dt();
                    let value = phi.value(t, tracks.dt()) * tracks.dt();
                    let second = phi.second_derivative(t, tracks.dt()) * tracks.dt();
                    let frame = systems.neighbours().frame(k);
                    if value.abs() < f64::MIN_POSITIVE {
                        continue;
                    }
                    let own = frame.individuals.iter().position(|j| *j as usize == i).unwrap();
                    let (x, v) = (columns(frame.positions), columns(frame.velocities.unwrap()));
                    let at_centre = own_points[centre].unwrap();
                    for d in 0..2 {
                        b[d] += second * (x[own][d] - at_centre[d]);
                    }
                    for (g, term) in g.iter_mut().zip(basis()) {
                        let f = plain(term, direction, &x, &v, own);
                        (0..2).for_each(|d| g[d] += value * f[d] / systems.n_reference());
                    }
                }
                for d in 0..2 {
                    let row = d * centres.len() + q;
                    // Rounding; φ̈ is up to 2p/(mΔt)² = 64, accelerations up to v³ = 500.
                    prop_assert!((system.b[row] - b[d]).abs() < 1e-11);
                    for (term, g) in g.iter().enumerate() {
                        prop_assert!((system.g[(row, term)] - g[d]).abs() < 1e-10);
                    }
                }
            }
        }
    }

    #[test]
    fn systems_turn_and_move_with_the_tracks(
        points in full(), velocity in method(), direction in direction(), phi in bump(),
        angle in 0.0..6.3f64, shift in [-3.0..3.0f64, -3.0..3.0f64],
    ) {
        let (sin, cos) = angle.sin_cos();
        let turn = |[x, y]: [f64; 2]| [cos * x - sin * y, sin * x + cos * y];
        let moved = transformed(&points, |x| {
            let [x, y] = turn(x);
            [x + shift[0], y + shift[1]]
        });
        let make = |points| {
            WeakSystems::new(&tracks(points).unwrap(), velocity, &basis(), direction, phi).unwrap()
        };
        let (before, after) = (make(&points), make(&moved));
        for i in 0..points.len() {
            let (before, after) = (before.system(i).unwrap(), after.system(i).unwrap());
            let n = before.b.len() / 2;
            for q in 0..n {
                let [x, y] = turn([before.b[q], before.b[n + q]]);
                // Rounding of the turned positions, as above.
                prop_assert!((after.b[q] - x).abs() < 1e-10 && (after.b[n + q] - y).abs() < 1e-10);
                for k in 0..4 {
                    let [x, y] = turn([before.g[(q, k)], before.g[(n + q, k)]]);
                    prop_assert!((after.g[(q, k)] - x).abs() < 1e-9);
                    prop_assert!((after.g[(n + q, k)] - y).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn names_do_not_matter(
        points in full(), velocity in method(), direction in direction(), phi in bump(),
    ) {
        let n = points.len();
        let backwards: Points = points.iter().rev().cloned().collect();
        let make = |points| {
            WeakSystems::new(&tracks(points).unwrap(), velocity, &basis(), direction, phi).unwrap()
        };
        let (before, after) = (make(&points), make(&backwards));
        for i in 0..n {
            let (before, after) = (before.system(i).unwrap(), after.system(n - 1 - i).unwrap());
            prop_assert_eq!(&before.b, &after.b);
            // Rounding: neighbours are summed in another order.
            prop_assert!((before.g - after.g).norm_max() < 1e-11);
        }
    }

    #[test]
    fn odd_tracks_give_numbers_or_errors(
        points in odd(), velocity in method(), phi in bump(), fraction in 0.0..1.0f64,
    ) {
        let Some(tracks) = tracks(&points) else { return Ok(()) };
        if let Ok(choice) = choose_test_function(&tracks) {
            prop_assert!(choice.test_function.check().is_ok());
            prop_assert!(2 * choice.test_function.half_width < choice.n_times);
        }
        if let Ok(range) = pair_distances(&Frames::new(&tracks), fraction) {
            prop_assert!(range.near_field <= range.largest && range.largest < 3.0);
        }
        let systems = WeakSystems::new(&tracks, velocity, &basis(), Direction::Unit, phi);
        let Ok(systems) = systems else { return Ok(()) };
        for i in 0..tracks.n_individuals() {
            if let Ok(system) = systems.system(i) {
                prop_assert!(system.b.iter().all(|x| x.is_finite()));
                prop_assert!(system.g.is_all_finite());
            }
        }
    }

    #[test]
    fn radii_are_order_statistics(points in odd(), fraction in 0.0..1.0f64) {
        let Some(tracks) = tracks(&points) else { return Ok(()) };
        let frames = Frames::new(&tracks);
        let mut squares = vec![];
        for k in 0..frames.n_frames() {
            let x = columns(frames.frame(k).positions);
            for i in 0..x.len() {
                squares.extend((i + 1..x.len()).map(|j| {
                    (x[i][0] - x[j][0]).powi(2) + (x[i][1] - x[j][1]).powi(2)
                }));
            }
        }
        squares.sort_by(f64::total_cmp);
        let Ok(range) = pair_distances(&frames, fraction) else {
            prop_assert!(squares.is_empty());
            return Ok(());
        };
        let rank = (fraction * squares.len() as f64) as usize;
        prop_assert_eq!(range.near_field.to_bits(), squares[rank].sqrt().to_bits());
        prop_assert_eq!(range.largest.to_bits(), squares[squares.len() - 1].sqrt().to_bits());
    }

    #[test]
    fn the_spectrum_does_not_depend_on_gaps_elsewhere(points in full()) {
        let choice = |points| {
            let choice = choose_test_function(&tracks(points).unwrap());
            choice.map_err(|error| error.to_string())
        };
        let all = choice(&points);
        let mut more = points.clone();
        more.push(vec![None; points[0].len()]);
        let last = more.len() - 1;
        more[last][..3].fill(Some([0.1, 0.2]));
        prop_assert_eq!(all, choice(&more));
    }

    #[test]
    fn velocities_are_linear_in_positions(points in full(), velocity in method(), by in -3.0..3.0f64) {
        let scaled = transformed(&points, |x| x.map(|x| by * x));
        let of = |points| estimate_velocities(&tracks(points).unwrap(), velocity).unwrap();
        for (a, b) in of(&points).segments().iter().zip(of(&scaled).segments()) {
            let pairs = a.velocities.iter().flatten().zip(b.velocities.iter().flatten());
            for (a, b) in pairs {
                // Rounding; velocities are up to 10.
                prop_assert!((0..2).all(|d| (by * a[d] - b[d]).abs() < 1e-13));
            }
        }
    }
}

#[test]
fn two_individuals_with_one_sample_are_an_error() {
    let points = vec![vec![Some([0.0, 0.0])], vec![Some([1.0, 0.0])]];
    let tracks = tracks(&points).unwrap();
    let phi = TestFunction { half_width: 2, degree: 3 };
    let velocity = VelocityEstimate::Centred2;
    assert!(WeakSystems::new(&tracks, velocity, &basis(), Direction::Unit, phi).is_err());
    let given = tracks.with_velocities(vec![vec![[1.0, 0.0]]; 2]).unwrap();
    let velocity = VelocityEstimate::Given;
    assert!(WeakSystems::new(&given, velocity, &basis(), Direction::Unit, phi).is_err());
    assert!(choose_test_function(&given).is_err());
}
