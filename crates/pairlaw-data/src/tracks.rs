//! Tracks: who was where in which frame.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::DataError;

/// Uniform times `start_time + k·dt` of the frames `k = 0 … n_frames − 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Time of frame 0, in time units.
    pub start_time: f64,
    /// Time between frames, in time units.
    pub dt: f64,
    /// Number of frames.
    pub n_frames: usize,
}

impl Sampling {
    /// Time of a frame, `start_time + frame·dt`.
    pub fn time(&self, frame: usize) -> f64 {
        self.start_time + frame as f64 * self.dt
    }
}

/// Names of the units of length and time; empty for dimensionless tracks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    /// Unit of positions, such as `"µm"`.
    pub length: String,
    /// Unit of times, such as `"min"`.
    pub time: String,
}

/// One individual in frames without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment<const D: usize> {
    /// Index of the individual among the ids.
    pub individual: usize,
    /// Frame of the first sample.
    pub first_frame: usize,
    /// One position a frame, in length units.
    pub positions: Vec<[f64; D]>,
    /// One velocity a position, in length per time units, if known.
    pub velocities: Option<Vec<[f64; D]>>,
}

impl<const D: usize> Segment<D> {
    /// The frames in which the individual is present.
    pub fn frames(&self) -> Range<usize> {
        self.first_frame..self.first_frame + self.positions.len()
    }
}

/// Recorded individuals, each present in some of uniformly spaced frames.
///
/// Segments are sorted by (individual, first frame). Between two segments of one individual there
/// is at least one frame without it: a gap. All numbers are finite, no segment is empty, and either
/// all segments have velocities or none has. An individual may have no segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracks<const D: usize> {
    ids: Vec<String>,
    sampling: Sampling,
    units: Units,
    segments: Vec<Segment<D>>,
}

impl<const D: usize> Tracks<D> {
    /// Checks and sorts segments, and merges those of one individual that touch.
    ///
    /// # Errors
    ///
    /// The variants of [`DataError`] from `Empty` to `NonFinite`, one for each broken rule.
    pub fn new(
        ids: Vec<String>,
        sampling: Sampling,
        units: Units,
        mut segments: Vec<Segment<D>>,
    ) -> Result<Self, DataError> {
        check_ids(&ids)?;
        check_sampling(sampling)?;
        let has_velocities = segments.first().is_some_and(|s| s.velocities.is_some());
        for segment in &segments {
            check_segment(segment, &ids, sampling.n_frames, has_velocities)?;
        }
        segments.sort_by_key(|s| (s.individual, s.first_frame));
        let segments = merged(segments, &ids)?;
        Ok(Self { ids, sampling, units, segments })
    }

    /// The same individuals and frames with other segments.
    ///
    /// # Errors
    ///
    /// As [`Tracks::new`].
    pub fn with_segments(&self, segments: Vec<Segment<D>>) -> Result<Self, DataError> {
        Self::new(self.ids.clone(), self.sampling, self.units.clone(), segments)
    }

    /// The same tracks with these velocities, one list a segment in the order of
    /// [`Tracks::segments`], one velocity a position.
    ///
    /// # Errors
    ///
    /// [`DataError::VelocityLength`] or [`DataError::NonFinite`].
    ///
    /// # Panics
    ///
    /// If there is not one list a segment.
    pub fn with_velocities(mut self, velocities: Vec<Vec<[f64; D]>>) -> Result<Self, DataError> {
        assert_eq!(
            self.segments.len(),
            velocities.len(),
            "number of segments, number of lists of velocities"
        );
        for (segment, velocities) in self.segments.iter_mut().zip(velocities) {
            segment.velocities = Some(velocities);
        }
        Self::new(self.ids, self.sampling, self.units, self.segments)
    }

    /// The same tracks with other names of units; no number changes.
    pub fn with_units(mut self, units: Units) -> Self {
        self.units = units;
        self
    }

    /// Ids of the individuals.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Number of individuals.
    pub fn n_individuals(&self) -> usize {
        self.ids.len()
    }

    /// The times of the frames.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Number of frames.
    pub fn n_frames(&self) -> usize {
        self.sampling.n_frames
    }

    /// Time between frames, in time units.
    pub fn dt(&self) -> f64 {
        self.sampling.dt
    }

    /// Time of frame 0, in time units.
    pub fn start_time(&self) -> f64 {
        self.sampling.start_time
    }

    /// Time of a frame, in time units.
    pub fn time(&self, frame: usize) -> f64 {
        self.sampling.time(frame)
    }

    /// Names of the units.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// All segments, sorted by (individual, first frame).
    pub fn segments(&self) -> &[Segment<D>] {
        &self.segments
    }

    /// The segments of one individual, sorted by first frame.
    pub fn segments_of(&self, individual: usize) -> &[Segment<D>] {
        let start = self.segments.partition_point(|s| s.individual < individual);
        let rest = &self.segments[start..];
        &rest[..rest.partition_point(|s| s.individual == individual)]
    }

