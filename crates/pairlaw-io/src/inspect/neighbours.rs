//! Distances to the nearest neighbour, exact, in some of the frames.

use serde::Serialize;

use crate::inspect::motion::{difference, dot};
use crate::inspect::order::{Order, Track};
use crate::inspect::quantiles::quantile;
use crate::inspect::times::Grid;

/// At most so many frames are looked at.
const MOST_FRAMES: usize = 1000;

/// At most about so many individuals are looked at, each frame counted.
const MOST_POINTS: usize = 100_000;

/// Distances to the nearest neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbours {
    /// Frames looked at, evenly spread over those with two individuals or more.
    pub n_frames: usize,
    /// Frames with two individuals or more.
    pub n_frames_with_pairs: usize,
    /// Distances found, one an individual and frame.
    pub n_distances: usize,
    /// 1 % of the distances are at most this.
    pub percent_1: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// 99 % are at most this.
    pub percent_99: Option<f64>,
    /// Distances of zero: two individuals are exactly at one place.
    pub n_coincident: usize,
}

/// Collects the individuals of the chosen frames, one track after another.
pub(super) struct NeighbourSearch {
    n_frames_with_pairs: usize,
    /// Chosen frames, ascending.
    frames: Vec<i64>,
    points: Vec<Vec<[f64; 3]>>,
}

impl NeighbourSearch {
    /// Chooses among the frames with two individuals or more.
    pub(super) fn new(frames: &[i64], counts: &[u32]) -> Self {
        let full: Vec<usize> = (0..frames.len()).filter(|&k| counts[k] > 1).collect();
        let n_points: usize = full.iter().map(|&k| counts[k] as usize).sum();
        let mean = n_points.checked_div(full.len()).unwrap_or(0).max(1);
        let n = (MOST_POINTS / mean).clamp(1, MOST_FRAMES).min(full.len());
        let chosen: Vec<i64> =
            (0..n).map(|k| frames[full[(2 * k + 1) * full.len() / (2 * n)]]).collect();
        let points = vec![Vec::new(); chosen.len()];
        Self { n_frames_with_pairs: full.len(), frames: chosen, points }
    }

    /// Those who may be there in a chosen frame.
    pub(super) fn individuals(&self, order: &Order<'_>, grid: &Grid) -> Vec<usize> {
        let frame = |row: &u32| grid.frame(order.table.times[*row as usize]);
        let may_be_there = |individual: &usize| {
            let rows = order.rows_of(*individual);
            let ends = rows.first().map(frame).zip(rows.last().map(frame));
            ends.is_some_and(|(first, last)| {
                let next = self.frames.partition_point(|there| *there < first);
                self.frames.get(next).is_some_and(|there| *there <= last)
            })
        };
        (0..order.table.n_individuals()).filter(may_be_there).collect()
    }

    pub(super) fn add(&mut self, track: &Track) {
        let (Some(first), Some(last)) = (track.frames.first(), track.frames.last()) else { return };
        let from = self.frames.partition_point(|frame| frame < first);
        for (k, frame) in self.frames.iter().enumerate().skip(from) {
            if frame > last {
                break;
            }
            let sample = track.frames.partition_point(|there| there < frame);
            if track.frames.get(sample) == Some(frame) {
                self.points[k].push(track.positions[sample]);
            }
        }
    }

    pub(super) fn report(self) -> Neighbours {
        let mut distances = Vec::new();
        for points in self.points {
            let stride = (points.len() / MOST_POINTS).max(1);
            let tree = Tree::new(points);
            distances.extend((0..tree.points.len()).step_by(stride).map(|i| tree.nearest(i)));
        }
        Neighbours {
            n_frames: self.frames.len(),
            n_frames_with_pairs: self.n_frames_with_pairs,
            n_distances: distances.len(),
            percent_1: quantile(&mut distances, 0.01),
            median: quantile(&mut distances, 0.5),
            percent_99: quantile(&mut distances, 0.99),
            n_coincident: distances.iter().filter(|distance| **distance <= 0.0).count(),
        }
    }
}

/// A k-d tree in place: the middle of a range halves it along the axis in which it is widest.
///
/// # Source
/// J. L. Bentley (1975), Commun. ACM 18, 509; J. H. Friedman, J. L. Bentley and R. A. Finkel (1977), ACM Trans. Math.
/// Softw. 3, 209, for the widest axis.
struct Tree {
    points: Vec<[f64; 3]>,
    /// Axis of the range whose middle is this point.
    axes: Vec<u8>,
}

