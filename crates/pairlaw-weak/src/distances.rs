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
    let mut largest = 0.0f64;
    for_each_square(frames, |square| largest = largest.max(square));
    Ok(DistanceRange {
        near_field: nth_square(frames, rank).sqrt(),
        largest: largest.sqrt(),
    })
}

/// Order of non-negative numbers is the order of their bits: a radix selection from the top.
fn nth_square<const D: usize>(frames: &Frames<D>, mut rank: u64) -> f64 {
    let (mut prefix, mut below) = (0u64, u64::BITS);
    for n_bits in [22, 21, 21] {
        let shift = below - n_bits;
        let mut counts = vec![0u64; 1 << n_bits];
        for_each_square(frames, |square| {
            let bits = square.to_bits();
            // No number has a set bit above the top one.
            if bits.checked_shr(below).unwrap_or(0) == prefix {
                counts[(bits >> shift) as usize & ((1 << n_bits) - 1)] += 1;
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
    f64::from_bits(prefix)
}

fn for_each_square<const D: usize>(frames: &Frames<D>, mut visit: impl FnMut(f64)) {
    for k in 0..frames.n_frames() {
        let x = frames.frame(k).positions;
        for i in 0..x[0].len() {
            let xi: [f64; D] = std::array::from_fn(|d| x[d][i]);
            let others: [&[f64]; D] = std::array::from_fn(|d| &x[d][i + 1..]);
            for j in 0..others[0].len() {
                visit((0..D).map(|d| (xi[d] - others[d][j]).powi(2)).sum());
            }
        }
    }
}
