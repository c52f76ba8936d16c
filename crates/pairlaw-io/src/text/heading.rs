//! The names of the columns: a row of them, the last comment, or none.

use super::names::plain;
use super::numbers::is_number;
use super::records::{Records, decoded, unquoted};
use super::source::Source;
use crate::{ColumnMap, IoError};

/// Names and characters of each beyond these numbers are not shown in messages.
const N_SHOWN: usize = 40;

/// The columns of a text by their names.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    /// Line of the names, or of the first row without any.
    pub(crate) line: u32,
    /// As the file writes them; empty without.
    pub(crate) names: Vec<String>,
    /// Without case and unit.
    pub(crate) plain: Vec<String>,
    pub(crate) units: Vec<Option<String>>,
    pub(crate) n_columns: usize,
}

impl Heading {
    /// The names, and the rows below them.
    ///
    /// # Errors
    /// [`IoError::NoRows`] if there is no row at all.
    pub(crate) fn of<'a>(
        source: &Source<'a>,
        asked: &ColumnMap,
    ) -> Result<(Self, Records<'a>), IoError> {
        let (mut records, mut fields) = (source.records(), Vec::new());
        let all = records.clone();
        let Some(line) = records.next(&mut fields) else {
            let path = source.path.to_owned();
            return Err(IoError::NoRows { path, n_untracked: 0, n_missing: 0 });
        };
        let names: Vec<String> =
            fields.iter().map(|field| decoded(&unquoted(field)).trim().to_owned()).collect();
        if is_row_of_names(&fields, &names, source.layout.delimiter, asked) {
            return Ok((Self::named(line, names), records));
        }
        let commented = Self::named(line, source.layout.commented_names());
        let finds = |wanted: &str| commented.plain.iter().any(|name| name == wanted);
        let heading = if commented.n_columns == fields.len() && finds("x") {
            commented
        } else {
            Self { n_columns: fields.len(), ..Self::named(line, Vec::new()) }
        };
        Ok((heading, all))
    }

    fn named(line: u32, names: Vec<String>) -> Self {
        let (plain, units) = names.iter().map(|name| plain(name)).unzip();
        Self { line, n_columns: names.len(), names, plain, units }
    }

    /// The column of the surest of these names.
    pub(crate) fn find(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|wanted| self.plain.iter().position(|name| name == wanted))
    }

    /// The column of a name, or of a number from 1, that was asked for.
    pub(crate) fn asked(&self, wanted: &str, source: &Source<'_>) -> Result<usize, IoError> {
        let wanted = wanted.trim();
        let exact = || self.names.iter().position(|name| name == wanted);
        let alike = || self.find(&[plain(wanted).0.as_str()]).filter(|_| !wanted.is_empty());
        let number = || {
            let number: usize = wanted.parse().ok()?;
            number.checked_sub(1).filter(|&column| column < self.n_columns)
        };
        exact().or_else(alike).or_else(number).ok_or_else(|| IoError::UnknownColumn {
            path: source.path.to_owned(),
            line: self.line,
            wanted: wanted.to_owned(),
            found: self.listed(),
            n_columns: self.n_columns,
        })
    }

    /// A column for notes: `"TRACK_ID" (column 3)`.
    pub(crate) fn shown(&self, column: usize) -> String {
        match self.names.get(column) {
            Some(name) if !name.is_empty() => format!("{:?} (column {})", cut(name), column + 1),
            _ => format!("column {}", column + 1),
        }
    }

    /// The name of a column for errors, or what it holds.
    pub(crate) fn name(&self, column: usize, role: &str) -> String {
        self.names.get(column).map_or_else(|| role.to_owned(), |name| cut(name))
    }

    /// The names for errors.
    pub(crate) fn listed(&self) -> Vec<String> {
        self.names.iter().take(N_SHOWN).map(|name| cut(name)).collect()
    }
}

/// A text for messages.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(N_SHOWN).collect()
}

/// Whether the first row holds names: one that was asked for, or no number where id, time and
/// coordinates would stand.
fn is_row_of_names(fields: &[&[u8]], names: &[String], delimiter: u8, asked: &ColumnMap) -> bool {
    let mut wanted = asked.id.iter().chain(&asked.time).chain(&asked.coordinates);
    let has_asked = wanted.any(|wanted| wanted.parse::<usize>().is_err() && names.contains(wanted));
    let first = fields.iter().take(5).skip(usize::from(fields.len() > 1));
    has_asked || first.clone().all(|field| !is_number(&unquoted(field), delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(text: &str, asked: &ColumnMap) -> Result<Heading, IoError> {
        let source = Source::new(text.as_bytes(), "a.csv".as_ref())?;
        Heading::of(&source, asked).map(|(heading, _)| heading)
    }

    #[test]
    fn names_stand_in_a_row_in_a_comment_or_nowhere() {
        let plain = |text: &str| heading(text, &ColumnMap::default()).unwrap().plain;
        assert_eq!(plain("ID,t (s),\"x [px]\"\n1,2,3\n"), ["id", "t", "x"]);
        assert_eq!(plain("# id frame x/cm\n1 2 3\n"), ["id", "frame", "x"]);
        assert!(plain("# three words only\n1 2 3\n").is_empty());
        assert!(plain("# id frame x y\n1 2 3\n").is_empty());
        assert!(plain("a,0,nan\na,1,2\n").is_empty());
        assert!(heading("\n#\n", &ColumnMap::default()).is_err());
    }

    #[test]
    fn columns_that_are_asked_for() {
        let asked =
            ColumnMap { id: Some("2020".into()), time: Some("when".into()), ..Default::default() };
        let found = heading("2020,when,7,8\n1,2,3,4\n", &asked).unwrap();
        let source = Source::new(b"", "a.csv".as_ref()).unwrap();
        let column = |wanted: &str| found.asked(wanted, &source).ok();
        assert_eq!(
            (column("When"), column("2020"), column("8"), column("4")),
            (Some(1), Some(0), Some(3), Some(3))
        );
        assert_eq!((column("5"), column("0"), column(""), column("x")), (None, None, None, None));
        let error = found.asked("wehn", &source).unwrap_err().to_string();
        assert!(error.contains("no column \"wehn\"; give one of [\"2020\", \"when\""), "{error}");
        assert_eq!(
            (found.shown(1), found.shown(9)),
            ("\"when\" (column 2)".into(), "column 10".into())
        );
    }
}
