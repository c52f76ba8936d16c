//! Strong-form linear systems of the mean-field equation, one a time step.

use std::collections::VecDeque;

use faer::Mat;
use pairlaw_data::{Densities, Grid};
use pairlaw_law::{ExternalPotential, PairKernel};
use pairlaw_sparse::{LinearSystem, NormalEquations};
use rayon::prelude::*;

use crate::MeanFieldError;
use crate::finite_volume::{FaceValues, add_diffusion, add_drift};
use crate::gradient::{InteractionGradient, at_faces};
use crate::initial_density::check_density;
use crate::solver::check_diffusivity;

/// How the rate of change is set against the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeDerivative {
    /// `(u_{n+1} − u_n)/Δt` against the mean of the terms at both times: error O(Δt²).
    Midpoint,
    /// The same against the terms at `t_n`: error O(Δt), as in the paper.
    Forward,
    /// `(u_{n+2} − u_n)/(t_{n+2} − t_n)` against Simpson's mean of the terms at three times: error
    /// O(Δt⁴) for equal steps; one system less.
    Simpson,
}

impl TimeDerivative {
    /// Weights of the terms at the successive times of a system.
    fn weights(self, times: &[f64]) -> [f64; 3] {
        match (self, times) {
            (Self::Simpson, &[start, middle, end]) => {
                let (first, second) = (middle - start, end - middle);
                let outer = [second / first, first / second].map(|ratio| (2.0 - ratio) / 6.0);
                [outer[0], 1.0 - outer[0] - outer[1], outer[1]]
            }
            (Self::Forward, _) => [1.0, 0.0, 0.0],
            _ => [0.5, 0.5, 0.0],
        }
    }

    /// Steps of a system.
    fn span(self) -> usize {
        if self == Self::Simpson { 2 } else { 1 }
    }
}

/// Time steps that are done in one go; each go evaluates the terms once more than it has steps.
const CHUNK: usize = 16;

/// Cells next to the walls that give no equation.
const MARGIN: usize = 2;

/// The regression systems of the mean-field equation, one for each time step:
///
/// ```text
/// y_n = Σ_k ζ_k F_kn + e_n,    F_k = ∇·(u (∇Ψ_k * u)) or ∇·(u ∇V_k),    y = u_t − D Δu
/// A_kl = h^D Σ_cells F_k F_l,    c_k = h^D Σ_cells F_k y
/// ```
///
/// Columns are the kernels ψ_k = Ψ_k′ in their order, then the external potentials V_k. Derivatives
/// in space are those of [`solve`](crate::solve) with quartic face values; cells within two of the
/// walls give no equation.
///
/// # Errors
///
/// [`MeanFieldError::TooFewDensities`] below 3; [`MeanFieldError::TooFewCells`] below 5 along an axis;
/// [`MeanFieldError::Mass`]; [`MeanFieldError::KernelBelowGrid`]; [`MeanFieldError::Parameter`] for the
/// diffusivity D = σ²/2.
///
/// # Source
/// Shi, Yang, Hong (2025), section 3. // Differs: higher orders in time are offered, and fluxes are
/// differenced instead of products expanded.
pub fn strong_form<const D: usize>(
    densities: &Densities<D>,
    kernels: &[PairKernel],
    external: &[ExternalPotential<D>],
    diffusivity: f64,
    time_derivative: TimeDerivative,
) -> Result<Vec<NormalEquations>, MeanFieldError> {
    check(densities)?;
    check_diffusivity(diffusivity)?;
    let terms = Terms::new(densities.grid(), kernels, external, diffusivity)?;
    let n_systems = densities.times().len() - time_derivative.span();
    let firsts: Vec<usize> = (0..n_systems).step_by(CHUNK).collect();
    let chunks: Vec<Vec<NormalEquations>> = firsts
        .into_par_iter()
        .map_with(terms, |terms, first| chunk(terms, densities, first, time_derivative))
        .collect();
    Ok(chunks.into_iter().flatten().collect())
}

fn check<const D: usize>(densities: &Densities<D>) -> Result<(), MeanFieldError> {
    let found = densities.times().len();
    if found < 3 {
        return Err(MeanFieldError::TooFewDensities { found });
    }
    let n_cells = densities.grid().n_cells();
    if let Some(axis) = n_cells.iter().position(|n| *n <= 2 * MARGIN) {
        return Err(MeanFieldError::TooFewCells { axis, n_cells: n_cells[axis] });
    }
    let mut all = densities.values().iter().enumerate();
    all.try_for_each(|(time_idx, u)| check_density(densities.grid(), time_idx, u))
}

