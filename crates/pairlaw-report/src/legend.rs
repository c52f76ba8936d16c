//! Legends: a swatch and a label for each thing drawn, in rows below the plot.

use crate::svg::{LINE_HEIGHT, Px, Svg};
use crate::text::{width, wrap};

/// Width of a swatch in px; it is drawn about (0, 0) to (SWATCH, 0).
pub(crate) const SWATCH: f64 = 28.0;

const GAP: f64 = 6.0;

/// One line of a legend.
pub(crate) struct Entry {
    pub(crate) swatch: String,
    pub(crate) label: String,
}

/// Draws entries in rows of at most `room` px from (left, top); returns the height they take.
pub(crate) fn draw(svg: &mut Svg, entries: &[Entry], [left, top]: [f64; 2], room: f64) -> f64 {
    let (mut x, mut y, mut row_height) = (0.0, 0.0, 0.0);
    for Entry { swatch, label } in entries {
        let lines = wrap(label, room - SWATCH - GAP);
        let text_width = lines.iter().map(|line| width(line)).fold(0.0, f64::max);
        let entry_width = SWATCH + GAP + text_width;
        if x > 0.0 && x + entry_width > room {
            (x, y) = (0.0, y + row_height);
            row_height = 0.0;
        }
        let (begin, middle) = (left + x, top + y + 0.5 * LINE_HEIGHT);
        let (px, py) = (Px(begin), Px(middle));
        svg.push(format_args!("<g transform=\"translate({px} {py})\">\n{swatch}</g>\n"));
        for (k, line) in lines.iter().enumerate() {
            let at = [begin + SWATCH + GAP, middle + LINE_HEIGHT * k as f64];
            svg.text(at, "start", line, "");
        }
        x += entry_width + 2.0 * GAP;
        row_height = f64::max(row_height, LINE_HEIGHT * lines.len().max(1) as f64 + 2.0);
    }
    y + row_height
}

impl Entry {
    /// An entry that says so when nothing was there to draw.
    pub(crate) fn new(swatch: Svg, label: &str, empty: bool) -> Self {
        let label = if empty { format!("{label} (no data)") } else { label.to_owned() };
        Self { swatch: swatch.0, label }
    }
}
