//! Figures: panels in rows and columns, written as one SVG.

use crate::chart::Chart;
use crate::error::{ReportError, at_least};
use crate::heat_map::HeatMap;
use crate::legend::{self, Entry};
use crate::polar_map::PolarMap;
use crate::svg::{Area, LINE_HEIGHT, Svg};
use crate::text::{escape, wrap};
use crate::trajectories::Trajectories;

/// Narrowest panel that stays readable, in px.
const NARROWEST: f64 = 280.0;

const MARGIN: f64 = 10.0;

/// How much wider bold letters are.
const BOLD: f64 = 1.15;

/// One picture of one or more panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Heading, and the name that a screen reader says.
    pub title: String,
    /// Description for those who do not see the figure; it is not drawn.
    pub caption: String,
    /// Width in px, at least 280; text is 12 px high.
    pub width: f64,
    /// Most panels side by side; fewer where they would be narrower than 280 px.
    pub columns: usize,
    /// Panels, row by row.
    pub panels: Vec<Panel>,
}

/// A plot with a title.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Heading; empty for none.
    pub title: String,
    /// What is drawn.
    pub plot: Plot,
}

/// The kinds of plots.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// Lines, bands, markers and histograms on two axes.
    Chart(Chart),
    /// Tracks in the plane.
    Trajectories(Trajectories),
    /// Values over distance and angle.
    PolarMap(PolarMap),
    /// Values over two linear axes.
    HeatMap(HeatMap),
}

impl From<Chart> for Plot {
    fn from(chart: Chart) -> Self {
        Self::Chart(chart)
    }
}

impl From<Trajectories> for Plot {
    fn from(trajectories: Trajectories) -> Self {
        Self::Trajectories(trajectories)
    }
}

impl From<PolarMap> for Plot {
    fn from(map: PolarMap) -> Self {
        Self::PolarMap(map)
    }
}

impl From<HeatMap> for Plot {
    fn from(map: HeatMap) -> Self {
        Self::HeatMap(map)
    }
}

impl Plot {
    fn check(&self) -> Result<(), ReportError> {
        match self {
            Self::Chart(chart) => chart.check(),
            Self::Trajectories(trajectories) => trajectories.check(),
            Self::PolarMap(map) => map.check(),
            Self::HeatMap(map) => map.check(),
        }
    }

    fn legend(&self) -> Vec<Entry> {
        match self {
            Self::Chart(chart) => chart.legend(),
            Self::Trajectories(trajectories) => trajectories.legend(),
            Self::PolarMap(map) => map.legend(),
            Self::HeatMap(map) => map.legend(),
        }
    }

    fn draw(&self, svg: &mut Svg, room: Area) {
        match self {
            Self::Chart(chart) => chart.draw(svg, room),
            Self::Trajectories(trajectories) => trajectories.draw(svg, room),
            Self::PolarMap(map) => map.draw(svg, room),
            Self::HeatMap(map) => map.draw(svg, room),
        }
    }
}

impl Panel {
    /// A panel with a heading.
    pub fn new(title: impl Into<String>, plot: impl Into<Plot>) -> Self {
        Self { title: title.into(), plot: plot.into() }
    }
}

impl Figure {
    /// The figure as the text of an SVG file; the same figure gives the same bytes.
    ///
    /// It has a white background, its texts are `<text>`, and it needs no other file. It holds no
    /// ids and may stand in an HTML page beside others. A plot or series without data is said to
    /// be so.
    ///
    /// # Errors
    ///
    /// [`ReportError`] where the title or all panels are missing, a size or a range makes no sense,
    /// or a number cannot be drawn.
    pub fn to_svg(&self) -> Result<String, ReportError> {
        self.check()?;
        let mut body = Svg::default();
        let heading = wrap(&self.title, (self.width - 2.0 * MARGIN) / BOLD);
        body.lines(0.5 * self.width, MARGIN, &heading, "font-weight=\"bold\"");
        let mut top = MARGIN + LINE_HEIGHT * heading.len() as f64;
        for row in self.panels.chunks(self.n_columns()) {
            top = self.draw_row(&mut body, row, top);
        }
        Ok(self.document(top + MARGIN, &body.0))
    }

    fn check(&self) -> Result<(), ReportError> {
        let title = self.title.trim().to_owned();
        if title.is_empty() {
            return Err(ReportError::NoTitle);
        }
        if self.panels.is_empty() {
            return Err(ReportError::NoPanels { title });
        }
        at_least("width of a figure", self.width, NARROWEST)?;
        at_least("number of columns", self.columns as f64, 1.0)?;
        self.panels.iter().try_for_each(|panel| panel.plot.check())
    }

    fn n_columns(&self) -> usize {
        let room = (self.width / NARROWEST) as usize;
        self.columns.min(room).min(self.panels.len()).max(1)
    }

    /// Draws panels side by side with their frames on one level; returns where the row ends.
    fn draw_row(&self, svg: &mut Svg, row: &[Panel], top: f64) -> f64 {
        let pitch = (self.width - MARGIN) / self.n_columns() as f64;
        let width = pitch - MARGIN;
        let titles: Vec<Vec<String>> =
            row.iter().map(|panel| wrap(&panel.title, width / BOLD)).collect();
        let n_lines = titles.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let plot_top = top + MARGIN + LINE_HEIGHT * n_lines;
        let height = (0.72 * width).clamp(260.0, 420.0);
        let legend_top = plot_top + height + 4.0;
        let mut end = legend_top;
        for (k, (panel, title)) in row.iter().zip(&titles).enumerate() {
            let left = MARGIN + pitch * k as f64;
            svg.push(format_args!("<g data-part=\"panel\">\n"));
            svg.lines(left + 0.5 * width, top + MARGIN, title, "font-weight=\"bold\"");
            panel.plot.draw(svg, Area { left, top: plot_top, width, height });
            let legend = legend::draw(svg, &panel.plot.legend(), [left, legend_top], width);
            svg.push(format_args!("</g>\n"));
            end = end.max(legend_top + legend);
        }
        end
    }

    fn document(&self, height: f64, body: &str) -> String {
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        let (w, h) = (self.width.ceil(), height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
             height=\"{h}\" role=\"img\" \
             font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\" \
             fill=\"#222\">\n<title>{title}</title>\n<desc>{caption}</desc>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#fff\"/>\n{body}</svg>\n"
        )
    }
}
