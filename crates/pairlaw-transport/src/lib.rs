//! Optimal transport: Wasserstein distances.
#![doc = include_str!("../README.md")]

mod error;
mod wasserstein;

pub use error::TransportError;
pub use wasserstein::{
    wasserstein2, wasserstein2_densities, wasserstein2_sample_density, wasserstein2_weighted,
};
