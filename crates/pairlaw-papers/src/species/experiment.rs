//! One experiment: simulate, then classify and learn by either classifier, every stage cached.

use super::outcome::{Details, Outcome, SingleCell};
use crate::Failure;
use crate::options::ClassifierName;
use crate::runner::{LEARNING_CODE, Runner, SIMULATION_CODE};
use pairlaw::species::{
    CellModel, CellSystems, MixtureConfig, Preparation, Replacement, SequentialConfig,
    SpeciesConfig, classify_by_mixture, classify_by_validation, matched_cells, recombine,
    replace_models, single_cell_models,
};
use pairlaw_data::Tracks;
use pairlaw_run::Key;
use pairlaw_synth::Scenario;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A recording to learn from.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) tracks: Tracks<2>,
    /// Seconds of its simulation, as measured when it was made.
    pub(crate) seconds: Option<f64>,
    /// What it was made from.
    pub(crate) key: Key,
}

/// A [`CellModel`] as stored.
#[derive(Serialize, Deserialize)]
struct StoredModel {
    weights: Vec<f64>,
    lambda: f64,
    loss: Vec<f64>,
    support_sizes: Vec<usize>,
    n_rows: usize,
    n_solves: usize,
    uncertified: Vec<usize>,
    worst_violation: f64,
}

/// A [`Replacement`] as stored.
#[derive(Serialize, Deserialize)]
struct StoredReplacement {
    source: Vec<usize>,
    own_error: Vec<f64>,
}

impl Runner {
    /// The recording of a scenario. A short one is the beginning of the long one, where the paper
    /// has a long one.
    pub(crate) fn recording(&self, scenario: &Scenario) -> Result<Recording, Failure> {
        let simulated = simulated(scenario);
        let key = Key::new("simulation", SIMULATION_CODE, &simulated);
        let name = format!(
            "simulate {}, {:?}, {:?}, seed {}",
            simulated.name(),
            simulated.direction,
            simulated.start,
            simulated.seed
        );
        let tracks = self.store.tracks(&key, || {
            let total = simulated.n_samples;
            Ok(simulated.simulate(|done| self.progress.tell(&name, done, total))?)
        })?;
        let seconds = self.store.seconds(&key);
        let key = key.then("recording", "", &scenario.n_samples);
        Ok(Recording { tracks: tracks.first_frames(scenario.n_samples), seconds, key })
    }

    /// Simulates what several experiments need, one simulation a thread, longest first, so that no
    /// thread ends alone with a long one.
    pub(crate) fn simulate_all(&self, scenarios: &[Scenario]) -> Result<(), Failure> {
        let mut all: Vec<Scenario> = Vec::new();
        for simulated in scenarios.iter().map(simulated) {
            if !all.contains(&simulated) {
                all.push(simulated);
            }
        }
        all.sort_by_key(|scenario| std::cmp::Reverse(scenario.n_samples));
        all.par_iter().with_max_len(1).try_for_each(|s| self.recording(s).map(|_| ()))
    }

    /// The species that a classifier finds in a recording.
    pub(crate) fn classify(
        &self,
        classifier: ClassifierName,
        name: &str,
        recording: &Recording,
        config: &SpeciesConfig,
        rules: &Rules,
    ) -> Result<Outcome, Failure> {
        match classifier {
            ClassifierName::Paper => self.sequential(name, recording, config, &rules.sequential),
            ClassifierName::Mixture => self.mixture(name, recording, config, &rules.mixture),
        }
    }

    fn sequential(
        &self,
        name: &str,
        recording: &Recording,
        config: &SpeciesConfig,
        rules: &SequentialConfig,
    ) -> Result<Outcome, Failure> {
        let key = recording.key.then("sequential", LEARNING_CODE, &(config, rules));
        let models_key = models_key(&recording.key, config);
        let replacement_key = models_key.then("replacement", LEARNING_CODE, config);
        let mut outcome: Outcome = self.store.product(&key, || {
            let preparation = Preparation::new(&recording.tracks, config)?;
            let models = self.models(&preparation, name, config, &models_key)?;
            let replacement =
                self.replacement(&preparation, &models, name, config, &replacement_key)?;
            let found = classify_by_validation(&preparation, &models, &replacement, config, rules)?;
            let single_cell = SingleCell::new(&models, &replacement);
            let joined = recombine(&preparation, &found.classification, config)?.sources;
            let details = Details::sequential(single_cell, &found, joined);
            Outcome::new(
                &recording.tracks,
                &preparation,
                config,
                &found.classification,
                found.velocity_errors,
                details,
            )
        })?;
        outcome.seconds = vec![
            ("simulate", recording.seconds),
            ("learn", self.store.seconds(&models_key)),
            ("replace", self.store.seconds(&replacement_key)),
            ("classify", self.store.seconds(&key)),
        ];
        Ok(outcome)
    }

