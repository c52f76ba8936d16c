//! Measurement noise from the tracks themselves, and the velocity estimate that suits it.

use pairlaw_data::{Tracks, sixth_difference_noise};

use crate::velocities::{longest_segment, slope_of_cubic};
use crate::width::common_length;
use crate::{VelocityEstimate, WeakError};

/// Samples in a row that an estimate of noise needs.
const NEEDED: usize = 7;

/// Standard deviation of the measurement noise of one coordinate, in the unit of positions: that of
/// [`sixth_difference_noise`] over all individuals, dimensions and frames. Without noise this is what
/// remains of the motion: an upper bound.
///
/// # Errors
/// [`WeakError::TooShortForNoise`] if no segment has seven samples.
pub fn estimate_noise<const D: usize>(tracks: &Tracks<D>) -> Result<f64, WeakError> {
    let segments = tracks.segments().iter().map(|segment| &segment.positions[..]);
    sixth_difference_noise(segments).ok_or_else(|| WeakError::TooShortForNoise {
        needed: NEEDED,
        longest: longest_segment(tracks.segments()),
    })
}

/// A velocity estimate and what it was chosen from.
#[derive(Clone, Debug, PartialEq)]
pub struct VelocityChoice {
    /// The estimate of least risk.
    pub velocity: VelocityEstimate,
    /// σ, standard deviation of the measurement noise of one coordinate.
    pub noise: f64,
    /// Estimated mean square error of a velocity component with half-window 2, 3, ….
    pub risks: Vec<f64>,
}

/// Chooses the half-window of the velocities so that noise and smoothing together err least.
///
/// ```text
/// risk(h) = mean (v_h − v_2)² + σ²/Δt² (2|c_h|² − |c_2|²),     |c_h|² = S_6 / (S_2 S_6 − S_4²)
/// ```
///
/// estimates the mean square error of v_h, the slope of the cubic over 2h + 1 samples: v_2 has much
/// noise but next to no bias, and c_h · c_2 = |c_h|² because v_h has the least variance among the
/// slopes over its window that are exact on cubics. Windows reach up to a sixth of the record.
/// Half-window 2 is [`VelocityEstimate::Centred4`], and what clean tracks get.
///
/// # Errors
/// [`WeakError::TooShortForNoise`] for records below 30 samples.
///
/// # Source
/// C. L. Mallows (1973), Technometrics 15, 661; C. M. Stein (1981), Ann. Stat. 9, 1135, for the risk.
pub fn choose_velocity_estimate<const D: usize>(
    tracks: &Tracks<D>,
) -> Result<VelocityChoice, WeakError> {
    let noise = estimate_noise(tracks)?;
    let n_times = common_length(tracks);
    let widest = (n_times / 6).saturating_sub(1) / 2;
    if widest < 2 {
        return Err(WeakError::TooShortForNoise { needed: 30, longest: n_times });
    }
    let slopes: Vec<Vec<f64>> = (2..=widest).map(slope_of_cubic).collect();
    let variance = |slope: &Vec<f64>| slope.iter().map(|c| 2.0 * c * c).sum::<f64>();
    let reference = variance(&slopes[0]);
    let departures = mean_square_departures(tracks, &slopes, widest);
    let risk = |(departure, slope): (f64, &Vec<f64>)| {
        (departure + noise * noise * (2.0 * variance(slope) - reference)) / tracks.dt().powi(2)
    };
    let risks: Vec<f64> = departures.into_iter().zip(&slopes).map(risk).collect();
    let least =
        (0..risks.len()).fold(0, |least, i| if risks[i] < risks[least] { i } else { least });
    let velocity = match least + 2 {
        2 => VelocityEstimate::Centred4,
        half_window => VelocityEstimate::SavitzkyGolay { half_window },
    };
    Ok(VelocityChoice { velocity, noise, risks })
}

