//! Recorded tracks of example cells, and the same cells simulated by the learned laws.

use super::{BLACK, Found, class, rounded};
use crate::Failure;
use crate::runner::{Runner, TABLE_CODE};
use crate::species::scores::law;
use pairlaw::species::Preparation;
use pairlaw_law::LawKernels;
use pairlaw_report::{Panel, Quantity, Trajectories, TrajectoryGroup};
use pairlaw_run::Key;
use pairlaw_synth::Species;
use pairlaw_validate::{Recording, trajectory};
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    Tracks over the validation window. Shown of each species: cells evenly spaced by index among \
    the half that moved farthest; and up to six misclassified and six undetermined ones, marked at \
    their start. Pale: as recorded, in the colour of the true species. Dashed: simulated by the law \
    of the species found, in that species' colour, all other cells moving as recorded.";

/// Most cells of one species.
pub(super) const MOST_SHOWN: usize = 12;
/// Cells of all species together.
const SHOWN: usize = 24;
/// Most misclassified, and most undetermined, cells.
const MOST_ODD: usize = 6;

/// The class of cells that belong to none.
const UNDETERMINED: usize = 4;

/// One cell that is shown.
struct Example {
    cell: usize,
    truth: Species,
    /// Cluster and the species that it stands for.
    found: Option<(usize, Species)>,
    recorded: Vec<[f64; 2]>,
    /// Empty for a cell that belongs to none.
    simulated: Vec<[f64; 2]>,
}

impl Example {
    fn is_misclassified(&self) -> bool {
        self.found.is_some_and(|(_, species)| species != self.truth)
    }
}

/// With one species recorded and simulated tracks together; otherwise the true species before.
pub(super) fn panels(found: &Found, runner: &Runner) -> Result<(Vec<Panel>, Value), Failure> {
    let examples = examples(found, runner)?;
    let name = found.scenario.name();
    let both = simulated(found, &examples);
    let panels = match found.scenario.species[..] {
        [species] => vec![Panel::new(format!("Species {}", species.name()), both)],
        _ => vec![
            Panel::new(format!("{name}: true species"), recorded(found, &examples, false)),
            Panel::new(format!("{name}: species found, {}", words(found)), both),
        ],
    };
    let cell = |example: &Example| {
        json!({
            "cell": example.cell,
            "species": example.truth.name(),
            "cluster": example.found.map(|(cluster, _)| cluster + 1),
            "species_found": example.found.map(|(_, species)| species.name()),
            "recorded": example.recorded,
            "simulated": example.simulated,
        })
    };
    let data = json!({
        "misclassified": misclassified(found),
        "undetermined": found.outcome.undetermined,
        "cells": examples.iter().map(cell).collect::<Vec<_>>(),
    });
    Ok((panels, found.data(data)))
}

fn words(found: &Found) -> String {
    let (wrong, left) = (misclassified(found).len(), found.outcome.undetermined.len());
    match (wrong, left) {
        (0, 0) => "every cell in its own".to_owned(),
        (wrong, 0) => format!("{wrong} misclassified"),
        (wrong, left) => format!("{wrong} misclassified, {left} undetermined"),
    }
}

/// Cells in a cluster that is mostly of another species.
fn misclassified(found: &Found) -> Vec<usize> {
    let truth = found.scenario.membership();
    let clusters = found.outcome.clusters.iter().zip(&found.scores.clusters);
    let mut cells: Vec<usize> = clusters
        .flat_map(|(cluster, scores)| {
            let species = found.scenario.species[scores.species];
            let is_other = |cell: &&usize| truth[**cell] != species;
            cluster.members.iter().filter(is_other).copied().collect::<Vec<_>>()
        })
        .collect();
    cells.sort_unstable();
    cells
}

fn examples(found: &Found, runner: &Runner) -> Result<Vec<Example>, Failure> {
    let inputs = (&found.scenario, &found.config, &found.outcome.clusters);
    let key = Key::new("tracks", TABLE_CODE, &inputs);
    let tracks: Vec<Tracks> = runner.store.product(&key, || tracks(found))?;
    let (truth, labels) = (found.scenario.membership(), found.outcome.labels());
    let species = |k: usize| (k, found.scenario.species[found.scores.clusters[k].species]);
    let example = |(cell, recorded, simulated): Tracks| {
        let found = labels[cell].map(species);
        Example { cell, truth: truth[cell], found, recorded, simulated }
    };
    Ok(tracks.into_iter().map(example).collect())
}

/// A cell, as recorded and as simulated.
type Tracks = (usize, Vec<[f64; 2]>, Vec<[f64; 2]>);

