//! A document with every kind of block, opened on phones and desks.

use std::fs;

use e2e::{Browser, Page};
use pairlaw_report::{
    Axis, Block, CellMark, Chart, DataLink, Document, EmbeddedFigure, Figure, Panel, Section,
    Series, Table, TableCell,
};

const WIDTHS: [u32; 2] = [390, 1280];

/// Every id is there, nothing is loaded or complained about, and the page is as wide as its screen.
pub(crate) fn opens_on_phones_and_desks(browser: &Browser) {
    let html = document().to_html().expect("a proper document");
    for width in WIDTHS {
        let page = open(browser, &html, width);
        for id in ["summary", "paper", "tables", "wide", "long", "figure", "narrow"] {
            assert!(page.dom.contains(&format!("id=\"{id}\"")), "{id} at {width} px");
        }
        assert_eq!((&page.console, &page.loads), (&vec![], &vec![]), "at {width} px");
        assert_eq!(page.overflow, 0, "at {width} px");
    }
}

/// Whatever got into the file, the page's policy keeps it from running and from loading.
pub(crate) fn runs_and_loads_nothing_that_is_put_in(browser: &Browser) {
    let html = document().to_html().expect("a proper document");
    let put_in = "<p id=\"put-in\">as it was</p><img src=\"http://127.0.0.1:9/a.png\" alt=\"\">\
                  <script>document.getElementById(\"put-in\").textContent = \"changed\"</script>";
    let page = open(browser, &html.replacen("</main>", &format!("{put_in}</main>"), 1), WIDTHS[0]);
    assert!(page.dom.contains("<p id=\"put-in\">as it was</p>"));
    let blocked = |what: &str| {
        page.console.iter().any(|m| m.contains("Content Security Policy") && m.contains(what))
    };
    assert!(blocked("a.png") && blocked("script"), "{:?}", page.console);
}

/// The check itself: errors of scripts, files that are missing, and pages that are too wide.
pub(crate) fn what_is_wrong_with_a_page_is_seen(browser: &Browser) {
    let html = "<!DOCTYPE html><title>t</title><img src=\"missing.png\" alt=\"\">\
                <style>@import \"http://127.0.0.1:9/missing.css\";</style>\
                <div style=\"width: 500px\">wide &amp; ü</div>\
                <script>throw new Error(\"on purpose\")</script>";
    let [phone, desk] = WIDTHS.map(|width| open(browser, html, width));
    assert!(phone.console.iter().any(|message| message.contains("on purpose")), "{phone:?}");
    for file in ["missing.png", "missing.css"] {
        assert!(phone.loads.iter().any(|load| load.ends_with(file)), "{file}: {phone:?}");
    }
    assert!(phone.dom.contains(">wide &amp; ü</div>"), "{phone:?}");
    assert!(phone.overflow >= 110 && desk.overflow == 0, "{phone:?}\n{desk:?}");
}

fn open(browser: &Browser, html: &str, width: u32) -> Page {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("page of a test.html");
    fs::write(&path, html).expect("the page is written");
    browser.open(&path, width)
}

fn document() -> Document {
    let long_word = "Aggregationsdiffusionsgleichungskoeffizientenbestimmungsverfahren".to_owned();
    let table = |id: &str, n_columns: usize, n_rows: usize| {
        let row = |_| vec![TableCell::marked("0.0125 ± 0.0003", CellMark::Met); n_columns];
        Table {
            header: vec!["relative error".into(); n_columns],
            rows: (0..n_rows).map(row).collect(),
            caption: "Many words on the errors of a law. ".repeat(9),
            data: Some(DataLink {
                file_name: "errors_of_every_law_with_a_name_that_nobody_would_like.json".into(),
                media_type: "application/json".into(),
                contents: b"{}".into(),
            }),
            ..Table::new(id, long_word.clone())
        }
    };
    let embedded = |id: &str, width| EmbeddedFigure::new(id, &figure(width)).expect("a figure");
    let without_narrow = EmbeddedFigure { narrow_svg: None, ..embedded("figure", 1400.0) };
    let blocks = vec![
        Block::Paragraph(long_word.clone()),
        Block::Facts(vec![(long_word.clone(), long_word.clone())]),
        Block::Heading { id: "tables".into(), title: long_word.clone() },
        Block::Table(table("wide", 20, 3)),
        Block::Table(table("long", 3, 50)),
        Block::Figure(without_narrow),
        Block::Figure(embedded("narrow", 700.0)),
    ];
    let lead = vec![long_word.clone()];
    let section =
        Section { id: "paper".into(), title: long_word.clone(), lead: lead.clone(), blocks };
    let summary = Some(table("summary", 8, 3));
    Document { title: long_word, lead, summary, sections: vec![section] }
}

fn figure(width: f64) -> Figure {
    let chart = |class: usize| {
        let line = Series::line("learned", class, (0..9).map(|k| (f64::from(k), f64::from(k * k))));
        let (x, y) = (Axis::linear("distance", "µm"), Axis::linear("force", "pN"));
        Panel::new("Force", Chart { x, y, series: vec![line], ..Chart::default() })
    };
    let panels = (0..3).map(chart).collect();
    Figure { title: "Forces".into(), caption: "Of three laws.".into(), width, columns: 3, panels }
}
