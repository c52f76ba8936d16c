//! Gradients of potentials at the faces between cells.

use std::array;

use pairlaw_data::Grid;
use pairlaw_law::{Convolution, ExternalPotential, KernelTerm, PairKernel, Spectrum};

use crate::MeanFieldError;
use crate::cell_average::CellAverage;
use crate::finite_volume::{FaceValues, sharpen, stride};

/// `∂V/∂x_axis` at the face above each cell along `axis`.
pub(crate) fn at_faces<const D: usize>(
    potential: &ExternalPotential<D>,
    grid: &Grid<D>,
    axis: usize,
) -> Vec<f64> {
    let half = 0.5 * grid.spacing()[axis];
    grid.sample(|x| potential.gradient(axis, x[axis] + half))
}

/// Gradients of the potentials of some kernels in the density on a grid,
///
/// ```text
/// (∇Φ * u)_d at x_f = Σ_j u_j ∫_{cell j} φ(|x_f − y|) (x_f − y)_d/|x_f − y| dy
/// ```
///
/// on the face above each cell along axis d: at its middle `x_f`, or, with quartic face values, as
/// the mean over the face to fourth order. Along d the integral over a cell is
/// a difference of potentials, so that kernels which jump are never sampled; across it is a
/// quadrature, with refined cells near the face.
#[derive(Clone)]
pub(crate) struct InteractionGradient<const D: usize> {
    grid: Grid<D>,
    face_values: FaceValues,
    convolution: Convolution<D>,
    /// Two fields each.
    spectra: Vec<Spectrum>,
    /// The partner of the last field if they are odd in number, and other passing values.
    work: Vec<f64>,
}

impl<const D: usize> InteractionGradient<D> {
    /// Fields are numbered `kernel · D + axis`.
    pub(crate) fn new(
        kernels: &[&PairKernel],
        grid: &Grid<D>,
        face_values: FaceValues,
    ) -> Result<Self, MeanFieldError> {
        kernels.iter().try_for_each(|kernel| check_lengths(kernel, grid))?;
        let mut convolution = Convolution::new(grid.n_cells());
        let average = CellAverage::new(grid);
        let n_fields = kernels.len() * D;
        let spectra = (0..n_fields)
            .step_by(2)
            .map(|first| {
                convolution.spectrum(|offset| {
                    array::from_fn(|part| {
                        let field = first + part;
                        let kernel = kernels.get(field / D);
                        kernel.map_or(0.0, |kernel| {
                            face_weight(kernel, grid, &average, field % D, offset)
                        })
                    })
                })
            })
            .collect();
        let work = vec![0.0; grid.total_cells()];
        Ok(Self { grid: *grid, face_values, convolution, spectra, work })
    }

    /// Fills one field after the other, a value a cell.
    pub(crate) fn evaluate(&mut self, density: &[f64], fields: &mut [Vec<f64>]) {
        if self.face_values == FaceValues::Quartic {
            // The convolution spreads each value over its cell, and gives the middle of faces:
            // across an axis that is one average over h too many, along it two.
            sharpen(&self.grid, 1.0 / 24.0, density, &mut self.work);
            self.convolution.load(&self.work);
        } else {
            self.convolution.load(density);
        }
        for (spectrum, pair) in self.spectra.iter().zip(fields.chunks_mut(2)) {
            match pair {
                [first, second] => self.convolution.apply(spectrum, [first, second]),
                [first] => self.convolution.apply(spectrum, [first, &mut self.work]),
                _ => {}
            }
        }
        if self.face_values == FaceValues::Quartic {
            let fields = fields.iter_mut().enumerate();
            fields.for_each(|(field, values)| self.sharpen_along(field % D, values));
        }
    }

    /// Undoes the second average along the axis; faces next to the walls, which have neighbours on
    /// one side only, need no fourth order.
    fn sharpen_along(&mut self, axis: usize, values: &mut [f64]) {
        let (n, step) = (self.grid.n_cells()[axis], stride(&self.grid, axis));
        self.work.copy_from_slice(values);
        let before = &self.work;
        for (face, value) in values.iter_mut().enumerate() {
            let i = face / step % n;
            if i > 0 && i + 2 < n {
                *value -= (before[face - step] - 2.0 * before[face] + before[face + step]) / 24.0;
            }
        }
    }
}

/// `∫ K_axis` over the cell `offset` before the one whose upper face along `axis` is the target.
fn face_weight<const D: usize>(
    kernel: &PairKernel,
    grid: &Grid<D>,
    average: &CellAverage<D>,
    axis: usize,
    offset: [isize; D],
) -> f64 {
    let (near, far) = (offset[axis] as f64, (offset[axis] + 1) as f64);
    let h = grid.spacing()[axis];
    let rise = average.of(offset, Some(axis), &|x| {
        let across: f64 = (0..D).filter(|d| *d != axis).map(|d| x[d] * x[d]).sum();
        let potential = |end: f64| kernel.potential((across + (end * h).powi(2)).sqrt());
        potential(far) - potential(near)
    });
    rise * grid.cell_volume() / h
}

