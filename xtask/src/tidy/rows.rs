//! The direction of dependencies: a crate may depend only on crates in higher rows, so that no
//! cycle is possible and a stranger can take a row and leave those below.
//!
//! Two crates of one row never depend on each other: what both need belongs in a higher row.
//! Dependencies of tests and examples may point anywhere, but not at the ground truth.

use std::path::{Path, PathBuf};

use super::manifest::{Dependency, Manifest};
use crate::error::Error;
use crate::files;

/// The crate table of ARCHITECTURE.md.
const ROWS: [&[&str]; 5] = [
    &["pairlaw-data", "pairlaw-law", "pairlaw-sparse", "pairlaw-cluster"],
    &[
        "pairlaw-transport",
        "pairlaw-io",
        "pairlaw-sim",
        "pairlaw-weak",
        "pairlaw-meanfield",
        "pairlaw-rollout",
    ],
    &["pairlaw-synth", "pairlaw-validate"],
    &["pairlaw", "pairlaw-report", "pairlaw-run"],
    &["pairlaw-papers", "pairlaw-cli"],
];
/// The row of the commands, which are no libraries.
const COMMANDS: usize = ROWS.len() - 1;
/// Members that nobody depends on.
const OUTSIDE: [&str; 3] = ["e2e", "benches", "xtask"];
/// Knows the true laws; learners and their own tests never see it.
const TRUTH: &str = "pairlaw-synth";
const MAY_SEE_TRUTH: [&str; 4] = ["e2e", "benches", "pairlaw-papers", "pairlaw-cli"];

pub(super) fn findings(root: &Path) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    for folder in members(root)? {
        let path = folder.join("Cargo.toml");
        let place = files::relative(root, &path);
        if path.is_file() {
            let manifest = Manifest::read(&files::read(&path)?);
            findings.extend(check(&place, &files::name(&folder), &manifest));
        } else {
            findings.push(format!("{place}: missing; every member has one"));
        }
    }
    Ok(findings)
}

/// True for the crates that others build on.
pub(crate) fn is_library(name: &str) -> bool {
    row(name).is_some_and(|row| row < COMMANDS)
}

fn members(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folders = files::crates(root)?;
    let outside = ["tests", "benches", "xtask"].map(|member| root.join(member));
    folders.extend(outside.into_iter().filter(|folder| folder.is_dir()));
    Ok(folders)
}

fn check(place: &str, folder: &str, manifest: &Manifest) -> Vec<String> {
    let Some(name) = manifest.name.as_deref() else {
        return vec![format!("{place}: no `name` under [package]")];
    };
    let mut findings = Vec::new();
    if !is_ours(name) {
        findings.push(unknown(place, name));
    } else if row(name).is_some() && name != folder {
        findings.push(format!("{place}: crate `{name}` in folder `{folder}`; give both one name"));
    }
    for dependency in &manifest.dependencies {
        findings.extend(against_the_rows(place, name, dependency));
        findings.extend(sees_truth(place, name, dependency));
    }
    findings
}

fn against_the_rows(place: &str, name: &str, dependency: &Dependency) -> Option<String> {
    let other = dependency.name.as_str();
    if !is_ours(other) {
        return other.starts_with("pairlaw").then(|| unknown(place, other));
    }
    if dependency.dev && name != "xtask" {
        return None;
    }
    match (row(name), row(other)) {
        (Some(mine), Some(theirs)) if mine <= theirs => Some(format!(
            "{place}: `{name}` (row {mine}) depends on `{other}` (row {theirs}); only rows above \
             {mine} are allowed, move what both need there"
        )),
        (_, None) => Some(format!("{place}: depends on `{other}`, which is outside the rows")),
        _ if name == "xtask" => Some(format!(
            "{place}: depends on `{other}`; xtask starts programs and computes nothing itself"
        )),
        _ => None,
    }
}

fn sees_truth(place: &str, name: &str, dependency: &Dependency) -> Option<String> {
    let allowed = dependency.name != TRUTH || MAY_SEE_TRUTH.contains(&name);
    (!allowed).then(|| {
        let who = MAY_SEE_TRUTH.join(", ");
        format!("{place}: `{name}` sees the ground truth in `{TRUTH}`; only {who} may")
    })
}

fn unknown(place: &str, name: &str) -> String {
    format!(
        "{place}: unknown crate `{name}`; add it to ROWS in xtask/src/tidy/rows.rs and to the \
         crate table of ARCHITECTURE.md"
    )
}

