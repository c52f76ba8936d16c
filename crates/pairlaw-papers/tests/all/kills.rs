//! Runs that are killed at random moments end with the same results as one that is left alone.

use crate::{reproduce_paper, results_of, said};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Small parts of every paper.
const PARTS: [&[&str]; 3] = [
    &[
        "species",
        "--table",
        "2",
        "--experiment",
        "C",
        "--direction",
        "difference",
        "--classifier",
        "paper",
    ],
    &["meanfield", "--table", "1", "--experiment", "B", "--seeds", "1"],
    &["potentials", "--table", "1", "--experiment", "triangle"],
];
const KILLS: usize = 17;
/// The latest moment of a kill of a part, and of the whole: long runs are killed more often than once.
const LATEST: Duration = Duration::from_secs(2);
const LATEST_OF_WHOLE: Duration = Duration::from_secs(12);

/// Set to anything, this variable has all of `--quick` killed instead: minutes for a release build.
const WHOLE: &str = "PAIRLAW_KILL_WHOLE";

#[test]
fn a_run_killed_at_fifty_moments_ends_with_the_same_results() {
    if std::env::var_os(WHOLE).is_some() {
        return kill(&[], PARTS.len() * KILLS, LATEST_OF_WHOLE).unwrap();
    }
    for paper in PARTS {
        kill(paper, KILLS, LATEST).unwrap();
    }
}

/// Kills a run again and again, anew where it was over before; every time it comes to its end it has
/// the results of the run that nobody disturbed.
fn kill(paper: &[&str], n_kills: usize, latest: Duration) -> io::Result<()> {
    let undisturbed = tempfile::tempdir()?;
    let start = Instant::now();
    assert_ends(command(paper, undisturbed.path(), 2));
    let latest = start.elapsed().min(latest);
    let expected = results_of(undisturbed.path());
    let mut killed = tempfile::tempdir()?;
    let (mut random, mut n_done) = (0x9E37_79B9_7F4A_7C15u64, 0);
    while n_done < n_kills {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let threads = 1 + n_done % 2;
        let mut child = command(paper, killed.path(), threads).spawn()?;
        sleep(latest.mul_f64((random >> 33) as f64 / (1u64 << 31) as f64));
        if let Some(status) = child.try_wait()? {
            assert!(status.success());
            assert_eq!(results_of(killed.path()), expected);
            killed = tempfile::tempdir()?;
            continue;
        }
        // SIGKILL: nothing of the process runs any more.
        child.kill()?;
        child.wait()?;
        n_done += 1;
    }
    assert_ends(command(paper, killed.path(), 2));
    assert_eq!(results_of(killed.path()), expected);
    assert_nothing_half_written(killed.path())
}

fn command(paper: &[&str], out: &Path, threads: usize) -> Command {
    let mut command = reproduce_paper(paper, out, &["--quick", "--threads"]);
    // Nobody reads on: a full pipe would stop the run.
    command.arg(threads.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn assert_ends(mut command: Command) {
    let output = command.stderr(Stdio::piped()).output().expect("the command starts");
    assert!(output.status.success(), "{}", said(&output));
}

fn assert_nothing_half_written(out: &Path) -> io::Result<()> {
    for folder in [out.to_owned(), out.join("cache"), out.join("figures")] {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let is_rest = name.starts_with(".pairlaw-") || name.ends_with(".checkpoint");
            assert!(!is_rest, "{name}");
        }
    }
    Ok(())
}
