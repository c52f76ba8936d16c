//! Power laws with a cut-off, as sums of exponentials beyond it.

use crate::exp;
use crate::simd::{InstructionSet, Kernel, LANES, Lanes, Simd, dispatch};

/// `weight r^−power e^{−rate r}` for `r > from`, `inside` up to there; `from > 0`.
#[derive(Clone, Debug)]
pub(super) struct Far {
    pub(super) power: f64,
    pub(super) rate: f64,
    pub(super) from: f64,
    pub(super) weight: f64,
    pub(super) inside: f64,
    /// None where no pair is farther than `from`.
    pub(super) plan: Option<ExponentialSum>,
}

impl Far {
    /// Plans for positions in a range of the given length.
    pub(super) fn plan(&mut self, extent: f64) {
        if extent <= self.from {
            self.plan = None;
            return;
        }
        // A function of the extent alone, so that results do not depend on earlier calls.
        let longest = extent.log2().ceil().exp2();
        let planned = self.plan.as_ref().map(|plan| plan.longest.to_bits());
        if planned != Some(longest.to_bits()) {
            self.plan = Some(ExponentialSum::of_power_law(self.power, self.from, longest));
        }
    }

    /// Adds `Σ_{j<i} φ(x_i − x_j)` for increasing positions within the extent planned for.
    /// `O(N)` steps of about 50 exponentials.
    pub(super) fn add_left_sums(&self, x: &[f64], sums: &mut [f64]) {
        dispatch(InstructionSet::detect(), Pass { far: self, x, sums });
    }
}

/// Relative error of the exponential sum.
const TOLERANCE: f64 = 1e-11;

/// ```text
/// r^−p = Σ_k w_k e^{−s_k r}    for shortest ≤ r ≤ longest
/// ```
///
/// by the trapezoid rule for `r^−p = 1/Γ(p) ∫ e^{pt} e^{−r e^t} dt`, which converges geometrically.
/// The exponentials that hardly change up to `longest` are one, of rate 0.
///
/// # Source
/// G. Beylkin, L. Monzón, Appl. Comput. Harmon. Anal. 28 (2010), section 2.
#[derive(Clone, Debug)]
pub(super) struct ExponentialSum {
    longest: f64,
    rates: Vec<Lanes>,
    weights: Vec<Lanes>,
}

impl ExponentialSum {
    fn of_power_law(power: f64, shortest: f64, longest: f64) -> Self {
        let mut step = 0.4;
        loop {
            let sum = Self::with_step(power, shortest, longest, step);
            if step < 0.05 || sum.worst_error(power, shortest) < TOLERANCE {
                return sum;
            }
            step *= 0.9;
        }
    }

    fn with_step(power: f64, shortest: f64, longest: f64, step: f64) -> Self {
        // 1 − e^{−s longest}, times the share (s longest)^p of these exponentials.
        let start = TOLERANCE.ln() / (1.0 + power) - longest.ln();
        let slow = (power * start).exp() / (1.0 - (-power * step).exp());
        let mut nodes = vec![(0.0, slow)];
        for k in 1.. {
            let t = start + step * f64::from(k);
            let rate = t.exp();
            // Relative to r^−p at the distance where this exponential counts most.
            let nearest = (power / rate).clamp(shortest, longest);
            let share = (power * (t + nearest.ln()) - rate * nearest).exp();
            if share > 1e-3 * TOLERANCE {
                nodes.push((rate, (power * t).exp()));
            } else if rate * shortest > power {
                break;
            }
        }
        let sum = Self::from_nodes(longest, &nodes);
        // Γ(p) by asking for the right value at one distance.
        let middle = (shortest * longest).sqrt();
        let scale = middle.powf(-power) / sum.value(middle);
        Self { weights: sum.weights.iter().map(|w| Lanes(w.0.map(|w| scale * w))).collect(), ..sum }
    }

    fn from_nodes(longest: f64, nodes: &[(f64, f64)]) -> Self {
        let lanes = |of: fn(&(f64, f64)) -> f64| {
            let vectors = nodes.chunks(LANES).map(|nodes| {
                let mut lanes = Lanes::default();
                lanes.0.iter_mut().zip(nodes).for_each(|(lane, node)| *lane = of(node));
                lanes
            });
            vectors.collect()
        };
        Self { longest, rates: lanes(|n| n.0), weights: lanes(|n| n.1) }
    }

    fn value(&self, r: f64) -> f64 {
        let nodes = self.rates.iter().zip(&self.weights);
        let pairs = nodes.flat_map(|(s, w)| s.0.into_iter().zip(w.0));
        pairs.map(|(s, w)| w * (-s * r).exp()).sum()
    }

    /// Greatest relative error over distances in geometric progression.
    fn worst_error(&self, power: f64, shortest: f64) -> f64 {
        let error = |k: u32| {
            let r = shortest * (self.longest / shortest).powf(f64::from(k) / 64.0);
            (self.value(r) * r.powf(power) - 1.0).abs()
        };
        (0..=64).map(error).fold(0.0, f64::max)
    }
}

