//! Recorded tracks: errors of fits in and out of sample, and what simulated controls say.

mod fits;

pub(super) use fits::{Case, EARLY_FRAMES, FRAMES, Recording, Sharing, StoredTracks, learned_sets};

use super::asked;
use crate::Failure;
use crate::meanfield::statistics::largest;
use crate::options::{ReproduceOptions, name_of};
use crate::plan::Plan;
use crate::published::{Bounds, TrackBounds};
use crate::results::{Bound, Cell, Table, Verdict};
use crate::runner::Runner;
use serde_json::{Value, json};

/// Number of seeds by default.
const SEEDS: u64 = 5;
/// Names of the parameters, in their order.
pub(super) const PARAMETERS: [&str; 4] = ["R", "r", "A", "a"];

const HEART: &str = "\
    The paper's tracks of heart development are not public: this is a made-up stand-in of 150 cells, \
    a ring that becomes a cone. Columns t1 to t9: mean distance of the cells from their tracks in \
    every frame after the start, in radii of the ring, mean over the seeds; frames in brackets are \
    held out. As in the paper, where all frames are fitted errors of individual parameters grow and \
    those of mutual ones stay small; but held-out frames, which the paper does not show, are \
    predicted no better than by everybody's last velocity: read them before believing a fit of all \
    frames.";

const CONTROLS: &str = "\
    Whether learned parameters tell populations apart. error: mean distance of simulated cells from \
    their tracks over all frames, in radii of the ring, mean over the seeds; area: least and most \
    area under the ROC curve of the senders' scores (mean over receivers of ln A/a − ln R/r; 1/2 \
    tells nothing) where two populations were simulated; last columns: runs in which ln R, ln r, ln \
    A, ln a have two modes (one against two Gaussians). The paper reads two modes as two kinds of \
    cells and gives no number here; where rows with one population or none have two modes, two modes \
    show nothing about cells.";

/// A fit and what it is of.
type Run = (Case, StoredTracks);

/// Adds the tables of tracks that are asked for.
pub(super) fn plan<'a>(options: &'a ReproduceOptions, plan: &mut Plan<'a>) {
    if !asked(options, &["heart"]).is_empty() {
        plan.add("heart stand-in", |runner| {
            heart(options, runner, &Bounds::load()?.potentials.heart)
        });
    }
    if !asked(options, &["controls"]).is_empty() {
        plan.add("controls", |runner| controls(options, runner, &Bounds::load()?.potentials.heart));
    }
}

/// The seeds asked for.
pub(super) fn seeds(options: &ReproduceOptions) -> Result<std::ops::Range<u64>, Failure> {
    options.seeds(if options.quick { 1 } else { SEEDS })
}

/// Fits of some recordings with both kinds of parameters and all seeds.
fn runs(
    options: &ReproduceOptions,
    runner: &Runner,
    recordings: &[Recording],
    n_fitted: usize,
) -> Result<Vec<Run>, Failure> {
    let seeds = seeds(options)?;
    let mut cases = Vec::new();
    for &recording in recordings {
        for sharing in Sharing::ALL {
            let one = |seed| Case { recording, sharing, n_fitted, seed };
            cases.extend(seeds.clone().map(one));
        }
    }
    runner.all_tracks(cases, options)
}

/// Errors of every frame, all of them fitted or the last three held out.
fn heart(
    options: &ReproduceOptions,
    runner: &Runner,
    bounds: &TrackBounds,
) -> Result<Table, Failure> {
    let title = "Heart stand-in: errors in and out of sample";
    let mut table = Table::new("potentials.heart", title);
    table.caption = HEART.to_owned();
    table.header = ["fitted", "prediction"].map(str::to_owned).to_vec();
    table.header.extend((1..FRAMES).map(|frame| format!("t{frame}")));
    table.header.extend(["held out", "against constant velocity", "verdict"].map(str::to_owned));
    for n_fitted in [FRAMES, EARLY_FRAMES] {
        let runs = runs(options, runner, &[Recording::Heart], n_fitted)?;
        let of = |sharing: Sharing| -> Vec<&StoredTracks> {
            runs.iter().filter(|run| run.0.sharing == sharing).map(|run| &run.1).collect()
        };
        let [individual, mutual] = Sharing::ALL.map(of);
        let groups = Sharing::ALL.into_iter().zip([&individual, &mutual]);
        for (sharing, group) in groups {
            let cells = error_cells(sharing, &means(group, &|e| e.simulated), n_fitted, bounds);
            let cells = judged(options, group.len(), cells);
            let verdict = Verdict::of(&cells);
            let mut line = line(&name_of(sharing), group, &|e| e.simulated);
            line.push(beside_constant_velocity(group));
            line.push(verdict.words());
            table.lines.push(line);
            let rows = runs.iter().filter(|run| run.0.sharing == sharing);
            table.rows.extend(rows.map(|run| heart_row(run, &verdict)));
            table.cells.extend(cells);
        }
        let mut more: Vec<(&str, &[&StoredTracks], ErrorOf)> = vec![];
        if n_fitted < FRAMES {
            more.push(("individual, restarted", &individual, &|e| e.restarted));
            more.push(("mutual, restarted", &mutual, &|e| e.restarted));
        }
        more.push(("constant velocity", &mutual, &|e| e.constant_velocity));
        more.push(("still", &mutual, &|e| e.still));
        for (name, group, error) in more {
            let mut line = line(name, group, error);
            line.extend(["–", "–"].map(str::to_owned));
            table.lines.push(line);
        }
    }
    Ok(table)
}

