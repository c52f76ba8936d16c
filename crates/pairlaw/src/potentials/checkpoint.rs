//! Checkpoints of a fit: a killed run goes on with the same bits.

use pairlaw_data::{load, save};
use pairlaw_rollout::RolloutState;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

use super::loss::GoalState;
use super::{Epoch, PotentialsError};

const KIND: &str = "fit";
const VERSION: u32 = 1;

/// Where a fit stores itself, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The file; where it exists, the fit goes on from there.
    pub path: PathBuf,
    /// Epochs between two writes. With mutual parameters a file of 2000 cells has 250 MB.
    pub every: usize,
}

/// All that a fit knows between two epochs.
#[derive(Serialize, Deserialize)]
pub(super) struct FitState {
    /// Of initial positions, targets and settings.
    pub(super) fingerprint: u64,
    pub(super) phase: usize,
    /// The next epoch of the phase.
    pub(super) epoch: usize,
    pub(super) best: Option<(usize, f64)>,
    pub(super) before: Option<(usize, f64)>,
    pub(super) history: Vec<Epoch>,
    pub(super) rollout: RolloutState<f32>,
    pub(super) goals: Vec<GoalState>,
}

impl FitState {
    pub(super) fn write(&self, path: &Path) -> Result<(), PotentialsError> {
        Ok(save(path, KIND, VERSION, self)?)
    }

    /// The stored state, or nothing if there is no file.
    pub(super) fn read(path: &Path, fingerprint: u64) -> Result<Option<Self>, PotentialsError> {
        if !path.exists() {
            return Ok(None);
        }
        let state: Self = load(path, KIND, VERSION)?;
        if state.fingerprint == fingerprint {
            Ok(Some(state))
        } else {
            Err(PotentialsError::OtherFit { path: path.display().to_string() })
        }
    }
}

/// FNV-1a of the text of everything that decides the bits of a fit.
pub(super) fn fingerprint(parts: &[&dyn std::fmt::Debug]) -> u64 {
    struct Hash(u64);
    impl std::fmt::Write for Hash {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    std::fmt::write(&mut hash, format_args!("{parts:?}")).expect("hashing never fails");
    hash.0
}
