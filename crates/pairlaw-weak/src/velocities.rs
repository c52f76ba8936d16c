//! Velocities from positions, segment by segment.

use pairlaw_data::{Segment, Tracks};

use crate::WeakError;

/// How velocities are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VelocityEstimate {
    /// Centred differences of second order, as in the paper; one sample is lost at either end.
    Centred2,
    /// Centred differences of fourth order, better on clean data; two samples are lost.
    Centred4,
    /// Slope of the least-squares cubic over a window (Savitzky–Golay), for noisy data.
    SavitzkyGolay {
        /// h, samples on either side, at least 2; as many are lost at either end.
        half_window: usize,
    },
    /// The velocities that the tracks have.
    Given,
}

impl VelocityEstimate {
    /// Samples lost at either end of a segment.
    #[must_use]
    pub fn n_lost(&self) -> usize {
        match *self {
            Self::Centred2 => 1,
            Self::Centred4 => 2,
            Self::SavitzkyGolay { half_window } => half_window,
            Self::Given => 0,
        }
    }

    /// `c_1 … c_h` of `v(t) = Σ_k c_k [x(t + kΔt) − x(t − kΔt)] / Δt`.
    fn weights(&self) -> Vec<f64> {
        match *self {
            Self::Centred2 => vec![1.0 / 2.0],
            Self::Centred4 => vec![2.0 / 3.0, -1.0 / 12.0],
            Self::SavitzkyGolay { half_window } => slope_of_cubic(half_window),
            Self::Given => vec![],
        }
    }
}

/// With S_n = Σ_{k=−h}^{h} k^n, `c_k = (S_6 k − S_4 k³) / (S_2 S_6 − S_4²)`.
pub(crate) fn slope_of_cubic(half_window: usize) -> Vec<f64> {
    let offsets = || (1..=half_window).map(|k| k as f64);
    let sum = |n: i32| 2.0 * offsets().map(|k| k.powi(n)).sum::<f64>();
    let (s2, s4, s6) = (sum(2), sum(4), sum(6));
    let determinant = s2 * s6 - s4 * s4;
    offsets().map(|k| (s6 * k - s4 * k.powi(3)) / determinant).collect()
}

/// The samples of the tracks whose velocities are known, with these velocities.
///
/// ```text
/// v(t) = [x(t + Δt) − x(t − Δt)] / 2Δt                                     Centred2
/// v(t) = [8 x(t + Δt) − 8 x(t − Δt) − x(t + 2Δt) + x(t − 2Δt)] / 12Δt      Centred4
/// v(t) = Σ_k c_k x(t + kΔt) / Δt,  c_k = (S_6 k − S_4 k³) / (S_2 S_6 − S_4²)  SavitzkyGolay
/// ```
///
/// with S_n the sum of k^n over the window. Ends of segments are dropped, see
/// [`VelocityEstimate::n_lost`], and with them the segments that are too short.
///
/// # Errors
/// [`WeakError::NoVelocities`], [`WeakError::HalfWindowTooSmall`],
/// [`WeakError::TooShortForVelocities`] if nothing would be left, [`WeakError::Data`] on overflow.
///
/// # Source
/// A. Savitzky and M. J. E. Golay (1964), Anal. Chem. 36, 1627; Messenger et al. (2022), section 3.1.
pub fn estimate_velocities<const D: usize>(
    tracks: &Tracks<D>,
    method: VelocityEstimate,
) -> Result<Tracks<D>, WeakError> {
    match method {
        VelocityEstimate::Given if !tracks.has_velocities() => return Err(WeakError::NoVelocities),
        VelocityEstimate::Given => return Ok(tracks.clone()),
        VelocityEstimate::SavitzkyGolay { half_window } if half_window < 2 => {
            return Err(WeakError::HalfWindowTooSmall { half_window });
        }
        _ => {}
    }
    // Before the weights are made: a window longer than any record may be longer than memory.
    let longest = longest_segment(tracks.segments());
    let needed = method.n_lost().saturating_mul(2).saturating_add(1);
    if longest < needed {
        return Err(WeakError::TooShortForVelocities { needed, longest });
    }
    let scaled: Vec<f64> = method.weights().iter().map(|c| c / tracks.dt()).collect();
    let segments = tracks.segments().iter();
    let segments = segments.filter_map(|s| differentiated(s, &scaled)).collect();
    Ok(tracks.with_segments(segments)?)
}

/// Samples of the longest of some segments.
pub(crate) fn longest_segment<const D: usize>(segments: &[Segment<D>]) -> usize {
    let lengths = segments.iter().map(|s| s.positions.len());
    lengths.max().unwrap_or(0)
}

