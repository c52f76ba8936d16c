//! Any tracks come back from any form of text, and no text makes the reader panic.
#![allow(clippy::float_cmp)] // the reader loses no bit
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::{Row, Tracks};
use pairlaw_io::{IoError, Scale, parse_tracks, read_tracks};
use proptest::prelude::*;

/// Rows in which nobody is twice at one time; one individual is seen in two frames in sequence,
/// which fixes the step of time.
fn rows() -> impl Strategy<Value = Vec<Row<3>>> {
    let id = prop_oneof!["[a-z]{1,4}", "[0-9]{1,4}", "[a-z][,;\"# ][a-z]"];
    let sample = (id, 0..20u8, prop::array::uniform3(-1e9..1e9f64));
    prop::collection::vec(sample, 0..40).prop_map(|mut samples| {
        samples.extend([3, 4].map(|frame| ("sequence".to_owned(), frame, [0.5; 3])));
        let key = |(id, frame, _): &(String, u8, [f64; 3])| (id.clone(), *frame);
        samples.sort_by_key(key);
        samples.dedup_by_key(|sample| key(sample));
        let time = |frame| 5.0 + 0.25 * f64::from(frame);
        let row = |(id, frame, position)| Row { id, time: time(frame), position };
        samples.into_iter().map(row).collect()
    })
}

/// The columns of every row in the order z, id, x, t, y, fields quoted where they must be.
fn written(rows: &[Row<3>], delimiter: char, end: &str, names: bool) -> String {
    let mut lines = Vec::new();
    if names {
        lines.push(["Z (m)", "Track_ID", "x/m", "time", "Y"].map(str::to_owned));
    }
    for Row { id, time, position: [x, y, z] } in rows {
        let quoted = format!("\"{}\"", id.replace('"', "\"\""));
        lines.push(if names {
            [z.to_string(), quoted, x.to_string(), time.to_string(), y.to_string()]
        } else {
            [quoted, time.to_string(), x.to_string(), y.to_string(), z.to_string()]
        });
    }
    let lines: Vec<_> = lines.iter().map(|fields| fields.join(&delimiter.to_string())).collect();
    lines.join(end)
}

fn parse<const D: usize>(bytes: &[u8]) -> Result<Tracks<D>, IoError> {
    parse_tracks(bytes, "a.csv".as_ref(), Scale::default()).map(|file| file.tracks)
}

const VALID: &str = "# made up\nLABEL,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T\n\
    Label,Track,X,Y,Z,T\nLabel,Track,X,Y,Z,T\n,,(m),(m),(m),(s)\n\
    ID1,1,0.5,1.5,2.5,0\nID2,1,0.6,1.6,2.6,1\nID3,,9,9,9,1\nID4,\"2\",-0.5,1e3,0,1\n";

/// A change at a place: a byte put, inserted or removed, or the end cut.
#[derive(Clone, Debug)]
enum Change {
    Put(u8),
    Insert(Vec<u8>),
    Remove,
    Cut,
}

fn change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(b",;\t \"#\r\n.-eE0\xff\x00n".to_vec());
    prop_oneof![
        any::<u8>().prop_map(Change::Put),
        telling.prop_map(Change::Put),
        prop::sample::select(vec![
            "1e308", "nan", "\"", "\n", ",,", "-1e-320", "\u{feff}", "99999999"
        ])
        .prop_map(|text| Change::Insert(text.as_bytes().to_vec())),
        Just(Change::Remove),
        Just(Change::Cut),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, Change)]) -> Vec<u8> {
    for (place, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = place.index(bytes.len());
        match change {
            Change::Put(byte) => bytes[at] = *byte,
            Change::Insert(text) => drop(bytes.splice(at..at, text.iter().copied())),
            Change::Remove => drop(bytes.remove(at)),
            Change::Cut => bytes.truncate(at),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn tracks_come_back_from_any_form(
        rows in rows(),
        delimiter in prop::sample::select(vec![',', ';', '\t']),
        end in prop::sample::select(vec!["\n", "\r\n", "\n\n"]),
        names in any::<bool>(),
    ) {
        let expected = Tracks::from_rows(&rows).unwrap();
        let text = written(&rows, delimiter, end, names);
        prop_assert_eq!(parse::<3>(text.as_bytes()).unwrap(), expected);
    }

    /// Factors scale every number, up to rounding; a plane's tracks lack the third coordinate.
    #[test]
    fn factors_and_dimensions(rows in rows(), length in 1e-6..1e6f64, time in 1e-6..1e6f64) {
        let text = written(&rows, ',', "\n", true);
        let plain = parse::<3>(text.as_bytes()).unwrap();
        let scale = Scale { length, time };
        let scaled = parse_tracks::<2>(text.as_bytes(), "a".as_ref(), scale).unwrap().tracks;
        prop_assert!((scaled.dt() / (time * plain.dt()) - 1.0).abs() < 1e-12);
        prop_assert_eq!(scaled.segments().len(), plain.segments().len());
        for (a, b) in scaled.segments().iter().zip(plain.segments()) {
            for (a, b) in a.positions.iter().zip(&b.positions) {
                prop_assert_eq!(*a, [length * b[0], length * b[1]]);
            }
        }
    }

    #[test]
    fn no_change_of_a_file_makes_the_reader_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..6),
    ) {
        let bytes = changed(VALID.as_bytes().to_vec(), &changes);
        for result in [parse::<3>(&bytes).map(|t| t.n_samples()), parse::<1>(&bytes).map(|t| t.n_samples())] {
            match result {
                Ok(n) => prop_assert!(n >= 2),
                Err(error) => prop_assert!(error.to_string().contains("a.csv"), "{}", error),
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::<2>(&bytes);
    }
}

#[test]
fn the_unchanged_file_is_read() {
    let path = std::env::temp_dir().join(format!("pairlaw-io-{}.csv", std::process::id()));
    std::fs::write(&path, VALID).unwrap();
    let read = read_tracks::<3>(&path, Scale::default());
    std::fs::remove_file(&path).unwrap();
    let read = read.unwrap();
    assert_eq!((read.tracks.ids(), read.n_untracked), (&["1".to_owned(), "2".to_owned()][..], 1));
}
