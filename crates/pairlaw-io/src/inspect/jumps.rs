//! Steps far beyond an individual's own, and pairs that exchange their places in one.

use serde::Serialize;

use crate::TrackTable;
use crate::inspect::motion::{difference, norm};
use crate::inspect::order::Track;
use crate::inspect::place::Place;
use crate::inspect::quantiles::median;

/// Steps that an individual needs for its own limit.
const FEWEST_STEPS: usize = 8;

/// Robust standard deviations above the median from which on a step is a jump.
const DEVIATIONS: f64 = 10.0;

/// A jump has at least so many median steps.
const FEWEST_MEDIANS: f64 = 5.0;

/// A jump is as much beyond the steps around it, so many on either side.
const AROUND: usize = 3;

/// So many jumps of a frame, along x, are tried as the other half of an exchange: a camera that moves makes
/// everybody jump at once.
const MOST_CANDIDATES: usize = 500;

/// Standard deviation of a normal variable over the median of its magnitude.
const SIGMA_PER_MEDIAN: f64 = 1.482_602_218_505_602;

/// Steps far beyond the individuals' own, and far beyond those just before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Jumps {
    /// Number of jumps.
    pub n: usize,
    /// Individuals with at least one.
    pub n_individuals: usize,
    /// Most of them from one frame to the next: if it is nearly everybody, the camera or the stage moved.
    pub most_at_once: usize,
    /// Pairs that exchange their places from a frame to the next: their ids were swapped.
    pub n_swaps: usize,
    /// The first jump in the file.
    pub first: Option<Jump>,
    /// The longest in terms of its individual's usual step.
    pub largest: Option<Jump>,
    /// The first exchange in the file: rows of both after it.
    pub first_swap: Option<[Place; 2]>,
}

/// A step far beyond the individual's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Jump {
    /// Id of the individual.
    pub id: String,
    /// The row after it.
    pub place: Place,
    /// Its length.
    pub length: f64,
    /// Median step of the individual.
    pub usual: f64,
}

struct Leap {
    individual: u32,
    row: u32,
    frame: i64,
    from: [f64; 3],
    to: [f64; 3],
    usual: f64,
    limit: f64,
}

impl Leap {
    fn length(&self) -> f64 {
        norm(difference(self.to, self.from))
    }

    fn excess(&self) -> f64 {
        self.length() / self.usual.max(f64::MIN_POSITIVE)
    }

    fn jump(&self, table: &TrackTable) -> Jump {
        Jump {
            id: table.ids[self.individual as usize].clone(),
            place: Place::of(table, self.row as usize),
            length: self.length(),
            usual: self.usual,
        }
    }
}

/// Collects jumps, one track after another.
#[derive(Default)]
pub(super) struct JumpSearch {
    leaps: Vec<Leap>,
    n_individuals: usize,
    lengths: Vec<f64>,
    sorted: Vec<f64>,
}

impl JumpSearch {
    /// Steps over gaps count by their length per usual step.
    pub(super) fn add(&mut self, track: &Track) {
        let step = |k: usize| norm(difference(track.positions[k + 1], track.positions[k]));
        let n_steps = track.rows.len().saturating_sub(1);
        self.lengths.clear();
        self.lengths.extend((0..n_steps).map(|k| step(k) / track.steps_after(k) as f64));
        let Some((usual, limit)) = self.limit() else { return };
        let before = self.leaps.len();
        for k in 0..n_steps {
            if self.lengths[k] <= limit || self.lengths[k] <= FEWEST_MEDIANS * self.around(k) {
                continue;
            }
            self.leaps.push(Leap {
                individual: track.individual,
                row: track.rows[k + 1],
                frame: track.frames[k + 1],
                from: track.positions[k],
                to: track.positions[k + 1],
                usual,
                limit,
            });
        }
        self.n_individuals += usize::from(self.leaps.len() > before);
    }

