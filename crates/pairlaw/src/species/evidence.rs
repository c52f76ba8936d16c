//! What the data support of a learned law, and what they cannot tell.
//!
//! A regression always returns something. [`weigh_evidence`] asks of each species' law, of its
//! interaction as a whole, of every force and of every term three questions before it may be called
//! supported: does it explain time that it was not learned from; does it do so better than the same
//! regression among neighbours of another time, who cannot act; and does it predict better than
//! constant velocity.

mod held_out;
mod information;

pub use information::{Information, Weakness, individual_information};

use crate::species::Progress;
use crate::species::cell_systems::CellSystems;
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::evidence::held_out::{Fold, HeldOut, Part, fold_systems, folds};
use crate::species::learned::{Classification, LearnedSpecies};
use crate::species::preparation::Preparation;
use pairlaw_data::{Streams, Tracks};
use pairlaw_law::{Force, Law, LawKernels, Order, Term};
use pairlaw_sparse::PathConfig;
use pairlaw_validate::{Recording, Run, velocity_errors};
use pairlaw_weak::neighbour_tracks;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Choices of [`weigh_evidence`].
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `n_shifts` | 8 | times that neighbours are displaced by a random lag | ≥ 2 |
/// | `most_members` | 200 | members of a species that are asked | ≥ 1 |
/// | `sigmas` | 3 | standard errors that count as a difference | > 0 |
/// | `detectable` | .05 | gain that must have been visible before its absence is a finding | > 0 |
/// | `seed` | 1 | seed of the lags | |
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceConfig {
    /// Random lags of the null.
    pub n_shifts: usize,
    /// Members of a species that are asked, evenly among all.
    pub most_members: usize,
    /// Standard errors that count as a difference.
    pub sigmas: f64,
    /// A gain that would have been seen.
    pub detectable: f64,
    /// Seed of the lags.
    pub seed: u64,
}

impl Default for EvidenceConfig {
    fn default() -> Self {
        Self { n_shifts: 8, most_members: 200, sigmas: 3.0, detectable: 0.05, seed: 1 }
    }
}

impl EvidenceConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// [`SpeciesError::BadConfig`] with the name of the field.
    pub fn check(&self) -> Result<(), SpeciesError> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let (shifts, members) = (self.n_shifts as f64, self.most_members as f64);
        let rules = [
            ("n_shifts", shifts, self.n_shifts >= 2, "at least 2"),
            ("most_members", members, self.most_members >= 1, "at least 1"),
            ("sigmas", self.sigmas, positive(self.sigmas), "positive"),
            ("detectable", self.detectable, positive(self.detectable), "positive"),
        ];
        match rules.into_iter().find(|(.., is_good, _)| !is_good) {
            Some((field, value, _, needed)) => {
                Err(SpeciesError::BadConfig { field, value, needed })
            }
            None => Ok(()),
        }
    }
}

/// Whether data support something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Held-out time shows it, and neighbours of another time do not.
    Supported,
    /// It would have been seen, and was not.
    NotSupported,
    /// The data are too few or too noisy to tell.
    Undetermined,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Supported => "supported",
            Self::NotSupported => "not supported",
            Self::Undetermined => "undetermined",
        })
    }
}

/// What one part of a law is worth in time that it was not learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct PartEvidence {
    /// Mean of what is left less with the part than without it, relative to the mean of both,
    /// `2 (ρ₀ − ρ)/(ρ₀ + ρ)`: positive where it helps, next to the fall of ln ρ where small, below 2.
    pub gain: f64,
    /// Standard error of the mean over members and folds; infinite with fewer than four.
    pub standard_error: f64,
    /// The same gains among neighbours displaced in time; empty where the part knows no neighbours.
    pub shifted: Vec<f64>,
    /// What follows.
    pub verdict: Verdict,
}

