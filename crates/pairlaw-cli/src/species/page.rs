//! The report of the species learner: a page that says first what is supported.

use super::pictures::{ForceLine, ForceMap, LawPicture, Pictures};
use super::result::{SpeciesFound, SpeciesResult};
use crate::law_json::{StoredForce, StoredOneBody, StoredTerm, Verdict};
use crate::options::PairDirection;
use crate::output::json;
use crate::output::short;
use crate::page::{facts, input_section, picture, table, unit};
use pairlaw_report::{
    Angles, Axis, Block, CellMark, Chart, ColourScale, DataLink, Document, Mark, Panel, PolarMap,
    Quantity, Section, Series, Table, TableCell, Trajectories, TrajectoryGroup,
};
use pairlaw_run::Failure;

/// The text of report.html.
pub(crate) fn page(result: &SpeciesResult, pictures: &Pictures) -> Result<String, Failure> {
    let mut sections =
        vec![supported(result), input_section(&result.head.input, &preparation(result))];
    for (k, (species, law)) in result.species.iter().zip(&pictures.laws).enumerate() {
        sections.push(species_section(result, k, species, law)?);
    }
    sections.push(membership(result, pictures)?);
    let document = Document {
        title: format!("pairlaw species: {}", result.head.input.name()),
        lead: vec![result.head.verdict.clone()],
        summary: None,
        sections,
    };
    Ok(document.to_html()?)
}

fn supported(result: &SpeciesResult) -> Section {
    let support = result.support.iter().map(|s| {
        vec![
            TableCell::from(s.claim.as_str()),
            TableCell::from(s.verdict.name()),
            TableCell::from(s.reason.as_str()),
        ]
    });
    let checks = result.checks.iter().map(|c| {
        let mark = if c.is_good { CellMark::Met } else { CellMark::Missed };
        vec![
            TableCell::from(c.name.as_str()),
            TableCell::marked(c.value.as_str(), mark),
            TableCell::from(c.advice.as_str()),
        ]
    });
    let mut blocks = Vec::new();
    if !result.support.is_empty() {
        let header = ["claim", "verdict", "reason"];
        blocks.push(table("support", "Claims", &header, support.collect()));
    }
    if !result.checks.is_empty() {
        let header = ["check", "value", "advice"];
        blocks.push(table("checks", "Checks of data and result", &header, checks.collect()));
    }
    Section {
        id: "data-support".into(),
        title: "What the data support".into(),
        lead: vec![
            "A law is worth something only if it explains time that it was not learned from, better than \
             among neighbours of another time, who cannot act, and if it predicts better than the simplest \
             rule: that everybody keeps their velocity."
                .into(),
        ],
        blocks,
    }
}

fn preparation(result: &SpeciesResult) -> Vec<(String, String)> {
    let Some(p) = &result.preparation else { return Vec::new() };
    let (length, time) = (&result.head.input.length_unit, &result.head.input.time_unit);
    let of = |x: f64, unit: &str| format!("{} {unit}", short(x)).trim_end().to_owned();
    facts(&[
        ("frames", format!("{} every {}", p.n_frames, of(p.dt, time))),
        ("velocities", p.velocity.clone()),
        ("errors of positions", of(p.noise, length)),
        ("test functions", format!("half-width {} samples, degree {}", p.half_width, p.degree)),
        ("individuals with enough samples", p.n_with_rows.to_string()),
        ("largest distance of a pair", of(p.largest_distance, length)),
        ("pairs only repel below", of(p.near_field, length)),
        ("pairs only attract beyond", of(p.far_field, length)),
        ("the learner's unit of length", of(p.length_scale, length)),
        ("the learner's unit of time", of(p.time_scale, time)),
    ])
}

