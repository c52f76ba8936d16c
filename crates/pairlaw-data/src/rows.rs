//! Tracks from rows of (id, time, position) in any order.

use std::collections::BTreeSet;

use crate::{DataError, Sampling, Segment, Tracks, Units};

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

/// Times may be off the uniform grid by this part of `dt`.
const TIME_TOLERANCE: f64 = 1e-6;

/// Times closer than this part of the longest step are of one frame: above twice
/// [`TIME_TOLERANCE`], and small enough for 10⁵ frames in sequence without any individual.
const SAME_FRAME: f64 = 1e-5;

impl<const D: usize> Tracks<D> {
    /// Tracks from rows in any order, without velocities and units.
    ///
    /// The times must lie on a uniform grid within 1e-6 `dt`; a frame without a row of an
    /// individual is a gap. Ids are sorted as numbers where they are numbers, and otherwise as
    /// text, so that the result does not depend on the order of rows. The first time is that of
    /// frame 0.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], [`DataError::NonFiniteTime`], [`DataError::SingleTime`],
    /// [`DataError::NonUniformTimes`], [`DataError::Duplicate`], [`DataError::NonFinite`], and
    /// [`DataError::BadSampling`] if the times span more than an `f64` can hold.
    pub fn from_rows(rows: &[Row<D>]) -> Result<Self, DataError> {
        let sampling = uniform_times(rows)?;
        let ids = sorted_ids(rows);
        let segments = single_samples(rows, &ids, sampling)?;
        let ids = ids.into_iter().map(|(_, id)| id.to_owned()).collect();
        Self::new(ids, sampling, Units::default(), segments)
    }
}

fn uniform_times<const D: usize>(rows: &[Row<D>]) -> Result<Sampling, DataError> {
    if let Some(row) = rows.iter().find(|row| !row.time.is_finite()) {
        return Err(DataError::NonFiniteTime { id: row.id.clone(), time: row.time });
    }
    let mut times: Vec<f64> = rows.iter().map(|row| row.time).collect();
    times.sort_by(f64::total_cmp);
    let (Some(&start_time), Some(&end_time)) = (times.first(), times.last()) else {
        return Err(DataError::Empty);
    };
    let span = end_time - start_time;
    if span == 0.0 {
        return Err(DataError::SingleTime { time: start_time });
    }
    if span.is_infinite() {
        return Err(DataError::BadSampling { start_time, dt: span, n_frames: 2 });
    }
    // The shortest step counts the frames of each step; the whole span then gives the step to
    // full precision.
    let steps = times.windows(2).map(|w| w[1] - w[0]);
    let longest = steps.clone().fold(0.0, f64::max);
    let steps = steps.filter(|&step| step > SAME_FRAME * longest);
    let shortest = steps.clone().fold(longest, f64::min);
    let n_steps: usize = steps.map(|step| (step / shortest).round() as usize).sum();
    Ok(Sampling { start_time, dt: span / n_steps as f64, n_frames: n_steps + 1 })
}

/// The order of ids: numbers as such, then other ids as text.
type IdOrder<'a> = (u64, &'a str);

fn id_order(id: &str) -> IdOrder<'_> {
    (id.parse().unwrap_or(u64::MAX), id)
}

fn sorted_ids<const D: usize>(rows: &[Row<D>]) -> Vec<IdOrder<'_>> {
    let ids: BTreeSet<_> = rows.iter().map(|row| id_order(&row.id)).collect();
    ids.into_iter().collect()
}

/// One segment a row; [`Tracks::new`] joins them and finds duplicates.
fn single_samples<const D: usize>(
    rows: &[Row<D>],
    ids: &[IdOrder<'_>],
    sampling: Sampling,
) -> Result<Vec<Segment<D>>, DataError> {
    let segment = |row: &Row<D>| {
        let id = id_order(&row.id);
        Ok(Segment {
            individual: ids.partition_point(|&other| other < id),
            first_frame: frame_at(row.time, sampling)?,
            positions: vec![row.position],
            velocities: None,
        })
    };
    rows.iter().map(segment).collect()
}

fn frame_at(time: f64, sampling: Sampling) -> Result<usize, DataError> {
    let dt = sampling.dt;
    let frame = ((time - sampling.start_time) / dt).round() as usize;
    let expected = sampling.time(frame);
    // Rounding of the time itself, as in seconds since 1970, is not a fault of the sampling.
    let rounding = 4.0 * f64::EPSILON * time.abs();
    if (time - expected).abs() > TIME_TOLERANCE * dt + rounding {
        return Err(DataError::NonUniformTimes { time, expected, dt });
    }
    Ok(frame)
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
        let samples = [("10", 0.0, 0.0), ("cell", 1.0, 0.0), ("9", 0.0, 0.0), ("09", 1.0, 0.0)];
        assert_eq!(read(&samples).unwrap().ids(), ["09", "9", "10", "cell"]);
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
