//! The learner of kernels from densities: simulations, drifts, the mean-field equation, learning.

use super::clock::{one_core, seconds_of};
use super::document::Document;
use super::figure::Figure;
use super::peers::{self, Work, beside};
use crate::Failure;
use crate::options::BenchOptions;
use faer::Mat;
use pairlaw::meanfield::{Observations, Selection, learn, mean_field};
use pairlaw_data::{Grid, Snapshots, Streams};
use pairlaw_law::{KernelTerm, PairSums, SumMethod};
use pairlaw_sim::{Ensemble, Steps, simulate_first_order};
use pairlaw_sparse::{LinearSystem, Noise, NormalEquations, best_subset};
use pairlaw_synth::{CUTOFF, FirstOrderScenario};
use pairlaw_weak::{Diffusion, MeasureConfig};
use std::hint::black_box;
use std::time::Instant;

/// One measurement: its name, its unit, the most that is good, and what returns its value.
type Row<'a> = (&'static str, &'static str, Option<f64>, &'a dyn Fn() -> Result<f64, Failure>);

/// All at the paper's N = 20,000.
pub(super) fn measure(options: &BenchOptions, document: &mut Document) -> Result<(), Failure> {
    let line = |name| FirstOrderScenario::<1>::named(name, options.seed);
    let (a, b, opinions) = (&line("A")?, &line("B")?, &line("polarization")?);
    let d = &FirstOrderScenario::<2>::named("two Gaussians", options.seed)?;
    let (auto, mesh) = (SumMethod::Auto, SumMethod::Mesh { spacing: 1e-3 });
    eprintln!("simulating A, B and D to learn from");
    let (of_a, of_b, of_d) = (&short_run(a)?, &short_run(b)?, &short_run(d)?);
    #[rustfmt::skip]
    let table: [Row<'_>; 20] = [
        ("A, 10⁴ steps (extrapolated)", "s, one thread", Some(15.0), &|| whole_run(a, auto)),
        ("polarization, 10⁴ steps (extrapolated)", "s, one thread", Some(30.0), &|| whole_run(opinions, auto)),
        ("B, 10⁴ steps (extrapolated)", "s, one thread", Some(150.0), &|| whole_run(b, auto)),
        ("B on a mesh, 10⁴ steps (extrapolated)", "s, one thread", Some(60.0), &|| whole_run(b, mesh)),
        ("D, 10⁴ steps (extrapolated)", "s, one thread", Some(200.0), &|| whole_run(d, auto)),
        ("drift of A", "× direct sum", None, &|| drift(a, auto).map(|drift| drift.share)),
        ("drift of polarization", "× direct sum", None, &|| drift(opinions, auto).map(|drift| drift.share)),
        ("drift of B", "× direct sum", None, &|| drift(b, auto).map(|drift| drift.share)),
        ("drift of B on a mesh", "× direct sum", None, &|| drift(b, mesh).map(|drift| drift.share)),
        ("drift of D", "× direct sum", None, &|| drift(d, auto).map(|drift| drift.share)),
        ("error of the drift of A", "of its rms", Some(1e-10), &|| drift(a, auto).map(|drift| drift.error)),
        ("error of the drift of polarization", "of its rms", Some(1e-10), &|| drift(opinions, auto).map(|drift| drift.error)),
        ("error of the drift of B", "of its rms", Some(1e-6), &|| drift(b, auto).map(|drift| drift.error)),
        ("error of the drift of D", "of its rms", Some(1e-4), &|| drift(d, auto).map(|drift| drift.error)),
        ("equation of A, 160 cells, 1000 steps", "s", Some(2.0), &|| equation(a, 160, 1000)),
        ("equation of D, 100² cells, 1300 steps", "s", Some(30.0), &|| equation(d, 100, 1300)),
        ("kernel of A, 9 terms, 101 snapshots", "s", Some(5.0), &|| learning(a, of_a, 9)),
        ("kernel of B, 9 terms, 101 snapshots", "s", Some(5.0), &|| learning(b, of_b, 9)),
        ("kernel of D, 8 terms, 101 snapshots", "s", Some(5.0), &|| learning(d, of_d, 8)),
        ("best subset of up to 6 of 16 terms", "s", Some(3.0), &subsets),
    ];
    for (name, unit, target, work) in table {
        eprintln!("measuring {name}");
        let runs: Result<Vec<f64>, Failure> = (0..options.repeat).map(|_| work()).collect();
        document.figures.push(Figure::new(name, unit, target, &runs?));
    }
    density(a, options.repeat, document)
}

/// Particles at the start.
fn start<const D: usize>(scenario: &FirstOrderScenario<D>) -> [Vec<f64>; D] {
    let mut stream = Streams::new(scenario.seed).next().expect("streams never end");
    scenario.start.sample(scenario.n_particles, &mut stream)
}

/// Seconds of a whole simulation, from a few steps after the first ones.
fn whole_run<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    method: SumMethod,
) -> Result<f64, Failure> {
    const WARM_UP: usize = 20;
    const MEASURED: usize = 300;
    let noise = scenario.noise_variance.sqrt();
    let ensemble = Ensemble { kernel: &scenario.kernel, noise, external: None, method };
    let n_steps = WARM_UP + MEASURED;
    let steps = Steps { dt: scenario.dt, n_steps, keep_every: n_steps };
    let mut seen = Vec::new();
    let observe = |step, _, _: [&[f64]; D]| {
        if step == WARM_UP || step == n_steps {
            seen.push(Instant::now());
        }
    };
    // Streams of a seed are far apart; the start uses those of the seed itself.
    simulate_first_order(start(scenario), &ensemble, steps, !scenario.seed, observe)?;
    let measured = (seen[1] - seen[0]).as_secs_f64();
    Ok(measured * scenario.n_steps as f64 / MEASURED as f64)
}

