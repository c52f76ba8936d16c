//! `bench` as a user runs it: measured once, stored, compared with itself, misused.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn bench(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairlaw-papers"));
    command.arg("bench").args(args).env("PYTHON", "/no/such/python");
    command.output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The only file of a folder.
fn stored(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("the folder was made");
    let files: Vec<_> = entries.map(|entry| entry.expect("it is there").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].display().to_string()
}

#[test]
fn figures_are_stored_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let small = ["species", "--cells", "40", "--repeat", "2", "--threads", "1", "--out", out];
    let run = bench(&[&small[..], &["--json"]].concat());
    assert!(run.status.success(), "{}", text(&run.stderr));
    let file = stored(folder.path());
    assert!(file.ends_with("-species.json"), "{file}");
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(json, written);
    assert_eq!((&json["schema"], &json["threads"]), (&1.into(), &1.into()));
    let choices = serde_json::json!({"learner": "species", "cells": 40, "repeat": 2, "seed": 1});
    assert_eq!(json["options"], choices);
    let figures = json["figures"].as_array().unwrap();
    let figure = |name: &str| figures.iter().find(|f| f["name"] == name).unwrap();
    let path = figure("whole λ path of one cell");
    let [least, most] = [0, 1].map(|i| path["spread"][i].as_f64().unwrap());
    assert!(0.0 < least && least <= path["value"].as_f64().unwrap() && least <= most);
    assert!(figure("mixture")["spread"].is_null() && path["peer"].is_null());
    // Who is not installed is said.
    let notes = json["notes"].to_string();
    assert!(notes.contains("SciPy was not measured") && notes.contains("/no/such/python"));

    let same = bench(&["--compare", &file, "--with", &file]);
    let table = text(&same.stdout);
    assert!(same.status.success() && !table.contains("warning"), "{table}");
    let rows: Vec<&str> = table.lines().filter(|line| line.ends_with(" same    |")).collect();
    assert_eq!(rows.len(), figures.len(), "{table}");
}

#[test]
fn what_cannot_be_compared_is_said_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.json");
    std::fs::write(&file, "{\"schema\": 1, \"vers").unwrap();
    let says = |args: &[&str], words: &str| {
        let output = bench(args);
        let text = text(&output.stderr);
        assert!(!output.status.success() && text.contains(words), "{args:?}: {text}");
        assert!(!text.contains("measuring"), "{text}");
    };
    says(&["--compare", file.to_str().unwrap()], "cut.json has no stored figures: it is cut off");
    says(&["--compare", "/no/such/file"], "cannot read the stored figures /no/such/file");
    says(&["--repeat", "0"], "--repeat is 0");
}
