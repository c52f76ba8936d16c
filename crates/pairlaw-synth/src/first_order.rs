//! The named many-particle systems of the two-phase paper: kernel, noise, start, box, steps.

use crate::initial_law::{Gaussian, InitialLaw};
use crate::scenario::SynthError;
use pairlaw_law::{KernelTerm, PairKernel};

/// A system of many particles of first order,
///
/// ```text
/// dX_i = −(1/N) Σ_{j≠i} φ(r_ij) (X_i − X_j)/r_ij dt + σ dW_i
/// ```
///
/// # Source
/// Shi, Yang, Hong (2025), section 4.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstOrderScenario<const D: usize> {
    /// One of the names.
    pub name: &'static str,
    /// φ.
    pub kernel: PairKernel,
    /// σ², length²/time.
    pub noise_variance: f64,
    /// The law of the independent initial positions.
    pub start: InitialLaw<D>,
    /// Lower corner of the box in which densities are computed.
    pub lower: [f64; D],
    /// Upper corner of that box.
    pub upper: [f64; D],
    /// Number of particles; 20,000 in the paper.
    pub n_particles: usize,
    /// Euler–Maruyama step.
    pub dt: f64,
    /// Number of steps.
    pub n_steps: usize,
    /// Seed of start and noise.
    pub seed: u64,
}

/// Distance below which the repulsion of case B is constant.
pub const CUTOFF: f64 = 0.05;

impl FirstOrderScenario<1> {
    /// The systems on a line: cubic potential, power-law repulsion and attraction, and opinions
    /// that polarize or agree.
    pub const NAMES: [&'static str; 4] = ["A", "B", "polarization", "consensus"];

    /// The system `name` at the paper's size.
    ///
    /// Opinions start uniformly in [−5, 5] with σ² = .02 and end at time 10: the paper gives none
    /// of these; with them polarization ends in two clusters and consensus in one, as its text says.
    ///
    /// # Errors
    /// [`SynthError::UnknownSystem`].
    pub fn named(name: &str, seed: u64) -> Result<Self, SynthError> {
        let part = |mean, deviation| Gaussian { mean: [mean], deviation };
        let uniform = InitialLaw::Uniform { lower: [-5.0], upper: [5.0] };
        let (name, terms, noise_variance, start, half_width, dt) = match name {
            "A" => {
                let start = InitialLaw::Gaussians(vec![part(1.0, 0.5), part(-1.0, 0.5)]);
                ("A", vec![(KernelTerm::power(2.0), 3.0)], 2.0, start, 4.0, 1e-4)
            }
            "B" => {
                let start = InitialLaw::Gaussians(vec![part(2.0, 0.5), part(-3.0, 1.0)]);
                let repulsion = KernelTerm::Power { exponent: -1.5, cutoff: CUTOFF };
                (
                    "B",
                    vec![(KernelTerm::power(1.0), 1.0), (repulsion, -1.0)],
                    0.02,
                    start,
                    7.0,
                    1e-4,
                )
            }
            "polarization" => {
                let terms = vec![(linear(0.0, 1.5), 0.5), (linear(1.5, 2.0), 1.0)];
                ("polarization", terms, 0.02, uniform, 7.0, 1e-3)
            }
            "consensus" => {
                let terms = vec![(linear(0.0, 2.0), 0.1), (linear(2.0, 3.0), 1.0)];
                ("consensus", terms, 0.02, uniform, 7.0, 1e-3)
            }
            _ => return unknown(name, &Self::NAMES),
        };
        let (lower, upper) = ([-half_width], [half_width]);
        let kernel = kernel(terms)?;
        let (n_particles, n_steps) = (20_000, 10_000);
        Ok(Self {
            name,
            kernel,
            noise_variance,
            start,
            lower,
            upper,
            n_particles,
            dt,
            n_steps,
            seed,
        })
    }
}

impl FirstOrderScenario<2> {
    /// The starts of case D, the plane with φ = 3r².
    pub const NAMES: [&'static str; 3] = ["two Gaussians", "four Gaussians", "ring"];

    /// Case D from the start `name`, at the paper's size. The ring's density, printed with mass
    /// 5.0346, is normalised.
    ///
    /// # Errors
    /// [`SynthError::UnknownSystem`].
    pub fn named(name: &str, seed: u64) -> Result<Self, SynthError> {
        let part = |x, y| Gaussian { mean: [x, y], deviation: 0.5 };
        let (name, start) = match name {
            "two Gaussians" => {
                ("two Gaussians", InitialLaw::Gaussians(vec![part(1.0, 0.0), part(-1.0, 0.0)]))
            }
            "four Gaussians" => {
                let corners = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)];
                let parts = corners.map(|(x, y)| part(x, y)).to_vec();
                ("four Gaussians", InitialLaw::Gaussians(parts))
            }
            "ring" => ("ring", InitialLaw::Ring { radius: 1.0, deviation: 0.5 }),
            _ => return unknown(name, &Self::NAMES),
        };
        Ok(Self {
            name,
            kernel: kernel(vec![(KernelTerm::power(2.0), 3.0)])?,
            noise_variance: 2.0,
            start,
            lower: [-5.0; 2],
            upper: [5.0; 2],
            n_particles: 20_000,
            dt: 1e-4,
            n_steps: 10_000,
            seed,
        })
    }
}

/// `r` between two distances: a piece of `f(r) r`.
fn linear(from: f64, to: f64) -> KernelTerm {
    KernelTerm::Piece { from, to, exponent: 1 }
}

fn kernel(terms: Vec<(KernelTerm, f64)>) -> Result<PairKernel, SynthError> {
    let (terms, weights) = terms.into_iter().unzip();
    Ok(PairKernel::new(terms, weights)?)
}

fn unknown<T>(name: &str, known: &'static [&'static str]) -> Result<T, SynthError> {
    Err(SynthError::UnknownSystem { name: name.to_owned(), known })
}
