//! Writes a demonstration of each kind of plot into a folder:
//! `cargo run --example figures -- target/figures`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::f64::consts::PI;
use std::path::PathBuf;

use pairlaw_report::{
    Angles, Axis, Chart, ColourScale, Figure, HeatMap, Histogram, Mark, Panel, PolarMap, Quantity,
    Series, Trajectories, TrajectoryGroup, VerticalLine,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or("target/figures".into()));
    std::fs::create_dir_all(&folder)?;
    let all = [
        ("lines", 1, vec![Panel::new("", errors())]),
        ("histogram", 1, vec![Panel::new("", speeds()?)]),
        ("trajectories", 1, vec![Panel::new("", tracks())]),
        ("polar", 1, vec![Panel::new("", force(Angles::FullTurn, ColourScale::Linear))]),
        ("heat", 2, heat()),
        ("panels", 2, panels()?),
    ];
    for (name, columns, panels) in all {
        for width in [360.0, 900.0] {
            let title = format!("Demonstration of {name}");
            let caption = format!("Made-up numbers that show {name}.");
            let figure = Figure { title, caption, width, columns, panels: panels.clone() };
            let path = folder.join(format!("{name}-{width}.svg"));
            std::fs::write(&path, figure.to_svg()?)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn panels() -> Result<Vec<Panel>, Box<dyn Error>> {
    let scale = ColourScale::SymmetricLog { threshold: 0.01 };
    let empty = Chart {
        x: Axis::linear("time", "h"),
        y: Axis::linear("error", ""),
        series: vec![Series::line("species C", 2, [])],
        ..Chart::default()
    };
    Ok(vec![
        Panel::new("A. Error against noise", errors()),
        Panel::new("B. Speeds, with the mixture that explains them best by BIC", speeds()?),
        Panel::new("C. Tracks", tracks()),
        Panel::new("D. Force on a symmetric-log scale", force(Angles::Mirrored, scale)),
        Panel::new("E. All classes", classes()),
        Panel::new("F. Nothing", empty),
    ])
}

fn errors() -> Chart {
    let noise = |k: usize| 1e-4 * 10f64.powf(k as f64 / 4.0);
    let error = |k: usize| 0.02 + 3.0 * noise(k);
    let mut median = Series::line("median of 20 runs", 0, (0..17).map(|k| (noise(k), error(k))));
    median.mark = Mark::LineAndMarkers;
    median.band = (0..17).map(|k| (noise(k), Some([0.6 * error(k), 1.8 * error(k)]))).collect();
    let mut other = Series::line("paper", 1, (0..17).map(|k| (noise(k), 2.5 * error(k))));
    other.points[6].1 = None;
    other.points[7].1 = None;
    Chart {
        x: Axis::log10("noise ratio σ", ""),
        y: Axis::log10("relative velocity error ΔV", ""),
        series: vec![median, other],
        vertical_lines: vec![VerticalLine { label: "5 % noise".into(), class: 6, x: 0.05 }],
        ..Chart::default()
    }
}

fn speeds() -> Result<Chart, Box<dyn Error>> {
    let normal = |x: f64, mean: f64, sd: f64| {
        (-0.5 * ((x - mean) / sd).powi(2)).exp() / (sd * (2.0 * PI).sqrt())
    };
    // Quantiles of two bells, without a random number.
    let bell = |k: usize| (0..12).map(|i| ((k * (7 * i + 3)) % 101) as f64 / 101.0).sum::<f64>();
    let values: Vec<f64> = (0..400)
        .map(|k| if k % 3 == 0 { 9.0 + (bell(k) - 6.0) } else { 4.0 + 1.3 * (bell(k) - 6.0) })
        .collect();
    let bars = Histogram::from_values("all cells", 5, &values, 30)?;
    let scale = 400.0 * (bars.edges[1] - bars.edges[0]);
    let component = |label: &str, class, weight: f64, mean, sd| {
        let point = |k: usize| 0.13 * k as f64;
        let height = move |x: f64| weight * scale * normal(x, mean, sd);
        Series::line(label, class, (0..100).map(|k| (point(k), height(point(k)))))
    };
    Ok(Chart {
        x: Axis::linear("speed", "µm/h"),
        y: Axis::linear("cells", ""),
        histograms: vec![bars],
        series: vec![
            component("slow", 0, 2.0 / 3.0, 4.0, 1.3),
            component("fast", 1, 1.0 / 3.0, 9.0, 1.0),
        ],
        vertical_lines: vec![VerticalLine { label: "threshold".into(), class: 6, x: 6.8 }],
    })
}

fn tracks() -> Trajectories {
    let track = |cell: usize, bend: f64| -> Vec<[f64; 2]> {
        let angle = cell as f64 * 2.4;
        let start = [60.0 * angle.cos(), 30.0 * angle.sin()];
        let along = |k: usize| angle + bend * k as f64 / 40.0;
        (0..40)
            .map(|k| [start[0] + k as f64 * along(k).cos(), start[1] + k as f64 * along(k).sin()])
            .collect()
    };
    let group = |label: &str, class: usize, dashed: bool| TrajectoryGroup {
        label: label.into(),
        class,
        dashed,
        starts: !dashed,
        polylines: (0..8)
            .map(|k| track(2 * k + class, if dashed { 1.1 } else { 1.0 } - 1.7 * class as f64))
            .collect(),
    };
    Trajectories {
        x: Quantity::new("x", "µm"),
        y: Quantity::new("y", "µm"),
        groups: vec![
            group("species A", 0, false),
            group("species B", 1, false),
            group("A, learned", 0, true),
            group("B, learned", 1, true),
        ],
    }
}

fn force(angles: Angles, scale: ColourScale) -> PolarMap {
    let span = if angles == Angles::Mirrored { PI } else { 2.0 * PI };
    let (n_rings, n_sectors) = (30, 48);
    let value = |i: usize, j: usize| {
        let (r, theta) = (i as f64 + 0.5, (j as f64 + 0.5) / n_sectors as f64 * span);
        let known = r > 3.0 && !(r > 24.0 && (theta - 2.0).abs() < 0.5);
        let force = 8.0 * (-r / 4.0).exp() - 2.0 * (-r / 9.0).exp() * (1.0 + theta.cos());
        known.then_some(force)
    };
    PolarMap {
        distance: Quantity::new("distance", "µm"),
        radius: 150.0,
        value: Quantity::new("attraction–repulsion", "µm/h²"),
        rings: (0..n_rings).map(|i| (0..n_sectors).map(|j| value(i, j)).collect()).collect(),
        angles,
        scale,
        limit: None,
    }
}

fn heat() -> Vec<Panel> {
    let bell = |x: f64, t: f64| (-0.5 * x * x / (1.0 + t)).exp() / (1.0 + t).sqrt();
    // Two groups that approach each other and merge.
    let density =
        |x: f64, t: f64| bell(x - 6.0 + 0.7 * t, t / 6.0) + bell(x + 6.0 - 0.7 * t, t / 6.0);
    let change = |x: f64, t: f64| (x * x + t * t < 80.0).then(|| bell(x, t) - bell(x - 4.0, t));
    vec![
        Panel::new("A. Density", heat_map("density u", &|x, t| Some(density(x, t)))),
        Panel::new("B. Difference", heat_map("difference of the densities", &change)),
    ]
}

fn heat_map(label: &str, value: &dyn Fn(f64, f64) -> Option<f64>) -> HeatMap {
    let at = |k: usize, [lo, hi]: [f64; 2]| lo + (hi - lo) * (k as f64 + 0.5) / 100.0;
    let (x_range, y_range) = ([-12.0, 12.0], [0.0, 8.0]);
    let row = |j| (0..100).map(|i| value(at(i, x_range), at(j, y_range))).collect();
    HeatMap {
        x: Axis::linear("x", "µm"),
        y: Axis::linear("time", "h"),
        x_range,
        y_range,
        value: Quantity::new(label, "1/µm"),
        rows: (0..100).map(row).collect(),
        ..HeatMap::default()
    }
}

fn classes() -> Chart {
    let series = (0..9).map(|class| {
        let height = |k: usize| 1e-6 * (class as f64 + (0.5 * k as f64 + class as f64).sin());
        let points = (0..20).map(|k| (k as f64, height(k)));
        let mark = Mark::LineAndMarkers;
        Series { mark, ..Series::line(format!("class {class}"), class, points) }
    });
    Chart {
        x: Axis::linear("time after the beginning of the recording", "h"),
        y: Axis::linear("acceleration of the cells, smoothed over three frames", "µm/h²"),
        series: series.collect(),
        ..Chart::default()
    }
}
