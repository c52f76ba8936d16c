//! Quantiles of the recorded speeds: the range over which drag is known.

use pairlaw_data::Tracks;

use crate::ValidateError;

/// The speed below which a part `level` of all samples lies, linear between order statistics:
///
/// ```text
/// q = (1 − s) v_(k) + s v_(k+1),  k + s = level · (n − 1)
/// ```
///
/// with the n speeds in ascending order `v_(0) … v_(n−1)`; level 1 is the largest speed.
///
/// # Errors
/// [`ValidateError::BadLevel`], [`ValidateError::NoVelocities`].
///
/// # Source
/// Hyndman and Fan (1996), Am. Stat. 50, definition 7.
pub fn speed_quantile<const D: usize>(
    tracks: &Tracks<D>,
    level: f64,
) -> Result<f64, ValidateError> {
    if !(0.0..=1.0).contains(&level) {
        return Err(ValidateError::BadLevel { level });
    }
    let velocities = tracks.segments().iter().flat_map(|s| &s.velocities);
    let speed = |v: &[f64; D]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mut speeds: Vec<f64> = velocities.flatten().map(speed).collect();
    if speeds.is_empty() {
        return Err(ValidateError::NoVelocities);
    }
    speeds.sort_unstable_by(f64::total_cmp);
    let at = level * (speeds.len() - 1) as f64;
    let (below, above) = (speeds[at.floor() as usize], speeds[at.ceil() as usize]);
    Ok(below + at.fract() * (above - below))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // whole numbers: no rounding

    use super::*;
    use pairlaw_data::{Sampling, Segment, Units};

    fn tracks(velocities: Option<Vec<[f64; 2]>>) -> Tracks<2> {
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 3 };
        let segment =
            Segment { individual: 0, first_frame: 0, positions: vec![[0.0; 2]; 3], velocities };
        Tracks::new(vec!["0".into()], sampling, Units::default(), vec![segment]).unwrap()
    }

    #[test]
    fn quantiles_of_three_speeds() {
        let tracks = tracks(Some(vec![[3.0, 4.0], [0.0, -1.0], [2.0, 0.0]]));
        let quantile = |level| speed_quantile(&tracks, level).unwrap();
        assert_eq!([quantile(0.0), quantile(0.5), quantile(1.0)], [1.0, 2.0, 5.0]);
        // Rounding.
        assert!((quantile(0.95) - 4.7).abs() < 1e-14);
    }

    #[test]
    fn errors_are_named() {
        let level = 1.5;
        let error = speed_quantile(&tracks(None), level).unwrap_err();
        assert_eq!(error, ValidateError::BadLevel { level });
        let error = speed_quantile(&tracks(None), 0.5).unwrap_err();
        assert_eq!(error, ValidateError::NoVelocities);
    }
}
