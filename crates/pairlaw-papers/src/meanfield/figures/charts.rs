//! Panels that several figures share.

use super::rounded;
use pairlaw_data::{Densities, Grid};
use pairlaw_law::PairKernel;
use pairlaw_report::{Axis, Chart, HeatMap, Panel, Quantity, Series};
use serde_json::{Value, json};

/// Most rows and columns of a map.
const MOST_CELLS: usize = 100;
const N_POINTS: usize = 300;

/// Named lines, as panel and as numbers.
pub(super) struct Lines {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Lines {
    pub(super) fn json(&self) -> Value {
        let lines = self.lines.iter().map(|(label, points)| {
            let points: Vec<(f64, f64)> =
                points.iter().map(|(x, y)| (rounded(*x), rounded(*y))).collect();
            json!({ "label": label, "points": points })
        });
        Value::Array(lines.collect())
    }

    /// On a logarithmic axis values that are not positive leave gaps.
    pub(super) fn panel(&self) -> Panel {
        let is_log = self.y.scale == pairlaw_report::AxisScale::Log10;
        let series = self.lines.iter().enumerate().map(|(class, (label, points))| {
            let mut series = Series::line(label.clone(), class, []);
            let shown = |y: f64| Some(y).filter(|y| !is_log || *y > 0.0);
            series.points = points.iter().map(|(x, y)| (*x, shown(*y))).collect();
            series
        });
        let chart = Chart {
            x: self.x.clone(),
            y: self.y.clone(),
            series: series.collect(),
            ..Chart::default()
        };
        Panel::new(self.title.clone(), chart)
    }
}

/// A density on a line over time, averaged over cells to a readable size.
pub(super) fn density_map(title: &str, densities: &Densities<1>, limit: f64) -> Panel {
    let grid = densities.grid();
    let [n] = grid.n_cells();
    let width = n.div_ceil(MOST_CELLS);
    let stride = densities.times().len().div_ceil(MOST_CELLS);
    let row = |u: &Vec<f64>| -> Vec<Option<f64>> {
        let mean = |cells: &[f64]| cells.iter().sum::<f64>() / cells.len() as f64;
        u.chunks(width).map(|cells| Some(mean(cells).max(0.0))).collect()
    };
    let end = densities.times().last().copied().unwrap_or(1.0);
    let map = HeatMap {
        x: Axis::linear("position x", ""),
        y: Axis::linear("time t", ""),
        x_range: [grid.lower()[0], grid.upper()[0]],
        y_range: [0.0, end],
        value: Quantity::new("density u", ""),
        rows: densities.values().iter().step_by(stride).map(row).collect(),
        limit: Some(limit),
        ..HeatMap::default()
    };
    Panel::new(title, map)
}

/// Largest density.
pub(super) fn largest<const D: usize>(densities: &Densities<D>) -> f64 {
    densities.values().iter().flatten().copied().fold(0.0, f64::max)
}

/// Kernels over distance.
pub(super) fn kernels(named: &[(String, PairKernel)], from: f64, to: f64) -> Lines {
    let line = |kernel: &PairKernel| {
        let point = |k: usize| {
            let r = from + (to - from) * k as f64 / N_POINTS as f64;
            (r, kernel.value(r))
        };
        (0..=N_POINTS).map(point).collect()
    };
    Lines {
        title: "Kernels".to_owned(),
        x: Axis::linear("distance r", ""),
        y: Axis::linear("kernel φ", ""),
        lines: named.iter().map(|(name, kernel)| (name.clone(), line(kernel))).collect(),
    }
}

/// `|φ̂ − φ|` of all kernels but the first, which is the truth.
pub(super) fn kernel_errors(kernels: &Lines) -> Lines {
    let Some(((_, truth), learned)) = kernels.lines.split_first() else {
        return Lines {
            title: String::new(),
            x: Axis::default(),
            y: Axis::default(),
            lines: vec![],
        };
    };
    let error = |points: &Vec<(f64, f64)>| {
        points
            .iter()
            .zip(truth)
            .map(|((r, found), (_, truth))| (*r, (found - truth).abs()))
            .collect()
    };
    Lines {
        title: "Errors of the kernels".to_owned(),
        x: Axis::linear("distance r", ""),
        y: Axis::log10("|φ̂ − φ|", ""),
        lines: learned.iter().map(|(name, points)| (name.clone(), error(points))).collect(),
    }
}

/// Cell averages on another grid, by linear interpolation of the distribution function.
pub(super) fn rebinned(u: &[f64], from: &Grid<1>, to: &Grid<1>) -> Vec<f64> {
    let ([h], [lower]) = (from.spacing(), from.lower());
    let mut cumulative = vec![0.0];
    for u in u {
        cumulative.push(cumulative[cumulative.len() - 1] + u * h);
    }
    let below = |x: f64| {
        let place = ((x - lower) / h).clamp(0.0, u.len() as f64);
        let cell = (place as usize).min(u.len() - 1);
        cumulative[cell] + (place - cell as f64) * (cumulative[cell + 1] - cumulative[cell])
    };
    let ([width], [start]) = (to.spacing(), to.lower());
    let edge = |k: usize| start + k as f64 * width;
    (0..to.total_cells()).map(|k| (below(edge(k + 1)) - below(edge(k))) / width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebinning_keeps_the_mass() {
        let (from, to) =
            (Grid::new([0.0], [3.0], [6]).unwrap(), Grid::new([0.0], [3.0], [4]).unwrap());
        let u = [1.0, 3.0, 0.0, 2.0, 5.0, 1.0];
        let found = rebinned(&u, &from, &to);
        // [0, .75]: .5·1 + .25·3 = 1.25, over .75; and so on.
        let expected = [1.25, 0.75, 2.25, 1.75].map(|mass: f64| mass / 0.75);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }
}
