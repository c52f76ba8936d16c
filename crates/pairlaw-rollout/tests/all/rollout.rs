//! The adjoint against central differences, equivariances, and promises about bits.

use pairlaw_data::Streams;
use pairlaw_law::simd::{Element, InstructionSet};
use pairlaw_law::{LennardJones, Morse, PairPotential};
use pairlaw_rollout::{Adam, Parameters, Role, Rollout, RolloutError, Scheme, simulate};
use proptest::prelude::*;
use rand_distr::{Distribution, StandardUniform};

fn schemes(n: usize) -> Vec<Scheme> {
    vec![
        Scheme::Individual(Role::Sender),
        Scheme::Individual(Role::Receiver),
        Scheme::Mutual,
        Scheme::Typed((0..n).map(|i| i * 7 % 3).collect()),
        Scheme::TwoRole,
        Scheme::LowRank(1),
        Scheme::LowRank(3),
    ]
}

fn cloud<const D: usize>(n: usize, seed: u64) -> Vec<[f64; D]> {
    let mut random = Streams::new(seed).next().expect("streams never end");
    let mut uniform = || {
        let x: f64 = StandardUniform.sample(&mut random);
        2.0 * x - 1.0
    };
    (0..n).map(|_| std::array::from_fn(|_| uniform())).collect()
}

/// A smooth loss of positions at steps 2 and 5 and its gradient: Σ w (x − y)² + sums of cubes.
fn loss<const D: usize>(x: &[[f64; D]], target: &[[f64; D]]) -> (f64, Vec<[f64; D]>) {
    let mut value = 0.0;
    let gradient = x.iter().zip(target).map(|(x, y)| {
        std::array::from_fn(|d| {
            let e = x[d] - y[d];
            value += e * e + e * e * e / 3.0;
            2.0 * e + e * e
        })
    });
    let gradient = gradient.collect();
    (value, gradient)
}

struct Case<F, const D: usize, const P: usize> {
    potential: F,
    theta: [f64; P],
    n: usize,
    legs: Vec<usize>,
    dt: f64,
}

impl<F: PairPotential<P>, const D: usize, const P: usize> Case<F, D, P> {
    fn rollout<T: Element>(&self, parameters: Vec<Parameters<T, P>>) -> Rollout<F, T, D, P> {
        let initial = cloud::<D>(self.n, 5);
        Rollout::new(self.potential, &initial, &self.legs, self.dt, parameters, Adam::default())
            .expect("good input")
    }

    fn parameters<T: Element>(&self, scheme: &Scheme, sets: usize) -> Vec<Parameters<T, P>> {
        let one = |seed| {
            let scheme = scheme.clone();
            Parameters::uniform(self.potential, scheme, self.n, self.theta, 0.3, seed)
                .expect("good input")
        };
        (0..sets as u64).map(one).collect()
    }

    fn evaluate<T: Element>(&self, rollout: &mut Rollout<F, T, D, P>) -> f64 {
        rollout.forward().expect("good input");
        let target = cloud::<D>(self.n, 6);
        let parts = [2, rollout.n_steps()].map(|step| {
            let (value, gradient) = loss(&rollout.positions(step), &target);
            (value, (step, gradient))
        });
        let value = parts.iter().map(|part| part.0).sum();
        rollout.backward(&parts.map(|part| part.1));
        value
    }

