//! Distances between pairs over all frames: the near-field radius and the largest one.

use pairlaw_data::Frames;

use crate::WeakError;

/// Radii between which an interaction can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistanceRange {
    /// r_nf, below which the near-field fraction of all distances lies, in length units.
    pub near_field: f64,
    /// r_max, the largest distance, in length units.
    pub largest: f64,
}

/// Radii of the near field and of the whole colony, over all unordered pairs of all frames.
///
/// ```text
/// P(|x_i − x_j| < r_nf) = fraction,   r_max = max |x_i − x_j|
/// ```
///
/// With n distances, r_nf is the one that exactly ⌊fraction·n⌋ others precede in ascending order.
/// Three passes over the pairs count leading bits of the squared distance; none is stored.
///
/// # Errors
/// [`WeakError::BadFraction`] unless 0 ≤ `fraction` < 1, [`WeakError::NoPairs`].
///
/// # Source
/// Messenger et al. (2022), appendix C, with fraction = 0.001.
pub fn pair_distances<const D: usize>(
    frames: &Frames<D>,
    fraction: f64,
) -> Result<DistanceRange, WeakError> {
    if !(0.0..1.0).contains(&fraction) {
        return Err(WeakError::BadFraction { fraction });
    }
    let pairs = (0..frames.n_frames()).map(|k| frames.frame(k).individuals.len() as u64);
    let n_pairs: u64 = pairs.map(|n| n * n.saturating_sub(1) / 2).sum();
    if n_pairs == 0 {
        return Err(WeakError::NoPairs);
    }
    let rank = ((fraction * n_pairs as f64) as u64).min(n_pairs - 1);
    let squares = squares_at(frames, rank);
    Ok(DistanceRange { near_field: squares.at_rank.sqrt(), largest: squares.largest.sqrt() })
}

struct Squares {
    at_rank: f64,
    largest: f64,
}

/// Order of non-negative numbers is the order of their bits: a radix selection from the top.
fn squares_at<const D: usize>(frames: &Frames<D>, mut rank: u64) -> Squares {
    let (mut prefix, mut below) = (0u64, u64::BITS);
    let mut largest = 0.0;
    for n_bits in [22, 21, 21] {
        let shift = below - n_bits;
        let mask = (1 << n_bits) - 1;
        let mut counts = vec![0u64; 1 << n_bits];
        for_each_square(frames, |square: f64| {
            let bits = square.to_bits();
            // Nothing lies above the first digit.
            if below == u64::BITS || bits >> below == prefix {
                counts[(bits >> shift) as usize & mask] += 1;
            }
            if square > largest {
                largest = square;
            }
        });
        let mut digit = 0;
        while rank >= counts[digit] {
            rank -= counts[digit];
            digit += 1;
        }
        prefix = prefix << n_bits | digit as u64;
        below = shift;
    }
    Squares { at_rank: f64::from_bits(prefix), largest }
}

fn for_each_square<const D: usize>(frames: &Frames<D>, mut visit: impl FnMut(f64)) {
    let mut squares = vec![0.0; frames.largest()];
    for k in 0..frames.n_frames() {
        let x = frames.frame(k).positions;
        for i in 0..x[0].len() {
            // A row at a time, one dimension after the other: these loops become vector code.
            let row = &mut squares[i + 1..x[0].len()];
            row.fill(0.0);
            for x in x {
                let others = row.iter_mut().zip(&x[i + 1..]);
                others.for_each(|(square, other)| *square += (x[i] - other).powi(2));
            }
            row.iter().for_each(|square| visit(*square));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Segment, Tracks, Units};

    fn frames(lines: &[&[f64]]) -> Frames<1> {
        let sampling = Sampling {
            start_time: 0.0,
            dt: 1.0,
            n_frames: lines.iter().map(|x| x.len()).max().unwrap(),
        };
        let segment = |(individual, x): (usize, &&[f64])| Segment {
            individual,
            first_frame: 0,
            positions: x.iter().map(|x| [*x]).collect(),
            velocities: None,
        };
        let ids = (0..lines.len()).map(|i| i.to_string()).collect();
        let segments = lines.iter().enumerate().map(segment).collect();
        Frames::new(&Tracks::new(ids, sampling, Units::default(), segments).unwrap())
    }

    #[test]
    fn exactly_the_fraction_lies_below() {
        // Distances 1, 2, 3 in the first frame, 4 in the second.
        let frames = frames(&[&[0.0, 0.0], &[1.0, 4.0], &[3.0]]);
        for (fraction, near_field) in
            [(0.0, 1.0), (0.24, 1.0), (0.25, 2.0), (0.5, 3.0), (0.99, 4.0)]
        {
            let range = pair_distances(&frames, fraction).unwrap();
            assert!((range.near_field - near_field).abs() < 1e-300, "{fraction}: {range:?}");
            assert!((range.largest - 4.0).abs() < 1e-300);
        }
    }

    #[test]
    fn coincident_individuals_are_at_distance_zero() {
        let range = pair_distances(&frames(&[&[2.0], &[2.0], &[2.0]]), 0.5).unwrap();
        assert!(
            range.near_field.abs() < f64::MIN_POSITIVE && range.largest.abs() < f64::MIN_POSITIVE
        );
    }

    #[test]
    fn each_error() {
        assert!(matches!(pair_distances(&frames(&[&[0.0]]), 0.1), Err(WeakError::NoPairs)));
        for fraction in [-0.1, 1.0, f64::NAN] {
            let error = pair_distances(&frames(&[&[0.0], &[1.0]]), fraction);
            assert!(matches!(error, Err(WeakError::BadFraction { .. })));
        }
    }
}
