//! Tables 1 and 2 of the two-phase paper: means and deviations over the runs.

use super::extract::{Results, Run, check_runs, one_size};
use super::markdown::{self, Judged, fixed, mean, short, spread};
use crate::Failure;
use crate::meanfield::statistics::mean_and_deviation;
use crate::published::Published;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of both tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rows {
    table1: Vec<Kernel>,
    table2: Vec<Pieces>,
}

/// One run of one way to learn the terms of a kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kernel {
    case: String,
    start: Option<String>,
    mode: String,
    seed: u64,
    n_particles: usize,
    /// Weights of the terms, of which the README shows those that act.
    #[serde(rename = "true")]
    truth: BTreeMap<String, f64>,
    learned: BTreeMap<String, f64>,
    standard_error: BTreeMap<String, Option<f64>>,
    support_exact: bool,
    residual_per_row: f64,
    verdict: String,
}

/// One run of one way to learn a kernel that jumps.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pieces {
    case: String,
    mode: String,
    seed: u64,
    n_particles: usize,
    #[serde(rename = "true")]
    truth: Steps,
    #[serde(flatten)]
    found: Steps,
    standard_errors: Option<Steps>,
    verdict: String,
}

/// Where a kernel jumps, and its values between the jumps.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Steps {
    breakpoints: Vec<f64>,
    values: Vec<f64>,
}

const CASES: [&str; 3] = ["A", "B", "D"];
const SYSTEMS: [&str; 2] = ["polarization", "consensus"];
/// As the rows call the data, and as the README does.
const MODES: [(&str, &str); 3] =
    [("pde", "densities"), ("kde", "density estimates"), ("weak", "weak form")];

pub(super) fn rows(results: &Results) -> Result<Option<Rows>, Failure> {
    let table1: Option<Vec<Kernel>> = results.rows(&["meanfield.table1"])?;
    let table2 = results.rows(&["meanfield.table2"])?;
    let (mut table1, table2) = match (table1, table2) {
        (None, None) => return Ok(None),
        (Some(table1), Some(table2)) => (table1, table2),
        _ => return Err("the results have one table of meanfield; reproduce both".into()),
    };
    for row in &mut table1 {
        let truth = &mut row.truth;
        truth.retain(|_, weight| *weight != 0.0);
        row.learned.retain(|term, _| truth.contains_key(term));
        row.standard_error.retain(|term, _| truth.contains_key(term));
    }
    Ok(Some(Rows { table1, table2 }))
}

pub(super) fn section(rows: &Rows, run: &Run, published: &Published) -> Result<String, Failure> {
    check(rows)?;
    let runs = rows.table1.iter().map(|row| (row.n_particles, row.seed));
    let runs = runs.chain(rows.table2.iter().map(|row| (row.n_particles, row.seed)));
    let (sizes, seeds): (Vec<usize>, BTreeSet<u64>) = runs.unzip();
    let n_particles = one_size("meanfield", sizes.into_iter())?;
    let mut kernels = Vec::new();
    let mut below = Vec::new();
    for case in CASES {
        let paper = published.twophase.kernel(case).map(|row| &row.learned);
        let groups = MODES.map(|(mode, _)| rows.kernels(case, mode));
        for (k, (term, truth)) in groups[2][0].truth.iter().enumerate() {
            let paper = paper.and_then(|learned| learned.get(term)).copied();
            kernels.push(kernel_line(case, term, *truth, paper, &groups, k == 0));
            below.extend(below_paper(case, term, *truth, paper, &groups));
        }
    }
    let systems: Vec<_> = SYSTEMS.iter().flat_map(|case| system_lines(rows, case)).collect();
    let header = "case | term | true | paper | densities | density estimates, as the paper | weak form | \
                  told error | support";
    let header2 = "system | | true | densities | weak form | told error";
    let paragraphs = [
        run.line(&seeds, &format!("{n_particles} particles")),
        markdown::table(header, &kernels),
        per_row(rows),
        markdown::below_paper("by distance from the truth", &below),
        "Opinions, φ(r) = f(r) r with jumps (the paper's Table 2 is empty in the text at hand), over the runs \
         with the right number of breaks:\n"
            .to_owned(),
        markdown::table(header2, &systems),
        breaks_found(rows),
        markdown::bounds(&judged(rows)),
    ];
    Ok(paragraphs.join("\n"))
}

