//! `fixtures [--check]`: runs every `fixtures/*/make.py OUTDIR`, the scripts behind the golden
//! tests.
//!
//! Without an argument the stored files are made anew. With `--check` the output goes to a
//! temporary folder and is compared with the stored files byte by byte; what a script reads
//! lies in `inputs/` beside it and is not compared. Needs `python3` with the packages pinned in
//! each script's header, which is printed. No test needs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::error::Error;
use crate::{files, process};

pub(crate) fn run(root: &Path, args: &[String]) -> Result<ExitCode, Error> {
    if let Some(argument) = args.iter().find(|&argument| argument != "--check") {
        return Err(Error::argument("fixtures", argument));
    }
    let check = !args.is_empty();
    let mut n_differences = 0;
    for script in scripts(root)? {
        let place = files::relative(root, &script);
        println!("{place} needs python3 and\n{}", header(&files::read(&script)?));
        let differences = if check { compare(&script)? } else { make_anew(&script)? };
        for difference in &differences {
            println!("{place}: {difference}");
        }
        n_differences += differences.len();
    }
    Ok(ExitCode::from(u8::from(0 < n_differences)))
}

fn scripts(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let folders = files::children(&root.join("fixtures"))?;
    let scripts = folders.into_iter().map(|folder| folder.join("make.py"));
    Ok(scripts.filter(|script| script.is_file()).collect())
}

/// What the script says of itself before its first import: the pinned packages above all.
fn header(script: &str) -> String {
    let is_code = |line: &str| line.starts_with("import ") || line.starts_with("from ");
    let lines = script.lines().take_while(|line| !is_code(line));
    let lines = lines.filter(|line| !line.starts_with("#!") && !line.trim().is_empty());
    lines.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn make_anew(script: &Path) -> Result<Vec<String>, Error> {
    make(script, folder(script))?;
    Ok(Vec::new())
}

fn make(script: &Path, out: &Path) -> Result<(), Error> {
    let mut python = Command::new("python3");
    // No compiled modules beside the stored files.
    python.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(folder(script));
    process::succeed(python.arg(script).arg(out))
}

fn compare(script: &Path) -> Result<Vec<String>, Error> {
    let fresh = std::env::temp_dir().join(format!("pairlaw-fixtures-{}", std::process::id()));
    fs::create_dir_all(&fresh).map_err(Error::at(&fresh))?;
    let differences = make(script, &fresh).and_then(|()| differences(folder(script), &fresh));
    fs::remove_dir_all(&fresh).map_err(Error::at(&fresh))?;
    differences
}

fn differences(stored: &Path, fresh: &Path) -> Result<Vec<String>, Error> {
    let mut names = made_files(stored)?;
    names.extend(made_files(fresh)?);
    let mut differences = Vec::new();
    for name in names {
        let [stored, fresh] = [stored, fresh].map(|folder| folder.join(&name));
        let name = name.display();
        if !stored.is_file() {
            differences.push(format!("makes {name}, which is not stored"));
        } else if !fresh.is_file() {
            differences.push(format!("does not make {name}, which is stored"));
        } else if bytes(&stored)? != bytes(&fresh)? {
            differences.push(format!("makes {name} other than stored"));
        }
    }
    Ok(differences)
}

/// The files below `folder` that a script makes: neither scripts nor notes nor inputs.
fn made_files(folder: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let is_made = |name: &PathBuf| {
        let written_by_hand = ["py", "md"].iter().any(|&kind| files::has_extension(name, kind));
        !written_by_hand && !name.starts_with("inputs")
    };
    let paths = files::below(folder)?;
    let names = paths.iter().filter_map(|path| path.strip_prefix(folder).ok());
    Ok(names.map(Path::to_path_buf).filter(is_made).collect())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::at(path))
}

fn folder(script: &Path) -> &Path {
    script.parent().expect("a script is found in its folder")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    #[test]
    fn scripts_are_found_in_their_folders() {
        let tree = Tree::new(&[
            ("fixtures/b/make.py", ""),
            ("fixtures/a/make.py", ""),
            ("fixtures/tables/published.toml", ""),
        ]);
        let scripts = scripts(tree.root()).unwrap();
        let places: Vec<_> =
            scripts.iter().map(|path| files::relative(tree.root(), path)).collect();
        assert_eq!(places, ["fixtures/a/make.py", "fixtures/b/make.py"]);
    }

    #[test]
    fn the_header_ends_at_the_first_import() {
        let script =
            "#!/usr/bin/env python3\n# numpy==2.4.6\n\n# scipy==1.17.1\nimport numpy\n# x\n";
        assert_eq!(header(script), "    # numpy==2.4.6\n    # scipy==1.17.1");
    }

    #[test]
    fn every_kind_of_difference_is_reported() {
        let tree = Tree::new(&[
            ("stored/make.py", ""),
            ("stored/README.md", ""),
            ("stored/inputs/tracks.csv", "1"),
            ("stored/same.json", "1"),
            ("stored/other.json", "1"),
            ("stored/old.json", "1"),
            ("fresh/same.json", "1"),
            ("fresh/other.json", "2"),
            ("fresh/deep/new.json", "1"),
        ]);
        let [stored, fresh] = ["stored", "fresh"].map(|name| tree.root().join(name));
        let expected = [
            "makes deep/new.json, which is not stored",
            "does not make old.json, which is stored",
            "makes other.json other than stored",
        ];
        assert_eq!(differences(&stored, &fresh).unwrap(), expected);
        assert!(differences(&stored, &stored).unwrap().is_empty());
    }
}
