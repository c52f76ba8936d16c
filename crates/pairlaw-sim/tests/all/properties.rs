//! The all-pairs sums against the double sum of the model, its symmetries, and forward Euler.

use pairlaw_law::simd::InstructionSet;
use pairlaw_law::{Angular, Direction, Force, Law, LawKernels, Radial, Term};
use pairlaw_sim::{PairLoop, Population, Schedule, simulate};
use proptest::prelude::*;

/// Tolerance of rounding, relative to [`Plain::scale`]: the longest chain of powers of one
/// exponential loses 256 units in the last place, 6e-14; sums over 100 individuals lose less.
const ROUNDING: f64 = 1e-13;

/// Acceleration of one individual by the formulas, with no sharing and no vectors.
struct Plain<const D: usize> {
    acceleration: [f64; D],
    /// The same sum with every term, pair by pair, replaced by a bound of its size.
    scale: f64,
}

fn norm<const D: usize>(a: [f64; D]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn difference<const D: usize>(a: [f64; D], b: [f64; D]) -> [f64; D] {
    std::array::from_fn(|d| a[d] - b[d])
}

fn plain<const D: usize>(law: &Law, i: usize, all: &Population<D>) -> Plain<D> {
    let (xi, vi) = (all.positions[i], all.velocities[i]);
    let speed = norm(vi);
    let mut sums = Plain { acceleration: [0.0; D], scale: 0.0 };
    for (xj, vj) in all.positions.iter().zip(&all.velocities) {
        let (x, v) = (difference(xi, *xj), difference(vi, *vj));
        let r = norm(x);
        let inner: f64 = (0..D).map(|d| -vi[d] * x[d]).sum();
        let cos = if r > 0.0 && speed > 0.0 { inner / (r * speed) } else { 0.0 };
        let length = match law.direction {
            Direction::Difference => 1.0,
            Direction::Unit if r > 0.0 => 1.0 / r,
            Direction::Unit => 0.0,
        };
        let f = law.force(Force::AttractionRepulsion, r, cos) * length;
        let h = law.force(Force::Alignment, r, cos);
        let drag = law.force(Force::Drag, speed, cos);
        for d in 0..D {
            sums.acceleration[d] += f * x[d] + h * v[d] + drag * vi[d];
        }
        for (term, weight) in law.active() {
            let (radius, vector) = match term.force {
                Force::AttractionRepulsion => (r, r * length),
                Force::Alignment => (r, norm(v)),
                Force::Drag => (speed, speed),
            };
            sums.scale += weight.abs() * bound(term, radius) * vector;
        }
    }
    let n = all.positions.len() as f64;
    Plain { acceleration: sums.acceleration.map(|a| a / n), scale: sums.scale / n }
}

/// Bound of a term at a distance or speed; Laguerre functions and exponentials are at most 1.
fn bound(term: &Term, radius: f64) -> f64 {
    match term.radial {
        Radial::Laguerre { .. } | Radial::Exponential { .. } => 2.0,
        Radial::Power { exponent } => 2.0 * radius.powi(i32::from(exponent)),
    }
}

fn fast<const D: usize>(
    laws: &[Law],
    all: &Population<D>,
    instruction_set: InstructionSet,
) -> Vec<[f64; D]> {
    let mut kernels = LawKernels::new(laws).expect("the generated radial functions fit");
    kernels.instruction_set = instruction_set;
    let mut pairs = PairLoop::new(&all.species);
    let mut accelerations = vec![[0.0; D]; all.species.len()];
    // Another state first: nothing of it may stay in the work space.
    pairs.accelerations(&kernels, &all.velocities, &all.positions, &mut accelerations);
    pairs.accelerations(&kernels, &all.positions, &all.velocities, &mut accelerations);
    accelerations
}

/// Terms whose radial functions come from few rates and scales, two of them random.
fn term(scale: f64, rate: f64) -> impl Strategy<Value = Term> {
    let force =
        prop::sample::select(vec![Force::AttractionRepulsion, Force::Alignment, Force::Drag]);
    let angular = (0u8..3, any::<bool>())
        .prop_map(|(n, plus)| if plus { Angular::OnePlusCosine(n) } else { Angular::Cosine(n) });
    let power = || (0u8..6).prop_map(|exponent| Radial::Power { exponent });
    let radial = prop_oneof![
        (0u8..18, prop::sample::select(vec![36.0, 18.0, scale]))
            .prop_map(|(degree, scale)| Radial::Laguerre { degree, scale }),
        prop::sample::select(vec![0.25, 8.0, 10.0, 20.0, rate])
            .prop_map(|rate| Radial::Exponential { rate }),
        power(),
    ];
    (force, angular, radial, power()).prop_map(|(force, angular, radial, power)| Term {
        force,
        angular,
        radial: if force == Force::Drag { power } else { radial },
    })
}

fn law(scale: f64, rate: f64) -> impl Strategy<Value = Law> {
    let direction = prop::sample::select(vec![Direction::Difference, Direction::Unit]);
    let weighted = prop::collection::vec((term(scale, rate), -5.0..5.0f64), 0..8);
    (weighted, direction).prop_map(|(weighted, direction)| {
        let (terms, weights) = weighted.into_iter().unzip();
        Law::new(terms, weights, direction).expect("generated terms are valid")
    })
}

/// One to four laws.
fn laws() -> impl Strategy<Value = Vec<Law>> {
    let common = prop_oneof![Just((36.0, 8.0)), (5.0..50.0f64, 0.1..40.0f64)];
    common.prop_flat_map(|(scale, rate)| prop::collection::vec(law(scale, rate), 1..=4))
}

/// Laws, and a population of up to 100 of any of their species in any order, some of whom rest,
/// share a place, or share both place and velocity.
fn laws_and_population<const D: usize>() -> impl Strategy<Value = (Vec<Law>, Population<D>)> {
    let at_blocks = prop::sample::select(vec![1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 96, 97]);
    let n = prop_oneof![at_blocks, 1usize..=100];
    (laws(), n).prop_flat_map(|(laws, n)| {
        let coordinates = || prop::array::uniform3(-1.0..1.0f64);
        let individual = (coordinates(), coordinates(), 0u8..12, 0..laws.len());
        let individuals = prop::collection::vec(individual, n);
        (Just(laws), individuals.prop_map(|individuals| population(&individuals)))
    })
}

fn population<const D: usize>(individuals: &[([f64; 3], [f64; 3], u8, usize)]) -> Population<D> {
    let mut all = Population { positions: vec![], velocities: vec![], species: vec![] };
    for (x, v, kind, species) in individuals {
        let (x, v) = match kind {
            0 => (*x, [0.0; 3]),
            1 => ([0.25; 3], *v),
            2 => ([0.25; 3], [-0.5; 3]),
            _ => (*x, *v),
        };
        all.positions.push(std::array::from_fn(|d| x[d]));
        all.velocities.push(std::array::from_fn(|d| v[d]));
        all.species.push(*species);
    }
    all
}

fn is_close<const D: usize>(found: [f64; D], expected: [f64; D], tolerance: f64) -> bool {
    (0..D).all(|d| (found[d] - expected[d]).abs() <= tolerance)
}

fn check_sums<const D: usize>(laws: &[Law], all: &Population<D>) {
    let by_set: Vec<_> =
        InstructionSet::available().into_iter().map(|set| (set, fast(laws, all, set))).collect();
    for (i, species) in all.species.iter().enumerate() {
        let Plain { acceleration: expected, scale } = plain(&laws[*species], i, all);
        for (set, found) in &by_set {
            let close = is_close(found[i], expected, ROUNDING * scale);
            assert!(close, "{set:?}, {i}: {:?} is not {expected:?} of {scale}", found[i]);
            let close = is_close(found[i], by_set[0].1[i], ROUNDING * scale);
            assert!(close, "{set:?} and portable code differ");
        }
    }
    // Fused products and sums of one shape: the same bits on AVX2 and AVX-512.
    let fused = &by_set[1..];
    assert!(fused.iter().all(|(_, found)| *found == fused[0].1));
}

/// A rigid motion: one mirror, or two that make a rotation, then a shift.
#[derive(Clone, Debug)]
struct Motion {
    mirrors: Vec<[f64; 3]>,
    shift: f64,
}

impl Motion {
    /// `a − 2 u (u·a) / |u|²` for each mirror's normal u, cut to D dimensions.
    fn turn<const D: usize>(&self, a: [f64; D]) -> [f64; D] {
        self.mirrors.iter().fold(a, |a, mirror| {
            let u: [f64; D] = std::array::from_fn(|d| mirror[d]);
            let part = 2.0 * (0..D).map(|d| u[d] * a[d]).sum::<f64>() / norm(u).powi(2);
            std::array::from_fn(|d| a[d] - part * u[d])
        })
    }
}

fn motion() -> impl Strategy<Value = Motion> {
    let mirrors = prop::collection::vec(prop::array::uniform3(0.1..1.0f64), 1..=2);
    (mirrors, -3.0..3.0f64).prop_map(|(mirrors, shift)| Motion { mirrors, shift })
}

/// The population in the order `order`, moved, with its species called `n_laws − 1 − species`.
fn relabelled<const D: usize>(
    all: &Population<D>,
    order: &[usize],
    n_laws: usize,
    motion: &Motion,
) -> Population<D> {
    let position = |i: &usize| motion.turn(all.positions[*i]).map(|x| x + motion.shift);
    Population {
        positions: order.iter().map(position).collect(),
        velocities: order.iter().map(|i| motion.turn(all.velocities[*i])).collect(),
        species: order.iter().map(|i| n_laws - 1 - all.species[*i]).collect(),
    }
}

/// An order that depends on the number of individuals only and keeps no neighbours together.
fn shuffled(n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|i| (i * 7919 + 13) % 101);
    order
}

