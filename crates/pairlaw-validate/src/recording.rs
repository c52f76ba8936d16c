//! A recording prepared for forward simulation: whom to simulate, among which neighbours.

use std::array;
use std::cmp::Reverse;
use std::ops::Range;

use pairlaw_data::{Segment, Tracks};
use pairlaw_law::{Focal, Neighbours, Order, Surroundings};

use crate::ValidateError;
use crate::pchip::{hermite_weights, pchip_slopes};

/// Tracks with velocities, ready to simulate any one individual among all others as recorded.
///
/// The *window* of an individual holds the first `round(share · n_frames)` samples of its longest
/// segment (of equal ones the first), fewer where the segment is shorter. In the interval from
/// frame k to k + 1 its neighbours are all whose segments cover both frames, itself included, with
/// positions and velocities each interpolated by [`pchip_slopes`] over whole segments.
///
/// # Source
/// Messenger et al. (2022), section 3.4.
#[derive(Clone, Debug)]
pub struct Recording<const D: usize> {
    pub(crate) dt: f64,
    pub(crate) n_reference: f64,
    pub(crate) windows: Vec<Option<Window<D>>>,
    /// Interval `k` lies between frames `k` and `k + 1`; none lies after the last window.
    pub(crate) intervals: Vec<Interval<D>>,
    pub(crate) surroundings: Surroundings<D>,
    pub(crate) order: Order,
}

impl<const D: usize> Recording<D> {
    /// Prepares tracks; `share` is the part of the frames to simulate and `n_reference` the
    /// number N that sums over neighbours are divided by, present or not.
    ///
    /// # Errors
    /// [`ValidateError::NoVelocities`], [`ValidateError::BadShare`],
    /// [`ValidateError::BadReference`], [`ValidateError::TooLarge`].
    pub fn new(tracks: &Tracks<D>, share: f64, n_reference: f64) -> Result<Self, ValidateError> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(ValidateError::BadShare { share });
        }
        if !(n_reference > 0.0 && n_reference.is_finite()) {
            return Err(ValidateError::BadReference { n_reference });
        }
        let n_samples = (share * tracks.n_frames() as f64).round() as usize;
        let windows: Vec<_> = (0..tracks.n_individuals())
            .map(|i| Window::new(tracks.segments_of(i), n_samples))
            .collect::<Result<_, _>>()?;
        let end = windows.iter().flatten().map(|w| w.frames().end).max();
        Ok(Self {
            dt: tracks.dt(),
            n_reference,
            windows,
            intervals: intervals(tracks, end.map_or(0, |end| end - 1))?,
            surroundings: Surroundings::default(),
            order: Order::Second,
        })
    }

    /// The same recording for laws of this order.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The same recording with what one-body terms know besides the state: walls, an origin, preferred
    /// directions in the order of the individuals. [`Surroundings::check`] tells whether a law's terms
    /// find there what they ask for.
    #[must_use]
    pub fn with_surroundings(mut self, surroundings: Surroundings<D>) -> Self {
        self.surroundings = surroundings;
        self
    }

    /// Number of individuals.
    #[must_use]
    pub fn n_individuals(&self) -> usize {
        self.windows.len()
    }

    /// The frames of an individual's window; none if it has fewer than two samples.
    ///
    /// # Panics
    /// If `individual` is too large.
    #[must_use]
    pub fn window(&self, individual: usize) -> Option<Range<usize>> {
        self.windows[individual].as_ref().map(Window::frames)
    }
}

/// What a simulation starts from and is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Window<const D: usize> {
    pub(crate) individual: usize,
    pub(crate) first_frame: usize,
    pub(crate) start: Focal<D>,
    pub(crate) velocities: Vec<[f64; D]>,
    /// `Σ_k |v(t_k)|²`.
    pub(crate) velocity_square: f64,
}

impl<const D: usize> Window<D> {
    fn new(segments: &[Segment<D>], n_samples: usize) -> Result<Option<Self>, ValidateError> {
        let longest = |s: &&Segment<D>| Reverse(s.positions.len());
        let Some(segment) = segments.iter().min_by_key(longest) else {
            return Ok(None);
        };
        let n_samples = n_samples.min(segment.positions.len());
        if n_samples < 2 {
            return Ok(None);
        }
        let individual = segment.individual;
        let velocities = velocities(segment)?[..n_samples].to_vec();
        let velocity_square: f64 = velocities.as_flattened().iter().map(|v| v * v).sum();
        if velocity_square.is_infinite() {
            return Err(ValidateError::TooLarge { individual });
        }
        Ok(Some(Self {
            individual,
            first_frame: segment.first_frame,
            start: Focal { position: segment.positions[0], velocity: velocities[0] },
            velocities,
            velocity_square,
        }))
    }

