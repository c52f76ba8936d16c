//! Rules for each source file: it opens with `//!`, is short, hides nothing unfinished, and
//! leaves the binary encoding to one file.

use std::path::Path;

use crate::error::Error;
use crate::files;

/// The folders of the workspace's members.
const MEMBERS: [&str; 4] = ["crates", "xtask", "tests", "benches"];
const MAX_LINES: usize = 600;
const UNFINISHED: [&str; 3] = ["#[ignore", "todo!(", "unimplemented!("];
/// A change of the stored format shall touch one file.
const ENCODING: &str = "bincode";
const CODEC: &str = "crates/pairlaw-data/src/codec.rs";
/// This file, which has to spell out what it forbids.
const RULES: &str = "xtask/src/tidy/sources.rs";

pub(super) fn findings(root: &Path) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for member in MEMBERS {
        for path in files::below(&root.join(member))? {
            if files::has_extension(&path, "rs") {
                findings.extend(check(&files::relative(root, &path), &files::read(&path)?));
            }
        }
    }
    Ok(findings)
}

fn check(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(format!("{path}:1: does not open with `//!`; say what the file is for"));
    }
    let n_lines = text.lines().count();
    if MAX_LINES < n_lines {
        findings.push(format!("{path}: {n_lines} lines, at most {MAX_LINES}; split it"));
    }
    if path != RULES {
        findings
            .extend(text.lines().enumerate().flat_map(|(idx, line)| words(path, idx + 1, line)));
    }
    findings
}

fn words(path: &str, number: usize, line: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for word in UNFINISHED {
        if line.contains(word) {
            findings.push(format!("{path}:{number}: `{word}`; finish it or take it out"));
        }
    }
    if path != CODEC && line.contains(ENCODING) {
        findings.push(format!("{path}:{number}: names `{ENCODING}`; only {CODEC} may"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    const PLACE: &str = "crates/pairlaw-law/src/lib.rs";

    #[track_caller]
    fn finds(path: &str, text: &str, expected: &[&str]) {
        let tree = Tree::new(&[(path, text)]);
        let found = findings(tree.root()).unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(path) && found.contains(expected), "{found}");
        }
    }

    #[test]
    fn a_file_opens_with_its_purpose() {
        finds(PLACE, "//! Laws.\n", &[]);
        finds(PLACE, "\n//! Laws.\n", &["does not open"]);
        finds(PLACE, "", &["does not open"]);
        for member in MEMBERS {
            finds(&format!("{member}/src/a.rs"), "fn f() {}\n", &["does not open"]);
        }
        finds("crates/pairlaw-law/README.md", "# Laws\n", &[]);
    }

    #[test]
    fn a_file_is_short() {
        finds(PLACE, &"//! x\n".repeat(MAX_LINES), &[]);
        finds(PLACE, &"//! x\n".repeat(MAX_LINES + 1), &["601 lines"]);
    }

    #[test]
    fn nothing_is_unfinished() {
        for word in UNFINISHED {
            finds(PLACE, &format!("//! x\n{word}\n"), &[&format!(":2: `{word}`")]);
        }
    }

    #[test]
    fn one_file_encodes() {
        let text = format!("//! x\nuse {ENCODING}::encode;\n");
        finds(CODEC, &text, &[]);
        finds(PLACE, &text, &[":2: names"]);
    }

    #[test]
    fn every_finding_of_a_file_is_reported() {
        let text = format!("{}\n{ENCODING}", UNFINISHED.join("\n"));
        let expected = ["does not open", UNFINISHED[0], UNFINISHED[1], UNFINISHED[2], ENCODING];
        finds(PLACE, &text, &expected);
    }
}
