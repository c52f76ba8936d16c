//! Fast evaluation against the defining formulas, and symmetries of the model.

use pairlaw_law::simd::InstructionSet;
use pairlaw_law::{
    Angular, BasisKernel, BasisScratch, Direction, Focal, Force, Law, LawKernels, Neighbours,
    Radial, Term, paper_basis,
};
use proptest::prelude::*;

type Individual<const D: usize> = ([f64; D], [f64; D]);

/// The double sum of the model, term by term, with no sharing and no vectors.
fn plain<const D: usize>(law: &Law, i: usize, all: &[Individual<D>]) -> [f64; D] {
    let norm = |a: [f64; D]| a.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (xi, vi) = all[i];
    let mut acceleration = [0.0; D];
    for (xj, vj) in all {
        let difference: [f64; D] = std::array::from_fn(|d| xi[d] - xj[d]);
        let (r, speed) = (norm(difference), norm(vi));
        let inner: f64 = (0..D).map(|d| -vi[d] * difference[d]).sum();
        let cos = if r > 0.0 && speed > 0.0 { inner / (r * speed) } else { 0.0 };
        let length = match law.direction {
            Direction::Difference => 1.0,
            Direction::Unit if r > 0.0 => 1.0 / r,
            Direction::Unit => 0.0,
        };
        for d in 0..D {
            acceleration[d] +=
                law.force(Force::AttractionRepulsion, r, cos) * difference[d] * length
                    + law.force(Force::Alignment, r, cos) * (vi[d] - vj[d])
                    + law.force(Force::Drag, speed, cos) * vi[d];
        }
    }
    acceleration.map(|a| a / all.len() as f64)
}

fn columns<const D: usize>(all: &[Individual<D>]) -> [[Vec<f64>; D]; 2] {
    let of = |pick: fn(&Individual<D>) -> [f64; D]| {
        std::array::from_fn(|d| all.iter().map(|individual| pick(individual)[d]).collect())
    };
    [of(|individual| individual.0), of(|individual| individual.1)]
}

fn view<const D: usize>(columns: &[[Vec<f64>; D]; 2]) -> Neighbours<'_, D> {
    let [positions, velocities] = columns;
    Neighbours {
        positions: std::array::from_fn(|d| positions[d].as_slice()),
        velocities: std::array::from_fn(|d| velocities[d].as_slice()),
    }
}

fn radial(force: Force) -> BoxedStrategy<Radial> {
    let power = (0u8..6).prop_map(|exponent| Radial::Power { exponent });
    if force == Force::Drag {
        return power.boxed();
    }
    let scale = prop_oneof![Just(36.0), Just(18.0), 5.0..50.0];
    let rate = prop_oneof![Just(0.25), Just(8.0), Just(20.0), 0.1..40.0];
    prop_oneof![
        (0u8..18, scale).prop_map(|(degree, scale)| Radial::Laguerre { degree, scale }),
        rate.prop_map(|rate| Radial::Exponential { rate }),
        power,
    ]
    .boxed()
}

fn term() -> impl Strategy<Value = Term> {
    let force =
        prop_oneof![Just(Force::AttractionRepulsion), Just(Force::Alignment), Just(Force::Drag)];
    let angular = (0u8..3, any::<bool>())
        .prop_map(|(n, plus)| if plus { Angular::OnePlusCosine(n) } else { Angular::Cosine(n) });
    (force, angular).prop_flat_map(|(force, angular)| {
        radial(force).prop_map(move |radial| Term { force, angular, radial })
    })
}

fn law() -> impl Strategy<Value = Law> {
    let direction = prop_oneof![Just(Direction::Difference), Just(Direction::Unit)];
    (prop::collection::vec((term(), -5.0..5.0f64), 1..12), direction).prop_map(
        |(terms, direction)| {
            let (terms, weights) = terms.into_iter().unzip();
            Law::new(terms, weights, direction).expect("generated terms are valid")
        },
    )
}

/// Individuals in a box, some at rest, some coincident.
fn population<const D: usize>() -> impl Strategy<Value = Vec<Individual<D>>> {
    let coordinate = prop::array::uniform4(-1.0..1.0f64);
    let individual = (coordinate.clone(), coordinate, 0u8..10).prop_map(|(x, v, kind)| {
        let velocity = std::array::from_fn(|d| if kind == 0 { 0.0 } else { v[d] });
        (std::array::from_fn(|d| if kind == 1 { 0.25 } else { x[d] }), velocity)
    });
    prop::collection::vec(individual, 1..40)
}

fn assert_close<const D: usize>(found: [f64; D], expected: [f64; D], scale: f64) {
    for d in 0..D {
        // Rounding: sums of up to 40 × 12 terms of size `scale`.
        assert!((found[d] - expected[d]).abs() <= 1e-12 * scale, "{found:?} {expected:?}");
    }
}

