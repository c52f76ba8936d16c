//! `pairlaw inspect`: what is in a file, before anything is learned from it.

use crate::config::ConfigFile;
use crate::options::InspectArgs;
use crate::output::{json, tell};
use crate::reading;
use clap::ArgMatches;
use pairlaw_io::TrackTable;
use pairlaw_run::Failure;
use serde::Serialize;
use std::fmt::{self, Display};

pub(crate) fn run(args: &InspectArgs, given: &ArgMatches) -> Result<(), Failure> {
    let read = ConfigFile::read(args.config.as_deref())?.options(&args.read, given)?;
    let found = look(&reading::table(&args.file, &read)?);
    tell(&if args.json { json(&found)? } else { found.to_string() })
}

/// What is told of a table, here and in the reports.
pub(crate) fn look(table: &TrackTable) -> impl Display + Serialize + use<> {
    Summary::of(table)
}

/// The bare numbers of a table.
#[derive(Debug, Serialize)]
struct Summary {
    format: &'static str,
    rows: usize,
    individuals: usize,
    first_time: Option<f64>,
    last_time: Option<f64>,
    /// Least and greatest value of each coordinate.
    bounds: Vec<[f64; 2]>,
    notes: Vec<String>,
}

impl Summary {
    fn of(table: &TrackTable) -> Self {
        let bounds = |values: &Vec<f64>| {
            let all = values.iter().copied();
            [all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max)]
        };
        let [first, last] = bounds(&table.times);
        Self {
            format: table.origin.format.name(),
            rows: table.n_rows(),
            individuals: table.n_individuals(),
            first_time: Some(first).filter(|t| t.is_finite()),
            last_time: Some(last).filter(|t| t.is_finite()),
            bounds: table.coordinates.iter().map(bounds).collect(),
            notes: table.origin.notes.clone(),
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows of {} individuals ({})", self.rows, self.individuals, self.format)?;
        if let (Some(first), Some(last)) = (self.first_time, self.last_time) {
            writeln!(f, "times from {first} to {last}")?;
        }
        for (name, [low, high]) in ["x", "y", "z"].iter().zip(&self.bounds) {
            writeln!(f, "{name} from {low} to {high}")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}
