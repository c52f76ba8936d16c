//! Convolutions on a grid by fast Fourier transforms, two kernels at a time.

use std::array;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Linear convolution of a function on a grid with a pair of real kernels:
///
/// ```text
/// out_c[i] = Σ_j kernel_c[i − j] f[j],    c = 0, 1
/// ```
///
/// Cells are numbered row by row, the last axis fastest. The grid is padded with zeros, so that
/// nothing wraps around. The two kernels are the real and the imaginary part of one complex kernel,
/// so that one inverse transform gives both convolutions: the two components of a force, or faces
/// along two axes.
///
/// Error: rounding, a few `ε log₂ n` relative to `max|kernel| Σ|f|`. Work: `O(n log n)`.
///
/// # Example
/// ```
/// use pairlaw_law::Convolution;
///
/// let mut convolution = Convolution::new([3]);
/// let difference = convolution.spectrum(|[offset]| [offset as f64, (offset * offset) as f64]);
/// convolution.load(&[1.0, 0.0, 2.0]);
/// let (mut first, mut second) = ([0.0; 3], [0.0; 3]);
/// convolution.apply(&difference, [&mut first, &mut second]);
/// // 1·(i − 0) + 2·(i − 2), and the squares.
/// for (i, (a, b)) in first.into_iter().zip(second).enumerate() {
///     let i = i as f64;
///     assert!((a - (3.0 * i - 4.0)).abs() < 1e-14);
///     assert!((b - (i * i + 2.0 * (i - 2.0).powi(2))).abs() < 1e-13);
/// }
/// ```
#[derive(Clone)]
pub struct Convolution<const D: usize> {
    shape: [usize; D],
    padded: [usize; D],
    axes: [Axis; D],
    /// Transform of the loaded function.
    loaded: Vec<Complex<f64>>,
    work: Vec<Complex<f64>>,
    /// One line and the transforms' scratch.
    line: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

/// Transforms of one padded axis.
#[derive(Clone)]
struct Axis {
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
}

impl Axis {
    /// Not generic, so that the transforms' code is compiled here and not in every crate that calls.
    fn new(n: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self { forward: planner.plan_fft_forward(n), inverse: planner.plan_fft_inverse(n) }
    }
}

/// Transform of a pair of kernels, made by [`Convolution::spectrum`] for that grid.
#[derive(Clone, Debug)]
pub struct Spectrum(Vec<Complex<f64>>);

/// Lines that are transposed together, so that cache lines are used whole.
const BLOCK: usize = 8;

impl<const D: usize> Convolution<D> {
    /// For functions on a grid of `shape` cells.
    ///
    /// # Panics
    ///
    /// If an axis has no cells.
    #[must_use]
    pub fn new(shape: [usize; D]) -> Self {
        assert!(D > 0 && shape.iter().all(|n| *n > 0), "a grid of {shape:?} cells");
        let padded = shape.map(|n| fast_length(2 * n - 1));
        let axes = padded.map(Axis::new);
        let total = padded.iter().product();
        let scratch = axes.iter().map(|axis| {
            axis.forward.get_inplace_scratch_len().max(axis.inverse.get_inplace_scratch_len())
        });
        let longest = padded.iter().max().copied().unwrap_or(0);
        Self {
            shape,
            padded,
            scratch: vec![Complex::ZERO; scratch.max().unwrap_or(0)],
            line: vec![Complex::ZERO; BLOCK * longest],
            loaded: vec![Complex::ZERO; total],
            work: vec![Complex::ZERO; total],
            axes,
        }
    }

    /// Number of cells along each axis.
    #[must_use]
    pub fn shape(&self) -> [usize; D] {
        self.shape
    }

    /// Transform of the kernels; called with every offset `i − j`, each axis from `1 − n` to `n − 1`.
    ///
    /// The value at offset `o` is the weight of the source in cell `j` for the target in cell `j + o`.
    #[must_use]
    pub fn spectrum(&mut self, mut kernel: impl FnMut([isize; D]) -> [f64; 2]) -> Spectrum {
        let scale = 1.0 / self.work.len() as f64;
        for cell in 0..self.work.len() {
            let offset = self.offset(cell);
            self.work[cell] = match offset {
                Some(offset) => {
                    let [re, im] = kernel(offset);
                    Complex { re: re * scale, im: im * scale }
                }
                None => Complex::ZERO,
            };
        }
        let mut data = std::mem::take(&mut self.work);
        self.transform(&mut data, Way::Forward, self.padded);
        let spectrum = Spectrum(data.clone());
        self.work = data;
        spectrum
    }

