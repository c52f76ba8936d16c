//! Structure of the SVG: texts, marks and their places, read back by an XML parser.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_report::{
    Angles, Axis, Chart, ColourScale, Figure, HeatMap, Histogram, Mark, Panel, Plot, PolarMap,
    Quantity, ReportError, Series, Trajectories, TrajectoryGroup, VerticalLine,
};
use roxmltree::{Document, Node};

fn figure(plots: Vec<Plot>) -> Figure {
    let panels = plots.into_iter().map(|plot| Panel::new("panel", plot)).collect();
    Figure { title: "title".into(), caption: "caption".into(), width: 600.0, columns: 2, panels }
}

fn svg(plot: impl Into<Plot>) -> String {
    figure(vec![plot.into()]).to_svg().unwrap()
}

fn refused(plot: impl Into<Plot>) -> ReportError {
    figure(vec![plot.into()]).to_svg().unwrap_err()
}

fn texts<'a>(svg: &'a Document<'_>) -> Vec<&'a str> {
    svg.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect()
}

/// Elements that show a part, such as `line`.
fn parts<'a, 'i>(svg: &'a Document<'i>, part: &str) -> Vec<Node<'a, 'i>> {
    svg.descendants().filter(|n| n.attribute("data-part") == Some(part)).collect()
}

/// All numbers in the path data of the only element that shows a part.
fn numbers(svg: &Document<'_>, part: &str) -> Vec<f64> {
    let parts = parts(svg, part);
    assert_eq!(parts.len(), 1, "{part}");
    let d = parts[0].attribute("d").unwrap();
    let separated: String = d.chars().map(|c| if c.is_alphabetic() { ' ' } else { c }).collect();
    separated.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// The places in path data at which a shape stands.
fn numbers_of(path: Node<'_, '_>, shape: &str) -> Vec<f64> {
    let places = path.attribute("d").unwrap().split('M').filter_map(|d| d.strip_suffix(shape));
    places.flat_map(|d| d.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<f64>>()).collect()
}

/// Left, top, width and height of the only frame.
fn frame(svg: &Document<'_>) -> [f64; 4] {
    let frame = parts(svg, "frame")[0];
    ["x", "y", "width", "height"].map(|name| frame.attribute(name).unwrap().parse().unwrap())
}

fn assert_near(a: &[f64], b: &[f64]) {
    // Rounding to two decimals, twice.
    let near = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.021);
    assert!(near, "{a:?} {b:?}");
}

fn chart(series: Vec<Series>) -> Chart {
    Chart { x: Axis::linear("time", "h"), y: Axis::linear("error", ""), series, ..Chart::default() }
}

#[test]
fn the_root_names_and_describes_itself() {
    let text = svg(chart(vec![Series::line("a", 0, [(0.0, 1.0), (1.0, 2.0)])]));
    let svg = Document::parse(&text).unwrap();
    let root = svg.root_element();
    assert_eq!((root.attribute("role"), root.attribute("width")), (Some("img"), Some("600")));
    let height = root.attribute("height").unwrap();
    assert_eq!(root.attribute("viewBox").unwrap(), format!("0 0 600 {height}"));
    let children: Vec<_> = root.children().filter(Node::is_element).take(2).collect();
    assert_eq!(children[0].tag_name().name(), "title");
    assert_eq!(children[1].tag_name().name(), "desc");
    assert_eq!([0, 1].map(|k| children[k].text()), [Some("title"), Some("caption")]);
    assert!(svg.descendants().all(|node| !node.has_attribute("id")));
}

#[test]
fn markup_in_labels_is_text() {
    let label = "<a> & \"b\"";
    let text = svg(chart(vec![Series::line(label, 0, [(0.0, 1.0)])]));
    assert!(texts(&Document::parse(&text).unwrap()).contains(&label));
}

#[test]
fn everything_drawn_is_in_the_legend() {
    let chart = Chart {
        histograms: vec![Histogram::from_values("bars", 3, &[1.0, 2.0], 2).unwrap()],
        vertical_lines: vec![VerticalLine { label: "limit".into(), class: 2, x: 1.5 }],
        ..chart(vec![Series::line("one", 0, [(0.0, 1.0)]), Series::line("two", 1, [])])
    };
    let text = svg(chart);
    let document = Document::parse(&text).unwrap();
    let texts = texts(&document);
    for label in ["title", "panel", "time (h)", "error", "bars", "one", "two (no data)", "limit"] {
        assert!(texts.contains(&label), "{label} {texts:?}");
    }
}

