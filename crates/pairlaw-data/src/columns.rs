//! Tracks from columns of individuals, times and positions: as few bytes a row as they need.

use crate::{DataError, Sampling, Segment, Tracks, Units};

/// Samples as columns, one entry a row, in any order of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Columns<'a, const D: usize> {
    /// Index of each row's individual among the ids.
    pub individuals: &'a [u32],
    /// Time of each row, in time units.
    pub times: &'a [f64],
    /// One column a dimension, in length units.
    pub positions: [&'a [f64]; D],
    /// One column a dimension, in length per time units, if known.
    pub velocities: Option<[&'a [f64]; D]>,
}

/// Times may be off the uniform grid by this part of `dt`.
const TIME_TOLERANCE: f64 = 1e-6;

/// Times closer than this part of the longest step are of one frame: above twice
/// [`TIME_TOLERANCE`], and small enough for 10⁵ frames in sequence without any individual.
const SAME_FRAME: f64 = 1e-5;

impl Sampling {
    /// The uniform grid on which these times lie, in any order and with repetitions.
    ///
    /// The shortest step between two times counts the frames of every step; [`Sampling::frame`]
    /// tells whether a time lies on the grid.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], [`DataError::SingleTime`], and [`DataError::BadSampling`] if a time is not
    /// finite or the times span more than an `f64` can hold.
    pub fn from_times(times: &[f64]) -> Result<Self, DataError> {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        let (Some(&start_time), Some(&end_time)) = (times.first(), times.last()) else {
            return Err(DataError::Empty);
        };
        let span = end_time - start_time;
        if span == 0.0 {
            return Err(DataError::SingleTime { time: start_time });
        }
        if !span.is_finite() {
            return Err(DataError::BadSampling { start_time, dt: span, n_frames: 2 });
        }
        // The shortest step counts the frames of each step; the whole span then gives the step to
        // full precision.
        let steps = times.windows(2).map(|w| w[1] - w[0]);
        let longest = steps.clone().fold(0.0, f64::max);
        let steps = steps.filter(|&step| step > SAME_FRAME * longest);
        let shortest = steps.clone().fold(longest, f64::min);
        let n_steps: usize = steps.map(|step| (step / shortest).round() as usize).sum();
        Ok(Self { start_time, dt: span / n_steps as f64, n_frames: n_steps + 1 })
    }

    /// The frame of a time, which must lie within 1e-6 `dt` of it.
    ///
    /// # Errors
    ///
    /// [`DataError::NonUniformTimes`].
    pub fn frame(&self, time: f64) -> Result<usize, DataError> {
        let dt = self.dt;
        let frame = ((time - self.start_time) / dt).round() as usize;
        let expected = self.time(frame);
        // Rounding of the time itself, as in seconds since 1970, is not a fault of the sampling.
        let rounding = 4.0 * f64::EPSILON * time.abs();
        let error = (time - expected).abs();
        if error.is_nan() || error > TIME_TOLERANCE * dt + rounding {
            return Err(DataError::NonUniformTimes { time, expected, dt });
        }
        Ok(frame)
    }
}

impl<const D: usize> Tracks<D> {
    /// Tracks from columns of samples in any order of rows.
    ///
    /// The times must lie on a uniform grid within 1e-6 `dt`; a frame without a row of an
    /// individual is a gap. The first time is that of frame 0. Ids keep their order; those without
    /// a row stay without a segment. Beside the result, some 12 bytes a row are needed.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], [`DataError::UnknownIndividual`], [`DataError::NonFiniteTime`],
    /// [`DataError::SingleTime`], [`DataError::NonUniformTimes`], [`DataError::Duplicate`],
    /// [`DataError::DuplicateId`], [`DataError::NonFinite`], and [`DataError::BadSampling`] if the
    /// times span more than an `f64` can hold.
    ///
    /// # Panics
    ///
    /// If the columns differ in length, or have 2³² rows or more.
    pub fn from_columns(
        ids: Vec<String>,
        units: Units,
        columns: &Columns<'_, D>,
    ) -> Result<Self, DataError> {
        columns.check(&ids)?;
        let sampling = Sampling::from_times(columns.times)?;
        let (rows, ends) = rows_by_individual(columns.individuals, ids.len());
        let (mut segments, mut start) = (Vec::new(), 0);
        let mut samples = Vec::new();
        for (individual, &end) in ends.iter().enumerate() {
            samples.clear();
            for &row in &rows[start..end] {
                samples.push((sampling.frame(columns.times[row as usize])?, row));
            }
            start = end;
            // Most files have the rows of an individual in the order of time.
            if !samples.is_sorted() {
                samples.sort_unstable();
            }
            if let Some(pair) = samples.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(DataError::Duplicate { id: ids[individual].clone(), frame: pair[0].0 });
            }
            let runs = samples.chunk_by(|a, b| a.0 + 1 == b.0);
            segments.extend(runs.map(|run| columns.segment(individual, run)));
        }
        Self::new(ids, sampling, units, segments)
    }
}

