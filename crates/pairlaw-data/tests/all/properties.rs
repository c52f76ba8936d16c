//! Properties of tracks, frames and files over random presence, cuts and bytes.

// Numbers are kept or copied here, so they are the same and not merely close.
#![allow(clippy::float_cmp)]

use std::collections::BTreeMap;

use pairlaw_data::{DataError, Frames, Row, Sampling, Segment, Tracks, Units};
use proptest::prelude::*;

type Point = [f64; 2];
/// (individual, frame), and position and velocity.
type Sample = ((usize, usize), (Point, Option<Point>));
type Samples = BTreeMap<(usize, usize), (Point, Option<Point>)>;

const N_INDIVIDUALS: usize = 4;
const N_FRAMES: usize = 12;

/// Any finite number; the edges of the range more often.
fn number() -> BoxedStrategy<f64> {
    prop_oneof![
        4 => any::<f64>(),
        1 => proptest::sample::select(vec![
            0.0, -0.0, 5e-324, -5e-324, f64::MIN_POSITIVE, f64::MAX, f64::MIN
        ]),
    ]
    .boxed()
}

fn samples(value: impl Strategy<Value = f64> + Clone) -> impl Strategy<Value = Samples> {
    let point = [value.clone(), value];
    let keys = (0..N_INDIVIDUALS, 0..N_FRAMES);
    let samples = proptest::collection::btree_map(keys, (point.clone(), point), 0..40);
    (samples, any::<bool>()).prop_map(|(samples, velocities)| {
        let keep = |(key, (x, v))| (key, (x, velocities.then_some(v)));
        samples.into_iter().map(keep).collect()
    })
}

/// Tracks from single samples in the given order.
fn tracks(samples: &[Sample], sampling: Sampling) -> Tracks<2> {
    let single = |&((individual, first_frame), (x, v)): &Sample| Segment {
        individual,
        first_frame,
        positions: vec![x],
        velocities: v.map(|v| vec![v]),
    };
    let ids = (0..N_INDIVIDUALS).map(|i| i.to_string()).collect();
    let segments = samples.iter().map(single).collect();
    Tracks::new(ids, sampling, Units::default(), segments).expect("sound samples")
}

fn sorted_tracks(samples: &Samples) -> Tracks<2> {
    let samples: Vec<_> = samples.iter().map(|(&k, &v)| (k, v)).collect();
    tracks(&samples, sampling(0.25))
}

fn sampling(dt: f64) -> Sampling {
    Sampling { start_time: -1.5, dt, n_frames: N_FRAMES }
}

/// The plain look-up that everything is compared with.
fn samples_of(tracks: &Tracks<2>) -> Samples {
    let of_segment = |s: &Segment<2>| {
        let velocity = |j| s.velocities.as_ref().map(|v: &Vec<Point>| v[j]);
        let sample = |(j, frame)| ((s.individual, frame), (s.positions[j], velocity(j)));
        s.frames().enumerate().map(sample).collect::<Vec<_>>()
    };
    tracks.segments().iter().flat_map(of_segment).collect()
}

