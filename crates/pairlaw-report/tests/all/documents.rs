//! Structure of the HTML, read back by an XML parser.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::collections::BTreeSet;

use pairlaw_report::{
    Angles, Axis, Block, CellMark, Chart, DataLink, Document, EmbeddedFigure, Figure, HeatMap,
    Histogram, Mark, Panel, Plot, PolarMap, ReportError, Section, Series, Table, TableCell,
    Trajectories, TrajectoryGroup,
};
use proptest::collection::vec;
use proptest::prelude::*;
use roxmltree::Node;

/// The page as XML: without its first line, and with its `<meta>` elements closed.
fn xml(html: &str) -> String {
    let html = html.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut pieces = html.split("<meta ");
    let before = pieces.next().unwrap().to_owned();
    let closed = |piece: &str| format!("<meta {}", piece.replacen('>', "/>", 1));
    pieces.fold(before, |text, piece| text + &closed(piece))
}

/// What the reader of a text sees: control characters are replaced, line breaks kept.
fn shown(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => c,
        '\t' | '\r' => ' ',
        '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(shown).collect()
}

fn named<'a, 'i>(tree: &'a roxmltree::Document<'i>, name: &str) -> Vec<Node<'a, 'i>> {
    tree.descendants().filter(|node| node.tag_name().name() == name).collect()
}

