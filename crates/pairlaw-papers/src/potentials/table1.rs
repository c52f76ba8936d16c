//! Table 1: best loss and inside ratios of the paper's sixteen rows, as the paper and ours.

use super::SEEDS;
use super::cases::{Block, Case, Recipe};
use super::experiment::StoredFit;
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, PotentialBounds, Published, PublishedPotential};
use crate::results::{Better, Bound, Cell, Table, Verdict};
use crate::runner::Runner;
use pairlaw::potentials::{Loss, Start};
use rayon::prelude::*;
use serde_json::{Value, json};

const CAPTION: &str = "\
    2000 cells move in each other's potentials and must lie in the band of a ring, square or \
    triangle after five steps, or in two bands one after another. inside: part of the cells in each \
    band at the epoch of the best loss; loss: at that epoch, the mean squared distance to partners \
    (squared lengths, half the side of the square that cells start in being 1) or an entropic cost; \
    seconds: wall time. Block paper follows the paper's settings, and only there can losses be \
    compared with its own; block ours is the best recipe known here. Individual parameters on the \
    Euclidean metric end in the band more often than in the paper; not reached are its square and \
    triangle with individual parameters and the Sinkhorn metric, whose biased cost is least beside \
    the thin band, and one set of individual parameters for two legs is solved by nobody.";

pub(super) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let mut table = Table::new("potentials.table1", "Table 1: cells that form given shapes");
    table.caption = CAPTION.to_owned();
    let heads =
        "block metric target parameters seed recipe loss paper inside paper seconds verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    for (case, found) in runs(options, runner)? {
        let name = case.names();
        let paper = published.diff.row(&name[1..]);
        let limits = bounds.potentials.table1(&name, case.recipe.name());
        let cells = cells(&case, &found, paper, limits, options);
        let verdict = Verdict::of(&cells);
        table.lines.push(line(&case, &found, paper, limits, &verdict));
        table.rows.push(row(&case, &found, paper, limits, &verdict));
        table.cells.extend(cells);
    }
    let notes = [
        "block paper: the paper's losses, rates and epochs; what it leaves open is chosen as \
         pairlaw::potentials::Config::paper says; its Sinkhorn loss is taken as the biased cost \
         ⟨P, C⟩ at ε = .05, which its numbers fit",
        "block ours: the loss is that of the last phase: the mean squared distance to assigned or \
         nearest positions; `transport` compares the final cells with the target by the paper's \
         biased cost and by the debiased divergence",
        "rows without a bound are printed as measured; individual parameters with one set for both \
         legs of ring-then-triangle are among them",
    ];
    table.extra.insert("notes".into(), json!(notes));
    Ok(table)
}

/// All rows: one after another at full size, since each uses all threads; side by side if small.
fn runs(options: &ReproduceOptions, runner: &Runner) -> Result<Vec<(Case, StoredFit)>, Failure> {
    let seeds = options.seeds(SEEDS)?;
    let cases: Vec<Case> = seeds.flat_map(|seed| Case::all(options, seed)).collect();
    let run = |case: Case| {
        let found = runner.potentials(&case)?;
        Ok((case, found))
    };
    if options.quick {
        cases.into_par_iter().with_max_len(1).map(run).collect()
    } else {
        cases.into_iter().map(run).collect()
    }
}

impl Case {
    /// Block, metric, target and parameters as the table spells them.
    fn names(&self) -> [String; 4] {
        let (block, metric) = (name_of(self.block), name_of(self.metric));
        [block, metric, name_of(self.goal), name_of(self.sharing)]
    }

    /// Such as `ours / euclidean / ring / individual / re-assigned, nearest / seed 2`; the paper has
    /// one recipe.
    fn row(&self, options: &ReproduceOptions) -> String {
        let mut row = self.names().to_vec();
        if self.block == Block::Ours {
            row.push(how(&self.recipe));
        }
        if options.seeds.is_some_and(|seeds| 1 < seeds) {
            row.push(format!("seed {}", self.seed));
        }
        row.join(" / ")
    }
}

/// A recipe in few words.
fn how(recipe: &Recipe) -> String {
    let Recipe::Training(config) = recipe else { return "collocation".to_owned() };
    let start = match config.start {
        Start::Collocation(_) => Some("from collocation"),
        Start::Uniform { .. } => None,
    };
    let phases = config.phases.iter().map(|phase| match phase.loss {
        Loss::Euclidean { reassign: None } => "assigned",
        Loss::Euclidean { reassign: Some(_) } => "re-assigned",
        Loss::Nearest => "nearest",
        Loss::TransportCost { .. } => "biased cost",
        Loss::Sinkhorn { .. } => "debiased",
    });
    start.into_iter().chain(phases).collect::<Vec<_>>().join(", ")
}

