//! The same work by other programs: scripts in Python, each on one core.

use super::clock::scaled;
use super::document::Document;
use super::figure::{Figure, Peer, median};
use crate::Failure;
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program and the script that measures it.
pub(super) struct Program {
    name: &'static str,
    script: &'static str,
}

macro_rules! program {
    ($name:literal, $file:literal) => {
        Program {
            name: $name,
            script: concat!(include_str!("peers/one_core.py"), include_str!($file)),
        }
    };
}

pub(super) const EPOCH_JAX: Program = program!("JAX", "peers/epoch_jax.py");
pub(super) const EPOCH_TORCH: Program = program!("PyTorch", "peers/epoch_torch.py");
pub(super) const ASSIGNMENT: Program = program!("SciPy", "peers/assignment.py");
pub(super) const SINKHORN: Program = program!("POT", "peers/sinkhorn.py");
pub(super) const DENSITY: Program = program!("SciPy", "peers/density.py");
pub(super) const NON_NEGATIVE: Program = program!("SciPy", "peers/non_negative.py");
pub(super) const MIXTURE: Program = program!("scikit-learn", "peers/mixture.py");

/// Work that was done here on one core.
pub(super) struct Work<'a> {
    pub(super) name: String,
    /// Most milliseconds that are good.
    pub(super) target: Option<f64>,
    /// Of the processor.
    pub(super) seconds: &'a [f64],
    /// A number that tells whether the peer did the same, and how far the two may differ relatively.
    pub(super) result: Option<(f64, f64)>,
    /// What the script is started with.
    pub(super) args: Vec<String>,
    /// What it reads.
    pub(super) input: &'a [f64],
}

/// What a script prints.
#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    version: String,
    /// Of the processor, one value a run.
    seconds: Vec<f64>,
    result: Option<f64>,
}

/// Adds the figure of `work`, beside the peer where it is installed and did the same; returns how many
/// times as long as ours the peer took.
pub(super) fn beside(document: &mut Document, program: &Program, work: &Work<'_>) -> Option<f64> {
    eprintln!("measuring {}, {}", work.name, program.name);
    let answer = ask(&interpreters(), program.script, &work.args, work.input);
    add(document, program.name, work, answer)
}

fn add(
    document: &mut Document,
    name: &str,
    work: &Work<'_>,
    answer: Result<Answer, Failure>,
) -> Option<f64> {
    let milliseconds = scaled(1e3, work.seconds);
    let mut figure = Figure::new(work.name.as_str(), "ms, one core", work.target, &milliseconds);
    match answer.and_then(|answer| same_work(answer, work)) {
        Ok(Answer { version, seconds, .. }) => {
            let value = 1e3 * median(&seconds);
            let ratio = value / figure.value;
            figure.peer = Some(Peer { name: name.to_owned(), version, value, ratio });
        }
        Err(reason) => document.note(format!("{name} was not measured: {reason}")),
    }
    let ratio = figure.peer.as_ref().map(|peer| peer.ratio);
    document.figures.push(figure);
    ratio
}

/// The answer, unless its result is another than ours.
fn same_work(answer: Answer, work: &Work<'_>) -> Result<Answer, Failure> {
    let name = &work.name;
    if answer.seconds.is_empty() {
        return Err(format!("{name}: it told no time").into());
    }
    if let Some((ours, tolerance)) = work.result {
        let theirs = answer.result.unwrap_or(f64::NAN);
        // Written so that NaN differs.
        let is_same = (theirs - ours).abs() <= tolerance * ours.abs();
        if !is_same {
            return Err(format!("{name}: it found {theirs:?} where ours found {ours:?}").into());
        }
    }
    Ok(answer)
}

/// Those that `PYTHON` names, separated as in `PATH`; `python3` without it.
fn interpreters() -> Vec<PathBuf> {
    let named = std::env::var_os("PYTHON").filter(|names| !names.is_empty());
    named.map_or(vec!["python3".into()], |names| std::env::split_paths(&names).collect())
}

/// What the first interpreter that can run the script makes of it.
fn ask(
    interpreters: &[PathBuf],
    script: &str,
    args: &[String],
    input: &[f64],
) -> Result<Answer, Failure> {
    let mut reasons = Vec::new();
    for python in interpreters {
        match ask_one(python, script, args, input) {
            Ok(answer) => return Ok(answer),
            Err(reason) => reasons.push(format!("{}: {reason}", python.display())),
        }
    }
    Err(reasons.join("; ").into())
}

