//! Where the positions lie, and along which axes anything moves.

use serde::Serialize;

use crate::TrackTable;

/// One coordinate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// Least.
    pub least: f64,
    /// Most.
    pub most: f64,
    /// Whether it changes within any track. A third one that does not, such as the height of a person,
    /// plays no part in distances, unless nothing moves at all.
    pub moves: bool,
}

impl Axis {
    /// Whether it is the same in all rows.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.least.total_cmp(&self.most).is_eq()
    }
}

pub(super) fn axes(table: &TrackTable) -> Vec<Axis> {
    table.coordinates.iter().map(|values| axis(values, table)).collect()
}

fn axis(values: &[f64], table: &TrackTable) -> Axis {
    let mut first: Vec<Option<f64>> = vec![None; table.n_individuals()];
    let (mut least, mut most, mut moves) = (f64::INFINITY, f64::NEG_INFINITY, false);
    for (&value, &individual) in values.iter().zip(&table.individuals) {
        // A zero has no sign.
        (least, most) = (least.min(value) + 0.0, most.max(value) + 0.0);
        let first = *first[individual as usize].get_or_insert(value);
        // A change is a difference of any size; signs of zero are none.
        moves |= first < value || value < first;
    }
    if values.is_empty() {
        Axis { least: 0.0, most: 0.0, moves }
    } else {
        Axis { least, most, moves }
    }
}

/// The axes of space: a third one along which nobody moves is a height or a label.
pub(super) fn spatial(axes: &[Axis]) -> usize {
    let is_height = axes.len() == 3 && !axes[2].moves && axes.iter().any(|axis| axis.moves);
    axes.len() - usize::from(is_height)
}
