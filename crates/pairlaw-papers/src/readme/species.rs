//! Tables 2 to 4 of the paper on species: each true species in the cluster that holds most of it, the
//! worst of all seeds.

use super::extract::{Results, Run, check_runs, one_size};
use super::markdown::{self, Judged, fixed, fixed_or_dash};
use crate::Failure;
use crate::published::{ClusterRow, Published};
use pairlaw_synth::{Scenario, Species};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One cluster, found with the printed law from the printed start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    experiment: String,
    classifier: String,
    direction: String,
    start: String,
    seed: u64,
    n_cells: usize,
    cluster: usize,
    species: String,
    /// Share of each species that is in the cluster.
    classification_success: BTreeMap<String, f64>,
    force_error: ForceError,
    velocity_error: Option<f64>,
    /// Of the whole run, as everything below.
    adjusted_rand_index: Option<f64>,
    species_found: usize,
    undetermined: usize,
    verdict: String,
    missed: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct ForceError {
    attraction_repulsion: Option<f64>,
    alignment: Option<f64>,
    drag99: Option<f64>,
}

const TABLES: [&str; 3] = ["species.table2", "species.table3", "species.table4"];
/// As the rows call the classifiers, and as the README does.
const CLASSIFIERS: [(&str, &str); 2] = [("paper", "its classifier"), ("mixture", "the mixture")];

/// The rows that the README shows.
pub(super) fn rows(results: &Results) -> Result<Option<Vec<Row>>, Failure> {
    let mut rows: Option<Vec<Row>> = results.rows(&TABLES)?;
    if let Some(rows) = &mut rows {
        rows.retain(|row| row.direction == "difference" && row.start == "printed");
    }
    Ok(rows)
}

/// The section of these experiments.
pub(super) fn section(
    rows: &[Row],
    run: &Run,
    published: &Published,
    experiments: &[&str],
) -> Result<String, Failure> {
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    check(rows, &seeds, experiments)?;
    let n_cells = one_size("species", rows.iter().map(|row| row.n_cells))?;
    let choices =
        format!("{n_cells} cells, α = {}, {}", run.option("alpha"), run.option("integrator"));
    let mut lines = Vec::new();
    let mut below = [Vec::new(), Vec::new()];
    let mut lost = Vec::new();
    for experiment in experiments {
        let paper = published.rows(experiment);
        for species in Scenario::named(experiment, 1)?.species {
            let best = ClusterRow::best(paper, species);
            let found = CLASSIFIERS.map(|(key, _)| Worst::new(rows, experiment, key, species));
            for (k, found) in found.iter().enumerate() {
                below[k].extend(found.below_paper(best, species, experiment));
                lost.extend(found.lost(species, experiment, CLASSIFIERS[k].1));
            }
            lines.push(line(experiment, species, best, &found));
        }
    }
    let header = "experiment | species | paper: CS | ΔV | its classifier, ours: CS | Δf_a-r | Δf_align | ΔV | \
                  mixture: CS | Δf_a-r | Δf_align | Δf_drag | ΔV";
    let mut paragraphs = vec![run.line(&seeds, &choices), markdown::table(header, &lines)];
    paragraphs.extend(CLASSIFIERS.map(|(key, words)| partitions(rows, key, words)));
    paragraphs.extend((0..2).map(|k| markdown::below_paper(CLASSIFIERS[k].1, &below[k])));
    paragraphs.extend(lost);
    paragraphs.push(markdown::bounds(&judged(rows)));
    Ok(paragraphs.join("\n"))
}

