//! A made-up workspace in the temporary folder, for the tests of the rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Removed when dropped.
pub(crate) struct Tree(PathBuf);

impl Tree {
    /// Files by path from the root.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        static N_TREES: AtomicUsize = AtomicUsize::new(0);
        let number = N_TREES.fetch_add(1, Ordering::Relaxed);
        let name = format!("pairlaw-xtask-{}-{number}", std::process::id());
        let tree = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&tree.0).unwrap();
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.0.join(path)).unwrap();
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // A folder left behind in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
