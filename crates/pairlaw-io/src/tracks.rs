//! Tracks from the rows of a table.

use std::borrow::Cow;

use pairlaw_data::{Columns, DataError, Tracks};

use crate::resampling::resampled;
use crate::rounded_times::{ROUNDED, TOLERANCE, snapped};
use crate::{Duplicates, IoError, Places, TrackOptions, TrackTable};

impl TrackTable {
    /// The tracks of these rows in the first D dimensions: times must lie on a uniform grid within the
    /// tolerance unless they are resampled, a parent ends before its daughters begin.
    ///
    /// # Errors
    /// [`IoError::Duplicate`] and [`IoError::OffGrid`] with their lines, [`IoError::BadResampling`], and
    /// [`IoError::Tracks`] if all rows have one time.
    ///
    /// # Panics
    /// If the table has fewer than D dimensions.
    pub fn tracks<const D: usize>(&self, options: &TrackOptions) -> Result<Tracks<D>, IoError> {
        let found = self.n_dimensions();
        assert!(D >= 1 && D <= found, "{D} dimensions of {found}");
        if options.time_tolerance > TOLERANCE && options.resample.is_none() {
            let mut table = self.clone();
            table.snap_times(options.time_tolerance);
            return table.tracks(&TrackOptions { time_tolerance: TOLERANCE, ..*options });
        }
        let rows = Rows::of(self).without_overlaps(&self.divisions);
        let tracks = match options.resample {
            Some(dt) => self.resampled(rows, dt, options.duplicates),
            None => self.on_grid(rows, options.duplicates),
        };
        tracks.map(|tracks| tracks.with_units(self.units.clone()))
    }

    fn on_grid<const D: usize>(
        &self,
        rows: Rows<'_, D>,
        duplicates: Duplicates,
    ) -> Result<Tracks<D>, IoError> {
        let refused = |error| self.located(error);
        match rows.tracks(&self.ids) {
            Err(DataError::Duplicate { .. }) if duplicates != Duplicates::Refuse => {
                let sampling = rows.columns().sampling().map_err(refused)?;
                // Each time was found to lie on the grid.
                let frame = |time: f64| sampling.frame(time).unwrap_or_default() as f64;
                rows.merged(frame, duplicates == Duplicates::Mean).tracks(&self.ids)
            }
            tracks => tracks,
        }
        .map_err(refused)
    }

    fn resampled<const D: usize>(
        &self,
        rows: Rows<'_, D>,
        dt: f64,
        duplicates: Duplicates,
    ) -> Result<Tracks<D>, IoError> {
        let merged = rows.merged(|time| time, duplicates == Duplicates::Mean);
        if duplicates == Duplicates::Refuse && merged.times.len() < rows.times.len() {
            return Err(self.duplicate(|time| time));
        }
        resampled(&merged.columns(), dt, &self.ids, &self.origin.path)
    }

    /// The error of tracks with the lines that it is about.
    fn located(&self, error: DataError) -> IoError {
        let path = self.origin.path.clone();
        match error {
            DataError::Duplicate { .. } => match Rows::<0>::of(self).columns().sampling() {
                Ok(sampling) => {
                    self.duplicate(|time| sampling.frame(time).map_or(time, |frame| frame as f64))
                }
                Err(source) => IoError::Tracks { path, source },
            },
            DataError::NonUniformTimes { time, expected, dt } => {
                let row = self.times.iter().position(|other| other.to_bits() == time.to_bits());
                let line = row.and_then(|row| self.line(row));
                let own = self.usual_step();
                // Rounded times lie close to the grid, whose step is then the better proposal.
                let usual = if (own / dt - 1.0).abs() < 0.1 { dt } else { own };
                let rounded = snapped(&self.times, own, ROUNDED).map(|found| found.largest);
                IoError::OffGrid { path, line, time, expected, dt, usual, rounded }
            }
            source => IoError::Tracks { path, source },
        }
    }

    /// The median time from row to row of an individual; 0 if none has two times.
    pub(crate) fn usual_step(&self) -> f64 {
        Rows::<0>::of(self).columns().own_step().unwrap_or(0.0)
    }

