//! Table 6: the hyper-parameters that the data choose, for both initial states.

use super::experiment::Runner;
use super::{experiments, scenario};
use crate::Failure;
use crate::options::{ReproduceOptions, StartName, name_of};
use crate::published::Published;
use crate::results::Table;
use pairlaw::species::{Preparation, SpeciesConfig};
use pairlaw_synth::Scenario;
use rayon::prelude::*;
use serde_json::json;

pub(crate) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
) -> Result<Table, Failure> {
    let cases = cases(options)?;
    simulate_all(&cases, runner)?;
    let mut table = Table::new(
        "species.table6",
        "Table 6: hyper-parameters chosen from the data (paper's in the last columns)",
    );
    table.header = vec![
        "experiment",
        "start",
        "seed",
        "m",
        "p",
        "r_nf",
        "r_ff",
        "r_max",
        "paper m",
        "paper p",
        "paper r_nf",
        "paper r_ff",
    ];
    for (scenario, start) in &cases {
        let ((tracks, _), _) = runner.simulate(&recorded(scenario))?;
        let config = SpeciesConfig { direction: scenario.direction, ..SpeciesConfig::default() };
        let preparation = Preparation::new(&tracks.first_frames(scenario.n_samples), &config)?;
        let test_function = preparation.systems.test_function();
        let distances = preparation.distances;
        let paper = published.hyperparameters(&scenario.name());
        let (m, p) = (test_function.half_width, test_function.degree);
        let of_paper = paper.map(|h| [h.m as f64, f64::from(h.p), h.r_near, h.r_far]);
        let mut line = vec![
            scenario.name(),
            name_of(*start),
            scenario.seed.to_string(),
            m.to_string(),
            p.to_string(),
            format!("{:.4}", distances.near_field),
            config.far_field.to_string(),
            format!("{:.2}", distances.largest),
        ];
        line.extend(of_paper.map_or(["–"; 4].map(str::to_owned), |p| p.map(|x| x.to_string())));
        table.lines.push(line);
        table.rows.push(json!({
            "experiment": scenario.name(),
            "start": name_of(*start),
            "seed": scenario.seed,
            "n_cells": scenario.n_cells,
            "m": m,
            "p": p,
            "r_near": distances.near_field,
            "r_far": config.far_field,
            "r_max": distances.largest,
            "published": paper,
            "verdict": "not judged",
        }));
    }
    Ok(table)
}

fn cases(options: &ReproduceOptions) -> Result<Vec<(Scenario, StartName)>, Failure> {
    let mut cases = Vec::new();
    for seed in options.seed..options.seed + options.seeds {
        for start in [StartName::Printed, StartName::Program] {
            for name in experiments(options, &Scenario::NAMES) {
                cases.push((scenario(options, name, seed, start)?, start));
            }
        }
    }
    Ok(cases)
}

/// One simulation a thread, longest first, so that no thread ends alone with a long one.
fn simulate_all(cases: &[(Scenario, StartName)], runner: &Runner) -> Result<(), Failure> {
    let mut all: Vec<Scenario> = Vec::new();
    for recorded in cases.iter().map(|(scenario, _)| recorded(scenario)) {
        if !all.contains(&recorded) {
            all.push(recorded);
        }
    }
    all.sort_by_key(|scenario| std::cmp::Reverse(scenario.n_samples));
    all.par_iter().with_max_len(1).try_for_each(|s| runner.simulate(s).map(|_| ()))
}

/// What is simulated for a scenario: a short recording is the beginning of the long one, where the
/// paper has one.
fn recorded(scenario: &Scenario) -> Scenario {
    let mut recorded = scenario.clone();
    if ["A,B", "A,B,C"].contains(&scenario.name().as_str()) {
        recorded.long = true;
        recorded.n_samples = 400;
    }
    recorded
}