fn check_motion<const D: usize>(laws: &[Law], all: &Population<D>, motion: &Motion) {
    let order = shuffled(all.species.len());
    let moved = relabelled(all, &order, laws.len(), motion);
    let reversed: Vec<Law> = laws.iter().rev().cloned().collect();
    let set = InstructionSet::detect();
    let (here, there) = (fast(laws, all, set), fast(&reversed, &moved, set));
    for (found, &i) in there.iter().zip(&order) {
        let distance = |xj: &[f64; D]| norm(difference(all.positions[i], *xj));
        let apart = all.positions.iter().map(distance).filter(|r| *r > 0.0);
        let closest = apart.fold(f64::INFINITY, f64::min);
        let Plain { scale, .. } = plain(&laws[all.species[i]], i, all);
        // Rounding: coordinates move by some eps, angles by eps/r; who shares a place goes on to.
        let tolerance = (ROUNDING + 1e-14 / closest) * scale;
        let expected = motion.turn(here[i]);
        assert!(is_close(*found, expected, tolerance), "{found:?} is not {expected:?} of {scale}");
    }
}

fn check_euler<const D: usize>(laws: &[Law], initial: &Population<D>) {
    let schedule = Schedule { step: 1e-3, steps_per_sample: 1, n_samples: 3, noise: 0.0, seed: 1 };
    let tracks = simulate(initial, laws, &schedule, |_| {}).expect("two small steps");
    let mut now = initial.clone();
    for sample in 0..schedule.n_samples {
        let accelerations: Vec<Plain<D>> =
            (0..now.species.len()).map(|i| plain(&laws[now.species[i]], i, &now)).collect();
        for (i, Plain { acceleration, scale }) in accelerations.iter().enumerate() {
            let segment = &tracks.segments()[i];
            let velocity = segment.velocities.as_ref().expect("simulated")[sample];
            // Rounding of a step, which may move those in one place apart.
            let tolerance = ROUNDING * (1.0 + schedule.step * scale);
            assert!(is_close(segment.positions[sample], now.positions[i], tolerance));
            assert!(is_close(velocity, now.velocities[i], tolerance), "sample {sample}");
            for d in 0..D {
                now.positions[i][d] = segment.positions[sample][d] + schedule.step * velocity[d];
                now.velocities[i][d] = velocity[d] + schedule.step * acceleration[d];
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sums_are_the_double_sum_in_one_dimension((laws, all) in laws_and_population::<1>()) {
        check_sums(&laws, &all);
    }

    #[test]
    fn sums_are_the_double_sum_in_two_dimensions((laws, all) in laws_and_population::<2>()) {
        check_sums(&laws, &all);
    }

    #[test]
    fn sums_are_the_double_sum_in_three_dimensions((laws, all) in laws_and_population::<3>()) {
        check_sums(&laws, &all);
    }

    #[test]
    fn the_turned_shifted_and_relabelled_accelerate_alike_in_one_dimension(
        (laws, all) in laws_and_population::<1>(),
        motion in motion(),
    ) {
        check_motion(&laws, &all, &motion);
    }

    #[test]
    fn the_turned_shifted_and_relabelled_accelerate_alike_in_two_dimensions(
        (laws, all) in laws_and_population::<2>(),
        motion in motion(),
    ) {
        check_motion(&laws, &all, &motion);
    }

    #[test]
    fn the_turned_shifted_and_relabelled_accelerate_alike_in_three_dimensions(
        (laws, all) in laws_and_population::<3>(),
        motion in motion(),
    ) {
        check_motion(&laws, &all, &motion);
    }

    #[test]
    fn each_step_is_forward_euler_on_the_double_sum((laws, initial) in laws_and_population::<2>()) {
        check_euler(&laws, &initial);
    }
}

#[test]
fn nan_of_one_reaches_everyone() {
    let term = |force| Term {
        force,
        angular: Angular::Cosine(1),
        radial: Radial::Exponential { rate: 1.0 },
    };
    let [near, aligned] = [Force::AttractionRepulsion, Force::Alignment]
        .map(|force| Law::new(vec![term(force)], vec![1.0], Direction::Unit).expect("valid"));
    let laws = [near, aligned];
    for (n, bad) in [(2, 1), (8, 3), (9, 8), (33, 0), (40, 39)] {
        let mut all = Population {
            positions: (0..n).map(|i| [0.1 * f64::from(i), 0.3]).collect(),
            velocities: vec![[1.0, 0.5]; n as usize],
            species: (0..n as usize).map(|i| i % 2).collect(),
        };
        all.positions[bad][1] = f64::NAN;
        for set in InstructionSet::available() {
            let found = fast(&laws, &all, set);
            assert!(found.iter().all(|a| a[0].is_nan()), "{set:?}: {bad} of {n} was swallowed");
        }
    }
}

#[test]
#[should_panic(expected = "columns")]
fn columns_of_unequal_length_are_a_panic() {
    let kernels = LawKernels::new(&[]).expect("no law");
    PairLoop::<1>::new(&[]).accelerations(&kernels, &[[0.0]], &[], &mut []);
}
