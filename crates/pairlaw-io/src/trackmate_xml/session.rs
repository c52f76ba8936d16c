//! Sessions of TrackMate: spots, links between them, and which tracks are shown.

use std::collections::BTreeSet;

use pairlaw_data::Units;
use quick_xml::events::BytesStart;

use super::document::{Document, counts_frames};
use crate::builder::TableBuilder;
use crate::chains::Chains;
use crate::{IoError, ReadOptions};

/// A detection of a session.
struct Spot {
    id: i64,
    frame: f64,
    /// In the time unit of the session.
    time: f64,
    position: [f64; 3],
}

/// What a session holds.
#[derive(Default)]
pub(super) struct Session {
    units: Units,
    image: Option<String>,
    spots: Vec<Spot>,
    /// Ids of two spots and the index of the track.
    links: Vec<(i64, i64, usize)>,
    tracks: Vec<String>,
    /// Tracks that TrackMate shows; none before they are listed.
    shown: Option<BTreeSet<String>>,
}

impl Session {
    pub(super) fn take(
        &mut self,
        document: &Document<'_>,
        element: &BytesStart<'_>,
    ) -> Result<(), IoError> {
        match element.name().0 {
            "Model" => {
                self.units.length = document.attribute(element, "spatialunits")?;
                self.units.time = document.attribute(element, "timeunits")?;
            }
            "Spot" => self.spots.push(spot(document, element)?),
            "Track" => self.tracks.push(document.attribute(element, "TRACK_ID")?),
            "Edge" => self.links.push(self.link(document, element)?),
            "FilteredTracks" => self.shown = Some(self.shown.take().unwrap_or_default()),
            "TrackID" => {
                let id = document.attribute(element, "TRACK_ID")?;
                self.shown.get_or_insert_default().insert(id);
            }
            "ImageData" => {
                let size = document.attribute(element, "pixelwidth")?;
                let interval = document.attribute(element, "timeinterval")?;
                self.image = Some(format!("image: pixel width {size}, time interval {interval}"));
            }
            _ => {}
        }
        Ok(())
    }

    fn link(
        &self,
        document: &Document<'_>,
        element: &BytesStart<'_>,
    ) -> Result<(i64, i64, usize), IoError> {
        let (mut from, mut to) = (None, None);
        document.attributes(element, |name, value| {
            match name {
                "SPOT_SOURCE_ID" => from = Some(document.number(name, &value)?),
                "SPOT_TARGET_ID" => to = Some(document.number(name, &value)?),
                _ => {}
            }
            Ok(())
        })?;
        match (from, to, self.tracks.len().checked_sub(1)) {
            (Some(from), Some(to), Some(track)) => Ok((from, to, track)),
            _ => Err(document.damaged("a link lacks one of its spots, or its track".to_owned())),
        }
    }

    /// Rows in the order of the file.
    pub(super) fn table(mut self, options: &ReadOptions) -> TableBuilder {
        let mut builder = TableBuilder::new(3, options);
        builder.notes.push("format: a TrackMate session; tracks follow its links".to_owned());
        builder.notes.extend(self.image.take());
        let (links, labels) = self.linked(&mut builder);
        let frames: Vec<f64> = self.spots.iter().map(|spot| spot.frame).collect();
        let chains = Chains::new(&frames, links);
        builder.notes.extend(chains.note());
        let track = |spot: usize| self.tracks.get(labels[spot] as usize).cloned();
        let ids = chains.ids(track);
        let individuals: Vec<Option<u32>> =
            ids.iter().map(|id| id.as_ref().map(|id| builder.individual(id))).collect();
        let individual = |chain: u32| individuals[chain as usize];
        let pair = |&(a, b): &(u32, u32)| Some((individual(a)?, individual(b)?));
        builder.divisions = chains.divisions.iter().filter_map(pair).collect();
        let (counts, given) = (counts_frames(&self.units.time), options.frame_interval.is_some());
        for (spot, &chain) in self.spots.iter().zip(&chains.of_spot) {
            match individual(chain) {
                Some(individual) => {
                    let time = if given { spot.frame } else { spot.time };
                    builder.push(individual, time, &spot.position);
                }
                None => builder.n_untracked += 1,
            }
        }
        if given && !counts {
            builder.notes.push("times: FRAME times the interval, not POSITION_T".to_owned());
        }
        builder.time_is_frames = counts;
        builder.units = self.units;
        builder
    }

