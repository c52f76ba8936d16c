//! What can go wrong around a run: full disks, folders that cannot be written, two runs at once,
//! damaged files, Ctrl-C.

use crate::{reproduce_paper, results_of, said};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Seconds at most, in every paper's simplest part.
const SMALL: [&str; 8] =
    ["meanfield", "--table", "1", "--experiment", "B", "--quick", "--seeds", "1"];

fn small(out: &Path) -> Command {
    reproduce_paper(&SMALL, out, &[])
}

/// Reads until the first part has begun, when the directory is locked and Ctrl-C is watched for.
fn wait_until_it_works(child: &mut Child) -> String {
    let mut told = String::new();
    let stderr = child.stderr.as_mut().expect("it is piped");
    while !told.contains("[1/") {
        let mut byte = [0];
        stderr.read_exact(&mut byte).expect("the first part begins");
        told.push(byte[0].into());
    }
    told
}

#[test]
fn a_full_disk_is_told_and_the_run_goes_on_when_there_is_room() {
    let (out, undisturbed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(small(undisturbed.path()).output().unwrap().status.success());
    // Files end at 16 blocks of 512 or 1024 bytes: writing more fails, as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let full = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_pairlaw-papers"), "reproduce"])
        .args(SMALL)
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();
    let told = said(&full);
    assert!(!full.status.success() && told.contains("cannot write"), "{told}");
    assert!(told.contains("cache") && told.contains("File too large"), "{told}");
    assert!(!out.path().join("results.json").exists());
    let rest = std::fs::read_dir(out.path().join("cache")).unwrap();
    let rest: Vec<_> = rest.map(|entry| entry.unwrap().file_name()).collect();
    assert!(rest.iter().all(|name| !name.to_string_lossy().starts_with(".pairlaw-")), "{rest:?}");
    assert!(small(out.path()).output().unwrap().status.success());
    assert_eq!(results_of(out.path()), results_of(undisturbed.path()));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for folder in [file.path(), Path::new("/proc/no-such-folder")] {
        let output = small(folder).output().unwrap();
        let told = said(&output);
        assert!(!output.status.success() && told.contains("choose another --out"), "{told}");
        assert!(told.contains(folder.to_str().unwrap()), "{told}");
    }
}

#[test]
fn two_runs_cannot_share_a_directory() {
    let out = tempfile::tempdir().unwrap();
    let slow = ["meanfield", "--table", "1", "--experiment", "D", "--quick"];
    let mut first = reproduce_paper(&slow, out.path(), &[]).spawn().unwrap();
    wait_until_it_works(&mut first);
    let second = small(out.path()).output().unwrap();
    let told = said(&second);
    assert!(!second.status.success() && told.contains("in use by another run"), "{told}");
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(small(out.path()).output().unwrap().status.success());
}

#[test]
fn products_cut_short_or_with_a_flipped_bit_are_made_again() {
    let out = tempfile::tempdir().unwrap();
    assert!(small(out.path()).output().unwrap().status.success());
    let expected = results_of(out.path());
    let cache = std::fs::read_dir(out.path().join("cache")).unwrap();
    let products = cache.map(|entry| entry.unwrap().path());
    let products: Vec<_> =
        products.filter(|path| path.extension().is_none() && !path.ends_with("lock")).collect();
    assert_eq!(products.len(), 5, "{products:?}");
    for (k, product) in products.iter().enumerate() {
        let mut bytes = std::fs::read(product).unwrap();
        match k % 2 {
            0 => bytes.truncate(bytes.len() / 2),
            _ => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 16;
            }
        }
        std::fs::write(product, bytes).unwrap();
    }
    let mended = small(out.path()).output().unwrap();
    let told = said(&mended);
    assert!(mended.status.success(), "{told}");
    assert_eq!(told.matches("making it again").count(), products.len(), "{told}");
    assert_eq!(results_of(out.path()), expected);
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_and_says_how_to_go_on() {
    let out = tempfile::tempdir().unwrap();
    let slow = ["meanfield", "--table", "1", "--experiment", "D", "--quick"];
    let mut child = reproduce_paper(&slow, out.path(), &[]).spawn().unwrap();
    let first = wait_until_it_works(&mut child);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let start = Instant::now();
    let output = child.wait_with_output().unwrap();
    let told = first + &said(&output);
    assert!(start.elapsed() < Duration::from_secs(20), "it stops at once");
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("the same command goes on from there"), "{told}");
}
