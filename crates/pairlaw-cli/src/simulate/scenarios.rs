//! The named scenarios.

use super::{Simulated, write};
use crate::config::nearest;
use crate::error::CliError;
use crate::law_json::{Certainty, StoredLaw};
use crate::options::SimulateArgs;
use crate::output::tell;
use pairlaw_data::{Sampling, Segment, Snapshots, Streams, Tracks, Units};
use pairlaw_law::Order;
use pairlaw_run::{Failure, Progress};
use pairlaw_sim::{gaussian_velocities, latin_hypercube};
use pairlaw_synth::{FirstOrderScenario, PopulationControl, Scenario, uniform_cells};
use serde_json::json;

/// Systems of many particles on a line, their names here and in the paper.
const LINE: [(&str, &str); 4] = [
    ("line-A", "A"),
    ("line-B", "B"),
    ("polarization", "polarization"),
    ("consensus", "consensus"),
];
/// Those in the plane.
const PLANE: [(&str, &str); 3] = [
    ("plane-two-gaussians", "two Gaussians"),
    ("plane-four-gaussians", "four Gaussians"),
    ("plane-ring", "ring"),
];
/// Controls of the learner of potentials.
const POPULATIONS: [&str; 2] = ["one-population", "two-populations"];
/// Nobody minds anybody: the control of the species learner.
const WALKERS: &str = "walkers";

/// Simulates a scenario by its name; `list` lists them.
pub(super) fn run(args: &SimulateArgs, name: &str, progress: &Progress) -> Result<(), Failure> {
    let find = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(here, _)| *here == name).map(|(_, there)| *there)
    };
    if name == "list" {
        tell(&list())
    } else if Scenario::NAMES.contains(&name) {
        write(args, species(args, name, progress)?)
    } else if let Some(name) = find(&LINE) {
        write(args, particles(args, FirstOrderScenario::<1>::named(name, args.seed)?, progress)?)
    } else if let Some(name) = find(&PLANE) {
        write(args, particles(args, FirstOrderScenario::<2>::named(name, args.seed)?, progress)?)
    } else if name == WALKERS {
        write(args, walkers(args)?)
    } else if POPULATIONS.contains(&name) {
        write(args, populations(args, name == POPULATIONS[1])?)
    } else {
        let nearest = nearest(name, &names()).to_owned();
        Err(CliError::UnknownScenario { name: name.to_owned(), nearest }.into())
    }
}

fn names() -> Vec<&'static str> {
    let systems = LINE.iter().chain(&PLANE).map(|(name, _)| *name);
    Scenario::NAMES.into_iter().chain([WALKERS]).chain(systems).chain(POPULATIONS).collect()
}

fn list() -> String {
    let systems =
        |names: &[(&str, &str)]| names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("  ");
    format!(
        "for pairlaw species:     {}\n                         {WALKERS} (no interaction)\n\
         for pairlaw meanfield:   {}  {}\n\
         for pairlaw potentials:  {}\n",
        Scenario::NAMES.map(|name| format!("'{name}'")).join("  "),
        systems(&LINE),
        systems(&PLANE),
        POPULATIONS.join("  "),
    )
}

/// Cells of one to three species.
fn species(args: &SimulateArgs, name: &str, progress: &Progress) -> Result<Simulated<2>, Failure> {
    let named = Scenario::named(name, args.seed)?;
    let n_cells = args.n_cells.unwrap_or(named.n_cells);
    let n_samples = args.n_frames.unwrap_or(named.n_samples);
    let scenario = Scenario { n_cells, n_samples, ..named };
    let tracks = scenario.simulate(|done| progress.tell("simulation", done, n_samples))?;
    let laws: Vec<StoredLaw> = scenario
        .laws()
        .iter()
        .map(|law| StoredLaw::new(law, Order::Second, n_cells as f64, &Certainty::default()))
        .collect();
    let of_cell: Vec<&str> = scenario.membership().iter().map(|s| s.name()).collect();
    let names: Vec<&str> = scenario.species.iter().map(|s| s.name()).collect();
    let truth = json!({
        "scenario": name, "seed": args.seed, "species": names, "laws": laws, "species_of": of_cell,
    });
    Ok(Simulated { tracks, truth })
}

