//! The learner's stages, each kept when it is done.

use super::evidence::{Evidence, Weighed};
use super::scales::{Scales, Smoothing, test_function};
use crate::error::CliError;
use crate::options::{Classifier, Kept, Preferred, SpeciesOptions};
use crate::output::Output;
use pairlaw::species::{
    Bootstrap, BootstrapConfig, CellSystems, Classification, EvidenceConfig, FarField,
    LearnedSpecies, MixtureConfig, OneBodyConfig, PreferredDirection, Preparation,
    SequentialConfig, Sparsity, SpeciesConfig, SpeciesError, TermInterval, bootstrap_law,
    classify_by_mixture, individual_information, sequential_species, weigh_evidence,
};
use pairlaw_data::Tracks;
use pairlaw_law::{Law, LawError, LawKernels, Order};
use pairlaw_run::{Failure, Key};
use pairlaw_sparse::PathConfig;
use pairlaw_validate::{Run, velocity_errors};
use serde::{Deserialize, Serialize};

/// What the stages need: tracks in the learner's units, and every choice.
pub(super) struct Learner<const D: usize> {
    pub(super) scales: Scales,
    pub(super) config: SpeciesConfig,
    pub(super) mixture: MixtureConfig,
    pub(super) preparation: Preparation<D>,
    scaled: Tracks<D>,
    classifier: Classifier,
    n_replicates: usize,
    evidence: EvidenceConfig,
    seed: u64,
}

/// Species and their members, in the learner's units.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Found {
    /// Weights of the basis and members, largest species first.
    pub(super) species: Vec<(Vec<f64>, Vec<usize>)>,
    /// Share α of the fit in the loss that chose each law.
    pub(super) fit_shares: Vec<f64>,
    /// Weak residual and margin of each individual under its law.
    pub(super) memberships: Vec<Option<(f64, f64)>>,
    /// ΔV of each individual under its law.
    pub(super) velocity_errors: Vec<Option<f64>>,
    /// Mean log residual with 1, 2, … species.
    pub(super) curve: Vec<f64>,
}

/// One law learned again from draws of its members.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Draws {
    /// Estimate, low, high and inclusion of each term.
    pub(super) terms: Vec<[f64; 4]>,
    pub(super) replicates: Vec<Vec<f64>>,
    pub(super) n_uncertified: usize,
}

impl<const D: usize> Learner<D> {
    pub(super) fn new(
        tracks: &Tracks<D>,
        options: &SpeciesOptions,
        order: Order,
        walls: &[[[f64; 2]; 2]],
        seed: u64,
    ) -> Result<Self, Failure> {
        let n_cells = tracks.n_individuals();
        if n_cells < 2 {
            return Err(SpeciesError::TooFewCells { n_cells }.into());
        }
        if options.most_species == 0 {
            let (option, value, needed) = ("most-species", "0".to_owned(), "at least 1");
            return Err(CliError::BadOption { option, value, needed }.into());
        }
        let scales = Scales::of(tracks, options)?;
        let scaled = tracks.rescaled(scales.length, scales.time)?;
        let Smoothing { velocity, noise } = Smoothing::of(&scaled, options, scales.length)?;
        let config = SpeciesConfig {
            order,
            direction: options.direction.into(),
            velocity,
            noise,
            test_function: test_function(options)?,
            one_body: one_body(options, walls, scales.length)?,
            cutoff: options.cutoff.map(|cutoff| cutoff / scales.length),
            near_field_probability: options.near_field_share,
            far_field: FarField::Radius(options.far_field.map_or(1.0, |r| r / scales.length)),
            sparsity: match options.sparsity {
                Kept::Terms => Sparsity::Terms,
                Kept::Modes => Sparsity::Modes,
            },
            validation_share: options.validation_share,
            ..SpeciesConfig::default()
        };
        let mixture = MixtureConfig {
            n_species: options.n_species,
            most_species: options.most_species.max(options.n_species.unwrap_or(1)),
            elbow_step: options.elbow_step,
            merge_rise: options.merge_rise,
            smallest_species: options.smallest_species,
            undetermined_sigmas: options.undetermined_sigmas,
            n_restarts: options.restarts,
            fit_shares: SIMPLER_FIRST
                .into_iter()
                .chain(MixtureConfig::default().fit_shares)
                .collect(),
            seed,
            ..MixtureConfig::default()
        };
        mixture.check()?;
        let evidence =
            EvidenceConfig { n_shifts: options.shifts, seed, ..EvidenceConfig::default() };
        evidence.check()?;
        let (preparation, config) = prepared(&scaled, config, options.far_field.is_some())?;
        Ok(Self {
            preparation,
            scales,
            config,
            mixture,
            scaled,
            classifier: options.classifier,
            evidence,
            n_replicates: options.replicates,
            seed,
        })
    }

