//! Tables 2 to 4: species found in one, two and three populations, by both classifiers.

use super::experiment::{Recording, Rules};
use super::outcome::{Details, Outcome};
use super::scores::{ClusterScores, Scores};
use super::{SEEDS, experiments, learned, scenario};
use crate::Failure;
use crate::options::{ClassifierName, DirectionName, ReproduceOptions, StartName, name_of};
use crate::published::{Bounds, ClusterRow, ForceBounds, Published};
use crate::results::{Table, Verdict};
use crate::runner::Runner;
use pairlaw::species::SpeciesConfig;
use pairlaw_data::write_atomic;
use pairlaw_synth::{Scenario, Species};
use serde_json::{Map, Value, json};

/// One of the three tables.
pub(crate) struct Layout {
    pub(crate) number: u32,
    id: &'static str,
    title: &'static str,
    pub(crate) experiments: &'static [&'static str],
}

pub(crate) const LAYOUTS: [Layout; 3] = [
    Layout {
        number: 2,
        id: "species.table2",
        title: "Table 2: one species",
        experiments: &["A", "B", "C"],
    },
    Layout {
        number: 3,
        id: "species.table3",
        title: "Table 3: two species",
        experiments: &["A,C", "B,C", "A,B", "A,B (long)"],
    },
    Layout {
        number: 4,
        id: "species.table4",
        title: "Table 4: three species",
        experiments: &["A,B,C", "A,B,C (long)"],
    },
];

/// One experiment under one choice of direction and start.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    direction: DirectionName,
    start: StartName,
}

impl Layout {
    /// The experiments asked for, by seed, start and direction. Without a choice the homogeneous
    /// ones run with both directions.
    pub(crate) fn cases(&self, options: &ReproduceOptions) -> Result<Vec<Case>, Failure> {
        let directions = match (&options.direction[..], self.number) {
            ([], 2) => &[DirectionName::Difference, DirectionName::Unit][..],
            ([], _) => &[DirectionName::Difference][..],
            (chosen, _) => chosen,
        };
        let mut cases = Vec::new();
        for seed in options.seeds(SEEDS)? {
            for &start in &options.start {
                for &direction in directions {
                    for name in experiments(options, self.experiments) {
                        let mut scenario = scenario(options, name, seed, start)?;
                        scenario.direction = direction.value();
                        cases.push(Case { scenario, direction, start });
                    }
                }
            }
        }
        Ok(cases)
    }
}

/// Both classifiers' outcomes in the cases of a table.
pub(crate) fn table(
    layout: &Layout,
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let title = format!(
        "{} (clusters in the order found, those of each classifier, then the paper's; drag99: up to \
         the 99 % speed)",
        layout.title
    );
    let mut table = Table::new(layout.id, title);
    let heads = "experiment classifier direction start seed cluster code Δf_a-r Δf_align Δf_drag \
                 drag99 CS(A) CS(B) CS(C) ΔV verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    let mut scored = Vec::new();
    for case in layout.cases(options)? {
        let recording = runner.recording(&case.scenario)?;
        let paper = published.rows(&case.scenario.name());
        for &classifier in &options.classifier {
            let found = Found::new(&case, classifier, options, runner, &recording)?;
            let verdict = match found.is_judged(options) {
                true => found.verdict(paper, bounds),
                false => Verdict::NotJudged,
            };
            table.lines.extend(found.lines(&verdict));
            table.rows.extend(found.rows(options, paper, &verdict));
            scored.push(found.summary(&verdict));
            table.verdicts.push((found.name(), verdict));
            found.write(options)?;
        }
        table.lines.extend(paper.iter().enumerate().map(|(k, row)| published_line(&case, k, row)));
    }
    table.extra.insert("adjusted_rand_index".into(), Value::Array(scored));
    Ok(table)
}

/// The choices of both learners that the options ask for.
pub(crate) fn config(scenario: &Scenario, options: &ReproduceOptions) -> SpeciesConfig {
    let mut config = SpeciesConfig {
        direction: scenario.direction,
        integrator: options.integrator.value(),
        ..SpeciesConfig::default()
    };
    config.path.fit_share = options.alpha;
    config
}