/// Refuses kernels whose terms vary within less than a quarter of a cell.
pub(crate) fn check_lengths<const D: usize>(
    kernel: &PairKernel,
    grid: &Grid<D>,
) -> Result<(), MeanFieldError> {
    let spacings = grid.spacing();
    let axis = (1..D).fold(0, |most, d| if spacings[d] > spacings[most] { d } else { most });
    let spacing = spacings[axis];
    for (term, _) in kernel.active() {
        let length = match term {
            KernelTerm::Power { exponent, cutoff } if exponent < 0.0 => cutoff,
            KernelTerm::Yukawa { cutoff } | KernelTerm::Sign { cutoff, .. } => cutoff,
            KernelTerm::Exponential { rate } => 1.0 / rate.abs(),
            KernelTerm::Piece { from, to, .. } => to - from,
            KernelTerm::Sine | KernelTerm::Cosine => 1.0,
            KernelTerm::Power { .. } => continue,
        };
        if 4.0 * length < spacing {
            return Err(MeanFieldError::KernelBelowGrid { term, length, axis, spacing });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    fn repulsion() -> PairKernel {
        PairKernel::term(KernelTerm::Power { exponent: -1.5, cutoff: 0.3 }).unwrap()
    }

    /// φ = 1: the face sees the mass on its left minus the mass on its right.
    #[test]
    fn a_constant_kernel_counts_the_mass_on_both_sides() {
        let grid = Grid::new([0.0], [2.0], [4]).unwrap();
        let one = PairKernel::term(KernelTerm::power(0.0)).unwrap();
        let mut gradient = InteractionGradient::new(&[&one], &grid, FaceValues::Central).unwrap();
        let mut fields = vec![vec![0.0; 4]];
        gradient.evaluate(&[0.2, 0.4, 0.6, 0.8], &mut fields);
        for (found, expected) in fields[0].iter().zip([-0.8, -0.4, 0.2, 1.0]) {
            assert!((found - expected).abs() < 1e-14, "{fields:?}");
        }
    }

    /// Against sums of tiny squares; also the sign and the factor.
    #[test]
    fn weights_in_the_plane_are_integrals_of_the_kernel() {
        let grid = Grid::new([0.0, 0.0], [4.0, 2.0], [8, 5]).unwrap();
        let (kernel, average) = (repulsion(), CellAverage::new(&grid));
        let m = 400;
        for (axis, offset) in [(0, [0, 0]), (0, [-1, 0]), (0, [2, -1]), (1, [1, 0]), (1, [3, 4])] {
            let mut sum = 0.0;
            for k in 0..m * m {
                let part = [k / m, k % m].map(|i| (i as f64 + 0.5) / m as f64 - 0.5);
                let x: [f64; 2] = array::from_fn(|d| {
                    let shift = if d == axis { 0.5 } else { 0.0 };
                    (offset[d] as f64 + shift + part[d]) * grid.spacing()[d]
                });
                let r = x[0].hypot(x[1]);
                sum += kernel.value(r) * x[axis] / r * grid.cell_volume() / (m * m) as f64;
            }
            let found = face_weight(&kernel, &grid, &average, axis, offset);
            // Discretisation of the sum near the jump: a few squares of the 160,000.
            assert!((found - sum).abs() < 2e-5, "axis {axis} {offset:?}: {found} {sum}");
        }
    }

    #[test]
    fn several_kernels_share_one_density() {
        let grid = Grid::new([0.0; 3], [1.0, 2.0, 1.5], [3, 4, 2]).unwrap();
        let kernels = [repulsion(), PairKernel::term(KernelTerm::Sine).unwrap()];
        let u: Vec<f64> = (0..24).map(|c| (f64::from(c) * 0.7).sin().abs()).collect();
        let fields = |kernels: &[&PairKernel]| {
            let mut fields = vec![vec![0.0; 24]; 3 * kernels.len()];
            let face_values = FaceValues::Quartic;
            let gradient = InteractionGradient::new(kernels, &grid, face_values);
            gradient.unwrap().evaluate(&u, &mut fields);
            fields
        };
        let both = fields(&[&kernels[0], &kernels[1]]);
        let each = [fields(&[&kernels[0]]), fields(&[&kernels[1]])].concat();
        for (a, b) in both.iter().flatten().zip(each.iter().flatten()) {
            assert!((a - b).abs() < 1e-14, "{a} {b}"); // rounding
        }
    }

    #[test]
    fn kernels_far_below_the_grid_are_refused() {
        let grid = Grid::new([0.0; 2], [1.0, 13.0], [10, 10]).unwrap();
        let error = check_lengths(&repulsion(), &grid).unwrap_err();
        assert!(matches!(error, MeanFieldError::KernelBelowGrid { axis: 1, .. }), "{error}");
        let grid = Grid::new([0.0; 2], [1.0, 12.0], [10, 10]).unwrap();
        assert!(check_lengths(&repulsion(), &grid).is_ok());
    }

    #[test]
    fn external_potentials_by_hand() {
        let v = ExternalPotential { slope: [1.0, -2.0], stiffness: [0.5, 3.0] };
        assert!((v.value([2.0, 1.0]) - (2.0 + 1.0 - 2.0 + 1.5)).abs() < 1e-15);
        let grid = Grid::new([0.0, 0.0], [2.0, 4.0], [2, 2]).unwrap();
        assert_eq!(at_faces(&v, &grid, 1), [4.0, 10.0, 4.0, 10.0]);
    }
}
