//! Agreement of found groups with true classes.

use crate::error::ClusterError;

/// How many rows of each true class lie in each found group.
///
/// Groups and classes are numbered from 0; a number that no row has makes an empty line of the
/// table.
///
/// # Example
///
/// ```
/// use pairlaw_cluster::Contingency;
///
/// let table = Contingency::new(&[Some(1), Some(1), Some(0), None], &[0, 0, 1, 1])?;
/// assert_eq!(table.purity(), 0.75);
/// assert_eq!(table.match_by_plurality(), [Some(1), Some(0)]);
/// # Ok::<(), pairlaw_cluster::ClusterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contingency {
    /// Rows by group and class, shape groups × classes.
    counts: Vec<Vec<usize>>,
    /// Rows in no group, by class, shape classes.
    unlabelled: Vec<usize>,
}

impl Contingency {
    /// Counts the rows by found group and true class.
    ///
    /// * `found`: the group of each row, shape rows; `None` where the row is in no group.
    /// * `truth`: the class of each row, shape rows.
    ///
    /// # Errors
    ///
    /// [`ClusterError::NoRows`].
    ///
    /// # Panics
    ///
    /// If the two lengths differ.
    pub fn new(found: &[Option<usize>], truth: &[usize]) -> Result<Self, ClusterError> {
        let lengths = (found.len(), truth.len());
        assert_eq!(lengths.0, lengths.1, "found and true labels have the lengths {lengths:?}");
        let n_classes = truth.iter().max().ok_or(ClusterError::NoRows)? + 1;
        let n_groups = found.iter().flatten().max().map_or(0, |group| group + 1);
        let mut counts = vec![vec![0; n_classes]; n_groups];
        let mut unlabelled = vec![0; n_classes];
        for (group, &class) in found.iter().zip(truth) {
            match group {
                Some(group) => counts[*group][class] += 1,
                None => unlabelled[class] += 1,
            }
        }
        Ok(Self { counts, unlabelled })
    }

    /// Number of rows by group and class, shape groups × classes.
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// Number of rows in no group, by class, shape classes.
    pub fn unlabelled(&self) -> &[usize] {
        &self.unlabelled
    }

    /// The share of all rows that lie in a group and have that group's most frequent class.
    ///
    /// ```text
    /// purity = Σ_g max_c n_gc / n
    /// ```
    ///
    /// A row in no group counts in n but never as pure, so leaving rows out does not help. Many
    /// small groups do: read it beside [`adjusted_rand_index`](Self::adjusted_rand_index).
    ///
    /// # Source
    ///
    /// C. Manning, P. Raghavan and H. Schütze, *Introduction to Information Retrieval* (2008),
    /// eq. 16.1.
    pub fn purity(&self) -> f64 {
        let most = |row: &Vec<usize>| row.iter().copied().max().unwrap_or(0);
        let pure: usize = self.counts.iter().map(most).sum();
        pure as f64 / self.class_sizes().iter().sum::<usize>() as f64
    }

    /// The adjusted Rand index: 1 for equal partitions, 0 on average for independent ones.
    ///
    /// ```text
    /// ARI = (Σ_gc C(n_gc, 2) − A B / T) / ((A + B)/2 − A B / T)
    /// A = Σ_g C(n_g, 2),  B = Σ_c C(n_c, 2),  T = C(n, 2)
    /// ```
    ///
    /// The rows in no group form one group more, so that rows of several classes left out lower
    /// the index. It cannot tell a class that was found from one that was left out as a whole:
    /// [`shares`](Self::shares) can. Two trivial partitions of the same kind (one group, or
    /// each row for itself) are equal: 1.
    ///
    /// # Source
    ///
    /// L. Hubert and P. Arabie, J. Classification 2 (1985), eq. 5.
    pub fn adjusted_rand_index(&self) -> f64 {
        let groups = || self.counts.iter().chain([&self.unlabelled]);
        let both: i128 = groups().flatten().map(|&n| pairs(n)).sum();
        let found: i128 = groups().map(|row| pairs(row.iter().sum())).sum();
        let sizes = self.class_sizes();
        let truth: i128 = sizes.iter().map(|&n| pairs(n)).sum();
        let total = pairs(sizes.iter().sum());
        // In integers, times 2T: equal partitions give exactly 1.
        let excess = 2 * (total * both - found * truth);
        let most = total * (found + truth) - 2 * found * truth;
        if most == 0 { 1.0 } else { excess as f64 / most as f64 }
    }

