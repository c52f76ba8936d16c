//! Potentials of pairs of cells, from configurations that they must reach.
//!
//! ```text
//! x_i^{n+1} = x_i^n + δt Σ_{j≠i} P′(d; θ_ij) u,      P = R e^{−d/r} − A e^{−d/a}
//! min over θ of Σ_targets loss(x^{n_t}(θ), target_t)
//! ```
//!
//! [`fit`] learns θ by gradients through the simulated steps ([`rollout`]); [`carry`] solves for
//! pair strengths that carry every cell on a straight line to its target, without training.
//! [`fit_tracks`] fits recorded positions and says how well frames it did not see are predicted, beside
//! constant velocity.
//!
//! # Source
//! Komiya, Jin, Nishikimi, Kashino (2025), "Learning pairwise potentials via differentiable recurrent
//! dynamics".

mod carry;
mod checkpoint;
mod config;
mod error;
mod fit;
mod loss;
mod tracks;

pub use carry::{Carried, carry};
pub use checkpoint::Checkpoint;
pub use config::{Config, Loss, Matching, Phase, Start, Target};
pub use error::PotentialsError;
pub use fit::{CollocatedStart, Epoch, Fit, Status, fit};
pub use pairlaw_rollout as rollout;
pub use tracks::{FrameErrors, Prediction, TrackFit, TracksConfig, fit_tracks};
