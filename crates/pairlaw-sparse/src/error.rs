//! What can be wrong with a regression, and the way out.

use crate::Certificate;

/// Why a regression could not be set up or solved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SparseError {
    /// The system has no row or no column.
    #[error("the system is empty ({rows} rows, {columns} columns): give at least one of each")]
    Empty {
        /// Rows of `G`.
        rows: usize,
        /// Columns of `G`.
        columns: usize,
    },
    /// An entry of `[G b]` is NaN, infinite or too large to be squared.
    #[error(
        "entry ({row}, {column}) of [G b] is {value}: entries must be finite and below 1e150; \
         remove the row or rescale the data"
    )]
    NonFinite {
        /// Row of the entry.
        row: usize,
        /// Column of the entry; the number of columns of `G` stands for `b`.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// An entry of the constraint matrix is NaN, infinite or too large to be squared.
    #[error(
        "entry ({row}, {column}) of the constraints is {value}: entries must be finite and below \
         1e150; remove the row or rescale it"
    )]
    NonFiniteConstraint {
        /// Row of the entry.
        row: usize,
        /// Column of the entry.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// The response `b` vanishes, so that no magnitude relative to it exists.
    #[error("all {rows} entries of b are zero: there is nothing to explain; leave this system out")]
    ZeroResponse {
        /// Rows of `b` (or compressed parts of a stack).
        rows: usize,
    },
    /// Terms are the same on these data up to a factor, or one vanishes.
    #[error(
        "terms {first} and {second} (counted from 0) cannot be told apart on these data: leave one \
         out, or give data over a wider range of distances"
    )]
    DependentTerms {
        /// One term.
        first: usize,
        /// The other; the same if the term vanishes.
        second: usize,
    },
    /// An entry of normal equations is NaN or infinite.
    #[error(
        "entry ({row}, {column}) of the normal equations is {value}: entries must be finite; look \
         for the step or the term that made it"
    )]
    NonFiniteEquations {
        /// Row of the Gram matrix.
        row: usize,
        /// Its column; the number of terms stands for the moments, and for |y|² in the last row.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A setting of a method lies outside its range.
    #[error("{name} is {value}: it must be {range}")]
    Setting {
        /// Field or argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Where it must lie.
        range: &'static str,
    },
    /// More combinations than can be tried one by one.
    #[error("{count:.1e} combinations to try, {limit:.0e} at most: ask for fewer terms or breaks")]
    TooManyCombinations {
        /// How many there are.
        count: f64,
        /// How many are allowed.
        limit: f64,
    },
    /// The pieces on both sides of a break have the same value, so that its place is undetermined.
    #[error("the kernel does not jump at break {index} ({place}): leave this break out")]
    NoJump {
        /// Index of the break.
        index: usize,
        /// Where it is.
        place: f64,
    },
    /// A stack of no systems, or a regression on no time steps, was asked for.
    #[error("at least one system is needed")]
    NoParts,
    /// A weight of a stacked system is not a positive number.
    #[error("part {part} of the stack has weight {weight}: weights must be positive and finite")]
    PartWeight {
        /// Index of the part.
        part: usize,
        /// Its weight.
        weight: f64,
    },
    /// The ridge is not a positive number.
    #[error("the ridge is {ridge}: it must be positive and finite; 1e-7 suits unit columns")]
    Ridge {
        /// The ridge given.
        ridge: f64,
    },
    /// The path has no thresholds.
    #[error("the path needs at least one threshold lambda")]
    NoLambdas,
    /// A threshold lies outside (0, 1].
    #[error("lambda[{index}] is {value}: thresholds must lie in (0, 1]")]
    Lambda {
        /// Index of the threshold.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The share of the fit in the loss lies outside [0, 1].
    #[error("fit_share is {value}: it must lie in [0, 1]")]
    FitShare {
        /// The share given.
        value: f64,
    },
    /// No attempt passed the optimality certificate.
    #[error(
        "no certified optimum on a support of {support_size} columns ({certificate}): raise the \
         ridge or remove near-duplicate columns and constraints"
    )]
    Uncertified {
        /// The certificate of the best attempt.
        certificate: Certificate,
        /// Columns in the support.
        support_size: usize,
    },
}
