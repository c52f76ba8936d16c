//! The uniform grid that times lie on, if there is one.

use serde::Serialize;

use crate::inspect::order::Order;
use crate::inspect::place::Place;
use crate::inspect::quantiles::median;

/// Times count as uniform within this part of the step, as for tracks.
const TOLERANCE: f64 = 1e-6;

/// Times closer than this part of the step are one time.
const SAME_TIME: f64 = 1e-5;

/// Times further from the grid than this part of the step are passed over when it is laid.
const STRAY: f64 = 0.25;

/// With more than this share of the times off it, the grid of the individuals' own step is given up for a
/// finer one that holds all.
const MOST_STRAY: f64 = 0.05;

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

/// `start + k·step`; the step is 0 for a single time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    start: f64,
    pub(super) step: f64,
    /// Usual number of frames from one sample of an individual to the next.
    pub(super) per_sample: i64,
}

impl Grid {
    fn new(start: f64, step: f64) -> Self {
        Self { start, step, per_sample: 1 }
    }

    pub(super) fn frame(&self, time: f64) -> i64 {
        if self.step > 0.0 {
            ((time - self.start) / self.step).round().clamp(-LAST_FRAME, LAST_FRAME) as i64
        } else {
            0
        }
    }

    pub(super) fn time(&self, frame: i64) -> f64 {
        self.start + frame as f64 * self.step
    }

    pub(super) fn is_same_time(&self, before: f64, time: f64) -> bool {
        time - before <= SAME_TIME * self.step
    }

    /// Distance from the grid beyond the rounding of times, in steps.
    fn offset(&self, time: f64) -> f64 {
        let rounding = 4.0 * f64::EPSILON * time.abs();
        let distance = ((time - self.time(self.frame(time))).abs() - rounding).max(0.0);
        if self.step > 0.0 { distance / self.step } else { 0.0 }
    }

    fn is_off(&self, time: f64) -> bool {
        self.offset(time) > TOLERANCE
    }

    fn n_off(&self, times: &[f64]) -> usize {
        times.iter().filter(|time| self.is_off(**time)).count()
    }
}

/// The grid of a table, the frames in which there is a row, ascending, and the report.
pub(super) fn times(order: &Order<'_>) -> (Grid, Vec<i64>, Times) {
    let table = order.table;
    let own_step = median(&mut order.time_steps());
    let mut distinct = table.times.clone();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let mut grid = grid(&distinct, own_step);
    let per_sample = own_step.filter(|_| grid.step > 0.0).map_or(1.0, |own| own / grid.step);
    grid.per_sample = (per_sample.round().min(LAST_FRAME) as i64).max(1);
    let n_times = 1 + distinct.windows(2).filter(|w| !grid.is_same_time(w[0], w[1])).count();
    let n_times = n_times.min(distinct.len());
    let largest_offset = distinct.iter().map(|time| grid.offset(*time)).fold(0.0, f64::max);
    let (first, last) =
        (distinct.first().copied().unwrap_or(0.0), distinct.last().copied().unwrap_or(0.0));
    let mut frames: Vec<i64> = distinct.into_iter().map(|time| grid.frame(time)).collect();
    frames.dedup();
    let n_off_grid = grid.n_off(&table.times);
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
        step: (grid.step > 0.0).then_some(grid.step),
        n_frames,
        frames_per_sample: grid.per_sample as u64,
        n_off_grid,
        largest_offset,
        first_off_grid,
    };
    (grid, frames, report)
}

/// The grid of the individuals' own step, or, where that misses too many of the times, the finest.
fn grid(times: &[f64], own_step: Option<f64>) -> Grid {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else {
        return Grid::new(0.0, 0.0);
    };
    let longest = times.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max);
    let steps = times.windows(2).map(|w| w[1] - w[0]).filter(|step| *step > SAME_TIME * longest);
    let shortest = steps.fold(longest, f64::min);
    if !(last > first && shortest > 0.0) {
        return Grid::new(first, 0.0);
    }
    let own = laid(times, own_step.unwrap_or(shortest));
    if own.n_off(times) as f64 <= MOST_STRAY * times.len() as f64 {
        return own;
    }
    let finest = laid(times, shortest);
    if finest.n_off(times) == 0 { finest } else { own }
}

/// The grid of about this step that most times lie on.
fn laid(times: &[f64], step: f64) -> Grid {
    let n = times.len();
    let whole = [0, n / 2].into_iter().map(|anchor| between(times, step, anchor, 0, n));
    let middle =
        [n / 4, n / 2].into_iter().map(|anchor| between(times, step, anchor, n / 4, n - n / 4));
    let grids = whole.chain(middle);
    // The first of equals: that of the whole record, whose step has the most digits.
    grids.min_by_key(|grid| grid.n_off(times)).unwrap_or(Grid::new(times[0], step))
}

/// The grid through the first and the last time of a range that lie whole steps from the anchor, each
/// counted from the one before.
fn between(times: &[f64], step: f64, anchor: usize, from: usize, to: usize) -> Grid {
    let end = |range: &mut dyn Iterator<Item = usize>| {
        let (mut at, mut frame) = (times[anchor], 0.0);
        for i in range {
            let steps = (times[i] - at) / step;
            if steps.round().abs() >= 1.0 && (steps - steps.round()).abs() <= STRAY {
                at = times[i];
                frame += steps.round();
            }
        }
        (at, frame)
    };
    let (first, before) = end(&mut (from..anchor).rev());
    let (last, after) = end(&mut (anchor + 1..to.max(anchor + 1)));
    let n_steps = after - before;
    if n_steps >= 1.0 && n_steps.is_finite() && (last - first).is_finite() {
        Grid::new(first, (last - first) / n_steps)
    } else {
        Grid::new(times[anchor], step)
    }
}
