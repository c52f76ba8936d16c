//! Radial functions: how strongly a term acts at a distance (or, for drag, at a speed).

/// A function of distance `r` (attraction–repulsion, alignment) or of speed `s` (drag).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Radial {
    /// `L_ℓ(α r) e^{−α r / 2}` with the Laguerre polynomial of degree ℓ and the scale α.
    Laguerre {
        /// Degree ℓ.
        degree: u8,
        /// Scale α, 1/length.
        scale: f64,
    },
    /// `e^{−k r}`.
    Exponential {
        /// Rate k, 1/length.
        rate: f64,
    },
    /// `r^ℓ` (in drag: `s^ℓ`).
    Power {
        /// Exponent ℓ.
        exponent: u8,
    },
}

impl Radial {
    /// Value at `r ≥ 0`, by the defining formula: the plain path that fast ones are tested against.
    #[must_use]
    pub fn value(self, r: f64) -> f64 {
        match self {
            Self::Laguerre { degree, scale } => {
                laguerre(degree, scale * r) * (-0.5 * scale * r).exp()
            }
            Self::Exponential { rate } => (-rate * r).exp(),
            Self::Power { exponent } => r.powi(i32::from(exponent)),
        }
    }

    /// Distance beyond which the value stays below `share` of the largest anywhere, length; infinite
    /// for a power.
    ///
    /// Laguerre functions fall for good from the turning point `α r = 4ℓ + 2` on and are never above 1.
    #[must_use]
    pub fn range(self, share: f64) -> f64 {
        match self {
            Self::Exponential { rate } => -share.ln() / rate,
            Self::Laguerre { degree, scale } => {
                let turning = 4.0 * f64::from(degree) + 2.0;
                let at = |step: u32| (turning + f64::from(step)) / scale;
                (0..).map(at).find(|r| self.value(*r).abs() < share).unwrap_or(f64::INFINITY)
            }
            Self::Power { .. } => f64::INFINITY,
        }
    }

    /// The formula in words, with `argument` (`r` or `s`) for the variable and four digits of scales.
    #[must_use]
    pub fn formula(self, argument: &str) -> String {
        match self {
            Self::Laguerre { degree, scale } => {
                let (scale, rate) = (rounded(scale), rounded(0.5 * scale));
                format!("L{degree}({scale}{argument})exp(-{rate}{argument})")
            }
            Self::Exponential { rate } => format!("exp(-{}{argument})", rounded(rate)),
            Self::Power { exponent: 0 } => "1".to_owned(),
            Self::Power { exponent: 1 } => argument.to_owned(),
            Self::Power { exponent } => format!("{argument}^{exponent}"),
        }
    }
}

/// A number to four digits: scales of laws in other units are no round numbers.
fn rounded(x: f64) -> f64 {
    format!("{x:.3e}").parse().expect("a formatted number is a number")
}

/// Laguerre polynomial `L_ℓ(x)` by the recurrence
///
/// ```text
/// L_0 = 1,  L_1 = 1 − x,  (n+1) L_{n+1} = (2n+1−x) L_n − n L_{n−1}
/// ```
#[must_use]
pub fn laguerre(degree: u8, x: f64) -> f64 {
    let (mut previous, mut current) = (0.0, 1.0);
    for n in 0..degree {
        let n = f64::from(n);
        let next = ((2.0 * n + 1.0 - x) * current - n * previous) / (n + 1.0);
        (previous, current) = (current, next);
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurrence_agrees_with_closed_forms() {
        for x in [0.0f64, 0.3, 1.0, 2.5, 7.0, 40.0] {
            let closed = [
                1.0,
                1.0 - x,
                0.5 * x * x - 2.0 * x + 1.0,
                (-x * x * x + 9.0 * x * x - 18.0 * x + 6.0) / 6.0,
                (x.powi(4) - 16.0 * x.powi(3) + 72.0 * x * x - 96.0 * x + 24.0) / 24.0,
            ];
            for (degree, expected) in (0..).zip(closed) {
                let found = laguerre(degree, x);
                // Rounding, relative to the largest term of the sum.
                let scale = 1.0 + x.powi(i32::from(degree));
                assert!((found - expected).abs() < 64.0 * f64::EPSILON * scale, "{degree} {x}");
            }
        }
    }

    #[test]
    fn every_degree_is_one_at_the_origin() {
        for degree in 0..=40 {
            assert!((laguerre(degree, 0.0) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn values_by_hand() {
        let laguerre = Radial::Laguerre { degree: 1, scale: 2.0 };
        assert!((laguerre.value(1.5) - (1.0 - 3.0) * (-1.5f64).exp()).abs() < 1e-15);
        let exponential = Radial::Exponential { rate: 4.0 };
        assert!((exponential.value(0.5) - (-2f64).exp()).abs() < 1e-16);
        assert!((Radial::Power { exponent: 3 }.value(2.0) - 8.0).abs() < 1e-15);
        assert_eq!(laguerre.formula("r"), "L1(2r)exp(-1r)");
        assert_eq!(Radial::Exponential { rate: 1.0 / 3.0 }.formula("d"), "exp(-0.3333d)");
    }

    #[test]
    fn beyond_their_range_functions_stay_small() {
        let laguerre = (0..18).map(|degree| Radial::Laguerre { degree, scale: 36.0 });
        for radial in laguerre.chain([Radial::Exponential { rate: 0.25 }]) {
            for share in [1e-3, 1e-16] {
                let range = radial.range(share);
                let beyond =
                    (0..4000).map(|k| radial.value(range * (1.0 + 1e-3 * f64::from(k))).abs());
                let largest = beyond.fold(0.0, f64::max);
                assert!(largest <= share * (1.0 + 1e-12), "{radial:?} {share}: {largest:e}"); // rounding
                assert!(radial.value(0.8 * range).abs() > share, "{radial:?} {share}");
            }
        }
        assert!(Radial::Power { exponent: 0 }.range(1e-3).is_infinite());
    }
}
