//! Choice of the test function (m, p) from the change point in the spectrum of the positions.

use pairlaw_data::Tracks;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

use crate::{TestFunction, WeakError};

/// τ, the size of φ one sample inside its support (Messenger et al. 2022, section 3.1).
pub const PAPER_TAU: f64 = 1e-10;

/// τ̂, the standard deviations of φ's spectrum at which the change point lies (the same place).
pub const PAPER_TAU_HAT: f64 = 3.0;

/// A test function and what it was chosen from.
#[derive(Clone, Debug, PartialEq)]
pub struct WidthChoice {
    /// The test function.
    pub test_function: TestFunction,
    /// k, the change point of the log-spectrum, counted from 1 at frequency zero.
    pub frequency_idx: usize,
    /// T, samples in a row that went into the spectrum.
    pub n_times: usize,
    /// Mean modulus of the Fourier coefficients at 0 ..= T/2 cycles a record, in length units.
    pub spectrum: Vec<f64>,
}

/// Chooses m and p so that the test function's spectrum falls off where that of the data does.
///
/// ```text
/// k = change point (two means) of log mean |FFT x|;   (m, p) from k by test_function_from_frequency
/// ```
///
/// The paper's rule is given the samples that have velocities: those of `estimate_velocities`.
///
/// # Errors
/// [`WeakError::TooShortForSpectrum`], [`WeakError::NoLogSpectrum`] where individuals rest,
/// [`WeakError::RecordTooShort`].
///
/// # Source
/// D. A. Messenger and D. M. Bortz (2021), *Weak SINDy for partial differential equations*,
/// J. Comput. Phys. 443:110525, appendix A; Messenger et al. (2022), section 3.1.
pub fn choose_test_function<const D: usize>(tracks: &Tracks<D>) -> Result<WidthChoice, WeakError> {
    let n_times = common_length(tracks);
    // The narrowest test function that is accepted has m = 2.
    let needed = 5;
    if n_times < needed {
        return Err(WeakError::TooShortForSpectrum { n_times, needed });
    }
    let spectrum = mean_spectrum(tracks, n_times);
    let logs: Vec<f64> = spectrum.iter().map(|x| x.ln()).collect();
    if let Some(frequency_idx) = logs.iter().position(|x| !x.is_finite()) {
        let value = spectrum[frequency_idx];
        return Err(WeakError::NoLogSpectrum { frequency_idx, value });
    }
    let frequency_idx = change_point(&logs) + 1;
    let test_function =
        test_function_from_frequency(frequency_idx, n_times, PAPER_TAU, PAPER_TAU_HAT)?;
    Ok(WidthChoice { test_function, frequency_idx, n_times, spectrum })
}

/// The length T for which segments of at least T samples, cut to T, keep the most samples.
pub(crate) fn common_length<const D: usize>(tracks: &Tracks<D>) -> usize {
    let mut lengths: Vec<usize> = tracks.segments().iter().map(|s| s.positions.len()).collect();
    lengths.sort_unstable();
    let kept = lengths.iter().zip((1..=lengths.len()).rev());
    // The last of equals: the longest record.
    kept.max_by_key(|(length, n)| *length * n).map_or(0, |(length, _)| *length)
}

/// Mean of |FFT| over the dimensions and the first `n_times` samples of all segments that have as
/// many, at 0 ..= `n_times`/2 cycles a record; all zero if none has.
///
/// ```text
/// S_k = mean over segments and dimensions of |Σ_q x(t_q) e^{−2πi kq/T}|
/// ```
///
/// As in the authors' program: positions, not velocities; the mean is not removed, so that
/// frequency zero, whose coefficient is T times the mean position, is the first value.
///
/// # Panics
/// If `n_times` is zero.
#[must_use]
pub fn mean_spectrum<const D: usize>(tracks: &Tracks<D>, n_times: usize) -> Vec<f64> {
    assert!(n_times > 0, "a spectrum needs at least one sample");
    let fft = forward_transform(n_times);
    let mut series = vec![Complex::default(); n_times];
    let mut spectrum = vec![0.0; n_times / 2 + 1];
    let mut n_series = 0.0f64;
    let long = |s: &&pairlaw_data::Segment<D>| s.positions.len() >= n_times;
    for segment in tracks.segments().iter().filter(long) {
        for d in 0..D {
            for (z, x) in series.iter_mut().zip(&segment.positions) {
                *z = Complex::new(x[d], 0.0);
            }
            fft.process(&mut series);
            n_series += 1.0;
            for (sum, z) in spectrum.iter_mut().zip(&series) {
                *sum += z.norm();
            }
        }
    }
    spectrum.iter_mut().for_each(|sum| *sum /= n_series.max(1.0));
    spectrum
}

