//! Eight doubles at a time, with the instruction set chosen at run time.
//!
//! A [`Kernel`] is written once against [`Simd`]; [`dispatch`] compiles it for AVX-512,
//! AVX2 + FMA and portable code and runs the chosen one. Vectors always have eight lanes and sums
//! over lanes a fixed shape, so AVX-512 and AVX2 give the same bits; portable code rounds each
//! product before it adds and agrees to rounding.
//!
//! This is the only module of the workspace with `unsafe` code: a token of an instruction set
//! exists only after its detection, and every intrinsic is reached through a token.
#![allow(unsafe_code)]

use std::sync::OnceLock;

/// Number of doubles in a vector, on every instruction set.
pub const LANES: usize = 8;

/// Eight doubles, aligned to a cache line: the element of padded structure-of-arrays buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// Sum over lanes, always `((0+4)+(2+6)) + ((1+5)+(3+7))`.
    #[inline(always)]
    #[must_use]
    pub fn sum(&self) -> f64 {
        let x = &self.0;
        ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
    }
}

/// Instruction sets that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// Plain Rust on arrays of eight doubles; every machine.
    Portable,
    /// AVX2 with fused multiply-add, two registers a vector.
    Avx2,
    /// AVX-512F, one register a vector.
    Avx512,
}

impl InstructionSet {
    /// The best set of this machine.
    #[must_use]
    pub fn detect() -> Self {
        static BEST: OnceLock<InstructionSet> = OnceLock::new();
        *BEST.get_or_init(|| *Self::available().last().expect("portable is always there"))
    }

    /// All sets that this machine can run, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Self::Avx2);
                if is_x86_feature_detected!("avx512f") {
                    sets.push(Self::Avx512);
                }
            }
        }
        sets
    }

    /// Name for reports: `portable`, `avx2` or `avx512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// Arithmetic on vectors of [`LANES`] doubles; `V` is the vector.
pub trait Simd: Copy {
    /// The vector of eight doubles.
    type V: Copy;
    /// All lanes equal to `x`.
    fn splat(self, x: f64) -> Self::V;
    /// Reads eight doubles.
    fn load(self, x: &[f64; LANES]) -> Self::V;
    /// Writes eight doubles.
    fn store(self, v: Self::V, out: &mut [f64; LANES]);
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a − b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b`.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`.
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b + c`.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `c − a b`.
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `√a`.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `a` where `a > b`, otherwise `b`: a NaN in `b` stays.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a` where `a < b`, otherwise `b`: a NaN in `b` stays.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// `x` where `a > b`, otherwise `y`; a NaN in `a` or `b` selects `y`.
    fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// `2^k`, where the integer `−1022 ≤ k ≤ 1023` stands in the low mantissa bits of `t`.
    fn power_of_two(self, t: Self::V) -> Self::V;

    /// Sum over lanes, in the order of [`Lanes::sum`].
    #[inline(always)]
    fn sum(self, v: Self::V) -> f64 {
        let mut lanes = Lanes::default();
        self.store(v, &mut lanes.0);
        lanes.sum()
    }
}

/// A computation written once for all instruction sets.
pub trait Kernel {
    /// What the kernel returns.
    type Output;
    /// Runs it; mark the implementation `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs `kernel` with the instruction set `set`.
///
/// # Panics
/// If this machine does not have `set`.
#[inline]
pub fn dispatch<K: Kernel>(set: InstructionSet, kernel: K) -> K::Output {
    match set {
        InstructionSet::Portable => kernel.run(Portable),
        #[cfg(target_arch = "x86_64")]
        other => x86::dispatch(other, kernel),
        #[cfg(not(target_arch = "x86_64"))]
        other => panic!("{} is not available on this machine", other.name()),
    }
}

/// Token of the portable set.
#[derive(Clone, Copy)]
struct Portable;

const ONE_BITS: u64 = 0x3ff << 52;

impl Simd for Portable {
    type V = [f64; LANES];

