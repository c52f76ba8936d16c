//! A stand-in for tracks of zebrafish heart development: a ring of cells that becomes a cone.

use std::f64::consts::TAU;

use pairlaw_data::{Sampling, Segment, Streams, Tracks, Units, Xoshiro256PlusPlus};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Frames of the stand-in, ten minutes apart: 20 to 21.5 hours after fertilization.
const N_FRAMES: usize = 10;
/// Standard deviation of the random walk along each axis, length a frame.
const WALK: f64 = 0.02;
/// Standard deviation of the tracking error along each axis, length.
const TRACKING: f64 = 0.01;

/// Made-up tracks in place of the recorded ones of heart development: a flat ring of `n_cells`
/// cells closes, rises and turns into a cone in nine steps of 1/6 h. **No cell of it was ever
/// observed**, and no pair potential made it.
///
/// ```text
/// t ~ U(0, 2π),  ρ = 1 + U(−.25, .25),  z = U(−.1, .1),  h = (1.25 − ρ)/.5,  u = 3s² − 2s³,  s = n/9
/// radius ρ (1 − .55 u (.4 + .6 h)),   height z + 1.2 u h,   angle t − .6 u (1 + .3 cos t)
/// ```
///
/// plus a random walk of .02 a frame and a tracking error of .01 along each axis. Inner cells
/// (h = 1) rise to the tip, outer ones (h = 0) stay at the base; the angle makes the turn of the
/// left side differ from that of the right. The paper's tracks have about 150 cells. Positions are
/// in units of the ring's radius, one stream a cell.
///
/// # Panics
/// If `n_cells` is 0.
///
/// # Source
/// The shape of the motion: Komiya, Jin, Nishikimi, Kashino (2025), section 2.3 and Fig. 2, after
/// Kidokoro, Saijoh, Schoenwolf, Commun. Biol. 5:996 (2022). The formulas are ours.
#[must_use]
pub fn heart_stand_in(n_cells: usize, seed: u64) -> Tracks<3> {
    let segment = |(individual, mut rng)| Segment {
        individual,
        first_frame: 0,
        positions: cell(&mut rng),
        velocities: None,
    };
    let segments = Streams::new(seed).take(n_cells).enumerate().map(segment).collect();
    let ids = (0..n_cells).map(|cell| cell.to_string()).collect();
    let sampling = Sampling { start_time: 20.0, dt: 1.0 / 6.0, n_frames: N_FRAMES };
    let units = Units { length: String::new(), time: "h".to_owned() };
    Tracks::new(ids, sampling, units, segments).expect("at least one cell, all numbers finite")
}

/// One cell in every frame.
fn cell(rng: &mut Xoshiro256PlusPlus) -> Vec<[f64; 3]> {
    let angle = TAU * rng.random::<f64>();
    let radius = 1.0 + 0.25 * (2.0 * rng.random::<f64>() - 1.0);
    let height = 0.1 * (2.0 * rng.random::<f64>() - 1.0);
    let mut walk = [0.0; 3];
    let frame = |n: usize| {
        if n > 0 {
            walk = plus_normal(walk, WALK, rng);
        }
        let drift = cone(angle, radius, height, n as f64 / (N_FRAMES - 1) as f64);
        plus_normal(std::array::from_fn(|d| drift[d] + walk[d]), TRACKING, rng)
    };
    (0..N_FRAMES).map(frame).collect()
}

/// Where a cell of the ring is drawn to at a part `s` of the way.
fn cone(angle: f64, radius: f64, height: f64, s: f64) -> [f64; 3] {
    let u = s * s * (3.0 - 2.0 * s);
    let inwards = (1.25 - radius) / 0.5;
    let (sine, cosine) = (angle - 0.6 * u * (1.0 + 0.3 * angle.cos())).sin_cos();
    let radius = radius * (1.0 - 0.55 * u * (0.4 + 0.6 * inwards));
    [radius * cosine, radius * sine, height + 1.2 * u * inwards]
}

fn plus_normal(x: [f64; 3], deviation: f64, rng: &mut Xoshiro256PlusPlus) -> [f64; 3] {
    x.map(|x| {
        let z: f64 = StandardNormal.sample(rng);
        x + deviation * z
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_becomes_a_cone() {
        // By hand, rounding: the start is the ring itself; at the end an inner cell has 0.45 of its
        // radius .75 and height 1.2, an outer one 1 − .22 of its radius 1.25 and height 0.
        let close = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15);
        assert!(close(cone(0.0, 1.1, 0.05, 0.0), [1.1, 0.0, 0.05]));
        let (sine, cosine) = 0.78f64.sin_cos();
        assert!(close(cone(0.0, 0.75, 0.0, 1.0), [0.3375 * cosine, -0.3375 * sine, 1.2]));
        assert!(close(cone(0.0, 1.25, 0.0, 1.0), [0.975 * cosine, -0.975 * sine, 0.0]));
        // smoothstep(1/2) = 1/2, and cos(π) = −1: the left side turns by .3·.7.
        let (sine, cosine) = (std::f64::consts::PI - 0.21).sin_cos();
        let radius = 1.0 - 0.275 * 0.7;
        assert!(close(
            cone(std::f64::consts::PI, 1.0, 0.0, 0.5),
            [radius * cosine, radius * sine, 0.3]
        ));
    }

    #[test]
    fn tracks_are_complete_seeded_and_of_the_stated_size() {
        let tracks = heart_stand_in(150, 1);
        assert_eq!((tracks.n_individuals(), tracks.n_frames()), (150, 10));
        assert_eq!(tracks.n_samples(), 1500);
        // Rounding.
        assert!((tracks.time(9) - 21.5).abs() < 1e-14);
        assert_eq!(tracks, heart_stand_in(150, 1));
        assert_ne!(tracks, heart_stand_in(150, 2));
        // A cell's stream does not depend on the others.
        assert_eq!(tracks.segments()[..20], heart_stand_in(20, 1).segments()[..]);
    }

    #[test]
    fn walk_and_tracking_have_the_stated_sizes() {
        let n = 20_000;
        let tracks = heart_stand_in(n, 3);
        // Second difference of heights over the first and last three frames, whose drift is known
        // up to h: 1.2 h (u₂ − 2u₁ + u₀) is the same at both ends but for the sign.
        let third = |x: &[[f64; 3]], k: usize| x[k][2] - 2.0 * x[k + 1][2] + x[k + 2][2];
        let sums = tracks.segments().iter().map(|s| {
            let x = &s.positions;
            third(x, 0) + third(x, 7)
        });
        let variance = sums.map(|x| x * x).sum::<f64>() / n as f64;
        // Each second difference of walk plus error has variance 2·.02² + 6·.01².
        let expected = 2.0 * (2.0 * WALK * WALK + 6.0 * TRACKING * TRACKING);
        // Statistical: the standard error of a variance is √(2/n) of it; 5 of them.
        assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "{variance}");
        let lowest = tracks.segments().iter().map(|s| s.positions[0][2]);
        let mean_square = lowest.map(|z| z * z).sum::<f64>() / n as f64;
        // z uniform with variance .01/3 and the tracking error.
        assert!((mean_square / (0.01 / 3.0 + 1e-4) - 1.0).abs() < 0.05, "{mean_square}");
    }
}
