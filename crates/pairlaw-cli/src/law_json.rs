//! Laws as JSON: terms that a program can read, formulas that people can.

use crate::error::CliError;
use crate::options::PairDirection;
use pairlaw::species::{force_formula, one_body_formula};
use pairlaw_law::{Angular, Direction, Force, Law, OneBody, Order, Radial, Term};
use pairlaw_run::Failure;
use serde::{Deserialize, Serialize};

/// A law in the units of the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredLaw {
    /// What attraction–repulsion multiplies.
    pub(crate) direction: PairDirection,
    /// N, by which sums over neighbours are divided.
    pub(crate) n_reference: f64,
    /// 2 where the law gives accelerations, 1 where it gives velocities.
    pub(crate) order: u8,
    /// Terms whose weight is not 0.
    pub(crate) terms: Vec<StoredTerm>,
    /// Terms that know no neighbour, not divided by N.
    pub(crate) one_body: Vec<StoredOneBody>,
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
    /// Whether held-out time supports the term; none where nobody asked.
    pub(crate) verdict: Option<Verdict>,
}

/// A term on the individual alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredOneBody {
    /// Its name, such as `propulsion 1`, `field x`, `gradient x y`, `wall exp(-2d)`.
    pub(crate) term: String,
    /// Of a wall, how its repulsion depends on the distance: `term` gives scales to four digits only.
    pub(crate) radial: Option<StoredRadial>,
    pub(crate) weight: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) inclusion: Option<f64>,
    pub(crate) verdict: Option<Verdict>,
}

/// What data say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Supported,
    NotSupported,
    /// Too little was seen to tell.
    Undetermined,
}

impl Verdict {
    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::NotSupported => "not supported",
            Self::Undetermined => "undetermined",
        }
    }
}

impl From<pairlaw::species::Verdict> for Verdict {
    fn from(verdict: pairlaw::species::Verdict) -> Self {
        match verdict {
            pairlaw::species::Verdict::Supported => Self::Supported,
            pairlaw::species::Verdict::NotSupported => Self::NotSupported,
            pairlaw::species::Verdict::Undetermined => Self::Undetermined,
        }
    }
}

/// How sure the terms of a law are, a column a term, pair terms first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certainty {
    /// `[low, high, inclusion]` of every column; empty without a bootstrap.
    pub(crate) intervals: Vec<[f64; 3]>,
    /// Columns with their verdicts.
    pub(crate) verdicts: Vec<(usize, Verdict)>,
}

impl Certainty {
    fn interval(&self, column: usize) -> [Option<f64>; 3] {
        self.intervals.get(column).map_or([None; 3], |interval| interval.map(Some))
    }

    fn verdict(&self, column: usize) -> Option<Verdict> {
        self.verdicts.iter().find(|(known, _)| *known == column).map(|(_, verdict)| *verdict)
    }
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

impl From<Radial> for StoredRadial {
    fn from(radial: Radial) -> Self {
        match radial {
            Radial::Laguerre { degree, scale } => Self::Laguerre { degree, scale },
            Radial::Exponential { rate } => Self::Exponential { rate },
            Radial::Power { exponent } => Self::Power { exponent },
        }
    }
}

impl From<StoredRadial> for Radial {
    fn from(radial: StoredRadial) -> Self {
        match radial {
            StoredRadial::Laguerre { degree, scale } => Self::Laguerre { degree, scale },
            StoredRadial::Exponential { rate } => Self::Exponential { rate },
            StoredRadial::Power { exponent } => Self::Power { exponent },
        }
    }
}

impl StoredOneBody {
    fn new(term: OneBody, weight: f64, column: usize, certainty: &Certainty) -> Self {
        let radial = match term {
            OneBody::Wall { radial } => Some(radial.into()),
            _ => None,
        };
        let [low, high, inclusion] = certainty.interval(column);
        let verdict = certainty.verdict(column);
        Self { term: term.name(), radial, weight, low, high, inclusion, verdict }
    }

