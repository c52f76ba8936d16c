//! The command, and tracks that it made itself.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

/// Options that make the species learner fast.
pub(crate) const FAST: [&str; 6] = ["--most-species", "2", "--restarts", "1", "--replicates", "5"];

/// The command with these arguments.
pub(crate) fn pairlaw(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairlaw"));
    command.args(arguments);
    command
}

/// Runs it and gives what it printed; panics unless it succeeds.
pub(crate) fn printed(arguments: &[&str]) -> String {
    let output = ran(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it to its end.
pub(crate) fn ran(arguments: &[&str]) -> Output {
    pairlaw(arguments).output().expect("the command starts")
}

/// Its exit code and what it says on standard error.
pub(crate) fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = ran(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Tracks of 30 cells of species A in 100 frames.
pub(crate) fn cells() -> &'static str {
    static SAMPLE: LazyLock<(TempDir, PathBuf)> =
        LazyLock::new(|| made(&["A", "--n-cells", "30", "--n-frames", "100"]));
    text(&SAMPLE.1)
}

/// Simulated tracks in a folder of their own.
pub(crate) fn made(scenario: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tracks.csv");
    printed(&[&["simulate"], scenario, &["--out", text(&path)]].concat());
    (folder, path)
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// A file of JSON.
pub(crate) fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}
