//! Vectors of doubles or singles, with the instruction set chosen at run time.
//!
//! A [`Kernel`] is written once against [`Simd`]; [`dispatch`] compiles it for AVX-512,
//! AVX2 + FMA and portable code and runs the chosen one. Vectors always fill 64 bytes (eight
//! doubles or sixteen singles) and sums over lanes have a fixed shape, so AVX-512 and AVX2 give the
//! same bits; portable code rounds each product before it adds and agrees to rounding.
//!
//! This is the only module of the workspace with `unsafe` code: a token of an instruction set
//! exists only after its detection, and every intrinsic is reached through a token.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt::Debug;
use std::ops::{Add, Mul, Sub};
use std::sync::OnceLock;

/// Number of doubles in a vector, on every instruction set.
pub const LANES: usize = 8;

/// A number that fills the lanes of vectors: `f64` (8 lanes) or `f32` (16).
pub trait Element:
    Copy
    + Debug
    + Default
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Into<f64>
    + Send
    + Sync
    + 'static
{
    /// As many numbers as a vector has lanes.
    type Array: Copy + Debug + PartialEq + AsRef<[Self]> + AsMut<[Self]> + Send + Sync;
    /// Number of lanes of a vector.
    const LANES: usize;
    /// Zero in every lane.
    const ZEROS: Self::Array;
    /// The nearest number to `x`.
    fn nearest(x: f64) -> Self;
    /// Sum over lanes: halves are added until one lane is left.
    fn sum(array: Self::Array) -> Self;
    /// `e^x` in every lane, within 2 units in the last place unless it over- or underflows; see
    /// [`crate::exp`] for the formula. Results are clamped to finite, positive numbers; NaN stays.
    fn exp<S: Simd<Self>>(s: S, x: S::V) -> S::V;
    /// See [`dispatch`].
    fn dispatch<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output;
}

