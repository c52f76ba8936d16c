//! Tracks of individuals with gaps, a checksummed container for them, and seeded random streams.
#![doc = include_str!("../README.md")]

mod error;
mod tracks;

mod columns;
mod complete;
mod gaps;
mod normalisation;
mod rescaled;
mod rows;
mod subset;
mod time_grid;

mod noise;
mod velocity_agreement;

mod frames;

mod grid;
mod snapshots;

mod atomic;
mod codec;
mod container;

mod random;

pub use atomic::write_atomic;
pub use codec::{decode, encode, load, save};
pub use columns::Columns;
pub use complete::CompleteTracks;
pub use error::DataError;
pub use frames::{Frame, Frames};
pub use grid::{Densities, Grid};
pub use noise::sixth_difference_noise;
pub use normalisation::Normalisation;
pub use random::{Streams, Xoshiro256PlusPlus, rand_core};
pub use rows::{Row, compare_ids};
pub use snapshots::Snapshots;
pub use tracks::{Sampling, Segment, Tracks, Units};
pub use velocity_agreement::VelocityAgreement;
