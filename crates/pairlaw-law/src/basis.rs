//! Sums of every basis term over the neighbours of a focal individual: a row of a linear system.
// Loops over fixed small ranges: iterators would hide which arrays run together.
#![allow(clippy::needless_range_loop)]

use crate::angular::HARMONICS;
use crate::error::LawError;
use crate::law::{Direction, Force, Term, check_term};
use crate::neighbours::{Focal, Neighbours, Pairs, State, cosine_totals, inverse_speed};
use crate::program::{GROUP, RadialProgram};
use crate::radial::Radial;
use crate::simd::{InstructionSet, Kernel, LANES, Lanes, Simd, dispatch};

/// Sums `Σ_j R(r_j) cos(nθ_j) e_j` of one radial function, by dimension and harmonic.
type Tile<const D: usize> = [[Lanes; HARMONICS]; D];

/// A basis compiled for evaluation over many neighbours.
#[derive(Clone, Debug)]
pub struct BasisKernel {
    terms: Vec<CompiledTerm>,
    program: RadialProgram,
    /// Slots of the radial functions of attraction–repulsion, then of alignment.
    slots: [Vec<usize>; 2],
    direction: Direction,
    /// The instruction set that evaluations use; [`InstructionSet::detect`] by default.
    pub instruction_set: InstructionSet,
}

#[derive(Clone, Debug)]
struct CompiledTerm {
    cosines: [f64; HARMONICS],
    kind: TermKind,
}

#[derive(Clone, Copy, Debug)]
enum TermKind {
    /// Position of the radial function in `slots[force]`.
    Pair {
        force: usize,
        row: usize,
    },
    Drag {
        exponent: i32,
    },
}

/// Work space of [`BasisKernel::sums`], to be kept from call to call.
#[derive(Clone, Debug, Default)]
pub struct BasisScratch<const D: usize> {
    values: Vec<[Lanes; GROUP]>,
    sums: [Vec<Tile<D>>; 2],
}

impl BasisKernel {
    /// Compiles a basis.
    ///
    /// # Errors
    /// [`LawError::UnknownHarmonic`], [`LawError::BadScale`], [`LawError::TooManyRadials`],
    /// [`LawError::DragNeedsPowers`].
    pub fn new(terms: &[Term], direction: Direction) -> Result<Self, LawError> {
        terms.iter().enumerate().try_for_each(|(idx, term)| check_term(idx, term))?;
        let pair_radials: Vec<Radial> =
            terms.iter().filter(|term| term.force != Force::Drag).map(|term| term.radial).collect();
        let program = RadialProgram::new(&pair_radials)?;
        let mut slots = [Vec::new(), Vec::new()];
        let compile = |(term_idx, term)| compile_term(term_idx, term, &program, &mut slots);
        let terms = terms.iter().enumerate().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { terms, program, slots, direction, instruction_set: InstructionSet::detect() })
    }

    /// Number of terms.
    #[must_use]
    pub fn n_terms(&self) -> usize {
        self.terms.len()
    }

    /// Whether drag depends on the angle, so that sums of cosines over all are needed.
    fn has_angular_drag(&self) -> bool {
        let is_angular = |term: &CompiledTerm| {
            let is_drag = matches!(term.kind, TermKind::Drag { .. });
            is_drag && term.cosines[1..].iter().any(|c| *c != 0.0)
        };
        self.terms.iter().any(is_angular)
    }

    /// Writes `out[D t + d] = (1/N) Σ_j` of term t in dimension d: the acceleration that the term
    /// alone would give with weight 1, see [`crate::Law`]. `n_reference` is N.
    ///
    /// # Panics
    /// If `out` does not have `D` values a term or slices of `neighbours` differ in length.
    pub fn sums<const D: usize>(
        &self,
        focal: &Focal<D>,
        neighbours: &Neighbours<'_, D>,
        n_reference: f64,
        scratch: &mut BasisScratch<D>,
        out: &mut [f64],
    ) {
        self.sums_among(focal, neighbours, None, n_reference, scratch, out);
    }

    /// [`BasisKernel::sums`] with pair terms over those who are `near` only, and drag over `all`.
    ///
    /// # Panics
    /// As [`BasisKernel::sums`].
    pub fn sums_within<const D: usize>(
        &self,
        focal: &Focal<D>,
        near: &Neighbours<'_, D>,
        all: &Neighbours<'_, D>,
        n_reference: f64,
        scratch: &mut BasisScratch<D>,
        out: &mut [f64],
    ) {
        self.sums_among(focal, near, Some(all), n_reference, scratch, out);
    }

    fn sums_among<const D: usize>(
        &self,
        focal: &Focal<D>,
        neighbours: &Neighbours<'_, D>,
        all: Option<&Neighbours<'_, D>>,
        n_reference: f64,
        scratch: &mut BasisScratch<D>,
        out: &mut [f64],
    ) {
        assert_eq!(out.len(), D * self.terms.len(), "out needs {D} values for each term");
        scratch.values.resize(self.program.n_slots(), [Lanes::default(); GROUP]);
        for (sums, slots) in scratch.sums.iter_mut().zip(&self.slots) {
            sums.clear();
            sums.resize(slots.len(), [[Lanes::default(); HARMONICS]; D]);
        }
        dispatch(
            self.instruction_set,
            TermSums { kernel: self, focal, neighbours, all, n_reference, scratch, out },
        );
    }
}