macro_rules! element {
    ($t:ty, $lanes:expr, $exp:path) => {
        impl Element for $t {
            type Array = [$t; $lanes];
            const LANES: usize = $lanes;
            const ZEROS: Self::Array = [0.0; $lanes];

            #[inline(always)]
            fn nearest(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn sum(mut x: Self::Array) -> Self {
                let mut half = $lanes / 2;
                while half > 0 {
                    for l in 0..half {
                        x[l] += x[l + half];
                    }
                    half /= 2;
                }
                x[0]
            }
            #[inline(always)]
            fn exp<S: Simd<Self>>(s: S, x: S::V) -> S::V {
                $exp(s, x)
            }
            #[inline]
            fn dispatch<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output {
                match set {
                    InstructionSet::Portable => kernel.run(Portable),
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => x86::run_avx2::<$t, K>(kernel),
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => x86::run_avx512::<$t, K>(kernel),
                    #[cfg(not(target_arch = "x86_64"))]
                    other => panic!("{} is not available on this machine", other.name()),
                }
            }
        }
    };
}

element!(f64, LANES, crate::exponential::exp);
element!(f32, 2 * LANES, crate::exponential::exp_single);

/// One vector in memory, aligned to a cache line: the element of padded structure-of-arrays
/// buffers of singles or doubles.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Block<T: Element>(pub T::Array);

impl<T: Element> Default for Block<T> {
    fn default() -> Self {
        Self(T::ZEROS)
    }
}

/// Eight doubles, aligned to a cache line: the element of padded structure-of-arrays buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// Sum over lanes, always `((0+4)+(2+6)) + ((1+5)+(3+7))`.
    #[inline(always)]
    #[must_use]
    pub fn sum(&self) -> f64 {
        f64::sum(self.0)
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

/// Arithmetic on vectors of `T`; `V` is the vector.
pub trait Simd<T: Element = f64>: Copy {
    /// The vector of [`Element::LANES`] numbers.
    type V: Copy;
    /// All lanes equal to `x`.
    fn splat(self, x: T) -> Self::V;
    /// Reads a vector.
    fn load(self, x: &T::Array) -> Self::V;
    /// Writes a vector.
    fn store(self, v: Self::V, out: &mut T::Array);
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
    /// `2^k`, where the integer k stands in the low mantissa bits of `t`: `−1022 ≤ k ≤ 1023` for
    /// doubles, `−126 ≤ k ≤ 127` for singles.
    fn power_of_two(self, t: Self::V) -> Self::V;

    /// Asks for a vector that will be read soon; where that cannot be asked, nothing happens.
    #[inline(always)]
    fn prefetch(self, _x: &T::Array) {}

    /// Sum over lanes, in the order of [`Element::sum`].
    #[inline(always)]
    fn sum(self, v: Self::V) -> T {
        let mut lanes = Block::<T>::default();
        self.store(v, &mut lanes.0);
        T::sum(lanes.0)
    }
}

/// A computation on vectors of `T`, written once for all instruction sets.
pub trait Kernel<T: Element = f64> {
    /// What the kernel returns.
    type Output;
    /// Runs it; mark the implementation `#[inline(always)]`.
    fn run<S: Simd<T>>(self, simd: S) -> Self::Output;
}

/// Runs `kernel` with the instruction set `set`.
///
/// # Panics
/// If this machine does not have `set`.
#[inline]
pub fn dispatch<T: Element, K: Kernel<T>>(set: InstructionSet, kernel: K) -> K::Output {
    T::dispatch(set, kernel)
}

/// Token of the portable set.
#[derive(Clone, Copy)]
struct Portable;

macro_rules! portable {
    ($t:ty, $lanes:expr, $mantissa_bits:expr) => {
        impl Simd<$t> for Portable {
            type V = [$t; $lanes];

            #[inline(always)]
            fn splat(self, x: $t) -> Self::V {
                [x; $lanes]
            }
            #[inline(always)]
            fn load(self, x: &[$t; $lanes]) -> Self::V {
                *x
            }
            #[inline(always)]
            fn store(self, v: Self::V, out: &mut [$t; $lanes]) {
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
                a.map(<$t>::sqrt)
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
                let one = <$t>::to_bits(1.0);
                t.map(|t| <$t>::from_bits((t.to_bits() << $mantissa_bits).wrapping_add(one)))
            }
        }
    };
}

portable!(f64, LANES, 52);
portable!(f32, 2 * LANES, 23);

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    /// Every operation once.
    #[inline(always)]
    fn all_operations<T: Element, S: Simd<T>>(
        s: S,
        a: S::V,
        b: S::V,
        exponents: S::V,
    ) -> Vec<T::Array> {
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
            s.power_of_two(exponents),
            s.splat(s.sum(s.sqrt(s.select_greater(a, b, a, b)))),
        ];
        let mut out = vec![T::ZEROS; results.len()];
        for (result, out) in results.into_iter().zip(&mut out) {
            s.store(result, out);
        }
        out
    }

    /// On numbers whose results are exact.
    struct AllOperations;

    impl Kernel for AllOperations {
        type Output = Vec<[f64; LANES]>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let a = s.load(&[1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, f64::NAN]);
            let b = s.splat(9.0);
            let magic = s.splat(6_755_399_441_055_744.0);
            let k = s.load(&[0.0, 1.0, -1.0, 10.0, -10.0, 1023.0, -1022.0, 2.0]);
            all_operations(s, a, b, s.add(magic, k))
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

    struct SingleOperations;

    impl Kernel<f32> for SingleOperations {
        type Output = Vec<[f32; 2 * LANES]>;

        #[inline(always)]
        fn run<S: Simd<f32>>(self, s: S) -> Self::Output {
            let mut a = [36.0; 2 * LANES];
            a[1] = 4.0;
            a[15] = f32::NAN;
            let (a, b) = (s.load(&a), s.splat(9.0));
            let mut k = [-126.0; 2 * LANES];
            k[..4].copy_from_slice(&[0.0, 1.0, -1.0, 127.0]);
            all_operations(s, a, b, s.add(s.splat(12_582_912.0), s.load(&k)))
        }
    }

    #[test]
    fn instruction_sets_agree_on_singles() {
        let expected = dispatch(InstructionSet::Portable, SingleOperations);
        assert_eq!(expected[2][..3], [324.0, 36.0, 324.0]);
        assert_eq!(expected[5][..3], [-315.0, -27.0, -315.0]);
        assert_eq!(expected[7][..3], [36.0, 9.0, 36.0]);
        assert_eq!(expected[10][..5], [1.0, 2.0, 0.5, 2f32.powi(127), 2f32.powi(-126)]);
        assert_eq!(expected[11][0], 14.0 * 6.0 + 2.0 * 3.0);
        assert!(expected[8][15].is_nan() && expected[9][15].is_nan());
        for set in InstructionSet::available() {
            let found = dispatch(set, SingleOperations);
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                let same = found.to_bits() == expected.to_bits();
                assert!(same || found.is_nan() && expected.is_nan(), "{set:?}");
            }
        }
    }
}
