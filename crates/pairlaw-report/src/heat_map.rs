//! Maps of a value over two axes, drawn as a grid of coloured cells.

use std::collections::BTreeSet;

use crate::axis::{Axis, AxisScale, Quantity, Span};
use crate::colour_bar::{self, ColourBar, NO_DATA, STIPPLE, draw_stipples};
use crate::colour_scale::{ColourScale, shade_colour};
use crate::error::{ReportError, drawable};
use crate::frame::Frame;
use crate::legend::Entry;
use crate::svg::{Area, Px, Svg, polyline};

/// Values u(x, y) on a grid of equal cells, or u(x, t) with the time as one of the axes.
///
/// ```text
/// rows[j][i] = u(x_i, y_j),   x_i = x₀ + (i + ½)(x₁ − x₀) / n_columns,   y_j alike
/// ```
///
/// Colours begin at white for zero. Where no value is negative the colour bar shows this half of
/// the scale only; the colours are the same in both cases. A cell that is `None` is greyed and
/// crossed; negative cells are dotted, so that the sign is seen without colour. Points and outlines
/// lie on top and are cut off at the edge of the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// Horizontal axis: linear, without a range of its own.
    pub x: Axis,
    /// Vertical axis: linear, without a range of its own.
    pub y: Axis,
    /// Left edge of the first and right edge of the last cell of a row.
    pub x_range: [f64; 2],
    /// Lower edge of the first and upper edge of the last row.
    pub y_range: [f64; 2],
    /// What the colour measures.
    pub value: Quantity,
    /// Values of equally long rows from below, each from the left.
    pub rows: Vec<Vec<Option<f64>>>,
    /// How values are spread over the colours.
    pub scale: ColourScale,
    /// The colours end at ± this value, beyond it they stay; the largest of the data where `None`.
    pub limit: Option<f64>,
    /// Places of individuals, as small black dots.
    pub points: Vec<[f64; 2]>,
    /// Polylines, such as the borders of a region.
    pub outlines: Vec<Vec<[f64; 2]>>,
    /// Whether a unit is as long upwards as sideways, where half the room is enough for that.
    pub equal_aspect: bool,
}

/// Least height in px of the frame where it is made lower for the sake of the aspect.
const LOWEST: f64 = 40.0;

/// Shades of the cells as the rows have them; `None` is no data.
type Shades = Vec<Vec<Option<i32>>>;