    /// Key of what is learned of tracks with this fingerprint.
    pub(super) fn key(&self, output: &Output, tracks: &str) -> Key {
        let choices = (&self.config, &self.mixture, self.classifier, self.scales, self.seed);
        output.key("species", &(tracks, choices))
    }

    /// What held-out time says of the laws, and how much each individual's track can say.
    pub(super) fn evidence(
        &self,
        output: &Output,
        key: &Key,
        found: &Found,
    ) -> Result<Evidence, Failure> {
        let key = key.then("evidence", "", &self.evidence);
        let tell = |stage: &str, done, total| output.progress.tell(stage, done, total);
        output.store.product(&key, || {
            let learned = |(weights, members): &(Vec<f64>, Vec<usize>)| {
                let law = self.preparation.law(weights)?;
                Ok(LearnedSpecies { members: members.clone(), law })
            };
            let species = found.species.iter().map(learned).collect::<Result<_, SpeciesError>>()?;
            let classification = Classification { species, undetermined: Vec::new() };
            let shares = match found.fit_shares.is_empty() {
                true => vec![self.config.path.fit_share],
                false => found.fit_shares.clone(),
            };
            let paths: Vec<PathConfig> = shares.iter().map(|share| self.path(*share)).collect();
            let weighed = weigh_evidence(
                &self.scaled,
                &self.preparation,
                &classification,
                &paths,
                &self.config,
                &self.evidence,
                &tell,
            )?;
            let systems = match CellSystems::new(&self.preparation, &tell) {
                Err(SpeciesError::NoModel) => None,
                systems => Some(systems?),
            };
            let information = match &systems {
                Some(systems) => individual_information(&self.preparation, systems),
                None => vec![None; self.preparation.n_cells()],
            };
            Ok(Evidence {
                species: weighed.iter().map(Weighed::from).collect(),
                information: information
                    .iter()
                    .map(|i| i.map(|i| (i.score, i.weakness().to_string())))
                    .collect(),
            })
        })
    }

    /// The regression of a species with this share of the fit.
    fn path(&self, fit_share: f64) -> PathConfig {
        let path = self.preparation.path(&self.config.path, self.config.sparsity);
        PathConfig { fit_share, ridge: self.mixture.ridge, ..path }
    }

    /// Species and members; none where no law with a term was found.
    pub(super) fn classify(&self, output: &Output, key: &Key) -> Result<Found, Failure> {
        let tell = |stage: &str, done, total| output.progress.tell(stage, done, total);
        output.store.product(key, || {
            let found = match self.classifier {
                Classifier::Mixture => self.by_mixture(&tell),
                Classifier::Paper => self.as_in_the_paper(&tell),
            };
            match found {
                Err(SpeciesError::NoModel) => Ok(self.nothing()),
                found => Ok(found?),
            }
        })
    }

    fn nothing(&self) -> Found {
        let n = self.preparation.n_cells();
        Found { memberships: vec![None; n], velocity_errors: vec![None; n], ..Found::default() }
    }

