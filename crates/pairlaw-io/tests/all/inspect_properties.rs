//! Inspection of any table: no panic, no line too long, and the order of rows plays no part.

use pairlaw_io::{Format, Inspection, Origin, Places, TrackTable, inspect};
use proptest::prelude::*;

type Sample = (u32, f64, [f64; 3]);

/// Finite numbers, most of them tame, some whole, some as wild as there are.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-20i32..20).prop_map(f64::from),
        4 => -100.0..100.0f64,
        1 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, 1.7e9, -0.0, f64::MIN_POSITIVE]),
    ]
}

fn time() -> impl Strategy<Value = f64> {
    prop_oneof![8 => (0u32..40).prop_map(|k| 0.1 * f64::from(k)), 1 => number()]
}

fn wild_rows() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec((0u32..5, time(), [number(), number(), number()]), 0..150)
}

/// Walkers with gaps and a few flaws.
fn tame_rows(time: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Sample>> {
    let flaw = (any::<prop::sample::Index>(), number(), time);
    let kept = prop::collection::vec(prop::bool::weighted(0.9), 160);
    (kept, prop::collection::vec(flaw, 0..4)).prop_map(|(kept, flaws)| {
        let sample = |k: u32| {
            let (i, t) = (k / 40, f64::from(k % 40));
            let x = f64::from(i) * 3.0 + (0.2 * t).sin();
            (i, 0.1 * t, [x, (0.3 * t + f64::from(i)).cos(), 0.0])
        };
        let mut rows: Vec<Sample> =
            (0..160).zip(kept).filter(|(_, kept)| *kept).map(|(k, _)| sample(k)).collect();
        for (at, x, t) in flaws {
            if !rows.is_empty() {
                let at = at.index(rows.len());
                (rows[at].1, rows[at].2[0]) = (t, x);
            }
        }
        rows
    })
}

fn table(rows: &[Sample], n_dimensions: usize) -> TrackTable {
    TrackTable {
        ids: (0..5).map(|i| i.to_string()).collect(),
        individuals: rows.iter().map(|row| row.0).collect(),
        times: rows.iter().map(|row| row.1).collect(),
        coordinates: (0..n_dimensions).map(|d| rows.iter().map(|row| row.2[d]).collect()).collect(),
        velocities: Vec::new(),
        units: pairlaw_io::data::Units::default(),
        divisions: vec![(0, 1), (0, 9)],
        walls: Vec::new(),
        origin: Origin {
            path: "a.csv".into(),
            format: Format::Generic,
            notes: Vec::new(),
            time_is_frames: true,
            n_missing: 0,
            n_untracked: 0,
            places: Places::Records,
        },
    }
}

/// All but what is called the first.
fn without_places(mut found: Inspection) -> Inspection {
    found.times.first_off_grid = None;
    found.presence.gaps.first = None;
    found.duplicates.first = None;
    (found.jumps.first, found.jumps.first_swap) = (None, None);
    if let Some(largest) = &mut found.jumps.largest {
        largest.place.row = 0;
    }
    found.at_origin.iter_mut().chain(&mut found.most_repeated).for_each(|r| r.first = None);
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_table_makes_it_panic(rows in wild_rows(), n_dimensions in 1usize..4) {
        let found = inspect(&table(&rows, n_dimensions));
        prop_assert_eq!(found.n_rows, rows.len());
        let counted = found.presence.track_lengths.most;
        prop_assert!(counted as usize + found.duplicates.n <= rows.len());
        for line in found.to_string().lines() {
            prop_assert!(line.chars().count() <= 100 && line == line.trim_end(), "{}", line);
        }
    }

    #[test]
    fn the_order_of_rows_plays_no_part(
        rows in prop_oneof![wild_rows(), tame_rows(time())],
        seed in any::<u64>(),
        n_dimensions in 1usize..4,
    ) {
        let mut shuffled = rows.clone();
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let [a, b] = [rows, shuffled].map(|rows| without_places(inspect(&table(&rows, n_dimensions))));
        // Not a number is no equal of itself.
        prop_assert_eq!(format!("{a:?}"), format!("{b:?}"));
    }

    /// Times from another origin change no count; some of them are off the grid.
    #[test]
    fn times_have_no_origin(
        rows in tame_rows((0u32..40, any::<bool>()).prop_map(|(k, is_off)| {
            0.1 * f64::from(k) + if is_off { 0.03 } else { 0.0 }
        })),
    ) {
        let mut moved = rows.clone();
        moved.iter_mut().for_each(|row| row.1 += 64.0);
        let [a, b] = [rows, moved].map(|rows| inspect(&table(&rows, 2)));
        prop_assert_eq!(a.presence, b.presence);
        prop_assert_eq!((a.jumps, a.times.n_off_grid), (b.jumps, b.times.n_off_grid));
    }
}
