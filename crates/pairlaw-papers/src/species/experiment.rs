//! One experiment: simulate, learn every cell, replace models, average the largest cluster, validate.

use crate::Failure;
use crate::cache::{Cache, Key};
use crate::progress::Progress;
use pairlaw::species::{
    CellModel, Cluster, Preparation, Replacement, SpeciesConfig, average, clusters_by_modes,
    matched_cells, replace_models, single_cell_models, validate,
};
use pairlaw_data::Tracks;
use pairlaw_law::Law;
use pairlaw_synth::Scenario;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::time::Instant;

/// Hash of the code that simulates.
const SIMULATION_CODE: &str = env!("PAIRLAW_SIMULATION_CODE");
/// Hash of that and of the code that learns.
const LEARNING_CODE: &str = env!("PAIRLAW_LEARNING_CODE");

/// Runs stages, from the cache where they are done.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) cache: Cache,
    pub(crate) progress: Progress,
    /// Names of the products used, for the manifest.
    pub(crate) products: Mutex<Vec<String>>,
}

/// What one experiment gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) preparation: Preparation<2>,
    pub(crate) models: Vec<Option<CellModel>>,
    pub(crate) replacement: Replacement,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) law: Law,
    pub(crate) velocity_errors: Vec<Option<f64>>,
    /// Seconds of simulation, single-cell models, replacement, validation, as measured when they
    /// were made.
    pub(crate) seconds: [f64; 4],
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

/// A product and the seconds that it took; the seconds are not part of any result.
type Timed<T> = (T, f64);

impl Runner {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, progress: Progress::new(), products: Mutex::default() }
    }

    fn note(&self, key: &Key) {
        if let Ok(mut products) = self.products.lock() {
            products.push(key.name());
        }
    }

    /// The recording of a scenario and its key.
    pub(crate) fn simulate(&self, scenario: &Scenario) -> Result<(Timed<Tracks<2>>, Key), Failure> {
        let key = Key::new("simulation", SIMULATION_CODE, scenario);
        self.note(&key);
        let name = format!(
            "simulate {}, {:?}, {:?}, seed {}",
            scenario.name(),
            scenario.direction,
            scenario.start,
            scenario.seed
        );
        let seconds_key = key.then("seconds", "", &());
        let tracks = self.cache.tracks(&key, || {
            let start = Instant::now();
            let total = scenario.n_samples;
            let tracks = scenario.simulate(|done| self.progress.tell(&name, done, total))?;
            // Stored before the tracks are: a kill in between loses neither.
            self.cache.replace(&seconds_key, &start.elapsed().as_secs_f64())?;
            Ok(tracks)
        })?;
        let seconds = self.cache.product(&seconds_key, || Ok(f64::NAN))?;
        Ok(((tracks, seconds), key))
    }

    /// Runs one experiment through all stages.
    pub(crate) fn run(
        &self,
        scenario: &Scenario,
        config: &SpeciesConfig,
    ) -> Result<Outcome, Failure> {
        let ((tracks, simulation), key) = self.simulate(scenario)?;
        let preparation = Preparation::new(&tracks, config)?;
        let (models, learning, key) = self.models(&preparation, config, scenario, &key)?;
        let (replacement, replacing) =
            self.replacement(&preparation, &models, config, scenario, &key)?;
        let start = Instant::now();
        let clusters = clusters_by_modes(&preparation, &models, &replacement)?;
        let law = average(&preparation, &models, &replacement, clusters.first())?;
        let velocity_errors = validate(&preparation, &law, config)?;
        let validating = start.elapsed().as_secs_f64();
        let seconds = [simulation, learning, replacing, validating];
        Ok(Outcome { preparation, models, replacement, clusters, law, velocity_errors, seconds })
    }

    fn models(
        &self,
        preparation: &Preparation<2>,
        config: &SpeciesConfig,
        scenario: &Scenario,
        recording: &Key,
    ) -> Result<(Vec<Option<CellModel>>, f64, Key), Failure> {
        // What validation alone reads does not make other models.
        let learning = SpeciesConfig {
            integrator: Default::default(),
            n_matched: 1,
            n_nearest: 1,
            ..config.clone()
        };
        let key = recording.then("models", LEARNING_CODE, &learning);
        self.note(&key);
        let (stored, seconds): Timed<Vec<Option<StoredModel>>> =
            self.cache.product(&key, || {
                let start = Instant::now();
                let name = scenario.name();
                let tell = |stage: &str, done, total| {
                    self.progress.tell(&format!("{name}: {stage}"), done, total);
                };
                let models = single_cell_models(preparation, config, &tell)?;
                let stored = models.into_iter().map(|model| model.map(StoredModel::from)).collect();
                Ok((stored, start.elapsed().as_secs_f64()))
            })?;
        let models = stored.into_iter().map(|model| model.map(CellModel::from)).collect();
        Ok((models, seconds, key))
    }

    fn replacement(
        &self,
        preparation: &Preparation<2>,
        models: &[Option<CellModel>],
        config: &SpeciesConfig,
        scenario: &Scenario,
        models_key: &Key,
    ) -> Result<Timed<Replacement>, Failure> {
        let key = models_key.then("replacement", LEARNING_CODE, config);
        self.note(&key);
        let (stored, seconds): Timed<StoredReplacement> = self.cache.product(&key, || {
            let start = Instant::now();
            let name = scenario.name();
            let tell = |stage: &str, done, total| {
                self.progress.tell(&format!("{name}: {stage}"), done, total);
            };
            let matched = matched_cells(preparation, config);
            let replacement = replace_models(preparation, models, &matched, config, &tell)?;
            Ok((replacement.into(), start.elapsed().as_secs_f64()))
        })?;
        Ok((stored.into(), seconds))
    }
}

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
