//! Fast pair sums against the double sum of the definition, and their symmetries.

use pairlaw_law::{KernelTerm, LawError, PairKernel, PairSums, SumMethod};
use proptest::prelude::*;

/// S_i by the formula, and the greatest `(1/N) Σ_j Σ_k |ζ_k ψ_k(r_ij)|`, to which errors relate.
fn plain<const D: usize>(kernel: &PairKernel, x: &[Vec<f64>; D]) -> ([Vec<f64>; D], f64) {
    let n = x[0].len();
    let mut sums: [Vec<f64>; D] = std::array::from_fn(|_| vec![0.0; n]);
    let mut most = 0.0f64;
    for i in 0..n {
        let mut size = 0.0;
        for j in 0..n {
            let difference: [f64; D] = std::array::from_fn(|d| x[d][i] - x[d][j]);
            let r = match D {
                1 => difference[0].abs(),
                _ => difference.iter().map(|x| x * x).sum::<f64>().sqrt(),
            };
            if r > 0.0 {
                let phi = kernel.value(r) / n as f64;
                (0..D).for_each(|d| sums[d][i] += phi * difference[d] / r);
            }
            // Also of those at the same place, which fast sums count and take back.
            if i != j {
                size += kernel.active().map(|(t, w)| (w * t.value(r)).abs()).sum::<f64>();
            }
        }
        most = most.max(size / n as f64);
    }
    (sums, most)
}

fn sums<const D: usize>(
    kernel: &PairKernel,
    method: SumMethod,
    x: &[Vec<f64>; D],
) -> [Vec<f64>; D] {
    let mut sums = PairSums::new(std::slice::from_ref(kernel), method).expect("a spacing");
    evaluate(&mut sums, x)
}

fn evaluate<const D: usize>(sums: &mut PairSums<D>, x: &[Vec<f64>; D]) -> [Vec<f64>; D] {
    let mut out = [std::array::from_fn(|_| vec![7.0; 3])];
    sums.evaluate(std::array::from_fn(|d| x[d].as_slice()), &mut out);
    let [out] = out;
    out
}

