//! Rows of one individual at one time.

use serde::Serialize;

use crate::TrackTable;
use crate::inspect::place::Place;

/// Rows of one individual at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DuplicatedSamples {
    /// Rows beyond the first of each time.
    pub n: usize,
    /// Those of them that repeat the position too: plain copies.
    pub n_copies: usize,
    /// The pair whose second row comes first in the file.
    pub first: Option<DuplicateRows>,
}

/// Two rows of one individual at one time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuplicateRows {
    /// Id of the individual.
    pub id: String,
    /// The time.
    pub time: f64,
    /// The rows, in the order of the file.
    pub places: [Place; 2],
}

#[derive(Default)]
pub(super) struct DuplicateSearch {
    n: usize,
    n_copies: usize,
    /// Second row and first row.
    first: Option<(u32, u32)>,
}

impl DuplicateSearch {
    pub(super) fn add(&mut self, table: &TrackTable, a: u32, b: u32) {
        let is_copy = |x: &Vec<f64>| (x[a as usize] - x[b as usize]).abs() <= 0.0;
        self.n += 1;
        self.n_copies += usize::from(table.coordinates.iter().all(is_copy));
        let pair = (a.max(b), a.min(b));
        self.first = Some(self.first.map_or(pair, |first| first.min(pair)));
    }

    pub(super) fn report(self, table: &TrackTable) -> DuplicatedSamples {
        let rows = |(second, first): (u32, u32)| DuplicateRows {
            id: table.ids[table.individuals[second as usize] as usize].clone(),
            time: table.times[second as usize],
            places: [first, second].map(|row| Place::of(table, row as usize)),
        };
        DuplicatedSamples { n: self.n, n_copies: self.n_copies, first: self.first.map(rows) }
    }
}
