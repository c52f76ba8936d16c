//! Reads recorded tracks from delimited text and TrackMate spots.
#![doc = include_str!("../README.md")]

mod error;
mod format;
mod options;
mod table;

mod builder;
mod read;

mod resampling;
mod tracks;

mod text;
mod write_csv;

mod chains;
mod trackmate_xml;

pub use pairlaw_data as data;

pub use error::{IoError, Place};
pub use format::Format;
pub use options::{ColumnMap, ReadOptions};
pub use read::{parse_table, read_table, read_tracks};
pub use table::{Duplicates, Origin, Places, TrackOptions, TrackTable};
pub use write_csv::write_csv;
