//! Sparse least squares: certified under inequality constraints, and on normal equations.
#![doc = include_str!("../README.md")]

mod error;

mod compressed;
mod normal_equations;
mod support;

mod columns;
mod lawson_hanson;
mod triangle;

mod certificate;
mod cone;
mod face;
mod sequential_thresholding;

mod cholesky;
mod noise;

mod best_subset;
mod coordinate_descent;
mod two_phase;

mod brent;
mod profile;

mod change_points;
mod gauss_newton;

pub use faer;
pub use rand;

pub use best_subset::{BestSubset, Conditioning, RankedSubset, best_subset, conditioning};
pub use certificate::Certificate;
pub use change_points::{ChangePoints, Segmentation, change_points};
pub use compressed::{CompressedSystem, LinearSystem};
pub use cone::{ConeProblem, ConeSolution, SolveStatus};
pub use coordinate_descent::{Lasso, lasso};
pub use error::SparseError;
pub use gauss_newton::{
    BreakChoice, BreakSearch, BreakStatus, RefinedBreaks, choose_breaks, refine_breaks,
};
pub use noise::Noise;
pub use normal_equations::{NormalEquations, SubsetSolution};
pub use profile::{Profile, ProfileRange, profile};
pub use sequential_thresholding::{PathConfig, SparsePath, thresholded_path};
pub use support::Support;
pub use two_phase::{Iteration, Sampling, TwoPhase, TwoPhaseConfig, TwoPhaseStatus, two_phase};
