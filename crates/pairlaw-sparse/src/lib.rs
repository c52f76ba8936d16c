//! Sparse least squares under homogeneous linear inequality constraints.
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

pub use certificate::Certificate;
pub use compressed::{CompressedSystem, LinearSystem};
pub use cone::{ConeProblem, ConeSolution, SolveStatus};
pub use error::SparseError;
pub use normal_equations::{NormalEquations, SubsetSolution};
pub use sequential_thresholding::{PathConfig, SparsePath, thresholded_path};
pub use support::Support;