    /// The share of each class that lies in each group, n_gc / n_c, shape groups × classes.
    ///
    /// A column adds up to 1 less the share of the class in no group; that of a class without
    /// rows is NaN.
    pub fn shares(&self) -> Vec<Vec<f64>> {
        let sizes = self.class_sizes();
        let share = |(&n, &size): (&usize, &usize)| n as f64 / size as f64;
        self.counts.iter().map(|row| row.iter().zip(&sizes).map(share).collect()).collect()
    }

    /// The group that holds most of each class, shape classes: of equal ones the first, and
    /// `None` for a class of which no row is in a group.
    ///
    /// Two classes can have the same group.
    pub fn match_by_plurality(&self) -> Vec<Option<usize>> {
        (0..self.unlabelled.len())
            .map(|class| {
                let column = || self.counts.iter().map(|row| row[class]);
                let most = column().max().filter(|&n| 0 < n)?;
                column().position(|n| n == most)
            })
            .collect()
    }

    fn class_sizes(&self) -> Vec<usize> {
        let mut sizes = self.unlabelled.clone();
        for row in &self.counts {
            sizes.iter_mut().zip(row).for_each(|(size, n)| *size += n);
        }
        sizes
    }
}

/// C(n, 2), wide enough for products of two and any n below 2³².
fn pairs(n: usize) -> i128 {
    let n = n as i128;
    n * (n - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight rows; groups 0 and 1, one row in none; classes 0 and 2, the number 1 is unused.
    fn table() -> Contingency {
        let found = [Some(0), Some(0), Some(0), Some(1), Some(1), Some(1), Some(1), None];
        Contingency::new(&found, &[0, 0, 2, 2, 2, 2, 0, 2]).unwrap()
    }

    #[test]
    fn indices_by_hand() {
        let table = table();
        assert_eq!(table.counts(), [[2, 0, 1], [1, 0, 3]]);
        assert_eq!(table.unlabelled(), [0, 0, 1]);
        assert!((table.purity() - 5.0 / 8.0).abs() < 1e-16); // rounding
        // Σ C(n_gc, 2) = 1 + 3, A = 3 + 6, B = 3 + 10, T = 28.
        let expected = (4.0 - 117.0 / 28.0) / (11.0 - 117.0 / 28.0);
        assert!((table.adjusted_rand_index() - expected).abs() < 1e-16); // rounding
    }

    #[test]
    fn shares_by_hand() {
        let shares = table().shares();
        for (row, expected) in shares.iter().zip([[2.0 / 3.0, 0.2], [1.0 / 3.0, 0.6]]) {
            assert!((row[0] - expected[0]).abs() < 1e-15); // rounding
            assert!((row[2] - expected[1]).abs() < 1e-15);
            assert!(row[1].is_nan());
        }
        assert_eq!(table().match_by_plurality(), [Some(0), None, Some(1)]);
    }

    #[test]
    fn of_equal_shares_the_first_group() {
        let table = Contingency::new(&[Some(2), Some(1), None], &[0, 0, 1]).unwrap();
        assert_eq!(table.match_by_plurality(), [Some(1), None]);
    }

    #[test]
    fn rows_in_no_group_are_one_group_and_impure() {
        let table = Contingency::new(&[Some(0), Some(0), None, None], &[0, 0, 1, 1]).unwrap();
        assert!((table.adjusted_rand_index() - 1.0).abs() < 1e-16);
        assert!((table.purity() - 0.5).abs() < 1e-16);
        let nothing = Contingency::new(&[None, None, None], &[0, 1, 1]).unwrap();
        assert!(nothing.purity().abs() < 1e-16 && nothing.adjusted_rand_index().abs() < 1e-16);
        assert_eq!(nothing.match_by_plurality(), [None, None]);
    }

    #[test]
    fn no_rows_are_told() {
        assert_eq!(Contingency::new(&[], &[]), Err(ClusterError::NoRows));
    }

    #[test]
    #[should_panic(expected = "(1, 2)")]
    fn lengths_must_agree() {
        let _ = Contingency::new(&[None], &[0, 1]);
    }
}