    fn term(&self) -> Result<OneBody, CliError> {
        let known = match self.radial {
            Some(radial) => Some(OneBody::Wall { radial: radial.into() }),
            None => OneBody::from_name(&self.term),
        };
        known.ok_or_else(|| CliError::UnknownStoredTerm { name: self.term.clone() })
    }
}

impl StoredTerm {
    fn new(term: &Term, weight: f64, column: usize, certainty: &Certainty) -> Self {
        let angular = match term.angular {
            Angular::Cosine(harmonic) => StoredAngular::Cosine { harmonic },
            Angular::OnePlusCosine(harmonic) => StoredAngular::OnePlusCosine { harmonic },
        };
        let radial = term.radial.into();
        let [low, high, inclusion] = certainty.interval(column);
        let verdict = certainty.verdict(column);
        let force = term.force.into();
        Self { force, angular, radial, weight, low, high, inclusion, verdict }
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
        Term { force: self.force.into(), angular, radial: self.radial.into() }
    }
}

impl StoredLaw {
    /// A law with what is known of its terms.
    pub(crate) fn new(law: &Law, order: Order, n_reference: f64, certainty: &Certainty) -> Self {
        let terms = law.terms.iter().zip(&law.weights).enumerate();
        let kept = terms.filter(|(_, (_, weight))| **weight != 0.0);
        let one_body = (law.terms.len()..).zip(&law.one_body);
        let own = one_body.filter(|(_, (_, weight))| *weight != 0.0);
        Self {
            direction: law.direction.into(),
            n_reference,
            order: if order == Order::First { 1 } else { 2 },
            terms: kept.map(|(k, (t, w))| StoredTerm::new(t, *w, k, certainty)).collect(),
            one_body: own.map(|(k, (t, w))| StoredOneBody::new(*t, *w, k, certainty)).collect(),
            formula: formula(law, order),
        }
    }

    /// What the law gives.
    pub(crate) fn order(&self) -> Order {
        if self.order == 1 { Order::First } else { Order::Second }
    }

    /// The law that was stored.
    pub(crate) fn law(&self) -> Result<Law, Failure> {
        let terms = self.terms.iter().map(StoredTerm::term).collect();
        let weights = self.terms.iter().map(|t| t.weight).collect();
        let own = self.one_body.iter().map(|t| Ok((t.term()?, t.weight)));
        let own = own.collect::<Result<_, CliError>>()?;
        Ok(Law::new(terms, weights, self.direction.into())?.with_one_body(own)?)
    }
}

/// All forces of a law, a line each.
fn formula(law: &Law, order: Order) -> String {
    let forces = [
        (Force::AttractionRepulsion, "f_a-r(r, θ)"),
        (Force::Alignment, "f_align(r, θ)"),
        (Force::Drag, "f_drag(s, θ)"),
    ];
    let line = |(force, symbol)| {
        format!("{symbol} = {}", force_formula(law, force).unwrap_or_else(|| "0".to_owned()))
    };
    let known = if order == Order::First { &forces[..1] } else { &forces };
    let own = law
        .one_body_kinds()
        .into_iter()
        .filter_map(|kind| Some(format!("F_{kind} = {}", one_body_formula(law, kind)?)));
    known.iter().copied().map(line).chain(own).collect::<Vec<String>>().join("\n")
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
        let walls = OneBody::Wall { radial: Radial::Exponential { rate: 1.0 / 3.0 } };
        let one_body = vec![(walls, 0.7), (OneBody::Field { axis: 1 }, -2.0)];
        let law = law.with_one_body(one_body).unwrap();
        let intervals = vec![[-1.0, 0.1, 0.5]; law.terms.len() + 2];
        let verdicts = vec![(0, Verdict::Supported), (law.terms.len() + 1, Verdict::Undetermined)];
        let certainty = Certainty { intervals, verdicts };
        let stored = StoredLaw::new(&law, Order::First, 40.0, &certainty);
        let text = serde_json::to_string(&stored).unwrap();
        let read: StoredLaw = serde_json::from_str(&text).unwrap();
        let back = read.law().unwrap();
        // √9 − 3 is 0: that term is left out.
        assert_eq!(back.terms.len(), law.terms.len() - 1);
        assert!(law.active().eq(back.active()));
        assert_eq!((back.direction, read.terms[0].high), (Direction::Unit, Some(0.1)));
        assert_eq!((back.one_body, read.order), (law.one_body, 1));
        assert_eq!(read.terms[0].verdict, Some(Verdict::Supported));
        assert_eq!(read.one_body[1].verdict, Some(Verdict::Undetermined));
    }

    #[test]
    fn json_names_what_a_reader_expects() {
        let term = Term {
            force: Force::AttractionRepulsion,
            angular: Angular::Cosine(1),
            radial: Radial::Laguerre { degree: 2, scale: 36.0 },
        };
        let law = Law::new(vec![term], vec![1.5], Direction::Difference).unwrap();
        let value =
            serde_json::to_value(StoredLaw::new(&law, Order::Second, 3.0, &Certainty::default()))
                .unwrap();
        let term = &value["terms"][0];
        assert_eq!(term["force"], "attraction-repulsion");
        assert_eq!(term["angular"]["kind"], "cosine");
        assert_eq!(term["radial"]["degree"], 2);
        assert!(term["low"].is_null() && value["formula"].as_str().unwrap().contains("L2(36r)"));
    }
}
