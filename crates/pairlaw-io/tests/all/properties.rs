//! Any tracks come back from any form of text.
#![allow(clippy::float_cmp)] // the reader loses no bit
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::{Row, Tracks};
use pairlaw_io::{
    Duplicates, IoError, ReadOptions, TrackOptions, parse_table, read_tracks, write_csv,
};
use proptest::prelude::*;

/// Rows in which nobody is twice at one time; one individual is seen in two frames in sequence,
/// which fixes the step of time.
fn rows() -> impl Strategy<Value = Vec<Row<3>>> {
    let id = prop_oneof!["[a-z]{1,4}", "[0-9]{1,4}", "[a-z][,;\"# ][a-z]", "-?[0-9]\\.[0-9]"];
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
fn written(rows: &[Row<3>], delimiter: char, end: &str, names: bool, comma: bool) -> String {
    let mut lines = Vec::new();
    if names {
        lines.push(["Z (m)", "Track_ID", "x/m", "time", "Y"].map(str::to_owned));
    }
    let number = |x: &f64| match comma {
        true => x.to_string().replace('.', ","),
        false => x.to_string(),
    };
    for Row { id, time, position: [x, y, z] } in rows {
        let quoted = format!("\"{}\"", id.replace('"', "\"\""));
        let [x, y, z, time] = [x, y, z, time].map(number);
        lines.push(if names { [z, quoted, x, time, y] } else { [quoted, time, x, y, z] });
    }
    let lines: Vec<_> = lines.iter().map(|fields| fields.join(&delimiter.to_string())).collect();
    lines.join(end)
}

fn parse<const D: usize>(text: &str, options: &ReadOptions) -> Result<Tracks<D>, IoError> {
    let options = ReadOptions { dimensions: Some(D), ..options.clone() };
    parse_table(text.as_bytes(), "a.csv".as_ref(), &options)?.tracks(&TrackOptions::default())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn tracks_come_back_from_any_form(
        rows in rows(),
        delimiter in prop::sample::select(vec![',', ';', '\t']),
        end in prop::sample::select(vec!["\n", "\r\n", "\n\n"]),
        names in any::<bool>(),
        comma in any::<bool>(),
    ) {
        let expected = Tracks::from_rows(&rows).unwrap();
        let text = written(&rows, delimiter, end, names, comma && delimiter != ',');
        let found = parse::<3>(&text, &ReadOptions::default()).unwrap();
        let units = expected.units().clone();
        prop_assert_eq!(found.units().length.as_str(), if names { "m" } else { "" });
        prop_assert_eq!(found.with_units(units), expected);
    }

    /// Factors scale every number, up to rounding; a plane's tracks lack the third coordinate.
    #[test]
    fn factors_and_dimensions(rows in rows(), length in 1e-6..1e6f64, time in 1e-6..1e6f64) {
        let text = written(&rows, ',', "\n", true, false);
        let plain = parse::<3>(&text, &ReadOptions::default()).unwrap();
        let options = ReadOptions {
            pixel_size: Some(length), frame_interval: Some(time), ..Default::default()
        };
        let scaled = parse::<2>(&text, &options).unwrap();
        prop_assert!((scaled.dt() / (time * plain.dt()) - 1.0).abs() < 1e-12);
        prop_assert_eq!(scaled.segments().len(), plain.segments().len());
        for (a, b) in scaled.segments().iter().zip(plain.segments()) {
            for (a, b) in a.positions.iter().zip(&b.positions) {
                prop_assert_eq!(*a, [length * b[0], length * b[1]]);
            }
        }
    }

    /// The step of time is exact here, as it is a power of two.
    #[test]
    fn what_is_written_is_read_back(rows in rows(), moving in any::<bool>()) {
        let mut tracks = Tracks::from_rows(&rows).unwrap();
        if moving {
            let velocities = tracks.segments().iter().map(|s| s.positions.clone()).collect();
            tracks = tracks.with_velocities(velocities).unwrap();
        }
        let name = format!("pairlaw-io-back-{}.csv", std::process::id());
        let path = std::env::temp_dir().join(name);
        write_csv(&tracks, &path).unwrap();
        let read = read_tracks::<3>(&path, &ReadOptions::default());
        std::fs::remove_file(&path).unwrap();
        prop_assert_eq!(read.unwrap(), tracks);
    }

    /// Rows that are written twice change nothing, wherever they stand; frames that are kept as they are
    /// change nothing either when tracks are resampled.
    #[test]
    fn repeated_rows_and_the_same_step(rows in rows(), at in any::<prop::sample::Index>()) {
        let expected = Tracks::from_rows(&rows).unwrap();
        let mut twice = rows.clone();
        twice.insert(at.index(rows.len()), rows[at.index(rows.len())].clone());
        twice.push(rows[0].clone());
        let text = written(&twice, ',', "\n", false, false);
        let space = ReadOptions { dimensions: Some(3), ..Default::default() };
        let table = parse_table(text.as_bytes(), "a".as_ref(), &space).unwrap();
        for duplicates in [Duplicates::First, Duplicates::Mean] {
            let options = TrackOptions { duplicates, ..Default::default() };
            let found = table.tracks::<3>(&options).unwrap();
            prop_assert_eq!(found.segments().len(), expected.segments().len());
            for (a, b) in found.segments().iter().zip(expected.segments()) {
                prop_assert_eq!((a.individual, a.frames()), (b.individual, b.frames()));
                for (x, y) in a.positions.as_flattened().iter().zip(b.positions.as_flattened()) {
                    prop_assert!((x - y).abs() <= 1e-15 * y.abs()); // rounding of thirds
                }
            }
        }
        let options = TrackOptions {
            duplicates: Duplicates::First,
            resample: Some(expected.dt()),
            ..Default::default()
        };
        let same = table.tracks::<3>(&options).unwrap();
        // Steps of two frames are usual where most individuals have gaps: those are then filled.
        prop_assert!(same.n_samples() >= expected.n_samples());
        prop_assert_eq!(same.sampling(), expected.sampling());
    }
}