/// Every experiment has every seed by both classifiers, and no cluster twice.
fn check(rows: &[Row], seeds: &BTreeSet<u64>, experiments: &[&str]) -> Result<(), Failure> {
    if let Some(row) = rows.iter().find(|row| !experiments.contains(&row.experiment.as_str())) {
        let known = experiments.join("; ");
        return Err(
            format!("species: a row of {:?}; the experiments are {known}", row.experiment).into()
        );
    }
    for experiment in experiments {
        for (classifier, _) in CLASSIFIERS {
            let group = format!("species, {experiment}, {classifier}");
            let of_group = || rows.iter().filter(|row| row.is_of(experiment, classifier));
            let expected = seeds.iter().flat_map(|seed| {
                let clusters = of_group().filter(|row| row.seed == *seed).map(|row| row.cluster);
                let n_clusters = clusters.max().unwrap_or(1);
                (1..=n_clusters).map(move |cluster| format!("seed {seed}, cluster {cluster}"))
            });
            let found = of_group().map(|row| format!("seed {}, cluster {}", row.seed, row.cluster));
            check_runs(&group, &found.collect::<Vec<_>>(), &expected.collect())?;
        }
    }
    Ok(())
}

impl Row {
    fn is_of(&self, experiment: &str, classifier: &str) -> bool {
        self.experiment == experiment && self.classifier == classifier
    }

    fn share(&self, species: Species) -> f64 {
        self.classification_success.get(species.name()).copied().unwrap_or_default()
    }
}

/// The worst of all seeds of one species.
#[derive(Clone, Debug)]
struct Worst {
    share: f64,
    attraction_repulsion: Option<f64>,
    alignment: Option<f64>,
    drag: Option<f64>,
    velocity_error: Option<f64>,
    seeds: usize,
    /// Seeds in which most of the species lies in another one's cluster.
    seeds_lost: usize,
}

impl Worst {
    fn new(rows: &[Row], experiment: &str, classifier: &str, species: Species) -> Self {
        let mut of_seed: BTreeMap<u64, &Row> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.is_of(experiment, classifier)) {
            let best = of_seed.entry(row.seed).or_insert(row);
            if row.share(species) > best.share(species) {
                *best = row;
            }
        }
        let shares = of_seed.values().map(|row| row.share(species));
        let own: Vec<&Row> =
            of_seed.values().filter(|row| row.species == species.name()).copied().collect();
        // Errors of another species' law say nothing of this one.
        let largest = |error: fn(&Row) -> Option<f64>| {
            own.iter().filter_map(|row| error(row)).max_by(f64::total_cmp)
        };
        Self {
            share: shares.fold(1.0, f64::min),
            attraction_repulsion: largest(|row| row.force_error.attraction_repulsion),
            alignment: largest(|row| row.force_error.alignment),
            drag: largest(|row| row.force_error.drag99),
            velocity_error: largest(|row| row.velocity_error),
            seeds: of_seed.len(),
            seeds_lost: of_seed.len() - own.len(),
        }
    }

    /// What is worse than in the paper's row, as far as it prints digits. Its Δf_drag reaches to other
    /// speeds.
    fn below_paper(
        &self,
        paper: Option<&ClusterRow>,
        species: Species,
        experiment: &str,
    ) -> Option<String> {
        let paper = paper?;
        let published = paper.success(species);
        let mut items = Vec::new();
        if rounded(self.share, 3) < rounded(published, 3) {
            items.push(format!("CS {} ({})", fixed(self.share, 3), fixed(published, 3)));
        }
        for (name, found, published) in [
            ("Δf_a-r", self.attraction_repulsion, paper.far),
            ("Δf_align", self.alignment, paper.align),
            ("ΔV", self.velocity_error, Some(paper.dv)),
        ] {
            if let (Some(found), Some(published)) = (found, published)
                && rounded(found, 4) > rounded(published, 4)
            {
                items.push(format!("{name} {} ({})", fixed(found, 4), fixed(published, 4)));
            }
        }
        let (name, items) = (species.name(), (!items.is_empty()).then(|| items.join(", "))?);
        Some(format!("{name} in {experiment}: {items}"))
    }

    fn lost(&self, species: Species, experiment: &str, classifier: &str) -> Option<String> {
        let (name, lost, seeds) = (species.name(), self.seeds_lost, self.seeds);
        let line = || {
            format!(
                "Most of {name} in {experiment} lies in another species' cluster by {classifier} with {lost} \
                 of {seeds} seeds; its errors are those of the others.\n"
            )
        };
        (lost > 0).then(line)
    }
}

