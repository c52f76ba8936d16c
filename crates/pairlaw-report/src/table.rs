//! Tables whose cells say how they were judged.

use std::collections::BTreeMap;

use crate::document::Part;
use crate::embedded::DataLink;
use crate::error::ReportError;

/// Rows of text under a header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Where links lead.
    pub id: String,
    /// Its name, shown above it and in the table of contents.
    pub title: String,
    /// What is to be seen; empty for none.
    pub caption: String,
    /// Heading of each column.
    pub header: Vec<String>,
    /// Rows as long as the header; the first cell names the row.
    pub rows: Vec<Vec<TableCell>>,
    /// The numbers behind it, to be saved.
    pub data: Option<DataLink>,
}

/// A cell: its text and what is thought of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableCell {
    /// What stands in the cell, before the mark; may be empty where the mark says all.
    pub text: String,
    /// How it was judged.
    pub mark: CellMark,
}

/// How a cell was judged: told by a sign and a word, colours only support them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellMark {
    /// There is nothing to judge.
    #[default]
    None,
    /// Within its bound.
    Met,
    /// Beyond its bound.
    Missed,
    /// Better than what it is compared with.
    Better,
    /// As good as what it is compared with.
    Alike,
    /// Worse than what it is compared with.
    Worse,
    /// It has no bound.
    NotJudged,
}

/// How often each mark was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally(pub(crate) BTreeMap<CellMark, usize>);

impl CellMark {
    /// Sign, word and class of the style sheet.
    pub(crate) fn told(self) -> Option<[&'static str; 3]> {
        match self {
            Self::None => None,
            Self::Met => Some(["✓", "met", "met"]),
            Self::Missed => Some(["✗", "missed", "missed"]),
            Self::Better => Some(["▲", "better", "better"]),
            Self::Alike => Some(["≈", "alike", "alike"]),
            Self::Worse => Some(["▼", "worse", "worse"]),
            Self::NotJudged => Some(["○", "not judged", "open"]),
        }
    }
}

impl From<&str> for TableCell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for TableCell {
    fn from(text: String) -> Self {
        Self { text, mark: CellMark::None }
    }
}

impl TableCell {
    /// A cell with a mark.
    pub fn marked(text: impl Into<String>, mark: CellMark) -> Self {
        Self { text: text.into(), mark }
    }

    fn n_letters(&self) -> usize {
        // The mark stands beside the text, after a space.
        let mark = self.mark.told().map_or(0, |[_, word, _]| word.chars().count() + 3);
        longest_word(&self.text) + mark
    }
}

impl Table {
    /// A table without columns yet.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), ..Self::default() }
    }

    pub(crate) fn part(&self) -> Part<'_> {
        Part { kind: "table", id: &self.id, title: &self.title }
    }

    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let (table, expected) = (self.id.clone(), self.header.len());
        if expected == 0 {
            return Err(ReportError::NoColumns { table });
        }
        for (row, cells) in self.rows.iter().enumerate() {
            let n_cells = cells.len();
            if n_cells != expected {
                return Err(ReportError::RaggedTable { table, row, n_cells, expected });
            }
        }
        self.data.as_ref().map_or(Ok(()), DataLink::check)
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally::of([self])
    }

    /// Columns of numbers, which are set flush right. The first names the row, whatever it holds.
    pub(crate) fn numeric_columns(&self) -> Vec<bool> {
        let numeric = |column: usize| {
            let filled = |row: &&Vec<TableCell>| !row[column].text.trim().is_empty();
            let mut cells = self.rows.iter().filter(filled).peekable();
            column > 0 && cells.peek().is_some() && cells.all(|row| is_number(&row[column].text))
        };
        (0..self.header.len()).map(numeric).collect()
    }

    /// Letters side by side where every text is broken at every space: what the table needs at
    /// least, so that paper knows how small to write it.
    pub(crate) fn least_letters(&self) -> usize {
        let column = |k: usize| {
            let cells = self.rows.iter().map(|row| row[k].n_letters());
            cells.fold(longest_word(&self.header[k]), usize::max) + 2
        };
        (0..self.header.len()).map(column).sum()
    }
}

impl Tally {
    pub(crate) fn of<'a>(tables: impl IntoIterator<Item = &'a Table>) -> Self {
        let mut counts = BTreeMap::new();
        for cell in tables.into_iter().flat_map(|table| table.rows.iter().flatten()) {
            if cell.mark != CellMark::None {
                *counts.entry(cell.mark).or_default() += 1;
            }
        }
        Self(counts)
    }

    pub(crate) fn n_missed(&self) -> usize {
        self.0.get(&CellMark::Missed).copied().unwrap_or(0)
    }
}

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0)
}

/// Short, and a number or a dash after whatever signs; a unit may follow.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.trim_start_matches(['+', '-', '−', '±', '<', '>', '≤', '≥', '≈', '~', ' ']);
    let begins = unsigned.starts_with(|c: char| c.is_ascii_digit() || "–—∞".contains(c));
    text.chars().count() <= 20 && (begins || ["", "NaN", "inf"].contains(&unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Table {
        let row = |row: &&[&str]| row.iter().map(|&text| text.into()).collect();
        let header = (0..rows[0].len()).map(|k| format!("c{k}")).collect();
        Table { header, rows: rows.iter().map(row).collect(), ..Table::new("t", "Table") }
    }

    #[test]
    fn rows_are_as_long_as_the_header() {
        let ragged = table(&[&["a", "b"], &["a", "b", "c"]]);
        let expected =
            ReportError::RaggedTable { table: "t".into(), row: 1, n_cells: 3, expected: 2 };
        assert_eq!(ragged.check(), Err(expected));
        assert_eq!(table(&[&["a"], &["b"]]).check(), Ok(()));
        assert_eq!(
            Table::new("t", "Table").check(),
            Err(ReportError::NoColumns { table: "t".into() })
        );
    }

    #[test]
    fn columns_of_numbers_are_found() {
        let found = table(&[
            &["1", "0.1 ± 0.2", "3 h", "", "", "–", "12 of the cells were lost"],
            &["2", "−4e-5", "≤ 0.1", "5", "", "NaN", "2"],
            &["3", "-", "∞", "a", "", "1", "3"],
        ])
        .numeric_columns();
        assert_eq!(found, [false, true, true, false, false, true, false]);
    }

    #[test]
    fn the_least_width_is_that_of_the_longest_words_and_marks() {
        let mut wide = table(&[&["two words", "0.5"], &["a", "b"]]);
        wide.rows[0][1].mark = CellMark::Met;
        // "words" and a gap; "0.5 ✓ met", its sign with its space, and a gap.
        assert_eq!(wide.least_letters(), (5 + 2) + (3 + 3 + 3 + 2));
    }

    #[test]
    fn marks_are_counted() {
        let mut judged = table(&[&["a", "b"], &["c", "d"]]);
        judged.rows[0][1].mark = CellMark::Missed;
        judged.rows[1] = vec![TableCell::marked("c", CellMark::Missed), "d".into()];
        let tally = Tally::of([&judged, &judged]);
        assert_eq!(tally, Tally([(CellMark::Missed, 4)].into()));
        assert_eq!((tally.n_missed(), Tally::default().n_missed()), (4, 0));
    }
}
