//! Whatever the numbers and labels: well-formed, finite, within the drawing, reproducible.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_report::{
    Angles, Axis, AxisScale, Chart, ColourScale, Figure, HeatMap, Histogram, Mark, Panel, Plot,
    PolarMap, Quantity, Series, Trajectories, TrajectoryGroup, VerticalLine,
};
use proptest::collection::vec;
use proptest::prelude::*;
use roxmltree::{Document, Node};

/// Numbers of all magnitudes that can be drawn.
fn number() -> impl Strategy<Value = f64> {
    let exponent = prop_oneof![-2.0..2.0, -99.0..100.0];
    let factor = prop_oneof![Just(0.0), Just(1.0), Just(-1.0)];
    (exponent, factor).prop_map(|(exponent, factor): (f64, f64)| factor * 10f64.powf(exponent))
}

fn place(scale: AxisScale, value: f64) -> f64 {
    if scale == AxisScale::Log10 { value.abs().max(1e-100) } else { value }
}

fn axis() -> impl Strategy<Value = Axis> {
    (".{0,40}", any::<bool>(), proptest::option::of((number(), number()))).prop_map(
        |(label, log, range)| {
            let axis = if log { Axis::log10(label, "µm") } else { Axis::linear(label, "") };
            let bounds = range.map(|(a, b)| [place(axis.scale, a), place(axis.scale, b)]);
            let bounds = bounds.map(|[a, b]| [a.min(b), a.max(b)]);
            let range = bounds.filter(|[a, b]| b - a > 1e-9 * b.abs().max(a.abs()).max(1e-90));
            Axis { range, ..axis }
        },
    )
}

fn chart() -> impl Strategy<Value = Plot> {
    let point = (number(), proptest::option::of(number()));
    let series = (0usize..40, vec(point, 0..8), 0..3, ".{0,30}");
    (axis(), axis(), vec(series, 0..4), vec(number(), 0..20), 1usize..9).prop_map(
        |(x, y, series, values, n_bins)| {
            let series = series.into_iter().map(|(class, points, mark, label)| {
                let mark = [Mark::Line, Mark::Markers, Mark::LineAndMarkers][mark as usize];
                let points: Vec<(f64, Option<f64>)> = points
                    .into_iter()
                    .map(|(a, b)| (place(x.scale, a), b.map(|b| place(y.scale, b))))
                    .collect();
                let band = points.iter().map(|&(x, y)| (x, y.map(|y| [y, y]))).collect();
                Series { label, class, mark, points, band }
            });
            let series = series.collect();
            let values: Vec<f64> = values.iter().map(|v| v.clamp(-1e6, 1e6).round()).collect();
            let bars = Histogram::from_values("bars", 1, &values, n_bins).unwrap();
            let linear = x.scale == AxisScale::Linear;
            let histograms = if linear { vec![bars] } else { vec![] };
            let at = place(x.scale, values.first().copied().unwrap_or(1.0));
            let vertical_lines = vec![VerticalLine { label: "here".into(), class: 3, x: at }];
            Chart { x, y, histograms, series, vertical_lines }.into()
        },
    )
}

fn trajectories() -> impl Strategy<Value = Plot> {
    let polylines = vec(vec([number(), number()], 0..6), 0..4);
    let group = (".{0,30}", 0usize..40, any::<bool>(), any::<bool>(), polylines);
    vec(group, 0..4).prop_map(|groups| {
        let groups = groups.into_iter().map(|(label, class, dashed, starts, polylines)| {
            TrajectoryGroup { label, class, dashed, starts, polylines }
        });
        let groups = groups.collect();
        Trajectories { x: Quantity::new("x", ""), y: Quantity::new("y", ""), groups }.into()
    })
}

fn positive() -> impl Strategy<Value = f64> {
    number().prop_map(|v| v.abs().max(1e-90))
}

fn colour_scale() -> impl Strategy<Value = ColourScale> {
    prop_oneof![
        Just(ColourScale::Linear),
        positive().prop_map(|threshold| ColourScale::SymmetricLog { threshold }),
    ]
}

