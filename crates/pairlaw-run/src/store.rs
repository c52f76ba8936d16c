//! Products of finished stages, kept in a folder, so that a killed or repeated run goes on where it
//! stopped and ends with the same bits.

use crate::error::{Failure, RunError};
use pairlaw_data::{DataError, Tracks, write_atomic};
use pairlaw_law::simd::InstructionSet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

/// Version of the stored products' layout.
const FORMAT: u32 = 1;

/// How names of files begin that are being written.
const UNFINISHED: &str = ".pairlaw-";

/// A folder of products, held by one process at a time.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Names of the products asked for since it was opened.
    used: Mutex<BTreeSet<String>>,
    /// Held until dropped; the operating system releases it when the process ends, however it ends.
    _lock: File,
}

/// What a product was made from: every choice that it depends on, in words.
#[derive(Clone, Debug)]
pub struct Key {
    stage: &'static str,
    hash: u64,
}

impl Key {
    /// Key of `stage` for `inputs`, made by code with the given hash. The instruction set counts:
    /// it decides the last bits.
    #[must_use]
    pub fn new(stage: &'static str, code: &str, inputs: &impl std::fmt::Debug) -> Self {
        let set = InstructionSet::detect().name();
        let text = format!("{stage}|{code}|{set}|{inputs:?}");
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { stage, hash: text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv) }
    }

    /// Key of the stage that follows this one.
    #[must_use]
    pub fn then(&self, stage: &'static str, code: &str, inputs: &impl std::fmt::Debug) -> Self {
        Self::new(stage, code, &(self.hash, inputs))
    }

    /// File name; also the product's name in the manifest.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{:016x}", self.stage, self.hash)
    }
}

impl Store {
    /// Opens a folder, made where there is none, and locks it. What killed runs had begun to write is
    /// removed from it and from the folders `written`, where these are there.
    ///
    /// # Errors
    /// [`RunError::InUse`] while another process holds it, [`RunError::Folder`] if it cannot be used.
    pub fn open(folder: &Path, written: &[&Path]) -> Result<Self, RunError> {
        let folder = folder.to_owned();
        let named = |source| RunError::Folder { folder: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(named)?;
        let lock = File::create(folder.join("lock")).map_err(named)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RunError::InUse { folder }),
            Err(TryLockError::Error(error)) => return Err(named(error)),
        }
        for written in [folder.as_path()].iter().chain(written) {
            remove_unfinished(written).map_err(named)?;
        }
        Ok(Self { folder, used: Mutex::default(), _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Products asked for since it was opened: their names and files, in order.
    #[must_use]
    pub fn used(&self) -> Vec<(String, PathBuf)> {
        let names = self.used.lock().map(|names| names.clone()).unwrap_or_default();
        names.into_iter().map(|name| (name.clone(), self.folder.join(name))).collect()
    }

    /// Seconds that a product took when it was made, those of other products made on the way left
    /// out; `None` where it was resumed, so that nobody measured all of it.
    #[must_use]
    pub fn seconds(&self, key: &Key) -> Option<f64> {
        fs::read_to_string(self.seconds_path(key)).ok()?.trim().parse().ok()
    }

    /// Beside the product and not in it, so that equal products have equal bytes.
    fn seconds_path(&self, key: &Key) -> PathBuf {
        self.path(key).with_extension("seconds")
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.name())
    }

    /// Where a stage that can be resumed keeps its state until its product is stored.
    #[must_use]
    pub fn checkpoint(&self, key: &Key) -> PathBuf {
        self.path(key).with_extension("checkpoint")
    }

    /// The stored product, or the result of `make`, stored. A damaged file is made again.
    ///
    /// # Errors
    /// What `make` fails with; [`pairlaw_data::DataError`] where the product cannot be written.
    pub fn product<T: Serialize + DeserializeOwned>(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let path = self.path(key);
        self.load_or(
            key,
            || pairlaw_data::load(&path, "PRODUCT", FORMAT),
            || {
                let product = self.timed(key, make)?;
                pairlaw_data::save(&path, "PRODUCT", FORMAT, &product)?;
                Ok(product)
            },
        )
    }

    /// As [`Store::product`], for tracks.
    ///
    /// # Errors
    /// As [`Store::product`].
    pub fn tracks<const D: usize>(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<Tracks<D>, Failure>,
    ) -> Result<Tracks<D>, Failure> {
        let path = self.path(key);
        self.load_or(
            key,
            || Tracks::load(&path),
            || {
                let tracks = self.timed(key, make)?;
                tracks.save(&path)?;
                Ok(tracks)
            },
        )
    }

    fn load_or<T>(
        &self,
        key: &Key,
        load: impl FnOnce() -> Result<T, DataError>,
        make: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let stored = self.contains(key).then(load);
        let product = match stored {
            Some(Ok(product)) => product,
            Some(Err(error)) => {
                warn(&format!("{} is damaged ({error}); making it again", key.name()));
                make()?
            }
            None => make()?,
        };
        // Only now: what could not be made is no product of this run.
        if let Ok(mut used) = self.used.lock() {
            used.insert(key.name());
        }
        Ok(product)
    }

    /// Whether there is a file of the product, sound or not.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.path(key).exists()
    }

