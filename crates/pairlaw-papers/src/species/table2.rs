//! Table 2: one population of each species.

use super::experiment::{Outcome, Runner};
use super::{experiments, scenario};
use crate::Failure;
use crate::options::{DirectionName, ReproduceOptions, StartName, name_of};
use crate::published::{Bounds, ClusterRow, Published, Table2Bounds};
use crate::results::{Table, Verdict};
use pairlaw::species::SpeciesConfig;
use pairlaw_law::{Direction, Force, Law};
use pairlaw_synth::{Scenario, Species};
use pairlaw_validate::{
    ForceError, ForceErrors, ForceGrid, force_errors, speed_quantile, spurious_relative,
};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Cells with ΔV up to this belong to the species.
const SMALL_ERROR: f64 = 0.05;

/// The populations of one species.
pub(crate) const EXPERIMENTS: [&str; 3] = ["A", "B", "C"];

struct Case {
    scenario: Scenario,
    direction: DirectionName,
    start: StartName,
}

pub(crate) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let cases = cases(options)?;
    // One simulation a thread; everything after is parallel inside.
    let scenarios = cases.par_iter().with_max_len(1).map(|case| &case.scenario);
    scenarios.try_for_each(|scenario| runner.simulate(scenario).map(|_| ()))?;
    let mut table = Table::new(
        "species.table2",
        "Table 2: homogeneous populations (ours, then the paper's row; drag99: up to the 99 % speed)",
    );
    table.header = vec![
        "experiment",
        "direction",
        "start",
        "seed",
        "code",
        "Δf_a-r",
        "Δf_align",
        "Δf_drag",
        "drag99",
        "CS",
        "ΔV",
        "verdict",
    ];
    for case in &cases {
        let outcome = runner.run(&case.scenario, &config(case, options))?;
        let experiment = case.scenario.name();
        let paper = published.rows(&experiment).first();
        let is_default = !options.quick
            && case.direction == DirectionName::Difference
            && case.start == StartName::Printed;
        let bounds = bounds.table2(&experiment).filter(|_| is_default);
        let row = Row::new(case, &outcome)?;
        let verdict = row.verdict(bounds);
        table.lines.push(row.line(case, &verdict));
        table.lines.extend(paper.map(|paper| published_line(&experiment, paper)));
        table.rows.push(row.json(case, options, &outcome, paper, &verdict));
        table.verdicts.push((row.name(case), verdict));
    }
    Ok(table)
}

fn cases(options: &ReproduceOptions) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for seed in options.seed..options.seed + options.seeds {
        for &start in &options.start {
            for &direction in &options.direction {
                for name in experiments(options, &EXPERIMENTS) {
                    let mut scenario = scenario(options, name, seed, start)?;
                    scenario.direction = direction.value();
                    cases.push(Case { scenario, direction, start });
                }
            }
        }
    }
    Ok(cases)
}

fn config(case: &Case, options: &ReproduceOptions) -> SpeciesConfig {
    let mut config = SpeciesConfig {
        direction: case.scenario.direction,
        integrator: options.integrator.value(),
        ..SpeciesConfig::default()
    };
    config.path.fit_share = options.alpha;
    config
}

/// What stands in a row.
struct Row {
    code: String,
    /// Cells whose models were averaged.
    averaged: usize,
    /// Cells with a small error under the average.
    members: usize,
    forces: ForceErrors,
    /// Spurious forces relative to species A's, which has all of them.
    reference: Law,
    success: f64,
    /// Mean ΔV of the members; none without a member.
    velocity_error: Option<f64>,
    /// Mean ΔV of all cells with a validation window.
    velocity_error_of_all: f64,
    speeds: [f64; 2],
}

impl Row {
    fn new(case: &Case, outcome: &Outcome) -> Result<Self, Failure> {
        let tracks = outcome.preparation.systems.tracks();
        let (largest, speed99) = (speed_quantile(tracks, 1.0)?, speed_quantile(tracks, 0.99)?);
        let all: Vec<f64> = outcome.velocity_errors.iter().flatten().copied().collect();
        let members: Vec<f64> = outcome
            .velocity_errors
            .iter()
            .flatten()
            .copied()
            .filter(|e| *e <= SMALL_ERROR)
            .collect();
        let n = members.len();
        Ok(Self {
            code: outcome.law.modes().to_string(),
            averaged: outcome.clusters.first().map_or(0, |cluster| cluster.cells.len()),
            members: n,
            forces: force_errors(&outcome.law, &case.scenario.laws()[0], largest, speed99),
            reference: Species::A.law(Direction::Difference),
            success: n as f64 / case.scenario.n_cells as f64,
            velocity_error: (n > 0).then(|| members.iter().sum::<f64>() / n as f64),
            velocity_error_of_all: all.iter().sum::<f64>() / all.len() as f64,
            speeds: [largest, speed99],
        })
    }

    fn name(&self, case: &Case) -> String {
        let (direction, start) = (name_of(case.direction), name_of(case.start));
        format!("{}, {direction}, {start}, seed {}", case.scenario.name(), case.scenario.seed)
    }

    /// A force error as a number: none where the force is absent from truth and model.
    fn number(&self, error: ForceError, force: Force, grid: &ForceGrid) -> Option<f64> {
        match error {
            ForceError::Absent => None,
            ForceError::Relative(error) => Some(error),
            ForceError::Spurious { norm } => spurious_relative(norm, &self.reference, force, grid),
        }
    }