/// One of the errors of a frame.
type ErrorOf = &'static dyn Fn(&pairlaw::potentials::FrameErrors) -> f64;

/// Mean over the seeds of an error in each frame but the first.
fn means(group: &[&StoredTracks], error: ErrorOf) -> Vec<f64> {
    let n = group.len() as f64;
    let mean = |k: usize| group.iter().map(|run| error(&run.errors[k])).sum::<f64>() / n;
    (0..FRAMES - 1).map(mean).collect()
}

fn line(name: &str, group: &[&StoredTracks], error: ErrorOf) -> Vec<String> {
    let means = means(group, error);
    let is_fitted: Vec<bool> = group[0].errors.iter().map(|errors| errors.fitted).collect();
    let frames = is_fitted.iter().filter(|is| **is).count();
    let mut line = vec![format!("1–{frames}"), name.to_owned()];
    line.extend(means.iter().zip(&is_fitted).map(|(mean, is_fitted)| {
        if *is_fitted { format!("{mean:.3}") } else { format!("({mean:.3})") }
    }));
    let held_out = &means[frames..];
    let mean = held_out.iter().sum::<f64>() / held_out.len() as f64;
    line.push(if held_out.is_empty() { "–".to_owned() } else { format!("{mean:.3}") });
    line
}

/// In how many seeds the potentials are better or worse than constant velocity.
fn beside_constant_velocity(group: &[&StoredTracks]) -> String {
    let count = |wanted| group.iter().filter(|run| run.prediction.is_better() == wanted).count();
    if group[0].errors.iter().all(|errors| errors.fitted) {
        return "nothing held out".to_owned();
    }
    let [better, worse, neither] = [Some(true), Some(false), None].map(count);
    format!("better {better}, worse {worse}, neither {neither}")
}

/// Errors of the frames after the start, as means over the seeds, and their bounds; nothing is asked of
/// fits that hold frames out.
fn error_cells(
    sharing: Sharing,
    means: &[f64],
    n_fitted: usize,
    bounds: &TrackBounds,
) -> Vec<Cell> {
    let (n_fitted, last) = (n_fitted - 1, means.len());
    let row = format!("{} parameters, frames 1 to {n_fitted} fitted", name_of(sharing));
    let cell = |quantity: String, value: f64, limit| {
        Cell::new(&row, quantity, &bounds.reason).ours(value).bound(Bound::Within(limit))
    };
    let largest = largest(means.iter().copied());
    let mut cells = match sharing {
        Sharing::Individual => vec![
            cell("error of frame 1".to_owned(), means[0], bounds.individual_first),
            cell(format!("error of frame {last}"), means[last - 1], bounds.individual_last),
        ],
        Sharing::Mutual => {
            vec![cell("largest error of a frame".to_owned(), largest, bounds.mutual_largest)]
        }
    };
    if n_fitted < last {
        let held_out = &means[n_fitted..];
        let mean = held_out.iter().sum::<f64>() / held_out.len() as f64;
        cells.push(Cell::new(&row, "held-out error (mean)", "").ours(mean));
        let reason = &bounds.held_out.reason;
        cells = cells.into_iter().map(|cell| cell.unjudged(reason)).collect();
    }
    cells
}

