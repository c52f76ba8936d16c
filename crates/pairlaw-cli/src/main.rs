//! `pairlaw`: from a file of tracks to the laws of interaction that it supports.
//!
//! ```text
//! file ─► table ─► tracks ─► learner (stages kept) ─► result.json, figures.json ─► report.html
//! ```

mod config;
mod error;
mod options;

mod fingerprint;
mod reading;

mod learner;
mod output;

mod head;
mod law_json;
mod page;

mod species;

mod meanfield;
mod potentials;

mod convert;
mod formats;
mod inspect;
mod report;
mod simulate;

use clap::{CommandFactory, FromArgMatches};
use error::CliError;
use meanfield::Meanfield;
use options::{Cli, Command};
use output::tell;
use pairlaw_run::{Failure, tell_failure};
use potentials::Potentials;
use species::Species;
use std::process::ExitCode;

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
        Command::Simulate(args) => simulate::run(args, given),
        Command::Report { dir } => report::run(dir),
        Command::Convert(args) => convert::run(args, given),
        Command::Meanfield(args) => learner::run::<Meanfield>(args, given),
        Command::Potentials(args) => learner::run::<Potentials>(args, given),
        Command::Inspect(args) => inspect::run(args, given),
        Command::Formats => tell(&formats::list()),
        Command::Reference => tell(&config::reference()?),
    }
}
