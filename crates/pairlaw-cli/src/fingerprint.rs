//! What files and tables are known by: hashes of all that they hold.

use crate::error::CliError;
use crate::options::ReadSection;
use pairlaw_io::TrackTable;
use pairlaw_run::Failure;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 18;

/// SHA-256 of a file, or of the names, lengths and bytes of all files of a folder, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    if path.is_dir() {
        for file in files(path)? {
            let name = file.strip_prefix(path).unwrap_or(&file).components();
            // The same folder has the same hash on every system.
            let name: Vec<_> = name.map(|part| part.as_os_str().to_string_lossy()).collect();
            let length = told(&file, fs::metadata(&file))?.len();
            hash.update(format!("{}\n{length}\n", name.join("/")));
            add(&mut hash, &file)?;
        }
    } else {
        add(&mut hash, path)?;
    }
    Ok(digits(hash))
}

fn digits(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn add(hash: &mut Sha256, path: &Path) -> Result<(), CliError> {
    let mut file = told(path, File::open(path))?;
    let mut block = vec![0; BLOCK];
    loop {
        match told(path, file.read(&mut block))? {
            0 => return Ok(()),
            n => hash.update(&block[..n]),
        }
    }
}

/// All files of a folder and of the folders in it, sorted by their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = told(folder, fs::read_dir(folder))?;
    let mut entries: Vec<PathBuf> =
        told(folder, entries.map(|entry| entry.map(|entry| entry.path())).collect())?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        // A link to a folder is passed over: it could lead back here.
        let kind = told(&entry, fs::symlink_metadata(&entry))?.file_type();
        if kind.is_dir() {
            found.extend(files(&entry)?);
        } else if entry.is_file() {
            found.push(entry);
        }
    }
    Ok(found)
}

fn told<T>(path: &Path, result: io::Result<T>) -> Result<T, CliError> {
    result.map_err(|source| CliError::Read { path: path.to_owned(), source })
}

/// Hash of everything that is learned from: what tracks are made of, and walls.
pub(crate) fn fingerprint(table: &TrackTable, read: &ReadSection) -> String {
    let mut hash = Sha256::new();
    let columns = table.coordinates.iter().chain(&table.velocities).chain([&table.times]);
    columns.flatten().for_each(|x| hash.update(x.to_le_bytes()));
    table.individuals.iter().for_each(|individual| hash.update(individual.to_le_bytes()));
    let walls = table.walls.as_flattened().as_flattened();
    walls.iter().for_each(|x| hash.update(x.to_le_bytes()));
    hash.update(format!(
        "{:?} {:?} {:?} {:?}",
        table.ids,
        table.divisions,
        (table.n_dimensions(), table.velocities.len(), table.walls.len()),
        (read.duplicates, read.resample)
    ));
    digits(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;
    use pairlaw_io::{ReadOptions, parse_table};

    #[test]
    fn a_file_longer_than_a_block() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"abc").unwrap();
        // FIPS 180-2, B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path).unwrap(), expected);
        // FIPS 180-2, B.3.
        fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        assert_eq!(sha256(&path).unwrap(), expected);
        assert!(sha256(&folder.path().join("b")).unwrap_err().to_string().contains("cannot read"));
    }

    #[test]
    fn a_folder_is_known_by_names_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("x")).unwrap();
        fs::write(path("x/a"), b"1").unwrap();
        fs::write(path("b"), b"2").unwrap();
        let first = sha256(folder.path()).unwrap();
        fs::write(path("x/a"), b"3").unwrap();
        let changed = sha256(folder.path()).unwrap();
        fs::write(path("x/a"), b"1").unwrap();
        assert_eq!(sha256(folder.path()).unwrap(), first);
        fs::rename(path("x/a"), path("x/c")).unwrap();
        let renamed = sha256(folder.path()).unwrap();
        assert!(first != changed && first != renamed && changed != renamed);
    }

    #[test]
    fn walls_are_a_part_of_what_is_learned_from() {
        let text = b"id,t,x,y\n1,0,0,0\n1,1,1,0\n";
        let mut table = parse_table(text, "a".as_ref(), &ReadOptions::default()).unwrap();
        let read: ReadSection = defaults().unwrap();
        let before = fingerprint(&table, &read);
        table.walls = vec![[[0.0, 0.0], [1.0, 0.0]]];
        let walled = fingerprint(&table, &read);
        table.walls = vec![[[0.0, 0.0], [1.0, 1.0]]];
        assert!(before != walled && walled != fingerprint(&table, &read));
    }
}
