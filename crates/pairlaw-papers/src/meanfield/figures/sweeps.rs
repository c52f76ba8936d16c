//! Figure 3: how good the predicted density is as the data change.

use super::charts::Lines;
use super::line::{SHARES, distances};
use super::{Context, rounded};
use crate::Failure;
use crate::meanfield::cases::{Case, dictionary};
use crate::meanfield::experiment::{best_subset, estimate_grid, measure, two_phases};
use crate::meanfield::statistics::log_slope;
use crate::runner::TABLE_CODE;
use pairlaw::meanfield::mean_field::{Bandwidth, DensityEstimator, TimeDerivative};
use pairlaw::meanfield::{Observations, StrongForm, learn};
use pairlaw_data::{Densities, Snapshots};
use pairlaw_law::PairKernel;
use pairlaw_report::{Axis, Panel};
use pairlaw_run::Key;
use pairlaw_sim::Gaussian;
use pairlaw_synth::{FirstOrderScenario, InitialLaw};
use rayon::prelude::*;
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    Case A, particles on a line with the kernel φ(r) = 3 r²; all numbers are pure. Largest \
    Wasserstein distance W₂ over time between the true density and that predicted by the learned \
    kernel, against the number of particles N, the time Δt between observations, the variance of \
    both initial Gaussians and the noise's σ²; root mean square over the first seeds, three at most. \
    As the paper: density estimates by Scott's rule and two phases, and against Δt forward \
    differences in time. Fourfold the particles should gain a factor of two, since standard errors \
    fall with the root of N; the paper's hundredfold cannot be.";

/// Most seeds that the sweeps average over.
const MOST_SEEDS: u64 = 3;
/// Steps of the simulation between two observations.
const STRIDES: [usize; 6] = [1, 2, 5, 10, 50, 100];
/// Fewest of them for the weak form: below, snapshots would take gigabytes.
const WEAK_STRIDE: usize = 50;
const VARIANCES: [f64; 4] = [0.25, 0.5, 0.75, 1.0];
const NOISE_VARIANCES: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

/// W₂ over time of one prediction.
type Curve = Vec<(f64, f64)>;

/// Time between observations, and W₂ by estimates and by the weak form where there are any.
type Stride = (f64, [Option<Curve>; 2]);

/// One value of a sweep: what changed, and a curve for each way and seed.
struct Point {
    value: f64,
    estimates: Vec<Curve>,
    weak: Vec<Curve>,
}

pub(super) fn panels(context: &Context<'_>) -> Result<(Vec<Panel>, Value), Failure> {
    let sweeps = [
        (
            "n_particles",
            "particles N",
            by(context, &SHARES.map(|s| s as f64), |scenario, share| {
                scenario.n_particles /= share as usize;
                scenario.n_particles as f64
            })?,
        ),
        ("observation_dt", "time Δt between observations", by_stride(context)?),
        (
            "initial_variance",
            "variance s² of each Gaussian",
            by(context, &VARIANCES, |scenario, variance| {
                // Wider Gaussians need a wider box.
                (scenario.lower, scenario.upper) =
                    ([2.0 * scenario.lower[0]], [2.0 * scenario.upper[0]]);
                let part = |mean| Gaussian { share: 0.5, mean: [mean], variance };
                scenario.start = InitialLaw::Gaussians(vec![part(1.0), part(-1.0)]);
                variance
            })?,
        ),
        (
            "noise_variance",
            "σ²",
            by(context, &NOISE_VARIANCES, |scenario, variance| {
                scenario.noise_variance = variance;
                variance
            })?,
        ),
    ];
    let (mut panels, mut data) = (Vec::new(), serde_json::Map::new());
    for (id, label, points) in sweeps {
        let lines = lines(label, &points);
        if id == "n_particles" {
            let slopes: Vec<f64> =
                lines.lines.iter().map(|(_, points)| log_slope(points)).collect();
            data.insert("slopes_against_n".into(), json!(slopes));
        }
        panels.push(lines.panel());
        let curve = |curve: &Curve| -> Vec<(f64, f64)> {
            let stride = (curve.len() / 20).max(1);
            curve.iter().step_by(stride).map(|(t, w)| (rounded(*t), rounded(*w))).collect()
        };
        let point = |p: &Point| {
            json!({
                "value": p.value,
                "estimates": p.estimates.iter().map(curve).collect::<Vec<_>>(),
                "weak": p.weak.iter().map(curve).collect::<Vec<_>>(),
            })
        };
        let points: Vec<Value> = points.iter().map(point).collect();
        data.insert(id.into(), json!({ "largest_w2": lines.json(), "w2_over_time": points }));
    }
    data.insert("case".into(), json!("A"));
    Ok((panels, Value::Object(data)))
}

