//! Table 2: opinion dynamics, where φ(r)/r jumps.

use super::cases::{Case, Mode};
use super::experiment::StoredPieces;
use super::{MODES, asked, default_seeds, side_by_side, statistics};
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, Opinion, PieceBounds, Published};
use crate::results::{Table, Verdict};
use crate::runner::Runner;
use serde_json::{Value, json};

/// Systems of the table.
pub(super) const CASES: [&str; 2] = ["polarization", "consensus"];

/// One run of one learner.
struct Run {
    case: Case,
    mode: Mode,
    pieces: StoredPieces,
}

pub(super) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let title = "Table 2: φ(r) = f(r) r with f constant between breakpoints (mean ± standard \
                 deviation over the runs that found two; se: mean standard error told by the fit; \
                 the paper's values are missing in the text at hand)";
    let mut table = Table::new("meanfield.table2", title);
    let heads = "case data runs two-breaks quantity true ours rmse se verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    let runs = runs(options, runner)?;
    for name in asked(options, &CASES) {
        let truth = published.twophase.opinion(name).ok_or("a system without published truth")?;
        for mode in MODES {
            let group: Vec<&Run> =
                runs.iter().filter(|run| run.case.name() == name && run.mode == mode).collect();
            let verdict = verdict(&group, truth, name, mode, bounds, options);
            table.lines.extend(lines(&group, truth, name, mode, &verdict));
            table.rows.extend(group.iter().map(|run| row(run, truth, &verdict)));
            table.verdicts.push((format!("{name}, {}", mode.words()), verdict));
        }
    }
    Ok(table)
}

fn runs(options: &ReproduceOptions, runner: &Runner) -> Result<Vec<Run>, Failure> {
    let mut todo = Vec::new();
    for name in asked(options, &CASES) {
        for seed in options.seeds(default_seeds(options))? {
            todo.push(Case::line(name, seed, options)?);
        }
    }
    let done = side_by_side(todo, |case| runner.pieces(case))?;
    Ok(done.into_iter().map(|(case, mode, pieces)| Run { case, mode, pieces }).collect())
}

/// A breakpoint or value: its name, truth, and what the runs with the right number found.
struct Quantity {
    name: String,
    truth: f64,
    found: Vec<f64>,
    errors: Vec<f64>,
}

fn quantities(group: &[&Run], truth: &Opinion) -> Vec<Quantity> {
    let right: Vec<&StoredPieces> = group
        .iter()
        .map(|run| &run.pieces)
        .filter(|pieces| pieces.breaks.len() == truth.breakpoints.len())
        .collect();
    let breaks = truth.breakpoints.iter().enumerate().map(|(k, at)| Quantity {
        name: format!("b{}", k + 1),
        truth: *at,
        found: right.iter().map(|pieces| pieces.breaks[k]).collect(),
        errors: right.iter().map(|pieces| pieces.break_errors[k]).collect(),
    });
    let values = truth.f.iter().enumerate().map(|(k, value)| Quantity {
        name: format!("f{}", k + 1),
        truth: *value,
        found: right.iter().map(|pieces| pieces.values[k]).collect(),
        errors: right.iter().map(|pieces| pieces.value_errors[k]).collect(),
    });
    breaks.chain(values).collect()
}

fn lines(
    group: &[&Run],
    truth: &Opinion,
    name: &str,
    mode: Mode,
    verdict: &Verdict,
) -> Vec<Vec<String>> {
    let quantities = quantities(group, truth);
    let n_right = quantities.first().map_or(0, |q| q.found.len());
    let line = |(k, q): (usize, &Quantity)| {
        let once = |cell: String| if k == 0 { cell } else { String::new() };
        let (mean, deviation) = statistics::mean_and_deviation(&q.found);
        let is_told = mode == Mode::Weak;
        let error = statistics::mean_and_deviation(&q.errors).0;
        vec![
            once(name.to_owned()),
            once(mode.words().to_owned()),
            once(group.len().to_string()),
            once(format!("{n_right}/{}", group.len())),
            q.name.clone(),
            q.truth.to_string(),
            if n_right > 0 { format!("{mean:.4} ± {deviation:.4}") } else { "–".into() },
            if n_right > 0 {
                format!("{:.4}", statistics::rmse(&q.found, q.truth))
            } else {
                "–".into()
            },
            if is_told && n_right > 0 { format!("{error:.4}") } else { "–".into() },
            once(verdict.words()),
        ]
    };
    quantities.iter().enumerate().map(line).collect()
}

fn row(run: &Run, truth: &Opinion, verdict: &Verdict) -> Value {
    let is_weak = run.mode == Mode::Weak;
    json!({
        "case": run.case.name(),
        "mode": name_of(run.mode),
        "seed": run.case.seed(),
        "n_particles": run.case.n_particles(),
        "true": { "breakpoints": truth.breakpoints, "values": truth.f },
        "breakpoints": run.pieces.breaks,
        "values": run.pieces.values,
        "standard_errors": is_weak.then(|| json!({
            "breakpoints": run.pieces.break_errors,
            "values": run.pieces.value_errors,
        })),
        "residual_per_row": is_weak.then_some(run.pieces.per_row),
        "timing": { "seconds": run.pieces.seconds },
        "verdict": verdict.name(),
    })
}

fn verdict(
    group: &[&Run],
    truth: &Opinion,
    name: &str,
    mode: Mode,
    bounds: &Bounds,
    options: &ReproduceOptions,
) -> Verdict {
    let Some([pde, weak]) = bounds.meanfield.table2(name) else { return Verdict::NotJudged };
    let limits: &PieceBounds = if mode == Mode::Pde { pde } else { weak };
    let is_few = mode == Mode::Weak && group.len() < bounds.meanfield.weak.runs;
    if options.quick || group.is_empty() || mode == Mode::Kde || is_few {
        return Verdict::NotJudged;
    }
    let quantities = quantities(group, truth);
    let mut missed = Vec::new();
    let least = if mode == Mode::Weak { bounds.meanfield.weak.support } else { 1.0 };
    let right = quantities[0].found.len() as f64 / group.len() as f64;
    if right < least {
        missed.push(format!("two breaks in {:.0} % < {:.0} %", 100.0 * right, 100.0 * least));
    }
    for (k, q) in quantities.iter().enumerate() {
        let limit = limits.breaks.get(k).copied().unwrap_or(limits.values);
        let found = statistics::rmse(&q.found, q.truth);
        if statistics::reaches(found, limit) {
            missed.push(format!("error of {} {found:.4} ≥ {limit}", q.name));
        }
    }
    if missed.is_empty() { Verdict::Met } else { Verdict::Missed(missed) }
}
