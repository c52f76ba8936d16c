//! The direct sum over all pairs, eight particles at a time.

use crate::simd::{InstructionSet, Kernel, LANES, Lanes, Simd, dispatch};
use crate::{KernelTerm, PairKernel, exp};

/// Sources that are taken together, so that a term is chosen once for all of them.
const CHUNK: usize = 16;

/// Work space of direct sums: the targets in vectors of eight.
#[derive(Clone, Debug)]
pub(super) struct Direct<const D: usize> {
    targets: [Vec<Lanes>; D],
}

impl<const D: usize> Direct<D> {
    pub(super) fn new() -> Self {
        Self { targets: std::array::from_fn(|_| Vec::new()) }
    }

    /// Writes the sums of all kernels; `out` has the right lengths.
    pub(super) fn evaluate(
        &mut self,
        kernels: &[PairKernel],
        positions: [&[f64]; D],
        out: &mut [[Vec<f64>; D]],
    ) {
        for (targets, positions) in self.targets.iter_mut().zip(positions) {
            targets.clear();
            targets.extend(positions.chunks(LANES).map(|chunk| {
                let mut lanes = Lanes([chunk[0]; LANES]);
                lanes.0[..chunk.len()].copy_from_slice(chunk);
                lanes
            }));
        }
        let pairs = AllPairs { targets: &self.targets, sources: positions };
        dispatch(InstructionSet::detect(), AllSums { pairs, kernels, out });
    }
}

#[derive(Clone, Copy)]
struct AllPairs<'a, const D: usize> {
    targets: &'a [Vec<Lanes>; D],
    sources: [&'a [f64]; D],
}

struct AllSums<'a, const D: usize> {
    pairs: AllPairs<'a, D>,
    kernels: &'a [PairKernel],
    out: &'a mut [[Vec<f64>; D]],
}

impl<const D: usize> Kernel for AllSums<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let n = self.pairs.sources[0].len();
        for block in 0..self.pairs.targets[0].len() {
            let lanes = block * LANES..n.min((block + 1) * LANES);
            for (kernel, out) in self.kernels.iter().zip(self.out.iter_mut()) {
                let sums = self.pairs.block(s, block, kernel);
                for (sum, out) in sums.into_iter().zip(out) {
                    let scaled = sum.0.map(|sum| sum / n as f64);
                    out[lanes.clone()].copy_from_slice(&scaled[..lanes.len()]);
                }
            }
        }
    }
}

impl<const D: usize> AllPairs<'_, D> {
    /// `Σ_j K(x_i − x_j)` for the eight targets of a block.
    #[inline(always)]
    fn block<S: Simd>(&self, s: S, block: usize, kernel: &PairKernel) -> [Lanes; D] {
        let n = self.sources[0].len();
        let zero = s.splat(0.0);
        let target = std::array::from_fn::<_, D, _>(|d| s.load(&self.targets[d][block].0));
        let mut sums = [zero; D];
        let mut pairs = Pairs { difference: [[zero; D]; CHUNK], distance: [zero; CHUNK] };
        let mut values = [zero; CHUNK];
        for first in (0..n).step_by(CHUNK) {
            let count = CHUNK.min(n - first);
            for c in 0..count {
                let mut difference = target;
                for d in 0..D {
                    difference[d] = s.sub(target[d], s.splat(self.sources[d][first + c]));
                }
                pairs.distance[c] = norm(s, &difference);
                pairs.difference[c] = difference;
            }
            values[..count].fill(zero);
            for (term, weight) in kernel.active() {
                add_term(s, term, weight, &pairs.distance[..count], &mut values[..count]);
            }
            let pairs = pairs.distance.iter().zip(&pairs.difference).zip(&values);
            for ((distance, difference), value) in pairs.take(count) {
                // K(0) = 0.
                let over = s.div(*value, *distance);
                let over = s.select_greater(*distance, zero, over, zero);
                for (sum, x) in sums.iter_mut().zip(difference) {
                    *sum = s.mul_add(over, *x, *sum);
                }
            }
        }
        let mut out = [Lanes::default(); D];
        for (sum, out) in sums.into_iter().zip(&mut out) {
            s.store(sum, &mut out.0);
        }
        out
    }
}