impl PartEvidence {
    /// Judges the gains of members in held-out folds beside those among displaced neighbours:
    ///
    /// ```text
    /// excess = mean gain − max(0, mean shifted),   error² = se² + sd²_shifted (1 + 1/K)
    /// supported      excess > sigmas · error, and the gain beats every shifted one
    /// not supported  excess + sigmas · error ≤ detectable, and the mean shifted gain ≤ detectable
    /// undetermined   otherwise
    /// ```
    ///
    /// Where neighbours of another time explain much, as in a tissue that hardly moves, they are no null:
    /// then nothing can be excluded.
    fn new(gains: &[f64], shifted: Vec<f64>, config: &EvidenceConfig) -> Self {
        let (gain, deviation) = mean_and_deviation(gains);
        let is_enough = gains.len() >= LEAST_GAINS;
        let standard_error =
            if is_enough { deviation / (gains.len() as f64).sqrt() } else { f64::INFINITY };
        let (shifted_mean, shifted_deviation) = match shifted.len() {
            0 => (0.0, 0.0),
            n => {
                let (mean, deviation) = mean_and_deviation(&shifted);
                (mean, deviation * (1.0 + 1.0 / n as f64).sqrt())
            }
        };
        let limit = config.sigmas * standard_error.hypot(shifted_deviation);
        let is_best = shifted.iter().all(|other| gain > *other);
        let excess = gain - shifted_mean.max(0.0);
        let is_null = shifted_mean <= config.detectable;
        let verdict = if excess > limit && is_best {
            Verdict::Supported
        } else if excess + limit <= config.detectable && is_null {
            Verdict::NotSupported
        } else {
            Verdict::Undetermined
        };
        Self { gain, standard_error, shifted, verdict }
    }

    /// The share of what is left without the part that it explains, `1 − ρ/ρ₀`.
    #[must_use]
    pub fn explained(&self) -> f64 {
        2.0 * self.gain / (2.0 + self.gain)
    }
}

/// Fewer gains have no standard error to speak of.
const LEAST_GAINS: usize = 4;

/// The law of a species beside constant velocity, simulated over blocks of time from which it was not
/// learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// Simulations that were compared.
    pub n: usize,
    /// Those in which the law has the smaller ΔV.
    pub n_better: usize,
    /// Median ΔV of the law; NaN without simulations.
    pub law: f64,
    /// Median ΔV of constant velocity; NaN without simulations.
    pub constant_velocity: f64,
}

impl Baseline {
    /// Whether the law is better in more than half of the simulations: none unless the chance of so many
    /// wins or losses among fair coins is below 1 % on either side.
    #[must_use]
    pub fn is_better(&self) -> Option<bool> {
        let (wins, losses) = (self.n_better, self.n - self.n_better);
        let is_clear = self.n > 0 && tail(self.n, wins.max(losses)) < 0.01;
        is_clear.then_some(wins > losses)
    }
}

/// `P(X ≥ k)` for the number X of heads among n fair coins.
fn tail(n: usize, k: usize) -> f64 {
    let mut log = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for heads in 0..=n {
        if heads >= k {
            sum += log.exp();
        }
        log += ((n - heads) as f64).ln() - ((heads + 1) as f64).ln();
    }
    sum
}

/// A force of a law as it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LawForce {
    /// Between pairs.
    Pair(Force),
    /// On the individual alone, by its kind: [`pairlaw_law::OneBody::kind`].
    OneBody(&'static str),
}

impl SpeciesEvidence {
    /// The same for a law whose preferred directions are those of the net displacements of the whole
    /// tracks: held-out time is in them, so that it can support neither them nor the law.
    fn doubted(mut self) -> Self {
        let doubt = |part: &mut PartEvidence| {
            if part.verdict == Verdict::Supported {
                part.verdict = Verdict::Undetermined;
            }
        };
        doubt(&mut self.law);
        let own = |force: &LawForce| *force == LawForce::OneBody("preferred");
        self.forces.iter_mut().filter(|(force, _)| own(force)).for_each(|(_, part)| doubt(part));
        self
    }
}

/// What the data support of one species' law.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeciesEvidence {
    /// Members that were asked.
    pub n_members: usize,
    /// The law against no force at all, that is against constant velocity.
    pub law: PartEvidence,
    /// All that depends on neighbours against the rest, each with its own choice of terms, as sparse or
    /// dense as serves it best; the nulls have the same choice.
    pub interaction: PartEvidence,
    /// Each force of the law, and each kind of its one-body terms, the others learned again without it.
    pub forces: Vec<(LawForce, PartEvidence)>,
    /// Each term of the law by its column, pair terms first, likewise.
    pub terms: Vec<(usize, PartEvidence)>,
    /// The law beside constant velocity in simulations.
    pub baseline: Baseline,
}