/// Ranges up to this length are searched through.
const LEAF: usize = 8;

impl Tree {
    fn new(mut points: Vec<[f64; 3]>) -> Self {
        // The order of rows must not show in which of many points are asked.
        let order = |a: &[f64; 3], b: &[f64; 3]| {
            (0..3)
                .map(|d| a[d].total_cmp(&b[d]))
                .find(|o| o.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        };
        points.sort_unstable_by(order);
        let mut axes = vec![0; points.len()];
        halve(&mut points, &mut axes);
        Self { points, axes }
    }

    /// Distance of a point to the nearest other one; infinite if it is alone.
    fn nearest(&self, point: usize) -> f64 {
        let mut best = f64::INFINITY;
        self.search(point, 0, self.points.len(), &mut best);
        best.sqrt()
    }

    fn search(&self, point: usize, from: usize, to: usize, best: &mut f64) {
        if to - from <= LEAF {
            (from..to).for_each(|other| self.try_one(point, other, best));
            return;
        }
        let middle = from + (to - from) / 2;
        self.try_one(point, middle, best);
        let axis = usize::from(self.axes[middle]);
        let beyond = self.points[point][axis] - self.points[middle][axis];
        let is_below = if point == middle { true } else { beyond < 0.0 };
        let (near, far) = if is_below {
            ((from, middle), (middle + 1, to))
        } else {
            ((middle + 1, to), (from, middle))
        };
        self.search(point, near.0, near.1, best);
        if beyond * beyond < *best {
            self.search(point, far.0, far.1, best);
        }
    }

    fn try_one(&self, point: usize, other: usize, best: &mut f64) {
        if point != other {
            let between = difference(self.points[point], self.points[other]);
            *best = best.min(dot(between, between));
        }
    }
}

fn halve(points: &mut [[f64; 3]], axes: &mut [u8]) {
    if points.len() <= LEAF {
        return;
    }
    let width = |d: usize| {
        let values = points.iter().map(|x| x[d]);
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        high - low
    };
    let axis = (0..3).max_by(|&a, &b| width(a).total_cmp(&width(b))).unwrap_or(0);
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| a[axis].total_cmp(&b[axis]));
    axes[middle] = axis as u8;
    let (below, above) = points.split_at_mut(middle);
    let (axes_below, axes_above) = axes.split_at_mut(middle);
    halve(below, axes_below);
    halve(&mut above[1..], &mut axes_above[1..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from [0, 1): SplitMix64.
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    #[test]
    fn a_tree_agrees_with_all_pairs() {
        let mut state = 3;
        for (n, n_dimensions) in [(2, 1), (9, 2), (300, 1), (300, 2), (300, 3)] {
            // Clumps: a power makes most coordinates small; every seventh point is doubled.
            let mut points: Vec<[f64; 3]> = (0..n)
                .map(|_| {
                    std::array::from_fn(|d| {
                        if d < n_dimensions { uniform(&mut state).powi(4) } else { 0.0 }
                    })
                })
                .collect();
            (7..n).step_by(7).for_each(|i| points[i] = points[i - 7]);
            let tree = Tree::new(points);
            for i in 0..n {
                let others = (0..n).filter(|j| *j != i);
                let square = |j| {
                    let between = difference(tree.points[i], tree.points[j]);
                    dot(between, between)
                };
                let expected = others.map(square).fold(f64::INFINITY, f64::min).sqrt();
                assert_eq!(tree.nearest(i).to_bits(), expected.to_bits(), "{n} points, {i}");
            }
        }
    }

    #[test]
    fn many_points_at_one_place_are_no_trouble() {
        let tree = Tree::new(vec![[1.0, 2.0, 0.0]; 10_000]);
        assert!((0..10_000).all(|i| tree.nearest(i) <= 0.0));
        assert!(Tree::new(vec![[0.0; 3]]).nearest(0).is_infinite());
    }

    #[test]
    fn frames_are_spread_evenly_and_bounded() {
        let frames: Vec<i64> = (0..5000).collect();
        let search = NeighbourSearch::new(&frames, &vec![2; 5000]);
        assert_eq!((search.frames.len(), search.frames[0], search.frames[999]), (1000, 2, 4997));
        let search = NeighbourSearch::new(&frames, &vec![30_000; 5000]);
        assert_eq!(search.frames, [833, 2500, 4166]);
        let search = NeighbourSearch::new(&frames[..3], &[1, 2, 0]);
        assert_eq!((search.frames, search.n_frames_with_pairs), (vec![1], 1));
    }
}
