//! What a classifier found in one experiment, as it is stored.

use crate::Failure;
use pairlaw::species::{
    CellModel, Classification, MixtureSpecies, Preparation, Replacement, SequentialSpecies,
    SpeciesConfig,
};
use pairlaw_cluster::GaussianMixture;
use pairlaw_data::Tracks;
use pairlaw_validate::speed_quantile;
use pairlaw_weak::estimate_velocities;
use serde::{Deserialize, Serialize};

/// Species, members and errors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) clusters: Vec<Cluster>,
    /// Cells in no cluster.
    pub(crate) undetermined: Vec<usize>,
    /// ΔV of every cell under its cluster's law.
    pub(crate) velocity_errors: Vec<Option<f64>>,
    /// Largest speed and its 99 % quantile.
    pub(crate) speeds: [f64; 2],
    /// Largest distance between two cells.
    pub(crate) largest_distance: f64,
    pub(crate) details: Details,
    /// Stages and the seconds that they took, as far as they were measured; not stored.
    #[serde(skip)]
    pub(crate) seconds: Vec<(&'static str, Option<f64>)>,
}

/// One species found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) members: Vec<usize>,
    /// Weights of the paper's basis.
    pub(crate) weights: Vec<f64>,
}

/// What only one of the classifiers tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Details {
    /// The paper's.
    Sequential {
        single_cell: SingleCell,
        rounds: Vec<Round>,
        stop: String,
        /// Clusters that one law explains, by index.
        recombined: Vec<Vec<usize>>,
    },
    /// The mixture.
    Mixture {
        /// Mean ln ρ with 1, 2, … species.
        curve: Vec<f64>,
        /// ρ of every cell under the law that explains it best, and ln ρ₂/ρ₁.
        memberships: Vec<Option<(f64, f64)>>,
        regressions: Vec<Regression>,
    },
}

/// One pass of the paper's classifier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) cells: Vec<usize>,
    pub(crate) code: String,
    /// Cells whose models were averaged.
    pub(crate) averaged: usize,
    pub(crate) velocity_errors: Vec<Option<f64>>,
    pub(crate) gaussians: Option<Gaussians>,
}

/// One Gaussian against two: (weight, mean, variance) of log10 ΔV.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gaussians {
    pub(crate) one: Vec<(f64, f64, f64)>,
    pub(crate) two: Vec<(f64, f64, f64)>,
    pub(crate) bic_one: f64,
    pub(crate) bic_two: f64,
}

/// How a pooled model was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Regression {
    pub(crate) fit_share: f64,
    /// (α, held-out mean ln ρ).
    pub(crate) trials: Vec<(f64, f64)>,
    pub(crate) lambda: f64,
    pub(crate) loss: Vec<f64>,
    pub(crate) support_sizes: Vec<usize>,
    pub(crate) worst_violation: f64,
}

/// Of all single-cell models.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SingleCell {
    pub(crate) without_model: usize,
    pub(crate) replaced: usize,
    pub(crate) solves: usize,
    pub(crate) uncertified_thresholds: usize,
    pub(crate) worst_violation: f64,
    /// Weights of each cell's own model, before replacement.
    pub(crate) weights: Vec<Option<Vec<f64>>>,
    /// λ and loss of one cell's path, for the record.
    pub(crate) example: Option<(usize, Vec<f64>)>,
}

impl Outcome {
    pub(crate) fn new(
        tracks: &Tracks<2>,
        preparation: &Preparation<2>,
        config: &SpeciesConfig,
        classification: &Classification,
        velocity_errors: Vec<Option<f64>>,
        details: Details,
    ) -> Result<Self, Failure> {
        let cluster = |species: &pairlaw::species::LearnedSpecies| Cluster {
            members: species.members.clone(),
            weights: species.law.weights.clone(),
        };
        let with_velocities = estimate_velocities(tracks, config.velocity)?;
        let speed = |level| speed_quantile(&with_velocities, level);
        Ok(Self {
            clusters: classification.species.iter().map(cluster).collect(),
            undetermined: classification.undetermined.clone(),
            velocity_errors,
            speeds: [speed(1.0)?, speed(0.99)?],
            largest_distance: preparation.distances.largest,
            details,
            seconds: Vec::new(),
        })
    }

    /// The cluster of every cell.
    pub(crate) fn labels(&self) -> Vec<Option<usize>> {
        let mut labels = vec![None; self.velocity_errors.len()];
        for (k, cluster) in self.clusters.iter().enumerate() {
            cluster.members.iter().for_each(|cell| labels[*cell] = Some(k));
        }
        labels
    }
}

impl Details {
    pub(crate) fn sequential(
        single_cell: SingleCell,
        found: &SequentialSpecies,
        recombined: Vec<Vec<usize>>,
    ) -> Self {
        let components = |mixture: &GaussianMixture| {
            mixture.components.iter().map(|c| (c.weight, c.mean, c.variance)).collect()
        };
        let round = |round: &pairlaw::species::Round| Round {
            cells: round.cells.clone(),
            code: round.law.modes().to_string(),
            averaged: round.clusters.first().map_or(0, |cluster| cluster.members.len()),
            velocity_errors: round.velocity_errors.clone(),
            gaussians: round.split.as_ref().map(|split| Gaussians {
                one: components(&split.one),
                two: split.two.as_ref().map(components).unwrap_or_default(),
                bic_one: split.bic_one,
                bic_two: split.bic_two,
            }),
        };
        let rounds = found.rounds.iter().map(round).collect();
        let stop = format!("{:?}", found.stop);
        Self::Sequential { single_cell, rounds, stop, recombined }
    }

    pub(crate) fn mixture(found: &MixtureSpecies) -> Self {
        let regression = |r: &pairlaw::species::PooledRegression| Regression {
            fit_share: r.fit_share,
            trials: r.trials.iter().map(|t| (t.fit_share, t.held_out)).collect(),
            lambda: r.path.lambda,
            loss: r.path.loss.clone(),
            support_sizes: r.path.support_sizes.clone(),
            worst_violation: r.path.worst_violation,
        };
        Self::Mixture {
            curve: found.curve.clone(),
            memberships: found
                .memberships
                .iter()
                .map(|m| m.map(|m| (m.residual, m.margin)))
                .collect(),
            regressions: found.regressions.iter().map(regression).collect(),
        }
    }
}

impl SingleCell {
    pub(crate) fn new(models: &[Option<CellModel>], replacement: &Replacement) -> Self {
        let learned = || models.iter().flatten();
        let replaced = replacement.source.iter().enumerate().filter(|(i, source)| i != *source);
        let example = models.iter().position(Option::is_some);
        Self {
            without_model: models.iter().filter(|model| model.is_none()).count(),
            replaced: replaced.count(),
            solves: learned().map(|model| model.n_solves).sum(),
            uncertified_thresholds: learned().map(|model| model.uncertified.len()).sum(),
            worst_violation: learned().map(|m| m.worst_violation).fold(0.0, f64::max),
            weights: models.iter().map(|m| m.as_ref().map(|m| m.weights.clone())).collect(),
            example: example.and_then(|cell| Some((cell, models[cell].as_ref()?.loss.clone()))),
        }
    }
}