fn bits(samples: &Samples) -> Vec<((usize, usize), [u64; 4])> {
    let bits = |(&key, &(x, v)): (&_, &(Point, Option<Point>))| {
        let v = v.unwrap_or_default();
        (key, [x[0], x[1], v[0], v[1]].map(f64::to_bits))
    };
    samples.iter().map(bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn segments_are_the_longest_runs(
        samples in samples(number()).prop_map(|s| s.into_iter().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let tracks = tracks(&samples, sampling(1.0));
        prop_assert_eq!(samples_of(&tracks), samples.into_iter().collect::<Samples>());
        for pair in tracks.segments().windows(2) {
            let apart = pair[0].individual < pair[1].individual
                || pair[0].frames().end < pair[1].first_frame;
            prop_assert!(apart, "{:?}", pair);
        }
        for i in 0..N_INDIVIDUALS {
            let own: Vec<_> = tracks.segments().iter().filter(|s| s.individual == i).collect();
            prop_assert_eq!(tracks.segments_of(i).iter().collect::<Vec<_>>(), own);
        }
    }

    #[test]
    fn a_file_keeps_every_bit(samples in samples(number()), dt in 1e-300..1e300_f64) {
        let before = tracks(&samples.clone().into_iter().collect::<Vec<_>>(), sampling(dt));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tracks");
        before.save(&path).unwrap();
        let after = Tracks::<2>::load(&path).unwrap();
        prop_assert_eq!(bits(&samples_of(&after)), bits(&samples));
        prop_assert_eq!(after.dt().to_bits(), dt.to_bits());
        prop_assert_eq!(after, before);
    }

    #[test]
    fn frames_agree_with_plain_lookup(samples in samples(number())) {
        let frames = Frames::new(&sorted_tracks(&samples));
        let mut largest = 0;
        for k in 0..N_FRAMES {
            let present: Vec<_> = samples.iter().filter(|((_, frame), _)| *frame == k).collect();
            largest = largest.max(present.len());
            let frame = frames.frame(k);
            prop_assert_eq!(frame.individuals.len(), present.len());
            for (j, &(&(i, _), &(x, v))) in present.iter().enumerate() {
                prop_assert_eq!(frame.individuals[j] as usize, i);
                prop_assert_eq!(frame.positions.map(|p| p[j]), x);
                prop_assert_eq!(frame.velocities.map(|u| u.map(|u| u[j])), v);
            }
        }
        prop_assert_eq!(frames.largest(), largest);
    }

    #[test]
    fn fewer_frames_agree_with_plain_lookup(
        samples in samples(number()),
        n in 1..2 * N_FRAMES,
        k in 1..2 * N_FRAMES,
    ) {
        let all = sorted_tracks(&samples);
        let mut first = samples.clone();
        first.retain(|&(_, frame), _| frame < n);
        prop_assert_eq!(samples_of(&all.first_frames(n)), first);
        let thinned = samples.iter().filter(|((_, frame), _)| frame % k == 0);
        let thinned: Samples = thinned.map(|(&(i, frame), &s)| ((i, frame / k), s)).collect();
        prop_assert_eq!(samples_of(&all.every(k)), thinned);
        prop_assert_eq!(all.every(k).n_frames(), (0..N_FRAMES).step_by(k).count());
        prop_assert_eq!(all.first_frames(n).n_frames(), n.min(N_FRAMES));
        // The times of the frames that stay do not move; exact, since dt is a power of two.
        prop_assert_eq!(all.every(k).time(1), all.time(k));
    }

    #[test]
    fn rows_in_any_order_give_the_same_tracks(
        (rows, shuffled) in samples(number()).prop_map(rows_of).prop_flat_map(|rows| {
            (Just(rows.clone()), Just(rows).prop_shuffle())
        }),
    ) {
        let tracks = Tracks::from_rows(&rows).unwrap();
        prop_assert_eq!(Tracks::from_rows(&shuffled).unwrap(), tracks.clone());
        let row = |((i, frame), (position, _)): ((usize, usize), _)| Row {
            id: tracks.ids()[i].clone(),
            time: tracks.time(frame),
            position,
        };
        let back: Vec<_> = samples_of(&tracks).into_iter().map(row).collect();
        prop_assert_eq!(back, rows);
    }

    /// Rounding: each of a dozen operations errs by at most eps times the largest term, n·|slope|.
    #[test]
    fn uniform_motion_is_restored(
        samples in samples(-1e3..1e3_f64),
        longest in 0..N_FRAMES,
        velocity in [-10.0..10.0_f64, -10.0..10.0_f64],
    ) {
        let at = |i: usize, k: usize| velocity.map(|v| i as f64 + v * k as f64);
        let linear = samples.keys().map(|&(i, k)| ((i, k), (at(i, k), None))).collect();
        let before = sorted_tracks(&linear);
        let after = before.gaps_filled(longest);
        for (&(i, k), (x, _)) in &samples_of(&after) {
            for (x, expected) in x.iter().zip(at(i, k)) {
                let tolerance = 20.0 * f64::EPSILON * (4.0 + 10.0 * N_FRAMES as f64);
                prop_assert!((x - expected).abs() <= tolerance, "{} {}", x, expected);
            }
        }
    }

    #[test]
    fn filling_touches_only_short_gaps(samples in samples(-1e3..1e3_f64), longest in 0..N_FRAMES) {
        let before = sorted_tracks(&samples);
        let after = before.gaps_filled(longest);
        let filled = samples_of(&after);
        for (key, (x, _)) in samples_of(&before) {
            prop_assert_eq!(filled[&key].0, x);
        }
        let pairs = before.segments().windows(2).filter(|p| p[0].individual == p[1].individual);
        let gaps = pairs.map(|p| p[1].first_frame - p[0].frames().end);
        let (short, long): (Vec<_>, Vec<_>) = gaps.partition(|&gap| gap <= longest);
        prop_assert_eq!(filled.len(), samples.len() + short.iter().sum::<usize>());
        prop_assert_eq!(after.segments().len(), before.segments().len() - short.len());
        let left = after.segments().windows(2).filter(|p| p[0].individual == p[1].individual);
        prop_assert_eq!(left.count(), long.len());
    }

    /// Payloads of any bytes under a right checksum: an error or sound tracks, never a panic.
    #[test]
    fn any_payload_is_read_or_refused(payload in payload()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tracks");
        std::fs::write(&path, sealed(&payload)).unwrap();
        match Tracks::<2>::load(&path) {
            Ok(tracks) => prop_assert!(tracks.dt() > 0.0),
            Err(error) => prop_assert!(!matches!(error, DataError::Checksum { .. }), "{}", error),
        }
    }
}

/// Rows of two fixed frames and of the samples, sorted by individual and time.
fn rows_of(samples: Samples) -> Vec<Row<2>> {
    let time = |frame: usize| 0.25 * frame as f64 - 1.5;
    let fixed = [
        ((0, 0), ([0.0; 2], None)),
        ((0, N_FRAMES - 1), ([1.0; 2], None)),
        ((0, 1), ([2.0; 2], None)),
    ];
    let samples: Samples = samples.into_iter().chain(fixed).collect();
    let row = |((i, frame), (position, _)): ((usize, usize), (Point, _))| Row {
        id: i.to_string(),
        time: time(frame),
        position,
    };
    samples.into_iter().map(row).collect()
}

/// Random bytes, or the payload of sound tracks with some bytes replaced.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..100);
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4);
    let edited = (samples(number()), edits).prop_map(|(samples, edits)| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tracks");
        sorted_tracks(&samples).save(&path).expect("a file");
        let mut payload = std::fs::read(&path).expect("its bytes").split_off(32);
        for (at, byte) in edits {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        payload
    });
    prop_oneof![bytes, edited]
}

fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"PAIRLAW\0tracks\0\0\x01\0\0\0".to_vec();
    bytes.extend((payload.len() as u64).to_le_bytes());
    let crc = crc32fast::hash(&[&bytes[..], payload].concat());
    bytes.extend(crc.to_le_bytes());
    bytes.extend(payload);
    bytes
}