fn differentiated<const D: usize>(segment: &Segment<D>, weights: &[f64]) -> Option<Segment<D>> {
    let lost = weights.len();
    let x = &segment.positions;
    let kept = lost..x.len().checked_sub(lost)?;
    let slope = |q: usize, d: usize| -> f64 {
        let pairs = weights.iter().zip(1..);
        pairs.map(|(c, k)| c * (x[q + k][d] - x[q - k][d])).sum()
    };
    let velocities: Vec<[f64; D]> =
        kept.clone().map(|q| std::array::from_fn(|d| slope(q, d))).collect();
    (!velocities.is_empty()).then(|| Segment {
        individual: segment.individual,
        first_frame: segment.first_frame + lost,
        positions: x[kept].to_vec(),
        velocities: Some(velocities),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use VelocityEstimate::{Centred2, Centred4, Given, SavitzkyGolay};
    use pairlaw_data::{Sampling, Units};

    fn sampled(x: impl Fn(f64) -> f64, dt: f64, n_frames: usize) -> Tracks<1> {
        let sampling = Sampling { start_time: -1.0, dt, n_frames };
        let segment = Segment {
            individual: 0,
            first_frame: 0,
            positions: (0..n_frames).map(|q| [x(sampling.time(q))]).collect(),
            velocities: None,
        };
        Tracks::new(vec!["a".into()], sampling, Units::default(), vec![segment]).unwrap()
    }

    fn largest_error(
        x: impl Fn(f64) -> f64,
        v: impl Fn(f64) -> f64,
        dt: f64,
        method: VelocityEstimate,
    ) -> f64 {
        let n_frames = (2.0 / dt).round() as usize + 1;
        let tracks = estimate_velocities(&sampled(x, dt, n_frames), method).unwrap();
        let segment = &tracks.segments()[0];
        assert_eq!(segment.frames(), method.n_lost()..n_frames - method.n_lost());
        let estimates = segment.frames().zip(segment.velocities.as_ref().unwrap());
        let errors = estimates.map(|(q, estimate)| (estimate[0] - v(tracks.time(q))).abs());
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn exact_on_polynomials() {
        let monomial = |n: i32, method| {
            largest_error(|t| t.powi(n), |t| f64::from(n) * t.powi(n - 1), 0.1, method)
        };
        // Rounding: about 1/Δt of it in each difference. The next degree must not be exact.
        for (method, exact_to) in [
            (Centred2, 2),
            (Centred4, 4),
            (SavitzkyGolay { half_window: 2 }, 4),
            (SavitzkyGolay { half_window: 6 }, 4),
        ] {
            for n in 1..=exact_to {
                assert!(monomial(n, method) < 1e-13, "{method:?} on degree {n}");
            }
            assert!(monomial(exact_to + 1, method) > 1e-5, "{method:?}");
        }
    }

    #[test]
    fn halving_the_step_shows_the_order() {
        for (method, order) in [(Centred2, 2), (Centred4, 4), (SavitzkyGolay { half_window: 5 }, 4)]
        {
            let error = |dt| largest_error(f64::sin, f64::cos, dt, method);
            let observed = (error(0.02) / error(0.01)).log2();
            assert!((observed - f64::from(order)).abs() < 0.1, "{method:?}: {observed}");
        }
    }

    #[test]
    fn savitzky_golay_over_five_samples_is_the_fourth_order_difference() {
        let pairs = slope_of_cubic(2).into_iter().zip(Centred4.weights());
        pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-15));
    }

    #[test]
    fn noise_is_passed_on_by_the_known_factor() {
        // Variance of a fitted slope: σ²/Δt² · S_6 / (S_2 S_6 − S_4²). For h = 8:
        // S_2 = 408, S_4 = 17544, S_6 = 893 928. Rounding only.
        let gain: f64 = slope_of_cubic(8).iter().map(|c| 2.0 * c * c).sum();
        let expected = 893_928.0 / (408.0 * 893_928.0 - 17_544.0f64.powi(2));
        assert!((gain - expected).abs() < 1e-15);
        assert!(gain < 0.04 * 2.0 * 0.25, "25 times less variance than centred differences");
    }

    #[test]
    fn each_error() {
        let tracks = sampled(f64::sin, 0.1, 4);
        let estimate = |method| estimate_velocities(&tracks, method).unwrap_err();
        assert!(matches!(estimate(Given), WeakError::NoVelocities));
        assert!(matches!(
            estimate(SavitzkyGolay { half_window: 1 }),
            WeakError::HalfWindowTooSmall { half_window: 1 }
        ));
        assert!(matches!(
            estimate(Centred4),
            WeakError::TooShortForVelocities { needed: 5, longest: 4 }
        ));
        assert!(matches!(
            estimate(SavitzkyGolay { half_window: usize::MAX }),
            WeakError::TooShortForVelocities { needed: usize::MAX, longest: 4 }
        ));
        let one = sampled(f64::sin, 0.1, 1);
        assert!(estimate_velocities(&one, Centred2).is_err());
        let huge = sampled(|t| f64::MAX * t.signum(), 0.1, 30);
        assert!(matches!(estimate_velocities(&huge, Centred2), Err(WeakError::Data(_))));
    }

    #[test]
    fn given_velocities_stay() {
        let tracks = sampled(f64::sin, 0.5, 3);
        let tracks = tracks.with_velocities(vec![vec![[1.0], [2.0], [3.0]]]).unwrap();
        assert_eq!(estimate_velocities(&tracks, Given).unwrap(), tracks);
    }
}