#[test]
fn decades_are_equally_far_apart_on_logarithmic_axes() {
    let points = [(1.0, 1e-2), (10.0, 1.0), (1000.0, 100.0)];
    let chart = Chart {
        x: Axis { range: Some([1.0, 1000.0]), ..Axis::log10("x", "") },
        y: Axis { range: Some([1e-3, 100.0]), ..Axis::log10("y", "") },
        series: vec![Series::line("a", 0, points)],
        ..Chart::default()
    };
    let text = svg(chart);
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    let x = |decades: f64| left + width * decades / 3.0;
    let y = |decades: f64| top + height * decades / 5.0;
    assert_near(&numbers(&svg, "line"), &[x(0.0), y(4.0), x(1.0), y(2.0), x(3.0), y(0.0)]);
    for label in ["1", "10", "100", "1000", "10⁻³", "0.01", "0.1"] {
        assert!(texts(&svg).contains(&label), "{label}");
    }
}

#[test]
fn linear_axes_begin_below_left() {
    let axis = || Axis { range: Some([0.0, 4.0]), ..Axis::linear("x", "") };
    let series = vec![Series::line("a", 0, [(0.0, 1.0), (4.0, 3.0)])];
    let text = svg(Chart { x: axis(), y: axis(), series, ..Chart::default() });
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    let expected = [left, top + 0.75 * height, left + width, top + 0.25 * height];
    assert_near(&numbers(&svg, "line"), &expected);
}

#[test]
fn lines_and_bands_break_at_gaps() {
    let value = |k: usize| if k == 2 { None } else { Some(k as f64) };
    let series = Series {
        label: "a".into(),
        mark: Mark::LineAndMarkers,
        points: (0..5).map(|k| (k as f64, value(k))).collect(),
        band: (0..5).map(|k| (k as f64, value(k).map(|v| [v - 1.0, v + 1.0]))).collect(),
        ..Series::default()
    };
    let text = svg(chart(vec![series]));
    let svg = Document::parse(&text).unwrap();
    let n_begins = |part: &str| {
        parts(&svg, part).iter().map(|n| n.attribute("d").unwrap().matches('M').count()).sum()
    };
    let counts: [usize; 3] = ["line", "band", "markers"].map(n_begins);
    assert_eq!(counts, [2, 2, 4]);
}

#[test]
fn bars_stand_on_zero_and_are_as_wide_as_their_bins() {
    let bars = Histogram {
        label: "bars".into(),
        class: 0,
        edges: vec![0.0, 1.0, 4.0],
        counts: vec![2.0, 1.0],
    };
    let chart = Chart {
        x: Axis { range: Some([0.0, 4.0]), ..Axis::linear("x", "") },
        y: Axis { range: Some([-1.0, 3.0]), ..Axis::linear("n", "") },
        histograms: vec![bars],
        ..Chart::default()
    };
    let text = svg(chart);
    let text = text.replacen("data-part=\"bars\"", "data-part=\"plotted\"", 1);
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    let (x, y) = (|x: f64| left + width * x / 4.0, |y: f64| top + height * (3.0 - y) / 4.0);
    let bar = |from: f64, to: f64, n: f64| [x(from), y(0.0), y(n), x(to), y(0.0)];
    assert_near(&numbers(&svg, "plotted"), &[bar(0.0, 1.0, 2.0), bar(1.0, 4.0, 1.0)].concat());
}

fn square(class: usize, dashed: bool, starts: bool) -> TrajectoryGroup {
    let side = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]];
    let polylines = vec![side.to_vec(), vec![[50.0, 1.0], [51.0, 2.0]]];
    TrajectoryGroup { label: format!("group {class}"), class, dashed, starts, polylines }
}

#[test]
fn trajectories_have_equal_aspect_a_path_each_and_start_markers() {
    let plot = Trajectories {
        x: Quantity::new("x", "µm"),
        y: Quantity::new("y", "µm"),
        groups: vec![square(0, false, true), square(1, true, false)],
    };
    let text = svg(plot);
    let svg = Document::parse(&text).unwrap();
    let groups = parts(&svg, "trajectories");
    let paths = |n: &Node<'_, '_>| n.children().filter(|n| n.has_tag_name("path")).count();
    assert_eq!(groups.iter().map(paths).collect::<Vec<_>>(), [2, 2]);
    assert_ne!(groups[1].attribute("stroke-dasharray"), Some("none"));
    assert_eq!(parts(&svg, "starts").len(), 1);
    let path = groups[0].first_element_child().unwrap().attribute("d").unwrap();
    let points: Vec<f64> = path.split([' ', 'M', 'L']).filter_map(|n| n.parse().ok()).collect();
    let (across, up) = (points[2] - points[0], points[3] - points[5]);
    assert!(across > 5.0);
    assert_near(&[across], &[up]);
}

