//! Interaction kernels of many particles, learned end to end from densities and from positions, at
//! reduced size.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::sync::LazyLock;

use pairlaw::meanfield::mean_field::{
    Bandwidth, FaceValues, MeanField, Schedule, solve, stable_dt,
};
use pairlaw::meanfield::{
    LearnedKernel, Observations, PieceSearch, Selection, StrongForm, learn, learn_pieces,
    profile_exponent,
};
use pairlaw_data::{Densities, Grid, Sampling, Segment, Snapshots, Streams, Tracks, Units};
use pairlaw_law::{ExternalPotential, KernelTerm, PairKernel, SumMethod};
use pairlaw_sim::{Ensemble, Gaussian, Steps, simulate_first_order};
use pairlaw_sparse::{ProfileRange, TwoPhaseConfig};
use pairlaw_synth::{CUTOFF, FirstOrderScenario, InitialLaw};
use pairlaw_weak::{Diffusion, MeasureConfig};
use rayon::ThreadPoolBuilder;

/// Dictionary of Table 1 of the paper.
fn dictionary() -> Vec<KernelTerm> {
    let mut terms = [0.0, 1.0, 2.0, 3.0].map(KernelTerm::power).to_vec();
    terms.extend([1.0, -1.0].map(|rate| KernelTerm::Exponential { rate }));
    terms.extend([KernelTerm::Sine, KernelTerm::Cosine, repulsion(-1.5)]);
    terms
}

fn repulsion(exponent: f64) -> KernelTerm {
    KernelTerm::Power { exponent, cutoff: CUTOFF }
}

/// Where the terms r and r^−1.5 of case B stand in the dictionary.
const OF_B: [usize; 2] = [1, 8];

fn of_b(values: &[f64]) -> [f64; 2] {
    OF_B.map(|k| values[k])
}

fn named(name: &str, seed: u64) -> FirstOrderScenario<1> {
    FirstOrderScenario::<1>::named(name, seed).unwrap()
}

/// Solution of the mean-field equation on cells of the side `spacing`, with 50 densities after the
/// first.
fn densities(
    scenario: &FirstOrderScenario<1>,
    kernel: &PairKernel,
    spacing: f64,
    end: f64,
) -> Densities<1> {
    let cells = (scenario.upper[0] - scenario.lower[0]) / spacing;
    let grid = Grid::new(scenario.lower, scenario.upper, [cells.round() as usize]).unwrap();
    let weak_diffusion = scenario.noise_variance < 0.1;
    let model = MeanField {
        kernel,
        diffusivity: 0.5 * scenario.noise_variance,
        external: Default::default(),
        face_values: if weak_diffusion { FaceValues::Muscl } else { FaceValues::Quartic },
    };
    let start = scenario.start.cell_averages(&grid);
    let longest = stable_dt(&model, &grid, &start).unwrap().min(0.005 * end);
    solve(&model, &grid, &start, &Schedule::until(end, longest, 50)).unwrap().densities
}

static A_DENSITIES: LazyLock<Densities<1>> = LazyLock::new(|| {
    let scenario = named("A", 1);
    densities(&scenario, &scenario.kernel, 0.1, 1.0)
});

static B_DENSITIES: LazyLock<Densities<1>> = LazyLock::new(|| {
    let scenario = named("B", 1);
    densities(&scenario, &scenario.kernel, 0.025, 1.0)
});

/// Case B with fewer particles and longer steps than the paper's, 50 snapshots after the first.
fn particles(n_particles: usize, seed: u64) -> Snapshots<1> {
    let (n_steps, dt) = (500, 2e-3);
    let scenario = FirstOrderScenario { n_particles, n_steps, dt, ..named("B", seed) };
    scenario.simulate(n_steps / 50, |_, _| {}).unwrap()
}

static B_PARTICLES: LazyLock<Snapshots<1>> = LazyLock::new(|| particles(5000, 1));

fn strong(densities: &Densities<1>, noise_variance: f64) -> Observations<'_, 1> {
    Observations::Densities { densities, equation: StrongForm::new(noise_variance) }
}

fn weak(runs: &[Snapshots<1>], diffusion: Diffusion) -> Observations<'_, 1> {
    Observations::Particles { runs, measure: MeasureConfig::new(diffusion) }
}

fn two_phases(seed: u64) -> Selection {
    Selection::TwoPhase { config: TwoPhaseConfig::default(), seed }
}

const BEST: Selection = Selection::BestSubset { max_terms: 3 };

fn kept(learned: &LearnedKernel) -> Vec<usize> {
    let support = learned.support();
    (0..support.len()).filter(|k| support[*k]).collect()
}

/// Both ways to choose terms, the first from five seeds.
fn selections() -> Vec<Selection> {
    (1..=5).map(two_phases).chain([BEST]).collect()
}

