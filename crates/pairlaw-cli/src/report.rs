//! `pairlaw report`: the page anew from result files.

use crate::error::CliError;
use crate::head::{FORMAT, VERSION};
use crate::output::tell;
use crate::species::{self, Pictures, SpeciesResult};
use crate::{meanfield, potentials};
use pairlaw_data::write_atomic;
use pairlaw_run::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Writes report.html from result.json and figures.json of a folder.
pub(crate) fn run(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("result.json");
    let result = read_result(&path)?;
    let html = match result["learner"].as_str() {
        Some("species") => {
            let pictures: Pictures = read(&folder.join("figures.json"))?;
            species::page(&parsed(&path, result)?, &pictures)?
        }
        Some("meanfield") => meanfield::page(&parsed(&path, result)?)?,
        Some("potentials") => potentials::page(&parsed(&path, result)?)?,
        _ => return Err(bad(&path, "no learner of this version wrote it").into()),
    };
    let page = folder.join("report.html");
    write_atomic(&page, html.as_bytes())?;
    tell(&format!("{}\n", page.display()))
}

/// The result of the species learner.
pub(crate) fn read_species(path: &Path) -> Result<SpeciesResult, Failure> {
    let result = read_result(path)?;
    if result["learner"] != "species" {
        return Err(bad(path, "laws of species are needed: it is of another learner").into());
    }
    Ok(parsed(path, result)?)
}

fn read_result(path: &Path) -> Result<Value, Failure> {
    let result: Value = read(path)?;
    if result["format"] != FORMAT {
        return Err(bad(path, "it is no result of pairlaw").into());
    }
    if result["version"] != VERSION {
        return Err(bad(path, "another version of pairlaw wrote it").into());
    }
    Ok(result)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let read = |source| CliError::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(read)?;
    Ok(serde_json::from_str(&text).map_err(|error| bad(path, &error.to_string()))?)
}

fn parsed<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T, CliError> {
    serde_json::from_value(value).map_err(|error| bad(path, &error.to_string()))
}

fn bad(path: &Path, message: &str) -> CliError {
    CliError::BadResult { path: path.to_owned(), message: message.to_owned() }
}
