//! True forces beside learned ones: maps over distance and angle, and the drag over speed.

use super::{BLACK, Found, rounded};
use crate::Failure;
use crate::species::scores::law;
use pairlaw_law::{Direction, Force, Law};
use pairlaw_report::{
    Angles, Axis, Chart, ColourScale, Panel, PolarMap, Quantity, Series, VerticalLine,
};
use serde_json::{Value, json};
use std::f64::consts::PI;

pub(super) const CAPTION: &str = "\
    Maps of f(r, θ) up to r = 1, where θ is the angle between the focal cell's velocity and the \
    direction to its neighbour; grey if no pair was as far apart. Charts: the magnitudes of both \
    pair forces straight ahead over distance, and the drag over speed, with the largest distance \
    and speed observed. The learned law is that of the mixture.";

/// Radius of the maps, the paper's far-field radius: beyond it nothing would be seen.
const RADIUS: f64 = 1.0;
const N_RINGS: usize = 25;
const N_SECTORS: usize = 15;
const N_POINTS: usize = 240;
/// Where the colours turn from even to logarithmic.
const THRESHOLD: f64 = 1e-2;
/// The charts reach so much farther than the data.
const BEYOND: f64 = 1.15;

/// True and learned law of the first species, and how far the data reach.
struct Laws {
    truth: Law,
    learned: Law,
    largest_distance: f64,
    largest_speed: f64,
}

/// Four maps and two charts of the experiment's first species.
pub(super) fn panels(found: &Found) -> Result<(Vec<Panel>, Value), Failure> {
    let cluster = found.scores.cluster_of_species[0].ok_or("species A was not found")?;
    let laws = Laws {
        truth: found.scenario.laws().swap_remove(0),
        learned: law(&found.scenario, &found.outcome.clusters[cluster])?,
        largest_distance: found.outcome.largest_distance,
        largest_speed: found.outcome.speeds[0],
    };
    let (mut panels, attraction) = laws.maps(Force::AttractionRepulsion);
    let (more, alignment) = laws.maps(Force::Alignment);
    panels.extend(more);
    let (decay, drag) = (laws.decay(), laws.drag());
    let points = |chart: &Chart| -> Vec<Value> {
        let series = chart.series.iter();
        series.map(|s| json!({ "label": s.label, "points": s.points })).collect()
    };
    let data = json!({
        "species": found.scenario.species[0].name(),
        "largest_distance": laws.largest_distance,
        "largest_speed": laws.largest_speed,
        "attraction_repulsion": attraction,
        "alignment": alignment,
        "over_distance": points(&decay),
        "over_speed": points(&drag),
    });
    panels.push(Panel::new("Pair forces straight ahead, θ = 0", decay));
    panels.push(Panel::new("Drag", drag));
    Ok((panels, found.data(data)))
}

impl Laws {
    /// The true force beside the learned one, in the same colours.
    fn maps(&self, force: Force) -> (Vec<Panel>, Value) {
        let [truth, learned] = [&self.truth, &self.learned].map(|law| self.rings(law, force));
        let largest = truth.iter().flatten().flatten().fold(0.0, |a: f64, b| a.max(b.abs()));
        let map = |rings: &[Vec<Option<f64>>]| PolarMap {
            distance: Quantity::new("distance r", ""),
            radius: RADIUS,
            value: Quantity::new(self.name(force), ""),
            rings: rings.to_vec(),
            angles: Angles::Mirrored,
            scale: ColourScale::SymmetricLog { threshold: THRESHOLD },
            limit: (largest > 0.0).then_some(largest),
        };
        let title = |kind: &str| match force {
            Force::Alignment => format!("Alignment, {kind}"),
            _ => format!("Attraction–repulsion, {kind}"),
        };
        let panels = vec![
            Panel::new(title("true"), map(&truth)),
            Panel::new(title("learned"), map(&learned)),
        ];
        let data = json!({ "radius": RADIUS, "true": truth, "learned": learned });
        (panels, data)
    }

    fn name(&self, force: Force) -> &'static str {
        match (force, self.truth.direction) {
            (Force::Alignment, _) => "f_align, times v_i − v_j",
            (_, Direction::Difference) => "f_a-r, times x_i − x_j",
            (_, Direction::Unit) => "f_a-r, along x_i − x_j",
        }
    }

    /// Values at the middle of each cell; none where no pair was seen.
    fn rings(&self, law: &Law, force: Force) -> Vec<Vec<Option<f64>>> {
        let value = |i: usize, j: usize| {
            let r = (i as f64 + 0.5) * RADIUS / N_RINGS as f64;
            let angle = (j as f64 + 0.5) * PI / N_SECTORS as f64;
            (r <= self.largest_distance).then(|| rounded(law.force(force, r, angle.cos())))
        };
        let ring = |i| (0..N_SECTORS).map(|j| value(i, j)).collect();
        (0..N_RINGS).map(ring).collect()
    }

    fn decay(&self) -> Chart {
        let end = BEYOND * self.largest_distance;
        let line = |label: &str, class, law: &Law, force| {
            let point = |k: usize| {
                let r = end * k as f64 / N_POINTS as f64;
                (rounded(r), Some(law.force(force, r, 1.0).abs()).filter(|f| *f > 0.0))
            };
            let mut series = Series::line(label, class, []);
            series.points = (0..=N_POINTS).map(point).collect();
            series
        };
        let (pair, align) = (Force::AttractionRepulsion, Force::Alignment);
        let mut y = Axis::log10("magnitude", "");
        y.range = Some([1e-6, 100.0]);
        Chart {
            x: Axis::linear("distance r", ""),
            y,
            series: vec![
                line("f_a-r, true", 0, &self.truth, pair),
                line("f_a-r, learned", 1, &self.learned, pair),
                line("f_align, true", 2, &self.truth, align),
                line("f_align, learned", 3, &self.learned, align),
            ],
            vertical_lines: vec![VerticalLine {
                label: "largest observed distance".to_owned(),
                class: BLACK,
                x: self.largest_distance,
            }],
            ..Chart::default()
        }
    }

    fn drag(&self) -> Chart {
        let end = BEYOND * self.largest_speed;
        let line = |label: &str, class, law: &Law| {
            let point = |k: usize| {
                let s = end * k as f64 / N_POINTS as f64;
                (rounded(s), rounded(law.force(Force::Drag, s, 0.0)))
            };
            Series::line(label, class, (0..=N_POINTS).map(point))
        };
        Chart {
            x: Axis::linear("speed s", ""),
            y: Axis::linear("f_drag, times v_i", ""),
            series: vec![line("true", 0, &self.truth), line("learned", 1, &self.learned)],
            vertical_lines: vec![VerticalLine {
                label: "largest observed speed".to_owned(),
                class: BLACK,
                x: self.largest_speed,
            }],
            ..Chart::default()
        }
    }
}
