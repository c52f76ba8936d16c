//! Files of all formats, good and bad, as a user meets them: looked at, refused, converted.

use crate::command::{cells, printed, ran, refused, text};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tracks")
}

/// All recordings, by their names in the folder; a folder of GEFF is one.
fn recordings() -> Vec<String> {
    let mut found = Vec::new();
    for folder in fs::read_dir(recorded()).expect("fixtures") {
        let folder = folder.expect("an entry").path();
        let files = fs::read_dir(&folder).into_iter().flatten();
        for file in files.map(|file| file.expect("an entry").path()) {
            let name = file.strip_prefix(recorded()).expect("inside").to_owned();
            if !text(&name).contains("LICENSE") {
                found.push(text(&name).to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Recordings that are no tracks, with what is said of them.
const REFUSED: [(&str, &str); 6] = [
    ("cells_btrack/graph.json", "is JSON, not delimited text"),
    ("cells_btrack/objects_first_400_lines.csv", "detections, not tracks; link them first"),
    ("made/idtracker.npy", "pickle"),
    ("made/zstd.parquet", "write it with compression"),
    ("trackmate_files/trackmate_tracks_with_gap_closing_edges.csv", "give the table of spots"),
    (
        "trackmate_files/trackmate_tracks_with_gap_closing_spots.csv",
        "detections, not tracks; link them first",
    ),
];

/// Rows and individuals, as fixtures/tracks/README.md and other programs count them.
const COUNTED: [(&str, u64, u64); 8] = [
    ("cells_btrack/tracks.csv", 52_678, 409),
    ("cells_btrack/tracks.h5", 52_678, 409),
    ("colloid_sfi/optical_tweezer.csv", 20_001, 1),
    ("made/expected.csv", 39, 5),
    ("made/individuals.mat", 39, 5),
    ("pedestrians_pedpy/00_01a.h5", 30_701, 46),
    ("pedestrians_pedpy/040_c_56_h-_first_10.txt", 7961, 10),
    ("pedestrians_pedpy/bi_corr_400_b_03.txt", 120_790, 480),
];

/// The feature that reads a file, if the build lacks it.
fn lacking(name: &str) -> Option<&'static str> {
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("geff") if !cfg!(feature = "geff") => Some("geff"),
        Some("h5") if !cfg!(feature = "hdf5") => Some("hdf5"),
        Some("parquet") if !cfg!(feature = "parquet") => Some("parquet"),
        _ => None,
    }
}

#[test]
fn every_recording_is_explained() {
    let mut n_explained = 0;
    for name in recordings() {
        let path = recorded().join(&name);
        let known = REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, words)| *words);
        if let Some(words) = lacking(&name).or(known) {
            told_of(&["inspect", text(&path)], &name, &[words]);
            continue;
        }
        let told = printed(&["inspect", text(&path)]);
        for words in
            ["\nrows  ", "\nindividuals  ", "\nspecies  ", "\nmeanfield  ", "\npotentials  "]
        {
            assert!(told.contains(words), "{name}: no {words:?} in\n{told}");
        }
        assert!(
            told.lines().all(|line| line.chars().count() <= 100 || line.contains(&name)),
            "{told}"
        );
        let found: Value =
            serde_json::from_str(&printed(&["inspect", text(&path), "--json"])).unwrap();
        assert!(found["n_rows"].as_u64() > Some(0) && found["fits"].as_array().unwrap().len() == 3);
        if let Some((_, rows, individuals)) = COUNTED.iter().find(|(counted, ..)| *counted == name)
        {
            let counts = (found["n_rows"].as_u64(), found["n_individuals"].as_u64());
            assert_eq!(counts, (Some(*rows), Some(*individuals)), "{name}");
        }
        n_explained += 1;
    }
    assert!(n_explained >= 20, "{n_explained}");
}

/// That the command fails with code 1 or 2 and without a panic, and says these words of a file.
#[track_caller]
fn told_of(arguments: &[&str], file: &str, words: &[&str]) {
    let (code, told) = refused(arguments);
    assert!(matches!(code, Some(1 | 2)), "{arguments:?}: {code:?} {told}");
    assert!(!told.contains("panicked"), "{told}");
    for words in words.iter().chain([&file]) {
        assert!(told.contains(words), "{arguments:?}: no {words:?} in {told}");
    }
}

/// A file of this name and content is refused with these words: the place and the way out.
#[track_caller]
fn bad(name: &str, content: &[u8], more: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    told_of(&[&["inspect", text(&path)], more].concat(), name, words);
    let out = folder.path().join("out");
    let run = ["species", text(&path), "--out", text(&out)];
    told_of(&[&run, more].concat(), name, words);
    assert!(!out.exists(), "nothing is written where nothing is read");
}

#[test]
fn a_time_of_day_that_does_not_exist() {
    let rows = "individual-local-identifier,timestamp,location-long,location-lat\n\
                owl,2014-08-01 00:00:00.000,8.1,47.2\nowl,2014-08-01 25:00:34.000,8.2,47.3\n";
    let words = ["line 3, column 2", "\"2014-08-01 25:00:34.000\"", "repair or delete the row"];
    bad("owls.csv", rows.as_bytes(), &[], &words);
}

#[test]
fn a_session_cut_off() {
    let path = recorded().join("trackmate_files/FakeTracks.xml");
    let whole = fs::read(path).unwrap();
    for share in [0.1, 0.5, 0.9, 0.99] {
        let cut = &whole[..(share * whole.len() as f64) as usize];
        bad("cut.xml", cut, &[], &["copy or export the file again"]);
    }
}

#[test]
fn a_preset_of_another_tracker() {
    let rows = b"particle,frame,x,y\n1,0,0,0\n1,1,1,0\n";
    let words = ["line 1", "not in the format trackmate", "it looks like trackpy"];
    bad("linked.csv", rows, &["--format", "trackmate"], &words);
    bad(
        "linked.csv",
        rows,
        &["--format", "hdf5"],
        &["asked for", "leave the format to be guessed"],
    );
}

#[test]
fn lengths_of_two_units() {
    let rows = "id,t (s),x (µm),y (px)\n1,0,0,0\n1,1,1,0\n";
    bad("mixed.csv", rows.as_bytes(), &[], &["line 1", "in µm and in px", "in one unit"]);
}

#[test]
fn folders_and_nothing() {
    let folder = tempfile::tempdir().unwrap();
    told_of(
        &["inspect", text(folder.path())],
        text(folder.path()),
        &["is a folder", "give one file"],
    );
    for content in [&b""[..], b"\n\n", b"id,t,x,y\n"] {
        bad("empty.csv", content, &[], &["holds no row of a track", "give rows of id, time"]);
    }
    bad("tracks.npy", b"\x93NUMPY", &[], &["copy or export"]);
}

/// Refused by its first rows: what follows is not even looked at.
#[test]
fn many_rows_without_a_time() {
    let mut rows = b"id,x,y\n1,2,3\n".to_vec();
    rows.resize(10_000_000, b'\n');
    bad("large.csv", &rows, &[], &["line 1", "no column of times", "rename one, say which one"]);
}

#[test]
fn times_with_few_digits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rounded.csv");
    let mut rows = String::from("id,t,x,y\n");
    for k in 0..60 {
        let t = f64::from(k) / 30.0;
        writeln!(rows, "1,{t:.3},{k},0\n2,{t:.3},0,{k}").unwrap();
    }
    fs::write(&path, rows).unwrap();
    let told = printed(&["inspect", text(&path)]);
    assert!(told.contains("are not on a grid") && told.contains("--time-tolerance 0.02"), "{told}");
    let words = ["line ", "--time-tolerance 0.02: all are within"];
    told_of(
        &["potentials", text(&path), "--out", text(&folder.path().join("out"))],
        "rounded.csv",
        &words,
    );
}

