//! Whether given velocities are those of the positions.

use crate::Tracks;
use std::ops::RangeInclusive;

/// How much of given velocities the positions show:
///
/// ```text
/// agreement = Σ v_k · d_k / Σ v_k · v_k,    d_k = (x_{k+1} − x_{k−1}) / (2 δ)
/// ```
///
/// over samples with one before and one after. It is 1 where both have the same units, 1/25 where
/// velocities are per second and times count frames at 25 per second, and about 0 where velocities
/// have nothing to do with the motion. Errors of positions average out.
///
/// # Example
/// ```
/// use pairlaw_data::VelocityAgreement;
///
/// let mut agreement = VelocityAgreement::default();
/// agreement.add(&[[0.0], [2.0], [4.0]], &[[40.0], [40.0], [40.0]]);
/// // Two a step of .5 are 4 a unit of time.
/// assert_eq!(agreement.of_step(0.5), Some(0.1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VelocityAgreement {
    /// Σ v_k · (x_{k+1} − x_{k−1}).
    along: f64,
    /// Σ v_k · v_k.
    squares: f64,
}

impl VelocityAgreement {
    /// Agreements that errors may explain; beyond them units differ.
    pub const PLAUSIBLE: RangeInclusive<f64> = 0.5..=2.0;

    /// Takes in samples without a gap; of unequal columns, what both have.
    pub fn add<const D: usize>(&mut self, positions: &[[f64; D]], velocities: &[[f64; D]]) {
        for (x, v) in positions.windows(3).zip(velocities.iter().skip(1)) {
            for d in 0..D {
                self.along += v[d] * (x[2][d] - x[0][d]);
                self.squares += v[d] * v[d];
            }
        }
    }

    /// The agreement for samples every `dt`; none if nothing moves or nobody has three samples in a row.
    #[must_use]
    pub fn of_step(&self, dt: f64) -> Option<f64> {
        Some(self.along / (2.0 * dt * self.squares)).filter(|agreement| agreement.is_finite())
    }

    /// Whether tracks have velocities that their positions agree with.
    #[must_use]
    pub fn is_plausible<const D: usize>(tracks: &Tracks<D>) -> bool {
        Self::of_tracks(tracks).is_some_and(|agreement| Self::PLAUSIBLE.contains(&agreement))
    }

    /// The agreement of tracks; none without velocities.
    #[must_use]
    pub fn of_tracks<const D: usize>(tracks: &Tracks<D>) -> Option<f64> {
        let mut agreement = Self::default();
        for segment in tracks.segments() {
            agreement.add(&segment.positions, segment.velocities.as_deref()?);
        }
        agreement.of_step(tracks.dt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sampling, Segment, Units};

    #[test]
    fn circles_agree_up_to_their_units() {
        let dt = 0.1;
        let at = |k: i32| (dt * f64::from(k)).sin_cos();
        let tracks = |unit: f64| {
            let segment = Segment {
                individual: 0,
                first_frame: 0,
                positions: (0..60).map(at).map(|(sin, cos)| [cos, sin]).collect(),
                velocities: Some((0..60).map(at).map(|(s, c)| [-unit * s, unit * c]).collect()),
            };
            let sampling = Sampling { start_time: 0.0, dt, n_frames: 60 };
            Tracks::new(vec!["1".to_owned()], sampling, Units::default(), vec![segment]).unwrap()
        };
        for (unit, is_plausible) in [(1.0, true), (25.0, false), (-1.0, false)] {
            // Centred differences of a circle are sin(δ)/δ of its velocity.
            let expected = dt.sin() / dt / unit;
            let found = VelocityAgreement::of_tracks(&tracks(unit)).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found}"); // rounding
            assert_eq!(VelocityAgreement::is_plausible(&tracks(unit)), is_plausible);
        }
        assert_eq!(VelocityAgreement::of_tracks(&tracks(0.0)), None);
    }

    #[test]
    fn too_few_samples_tell_nothing() {
        let mut agreement = VelocityAgreement::default();
        agreement.add(&[[0.0], [1.0]], &[[1.0], [1.0]]);
        assert_eq!(agreement.of_step(1.0), None);
    }
}
