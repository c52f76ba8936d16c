//! The output folder of a learner: results, and the products that a stopped run goes on from.

use crate::error::CliError;
use crate::options::RunSection;
use pairlaw_data::write_atomic;
use pairlaw_run::{Failure, Key, Progress, Store, stop_on_interrupt};
use serde::Serialize;
use std::fmt::Debug;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Folder of finished stages below that of the results.
const WORK: &str = "work";

/// Where a learner writes, with its finished stages and its progress.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) progress: Progress,
    /// SHA-256 of this program: only what the very same one made is taken up again.
    program: String,
}

impl Output {
    /// Makes the folder and hears Ctrl-C; with `resume` there must be something to go on from.
    pub(crate) fn open(
        input: &Path,
        learner: &str,
        run: &RunSection,
        resume: bool,
    ) -> Result<Self, Failure> {
        set_threads(run.threads)?;
        let folder = run.out.clone().unwrap_or_else(|| default_folder(input, learner));
        let work = folder.join(WORK);
        if resume && !holds_products(&work) {
            return Err(CliError::NothingToResume { folder: work }.into());
        }
        let named = |source| CliError::Folder { folder: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(named)?;
        let store = Store::open(&work, &[&folder])?;
        let progress = Progress::new();
        stop_on_interrupt(&progress, &work)?;
        let program = crate::fingerprint::sha256(&std::env::current_exe()?)?;
        Ok(Self { folder, store, progress, program })
    }

    /// The key of a stage made from these inputs by this program.
    pub(crate) fn key(&self, stage: &'static str, inputs: &impl Debug) -> Key {
        Key::new(stage, &self.program, inputs)
    }

    /// Writes a file whole or not at all.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<(), Failure> {
        Ok(write_atomic(self.folder.join(name), content.as_bytes())?)
    }

    /// Writes a file of JSON.
    pub(crate) fn write_json(&self, name: &str, content: &impl Serialize) -> Result<(), Failure> {
        self.write(name, &json(content)?)
    }
}

/// Prints on standard output; where nobody reads on, as behind `| head`, nobody is told.
pub(crate) fn tell(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        told => Ok(told?),
    }
}

/// JSON for files and standard output, ended by a line's end.
pub(crate) fn json(content: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(content)? + "\n")
}

/// A number to three digits; what is no more than rounding is 0.
pub(crate) fn short(x: f64) -> String {
    let size = x.abs();
    if size < 1e-12 {
        "0".to_owned()
    } else if (1e-3..1e5).contains(&size) {
        let digits = (2 - size.log10().floor() as i32).max(0) as usize;
        format!("{x:.digits$}")
    } else {
        format!("{x:.2e}")
    }
}

/// Refuses to replace a file that is being read.
pub(crate) fn other_than(input: &Path, out: &Path) -> Result<(), CliError> {
    match (input.canonicalize(), out.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => Err(CliError::SameFile { path: input.to_owned() }),
        _ => Ok(()),
    }
}

fn default_folder(input: &Path, learner: &str) -> PathBuf {
    let stem = input.file_stem().unwrap_or(input.as_os_str());
    Path::new("pairlaw-out").join(stem).join(learner)
}

fn holds_products(work: &Path) -> bool {
    let entries = fs::read_dir(work).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name != "lock")
}

fn set_threads(threads: Option<usize>) -> Result<(), Failure> {
    let Some(n) = threads else { return Ok(()) };
    if n == 0 {
        let (value, needed) = (n.to_string(), "at least 1");
        return Err(CliError::BadOption { option: "threads", value, needed }.into());
    }
    Ok(rayon::ThreadPoolBuilder::new().num_threads(n).build_global()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_a_file_go_to_a_folder_of_its_name() {
        let folder = default_folder(Path::new("data/cells.v2.csv"), "species");
        assert_eq!(folder, Path::new("pairlaw-out").join("cells.v2").join("species"));
    }

    #[test]
    fn numbers_are_short() {
        let words = [0.0, 1.23456, 0.012345, 1234.5, 1e-7, -0.5].map(short);
        assert_eq!(words, ["0", "1.23", "0.0123", "1234", "1.00e-7", "-0.500"]);
    }

    #[test]
    fn a_lock_alone_is_nothing_to_resume() {
        let work = tempfile::tempdir().unwrap();
        fs::write(work.path().join("lock"), b"").unwrap();
        assert!(!holds_products(work.path()));
        fs::write(work.path().join("mixture-01"), b"x").unwrap();
        assert!(holds_products(work.path()));
    }
}