    /// Links between indices of spots, and the track of each spot: no index for those without one.
    /// Tracks that TrackMate hides are left out with their spots.
    fn linked(&mut self, builder: &mut TableBuilder) -> (Vec<(u32, u32)>, Vec<u32>) {
        const HIDDEN: u32 = u32::MAX - 1;
        let mut places: Vec<_> = self.spots.iter().map(|spot| spot.id).zip(0..).collect();
        places.sort_unstable();
        let find = |id: i64| {
            let place = places.binary_search_by_key(&id, |&(id, _)| id).ok()?;
            Some(places[place].1)
        };
        let shows = |track| self.shown.as_ref().is_none_or(|shown| shown.contains(track));
        let is_shown: Vec<bool> = self.tracks.iter().map(shows).collect();
        let mut labels = vec![u32::MAX; self.spots.len()];
        let (mut links, mut n_lost) = (Vec::with_capacity(self.links.len()), 0);
        for &(from, to, track) in &self.links {
            let (Some(from), Some(to)) = (find(from), find(to)) else {
                n_lost += 1;
                continue;
            };
            let label = if is_shown[track] { track as u32 } else { HIDDEN };
            labels[from as usize] = label;
            labels[to as usize] = label;
            links.push((from, to));
        }
        let n_hidden = is_shown.iter().filter(|&&shown| !shown).count();
        if n_hidden > 0 {
            let n = labels.iter().filter(|&&label| label == HIDDEN).count();
            let note =
                format!("hidden by TrackMate's filters, left out: {n_hidden} tracks, {n} spots");
            builder.notes.push(note);
        }
        if n_lost > 0 {
            builder
                .notes
                .push(format!("links to spots that are not in the file, left out: {n_lost}"));
        }
        let kept: Vec<bool> = labels.iter().map(|&label| label != HIDDEN).collect();
        remove_hidden(&mut self.spots, &mut labels, &mut links, &kept);
        (links, labels)
    }
}

/// Spots that are not kept go, with their labels and links.
fn remove_hidden(
    spots: &mut Vec<Spot>,
    labels: &mut Vec<u32>,
    links: &mut Vec<(u32, u32)>,
    kept: &[bool],
) {
    let mut place = Vec::with_capacity(kept.len());
    let mut n_kept = 0_u32;
    for &kept in kept {
        place.push(n_kept);
        n_kept += u32::from(kept);
    }
    links.retain(|&(a, b)| kept[a as usize] && kept[b as usize]);
    for link in links.iter_mut() {
        *link = (place[link.0 as usize], place[link.1 as usize]);
    }
    let mut of_spots = kept.iter();
    spots.retain(|_| of_spots.next() == Some(&true));
    let mut of_labels = kept.iter();
    labels.retain(|_| of_labels.next() == Some(&true));
}

fn spot(document: &Document<'_>, element: &BytesStart<'_>) -> Result<Spot, IoError> {
    let (mut id, mut frame, mut time) = (None, None, None);
    let mut position = [None, None, Some(0.0)];
    document.attributes(element, |name, value| {
        match name {
            "ID" => id = Some(document.number(name, &value)?),
            "FRAME" => frame = Some(document.number(name, &value)?),
            "POSITION_T" => time = Some(document.number(name, &value)?),
            "POSITION_X" => position[0] = Some(document.number(name, &value)?),
            "POSITION_Y" => position[1] = Some(document.number(name, &value)?),
            "POSITION_Z" => position[2] = Some(document.number(name, &value)?),
            _ => {}
        }
        Ok(())
    })?;
    let ([Some(x), Some(y), Some(z)], Some(id)) = (position, id) else {
        return Err(document.damaged("a spot lacks its ID or its position".to_owned()));
    };
    let Some((frame, time)) = frame.or(time).zip(time.or(frame)) else {
        return Err(document.damaged(format!("spot {id} has neither FRAME nor POSITION_T")));
    };
    Ok(Spot { id, frame, time, position: [x, y, z] })
}
