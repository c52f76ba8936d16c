//! `manifest.json`: what a run was made with and the hash of everything that it made; and
//! `--verify`, which does a run again and compares.

use crate::Failure;
use crate::options::ReproduceOptions;
use crate::plan::{Done, title};
use crate::reproduce::{self, Finished};
use crate::results::{machine, peak_memory};
use crate::runner::Runner;
use pairlaw_data::write_atomic;
use pairlaw_law::simd::InstructionSet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Layout of the manifest.
const SCHEMA: u32 = 1;

/// The text of `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    schema: u32,
    version: String,
    commit: String,
    /// All that the results depend on; seeds among them.
    options: ReproduceOptions,
    instruction_set: String,
    /// Name and SHA-256 of every product in the cache that this run asked for.
    products: BTreeMap<String, String>,
    /// The same of what lies beside it; of `results.json` without what is timed.
    files: BTreeMap<String, String>,
    timing: Value,
}

/// Writes the manifest of a run that is over.
pub(crate) fn write(
    options: &ReproduceOptions,
    runner: &Runner,
    finished: &Finished,
) -> Result<(), Failure> {
    let part = |done: &Done| {
        json!({
            "part": title(done.learner, &done.name),
            "study": done.is_study,
            "seconds": done.seconds,
        })
    };
    let manifest = Manifest {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("PAIRLAW_COMMIT").to_owned(),
        options: options.clone(),
        instruction_set: InstructionSet::detect().name().to_owned(),
        products: products(runner)?,
        files: files(finished)?,
        timing: json!({
            "seconds": finished.seconds,
            "parts": finished.done.iter().map(part).collect::<Vec<_>>(),
            "threads": rayon::current_num_threads(),
            "machine": machine(),
            "peak_memory_bytes": peak_memory(),
        }),
    };
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    Ok(write_atomic(options.out.join("manifest.json"), text.as_bytes())?)
}

fn products(runner: &Runner) -> Result<BTreeMap<String, String>, Failure> {
    let hash = |(name, path): (String, PathBuf)| Ok((name, hash_file(&path)?));
    runner.store.used().into_iter().map(hash).collect()
}

fn files(finished: &Finished) -> Result<BTreeMap<String, String>, Failure> {
    let timed = finished.figures().filter(|figure| figure.is_timing);
    let timed: Vec<String> = timed.map(|figure| figure.path()).collect();
    let others = finished.files().into_iter().filter(|(path, _)| !timed.contains(path));
    let mut files: BTreeMap<String, String> =
        others.map(|(path, content)| (path, hex(Sha256::digest(content)))).collect();
    let untimed = serde_json::to_string(&untimed(finished.results.clone()))?;
    files.insert("results.json".to_owned(), hex(Sha256::digest(untimed)));
    Ok(files)
}

/// Without every `timing`.
fn untimed(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(name, _)| name != "timing");
            kept.map(|(name, value)| (name, untimed(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(untimed).collect(),
        value => value,
    }
}

fn hash_file(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(hex(Sha256::digest(bytes)))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Does again what a manifest tells of, from an empty cache, and compares bit for bit.
pub(crate) fn verify(path: &Path, asked: &ReproduceOptions) -> Result<ExitCode, Failure> {
    let named = |error: &dyn std::fmt::Display| -> Failure {
        let way_out = "give the manifest.json that `reproduce` wrote";
        format!("cannot use the manifest {}: {error}; {way_out}", path.display()).into()
    };
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| named(&error))?;
    if value["schema"] != SCHEMA {
        return Err(named(&format!("its schema is {}, not {SCHEMA}", value["schema"])));
    }
    let before: Manifest = serde_json::from_value(value).map_err(|error| named(&error))?;
    // Of this manifest alone: what a killed verification had finished is its own work.
    let name = format!("verify-{}", short(&hex(Sha256::digest(&text))));
    let out = asked.out.join(name);
    let options = ReproduceOptions { out: out.clone(), ..before.options.clone() };
    if out.join("manifest.json").exists() {
        // One that came to its end and found differences: this one begins anew.
        std::fs::remove_dir_all(&out)?;
    }
    for difference in differences_of_origin(&before) {
        eprintln!("{difference}: last bits may differ, and products have other names");
    }
    reproduce::make(&options)?;
    let after = std::fs::read_to_string(out.join("manifest.json"))?;
    let after: Manifest = serde_json::from_str(&after)?;
    let differences = [
        compare("product", &before.products, &after.products),
        compare("file", &before.files, &after.files),
    ]
    .concat();
    let (n_products, n_files) = (before.products.len(), before.files.len());
    if differences.is_empty() {
        std::fs::remove_dir_all(&out)?;
        println!("the same bits: {n_products} products and {n_files} files");
        return Ok(ExitCode::SUCCESS);
    }
    differences.iter().for_each(|difference| println!("{difference}"));
    println!(
        "{} of {n_products} products and {n_files} files differ; what was made now is in {}",
        differences.len(),
        out.display()
    );
    Ok(ExitCode::FAILURE)
}

/// What may be another machine's or another program's.
fn differences_of_origin(before: &Manifest) -> Vec<String> {
    let set = InstructionSet::detect().name();
    let origins = [
        ("instruction set", before.instruction_set.as_str(), set),
        ("commit", &before.commit, env!("PAIRLAW_COMMIT")),
        ("version", &before.version, env!("CARGO_PKG_VERSION")),
    ];
    let differing = origins.into_iter().filter(|(_, before, now)| before != now);
    differing.map(|(what, before, now)| format!("the {what} was {before} and is {now}")).collect()
}

/// What is missing now, or has other bytes. That a run from an empty cache asks for more products
/// than one that found some is no difference.
fn compare(
    kind: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<String> {
    let differing = before.iter().filter(|(name, hash)| after.get(*name) != Some(hash));
    let words = |(name, hash): (&String, &String)| match after.get(name) {
        Some(other) => format!("{kind} {name}: was {}…, is {}…", short(hash), short(other)),
        None => format!("{kind} {name}: was not made again"),
    };
    differing.map(words).collect()
}

/// The first digits: a manifest that somebody wrote by hand may have fewer.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_timed_is_left_out_at_any_depth() {
        let value = json!({"a": [{"timing": {"seconds": 1.0}, "b": 2}], "timing": 3});
        assert_eq!(untimed(value), json!({"a": [{"b": 2}]}));
    }

    #[test]
    fn differences_are_named() {
        let map = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
            entries.iter().map(|(name, hash)| ((*name).into(), hash.repeat(64))).collect()
        };
        let before = map(&[("same", "a"), ("other", "b"), ("gone", "c")]);
        let after = map(&[("same", "a"), ("other", "d"), ("more", "e")]);
        let found = compare("product", &before, &after);
        assert_eq!(
            found,
            [
                "product gone: was not made again",
                "product other: was bbbbbbbbbbbb…, is dddddddddddd…"
            ]
        );
        assert!(compare("product", &before, &before).is_empty());
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash_file(file.path()).unwrap(), expected);
        let error = hash_file(Path::new("/no/such/file")).unwrap_err().to_string();
        assert!(error.contains("/no/such/file"), "{error}");
    }
}
