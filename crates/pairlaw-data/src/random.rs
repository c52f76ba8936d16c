//! Streams of random numbers from one seed.

pub use rand_xoshiro::{Xoshiro256PlusPlus, rand_core};

use rand_core::SeedableRng;

/// Endless generators from one seed, each 2¹²⁸ draws after the one before it.
///
/// Give each particle or each replicate its own stream, never each thread: results then have the
/// same bits for any number of threads.
///
/// # Source
///
/// D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47 (2021), xoshiro256++ and its jump.
///
/// # Example
///
/// ```
/// use pairlaw_data::Streams;
///
/// let particles: Vec<_> = Streams::new(1).take(100).collect();
/// assert_eq!(particles[7], Streams::new(1).nth(7).unwrap());
/// ```
#[derive(Debug, Clone)]
pub struct Streams {
    next: Xoshiro256PlusPlus,
}

impl Streams {
    /// The streams of a seed.
    pub fn new(seed: u64) -> Self {
        Self { next: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }
}

impl Iterator for Streams {
    type Item = Xoshiro256PlusPlus;

    fn next(&mut self) -> Option<Xoshiro256PlusPlus> {
        let stream = self.next.clone();
        self.next.jump();
        Some(stream)
    }
}
