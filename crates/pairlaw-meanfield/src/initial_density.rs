//! Densities to start from, as cell averages of mass 1.

use pairlaw_data::Grid;

use crate::MeanFieldError;
use crate::normal_distribution::interval_probability;

/// A density multiplied so that its mass on the grid is 1.
///
/// # Errors
///
/// [`MeanFieldError::NoMass`] unless the mass is positive and finite.
///
/// # Panics
///
/// If there is not one value a cell.
pub fn normalised<const D: usize>(
    grid: &Grid<D>,
    mut density: Vec<f64>,
) -> Result<Vec<f64>, MeanFieldError> {
    let mass = mass(grid, &density);
    if !(mass > 0.0 && mass.is_finite()) {
        return Err(MeanFieldError::NoMass { mass });
    }
    density.iter_mut().for_each(|u| *u /= mass);
    Ok(density)
}

/// Exact cell averages of a mixture of normal densities, cut at the walls of the grid:
///
/// ```text
/// u(x) ∝ Σ_c weight_c Π_d N(x_d; mean_cd, std_c²)
/// ```
///
/// Components are `(weight, mean, standard deviation)`, the last two in length units. The sum is
/// normalised to mass 1 on the grid, so that weights need not add to 1.
///
/// # Errors
///
/// [`MeanFieldError::Parameter`] for a weight < 0, a mean that is not finite or a standard deviation
/// that is not positive; [`MeanFieldError::NoMass`] if nothing lies on the grid.
pub fn gaussian_mixture<const D: usize>(
    grid: &Grid<D>,
    components: &[(f64, [f64; D], f64)],
) -> Result<Vec<f64>, MeanFieldError> {
    let mut density = vec![0.0; grid.total_cells()];
    for &(weight, mean, std) in components {
        check(weight, &mean, std)?;
        let averages: [Vec<f64>; D] = std::array::from_fn(|d| {
            let edge = |i: usize| (grid.lower()[d] + i as f64 * grid.spacing()[d] - mean[d]) / std;
            let cells = 0..grid.n_cells()[d];
            cells.map(|i| interval_probability(edge(i), edge(i + 1)) / grid.spacing()[d]).collect()
        });
        for (cell, u) in density.iter_mut().enumerate() {
            let (mut rest, mut product) = (cell, weight);
            for averages in averages.iter().rev() {
                product *= averages[rest % averages.len()];
                rest /= averages.len();
            }
            *u += product;
        }
    }
    normalised(grid, density)
}

fn check<const D: usize>(weight: f64, mean: &[f64; D], std: f64) -> Result<(), MeanFieldError> {
    let refuse = |field, value, expected| Err(MeanFieldError::Parameter { field, value, expected });
    let finite = "it must be finite";
    match mean.iter().find(|m| !m.is_finite()) {
        Some(&mean) => refuse("a mean of the mixture", mean, finite),
        None if !(weight >= 0.0 && weight.is_finite()) => {
            refuse("a weight of the mixture", weight, "it must be finite and at least 0")
        }
        None if !(std > 0.0 && std.is_finite()) => {
            refuse("a standard deviation of the mixture", std, "it must be finite and positive")
        }
        None => Ok(()),
    }
}

/// `∫u dx`.
pub(crate) fn mass<const D: usize>(grid: &Grid<D>, density: &[f64]) -> f64 {
    let (cells, values) = (grid.total_cells(), density.len());
    assert_eq!(cells, values, "a grid of {cells} cells, {values} values");
    density.iter().sum::<f64>() * grid.cell_volume()
}

/// Refuses a density that is not finite or has not mass 1.
pub(crate) fn check_density<const D: usize>(
    grid: &Grid<D>,
    time_idx: usize,
    density: &[f64],
) -> Result<(), MeanFieldError> {
    let mass = mass(grid, density);
    if let Some(cell) = density.iter().position(|u| !u.is_finite()) {
        let value = density[cell];
        return Err(pairlaw_data::DataError::DensityValue { time_idx, cell, value }.into());
    }
    if (mass - 1.0).abs() > 1e-6 {
        return Err(MeanFieldError::Mass { time_idx, mass });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_have_the_moments_of_their_parts() {
        let grid = Grid::new([-6.0, -7.0], [6.0, 7.0], [60, 70]).unwrap();
        let density =
            gaussian_mixture(&grid, &[(1.0, [0.5, -1.0], 0.6), (3.0, [-0.5, 0.0], 0.7)]).unwrap();
        let x = grid.sample(|[x, _]| x);
        let mean: f64 = density.iter().zip(&x).map(|(u, x)| u * x).sum::<f64>() * 0.04;
        let square: f64 = density.iter().zip(&x).map(|(u, x)| u * x * x).sum::<f64>() * 0.04;
        // (0.5 − 1.5)/4; the mean square of cell averages has h²/12 more. Sums of smooth functions
        // over cells are exact but for rounding.
        assert!((mean + 0.25).abs() < 1e-12, "{mean}");
        let expected = (0.25 + 0.36) / 4.0 + 0.75 * (0.25 + 0.49) + 0.04 / 12.0;
        assert!((square - expected).abs() < 1e-12, "{square} {expected}");
    }

    #[test]
    fn what_is_no_density_is_refused() {
        let grid = Grid::new([0.0], [1.0], [4]).unwrap();
        let refused = |components: &[(f64, [f64; 1], f64)]| {
            let error = gaussian_mixture(&grid, components).unwrap_err();
            assert!(matches!(error, MeanFieldError::Parameter { .. }), "{error}");
        };
        refused(&[(-1.0, [0.0], 1.0)]);
        refused(&[(1.0, [f64::NAN], 1.0)]);
        refused(&[(1.0, [0.0], 0.0)]);
        let error = gaussian_mixture(&grid, &[]).unwrap_err();
        assert!(matches!(error, MeanFieldError::NoMass { .. }), "{error}");
        let error = normalised(&grid, vec![f64::NAN; 4]).unwrap_err();
        assert!(matches!(error, MeanFieldError::NoMass { .. }), "{error}");
        let error = check_density(&grid, 2, &[0.0, 2.0, 1.0, 1.1]).unwrap_err();
        assert!(matches!(error, MeanFieldError::Mass { time_idx: 2, .. }), "{error}");
        let error = check_density(&grid, 0, &[0.0, f64::INFINITY, 1.0, 1.1]).unwrap_err();
        assert!(matches!(error, MeanFieldError::Data(_)), "{error}");
    }

    #[test]
    #[should_panic(expected = "3 values")]
    fn another_length_is_a_mistake() {
        let _ = normalised(&Grid::new([0.0], [1.0], [4]).unwrap(), vec![1.0; 3]);
    }
}
