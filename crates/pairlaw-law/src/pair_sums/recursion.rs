//! Exponential and oscillating kernels, by recursion from particle to particle.

use crate::exp;
use crate::simd::{InstructionSet, Kernel, LANES, Simd, dispatch};

/// `weight e^{rate r}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exponential {
    pub(super) rate: f64,
    pub(super) weight: f64,
}

impl Exponential {
    /// Adds `Σ_{j<i} φ(x_i − x_j)` for increasing positions. `O(N)`.
    ///
    /// ```text
    /// S_{i+1} = (S_i + 1) e^{rate (x_{i+1} − x_i)}
    /// ```
    pub(super) fn add_left_sums(&self, x: &[f64], factors: &mut Vec<f64>, sums: &mut [f64]) {
        factors.clear();
        factors.push(1.0);
        factors.extend(x.windows(2).map(|x| self.rate * (x[1] - x[0])));
        dispatch(InstructionSet::detect(), ExpInPlace(&mut factors[1..]));
        let (mut sum, mut before) = (0.0, 0.0);
        for (factor, out) in factors.iter().zip(sums) {
            sum = (sum + before) * factor;
            before = 1.0;
            *out += self.weight * sum;
        }
    }
}

struct ExpInPlace<'a>(&'a mut [f64]);

impl Kernel for ExpInPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for chunk in self.0.chunks_mut(LANES) {
            let mut lanes = [0.0; LANES];
            lanes[..chunk.len()].copy_from_slice(chunk);
            let powers = exp(s, s.load(&lanes));
            s.store(powers, &mut lanes);
            chunk.copy_from_slice(&lanes[..chunk.len()]);
        }
    }
}

/// `cosine cos r + sine sin r`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Oscillation {
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

impl Oscillation {
    /// Adds `Σ_{j<i} φ(x_i − x_j)`, by the sums of `cos x_j` and `sin x_j`. `O(N)`.
    pub(super) fn add_left_sums(&self, x: &[f64], sums: &mut [f64]) {
        let Some(&origin) = x.first() else { return };
        let (mut cosines, mut sines) = (0.0, 0.0);
        for (x, out) in x.iter().zip(sums) {
            let (sine, cosine) = (x - origin).sin_cos();
            let of_cosine = cosine * cosines + sine * sines;
            let of_sine = sine * cosines - cosine * sines;
            *out += self.cosine * of_cosine + self.sine * of_sine;
            cosines += cosine;
            sines += sine;
        }
    }
}
