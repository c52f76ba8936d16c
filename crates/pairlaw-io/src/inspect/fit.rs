//! What each learner could do with the tracks.

use std::fmt;

use pairlaw_data::VelocityAgreement;
use serde::Serialize;

use crate::inspect::Inspection;
use crate::inspect::presence::{LONG_RUN, Stretch};
use crate::inspect::reason::Reason;

/// A learner of interactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Learner {
    /// Species and the law of each, from velocities that forces change.
    Species,
    /// One kernel of many exchangeable particles, from snapshots.
    Meanfield,
    /// Potentials that carry each individual from frame to frame.
    Potentials,
}

impl Learner {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Species, Self::Meanfield, Self::Potentials];

    /// The name by which a user asks for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Species => "species",
            Self::Meanfield => "meanfield",
            Self::Potentials => "potentials",
        }
    }
}

/// Whether tracks suit a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suited {
    /// Nothing stands in the way.
    Yes,
    /// Something should be mended or kept in mind.
    WithLimits,
    /// It cannot work.
    No,
}

impl fmt::Display for Suited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::WithLimits => "with limits",
            Self::No => "no",
        })
    }
}

/// Whether tracks suit a learner, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The learner.
    pub learner: Learner,
    /// The worst that one of the reasons says.
    pub suited: Suited,
    /// Reasons, the worst first.
    pub reasons: Vec<Reason>,
}

/// Individuals of the smallest species that is looked for.
const SMALLEST_SPECIES: usize = 5;
/// Median step over the noise of a step that velocities need.
const LEAST_STEP_TO_NOISE: f64 = 5.0;
/// Persistence below which velocities are not resolved.
const LEAST_PERSISTENCE: f64 = 0.3;
/// Particles of a snapshot below which a mean field means nothing, and those that it needs.
const FEWEST_PARTICLES: usize = 100;
const ENOUGH_PARTICLES: usize = 500;
/// Snapshots that a rate needs.
const FEWEST_SNAPSHOTS: u64 = 3;
/// Frames in a row over which potentials are well fitted.
const MANY_FRAMES: u64 = 100;
/// Individuals whose pairs all have parameters of their own at a bearable cost.
const MANY_INDIVIDUALS: usize = 1000;
/// Share of the rms speed that a common drift may have.
const MOST_DRIFT: f64 = 0.5;
/// Share of samples that gaps may lack.
const MOST_MISSING: f64 = 0.05;
/// Share of the steps that may be jumps.
const MOST_JUMPS: f64 = 1e-4;
/// Share of the steps that may be of length zero.
const MOST_STILL: f64 = 0.2;
/// Rows at the origin, or at one place, that do not stand there by chance.
const FEWEST_REPEATS: usize = 3;
/// Share of distances that may be zero.
const MOST_COINCIDENT: f64 = 1e-3;

/// The verdict for a learner; `inspection` may lack its fits.
pub(super) fn fit(learner: Learner, inspection: &Inspection) -> Fit {
    let mut reasons = match learner {
        Learner::Species => species(inspection),
        Learner::Meanfield => meanfield(inspection),
        Learner::Potentials => potentials(inspection),
    };
    reasons.extend(flaws(inspection));
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.suited()));
    let suited = reasons.iter().map(Reason::suited).max().unwrap_or(Suited::Yes);
    Fit { learner, suited, reasons }
}

fn species(found: &Inspection) -> Vec<Reason> {
    let Inspection { presence, motion, n_individuals, .. } = found;
    if let Some(alone) = alone(found) {
        return vec![alone];
    }
    let n_long = presence.n_with_long_run;
    let (n, needed) = (*n_individuals, LONG_RUN);
    let longest = presence.longest_runs.most;
    let few = n_long < SMALLEST_SPECIES;
    let ratio = motion.step_to_noise;
    let persistence = motion.persistence.filter(|p| *p < LEAST_PERSISTENCE);
    let noisy = ratio.filter(|ratio| *ratio < LEAST_STEP_TO_NOISE);
    let reasons = [
        Some(if 2 * n_long >= n && n_long > 0 {
            Reason::LongTracks { n_long, n, needed }
        } else {
            Reason::ShortTracks { n_long, n, longest, needed }
        }),
        (few && n_long > 0).then_some(Reason::FewIndividuals { n_long, needed: SMALLEST_SPECIES }),
        persistence.map(|persistence| Reason::Erratic { persistence }),
        noisy.map(|ratio| Reason::Noise { ratio, needed: LEAST_STEP_TO_NOISE }),
        clear(found),
        (found.n_divisions > 0).then_some(Reason::Divisions { n: found.n_divisions }),
    ];
    reasons.into_iter().flatten().collect()
}

fn clear(found: &Inspection) -> Option<Reason> {
    let is_smooth = found.motion.persistence? >= LEAST_PERSISTENCE;
    let ratio = found.motion.step_to_noise.filter(|ratio| *ratio >= LEAST_STEP_TO_NOISE)?;
    is_smooth.then_some(Reason::ClearSteps { ratio })
}

