//! The uniform grid that times lie on, if there is one.

use pairlaw_data::Sampling;
use serde::Serialize;

use crate::inspect::order::Order;
use crate::inspect::place::Place;
use crate::inspect::quantiles::median;

/// Times closer than this part of the step are one time.
const SAME_TIME: f64 = 1e-5;

/// Frames beyond this number are not told apart.
const LAST_FRAME: f64 = 9_007_199_254_740_992.0;

/// When samples were taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Times {
    /// First time.
    pub first: f64,
    /// Last time.
    pub last: f64,
    /// Number of different times.
    pub n_times: usize,
    /// Step of the grid, or the typical step where times are uneven; none for a single time.
    pub step: Option<f64>,
    /// Number of frames of the grid, empty ones with them.
    pub n_frames: u64,
    /// Typical number of frames between samples of one individual: 1 if it is seen in every frame.
    pub frames_per_sample: u64,
    /// Rows whose time is off the grid by more than 1e-6 of the step.
    pub n_off_grid: usize,
    /// Largest distance of a time from the grid, in steps.
    pub largest_offset: f64,
    /// The first row off the grid in the file.
    pub first_off_grid: Option<OffGrid>,
}

/// A row whose time is off the grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffGrid {
    /// Where it stands.
    pub place: Place,
    /// Its time.
    pub time: f64,
    /// Time of the nearest frame.
    pub expected: f64,
}

impl Times {
    /// Whether all times lie on a uniform grid.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        self.step.is_some() && self.n_off_grid == 0
    }
}

/// The grid of the times; its step is 0 for a single time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    sampling: Sampling,
    /// Usual number of frames from one sample of an individual to the next.
    pub(super) per_sample: i64,
}

impl Grid {
    /// As for tracks; times that no grid holds are counted in steps of an individual from the first on.
    fn of(times: &[f64], own_step: Option<f64>) -> Self {
        let sampling = Sampling::from_times(times, own_step).unwrap_or_else(|_| Sampling {
            start_time: times.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0),
            dt: own_step.unwrap_or(0.0),
            n_frames: 1,
        });
        let per_sample =
            own_step.filter(|_| sampling.dt > 0.0).map_or(1.0, |own| own / sampling.dt);
        Self { sampling, per_sample: (per_sample.round().min(LAST_FRAME) as i64).max(1) }
    }

    pub(super) fn step(&self) -> f64 {
        self.sampling.dt
    }

    pub(super) fn frame(&self, time: f64) -> i64 {
        if self.step() > 0.0 {
            let frame = ((time - self.sampling.start_time) / self.step()).round();
            frame.clamp(-LAST_FRAME, LAST_FRAME) as i64
        } else {
            0
        }
    }

    pub(super) fn time(&self, frame: i64) -> f64 {
        self.sampling.start_time + frame as f64 * self.step()
    }

    pub(super) fn is_same_time(&self, before: f64, time: f64) -> bool {
        time - before <= SAME_TIME * self.step()
    }

    /// Distance from the grid beyond the rounding of times, in steps.
    fn offset(&self, time: f64) -> f64 {
        if self.step() > 0.0 { self.sampling.offset(time) } else { 0.0 }
    }

    fn is_off(&self, time: f64) -> bool {
        self.step() > 0.0 && !self.sampling.holds(time)
    }
}

/// The grid of a table, the frames in which there is a row, ascending, and the report.
pub(super) fn times(order: &Order<'_>) -> (Grid, Vec<i64>, Times) {
    let table = order.table;
    let own_step = median(&mut order.time_steps());
    let mut distinct = table.times.clone();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let grid = Grid::of(&distinct, own_step);
    let n_times = 1 + distinct.windows(2).filter(|w| !grid.is_same_time(w[0], w[1])).count();
    let n_times = n_times.min(distinct.len());
    let largest_offset = distinct.iter().map(|time| grid.offset(*time)).fold(0.0, f64::max);
    let (first, last) =
        (distinct.first().copied().unwrap_or(0.0), distinct.last().copied().unwrap_or(0.0));
    let mut frames: Vec<i64> = distinct.into_iter().map(|time| grid.frame(time)).collect();
    frames.dedup();
    let n_off_grid = table.times.iter().filter(|time| grid.is_off(**time)).count();
    let first_off = table.times.iter().position(|time| grid.is_off(*time));
    let first_off_grid = first_off.map(|row| OffGrid {
        place: Place::of(table, row),
        time: table.times[row],
        expected: grid.time(grid.frame(table.times[row])),
    });
    let n_frames = frames.last().zip(frames.first()).map_or(0, |(b, a)| b.abs_diff(*a) + 1);
    let report = Times {
        first,
        last,
        n_times,
        step: (grid.step() > 0.0).then_some(grid.step()),
        n_frames,
        frames_per_sample: grid.per_sample as u64,
        n_off_grid,
        largest_offset,
        first_off_grid,
    };
    (grid, frames, report)
}
