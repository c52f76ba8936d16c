//! Maps of a value over distance and angle, drawn as a disc.

use std::f64::consts::TAU;

use crate::axis::{AxisScale, Quantity, Span};
use crate::colour_scale::{ColourScale, N_SHADES, shade_colour};
use crate::error::{ReportError, at_least, drawable};
use crate::frame::uncrowded;
use crate::legend::{Entry, SWATCH};
use crate::svg::{Area, LINE_HEIGHT, Px, Svg};
use crate::text::{width, wrap};
use crate::ticks::Tick;

const NO_DATA: &str = "#b5b5b5";

/// Distance of the dots and crosses that tell the sign without colour, in px.
const STIPPLE: f64 = 11.0;

/// Which angles the sectors of a ring cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Angles {
    /// 0 to 2π.
    #[default]
    FullTurn,
    /// 0 to π; the other half is their mirror image, f(r, −θ) = f(r, θ).
    Mirrored,
}

/// Values f(r, θ) on a grid of rings and sectors.
///
/// ```text
/// rings[i][j] = f(r_i, θ_j),   r_i = (i + ½) R / n_rings,   θ_j = (j + ½) Θ / n_sectors(i)
/// ```
///
/// with Θ = 2π, or π where mirrored. Angle 0 points to the right, angles run anticlockwise. A cell
/// that is `None` is greyed and crossed; negative cells are dotted, so that the sign is seen
/// without colour. Rings may differ in their number of sectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolarMap {
    /// What the radius measures.
    pub distance: Quantity,
    /// Radius R of the disc, in the unit of the distance.
    pub radius: f64,
    /// What the colour measures.
    pub value: Quantity,
    /// Values from the innermost ring outwards, each from angle 0 on.
    pub rings: Vec<Vec<Option<f64>>>,
    /// Which angles the sectors cover.
    pub angles: Angles,
    /// How values are spread over the colours.
    pub scale: ColourScale,
    /// The colours end at ± this value, beyond it they stay; the largest of the data where `None`.
    pub limit: Option<f64>,
}

/// One ring of shades around the full turn; `None` is no data.
type Ring = Vec<Option<i32>>;