fn check_law<const D: usize>(law: &Law, all: &[Individual<D>]) {
    let columns = columns(all);
    for set in InstructionSet::available() {
        let mut kernels = LawKernels::new(std::slice::from_ref(law)).expect("few radials");
        kernels.instruction_set = set;
        for i in 0..all.len() {
            let focal = Focal { position: all[i].0, velocity: all[i].1 };
            let found = kernels.acceleration(0, &focal, &view(&columns), all.len() as f64);
            assert_close(found, plain(law, i, all), 500.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn kernels_agree_with_the_double_sum_in_two_dimensions(law in law(), all in population::<2>()) {
        check_law(&law, &all);
    }

    #[test]
    fn kernels_agree_with_the_double_sum_in_three_dimensions(law in law(), all in population::<3>()) {
        check_law(&law, &all);
    }

    #[test]
    fn sums_over_the_near_leave_drag_to_all(all in population::<2>(), share in 0.0..1.0f64) {
        let n_near = (share * all.len() as f64) as usize;
        let (near, everyone) = (columns(&all[..n_near]), columns(&all));
        let (near, everyone) = (view(&near), view(&everyone));
        let focal = Focal { position: all[0].0, velocity: all[0].1 };
        let basis = paper_basis(36.0);
        for n_terms in [88, 83] {
            // Without the last five terms drag does not depend on the angle.
            let basis = &basis[..n_terms];
            let kernel = BasisKernel::new(basis, Direction::Difference).expect("88 terms fit");
            let zeros = vec![0.0; 2 * n_terms];
            let (mut of_near, mut of_all, mut found) = (zeros.clone(), zeros.clone(), zeros);
            let scratch = &mut BasisScratch::default();
            kernel.sums(&focal, &near, 3.0, scratch, &mut of_near);
            kernel.sums(&focal, &everyone, 3.0, scratch, &mut of_all);
            kernel.sums_within(&focal, &near, &everyone, 3.0, scratch, &mut found);
            for (k, found) in found.iter().enumerate() {
                let is_drag = basis[k / 2].force == Force::Drag;
                let expected = if is_drag { of_all[k] } else { of_near[k] };
                prop_assert_eq!(found.to_bits(), expected.to_bits(), "{:?}", basis[k / 2]);
            }
        }
    }

    #[test]
    fn basis_sums_are_the_accelerations_of_single_terms(
        all in population::<2>(),
        scale in 10.0..40.0f64,
        unit in any::<bool>(),
    ) {
        let direction = if unit { Direction::Unit } else { Direction::Difference };
        let basis = paper_basis(scale);
        let columns = columns(&all);
        let focal = Focal { position: all[0].0, velocity: all[0].1 };
        for set in InstructionSet::available() {
            let mut kernel = BasisKernel::new(&basis, direction).expect("88 terms fit");
            kernel.instruction_set = set;
            let mut out = vec![0.0; 2 * basis.len()];
            kernel.sums(&focal, &view(&columns), all.len() as f64, &mut BasisScratch::default(), &mut out);
            for (term, out) in basis.iter().zip(out.chunks_exact(2)) {
                let law = Law::new(vec![*term], vec![1.0], direction).expect("a basis term");
                assert_close([out[0], out[1]], plain(&law, 0, &all), 10.0);
            }
        }
    }

    #[test]
    fn rotated_shifted_and_relabelled_populations_have_rotated_accelerations(
        law in law(),
        all in population::<2>(),
        angle in 0.0..6.3f64,
        shift in -3.0..3.0f64,
    ) {
        let turn = |[x, y]: [f64; 2]| {
            [angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y]
        };
        let moved: Vec<Individual<2>> =
            all.iter().rev().map(|(x, v)| (turn(*x).map(|x| x + shift), turn(*v))).collect();
        let kernels = LawKernels::new(std::slice::from_ref(&law)).expect("few radials");
        let acceleration = |i: usize, all: &[Individual<2>]| {
            let focal = Focal { position: all[i].0, velocity: all[i].1 };
            kernels.acceleration(0, &focal, &view(&columns(all)), all.len() as f64)
        };
        // Shifting and turning move coordinates by rounding; coincident pairs may separate.
        let coincident = all.iter().enumerate().any(|(i, a)| all[..i].iter().any(|b| b.0.map(f64::to_bits) == a.0.map(f64::to_bits)));
        prop_assume!(!coincident);
        for i in 0..all.len() {
            let found = acceleration(all.len() - 1 - i, &moved);
            let expected = turn(acceleration(i, &all));
            for d in 0..2 {
                prop_assert!((found[d] - expected[d]).abs() < 1e-8);
            }
        }
    }
}

#[test]
fn a_nan_neighbour_makes_the_sum_nan_in_every_lane() {
    let term = Term {
        force: Force::AttractionRepulsion,
        angular: Angular::Cosine(1),
        radial: Radial::Exponential { rate: 1.0 },
    };
    let law = Law::new(vec![term], vec![1.0], Direction::Difference).expect("valid");
    for set in InstructionSet::available() {
        let mut kernels = LawKernels::new(std::slice::from_ref(&law)).expect("one radial");
        kernels.instruction_set = set;
        for n in 1..=20 {
            for bad in 0..n {
                let mut x: Vec<f64> = (0..n).map(|k| 0.1 * f64::from(k)).collect();
                x[bad as usize] = f64::NAN;
                let zero = vec![0.0; n as usize];
                let neighbours = Neighbours { positions: [&x, &zero], velocities: [&zero, &zero] };
                let focal = Focal { position: [0.05, 0.1], velocity: [1.0, 0.0] };
                let found = kernels.acceleration(0, &focal, &neighbours, 1.0);
                assert!(found[0].is_nan(), "{set:?}: NaN at {bad} of {n} was swallowed");
            }
        }
    }
}

#[test]
fn nobody_around_means_no_pair_force() {
    let term = Term {
        force: Force::Alignment,
        angular: Angular::Cosine(0),
        radial: Radial::Exponential { rate: 1.0 },
    };
    let law = Law::new(vec![term], vec![1.0], Direction::Difference).expect("valid");
    let kernels = LawKernels::new(&[law]).expect("one radial");
    let none = Neighbours::<2> { positions: [&[], &[]], velocities: [&[], &[]] };
    let focal = Focal { position: [0.0; 2], velocity: [1.0; 2] };
    assert!(kernels.acceleration(0, &focal, &none, 1.0).iter().all(|a| a.abs() < 1e-300));
}
