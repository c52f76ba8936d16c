//! Quantiles of numbers.

use serde::Serialize;

/// Least, quartiles and most of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Least.
    pub least: u64,
    /// A quarter is at most this.
    pub quarter: u64,
    /// Half is at most this.
    pub median: u64,
    /// Three quarters are at most this.
    pub three_quarters: u64,
    /// Most.
    pub most: u64,
}

impl Spread {
    /// Of counts, which are sorted; zero throughout if there is none.
    pub(super) fn of(counts: &mut [u64]) -> Self {
        counts.sort_unstable();
        let at = |share: f64| counts.get(rank(share, counts.len())).copied().unwrap_or(0);
        Self {
            least: at(0.0),
            quarter: at(0.25),
            median: at(0.5),
            three_quarters: at(0.75),
            most: at(1.0),
        }
    }
}

/// Index of a quantile among `n` sorted values: the smallest value that this share is not above.
fn rank(share: f64, n: usize) -> usize {
    ((share * n as f64).ceil() as usize).clamp(1, n.max(1)) - 1
}

/// The value that a share of all is not above; their order changes.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let at = rank(share, values.len());
    (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// The lower of the two in the middle, if there are two.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        let at = |share| quantile(&mut values.clone(), share);
        for (share, value) in [(0.0, 1.0), (0.2, 1.0), (0.21, 2.0), (0.5, 3.0), (1.0, 5.0)] {
            assert_eq!(at(share), Some(value));
        }
        assert_eq!(median(&mut [4.0, 1.0]), Some(1.0));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn spreads_of_counts() {
        let spread = Spread::of(&mut [9, 1, 3, 5, 7, 2, 4, 6]);
        let expected = Spread { least: 1, quarter: 2, median: 4, three_quarters: 6, most: 9 };
        assert_eq!(spread, expected);
        assert_eq!(Spread::of(&mut []), Spread::default());
    }
}
