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

impl<const D: usize> Tracks<D> {
    /// Tracks from columns of samples in any order of rows.
    ///
    /// The times must lie on a uniform grid ([`Columns::sampling`]) within 1e-6 `dt`; a frame without a
    /// row of an individual is a gap. The first time is that of frame 0. Ids keep their order; those
    /// without a row stay without a segment. Beside the result, some 12 bytes a row are needed.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], [`DataError::UnknownIndividual`], [`DataError::NonFiniteTime`],
    /// [`DataError::SingleTime`], [`DataError::NonUniformTimes`], [`DataError::Duplicate`],
    /// [`DataError::DuplicateId`], [`DataError::NonFinite`], [`DataError::LongPause`], and
    /// [`DataError::BadSampling`] if the times span more than an `f64` can hold.
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
        let (rows, ends) = rows_by_individual(columns.individuals, ids.len());
        let own_step = own_step(columns.times, &rows, &ends);
        let sampling = Sampling::from_times(columns.times, own_step)?;
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
    /// The uniform grid on which the times lie ([`Sampling::from_times`]).
    ///
    /// # Errors
    ///
    /// As [`Sampling::from_times`].
    pub fn sampling(&self) -> Result<Sampling, DataError> {
        Sampling::from_times(self.times, self.own_step())
    }

    /// Median time from row to row of an individual, the lower of the two in the middle; none if
    /// nobody has rows at two times.
    #[must_use]
    pub fn own_step(&self) -> Option<f64> {
        let n_individuals = self.individuals.iter().max().map_or(0, |&last| last as usize + 1);
        let (rows, ends) = rows_by_individual(self.individuals, n_individuals);
        own_step(self.times, &rows, &ends)
    }

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

/// Median of the positive steps in time between rows of one individual.
fn own_step(times: &[f64], rows: &[u32], ends: &[usize]) -> Option<f64> {
    let (mut steps, mut own) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut start = 0;
    for &end in ends {
        own.clear();
        own.extend(rows[start..end].iter().map(|&row| times[row as usize]));
        if !own.is_sorted() {
            own.sort_unstable_by(f64::total_cmp);
        }
        steps.extend(own.windows(2).map(|w| w[1] - w[0]).filter(|&step| step > 0.0));
        start = end;
    }
    let middle = steps.len().checked_sub(1)? / 2;
    Some(*steps.select_nth_unstable_by(middle, f64::total_cmp).1)
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
    fn the_own_step_is_the_lower_median_over_all_individuals() {
        let step = |individuals: &[u32]| Columns { individuals, ..columns() }.own_step();
        // Times 2, 0, .5, 2, 1.5: steps .5, 1, .5; 1.5 and .5; none.
        assert_eq!(step(&[2, 0, 0, 0, 0]), Some(0.5));
        assert_eq!(step(&[0, 1, 2, 1, 2]), Some(1.0));
        assert_eq!(step(&[0, 1, 2, 0, 3]), None);
        let none =
            Columns::<1> { individuals: &[], times: &[], positions: [&[]], velocities: None };
        assert_eq!(none.own_step(), None);
        assert!(matches!(none.sampling(), Err(DataError::Empty)));
    }

    /// A time halfway between two frames doubles no frames.
    #[test]
    fn a_stray_time_is_refused_by_name() {
        let mut times: Vec<f64> = (0..60).map(|row| f64::from(row / 2)).collect();
        let individuals: Vec<u32> = (0..60).map(|row| row % 2).collect();
        let found = |times: &[f64]| {
            tracks(
                &individuals,
                Columns { times, positions: [times], velocities: None, individuals: &[] },
            )
        };
        assert_eq!(found(&times).unwrap().segments().len(), 2);
        times[30] += 0.5;
        let error = found(&times).unwrap_err();
        assert!(matches!(error, DataError::NonUniformTimes { time: 15.5, dt: 1.0, .. }), "{error}");
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
    }

    #[test]
    #[should_panic(expected = "columns of 2 and [5, 5, 5] rows")]
    fn columns_of_other_lengths_are_a_mistake() {
        let _ = tracks(&[0, 0], columns());
    }
}
