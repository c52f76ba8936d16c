//! Table 1 and Figures 1 to 3 of the recurrent paper.

mod cases;
mod experiment;
mod figures;
mod heart;
mod table1;

use crate::Failure;
use crate::options::{Learner, ReproduceOptions, name_of};
use crate::plan::Plan;
use crate::published::{Bounds, Published};
use cases::Goal;

/// Number of seeds by default.
const SEEDS: u64 = 1;
/// Experiments beside the targets of Table 1.
const TRACKS: [&str; 2] = ["heart", "controls"];

/// Names what is not there, before any work begins.
fn check(options: &ReproduceOptions) -> Result<(), Failure> {
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

/// The parts asked for; what is not there is named here, before any work begins.
pub(crate) fn plan(options: &ReproduceOptions) -> Result<Plan<'_>, Failure> {
    check(options)?;
    let mut plan = Plan::new(Learner::Potentials);
    let is_table1 = options.is_everything() || options.table.contains(&1);
    let goals = Goal::ALL.map(name_of);
    if is_table1 && !asked(options, &goals.each_ref().map(String::as_str)).is_empty() {
        plan.add("Table 1", |runner| {
            table1::table(options, runner, &Published::load()?, &Bounds::load()?)
        });
    }
    if options.is_everything() {
        heart::plan(options, &mut plan);
    }
    figures::plan(options, &mut plan);
    Ok(plan)
}

/// The experiments among `all` that the options ask for.
fn asked<'a>(options: &ReproduceOptions, all: &[&'a str]) -> Vec<&'a str> {
    let wanted = |name: &&&str| {
        options.experiment.is_empty() || options.experiment.iter().any(|e| e == **name)
    };
    all.iter().filter(wanted).copied().collect()
}
