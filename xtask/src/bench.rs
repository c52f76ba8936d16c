//! `bench [ARGS...]`: times the methods, by `pairlaw-papers` in release.

use std::path::Path;
use std::process::ExitCode;

use crate::error::Error;
use crate::process;

/// Every argument, `--help` too, is for `pairlaw-papers`, which knows what can be timed.
pub(crate) fn run(root: &Path, args: &[String]) -> Result<ExitCode, Error> {
    process::papers(root, "bench", args)
}
