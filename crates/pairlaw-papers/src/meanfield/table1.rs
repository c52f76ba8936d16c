//! Table 1: weights of the kernels learned from three kinds of data, beside truth and paper.

use super::cases::{Case, Mode};
use super::experiment::StoredFit;
use super::{MODES, asked, default_seeds, side_by_side, statistics};
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, Published};
use crate::results::{Table, Verdict};
use crate::runner::Runner;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Cases of the table.
pub(super) const CASES: [&str; 3] = ["A", "B", "D"];

/// One run of one learner.
struct Run {
    case: Case,
    mode: Mode,
    fit: StoredFit,
}

pub(super) fn table(
    options: &ReproduceOptions,
    runner: &Runner,
    published: &Published,
    bounds: &Bounds,
) -> Result<Table, Failure> {
    let title = "Table 1: weights of the kernel's terms (mean ± standard deviation over the runs; \
                 other terms of the dictionary must be 0; se: mean standard error told by the fit)";
    let mut table = Table::new("meanfield.table1", title);
    let heads = "case data runs term true paper ours rmse se support residual/row verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    let runs = runs(options, runner)?;
    for name in asked(options, &CASES) {
        for mode in MODES {
            let group: Vec<&Run> =
                runs.iter().filter(|run| run.case.name() == name && run.mode == mode).collect();
            let verdict = verdict(&group, name, mode, bounds, options);
            table.lines.extend(lines(&group, name, mode, published, &verdict));
            table.rows.extend(group.iter().map(|run| row(run, published, &verdict)));
            table.verdicts.push((format!("{name}, {}", mode.words()), verdict));
        }
    }
    table.extra.insert(
        "notes".into(),
        json!([
            "kde: densities by Scott's rule as in the paper; their bias is printed, not tuned away",
            "pde: runs differ in the random draws of the two-phase algorithm alone",
            "case D: three starts on the first seed, two Gaussians on the others",
        ]),
    );
    Ok(table)
}

/// All runs, those that simulate particles side by side.
fn runs(options: &ReproduceOptions, runner: &Runner) -> Result<Vec<Run>, Failure> {
    let mut todo = Vec::new();
    for name in asked(options, &CASES) {
        for seed in options.seeds(default_seeds(options))? {
            for case in Case::of_table1(name, seed, options)? {
                todo.push(case);
            }
        }
    }
    let done = side_by_side(todo, |case| runner.kernels(case))?;
    Ok(done.into_iter().map(|(case, mode, fit)| Run { case, mode, fit }).collect())
}

/// One line a term that truly acts.
fn lines(
    group: &[&Run],
    name: &str,
    mode: Mode,
    published: &Published,
    verdict: &Verdict,
) -> Vec<Vec<String>> {
    let Some(first) = group.first() else { return Vec::new() };
    let truth = first.case.truth();
    let paper = published.twophase.kernel(name);
    let support = group.iter().filter(|run| run.is_exact()).count();
    let per_row: Vec<f64> = group.iter().map(|run| run.fit.per_row()).collect();
    let active = truth.iter().filter(|(_, weight)| *weight != 0.0);
    let mut lines: Vec<Vec<String>> = Vec::new();
    for (term, truth) in active {
        let found: Vec<f64> = group.iter().map(|run| run.fit.weight(term)).collect();
        let errors: Vec<f64> =
            group.iter().filter_map(|run| run.fit.standard_error(term)).collect();
        let (mean, deviation) = statistics::mean_and_deviation(&found);
        let is_first = lines.is_empty();
        let once = |cell: String| if is_first { cell } else { String::new() };
        lines.push(vec![
            once(name.to_owned()),
            once(mode.words().to_owned()),
            once(group.len().to_string()),
            term.clone(),
            truth.to_string(),
            paper.and_then(|p| p.learned.get(term)).map_or("–".into(), |w| format!("{w:.3}")),
            format!("{mean:.4} ± {deviation:.4}"),
            format!("{:.4}", statistics::rmse(&found, *truth)),
            if errors.is_empty() {
                "–".into()
            } else {
                format!("{:.4}", statistics::mean_and_deviation(&errors).0)
            },
            once(format!("{support}/{}", group.len())),
            once(statistics::range(&per_row)),
            once(verdict.words()),
        ]);
    }
    lines
}

impl Run {
    fn is_exact(&self) -> bool {
        self.case
            .truth()
            .iter()
            .all(|(term, truth)| (self.fit.weight(term) != 0.0) == (*truth != 0.0))
    }
}

fn row(run: &Run, published: &Published, verdict: &Verdict) -> Value {
    let truth = run.case.truth();
    let map = |value: &dyn Fn(&str, f64) -> Value| {
        let entries = truth.iter().map(|(term, truth)| (term.clone(), value(term, *truth)));
        Value::Object(entries.collect::<Map<_, _>>())
    };
    let paper: Option<&BTreeMap<String, f64>> =
        published.twophase.kernel(run.case.name()).map(|row| &row.learned);
    json!({
        "case": run.case.name(),
        "start": run.case.start(),
        "mode": name_of(run.mode),
        "seed": run.case.seed(),
        "n_particles": run.case.n_particles(),
        "true": map(&|_, truth| json!(truth)),
        "learned": map(&|term, _| json!(run.fit.weight(term))),
        "standard_error": map(&|term, _| json!(run.fit.standard_error(term))),
        "support_exact": run.is_exact(),
        "selection": run.fit.selection,
        "residual_per_row": run.fit.per_row(),
        "condition": run.fit.condition,
        "published": paper,
        "timing": { "seconds": run.fit.seconds },
        "verdict": verdict.name(),
    })
}

/// Against the bounds of all runs of a mode together.
fn verdict(
    group: &[&Run],
    name: &str,
    mode: Mode,
    bounds: &Bounds,
    options: &ReproduceOptions,
) -> Verdict {
    let Some(limits) = bounds.meanfield.table1(name) else { return Verdict::NotJudged };
    let weak = &bounds.meanfield.weak;
    if options.quick || group.is_empty() || mode == Mode::Kde {
        return Verdict::NotJudged;
    }
    if mode == Mode::Weak && group.len() < weak.runs {
        return Verdict::NotJudged;
    }
    let weights =
        |term: &str| -> Vec<f64> { group.iter().map(|run| run.fit.weight(term)).collect() };
    let mut missed = Vec::new();
    for (term, truth) in group[0].case.truth() {
        let (limit, found) = match mode {
            Mode::Weak => (limits.weak.get(&term), statistics::rmse(&weights(&term), truth)),
            _ => (limits.pde.get(&term), statistics::largest_error(&weights(&term), truth)),
        };
        if let Some(limit) = limit.filter(|limit| statistics::reaches(found, **limit)) {
            missed.push(format!("error of {term} {found:.4} ≥ {limit}"));
        }
    }
    let exact = group.iter().filter(|run| run.is_exact()).count() as f64 / group.len() as f64;
    let least = if mode == Mode::Weak { weak.support } else { 1.0 };
    if exact < least {
        missed.push(format!("support right in {:.0} % < {:.0} %", 100.0 * exact, 100.0 * least));
    }
    if mode == Mode::Weak {
        let outside = |per_row: &f64| !(weak.per_row[0]..=weak.per_row[1]).contains(per_row);
        let per_row = group.iter().map(|run| run.fit.per_row());
        missed.extend(per_row.filter(outside).map(|found| format!("χ²/row {found:.3}")));
    }
    if missed.is_empty() { Verdict::Met } else { Verdict::Missed(missed) }
}
