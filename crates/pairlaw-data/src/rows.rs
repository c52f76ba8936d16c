//! Tracks from rows of (id, time, position) in any order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Columns, DataError, Tracks, Units};

/// One sample of one individual.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<const D: usize> {
    /// Id of the individual.
    pub id: String,
    /// Time, in time units.
    pub time: f64,
    /// Position, in length units.
    pub position: [f64; D],
}

impl<const D: usize> Tracks<D> {
    /// Tracks from rows in any order, without velocities and units.
    ///
    /// As [`Tracks::from_columns`], with the ids sorted by [`compare_ids`], so that the result does
    /// not depend on the order of rows.
    ///
    /// # Errors
    ///
    /// As [`Tracks::from_columns`].
    pub fn from_rows(rows: &[Row<D>]) -> Result<Self, DataError> {
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut ids: Vec<&str> = ids.into_iter().collect();
        ids.sort_by(|a, b| compare_ids(a, b));
        let index: BTreeMap<&str, u32> = ids.iter().copied().zip(0..).collect();
        let individuals: Vec<u32> = rows.iter().map(|row| index[row.id.as_str()]).collect();
        let times: Vec<f64> = rows.iter().map(|row| row.time).collect();
        let positions: [Vec<f64>; D] =
            std::array::from_fn(|d| rows.iter().map(|row| row.position[d]).collect());
        let columns = Columns {
            individuals: &individuals,
            times: &times,
            positions: positions.each_ref().map(Vec::as_slice),
            velocities: None,
        };
        let ids = ids.into_iter().map(str::to_owned).collect();
        Self::from_columns(ids, Units::default(), &columns)
    }
}

/// The order of ids: numbers by their value, of equal ones the shorter first, then other ids as text.
#[must_use]
pub fn compare_ids(a: &str, b: &str) -> Ordering {
    let number = |id: &str| id.parse().ok().filter(|x: &f64| x.is_finite());
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then(a.len().cmp(&b.len())).then(a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Sample = (&'static str, f64, f64);

    fn rows(samples: &[Sample]) -> Vec<Row<1>> {
        let row = |&(id, time, x): &Sample| Row { id: id.to_owned(), time, position: [x] };
        samples.iter().map(row).collect()
    }

    fn read(samples: &[Sample]) -> Result<Tracks<1>, DataError> {
        Tracks::from_rows(&rows(samples))
    }

    #[test]
    fn missing_frames_are_gaps() {
        let samples = [("b", 2.0, 5.0), ("a", 3.5, 3.0), ("a", 2.0, 1.0), ("a", 2.5, 2.0)];
        let tracks = read(&samples).unwrap();
        assert_eq!(tracks.ids(), ["a", "b"]);
        assert_eq!((tracks.start_time(), tracks.dt(), tracks.n_frames()), (2.0, 0.5, 4));
        let runs: Vec<_> = tracks.segments().iter().map(|s| (s.individual, s.frames())).collect();
        assert_eq!(runs, [(0, 0..2), (0, 3..4), (1, 0..1)]);
        assert_eq!(tracks.segments()[0].positions, [[1.0], [2.0]]);
    }

    #[test]
    fn ids_sort_as_numbers_then_as_text() {
        let samples = [
            ("10", 0.0, 0.0),
            ("cell", 1.0, 0.0),
            ("9", 0.0, 0.0),
            ("09", 1.0, 0.0),
            ("-2.5", 1.0, 0.0),
        ];
        assert_eq!(read(&samples).unwrap().ids(), ["-2.5", "9", "09", "10", "cell"]);
    }

    #[test]
    fn times_may_be_off_by_rounding_and_a_millionth() {
        let dt = 0.1;
        let jitter = |k: usize| dt * (k as f64 + 4e-7 * (k % 3) as f64);
        let times = (0..1000).filter(|k| k % 7 != 3);
        let samples: Vec<_> = times.map(|k| ("a", 1.7e9 + jitter(k), 0.0)).collect();
        assert_eq!(read(&samples).unwrap().n_frames(), 1000);
        let small: Vec<_> = (0..1000).map(|k| ("a", jitter(k), 0.0)).collect();
        let tracks = read(&small).unwrap();
        assert_eq!((tracks.n_frames(), tracks.segments().len()), (1000, 1));
    }

    #[test]
    fn times_of_one_frame_may_differ_a_little() {
        let samples = [("a", 0.0, 0.0), ("b", 5e-7, 0.0), ("a", 1.0, 0.0), ("b", 1.0, 0.0)];
        assert_eq!(read(&samples).unwrap().n_frames(), 2);
    }

    #[test]
    fn a_time_off_the_grid_is_named() {
        let error = read(&[("a", 0.0, 0.0), ("a", 1.0, 0.0), ("a", 2.00001, 0.0), ("a", 3.0, 0.0)]);
        let error = error.unwrap_err();
        let DataError::NonUniformTimes { time, expected, dt } = error else { panic!("{error}") };
        assert_eq!((time, expected, dt), (2.00001, 2.0, 1.0));
    }

    #[test]
    fn a_second_row_of_a_frame_is_a_duplicate() {
        let error = read(&[("a", 0.0, 0.0), ("a", 1.0, 1.0), ("a", 1.0, 1.0)]).unwrap_err();
        assert!(matches!(&error, DataError::Duplicate { id, frame: 1 } if id == "a"), "{error}");
    }

    #[test]
    fn broken_rows_are_refused_by_name() {
        type Expected = fn(&DataError) -> bool;
        let cases: [(&[Sample], Expected); 5] = [
            (&[], |e| matches!(e, DataError::Empty)),
            (&[("a", 1.0, 0.0), ("b", 1.0, 0.0)], |e| {
                matches!(e, DataError::SingleTime { time: 1.0 })
            }),
            (&[("a", 0.0, 0.0), ("a", f64::NAN, 0.0)], |e| {
                matches!(e, DataError::NonFiniteTime { .. })
            }),
            (&[("a", -1e308, 0.0), ("a", 1e308, 0.0)], |e| {
                matches!(e, DataError::BadSampling { .. })
            }),
            (&[("a", 0.0, 0.0), ("a", 1.0, f64::INFINITY)], |e| {
                matches!(e, DataError::NonFinite { frame: 1, dimension: 0, .. })
            }),
        ];
        for (samples, expected) in cases {
            let error = read(samples).unwrap_err();
            assert!(expected(&error), "{error}");
        }
    }
}
