//! Named scenarios with ground truth, and ways to degrade them.
#![doc = include_str!("../README.md")]

mod degrade;
mod first_order;
mod initial_law;
mod scenario;
mod species;

pub use degrade::{add_noise, drop_runs};
pub use first_order::{CUTOFF, FirstOrderScenario};
pub use initial_law::InitialLaw;
pub use scenario::{Scenario, Start, SynthError};
pub use species::Species;
