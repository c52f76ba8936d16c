//! From the units of a file to those in which the basis is fine where it should be, and the choices
//! that depend on the data's sampling and noise.

use crate::error::CliError;
use crate::options::{SpeciesOptions, Velocity};
use pairlaw_data::{Frames, Tracks, VelocityAgreement};
use pairlaw_run::Failure;
use pairlaw_weak::{
    TestFunction, VelocityEstimate, WeakError, choose_velocity_estimate, estimate_noise,
    estimate_velocities, pair_distances,
};

/// The learner's units of length and time, in those of the file.
///
/// The paper's basis has its finest functions at distances of 1/36 and its coarsest ones at some 2,
/// and drag is a polynomial of the speed. Tracks that already are in this range keep their
/// units, so that simulated data keep the very basis of the paper; others are scaled to the middle:
///
/// ```text
/// length = 1 if 1 ≤ r_max ≤ 4, otherwise r_max/2       r_max the largest distance of a pair
/// time   = 1 if .01 ≤ v/length ≤ 1, otherwise length/(10 v)     v the root mean square speed
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scales {
    pub(super) length: f64,
    pub(super) time: f64,
}

impl Scales {
    pub(super) fn of<const D: usize>(
        tracks: &Tracks<D>,
        options: &SpeciesOptions,
    ) -> Result<Self, Failure> {
        let length = match options.length_scale {
            Some(length) => positive("length-scale", length)?,
            None => length(tracks, options.near_field_share)?,
        };
        let time = match options.time_scale {
            Some(time) => positive("time-scale", time)?,
            None => time(tracks, length)?,
        };
        // Beyond these, squares and products of lengths overflow.
        let is_moderate = |x: f64| (1e-70..1e70).contains(&x);
        if !(is_moderate(length) && is_moderate(time)) {
            return Err(CliError::ExtremeScales { length, time }.into());
        }
        Ok(Self { length, time })
    }
}

fn positive(option: &'static str, value: f64) -> Result<f64, CliError> {
    match value > 0.0 && value.is_finite() {
        true => Ok(value),
        false => Err(CliError::BadOption { option, value: value.to_string(), needed: "positive" }),
    }
}

fn length<const D: usize>(tracks: &Tracks<D>, share: f64) -> Result<f64, Failure> {
    let largest = pair_distances(&Frames::new(tracks), share)?.largest;
    // Where everybody always stands in one place no unit helps: the learner says what is wrong.
    Ok(if largest == 0.0 || (1.0..=4.0).contains(&largest) { 1.0 } else { largest / 2.0 })
}

/// The file's velocities where its positions agree with them, otherwise centred differences.
pub(crate) fn given_or_centred<const D: usize>(tracks: &Tracks<D>) -> VelocityEstimate {
    match VelocityAgreement::is_plausible(tracks) {
        true => VelocityEstimate::Given,
        false => VelocityEstimate::Centred2,
    }
}

fn time<const D: usize>(tracks: &Tracks<D>, length: f64) -> Result<f64, Failure> {
    let moving = estimate_velocities(tracks, given_or_centred(tracks))?;
    let velocities = moving.segments().iter().flat_map(|s| s.velocities.iter().flatten());
    let (sum, n) = velocities
        .fold((0.0, 0.0), |(sum, n), v| (sum + v.iter().map(|v| v * v).sum::<f64>(), n + 1.0));
    let speed = (sum / f64::max(n, 1.0)).sqrt() / length;
    Ok(if speed == 0.0 || (0.01..=1.0).contains(&speed) { 1.0 } else { 0.1 / speed })
}

/// How velocities are found, and the noise that was found on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Smoothing {
    pub(super) velocity: VelocityEstimate,
    /// Standard deviation of the errors of one coordinate, in the learner's unit.
    pub(super) noise: f64,
}

impl Smoothing {
    /// The choice for tracks in the learner's units, whose unit of length is `length`.
    pub(super) fn of<const D: usize>(
        tracks: &Tracks<D>,
        options: &SpeciesOptions,
        length: f64,
    ) -> Result<Self, Failure> {
        let found = match choose_velocity_estimate(tracks) {
            Ok(choice) => Self { velocity: choice.velocity, noise: choice.noise },
            Err(WeakError::TooShortForNoise { .. }) => Self {
                velocity: VelocityEstimate::Centred2,
                noise: estimate_noise(tracks).unwrap_or(0.0),
            },
            Err(error) => return Err(error.into()),
        };
        let noise = match options.noise {
            Some(noise) if !(noise >= 0.0 && noise.is_finite()) => {
                let (option, needed) = ("noise", "0 or positive");
                let value = noise.to_string();
                return Err(CliError::BadOption { option, value, needed }.into());
            }
            Some(noise) => noise / length,
            None => found.noise,
        };
        let velocity = match options.velocity {
            Velocity::Auto if VelocityAgreement::is_plausible(tracks) => VelocityEstimate::Given,
            Velocity::Auto => narrowed(found.velocity, typical_length(tracks)),
            Velocity::Given => VelocityEstimate::Given,
            Velocity::Centred2 => VelocityEstimate::Centred2,
            Velocity::Centred4 => VelocityEstimate::Centred4,
            Velocity::SavitzkyGolay => {
                VelocityEstimate::SavitzkyGolay { half_window: options.half_window }
            }
        };
        Ok(Self { velocity, noise })
    }
}

