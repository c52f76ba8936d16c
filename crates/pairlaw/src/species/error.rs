//! What can be wrong when a population is learned.

use pairlaw_cluster::ClusterError;
use pairlaw_law::LawError;
use pairlaw_sparse::SparseError;
use pairlaw_validate::ValidateError;
use pairlaw_weak::WeakError;

/// Why a population cannot be learned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpeciesError {
    /// A pair needs two.
    #[error("the tracks hold {n_cells} individuals; at least 2 are needed for an interaction")]
    TooFewCells {
        /// Number of individuals.
        n_cells: usize,
    },
    /// A choice out of range.
    #[error("{field} is {value}; it must be {needed}")]
    BadConfig {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        needed: &'static str,
    },
    /// The near field, where repulsion is enforced, reaches into the far field.
    #[error(
        "the near field (distances below {near_field}) reaches beyond far_field = {far_field}: set \
         far_field in the tracks' unit of length, to a distance at which only attraction is left"
    )]
    RadiiOverlap {
        /// r_nf, from the data.
        near_field: f64,
        /// r_ff, as configured.
        far_field: f64,
    },
    /// The regression of one individual failed.
    #[error("the regression of individual {id} failed: {source}")]
    Regression {
        /// Id of the individual.
        id: String,
        /// Why.
        source: SparseError,
    },
    /// No individual has a model with at least one term.
    #[error(
        "no individual has enough samples for a model with at least one term: use longer tracks, \
         a narrower test function or lower thresholds"
    )]
    NoModel,
    /// More species than cells.
    #[error(
        "{n_species} species were asked for, but only {n_cells} individuals have enough samples: \
         ask for fewer, or leave the number to the data"
    )]
    TooManySpecies {
        /// Number asked for.
        n_species: usize,
        /// Individuals with a weak system.
        n_cells: usize,
    },
    /// Too few cells to draw from.
    #[error(
        "the species has {n_cells} cells with a weak system; a bootstrap over cells needs at least 2"
    )]
    TooFewMembers {
        /// Members with a weak system.
        n_cells: usize,
    },
    /// No replicate of a bootstrap could be learned.
    #[error(
        "none of {n_replicates} bootstrap replicates has a certified model: raise the ridge of the path"
    )]
    NoReplicate {
        /// Replicates tried.
        n_replicates: usize,
    },
    /// Tracks that cannot be turned into systems.
    #[error(transparent)]
    Weak(#[from] WeakError),
    /// A bad choice for the regression.
    #[error(transparent)]
    Sparse(#[from] SparseError),
    /// Tracks that cannot be simulated from.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// Validation errors that cannot be split.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A law that cannot be compiled.
    #[error(transparent)]
    Law(#[from] LawError),
}
