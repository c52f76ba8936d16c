//! Data-driven forward simulation of recorded individuals, and errors of learned laws.
#![doc = include_str!("../README.md")]

mod error;
mod pchip;

mod recording;

mod forward;

mod force_error;
mod speed_quantile;

pub use error::ValidateError;
pub use force_error::{
    ForceError, ForceErrors, ForceGrid, force_error, force_errors, spurious_relative,
};
pub use forward::{Integrator, Run, Trajectory, trajectory, velocity_errors};
pub use pchip::{hermite_weights, pchip_slopes};
pub use recording::Recording;
pub use speed_quantile::speed_quantile;