    #[inline(always)]
    fn splat(self, x: f64) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    fn load(self, x: &[f64; LANES]) -> Self::V {
        *x
    }
    #[inline(always)]
    fn store(self, v: Self::V, out: &mut [f64; LANES]) {
        *out = v;
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| a[l] + b[l])
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| a[l] - b[l])
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| a[l] * b[l])
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| a[l] / b[l])
    }
    // A software fused multiply-add would be thirty times slower: two roundings here.
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|l| a[l] * b[l] + c[l])
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|l| c[l] - a[l] * b[l])
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        a.map(f64::sqrt)
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| if a[l] > b[l] { a[l] } else { b[l] })
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|l| if a[l] < b[l] { a[l] } else { b[l] })
    }
    #[inline(always)]
    fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
        std::array::from_fn(|l| if a[l] > b[l] { x[l] } else { y[l] })
    }
    #[inline(always)]
    fn power_of_two(self, t: Self::V) -> Self::V {
        t.map(|t| f64::from_bits((t.to_bits() << 52).wrapping_add(ONE_BITS)))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{InstructionSet, Kernel, LANES, ONE_BITS, Simd};
    use std::arch::x86_64::*;

    pub(super) fn dispatch<K: Kernel>(set: InstructionSet, kernel: K) -> K::Output {
        let best = InstructionSet::detect();
        // The sets are nested: each machine has all below its best.
        assert!(set <= best, "{} is not available on this machine", set.name());
        // SAFETY: the features that the two functions enable were detected.
        match set {
            InstructionSet::Avx512 => unsafe { run_avx512(kernel) },
            _ => unsafe { run_avx2(kernel) },
        }
    }

    #[target_feature(enable = "avx512f,avx2,fma")]
    fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx512)
    }

    #[target_feature(enable = "avx2,fma")]
    fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx2)
    }

    /// Token of AVX-512F; made only in [`run_avx512`].
    #[derive(Clone, Copy)]
    struct Avx512;

    /// Token of AVX2 + FMA; made only in [`run_avx2`].
    #[derive(Clone, Copy)]
    struct Avx2;

    // SAFETY of both implementations: the token proves that the features are there; loads and
    // stores go through references to eight doubles.
    impl Simd for Avx512 {
        type V = __m512d;

        #[inline(always)]
        fn splat(self, x: f64) -> Self::V {
            unsafe { _mm512_set1_pd(x) }
        }
        #[inline(always)]
        fn load(self, x: &[f64; LANES]) -> Self::V {
            unsafe { _mm512_loadu_pd(x.as_ptr()) }
        }
        #[inline(always)]
        fn store(self, v: Self::V, out: &mut [f64; LANES]) {
            unsafe { _mm512_storeu_pd(out.as_mut_ptr(), v) }
        }
        #[inline(always)]
        fn add(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_add_pd(a, b) }
        }
        #[inline(always)]
        fn sub(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_sub_pd(a, b) }
        }
        #[inline(always)]
        fn mul(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_mul_pd(a, b) }
        }
        #[inline(always)]
        fn div(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_div_pd(a, b) }
        }
        #[inline(always)]
        fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            unsafe { _mm512_fmadd_pd(a, b, c) }
        }
        #[inline(always)]
        fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            unsafe { _mm512_fnmadd_pd(a, b, c) }
        }
        #[inline(always)]
        fn sqrt(self, a: Self::V) -> Self::V {
            unsafe { _mm512_sqrt_pd(a) }
        }
        #[inline(always)]
        fn max(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_max_pd(a, b) }
        }
        #[inline(always)]
        fn min(self, a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_min_pd(a, b) }
        }
        #[inline(always)]
        fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
            unsafe { _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, b), y, x) }
        }
        #[inline(always)]
        fn power_of_two(self, t: Self::V) -> Self::V {
            unsafe {
                let exponent = _mm512_slli_epi64::<52>(_mm512_castpd_si512(t));
                let one = _mm512_set1_epi64(ONE_BITS as i64);
                _mm512_castsi512_pd(_mm512_add_epi64(exponent, one))
            }
        }
    }

    /// Applies an AVX intrinsic to both halves of a vector.
    macro_rules! halves {
        ($f:ident, $($x:expr),+) => { unsafe { [$f($($x[0]),+), $f($($x[1]),+)] } };
    }

    impl Simd for Avx2 {
        type V = [__m256d; 2];

        #[inline(always)]
        fn splat(self, x: f64) -> Self::V {
            unsafe { [_mm256_set1_pd(x); 2] }
        }
        #[inline(always)]
        fn load(self, x: &[f64; LANES]) -> Self::V {
            unsafe { [_mm256_loadu_pd(x.as_ptr()), _mm256_loadu_pd(x[4..].as_ptr())] }
        }
        #[inline(always)]
        fn store(self, v: Self::V, out: &mut [f64; LANES]) {
            unsafe {
                _mm256_storeu_pd(out.as_mut_ptr(), v[0]);
                _mm256_storeu_pd(out[4..].as_mut_ptr(), v[1]);
            }
        }
        #[inline(always)]
        fn add(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_add_pd, a, b)
        }
        #[inline(always)]
        fn sub(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_sub_pd, a, b)
        }
        #[inline(always)]
        fn mul(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_mul_pd, a, b)
        }
        #[inline(always)]
        fn div(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_div_pd, a, b)
        }
        #[inline(always)]
        fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            halves!(_mm256_fmadd_pd, a, b, c)
        }
        #[inline(always)]
        fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            halves!(_mm256_fnmadd_pd, a, b, c)
        }
        #[inline(always)]
        fn sqrt(self, a: Self::V) -> Self::V {
            halves!(_mm256_sqrt_pd, a)
        }
        #[inline(always)]
        fn max(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_max_pd, a, b)
        }
        #[inline(always)]
        fn min(self, a: Self::V, b: Self::V) -> Self::V {
            halves!(_mm256_min_pd, a, b)
        }
        #[inline(always)]
        fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
            let select = |h: usize| unsafe {
                _mm256_blendv_pd(y[h], x[h], _mm256_cmp_pd::<_CMP_GT_OQ>(a[h], b[h]))
            };
            [select(0), select(1)]
        }
        #[inline(always)]
        fn power_of_two(self, t: Self::V) -> Self::V {
            let scale = |h: usize| unsafe {
                let exponent = _mm256_slli_epi64::<52>(_mm256_castpd_si256(t[h]));
                let one = _mm256_set1_epi64x(ONE_BITS as i64);
                _mm256_castsi256_pd(_mm256_add_epi64(exponent, one))
            };
            [scale(0), scale(1)]
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    /// Every operation once, on numbers whose results are exact.
    struct AllOperations;

    impl Kernel for AllOperations {
        type Output = Vec<[f64; LANES]>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let a = s.load(&[1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, f64::NAN]);
            let b = s.splat(9.0);
            let magic = s.splat(6_755_399_441_055_744.0);
            let k = s.load(&[0.0, 1.0, -1.0, 10.0, -10.0, 1023.0, -1022.0, 2.0]);
            let results = [
                s.add(a, b),
                s.sub(a, b),
                s.mul(a, b),
                s.div(b, b),
                s.mul_add(a, b, b),
                s.neg_mul_add(a, b, b),
                s.sqrt(a),
                s.select_greater(a, b, a, b),
                s.max(b, a),
                s.min(b, a),
                s.power_of_two(s.add(magic, k)),
                s.splat(s.sum(s.sqrt(s.select_greater(a, b, a, b)))),
            ];
            let mut out = vec![[0.0; LANES]; results.len()];
            for (result, out) in results.into_iter().zip(&mut out) {
                s.store(result, out);
            }
            out
        }
    }

    #[test]
    fn instruction_sets_agree_on_exact_operations_and_nan() {
        let expected = dispatch(InstructionSet::Portable, AllOperations);
        assert_eq!(expected[7], [9.0, 9.0, 9.0, 16.0, 25.0, 36.0, 49.0, 9.0]);
        assert_eq!(expected[8][..7], [9.0, 9.0, 9.0, 16.0, 25.0, 36.0, 49.0]);
        assert_eq!(expected[9][..7], [1.0, 4.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
        assert!(expected[8][7].is_nan() && expected[9][7].is_nan());
        assert_eq!(expected[10][5].to_bits(), 2f64.powi(1023).to_bits());
        assert_eq!(expected[11][0].to_bits(), 34f64.to_bits());
        for set in InstructionSet::available() {
            let found = dispatch(set, AllOperations);
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                let same = found.to_bits() == expected.to_bits();
                assert!(same || found.is_nan() && expected.is_nan(), "{set:?}");
            }
        }
    }
}