/// Every way to learn has the same runs of a case.
fn check(rows: &Rows) -> Result<(), Failure> {
    for (cases, table) in [(&CASES[..], "meanfield.table1"), (&SYSTEMS[..], "meanfield.table2")] {
        for case in cases {
            let found = MODES.map(|(mode, _)| rows.runs(table, case, mode));
            let expected: BTreeSet<String> = found.iter().flatten().cloned().collect();
            for ((mode, _), found) in MODES.iter().zip(&found) {
                check_runs(&format!("{table}, {case}, {mode}"), found, &expected)?;
            }
        }
    }
    let kernels = rows.table1.iter().map(|row| (row.case.as_str(), row.mode.as_str()));
    let pieces = rows.table2.iter().map(|row| (row.case.as_str(), row.mode.as_str()));
    let is_known = |case: &str, mode: &str| {
        [&CASES[..], &SYSTEMS].concat().contains(&case) && MODES.iter().any(|(key, _)| *key == mode)
    };
    match kernels.chain(pieces).find(|(case, mode)| !is_known(case, mode)) {
        Some((case, mode)) => {
            Err(format!("meanfield has a row of {case}, {mode}, unknown here").into())
        }
        None => Ok(()),
    }
}

impl Rows {
    fn kernels(&self, case: &str, mode: &str) -> Vec<&Kernel> {
        self.table1.iter().filter(|row| row.case == case && row.mode == mode).collect()
    }

    fn pieces(&self, case: &str, mode: &str) -> Vec<&Pieces> {
        self.table2.iter().filter(|row| row.case == case && row.mode == mode).collect()
    }

    /// Names of the runs of a case in a table.
    fn runs(&self, table: &str, case: &str, mode: &str) -> Vec<String> {
        if table == "meanfield.table2" {
            return self
                .pieces(case, mode)
                .iter()
                .map(|row| format!("seed {}", row.seed))
                .collect();
        }
        let name = |row: &&Kernel| match &row.start {
            Some(start) => format!("seed {}, {start}", row.seed),
            None => format!("seed {}", row.seed),
        };
        self.kernels(case, mode).iter().map(name).collect()
    }
}

/// What the runs give a term.
fn weights(group: &[&Kernel], term: &str) -> Vec<f64> {
    group.iter().map(|row| row.learned.get(term).copied().unwrap_or_default()).collect()
}

fn kernel_line(
    case: &str,
    term: &str,
    truth: f64,
    paper: Option<f64>,
    groups: &[Vec<&Kernel>; 3],
    is_first: bool,
) -> Vec<String> {
    let [pde, kde, weak] = groups.each_ref().map(|group| weights(group, term));
    // A term that a run leaves out has no error.
    let has_term = |row: &&&Kernel| row.learned.get(term).is_some_and(|weight| *weight != 0.0);
    let told = groups[2].iter().filter(has_term);
    let told: Vec<f64> = told.filter_map(|row| *row.standard_error.get(term)?).collect();
    let exact = groups[2].iter().filter(|row| row.support_exact).count();
    vec![
        case.to_owned(),
        in_print(term),
        short(truth),
        markdown::fixed_or_dash(paper, 3),
        fixed(mean_and_deviation(&pde).0, 4),
        spread(&kde),
        spread(&weak),
        mean(&told, mean_and_deviation(&weak).1),
        if is_first { format!("{exact}/{}", weak.len()) } else { String::new() },
    ]
}

/// A term with its exponent set: `r²`, `r^−1.5`.
fn in_print(term: &str) -> String {
    match term {
        "r^2" => "r²".to_owned(),
        "r^3" => "r³".to_owned(),
        _ => term.replace('-', "−"),
    }
}

/// The ways whose mean is farther from the truth than the paper's figure.
fn below_paper(
    case: &str,
    term: &str,
    truth: f64,
    paper: Option<f64>,
    groups: &[Vec<&Kernel>; 3],
) -> Vec<String> {
    let Some(paper) = paper else { return Vec::new() };
    let farther = MODES.iter().zip(groups).filter_map(|((_, words), group)| {
        let mean = mean_and_deviation(&weights(group, term)).0;
        let is_farther = (mean - truth).abs() > (paper - truth).abs();
        let (term, mean) = (in_print(term), fixed(mean, 3));
        is_farther.then(|| format!("{words}, {case}, {term}: {mean} ({})", fixed(paper, 3)))
    });
    farther.collect()
}

/// The range of χ² per row of the weak form.
fn per_row(rows: &Rows) -> String {
    let weak =
        || rows.table1.iter().filter(|row| row.mode == "weak").map(|row| row.residual_per_row);
    let [least, most] = [weak().fold(f64::INFINITY, f64::min), weak().fold(0.0, f64::max)];
    let [least, most] = [fixed(least, 2), fixed(most, 2)];
    format!("χ² per row of the weak form lies between {least} and {most} in all runs.\n")
}

