//! What can be wrong with a recording or with what is asked of it.

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
}
