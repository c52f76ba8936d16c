//! Tracks as a long table of text.

use std::fmt::Write;
use std::path::Path;

use pairlaw_data::{Tracks, write_atomic};

use crate::IoError;
use crate::text::is_no_id;

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

/// Tracks as the text that [`write_csv`] writes.
#[must_use]
pub fn csv<const D: usize>(tracks: &Tracks<D>) -> String {
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

/// A field in quotes, unless it is a word or a whole number; some words have meanings without them.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if is_no_id(text.as_bytes()) || !text.chars().all(is_plain) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use pairlaw_data::{Sampling, Segment, Units};

    use super::*;
    use crate::{ReadOptions, TrackOptions, parse_table, read_tracks};

    fn moving() -> Tracks<2> {
        let segment = |individual, first_frame, x: &[f64]| Segment {
            individual,
            first_frame,
            positions: x.iter().map(|&x| [x, -x]).collect(),
            velocities: Some(x.iter().map(|&x| [x / 3.0, 1e-300]).collect()),
        };
        let ids = ["7", "8.0", "a \"b\", c", "nan"].map(str::to_owned).to_vec();
        let sampling = Sampling { start_time: 0.5, dt: 0.25, n_frames: 9 };
        let units = Units { length: "µm".into(), time: "min".into() };
        let segments = vec![
            segment(0, 0, &[0.1, 1e308]),
            segment(0, 4, &[1.0 / 3.0]),
            segment(1, 1, &[5e-324, -0.0]),
            segment(2, 0, &[2.0, 3.0]),
            segment(3, 8, &[1e21]),
        ];
        Tracks::new(ids, sampling, units, segments).unwrap()
    }

    #[test]
    fn one_row_a_sample() {
        let text = csv(&moving());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "id,\"t (min)\",\"x (µm)\",\"y (µm)\",vx,vy");
        assert_eq!(lines[1], "7,0.5,0.1,-0.1,0.03333333333333333,1e-300");
        assert_eq!(lines[8], "\"nan\",2.5,1e21,-1e21,3.333333333333333e20,1e-300");
        assert!(lines[6].starts_with("\"a \"\"b\"\", c\",0.5,2.0,"), "{}", lines[6]);
        assert_eq!(lines.len(), 9);
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let expected = moving();
        let path = std::env::temp_dir().join(format!("pairlaw-io-csv-{}.csv", std::process::id()));
        write_csv(&expected, &path).unwrap();
        let read = read_tracks::<2>(&path, &ReadOptions::default());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read.unwrap(), expected);
        let error = write_csv(&expected, "/no/such/folder/a.csv").unwrap_err();
        assert!(error.to_string().contains("/no/such/folder/a.csv"), "{error}");
    }

    #[test]
    fn lines_and_spaces() {
        let segment = |x: f64| Segment {
            individual: 0,
            first_frame: 0,
            positions: vec![[x], [x]],
            velocities: None,
        };
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 2 };
        let line = Tracks::new(vec!["1".into()], sampling, Units::default(), vec![segment(0.5)]);
        let line = line.unwrap();
        assert_eq!(csv(&line), "id,t,x\n1,0,0.5\n1,1,0.5\n");
        let table = parse_table(csv(&line).as_bytes(), "a".as_ref(), &ReadOptions::default());
        assert_eq!(table.unwrap().tracks::<1>(&TrackOptions::default()).unwrap(), line);
    }
}
