//! Terms, bases of terms, and laws: weighted sums of terms.

use crate::angular::{Angular, HARMONICS};
use crate::error::LawError;
use crate::one_body::OneBody;
use crate::radial::Radial;
use std::fmt;

/// The three forces of the second-order model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// Along the line to the neighbour; positive values repel.
    AttractionRepulsion,
    /// Along the difference of velocities; negative values align.
    Alignment,
    /// Along the focal velocity; negative values brake.
    Drag,
}

/// The vector that attraction–repulsion multiplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// `x_i − x_j`, as printed in the paper's eq. (2.1).
    #[default]
    Difference,
    /// `(x_i − x_j) / |x_i − x_j|`, as in the authors' program.
    Unit,
}

/// What a law gives: the acceleration of an individual, or its velocity where friction rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// `v_i` = law: cells on a substrate, beads in a liquid, crowds seen from afar.
    First,
    /// `ẍ_i` = law, as in the paper.
    #[default]
    Second,
}

/// One basis function: a force, its angular mode and its radial function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Which force it belongs to.
    pub force: Force,
    /// Dependence on the angle θ_ij between v_i and x_j − x_i.
    pub angular: Angular,
    /// Dependence on the distance |x_i − x_j| or, for drag, on the speed |v_i|.
    pub radial: Radial,
}

impl Term {
    /// Value at a distance (drag: speed) and `cos θ`.
    #[must_use]
    pub fn value(&self, radius: f64, cos_angle: f64) -> f64 {
        self.angular.value(cos_angle) * self.radial.value(radius)
    }

    /// The formula in words, such as `(1+cos(θ)) exp(-8r)`.
    #[must_use]
    pub fn formula(&self) -> String {
        let argument = if self.force == Force::Drag { "s" } else { "r" };
        match (self.angular.formula(), self.radial.formula(argument)) {
            (angular, radial) if angular == "1" => radial,
            (angular, radial) if radial == "1" => angular,
            (angular, radial) => format!("{angular} {radial}"),
        }
    }
}

/// A weighted sum of terms that gives the acceleration of individual i among N:
///
/// ```text
/// a_i = (1/N) Σ_j [ f_a-r(r_ij, θ_ij) e_ij + f_align(r_ij, θ_ij) (v_i − v_j) + f_drag(|v_i|, θ_ij) v_i ]
/// ```
///
/// with `e_ij` chosen by [`Direction`], `r_ij = |x_i − x_j|` and θ_ij the angle between v_i and
/// x_j − x_i. The sum runs over all N, i itself included: there both vectors vanish and cos θ = 0.
/// Where a length is zero, cos θ is 0 and the unit vector vanishes. To this come the terms of
/// [`OneBody`], without 1/N; the paper's laws have none.
///
/// # Source
/// Messenger, Wheeler, Liu, Bortz (2022), J. R. Soc. Interface 19:20220412, eq. (2.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// The pair terms.
    pub terms: Vec<Term>,
    /// One weight a pair term.
    pub weights: Vec<f64>,
    /// The vector that attraction–repulsion multiplies.
    pub direction: Direction,
    /// The one-body terms with their weights.
    pub one_body: Vec<(OneBody, f64)>,
}

impl Law {
    /// Pairs terms with weights; there are no one-body terms.
    ///
    /// # Errors
    /// [`LawError::NonFiniteWeight`], [`LawError::UnknownHarmonic`], [`LawError::BadScale`].
    ///
    /// # Panics
    /// If the numbers of terms and weights differ.
    pub fn new(
        terms: Vec<Term>,
        weights: Vec<f64>,
        direction: Direction,
    ) -> Result<Self, LawError> {
        assert_eq!(terms.len(), weights.len(), "terms and weights differ in number");
        let law = Self { terms, weights, direction, one_body: Vec::new() };
        law.check()?;
        Ok(law)
    }

    /// The same law with these one-body terms.
    ///
    /// # Errors
    /// [`LawError::NonFiniteWeight`], [`LawError::BadScale`] of a wall's radial function; their
    /// `term_idx` counts one-body terms after the pair terms.
    pub fn with_one_body(mut self, one_body: Vec<(OneBody, f64)>) -> Result<Self, LawError> {
        self.one_body = one_body;
        self.check()?;
        Ok(self)
    }

    /// Checks what [`Law::new`] checks, for laws whose fields were changed.
    pub(crate) fn check(&self) -> Result<(), LawError> {
        for (term_idx, (term, weight)) in self.terms.iter().zip(&self.weights).enumerate() {
            check_term(term_idx, term)?;
            if !weight.is_finite() {
                return Err(LawError::NonFiniteWeight { term_idx, weight: *weight });
            }
        }
        for (term_idx, (term, weight)) in (self.terms.len()..).zip(&self.one_body) {
            if let OneBody::Wall { radial } = term {
                check_radial(term_idx, *radial)?;
            }
            if !weight.is_finite() {
                return Err(LawError::NonFiniteWeight { term_idx, weight: *weight });
            }
        }
        Ok(())
    }

