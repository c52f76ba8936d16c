//! Radial functions of a whole vector of distances, sharing one exponential.
//!
//! Rates that are multiples of a common one are powers of one exponential: `e^{−2r}` gives
//! `e^{−4r}` and `e^{−8r}` by squaring and `e^{−10r}` by a product. [`RadialProgram`] plans those
//! products once for a set of radial functions; evaluating it costs one exponential, a few products
//! and a Laguerre recurrence a vector, for any law.

use crate::error::LawError;
use crate::exponential::exp;
use crate::radial::Radial;
use crate::simd::{Lanes, Simd};

/// Vectors evaluated together: enough independent work to hide the latency of one.
pub const GROUP: usize = 4;

/// Most values a program computes at one distance.
pub const MAX_SLOTS: usize = 96;

/// Rates whose common divisor is smaller than this part of the largest are not chained:
/// the rounding of the common exponential grows with the power.
const LONGEST_CHAIN: f64 = 256.0;

/// One planned operation; its result takes the next free slot (Laguerre: the next `count`).
#[derive(Clone, Copy, Debug)]
enum Step {
    Exponential {
        rate: f64,
    },
    One,
    Distance,
    Product {
        a: usize,
        b: usize,
    },
    /// Of the value of the step before, which is still in registers.
    Square,
    /// Of the value of the step before and slot `b`.
    Times {
        b: usize,
    },
    Laguerre {
        scale: f64,
        decay: usize,
        count: usize,
    },
}

/// A plan that evaluates a set of radial functions at a vector of distances.
#[derive(Clone, Debug)]
pub struct RadialProgram {
    steps: Vec<Step>,
    slots: Vec<(Radial, usize)>,
    n_slots: usize,
}

impl RadialProgram {
    /// Plans the evaluation of `radials`; duplicates are computed once.
    ///
    /// # Errors
    /// [`LawError::TooManyRadials`] beyond [`MAX_SLOTS`] values.
    pub fn new(radials: &[Radial]) -> Result<Self, LawError> {
        let mut plan = Self { steps: Vec::new(), slots: Vec::new(), n_slots: 0 };
        let decays = plan.push_exponentials(radials);
        plan.push_laguerre(radials, &decays);
        plan.push_powers(radials);
        if plan.n_slots > MAX_SLOTS {
            return Err(LawError::TooManyRadials { found: plan.n_slots, most: MAX_SLOTS });
        }
        Ok(plan)
    }

    /// Number of values computed at each distance.
    #[must_use]
    pub fn n_slots(&self) -> usize {
        self.n_slots
    }

    /// Where the value of `radial` stands.
    ///
    /// # Panics
    /// If `radial` was not among the planned functions.
    #[must_use]
    pub fn slot(&self, radial: Radial) -> usize {
        let found = self.slots.iter().find(|(known, _)| *known == radial);
        found.expect("the program was made for this radial function").1
    }

    fn push(&mut self, step: Step) -> usize {
        let slot = self.n_slots;
        self.n_slots += if let Step::Laguerre { count, .. } = step { count } else { 1 };
        self.steps.push(step);
        slot
    }

    /// Plans every exponential, also the weights of Laguerre functions; returns (rate, slot).
    fn push_exponentials(&mut self, radials: &[Radial]) -> Vec<(f64, usize)> {
        let rate_of = |radial: &Radial| match *radial {
            Radial::Exponential { rate } => Some(rate),
            Radial::Laguerre { scale, .. } => Some(0.5 * scale),
            Radial::Power { .. } => None,
        };
        let mut rates: Vec<f64> = radials.iter().filter_map(rate_of).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let slots = match common_rate(&rates) {
            Some(base) => self.push_chain(base, &rates),
            None => rates.iter().map(|&rate| self.push(Step::Exponential { rate })).collect(),
        };
        let decays: Vec<(f64, usize)> = rates.into_iter().zip(slots).collect();
        for &(rate, slot) in &decays {
            self.slots.push((Radial::Exponential { rate }, slot));
        }
        decays
    }

    /// Plans `rates` as powers of `e^{−base r}`; returns their slots.
    fn push_chain(&mut self, base: f64, rates: &[f64]) -> Vec<usize> {
        let mut known = vec![(1, self.push(Step::Exponential { rate: base }))];
        rates.iter().map(|rate| self.push_power((rate / base).round() as u32, &mut known)).collect()
    }

