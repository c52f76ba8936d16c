//! The tutorials of `docs/tutorials` do what they say: their commands run, and print what is quoted.
//!
//! Blocks of `sh` whose lines begin with `pairlaw` are run in a folder that has the recordings as
//! `tracks/`. A block of `text` that follows is what they print, from the first line to the last. A line `…`
//! stands for any lines, `…` at the end of a line for the rest of it. Whole numbers are counts and
//! must agree; those with a point are measured, and may differ by 2 % from machine to machine.
//!
//! `PAIRLAW_REQUOTE=1 cargo test -p pairlaw-cli --test all tutorials` writes what is printed now over
//! quotations that do not agree; read what changed, shorten it, and see that the prose still is true.

use crate::command::pairlaw;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Commands of one block, and what is quoted of their output.
struct Step {
    commands: Vec<String>,
    quoted: Vec<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Fenced blocks: language and lines.
fn blocks(markdown: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned);
            blocks.push((language.to_owned(), inside.collect()));
        }
    }
    blocks
}

/// What is to be run and compared, in order.
fn steps(markdown: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_open = false;
    for (language, lines) in blocks(markdown) {
        match language.as_str() {
            "sh" if lines.iter().any(|line| line.starts_with("pairlaw ")) => {
                let joined = lines.join("\n").replace("\\\n", " ");
                let commands: Vec<String> = joined.lines().map(str::to_owned).collect();
                let foreign = commands.iter().find(|line| !line.starts_with("pairlaw "));
                assert_eq!(foreign, None, "other commands need a block of their own");
                steps.push(Step { commands, quoted: Vec::new() });
                is_open = true;
            }
            "text" if is_open => {
                let step = steps.last_mut().expect("a block is open");
                step.quoted = lines;
                is_open = false;
            }
            _ => is_open = false,
        }
    }
    steps
}

/// Runs the blocks of a tutorial and compares what they print.
fn follow(name: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&repository().join("fixtures/tracks"), &folder.path().join("tracks"));
    let path = repository().join("docs/tutorials").join(name);
    let markdown = fs::read_to_string(&path).expect("a tutorial");
    let steps = steps(&markdown);
    assert!(steps.len() >= 2, "{name}: nothing to run");
    let mut requoted = markdown.clone();
    for step in steps {
        let printed: String = step.commands.iter().map(|line| run(line, folder.path())).collect();
        if let Err(line) = compare(&step.quoted, &printed) {
            if std::env::var_os("PAIRLAW_REQUOTE").is_some() {
                requoted = requoted.replace(&step.quoted.join("\n"), printed.trim_end());
                continue;
            }
            panic!("{name}: {:?} does not print\n{line}\nbut\n{printed}", step.commands);
        }
    }
    if requoted != markdown {
        fs::write(&path, requoted).expect("a tutorial");
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to),
            false => fs::copy(&from, &to).map(|_| ()).expect("a copy"),
        }
    }
}

/// What a command line prints on standard output.
fn run(line: &str, folder: &Path) -> String {
    assert!(!line.contains(['"', '\'', '|', '>', '$']), "no shell reads this: {line}");
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let output = pairlaw(&words).current_dir(folder).output().expect("the command starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {told}");
    String::from_utf8(output.stdout).expect("text")
}

/// Whether output is as quoted; otherwise the quoted line that is missing.
fn compare(quoted: &[String], printed: &str) -> Result<(), String> {
    let mut lines = printed.lines().map(str::trim_end);
    let mut is_free = quoted.is_empty();
    for wanted in quoted {
        if wanted == "…" {
            is_free = true;
            continue;
        }
        let found = match is_free {
            true => lines.any(|line| is_like(wanted, line)),
            false => lines.next().is_some_and(|line| is_like(wanted, line)),
        };
        if !found {
            return Err(wanted.clone());
        }
        is_free = false;
    }
    let left = lines.find(|line| !is_free && !line.is_empty());
    left.map_or(Ok(()), |line| Err(format!("nothing more, but for {line}")))
}

