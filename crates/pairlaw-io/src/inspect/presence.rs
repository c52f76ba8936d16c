//! Who is there when: lengths of tracks, gaps, individuals per frame, stretches that many stay for.

use serde::Serialize;

use crate::TrackTable;
use crate::inspect::order::Track;
use crate::inspect::place::Place;
use crate::inspect::quantiles::Spread;

/// Lengths of stretches, in frames, for which is told how many individuals stay throughout.
pub const STRETCHES: [u64; 4] = [3, 10, 25, 100];

/// Who is there when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Presence {
    /// Individuals in a frame, over all frames; where times are uneven, over frames that hold any.
    pub per_frame: Spread,
    /// Frames that hold nobody.
    pub n_empty_frames: u64,
    /// Samples of an individual, gaps not counted.
    pub track_lengths: Spread,
    /// Samples in the longest run without a gap of each individual.
    pub longest_runs: Spread,
    /// Individuals with a run of at least [`LONG_RUN`] samples.
    pub n_with_long_run: usize,
    /// Individuals that are there in every frame.
    pub n_in_all_frames: usize,
    /// Samples missing between others of an individual.
    pub gaps: Gaps,
    /// Where most individuals stay throughout, for each of the [`STRETCHES`] that fits in.
    pub stretches: Vec<Stretch>,
}

/// Samples in a row below which a track says little about its forces.
pub const LONG_RUN: usize = 25;

/// Samples missing between others of an individual.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gaps {
    /// Number of gaps.
    pub n: usize,
    /// Individuals with at least one.
    pub n_individuals: usize,
    /// Samples missing in all of them.
    pub n_missing: u64,
    /// Samples missing in the longest.
    pub longest: u64,
    /// The row after the first gap in the file.
    pub first: Option<Place>,
}

/// Frames that many individuals are there in throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Number of frames.
    pub n_frames: u64,
    /// The first of them, counted from the first frame of the record.
    pub first_frame: u64,
    /// Individuals in all of them.
    pub n_individuals: usize,
}

/// Collects presence, one track after another.
pub(super) struct PresenceCount<'a> {
    /// Frames with a row, ascending.
    frames: &'a [i64],
    /// Individuals in each of them.
    counts: Vec<u32>,
    track_lengths: Vec<u64>,
    longest_runs: Vec<u64>,
    n_in_all_frames: usize,
    gaps: Gaps,
    first_gap: Option<u32>,
    /// For each length of stretches: (first frame of a stretch, how many more stay from there on).
    changes: [Vec<(i64, i32)>; STRETCHES.len()],
}

impl<'a> PresenceCount<'a> {
    pub(super) fn new(frames: &'a [i64]) -> Self {
        Self {
            frames,
            counts: vec![0; frames.len()],
            track_lengths: Vec::new(),
            longest_runs: Vec::new(),
            n_in_all_frames: 0,
            gaps: Gaps::default(),
            first_gap: None,
            changes: Default::default(),
        }
    }

    pub(super) fn add(&mut self, track: &Track) {
        if track.rows.is_empty() {
            return;
        }
        self.count_frames(track);
        self.track_lengths.push(track.rows.len() as u64);
        let mut longest = 0;
        for run in track.runs() {
            longest = longest.max(run.len());
            self.stay(track.frames[run.start], track.frames[run.end - 1]);
        }
        self.longest_runs.push(longest as u64);
        let n_frames = self.n_frames();
        self.n_in_all_frames += usize::from(longest as u64 >= n_frames);
        self.add_gaps(track);
    }

    fn n_frames(&self) -> u64 {
        self.frames.last().zip(self.frames.first()).map_or(0, |(b, a)| b.abs_diff(*a) + 1)
    }

    fn count_frames(&mut self, track: &Track) {
        let (mut at, mut last) = (usize::MAX, None);
        for &frame in &track.frames {
            if last == Some(frame) {
                continue;
            }
            last = Some(frame);
            let next = at.wrapping_add(1);
            at = match self.frames.get(next) {
                Some(&there) if there == frame => next,
                _ => self.frames.partition_point(|&there| there < frame),
            };
            self.counts[at] += 1;
        }
    }

    /// Somebody is there from one frame to another.
    fn stay(&mut self, first: i64, last: i64) {
        for (changes, n_frames) in self.changes.iter_mut().zip(STRETCHES) {
            if last.abs_diff(first) + 1 >= n_frames {
                changes.push((first, 1));
                changes.push((last + 2 - n_frames as i64, -1));
            }
        }
    }

    fn add_gaps(&mut self, track: &Track) {
        let before = self.gaps.n;
        for sample in 0..track.rows.len() - 1 {
            let missing = (track.steps_after(sample) - 1) as u64;
            if missing > 0 {
                self.gaps.n += 1;
                self.gaps.n_missing = self.gaps.n_missing.saturating_add(missing);
                self.gaps.longest = self.gaps.longest.max(missing);
                let row = track.rows[sample + 1];
                self.first_gap = Some(self.first_gap.map_or(row, |first| first.min(row)));
            }
        }
        self.gaps.n_individuals += usize::from(self.gaps.n > before);
    }

    /// How many individuals each frame with a row holds.
    pub(super) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Individuals with a row.
    pub(super) fn n_individuals(&self) -> usize {
        self.track_lengths.len()
    }

    pub(super) fn report(mut self, table: &TrackTable, is_uniform: bool) -> Presence {
        let n_empty_frames = self.n_frames() - self.frames.len() as u64;
        let n_with_long_run =
            self.longest_runs.iter().filter(|run| **run >= LONG_RUN as u64).count();
        let mut per_frame: Vec<u64> = self.counts.iter().map(|count| u64::from(*count)).collect();
        if is_uniform {
            // Quantiles of more empty frames than others are zero, however many there are.
            let n_zeros = (n_empty_frames as usize).min(2 * self.frames.len() + 2);
            per_frame.extend(vec![0; n_zeros]);
        }
        let stretches = STRETCHES.iter().zip(self.changes);
        let first_frame = self.frames.first().copied().unwrap_or(0);
        Presence {
            per_frame: Spread::of(&mut per_frame),
            n_empty_frames: if is_uniform { n_empty_frames } else { 0 },
            track_lengths: Spread::of(&mut self.track_lengths),
            longest_runs: Spread::of(&mut self.longest_runs),
            n_with_long_run,
            n_in_all_frames: self.n_in_all_frames,
            gaps: Gaps {
                first: self.first_gap.map(|row| Place::of(table, row as usize)),
                ..self.gaps
            },
            stretches: stretches
                .filter_map(|(&n, changes)| fullest(n, changes, first_frame))
                .collect(),
        }
    }
}

/// The first of the stretches with most individuals.
fn fullest(n_frames: u64, mut changes: Vec<(i64, i32)>, origin: i64) -> Option<Stretch> {
    changes.sort_unstable();
    let (mut here, mut most, mut first) = (0i64, 0, origin);
    for (i, &(frame, change)) in changes.iter().enumerate() {
        here += i64::from(change);
        let is_last_here = changes.get(i + 1).is_none_or(|next| next.0 > frame);
        if is_last_here && here > most {
            (most, first) = (here, frame);
        }
    }
    (most > 0).then(|| Stretch {
        n_frames,
        first_frame: first.abs_diff(origin),
        n_individuals: most as usize,
    })
}
