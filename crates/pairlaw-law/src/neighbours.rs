//! One focal individual and its neighbours: the geometry of pairs in vectors.
// Loops over fixed small ranges: iterators would hide which arrays run together.
#![allow(clippy::needless_range_loop)]

use crate::angular::{HARMONICS, chebyshev};
use crate::program::GROUP;
use crate::simd::{LANES, Simd};

/// Position and velocity of the individual whose acceleration is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focal<const D: usize> {
    /// Position x_i, length.
    pub position: [f64; D],
    /// Velocity v_i, length/time.
    pub velocity: [f64; D],
}

impl<const D: usize> Focal<D> {
    /// Speed |v_i|.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.velocity.iter().map(|v| v * v).sum::<f64>().sqrt()
    }
}

/// Neighbours in structure-of-arrays form: `D` slices of positions and of velocities, all of the
/// same length. The focal individual itself may be among them; it then contributes the self term.
#[derive(Clone, Copy, Debug)]
pub struct Neighbours<'a, const D: usize> {
    /// Positions x_j, a slice a dimension.
    pub positions: [&'a [f64]; D],
    /// Velocities v_j, a slice a dimension.
    pub velocities: [&'a [f64]; D],
}

impl<const D: usize> Neighbours<'_, D> {
    /// Number of neighbours.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[must_use]
    pub fn count(&self) -> usize {
        let n = self.positions[0].len();
        let slices = self.positions.iter().chain(&self.velocities);
        assert!(slices.clone().all(|x| x.len() == n), "neighbour slices differ in length");
        n
    }

    /// Pairs of the focal individual with the group of neighbours from `first` on, and the
    /// `cos nθ` of each. Missing lanes get the focal state, for which every pair vector and every
    /// cos θ vanishes. `inverse_speed` is −1/|v_i|.
    #[inline(always)]
    pub(crate) fn pairs<S: Simd>(
        &self,
        s: S,
        first: usize,
        focal: &Focal<D>,
        i: &State<S::V, D>,
        inverse_speed: S::V,
    ) -> (Pairs<S::V, D>, [[S::V; HARMONICS]; GROUP]) {
        let mut pairs = Pairs::zero(s);
        let mut all_cosines = [[s.splat(0.0); HARMONICS]; GROUP];
        for g in 0..GROUP {
            let at = first + g * LANES;
            let mut j = *i;
            for d in 0..D {
                j.position[d] = block_or(s, self.positions[d], at, focal.position[d]);
                j.velocity[d] = block_or(s, self.velocities[d], at, focal.velocity[d]);
            }
            pairs.set(s, g, i, &j);
            all_cosines[g] = cosines(s, pairs.cosine(s, g, &i.velocity, inverse_speed));
        }
        (pairs, all_cosines)
    }
}

#[inline(always)]
fn block_or<S: Simd>(s: S, slice: &[f64], at: usize, fill: f64) -> S::V {
    let rest = slice.get(at..).unwrap_or_default();
    match rest.first_chunk::<LANES>() {
        Some(full) => s.load(full),
        None => s.load(&padded(rest, fill)),
    }
}

