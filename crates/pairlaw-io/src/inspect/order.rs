//! Rows by individual and time, and the samples that one individual has.

use std::cmp::Ordering;

use crate::TrackTable;
use crate::inspect::times::Grid;

/// Rows of a table by (individual, time, position): the file's order plays no part but for rows that
/// are equal in all of these.
pub(super) struct Order<'a> {
    pub(super) table: &'a TrackTable,
    /// Rows, those of one individual after those of another.
    rows: Vec<u32>,
    /// Where the rows of each individual start, and their end.
    starts: Vec<usize>,
}

impl<'a> Order<'a> {
    /// # Panics
    /// If the table has more than 2³² rows.
    pub(super) fn of(table: &'a TrackTable) -> Self {
        assert!(u32::try_from(table.n_rows()).is_ok(), "{} rows", table.n_rows());
        let mut starts = vec![0usize; table.n_individuals() + 1];
        for &individual in &table.individuals {
            starts[individual as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let (mut next, mut rows) = (starts.clone(), vec![0u32; table.n_rows()]);
        for (row, &individual) in table.individuals.iter().enumerate() {
            let place = &mut next[individual as usize];
            rows[*place] = row as u32;
            *place += 1;
        }
        for range in starts.windows(2) {
            rows[range[0]..range[1]].sort_unstable_by(|&a, &b| compare(table, a, b));
        }
        Self { table, rows, starts }
    }

    /// Rows of one individual by time.
    pub(super) fn rows_of(&self, individual: usize) -> &[u32] {
        &self.rows[self.starts[individual]..self.starts[individual + 1]]
    }

    /// Steps in time between rows of the same individual that are not at the same time.
    pub(super) fn time_steps(&self) -> Vec<f64> {
        let time = |row: u32| self.table.times[row as usize];
        let steps = |individual| {
            let rows = self.rows_of(individual);
            rows.windows(2).map(move |pair| time(pair[1]) - time(pair[0]))
        };
        (0..self.table.n_individuals()).flat_map(steps).filter(|step| *step > 0.0).collect()
    }
}

fn compare(table: &TrackTable, a: u32, b: u32) -> Ordering {
    let column = |values: &Vec<f64>| values[a as usize].total_cmp(&values[b as usize]);
    let times = column(&table.times);
    let positions = || {
        table.coordinates.iter().map(column).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    times.then_with(positions).then(a.cmp(&b))
}

/// Samples of one individual, at most one a time, by time.
#[derive(Default)]
pub(super) struct Track {
    pub(super) individual: u32,
    pub(super) rows: Vec<u32>,
    /// Frames on the grid, or the nearest to it; two samples off the grid may share one.
    pub(super) frames: Vec<i64>,
    /// Along the axes of space; other numbers are 0.
    pub(super) positions: Vec<[f64; 3]>,
    /// Usual number of frames from sample to sample.
    per_sample: i64,
}

impl Track {
    /// Fills in the samples of an individual; rows at the time of the one before go to `duplicate`
    /// with it.
    pub(super) fn fill(
        &mut self,
        order: &Order<'_>,
        grid: &Grid,
        n_axes: usize,
        individual: usize,
        mut duplicate: impl FnMut(u32, u32),
    ) {
        self.individual = individual as u32;
        self.per_sample = grid.per_sample;
        self.rows.clear();
        self.frames.clear();
        self.positions.clear();
        let mut last: Option<(f64, u32)> = None;
        for &row in order.rows_of(individual) {
            let time = order.table.times[row as usize];
            match &mut last {
                Some((kept, before)) if grid.is_same_time(*kept, time) => {
                    duplicate(*before, row);
                    *before = row;
                }
                _ => {
                    self.rows.push(row);
                    self.frames.push(grid.frame(time));
                    self.positions.push(vector(&order.table.coordinates, n_axes, row));
                    last = Some((time, row));
                }
            }
        }
    }

    /// Usual steps in time from one sample to the next, at least 1.
    pub(super) fn steps_after(&self, sample: usize) -> i64 {
        ((self.frames[sample + 1] - self.frames[sample]) / self.per_sample).max(1)
    }

    /// Ranges of samples in frames without a gap.
    pub(super) fn runs(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut start = 0;
        (0..self.rows.len()).filter_map(move |sample| {
            let is_last = sample + 1 == self.rows.len() || self.steps_after(sample) > 1;
            let run = start..sample + 1;
            is_last.then(|| {
                start = sample + 1;
                run
            })
        })
    }
}

/// The first coordinates, others 0.
pub(super) fn vector(columns: &[Vec<f64>], n_axes: usize, row: u32) -> [f64; 3] {
    let columns = &columns[..n_axes.min(columns.len())];
    std::array::from_fn(|d| columns.get(d).map_or(0.0, |x| x[row as usize]))
}