fn ask_one(python: &Path, script: &str, args: &[String], input: &[f64]) -> Result<Answer, Failure> {
    let mut child = Command::new(python)
        .arg("-c")
        .arg(script)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let bytes: Vec<u8> = input.iter().flat_map(|value| value.to_le_bytes()).collect();
    // A script that ends early breaks the pipe: its own words, below, say why.
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&bytes));
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or("it failed and says nothing").to_owned();
        return Err(last.into());
    }
    written?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    Ok(serde_json::from_str(last)
        .map_err(|error| format!("it printed {last:?}, which is no answer: {error}"))?)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::bench::document::tests::made_up;

    /// The shell takes scripts as an interpreter of Python does.
    fn ask_shell(script: &str, input: &[f64]) -> Result<Answer, Failure> {
        ask(&["/no/such/python".into(), "sh".into()], script, &["7".to_owned()], input)
    }

    const ANSWER: &str = r#"{"version": "1.2", "seconds": [0.5, 0.25], "result": 3.0}"#;

    #[test]
    fn the_first_interpreter_that_can_answers() {
        // The script's first argument is its name for a shell, and its input has eight bytes a value.
        let script = format!("test $0 = 7 && test $(wc -c) = 24 && echo warm && echo '{ANSWER}'");
        let answer = ask_shell(&script, &[1.0; 3]).unwrap();
        assert_eq!((answer.version.as_str(), &answer.seconds[..]), ("1.2", &[0.5, 0.25][..]));
        assert_eq!(answer.result, Some(3.0));
    }

    #[test]
    fn who_cannot_answer_says_why() {
        let says = |script: &str, input: &[f64]| ask_shell(script, input).unwrap_err().to_string();
        // More than a pipe holds, so that the script is gone before all is written.
        let text = says("echo 'No module named scipy' >&2; exit 1", &[0.0; 100_000]);
        assert!(text.contains("/no/such/python: ") && text.ends_with("sh: No module named scipy"));
        assert!(says("cat >/dev/null; echo fast", &[]).contains("\"fast\", which is no answer"));
    }

    fn work(result: Option<(f64, f64)>) -> Work<'static> {
        let (name, args) = ("x".to_owned(), vec![]);
        Work { name, target: None, seconds: &[0.125], result, args, input: &[] }
    }

    #[test]
    fn a_peer_that_does_other_work_is_not_set_beside_ours() {
        let answer = || serde_json::from_str::<Answer>(ANSWER).unwrap();
        assert!(same_work(answer(), &work(Some((3.0 + 1e-9, 1e-8)))).is_ok());
        assert!(same_work(answer(), &work(None)).is_ok());
        let error = same_work(answer(), &work(Some((3.1, 1e-8)))).unwrap_err();
        assert_eq!(error.to_string(), "x: it found 3.0 where ours found 3.1");
        let silent = Answer { result: None, ..answer() };
        assert!(same_work(silent, &work(Some((3.0, 1.0)))).is_err());
        assert!(same_work(Answer { seconds: vec![], ..answer() }, &work(None)).is_err());
    }

    #[test]
    fn a_peer_stands_in_the_unit_of_the_figure() {
        let mut document = made_up("0", vec![]);
        document.notes.clear();
        let answer = serde_json::from_str(ANSWER).map_err(Into::into);
        assert_eq!(add(&mut document, "SciPy", &work(None), answer), Some(4.0));
        let peer = document.figures[0].peer.as_ref().unwrap();
        assert_eq!((document.figures[0].value, peer.value, peer.ratio), (125.0, 500.0, 4.0));
        assert_eq!((peer.name.as_str(), peer.version.as_str()), ("SciPy", "1.2"));
        // Without it ours is told all the same, and what is missing is said once.
        for _ in 0..2 {
            assert_eq!(add(&mut document, "POT", &work(None), Err("no module".into())), None);
        }
        assert_eq!((document.figures.len(), &document.figures[2].peer), (3, &None));
        assert_eq!(document.notes, ["POT was not measured: no module"]);
    }
}
