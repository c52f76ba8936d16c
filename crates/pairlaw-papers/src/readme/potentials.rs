//! Table 1 of the recurrent paper: its losses and ratios, our run of its training, and the best that we
//! know; with several seeds the worst of them.

use super::extract::{Results, Run, check_runs, one_size};
use super::markdown::{self, Judged, fixed};
use crate::Failure;
use crate::published::{Published, PublishedPotential};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    block: String,
    metric: String,
    target: String,
    parameters: String,
    recipe: String,
    words: String,
    seed: u64,
    n_cells: usize,
    loss: f64,
    /// Part of the cells inside each target.
    inside: Vec<f64>,
    verdict: String,
    missed: Vec<String>,
}

/// Metrics and targets, in the order of the table.
pub(super) const GOALS: [[&str; 2]; 8] = [
    ["euclidean", "ring"],
    ["euclidean", "square"],
    ["euclidean", "triangle"],
    ["euclidean", "ring-then-triangle"],
    ["sinkhorn", "ring"],
    ["sinkhorn", "square"],
    ["sinkhorn", "triangle"],
    ["sinkhorn", "ring-then-triangle"],
];
/// As the rows call parameters, and as the README does.
const PARAMETERS: [(&str, &str); 5] = [
    ("individual", "individual"),
    ("mutual", "mutual"),
    ("two-role", "two-role"),
    ("low-rank-2", "low rank 2"),
    ("per-leg", "individual, one set a leg"),
];

/// The paper prints losses to three digits; differences below that are none.
const LOSS_DIGITS: f64 = 0.005;

pub(super) fn rows(results: &Results) -> Result<Option<Vec<Row>>, Failure> {
    results.rows(&["potentials.table1"])
}

/// The section of these metrics and targets.
pub(super) fn section(
    rows: &[Row],
    run: &Run,
    published: &Published,
    goals: &[[&str; 2]],
) -> Result<String, Failure> {
    let n_cells = one_size("potentials.table1", rows.iter().map(|row| row.n_cells))?;
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    check(rows, &seeds, goals)?;
    let entries = entries(rows, published, goals)?;
    let above = std::iter::once(None).chain(entries.iter().map(Some));
    let lines: Vec<_> = entries.iter().zip(above).map(|(entry, above)| entry.line(above)).collect();
    let trained =
        entries.iter().filter_map(|entry| entry.below_paper(entry.as_paper.as_ref(), true));
    let best = entries.iter().filter_map(|entry| entry.below_paper(entry.ours.as_ref(), false));
    let header = "loss | target | parameters | paper: loss | inside | as the paper: loss | inside | \
                  ours: inside | how";
    let paragraphs = [
        run.line(&seeds, &format!("{n_cells} cells")),
        markdown::table(header, &lines),
        markdown::below_paper("as the paper", &trained.collect::<Vec<_>>()),
        markdown::below_paper("ours", &best.collect::<Vec<_>>()),
        markdown::bounds(&judged(rows)),
    ];
    Ok(paragraphs.join("\n"))
}

/// A line of the table.
struct Entry<'a> {
    metric: &'a str,
    target: &'a str,
    /// In the README's words.
    parameters: &'static str,
    paper: Option<&'a PublishedPotential>,
    as_paper: Option<Worst>,
    ours: Option<Worst>,
}

/// All lines for which there are rows; those of the paper must be in both blocks.
fn entries<'a>(
    rows: &[Row],
    published: &'a Published,
    goals: &[[&'a str; 2]],
) -> Result<Vec<Entry<'a>>, Failure> {
    let mut entries = Vec::new();
    for &[metric, target] in goals {
        for (key, parameters) in PARAMETERS {
            let names = [metric, target, key];
            let paper = published.diff.row(&names.map(str::to_owned));
            let [as_paper, ours] = ["paper", "ours"].map(|block| Worst::best(rows, block, names));
            if paper.is_some() && (as_paper.is_none() || ours.is_none()) {
                let names = names.join(", ");
                return Err(
                    format!("potentials.table1, {names}: no row in one of the blocks").into()
                );
            }
            if as_paper.is_some() || ours.is_some() {
                entries.push(Entry { metric, target, parameters, paper, as_paper, ours });
            }
        }
    }
    Ok(entries)
}

