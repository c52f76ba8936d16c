//! What a kernel is learned from, and how its terms are chosen.

use super::error::KernelError;
use pairlaw_data::{Densities, Grid, Snapshots};
use pairlaw_meanfield::{Bandwidth, TimeDerivative};
use pairlaw_sparse::TwoPhaseConfig;
use pairlaw_weak::{Diffusion, MeasureConfig};

/// Data, and the equation by which a kernel is learned from them.
#[derive(Clone, Debug)]
pub enum Observations<'a, const D: usize> {
    /// Densities at several times; regression on the mean-field equation as it stands.
    Densities {
        /// Of mass 1.
        densities: &'a Densities<D>,
        /// The equation's known parts.
        equation: StrongForm,
    },
    /// Particles by way of kernel density estimates, as in the paper. The estimates are too wide,
    /// and with them the kernel is biased, the more the narrower the density.
    Estimates {
        /// Runs of the same system; they pool.
        runs: &'a [Snapshots<D>],
        /// Where the density is estimated.
        grid: Grid<D>,
        /// How wide the estimate's kernel is.
        bandwidth: Bandwidth,
        /// The equation's known parts.
        equation: StrongForm,
    },
    /// Particles by the weak form on their empirical measure: no bandwidth, no derivative of data,
    /// standard errors, σ² if unknown, external forces.
    Particles {
        /// Runs of the same system; they pool.
        runs: &'a [Snapshots<D>],
        /// Test functions and what is known of the noise.
        measure: MeasureConfig<D>,
    },
}

impl<const D: usize> Observations<'_, D> {
    /// Refuses an unknown σ² where several systems are compared by their χ².
    pub(super) fn check_noise_is_known(&self) -> Result<(), KernelError> {
        match self {
            Self::Particles { measure, .. } if measure.diffusion == Diffusion::Unknown => {
                Err(KernelError::UnknownNoise)
            }
            _ => Ok(()),
        }
    }
}

/// Known parts of the mean-field equation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrongForm {
    /// σ², length²/time.
    pub noise_variance: f64,
    /// How ∂u/∂t is taken.
    pub derivative: TimeDerivative,
}

impl StrongForm {
    /// σ², with ∂u/∂t and everything else in the middle of a time step.
    #[must_use]
    pub fn new(noise_variance: f64) -> Self {
        Self { noise_variance, derivative: TimeDerivative::Midpoint }
    }
}

/// How the terms of a kernel are chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// Importance-sampled steps, L1 and an adaptive threshold, as in the paper.
    TwoPhase {
        /// Its settings.
        config: TwoPhaseConfig,
        /// Seed of its draws.
        seed: u64,
    },
    /// The best support of at most so many terms: deterministic. For particles in weak form it has the
    /// least χ² + k ln(rows); for densities, whose errors are no noise, it is the smallest that leaves at
    /// most twice what the best larger one leaves.
    BestSubset {
        /// Most terms.
        max_terms: usize,
    },
    /// All terms of the dictionary.
    All,
}

/// Dictionaries up to this size are searched exhaustively by default.
const EXHAUSTIVE: usize = 16;

impl Selection {
    /// The best subset of at most 3 terms for a dictionary of up to 16, two phases beyond.
    ///
    /// Kernels of more terms of such a dictionary are hardly ever told apart, and a misfit of a few per
    /// cent, which every discretisation leaves, would buy some.
    #[must_use]
    pub fn for_dictionary(n_terms: usize) -> Self {
        if n_terms <= EXHAUSTIVE {
            Self::BestSubset { max_terms: 3 }
        } else {
            Self::TwoPhase { config: TwoPhaseConfig::default(), seed: 1 }
        }
    }
}
