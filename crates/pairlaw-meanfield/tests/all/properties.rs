//! Properties of estimates, solutions and systems for random particles, kernels and densities.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use faer::Mat;
use pairlaw_data::{Densities, Grid};
use pairlaw_law::{ExternalPotential, KernelTerm, PairKernel};
use pairlaw_meanfield::{
    Bandwidth, DensityEstimator, FaceValues, MeanField, Schedule, TimeDerivative, density_estimate,
    gaussian_mixture, solve, stable_dt, strong_form,
};
use proptest::prelude::*;

fn term() -> impl Strategy<Value = KernelTerm> {
    prop_oneof![
        (0.0f64..3.0).prop_map(KernelTerm::power),
        (0.2f64..2.0, 0.1f64..0.5)
            .prop_map(|(p, cutoff)| KernelTerm::Power { exponent: -p, cutoff }),
        (-2.0f64..-0.1).prop_map(|rate| KernelTerm::Exponential { rate }),
        Just(KernelTerm::Sine),
        Just(KernelTerm::Cosine),
        (0.1f64..1.0).prop_map(|cutoff| KernelTerm::Yukawa { cutoff }),
        (0.5f64..2.0, 0.1f64..1.0).prop_map(|(radius, cutoff)| KernelTerm::Sign { radius, cutoff }),
        (0.0f64..1.0, 0.5f64..2.0, 0u8..2).prop_map(|(from, wide, exponent)| {
            KernelTerm::Piece { from, to: from + wide, exponent }
        }),
    ]
}

/// Attractive and repulsive kernels; singular ones repel, as their attraction draws all mass into a
/// cell or two, which no grid resolves.
fn kernel() -> impl Strategy<Value = PairKernel> {
    let singular = |term: &KernelTerm| term.value(0.0) > 1.0;
    prop::collection::vec((term(), -2.0f64..2.0), 1..3).prop_map(move |terms| {
        let sign = |(t, w): (KernelTerm, f64)| (t, if singular(&t) { -w.abs() } else { w });
        let (terms, weights) = terms.into_iter().map(sign).unzip();
        PairKernel::new(terms, weights).unwrap()
    })
}

/// Two clusters that stay inside [−4, 4] for the time of a test.
fn start() -> impl Strategy<Value = [(f64, [f64; 1], f64); 2]> {
    let cluster = || (0.2f64..1.0, [-1.0f64..1.0], 0.25f64..0.45);
    [cluster(), cluster()]
}

const FACES: [FaceValues; 3] = [FaceValues::Central, FaceValues::Quartic, FaceValues::Muscl];

