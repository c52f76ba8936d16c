//! Where a row stands in its file.

use std::fmt;

use serde::Serialize;

use crate::{Places, TrackTable};

/// A row, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Index of the row in the table.
    pub row: usize,
    /// Its line in the file, from 1, where the file has lines.
    pub line: Option<u32>,
}

impl Place {
    /// The place of a row of a table.
    #[must_use]
    pub fn of(table: &TrackTable, row: usize) -> Self {
        let line = match &table.origin.places {
            Places::Lines(lines) => lines.get(row).copied(),
            Places::Records => None,
        };
        Self { row, line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}"),
            None => write!(f, "record {}", self.row),
        }
    }
}
