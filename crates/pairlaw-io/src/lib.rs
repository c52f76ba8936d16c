//! Reads recorded tracks from delimited text and TrackMate spots.
#![doc = include_str!("../README.md")]

mod error;

mod columns;
mod layout;

mod delimited;

pub use pairlaw_data as data;

pub use delimited::{Scale, TrackFile, parse_tracks, read_tracks};
pub use error::IoError;