fn rounded(x: f64, decimals: i32) -> f64 {
    (x * 10f64.powi(decimals)).round()
}

fn line(
    experiment: &str,
    species: Species,
    paper: Option<&ClusterRow>,
    [sequential, mixture]: &[Worst; 2],
) -> Vec<String> {
    vec![
        experiment.to_owned(),
        species.name().to_owned(),
        fixed_or_dash(paper.map(|row| row.success(species)), 3),
        fixed_or_dash(paper.map(|row| row.dv), 4),
        fixed(sequential.share, 3),
        fixed_or_dash(sequential.attraction_repulsion, 4),
        fixed_or_dash(sequential.alignment, 4),
        fixed_or_dash(sequential.velocity_error, 4),
        fixed(mixture.share, 3),
        fixed_or_dash(mixture.attraction_repulsion, 4),
        fixed_or_dash(mixture.alignment, 4),
        fixed_or_dash(mixture.drag, 4),
        fixed_or_dash(mixture.velocity_error, 4),
    ]
}

/// How well a classifier divides the cells, over all its runs.
fn partitions(rows: &[Row], classifier: &str, words: &str) -> String {
    let first = |row: &&Row| row.classifier == classifier && row.cluster == 1;
    let runs: Vec<&Row> = rows.iter().filter(first).collect();
    let n_right =
        runs.iter().filter(|row| row.species_found == row.classification_success.len()).count();
    // With one species the index is 1 or 0 by definition.
    let several = runs.iter().filter(|row| row.classification_success.len() > 1);
    let index = several.filter_map(|row| row.adjusted_rand_index).min_by(f64::total_cmp);
    let undetermined: usize = runs.iter().map(|row| row.undetermined).sum();
    let cells: usize = runs.iter().map(|row| row.n_cells).sum();
    format!(
        "By {words} the number of species is right in {n_right} of {} runs, the adjusted Rand index of two \
         and three species at least {}, and {undetermined} of {cells} cells are undetermined.\n",
        runs.len(),
        fixed_or_dash(index, 3),
    )
}

