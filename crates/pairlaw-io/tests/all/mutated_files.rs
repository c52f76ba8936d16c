//! Damaged files: whatever is changed in them, readers say what is wrong or read what is left; they
//! neither panic nor take memory for what a file only claims to hold.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::path::{Path, PathBuf};

use pairlaw_io::{IoError, ReadOptions, TrackTable, parse_table};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tracks").join(name)
}

/// A change at a place.
#[derive(Clone, Debug)]
enum Change {
    Put(Vec<u8>),
    Insert(Vec<u8>),
    Remove(usize),
    Cut,
}

/// Single bytes, and numbers of 2, 4 or 8 bytes that lengths and offsets may not be.
fn change() -> impl Strategy<Value = Change> {
    let extremes =
        [0_u64, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, u64::MAX];
    let number = (prop::sample::select(extremes.to_vec()), prop::sample::select(vec![2, 4, 8]));
    let bytes = number.prop_map(|(number, n): (u64, usize)| number.to_le_bytes()[..n].to_vec());
    let text = prop::sample::select(vec!["nan", "-1e999", "\"", "<", "/>", "99999999999", "é"]);
    prop_oneof![
        4 => any::<u8>().prop_map(|byte| Change::Put(vec![byte])),
        4 => bytes.prop_map(Change::Put),
        2 => text.prop_map(|text| Change::Insert(text.as_bytes().to_vec())),
        1 => (1..100_usize).prop_map(Change::Remove),
        1 => Just(Change::Cut),
    ]
}

/// Up to three changes; one in two stands in the first or last 512 bytes, where formats describe
/// themselves.
fn changes() -> impl Strategy<Value = Vec<(Index, u8, Change)>> {
    prop::collection::vec((any::<Index>(), 0..4_u8, change()), 1..4)
}

fn changed(bytes: &[u8], changes: &[(Index, u8, Change)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, region, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let n = bytes.len();
        let at = match region {
            0 => place.index(n.min(512)),
            1 => n - 1 - place.index(n.min(512)),
            _ => place.index(n),
        };
        match change {
            Change::Put(new) => {
                let end = (at + new.len()).min(n);
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            Change::Insert(new) => drop(bytes.splice(at..at, new.iter().copied())),
            Change::Remove(length) => drop(bytes.drain(at..(at + length).min(n))),
            Change::Cut => bytes.truncate(at),
        }
    }
    bytes
}

/// Tables are sound, and errors name the file.
fn check(path: &Path, result: Result<TrackTable, IoError>) {
    match result {
        Ok(table) => {
            let columns =
                || table.coordinates.iter().chain(&table.velocities).chain([&table.times]);
            assert!(columns().all(|column| column.len() == table.n_rows()));
            assert!(columns().flatten().all(|x| x.is_finite()));
            assert!(table.individuals.iter().all(|&k| (k as usize) < table.ids.len()));
            assert!(table.n_rows() > 0 && !table.origin.notes.is_empty());
        }
        Err(error) => {
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(error.to_string().contains(&*name), "{error}");
        }
    }
}

/// The most memory that this process ever held, in MiB; none where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

fn run(n: u32, test: impl Fn(Vec<(Index, u8, Change)>)) {
    let config = ProptestConfig {
        cases: n,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Default::default()
    };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&changes(), |changes| {
        test(changes);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    // Readers of all tests of this program together; a claimed length of 2³² would be seen.
    assert!(peak().is_none_or(|peak| peak < 1500), "{:?} MiB", peak());
}

/// So many changed versions of a file are read.
fn mutated(name: &str, n: u32) {
    let path = fixture(name);
    let bytes = std::fs::read(&path).unwrap();
    check(&path, parse_table(&bytes, &path, &ReadOptions::default()));
    let format = pairlaw_io::parse_table(&bytes, &path, &ReadOptions::default())
        .map_or(pairlaw_io::Format::Numpy, |table| table.origin.format);
    let options = ReadOptions { format: Some(format), ..Default::default() };
    run(n, |changes| check(&path, parse_table(&changed(&bytes, &changes), &path, &options)));
}

#[test]
fn sessions_of_trackmate() {
    mutated("trackmate_files/Celegans-5pc-17timepoints.xml", 7000);
    mutated("trackmate_files/trackmate_tracks_with_splitting_merging.xml", 3000);
}

#[test]
fn arrays_of_numpy() {
    for name in ["individuals_times", "times_individuals", "napari", "structured", "named"] {
        mutated(&format!("made/{name}.npy"), 1500);
    }
    mutated("made/idtracker.npy", 500);
    mutated("made/archive.npz", 1500);
    mutated("made/trex_fish2.npz", 1500);
}

#[test]
fn variables_of_matlab() {
    mutated("made/individuals.mat", 5000);
    mutated("made/plain.mat", 3000);
    mutated("made/runs.mat", 2000);
}

#[cfg(feature = "hdf5")]
#[test]
fn files_of_hdf5() {
    mutated("made/records.h5", 4000);
    mutated("made/btrack.h5", 4000);
    mutated("pedestrians_pedpy/00_01a.h5", 1600);
    mutated("cells_btrack/tracks.h5", 400);
}

#[cfg(feature = "parquet")]
#[test]
fn tables_of_parquet() {
    mutated("made/nullable.parquet", 5000);
    mutated("made/text.parquet", 5000);
}

#[cfg(feature = "geff")]
#[test]
fn folders_of_geff() {
    const FILES: [&str; 10] = [
        ".zattrs",
        "nodes/ids/.zarray",
        "nodes/ids/0",
        "edges/ids/.zarray",
        "edges/ids/0.0",
        "nodes/props/POSITION_T/values/0",
        "nodes/props/cell_x/values/.zarray",
        "nodes/props/cell_x/values/0",
        "nodes/props/cell_z/values/0",
        "nodes/props/lineage_ID/values/0",
    ];
    let source = fixture("geff_pycellin/Ecoli_growth_on_agar_pad.geff");
    let folder = std::env::temp_dir().join(format!("pairlaw-mutated-{}.geff", std::process::id()));
    let (store, read) = (|file: &str| folder.join(file), ReadOptions::default());
    for array in [
        "ids",
        "props/POSITION_T/values",
        "props/cell_x/values",
        "props/cell_y/values",
        "props/cell_z/values",
        "props/lineage_ID/values",
    ] {
        std::fs::create_dir_all(store("nodes").join(array)).unwrap();
        for file in [".zarray", "0"] {
            let name = format!("nodes/{array}/{file}");
            std::fs::write(store(&name), std::fs::read(source.join(&name)).unwrap()).unwrap();
        }
    }
    std::fs::create_dir_all(store("edges/ids")).unwrap();
    for name in [".zattrs", ".zgroup", "edges/ids/.zarray", "edges/ids/0.0"] {
        std::fs::write(store(name), std::fs::read(source.join(name)).unwrap()).unwrap();
    }
    let table = pairlaw_io::read_table(&folder, &read).unwrap();
    assert_eq!(table.coordinates, pairlaw_io::read_table(&source, &read).unwrap().coordinates);
    for name in FILES {
        let bytes = std::fs::read(store(name)).unwrap();
        run(300, |changes| {
            std::fs::write(store(name), changed(&bytes, &changes)).unwrap();
            check(&folder, pairlaw_io::read_table(&folder, &read));
        });
        std::fs::write(store(name), bytes).unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
