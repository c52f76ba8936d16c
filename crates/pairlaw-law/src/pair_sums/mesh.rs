//! Sums by a mesh: cubic interpolation of the particles to its nodes, convolution there, and the
//! same interpolation back.

use super::near::Near;
use crate::{Convolution, PairKernel, Spectrum};

/// Intervals of a mesh of chosen spacing along its longest axis; four nodes more make padded
/// transforms of lengths without large prime factors. Kernels with φ(0) ≠ 0 in more than one
/// dimension get the finer one: the cost of their near pairs falls with the spacing.
const INTERVALS: [[usize; 2]; 3] = [[4092, 4092], [116, 196], [44, 44]];
/// Most nodes of a mesh; a larger spacing than asked for is taken where a box needs more.
const MOST_NODES: f64 = 4e6;
/// Margin of a box that is planned around particles, in parts of their range.
const MARGIN: f64 = 0.1;

/// Mesh sums of kernels whose K is continuous at 0 in one dimension.
#[derive(Clone, Debug)]
pub(super) struct Mesh<const D: usize> {
    kernels: Vec<MeshKernel>,
    spacing: Option<f64>,
    plan: Option<Plan<D>>,
}

#[derive(Clone, Debug)]
struct MeshKernel {
    kernel: PairKernel,
    /// Subtracted from φ.
    constant: f64,
    is_continuous: bool,
}

impl<const D: usize> Mesh<D> {
    /// Meshes of the given spacing, or of a chosen one. On a line the jump φ(0) sgn x of K is left
    /// to the caller.
    pub(super) fn new(kernels: &[PairKernel], spacing: Option<f64>) -> Self {
        let kernels = kernels.iter().map(|kernel| {
            let at_zero = kernel.value(0.0);
            let constant = if D == 1 { at_zero } else { 0.0 };
            let is_continuous = D == 1 || at_zero == 0.0;
            MeshKernel { kernel: kernel.clone(), constant, is_continuous }
        });
        Self { kernels: kernels.collect(), spacing, plan: None }
    }

    /// Plans for the box.
    pub(super) fn cover(&mut self, lower: [f64; D], upper: [f64; D]) {
        let extent = (0..D).map(|d| upper[d] - lower[d]).fold(0.0, f64::max);
        let is_smooth = self.kernels.iter().all(|kernel| kernel.is_continuous);
        let intervals = INTERVALS[D - 1][usize::from(!is_smooth)];
        let chosen = if extent > 0.0 { extent / intervals as f64 } else { 1.0 };
        // Subnormal numbers would not grow below.
        let mut spacing = self.spacing.unwrap_or(chosen).max(f64::MIN_POSITIVE);
        let nodes = |h: f64| (0..D).map(|d| (upper[d] - lower[d]) / h + 4.0).product::<f64>();
        while nodes(spacing) > MOST_NODES {
            spacing *= 1.25;
        }
        self.plan = Some(Plan::new(&self.kernels, lower, upper, spacing));
    }

    /// Takes the particles: plans a larger box if one lies outside, and transforms their density.
    pub(super) fn load(&mut self, positions: [&[f64]; D]) {
        let (mut lower, mut upper) = bounds(positions);
        let is_inside =
            |plan: &Plan<D>| (0..D).all(|d| plan.lower[d] <= lower[d] && upper[d] <= plan.upper[d]);
        if !self.plan.as_ref().is_some_and(is_inside) {
            for d in 0..D {
                let margin = MARGIN * (upper[d] - lower[d]);
                (lower[d], upper[d]) = (lower[d] - margin, upper[d] + margin);
                if let Some(plan) = &self.plan {
                    lower[d] = lower[d].min(plan.lower[d]);
                    upper[d] = upper[d].max(plan.upper[d]);
                }
            }
            self.cover(lower, upper);
        }
        if let Some(plan) = &mut self.plan {
            plan.load(positions);
        }
    }

    /// Adds the sums of one kernel over the loaded particles.
    pub(super) fn add(&mut self, kernel: usize, positions: [&[f64]; D], out: &mut [Vec<f64>; D]) {
        if let Some(plan) = &mut self.plan {
            plan.add(kernel, positions, out);
        }
    }

    /// Spacing in use; 0 before there is a plan.
    pub(super) fn spacing(&self) -> f64 {
        self.plan.as_ref().map_or(0.0, |plan| plan.spacing)
    }
}

fn bounds<const D: usize>(positions: [&[f64]; D]) -> ([f64; D], [f64; D]) {
    let least = |x: &[f64]| x.iter().fold(f64::INFINITY, |a, x| a.min(*x));
    let most = |x: &[f64]| x.iter().fold(f64::NEG_INFINITY, |a, x| a.max(*x));
    (positions.map(least), positions.map(most))
}

/// Mesh and transformed kernels for one box.
#[derive(Clone, Debug)]
struct Plan<const D: usize> {
    lower: [f64; D],
    upper: [f64; D],
    spacing: f64,
    strides: [usize; D],
    convolution: Convolution<D>,
    /// Of each kernel, components two by two.
    spectra: Vec<Vec<Spectrum>>,
    near: Vec<Option<Near<D>>>,
    density: Vec<f64>,
    fields: [Vec<f64>; 2],
}