fn map(rings: Vec<Vec<Option<f64>>>) -> PolarMap {
    PolarMap { radius: 10.0, distance: Quantity::new("r", "µm"), rings, ..PolarMap::default() }
}

fn cell_colours(svg: &Document<'_>) -> Vec<String> {
    let cells = parts(svg, "cells")[0].children().filter(|n| n.has_tag_name("path"));
    cells.map(|n| n.attribute("fill").unwrap().to_owned()).collect()
}

#[test]
fn polar_cells_are_coloured_by_sign_and_size_and_left_out_without_data() {
    let text = svg(map(vec![vec![Some(0.0)], vec![Some(2.0), Some(-2.0), None, Some(1.0)]]));
    let svg = Document::parse(&text).unwrap();
    assert_eq!(cell_colours(&svg), ["#f7f7f7", "#7d3200", "#003c69", "#e8913c"]);
    for label in ["radius: r (µm)", "0°", "90°", "180°", "270°", "negative", "no data"] {
        assert!(texts(&svg).contains(&label), "{label}");
    }
}

#[test]
fn negative_cells_are_dotted_and_missing_ones_crossed() {
    let ring = vec![Some(1.0), None, Some(-1.0), Some(-1.0)];
    let text = svg(map(vec![ring]));
    let svg = Document::parse(&text).unwrap();
    // On the colour bar, on the disc, and in the legend twice.
    let stipples = parts(&svg, "stipple");
    let count = |k: usize, shape: &str| stipples[k].attribute("d").unwrap().matches(shape).count();
    assert_eq!((stipples.len(), count(1, "h0"), count(1, "l4 4")), (4, 2, 1));
    let rim = parts(&svg, "rim")[0].attribute("cy").unwrap().parse::<f64>().unwrap();
    let below =
        numbers_of(stipples[1], "h0").iter().skip(1).step_by(2).filter(|&&y| y > rim).count();
    assert_eq!(below, 2);
}

#[test]
fn a_limit_given_is_shown_even_without_data() {
    let text = svg(PolarMap { limit: Some(4.0), ..map(vec![]) });
    assert!(texts(&Document::parse(&text).unwrap()).contains(&"−4"));
}

#[test]
fn vertical_lines_stand_at_their_place() {
    let x = Axis { range: Some([0.0, 4.0]), ..Axis::linear("x", "") };
    let vertical_lines = vec![VerticalLine { label: "v".into(), class: 0, x: 1.0 }];
    let text = svg(Chart { x, vertical_lines, ..chart(vec![]) });
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    assert_near(&numbers(&svg, "vertical"), &[left + 0.25 * width, top, top + height]);
}

#[test]
fn a_mirrored_map_repeats_its_half_turn_below() {
    let ring = vec![Some(1.0), Some(-1.0), Some(0.0)];
    let text = svg(PolarMap { angles: Angles::Mirrored, ..map(vec![ring]) });
    let svg = Document::parse(&text).unwrap();
    // The two middle cells of 0 are one path.
    assert_eq!(cell_colours(&svg), ["#7d3200", "#003c69", "#f7f7f7", "#003c69", "#7d3200"]);
}

#[test]
fn polar_angles_run_anticlockwise_from_the_right() {
    let text = svg(map(vec![vec![Some(1.0), None, None, None]]));
    let svg = Document::parse(&text).unwrap();
    let rim = parts(&svg, "rim")[0];
    let [x, y, r] = ["cx", "cy", "r"].map(|n| rim.attribute(n).unwrap().parse::<f64>().unwrap());
    let d = parts(&svg, "cells")[0].first_element_child().unwrap().attribute("d").unwrap();
    // Begins at the right and ends its outer arc at the top.
    assert!(d.starts_with(&format!("M{} {y}A", x + r)), "{d}");
    assert!(d.contains(&format!(" 0 0 0 {x} {}L", y - r)), "{d}");
}

