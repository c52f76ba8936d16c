//! Tables and figures of all learners, written as `results.json`, `results.md`, `manifest.json` and
//! `figures/*.svg`.

use crate::Failure;
use crate::cache::Cache;
use crate::options::{Learner, ReproduceOptions, name_of, set_threads};
use crate::runner::Runner;
use crate::{meanfield, potentials, species};
use pairlaw_data::write_atomic;
use pairlaw_law::simd::InstructionSet;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// One reproduced table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Such as `species.table2`.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) header: Vec<String>,
    /// What is printed, a cell a column.
    pub(crate) lines: Vec<Vec<String>>,
    /// What goes to `results.json`.
    pub(crate) rows: Vec<Value>,
    /// What belongs to the table as a whole.
    pub(crate) extra: Map<String, Value>,
    /// Name and verdict of everything that can be judged.
    pub(crate) verdicts: Vec<(String, Verdict)>,
}

/// One reproduced figure.
#[derive(Debug)]
pub(crate) struct Figure {
    /// Such as `species.figure4.4`.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is to be seen.
    pub(crate) caption: String,
    /// The plot, as an SVG document.
    pub(crate) svg: String,
    /// The numbers that it shows.
    pub(crate) data: Value,
}

impl Figure {
    /// Where it is written, relative to the output directory.
    fn path(&self) -> String {
        format!("figures/{}.svg", self.id)
    }

    fn markdown(&self) -> String {
        format!("## {}\n\n![{}]({})\n\n{}\n", self.title, self.title, self.path(), self.caption)
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "title": self.title,
            "caption": self.caption,
            "svg": self.path(),
            "data": self.data,
        })
    }
}

/// How a row stands against its bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// All bounds are met.
    Met,
    /// What is beyond its bound.
    Missed(Vec<String>),
    /// No bound is set for these choices.
    NotJudged,
}

impl Verdict {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed(_) => "missed",
            Self::NotJudged => "not judged",
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Missed(reasons) => format!("missed: {}", reasons.join("; ")),
            _ => self.name().to_owned(),
        }
    }

    pub(crate) fn missed(&self) -> &[String] {
        if let Self::Missed(reasons) = self { reasons } else { &[] }
    }
}

impl Table {
    pub(crate) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            header: Vec::new(),
            lines: Vec::new(),
            rows: Vec::new(),
            extra: Map::new(),
            verdicts: Vec::new(),
        }
    }

    /// As a Markdown table, columns aligned.
    fn markdown(&self) -> String {
        format!("## {}\n\n{}", self.title, aligned(&self.header, &self.lines))
    }
}

