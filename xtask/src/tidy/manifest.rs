//! The part of a `Cargo.toml` that the rules read: the package's name and its dependencies.
//!
//! Line by line, for manifests as cargo and people write them; not a parser of TOML.

#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    pub(super) name: Option<String>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Only for tests, examples and benches.
    pub(super) dev: bool,
}

/// What the lines under a `[header]` say.
enum Section {
    Package,
    /// `[dependencies]`: one dependency a line.
    Dependencies {
        dev: bool,
    },
    /// `[dependencies.name]`: the keys of one dependency.
    Dependency {
        dev: bool,
    },
    Other,
}

impl Manifest {
    pub(super) fn read(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = Section::Other;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.starts_with('[') && line.ends_with(']') {
                section = manifest.header(line);
            } else if let Some((key, value)) = line.split_once('=') {
                manifest.entry(&section, key.trim(), value.trim());
            }
        }
        manifest
    }

    fn header(&mut self, line: &str) -> Section {
        let header = line.trim_matches(['[', ']']).trim();
        if header == "package" {
            return Section::Package;
        }
        // `target.'cfg(unix)'.dependencies` counts as `dependencies`.
        let Some((before, after)) = header.rsplit_once("dependencies") else {
            return Section::Other;
        };
        let dev = before.ends_with("dev-");
        match after.strip_prefix('.') {
            Some(name) => {
                self.push(name, dev);
                Section::Dependency { dev }
            }
            None => Section::Dependencies { dev },
        }
    }

    fn entry(&mut self, section: &Section, key: &str, value: &str) {
        match *section {
            Section::Package if key == "name" => self.name = Some(unquoted(value).to_owned()),
            Section::Dependencies { dev } => {
                self.push(key.split('.').next().unwrap_or(key), dev);
                // `law = { package = "pairlaw-law", … }`: both names, to be sure.
                if let Some((_, renamed)) = value.split_once("package") {
                    self.push(renamed.split('"').nth(1).unwrap_or_default(), dev);
                }
            }
            Section::Dependency { dev } if key == "package" => self.push(value, dev),
            _ => {}
        }
    }

    fn push(&mut self, name: &str, dev: bool) {
        let name = unquoted(name).to_owned();
        self.dependencies.push(Dependency { name, dev });
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, bool)]) {
        let manifest = Manifest::read(text);
        let found: Vec<_> =
            manifest.dependencies.iter().map(|found| (found.name.as_str(), found.dev)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_name_is_the_package_s() {
        let text = "[[bin]]\nname = \"tool\"\n[package]\nname = \"pairlaw-law\" # ours\n";
        assert_eq!(Manifest::read(text).name.as_deref(), Some("pairlaw-law"));
        assert_eq!(Manifest::read("[workspace]\nmembers = []\n").name, None);
    }

    #[test]
    fn every_way_to_write_a_dependency() {
        check("[dependencies]\nfaer.workspace = true\n", &[("faer", false)]);
        check("[dependencies]\nfaer = { workspace = true }\n", &[("faer", false)]);
        check("[dependencies]\n\"faer\" = \"0.24\"\n", &[("faer", false)]);
        check("[dependencies.faer]\nworkspace = true\n", &[("faer", false)]);
        check("[build-dependencies]\nfaer = \"0.24\"\n", &[("faer", false)]);
        check("[dev-dependencies]\nfaer = \"0.24\"\n", &[("faer", true)]);
        check("[dev-dependencies.faer]\nworkspace = true\n", &[("faer", true)]);
        check("[target.'cfg(unix)'.dependencies]\nfaer = \"0.24\"\n", &[("faer", false)]);
        check("[target.'cfg(unix)'.dev-dependencies]\nfaer = \"0.24\"\n", &[("faer", true)]);
    }

    #[test]
    fn a_renamed_dependency_is_found_by_both_names() {
        let expected = [("f", false), ("faer", false)];
        check("[dependencies]\nf = { version = \"1\", package = \"faer\" }\n", &expected);
        check("[dependencies.f]\npackage = \"faer\"\n", &expected);
    }

    #[test]
    fn comments_and_other_sections_are_no_dependencies() {
        check("[dependencies]\n# faer = \"1\"\n[lints]\nworkspace = true\n", &[]);
        check("[package]\ndescription = \"x\"\n[features]\nf = []\n", &[]);
    }
}