    /// The pair terms whose weight is not zero, with their weights.
    pub fn active(&self) -> impl Iterator<Item = (&Term, f64)> {
        self.terms.iter().zip(self.weights.iter().copied()).filter(|(_, weight)| is_active(*weight))
    }

    /// The one-body terms whose weight is not zero, with their weights.
    pub fn active_one_body(&self) -> impl Iterator<Item = (OneBody, f64)> {
        self.one_body.iter().copied().filter(|(_, weight)| is_active(*weight))
    }

    /// The [kinds](OneBody::kind) of active one-body terms, each once, in the order of the terms.
    #[must_use]
    pub fn one_body_kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for (term, _) in self.active_one_body() {
            if !kinds.contains(&term.kind()) {
                kinds.push(term.kind());
            }
        }
        kinds
    }

    /// All weights: of pair terms, then of one-body terms.
    #[must_use]
    pub fn all_weights(&self) -> Vec<f64> {
        let one_body = self.one_body.iter().map(|(_, weight)| *weight);
        self.weights.iter().copied().chain(one_body).collect()
    }

    /// Value of one force at a distance (drag: speed) and `cos θ`, term by term: the plain path.
    #[must_use]
    pub fn force(&self, force: Force, radius: f64, cos_angle: f64) -> f64 {
        let terms = self.active().filter(|(term, _)| term.force == force);
        terms.map(|(term, weight)| weight * term.value(radius, cos_angle)).sum()
    }

    /// Whether any active pair term belongs to `force`.
    #[must_use]
    pub fn has(&self, force: Force) -> bool {
        self.active().any(|(term, _)| term.force == force)
    }

    /// Which angular modes of which force are active; one-body terms have none.
    #[must_use]
    pub fn modes(&self) -> ModeCode {
        let mut code = ModeCode::default();
        for (term, _) in self.active() {
            let n = term.angular.harmonic();
            match term.force {
                Force::AttractionRepulsion => code.attraction_repulsion[n] = true,
                Force::Alignment => code.alignment[n] = true,
                Force::Drag => code.drag[n] = true,
            }
        }
        code
    }
}

/// A weight of exactly zero switches a term off.
fn is_active(weight: f64) -> bool {
    weight != 0.0
}

/// Whether a term can be computed.
pub(crate) fn check_term(term_idx: usize, term: &Term) -> Result<(), LawError> {
    let harmonic = term.angular.harmonic();
    if harmonic >= HARMONICS {
        return Err(LawError::UnknownHarmonic { term_idx, harmonic });
    }
    check_radial(term_idx, term.radial)
}

/// Whether a radial function can be computed.
fn check_radial(term_idx: usize, radial: Radial) -> Result<(), LawError> {
    match radial {
        Radial::Laguerre { scale, .. } | Radial::Exponential { rate: scale }
            if !(scale.is_finite() && scale > 0.0) =>
        {
            Err(LawError::BadScale { term_idx, scale })
        }
        _ => Ok(()),
    }
}

/// Active angular modes by basis index, in the order `f0 f1 f2 | a0 a1 a2 | d0 d1`; drag's third
/// mode is shown only where it is active.
///
/// # Source
/// Messenger et al. (2022), section 3.2. The index of the *basis function* counts: 1 + cos θ is
/// mode 1 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModeCode {
    /// Modes of attraction–repulsion.
    pub attraction_repulsion: [bool; HARMONICS],
    /// Modes of alignment.
    pub alignment: [bool; HARMONICS],
    /// Modes of drag.
    pub drag: [bool; HARMONICS],
}

impl fmt::Display for ModeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drag = if self.drag[2] { &self.drag[..] } else { &self.drag[..2] };
        let bits = self.attraction_repulsion.iter().chain(&self.alignment).chain(drag);
        bits.map(|&bit| u8::from(bit)).try_for_each(|bit| write!(f, "{bit}"))
    }
}

/// The paper's 88 terms: 54 for attraction–repulsion, 24 for alignment, 10 for drag.
///
/// ```text
/// cos(nθ) L_ℓ(αr) e^{−αr/2},  n = 0..2, ℓ = 0..17
/// (1 + cos nθ) e^{−2^ℓ r},    n = 0..2, ℓ = −2..5
/// (1 + cos nθ) |v|^ℓ,         n = 0..1, ℓ = 0..4
/// ```
///
/// `scale` is α in 1/length; [`PAPER_SCALE`] where distances reach about 2.
///
/// # Source
/// Messenger et al. (2022), section 3.1, "Trial Basis Functions".
#[must_use]
pub fn paper_basis(scale: f64) -> Vec<Term> {
    let laguerre = (0..3).flat_map(|n| {
        (0..18).map(move |degree| Term {
            force: Force::AttractionRepulsion,
            angular: Angular::Cosine(n),
            radial: Radial::Laguerre { degree, scale },
        })
    });
    let exponential = (0..3).flat_map(|n| {
        (-2..=5).map(move |l| Term {
            force: Force::Alignment,
            angular: Angular::OnePlusCosine(n),
            radial: Radial::Exponential { rate: 2f64.powi(l) },
        })
    });
    let power = (0..2).flat_map(|n| {
        (0..5).map(move |exponent| Term {
            force: Force::Drag,
            angular: Angular::OnePlusCosine(n),
            radial: Radial::Power { exponent },
        })
    });
    laguerre.chain(exponential).chain(power).collect()
}

