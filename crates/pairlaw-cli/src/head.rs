//! What `result.json` of every learner begins with.

use crate::config::Section;
use crate::learner::Job;
use crate::reading::Input;
use serde::{Deserialize, Serialize};

/// The format and version of every result.
pub(crate) const FORMAT: &str = "pairlaw-result";
pub(crate) const VERSION: u32 = 1;

/// Who found what, in which file and with which options `O`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Head<O> {
    pub(crate) format: String,
    pub(crate) version: u32,
    pub(crate) learner: String,
    /// What was found, in a sentence or two; read this first.
    pub(crate) verdict: String,
    pub(crate) input: Input,
    pub(crate) seed: u64,
    pub(crate) options: O,
}

impl<O: Section + Clone> Head<O> {
    pub(crate) fn new(job: &Job<'_, O>, verdict: String) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            learner: O::NAME.to_owned(),
            verdict,
            input: job.input.clone(),
            seed: job.run.seed,
            options: job.options.clone(),
        }
    }
}
