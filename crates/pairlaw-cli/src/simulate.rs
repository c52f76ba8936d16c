//! `pairlaw simulate`: tracks whose laws are known, and recorded individuals moved by learned laws.

mod forward;
mod scenarios;

use crate::config::ConfigFile;
use crate::error::CliError;
use crate::options::SimulateArgs;
use crate::output::{json, other_than, tell};
use clap::ArgMatches;
use pairlaw_data::{Segment, Tracks, write_atomic};
use pairlaw_io::{csv, write_csv};
use pairlaw_run::{Failure, Progress};
use pairlaw_synth::{add_noise, drop_runs};
use serde_json::Value;
use std::path::PathBuf;

/// Longest run of samples that `--drop` deletes.
const LONGEST_RUN: usize = 4;

/// What a simulation gives: tracks, and what is true of them.
struct Simulated<const D: usize> {
    tracks: Tracks<D>,
    truth: Value,
}

pub(crate) fn run(args: &SimulateArgs, given: &ArgMatches) -> Result<(), Failure> {
    for (option, share) in [("noise", args.noise), ("drop", args.drop)] {
        if !(0.0..1.0).contains(&share) {
            let (value, needed) = (share.to_string(), "a share from 0 to less than 1");
            return Err(CliError::BadOption { option, value, needed }.into());
        }
    }
    let progress = Progress::new();
    if let (Some(law), Some(from)) = (&args.law, &args.from) {
        if let Some(out) = &args.out {
            other_than(law, out)?;
            other_than(from, out)?;
        }
        let read = ConfigFile::read(args.config.as_deref())?.options(&args.read, given)?;
        return forward::run(args, law, from, &read, &progress);
    }
    let name = args.scenario.as_deref().unwrap_or("list");
    scenarios::run(args, name, &progress)
}

/// Degrades tracks as asked for, writes them and the truth beside them, and says so.
fn write<const D: usize>(args: &SimulateArgs, simulated: Simulated<D>) -> Result<(), Failure> {
    let Simulated { mut tracks, truth } = simulated;
    if args.noise > 0.0 {
        tracks = add_noise(&tracks, args.noise, !args.seed)?;
    }
    if args.drop > 0.0 {
        tracks = drop_runs(&tracks, args.drop, LONGEST_RUN, args.seed)?;
    }
    // What is recorded of real individuals are positions.
    let tracks = without_velocities(&tracks)?;
    let Some(out) = &args.out else {
        return tell(&csv(&tracks));
    };
    let mut beside = out.clone().into_os_string();
    beside.push(".truth.json");
    let beside = PathBuf::from(beside);
    write_atomic(&beside, json(&truth)?.as_bytes())?;
    write_csv(&tracks, out)?;
    tell(&format!(
        "{}: {} individuals, {} frames every {}; what is true: {}\n",
        out.display(),
        tracks.n_individuals(),
        tracks.n_frames(),
        tracks.dt(),
        beside.display()
    ))
}

fn without_velocities<const D: usize>(tracks: &Tracks<D>) -> Result<Tracks<D>, Failure> {
    let segments = tracks.segments().iter();
    let still = segments.map(|segment| Segment { velocities: None, ..segment.clone() });
    Ok(tracks.with_segments(still.collect())?)
}
