//! `test`: every test, doc test and example of the workspace, in the dev profile.
//!
//! The last line is `N passed, N failed`, summed over cargo's `test result:` lines; `, N skipped`
//! follows where a test could not run, for want of a browser. An example that fails, or a run
//! that breaks off without naming a failed test (a crash, an error of the compiler), counts as
//! one more failure, so that `0 failed` always means that nothing that ran is wrong.
//! Benches are not run here: as tests they would take long and show nothing.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::error::Error;
use crate::{files, process};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if 0 < self.skipped { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

pub(crate) fn run(root: &Path) -> Result<ExitCode, Error> {
    let tally = all(root)?;
    println!("{tally}");
    Ok(ExitCode::from(u8::from(0 < tally.failed)))
}

/// Runs everything to the end, whatever fails on the way.
pub(crate) fn all(root: &Path) -> Result<Tally, Error> {
    let mut tally = cargo_test(root, "--lib --bins --tests")?;
    tally += cargo_test(root, "--doc")?;
    tally += examples(root)?;
    Ok(tally)
}

fn cargo_test(root: &Path, targets: &str) -> Result<Tally, Error> {
    let args = format!("test --workspace --no-fail-fast {targets}");
    let mut command = process::cargo(root, &args);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| Error::Start { program: process::words(&command), source })?;
    let stdout = child.stdout.take().expect("stdout is piped two lines above");
    let tally = count(BufReader::new(stdout), io::stdout()).map_err(Error::Stream)?;
    let status = child.wait().map_err(Error::Stream)?;
    Ok(or_broken_off(tally, status.success()))
}

/// Passes the lines on and sums up the `test result:` lines among them.
fn count(mut lines: impl BufRead, mut echo: impl Write) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? != 0 {
        echo.write_all(&line)?;
        tally += test_result(&String::from_utf8_lossy(&line)).unwrap_or_default();
        line.clear();
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn test_result(line: &str) -> Option<Tally> {
    let words: Vec<&str> = line.strip_prefix("test result: ")?.split_whitespace().collect();
    let before = |word| {
        let pair = words.windows(2).find(|pair| pair[1] == word)?;
        pair[0].parse().ok()
    };
    let [passed, failed, skipped] = ["passed;", "failed;", "ignored;"].map(before);
    Some(Tally { passed: passed?, failed: failed?, skipped: skipped? })
}

/// A run that failed without a failed test broke off.
fn or_broken_off(mut tally: Tally, success: bool) -> Tally {
    if !success && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

/// Builds the examples in one go, so that their dependencies have the features that the tests
/// had and are not built again, and runs each.
fn examples(root: &Path) -> Result<Tally, Error> {
    let mut build = process::cargo(root, "build --workspace --examples");
    if !process::status(&mut build)?.success() {
        return Ok(Tally { failed: 1, ..Tally::default() });
    }
    let folder = example_folder()?;
    let mut tally = Tally::default();
    for source in example_sources(root)? {
        let program = folder.join(source.file_stem().unwrap_or_default());
        let what = format!("example {}", files::relative(root, &source));
        let ran = process::quietly(&what, Command::new(program).current_dir(root));
        tally.failed += usize::from(!ran);
    }
    Ok(tally)
}

/// Cargo puts the examples beside xtask itself, which it built in the same profile.
fn example_folder() -> Result<PathBuf, Error> {
    let xtask = std::env::current_exe().map_err(Error::at(Path::new("xtask")))?;
    Ok(xtask.with_file_name("examples"))
}

fn example_sources(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut sources = Vec::new();
    for folder in files::crates(root)? {
        sources.extend(files::examples(&folder)?);
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    const OUTPUT: &str = "
running 2 tests
test rows::tests::sums ... ok

test result: ok. 41 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.02s

test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0s
the test result: ok. 100 passed; 100 failed; of somebody else
";

    fn tally(passed: usize, failed: usize) -> Tally {
        Tally { passed, failed, skipped: 0 }
    }

    #[test]
    fn result_lines_are_summed_and_everything_passed_on() {
        let mut echo = Vec::new();
        let found = count(OUTPUT.as_bytes(), &mut echo).unwrap();
        assert_eq!(found, Tally { skipped: 1, ..tally(48, 2) });
        assert_eq!(found.to_string(), "48 passed, 2 failed, 1 skipped");
        assert_eq!(echo, OUTPUT.as_bytes());
    }

    #[test]
    fn a_coloured_verdict_is_read() {
        let line = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 3 passed; 1 failed; 0 ignored;";
        assert_eq!(test_result(line), Some(tally(3, 1)));
    }

    #[test]
    fn nothing_is_said_of_skipped_tests_where_there_are_none() {
        let mut sum = tally(3, 0);
        assert_eq!(sum.to_string(), "3 passed, 0 failed");
        sum += Tally { skipped: 2, ..tally(1, 0) };
        assert_eq!(sum.to_string(), "4 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn a_run_that_broke_off_is_one_failure() {
        assert_eq!(or_broken_off(tally(5, 0), true), tally(5, 0));
        assert_eq!(or_broken_off(tally(5, 0), false), tally(5, 1));
        assert_eq!(or_broken_off(tally(5, 2), false), tally(5, 2));
    }

    #[test]
    fn examples_of_every_crate_are_listed() {
        let tree = Tree::new(&[
            ("crates/b/examples/fit.rs", ""),
            ("crates/a/examples/load.rs", ""),
            ("crates/a/examples/notes.md", ""),
            ("crates/a/src/lib.rs", ""),
        ]);
        let sources = example_sources(tree.root()).unwrap();
        let sources: Vec<_> =
            sources.iter().map(|path| files::relative(tree.root(), path)).collect();
        assert_eq!(sources, ["crates/a/examples/load.rs", "crates/b/examples/fit.rs"]);
    }
}
