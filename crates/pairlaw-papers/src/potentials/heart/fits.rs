//! Fits of tracks: the stand-in for heart development and simulated controls; all cached.

use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::runner::{LEARNING_CODE, Runner};
use clap::ValueEnum;
use pairlaw::potentials::rollout::{Parameters, Role, Scheme};
use pairlaw::potentials::{FrameErrors, Prediction, TrackFit, TracksConfig, fit_tracks};
use pairlaw_data::{Normalisation, Tracks};
use pairlaw_run::Key;
use pairlaw_synth::{CellPopulation, PopulationControl, heart_stand_in};
use pairlaw_validate::{TwoModes, roc_area, two_modes};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Cells and frames of the stand-in and of the controls.
const CELLS: usize = 150;
pub(in crate::potentials) const FRAMES: usize = 10;
/// Fitted frames where the last three are held out.
pub(in crate::potentials) const EARLY_FRAMES: usize = 7;
/// `--quick` has so many times fewer epochs.
const QUICK_EPOCHS: usize = 10;

/// What tracks are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::potentials) enum Recording {
    /// A ring that becomes a cone; no potentials, no populations.
    Heart,
    /// Cells of one population, moved by potentials.
    OnePopulation,
    /// Repulsive and adhesive cells.
    TwoPopulations,
}

/// Which pairs share parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::potentials) enum Sharing {
    /// One set a sender.
    Individual,
    /// One set a pair.
    Mutual,
}

/// One fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::potentials) struct Case {
    pub(in crate::potentials) recording: Recording,
    pub(in crate::potentials) sharing: Sharing,
    /// The first frames, which are fitted.
    pub(in crate::potentials) n_fitted: usize,
    pub(in crate::potentials) seed: u64,
}

/// What a fit found, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::potentials) struct StoredTracks {
    pub(in crate::potentials) loss: f64,
    pub(in crate::potentials) errors: Vec<FrameErrors>,
    pub(in crate::potentials) prediction: Prediction,
    /// Unit of length of the parameters.
    pub(in crate::potentials) scale: f64,
    pub(in crate::potentials) n_dropped: usize,
    /// Positions in every frame.
    pub(in crate::potentials) tracked: Vec<Vec<[f64; 3]>>,
    pub(in crate::potentials) simulated: Vec<Vec<[f64; 3]>>,
    pub(in crate::potentials) parameters: Parameters<f32, 4>,
    /// Of ln R, ln r, ln A, ln a over all learned sets.
    pub(in crate::potentials) bimodal: [bool; 4],
    pub(in crate::potentials) separation: [f64; 4],
    /// Area under the curve of the senders' scores, where there are two populations.
    pub(in crate::potentials) area: Option<f64>,
    pub(in crate::potentials) status: String,
    /// As measured when it was made; not stored.
    #[serde(skip)]
    pub(in crate::potentials) seconds: Option<f64>,
}

impl Recording {
    /// For people; what is made up is called so.
    pub(in crate::potentials) fn words(self) -> &'static str {
        match self {
            Self::Heart => "heart stand-in",
            Self::OnePopulation => "simulated, one population",
            Self::TwoPopulations => "simulated, two populations",
        }
    }

    /// Tracks, and who is adhesive. Controls start where the stand-in does.
    fn tracks(self, seed: u64) -> Result<(Tracks<3>, Vec<bool>), Failure> {
        let heart = heart_stand_in(CELLS, seed);
        let control = match self {
            Self::Heart => return Ok((heart, vec![false; CELLS])),
            Self::OnePopulation => PopulationControl::one(seed),
            Self::TwoPopulations => PopulationControl::two(seed),
        };
        let first = &heart.complete(&[0])?.positions[0];
        let normalisation = Normalisation::of(first)?;
        let start: Vec<_> = first.iter().map(|&x| normalisation.apply(x)).collect();
        let (tracks, populations) = control.simulate(&start)?;
        Ok((tracks, populations.iter().map(|p| *p == CellPopulation::Adhesive).collect()))
    }
}

impl Sharing {
    pub(in crate::potentials) const ALL: [Self; 2] = [Self::Individual, Self::Mutual];

    fn scheme(self) -> Scheme {
        match self {
            Self::Individual => Scheme::Individual(Role::Sender),
            Self::Mutual => Scheme::Mutual,
        }
    }
}

