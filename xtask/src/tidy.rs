//! `tidy`: the rules of ARCHITECTURE.md that the compiler does not know, and whether README.md has the
//! tables of the stored results.
//!
//! Reports all findings at once, each as `path: what is wrong; the way out`.

mod layout;
mod manifest;
mod rows;
mod sources;

use std::path::Path;
use std::process::ExitCode;

use crate::error::Error;
use crate::readme;

pub(crate) use rows::is_library;

/// The rules, then the README, whatever the rules find.
pub(crate) fn run(root: &Path) -> Result<ExitCode, Error> {
    let rules = rules(root);
    let tables = readme::check(root);
    rules.and(tables).map(|()| ExitCode::SUCCESS)
}

/// The same where the tests have just been built.
pub(crate) fn after_tests(root: &Path) -> Result<(), Error> {
    let rules = rules(root);
    let tables = readme::check_by_tested(root);
    rules.and(tables)
}

/// Prints every finding; any is an error.
fn rules(root: &Path) -> Result<(), Error> {
    let findings =
        [sources::findings(root)?, rows::findings(root)?, layout::findings(root)?].concat();
    for finding in &findings {
        println!("{finding}");
    }
    let n_findings = findings.len();
    if n_findings == 0 { Ok(()) } else { Err(Error::Tidy { n_findings }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    #[test]
    fn all_rules_run_and_their_findings_are_summed() {
        // One each: `//!` is missing, the crate is unknown, ARCHITECTURE.md and README.md are missing.
        let tree = Tree::new(&[
            ("crates/odd/Cargo.toml", "[package]\nname = \"odd\"\n"),
            ("xtask/src/main.rs", "fn main() {}\n"),
        ]);
        let error = rules(tree.root()).unwrap_err();
        assert!(matches!(error, Error::Tidy { n_findings: 4.. }), "{error}");
    }

    #[test]
    fn an_empty_workspace_with_its_two_documents_is_tidy() {
        let tree = Tree::new(&[
            ("ARCHITECTURE.md", ""),
            ("README.md", "`cargo xtask reproduce` and `cargo xtask test`"),
        ]);
        assert!(rules(tree.root()).is_ok());
    }
}