fn words(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn figure(plots: Vec<Plot>) -> Figure {
    let panels = plots.into_iter().map(|plot| Panel::new("panel", plot)).collect();
    Figure { title: "title".into(), caption: "caption".into(), width: 700.0, columns: 2, panels }
}

fn chart() -> Chart {
    let series = (0..9).map(|class| Series {
        mark: Mark::LineAndMarkers,
        band: vec![(1.0, Some([1.0, 2.0])), (2.0, Some([1.0, 2.0]))],
        ..Series::line("a", class, [(1.0, 1.0), (2.0, 2.0)])
    });
    let histograms = vec![Histogram::from_values("b", 1, &[1.0, 2.0], 3).unwrap()];
    let (x, y) = (Axis::linear("x", "h"), Axis::log10("y", ""));
    Chart { x, y, series: series.collect(), histograms, ..Chart::default() }
}

fn table(n_rows: usize, mark: CellMark) -> Table {
    let row = |k: usize| vec![format!("row {k}").into(), TableCell::marked("0.5", mark)];
    Table {
        caption: "Errors.".into(),
        header: vec!["law".into(), "error".into()],
        rows: (0..n_rows).map(row).collect(),
        ..Table::new("errors", "Table 1")
    }
}

fn document(blocks: Vec<Block>) -> Document {
    let section = Section { id: "paper".into(), title: "Paper".into(), lead: vec![], blocks };
    Document { title: "Results".into(), sections: vec![section], ..Document::default() }
}

fn page(blocks: Vec<Block>) -> String {
    xml(&document(blocks).to_html().unwrap())
}

#[test]
fn the_page_names_itself_and_has_one_main_heading() {
    let text = page(vec![Block::Heading { id: "a".into(), title: "Tables".into() }]);
    let tree = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(tree.root_element().attribute("lang"), Some("en"));
    let headings = ["title", "h1", "h2", "h3"].map(|name| named(&tree, name));
    assert_eq!(headings.map(|nodes| (nodes.len(), words(nodes[0]))), {
        ["Results", "Results", "Paper", "Tables"].map(|title| (1, title.to_owned()))
    });
    let viewport = |node: &Node<'_, '_>| node.attribute("name") == Some("viewport");
    assert!(named(&tree, "meta").iter().any(viewport));
    assert_eq!(named(&tree, "main").len(), 1);
}

#[test]
fn tables_have_caption_header_and_scopes() {
    let text = page(vec![Block::Table(table(2, CellMark::Met))]);
    let tree = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(named(&tree, "caption").map_words(), ["Table 1Errors."]);
    assert_eq!(named(&tree, "thead").map_words(), ["lawerror"]);
    let scopes: Vec<_> =
        named(&tree, "th").iter().map(|th| th.attribute("scope").unwrap()).collect();
    assert_eq!(scopes, ["col", "col", "row", "row"]);
    let regions = tree.descendants().filter(|node| node.attribute("role") == Some("region"));
    let regions: Vec<_> =
        regions.map(|n| (n.attribute("aria-label"), n.attribute("tabindex"))).collect();
    assert_eq!(regions, [(Some("Table 1"), Some("0"))]);
}

trait MapWords {
    fn map_words(&self) -> Vec<String>;
}

impl MapWords for Vec<Node<'_, '_>> {
    fn map_words(&self) -> Vec<String> {
        self.iter().map(|&node| words(node)).collect()
    }
}

#[test]
fn marks_are_told_in_words() {
    let told = [
        (CellMark::None, "0.5"),
        (CellMark::Met, "0.5 ✓ met"),
        (CellMark::Missed, "0.5 ✗ missed"),
        (CellMark::Better, "0.5 ▲ better"),
        (CellMark::Alike, "0.5 ≈ alike"),
        (CellMark::Worse, "0.5 ▼ worse"),
        (CellMark::NotJudged, "0.5 ○ not judged"),
    ];
    for (mark, expected) in told {
        let text = page(vec![Block::Table(table(1, mark))]);
        let tree = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(named(&tree, "td").map_words(), [expected]);
    }
}

#[test]
fn verdicts_are_summed_up_before_everything_else() {
    let mut judged = table(3, CellMark::Met);
    judged.rows[1][1].mark = CellMark::Missed;
    let mut of = document(vec![Block::Table(judged)]);
    // The summary repeats what is counted below.
    of.summary = Some(Table { id: "summary".into(), ..table(5, CellMark::Met) });
    let text = xml(&of.to_html().unwrap());
    let tree = roxmltree::Document::parse(&text).unwrap();
    let verdicts = tree.descendants().filter(|node| node.attribute("class") == Some("verdicts"));
    let verdicts = verdicts.collect::<Vec<_>>().map_words();
    assert_eq!(verdicts[..2], ["In all tables: ✓ 2 met, ✗ 1 missed", "Missed in Table 1 (1)"]);
    assert_eq!(verdicts.len(), 4);
}

#[test]
fn long_tables_are_folded_unless_something_was_missed() {
    for (n_rows, mark, expected) in [
        (40, CellMark::Met, vec![]),
        (41, CellMark::Met, vec![None]),
        (41, CellMark::Missed, vec![Some("")]),
    ] {
        let text = page(vec![Block::Table(table(n_rows, mark))]);
        let tree = roxmltree::Document::parse(&text).unwrap();
        let open: Vec<_> = named(&tree, "details").iter().map(|n| n.attribute("open")).collect();
        assert_eq!(open, expected, "{n_rows} {mark:?}");
    }
}

#[test]
fn contents_are_listed_below_their_headings() {
    let heading = Block::Heading { id: "h".into(), title: "Figures".into() };
    let embedded = EmbeddedFigure::new("f", &figure(vec![chart().into()])).unwrap();
    let blocks = vec![Block::Table(table(1, CellMark::Missed)), heading, Block::Figure(embedded)];
    let text = page(blocks);
    let tree = roxmltree::Document::parse(&text).unwrap();
    let contents =
        named(&tree, "nav").into_iter().find(|nav| nav.attribute("class") == Some("contents"));
    let list = contents.unwrap().first_element_child().unwrap();
    let items: Vec<_> = list.children().collect();
    assert_eq!(items.map_words(), ["Table 1 ✗ 1 missed", "Figurestitle"]);
    let links: Vec<_> = list.descendants().filter_map(|node| node.attribute("href")).collect();
    assert_eq!(links, ["#errors", "#h", "#f"]);
}

#[test]
fn files_can_be_saved() {
    let data = DataLink {
        file_name: "a \"b\".csv".into(),
        media_type: "text/csv".into(),
        contents: b"a,b\n".into(),
    };
    let text = page(vec![Block::Table(Table { data: Some(data), ..table(1, CellMark::Met) })]);
    let tree = roxmltree::Document::parse(&text).unwrap();
    let link = tree.descendants().find(|node| node.has_attribute("download")).unwrap();
    assert_eq!(link.attribute("download"), Some("a \"b\".csv"));
    assert_eq!(link.attribute("href"), Some("data:text/csv;base64,YSxiCg=="));
}

/// Colours of a picture that a dark page must know; those of a map stay as they are.
#[test]
fn every_colour_of_a_picture_has_one_for_dark_screens() {
    let group = TrajectoryGroup {
        polylines: vec![vec![[0.0, 0.0], [1.0, 1.0]]],
        starts: true,
        ..TrajectoryGroup::default()
    };
    let heat = HeatMap {
        x_range: [0.0, 1.0],
        y_range: [0.0, 1.0],
        rows: vec![vec![Some(-1.0), None, Some(1.0)]],
        points: vec![[0.5, 0.5]],
        ..HeatMap::default()
    };
    let rings = vec![vec![Some(-1.0), None, Some(1.0)]];
    let polar = PolarMap { radius: 3.0, rings, angles: Angles::FullTurn, ..PolarMap::default() };
    let plots = vec![
        chart().into(),
        Chart::default().into(),
        Trajectories { groups: vec![group], ..Trajectories::default() }.into(),
        heat.into(),
        polar.into(),
    ];
    let html = document(vec![Block::Figure(EmbeddedFigure::new("f", &figure(plots)).unwrap())]);
    let text = xml(&html.to_html().unwrap());
    let tree = roxmltree::Document::parse(&text).unwrap();
    let sheet = words(named(&tree, "style")[0]);
    let of_a_map = |colour: &str| {
        let channel = |k: usize| u8::from_str_radix(&colour[k..k + 2], 16).unwrap();
        // Its shades are written in small letters; `#222` are its dots, `#000` its points.
        let shade = colour.len() == 7 && colour.to_lowercase() == colour && channel(1) != 0;
        shade || ["#003c69", "#222", "#000"].contains(&colour)
    };
    let mut unknown = BTreeSet::new();
    let pictures = named(&tree, "figure");
    for node in pictures.iter().flat_map(Node::descendants) {
        for name in ["fill", "stroke"] {
            let Some(colour) = node.attribute(name).filter(|&colour| colour != "none") else {
                continue;
            };
            if !of_a_map(colour) && !sheet.contains(&format!("[{name}=\"{colour}\"]")) {
                unknown.insert(format!("{name} {colour}"));
            }
        }
    }
    assert_eq!(unknown, BTreeSet::new());
}

fn cell() -> impl Strategy<Value = TableCell> {
    let marks = [CellMark::None, CellMark::Met, CellMark::Missed, CellMark::NotJudged];
    (text(), 0..4usize).prop_map(move |(text, k)| TableCell::marked(text, marks[k]))
}

/// Any characters, and above all those that mean something.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[<>&\"'/=a\\-\\]!\n\r\t]{0,20}",
        Just("</p><script>f()</script>".to_owned()),
        Just("<!-- &amp; ]]> \u{0}\u{FFFF}".to_owned()),
    ]
}