fn heat(rows: Vec<Vec<Option<f64>>>) -> HeatMap {
    let (x, y) = (Axis::linear("x", "µm"), Axis::linear("time", "h"));
    let (x_range, y_range) = ([0.0, 4.0], [0.0, 2.0]);
    HeatMap { x, y, x_range, y_range, rows, ..HeatMap::default() }
}

/// Colours and path data of the cells.
fn cell_lines(svg: &Document<'_>) -> Vec<[String; 2]> {
    let lines = parts(svg, "cells")[0].children().filter(|n| n.has_tag_name("path"));
    lines.map(|n| ["stroke", "d"].map(|name| n.attribute(name).unwrap().to_owned())).collect()
}

#[test]
fn points_and_outlines_lie_on_a_heat_map_at_their_places() {
    let map = heat(vec![vec![Some(1.0); 4]; 2]);
    let (points, outlines) = (vec![[1.0, 0.5]], vec![vec![[0.0, 0.0], [4.0, 2.0]]]);
    let text = svg(HeatMap { points, outlines, equal_aspect: true, ..map.clone() });
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    // 4 by 2 units; rounding to hundredths of a px.
    assert!((width / height - 2.0).abs() < 1e-3, "{width} {height}");
    let d = |part: &str| parts(&svg, part)[0].attribute("d").unwrap().to_owned();
    let numbers = |d: &str| -> Vec<f64> {
        d.split(['M', 'L', ' ', 'h']).filter_map(|number| number.parse().ok()).collect()
    };
    let expected = [left + 0.25 * width, top + 0.75 * height, 0.0];
    assert_near(&numbers(&d("points")), &expected);
    let expected = [left, top + height, left + width, top];
    assert_near(&numbers(&d("outlines")), &expected);
    let error = refused(HeatMap { points: vec![[0.0, f64::NAN]], ..map.clone() });
    assert!(error.to_string().contains("points"), "{error}");
    refused(HeatMap { outlines: vec![vec![[f64::INFINITY, 0.0]]], ..map });
}

#[test]
fn heat_map_cells_fill_the_frame_from_below_left() {
    let text = svg(heat(vec![vec![Some(0.0), Some(0.0)], vec![Some(0.0), Some(2.0)]]));
    let svg = Document::parse(&text).unwrap();
    // White lies below dark, too.
    let cells = [["#f7f7f7", "M0 0h2M0 1h2"], ["#7d3200", "M1 1h1"]];
    assert_eq!(cell_lines(&svg), cells.map(|line| line.map(str::to_owned)));
    let [left, top, width, height] = frame(&svg);
    let transform = parts(&svg, "cells")[0].attribute("transform").unwrap();
    let numbers: Vec<f64> =
        transform.split([' ', '(', ')']).filter_map(|number| number.parse().ok()).collect();
    assert_near(&numbers, &[left, top + 0.75 * height, 0.5 * width, -0.5 * height]);
    let line_width = parts(&svg, "cells")[0].attribute("stroke-width");
    // As wide as a cell is high, and a hundredth on each side for the rounding of renderers.
    assert_eq!(line_width, Some("1.02"));
    for label in ["x (µm)", "time (h)", "4.0", "2.0"] {
        assert!(texts(&svg).contains(&label), "{label}");
    }
}

#[test]
fn heat_maps_show_the_half_of_the_scale_that_they_need() {
    let shades = |low: f64| {
        let text = svg(heat(vec![vec![Some(low), Some(2.0)]]));
        let svg = Document::parse(&text).unwrap();
        let shades = parts(&svg, "shade");
        let colours = [shades[0], *shades.last().unwrap()].map(|n| n.attribute("fill").unwrap());
        let signed = [texts(&svg).contains(&"−2"), texts(&svg).contains(&"negative")];
        (shades.len(), colours.map(str::to_owned), signed, parts(&svg, "stipple").len())
    };
    let colours = |from: &str, to: &str| [from.to_owned(), to.to_owned()];
    assert_eq!(shades(0.0), (33, colours("#7d3200", "#f7f7f7"), [false; 2], 0));
    // On the colour bar, on the map, and in the legend.
    assert_eq!(shades(-1.0), (65, colours("#7d3200", "#003c69"), [true; 2], 3));
}

#[test]
fn heat_maps_with_a_limit_share_their_colours() {
    let colours = |low: f64| {
        let rows = vec![vec![Some(low), Some(1.0)]];
        let text = svg(HeatMap { limit: Some(4.0), ..heat(rows) });
        let svg = Document::parse(&text).unwrap();
        assert!(texts(&svg).contains(&"4"));
        cell_lines(&svg).last().unwrap()[0].clone()
    };
    assert_eq!(colours(0.0), colours(-0.5));
}