    /// Makes a product and notes its own seconds, before it is stored: a kill in between loses
    /// neither.
    fn timed<T>(&self, key: &Key, make: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let is_resumed = self.checkpoint(key).exists();
        let before = NESTED.replace(0.0);
        let start = Instant::now();
        let made = make();
        let whole = start.elapsed().as_secs_f64();
        let own = whole - NESTED.replace(before + whole);
        let made = made?;
        let seconds = if is_resumed { "resumed".to_owned() } else { own.to_string() };
        write_atomic(self.seconds_path(key), seconds.as_bytes())?;
        Ok(made)
    }
}

thread_local! {
    /// Seconds that the product being made on this thread is not charged with: above all those of the
    /// products that it asked for.
    static NESTED: Cell<f64> = const { Cell::new(0.0) };
}

/// Does work that the product being made on this thread is not charged with.
pub fn uncharged<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    NESTED.set(NESTED.get() + start.elapsed().as_secs_f64());
    done
}

/// Where nobody reads standard error, nobody is warned.
fn warn(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// Removes what killed runs had begun to write, up to 250 MB each, where the folder is there.
fn remove_unfinished(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_made_once_and_again_when_damaged() {
        let out = tempfile::tempdir().unwrap();
        let store = Store::open(&out.path().join("work"), &[]).unwrap();
        let key = Key::new("test", "code", &(1, "x"));
        let make = |value: f64| store.product(&key, move || Ok(vec![value]));
        assert_eq!(make(1.5).unwrap(), [1.5]);
        assert_eq!(make(9.0).unwrap(), [1.5]);
        let path = store.path(&key);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(make(2.5).unwrap(), [2.5]);
        fs::write(&path, &bytes[..last / 2]).unwrap();
        assert_eq!(make(3.5).unwrap(), [3.5]);
    }

    #[test]
    fn a_product_is_charged_with_its_own_seconds() {
        let out = tempfile::tempdir().unwrap();
        let store = Store::open(&out.path().join("work"), &[]).unwrap();
        let [inner, outer] = ["inner", "outer"].map(|stage| Key::new(stage, "code", &1));
        let sleep = |ms| std::thread::sleep(std::time::Duration::from_millis(ms));
        let make_inner = || {
            sleep(200);
            Ok(1.0)
        };
        let make = || {
            uncharged(|| sleep(200));
            store.product(&inner, make_inner)
        };
        store.product(&outer, make).unwrap();
        let [inner_seconds, outer_seconds] =
            [&inner, &outer].map(|key| store.seconds(key).unwrap());
        assert!(inner_seconds >= 0.2 && outer_seconds < 0.1, "{inner_seconds} {outer_seconds}");
        let names: Vec<String> = store.used().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [inner.name(), outer.name()]);
        assert_eq!(store.seconds(&Key::new("other", "code", &1)), None);
        // What was resumed was not measured as a whole.
        let resumed = Key::new("resumed", "code", &1);
        fs::write(store.checkpoint(&resumed), b"state").unwrap();
        store.product(&resumed, || Ok(1.0)).unwrap();
        assert_eq!(store.seconds(&resumed), None);
        // What cannot be made is none of the run's products.
        let failing = Key::new("failing", "code", &1);
        let made: Result<f64, Failure> = store.product(&failing, || Err("nothing".into()));
        assert!(made.is_err() && store.used().iter().all(|(name, _)| *name != failing.name()));
    }

    #[test]
    fn keys_depend_on_stage_code_and_inputs() {
        let name = |stage, code, input: i32| Key::new(stage, code, &input).name();
        let all = [name("a", "c", 1), name("b", "c", 1), name("a", "d", 1), name("a", "c", 2)];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 4);
    }

    #[test]
    fn two_runs_cannot_share_a_directory() {
        let out = tempfile::tempdir().unwrap();
        let first = Store::open(&out.path().join("work"), &[]).unwrap();
        let error = Store::open(&out.path().join("work"), &[]).unwrap_err().to_string();
        assert!(error.contains("another run"), "{error}");
        drop(first);
        Store::open(&out.path().join("work"), &[]).unwrap();
    }

    #[test]
    fn what_a_killed_run_had_begun_to_write_is_removed() {
        let out = tempfile::tempdir().unwrap();
        let folders = [out.path().join("work"), out.path().join("figures"), out.path().into()];
        let unfinished = folders.clone().map(|folder| {
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join(format!("{UNFINISHED}x"));
            fs::write(&path, b"half").unwrap();
            path
        });
        let store = Store::open(&folders[0], &[&folders[1], out.path()]).unwrap();
        assert!(unfinished.iter().all(|path| !path.exists()));
        let key = Key::new("test", "code", &1);
        store.product(&key, || Ok(1.0)).unwrap();
        drop(store);
        let store = Store::open(&out.path().join("work"), &[]).unwrap();
        assert!(store.path(&key).exists());
    }

    #[test]
    fn an_unusable_directory_is_named() {
        let out = tempfile::NamedTempFile::new().unwrap();
        let error = Store::open(&out.path().join("work"), &[]).unwrap_err().to_string();
        assert!(error.contains("work") && error.contains("--out"), "{error}");
    }
}