fn is_ours(name: &str) -> bool {
    row(name).is_some() || OUTSIDE.contains(&name)
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    /// A workspace of one member in `folder` with these further lines in its manifest.
    #[track_caller]
    fn finds(folder: &str, name: &str, lines: &str, expected: &[&str]) {
        let path = format!("{folder}/Cargo.toml");
        let manifest = format!("[package]\nname = \"{name}\"\n{lines}\n");
        let tree = Tree::new(&[(&path, &manifest)]);
        let found = findings(tree.root()).unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(&path) && found.contains(expected), "{found}");
        }
    }

    #[track_caller]
    fn crate_finds(name: &str, lines: &str, expected: &[&str]) {
        finds(&format!("crates/{name}"), name, lines, expected);
    }

    #[test]
    fn dependencies_point_up() {
        crate_finds("pairlaw-weak", "[dependencies]\npairlaw-data.workspace = true", &[]);
        crate_finds("pairlaw", "[dependencies]\npairlaw-weak.workspace = true", &[]);
        let down = "`pairlaw-weak` (row 1) depends on `pairlaw` (row 3)";
        crate_finds("pairlaw-weak", "[dependencies]\npairlaw.workspace = true", &[down]);
        crate_finds("pairlaw-weak", "[build-dependencies]\npairlaw = \"0.1\"", &[down]);
        crate_finds("pairlaw-weak", "[dependencies.pairlaw]\nworkspace = true", &[down]);
        crate_finds("pairlaw-weak", "[dev-dependencies]\npairlaw.workspace = true", &[]);
    }

    #[test]
    fn a_row_is_not_connected() {
        let inside = "`pairlaw-weak` (row 1) depends on `pairlaw-sim` (row 1)";
        crate_finds("pairlaw-weak", "[dependencies]\npairlaw-sim.workspace = true", &[inside]);
        crate_finds("pairlaw-weak", "[dev-dependencies]\npairlaw-sim.workspace = true", &[]);
    }

    #[test]
    fn learners_never_see_the_truth() {
        let sees = "sees the ground truth";
        for kind in ["dependencies", "dev-dependencies"] {
            let lines = format!("[{kind}]\npairlaw-synth.workspace = true");
            crate_finds("pairlaw", &lines, &[sees]);
            crate_finds("pairlaw-report", &lines, &[sees]);
            crate_finds("pairlaw-papers", &lines, &[]);
            crate_finds("pairlaw-cli", &lines, &[]);
            finds("tests", "e2e", &lines, &[]);
            finds("benches", "benches", &lines, &[]);
        }
        let lines = "[dev-dependencies]\ntruth = { package = \"pairlaw-synth\", path = \"../x\" }";
        crate_finds("pairlaw-weak", lines, &[sees]);
    }

    #[test]
    fn unknown_crates_are_not_guessed() {
        crate_finds("pairlaw-new", "", &["unknown crate `pairlaw-new`; add it to ROWS"]);
        finds("tests", "other", "", &["unknown crate `other`"]);
        let lines = "[dependencies]\npairlaw-new.workspace = true\nfaer.workspace = true";
        crate_finds("pairlaw-weak", lines, &["unknown crate `pairlaw-new`"]);
    }

    #[test]
    fn a_folder_has_the_name_of_its_crate() {
        finds("crates/weak", "pairlaw-weak", "", &["in folder `weak`"]);
        finds("tests", "e2e", "", &[]);
    }

    #[test]
    fn xtask_and_the_checks_stand_outside() {
        let lines = "[dependencies]\npairlaw-data.workspace = true";
        finds("xtask", "xtask", lines, &["xtask starts programs"]);
        finds("tests", "e2e", lines, &[]);
        finds("benches", "benches", lines, &[]);
        let lines = "[dependencies]\ne2e = { path = \"../../tests\" }";
        crate_finds("pairlaw-weak", lines, &["outside the rows"]);
    }

    #[test]
    fn a_member_has_a_manifest_with_a_name() {
        let tree = Tree::new(&[("crates/pairlaw-law/src/lib.rs", "")]);
        assert!(findings(tree.root()).unwrap()[0].contains("missing"));
        let tree = Tree::new(&[("crates/pairlaw-law/Cargo.toml", "[package]\n")]);
        assert!(findings(tree.root()).unwrap()[0].contains("no `name`"));
    }
}
