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

/// The same by the program that `cargo test` has put beside xtask. `cargo run` would build its crates
/// anew, with the features that it needs alone.
pub(crate) fn check_by_tested(root: &Path) -> Result<(), Error> {
    let xtask = std::env::current_exe().map_err(Error::at(Path::new("xtask")))?;
    let papers = xtask.with_file_name(format!("pairlaw-papers{}", std::env::consts::EXE_SUFFIX));
    process::succeed(Command::new(papers).current_dir(root).args(["readme", "--check"]))
}

/// In the dev profile: nothing is computed.
fn command(root: &Path) -> Command {
    process::cargo(root, "run --quiet -p pairlaw-papers -- readme")
}