fn title() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("t{text}"))
}

fn block() -> impl Strategy<Value = Block> {
    let rows = (1usize..5).prop_flat_map(|n| (vec(text(), n), vec(vec(cell(), n), 0..50)));
    let data = (vec(any::<u8>(), 0..50), "[^/:\\\\\\p{C}]{0,9}").prop_map(|(contents, name)| {
        DataLink { file_name: format!("a{name}"), media_type: "text/csv".into(), contents }
    });
    let table = (title(), text(), rows, proptest::option::of(data)).prop_map(
        |(title, caption, (header, rows), data)| {
            Block::Table(Table { caption, header, rows, data, ..Table::new("", title) })
        },
    );
    let svg = figure(vec![chart().into()]).to_svg().unwrap();
    let figure = (title(), text()).prop_map(move |(title, caption)| {
        let svg = svg.clone();
        Block::Figure(EmbeddedFigure { title, caption, svg, ..EmbeddedFigure::default() })
    });
    prop_oneof![
        text().prop_map(Block::Paragraph),
        vec((text(), text()), 0..4).prop_map(Block::Facts),
        title().prop_map(|title| Block::Heading { id: String::new(), title }),
        table,
        figure,
    ]
}

fn any_document() -> impl Strategy<Value = Document> {
    let section = (title(), vec(text(), 0..3), vec(block(), 0..7))
        .prop_map(|(title, lead, blocks)| Section { id: String::new(), title, lead, blocks });
    (title(), vec(text(), 0..3), vec(section, 0..4)).prop_map(|(title, lead, mut sections)| {
        // Ids count up.
        let mut n = 0;
        let mut next = || {
            n += 1;
            format!("id.{n}")
        };
        for section in &mut sections {
            section.id = next();
            for block in &mut section.blocks {
                match block {
                    Block::Heading { id, .. } => *id = next(),
                    Block::Table(table) => table.id = next(),
                    Block::Figure(figure) => figure.id = next(),
                    _ => {}
                }
            }
        }
        Document { title, lead, summary: None, sections }
    })
}