/// Every fit has every seed, once; no row has a name that the table does not know.
fn check(rows: &[Row], seeds: &BTreeSet<u64>, goals: &[[&str; 2]]) -> Result<(), Failure> {
    for row in rows {
        let is_known = goals.contains(&[row.metric.as_str(), row.target.as_str()])
            && PARAMETERS.iter().any(|(key, _)| *key == row.parameters)
            && ["paper", "ours"].contains(&row.block.as_str());
        if !is_known {
            return Err(
                format!("potentials.table1 has a row of {}, unknown here", row.name()).into()
            );
        }
    }
    let expected: BTreeSet<String> = seeds.iter().map(|seed| format!("seed {seed}")).collect();
    for name in rows.iter().map(Row::name).collect::<BTreeSet<_>>() {
        let found = rows.iter().filter(|row| row.name() == name);
        let found: Vec<String> = found.map(|row| format!("seed {}", row.seed)).collect();
        check_runs(&format!("potentials.table1, {name}"), &found, &expected)?;
    }
    Ok(())
}

impl Row {
    fn name(&self) -> String {
        let Self { block, metric, target, parameters, recipe, .. } = self;
        format!("{block}, {metric}, {target}, {parameters} ({recipe})")
    }
}

/// The worst of all seeds of one fit.
#[derive(Clone, Debug)]
struct Worst {
    loss: f64,
    inside: Vec<f64>,
    how: String,
}

impl Worst {
    /// The recipe with most cells inside, of equal ones that of the least loss; none of no rows.
    fn best(rows: &[Row], block: &str, names: [&str; 3]) -> Option<Self> {
        let of_fit = |row: &&Row| {
            row.block == block && [&row.metric, &row.target, &row.parameters].into_iter().eq(names)
        };
        let rows: Vec<&Row> = rows.iter().filter(of_fit).collect();
        let recipes: BTreeSet<&str> = rows.iter().map(|row| row.recipe.as_str()).collect();
        let worst = |recipe: &str| Self::of(rows.iter().filter(|row| row.recipe == recipe));
        let better = |a: &Self, b: &Self| {
            let sum = |worst: &Self| worst.inside.iter().sum::<f64>();
            sum(a).total_cmp(&sum(b)).then(b.loss.total_cmp(&a.loss))
        };
        recipes.into_iter().filter_map(worst).max_by(better)
    }

    fn of<'a>(mut rows: impl Iterator<Item = &'a &'a Row>) -> Option<Self> {
        let first = *rows.next()?;
        let mut worst =
            Self { loss: first.loss, inside: first.inside.clone(), how: first.words.clone() };
        for row in rows {
            worst.loss = worst.loss.max(row.loss);
            let inside = worst.inside.iter().zip(&row.inside);
            worst.inside = inside.map(|(a, b)| a.min(*b)).collect();
        }
        worst.how = how(first, worst.loss);
        Some(worst)
    }
}

/// The recipe without its rates; a collocation has nothing else to tell than its loss.
fn how(row: &Row, loss: f64) -> String {
    if row.recipe == "collocation" {
        return format!("collocation, {loss:.0e}");
    }
    let is_rate = |part: &&str| part.starts_with("rate ") || part.starts_with("cosine ");
    let phase = |phase: &str| {
        let parts: Vec<&str> = phase.split(", ").filter(|part| !is_rate(part)).collect();
        parts.join(", ").replace(" 0.", " .")
    };
    row.words.split("; ").map(phase).collect::<Vec<_>>().join("; ")
}

fn in_print(name: &str) -> &str {
    match name {
        "euclidean" => "Euclidean",
        "sinkhorn" => "Sinkhorn",
        "ring-then-triangle" => "ring → triangle",
        other => other,
    }
}

