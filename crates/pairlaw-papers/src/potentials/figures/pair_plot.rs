//! Figure 3: the learned parameters two by two, of tracks and of a control with one population.

use super::density::Density;
use super::{Context, Drawn, rounded};
use crate::Failure;
use crate::potentials::heart::{
    Case, FRAMES, PARAMETERS, Recording, Sharing, StoredTracks, learned_sets,
};
use pairlaw_report::{Axis, Chart, Histogram, Panel, Series};
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    Logarithms of the mutual parameters of P(d) = R e^{−d/r} − A e^{−d/a}, one set a pair, less \
    their mean and in standard deviations, all frames fitted, first seed. Diagonal (bars) and below \
    it: learned from the made-up stand-in for heart development. Diagonal (line) and above it: \
    learned from simulated cells of a single population, the control. Contours hold 25, 50, 75 and \
    95 % of the pairs by a kernel density; above the histograms, whether two Gaussians fit better \
    than one. The control has the shapes, and often the two peaks, that one might take for two modes \
    of interaction: they come from the way the parameters are learned and do not show two kinds of \
    cells.";

/// Colours without dashes: blue, and orange for the control.
const STAND_IN: usize = 0;
const CONTROL: usize = 15;
/// Standard deviations shown to each side.
const REACH: f64 = 4.0;
const BINS: usize = 48;
const GRID: usize = 61;
const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 0.95];

/// Standardised values of each parameter.
struct Values {
    label: &'static str,
    class: usize,
    of: [Vec<f64>; 4],
    bimodal: [bool; 4],
    separation: [f64; 4],
}

pub(super) fn panels(context: &Context<'_>) -> Drawn {
    let stand_in = values(context, Recording::Heart, "stand-in", STAND_IN)?;
    let control = values(context, Recording::OnePopulation, "one population", CONTROL)?;
    let mut panels = Vec::new();
    for row in 0..4 {
        for column in 0..4 {
            panels.push(match row.cmp(&column) {
                std::cmp::Ordering::Equal => diagonal(&stand_in, &control, row),
                std::cmp::Ordering::Greater => pair(&stand_in, row, column),
                std::cmp::Ordering::Less => pair(&control, row, column),
            });
        }
    }
    Ok((panels, Value::Array([&stand_in, &control].map(Values::json).to_vec())))
}

fn values(
    context: &Context<'_>,
    recording: Recording,
    label: &'static str,
    class: usize,
) -> Result<Values, Failure> {
    let seed = context.options.seed;
    let case = Case { recording, sharing: Sharing::Mutual, n_fitted: FRAMES, seed };
    let StoredTracks { parameters, bimodal, separation, .. } =
        context.runner.tracks(&case, context.options)?;
    let sets: Vec<[f64; 4]> = learned_sets(&parameters).collect();
    let of = std::array::from_fn(|k| standardised(sets.iter().map(|set| set[k]).collect()));
    Ok(Values { label, class, of, bimodal, separation })
}

/// With mean 0 and variance 1.
fn standardised(values: Vec<f64>) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    values.into_iter().map(|x| (x - mean) / scale).collect()
}

fn axis(k: usize) -> Axis {
    let label = format!("ln {}, standardised", PARAMETERS[k]);
    Axis { range: Some([-REACH, REACH]), ..Axis::linear(label, "") }
}

/// Share of the values per unit in bins of the range shown.
fn histogram(values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let width = 2.0 * REACH / BINS as f64;
    let edges: Vec<f64> = (0..=BINS).map(|k| -REACH + width * k as f64).collect();
    let mut counts = vec![0.0; BINS];
    for value in values.iter().filter(|value| value.abs() < REACH) {
        let bin = (((value + REACH) / width) as usize).min(BINS - 1);
        counts[bin] += 1.0 / (width * values.len() as f64);
    }
    (edges, counts)
}

/// Histograms of one parameter.
fn diagonal(stand_in: &Values, control: &Values, k: usize) -> Panel {
    let (edges, counts) = histogram(&stand_in.of[k]);
    let (_, others) = histogram(&control.of[k]);
    let middle = |k: usize| 0.5 * (edges[k] + edges[k + 1]);
    let line =
        others.iter().enumerate().map(|(k, density)| (middle(k), *density)).collect::<Vec<_>>();
    let chart = Chart {
        x: axis(k),
        y: Axis::linear("share of the pairs per unit", ""),
        series: vec![Series::line(control.label, control.class, line)],
        histograms: vec![Histogram {
            label: stand_in.label.to_owned(),
            class: stand_in.class,
            edges,
            counts,
        }],
        ..Chart::default()
    };
    let modes = |values: &Values| if values.bimodal[k] { "two modes" } else { "one mode" };
    let title = format!("{}: {}, control {}", PARAMETERS[k], modes(stand_in), modes(control));
    Panel::new(title, chart)
}

/// Contours of the joint density of two parameters.
fn pair(values: &Values, row: usize, column: usize) -> Panel {
    let points: Vec<[f64; 2]> =
        values.of[column].iter().zip(&values.of[row]).map(|(x, y)| [*x, *y]).collect();
    let step = 2.0 * REACH / (GRID - 1) as f64;
    let density = Density::new(&points, (0..GRID).map(|k| -REACH + step * k as f64).collect());
    let mut series = Series::line(values.label, values.class, []);
    for share in SHARES {
        for line in density.contours(density.level(share)) {
            series.points.extend(line.iter().map(|[x, y]| (*x, Some(*y))));
            series.points.push((line[line.len() - 1][0], None));
        }
    }
    let chart = Chart { x: axis(column), y: axis(row), series: vec![series], ..Chart::default() };
    Panel::new("", chart)
}

impl Values {
    fn json(&self) -> Value {
        let parameter = |k: usize| {
            let (_, counts) = histogram(&self.of[k]);
            let counts: Vec<f64> = counts.into_iter().map(|count| rounded(count, 4)).collect();
            json!({
                "name": PARAMETERS[k],
                "histogram": counts,
                "bimodal": self.bimodal[k],
                "separation": rounded(self.separation[k], 4),
            })
        };
        json!({
            "tracks": self.label,
            "range": [-REACH, REACH],
            "parameters": (0..4).map(parameter).collect::<Vec<_>>(),
        })
    }
}
