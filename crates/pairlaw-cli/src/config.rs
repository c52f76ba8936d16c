//! Options from defaults, a file and flags, in this order; the later ones win.
//!
//! A section of the file is a struct that clap fills from flags and serde from the file, so that
//! every option is both, by construction.

use crate::error::CliError;
use crate::options::{
    MeanfieldOptions, PotentialsOptions, ReadSection, RunSection, SpeciesOptions,
};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use pairlaw_run::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// Options that stand together in a file.
pub(crate) trait Section: Args + Serialize + DeserializeOwned {
    /// The name in brackets.
    const NAME: &'static str;
}

impl Section for ReadSection {
    const NAME: &'static str = "read";
}
impl Section for RunSection {
    const NAME: &'static str = "run";
}
impl Section for SpeciesOptions {
    const NAME: &'static str = "species";
}
impl Section for MeanfieldOptions {
    const NAME: &'static str = "meanfield";
}
impl Section for PotentialsOptions {
    const NAME: &'static str = "potentials";
}

/// All sections with the keys that each has.
fn known() -> Result<Vec<(&'static str, Vec<String>)>, Failure> {
    fn keys<S: Section>() -> Result<(&'static str, Vec<String>), Failure> {
        Ok((S::NAME, object(&defaults::<S>()?)?.keys().cloned().collect()))
    }
    Ok(vec![
        keys::<ReadSection>()?,
        keys::<RunSection>()?,
        keys::<SpeciesOptions>()?,
        keys::<MeanfieldOptions>()?,
        keys::<PotentialsOptions>()?,
    ])
}

fn command<S: Section>() -> clap::Command {
    S::augment_args(clap::Command::new(S::NAME).no_binary_name(true))
}

/// The options without any file or flag.
pub(crate) fn defaults<S: Section>() -> Result<S, Failure> {
    Ok(S::from_arg_matches(&command::<S>().try_get_matches_from([""; 0])?)?)
}

fn object(section: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(section)? {
        Value::Object(map) => Ok(map),
        other => Err(format!("a section is no object but {other}").into()),
    }
}

/// A file of options whose sections and keys all exist.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    text: String,
    sections: Map<String, Value>,
    /// Byte at which each key begins.
    places: Vec<(String, String, usize)>,
}

impl ConfigFile {
    /// Reads a file; none is an empty one.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let read = |source| CliError::Read { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(read)?;
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        let bad = |error: toml::de::Error| CliError::Toml {
            file: path.to_owned(),
            line: line(&text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        };
        let spans = toml::de::DeTable::parse(&text).map_err(bad)?;
        let mut places = Vec::new();
        for (section, content) in spans.get_ref() {
            let (name, start) = (section.get_ref().to_string(), section.span().start);
            places.push((name.clone(), String::new(), start));
            for (key, _) in content.get_ref().as_table().into_iter().flatten() {
                places.push((name.clone(), key.get_ref().to_string(), key.span().start));
            }
        }
        let table: toml::Table = toml::from_str(&text).map_err(bad)?;
        let sections = object(&table)?;
        let config = Self { path: path.to_owned(), text, sections, places };
        config.check_numbers(&table)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses numbers that JSON, through which options go, does not have: they would be none.
    fn check_numbers(&self, table: &toml::Table) -> Result<(), CliError> {
        let sections = table.iter().filter_map(|(name, content)| Some((name, content.as_table()?)));
        for (section, (key, value)) in
            sections.flat_map(|(s, keys)| keys.iter().map(move |k| (s, k)))
        {
            if let Some(x) = value.as_float().filter(|x| !x.is_finite()) {
                let at = self.places.iter().find(|(s, k, _)| s == section && k == key);
                return Err(CliError::Toml {
                    file: self.path.clone(),
                    line: line(&self.text, at.map_or(0, |(.., at)| *at)),
                    message: format!("{section}.{key} is {x}; it must be a finite number"),
                });
            }
        }
        Ok(())
    }

    /// Refuses sections and keys that do not exist.
    fn check(&self) -> Result<(), Failure> {
        let known = known()?;
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        for (section, key, at) in &self.places {
            let keys = known.iter().find(|(name, _)| name == section).map(|(_, keys)| keys);
            let (kind, name, candidates) = match keys {
                None => ("section", section, names.clone()),
                Some(keys) if !key.is_empty() && !keys.contains(key) => {
                    ("key", key, keys.iter().map(String::as_str).collect())
                }
                Some(_) => continue,
            };
            return Err(CliError::UnknownKey {
                file: self.path.clone(),
                line: line(&self.text, *at),
                kind,
                name: name.clone(),
                nearest: nearest(name, &candidates).to_owned(),
            }
            .into());
        }
        Ok(())
    }

    /// The options of one section: defaults, then this file, then flags.
    pub(crate) fn options<S: Section>(&self, flags: &S, given: &ArgMatches) -> Result<S, Failure> {
        let mut options = object(&defaults::<S>()?)?;
        let plain = options.clone();
        let section = self.sections.get(S::NAME).and_then(Value::as_object);
        for (key, value) in section.into_iter().flatten() {
            let mut alone = plain.clone();
            alone.insert(key.clone(), value.clone());
            if let Err(error) = serde_json::from_value::<S>(Value::Object(alone)) {
                return Err(self.bad_value(S::NAME, key, &error).into());
            }
            options.insert(key.clone(), value.clone());
        }
        for (key, value) in object(flags)? {
            let id = key.replace('-', "_");
            if given.value_source(&id) == Some(ValueSource::CommandLine) {
                options.insert(key, value);
            }
        }
        Ok(serde_json::from_value(Value::Object(options))?)
    }

    fn bad_value(&self, section: &'static str, key: &str, error: &serde_json::Error) -> CliError {
        let place = self.places.iter().find(|(s, k, _)| s == section && k == key);
        CliError::BadValue {
            file: self.path.clone(),
            line: line(&self.text, place.map_or(0, |(.., at)| *at)),
            section,
            key: key.to_owned(),
            message: error.to_string(),
        }
    }
}

/// Line of a byte, from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The candidate that the fewest insertions, deletions and replacements lead to.
pub(crate) fn nearest<'a>(name: &str, candidates: &[&'a str]) -> &'a str {
    let best = candidates.iter().min_by_key(|candidate| distance(name, candidate));
    best.copied().unwrap_or_default()
}

