//! Positions that stand for none: the origin, or one place that many rows share exactly.

use serde::Serialize;

use crate::TrackTable;
use crate::inspect::place::Place;

/// Rows at exactly one position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeat {
    /// The position.
    pub position: Vec<f64>,
    /// Rows at it.
    pub n_rows: usize,
    /// Individuals that these rows are of.
    pub n_individuals: usize,
    /// The first of the rows in the file.
    pub first: Option<Place>,
}

/// A position is reported from this share of the rows on.
const LEAST_SHARE: f64 = 0.01;

/// A position is reported from this number of rows on.
const FEWEST_ROWS: usize = 5;

/// More candidates than positions that can have [`LEAST_SHARE`] of the rows.
const N_CANDIDATES: usize = 128;

/// Rows whose coordinates are all exactly 0, if there are any.
pub(super) fn at_origin(table: &TrackTable) -> Option<Repeat> {
    repeat(table, &vec![0.0; table.n_dimensions()])
}

/// The position, other than the origin, that most rows share exactly, if they are at least 1 % of all
/// and of several individuals.
pub(super) fn most_repeated(table: &TrackTable) -> Option<Repeat> {
    let found = candidates(table).into_iter().filter_map(|row| repeat(table, &point(table, row)));
    let is_shared = |repeat: &Repeat| {
        repeat.n_rows >= FEWEST_ROWS
            && repeat.n_rows as f64 >= LEAST_SHARE * table.n_rows() as f64
            && repeat.n_individuals > 1
            && repeat.position.iter().any(|x| x.abs() > 0.0)
    };
    let order = |a: &Repeat, b: &Repeat| {
        let places = a.position.iter().zip(&b.position).map(|(a, b)| a.total_cmp(b));
        let places = places.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
        a.n_rows.cmp(&b.n_rows).then(places)
    };
    found.filter(is_shared).max_by(order)
}

fn point(table: &TrackTable, row: usize) -> Vec<f64> {
    table.coordinates.iter().map(|x| x[row]).collect()
}

fn repeat(table: &TrackTable, position: &[f64]) -> Option<Repeat> {
    let is_here = |row: &usize| {
        // Exactly there; −0 is 0.
        table.coordinates.iter().zip(position).all(|(x, p)| (x[*row] - p).abs() <= 0.0)
    };
    let mut is_seen = vec![false; table.n_individuals()];
    let (mut n_rows, mut first) = (0, None);
    if table.n_dimensions() > 0 {
        for row in (0..table.n_rows()).filter(is_here) {
            n_rows += 1;
            first.get_or_insert(row);
            is_seen[table.individuals[row] as usize] = true;
        }
    }
    first.map(|row| Repeat {
        position: position.iter().map(|x| x + 0.0).collect(),
        n_rows,
        n_individuals: is_seen.into_iter().filter(|seen| *seen).count(),
        first: Some(Place::of(table, row)),
    })
}

/// Rows among which there is one at every position of more than a share `1/(N_CANDIDATES + 1)`.
///
/// # Source
/// J. Misra and D. Gries (1982), Sci. Comput. Program. 2, 143.
fn candidates(table: &TrackTable) -> Vec<usize> {
    let mut keys = [0u64; N_CANDIDATES];
    let (mut counts, mut rows) = ([0u32; N_CANDIDATES], [0usize; N_CANDIDATES]);
    for row in 0..table.n_rows() {
        let key = key(table, row);
        if let Some(at) = keys.iter().zip(&counts).position(|(k, n)| *k == key && *n > 0) {
            counts[at] += 1;
        } else if let Some(free) = counts.iter().position(|n| *n == 0) {
            (keys[free], counts[free], rows[free]) = (key, 1, row);
        } else {
            counts.iter_mut().for_each(|n| *n -= 1);
        }
    }
    (0..N_CANDIDATES).filter(|&at| counts[at] > 0).map(|at| rows[at]).collect()
}

/// The bits of a position, mixed; two positions with one key would only hide each other.
fn key(table: &TrackTable, row: usize) -> u64 {
    let mix =
        |key: u64, bits: u64| (key ^ bits).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    table.coordinates.iter().fold(1, |key, x| mix(key, (x[row] + 0.0).to_bits()))
}
