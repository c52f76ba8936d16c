//! Study of uncertainty: the laws that the mixture learns on A,B,C, learned again from other draws of
//! their cells.

use super::classification;
use crate::Failure;
use crate::options::{ReproduceOptions, StartName};
use crate::results::Table;
use crate::runner::Runner;
use pairlaw::species::{
    Bootstrap, BootstrapConfig, CellSystems, MixtureConfig, ObservedRange, Preparation,
    bootstrap_law, classify_by_mixture,
};
use pairlaw_law::{Force, Law};
use pairlaw_sparse::PathConfig;
use pairlaw_validate::ForceGrid;
use serde_json::{Value, json};
use std::f64::consts::PI;

const FORCES: [(Force, &str); 3] = [
    (Force::AttractionRepulsion, "attraction_repulsion"),
    (Force::Alignment, "alignment"),
    (Force::Drag, "drag"),
];

/// A row a force: inclusion of its terms, width of its band and how often the band holds the truth.
pub(crate) fn table(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let scenario = super::scenario(options, "A,B,C", options.seed, StartName::Printed)?;
    let recording = runner.recording(&scenario)?;
    let config = classification::config(&scenario, options);
    let mixture = MixtureConfig::default();
    let preparation = Preparation::new(&recording.tracks, &config)?;
    let tell =
        |stage: &str, done, total| runner.progress.tell(&format!("A,B,C: {stage}"), done, total);
    let systems = CellSystems::new(&preparation, &tell)?;
    let found = classify_by_mixture(&preparation, &systems, &config, &mixture, &tell)?;
    let mut table = Table::new(
        "species.study.uncertainty",
        "Uncertainty of the mixture's laws on A,B,C: bootstrap over cells, 95 % (truth: the species \
         with most members; the bands know nothing of errors that all cells share)",
    );
    let heads = ["species", "true", "force", "terms", "certain", "half width", "error", "covered"];
    table.header = heads.map(str::to_owned).to_vec();
    let species = found.classification.species.iter().zip(&found.regressions).enumerate();
    for (k, (species, regression)) in species {
        let path = preparation.path(&config.path, config.sparsity);
        let fit_share = regression.fit_share;
        let path = PathConfig { fit_share, ridge: mixture.ridge, ..path };
        let draws = BootstrapConfig { seed: options.seed, ..BootstrapConfig::default() };
        let bootstrap = bootstrap_law(&systems, &preparation.constraints, species, &path, &draws)?;
        let observed = ObservedRange::new(&preparation, &species.members)?;
        let membership = scenario.membership();
        let count = |index: &usize| {
            let species_there = scenario.species[*index];
            species.members.iter().filter(|cell| membership[**cell] == species_there).count()
        };
        let truth = (0..scenario.species.len()).max_by_key(count).ok_or("no species")?;
        for (force, name) in FORCES {
            let band = Band::new(&bootstrap, &scenario.laws()[truth], force, &observed);
            let letter = scenario.species[truth].name();
            table.lines.push(band.line(k, letter, name));
            table.rows.push(band.json(k, letter, name, &scenario.name(), options.seed));
        }
    }
    Ok(table)
}

/// The band of one force beside the truth.
struct Band {
    /// Formula, estimate, interval and inclusion of every term that the law or a replicate has.
    terms: Vec<Value>,
    n_terms: usize,
    /// Terms of the law that every replicate has.
    n_certain: usize,
    /// Root mean squares over the grid, relative to the truth's; none where the truth is absent.
    half_width: Option<f64>,
    error: Option<f64>,
    /// Share of the grid, where the force exceeds 5 % of its peak, on which the band holds the truth.
    covered: Option<f64>,
}

impl Band {
    fn new(bootstrap: &Bootstrap, truth: &Law, force: Force, observed: &ObservedRange) -> Self {
        let step = observed.largest(force) / 200.0;
        let grid = ForceGrid {
            radii: (0..=200).map(|i| step * f64::from(i)).collect(),
            angles: (0..5).map(|i| PI * f64::from(i) / 4.0).collect(),
        };
        let band = bootstrap.band(force, &grid);
        let (mut squares, mut widths, mut errors) = (0.0, 0.0, 0.0);
        let mut points = Vec::new();
        for (i, angle) in grid.angles.iter().enumerate() {
            for (j, radius) in grid.radii.iter().enumerate() {
                let (low, high) = (band.low[i][j], band.high[i][j]);
                let true_force = truth.force(force, *radius, angle.cos());
                let found = bootstrap.law.force(force, *radius, angle.cos());
                squares += true_force.powi(2);
                widths += (0.5 * (high - low)).powi(2);
                errors += (found - true_force).powi(2);
                points.push((true_force.abs(), (low..=high).contains(&true_force)));
            }
        }
        let peak = points.iter().map(|(size, _)| *size).fold(0.0, f64::max);
        let strong: Vec<bool> = (points.iter().filter(|(size, _)| *size > 0.05 * peak))
            .map(|(_, covered)| *covered)
            .collect();
        let is_there = squares > 0.0;
        let relative = |sum: f64| is_there.then(|| (sum / squares).sqrt());
        let covered = strong.iter().filter(|covered| **covered).count() as f64;
        let terms = bootstrap.law.terms.iter().zip(&bootstrap.terms);
        let terms: Vec<_> = terms
            .filter(|(t, i)| t.force == force && (i.inclusion > 0.0 || i.estimate != 0.0))
            .collect();
        let chosen = || terms.iter().filter(|(_, interval)| interval.estimate != 0.0);
        Self {
            n_terms: chosen().count(),
            n_certain: chosen().filter(|(_, interval)| interval.inclusion >= 1.0).count(),
            terms: (terms.iter())
                .map(|(term, interval)| {
                    json!({
                        "term": term.formula(),
                        "estimate": interval.estimate,
                        "low": interval.low,
                        "high": interval.high,
                        "inclusion": interval.inclusion,
                    })
                })
                .collect(),
            half_width: relative(widths),
            error: relative(errors),
            covered: is_there.then(|| covered / strong.len() as f64),
        }
    }

    fn line(&self, k: usize, truth: &str, force: &str) -> Vec<String> {
        let small = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.2e}"));
        vec![
            (k + 1).to_string(),
            truth.to_owned(),
            force.to_owned(),
            self.n_terms.to_string(),
            self.n_certain.to_string(),
            small(self.half_width),
            small(self.error),
            self.covered.map_or("–".to_owned(), |x| format!("{x:.2}")),
        ]
    }

    fn json(&self, k: usize, truth: &str, force: &str, experiment: &str, seed: u64) -> Value {
        json!({
            "experiment": experiment,
            "classifier": "mixture",
            "seed": seed,
            "species": k + 1,
            "true_species": truth,
            "force": force,
            "terms": self.terms,
            "band_half_width": self.half_width,
            "force_error": self.error,
            "covered": self.covered,
        })
    }
}