fn lines(label: &str, points: &[Point]) -> Lines {
    let line = |curves: fn(&Point) -> &Vec<Curve>| {
        let point = |p: &Point| {
            let largest = curves(p).iter().map(|c| c.iter().map(|q| q.1).fold(0.0, f64::max));
            let squares: f64 = largest.map(|w| w * w).sum();
            (p.value, (squares / curves(p).len() as f64).sqrt())
        };
        points.iter().filter(|p| !curves(p).is_empty()).map(point).collect()
    };
    let is_log = points.iter().all(|p| p.value > 0.0)
        && points.iter().map(|p| p.value).fold(0.0, f64::max)
            > 3.0 * points[0].value.min(points[points.len() - 1].value);
    let x = if is_log { Axis::log10(label, "") } else { Axis::linear(label, "") };
    Lines {
        title: format!("Against {label}"),
        x,
        y: Axis::log10("largest W₂", ""),
        lines: vec![
            ("density estimates, as the paper".to_owned(), line(|p| &p.estimates)),
            ("weak form".to_owned(), line(|p| &p.weak)),
        ],
    }
}

/// A sweep over changes of the scenario, which return the value that is plotted.
fn by(
    context: &Context<'_>,
    values: &[f64],
    change: impl Fn(&mut FirstOrderScenario<1>, f64) -> f64 + Sync,
) -> Result<Vec<Point>, Failure> {
    let seeds: Vec<u64> = context.seeds(MOST_SEEDS)?.collect();
    let todo: Vec<(f64, u64)> =
        values.iter().flat_map(|value| seeds.iter().map(move |seed| (*value, *seed))).collect();
    let done: Result<Vec<(f64, [Curve; 2])>, Failure> = todo
        .par_iter()
        .with_max_len(1)
        .map(|(value, seed)| {
            let mut scenario = scenario(context, *seed)?;
            let value = change(&mut scenario, *value);
            Ok((value, curves(context, &scenario)?))
        })
        .collect();
    let mut points: Vec<Point> = Vec::new();
    for (value, [estimates, weak]) in done? {
        match points.iter_mut().find(|point| point.value.to_bits() == value.to_bits()) {
            Some(point) => {
                point.estimates.push(estimates);
                point.weak.push(weak);
            }
            None => points.push(Point { value, estimates: vec![estimates], weak: vec![weak] }),
        }
    }
    points.sort_by(|a, b| a.value.total_cmp(&b.value));
    Ok(points)
}

fn scenario(context: &Context<'_>, seed: u64) -> Result<FirstOrderScenario<1>, Failure> {
    match Case::line("A", seed, context.options)? {
        Case::Line(scenario) => Ok(scenario),
        Case::Plane(_) => Err("case A lives on a line".into()),
    }
}

/// W₂ of the predictions by density estimates and by the weak form.
fn curves(context: &Context<'_>, scenario: &FirstOrderScenario<1>) -> Result<[Curve; 2], Failure> {
    let terms = dictionary("A");
    let [estimates, weak] = context.runner.particle_kernels(scenario, &terms)?;
    let curve = |kernel: PairKernel| predicted(context, scenario, &kernel);
    Ok([curve(estimates.kernel(&terms)?)?, curve(weak.kernel(&terms)?)?])
}