impl Entry<'_> {
    /// What stands in the line above is not repeated.
    fn line(&self, above: Option<&Self>) -> Vec<String> {
        let is_metric = above.is_some_and(|above| above.metric == self.metric);
        let is_goal = is_metric && above.is_some_and(|above| above.target == self.target);
        let once =
            |name: &str, is_above| if is_above { String::new() } else { in_print(name).to_owned() };
        let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "–".to_owned());
        let (paper, as_paper, ours) = (self.paper, self.as_paper.as_ref(), self.ours.as_ref());
        vec![
            once(self.metric, is_metric),
            once(self.target, is_goal),
            self.parameters.to_owned(),
            or_dash(paper.map(|paper| in_digits(paper.loss, self.metric))),
            or_dash(paper.map(|paper| ratios(&paper.inside, 2))),
            or_dash(as_paper.map(|found| in_digits(found.loss, self.metric))),
            or_dash(as_paper.map(|found| ratios(&found.inside, 3))),
            or_dash(ours.map(|found| ratios(&found.inside, 3))),
            or_dash(ours.map(|found| found.how.clone())),
        ]
    }

    /// What is worse than the paper's figures, as far as it prints digits.
    fn below_paper(&self, found: Option<&Worst>, with_loss: bool) -> Option<String> {
        let (paper, found) = (self.paper?, found?);
        let mut items = Vec::new();
        if with_loss && found.loss > paper.loss * (1.0 + LOSS_DIGITS) {
            let [found, paper] = [found.loss, paper.loss].map(|loss| in_digits(loss, self.metric));
            items.push(format!("loss {found} ({paper})"));
        }
        let percent = |ratio: f64| (100.0 * ratio).round();
        let mut pairs = found.inside.iter().zip(&paper.inside);
        if pairs.any(|(found, paper)| percent(*found) < percent(*paper)) {
            items.push(format!(
                "inside {} ({})",
                ratios(&found.inside, 3),
                ratios(&paper.inside, 2)
            ));
        }
        let [metric, target] = [self.metric, self.target].map(in_print);
        let parameters = self.parameters;
        (!items.is_empty())
            .then(|| format!("{metric}, {target}, {parameters}: {}", items.join(", ")))
    }
}

/// Losses of transport lie close together, the others many powers of ten apart.
fn in_digits(loss: f64, metric: &str) -> String {
    if metric == "sinkhorn" { fixed(loss, 4) } else { format!("{loss:.2e}") }
}

fn ratios(inside: &[f64], decimals: usize) -> String {
    inside.iter().map(|ratio| fixed(*ratio, decimals)).collect::<Vec<_>>().join(", ")
}

