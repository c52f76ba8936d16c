//! What can go wrong between configurations and potentials.

use pairlaw_data::DataError;
use pairlaw_rollout::RolloutError;
use pairlaw_transport::TransportError;

/// Why no potential was learned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PotentialsError {
    /// There are no targets.
    #[error("there are no targets: give at least one configuration that the cells must reach")]
    NoTargets,
    /// A target has no positions.
    #[error("target {target} is empty: give positions, or leave the target out")]
    EmptyTarget {
        /// Index of the target.
        target: usize,
    },
    /// A loss that matches cells with positions needs as many of them.
    #[error(
        "target {target} has {positions} positions for {cells} cells: a loss that matches one to one \
         needs as many; a loss of transport does not"
    )]
    TargetCount {
        /// Index of the target.
        target: usize,
        /// Number of cells.
        cells: usize,
        /// Number of positions.
        positions: usize,
    },
    /// Steps of targets do not grow from 1 on.
    #[error("target {target} is at step {step} after step {before}: steps must grow from 1 on")]
    StepOrder {
        /// Index of the target.
        target: usize,
        /// Its step.
        step: usize,
        /// The step of the target before it, or 0.
        before: usize,
    },
    /// A position of a target is no number.
    #[error("position {position} of target {target} is not finite: leave it out")]
    TargetNotFinite {
        /// Index of the target.
        target: usize,
        /// Index of the position.
        position: usize,
    },
    /// Collocation finds strengths of pairs.
    #[error("collocation cannot start the scheme {scheme}: it finds mutual strengths alone")]
    CollocationScheme {
        /// Name of the scheme.
        scheme: String,
    },
    /// A setting is out of range.
    #[error("{name} is {value}: it must be {range}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A loss is no number.
    #[error("the loss of epoch {epoch} is {loss}: check the scale of positions and parameters")]
    Loss {
        /// Epoch, from 0.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// The checkpoint belongs to another fit.
    #[error(
        "the checkpoint {path} is of another fit (other cells, targets or settings): remove it, or \
         give another path"
    )]
    OtherFit {
        /// Its path.
        path: String,
    },
    /// Too few frames of tracks are fitted, or more than there are.
    #[error("{n_fitted} of {n_frames} frames are to be fitted: give at least 2 and at most all")]
    FittedFrames {
        /// Number of frames to fit.
        n_fitted: usize,
        /// Number of frames.
        n_frames: usize,
    },
    /// Frames of tracks are not in even steps.
    #[error(
        "frame {frame} follows frame {before}, but the first two are {step} apart: give frames in \
         even steps, increasing"
    )]
    UnevenFrames {
        /// The frame before.
        before: usize,
        /// The frame.
        frame: usize,
        /// Distance of the first two.
        step: usize,
    },
    /// A checkpoint cannot be read or written, or tracks do not serve.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The roll-out.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// Assignment or Sinkhorn.
    #[error(transparent)]
    Transport(#[from] TransportError),
}
