//! Table 6: the hyper-parameters that the data choose, for both initial states.

use super::{SEEDS, experiments, scenario};
use crate::Failure;
use crate::options::{ReproduceOptions, StartName, name_of};
use crate::published::{Bounds, Published};
use crate::results::{Better, Cell, Table};
use crate::runner::{Runner, TABLE_CODE};
use pairlaw::species::{Preparation, SpeciesConfig};
use pairlaw_synth::Scenario;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let cases = cases(options)?;
    let mut table = Table::new("species.table6", "Table 6: hyper-parameters chosen from the data");
    table.caption = "Half-width m (samples) and degree p of the test functions, the radius of the near \
        field, the distance beyond which nothing acts and the largest distance of two cells, from \
        the printed start and from that of the authors' program. The paper's near-field radii agree with one \
        start here and the other there: it seems to have used both."
        .to_owned();
    let heads = [
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
    table.header = heads.map(str::to_owned).to_vec();
    for (scenario, start) in &cases {
        let Chosen { m, p, r_near, r_far, r_max } = chosen(scenario, runner)?;
        let paper = published.hyperparameters(&scenario.name());
        let name = format!("{}, {}, seed {}", scenario.name(), name_of(*start), scenario.seed);
        for (quantity, ours, paper) in [
            ("m", m as f64, paper.map(|h| h.m as f64)),
            ("p", f64::from(p), paper.map(|h| f64::from(h.p))),
            ("r_nf", r_near, paper.map(|h| h.r_near)),
            ("r_ff", r_far, paper.map(|h| h.r_far)),
        ] {
            let cell = Cell::new(&name, quantity, &bounds.table6().reason);
            table.cells.push(cell.paper(paper, Better::Neither).ours(ours));
        }
        let of_paper = paper.map(|h| [h.m as f64, f64::from(h.p), h.r_near, h.r_far]);
        let mut line = vec![
            scenario.name(),
            name_of(*start),
            scenario.seed.to_string(),
            m.to_string(),
            p.to_string(),
            format!("{r_near:.4}"),
            r_far.to_string(),
            format!("{r_max:.2}"),
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
            "r_near": r_near,
            "r_far": r_far,
            "r_max": r_max,
            "published": paper,
            "verdict": "not judged",
        }));
    }
    Ok(table)
}

/// What the data choose.
#[derive(Serialize, Deserialize)]
struct Chosen {
    m: usize,
    p: u32,
    r_near: f64,
    r_far: f64,
    r_max: f64,
}

fn chosen(scenario: &Scenario, runner: &Runner) -> Result<Chosen, Failure> {
    let recording = runner.recording(scenario)?;
    let config = SpeciesConfig { direction: scenario.direction, ..SpeciesConfig::default() };
    let key = recording.key.then("chosen", TABLE_CODE, &config);
    runner.store.product(&key, || {
        let preparation = Preparation::new(&recording.tracks, &config)?;
        let test_function = preparation.systems.test_function();
        Ok(Chosen {
            m: test_function.half_width,
            p: test_function.degree,
            r_near: preparation.distances.near_field,
            r_far: preparation.far_field,
            r_max: preparation.distances.largest,
        })
    })
}

pub(crate) fn cases(options: &ReproduceOptions) -> Result<Vec<(Scenario, StartName)>, Failure> {
    let mut cases = Vec::new();
    for seed in options.seeds(SEEDS)? {
        for start in [StartName::Printed, StartName::Program] {
            for name in experiments(options, &Scenario::NAMES) {
                cases.push((scenario(options, name, seed, start)?, start));
            }
        }
    }
    Ok(cases)
}
