//! Species nobody labelled, and the law of each, from tracks alone.
//!
//! Two classifiers, each an algorithm box with a step a line:
//!
//! - [`sequential_species`], the paper's: one sparse weak-form model per cell, exchanged between
//!   similar cells, clustered by force modes, averaged, and validated by simulation; cells of low
//!   error are a species, the others go round again;
//! - [`mixture_species`]: one pooled weak-form regression per species and cells given to the model
//!   that leaves least of them, in turn.
//!
//! The steps are public, so that a caller can keep their results, look at them or replace one.
//!
//! # Source
//! Messenger, Wheeler, Liu, Bortz (2022), *Learning anisotropic interaction rules from individual
//! trajectories in a heterogeneous cellular population*, J. R. Soc. Interface 19:20220412.

mod bootstrap;
mod cell_systems;
mod cluster;
mod config;
mod constraints;
mod description;
mod error;
mod evidence;
mod expectation_maximization;
mod fit_share;
mod force_curve;
mod gaussian_split;
mod learned;
mod matching;
mod membership;
mod mixture;
mod mixture_config;
mod mixture_starts;
mod number_of_species;
mod one_body;
mod preparation;
mod recombine;
mod replacement;
mod sequential;
mod single_cell;

pub use bootstrap::{Bootstrap, BootstrapConfig, ForceBand, TermInterval, bootstrap_law};
pub use cell_systems::{CellSystems, LEAST_RESIDUAL};
pub use cluster::{Aggregate, CodeBy, aggregate_models, cluster_models};
pub use config::{FarField, FocalCells, Sparsity, SpeciesConfig};
pub use constraints::{SignRadii, sign_constraints};
pub use description::{describe_law, describe_law_of_order, force_formula, one_body_formula};
pub use error::SpeciesError;
pub use evidence::{
    Baseline, EvidenceConfig, Information, LawForce, PartEvidence, SpeciesEvidence, Verdict,
    Weakness, individual_information, weigh_evidence,
};
pub use expectation_maximization::{
    MixtureFit, ModelSpace, Weighting, expectation_maximization, fit_labels,
};
pub use fit_share::{FitShareTrial, choose_fit_share, reweighted_path};
pub use force_curve::{ForceCurve, ObservedRange, force_curve};
pub use gaussian_split::{GaussianSplit, split_errors};
pub use learned::{Classification, LearnedSpecies, validate_species};
pub use matching::matched_cells;
pub use membership::{Membership, memberships};
pub use mixture::{MixtureSpecies, PooledRegression, classify_by_mixture, mixture_species};
pub use mixture_config::MixtureConfig;
pub use number_of_species::elbow;
pub use one_body::{OneBodyConfig, PreferredDirection, one_body_constraints};
pub use preparation::Preparation;
pub use recombine::{Recombined, recombine};
pub use replacement::{Replacement, replace_models};
pub use sequential::{
    Round, SequentialConfig, SequentialSpecies, Stop, classify_by_validation, sequential_species,
    validate,
};
pub use single_cell::{CellModel, single_cell_models};

/// Told which stage has done how many of its parts: (stage, done, total). Called from any thread.
pub type Progress<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);