fn map() -> impl Strategy<Value = Plot> {
    let rings = vec(vec(proptest::option::of(number()), 0..40), 0..30);
    let limit = proptest::option::of(positive());
    (positive(), rings, any::<bool>(), colour_scale(), limit).prop_map(
        |(radius, rings, mirrored, scale, limit)| {
            let angles = if mirrored { Angles::Mirrored } else { Angles::FullTurn };
            let (distance, value) = (Quantity::new("r", "µm"), Quantity::new("force", "pN"));
            PolarMap { distance, radius, value, rings, angles, scale, limit }.into()
        },
    )
}

fn points() -> impl Strategy<Value = Vec<[f64; 2]>> {
    vec([number(), number()], 0..5)
}

fn heat() -> impl Strategy<Value = Plot> {
    let range = || {
        let bounds = (number(), number()).prop_map(|(a, b)| [a.min(b), a.max(b)]);
        bounds.prop_filter("wide", |[a, b]| b - a > 1e-9 * b.abs().max(a.abs()).max(1e-90))
    };
    let value = || proptest::option::of(number());
    let rows = (0usize..30).prop_flat_map(move |n| vec(vec(value(), n), 0..20));
    let limit = proptest::option::of(positive());
    let on_top = (points(), vec(points(), 0..3), proptest::bool::ANY);
    (".{0,40}", range(), range(), rows, colour_scale(), limit, on_top).prop_map(
        |(label, x_range, y_range, rows, scale, limit, (points, outlines, equal_aspect))| {
            let (x, y) = (Axis::linear(label.clone(), "µm"), Axis::linear("time", "h"));
            let value = Quantity::new(label, "1/µm");
            let map =
                HeatMap { x, y, x_range, y_range, value, rows, scale, limit, ..HeatMap::default() };
            HeatMap { points, outlines, equal_aspect, ..map }.into()
        },
    )
}

fn figure() -> impl Strategy<Value = Figure> {
    let panel = (".{0,60}", prop_oneof![chart(), trajectories(), map(), heat()]);
    let panel = panel.prop_map(|(title, plot)| Panel { title, plot });
    ("[a-z<&>\"']{1,9}", ".*", 280.0..1000.0, 1usize..4, vec(panel, 1..5)).prop_map(
        |(title, caption, width, columns, panels)| Figure {
            title,
            caption,
            width,
            columns,
            panels,
        },
    )
}

/// Whether a number of an attribute is finite and, unless it is turned, within the bounds.
fn within(node: Node<'_, '_>, name: &str, most: f64) -> bool {
    let turned = node.parent().is_some_and(|parent| parent.has_attribute("transform"));
    let value: f64 = node.attribute(name).unwrap().parse().unwrap();
    value.is_finite() && (turned || (0.0..=most).contains(&value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_well_formed_finite_and_reproducible(figure in figure()) {
        let text = figure.to_svg().unwrap();
        prop_assert_eq!(&text, &figure.clone().to_svg().unwrap());
        let svg = Document::parse(&text).unwrap();
        let root = svg.root_element();
        let [width, height] =
            ["width", "height"].map(|name| root.attribute(name).unwrap().parse::<f64>().unwrap());
        let title = root.first_element_child().unwrap();
        prop_assert_eq!(title.text(), Some(&*figure.title));
        for node in svg.descendants() {
            if node.has_tag_name("text") {
                prop_assert!(within(node, "x", width) && within(node, "y", height), "{node:?}");
            }
            if let Some(d) = node.attribute("d") {
                prop_assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
            }
        }
    }

    #[test]
    fn counts_add_up_to_the_number_of_values(values in vec(number(), 0..50), n in 1usize..20) {
        let bars = Histogram::from_values("v", 0, &values, n).unwrap();
        // Whole numbers: exact.
        prop_assert_eq!(bars.counts.iter().sum::<f64>() as usize, values.len());
        prop_assert!(bars.edges.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", bars.edges);
    }
}
