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
const LAYOUTS: [&str; 7] = [
    "src/species/experiment.rs",
    "src/species/outcome.rs",
    "src/species/uncertainty.rs",
    "src/meanfield/experiment.rs",
    "src/potentials/experiment.rs",
    "src/potentials/cases.rs",
    "src/potentials/heart/fits.rs",
];

/// Those of tables and figures that keep products of their own.
const TABLES: [&str; 5] = [
    "src/species/table6.rs",
    "src/species/table7.rs",
    "src/species/figures/trajectories.rs",
    "src/meanfield/checks.rs",
    "src/meanfield/figures/sweeps.rs",
];

fn main() {
    let crates =
        PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("..");
    let base = dependencies(&crates.join(".."), compiler());
    let simulation = hash_crates(&crates, &SIMULATION, base);
    let learning = hash_code(&LAYOUTS, hash_crates(&crates, &LEARNING, simulation));
    let tables = hash_code(&TABLES, learning);
    println!("cargo:rustc-env=PAIRLAW_SIMULATION_CODE={simulation:016x}");
    println!("cargo:rustc-env=PAIRLAW_LEARNING_CODE={learning:016x}");
    println!("cargo:rustc-env=PAIRLAW_TABLE_CODE={tables:016x}");
    println!("cargo:rustc-env=PAIRLAW_COMMIT={}", commit());
}

/// Hash of files of this crate without their tests, which change no product.
fn hash_code(files: &[&str], hash: u64) -> u64 {
    files.iter().fold(hash, |hash, file| {
        println!("cargo:rerun-if-changed={file}");
        // A file that is not there would let stale products pass.
        let source = fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        hash_bytes(code.as_bytes(), hash)
    })
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

/// Hash of what the root says of others' code that these crates are built with: versions and
/// features, and how it is compiled. What only reports or tests need does not count.
fn dependencies(root: &Path, hash: u64) -> u64 {
    let read = |name: &str| {
        println!("cargo:rerun-if-changed={}", root.join(name).display());
        fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let (lock, manifest) = (read("Cargo.lock"), read("Cargo.toml"));
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    let mut used: Vec<&str> = [&SIMULATION[..], &LEARNING].concat();
    let mut k = 0;
    while k < used.len() {
        let of_name = packages.iter().filter(|package| name(package) == Some(used[k]));
        let needed: Vec<&str> = of_name.flat_map(|package| needs(package)).collect();
        for name in needed {
            if !used.contains(&name) {
                used.push(name);
            }
        }
        k += 1;
    }
    let locked = packages.iter().filter(|p| name(p).is_some_and(|name| used.contains(&name)));
    let hash = locked.fold(hash, |hash, package| hash_bytes(package.as_bytes(), hash));
    let mut is_profile = false;
    let chosen = manifest.lines().filter(|line| {
        is_profile = if line.starts_with('[') { line.starts_with("[profile") } else { is_profile };
        is_profile || line.split_once(" = ").is_some_and(|(name, _)| used.contains(&name))
    });
    chosen.fold(hash, |hash, line| hash_bytes(line.as_bytes(), hash))
}

/// The name in an entry of `Cargo.lock`.
fn name(package: &str) -> Option<&str> {
    let line = package.lines().find(|line| line.starts_with("name = "))?;
    line.split('"').nth(1)
}

/// The names of what an entry of `Cargo.lock` depends on.
fn needs(package: &str) -> impl Iterator<Item = &str> {
    let list = package.split_once("dependencies = [").map_or("", |(_, list)| list);
    list.split('"').skip(1).step_by(2).filter_map(|entry| entry.split(' ').next())
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