    /// The first row of an individual in a frame where it has one already.
    fn duplicate(&self, frame: impl Fn(f64) -> f64) -> IoError {
        let key = |row: &usize| (self.individuals[*row], frame(self.times[*row]).to_bits());
        let mut rows: Vec<usize> = (0..self.n_rows()).collect();
        rows.sort_by_key(key);
        let pairs = rows.windows(2).filter(|pair| key(&pair[0]) == key(&pair[1]));
        let pair = pairs.min_by_key(|pair| pair[1]).unwrap_or(&[0, 0]);
        let places = self.line(pair[0]).zip(self.line(pair[1])).map(|(a, b)| [a, b]);
        IoError::Duplicate {
            path: self.origin.path.clone(),
            places,
            id: self.ids[self.individuals[pair[1]] as usize].clone(),
            time: self.times[pair[1]],
        }
    }

    /// Line of a row, from 1, in a file with lines.
    #[must_use]
    pub fn line(&self, row: usize) -> Option<u32> {
        match &self.origin.places {
            Places::Lines(lines) => lines.get(row).copied(),
            Places::Records => None,
        }
    }
}

/// Columns of a table, or of some of its rows.
struct Rows<'a, const D: usize> {
    individuals: Cow<'a, [u32]>,
    times: Cow<'a, [f64]>,
    positions: [Cow<'a, [f64]>; D],
    velocities: Option<[Cow<'a, [f64]>; D]>,
}

impl<'a, const D: usize> Rows<'a, D> {
    fn of(table: &'a TrackTable) -> Self {
        let vectors =
            |columns: &'a [Vec<f64>]| std::array::from_fn(|d| Cow::Borrowed(columns[d].as_slice()));
        let has_velocities = table.velocities.len() >= D;
        Self {
            individuals: Cow::Borrowed(&table.individuals),
            times: Cow::Borrowed(&table.times),
            positions: vectors(&table.coordinates),
            velocities: has_velocities.then(|| vectors(&table.velocities)),
        }
    }

    fn columns(&self) -> Columns<'_, D> {
        Columns {
            individuals: &self.individuals,
            times: &self.times,
            positions: self.positions.each_ref().map(|column| &**column),
            velocities: self.velocities.as_ref().map(|v| v.each_ref().map(|column| &**column)),
        }
    }

    fn tracks(&self, ids: &[String]) -> Result<Tracks<D>, DataError> {
        Tracks::from_columns(ids.to_vec(), pairlaw_data::Units::default(), &self.columns())
    }

    /// One row a group: the mean of its rows, at the time of the first.
    fn grouped(&self, groups: &Groups) -> Self {
        let mean = |column: &Cow<'_, [f64]>| {
            let mean = |group: &[u32]| match group {
                [row] => column[*row as usize],
                // Shares first, so that the largest numbers have a mean too.
                rows => rows.iter().map(|&row| column[row as usize] / rows.len() as f64).sum(),
            };
            Cow::Owned(groups.iter().map(mean).collect())
        };
        Self {
            individuals: groups.iter().map(|rows| self.individuals[rows[0] as usize]).collect(),
            times: groups.iter().map(|rows| self.times[rows[0] as usize]).collect(),
            positions: self.positions.each_ref().map(mean),
            velocities: self.velocities.as_ref().map(|v| v.each_ref().map(mean)),
        }
    }

    /// Without the rows of parents from the first time of a daughter on.
    fn without_overlaps(self, divisions: &[(u32, u32)]) -> Self {
        if divisions.is_empty() {
            return self;
        }
        let n = self.individuals.iter().max().map_or(0, |&last| last as usize + 1);
        let mut begins = vec![f64::INFINITY; n];
        for (&individual, &time) in self.individuals.iter().zip(&*self.times) {
            let begin = &mut begins[individual as usize];
            *begin = begin.min(time);
        }
        let mut ends = vec![f64::INFINITY; n];
        for &(parent, daughter) in divisions {
            if let (Some(end), Some(&begin)) =
                (ends.get_mut(parent as usize), begins.get(daughter as usize))
            {
                *end = end.min(begin);
            }
        }
        let row =
            |&row: &u32| self.times[row as usize] < ends[self.individuals[row as usize] as usize];
        let rows: Vec<u32> = (0..self.times.len() as u32).filter(row).collect();
        let ends = (1..=rows.len() as u32).collect();
        self.grouped(&Groups { rows, ends })
    }

    /// One row for those of an individual in one frame, the first or their mean; sorted by individual
    /// and frame.
    fn merged(&self, frame: impl Fn(f64) -> f64, is_mean: bool) -> Self {
        let key = |row: u32| (self.individuals[row as usize], frame(self.times[row as usize]));
        let mut rows: Vec<u32> = (0..self.times.len() as u32).collect();
        rows.sort_by(|&a, &b| {
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let (mut chosen, mut ends) = (Vec::with_capacity(rows.len()), Vec::new());
        for group in rows.chunk_by(|&a, &b| key(a) == key(b)) {
            chosen.extend_from_slice(if is_mean { group } else { &group[..1] });
            ends.push(chosen.len() as u32);
        }
        self.grouped(&Groups { rows: chosen, ends })
    }
}

/// Rows in groups of at least one.
struct Groups {
    rows: Vec<u32>,
    /// Where each group ends.
    ends: Vec<u32>,
}

impl Groups {
    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.rows[start as usize..end as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, parse_table};

    fn table(text: &str) -> TrackTable {
        parse_table(text.as_bytes(), "a.csv".as_ref(), &ReadOptions::default()).unwrap()
    }

    fn runs(tracks: &Tracks<2>) -> Vec<(&str, usize, &[[f64; 2]])> {
        let run = |segment: &pairlaw_data::Segment<2>| segment.individual;
        let segments = tracks.segments().iter();
        segments.map(|s| (tracks.ids()[run(s)].as_str(), s.first_frame, &*s.positions)).collect()
    }

    const TWICE: &str = "id,t,x,y,vx,vy\nb,0,9,9,0,0\na,1,3,5,1,1\na,0,1,2,0,0\na,1,5,6,3,0\n";

    #[test]
    fn duplicates_are_refused_or_joined() {
        let tracks = |duplicates| {
            table(TWICE).tracks::<2>(&TrackOptions { duplicates, ..Default::default() })
        };
        let error = tracks(Duplicates::Refuse).unwrap_err();
        assert!(
            matches!(&error, IoError::Duplicate { places: Some([3, 5]), id, .. } if id == "a"),
            "{error}"
        );
        let first = tracks(Duplicates::First).unwrap();
        let a: &[[f64; 2]] = &[[1.0, 2.0], [3.0, 5.0]];
        assert_eq!(runs(&first), [("a", 0, a), ("b", 0, &[[9.0, 9.0]])]);
        let mean = tracks(Duplicates::Mean).unwrap();
        assert_eq!(mean.segments()[0].positions, [[1.0, 2.0], [4.0, 5.5]]);
        assert_eq!(mean.segments()[0].velocities, Some(vec![[0.0, 0.0], [2.0, 0.5]]));
    }

    /// The parent was tracked beyond the division, at time 2.
    #[test]
    fn a_parent_ends_before_its_daughters() {
        let mut table =
            table("id,t,x,y\n1,0,0,0\n1,1,1,0\n1,2,2,0\n1,3,3,0\n2,2,2,1\n2,3,3,1\n3,3,2,-1\n");
        table.divisions = vec![(0, 1), (0, 2)];
        let tracks = table.tracks::<2>(&TrackOptions::default()).unwrap();
        let lengths: Vec<_> = tracks.segments().iter().map(|s| s.positions.len()).collect();
        assert_eq!(lengths, [2, 2, 1]);
        table.divisions = vec![(0, 1), (1, 7), (9, 0)];
        assert_eq!(table.tracks::<2>(&TrackOptions::default()).unwrap().n_samples(), 5);
    }

    #[test]
    fn uneven_times_are_named_or_resampled() {
        let text = "id,t,x,y\na,0,0,0\na,1.1234567,11.234567,1\na,2,20,2\na,3,30,3\na,7,70,7\na,8,80,8\nb,1,5,5\nb,2.5,8,5\nc,2,1,1\nd,0.5,1,1\n";
        let table = table(text);
        let error = table.tracks::<2>(&TrackOptions::default()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, IoError::OffGrid { line: Some(_), .. }), "{text}");
        assert!(text.contains("--resample, such as 1)"), "{text}");
        let resample =
            |dt| table.tracks::<2>(&TrackOptions { resample: Some(dt), ..Default::default() });
        let tracks = resample(1.0).unwrap();
        assert_eq!((tracks.dt(), tracks.n_frames(), tracks.n_individuals()), (1.0, 9, 4));
        let a: &[[f64; 2]] = &[[0.0, 0.0], [10.0, 1.0 / 1.1234567], [20.0, 2.0], [30.0, 3.0]];
        let expected: [(&str, usize, &[[f64; 2]]); 4] = [
            ("a", 0, a),
            ("a", 7, &[[70.0, 7.0], [80.0, 8.0]]),
            ("b", 1, &[[5.0, 5.0], [7.0, 5.0]]),
            ("c", 2, &[[1.0, 1.0]]),
        ];
        let found = runs(&tracks);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(
                (found.0, found.1, found.2.len()),
                (expected.0, expected.1, expected.2.len())
            );
            for (x, y) in found.2.as_flattened().iter().zip(expected.2.as_flattened()) {
                assert!((x - y).abs() < 1e-13, "{found:?}"); // rounding
            }
        }
        // A gap of 4 is none where a frame is that long.
        assert_eq!(resample(4.0).unwrap().segments().len(), 1);
        for dt in [0.0, -1.0, f64::NAN, f64::INFINITY, 8.1, 1e-4] {
            let error = resample(dt).unwrap_err();
            assert!(matches!(error, IoError::BadResampling { n_rows: 10, .. }), "{error}");
        }
    }

    /// Thirtieths with three digits, one individual late by a trembling clock.
    #[test]
    fn rounded_times_are_taken_as_even_if_asked_for() {
        let text = "id,t,x,y\na,0,0,0\na,.033,1,0\na,.067,2,0\na,.1,3,0\nb,.0333,5,5\nb,.1,5,6\n";
        let table = table(text);
        let error = table.tracks::<2>(&TrackOptions::default()).unwrap_err().to_string();
        assert!(error.contains("a.csv, line "), "{error}");
        assert!(
            error.contains("--time-tolerance 0.02: all are within 1.00 % of a step"),
            "{error}"
        );
        let within = |time_tolerance| TrackOptions { time_tolerance, ..Default::default() };
        let tracks = table.tracks::<2>(&within(0.02)).unwrap();
        assert!((tracks.dt() - 1.0 / 30.0).abs() < 1e-15, "{}", tracks.dt()); // rounding
        assert_eq!((tracks.n_frames(), tracks.segments().len()), (4, 3));
        assert!(table.tracks::<2>(&within(0.005)).is_err());
        let mut snapped = table.clone();
        snapped.snap_times(0.02);
        assert_eq!(snapped.tracks::<2>(&TrackOptions::default()).unwrap(), tracks);
        let note = "times: moved by up to 1.00 % of a step to a uniform grid of step 0.033333";
        assert_eq!(snapped.origin.notes.last().map(String::as_str), Some(note));
    }

    /// Two times of one frame, told by the lines that they have in the file.
    #[test]
    fn rounded_times_of_one_frame_are_duplicates() {
        let table = table("id,t,x,y\na,0,0,0\na,1,1,1\na,1.001,2,0\na,2,3,0\na,3.004,3,0\n");
        let options = TrackOptions { time_tolerance: 0.02, ..Default::default() };
        let error = table.tracks::<2>(&options).unwrap_err();
        assert!(matches!(error, IoError::Duplicate { places: Some([3, 4]), .. }), "{error}");
    }

    /// Twice as many frames would make every track gaps.
    #[test]
    fn a_time_between_two_frames_is_named_with_its_line() {
        let row = |k: usize| {
            format!("a,{},{k},0\nb,{k},{k},1\n", k as f64 + if k == 20 { 0.5 } else { 0.0 })
        };
        let text: String = (0..40).map(row).collect();
        let error =
            table(&format!("id,t,x,y\n{text}")).tracks::<2>(&TrackOptions::default()).unwrap_err();
        let IoError::OffGrid { line, time, dt, .. } = error else { panic!("{error}") };
        assert_eq!((line, time, dt), (Some(42), 20.5, 1.0));
    }

    #[test]
    fn duplicates_are_resampled_only_if_joined() {
        let options = TrackOptions { resample: Some(0.5), ..Default::default() };
        let error = table(TWICE).tracks::<2>(&options).unwrap_err();
        assert!(matches!(error, IoError::Duplicate { places: Some([3, 5]), .. }), "{error}");
        let options = TrackOptions { duplicates: Duplicates::Mean, ..options };
        let tracks = table(TWICE).tracks::<2>(&options).unwrap();
        assert_eq!(tracks.segments()[0].positions, [[1.0, 2.0], [2.5, 3.75], [4.0, 5.5]]);
        assert_eq!(tracks.segments()[0].velocities.as_ref().map(|v| v[1]), Some([1.0, 0.25]));
    }

    #[test]
    #[should_panic(expected = "3 dimensions of 2")]
    fn dimensions_that_are_not_there_are_a_mistake() {
        let _ = table(TWICE).tracks::<3>(&TrackOptions::default());
    }
}
