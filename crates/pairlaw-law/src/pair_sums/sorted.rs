//! Particles on a line in the order of their positions, by bucket sort.

/// Buckets up to this size are sorted by insertion.
const SMALL: usize = 24;

/// Positions in increasing order and where they came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorted {
    /// Increasing positions.
    pub(super) ascending: Vec<f64>,
    /// Their mirror image: the negative positions, increasing.
    pub(super) mirrored: Vec<f64>,
    /// Particle at each rank.
    pub(super) particles: Vec<u32>,
    /// Rank and (partners at the same place before it) − (those after it), where that is not 0.
    pub(super) ties: Vec<(usize, f64)>,
    buckets: Vec<u32>,
    ends: Vec<u32>,
    pairs: Vec<(f64, u32)>,
}

impl Sorted {
    /// Sorts finite positions; equal ones in the order of the particles. `O(N)` where they spread
    /// over their range, `O(N log N)` at worst.
    pub(super) fn sort(&mut self, positions: &[f64]) {
        self.scatter(positions);
        let mut start = 0;
        for &end in &self.ends[..positions.len()] {
            let bucket = &mut self.pairs[start..end as usize];
            start = end as usize;
            match bucket.len() {
                0 | 1 => {}
                2..=SMALL => insertion_sort(bucket),
                _ => bucket.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))),
            }
        }
        self.ascending.clear();
        self.ascending.extend(self.pairs.iter().map(|pair| pair.0));
        self.particles.clear();
        self.particles.extend(self.pairs.iter().map(|pair| pair.1));
        self.mirrored.clear();
        self.mirrored.extend(self.ascending.iter().rev().map(|x| -x));
        self.find_ties();
    }

    /// Writes the pairs bucket by bucket, as many equal buckets as particles; `ends[b]` becomes the
    /// end of bucket b.
    fn scatter(&mut self, positions: &[f64]) {
        let n = positions.len();
        let least = positions.iter().fold(f64::INFINITY, |a, x| a.min(*x));
        let most = positions.iter().fold(f64::NEG_INFINITY, |a, x| a.max(*x));
        // 0 or NaN where all are equal or the range overflows: one bucket.
        let scale = (n - 1) as f64 / (most - least);
        let last = (n - 1) as u32;
        self.buckets.clear();
        self.buckets.extend(positions.iter().map(|x| (((x - least) * scale) as u32).min(last)));
        // Counts one place on, so that after the sum `ends[b]` is the start of bucket b.
        self.ends.clear();
        self.ends.resize(n + 1, 0);
        for &bucket in &self.buckets {
            self.ends[bucket as usize + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
        self.pairs.clear();
        self.pairs.resize(n, (0.0, 0));
        for (particle, (&x, &bucket)) in positions.iter().zip(&self.buckets).enumerate() {
            let end = &mut self.ends[bucket as usize];
            self.pairs[*end as usize] = (x, particle as u32);
            *end += 1;
        }
    }

    #[allow(clippy::float_cmp)] // the same place
    fn find_ties(&mut self) {
        self.ties.clear();
        let mut start = 0;
        for group in self.ascending.chunk_by(|a, b| a == b) {
            if group.len() > 1 {
                let balance = |k: usize| (2 * k) as f64 - (group.len() - 1) as f64;
                self.ties.extend((0..group.len()).map(|k| (start + k, balance(k))));
            }
            start += group.len();
        }
    }

    /// Length of the range of positions.
    pub(super) fn extent(&self) -> f64 {
        match (self.ascending.first(), self.ascending.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        }
    }
}

/// Stable, for the few pairs of a bucket.
fn insertion_sort(pairs: &mut [(f64, u32)]) {
    for i in 1..pairs.len() {
        let pair = pairs[i];
        let mut place = i;
        while place > 0 && pairs[place - 1].0 > pair.0 {
            pairs[place] = pairs[place - 1];
            place -= 1;
        }
        pairs[place] = pair;
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    fn check(positions: &[f64]) {
        let mut sorted = Sorted::default();
        sorted.sort(&[0.0; 7]);
        sorted.sort(positions);
        let mut expected: Vec<(f64, u32)> = positions.iter().copied().zip(0..).collect();
        expected.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        let found = sorted.ascending.iter().copied().zip(sorted.particles.iter().copied());
        assert_eq!(found.collect::<Vec<_>>(), expected);
        for &(rank, balance) in &sorted.ties {
            let x = sorted.ascending[rank];
            let before = sorted.ascending[..rank].iter().filter(|y| **y == x).count() as f64;
            let after = sorted.ascending[rank + 1..].iter().filter(|y| **y == x).count() as f64;
            assert_eq!(balance, before - after);
        }
        let equal = sorted.ascending.windows(2).filter(|x| x[0] == x[1]).count();
        assert!(equal <= sorted.ties.len() && sorted.ties.len() <= 2 * equal);
    }

    #[test]
    fn any_spread_is_sorted_stably() {
        let scattered = |k: u32| f64::from(k.wrapping_mul(2_654_435_761) % 1000);
        check(&[3.0]);
        check(&[2.0; 40]);
        check(&(0..500).map(scattered).collect::<Vec<_>>());
        check(&(0..500).map(|k| (scattered(k) / 100.0).floor()).collect::<Vec<_>>());
        // Nearly all in one bucket; a range that overflows; the least numbers.
        check(&(0..500).map(|k| if k == 7 { 1e9 } else { scattered(k) }).collect::<Vec<_>>());
        check(&[f64::MAX, -f64::MAX, 0.0, 1.0, -1.0]);
        check(&[5e-324, 0.0, -5e-324, 0.0]);
    }
}