    /// Δf_a-r, Δf_align, Δf_drag and Δf_drag up to the 99 % speed.
    fn numbers(&self) -> [Option<f64>; 4] {
        let ForceErrors { attraction_repulsion, alignment, drag, drag99 } = self.forces;
        let distances = ForceGrid::paper();
        let [speeds, speeds99] = self.speeds.map(ForceGrid::speeds);
        [
            self.number(attraction_repulsion, Force::AttractionRepulsion, &distances),
            self.number(alignment, Force::Alignment, &distances),
            self.number(drag, Force::Drag, &speeds),
            self.number(drag99, Force::Drag, &speeds99),
        ]
    }

    fn verdict(&self, bounds: Option<&Table2Bounds>) -> Verdict {
        let Some(bounds) = bounds else { return Verdict::NotJudged };
        let [far, align, _, drag99] = self.numbers();
        let mut missed = Vec::new();
        let mut at_most = |name: &str, found: Option<f64>, bound: Option<f64>| match (found, bound)
        {
            // Also a NaN is beyond its bound.
            (Some(found), Some(bound)) if found.is_nan() || found > bound => {
                missed.push(format!("{name} {found:.4} > {bound}"));
            }
            (Some(found), None) => missed.push(format!("spurious {name} {found:.4}")),
            (None, Some(_)) => missed.push(format!("{name} missing")),
            _ => {}
        };
        at_most("Δf_a-r", far, bounds.attraction_repulsion);
        at_most("Δf_align", align, bounds.alignment);
        at_most("Δf_drag (99 %)", drag99, Some(bounds.drag99));
        at_most("ΔV", self.velocity_error, Some(bounds.velocity_error));
        if self.success < bounds.classification_success {
            missed.push(format!("CS {:.3} < {}", self.success, bounds.classification_success));
        }
        if self.code != bounds.code {
            missed.push(format!("code {} ≠ {}", self.code, bounds.code));
        }
        if missed.is_empty() { Verdict::Met } else { Verdict::Missed(missed) }
    }

    fn line(&self, case: &Case, verdict: &Verdict) -> Vec<String> {
        let mut line = vec![
            case.scenario.name(),
            name_of(case.direction),
            name_of(case.start),
            case.scenario.seed.to_string(),
            self.code.clone(),
        ];
        line.extend(self.numbers().map(cell));
        line.push(format!("{:.3}", self.success));
        line.push(cell(self.velocity_error));
        line.push(verdict.words());
        line
    }

    fn json(
        &self,
        case: &Case,
        options: &ReproduceOptions,
        outcome: &Outcome,
        paper: Option<&ClusterRow>,
        verdict: &Verdict,
    ) -> Value {
        let [far, align, drag, drag99] = self.numbers();
        let [simulate, learn, replace, validate] = outcome.seconds;
        let models = || outcome.models.iter().flatten();
        let replaced = outcome.replacement.source.iter().enumerate().filter(|(i, s)| i != *s);
        json!({
            "experiment": case.scenario.name(),
            "direction": name_of(case.direction),
            "start": name_of(case.start),
            "classifier": "paper",
            "integrator": name_of(options.integrator),
            "alpha": options.alpha,
            "n_cells": case.scenario.n_cells,
            "seed": case.scenario.seed,
            "cluster": 1,
            "cluster_size": self.members,
            "averaged_models": self.averaged,
            "code": self.code,
            "force_error": {
                "attraction_repulsion": far, "alignment": align, "drag": drag, "drag99": drag99,
            },
            "classification_success": { case.scenario.name(): self.success },
            "velocity_error": self.velocity_error,
            "velocity_error_of_all_cells": self.velocity_error_of_all,
            "single_cell": {
                "without_model": outcome.models.iter().filter(|m| m.is_none()).count(),
                "exact_codes": exact_codes(case, outcome),
                "replaced": replaced.count(),
                "solves": models().map(|m| m.n_solves).sum::<usize>(),
                "uncertified_thresholds": models().map(|m| m.uncertified.len()).sum::<usize>(),
                "worst_violation": models().map(|m| m.worst_violation).max_by(f64::total_cmp),
            },
            "published": paper,
            "verdict": verdict.name(),
            "missed": verdict.missed(),
            "timing": {
                "simulate_seconds": simulate, "learn_seconds": learn,
                "replace_seconds": replace, "validate_seconds": validate,
            },
        })
    }
}

/// Cells whose own model, before replacement, has exactly the true modes.
fn exact_codes(case: &Case, outcome: &Outcome) -> usize {
    let truth = case.scenario.laws()[0].modes();
    let modes = |weights: &[f64]| outcome.preparation.law(weights).map(|law| law.modes());
    let exact = |weights: &[f64]| modes(weights).is_ok_and(|modes| modes == truth);
    outcome.models.iter().flatten().filter(|model| exact(&model.weights)).count()
}

fn cell(number: Option<f64>) -> String {
    number.map_or("–".to_owned(), |number| format!("{number:.4}"))
}

fn published_line(experiment: &str, paper: &ClusterRow) -> Vec<String> {
    let success = [paper.cs_a, paper.cs_b, paper.cs_c].into_iter().flatten().next();
    let mut line = vec![format!("{experiment} (paper)")];
    line.extend(["", "", "", ""].map(str::to_owned));
    line.extend([paper.far, paper.align, paper.drag].map(cell));
    line.push(String::new());
    line.push(success.map_or("–".to_owned(), |success| format!("{success:.3}")));
    line.extend([format!("{:.4}", paper.dv), String::new()]);
    line
}