impl PolarMap {
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let least = 1e-90;
        at_least("radius of a polar map", self.radius, least)?;
        at_least("limit of the colours", self.limit.unwrap_or(1.0), least)?;
        if let ColourScale::SymmetricLog { threshold } = self.scale {
            at_least("threshold of the symmetric logarithm", threshold, least)?;
        }
        self.cells()
            .try_for_each(|(ring, sector, value)| drawable(&format!("ring {ring}"), sector, value))
    }

    pub(crate) fn legend(&self) -> Vec<Entry> {
        let entry = |colour: &str, stipple: &str, label| {
            let mut svg = Svg::default();
            let area = Area { left: 4.0, top: -6.0, width: SWATCH - 8.0, height: 12.0 };
            svg.rect(area, &format!("fill=\"{colour}\""));
            svg.path(&[9.0, 19.0].map(|x| format!("M{x} 0{stipple}")).concat(), STIPPLE_STROKE);
            Entry::new(svg, label, false)
        };
        let shades = || self.shades().into_iter().flatten();
        let negative = shades().any(|shade| shade.is_some_and(|shade| shade < 0));
        let missing = self.rings.is_empty() || shades().any(|shade| shade.is_none());
        let negative = negative.then(|| entry(&shade_colour(-N_SHADES / 3), DOT, "negative"));
        let missing = missing.then(|| entry(NO_DATA, CROSS, "no data"));
        negative.into_iter().chain(missing).collect()
    }

    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        // In a wide room the bar stays near the disc.
        let slack = (room.width - room.height - 120.0).max(0.0);
        let room = Area { left: room.left + 0.5 * slack, width: room.width - slack, ..room };
        let bar_width = self.draw_colour_bar(svg, room);
        let lines = wrap(&format!("radius: {}", self.distance.text()), room.width - bar_width);
        let foot = LINE_HEIGHT * lines.len() as f64;
        // The labels of the angles stand around the disc.
        let [across, up] = [room.width - bar_width - 72.0, room.height - foot - 44.0];
        let centre =
            [room.left + 0.5 * (room.width - bar_width), room.top + 0.5 * (room.height - foot)];
        let disc = Disc { centre, radius: 0.5 * across.min(up).max(40.0) };
        let rings = self.shades();
        disc.background(svg);
        svg.push(format_args!("<g data-part=\"cells\" stroke-width=\"0.5\">\n"));
        for (k, ring) in rings.iter().enumerate() {
            disc.cells(svg, ring, [k, k + 1].map(|k| k as f64 / rings.len() as f64));
        }
        svg.push(format_args!("</g>\n"));
        disc.stipples(svg, &rings);
        disc.grid(svg, self.radius, self.angles);
        svg.lines(centre[0], room.bottom() - foot, &lines, "");
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        self.rings.iter().enumerate().flat_map(|(ring, sectors)| {
            let values = sectors.iter().enumerate();
            values.filter_map(move |(sector, &value)| Some((ring, sector, value?)))
        })
    }

    fn largest(&self) -> f64 {
        let largest = self.cells().map(|(_, _, value)| value.abs()).fold(0.0, f64::max);
        self.limit.unwrap_or(if largest < 1e-90 { 1.0 } else { largest })
    }

    /// Shades of all rings around the full turn; a ring without sectors is one without data.
    fn shades(&self) -> Vec<Ring> {
        let limit = self.largest();
        let shade = |sectors: &Vec<Option<f64>>| -> Ring {
            let half = sectors.iter().map(|value| value.map(|v| self.scale.shade(v, limit)));
            match self.angles {
                _ if sectors.is_empty() => vec![None],
                Angles::FullTurn => half.collect(),
                Angles::Mirrored => half.clone().chain(half.rev()).collect(),
            }
        };
        self.rings.iter().map(shade).collect()
    }

    /// Draws the bar at the right of the room; returns the width it takes.
    fn draw_colour_bar(&self, svg: &mut Svg, room: Area) -> f64 {
        let (top, height) = (room.top + 14.0, room.height - 28.0);
        let limit = self.largest();
        let place = |t: f64| top + 0.5 * height * (1.0 - t);
        let empty = self.limit.is_none() && self.cells().next().is_none();
        let ticks = uncrowded(
            if empty { Vec::new() } else { self.scale.ticks(limit) },
            |tick| place(self.scale.place(tick.value, limit)),
            |_| LINE_HEIGHT,
        );
        let tick_width = ticks.iter().map(|tick| width(&tick.label)).fold(0.0, f64::max);
        let lines = wrap(&self.value.text(), height);
        let total = 14.0 + 6.0 + tick_width + 4.0 + LINE_HEIGHT * lines.len() as f64;
        let left = room.right() - total;
        let area = Area { left, top, width: 14.0, height };
        draw_bar(svg, area);
        for tick in &ticks {
            let y = place(self.scale.place(tick.value, limit));
            svg.path(&format!("M{} {}h4", Px(area.right()), Px(y)), "stroke=\"#444\"");
            svg.text([area.right() + 6.0, y], "start", &tick.label, "");
        }
        svg.upward_lines(area.right() + 10.0 + tick_width, area.centre()[1], &lines);
        total
    }
}

/// The shades from bottom to top, dotted where negative.
fn draw_bar(svg: &mut Svg, area: Area) {
    let n = 2 * N_SHADES + 1;
    let step = area.height / f64::from(n);
    for (k, shade) in (-N_SHADES..=N_SHADES).rev().enumerate() {
        let top = area.top + step * k as f64;
        // Half a pixel more, lest the background shows between two shades.
        let height = (step + 0.5).min(area.bottom() - top);
        svg.rect(
            Area { top, height, ..area },
            &format!("data-part=\"shade\" fill=\"{}\"", shade_colour(shade)),
        );
    }
    let [x, middle] = area.centre();
    let n_dots = ((0.5 * area.height - 0.5 * STIPPLE) / STIPPLE) as usize;
    let dots = (1..=n_dots).map(|k| format!("M{} {}{DOT}", Px(x), Px(middle + STIPPLE * k as f64)));
    svg.path(&dots.collect::<String>(), STIPPLE_STROKE);
    svg.rect(area, "fill=\"none\" stroke=\"#444\"");
}

const STIPPLE_STROKE: &str = "data-part=\"stipple\" fill=\"none\" stroke=\"#222\" \
                              stroke-width=\"1.7\" stroke-linecap=\"round\"";
const DOT: &str = "h0";
const CROSS: &str = "m-2 -2l4 4m0 -4l-4 4";

/// A disc of the drawing, in px.
struct Disc {
    centre: [f64; 2],
    radius: f64,
}

impl Disc {
    /// Place in px of a radius (1 at the rim) and an angle (1 for a full turn).
    fn at(&self, radius: f64, turn: f64) -> [f64; 2] {
        let (sin, cos) = (TAU * turn).sin_cos();
        let r = self.radius * radius;
        [self.centre[0] + r * cos, self.centre[1] - r * sin]
    }

