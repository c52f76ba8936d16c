//! The loss that chooses the threshold λ, of single cells and of pooled species.

use super::{BLACK, Found};
use crate::Failure;
use crate::species::outcome::Details;
use pairlaw_report::{Axis, Chart, Panel, Series, VerticalLine};
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    The loss α |G(w − w⁰)| / |G w⁰| + (1 − α) (share of the columns in use) over the threshold λ, which is \
    relative to |b|; w⁰ is the fit with all columns. The first λ of least loss is chosen. Single cell: \
    the first one that has a model of its own. Species: the regressions that the mixture pools over \
    the cells of each, with their own α. Curves are broken where no solve was certified.";

/// A panel of a single cell from the paper's classifier, one of all species from the mixture.
pub(super) fn panels(found: &Found) -> Result<(Vec<Panel>, Value), Failure> {
    let lambdas = &found.config.path.lambdas;
    let curve = |label: String, class: usize, loss: &[f64]| {
        let finite = |loss: &f64| Some(*loss).filter(|loss| loss.is_finite() && *loss > 0.0);
        let points = lambdas.iter().zip(loss).map(|(lambda, loss)| (*lambda, finite(loss)));
        Series { points: points.collect(), ..Series::line(label, class, []) }
    };
    let name = found.scenario.name();
    let (title, series, chosen, data) = match &found.outcome.details {
        Details::Sequential { single_cell, .. } => {
            let (cell, loss) = single_cell.example.as_ref().ok_or("no cell has a model")?;
            let least = loss.iter().copied().fold(f64::INFINITY, f64::min);
            let chosen = lambdas.iter().zip(loss).find(|(_, loss)| **loss <= least);
            let series = vec![curve(format!("cell {cell}"), BLACK, loss)];
            let data = json!({ "cell": cell, "lambda": lambdas, "loss": loss });
            let chosen = chosen.map(|(lambda, _)| (BLACK, *lambda)).into_iter().collect();
            (format!("{name}: a single cell"), series, chosen, data)
        }
        Details::Mixture { regressions, .. } => {
            let each = || regressions.iter().enumerate();
            let label = |k: usize| format!("species {} found", k + 1);
            let series = each().map(|(k, r)| curve(label(k), k, &r.loss)).collect();
            let chosen: Vec<_> = each().map(|(k, r)| (k, r.lambda)).collect();
            let data = each().map(|(k, r)| {
                json!({
                    "species": k + 1, "alpha": r.fit_share, "lambda": lambdas, "loss": r.loss,
                    "chosen": r.lambda, "terms": r.support_sizes,
                })
            });
            (format!("{name}: species of the mixture"), series, chosen, data.collect())
        }
    };
    let line =
        |(class, x): (usize, f64)| VerticalLine { label: format!("chosen: {x:.1e}"), class, x };
    let chart = Chart {
        x: Axis::log10("threshold λ", ""),
        y: Axis::log10("loss", ""),
        series,
        vertical_lines: chosen.into_iter().map(line).collect(),
        ..Chart::default()
    };
    Ok((vec![Panel::new(title, chart)], found.data(json!({ "path": data }))))
}
