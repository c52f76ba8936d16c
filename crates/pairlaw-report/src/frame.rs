//! The frame of a plot with two axes: where it lies, its ticks, grid and labels.

use crate::axis::{Quantity, Span};
use crate::svg::{Area, LINE_HEIGHT, Px, Svg};
use crate::text::{width, wrap};
use crate::ticks::Tick;

/// Room between tick labels and their axis in px.
const TICK: f64 = 5.0;

/// A rectangle of the drawing that shows two spans of values.
pub(crate) struct Frame {
    pub(crate) area: Area,
    pub(crate) x: Span,
    pub(crate) y: Span,
}

impl Frame {
    /// The frame that leaves room for tick labels and axis labels.
    pub(crate) fn fit(room: Area, labels: [&Quantity; 2], x: Span, y: Span) -> Self {
        let ticks = y_ticks(&y, room.height);
        let tick_width = ticks.iter().map(|tick| width(&tick.label)).fold(0.0, f64::max);
        let n_lines = wrap(&labels[1].text(), 0.8 * room.height).len() as f64;
        let left = n_lines * LINE_HEIGHT + tick_width + 2.0 * TICK;
        // The last label of the x axis may stand half outside.
        let inner = (room.width - left - 20.0).max(40.0);
        let n_lines = wrap(&labels[0].text(), inner).len() as f64;
        let foot = (n_lines + 1.0) * LINE_HEIGHT + TICK;
        let (left, top) = (room.left + left, room.top + 6.0);
        let area = Area { left, top, width: inner, height: room.height - foot - 6.0 };
        Self { area, x, y }
    }

    /// Widens one span about its middle until both have the same scale in px.
    pub(crate) fn equalise(&mut self) {
        let per_px = |span: &Span, length: f64| (span.hi - span.lo) / length;
        let scale = per_px(&self.x, self.area.width).max(per_px(&self.y, self.area.height));
        for (span, length) in [(&mut self.x, self.area.width), (&mut self.y, self.area.height)] {
            let (middle, half) = (0.5 * (span.lo + span.hi), 0.5 * scale * length);
            (span.lo, span.hi) = (middle - half, middle + half);
        }
    }

    /// How much of the width and the height must go for both spans to have the same scale in px.
    pub(crate) fn excess(&self) -> [f64; 2] {
        let Self { area, x, y } = self;
        let per_px = ((x.hi - x.lo) / area.width).max((y.hi - y.lo) / area.height);
        [area.width - (x.hi - x.lo) / per_px, area.height - (y.hi - y.lo) / per_px]
    }

    /// Place in px of a point.
    pub(crate) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let Area { left, width, height, .. } = self.area;
        [left + width * self.x.fraction(x), self.area.top + height * (1.0 - self.y.fraction(y))]
    }

    /// Draws grid, contents clipped to the frame, border, ticks and labels.
    pub(crate) fn draw(&self, svg: &mut Svg, labels: [&Quantity; 2], contents: &str) {
        let area = self.area;
        let [x_ticks, y_ticks] = self.ticks();
        self.grid(svg, &x_ticks, &y_ticks);
        let [x, y, w, h] = [area.left, area.top, area.width, area.height].map(Px);
        // A nested svg clips without an id, which could clash with those of other figures.
        svg.push(format_args!(
            "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"{x} {y} {w} {h}\">\n\
             {contents}</svg>\n"
        ));
        svg.rect(area, "data-part=\"frame\" fill=\"none\" stroke=\"#444\"");
        for tick in &x_ticks {
            let [x, _] = self.at([tick.value, self.y.lo]);
            svg.text([x, area.bottom() + TICK + 7.0], "middle", &tick.label, "");
        }
        for tick in &y_ticks {
            let [_, y] = self.at([self.x.lo, tick.value]);
            svg.text([area.left - TICK, y], "end", &tick.label, "");
        }
        self.label_axes(svg, labels, &y_ticks);
    }

    /// Marks the ticks outside the frame, for contents that cover the grid.
    pub(crate) fn draw_tick_marks(&self, svg: &mut Svg) {
        let [x_ticks, y_ticks] = self.ticks();
        let [left, bottom] = [self.area.left, self.area.bottom()].map(Px);
        let below = x_ticks
            .iter()
            .map(|tick| format!("M{} {bottom}v4", Px(self.at([tick.value, self.y.lo])[0])));
        let beside = y_ticks
            .iter()
            .map(|tick| format!("M{left} {}h-4", Px(self.at([self.x.lo, tick.value])[1])));
        svg.path(&below.chain(beside).collect::<String>(), "stroke=\"#444\"");
    }

    fn ticks(&self) -> [Vec<Tick>; 2] {
        let size = |tick: &Tick| width(&tick.label) + 8.0;
        let x_ticks = spaced_ticks(&self.x, self.area.width, 30.0, size);
        [x_ticks, y_ticks(&self.y, self.area.height)]
    }

    fn grid(&self, svg: &mut Svg, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let Area { left, top, width, height } = self.area;
        let [mut major, mut minor] = [String::new(), String::new()];
        for tick in x_ticks {
            let d = if tick.label.is_empty() { &mut minor } else { &mut major };
            let [x, _] = self.at([tick.value, self.y.lo]);
            d.push_str(&format!("M{} {}v{}", Px(x), Px(top), Px(height)));
        }
        for tick in y_ticks {
            let d = if tick.label.is_empty() { &mut minor } else { &mut major };
            let [_, y] = self.at([self.x.lo, tick.value]);
            d.push_str(&format!("M{} {}h{}", Px(left), Px(y), Px(width)));
        }
        svg.path(&minor, "data-part=\"grid\" stroke=\"#eee\" stroke-width=\"0.6\"");
        svg.path(&major, "data-part=\"grid\" stroke=\"#ddd\"");
    }

    fn label_axes(&self, svg: &mut Svg, labels: [&Quantity; 2], y_ticks: &[Tick]) {
        let area = self.area;
        let [centre, middle] = area.centre();
        let lines = wrap(&labels[0].text(), area.width);
        svg.lines(centre, area.bottom() + TICK + LINE_HEIGHT, &lines, "");
        let tick_width = y_ticks.iter().map(|tick| width(&tick.label)).fold(0.0, f64::max);
        let lines = wrap(&labels[1].text(), area.height);
        let left = area.left - 2.0 * TICK - tick_width - LINE_HEIGHT * lines.len() as f64;
        svg.upward_lines(left, middle, &lines);
    }
}

