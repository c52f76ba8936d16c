//! `pairlaw-papers`: runs the papers' experiments and prints their tables beside the published ones.
//!
//! ```text
//! scenario (simulated, cached) ─► models (cached) ─► replacement (cached) ─► validation ─► rows ─► tables
//! ```
#![allow(clippy::print_stdout)] // this is a command

mod bench;
mod manifest;
mod meanfield;
mod options;
mod plan;
mod potentials;
mod published;
mod readme;
mod report;
mod reproduce;
mod results;
mod runner;
mod species;

use clap::Parser;
use options::{Cli, Command};
use pairlaw_run::{Failure, tell_failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    // All linear algebra here is small: threads belong to the outermost loops.
    faer::set_global_parallelism(faer::Par::Seq);
    let outcome = match Cli::parse().command {
        Command::Reproduce(options) => reproduce::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Readme(options) => readme::run(&options),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            tell_failure(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}