fn line(
    case: &Case,
    found: &StoredFit,
    paper: Option<&PublishedPotential>,
    limits: Option<&PotentialBounds>,
    verdict: &Verdict,
) -> Vec<String> {
    let mut line = case.names().to_vec();
    line.extend([
        case.seed.to_string(),
        case.recipe.words(),
        format!("{:.2e}", found.loss),
        paper.map_or("–".into(), |paper| format!("{:.2e}", paper.loss)),
        ratios(&found.inside),
        paper.map_or("–".into(), |paper| ratios(&paper.inside)),
        found.seconds.map_or("–".into(), |seconds| format!("{seconds:.1}")),
        words(found, limits, verdict),
    ]);
    line
}

fn ratios(inside: &[f64]) -> String {
    inside.iter().map(|ratio| format!("{ratio:.4}")).collect::<Vec<_>>().join(", ")
}

/// The verdict, or how the row stands to what is aimed at, and how it ended if not well.
fn words(found: &StoredFit, limits: Option<&PotentialBounds>, verdict: &Verdict) -> String {
    let mut words = verdict.words();
    if let Some(aim) = limits.and_then(|limits| limits.aim) {
        let reached = found.inside.iter().all(|ratio| *ratio >= aim);
        words += &format!(", aim ≥ {aim} {}", if reached { "reached" } else { "not reached" });
    }
    if !found.status.starts_with("completed") && !found.status.starts_with("Reproduced") {
        words += &format!("; {}", found.status);
    }
    words
}

fn row(
    case: &Case,
    found: &StoredFit,
    paper: Option<&PublishedPotential>,
    limits: Option<&PotentialBounds>,
    verdict: &Verdict,
) -> Value {
    let [block, metric, target, parameters] = case.names();
    let best = found.best().and_then(|epoch| epoch.transport);
    json!({
        "block": block,
        "metric": metric,
        "target": target,
        "parameters": parameters,
        "recipe": case.recipe.name(),
        "words": case.recipe.words(),
        "seed": case.seed,
        "n_cells": case.n_cells,
        "loss": found.loss,
        "inside": found.inside,
        "epochs": found.history.len(),
        "best_epoch": found.best_epoch,
        "epsilon": best.map(|(epsilon, _, _)| epsilon),
        "marginal_error": best.map(|(_, error, _)| error),
        "half_steps": found.history.iter().filter_map(|e| Some(e.transport?.2)).sum::<usize>(),
        "transport": found.transport,
        "status": found.status,
        "aim": limits.and_then(|limits| limits.aim),
        "published": paper,
        "timing": { "seconds": found.seconds },
        "verdict": verdict.name(),
        "missed": verdict.missed(),
    })
}