fn judged(rows: &[Row]) -> Vec<Judged> {
    let first = rows.iter().filter(|row| row.cluster == 1);
    let judged = first.map(|row| {
        let Row { experiment, classifier, seed, verdict, missed, .. } = row;
        let words = CLASSIFIERS.iter().find(|(key, _)| key == classifier);
        let words = words.map_or(classifier.as_str(), |(_, words)| *words);
        let name = format!("{experiment} by {words}, seed {seed}");
        Judged { name, verdict: verdict.clone(), missed: missed.clone() }
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Cluster `cluster` of A,B, mostly of `species`, with these shares.
    fn row(classifier: &str, seed: u64, cluster: usize, species: &str, shares: [f64; 2]) -> Value {
        let alignment = if species == "A" { Some(0.0011) } else { None };
        json!({
            "experiment": "A,B", "classifier": classifier, "direction": "difference", "start": "printed",
            "seed": seed, "n_cells": 1000, "cluster": cluster, "species": species,
            "classification_success": { "A": shares[0], "B": shares[1] },
            "force_error": {
                "attraction_repulsion": 0.01 * seed as f64, "alignment": alignment,
                "drag": 1.0, "drag99": 0.0002,
            },
            "velocity_error": 0.002, "adjusted_rand_index": 0.9, "species_found": 2,
            "undetermined": seed, "verdict": "met", "missed": [], "published": null,
        })
    }

    fn made_up() -> Vec<Value> {
        let mut rows = Vec::new();
        for classifier in ["paper", "mixture"] {
            for seed in [1, 2] {
                let a = if (classifier, seed) == ("paper", 2) { 0.75 } else { 1.0 };
                rows.push(row(classifier, seed, 1, "B", [1.0 - a, 1.0]));
                rows.push(row(classifier, seed, 2, "A", [a, 0.0]));
            }
        }
        rows
    }

    fn rendered(rows: Vec<Value>) -> Result<String, Failure> {
        let results =
            Results::made_up(&[(TABLES[0], vec![]), (TABLES[1], rows), (TABLES[2], vec![])]);
        let rows = super::rows(&results)?.expect("tables are there");
        section(&rows, &Run::made_up(), &Published::load()?, &["A,B"])
    }

    #[test]
    fn the_worst_seed_of_the_largest_cluster_stands_beside_the_paper() {
        let mut rows = made_up();
        rows[2]["verdict"] = json!("missed");
        rows[2]["missed"] = json!(["A: CS 0.750 < 0.804"]);
        let other = json!({ "direction": "unit", "seed": 7 });
        let mut unit = rows[0].clone();
        unit.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        rows.push(unit);
        let expected = "\
Run: commit `0123456` with uncommitted changes, seeds 1 to 2, 1000 cells, α = .9, heun-4, avx2.

| experiment | species | paper: CS | ΔV | its classifier, ours: CS | Δf_a-r | Δf_align | ΔV | mixture: CS | Δf_a-r | Δf_align | Δf_drag | ΔV |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| A,B | A | .814 | .3945 | .750 | .0200 | .0011 | .0020 | 1.000 | .0200 | .0011 | .0002 | .0020 |
| A,B | B | .628 | .1201 | 1.000 | .0200 | – | .0020 | 1.000 | .0200 | – | .0002 | .0020 |

By its classifier the number of species is right in 2 of 2 runs, the adjusted Rand index of two and three species at least .900, and 3 of 2000 cells are undetermined.

By the mixture the number of species is right in 2 of 2 runs, the adjusted Rand index of two and three species at least .900, and 3 of 2000 cells are undetermined.

Below the paper, its classifier: A in A,B: CS .750 (.814).

Below the paper, the mixture: nothing.

Beyond their bounds, 1 of 4 judged rows: A,B by its classifier, seed 2 (A: CS 0.750 < 0.804).
";
        assert_eq!(rendered(rows).unwrap(), expected);
    }

    #[test]
    fn a_species_without_a_cluster_of_its_own_shows_no_errors() {
        let mut rows = made_up();
        rows[2] = row("paper", 2, 1, "B", [0.8, 1.0]);
        rows[3] = row("paper", 2, 2, "A", [0.2, 0.0]);
        let text = rendered(rows).unwrap();
        assert!(text.contains("| A | .814 | .3945 | .800 | .0100 | .0011 | .0020 |"), "{text}");
        assert!(text.contains(
            "Most of A in A,B lies in another species' cluster by its classifier with 1 of 2"
        ));
    }

    #[test]
    fn missing_doubled_and_strange_rows_are_named() {
        let says = |rows: Vec<Value>, words: &str| {
            let error = rendered(rows).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        says(made_up()[..6].to_vec(), "species, A,B, mixture, seed 2, cluster 1: no row");
        let mut rows = made_up();
        rows.push(rows[0].clone());
        says(rows, "species, A,B, paper, seed 1, cluster 1: 2 rows");
        let mut rows = made_up();
        rows.remove(0);
        says(rows, "species, A,B, paper, seed 1, cluster 1: no row");
        let mut rows = made_up();
        rows[3]["experiment"] = json!("A,D");
        says(rows, "a row of \"A,D\"");
        let mut rows = made_up();
        rows[3]["n_cells"] = json!(250);
        says(rows, "[250, 1000]");
        let mut rows = made_up();
        rows[3]["seed"] = json!("two");
        says(rows, "species.table3, row 4 of the results");
        says(Vec::new(), "species, A,B, paper: no row");
    }
}