fn compile_term(
    term_idx: usize,
    term: &Term,
    program: &RadialProgram,
    slots: &mut [Vec<usize>; 2],
) -> Result<CompiledTerm, LawError> {
    let mut pair = |force: usize| {
        let slot = program.slot(term.radial);
        let row = slots[force].iter().position(|known| *known == slot).unwrap_or_else(|| {
            slots[force].push(slot);
            slots[force].len() - 1
        });
        TermKind::Pair { force, row }
    };
    let kind = match (term.force, term.radial) {
        (Force::AttractionRepulsion, _) => pair(0),
        (Force::Alignment, _) => pair(1),
        (Force::Drag, Radial::Power { exponent }) => {
            TermKind::Drag { exponent: i32::from(exponent) }
        }
        (Force::Drag, radial) => return Err(LawError::DragNeedsPowers { term_idx, radial }),
    };
    Ok(CompiledTerm { cosines: term.angular.cosines(), kind })
}

struct TermSums<'a, const D: usize> {
    kernel: &'a BasisKernel,
    focal: &'a Focal<D>,
    neighbours: &'a Neighbours<'a, D>,
    /// Over whom drag is summed, if others than `neighbours`.
    all: Option<&'a Neighbours<'a, D>>,
    n_reference: f64,
    scratch: &'a mut BasisScratch<D>,
    out: &'a mut [f64],
}

impl<const D: usize> Kernel for TermSums<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let n = self.neighbours.count();
        let i = State::splat(s, self.focal);
        let inverse_speed = s.splat(-inverse_speed(self.focal.speed()));
        let mut cosine_sums = [s.splat(0.0); HARMONICS];
        for first in (0..n).step_by(GROUP * LANES) {
            let (pairs, cosines) = self.neighbours.pairs(s, first, self.focal, &i, inverse_speed);
            self.kernel.program.evaluate(s, &pairs.distance, &mut self.scratch.values);
            for cosines in &cosines {
                for n in 1..HARMONICS {
                    cosine_sums[n] = s.add(cosine_sums[n], cosines[n]);
                }
            }
            let vectors = [
                attraction_repulsion_vectors(s, &pairs, self.kernel.direction),
                pairs.velocity_difference,
            ];
            for force in 0..2 {
                let factors = products(s, &vectors[force], &cosines);
                let (slots, sums) = (&self.kernel.slots[force], &mut self.scratch.sums[force]);
                accumulate(s, slots, &self.scratch.values, &factors, sums);
            }
        }
        let totals = match self.all {
            None => cosine_totals(s, n, cosine_sums),
            Some(all) if self.kernel.has_angular_drag() => {
                cosine_totals(s, all.count(), sums_of_cosines(s, self.focal, all))
            }
            // Nobody asks for sums of cosines but their number.
            Some(all) => [all.count() as f64; HARMONICS],
        };
        self.write(&totals);
    }
}

/// `Σ_j cos nθ_ij`, n ≥ 1, in lanes.
#[inline(always)]
fn sums_of_cosines<S: Simd, const D: usize>(
    s: S,
    focal: &Focal<D>,
    neighbours: &Neighbours<'_, D>,
) -> [S::V; HARMONICS] {
    let i = State::splat(s, focal);
    let inverse_speed = s.splat(-inverse_speed(focal.speed()));
    let mut sums = [s.splat(0.0); HARMONICS];
    for first in (0..neighbours.count()).step_by(GROUP * LANES) {
        let (_, cosines) = neighbours.pairs(s, first, focal, &i, inverse_speed);
        for cosines in &cosines {
            for n in 1..HARMONICS {
                sums[n] = s.add(sums[n], cosines[n]);
            }
        }
    }
    sums
}