/// Bounds hold at full size with enough seeds.
fn judged(options: &ReproduceOptions, n_runs: usize, cells: Vec<Cell>) -> Vec<Cell> {
    let reason = match options.quick {
        true => "--quick is not judged".to_owned(),
        false => format!("judged for {SEEDS} seeds or more"),
    };
    let is_judged = !options.quick && n_runs as u64 >= SEEDS;
    let held = |cell: Cell| match cell.bound {
        Some(_) if !is_judged => cell.unjudged(&reason),
        _ => cell,
    };
    cells.into_iter().map(held).collect()
}

fn heart_row((case, found): &Run, verdict: &Verdict) -> Value {
    let frame = |errors: &pairlaw::potentials::FrameErrors| {
        json!({
            "time": errors.time,
            "held_out": !errors.fitted,
            "simulated": errors.simulated,
            "restarted": errors.restarted,
            "constant_velocity": errors.constant_velocity,
            "still": errors.still,
        })
    };
    json!({
        "recording": name_of(case.recording),
        "parameters": name_of(case.sharing),
        "seed": case.seed,
        "fitted_frames": case.n_fitted - 1,
        "dropped": found.n_dropped,
        "scale": found.scale,
        "loss": found.loss,
        "frames": found.errors.iter().map(frame).collect::<Vec<_>>(),
        "prediction": found.prediction.to_string(),
        "status": found.status,
        "timing": { "seconds": found.seconds },
        "verdict": verdict.name(),
    })
}

/// Whether learned parameters tell known populations apart, and whether their histograms have two
/// modes where there is one population or none.
fn controls(
    options: &ReproduceOptions,
    runner: &Runner,
    bounds: &TrackBounds,
) -> Result<Table, Failure> {
    let title = "Controls: what parameters say of populations";
    let mut table = Table::new("potentials.controls", title);
    table.caption = CONTROLS.to_owned();
    let heads = "tracks|parameters|runs|error|area|bimodal R|r|A|a|verdict";
    table.header = heads.split('|').map(str::to_owned).collect();
    let recordings = [Recording::TwoPopulations, Recording::OnePopulation, Recording::Heart];
    let runs = runs(options, runner, &recordings, FRAMES)?;
    for recording in recordings {
        for sharing in Sharing::ALL {
            let of = |run: &&Run| run.0.recording == recording && run.0.sharing == sharing;
            let group: Vec<&Run> = runs.iter().filter(of).collect();
            let areas: Vec<f64> = group.iter().filter_map(|run| run.1.area).collect();
            let areas = (areas.len() == group.len()).then_some(areas);
            let n_runs = group.len();
            let cells = area_cells(recording, sharing, n_runs, areas.as_deref(), bounds);
            let cells = judged(options, group.len(), cells);
            let verdict = Verdict::of(&cells);
            table.lines.push(control_line(&group, &verdict));
            table.rows.extend(group.iter().map(|run| control_row(run, &verdict)));
            table.cells.extend(cells);
        }
    }
    Ok(table)
}

fn control_line(group: &[&Run], verdict: &Verdict) -> Vec<String> {
    let (case, _) = group[0];
    let areas: Vec<f64> = group.iter().filter_map(|run| run.1.area).collect();
    let least = areas.iter().copied().fold(1.0, f64::min);
    let most = areas.iter().copied().fold(0.0, f64::max);
    let found: Vec<&StoredTracks> = group.iter().map(|run| &run.1).collect();
    let errors = means(&found, &|e| e.simulated);
    let mut line = vec![
        case.recording.words().to_owned(),
        name_of(case.sharing),
        group.len().to_string(),
        format!("{:.3}", errors.iter().sum::<f64>() / errors.len() as f64),
        if areas.is_empty() { "–".to_owned() } else { format!("{least:.3}–{most:.3}") },
    ];
    line.extend((0..4).map(|k| {
        let n = found.iter().filter(|run| run.bimodal[k]).count();
        format!("{n}/{}", found.len())
    }));
    line.push(verdict.words());
    line
}

/// Whether the senders' parameters tell two populations apart in every run, if every run has its area;
/// of nothing else is more known than one experiment.
fn area_cells(
    recording: Recording,
    sharing: Sharing,
    n_runs: usize,
    areas: Option<&[f64]>,
    bounds: &TrackBounds,
) -> Vec<Cell> {
    if recording != Recording::TwoPopulations {
        return Vec::new();
    }
    let row = format!("{}, {} parameters", recording.words(), name_of(sharing));
    let quantity = format!("area, least of {n_runs} seeds");
    // The least is the largest distance from 1; NaN stays.
    let least = areas.map(|areas| 1.0 - largest(areas.iter().map(|area| 1.0 - area)));
    let cell = Cell::new(row, quantity, &bounds.reason).ours(least);
    vec![match sharing {
        Sharing::Individual => cell.bound(Bound::Within(bounds.individual_area)),
        Sharing::Mutual => cell.unjudged(&bounds.mutual_area.reason),
    }]
}