/// Elements and attributes that run or load, but for links within the page and saved files.
fn runs_or_loads(node: Node<'_, '_>) -> bool {
    let harmless = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "nav",
        "main",
        "header",
        "section",
        "ul",
        "li",
        "a",
        "h1",
        "h2",
        "h3",
        "p",
        "dl",
        "div",
        "dt",
        "dd",
        "details",
        "summary",
        "strong",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "figure",
        "figcaption",
        "svg",
        "desc",
        "g",
        "rect",
        "circle",
        "path",
        "text",
    ];
    let inside = |href: &str| href.starts_with('#') || href.starts_with("data:text/csv;base64,");
    !harmless.contains(&node.tag_name().name())
        || node.attributes().any(|attribute| match attribute.name() {
            "href" => !inside(attribute.value()),
            name => name == "src" || name.starts_with("on"),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn pages_are_well_formed_reproducible_and_neither_run_nor_load(document in any_document()) {
        let html = document.to_html().unwrap();
        prop_assert_eq!(&html, &document.clone().to_html().unwrap());
        let text = xml(&html);
        let tree = roxmltree::Document::parse(&text).unwrap();
        let elements = || tree.descendants().filter(Node::is_element);
        prop_assert!(!elements().any(runs_or_loads));
        prop_assert!(!text.contains("<script"));
        let ids: Vec<_> = elements().filter_map(|node| node.attribute("id")).collect();
        let expected: Vec<_> = (1..=ids.len()).map(|n| format!("id.{n}")).collect();
        prop_assert_eq!(ids, expected);
        let targets: BTreeSet<_> = elements().filter_map(|node| node.attribute("id")).collect();
        let links = elements().filter_map(|node| node.attribute("href")?.strip_prefix('#'));
        prop_assert!(links.filter(|id| !id.is_empty()).all(|id| targets.contains(id)));
    }

    #[test]
    fn texts_are_shown_as_they_are(words_of in vec(text(), 1..6), title in title()) {
        let blocks = words_of.iter().cloned().map(Block::Paragraph).collect();
        let text = xml(&Document { title: title.clone(), ..document(blocks) }.to_html().unwrap());
        let tree = roxmltree::Document::parse(&text).unwrap();
        let expected: Vec<_> = words_of.iter().map(|text| shown(text)).collect();
        prop_assert_eq!(named(&tree, "p").map_words(), expected);
        prop_assert_eq!(named(&tree, "h1").map_words(), [shown(&title)]);
    }

    #[test]
    fn shared_ids_are_refused(document in any_document(), k in any::<prop::sample::Index>()) {
        let mut document = document;
        if let Some(first) = document.sections.first().map(|section| section.id.clone()) {
            let n = document.sections.len();
            let twin = Section { id: first.clone(), title: "twin".into(), ..Section::default() };
            document.sections.insert(1 + k.index(n), twin);
            prop_assert_eq!(document.to_html(), Err(ReportError::SharedId { id: first }));
        }
    }
}
