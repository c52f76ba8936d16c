//! No change of a text makes the reader panic or take memory without bounds.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::path::Path;

use pairlaw_io::{Duplicates, Format, ReadOptions, TrackOptions, TrackTable, parse_table};
use proptest::prelude::*;
use proptest::sample::Index;

const RECORDED: [&str; 6] = [
    "pedestrians_pedpy/bi_corr_400_b_03.txt",
    "pedestrians_pedpy/uo-180-180-070_first_20.txt",
    "cells_btrack/tracks.csv",
    "cells_btrack/objects_first_400_lines.csv",
    "colloid_sfi/optical_tweezer.csv",
    "trackmate_files/trackmate_tracks_with_splitting_merging.csv",
];
/// Formats of which no recorded file is at hand.
const MADE_UP: [&str; 6] = [
    "# made up\nLABEL,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T\nLabel,Track,X,Y,Z,T\n\
     Label,Track,X,Y,Z,T\n,,(m),(m),(m),(s)\nID1,1,0.5,1.5,2.5,0\nID2,1,0.6,1.6,2.6,1\nID3,,9,9,9,1\n",
    "frame,time,X#wcentroid (cm),Y#wcentroid (cm),missing\n0,0.0,1.5,2.5,0\n1,0.033,inf,inf,1\n2,0.067,2,3,0\n",
    "seconds,x1,y1,x2,y2\n0.000,1,2,5,6\n0.033,1.5,2,nan,nan\n0.067,2,2,7,6\n",
    "event-id,visible,timestamp,location-long,location-lat,individual-local-identifier\n\
     1,true,2014-08-01 00:01:25.000,10.0,60.0,Anna\n2,true,2014-08-01T00:16:25Z,10.001,60.0,\"Anna\"\n",
    "y;x;frame;particle\n1,5;2,5;0;1.0\n1,6;2,5;1;1.0\n\"1,7\";2,5;1;2.0\n",
    "id\tt (s)\tx (px)\ty (px)\tvx\tvy\n1\t0\t1e3\t2\t0\t-1\n1\t1\t1.5e3\t2\t\t1\n",
];
/// Bytes of a recorded file that are kept: up to the end of a line.
const N_KEPT: usize = 1500;

fn originals() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tracks");
    let recorded = RECORDED.map(|name| {
        let mut bytes = std::fs::read(folder.join(name)).unwrap();
        bytes.truncate(N_KEPT);
        bytes
    });
    recorded.into_iter().chain(MADE_UP.map(|text| text.as_bytes().to_vec())).collect()
}

/// A change at a place: bytes put, inserted or removed, lines doubled or removed, the end cut.
#[derive(Clone, Debug)]
enum Change {
    Put(u8),
    Insert(Vec<u8>),
    Remove,
    DoubleLine,
    RemoveLine,
    Cut,
}

fn change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(b",;\t \"#\r\n.-:eE0\xff\x00n%(".to_vec());
    let texts = prop::sample::select(vec![
        "1e308",
        "nan",
        "\"",
        "\n",
        ",,",
        "-1e-320",
        "\u{feff}",
        "99999999999999999999",
        "x1,y1,x2,y2\n",
        "1e15",
        "(px)",
        "25:00:34",
        "2014-02-30 00:00",
        "# framerate: 1e-300\n",
        "# dt: 1e300\n",
        "#\n",
        "spot_source_id,spot_target_id,",
        "\r",
    ]);
    prop_oneof![
        2 => any::<u8>().prop_map(Change::Put),
        3 => telling.prop_map(Change::Put),
        4 => texts.prop_map(|text| Change::Insert(text.as_bytes().to_vec())),
        1 => Just(Change::Remove),
        2 => Just(Change::DoubleLine),
        2 => Just(Change::RemoveLine),
        1 => Just(Change::Cut),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[(Index, Change)]) -> Vec<u8> {
    for (place, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = place.index(bytes.len());
        let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let end = bytes[at..].iter().position(|&byte| byte == b'\n');
        let end = end.map_or(bytes.len(), |end| at + end + 1);
        match change {
            Change::Put(byte) => bytes[at] = *byte,
            Change::Insert(text) => drop(bytes.splice(at..at, text.iter().copied())),
            Change::Remove => drop(bytes.remove(at)),
            Change::DoubleLine => {
                let line = bytes[start..end].to_vec();
                drop(bytes.splice(start..start, line));
            }
            Change::RemoveLine => drop(bytes.drain(start..end)),
            Change::Cut => bytes.truncate(at),
        }
    }
    bytes
}

