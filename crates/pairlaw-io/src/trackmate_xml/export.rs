//! TrackMate's simple export: particles of detections.

use quick_xml::events::BytesStart;

use super::document::{Document, counts_frames};
use crate::builder::TableBuilder;
use crate::{IoError, ReadOptions};

/// Rows of a simple export.
pub(super) struct Export {
    pub(super) builder: TableBuilder,
    /// Time of a frame.
    interval: f64,
    given: bool,
    n_tracks: i64,
}

impl Export {
    pub(super) fn new(options: &ReadOptions) -> Self {
        let builder = TableBuilder::new(3, options);
        Self { builder, interval: 1.0, given: options.frame_interval.is_some(), n_tracks: 0 }
    }

    pub(super) fn take(
        &mut self,
        document: &Document<'_>,
        element: &BytesStart<'_>,
    ) -> Result<(), IoError> {
        match element.name().0 {
            "Tracks" => self.header(document, element)?,
            "particle" => self.n_tracks += 1,
            "detection" => {
                let (time, position) = detection(document, element)?;
                let individual = self.builder.numbered((self.n_tracks - 1).max(0));
                self.builder.push(individual, self.interval * time, &position);
            }
            _ => {}
        }
        Ok(())
    }

    /// An interval of 0, or in frames, is none.
    fn header(&mut self, document: &Document<'_>, element: &BytesStart<'_>) -> Result<(), IoError> {
        let units = &mut self.builder.units;
        units.length = document.attribute(element, "spaceUnits")?;
        units.time = document.attribute(element, "timeUnits")?;
        let text = document.attribute(element, "frameInterval")?;
        let interval: f64 =
            if text.is_empty() { 0.0 } else { document.number("frameInterval", &text)? };
        let is_time = interval.is_finite() && interval > 0.0 && !counts_frames(&units.time);
        self.builder.time_is_frames = !is_time;
        let is_used = is_time && !self.given;
        self.interval = if is_used { interval } else { 1.0 };
        let times = if is_used { "frames times" } else { "frames, not" };
        self.builder.notes.push(format!(
            "format: TrackMate's exported tracks, numbered from 0; times: {times} the interval {text:?}"
        ));
        Ok(())
    }
}

fn detection(
    document: &Document<'_>,
    element: &BytesStart<'_>,
) -> Result<(f64, [f64; 3]), IoError> {
    let (mut time, mut position) = (None, [None, None, Some(0.0)]);
    document.attributes(element, |name, value| {
        match name {
            "t" => time = Some(document.number(name, &value)?),
            "x" => position[0] = Some(document.number(name, &value)?),
            "y" => position[1] = Some(document.number(name, &value)?),
            "z" => position[2] = Some(document.number(name, &value)?),
            _ => {}
        }
        Ok(())
    })?;
    match (time, position) {
        (Some(time), [Some(x), Some(y), Some(z)]) => Ok((time, [x, y, z])),
        _ => Err(document.damaged("a detection lacks t, x or y".to_owned())),
    }
}