fn control_row((case, found): &Run, verdict: &Verdict) -> Value {
    json!({
        "tracks": name_of(case.recording),
        "parameters": name_of(case.sharing),
        "seed": case.seed,
        "loss": found.loss,
        "area": found.area,
        "bimodal": named(found.bimodal),
        "separation": named(found.separation),
        "last_error": found.errors[found.errors.len() - 1].simulated,
        "status": found.status,
        "timing": { "seconds": found.seconds },
        "verdict": verdict.name(),
    })
}

/// By the names of the parameters.
fn named<T: Into<Value>>(values: [T; 4]) -> Value {
    PARAMETERS.map(str::to_owned).into_iter().zip(values.map(Into::into)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds() -> TrackBounds {
        Bounds::load().unwrap().potentials.heart
    }

    #[test]
    fn errors_of_fitted_frames_are_held_to_bounds() {
        let of = |sharing, means: &[f64], n_fitted| {
            Verdict::of(&error_cells(sharing, means, n_fitted, &bounds()))
        };
        let growing = [0.09, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2];
        assert_eq!(of(Sharing::Individual, &growing, FRAMES), Verdict::Met);
        assert_eq!(of(Sharing::Individual, &[0.09; 9], FRAMES).missed().len(), 1);
        assert_eq!(
            of(Sharing::Mutual, &growing, FRAMES).words(),
            "missed: largest error of a frame 0.2, not 0.05 to 0.1"
        );
        assert_eq!(of(Sharing::Mutual, &[0.06; 9], FRAMES), Verdict::Met);
        let lost = [0.06, f64::NAN, 0.06];
        assert_eq!(of(Sharing::Mutual, &lost, 4).missed().len(), 1);

        assert_eq!(of(Sharing::Individual, &[9.0; 9], EARLY_FRAMES), Verdict::NotJudged);
        let held_out = error_cells(Sharing::Mutual, &growing, EARLY_FRAMES, &bounds());
        assert_eq!(held_out[1].quantity, "held-out error (mean)");
        // (.1 + .1 + .2)/3 of frames 7 to 9.
        assert_eq!(
            held_out[1].clone().bound(Bound::Within([0.1333, 0.1334])).verdict(),
            Verdict::Met
        );
    }

    #[test]
    fn individual_parameters_must_tell_populations_apart_in_every_run() {
        let cells = |sharing, areas: &[f64]| {
            area_cells(Recording::TwoPopulations, sharing, areas.len(), Some(areas), &bounds())
        };
        let of = |sharing, areas: &[f64]| Verdict::of(&cells(sharing, areas));
        assert_eq!(of(Sharing::Individual, &[0.97, 1.0, 0.98]), Verdict::Met);
        let missed = of(Sharing::Individual, &[0.97, 0.9, 0.98]);
        assert_eq!(missed.words(), "missed: area, least of 3 seeds 0.9, not 0.96 to 1");
        assert_eq!(of(Sharing::Mutual, &[0.5]), Verdict::NotJudged);
        let bounds = bounds();
        let some = |recording, areas| area_cells(recording, Sharing::Individual, 3, areas, &bounds);
        let missing = Verdict::of(&some(Recording::TwoPopulations, None));
        assert_eq!(missing.words(), "missed: area, least of 3 seeds nothing, not 0.96 to 1");
        assert!(some(Recording::OnePopulation, None).is_empty());
        assert_eq!(of(Sharing::Individual, &[0.97, -f64::NAN]).name(), "missed");
    }

    #[test]
    fn few_seeds_and_quick_runs_are_not_judged() {
        let of = |line: &str, n| {
            let options = ReproduceOptions::parsed(&format!("potentials {line}"));
            let cells = area_cells(
                Recording::TwoPopulations,
                Sharing::Individual,
                1,
                Some(&[1.0]),
                &bounds(),
            );
            judged(&options, n, cells).remove(0)
        };
        assert_eq!(of("", 5).verdict(), Verdict::Met);
        assert_eq!(of("", 4).reason, "judged for 5 seeds or more");
        assert_eq!(of("--quick", 5).reason, "--quick is not judged");
        assert_eq!(of("--quick", 5).verdict(), Verdict::NotJudged);
    }
}