/// α = 36, from `e^{−α r_max / 2} ≈ ε` with r_max ≈ 2 (Messenger et al. 2022, section 3.1).
pub const PAPER_SCALE: f64 = 36.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn drag(weight: f64, angular: Angular) -> Law {
        let term = Term { force: Force::Drag, angular, radial: Radial::Power { exponent: 1 } };
        Law::new(vec![term], vec![weight], Direction::Difference).unwrap()
    }

    #[test]
    fn paper_basis_has_54_24_and_10_terms() {
        let basis = paper_basis(PAPER_SCALE);
        let count = |force| basis.iter().filter(|term| term.force == force).count();
        assert_eq!(count(Force::AttractionRepulsion), 54);
        assert_eq!((count(Force::Alignment), count(Force::Drag)), (24, 10));
        assert_eq!(basis[54].formula(), "2 exp(-0.25r)");
        assert_eq!(basis[87].formula(), "(1+cos(θ)) s^4");
        assert_eq!(
            (basis[0].formula(), basis[78].formula()),
            ("L0(36r)exp(-18r)".into(), "2".into())
        );
    }

    #[test]
    fn modes_count_basis_indices_and_skip_zero_weights() {
        assert_eq!(drag(-5.0, Angular::OnePlusCosine(1)).modes().to_string(), "00000001");
        assert_eq!(drag(0.0, Angular::Cosine(0)).modes().to_string(), "00000000");
        assert_eq!(drag(1.0, Angular::Cosine(2)).modes().to_string(), "000000001");
    }

    #[test]
    fn force_is_the_weighted_sum() {
        let law = drag(-5.0, Angular::OnePlusCosine(1));
        assert!((law.force(Force::Drag, 0.2, 0.5) + 5.0 * 1.5 * 0.2).abs() < 1e-15);
        assert!(law.force(Force::Alignment, 0.2, 0.5).abs() < 1e-300);
        assert!(law.has(Force::Drag) && !law.has(Force::Alignment));
    }

    #[test]
    fn bad_terms_and_weights_are_named() {
        let term = |angular, radial| Term { force: Force::Alignment, angular, radial };
        let check = |term, weight| Law::new(vec![term], vec![weight], Direction::Unit).unwrap_err();
        let exponential = Radial::Exponential { rate: 1.0 };
        let error = check(term(Angular::Cosine(3), exponential), 1.0);
        assert_eq!(error, LawError::UnknownHarmonic { term_idx: 0, harmonic: 3 });
        let error = check(term(Angular::Cosine(0), Radial::Exponential { rate: -1.0 }), 1.0);
        assert_eq!(error, LawError::BadScale { term_idx: 0, scale: -1.0 });
        let error = check(term(Angular::Cosine(0), exponential), f64::INFINITY);
        assert_eq!(error, LawError::NonFiniteWeight { term_idx: 0, weight: f64::INFINITY });
        let one_body = |term| drag(1.0, Angular::Cosine(0)).with_one_body(vec![term]).unwrap_err();
        let error = one_body((OneBody::Field { axis: 0 }, f64::NEG_INFINITY));
        assert_eq!(error, LawError::NonFiniteWeight { term_idx: 1, weight: f64::NEG_INFINITY });
        let wall = OneBody::Wall { radial: Radial::Exponential { rate: 0.0 } };
        assert_eq!(one_body((wall, 1.0)), LawError::BadScale { term_idx: 1, scale: 0.0 });
    }

    #[test]
    fn one_body_terms_stand_beside_pair_terms() {
        let propulsion = |exponent| OneBody::Propulsion { exponent };
        let field = OneBody::Field { axis: 1 };
        let one_body =
            vec![(field, 0.5), (propulsion(0), 0.0), (propulsion(1), -2.0), (field, 1.0)];
        let law = drag(-5.0, Angular::Cosine(0)).with_one_body(one_body).unwrap();
        assert_eq!(law.all_weights(), [-5.0, 0.5, 0.0, -2.0, 1.0]);
        assert_eq!(law.one_body_kinds(), ["field", "propulsion"]);
        assert_eq!(law.active_one_body().count(), 3);
        assert_eq!(law.modes().to_string(), "00000010");
    }
}
