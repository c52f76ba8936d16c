//! Table 1 and Figures 1 to 3 of the recurrent paper.

mod cases;
mod experiment;
mod figures;
mod heart;
mod table1;

pub(crate) use figures::figures;

use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, Published};
use crate::results::Table;
use crate::runner::Runner;
use cases::Goal;

/// Number of seeds by default.
const SEEDS: u64 = 1;
/// Experiments beside the targets of Table 1.
const TRACKS: [&str; 2] = ["heart", "controls"];

/// Names what is not there, before any work begins.
pub(crate) fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    options.seeds(SEEDS)?;
    if let Some(table) = options.table.iter().find(|table| **table != 1) {
        return Err(format!("potentials has no table {table}; it has 1").into());
    }
    if let Some(study) = options.study.first() {
        return Err(format!("potentials has no study {}; species has", name_of(*study)).into());
    }
    let known = [Goal::ALL.map(name_of).to_vec(), TRACKS.map(str::to_owned).to_vec()].concat();
    if let Some(name) = options.experiment.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(format!("potentials has no experiment {name:?}; it has {known}").into());
    }
    figures::check(options)
}

/// Makes the tables asked for; [`check`] first.
pub(crate) fn tables(options: &ReproduceOptions, runner: &Runner) -> Result<Vec<Table>, Failure> {
    let (published, bounds) = (Published::load()?, Bounds::load()?);
    let mut tables = Vec::new();
    let is_asked = options.is_everything() || options.table.contains(&1);
    let goals = Goal::ALL.map(name_of);
    if is_asked && !asked(options, &goals.each_ref().map(String::as_str)).is_empty() {
        tables.push(table1::table(options, runner, &published, &bounds)?);
    }
    if options.is_everything() && !asked(options, &TRACKS).is_empty() {
        tables.extend(heart::tables(options, runner, &bounds)?);
    }
    Ok(tables)
}

/// The experiments among `all` that the options ask for.
fn asked<'a>(options: &ReproduceOptions, all: &[&'a str]) -> Vec<&'a str> {
    let wanted = |name: &&&str| {
        options.experiment.is_empty() || options.experiment.iter().any(|e| e == **name)
    };
    all.iter().filter(wanted).copied().collect()
}
