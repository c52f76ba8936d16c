//! `reuse [CRATE...]`: is each library enough for its own README and examples?
//!
//! Packages the libraries as for a registry, unpacks them outside the workspace, and there runs the
//! Rust blocks of each README and each example in a project that depends on that crate alone, with
//! the versions of our `Cargo.lock`. Built in `target/reuse`, so that the crates of others are kept.

mod packages;
mod project;
mod readme;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::tidy::is_library;
use crate::{files, process};
use packages::Package;
use project::{Outside, Project};

pub(crate) fn run(root: &Path, args: &[String]) -> Result<ExitCode, Error> {
    let libraries = libraries(root)?;
    let chosen = chosen(&libraries, args)?;
    let cargo = Cargo::new(root)?;
    println!("packaging {} crates", libraries.len());
    let packages = packages::make(&cargo, root, &libraries)?;
    let outside = Outside::new(root)?;
    packages::unpack(&packages, outside.folder())?;
    let lock = files::read(&root.join("Cargo.lock"))?;
    let mut rows = Vec::new();
    for package in packages.iter().filter(|package| chosen.contains(&package.name)) {
        rows.push(try_alone(
            &cargo,
            package,
            &project::write(&outside, package, &packages, &lock)?,
        ));
    }
    print!("{}", table(&rows));
    Ok(ExitCode::from(u8::from(!rows.iter().all(Row::is_well))))
}

fn libraries(root: &Path) -> Result<Vec<String>, Error> {
    let names = files::crates(root)?.into_iter().map(|folder| files::name(&folder));
    Ok(names.filter(|name| is_library(name)).collect())
}

/// The crates of these names; all where none is named.
fn chosen(libraries: &[String], names: &[String]) -> Result<Vec<String>, Error> {
    if let Some(name) = names.iter().find(|&name| !libraries.contains(name)) {
        return Err(Error::Library { name: name.clone(), known: libraries.to_vec() });
    }
    let chosen = if names.is_empty() { libraries } else { names };
    Ok(chosen.to_vec())
}

/// Runs every program of the project to its end, whatever fails on the way.
fn try_alone(cargo: &Cargo, package: &Package, project: &Project) -> Row {
    println!("{} alone", package.name);
    let start = Instant::now();
    let run = |kind: &str, names: &[String]| {
        let ran = |name: &&String| {
            let mut program = cargo.at(&project.folder, &format!("run --quiet --{kind} {name}"));
            process::quietly(&format!("  {kind} {name}"), &mut program)
        };
        Count { ran: names.iter().filter(ran).count(), all: names.len() }
    };
    let (readme, examples) = (run("bin", &project.readme), run("example", &project.examples));
    let (name, bytes) = (package.name.clone(), package.bytes);
    Row { name, bytes, readme, examples, time: start.elapsed() }
}

/// Cargo with the target folder of this command, away from the network where it can be.
struct Cargo {
    target: PathBuf,
    offline: bool,
}

impl Cargo {
    fn new(root: &Path) -> Result<Self, Error> {
        // Needs the sources of every dependency on this machine's platform, and prints fast.
        let mut tree = process::cargo(root, "tree --workspace --locked --offline");
        let tree = process::status(tree.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let xtask = std::env::current_exe().map_err(Error::at(Path::new("xtask")))?;
        let target = xtask.ancestors().nth(2).unwrap_or(root).join("reuse");
        Ok(Self { target, offline: tree.success() })
    }

    /// In this folder with these arguments.
    fn at(&self, folder: &Path, args: &str) -> Command {
        let mut command = process::cargo(folder, args);
        command.env("CARGO_TARGET_DIR", &self.target);
        if self.offline {
            command.env("CARGO_NET_OFFLINE", "true");
        }
        command
    }
}

/// What one crate came to.
struct Row {
    name: String,
    /// Of the packed archive.
    bytes: u64,
    readme: Count,
    examples: Count,
    time: Duration,
}

impl Row {
    fn is_well(&self) -> bool {
        self.readme.is_well() && self.examples.is_well()
    }
}

/// Programs that ran to their end, of all.
struct Count {
    ran: usize,
    all: usize,
}

impl Count {
    /// A crate that shows nothing proves nothing.
    fn is_well(&self) -> bool {
        0 < self.all && self.ran == self.all
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = if self.is_well() { "ok" } else { "FAILED" };
        write!(f, "{} of {} {verdict}", self.ran, self.all)
    }
}

fn table(rows: &[Row]) -> String {
    let line = |[name, size, readme, examples, seconds]: [&str; 5]| {
        format!("{name:<18} | {size:>13} | {readme:<13} | {examples:<13} | {seconds:>7}\n")
    };
    let mut text = line(["crate", "packaged size", "README", "examples", "seconds"]);
    for row in rows {
        let size = format!("{:.1} KiB", row.bytes as f64 / 1024.0);
        let (readme, examples) = (row.readme.to_string(), row.examples.to_string());
        let seconds = format!("{:.1}", row.time.as_secs_f64());
        text += &line([&row.name, &size, &readme, &examples, &seconds]);
    }
    let n_well = rows.iter().filter(|row| row.is_well()).count();
    text + &format!("{n_well} of {} crates stand alone\n", rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn libraries_are_tried_and_commands_are_not() {
        let tree = Tree::new(&[
            ("crates/pairlaw-law/src/lib.rs", ""),
            ("crates/pairlaw-papers/src/main.rs", ""),
            ("crates/pairlaw/src/lib.rs", ""),
        ]);
        assert_eq!(libraries(tree.root()).unwrap(), ["pairlaw", "pairlaw-law"]);
    }

    #[test]
    fn an_unknown_crate_is_named_beside_the_known() {
        let known = strings(&["pairlaw", "pairlaw-law"]);
        assert_eq!(chosen(&known, &[]).unwrap(), known);
        assert_eq!(chosen(&known, &strings(&["pairlaw-law"])).unwrap(), ["pairlaw-law"]);
        let error = chosen(&known, &strings(&["pairlaw", "pairlaw-low"])).unwrap_err().to_string();
        assert_eq!(error, "no library `pairlaw-low`; there are pairlaw, pairlaw-law");
    }

    #[test]
    fn the_table_tells_what_failed() {
        let row = |name: &str, ran, all| Row {
            name: name.to_owned(),
            bytes: 1536,
            readme: Count { ran: 1, all: 1 },
            examples: Count { ran, all },
            time: Duration::from_millis(2540),
        };
        let rows = [row("pairlaw", 2, 2), row("pairlaw-law", 1, 2), row("pairlaw-io", 0, 0)];
        assert_eq!(rows.each_ref().map(Row::is_well), [true, false, false]);
        let expected = "\
crate              | packaged size | README        | examples      | seconds
pairlaw            |       1.5 KiB | 1 of 1 ok     | 2 of 2 ok     |     2.5
pairlaw-law        |       1.5 KiB | 1 of 1 ok     | 1 of 2 FAILED |     2.5
pairlaw-io         |       1.5 KiB | 1 of 1 ok     | 0 of 0 FAILED |     2.5
1 of 3 crates stand alone
";
        assert_eq!(table(&rows), expected);
    }
}
