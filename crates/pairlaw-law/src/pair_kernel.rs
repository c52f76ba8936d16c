//! Interaction kernels φ(r) of first-order systems: weighted sums of dictionary terms.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{LawError, exponential_integral};

/// One term ψ(r) of an interaction kernel; `r ≥ 0` is the distance of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum KernelTerm {
    /// `r^exponent`; for a negative exponent `max(r, cutoff)^exponent`.
    Power {
        /// Any real exponent.
        exponent: f64,
        /// Distance below which a negative power stays constant, length; without effect otherwise.
        cutoff: f64,
    },
    /// `e^{rate r}`.
    Exponential {
        /// Rate, 1/length, of either sign.
        rate: f64,
    },
    /// `sin r`.
    Sine,
    /// `cos r`.
    Cosine,
    /// `e^{−ρ}/ρ`, ρ = max(r, cutoff).
    Yukawa {
        /// Distance below which it stays constant, length.
        cutoff: f64,
    },
    /// `sgn(r − radius)/max(r, cutoff)`.
    Sign {
        /// Where the sign changes, length.
        radius: f64,
        /// Distance below which 1/r stays constant, length.
        cutoff: f64,
    },
    /// `r^exponent` for `from < r ≤ to`, 0 elsewhere; from 0 on it includes 0.
    Piece {
        /// Lower end, length.
        from: f64,
        /// Upper end, length.
        to: f64,
        /// Exponent: 0 for an indicator, 1 for a piece of an influence function φ(r)/r.
        exponent: u8,
    },
}

impl KernelTerm {
    /// `r^exponent` without a cut-off.
    #[must_use]
    pub fn power(exponent: f64) -> Self {
        Self::Power { exponent, cutoff: 0.0 }
    }

    /// ψ(r) by its definition: the plain path that fast ones are tested against.
    #[must_use]
    pub fn value(self, r: f64) -> f64 {
        match self {
            Self::Power { exponent, cutoff } => power(regular(r, exponent, cutoff), exponent),
            Self::Exponential { rate } => (rate * r).exp(),
            Self::Sine => r.sin(),
            Self::Cosine => r.cos(),
            Self::Yukawa { cutoff } => (-r.max(cutoff)).exp() / r.max(cutoff),
            Self::Sign { radius, cutoff } => sign(r - radius) / r.max(cutoff),
            Self::Piece { from, to, exponent } => {
                let inside = r <= to && (r > from || from <= 0.0);
                if inside { r.powi(i32::from(exponent)) } else { 0.0 }
            }
        }
    }

    /// Its potential
    ///
    /// ```text
    /// Ψ(r) = ∫_0^r ψ(s) ds
    /// ```
    #[must_use]
    pub fn potential(self, r: f64) -> f64 {
        match self {
            Self::Power { exponent, cutoff } => {
                let constant = regular(0.0, exponent, cutoff).min(r);
                power_between(constant, r, exponent) + constant * self.value(constant)
            }
            Self::Exponential { rate } => (rate * r).exp_m1() / rate,
            Self::Sine => 2.0 * (0.5 * r).sin().powi(2),
            Self::Cosine => r.sin(),
            Self::Yukawa { cutoff } if r <= cutoff => r * self.value(0.0),
            Self::Yukawa { cutoff } => {
                let near = cutoff * self.value(cutoff);
                near + exponential_integral(cutoff) - exponential_integral(r)
            }
            Self::Sign { radius, cutoff } => {
                let inverse = Self::Power { exponent: -1.0, cutoff };
                let (whole, inner) = (inverse.potential(r), inverse.potential(r.min(radius)));
                whole - 2.0 * inner
            }
            Self::Piece { from, to, exponent } => {
                let from = from.max(0.0);
                power_between(from, r.clamp(from, to), f64::from(exponent))
            }
        }
    }