    fn by_mixture(&self, tell: pairlaw::species::Progress<'_>) -> Result<Found, SpeciesError> {
        let systems = CellSystems::new(&self.preparation, tell)?;
        let mixture = MixtureConfig {
            most_species: self.mixture.most_species.min(systems.len()),
            ..self.mixture.clone()
        };
        let found = classify_by_mixture(&self.preparation, &systems, &self.config, &mixture, tell)?;
        let membership = |m: pairlaw::species::Membership| (m.residual, m.margin);
        Ok(Found {
            species: weights_and_members(found.classification),
            fit_shares: found.regressions.iter().map(|r| r.fit_share).collect(),
            memberships: found.memberships.iter().map(|m| m.map(membership)).collect(),
            velocity_errors: found.velocity_errors,
            curve: found.curve,
        })
    }

    fn as_in_the_paper(&self, tell: pairlaw::species::Progress<'_>) -> Result<Found, SpeciesError> {
        let rules = SequentialConfig {
            most_species: self.mixture.most_species,
            smallest_species: self.mixture.smallest_species,
            seed: self.seed,
            ..SequentialConfig::cautious()
        };
        let found = sequential_species(&self.scaled, &self.config, &rules, tell)?;
        let n_species = found.classification.species.len();
        Ok(Found {
            species: weights_and_members(found.classification),
            fit_shares: vec![self.config.path.fit_share; n_species],
            memberships: vec![None; self.preparation.n_cells()],
            velocity_errors: found.velocity_errors,
            curve: Vec::new(),
        })
    }

    /// Each law learned again from draws of its members; none for a species of fewer than two.
    pub(super) fn draws(
        &self,
        output: &Output,
        key: &Key,
        found: &Found,
    ) -> Result<Vec<Option<Draws>>, Failure> {
        if self.n_replicates == 0 || found.species.is_empty() {
            return Ok(vec![None; found.species.len()]);
        }
        let key = key.then("bootstrap", "", &self.n_replicates);
        let tell = |stage: &str, done, total| output.progress.tell(stage, done, total);
        output.store.product(&key, || {
            let systems = CellSystems::new(&self.preparation, &tell)?;
            let each = found.species.iter().zip(&found.fit_shares).enumerate();
            each.map(|(k, ((weights, members), fit_share))| {
                tell("bootstrap", k, found.species.len());
                self.draw(&systems, weights, members, *fit_share)
            })
            .collect()
        })
    }

