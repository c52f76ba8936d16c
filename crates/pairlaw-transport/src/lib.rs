//! Optimal transport: Wasserstein distances on the line, assignment, Sinkhorn divergences.
#![doc = include_str!("../README.md")]

mod assignment;
mod error;
mod half_step;
mod sinkhorn;
mod sinkhorn_report;
mod wasserstein;

pub use assignment::{
    Assignment, assign_points, assign_points_from, linear_assignment, linear_assignment_from,
};
pub use error::TransportError;
pub use sinkhorn::Sinkhorn;
pub use sinkhorn_report::{Precision, SinkhornOptions, SinkhornReport, SinkhornState};
pub use wasserstein::{
    wasserstein2, wasserstein2_densities, wasserstein2_sample_density, wasserstein2_weighted,
};