    /// Number of samples, over all individuals.
    pub fn n_samples(&self) -> usize {
        self.segments.iter().map(|s| s.positions.len()).sum()
    }

    /// Whether velocities are known.
    pub fn has_velocities(&self) -> bool {
        self.segments.first().is_some_and(|s| s.velocities.is_some())
    }
}

fn check_ids(ids: &[String]) -> Result<(), DataError> {
    if ids.is_empty() {
        return Err(DataError::Empty);
    }
    let mut seen = BTreeSet::new();
    match ids.iter().find(|id| !seen.insert(id.as_str())) {
        Some(id) => Err(DataError::DuplicateId { id: id.clone() }),
        None => Ok(()),
    }
}

fn check_sampling(sampling: Sampling) -> Result<(), DataError> {
    let Sampling { start_time, dt, n_frames } = sampling;
    // The end is finite only if the start and the step are.
    if n_frames > 0 && dt > 0.0 && sampling.time(n_frames - 1).is_finite() {
        return Ok(());
    }
    Err(DataError::BadSampling { start_time, dt, n_frames })
}

fn check_segment<const D: usize>(
    segment: &Segment<D>,
    ids: &[String],
    n_frames: usize,
    has_velocities: bool,
) -> Result<(), DataError> {
    let (individual, first_frame) = (segment.individual, segment.first_frame);
    let length = segment.positions.len();
    let Some(id) = ids.get(individual) else {
        return Err(DataError::UnknownIndividual { individual, n_individuals: ids.len() });
    };
    let id = || id.clone();
    if length == 0 {
        return Err(DataError::EmptySegment { id: id(), first_frame });
    }
    if first_frame >= n_frames || length > n_frames - first_frame {
        return Err(DataError::BeyondEnd { id: id(), first_frame, length, n_frames });
    }
    if segment.velocities.is_some() != has_velocities {
        return Err(DataError::MixedVelocities { id: id(), first_frame });
    }
    check_finite("position", segment, &segment.positions, ids)?;
    let Some(velocities) = &segment.velocities else {
        return Ok(());
    };
    if velocities.len() != length {
        return Err(DataError::VelocityLength {
            id: id(),
            first_frame,
            positions: length,
            velocities: velocities.len(),
        });
    }
    check_finite("velocity", segment, velocities, ids)
}

fn check_finite<const D: usize>(
    quantity: &'static str,
    segment: &Segment<D>,
    values: &[[f64; D]],
    ids: &[String],
) -> Result<(), DataError> {
    let values = values.as_flattened();
    match values.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(DataError::NonFinite {
            quantity,
            id: ids[segment.individual].clone(),
            frame: segment.first_frame + at / D,
            dimension: at % D,
            value: values[at],
        }),
        None => Ok(()),
    }
}

/// Sorted segments with touching ones joined.
fn merged<const D: usize>(
    sorted: Vec<Segment<D>>,
    ids: &[String],
) -> Result<Vec<Segment<D>>, DataError> {
    let mut segments: Vec<Segment<D>> = Vec::with_capacity(sorted.len());
    for next in sorted {
        let before = segments.last_mut().filter(|s| s.individual == next.individual);
        match before {
            Some(last) if next.first_frame < last.frames().end => {
                return Err(DataError::Duplicate {
                    id: ids[next.individual].clone(),
                    frame: next.first_frame,
                });
            }
            Some(last) if next.first_frame == last.frames().end => append(last, next),
            _ => segments.push(next),
        }
    }
    Ok(segments)
}

