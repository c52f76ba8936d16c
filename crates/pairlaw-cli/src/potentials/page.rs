//! The report of the learner of potentials.

use super::{PairParameters, PotentialsResult};
use crate::output::short;
use crate::page::{facts, input_section, picture, table, unit};
use pairlaw::potentials::FrameErrors;
use pairlaw_report::{
    Axis, Chart, Document, Panel, Quantity, Section, Series, TableCell, Trajectories,
    TrajectoryGroup,
};
use pairlaw_run::Failure;

/// Tracks that are drawn, and rows of the table of parameters.
const MOST_TRACKS: usize = 60;
const MOST_ROWS: usize = 200;

/// The text of report.html.
pub(crate) fn page(result: &PotentialsResult) -> Result<String, Failure> {
    let fit = &result.fit;
    let chosen = facts(&[
        ("individuals in all frames", fit.ids.len().to_string()),
        ("individuals left out", fit.n_dropped.to_string()),
        ("frames fitted", fit.n_fitted.to_string()),
        ("training", fit.status.clone()),
    ]);
    let sections =
        vec![prediction(result)?, parameters(result), input_section(&result.head.input, &chosen)];
    let document = Document {
        title: format!("pairlaw potentials: {}", result.head.input.name()),
        lead: vec![
            result.head.verdict.clone(),
            "A good fit of the fitted frames alone does not show that the potentials exist.".into(),
        ],
        summary: None,
        sections,
    };
    Ok(document.to_html()?)
}

fn prediction(result: &PotentialsResult) -> Result<Section, Failure> {
    let length = unit(&result.head.input.length_unit);
    let line = |label: &str, class, error: fn(&FrameErrors) -> f64| {
        let points = result.fit.errors.iter().map(|e| (e.time, error(e)));
        Series::line(label, class, points.filter(|(_, error)| *error < 1e99))
    };
    let chart = Chart {
        x: Axis::linear("time", unit(&result.head.input.time_unit)),
        y: Axis::linear("mean error", length),
        series: vec![
            line("potentials", 0, |e| e.restarted),
            line("constant velocity", 1, |e| e.constant_velocity),
            line("at rest", 2, |e| e.still),
        ],
        ..Chart::default()
    };
    let group = |label: &str, dashed, paths: &[Vec<[f64; 2]>]| TrajectoryGroup {
        label: label.to_owned(),
        class: 0,
        dashed,
        starts: !dashed,
        polylines: paths.iter().take(MOST_TRACKS).map(|path| drawable(path)).collect(),
    };
    let tracks = Trajectories {
        x: Quantity::new("x", length),
        y: Quantity::new("y", length),
        groups: vec![
            group("recorded", false, &result.fit.recorded),
            group("simulated", true, &result.fit.simulated),
        ],
    };
    let caption = "Mean distance between predicted and recorded positions; held-out frames are \
                   predicted from the last fitted ones. Tracks: simulated from the first frame on.";
    let panels = vec![Panel::new("Errors", chart), Panel::new("Tracks", tracks)];
    Ok(Section {
        id: "data-support".into(),
        title: "What the data support".into(),
        lead: Vec::new(),
        blocks: vec![picture("errors", "Prediction", caption, panels)?],
    })
}

/// A path up to where it leaves what can be drawn.
fn drawable(path: &[[f64; 2]]) -> Vec<[f64; 2]> {
    path.iter().copied().take_while(|x| x.iter().all(|x| x.abs() < 1e99)).collect()
}

fn parameters(result: &PotentialsResult) -> Section {
    let row = |p: &PairParameters| -> Vec<TableCell> {
        let numbers = [p.repulsion, p.repulsion_range, p.attraction, p.attraction_range];
        let who = match &p.receiver {
            Some(receiver) => format!("{} on {receiver}", p.sender),
            None => p.sender.clone(),
        };
        std::iter::once(who.into()).chain(numbers.map(|x| short(x).into())).collect()
    };
    let all = &result.fit.parameters;
    let rows = all.iter().take(MOST_ROWS).map(row).collect();
    let more = all.len().saturating_sub(MOST_ROWS);
    let lead = match more {
        0 => Vec::new(),
        more => vec![format!("{more} more stand in result.json.")],
    };
    let header = ["whose", "R", "r", "A", "a"];
    Section {
        id: "parameters-section".into(),
        title: "Potentials P(d) = R exp(−d/r) − A exp(−d/a)".into(),
        lead,
        blocks: vec![table("parameters", "Parameters", &header, rows)],
    }
}
