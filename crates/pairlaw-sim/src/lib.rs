//! Simulators of interacting particle systems.
#![doc = include_str!("../README.md")]

mod error;
mod initial;
mod pair_loop;
mod second_order;

pub use error::SimError;
pub use initial::{gaussian_velocities, latin_hypercube};
pub use pair_loop::PairLoop;
pub use second_order::{Population, Schedule, simulate};