fn append<const D: usize>(last: &mut Segment<D>, next: Segment<D>) {
    last.positions.extend(next.positions);
    if let (Some(velocities), Some(more)) = (&mut last.velocities, next.velocities) {
        velocities.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLING: Sampling = Sampling { start_time: 1.0, dt: 0.5, n_frames: 10 };

    fn segment(individual: usize, first_frame: usize, x: &[f64]) -> Segment<2> {
        Segment {
            individual,
            first_frame,
            positions: x.iter().map(|&x| [x, -x]).collect(),
            velocities: None,
        }
    }

    fn moving(individual: usize, first_frame: usize, x: &[f64]) -> Segment<2> {
        let still = segment(individual, first_frame, x);
        Segment {
            velocities: Some(still.positions.iter().map(|p| [2.0 * p[0], 0.0]).collect()),
            ..still
        }
    }

    fn ids(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("id{i}")).collect()
    }

    fn tracks(segments: &[Segment<2>]) -> Result<Tracks<2>, DataError> {
        Tracks::new(ids(3), SAMPLING, Units::default(), segments.to_vec())
    }

    fn runs(tracks: &Tracks<2>) -> Vec<(usize, Range<usize>)> {
        let segments = tracks.segments().iter();
        segments.map(|s| (s.individual, s.frames())).collect()
    }

    #[test]
    fn touching_segments_are_merged() {
        let tracks = tracks(&[
            moving(1, 6, &[6.0]),
            moving(1, 2, &[2.0, 3.0]),
            moving(0, 4, &[9.0]),
            moving(1, 4, &[4.0]),
        ]);
        let tracks = tracks.unwrap();
        assert_eq!(runs(&tracks), [(0, 4..5), (1, 2..5), (1, 6..7)]);
        assert_eq!(tracks.segments()[1], moving(1, 2, &[2.0, 3.0, 4.0]));
        assert_eq!(tracks.segments_of(1).len(), 2);
        assert!(tracks.segments_of(2).is_empty());
        assert_eq!((tracks.n_samples(), tracks.time(4)), (5, 3.0));
    }

    /// A change of one thing in sound segments, and the error it must give.
    #[test]
    fn broken_segments_are_refused_by_name() {
        let nan = f64::NAN;
        let no_velocity = Segment { velocities: Some(vec![]), ..segment(0, 3, &[1.0]) };
        let nan_velocity =
            Segment { velocities: Some(vec![[0.0; 2], [0.0, nan]]), ..segment(0, 3, &[1.0, 1.0]) };
        type Expected = fn(&DataError) -> bool;
        let cases: [(&[Segment<2>], Expected); 10] = [
            (&[segment(3, 0, &[1.0])], |e| {
                matches!(e, DataError::UnknownIndividual { individual: 3, n_individuals: 3 })
            }),
            (&[segment(0, 5, &[])], |e| {
                matches!(e, DataError::EmptySegment { first_frame: 5, .. })
            }),
            (&[segment(0, 9, &[1.0, 2.0])], |e| {
                matches!(e, DataError::BeyondEnd { length: 2, n_frames: 10, .. })
            }),
            (&[segment(0, usize::MAX, &[1.0, 2.0])], |e| matches!(e, DataError::BeyondEnd { .. })),
            (&[segment(0, 1, &[1.0, 2.0]), segment(0, 2, &[1.0])], |e| {
                matches!(e, DataError::Duplicate { frame: 2, .. })
            }),
            (&[segment(0, 1, &[1.0]), segment(0, 1, &[1.0])], |e| {
                matches!(e, DataError::Duplicate { frame: 1, .. })
            }),
            (
                &[segment(0, 1, &[1.0]), moving(1, 1, &[1.0])],
                |e| matches!(e, DataError::MixedVelocities { id, .. } if id == "id1"),
            ),
            (&[no_velocity], |e| {
                matches!(e, DataError::VelocityLength { positions: 1, velocities: 0, .. })
            }),
            (&[segment(2, 4, &[1.0, nan])], |e| {
                matches!(
                    e,
                    DataError::NonFinite { quantity: "position", frame: 5, dimension: 0, .. }
                )
            }),
            (&[nan_velocity], |e| {
                matches!(
                    e,
                    DataError::NonFinite { quantity: "velocity", frame: 4, dimension: 1, .. }
                )
            }),
        ];
        for (segments, expected) in cases {
            let error = tracks(segments).unwrap_err();
            assert!(expected(&error), "{error}");
        }
    }

    #[test]
    fn broken_ids_and_sampling_are_refused_by_name() {
        let new = |ids, sampling| Tracks::<1>::new(ids, sampling, Units::default(), vec![]);
        assert!(matches!(new(vec![], SAMPLING), Err(DataError::Empty)));
        let twice = vec!["x".to_owned(), "y".to_owned(), "x".to_owned()];
        assert!(matches!(new(twice, SAMPLING), Err(DataError::DuplicateId { id }) if id == "x"));
        let sampling = |start_time, dt, n_frames| Sampling { start_time, dt, n_frames };
        let bad = [
            sampling(f64::NAN, 0.5, 10),
            sampling(f64::NEG_INFINITY, 0.5, 10),
            sampling(0.0, 0.0, 10),
            sampling(0.0, -0.5, 10),
            sampling(0.0, f64::NAN, 10),
            sampling(0.0, f64::INFINITY, 1),
            sampling(0.0, 1e308, 3),
            sampling(0.0, 0.5, 0),
        ];
        for sampling in bad {
            let result = new(ids(1), sampling);
            assert!(matches!(result, Err(DataError::BadSampling { .. })), "{sampling:?}");
        }
    }

    #[test]
    fn velocities_and_units_are_replaced() {
        let still = tracks(&[segment(0, 0, &[1.0, 2.0])]).unwrap();
        assert!(!still.has_velocities());
        let units = Units { length: "µm".into(), time: "min".into() };
        let velocities = vec![vec![[2.0, 0.0], [4.0, 0.0]]];
        let tracks = still.clone().with_velocities(velocities).unwrap();
        let tracks = tracks.with_units(units.clone());
        assert_eq!(tracks.segments(), [moving(0, 0, &[1.0, 2.0])]);
        assert_eq!(tracks.units(), &units);
        let short = still.with_velocities(vec![vec![[0.0; 2]]]);
        assert!(matches!(short, Err(DataError::VelocityLength { .. })));
    }
}
