//! What the colours of a map mean: a bar of shades, and stipples that tell the sign without colour.

use crate::axis::Quantity;
use crate::colour_scale::{ColourScale, N_SHADES, shade_colour};
use crate::frame::uncrowded;
use crate::legend::{Entry, SWATCH};
use crate::svg::{Area, LINE_HEIGHT, Px, Svg};
use crate::text::{width, wrap};
use crate::ticks::Tick;

/// Colour of cells without data.
pub(crate) const NO_DATA: &str = "#b5b5b5";

/// Least distance of the dots and crosses in px.
pub(crate) const STIPPLE: f64 = 11.0;

const STIPPLE_STROKE: &str = "data-part=\"stipple\" fill=\"none\" stroke=\"#222\" \
                              stroke-width=\"1.7\" stroke-linecap=\"round\"";
const DOT: &str = "h0";
const CROSS: &str = "m-2 -2l4 4m0 -4l-4 4";

/// Width of the bar without its ticks in px.
const BAR: f64 = 14.0;

/// The colours of a map and the bar that explains them.
pub(crate) struct ColourBar<'a> {
    value: &'a Quantity,
    scale: ColourScale,
    /// Where the colours end.
    limit: f64,
    /// Whether the bar reaches down to −limit rather than to zero.
    signed: bool,
    /// Whether there was nothing to show.
    empty: bool,
}

impl<'a> ColourBar<'a> {
    /// Colours about zero that end at ± the limit given, or at the largest of the data.
    pub(crate) fn signed(
        value: &'a Quantity,
        scale: ColourScale,
        limit: Option<f64>,
        data: impl Iterator<Item = f64>,
    ) -> Self {
        let data: Vec<f64> = data.collect();
        let largest = data.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let empty = limit.is_none() && data.is_empty();
        let limit = limit.unwrap_or(if largest < 1e-90 { 1.0 } else { largest });
        Self { value, scale, limit, signed: true, empty }
    }

    /// The same colours, with a bar that begins at zero where no value is below.
    pub(crate) fn sided(
        value: &'a Quantity,
        scale: ColourScale,
        limit: Option<f64>,
        data: impl Iterator<Item = f64> + Clone,
    ) -> Self {
        let signed = data.clone().any(|value| value < 0.0);
        Self { signed, ..Self::signed(value, scale, limit, data) }
    }

    /// Shade of a value: −[`N_SHADES`] to [`N_SHADES`].
    pub(crate) fn shade(&self, value: f64) -> i32 {
        self.scale.shade(value, self.limit)
    }

    /// Width in px that a bar of this height takes, with ticks and label.
    pub(crate) fn width(&self, height: f64) -> f64 {
        let n_lines = wrap(&self.value.text(), height).len() as f64;
        BAR + 6.0 + tick_width(&self.ticks(height)) + 4.0 + LINE_HEIGHT * n_lines
    }

    /// Draws the bar at the right of the room, as high as it.
    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        let left = room.right() - self.width(room.height);
        let area = Area { left, width: BAR, ..room };
        self.draw_shades(svg, area);
        let ticks = self.ticks(area.height);
        for tick in &ticks {
            let y = area.top + self.depth(tick, area.height);
            svg.path(&format!("M{} {}h4", Px(area.right()), Px(y)), "stroke=\"#444\"");
            svg.text([area.right() + 6.0, y], "start", &tick.label, "");
        }
        let lines = wrap(&self.value.text(), area.height);
        svg.upward_lines(area.right() + 10.0 + tick_width(&ticks), area.centre()[1], &lines);
    }

    fn ticks(&self, height: f64) -> Vec<Tick> {
        let ticks = if self.empty { Vec::new() } else { self.scale.ticks(self.limit, self.signed) };
        uncrowded(ticks, |tick| self.depth(tick, height), |_| LINE_HEIGHT)
    }

    /// How far below the top of a bar of this height a tick stands.
    fn depth(&self, tick: &Tick, height: f64) -> f64 {
        let lowest = if self.signed { -1.0 } else { 0.0 };
        height * (1.0 - self.scale.place(tick.value, self.limit)) / (1.0 - lowest)
    }

    /// The shades from bottom to top, dotted where negative.
    fn draw_shades(&self, svg: &mut Svg, area: Area) {
        let lowest = if self.signed { -N_SHADES } else { 0 };
        let step = area.height / f64::from(N_SHADES - lowest + 1);
        for (k, shade) in (lowest..=N_SHADES).rev().enumerate() {
            let top = area.top + step * k as f64;
            // Half a pixel more, lest the background shows between two shades.
            let height = (step + 0.5).min(area.bottom() - top);
            svg.rect(
                Area { top, height, ..area },
                &format!("data-part=\"shade\" fill=\"{}\"", shade_colour(shade)),
            );
        }
        if self.signed {
            let [x, middle] = area.centre();
            let n_dots = ((0.5 * area.height - 0.5 * STIPPLE) / STIPPLE) as usize;
            let dots = (1..=n_dots).map(|k| [x, middle + STIPPLE * k as f64]);
            draw_stipples(svg, dots.map(|at| (at, Some(-1))));
        }
        svg.rect(area, "fill=\"none\" stroke=\"#444\"");
    }
}

