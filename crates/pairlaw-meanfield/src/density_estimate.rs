//! Kernel density estimate on a grid: linear binning, then a Gaussian along each axis.

use pairlaw_data::{Densities, Grid, Snapshots};
use rayon::prelude::*;

use crate::MeanFieldError;
use crate::initial_density::normalised;
use crate::normal_distribution::interval_probability;

/// Rule for the standard deviation of the smoothing Gaussian along an axis, in dimension D from n
/// particles whose coordinates have the sample standard deviation s.
///
/// # Source
/// Scott (1992), eq. (6.43); Silverman (1986), eq. (4.14).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// `s n^{−1/(D+4)}`: best for one Gaussian, too wide for several clusters.
    Scott,
    /// `s (n (D+2)/4)^{−1/(D+4)}`.
    Silverman,
    /// A length, the same along each axis.
    Fixed(f64),
}

/// Standard deviations of the smoothing Gaussian along the axes, length, of positions given as one
/// array an axis.
///
/// # Errors
///
/// [`MeanFieldError::NoSpread`] if a rule meets particles without spread along an axis.
///
/// # Panics
///
/// If the arrays differ in length.
pub fn bandwidths<const D: usize>(
    positions: [&[f64]; D],
    rule: Bandwidth,
) -> Result<[f64; D], MeanFieldError> {
    let n_particles = count(&positions);
    let n = n_particles as f64;
    let power = -1.0 / (D as f64 + 4.0);
    let factor = match rule {
        Bandwidth::Scott => n.powf(power),
        Bandwidth::Silverman => (n * (D as f64 + 2.0) / 4.0).powf(power),
        Bandwidth::Fixed(bandwidth) => return Ok([bandwidth; D]),
    };
    let stds = positions.map(|x| {
        let mean = x.iter().sum::<f64>() / n;
        (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    });
    match stds.iter().position(|std| !(*std > 0.0 && std.is_finite())) {
        Some(axis) => Err(MeanFieldError::NoSpread { n_particles, axis, std: stds[axis] }),
        None => Ok(stds.map(|std| factor * std)),
    }
}

fn count<const D: usize>(positions: &[&[f64]; D]) -> usize {
    let lengths = positions.map(<[f64]>::len);
    assert!(lengths.iter().all(|n| *n == lengths[0]), "axes with {lengths:?} coordinates");
    lengths[0]
}

/// Kernel density estimate of positions given as one array an axis: cell averages of
///
/// ```text
/// u(x) = (1/n) Σ_i Π_d N(x_d − X_id; b_d²)
/// ```
///
/// See [`DensityEstimator`] for how, and for many snapshots.
///
/// # Errors
///
/// Those of [`DensityEstimator::estimate`].
///
/// # Panics
///
/// If the arrays differ in length.
pub fn density_estimate<const D: usize>(
    positions: [&[f64]; D],
    grid: &Grid<D>,
    rule: Bandwidth,
) -> Result<Vec<f64>, MeanFieldError> {
    DensityEstimator::new(grid, rule).estimate(positions)
}

/// Kernel density estimates of all snapshots.
///
/// # Errors
///
/// Those of [`DensityEstimator::estimate`] for the first snapshot that has one.
pub fn estimate_densities<const D: usize>(
    snapshots: &Snapshots<D>,
    grid: &Grid<D>,
    rule: Bandwidth,
) -> Result<Densities<D>, MeanFieldError> {
    let estimator = DensityEstimator::new(grid, rule);
    let estimates: Vec<_> = (0..snapshots.times().len())
        .into_par_iter()
        .map_with(estimator, |estimator, n| estimator.snapshot(n, snapshots.positions(n)))
        .collect();
    let values = estimates.into_iter().collect::<Result<_, _>>()?;
    Ok(Densities::new(*grid, snapshots.times().to_vec(), values)?)
}

/// Estimates one density after the other on the same grid, in memory that is kept.
///
/// Each particle is divided linearly between the two nearest cell centres along each axis (all of
/// it goes to the outermost cell beyond the outermost centre), and each centre is spread by the
/// exact cell averages of a Gaussian. Linear binning adds h²/6 to the variance on average, so that
/// this Gaussian has the variance `b² − h²/6`: the estimate keeps the bandwidth b. What remains is
/// O(h²) with an average of 0 over the places of particles in their cells.
///
/// The tails that leave the grid are lost and the rest is normalised to mass 1.
#[derive(Debug, Clone)]
pub struct DensityEstimator<const D: usize> {
    grid: Grid<D>,
    rule: Bandwidth,
    work: Vec<f64>,
}

impl<const D: usize> DensityEstimator<D> {
    /// For a grid and a rule for the bandwidth.
    #[must_use]
    pub fn new(grid: &Grid<D>, rule: Bandwidth) -> Self {
        Self { grid: *grid, rule, work: Vec::new() }
    }

    /// Cell averages, 1/length^D, for positions given as one array an axis.
    ///
    /// # Errors
    ///
    /// [`MeanFieldError::OutsideGrid`] names a particle outside the grid; [`MeanFieldError::NoSpread`];
    /// [`MeanFieldError::Bandwidth`] for one that is at most h/√6, NaN or infinite;
    /// [`MeanFieldError::NoMass`] without particles.
    ///
    /// # Panics
    ///
    /// If the arrays differ in length.
    pub fn estimate(&mut self, positions: [&[f64]; D]) -> Result<Vec<f64>, MeanFieldError> {
        self.snapshot(0, positions)
    }

    fn snapshot(
        &mut self,
        snapshot: usize,
        positions: [&[f64]; D],
    ) -> Result<Vec<f64>, MeanFieldError> {
        let bandwidths = bandwidths(positions, self.rule)?;
        let mut density = self.bin(snapshot, positions)?;
        for (axis, bandwidth) in bandwidths.into_iter().enumerate() {
            let weights = self.gaussian(axis, bandwidth)?;
            self.smooth(axis, &weights, &mut density);
        }
        normalised(&self.grid, density)
    }

    /// Linear binning.
    fn bin(&self, snapshot: usize, positions: [&[f64]; D]) -> Result<Vec<f64>, MeanFieldError> {
        let mut bins = vec![0.0; self.grid.total_cells()];
        let n_cells = self.grid.n_cells();
        let n_particles = count(&positions);
        for particle in 0..n_particles {
            let x = positions.map(|x| x[particle]);
            let (mut first, mut share) = ([0; D], [0.0; D]);
            for axis in 0..D {
                let place = self.place(snapshot, particle, axis, x[axis])?;
                first[axis] = (place as usize).min(n_cells[axis] - 2);
                share[axis] = place - first[axis] as f64;
            }
            // Bit d of the corner says whether it lies one cell up along axis d.
            for corner in 0..1usize << D {
                let (mut cell, mut weight) = (0, 1.0);
                for d in 0..D {
                    let up = corner >> d & 1;
                    cell = cell * n_cells[d] + first[d] + up;
                    weight *= if up == 1 { share[d] } else { 1.0 - share[d] };
                }
                bins[cell] += weight;
            }
        }
        Ok(bins)
    }

    /// A coordinate in units of cells, counted from the first centre, no further than the last.
    fn place(
        &self,
        snapshot: usize,
        particle: usize,
        axis: usize,
        coordinate: f64,
    ) -> Result<f64, MeanFieldError> {
        let (lower, upper) = (self.grid.lower()[axis], self.grid.upper()[axis]);
        if coordinate >= lower && coordinate <= upper {
            let last = self.grid.n_cells()[axis] as f64 - 1.0;
            return Ok(((coordinate - lower) / self.grid.spacing()[axis] - 0.5).clamp(0.0, last));
        }
        Err(MeanFieldError::OutsideGrid { snapshot, particle, axis, coordinate, lower, upper })
    }

    /// Share of a centre's particles that a cell so many cells away gets; it ends where it is
    /// nothing.
    fn gaussian(&self, axis: usize, bandwidth: f64) -> Result<Vec<f64>, MeanFieldError> {
        let h = self.grid.spacing()[axis];
        let least = h / 6f64.sqrt();
        if !(bandwidth > least && bandwidth.is_finite()) {
            return Err(MeanFieldError::Bandwidth { axis, bandwidth, least });
        }
        let unit = h / (bandwidth * bandwidth - least * least).sqrt();
        let share =
            |o: usize| interval_probability((o as f64 - 0.5) * unit, (o as f64 + 0.5) * unit);
        Ok((0..self.grid.n_cells()[axis]).map(share).take_while(|share| *share > 1e-100).collect())
    }

    /// `out[i] = Σ_j weights[|i − j|] density[j]` along an axis.
    fn smooth(&mut self, axis: usize, weights: &[f64], density: &mut Vec<f64>) {
        let n = self.grid.n_cells()[axis];
        let stride: usize = self.grid.n_cells()[axis + 1..].iter().product();
        self.work.clear();
        self.work.resize(density.len(), 0.0);
        let blocks = density.chunks_exact(n * stride).zip(self.work.chunks_exact_mut(n * stride));
        for (from, to) in blocks {
            for (i, to) in to.chunks_exact_mut(stride).enumerate() {
                let reach = i.saturating_sub(weights.len() - 1)..(i + weights.len()).min(n);
                for j in reach {
                    let (weight, from) = (weights[i.abs_diff(j)], &from[j * stride..][..stride]);
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
                }
            }
        }
        std::mem::swap(density, &mut self.work);
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    #[test]
    fn bandwidths_by_hand() {
        // Standard deviations √(8/3) and 2√(8/3): n = 4 with squares 1 + 1 + 1 + 1 and 4.
        let (x, y) = ([-1.0, 1.0, -1.0, 1.0], [2.0, 2.0, -2.0, -2.0]);
        let std = (4.0f64 / 3.0).sqrt();
        let [b] = bandwidths([&x], Bandwidth::Scott).unwrap();
        assert!((b - std * 4f64.powf(-0.2)).abs() < 1e-15);
        let [b] = bandwidths([&x], Bandwidth::Silverman).unwrap();
        assert!((b - std * 3f64.powf(-0.2)).abs() < 1e-15);
        let b = bandwidths([&x, &y], Bandwidth::Silverman).unwrap();
        let factor = 4f64.powf(-1.0 / 6.0);
        assert!((b[0] - std * factor).abs() < 1e-15 && (b[1] - 2.0 * std * factor).abs() < 1e-15);
    }

    #[test]
    fn one_particle_is_binned_by_hand() {
        let grid = Grid::new([0.0, 0.0], [4.0, 2.0], [4, 2]).unwrap();
        let bins =
            DensityEstimator::new(&grid, Bandwidth::Fixed(1.0)).bin(0, [&[1.75], &[1.9]]).unwrap();
        // x lies a quarter of the way from centre 1.5 to 2.5, y beyond the last centre.
        assert_eq!(bins, [0.0, 0.0, 0.0, 0.75, 0.0, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn impossible_estimates_are_refused() {
        let grid = Grid::new([0.0], [1.0], [10]).unwrap();
        let of = |x: &[f64], rule| density_estimate([x], &grid, rule).unwrap_err();
        let error = of(&[0.5, 1.1], Bandwidth::Scott);
        assert!(
            matches!(error, MeanFieldError::OutsideGrid { particle: 1, axis: 0, .. }),
            "{error}"
        );
        let error = of(&[0.5, f64::NAN], Bandwidth::Fixed(0.1));
        assert!(matches!(error, MeanFieldError::OutsideGrid { particle: 1, .. }), "{error}");
        let error = of(&[0.5, 0.5], Bandwidth::Scott);
        assert!(matches!(error, MeanFieldError::NoSpread { n_particles: 2, .. }), "{error}");
        let error = of(&[0.5], Bandwidth::Silverman);
        assert!(matches!(error, MeanFieldError::NoSpread { n_particles: 1, .. }), "{error}");
        for bandwidth in [0.04, -1.0, f64::NAN, f64::INFINITY] {
            let error = of(&[0.5], Bandwidth::Fixed(bandwidth));
            assert!(matches!(error, MeanFieldError::Bandwidth { axis: 0, .. }), "{error}");
        }
        let error = of(&[], Bandwidth::Fixed(0.1));
        assert!(matches!(error, MeanFieldError::NoMass { .. }), "{error}");
        let snapshots = Snapshots::new(vec![0.0, 1.0], vec![[vec![0.5]], [vec![-0.5]]]).unwrap();
        let error = estimate_densities(&snapshots, &grid, Bandwidth::Fixed(0.1)).unwrap_err();
        assert!(matches!(error, MeanFieldError::OutsideGrid { snapshot: 1, .. }), "{error}");
    }
}