fn predicted(
    context: &Context<'_>,
    scenario: &FirstOrderScenario<1>,
    kernel: &PairKernel,
) -> Result<Curve, Failure> {
    let truth = context.runner.solved(scenario)?;
    let found = context.runner.solved_with(scenario, kernel)?;
    distances(&found.densities, &truth.densities)
}

/// The sweep over the time between observations; densities are estimated while particles move.
fn by_stride(context: &Context<'_>) -> Result<Vec<Point>, Failure> {
    let seeds: Vec<u64> = context.seeds(MOST_SEEDS)?.collect();
    let done: Result<Vec<Vec<Stride>>, Failure> =
        seeds.par_iter().with_max_len(1).map(|seed| kept_strides(context, *seed)).collect();
    let mut points: Vec<Point> = Vec::new();
    for (k, stride) in STRIDES.iter().enumerate() {
        let mut point = Point { value: *stride as f64, estimates: vec![], weak: vec![] };
        for run in done.as_ref().map_err(ToString::to_string)? {
            point.value = run[k].0;
            point.estimates.extend(run[k].1[0].clone());
            point.weak.extend(run[k].1[1].clone());
        }
        points.push(point);
    }
    Ok(points)
}

fn kept_strides(context: &Context<'_>, seed: u64) -> Result<Vec<Stride>, Failure> {
    let inputs = (scenario(context, seed)?, STRIDES, WEAK_STRIDE);
    let key = Key::new("strides", TABLE_CODE, &inputs);
    context.runner.store.product(&key, || strides(context, seed))
}

fn strides(context: &Context<'_>, seed: u64) -> Result<Vec<Stride>, Failure> {
    let scenario = scenario(context, seed)?;
    let terms = dictionary("A");
    let (densities, snapshots) = observed(&scenario)?;
    let mut found = Vec::new();
    for stride in STRIDES {
        let dt = stride as f64 * scenario.dt;
        let thinned = Densities::new(
            *densities.grid(),
            densities.times().iter().copied().step_by(stride).collect(),
            densities.values().iter().step_by(stride).cloned().collect(),
        )?;
        let derivative = TimeDerivative::Forward;
        let equation = StrongForm { noise_variance: scenario.noise_variance, derivative };
        let observations = Observations::Densities { densities: &thinned, equation };
        let learned = learn(&observations, &terms, &two_phases(seed))?;
        let estimates = predicted(context, &scenario, &learned.kernel)?;
        let weak = match stride >= WEAK_STRIDE {
            true => {
                let runs = [snapshots.thinned(stride / WEAK_STRIDE)];
                let observations =
                    Observations::Particles { runs: &runs, measure: measure(&scenario) };
                let best = best_subset();
                let learned = learn(&observations, &terms, &best)?;
                Some(predicted(context, &scenario, &learned.kernel)?)
            }
            false => None,
        };
        found.push((dt, [Some(estimates), weak]));
    }
    Ok(found)
}

/// Density estimates after every step, and the particles after every `WEAK_STRIDE`-th.
fn observed(scenario: &FirstOrderScenario<1>) -> Result<(Densities<1>, Snapshots<1>), Failure> {
    // Wide enough for all that may come.
    let grid = estimate_grid(scenario, ([2.0 * scenario.lower[0]], [2.0 * scenario.upper[0]]))?;
    let mut estimator = DensityEstimator::new(&grid, Bandwidth::Scott);
    let (mut times, mut values, mut failure) = (Vec::new(), Vec::new(), None);
    let snapshots =
        scenario.simulate(WEAK_STRIDE, |step, positions| match estimator.estimate(positions) {
            Ok(density) => {
                times.push(step as f64 * scenario.dt);
                values.push(density);
            }
            Err(error) => failure = Some(error),
        })?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok((Densities::new(grid, times, values)?, snapshots)),
    }
}