    /// Central differences in f64: h² ≈ 1e-10 of discretisation and 1e-16/h of rounding.
    fn check(&self, scheme: &Scheme, sets: usize) {
        let parameters = self.parameters::<f64>(scheme, sets);
        let mut rollout = self.rollout(parameters.clone());
        self.evaluate(&mut rollout);
        let gradient = rollout.gradient();
        let h = 1e-5;
        for (set, gradient) in gradient.iter().enumerate() {
            let scale = gradient.iter().fold(0.0f64, |a, g| a.max(g.abs()));
            assert!(scale > 1e-3, "{scheme:?}: no gradient");
            let step = (gradient.len() / 40).max(1);
            for k in (0..gradient.len()).step_by(step) {
                let at = |change: f64| {
                    let mut moved = parameters.clone();
                    moved[set].log[k] += change;
                    self.evaluate(&mut self.rollout(moved))
                };
                let expected = (at(h) - at(-h)) / (2.0 * h);
                let error = (gradient[k] - expected).abs();
                assert!(error < 1e-6 * scale, "{scheme:?} {k}: {} {expected}", gradient[k]);
            }
        }
        let mut single = self.rollout(self.parameters::<f32>(scheme, sets));
        self.evaluate(&mut single);
        for (single, double) in single.gradient().iter().zip(&gradient) {
            let scale = double.iter().fold(0.0f64, |a, g| a.max(g.abs()));
            for (a, b) in single.iter().zip(double) {
                assert!((f64::from(*a) - b).abs() < 2e-4 * scale, "{scheme:?}: {a} {b}");
            }
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    for n in [17, 33] {
        for scheme in schemes(n) {
            let theta = [1.5 / n as f64, 0.3, 1.2 / n as f64, 0.6];
            for legs in [vec![5], vec![2, 4]] {
                let legs_of = || legs.clone();
                let plane =
                    Case::<_, 2, 4> { potential: Morse, theta, n, legs: legs_of(), dt: 0.2 };
                plane.check(&scheme, 1);
                plane.check(&scheme, legs.len());
                let space =
                    Case::<_, 3, 4> { potential: Morse, theta, n, legs: legs_of(), dt: 0.2 };
                space.check(&scheme, legs.len());
            }
            let potential = LennardJones::new(4, 2).unwrap();
            let theta = [0.02 / n as f64, 0.1];
            Case::<_, 3, 2> { potential, theta, n, legs: vec![5], dt: 0.05 }.check(&scheme, 1);
        }
    }
}

/// The loops against the formula of the model, pair by pair (rounding).
#[test]
fn positions_are_those_of_the_formula() {
    let n = 21;
    let initial = cloud::<3>(n, 1);
    for scheme in schemes(n) {
        let theta = [2.0 / n as f64, 0.3, 1.0 / n as f64, 0.7];
        let parameters = Parameters::<f64, 4>::uniform(Morse, scheme, n, theta, 0.4, 3).unwrap();
        let found = simulate(Morse, &initial, &[1, 2], 0.1, vec![parameters.clone()]).unwrap();
        let mut x = initial.clone();
        for found in found.iter().skip(1) {
            let before = x.clone();
            for i in 0..n {
                for j in (0..n).filter(|&j| j != i) {
                    let offset: [f64; 3] = std::array::from_fn(|d| before[j][d] - before[i][d]);
                    let d = offset.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let [repulsion, r, attraction, a] = parameters.pair(i, j).map(f64::exp);
                    let slope = attraction / a * (-d / a).exp() - repulsion / r * (-d / r).exp();
                    for axis in 0..3 {
                        x[i][axis] += 0.1 * slope * offset[axis] / d;
                    }
                }
                for axis in 0..3 {
                    assert!((x[i][axis] - found[i][axis]).abs() < 1e-13);
                }
            }
        }
    }
}

fn learn<T: Element>(
    scheme: &Scheme,
    set: InstructionSet,
    epochs: usize,
) -> (Vec<f64>, Rollout<Morse, T, 2, 4>) {
    let n = 40;
    let theta = [0.5 / n as f64, 0.3, 0.5 / n as f64, 0.6];
    let case = Case::<_, 2, 4> { potential: Morse, theta, n, legs: vec![5], dt: 0.2 };
    let mut rollout = case.rollout(case.parameters::<T>(scheme, 1)).with_instruction_set(set);
    let mut losses = Vec::new();
    for _ in 0..epochs {
        losses.push(case.evaluate(&mut rollout));
        if losses.iter().all(|x| losses.last().is_some_and(|last| last <= x)) {
            rollout.mark_best();
        }
        rollout.update(0.02);
    }
    (losses, rollout)
}

#[test]
fn adam_lowers_the_loss_and_the_best_parameters_are_kept() {
    for scheme in schemes(40) {
        let (losses, mut rollout) = learn::<f32>(&scheme, InstructionSet::detect(), 60);
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(best < 0.9 * losses[0], "{scheme:?}: {losses:?}");
        assert!(rollout.restore_best());
        let n = 40;
        let case = Case::<_, 2, 4> { potential: Morse, theta: [1.0; 4], n, legs: vec![5], dt: 0.2 };
        let again = case.evaluate(&mut rollout);
        assert_eq!(again.to_bits(), best.to_bits(), "{scheme:?}");
        let parameters = rollout.parameters();
        let again = case.evaluate(&mut case.rollout(parameters));
        assert!((again / best - 1.0).abs() < 1e-4, "{scheme:?}: {again} {best}");
    }
}

#[test]
fn instruction_sets_agree() {
    for scheme in schemes(40) {
        let reference = learn::<f64>(&scheme, InstructionSet::Portable, 5);
        for set in InstructionSet::available() {
            let found = learn::<f64>(&scheme, set, 5);
            for (a, b) in found.0.iter().zip(&reference.0) {
                assert!((a - b).abs() < 1e-10 * b.abs(), "{set:?} {scheme:?}: {a} {b}");
            }
        }
    }
}

#[test]
fn the_bits_are_the_same_for_any_number_of_threads() {
    for scheme in schemes(40) {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (losses, rollout) = learn::<f32>(&scheme, InstructionSet::detect(), 4);
                (losses, rollout.state())
            })
        };
        let one = run(1);
        for threads in [2, 3] {
            assert!(run(threads) == one, "{scheme:?} on {threads} threads");
        }
    }
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    let n = 40;
    for scheme in schemes(n) {
        let theta = [0.5 / n as f64, 0.3, 0.5 / n as f64, 0.6];
        let case = Case::<_, 2, 4> { potential: Morse, theta, n, legs: vec![5], dt: 0.2 };
        let go_on = |rollout: &mut Rollout<Morse, f32, 2, 4>, epochs| {
            for _ in 0..epochs {
                case.evaluate(rollout);
                rollout.mark_best();
                rollout.update(0.02);
            }
        };
        let mut whole = case.rollout(case.parameters::<f32>(&scheme, 1));
        go_on(&mut whole, 7);
        let mut first = case.rollout(case.parameters::<f32>(&scheme, 1));
        go_on(&mut first, 4);
        let mut second = case.rollout(case.parameters::<f32>(&scheme, 1));
        second.resume(first.state()).unwrap();
        go_on(&mut second, 3);
        assert!(second.state() == whole.state(), "{scheme:?}");
        assert!(whole.restore_best() && second.restore_best());
        assert!(second.state() == whole.state(), "{scheme:?}");
    }
}

