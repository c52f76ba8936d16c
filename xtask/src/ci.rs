//! `ci`: fmt, clippy, test, docs, tidy, benches once; stops at the first failure.
//!
//! The last line is that of `cargo xtask test`, if the tests were reached.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::process::{self, succeed};
use crate::test::{self, Tally};
use crate::tidy;

pub(crate) fn run(root: &Path) -> Result<ExitCode, Error> {
    let mut log = Log::default();
    let mut tally = None;
    let outcome = steps(root, &mut log, &mut tally);
    for (name, time) in &log.steps {
        println!("ci: {name:<8} {:7.1} s", time.as_secs_f64());
    }
    if let (Err(error), Some((name, _))) = (&outcome, log.steps.last()) {
        println!("ci: {name} failed: {error}");
    }
    if let Some(tally) = tally {
        println!("{tally}");
    }
    Ok(ExitCode::from(u8::from(outcome.is_err())))
}

fn steps(root: &Path, log: &mut Log, tally: &mut Option<Tally>) -> Result<(), Error> {
    let cargo = |args| succeed(&mut process::cargo(root, args));
    log.step("fmt", || cargo("fmt --all --check"))?;
    log.step("clippy", || cargo("clippy --workspace --all-targets -- -D warnings"))?;
    log.step("test", || tests(root, tally))?;
    log.step("docs", || docs(root))?;
    log.step("tidy", || tidy::after_tests(root))?;
    // In the profile and with the features of the tests, so that only the benches are built.
    log.step("benches", || cargo("bench --workspace --bench * --profile dev -- --test"))
}

fn docs(root: &Path) -> Result<(), Error> {
    let mut doc = process::cargo(root, "doc --workspace --no-deps");
    succeed(doc.env("RUSTDOCFLAGS", "-Dwarnings"))
}

fn tests(root: &Path, tally: &mut Option<Tally>) -> Result<(), Error> {
    verdict(*tally.insert(test::all(root)?))
}

fn verdict(Tally { failed, .. }: Tally) -> Result<(), Error> {
    if failed == 0 { Ok(()) } else { Err(Error::Tests { failed }) }
}

/// The steps that were started, with the time each took.
#[derive(Default)]
struct Log {
    steps: Vec<(&'static str, Duration)>,
}

impl Log {
    fn step(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        println!("ci: {name} …");
        let start = Instant::now();
        let result = work();
        self.steps.push((name, start.elapsed()));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failed_step_is_the_last_of_the_log() {
        let mut log = Log::default();
        let mut steps = || {
            log.step("fmt", || Ok(()))?;
            log.step("clippy", || Err(Error::Tests { failed: 3 }))?;
            log.step("test", || Ok(()))
        };
        assert!(matches!(steps(), Err(Error::Tests { failed: 3 })));
        let names: Vec<_> = log.steps.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["fmt", "clippy"]);
    }

    #[test]
    fn one_failed_test_fails_the_step_and_a_skipped_one_does_not() {
        let tally = |failed| Tally { passed: 7, failed, skipped: 2 };
        assert!(verdict(tally(0)).is_ok());
        assert!(matches!(verdict(tally(1)), Err(Error::Tests { failed: 1 })));
    }
}
