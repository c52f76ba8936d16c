//! `report.html`: what was reproduced, what is better, what was missed and why, for readers.

use crate::Failure;
use crate::options::{Learner, ReproduceOptions};
use crate::plan::Done;
use crate::reproduce::Finished;
use crate::results::{Cell, Figure, Standing, Table, Verdict, machine, peak_memory};
use clap::ValueEnum;
use pairlaw_law::simd::InstructionSet;
use pairlaw_report::{Block, CellMark, DataLink, Document, EmbeddedFigure, Section, TableCell};
use serde_json::Value;

/// The text of the report.
pub(crate) fn html(options: &ReproduceOptions, finished: &Finished) -> Result<String, Failure> {
    let mut sections = vec![overview(finished)];
    for &learner in Learner::value_variants() {
        let parts: Vec<&Done> = finished.done.iter().filter(|d| d.learner == learner).collect();
        if !parts.is_empty() {
            sections.push(paper(learner, &parts)?);
        }
    }
    sections.push(this_run(options, finished));
    let document = Document {
        title: "pairlaw: three papers reproduced".to_owned(),
        lead: lead(options),
        summary: Some(summary(finished)),
        sections,
    };
    Ok(document.to_html()?)
}

fn lead(options: &ReproduceOptions) -> Vec<String> {
    let mut lead = vec![
        "pairlaw learns the laws by which pairs interact — cells, animals, particles, opinions — from \
         their recorded tracks. This page sets every table and figure of the three papers that it \
         implements beside what this run found."
            .to_owned(),
        "Met and missed: whether our number keeps the bound that we hold it to. Better, alike, worse: \
         how it stands beside the paper's. What nobody holds to a bound is not judged, and says why."
            .to_owned(),
    ];
    if options.quick {
        lead.push(
            "This is a small version, made with --quick: fewer cells, particles, seeds and epochs. \
             Only what does not depend on the size is judged, and the numbers are worse than those of a full \
             run."
                .to_owned(),
        );
    }
    lead
}

/// One line a paper: how many of its numbers are met, missed, better and worse.
fn summary(finished: &Finished) -> pairlaw_report::Table {
    let mut rows = Vec::new();
    for &learner in Learner::value_variants() {
        let cells: Vec<&Cell> = cells(finished, learner).map(|(_, cell)| cell).collect();
        if cells.is_empty() {
            continue;
        }
        let verdict = |name: &str| cells.iter().filter(|c| c.verdict().name() == name).count();
        let standing = |standing| cells.iter().filter(|c| c.standing() == Some(standing)).count();
        let missed = verdict("missed");
        let mark = if 0 < missed { CellMark::Missed } else { CellMark::None };
        rows.push(vec![
            about(learner).short.into(),
            verdict("met").to_string().into(),
            TableCell::marked(missed.to_string(), mark),
            verdict("not judged").to_string().into(),
            standing(Standing::Better).to_string().into(),
            standing(Standing::Same).to_string().into(),
            standing(Standing::Worse).to_string().into(),
        ]);
    }
    let header = [
        "paper",
        "bounds met",
        "missed",
        "not judged",
        "better than the paper",
        "like the paper",
        "worse than the paper",
    ];
    pairlaw_report::Table {
        id: "summary".to_owned(),
        title: "What was reproduced".to_owned(),
        caption:
            "Numbers of the papers' tables and of our checks. Every one of them stands in the \
                  comparison below its table."
                .to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows,
        data: None,
    }
}

fn cells(finished: &Finished, learner: Learner) -> impl Iterator<Item = (&Table, &Cell)> {
    let of_paper = finished.done.iter().filter(move |done| done.learner == learner);
    let tables = of_paper.flat_map(|done| &done.made.tables);
    tables.flat_map(|table| table.cells.iter().map(move |cell| (table, cell)))
}

