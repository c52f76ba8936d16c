//! Recorded tracks: errors of fits in and out of sample, and what simulated controls say.

mod fits;

pub(super) use fits::{Case, EARLY_FRAMES, FRAMES, Recording, Sharing, StoredTracks, learned_sets};

use super::asked;
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::plan::Plan;
use crate::published::{Bounds, TrackBounds};
use crate::results::{Table, Verdict};
use crate::runner::Runner;
use serde_json::{Value, json};

/// Number of seeds by default.
const SEEDS: u64 = 5;
/// Names of the parameters, in their order.
pub(super) const PARAMETERS: [&str; 4] = ["R", "r", "A", "a"];

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
    let title = "Heart development, a made-up stand-in for its tracks: mean distance of cells from \
                 their tracks in every frame (mean over the seeds; unit: radius of the ring). Frames \
                 in brackets are held out: read them before believing a fit of all frames";
    let mut table = Table::new("potentials.heart", title);
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
            let verdict = judged(options, group.len(), missed(sharing, group, bounds));
            let mut line = line(&name_of(sharing), group, &|e| e.simulated);
            line.push(beside_constant_velocity(group));
            line.push(verdict.words());
            table.lines.push(line);
            let name = format!("{}, {n_fitted} frames", name_of(sharing));
            table.verdicts.push((name, verdict.clone()));
            let rows = runs.iter().filter(|run| run.0.sharing == sharing);
            table.rows.extend(rows.map(|run| heart_row(run, &verdict)));
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

/// What is beyond the bounds; nothing is asked of fits that hold frames out.
fn missed(sharing: Sharing, group: &[&StoredTracks], bounds: &TrackBounds) -> Option<Vec<String>> {
    let found = means(group, &|e| e.simulated);
    let (first, last) = (found[0], found[found.len() - 1]);
    let largest = found.iter().copied().fold(0.0, f64::max);
    let checks = match sharing {
        Sharing::Individual => vec![
            ("error of frame 1", first, bounds.individual_first),
            ("error of the last frame", last, bounds.individual_last),
        ],
        Sharing::Mutual => vec![("largest error", largest, bounds.mutual_largest)],
    };
    let beyond =
        checks.into_iter().filter(|(_, value, [least, most])| !(least..=most).contains(&value));
    let words = |(name, value, [least, most]): (&str, f64, [f64; 2])| {
        format!("{name} {value:.3} is not within {least}–{most}")
    };
    group[0].errors.iter().all(|errors| errors.fitted).then(|| beyond.map(words).collect())
}

/// Judged at full size with enough seeds.
fn judged(options: &ReproduceOptions, n_runs: usize, missed: Option<Vec<String>>) -> Verdict {
    match missed.filter(|_| !options.quick && n_runs as u64 >= SEEDS) {
        None => Verdict::NotJudged,
        Some(missed) if missed.is_empty() => Verdict::Met,
        Some(missed) => Verdict::Missed(missed),
    }
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
    let title = "Populations: area under the curve of the senders' scores (mean over receivers of \
                 ln A/a − ln R/r; 1/2 tells nothing) where two populations were simulated, and runs in \
                 which ln R, ln r, ln A, ln a have two modes (one against two Gaussians). Where \
                 rows with one population or none have two modes, two modes show nothing about cells";
    let mut table = Table::new("potentials.controls", title);
    let heads = "tracks|parameters|runs|error|area|bimodal R|r|A|a|verdict";
    table.header = heads.split('|').map(str::to_owned).collect();
    let recordings = [Recording::TwoPopulations, Recording::OnePopulation, Recording::Heart];
    let runs = runs(options, runner, &recordings, FRAMES)?;
    for recording in recordings {
        for sharing in Sharing::ALL {
            let of = |run: &&Run| run.0.recording == recording && run.0.sharing == sharing;
            let group: Vec<&Run> = runs.iter().filter(of).collect();
            let verdict = judged(options, group.len(), unexpected(&group, bounds));
            table.lines.push(control_line(&group, &verdict));
            table.rows.extend(group.iter().map(|run| control_row(run, &verdict)));
            let name = format!("{}, {}", name_of(recording), name_of(sharing));
            table.verdicts.push((name, verdict));
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

/// Runs in which the senders' parameters do not tell two populations apart; of nothing else is more
/// known than one experiment.
fn unexpected(group: &[&Run], bounds: &TrackBounds) -> Option<Vec<String>> {
    let (case, _) = group[0];
    let is_known =
        (case.recording, case.sharing) == (Recording::TwoPopulations, Sharing::Individual);
    let [least, most] = bounds.individual_area;
    let beyond = |(case, found): &&Run| {
        let area = found.area.filter(|area| !(least..=most).contains(area))?;
        Some(format!("area {area:.3} of seed {}, not {least}–{most}", case.seed))
    };
    is_known.then(|| group.iter().filter_map(beyond).collect())
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
