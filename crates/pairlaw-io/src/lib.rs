//! Reads recorded tracks from delimited text and TrackMate spots.
#![doc = include_str!("../README.md")]

mod error;
mod format;
mod options;
mod table;

mod builder;
mod read;

mod columns;
mod layout;

mod delimited;

mod chains;
mod trackmate_xml;

pub use pairlaw_data as data;

pub use delimited::{Scale, TrackFile, parse_tracks, read_tracks};
pub use error::{IoError, Place};
pub use format::Format;
pub use options::{ColumnMap, ReadOptions};
pub use read::{parse_table, read_table};
pub use table::{Duplicates, Origin, Places, TrackOptions, TrackTable};