fn is_like(wanted: &str, line: &str) -> bool {
    let mut words = line.split_whitespace();
    let is_begun = wanted.ends_with('…');
    let wanted = wanted.trim_end_matches('…');
    wanted.split_whitespace().all(|wanted| words.next().is_some_and(|word| agree(wanted, word)))
        && (is_begun || words.next().is_none())
}

/// Equal words, or measured numbers that differ by at most 2 %: rounding, and what follows from it.
fn agree(wanted: &str, word: &str) -> bool {
    let number = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
        let bare = bare.trim_end_matches('.');
        bare.parse::<f64>().ok().filter(|_| bare.contains(['.', 'e']))
    };
    wanted == word
        || number(wanted)
            .zip(number(word))
            .is_some_and(|(a, b)| (a - b).abs() <= 0.02 * a.abs().max(b.abs()))
}

#[test]
fn quotations_are_compared_to_the_last_word() {
    let quoted = |text: &str| text.lines().map(str::to_owned).collect::<Vec<String>>();
    let printed = "2 species of 249 + 231\nerror 0.103, at rest 1.00\nreport: out/report.html\n";
    let is_right = |text: &str| compare(&quoted(text), printed).is_ok();
    assert!(is_right("2 species of 249 + 231\nerror 0.104, at rest 1.00\nreport: …"));
    assert!(is_right("…\nerror 0.103, …\n…") && is_right(""));
    assert!(!is_right("2 species of 249 + 231"), "more is printed");
    assert!(!is_right("2 species of 249 + 232\n…"), "counts are exact");
    assert!(!is_right("…\nerror 0.106, at rest 1.00\n…"), "3 % off");
    assert!(!is_right("2 species of 249 + 231\nreport: …"), "a line is skipped");
    assert!(!is_right("…\nerror 0.103, at\n…") && !is_right("…\nerror\n…"), "words are missing");
}

#[test]
fn commands_are_read_from_blocks() {
    let markdown =
        "# T\n```sh\npairlaw a \\\n  b\n```\ntext\n```text\nx\n…\n```\n```sh\nawk x\n```\n";
    let steps = steps(markdown);
    assert_eq!((steps.len(), &steps[0].commands[..]), (1, &["pairlaw a    b".to_owned()][..]));
    assert_eq!(steps[0].quoted, ["x", "…"]);
}

/// A program that a page quotes is the one that compiles.
#[test]
fn one_crate_quotes_its_example() {
    let read = |place: &str| fs::read_to_string(repository().join(place)).unwrap();
    let program = read("crates/pairlaw-sparse/examples/from_csv.rs");
    assert!(read("docs/one-crate.md").contains(&program));
}

/// Without labels, two groups that agree with where people walk to.
#[test]
fn pedestrians() {
    let folder = follow("pedestrians.md");
    let recording = folder.path().join("tracks/pedestrians_pedpy/bi_corr_400_b_03.txt");
    let mut ends: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for line in fs::read_to_string(recording).unwrap().lines().filter(|l| !l.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let x: f64 = words[2].parse().unwrap();
        ends.entry(words[0].to_owned()).or_insert((x, x)).1 = x;
    }
    let table = folder.path().join("velocities/individuals.csv");
    let mut counts = [[0_usize; 2]; 2];
    for line in fs::read_to_string(table).unwrap().lines().skip(1) {
        let words: Vec<&str> = line.split(',').collect();
        if let Ok(species) = words[1].parse::<usize>() {
            let (first, last) = ends[words[0]];
            counts[species - 1][usize::from(last > first)] += 1;
        }
    }
    let n: usize = counts.iter().flatten().sum();
    let agree = (counts[0][0] + counts[1][1]).max(counts[0][1] + counts[1][0]);
    // Measured: all 480; statistical.
    assert!(n >= 456 && agree as f64 >= 0.95 * n as f64, "{counts:?}");
}

#[test]
fn cells() {
    follow("cells.md");
}

#[test]
fn colloid() {
    follow("colloid.md");
}
