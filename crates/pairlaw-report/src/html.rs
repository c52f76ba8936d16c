//! The HTML of a document: one function an element, from the page down to a cell.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{Block, Document, Part, Section};
use crate::embedded::{DataLink, EmbeddedFigure, natural_width};
use crate::table::{CellMark, Table, TableCell, Tally};
use crate::text::printable;
use crate::theme;

/// Longer tables are folded, unless something in them was missed.
const LONG: usize = 40;

/// No script, no network: browsers hold the page to it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole file of a document that was checked.
pub(crate) fn page(document: &Document) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (document.title) }
                style { (PreEscaped(theme::style_sheet())) }
            }
            body {
                (bar(document))
                main {
                    header {
                        h1 { (document.title) }
                        (lead(&document.lead))
                        (verdicts("In all tables", || document.tables()))
                    }
                    @if let Some(summary) = &document.summary { (table(summary)) }
                    @for part in &document.sections { (section(part)) }
                }
            }
        }
    };
    let readable = |c| if c == '\n' { c } else { printable(c) };
    markup.into_string().chars().map(readable).chain(['\n']).collect()
}

/// Links that stay in sight.
fn bar(document: &Document) -> Markup {
    let sections = document.sections.iter().map(|section| (&section.id, &section.title));
    let summary = document.summary.iter().map(|table| (&table.id, &table.title));
    html! {
        nav.bar aria-label="Sections" {
            ul {
                li { a href="#" { "Top" } }
                @for (id, title) in summary.chain(sections) { li { (link(id, title)) } }
            }
        }
    }
}

fn link(id: &str, words: &str) -> Markup {
    html! { a href={ "#" (id) } { (words) } }
}

fn lead(paragraphs: &[String]) -> Markup {
    html! { @for words in paragraphs { p.lead { (words) } } }
}

fn section(section: &Section) -> Markup {
    html! {
        section id=(section.id) {
            h2 { (section.title) }
            (lead(&section.lead))
            (verdicts("In the tables of this section", || section.tables()))
            (contents(section))
            @for part in &section.blocks { (block(part)) }
        }
    }
}

/// How often each verdict was given, and where something was missed.
fn verdicts<'a, T: Iterator<Item = &'a Table>>(place: &str, tables: impl Fn() -> T) -> Markup {
    let tally = Tally::of(tables());
    let missed = || tables().filter(|table| table.tally().n_missed() > 0);
    html! {
        @if !tally.0.is_empty() {
            p.verdicts { (place) ": " (counts(&tally)) }
        }
        @if tally.n_missed() > 0 {
            p.verdicts {
                "Missed in "
                @for (k, table) in missed().enumerate() {
                    @if k > 0 { ", " }
                    (link(&table.id, &table.title)) " (" (table.tally().n_missed()) ")"
                }
            }
        }
    }
}

fn counts(tally: &Tally) -> Markup {
    html! {
        @for (k, (&verdict, n)) in tally.0.iter().enumerate() {
            @if k > 0 { ", " }
            (mark(verdict, Some(*n)))
        }
    }
}

/// The sign and the word of a mark, with the number of cells that have it.
fn mark(mark: CellMark, count: Option<usize>) -> Markup {
    html! {
        @if let Some([sign, word, class]) = mark.told() {
            span class={ "mark " (class) } {
                span aria-hidden="true" { (sign) } " "
                @if let Some(n) = count { (n) " " }
                (word)
            }
        }
    }
}