fn tick_width(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|tick| width(&tick.label)).fold(0.0, f64::max)
}

/// Dots where a shade is negative and crosses where there is none, at these places.
pub(crate) fn draw_stipples(svg: &mut Svg, shades: impl Iterator<Item = ([f64; 2], Option<i32>)>) {
    let stipple = |([x, y], shade): ([f64; 2], Option<i32>)| {
        let (x, y) = (Px(x), Px(y));
        match shade {
            None => format!("M{x} {y}{CROSS}"),
            Some(shade) if shade < 0 => format!("M{x} {y}{DOT}"),
            Some(_) => String::new(),
        }
    };
    svg.path(&shades.map(stipple).collect::<String>(), STIPPLE_STROKE);
}

/// What the stipples among these shades mean.
pub(crate) fn legend(shades: impl Iterator<Item = Option<i32>> + Clone) -> Vec<Entry> {
    let entry = |colour: &str, shade: Option<i32>, label| {
        let mut svg = Svg::default();
        let area = Area { left: 4.0, top: -6.0, width: SWATCH - 8.0, height: 12.0 };
        svg.rect(area, &format!("fill=\"{colour}\""));
        draw_stipples(&mut svg, [9.0, 19.0].into_iter().map(|x| ([x, 0.0], shade)));
        Entry::new(svg, label, false)
    };
    let negative = shades.clone().flatten().any(|shade| shade < 0);
    let missing = shades.clone().any(|shade| shade.is_none());
    let dark = -N_SHADES / 3;
    let negative = negative.then(|| entry(&shade_colour(dark), Some(dark), "negative"));
    let missing = missing.then(|| entry(NO_DATA, None, "no data"));
    negative.into_iter().chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(data: &[f64], scale: ColourScale) -> Vec<(String, i32)> {
        let value = Quantity::default();
        let bar = ColourBar::sided(&value, scale, None, data.iter().copied());
        let ticks = bar.ticks(200.0);
        ticks.into_iter().map(|t| (t.label.clone(), bar.depth(&t, 200.0).round() as i32)).collect()
    }

    fn expected(ticks: &[(&str, i32)]) -> Vec<(String, i32)> {
        ticks.iter().map(|&(label, depth)| (label.to_owned(), depth)).collect()
    }

    #[test]
    fn the_bar_begins_at_zero_unless_a_value_is_below() {
        let linear = ColourScale::Linear;
        let half = expected(&[("0", 200), ("1", 150), ("2", 100), ("3", 50), ("4", 0)]);
        assert_eq!(labels(&[0.0, 4.0], linear), half);
        let both = expected(&[("−4", 200), ("−2", 150), ("0", 100), ("2", 50), ("4", 0)]);
        assert_eq!(labels(&[-1.0, 4.0], linear), both);
        let log = ColourScale::SymmetricLog { threshold: 1.0 };
        // log10(1 + 10) / log10(1 + 99) = 0.5207, log10(1 + 1) / 2 = 0.1505.
        assert_eq!(labels(&[99.0], log), expected(&[("0", 200), ("10", 96), ("1", 170)]));
    }

    #[test]
    fn a_bar_without_values_has_no_ticks() {
        assert_eq!(labels(&[], ColourScale::Linear), []);
    }
}
