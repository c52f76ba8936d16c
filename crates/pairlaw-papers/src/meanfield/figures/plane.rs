//! Figure 6: particles in the plane from three starts.

use super::charts::{Lines, largest};
use super::{Context, rounded};
use crate::Failure;
use crate::meanfield::cases::{Case, Mode};
use crate::meanfield::experiment::{StoredDiagnostics, estimates};
use pairlaw_data::Densities;
use pairlaw_report::{Axis, Chart, HeatMap, Panel, Quantity, Series};
use pairlaw_synth::FirstOrderScenario;
use serde_json::{Map, Value, json};

pub(super) const CAPTION: &str = "\
    Case D, particles in the plane with the kernel φ(r) = 3 r² and σ² = 2, first seed; all numbers \
    are pure. Density of the particles (kernel density estimate) at the start, at a tenth of the \
    time and at the end, t = 1, a row for each of three starts. Along the mean-field equation, E = ½ \
    ∫ u ln u + ∫ u (u*Φ), whose equilibrium the paper gives as .6034, and the free energy F = (σ²/2) \
    ∫ u ln u + ½ ∫ u (u*Φ), Φ′ = φ, which decreases. Weights of the dictionary's terms, numbered in \
    the order of the axis' label, true and learned from two Gaussians.";

/// Half the side of the maps: nearly all particles are within.
const HALF_SIDE: f64 = 2.5;

pub(super) fn panels(context: &Context<'_>) -> Result<(Vec<Panel>, Value), Failure> {
    let (mut panels, mut data) = (Vec::new(), Map::new());
    let energies = |title: &str, label: &str| Lines {
        title: title.to_owned(),
        x: Axis::linear("time t", ""),
        y: Axis::linear(label, ""),
        lines: Vec::new(),
    };
    let mut paper = energies("Free energy, as the paper has it", "E");
    let mut free = energies("Free energy that decreases", "F");
    for start in FirstOrderScenario::<2>::NAMES {
        let case = Case::plane(start, context.options.seed, context.options)?;
        let Case::Plane(scenario) = &case else { return Err("case D lives in the plane".into()) };
        let snapshots = context.runner.particles(scenario)?;
        let estimates = estimates(scenario, &snapshots)?;
        let last = estimates.times().len() - 1;
        for k in [0, last / 10, last] {
            panels.push(map(start, &estimates, k));
        }
        let solved = context.runner.solved(scenario)?;
        let energy = |entropy: f64, interaction: f64| {
            let of = |d: &StoredDiagnostics| entropy * d.entropy + interaction * d.interaction;
            solved.diagnostics.iter().map(|d| (d.time, of(d))).collect()
        };
        paper.lines.push((start.to_owned(), energy(0.5, 1.0)));
        free.lines.push((start.to_owned(), energy(0.5 * scenario.noise_variance, 0.5)));
        data.insert(start.into(), json!({ "largest_density": rounded(largest(&estimates)) }));
    }
    panels.extend([&paper, &free].map(Lines::panel));
    let (weights, numbers) = weights(context)?;
    panels.push(weights);
    data.insert("paper_free_energy".into(), paper.json());
    data.insert("free_energy".into(), free.json());
    data.insert("weights".into(), numbers);
    let published = context.published.twophase.figures.free_energy_equilibrium_2d;
    data.insert("published_equilibrium".into(), json!(published));
    Ok((panels, Value::Object(data)))
}

/// The density of one time, the middle of the box.
fn map(start: &str, densities: &Densities<2>, time_idx: usize) -> Panel {
    let grid = densities.grid();
    let [nx, ny] = grid.n_cells();
    let within = |axis: usize| -> Vec<usize> {
        let centres = grid.centres(axis);
        (0..centres.len()).filter(|k| centres[*k].abs() < HALF_SIDE).collect()
    };
    let (columns, rows) = (within(0), within(1));
    let u = &densities.values()[time_idx];
    let range = |axis: usize, cells: &[usize], n: usize| {
        let edge = |k: usize| {
            grid.lower()[axis] + (grid.upper()[axis] - grid.lower()[axis]) * k as f64 / n as f64
        };
        [edge(cells[0]), edge(cells[cells.len() - 1] + 1)]
    };
    let map = HeatMap {
        x: Axis::linear("x", ""),
        y: Axis::linear("y", ""),
        x_range: range(0, &columns, nx),
        y_range: range(1, &rows, ny),
        value: Quantity::new("density u", ""),
        rows: rows
            .iter()
            .map(|row| columns.iter().map(|column| Some(u[column * ny + row].max(0.0))).collect())
            .collect(),
        ..HeatMap::default()
    };
    Panel::new(format!("{start}, t = {:.2}", densities.times()[time_idx]), map)
}

/// Weights of all terms, numbered along the axis.
fn weights(context: &Context<'_>) -> Result<(Panel, Value), Failure> {
    let start = FirstOrderScenario::<2>::NAMES[0];
    let case = Case::plane(start, context.options.seed, context.options)?;
    let truth = case.truth();
    let fits = context.runner.kernels(&case)?;
    let numbered =
        |weights: Vec<f64>| weights.into_iter().enumerate().map(|(k, w)| ((k + 1) as f64, w));
    let mut series =
        vec![Series::markers("true", 0, numbered(truth.iter().map(|t| t.1).collect()))];
    let mut data = vec![json!({ "mode": "true", "weights": truth })];
    for (class, (mode, fit)) in fits.iter().enumerate() {
        let of = |mode: &Mode| mode.words();
        series.push(Series::markers(of(mode), class + 1, numbered(fit.weights.clone())));
        data.push(json!({ "mode": crate::options::name_of(*mode), "weights": fit.weights }));
    }
    let names: Vec<String> = truth.iter().map(|(name, _)| name.clone()).collect();
    let chart = Chart {
        x: Axis::linear(format!("term: {}", names.join(", ")), ""),
        y: Axis::linear("weight ζ", ""),
        series,
        ..Chart::default()
    };
    Ok((Panel::new("Weights", chart), Value::Array(data)))
}
