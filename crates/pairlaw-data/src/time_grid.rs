//! The uniform grid that times lie on.

use crate::{DataError, Sampling};

/// Times may be off the uniform grid by this part of `dt`.
const TIME_TOLERANCE: f64 = 1e-6;

/// Where nobody has two rows, times closer than this part of the longest step are of one frame.
const SAME_FRAME: f64 = 1e-5;

/// Most frames from one time to the next: more are a wrong time, and more than the memory holds.
const MOST_FRAMES: f64 = 1e5;

/// Times further from the grid than this part of the step are passed over when it is laid.
const STRAY: f64 = 0.25;

/// With more than this share of the times off it, the grid of the individuals' own step is given up
/// for a finer one that holds all.
const MOST_STRAY: f64 = 0.05;

impl Sampling {
    /// The uniform grid on which these times lie, in any order and with repetitions.
    ///
    /// Its step is about `own_step`, the usual time from row to row of an individual
    /// ([`Columns::own_step`](crate::Columns::own_step)). It is the shortest step between two times only
    /// if more than 5 % of them miss the first grid and none misses this one, as with individuals that
    /// were recorded in turn, or if `own_step` is not known: a single wrong time makes no frames.
    /// [`Sampling::frame`] tells whether a time lies on the grid.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], [`DataError::SingleTime`], [`DataError::BadSampling`] if a time is not
    /// finite or the times span more than an `f64` can hold, and [`DataError::LongPause`] if two of them
    /// follow each other by more than 10⁵ steps.
    pub fn from_times(times: &[f64], own_step: Option<f64>) -> Result<Self, DataError> {
        let mut times = times.to_vec();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
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
        let steps = times.windows(2).map(|w| w[1] - w[0]);
        let longest = steps.clone().fold(0.0, f64::max);
        let shortest = steps.filter(|&step| step > SAME_FRAME * longest).fold(longest, f64::min);
        let grid = Self::of_steps(&times, own_step.unwrap_or(shortest), shortest);
        match times.windows(2).find(|w| w[1] - w[0] > MOST_FRAMES * grid.dt) {
            Some(w) => Err(DataError::LongPause { before: w[0], time: w[1], dt: grid.dt }),
            None => Ok(grid.counted(&times)),
        }
    }

    /// The grid of the individuals' own step, or, where that misses too many of the times, the finest.
    fn of_steps(times: &[f64], own_step: f64, shortest: f64) -> Self {
        let own = Self::laid(times, own_step);
        if own.n_off(times) as f64 <= MOST_STRAY * times.len() as f64 {
            return own;
        }
        let finest = Self::laid(times, shortest);
        if finest.n_off(times) == 0 { finest } else { own }
    }

    /// The frame of a time, which must lie within 1e-6 `dt` of it.
    ///
    /// # Errors
    ///
    /// [`DataError::NonUniformTimes`].
    pub fn frame(&self, time: f64) -> Result<usize, DataError> {
        let frame = self.nearest(time);
        if frame >= 0.0 && self.holds(time) {
            return Ok(frame as usize);
        }
        let expected = self.start_time + frame.max(0.0) * self.dt;
        Err(DataError::NonUniformTimes { time, expected, dt: self.dt })
    }

    /// Distance of a time from the times `start_time + k·dt` of whole numbers `k`, those below 0 with
    /// them, in steps. Rounding of the time itself, as in seconds since 1970, does not count.
    #[must_use]
    pub fn offset(&self, time: f64) -> f64 {
        let rounding = 4.0 * f64::EPSILON * time.abs();
        let distance = (time - (self.start_time + self.nearest(time) * self.dt)).abs();
        // In this order, so that a time that is no number has no distance.
        if distance <= rounding { 0.0 } else { (distance - rounding) / self.dt }
    }

    /// Whether a time lies on the grid, before its first frame too.
    #[must_use]
    pub fn holds(&self, time: f64) -> bool {
        self.offset(time) <= TIME_TOLERANCE
    }

    fn nearest(&self, time: f64) -> f64 {
        ((time - self.start_time) / self.dt).round()
    }

    fn n_off(&self, times: &[f64]) -> usize {
        times.iter().filter(|time| !self.holds(**time)).count()
    }

    /// The same times `start_time + k·dt`, counted from the first that is there to the last.
    fn counted(self, times: &[f64]) -> Self {
        let on_it = || times.iter().copied().filter(|time| self.holds(*time));
        let (first, last) = (on_it().next(), on_it().next_back());
        let frame = |time: Option<f64>| time.map_or(0.0, |time| self.nearest(time));
        let n_frames = ((frame(last) - frame(first)) as usize).saturating_add(1);
        let start_time = self.start_time + frame(first) * self.dt;
        Self { start_time, n_frames, ..self }
    }

