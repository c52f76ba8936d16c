//! What to fit, and how.

use pairlaw_rollout::{Adam, CollocationConfig, Rate, Scheme};
use serde::{Deserialize, Serialize};

use super::PotentialsError;

/// A configuration that the cells must have after some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Target<const D: usize> {
    /// Number of steps from the start.
    pub step: usize,
    /// Positions, in the unit of the initial ones; one a cell, but any number for the
    /// losses of transport.
    pub positions: Vec<[f64; D]>,
}

/// Which cell goes to which position of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    /// Cell i to position i: tracks.
    Given,
    /// The assignment of the initial cells with the least sum of distances, for each target.
    Initial,
    /// The same for the first target; from there to the next, and so on.
    Chained,
}

/// Where training starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// The same parameters for all pairs, with a normal jitter in their logarithms.
    Uniform {
        /// (R, r, A, a).
        parameters: [f64; 4],
        /// Standard deviation of the jitter.
        jitter: f64,
    },
    /// Strengths found by collocation with positive strengths; for [`Scheme::Mutual`] alone.
    Collocation(CollocationConfig),
}

/// Epochs with one loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What is made small.
    pub loss: Loss,
    /// Number of epochs.
    pub epochs: usize,
    /// Rate of Adam.
    pub rate: Rate,
}

/// What is made small, summed over the targets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Loss {
    /// `(1/N) Σ_i |x_i − y_i|²` with the partner y_i of cell i.
    Euclidean {
        /// Partners are assigned anew to the present positions after so many epochs.
        reassign: Option<usize>,
    },
    /// `(1/N) Σ_i min_j |x_i − y_j|²`: each cell goes to the nearest position, taken or not.
    Nearest,
    /// The biased cost `⟨P, C⟩` of entropic transport.
    TransportCost {
        /// ε, in squared units of length.
        epsilon: f64,
    },
    /// The debiased Sinkhorn divergence.
    Sinkhorn {
        /// ε in the first epochs and in the last ones; in between it falls in ten steps.
        epsilon: [f64; 2],
    },
}

/// Settings of [`super::fit`].
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Time step δt.
    pub dt: f64,
    /// Which pairs share parameters.
    pub scheme: Scheme,
    /// One parameter set for each target's leg instead of one for all.
    pub per_leg: bool,
    /// Which cell goes where.
    pub matching: Matching,
    /// First parameters.
    pub start: Start,
    /// Phases of training, each from the best of the one before.
    pub phases: Vec<Phase>,
    /// Constants of Adam, whose ε is compared with gradients by logarithms of parameters.
    pub adam: Adam,
    /// Seed of the jitter.
    pub seed: u64,
}

/// Values of ε on its way from the first to the last.
const EPSILON_STEPS: usize = 10;

impl Loss {
    /// ε in epoch `epoch` of `epochs`, for losses of transport.
    #[must_use]
    pub fn epsilon(self, epoch: usize, epochs: usize) -> Option<f64> {
        match self {
            Self::TransportCost { epsilon } => Some(epsilon),
            Self::Sinkhorn { epsilon: [first, last] } => {
                let step = (epoch * EPSILON_STEPS / epochs.max(1)).min(EPSILON_STEPS - 1);
                let share = step as f64 / (EPSILON_STEPS - 1) as f64;
                Some(first * (last / first).powf(share))
            }
            Self::Euclidean { .. } | Self::Nearest => None,
        }
    }
}

impl Config {
    /// The paper's training of `n_cells` cells: one phase of `epochs` epochs at rate .01. What the
    /// paper leaves open is chosen as follows: logarithms of the parameters; R = A = .5/N, r = .3,
    /// a = .6 (individual: r = .1, a = .2), 10 % jitter.
    ///
    /// # Source
    /// Komiya, Jin, Nishikimi, Kashino (2025), section 2.3.
    #[must_use]
    pub fn paper(scheme: Scheme, n_cells: usize, loss: Loss, epochs: usize) -> Self {
        let strength = 0.5 / n_cells as f64;
        let [r, a] = match scheme {
            Scheme::Individual(_) => [0.1, 0.2],
            _ => [0.3, 0.6],
        };
        Self {
            dt: 0.2,
            scheme,
            per_leg: false,
            matching: Matching::Initial,
            start: Start::Uniform { parameters: [strength, r, strength, a], jitter: 0.1 },
            phases: vec![Phase { loss, epochs, rate: Rate::Constant(0.01) }],
            adam: Adam::default(),
            seed: 1,
        }
    }

    /// Whether cells are matched with positions one to one.
    pub(super) fn one_to_one(&self) -> bool {
        self.phases.iter().all(|phase| phase.epochs == 0)
            || self.phases.iter().any(|phase| matches!(phase.loss, Loss::Euclidean { .. }))
            || matches!(self.start, Start::Collocation(_))
    }

    pub(super) fn check(&self) -> Result<(), PotentialsError> {
        let setting = |name, value, range| Err(PotentialsError::Setting { name, value, range });
        let Adam { first_decay, second_decay, epsilon } = self.adam;
        for (name, decay) in [("first_decay", first_decay), ("second_decay", second_decay)] {
            if !(0.0..1.0).contains(&decay) {
                return setting(name, decay, "at least 0 and below 1");
            }
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return setting("epsilon of Adam", epsilon, "positive and finite");
        }
        for phase in &self.phases {
            let rate = match phase.rate {
                Rate::Constant(rate) | Rate::Cosine(rate) => rate,
            };
            if !(rate > 0.0 && rate.is_finite()) {
                return setting("rate", rate, "positive and finite");
            }
            let epsilons = match phase.loss {
                Loss::TransportCost { epsilon } => vec![epsilon],
                Loss::Sinkhorn { epsilon } => epsilon.to_vec(),
                Loss::Euclidean { reassign: Some(0) } => {
                    return setting("reassign", 0.0, "at least 1 epoch");
                }
                Loss::Euclidean { .. } | Loss::Nearest => vec![],
            };
            if let Some(&epsilon) = epsilons.iter().find(|e| !(**e > 0.0 && e.is_finite())) {
                return setting("epsilon", epsilon, "positive and finite");
            }
        }
        let mutual = self.scheme == Scheme::Mutual;
        match self.start {
            Start::Collocation(_) if !mutual => {
                Err(PotentialsError::CollocationScheme { scheme: self.scheme.name() })
            }
            Start::Collocation(config) if config.floor.is_none_or(|floor| floor <= 0.0) => {
                let floor = config.floor.unwrap_or(f64::NEG_INFINITY);
                setting("floor", floor, "positive: training needs positive strengths")
            }
            _ => Ok(()),
        }
    }
}