impl HeatMap {
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        for (axis, range) in [(&self.x, self.x_range), (&self.y, self.y_range)] {
            if axis.scale != AxisScale::Linear || axis.range.is_some() {
                let label = axis.quantity.label.clone();
                return Err(ReportError::NotOfGrid { label });
            }
            Axis { range: Some(range), ..axis.clone() }.check()?;
        }
        self.scale.check(self.limit)?;
        let expected = self.rows.first().map_or(0, Vec::len);
        for (row, values) in self.rows.iter().enumerate() {
            if values.len() != expected {
                let (label, n_cells) = (self.value.label.clone(), values.len());
                return Err(ReportError::RaggedRows { label, row, n_cells, expected });
            }
            for (index, value) in values.iter().enumerate() {
                drawable(&format!("row {row}"), index, value.unwrap_or(0.0))?;
            }
        }
        let points = self.points.iter().enumerate().map(|point| ("points", point));
        let outlines = self.outlines.iter().flatten().enumerate();
        let outlines = outlines.map(|point| ("outlines", point));
        points.chain(outlines).try_for_each(|(name, (index, &[x, y]))| {
            drawable(name, index, x)?;
            drawable(name, index, y)
        })
    }

    pub(crate) fn legend(&self) -> Vec<Entry> {
        colour_bar::legend(self.shades().iter().flatten().copied())
    }

    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        let labels = [&self.x.quantity, &self.y.quantity];
        let [x, y] = [self.x_range, self.y_range].map(|[lo, hi]| Span {
            lo,
            hi,
            scale: AxisScale::Linear,
            empty: false,
        });
        let bar = self.bar();
        let fit = |room: Area| {
            let beside =
                |bar: f64| Frame::fit(Area { width: room.width - bar, ..room }, labels, x, y);
            // The bar is as high as the frame, which is as wide as the bar leaves it: fitted twice.
            // Where a long label leaves the frame low, the bar stays high enough for a label of its
            // own.
            let height = beside(bar.width(room.height)).area.height.max(0.5 * room.height);
            (beside(bar.width(height)), height)
        };
        let mut room = room;
        let (mut frame, mut height) = fit(room);
        if self.equal_aspect {
            // Never less than half the room: labels need theirs.
            let ([across, up], full) = (frame.excess(), room.height);
            room.width = (room.width - across).max(0.5 * room.width);
            room.height = (room.height - up).max(0.5 * room.height);
            (frame, height) = fit(room);
            // A label of many lines may need more than that.
            if frame.area.height < LOWEST {
                room.height = full;
                (frame, height) = fit(room);
            }
        }
        let mut contents = Svg::default();
        match self.shades() {
            shades if shades.iter().all(Vec::is_empty) => {
                contents.text(frame.area.centre(), "middle", "no data", "fill=\"#555\"");
            }
            shades => draw_cells(&mut contents, frame.area, &shades),
        }
        self.draw_on_top(&mut contents, &frame);
        frame.draw(svg, labels, &contents.0);
        frame.draw_tick_marks(svg);
        bar.draw(svg, Area { top: frame.area.top, height, ..room });
    }

    /// White below black, to be seen on any colour.
    fn draw_on_top(&self, svg: &mut Svg, frame: &Frame) {
        // What lies far outside stays there, at a place with fewer digits.
        let place = |point: &[f64; 2]| frame.at(*point).map(|px| px.clamp(-1e4, 1e4));
        let outlines = self.outlines.iter().map(|line| polyline(line.iter().map(place)));
        let dots = self.points.iter().map(|point| {
            let [x, y] = place(point);
            format!("M{} {}h0", Px(x), Px(y))
        });
        let parts: [(&str, String, [f64; 2]); 2] =
            [("outlines", outlines.collect(), [2.6, 1.2]), ("points", dots.collect(), [2.6, 1.8])];
        for (part, d, widths) in parts.iter().filter(|(_, d, _)| !d.is_empty()) {
            for (colour, width) in ["#fff", "#000"].into_iter().zip(widths) {
                let attributes = format!(
                    "data-part=\"{part}\" fill=\"none\" stroke=\"{colour}\" \
                     stroke-width=\"{width}\" stroke-linecap=\"round\" stroke-linejoin=\"round\""
                );
                svg.path(d, &attributes);
            }
        }
    }

    fn bar(&self) -> ColourBar<'_> {
        let values = self.rows.iter().flatten().filter_map(|&value| value);
        ColourBar::sided(&self.value, self.scale, self.limit, values)
    }

    fn shades(&self) -> Shades {
        let bar = self.bar();
        let shade = |value: &Option<f64>| value.map(|value| bar.shade(value));
        self.rows.iter().map(|row| row.iter().map(shade).collect()).collect()
    }
}

/// Cells that fill an area, with their stipples.
fn draw_cells(svg: &mut Svg, area: Area, shades: &Shades) {
    let [n_columns, n_rows] = [shades[0].len(), shades.len()];
    // A label of many lines may leave a small figure no height.
    let [width, height] = [area.width / n_columns as f64, area.height.max(1.0) / n_rows as f64];
    // Lines as wide as a cell is high, drawn where a cell is a unit: whole numbers are short. A
    // hundredth more on each side, lest a renderer's rounding opens a gap between rows.
    let (left, lowest) = (Px(area.left), Px(area.bottom() - 0.5 * height));
    svg.push(format_args!(
        "<g data-part=\"cells\" stroke-width=\"1.02\" \
         transform=\"translate({left} {lowest}) scale({width} -{height})\">\n"
    ));
    for shade in shades.iter().flatten().copied().collect::<BTreeSet<Option<i32>>>() {
        let colour = shade.map_or(NO_DATA.to_owned(), shade_colour);
        svg.path(&lines(shades, shade), &format!("stroke=\"{colour}\""));
    }
    svg.push(format_args!("</g>\n"));
    let [across, up] = [width, height].map(|size| (STIPPLE / size).ceil() as usize);
    let rows = shades.iter().enumerate().skip(up / 2).step_by(up);
    draw_stipples(
        svg,
        rows.flat_map(|(j, row)| {
            let y = area.bottom() - height * (j as f64 + 0.5);
            let row = row.iter().enumerate().skip(across / 2).step_by(across);
            row.map(move |(i, &shade)| ([area.left + width * (i as f64 + 0.5), y], shade))
        }),
    );
}