    /// Refuses numbers that make ψ infinite or meaningless.
    ///
    /// # Errors
    ///
    /// [`LawError::KernelTerm`] names the term and the field: a parameter that is not finite, a
    /// negative power without a cut-off > 0, rate 0, `from ≥ to`.
    pub fn check(self) -> Result<(), LawError> {
        let refuse = |field| Err(LawError::KernelTerm { term: self, field });
        let bad_cutoff = |cutoff: f64| !(cutoff.is_finite() && cutoff > 0.0);
        match self {
            Self::Power { exponent, .. } if !exponent.is_finite() => refuse("exponent"),
            Self::Power { exponent, cutoff } if exponent < 0.0 && bad_cutoff(cutoff) => {
                refuse("cutoff")
            }
            Self::Exponential { rate } if !rate.is_finite() || rate == 0.0 => refuse("rate"),
            Self::Sign { radius, .. } if !(radius.is_finite() && radius >= 0.0) => refuse("radius"),
            Self::Yukawa { cutoff } | Self::Sign { cutoff, .. } if bad_cutoff(cutoff) => {
                refuse("cutoff")
            }
            Self::Piece { from, .. } if !(from.is_finite() && from >= 0.0) => refuse("from"),
            Self::Piece { from, to, .. } if from >= to || to.is_nan() => refuse("to"),
            _ => Ok(()),
        }
    }
}

/// The distance that a power sees.
fn regular(r: f64, exponent: f64, cutoff: f64) -> f64 {
    if exponent < 0.0 { r.max(cutoff) } else { r }
}

/// `r^p`, exact and fast for small integers.
fn power(r: f64, p: f64) -> f64 {
    if p.fract() == 0.0 && p.abs() < 64.0 { r.powi(p as i32) } else { r.powf(p) }
}

/// `∫_a^b s^p ds`.
#[allow(clippy::float_cmp)] // p = −1 alone has a logarithm
fn power_between(a: f64, b: f64, p: f64) -> f64 {
    if a >= b {
        0.0
    } else if p == -1.0 {
        (b / a).ln()
    } else {
        (power(b, p + 1.0) - power(a, p + 1.0)) / (p + 1.0)
    }
}

/// −1, 0 or 1.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

impl fmt::Display for KernelTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Power { exponent, .. } => power_name(f, exponent),
            Self::Exponential { rate: 1.0 } => write!(f, "exp(r)"),
            Self::Exponential { rate: -1.0 } => write!(f, "exp(-r)"),
            Self::Exponential { rate } => write!(f, "exp({rate}r)"),
            Self::Sine => write!(f, "sin(r)"),
            Self::Cosine => write!(f, "cos(r)"),
            Self::Yukawa { .. } => write!(f, "exp(-r)/r"),
            Self::Sign { radius, .. } => write!(f, "sgn(r-{radius})/r"),
            Self::Piece { from, to, exponent } => {
                power_name(f, f64::from(exponent))?;
                write!(f, " on ({from}, {to}]")
            }
        }
    }
}

#[allow(clippy::float_cmp)] // exact exponents have short names
fn power_name(f: &mut fmt::Formatter<'_>, exponent: f64) -> fmt::Result {
    if exponent == 0.0 {
        write!(f, "1")
    } else if exponent == 1.0 {
        write!(f, "r")
    } else {
        write!(f, "r^{exponent}")
    }
}

/// An interaction kernel of a first-order system, and what it does:
///
/// ```text
/// φ(r) = Σ_k ζ_k ψ_k(r),    Φ(r) = ∫_0^r φ,    K(x) = ∇Φ(|x|) = φ(|x|) x/|x|,  K(0) = 0
/// dX_i = −(1/N) Σ_{j≠i} K(X_i − X_j) dt + σ dW_i
/// ```
///
/// A positive φ attracts. Lengths and times in any unit; φ in length/time.
///
/// # Source
/// Shi, Yang, Hong (2025), eqs (1), (15), (16). // Differs: there eqs (13) and (15) together repel
/// for φ > 0, against the paper's text and figures, which attract.
///
/// # Example
/// ```
/// use pairlaw_law::{KernelTerm, PairKernel};
///
/// let repulsion = KernelTerm::Power { exponent: -1.5, cutoff: 0.05 };
/// let kernel = PairKernel::new(vec![KernelTerm::power(1.0), repulsion], vec![1.0, -1.0])?;
/// assert_eq!(kernel.to_string(), "r - r^-1.5");
/// assert_eq!(kernel.value(1.0), 0.0);
/// # Ok::<(), pairlaw_law::LawError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairKernel {
    terms: Vec<KernelTerm>,
    weights: Vec<f64>,
}

