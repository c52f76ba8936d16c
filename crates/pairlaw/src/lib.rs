//! Learns the laws by which pairs interact from their recorded tracks.
#![doc = include_str!("../README.md")]

pub mod meanfield;
pub mod potentials;
pub mod species;

pub use pairlaw_cluster as cluster;
pub use pairlaw_data as data;
pub use pairlaw_law as law;
pub use pairlaw_sim as sim;
pub use pairlaw_sparse as sparse;
pub use pairlaw_validate as validate;
pub use pairlaw_weak as weak;