/// Not generic, so that the transform's code is compiled here and not in every crate that calls.
fn forward_transform(n: usize) -> Arc<dyn Fft<f64>> {
    FftPlanner::new().plan_fft_forward(n)
}

/// Where the values change most: the first index of the second part.
///
/// ```text
/// argmin_k Σ_{i<k} (y_i − mean y_{<k})² + Σ_{i≥k} (y_i − mean y_{≥k})²,   0 < k < n
/// ```
///
/// Of equal minima the first.
///
/// # Panics
/// If there are fewer than two values.
#[must_use]
pub fn change_point(values: &[f64]) -> usize {
    let n = values.len();
    assert!(n >= 2, "a change point needs two values, found {n}");
    let mean = values.iter().sum::<f64>() / n as f64;
    let (mut sum, mut largest, mut at) = (0.0, f64::NEG_INFINITY, 1);
    for k in 1..n {
        sum += values[k - 1] - mean;
        // By how much two means beat one; the deviations from one mean sum to zero.
        let gain = sum * sum * (1.0 / k as f64 + 1.0 / (n - k) as f64);
        if gain > largest {
            (largest, at) = (gain, k);
        }
    }
    at
}

/// The half-width m and degree p for a change point k in the spectrum of T samples.
///
/// ```text
/// l(m) = log((2m−1)/m²) (4π²k²m² − 3T²τ̂²) − 2T²τ̂² ln τ,   m = ⌈root of l⌉
/// p = max(2, ⌈ln τ / ln(1 − (1 − 1/m)²)⌉)
/// ```
///
/// `tau` is φ one sample inside its support, `tau_hat` how many standard deviations of φ's spectrum
/// the change point lies out.
///
/// # Errors
/// [`WeakError::BadTolerances`]; [`WeakError::RecordTooShort`] if 2m + 1 > T.
///
/// # Source
/// As [`choose_test_function`].
pub fn test_function_from_frequency(
    frequency_idx: usize,
    n_times: usize,
    tau: f64,
    tau_hat: f64,
) -> Result<TestFunction, WeakError> {
    if !(tau > 0.0 && tau < 1.0 && tau_hat > 0.0 && tau_hat.is_finite()) {
        return Err(WeakError::BadTolerances { tau, tau_hat });
    }
    let turn = (std::f64::consts::TAU * frequency_idx as f64).powi(2);
    let square = (n_times as f64 * tau_hat).powi(2);
    let excess = |m: usize| {
        let m = m as f64;
        ((2.0 * m - 1.0) / (m * m)).ln() * (turn * m * m - 3.0 * square) - 2.0 * square * tau.ln()
    };
    // l is positive up to where its bracket changes sign and falls from there on: one root.
    let half_width = (2..n_times.div_ceil(2)).find(|m| excess(*m) <= 0.0);
    let half_width = half_width.ok_or(WeakError::RecordTooShort { frequency_idx, n_times })?;
    Ok(TestFunction { half_width, degree: degree(half_width, tau) })
}

/// p for a half-width of at least 2.
fn degree(half_width: usize, tau: f64) -> u32 {
    let edge = 1.0 - (1.0 - 1.0 / half_width as f64).powi(2);
    (tau.ln() / edge.ln()).ceil().max(2.0) as u32
}

impl TestFunction {
    /// The test function of a given half-width m whose degree follows the rule of
    /// [`test_function_from_frequency`] with the paper's τ.
    ///
    /// # Panics
    /// If m is below 2.
    #[must_use]
    pub fn of_half_width(half_width: usize) -> Self {
        assert!(half_width >= 2, "half-width {half_width} is below 2");
        Self { half_width, degree: degree(half_width, PAPER_TAU) }
    }
}