    /// Slot of a power of the first known value, by the shortest product at hand.
    fn push_power(&mut self, power: u32, known: &mut Vec<(u32, usize)>) -> usize {
        let slot_of = |known: &[(u32, usize)], p| known.iter().find(|(q, _)| *q == p).map(|k| k.1);
        if let Some(slot) = slot_of(known, power) {
            return slot;
        }
        let pair = known.iter().rev().find_map(|&(p, a)| {
            let rest = power.checked_sub(p)?;
            slot_of(known, rest).map(|b| (a, b))
        });
        let (a, b) = pair.unwrap_or_else(|| {
            let half = self.push_power(power / 2, known);
            let rest = self.push_power(power - power / 2, known);
            (half, rest)
        });
        let slot = self.push_product(a, b);
        known.push((power, slot));
        slot
    }

    /// Plans the product of two slots; factors fresh from the last step need no memory round trip.
    fn push_product(&mut self, a: usize, b: usize) -> usize {
        let fresh = match self.steps.last() {
            Some(Step::Laguerre { .. }) | None => None,
            Some(_) => Some(self.n_slots - 1),
        };
        let step = match (fresh == Some(a), fresh == Some(b)) {
            (true, true) => Step::Square,
            (true, false) => Step::Times { b },
            (false, true) => Step::Times { b: a },
            (false, false) => Step::Product { a, b },
        };
        self.push(step)
    }

    fn push_laguerre(&mut self, radials: &[Radial], decays: &[(f64, usize)]) {
        for &(decay_rate, decay) in decays {
            let scale = 2.0 * decay_rate;
            let degree_of = |radial: &Radial| match *radial {
                Radial::Laguerre { degree, scale: s } if s.total_cmp(&scale).is_eq() => {
                    Some(degree)
                }
                _ => None,
            };
            let Some(highest) = radials.iter().filter_map(degree_of).max() else {
                continue;
            };
            let count = usize::from(highest) + 1;
            let first = self.push(Step::Laguerre { scale, decay, count });
            for degree in 0..=highest {
                let slot = first + usize::from(degree);
                self.slots.push((Radial::Laguerre { degree, scale }, slot));
            }
        }
    }

    fn push_powers(&mut self, radials: &[Radial]) {
        let exponent_of = |radial: &Radial| match *radial {
            Radial::Power { exponent } => Some(exponent),
            _ => None,
        };
        let mut exponents: Vec<u8> = radials.iter().filter_map(exponent_of).collect();
        exponents.sort_unstable();
        exponents.dedup();
        let mut known = Vec::new();
        for exponent in exponents {
            let slot = match exponent {
                0 => self.push(Step::One),
                _ if known.is_empty() => {
                    known.push((1, self.push(Step::Distance)));
                    self.push_power(u32::from(exponent), &mut known)
                }
                _ => self.push_power(u32::from(exponent), &mut known),
            };
            self.slots.push((Radial::Power { exponent }, slot));
        }
    }

    /// Values at the distances `r`: those of slot k are written to `out[k]`.
    ///
    /// # Panics
    /// If `out` has fewer than [`RadialProgram::n_slots`] entries.
    #[inline(always)]
    pub fn evaluate<S: Simd>(&self, s: S, r: &[S::V; GROUP], out: &mut [[Lanes; GROUP]]) {
        let mut at = 0;
        let mut value = *r;
        for step in &self.steps {
            match *step {
                Step::Distance => value = *r,
                Step::One => value = [s.splat(1.0); GROUP],
                Step::Exponential { rate } => {
                    for g in 0..GROUP {
                        value[g] = exp(s, s.mul(s.splat(-rate), r[g]));
                    }
                }
                Step::Square => {
                    for value in &mut value {
                        *value = s.mul(*value, *value);
                    }
                }
                Step::Times { b } => {
                    for g in 0..GROUP {
                        value[g] = s.mul(value[g], s.load(&out[b][g].0));
                    }
                }
                Step::Product { a, b } => {
                    for g in 0..GROUP {
                        value[g] = s.mul(s.load(&out[a][g].0), s.load(&out[b][g].0));
                    }
                }
                Step::Laguerre { scale, decay, count } => {
                    laguerre_functions(s, r, scale, decay, &mut out[..at + count], at);
                    at += count;
                    continue;
                }
            }
            for g in 0..GROUP {
                s.store(value[g], &mut out[at][g].0);
            }
            at += 1;
        }
    }
}

/// Writes `L_n(αr) w` from `out[first]` on, the weight w = `out[decay]` folded into the recurrence.
#[inline(always)]
fn laguerre_functions<S: Simd>(
    s: S,
    r: &[S::V; GROUP],
    scale: f64,
    decay: usize,
    out: &mut [[Lanes; GROUP]],
    first: usize,
) {
    let mut previous = [s.splat(0.0); GROUP];
    let (mut current, mut x) = (previous, previous);
    for g in 0..GROUP {
        current[g] = s.load(&out[decay][g].0);
        x[g] = s.mul(s.splat(scale), r[g]);
    }
    for (out, [a, b, c]) in out[first..].iter_mut().zip(&LAGUERRE_STEPS) {
        for g in 0..GROUP {
            s.store(current[g], &mut out[g].0);
            let factor = s.neg_mul_add(s.splat(*b), x[g], s.splat(*a));
            let next = s.mul_add(factor, current[g], s.mul(s.splat(*c), previous[g]));
            (previous[g], current[g]) = (current[g], next);
        }
    }
}

