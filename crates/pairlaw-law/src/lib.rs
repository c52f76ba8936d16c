//! Laws of pair interaction: what they are made of, and their fast evaluation over many neighbours.
#![doc = include_str!("../README.md")]

mod angular;
mod basis;
mod error;
mod exponential;
mod kernel;
mod law;
mod neighbours;
mod program;
mod radial;
pub mod simd;

pub use angular::{Angular, HARMONICS, chebyshev};
pub use basis::{BasisKernel, BasisScratch};
pub use error::LawError;
pub use exponential::exp;
pub use kernel::{LawKernels, LawWeights};
pub use law::{Direction, Force, Law, ModeCode, PAPER_SCALE, Term, paper_basis};
pub use neighbours::{Focal, Neighbours, Pairs, State, cosines, inverse_speed};
pub use program::{GROUP, MAX_SLOTS, RadialProgram};
pub use radial::{Radial, laguerre};
