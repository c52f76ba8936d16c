//! Sums of a pair kernel over all particles: directly, exactly and fast on a line, or on a mesh.

mod direct;
mod far;
mod line;
mod mesh;
mod near;
mod recursion;
mod sorted;
mod window;

use direct::Direct;
use line::{Line, LineKernel};
use mesh::Mesh;

use crate::{LawError, PairKernel};

/// How pair sums are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SumMethod {
    /// Direct for few particles and in space, otherwise fast.
    Auto,
    /// Every pair, `O(N²)`.
    Direct,
    /// Without visiting every pair, see [`PairSums`].
    Fast,
    /// On a mesh, also where exact fast sums exist.
    Mesh {
        /// Side of a cell, length.
        spacing: f64,
    },
}

/// Sums of one or several pair kernels over the same particles:
///
/// ```text
/// S_i = (1/N) Σ_{j≠i} φ(r_ij) (x_i − x_j)/r_ij,   r_ij = |x_i − x_j|;   r_ij = 0 contributes 0
/// ```
///
/// The drift of a first-order system is `−S`. If any position is not finite, or beyond 1e300 (1e150
/// unless on a line), all sums are NaN.
/// The same particles give the same bits; on a mesh, after the same calls of [`Self::cover`] and
/// [`Self::evaluate`], or whenever the particles stay within the covered box.
///
/// Fast sums on a line sort the particles and take `O(N)` steps; their error is rounding, 1e-12 of
/// `(1/N) Σ_j |φ|`, and 1e-10 with terms of negative exponents, which become sums of exponentials
/// beyond their cut-off. Powers that are not an integer up to 8 and not negative go to the mesh.
///
/// On a mesh particles are interpolated to the nodes and back by cubic polynomials; it resolves
/// what is smooth over a few cells. With φ(0) ≠ 0 near pairs are summed apart. Errors with chosen
/// spacings, relative to the root mean square of the sums: in the plane 1e-12 for r and r³, 1e-6
/// for r², 1e-4 for 1 and e^−r, 1e-3 for r^−1.5 with a cut-off; on a line 1e-5 for √r. Jumps of φ
/// away from 0 are smoothed over a cell: 1 % for pieces in the plane.
///
/// # Source
/// Sums of exponentials on a line: G. Beylkin, L. Monzón, Appl. Comput. Harmon. Anal. 28 (2010).
/// Mesh: R. Hockney, J. Eastwood, *Computer Simulation Using Particles* (1988), chapter 8 for the
/// near pairs.
///
/// # Example
/// ```
/// use pairlaw_law::{KernelTerm, PairKernel, PairSums, SumMethod};
///
/// let kernel = PairKernel::term(KernelTerm::power(2.0))?;
/// let mut sums = PairSums::new(&[kernel], SumMethod::Auto)?;
/// let mut out = [[vec![]]];
/// sums.evaluate([&[0.0, 1.0, 3.0]], &mut out);
/// assert_eq!(out[0][0], [-10.0 / 3.0, -1.0, 13.0 / 3.0]);
/// # Ok::<(), pairlaw_law::LawError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairSums<const D: usize> {
    kernels: Vec<PairKernel>,
    method: SumMethod,
    used: Vec<SumMethod>,
    direct: Direct<D>,
    line: Line,
    /// For D = 1: the kernel, where it has fast exact sums, or what a mesh leaves of it.
    line_kernels: Vec<LineKernel>,
    meshed: Vec<bool>,
    mesh: Mesh<D>,
}

/// Particles up to which direct sums are faster on a line and elsewhere.
const FEW: [usize; 2] = [128, 2000];

impl<const D: usize> PairSums<D> {
    /// Sums of the given kernels.
    ///
    /// # Errors
    ///
    /// [`LawError::MeshSpacing`] for a spacing that is not positive and finite.
    pub fn new(kernels: &[PairKernel], method: SumMethod) -> Result<Self, LawError> {
        if let SumMethod::Mesh { spacing } = method
            && !(spacing.is_finite() && spacing > 0.0)
        {
            return Err(LawError::MeshSpacing { spacing });
        }
        let spacing = match method {
            SumMethod::Mesh { spacing } => Some(spacing),
            _ => None,
        };
        let exact = |kernel| LineKernel::new(kernel).filter(|_| D == 1 && spacing.is_none());
        let line: Vec<Option<LineKernel>> = kernels.iter().map(exact).collect();
        let jump = |(exact, kernel): (Option<LineKernel>, &PairKernel)| {
            exact.unwrap_or_else(|| LineKernel::constant(kernel.value(0.0)))
        };
        Ok(Self {
            kernels: kernels.to_vec(),
            method,
            used: vec![method; kernels.len()],
            direct: Direct::new(),
            line: Line::default(),
            meshed: line.iter().map(Option::is_none).collect(),
            line_kernels: line.into_iter().zip(kernels).map(jump).collect(),
            mesh: Mesh::new(kernels, spacing),
        })
    }

    /// Plans meshes for the box `[lower, upper]`, so that results do not depend on earlier calls
    /// as long as all particles stay inside.
    pub fn cover(&mut self, lower: [f64; D], upper: [f64; D]) {
        if self.meshed.contains(&true) {
            self.mesh.cover(lower, upper);
        }
    }

    /// Writes `out[kernel][axis][particle]`, in length/time, in the order of the particles.
    ///
    /// # Panics
    ///
    /// If the axes of `positions` differ in length or `out` has not one entry a kernel.
    pub fn evaluate(&mut self, positions: [&[f64]; D], out: &mut [[Vec<f64>; D]]) {
        assert_eq!(self.kernels.len(), out.len(), "kernels and outputs");
        let n = positions[0].len();
        for x in positions {
            assert_eq!(x.len(), n, "coordinates along each axis");
        }
        // Ranges of positions do not overflow, nor do squares of distances.
        let limit = if D == 1 { 1e300 } else { 1e150 };
        let finite = positions.iter().all(|x| x.iter().all(|x| x.abs() < limit));
        for out in out.iter_mut().flatten() {
            out.clear();
            out.resize(n, if finite { 0.0 } else { f64::NAN });
        }
        if !finite || n == 0 {
            return;
        }
        let few = self.method == SumMethod::Auto && (n <= FEW[usize::from(D > 1)] || D > 2);
        if few || self.method == SumMethod::Direct {
            self.used.fill(SumMethod::Direct);
            self.direct.evaluate(&self.kernels, positions, out);
        } else {
            self.evaluate_fast(positions, out);
        }
    }

    fn evaluate_fast(&mut self, positions: [&[f64]; D], out: &mut [[Vec<f64>; D]]) {
        self.used.fill(SumMethod::Fast);
        if D == 1 {
            self.line.sort(positions[0]);
            for (kernel, out) in self.line_kernels.iter_mut().zip(out.iter_mut()) {
                self.line.evaluate(kernel, &mut out[0]);
            }
        }
        if self.meshed.contains(&true) {
            self.mesh.load(positions);
        }
        for (kernel, out) in out.iter_mut().enumerate().filter(|(k, _)| self.meshed[*k]) {
            self.mesh.add(kernel, positions, out);
            self.used[kernel] = SumMethod::Mesh { spacing: self.mesh.spacing() };
        }
    }

    /// What the last call of [`Self::evaluate`] used, kernel by kernel.
    #[must_use]
    pub fn methods(&self) -> Vec<SumMethod> {
        self.used.clone()
    }
}
