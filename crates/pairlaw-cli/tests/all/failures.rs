//! What goes wrong is told with the file and the way out, by the right exit code.

use crate::command::{cells, made, pairlaw, printed, ran, refused, text};
use std::fs;

/// A run of the species learner on a file of this content.
fn species_of(content: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.csv");
    fs::write(&path, content).expect("a file");
    refused(&["species", text(&path), "--out", text(&folder.path().join("out"))])
}

#[test]
fn files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (code, told) = refused(&["inspect", "no-such-file.csv"]);
    assert!(code == Some(1) && told.contains("no-such-file.csv"), "{told}");
    let (code, told) = refused(&["species", text(folder.path()), "--out", text(&out)]);
    assert!(code == Some(1) && told.contains(text(folder.path())), "{told}");
    let (code, told) = species_of("");
    assert!(code == Some(1) && told.contains("bad.csv"), "{told}");
    // Nothing was written where nothing could be read.
    assert!(!out.exists());
}

#[test]
fn rows_that_are_wrong_are_named_by_their_line() {
    let (code, told) = species_of("id,t,x,y\n1,0,0,0\n1,1,zero,0\n");
    assert!(code == Some(1) && told.contains("bad.csv") && told.contains("line 3"), "{told}");
}

#[test]
fn usage_is_refused_with_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let out = text(folder.path());
    let run = |more: &[&str]| refused(&[&["species", cells(), "--out", out], more].concat());
    let cases: [(&[&str], &str); 10] = [
        (&["--no-such-flag"], "--no-such-flag"),
        (&["--format", "excel"], "excel"),
        (&["--dims", "4"], "--dims is 4"),
        (&["--y", "Y"], "--x is missing"),
        (&["--threads", "0"], "--threads is 0"),
        (&["--half-width", "1"], "--half-width is 1"),
        (&["--length-scale=-1"], "--length-scale is -1"),
        (&["--pixel-size", "nan"], "--pixel-size"),
        (&["--most-species", "0"], "--most-species is 0"),
        (&["--config", "no.toml"], "no.toml"),
    ];
    for (flags, words) in cases {
        let (code, told) = run(flags);
        let expected = if flags[0] == "--config" { 1 } else { 2 };
        assert!(code == Some(expected) && told.contains(words), "{flags:?}: {code:?} {told}");
    }
    let (code, told) = refused(&["simulate", "walker"]);
    assert!(code == Some(2) && told.contains("\"walkers\""), "{told}");
    let (code, told) = refused(&["convert", cells(), "out.xlsx"]);
    assert!(code == Some(2) && told.contains("out.xlsx"), "{told}");
    let (code, told) = refused(&["meanfield", cells(), "--dictionary", "tan", "--out", out]);
    assert!(code == Some(2) && told.contains("\"tan\""), "{told}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (code, told) = refused(&["species", cells(), "--out", text(file.path())]);
    assert!(code == Some(1) && told.contains("choose another --out"), "{told}");
    assert!(told.contains(text(file.path())), "{told}");
}

#[test]
fn a_folder_without_a_result_makes_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = refused(&["report", text(folder.path())]);
    assert!(code == Some(1) && told.contains("result.json"), "{told}");
    let result = folder.path().join("result.json");
    fs::write(&result, "{\"format\": \"pairlaw-result\", \"version\": 99}").unwrap();
    assert!(refused(&["report", text(folder.path())]).1.contains("another version"));
    fs::write(&result, "{}").unwrap();
    assert!(refused(&["report", text(folder.path())]).1.contains("no result of pairlaw"));
}

#[test]
fn tables_are_converted_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.csv");
    printed(&["convert", cells(), text(&copy)]);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(cells()).unwrap());
    let told = printed(&["inspect", cells(), "--json"]);
    let found: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(found.to_string().contains("3000"), "{found}");
    assert!(printed(&["inspect", cells()]).contains("30"));
    assert!(ran(&["formats"]).status.success());
}

/// As behind `| head`: who reads no more is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    use std::process::Stdio;
    let mut command = pairlaw(&["simulate", "walkers", "--n-cells", "400"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(run.stdout.take());
    let ended = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{told}");
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn what_is_read_is_never_replaced() {
    let (folder, path) = made(&["A", "--n-cells", "6", "--n-frames", "30"]);
    let before = fs::read(&path).unwrap();
    let (code, told) = refused(&["convert", text(&path), text(&path)]);
    assert!(code == Some(2) && told.contains("would be replaced"), "{told}");
    let law = folder.path().join("result.json");
    fs::write(&law, "{}").unwrap();
    let from = ["simulate", "--law", text(&law), "--from", text(&path), "--out", text(&path)];
    let (code, told) = refused(&from);
    assert!(code == Some(2) && told.contains("would be replaced"), "{told}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn coordinates_beyond_all_squares_are_refused() {
    let far = |k: i32| format!("{k},0,{k}e300,0\n{k},1,{k}.1e300,0\n{k},2,{k}.3e300,1\n");
    let rows: String = (1..7).map(far).collect();
    let (code, told) = species_of(&format!("id,t,x,y\n{rows}"));
    assert!(code == Some(1) && told.contains("--pixel-size"), "{told}");
}