fn tracks(found: &Found) -> Result<Vec<Tracks>, Failure> {
    let recording = &Preparation::new(&found.tracks, &found.config)?.recording;
    let kernel = |cluster| Ok(LawKernels::new(&[law(&found.scenario, cluster)?])?);
    let kernels: Vec<LawKernels> =
        found.outcome.clusters.iter().map(kernel).collect::<Result<_, Failure>>()?;
    let labels = found.outcome.labels();
    let of_cell = |cell: usize| {
        let run = |k: usize| trajectory(recording, &kernels[k], cell, found.config.integrator);
        let simulated = labels[cell].and_then(run).map(|t| t.positions).unwrap_or_default();
        let recorded = positions(found, recording, cell);
        (
            cell,
            recorded.into_iter().map(drawn).collect(),
            simulated.into_iter().map(drawn).collect(),
        )
    };
    Ok(chosen(found, recording).into_iter().map(of_cell).collect())
}

fn drawn(point: [f64; 2]) -> [f64; 2] {
    point.map(rounded)
}

/// The cells that the caption speaks of.
fn chosen(found: &Found, recording: &Recording<2>) -> Vec<usize> {
    let truth = found.scenario.membership();
    let length = |cell: usize| -> f64 {
        let step = |pair: &[[f64; 2]]| {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
            (x1 - x0).hypot(y1 - y0)
        };
        positions(found, recording, cell).windows(2).map(step).sum()
    };
    let lengths: Vec<f64> = (0..truth.len()).map(length).collect();
    let n_shown = MOST_SHOWN.min(SHOWN / found.scenario.species.len());
    let of_species = |species: &Species| {
        let mut cells: Vec<usize> = (0..truth.len()).filter(|c| truth[*c] == *species).collect();
        cells.sort_by(|a, b| lengths[*b].total_cmp(&lengths[*a]));
        cells.truncate(cells.len().div_ceil(2));
        cells.sort_unstable();
        evenly_spaced(&cells, n_shown)
    };
    let mut cells: Vec<usize> = found.scenario.species.iter().flat_map(of_species).collect();
    cells.extend(evenly_spaced(&misclassified(found), MOST_ODD));
    cells.extend(evenly_spaced(&found.outcome.undetermined, MOST_ODD));
    cells.sort_unstable();
    cells.dedup();
    cells
}

fn evenly_spaced(cells: &[usize], n: usize) -> Vec<usize> {
    let n = n.min(cells.len());
    (0..n).map(|k| cells[k * cells.len() / n]).collect()
}

/// A cell's recorded positions over its validation window.
fn positions(found: &Found, recording: &Recording<2>, cell: usize) -> Vec<[f64; 2]> {
    let Some(window) = recording.window(cell) else { return Vec::new() };
    let segments = found.tracks.segments_of(cell).iter();
    let seen = segments.flat_map(|s| s.frames().zip(&s.positions));
    seen.filter(|(frame, _)| window.contains(frame)).map(|(_, x)| *x).collect()
}

fn recorded(found: &Found, examples: &[Example], with_simulated: bool) -> Trajectories {
    let group = |species: &Species| TrajectoryGroup {
        label: match with_simulated {
            true => format!("{}, recorded", species.name()),
            false => format!("species {}", species.name()),
        },
        class: class(*species),
        dashed: false,
        starts: true,
        polylines: examples
            .iter()
            .filter(|example| example.truth == *species)
            .map(|example| example.recorded.clone())
            .collect(),
    };
    let groups = found.scenario.species.iter().map(group).collect();
    Trajectories { x: Quantity::new("x", ""), y: Quantity::new("y", ""), groups }
}

fn simulated(found: &Found, examples: &[Example]) -> Trajectories {
    let mut both = recorded(found, examples, true);
    for &species in &found.scenario.species {
        let is_found = |e: &&Example| e.found.is_some_and(|(_, found)| found == species);
        both.groups.push(TrajectoryGroup {
            label: format!("simulated as {}", species.name()),
            class: class(species),
            dashed: true,
            starts: false,
            polylines: examples.iter().filter(is_found).map(|e| e.simulated.clone()).collect(),
        });
    }
    both.groups.extend(marked("misclassified", BLACK, examples, Example::is_misclassified));
    both.groups.extend(marked("undetermined", UNDETERMINED, examples, |e| e.found.is_none()));
    both
}

/// Markers at the start of some examples, if there are any.
fn marked(
    label: &str,
    class: usize,
    examples: &[Example],
    which: impl Fn(&Example) -> bool,
) -> Option<TrajectoryGroup> {
    let marked = examples.iter().filter(|example| which(example));
    let polylines: Vec<Vec<[f64; 2]>> =
        marked.map(|example| example.recorded.first().copied().into_iter().collect()).collect();
    let label = label.to_owned();
    let group = TrajectoryGroup { label, class, dashed: true, starts: true, polylines };
    (!group.polylines.is_empty()).then_some(group)
}
