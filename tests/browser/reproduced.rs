//! The report that `reproduce` writes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use e2e::Browser;
use serde_json::Value;

/// Every table and figure of a small run is on the page, at the width of a phone and of a desk.
pub(crate) fn shows_every_table_and_figure(browser: &Browser) {
    let out = tempfile::tempdir().expect("a folder");
    reproduce(out.path());
    let text = std::fs::read_to_string(out.path().join("results.json")).expect("it was written");
    let results: Value = serde_json::from_str(&text).expect("results are JSON");
    let ids = |kind: &str| -> Vec<String> {
        let all = results[kind].as_array().expect("a list").iter();
        all.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
    };
    let (tables, figures) = (ids("tables"), ids("figures"));
    assert!(!tables.is_empty() && figures.len() >= 2, "{tables:?} {figures:?}");
    for width in [390, 1280] {
        let page = browser.open(&out.path().join("report.html"), width);
        for id in tables.iter().chain(&figures) {
            assert!(page.dom.contains(&format!("id=\"{id}\"")), "{id} is missing at {width} px");
        }
        assert!(page.dom.matches("<svg").count() >= figures.len());
        assert_eq!(page.console, Vec::<String>::new());
        assert_eq!(page.loads, Vec::<String>::new());
        assert_eq!(page.overflow, 0, "px beyond a screen of {width} px");
    }
}

fn reproduce(out: &Path) {
    let mut command = Command::new(papers());
    command.args(["reproduce", "potentials", "--experiment", "triangle", "--quick", "--out"]);
    let output = command.arg(out).stdout(Stdio::null()).output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Cargo puts the command beside the folder of this test when it tests the workspace.
fn papers() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test.parent().and_then(Path::parent).expect("it lies in a target folder");
    let program = folder.join("pairlaw-papers").with_extension(std::env::consts::EXE_EXTENSION);
    let is_built = Command::new(&program).arg("--version").output().is_ok();
    assert!(is_built, "{} is missing: test the whole workspace", program.display());
    program
}