    pub(crate) fn frames(&self) -> Range<usize> {
        self.first_frame..self.first_frame + self.velocities.len()
    }
}

fn velocities<const D: usize>(segment: &Segment<D>) -> Result<&[[f64; D]], ValidateError> {
    let velocities = segment.velocities.as_deref();
    velocities.ok_or(ValidateError::NoVelocities)
}

/// Everybody between two frames, as cubics in time.
#[derive(Clone, Debug)]
pub(crate) struct Interval<const D: usize> {
    /// Who is there, ascending.
    individuals: Vec<usize>,
    positions: [Cubics; D],
    velocities: [Cubics; D],
}

impl<const D: usize> Interval<D> {
    fn new() -> Self {
        Self {
            individuals: Vec::new(),
            positions: array::from_fn(|_| Cubics::default()),
            velocities: array::from_fn(|_| Cubics::default()),
        }
    }

    /// Where an individual stands whose window covers the interval.
    pub(crate) fn slot(&self, individual: usize) -> usize {
        let found = self.individuals.binary_search(&individual);
        found.expect("the segment of a window covers each interval of the window")
    }
}

fn intervals<const D: usize>(
    tracks: &Tracks<D>,
    n_intervals: usize,
) -> Result<Vec<Interval<D>>, ValidateError> {
    let mut intervals: Vec<Interval<D>> = (0..n_intervals).map(|_| Interval::new()).collect();
    // Segments come by ascending individual, so each interval fills up in that order.
    for segment in tracks.segments() {
        let velocities = velocities(segment)?;
        let series = |samples: &[[f64; D]], d| {
            Series::new(samples, d, tracks.dt())
                .ok_or(ValidateError::TooLarge { individual: segment.individual })
        };
        let Range { start, end } = segment.frames();
        let (start, end) = (start.min(n_intervals), (end - 1).min(n_intervals));
        for d in 0..D {
            let (position, velocity) = (series(&segment.positions, d)?, series(velocities, d)?);
            for (k, interval) in intervals[start..end].iter_mut().enumerate() {
                interval.positions[d].push(&position, k);
                interval.velocities[d].push(&velocity, k);
            }
        }
        for interval in &mut intervals[start..end] {
            interval.individuals.push(segment.individual);
        }
    }
    Ok(intervals)
}

/// One coordinate of a segment with its slopes.
struct Series {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Series {
    /// None if a slope overflows.
    fn new<const D: usize>(samples: &[[f64; D]], d: usize, dt: f64) -> Option<Self> {
        let values: Vec<f64> = samples.iter().map(|sample| sample[d]).collect();
        let slopes = pchip_slopes(&values, dt);
        let finite = slopes.iter().all(|m| m.is_finite());
        finite.then_some(Self { values, slopes })
    }
}

/// `[y_k, m_k, y_{k+1}, m_{k+1}]` of one coordinate, one number a neighbour.
#[derive(Clone, Debug, Default)]
struct Cubics([Vec<f64>; 4]);

impl Cubics {
    fn push(&mut self, Series { values, slopes }: &Series, k: usize) {
        let ends = [values[k], slopes[k], values[k + 1], slopes[k + 1]];
        for (list, number) in self.0.iter_mut().zip(ends) {
            list.push(number);
        }
    }

    fn evaluate(&self, weights: &[f64; 4], to: &mut Vec<f64>) {
        let [y0, m0, y1, m1] = &self.0;
        let [a0, b0, a1, b1] = weights;
        let ends = y0.iter().zip(m0).zip(y1).zip(m1);
        to.clear();
        to.extend(ends.map(|(((y0, m0), y1), m1)| a0 * y0 + b0 * m0 + a1 * y1 + b1 * m1));
    }
}

/// Everybody at one instant, each coordinate contiguous.
pub(crate) struct Snapshot<const D: usize> {
    positions: [Vec<f64>; D],
    velocities: [Vec<f64>; D],
}

impl<const D: usize> Snapshot<D> {
    pub(crate) fn new() -> Self {
        Self {
            positions: array::from_fn(|_| Vec::new()),
            velocities: array::from_fn(|_| Vec::new()),
        }
    }

    /// Moves everybody to a fraction of an interval; allocates only when there are more than ever.
    pub(crate) fn interpolate(&mut self, interval: &Interval<D>, fraction: f64, dt: f64) {
        let weights = hermite_weights(fraction, dt);
        for d in 0..D {
            interval.positions[d].evaluate(&weights, &mut self.positions[d]);
            interval.velocities[d].evaluate(&weights, &mut self.velocities[d]);
        }
    }

