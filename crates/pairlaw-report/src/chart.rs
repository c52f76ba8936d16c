//! Charts: lines with bands, markers, histograms and vertical lines on two axes.

use crate::axis::{Axis, AxisScale, Span};
use crate::error::{LARGEST, ReportError};
use crate::frame::Frame;
use crate::histogram::Histogram;
use crate::legend::{Entry, SWATCH};
use crate::style;
use crate::svg::{Area, Px, Svg, polyline};

/// Numbers over numbers; leave empty what is not needed (`..Chart::default()`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Bars behind the lines.
    pub histograms: Vec<Histogram>,
    /// Lines and points.
    pub series: Vec<Series>,
    /// Lines from bottom to top at one place of the horizontal axis.
    pub vertical_lines: Vec<VerticalLine>,
}

/// What is drawn at the points of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// A line that joins them.
    #[default]
    Line,
    /// A marker at each.
    Markers,
    /// Both.
    LineAndMarkers,
}

/// Points in order of drawing, with an optional band around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub label: String,
    /// Which colour, dash and marker it has.
    pub class: usize,
    /// Line, markers or both.
    pub mark: Mark,
    /// x and y; the line is broken where y is `None`.
    pub points: Vec<(f64, Option<f64>)>,
    /// x and the lower and upper bound of y; the band is broken where they are `None`.
    pub band: Vec<(f64, Option<[f64; 2]>)>,
}

/// A place of the horizontal axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VerticalLine {
    /// Name in the legend.
    pub label: String,
    /// Which colour and dash it has.
    pub class: usize,
    /// Where it stands, in the unit of the horizontal axis.
    pub x: f64,
}

impl Series {
    /// A line without gaps and without a band.
    pub fn line(
        label: impl Into<String>,
        class: usize,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().map(|(x, y)| (x, Some(y))).collect();
        Self { label: label.into(), class, points, ..Self::default() }
    }

    /// Markers without a line.
    pub fn markers(
        label: impl Into<String>,
        class: usize,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        Self { mark: Mark::Markers, ..Self::line(label, class, points) }
    }

    fn check(&self, x: &Axis, y: &Axis) -> Result<(), ReportError> {
        for (index, &(at, value)) in self.points.iter().enumerate() {
            x.place(&self.label, index, at)?;
            value.map_or(Ok(()), |value| y.place(&self.label, index, value))?;
        }
        for (index, &(at, bounds)) in self.band.iter().enumerate() {
            x.place(&self.label, index, at)?;
            let Some([low, high]) = bounds else { continue };
            y.place(&self.label, index, low)?;
            y.place(&self.label, index, high)?;
            if low > high {
                let series = self.label.clone();
                return Err(ReportError::BandReversed { series, index, low, high });
            }
        }
        Ok(())
    }

    fn heights(&self) -> impl Iterator<Item = f64> {
        let points = self.points.iter().filter_map(|point| point.1);
        points.chain(self.band.iter().filter_map(|bounds| bounds.1).flatten())
    }

    fn draw_band(&self, svg: &mut Svg, frame: &Frame) {
        for run in self.band.split(|bounds| bounds.1.is_none()) {
            let bound = |k: usize| {
                run.iter().filter_map(move |&(x, bounds)| Some(frame.at([x, bounds?[k]])))
            };
            let around: Vec<[f64; 2]> =
                bound(0).chain(bound(1).collect::<Vec<_>>().into_iter().rev()).collect();
            svg.path(
                &polyline(around),
                &format!("data-part=\"band\" {}", style::fill(self.class, 0.22)),
            );
        }
    }

    fn draw(&self, svg: &mut Svg, frame: &Frame) {
        let place = |&(x, y): &(f64, Option<f64>)| Some(frame.at([x, y?]));
        if self.mark != Mark::Markers {
            let runs = self.points.split(|point| point.1.is_none());
            let d: String = runs.map(|run| polyline(run.iter().filter_map(place))).collect();
            svg.path(&d, &format!("data-part=\"line\" {}", style::line(self.class)));
        }
        if self.mark != Mark::Line {
            let d = style::markers(self.class, self.points.iter().filter_map(place));
            svg.path(&d, &format!("data-part=\"markers\" {}", style::marker_fill(self.class)));
        }
    }

