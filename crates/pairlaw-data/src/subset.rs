//! Fewer individuals or frames of tracks.

use std::ops::Range;

use crate::{Sampling, Segment, Tracks};

impl<const D: usize> Tracks<D> {
    /// The chosen individuals in the given order; their frames and times stay.
    ///
    /// # Panics
    ///
    /// If `individuals` is empty, repeats an index or has one that is too large.
    pub fn subset(&self, individuals: &[usize]) -> Self {
        let ids = individuals.iter().map(|&i| self.ids()[i].clone()).collect();
        let chosen = |(new, &old): (usize, &usize)| {
            let renumbered = move |s: &Segment<D>| Segment { individual: new, ..s.clone() };
            self.segments_of(old).iter().map(renumbered)
        };
        let segments = individuals.iter().enumerate().flat_map(chosen).collect();
        Self::new(ids, self.sampling(), self.units().clone(), segments)
            .expect("a subset needs at least one individual, each of them once")
    }

    /// The first `n` frames, or all where there are fewer.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    pub fn first_frames(&self, n: usize) -> Self {
        assert!(n > 0, "the number of frames to keep is zero");
        self.between(0..n.min(self.n_frames()))
    }

    /// The given frames, counted anew from the first of them; their times stay, and so do all
    /// individuals.
    ///
    /// # Panics
    ///
    /// If there is no such frame, or the range is empty.
    pub fn between(&self, frames: Range<usize>) -> Self {
        let (start, n_frames) = (frames.start, self.n_frames());
        assert!(start < frames.end && frames.end <= n_frames, "frames {frames:?} of {n_frames}");
        let cut = |s: &Segment<D>| {
            let range =
                start.saturating_sub(s.first_frame)..frames.end.saturating_sub(s.first_frame);
            let range = range.start.min(s.positions.len())..range.end;
            samples(s, range, 1, s.first_frame.max(start) - start)
        };
        let sampling = Sampling {
            start_time: self.sampling().time(start),
            n_frames: frames.len(),
            ..self.sampling()
        };
        self.resampled(sampling, cut)
    }

    /// Every `k`-th frame from frame 0 on, with `dt` `k` times as long.
    ///
    /// # Panics
    ///
    /// If `k` is zero or `k·dt` is infinite.
    pub fn every(&self, k: usize) -> Self {
        assert!(k > 0, "the frames cannot be taken in steps of zero");
        let thin = |s: &Segment<D>| {
            let first_frame = s.first_frame.div_ceil(k);
            let skipped = (first_frame * k - s.first_frame).min(s.positions.len());
            samples(s, skipped..s.positions.len(), k, first_frame)
        };
        let sampling = Sampling {
            dt: self.dt() * k as f64,
            n_frames: self.n_frames().div_ceil(k),
            ..self.sampling()
        };
        self.resampled(sampling, thin)
    }

    fn resampled(&self, sampling: Sampling, sample: impl Fn(&Segment<D>) -> Segment<D>) -> Self {
        let segments = self.segments().iter().map(sample);
        let segments = segments.filter(|s| !s.positions.is_empty()).collect();
        Self::new(self.ids().to_vec(), sampling, self.units().clone(), segments)
            .expect("taking fewer frames keeps every rule while k·dt is finite")
    }
}

/// Every `step`-th sample of a `range` of a segment, from `first_frame` on.
fn samples<const D: usize>(
    segment: &Segment<D>,
    range: Range<usize>,
    step: usize,
    first_frame: usize,
) -> Segment<D> {
    let range = range.start..range.end.min(segment.positions.len());
    let take = |v: &Vec<[f64; D]>| v[range.clone()].iter().step_by(step).copied().collect();
    Segment {
        individual: segment.individual,
        first_frame,
        positions: take(&segment.positions),
        velocities: segment.velocities.as_ref().map(take),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Units;

    fn moving(individual: usize, first_frame: usize, x: &[f64]) -> Segment<1> {
        Segment {
            individual,
            first_frame,
            positions: x.iter().map(|&x| [x]).collect(),
            velocities: Some(x.iter().map(|&x| [2.0 * x]).collect()),
        }
    }

    fn tracks(segments: &[Segment<1>]) -> Tracks<1> {
        let sampling = Sampling { start_time: 1.0, dt: 0.5, n_frames: 10 };
        let ids = ["id0", "id1", "id2"].map(str::to_owned).to_vec();
        Tracks::new(ids, sampling, Units::default(), segments.to_vec()).unwrap()
    }

    #[test]
    fn a_subset_is_renumbered() {
        let all = [moving(0, 0, &[1.0]), moving(1, 2, &[2.0]), moving(2, 3, &[3.0])];
        let subset = tracks(&all).subset(&[2, 0]);
        assert_eq!(subset.ids(), ["id2", "id0"]);
        assert_eq!(subset.segments(), [moving(0, 3, &[3.0]), moving(1, 0, &[1.0])]);
        assert_eq!(subset.n_frames(), 10);
    }

    #[test]
    #[should_panic(expected = "each of them once")]
    fn a_subset_repeats_nobody() {
        let _ = tracks(&[]).subset(&[1, 1]);
    }

    #[test]
    fn first_frames_cut_segments() {
        let all = tracks(&[moving(0, 1, &[1.0, 2.0, 3.0]), moving(1, 3, &[4.0])]);
        let cut = all.first_frames(3);
        assert_eq!(cut.segments(), [moving(0, 1, &[1.0, 2.0])]);
        assert_eq!((cut.n_frames(), cut.n_individuals()), (3, 3));
        assert_eq!(all.first_frames(99), all);
    }

    #[test]
    fn frames_between_two_are_counted_anew() {
        let all = [
            moving(0, 0, &[0.0, 1.0, 2.0, 3.0]),
            moving(0, 6, &[6.0, 7.0]),
            moving(1, 3, &[3.0]),
            moving(2, 0, &[9.0]),
        ];
        let cut = tracks(&all).between(2..7);
        assert_eq!(
            cut.segments(),
            [moving(0, 0, &[2.0, 3.0]), moving(0, 4, &[6.0]), moving(1, 1, &[3.0])]
        );
        assert_eq!((cut.n_frames(), cut.n_individuals(), cut.time(0)), (5, 3, 2.0));
    }

    #[test]
    #[should_panic(expected = "frames 3..11 of 10")]
    fn frames_that_are_not_there() {
        let _ = tracks(&[]).between(3..11);
    }

    /// Frames 0, 3, 6 and 9 stay; the gap at frames 4 and 5 vanishes between them.
    #[test]
    fn every_third_frame() {
        let all = [moving(0, 2, &[2.0, 3.0]), moving(0, 6, &[6.0, 7.0]), moving(1, 7, &[7.0, 8.0])];
        let thin = tracks(&all).every(3);
        assert_eq!(thin.segments(), [moving(0, 1, &[3.0, 6.0])]);
        assert_eq!((thin.dt(), thin.n_frames(), thin.time(2)), (1.5, 4, 4.0));
    }
}