fn y_ticks(span: &Span, height: f64) -> Vec<Tick> {
    spaced_ticks(span, height, 32.0, |_| LINE_HEIGHT)
}

/// As many ticks, at least `step` px apart, as have room for labels of this size along the axis.
fn spaced_ticks(span: &Span, length: f64, step: f64, size: impl Fn(&Tick) -> f64) -> Vec<Tick> {
    // Three steps: a step of 5 · 10ᵏ, where two times it were enough, could miss the span.
    let most = (length / step).clamp(3.0, 10.0) as usize;
    let place = |tick: &Tick| length * span.fraction(tick.value);
    let n_labels = |ticks: &[Tick]| ticks.iter().filter(|tick| !tick.label.is_empty()).count();
    let mut ticks = Vec::new();
    for n_steps in (3..=most).rev() {
        let crowded = span.ticks(n_steps);
        let n_crowded = n_labels(&crowded);
        ticks = uncrowded(crowded, place, &size);
        if n_labels(&ticks) == n_crowded {
            break;
        }
    }
    ticks
}

/// Ticks without the labels that would overlap the label of an earlier tick.
pub(crate) fn uncrowded(
    mut ticks: Vec<Tick>,
    place: impl Fn(&Tick) -> f64,
    size: impl Fn(&Tick) -> f64,
) -> Vec<Tick> {
    let mut taken: Vec<[f64; 2]> = Vec::new();
    for tick in ticks.iter_mut().filter(|tick| !tick.label.is_empty()) {
        let (middle, half) = (place(tick), 0.5 * size(tick));
        let [begin, end] = [middle - half, middle + half];
        if taken.iter().all(|&[b, e]| end <= b + 1e-6 || begin >= e - 1e-6) {
            taken.push([begin, end]);
        } else {
            tick.label.clear();
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;

    #[test]
    fn labels_give_way_to_earlier_ones() {
        let tick = |value: f64| Tick { value, label: format!("{value}") };
        let ticks = uncrowded([0.0, 4.0, 10.0, 21.0].map(tick).into(), |t| t.value, |_| 10.0);
        let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0", "", "10", "21"]);
    }

    #[test]
    fn a_narrow_axis_has_fewer_labels() {
        let span = Axis::default().span([1000.0, 2000.0].into_iter());
        let n_labels = |length: f64| {
            let ticks = spaced_ticks(&span, length, 10.0, |_| 40.0);
            ticks.iter().filter(|tick| !tick.label.is_empty()).count()
        };
        // Steps of 200 are 41 px, of 500 they are 46 px, of 1000 they are 46 px and then 37 px.
        assert_eq!([220.0, 100.0, 50.0, 40.0].map(n_labels), [6, 3, 2, 1]);
    }
}