/// Reads bytes in any way; a table is sound, and its tracks are as large as it at most.
fn try_to_read(bytes: &[u8], options: &ReadOptions) -> Result<(), TestCaseError> {
    match parse_table(bytes, "a.csv".as_ref(), options) {
        Ok(table) => {
            check(&table, bytes.len())?;
            for duplicates in [Duplicates::Refuse, Duplicates::Mean] {
                for resample in [None, Some(0.5)] {
                    let tracks = table.tracks::<1>(&TrackOptions {
                        duplicates,
                        resample,
                        time_tolerance: 0.02,
                    });
                    match tracks {
                        Ok(tracks) => prop_assert!(tracks.n_samples() <= 1001 * table.n_rows()),
                        Err(error) => prop_assert!(error.to_string().contains("a.csv"), "{error}"),
                    }
                }
            }
        }
        Err(error) => {
            let text = error.to_string();
            let is_named = text.contains("a.csv") || text.contains("factor");
            prop_assert!(is_named && text.len() < 3000, "{text}");
        }
    }
    Ok(())
}

fn check(table: &TrackTable, n_bytes: usize) -> Result<(), TestCaseError> {
    let n = table.n_rows();
    prop_assert!((1..=n_bytes).contains(&n) && table.n_individuals() <= n);
    prop_assert!((1..=3).contains(&table.n_dimensions()));
    prop_assert!(table.times.iter().all(|time| time.is_finite()));
    prop_assert!(table.individuals.iter().all(|&i| (i as usize) < table.n_individuals()));
    for column in table.coordinates.iter().chain(&table.velocities) {
        prop_assert_eq!(column.len(), n);
        prop_assert!(column.iter().all(|x| x.is_finite()));
    }
    prop_assert!(table.line(n - 1).is_some());
    Ok(())
}

fn options() -> impl Strategy<Value = ReadOptions> {
    let formats: Vec<Option<Format>> =
        Format::ALL.into_iter().filter(|format| format.is_text()).map(Some).collect();
    let format = prop_oneof![Just(None), prop::sample::select(formats)];
    let dimensions = prop::sample::select(vec![None, Some(1), Some(3)]);
    let missing = prop::sample::select(vec![None, Some(0.0)]);
    (format, dimensions, missing).prop_map(|(format, dimensions, missing)| ReadOptions {
        format,
        dimensions,
        missing,
        ..Default::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_change_of_a_file_makes_the_reader_panic(
        original in prop::sample::select(originals()),
        changes in prop::collection::vec((any::<Index>(), change()), 0..6),
        asked in options(),
    ) {
        let bytes = changed(original, &changes);
        try_to_read(&bytes, &ReadOptions::default())?;
        try_to_read(&bytes, &asked)?;
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        asked in options(),
    ) {
        try_to_read(&bytes, &asked)?;
    }
}

/// Without a change, all but the detections are read.
#[test]
fn the_unchanged_files_are_read() {
    for original in originals() {
        let table = parse_table(&original, "a.csv".as_ref(), &ReadOptions::default());
        let is_detections = original.starts_with(b"t,x,y,z,states");
        // The end of a recorded file is cut within a row.
        let end = original.iter().rposition(|&byte| byte == b'\n').unwrap();
        let whole = parse_table(&original[..end], "a.csv".as_ref(), &ReadOptions::default());
        assert_eq!(whole.is_err(), is_detections, "{whole:?} {table:?}");
    }
}
