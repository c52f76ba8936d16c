//! Tracks from the rows of a table.

use std::borrow::Cow;

use pairlaw_data::{Columns, DataError, Sampling, Tracks};

use crate::resampling::{median_step, resampled};
use crate::{Duplicates, IoError, Places, TrackOptions, TrackTable};

impl TrackTable {
    /// The tracks of these rows in the first D dimensions: times must lie on a uniform grid within
    /// 1e-6 of its step unless they are resampled, a parent ends before its daughters begin.
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
                let sampling = Sampling::from_times(&rows.times).map_err(refused)?;
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
            DataError::Duplicate { .. } => match Sampling::from_times(&self.times) {
                Ok(sampling) => {
                    self.duplicate(|time| sampling.frame(time).map_or(time, |frame| frame as f64))
                }
                Err(source) => IoError::Tracks { path, source },
            },
            DataError::NonUniformTimes { time, expected, dt } => {
                let row = self.times.iter().position(|other| other.to_bits() == time.to_bits());
                let line = row.and_then(|row| self.line(row));
                let usual = median_step(&Rows::<1>::of(self).merged(|time| time, false).columns());
                IoError::OffGrid { path, line, time, expected, dt, usual }
            }
            source => IoError::Tracks { path, source },
        }
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
