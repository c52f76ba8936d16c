//! What the reports of all learners have in common.

use crate::reading::Input;
use pairlaw_report::{Block, EmbeddedFigure, Figure, Panel, Section, Table, TableCell};
use pairlaw_run::Failure;

/// Width in px: two panels side by side.
const WIDTH: f64 = 680.0;

/// A figure of panels, two a row.
pub(crate) fn picture(
    id: &str,
    title: &str,
    caption: &str,
    panels: Vec<Panel>,
) -> Result<Block, Failure> {
    let (title, caption) = (title.to_owned(), caption.to_owned());
    let figure = Figure { title, caption, width: WIDTH, columns: 2, panels };
    Ok(Block::Figure(EmbeddedFigure::new(id, &figure)?))
}

/// A table of rows below a header.
pub(crate) fn table(id: &str, title: &str, header: &[&str], rows: Vec<Vec<TableCell>>) -> Block {
    let header = header.iter().map(|head| (*head).to_owned()).collect();
    Block::Table(Table { header, rows, ..Table::new(id, title) })
}

/// Names with their values.
pub(crate) fn facts(facts: &[(&str, String)]) -> Vec<(String, String)> {
    facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// The unit as it stands on an axis.
pub(crate) fn unit(name: &str) -> &str {
    if name == "1" { "" } else { name }
}

/// What was read, what was guessed, and what the data made the learner choose.
pub(crate) fn input_section(input: &Input, chosen: &[(String, String)]) -> Section {
    let mut known = facts(&[
        ("file", input.path.clone()),
        ("SHA-256", input.sha256.clone()),
        ("format", input.format.clone()),
        ("rows", input.rows.to_string()),
        ("individuals", input.individuals.to_string()),
        ("dimensions", input.dimensions.to_string()),
    ]);
    known.extend(chosen.iter().cloned());
    let inspection = paragraphs(&input.inspection).into_iter().map(Block::Paragraph);
    Section {
        id: "data".into(),
        title: "The data".into(),
        lead: Vec::new(),
        blocks: std::iter::once(Block::Facts(known)).chain(inspection).collect(),
    }
}

/// The lines of a text, each with those that are hung below it.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match found.last_mut() {
            Some(last) if line.starts_with("  ") && !words.starts_with("- ") => {
                last.push(' ');
                last.push_str(&words);
            }
            _ => found.push(words),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hung_lines_are_one_paragraph() {
        let text =
            "a.csv (generic)\n  - a note of\n    two lines\n\nrows         3;\n             none";
        assert_eq!(paragraphs(text), ["a.csv (generic)", "- a note of two lines", "rows 3; none"]);
    }
}
