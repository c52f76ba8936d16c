//! Accelerations of a whole population, each unordered pair visited once.
//!
//! The force is not symmetric, but distance and radial functions are: the pair (i, j) costs one
//! square root and one exponential for both directions. Individuals are kept sorted by species in
//! padded blocks of eight, so that all lanes of a vector obey the same law; sums run in a fixed
//! order.

use pairlaw_law::simd::{Kernel, LANES, Lanes, Simd, dispatch};
use pairlaw_law::{
    Focal, GROUP, HARMONICS, LawKernels, LawWeights, MAX_SLOTS, Pairs, RadialProgram, State,
    chebyshev, cosines, inverse_speed,
};
use std::ops::Range;

/// State and work space of the all-pairs sums over one population.
#[derive(Clone, Debug)]
pub struct PairLoop<const D: usize> {
    species_slots: Vec<SpeciesSlots>,
    /// Slot of each individual.
    slots: Vec<usize>,
    /// Own slot number of each slot, −1 for padding: `index > i` selects partners of slot i.
    index: Vec<Lanes>,
    positions: [Vec<Lanes>; D],
    velocities: [Vec<Lanes>; D],
    inverse_speeds: Vec<Lanes>,
    /// `Σ_j` of attraction–repulsion and alignment.
    pair_sums: [Vec<Lanes>; D],
    /// `Σ_j cos nθ_ij`, n ≥ 1, over the others.
    cosine_sums: [Vec<Lanes>; HARMONICS],
    speeds: Vec<f64>,
}

/// Individuals in a group of vectors; every species starts at a multiple of it.
const CHUNK: usize = GROUP * LANES;

/// The slots of one species; padding follows up to a whole group of vectors.
#[derive(Clone, Debug)]
struct SpeciesSlots {
    species: usize,
    slots: Range<usize>,
}

impl<const D: usize> PairLoop<D> {
    /// Makes room for individuals of the given species.
    #[must_use]
    pub fn new(species: &[usize]) -> Self {
        let mut kinds = species.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        let mut slots = vec![0; species.len()];
        let mut species_slots = Vec::with_capacity(kinds.len());
        let mut next = 0;
        for kind in kinds {
            let first = next;
            for (slot, _) in slots.iter_mut().zip(species).filter(|(_, s)| **s == kind) {
                *slot = next;
                next += 1;
            }
            species_slots.push(SpeciesSlots { species: kind, slots: first..next });
            next = next.next_multiple_of(CHUNK);
        }
        let empty = vec![Lanes::default(); next / LANES];
        let mut index = vec![Lanes([-1.0; LANES]); next / LANES];
        for &slot in &slots {
            index[slot / LANES].0[slot % LANES] = slot as f64;
        }
        Self {
            species_slots,
            index,
            positions: std::array::from_fn(|_| empty.clone()),
            velocities: std::array::from_fn(|_| empty.clone()),
            pair_sums: std::array::from_fn(|_| empty.clone()),
            cosine_sums: std::array::from_fn(|_| empty.clone()),
            inverse_speeds: empty,
            speeds: vec![0.0; slots.len()],
            slots,
        }
    }

    /// Writes the acceleration of every individual by pair terms, see [`pairlaw_law::Law`] with N the
    /// number of individuals; species k obeys law k of `kernels`.
    ///
    /// # Panics
    /// If positions, velocities or accelerations are not one per individual, or a law is missing.
    pub fn accelerations(
        &mut self,
        kernels: &LawKernels,
        positions: &[[f64; D]],
        velocities: &[[f64; D]],
        accelerations: &mut [[f64; D]],
    ) {
        let n = self.slots.len();
        assert_eq!([positions.len(), velocities.len(), accelerations.len()], [n; 3], "columns");
        self.load(positions, velocities);
        let angular_drag =
            self.species_slots.iter().any(|g| kernels.law(g.species).has_angular_drag());
        dispatch(kernels.instruction_set, AllPairs { state: self, kernels, angular_drag });
        for group in &self.species_slots {
            let law = kernels.law(group.species);
            let members = self.slots.iter().enumerate().filter(|(_, s)| group.slots.contains(s));
            for (i, &slot) in members {
                let drag = law.drag_factor(self.speeds[i], &self.all_cosine_sums(slot));
                let (block, lane) = (slot / LANES, slot % LANES);
                accelerations[i] = std::array::from_fn(|d| {
                    (self.pair_sums[d][block].0[lane] + drag * velocities[i][d]) / n as f64
                });
            }
        }
    }

