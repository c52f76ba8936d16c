//! Where the cells of every row of Table 1 end.

use super::{Context, Drawn};
use crate::options::name_of;
use crate::potentials::cases::{Block, Case, Recipe, STEPS};
use crate::potentials::experiment::StoredFit;
use pairlaw_report::{Axis, HeatMap, Panel, Quantity};
use pairlaw_synth::Shape;
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    Cells (points, at most 1000 of them) when they should have reached their target, with the \
    parameters of the best epoch, a panel for each row of Table 1; those that go to the ring and \
    then to the triangle have two. Lines: the borders of the target's band. Colours: the potential \
    Σ_j P̄_j(|x − x_j|) of all cells, P̄_j the mean over receivers, above its least value on the \
    map. Above each panel: target, metric, parameters and the part of the cells inside the band. \
    Lengths are in half sides of the square that cells start in.";

/// Half the side of a map; cells start within 1 and targets end there.
const HALF_SIDE: f64 = 1.25;
/// Rows and columns of small maps.
const N_CELLS: usize = 32;
/// Most points drawn.
const MOST_POINTS: usize = 1000;

pub(super) fn paper(context: &Context<'_>) -> Drawn {
    panels(context, Block::Paper)
}

pub(super) fn ours(context: &Context<'_>) -> Drawn {
    panels(context, Block::Ours)
}

fn panels(context: &Context<'_>, block: Block) -> Drawn {
    let mut cases = Case::all(context.options, context.options.seed);
    cases.retain(|case| case.block == block);
    let (mut panels, mut data) = (Vec::new(), Vec::new());
    for case in &cases {
        let found = context.runner.potentials(case)?;
        for ((shape, step), inside) in
            case.goal.shapes().iter().zip(case.steps()).zip(&found.inside)
        {
            let (metric, sharing) = (name_of(case.metric), name_of(case.sharing));
            let leg = match (case.goal.shapes(), step) {
                ([_], _) => "",
                (_, STEPS) => " (first leg of ring → triangle)",
                _ => " (second leg of ring → triangle)",
            };
            let recipe = match case.recipe {
                Recipe::Training(_) => "",
                Recipe::Collocation(_) => ", collocation",
            };
            let title = format!("{shape}{leg}: {metric}, {sharing}{recipe}: {inside:.3}");
            panels.push(Panel::new(title, map(&found, step, Some(*shape), N_CELLS)));
            data.push(json!({
                "row": case.name(),
                "step": step,
                "inside": inside,
                "positions": positions(&found, step),
            }));
        }
    }
    Ok((panels, Value::Array(data)))
}

/// Cells after `step` steps on the potential in which they move next, or moved last.
pub(super) fn map(found: &StoredFit, step: usize, target: Option<Shape>, n: usize) -> HeatMap {
    let cells = &found.positions[step];
    let stride = cells.len().div_ceil(MOST_POINTS);
    let is_shown = |x: &[f64; 2]| x.iter().all(|x| x.abs() < HALF_SIDE);
    let points = cells.iter().step_by(stride).map(|x| x.map(f64::from)).filter(is_shown);
    let field = field(found, step, n);
    let least = field.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    HeatMap {
        x: Axis::linear("x", "half sides"),
        y: Axis::linear("y", "half sides"),
        x_range: [-HALF_SIDE, HALF_SIDE],
        y_range: [-HALF_SIDE, HALF_SIDE],
        value: Quantity::new("potential above its least", ""),
        rows: field.iter().map(|row| row.iter().map(|u| Some(u - least)).collect()).collect(),
        points: points.collect(),
        outlines: target.map_or(vec![], |shape| shape.outline().into()),
        equal_aspect: true,
        ..HeatMap::default()
    }
}

/// The potential in the middle of the cells of a map, row by row from below.
pub(super) fn field(found: &StoredFit, step: usize, n: usize) -> Vec<Vec<f64>> {
    // The last step belongs to the last leg.
    let leg = (step / STEPS).min(found.profiles.len() - 1);
    let place = |k: usize| HALF_SIDE * ((2 * k + 1) as f64 / n as f64 - 1.0);
    let at = |j: usize, i: usize| {
        found.profiles[leg].field([place(i), place(j)], &found.positions[step])
    };
    (0..n).map(|j| (0..n).map(|i| at(j, i)).collect()).collect()
}

/// Positions to four decimals.
pub(super) fn positions(found: &StoredFit, step: usize) -> Vec<[f64; 2]> {
    let four = |x: f32| (f64::from(x) * 1e4).round() / 1e4;
    found.positions[step].iter().map(|x| x.map(four)).collect()
}