fn species_section(
    result: &SpeciesResult,
    k: usize,
    species: &SpeciesFound,
    law: &LawPicture,
) -> Result<Section, Failure> {
    let id = format!("species-{}", k + 1);
    let mut blocks: Vec<Block> =
        species.description.lines().map(|line| Block::Paragraph(line.trim().to_owned())).collect();
    if !law.maps.is_empty() {
        let panels = law.maps.iter().map(|map| force_map(result, species, law, map)).collect();
        let caption = "The force of a neighbour at distance r and angle θ from the direction of \
                       motion, which is to the right. Orange repels or drives apart, blue attracts or \
                       aligns; grey where no pair was ever seen.";
        blocks.push(picture(
            &format!("{id}-maps"),
            "Forces over distance and angle",
            caption,
            panels,
        )?);
    }
    if !law.lines.is_empty() {
        let panels = law.lines.iter().map(|line| force_line(result, line)).collect();
        let caption = "Each force straight ahead; drag over speed. The band holds 95 % of the laws \
                       learned again from other draws of the same individuals.";
        blocks.push(picture(&format!("{id}-forces"), "Forces and their bands", caption, panels)?);
    }
    blocks.push(Block::Table(terms(&id, k, species)?));
    let n = species.members.len();
    Ok(Section {
        title: format!("Species {}: {n} individuals", k + 1),
        id,
        lead: Vec::new(),
        blocks,
    })
}

fn terms(id: &str, k: usize, species: &SpeciesFound) -> Result<Table, Failure> {
    let told = |x: Option<f64>| x.map_or(String::new(), short);
    let numbers = |weight: f64, low, high, inclusion: Option<f64>, verdict: Option<Verdict>| {
        [
            short(weight).into(),
            told(low).into(),
            told(high).into(),
            told(inclusion.map(|share| 100.0 * share)).into(),
            verdict.map_or("", Verdict::name).into(),
        ]
    };
    let pair = |t: &StoredTerm| -> Vec<TableCell> {
        let numbers = numbers(t.weight, t.low, t.high, t.inclusion, t.verdict);
        [TableCell::from(t.force.name()), t.formula().into()].into_iter().chain(numbers).collect()
    };
    let own = |t: &StoredOneBody| -> Vec<TableCell> {
        let numbers = numbers(t.weight, t.low, t.high, t.inclusion, t.verdict);
        let (kind, rest) = t.term.split_once(' ').unwrap_or((&t.term, ""));
        [TableCell::from(kind), rest.into()].into_iter().chain(numbers).collect()
    };
    let header = ["force", "term", "weight", "low", "high", "in % of draws", "held-out time"];
    Ok(Table {
        header: header.map(str::to_owned).to_vec(),
        rows: species
            .law
            .terms
            .iter()
            .map(pair)
            .chain(species.law.one_body.iter().map(own))
            .collect(),
        caption: "Low and high: 2.5 % and 97.5 % quantiles over draws of the individuals.".into(),
        data: Some(DataLink {
            file_name: format!("law-{}.json", k + 1),
            media_type: "application/json".into(),
            contents: json(&species.law)?.into_bytes(),
        }),
        ..Table::new(format!("{id}-terms"), "Terms")
    })
}

fn force_map(
    result: &SpeciesResult,
    species: &SpeciesFound,
    law: &LawPicture,
    map: &ForceMap,
) -> Panel {
    let values = || map.rings.iter().flatten().flatten().map(|value: &f64| value.abs());
    let largest = values().fold(0.0, f64::max);
    let plot = PolarMap {
        distance: Quantity::new("distance r", unit(&result.head.input.length_unit)),
        radius: law.radius,
        value: Quantity::new(symbol(map.force, species.law.direction), ""),
        rings: map.rings.clone(),
        angles: Angles::Mirrored,
        scale: match largest > 0.0 {
            true => ColourScale::SymmetricLog { threshold: 1e-2 * largest },
            false => ColourScale::Linear,
        },
        limit: (largest > 0.0).then_some(largest),
    };
    Panel::new(map.force.name(), plot)
}

fn symbol(force: StoredForce, direction: PairDirection) -> &'static str {
    match (force, direction) {
        (StoredForce::AttractionRepulsion, PairDirection::Difference) => "f_a-r, times x_i − x_j",
        (StoredForce::AttractionRepulsion, PairDirection::Unit) => "f_a-r, along x_i − x_j",
        (StoredForce::Alignment, _) => "f_align, times v_i − v_j",
        (StoredForce::Drag, _) => "f_drag, times v_i",
    }
}

