//! Interaction kernels of many particles from their densities or positions.
//!
//! ```text
//! dX_i = −(1/N) Σ_{j≠i} φ(r_ij) (X_i − X_j)/r_ij dt + σ dW_i,     φ = Σ_k ζ_k ψ_k
//! u_t  = ∇·( u (∇Φ * u) ) + (σ²/2) Δu,                            Φ′ = φ
//! ```
//!
//! [`learn`] finds ζ for a dictionary ψ, by one of three roads to a regression: densities as they
//! are; kernel density estimates of particles, as in the paper; or the weak form on the particles'
//! empirical measure, which needs neither a bandwidth nor a derivative of data, gives standard errors
//! and a test of the fit. Terms are chosen by the paper's two phases or by the best subset.
//! [`learn_pieces`] finds a φ(r)/r that jumps; [`profile_exponent`] a power that is no integer.
//!
//! # Source
//! Shi, Yang, Hong (2025), "Extracting interaction kernels for many-particle systems by a two-phase
//! approach".

mod config;
mod error;
mod exponent;
mod learn;
mod learned;
mod pieces;
mod systems;

pub use config::{Observations, Selection, StrongForm};
pub use error::KernelError;
pub use exponent::profile_exponent;
pub use learn::learn;
pub use learned::{LearnedKernel, Trace};
pub use pairlaw_meanfield as mean_field;
pub use pieces::{LearnedPieces, PieceSearch, learn_pieces};
