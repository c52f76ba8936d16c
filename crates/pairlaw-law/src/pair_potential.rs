//! Potentials of pairs with parameters of their own, and the derivatives that learning needs.

use crate::simd::{Element, Simd};

/// A potential P(d) of the distance between two individuals, with `P` positive parameters θ.
///
/// ```text
/// velocity of i += P′(d) u,   u = (x_j − x_i)/d:   where P grows with d, i is attracted by j
/// c_k = Π_l θ_l^{E_kl}                             coefficients: what the loops read
/// ```
///
/// Loops over pairs work on vectors of distances d > 0 and coefficients c; the exponents E make
/// products of parameters products of coefficients. E is its own inverse, so the same products lead
/// back. A coefficient of 0 (padding) must give slope, curvature and gradient 0.
///
/// # Source
/// The model: Komiya, Jin, Nishikimi, Kashino (2025), equations (2), (4).
pub trait PairPotential<const P: usize>: Copy + Send + Sync {
    /// Names of the parameters, in their order.
    const NAMES: [&'static str; P];
    /// E, with E E = 1.
    const EXPONENTS: [[i32; P]; P];

    /// P(d).
    fn value(&self, distance: f64, parameters: [f64; P]) -> f64;
    /// P′(d).
    fn slope<T: Element, S: Simd<T>>(&self, s: S, distance: S::V, c: [S::V; P]) -> S::V;
    /// P′(d) and P″(d).
    fn slope_and_curvature<T: Element, S: Simd<T>>(
        &self,
        s: S,
        distance: S::V,
        c: [S::V; P],
    ) -> [S::V; 2];
    /// ∂P′(d)/∂ log c_k.
    fn slope_gradient<T: Element, S: Simd<T>>(
        &self,
        s: S,
        distance: S::V,
        c: [S::V; P],
    ) -> [S::V; P];

    /// log c from log θ, and the other way round.
    #[must_use]
    fn exchange(logarithms: [f64; P]) -> [f64; P] {
        std::array::from_fn(|k| {
            let terms = (0..P).map(|l| f64::from(Self::EXPONENTS[k][l]) * logarithms[l]);
            terms.sum()
        })
    }
}

/// The difference of two exponentials, short-range repulsion against mid-range attraction.
///
/// ```text
/// P(d) = R e^{−d/r} − A e^{−d/a}        θ = (R, r, A, a)
/// P′(d) = −(R/r) e^{−d/r} + (A/a) e^{−d/a}
/// c = (R/r, 1/r, A/a, 1/a)
/// ```
///
/// # Source
/// Komiya, Jin, Nishikimi, Kashino (2025), equation (4).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Morse;

impl Morse {
    /// `(R/r) e^{−d/r}`, `d/r` and the same of the attraction.
    #[inline(always)]
    fn parts<T: Element, S: Simd<T>>(s: S, d: S::V, c: [S::V; 4]) -> [[S::V; 2]; 2] {
        let zero = s.splat(T::default());
        let [near, far] = [s.mul(c[1], d), s.mul(c[3], d)];
        let repulsion = s.mul(c[0], T::exp(s, s.sub(zero, near)));
        let attraction = s.mul(c[2], T::exp(s, s.sub(zero, far)));
        [[repulsion, near], [attraction, far]]
    }
}

impl PairPotential<4> for Morse {
    const NAMES: [&'static str; 4] =
        ["repulsion", "repulsion_range", "attraction", "attraction_range"];
    const EXPONENTS: [[i32; 4]; 4] = [[1, -1, 0, 0], [0, -1, 0, 0], [0, 0, 1, -1], [0, 0, 0, -1]];

    fn value(&self, distance: f64, [repulsion, r, attraction, a]: [f64; 4]) -> f64 {
        repulsion * (-distance / r).exp() - attraction * (-distance / a).exp()
    }

    #[inline(always)]
    fn slope<T: Element, S: Simd<T>>(&self, s: S, d: S::V, c: [S::V; 4]) -> S::V {
        let [[repulsion, _], [attraction, _]] = Self::parts(s, d, c);
        s.sub(attraction, repulsion)
    }

    #[inline(always)]
    fn slope_and_curvature<T: Element, S: Simd<T>>(
        &self,
        s: S,
        d: S::V,
        c: [S::V; 4],
    ) -> [S::V; 2] {
        let [[repulsion, _], [attraction, _]] = Self::parts(s, d, c);
        let curvature = s.neg_mul_add(attraction, c[3], s.mul(repulsion, c[1]));
        [s.sub(attraction, repulsion), curvature]
    }

    #[inline(always)]
    fn slope_gradient<T: Element, S: Simd<T>>(&self, s: S, d: S::V, c: [S::V; 4]) -> [S::V; 4] {
        let [[repulsion, near], [attraction, far]] = Self::parts(s, d, c);
        let zero = s.splat(T::default());
        [
            s.sub(zero, repulsion),
            s.mul(repulsion, near),
            attraction,
            s.sub(zero, s.mul(attraction, far)),
        ]
    }
}

/// The generalised Lennard-Jones (Mie) potential with integer exponents n > m > 0.
///
/// ```text
/// P(d) = ε K ((σ/d)^n − (σ/d)^m),   K = n/(n−m) (n/m)^{m/(n−m)}       θ = (ε, σ)
/// ```
///
/// ε is the depth of the well, whose bottom lies at `σ (n/m)^{1/(n−m)}`. It has no limit at d = 0:
/// steps must be short enough that individuals do not come close.
///
/// # Source
/// Mie (1903), <https://doi.org/10.1002/andp.19033160802>.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LennardJones {
    repulsive: u32,
    attractive: u32,
}

impl LennardJones {
    /// The potential with exponents n = `repulsive` and m = `attractive`, or nothing unless
    /// 0 < m < n ≤ 64.
    #[must_use]
    pub fn new(repulsive: u32, attractive: u32) -> Option<Self> {
        let ordered = 0 < attractive && attractive < repulsive && repulsive <= 64;
        ordered.then_some(Self { repulsive, attractive })
    }

