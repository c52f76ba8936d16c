//! Table 1: best loss and inside ratios of the paper's sixteen rows, as the paper and ours.

use super::SEEDS;
use super::cases::Case;
use super::experiment::StoredFit;
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, PotentialBounds, Published, PublishedPotential};
use crate::results::{Table, Verdict};
use crate::runner::Runner;
use rayon::prelude::*;
use serde_json::{Value, json};

pub(super) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let title = "Table 1: best loss, and part of the cells inside each target at that epoch";
    let mut table = Table::new("potentials.table1", title);
    let heads =
        "block metric target parameters seed recipe loss paper inside paper seconds verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    for (case, found) in runs(options, runner)? {
        let name = case.names();
        let paper = published.diff.row(&name[1..]);
        let limits = bounds.potentials.table1(&name, case.recipe.name());
        let verdict = verdict(&found, limits.filter(|_| !options.quick));
        table.lines.push(line(&case, &found, paper, limits, &verdict));
        table.rows.push(row(&case, &found, paper, limits, &verdict));
        table.verdicts.push((format!("{}, seed {}", case.name(), case.seed), verdict));
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
        "epochs": found.history.len(),
        "verdict": verdict.name(),
        "missed": verdict.missed(),
    })
}

/// Against the bounds; those that are only aimed at are not judged.
fn verdict(found: &StoredFit, limits: Option<&PotentialBounds>) -> Verdict {
    let Some(limits) = limits.filter(|limits| limits.is_judged()) else {
        return Verdict::NotJudged;
    };
    let mut missed = Vec::new();
    for (leg, &ratio) in found.inside.iter().enumerate() {
        let [least, most] = limits.inside.get(leg).copied().unwrap_or([0.0, 1.0]);
        if !(least..=most).contains(&ratio) {
            missed
                .push(format!("inside {ratio:.4} of target {} not in [{least}, {most}]", leg + 1));
        }
    }
    if let Some([least, most]) = limits.loss
        && !(least..=most).contains(&found.loss)
    {
        missed.push(format!("loss {:.3e} not in [{least:.3e}, {most:.3e}]", found.loss));
    }
    if missed.is_empty() { Verdict::Met } else { Verdict::Missed(missed) }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn ratios_and_losses_are_judged_and_aims_are_not() {
        let bounds = Bounds::load().unwrap();
        let limits = |names: [&str; 4], recipe| {
            bounds.potentials.table1(&names.map(str::to_owned), recipe).unwrap()
        };
        let biased = limits(["paper", "sinkhorn", "triangle", "mutual"], "training");
        assert_eq!(verdict(&found(0.5, 0.0281), Some(biased)), Verdict::Met);
        assert_eq!(verdict(&found(0.9, 0.03), Some(biased)).missed().len(), 2);
        assert_eq!(verdict(&found(f64::NAN, f64::NAN), Some(biased)).missed().len(), 2);
        let aimed = limits(["ours", "sinkhorn", "square", "individual"], "training");
        assert_eq!(verdict(&found(0.0, 1.0), Some(aimed)), Verdict::NotJudged);
        let words = words(&found(0.95, 1.0), Some(aimed), &Verdict::NotJudged);
        assert_eq!(words, "not judged, aim ≥ 0.9 reached");
    }

    #[test]
    fn every_row_of_the_paper_is_found() {
        let published = Published::load().unwrap();
        let row = |names: [&str; 3]| published.diff.row(&names.map(str::to_owned)).unwrap();
        assert_eq!(row(["sinkhorn", "ring-then-triangle", "mutual"]).inside, [1.0, 0.7]);
        assert_eq!(row(["euclidean", "ring", "individual"]).inside, [0.97]);
    }
}