/// A window that takes no more than a quarter of a typical track.
fn narrowed(velocity: VelocityEstimate, n_samples: usize) -> VelocityEstimate {
    let widest = (n_samples / 8).max(2);
    match velocity {
        VelocityEstimate::Centred4 if n_samples < 8 => VelocityEstimate::Centred2,
        VelocityEstimate::SavitzkyGolay { half_window } if half_window > widest => {
            VelocityEstimate::SavitzkyGolay { half_window: widest }
        }
        velocity => velocity,
    }
}

/// Samples in a row that three quarters of the individuals have.
fn typical_length<const D: usize>(tracks: &Tracks<D>) -> usize {
    let longest = |i: usize| tracks.segments_of(i).iter().map(|s| s.positions.len()).max();
    let mut lengths: Vec<usize> = (0..tracks.n_individuals()).filter_map(longest).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 4).copied().unwrap_or(0)
}

/// The test function asked for; none leaves it to the data.
pub(super) fn test_function(options: &SpeciesOptions) -> Result<Option<TestFunction>, Failure> {
    let Some(half_width) = options.half_width else { return Ok(None) };
    if half_width < 2 {
        let (value, needed) = (half_width.to_string(), "at least 2");
        return Err(CliError::BadOption { option: "half-width", value, needed }.into());
    }
    Ok(Some(TestFunction::of_half_width(half_width)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;
    use pairlaw_data::{Sampling, Segment, Units};

    /// Two individuals `gap` apart that walk along x with this speed.
    fn walkers(gap: f64, speed: f64, n_samples: usize) -> Tracks<2> {
        let sampling = Sampling { start_time: 0.0, dt: 0.5, n_frames: n_samples };
        let segment = |individual: usize| Segment {
            individual,
            first_frame: 0,
            positions: (0..n_samples)
                .map(|k| [speed * 0.5 * k as f64, gap * individual as f64])
                .collect(),
            velocities: None,
        };
        let ids = vec!["a".into(), "b".into()];
        Tracks::new(ids, sampling, Units::default(), vec![segment(0), segment(1)]).unwrap()
    }

    #[test]
    fn units_by_hand() {
        let options: SpeciesOptions = defaults().unwrap();
        let scales = |gap, speed| Scales::of(&walkers(gap, speed, 9), &options).unwrap();
        assert_eq!(scales(2.0, 0.5), Scales { length: 1.0, time: 1.0 });
        let Scales { length, time } = scales(800.0, 80.0);
        // Half of 800; speed 80 is .2 lengths a unit of time, within the range.
        assert!((length - 400.0).abs() < 1e-12 && (time - 1.0).abs() < 1e-300);
        let Scales { length, time } = scales(800.0, 8000.0);
        // 20 lengths a unit of time: .1 in 1/200 of it.
        assert!((length - 400.0).abs() < 1e-12 && (time - 0.005).abs() < 1e-15); // rounding
        assert_eq!(scales(0.0, 0.0), Scales { length: 1.0, time: 1.0 });
        let options = SpeciesOptions { length_scale: Some(0.0), ..options };
        let error = Scales::of(&walkers(1.0, 1.0, 9), &options).unwrap_err().to_string();
        assert!(error.contains("--length-scale is 0"), "{error}");
    }

    #[test]
    fn windows_leave_short_tracks_their_rows() {
        let wide = VelocityEstimate::SavitzkyGolay { half_window: 20 };
        let narrow = VelocityEstimate::SavitzkyGolay { half_window: 5 };
        assert_eq!(narrowed(wide, 40), narrow);
        assert_eq!(narrowed(narrow, 400), narrow);
        assert_eq!(narrowed(VelocityEstimate::Centred4, 7), VelocityEstimate::Centred2);
    }

    #[test]
    fn the_noise_given_is_in_the_units_of_the_file() {
        let options = SpeciesOptions { noise: Some(4.0), ..defaults().unwrap() };
        let found = Smoothing::of(&walkers(1.0, 1.0, 9), &options, 8.0).unwrap();
        assert!((found.noise - 0.5).abs() < 1e-300);
    }
}
