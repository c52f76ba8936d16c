//! From rows as the file tells them to the table: notes, times, metres.

use std::path::Path;

use super::columns::Columns;
use super::long::LongRows;
use super::plan::Plan;
use super::projection;
use crate::{IoError, ReadOptions, TrackTable};

/// The table of the rows, with notes on what was left out.
pub(crate) fn finish(
    rows: LongRows,
    plan: &Plan<'_>,
    path: &Path,
    counts_frames: Option<bool>,
) -> Result<TrackTable, IoError> {
    let mut builder = rows.builder;
    builder.units = plan.units.clone();
    let mut notes = plan.notes.clone();
    if let Some(line) = rows.comma {
        notes.push(format!("numbers have decimal commas, as the one in line {line}"));
    }
    notes.append(&mut builder.notes);
    builder.notes = notes;
    if builder.n_untracked > 0 {
        let n = builder.n_untracked;
        builder.notes.push(format!("{n} rows without an id belong to no track and are left out"));
    }
    let mut table = builder.finish(path, plan.format, &plan.options)?;
    if table.origin.n_missing > 0 {
        let n = table.origin.n_missing;
        table.origin.notes.push(format!("{n} missing positions are left out"));
    }
    let is_whole = || table.times.iter().all(|time| time.fract() == 0.0);
    let is_scaled = plan.options.frame_interval.is_some();
    table.origin.time_is_frames = !is_scaled && counts_frames.unwrap_or_else(is_whole);
    if plan.options.missing.is_none() {
        note_zeros(&mut table);
    }
    Ok(table)
}

/// Exact zeros are evidence of a sentinel, but no proof.
fn note_zeros(table: &mut TrackTable) {
    let is_zero = |row: &usize| table.coordinates.iter().all(|column| column[*row] == 0.0);
    let n = (0..table.n_rows()).filter(is_zero).count();
    if n > 1 && n < table.n_rows() {
        let zeros = vec!["0"; table.n_dimensions()].join(", ");
        table.origin.notes.push(format!(
            "{n} rows lie at {zeros} exactly, which some programs write for a missing position: if so, \
             leave them out with --missing 0"
        ));
    }
}

/// Times of frames by a clock that was read beside them, up to rounding and jitter.
pub(crate) fn take_clock(table: &mut TrackTable, ends: [(f64, f64); 2]) {
    let [(first, start), (last, end)] = ends;
    let dt = (end - start) / (last - first);
    if table.origin.time_is_frames && dt.is_finite() && dt > 0.0 {
        table.times.iter_mut().for_each(|time| *time *= dt);
        table.origin.time_is_frames = false;
        table.units.time = "s".into();
        let note = format!("the column \"time\" gives a time of {dt} s between frames");
        table.origin.notes.push(note);
    }
}

/// Dates become seconds from the first one.
pub(crate) fn count_from_first(table: &mut TrackTable, options: &ReadOptions) {
    let first = table.times.iter().copied().fold(f64::INFINITY, f64::min);
    table.times.iter_mut().for_each(|time| *time -= first);
    table.origin.time_is_frames = false;
    if options.frame_interval.is_none() {
        table.units.time = options.time_unit.clone().unwrap_or_else(|| "s".into());
        table.origin.notes.push("times are seconds from the first one".into());
    }
}

/// Degrees become metres.
pub(crate) fn project(table: &mut TrackTable, options: &ReadOptions) -> Result<(), IoError> {
    let found = table.n_dimensions();
    let wanted = options.dimensions.unwrap_or(found);
    if !(1..=found).contains(&wanted) {
        let path = table.origin.path.clone();
        return Err(IoError::BadDimensions { path, wanted, found });
    }
    let [longitudes, latitudes] = table.coordinates.as_mut_slice() else {
        return Ok(());
    };
    let extent = |values: &[f64]| {
        let ends = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        ends.1 - ends.0
    };
    let degrees = extent(latitudes);
    let [east, north] = projection::project(longitudes, latitudes);
    let error = 100.0 * degrees.to_radians() * north.to_radians().tan().abs();
    table.origin.notes.push(format!(
        "longitude and latitude are projected to metres east and north of {east:.5}, {north:.5}; lengths \
         from west to east are off by up to {error:.2} %"
    ));
    let factor = options.pixel_size.unwrap_or(1.0);
    table.coordinates.iter_mut().flatten().for_each(|x| *x *= factor);
    let unit = if options.pixel_size.is_none() { "m" } else { "" };
    table.units.length = options.length_unit.clone().unwrap_or_else(|| unit.into());
    table.coordinates.truncate(wanted);
    Ok(())
}

/// Ids of detections instead of tracks: each stands once, at different times.
pub(crate) fn refuse_single_rows(
    table: &TrackTable,
    columns: &Columns,
    plan: &Plan<'_>,
) -> Result<(), IoError> {
    let n_rows = table.n_rows();
    let is_moving = table.times.iter().any(|time| time.to_bits() != table.times[0].to_bits());
    if n_rows < 2 || table.n_individuals() < n_rows || !is_moving {
        return Ok(());
    }
    let column = columns.id.map_or_else(String::new, |id| plan.heading.shown(id));
    Err(IoError::SingleRows { path: table.origin.path.clone(), n_rows, column })
}
