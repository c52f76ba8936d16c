//! `readme [ARGS...]`: the tables of README.md from stored results, by `pairlaw-papers`.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::error::Error;
use crate::process;

/// Every argument, `--help` too, is for `pairlaw-papers`, which alone knows the tables.
pub(crate) fn run(root: &Path, args: &[String]) -> Result<ExitCode, Error> {
    process::status(command(root).args(args)).map(process::exit_code)
}

/// An error where README.md is not what the stored results give.
pub(crate) fn check(root: &Path) -> Result<(), Error> {
    process::succeed(command(root).arg("--check"))
}

/// In the dev profile, which the tests build anyway: nothing is computed.
fn command(root: &Path) -> Command {
    process::cargo(root, "run --quiet -p pairlaw-papers -- readme")
}