/// What was missed and what is worse than the paper's, with the reasons.
fn overview(finished: &Finished) -> Section {
    let all = || finished.tables().flat_map(|t| t.cells.iter().map(move |cell| (t, cell)));
    let missed = |cell: &Cell| cell.verdict().name() == "missed";
    let worse = |cell: &Cell| !missed(cell) && cell.standing() == Some(Standing::Worse);
    let mut blocks = Vec::new();
    for (id, title, is_listed) in [
        ("missed", "Missed", &missed as &dyn Fn(&Cell) -> bool),
        ("worse", "Worse than the paper", &worse),
    ] {
        let listed: Vec<(&Table, &Cell)> = all().filter(|(_, cell)| is_listed(cell)).collect();
        if listed.is_empty() {
            blocks.push(Block::Paragraph(format!("{title}: nothing.")));
            continue;
        }
        // Marks stand where the cells stand: here they would count twice.
        let row = |(table, cell): (&Table, &Cell)| {
            let [paper, ours, bound] = cell.told();
            [&table.title, &cell.row, &cell.quantity, &paper, &ours, &bound, cell.reason()]
                .map(TableCell::from)
                .to_vec()
        };
        let header = ["table", "row", "quantity", "paper", "ours", "bound", "reason"];
        blocks.push(Block::Table(pairlaw_report::Table {
            id: id.to_owned(),
            title: title.to_owned(),
            header: header.map(str::to_owned).to_vec(),
            rows: listed.into_iter().map(row).collect(),
            ..pairlaw_report::Table::default()
        }));
    }
    Section {
        id: "overview".to_owned(),
        title: "What was missed, and why".to_owned(),
        lead: Vec::new(),
        blocks,
    }
}

