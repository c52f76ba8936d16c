//! Hashes the sources that a cached product depends on, so that stale products are never reused.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates whose code decides what a simulation gives.
const SIMULATION: [&str; 4] = ["pairlaw-data", "pairlaw-law", "pairlaw-sim", "pairlaw-synth"];
/// Crates whose code decides what is learned from it.
const LEARNING: [&str; 8] = [
    "pairlaw-sparse",
    "pairlaw-cluster",
    "pairlaw-transport",
    "pairlaw-weak",
    "pairlaw-meanfield",
    "pairlaw-rollout",
    "pairlaw-validate",
    "pairlaw",
];

/// Files of this crate that say how experiments are set up and what is stored of them.
const LAYOUTS: [&str; 6] = [
    "src/species/experiment.rs",
    "src/species/outcome.rs",
    "src/meanfield/experiment.rs",
    "src/potentials/experiment.rs",
    "src/potentials/cases.rs",
    "src/potentials/heart/fits.rs",
];

fn main() {
    let crates =
        PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("..");
    let lock = crates.join("../Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    let base = hash_file(&crates.join("../Cargo.toml"), hash_file(&lock, compiler()));
    println!("cargo:rerun-if-changed={}", crates.join("../Cargo.toml").display());
    let simulation = hash_crates(&crates, &SIMULATION, base);
    let mut learning = hash_crates(&crates, &LEARNING, simulation);
    for layout in LAYOUTS.map(Path::new) {
        println!("cargo:rerun-if-changed={}", layout.display());
        learning = hash_file(layout, learning);
    }
    println!("cargo:rustc-env=PAIRLAW_SIMULATION_CODE={simulation:016x}");
    println!("cargo:rustc-env=PAIRLAW_LEARNING_CODE={learning:016x}");
    println!("cargo:rustc-env=PAIRLAW_COMMIT={}", commit());
}

fn hash_crates(crates: &Path, names: &[&str], mut hash: u64) -> u64 {
    for name in names {
        let (source, manifest) =
            (crates.join(name).join("src"), crates.join(name).join("Cargo.toml"));
        println!("cargo:rerun-if-changed={}", source.display());
        println!("cargo:rerun-if-changed={}", manifest.display());
        let mut files = vec![manifest];
        collect(&source, &mut files);
        files.sort();
        for file in files {
            hash = hash_file(&file, hash);
        }
    }
    hash
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// FNV-1a, 64 bits.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Hash of the compiler's version: it decides the last bits, too.
fn compiler() -> u64 {
    let rustc = std::env::var("RUSTC").expect("set by cargo");
    let output = std::process::Command::new(rustc).arg("-vV").output();
    hash_bytes(&output.map(|output| output.stdout).unwrap_or_default(), OFFSET)
}

fn hash_file(path: &Path, hash: u64) -> u64 {
    hash_bytes(&fs::read(path).unwrap_or_default(), hash)
}

fn hash_bytes(bytes: &[u8], hash: u64) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Of the files that are compiled: asked again when the crate's own files or the commit change.
fn commit() -> String {
    println!("cargo:rerun-if-changed=src");
    // Of a linked working tree, too, whose `.git` is a file.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo:rerun-if-changed={log}");
    }
    let is_dirty = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    let mark = if is_dirty { "-dirty" } else { "" };
    git(&["rev-parse", "HEAD"]).map_or("unknown".to_owned(), |hash| format!("{hash}{mark}"))
}

/// What git prints, without the line's end.
fn git(args: &[&str]) -> Option<String> {
    let output = std::process::Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
