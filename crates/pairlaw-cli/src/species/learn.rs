//! The learner's stages, each kept when it is done.

use super::scales::{Scales, Smoothing, test_function};
use crate::options::{Classifier, Kept, SpeciesOptions};
use crate::output::Output;
use pairlaw::species::{
    Bootstrap, BootstrapConfig, CellSystems, Classification, FarField, LearnedSpecies,
    MixtureConfig, Preparation, SequentialConfig, Sparsity, SpeciesConfig, SpeciesError,
    TermInterval, bootstrap_law, classify_by_mixture, sequential_species, validate,
};
use pairlaw_data::Tracks;
use pairlaw_law::{Law, LawError};
use pairlaw_run::{Failure, Key};
use pairlaw_sparse::PathConfig;
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
        seed: u64,
    ) -> Result<Self, Failure> {
        let n_cells = tracks.n_individuals();
        if n_cells < 2 {
            return Err(SpeciesError::TooFewCells { n_cells }.into());
        }
        let scales = Scales::of(tracks, options)?;
        let scaled = tracks.rescaled(scales.length, scales.time)?;
        let Smoothing { velocity, noise } = Smoothing::of(&scaled, options, scales.length)?;
        let config = SpeciesConfig {
            direction: options.direction.into(),
            velocity,
            noise,
            test_function: Some(test_function(&scaled, velocity, options)?),
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
            seed,
            ..MixtureConfig::default()
        };
        mixture.check()?;
        Ok(Self {
            preparation: Preparation::new(&scaled, &config)?,
            scales,
            config,
            mixture,
            scaled,
            classifier: options.classifier,
            n_replicates: options.replicates,
            seed,
        })
    }

    /// Key of what is learned of tracks with this fingerprint.
    pub(super) fn key(&self, output: &Output, tracks: &str) -> Key {
        let choices = (&self.config, &self.mixture, self.classifier, self.scales, self.seed);
        output.key("species", &(tracks, choices))
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
        let path = self.preparation.path(&self.config.path, self.config.sparsity);
        let path = PathConfig { fit_share, ridge: self.mixture.ridge, ..path };
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

    /// ΔV of every individual that keeps its velocity: the law without a term.
    pub(super) fn constant_velocity(&self) -> Result<Vec<Option<f64>>, Failure> {
        let law = Law::new(Vec::new(), Vec::new(), self.config.direction)?;
        let cells: Vec<usize> = (0..self.preparation.n_cells()).collect();
        Ok(validate(&self.preparation, &law, &cells, &self.config)?)
    }

    /// A law of the learner in the units of the file.
    pub(super) fn law(&self, weights: &[f64]) -> Result<Law, Failure> {
        let law = self.preparation.law(weights)?;
        Ok(law.rescaled(self.config.order, self.scales.length, self.scales.time)?)
    }

    /// What a weight of 1 of each term is in the units of the file.
    fn factors(&self) -> Result<Vec<f64>, LawError> {
        let basis = &self.preparation.basis;
        let law = Law::new(basis.clone(), vec![1.0; basis.len()], self.config.direction)?;
        Ok(law.rescaled(self.config.order, self.scales.length, self.scales.time)?.weights)
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

fn weights_and_members(classification: Classification) -> Vec<(Vec<f64>, Vec<usize>)> {
    classification.species.into_iter().map(|s| (s.law.weights, s.members)).collect()
}
