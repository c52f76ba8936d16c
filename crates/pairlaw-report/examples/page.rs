//! Writes a page with two figures and a table with every mark:
//! `cargo run --example page -- target/page.html`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::PathBuf;

use pairlaw_report::{
    Axis, Block, CellMark, Chart, DataLink, Document, EmbeddedFigure, Figure, HeatMap, Mark, Panel,
    Quantity, Section, Series, Table, TableCell, VerticalLine,
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).unwrap_or("target/page.html".into()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, document()?.to_html()?)?;
    println!("{}", path.display());
    Ok(())
}

fn document() -> Result<Document, Box<dyn Error>> {
    Ok(Document {
        title: "Demonstration of a page".into(),
        lead: vec!["Made-up numbers that show everything a page can hold.".into()],
        summary: Some(summary()),
        sections: vec![
            Section {
                id: "decay".into(),
                title: "Forces that decay".into(),
                lead: vec!["Two cells, ten distances & one law: f(r) < 1 beyond r = 3 µm.".into()],
                blocks: vec![
                    Block::Facts(vec![
                        ("Seeds".into(), "1 to 20".into()),
                        ("Machine".into(), "a made-up processor of 16 cores".into()),
                    ]),
                    Block::Heading { id: "decay.tables".into(), title: "Tables".into() },
                    Block::Table(marks()),
                    Block::Table(wide()),
                    Block::Heading { id: "decay.figures".into(), title: "Figures".into() },
                    Block::Figure(EmbeddedFigure::new("decay.forces", &forces())?),
                ],
            },
            Section {
                id: "merging".into(),
                title: "Groups that merge".into(),
                lead: vec![],
                blocks: vec![
                    Block::Paragraph("The density as particles feel it.".into()),
                    Block::Figure(EmbeddedFigure::new("merging.density", &density())?),
                    Block::Table(long()),
                ],
            },
        ],
    })
}

fn summary() -> Table {
    let row = |name: &str, mark| vec![name.into(), TableCell::marked("", mark)];
    Table {
        caption: "One row a section.".into(),
        header: ["section", "verdict"].map(String::from).into(),
        rows: vec![
            row("Forces that decay", CellMark::Missed),
            row("Groups that merge", CellMark::Met),
        ],
        ..Table::new("summary", "Summary")
    }
}

fn marks() -> Table {
    let row = |name: &str, value: &str, mark, reason: &str| {
        vec![name.into(), "0.0125".into(), TableCell::marked(value, mark), reason.into()]
    };
    let data = DataLink {
        file_name: "marks.csv".into(),
        media_type: "text/csv".into(),
        contents: b"law,published,ours\nAA,0.0125,0.0121\n".into(),
    };
    Table {
        caption: "Errors of six laws, by every mark there is.".into(),
        header: ["law", "published", "ours", "remark"].map(String::from).into(),
        rows: vec![
            row("A on A", "0.0121", CellMark::Met, ""),
            row("A on B", "0.2", CellMark::Missed, "0.2 > 0.05: the only one beyond its bound"),
            row("B on A", "0.0031", CellMark::Better, ""),
            row("B on B", "0.0126", CellMark::Alike, "within one standard error"),
            row("walls", "0.02", CellMark::Worse, "within its bound, but worse"),
            row("drag", "–", CellMark::NotJudged, "the paper does not print it"),
        ],
        data: Some(data),
        ..Table::new("decay.marks", "Table 1. Errors of the laws")
    }
}

fn wide() -> Table {
    let header = std::iter::once("population".to_owned())
        .chain((1..=14).map(|k| format!("seed {k}, relative error")));
    let row = |name: &str| {
        let errors = (1..=14).map(|k| format!("{:.2e} ± 0.1", 0.01 / f64::from(k)).into());
        std::iter::once(name.into()).chain(errors).collect()
    };
    Table {
        header: header.collect(),
        rows: ["heterogeneous, of two species", "homogeneous"].map(row).into(),
        ..Table::new("decay.wide", "Table 2. More columns than a phone or a sheet is wide")
    }
}

fn long() -> Table {
    let row = |k: u32| {
        let error = TableCell::marked(format!("{:.4}", f64::from(k).sin().abs()), CellMark::Met);
        vec![format!("particle {k}").into(), error]
    };
    Table {
        header: ["particle", "error"].map(String::from).into(),
        rows: (1..=60).map(row).collect(),
        ..Table::new("merging.errors", "Table 3. Errors of all particles")
    }
}

fn forces() -> Figure {
    let at = |k: u32| 0.5 + f64::from(k) / 4.0;
    let panel = |class: usize, range: f64| {
        let force = move |r: f64| 10.0 * (-r / range).exp();
        let band = (0..20).map(|k| (at(k), Some([0.8, 1.25].map(|f| f * force(at(k))))));
        let truth = Series::line("truth", class + 1, (0..20).map(|k| (at(k), force(at(k)))));
        let learned = (0..20).map(|k| (at(k), force(at(k)) * (1.0 + 0.1 * f64::from(k).sin())));
        let learned = Series {
            band: band.collect(),
            mark: Mark::LineAndMarkers,
            ..Series::line("learned", class, learned)
        };
        Chart {
            x: Axis::linear("distance", "µm"),
            y: Axis::log10("force", "pN"),
            series: vec![truth, learned],
            vertical_lines: vec![VerticalLine { label: "range".into(), class: 6, x: range }],
            ..Chart::default()
        }
    };
    let panels = (0..6)
        .map(|k| Panel::new(format!("Law {}", k + 1), panel(k as usize, 1.0 + 0.5 * f64::from(k))));
    Figure {
        title: "Forces of six laws".into(),
        caption: "Bands are standard errors of made-up numbers.".into(),
        width: 960.0,
        columns: 3,
        panels: panels.collect(),
    }
}

fn density() -> Figure {
    let bell = |x: f64| (-0.5 * x * x).exp();
    let value = |j: u32, i: u32| {
        let (x, t) = (f64::from(i) / 5.0 - 6.0, f64::from(j) / 10.0);
        (x.abs() < 5.5).then(|| bell(x - 3.0 + t) + bell(x + 3.0 - t) - 0.4 * bell(x))
    };
    let map = HeatMap {
        x: Axis::linear("x", "µm"),
        y: Axis::linear("time", "h"),
        x_range: [-6.0, 6.0],
        y_range: [0.0, 4.0],
        value: Quantity::new("density u", "1/µm"),
        rows: (0..40).map(|j| (0..60).map(|i| value(j, i)).collect()).collect(),
        points: (0..12).map(|k| [f64::from(k) - 5.5, 2.0]).collect(),
        ..HeatMap::default()
    };
    Figure {
        title: "Density over time".into(),
        caption: "Colours stay as they are in the dark; text and frame do not.".into(),
        width: 440.0,
        columns: 1,
        panels: vec![Panel::new("", map)],
    }
}