impl<const D: usize> Columns<'_, D> {
    fn check(&self, ids: &[String]) -> Result<(), DataError> {
        let n = self.individuals.len();
        let vectors = self.positions.iter().chain(self.velocities.iter().flatten());
        let lengths: Vec<usize> =
            vectors.map(|column| column.len()).chain([self.times.len()]).collect();
        assert!(lengths.iter().all(|&length| length == n), "columns of {n} and {lengths:?} rows");
        assert!(u32::try_from(n).is_ok(), "{n} rows are too many");
        let id = |row: usize| ids.get(self.individuals[row] as usize);
        if let Some(row) = (0..n).find(|&row| id(row).is_none()) {
            let individual = self.individuals[row] as usize;
            return Err(DataError::UnknownIndividual { individual, n_individuals: ids.len() });
        }
        match self.times.iter().position(|time| !time.is_finite()) {
            Some(row) => Err(DataError::NonFiniteTime {
                id: id(row).cloned().unwrap_or_default(),
                time: self.times[row],
            }),
            None => Ok(()),
        }
    }

    /// Samples in frames without a gap.
    fn segment(&self, individual: usize, run: &[(usize, u32)]) -> Segment<D> {
        let vectors = |columns: &[&[f64]; D]| {
            let vector = |&(_, row): &(usize, u32)| columns.map(|column| column[row as usize]);
            run.iter().map(vector).collect()
        };
        Segment {
            individual,
            first_frame: run[0].0,
            positions: vectors(&self.positions),
            velocities: self.velocities.as_ref().map(vectors),
        }
    }
}

/// All rows, those of one individual together and in their order, and where those of each end.
fn rows_by_individual(individuals: &[u32], n_individuals: usize) -> (Vec<u32>, Vec<usize>) {
    let mut ends = vec![0; n_individuals];
    for &individual in individuals {
        ends[individual as usize] += 1;
    }
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut rows = vec![0; individuals.len()];
    for (row, &individual) in individuals.iter().enumerate() {
        let place = &mut ends[individual as usize];
        rows[*place] = row as u32;
        *place += 1;
    }
    (rows, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 5] = [2.0, 0.0, 0.5, 2.0, 1.5];
    const XS: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    fn tracks(individuals: &[u32], columns: Columns<'_, 1>) -> Result<Tracks<1>, DataError> {
        let ids = ["z", "b", "a"].map(str::to_owned).to_vec();
        Tracks::from_columns(ids, Units::default(), &Columns { individuals, ..columns })
    }

    fn columns() -> Columns<'static, 1> {
        Columns { individuals: &[], times: &TIMES, positions: [&XS], velocities: Some([&TIMES]) }
    }

    #[test]
    fn rows_in_any_order_become_segments() {
        let tracks = tracks(&[2, 0, 0, 0, 0], columns()).unwrap();
        assert_eq!(tracks.ids(), ["z", "b", "a"]);
        assert_eq!((tracks.start_time(), tracks.dt(), tracks.n_frames()), (0.0, 0.5, 5));
        let runs: Vec<_> = tracks.segments().iter().map(|s| (s.individual, s.frames())).collect();
        assert_eq!(runs, [(0, 0..2), (0, 3..5), (2, 4..5)]);
        assert_eq!(tracks.segments()[1].positions, [[5.0], [4.0]]);
        assert_eq!(tracks.segments()[1].velocities, Some(vec![[1.5], [2.0]]));
    }

    #[test]
    fn broken_columns_are_refused() {
        let error = tracks(&[0, 0, 0, 3, 0], columns()).unwrap_err();
        assert!(
            matches!(error, DataError::UnknownIndividual { individual: 3, n_individuals: 3 }),
            "{error}"
        );
        let error = tracks(&[1, 0, 1, 1, 1], columns()).unwrap_err();
        assert!(matches!(&error, DataError::Duplicate { id, frame: 4 } if id == "b"), "{error}");
        let times = [0.0, 1.0, f64::NAN, 2.0, 3.0];
        let error = tracks(&[0, 0, 1, 0, 0], Columns { times: &times, ..columns() }).unwrap_err();
        assert!(matches!(&error, DataError::NonFiniteTime { id, .. } if id == "b"), "{error}");
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 3 };
        assert!(sampling.frame(f64::NAN).is_err() && sampling.frame(-1.0).is_err());
        let error = Sampling::from_times(&times).unwrap_err();
        assert!(matches!(error, DataError::BadSampling { .. }), "{error}");
    }

    #[test]
    #[should_panic(expected = "columns of 2 and [5, 5, 5] rows")]
    fn columns_of_other_lengths_are_a_mistake() {
        let _ = tracks(&[0, 0], columns());
    }
}