/// Tables and figures of a section, those below a heading under it.
fn contents(section: &Section) -> Markup {
    let listed: Vec<(Part<'_>, &Block)> =
        section.blocks.iter().filter_map(|block| Some((block.part()?, block))).collect();
    let groups = listed.chunk_by(|_, (_, next)| !matches!(next, Block::Heading { .. }));
    html! {
        @if listed.len() > 1 {
            nav.contents aria-label={ "Contents of " (section.title) } {
                ul {
                    @for group in groups {
                        @match group {
                            [(head, Block::Heading { .. }), below @ ..] => li {
                                (link(head.id, head.title))
                                @if !below.is_empty() { ul { (entries(below)) } }
                            },
                            all => (entries(all)),
                        }
                    }
                }
            }
        }
    }
}

fn entries(parts: &[(Part<'_>, &Block)]) -> Markup {
    html! {
        @for (part, block) in parts {
            li {
                (link(part.id, part.title))
                @if let Block::Table(table) = block {
                    @let n = table.tally().n_missed();
                    @if n > 0 { " " (mark(CellMark::Missed, Some(n))) }
                }
            }
        }
    }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading { id, title } => html! { h3 id=(id) { (title) } },
        Block::Paragraph(words) => html! { p { (words) } },
        Block::Facts(facts) => html! {
            dl {
                @for (name, value) in facts { div { dt { (name) } dd { (value) } } }
            }
        },
        Block::Table(of) => table(of),
        Block::Figure(of) => figure(of),
    }
}

/// A table in a box of its own, folded if it is long and nothing in it was missed.
fn table(table: &Table) -> Markup {
    let tally = table.tally();
    let open = (tally.n_missed() > 0).then_some("");
    html! {
        @if table.rows.len() > LONG {
            details open=[open] {
                summary {
                    strong { (table.title) } ", " (table.rows.len()) " rows"
                    @if !tally.0.is_empty() { ": " (counts(&tally)) }
                }
                (boxed(table))
            }
        } @else {
            (boxed(table))
        }
    }
}

/// A box that scrolls sideways, so that the page does not; keys scroll it once it has the focus.
fn scrolling(title: &str, contents: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(title) tabindex="0" { (contents) }
    }
}

fn boxed(table: &Table) -> Markup {
    let numeric = table.numeric_columns();
    let class = |column: usize| numeric[column].then_some("number");
    let rows = html! {
        table id=(table.id) style={ "--letters:" (table.least_letters()) } {
            caption {
                div.caption {
                    p { strong { (table.title) } }
                    (words_and_data(&table.caption, table.data.as_ref()))
                }
            }
            thead {
                tr {
                    @for (column, name) in table.header.iter().enumerate() {
                        th scope="col" class=[class(column)] { (name) }
                    }
                }
            }
            tbody {
                @for row in &table.rows { (row_of(row, class)) }
                @if table.rows.is_empty() {
                    tr { td colspan=(table.header.len()) { "no rows" } }
                }
            }
        }
    };
    scrolling(&table.title, &rows)
}

fn row_of(row: &[TableCell], class: impl Fn(usize) -> Option<&'static str>) -> Markup {
    html! {
        tr {
            @for (column, of) in row.iter().enumerate() {
                @if column == 0 {
                    th scope="row" { (cell(of)) }
                } @else {
                    td class=[class(column)] { (cell(of)) }
                }
            }
        }
    }
}

fn cell(cell: &TableCell) -> Markup {
    html! {
        (cell.text)
        @if !cell.text.is_empty() && cell.mark != CellMark::None { " " }
        (mark(cell.mark, None))
    }
}

fn figure(figure: &EmbeddedFigure) -> Markup {
    let picture = |svg: &str| {
        let width = natural_width(svg).unwrap_or_default();
        let svg = html! {
            div.picture style={ "--natural:" (width) "px" } {
                (PreEscaped(svg))
            }
        };
        scrolling(&figure.title, &svg)
    };
    html! {
        figure id=(figure.id) {
            @if let Some(narrow) = &figure.narrow_svg {
                div.screens { (picture(&figure.svg)) }
                div.phones { (picture(narrow)) }
            } @else {
                (picture(&figure.svg))
            }
            figcaption {
                p { strong { (figure.title) } }
                (words_and_data(&figure.caption, figure.data.as_ref()))
            }
        }
    }
}

fn words_and_data(words: &str, data: Option<&DataLink>) -> Markup {
    html! {
        @if !words.trim().is_empty() { p { (words) } }
        @if let Some(data) = data {
            p.data {
                a download=(data.file_name) href=(data.address()) { "Save " (data.file_name) }
                " (" (data.size()) ")"
            }
        }
    }
}
