//! Tracks in a file, restored to the last bit.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{DataError, Sampling, Segment, Tracks, Units, codec};

const KIND: &str = "tracks";
const VERSION: u32 = 1;

/// What a file holds of [`Tracks`]. A change here is a new [`VERSION`].
#[derive(Serialize, Deserialize)]
struct StoredTracks<'a> {
    dimension: usize,
    ids: Cow<'a, [String]>,
    start_time: f64,
    dt: f64,
    n_frames: usize,
    length_unit: Cow<'a, str>,
    time_unit: Cow<'a, str>,
    segments: Vec<StoredSegment<'a>>,
}

/// A segment with its points one after the other.
#[derive(Serialize, Deserialize)]
struct StoredSegment<'a> {
    individual: usize,
    first_frame: usize,
    positions: Cow<'a, [f64]>,
    velocities: Option<Cow<'a, [f64]>>,
}

impl<const D: usize> Tracks<D> {
    /// Writes tracks to a file wholly or not at all; [`Tracks::load`] restores every bit.
    ///
    /// # Errors
    ///
    /// [`DataError::Write`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        codec::save(path, KIND, VERSION, &stored(self))
    }

    /// Reads tracks from a file that [`Tracks::save`] wrote.
    ///
    /// # Errors
    ///
    /// [`DataError::Read`], those of [`decode`](crate::decode), [`DataError::WrongDimension`], and
    /// those of [`Tracks::new`], since the file's content is checked anew.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, DataError> {
        restored(codec::load(path, KIND, VERSION)?)
    }
}

fn stored<const D: usize>(tracks: &Tracks<D>) -> StoredTracks<'_> {
    StoredTracks {
        dimension: D,
        ids: Cow::Borrowed(tracks.ids()),
        start_time: tracks.start_time(),
        dt: tracks.dt(),
        n_frames: tracks.n_frames(),
        length_unit: Cow::Borrowed(&tracks.units().length),
        time_unit: Cow::Borrowed(&tracks.units().time),
        segments: tracks.segments().iter().map(stored_segment).collect(),
    }
}

fn stored_segment<const D: usize>(segment: &Segment<D>) -> StoredSegment<'_> {
    let velocities = segment.velocities.as_ref();
    StoredSegment {
        individual: segment.individual,
        first_frame: segment.first_frame,
        positions: Cow::Borrowed(segment.positions.as_flattened()),
        velocities: velocities.map(|v| Cow::Borrowed(v.as_flattened())),
    }
}

fn restored<const D: usize>(stored: StoredTracks<'_>) -> Result<Tracks<D>, DataError> {
    if stored.dimension != D {
        return Err(DataError::WrongDimension { expected: D, found: stored.dimension });
    }
    let sampling =
        Sampling { start_time: stored.start_time, dt: stored.dt, n_frames: stored.n_frames };
    let units =
        Units { length: stored.length_unit.into_owned(), time: stored.time_unit.into_owned() };
    let segments: Result<_, _> = stored.segments.iter().map(restored_segment).collect();
    Tracks::new(stored.ids.into_owned(), sampling, units, segments?)
}

fn restored_segment<const D: usize>(stored: &StoredSegment<'_>) -> Result<Segment<D>, DataError> {
    Ok(Segment {
        individual: stored.individual,
        first_frame: stored.first_frame,
        positions: points(&stored.positions)?,
        velocities: stored.velocities.as_deref().map(points).transpose()?,
    })
}

fn points<const D: usize>(coordinates: &[f64]) -> Result<Vec<[f64; D]>, DataError> {
    match coordinates.as_chunks() {
        (points, []) => Ok(points.to_vec()),
        _ => Err(DataError::Ragged { n_values: coordinates.len(), dimension: D }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracks() -> Tracks<2> {
        let sampling = Sampling { start_time: -0.0, dt: 5e-324, n_frames: 4 };
        let units = Units { length: "µm".into(), time: String::new() };
        let segment = |first_frame, x| Segment {
            individual: 0,
            first_frame,
            positions: vec![[x, -0.0]],
            velocities: Some(vec![[f64::MAX, -5e-324]]),
        };
        let segments = vec![segment(0, 1.0), segment(3, 2.0)];
        Tracks::new(vec!["ä".into(), "".into()], sampling, units, segments).unwrap()
    }

    fn load<const D: usize>(stored: &StoredTracks<'_>) -> Result<Tracks<D>, DataError> {
        restored(codec::decode(KIND, VERSION, &codec::encode(KIND, VERSION, stored))?)
    }

    #[test]
    fn tracks_come_back_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tracks");
        tracks().save(&path).unwrap();
        assert_eq!(Tracks::<2>::load(&path).unwrap(), tracks());
    }

    #[test]
    fn another_dimension_is_refused() {
        let error = load::<3>(&stored(&tracks())).unwrap_err();
        assert!(matches!(error, DataError::WrongDimension { expected: 3, found: 2 }), "{error}");
    }

    #[test]
    fn the_content_is_checked_anew() {
        let tracks = tracks();
        let mut ragged = stored(&tracks);
        ragged.segments[1].positions = Cow::Owned(vec![1.0; 3]);
        let error = load::<2>(&ragged).unwrap_err();
        assert!(matches!(error, DataError::Ragged { n_values: 3, dimension: 2 }), "{error}");
        let mut nan = stored(&tracks);
        nan.segments[0].positions = Cow::Owned(vec![1.0, f64::NAN]);
        let error = load::<2>(&nan).unwrap_err();
        assert!(matches!(error, DataError::NonFinite { .. }), "{error}");
    }
}
