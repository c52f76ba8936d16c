//! Gaussian mixtures in one dimension, groups of rows with equal codes, agreement of partitions.
#![doc = include_str!("../README.md")]

mod error;

mod expectation_maximization;
mod gaussian_mixture;

mod codes;

mod agreement;

pub use rand;

pub use agreement::Contingency;
pub use codes::{Group, group_by_code};
pub use error::ClusterError;
pub use expectation_maximization::{EmConfig, EmStatus, MixtureFit, fit};
pub use gaussian_mixture::{Component, GaussianMixture};