    fn draw(
        &self,
        systems: &CellSystems,
        weights: &[f64],
        members: &[usize],
        fit_share: f64,
    ) -> Result<Option<Draws>, Failure> {
        let path = self.path(fit_share);
        let species =
            LearnedSpecies { members: members.to_vec(), law: self.preparation.law(weights)? };
        let config = BootstrapConfig { n_replicates: self.n_replicates, seed: self.seed };
        match bootstrap_law(systems, &self.preparation.constraints, &species, &path, &config) {
            Ok(Bootstrap { terms, replicates, n_uncertified, .. }) => {
                let interval = |t: &TermInterval| [t.estimate, t.low, t.high, t.inclusion];
                let terms = terms.iter().map(interval).collect();
                Ok(Some(Draws { terms, replicates, n_uncertified }))
            }
            Err(SpeciesError::TooFewMembers { .. } | SpeciesError::NoReplicate { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// ΔV of every individual that keeps its velocity: the law of second order without a term.
    pub(super) fn constant_velocity(&self) -> Result<Vec<Option<f64>>, Failure> {
        let law = Law::new(Vec::new(), Vec::new(), self.config.direction)?;
        let kernels = [LawKernels::new(&[law])?];
        let n_cells = self.preparation.n_cells();
        let runs: Vec<Run> = (0..n_cells).map(|individual| Run { law: 0, individual }).collect();
        let recording = self.preparation.recording.clone().with_order(Order::Second);
        Ok(velocity_errors(&recording, &kernels, &runs, self.config.integrator))
    }

    /// A law of the learner in the units of the file.
    pub(super) fn law(&self, weights: &[f64]) -> Result<Law, Failure> {
        let law = self.preparation.law(weights)?;
        Ok(law.rescaled(self.config.order, self.scales.length, self.scales.time)?)
    }

    /// What a weight of 1 of each term is in the units of the file.
    fn factors(&self) -> Result<Vec<f64>, LawError> {
        let Preparation { basis, one_body, .. } = &self.preparation;
        let law = Law::new(basis.clone(), vec![1.0; basis.len()], self.config.direction)?;
        let law = law.with_one_body(one_body.iter().map(|term| (*term, 1.0)).collect())?;
        Ok(law.rescaled(self.config.order, self.scales.length, self.scales.time)?.all_weights())
    }

    /// The bootstrap in the units of the file.
    pub(super) fn bootstrap(&self, law: &Law, draws: &Draws) -> Result<Bootstrap, Failure> {
        let factors = self.factors()?;
        let scaled = |weights: &Vec<f64>| {
            weights.iter().zip(&factors).map(|(weight, factor)| weight * factor).collect()
        };
        let interval = |([estimate, low, high, inclusion], factor): (&[f64; 4], &f64)| {
            let (estimate, low, high) = (estimate * factor, low * factor, high * factor);
            TermInterval { estimate, low, high, inclusion: *inclusion }
        };
        Ok(Bootstrap {
            law: law.clone(),
            terms: draws.terms.iter().zip(&factors).map(interval).collect(),
            replicates: draws.replicates.iter().map(scaled).collect(),
            n_uncertified: draws.n_uncertified,
        })
    }
}

/// Shares α of the fit that are tried before the learner's own: in real data the simplest law that
/// explains held-out individuals as well as any is the one to believe.
const SIMPLER_FIRST: [f64; 3] = [0.3, 0.5, 0.7];

/// The preparation; where the near field reaches the far one, and nobody asked for either, the far field
/// begins at twice the near field.
fn prepared<const D: usize>(
    tracks: &Tracks<D>,
    config: SpeciesConfig,
    is_far_field_given: bool,
) -> Result<(Preparation<D>, SpeciesConfig), Failure> {
    match Preparation::new(tracks, &config) {
        Err(SpeciesError::RadiiOverlap { near_field, .. }) if !is_far_field_given => {
            let far_field = FarField::Radius(2.0 * near_field);
            let config = SpeciesConfig { far_field, ..config };
            Ok((Preparation::new(tracks, &config)?, config))
        }
        preparation => Ok((preparation?, config)),
    }
}

/// The terms on individuals alone that were asked for, in the learner's units.
pub(crate) fn one_body(
    options: &SpeciesOptions,
    walls: &[[[f64; 2]; 2]],
    length: f64,
) -> Result<OneBodyConfig, CliError> {
    if options.walls && walls.is_empty() {
        return Err(CliError::NoWalls);
    }
    let end = |[x, y]: [f64; 2]| [x / length, y / length, 0.0];
    let kept = if options.walls { walls } else { &[] };
    let preferred = match (options.preferred, options.propulsion) {
        (Some(Preferred::Individual), _) => PreferredDirection::Individual,
        (Some(Preferred::Species), _) | (None, true) => PreferredDirection::Species,
        (Some(Preferred::None), _) | (None, false) => PreferredDirection::None,
    };
    Ok(OneBodyConfig {
        propulsion: options.propulsion,
        preferred,
        field: options.field,
        gradient: options.gradient,
        walls: kept.iter().map(|ends| ends.map(end)).collect(),
    })
}

fn weights_and_members(classification: Classification) -> Vec<(Vec<f64>, Vec<usize>)> {
    classification.species.into_iter().map(|s| (s.law.all_weights(), s.members)).collect()
}
