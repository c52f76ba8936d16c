//! Charts of the studies, from the rows of their tables.

use crate::Failure;
use crate::options::StudyName;
use crate::results::{Figure, Table};
use pairlaw_report::{Axis, Chart, Mark, Panel, Series};
use serde_json::{Value, json};

/// Width in px: two panels side by side.
const WIDTH: f64 = 640.0;

/// The chart of a study, if it has one.
pub(super) fn of(study: StudyName, table: &Table) -> Result<Option<Figure>, Failure> {
    match study {
        StudyName::Noise => Ok(Some(noise(&table.rows)?)),
        StudyName::Samples => Ok(Some(samples(&table.rows)?)),
        StudyName::Scaling => Ok(Some(scaling(&table.rows)?)),
        StudyName::Ablation | StudyName::Uncertainty => Ok(None),
    }
}

/// Quantities of a row, by the path to them, with the classifier that found them.
const FOUND: [(&str, &str); 2] = [("paper", "paper's classifier"), ("mixture", "mixture")];
const SHARES: [(&str, &str); 2] =
    [("/classification_success/A", "A"), ("/classification_success/B", "B")];
const FORCE: &str = "/force_error/attraction_repulsion";

fn noise(rows: &[Value]) -> Result<Figure, Failure> {
    let mut panels = Vec::new();
    for (varied, axis) in [
        ("/measurement_noise", Axis::log10("measurement noise", "share of the rms position")),
        ("/intrinsic_noise", Axis::log10("intrinsic noise σ", "")),
    ] {
        panels.extend(shares_and_force(rows, varied, &axis));
    }
    let caption = "Two species of 300 cells, A and B: which share of each lies in one cluster, and the \
        worse relative error of attraction–repulsion, against measurement noise and against intrinsic \
        noise. Runs that find nothing to learn from are left out, and so is the run without noise: see \
        the table.";
    figure("noise", "Study: how much noise the classifiers bear", caption, panels, json!(rows))
}

fn samples(rows: &[Value]) -> Result<Figure, Failure> {
    let axis = Axis::linear("length of the record", "samples");
    let panels = shares_and_force(rows, "/n_samples", &axis);
    let caption = "The first L samples of A,B (long): which share of each species lies in one cluster, and \
        the worse relative error of attraction–repulsion. Where a species has no cluster, the share is 0.";
    figure("samples", "Study: how long a record must be", caption, panels, json!(rows))
}

/// A panel of the shares of both species, and one of the force error, over what is varied.
fn shares_and_force(rows: &[Value], varied: &str, axis: &Axis) -> Vec<Panel> {
    let points = |classifier: &str, quantity: &str| {
        let of = |row: &&Value| row["classifier"] == classifier;
        let point = |row: &Value| {
            let x = row.pointer(varied)?.as_f64().filter(|x| *x > 0.0)?;
            Some((x, row.pointer(quantity)?.as_f64()?))
        };
        rows.iter().filter(of).filter_map(point).collect::<Vec<_>>()
    };
    let mut shares = Vec::new();
    for (classifier, words) in FOUND {
        for (quantity, species) in SHARES {
            let label = format!("{species}, {words}");
            shares.push(marked(label, shares.len(), points(classifier, quantity)));
        }
    }
    let force = FOUND.iter().enumerate().map(|(class, (classifier, words))| {
        let positive = points(classifier, FORCE).into_iter().filter(|(_, y)| *y > 0.0);
        marked((*words).to_owned(), class, positive.collect())
    });
    let share = Axis { range: Some([-0.05, 1.05]), ..Axis::linear("share in one cluster, CS", "") };
    let error = Axis::log10("error of attraction–repulsion, Δf", "");
    let over = axis.quantity.label.clone();
    vec![
        panel(format!("Species kept together, over {over}"), axis, share, shares),
        panel(format!("Force, over {over}"), axis, error, force.collect()),
    ]
}

