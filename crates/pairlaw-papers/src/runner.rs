//! What every experiment runs with: cache and progress.

use crate::cache::Cache;
use crate::progress::Progress;

/// Hash of the code that simulates.
pub(crate) const SIMULATION_CODE: &str = env!("PAIRLAW_SIMULATION_CODE");
/// Hash of that and of the code that learns.
pub(crate) const LEARNING_CODE: &str = env!("PAIRLAW_LEARNING_CODE");
/// Hash of that and of the code of tables and figures that keep products of their own.
pub(crate) const TABLE_CODE: &str = env!("PAIRLAW_TABLE_CODE");

/// Runs stages, from the cache where they are done. Each paper adds its stages.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) cache: Cache,
    pub(crate) progress: Progress,
}

impl Runner {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, progress: Progress::new() }
    }

    /// Tells the stages of one experiment.
    pub(crate) fn teller(&self, name: &str) -> impl Fn(&str, usize, usize) + Sync {
        move |stage: &str, done, total| self.progress.tell(&format!("{name}: {stage}"), done, total)
    }
}