/// Rows of a Markdown table below its header, columns aligned by characters.
pub(crate) fn aligned(header: &[String], lines: &[Vec<String>]) -> String {
    let all = || std::iter::once(header).chain(lines.iter().map(Vec::as_slice));
    let width = |column: usize| {
        all().map(|line| line[column].chars().count()).max().unwrap_or_default().max(3)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let render = |line: &[String]| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let body: String = lines.iter().map(|line| render(line)).collect();
    format!("{}{}{body}", render(header), render(&rule))
}

/// Runs what the options ask for, prints and writes it.
pub(crate) fn reproduce(options: &ReproduceOptions) -> Result<ExitCode, Failure> {
    let learners = learners(options)?;
    for learner in &learners {
        match learner {
            Learner::Species => species::check(options)?,
            Learner::Meanfield => meanfield::check(options)?,
            Learner::Potentials => potentials::check(options)?,
        }
    }
    set_threads(options.threads)?;
    let start = Instant::now();
    let runner = Runner::new(Cache::open(&options.out)?);
    let (mut tables, mut figures) = (Vec::new(), Vec::new());
    for learner in &learners {
        match learner {
            Learner::Species => {
                tables.extend(species::tables(options, &runner)?);
                figures.extend(species::figures(options, &runner)?);
            }
            Learner::Meanfield => {
                tables.extend(meanfield::tables(options, &runner)?);
                figures.extend(meanfield::figures(options, &runner)?);
            }
            Learner::Potentials => {
                tables.extend(potentials::tables(options, &runner)?);
                figures.extend(potentials::figures(options, &runner)?);
            }
        }
    }
    write_figures(&options.out, &figures)?;
    let seconds = start.elapsed().as_secs_f64();
    let json = results_json(&tables, &figures, seconds);
    let tables_markdown = tables.iter().map(Table::markdown);
    let markdown: Vec<String> =
        tables_markdown.chain(figures.iter().map(Figure::markdown)).collect();
    let markdown = markdown.join("\n");
    let pretty = serde_json::to_string_pretty(&json)? + "\n";
    write_atomic(options.out.join("results.json"), pretty.as_bytes())?;
    write_atomic(options.out.join("results.md"), markdown.as_bytes())?;
    let manifest = serde_json::to_string_pretty(&manifest(options, &runner, seconds))? + "\n";
    write_atomic(options.out.join("manifest.json"), manifest.as_bytes())?;
    if options.json {
        print!("{pretty}");
    } else {
        println!("{markdown}");
        figures.iter().for_each(|figure| println!("{}", options.out.join(figure.path()).display()));
        println!("{seconds:.0} s; results are in {}", options.out.display());
    }
    Ok(verdict(options, &tables))
}

/// The papers to reproduce: the one named, or all.
fn learners(options: &ReproduceOptions) -> Result<Vec<Learner>, Failure> {
    let is_part = !options.is_everything() || !options.experiment.is_empty();
    match options.learner {
        Some(learner) => Ok(vec![learner]),
        None if is_part => {
            Err("--table, --figure, --experiment and --study need the paper: name `species`, \
                 `meanfield` or `potentials` before them"
                .into())
        }
        None => Ok(vec![Learner::Species, Learner::Meanfield, Learner::Potentials]),
    }
}

fn write_figures(out: &Path, figures: &[Figure]) -> Result<(), Failure> {
    if !figures.is_empty() {
        std::fs::create_dir_all(out.join("figures"))?;
    }
    for figure in figures {
        write_atomic(out.join(figure.path()), figure.svg.as_bytes())?;
    }
    Ok(())
}

/// Fails under `--check` if a row is missed, or if there was nothing to judge.
fn verdict(options: &ReproduceOptions, tables: &[Table]) -> ExitCode {
    if !options.check {
        return ExitCode::SUCCESS;
    }
    let rows = || tables.iter().flat_map(|t| t.verdicts.iter().map(move |row| (t.id, row)));
    for (table, (name, verdict)) in rows() {
        eprintln!("{table} {name}: {}", verdict.words());
    }
    let missed = rows().any(|(_, (_, verdict))| matches!(verdict, Verdict::Missed(_)));
    let judged = rows().any(|(_, (_, verdict))| *verdict != Verdict::NotJudged);
    if !judged {
        eprintln!(
            "nothing was judged: bounds hold at full size, for Tables 2 to 4 of the species paper with the \
             printed law and start, for 10 seeds or more of the mean-field paper, and for the rows of \
             potentials that have bounds"
        );
    }
    if missed || !judged { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn results_json(tables: &[Table], figures: &[Figure], seconds: f64) -> Value {
    let table = |table: &Table| {
        let mut json = table.extra.clone();
        json.insert("id".into(), json!(table.id));
        json.insert("rows".into(), json!(table.rows));
        Value::Object(json)
    };
    let tables: Vec<Value> = tables.iter().map(table).collect();
    json!({
        "schema": 1,
        "tables": tables,
        "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(),
        "timing": {
            "seconds": seconds,
            "peak_memory_bytes": peak_memory(),
            "threads": rayon::current_num_threads(),
        },
    })
}

fn manifest(options: &ReproduceOptions, runner: &Runner, seconds: f64) -> Value {
    let mut products = runner.products.lock().map(|p| p.clone()).unwrap_or_default();
    products.sort();
    products.dedup();
    let directions: Vec<String> = options.direction.iter().map(|d| name_of(*d)).collect();
    let classifiers: Vec<String> = options.classifier.iter().map(|c| name_of(*c)).collect();
    let starts: Vec<String> = options.start.iter().map(|s| name_of(*s)).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "commit": env!("PAIRLAW_COMMIT"),
        "options": {
            "table": options.table,
            "figure": options.figure,
            "experiment": options.experiment,
            "quick": options.quick,
            "classifier": classifiers,
            "direction": directions,
            "start": starts,
            "integrator": name_of(options.integrator),
            "alpha": options.alpha,
        },
        "first_seed": options.seed,
        "n_seeds": options.seeds,
        "instruction_set": InstructionSet::detect().name(),
        "products": products,
        "timing": {
            "seconds": seconds,
            "threads": rayon::current_num_threads(),
            "machine": machine(),
        },
    })
}

/// Largest resident set so far, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// The processor's name, where the system tells.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|name| name.trim_start_matches([':', ' ', '\t']).to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_aligned_by_characters() {
        let mut table = Table::new("t", "Title");
        table.header = ["a", "Δf"].map(str::to_owned).to_vec();
        table.lines = vec![vec!["1".into(), "–".into()], vec!["long".into(), "0.5".into()]];
        let expected =
            "## Title\n\n| a    | Δf  |\n| ---- | --- |\n| 1    | –   |\n| long | 0.5 |\n";
        assert_eq!(table.markdown(), expected);
    }

    #[test]
    fn missed_rows_say_why() {
        let verdict = Verdict::Missed(vec!["ΔV 0.02 > 0.01".into(), "CS 0.9 < 1".into()]);
        assert_eq!(verdict.words(), "missed: ΔV 0.02 > 0.01; CS 0.9 < 1");
        assert_eq!((Verdict::Met.words().as_str(), Verdict::Met.missed().len()), ("met", 0));
    }
}
