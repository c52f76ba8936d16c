//! Table 7: seconds of one step of each stage, on A,B,C (long).

use super::classification;
use super::experiment::Rules;
use super::scores::law;
use crate::Failure;
use crate::options::{ClassifierName, ReproduceOptions, StartName};
use crate::published::{Bounds, Published};
use crate::results::{Better, Cell, Table};
use crate::runner::{Runner, TABLE_CODE};
use pairlaw::species::{Preparation, SequentialConfig, split_errors, validate};
use pairlaw_run::uncharged;
use pairlaw_synth::Scenario;
use serde_json::json;

/// The experiment that the paper timed.
pub(crate) const EXPERIMENT: &str = "A,B,C (long)";

pub(crate) fn scenario(options: &ReproduceOptions) -> Result<Scenario, Failure> {
    super::scenario(options, EXPERIMENT, options.seed, StartName::Printed)
}

/// Seconds of learning one model, of the simulations that replace it, of validating one cell and of
/// the Gaussians. What runs in parallel is counted per thread, as the paper counts it.
pub(crate) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let scenario = scenario(options)?;
    let recording = runner.recording(&scenario)?;
    let config = classification::config(&scenario, options);
    let rules = Rules::default();
    let name = scenario.name();
    let outcome = runner.classify(ClassifierName::Paper, &name, &recording, &config, &rules)?;
    let cluster = outcome.clusters.first().ok_or("the paper's classifier found no species")?;
    let law = law(&scenario, cluster)?;
    let cells: Vec<usize> = (0..scenario.n_cells).collect();
    let validated = recording.key.then("validation", TABLE_CODE, &(&config, cluster));
    let split = validated.then("split", TABLE_CODE, &());
    // Their seconds are kept beside them.
    let errors: Vec<Option<f64>> = runner.store.product(&validated, || {
        let preparation = uncharged(|| Preparation::new(&recording.tracks, &config))?;
        Ok(validate(&preparation, &law, &cells, &config)?)
    })?;
    runner
        .store
        .product(&split, || Ok(split_errors(&errors, &SequentialConfig::default())?.is_some()))?;
    let seconds_of = |key| runner.store.seconds(key).unwrap_or(f64::NAN);
    let (validating, classifying) = (seconds_of(&validated), seconds_of(&split));
    let per_cell = rayon::current_num_threads() as f64 / scenario.n_cells as f64;
    let stage = |name: &str| {
        let found = outcome.seconds.iter().find(|(stage, _)| *stage == name);
        found.and_then(|(_, seconds)| *seconds).unwrap_or(f64::NAN)
    };
    let paper = &published.jrsi.walltime_seconds;
    let hours = paper.generate_data_hours.map(|hours| 3600.0 * hours);
    let rows = [
        ("learn one model", per_cell * stage("learn"), paper.learn_one_model),
        (
            "cluster and replace, one model",
            per_cell * stage("replace"),
            paper.cluster_and_replace_per_model,
        ),
        ("validate one cell", per_cell * validating, paper.validate_one_cell),
        ("classify", classifying, paper.classify),
        ("generate the data", stage("simulate"), hours),
    ];
    let mut table =
        Table::new("species.table7", "Table 7: seconds of one step of each stage on A,B,C (long)");
    table.is_timing = true;
    table.caption =
        "Wall time; the paper's from its least to its most. What runs in parallel is counted per \
        thread, as the paper counts it. A stage taken from the cache: as measured when it was made."
            .to_owned();
    table.header = ["stage", "ours", "paper"].map(str::to_owned).to_vec();
    for (name, seconds, [least, most]) in rows {
        // Beside the nearest of the paper's seconds.
        let cell = Cell::new(name, "seconds", &bounds.table7().reason);
        table.cells.push(cell.paper(Some(seconds.clamp(least, most)), Better::Lower).ours(seconds));
        table.lines.push(vec![
            name.to_owned(),
            format!("{seconds:.4}"),
            format!("{least} to {most}"),
        ]);
        table.rows.push(json!({
            "stage": name,
            "experiment": EXPERIMENT,
            "n_cells": scenario.n_cells,
            "seed": scenario.seed,
            "published": [least, most],
            "verdict": "not judged",
            "timing": { "seconds": seconds },
        }));
    }
    Ok(table)
}