fn evolve(
    kernel: &PairKernel,
    face_values: FaceValues,
    grid: &Grid<1>,
    initial: &[f64],
) -> Vec<Vec<f64>> {
    let external = ExternalPotential::default();
    let model = MeanField { kernel, diffusivity: 1.0, external, face_values };
    // Half of what the first drift allows, so that a stronger one later is stable as well.
    let dt = 0.5 * stable_dt(&model, grid, initial).unwrap();
    let schedule = Schedule { dt: dt.min(4e-3), n_steps: 20, keep_every: 10 };
    solve(&model, grid, initial, &schedule).unwrap().densities.values().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn estimates_are_densities(
        x in prop::collection::vec(-3.0f64..3.0, 2..60),
        n in 30usize..80,
        bandwidth in 0.2f64..0.5,
    ) {
        let grid = Grid::new([-7.0], [7.5], [n]).unwrap();
        let u = density_estimate([&x], &grid, Bandwidth::Fixed(bandwidth)).unwrap();
        let h = grid.cell_volume();
        prop_assert!(u.iter().all(|u| *u >= 0.0));
        prop_assert!((u.iter().sum::<f64>() * h - 1.0).abs() < 1e-13); // rounding
        // Linear binning keeps the mean; the Gaussian is even and ends 8 bandwidths inside.
        let centres = grid.centres(0);
        let mean: f64 = u.iter().zip(&centres).map(|(u, c)| u * c * h).sum();
        let expected = x.iter().sum::<f64>() / x.len() as f64;
        prop_assert!((mean - expected).abs() < 1e-11, "{mean} {expected}"); // rounding
    }

    #[test]
    fn estimates_do_not_know_the_order_of_particles_or_axes(
        mut points in prop::collection::vec((-2.0f64..2.0, -1.0f64..1.0), 3..40),
    ) {
        let rule = Bandwidth::Fixed(0.4);
        let grid = Grid::new([-5.0, -4.0], [5.0, 4.5], [25, 17]).unwrap();
        let swapped = Grid::new([-4.0, -5.0], [4.5, 5.0], [17, 25]).unwrap();
        let mut estimator = DensityEstimator::new(&grid, rule);
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        let u = estimator.estimate([&x, &y]).unwrap();
        points.reverse();
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        let reversed = estimator.estimate([&x, &y]).unwrap();
        let transposed = density_estimate([&y, &x], &swapped, rule).unwrap();
        for cell in 0..u.len() {
            let other = transposed[cell % 17 * 25 + cell / 17];
            prop_assert!((u[cell] - reversed[cell]).abs() < 1e-13); // rounding
            prop_assert!((u[cell] - other).abs() < 1e-13);
        }
    }

    #[test]
    fn solutions_keep_mass_and_centre(kernel in kernel(), start in start(), faces in 0usize..3) {
        let grid = Grid::new([-4.0], [4.0], [40]).unwrap();
        let initial = gaussian_mixture(&grid, &start).unwrap();
        let centres = grid.centres(0);
        let moments = |u: &[f64]| {
            let mean: f64 = u.iter().zip(&centres).map(|(u, x)| u * x * 0.2).sum();
            (u.iter().sum::<f64>() * 0.2, mean)
        };
        let before = moments(&initial);
        let kept = evolve(&kernel, FACES[faces], &grid, &initial);
        prop_assert_eq!(kept.len(), 3);
        for u in &kept {
            let after = moments(u);
            prop_assert!((after.0 - 1.0).abs() < 1e-13); // rounding
            // Pairs act and react. Central face values do so exactly on the grid, the others up to
            // discretisation; a little mass arrives at the walls.
            let bound = if FACES[faces] == FaceValues::Central { 2e-3 } else { 5e-3 };
            prop_assert!((after.1 - before.1).abs() < bound, "{before:?} {after:?}");
        }
    }

    #[test]
    fn solutions_move_and_mirror_with_their_start(
        kernel in kernel(),
        start in start(),
        faces in 0usize..3,
    ) {
        let grid = Grid::new([-4.0], [4.0], [40]).unwrap();
        let far = Grid::new([-5.0], [3.0], [40]).unwrap();
        let moved = start.map(|(weight, [mean], std)| (weight, [mean - 1.0], std));
        let mirrored = start.map(|(weight, [mean], std)| (weight, [-mean], std));
        let of = |grid: &Grid<1>, start| {
            let initial = gaussian_mixture(grid, start).unwrap();
            evolve(&kernel, FACES[faces], grid, &initial).pop().unwrap()
        };
        let (u, moved, mut mirrored) = (of(&grid, &start), of(&far, &moved), of(&grid, &mirrored));
        mirrored.reverse();
        for ((u, moved), mirrored) in u.iter().zip(&moved).zip(&mirrored) {
            // Rounding, through 20 steps.
            prop_assert!((u - moved).abs() < 1e-11, "{u} {moved}");
            prop_assert!((u - mirrored).abs() < 1e-11, "{u} {mirrored}");
        }
    }

    #[test]
    fn limited_solutions_stay_positive(kernel in kernel(), start in start()) {
        let grid = Grid::new([-4.0], [4.0], [40]).unwrap();
        let initial = gaussian_mixture(&grid, &start).unwrap();
        let kept = evolve(&kernel, FaceValues::Muscl, &grid, &initial);
        prop_assert!(kept.iter().flatten().all(|u| *u >= -1e-16)); // rounding of sums
    }

    /// The system of a weighted sum of terms is that of the terms, mixed; also in the plane.
    #[test]
    fn systems_are_linear_in_the_kernel(
        first in term(),
        second in term(),
        weights in [0.5f64..2.0, -2.0f64..-0.5],
        values in prop::collection::vec(0.0f64..1.0, 3 * 56),
    ) {
        let grid = Grid::new([0.0, 0.0], [2.0, 1.6], [7, 8]).unwrap();
        let values: Vec<Vec<f64>> = values
            .chunks(56)
            .map(|u| pairlaw_meanfield::normalised(&grid, u.to_vec()).unwrap())
            .collect();
        let densities = Densities::new(grid, vec![0.0, 0.1, 0.3], values).unwrap();
        let time_derivative = TimeDerivative::Midpoint;
        let of = |kernels: &[PairKernel]| {
            strong_form(&densities, kernels, &[], 0.5, time_derivative).unwrap()
        };
        let parts = of(&[PairKernel::term(first).unwrap(), PairKernel::term(second).unwrap()]);
        let whole = of(&[PairKernel::new(vec![first, second], weights.to_vec()).unwrap()]);
        for (whole, parts) in whole.iter().zip(&parts) {
            let mixed = parts.mixed(&Mat::from_fn(2, 1, |k, _| weights[k]));
            let scale = 1e-11 * parts.response.max(parts.gram[(0, 0)]).max(parts.gram[(1, 1)]);
            prop_assert_eq!(whole.n_rows, 3 * 4);
            prop_assert!((whole.gram[(0, 0)] - mixed.gram[(0, 0)]).abs() < scale); // rounding
            prop_assert!((whole.moments[0] - mixed.moments[0]).abs() < scale);
        }
    }
}
