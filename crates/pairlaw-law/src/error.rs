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