/// Weighs each species' law: cut the recording into blocks of time, learn from all but one, ask that
/// one; do the same among neighbours displaced in time. A recording shorter than six test functions is not
/// cut: there, individuals are held out instead.
///
/// Without a species, everybody is asked as one without a law: the answer tells whether there was
/// anything to find. `paths` holds the choices of each species' regression. Constant velocity is a law of second order
/// without a term, also beside laws of first order.
///
/// # Errors
/// [`SpeciesError::BadConfig`], and what weak systems and regressions report.
///
/// # Panics
/// If there is not one path a species.
pub fn weigh_evidence<const D: usize>(
    tracks: &Tracks<D>,
    preparation: &Preparation<D>,
    classification: &Classification,
    paths: &[PathConfig],
    config: &SpeciesConfig,
    evidence: &EvidenceConfig,
    progress: Progress<'_>,
) -> Result<Vec<SpeciesEvidence>, SpeciesError> {
    evidence.check()?;
    let everybody = everybody(preparation)?;
    let species = match &classification.species[..] {
        [] => std::slice::from_ref(&everybody),
        species => species,
    };
    assert_eq!(species.len(), paths.len(), "species, paths");
    let asked: Vec<Vec<usize>> = species.iter().map(|s| evenly(s, evidence.most_members)).collect();
    let cells: Vec<usize> =
        asked.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let folds = folds(tracks.n_frames(), preparation.systems.test_function(), &cells);
    let lags = random_lags(folds[0].frames.len(), preparation, evidence);
    let done = AtomicUsize::new(0);
    let with_lag = |lag: usize| {
        let systems = fold_systems(tracks, preparation, config, &folds, lag);
        progress("evidence", done.fetch_add(1, Ordering::Relaxed) + 1, lags.len() + 1);
        systems
    };
    let held_out = |systems: &[CellSystems]| {
        let of = |((species, asked), path): ((&LearnedSpecies, &Vec<usize>), &PathConfig)| {
            let parts = Parts::of(preparation, &species.law).all(path.fit_share);
            HeldOut::new(systems, asked, &parts, preparation, path)
        };
        let each: Vec<Result<HeldOut, SpeciesError>> =
            species.par_iter().zip(&asked).zip(paths).map(of).collect();
        each.into_iter().collect::<Result<Vec<HeldOut>, SpeciesError>>()
    };
    let truth = held_out(&with_lag(0)?)?;
    // One after the other: the systems of one lag fill memory enough.
    let nulls = lags.iter().map(|lag| held_out(&with_lag(*lag)?)).collect::<Result<Vec<_>, _>>()?;
    let weigh = |k: usize| {
        let parts = Parts::of(preparation, &species[k].law);
        let nulls: Vec<&HeldOut> = nulls.iter().map(|of_species| &of_species[k]).collect();
        let judged = parts.judged(&truth[k], &nulls, evidence);
        let laws = truth[k].selected.iter();
        let laws = laws.map(|w| w.as_ref().map(|w| preparation.law(w)).transpose());
        let laws = laws.collect::<Result<Vec<_>, _>>()?;
        let baseline = baseline(tracks, preparation, config, &folds, &asked[k], laws)?;
        let found = judged.into_evidence(asked[k].len(), baseline);
        Ok(if knows_itself(preparation, &species[k].law) { found.doubted() } else { found })
    };
    (0..species.len()).map(weigh).collect()
}

/// Whether a law has terms of preferred directions that come from the very tracks that are asked.
fn knows_itself<const D: usize>(preparation: &Preparation<D>, law: &Law) -> bool {
    !preparation.surroundings.preferred.is_empty()
        && law.active_one_body().any(|(term, _)| term.kind() == "preferred")
}

/// All cells as one species without a force.
fn everybody<const D: usize>(preparation: &Preparation<D>) -> Result<LearnedSpecies, SpeciesError> {
    let law = preparation.law(&vec![0.0; preparation.n_terms()])?;
    Ok(LearnedSpecies { members: (0..preparation.n_cells()).collect(), law })
}

