//! The exponential function on vectors.

use crate::simd::Simd;

/// `1.5 · 2^52`: added to a number below 2^51 it leaves the nearest integer in the low mantissa bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// `ln 2` in two parts; products of the first with integers below 2^11 are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `e^x` in every lane, within 2 units in the last place for `−708 ≤ x ≤ 709`.
///
/// ```text
/// x = k ln 2 + f,  |f| ≤ ln 2 / 2,   e^x = 2^k Σ_{n=0}^{13} fⁿ / n!
/// ```
///
/// Below −708 it returns e^−708 ≈ 3e-308, above 709 e^709; NaN stays NaN.
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    // Of a bound and a NaN, both keep the NaN.
    let x = s.min(s.splat(709.0), s.max(s.splat(-708.0), x));
    let rounding = s.splat(ROUNDING);
    let t = s.mul_add(x, s.splat(std::f64::consts::LOG2_E), rounding);
    let k = s.sub(t, rounding);
    let f = s.neg_mul_add(k, s.splat(LN_2_HIGH), x);
    let f = s.neg_mul_add(k, s.splat(LN_2_LOW), f);
    s.mul(taylor(s, f), s.power_of_two(t))
}

/// `Σ_{n=0}^{13} fⁿ / n!`, even and odd powers apart for shorter dependency chains.
#[inline(always)]
fn taylor<S: Simd>(s: S, f: S::V) -> S::V {
    const INVERSE_FACTORIALS: [f64; 14] = {
        let mut c = [1.0; 14];
        let mut n = 1;
        let mut factorial = 1.0;
        while n < 14 {
            factorial *= n as f64;
            c[n] = 1.0 / factorial;
            n += 1;
        }
        c
    };
    let square = s.mul(f, f);
    let (mut even, mut odd) = (s.splat(INVERSE_FACTORIALS[12]), s.splat(INVERSE_FACTORIALS[13]));
    for n in (0..6).rev() {
        even = s.mul_add(even, square, s.splat(INVERSE_FACTORIALS[2 * n]));
        odd = s.mul_add(odd, square, s.splat(INVERSE_FACTORIALS[2 * n + 1]));
    }
    s.mul_add(odd, f, even)
}

/// [`exp`] for singles, within 2 units in the last place for `−87 ≤ x ≤ 88` and clamped beyond.
///
/// ```text
/// x = k ln 2 + f,  |f| ≤ ln 2 / 2,   e^x = 2^k (1 + f + Σ_{n=2}^{6} c_n fⁿ)
/// ```
///
/// The c_n make the largest relative error of the polynomial least: 3e-9.
#[inline(always)]
pub(crate) fn exp_single<S: Simd<f32>>(s: S, x: S::V) -> S::V {
    const COEFFICIENTS: [f32; 5] =
        [0.499_999_93, 0.166_665_2, 0.041_668_39, 0.008_368_717, 0.001_381_459_8];
    /// `1.5 · 2^23`, as [`ROUNDING`].
    const ROUNDING: f32 = 12_582_912.0;
    /// `ln 2` in two parts; products of the first with integers below 2^8 are exact.
    const LN_2_HIGH: f32 = 0.693_145_75;
    const LN_2_LOW: f32 = 1.428_606_8e-6;
    let x = s.min(s.splat(88.0), s.max(s.splat(-87.0), x));
    let rounding = s.splat(ROUNDING);
    let t = s.mul_add(x, s.splat(std::f32::consts::LOG2_E), rounding);
    let k = s.sub(t, rounding);
    let f = s.neg_mul_add(k, s.splat(LN_2_HIGH), x);
    let f = s.neg_mul_add(k, s.splat(LN_2_LOW), f);
    // No closure over vectors: it would not be inlined across instruction sets.
    let c = |n: usize| COEFFICIENTS[n - 2];
    let square = s.mul(f, f);
    let upper = s.mul_add(s.splat(c(6)), f, s.splat(c(5)));
    let high = s.mul_add(upper, square, s.mul_add(s.splat(c(4)), f, s.splat(c(3))));
    let low = s.mul_add(s.splat(c(2)), square, s.add(f, s.splat(1.0)));
    s.mul(s.mul_add(high, s.mul(square, f), low), s.power_of_two(t))
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::exp;
    use crate::simd::{InstructionSet, Kernel, LANES, Simd, dispatch};

    struct ExpOf([f64; LANES]);

    impl Kernel for ExpOf {
        type Output = [f64; LANES];

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let mut out = [0.0; LANES];
            s.store(exp(s, s.load(&self.0)), &mut out);
            out
        }
    }

    #[test]
    fn agrees_with_the_standard_library_to_rounding() {
        for set in InstructionSet::available() {
            for step in 0..20_000 {
                let x = std::array::from_fn(|l| -708.0 + 0.07 * f64::from(step) + 0.009 * l as f64);
                let found = dispatch(set, ExpOf(x));
                for (x, found) in x.iter().zip(found).filter(|(x, _)| **x < 709.0) {
                    let error = (found / x.exp() - 1.0).abs();
                    assert!(error < 4.0 * f64::EPSILON, "{set:?}: exp({x}) is off by {error:e}");
                }
            }
        }
    }

    #[test]
    fn saturates_and_keeps_nan_in_its_lane() {
        for set in InstructionSet::available() {
            let inf = f64::INFINITY;
            let found = dispatch(set, ExpOf([0.0, -0.0, -inf, inf, f64::NAN, -1e4, 1e4, 5e-324]));
            assert_eq!((found[0], found[1], found[7]), (1.0, 1.0, 1.0));
            assert!(found[2] < 1e-307 && found[2] > 0.0 && found[5] == found[2]);
            assert!(found[3] > 1e307 && found[3].is_finite() && found[6] == found[3]);
            assert!(found[4].is_nan());
        }
    }

    struct SingleExpOf([f32; 2 * LANES]);

    impl Kernel<f32> for SingleExpOf {
        type Output = [f32; 2 * LANES];

        #[inline(always)]
        fn run<S: Simd<f32>>(self, s: S) -> Self::Output {
            let mut out = [0.0; 2 * LANES];
            s.store(super::exp_single(s, s.load(&self.0)), &mut out);
            out
        }
    }

    #[test]
    fn singles_agree_with_the_standard_library_to_rounding() {
        for set in InstructionSet::available() {
            for step in 0..20_000u16 {
                let x =
                    std::array::from_fn(|l| -87.0 + 0.00875 * f32::from(step) + 5e-4 * l as f32);
                let found = dispatch(set, SingleExpOf(x));
                for (x, found) in x.iter().zip(found).filter(|(x, _)| **x < 88.0) {
                    let error = (f64::from(found) / f64::from(*x).exp() - 1.0).abs();
                    assert!(error < 2.0 * f64::from(f32::EPSILON), "{set:?}: exp({x}): {error:e}");
                }
            }
            let mut x = [f32::NEG_INFINITY; 2 * LANES];
            x[0] = f32::NAN;
            x[1] = f32::INFINITY;
            let found = dispatch(set, SingleExpOf(x));
            assert!(found[0].is_nan() && found[1] > 1e38 && found[1].is_finite());
            assert!(found[2] > 0.0 && found[2] < 2e-38);
        }
    }
}
