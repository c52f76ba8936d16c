//! Individuals from a graph of spots and links: chains end where they divide or merge.

use std::collections::BTreeMap;

/// Paths through a graph without a division or a merger inside.
///
/// ```text
/// spot p continues as q  ⟺  p → q is the only link out of p and the only one into q
/// ```
#[derive(Debug, PartialEq)]
pub(crate) struct Chains {
    /// The chain of each spot.
    pub(crate) of_spot: Vec<u32>,
    /// The first spot of each chain; chains are in the order of its time.
    pub(crate) first_spot: Vec<u32>,
    /// Chains of parents and daughters.
    pub(crate) divisions: Vec<(u32, u32)>,
    /// Number of spots that several links lead to.
    pub(crate) n_mergers: usize,
}

impl Chains {
    /// The chains of spots at these times; links lead from the earlier spot to the later one.
    pub(crate) fn new(times: &[f64], mut links: Vec<(u32, u32)>) -> Self {
        for link in &mut links {
            if times[link.0 as usize] > times[link.1 as usize] {
                *link = (link.1, link.0);
            }
        }
        links.sort_unstable();
        links.dedup();
        let (mut n_out, mut n_in) = (vec![0_u32; times.len()], vec![0_u32; times.len()]);
        let mut before = vec![u32::MAX; times.len()];
        for &(from, to) in &links {
            n_out[from as usize] += 1;
            n_in[to as usize] += 1;
            before[to as usize] = from;
        }
        let mut order: Vec<u32> = (0..times.len() as u32).collect();
        order.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]));
        let mut chains = Self {
            of_spot: vec![u32::MAX; times.len()],
            first_spot: Vec::new(),
            divisions: Vec::new(),
            n_mergers: n_in.iter().filter(|&&n| n > 1).count(),
        };
        for spot in order {
            let parent = if n_in[spot as usize] == 1 { before[spot as usize] } else { u32::MAX };
            chains.add(spot, parent, n_out.get(parent as usize) == Some(&1));
        }
        chains
    }

    /// A spot that continues its parent, or begins a chain as its daughter or without a parent.
    fn add(&mut self, spot: u32, parent: u32, continues: bool) {
        let chain = self.of_spot.get(parent as usize).copied().filter(|&chain| chain != u32::MAX);
        let own = match chain {
            Some(chain) if continues => chain,
            chain => {
                self.first_spot.push(spot);
                let own = (self.first_spot.len() - 1) as u32;
                self.divisions.extend(chain.map(|parent| (parent, own)));
                own
            }
        };
        self.of_spot[spot as usize] = own;
    }

    /// Ids of the chains from the labels of their first spots: the label itself if no other chain
    /// has it, otherwise `label.1`, `label.2`, … in the order of time; none without a label.
    pub(crate) fn ids(&self, label: impl Fn(usize) -> Option<String>) -> Vec<Option<String>> {
        let labels: Vec<_> = self.first_spot.iter().map(|&spot| label(spot as usize)).collect();
        let mut counts = BTreeMap::<&str, (usize, usize)>::new();
        for label in labels.iter().flatten() {
            counts.entry(label).or_default().0 += 1;
        }
        let mut id = |label: &'_ Option<String>| {
            let label = label.as_deref()?;
            let (n, used) = counts.get_mut(label)?;
            *used += 1;
            Some(if *n == 1 { label.to_owned() } else { format!("{label}.{used}") })
        };
        labels.iter().map(&mut id).collect()
    }

    /// What the readers tell of divisions and mergers; none without them.
    pub(crate) fn note(&self) -> Option<String> {
        let mut parents: Vec<u32> = self.divisions.iter().map(|&(parent, _)| parent).collect();
        parents.sort_unstable();
        parents.dedup();
        let (divisions, mergers) = (parents.len(), self.n_mergers);
        (divisions + mergers > 0).then(|| {
            format!(
                "divisions: {divisions}, mergers: {mergers}; individuals end there and new ones \
                 begin, with the ids track.1, track.2, … in the order of time"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(_: usize) -> Option<String> {
        Some("7".to_owned())
    }

    #[test]
    fn a_division_ends_the_parent_and_begins_two_daughters() {
        // 0 → 1 → {2 → 4, 3}, the link 4 → 2 against time.
        let chains = Chains::new(&[0.0, 1.0, 2.0, 2.0, 3.0], vec![(0, 1), (1, 2), (4, 2), (1, 3)]);
        assert_eq!(chains.of_spot, [0, 0, 1, 2, 1]);
        assert_eq!(chains.divisions, [(0, 1), (0, 2)]);
        let ids: Vec<_> = chains.ids(label).into_iter().flatten().collect();
        assert_eq!(ids, ["7.1", "7.2", "7.3"]);
        assert!(chains.note().unwrap().starts_with("divisions: 1, mergers: 0;"));
    }

    #[test]
    fn a_merger_ends_both_and_is_no_division() {
        let chains = Chains::new(&[0.0, 0.0, 1.0, 2.0], vec![(0, 2), (1, 2), (2, 3)]);
        assert_eq!(chains.of_spot, [0, 1, 2, 2]);
        assert_eq!((chains.divisions.len(), chains.n_mergers), (0, 1));
    }

    #[test]
    fn gaps_do_not_end_a_chain_and_a_lone_chain_keeps_its_label() {
        let chains = Chains::new(&[5.0, 0.0, 1.0, 9.0], vec![(1, 2), (2, 0), (2, 0)]);
        assert_eq!(chains.of_spot, [0, 0, 0, 1]);
        let ids = chains.ids(|spot| (spot != 3).then(|| "a".to_owned()));
        assert_eq!(ids, [Some("a".to_owned()), None]);
        assert_eq!(chains.note(), None);
    }

    #[test]
    fn links_within_a_frame_end() {
        let chains = Chains::new(&[0.0, 0.0], vec![(0, 1), (1, 0)]);
        assert_eq!(chains.of_spot, [0, 0]);
        let chains = Chains::new(&[0.0], vec![(0, 0)]);
        assert_eq!(chains.of_spot, [0]);
    }
}
