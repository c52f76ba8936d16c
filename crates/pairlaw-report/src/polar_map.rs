//! Maps of a value over distance and angle, drawn as a disc.

use std::f64::consts::TAU;

use crate::axis::{AxisScale, Quantity, Span};
use crate::colour_bar::{self, ColourBar, NO_DATA, STIPPLE, draw_stipples};
use crate::colour_scale::{ColourScale, shade_colour};
use crate::error::{ReportError, at_least, drawable};
use crate::legend::Entry;
use crate::svg::{Area, LINE_HEIGHT, Px, Svg};
use crate::text::{width, wrap};
use crate::ticks::Tick;

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
        at_least("radius of a polar map", self.radius, 1e-90)?;
        self.scale.check(self.limit)?;
        self.cells()
            .try_for_each(|(ring, sector, value)| drawable(&format!("ring {ring}"), sector, value))
    }

    pub(crate) fn legend(&self) -> Vec<Entry> {
        // Without rings all of the disc is without data.
        let missing = self.rings.is_empty().then_some(None);
        let shades = self.shades();
        colour_bar::legend(shades.iter().flatten().copied().chain(missing))
    }

    pub(crate) fn draw(&self, svg: &mut Svg, room: Area) {
        // In a wide room the bar stays near the disc.
        let slack = (room.width - room.height - 120.0).max(0.0);
        let room = Area { left: room.left + 0.5 * slack, width: room.width - slack, ..room };
        let bar_room = Area { top: room.top + 14.0, height: room.height - 28.0, ..room };
        let bar = self.bar();
        bar.draw(svg, bar_room);
        let bar_width = bar.width(bar_room.height);
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

    fn bar(&self) -> ColourBar<'_> {
        let values = self.cells().map(|(_, _, value)| value);
        ColourBar::signed(&self.value, self.scale, self.limit, values)
    }

    /// Shades of all rings around the full turn; a ring without sectors is one without data.
    fn shades(&self) -> Vec<Ring> {
        let bar = self.bar();
        let shade = |sectors: &Vec<Option<f64>>| -> Ring {
            let half = sectors.iter().map(|value| value.map(|v| bar.shade(v)));
            match self.angles {
                _ if sectors.is_empty() => vec![None],
                Angles::FullTurn => half.collect(),
                Angles::Mirrored => half.clone().chain(half.rev()).collect(),
            }
        };
        self.rings.iter().map(shade).collect()
    }
}

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
        let thickness = self.radius / rings.len().max(1) as f64;
        let stride = (STIPPLE / thickness).ceil() as usize;
        let rings_drawn = rings.iter().enumerate().skip(stride / 2).step_by(stride);
        draw_stipples(
            svg,
            rings_drawn.flat_map(|(i, ring)| {
                let radius = (i as f64 + 0.5) / rings.len() as f64;
                let length = TAU * radius * self.radius / ring.len() as f64;
                let stride = (STIPPLE / length).ceil() as usize;
                let sectors = ring.iter().enumerate().skip(stride / 2).step_by(stride);
                sectors.map(move |(j, &shade)| {
                    (self.at(radius, (j as f64 + 0.5) / ring.len() as f64), shade)
                })
            }),
        );
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