/// Up to `most` members, evenly among all.
fn evenly(species: &LearnedSpecies, most: usize) -> Vec<usize> {
    let n = species.members.len();
    let kept = n.min(most);
    (0..kept).map(|k| species.members[k * n / kept]).collect()
}

/// Different lags within a block, at least as long as a test function where the block allows it.
fn random_lags<const D: usize>(
    n_frames: usize,
    preparation: &Preparation<D>,
    evidence: &EvidenceConfig,
) -> Vec<usize> {
    let reach = preparation.systems.test_function().n_samples().min(n_frames / 4).max(1);
    let mut lags: Vec<usize> = (reach..(n_frames - reach).max(reach + 1)).collect();
    let mut random = Streams::new(evidence.seed).next().expect("streams are endless");
    let (chosen, _) = lags.partial_shuffle(&mut random, evidence.n_shifts);
    chosen.to_vec()
}

/// The parts of a law that are judged, as columns: pair terms, then one-body terms.
struct Parts {
    interaction: Vec<usize>,
    support: Vec<usize>,
    forces: Vec<(LawForce, Vec<usize>)>,
    is_pair: Vec<bool>,
}

impl Parts {
    fn of<const D: usize>(preparation: &Preparation<D>, law: &Law) -> Self {
        let Preparation { basis, one_body, .. } = preparation;
        let own = one_body.iter().map(|_| false);
        let is_pair: Vec<bool> = basis.iter().map(depends_on_neighbours).chain(own).collect();
        let weights = law.all_weights();
        let support: Vec<usize> = (0..weights.len()).filter(|k| weights[*k] != 0.0).collect();
        let of_force = |wanted: LawForce| -> Vec<usize> {
            let is_wanted = |k: &usize| match wanted {
                LawForce::Pair(force) => basis.get(*k).is_some_and(|term| term.force == force),
                LawForce::OneBody(kind) => {
                    k.checked_sub(basis.len()).is_some_and(|k| one_body[k].kind() == kind)
                }
            };
            support.iter().copied().filter(is_wanted).collect()
        };
        let forces = [Force::AttractionRepulsion, Force::Alignment, Force::Drag];
        let forces = forces.into_iter().map(LawForce::Pair);
        let forces = forces.chain(preparation.one_body_kinds().map(LawForce::OneBody));
        let forces = forces.map(|force| (force, of_force(force)));
        Self {
            interaction: (0..is_pair.len()).filter(|k| is_pair[*k]).collect(),
            forces: forces.filter(|(_, columns)| !columns.is_empty()).collect(),
            support,
            is_pair,
        }
    }

    /// In the order of [`Parts::judged`]; `fit_share` is that of the law.
    fn all(&self, fit_share: f64) -> Vec<Part> {
        let rest = |columns: &[usize]| {
            let rest = self.support.iter().copied().filter(|k| !columns.contains(k));
            Part::Support(rest.collect())
        };
        let selected =
            |without: &[usize], fit_share| Part::Selected { without: without.to_vec(), fit_share };
        let mut parts = vec![Part::Nothing, selected(&[], fit_share)];
        for fit_share in FIT_SHARES {
            parts.extend([selected(&[], fit_share), selected(&self.interaction, fit_share)]);
        }
        parts.push(Part::Support(self.support.clone()));
        parts.extend(self.forces.iter().map(|(_, columns)| rest(columns)));
        parts.extend(self.support.iter().map(|k| rest(&[*k])));
        parts
    }

