//! AVX-512F and AVX2 + FMA.

use super::{Element, InstructionSet, Kernel, Simd};
use std::arch::x86_64::*;

/// # Panics
/// If this machine does not have `set`.
fn require(set: InstructionSet) {
    // The sets are nested: each machine has all below its best.
    let best = InstructionSet::detect();
    assert!(set <= best, "{} is not available on this machine", set.name());
}

pub(super) fn run_avx512<T: Element, K: Kernel<T>>(kernel: K) -> K::Output
where
    Avx512: Simd<T>,
{
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn run<T: Element, K: Kernel<T>>(kernel: K) -> K::Output
    where
        Avx512: Simd<T>,
    {
        kernel.run(Avx512)
    }
    require(InstructionSet::Avx512);
    // SAFETY: the features were detected.
    unsafe { run(kernel) }
}

pub(super) fn run_avx2<T: Element, K: Kernel<T>>(kernel: K) -> K::Output
where
    Avx2: Simd<T>,
{
    #[target_feature(enable = "avx2,fma")]
    fn run<T: Element, K: Kernel<T>>(kernel: K) -> K::Output
    where
        Avx2: Simd<T>,
    {
        kernel.run(Avx2)
    }
    require(InstructionSet::Avx2);
    // SAFETY: the features were detected.
    unsafe { run(kernel) }
}

/// Token of AVX-512F; made only in [`run_avx512`].
#[derive(Clone, Copy)]
pub(super) struct Avx512;

/// Token of AVX2 + FMA; made only in [`run_avx2`].
#[derive(Clone, Copy)]
pub(super) struct Avx2;

// SAFETY of all implementations: the token proves that the features are there; loads and stores
// go through references to as many numbers as a vector has.
macro_rules! avx512 {
    (
        $t:ty, $v:ty, $mantissa_bits:literal, $bits:ty, $splat:ident, $load:ident, $store:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $mul_add:ident, $neg_mul_add:ident,
        $sqrt:ident, $max:ident, $min:ident, $blend:ident, $compare:ident,
        $to_bits:ident, $from_bits:ident, $shift:ident, $splat_bits:ident, $add_bits:ident
    ) => {
        impl Simd<$t> for Avx512 {
            type V = $v;

            #[inline(always)]
            fn splat(self, x: $t) -> Self::V {
                unsafe { $splat(x) }
            }
            #[inline(always)]
            fn load(self, x: &<$t as Element>::Array) -> Self::V {
                unsafe { $load(x.as_ptr()) }
            }
            #[inline(always)]
            fn prefetch(self, x: &<$t as Element>::Array) {
                unsafe { _mm_prefetch::<_MM_HINT_T0>(x.as_ptr().cast()) }
            }
            #[inline(always)]
            fn store(self, v: Self::V, out: &mut <$t as Element>::Array) {
                unsafe { $store(out.as_mut_ptr(), v) }
            }
            #[inline(always)]
            fn add(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $add(a, b) }
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $sub(a, b) }
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $mul(a, b) }
            }
            #[inline(always)]
            fn div(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $div(a, b) }
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                unsafe { $mul_add(a, b, c) }
            }
            #[inline(always)]
            fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                unsafe { $neg_mul_add(a, b, c) }
            }
            #[inline(always)]
            fn sqrt(self, a: Self::V) -> Self::V {
                unsafe { $sqrt(a) }
            }
            #[inline(always)]
            fn max(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $max(a, b) }
            }
            #[inline(always)]
            fn min(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $min(a, b) }
            }
            #[inline(always)]
            fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
                unsafe { $blend($compare::<_CMP_GT_OQ>(a, b), y, x) }
            }
            #[inline(always)]
            fn power_of_two(self, t: Self::V) -> Self::V {
                unsafe {
                    let exponent = $shift::<$mantissa_bits>($to_bits(t));
                    let one = $splat_bits(<$t>::to_bits(1.0) as $bits);
                    $from_bits($add_bits(exponent, one))
                }
            }
        }
    };
}