    /// Scatters the state into slots and clears the sums.
    fn load(&mut self, positions: &[[f64; D]], velocities: &[[f64; D]]) {
        for (i, &slot) in self.slots.iter().enumerate() {
            let (block, lane) = (slot / LANES, slot % LANES);
            for d in 0..D {
                self.positions[d][block].0[lane] = positions[i][d];
                self.velocities[d][block].0[lane] = velocities[i][d];
            }
            self.speeds[i] = Focal { position: positions[i], velocity: velocities[i] }.speed();
            self.inverse_speeds[block].0[lane] = inverse_speed(self.speeds[i]);
        }
        for sums in self.pair_sums.iter_mut().chain(&mut self.cosine_sums) {
            sums.fill(Lanes::default());
        }
    }

    /// `Σ_j cos nθ_ij` over everyone, self included, for which cos θ = 0.
    fn all_cosine_sums(&self, slot: usize) -> [f64; HARMONICS] {
        let (block, lane) = (slot / LANES, slot % LANES);
        let mut sums =
            std::array::from_fn(|n| self.cosine_sums[n][block].0[lane] + chebyshev(n, 0.0));
        sums[0] = self.slots.len() as f64;
        sums
    }
}

struct AllPairs<'a, const D: usize> {
    state: &'a mut PairLoop<D>,
    kernels: &'a LawKernels,
    angular_drag: bool,
}

impl<const D: usize> Kernel for AllPairs<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let groups = self.state.species_slots.clone();
        let mut values = [[Lanes::default(); GROUP]; MAX_SLOTS];
        for (rank, own) in groups.iter().enumerate() {
            for slot in own.slots.clone() {
                let mut row = Row::new(s, self.state, slot);
                for other in &groups[rank..] {
                    let partners = Partners {
                        first: other.slots.start.max(slot) / CHUNK * GROUP,
                        end: other.slots.end.next_multiple_of(CHUNK) / LANES,
                        law: self.kernels.law(other.species),
                    };
                    let law = (other.species != own.species).then(|| self.kernels.law(own.species));
                    let program = self.kernels.program();
                    row.visit(
                        s,
                        self.state,
                        program,
                        law,
                        &partners,
                        self.angular_drag,
                        &mut values,
                    );
                }
                row.finish(s, self.state);
            }
        }
    }
}

/// Blocks `first .. end` of individuals that obey one law.
struct Partners<'a> {
    first: usize,
    end: usize,
    law: &'a LawWeights,
}

/// One individual i and the sums over the partners that come after it.
struct Row<S: Simd, const D: usize> {
    slot: usize,
    i: State<S::V, D>,
    /// −1/|v_i|.
    inverse_speed: S::V,
    pair: [S::V; D],
    cosines: [S::V; HARMONICS],
}

impl<S: Simd, const D: usize> Row<S, D> {
    #[inline(always)]
    fn new(s: S, state: &PairLoop<D>, slot: usize) -> Self {
        let (block, lane) = (slot / LANES, slot % LANES);
        let mut i = State { position: [s.splat(0.0); D], velocity: [s.splat(0.0); D] };
        for d in 0..D {
            i.position[d] = s.splat(state.positions[d][block].0[lane]);
            i.velocity[d] = s.splat(state.velocities[d][block].0[lane]);
        }
        Self {
            slot,
            i,
            inverse_speed: s.splat(-state.inverse_speeds[block].0[lane]),
            pair: [s.splat(0.0); D],
            cosines: [s.splat(0.0); HARMONICS],
        }
    }