fn meanfield(found: &Inspection) -> Vec<Reason> {
    let presence = &found.presence;
    let (least, most) = (presence.per_frame.least, presence.per_frame.most);
    let stretches = presence.stretches.iter().rev();
    let long = stretches.clone().find(|stretch| stretch.n_individuals >= ENOUGH_PARTICLES);
    let best = long.or_else(|| presence.stretches.first());
    let n_frames = found.times.n_frames;
    let particles = best.map(|&stretch| match stretch.n_individuals {
        ENOUGH_PARTICLES.. => Reason::ManyParticles { stretch },
        _ => Reason::FewParticles { stretch, fewest: FEWEST_PARTICLES, enough: ENOUGH_PARTICLES },
    });
    let few = n_frames < FEWEST_SNAPSHOTS;
    let flat: Vec<usize> = (0..found.axes.len()).filter(|&d| found.axes[d].is_constant()).collect();
    let none = !few && best.is_none();
    let reasons = [
        few.then_some(Reason::FewFrames { n_frames, needed: FEWEST_SNAPSHOTS }),
        none.then_some(Reason::NobodyStays { n_frames: FEWEST_SNAPSHOTS }),
        particles,
        (least != most).then_some(Reason::NumberChanges { least, most }),
        (!flat.is_empty()).then_some(Reason::FlatAxes { axes: flat }),
        (found.n_divisions > 0).then_some(Reason::Divisions { n: found.n_divisions }),
    ];
    reasons.into_iter().flatten().collect()
}

fn potentials(found: &Inspection) -> Vec<Reason> {
    let n_frames = found.times.n_frames;
    if let Some(alone) = alone(found) {
        return vec![alone];
    }
    if n_frames < FEWEST_SNAPSHOTS {
        return vec![Reason::FewFrames { n_frames, needed: FEWEST_SNAPSHOTS }];
    }
    let n = found.n_individuals;
    let all = found.presence.n_in_all_frames;
    let stretch = stay(found);
    let reasons = [
        stretch.is_none().then_some(Reason::NobodyStays { n_frames: FEWEST_SNAPSHOTS }),
        stretch.filter(|_| all < n).map(|stretch| Reason::SomeStay { stretch, n }),
        (all == n && n > 1).then_some(Reason::AllStay { n, n_frames }),
        (n_frames > MANY_FRAMES).then_some(Reason::ManyFrames { n_frames, most: MANY_FRAMES }),
        (n > MANY_INDIVIDUALS).then_some(Reason::ManyPairs { n }),
    ];
    reasons.into_iter().flatten().collect()
}

/// The longest stretch that keeps at least half of those of the shortest, and two.
fn stay(found: &Inspection) -> Option<Stretch> {
    let stretches = &found.presence.stretches;
    let most = stretches.first()?.n_individuals;
    let keeps = |stretch: &&Stretch| stretch.n_individuals >= 2.max(most.div_ceil(2));
    stretches.iter().rfind(keeps).copied()
}

fn alone(found: &Inspection) -> Option<Reason> {
    let never_two = found.neighbours.n_frames_with_pairs == 0;
    never_two.then_some(Reason::Alone { n: found.n_individuals })
}

/// What is wrong with the data, whatever the learner.
fn flaws(found: &Inspection) -> Vec<Reason> {
    let Inspection { times, presence, duplicates, motion, jumps, neighbours, .. } = found;
    let n_samples = found.n_rows - duplicates.n;
    let missing =
        presence.gaps.n_missing as f64 / (presence.gaps.n_missing as f64 + n_samples as f64);
    let is_jumpy = jumps.n_swaps > 0 || jumps.n as f64 > MOST_JUMPS * motion.n_steps as f64;
    let n_steps = motion.n_steps as f64;
    let n_coincident = neighbours.n_coincident;
    let is_coincident = n_coincident as f64 > MOST_COINCIDENT * neighbours.n_distances as f64;
    let origin = found.at_origin.iter().filter(|repeat| repeat.n_rows >= FEWEST_REPEATS);
    let repeats = origin.chain(&found.most_repeated);
    let uneven = times.step.filter(|_| times.n_off_grid > 0);
    let is_unlinked = found.n_individuals == 1 && duplicates.n > duplicates.n_copies;
    let is_strange = |agreement: &f64| !VelocityAgreement::PLAUSIBLE.contains(agreement);
    let velocities = motion.velocity_agreement.filter(is_strange);
    let drift = motion.drift_share.filter(|share| *share > MOST_DRIFT);
    let flaws = [
        times.step.is_none().then_some(Reason::SingleTime),
        uneven.map(|step| Reason::UnevenTimes {
            n_off: times.n_off_grid,
            n_rows: found.n_rows,
            step,
            largest_offset: times.largest_offset,
        }),
        (times.frames_per_sample > 1)
            .then_some(Reason::EveryNth { frames: times.frames_per_sample }),
        is_unlinked.then_some(Reason::Unlinked { n_rows: found.n_rows }),
        (duplicates.n > 0 && !is_unlinked)
            .then_some(Reason::Duplicates { n: duplicates.n, n_copies: duplicates.n_copies }),
        is_jumpy.then_some(Reason::Jumps {
            n: jumps.n,
            n_individuals: jumps.n_individuals,
            n_swaps: jumps.n_swaps,
        }),
        (missing > MOST_MISSING).then_some(Reason::Gaps { n: presence.gaps.n, share: missing }),
        (motion.n_still as f64 > MOST_STILL * n_steps)
            .then_some(Reason::Still { share: motion.n_still as f64 / n_steps }),
        drift.map(|share| Reason::Drift { share }),
        velocities.map(|agreement| Reason::VelocityUnits { agreement }),
        is_coincident.then_some(Reason::Coincident { n: n_coincident, of: neighbours.n_distances }),
    ];
    let placeholders = repeats
        .map(|repeat| Reason::Placeholders { n: repeat.n_rows, position: repeat.position.clone() });
    flaws.into_iter().flatten().chain(placeholders).collect()
}
