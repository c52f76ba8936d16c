//! `result.json` of the species learner, and its summary for people.

use super::evidence::Weighed;
use crate::head::Head;
use crate::law_json::{StoredLaw, Verdict};
use crate::options::SpeciesOptions;
use crate::output::short;
use pairlaw_law::Order;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything that was found, in the units of the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SpeciesResult {
    #[serde(flatten)]
    pub(crate) head: Head<SpeciesOptions>,
    /// None where there was nothing to prepare.
    pub(crate) preparation: Option<Prepared>,
    /// Largest first.
    pub(crate) species: Vec<SpeciesFound>,
    /// Ids of those who belong to none.
    pub(crate) undetermined: Vec<String>,
    /// What the data support, claim by claim.
    pub(crate) support: Vec<Support>,
    /// Checks of data and result, with advice where one fails.
    pub(crate) checks: Vec<Check>,
    /// Mean log residual with 1, 2, … species.
    pub(crate) curve: Vec<f64>,
}

/// Choices that the data made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Prepared {
    /// The learner's units of length and time, in those of the input.
    pub(crate) length_scale: f64,
    pub(crate) time_scale: f64,
    /// Time between frames.
    pub(crate) dt: f64,
    pub(crate) n_frames: usize,
    /// How velocities were found.
    pub(crate) velocity: String,
    /// Standard deviation of the errors of one coordinate.
    pub(crate) noise: f64,
    /// m and p of the test functions.
    pub(crate) half_width: usize,
    pub(crate) degree: u32,
    pub(crate) near_field: f64,
    pub(crate) far_field: f64,
    pub(crate) largest_distance: f64,
    /// Individuals with enough samples in a row for a weak system.
    pub(crate) n_with_rows: usize,
}

/// One species.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SpeciesFound {
    /// Ids as in the input.
    pub(crate) members: Vec<String>,
    pub(crate) law: StoredLaw,
    /// The law in words.
    pub(crate) description: String,
    /// Median weak residual of the members; none where the classifier has none.
    pub(crate) residual: Option<f64>,
    /// Median error of simulated velocities of the members under the law, and at constant velocity.
    pub(crate) velocity_error: Option<f64>,
    pub(crate) constant_velocity_error: Option<f64>,
    /// Share of the members whom the law predicts better than constant velocity does, in the time that
    /// it was learned from.
    pub(crate) share_better: Option<f64>,
    /// Largest speed of a member.
    pub(crate) largest_speed: f64,
}

/// One claim about the data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Support {
    /// What is claimed, such as `species 1: beats constant velocity`.
    pub(crate) claim: String,
    pub(crate) verdict: Verdict,
    /// Numbers and reasons.
    pub(crate) reason: String,
}

/// One check of the data or the result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) is_good: bool,
    /// What to do where it is not; empty where it is.
    pub(crate) advice: String,
}

/// The sentences that a reader sees first: what is not supported comes before all else.
pub(super) fn verdict(
    species: &[SpeciesFound],
    n_undetermined: usize,
    weighed: &[Weighed],
    order: Order,
) -> String {
    let interaction = interaction(weighed);
    let acts = weighed.iter().any(|w| w.interaction.verdict == Verdict::Supported);
    if species.is_empty() && acts {
        return "No law was found that explains anybody's whole motion, but neighbours act: allow more terms \
                (--propulsion, --field), or give more data."
            .to_owned();
    }
    if species.is_empty() {
        return format!(
            "No law was found: no set of terms explains anybody's motion better than none. {interaction}"
        );
    }
    let sizes: Vec<String> = species.iter().map(|s| s.members.len().to_string()).collect();
    let left = match n_undetermined {
        0 => String::new(),
        1 => "; 1 belongs to none".to_owned(),
        n => format!("; {n} belong to none"),
    };
    let laws = match order {
        Order::First => ", by laws of first order (velocities)",
        Order::Second => "",
    };
    let found =
        format!("{} of {} individuals{laws}{left}", plural(species.len()), sizes.join(" + "));
    let of = |better| weighed.iter().filter(|w| w.baseline.is_better == better).count();
    match of(Some(true)) {
        0 if of(None) == 0 => format!(
            "Not supported: no law found predicts better than constant velocity. What the regression \
             gave should not be relied on: {found}. {interaction}"
        ),
        0 => format!(
            "Undetermined: no law found is shown to predict better than constant velocity, nor all to be \
             worse: {found}. {interaction}"
        ),
        n if n < species.len() => format!(
            "{found}. Only {n} of {} laws predict better than constant velocity: see which below. \
             {interaction}",
            species.len()
        ),
        _ => format!(
            "{found}. Every law predicts better than constant velocity. {interaction}{}",
            unexplained(species)
        ),
    }
}

/// Whether neighbours act.
fn interaction(weighed: &[Weighed]) -> String {
    let of = |verdict| -> Vec<usize> {
        let has = |k: &usize| weighed[*k].interaction.verdict == verdict;
        (0..weighed.len()).filter(has).collect()
    };
    let (supported, undetermined) = (of(Verdict::Supported), of(Verdict::Undetermined));
    if supported.len() == weighed.len() {
        return "Interaction between individuals is supported.".to_owned();
    }
    if !supported.is_empty() {
        let list: Vec<String> = supported.iter().map(|k| (k + 1).to_string()).collect();
        return format!("Interaction is supported in species {} only.", list.join(", "));
    }
    match undetermined.is_empty() {
        true => {
            "No interaction is supported: one worth 5 % of what is left unexplained would have been seen.".to_owned()
        }
        false => "No interaction is supported; the data are too few or too noisy to exclude one."
            .to_owned(),
    }
}