impl<const D: usize> Plan<D> {
    fn new(kernels: &[MeshKernel], lower: [f64; D], upper: [f64; D], spacing: f64) -> Self {
        let intervals = |d: usize| ((upper[d] - lower[d]) / spacing).ceil() as usize;
        let shape: [usize; D] = std::array::from_fn(|d| intervals(d) + 4);
        let mut strides = [1; D];
        for d in (0..D - 1).rev() {
            strides[d] = strides[d + 1] * shape[d + 1];
        }
        let mut convolution = Convolution::new(shape);
        let near: Vec<Option<Near<D>>> = kernels
            .iter()
            .map(|k| (!k.is_continuous).then(|| Near::new(&k.kernel, spacing)))
            .collect();
        let mut spectra = Vec::with_capacity(kernels.len());
        for (kernel, near) in kernels.iter().zip(&near) {
            // φ(r) − constant, without its near part.
            let smooth = |r: f64| match near {
                Some(near) if r < near.radius() => near.smooth(r),
                _ => kernel.kernel.value(r) - kernel.constant,
            };
            let pair = |first: usize, convolution: &mut Convolution<D>| {
                convolution.spectrum(|offset| {
                    let x = offset.map(|o| spacing * o as f64);
                    let r = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let over = if r > 0.0 { smooth(r) / r } else { 0.0 };
                    [first, first + 1].map(|d| if d < D { over * x[d] } else { 0.0 })
                })
            };
            spectra.push((0..D).step_by(2).map(|d| pair(d, &mut convolution)).collect());
        }
        let empty = vec![0.0; shape.iter().product()];
        Self {
            lower,
            upper,
            spacing,
            strides,
            convolution,
            spectra,
            near,
            fields: [empty.clone(), empty.clone()],
            density: empty,
        }
    }

    fn load(&mut self, positions: [&[f64]; D]) {
        self.density.fill(0.0);
        let share = 1.0 / positions[0].len() as f64;
        for (i, _) in positions[0].iter().enumerate() {
            let stencil = self.stencil(std::array::from_fn(|d| positions[d][i]));
            stencil.rows(self.strides, |start, weight| {
                let row = &mut self.density[start..start + 4];
                for (node, w) in row.iter_mut().zip(stencil.weights[D - 1]) {
                    *node += share * weight * w;
                }
            });
        }
        self.convolution.load(&self.density);
    }

    fn add(&mut self, kernel: usize, positions: [&[f64]; D], out: &mut [Vec<f64>; D]) {
        for (spectrum, first) in self.spectra[kernel].iter().zip((0..D).step_by(2)) {
            let [a, b] = &mut self.fields;
            self.convolution.apply(spectrum, [a, b]);
            for i in 0..positions[0].len() {
                let stencil = self.stencil(std::array::from_fn(|d| positions[d][i]));
                let mut sums = [0.0; 2];
                stencil.rows(self.strides, |start, weight| {
                    for (sum, field) in sums.iter_mut().zip(&self.fields) {
                        let row = field[start..start + 4].iter().zip(stencil.weights[D - 1]);
                        *sum += weight * row.map(|(f, w)| f * w).sum::<f64>();
                    }
                });
                for (out, sum) in out[first..].iter_mut().zip(sums) {
                    out[i] += sum;
                }
            }
        }
        if let Some(near) = &mut self.near[kernel] {
            near.add(positions, self.lower, self.upper, out);
        }
    }

    /// Weights of cubic Lagrange interpolation in the four nearest nodes along each axis.
    fn stencil(&self, position: [f64; D]) -> Stencil<D> {
        let mut stencil = Stencil { start: 0, weights: [[0.0; 4]; D] };
        for (d, x) in position.into_iter().enumerate() {
            // Node 0 lies one spacing below the box.
            let u = (x - self.lower[d]) / self.spacing;
            let node = u as usize;
            let f = u - node as f64;
            let (a, b, c) = (f + 1.0, f - 1.0, f - 2.0);
            stencil.start += node * self.strides[d];
            stencil.weights[d] =
                [-f * b * c / 6.0, a * b * c / 2.0, -a * f * c / 2.0, a * f * b / 6.0];
        }
        stencil
    }
}

struct Stencil<const D: usize> {
    start: usize,
    weights: [[f64; 4]; D],
}

impl<const D: usize> Stencil<D> {
    /// Visits the rows of four nodes along the last axis: first node and weight of the others.
    #[inline(always)]
    fn rows(&self, strides: [usize; D], mut visit: impl FnMut(usize, f64)) {
        for row in 0..1usize << (2 * (D - 1)) {
            let (mut rest, mut start, mut weight) = (row, self.start, 1.0);
            for (stride, weights) in strides.into_iter().zip(&self.weights).take(D - 1) {
                start += rest % 4 * stride;
                weight *= weights[rest % 4];
                rest /= 4;
            }
            visit(start, weight);
        }
    }
}
