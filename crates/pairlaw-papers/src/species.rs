//! Tables 1 to 4, 6 and 7 and all figures of the species paper, and studies beyond it.

mod classification;
mod experiment;
mod figures;
mod learned;
mod outcome;
mod scores;
mod studies;
mod table6;
mod table7;
mod uncertainty;

use crate::Failure;
use crate::options::{Learner, ReproduceOptions, StartName, name_of};
use crate::plan::{Made, Plan};
use crate::published::{Bounds, Published};
use crate::results::Table;
use classification::LAYOUTS;
use pairlaw_law::{Direction, Force};
use pairlaw_synth::{Scenario, Species};
use serde_json::{Value, json};

/// Tables that are reproduced so far.
const TABLES: [u32; 6] = [1, 2, 3, 4, 6, 7];

/// The parts asked for; what is not there is named here, before any work begins.
pub(crate) fn plan(options: &ReproduceOptions) -> Result<Plan<'_>, Failure> {
    check(options)?;
    let mut plan = Plan::new(Learner::Species);
    let scenarios = scenarios(options)?;
    if !scenarios.is_empty() {
        plan.add("simulations", move |runner| {
            runner.simulate_all(&scenarios)?;
            Ok(Made::default())
        });
    }
    if is_asked_for(options, 1, &[]) {
        plan.add("Table 1", |_| Ok(table1()));
    }
    for layout in &LAYOUTS {
        if is_asked_for(options, layout.number, layout.experiments) {
            plan.add(format!("Table {}", layout.number), move |runner| {
                classification::table(
                    layout,
                    options,
                    runner,
                    &Published::load()?,
                    &Bounds::load()?,
                )
            });
        }
    }
    if is_asked_for(options, 6, &Scenario::NAMES) {
        plan.add("Table 6", |runner| {
            table6::table(options, runner, &Published::load()?, &Bounds::load()?)
        });
    }
    if is_asked_for(options, 7, &[table7::EXPERIMENT]) {
        plan.add("Table 7", |runner| {
            table7::table(options, runner, &Published::load()?, &Bounds::load()?)
        });
    }
    figures::plan(options, &mut plan);
    for &study in options.studies() {
        plan.add_study(format!("study of {}", name_of(study)), move |runner| {
            studies::made(study, options, runner)
        });
    }
    Ok(plan)
}

/// Whether a table about some experiments, or about none, is to be made: all are, unless only
/// certain tables, figures or studies are.
fn is_asked_for(options: &ReproduceOptions, table: u32, about: &[&str]) -> bool {
    (options.is_everything() || options.table.contains(&table))
        && (about.is_empty() || !experiments(options, about).is_empty())
}

/// All that tables and figures need simulated.
fn scenarios(options: &ReproduceOptions) -> Result<Vec<Scenario>, Failure> {
    let mut scenarios = figures::scenarios(options)?;
    for layout in &LAYOUTS {
        if is_asked_for(options, layout.number, layout.experiments) {
            scenarios.extend(layout.cases(options)?.into_iter().map(|case| case.scenario));
        }
    }
    if is_asked_for(options, 6, &Scenario::NAMES) {
        scenarios.extend(table6::cases(options)?.into_iter().map(|(scenario, _)| scenario));
    }
    if is_asked_for(options, 7, &[table7::EXPERIMENT]) {
        scenarios.push(table7::scenario(options)?);
    }
    Ok(scenarios)
}

/// Names what is not there, before any work begins.
fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    options.seeds(SEEDS)?;
    if let Some(table) = options.table.iter().find(|table| !TABLES.contains(table)) {
        let known = TABLES.map(|table| table.to_string()).join(", ");
        return Err(format!("species has no table {table} yet; it has {known}").into());
    }
    for experiment in &options.experiment {
        Scenario::named(experiment, options.seed)?;
    }
    figures::check(options)?;
    for layout in LAYOUTS.iter().filter(|layout| options.table.contains(&layout.number)) {
        if experiments(options, layout.experiments).is_empty() {
            let (number, known) = (layout.number, layout.experiments.join("; "));
            let asked = options.experiment.join("; ");
            return Err(format!("table {number} has the experiments {known}, not {asked}").into());
        }
    }
    if !(0.0..=1.0).contains(&options.alpha) {
        return Err(format!("--alpha is {}; it must lie in [0, 1]", options.alpha).into());
    }
    Ok(())
}

/// The experiments of a table that the options ask for.
fn experiments<'a>(options: &ReproduceOptions, all: &[&'a str]) -> Vec<&'a str> {
    let wanted = |name: &&&str| {
        options.experiment.is_empty() || options.experiment.iter().any(|e| e == **name)
    };
    all.iter().filter(wanted).copied().collect()
}

/// Number of seeds by default.
const SEEDS: u64 = 1;

/// Cells of `--quick`.
const QUICK_CELLS: usize = 250;

/// An experiment at the size asked for.
fn scenario(
    options: &ReproduceOptions,
    name: &str,
    seed: u64,
    start: StartName,
) -> Result<Scenario, Failure> {
    let mut scenario = Scenario::named(name, seed)?;
    scenario.start = start.value();
    if options.quick {
        scenario.n_cells = QUICK_CELLS;
    }
    Ok(scenario)
}

/// Table 1: which species obeys which forces, and what they are.
fn table1() -> Table {
    let all = [Species::A, Species::B, Species::C];
    let row = |species: Species| {
        let law = species.law(Direction::Difference);
        let formula = |force| {
            let terms = law.active().filter(|(term, _)| term.force == force);
            let words: Vec<String> = terms.map(|(t, w)| format!("{w} {}", t.formula())).collect();
            let sum = words.join(" + ").replace("+ -", "− ");
            if words.is_empty() { Value::Null } else { json!(sum) }
        };
        json!({
            "species": species.name(),
            "code": law.modes().to_string(),
            "attraction_repulsion": formula(Force::AttractionRepulsion),
            "alignment": formula(Force::Alignment),
            "drag": formula(Force::Drag),
        })
    };
    let mut table = Table::new("species.table1", "Table 1: species by active forces");
    table.caption =
        "The laws that are simulated: r is the distance of two cells, cos θ the angle between a \
        cell's velocity and the direction to the other one. The code says which angular modes \
        of attraction–repulsion, alignment and drag act."
            .to_owned();
    let heads = ["species", "code", "f_a-r", "f_align", "f_drag"];
    table.header = heads.map(str::to_owned).to_vec();
    for species in all {
        let row = row(species);
        let cell = |name: &str| row[name].as_str().unwrap_or("–").to_owned();
        let names = ["species", "code", "attraction_repulsion", "alignment", "drag"];
        table.lines.push(names.map(cell).to_vec());
        table.rows.push(row);
    }
    table
}