impl PairKernel {
    /// The sum of `weights[k] · terms[k]`.
    ///
    /// # Errors
    ///
    /// Those of [`KernelTerm::check`]; [`LawError::WeightCount`] unless there is one weight a term;
    /// [`LawError::NonFiniteWeight`] for a weight that is not finite.
    pub fn new(terms: Vec<KernelTerm>, weights: Vec<f64>) -> Result<Self, LawError> {
        if terms.len() != weights.len() {
            return Err(LawError::WeightCount { expected: terms.len(), found: weights.len() });
        }
        terms.iter().try_for_each(|term| term.check())?;
        match weights.iter().position(|w| !w.is_finite()) {
            Some(term_idx) => {
                Err(LawError::NonFiniteWeight { term_idx, weight: weights[term_idx] })
            }
            None => Ok(Self { terms, weights }),
        }
    }

    /// One term with weight 1.
    ///
    /// # Errors
    ///
    /// Those of [`KernelTerm::check`].
    pub fn term(term: KernelTerm) -> Result<Self, LawError> {
        Self::new(vec![term], vec![1.0])
    }

    /// The terms ψ_k.
    #[must_use]
    pub fn terms(&self) -> &[KernelTerm] {
        &self.terms
    }

    /// The weights ζ_k.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Terms with a weight other than 0, and their weights.
    pub fn active(&self) -> impl Iterator<Item = (KernelTerm, f64)> {
        self.terms.iter().copied().zip(self.weights.iter().copied()).filter(|(_, w)| *w != 0.0)
    }

    /// φ(r) by its definition.
    #[must_use]
    pub fn value(&self, r: f64) -> f64 {
        self.active().map(|(term, weight)| weight * term.value(r)).sum()
    }

    /// Φ(r).
    #[must_use]
    pub fn potential(&self, r: f64) -> f64 {
        self.active().map(|(term, weight)| weight * term.potential(r)).sum()
    }
}

impl fmt::Display for PairKernel {
    #[allow(clippy::float_cmp)] // a weight of exactly 1 is not written
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (term, weight) in self.active() {
            match (first, weight < 0.0) {
                (true, true) => write!(f, "-")?,
                (true, false) => {}
                (false, true) => write!(f, " - ")?,
                (false, false) => write!(f, " + ")?,
            }
            first = false;
            if weight.abs() != 1.0 {
                write!(f, "{} ", weight.abs())?;
            }
            write!(f, "{term}")?;
        }
        if first { write!(f, "0") } else { Ok(()) }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    fn all() -> Vec<KernelTerm> {
        let mut terms = vec![
            KernelTerm::Exponential { rate: 1.0 },
            KernelTerm::Exponential { rate: -2.5 },
            KernelTerm::Sine,
            KernelTerm::Cosine,
            KernelTerm::Yukawa { cutoff: 0.3 },
            KernelTerm::Sign { radius: 0.8, cutoff: 0.2 },
            KernelTerm::Piece { from: 0.0, to: 0.5, exponent: 0 },
            KernelTerm::Piece { from: 0.4, to: 1.3, exponent: 1 },
        ];
        for exponent in [0.0, 1.0, 2.0, 3.0, 0.5, -0.5, -1.0, -1.5, -2.0] {
            terms.push(KernelTerm::Power { exponent, cutoff: 0.05 });
        }
        terms
    }

