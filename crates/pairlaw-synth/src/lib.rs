//! Named scenarios with ground truth, and ways to degrade them.
#![doc = include_str!("../README.md")]

mod degrade;
mod scenario;
mod species;

pub use degrade::{add_noise, drop_runs};
pub use scenario::{Scenario, Start, SynthError};
pub use species::Species;