/// A drift beside the direct sum.
struct Drift {
    /// Share of its time.
    share: f64,
    /// Largest difference, in root mean squares of the direct sums.
    error: f64,
}

fn drift<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    method: SumMethod,
) -> Result<Drift, Failure> {
    const CALLS: usize = 10;
    let positions = start(scenario);
    let positions: [&[f64]; D] = std::array::from_fn(|d| positions[d].as_slice());
    let sums = |method, calls: usize| -> Result<(f64, Vec<f64>), Failure> {
        let mut sums = PairSums::new(std::slice::from_ref(&scenario.kernel), method)?;
        let mut out = [std::array::from_fn(|_| Vec::new())];
        // Plans and memory are made in the first of many calls.
        if calls > 1 {
            sums.evaluate(positions, &mut out);
        }
        let start = Instant::now();
        (0..calls).for_each(|_| sums.evaluate(positions, black_box(&mut out)));
        Ok((start.elapsed().as_secs_f64() / calls as f64, out[0].concat()))
    };
    let (fast, found) = sums(method, CALLS)?;
    let (direct, expected) = sums(SumMethod::Direct, 1)?;
    let square = expected.iter().map(|s| s * s).sum::<f64>() / expected.len() as f64;
    let differences = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    Ok(Drift { share: fast / direct, error: differences.fold(0.0, f64::max) / square.sqrt() })
}

/// Seconds to solve the mean-field equation to time 1 with `n_cells` a side.
fn equation<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    n_cells: usize,
    n_steps: usize,
) -> Result<f64, Failure> {
    let grid = Grid::new(scenario.lower, scenario.upper, [n_cells; D])?;
    let model = mean_field::MeanField {
        kernel: &scenario.kernel,
        diffusivity: 0.5 * scenario.noise_variance,
        external: Default::default(),
        face_values: mean_field::FaceValues::Central,
    };
    let start = scenario.start.cell_averages(&grid);
    let schedule =
        mean_field::Schedule { dt: 1.0 / n_steps as f64, n_steps, keep_every: n_steps / 100 };
    seconds_of(|| mean_field::solve(&model, &grid, &start, &schedule))
}

/// A run to learn from: to the scenario's end time, in a tenth of its steps.
fn short_run<const D: usize>(scenario: &FirstOrderScenario<D>) -> Result<Snapshots<D>, Failure> {
    let (n_steps, dt) = (scenario.n_steps / 10, scenario.dt * 10.0);
    let short = FirstOrderScenario { n_steps, dt, ..scenario.clone() };
    Ok(short.simulate(n_steps / 100, |_, _| {})?)
}

/// Seconds from particles to their kernel: weak form and best subset, on all threads.
fn learning<const D: usize>(
    scenario: &FirstOrderScenario<D>,
    run: &Snapshots<D>,
    n_terms: usize,
) -> Result<f64, Failure> {
    let smooth = [0.0, 1.0, 2.0, 3.0].map(KernelTerm::power).into_iter();
    let exponentials = [1.0, -1.0].map(|rate| KernelTerm::Exponential { rate });
    let singular = KernelTerm::Power { exponent: -1.5, cutoff: CUTOFF };
    let others = [KernelTerm::Sine, KernelTerm::Cosine, singular];
    let dictionary: Vec<KernelTerm> = smooth.chain(exponentials).chain(others).collect();
    let measure = MeasureConfig::new(Diffusion::Known(scenario.noise_variance));
    let observations = Observations::Particles { runs: std::slice::from_ref(run), measure };
    let selection = Selection::BestSubset { max_terms: 3 };
    seconds_of(|| learn(&observations, &dictionary[..n_terms], &selection))
}

/// Seconds of the search for the best subset on a system of no meaning.
fn subsets() -> Result<f64, Failure> {
    let (rows, columns) = (1000, 16);
    let g = Mat::from_fn(rows, columns, |i, k| (0.1 * (i * (k + 1)) as f64).sin());
    let b = (0..rows).map(|i| (0.01 * i as f64).exp().sin()).collect();
    let equations = NormalEquations::new(&LinearSystem { g, b });
    seconds_of(|| best_subset(&equations, 6, Noise::Unknown, &[]))
}

/// The density of the particles at the start on 160 cells: binned here, by exact sums in SciPy.
fn density(
    scenario: &FirstOrderScenario<1>,
    repeat: usize,
    document: &mut Document,
) -> Result<(), Failure> {
    let [positions] = start(scenario);
    let grid = Grid::new(scenario.lower, scenario.upper, [160])?;
    let estimate =
        || mean_field::density_estimate([&positions], &grid, mean_field::Bandwidth::Scott);
    let (seconds, density) = one_core(repeat, estimate)?;
    let square = density.iter().map(|u| u * u).sum::<f64>();
    let grid = [grid.lower()[0].to_string(), grid.spacing()[0].to_string(), "160".to_owned()];
    let work = Work {
        name: format!("density of {} particles on 160 cells", positions.len()),
        target: None,
        seconds: &seconds,
        // Linear binning and averages over cells, in the place of sums at their centres.
        result: Some((square, 1e-3)),
        args: [vec![repeat.to_string()], grid.to_vec()].concat(),
        input: &positions,
    };
    beside(document, &peers::DENSITY, &work);
    Ok(())
}