/// Bad rows are what an inspection is for.
#[test]
fn bad_tables_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.csv");
    fs::write(&path, "id,t,x,y\n1,0,0,0\n1,0,1,0\n1,1.37,,0\n1,2,1,0\n1,2.8,4,0\n").unwrap();
    let output = ran(&["inspect", text(&path)]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.contains("line"), "{told}");
    let found: Value = serde_json::from_str(&printed(&["inspect", text(&path), "--json"])).unwrap();
    assert_eq!((&found["duplicates"]["n"], &found["n_missing"]), (&1.into(), &1.into()), "{found}");
}

#[cfg(feature = "parquet")]
#[test]
fn csv_to_parquet_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let moving = "id,t (min),x (µm),y (µm),vx,vy\n\
                  a b,0.5,0.1,1e-7,1,2\na b,1,0.3,2,3,4\n7,1,5,6,0.1,0.2\n7,2,5,7,0.3,0.4\n";
    fs::write(path("moving.csv"), moving).unwrap();
    let sources =
        [path("moving.csv"), PathBuf::from(cells()), recorded().join("cells_btrack/tracks.csv")];
    for source in sources {
        let (first, packed, last) = (path("first.csv"), path("packed.PARQUET"), path("last.csv"));
        printed(&["convert", text(&source), text(&first)]);
        printed(&["convert", text(&first), text(&packed)]);
        assert!(fs::read(&packed).unwrap().starts_with(b"PAR1"));
        printed(&["convert", text(&packed), text(&last)]);
        let (first, last) = (fs::read_to_string(first).unwrap(), fs::read_to_string(last).unwrap());
        assert!(first == last, "{}", source.display());
        assert!(first.lines().count() > 4);
    }
    printed(&["convert", text(&path("moving.csv")), text(&path("first.csv"))]);
    let first = fs::read_to_string(path("first.csv")).unwrap();
    assert!(first.starts_with("id,\"t (min)\",\"x (µm)\",\"y (µm)\",vx,vy\n"), "{first}");
    assert!(first.contains("\"a b\",0.5,0.1,1e-7,1.0,2.0\n"), "{first}");
}

