//! Laws of pair interaction: what they are made of, and their fast evaluation over many neighbours.
#![doc = include_str!("../README.md")]

mod angular;
mod basis;
mod convolution;
mod error;
mod exponential;
mod exponential_integral;
mod external;
mod kernel;
mod law;
mod neighbours;
mod one_body;
mod pair_kernel;
mod pair_potential;
mod pair_sums;
mod program;
mod radial;
mod rescaled;
pub mod simd;
mod surroundings;

pub use angular::{Angular, HARMONICS, chebyshev};
pub use basis::{BasisKernel, BasisScratch};
pub use convolution::{Convolution, Spectrum};
pub use error::LawError;
pub use exponential::exp;
pub use exponential_integral::exponential_integral;
pub use external::ExternalPotential;
pub use kernel::{LawKernels, LawWeights};
pub use law::{Direction, Force, Law, ModeCode, Order, PAPER_SCALE, Term, paper_basis};
pub use neighbours::{Focal, Neighbours, Pairs, State, cosines, inverse_speed};
pub use one_body::OneBody;
pub use pair_kernel::{KernelTerm, PairKernel};
pub use pair_potential::{LennardJones, Morse, PairPotential};
pub use pair_sums::{PairSums, SumMethod};
pub use program::{GROUP, MAX_SLOTS, RadialProgram};
pub use radial::{Radial, laguerre};
pub use surroundings::{Surroundings, Wall};
