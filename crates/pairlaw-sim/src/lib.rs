//! Simulators of interacting particle systems.
#![doc = include_str!("../README.md")]

mod error;
mod first_order;
mod initial;
mod pair_loop;
mod population;

pub use pairlaw_data as data;
pub use pairlaw_law as law;

pub use error::SimError;
pub use first_order::{Ensemble, Steps, simulate_first_order};
pub use initial::{
    Gaussian, gaussian_mixture, gaussian_velocities, latin_hypercube, ring, uniform_box,
};
pub use pair_loop::PairLoop;
pub use population::{Population, Schedule, simulate, simulate_within};
