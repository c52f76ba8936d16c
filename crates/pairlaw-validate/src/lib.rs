//! Data-driven forward simulation of recorded individuals, and errors of learned laws.
#![doc = include_str!("../README.md")]

mod error;
mod pchip;

mod recording;

mod forward;

mod force_error;
mod speed_quantile;

mod baseline;
mod roc;
mod two_modes;

pub use pairlaw_data as data;
pub use pairlaw_law as law;

pub use baseline::{constant_velocity, mean_distance};
pub use error::ValidateError;
pub use force_error::{
    ForceError, ForceErrors, ForceGrid, force_error, force_errors, spurious_relative,
};
pub use forward::{Integrator, Run, Trajectory, trajectory, velocity_errors};
pub use pchip::{hermite_weights, pchip_slopes};
pub use recording::Recording;
pub use roc::roc_area;
pub use speed_quantile::speed_quantile;
pub use two_modes::{TwoModes, two_modes};