/// One classifier's clusters in one case.
struct Found<'a> {
    case: &'a Case,
    classifier: ClassifierName,
    outcome: Outcome,
    scores: Scores,
}

impl<'a> Found<'a> {
    fn new(
        case: &'a Case,
        classifier: ClassifierName,
        options: &ReproduceOptions,
        runner: &Runner,
        recording: &Recording,
    ) -> Result<Self, Failure> {
        // Stages of one name are told once: every case needs its own.
        let Case { scenario, direction, start } = case;
        let choices = [name_of(*direction), name_of(*start)].join(", ");
        let name = format!("{}, {choices}, seed {}", scenario.name(), scenario.seed);
        let config = config(&case.scenario, options);
        let outcome = runner.classify(classifier, &name, recording, &config, &Rules::default())?;
        let scores = Scores::new(&case.scenario, &outcome)?;
        Ok(Self { case, classifier, outcome, scores })
    }

    fn name(&self) -> String {
        let Case { scenario, direction, start } = self.case;
        let choices = [name_of(self.classifier), name_of(*direction), name_of(*start)].join(", ");
        format!("{}, {choices}, seed {}", scenario.name(), scenario.seed)
    }

    /// Writes laws and members to `species/` in the output directory.
    fn write(&self, options: &ReproduceOptions) -> Result<(), Failure> {
        let folder = options.out.join("species");
        std::fs::create_dir_all(&folder)?;
        let Case { scenario, direction, start } = self.case;
        let name = scenario.name().replace([',', ' ', '(', ')'], "");
        let choices = [name_of(self.classifier), name_of(*direction), name_of(*start)].join("-");
        let file = folder.join(format!("{name}-{choices}-seed{}.json", scenario.seed));
        let json = learned::json(scenario, &self.outcome)?;
        Ok(write_atomic(file, (serde_json::to_string(&json)? + "\n").as_bytes())?)
    }

    /// Bounds hold at full size for the printed law and start.
    fn is_judged(&self, options: &ReproduceOptions) -> bool {
        let Case { direction, start, .. } = self.case;
        !options.quick && *start == StartName::Printed && *direction == DirectionName::Difference
    }

    /// Clusters of at least five cells.
    fn species_found(&self) -> usize {
        self.outcome.clusters.iter().filter(|cluster| cluster.members.len() >= 5).count()
    }

    fn verdict(&self, paper: &[ClusterRow], bounds: &Bounds) -> Verdict {
        let mut missed = Vec::new();
        for (species, cluster) in self.scores.cluster_of_species.iter().enumerate() {
            let letter = self.case.scenario.species[species];
            let Some(cluster) = cluster else {
                missed.push(format!("no cluster of {}", letter.name()));
                continue;
            };
            let scores = &self.scores.clusters[*cluster];
            match self.classifier {
                ClassifierName::Paper => {
                    let published = ClusterRow::best(paper, letter);
                    let share = published.map(|row| row.success(letter) - bounds.below_paper());
                    let error = published.map(|row| row.dv);
                    let forces = bounds.paper_forces(&self.case.scenario.name());
                    judge(scores, species, letter, forces, (share, error), &mut missed);
                    if let Some(code) = bounds.code(&self.case.scenario.name()) {
                        let found = scores.law.modes().to_string();
                        if found != code {
                            missed.push(format!("code {found} ≠ {code}"));
                        }
                    }
                }
                ClassifierName::Mixture => {
                    let bounds = bounds.mixture();
                    let limits = (Some(bounds.share), Some(bounds.velocity_error));
                    judge(scores, species, letter, &bounds.forces, limits, &mut missed);
                }
            }
        }
        if self.classifier == ClassifierName::Mixture {
            self.judge_partition(bounds, &mut missed);
        }
        if missed.is_empty() { Verdict::Met } else { Verdict::Missed(missed) }
    }

