//! The individuals of each frame side by side, for loops over neighbours.

use std::array;
use std::ops::Range;

use crate::Tracks;

/// Tracks turned frame by frame, each coordinate contiguous within a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frames<const D: usize> {
    /// Frame `k` holds the samples `offsets[k]..offsets[k + 1]`.
    offsets: Vec<usize>,
    individuals: Vec<u32>,
    positions: [Vec<f64>; D],
    velocities: Option<[Vec<f64>; D]>,
}

/// The individuals present in one frame, ascending, with one slice a dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame<'a, const D: usize> {
    /// Indices of the individuals present, ascending.
    pub individuals: &'a [u32],
    /// `positions[d][j]`: coordinate `d` of `individuals[j]`, in length units.
    pub positions: [&'a [f64]; D],
    /// `velocities[d][j]`, in length per time units, if known.
    pub velocities: Option<[&'a [f64]; D]>,
}

impl<const D: usize> Frames<D> {
    /// Sorts the samples of tracks by (frame, individual).
    ///
    /// # Panics
    ///
    /// If there are more than 2³² individuals.
    pub fn new(tracks: &Tracks<D>) -> Self {
        let offsets = offsets(tracks);
        let n = tracks.n_samples();
        let zeros = || array::from_fn(|_| vec![0.0; n]);
        let mut frames = Self {
            individuals: vec![0; n],
            positions: zeros(),
            velocities: tracks.has_velocities().then(zeros),
            offsets,
        };
        // Segments come by ascending individual, so each frame fills up in that order.
        let mut next = frames.offsets.clone();
        for segment in tracks.segments() {
            let slots = &mut next[segment.frames()];
            frames.individuals_at(slots, segment.individual);
            scatter(&mut frames.positions, slots, &segment.positions);
            if let (Some(to), Some(from)) = (&mut frames.velocities, &segment.velocities) {
                scatter(to, slots, from);
            }
            slots.iter_mut().for_each(|slot| *slot += 1);
        }
        frames
    }

    /// Number of frames.
    pub fn n_frames(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The individuals present in frame `k`.
    ///
    /// # Panics
    ///
    /// If `k` is not below the number of frames.
    pub fn frame(&self, k: usize) -> Frame<'_, D> {
        let range = self.range(k);
        Frame {
            individuals: &self.individuals[range.clone()],
            positions: slices(&self.positions, &range),
            velocities: self.velocities.as_ref().map(|v| slices(v, &range)),
        }
    }

    /// The largest number of individuals present at once.
    pub fn largest(&self) -> usize {
        let present = (0..self.n_frames()).map(|k| self.range(k).len());
        present.max().unwrap_or(0)
    }

    fn range(&self, k: usize) -> Range<usize> {
        self.offsets[k]..self.offsets[k + 1]
    }

    fn individuals_at(&mut self, slots: &[usize], individual: usize) {
        let individual = u32::try_from(individual).expect("at most 2^32 individuals");
        slots.iter().for_each(|&slot| self.individuals[slot] = individual);
    }
}

fn slices<'a, const D: usize>(values: &'a [Vec<f64>; D], range: &Range<usize>) -> [&'a [f64]; D] {
    array::from_fn(|d| &values[d][range.clone()])
}

/// `offsets[k]` is the number of samples before frame `k`.
fn offsets<const D: usize>(tracks: &Tracks<D>) -> Vec<usize> {
    let mut offsets = vec![0; tracks.n_frames() + 1];
    for segment in tracks.segments() {
        segment.frames().for_each(|k| offsets[k + 1] += 1);
    }
    let mut sum = 0;
    for offset in &mut offsets {
        sum += *offset;
        *offset = sum;
    }
    offsets
}

fn scatter<const D: usize>(to: &mut [Vec<f64>; D], slots: &[usize], from: &[[f64; D]]) {
    for (&slot, point) in slots.iter().zip(from) {
        for d in 0..D {
            to[d][slot] = point[d];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sampling, Segment, Units};

    #[test]
    fn individuals_come_and_go() {
        let segment = |individual, first_frame, positions: &[[f64; 2]]| Segment {
            individual,
            first_frame,
            positions: positions.to_vec(),
            velocities: Some(positions.iter().map(|p| [10.0 * p[0], 10.0 * p[1]]).collect()),
        };
        let segments = vec![segment(1, 0, &[[1.0, 2.0], [3.0, 4.0]]), segment(0, 1, &[[5.0, 6.0]])];
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 3 };
        let ids = vec!["a".into(), "b".into()];
        let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
        let frames = Frames::new(&tracks);
        assert_eq!((frames.n_frames(), frames.largest()), (3, 2));
        assert_eq!(frames.frame(0).individuals, [1]);
        let both = frames.frame(1);
        assert_eq!(both.individuals, [0, 1]);
        assert_eq!(both.positions, [[5.0, 3.0], [6.0, 4.0]]);
        assert_eq!(both.velocities.unwrap(), [[50.0, 30.0], [60.0, 40.0]]);
        assert!(frames.frame(2).individuals.is_empty());
    }
}