    fn judged(&self, truth: &HeldOut, nulls: &[&HeldOut], config: &EvidenceConfig) -> Judged {
        let mean = |held_out: &HeldOut, [with, without]: [usize; 2]| {
            mean_and_deviation(&held_out.gains(with, without)).0
        };
        let judge = |pair: [usize; 2], is_pair: bool| {
            let shifted = nulls.iter().filter(|_| is_pair).map(|null| mean(null, pair)).collect();
            PartEvidence::new(&truth.gains(pair[0], pair[1]), shifted, config)
        };
        // However sparse or dense an interaction is best told, here and in each null.
        let tellings: Vec<[usize; 2]> =
            (0..FIT_SHARES.len()).map(|k| [2 + 2 * k, 3 + 2 * k]).collect();
        let best = |held_out: &HeldOut| {
            let better =
                |a: &[usize; 2], b: &[usize; 2]| mean(held_out, *a).total_cmp(&mean(held_out, *b));
            tellings.iter().copied().max_by(better).expect("there are shares of the fit")
        };
        let [with, without] = best(truth);
        let shifted = nulls.iter().map(|null| mean(null, best(null))).collect();
        let interaction = PartEvidence::new(&truth.gains(with, without), shifted, config);
        let whole = 2 + 2 * FIT_SHARES.len();
        let of_forces = self.forces.iter().zip(whole + 1..).map(|((force, columns), k)| {
            let is_pair = columns.iter().any(|column| self.is_pair[*column]);
            (*force, judge([whole, k], is_pair))
        });
        let of_terms = self.support.iter().zip(whole + 1 + self.forces.len()..);
        Judged {
            law: judge([1, 0], false),
            interaction,
            forces: of_forces.collect(),
            terms: of_terms
                .map(|(column, k)| (*column, judge([whole, k], self.is_pair[*column])))
                .collect(),
        }
    }
}

/// Shares of the fit with which an interaction is looked for: a sparse telling sees what is strong, a
/// dense one what is spread over many terms.
const FIT_SHARES: [f64; 3] = [0.3, 0.9, 0.99];

/// Whether a term says anything about others: drag without an angle does not.
fn depends_on_neighbours(term: &Term) -> bool {
    term.force != Force::Drag || term.angular.harmonic() > 0
}

struct Judged {
    law: PartEvidence,
    interaction: PartEvidence,
    forces: Vec<(LawForce, PartEvidence)>,
    terms: Vec<(usize, PartEvidence)>,
}

impl Judged {
    fn into_evidence(self, n_members: usize, baseline: Baseline) -> SpeciesEvidence {
        let Self { law, interaction, forces, terms } = self;
        SpeciesEvidence { n_members, law, interaction, forces, terms, baseline }
    }
}

/// Test functions that a simulation beside constant velocity lasts.
const HORIZON: f64 = 2.0;

/// Simulates the members of each fold by the law that was learned from the others.
fn baseline<const D: usize>(
    tracks: &Tracks<D>,
    preparation: &Preparation<D>,
    config: &SpeciesConfig,
    folds: &[Fold],
    asked: &[usize],
    laws: Vec<Option<Law>>,
) -> Result<Baseline, SpeciesError> {
    let no_force = Law::new(Vec::new(), Vec::new(), preparation.direction)?;
    let horizon = HORIZON * preparation.systems.test_function().n_samples() as f64;
    let (mut by_law, mut constant) = (Vec::new(), Vec::new());
    for (fold, law) in folds.iter().zip(laws) {
        let Some(law) = law else { continue };
        let members: Vec<usize> =
            asked.iter().copied().filter(|cell| fold.cells.binary_search(cell).is_ok()).collect();
        let Ok(seen) = neighbour_tracks(&tracks.between(fold.frames.clone()), config.velocity)
        else {
            continue;
        };
        let share = (horizon / fold.frames.len() as f64).min(0.5);
        let recording = Recording::new(&seen, share, preparation.systems.n_reference())?
            .with_surroundings(preparation.surroundings.clone());
        let errors_of = |law: &Law, order: Order| {
            let kernels = [LawKernels::new(std::slice::from_ref(law))?];
            let run = |individual: &usize| Run { law: 0, individual: *individual };
            let runs: Vec<Run> = members.iter().map(run).collect();
            let recording = recording.clone().with_order(order);
            Ok::<_, SpeciesError>(velocity_errors(&recording, &kernels, &runs, config.integrator))
        };
        let (first, second) =
            (errors_of(&law, config.order)?, errors_of(&no_force, Order::Second)?);
        for pair in first.iter().zip(&second) {
            if let (Some(law), Some(baseline)) = pair {
                by_law.push(*law);
                constant.push(*baseline);
            }
        }
    }
    let n_better = by_law.iter().zip(&constant).filter(|(law, other)| law < other).count();
    let median = |values: Vec<f64>| match values.len() {
        0 => f64::NAN,
        _ => crate::species::cluster::median(values),
    };
    Ok(Baseline {
        n: by_law.len(),
        n_better,
        law: median(by_law),
        constant_velocity: median(constant),
    })
}

/// Mean and standard deviation of a sample; 0 where there are too few values.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 })
}
