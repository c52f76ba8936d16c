//! Small tables made for a finding, and what is asked of their inspection.

use pairlaw_io::inspect::{Fit, Learner, Reason};
use pairlaw_io::{Format, Inspection, Origin, Places, TrackTable, inspect};

/// A row: individual, time, position.
pub(crate) type Sample = (u32, f64, [f64; 2]);

/// A table whose rows stand in the lines from 2 on.
pub(crate) fn table(rows: &[Sample]) -> TrackTable {
    let n = rows.iter().map(|row| row.0 + 1).max().unwrap_or(0);
    TrackTable {
        ids: (0..n).map(|i| format!("id{i}")).collect(),
        individuals: rows.iter().map(|row| row.0).collect(),
        times: rows.iter().map(|row| row.1).collect(),
        coordinates: (0..2).map(|d| rows.iter().map(|row| row.2[d]).collect()).collect(),
        velocities: Vec::new(),
        units: pairlaw_io::data::Units::default(),
        divisions: Vec::new(),
        walls: Vec::new(),
        origin: Origin {
            path: "cells.csv".into(),
            format: Format::Generic,
            notes: vec!["columns: id = \"a\"".to_owned()],
            time_is_frames: false,
            n_missing: 0,
            n_untracked: 0,
            places: Places::Lines((2..).take(rows.len()).collect()),
        },
    }
}

/// Individuals on circles of their own, 10 apart, in even steps of .5.
pub(crate) fn circles(n: u32, n_frames: u32) -> Vec<Sample> {
    let sample = |i: u32, k: u32| {
        let angle = 0.1 * f64::from(k) + f64::from(i);
        let centre = 10.0 * f64::from(i);
        (i, 0.5 * f64::from(k), [centre + 2.0 * angle.cos(), 3.0 + 2.0 * angle.sin()])
    };
    (0..n).flat_map(|i| (0..n_frames).map(move |k| sample(i, k))).collect()
}

pub(crate) fn of(rows: &[Sample]) -> Inspection {
    inspect(&table(rows))
}

pub(crate) fn fit(found: &Inspection, learner: Learner) -> &Fit {
    found.fits.iter().find(|fit| fit.learner == learner).expect("a verdict for each")
}

pub(crate) fn has(found: &Inspection, is: impl Fn(&Reason) -> bool) -> bool {
    found.fits.iter().any(|fit| fit.reasons.iter().any(&is))
}

#[track_caller]
pub(crate) fn says(found: &Inspection, words: &str) {
    // Lines break where they must.
    let shown: Vec<String> = found.to_string().split_whitespace().map(str::to_owned).collect();
    assert!(shown.join(" ").contains(words), "{words:?} in\n{found}");
}
