//! Study of uncertainty: the laws that the mixture learns on A,B,C, learned again from other draws of
//! their cells.

use super::classification;
use super::experiment::Recording;
use crate::Failure;
use crate::options::{ReproduceOptions, StartName};
use crate::results::Table;
use crate::runner::{LEARNING_CODE, Runner};
use pairlaw::species::{
    Bootstrap, BootstrapConfig, CellSystems, MixtureConfig, ObservedRange, Preparation,
    SpeciesConfig, bootstrap_law, classify_by_mixture,
};
use pairlaw_law::{Force, Law};
use pairlaw_sparse::PathConfig;
use pairlaw_synth::Scenario;
use pairlaw_validate::ForceGrid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::f64::consts::PI;

const FORCES: [(Force, &str); 3] = [
    (Force::AttractionRepulsion, "attraction_repulsion"),
    (Force::Alignment, "alignment"),
    (Force::Drag, "drag"),
];

const CAPTION: &str = "Bootstrap over the cells of each species found, 95 %. True: the species with most \
    members there; certain: terms that every replicate has; half width and error: root mean squares \
    relative to the true force; covered: part of the range, where the force exceeds 5 % of its peak, on \
    which the band holds the truth. The bands know nothing of errors that all cells share.";

/// A row a force: inclusion of its terms, width of its band and how often the band holds the truth.
pub(crate) fn table(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let scenario = super::scenario(options, "A,B,C", options.seed, StartName::Printed)?;
    let recording = runner.recording(&scenario)?;
    let config = classification::config(&scenario, options);
    let draws = BootstrapConfig { seed: options.seed, ..BootstrapConfig::default() };
    let key = recording.key.then("uncertainty", LEARNING_CODE, &(&config, &draws));
    let bands: Vec<Band> =
        runner.store.product(&key, || bands(&scenario, &recording, &config, &draws, runner))?;
    let mut table = Table::new(
        "species.study.uncertainty",
        "Study: uncertainty of the mixture's laws on A,B,C",
    );
    table.caption = CAPTION.to_owned();
    let heads = ["species", "true", "force", "terms", "certain", "half width", "error", "covered"];
    table.header = heads.map(str::to_owned).to_vec();
    table.lines = bands.iter().map(Band::line).collect();
    table.rows = bands.iter().map(|band| band.json(&scenario.name(), options.seed)).collect();
    Ok(table)
}

/// The bands of all forces of all species found.
fn bands(
    scenario: &Scenario,
    recording: &Recording,
    config: &SpeciesConfig,
    draws: &BootstrapConfig,
    runner: &Runner,
) -> Result<Vec<Band>, Failure> {
    let mixture = MixtureConfig::default();
    let preparation = Preparation::new(&recording.tracks, config)?;
    let tell = runner.teller("uncertainty");
    let systems = CellSystems::new(&preparation, &tell)?;
    let found = classify_by_mixture(&preparation, &systems, config, &mixture, &tell)?;
    let membership = scenario.membership();
    let mut bands = Vec::new();
    let species = found.classification.species.iter().zip(&found.regressions).enumerate();
    for (k, (species, regression)) in species {
        let path = preparation.path(&config.path, config.sparsity);
        let fit_share = regression.fit_share;
        let path = PathConfig { fit_share, ridge: mixture.ridge, ..path };
        let bootstrap = bootstrap_law(&systems, &preparation.constraints, species, &path, draws)?;
        let observed = ObservedRange::new(&preparation, &species.members)?;
        let count = |index: &usize| {
            let species_there = scenario.species[*index];
            species.members.iter().filter(|cell| membership[**cell] == species_there).count()
        };
        let truth = (0..scenario.species.len()).max_by_key(count).ok_or("no species")?;
        for (force, name) in FORCES {
            let band = Band::new(&bootstrap, &scenario.laws()[truth], force, &observed);
            let truth = scenario.species[truth].name().to_owned();
            bands.push(Band { species: k + 1, truth, force: name.to_owned(), ..band });
        }
    }
    Ok(bands)
}

/// The band of one force beside the truth.
#[derive(Serialize, Deserialize)]
struct Band {
    /// Number of the species found, from 1, and the true one with most members in it.
    species: usize,
    truth: String,
    force: String,
    /// Every term that the law or a replicate has.
    terms: Vec<Term>,
    n_terms: usize,
    /// Terms of the law that every replicate has.
    n_certain: usize,
    /// Root mean squares over the grid, relative to the truth's; none where the truth is absent.
    half_width: Option<f64>,
    error: Option<f64>,
    /// Share of the grid, where the force exceeds 5 % of its peak, on which the band holds the truth.
    covered: Option<f64>,
}

/// A term's formula, estimate, interval and inclusion.
#[derive(Serialize, Deserialize)]
struct Term {
    term: String,
    estimate: f64,
    low: f64,
    high: f64,
    inclusion: f64,
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
            species: 0,
            truth: String::new(),
            force: String::new(),
            n_terms: chosen().count(),
            n_certain: chosen().filter(|(_, interval)| interval.inclusion >= 1.0).count(),
            terms: (terms.iter())
                .map(|(term, interval)| Term {
                    term: term.formula(),
                    estimate: interval.estimate,
                    low: interval.low,
                    high: interval.high,
                    inclusion: interval.inclusion,
                })
                .collect(),
            half_width: relative(widths),
            error: relative(errors),
            covered: is_there.then(|| covered / strong.len() as f64),
        }
    }

    fn line(&self) -> Vec<String> {
        let small = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.2e}"));
        vec![
            self.species.to_string(),
            self.truth.clone(),
            self.force.clone(),
            self.n_terms.to_string(),
            self.n_certain.to_string(),
            small(self.half_width),
            small(self.error),
            self.covered.map_or("–".to_owned(), |x| format!("{x:.2}")),
        ]
    }

    fn json(&self, experiment: &str, seed: u64) -> Value {
        json!({
            "experiment": experiment,
            "classifier": "mixture",
            "seed": seed,
            "species": self.species,
            "true_species": self.truth,
            "force": self.force,
            "terms": self.terms,
            "band_half_width": self.half_width,
            "force_error": self.error,
            "covered": self.covered,
        })
    }
}
