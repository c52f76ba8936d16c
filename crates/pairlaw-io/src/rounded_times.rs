//! Times that were rounded when they were written, put back onto their grid.

/// Times are uniform within this part of the step unless more is allowed.
pub(crate) const TOLERANCE: f64 = 1e-6;
/// Times this far off are proposed to be taken as rounded.
pub(crate) const ROUNDED: f64 = 0.02;
/// Frames of times must be told apart.
const LARGEST: f64 = 0.25;

/// Times on a uniform grid, each moved to its frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapped {
    /// The times on the grid, in the order of those given.
    pub(crate) times: Vec<f64>,
    /// Step of the grid.
    pub(crate) dt: f64,
    /// How far the times were off it, in steps.
    pub(crate) largest: f64,
}

/// The coarsest uniform grid that all times lie on within this part of its step, such as 0, .033,
/// .067, .1 on a grid of step 1/30 within .01; its step is not longer than the usual one of an
/// individual, 0 if none has two rows.
///
/// Its step is the span of all times divided by the number of steps, so that the error of rounding
/// falls with the length of the record; it stands where the largest distance is least.
pub(crate) fn snapped(times: &[f64], usual: f64, tolerance: f64) -> Option<Snapped> {
    let tolerance = tolerance.min(LARGEST);
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let longest = if usual > 0.0 { 1.25 * usual } else { f64::INFINITY };
    let steps = steps(&sorted, tolerance).into_iter().filter(|step| *step <= longest);
    let grid = steps.map(|step| Grid::of(&sorted, step)).find(|grid| grid.largest <= tolerance)?;
    let times = times.iter().map(|&time| grid.time(grid.frame(time))).collect();
    Some(Snapped { times, dt: grid.dt, largest: grid.largest })
}

/// Steps that may be those of the grid, the longest first: all shorter ones lie within the tolerance
/// of no step at all. Each is the mean of those like it.
fn steps(sorted: &[f64], tolerance: f64) -> Vec<f64> {
    let mut steps: Vec<f64> = sorted.windows(2).map(|w| w[1] - w[0]).collect();
    steps.sort_unstable_by(f64::total_cmp);
    let share = 2.0 * tolerance / (1.0 - 2.0 * tolerance);
    let mut found = Vec::new();
    for (i, &step) in steps.iter().enumerate() {
        let before = if i > 0 { steps[i - 1] } else { 0.0 };
        if before <= share * step {
            let alike = steps[i..].partition_point(|other| *other < 1.5 * step);
            found.push(steps[i..i + alike].iter().sum::<f64>() / alike as f64);
        }
    }
    found.reverse();
    found
}

/// `start + k dt`.
struct Grid {
    start: f64,
    dt: f64,
    /// The largest distance of a time from it, in steps.
    largest: f64,
}

impl Grid {
    /// The grid of about this step. Frames are counted from the first time on by the mean step so far,
    /// which long gaps stretch less than any single step.
    fn of(sorted: &[f64], step: f64) -> Self {
        let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
        let (mut dt, mut n) = (step, 0.0);
        for &time in sorted {
            n = ((time - first) / dt).round();
            if n > 0.0 {
                dt = (time - first) / n;
            }
        }
        let dt = if n > 0.0 { (last - first) / n } else { step };
        let mut grid = Self { start: first, dt, largest: f64::INFINITY };
        let offsets = sorted.iter().map(|&time| time - grid.time(grid.frame(time)));
        let (low, high) = offsets.fold((0.0_f64, 0.0_f64), |(a, b), x| (a.min(x), b.max(x)));
        grid.start += (low + high) / 2.0;
        grid.largest = (high - low) / 2.0 / dt;
        grid
    }

    fn frame(&self, time: f64) -> f64 {
        ((time - self.start) / self.dt).round()
    }

    fn time(&self, frame: f64) -> f64 {
        self.start + frame * self.dt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(frames: impl Iterator<Item = u32>, dt: f64, digits: usize) -> Vec<f64> {
        let text = |k: u32| format!("{:.digits$}", f64::from(k) * dt);
        frames.map(|k| text(k).parse().unwrap()).collect()
    }

    fn frames(snapped: &Snapped) -> Vec<f64> {
        let first = snapped.times.iter().copied().fold(f64::INFINITY, f64::min);
        snapped.times.iter().map(|time| ((time - first) / snapped.dt).round()).collect()
    }

    #[test]
    fn thirtieths_with_three_digits() {
        let times = rounded(0..=3, 1.0 / 30.0, 3);
        assert_eq!(times, [0.0, 0.033, 0.067, 0.1]);
        let found = snapped(&times, 1.0 / 30.0, 0.02).unwrap();
        assert!((found.dt - 1.0 / 30.0).abs() < 1e-15, "{found:?}"); // rounding
        assert!((found.largest - 0.01).abs() < 1e-12, "{found:?}"); // rounding
        assert_eq!(frames(&found), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(snapped(&times, 0.0, 0.009), None);
        // With two digits, they are off by a tenth of a step.
        assert_eq!(snapped(&rounded(0..=30, 1.0 / 30.0, 2), 0.03, 0.02), None);
        assert_eq!(snapped(&[1.0], 0.0, 0.02), None);
        assert_eq!(snapped(&[], 0.0, 0.02), None);
    }

    /// Any order, repetitions, and gaps of hundreds of frames, over which the shortest step would lose
    /// count: .033 is one frame of a hundred short of 1/30. All others are at one time for a frame as long as
    /// the longest gap, but not for an individual.
    #[test]
    fn gaps_and_any_order() {
        let kept = [0, 1, 2, 3, 4, 5, 6, 7, 8, 90, 91, 300, 301, 302, 9000];
        let expected: Vec<f64> = kept.iter().rev().chain(&kept).map(|&k| f64::from(k)).collect();
        let times = rounded(kept.iter().rev().chain(&kept).copied(), 1.0 / 30.0, 3);
        let found = snapped(&times, 0.033, 0.02).unwrap();
        assert_eq!(frames(&found), expected);
        assert!((found.dt * 30.0 - 1.0).abs() < 1e-6, "{found:?}"); // one digit of rounding over 9000 steps
    }

    /// Clocks of two individuals that are .004 of a step apart: the same frames.
    #[test]
    fn jitter_is_no_finer_grid() {
        let times: Vec<f64> =
            (0..40).map(|k| f64::from(k / 2) + 0.004 * f64::from(k % 2)).collect();
        let found = snapped(&times, 1.004, 0.02).unwrap();
        assert!((found.dt - 1.0).abs() < 1e-3, "{found:?}"); // .004 over 19 steps
        assert_eq!(frames(&found), (0..40).map(|k| f64::from(k / 2)).collect::<Vec<_>>());
    }

    #[test]
    fn uneven_times_stay_uneven() {
        for times in [&[0.0, 1.0, 2.1, 3.0][..], &[0.0, 1.0, 2.5, 3.7], &[0.0, 1.0, 2.0, 3.06]] {
            assert_eq!(snapped(times, 1.0, ROUNDED / 2.0), None, "{times:?}");
        }
        let walk: Vec<f64> =
            (0..50).map(|k| f64::from(k) + (0.37 * f64::from(k)).sin() / 5.0).collect();
        assert_eq!(snapped(&walk, 1.0, ROUNDED), None);
    }
}
