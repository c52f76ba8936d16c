//! The libraries as cargo would send them to a registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Cargo;
use crate::error::Error;
use crate::{files, process};

#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// Size of the archive.
    pub(super) bytes: u64,
    archive: PathBuf,
}

impl Package {
    #[cfg(test)]
    pub(super) fn made_up(name: &str, version: &str) -> Self {
        let (name, version) = (name.to_owned(), version.to_owned());
        Self { name, version, bytes: 0, archive: PathBuf::new() }
    }

    /// The folder that the archive holds.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Packages all libraries at once: cargo then finds those that the others depend on among them.
pub(super) fn make(cargo: &Cargo, root: &Path, names: &[String]) -> Result<Vec<Package>, Error> {
    let folder = cargo.target.join("package");
    if folder.is_dir() {
        // Archives of older versions would be taken for these.
        fs::remove_dir_all(&folder).map_err(Error::at(&folder))?;
    }
    let mut package = cargo.at(root, "package --quiet --no-verify --allow-dirty");
    package.args(names.iter().flat_map(|name| ["--package", name]));
    process::succeed(&mut package)?;
    names.iter().map(|name| find(&folder, name)).collect()
}

fn find(folder: &Path, name: &str) -> Result<Package, Error> {
    let archives = files::children(folder)?;
    let found = archives.into_iter().find_map(|archive| {
        let version = version(&files::name(&archive), name)?;
        Some((archive, version))
    });
    let (archive, version) =
        found.ok_or_else(|| Error::Archive { name: name.to_owned(), folder: folder.into() })?;
    let bytes = fs::metadata(&archive).map_err(Error::at(&archive))?.len();
    Ok(Package { name: name.to_owned(), version, bytes, archive })
}

/// Reads `NAME-VERSION.crate`; the archive of `pairlaw-law` is none of `pairlaw`.
fn version(archive: &str, name: &str) -> Option<String> {
    let version = archive.strip_suffix(".crate")?.strip_prefix(name)?.strip_prefix('-')?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}

pub(super) fn unpack(packages: &[Package], folder: &Path) -> Result<(), Error> {
    for package in packages {
        let mut tar = Command::new("tar");
        // Archives carry one date for all; `-m` gives files their own, by which cargo rebuilds.
        tar.arg("-xzmf").arg(&package.archive).arg("-C").arg(folder);
        process::succeed(&mut tar)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    #[test]
    fn an_archive_is_found_by_the_name_of_its_crate() {
        let tree = Tree::new(&[
            ("pairlaw-0.2.0-rc.1.crate", "12345"),
            ("pairlaw-law-0.1.0.crate", ""),
            ("pairlaw-io-csv-0.1.0.crate", ""),
        ]);
        let package = find(tree.root(), "pairlaw").unwrap();
        assert_eq!((package.version.as_str(), package.bytes), ("0.2.0-rc.1", 5));
        assert_eq!(find(tree.root(), "pairlaw-law").unwrap().folder(), "pairlaw-law-0.1.0");
        let error = find(tree.root(), "pairlaw-io").unwrap_err().to_string();
        assert!(error.contains("no archive of `pairlaw-io`"), "{error}");
    }
}