/// The systems of the steps from `first` on.
fn chunk<const D: usize>(
    terms: &mut Terms<D>,
    densities: &Densities<D>,
    first: usize,
    time_derivative: TimeDerivative,
) -> Vec<NormalEquations> {
    let (times, values) = (densities.times(), densities.values());
    let span = time_derivative.span();
    let last = (first + CHUNK).min(times.len() - span);
    let mut window: VecDeque<_> =
        values[first..first + span].iter().map(|u| terms.evaluate(u)).collect();
    let mut systems = Vec::with_capacity(last - first);
    for n in first..last {
        window.push_back(terms.evaluate(&values[n + span]));
        let weights = time_derivative.weights(&times[n..=n + span]);
        let column = |k: usize, cell: usize| {
            window.iter().zip(weights).map(|(terms, weight)| weight * terms[k][cell]).sum()
        };
        let elapsed = times[n + span] - times[n];
        let rate = |cell: usize| (values[n + span][cell] - values[n][cell]) / elapsed;
        systems.push(terms.system(column, rate));
        window.pop_front();
    }
    systems
}

/// Evaluates the terms of the equation for one density.
#[derive(Clone)]
struct Terms<const D: usize> {
    grid: Grid<D>,
    diffusivity: f64,
    interaction: InteractionGradient<D>,
    /// Gradients, numbered `term · D + axis`; those of external potentials never change.
    gradients: Vec<Vec<f64>>,
    n_interaction: usize,
    interior: Vec<usize>,
}

const FACE_VALUES: FaceValues = FaceValues::Quartic;

impl<const D: usize> Terms<D> {
    fn new(
        grid: &Grid<D>,
        kernels: &[PairKernel],
        external: &[ExternalPotential<D>],
        diffusivity: f64,
    ) -> Result<Self, MeanFieldError> {
        let kernels: Vec<&PairKernel> = kernels.iter().collect();
        let n_interaction = D * kernels.len();
        let mut gradients = vec![vec![0.0; grid.total_cells()]; n_interaction];
        for potential in external {
            gradients.extend((0..D).map(|axis| at_faces(potential, grid, axis)));
        }
        Ok(Self {
            grid: *grid,
            diffusivity,
            interaction: InteractionGradient::new(&kernels, grid, FACE_VALUES)?,
            gradients,
            n_interaction,
            interior: interior(grid),
        })
    }

    /// F_k in every cell, one term after the other, and at last D Δu.
    fn evaluate(&mut self, density: &[f64]) -> Vec<Vec<f64>> {
        self.interaction.evaluate(density, &mut self.gradients[..self.n_interaction]);
        let zeros = || vec![0.0; density.len()];
        let drift = |gradient: &[Vec<f64>]| {
            let mut term = zeros();
            for (axis, gradient) in gradient.iter().enumerate() {
                add_drift(&self.grid, axis, FACE_VALUES, density, gradient, &mut term);
            }
            term
        };
        let mut terms: Vec<Vec<f64>> = self.gradients.chunks(D).map(drift).collect();
        let mut diffusion = zeros();
        for axis in 0..D {
            add_diffusion(&self.grid, axis, FACE_VALUES, self.diffusivity, density, &mut diffusion);
        }
        terms.push(diffusion);
        terms
    }

    /// Normal equations of the interior cells.
    fn system(
        &self,
        column: impl Fn(usize, usize) -> f64,
        rate: impl Fn(usize) -> f64,
    ) -> NormalEquations {
        let n_terms = self.gradients.len() / D;
        let scale = self.grid.cell_volume().sqrt();
        let rows = &self.interior;
        let g = Mat::from_fn(rows.len(), n_terms, |row, k| scale * column(k, rows[row]));
        let b = rows.iter().map(|&cell| scale * (rate(cell) - column(n_terms, cell))).collect();
        NormalEquations::new(&LinearSystem { g, b })
    }
}

/// Cells that are not within the margin of a wall.
fn interior<const D: usize>(grid: &Grid<D>) -> Vec<usize> {
    let is_inside = |cell: &usize| {
        let mut rest = *cell;
        grid.n_cells().iter().rev().all(|n| {
            let i = rest % n;
            rest /= n;
            (MARGIN..n - MARGIN).contains(&i)
        })
    };
    (0..grid.total_cells()).filter(is_inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_in_time_by_hand() {
        let close = |found: [f64; 3], expected: [f64; 3]| {
            let all = found.iter().zip(expected);
            assert!(all.clone().all(|(a, b)| (a - b).abs() < 1e-14), "{found:?} {expected:?}");
        };
        close(TimeDerivative::Forward.weights(&[0.0, 1.0]), [1.0, 0.0, 0.0]);
        close(TimeDerivative::Midpoint.weights(&[0.0, 1.0]), [0.5, 0.5, 0.0]);
        close(TimeDerivative::Simpson.weights(&[1.0, 2.0, 3.0]), [1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0]);
        // On [0, 3] with 1 in the middle: the means of 1, t, t² are 1, 3/2, 3.
        close(TimeDerivative::Simpson.weights(&[0.0, 1.0, 3.0]), [0.0, 0.75, 0.25]);
    }

    #[test]
    fn cells_near_walls_give_no_equation() {
        let grid = Grid::new([0.0; 2], [1.0; 2], [5, 6]).unwrap();
        assert_eq!(interior(&grid), [14, 15]);
    }
}