fn force_line(result: &SpeciesResult, line: &ForceLine) -> Panel {
    let (length, time) = (&result.head.input.length_unit, &result.head.input.time_unit);
    let x = match line.force {
        StoredForce::Drag => Axis::linear("speed s", speed_unit(length, time)),
        _ => Axis::linear("distance r", unit(length)),
    };
    let points = line.arguments.iter().copied().zip(line.values.iter().copied());
    let mut series = Series::line("learned", 0, points);
    series.band =
        line.arguments.iter().zip(&line.band).map(|(x, band)| (*x, Some(*band))).collect();
    let y = Axis::linear("force", "");
    Panel::new(line.force.name(), Chart { x, y, series: vec![series], ..Chart::default() })
}

fn speed_unit(length: &str, time: &str) -> String {
    match (length, time) {
        ("" | "1", _) | (_, "") => String::new(),
        (length, time) => format!("{length}/{time}"),
    }
}

fn membership(result: &SpeciesResult, pictures: &Pictures) -> Result<Section, Failure> {
    let told = |x: Option<f64>| x.map_or("unknown".to_owned(), short);
    let row = |(k, s): (usize, &SpeciesFound)| -> Vec<TableCell> {
        vec![
            (k + 1).to_string().into(),
            s.members.len().to_string().into(),
            told(s.residual).into(),
            told(s.velocity_error).into(),
            told(s.constant_velocity_error).into(),
            shortened(&s.members).into(),
        ]
    };
    let mut rows: Vec<Vec<TableCell>> = result.species.iter().enumerate().map(row).collect();
    rows.push(vec![
        "none".into(),
        result.undetermined.len().to_string().into(),
        "".into(),
        "".into(),
        "".into(),
        shortened(&result.undetermined).into(),
    ]);
    let header =
        ["species", "individuals", "weak residual", "ΔV", "ΔV at constant velocity", "ids"];
    let mut blocks = vec![table("members", "Who belongs together", &header, rows)];
    if !pictures.tracks.is_empty() {
        let caption = "Pale: as recorded. Dashed: simulated by the law of the species, all others \
                       moving as recorded. Shown are members that moved farthest.";
        let panels = vec![Panel::new("", overlays(result, pictures))];
        blocks.push(picture("tracks", "Recorded and simulated tracks", caption, panels)?);
    }
    if result.curve.len() > 1 {
        blocks.push(elbow(&result.curve)?);
    }
    let (id, title) = ("membership".into(), "Members and their tracks".into());
    Ok(Section { id, title, lead: Vec::new(), blocks })
}

/// The first ids of a list.
fn shortened(ids: &[String]) -> String {
    const SHOWN: usize = 30;
    let more = ids.len().saturating_sub(SHOWN);
    let list = ids.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{list}, … and {more} more in individuals.csv") } else { list }
}

fn overlays(result: &SpeciesResult, pictures: &Pictures) -> Trajectories {
    let of = |k: usize| pictures.tracks.iter().filter(move |track| track.species == k);
    let group = |k: usize, dashed: bool| TrajectoryGroup {
        label: format!("species {}, {}", k + 1, if dashed { "simulated" } else { "recorded" }),
        class: k,
        dashed,
        starts: !dashed,
        polylines: of(k)
            .map(|t| if dashed { t.simulated.clone() } else { t.recorded.clone() })
            .collect(),
    };
    let n = result.species.len();
    let groups = (0..n).map(|k| group(k, false)).chain((0..n).map(|k| group(k, true))).collect();
    let length = unit(&result.head.input.length_unit);
    let (x, y) = match result.head.input.dimensions {
        1 => (Quantity::new("frame", ""), Quantity::new("x", length)),
        _ => (Quantity::new("x", length), Quantity::new("y", length)),
    };
    Trajectories { x, y, groups }
}

fn elbow(curve: &[f64]) -> Result<Block, Failure> {
    let points = curve.iter().enumerate().map(|(k, y)| ((k + 1) as f64, *y));
    let series = Series { mark: Mark::LineAndMarkers, ..Series::line("mean ln ρ", 0, points) };
    let (x, y) = (Axis::linear("number of species", ""), Axis::linear("mean ln ρ", ""));
    let chart = Chart { x, y, series: vec![series], ..Chart::default() };
    let caption = "Mean logarithm of what the best law of each individual leaves. One more species must \
                   bring a clear fall.";
    picture("elbow", "How many species", caption, vec![Panel::new("", chart)])
}