    /// The offset that a padded cell stands for.
    fn offset(&self, mut cell: usize) -> Option<[isize; D]> {
        let mut offset = [0; D];
        for d in (0..D).rev() {
            let (i, n, padded) = (cell % self.padded[d], self.shape[d], self.padded[d]);
            cell /= padded;
            offset[d] = if i < n {
                i as isize
            } else if i > padded - n {
                i as isize - padded as isize
            } else {
                return None;
            };
        }
        Some(offset)
    }

    /// Takes the function, one value a cell.
    ///
    /// # Panics
    ///
    /// If there is not one value a cell.
    pub fn load(&mut self, f: &[f64]) {
        let cells: usize = self.shape.iter().product();
        assert_eq!(cells, f.len(), "a grid of {:?} cells, {} values", self.shape, f.len());
        let mut data = std::mem::take(&mut self.loaded);
        data.fill(Complex::ZERO);
        let row = self.shape[D - 1];
        for (r, values) in f.chunks_exact(row).enumerate() {
            let start = self.row_start(r);
            for (to, from) in data[start..start + row].iter_mut().zip(values) {
                to.re = *from;
            }
        }
        self.transform(&mut data, Way::Forward, self.shape);
        self.loaded = data;
    }

    /// Where row `r` of the grid, along the last axis, starts in the padded array.
    fn row_start(&self, r: usize) -> usize {
        let (mut rest, mut start, mut stride) = (r, 0, self.padded[D - 1]);
        for d in (0..D - 1).rev() {
            start += rest % self.shape[d] * stride;
            rest /= self.shape[d];
            stride *= self.padded[d];
        }
        start
    }

    /// Convolutions of the loaded function with both kernels, one value a cell.
    ///
    /// # Panics
    ///
    /// If the spectrum is another grid's, or an output has not one value a cell.
    pub fn apply(&mut self, spectrum: &Spectrum, out: [&mut [f64]; 2]) {
        let cells: usize = self.shape.iter().product();
        for out in &out {
            assert_eq!(cells, out.len(), "a grid of {:?} cells, {} values", self.shape, out.len());
        }
        let (total, found) = (self.work.len(), spectrum.0.len());
        assert_eq!(total, found, "a padded grid of {total} cells, a spectrum of {found}");
        let mut data = std::mem::take(&mut self.work);
        for ((to, f), k) in data.iter_mut().zip(&self.loaded).zip(&spectrum.0) {
            *to = f * k;
        }
        self.transform(&mut data, Way::Inverse, self.shape);
        let row = self.shape[D - 1];
        let [first, second] = out;
        let rows = first.chunks_exact_mut(row).zip(second.chunks_exact_mut(row));
        for (r, (first, second)) in rows.enumerate() {
            let start = self.row_start(r);
            for ((z, a), b) in data[start..start + row].iter().zip(first).zip(second) {
                (*a, *b) = (z.re, z.im);
            }
        }
        self.work = data;
    }

    /// Transforms all axes in place. Forward, cells beyond `used` are 0 on entry; inverse, cells
    /// beyond it are not needed at the end: their lines are left out.
    fn transform(&mut self, data: &mut [Complex<f64>], way: Way, used: [usize; D]) {
        match way {
            Way::Forward => (0..D).rev().for_each(|axis| {
                let limits = array::from_fn(|d| if d < axis { used[d] } else { self.padded[d] });
                self.lines(data, way, axis, limits);
            }),
            Way::Inverse => (0..D).for_each(|axis| {
                let limits = array::from_fn(|d| if d < axis { used[d] } else { self.padded[d] });
                self.lines(data, way, axis, limits);
            }),
        }
    }

