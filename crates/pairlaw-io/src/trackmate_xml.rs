//! TrackMate's XML: sessions with spots and links, and the simple export of tracks.

mod document;
mod export;
mod session;

use std::path::Path;

use document::{Document, Root};
use export::Export;
use session::Session;

use crate::{Format, IoError, ReadOptions, TrackTable};

/// The table of a session or of a simple export.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<TrackTable, IoError> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let mut document = Document { path, text: &text, at: 0, root: Root::Unknown };
    let mut session = Session::default();
    let mut export = Export::new(options);
    document.read(|document, element| match document.root {
        Root::Session => session.take(document, element),
        Root::Export => export.take(document, element),
        Root::Unknown => Ok(()),
    })?;
    match document.root {
        Root::Export => export.builder.finish(path, Format::TrackMateXml, options),
        _ => session.table(options).finish(path, Format::TrackMateXml, options),
    }
}

#[cfg(test)]
mod tests {
    use pairlaw_data::Units;

    use super::*;

    fn read(text: &str, options: &ReadOptions) -> Result<TrackTable, IoError> {
        parse(text.as_bytes(), "a.xml".as_ref(), options)
    }

    const EXPORT: &str = "<?xml version=\"1.0\"?>\n<Tracks nTracks=\"2\" spaceUnits=\"µm\" \
        frameInterval=\"0.5\" timeUnits=\"s\" from=\"TrackMate\">\n<particle nSpots=\"2\">\n\
        <detection t=\"0\" x=\"1.0\" y=\"2\" z=\"0.0\" />\n<detection t=\"2\" x=\"1.5\" y=\"2\" z=\"0.0\" />\n\
        </particle>\n<particle nSpots=\"1\"><detection t=\"1\" x=\"7\" y=\"8\" z=\"0.0\" /></particle>\n</Tracks>\n";

    #[test]
    fn exported_tracks_are_numbered_in_their_order() {
        let table = read(EXPORT, &ReadOptions::default()).unwrap();
        assert_eq!((table.ids, table.individuals), (vec!["0".into(), "1".into()], vec![0, 0, 1]));
        assert_eq!(table.times, [0.0, 1.0, 0.5]);
        assert_eq!(table.coordinates, [[1.0, 1.5, 7.0], [2.0, 2.0, 8.0]]);
        assert_eq!(table.units, Units { length: "µm".into(), time: "s".into() });
        assert!(!table.origin.time_is_frames);
        let options = ReadOptions { frame_interval: Some(10.0), ..Default::default() };
        assert_eq!(read(EXPORT, &options).unwrap().times, [0.0, 20.0, 10.0]);
        let frames = EXPORT.replace("timeUnits=\"s\"", "timeUnits=\"frame\"");
        let table = read(&frames, &ReadOptions::default()).unwrap();
        assert_eq!((table.times, table.origin.time_is_frames), (vec![0.0, 2.0, 1.0], true));
    }

    fn session(spots: &[(i64, u32, f64)], tracks: &[&[(i64, i64)]], shown: &[usize]) -> String {
        let mut text =
            "<TrackMate version=\"7\"><Model spatialunits=\"pixel\" timeunits=\"a&amp;b\">\
            <AllSpots>"
                .to_owned();
        for (id, frame, x) in spots {
            text += &format!(
                "<Spot ID=\"{id}\" FRAME=\"{frame}\" POSITION_X=\"{x}\" POSITION_Y=\"1\" \
                 POSITION_Z=\"0\" POSITION_T=\"{}\">1 2 3</Spot>\n",
                f64::from(*frame) * 0.25
            );
        }
        text += "</AllSpots><AllTracks>";
        for (id, links) in tracks.iter().enumerate() {
            text += &format!("<Track TRACK_ID=\"{id}\">");
            for (from, to) in *links {
                text += &format!("<Edge SPOT_SOURCE_ID=\"{from}\" SPOT_TARGET_ID=\"{to}\"/>");
            }
            text += "</Track>";
        }
        text += "</AllTracks><FilteredTracks>";
        for id in shown {
            text += &format!("<TrackID TRACK_ID=\"{id}\"/>");
        }
        text + "</FilteredTracks></Model></TrackMate>"
    }

    #[test]
    fn a_session_with_a_division_a_lone_and_a_hidden_spot() {
        let spots = [(5, 0, 1.0), (4, 1, 2.0), (3, 2, 3.0), (9, 3, 4.0), (1, 0, 5.0), (2, 1, 6.0)];
        let spots = [&spots[..], &[(7, 0, 9.0), (8, 2, 7.5)]].concat();
        let text = session(&spots, &[&[(5, 4), (4, 3), (4, 9)], &[(1, 2), (2, 77)]], &[0]);
        let table = read(&text, &ReadOptions::default()).unwrap();
        assert_eq!(table.ids, ["0.1", "0.2", "0.3"]);
        assert_eq!(table.divisions, [(0, 1), (0, 2)]);
        // In the order of the file.
        assert_eq!(table.individuals, [0, 0, 1, 2]);
        assert_eq!(table.times, [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(table.units, Units { length: "px".into(), time: "a&b".into() });
        assert_eq!(table.origin.n_untracked, 2);
        let notes = table.origin.notes.join("\n");
        assert!(notes.contains("left out: 1 tracks, 2 spots"), "{notes}");
        assert!(notes.contains("not in the file, left out: 1"), "{notes}");
        let options = ReadOptions { frame_interval: Some(2.0), ..Default::default() };
        assert_eq!(read(&text, &options).unwrap().times, [0.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, expected) in [
            (&EXPORT[..250], "a.xml, line 7: the text ends inside of 2 elements"),
            (&EXPORT[..200], "a.xml, line 5: syntax error: "),
            ("<Tracks>\n\n<particle>", "a.xml, line 3: the text ends inside of 2 elements"),
            ("<?xml version=\"1.0\"?>", "a.xml, line 1: the text ends before any element"),
            ("<Tracks><detection t=\"0\" x=\"?\" y=\"1\"/></Tracks>", "a.xml, line 1: x is \"?\""),
            ("<Tracks><detection t=\"0\" x=\"1\"/></Tracks>", "a.xml, line 1: a detection lacks"),
            ("<TrackMate><Edge/></TrackMate>", "a.xml, line 1: a link lacks one of its spots"),
            ("<TrackMate>\n<Spot ID=\"1\"/></TrackMate>", "a.xml, line 2: a spot lacks its ID"),
            ("<kml>", "a.xml is XML with the root \"kml\": give a session"),
            ("<TrackMate></TrackMate>", "a.xml holds no row of a track"),
        ] {
            let error = read(text, &ReadOptions::default()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