    /// Ψ(0) = 0 and Ψ' = ψ away from kinks, by central differences; Ψ is continuous everywhere.
    #[test]
    fn the_potential_is_the_primitive() {
        let kinks = [0.05, 0.2, 0.3, 0.4, 0.5, 0.8, 1.3];
        for term in all() {
            assert!(term.check().is_ok(), "{term}");
            assert_eq!(term.potential(0.0), 0.0, "{term}");
            for step in 1..400 {
                let (r, h) = (0.005 * f64::from(step), 1e-5);
                let jump = term.potential(r + h) - term.potential(r - h);
                if kinks.iter().any(|kink: &f64| (kink - r).abs() < 2.0 * h) {
                    assert!(jump.abs() < 1e-2, "{term} at {r}: {jump}");
                    continue;
                }
                // Discretisation h²ψ''/6, at most 4h² r^-4 for these powers, and rounding eps/h.
                let expected = term.value(r);
                let curvature = r.max(0.05).powi(-4).max(r.powf(-1.5));
                let bound = 1e-9 * (1.0 + expected.abs()) + 4.0 * h * h * curvature;
                assert!((jump / (2.0 * h) - expected).abs() < bound, "{term} at {r}");
            }
        }
    }

    #[test]
    fn values_by_hand() {
        let repulsion = KernelTerm::Power { exponent: -1.5, cutoff: 0.05 };
        assert_eq!(repulsion.value(0.0), 0.05f64.powf(-1.5));
        assert_eq!(KernelTerm::Sign { radius: 2.0, cutoff: 0.1 }.value(4.0), 0.25);
        assert_eq!(KernelTerm::Sign { radius: 2.0, cutoff: 0.1 }.value(1.0), -1.0);
        let piece = KernelTerm::Piece { from: 1.0, to: 2.0, exponent: 1 };
        assert_eq!([0.5, 1.0, 1.5, 2.0, 2.5].map(|r| piece.value(r)), [0.0, 0.0, 1.5, 2.0, 0.0]);
        assert_eq!(KernelTerm::Piece { from: 0.0, to: 1.0, exponent: 0 }.value(0.0), 1.0);
    }

    #[test]
    fn names_are_those_of_the_dictionary() {
        let names: Vec<String> = all().iter().map(KernelTerm::to_string).collect();
        assert_eq!(names[..3], ["exp(r)", "exp(-2.5r)", "sin(r)"]);
        assert_eq!(names[4..8], ["exp(-r)/r", "sgn(r-0.8)/r", "1 on (0, 0.5]", "r on (0.4, 1.3]"]);
        assert_eq!(names[8..12], ["1", "r", "r^2", "r^3"]);
        assert_eq!(names[15], "r^-1.5");
        let none = PairKernel::new(vec![KernelTerm::Sine], vec![0.0]).unwrap();
        assert_eq!(none.to_string(), "0");
    }

    #[test]
    fn impossible_terms_are_refused() {
        let bad = [
            (KernelTerm::power(-1.5), "cutoff"),
            (KernelTerm::power(f64::NAN), "exponent"),
            (KernelTerm::Exponential { rate: 0.0 }, "rate"),
            (KernelTerm::Yukawa { cutoff: 0.0 }, "cutoff"),
            (KernelTerm::Sign { radius: -1.0, cutoff: 0.1 }, "radius"),
            (KernelTerm::Sign { radius: 1.0, cutoff: f64::INFINITY }, "cutoff"),
            (KernelTerm::Piece { from: 1.0, to: 1.0, exponent: 0 }, "to"),
            (KernelTerm::Piece { from: -1.0, to: 1.0, exponent: 0 }, "from"),
            (KernelTerm::Piece { from: 0.0, to: f64::NAN, exponent: 0 }, "to"),
        ];
        for (term, name) in bad {
            let error = term.check().unwrap_err();
            assert!(
                matches!(error, LawError::KernelTerm { field, .. } if field == name),
                "{error}"
            );
        }
        let error = PairKernel::new(vec![KernelTerm::Sine], vec![]).unwrap_err();
        assert!(matches!(error, LawError::WeightCount { expected: 1, found: 0 }), "{error}");
        let error = PairKernel::new(vec![KernelTerm::Sine], vec![f64::NAN]).unwrap_err();
        assert!(matches!(error, LawError::NonFiniteWeight { term_idx: 0, .. }), "{error}");
    }
}
