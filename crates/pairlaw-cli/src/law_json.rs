//! Laws as JSON: terms that a program can read, formulas that people can.

use crate::options::PairDirection;
use pairlaw::species::force_formula;
use pairlaw_law::{Angular, Direction, Force, Law, LawError, Radial, Term};
use serde::{Deserialize, Serialize};

/// A law in the units of the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredLaw {
    /// What attraction–repulsion multiplies.
    pub(crate) direction: PairDirection,
    /// N, by which sums over neighbours are divided.
    pub(crate) n_reference: f64,
    /// Terms whose weight is not 0.
    pub(crate) terms: Vec<StoredTerm>,
    /// A line a force, coefficients to four digits.
    pub(crate) formula: String,
}

/// One term with its weight and how sure that is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredTerm {
    pub(crate) force: StoredForce,
    pub(crate) angular: StoredAngular,
    pub(crate) radial: StoredRadial,
    pub(crate) weight: f64,
    /// 2.5 % quantile of the bootstrap over individuals.
    pub(crate) low: Option<f64>,
    /// 97.5 % quantile.
    pub(crate) high: Option<f64>,
    /// Share of the draws that have the term.
    pub(crate) inclusion: Option<f64>,
}

/// The forces by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StoredForce {
    AttractionRepulsion,
    Alignment,
    Drag,
}

/// cos nθ, or 1 + cos nθ.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum StoredAngular {
    Cosine { harmonic: u8 },
    OnePlusCosine { harmonic: u8 },
}

/// Functions of the distance or, for drag, the speed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum StoredRadial {
    /// `L_degree(scale r) e^(−scale r/2)`.
    Laguerre { degree: u8, scale: f64 },
    /// `e^(−rate r)`.
    Exponential { rate: f64 },
    /// `r^exponent`.
    Power { exponent: u8 },
}

impl From<Force> for StoredForce {
    fn from(force: Force) -> Self {
        match force {
            Force::AttractionRepulsion => Self::AttractionRepulsion,
            Force::Alignment => Self::Alignment,
            Force::Drag => Self::Drag,
        }
    }
}

impl From<StoredForce> for Force {
    fn from(force: StoredForce) -> Self {
        match force {
            StoredForce::AttractionRepulsion => Self::AttractionRepulsion,
            StoredForce::Alignment => Self::Alignment,
            StoredForce::Drag => Self::Drag,
        }
    }
}

impl StoredForce {
    /// For headings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AttractionRepulsion => "attraction–repulsion",
            Self::Alignment => "alignment",
            Self::Drag => "drag",
        }
    }
}

impl From<Direction> for PairDirection {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Difference => Self::Difference,
            Direction::Unit => Self::Unit,
        }
    }
}

impl From<PairDirection> for Direction {
    fn from(direction: PairDirection) -> Self {
        match direction {
            PairDirection::Difference => Self::Difference,
            PairDirection::Unit => Self::Unit,
        }
    }
}

impl StoredTerm {
    fn new(term: &Term, weight: f64, interval: Option<[f64; 3]>) -> Self {
        let angular = match term.angular {
            Angular::Cosine(harmonic) => StoredAngular::Cosine { harmonic },
            Angular::OnePlusCosine(harmonic) => StoredAngular::OnePlusCosine { harmonic },
        };
        let radial = match term.radial {
            Radial::Laguerre { degree, scale } => StoredRadial::Laguerre { degree, scale },
            Radial::Exponential { rate } => StoredRadial::Exponential { rate },
            Radial::Power { exponent } => StoredRadial::Power { exponent },
        };
        let [low, high, inclusion] = interval.map_or([None; 3], |interval| interval.map(Some));
        let force = term.force.into();
        Self { force, angular, radial, weight, low, high, inclusion }
    }

    /// The term in words.
    pub(crate) fn formula(&self) -> String {
        self.term().formula()
    }

    fn term(&self) -> Term {
        let angular = match self.angular {
            StoredAngular::Cosine { harmonic } => Angular::Cosine(harmonic),
            StoredAngular::OnePlusCosine { harmonic } => Angular::OnePlusCosine(harmonic),
        };
        let radial = match self.radial {
            StoredRadial::Laguerre { degree, scale } => Radial::Laguerre { degree, scale },
            StoredRadial::Exponential { rate } => Radial::Exponential { rate },
            StoredRadial::Power { exponent } => Radial::Power { exponent },
        };
        Term { force: self.force.into(), angular, radial }
    }
}

impl StoredLaw {
    /// A law with, for every term, `[low, high, inclusion]` where there was a bootstrap.
    pub(crate) fn new(law: &Law, n_reference: f64, intervals: Option<&[[f64; 3]]>) -> Self {
        let terms = law.terms.iter().zip(&law.weights).enumerate();
        let kept = terms.filter(|(_, (_, weight))| **weight != 0.0);
        let interval = |k: usize| intervals.map(|intervals| intervals[k]);
        Self {
            direction: law.direction.into(),
            n_reference,
            terms: kept.map(|(k, (t, w))| StoredTerm::new(t, *w, interval(k))).collect(),
            formula: formula(law),
        }
    }

    /// The law that was stored.
    pub(crate) fn law(&self) -> Result<Law, LawError> {
        let terms = self.terms.iter().map(StoredTerm::term).collect();
        Law::new(terms, self.terms.iter().map(|t| t.weight).collect(), self.direction.into())
    }
}

/// All forces of a law, a line each.
fn formula(law: &Law) -> String {
    let forces = [
        (Force::AttractionRepulsion, "f_a-r(r, θ)"),
        (Force::Alignment, "f_align(r, θ)"),
        (Force::Drag, "f_drag(s, θ)"),
    ];
    let line = |(force, symbol)| {
        format!("{symbol} = {}", force_formula(law, force).unwrap_or_else(|| "0".to_owned()))
    };
    forces.map(line).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{PAPER_SCALE, paper_basis};

    #[test]
    fn laws_come_back_from_json_bit_for_bit() {
        let terms = paper_basis(PAPER_SCALE);
        let weights: Vec<f64> = (0..terms.len()).map(|k| (k as f64).sqrt() - 3.0).collect();
        let law = Law::new(terms, weights, Direction::Unit).unwrap();
        let intervals = vec![[-1.0, 0.1, 0.5]; law.terms.len()];
        let stored = StoredLaw::new(&law, 40.0, Some(&intervals));
        let text = serde_json::to_string(&stored).unwrap();
        let read: StoredLaw = serde_json::from_str(&text).unwrap();
        let back = read.law().unwrap();
        // √9 − 3 is 0: that term is left out.
        assert_eq!(back.terms.len(), law.terms.len() - 1);
        assert!(law.active().eq(back.active()));
        assert_eq!((back.direction, read.terms[0].high), (Direction::Unit, Some(0.1)));
    }

    #[test]
    fn json_names_what_a_reader_expects() {
        let term = Term {
            force: Force::AttractionRepulsion,
            angular: Angular::Cosine(1),
            radial: Radial::Laguerre { degree: 2, scale: 36.0 },
        };
        let law = Law::new(vec![term], vec![1.5], Direction::Difference).unwrap();
        let value = serde_json::to_value(StoredLaw::new(&law, 3.0, None)).unwrap();
        let term = &value["terms"][0];
        assert_eq!(term["force"], "attraction-repulsion");
        assert_eq!(term["angular"]["kind"], "cosine");
        assert_eq!(term["radial"]["degree"], 2);
        assert!(term["low"].is_null() && value["formula"].as_str().unwrap().contains("L2(36r)"));
    }
}
