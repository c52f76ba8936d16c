//! Entropy and interaction energy of a density.

use pairlaw_data::{Densities, Grid};
use pairlaw_law::{Convolution, ExternalPotential, PairKernel, Spectrum};

use crate::MeanFieldError;
use crate::cell_average::CellAverage;
use crate::finite_volume::sharpen;
use crate::gradient::check_lengths;

/// Parts of the free energy of a density.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FreeEnergy {
    /// `∫ u ln u`, with 0 ln 0 = 0; cells with u < 0, which central face values can make, count 0.
    pub entropy: f64,
    /// `∫ u (u*Φ)`, length²/time.
    pub interaction: f64,
    /// `∫ u V`, length²/time.
    pub external: f64,
}

impl FreeEnergy {
    /// The functional that never rises along the mean-field equation,
    ///
    /// ```text
    /// F = D ∫ u ln u + ½ ∫ u (u*Φ) + ∫ u V,    D = σ²/2
    /// ```
    #[must_use]
    pub fn lyapunov(&self, diffusivity: f64) -> f64 {
        diffusivity * self.entropy + 0.5 * self.interaction + self.external
    }

    /// `½ ∫ u ln u + ∫ u (u*Φ)`: the quantity whose equilibrium value in the plane the paper prints.
    ///
    /// # Source
    /// Shi, Yang, Hong (2025), section 4.4; for σ² = 2 it is not the functional of its equation.
    #[must_use]
    pub fn paper(&self) -> f64 {
        0.5 * self.entropy + self.interaction
    }
}

/// Evaluates the free energy of densities on one grid.
///
/// Sums over cells of u and of its point values, so that smooth densities give integrals to fourth
/// order in h: `u − δ²u/24` in the centres, where δ² is the second difference, for the entropy and
/// V; cell averages of Φ and `u − δ²u/8` for the interaction.
#[derive(Clone)]
pub struct FreeEnergyFunctional<const D: usize> {
    grid: Grid<D>,
    convolution: Convolution<D>,
    potential: Spectrum,
    external: Vec<f64>,
    work: [Vec<f64>; 3],
}

impl<const D: usize> FreeEnergyFunctional<D> {
    /// For a kernel φ = Φ′ and an external potential.
    ///
    /// # Errors
    ///
    /// [`MeanFieldError::KernelBelowGrid`].
    pub fn new(
        kernel: &PairKernel,
        external: &ExternalPotential<D>,
        grid: &Grid<D>,
    ) -> Result<Self, MeanFieldError> {
        check_lengths(kernel, grid)?;
        let mut convolution = Convolution::new(grid.n_cells());
        let average = CellAverage::new(grid);
        let volume = grid.cell_volume();
        let potential =
            |x: &[f64; D]| kernel.potential(x.iter().map(|x| x * x).sum::<f64>().sqrt());
        let potential =
            convolution.spectrum(|offset| [volume * average.of(offset, None, &potential), 0.0]);
        let external = grid.sample(|x| external.value(x));
        let work = std::array::from_fn(|_| vec![0.0; grid.total_cells()]);
        Ok(Self { grid: *grid, convolution, potential, external, work })
    }

    /// The free energy of a density, one value a cell.
    ///
    /// # Panics
    ///
    /// If there is not one value a cell.
    pub fn evaluate(&mut self, density: &[f64]) -> FreeEnergy {
        let [sharp, first, second] = &mut self.work;
        sharpen(&self.grid, 1.0 / 8.0, density, sharp);
        self.convolution.load(sharp);
        self.convolution.apply(&self.potential, [first, second]);
        let interaction: f64 = density.iter().zip(&*first).map(|(u, w)| u * w).sum();
        sharpen(&self.grid, 1.0 / 24.0, density, sharp);
        let external: f64 = sharp.iter().zip(&self.external).map(|(u, v)| u * v).sum();
        // Next to an empty cell the point value may be negative where the average is not.
        let positive = |(point, u): (&f64, &f64)| if *point > 0.0 { *point } else { *u };
        let entropy: f64 = sharp.iter().zip(density).map(positive).map(u_ln_u).sum();
        let volume = self.grid.cell_volume();
        FreeEnergy {
            entropy: entropy * volume,
            interaction: interaction * volume,
            external: external * volume,
        }
    }
}