/// Mean of `(v_h − v_2)² Δt²` for each of the slopes, over samples with `widest` on either side.
fn mean_square_departures<const D: usize>(
    tracks: &Tracks<D>,
    slopes: &[Vec<f64>],
    widest: usize,
) -> Vec<f64> {
    let mut sums = vec![0.0; slopes.len()];
    let mut n = 0.0f64;
    let mut steps = vec![0.0; widest];
    for window in tracks.segments().iter().flat_map(|s| s.positions.windows(2 * widest + 1)) {
        (0..D).for_each(|d| {
            for (step, k) in steps.iter_mut().zip(1..) {
                *step = window[widest + k][d] - window[widest - k][d];
            }
            let slope = |c: &Vec<f64>| c.iter().zip(&steps).map(|(c, x)| c * x).sum::<f64>();
            let reference = slope(&slopes[0]);
            for (sum, c) in sums.iter_mut().zip(slopes) {
                *sum += (slope(c) - reference).powi(2);
            }
            n += 1.0;
        });
    }
    sums.iter().map(|sum| sum / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate_velocities;
    use pairlaw_data::{Sampling, Segment, Units};

    const DT: f64 = 0.1;

    /// `n` individuals over `n_frames` frames at `x(individual, time)`.
    fn tracks(n: usize, n_frames: usize, mut x: impl FnMut(usize, f64) -> f64) -> Tracks<1> {
        let sampling = Sampling { start_time: 0.0, dt: DT, n_frames };
        let mut segment = |individual| Segment {
            individual,
            first_frame: 0,
            positions: (0..n_frames).map(|q| [x(individual, sampling.time(q))]).collect(),
            velocities: None,
        };
        let segments = (0..n).map(&mut segment).collect();
        let ids = (0..n).map(|i| i.to_string()).collect();
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    /// Standard normal up to the fourth moment's 2 %: twelve uniform numbers less six (SplitMix64).
    fn normal(state: &mut u64) -> f64 {
        let mut uniform = || {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }

    /// Waves of angular frequency `omega` with noise of standard deviation `sigma`.
    fn waves(omega: f64, sigma: f64) -> Tracks<1> {
        let mut state = 5;
        tracks(20, 400, |i, t| (omega * t + i as f64).sin() + sigma * normal(&mut state))
    }

    #[test]
    fn alternating_positions_by_hand() {
        // |Δ⁶| of ±1 is Σ binom(6, k) = 64. Rounding only.
        let mut sign = 1.0;
        let alternating = tracks(1, 9, |_, _| {
            sign = -sign;
            sign
        });
        let expected = 1.482_602_218_505_602 * 64.0 / 924.0_f64.sqrt();
        assert!((estimate_noise(&alternating).unwrap() - expected).abs() < 1e-14);
        // Sixth differences of the fifth degree are rounding, of the sixth they are 6! Δt⁶.
        let power = |n: i32| estimate_noise(&tracks(1, 20, |_, t| t.powi(n))).unwrap();
        assert!(power(5) < 1e-12);
        assert!(
            (power(6) / (1.482_602_218_505_602 * 720e-6 / 924.0_f64.sqrt()) - 1.0).abs() < 1e-6
        );
    }

    #[test]
    fn noise_is_found_beneath_motion() {
        for sigma in [1e-4, 1e-2] {
            // Statistical: 7880 differences, of which about a third are independent, and a median of
            // efficiency .37 give a standard error of 2 %; four of them.
            let found = estimate_noise(&waves(0.7, sigma)).unwrap();
            assert!((found / sigma - 1.0).abs() < 0.08, "{found} for {sigma}");
        }
    }

    #[test]
    fn clean_tracks_get_the_narrowest_window() {
        let choice = choose_velocity_estimate(&waves(0.7, 0.0)).unwrap();
        assert_eq!(choice.velocity, VelocityEstimate::Centred4);
        let at_rest = choose_velocity_estimate(&tracks(2, 30, |_, _| 1.0)).unwrap();
        assert_eq!(at_rest.velocity, VelocityEstimate::Centred4);
    }

    #[test]
    fn the_chosen_window_errs_little_more_than_the_best() {
        for (omega, sigma) in [(2.0, 1e-3), (2.0, 1e-2), (0.7, 1e-3)] {
            let (noisy, exact) = (waves(omega, sigma), waves(omega, 0.0));
            let choice = choose_velocity_estimate(&noisy).unwrap();
            let true_risk = |half_window: usize| {
                let method = VelocityEstimate::SavitzkyGolay { half_window };
                let found = estimate_velocities(&noisy, method).unwrap();
                let mut sum = 0.0;
                for segment in found.segments() {
                    for (q, v) in segment.frames().zip(segment.velocities.iter().flatten()) {
                        let phase = omega * exact.time(q) + segment.individual as f64;
                        sum += (v[0] - omega * phase.cos()).powi(2);
                    }
                }
                sum / found.n_samples() as f64
            };
            let risks: Vec<f64> = (2..choice.risks.len() + 2).map(true_risk).collect();
            let best = risks.iter().copied().fold(f64::INFINITY, f64::min);
            let chosen = match choice.velocity {
                VelocityEstimate::SavitzkyGolay { half_window } => risks[half_window - 2],
                other => panic!("{other:?} under noise"),
            };
            // Statistical: risks near the best differ by less than the estimate's error.
            assert!(chosen < 1.3 * best, "{omega} {sigma}: {chosen} against {best}");
            assert!((choice.risks[0] / risks[0] - 1.0).abs() < 0.1, "{choice:?}");
        }
    }

    #[test]
    fn too_short_records_are_refused() {
        assert!(matches!(
            estimate_noise(&tracks(3, 6, |_, t| t)),
            Err(WeakError::TooShortForNoise { needed: 7, longest: 6 })
        ));
        assert!(matches!(
            choose_velocity_estimate(&tracks(3, 29, |_, t| t)),
            Err(WeakError::TooShortForNoise { needed: 30, longest: 29 })
        ));
    }
}
