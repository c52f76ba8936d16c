//! Laws compiled for evaluation over many neighbours: accelerations of a focal individual.
// Loops over fixed small ranges: iterators would hide which arrays run together.
#![allow(clippy::needless_range_loop)]

use crate::angular::HARMONICS;
use crate::error::LawError;
use crate::law::{Direction, Force, Law};
use crate::neighbours::{Focal, Neighbours, State, cosine_totals, inverse_speed};
use crate::one_body::OneBody;
use crate::program::{GROUP, RadialProgram};
use crate::radial::Radial;
use crate::simd::{InstructionSet, Kernel, LANES, Lanes, Simd, dispatch};
use crate::surroundings::Surroundings;
use std::cell::RefCell;

/// Laws that act in one population, compiled together so that they share radial functions.
#[derive(Clone, Debug)]
pub struct LawKernels {
    program: RadialProgram,
    laws: Vec<LawWeights>,
    /// The instruction set that evaluations use; [`InstructionSet::detect`] by default.
    pub instruction_set: InstructionSet,
}

/// One law's weights, by force and by cosine `cos nθ`.
#[derive(Clone, Debug)]
pub struct LawWeights {
    attraction_repulsion: [Vec<(usize, f64)>; HARMONICS],
    alignment: [Vec<(usize, f64)>; HARMONICS],
    drag: [Vec<(i32, f64)>; HARMONICS],
    direction: Direction,
    one_body: Vec<(OneBody, f64)>,
}

impl LawKernels {
    /// Compiles `laws`; their order is kept.
    ///
    /// # Errors
    /// Those of [`Law::new`], [`LawError::TooManyRadials`], [`LawError::DragNeedsPowers`].
    pub fn new(laws: &[Law]) -> Result<Self, LawError> {
        laws.iter().try_for_each(Law::check)?;
        let pair_terms =
            laws.iter().flat_map(Law::active).filter(|(term, _)| term.force != Force::Drag);
        let radials: Vec<Radial> = pair_terms.map(|(term, _)| term.radial).collect();
        let program = RadialProgram::new(&radials)?;
        let laws =
            laws.iter().map(|law| LawWeights::new(law, &program)).collect::<Result<_, _>>()?;
        Ok(Self { program, laws, instruction_set: InstructionSet::detect() })
    }

    /// The shared radial functions.
    #[must_use]
    pub fn program(&self) -> &RadialProgram {
        &self.program
    }

    /// Weights of one law.
    ///
    /// # Panics
    /// If there is no such law.
    #[must_use]
    pub fn law(&self, law_idx: usize) -> &LawWeights {
        &self.laws[law_idx]
    }

    /// Acceleration of `focal` by the pair terms of law `law_idx`, see [`Law`]; one-body terms are
    /// added by [`LawWeights::add_one_body`]:
    ///
    /// ```text
    /// a_i = (1/N) Σ_j [ … ],  N = n_reference
    /// ```
    ///
    /// `neighbours` are all who are present; whoever coincides with the focal state contributes as
    /// the self term does.
    ///
    /// # Panics
    /// If slices of `neighbours` differ in length or `law_idx` is too large.
    #[must_use]
    pub fn acceleration<const D: usize>(
        &self,
        law_idx: usize,
        focal: &Focal<D>,
        neighbours: &Neighbours<'_, D>,
        n_reference: f64,
    ) -> [f64; D] {
        thread_local! {
            /// Radial values of one group of neighbours, kept from call to call.
            static VALUES: RefCell<Vec<[Lanes; GROUP]>> = const { RefCell::new(Vec::new()) };
        }
        let law = &self.laws[law_idx];
        let sums = VALUES.with_borrow_mut(|values| {
            values.resize(self.program.n_slots().max(values.len()), [Lanes::default(); GROUP]);
            let program = &self.program;
            dispatch(self.instruction_set, FocalSums { program, law, focal, neighbours, values })
        });
        let drag = law.drag_factor(focal.speed(), &sums.cosines);
        std::array::from_fn(|d| (sums.pair[d] + drag * focal.velocity[d]) / n_reference)
    }
}

impl LawWeights {
    fn new(law: &Law, program: &RadialProgram) -> Result<Self, LawError> {
        let mut weights = Self {
            attraction_repulsion: Default::default(),
            alignment: Default::default(),
            drag: Default::default(),
            direction: law.direction,
            one_body: law.active_one_body().collect(),
        };
        for (term_idx, (term, weight)) in law.terms.iter().zip(&law.weights).enumerate() {
            for (n, coefficient) in term.angular.cosines().into_iter().enumerate() {
                let weight = weight * coefficient;
                if weight != 0.0 {
                    weights
                        .push(term.force, n, term.radial, weight, program)
                        .ok_or(LawError::DragNeedsPowers { term_idx, radial: term.radial })?;
                }
            }
        }
        Ok(weights)
    }

    fn push(
        &mut self,
        force: Force,
        harmonic: usize,
        radial: Radial,
        weight: f64,
        program: &RadialProgram,
    ) -> Option<()> {
        match (force, radial) {
            (Force::AttractionRepulsion, _) => {
                add(&mut self.attraction_repulsion[harmonic], program.slot(radial), weight);
            }
            (Force::Alignment, _) => {
                add(&mut self.alignment[harmonic], program.slot(radial), weight);
            }
            (Force::Drag, Radial::Power { exponent }) => {
                add(&mut self.drag[harmonic], i32::from(exponent), weight);
            }
            (Force::Drag, _) => return None,
        }
        Some(())
    }

