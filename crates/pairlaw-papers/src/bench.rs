//! Speed per unit of work beside its target, medians of several runs on the present machine.

mod meanfield;
mod potentials;
mod species;

use crate::Failure;
use crate::options::{BenchOptions, Learner, set_threads};
use crate::results::peak_memory;
use pairlaw_law::simd::InstructionSet;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Instant;

struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    /// Most that is good; `None` for what is only told.
    target: Option<f64>,
}

pub(crate) fn run(options: &BenchOptions) -> Result<ExitCode, Failure> {
    set_threads(options.threads)?;
    let (mut figures, mut notes) = (Vec::new(), Vec::new());
    let only = options.learner.or(options.only);
    let is_asked = |learner| only.is_none_or(|only| only == learner);
    if is_asked(Learner::Potentials) {
        let (found, lines) = potentials::figures(options)?;
        figures.extend(found);
        notes.extend(lines);
    }
    if is_asked(Learner::Species) {
        figures.extend(species::figures(options)?);
    }
    if is_asked(Learner::Meanfield) {
        figures.extend(meanfield::figures(options)?);
    }
    if let Some(bytes) = peak_memory() {
        let value = bytes as f64 / 1e9;
        figures.push(Figure { name: "peak memory", value, unit: "GB", target: Some(1.0) });
    }
    print(&figures, &notes, options.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Median seconds of `repeat` runs, after one that is not counted.
fn median_seconds(repeat: usize, mut work: impl FnMut()) -> f64 {
    work();
    let seconds = (0..repeat.max(1)).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    median(seconds.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print(figures: &[Figure], notes: &[String], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let rows: Vec<Value> = figures
            .iter()
            .map(|f| json!({"name": f.name, "value": f.value, "unit": f.unit, "target": f.target}))
            .collect();
        let set = InstructionSet::detect().name();
        let json = json!({"instruction_set": set, "timing": rows, "notes": notes});
        println!("{}", serde_json::to_string_pretty(&json)?);
        return Ok(());
    }
    println!("instruction set: {}", InstructionSet::detect().name());
    for Figure { name, value, unit, target } in figures {
        let told = target.map_or(String::new(), |target| verdict(*value, target));
        println!("{name:42} {:>9} {unit:16} {told}", number(*value));
    }
    notes.iter().for_each(|note| println!("{note}"));
    Ok(())
}

fn number(value: f64) -> String {
    if value.abs() < 1e-3 { format!("{value:.1e}") } else { format!("{value:.3}") }
}

fn verdict(value: f64, target: f64) -> String {
    let verdict = if value <= target { "met" } else { "missed" };
    format!("target ≤ {target:?} ({verdict})")
}