    fn judge_partition(&self, bounds: &Bounds, missed: &mut Vec<String>) {
        let bounds = bounds.mixture();
        let species = self.case.scenario.species.len();
        if self.species_found() != species {
            missed.push(format!("{} species found, {species} true", self.species_found()));
        }
        let mut clusters: Vec<_> = self.scores.cluster_of_species.iter().flatten().collect();
        clusters.sort();
        clusters.dedup();
        if clusters.len() < species {
            missed.push("two species share a cluster".to_owned());
        }
        if self.scores.purity < bounds.purity {
            missed.push(format!("purity {:.3} < {}", self.scores.purity, bounds.purity));
        }
        // With one class the index is 1 or 0 by definition: whether all cells have one label.
        let index = self.scores.adjusted_rand_index;
        if species > 1 && index < bounds.adjusted_rand_index {
            missed.push(format!("adjusted Rand index {index:.3} < {}", bounds.adjusted_rand_index));
        }
    }

    fn lines(&self, verdict: &Verdict) -> Vec<Vec<String>> {
        let Case { scenario, direction, start } = self.case;
        let line = |(k, scores): (usize, &ClusterScores)| {
            let mut line = vec![
                scenario.name(),
                name_of(self.classifier),
                name_of(*direction),
                name_of(*start),
                scenario.seed.to_string(),
                (k + 1).to_string(),
                scores.law.modes().to_string(),
            ];
            let f = scores.forces;
            line.extend([f.attraction_repulsion, f.alignment, f.drag, f.drag99].map(number));
            let success = |species: Species| {
                let index = scenario.species.iter().position(|s| *s == species);
                index.map_or("–".to_owned(), |index| format!("{:.3}", scores.success[index]))
            };
            line.extend([Species::A, Species::B, Species::C].map(success));
            line.push(number(scores.velocity_error));
            let n = self.outcome.undetermined.len();
            let left = if n == 0 { String::new() } else { format!(" ({n} undetermined)") };
            line.push(if k == 0 { verdict.words() + &left } else { String::new() });
            line
        };
        self.scores.clusters.iter().enumerate().map(line).collect()
    }

    fn rows(
        &self,
        options: &ReproduceOptions,
        paper: &[ClusterRow],
        verdict: &Verdict,
    ) -> Vec<Value> {
        let clusters = self.scores.clusters.iter().enumerate();
        clusters.map(|(k, scores)| self.row(k, scores, options, paper, verdict)).collect()
    }

    fn row(
        &self,
        k: usize,
        scores: &ClusterScores,
        options: &ReproduceOptions,
        paper: &[ClusterRow],
        verdict: &Verdict,
    ) -> Value {
        let Case { scenario, direction, start } = self.case;
        let forces = scores.forces;
        let mut row = json!({
            "experiment": scenario.name(),
            "classifier": name_of(self.classifier),
            "direction": name_of(*direction),
            "start": name_of(*start),
            "integrator": name_of(options.integrator),
            "alpha": options.alpha,
            "n_cells": scenario.n_cells,
            "n_samples": scenario.n_samples,
            "seed": scenario.seed,
            "cluster": k + 1,
            "species": scenario.species[scores.species].name(),
            "cluster_size": self.outcome.clusters[k].members.len(),
            "code": scores.law.modes().to_string(),
            "terms": scores.law.active().count(),
            "force_error": {
                "attraction_repulsion": forces.attraction_repulsion,
                "alignment": forces.alignment,
                "drag": forces.drag,
                "drag99": forces.drag99,
            },
            "classification_success": self.success(scores),
            "velocity_error": scores.velocity_error,
            "purity": scores.purity,
            "purity_of_all": self.scores.purity,
            "adjusted_rand_index": self.scores.adjusted_rand_index,
            "species_found": self.species_found(),
            "undetermined": self.outcome.undetermined.len(),
            "published": paper.get(k),
            "verdict": verdict.name(),
            "missed": verdict.missed(),
            "timing": self.timing(),
        });
        if let Some(row) = row.as_object_mut() {
            row.extend(self.details(k));
        }
        row
    }

    fn success(&self, scores: &ClusterScores) -> Value {
        let species = self.case.scenario.species.iter().zip(&scores.success);
        species.map(|(species, share)| (species.name().to_owned(), json!(share))).collect()
    }

    fn timing(&self) -> Value {
        let seconds = self.outcome.seconds.iter();
        seconds.map(|(stage, seconds)| (format!("{stage}_seconds"), json!(seconds))).collect()
    }