avx512!(
    f64,
    __m512d,
    52,
    i64,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_fmadd_pd,
    _mm512_fnmadd_pd,
    _mm512_sqrt_pd,
    _mm512_max_pd,
    _mm512_min_pd,
    _mm512_mask_blend_pd,
    _mm512_cmp_pd_mask,
    _mm512_castpd_si512,
    _mm512_castsi512_pd,
    _mm512_slli_epi64,
    _mm512_set1_epi64,
    _mm512_add_epi64
);
avx512!(
    f32,
    __m512,
    23,
    i32,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_sqrt_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    _mm512_mask_blend_ps,
    _mm512_cmp_ps_mask,
    _mm512_castps_si512,
    _mm512_castsi512_ps,
    _mm512_slli_epi32,
    _mm512_set1_epi32,
    _mm512_add_epi32
);

/// Applies an AVX intrinsic to both halves of a vector.
macro_rules! halves {
    ($f:ident, $($x:expr),+) => { unsafe { [$f($($x[0]),+), $f($($x[1]),+)] } };
}

macro_rules! avx2 {
    (
        $t:ty, $v:ty, $half:literal, $mantissa_bits:literal, $bits:ty,
        $splat:ident, $load:ident, $store:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $mul_add:ident, $neg_mul_add:ident,
        $sqrt:ident, $max:ident, $min:ident, $blend:ident, $compare:ident,
        $to_bits:ident, $from_bits:ident, $shift:ident, $splat_bits:ident, $add_bits:ident
    ) => {
        impl Simd<$t> for Avx2 {
            type V = [$v; 2];

            #[inline(always)]
            fn splat(self, x: $t) -> Self::V {
                unsafe { [$splat(x); 2] }
            }
            #[inline(always)]
            fn load(self, x: &<$t as Element>::Array) -> Self::V {
                unsafe { [$load(x.as_ptr()), $load(x[$half..].as_ptr())] }
            }
            #[inline(always)]
            fn prefetch(self, x: &<$t as Element>::Array) {
                unsafe { _mm_prefetch::<_MM_HINT_T0>(x.as_ptr().cast()) }
            }
            #[inline(always)]
            fn store(self, v: Self::V, out: &mut <$t as Element>::Array) {
                unsafe {
                    $store(out.as_mut_ptr(), v[0]);
                    $store(out[$half..].as_mut_ptr(), v[1]);
                }
            }
            #[inline(always)]
            fn add(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($add, a, b)
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($sub, a, b)
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($mul, a, b)
            }
            #[inline(always)]
            fn div(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($div, a, b)
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                halves!($mul_add, a, b, c)
            }
            #[inline(always)]
            fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                halves!($neg_mul_add, a, b, c)
            }
            #[inline(always)]
            fn sqrt(self, a: Self::V) -> Self::V {
                halves!($sqrt, a)
            }
            #[inline(always)]
            fn max(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($max, a, b)
            }
            #[inline(always)]
            fn min(self, a: Self::V, b: Self::V) -> Self::V {
                halves!($min, a, b)
            }
            #[inline(always)]
            fn select_greater(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
                let select =
                    |h: usize| unsafe { $blend(y[h], x[h], $compare::<_CMP_GT_OQ>(a[h], b[h])) };
                [select(0), select(1)]
            }
            #[inline(always)]
            fn power_of_two(self, t: Self::V) -> Self::V {
                let scale = |h: usize| unsafe {
                    let exponent = $shift::<$mantissa_bits>($to_bits(t[h]));
                    let one = $splat_bits(<$t>::to_bits(1.0) as $bits);
                    $from_bits($add_bits(exponent, one))
                };
                [scale(0), scale(1)]
            }
        }
    };
}

avx2!(
    f64,
    __m256d,
    4,
    52,
    i64,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_fmadd_pd,
    _mm256_fnmadd_pd,
    _mm256_sqrt_pd,
    _mm256_max_pd,
    _mm256_min_pd,
    _mm256_blendv_pd,
    _mm256_cmp_pd,
    _mm256_castpd_si256,
    _mm256_castsi256_pd,
    _mm256_slli_epi64,
    _mm256_set1_epi64x,
    _mm256_add_epi64
);
avx2!(
    f32,
    __m256,
    8,
    23,
    i32,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_sqrt_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    _mm256_blendv_ps,
    _mm256_cmp_ps,
    _mm256_castps_si256,
    _mm256_castsi256_ps,
    _mm256_slli_epi32,
    _mm256_set1_epi32,
    _mm256_add_epi32
);