    /// K.
    fn prefactor(self) -> f64 {
        let (n, m) = (f64::from(self.repulsive), f64::from(self.attractive));
        n / (n - m) * (n / m).powf(m / (n - m))
    }

    /// `ε K q^n` and `ε K q^m` with q = σ/d, and 1/d.
    #[inline(always)]
    fn parts<T: Element, S: Simd<T>>(self, s: S, d: S::V, c: [S::V; 2]) -> [S::V; 3] {
        let inverse = s.div(s.splat(T::nearest(1.0)), d);
        let q = s.mul(c[1], inverse);
        let depth = s.mul(c[0], s.splat(T::nearest(self.prefactor())));
        let high = s.mul(depth, integer_power(s, q, self.repulsive));
        [high, s.mul(depth, integer_power(s, q, self.attractive)), inverse]
    }

    /// `(b q^m-part − a q^n-part)/d` with numbers a, b.
    #[inline(always)]
    fn combine<T: Element, S: Simd<T>>(
        s: S,
        [high, low, inverse]: [S::V; 3],
        ab: [f64; 2],
    ) -> S::V {
        let [a, b] = [s.splat(T::nearest(ab[0])), s.splat(T::nearest(ab[1]))];
        s.mul(inverse, s.neg_mul_add(a, high, s.mul(b, low)))
    }
}

/// `q^n` by squaring.
#[inline(always)]
fn integer_power<T: Element, S: Simd<T>>(s: S, q: S::V, n: u32) -> S::V {
    let (mut power, mut square, mut rest) = (s.splat(T::nearest(1.0)), q, n);
    while rest > 0 {
        if rest & 1 == 1 {
            power = s.mul(power, square);
        }
        square = s.mul(square, square);
        rest >>= 1;
    }
    power
}

impl PairPotential<2> for LennardJones {
    const NAMES: [&'static str; 2] = ["depth", "size"];
    const EXPONENTS: [[i32; 2]; 2] = [[1, 0], [0, 1]];

    fn value(&self, distance: f64, [depth, size]: [f64; 2]) -> f64 {
        let power = |n: u32| (size / distance).powi(n as i32);
        depth * self.prefactor() * (power(self.repulsive) - power(self.attractive))
    }

    #[inline(always)]
    fn slope<T: Element, S: Simd<T>>(&self, s: S, d: S::V, c: [S::V; 2]) -> S::V {
        let (n, m) = (f64::from(self.repulsive), f64::from(self.attractive));
        Self::combine(s, self.parts(s, d, c), [n, m])
    }

    #[inline(always)]
    fn slope_and_curvature<T: Element, S: Simd<T>>(
        &self,
        s: S,
        d: S::V,
        c: [S::V; 2],
    ) -> [S::V; 2] {
        let (n, m) = (f64::from(self.repulsive), f64::from(self.attractive));
        let parts = self.parts(s, d, c);
        let minus_curvature = Self::combine(s, parts, [n * (n + 1.0), m * (m + 1.0)]);
        let minus_inverse = s.sub(s.splat(T::default()), parts[2]);
        [Self::combine(s, parts, [n, m]), s.mul(minus_curvature, minus_inverse)]
    }

    #[inline(always)]
    fn slope_gradient<T: Element, S: Simd<T>>(&self, s: S, d: S::V, c: [S::V; 2]) -> [S::V; 2] {
        let (n, m) = (f64::from(self.repulsive), f64::from(self.attractive));
        let parts = self.parts(s, d, c);
        [Self::combine(s, parts, [n, m]), Self::combine(s, parts, [n * n, m * m])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{InstructionSet, Kernel, dispatch};

    /// P′, P″ and ∂P′/∂ log c at one distance.
    struct At<F, const P: usize>(F, f64, [f64; P]);

    impl<F: PairPotential<P>, const P: usize> Kernel for At<F, P> {
        type Output = ([f64; 3], [f64; P]);

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let (d, c) = (s.splat(self.1), self.2.map(|c| s.splat(c)));
            let read = |v| s.sum(v) / 8.0;
            let [slope, curvature] = self.0.slope_and_curvature(s, d, c);
            let gradient = self.0.slope_gradient(s, d, c);
            ([read(self.0.slope(s, d, c)), read(slope), read(curvature)], gradient.map(read))
        }
    }

    /// Derivatives are central differences of the potential (discretisation: h = 1e-5, error h²).
    fn derivatives_agree<F: PairPotential<P>, const P: usize>(potential: F, log: [f64; P]) {
        let h = 1e-5;
        let coefficients = |log| F::exchange(log).map(f64::exp);
        assert!(F::exchange(F::exchange(log)).iter().zip(log).all(|(a, b)| (a - b).abs() < 1e-12));
        for set in InstructionSet::available() {
            for d in [0.3, 0.8, 1.7] {
                let at = |d, c| dispatch(set, At(potential, d, c)).0[0];
                let ([slope, same, curvature], gradient) =
                    dispatch(set, At(potential, d, coefficients(log)));
                let value = |d| potential.value(d, log.map(f64::exp));
                let expected = (value(d + h) - value(d - h)) / (2.0 * h);
                let scale = 1.0 + slope.abs() + curvature.abs();
                assert!((slope - expected).abs() < 1e-7 * scale, "{set:?} {d}: {slope} {expected}");
                assert!((slope - same).abs() < 1e-12 * scale);
                let c = coefficients(log);
                let expected = (at(d + h, c) - at(d - h, c)) / (2.0 * h);
                assert!((curvature - expected).abs() < 1e-6 * scale, "{curvature} {expected}");
                for k in 0..P {
                    let [mut up, mut down] = [c, c];
                    up[k] *= h.exp();
                    down[k] *= (-h).exp();
                    let expected = (at(d, up) - at(d, down)) / (2.0 * h);
                    assert!((gradient[k] - expected).abs() < 1e-6 * scale, "{k}: {gradient:?}");
                }
            }
        }
    }

    #[test]
    fn derivatives_are_those_of_the_potential() {
        derivatives_agree(Morse, [0.3, -1.1, -0.4, -0.2]);
        derivatives_agree(Morse, [-2.0, 0.4, 1.0, -1.5]);
        derivatives_agree(LennardJones::new(4, 2).expect("4 > 2"), [0.2, -0.9]);
        derivatives_agree(LennardJones::new(7, 3).expect("7 > 3"), [-0.5, -1.2]);
    }

    #[test]
    fn values_by_hand() {
        let morse = Morse.value(1.0, [2.0, 1.0, 1.0, 2.0]);
        assert!((morse - (2.0 * (-1f64).exp() - (-0.5f64).exp())).abs() < 1e-15);
        let mie = LennardJones::new(12, 6).expect("12 > 6");
        assert!((mie.prefactor() - 4.0).abs() < 1e-12);
        assert!((mie.value(2f64.powf(1.0 / 6.0), [3.0, 1.0]) + 3.0).abs() < 1e-12);
        assert!(LennardJones::new(3, 3).is_none() && LennardJones::new(65, 1).is_none());
        assert!(LennardJones::new(3, 0).is_none());
    }
}
