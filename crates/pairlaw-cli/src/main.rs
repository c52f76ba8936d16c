//! `pairlaw`: from a file of tracks to the laws of interaction that it supports.
//!
//! ```text
//! file ─► table ─► tracks ─► learner (stages kept) ─► result.json, figures.json ─► report.html
//! ```
#![allow(clippy::print_stdout)] // this is a command

mod config;
mod error;
mod options;

mod reading;

mod learner;
mod output;

mod law_json;
mod page;

mod species;

mod convert;
mod report;
mod simulate;

use clap::{CommandFactory, FromArgMatches};
use error::CliError;
use learner::{Job, Learn};
use options::{Cli, Command, SpeciesOptions};
use output::Output;
use pairlaw_data::Tracks;
use pairlaw_run::{Failure, tell_failure};
use std::process::ExitCode;

/// The species learner.
struct Species;

impl Learn for Species {
    type Options = SpeciesOptions;
    type Found = species::SpeciesResult;

    fn learn<const D: usize>(
        job: &Job<'_, SpeciesOptions>,
        tracks: &Tracks<D>,
        output: &Output,
    ) -> Result<Self::Found, Failure> {
        species::run(job, tracks, output)
    }
}

fn main() -> ExitCode {
    // All linear algebra here is small: threads belong to the outermost loops.
    faer::set_global_parallelism(faer::Par::Seq);
    let matches = Cli::command().get_matches();
    let done = Cli::from_arg_matches(&matches).map_err(Failure::from).and_then(|cli| {
        let (_, given) = matches.subcommand().ok_or("no command")?;
        run(&cli.command, given)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell_failure(failure.as_ref());
            let usage = failure.downcast_ref::<CliError>().is_some_and(CliError::is_usage);
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(command: &Command, given: &clap::ArgMatches) -> Result<(), Failure> {
    match command {
        Command::Species(args) => learner::run::<Species>(args, given),
        Command::Reference => {
            print!("{}", config::reference()?);
            Ok(())
        }
        Command::Simulate(args) => simulate::run(args, given),
        Command::Report { dir } => report::run(dir),
        Command::Convert(args) => convert::run(args, given),
        _ => Err("not yet".into()),
    }
}
