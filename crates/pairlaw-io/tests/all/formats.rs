//! Files of other programs, read and compared with what NumPy, SciPy, btrack, laptrack and pycellin
//! say of them.
#![allow(clippy::float_cmp)] // readers lose no bit
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use pairlaw_io::{Format, IoError, ReadOptions, TrackTable, read_table};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tracks").join(name)
}

fn read(name: &str) -> TrackTable {
    read_table(fixture(name), &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Fields of a CSV file without quotes, below its names.
fn csv(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(fields).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// Bits of the coordinates by id and time.
type Rows = BTreeMap<(String, u64), Vec<u64>>;

fn rows(table: &TrackTable, columns: &[Vec<f64>]) -> Rows {
    let row = |row: usize| {
        let id = table.ids[table.individuals[row] as usize].clone();
        let bits = columns.iter().map(|column| column[row].to_bits()).collect();
        ((id, table.times[row].to_bits()), bits)
    };
    (0..table.n_rows()).map(row).collect()
}

/// id, t and numbers from some columns of a CSV file.
fn expected(
    name: &str,
    id: impl Fn(&[String]) -> String,
    time: impl Fn(&[String]) -> f64,
    columns: [usize; 2],
) -> Rows {
    let row = |fields: Vec<String>| {
        let bits = columns.iter().map(|&column| number(&fields[column]).to_bits()).collect();
        ((id(&fields), time(&fields).to_bits()), bits)
    };
    csv(name).into_iter().map(row).collect()
}

fn own_id(fields: &[String]) -> String {
    fields[0].clone()
}

const MADE: &str = "made/expected.csv";

fn made() -> Rows {
    expected(MADE, own_id, |fields| number(&fields[1]), [2, 3])
}

/// The same with frames instead of times, which are 0.5 apart.
fn made_by_frame() -> Rows {
    expected(MADE, own_id, |fields| number(&fields[1]) / 0.5, [2, 3])
}

#[test]
fn numpy_grids_and_rows() {
    for name in ["individuals_times", "times_individuals", "napari", "structured"] {
        let table = read(&format!("made/{name}.npy"));
        assert_eq!(rows(&table, &table.coordinates), made_by_frame(), "{name}");
        assert_eq!((table.origin.format, table.origin.time_is_frames), (Format::Numpy, true));
        let n_missing = usize::from(name.contains("individuals"));
        assert_eq!(table.origin.n_missing, n_missing, "{name}");
    }
    let table = read("made/named.npy");
    let with_names = expected(MADE, |f| format!("cell {}", f[0]), |f| number(&f[1]) / 0.5, [2, 3]);
    assert_eq!(rows(&table, &table.coordinates), with_names);
}

#[test]
fn numpy_archives() {
    let table = read("made/archive.npz");
    assert_eq!(rows(&table, &table.coordinates), made());
    assert!(!table.origin.time_is_frames);
    let table = read("made/trex_fish2.npz");
    let mut one = made();
    one.retain(|(id, _), _| id == "2");
    let one: Rows = one.into_iter().map(|((_, t), x)| (("trex_fish2".to_owned(), t), x)).collect();
    assert_eq!(rows(&table, &table.coordinates), one);
    assert_eq!((table.units.length.as_str(), table.units.time.as_str()), ("cm", "s"));
    assert_eq!(table.origin.n_missing, 1);
}

#[test]
fn pickled_objects_are_refused_with_the_conversion() {
    let error = read_table(fixture("made/idtracker.npy"), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, IoError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("np.save(\"x.npy\", np.load("), "{error}");
}

#[test]
fn matlab_runs_individuals_and_plain_arrays() {
    let from_one = |f: &[String]| (f[0].parse::<u32>().unwrap() + 1).to_string();
    let positions = expected(MADE, from_one, |f| number(&f[1]), [2, 3]);
    let velocities = expected(MADE, from_one, |f| number(&f[1]), [4, 5]);
    for (name, has_velocities) in [("runs", true), ("individuals", true), ("plain", false)] {
        let table = read(&format!("made/{name}.mat"));
        assert_eq!(rows(&table, &table.coordinates), positions, "{name}");
        assert_eq!(!table.velocities.is_empty(), has_velocities, "{name}");
        if has_velocities {
            assert_eq!(rows(&table, &table.velocities), velocities, "{name}");
        }
        assert!(!table.origin.time_is_frames);
    }
    assert!(
        read("made/runs.mat")
            .origin
            .notes
            .iter()
            .any(|note| note.starts_with("runs: Xscell has 2"))
    );
}

/// Spots that a table of laptrack has for links, without their tracks.
fn spots(table: &TrackTable) -> BTreeSet<(u64, u64, u64)> {
    let x = &table.coordinates;
    let bits = |row: usize| (table.times[row].to_bits(), x[0][row].to_bits(), x[1][row].to_bits());
    (0..table.n_rows()).map(bits).collect()
}

#[test]
fn a_gap_closing_link_leaves_a_gap() {
    let table = read("trackmate_files/trackmate_tracks_with_gap_closing.xml");
    let listed = csv("trackmate_files/trackmate_tracks_with_gap_closing_spots.csv");
    let at: BTreeMap<_, _> = listed.into_iter().map(|f| (f[1].clone(), f)).collect();
    let bits = |id: &str| [2, 3, 4].map(|column| number(&at[id][column]).to_bits());
    let links = csv("trackmate_files/trackmate_tracks_with_gap_closing_edges.csv");
    let mut expected = Rows::new();
    for link in &links {
        for spot in [&link[1], &link[2]] {
            let [t, x, y] = bits(spot);
            expected.insert((link[4].clone(), t), vec![x, y]);
        }
    }
    assert_eq!(rows(&table, &table.coordinates), expected);
    assert_eq!(table.origin.n_untracked, 134 - expected.len());
    assert_eq!((table.units.length.as_str(), table.divisions.len()), ("px", 0));
    let own: Vec<f64> = (0..table.n_rows())
        .filter(|&row| table.ids[table.individuals[row] as usize] == "4")
        .map(|row| table.times[row])
        .collect();
    let has_gap = own.windows(2).any(|pair| (pair[1] - pair[0]).abs() > 1.0);
    assert!(has_gap, "{own:?}");
}

/// Every link of the oracle joins rows of one individual, or a parent and its daughter, or leads to
/// a merger; nobody is twice in a frame.
#[test]
fn splits_and_mergers_end_individuals() {
    let table = read("trackmate_files/trackmate_tracks_with_splitting_merging.xml");
    let links = csv("trackmate_files/trackmate_tracks_with_splitting_merging.csv");
    assert_eq!(rows(&table, &table.coordinates).len(), table.n_rows(), "nobody is twice");
    let key = |t: f64, x: f64, y: f64| (t.to_bits(), x.to_bits(), y.to_bits());
    let mut individual = BTreeMap::new();
    for row in 0..table.n_rows() {
        let x = &table.coordinates;
        individual.insert(key(table.times[row], x[0][row], x[1][row]), table.individuals[row]);
    }
    let ends = |link: &[String]| {
        let end = |k: usize| key(number(&link[k]), number(&link[k + 1]), number(&link[k + 2]));
        (end(5), end(8))
    };
    let (mut n_out, mut n_in) = (BTreeMap::new(), BTreeMap::new());
    for link in &links {
        let (from, to) = ends(link);
        *n_out.entry(from).or_insert(0) += 1;
        *n_in.entry(to).or_insert(0) += 1;
    }
    let mut divisions = BTreeSet::new();
    for link in &links {
        let (from, to) = ends(link);
        let (a, b) = (individual[&from], individual[&to]);
        assert_eq!(a == b, n_out[&from] == 1 && n_in[&to] == 1);
        if n_out[&from] > 1 && n_in[&to] == 1 {
            divisions.insert((a, b));
        }
        assert!(table.ids[a as usize].split('.').next() == table.ids[b as usize].split('.').next());
    }
    assert!(!divisions.is_empty() && n_in.values().any(|&n| n > 1));
    assert_eq!(table.divisions, divisions.into_iter().collect::<Vec<_>>());
    assert_eq!(spots(&table).len(), individual.len());
}

#[test]
fn sessions_of_pycellin() {
    let table = read("trackmate_files/FakeTracks.xml");
    // Tracks 0 and 4 are shown: 74 and 10 spots, two splits.
    assert_eq!((table.n_rows(), table.divisions.len()), (84, 4));
    assert_eq!(table.ids, ["0.1", "0.2", "0.3", "0.4", "0.5", "4"]);
    assert_eq!(table.units.length, "µm");
    let table = read("trackmate_files/Celegans-5pc-17timepoints.xml");
    assert_eq!((table.n_rows(), table.n_dimensions()), (87, 3));
    assert_eq!((table.units.length.as_str(), table.units.time.as_str()), ("µm", "min"));
}

#[cfg(feature = "hdf5")]
mod hdf5 {
    use super::*;

    #[test]
    fn records_and_tracks_of_h5py() {
        let table = read("made/records.h5");
        // Single precision holds y, and frames are 0.5 s apart.
        assert_eq!(rows(&table, &table.coordinates), made());
        assert_eq!(
            table.walls,
            [[[0.0, 0.0], [4.0, 0.0]], [[4.0, 0.0], [4.0, 3.0]], [[4.0, 3.0], [0.0, 0.0]]]
        );
        let options = ReadOptions { dimensions: Some(3), ..Default::default() };
        let with_height = read_table(fixture("made/records.h5"), &options).unwrap();
        assert!(with_height.coordinates[2].iter().all(|&z| z == 1.7));

        let table = read("made/btrack.h5");
        let from_one = |f: &[String]| (f[0].parse::<u32>().unwrap() + 1).to_string();
        let expected = expected(MADE, from_one, |f| number(&f[1]) / 0.5, [2, 3]);
        assert_eq!(rows(&table, &table.coordinates), expected);
        assert_eq!(table.divisions, [(0, 3)]);
    }

    #[test]
    fn btrack_agrees_with_its_table() {
        let table = read("cells_btrack/tracks.h5");
        let whole = |f: &[String]| f[0].trim_end_matches(".0").to_owned();
        // What the HDF5 file calls x, the table calls y.
        let expected = expected("cells_btrack/tracks.csv", whole, |f| number(&f[1]), [2, 3]);
        assert_eq!(table.n_rows(), 52_678);
        let found = rows(&table, &table.coordinates);
        assert_eq!(found.len(), expected.len());
        // Rounding: the table has 16 digits, and those of guesses are not of single precision.
        let near =
            |(a, b): (&u64, &u64)| (f64::from_bits(*a) / f64::from_bits(*b) - 1.0).abs() < 1e-6;
        for (row, x) in &expected {
            assert!(found[row].iter().zip(x).all(near), "{row:?}");
        }
        let text = std::fs::read_to_string(fixture("cells_btrack/graph.json")).unwrap();
        let pairs = |text: &str| -> Vec<(String, String)> {
            let part = |part: &str| {
                let quoted = part.rsplit_once('"')?.0.rsplit_once('"')?.1.to_owned();
                let (_, parent) = part.rsplit_once('[')?;
                Some((parent.trim().to_owned(), quoted))
            };
            text.split(']').filter_map(part).collect()
        };
        let id = |&k: &u32| table.ids[k as usize].clone();
        let found: BTreeSet<_> = table.divisions.iter().map(|(a, b)| (id(a), id(b))).collect();
        assert_eq!(found, pairs(&text).into_iter().collect());
    }

    #[test]
    fn the_archive_of_pedestrians_has_walls() {
        let table = read("pedestrians_pedpy/00_01a.h5");
        assert_eq!((table.n_rows(), table.n_individuals(), table.n_dimensions()), (30_701, 46, 2));
        assert_eq!((table.units.length.as_str(), table.units.time.as_str()), ("m", "s"));
        assert!(!table.origin.time_is_frames);
        let last = table.times.iter().copied().fold(0.0, f64::max);
        assert_eq!(last, 942.0 * (1.0 / 25.0));
        assert_eq!(table.walls.len(), 12);
        assert_eq!(table.walls[4], [[0.41, -0.26], [2.39, -0.26]]);
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use pairlaw_io::{TrackOptions, write_parquet};

    use super::*;

    #[test]
    fn tables_of_arrow() {
        let table = read("made/nullable.parquet");
        assert_eq!(rows(&table, &table.coordinates), made_by_frame());
        assert_eq!((table.origin.n_untracked, table.origin.n_missing), (1, 1));
        assert!(table.origin.time_is_frames);
        let table = read("made/text.parquet");
        let named = expected(MADE, |f| format!("cell {}", f[0]), |f| number(&f[1]), [2, 3]);
        assert_eq!(rows(&table, &table.coordinates), named);
        let error = read_table(fixture("made/zstd.parquet"), &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().ends_with("write it with compression=\"snappy\", or with none"),
            "{error}"
        );
    }

    #[test]
    fn tracks_come_back() {
        let table = read("trackmate_files/FakeTracks.xml");
        let tracks = table.tracks::<2>(&TrackOptions::default()).unwrap();
        let path = std::env::temp_dir().join(format!("pairlaw-{}.parquet", std::process::id()));
        write_parquet(&tracks, &path).unwrap();
        let back = read_table(&path, &ReadOptions::default());
        std::fs::remove_file(&path).unwrap();
        let back = back.unwrap();
        assert_eq!(back.tracks::<2>(&TrackOptions::default()).unwrap(), tracks);
        assert_eq!((back.units.length.as_str(), back.origin.time_is_frames), ("µm", false));
        let error = write_parquet(&tracks, "/no/such/folder/a.parquet").unwrap_err();
        assert!(matches!(error, IoError::WriteParquet { .. }), "{error}");
    }
}

#[cfg(feature = "geff")]
mod geff {
    use super::*;

    #[test]
    fn zarr_3_in_chunks() {
        let table = read("made/zarr3.geff");
        assert_eq!(rows(&table, &table.coordinates), made());
        assert_eq!((table.units.length.as_str(), table.units.time.as_str()), ("µm", "s"));
    }

    #[test]
    fn a_colony_of_pycellin() {
        let table = read("geff_pycellin/Ecoli_growth_on_agar_pad.geff");
        // As nodes/ids/.zarray and edges/ids/.zarray say: every edge continues an individual or
        // leads from a parent to a daughter.
        assert_eq!(table.n_rows(), 526);
        assert_eq!(table.n_rows() - table.n_individuals() + table.divisions.len(), 523);
        // As the axes in .zattrs say.
        let range = |column: &[f64]| {
            let low = column.iter().copied().fold(f64::INFINITY, f64::min);
            (low, column.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        assert_eq!(range(&table.times), (0.0, 110.0));
        assert_eq!(range(&table.coordinates[0]), (0.2904346030225421, 36.42466626033906));
        assert_eq!(range(&table.coordinates[1]), (7.788749143373155, 50.48997820615323));
        assert_eq!((table.units.length.as_str(), table.units.time.as_str()), ("µm", "min"));
        for &(parent, daughter) in &table.divisions {
            let times = |k: u32| {
                let own = (0..table.n_rows()).filter(|&row| table.individuals[row] == k);
                range(&own.map(|row| table.times[row]).collect::<Vec<_>>())
            };
            assert!(times(parent).1 < times(daughter).0);
        }
    }
}

/// Every format is recognised without its feature, and the feature named.
#[test]
fn what_is_not_built_in_names_its_feature() {
    for (name, feature, is_there) in [
        ("cells_btrack/tracks.h5", "hdf5", cfg!(feature = "hdf5")),
        ("made/text.parquet", "parquet", cfg!(feature = "parquet")),
        ("geff_pycellin/Ecoli_growth_on_agar_pad.geff", "geff", cfg!(feature = "geff")),
    ] {
        match read_table(fixture(name), &ReadOptions::default()) {
            Ok(_) => assert!(is_there),
            Err(error) => {
                assert!(!is_there && matches!(error, IoError::MissingFeature { .. }), "{error}");
                assert!(error.to_string().contains(&format!("the feature {feature:?}")), "{error}");
            }
        }
    }
}

#[test]
fn matlab_7_3_is_refused_with_the_way_out() {
    let bytes = b"MATLAB 7.3 MAT-file, Platform: GLNXA64";
    let error = pairlaw_io::parse_table(bytes, "a.mat".as_ref(), &ReadOptions::default());
    assert!(error.unwrap_err().to_string().contains("`save -v7`"));
}
