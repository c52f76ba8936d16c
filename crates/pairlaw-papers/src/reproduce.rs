//! `reproduce`: runs the parts asked for and writes what they make: `results.json`, `results.md`,
//! `figures/*.svg`, `species/*.json`, `report.html` and `manifest.json`.

use crate::Failure;
use crate::options::{Learner, ReproduceOptions, set_threads};
use crate::plan::{self, Done, Plan};
use crate::results::{Figure, Table, Verdict, peak_memory};
use crate::runner::Runner;
use crate::{manifest, meanfield, potentials, report, species};
use clap::ValueEnum;
use pairlaw_data::write_atomic;
use pairlaw_run::{seconds, stop_on_interrupt};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs what the options ask for, prints and writes it.
pub(crate) fn run(options: &ReproduceOptions) -> Result<ExitCode, Failure> {
    set_threads(options.threads)?;
    if let Some(manifest) = &options.verify {
        return manifest::verify(manifest, options);
    }
    let finished = make(options)?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&finished.results)?);
    } else {
        println!("{}", finished.markdown());
        finished.print_seconds();
        let out = options.out.display();
        println!("results are in {out}; to read them, open {out}/report.html");
    }
    Ok(check(options, &finished))
}

/// A run that is over.
pub(crate) struct Finished {
    pub(crate) done: Vec<Done>,
    /// What `results.json` holds.
    pub(crate) results: Value,
    pub(crate) seconds: f64,
}

/// Makes everything that the options ask for, and writes it.
pub(crate) fn make(options: &ReproduceOptions) -> Result<Finished, Failure> {
    let plans = plans(options)?;
    let start = Instant::now();
    let runner = Runner::open(&options.out)?;
    stop_on_interrupt(&runner.progress, runner.store.folder())?;
    let mut parts: Vec<_> = plans.into_iter().flat_map(Plan::parts).collect();
    // Whoever stops a run in its studies has all that the papers have.
    parts.sort_by_key(|part| part.is_study);
    let done = plan::run(parts, &runner)?;
    let seconds = start.elapsed().as_secs_f64();
    let results = results_json(&done, seconds);
    let finished = Finished { done, results, seconds };
    finished.write(&options.out)?;
    let html = report::html(options, &finished)?;
    write_atomic(options.out.join("report.html"), html.as_bytes())?;
    manifest::write(options, &runner, &finished)?;
    Ok(finished)
}

/// The parts of the paper named, or of all.
fn plans(options: &ReproduceOptions) -> Result<Vec<Plan<'_>>, Failure> {
    let is_part = !options.is_everything() || !options.experiment.is_empty();
    let learners = match options.learner {
        Some(learner) => vec![learner],
        None if is_part => {
            return Err("--table, --figure, --experiment and --study need the paper: name \
                        `species`, `meanfield` or `potentials` before them"
                .into());
        }
        None => Learner::value_variants().to_vec(),
    };
    let plan = |learner| match learner {
        Learner::Species => species::plan(options),
        Learner::Meanfield => meanfield::plan(options),
        Learner::Potentials => potentials::plan(options),
    };
    learners.into_iter().map(plan).collect()
}

impl Finished {
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.done.iter().flat_map(|done| &done.made.tables)
    }

    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.done.iter().flat_map(|done| &done.made.figures)
    }

    fn markdown(&self) -> String {
        let tables = self.tables().map(Table::markdown);
        tables.chain(self.figures().map(Figure::markdown)).collect::<Vec<_>>().join("\n")
    }

    /// Every file below the output directory but the report: path and content.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let figures = self.figures().map(|figure| (figure.path(), figure.embedded.svg.clone()));
        let beside = self.tables().flat_map(|table| table.files.iter().cloned());
        figures.chain(beside).collect()
    }

    fn write(&self, out: &Path) -> Result<(), Failure> {
        for (path, content) in self.files() {
            let path = out.join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            write_atomic(path, content.as_bytes())?;
        }
        let results = serde_json::to_string_pretty(&self.results)? + "\n";
        write_atomic(out.join("results.json"), results.as_bytes())?;
        Ok(write_atomic(out.join("results.md"), self.markdown().as_bytes())?)
    }

    /// The time of all studies, or of everything else, in words.
    pub(crate) fn time_of(&self, studies: bool) -> String {
        let parts = self.done.iter().filter(|done| done.is_study == studies);
        seconds(Duration::from_secs_f64(parts.map(|done| done.seconds).sum()))
    }

    fn print_seconds(&self) {
        println!("tables and figures: {}", self.time_of(false));
        if self.done.iter().any(|done| done.is_study) {
            println!("studies: {}", self.time_of(true));
        }
        if let Some(bytes) = peak_memory() {
            println!("largest memory: {:.2} GB", bytes as f64 / 1e9);
        }
    }
}

/// Under `--check`: prints every cell, and fails if one is missed for no reason that is understood, or
/// if there was nothing to judge.
fn check(options: &ReproduceOptions, finished: &Finished) -> ExitCode {
    if !options.check {
        return ExitCode::SUCCESS;
    }
    let comparisons = finished.tables().filter(|table| !table.cells.is_empty());
    for comparison in comparisons.map(Table::comparison) {
        // Standard output is JSON where that was asked for.
        if options.json { eprintln!("{comparison}") } else { println!("{comparison}") }
    }
    let mut n_understood = 0;
    for table in finished.tables() {
        for cell in &table.cells {
            if let Verdict::Missed(reasons) = cell.verdict() {
                eprintln!("missed: {}, {}: {}", table.id, cell.row, reasons.join("; "));
                if let Some(reason) = &cell.understood {
                    eprintln!("  understood: {reason}");
                    n_understood += 1;
                }
            }
        }
    }
    let names = || finished.tables().flat_map(|t| &t.cells).map(|cell| cell.verdict().name());
    let count = |wanted: &str| names().filter(|name| *name == wanted).count();
    let [met, missed, free] = ["met", "missed", "not judged"].map(count);
    eprintln!(
        "{met} cells met their bounds, {missed} missed them ({n_understood} for a reason that is \
         understood), {free} are not judged"
    );
    if met + missed == 0 {
        eprintln!(
            "nothing was judged: most bounds hold at full size, for Tables 2 to 4 of the species paper with \
             the printed law and start, for 10 seeds or more of particles, and for 5 or more of fitted tracks"
        );
    }
    if n_understood < missed || met == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn results_json(done: &[Done], seconds: f64) -> Value {
    let tables = done.iter().flat_map(|done| &done.made.tables).map(Table::json);
    let figures = done.iter().flat_map(|done| &done.made.figures).map(Figure::json);
    json!({
        "schema": 1,
        "tables": tables.collect::<Vec<_>>(),
        "figures": figures.collect::<Vec<_>>(),
        "timing": {
            "seconds": seconds,
            "peak_memory_bytes": peak_memory(),
            "threads": rayon::current_num_threads(),
        },
    })
}
