//! What can be wrong with a law.

/// Why a law or a basis cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LawError {
    /// A weight is NaN or infinite.
    #[error("the weight of term {term_idx} is {weight}; weights must be finite")]
    NonFiniteWeight {
        /// Index of the term.
        term_idx: usize,
        /// The weight.
        weight: f64,
    },
    /// A harmonic that is not computed.
    #[error("term {term_idx} has harmonic {harmonic}; the highest is {}", crate::HARMONICS - 1)]
    UnknownHarmonic {
        /// Index of the term.
        term_idx: usize,
        /// The harmonic n of cos nθ.
        harmonic: usize,
    },
    /// A scale or rate that is not positive and finite.
    #[error("term {term_idx} has the scale or rate {scale}; it must be positive and finite")]
    BadScale {
        /// Index of the term.
        term_idx: usize,
        /// The scale or rate.
        scale: f64,
    },
    /// A one-body term along an axis that the tracks do not have.
    #[error("a one-body term names axis {axis}, but there are only {dimension}, counted from 0")]
    UnknownAxis {
        /// Index of the axis.
        axis: u8,
        /// Number of axes.
        dimension: usize,
    },
    /// A wall term without walls.
    #[error("a term repels from walls, but there are none: give the walls or leave the term out")]
    NoWalls,
    /// A term asks for the individuals' preferred directions.
    #[error(
        "a term acts along preferred directions, of which there are {found} for {expected} \
         individuals: give one each, 0 for an individual without"
    )]
    PreferredCount {
        /// Number of individuals.
        expected: usize,
        /// Number of directions.
        found: usize,
    },
    /// A preferred direction is neither a unit vector nor 0.
    #[error(
        "the preferred direction of individual {individual} has length {length}; it must be 1, or 0 \
         for none"
    )]
    NotADirection {
        /// Index of the individual.
        individual: usize,
        /// Length of its vector.
        length: f64,
    },
    /// A number of the surroundings is NaN or infinite.
    #[error("{quantity} is {value}; it must be finite")]
    BadSurroundings {
        /// Which number.
        quantity: &'static str,
        /// Its value.
        value: f64,
    },
    /// More distinct radial functions than the evaluator holds.
    #[error(
        "{found} distinct radial functions and intermediate powers; at most {most} fit: use fewer rates or scales"
    )]
    TooManyRadials {
        /// Number needed.
        found: usize,
        /// Number that fits.
        most: usize,
    },
    /// Drag depends on speed and takes powers only.
    #[error("term {term_idx}: drag takes powers of the speed, found {radial:?}")]
    DragNeedsPowers {
        /// Index of the term.
        term_idx: usize,
        /// The radial function found.
        radial: crate::Radial,
    },
    /// A parameter of a kernel term makes it infinite or meaningless.
    #[error(
        "{field} of {term:?} is out of range: parameters must be finite, negative powers need a \
         cutoff > 0, rates must not be 0, pieces need 0 ≤ from < to"
    )]
    KernelTerm {
        /// The term.
        term: crate::KernelTerm,
        /// Its parameter.
        field: &'static str,
    },
    /// A kernel has not one weight a term.
    #[error("the kernel has {expected} terms but {found} weights: give one a term")]
    WeightCount {
        /// Number of terms.
        expected: usize,
        /// Number of weights.
        found: usize,
    },
    /// The spacing of a mesh is not positive and finite.
    #[error("the spacing of the mesh is {spacing}; it must be positive and finite")]
    MeshSpacing {
        /// The spacing.
        spacing: f64,
    },
}
