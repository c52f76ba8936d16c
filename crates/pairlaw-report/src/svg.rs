//! SVG elements, written one after another with two decimals.

use std::fmt::{Arguments, Display, Formatter, Result, Write};

use crate::text::escape;

/// Size of ordinary text in px.
pub(crate) const FONT_SIZE: f64 = 12.0;

/// Distance of two lines of text in px.
pub(crate) const LINE_HEIGHT: f64 = 15.0;

/// A length in px, written with at most two decimals.
#[derive(Clone, Copy)]
pub(crate) struct Px(pub(crate) f64);

impl Display for Px {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // Adding zero turns −0 into 0. Far outside the drawing the place no longer matters.
        let hundredths = (100.0 * self.0.clamp(-1e5, 1e5)).round();
        write!(f, "{}", hundredths / 100.0 + 0.0)
    }
}

/// A rectangle in px.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(crate) fn centre(&self) -> [f64; 2] {
        [self.left + self.width / 2.0, self.top + self.height / 2.0]
    }
}

/// A piece of SVG text.
#[derive(Default)]
pub(crate) struct Svg(pub(crate) String);

impl Svg {
    /// Appends formatted markup.
    pub(crate) fn push(&mut self, markup: Arguments<'_>) {
        self.0.write_fmt(markup).expect("a String takes any text");
    }

    /// A `<rect>` with the given further attributes.
    pub(crate) fn rect(&mut self, area: Area, attributes: &str) {
        let Area { left, top, width, height } = area;
        let [x, y, w, h] = [left, top, width, height].map(Px);
        self.push(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" {attributes}/>\n"
        ));
    }

    /// A `<path>` with the given further attributes; nothing if it is empty.
    pub(crate) fn path(&mut self, d: &str, attributes: &str) {
        if !d.is_empty() {
            self.push(format_args!("<path d=\"{d}\" {attributes}/>\n"));
        }
    }

    /// A `<text>` anchored (`start`, `middle`, `end`) at `x`, its vertical middle at `y`, with the given further attributes.
    pub(crate) fn text(&mut self, [x, y]: [f64; 2], anchor: &str, text: &str, attributes: &str) {
        // Not every renderer knows dominant-baseline: 0.36 em below the middle is the baseline.
        let (x, y) = (Px(x), Px(y + 0.36 * FONT_SIZE));
        let text = escape(text);
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" {attributes}>{text}</text>\n"
        ));
    }

    /// Lines of text centred on `x`, the first line's top at `top`.
    pub(crate) fn lines(&mut self, x: f64, top: f64, lines: &[String], attributes: &str) {
        for (k, line) in lines.iter().enumerate() {
            let y = top + LINE_HEIGHT * (k as f64 + 0.5);
            self.text([x, y], "middle", line, attributes);
        }
    }

    /// Lines of text that run upwards, centred on `y`, the first line's top at `left`.
    pub(crate) fn upward_lines(&mut self, left: f64, y: f64, lines: &[String]) {
        let (x, y) = (Px(left), Px(y));
        self.push(format_args!("<g transform=\"translate({x} {y}) rotate(-90)\">\n"));
        self.lines(0.0, 0.0, lines, "");
        self.push(format_args!("</g>\n"));
    }
}

/// Path data of a polyline.
pub(crate) fn polyline(points: impl IntoIterator<Item = [f64; 2]>) -> String {
    let mut d = String::new();
    let mut previous = None;
    let mut n_points = 0;
    for [x, y] in points {
        let command = if n_points == 0 { 'M' } else { 'L' };
        let point = format!("{} {}", Px(x), Px(y));
        // Points closer than the resolution only make the file larger; two keep a dot visible.
        if n_points < 2 || previous.as_ref() != Some(&point) {
            d.push(command);
            d.push_str(&point);
        }
        previous = Some(point);
        n_points += 1;
    }
    if n_points == 1 {
        d.push_str("h0");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_decimals_at_most() {
        let shown = [1.0, 2.345, -0.001, 1e9].map(|v| Px(v).to_string());
        assert_eq!(shown, ["1", "2.35", "0", "100000"]);
    }

    #[test]
    fn a_single_point_is_a_dot_and_repeated_points_are_left_out() {
        assert_eq!(polyline([[1.0, 2.0]]), "M1 2h0");
        assert_eq!(polyline([[1.0, 2.0], [1.0, 2.0], [1.0, 2.001], [3.0, 4.0]]), "M1 2L1 2L3 4");
        assert_eq!(polyline([]), "");
    }
}
