//! What every experiment runs with: cache, progress and the list of products used.

use crate::cache::{Cache, Key};
use crate::progress::Progress;
use std::sync::Mutex;

/// Hash of the code that simulates.
pub(crate) const SIMULATION_CODE: &str = env!("PAIRLAW_SIMULATION_CODE");
/// Hash of that and of the code that learns.
pub(crate) const LEARNING_CODE: &str = env!("PAIRLAW_LEARNING_CODE");

/// Runs stages, from the cache where they are done. Each paper adds its stages.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) cache: Cache,
    pub(crate) progress: Progress,
    /// Names of the products used, for the manifest.
    pub(crate) products: Mutex<Vec<String>>,
}

impl Runner {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, progress: Progress::new(), products: Mutex::default() }
    }

    /// Notes a product for the manifest.
    pub(crate) fn note(&self, key: &Key) {
        if let Ok(mut products) = self.products.lock() {
            products.push(key.name());
        }
    }

    /// Tells the stages of one experiment.
    pub(crate) fn teller(&self, name: &str) -> impl Fn(&str, usize, usize) + Sync {
        move |stage: &str, done, total| self.progress.tell(&format!("{name}: {stage}"), done, total)
    }
}
