//! The workspace's own commands, started with `cargo xtask COMMAND`.
//!
#![doc = concat!("```text\n", include_str!("help.txt"), "```")]
//!
//! Built in the dev profile and free of dependencies, so that it starts at once; whatever
//! computes is started as a process of its own.
#![allow(clippy::print_stdout, reason = "a command talks through stdout")]

mod bench;
mod ci;
mod error;
mod files;
mod fixtures;
#[cfg(test)]
mod made_up;
mod process;
mod readme;
mod reproduce;
mod reuse;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use error::Error;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    dispatch(&workspace_root(), &args).unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

fn dispatch(root: &Path, args: &[String]) -> Result<ExitCode, Error> {
    let Some((command, rest)) = args.split_first() else {
        return help();
    };
    match (command.as_str(), rest) {
        ("reproduce", rest) => reproduce::run(root, rest),
        ("bench", rest) => bench::run(root, rest),
        ("readme", rest) => readme::run(root, rest),
        ("reuse", rest) => reuse::run(root, rest),
        ("fixtures", rest) => fixtures::run(root, rest),
        ("test", []) => test::run(root),
        ("ci", []) => ci::run(root),
        ("tidy", []) => tidy::run(root),
        ("help" | "--help" | "-h", _) => help(),
        ("test" | "ci" | "tidy", [argument, ..]) => Err(Error::argument(command, argument)),
        _ => Err(Error::Command(command.clone())),
    }
}

fn help() -> Result<ExitCode, Error> {
    print!("{}", include_str!("help.txt"));
    Ok(ExitCode::SUCCESS)
}

/// Cargo names the manifest's folder when it runs us; a binary started by hand remembers it.
fn workspace_root() -> PathBuf {
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().map_or(manifest_dir.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        dispatch(&workspace_root(), &args).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_command_or_argument_is_named() {
        assert!(message(&["tests"]).contains("`tests`"));
        assert!(message(&["test", "--fast"]).contains("`--fast`"));
        assert!(message(&["fixtures", "--chekc"]).contains("`--chekc`"));
        assert!(message(&["reuse", "pairlaw-papers"]).contains("`pairlaw-papers`"));
    }

    #[test]
    fn the_root_holds_the_virtual_manifest() {
        let manifest = std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }
}