/// Exponentials that are carried along at once, in vectors of eight.
const MAX_VECTORS: usize = 12;

struct Pass<'a> {
    far: &'a Far,
    x: &'a [f64],
    sums: &'a mut [f64],
}

impl Kernel for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (rates, weights) = match &self.far.plan {
            Some(plan) => (&plan.rates[..], &plan.weights[..]),
            None => (&[][..], &[][..]),
        };
        for start in (0..rates.len().max(1)).step_by(MAX_VECTORS) {
            let part = start..rates.len().min(start + MAX_VECTORS);
            let inside = if start == 0 { self.far.inside } else { 0.0 };
            self.add(s, &rates[part.clone()], &weights[part], inside);
        }
    }
}

impl Pass<'_> {
    /// Walks along the targets x_i and the places x_j + from where sources begin to count, with
    ///
    /// ```text
    /// T_k(z) = Σ_{x_j + from < z} e^{−s_k (z − x_j − from)},   Σ_j φ(x_i − x_j) = Σ_k w_k e^{−s_k from} T_k(x_i)
    /// ```
    #[inline(always)]
    fn add<S: Simd>(&mut self, s: S, rates: &[Lanes], weights: &[Lanes], inside: f64) {
        let (x, from) = (self.x, self.far.from);
        let zero = s.splat(0.0);
        let node = Node { minus_rate: zero, fastest: 0.0, weight: zero, sum: zero };
        let mut nodes = [node; MAX_VECTORS];
        let nodes = &mut nodes[..rates.len()];
        for ((node, rates), weights) in nodes.iter_mut().zip(rates).zip(weights) {
            let rate = s.add(s.load(&rates.0), s.splat(self.far.rate));
            node.minus_rate = s.sub(zero, rate);
            node.fastest = rates.0.iter().fold(0.0, |a, b| b.max(a)) + self.far.rate;
            let at_start = exp(s, s.mul(node.minus_rate, s.splat(from)));
            node.weight = s.mul(s.mul(s.splat(self.far.weight), s.load(&weights.0)), at_start);
        }
        let mut entered = 0;
        for i in 1..x.len() {
            let mut step = x[i] - x[i - 1];
            let mut gap = from - (x[i - 1] - x[entered]);
            while entered < i && x[i] - x[entered] > from {
                for node in nodes.iter_mut() {
                    node.sum = s.add(s.mul(node.sum, node.decay(s, gap)), s.splat(1.0));
                }
                step = (x[i] - x[entered]) - from;
                gap = x[entered + 1] - x[entered];
                entered += 1;
            }
            let mut sum = zero;
            if entered > 0 {
                for node in nodes.iter_mut() {
                    node.sum = s.mul(node.sum, node.decay(s, step));
                    sum = s.mul_add(node.weight, node.sum, sum);
                }
            }
            self.sums[i] += s.sum(sum) + inside * (i - entered) as f64;
        }
    }
}

/// Eight exponentials and what they carry.
#[derive(Clone, Copy)]
struct Node<V> {
    minus_rate: V,
    fastest: f64,
    weight: V,
    sum: V,
}

impl<V: Copy> Node<V> {
    /// `e^{−s distance}`, by a short Taylor polynomial where the distance is small.
    #[inline(always)]
    fn decay<S: Simd<V = V>>(&self, s: S, distance: f64) -> V {
        let exponent = s.mul(self.minus_rate, s.splat(distance));
        // Truncation 0.02⁶/6! and 0.35¹¹/11!, below 3e-13.
        match self.fastest * distance {
            reach if reach < 0.02 => taylor::<S, 5>(s, exponent),
            reach if reach < 0.35 => taylor::<S, 10>(s, exponent),
            _ => exp(s, exponent),
        }
    }
}

/// `Σ_{n ≤ DEGREE} xⁿ/n!`.
#[inline(always)]
fn taylor<S: Simd, const DEGREE: usize>(s: S, x: S::V) -> S::V {
    const INVERSE_FACTORIALS: [f64; 11] = {
        let mut c = [1.0; 11];
        let mut n = 1;
        while n < 11 {
            c[n] = c[n - 1] / n as f64;
            n += 1;
        }
        c
    };
    let mut sum = s.splat(INVERSE_FACTORIALS[DEGREE]);
    for n in 0..DEGREE {
        sum = s.mul_add(sum, x, s.splat(INVERSE_FACTORIALS[DEGREE - 1 - n]));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_sums_are_power_laws() {
        for power in [0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0, 12.0] {
            for (shortest, longest) in [(0.05, 16.0), (1e-3, 8.0), (0.5, 1.0), (1.0, 1e6)] {
                let sum = ExponentialSum::of_power_law(power, shortest, longest);
                for k in 0..=1000 {
                    let r: f64 = shortest * (longest / shortest).powf(f64::from(k) / 1000.0);
                    let error = (sum.value(r) * r.powf(power) - 1.0).abs();
                    // Discretisation, as planned; rounding below it.
                    assert!(error < 3.0 * TOLERANCE, "r^-{power} at {r}: {error:e}");
                }
            }
        }
    }
}