/// Path data of the cells of a shade: a line for each run of them along a row.
///
/// Shades are painted in increasing order, each also below the cells of higher shades around its
/// own. So no background shows between cells, however large the picture is drawn.
fn lines(shades: &Shades, shade: Option<i32>) -> String {
    let is_shade = |j: usize, i: usize| shades.get(j).and_then(|row| row.get(i)) == Some(&shade);
    let beside = |j: usize, i: usize| {
        let around = |k: usize| k.saturating_sub(1)..=k + 1;
        around(j).any(|j| around(i).any(|i| is_shade(j, i)))
    };
    let mut d = String::new();
    for (j, row) in shades.iter().enumerate() {
        let painted: Vec<bool> = (0..row.len()).map(|i| row[i] >= shade && beside(j, i)).collect();
        let mut begin = 0;
        for run in painted.chunk_by(|a, b| a == b) {
            if run[0] {
                d.push_str(&format!("M{begin} {j}h{}", run.len()));
            }
            begin += run.len();
        }
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells of few values and no data in no order.
    fn map(n_rows: usize, n_columns: usize, n_values: usize) -> HeatMap {
        let mut state = 1u64;
        let mut value = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let k = (state >> 33) as usize % n_values;
            (k > 0).then_some(k as f64 - 0.3 * n_values as f64)
        };
        let mut row = |_| (0..n_columns).map(&mut value).collect();
        let rows = (0..n_rows).map(&mut row).collect();
        HeatMap { x_range: [0.0, 1.0], y_range: [0.0, 1.0], rows, ..HeatMap::default() }
    }

    /// Columns from and to, and the row, of each line.
    fn painted(d: &str) -> impl Iterator<Item = [usize; 3]> {
        d.split('M').skip(1).map(|line| {
            let numbers: Vec<usize> = line.split([' ', 'h']).map(|n| n.parse().unwrap()).collect();
            [numbers[0], numbers[0] + numbers[2], numbers[1]]
        })
    }

    #[test]
    fn cells_end_in_their_shade_and_below_each_edge_is_a_cell() {
        let shades = map(13, 17, 6).shades();
        let present: BTreeSet<Option<i32>> = shades.iter().flatten().copied().collect();
        let mut layers = vec![vec![Vec::new(); 17]; 13];
        for &shade in &present {
            for [from, to, j] in painted(&lines(&shades, shade)) {
                layers[j][from..to].iter_mut().for_each(|cell| cell.push(shade));
            }
        }
        for (j, i) in (0..13).flat_map(|j| (0..17).map(move |i| (j, i))) {
            assert_eq!(layers[j][i].last(), Some(&shades[j][i]), "{j} {i}");
            // The lowest of four cells that meet lies below all of them.
            let meeting = [[j, i], [j, i + 1], [j + 1, i], [j + 1, i + 1]];
            let meeting = || meeting.into_iter().filter(|&[j, i]| j < 13 && i < 17);
            let lowest = meeting().map(|[j, i]| shades[j][i]).min().unwrap();
            assert!(meeting().all(|[j, i]| layers[j][i].contains(&lowest)), "{j} {i}");
        }
    }

    #[test]
    fn runs_of_a_shade_are_one_line() {
        let (a, b) = (Some(1), Some(2));
        let shades = vec![vec![a, a, b, b, b], vec![None, a, a, a, a]];
        assert_eq!(lines(&shades, None), "M0 0h2M0 1h2");
        assert_eq!(lines(&shades, a), "M0 0h5M1 1h4");
        assert_eq!(lines(&shades, b), "M2 0h3");
    }

    #[test]
    fn a_map_of_noise_stays_small() {
        let mut svg = Svg::default();
        map(100, 100, 1000)
            .draw(&mut svg, Area { left: 0.0, top: 0.0, width: 400.0, height: 300.0 });
        assert!(svg.0.len() < 200_000, "{}", svg.0.len());
    }
}