/// Loss and inside ratios beside the paper's and their bounds; what is only aimed at is not judged.
fn cells(
    case: &Case,
    found: &StoredFit,
    paper: Option<&PublishedPotential>,
    limits: Option<&PotentialBounds>,
    options: &ReproduceOptions,
) -> Vec<Cell> {
    let reason = limits.map_or("no bound is set", |limits| limits.reason.as_str());
    let cell = |quantity: String| Cell::new(case.row(options), quantity, reason);
    // The paper's metrics are those of its own block alone.
    let (better, other) = match case.block {
        Block::Paper => (Better::Lower, "not judged: the row is held to the part inside"),
        Block::Ours => (Better::Neither, "not judged: another loss than the paper's"),
    };
    let bound = |limit: Option<[f64; 2]>| limit.map(Bound::Within);
    let loss = cell("loss".to_owned()).paper(paper.map(|paper| paper.loss), better);
    let mut cells = vec![(loss.ours(found.loss).bounds(bound(limits.and_then(|l| l.loss))), other)];
    for (leg, (shape, ratio)) in case.goal.shapes().iter().zip(&found.inside).enumerate() {
        let paper = paper.and_then(|paper| paper.inside.get(leg)).copied();
        let limit = limits.and_then(|limits| limits.inside.get(leg)).copied();
        let inside = cell(format!("inside {shape}")).paper(paper, Better::Higher).ours(*ratio);
        cells.push((inside.bounds(bound(limit)), "not judged: the row is held to its loss"));
    }
    let is_judged = limits.is_some_and(PotentialBounds::is_judged);
    let explained = |(cell, other): (Cell, &str)| match cell.bound {
        _ if options.quick => cell.unjudged("--quick is not judged"),
        None if is_judged => cell.unjudged(other),
        _ => cell,
    };
    cells.into_iter().map(explained).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::potentials::cases::{Goal, Metric, Sharing};

    fn options(line: &str) -> ReproduceOptions {
        ReproduceOptions::parsed(&format!("potentials {line}"))
    }

    fn found(inside: f64, loss: f64) -> StoredFit {
        StoredFit {
            loss,
            best_epoch: 0,
            history: Vec::new(),
            positions: Vec::new(),
            inside: vec![inside],
            transport: Vec::new(),
            profiles: Vec::new(),
            parameters: Vec::new(),
            status: "completed".to_owned(),
            seconds: None,
        }
    }

    /// The cells of a row on the Sinkhorn metric with this outcome.
    fn judged(line: &str, of: (Block, Goal, Sharing), found: &StoredFit) -> Vec<Cell> {
        let (options, bounds) = (options(line), Bounds::load().unwrap());
        let case = Case::named(&options, of.0, Metric::Sinkhorn, of.1, of.2).unwrap();
        let limits = bounds.potentials.table1(&case.names(), case.recipe.name());
        let published = Published::load().unwrap();
        cells(&case, found, published.diff.row(&case.names()[1..]), limits, &options)
    }

    #[test]
    fn ratios_and_losses_are_judged_and_aims_are_not() {
        let biased = (Block::Paper, Goal::Triangle, Sharing::Mutual);
        let met = judged("", biased, &found(0.5, 0.0281));
        assert_eq!(Verdict::of(&met), Verdict::Met);
        let named: Vec<&str> = met.iter().map(|cell| cell.quantity.as_str()).collect();
        assert_eq!(
            (met[0].row.as_str(), named),
            ("paper / sinkhorn / triangle / mutual", vec!["loss", "inside triangle"])
        );
        let missed = |found: &StoredFit| Verdict::of(&judged("", biased, found)).missed().len();
        assert_eq!((missed(&found(0.9, 0.0281)), missed(&found(0.5, 0.03))), (1, 1));
        assert_eq!(missed(&found(f64::NAN, f64::NAN)), 2);
        let quick = judged("--quick", biased, &found(0.9, 0.03));
        assert_eq!(Verdict::of(&quick), Verdict::NotJudged);
        assert!(quick.iter().all(|cell| cell.reason.contains("--quick")));

        let aimed = (Block::Ours, Goal::Square, Sharing::Individual);
        let told = judged("", aimed, &found(0.0, 1.0));
        assert_eq!(Verdict::of(&told), Verdict::NotJudged);
        assert_eq!((told[0].standing(), told[1].paper.is_some()), (None, true));
        assert!(told.iter().all(|cell| cell.reason.contains("no experiment has reached")));
        let bounds = Bounds::load().unwrap();
        let names = ["ours", "sinkhorn", "square", "individual"].map(str::to_owned);
        let limits = bounds.potentials.table1(&names, "training");
        let words = words(&found(0.95, 1.0), limits, &Verdict::NotJudged);
        assert_eq!(words, "not judged, aim ≥ 0.9 reached");
    }

    #[test]
    fn every_row_has_a_name_of_its_own_and_a_bound_or_a_reason() {
        let (options, bounds) = (options("--seeds 2"), Bounds::load().unwrap());
        let cases: Vec<Case> = (1..3).flat_map(|seed| Case::all(&options, seed)).collect();
        let mut rows: Vec<String> = cases.iter().map(|case| case.row(&options)).collect();
        rows.sort();
        rows.dedup();
        assert_eq!(rows.len(), cases.len());
        assert!(rows.contains(
            &"ours / euclidean / ring / individual / re-assigned, nearest / seed 2".to_owned()
        ));
        for case in &cases {
            let limits = bounds.potentials.table1(&case.names(), case.recipe.name());
            assert!(limits.is_some_and(|limits| !limits.reason.is_empty()), "{}", case.name());
        }
    }

    #[test]
    fn every_row_of_the_paper_is_found() {
        let published = Published::load().unwrap();
        let row = |names: [&str; 3]| published.diff.row(&names.map(str::to_owned)).unwrap();
        assert_eq!(row(["sinkhorn", "ring-then-triangle", "mutual"]).inside, [1.0, 0.7]);
        assert_eq!(row(["euclidean", "ring", "individual"]).inside, [0.97]);
    }
}
