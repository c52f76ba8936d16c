//! Named scenarios with ground truth, and ways to degrade them.
#![doc = include_str!("../README.md")]

mod degrade;
mod first_order;
mod heart;
mod initial_law;
mod populations;
mod scenario;
mod species;
mod target_shape;

pub use pairlaw_data as data;
pub use pairlaw_law as law;

pub use degrade::{add_noise, drop_runs};
pub use first_order::{CUTOFF, FirstOrderScenario};
pub use heart::heart_stand_in;
pub use initial_law::InitialLaw;
pub use populations::{CellPopulation, PopulationControl};
pub use scenario::{Scenario, Start, SynthError};
pub use species::Species;
pub use target_shape::{Shape, uniform_cells};
