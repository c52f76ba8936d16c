//! Figure 1: learning, and cells on their way to the triangle.

use super::configurations::{field, map, positions};
use super::losses::{curve, numbers, panel};
use super::{Context, Drawn, rounded};
use crate::options::name_of;
use crate::potentials::cases::{Block, Case, Goal, Metric, STEPS, Sharing};
use crate::potentials::experiment::StoredFit;
use pairlaw_report::{Axis, Chart, Mark, Panel, Series};
use pairlaw_synth::Shape;
use serde_json::{Map, Value, json};

pub(super) const CAPTION: &str = "\
    Cells form a triangle in five steps, with the paper's settings and the Euclidean metric (mean \
    squared distance to assigned positions). Lengths are in half sides of the square that the cells \
    start in. Loss over the epochs, and the part of the cells inside the target's band after each \
    step with the parameters of the best epoch. Then the cells (points, at most 1000 of them) before \
    and after each step, on the left with mutual parameters (one set a pair) and on the right with \
    individual ones (one set a cell), with the borders of the band and, in colours, the potential \
    that all cells generate at a point x, Σ_j P̄_j(|x − x_j|), above its least value on the map. \
    With mutual parameters each receiver feels a potential of its own: P̄_j is the mean over \
    receivers.";

/// Rows and columns of the maps.
const N_CELLS: usize = 48;

pub(super) fn panels(context: &Context<'_>) -> Drawn {
    let sharings = [Sharing::Mutual, Sharing::Individual];
    let mut fits = Vec::new();
    for sharing in sharings {
        let (metric, goal) = (Metric::Euclidean, Goal::Triangle);
        let case = Case::named(context.options, Block::Paper, metric, goal, sharing)
            .ok_or("Table 1 has no such row")?;
        fits.push((context.runner.potentials(&case)?, case));
    }
    let losses = fits.iter().enumerate().map(|(class, (found, case))| curve(case, class, found));
    let mut panels = vec![panel("Learning".to_owned(), losses.collect()), inside(&fits)];
    for step in 0..=STEPS {
        for (found, case) in &fits {
            let title = format!("{}, step {step}", name_of(case.sharing));
            panels.push(Panel::new(title, map(found, step, Some(Shape::Triangle), N_CELLS)));
        }
    }
    let mut data = Map::new();
    for (found, case) in &fits {
        let steps: Vec<Value> = (0..=STEPS).map(|step| numbers_of(found, step)).collect();
        let of_fit = json!({ "inside": found.inside, "loss": found.loss, "steps": steps });
        data.insert(name_of(case.sharing), of_fit);
    }
    let curves = fits.iter().map(|(found, case)| numbers(case, found)).collect();
    data.insert("losses".into(), Value::Array(curves));
    Ok((panels, Value::Object(data)))
}

/// The part of the cells inside the triangle over the steps.
fn inside(fits: &[(StoredFit, Case)]) -> Panel {
    let line = |(class, (found, case)): (usize, &(StoredFit, Case))| {
        let part =
            |step: usize| (step as f64, Shape::Triangle.inside_ratio(&positions(found, step)));
        let mark = Mark::LineAndMarkers;
        Series { mark, ..Series::line(name_of(case.sharing), class, (0..=STEPS).map(part)) }
    };
    let series = fits.iter().enumerate().map(line).collect();
    let (x, y) = (Axis::linear("step", ""), Axis::linear("part of the cells inside", ""));
    Panel::new("Cells inside the target", Chart { x, y, series, ..Chart::default() })
}

fn numbers_of(found: &StoredFit, step: usize) -> Value {
    let rounded = |row: Vec<f64>| row.into_iter().map(|u| rounded(u, 4)).collect();
    let potential: Vec<Vec<f64>> = field(found, step, N_CELLS).into_iter().map(rounded).collect();
    json!({ "positions": positions(found, step), "potential": potential })
}