#[inline(always)]
fn attraction_repulsion_vectors<S: Simd, const D: usize>(
    s: S,
    pairs: &Pairs<S::V, D>,
    direction: Direction,
) -> [[S::V; D]; GROUP] {
    let mut vectors = pairs.difference;
    if direction == Direction::Unit {
        for g in 0..GROUP {
            for d in 0..D {
                vectors[g][d] = s.mul(vectors[g][d], pairs.inverse_distance[g]);
            }
        }
    }
    vectors
}

/// Pair vectors times cosines.
#[inline(always)]
fn products<S: Simd, const D: usize>(
    s: S,
    vectors: &[[S::V; D]; GROUP],
    cosines: &[[S::V; HARMONICS]; GROUP],
) -> [[[S::V; HARMONICS]; D]; GROUP] {
    let mut products = [[[s.splat(0.0); HARMONICS]; D]; GROUP];
    for g in 0..GROUP {
        for d in 0..D {
            for n in 0..HARMONICS {
                products[g][d][n] = s.mul(vectors[g][d], cosines[g][n]);
            }
        }
    }
    products
}

/// `sums[row] += Σ_g values[slot_row][g] factors[g]`: a small matrix product, three rows at a time
/// so that partial sums stay in registers.
#[inline(always)]
fn accumulate<S: Simd, const D: usize>(
    s: S,
    slots: &[usize],
    values: &[[Lanes; GROUP]],
    factors: &[[[S::V; HARMONICS]; D]; GROUP],
    sums: &mut [Tile<D>],
) {
    let (slots_by_three, slots_rest) = slots.as_chunks::<3>();
    let (sums_by_three, sums_rest) = sums.as_chunks_mut::<3>();
    for (slots, sums) in slots_by_three.iter().zip(sums_by_three) {
        accumulate_rows(s, slots, values, factors, sums);
    }
    for (slot, sums) in slots_rest.iter().zip(sums_rest) {
        accumulate_rows(s, &[*slot], values, factors, std::array::from_mut(sums));
    }
}

#[inline(always)]
fn accumulate_rows<S: Simd, const ROWS: usize, const D: usize>(
    s: S,
    slots: &[usize; ROWS],
    values: &[[Lanes; GROUP]],
    factors: &[[[S::V; HARMONICS]; D]; GROUP],
    sums: &mut [Tile<D>; ROWS],
) {
    let mut partial = [[[s.splat(0.0); HARMONICS]; D]; ROWS];
    for row in 0..ROWS {
        for d in 0..D {
            for n in 0..HARMONICS {
                partial[row][d][n] = s.load(&sums[row][d][n].0);
            }
        }
    }
    for g in 0..GROUP {
        for row in 0..ROWS {
            let value = s.load(&values[slots[row]][g].0);
            for d in 0..D {
                for n in 0..HARMONICS {
                    partial[row][d][n] = s.mul_add(value, factors[g][d][n], partial[row][d][n]);
                }
            }
        }
    }
    for row in 0..ROWS {
        for d in 0..D {
            for n in 0..HARMONICS {
                s.store(partial[row][d][n], &mut sums[row][d][n].0);
            }
        }
    }
}

impl<const D: usize> TermSums<'_, D> {
    /// Combines sums over cosines into terms.
    fn write(self, cosine_totals: &[f64; HARMONICS]) {
        let speed = self.focal.speed();
        for (term, out) in self.kernel.terms.iter().zip(self.out.chunks_exact_mut(D)) {
            // Of the three cosines a term has one or two: the others are not added up.
            let used = || term.cosines.iter().enumerate().filter(|(_, c)| **c != 0.0);
            for (d, out) in out.iter_mut().enumerate() {
                *out = match term.kind {
                    TermKind::Pair { force, row } => {
                        let sums = &self.scratch.sums[force][row][d];
                        used().map(|(n, c)| c * sums[n].sum()).sum::<f64>() / self.n_reference
                    }
                    TermKind::Drag { exponent } => {
                        let sum = used().map(|(n, c)| c * cosine_totals[n]).sum::<f64>();
                        speed.powi(exponent) * self.focal.velocity[d] * (sum / self.n_reference)
                    }
                };
            }
        }
    }
}