/// The widest half-width at which tracks still speak: half of all samples lie in segments that hold
/// two test functions side by side; at least 2.
///
/// ```text
/// 2 (2m − 1) ≤ ℓ,   ℓ = the largest length such that segments of ℓ samples or more hold half of all
/// ```
///
/// The paper's tracks are whole and let m grow to a quarter of the record; pieces of tracks between gaps
/// ask for narrower test functions than their motion would.
#[must_use]
pub fn widest_half_width<const D: usize>(tracks: &Tracks<D>) -> usize {
    let mut lengths: Vec<usize> = tracks.segments().iter().map(|s| s.positions.len()).collect();
    lengths.sort_unstable_by_key(|length| std::cmp::Reverse(*length));
    let mut held = 0;
    let holds_half = |length: &&usize| {
        held += **length;
        2 * held >= tracks.n_samples()
    };
    let length = lengths.iter().find(holds_half).copied().unwrap_or_default();
    (length / 2).div_ceil(2).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Segment, Units};

    fn choice(k: usize, n_times: usize) -> (usize, u32) {
        let phi = test_function_from_frequency(k, n_times, PAPER_TAU, PAPER_TAU_HAT).unwrap();
        (phi.half_width, phi.degree)
    }

    fn tracks(series: &[Vec<f64>]) -> Tracks<1> {
        let ids = (0..series.len()).map(|i| i.to_string()).collect();
        let sampling = Sampling {
            start_time: 0.0,
            dt: 1.0,
            n_frames: series.iter().map(Vec::len).max().unwrap(),
        };
        let segment = |(individual, x): (usize, &Vec<f64>)| Segment {
            individual,
            first_frame: 0,
            positions: x.iter().map(|x| [*x]).collect(),
            velocities: None,
        };
        let segments = series.iter().enumerate().map(segment).collect();
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    #[test]
    fn the_degree_of_a_given_half_width_is_that_of_the_rule() {
        let chosen = test_function_from_frequency(10, 200, PAPER_TAU, PAPER_TAU_HAT).unwrap();
        assert_eq!(TestFunction::of_half_width(chosen.half_width), chosen);
        assert!(TestFunction::of_half_width(2).degree > chosen.degree);
    }

    #[test]
    fn published_widths() {
        for n_times in 198..=200 {
            assert_eq!(choice(11, n_times), (38, 8));
            assert_eq!(choice(12, n_times), (35, 9));
            assert_eq!(choice(14, n_times), (31, 9));
        }
        for n_times in 398..=400 {
            assert_eq!(choice(28, n_times), (31, 9));
        }
    }

    #[test]
    fn change_points_by_hand() {
        assert_eq!(change_point(&[5.0, 5.0, 1.0, 1.0, 1.0]), 2);
        assert_eq!(change_point(&[0.0, 0.0, 0.0, 9.0]), 3);
        assert_eq!(change_point(&[1.0, 1.0, 1.0]), 1);
    }

    #[test]
    fn spectrum_of_a_cosine_is_half_its_length() {
        let wave =
            |k: f64| (0..16).map(move |q| (std::f64::consts::TAU * k * f64::from(q) / 16.0).cos());
        let spectrum = mean_spectrum(&tracks(&[wave(3.0).collect(), wave(5.0).collect()]), 16);
        assert_eq!(spectrum.len(), 9);
        // Eight for each of two waves, halved by the mean; rounding only.
        for (k, value) in spectrum.iter().enumerate() {
            let expected = if k == 3 || k == 5 { 4.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-13, "{k}: {value}");
        }
    }

    #[test]
    fn most_samples_decide_the_common_length() {
        let of = |lengths: &[usize]| {
            let series: Vec<_> = lengths.iter().map(|n| vec![0.0; *n]).collect();
            common_length(&tracks(&series))
        };
        assert_eq!(of(&[100, 90, 90]), 90);
        assert_eq!(of(&[100, 20, 20]), 100);
        assert_eq!(of(&[100, 50]), 100);
    }

    #[test]
    fn pieces_of_tracks_limit_the_width() {
        let of = |lengths: &[usize]| {
            let series: Vec<_> = lengths.iter().map(|n| vec![0.0; *n]).collect();
            widest_half_width(&tracks(&series))
        };
        // Of 200 samples half is 100: 2 (2·50 − 1) = 198.
        assert_eq!((of(&[200]), of(&[200, 200])), (50, 50));
        assert_eq!(of(&[30, 28, 28, 10, 10]), 7);
        assert_eq!((of(&[5]), of(&[1])), (2, 2));
        let phi = TestFunction::of_half_width(31);
        assert_eq!((phi.half_width, phi.degree), (31, 9));
    }

    #[test]
    fn each_error() {
        assert!(matches!(
            choose_test_function(&tracks(&[vec![1.0]])),
            Err(WeakError::TooShortForSpectrum { n_times: 1, needed: 5 })
        ));
        assert!(matches!(
            choose_test_function(&tracks(&[vec![0.0; 40]])),
            Err(WeakError::NoLogSpectrum { frequency_idx: 0, .. })
        ));
        assert!(matches!(
            test_function_from_frequency(1, 200, PAPER_TAU, PAPER_TAU_HAT),
            Err(WeakError::RecordTooShort { frequency_idx: 1, n_times: 200 })
        ));
        for (tau, tau_hat) in [(1.0, 3.0), (0.0, 3.0), (f64::NAN, 3.0), (1e-10, 0.0)] {
            let error = test_function_from_frequency(11, 200, tau, tau_hat);
            assert!(matches!(error, Err(WeakError::BadTolerances { .. })));
        }
    }
}