    /// Transforms the lines along `axis` whose other indices lie below `limits`.
    fn lines(&mut self, data: &mut [Complex<f64>], way: Way, axis: usize, limits: [usize; D]) {
        let plan = match way {
            Way::Forward => &self.axes[axis].forward,
            Way::Inverse => &self.axes[axis].inverse,
        };
        let n = self.padded[axis];
        let stride: usize = self.padded[axis + 1..].iter().product();
        let outer: usize = self.padded[..axis].iter().product();
        for before in 0..outer {
            if !self.is_below(before, axis, &limits) {
                continue;
            }
            let start = before * n * stride;
            if stride == 1 {
                plan.process_with_scratch(&mut data[start..start + n], &mut self.scratch);
                continue;
            }
            for first in (0..stride).step_by(BLOCK) {
                let width = BLOCK.min(stride - first);
                let line = &mut self.line[..width * n];
                for i in 0..n {
                    let from = &data[start + i * stride + first..][..width];
                    from.iter().enumerate().for_each(|(l, z)| line[l * n + i] = *z);
                }
                plan.process_with_scratch(line, &mut self.scratch);
                for i in 0..n {
                    let to = &mut data[start + i * stride + first..][..width];
                    to.iter_mut().enumerate().for_each(|(l, z)| *z = line[l * n + i]);
                }
            }
        }
    }

    /// Whether the indices of the axes before `axis`, packed in `before`, lie below their limits.
    fn is_below(&self, mut before: usize, axis: usize, limits: &[usize; D]) -> bool {
        for d in (0..axis).rev() {
            if before % self.padded[d] >= limits[d] {
                return false;
            }
            before /= self.padded[d];
        }
        true
    }
}

impl<const D: usize> std::fmt::Debug for Convolution<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Convolution").field("shape", &self.shape).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Way {
    Forward,
    Inverse,
}

/// The least product of powers of 2, 3 and 5 that is at least `n`.
fn fast_length(n: usize) -> usize {
    let smooth = |mut m: usize| {
        for p in [2, 3, 5] {
            while m.is_multiple_of(p) {
                m /= p;
            }
        }
        m == 1
    };
    (n..).find(|m| smooth(*m)).unwrap_or(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the defining sum, with kernels without symmetry.
    fn check<const D: usize>(shape: [usize; D]) {
        let cells: usize = shape.iter().product();
        let index = |mut cell: usize| -> [isize; D] {
            let mut i = [0; D];
            for d in (0..D).rev() {
                i[d] = (cell % shape[d]) as isize;
                cell /= shape[d];
            }
            i
        };
        let kernel = |o: [isize; D]| {
            let x: f64 = o.iter().enumerate().map(|(d, o)| (1.3 + d as f64) * *o as f64).sum();
            [(0.7 * x).sin() + 0.1 * x, (-0.01 * x * x).exp() - 0.2 * x]
        };
        let f: Vec<f64> = (0..cells).map(|c| ((c * c) as f64 * 0.37).cos()).collect();
        let mut convolution = Convolution::new(shape);
        let spectrum = convolution.spectrum(kernel);
        convolution.load(&f);
        let (mut a, mut b) = (vec![0.0; cells], vec![0.0; cells]);
        // Twice: applying leaves the loaded function as it is.
        for _ in 0..2 {
            convolution.apply(&spectrum, [&mut a, &mut b]);
        }
        for i in 0..cells {
            let mut expected = [0.0; 2];
            for (j, fj) in f.iter().enumerate() {
                let (i, j) = (index(i), index(j));
                let k = kernel(array::from_fn(|d| i[d] - j[d]));
                expected = [expected[0] + k[0] * fj, expected[1] + k[1] * fj];
            }
            // Rounding: kernels up to 20, up to 400 cells.
            assert!((a[i] - expected[0]).abs() < 1e-11, "{shape:?} {i}");
            assert!((b[i] - expected[1]).abs() < 1e-11, "{shape:?} {i}");
        }
    }

    #[test]
    fn agrees_with_the_sum_in_every_dimension() {
        check([1]);
        check([7]);
        check([64]);
        check([5, 9]);
        check([20, 3]);
        check([4, 3, 6]);
    }

    #[test]
    fn lengths_are_smooth_and_least() {
        assert_eq!([1, 7, 11, 13, 199, 499].map(fast_length), [1, 8, 12, 15, 200, 500]);
    }

    #[test]
    #[should_panic(expected = "4 values")]
    fn another_length_is_a_mistake() {
        Convolution::new([3]).load(&[0.0; 4]);
    }
}
