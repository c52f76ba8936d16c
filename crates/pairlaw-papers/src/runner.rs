//! What every experiment runs with: store and progress.

use pairlaw_run::{Progress, RunError, Store};
use std::path::Path;

/// Hash of the code that simulates.
pub(crate) const SIMULATION_CODE: &str = env!("PAIRLAW_SIMULATION_CODE");
/// Hash of that and of the code that learns.
pub(crate) const LEARNING_CODE: &str = env!("PAIRLAW_LEARNING_CODE");
/// Hash of that and of the code of tables and figures that keep products of their own.
pub(crate) const TABLE_CODE: &str = env!("PAIRLAW_TABLE_CODE");

/// Runs stages, from the store where they are done. Each paper adds its stages.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) store: Store,
    pub(crate) progress: Progress,
}

impl Runner {
    /// Keeps products in `out/cache`, and removes what killed runs left half-written in `out`.
    pub(crate) fn open(out: &Path) -> Result<Self, RunError> {
        let written = [out.to_owned(), out.join("figures"), out.join("species")];
        let written = written.each_ref().map(|folder| folder.as_path());
        Ok(Self { store: Store::open(&out.join("cache"), &written)?, progress: Progress::new() })
    }

    /// Tells the stages of one experiment.
    pub(crate) fn teller(&self, name: &str) -> impl Fn(&str, usize, usize) + Sync {
        move |stage: &str, done, total| self.progress.tell(&format!("{name}: {stage}"), done, total)
    }
}
