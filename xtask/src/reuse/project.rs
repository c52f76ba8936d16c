//! A stranger's project: outside the workspace, with one crate of ours and nothing else.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::packages::Package;
use super::readme;
use crate::error::Error;
use crate::files;

/// A folder outside the workspace, removed when dropped.
pub(super) struct Outside(PathBuf);

impl Outside {
    /// Always the same one for a workspace: cargo keeps what it built of a crate by its path.
    pub(super) fn new(root: &Path) -> Result<Self, Error> {
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        let name = format!("pairlaw-reuse-{:016x}", hasher.finish());
        let folder = std::env::temp_dir().join(name);
        if folder.is_dir() {
            // Left by a run that was killed.
            fs::remove_dir_all(&folder).map_err(Error::at(&folder))?;
        }
        fs::create_dir(&folder).map_err(Error::at(&folder))?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // The next run removes what is left behind.
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) struct Project {
    pub(super) folder: PathBuf,
    /// Names of the programs made of the README's blocks.
    pub(super) readme: Vec<String>,
    /// Names of the crate's own examples.
    pub(super) examples: Vec<String>,
}

/// Writes the project of this package beside the unpacked packages, from what is in the package.
pub(super) fn write(
    outside: &Outside,
    package: &Package,
    all: &[Package],
    lock: &str,
) -> Result<Project, Error> {
    let folder = outside.folder().join(&package.name);
    let packed = outside.folder().join(package.folder());
    put(&folder.join("Cargo.toml"), &manifest(package, all))?;
    put(&folder.join("Cargo.lock"), lock)?;
    // Cargo takes no package with examples alone.
    put(&folder.join("src/lib.rs"), "")?;
    let mut project = Project { folder, readme: Vec::new(), examples: Vec::new() };
    for (idx, program) in readme::programs(&files::read(&packed.join("README.md"))?).enumerate() {
        let name = format!("{}-readme-{}", package.name, idx + 1);
        put(&project.folder.join(format!("src/bin/{name}.rs")), &program)?;
        project.readme.push(name);
    }
    for example in files::examples(&packed)? {
        let name = files::name(&example);
        put(&project.folder.join("examples").join(&name), &files::read(&example)?)?;
        project.examples.push(name.trim_end_matches(".rs").to_owned());
    }
    Ok(project)
}

/// Optimised as our own tests are. The patches stand for the registry; those of no use are ignored.
fn manifest(package: &Package, all: &[Package]) -> String {
    let (name, version) = (&package.name, &package.version);
    let mut text = format!(
        "[package]\nname = \"{name}-alone\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{name} = \"{version}\"\n\n\
         [profile.dev]\nopt-level = 2\ndebug = false\nincremental = false\n\n\
         [workspace]\n\n[patch.crates-io]\n"
    );
    for other in all {
        text += &format!("{} = {{ path = \"../{}\" }}\n", other.name, other.folder());
    }
    text
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(Error::at(folder))?;
    fs::write(path, text).map_err(Error::at(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Tree;

    #[test]
    fn a_project_holds_the_readme_and_the_examples_of_the_package() {
        let workspace = Tree::new(&[]);
        let outside = Outside::new(workspace.root()).unwrap();
        let [law, io] = ["pairlaw-law", "pairlaw-io"].map(|name| Package::made_up(name, "0.1.0"));
        let packed = outside.folder().join("pairlaw-io-0.1.0");
        put(&packed.join("README.md"), "```rust\nlet x = 1;\n```\n").unwrap();
        put(&packed.join("examples/read_tracks.rs"), "fn main() {}\n").unwrap();
        let project = write(&outside, &io, &[io.clone(), law], "version = 4\n").unwrap();
        assert_eq!(project.readme, ["pairlaw-io-readme-1"]);
        assert_eq!(project.examples, ["read_tracks"]);
        let found = |path: &str| files::read(&project.folder.join(path)).unwrap();
        assert_eq!(found("src/bin/pairlaw-io-readme-1.rs"), "fn main() {\nlet x = 1;\n}\n");
        assert_eq!(found("examples/read_tracks.rs"), "fn main() {}\n");
        assert_eq!(found("Cargo.lock"), "version = 4\n");
        let dependencies = "[dependencies]\npairlaw-io = \"0.1.0\"\n\n[";
        assert!(found("Cargo.toml").contains(dependencies));
        let patches = "[patch.crates-io]\npairlaw-io = { path = \"../pairlaw-io-0.1.0\" }\n\
                       pairlaw-law = { path = \"../pairlaw-law-0.1.0\" }\n";
        assert!(found("Cargo.toml").ends_with(patches));
    }

    #[test]
    fn the_folder_outside_is_fresh_and_does_not_stay() {
        let workspace = Tree::new(&[]);
        let outside = Outside::new(workspace.root()).unwrap();
        let folder = outside.folder().to_path_buf();
        put(&folder.join("old.rs"), "").unwrap();
        std::mem::forget(outside);
        let outside = Outside::new(workspace.root()).unwrap();
        assert_eq!(outside.folder(), folder);
        assert!(folder.is_dir() && !folder.join("old.rs").exists());
        drop(outside);
        assert!(!folder.exists());
    }
}
