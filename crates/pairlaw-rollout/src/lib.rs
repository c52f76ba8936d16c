//! Differentiable roll-out of pair potentials.
#![doc = include_str!("../README.md")]

mod adam;
mod coefficients;
mod collocation;
mod error;
mod gradients;
mod leg;
mod pair_loops;
mod rollout;
mod scheme;

pub use pairlaw_law as law;

pub use adam::{Adam, Rate};
pub use collocation::{
    Collocation, CollocationConfig, LegError, PairStrengths, Quality, collocate,
};
pub use error::RolloutError;
pub use leg::LegState;
pub use rollout::{Rollout, RolloutState, simulate};
pub use scheme::{Parameters, Role, Scheme};