/// Discretisation: a misfit of 1e-4 (A) and 2e-3 (B) on these coarse cells.
fn check_densities(
    densities: &Densities<1>,
    noise_variance: f64,
    truth: &[(usize, f64)],
    bound: f64,
) {
    for selection in selections() {
        let learned = learn(&strong(densities, noise_variance), &dictionary(), &selection).unwrap();
        let terms: Vec<usize> = truth.iter().map(|(term, _)| *term).collect();
        assert_eq!(kept(&learned), terms, "{selection:?}");
        for (term, weight) in truth {
            let found = learned.kernel.weights()[*term];
            assert!((found - weight).abs() < bound, "{selection:?}: {found}, not {weight}");
        }
    }
}

#[test]
fn densities_of_a_give_its_kernel() {
    check_densities(&A_DENSITIES, 2.0, &[(2, 3.0)], 1e-3);
}

#[test]
fn densities_of_b_give_its_kernel() {
    check_densities(&B_DENSITIES, 0.02, &[(OF_B[0], 1.0), (OF_B[1], -1.0)], 4e-3);
}

/// Statistical: of five seeds, no weight was more than 2.1 standard errors off.
#[test]
fn particles_of_b_give_its_kernel_and_a_good_fit() {
    let runs = std::slice::from_ref(&*B_PARTICLES);
    let learned = learn(&weak(runs, Diffusion::Known(0.02)), &dictionary(), &BEST).unwrap();
    assert_eq!(kept(&learned), OF_B);
    let errors = of_b(learned.standard_errors.as_ref().unwrap());
    let weights = of_b(learned.kernel.weights());
    for ((weight, truth), error) in weights.iter().zip([1.0, -1.0]).zip(errors) {
        assert!(error < 0.01 && (weight - truth).abs() < 5.0 * error, "{weight} ± {error}");
    }
    let misfit = learned.reduced_chi_square();
    assert!((0.8..1.25).contains(&misfit), "{misfit}");
}

/// The bias of a density estimate that is too wide: repulsion comes out weaker than it is, by much
/// more than its statistical error (three seeds: −.83 ± .005).
#[test]
fn density_estimates_weaken_the_repulsion_of_b() {
    let grid = Grid::new([-8.0], [8.0], [160]).unwrap();
    let observations = Observations::Estimates {
        runs: std::slice::from_ref(&*B_PARTICLES),
        grid,
        bandwidth: Bandwidth::Scott,
        equation: StrongForm::new(0.02),
    };
    for selection in [two_phases(1), BEST] {
        let learned = learn(&observations, &dictionary(), &selection).unwrap();
        assert_eq!(kept(&learned), OF_B);
        let [attraction, repulsion] = of_b(learned.kernel.weights());
        assert!((0.95..1.0).contains(&attraction), "{attraction}");
        assert!(-0.95 < repulsion && repulsion < -0.5, "{repulsion}");
        assert!(learned.standard_errors.is_none() && learned.reduced_chi_square().is_nan());
    }
}

/// Two runs know everything better than one, about by the root of 2.
#[test]
fn unknown_noise_is_found_and_runs_pool() {
    let runs = [particles(5000, 1), particles(5000, 2)];
    let learned = |runs| {
        let terms = [KernelTerm::power(1.0), repulsion(-1.5)];
        learn(&weak(runs, Diffusion::Unknown), &terms, &Selection::All).unwrap()
    };
    let (one, both) = (learned(&runs[..1]), learned(&runs));
    for learned in [&one, &both] {
        let error = learned.noise_variance_error.unwrap();
        let found = learned.noise_variance;
        assert!(error < 0.01 && (found - 0.02).abs() < 5.0 * error, "{found} ± {error}");
        let errors = learned.standard_errors.as_ref().unwrap();
        for ((weight, truth), error) in learned.kernel.weights().iter().zip([1.0, -1.0]).zip(errors)
        {
            assert!((weight - truth).abs() < 5.0 * error, "{weight} ± {error}");
        }
    }
    let errors = |learned: &LearnedKernel| {
        let mut errors = learned.standard_errors.clone().unwrap();
        errors.extend(learned.noise_variance_error);
        errors
    };
    // Statistical: .707 if both runs told the same, .69 as measured.
    for (both, one) in errors(&both).iter().zip(errors(&one)) {
        assert!((0.6..0.8).contains(&(both / one)), "{both} of two, {one} of one");
    }
}

/// Jumps on the edges of the first search's bins and off them; f = .1, 1, 0.
///
/// Discretisation: breaks were off by .002, values by .007.
#[test]
fn densities_give_the_jumps_of_a_kernel() {
    let piece = |from, to| KernelTerm::Piece { from, to, exponent: 1 };
    for truth in [[2.0, 3.0], [1.537, 2.113]] {
        let terms = vec![piece(0.0, truth[0]), piece(truth[0], truth[1])];
        let kernel = PairKernel::new(terms, vec![0.1, 1.0]).unwrap();
        let densities = densities(&named("consensus", 1), &kernel, 0.05, 2.0);
        let search = PieceSearch::influence(5.0);
        let learned = learn_pieces(&strong(&densities, 0.02), &search).unwrap();
        assert!(learned.is_converged());
        let close = |found: &[f64], truth: &[f64]| {
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.02;
            found.len() == truth.len() && found.iter().zip(truth).all(near)
        };
        assert!(close(&learned.refined.breaks, &truth), "{:?}", learned.refined.breaks);
        assert!(close(&learned.refined.values, &[0.1, 1.0, 0.0]), "{:?}", learned.refined.values);
        assert_eq!((learned.binned.len(), learned.kernel.terms().len()), (50, 3));
    }
}

