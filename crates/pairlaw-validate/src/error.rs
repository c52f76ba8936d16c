//! What can be wrong with a recording or with what is asked of it.

use pairlaw_cluster::ClusterError;

/// Why tracks cannot serve for validation.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ValidateError {
    /// The tracks hold positions only.
    #[error("the tracks have no velocities: estimate them first, for example by differences")]
    NoVelocities,
    /// The share of the frames to simulate is no share.
    #[error("the share {share} of the frames is not in (0, 1]; the paper takes 0.25")]
    BadShare {
        /// The share.
        share: f64,
    },
    /// The number that sums over neighbours are divided by is not positive and finite.
    #[error(
        "sums over neighbours cannot be divided by {n_reference}: give a finite number > 0, such as \
         the largest number of individuals present at once"
    )]
    BadReference {
        /// The number.
        n_reference: f64,
    },
    /// Slopes or squares of a track's numbers overflow.
    #[error(
        "the positions or velocities of individual {individual} are too large to interpolate or to \
         square: use other units"
    )]
    TooLarge {
        /// Index of the individual.
        individual: usize,
    },
    /// A quantile's level is no probability.
    #[error("the level {level} of a quantile is not in [0, 1]")]
    BadLevel {
        /// The level.
        level: f64,
    },
    /// A velocity between two frames of one time.
    #[error("the times {first} and {second} give no velocity: take two frames of different times")]
    EqualTimes {
        /// Time of the first frame.
        first: f64,
        /// Time of the second.
        second: f64,
    },
    /// A score is not a number.
    #[error("score {index} is not a number: leave it out with its label")]
    ScoreNotANumber {
        /// Its place.
        index: usize,
    },
    /// Scores of one group alone cannot be told apart.
    #[error("{n_labelled} of {n} scores are labelled: there must be some of either group")]
    OneGroup {
        /// Number of labelled scores.
        n_labelled: usize,
        /// Number of scores.
        n: usize,
    },
    /// Values cannot be described by Gaussians.
    #[error(transparent)]
    Mixture(#[from] ClusterError),
}
