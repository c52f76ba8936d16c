//! What can be wrong with densities, and with equations for them.

use pairlaw_data::DataError;
use pairlaw_law::KernelTerm;

/// Why a density, a solution or a system cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeanFieldError {
    /// A particle lies outside the grid.
    #[error(
        "coordinate {axis} of particle {particle} in snapshot {snapshot} is {coordinate}, outside \
         the grid [{lower}, {upper}]: widen the grid or drop the particle"
    )]
    OutsideGrid {
        /// Which snapshot, counted from 0.
        snapshot: usize,
        /// Which particle, counted from 0.
        particle: usize,
        /// Which coordinate, counted from 0.
        axis: usize,
        /// The coordinate, length; NaN counts as outside.
        coordinate: f64,
        /// Lower bound of the grid along that axis.
        lower: f64,
        /// Upper bound.
        upper: f64,
    },
    /// A rule for the bandwidth needs particles in different places.
    #[error(
        "the {n_particles} particles have the standard deviation {std} along axis {axis}, no basis \
         for a bandwidth: give a fixed one"
    )]
    NoSpread {
        /// Number of particles.
        n_particles: usize,
        /// Which coordinate, counted from 0.
        axis: usize,
        /// Standard deviation; NaN for fewer than 2 particles.
        std: f64,
    },
    /// A bandwidth is not positive, or finer than the grid resolves.
    #[error(
        "the bandwidth {bandwidth} along axis {axis} is not above {least}, the least that cells of \
         this size resolve: give a finite one above it, or refine the grid"
    )]
    Bandwidth {
        /// Which coordinate, counted from 0.
        axis: usize,
        /// The bandwidth, length.
        bandwidth: f64,
        /// Bound for this grid, length.
        least: f64,
    },
    /// A density has not mass 1.
    #[error(
        "the density at time {time_idx} has mass {mass}: it must be 1 within 1e-6; divide by the \
         mass, see `normalised`"
    )]
    Mass {
        /// Which time, counted from 0.
        time_idx: usize,
        /// `∫u dx`.
        mass: f64,
    },
    /// A density has no mass to be divided by.
    #[error(
        "the density has mass {mass}: it must be positive and finite; put some of it on the grid"
    )]
    NoMass {
        /// `∫u dx` over the grid.
        mass: f64,
    },
    /// A number of the model is out of range.
    #[error("{field} is {value}: {expected}")]
    Parameter {
        /// Its name.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A kernel varies on lengths far below the cells.
    #[error(
        "{term:?} varies within {length}, but cells are {spacing} wide along axis {axis}: give at \
         most 4 times that length, or a larger cut-off"
    )]
    KernelBelowGrid {
        /// The term.
        term: KernelTerm,
        /// The length on which it varies.
        length: f64,
        /// The coarser axis, counted from 0.
        axis: usize,
        /// Side of a cell along it.
        spacing: f64,
    },
    /// A time step is too long for the scheme.
    #[error(
        "the time step {dt} is unstable at step {step}: diffusion and drift allow {largest}; take a \
         shorter step (`stable_dt` proposes one) or wider cells"
    )]
    UnstableStep {
        /// Which step, counted from 0.
        step: usize,
        /// The time step.
        dt: f64,
        /// The longest stable one with the drift at that time.
        largest: f64,
    },
    /// A density became NaN or infinite.
    #[error(
        "the density is no longer finite after step {step}, time {time}: take a shorter time step, \
         or a kernel that stays finite on the grid"
    )]
    NotFinite {
        /// Which step, counted from 0.
        step: usize,
        /// Time at its end.
        time: f64,
    },
    /// There are too few densities in time.
    #[error("there are {found} densities in time: a system needs at least 3")]
    TooFewDensities {
        /// Their number.
        found: usize,
    },
    /// There are too few cells for the interior of a grid.
    #[error("axis {axis} of the grid has {n_cells} cells: derivatives in space need at least 5")]
    TooFewCells {
        /// Which axis, counted from 0.
        axis: usize,
        /// Number of cells along it.
        n_cells: usize,
    },
    /// Densities or grids are refused.
    #[error(transparent)]
    Data(#[from] DataError),
}
