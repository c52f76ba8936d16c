//! A browser that opens a page and tells what became of it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A large page takes seconds; a browser that hangs shall not hang the tests.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A window may not be narrower than 500 px, a frame within it may. Measures the page in the frame.
const FRAME: &str = include_str!("browser/frame.html");

/// Chromium, without a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Browser {
    program: PathBuf,
}

/// What became of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The page's elements as the browser has them, as text.
    pub dom: String,
    /// Messages on its console, errors of scripts and of its policy among them.
    pub console: Vec<String>,
    /// Addresses of what it loads besides itself.
    pub loads: Vec<String>,
    /// Width in px by which the page is wider than its screen.
    pub overflow: u64,
}

impl Browser {
    /// The program that `$CHROMIUM` names, else the first Chromium or Chrome on `$PATH`.
    #[must_use]
    pub fn find() -> Option<Self> {
        Self::among(std::env::var_os("CHROMIUM"), std::env::var_os("PATH"))
    }

    fn among(named: Option<OsString>, path: Option<OsString>) -> Option<Self> {
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            return Some(Self { program: named.into() });
        }
        let folders: Vec<PathBuf> = std::env::split_paths(&path?).collect();
        let programs = NAMES.iter().flat_map(|name| folders.iter().map(move |f| f.join(name)));
        programs.into_iter().find(|program| program.is_file()).map(|program| Self { program })
    }

    /// Opens a file on a screen of a width in px.
    ///
    /// # Panics
    /// If the browser does not start, ends badly, or has not opened the page after two minutes.
    #[must_use]
    pub fn open(&self, path: &Path, width: u32) -> Page {
        // Profile, frame and output; removed when dropped.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path =
            path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let frame = folder.path().join("frame.html");
        let text = FRAME.replace("WIDTH", &width.to_string()).replace("PAGE", &address(&path));
        fs::write(&frame, text).expect("the frame is written");
        let status = self.run(&folder, &frame, width);
        let read = |name: &str| {
            let bytes = fs::read(folder.path().join(name)).expect("written by the browser");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (dom, log) = (read("dom"), read("log"));
        assert!(status.success(), "{}: {status}\n{log}", self.program.display());
        let measured = measured(&dom)
            .unwrap_or_else(|| panic!("{} was not opened:\n{dom}\n{log}", path.display()));
        Page { console: console(&log), ..measured }
    }

    fn run(&self, folder: &TempDir, frame: &Path, width: u32) -> ExitStatus {
        let output = |name: &str| {
            Stdio::from(File::create(folder.path().join(name)).expect("a file of the folder"))
        };
        let mut child = Command::new(&self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-dev-shm-usage"])
            // Without it the frame could not look into a page of another file.
            .arg("--allow-file-access-from-files")
            .args(["--enable-logging=stderr", "--v=0", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("--window-size={},900", width.max(500)))
            .arg(address(frame))
            .stdin(Stdio::null())
            .stdout(output("dom"))
            .stderr(output("log"))
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{} cannot be started: {error}", self.program.display())
            });
        let status = wait(&mut child, TIMEOUT);
        status.unwrap_or_else(|| panic!("{} did not end in {TIMEOUT:?}", self.program.display()))
    }
}

/// How a program ended; it is killed if it did not.
fn wait(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < timeout {
        if let Some(status) = child.try_wait().expect("the program is ours") {
            return Some(status);
        }
        sleep(Duration::from_millis(20));
    }
    // It may just have ended: either way it is gone afterwards.
    child.kill().and_then(|()| child.wait()).ok();
    None
}

/// The address of a file.
fn address(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let written = |&byte: &u8| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!(
        "file://{}",
        path.as_os_str().as_encoded_bytes().iter().map(written).collect::<String>()
    )
}

/// What the frame wrote about the page into its own element `measured`.
fn measured(dom: &str) -> Option<Page> {
    let (_, after) = dom.split_once("<pre id=\"measured\">")?;
    let (text, _) = after.split_once("</pre>")?;
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{A0}");
    let json: Value = serde_json::from_str(&text.replace("&amp;", "&")).ok()?;
    let address = |load: &Value| load.as_str().map(str::to_owned);
    Some(Page {
        dom: json["dom"].as_str()?.to_owned(),
        console: Vec::new(),
        loads: json["loads"].as_array()?.iter().filter_map(address).collect(),
        overflow: json["overflow"].as_u64()?,
    })
}

/// The console's lines, such as `[…:INFO:CONSOLE:1] "message", source: file:///… (1)`.
fn console(log: &str) -> Vec<String> {
    let message = |line: &str| Some(line.split_once("CONSOLE")?.1.split_once("] ")?.1.to_owned());
    log.lines().filter_map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_program_is_taken_and_else_the_first_on_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let chrome = folder.path().join("google-chrome");
        fs::write(&chrome, "").unwrap();
        let path = || Some(OsString::from(format!("/no/such/folder:{}", folder.path().display())));
        let found = |named: Option<&str>, path| Browser::among(named.map(OsString::from), path);
        assert_eq!(found(None, path()), Some(Browser { program: chrome.clone() }));
        assert_eq!(found(Some(""), path()), Some(Browser { program: chrome }));
        assert_eq!(found(Some("/my/own"), path()), Some(Browser { program: "/my/own".into() }));
        assert_eq!(found(None, Some("/no/such/folder".into())), None);
        assert_eq!(found(None, None), None);
    }

    #[test]
    fn addresses_have_no_character_that_means_something() {
        assert_eq!(address(Path::new("/a b/ä%.html")), "file:///a%20b/%C3%A4%25.html");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(wait(&mut child, Duration::from_millis(50)), None);
        assert!(child.try_wait().unwrap().is_some());
        let mut child = Command::new("true").spawn().unwrap();
        assert!(wait(&mut child, Duration::from_secs(60)).unwrap().success());
    }

    #[test]
    fn what_the_frame_wrote_is_read() {
        let dom = "<pre id=\"measured\">{\"dom\": \"&lt;p&gt;&amp;amp;lt;&lt;/p&gt;\", \
                   \"loads\": [\"a\"], \"overflow\": 7}</pre><p>";
        let (dom_of, loads) = ("<p>&amp;lt;</p>".to_owned(), vec!["a".to_owned()]);
        let expected = Page { dom: dom_of, console: vec![], loads, overflow: 7 };
        assert_eq!(measured(dom), Some(expected));
        assert_eq!(measured("<p>"), None);
    }

    #[test]
    fn console_lines_are_told_from_the_rest() {
        let log = "[1:2:ERROR:dbus/bus.cc:405] Failed\n[1:1:INFO:CONSOLE:3] \"x\", source: f (3)\n";
        assert_eq!(console(log), ["\"x\", source: f (3)"]);
    }
}
