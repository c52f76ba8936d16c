//! The tables of README.md as a user writes and checks them.

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const EXTRACT: &str = "fixtures/tables/results.json";

/// A folder with the workspace's README and extract.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a folder"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::create_dir_all(copy.path("fixtures/tables")).expect("a folder");
        for name in ["README.md", EXTRACT] {
            std::fs::copy(root.join(name), copy.path(name)).expect(name);
        }
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect(name);
    }

    /// Success, and what is said on either stream.
    fn run(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pairlaw-papers"));
        let output = command.current_dir(self.0.path()).arg("readme").args(args).output();
        let output = output.expect("the command starts");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    #[track_caller]
    fn fails(&self, args: &[&str], words: &[&str]) {
        let (is_well, said) = self.run(args);
        assert!(!is_well && words.iter().all(|words| said.contains(words)), "{said}");
    }

    #[track_caller]
    fn succeeds(&self, args: &[&str]) {
        let (is_well, said) = self.run(args);
        assert!(is_well, "{said}");
    }

    /// `results.json` and `manifest.json` of a run of potentials with these rows.
    fn write_run(&self, rows: &Value, quick: bool) {
        let results = json!({
            "schema": 1, "figures": [], "timing": {},
            "tables": [{ "id": "potentials.table1", "rows": rows }],
        });
        let manifest = json!({
            "version": "0.1.0", "commit": "feedfacefeed", "instruction_set": "avx2",
            "options": { "quick": quick, "alpha": 0.9 }, "products": {},
        });
        self.write("results.json", &results.to_string());
        self.write("manifest.json", &manifest.to_string());
    }
}

/// What `reproduce` writes is understood, as far as to see that it was small.
#[test]
fn a_quick_run_is_read_and_refused() {
    let out = tempfile::tempdir().unwrap();
    let small = ["--table", "1", "--experiment", "B", "--quick", "--seeds", "1"];
    let made = crate::reproduce_paper(&["meanfield"], out.path(), &small).output().unwrap();
    assert!(made.status.success(), "{}", crate::said(&made));
    let results = out.path().join("results.json");
    let results = results.to_str().expect("a path of ASCII letters");
    Workspace::new().fails(&["--results", results], &["is of a run with --quick"]);
}

fn extract(copy: &Workspace) -> Map<String, Value> {
    serde_json::from_str(&copy.read(EXTRACT)).expect("the extract is JSON")
}

#[test]
fn the_stored_results_give_the_tables_of_the_readme() {
    let copy = Workspace::new();
    let [readme, stored] = ["README.md", EXTRACT].map(|name| copy.read(name));
    copy.succeeds(&["--check"]);
    copy.succeeds(&[]);
    assert_eq!([copy.read("README.md"), copy.read(EXTRACT)], [readme, stored]);
}

#[test]
fn a_changed_table_is_found_and_written_again() {
    let copy = Workspace::new();
    let readme = copy.read("README.md");
    let changed = readme.replacen("| Euclidean | ring |", "| Euclidean | disc |", 1);
    assert_ne!(changed, readme);
    copy.write("README.md", &changed);
    copy.fails(&["--check"], &["README.md: the results of potentials are", "cargo xtask readme"]);
    assert_eq!(copy.read("README.md"), changed, "--check writes nothing");
    copy.succeeds(&[]);
    assert_eq!(copy.read("README.md"), readme);
}

#[test]
fn missing_markers_and_sections_are_named_and_nothing_is_written() {
    let copy = Workspace::new();
    let readme = copy.read("README.md").replace("<!-- end of results: meanfield -->", "");
    copy.write("README.md", &readme);
    copy.fails(&[], &["0 lines `<!-- end of results: meanfield -->`"]);
    assert_eq!(copy.read("README.md"), readme);
    let mut stored = extract(&copy);
    stored.remove("species");
    copy.write(EXTRACT, &Value::Object(stored).to_string());
    copy.fails(&["--check"], &["no rows of species", "cargo xtask reproduce species"]);
}

#[test]
fn a_full_run_of_one_paper_replaces_its_section_alone() {
    let copy = Workspace::new();
    let before = extract(&copy);
    let mut rows = before["potentials"]["rows"].clone();
    rows[0]["inside"] = json!([0.123]);
    copy.write_run(&rows, false);
    copy.fails(&["--results", "results.json", "--check"], &["potentials are"]);
    assert_eq!(extract(&copy), before);
    copy.succeeds(&["--results", "results.json"]);
    let after = extract(&copy);
    assert_eq!(
        [&after["species"], &after["meanfield"]],
        [&before["species"], &before["meanfield"]]
    );
    assert_eq!(after["potentials"]["rows"], rows);
    assert_eq!(after["potentials"]["run"]["commit"], "feedfacefeed");
    let readme = copy.read("README.md");
    assert!(readme.contains(" .123 |") && readme.contains("commit `feedfac`"));
    copy.succeeds(&["--check"]);
}

#[test]
fn quick_and_unfit_runs_are_refused() {
    let copy = Workspace::new();
    let [readme, stored] = ["README.md", EXTRACT].map(|name| copy.read(name));
    let rows = extract(&copy)["potentials"]["rows"].clone();
    copy.write_run(&rows, true);
    copy.fails(&["--results", "results.json"], &["--quick", "cargo xtask reproduce"]);
    copy.write_run(&json!([rows[0]]), false);
    copy.fails(
        &["--results", "results.json"],
        &["potentials.table1", "no row in one of the blocks"],
    );
    copy.write("results.json", &json!({ "schema": 1, "tables": [] }).to_string());
    copy.fails(&["--results", "results.json"], &["no table of the README"]);
    copy.write("results.json", &json!({ "schema": 2, "tables": [] }).to_string());
    copy.fails(&["--results", "results.json"], &["schema 2, not 1"]);
    std::fs::remove_file(copy.path("manifest.json")).expect("it is there");
    copy.fails(&["--results", "results.json"], &["cannot read manifest.json"]);
    assert_eq!([copy.read("README.md"), copy.read(EXTRACT)], [readme, stored]);
}
