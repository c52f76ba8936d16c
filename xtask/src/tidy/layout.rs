//! Rules for the tree: what a library crate brings along, and what the two documents at the
//! root say.

use std::collections::BTreeMap;
use std::path::Path;

use super::rows;
use crate::error::Error;
use crate::files;

const MAX_ARCHITECTURE_LINES: usize = 120;
const README_COMMANDS: [&str; 2] = ["cargo xtask reproduce", "cargo xtask test"];

pub(super) fn findings(root: &Path) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for folder in files::crates(root)? {
        if rows::is_library(&files::name(&folder)) {
            findings.extend(library(root, &folder)?);
        }
    }
    findings.extend(shared_example_names(root)?);
    findings.extend(architecture(root)?);
    findings.extend(readme(root)?);
    Ok(findings)
}

fn library(root: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    let place = files::relative(root, folder);
    let mut findings = Vec::new();
    if !folder.join("README.md").is_file() {
        findings.push(format!("{place}/README.md: missing; what it is, one example, sources"));
    }
    if files::examples(folder)?.is_empty() {
        findings.push(format!("{place}/examples: no program; show one use of the crate"));
    }
    let lib = text(&folder.join("src/lib.rs"))?;
    if !lib.contains("include_str!(\"../README.md\")") {
        findings
            .push(format!("{place}/src/lib.rs: lacks `#![doc = include_str!(\"../README.md\")]`"));
    }
    Ok(findings)
}

/// Cargo builds all examples into one folder, where one of two equal names would be lost.
fn shared_example_names(root: &Path) -> Result<Vec<String>, Error> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in files::crates(root)? {
        for example in files::examples(&folder)? {
            let place = files::relative(root, &example);
            by_name.entry(files::name(&example)).or_default().push(place);
        }
    }
    by_name.retain(|_, places| 1 < places.len());
    let finding =
        |places: Vec<String>| format!("{}: one name for two examples; rename", places.join(", "));
    Ok(by_name.into_values().map(finding).collect())
}

fn architecture(root: &Path) -> Result<Vec<String>, Error> {
    let path = root.join("ARCHITECTURE.md");
    if !path.is_file() {
        return Ok(vec!["ARCHITECTURE.md: missing".to_owned()]);
    }
    let text = files::read(&path)?;
    let mut findings = Vec::new();
    let n_lines = text.lines().count();
    if MAX_ARCHITECTURE_LINES < n_lines {
        findings.push(format!(
            "ARCHITECTURE.md: {n_lines} lines, at most {MAX_ARCHITECTURE_LINES}; keep what rarely changes"
        ));
    }
    for folder in files::crates(root)? {
        let name = files::name(&folder);
        if !names_crate(&text, &name) {
            findings.push(format!(
                "ARCHITECTURE.md: does not name `{name}`; add it to the crate table"
            ));
        }
    }
    Ok(findings)
}

fn readme(root: &Path) -> Result<Vec<String>, Error> {
    let text = text(&root.join("README.md"))?;
    let missing = README_COMMANDS.iter().filter(|&&command| !text.contains(command));
    Ok(missing.map(|command| format!("README.md: does not name `{command}`")).collect())
}

/// As a whole word: `pairlaw-weak` does not name `pairlaw`.
fn names_crate(text: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.split(|c| !in_word(c)).any(|word| word == name)
}

/// A missing file says nothing.
fn text(path: &Path) -> Result<String, Error> {
    if path.is_file() { files::read(path) } else { Ok(String::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    const LIB: &str = "//! Laws.\n#![doc = include_str!(\"../README.md\")]\n";

    /// A workspace of one library and one command, with nothing to find.
    fn tidy_tree() -> Tree {
        Tree::new(&[
            ("ARCHITECTURE.md", "`pairlaw-law`, `pairlaw-cli`\n"),
            ("README.md", "`cargo xtask reproduce`\n`cargo xtask test`\n"),
            ("crates/pairlaw-law/README.md", "# Laws\n"),
            ("crates/pairlaw-law/src/lib.rs", LIB),
            ("crates/pairlaw-law/examples/evaluate.rs", "//! x\n"),
            ("crates/pairlaw-cli/src/main.rs", "//! x\n"),
        ])
    }

    #[track_caller]
    fn finds(tree: &Tree, expected: &[&str]) {
        let found = findings(tree.root()).unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn a_library_brings_readme_example_and_docs() {
        finds(&tidy_tree(), &[]);
        for (path, expected) in [
            ("crates/pairlaw-law/README.md", "README.md: missing"),
            ("crates/pairlaw-law/examples/evaluate.rs", "examples: no program"),
            ("crates/pairlaw-law/src/lib.rs", "src/lib.rs: lacks"),
        ] {
            let tree = tidy_tree();
            tree.remove(path);
            finds(&tree, &[expected]);
        }
        let tree = tidy_tree();
        tree.write("crates/pairlaw-law/src/lib.rs", "//! Laws.\n");
        finds(&tree, &["src/lib.rs: lacks"]);
    }

    #[test]
    fn example_names_are_unique() {
        let tree = tidy_tree();
        tree.write("crates/pairlaw-cli/examples/evaluate.rs", "//! x\n");
        finds(&tree, &["crates/pairlaw-cli/examples/evaluate.rs, crates/pairlaw-law"]);
    }

    #[test]
    fn the_architecture_is_short_and_complete() {
        let tree = tidy_tree();
        tree.remove("ARCHITECTURE.md");
        finds(&tree, &["ARCHITECTURE.md: missing"]);
        tree.write("ARCHITECTURE.md", "`pairlaw-law-x`, `pairlaw-cli`");
        finds(&tree, &["does not name `pairlaw-law`"]);
        let names = "pairlaw-law, pairlaw-cli\n";
        tree.write("ARCHITECTURE.md", &names.repeat(MAX_ARCHITECTURE_LINES));
        finds(&tree, &[]);
        tree.write("ARCHITECTURE.md", &names.repeat(MAX_ARCHITECTURE_LINES + 1));
        finds(&tree, &["121 lines"]);
    }

    #[test]
    fn the_readme_names_both_commands() {
        let tree = tidy_tree();
        tree.write("README.md", "`cargo xtask test`");
        finds(&tree, &["cargo xtask reproduce"]);
        tree.remove("README.md");
        finds(&tree, &["cargo xtask reproduce", "cargo xtask test"]);
    }
}
