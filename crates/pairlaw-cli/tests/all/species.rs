//! `pairlaw species` from a table to the report.

use crate::command::{FAST, cells, json, made, printed, refused, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn learn(out: &Path, more: &[&str]) -> String {
    printed(&[&["species", cells(), "--out", text(out)], &FAST[..], more].concat())
}

#[test]
fn one_species_is_found_and_all_files_are_there() {
    let out = tempfile::tempdir().unwrap();
    let summary = learn(out.path(), &[]);
    assert!(summary.starts_with("1 species of 30 individuals. Every law"), "{summary}");
    assert!(summary.lines().count() <= 40 && summary.contains("report.html"));
    let result = json(&out.path().join("result.json"));
    assert_eq!((&result["format"], &result["version"]), (&"pairlaw-result".into(), &1.into()));
    assert_eq!((&result["learner"], &result["seed"]), (&"species".into(), &1.into()));
    assert_eq!(result["input"]["sha256"].as_str().unwrap().len(), 64);
    let members: Vec<&str> = result["species"][0]["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let expected: Vec<String> = (0..30).map(|id| id.to_string()).collect();
    assert_eq!(members, expected);
    for term in result["species"][0]["law"]["terms"].as_array().unwrap() {
        let number = |key: &str| term[key].as_f64().unwrap();
        assert!(number("low") <= number("high") && number("inclusion") <= 1.0, "{term}");
        assert!(term["angular"]["kind"].is_string() && term["radial"]["kind"].is_string());
    }
    assert!(result["undetermined"].as_array().unwrap().is_empty());
    assert_eq!(json(&out.path().join("law-1.json")), result["species"][0]["law"]);
    let table = fs::read_to_string(out.path().join("individuals.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0][0], rows[1][1]), (31, "id", "1"));
    assert!(rows.iter().all(|row| row.len() == 9));
    let support = result["support"].as_array().unwrap();
    let claims: Vec<(&str, &str)> = support
        .iter()
        .map(|s| (s["claim"].as_str().unwrap(), s["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(claims[0], ("species 1: neighbours act", "supported"));
    assert!(claims.iter().all(|(_, verdict)| *verdict == "supported"), "{claims:?}");
    assert_eq!(result["species"][0]["law"]["order"], 2);
}

/// The true law of species A attracts and repels as the learned one does.
#[test]
fn the_law_is_that_of_the_simulation() {
    let out = tempfile::tempdir().unwrap();
    learn(out.path(), &["--replicates", "0"]);
    let result = json(&out.path().join("result.json"));
    let error = result["species"][0]["velocity_error"].as_f64().unwrap();
    let straight = result["species"][0]["constant_velocity_error"].as_f64().unwrap();
    // Statistical, one seed: measured 1e-4 against 1.
    assert!(error < 0.01 && straight > 0.3, "{error} {straight}");
    let description = result["species"][0]["description"].as_str().unwrap();
    for words in ["repels below r = 0.139, attracts beyond", "aligns", "brakes"] {
        assert!(description.contains(words), "{description}");
    }
    assert!(result["species"][0]["law"]["terms"][0]["low"].is_null());
}

/// In micrometres and minutes the learner works in its own units; the answer is in the file's.
#[test]
fn units_of_the_file_change_numbers_only() {
    let [plain, scaled] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    learn(plain.path(), &["--replicates", "0"]);
    let units = ["--pixel-size", "256", "--frame-interval", "16"];
    let scales = ["--length-scale", "256", "--time-scale", "16", "--replicates", "0"];
    learn(scaled.path(), &[&units[..], &scales].concat());
    let [plain, scaled] = [plain, scaled].map(|out| json(&out.path().join("result.json")));
    let term = |result: &Value, k: usize| result["species"][0]["law"]["terms"][k].clone();
    let [a, b] = [&plain, &scaled].map(|result| term(result, 0));
    let number = |term: &Value, place: &str| term.pointer(place).unwrap().as_f64().unwrap();
    // Powers of two: no rounding. f_a-r is divided by 16², its scale by 256.
    assert!((number(&a, "/weight") / 256.0 - number(&b, "/weight")).abs() < 1e-300, "{a} {b}");
    assert!((number(&a, "/radial/scale") / 256.0 - number(&b, "/radial/scale")).abs() < 1e-300);
    let error = |result: &Value| result["species"][0]["velocity_error"].clone();
    assert_eq!(error(&plain), error(&scaled));
    let largest = |result: &Value| result["preparation"]["largest_distance"].as_f64().unwrap();
    assert!((largest(&scaled) / 256.0 - largest(&plain)).abs() < 1e-300);
}

#[test]
fn threads_do_not_change_a_bit_and_json_is_the_result() {
    let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let told = learn(one.path(), &["--threads", "1", "--json"]);
    learn(two.path(), &["--threads", "2"]);
    for name in ["result.json", "figures.json", "individuals.csv", "report.html"] {
        let [one, two] = [&one, &two].map(|out| fs::read(out.path().join(name)).unwrap());
        assert!(one == two, "{name}");
    }
    assert_eq!(told, fs::read_to_string(one.path().join("result.json")).unwrap());
}

#[test]
fn the_report_runs_no_script_and_comes_back_from_the_results() {
    let out = tempfile::tempdir().unwrap();
    learn(out.path(), &[]);
    let page = out.path().join("report.html");
    let first = fs::read_to_string(&page).unwrap();
    assert!(!first.contains("<script") && !first.contains("javascript:"));
    let lead = first.split("<p").nth(1).expect("a first paragraph");
    assert!(lead.contains("Every law predicts"), "{lead}");
    for part in ["Forces over distance and angle", "Recorded and simulated tracks", "SHA-256"] {
        assert!(first.contains(part), "{part}");
    }
    fs::remove_file(&page).unwrap();
    printed(&["report", text(out.path())]);
    assert!(fs::read_to_string(&page).unwrap() == first);
}

#[test]
fn the_paper_s_classifier_finds_the_same_species() {
    let out = tempfile::tempdir().unwrap();
    let summary = learn(out.path(), &["--classifier", "paper"]);
    assert!(summary.starts_with("1 species of "), "{summary}");
}

#[test]
fn learned_laws_move_recorded_individuals() {
    let out = tempfile::tempdir().unwrap();
    learn(out.path(), &["--replicates", "0"]);
    let (law, to) = (out.path().join("result.json"), out.path().join("forward.csv"));
    let flags = ["--start-frame", "1", "--n-frames", "40", "--out", text(&to)];
    let from = ["simulate", "--law", text(&law), "--from", cells()];
    printed(&[&from[..], &flags].concat());
    let table = |path: &Path| -> Vec<Vec<f64>> {
        let text = fs::read_to_string(path).unwrap();
        let number = |field: &str| field.parse().unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(number).collect()).collect()
    };
    let (simulated, recorded) = (table(&to), table(Path::new(cells())));
    assert_eq!(simulated.len(), 30 * 40);
    let (_other, elsewhere) = made(&["line-A", "--n-cells", "30", "--n-frames", "9"]);
    let (_, told) = refused(&["simulate", "--law", text(&law), "--from", text(&elsewhere)]);
    assert!(told.contains("of 2 dimensions") && told.contains("has 1"), "{told}");
    // Frame 1 is the start: the same positions; frame 21 is 20 frames later.
    let at = |id: f64, k: usize| recorded[id as usize * 100 + k].clone();
    let mut worst = 0.0_f64;
    for (k, row) in simulated.iter().enumerate() {
        let truth = at(row[0], k % 40 + 1);
        assert!((row[1] - truth[1]).abs() < 1e-9); // rounding of times
        if k % 40 <= 20 {
            worst = worst.max((row[2] - truth[2]).hypot(row[3] - truth[3]));
        }
    }
    // Discretisation: velocities at the start are centred differences; cells move by about .1.
    assert!(worst < 0.02, "{worst}");
}

#[test]
fn walkers_that_mind_nobody_have_no_supported_law() {
    let (_folder, path) = made(&["walkers", "--n-cells", "24", "--n-frames", "80"]);
    let out = tempfile::tempdir().unwrap();
    let arguments = ["species", text(&path), "--out", text(out.path())];
    let summary = printed(&[&arguments[..], &FAST].concat());
    let first = summary.lines().next().unwrap();
    assert!(first.starts_with("Not supported") || first.starts_with("No law"), "{first}");
}

#[test]
fn one_individual_has_nobody_to_interact_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alone.csv");
    let rows: String = (0..50).map(|k| format!("7,{k},{},0\n", k * k)).collect();
    fs::write(&path, format!("id,t,x,y\n{rows}")).unwrap();
    let out = folder.path().join("out");
    let summary = printed(&["species", text(&path), "--out", text(&out)]);
    assert!(summary.starts_with("No interaction can be supported"), "{summary}");
    let result = json(&out.join("result.json"));
    assert_eq!(result["undetermined"], serde_json::json!(["7"]));
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("one individual"));
}

/// Streams whose velocities are all that tells them apart: nothing accelerates, so laws of velocities.
#[test]
fn two_streams_are_told_apart_by_laws_of_first_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("streams.csv");
    let mut rows = String::from("id,t,x,y\n");
    // A small linear congruential generator: velocities wander a little.
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    for id in 0..16 {
        let sign = if id % 2 == 0 { 1.0 } else { -1.0 };
        let (mut x, mut v) = ([4.0 * random(), 4.0 * random()], [0.0, 0.0]);
        for k in 0..120 {
            rows += &format!("{id},{},{},{}\n", 0.5 * f64::from(k), x[0], x[1]);
            for d in 0..2 {
                v[d] += -0.3 * v[d] + 0.05 * random();
                x[d] += 0.5 * (v[d] + if d == 0 { 0.1 * sign } else { 0.0 });
            }
        }
    }
    fs::write(&path, rows).unwrap();
    let out = folder.path().join("out");
    let arguments = ["species", text(&path), "--propulsion", "--out", text(&out)];
    let summary = printed(&[&arguments[..], &FAST].concat());
    let result = json(&out.join("result.json"));
    let species = result["species"].as_array().unwrap();
    assert_eq!(species.len(), 2, "{summary}");
    for found in species {
        assert_eq!(found["law"]["order"], 1);
        let ids = found["members"].as_array().unwrap();
        let ids: Vec<u32> = ids.iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect();
        assert!(ids.len() == 8 && ids.iter().all(|id| id % 2 == ids[0] % 2), "{ids:?}");
        assert_eq!(found["law"]["one_body"][0]["term"], "field x");
        assert_eq!(found["law"]["one_body"][0]["verdict"], "supported");
    }
    assert!(
        summary.contains("laws of first order") && summary.contains("No interaction is supported")
    );
    // Moved by their laws, they go at the velocity of their species.
    let (law, to) = (out.join("result.json"), folder.path().join("forward.csv"));
    let from = ["simulate", "--law", text(&law), "--from", text(&path), "--start-frame", "0"];
    printed(&[&from[..], &["--n-frames", "11", "--out", text(&to)]].concat());
    let rows = fs::read_to_string(&to).unwrap();
    let rows = rows.lines().skip(1).map(|l| l.split(',').map(|x| x.parse().unwrap()).collect());
    let rows: Vec<Vec<f64>> = rows.collect();
    for track in rows.chunks(11) {
        let (first, last) = (&track[0], &track[10]);
        let velocity = (last[2] - first[2]) / (last[1] - first[1]);
        let sign = if (track[0][0] as usize).is_multiple_of(2) { 1.0 } else { -1.0 };
        assert!((velocity - 0.1 * sign).abs() < 0.05, "{track:?}"); // statistical, as the weights are
    }
    let (_, told) = refused(&[&from[..6], &["1000"]].concat());
    assert!(told.contains("--start-frame is 1000"), "{told}");
}
