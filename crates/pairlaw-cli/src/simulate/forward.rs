//! Recorded individuals moved by the laws of their species.

use super::{Simulated, write};
use crate::error::CliError;
use crate::options::{ReadSection, SimulateArgs};
use crate::reading;
use crate::report::read_species;
use crate::species::{SpeciesResult, given_or_centred, one_body};
use pairlaw_data::{Frames, Tracks};
use pairlaw_io::TrackTable;
use pairlaw_law::{Law, Order};
use pairlaw_run::{Failure, Progress};
use pairlaw_sim::{Population, Schedule, simulate_within};
use pairlaw_weak::estimate_velocities;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Euler steps from one frame to the next.
const STEPS_PER_SAMPLE: usize = 64;

/// Moves those who are present in one frame and belong to a species.
pub(super) fn run(
    args: &SimulateArgs,
    law: &Path,
    from: &Path,
    read: &ReadSection,
    progress: &Progress,
) -> Result<(), Failure> {
    let result = read_species(law)?;
    let table = reading::table(from, read)?;
    if let Some(reason) = misfit(&result, from, &table) {
        return Err(CliError::NothingToSimulate { law: law.to_owned(), reason }.into());
    }
    match table.n_dimensions() {
        1 => forward(args, &result, &table.walls, &reading::tracks::<1>(&table, read)?, progress),
        2 => forward(args, &result, &table.walls, &reading::tracks::<2>(&table, read)?, progress),
        _ => forward(args, &result, &table.walls, &reading::tracks::<3>(&table, read)?, progress),
    }
}

/// Why these laws cannot move these individuals.
fn misfit(result: &SpeciesResult, from: &Path, table: &TrackTable) -> Option<String> {
    let (learned, from) = (&result.head.input, from.display());
    let differs = |what: &str, a: &str, b: &str| {
        (a != b).then(|| {
            format!(
                "its {what} is {a:?}, that of {from} {b:?}: give the same (--length-unit, --time-unit, \
                 --pixel-size, --frame-interval)"
            )
        })
    };
    if result.species.is_empty() {
        return Some("it has no law: nobody can be moved".to_owned());
    }
    let (a, b) = (learned.dimensions, table.n_dimensions());
    if a != b {
        return Some(format!("its laws are of {a} dimensions, {from} has {b}: see --dims"));
    }
    let members: BTreeSet<&String> = result.species.iter().flat_map(|s| &s.members).collect();
    if !table.ids.iter().any(|id| members.contains(id)) {
        return Some(format!("none of its individuals is in {from}: their ids differ"));
    }
    let [length, time] = reading::units(table);
    differs("unit of length", &learned.length_unit, &length)
        .or_else(|| differs("unit of time", &learned.time_unit, &time))
}

fn forward<const D: usize>(
    args: &SimulateArgs,
    result: &SpeciesResult,
    walls: &[[[f64; 2]; 2]],
    tracks: &Tracks<D>,
    progress: &Progress,
) -> Result<(), Failure> {
    // All species of one result have laws of one order; of first order no velocity is needed.
    let order = result.species.first().map_or(Order::Second, |species| species.law.order());
    let estimated;
    let moving = match order {
        Order::First => tracks,
        Order::Second => {
            estimated = estimate_velocities(tracks, given_or_centred(tracks))?;
            &estimated
        }
    };
    let frames = Frames::new(moving);
    let most = |k: &usize| (frames.frame(*k).individuals.len(), std::cmp::Reverse(*k));
    let frame = match args.start_frame {
        Some(frame) if frames.n_frames() <= frame => {
            let (option, value, needed) = ("start-frame", frame.to_string(), "a frame of the file");
            return Err(CliError::BadOption { option, value, needed }.into());
        }
        Some(frame) => frame,
        None => (0..frames.n_frames()).max_by_key(most).unwrap_or(0),
    };
    let (ids, chosen, initial) = start(result, moving, &frames, frame);
    if initial.species.is_empty() {
        return Err(CliError::NobodyToSimulate { frame }.into());
    }
    let n_samples = args.n_frames.unwrap_or(tracks.n_frames() - frame).max(1);
    let schedule = Schedule {
        step: tracks.dt() / STEPS_PER_SAMPLE as f64,
        steps_per_sample: STEPS_PER_SAMPLE,
        n_samples,
        noise: 0.0,
        seed: args.seed,
    };
    let laws = laws(result, initial.species.len())?;
    let tell = |done| progress.tell("simulation", done, n_samples);
    let mut surroundings = one_body(&result.head.options, walls, 1.0)?.surroundings(tracks)?;
    if !surroundings.preferred.is_empty() {
        surroundings.preferred = chosen.iter().map(|i| surroundings.preferred[*i]).collect();
    }
    let simulated = simulate_within(order, &surroundings, &initial, &laws, &schedule, tell)?;
    let named = Tracks::new(
        ids,
        pairlaw_data::Sampling { start_time: tracks.time(frame), ..simulated.sampling() },
        tracks.units().clone(),
        simulated.segments().to_vec(),
    )?;
    let truth = json!({
        "from": args.from, "start_frame": frame, "laws": result.species.iter()
            .map(|species| &species.law).collect::<Vec<_>>(),
        "species_of": initial.species.iter().map(|k| k + 1).collect::<Vec<_>>(),
    });
    write(args, Simulated { tracks: named, truth })
}

/// Ids, indices and state of those in a frame who belong to a species.
fn start<const D: usize>(
    result: &SpeciesResult,
    moving: &Tracks<D>,
    frames: &Frames<D>,
    frame: usize,
) -> (Vec<String>, Vec<usize>, Population<D>) {
    let members = result.species.iter().enumerate();
    let species_of: BTreeMap<&str, usize> =
        members.flat_map(|(k, s)| s.members.iter().map(move |id| (id.as_str(), k))).collect();
    let present = frames.frame(frame);
    let (mut ids, mut chosen) = (Vec::new(), Vec::new());
    let mut initial =
        Population { positions: Vec::new(), velocities: Vec::new(), species: Vec::new() };
    for (j, individual) in present.individuals.iter().enumerate() {
        let id = &moving.ids()[*individual as usize];
        let Some(species) = species_of.get(id.as_str()) else { continue };
        ids.push(id.clone());
        chosen.push(*individual as usize);
        initial.positions.push(std::array::from_fn(|d| present.positions[d][j]));
        let velocity = present.velocities.map_or([0.0; D], |v| std::array::from_fn(|d| v[d][j]));
        initial.velocities.push(velocity);
        initial.species.push(*species);
    }
    (ids, chosen, initial)
}

/// The laws for a population of `n`: the simulator divides by it, the learner divided by N.
fn laws(result: &SpeciesResult, n: usize) -> Result<Vec<Law>, Failure> {
    let law = |species: &crate::species::SpeciesFound| {
        let law = species.law.law()?;
        let factor = n as f64 / species.law.n_reference;
        let weights = law.weights.iter().map(|weight| weight * factor).collect();
        Ok(Law::new(law.terms, weights, law.direction)?.with_one_body(law.one_body)?)
    };
    result.species.iter().map(law).collect()
}