    fn mixture(
        &self,
        name: &str,
        recording: &Recording,
        config: &SpeciesConfig,
        mixture: &MixtureConfig,
    ) -> Result<Outcome, Failure> {
        let key = recording.key.then("mixture", LEARNING_CODE, &(config, mixture));
        let mut outcome: Outcome = self.store.product(&key, || {
            let tell = self.teller(name);
            let preparation = Preparation::new(&recording.tracks, config)?;
            let systems = CellSystems::new(&preparation, &tell)?;
            let found = classify_by_mixture(&preparation, &systems, config, mixture, &tell)?;
            let details = Details::mixture(&found);
            Outcome::new(
                &recording.tracks,
                &preparation,
                config,
                &found.classification,
                found.velocity_errors,
                details,
            )
        })?;
        outcome.seconds =
            vec![("simulate", recording.seconds), ("mixture", self.store.seconds(&key))];
        Ok(outcome)
    }

    fn models(
        &self,
        preparation: &Preparation<2>,
        name: &str,
        config: &SpeciesConfig,
        key: &Key,
    ) -> Result<Vec<Option<CellModel>>, Failure> {
        let stored: Vec<Option<StoredModel>> = self.store.product(key, || {
            let models = single_cell_models(preparation, config, &self.teller(name))?;
            Ok(models.into_iter().map(|model| model.map(StoredModel::from)).collect())
        })?;
        Ok(stored.into_iter().map(|model| model.map(CellModel::from)).collect())
    }

    fn replacement(
        &self,
        preparation: &Preparation<2>,
        models: &[Option<CellModel>],
        name: &str,
        config: &SpeciesConfig,
        key: &Key,
    ) -> Result<Replacement, Failure> {
        let stored: StoredReplacement = self.store.product(key, || {
            let matched = matched_cells(preparation, config);
            let replacement =
                replace_models(preparation, models, &matched, config, &self.teller(name))?;
            Ok(replacement.into())
        })?;
        Ok(stored.into())
    }
}

/// Key of the single-cell models of a recording.
fn models_key(recording: &Key, config: &SpeciesConfig) -> Key {
    // What validation alone reads does not make other models.
    let learning = SpeciesConfig {
        integrator: Default::default(),
        n_matched: 1,
        n_nearest: 1,
        ..config.clone()
    };
    recording.then("models", LEARNING_CODE, &learning)
}

/// Choices of both classifiers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) sequential: SequentialConfig,
    pub(crate) mixture: MixtureConfig,
}

/// What is simulated for a scenario.
fn simulated(scenario: &Scenario) -> Scenario {
    let mut simulated = scenario.clone();
    let is_beginning_of_long = ["A,B", "A,B,C"].contains(&scenario.name().as_str());
    if is_beginning_of_long && scenario.n_samples <= LONG {
        simulated.long = true;
        simulated.n_samples = LONG;
    }
    simulated
}

/// Samples of the long recordings.
const LONG: usize = 400;

/// Moves all fields of a struct into its twin.
macro_rules! twins {
    ($from:ident -> $to:ident { $($field:ident),+ }) => {
        impl From<$from> for $to {
            fn from($from { $($field),+ }: $from) -> Self {
                Self { $($field),+ }
            }
        }
    };
    ($a:ident <-> $b:ident { $($field:ident),+ }) => {
        twins!($a -> $b { $($field),+ });
        twins!($b -> $a { $($field),+ });
    };
}

twins!(CellModel <-> StoredModel {
    weights, lambda, loss, support_sizes, n_rows, n_solves, uncertified, worst_violation
});
twins!(Replacement <-> StoredReplacement { source, own_error });
