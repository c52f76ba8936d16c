//! Groups of rows that share a code, such as the set of active terms of a learned model.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The rows with one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<K> {
    /// The code.
    pub code: K,
    /// The rows, in rising order.
    pub members: Vec<usize>,
}

/// The groups of rows with equal codes, the largest first, of equally large ones the smaller code.
///
/// * `codes`: shape rows; a row with `None` is in no group.
///
/// # Source
///
/// Messenger et al., J. R. Soc. Interface 19:20220412 (2022), section 3.2: models with equal
/// supports form a cluster.
///
/// # Example
///
/// ```
/// use pairlaw_cluster::group_by_code;
///
/// let groups = group_by_code(&[Some("10"), None, Some("01"), Some("10")]);
/// assert_eq!((groups[0].code, &groups[0].members[..]), ("10", &[0, 3][..]));
/// ```
pub fn group_by_code<K: Ord + Clone>(codes: &[Option<K>]) -> Vec<Group<K>> {
    let mut members: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (row, code) in codes.iter().enumerate() {
        if let Some(code) = code {
            members.entry(code).or_default().push(row);
        }
    }
    let group = |(code, members): (&K, _)| Group { code: code.clone(), members };
    let mut groups: Vec<_> = members.into_iter().map(group).collect();
    // Stable: the map's order of codes stays among equals.
    groups.sort_by_key(|group| Reverse(group.members.len()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_first_then_the_smaller_code() {
        let codes = [Some(7), Some(3), None, Some(9), Some(3), Some(7), Some(1)];
        let found: Vec<_> =
            group_by_code(&codes).into_iter().map(|g| (g.code, g.members)).collect();
        let expected = [(3, vec![1, 4]), (7, vec![0, 5]), (1, vec![6]), (9, vec![3])];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_codes_no_groups() {
        assert_eq!(group_by_code::<u8>(&[]), []);
        assert_eq!(group_by_code::<u8>(&[None, None]), []);
    }
}