/// Eight targets against a chunk of sources.
struct Pairs<V, const D: usize> {
    difference: [[V; D]; CHUNK],
    distance: [V; CHUNK],
}

#[inline(always)]
fn norm<S: Simd, const D: usize>(s: S, x: &[S::V; D]) -> S::V {
    if D == 1 {
        return s.max(x[0], s.sub(s.splat(0.0), x[0]));
    }
    let mut square = s.mul(x[0], x[0]);
    for x in &x[1..] {
        square = s.mul_add(*x, *x, square);
    }
    s.sqrt(square)
}

/// Adds `weight ψ(r)` to the values.
#[inline(always)]
fn add_term<S: Simd>(s: S, term: KernelTerm, weight: f64, r: &[S::V], values: &mut [S::V]) {
    let weight = s.splat(weight);
    let pairs = r.iter().zip(values);
    match term {
        KernelTerm::Power { exponent, cutoff } if is_half_integer(exponent) => {
            let cutoff = s.splat(if exponent < 0.0 { cutoff } else { 0.0 });
            for (r, value) in pairs {
                let power = half_power(s, s.max(cutoff, *r), exponent);
                *value = s.mul_add(weight, power, *value);
            }
        }
        KernelTerm::Exponential { rate } => {
            let rate = s.splat(rate);
            for (r, value) in pairs {
                *value = s.mul_add(weight, exp(s, s.mul(rate, *r)), *value);
            }
        }
        KernelTerm::Yukawa { cutoff } => {
            for (r, value) in pairs {
                let r = s.max(s.splat(cutoff), *r);
                let term = s.div(exp(s, s.sub(s.splat(0.0), r)), r);
                *value = s.mul_add(weight, term, *value);
            }
        }
        KernelTerm::Sign { radius, cutoff } => {
            let (radius, zero) = (s.splat(radius), s.splat(0.0));
            for (r, value) in pairs {
                let inverse = s.div(weight, s.max(s.splat(cutoff), *r));
                let inner = s.select_greater(radius, *r, s.sub(zero, inverse), zero);
                *value = s.add(*value, s.select_greater(*r, radius, inverse, inner));
            }
        }
        KernelTerm::Piece { from, to, exponent } => {
            let (from, to, zero) = (s.splat(from), s.splat(to), s.splat(0.0));
            for (r, value) in pairs {
                let power = half_power(s, *r, f64::from(exponent));
                let beyond = s.select_greater(*r, from, power, zero);
                let inside = s.select_greater(*r, to, zero, beyond);
                *value = s.mul_add(weight, inside, *value);
            }
        }
        KernelTerm::Power { .. } | KernelTerm::Sine | KernelTerm::Cosine => {
            for (r, value) in pairs {
                let mut lanes = [0.0; LANES];
                s.store(*r, &mut lanes);
                *value = s.mul_add(weight, s.load(&lanes.map(|r| term.value(r))), *value);
            }
        }
    }
}

/// Exponents that [`half_power`] takes.
fn is_half_integer(exponent: f64) -> bool {
    (2.0 * exponent).fract() == 0.0 && exponent.abs() <= 256.0
}

/// `r^p` for 2p integer, by repeated squaring and one root.
#[inline(always)]
fn half_power<S: Simd>(s: S, r: S::V, p: f64) -> S::V {
    let doubled = (2.0 * p).abs() as u32;
    let mut power = if doubled % 2 == 1 { s.sqrt(r) } else { s.splat(1.0) };
    let (mut square, mut rest) = (r, doubled / 2);
    while rest > 0 {
        if rest % 2 == 1 {
            power = s.mul(power, square);
        }
        square = s.mul(square, square);
        rest /= 2;
    }
    if p < 0.0 { s.div(s.splat(1.0), power) } else { power }
}