#[test]
fn heat_map_cells_are_dotted_and_crossed_at_their_centres() {
    let text = svg(heat(vec![vec![Some(-1.0), None], vec![Some(1.0), Some(1.0)]]));
    let svg = Document::parse(&text).unwrap();
    let [left, top, width, height] = frame(&svg);
    let [dot, cross] = [0.25, 0.75].map(|x| [left + x * width, top + 0.75 * height]);
    let stipples = parts(&svg, "stipple")[0];
    let d = stipples.attribute("d").unwrap();
    assert_eq!((d.matches("h0").count(), d.matches("l4 4").count()), (1, 1));
    assert_near(&numbers_of(stipples, "h0"), &dot);
    assert_near(&numbers_of(stipples, "m-2 -2l4 4m0 -4l-4 4"), &cross);
    assert_eq!(cell_lines(&svg)[0], ["#b5b5b5", "M0 0h2M0 1h2"]);
    assert!(texts(&svg).contains(&"no data"));
}

#[test]
fn heat_maps_bear_labels_that_leave_them_no_height() {
    let x = Axis::linear("a label ".repeat(100), "");
    let value = Quantity::new("value ".repeat(20), "");
    let map = HeatMap { x, value, ..heat(vec![vec![Some(-1.0), None]; 3]) };
    let text = Figure { width: 280.0, ..figure(vec![map.into()]) }.to_svg().unwrap();
    assert!(!text.contains("--"), "no number has two signs");
}

#[test]
fn heat_maps_on_no_grid_are_refused() {
    let row = |n: usize| vec![None; n];
    let error = refused(heat(vec![row(2), row(2), row(1)]));
    let label = String::new();
    assert_eq!(error, ReportError::RaggedRows { label, row: 2, n_cells: 1, expected: 2 });
    let own = Axis { range: Some([0.0, 1.0]), ..Axis::linear("x", "") };
    for x in [own, Axis::log10("x", "")] {
        let error = refused(HeatMap { x, ..heat(vec![]) });
        assert_eq!(error, ReportError::NotOfGrid { label: "x".into() });
    }
    for range in [[1.0, 1.0], [2.0, 1.0], [0.0, f64::NAN], [0.0, f64::INFINITY]] {
        let maps = [
            HeatMap { x_range: range, ..heat(vec![]) },
            HeatMap { y_range: range, ..heat(vec![]) },
        ];
        for map in maps {
            let error = refused(map);
            assert!(matches!(error, ReportError::BadRange { .. }), "{range:?} {error}");
        }
    }
    let scale = ColourScale::SymmetricLog { threshold: -1.0 };
    let maps = [HeatMap { scale, ..heat(vec![]) }, HeatMap { limit: Some(0.0), ..heat(vec![]) }];
    for map in maps {
        assert!(matches!(refused(map), ReportError::BadSetting { .. }));
    }
}

#[test]
fn plots_without_data_say_so() {
    let heat = HeatMap { x_range: [10.0, 20.0], y_range: [5.0, 9.0], ..heat(vec![]) };
    let plots = [
        Plot::from(chart(vec![])),
        Trajectories::default().into(),
        map(vec![]).into(),
        heat.into(),
    ];
    for plot in plots {
        let text = svg(plot);
        let svg = Document::parse(&text).unwrap();
        assert!(texts(&svg).contains(&"no data"));
        let shows_numbers =
            texts(&svg).iter().any(|text| text.parse::<f64>().is_ok_and(|v| v < 3.0));
        assert!(!shows_numbers, "{:?}", texts(&svg));
    }
}

#[test]
fn narrow_figures_have_fewer_columns() {
    let plot = || Plot::from(chart(vec![Series::line("a", 0, [(0.0, 1.0)])]));
    let tops = |width: f64| -> Vec<String> {
        let text = Figure { width, ..figure(vec![plot(), plot()]) }.to_svg().unwrap();
        let svg = Document::parse(&text).unwrap();
        parts(&svg, "frame").iter().map(|n| n.attribute("y").unwrap().to_owned()).collect()
    };
    let (wide, narrow) = (tops(600.0), tops(360.0));
    assert_eq!(wide[0], wide[1]);
    assert_ne!(narrow[0], narrow[1]);
}