#[cold]
fn padded(rest: &[f64], fill: f64) -> [f64; LANES] {
    let mut lanes = [fill; LANES];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

/// Positions and velocities of eight individuals.
#[derive(Clone, Copy)]
pub struct State<V, const D: usize> {
    /// Positions, a vector a dimension.
    pub position: [V; D],
    /// Velocities, a vector a dimension.
    pub velocity: [V; D],
}

impl<V: Copy, const D: usize> State<V, D> {
    /// The same individual in every lane.
    #[inline(always)]
    pub fn splat<S: Simd<V = V>>(s: S, focal: &Focal<D>) -> Self {
        let mut state = Self { position: [s.splat(0.0); D], velocity: [s.splat(0.0); D] };
        for d in 0..D {
            state.position[d] = s.splat(focal.position[d]);
            state.velocity[d] = s.splat(focal.velocity[d]);
        }
        state
    }
}

/// Vectors and lengths of a group of pairs (i, j): [`GROUP`] vectors of eight.
#[derive(Clone, Copy)]
pub struct Pairs<V, const D: usize> {
    /// `x_i − x_j`.
    pub difference: [[V; D]; GROUP],
    /// `v_i − v_j`.
    pub velocity_difference: [[V; D]; GROUP],
    /// `r = |x_i − x_j|`.
    pub distance: [V; GROUP],
    /// `1/r`, or 0 where r = 0.
    pub inverse_distance: [V; GROUP],
}

impl<V: Copy, const D: usize> Pairs<V, D> {
    /// Pairs to be [set](Self::set).
    #[inline(always)]
    pub fn zero<S: Simd<V = V>>(s: S) -> Self {
        let zero = s.splat(0.0);
        Self {
            difference: [[zero; D]; GROUP],
            velocity_difference: [[zero; D]; GROUP],
            distance: [zero; GROUP],
            inverse_distance: [zero; GROUP],
        }
    }

    /// Computes vector `g` of the group: the pairs of `i` with `j`, lane by lane.
    #[inline(always)]
    pub fn set<S: Simd<V = V>>(&mut self, s: S, g: usize, i: &State<V, D>, j: &State<V, D>) {
        for d in 0..D {
            self.difference[g][d] = s.sub(i.position[d], j.position[d]);
            self.velocity_difference[g][d] = s.sub(i.velocity[d], j.velocity[d]);
        }
        let square = dot(s, &self.difference[g], &self.difference[g]);
        let zero = s.splat(0.0);
        self.distance[g] = s.sqrt(square);
        let inverse = s.div(s.splat(1.0), self.distance[g]);
        self.inverse_distance[g] = s.select_greater(square, zero, inverse, zero);
    }

    /// `v·(x_i − x_j) / r` times `inverse_speed`, of vector `g`: cos θ_ij with v_i and −1/|v_i|,
    /// cos θ_ji with v_j and +1/|v_j|.
    #[inline(always)]
    pub fn cosine<S: Simd<V = V>>(&self, s: S, g: usize, velocity: &[V; D], inverse_speed: V) -> V {
        let scale = s.mul(self.inverse_distance[g], inverse_speed);
        s.mul(dot(s, velocity, &self.difference[g]), scale)
    }
}

/// `cos nθ` for n = 0 .. [`HARMONICS`] − 1 from `c = cos θ`.
#[inline(always)]
pub fn cosines<S: Simd>(s: S, c: S::V) -> [S::V; HARMONICS] {
    let mut cosines = [s.splat(1.0); HARMONICS];
    cosines[1] = c;
    let twice = s.add(c, c);
    for n in 2..HARMONICS {
        cosines[n] = s.sub(s.mul(twice, cosines[n - 1]), cosines[n - 2]);
    }
    cosines
}

/// `Σ_j cos nθ_ij` over n neighbours from sums in lanes. Padding lanes had cos θ = 0, hence
/// `cos 2θ = −1`, which is taken back; the constant counts the neighbours.
#[inline(always)]
pub(crate) fn cosine_totals<S: Simd>(s: S, n: usize, sums: [S::V; HARMONICS]) -> [f64; HARMONICS] {
    let n_padding = (n.next_multiple_of(GROUP * LANES) - n) as f64;
    let mut totals = [n as f64; HARMONICS];
    for harmonic in 1..HARMONICS {
        totals[harmonic] = s.sum(sums[harmonic]) - n_padding * chebyshev(harmonic, 0.0);
    }
    totals
}

/// `1/|v|`, or 0 for a resting individual, whose cosines are then 0.
#[must_use]
pub fn inverse_speed(speed: f64) -> f64 {
    if speed > 0.0 { 1.0 / speed } else { 0.0 }
}

#[inline(always)]
fn dot<S: Simd, const D: usize>(s: S, a: &[S::V; D], b: &[S::V; D]) -> S::V {
    let mut sum = s.mul(a[0], b[0]);
    for d in 1..D {
        sum = s.mul_add(a[d], b[d], sum);
    }
    sum
}