    /// Visits the partners group by group. Only the first group can hold slots up to i, only the
    /// last padding. `own_law` is given where it differs from the partners'.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // the inlined body of the innermost loop
    fn visit(
        &mut self,
        s: S,
        state: &mut PairLoop<D>,
        program: &RadialProgram,
        own_law: Option<&LawWeights>,
        partners: &Partners<'_>,
        angular_drag: bool,
        values: &mut [[Lanes; GROUP]],
    ) {
        for first in (partners.first..partners.end).step_by(GROUP) {
            let masked = first == partners.first || first + GROUP == partners.end;
            let (pairs, cosines_i, cosines_j) = self.pairs(s, state, first, masked);
            program.evaluate(s, &pairs.distance, values);
            let inverse = &pairs.inverse_distance;
            let [of_i, of_j] = match own_law {
                None => partners.law.pair_factors(s, values, [&cosines_i, &cosines_j], inverse),
                Some(own) => {
                    let [of_i] = own.pair_factors(s, values, [&cosines_i], inverse);
                    let [of_j] = partners.law.pair_factors(s, values, [&cosines_j], inverse);
                    [of_i, of_j]
                }
            };
            for d in 0..D {
                let sums = &mut state.pair_sums[d][first..first + GROUP];
                for g in 0..GROUP {
                    let (x, v) = (pairs.difference[g][d], pairs.velocity_difference[g][d]);
                    let own = s.mul_add(of_i[0][g], x, self.pair[d]);
                    self.pair[d] = s.mul_add(of_i[1][g], v, own);
                    let other = s.neg_mul_add(of_j[0][g], x, s.load(&sums[g].0));
                    s.store(s.neg_mul_add(of_j[1][g], v, other), &mut sums[g].0);
                }
            }
            if angular_drag {
                self.add_cosines(s, state, first, masked, &cosines_i, &cosines_j);
            }
        }
    }

    /// Geometry of i with a group of partners, and `cos nθ` of both directions.
    #[inline(always)]
    #[allow(clippy::type_complexity)]
    fn pairs(
        &self,
        s: S,
        state: &PairLoop<D>,
        first: usize,
        masked: bool,
    ) -> (Pairs<S::V, D>, [[S::V; HARMONICS]; GROUP], [[S::V; HARMONICS]; GROUP]) {
        let mut pairs = Pairs::zero(s);
        let mut cosines_i = [[s.splat(0.0); HARMONICS]; GROUP];
        let mut cosines_j = cosines_i;
        let slot = s.splat(self.slot as f64);
        let index = &state.index[first..first + GROUP];
        let inverse_speeds = &state.inverse_speeds[first..first + GROUP];
        for g in 0..GROUP {
            let mut j = self.i;
            for d in 0..D {
                j.position[d] = s.load(&state.positions[d][first + g].0);
                j.velocity[d] = s.load(&state.velocities[d][first + g].0);
            }
            if masked {
                // A lane that is no partner becomes i itself: all its contributions vanish.
                let index = s.load(&index[g].0);
                for d in 0..D {
                    let own = (self.i.position[d], self.i.velocity[d]);
                    j.position[d] = s.select_greater(index, slot, j.position[d], own.0);
                    j.velocity[d] = s.select_greater(index, slot, j.velocity[d], own.1);
                }
            }
            pairs.set(s, g, &self.i, &j);
            let inverse_speed = s.load(&inverse_speeds[g].0);
            cosines_i[g] = cosines(s, pairs.cosine(s, g, &self.i.velocity, self.inverse_speed));
            cosines_j[g] = cosines(s, pairs.cosine(s, g, &j.velocity, inverse_speed));
        }
        (pairs, cosines_i, cosines_j)
    }

    /// Adds `cos nθ` of both directions; lanes that are no partner are left out.
    #[inline(always)]
    fn add_cosines(
        &mut self,
        s: S,
        state: &mut PairLoop<D>,
        first: usize,
        masked: bool,
        cosines_i: &[[S::V; HARMONICS]; GROUP],
        cosines_j: &[[S::V; HARMONICS]; GROUP],
    ) {
        let (slot, zero) = (s.splat(self.slot as f64), s.splat(0.0));
        for g in 0..GROUP {
            let index = s.load(&state.index[first + g].0);
            for n in 1..HARMONICS {
                let (mut of_i, mut of_j) = (cosines_i[g][n], cosines_j[g][n]);
                if masked {
                    of_i = s.select_greater(index, slot, of_i, zero);
                    of_j = s.select_greater(index, slot, of_j, zero);
                }
                self.cosines[n] = s.add(self.cosines[n], of_i);
                let sum = &mut state.cosine_sums[n][first + g].0;
                s.store(s.add(s.load(sum), of_j), sum);
            }
        }
    }

    /// Adds this row's sums to what earlier rows left for i.
    #[inline(always)]
    fn finish(&self, s: S, state: &mut PairLoop<D>) {
        let (block, lane) = (self.slot / LANES, self.slot % LANES);
        for d in 0..D {
            state.pair_sums[d][block].0[lane] += s.sum(self.pair[d]);
        }
        for n in 1..HARMONICS {
            state.cosine_sums[n][block].0[lane] += s.sum(self.cosines[n]);
        }
    }
}
