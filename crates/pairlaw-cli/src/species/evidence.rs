//! What the data support, as it is kept between stages.

use crate::law_json::{StoredForce, Verdict};
use pairlaw::species::{LawForce, PartEvidence, SpeciesEvidence};
use serde::{Deserialize, Serialize};

/// What the data support.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// Of each species; of everybody where there is none.
    pub(super) species: Vec<Weighed>,
    /// Score of each individual's track, and what it lacks most.
    pub(super) information: Vec<Option<(f64, String)>>,
}

/// A gain below this is next to nothing, however sure it is.
const TELLING: f64 = 0.05;

impl Evidence {
    /// Whether held-out time supports the law of some species or its interaction, and that explains
    /// something worth telling.
    pub(super) fn tells(&self) -> bool {
        let tells = |part: &Part| part.verdict == Verdict::Supported && part.gain > TELLING;
        self.species.iter().flat_map(|weighed| [&weighed.interaction, &weighed.law]).any(tells)
    }
}

/// [`pairlaw::species::SpeciesEvidence`] as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Weighed {
    pub(super) n_members: usize,
    pub(super) law: Part,
    pub(super) interaction: Part,
    /// Name of each force.
    pub(super) forces: Vec<(String, Part)>,
    /// Column of each term.
    pub(super) terms: Vec<(usize, Verdict)>,
    pub(super) baseline: Comparison,
}

/// [`pairlaw::species::PartEvidence`] as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) gain: f64,
    /// Infinite where there is too little to tell.
    pub(super) standard_error: Option<f64>,
    pub(super) shifted: Vec<f64>,
    pub(super) verdict: Verdict,
}

/// [`pairlaw::species::Baseline`] as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Comparison {
    pub(super) n: usize,
    pub(super) n_better: usize,
    /// Median ΔV; none without simulations or where it is infinite.
    pub(super) law: Option<f64>,
    pub(super) constant_velocity: Option<f64>,
    pub(super) is_better: Option<bool>,
}

impl From<&PartEvidence> for Part {
    fn from(part: &PartEvidence) -> Self {
        Self {
            gain: part.gain,
            standard_error: Some(part.standard_error).filter(|error| error.is_finite()),
            shifted: part.shifted.clone(),
            verdict: part.verdict.into(),
        }
    }
}

impl From<&SpeciesEvidence> for Weighed {
    fn from(evidence: &SpeciesEvidence) -> Self {
        let name = |force: &LawForce| match force {
            LawForce::Pair(force) => StoredForce::from(*force).name().to_owned(),
            LawForce::OneBody(kind) => (*kind).to_owned(),
        };
        let finite = |x: f64| Some(x).filter(|x| x.is_finite());
        let baseline = &evidence.baseline;
        Self {
            n_members: evidence.n_members,
            law: Part::from(&evidence.law),
            interaction: Part::from(&evidence.interaction),
            forces: evidence.forces.iter().map(|(f, part)| (name(f), Part::from(part))).collect(),
            terms: evidence.terms.iter().map(|(k, part)| (*k, part.verdict.into())).collect(),
            baseline: Comparison {
                n: baseline.n,
                n_better: baseline.n_better,
                law: finite(baseline.law),
                constant_velocity: finite(baseline.constant_velocity),
                is_better: baseline.is_better(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walkers at constant velocity have accelerations of which neighbours surely explain 2 %: that is
    /// no reason to leave laws of velocities untried.
    #[test]
    fn what_is_sure_and_small_tells_next_to_nothing() {
        let part =
            |gain, verdict| Part { gain, standard_error: None, shifted: Vec::new(), verdict };
        let tells = |interaction, law| {
            let baseline = Comparison {
                n: 0,
                n_better: 0,
                law: None,
                constant_velocity: None,
                is_better: None,
            };
            let (forces, terms) = (Vec::new(), Vec::new());
            let weighed = Weighed { n_members: 9, law, interaction, forces, terms, baseline };
            Evidence { species: vec![weighed], information: Vec::new() }.tells()
        };
        let (small, large) = (part(0.02, Verdict::Supported), part(0.9, Verdict::Supported));
        let unsure = part(0.9, Verdict::Undetermined);
        assert!(!tells(small.clone(), small.clone()) && !tells(unsure.clone(), small.clone()));
        assert!(tells(large.clone(), small.clone()) && tells(unsure, large));
    }
}