impl Case {
    pub(in crate::potentials) fn name(&self) -> String {
        let Self { recording, sharing, n_fitted, seed } = self;
        format!("{}, {}, {n_fitted} frames, seed {seed}", name_of(*recording), name_of(*sharing))
    }

    fn config(&self, options: &ReproduceOptions) -> TracksConfig {
        let mut config = TracksConfig::new(self.sharing.scheme(), FRAMES, self.n_fitted);
        config.seed = self.seed;
        if options.quick {
            config.epochs /= QUICK_EPOCHS;
        }
        config
    }
}

impl StoredTracks {
    fn new(found: TrackFit<3>, is_adhesive: &[bool]) -> Result<Self, Failure> {
        let status = found.fit.status.to_string();
        let parameters = found.fit.parameters[0].clone();
        let mut modes: Vec<Option<TwoModes>> = Vec::with_capacity(4);
        for k in 0..4 {
            let values: Vec<f64> = learned_sets(&parameters).map(|set| set[k]).collect();
            modes.push(two_modes(&values)?);
        }
        let has_two = is_adhesive.iter().any(|is| *is);
        let area = has_two.then(|| roc_area(&scores(&parameters), is_adhesive)).transpose()?;
        let of = |k: usize| modes[k].as_ref();
        Ok(Self {
            loss: found.fit.loss,
            errors: found.errors,
            prediction: found.prediction,
            scale: found.normalisation.scale,
            n_dropped: found.tracks.n_dropped,
            tracked: found.tracks.positions,
            simulated: found.simulated,
            bimodal: std::array::from_fn(|k| of(k).is_some_and(TwoModes::bimodal)),
            separation: std::array::from_fn(|k| of(k).map_or(0.0, |modes| modes.separation)),
            parameters,
            area,
            status,
            seconds: None,
        })
    }
}

/// `ln (R, r, A, a)` of every learned set: a sender's, or a pair's without those of a cell with
/// itself.
pub(in crate::potentials) fn learned_sets(
    parameters: &Parameters<f32, 4>,
) -> impl Iterator<Item = [f64; 4]> {
    let n = parameters.n_cells;
    let receivers = if parameters.scheme == Scheme::Mutual { n } else { 1 };
    let pairs = (0..receivers).flat_map(move |i| (0..n).map(move |j| (i, j)));
    pairs.filter(move |(i, j)| receivers == 1 || i != j).map(|(i, j)| parameters.pair(i, j))
}

/// How adhesive each sender is: the two forces at contact, as the mean over its receivers.
///
/// ```text
/// s_j = mean over i ≠ j of (ln A_ij/a_ij − ln R_ij/r_ij)
/// ```
fn scores(parameters: &Parameters<f32, 4>) -> Vec<f64> {
    let n = parameters.n_cells;
    let score = |i: usize, j: usize| {
        let [repulsion, r, attraction, a] = parameters.pair(i, j);
        attraction - a - repulsion + r
    };
    let mean = |j: usize| {
        let sum: f64 = (0..n).filter(|&i| i != j).map(|i| score(i, j)).sum();
        sum / (n - 1) as f64
    };
    (0..n).map(mean).collect()
}

impl Runner {
    /// A fit of tracks, from the cache where it is there.
    pub(in crate::potentials) fn tracks(
        &self,
        case: &Case,
        options: &ReproduceOptions,
    ) -> Result<StoredTracks, Failure> {
        let config = case.config(options);
        let key = Key::new("tracks", LEARNING_CODE, &(case, CELLS, &config));
        let found = self.store.product(&key, || {
            let (tracks, is_adhesive) = case.recording.tracks(case.seed)?;
            let name = case.name();
            let tell = self.teller(&name);
            let mut done = 0;
            let found = fit_tracks(&tracks, &config, &mut |_| {
                done += 1;
                tell("epochs", done, config.epochs);
            })?;
            StoredTracks::new(found, &is_adhesive)
        })?;
        Ok(StoredTracks { seconds: self.store.seconds(&key), ..found })
    }

    /// Fits side by side, in their order.
    pub(in crate::potentials) fn all_tracks(
        &self,
        cases: Vec<Case>,
        options: &ReproduceOptions,
    ) -> Result<Vec<(Case, StoredTracks)>, Failure> {
        let run = |case: Case| Ok((case, self.tracks(&case, options)?));
        cases.into_par_iter().with_max_len(1).map(run).collect()
    }
}
