//! How well each cell belongs to its species.

use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL};
use crate::species::cluster::median;

/// One cell among the species of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// The species whose law explains the cell best; none if no law explains it.
    pub species: Option<usize>,
    /// Weak residual ρ under the law that explains it best.
    pub residual: f64,
    /// `ln(ρ₂/ρ₁)`: how much worse the second-best law does; infinite with one species.
    pub margin: f64,
}

/// Memberships of all systems' cells under laws with these weights.
///
/// No law explains a cell if the best one leaves as much as no law at all, or if it leaves half and
/// that is far more than it leaves of the species' other cells:
///
/// ```text
/// ρ ≥ 1   or   ρ ≥ ½ and ln ρ > median + sigmas · 1.4826 MAD
/// ```
///
/// 1.4826 times the median absolute deviation (MAD) of ln ρ estimates its standard deviation.
///
/// # Panics
/// If there is no model, or one has not as many weights as the basis has terms.
#[must_use]
pub fn memberships(systems: &CellSystems, models: &[Vec<f64>], sigmas: f64) -> Vec<Membership> {
    assert!(!models.is_empty(), "a mixture has at least one model");
    let best: Vec<(usize, f64, f64)> = systems.residuals(models).iter().map(|r| best_two(r)).collect();
    let log = |residual: f64| residual.max(LEAST_RESIDUAL).ln();
    let limits: Vec<f64> = (0..models.len())
        .map(|k| {
            let members = best.iter().filter(|(best, ..)| *best == k);
            let logs: Vec<f64> = members.map(|(_, residual, _)| log(*residual)).collect();
            let middle = median(logs.clone());
            let spread = median(logs.iter().map(|x| (x - middle).abs()).collect());
            middle + sigmas * 1.4826 * spread
        })
        .collect();
    let membership = |(k, residual, second): (usize, f64, f64)| {
        let is_explained = residual < 0.5 || (residual < 1.0 && log(residual) <= limits[k]);
        let margin = second.ln() - residual.ln();
        Membership { species: is_explained.then_some(k), residual, margin }
    };
    best.into_iter().map(membership).collect()
}

/// The place of the smallest entry, that entry and the second smallest.
fn best_two(row: &[f64]) -> (usize, f64, f64) {
    let mut found = (0, row[0], f64::INFINITY);
    for (k, &residual) in row.iter().enumerate().skip(1) {
        if residual < found.1 {
            found = (k, residual, found.1);
        } else if residual < found.2 {
            found.2 = residual;
        }
    }
    found
}