    fn entry(&self) -> Entry {
        let mut svg = Svg::default();
        if !self.band.is_empty() {
            let area = Area { left: 0.0, top: -5.0, width: SWATCH, height: 10.0 };
            svg.rect(area, &style::fill(self.class, 0.22));
        }
        if self.mark != Mark::Markers {
            svg.path(&format!("M0 0H{SWATCH}"), &style::line(self.class));
        }
        if self.mark != Mark::Line {
            let d = style::markers(self.class, [[SWATCH / 2.0, 0.0]]);
            svg.path(&d, &style::marker_fill(self.class));
        }
        Entry::new(svg, &self.label, self.heights().next().is_none())
    }
}

impl Chart {
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        self.x.check()?;
        self.y.check()?;
        self.histograms.iter().try_for_each(|bars| bars.check(&self.x))?;
        self.series.iter().try_for_each(|series| series.check(&self.x, &self.y))?;
        self.vertical_lines.iter().try_for_each(|line| self.x.place(&line.label, 0, line.x))
    }

    pub(crate) fn legend(&self) -> Vec<Entry> {
        let vertical = |line: &VerticalLine| {
            let mut svg = Svg::default();
            svg.path(&format!("M{} -8v16", SWATCH / 2.0), &style::line(line.class));
            Entry::new(svg, &line.label, false)
        };
        let bars = self.histograms.iter().map(Histogram::entry);
        let series = self.series.iter().map(Series::entry);
        bars.chain(series).chain(self.vertical_lines.iter().map(vertical)).collect()
    }

    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        let labels = [&self.x.quantity, &self.y.quantity];
        let frame = Frame::fit(room, labels, self.x_span(), self.y_span());
        let mut contents = Svg::default();
        self.histograms.iter().for_each(|bars| bars.draw(&mut contents, &frame));
        self.series.iter().for_each(|series| series.draw_band(&mut contents, &frame));
        for line in &self.vertical_lines {
            let [x, _] = frame.at([line.x, frame.y.lo]);
            let d = format!("M{} {}V{}", Px(x), Px(frame.area.top), Px(frame.area.bottom()));
            contents.path(&d, &format!("data-part=\"vertical\" {}", style::line(line.class)));
        }
        self.series.iter().for_each(|series| series.draw(&mut contents, &frame));
        if self.heights().next().is_none() {
            contents.text(frame.area.centre(), "middle", "no data", "fill=\"#555\"");
        }
        frame.draw(svg, labels, &contents.0);
    }

    fn heights(&self) -> impl Iterator<Item = f64> {
        let counts = self.histograms.iter().flat_map(|bars| bars.counts.iter().copied());
        self.series.iter().flat_map(Series::heights).chain(counts)
    }

    fn x_span(&self) -> Span {
        let points = self.series.iter().flat_map(|series| series.points.iter().map(|p| p.0));
        let bands = self.series.iter().flat_map(|series| series.band.iter().map(|p| p.0));
        let edges = self.histograms.iter().flat_map(|bars| bars.edges.iter().copied());
        let places = self.vertical_lines.iter().map(|line| line.x);
        self.x.span(points.chain(bands).chain(edges).chain(places))
    }

    /// Bars stand on zero; on a logarithmic axis their foot is half the lowest height.
    fn y_span(&self) -> Span {
        let log = self.y.scale == AxisScale::Log10;
        let mut span =
            self.y.span(self.heights().filter(|&height| !log || height >= 1.0 / LARGEST));
        if self.y.range.is_none() && self.histograms.iter().any(|bars| !bars.counts.is_empty()) {
            span.lo = match log {
                true => 0.5 * span.lo,
                false if self.heights().all(|height| height >= 0.0) => 0.0,
                false => span.lo,
            };
        }
        span
    }
}
