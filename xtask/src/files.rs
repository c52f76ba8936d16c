//! Reading the tree of the workspace, always in order of name.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What lies directly in `dir`; nothing where there is no such folder.
pub(crate) fn children(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::at(dir)(error)),
    };
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::at(dir))?;
    paths.sort();
    Ok(paths)
}

/// Every file below `dir`, build outputs and hidden folders left out.
pub(crate) fn below(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in children(dir)? {
        if !path.is_dir() {
            files.push(path);
        } else if !is_skipped(&path) {
            files.extend(below(&path)?);
        }
    }
    Ok(files)
}

fn is_skipped(dir: &Path) -> bool {
    let name = name(dir);
    name.starts_with('.') || name == "target" || name == "__pycache__"
}

/// The folders of the crates.
pub(crate) fn crates(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folders = children(&root.join("crates"))?;
    folders.retain(|path| path.is_dir());
    Ok(folders)
}

/// The example programs of the crate in this folder.
pub(crate) fn examples(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut programs = children(&folder.join("examples"))?;
    programs.retain(|path| has_extension(path, "rs"));
    Ok(programs)
}

pub(crate) fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::at(path))
}

pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The last part of the path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The path as seen from `root`, for messages.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    #[test]
    fn build_outputs_and_hidden_folders_are_left_out() {
        let tree =
            Tree::new(&[("b.rs", ""), ("a/c.rs", ""), ("target/d.rs", ""), (".git/e.rs", "")]);
        let found: Vec<_> = below(tree.root()).unwrap();
        let found: Vec<_> = found.iter().map(|path| relative(tree.root(), path)).collect();
        assert_eq!(found, ["a/c.rs", "b.rs"]);
    }

    #[test]
    fn a_missing_file_is_named_and_a_missing_folder_is_empty() {
        let tree = Tree::new(&[]);
        let missing = tree.root().join("missing");
        assert!(children(&missing).unwrap().is_empty());
        assert!(read(&missing).unwrap_err().to_string().contains("missing"));
    }
}