fn scaling(rows: &[Value]) -> Result<Figure, Failure> {
    let cells = |row: &Value| row["n_cells"].as_f64();
    let points = |path: &str, unit: f64| {
        let point = |row: &Value| Some((cells(row)?, unit * row.pointer(path)?.as_f64()?));
        rows.iter().filter_map(point).filter(|(_, y)| *y > 0.0).collect::<Vec<_>>()
    };
    let stages = [
        ("simulation", "/timing/seconds/simulate"),
        ("single-cell models", "/timing/seconds/learn"),
        ("replacement of models", "/timing/seconds/replace"),
        ("paper's classifier", "/timing/seconds/classify"),
        ("mixture", "/timing/seconds/mixture"),
    ];
    let seconds = stages.iter().enumerate();
    let seconds =
        seconds.map(|(class, (name, path))| marked((*name).to_owned(), class, points(path, 1.0)));
    let memory =
        vec![marked("largest so far".to_owned(), 6, points("/timing/peak_memory_bytes", 1e-9))];
    let axis = Axis::log10("cells", "");
    let panels = vec![
        panel("Time".to_owned(), &axis, Axis::log10("wall time", "s"), seconds.collect()),
        panel("Memory".to_owned(), &axis, Axis::log10("memory", "GB"), memory),
    ];
    let caption = "Wall time of every stage on A,C, and the largest memory of the process up to each size, \
        against the number of cells. A stage taken from the cache: as measured when it was made.";
    let title = "Study: time and memory against the number of cells";
    Ok(Figure { is_timing: true, ..figure("scaling", title, caption, panels, json!(rows))? })
}

fn marked(label: String, class: usize, points: Vec<(f64, f64)>) -> Series {
    Series { mark: Mark::LineAndMarkers, ..Series::line(label, class, points) }
}

fn panel(title: String, x: &Axis, y: Axis, series: Vec<Series>) -> Panel {
    Panel::new(title, Chart { x: x.clone(), y, series, ..Chart::default() })
}

fn figure(
    study: &str,
    title: &str,
    caption: &str,
    panels: Vec<Panel>,
    data: Value,
) -> Result<Figure, Failure> {
    let drawn = pairlaw_report::Figure {
        title: title.to_owned(),
        caption: caption.to_owned(),
        width: WIDTH,
        columns: 2,
        panels,
    };
    Figure::new(format!("species.study.{study}"), title, &drawn, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_curves_and_failed_runs_gaps() {
        let row = |classifier: &str, n: u32, share: f64| {
            json!({
                "classifier": classifier, "n_samples": n,
                "classification_success": { "A": share, "B": 1.0 },
                "force_error": { "attraction_repulsion": 0.01 },
            })
        };
        let failed = json!({ "classifier": "paper", "n_samples": 60, "error": "no cell" });
        let rows = [failed, row("paper", 80, 0.5), row("paper", 100, 0.9), row("mixture", 80, 1.0)];
        let panels = shares_and_force(&rows, "/n_samples", &Axis::linear("L", "samples"));
        let pairlaw_report::Plot::Chart(shares) = &panels[0].plot else { panic!("a chart") };
        assert_eq!(shares.series[0].points, [(80.0, Some(0.5)), (100.0, Some(0.9))]);
        assert_eq!(shares.series[2].points, [(80.0, Some(1.0))]);
        let svg = samples(&rows).unwrap().embedded.svg;
        assert!(svg.contains("length of the record (samples)"));
    }

    #[test]
    fn scaling_is_told_as_timing() {
        let row = |n: u32, seconds: f64| {
            json!({
                "n_cells": n,
                "timing": { "seconds": { "simulate": seconds }, "peak_memory_bytes": 1e9 },
            })
        };
        let figure = scaling(&[row(250, 1.0), row(500, 4.0)]).unwrap();
        assert!(figure.is_timing && figure.embedded.svg.contains("wall time (s)"));
    }
}
