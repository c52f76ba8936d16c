//! Conservative finite volumes: fluxes through the faces between cells, none through the walls.

use pairlaw_data::Grid;

/// Density in the faces between cells, and the order of the scheme with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceValues {
    /// Mean of both sides: second order, but may undershoot 0 where drift wins over diffusion.
    Central,
    /// From two cells on either side: fourth order away from the walls, where it is central; for
    /// smooth densities. It may undershoot as well.
    ///
    /// # Source
    /// McCorquodale, Colella (2011), "A high-order finite-volume method for conservation laws on
    /// locally refined grids", section 2.
    Quartic,
    /// From the side that the flow comes from, with van Leer's limited slope: positive, second order
    /// where smooth.
    ///
    /// # Source
    /// van Leer (1979), "Towards the ultimate conservative difference scheme V".
    Muscl,
}

/// Adds `∂_d (u g)` along one axis to `rate`, for the gradient `g` at the face above each cell.
pub(crate) fn add_drift<const D: usize>(
    grid: &Grid<D>,
    axis: usize,
    face_values: FaceValues,
    density: &[f64],
    gradient: &[f64],
    rate: &mut [f64],
) {
    let stride = stride(grid, axis);
    let top = grid.n_cells()[axis] - 2;
    let inverse = 1.0 / grid.spacing()[axis];
    let flow = |face: usize, i: usize| {
        let (left, right) = (density[face], density[face + stride]);
        let before = || if i > 0 { density[face - stride] } else { left };
        let after = || if i < top { density[face + 2 * stride] } else { right };
        let central = 0.5 * (left + right) * gradient[face];
        match face_values {
            FaceValues::Central => central,
            FaceValues::Quartic if i == 0 || i == top => central,
            FaceValues::Quartic => {
                let value = (7.0 * (left + right) - before() - after()) / 12.0;
                value * gradient[face] + covariance(grid, axis, face, density, gradient)
            }
            // The flow goes against the gradient.
            FaceValues::Muscl if gradient[face] < 0.0 => {
                (left + 0.5 * van_leer(left - before(), right - left)) * gradient[face]
            }
            FaceValues::Muscl => {
                (right - 0.5 * van_leer(right - left, after() - right)) * gradient[face]
            }
        }
    };
    for_faces(grid, axis, rate, |face, i| flow(face, i) * inverse);
}

/// Mean of the product over a face less the product of the means, to second order:
///
/// ```text
/// Σ_e (h_e²/12) ∂_e u ∂_e g,    e across the face
/// ```
fn covariance<const D: usize>(
    grid: &Grid<D>,
    axis: usize,
    face: usize,
    density: &[f64],
    gradient: &[f64],
) -> f64 {
    let mut sum = 0.0;
    for across in (0..D).filter(|across| *across != axis) {
        let (n, step) = (grid.n_cells()[across], stride(grid, across));
        let i = face / step % n;
        if i > 0 && i < n - 1 {
            let rise = |field: &[f64], cell: usize| 0.5 * (field[cell + step] - field[cell - step]);
            let above = face + stride(grid, axis);
            let slope = 0.5 * (rise(density, face) + rise(density, above));
            sum += slope * rise(gradient, face) / 12.0;
        }
    }
    sum
}

/// Adds `D ∂_d² u` along one axis to `rate`.
pub(crate) fn add_diffusion<const D: usize>(
    grid: &Grid<D>,
    axis: usize,
    face_values: FaceValues,
    diffusivity: f64,
    density: &[f64],
    rate: &mut [f64],
) {
    let stride = stride(grid, axis);
    let top = grid.n_cells()[axis] - 2;
    let factor = diffusivity / grid.spacing()[axis].powi(2);
    for_faces(grid, axis, rate, |face, i| {
        let rise = density[face + stride] - density[face];
        if face_values == FaceValues::Quartic && i > 0 && i < top {
            factor * (15.0 * rise - density[face + 2 * stride] + density[face - stride]) / 12.0
        } else {
            factor * rise
        }
    });
}

/// `u − weight Σ_d δ_d²u`, where δ² is the second difference of a density that is even at the walls:
/// with 1/24, point values in the middle of cells from averages, to fourth order.
pub(crate) fn sharpen<const D: usize>(
    grid: &Grid<D>,
    weight: f64,
    density: &[f64],
    sharp: &mut [f64],
) {
    sharp.copy_from_slice(density);
    for (axis, h) in grid.spacing().into_iter().enumerate() {
        let factor = -weight * h * h;
        add_diffusion(grid, axis, FaceValues::Central, factor, density, sharp);
    }
}

/// Moves `flow(face, i)` into the cell below each face from the one above it; `face` is the number
/// of the cell below and `i` its place along the axis.
fn for_faces<const D: usize>(
    grid: &Grid<D>,
    axis: usize,
    rate: &mut [f64],
    flow: impl Fn(usize, usize) -> f64,
) {
    let (n, stride) = (grid.n_cells()[axis], stride(grid, axis));
    for block in (0..rate.len()).step_by(n * stride) {
        for i in 0..n - 1 {
            let first = block + i * stride;
            for face in first..first + stride {
                let flow = flow(face, i);
                rate[face] += flow;
                rate[face + stride] -= flow;
            }
        }
    }
}

/// Distance in memory of neighbours along an axis.
pub(crate) fn stride<const D: usize>(grid: &Grid<D>, axis: usize) -> usize {
    grid.n_cells()[axis + 1..].iter().product()
}

/// Harmonic mean of two differences of equal sign, else 0.
fn van_leer(a: f64, b: f64) -> f64 {
    if a * b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    #[test]
    fn fluxes_by_hand() {
        let grid = Grid::new([0.0], [2.0], [4]).unwrap();
        let (u, gradient) = ([1.0, 2.0, 6.0, 0.0], [1.0, -1.0, 1.0, 9.0]);
        let of = |face_values| {
            let mut rate = [0.0; 4];
            add_drift(&grid, 0, face_values, &u, &gradient, &mut rate);
            rate
        };
        // Face values 1.5, 4, 3; flows 3, −8, 6.
        assert_eq!(of(FaceValues::Central), [3.0, -11.0, 14.0, -6.0]);
        // Upwind from the right: 2 − ½ 8/5; from the left 2 + ½ 8/5; from the right 0.
        for (found, expected) in of(FaceValues::Muscl).into_iter().zip([2.4, -8.0, 5.6, 0.0]) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        let mut rate = [0.0; 4];
        add_diffusion(&grid, 0, FaceValues::Central, 0.5, &u, &mut rate);
        assert_eq!(rate, [2.0, 6.0, -20.0, 12.0]);
    }

    #[test]
    fn the_second_axis_has_stride_one() {
        let grid = Grid::new([0.0; 2], [2.0, 3.0], [2, 3]).unwrap();
        let u = [1.0, 2.0, 4.0, 0.0, 0.0, 1.0];
        let mut rate = [0.0; 6];
        add_diffusion(&grid, 1, FaceValues::Muscl, 1.0, &u, &mut rate);
        assert_eq!(rate, [1.0, 1.0, -2.0, 0.0, 1.0, -1.0]);
        let mut rate = [0.0; 6];
        add_diffusion(&grid, 0, FaceValues::Central, 1.0, &u, &mut rate);
        assert_eq!(rate, [-1.0, -2.0, -3.0, 1.0, 2.0, 3.0]);
    }
}
