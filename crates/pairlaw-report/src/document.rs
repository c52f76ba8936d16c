//! Documents: sections of text, tables and figures, written as one HTML file.

use std::collections::BTreeSet;

use crate::embedded::EmbeddedFigure;
use crate::error::ReportError;
use crate::html;
use crate::table::Table;

/// Everything that one HTML file shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Heading of the page and name of its tab.
    pub title: String,
    /// Paragraphs below the title.
    pub lead: Vec<String>,
    /// What a reader shall see first; its marks are not counted, since they sum up those below.
    pub summary: Option<Table>,
    /// Sections in order; each begins a sheet in print.
    pub sections: Vec<Section>,
}

/// A part of the document with a table of its contents, such as a paper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Where links lead: ASCII letters, digits, `-`, `_` and `.`, beginning with a letter.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Paragraphs below the heading.
    pub lead: Vec<String>,
    /// What the section shows, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a section. Texts are plain: markup in them is shown, not obeyed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading below that of the section.
    Heading {
        /// Where links lead.
        id: String,
        /// Its words.
        title: String,
    },
    /// Running text.
    Paragraph(String),
    /// Names and values, such as the options of a run.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// A figure.
    Figure(EmbeddedFigure),
}

/// What a link can lead to.
pub(crate) struct Part<'a> {
    pub(crate) kind: &'static str,
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
}

impl Document {
    /// The document as the text of an HTML file; the same document gives the same bytes.
    ///
    /// The file needs no other and runs no script; its policy forbids a browser to load anything.
    /// It is written for light and dark screens, for phones and for paper, and is well-formed XML
    /// but for its `<meta>` elements. Control characters become U+FFFD.
    ///
    /// # Errors
    ///
    /// [`ReportError`] where a title is missing, an id is shared or cannot stand in a link, the
    /// rows of a table differ in length, a picture is none of [`crate::Figure::to_svg`], or a
    /// file to save has no proper name or type.
    pub fn to_html(&self) -> Result<String, ReportError> {
        self.check()?;
        Ok(html::page(self))
    }

    fn check(&self) -> Result<(), ReportError> {
        if self.title.trim().is_empty() {
            return Err(ReportError::UntitledDocument);
        }
        let mut ids = BTreeSet::new();
        for part in self.parts() {
            part.check()?;
            if !ids.insert(part.id) {
                return Err(ReportError::SharedId { id: part.id.to_owned() });
            }
        }
        self.summary.iter().chain(self.tables()).try_for_each(Table::check)?;
        self.figures().try_for_each(EmbeddedFigure::check)
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let sections = self.sections.iter().flat_map(|section| {
            let blocks = section.blocks.iter().filter_map(Block::part);
            std::iter::once(section.part()).chain(blocks)
        });
        self.summary.iter().map(Table::part).chain(sections)
    }

    /// The tables of all sections.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.sections.iter().flat_map(Section::tables)
    }

    fn figures(&self) -> impl Iterator<Item = &EmbeddedFigure> {
        self.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        })
    }
}

impl Section {
    fn part(&self) -> Part<'_> {
        Part { kind: "section", id: &self.id, title: &self.title }
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }
}

impl Block {
    /// What a table of contents lists.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        match self {
            Self::Heading { id, title } => Some(Part { kind: "heading", id, title }),
            Self::Table(table) => Some(table.part()),
            Self::Figure(figure) => Some(figure.part()),
            Self::Paragraph(_) | Self::Facts(_) => None,
        }
    }
}

impl Part<'_> {
    fn check(&self) -> Result<(), ReportError> {
        let Self { kind, id, title } = *self;
        let follows = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !id.starts_with(|c: char| c.is_ascii_alphabetic()) || !id.chars().all(follows) {
            return Err(ReportError::BadId { part: kind, id: id.to_owned() });
        }
        if title.trim().is_empty() {
            return Err(ReportError::Untitled { part: kind, id: id.to_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(blocks: Vec<Block>) -> Document {
        let section = Section { id: "s".into(), title: "Section".into(), blocks, lead: vec![] };
        Document { title: "Title".into(), sections: vec![section], ..Document::default() }
    }

    fn heading(id: &str, title: &str) -> Block {
        Block::Heading { id: id.into(), title: title.into() }
    }

    #[test]
    fn an_empty_document_needs_a_title_only() {
        let empty = Document { title: "Title".into(), ..Document::default() };
        assert!(empty.to_html().unwrap().contains("<h1>Title</h1>"));
        let untitled = Document { title: " \n".into(), ..Document::default() };
        assert_eq!(untitled.to_html(), Err(ReportError::UntitledDocument));
    }

    #[test]
    fn parts_need_titles() {
        let expected = ReportError::Untitled { part: "heading", id: "h".into() };
        assert_eq!(document(vec![heading("h", "")]).to_html(), Err(expected));
    }

    #[test]
    fn ids_are_unique_over_the_whole_document() {
        let shared = |id: &str| Err(ReportError::SharedId { id: id.into() });
        assert_eq!(document(vec![heading("s", "a")]).to_html(), shared("s"));
        assert_eq!(document(vec![heading("a", "a"), heading("a", "b")]).to_html(), shared("a"));
        let mut twice = document(vec![]);
        twice.summary = Some(Table { header: vec!["x".into()], ..Table::new("s", "Summary") });
        assert_eq!(twice.to_html(), shared("s"));
    }

    #[test]
    fn ids_can_stand_in_links() {
        assert!(document(vec![heading("species.table2_b-1", "a")]).to_html().is_ok());
        for id in ["", "1", "a b", "é", "a#b", ".a"] {
            let expected = ReportError::BadId { part: "heading", id: id.into() };
            assert_eq!(document(vec![heading(id, "a")]).to_html(), Err(expected));
        }
    }
}
