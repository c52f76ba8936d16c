//! Uneven times made even.

use std::path::Path;

use pairlaw_data::{Columns, Sampling, Segment, Tracks, Units};

use crate::IoError;

/// At most so many samples a row are made.
const MAX_SAMPLES: f64 = 1000.0;
/// Steps longer than this many usual ones are gaps.
const GAP: f64 = 1.5;
/// Times may be off a frame by this part of the step.
const TOLERANCE: f64 = 1e-6;

/// Tracks at the times t₀ + k dt, k = 0, 1, …, from the first time t₀ on.
///
/// ```text
/// x(t) = x_i + (t − t_i)/(t_{i+1} − t_i) (x_{i+1} − x_i),   t_i ≤ t ≤ t_{i+1}
/// ```
///
/// between rows of one individual that are at most 1.5 times the new or the median step apart. Rows
/// are sorted by individual and time, without repetitions.
///
/// # Errors
/// [`IoError::BadResampling`].
pub(crate) fn resampled<const D: usize>(
    rows: &Columns<'_, D>,
    dt: f64,
    ids: &[String],
    path: &Path,
) -> Result<Tracks<D>, IoError> {
    let ends = rows
        .times
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &t| (a.min(t), b.max(t)));
    let (start_time, span) = (ends.0, ends.1 - ends.0);
    let n_rows = rows.times.len();
    let shortest = span.max(steps(rows).sum()) / (MAX_SAMPLES * n_rows as f64);
    if !(dt.is_finite() && dt > 0.0 && dt >= shortest && dt <= span && span.is_finite()) {
        let (path, n_samples) = (path.to_owned(), span.max(steps(rows).sum()) / dt);
        return Err(IoError::BadResampling { path, dt, n_rows, span, n_samples, shortest });
    }
    let n_frames = (span / dt + TOLERANCE).floor() as usize + 1;
    let sampling = Sampling { start_time, dt, n_frames };
    let gap = GAP * dt.max(rows.own_step().unwrap_or(0.0));
    let mut segments = Vec::new();
    let mut first = 0;
    for row in 1..=n_rows {
        let goes_on = row < n_rows
            && rows.individuals[row] == rows.individuals[row - 1]
            && rows.times[row] - rows.times[row - 1] <= gap;
        if !goes_on {
            segments.extend(segment(rows, first..row, sampling));
            first = row;
        }
    }
    Tracks::new(ids.to_vec(), sampling, Units::default(), segments)
        .map_err(|source| IoError::Tracks { path: path.to_owned(), source })
}

/// The samples at frames between the first and the last of these rows.
fn segment<const D: usize>(
    rows: &Columns<'_, D>,
    run: std::ops::Range<usize>,
    sampling: Sampling,
) -> Option<Segment<D>> {
    let times = &rows.times[run.clone()];
    let place = |time: f64| (time - sampling.start_time) / sampling.dt;
    let first_frame = (place(times[0]) - TOLERANCE).ceil().max(0.0) as usize;
    let last = (place(times[times.len() - 1]) + TOLERANCE).floor();
    let frames = first_frame..(last as usize + 1).min(sampling.n_frames);
    if last < 0.0 || frames.is_empty() {
        return None;
    }
    let between = |columns: &[&[f64]; D]| {
        let mut i = 0;
        let at = |frame| {
            let time = sampling.time(frame);
            while i + 2 < times.len() && times[i + 1] < time {
                i += 1;
            }
            let j = (i + 1).min(times.len() - 1);
            let part = if i == j { 0.0 } else { (time - times[i]) / (times[j] - times[i]) };
            let part = part.clamp(0.0, 1.0);
            columns.map(|column| {
                let (a, b) = (column[run.start + i], column[run.start + j]);
                (1.0 - part) * a + part * b
            })
        };
        frames.clone().map(at).collect()
    };
    Some(Segment {
        individual: rows.individuals[run.start] as usize,
        first_frame,
        positions: between(&rows.positions),
        velocities: rows.velocities.as_ref().map(between),
    })
}

fn steps<const D: usize>(rows: &Columns<'_, D>) -> impl Iterator<Item = f64> {
    let pairs = rows.individuals.windows(2).zip(rows.times.windows(2));
    pairs.filter(|(individuals, _)| individuals[0] == individuals[1]).map(|(_, t)| t[1] - t[0])
}