fn distance<const D: usize>(a: &[Vec<f64>; D], b: &[Vec<f64>; D]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Terms whose sums are exact on a line but for rounding.
fn exact_term() -> impl Strategy<Value = KernelTerm> {
    prop_oneof![
        (0..=8u32).prop_map(|p| KernelTerm::power(f64::from(p))),
        (-3.0..1.0f64).prop_map(|rate| KernelTerm::Exponential { rate: rate + 1e-3 }),
        Just(KernelTerm::Sine),
        Just(KernelTerm::Cosine),
        // On the lattice of some of the positions: distances that are equal to the ends.
        (0..8u8, 1..8u8, 0..3u8).prop_map(|(from, length, exponent)| KernelTerm::Piece {
            from: 0.25 * f64::from(from),
            to: 0.25 * f64::from(from + length),
            exponent,
        }),
        Just(KernelTerm::Piece { from: 0.7, to: f64::INFINITY, exponent: 1 }),
    ]
}

/// Terms with a part that is summed by exponentials.
fn far_term() -> impl Strategy<Value = KernelTerm> {
    let cutoff = prop_oneof![0.01..0.5f64, Just(0.25)];
    let radius = prop_oneof![0.0..2.0f64, Just(0.25), Just(0.5), Just(0.0)];
    prop_oneof![
        (0.1..6.0f64, cutoff.clone())
            .prop_map(|(p, cutoff)| KernelTerm::Power { exponent: -p, cutoff }),
        cutoff.clone().prop_map(|cutoff| KernelTerm::Yukawa { cutoff }),
        (radius, cutoff).prop_map(|(radius, cutoff)| KernelTerm::Sign { radius, cutoff }),
    ]
}

fn other_term() -> impl Strategy<Value = KernelTerm> {
    prop_oneof![
        (0.2..3.0f64).prop_map(KernelTerm::power),
        Just(KernelTerm::power(11.5)),
        (0.01..0.5f64).prop_map(|cutoff| KernelTerm::Power { exponent: -1.25, cutoff }),
    ]
}

fn kernel(term: impl Strategy<Value = KernelTerm>) -> impl Strategy<Value = PairKernel> {
    prop::collection::vec((term, -2.0..2.0f64), 1..4).prop_map(|terms| {
        let (terms, weights) = terms.into_iter().unzip();
        PairKernel::new(terms, weights).expect("good terms")
    })
}

/// Positions of all kinds: scattered, in clusters, on a lattice with many at one place, all at one
/// place, with a few far away.
fn coordinates(n: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    let unit = prop::collection::vec(-1.0..1.0f64, n);
    (unit, 0..5).prop_map(|(mut x, kind)| {
        for (k, x) in x.iter_mut().enumerate() {
            *x = match kind {
                0 => 3.0 * *x,
                1 => 2.0 * (k % 3) as f64 + 1e-3 * *x,
                2 => 0.25 * (8.0 * *x).floor(),
                3 => 0.7,
                _ if k % 40 == 3 => 50.0 * *x,
                _ => *x,
            };
        }
        x
    })
}

fn positions<const D: usize>(most: usize) -> impl Strategy<Value = [Vec<f64>; D]> {
    (1..=most).prop_flat_map(|n| prop::array::uniform(coordinates(n)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fast_sums_of_exact_terms(kernel in kernel(exact_term()), x in positions::<1>(150)) {
        let (expected, size) = plain(&kernel, &x);
        let found = sums(&kernel, SumMethod::Fast, &x);
        // Rounding: chains of N steps, and moments of windows, degree times their size.
        prop_assert!(distance(&found, &expected) <= 1e-12 * size, "{kernel}");
    }

    #[test]
    fn fast_sums_of_power_laws(kernel in kernel(far_term()), x in positions::<1>(150)) {
        let (expected, size) = plain(&kernel, &x);
        let found = sums(&kernel, SumMethod::Fast, &x);
        // Discretisation of the exponential sums, 1e-11 each.
        prop_assert!(distance(&found, &expected) <= 1e-10 * size, "{kernel}");
    }

    #[test]
    fn direct_sums_on_a_line(
        kernel in prop_oneof![kernel(exact_term()), kernel(far_term()), kernel(other_term())],
        x in positions::<1>(70),
    ) {
        let (expected, size) = plain(&kernel, &x);
        prop_assert!(distance(&sums(&kernel, SumMethod::Direct, &x), &expected) <= 1e-13 * size);
    }

    #[test]
    fn direct_sums_in_space(
        // Without jumps: distances in the plane are rounded in another order.
        kernel in prop_oneof![kernel(other_term()), kernel((0..4u32).prop_map(|p| KernelTerm::power(f64::from(p))))],
        x in positions::<2>(50),
        y in positions::<3>(50),
    ) {
        let (expected, size) = plain(&kernel, &x);
        prop_assert!(distance(&sums(&kernel, SumMethod::Direct, &x), &expected) <= 1e-12 * size);
        let (expected, size) = plain(&kernel, &y);
        prop_assert!(distance(&sums(&kernel, SumMethod::Auto, &y), &expected) <= 1e-12 * size);
    }

    /// The order of the particles, their place and their names do not matter; forces balance.
    #[test]
    fn symmetries(kernel in prop_oneof![kernel(exact_term()), kernel(far_term())], x in positions::<1>(100)) {
        let size = plain(&kernel, &x).1;
        let found = sums(&kernel, SumMethod::Fast, &x);
        let total: f64 = found[0].iter().sum();
        prop_assert!(total.abs() <= 1e-12 * size * x[0].len() as f64, "forces balance: {total:e}");

        let reversed = [x[0].iter().rev().copied().collect::<Vec<_>>()];
        let [mut back] = sums(&kernel, SumMethod::Fast, &reversed);
        back.reverse();
        prop_assert!(distance(&[back], &found) <= 1e-13 * size);

        // Mirror images have the same distances, bit for bit.
        let mirrored = [x[0].iter().map(|x| -x).collect::<Vec<_>>()];
        let [mirrored] = sums(&kernel, SumMethod::Fast, &mirrored);
        let negative = mirrored.iter().map(|s| -s).collect();
        prop_assert!(distance(&[negative], &found) <= 1e-13 * size);
    }
}

/// A smooth kernel, so that a shift of the rounded positions moves no pair over a jump.
#[test]
fn shifted_particles_feel_the_same() {
    let terms =
        vec![KernelTerm::power(2.0), KernelTerm::Sine, KernelTerm::Exponential { rate: -1.0 }];
    let kernel = PairKernel::new(terms, vec![1.0, 2.0, -3.0]).unwrap();
    let x = [spread(500, 0)];
    let shifted = [x[0].iter().map(|x| x + 1000.0).collect()];
    let (here, there) =
        (sums(&kernel, SumMethod::Auto, &x), sums(&kernel, SumMethod::Auto, &shifted));
    // Rounding of the shifted positions, 1e-13, times the slopes of the kernel, about 10.
    assert!(distance(&here, &there) < 1e-11);
}

/// Numbers of a bell-shaped law of variance 0.25, without a generator.
fn spread(n: u32, axis: u32) -> Vec<f64> {
    let turn = |k: u32, a: f64| (f64::from(k) * a.sqrt()).fract() - 0.5;
    let irrational = [[2.0, 3.0, 5.0], [7.0, 11.0, 13.0], [17.0, 19.0, 23.0]][axis as usize];
    (0..n).map(|k| irrational.iter().map(|a| turn(k, *a)).sum()).collect()
}

fn plane(n: u32) -> [Vec<f64>; 2] {
    let mut x = [spread(n, 0), spread(n, 1)];
    (0..n as usize).for_each(|k| x[0][k] += if k % 2 == 0 { 1.0 } else { -1.0 });
    x
}

/// Root mean square of the error of a mesh, relative to that of the sums.
fn mesh_error<const D: usize>(kernel: &PairKernel, x: &[Vec<f64>; D], method: SumMethod) -> f64 {
    let direct = sums(kernel, SumMethod::Direct, x);
    let mesh = sums(kernel, method, x);
    let square = |x: f64| x * x;
    let pairs = mesh.iter().flatten().zip(direct.iter().flatten());
    let error: f64 = pairs.map(|(a, b)| square(a - b)).sum();
    (error / direct.iter().flatten().map(|s| square(*s)).sum::<f64>()).sqrt()
}

#[test]
fn meshes_converge() {
    let kernel = PairKernel::new(vec![KernelTerm::power(2.0)], vec![3.0]).unwrap();
    let x = plane(3000);
    let error = |spacing| mesh_error(&kernel, &x, SumMethod::Mesh { spacing });
    let (coarse, fine) = (error(0.16), error(0.08));
    // Discretisation: at least third order; a dozen times less for half the spacing.
    assert!(coarse < 2e-5 && fine < coarse / 8.0, "{coarse:e} {fine:e}");
    assert!(mesh_error(&kernel, &x, SumMethod::Auto) < 1e-6);
}

/// The accuracies that the documentation states.
#[test]
fn meshes_are_as_accurate_as_documented() {
    let of = |term| PairKernel::term(term).unwrap();
    let repulsion = KernelTerm::Power { exponent: -1.5, cutoff: 0.05 };
    let x = plane(3000);
    for (term, bound) in [
        (KernelTerm::power(1.0), 1e-12),
        (KernelTerm::power(3.0), 1e-12),
        (KernelTerm::power(0.0), 1e-4),
        (KernelTerm::Exponential { rate: -1.0 }, 1e-4),
        (repulsion, 1e-3),
        (KernelTerm::Piece { from: 0.0, to: 1.5, exponent: 1 }, 3e-2),
    ] {
        // Discretisation.
        let error = mesh_error(&of(term), &x, SumMethod::Fast);
        assert!(error < bound, "{term}: {error:e}");
    }
    let line = [x[0].clone()];
    for (term, bound) in [(repulsion, 1e-3), (KernelTerm::power(0.5), 1e-4)] {
        let error = mesh_error(&of(term), &line, SumMethod::Mesh { spacing: 2e-3 });
        assert!(error < bound, "{term}: {error:e}");
    }
    // In space, on demand.
    let space: [Vec<f64>; 3] = std::array::from_fn(|d| spread(1000, d as u32));
    let error = mesh_error(&of(KernelTerm::power(2.0)), &space, SumMethod::Fast);
    assert!(error < 1e-3, "{error:e}");
    let error = mesh_error(&of(KernelTerm::power(0.0)), &space, SumMethod::Fast);
    assert!(error < 1e-3, "{error:e}");
}

/// After `cover`, a call has the same bits whatever came before it.
#[test]
#[allow(clippy::float_cmp)] // the same bits
fn results_do_not_depend_on_earlier_calls() {
    let kernel = PairKernel::term(KernelTerm::Exponential { rate: -1.0 }).unwrap();
    let (x, other) = (plane(2500), plane(2100).map(|x| x.iter().map(|x| 1.3 * x).collect()));
    let mut planned = PairSums::new(std::slice::from_ref(&kernel), SumMethod::Auto).unwrap();
    planned.cover([-4.0; 2], [4.0; 2]);
    let expected = evaluate(&mut planned, &x);
    evaluate(&mut planned, &other);
    assert_eq!(evaluate(&mut planned, &x), expected);
    assert!(matches!(planned.methods()[..], [SumMethod::Mesh { spacing }] if spacing < 0.05));
    // Outside the planned box: another, larger one.
    let far = x.clone().map(|x| x.iter().map(|x| x + 10.0).collect::<Vec<f64>>());
    assert!(distance(&evaluate(&mut planned, &far), &expected) < 1e-3);

    let repulsion = KernelTerm::Power { exponent: -1.5, cutoff: 0.05 };
    let mut line = PairSums::new(&[PairKernel::term(repulsion).unwrap()], SumMethod::Auto).unwrap();
    let [x, _] = x;
    let x = [x];
    let expected = evaluate(&mut line, &x);
    evaluate(&mut line, &x.clone().map(|x| x.iter().map(|x| 50.0 * x).collect()));
    assert_eq!(evaluate(&mut line, &x), expected);
    assert_eq!(line.methods(), [SumMethod::Fast]);
}

#[test]
fn one_none_and_not_a_number() {
    let terms = [KernelTerm::Cosine, KernelTerm::Yukawa { cutoff: 0.1 }, KernelTerm::power(0.5)];
    let kernels = terms.map(|term| PairKernel::term(term).unwrap());
    for method in
        [SumMethod::Auto, SumMethod::Direct, SumMethod::Fast, SumMethod::Mesh { spacing: 0.1 }]
    {
        let mut line = PairSums::<1>::new(&kernels, method).unwrap();
        let mut plane = PairSums::<2>::new(&kernels, method).unwrap();
        let mut out = vec![[vec![1.0]]; 3];
        let mut out_2 = vec![[vec![], vec![]]; 3];
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e305] {
            line.evaluate([&[0.0, bad, 1.0]], &mut out);
            assert!(out.iter().flatten().flatten().all(|s| s.is_nan()));
            plane.evaluate([&[0.0, bad], &[0.0, 1.0]], &mut out_2);
            assert!(out_2.iter().flatten().flatten().all(|s| s.is_nan()));
        }
        // Squares of distances would be infinite.
        plane.evaluate([&[0.0, 1e160], &[0.0, 1.0]], &mut out_2);
        assert!(out_2.iter().flatten().flatten().all(|s| s.is_nan()));
        // A spacing of a subnormal number would never grow.
        line.evaluate([&[0.0, f64::from_bits(9)]], &mut out);
        assert_eq!(out[0][0].len(), 2);
        line = PairSums::new(&kernels, method).unwrap();
        line.evaluate([&[0.3]], &mut out);
        assert!(out.iter().flatten().flatten().all(|s| s.abs() < 1e-15), "{method:?} {out:?}");
        line.evaluate([&[0.3, 0.3]], &mut out);
        assert!(out.iter().flatten().flatten().all(|s| s.abs() < 1e-12), "{method:?} {out:?}");
        line.evaluate([&[1e299, 0.0, -1e299]], &mut out);
        assert_eq!(out[0][0].len(), 3);
        line.evaluate([&[]], &mut out);
        assert_eq!(out, vec![[vec![]]; 3]);
        plane.evaluate([&[0.3], &[1.0]], &mut out_2);
        assert!(out_2.iter().flatten().flatten().all(|s| s.abs() < 1e-12), "{method:?} {out_2:?}");
    }
}

/// A range so large that a mesh of the spacing asked for would not fit: a coarser one, as reported.
#[test]
fn meshes_stay_small() {
    let kernel = PairKernel::term(KernelTerm::power(1.0)).unwrap();
    let mut sums = PairSums::new(&[kernel], SumMethod::Mesh { spacing: 1e-3 }).unwrap();
    let found = evaluate(&mut sums, &[vec![0.0, 1e6]]);
    assert!((found[0][1] - 5e5).abs() < 1.0, "{found:?}");
    assert!(matches!(sums.methods()[..], [SumMethod::Mesh { spacing }] if spacing > 0.1));
}

#[test]
fn impossible_spacings_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = PairSums::<1>::new(&[], SumMethod::Mesh { spacing: bad }).unwrap_err();
        assert!(matches!(error, LawError::MeshSpacing { .. }), "{error}");
    }
}

#[test]
#[should_panic(expected = "kernels and outputs")]
fn another_number_of_outputs_is_a_mistake() {
    PairSums::<1>::new(&[], SumMethod::Auto).unwrap().evaluate([&[0.0]], &mut [[vec![]]]);
}