#[test]
fn coincident_cells_neither_move_nor_count() {
    let mut initial = cloud::<2>(9, 2);
    initial[4] = initial[7];
    let theta = [0.5, 0.3, 0.4, 0.6];
    let scheme = Scheme::Mutual;
    let parameters = Parameters::<f64, 4>::uniform(Morse, scheme, 9, theta, 0.1, 1).unwrap();
    let mut rollout =
        Rollout::new(Morse, &initial, &[1], 0.1, vec![parameters], Adam::default()).unwrap();
    rollout.forward().unwrap();
    rollout.backward(&[(1, vec![[1.0, -2.0]; 9])]);
    let gradient = &rollout.gradient()[0];
    for (i, j) in [(4, 7), (7, 4), (3, 3)] {
        assert!(gradient[(i * 9 + j) * 4..][..4].iter().all(|g| *g == 0.0), "{i} {j}");
    }
    let alone = vec![[0.25, 0.5]; 2];
    let parameters =
        Parameters::<f32, 4>::uniform(Morse, Scheme::TwoRole, 2, theta, 0.1, 1).unwrap();
    let moved = simulate(Morse, &alone, &[3], 0.1, vec![parameters]).unwrap();
    assert_eq!(moved[3], alone);
}

#[test]
fn bad_input_is_named() {
    let initial = cloud::<2>(6, 2);
    let uniform = |scheme, n, theta| Parameters::<f32, 4>::uniform(Morse, scheme, n, theta, 0.1, 1);
    let theta = [0.1, 0.3, 0.1, 0.6];
    let good = || uniform(Scheme::TwoRole, 6, theta).unwrap();
    let run = |x: &[[f64; 2]], legs: &[usize], dt, p| simulate(Morse, x, legs, dt, p).unwrap_err();
    let mut bad = initial.clone();
    bad[3][1] = f64::NAN;
    let error = run(&bad, &[5], 0.2, vec![good()]);
    assert!(matches!(error, RolloutError::NotFinite { cell: 3, axis: 1, .. }), "{error}");
    let error = run(&initial[..1], &[5], 0.2, vec![good()]);
    assert!(matches!(error, RolloutError::TooFewCells { found: 1 }));
    assert!(matches!(run(&initial, &[], 0.2, vec![good()]), RolloutError::NoSteps { leg: 0 }));
    assert!(matches!(run(&initial, &[2, 0], 0.2, vec![good()]), RolloutError::NoSteps { leg: 1 }));
    let error = run(&initial, &[5], f64::INFINITY, vec![good()]);
    assert!(matches!(error, RolloutError::TimeStep { .. }));
    let error = run(&initial, &[5], 0.2, vec![good(), good()]);
    assert!(matches!(error, RolloutError::ParameterSets { legs: 1, found: 2 }));
    let error = run(&initial[..5], &[5], 0.2, vec![good()]);
    assert!(matches!(error, RolloutError::CellCount { leg: 0, expected: 5, found: 6 }));
    let error = uniform(Scheme::Typed(vec![0; 5]), 6, theta).unwrap_err();
    assert!(matches!(error, RolloutError::Scheme { scheme: "typed", expected: 6, found: 5 }));
    assert!(uniform(Scheme::LowRank(0), 6, theta).is_err());
    assert!(uniform(Scheme::LowRank(7), 6, theta).is_err());
    for label in [6, usize::MAX] {
        let error = uniform(Scheme::Typed(vec![0, 1, 2, 3, 4, label]), 6, theta).unwrap_err();
        assert!(matches!(error, RolloutError::Scheme { expected: 5, found, .. } if found == label));
    }
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = uniform(Scheme::Mutual, 6, [0.1, value, 0.1, 0.2]).unwrap_err();
        assert!(matches!(error, RolloutError::Parameter { name: "repulsion_range", .. }));
    }
    let mut broken = good();
    broken.log[6] = f32::NAN;
    let error = run(&initial, &[5], 0.2, vec![broken]);
    assert!(matches!(error, RolloutError::Parameter { name: "attraction", .. }), "{error}");
    let strong = uniform(Scheme::TwoRole, 6, [1e6, 0.3, 1.0, 0.6]).unwrap();
    let error = run(&initial, &[5], 0.2, vec![strong]);
    let RolloutError::Exploded { step: 1, largest, limit, .. } = error else { panic!("{error}") };
    assert!(largest > limit && limit > 100.0);
}

