//! Loss over the epochs of every row of Table 1.

use super::{Context, Drawn, rounded};
use crate::options::name_of;
use crate::potentials::cases::{Block, Case, Goal, Metric};
use crate::potentials::experiment::StoredFit;
use pairlaw_report::{Axis, Chart, Panel, Series};
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    Loss in every epoch of the rows of Table 1, as the paper trains and as we do, a panel for each \
    target and metric; the epochs of all phases follow each other. Losses are squared lengths, half \
    the side of the square that cells start in being 1, and phases differ in theirs: mean squared \
    distance to assigned or to the nearest positions, or an entropic transport cost, biased or \
    debiased. So a curve may jump where a phase ends; values that are not positive leave gaps. What \
    collocation finds is not trained and has no curve.";

/// Most points of a curve.
const MOST_POINTS: usize = 400;

pub(super) fn panels(context: &Context<'_>) -> Drawn {
    let cases = Case::all(context.options, context.options.seed);
    let (mut panels, mut data) = (Vec::new(), Vec::new());
    for metric in [Metric::Euclidean, Metric::Sinkhorn] {
        for goal in Goal::ALL {
            let mut series = Vec::new();
            let rows = cases.iter().filter(|case| case.metric == metric && case.goal == goal);
            for (class, case) in rows.enumerate() {
                let found = context.runner.potentials(case)?;
                if !found.history.is_empty() {
                    series.push(curve(case, class, &found));
                    data.push(numbers(case, &found));
                }
            }
            if !series.is_empty() {
                let title = format!("{}, {}", name_of(goal), name_of(metric));
                panels.push(panel(title, series));
            }
        }
    }
    Ok((panels, Value::Array(data)))
}

/// A chart of losses on a logarithmic axis.
pub(super) fn panel(title: String, series: Vec<Series>) -> Panel {
    let (x, y) = (Axis::linear("epoch", ""), Axis::log10("loss", "squared lengths"));
    Panel::new(title, Chart { x, y, series, ..Chart::default() })
}

pub(super) fn curve(case: &Case, class: usize, found: &StoredFit) -> Series {
    let label = match case.block {
        Block::Paper => format!("{}, paper's settings", name_of(case.sharing)),
        Block::Ours => format!("{}, ours", name_of(case.sharing)),
    };
    let mut series = Series::line(label, class, []);
    let positive = |loss: f64| (loss > 0.0).then_some(loss);
    series.points = points(found).map(|(epoch, loss)| (epoch as f64, positive(loss))).collect();
    series
}

pub(super) fn numbers(case: &Case, found: &StoredFit) -> Value {
    let points: Vec<(usize, f64)> = points(found).map(|(k, loss)| (k, rounded(loss, 5))).collect();
    json!({ "row": case.name(), "recipe": case.recipe.words(), "loss": points })
}

/// Epochs, counted over all phases, and their losses: all or every so many.
fn points(found: &StoredFit) -> impl Iterator<Item = (usize, f64)> {
    let stride = found.history.len().div_ceil(MOST_POINTS).max(1);
    found.history.iter().map(|epoch| epoch.loss).enumerate().step_by(stride)
}
