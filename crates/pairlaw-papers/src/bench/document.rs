//! What a run found, as the file in which it is stored.

use super::figure::Figure;
use crate::Failure;
use crate::options::{BenchOptions, name_of};
use crate::results::machine;
use pairlaw_data::write_atomic;
use pairlaw_law::simd::InstructionSet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Goes up where a field changes its meaning.
const SCHEMA: u64 = 1;

/// Figures and where they come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) schema: u64,
    pub(super) version: String,
    /// With `-dirty` where files differed from it.
    pub(super) commit: String,
    pub(super) instruction_set: String,
    pub(super) machine: String,
    pub(super) threads: usize,
    /// Seconds since 1970, UTC.
    pub(super) date: u64,
    pub(super) options: Choices,
    pub(super) figures: Vec<Figure>,
    pub(super) notes: Vec<String>,
}

/// What the command line chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Choices {
    /// The only learner; all where it is `None`.
    pub(super) learner: Option<String>,
    pub(super) cells: usize,
    pub(super) repeat: usize,
    pub(super) seed: u64,
}

impl Document {
    /// Without figures, for the present program and machine.
    pub(super) fn new(options: &BenchOptions) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("PAIRLAW_COMMIT").to_owned(),
            instruction_set: InstructionSet::detect().name().to_owned(),
            machine: machine(),
            threads: rayon::current_num_threads(),
            date: now.map_or(0, |now| now.as_secs()),
            options: Choices {
                learner: options.learner.or(options.only).map(name_of),
                cells: options.cells,
                repeat: options.repeat,
                seed: options.seed,
            },
            figures: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a line about what could not be measured, unless it is there.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn title(&self) -> String {
        let Self { commit, machine, instruction_set, threads, .. } = self;
        let s = if *threads == 1 { "" } else { "s" };
        format!("commit {commit} on {machine}, {instruction_set}, {threads} thread{s}")
    }

    pub(super) fn json(&self) -> Result<String, Failure> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Writes `bench-<commit>[-<learner>].json` and returns its path.
    pub(super) fn store(&self, folder: &Path) -> Result<PathBuf, Failure> {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        let learner = self.options.learner.as_ref().map(|name| format!("-{name}"));
        let name = format!("bench-{}{}.json", short(&self.commit), learner.unwrap_or_default());
        let path = folder.join(name);
        write_atomic(&path, (self.json()? + "\n").as_bytes())?;
        Ok(path)
    }

    /// Reads what [`Self::store`] wrote.
    ///
    /// # Errors
    /// Where the file is not there, is cut, is something else, or has another schema.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the stored figures {place}: {error}"))?;
        parse(&text).map_err(|reason| {
            format!(
                "{place} has no stored figures: {reason}; `cargo xtask bench` writes such files"
            )
            .into()
        })
    }
}

fn parse(text: &str) -> Result<Document, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let word = if error.is_eof() { "it is cut off" } else { "it is not JSON" };
        format!("{word} ({error})")
    })?;
    match json.get("schema").and_then(Value::as_u64) {
        Some(SCHEMA) => {}
        Some(schema) => return Err(format!("its schema is {schema}, this program reads {SCHEMA}")),
        None => return Err("it has no schema".to_owned()),
    }
    serde_json::from_value(json).map_err(|error| error.to_string())
}

/// The first digits of a commit, and whether files differed.
fn short(commit: &str) -> String {
    let (hash, mark) = commit.split_once('-').unwrap_or((commit, ""));
    let hash: String = hash.chars().take(12).collect();
    if mark.is_empty() { hash } else { format!("{hash}-{mark}") }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Nothing was measured for it.
    pub(in crate::bench) fn made_up(commit: &str, figures: Vec<Figure>) -> Document {
        let options = Choices { learner: None, cells: 1000, repeat: 3, seed: 1 };
        Document {
            schema: SCHEMA,
            version: "0.1.0".into(),
            commit: commit.into(),
            instruction_set: "AVX2".into(),
            machine: "a machine".into(),
            threads: 2,
            date: 0,
            options,
            figures,
            notes: vec!["a note".into()],
        }
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new/folder");
        let figures = vec![
            Figure::new("x", "ms", Some(2.0), &[1.0, 2.0]),
            Figure::new("y", "s", None, &[0.1]),
        ];
        let mut document = made_up("0123456789abcdef-dirty", figures);
        let path = document.store(&out).unwrap();
        assert!(path.ends_with("bench-0123456789ab-dirty.json"), "{path:?}");
        assert_eq!(Document::load(&path).unwrap(), document);
        document.options.learner = Some("species".into());
        assert!(document.store(&out).unwrap().ends_with("bench-0123456789ab-dirty-species.json"));
    }

    #[test]
    fn a_wrong_or_cut_file_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stored.json");
        let says = |text: &str, words: &str| {
            std::fs::write(&path, text).unwrap();
            let error = Document::load(&path).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("stored.json"), "{error}");
        };
        let good = made_up("0", vec![]).json().unwrap();
        says(&good[..good.len() / 2], "it is cut off");
        says("", "it is cut off");
        says("figure | value", "it is not JSON");
        says("{\"tables\": []}", "it has no schema");
        says(
            &good.replace("\"schema\": 1", "\"schema\": 7"),
            "its schema is 7, this program reads 1",
        );
        says(&good.replace("\"threads\"", "\"thread\""), "missing field `threads`");
        let missing = Document::load(&folder.path().join("none.json")).unwrap_err().to_string();
        assert!(missing.contains("none.json"), "{missing}");
    }
}
