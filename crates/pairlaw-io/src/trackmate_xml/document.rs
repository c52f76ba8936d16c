//! A text of XML, element by element.

use std::borrow::Cow;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{IoError, Place};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Root {
    Unknown,
    /// `<TrackMate>`, as TrackMate saves it.
    Session,
    /// `<Tracks>`, as "Export tracks to XML file" makes it.
    Export,
}

/// A text that is read element by element.
pub(super) struct Document<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    /// Where the element begins that is looked at, in bytes.
    pub(super) at: usize,
    pub(super) root: Root,
}

impl Document<'_> {
    /// Hands every element to `take`, once its root is known.
    pub(super) fn read(
        &mut self,
        mut take: impl FnMut(&Self, &BytesStart<'_>) -> Result<(), IoError>,
    ) -> Result<(), IoError> {
        let mut reader = Reader::from_str(self.text);
        let mut n_open = 0_usize;
        loop {
            self.at = reader.buffer_position() as usize;
            let event = reader.read_event().map_err(|e| self.damaged(e.to_string()))?;
            match event {
                Event::Start(element) => {
                    n_open += 1;
                    self.look_at(&element)?;
                    take(self, &element)?;
                }
                Event::Empty(element) => {
                    self.look_at(&element)?;
                    take(self, &element)?;
                }
                Event::End(_) => n_open = n_open.saturating_sub(1),
                Event::Eof if n_open > 0 => {
                    return Err(self.damaged(format!("the text ends inside of {n_open} elements")));
                }
                Event::Eof if self.root == Root::Unknown => {
                    return Err(self.damaged("the text ends before any element".to_owned()));
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn look_at(&mut self, element: &BytesStart<'_>) -> Result<(), IoError> {
        if self.root != Root::Unknown {
            return Ok(());
        }
        self.root = match element.name().0 {
            "TrackMate" => Root::Session,
            "Tracks" => Root::Export,
            other => {
                return Err(IoError::Unsupported {
                    path: self.path.to_owned(),
                    what: format!("is XML with the root {:?}", shown(other)),
                    way_out: "give a session that TrackMate saved, or its tracks exported to XML",
                });
            }
        };
        Ok(())
    }

    pub(super) fn damaged(&self, problem: String) -> IoError {
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        IoError::Damaged { path: self.path.to_owned(), place: Place::Line(line), problem }
    }

    /// Calls `each` with the name and the value of every attribute.
    pub(super) fn attributes<'e>(
        &self,
        element: &'e BytesStart<'_>,
        mut each: impl FnMut(&'e str, Cow<'e, str>) -> Result<(), IoError>,
    ) -> Result<(), IoError> {
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| self.damaged(e.to_string()))?;
            each(attribute.key.0, attribute.value)?;
        }
        Ok(())
    }

    /// The value of one attribute, with entities such as `&amp;` resolved; empty without it.
    pub(super) fn attribute(
        &self,
        element: &BytesStart<'_>,
        name: &str,
    ) -> Result<String, IoError> {
        let mut found = String::new();
        self.attributes(element, |key, value| {
            if key == name {
                found = quick_xml::escape::unescape(&value).unwrap_or_default().trim().to_owned();
            }
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn number<T: std::str::FromStr>(
        &self,
        name: &str,
        value: &str,
    ) -> Result<T, IoError> {
        let bad = |_| self.damaged(format!("{name} is {:?}, not a number", shown(value)));
        value.trim().parse().map_err(bad)
    }
}

/// At most 40 characters for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

pub(super) fn counts_frames(unit: &str) -> bool {
    unit.is_empty() || unit.eq_ignore_ascii_case("frame") || unit.eq_ignore_ascii_case("frames")
}
