//! A run that was stopped goes on and ends with the same bits.

use crate::command::{cells, pairlaw, printed, refused, text};
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Enough draws that a run is stopped before its end.
const LONG: [&str; 6] = ["--most-species", "2", "--restarts", "1", "--replicates", "60"];

fn start(out: &Path) -> Child {
    let arguments = [&["species", cells(), "--out", text(out)], &LONG[..]].concat();
    let mut command = pairlaw(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Waits until the first stage is stored.
fn wait_for_a_product(out: &Path) {
    let begun = Instant::now();
    let stored = || {
        let entries = fs::read_dir(out.join("work")).into_iter().flatten().flatten();
        entries.map(|e| e.file_name()).any(|name| {
            let name = name.to_string_lossy();
            name.starts_with("species-") && !name.contains('.')
        })
    };
    while !stored() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no stage was stored");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_run_goes_on_with_the_same_bits() {
    let [killed, whole] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut run = start(killed.path());
    wait_for_a_product(killed.path());
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(!killed.path().join("result.json").exists(), "it was not stopped in time");
    let learn = |out: &Path, more: &[&str]| {
        printed(&[&["species", cells(), "--out", text(out)], &LONG[..], more].concat())
    };
    learn(killed.path(), &["--resume"]);
    learn(whole.path(), &[]);
    for name in ["result.json", "figures.json", "report.html"] {
        let [a, b] = [&killed, &whole].map(|out| fs::read(out.path().join(name)).unwrap());
        assert!(a == b, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on_and_ends_with_code_130() {
    let out = tempfile::tempdir().unwrap();
    let run = start(out.path());
    wait_for_a_product(out.path());
    let pid = run.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.contains("the same command goes on from there"), "{told}");
}

#[test]
fn there_must_be_something_to_resume() {
    let out = tempfile::tempdir().unwrap();
    let (code, told) = refused(&["species", cells(), "--out", text(out.path()), "--resume"]);
    assert!(code == Some(2) && told.contains("leave out --resume"), "{told}");
}