    /// Puts an individual into a slot and returns who was there.
    pub(crate) fn replace(&mut self, slot: usize, new: &Focal<D>) -> Focal<D> {
        let old = Focal {
            position: array::from_fn(|d| self.positions[d][slot]),
            velocity: array::from_fn(|d| self.velocities[d][slot]),
        };
        for d in 0..D {
            self.positions[d][slot] = new.position[d];
            self.velocities[d][slot] = new.velocity[d];
        }
        old
    }

    pub(crate) fn neighbours(&self) -> Neighbours<'_, D> {
        Neighbours {
            positions: array::from_fn(|d| &self.positions[d][..]),
            velocities: array::from_fn(|d| &self.velocities[d][..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Units};

    fn segment(individual: usize, first_frame: usize, n: usize) -> Segment<1> {
        Segment {
            individual,
            first_frame,
            positions: (0..n).map(|k| [(10 * individual + k) as f64]).collect(),
            velocities: Some(vec![[1.0]; n]),
        }
    }

    fn tracks(n_frames: usize, segments: Vec<Segment<1>>) -> Tracks<1> {
        let n = 1 + segments.iter().map(|s| s.individual).max().unwrap_or(0);
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames };
        let ids = (0..n).map(|i| i.to_string()).collect();
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    #[test]
    fn a_quarter_of_200_frames_is_50_samples_wherever_the_segment_starts() {
        for (n_frames, first_frame) in [(198, 0), (199, 0), (200, 1)] {
            let tracks = tracks(n_frames, vec![segment(0, first_frame, 198)]);
            let recording = Recording::new(&tracks, 0.25, 1.0).unwrap();
            assert_eq!(recording.window(0), Some(first_frame..first_frame + 50));
            assert_eq!(recording.intervals.len(), first_frame + 49);
        }
    }

    #[test]
    fn the_window_is_of_the_first_longest_segment_and_ends_with_it() {
        let gaps = vec![segment(0, 0, 2), segment(0, 3, 3), segment(0, 7, 3)];
        let recording = Recording::new(&tracks(10, gaps), 0.5, 1.0).unwrap();
        assert_eq!(recording.window(0), Some(3..6));
        let points = vec![segment(1, 0, 1), segment(1, 2, 1)];
        let recording = Recording::new(&tracks(10, points), 0.5, 1.0).unwrap();
        assert_eq!((recording.window(0), recording.window(1)), (None, None));
    }

    #[test]
    fn neighbours_of_an_interval_are_present_at_both_ends() {
        let present = vec![segment(0, 0, 6), segment(1, 1, 2), segment(2, 2, 4)];
        let recording = Recording::new(&tracks(6, present), 1.0, 1.0).unwrap();
        let who = |k: usize| &recording.intervals[k].individuals[..];
        assert_eq!([who(0), who(1), who(2)], [&[0][..], &[0, 1], &[0, 2]]);
        let mut snapshot = Snapshot::new();
        snapshot.interpolate(&recording.intervals[1], 0.5, 1.0);
        // Rounding only: both move along lines, 0 from 1 to 2 and 1 from 10 to 11.
        assert_eq!(snapshot.positions[0], [1.5, 10.5]);
    }

    #[test]
    fn every_error_is_named() {
        let error = |tracks: &Tracks<1>, share, n| Recording::new(tracks, share, n).unwrap_err();
        let good = tracks(4, vec![segment(0, 0, 4)]);
        for share in [0.0, 1.01] {
            assert_eq!(error(&good, share, 1.0), ValidateError::BadShare { share });
        }
        assert!(matches!(error(&good, f64::NAN, 1.0), ValidateError::BadShare { .. }));
        for n_reference in [0.0, f64::INFINITY] {
            let expected = ValidateError::BadReference { n_reference };
            assert_eq!(error(&good, 1.0, n_reference), expected);
        }
        let mut bare = segment(0, 0, 4);
        bare.velocities = None;
        assert_eq!(error(&tracks(4, vec![bare]), 1.0, 1.0), ValidateError::NoVelocities);
        let too_large = ValidateError::TooLarge { individual: 0 };
        let mut fast = segment(0, 0, 4);
        fast.velocities = Some(vec![[1e200]; 4]);
        assert_eq!(error(&tracks(4, vec![fast]), 1.0, 1.0), too_large);
        let mut far = segment(0, 0, 4);
        far.positions[2] = [-f64::MAX];
        far.positions[3] = [f64::MAX];
        assert_eq!(error(&tracks(4, vec![far]), 1.0, 1.0), too_large);
    }
}