/// What a reader must know of a paper.
struct About {
    id: &'static str,
    short: &'static str,
    title: &'static str,
    lead: [&'static str; 2],
}

fn about(learner: Learner) -> About {
    match learner {
        Learner::Species => About {
            id: "species",
            short: "Species nobody labelled",
            title: "Species nobody labelled (Messenger, Wheeler, Liu, Bortz 2022)",
            lead: [
                "Learning anisotropic interaction rules from individual trajectories in a heterogeneous \
                 cellular population. Every cell obeys the forces of its species; nobody says which cell \
                 is of which species, or how many there are. Laws and species are learned from \
                 positions alone.",
                "Two classifiers: the paper's (one sparse weak-form model a cell, exchanged, clustered, \
                 checked by simulation), and a mixture of pooled regressions, which goes past the paper.",
            ],
        },
        Learner::Meanfield => About {
            id: "meanfield",
            short: "Kernels from densities",
            title: "Kernels from densities (Shi, Yang, Hong 2025)",
            lead: [
                "Extracting interaction kernels for many-particle systems by a two-phase approach. Many \
                 particles without identities follow a pair kernel and noise; the kernel is learned as a \
                 sparse sum of dictionary terms, or as jumps.",
                "Three ways: from densities that solve the mean-field equation, from kernel density estimates \
                 of particles as in the paper, and from the weak form on the particles themselves, which \
                 goes past the paper and tells its own errors.",
            ],
        },
        Learner::Potentials => About {
            id: "potentials",
            short: "Potentials through simulated steps",
            title: "Potentials through simulated steps (Komiya, Jin, Nishikimi, Kashino 2025)",
            lead: [
                "Learning pairwise potentials via differentiable recurrent dynamics. Cells move in the \
                 potentials of all others; parameters of cells or pairs are fitted by gradients through \
                 the steps, so that the cells reach given shapes or follow recorded tracks.",
                "Each row stands twice: as the paper trains, and by our recipes (re-assignment, debiased \
                 transport, collocation, fewer parameters).",
            ],
        },
    }
}

fn paper(learner: Learner, parts: &[&Done]) -> Result<Section, Failure> {
    let About { id, title, lead, .. } = about(learner);
    let mut blocks = Vec::new();
    for is_study in [false, true] {
        let parts = || parts.iter().filter(move |done| done.is_study == is_study);
        if is_study && parts().next().is_some() {
            let (id, title) = (format!("{id}.studies"), "Studies beyond the paper".to_owned());
            blocks.push(Block::Heading { id, title });
        }
        for table in parts().flat_map(|done| &done.made.tables) {
            blocks.extend(table_blocks(table)?);
        }
        for figure in parts().flat_map(|done| &done.made.figures) {
            blocks.push(Block::Figure(figure_block(figure)?));
        }
    }
    let (id, title) = (id.to_owned(), title.to_owned());
    Ok(Section { id, title, lead: lead.map(str::to_owned).to_vec(), blocks })
}

/// A table, and the comparison of its numbers with the paper's and with our bounds.
fn table_blocks(table: &Table) -> Result<Vec<Block>, Failure> {
    let line = |line: &Vec<String>| line.iter().map(|text| judged(text)).collect();
    let mut blocks = vec![Block::Table(pairlaw_report::Table {
        id: table.id.to_owned(),
        title: table.title.clone(),
        caption: table.caption.clone(),
        header: table.header.clone(),
        rows: table.lines.iter().map(line).collect(),
        data: Some(data(table.id, &table.json())?),
    })];
    if !table.cells.is_empty() {
        blocks.push(Block::Table(pairlaw_report::Table {
            id: format!("{}.comparison", table.id),
            title: format!("{}: paper, ours and bounds", table.title),
            caption: String::new(),
            header: COMPARED.map(str::to_owned).to_vec(),
            rows: table.cells.iter().map(comparison_row).collect(),
            data: None,
        }));
    }
    Ok(blocks)
}

/// A printed cell; what begins with a verdict has its sign. Marks, which are counted, belong to the
/// numbers of the comparison.
fn judged(text: &str) -> TableCell {
    let signs = [("met", "✓ "), ("missed", "✗ "), ("not judged", "○ ")];
    let sign = signs.into_iter().find(|(word, _)| text.starts_with(word));
    sign.map_or_else(|| text.into(), |(_, sign)| format!("{sign}{text}").into())
}

const COMPARED: [&str; 8] =
    ["row", "quantity", "paper", "ours", "beside the paper", "bound", "verdict", "reason"];

fn comparison_row(cell: &Cell) -> Vec<TableCell> {
    let standing = match cell.standing() {
        None => "–".into(),
        Some(Standing::Better) => TableCell::marked("", CellMark::Better),
        Some(Standing::Same) => TableCell::marked("", CellMark::Alike),
        Some(Standing::Worse) => TableCell::marked("", CellMark::Worse),
    };
    let verdict = match cell.verdict() {
        Verdict::Met => CellMark::Met,
        Verdict::Missed(_) => CellMark::Missed,
        Verdict::NotJudged => CellMark::NotJudged,
    };
    let [paper, ours, bound] = cell.told();
    vec![
        cell.row.clone().into(),
        cell.quantity.clone().into(),
        paper.into(),
        ours.into(),
        standing,
        bound.into(),
        TableCell::marked("", verdict),
        cell.reason().into(),
    ]
}

fn figure_block(figure: &Figure) -> Result<EmbeddedFigure, Failure> {
    let data = Some(data(&figure.embedded.id, &figure.data)?);
    Ok(EmbeddedFigure { data, ..figure.embedded.clone() })
}

fn data(id: &str, value: &Value) -> Result<DataLink, Failure> {
    Ok(DataLink {
        file_name: format!("{id}.json"),
        media_type: "application/json".to_owned(),
        contents: serde_json::to_vec(value)?,
    })
}

/// How this run was made, and what it took.
fn this_run(options: &ReproduceOptions, finished: &Finished) -> Section {
    let memory = peak_memory().map_or("unknown".into(), |b| format!("{:.2} GB", b as f64 / 1e9));
    let facts = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("commit", env!("PAIRLAW_COMMIT").to_owned()),
        ("size", if options.quick { "--quick" } else { "full" }.to_owned()),
        ("first seed", options.seed.to_string()),
        ("threads", rayon::current_num_threads().to_string()),
        ("processor", machine()),
        ("instruction set", InstructionSet::detect().name().to_owned()),
        ("tables and figures took", finished.time_of(false)),
        ("studies took", finished.time_of(true)),
        ("largest memory", memory),
    ];
    let row = |done: &Done| {
        let kind = if done.is_study { "study" } else { "paper" };
        let name = format!("{}: {}", about(done.learner).short, done.name);
        vec![name.into(), kind.into(), format!("{:.1}", done.seconds).into()]
    };
    let parts = pairlaw_report::Table {
        id: "parts".to_owned(),
        title: "Parts of the run".to_owned(),
        caption: "Seconds that each part took in this run; what was in the cache took none."
            .to_owned(),
        header: ["part", "of", "seconds"].map(str::to_owned).to_vec(),
        rows: finished.done.iter().map(row).collect(),
        data: None,
    };
    let facts = facts.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Section {
        id: "run".to_owned(),
        title: "This run".to_owned(),
        lead: vec![
            "manifest.json beside this page has the options, the seeds and the hash of every product; \
             `cargo xtask reproduce --verify manifest.json` makes them again and compares."
                .to_owned(),
        ],
        blocks: vec![Block::Facts(facts), Block::Table(parts)],
    }
}
