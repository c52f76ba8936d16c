//! What can be wrong with a roll-out.

use thiserror::Error;

/// Errors of this crate.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RolloutError {
    /// Fewer than two cells.
    #[error("{found} cells: a pair needs two")]
    TooFewCells {
        /// Cells given.
        found: usize,
    },
    /// A coordinate that is no number.
    #[error(
        "coordinate {axis} of cell {cell} is {value}: give positions that the precision can hold"
    )]
    NotFinite {
        /// Index of the cell.
        cell: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The value found.
        value: f64,
    },
    /// A time step that is no positive number.
    #[error("time step {dt}: it must be positive and finite")]
    TimeStep {
        /// The value found.
        dt: f64,
    },
    /// No leg, or a leg without steps.
    #[error("leg {leg} has no steps: every leg needs one")]
    NoSteps {
        /// Index of the leg.
        leg: usize,
    },
    /// Parameters for another number of cells.
    #[error("parameters of leg {leg} are for {found} cells, there are {expected}")]
    CellCount {
        /// Index of the leg.
        leg: usize,
        /// Cells of the initial configuration.
        expected: usize,
        /// Cells of the parameters.
        found: usize,
    },
    /// A number of parameter sets that is neither one nor one a leg.
    #[error("{found} parameter sets for {legs} legs: give one for all or one a leg")]
    ParameterSets {
        /// Number of legs.
        legs: usize,
        /// Parameter sets given.
        found: usize,
    },
    /// A parameter that is no positive number.
    #[error("parameter `{name}` is {value}: it must be positive and finite")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// The value found.
        value: f64,
    },
    /// A scheme that does not fit the cells: types or rank.
    #[error("{scheme}: {found} where {expected} was expected")]
    Scheme {
        /// Name of the scheme.
        scheme: &'static str,
        /// What the scheme needs: one type a cell, a rank of one or more.
        expected: usize,
        /// What was found.
        found: usize,
    },
    /// Cells flew apart: the parameters are too strong for the time step.
    #[error(
        "the roll-out explodes in step {step}: cell {cell} moves by {largest:e}, more than {limit:e}; \
         use a smaller rate, weaker initial parameters or a smaller time step"
    )]
    Exploded {
        /// Step, counted from 1.
        step: usize,
        /// Cell with the largest step.
        cell: usize,
        /// Length of that step; infinite where a coordinate is no number.
        largest: f64,
        /// Longest step allowed.
        limit: f64,
    },
    /// Linear algebra did not converge on a row of the collocation.
    #[error("collocation: the equations of cell {cell} have no finite solution")]
    Collocation {
        /// Index of the cell.
        cell: usize,
    },
    /// A coordinate of a target that is no number.
    #[error(
        "leg {leg}: coordinate {axis} of the target of cell {cell} is {value}: give finite targets"
    )]
    Target {
        /// Index of the leg.
        leg: usize,
        /// Index of the cell.
        cell: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The value found.
        value: f64,
    },
    /// Cells without extent.
    #[error(
        "collocation: the cells have a half width of {half_width}; at one point no pair force parts \
         them, and beyond 1e150 squares overflow: give cells at different places in a fitting unit"
    )]
    NoExtent {
        /// Half width of the initial cells.
        half_width: f64,
    },
    /// A floor of strengths that leaves them no room.
    #[error("floor {floor}: it is a share of the strengths at the start, from 0 to below 1")]
    Floor {
        /// The value found.
        floor: f64,
    },
    /// A strength without logarithm.
    #[error(
        "the strength of sender {sender} on receiver {receiver} is {value} and has no logarithm: \
         collocate with a floor above 0"
    )]
    NotPositive {
        /// Index of the cell that moves.
        receiver: usize,
        /// Index of the cell that generates the potential.
        sender: usize,
        /// The value found.
        value: f64,
    },
}