#[test]
fn numbers_that_cannot_be_drawn_are_named() {
    let not_drawable = |error: ReportError, name: &str, at: usize| match error {
        ReportError::NotDrawable { series, index, .. } => assert_eq!((&*series, index), (name, at)),
        error => panic!("{error}"),
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e101] {
        let points = |point| chart(vec![Series::line("a", 0, [(0.0, 0.0), point])]);
        not_drawable(refused(points((bad, 0.0))), "a", 1);
        not_drawable(refused(points((0.0, bad))), "a", 1);
        let band = vec![(0.0, Some([0.0, bad]))];
        not_drawable(
            refused(chart(vec![Series { label: "b".into(), band, ..Series::default() }])),
            "b",
            0,
        );
        let line = VerticalLine { label: "v".into(), class: 0, x: bad };
        not_drawable(refused(Chart { vertical_lines: vec![line], ..chart(vec![]) }), "v", 0);
        let mut group = square(4, false, false);
        group.polylines[1][0][1] = bad;
        let groups = vec![group];
        not_drawable(refused(Trajectories { groups, ..Trajectories::default() }), "group 4", 3);
        let rows = vec![vec![None, None], vec![Some(0.0), Some(bad)]];
        not_drawable(refused(map(rows.clone())), "ring 1", 1);
        not_drawable(refused(heat(rows)), "row 1", 1);
    }
}

#[test]
fn ranges_scales_and_sizes_that_make_no_sense_are_refused() {
    let error = refused(Chart {
        y: Axis::log10("y", ""),
        ..chart(vec![Series::line("a", 0, [(0.0, 1.0), (1.0, 0.0)])])
    });
    assert!(matches!(error, ReportError::NotPositive { index: 1, .. }), "{error}");
    for range in [[1.0, 1.0], [2.0, 1.0], [0.0, f64::NAN], [-1.0, 1e200]] {
        let x = Axis { range: Some(range), ..Axis::linear("x", "") };
        let error = refused(Chart { x, ..chart(vec![]) });
        assert!(matches!(error, ReportError::BadRange { .. }), "{range:?} {error}");
    }
    let x = Axis { range: Some([0.0, 1.0]), ..Axis::log10("x", "") };
    assert!(matches!(refused(Chart { x, ..chart(vec![]) }), ReportError::BadRange { .. }));
    let band = vec![(0.0, Some([1.0, 0.0]))];
    let error = refused(chart(vec![Series { band, ..Series::default() }]));
    assert!(matches!(error, ReportError::BandReversed { index: 0, .. }), "{error}");
    let scale = ColourScale::SymmetricLog { threshold: 0.0 };
    let maps = [
        PolarMap { radius: 0.0, ..map(vec![]) },
        PolarMap { limit: Some(f64::NAN), ..map(vec![]) },
        PolarMap { scale, ..map(vec![]) },
    ];
    for map in maps {
        assert!(matches!(refused(map), ReportError::BadSetting { .. }));
    }
}

#[test]
fn figures_need_a_title_a_panel_and_room() {
    let whole = || figure(vec![chart(vec![]).into()]);
    let error = |figure: Figure| figure.to_svg().unwrap_err();
    assert_eq!(error(Figure { title: " ".into(), ..whole() }), ReportError::NoTitle);
    assert_eq!(error(figure(vec![])), ReportError::NoPanels { title: "title".into() });
    let bad = [
        Figure { width: 100.0, ..whole() },
        Figure { width: f64::NAN, ..whole() },
        Figure { columns: 0, ..whole() },
    ];
    for figure in bad {
        assert!(matches!(error(figure), ReportError::BadSetting { .. }));
    }
}

#[test]
fn a_long_label_leaves_room_for_a_map_of_equal_aspect() {
    let map = HeatMap {
        x: Axis::linear("⺀".repeat(32), "µm"),
        y: Axis::linear("time", "h"),
        x_range: [0.0, 8.6],
        y_range: [-1.0, 0.0],
        value: Quantity::new("⺀".repeat(32), "1/µm"),
        rows: vec![vec![Some(-1.0)]],
        equal_aspect: true,
        ..HeatMap::default()
    };
    let panels = vec![Panel::new("", map)];
    let figure =
        Figure { title: "t".into(), caption: String::new(), width: 285.0, columns: 1, panels };
    let text = figure.to_svg().unwrap();
    let svg = Document::parse(&text).unwrap();
    assert!(frame(&svg)[3] > 0.0, "{:?}", frame(&svg));
}
