//! Degraded recordings: measurement noise and missing samples.

use pairlaw_data::{DataError, Segment, Streams, Tracks};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Adds Gaussian noise to every coordinate: `fraction` times the root mean square coordinate about
/// the origin. Velocities are dropped: they were not measured. Every individual has its own stream.
///
/// # Errors
/// [`DataError`] if a coordinate leaves the finite range.
pub fn add_noise<const D: usize>(
    tracks: &Tracks<D>,
    fraction: f64,
    seed: u64,
) -> Result<Tracks<D>, DataError> {
    let coordinates = || tracks.segments().iter().flat_map(|s| s.positions.iter().flatten());
    let mean_square = coordinates().map(|x| x * x).sum::<f64>() / coordinates().count() as f64;
    let sigma = fraction * mean_square.sqrt();
    let mut streams: Vec<_> = Streams::new(seed).take(tracks.n_individuals()).collect();
    let mut noisy = |segment: &Segment<D>| {
        let rng = &mut streams[segment.individual];
        let mut measure = |x: f64| {
            let z: f64 = StandardNormal.sample(rng);
            x + sigma * z
        };
        let positions = segment.positions.iter().map(|x| x.map(&mut measure)).collect();
        Segment { positions, velocities: None, ..segment.clone() }
    };
    tracks.with_segments(tracks.segments().iter().map(&mut noisy).collect())
}

/// Deletes about `fraction` of all samples in runs of 1 to `longest` consecutive frames, placed at
/// random in every segment. Runs may touch; an individual may vanish altogether.
///
/// # Errors
/// [`DataError`] never in practice: what remains of valid tracks is valid.
///
/// # Panics
/// If `longest` is 0 or `fraction` is not in [0, 1).
pub fn drop_runs<const D: usize>(
    tracks: &Tracks<D>,
    fraction: f64,
    longest: usize,
    seed: u64,
) -> Result<Tracks<D>, DataError> {
    assert!(
        longest > 0 && (0.0..1.0).contains(&fraction),
        "longest {longest}, fraction {fraction}"
    );
    let mut streams: Vec<_> = Streams::new(seed).take(tracks.n_individuals()).collect();
    let mut kept = Vec::new();
    for segment in tracks.segments() {
        let n = segment.positions.len();
        let rng = &mut streams[segment.individual];
        let mut present = vec![true; n];
        while present.iter().filter(|p| !**p).count() < (fraction * n as f64).floor() as usize {
            let (first, length) = (rng.random_range(0..n), rng.random_range(1..=longest));
            present[first..n.min(first + length)].fill(false);
        }
        kept.extend(runs(&present).map(|frames| cut(segment, frames)));
    }
    tracks.with_segments(kept)
}

/// Maximal ranges of `true`.
fn runs(present: &[bool]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + present[end..].iter().position(|p| *p)?;
        end = present[start..].iter().position(|p| !p).map_or(present.len(), |n| start + n);
        Some(start..end)
    })
}

fn cut<const D: usize>(segment: &Segment<D>, samples: std::ops::Range<usize>) -> Segment<D> {
    Segment {
        individual: segment.individual,
        first_frame: segment.first_frame + samples.start,
        positions: segment.positions[samples.clone()].to_vec(),
        velocities: segment.velocities.as_ref().map(|v| v[samples].to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Units};

    fn line(n: usize) -> Tracks<2> {
        let positions = (0..n).map(|k| [3.0, k as f64 * 0.0 + 4.0]).collect();
        let segment = Segment { individual: 0, first_frame: 0, positions, velocities: None };
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: n };
        Tracks::new(vec!["a".into()], sampling, Units::default(), vec![segment]).unwrap()
    }

    #[test]
    fn noise_has_the_stated_size() {
        let noisy = add_noise(&line(20_000), 0.01, 1).unwrap();
        let deviations =
            noisy.segments()[0].positions.iter().flat_map(|x| [x[0] - 3.0, x[1] - 4.0]);
        let sigma = (deviations.map(|d| d * d).sum::<f64>() / 40_000.0).sqrt();
        let expected = 0.01 * 12.5f64.sqrt();
        // Statistical: the standard error of σ is σ/√(2·40000).
        assert!((sigma / expected - 1.0).abs() < 5.0 / 80_000f64.sqrt(), "{sigma} {expected}");
    }

    #[test]
    fn runs_are_dropped_and_the_rest_is_kept_in_place() {
        let full = line(1000);
        let gappy = drop_runs(&full, 0.1, 4, 7).unwrap();
        assert!((896..=900).contains(&gappy.n_samples()), "{}", gappy.n_samples());
        assert!(gappy.segments().len() > 20);
        assert_eq!(gappy.n_frames(), 1000);
    }

    #[test]
    fn ranges_of_presence() {
        let found: Vec<_> = runs(&[true, false, true, true, false]).collect();
        assert_eq!(found, [0..1, 2..4]);
        assert_eq!(runs(&[false]).count(), 0);
    }
}
