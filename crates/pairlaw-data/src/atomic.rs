//! Files that are written wholly or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::DataError;

/// Writes a file wholly or not at all: whoever reads `path`, also after a crash at any moment, finds
/// the former content or the new one.
///
/// The bytes go to a temporary file in the same folder, to the disk, and then to their name. A
/// symbolic link at `path` is replaced, not followed.
///
/// # Errors
///
/// [`DataError::Write`] with the path; a former file is then as it was.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), DataError> {
    let path = path.as_ref();
    replace(path, bytes).map_err(|source| DataError::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = new_file().tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// A temporary file with the rights of a usual one; by default only its owner could read it.
fn new_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pairlaw-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}

/// Makes the new name last; elsewhere than on Unix a folder cannot be opened as a file.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_made_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for bytes in [&b"a longer one"[..], b"", b"new"] {
            write_atomic(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(names(folder.path()), ["file"]);
        }
    }

    #[test]
    fn a_missing_folder_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none").join("file");
        let error = write_atomic(&path, b"new").unwrap_err();
        assert!(matches!(error, DataError::Write { path: at, .. } if at == path));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        fs::create_dir(&path).unwrap();
        assert!(write_atomic(&path, b"new").is_err());
        assert!(path.is_dir());
        assert_eq!(names(folder.path()), ["kept"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_rights_are_those_of_a_usual_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
        write_atomic(&ours, b"new").unwrap();
        fs::write(&usual, b"new").unwrap();
        assert_eq!(mode(&ours), mode(&usual));
    }

    /// Starts this test again in a process whose files may have 512 bytes: the write fails there, or,
    /// where the signal for that is not ignored, the process dies in the middle of it.
    #[cfg(unix)]
    #[test]
    fn the_old_file_outlives_a_failed_write() {
        const TARGET: &str = "PAIRLAW_TEST_WRITE_TO";
        if let Ok(path) = std::env::var(TARGET) {
            assert!(matches!(write_atomic(path, &[7; 100_000]), Err(DataError::Write { .. })));
            return;
        }
        for (script, survives) in [("trap '' XFSZ; ", true), ("", false)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            fs::write(&path, b"old").unwrap();
            let child = std::process::Command::new("sh")
                .args(["-c", &format!("{script}ulimit -f 1; ulimit -c 0; exec \"$@\"")])
                .arg("sh")
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", "atomic::tests::the_old_file_outlives_a_failed_write"])
                .env(TARGET, &path)
                .output()
                .unwrap();
            assert_eq!(child.status.success(), survives, "{child:?}");
            assert_eq!(fs::read(&path).unwrap(), b"old");
            // A killed process cannot clean up; its leftover has a hidden name.
            let visible = |name: &String| !name.starts_with(".pairlaw-");
            assert_eq!(names(folder.path()).iter().all(visible), survives);
        }
    }
}