#[test]
fn other_endings_are_listed() {
    let written = if cfg!(feature = "parquet") { ".csv or .parquet" } else { ".csv" };
    told_of(&["convert", cells(), "tracks.xlsx"], "tracks.xlsx", &[written]);
    told_of(&["convert", cells(), "tracks"], "tracks", &[written]);
    assert!(!Path::new("tracks.xlsx").exists());
}

/// The unit that is given is that of results, and of what is written.
#[test]
fn units_reach_results() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, out) = (folder.path().join("copy.csv"), folder.path().join("out"));
    let units = ["--length-unit", "µm", "--time-unit", "h", "--pixel-size", "10"];
    printed(&[&["convert", cells(), text(&copy)], &units[..]].concat());
    assert!(fs::read_to_string(&copy).unwrap().starts_with("id,\"t (h)\",\"x (µm)\",\"y (µm)\"\n"));
    let more = ["--out", text(&out), "--epochs", "2", "--frames", "6", "--json"];
    let told = printed(&[&["potentials", cells()], &more[..], &units[..]].concat());
    let result: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(result["input"]["length_unit"], "µm");
    assert_eq!(result["input"]["time_unit"], "h");
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("µm"));
}

/// A folder is known by its files.
#[cfg(feature = "geff")]
#[test]
fn a_folder_of_geff_has_a_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let source = recorded().join("made/zarr3.geff");
    let out = folder.path().join("out");
    let told =
        printed(&["potentials", text(&source), "--out", text(&out), "--epochs", "2", "--json"]);
    let result: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(result["input"]["sha256"].as_str().unwrap().len(), 64);
}