/// Particles of a first-order system: positions at 101 times, or as many as asked for.
fn particles<const D: usize>(
    args: &SimulateArgs,
    named: FirstOrderScenario<D>,
    progress: &Progress,
) -> Result<Simulated<D>, Failure> {
    let n_particles = args.n_cells.unwrap_or(1000);
    let n_intervals = args.n_frames.map_or(100, |n| n.saturating_sub(1)).clamp(1, named.n_steps);
    let scenario = FirstOrderScenario { n_particles, ..named };
    let keep_every = scenario.n_steps / n_intervals;
    let snapshots = scenario.simulate(keep_every, |done, _| {
        if done.is_multiple_of(100) {
            progress.tell("simulation", done, scenario.n_steps);
        }
    })?;
    let truth = json!({
        "scenario": scenario.name, "seed": args.seed, "kernel": scenario.kernel.terms(),
        "weights": scenario.kernel.weights(), "noise_variance": scenario.noise_variance,
    });
    Ok(Simulated { tracks: tracks(&snapshots)?, truth })
}

/// Particles that keep their places, as individuals.
fn tracks<const D: usize>(snapshots: &Snapshots<D>) -> Result<Tracks<D>, Failure> {
    let times = snapshots.times();
    let sampling =
        Sampling { start_time: times[0], dt: times[1] - times[0], n_frames: times.len() };
    let position = |particle: usize, k: usize| {
        let axes = snapshots.positions(k);
        std::array::from_fn(|d| axes[d][particle])
    };
    let n = snapshots.n_particles();
    let segment = |individual| Segment {
        individual,
        first_frame: 0,
        positions: (0..times.len()).map(|k| position(individual, k)).collect(),
        velocities: None,
    };
    let ids = (0..n).map(|particle| particle.to_string()).collect();
    Ok(Tracks::new(ids, sampling, Units::default(), (0..n).map(segment).collect())?)
}

/// Individuals whose velocities wander, each for itself.
fn walkers(args: &SimulateArgs) -> Result<Simulated<2>, Failure> {
    let (n, n_frames) = (args.n_cells.unwrap_or(200), args.n_frames.unwrap_or(200));
    if n == 0 || n_frames == 0 {
        let (option, value, needed) = ("n-cells", n.to_string(), "at least 1, as --n-frames");
        return Err(CliError::BadOption { option, value, needed }.into());
    }
    let dt = 0.1;
    let mut streams = Streams::new(args.seed);
    let mut next = || streams.next().ok_or("streams never end");
    let starts = latin_hypercube(n, [2.0; 2], &mut next()?);
    // An Ornstein–Uhlenbeck velocity of memory 2 and standard deviation .1 along each axis.
    let (keep, kick) = ((-dt / 2.0_f64).exp(), 0.1 * (1.0 - (-dt).exp()).sqrt());
    let segment = |(individual, start): (usize, &[f64; 2])| -> Result<Segment<2>, Failure> {
        let kicks =
            gaussian_velocities(n_frames, [0.0; 2], [[kick, 0.0], [0.0, kick]], &mut next()?);
        let (mut x, mut v) = (*start, kicks[0].map(|z| z * 0.1 / kick));
        let mut positions = vec![x];
        for kick in &kicks[1..] {
            v = [keep * v[0] + kick[0], keep * v[1] + kick[1]];
            x = [x[0] + dt * v[0], x[1] + dt * v[1]];
            positions.push(x);
        }
        Ok(Segment { individual, first_frame: 0, positions, velocities: None })
    };
    let segments = starts.iter().enumerate().map(segment).collect::<Result<_, _>>()?;
    let ids = (0..n).map(|i| i.to_string()).collect();
    let sampling = Sampling { start_time: 0.0, dt, n_frames };
    let truth = json!({ "scenario": WALKERS, "seed": args.seed, "laws": [] });
    Ok(Simulated { tracks: Tracks::new(ids, sampling, Units::default(), segments)?, truth })
}

/// Cells of one or two populations in each other's potentials.
fn populations(args: &SimulateArgs, two: bool) -> Result<Simulated<2>, Failure> {
    let mut control =
        if two { PopulationControl::two(args.seed) } else { PopulationControl::one(args.seed) };
    control.sampling.n_frames = args.n_frames.unwrap_or(control.sampling.n_frames);
    let start = uniform_cells(args.n_cells.unwrap_or(100), args.seed);
    let (tracks, populations) = control.simulate(&start)?;
    let of_cell: Vec<String> = populations.iter().map(|p| format!("{p:?}")).collect();
    let truth = json!({
        "scenario": POPULATIONS[usize::from(two)], "seed": args.seed, "population_of": of_cell,
    });
    Ok(Simulated { tracks, truth })
}