/// Levenshtein's distance, row by row.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Flags in the order of the help, each with the value of its key.
fn entries<S: Section>(section: &S) -> Result<Vec<(clap::Arg, String, Value)>, Failure> {
    let values = object(section)?;
    let entry = |argument: &clap::Arg| {
        let key = argument.get_long()?.to_owned();
        let value = values.get(&key)?.clone();
        Some((argument.clone(), key, value))
    };
    Ok(command::<S>().get_arguments().filter_map(entry).collect())
}

fn words(argument: &clap::Arg) -> String {
    argument.get_help().map(ToString::to_string).unwrap_or_default()
}

/// A section as it stands in a file: keys without a value as comments.
pub(crate) fn printed<S: Section>(section: &S) -> Result<String, Failure> {
    let mut text = format!("[{}]\n", S::NAME);
    for (argument, key, value) in entries(section)? {
        text += &format!("# {}\n", words(&argument));
        text += &match value {
            Value::Null => format!("# {key} = \n"),
            value => format!("{key} = {value}\n"),
        };
    }
    Ok(text)
}

/// The reference of all options, as Markdown.
pub(crate) fn reference() -> Result<String, Failure> {
    let sections = [
        rows::<ReadSection>("How the file is read; every command that reads tracks.")?,
        rows::<SpeciesOptions>("`pairlaw species`.")?,
        rows::<MeanfieldOptions>("`pairlaw meanfield`.")?,
        rows::<PotentialsOptions>("`pairlaw potentials`.")?,
        rows::<RunSection>("Where results go; every learner.")?,
    ];
    Ok(format!("{REFERENCE}\n{}", sections.join("\n")))
}

const REFERENCE: &str = "\
# Configuration

Every option of `pairlaw` is a flag and a key of a file: `--most-species 3` is

```toml
[species]
most-species = 3
```

in the file given with `--config`. Flags win over the file, the file over the defaults. A key or section
that does not exist is an error that names the nearest one. `--print-config` prints all options as
they would be used, as such a file. This page is what `pairlaw reference` prints; a test compares them.
";