/// A warning where the laws leave most of the acceleration.
fn unexplained(species: &[SpeciesFound]) -> String {
    let worst = species.iter().filter_map(|s| s.residual).fold(0.0, f64::max);
    if worst < MOST_UNEXPLAINED {
        return String::new();
    }
    format!(" But {:.0} % of the motion stay unexplained.", 100.0 * worst.min(1.0))
}

/// A law that leaves more of the acceleration of the typical member is reported with a warning.
const MOST_UNEXPLAINED: f64 = 0.5;

fn plural(n: usize) -> String {
    if n == 1 { "1 species".to_owned() } else { format!("{n} species") }
}

/// The beginning of a long line.
fn cut(line: &str) -> String {
    const LONGEST: usize = 240;
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} …", &line[..at]),
        None => line.to_owned(),
    }
}

impl fmt::Display for SpeciesResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.head.verdict)?;
        for (k, species) in self.species.iter().enumerate().take(4) {
            writeln!(f, "\nspecies {}: {} individuals", k + 1, species.members.len())?;
            for line in species.description.lines().filter(|line| !line.starts_with(' ')) {
                writeln!(f, "  {}", cut(line))?;
            }
            let told = |x: Option<f64>| x.map_or("unknown".to_owned(), short);
            writeln!(
                f,
                "  error of simulated velocities {}, at constant velocity {}",
                told(species.velocity_error),
                told(species.constant_velocity_error)
            )?;
        }
        if self.species.len() > 4 {
            writeln!(f, "\n… and {} more, see result.json", self.species.len() - 4)?;
        }
        if !self.undetermined.is_empty() {
            let n = self.undetermined.len();
            let belong = if n == 1 { "individual belongs" } else { "individuals belong" };
            writeln!(f, "\n{n} {belong} to no species")?;
        }
        for check in self.checks.iter().filter(|check| !check.is_good) {
            writeln!(f, "attention: {} is {}. {}", check.name, check.value, check.advice)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{Comparison, Part};
    use super::*;
    use crate::law_json::Certainty;
    use pairlaw_law::{Direction, Law};

    fn species(residual: Option<f64>) -> SpeciesFound {
        let empty = Law::new(Vec::new(), Vec::new(), Direction::Difference).unwrap();
        SpeciesFound {
            members: (0..25).map(|id| id.to_string()).collect(),
            law: StoredLaw::new(&empty, Order::Second, 2.0, &Certainty::default()),
            description: String::new(),
            residual,
            velocity_error: None,
            constant_velocity_error: None,
            share_better: None,
            largest_speed: 1.0,
        }
    }

    fn weighed(interaction: Verdict, is_better: Option<bool>) -> Weighed {
        let part = |verdict| Part { gain: 0.0, standard_error: None, shifted: Vec::new(), verdict };
        Weighed {
            n_members: 25,
            law: part(Verdict::Supported),
            interaction: part(interaction),
            forces: Vec::new(),
            terms: Vec::new(),
            baseline: Comparison {
                n: 9,
                n_better: 9,
                law: None,
                constant_velocity: None,
                is_better,
            },
        }
    }

    #[test]
    fn the_verdict_says_first_what_is_not_supported() {
        use Verdict::{NotSupported, Supported, Undetermined};
        let told = |residuals: &[Option<f64>], weighed: &[Weighed], n_undetermined| {
            let species: Vec<SpeciesFound> = residuals.iter().map(|r| species(*r)).collect();
            verdict(&species, n_undetermined, weighed, Order::Second)
        };
        let (good, bad) = (weighed(Supported, Some(true)), weighed(NotSupported, Some(false)));
        let nothing = told(&[], std::slice::from_ref(&bad), 3);
        assert!(nothing.starts_with("No law") && nothing.contains("worth 5 %"), "{nothing}");
        assert!(told(&[None], std::slice::from_ref(&bad), 0).starts_with("Not supported"));
        let some = told(&[None, None], &[good.clone(), bad], 2);
        assert!(some.starts_with("2 species of 25 + 25 individuals; 2 belong to none"), "{some}");
        assert!(some.contains("Only 1 of 2") && some.contains("in species 1 only"), "{some}");
        let fine = told(&[None], std::slice::from_ref(&good), 0);
        assert!(
            fine.ends_with("velocity. Interaction between individuals is supported."),
            "{fine}"
        );
        let vague = told(&[Some(0.97)], &[good], 0);
        assert!(vague.ends_with("But 97 % of the motion stay unexplained."), "{vague}");
        let unsure = told(&[None], &[weighed(Undetermined, None)], 1);
        assert!(unsure.starts_with("Undetermined") && unsure.contains("too few"), "{unsure}");
        let acts = told(&[], &[weighed(Supported, None)], 9);
        assert!(acts.starts_with("No law") && acts.contains("neighbours act"), "{acts}");
        let first = verdict(&[species(None)], 0, &[weighed(Supported, Some(true))], Order::First);
        assert!(first.contains("individuals, by laws of first order"), "{first}");
    }
}
