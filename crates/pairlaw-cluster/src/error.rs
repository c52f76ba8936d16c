//! What can be wrong with values, starts and settings.

/// Why rows cannot be clustered or compared.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// There is nothing to fit or to compare.
    #[error("there are no rows: give at least one")]
    NoRows,
    /// A value is infinite or not a number.
    #[error("value {index} is {value}: leave out what is not finite")]
    NonFinite {
        /// Its place among the values.
        index: usize,
        /// The value.
        value: f64,
    },
    /// There are more components than different values.
    #[error("{n_distinct} different values cannot carry {n_components} components: ask for fewer")]
    TooFewDistinct {
        /// Number of different values.
        n_distinct: usize,
        /// Number of components.
        n_components: usize,
    },
    /// All values are equal, or their squares overflow or underflow.
    #[error(
        "the variance of the values is {variance}, not a positive normal number: give at least two \
         different values, or use other units"
    )]
    BadSpread {
        /// The variance.
        variance: f64,
    },
    /// A mixture without components.
    #[error("a mixture needs at least one component")]
    NoComponents,
    /// A component of the start is no weighted Gaussian.
    #[error(
        "component {index} of the start has weight {weight}, mean {mean} and variance {variance}: \
         weights and variances must be positive, and all three finite"
    )]
    BadComponent {
        /// Its place in the mixture.
        index: usize,
        /// Its weight.
        weight: f64,
        /// Its mean.
        mean: f64,
        /// Its variance.
        variance: f64,
    },
    /// The weights of the start are no shares of a whole.
    #[error("the weights of the start add up to {sum}: divide each by that sum")]
    BadWeights {
        /// Their sum.
        sum: f64,
    },
    /// No iteration is allowed.
    #[error("max_iterations is 0: allow at least one iteration")]
    NoIterations,
    /// The tolerance is negative or not finite.
    #[error("the tolerance {tolerance} is not a finite number ≥ 0; 0 runs all iterations")]
    BadTolerance {
        /// The tolerance.
        tolerance: f64,
    },
    /// The floor of the variances is negative or not finite.
    #[error("the variance floor {variance_floor} is not a finite number ≥ 0; 0 adds nothing")]
    BadVarianceFloor {
        /// The floor.
        variance_floor: f64,
    },
}