    /// The grid of about this step that most of the times lie on, which are ascending.
    fn laid(times: &[f64], step: f64) -> Self {
        let n = times.len();
        let whole = [0, n / 2].into_iter().map(|anchor| Self::between(times, step, anchor, 0, n));
        let middle = [n / 4, n / 2];
        let middle =
            middle.into_iter().map(|anchor| Self::between(times, step, anchor, n / 4, n - n / 4));
        // The first of equals: that of the whole record, whose step has the most digits.
        let first = Self { start_time: times[0], dt: step, n_frames: 1 };
        whole.chain(middle).min_by_key(|grid| grid.n_off(times)).unwrap_or(first)
    }

    /// The grid through the first and the last time of a range that lie whole steps from the anchor,
    /// each counted from the one before.
    fn between(times: &[f64], step: f64, anchor: usize, from: usize, to: usize) -> Self {
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
        let (start_time, dt) = if n_steps >= 1.0 && n_steps.is_finite() {
            (first, (last - first) / n_steps)
        } else {
            (times[anchor], step)
        };
        Self { start_time, dt, n_frames: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(times: &[f64], own_step: Option<f64>) -> (f64, f64, usize) {
        let grid = Sampling::from_times(times, own_step).unwrap();
        (grid.start_time, grid.dt, grid.n_frames)
    }

    fn frames(n: i32) -> Vec<f64> {
        (0..n).map(|k| 0.5 * f64::from(k)).collect()
    }

    #[test]
    fn a_time_between_two_frames_makes_no_frames() {
        for wrong in [10.25, 10.1, -0.25, 21.3] {
            let mut times = frames(40);
            times.push(wrong);
            assert_eq!(grid(&times, Some(0.5)), (0.0, 0.5, 40), "{wrong}");
            let grid = Sampling::from_times(&times, Some(0.5)).unwrap();
            let error = grid.frame(wrong).unwrap_err();
            let named = |e: &DataError| matches!(e, DataError::NonUniformTimes { time, .. } if (time - wrong).abs() < 1e-12);
            assert!(named(&error), "{error}");
        }
        // In the place of the first or the last frame, too.
        for (at, by) in [(0, -0.2), (39, 0.2), (0, 0.1), (39, -0.1)] {
            let mut times = frames(40);
            times[at] += by;
            let found = Sampling::from_times(&times, Some(0.5)).unwrap();
            assert_eq!((found.dt, found.n_frames), (0.5, 39), "{at} {by}");
            assert!(found.frame(times[at]).is_err() && found.frame(times[20]).is_ok());
        }
    }

    #[test]
    fn frames_finer_than_the_individuals_own_steps_are_found() {
        // Two that are recorded in turn; one that is recorded ten times as often as the others.
        assert_eq!(grid(&frames(40), Some(1.0)), (0.0, 0.5, 40));
        let tenfold: Vec<f64> = (0..100).map(|k| f64::from(k) / 16.0).collect();
        assert_eq!(grid(&tenfold, Some(0.625)), (0.0, 0.0625, 100));
        // A finer grid that does not hold all is none.
        let mut times = tenfold;
        times.push(0.7083);
        let found = Sampling::from_times(&times, Some(0.625)).unwrap();
        assert!(found.dt > 0.4 && found.frame(0.7083).is_err(), "{found:?}");
    }

    #[test]
    fn without_a_step_of_their_own_the_shortest_counts() {
        assert_eq!(grid(&[2.0, 0.0, 0.5, 2.0], None), (0.0, 0.5, 5));
        assert_eq!(grid(&[0.0, 5e-7, 1.0, 1.0], None).2, 2);
    }

    #[test]
    fn a_time_far_away_is_refused_with_the_one_before() {
        let mut times = frames(40);
        times.push(1e9);
        let error = Sampling::from_times(&times, Some(0.5)).unwrap_err();
        assert!(
            matches!(error, DataError::LongPause { before: 19.5, time: 1e9, dt: 0.5 }),
            "{error}"
        );
        assert!(
            error.to_string().starts_with("nobody is there between times 19.5 and 1000000000, 1"),
            "{error}"
        );
        times[40] = 19.5 + 0.5 * 1e5;
        assert_eq!(grid(&times, Some(0.5)).2, 100_040);
    }

    #[test]
    fn what_is_no_time_lies_on_no_grid() {
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 3 };
        for time in [f64::NAN, f64::INFINITY, -1.0, 0.5] {
            assert!(sampling.frame(time).is_err(), "{time}");
        }
        assert!(sampling.offset(f64::NAN).is_nan() && sampling.holds(-1.0));
        assert!((sampling.offset(2.25) - 0.25).abs() < 1e-14); // rounding
        let error = Sampling::from_times(&[0.0, f64::NAN, 1.0], None).unwrap_err();
        assert!(matches!(error, DataError::BadSampling { .. }), "{error}");
        assert!(matches!(Sampling::from_times(&[], None), Err(DataError::Empty)));
        let error = Sampling::from_times(&[3.0, 3.0], None).unwrap_err();
        assert!(matches!(error, DataError::SingleTime { time: 3.0 }), "{error}");
    }
}
