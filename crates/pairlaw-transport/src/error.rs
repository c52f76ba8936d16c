//! What can be wrong with a distribution, and the way out.

/// Why a distance could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// A distribution has no points or no cells.
    #[error("{argument} is empty: give at least one point or cell")]
    Empty {
        /// Name of the argument.
        argument: &'static str,
    },
    /// A number is NaN or infinite.
    #[error("{argument}[{index}] is {value}: it must be finite; leave the point out")]
    NonFinite {
        /// Name of the argument.
        argument: &'static str,
        /// Index of the number.
        index: usize,
        /// The number.
        value: f64,
    },
    /// A weight of a point is negative.
    #[error("{argument}[{index}] is {value}: weights must not be negative")]
    NegativeWeight {
        /// Name of the argument.
        argument: &'static str,
        /// Index of the weight.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// A density is negative by more than rounding.
    #[error(
        "{argument} has negative cells worth {share:.1e} of its mass, the lowest {value} at \
         {index}: use a scheme that keeps it positive, or decide yourself what they mean"
    )]
    NegativeDensity {
        /// Name of the argument.
        argument: &'static str,
        /// Index of the lowest cell.
        index: usize,
        /// Its value.
        value: f64,
        /// Mass of the negative cells over that of the positive ones.
        share: f64,
    },
    /// All weights or cells are zero.
    #[error("{argument} has no mass: at least one weight or cell must be positive")]
    NoMass {
        /// Name of the argument.
        argument: &'static str,
    },
    /// The grid has no usable cells.
    #[error("{argument} is {value}: the grid needs a finite lower end and a positive spacing")]
    Grid {
        /// Name of the argument.
        argument: &'static str,
        /// Its value.
        value: f64,
    },
    /// An assignment has more rows than columns.
    #[error("{rows} rows cannot have a column each of {columns}: swap rows and columns")]
    TooFewColumns {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A cost of an assignment is NaN, infinite or beyond 1e300.
    #[error(
        "the cost of row {row} and column {column} is {value}: it must be finite, at most 1e300 in \
         size; check the points of both"
    )]
    NonFiniteCost {
        /// Index of the row.
        row: usize,
        /// Index of the column.
        column: usize,
        /// The cost.
        value: f64,
    },
    /// The entropic parameter is not a positive number.
    #[error("epsilon is {epsilon}: it must be finite and positive, in squared units of the points")]
    Epsilon {
        /// Its value.
        epsilon: f64,
    },
    /// The entropic parameter is too small for the precision.
    #[error(
        "epsilon is {epsilon:e}: rounding would change the plan by more than 1 % below {least:.1e}; \
         take that or more, or double precision"
    )]
    EpsilonTooSmall {
        /// Its value.
        epsilon: f64,
        /// The least value for these points.
        least: f64,
    },
    /// The tolerance is not a number that an error can fall below.
    #[error("the tolerance is {value}: it must be finite and not negative")]
    Tolerance {
        /// Its value.
        value: f64,
    },
}
