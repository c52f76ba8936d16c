//! Table 2: opinion dynamics, where φ(r)/r jumps.

use super::cases::{Case, Mode};
use super::experiment::StoredPieces;
use super::{MODES, asked, default_seeds, side_by_side, statistics, unjudged};
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::published::{Bounds, MeanFieldBounds, Opinion, Published};
use crate::results::{Bound, Cell, Table, Verdict};
use crate::runner::Runner;
use serde_json::{Value, json};

/// Systems of the table.
pub(super) const CASES: [&str; 2] = ["polarization", "consensus"];

const CAPTION: &str = "\
    Opinion dynamics with φ(r) = f(r) r and f constant between two breakpoints b1 and b2: its values \
    f1, f2, f3 and the breakpoints, learned from densities that solve the mean-field equation (PDE), \
    from density estimates of particles (SDE, KDE) and from the particles themselves (SDE, weak \
    form). All numbers are pure: mean ± standard deviation over the runs that found two breakpoints; \
    rmse: root mean square error against the truth; se: mean standard error that the fit tells. The \
    paper's table has no numbers in the text at hand, so that only the truth is compared with; \
    density estimates blur the jumps and seldom find both.";

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
    let mut table = Table::new("meanfield.table2", "Table 2: opinions, kernels with jumps");
    table.caption = CAPTION.to_owned();
    let heads = "case data runs two-breaks quantity true ours rmse se verdict";
    table.header = heads.split_whitespace().map(str::to_owned).collect();
    let runs = runs(options, runner)?;
    for name in asked(options, &CASES) {
        let truth = published.twophase.opinion(name).ok_or("a system without published truth")?;
        for mode in MODES {
            let group: Vec<&Run> =
                runs.iter().filter(|run| run.case.name() == name && run.mode == mode).collect();
            let mut cells = cells(&group, truth, name, mode, &bounds.meanfield);
            if let Some(reason) = unjudged(options.quick, mode, group.len(), &bounds.meanfield) {
                cells = cells.into_iter().map(|cell| cell.unjudged(&reason)).collect();
            }
            let verdict = Verdict::of(&cells);
            table.lines.extend(lines(&group, truth, name, mode, &verdict));
            table.rows.extend(group.iter().map(|run| row(run, truth, &verdict)));
            table.cells.extend(cells);
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
    /// In the printed column, and in words.
    name: String,
    words: String,
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
        words: format!("break {}", k + 1),
        truth: *at,
        found: right.iter().map(|pieces| pieces.breaks[k]).collect(),
        errors: right.iter().map(|pieces| pieces.break_errors[k]).collect(),
    });
    let values = truth.f.iter().enumerate().map(|(k, value)| Quantity {
        name: format!("f{}", k + 1),
        words: format!("value {}", k + 1),
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

/// Every number of all runs of a mode together, and its bound.
fn cells(
    group: &[&Run],
    truth: &Opinion,
    name: &str,
    mode: Mode,
    bounds: &MeanFieldBounds,
) -> Vec<Cell> {
    let Some(limits) = bounds.table2(name).filter(|_| !group.is_empty()) else {
        return Vec::new();
    };
    let cell = |quantity: String, reason: &str| {
        Cell::new(format!("{name}, {}", mode.short()), quantity, reason)
    };
    let quantities = quantities(group, truth);
    let (pieces, least, reason) = match mode {
        Mode::Pde => (&limits.pde, 1.0, &limits.reason),
        _ => (&limits.weak, bounds.weak.support, &bounds.weak.reason),
    };
    let right = quantities[0].found.len() as f64 / group.len() as f64;
    let two_breaks = cell("two breaks found (share of runs)".to_owned(), reason);
    let mut cells = vec![two_breaks.ours(right).bound(Bound::AtLeast(least))];
    cells.extend(quantities.iter().enumerate().map(|(k, q)| {
        let limit = pieces.breaks.get(k).copied().unwrap_or(pieces.values);
        let error = cell(format!("{} (rms error)", q.words), &limits.reason);
        error.ours(statistics::rmse(&q.found, q.truth)).bound(Bound::AtMost(limit))
    }));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_synth::FirstOrderScenario;

    /// Runs on polarization with these breakpoints.
    fn judged(breaks: &[&[f64]]) -> Vec<Cell> {
        let case = Case::Line(FirstOrderScenario::<1>::named("polarization", 1).unwrap());
        let run = |breaks: &&[f64]| {
            let pieces = serde_json::from_value(json!({
                "breaks": breaks,
                "break_errors": vec![0.01; breaks.len()],
                "values": ([0.5, 1.0, 0.0][..=breaks.len()]),
                "value_errors": vec![0.01; breaks.len() + 1],
                "binned": [],
                "binned_errors": [],
                "per_row": 1.0,
                "is_converged": true,
            }));
            Run { case: case.clone(), mode: Mode::Weak, pieces: pieces.unwrap() }
        };
        let runs: Vec<Run> = breaks.iter().map(run).collect();
        let group: Vec<&Run> = runs.iter().collect();
        let (published, bounds) = (Published::load().unwrap(), Bounds::load().unwrap());
        let truth = published.twophase.opinion("polarization").unwrap();
        cells(&group, truth, "polarization", Mode::Weak, &bounds.meanfield)
    }

    #[test]
    fn breaks_values_and_their_number_are_held_to_bounds() {
        let met = judged(&[&[1.55, 2.0], &[1.45, 2.0]]);
        assert_eq!(Verdict::of(&met), Verdict::Met);
        let quantities: Vec<&str> = met.iter().map(|cell| cell.quantity.as_str()).collect();
        assert_eq!(quantities[0], "two breaks found (share of runs)");
        assert_eq!(quantities[1..3], ["break 1 (rms error)", "break 2 (rms error)"]);
        assert_eq!((met.len(), quantities[5]), (6, "value 3 (rms error)"));
        let far = judged(&[&[1.5, 2.05]]);
        assert_eq!(Verdict::of(&far).words(), "missed: break 2 (rms error) 0.05, not ≤ 0.03");
        let few = judged(&[&[1.5, 2.0], &[1.5]]);
        assert_eq!(Verdict::of(&few).missed().len(), 1);
        // Where no run has both breaks nothing is met.
        assert_eq!(Verdict::of(&judged(&[&[1.5]])).missed().len(), 6);
    }
}
