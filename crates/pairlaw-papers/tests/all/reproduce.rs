//! The command as a user runs it: killed and resumed, repeated, misused.

use crate::{reproduce, reproduce_paper, results_of, run, said};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

const SMALL: [&str; 7] =
    ["--table", "2", "--experiment", "C", "--direction", "difference", "--quick"];

#[test]
fn a_killed_run_goes_on_and_ends_with_the_same_bits_on_any_number_of_threads() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let undisturbed = run(whole.path(), &[&SMALL[..], &["--threads", "1"]].concat());
    assert!(undisturbed.status.success(), "{}", String::from_utf8_lossy(&undisturbed.stderr));
    for moment in [300, 2_500, 6_000] {
        let mut child =
            reproduce(killed.path(), &[&SMALL[..], &["--threads", "2"]].concat()).spawn().unwrap();
        sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let resumed = run(killed.path(), &[&SMALL[..], &["--threads", "2"]].concat());
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let results = results_of(killed.path());
    assert_eq!(results, results_of(whole.path()));

    let row = &results["tables"][0]["rows"][0];
    assert_eq!(results["tables"][0]["id"], "species.table2");
    assert_eq!((&row["experiment"], &row["code"]), (&"C".into(), &"00001010".into()));
    assert!(row["force_error"]["attraction_repulsion"].is_null());
    assert!(row["force_error"]["alignment"].as_f64().unwrap() < 1.1e-3);
    assert_eq!(row["published"]["dv"], 0.0016);
    assert!(row["single_cell"]["worst_violation"].as_f64().unwrap() < 1e-8);
    let table = String::from_utf8(resumed.stdout).unwrap();
    assert!(table.contains("published") && killed.path().join("manifest.json").exists());

    // Everything is there: a repeated run only reads, and a damaged product is made again.
    let again = run(killed.path(), &SMALL);
    assert!(!String::from_utf8_lossy(&again.stderr).contains("single-cell"));
    let drawn = run(killed.path(), &["--figure", "4.3", "--experiment", "C", "--quick"]);
    assert!(!String::from_utf8_lossy(&drawn.stderr).contains("single-cell"));
    let figures = results_of(killed.path())["figures"].clone();
    assert_eq!(figures[0]["id"], "species.figure4.3");
    let svg = std::fs::read_to_string(killed.path().join(figures[0]["svg"].as_str().unwrap()));
    assert!(svg.is_ok_and(|svg| svg.starts_with("<svg") && svg.contains("species C")));
    let cache = killed.path().join("cache");
    let products = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let species = products
        .into_iter()
        .find(|path| path.to_string_lossy().contains("sequential-") && path.extension().is_none());
    let species = species.expect("species are cached");
    let mut bytes = std::fs::read(&species).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&species, &bytes).unwrap();
    let mended = run(killed.path(), &SMALL);
    assert!(String::from_utf8_lossy(&mended.stderr).contains("is damaged"));
    assert_eq!(results_of(killed.path()), results);
}

#[test]
fn what_is_not_there_is_named_before_any_work() {
    let out = tempfile::tempdir().unwrap();
    let says = |more: &[&str], words: &str| {
        let output = run(out.path(), more);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(words), "{more:?}: {text}");
    };
    says(&["--table", "9"], "table 9");
    says(&["--figure", "4.11"], "4.1, 4.2, 4.3");
    says(&["--figure", "4.4", "--experiment", "A"], "A,C; B,C");
    says(&["--study", "noises"], "ablation");
    says(&["--experiment", "D"], "A,B,C (long)");
    says(&["--experiment", "A,B", "--table", "2"], "A,B");
    says(&["--alpha", "1.5"], "--alpha is 1.5");
    says(&["--threads", "0"], "--threads is 0");
}

#[test]
fn kernels_of_many_particles_are_learned_once_and_the_same_on_any_number_of_threads() {
    let small = ["--table", "1", "--experiment", "B", "--quick", "--seeds", "2"];
    let run = |out: &Path, threads: &str| {
        let more = [&small[..], &["--threads", threads]].concat();
        reproduce_paper(&["meanfield"], out, &more).output().expect("the command starts")
    };
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = run(first.path(), "1");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(run(second.path(), "2").status.success());
    let results = results_of(first.path());
    assert_eq!(results, results_of(second.path()));

    let rows = results["tables"][0]["rows"].as_array().unwrap();
    let modes: Vec<&str> = rows.iter().filter_map(|row| row["mode"].as_str()).collect();
    assert_eq!(modes, ["pde", "pde", "kde", "kde", "weak", "weak"]);
    for row in rows {
        assert_eq!(row["true"]["r^-1.5"], -1.0);
        assert_eq!(row["true"]["cos(r)"], 0.0);
        assert_eq!(row["published"]["r^-1.5"], -0.815);
        assert_eq!(row["verdict"], "not judged");
        let error = (row["learned"]["r^-1.5"].as_f64().unwrap() + 1.0).abs();
        match row["mode"].as_str() {
            Some("pde") => assert!(error < 2e-3 && row["support_exact"] == true, "{row}"),
            // Statistical: five of the standard errors that the fit itself tells.
            Some("weak") => {
                let told = row["standard_error"]["r^-1.5"].as_f64().unwrap();
                assert!(error < 5.0 * told && told < 0.02, "{row}");
            }
            _ => assert!(error > 0.05, "Scott's rule is not known to be so good: {row}"),
        }
    }
    // Everything is there: a repeated run only reads.
    assert_eq!(said(&run(first.path(), "2")), "[1/1] meanfield: Table 1\n");
}

#[test]
fn what_the_other_papers_do_not_have_is_named() {
    let out = tempfile::tempdir().unwrap();
    let says = |paper: &[&str], more: &[&str], words: &str| {
        let output = reproduce_paper(paper, out.path(), more).output().expect("the command starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(words), "{more:?}: {text}");
    };
    says(&["meanfield"], &["--table", "3"], "no table 3; it has 1, 2");
    says(&["meanfield"], &["--figure", "7"], "no figure 7; it has 2, 3, 4, 5, 6");
    says(&["meanfield"], &["--experiment", "A,B"], "A, B, D, polarization, consensus");
    says(&["meanfield"], &["--study", "noise"], "no study noise");
    says(&["potentials"], &["--table", "2"], "no table 2; it has 1");
    says(&["potentials"], &["--experiment", "star"], "ring-then-triangle, heart, controls");
    says(&["potentials"], &["--study", "noise"], "no study noise");
    says(&[], &["--table", "1"], "name `species`, `meanfield` or `potentials`");
}
