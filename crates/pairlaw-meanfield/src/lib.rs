//! Densities of many particles: kernel density estimate, mean-field equation, free energy, strong-form systems.
#![doc = include_str!("../README.md")]

mod error;
mod normal_distribution;

mod density_estimate;
mod initial_density;

mod cell_average;
mod finite_volume;
mod gradient;

mod free_energy;
mod solver;
mod strong_form;

pub use pairlaw_data as data;
pub use pairlaw_law as law;
pub use pairlaw_sparse as sparse;

pub use density_estimate::{
    Bandwidth, DensityEstimator, bandwidths, density_estimate, estimate_densities,
};
pub use error::MeanFieldError;
pub use finite_volume::FaceValues;
pub use free_energy::{FreeEnergy, FreeEnergyFunctional, free_energies};
pub use initial_density::{gaussian_mixture, normalised};
pub use solver::{Diagnostics, MeanField, Schedule, Solution, solve, stable_dt};
pub use strong_form::{TimeDerivative, strong_form};
