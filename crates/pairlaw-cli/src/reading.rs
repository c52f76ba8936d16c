//! From a file to tracks.

use crate::error::CliError;
use crate::options::{DuplicateRows, ReadSection};
use pairlaw_data::Tracks;
use pairlaw_io::{
    ColumnMap, Duplicates, Format, ReadOptions, TrackOptions, TrackTable, inspect, read_table,
};
use pairlaw_run::Failure;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What was read, for the results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    /// The file as given.
    pub(crate) path: String,
    /// SHA-256 of its bytes; of a folder, of the names and bytes of its files.
    pub(crate) sha256: String,
    /// Name of the format.
    pub(crate) format: String,
    pub(crate) rows: usize,
    pub(crate) individuals: usize,
    pub(crate) dimensions: usize,
    /// Unit of length; empty if unknown.
    pub(crate) length_unit: String,
    /// Unit of time; empty if unknown, `frame` where times count frames.
    pub(crate) time_unit: String,
    /// What was guessed, decided and left out.
    pub(crate) notes: Vec<String>,
    /// What `pairlaw inspect` says of it.
    pub(crate) inspection: String,
}

impl Input {
    pub(crate) fn of(path: &Path, table: &TrackTable) -> Result<Self, Failure> {
        let [length_unit, time_unit] = units(table);
        Ok(Self {
            path: path.display().to_string(),
            sha256: crate::fingerprint::sha256(path)?,
            format: table.origin.format.name().to_owned(),
            rows: table.n_rows(),
            individuals: table.n_individuals(),
            dimensions: table.n_dimensions(),
            length_unit,
            time_unit,
            notes: table.origin.notes.clone(),
            inspection: inspect(table).to_string(),
        })
    }

    /// The file's name without its folders.
    pub(crate) fn name(&self) -> String {
        let name = Path::new(&self.path).file_name();
        name.map_or(self.path.clone(), |name| name.to_string_lossy().into_owned())
    }
}

/// The units of length and time; empty if unknown, `frame` where times count frames.
pub(crate) fn units(table: &TrackTable) -> [String; 2] {
    let counts_frames = table.units.time.is_empty() && table.origin.time_is_frames;
    let time = if counts_frames { "frame" } else { &table.units.time };
    [table.units.length.clone(), time.to_owned()]
}

/// Reads a file, or a folder of GEFF, as the options say.
pub(crate) fn table(path: &Path, section: &ReadSection) -> Result<TrackTable, Failure> {
    let mut table = read_table(path, &options(section)?)?;
    table.snap_times(section.time_tolerance);
    Ok(table)
}

fn options(section: &ReadSection) -> Result<ReadOptions, Failure> {
    let format = |name: &String| {
        Format::named(name).ok_or_else(|| CliError::UnknownFormat { name: name.clone() })
    };
    if let Some(dims) = section.dims.filter(|dims| !(1..=3).contains(dims)) {
        let value = dims.to_string();
        return Err(CliError::BadOption { option: "dims", value, needed: "1, 2 or 3" }.into());
    }
    if !(0.0..=0.25).contains(&section.time_tolerance) {
        let (value, needed) = (section.time_tolerance.to_string(), "from 0 to 0.25");
        return Err(CliError::BadOption { option: "time-tolerance", value, needed }.into());
    }
    let positive = [("pixel-size", section.pixel_size), ("frame-interval", section.frame_interval)];
    for (option, value) in positive.into_iter().chain([("resample", section.resample)]) {
        if let Some(value) = value.filter(|value| !(*value > 0.0 && value.is_finite())) {
            let needed = "positive";
            return Err(CliError::BadOption { option, value: value.to_string(), needed }.into());
        }
    }
    Ok(ReadOptions {
        format: section.format.as_ref().map(format).transpose()?,
        columns: ColumnMap {
            id: section.id.clone(),
            time: section.time.clone(),
            coordinates: coordinates(section)?,
        },
        pixel_size: section.pixel_size,
        length_unit: section.length_unit.clone(),
        frame_interval: section.frame_interval,
        time_unit: section.time_unit.clone(),
        dimensions: section.dims,
        missing: section.missing,
    })
}

/// The columns of x, y, z as far as they are given, without a gap.
fn coordinates(section: &ReadSection) -> Result<Vec<String>, CliError> {
    let given = [("x", &section.x), ("y", &section.y), ("z", &section.z)];
    let n = given.iter().take_while(|(_, column)| column.is_some()).count();
    if given[n..].iter().any(|(_, column)| column.is_some()) {
        return Err(CliError::MissingCoordinate { missing: given[n].0 });
    }
    Ok(given.into_iter().filter_map(|(_, column)| column.clone()).collect())
}

/// The tracks of a table in D dimensions.
pub(crate) fn tracks<const D: usize>(
    table: &TrackTable,
    section: &ReadSection,
) -> Result<Tracks<D>, Failure> {
    let duplicates = match section.duplicates {
        DuplicateRows::Refuse => Duplicates::Refuse,
        DuplicateRows::First => Duplicates::First,
        DuplicateRows::Mean => Duplicates::Mean,
    };
    let resample = section.resample;
    Ok(table.tracks(&TrackOptions { duplicates, resample, ..Default::default() })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;

    #[test]
    fn columns_of_coordinates_have_no_gap() {
        let mut section: ReadSection = defaults().unwrap();
        assert!(coordinates(&section).unwrap().is_empty());
        section.x = Some("POSITION_X".into());
        section.y = Some("4".into());
        assert_eq!(coordinates(&section).unwrap(), ["POSITION_X", "4"]);
        section.x = None;
        assert!(coordinates(&section).unwrap_err().to_string().contains("--x is missing"));
    }

    #[test]
    fn options_out_of_range_are_named() {
        let told = |change: fn(&mut ReadSection)| {
            let mut section: ReadSection = defaults().unwrap();
            change(&mut section);
            options(&section).unwrap_err().to_string()
        };
        assert!(told(|s| s.dims = Some(4)).contains("--dims is 4"));
        assert!(told(|s| s.pixel_size = Some(-1.0)).contains("--pixel-size is -1"));
        assert!(told(|s| s.resample = Some(f64::NAN)).contains("--resample is NaN"));
        assert!(told(|s| s.format = Some("excel".into())).contains("excel"));
    }
}
