//! Reads recorded tracks from the files of trackers, and says what it made of them.
#![doc = include_str!("../README.md")]

mod error;
mod format;
mod options;
mod table;

mod builder;
mod read;

mod resampling;
mod rounded_times;
mod tracks;

pub mod inspect;

mod text;
mod write_csv;

mod chains;
mod trackmate_xml;

mod array;
#[cfg(any(feature = "hdf5", feature = "parquet"))]
mod guarded;
mod inflate;
mod named_columns;

#[cfg(feature = "geff")]
mod geff;
#[cfg(feature = "hdf5")]
mod hdf5;
mod matlab;
mod numpy;
#[cfg(feature = "parquet")]
mod parquet;

pub use pairlaw_data as data;

pub use error::{IoError, Place};
pub use format::Format;
pub use inspect::{Inspection, inspect};
pub use options::{ColumnMap, ReadOptions};
#[cfg(feature = "parquet")]
pub use parquet::write_parquet;
pub use read::{parse_table, read_table, read_tracks};
pub use table::{Duplicates, Origin, Places, TrackOptions, TrackTable};
pub use write_csv::{csv, write_csv};
