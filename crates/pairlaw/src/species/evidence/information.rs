//! How much the track of one individual can say, whatever the law.

use crate::species::cell_systems::CellSystems;
use crate::species::preparation::Preparation;
use pairlaw_sparse::CompressedSystem;
use pairlaw_weak::estimate_noise;
use rayon::prelude::*;
use std::fmt;

/// How much one track can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information {
    /// Pieces of time that do not overlap, times dimensions: `D n / m` for n samples of test functions.
    pub n_independent: f64,
    /// Directions in the space of laws that the system distinguishes: singular values of its matrix with
    /// unit columns above a thousandth of the largest.
    pub rank: usize,
    /// Share of the cells of a grid of distances (up to the far field) and angles in which there ever
    /// was a neighbour.
    pub observed: f64,
    /// Share of the response's mean square that measurement noise does not explain.
    pub signal: f64,
    /// The least of `n_independent / (n_independent + 10)`, `observed` and `signal`: 0 says nothing.
    pub score: f64,
}

/// What a track lacks most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Too few samples in a row.
    Short,
    /// It met too few situations.
    Narrow,
    /// Noise hides its accelerations.
    Noisy,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "short track",
            Self::Narrow => "few situations",
            Self::Noisy => "noise",
        })
    }
}

/// Independent pieces at which a track counts half.
const ENOUGH_PIECES: f64 = 10.0;
/// Singular values below this part of the largest distinguish nothing under noise.
const SINGULAR: f64 = 1e-3;
/// Bins of distance and of angle.
const BINS: [usize; 2] = [8, 6];
/// Samples of a track that are looked at.
const MOST_SAMPLES: usize = 100;

impl Information {
    /// What is smallest of the three that the score is made of.
    #[must_use]
    pub fn weakness(&self) -> Weakness {
        let samples = samples_score(self.n_independent);
        if samples <= self.observed && samples <= self.signal {
            Weakness::Short
        } else if self.observed <= self.signal {
            Weakness::Narrow
        } else {
            Weakness::Noisy
        }
    }
}

fn samples_score(n_independent: f64) -> f64 {
    n_independent / (n_independent + ENOUGH_PIECES)
}

/// Information of each individual; none for those without a weak system.
#[must_use]
pub fn individual_information<const D: usize>(
    preparation: &Preparation<D>,
    systems: &CellSystems,
) -> Vec<Option<Information>> {
    let tracks = preparation.systems.tracks();
    // Tracks too short to tell their noise are told to have none: their length condemns them.
    let noise = match preparation.systems.noise() {
        0.0 => estimate_noise(tracks).unwrap_or(0.0),
        noise => noise,
    };
    let phi = preparation.systems.test_function();
    let weights = preparation.systems.motion_weights();
    let gain = tracks.dt() * weights.iter().map(|x| x * x).sum::<f64>().sqrt();
    let of = |(cell, system): (&usize, &CompressedSystem)| {
        let n_rows = system.n_rows as f64;
        let n_centres = n_rows / D as f64;
        let n_independent =
            (n_rows + D as f64 * (phi.n_samples() - 1) as f64) / phi.half_width as f64;
        let n_independent = if n_centres > 0.0 { n_independent } else { 0.0 };
        let mean_square = system.b_norm * system.b_norm / n_rows;
        let signal = (1.0 - (noise * gain).powi(2) / mean_square).max(0.0);
        let observed = observed_share(preparation, *cell);
        let score = samples_score(n_independent).min(observed).min(signal);
        (*cell, Information { n_independent, rank: rank(system), observed, signal, score })
    };
    let found: Vec<(usize, Information)> =
        systems.cells.par_iter().zip(&systems.systems).map(of).collect();
    let mut all = vec![None; preparation.n_cells()];
    found.into_iter().for_each(|(cell, information)| all[cell] = Some(information));
    all
}

/// Numerical rank of the triangle with unit columns; 0 if it has no singular values.
fn rank(system: &CompressedSystem) -> usize {
    let mut unit = system.r.clone();
    for column in unit.col_iter_mut() {
        let norm = column.norm_l2();
        if norm > 0.0 {
            column.iter_mut().for_each(|x| *x /= norm);
        }
    }
    let Ok(values) = unit.singular_values() else { return 0 };
    let largest = values.iter().copied().fold(0.0, f64::max);
    values.iter().filter(|value| **value > SINGULAR * largest).count()
}

/// Share of a grid of distances up to the far field and angles in which a cell had neighbours, over
/// evenly spaced samples.
fn observed_share<const D: usize>(preparation: &Preparation<D>, cell: usize) -> f64 {
    let [radii, angles] = BINS;
    let tracks = preparation.systems.tracks();
    let samples = tracks.segments_of(cell).iter().flat_map(|segment| {
        let velocities = segment.velocities.iter().flatten();
        segment.frames().zip(segment.positions.iter().zip(velocities))
    });
    let n: usize = tracks.segments_of(cell).iter().map(|s| s.positions.len()).sum();
    let mut seen = vec![false; radii * angles];
    for (frame, (x, v)) in samples.step_by(n.div_ceil(MOST_SAMPLES).max(1)) {
        let present = preparation.systems.neighbours().frame(frame);
        let speed = norm(v);
        for (j, other) in present.individuals.iter().enumerate() {
            let to: [f64; D] = std::array::from_fn(|d| present.positions[d][j] - x[d]);
            let distance = norm(&to);
            if *other as usize == cell || distance >= preparation.far_field || distance == 0.0 {
                continue;
            }
            let dot: f64 = to.iter().zip(v).map(|(a, b)| a * b).sum();
            let cosine = if speed > 0.0 { dot / (distance * speed) } else { 0.0 };
            let angle = cosine.clamp(-1.0, 1.0).acos() / std::f64::consts::PI;
            let [r, a] = [(distance / preparation.far_field, radii), (angle, angles)]
                .map(|(part, n)| ((part * n as f64) as usize).min(n - 1));
            seen[r * angles + a] = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() as f64 / seen.len() as f64
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