    /// Median of the steps around one, the upper of two: large as soon as an individual starts to run.
    fn around(&self, step: usize) -> f64 {
        let range = step.saturating_sub(AROUND)..(step + AROUND + 1).min(self.lengths.len());
        let mut others = [0.0; 2 * AROUND];
        let mut n = 0;
        for k in range.filter(|k| *k != step) {
            others[n] = self.lengths[k];
            n += 1;
        }
        others[..n].sort_unstable_by(f64::total_cmp);
        others[n / 2]
    }

    /// Median of the steps, and what a jump exceeds:
    ///
    /// ```text
    /// max(median + 10·1.4826·MAD, 5·median)
    /// ```
    ///
    /// Steps of length zero are left out: where positions are held or rounded they are no measure.
    fn limit(&mut self) -> Option<(f64, f64)> {
        self.sorted.clear();
        self.sorted.extend(self.lengths.iter().filter(|length| **length > 0.0));
        if self.sorted.len() < FEWEST_STEPS {
            return None;
        }
        let usual = median(&mut self.sorted)?;
        self.sorted.iter_mut().for_each(|length| *length = (*length - usual).abs());
        let spread = SIGMA_PER_MEDIAN * median(&mut self.sorted)?;
        Some((usual, (usual + DEVIATIONS * spread).max(FEWEST_MEDIANS * usual)))
    }

    pub(super) fn report(mut self, table: &TrackTable) -> Jumps {
        // Rows of equal individuals and times may be in any order.
        let first = self.leaps.iter().min_by_key(|leap| leap.row);
        let larger = |a: &&Leap, b: &&Leap| {
            let excess = a.excess().total_cmp(&b.excess());
            excess.then_with(|| (b.individual, b.frame).cmp(&(a.individual, a.frame)))
        };
        let largest = self.leaps.iter().max_by(larger);
        let (first, largest) =
            (first.map(|leap| leap.jump(table)), largest.map(|leap| leap.jump(table)));
        let swaps = swaps(&mut self.leaps);
        let at_once = self.leaps.chunk_by(|a, b| a.frame == b.frame).map(<[Leap]>::len);
        let first_swap = swaps.iter().map(|(a, b)| [*a.min(b), *a.max(b)]).min();
        Jumps {
            n: self.leaps.len(),
            n_individuals: self.n_individuals,
            most_at_once: at_once.max().unwrap_or(0),
            n_swaps: swaps.len(),
            first,
            largest,
            first_swap: first_swap.map(|rows| rows.map(|row| Place::of(table, row as usize))),
        }
    }
}

/// Pairs of jumps in one frame of which each ends about where the other began; each jump is of one pair
/// at most.
fn swaps(leaps: &mut [Leap]) -> Vec<(u32, u32)> {
    let by_place = |a: &Leap, b: &Leap| {
        let key = |leap: &Leap| (leap.frame, leap.individual);
        a.frame.cmp(&b.frame).then(a.from[0].total_cmp(&b.from[0])).then(key(a).cmp(&key(b)))
    };
    leaps.sort_unstable_by(by_place);
    let mut found = Vec::new();
    for together in leaps.chunk_by(|a, b| a.frame == b.frame) {
        let mut is_paired = vec![false; together.len()];
        let widest = together.iter().map(|leap| leap.limit).fold(0.0, f64::max);
        for (i, a) in together.iter().enumerate() {
            let from = together.partition_point(|b| b.from[0] < a.to[0] - widest);
            let partner = (from..together.len())
                .take_while(|&j| together[j].from[0] <= a.to[0] + widest)
                .take(MOST_CANDIDATES)
                .find(|&j| j > i && !is_paired[i] && !is_paired[j] && exchange(a, &together[j]));
            if let Some(j) = partner {
                (is_paired[i], is_paired[j]) = (true, true);
                found.push((a.row, together[j].row));
            }
        }
    }
    found
}

/// Whether each ends within a usual step of where the other began, one that is no jump.
fn exchange(a: &Leap, b: &Leap) -> bool {
    let near = |to: &Leap, from: &Leap| norm(difference(to.to, from.from)) <= from.limit;
    a.individual != b.individual && near(a, b) && near(b, a)
}