    fn background(&self, svg: &mut Svg) {
        let [x, y] = self.centre.map(Px);
        let r = Px(self.radius);
        svg.push(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{NO_DATA}\"/>\n"));
    }

    /// One path for each run of sectors of the same shade; no data is the background.
    fn cells(&self, svg: &mut Svg, ring: &Ring, radii: [f64; 2]) {
        let mut begin = 0;
        for run in ring.chunk_by(|a, b| a == b) {
            let end = begin + run.len();
            if let Some(shade) = run[0] {
                let turns = [begin, end].map(|j| j as f64 / ring.len() as f64);
                let colour = shade_colour(shade);
                svg.path(
                    &self.sector(radii, turns),
                    &format!("fill=\"{colour}\" stroke=\"{colour}\""),
                );
            }
            begin = end;
        }
    }

    /// Path data of a sector of a ring; two arcs a side, since an arc cannot be a full circle.
    fn sector(&self, [inner, outer]: [f64; 2], [from, to]: [f64; 2]) -> String {
        let middle = 0.5 * (from + to);
        let arc = |radius: f64, turn: f64, sweep: u8| {
            let ([x, y], r) = (self.at(radius, turn).map(Px), Px(radius * self.radius));
            format!("A{r} {r} 0 0 {sweep} {x} {y}")
        };
        let ([x0, y0], [x1, y1]) = (self.at(outer, from).map(Px), self.at(inner, to).map(Px));
        let outwards = [middle, to].map(|turn| arc(outer, turn, 0)).concat();
        let back = [middle, from].map(|turn| arc(inner, turn, 1)).concat();
        format!("M{x0} {y0}{outwards}L{x1} {y1}{back}z")
    }

    /// Dots on negative cells and crosses on those without data, wherever there is room for one.
    fn stipples(&self, svg: &mut Svg, rings: &[Ring]) {
        let mut d = String::new();
        let thickness = self.radius / rings.len().max(1) as f64;
        let stride = (STIPPLE / thickness).ceil() as usize;
        for (i, ring) in rings.iter().enumerate().skip(stride / 2).step_by(stride) {
            let radius = (i as f64 + 0.5) / rings.len() as f64;
            let length = TAU * radius * self.radius / ring.len() as f64;
            let stride = (STIPPLE / length).ceil() as usize;
            for (j, &shade) in ring.iter().enumerate().skip(stride / 2).step_by(stride) {
                let stipple = match shade {
                    None => CROSS,
                    Some(shade) if shade < 0 => DOT,
                    Some(_) => continue,
                };
                let [x, y] = self.at(radius, (j as f64 + 0.5) / ring.len() as f64).map(Px);
                d.push_str(&format!("M{x} {y}{stipple}"));
            }
        }
        svg.path(&d, STIPPLE_STROKE);
    }

    /// Circles with their distances and the angles around the rim.
    fn grid(&self, svg: &mut Svg, radius: f64, angles: Angles) {
        let [x, y] = self.centre.map(Px);
        let circle = |svg: &mut Svg, r: f64, attributes: &str| {
            let r = Px(r * self.radius);
            svg.push(format_args!(
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" {attributes}/>\n"
            ));
        };
        let span = Span { lo: 0.0, hi: radius, scale: AxisScale::Linear, empty: false };
        for Tick { value, label } in span.ticks(3) {
            if value > 0.0 {
                circle(svg, value / radius, "stroke=\"#444\" stroke-width=\"0.6\"");
                let [x, y] = self.at(value / radius, 0.125);
                let (width, height) = (width(&label) + 2.0, LINE_HEIGHT - 1.0);
                let (left, top) = (x - 0.5 * width, y - 0.5 * height);
                let behind = "rx=\"3\" fill=\"#fff\" fill-opacity=\"0.8\"";
                svg.rect(Area { left, top, width, height }, behind);
                svg.text([x, y], "middle", &label, "");
            }
        }
        circle(svg, 1.0, "data-part=\"rim\" stroke=\"#444\"");
        let below = if angles == Angles::Mirrored { "90°" } else { "270°" };
        let [right, top, left, bottom] = [0.0, 0.25, 0.5, 0.75].map(|turn| self.at(1.0, turn));
        svg.text([right[0] + 6.0, right[1]], "start", "0°", "");
        svg.text([top[0], top[1] - 10.0], "middle", "90°", "");
        svg.text([left[0] - 6.0, left[1]], "end", "180°", "");
        svg.text([bottom[0], bottom[1] + 10.0], "middle", below, "");
    }
}