/// `(2n+1)/(n+1)`, `1/(n+1)`, `−n/(n+1)` of the recurrence in [`crate::laguerre`].
static LAGUERRE_STEPS: [[f64; 3]; MAX_SLOTS] = {
    let mut steps = [[0.0; 3]; MAX_SLOTS];
    let mut n = 0;
    while n < MAX_SLOTS {
        let m = n as f64;
        steps[n] = [(2.0 * m + 1.0) / (m + 1.0), 1.0 / (m + 1.0), -m / (m + 1.0)];
        n += 1;
    }
    steps
};

/// The greatest common divisor of the rates, if it is not too small for a chain of powers.
fn common_rate(rates: &[f64]) -> Option<f64> {
    let largest = rates.iter().copied().reduce(f64::max)?;
    let smallest_divisor = largest / LONGEST_CHAIN;
    let divisor = rates.iter().copied().reduce(|mut a, mut b| {
        while b > 0.5 * smallest_divisor {
            (a, b) = (b, a % b);
        }
        a
    })?;
    let is_multiple = |rate: &f64| {
        let multiple = rate / divisor;
        (multiple - multiple.round()).abs() < 1e-13 * multiple
    };
    (divisor >= smallest_divisor && rates.iter().all(is_multiple)).then_some(divisor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{PAPER_SCALE, paper_basis};
    use crate::simd::{InstructionSet, Kernel, dispatch};

    struct Evaluate<'a>(&'a RadialProgram, f64, &'a mut [[Lanes; GROUP]]);

    impl Kernel for Evaluate<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            self.0.evaluate(s, &[s.splat(self.1); GROUP], self.2);
        }
    }

    /// Largest difference from the defining formulas over r, relative to 1.
    fn largest_error(radials: &[Radial], set: InstructionSet) -> f64 {
        let program = RadialProgram::new(radials).unwrap();
        let mut out = vec![[Lanes::default(); GROUP]; program.n_slots()];
        let mut largest: f64 = 0.0;
        for r in (0..60).map(|step| 0.05 * f64::from(step)) {
            dispatch(set, Evaluate(&program, r, &mut out));
            for radial in radials {
                let found = out[program.slot(*radial)][2].0[3];
                largest = largest.max((found - radial.value(r)).abs());
            }
        }
        largest
    }

    #[test]
    fn paper_basis_agrees_with_the_formulas() {
        let basis = paper_basis(PAPER_SCALE);
        let pair: Vec<Radial> = basis[..78].iter().map(|term| term.radial).collect();
        for set in InstructionSet::available() {
            // Rounding: e^{−32r} is the 128th power of a rounded number.
            assert!(largest_error(&pair, set) < 5e-13, "{set:?}");
        }
    }

    #[test]
    fn rates_without_a_common_divisor_get_their_own_exponentials() {
        let radials =
            [1.0, std::f64::consts::SQRT_2, 1e-3].map(|rate| Radial::Exponential { rate });
        assert!(largest_error(&radials, InstructionSet::Portable) < 1e-14);
        assert_eq!(common_rate(&[1.0, std::f64::consts::SQRT_2]), None);
    }

    #[test]
    fn chain_of_the_paper_species_needs_one_exponential_and_few_products() {
        assert_eq!(common_rate(&[8.0, 10.0, 20.0]), Some(2.0));
        let radials = [20.0, 10.0, 8.0].map(|rate| Radial::Exponential { rate });
        let program = RadialProgram::new(&radials).unwrap();
        assert_eq!(program.steps.len(), 5);
        assert!(largest_error(&radials, InstructionSet::Portable) < 1e-14);
    }

    #[test]
    fn powers_share_their_products() {
        let radials = [0, 1, 2, 3, 7].map(|exponent| Radial::Power { exponent });
        // Rounding, relative to 3^7.
        assert!(largest_error(&radials, InstructionSet::Portable) < 1e-12);
    }

    #[test]
    fn too_many_functions_are_an_error() {
        let radials: Vec<Radial> =
            (1..=97).map(|k| Radial::Exponential { rate: f64::from(k).sqrt() }).collect();
        let error = RadialProgram::new(&radials).unwrap_err();
        assert_eq!(error, LawError::TooManyRadials { found: 97, most: MAX_SLOTS });
    }
}
