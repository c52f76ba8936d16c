//! How well each cell belongs to its species.

use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL};
use crate::species::cluster::median;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use rayon::prelude::*;

/// One cell among the species of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// The species whose law explains the cell best; none if no law explains it.
    pub species: Option<usize>,
    /// Weak residual ρ under the law that explains it best, the part by which it was judged.
    pub residual: f64,
    /// `ln(ρ₂/ρ₁)`: how much worse the second-best law does; infinite with one species.
    pub margin: f64,
}

/// A law that leaves less explains a cell.
const EXPLAINED: f64 = 0.5;

/// Memberships of all systems' cells under laws with these weights.
///
/// A law explains a cell if it leaves less than half of it, or no more than is usual in the species:
///
/// ```text
/// ρ < ½   or   ρ < 1 and ln ρ ≤ m + sigmas · 1.4826 MAD
/// ```
///
/// with the median m and the median absolute deviation (MAD) of ln ρ over the cells that the law
/// explains best. For other cells the rows of the weak system decide, by medians:
///
/// ```text
/// median_q |g_q·w − b_q| / median_q |b_q| < ½
/// ```
///
/// A near collision, sampled too coarsely for any law, spoils the rows around it and thereby ρ; the
/// rest of the track still tells the species. Cells that fail this, too, belong to none.
///
/// # Errors
/// What the weak systems report.
///
/// # Panics
/// If there is no model, or one has not as many weights as the basis has terms.
pub fn memberships<const D: usize>(
    preparation: &Preparation<D>,
    systems: &CellSystems,
    models: &[Vec<f64>],
    sigmas: f64,
) -> Result<Vec<Membership>, SpeciesError> {
    assert!(!models.is_empty(), "a mixture has at least one model");
    let best: Vec<(usize, f64, f64)> =
        systems.residuals(models).iter().map(|row| best_two(row)).collect();
    let limit = |k: usize| {
        let log = |(_, residual, _): &(usize, f64, f64)| residual.max(LEAST_RESIDUAL).ln();
        robust_limit(best.iter().filter(|(best, ..)| *best == k).map(log).collect(), sigmas)
    };
    let limits: Vec<f64> = (0..models.len()).map(limit).collect();
    let judge = |(&(k, residual, second), &cell): (&(usize, f64, f64), &usize)| {
        let is_usual = residual < 1.0 && residual.ln() <= limits[k];
        if residual < EXPLAINED || is_usual {
            return Ok(Membership::new(Some(k), residual, second));
        }
        let (k, residual, second) = best_two(&median_residuals(preparation, cell, models)?);
        Ok(Membership::new((residual < EXPLAINED).then_some(k), residual, second))
    };
    let found: Vec<Result<Membership, SpeciesError>> =
        best.par_iter().zip(&systems.cells).map(judge).collect();
    found.into_iter().collect()
}

impl Membership {
    fn new(species: Option<usize>, residual: f64, second: f64) -> Self {
        let log = |residual: f64| residual.max(LEAST_RESIDUAL).ln();
        // Two infinite residuals do not differ.
        let margin = if second > residual { log(second) - log(residual) } else { 0.0 };
        Self { species, residual, margin }
    }
}

/// Median and `sigmas` robust standard deviations above it.
fn robust_limit(logs: Vec<f64>, sigmas: f64) -> f64 {
    let middle = median(logs.clone());
    let deviations = logs.iter().map(|x| (x - middle).abs()).collect();
    middle + sigmas * 1.4826 * median(deviations)
}

/// Of each model: the median over a cell's rows of what it leaves, relative to that of `|b|`;
/// infinite where the median of `|b|` is 0.
fn median_residuals<const D: usize>(
    preparation: &Preparation<D>,
    cell: usize,
    models: &[Vec<f64>],
) -> Result<Vec<f64>, SpeciesError> {
    let system = preparation.systems.system(cell)?;
    let size = median(system.b.iter().map(|b| b.abs()).collect());
    let left = |weights: &Vec<f64>| {
        let mut residual: Vec<f64> = system.b.iter().map(|b| -b).collect();
        for (column, weight) in system.g.col_iter().zip(weights) {
            residual.iter_mut().zip(column.iter()).for_each(|(r, g)| *r += weight * g);
        }
        let middle = median(residual.iter().map(|r| r.abs()).collect());
        if size > 0.0 { middle / size } else { f64::INFINITY }
    };
    Ok(models.iter().map(left).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_by_hand_and_never_nan() {
        let margin = |residual, second| Membership::new(Some(0), residual, second).margin;
        assert!((margin(0.1, 0.4) - 4_f64.ln()).abs() < 1e-15); // rounding
        assert!((margin(1e-9, 1e-5) - 10_f64.ln()).abs() < 1e-14);
        let same = [(0.0, 0.0), (1e-9, 1e-8), (f64::INFINITY, f64::INFINITY)];
        assert!(same.iter().all(|(a, b)| margin(*a, *b).abs() < 1e-300));
        assert!(margin(0.0, f64::INFINITY).is_infinite());
    }

    #[test]
    fn the_two_best_and_the_usual_by_hand() {
        assert_eq!(best_two(&[3.0, 1.0, 2.0]), (1, 1.0, 2.0));
        assert_eq!(best_two(&[1.0, 1.0, 5.0]), (0, 1.0, 1.0));
        assert_eq!(best_two(&[4.0]), (0, 4.0, f64::INFINITY));
        // Median 3, absolute deviations 2, 0, 1, 1, 8.
        let limit = robust_limit(vec![1.0, 3.0, 2.0, 4.0, 11.0], 2.0);
        assert!((limit - (3.0 + 2.0 * 1.4826)).abs() < 1e-14); // rounding
    }
}
