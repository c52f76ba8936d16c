//! The three artificial species of the WSINDy paper.

use pairlaw_law::{Angular, Direction, Force, Law, Radial, Term};

/// An artificial species, by the forces it obeys:
///
/// ```text
/// f_a-r(r, θ)   = (15 + 10 cos 2θ)(e^{−20r} − ¼ e^{−10r})      A, B
/// f_align(r, θ) = −(8 + 8 cos θ) e^{−8r}                       A, C
/// f_drag(s)     = −5 s                                         A, B, C
/// ```
///
/// # Source
/// Messenger et al. (2022), J. R. Soc. Interface 19:20220412, Fig. 4.1 and Table 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Species {
    /// Attraction–repulsion, alignment and drag.
    A,
    /// Attraction–repulsion and drag.
    B,
    /// Alignment and drag.
    C,
}

impl Species {
    /// The letter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }

    /// The forces it obeys, in the order of the paper's Table 1.
    #[must_use]
    pub fn forces(self) -> Vec<Force> {
        let all = [Force::AttractionRepulsion, Force::Alignment, Force::Drag];
        let lacks = match self {
            Self::A => None,
            Self::B => Some(Force::Alignment),
            Self::C => Some(Force::AttractionRepulsion),
        };
        all.into_iter().filter(|force| Some(*force) != lacks).collect()
    }

    /// The exact law.
    #[must_use]
    pub fn law(self, direction: Direction) -> Law {
        let (terms, weights) =
            self.forces().into_iter().flat_map(force_terms).unzip::<_, _, Vec<_>, Vec<_>>();
        Law::new(terms, weights, direction).expect("the paper's terms are valid")
    }
}

fn force_terms(force: Force) -> Vec<(Term, f64)> {
    let term = |angular, radial| Term { force, angular, radial };
    let exponential = |rate| Radial::Exponential { rate };
    match force {
        Force::AttractionRepulsion => vec![
            (term(Angular::Cosine(0), exponential(20.0)), 15.0),
            (term(Angular::Cosine(0), exponential(10.0)), -0.25 * 15.0),
            (term(Angular::Cosine(2), exponential(20.0)), 10.0),
            (term(Angular::Cosine(2), exponential(10.0)), -0.25 * 10.0),
        ],
        Force::Alignment => vec![(term(Angular::OnePlusCosine(1), exponential(8.0)), -8.0)],
        Force::Drag => vec![(term(Angular::Cosine(0), Radial::Power { exponent: 1 }), -5.0)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_true_modes() {
        let code = |species: Species| species.law(Direction::Difference).modes().to_string();
        assert_eq!(code(Species::A), "10101010");
        assert_eq!(code(Species::B), "10100010");
        assert_eq!(code(Species::C), "00001010");
    }

    #[test]
    fn forces_are_the_printed_formulas() {
        let law = Species::A.law(Direction::Difference);
        for (r, theta) in [(0.05f64, 0.3f64), (0.2, 2.0), (1.4, 3.0)] {
            let expected = (15.0 + 10.0 * (2.0 * theta).cos())
                * ((-20.0 * r).exp() - 0.25 * (-10.0 * r).exp());
            let found = law.force(Force::AttractionRepulsion, r, theta.cos());
            assert!((found - expected).abs() < 1e-13);
            let expected = -(8.0 + 8.0 * theta.cos()) * (-8.0 * r).exp();
            assert!((law.force(Force::Alignment, r, theta.cos()) - expected).abs() < 1e-13);
            assert!((law.force(Force::Drag, r, theta.cos()) + 5.0 * r).abs() < 1e-13);
        }
    }
}