impl<const D: usize> std::fmt::Debug for FreeEnergyFunctional<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreeEnergyFunctional").field("grid", &self.grid).finish_non_exhaustive()
    }
}

fn u_ln_u(u: f64) -> f64 {
    // NaN stays NaN.
    if u <= 0.0 { 0.0 } else { u * u.ln() }
}

/// Free energies of densities at all times, without an external potential.
///
/// # Errors
///
/// [`MeanFieldError::KernelBelowGrid`].
pub fn free_energies<const D: usize>(
    densities: &Densities<D>,
    kernel: &PairKernel,
) -> Result<Vec<FreeEnergy>, MeanFieldError> {
    let none = ExternalPotential::default();
    let mut functional = FreeEnergyFunctional::new(kernel, &none, densities.grid())?;
    Ok(densities.values().iter().map(|u| functional.evaluate(u)).collect())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{E, PI};

    use pairlaw_law::KernelTerm;

    use super::*;
    use crate::gaussian_mixture;

    /// Normal density of variance v: ∫u ln u = −½ ln 2πev; r² averages to 2v over pairs, |r| to
    /// 2√(v/π); V = x + x² to m + m² + v.
    fn errors(n: usize) -> [f64; 4] {
        let grid = Grid::new([-6.0], [7.0], [n]).unwrap();
        let u = gaussian_mixture(&grid, &[(1.0, [0.3], 0.6)]).unwrap();
        let external = ExternalPotential { slope: [1.0], stiffness: [2.0] };
        let of = |exponent| {
            let kernel = PairKernel::term(KernelTerm::power(exponent)).unwrap();
            FreeEnergyFunctional::new(&kernel, &external, &grid).unwrap().evaluate(&u)
        };
        let (smooth, kinked) = (of(1.0), of(0.0));
        [
            smooth.entropy + 0.5 * (2.0 * PI * E * 0.36).ln(),
            smooth.interaction - 0.36,
            kinked.interaction - 2.0 * 0.6 / PI.sqrt(),
            smooth.external - (0.3 + 0.09 + 0.36),
        ]
    }

    #[test]
    fn energies_of_a_normal_density() {
        let (coarse, fine) = (errors(65), errors(130));
        // Discretisation, order 4 or exact: h = 0.2 = σ/3 and 0.1.
        for (coarse, fine) in coarse.into_iter().zip(fine) {
            assert!(coarse.abs() < 2e-3, "{coarse} {fine}");
            assert!(fine.abs() < coarse.abs() / 12.0 + 1e-12, "{coarse} {fine}");
        }
    }

    #[test]
    fn sums_of_the_parts_by_hand() {
        let energy = FreeEnergy { entropy: -2.0, interaction: 3.0, external: 5.0 };
        assert!((energy.lyapunov(0.25) - (-0.5 + 1.5 + 5.0)).abs() < 1e-15);
        assert!((energy.paper() - 2.0).abs() < 1e-15);
    }

    #[test]
    fn empty_and_negative_cells_have_no_entropy() {
        let grid = Grid::new([0.0], [5.0], [5]).unwrap();
        let kernel = PairKernel::term(KernelTerm::Sine).unwrap();
        let mut functional =
            FreeEnergyFunctional::new(&kernel, &ExternalPotential::default(), &grid).unwrap();
        let energy = functional.evaluate(&[0.0, 1.0, 0.0, -0.1, 0.1]);
        // Point values 1 + 2/24 and, next to the wall, 0.1 + 0.2/24; the others are not positive.
        let expected = u_ln_u(13.0 / 12.0) + u_ln_u(0.1 + 0.2 / 24.0);
        assert!((energy.entropy - expected).abs() < 1e-15, "{energy:?} {expected}");
        assert!(functional.evaluate(&[0.0, 1.0, f64::NAN, 0.1, 0.1]).entropy.is_nan());
    }
}
