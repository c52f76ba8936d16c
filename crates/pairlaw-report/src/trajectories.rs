//! Trajectories in the plane, with the same scale along both axes.

use crate::axis::{Axis, AxisScale, Quantity};
use crate::error::{ReportError, drawable};
use crate::frame::Frame;
use crate::legend::{Entry, SWATCH};
use crate::style;
use crate::svg::{Area, Svg, polyline};

/// Tracks of many individuals in the plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectories {
    /// Horizontal position.
    pub x: Quantity,
    /// Vertical position, in the same unit.
    pub y: Quantity,
    /// Tracks by class, in order of drawing.
    pub groups: Vec<TrajectoryGroup>,
}

/// Tracks that look alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrajectoryGroup {
    /// Name in the legend.
    pub label: String,
    /// Which colour and marker it has.
    pub class: usize,
    /// Dashed, to be seen over others: learned over recorded, for example.
    pub dashed: bool,
    /// Whether a marker of the class stands at the first point of each polyline.
    pub starts: bool,
    /// Polylines of positions; a track with gaps is several of them.
    pub polylines: Vec<Vec<[f64; 2]>>,
}

impl TrajectoryGroup {
    fn check(&self) -> Result<(), ReportError> {
        let points = self.polylines.iter().flatten();
        points.enumerate().try_for_each(|(index, &[x, y])| {
            drawable(&self.label, index, x)?;
            drawable(&self.label, index, y)
        })
    }

    /// Lines below dashed ones are wide and pale.
    fn attributes(&self, below: bool) -> String {
        match (self.dashed, below) {
            (true, _) => style::stroke(self.class, 1.4, 1.0, "4 3.5"),
            (false, true) => style::stroke(self.class, 3.2, 0.4, "none"),
            (false, false) => style::stroke(self.class, 1.3, 0.85, "none"),
        }
    }

    fn draw(&self, svg: &mut Svg, frame: &Frame, below: bool) {
        svg.push(format_args!("<g data-part=\"trajectories\" {}>\n", self.attributes(below)));
        for points in &self.polylines {
            svg.path(&polyline(points.iter().map(|&point| frame.at(point))), "");
        }
        svg.push(format_args!("</g>\n"));
    }

    fn draw_starts(&self, svg: &mut Svg, frame: &Frame) {
        if self.starts {
            let starts = self.polylines.iter().filter_map(|points| points.first());
            let d = style::markers(self.class, starts.map(|&point| frame.at(point)));
            svg.path(&d, &format!("data-part=\"starts\" {}", style::marker_fill(self.class)));
        }
    }

    fn entry(&self, below: bool) -> Entry {
        let mut svg = Svg::default();
        svg.path(&format!("M0 0H{SWATCH}"), &self.attributes(below));
        if self.starts {
            svg.path(&style::markers(self.class, [[4.0, 0.0]]), &style::marker_fill(self.class));
        }
        Entry::new(svg, &self.label, self.polylines.iter().all(Vec::is_empty))
    }
}

impl Trajectories {
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        self.groups.iter().try_for_each(TrajectoryGroup::check)
    }

    pub(crate) fn legend(&self) -> Vec<Entry> {
        self.groups.iter().map(|group| group.entry(self.has_dashed())).collect()
    }

    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        let labels = [&self.x, &self.y];
        let frame = self.frame(room);
        let mut contents = Svg::default();
        self.groups.iter().for_each(|group| group.draw(&mut contents, &frame, self.has_dashed()));
        self.groups.iter().for_each(|group| group.draw_starts(&mut contents, &frame));
        if self.points().next().is_none() {
            contents.text(frame.area.centre(), "middle", "no data", "fill=\"#555\"");
        }
        frame.draw(svg, labels, &contents.0);
    }

    /// The widened spans change the tick labels and so the room that is left: fitted twice.
    fn frame(&self, room: Area) -> Frame {
        let labels = [&self.x, &self.y];
        let axis = Axis { scale: AxisScale::Linear, ..Axis::default() };
        let [x, y] = [0, 1].map(|k| axis.span(self.points().map(|point| point[k])));
        let mut frame = Frame::fit(room, labels, x, y);
        frame.equalise();
        let mut frame = Frame::fit(room, labels, frame.x, frame.y);
        frame.equalise();
        frame
    }

    fn points(&self) -> impl Iterator<Item = &[f64; 2]> {
        self.groups.iter().flat_map(|group| group.polylines.iter().flatten())
    }

    fn has_dashed(&self) -> bool {
        self.groups.iter().any(|group| group.dashed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_as_long_upwards_as_sideways() {
        let group = TrajectoryGroup {
            polylines: vec![vec![[0.0, 0.0], [300.0, 2.0]], vec![[5.0, -1.0]]],
            ..TrajectoryGroup::default()
        };
        let plot = Trajectories { groups: vec![group], ..Trajectories::default() };
        let frame = plot.frame(Area { left: 0.0, top: 0.0, width: 400.0, height: 300.0 });
        let ([x0, y0], [x1, y1]) = (frame.at([0.0, 0.0]), frame.at([7.0, 7.0]));
        // Rounding.
        assert!(((x1 - x0) - (y0 - y1)).abs() < 1e-9, "{} {}", x1 - x0, y0 - y1);
        assert!(x1 > x0 && y1 < y0);
        // The longer side fills the frame, with its margin of 4 %.
        let shown = [frame.x.lo, frame.x.hi].map(|x| x.round() as i32);
        assert_eq!(shown, [-12, 312]);
    }
}
