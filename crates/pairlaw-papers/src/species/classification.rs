//! Tables 2 to 4: species found in one, two and three populations, by both classifiers.

use super::experiment::{Recording, Rules};
use super::outcome::{Details, Outcome};
use super::scores::{ClusterScores, Scores};
use super::{SEEDS, experiments, learned, scenario};
use crate::Failure;
use crate::options::{ClassifierName, DirectionName, ReproduceOptions, StartName, name_of};
use crate::published::{Bounds, ClusterRow, ForceBounds, MixtureBounds, Published};
use crate::results::{Better, Bound, Cell, Table, Verdict};
use crate::runner::Runner;
use pairlaw::species::SpeciesConfig;
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

const CAPTION: &str = "One line a cluster, in the order found: those of the paper's classifier, those of \
    the mixture, then the paper's own. Δf: relative errors of the learned forces against the true ones \
    (drag99: up to the speed that 99 % of the cells stay below); CS: share of a true species that lies in the \
    cluster; ΔV: mean relative error of simulated velocities. Shares and errors are read in the cluster \
    that holds a species' largest share. The mixture knows neither species nor their number, as little \
    as the paper's classifier does.";

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
    let mut table = Table::new(layout.id, layout.title);
    table.caption = CAPTION.to_owned();
    let heads = "experiment classifier direction start seed cluster code Δf_a-r Δf_align Δf_drag \
                 drag99 CS(A) CS(B) CS(C) ΔV verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    let mut scored = Vec::new();
    for case in layout.cases(options)? {
        let recording = runner.recording(&case.scenario)?;
        let paper = published.rows(&case.scenario.name());
        for &classifier in &options.classifier {
            let found = Found::new(&case, classifier, options, runner, &recording)?;
            let cells = found.cells(paper, bounds, options);
            let verdict = Verdict::of(&cells);
            table.lines.extend(found.lines(&verdict));
            table.rows.extend(found.rows(options, paper, &verdict));
            scored.push(found.summary(&verdict));
            table.cells.extend(cells);
            table.files.push(found.file()?);
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

/// What the cells of a species are held to.
struct Limits<'a> {
    share: Option<f64>,
    velocity_error: Option<f64>,
    forces: &'a ForceBounds,
    code: Option<&'a str>,
    reason: &'a str,
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

    /// Laws and members, as a file below `species/`.
    fn file(&self) -> Result<(String, String), Failure> {
        let Case { scenario, direction, start } = self.case;
        let name = scenario.name().replace([',', ' ', '(', ')'], "");
        let choices = [name_of(self.classifier), name_of(*direction), name_of(*start)].join("-");
        let path = format!("species/{name}-{choices}-seed{}.json", scenario.seed);
        let json = learned::json(scenario, &self.outcome)?;
        Ok((path, serde_json::to_string(&json)? + "\n"))
    }

    /// Why no bound holds: they are those of full size, for the printed law and start.
    fn unjudged(&self, options: &ReproduceOptions) -> Option<&'static str> {
        let Case { direction, start, .. } = self.case;
        if options.quick {
            return Some("--quick is not judged");
        }
        let is_printed = *start == StartName::Printed && *direction == DirectionName::Difference;
        (!is_printed).then_some("bounds hold for the printed law and start")
    }

    /// Clusters of at least five cells.
    fn species_found(&self) -> usize {
        self.outcome.clusters.iter().filter(|cluster| cluster.members.len() >= 5).count()
    }

    /// Every number beside the paper's and its bound: those of each species in the cluster that holds
    /// its largest share, and of the mixture those of the whole partition.
    fn cells(
        &self,
        paper: &[ClusterRow],
        bounds: &Bounds,
        options: &ReproduceOptions,
    ) -> Vec<Cell> {
        let mut cells = Vec::new();
        let name = self.case.scenario.name();
        for (index, letter) in self.case.scenario.species.iter().enumerate() {
            let best = ClusterRow::best(paper, *letter);
            let limits = match self.classifier {
                ClassifierName::Paper => Limits {
                    share: best.map(|row| row.success(*letter) - bounds.below_paper()),
                    velocity_error: best.map(|row| row.dv),
                    forces: bounds.paper_forces(&name),
                    code: bounds.code(&name),
                    reason: bounds.paper_reason(&name),
                },
                ClassifierName::Mixture => {
                    let mixture = bounds.mixture();
                    Limits {
                        share: Some(mixture.share),
                        velocity_error: Some(mixture.velocity_error),
                        forces: &mixture.forces,
                        code: None,
                        reason: &mixture.reason,
                    }
                }
            };
            cells.extend(self.species_cells(index, best, &limits));
        }
        match self.classifier {
            ClassifierName::Mixture => cells.extend(self.partition_cells(bounds.mixture())),
            ClassifierName::Paper => {
                for cell in &mut cells {
                    let reason = bounds.understood(&name, self.case.scenario.seed, &cell.quantity);
                    cell.understood = reason.map(str::to_owned);
                }
            }
        }
        if let Some(reason) = self.unjudged(options) {
            cells = cells.into_iter().map(|cell| cell.unjudged(reason)).collect();
        }
        cells
    }

    fn species_cells(
        &self,
        index: usize,
        paper: Option<&ClusterRow>,
        limits: &Limits<'_>,
    ) -> Vec<Cell> {
        let letter = self.case.scenario.species[index];
        let cell = |quantity: &str| {
            Cell::new(self.name(), format!("{}: {quantity}", letter.name()), limits.reason)
        };
        let Some(cluster) = self.scores.cluster_of_species[index] else {
            return vec![cell("its cluster").bound(Bound::Is("found".to_owned()))];
        };
        let scores = &self.scores.clusters[cluster];
        let at_least = |limit: Option<f64>| limit.map(Bound::AtLeast);
        let at_most = |limit: Option<f64>| limit.map(Bound::AtMost);
        let forces = scores.forces;
        let mut cells = vec![
            cell("CS")
                .paper(paper.map(|row| row.success(letter)), Better::Higher)
                .ours(scores.success[index])
                .bounds(at_least(limits.share)),
            cell("ΔV")
                .paper(paper.map(|row| row.dv), Better::Lower)
                .ours(scores.velocity_error)
                .bounds(at_most(limits.velocity_error)),
            cell("most of its cluster")
                .words(self.case.scenario.species[scores.species].name())
                .bound(Bound::Is(letter.name().to_owned())),
        ];
        let limit = limits.forces;
        for (quantity, paper, found, limit) in [
            (
                "Δf_a-r",
                paper.and_then(|row| row.far),
                forces.attraction_repulsion,
                Some(limit.attraction_repulsion),
            ),
            ("Δf_align", paper.and_then(|row| row.align), forces.alignment, Some(limit.alignment)),
            ("Δf_drag", paper.and_then(|row| row.drag), forces.drag, None),
            ("Δf_drag up to the 99 % speed", None, forces.drag99, Some(limit.drag99)),
        ] {
            // A force that the species does not have has no error.
            if let Some(found) = found {
                let cell = cell(quantity).paper(paper, Better::Lower).ours(found);
                cells.push(cell.bounds(at_most(limit)));
            }
        }
        if let Some(code) = limits.code {
            let found = scores.law.modes().to_string();
            cells.push(cell("code").words(&found).bound(Bound::Is(code.to_owned())));
        }
        cells
    }

    fn partition_cells(&self, limits: &MixtureBounds) -> Vec<Cell> {
        let cell = |quantity: &str| Cell::new(self.name(), quantity, &limits.reason);
        let species = self.case.scenario.species.len();
        let mut clusters: Vec<_> = self.scores.cluster_of_species.iter().flatten().collect();
        clusters.sort();
        clusters.dedup();
        let wanted = || Bound::Is(species.to_string());
        let mut cells = vec![
            cell("species found").words(&self.species_found().to_string()).bound(wanted()),
            cell("clusters of all species").words(&clusters.len().to_string()).bound(wanted()),
            cell("purity").ours(self.scores.purity).bound(Bound::AtLeast(limits.purity)),
        ];
        // With one class the index is 1 or 0 by definition: whether all cells have one label.
        if species > 1 {
            let index = self.scores.adjusted_rand_index;
            let bound = Bound::AtLeast(limits.adjusted_rand_index);
            cells.push(cell("adjusted Rand index").ours(index).bound(bound));
        }
        cells
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
