//! Steps between frames: speed, persistence, noise, drift.

use pairlaw_data::{VelocityAgreement, sixth_difference_noise};
use serde::Serialize;

use crate::TrackTable;
use crate::inspect::axes::Axis;
use crate::inspect::order::{Track, vector};
use crate::inspect::quantiles::{median, quantile};

/// How individuals move. Speeds are those of steps from a frame to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Motion {
    /// Number of steps without a gap.
    pub n_steps: usize,
    /// Median length of a step.
    pub median_step: Option<f64>,
    /// 99 % of the steps are at most so long.
    pub step_99: Option<f64>,
    /// Median speed, length per time.
    pub median_speed: Option<f64>,
    /// 99 % of the speeds are at most this.
    pub speed_99: Option<f64>,
    /// Steps of length zero: the individual is exactly where it was.
    pub n_still: usize,
    /// Most of them in a row.
    pub longest_still: usize,
    /// Cosine-like agreement of a step with the next, `Σ Δx_k·Δx_{k+1} / Σ |Δx_k| |Δx_{k+1}|`: 1 for
    /// straight motion, 0 for a random walk, below for measurement noise.
    pub persistence: Option<f64>,
    /// Standard deviation of what is no smooth motion, one coordinate: an upper bound of the measurement
    /// noise. None without seven samples in a row.
    pub noise: Option<f64>,
    /// Median step over the noise of one, `noise·√(2d)` in d moving axes; none where no noise shows.
    pub step_to_noise: Option<f64>,
    /// Mean velocity of everybody, one number an axis of space.
    pub drift: Vec<f64>,
    /// Its size over the root mean square speed: 1 if all move alike, 0 if they have no common way.
    pub drift_share: Option<f64>,
    /// How much of the file's velocities the positions show ([`VelocityAgreement`]): 1 if their units
    /// are those of positions and times. None without velocities.
    pub velocity_agreement: Option<f64>,
}

/// Samples in a row that noise is told from.
const WINDOW: usize = 7;

/// About so many windows are enough for the median of what they tell.
const MOST_WINDOWS: usize = 200_000;

/// Collects steps, one track after another.
pub(super) struct Steps {
    n_axes: usize,
    /// Axes along which something moves: the others have no noise.
    moving: Vec<usize>,
    longest_still: usize,
    /// Lengths of steps from frame to frame.
    lengths: Vec<f64>,
    sum: [f64; 3],
    sum_of_squares: f64,
    /// Σ Δx_k·Δx_{k+1} and Σ |Δx_k| |Δx_{k+1}|.
    agreement: [f64; 2],
    /// Every `stride`-th window, each moving axis by itself.
    windows: Vec<[[f64; 1]; WINDOW]>,
    stride: usize,
    n_windows: usize,
    agreement_of_velocities: VelocityAgreement,
    /// Velocities of one track.
    velocities: Vec<[f64; 3]>,
}

impl Steps {
    pub(super) fn new(n_rows: usize, axes: &[Axis]) -> Self {
        Self {
            n_axes: axes.len(),
            moving: (0..axes.len()).filter(|&d| axes[d].moves).collect(),
            longest_still: 0,
            lengths: Vec::new(),
            sum: [0.0; 3],
            sum_of_squares: 0.0,
            agreement: [0.0; 2],
            windows: Vec::new(),
            stride: (n_rows / MOST_WINDOWS).max(1),
            n_windows: 0,
            agreement_of_velocities: VelocityAgreement::default(),
            velocities: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, table: &TrackTable, track: &Track) {
        self.velocities.clear();
        if !table.velocities.is_empty() {
            let velocity = |row: &u32| vector(&table.velocities, self.n_axes, *row);
            self.velocities.extend(track.rows.iter().map(velocity));
        }
        for run in track.runs() {
            let positions = &track.positions[run.clone()];
            self.add_steps(positions);
            self.add_windows(positions);
            if let Some(velocities) = self.velocities.get(run) {
                self.agreement_of_velocities.add(positions, velocities);
            }
        }
    }

    fn add_steps(&mut self, positions: &[[f64; 3]]) {
        let mut before: Option<([f64; 3], f64)> = None;
        let mut n_still = 0;
        for pair in positions.windows(2) {
            let step = difference(pair[1], pair[0]);
            let length = norm(step);
            self.lengths.push(length);
            n_still = if length > 0.0 { 0 } else { n_still + 1 };
            self.longest_still = self.longest_still.max(n_still);
            self.sum_of_squares += length * length;
            for (sum, x) in self.sum.iter_mut().zip(step) {
                *sum += x;
            }
            if let Some((last, last_length)) = before {
                self.agreement[0] += dot(last, step);
                self.agreement[1] += last_length * length;
            }
            before = Some((step, length));
        }
    }

    fn add_windows(&mut self, positions: &[[f64; 3]]) {
        for window in positions.windows(WINDOW) {
            if self.n_windows.is_multiple_of(self.stride) {
                let along = |&d: &usize| std::array::from_fn(|k| [window[k][d]]);
                self.windows.extend(self.moving.iter().map(along));
            }
            self.n_windows += 1;
        }
    }

    /// `step` is the time between samples.
    pub(super) fn report(mut self, step: f64) -> Motion {
        let n_steps = self.lengths.len();
        let n_still = self.lengths.iter().filter(|length| **length <= 0.0).count();
        let median_step = median(&mut self.lengths);
        let step_99 = quantile(&mut self.lengths, 0.99);
        let per_time = |length: Option<f64>| length.filter(|_| step > 0.0).map(|l| l / step);
        let noise = sixth_difference_noise(self.windows.iter().map(|window| &window[..]));
        let of_step = noise.map(|sigma| sigma * (2.0 * self.moving.len().max(1) as f64).sqrt());
        let ratio = |(length, noise): (f64, f64)| (noise > 0.0).then_some(length / noise);
        let n = n_steps as f64;
        let rms = (self.sum_of_squares / n).sqrt();
        let mean = self.sum.map(|sum| sum / n);
        let is_moving = n_steps > 0 && rms > 0.0;
        let [along, of_lengths] = self.agreement;
        Motion {
            n_steps,
            median_step,
            step_99,
            median_speed: per_time(median_step),
            speed_99: per_time(step_99),
            n_still,
            longest_still: self.longest_still,
            persistence: (of_lengths > 0.0).then_some(along / of_lengths),
            noise,
            step_to_noise: median_step.zip(of_step).and_then(ratio),
            drift: (0..self.n_axes)
                .filter(|_| n_steps > 0 && step > 0.0)
                .map(|d| mean[d] / step)
                .collect(),
            drift_share: is_moving.then(|| norm(mean) / rms),
            velocity_agreement: self.agreement_of_velocities.of_step(step),
        }
    }
}

pub(super) fn difference(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|d| a[d] - b[d])
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn norm(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}
