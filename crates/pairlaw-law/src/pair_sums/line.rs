//! Exact fast sums on a line: every term from sums over the sorted particles to one side.

use super::far::Far;
use super::recursion::{Exponential, Oscillation};
use super::sorted::Sorted;
use super::window::{MAX_DEGREE, Window};
use crate::{KernelTerm, PairKernel};

/// A kernel in parts whose one-sided sums `Σ_{x_j < x_i} φ(x_i − x_j)` take `O(N)`.
#[derive(Clone, Debug, Default)]
pub(super) struct LineKernel {
    /// φ(0): particles at the same place are partners in the one-sided sums, but K(0) = 0.
    at_zero: f64,
    windows: Vec<Window>,
    exponentials: Vec<Exponential>,
    oscillation: Option<Oscillation>,
    far: Vec<Far>,
}

/// `from` of windows that include distance 0.
const ALL: f64 = -1.0;

impl LineKernel {
    /// The parts of a kernel; none if a term has no fast exact sum.
    pub(super) fn new(kernel: &PairKernel) -> Option<Self> {
        let mut parts = Self { at_zero: kernel.value(0.0), ..Self::default() };
        for (term, weight) in kernel.active() {
            parts.add(term, weight)?;
        }
        Some(parts)
    }

    /// φ(r) = value.
    pub(super) fn constant(value: f64) -> Self {
        let window = Window::monomial(ALL, f64::INFINITY, 0, value);
        Self { at_zero: value, windows: vec![window], ..Self::default() }
    }

    fn add(&mut self, term: KernelTerm, weight: f64) -> Option<()> {
        match term {
            KernelTerm::Power { exponent, cutoff } if exponent < 0.0 => {
                let inside = weight * term.value(cutoff);
                self.add_far(-exponent, 0.0, cutoff, weight, inside);
            }
            KernelTerm::Power { exponent, .. } => {
                self.add_monomial(ALL, f64::INFINITY, exponent, weight)?;
            }
            KernelTerm::Exponential { rate } => {
                self.exponentials.push(Exponential { rate, weight });
            }
            KernelTerm::Sine => self.oscillation.get_or_insert_default().sine += weight,
            KernelTerm::Cosine => self.oscillation.get_or_insert_default().cosine += weight,
            KernelTerm::Yukawa { cutoff } => {
                self.add_far(1.0, 1.0, cutoff, weight, weight * term.value(cutoff));
            }
            KernelTerm::Sign { radius, cutoff } => self.add_sign(radius, cutoff, weight),
            KernelTerm::Piece { from, to, exponent } => {
                let from = if from <= 0.0 { ALL } else { from };
                self.add_monomial(from, to, f64::from(exponent), weight)?;
            }
        }
        Some(())
    }

    fn add_constant(&mut self, from: f64, to: f64, value: f64) {
        if from < to {
            self.windows.push(Window::monomial(from, to, 0, value));
        }
    }

    /// Monomials on the same window share its moments.
    fn add_monomial(&mut self, from: f64, to: f64, exponent: f64, weight: f64) -> Option<()> {
        let degree = (0..=MAX_DEGREE).find(|degree| (*degree as f64 - exponent).abs() == 0.0)?;
        let same = |w: &&mut Window| (w.from - from).abs() == 0.0 && w.to.total_cmp(&to).is_eq();
        match self.windows.iter_mut().find(same) {
            Some(window) => window.coefficients[degree] += weight,
            None => self.windows.push(Window::monomial(from, to, degree, weight)),
        }
        Some(())
    }

    /// `sgn(r − radius)/max(r, cutoff)`, exactly 0 at the radius.
    fn add_sign(&mut self, radius: f64, cutoff: f64, weight: f64) {
        let before = radius.next_down();
        self.add_constant(ALL, before.min(cutoff), -weight / cutoff);
        self.add_constant(radius, cutoff, weight / cutoff);
        if radius > cutoff {
            self.add_far(1.0, 0.0, cutoff, -weight, 0.0);
            self.add_far(1.0, 0.0, before, weight, 0.0);
            self.add_far(1.0, 0.0, radius, weight, 0.0);
        } else {
            self.add_far(1.0, 0.0, cutoff, weight, 0.0);
        }
    }

    fn add_far(&mut self, power: f64, rate: f64, from: f64, weight: f64, inside: f64) {
        self.far.push(Far { power, rate, from, weight, inside, plan: None });
    }

    /// One-sided sums of all parts over increasing positions.
    fn left_sums(&self, x: &[f64], scratch: &mut Vec<f64>, sums: &mut Vec<f64>) {
        sums.clear();
        sums.resize(x.len(), 0.0);
        self.windows.iter().for_each(|part| part.add_left_sums(x, sums));
        self.exponentials.iter().for_each(|part| part.add_left_sums(x, scratch, sums));
        self.oscillation.iter().for_each(|part| part.add_left_sums(x, sums));
        self.far.iter().for_each(|part| part.add_left_sums(x, sums));
    }
}

/// Work space of sums over sorted particles.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    sorted: Sorted,
    left: Vec<f64>,
    right: Vec<f64>,
    scratch: Vec<f64>,
}

impl Line {
    /// Sorts the particles, before the sums of any number of kernels.
    pub(super) fn sort(&mut self, positions: &[f64]) {
        self.sorted.sort(positions);
    }

    /// Writes the sums of one kernel.
    pub(super) fn evaluate(&mut self, kernel: &mut LineKernel, out: &mut [f64]) {
        let extent = self.sorted.extent();
        kernel.far.iter_mut().for_each(|far| far.plan(extent));
        kernel.left_sums(&self.sorted.ascending, &mut self.scratch, &mut self.left);
        kernel.left_sums(&self.sorted.mirrored, &mut self.scratch, &mut self.right);
        for &(rank, balance) in &self.sorted.ties {
            self.left[rank] -= balance * kernel.at_zero;
        }
        let scale = 1.0 / out.len() as f64;
        let sums = self.left.iter().zip(self.right.iter().rev());
        for ((left, right), &particle) in sums.zip(&self.sorted.particles) {
            out[particle as usize] = scale * (left - right);
        }
    }
}