/// Breaks and values of a system, those of the runs with the right number of breaks.
fn system_lines(rows: &Rows, case: &str) -> Vec<Vec<String>> {
    let groups = ["pde", "weak"].map(|mode| {
        let mut group = rows.pieces(case, mode);
        group.retain(|row| row.is_right());
        group
    });
    let Some(row) = rows.table2.iter().find(|row| row.case == case) else { return Vec::new() };
    let names = [[case, "breaks"], ["", "values"]];
    vec![
        system_line(names[0], &row.truth, &groups, |steps| &steps.breakpoints),
        system_line(names[1], &row.truth, &groups, |steps| &steps.values),
    ]
}

fn system_line(
    names: [&str; 2],
    truth: &Steps,
    [pde, weak]: &[Vec<&Pieces>; 2],
    of: fn(&Steps) -> &[f64],
) -> Vec<String> {
    let truth = of(truth);
    let cells = |cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..truth.len()).map(cell).collect();
        if cells.iter().all(|cell| cell == "–") { "–".to_owned() } else { cells.join(", ") }
    };
    let found = |group: &[&Pieces], k: usize| -> Vec<f64> {
        group.iter().filter_map(|row| of(&row.found).get(k).copied()).collect()
    };
    let told = |k: usize| -> Vec<f64> {
        let errors = weak.iter().filter_map(|row| row.standard_errors.as_ref());
        errors.filter_map(|errors| of(errors).get(k).copied()).collect()
    };
    let mut line = names.map(str::to_owned).to_vec();
    line.extend([
        cells(&|k| short(truth[k])),
        cells(&|k| mean(&found(pde, k), 0.0)),
        cells(&|k| spread(&found(weak, k))),
        cells(&|k| mean(&told(k), mean_and_deviation(&found(weak, k)).1)),
    ]);
    line
}

impl Pieces {
    fn is_right(&self) -> bool {
        self.found.breakpoints.len() == self.truth.breakpoints.len()
    }
}

/// In how many runs each way finds the right number of breaks.
fn breaks_found(rows: &Rows) -> String {
    let of_system = |case: &&str| {
        let counts = MODES.map(|(mode, words)| {
            let group = rows.pieces(case, mode);
            let right = group.iter().filter(|row| row.is_right()).count();
            format!("{words} {right}/{}", group.len())
        });
        format!("{case}: {}", counts.join(", "))
    };
    let systems: Vec<String> = SYSTEMS.iter().map(of_system).collect();
    format!("Runs that find both breaks: {}.\n", systems.join("; "))
}