fn rows<S: Section>(about: &str) -> Result<String, Failure> {
    let head = "| key | default | meaning |\n| --- | --- | --- |";
    let mut text = format!("## [{}]\n\n{about}\n\n{head}\n", S::NAME);
    for (argument, key, value) in entries(&defaults::<S>()?)? {
        let values: Vec<String> =
            argument.get_possible_values().iter().map(|v| format!("`{}`", v.get_name())).collect();
        let values = match values.len() {
            0 => String::new(),
            _ => format!(" One of {}.", values.join(", ")),
        };
        let default = if value.is_null() { String::new() } else { format!("`{value}`") };
        text += &format!("| `{key}` | {default} | {}.{values} |\n", words(&argument));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Classifier;
    use clap::FromArgMatches;

    fn config(text: &str) -> Result<ConfigFile, Failure> {
        ConfigFile::parse(Path::new("pairlaw.toml"), text.to_owned())
    }

    fn species(file: &ConfigFile, flags: &[&str]) -> Result<SpeciesOptions, Failure> {
        let given = command::<SpeciesOptions>().try_get_matches_from(flags)?;
        file.options(&SpeciesOptions::from_arg_matches(&given)?, &given)
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = config("[species]\nmost-species = 3\nelbow-step = 1\nclassifier = \"paper\"\n");
        let file = file.unwrap();
        let options = species(&file, &["--most-species", "2"]).unwrap();
        assert_eq!((options.most_species, options.smallest_species), (2, 5));
        assert!((options.elbow_step - 1.0).abs() < 1e-300);
        assert_eq!(options.classifier, Classifier::Paper);
        // A flag with the default's value still wins.
        assert_eq!(species(&file, &["--most-species", "4"]).unwrap().most_species, 4);
        let file = config("[species]\npropulsion = true\n").unwrap();
        assert!(species(&file, &["--field"]).unwrap().propulsion);
        assert!(!species(&file, &["--propulsion=false"]).unwrap().propulsion);
    }

    #[test]
    fn what_does_not_exist_is_named_with_its_line_and_the_nearest() {
        let told = |text: &str| config(text).unwrap_err().to_string();
        let key = told("# words\n[species]\nmost-specis = 3\n");
        assert!(key.contains("pairlaw.toml:3: unknown key \"most-specis\""), "{key}");
        assert!(key.contains("\"most-species\""), "{key}");
        let section = told("[spices]\n");
        assert!(section.contains(":1: unknown section") && section.contains("\"species\""));
        let toml = told("[species]\nmost-species = \n");
        assert!(toml.contains("pairlaw.toml:2:"), "{toml}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_line() {
        let told = |text: &str| species(&config(text).unwrap(), &[]).unwrap_err().to_string();
        let error = told("[species]\n\nmost-species = \"many\"\n");
        assert!(error.starts_with("pairlaw.toml:3: species.most-species: invalid"), "{error}");
        let nan = config("[read]\npixel-size = nan\n").unwrap_err().to_string();
        assert!(nan.contains("pairlaw.toml:2") && nan.contains("read.pixel-size is NaN"), "{nan}");
        let flag = species(&config("").unwrap(), &["--cutoff=inf"]).unwrap_err().to_string();
        assert!(flag.contains("finite") && flag.contains("--cutoff"), "{flag}");
        let error = told("[species]\nclassifier = \"magic\"\n");
        assert!(error.contains(":2:") && error.contains("mixture"), "{error}");
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let options = species(&ConfigFile::default(), &["--noise", "0.25"]).unwrap();
        let file = config(&printed(&options).unwrap()).unwrap();
        let again = species(&file, &[]).unwrap();
        assert_eq!(object(&again).unwrap(), object(&options).unwrap());
    }

    /// What is listed by flags is all that a file can set.
    #[test]
    fn every_key_is_a_flag() {
        fn complete<S: Section>() -> bool {
            let defaults = defaults::<S>().unwrap();
            entries(&defaults).unwrap().len() == object(&defaults).unwrap().len()
        }
        assert!(complete::<ReadSection>() && complete::<RunSection>());
        assert!(complete::<SpeciesOptions>() && complete::<MeanfieldOptions>());
        assert!(complete::<PotentialsOptions>());
    }

    /// Options go through JSON, which has no such numbers.
    #[test]
    fn no_flag_loses_a_number() {
        fn keeps<S: Section>() {
            for (_, key, _) in entries(&defaults::<S>().unwrap()).unwrap() {
                for x in ["nan", "inf", "-inf"] {
                    let flag = format!("--{key}={x}");
                    let Ok(given) = command::<S>().try_get_matches_from([&flag]) else { continue };
                    let options = object(&S::from_arg_matches(&given).unwrap()).unwrap();
                    assert!(!options[&key].is_null(), "{flag}");
                }
            }
        }
        keeps::<ReadSection>();
        keeps::<RunSection>();
        keeps::<SpeciesOptions>();
        keeps::<MeanfieldOptions>();
        keeps::<PotentialsOptions>();
    }

    #[test]
    fn distances_by_hand() {
        let of = |a, b| distance(a, b);
        assert_eq!([of("kitten", "sitting"), of("", "abc"), of("abc", "abc")], [3, 3, 0]);
        assert_eq!(nearest("tim", &["id", "time", "x"]), "time");
    }
}