/// Far from the origin, single precision learns as well (rounding of the shift itself: 1e-10).
#[test]
fn cells_far_from_the_origin_keep_their_digits() {
    let initial = cloud::<2>(40, 2);
    let theta = [0.02, 0.3, 0.01, 0.6];
    let uniform =
        || Parameters::<f32, 4>::uniform(Morse, Scheme::TwoRole, 40, theta, 0.1, 1).unwrap();
    let far: Vec<_> = initial.iter().map(|x| x.map(|x| x + 1e5)).collect();
    let near = simulate(Morse, &initial, &[5], 0.2, vec![uniform()]).unwrap();
    let far = simulate(Morse, &far, &[5], 0.2, vec![uniform()]).unwrap();
    for (near, far) in near[5].iter().zip(&far[5]) {
        assert!((0..2).all(|d| (far[d] - 1e5 - near[d]).abs() < 1e-5), "{near:?} {far:?}");
    }
    let error = simulate(
        Morse,
        &[[0.0; 2], [1e200, 0.0]],
        &[1],
        0.2,
        vec![{ Parameters::<f32, 4>::uniform(Morse, Scheme::TwoRole, 2, theta, 0.1, 1).unwrap() }],
    );
    assert!(matches!(error.unwrap_err(), RolloutError::NotFinite { cell: 1, axis: 0, .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Rotation, translation and permutation of the cells move the result alike (rounding).
    #[test]
    fn equivariant(
        seed in 0u64..1000,
        n in 2usize..40,
        angle in 0.0..6.3f64,
        shift in proptest::array::uniform2(-3.0..3.0f64),
        scales in proptest::array::uniform4(-1.5..0.5f64),
        turn in 0usize..40,
    ) {
        let initial = cloud::<2>(n, seed);
        let theta = scales.map(f64::exp);
        let theta = [theta[0] / n as f64, theta[1], theta[2] / n as f64, theta[3]];
        let run = |initial: &[[f64; 2]], parameters| {
            simulate(Morse, initial, &[3], 0.05, vec![parameters]).unwrap().pop().unwrap()
        };
        let mutual = Scheme::Mutual;
        let parameters =
            Parameters::<f64, 4>::uniform(Morse, mutual, n, theta, 0.3, seed).unwrap();
        let (sine, cosine) = angle.sin_cos();
        let rotate = |[x, y]: [f64; 2]| {
            [cosine * x - sine * y + shift[0], sine * x + cosine * y + shift[1]]
        };
        let rotated: Vec<_> = initial.iter().copied().map(rotate).collect();
        let found = run(&rotated, parameters.clone());
        let plain = run(&initial, parameters.clone());
        for (a, b) in found.iter().zip(plain.iter().copied().map(rotate)) {
            prop_assert!((a[0] - b[0]).abs() + (a[1] - b[1]).abs() < 1e-9, "{a:?} {b:?}");
        }
        let order: Vec<usize> = (0..n).map(|i| (i + turn) % n).collect();
        let permuted: Vec<_> = order.iter().map(|&i| initial[i]).collect();
        let pairs = order.iter().flat_map(|&i| order.iter().map(move |&j| i * n + j));
        let log = pairs.flat_map(|pair| parameters.log[4 * pair..][..4].to_vec()).collect();
        let found = run(&permuted, Parameters { log, ..parameters });
        for (a, &i) in found.iter().zip(&order) {
            prop_assert!((a[0] - plain[i][0]).abs() + (a[1] - plain[i][1]).abs() < 1e-11);
        }
    }
}
