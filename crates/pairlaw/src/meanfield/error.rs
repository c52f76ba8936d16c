//! What can go wrong between data and kernel.

use pairlaw_law::LawError;
use pairlaw_meanfield::MeanFieldError;
use pairlaw_sparse::SparseError;
use pairlaw_weak::WeakError;

/// Why no kernel was learned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// The dictionary has no terms.
    #[error("the dictionary is empty: offer at least one term")]
    NoTerms,
    /// There are no recordings.
    #[error("there are no runs: give snapshots of at least one")]
    NoRuns,
    /// Two terms of the dictionary are the same on the data up to a factor, or one vanishes.
    #[error(
        "the terms {first} and {second} cannot be told apart on these data: leave one out, or give \
         data over a wider range of distances"
    )]
    TermsAlike {
        /// One term.
        first: String,
        /// The other, or the same if it vanishes on the data.
        second: String,
    },
    /// A term or kernel is impossible.
    #[error(transparent)]
    Law(#[from] LawError),
    /// Densities or their equation.
    #[error(transparent)]
    MeanField(#[from] MeanFieldError),
    /// Particles or their weak form.
    #[error(transparent)]
    Weak(#[from] WeakError),
    /// The regression.
    #[error(transparent)]
    Sparse(#[from] SparseError),
    /// Breaks and exponents are compared by χ², which needs σ².
    #[error(
        "the noise must be known to compare breaks or exponents: take σ² from `learn` with an unknown \
         one, or from the quadratic variation of tracks, and give it"
    )]
    UnknownNoise,
    /// A setting is out of range.
    #[error("{name} is {value}: it must be {range}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
}