    /// Adds what the one-body terms give to an acceleration; without such terms it keeps its bits.
    ///
    /// # Panics
    /// As [`OneBody::acceleration`].
    pub fn add_one_body<const D: usize>(
        &self,
        focal: &Focal<D>,
        individual: usize,
        surroundings: &Surroundings<D>,
        acceleration: &mut [f64; D],
    ) {
        for (term, weight) in &self.one_body {
            let own = term.acceleration(focal, individual, surroundings);
            acceleration.iter_mut().zip(own).for_each(|(sum, own)| *sum += weight * own);
        }
    }

    /// The active one-body terms with their weights.
    #[must_use]
    pub fn one_body(&self) -> &[(OneBody, f64)] {
        &self.one_body
    }

    /// `Σ_j f_drag(s, θ_ij)` from the speed s and the sums `Σ_j cos nθ_ij`.
    #[must_use]
    pub fn drag_factor(&self, speed: f64, cosine_sums: &[f64; HARMONICS]) -> f64 {
        let of_speed = |terms: &[(i32, f64)]| -> f64 {
            terms.iter().map(|(exponent, weight)| weight * speed.powi(*exponent)).sum()
        };
        self.drag.iter().zip(cosine_sums).map(|(terms, sum)| of_speed(terms) * sum).sum()
    }

    /// Whether drag depends on the angle, so that sums of cosines are needed.
    #[must_use]
    pub fn has_angular_drag(&self) -> bool {
        self.drag[1..].iter().any(|terms| !terms.is_empty())
    }

    /// `f_a-r` times what makes a vector of `x_i − x_j`, and `f_align`, for K angles at one distance
    /// (the two directions of a pair, say), from the values that [`RadialProgram::evaluate`] wrote:
    /// `factors[k][force][vector]`.
    #[inline(always)]
    pub fn pair_factors<S: Simd, const K: usize>(
        &self,
        s: S,
        values: &[[Lanes; GROUP]],
        cosines: [&[[S::V; HARMONICS]; GROUP]; K],
        inverse_distance: &[S::V; GROUP],
    ) -> [[[S::V; GROUP]; 2]; K] {
        let mut factors = [[[s.splat(0.0); GROUP]; 2]; K];
        for (force, harmonics) in [&self.attraction_repulsion, &self.alignment].iter().enumerate() {
            for (n, terms) in harmonics.iter().enumerate() {
                if terms.is_empty() {
                    continue;
                }
                let radial = weighted_sum(s, terms, values);
                for k in 0..K {
                    for g in 0..GROUP {
                        let sum = &mut factors[k][force][g];
                        *sum = s.mul_add(radial[g], cosines[k][g][n], *sum);
                    }
                }
            }
        }
        if self.direction == Direction::Unit {
            for factors in &mut factors {
                for g in 0..GROUP {
                    factors[0][g] = s.mul(factors[0][g], inverse_distance[g]);
                }
            }
        }
        factors
    }
}

/// Adds a weight to the entry of `key`, made if there is none.
fn add<T: PartialEq>(terms: &mut Vec<(T, f64)>, key: T, weight: f64) {
    match terms.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += weight,
        None => terms.push((key, weight)),
    }
}

// A function and not a closure: closures are not inlined across instruction sets.
#[inline(always)]
fn weighted_sum<S: Simd>(s: S, terms: &[(usize, f64)], values: &[[Lanes; GROUP]]) -> [S::V; GROUP] {
    let mut sum = [s.splat(0.0); GROUP];
    for (slot, weight) in terms {
        let value = &values[*slot];
        for g in 0..GROUP {
            sum[g] = s.mul_add(s.splat(*weight), s.load(&value[g].0), sum[g]);
        }
    }
    sum
}

/// Sums over all neighbours of a focal individual.
struct Sums<const D: usize> {
    pair: [f64; D],
    cosines: [f64; HARMONICS],
}

struct FocalSums<'a, const D: usize> {
    program: &'a RadialProgram,
    law: &'a LawWeights,
    focal: &'a Focal<D>,
    neighbours: &'a Neighbours<'a, D>,
    values: &'a mut [[Lanes; GROUP]],
}

impl<const D: usize> Kernel for FocalSums<'_, D> {
    type Output = Sums<D>;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Sums<D> {
        let n = self.neighbours.count();
        let i = State::splat(s, self.focal);
        let inverse_speed = s.splat(-inverse_speed(self.focal.speed()));
        let mut pair = [s.splat(0.0); D];
        let mut cosine_sums = [s.splat(0.0); HARMONICS];
        for first in (0..n).step_by(GROUP * LANES) {
            let (pairs, cosines) = self.neighbours.pairs(s, first, self.focal, &i, inverse_speed);
            self.program.evaluate(s, &pairs.distance, self.values);
            let [[f, h]] =
                self.law.pair_factors(s, self.values, [&cosines], &pairs.inverse_distance);
            for g in 0..GROUP {
                for d in 0..D {
                    let sum = s.mul_add(f[g], pairs.difference[g][d], pair[d]);
                    pair[d] = s.mul_add(h[g], pairs.velocity_difference[g][d], sum);
                }
                for n in 1..HARMONICS {
                    cosine_sums[n] = s.add(cosine_sums[n], cosines[g][n]);
                }
            }
        }
        let mut totals = [0.0; D];
        for (total, lanes) in totals.iter_mut().zip(pair) {
            *total = s.sum(lanes);
        }
        Sums { pair: totals, cosines: cosine_totals(s, n, cosine_sums) }
    }
}
