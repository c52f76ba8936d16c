//! Test functions φ: polynomial bumps on a uniform grid of times.

use crate::WeakError;

/// A smooth bump with compact support, translated to every time where it fits.
///
/// ```text
/// φ(t) = (1 − s²)^p  for |s| < 1, else 0,   s = t / (m Δt)
/// ```
///
/// φ vanishes at the samples ±m, so that a sum over 2m − 1 samples is the trapezoidal rule. Its error
/// falls as m^−(p+1) for φ and m^−(p−1) for φ̈; with p = 2, φ̈ jumps at ±m.
///
/// # Source
/// Messenger, Wheeler, Liu, Bortz (2022), J. R. Soc. Interface 19:20220412, eq. (3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestFunction {
    /// m, samples from the centre to the first zero.
    pub half_width: usize,
    /// p, the degree in 1 − s².
    pub degree: u32,
}

impl TestFunction {
    /// Checks that the bump can be differentiated twice and covers more than one sample.
    ///
    /// # Errors
    /// [`WeakError::BadTestFunction`] unless m ≥ 2 and p ≥ 2.
    pub fn check(&self) -> Result<(), WeakError> {
        if self.half_width >= 2 && self.degree >= 2 {
            return Ok(());
        }
        Err(WeakError::BadTestFunction { half_width: self.half_width, degree: self.degree })
    }

    /// Number of samples where φ is not zero, 2m − 1.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        // Saturating: no record is that long.
        self.half_width.saturating_mul(2).saturating_sub(1)
    }

    /// φ(t), t from the centre in the unit of `dt`.
    #[must_use]
    pub fn value(&self, t: f64, dt: f64) -> f64 {
        self.inside(t, dt, |s| self.power(s, 0))
    }

    /// dφ/dt, in 1/time.
    ///
    /// ```text
    /// φ̇ = −2 p s (1 − s²)^(p−1) / (m Δt)
    /// ```
    #[must_use]
    pub fn first_derivative(&self, t: f64, dt: f64) -> f64 {
        let p = f64::from(self.degree);
        self.inside(t, dt, |s| -2.0 * p * s * self.power(s, 1) / self.width(dt))
    }

    /// d²φ/dt², in 1/time².
    ///
    /// ```text
    /// φ̈ = 2 p [(2p − 1) s² − 1] (1 − s²)^(p−2) / (m Δt)²
    /// ```
    #[must_use]
    pub fn second_derivative(&self, t: f64, dt: f64) -> f64 {
        let p = f64::from(self.degree);
        self.inside(t, dt, |s| {
            let bracket = (2.0 * p - 1.0) * s * s - 1.0;
            2.0 * p * bracket * self.power(s, 2) / self.width(dt).powi(2)
        })
    }

    /// φ at the samples −(m − 1) ..= m − 1.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.offsets().map(|t| self.value(t, 1.0)).collect()
    }

    /// d²φ/dt² at the samples −(m − 1) ..= m − 1, in 1/time².
    #[must_use]
    pub fn second_derivatives(&self, dt: f64) -> Vec<f64> {
        let at = |offset: f64| self.second_derivative(offset, 1.0) / (dt * dt);
        self.offsets().map(at).collect()
    }

    /// dφ/dt at the samples −(m − 1) ..= m − 1, in 1/time.
    #[must_use]
    pub fn first_derivatives(&self, dt: f64) -> Vec<f64> {
        self.offsets().map(|t| self.first_derivative(t, 1.0) / dt).collect()
    }

    fn offsets(&self) -> impl Iterator<Item = f64> {
        let m = self.half_width as f64;
        (1..2 * self.half_width).map(move |k| k as f64 - m)
    }

    fn width(&self, dt: f64) -> f64 {
        self.half_width as f64 * dt
    }

    fn power(&self, s: f64, less: i32) -> f64 {
        (1.0 - s * s).powi(self.degree as i32 - less)
    }

    fn inside(&self, t: f64, dt: f64, f: impl Fn(f64) -> f64) -> f64 {
        let s = t / self.width(dt);
        if s.abs() < 1.0 { f(s) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHI: TestFunction = TestFunction { half_width: 2, degree: 3 };

    #[test]
    fn hand_computed_values() {
        // s = 1/2: 1 − s² = 3/4. Rounding only.
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} against {b}");
        near(PHI.value(1.0, 1.0), 27.0 / 64.0);
        near(PHI.first_derivative(1.0, 1.0), -6.0 * 0.5 * 9.0 / 16.0 / 2.0);
        near(PHI.second_derivative(1.0, 1.0), 6.0 * 0.25 * 0.75 / 4.0);
        near(PHI.second_derivative(0.0, 0.5), -6.0);
        assert_eq!(PHI.values().len(), PHI.n_samples());
        near(PHI.values()[0], 27.0 / 64.0);
        near(PHI.values()[1], 1.0);
        near(PHI.second_derivatives(0.5)[1], -6.0);
    }

    #[test]
    fn nothing_outside_the_support() {
        for t in [-7.0, -1.0, 1.0, 1.5] {
            let sum = PHI.value(t, 0.5) + PHI.first_derivative(t, 0.5);
            assert!((sum + PHI.second_derivative(t, 0.5)).abs() < f64::MIN_POSITIVE);
        }
    }

    #[test]
    fn too_narrow_or_too_rough_is_refused() {
        let error = |half_width, degree| TestFunction { half_width, degree }.check().unwrap_err();
        assert!(matches!(error(1, 3), WeakError::BadTestFunction { half_width: 1, degree: 3 }));
        assert!(error(5, 1).to_string().contains("degree 1"));
        assert!(PHI.check().is_ok());
    }

    #[test]
    fn the_number_of_samples_does_not_overflow() {
        assert_eq!(PHI.n_samples(), 3);
        let widest = TestFunction { half_width: usize::MAX, degree: 3 };
        assert!(widest.n_samples() > usize::MAX / 2);
    }
}
