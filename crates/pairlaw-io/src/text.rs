//! Delimited text in all its forms.

mod source;

mod layout;
mod numbers;
mod records;

mod comments;
mod heading;
pub(crate) mod names;

mod columns;
mod plan;

mod links;
mod long;
mod wide;

mod finish;
mod projection;
mod timestamps;

use std::path::Path;

use crate::{IoError, ReadOptions, TrackTable};

pub(crate) use long::is_no_id;

use finish::finish;
use plan::{Plan, Shape};
use source::Source;

/// The table of a text.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    let source = Source::new(bytes, path)?;
    let plan = Plan::new(&source, options)?;
    match &plan.shape {
        Shape::Wide(columns) => {
            let (rows, times) = wide::read(&source, &plan, columns)?;
            let has_times = columns.has_times() && options.frame_interval.is_none();
            let mut table = finish(rows, &plan, path, Some(!has_times))?;
            if has_times {
                wide::set_times(&mut table, &times);
            }
            Ok(table)
        }
        Shape::Links(columns) => finish(links::read(&source, &plan, columns)?, &plan, path, None),
        Shape::Long { columns, has_timestamps } => {
            let rows = long::read(&source, &plan, columns, *has_timestamps)?;
            let clock = rows.clock;
            let mut table = finish(rows, &plan, path, columns.counts_frames)?;
            if let Some(ends) = clock {
                finish::take_clock(&mut table, ends);
            }
            if *has_timestamps {
                finish::count_from_first(&mut table, options);
            }
            if columns.is_geographic {
                finish::project(&mut table, options)?;
            }
            finish::refuse_single_rows(&table, columns, &plan)?;
            Ok(table)
        }
    }
}

/// Refuses what cannot be a table of tracks by its first bytes alone, before the rest is read.
pub(crate) fn check_first_rows(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<(), IoError> {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or_default();
    let source = Source::new(&bytes[..end], path)?;
    match Plan::new(&source, options) {
        // Comments may be longer than what was read.
        Err(IoError::NoRows { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