/// Of densities by discretisation (off by .0014), of particles statistical.
#[test]
fn the_exponent_of_b_is_found() {
    let range = ProfileRange { lower: 1.0, upper: 2.0, n_scan: 5, tolerance: 1e-3 };
    let powers = |p: f64| vec![KernelTerm::power(1.0), repulsion(-p)];
    let found = profile_exponent(&strong(&B_DENSITIES, 0.02), powers, range).unwrap();
    assert!(!found.at_end && (found.parameter - 1.5).abs() < 0.01, "{}", found.parameter);
    let runs = std::slice::from_ref(&*B_PARTICLES);
    let found = profile_exponent(&weak(runs, Diffusion::Known(0.02)), powers, range).unwrap();
    let error = found.standard_error.unwrap();
    assert!(error < 0.03 && (found.parameter - 1.5).abs() < 5.0 * error, "{found:?}");
}

/// Particles that attract each other with φ = r² in the potential V = x/2 + x²/2, a quarter of them
/// far from the rest: a start that tells the two apart.
fn in_a_well() -> Snapshots<1> {
    let kernel = PairKernel::term(KernelTerm::power(2.0)).unwrap();
    let gaussian = |share, mean, variance| Gaussian { share, mean: [mean], variance };
    let start = InitialLaw::Gaussians(vec![gaussian(1.0, 3.0, 0.25), gaussian(3.0, 0.0, 0.1)]);
    let start = start.sample(4000, &mut Streams::new(1).next().unwrap());
    let external = Some(ExternalPotential { slope: [0.5], stiffness: [1.0] });
    let ensemble =
        Ensemble { kernel: &kernel, noise: 0.5f64.sqrt(), external, method: SumMethod::Auto };
    let steps = Steps { dt: 1e-3, n_steps: 1000, keep_every: 10 };
    simulate_first_order(start, &ensemble, steps, 2, |_, _, _| {}).unwrap()
}

/// Statistical: of five seeds, no weight was more than 1.4 standard errors off.
#[test]
fn a_well_and_a_kernel_are_told_apart() {
    let external = vec![
        ExternalPotential { slope: [1.0], stiffness: [0.0] },
        ExternalPotential { slope: [0.0], stiffness: [1.0] },
    ];
    let measure = MeasureConfig { external, ..MeasureConfig::new(Diffusion::Known(0.5)) };
    let observations = Observations::Particles { runs: &[in_a_well()], measure };
    let terms = [1.0, 2.0].map(KernelTerm::power);
    let learned = learn(&observations, &terms, &Selection::All).unwrap();
    let errors = learned.standard_errors.as_ref().unwrap();
    let mut found: Vec<(f64, f64)> =
        learned.kernel.weights().iter().copied().zip(errors.iter().copied()).collect();
    found.extend(&learned.external);
    assert_eq!(found.len(), 4);
    for ((weight, error), truth) in found.into_iter().zip([0.0, 1.0, 0.5, 1.0]) {
        assert!(error < 0.1 && (weight - truth).abs() < 5.0 * error, "{weight} ± {error}");
    }
    assert!((0.8..1.25).contains(&learned.reduced_chi_square()));
}

/// Shortest decimal forms differ where bits do.
#[test]
fn one_and_two_threads_give_the_same_bits() {
    let runs = [particles(2000, 3)];
    let learned = |n_threads| {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let by_particles = learn(&weak(&runs, Diffusion::Known(0.02)), &dictionary(), &BEST);
            let by_densities = learn(&strong(&B_DENSITIES, 0.02), &dictionary(), &two_phases(1));
            format!("{:?}", (by_particles.unwrap(), by_densities.unwrap()))
        })
    };
    assert!(learned(1) == learned(2));
}

/// The same law from tracks as from the snapshots they were made of; times to rounding.
#[test]
fn tracks_give_the_law_of_their_snapshots() {
    let snapshots = particles(2000, 4);
    let times = snapshots.times();
    let segment = |individual: usize| Segment {
        individual,
        first_frame: 0,
        positions: (0..times.len()).map(|k| [snapshots.positions(k)[0][individual]]).collect(),
        velocities: None,
    };
    let sampling = Sampling { start_time: times[0], dt: times[1], n_frames: times.len() };
    let ids = (0..2000).map(|i| i.to_string()).collect();
    let segments = (0..2000).map(segment).collect();
    let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
    let again = Snapshots::from_tracks(&tracks).unwrap();
    let learned = |run: Snapshots<1>| {
        learn(&weak(&[run], Diffusion::Known(0.02)), &dictionary(), &BEST).unwrap()
    };
    let (a, b) = (learned(snapshots), learned(again));
    assert_eq!(kept(&a), OF_B);
    for (a, b) in a.kernel.weights().iter().zip(b.kernel.weights()) {
        // Rounding of times, 1e-16, times the condition of the terms.
        assert!((a - b).abs() < 1e-10, "{a} {b}");
    }
}
