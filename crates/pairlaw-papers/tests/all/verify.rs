//! `--verify`: a run is done again and compared bit for bit.

use crate::{reproduce_paper, said};
use std::path::Path;
use std::process::Output;

fn verify(manifest: &Path, out: &Path) -> Output {
    let manifest = manifest.to_str().expect("a path of ASCII letters");
    reproduce_paper(&[], out, &["--verify", manifest]).output().expect("the command starts")
}

#[test]
fn a_run_can_be_verified_and_a_difference_is_named() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let small = ["--table", "1", "--experiment", "B", "--quick", "--seeds", "1", "--threads", "2"];
    let made = reproduce_paper(&["meanfield"], first.path(), &small).output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    let manifest = first.path().join("manifest.json");

    let same = verify(&manifest, second.path());
    assert!(same.status.success(), "{}", said(&same));
    let told = String::from_utf8_lossy(&same.stdout).into_owned();
    assert!(told.contains("the same bits: 5 products and 1 files"), "{told}");
    assert!(!said(&same).contains("instruction set was"), "{}", said(&same));

    // One digit of one hash, and a product that is not made.
    let text = std::fs::read_to_string(&manifest).unwrap();
    let place = text.find("\"density-").unwrap() + 1;
    let wrong = format!("{}x{}", &text[..place], &text[place..]);
    let place = wrong.find("\"results.json\": \"").unwrap() + 17;
    let digit = if &wrong[place..=place] == "0" { "1" } else { "0" };
    let wrong = format!("{}{digit}{}", &wrong[..place], &wrong[place + 1..]);
    let other = first.path().join("other.json");
    std::fs::write(&other, wrong).unwrap();
    let differs = verify(&other, second.path());
    let told = String::from_utf8_lossy(&differs.stdout).into_owned();
    assert!(!differs.status.success() && told.contains("product xdensity-"), "{told}");
    assert!(told.contains("file results.json: was"), "{told}");
}

#[test]
fn what_is_no_manifest_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("manifest.json");
    for (content, words) in [
        (None, "No such file"),
        (Some("{\"schema\": 1"), "EOF"),
        (Some("[]"), "give the manifest.json that `reproduce` wrote"),
    ] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let output = verify(&path, out.path());
        assert!(!output.status.success() && said(&output).contains(words), "{}", said(&output));
        assert!(said(&output).contains("manifest.json"), "{}", said(&output));
    }
}
