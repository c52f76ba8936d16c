//! The command as a user runs it, from the outside.

mod bad_input;
mod bench;
mod kills;
mod readme;
mod reproduce;
mod verify;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn reproduce(out: &Path, more: &[&str]) -> Command {
    reproduce_paper(&["species"], out, more)
}

fn reproduce_paper(paper: &[&str], out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairlaw-papers"));
    command.arg("reproduce").args(paper).arg("--out").arg(out).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(out: &Path, more: &[&str]) -> Output {
    reproduce(out, more).output().expect("the command starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `results.json` without what depends on clock and machine.
fn results_of(out: &Path) -> Value {
    let text = std::fs::read_to_string(out.join("results.json")).expect("results were written");
    let mut results = serde_json::from_str(&text).expect("results are JSON");
    drop_timing(&mut results);
    results
}

fn drop_timing(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("timing");
            map.values_mut().for_each(drop_timing);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_timing),
        _ => {}
    }
}
