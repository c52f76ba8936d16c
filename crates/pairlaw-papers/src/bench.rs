//! Speed per unit of work beside its target and beside other programs, stored so that two commits can
//! be compared.

mod clock;
mod compare;
mod document;
mod figure;
mod meanfield;
mod peers;
mod potentials;
mod species;

use crate::Failure;
use crate::options::{BenchOptions, Learner, set_threads};
use crate::results::{aligned, peak_memory};
use document::Document;
use figure::{Figure, number};
use std::process::ExitCode;

pub(crate) fn run(options: &BenchOptions) -> Result<ExitCode, Failure> {
    // Before any work: a wrong file must not cost minutes.
    let before = options.compare.as_deref().map(Document::load).transpose()?;
    let now = options.with.as_deref().map(Document::load).transpose()?;
    if let (Some(before), Some(now)) = (&before, &now) {
        print!("{}", compare::comparison(before, now));
        return Ok(ExitCode::SUCCESS);
    }
    let now = measure(options)?;
    let path = now.store(&options.out)?;
    if options.json {
        println!("{}", now.json()?);
        return Ok(ExitCode::SUCCESS);
    }
    print(&now);
    if let Some(before) = before {
        println!("\n{}", compare::comparison(&before, &now));
    }
    let path = path.display();
    println!("stored in {path}; a later run compares with it by `--compare {path}`");
    println!("criterion benches of the single crates: `cargo bench -p benches`");
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &BenchOptions) -> Result<Document, Failure> {
    if options.repeat == 0 {
        return Err("--repeat is 0; give at least 1".into());
    }
    set_threads(options.threads)?;
    let mut document = Document::new(options);
    let only = options.learner.or(options.only);
    let is_asked = |learner| only.is_none_or(|only| only == learner);
    if is_asked(Learner::Potentials) {
        potentials::measure(options, &mut document)?;
    }
    if is_asked(Learner::Species) {
        species::measure(options, &mut document)?;
    }
    if is_asked(Learner::Meanfield) {
        meanfield::measure(options, &mut document)?;
    }
    if let Some(bytes) = peak_memory() {
        let gigabytes = bytes as f64 / 1e9;
        document.figures.push(Figure::new("peak memory", "GB", Some(1.0), &[gigabytes]));
    }
    Ok(document)
}

fn print(document: &Document) {
    println!("{}\n", document.title());
    let header = ["figure", "value", "unit", "spread", "target", "verdict", "peer", "peer / ours"];
    let lines: Vec<Vec<String>> = document.figures.iter().map(line).collect();
    println!("{}", aligned(&header.map(str::to_owned), &lines));
    document.notes.iter().for_each(|note| println!("{note}"));
}

fn line(figure: &Figure) -> Vec<String> {
    let peer = figure.peer.as_ref();
    vec![
        figure.name.clone(),
        number(figure.value),
        figure.unit.clone(),
        figure.spread_words(),
        figure.target.map_or(String::new(), |target| format!("≤ {target:?}")),
        figure.verdict().to_owned(),
        peer.map_or(String::new(), |peer| {
            format!("{} {}: {}", peer.name, peer.version, number(peer.value))
        }),
        peer.map_or(String::new(), |peer| number(peer.ratio)),
    ]
}