    /// What only one of the classifiers tells of cluster `k`.
    fn details(&self, k: usize) -> Map<String, Value> {
        let details = match &self.outcome.details {
            Details::Sequential { single_cell, rounds, stop, recombined } => json!({
                "recombined": learned::numbered(recombined),
                "averaged_models": rounds.get(k).map(|round| round.averaged),
                "stop": stop,
                "single_cell": {
                    "without_model": single_cell.without_model,
                    "exact_codes": self.exact_codes(&single_cell.weights),
                    "replaced": single_cell.replaced,
                    "solves": single_cell.solves,
                    "uncertified_thresholds": single_cell.uncertified_thresholds,
                    "worst_violation": single_cell.worst_violation,
                },
            }),
            Details::Mixture { curve, regressions, .. } => json!({
                "curve": curve,
                "alpha_chosen": regressions.get(k).map(|r| r.fit_share),
                "lambda": regressions.get(k).map(|r| r.lambda),
                "worst_violation": regressions.get(k).map(|r| r.worst_violation),
            }),
        };
        details.as_object().cloned().unwrap_or_default()
    }

    /// Cells whose own model, before replacement, has exactly their species' modes.
    fn exact_codes(&self, weights: &[Option<Vec<f64>>]) -> usize {
        let scenario = &self.case.scenario;
        let laws = scenario.laws();
        let is_exact = |(species, weights): (&Species, &Option<Vec<f64>>)| {
            let index = scenario.species.iter().position(|s| s == species)?;
            let cluster = super::outcome::Cluster { members: vec![], weights: weights.clone()? };
            let law = super::scores::law(scenario, &cluster).ok()?;
            (law.modes() == laws[index].modes()).then_some(())
        };
        scenario.membership().iter().zip(weights).filter_map(is_exact).count()
    }

    /// An entry of the table's list of partitions.
    fn summary(&self, verdict: &Verdict) -> Value {
        let Case { scenario, direction, start } = self.case;
        json!({
            "experiment": scenario.name(),
            "classifier": name_of(self.classifier),
            "direction": name_of(*direction),
            "start": name_of(*start),
            "seed": scenario.seed,
            "value": self.scores.adjusted_rand_index,
            "purity": self.scores.purity,
            "species_found": self.species_found(),
            "undetermined": self.outcome.undetermined.len(),
            "verdict": verdict.name(),
            "missed": verdict.missed(),
        })
    }
}

/// Adds what a species' cluster misses of its bounds: force errors, share and ΔV.
fn judge(
    scores: &ClusterScores,
    index: usize,
    species: Species,
    forces: &ForceBounds,
    (share, velocity_error): (Option<f64>, Option<f64>),
    missed: &mut Vec<String>,
) {
    let name = species.name();
    let mut at_most = |what: &str, found: Option<f64>, bound: Option<f64>| match (found, bound) {
        // Also a NaN is beyond its bound.
        (Some(found), Some(bound)) if found.is_nan() || found > bound => {
            missed.push(format!("{name}: {what} {found:.4} > {bound}"));
        }
        _ => {}
    };
    let found = scores.forces;
    at_most("Δf_a-r", found.attraction_repulsion, Some(forces.attraction_repulsion));
    at_most("Δf_align", found.alignment, Some(forces.alignment));
    at_most("Δf_drag (99 %)", found.drag99, Some(forces.drag99));
    at_most("ΔV", scores.velocity_error, velocity_error);
    if scores.species != index {
        missed.push(format!("{name}: its largest share lies in another species' cluster"));
    }
    if let Some(share) = share.filter(|share| scores.success[index] < *share) {
        missed.push(format!("{name}: CS {:.3} < {share:.3}", scores.success[index]));
    }
}

pub(crate) fn number(number: Option<f64>) -> String {
    number.map_or("–".to_owned(), |number| format!("{number:.4}"))
}

fn published_line(case: &Case, k: usize, row: &ClusterRow) -> Vec<String> {
    let mut line = vec![case.scenario.name(), "published".to_owned()];
    line.extend(["", "", ""].map(str::to_owned));
    line.extend([(k + 1).to_string(), String::new()]);
    line.extend([row.far, row.align, row.drag].map(number));
    line.push(String::new());
    let share = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.3}"));
    line.extend([row.cs_a, row.cs_b, row.cs_c].map(share));
    line.extend([number(Some(row.dv)), String::new()]);
    line
}
