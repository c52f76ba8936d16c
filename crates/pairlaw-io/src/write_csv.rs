//! Tracks as a long table of text.

use std::fmt::Write;
use std::path::Path;

use pairlaw_data::{Tracks, write_atomic};

use crate::IoError;

const AXES: [&str; 3] = ["x", "y", "z"];

/// Writes tracks as `id,t,x,y` with a row a sample, then `vx,vy` if velocities are known.
///
/// Units stand behind the names, as in `x (µm)`. Numbers have as many digits as bring every bit back.
/// A former file of this name is replaced only when the new one is complete.
///
/// # Errors
/// [`IoError::Write`].
pub fn write_csv<const D: usize>(
    tracks: &Tracks<D>,
    path: impl AsRef<Path>,
) -> Result<(), IoError> {
    write_atomic(path, csv(tracks).as_bytes()).map_err(IoError::Write)
}

fn csv<const D: usize>(tracks: &Tracks<D>) -> String {
    let mut text = names(tracks);
    for segment in tracks.segments() {
        let id = quoted(&tracks.ids()[segment.individual]);
        for (place, frame) in segment.frames().enumerate() {
            let time = tracks.time(frame);
            // Writing to a string does not fail.
            let _ = write!(text, "{id},{time}");
            let velocity = segment.velocities.iter().flat_map(|velocities| velocities[place]);
            for number in segment.positions[place].into_iter().chain(velocity) {
                let _ = write!(text, ",{number:?}");
            }
            text.push('\n');
        }
    }
    text
}

fn names<const D: usize>(tracks: &Tracks<D>) -> String {
    let units = tracks.units();
    let named = |name: String, unit: &str| match unit {
        "" => name,
        unit => quoted(&format!("{name} ({unit})")),
    };
    let mut names = vec!["id".to_owned(), named("t".to_owned(), &units.time)];
    let axes = &AXES[..D.min(AXES.len())];
    names.extend(axes.iter().map(|axis| named((*axis).to_owned(), &units.length)));
    if tracks.has_velocities() {
        names.extend(axes.iter().map(|axis| format!("v{axis}")));
    }
    names.join(",") + "\n"
}

/// A field in quotes where it needs them.
fn quoted(text: &str) -> String {
    let needs = |c: char| matches!(c, ',' | '"' | '\n' | '\r' | '#' | '%') || c.is_whitespace();
    if text.is_empty() || text.contains(needs) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