fn judged(rows: &[Row]) -> Vec<Judged> {
    let judged = rows.iter().map(|row| Judged {
        name: format!("{}, seed {}", row.name(), row.seed),
        verdict: row.verdict.clone(),
        missed: row.missed.clone(),
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const GOALS: [[&str; 2]; 2] = [["euclidean", "ring"], ["sinkhorn", "ring-then-triangle"]];

    fn row(block: &str, goal: [&str; 2], parameters: &str, loss: f64, inside: &[f64]) -> Value {
        json!({
            "block": block, "metric": goal[0], "target": goal[1], "parameters": parameters,
            "recipe": "training", "words": "600 × Sinkhorn, ε 0.05 → 0.005, rate 0.01; 400 × nearest, cosine 0.01",
            "seed": 1, "n_cells": 2000, "loss": loss, "inside": inside, "verdict": "met", "missed": [],
            "timing": { "seconds": 1.0 },
        })
    }

    fn made_up() -> Vec<Value> {
        let [ring, legs] = GOALS;
        let mut collocation = row("ours", ring, "mutual", 6e-30, &[1.0]);
        collocation["recipe"] = json!("collocation");
        vec![
            row("paper", ring, "individual", 1.6e-3, &[0.9]),
            row("ours", ring, "individual", 3e-5, &[0.98]),
            row("paper", ring, "mutual", 3.7e-7, &[1.0]),
            row("ours", ring, "mutual", 3.7e-7, &[1.0]),
            collocation,
            row("ours", ring, "two-role", 1e-5, &[0.998]),
            row("paper", legs, "individual", 0.0665, &[0.509, 0.1315]),
            row("ours", legs, "individual", 0.005, &[0.4085, 0.3605]),
            row("paper", legs, "mutual", 0.0535, &[1.0, 0.696]),
            row("ours", legs, "mutual", 1e-5, &[1.0, 0.9875]),
        ]
    }

    fn rendered(rows: Vec<Value>) -> Result<String, Failure> {
        let results = Results::made_up(&[("potentials.table1", rows)]);
        let rows = super::rows(&results)?.expect("the table is there");
        section(&rows, &Run::made_up(), &Published::load()?, &GOALS)
    }

    #[test]
    fn the_paper_its_training_and_the_best_of_ours_stand_in_a_line() {
        let mut rows = made_up();
        rows[1]["verdict"] = json!("missed");
        rows[1]["missed"] = json!(["inside 0.98 of target 1 not in [0.99, 1]"]);
        let expected = "\
Run: commit `0123456` with uncommitted changes, seed 1, 2000 cells, avx2.

| loss | target | parameters | paper: loss | inside | as the paper: loss | inside | ours: inside | how |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| Euclidean | ring | individual | 6.27e-2 | .97 | 1.60e-3 | .900 | .980 | 600 × Sinkhorn, ε .05 → .005; 400 × nearest |
|  |  | mutual | 2.53e-8 | 1.00 | 3.70e-7 | 1.000 | 1.000 | collocation, 6e-30 |
|  |  | two-role | – | – | – | – | .998 | 600 × Sinkhorn, ε .05 → .005; 400 × nearest |
| Sinkhorn | ring → triangle | individual | .1070 | .24, .23 | .0665 | .509, .132 | .409, .361 | 600 × Sinkhorn, ε .05 → .005; 400 × nearest |
|  |  | mutual | .0533 | 1.00, .70 | .0535 | 1.000, .696 | 1.000, .988 | 600 × Sinkhorn, ε .05 → .005; 400 × nearest |

Below the paper, as the paper: Euclidean, ring, individual: inside .900 (.97); Euclidean, ring, mutual: loss 3.70e-7 (2.53e-8); Sinkhorn, ring → triangle, individual: inside .509, .132 (.24, .23).

Below the paper, ours: nothing.

Beyond their bounds, 1 of 10 judged rows: ours, euclidean, ring, individual (training), seed 1 (inside 0.98 of target 1 not in [0.99, 1]).
";
        assert_eq!(rendered(rows).unwrap(), expected);
    }

    #[test]
    fn the_worst_seed_counts() {
        let mut rows = made_up();
        let again: Vec<Value> = rows
            .iter()
            .map(|row| {
                let mut row = row.clone();
                row["seed"] = json!(2);
                row
            })
            .collect();
        rows.extend(again);
        rows[11]["inside"] = json!([0.5]);
        rows[10]["loss"] = json!(0.5);
        let text = rendered(rows).unwrap();
        assert!(
            text.contains("| 5.00e-1 | .900 | .500 |") && text.contains("seeds 1 to 2"),
            "{text}"
        );
        assert!(text.contains("ours: Euclidean, ring, individual: inside .500 (.97)."), "{text}");
    }

    #[test]
    fn missing_doubled_and_strange_rows_are_named() {
        let says = |rows: Vec<Value>, words: &str| {
            let error = rendered(rows).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        let mut rows = made_up();
        rows.remove(0);
        says(rows, "euclidean, ring, individual: no row in one of the blocks");
        let mut rows = made_up();
        rows.push(rows[0].clone());
        says(rows, "paper, euclidean, ring, individual (training), seed 1: 2 rows");
        let mut rows = made_up();
        rows[1]["seed"] = json!(2);
        says(rows, "seed 1: no row");
        let mut rows = made_up();
        rows[1]["target"] = json!("star");
        says(rows, "a row of ours, euclidean, star");
        let mut rows = made_up();
        rows[1]["n_cells"] = json!(300);
        says(rows, "[300, 2000]");
        let mut rows = made_up();
        rows[1]["loss"] = json!(null);
        says(rows, "potentials.table1, row 2 of the results");
    }
}
