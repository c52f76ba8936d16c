//! `pairlaw convert`: tracks of any format as one long table.

use crate::config::ConfigFile;
use crate::error::CliError;
use crate::options::{ConvertArgs, ReadSection};
use crate::output::{other_than, tell};
use crate::reading;
use clap::ArgMatches;
use pairlaw_data::Tracks;
use pairlaw_io::{IoError, TrackTable, write_csv};
use pairlaw_run::Failure;
use std::path::Path;

/// Endings of files that can be written.
const ENDINGS: &[&str] = if cfg!(feature = "parquet") { &["csv", "parquet"] } else { &["csv"] };

pub(crate) fn run(args: &ConvertArgs, given: &ArgMatches) -> Result<(), Failure> {
    let ending = ending(&args.out)?;
    other_than(&args.file, &args.out)?;
    let read = ConfigFile::read(args.config.as_deref())?.options(&args.read, given)?;
    let table = reading::table(&args.file, &read)?;
    let n_rows = match table.n_dimensions() {
        1 => written::<1>(&table, &read, &args.out, ending)?,
        2 => written::<2>(&table, &read, &args.out, ending)?,
        _ => written::<3>(&table, &read, &args.out, ending)?,
    };
    let notes = table.origin.notes.iter().cloned().chain(left_out(&table));
    let notes: String = notes.map(|note| format!("{note}\n")).collect();
    tell(&format!("{notes}{}: {n_rows} rows\n", args.out.display()))
}

/// The ending of a file, if it is one of those that can be written.
fn ending(path: &Path) -> Result<&'static str, CliError> {
    let found = path.extension().unwrap_or_default();
    let ending = ENDINGS.iter().find(|ending| found.eq_ignore_ascii_case(ending));
    ending
        .copied()
        .ok_or_else(|| CliError::UnknownEnding { path: path.to_owned(), endings: ENDINGS })
}

fn written<const D: usize>(
    table: &TrackTable,
    read: &ReadSection,
    path: &Path,
    ending: &str,
) -> Result<usize, Failure> {
    let tracks = reading::tracks::<D>(table, read)?;
    write(&tracks, path, ending)?;
    Ok(tracks.n_samples())
}

#[cfg(feature = "parquet")]
fn write<const D: usize>(tracks: &Tracks<D>, path: &Path, ending: &str) -> Result<(), IoError> {
    match ending {
        "parquet" => pairlaw_io::write_parquet(tracks, path),
        _ => write_csv(tracks, path),
    }
}

#[cfg(not(feature = "parquet"))]
fn write<const D: usize>(tracks: &Tracks<D>, path: &Path, _: &str) -> Result<(), IoError> {
    write_csv(tracks, path)
}

/// What a long table has no place for.
fn left_out(table: &TrackTable) -> Option<String> {
    let of = |n: usize, things: &str| (n > 0).then(|| format!("{n} {things}"));
    let parents = of(table.divisions.len(), "links from parents to daughters");
    let walls = of(table.walls.len(), "segments of walls");
    let all: Vec<String> = parents.into_iter().chain(walls).collect();
    (!all.is_empty()).then(|| format!("not written, for want of a place: {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_in_any_case() {
        assert_eq!(ending(Path::new("a/b.CSV")).unwrap(), "csv");
        for name in ["b", "csv", "b.csv.gz", "b.xlsx"] {
            let told = ending(Path::new(name)).unwrap_err().to_string();
            assert!(told.starts_with(name) && told.contains(".csv"), "{told}");
            assert_eq!(told.contains(".parquet"), cfg!(feature = "parquet"), "{told}");
        }
    }
}
