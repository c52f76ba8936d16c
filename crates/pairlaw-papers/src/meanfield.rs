//! Tables 1 and 2 and Figures 2 to 6 of the two-phase paper.

mod cases;
mod checks;
mod experiment;
mod figures;
pub(crate) mod statistics;
mod table1;
mod table2;

use crate::Failure;
use crate::options::{Learner, ReproduceOptions};
use crate::plan::Plan;
use crate::published::{Bounds, MeanFieldBounds, Published};
use cases::{Case, Mode};
use rayon::prelude::*;

/// All ways to learn, in the order of the tables.
const MODES: [Mode; 3] = [Mode::Pde, Mode::Kde, Mode::Weak];

/// Number of seeds by default.
fn default_seeds(options: &ReproduceOptions) -> u64 {
    if options.quick { 2 } else { 10 }
}

/// Names what is not there, before any work begins.
fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    options.seeds(default_seeds(options))?;
    if let Some(table) = options.table.iter().find(|table| !(1..=2).contains(*table)) {
        return Err(format!("meanfield has no table {table}; it has 1, 2").into());
    }
    if let Some(study) = options.study.first() {
        let study = crate::options::name_of(*study);
        return Err(format!("meanfield has no study {study}; species has").into());
    }
    let known: Vec<&str> = [&table1::CASES[..], &table2::CASES].concat();
    if let Some(name) = options.experiment.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        return Err(format!("meanfield has no experiment {name:?}; it has {known}").into());
    }
    figures::check(options)
}

/// The parts asked for; what is not there is named here, before any work begins.
pub(crate) fn plan(options: &ReproduceOptions) -> Result<Plan<'_>, Failure> {
    check(options)?;
    let mut plan = Plan::new(Learner::Meanfield);
    let is_asked = |table| options.is_everything() || options.table.contains(&table);
    if is_asked(1) && !asked(options, &table1::CASES).is_empty() {
        plan.add("Table 1", |runner| {
            table1::table(options, runner, &Published::load()?, &Bounds::load()?)
        });
    }
    if is_asked(2) && !asked(options, &table2::CASES).is_empty() {
        plan.add("Table 2", |runner| {
            table2::table(options, runner, &Published::load()?, &Bounds::load()?)
        });
    }
    if options.is_everything() && options.experiment.is_empty() {
        plan.add("free energy", |runner| {
            checks::free_energy(options, runner, &Published::load()?, &Bounds::load()?)
        });
        plan.add("exact drifts", |runner| checks::drifts(options, runner, &Bounds::load()?));
        plan.add("tensions", |runner| checks::tensions(options, runner, &Published::load()?));
    }
    figures::plan(options, &mut plan);
    Ok(plan)
}

/// What `run` finds in each case, one entry a mode; cases run side by side and come in their order.
fn side_by_side<T: Send>(
    cases: Vec<Case>,
    run: impl Fn(&Case) -> Result<Vec<(Mode, T)>, Failure> + Sync,
) -> Result<Vec<(Case, Mode, T)>, Failure> {
    let of_case = |case: &Case| {
        let found = run(case)?;
        Ok(found.into_iter().map(|(mode, found)| (case.clone(), mode, found)).collect())
    };
    let done: Result<Vec<Vec<_>>, Failure> =
        cases.par_iter().with_max_len(1).map(of_case).collect();
    Ok(done?.into_iter().flatten().collect())
}

/// Why so many runs of a mode are not judged, if they are not.
fn unjudged(is_quick: bool, mode: Mode, n_runs: usize, bounds: &MeanFieldBounds) -> Option<String> {
    match mode {
        Mode::Kde => Some(bounds.estimates.reason.clone()),
        _ if is_quick => Some("--quick is not judged".to_owned()),
        Mode::Weak if n_runs < bounds.weak.runs => {
            Some(format!("judged for {} runs or more", bounds.weak.runs))
        }
        Mode::Weak | Mode::Pde => None,
    }
}

/// The cases among `all` that the options ask for.
fn asked<'a>(options: &ReproduceOptions, all: &[&'a str]) -> Vec<&'a str> {
    let wanted = |name: &&&str| {
        options.experiment.is_empty() || options.experiment.iter().any(|e| e == **name)
    };
    all.iter().filter(wanted).copied().collect()
}