/// One verdict holds for all runs of a case and way.
fn judged(rows: &Rows) -> Vec<Judged> {
    let kernels = rows.table1.iter().map(|row| (&row.case, &row.mode, &row.verdict));
    let pieces = rows.table2.iter().map(|row| (&row.case, &row.mode, &row.verdict));
    let judged = kernels.chain(pieces).map(|(case, mode, verdict)| {
        let words =
            MODES.iter().find(|(key, _)| key == mode).map_or(mode.as_str(), |(_, words)| *words);
        Judged { name: format!("{case}, {words}"), verdict: verdict.clone(), missed: Vec::new() }
    });
    judged.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn kernel(case: &str, mode: &str, seed: u64) -> Value {
        let shift = if mode == "kde" { 0.1 * seed as f64 } else { 0.001 * seed as f64 };
        let told = if mode == "weak" { Some(0.002) } else { None };
        let (term, truth) = if case == "B" { ("r^-1.5", -1.0) } else { ("r^2", 3.0) };
        json!({
            "case": case, "start": null, "mode": mode, "seed": seed, "n_particles": 20_000,
            "true": { term: truth, "1": 0.0 }, "learned": { term: truth + shift, "1": 0.5 },
            "standard_error": { term: told, "1": null }, "support_exact": seed == 1,
            "residual_per_row": 0.9 + 0.1 * seed as f64, "condition": 1.0,
            "verdict": if mode == "kde" { "not judged" } else { "met" },
        })
    }

    fn pieces(case: &str, mode: &str, seed: u64) -> Value {
        let shift = 0.02 * seed as f64;
        let breakpoints = if mode == "kde" { vec![1.5] } else { vec![1.5, 2.0 + shift] };
        let errors = (mode == "weak")
            .then(|| json!({ "breakpoints": [0.01, 0.02], "values": [0.1, 0.2, 0.3] }));
        json!({
            "case": case, "mode": mode, "seed": seed, "n_particles": 20_000,
            "true": { "breakpoints": [1.5, 2.0], "values": [0.5, 1.0, 0.0] },
            "breakpoints": breakpoints, "values": [0.5, 1.0, -0.0002], "standard_errors": errors,
            "verdict": if mode == "weak" && case == "consensus" { "missed" } else { "met" },
        })
    }

    fn made_up() -> [Vec<Value>; 2] {
        let all = |cases: &[&str], row: fn(&str, &str, u64) -> Value| {
            let mut rows = Vec::new();
            for case in cases {
                for (mode, _) in MODES {
                    rows.extend([1, 2].map(|seed| row(case, mode, seed)));
                }
            }
            rows
        };
        [all(&CASES, kernel), all(&SYSTEMS, pieces)]
    }

    fn rendered([table1, table2]: [Vec<Value>; 2]) -> Result<String, Failure> {
        let tables = [("meanfield.table1", table1), ("meanfield.table2", table2)];
        let rows = super::rows(&Results::made_up(&tables))?.expect("tables are there");
        section(&rows, &Run::made_up(), &Published::load()?)
    }

    #[test]
    fn means_and_deviations_stand_beside_the_paper() {
        let expected = "\
Run: commit `0123456` with uncommitted changes, seeds 1 to 2, 20000 particles, avx2.

| case | term | true | paper | densities | density estimates, as the paper | weak form | told error | support |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| A | r² | 3 | 3.003 | 3.0015 | 3.150 ± .071 | 3.0015 ± .0007 | .0020 | 1/2 |
| B | r^−1.5 | −1 | −.815 | −.9985 | −.850 ± .071 | −.9985 ± .0007 | .0020 | 1/2 |
| D | r² | 3 | 2.916 | 3.0015 | 3.150 ± .071 | 3.0015 ± .0007 | .0020 | 1/2 |

χ² per row of the weak form lies between 1.00 and 1.10 in all runs.

Below the paper, by distance from the truth: density estimates, A, r²: 3.150 (3.003); density estimates, D, r²: 3.150 (2.916).

Opinions, φ(r) = f(r) r with jumps (the paper's Table 2 is empty in the text at hand), over the runs with the right number of breaks:

| system | | true | densities | weak form | told error |
| --- | --- | --- | --- | --- | --- |
| polarization | breaks | 1.5, 2 | 1.5000, 2.0300 | 1.5000 ± .0000, 2.030 ± .014 | .0100, .020 |
|  | values | .5, 1, 0 | .5000, 1.0000, −.0002 | .5000 ± .0000, 1.0000 ± .0000, −.0002 ± .0000 | .1000, .2000, .3000 |
| consensus | breaks | 1.5, 2 | 1.5000, 2.0300 | 1.5000 ± .0000, 2.030 ± .014 | .0100, .020 |
|  | values | .5, 1, 0 | .5000, 1.0000, −.0002 | .5000 ± .0000, 1.0000 ± .0000, −.0002 ± .0000 | .1000, .2000, .3000 |

Runs that find both breaks: polarization: densities 2/2, density estimates 0/2, weak form 2/2; consensus: densities 2/2, density estimates 0/2, weak form 2/2.

Beyond their bounds, 1 of 12 judged rows: consensus, weak form.
";
        assert_eq!(rendered(made_up()).unwrap(), expected);
    }

    #[test]
    fn missing_doubled_and_strange_rows_are_named() {
        let says = |tables: [Vec<Value>; 2], words: &str| {
            let error = rendered(tables).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        let [mut table1, table2] = made_up();
        table1.remove(5);
        says([table1, table2], "meanfield.table1, A, weak, seed 2: no row");
        let [table1, mut table2] = made_up();
        table2.push(table2[0].clone());
        says([table1, table2], "meanfield.table2, polarization, pde, seed 1: 2 rows");
        let [table1, table2] = made_up();
        says([table1, table2[..6].to_vec()], "meanfield.table2, consensus, pde: no row");
        let [mut table1, table2] = made_up();
        table1.push(kernel("E", "pde", 1));
        says([table1, table2], "meanfield has a row of E, pde");
        let [mut table1, table2] = made_up();
        table1[0]["learned"] = json!({ "r^2": null });
        says([table1, table2], "meanfield.table1, row 1 of the results");
    }

    #[test]
    fn systems_without_any_right_run_have_dashes() {
        let [table1, mut table2] = made_up();
        for row in &mut table2 {
            row["breakpoints"] = json!([]);
        }
        let text = rendered([table1, table2]).unwrap();
        assert!(text.contains("| polarization | breaks | 1.5, 2 | – | – | – |"), "{text}");
    }
}
