//! The named many-particle systems of the two-phase paper: kernel, noise, start, box, steps.

use crate::initial_law::InitialLaw;
use crate::scenario::SynthError;
use pairlaw_data::{Snapshots, Streams};
use pairlaw_law::{KernelTerm, PairKernel, SumMethod};
use pairlaw_sim::{Ensemble, Gaussian, Steps, simulate_first_order};

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
        let part = |mean, variance| Gaussian { share: 0.5, mean: [mean], variance };
        let uniform = InitialLaw::Uniform { lower: [-5.0], upper: [5.0] };
        let (name, terms, noise_variance, start, half_width, dt) = match name {
            "A" => {
                let start = InitialLaw::Gaussians(vec![part(1.0, 0.25), part(-1.0, 0.25)]);
                ("A", vec![(KernelTerm::power(2.0), 3.0)], 2.0, start, 4.0, 1e-4)
            }
            "B" => {
                let start = InitialLaw::Gaussians(vec![part(2.0, 0.25), part(-3.0, 1.0)]);
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
        let part = |x, y| Gaussian { share: 1.0, mean: [x, y], variance: 0.25 };
        let (name, start) = match name {
            "two Gaussians" => {
                ("two Gaussians", InitialLaw::Gaussians(vec![part(1.0, 0.0), part(-1.0, 0.0)]))
            }
            "four Gaussians" => {
                let corners = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)];
                let parts = corners.map(|(x, y)| part(x, y)).to_vec();
                ("four Gaussians", InitialLaw::Gaussians(parts))
            }
            "ring" => ("ring", InitialLaw::Ring { radius: 1.0, variance: 0.25 }),
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

impl<const D: usize> FirstOrderScenario<D> {
    /// Simulates the system and returns the start and every `keep_every`-th state after it;
    /// `observe` is shown every state, with the number of steps done.
    ///
    /// # Errors
    /// [`SynthError::Simulation`].
    pub fn simulate(
        &self,
        keep_every: usize,
        mut observe: impl FnMut(usize, [&[f64]; D]),
    ) -> Result<Snapshots<D>, SynthError> {
        let mut stream = Streams::new(self.seed).next().expect("streams never end");
        let ensemble = Ensemble {
            kernel: &self.kernel,
            noise: self.noise_variance.sqrt(),
            external: None,
            method: SumMethod::Auto,
        };
        let steps = Steps { dt: self.dt, n_steps: self.n_steps, keep_every };
        let start = self.start.sample(self.n_particles, &mut stream);
        // Streams of a seed are far apart; the start uses those of the seed itself.
        let seed = !self.seed;
        let observe = |step: usize, _, positions: [&[f64]; D]| observe(step, positions);
        Ok(simulate_first_order(start, &ensemble, steps, seed, observe)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood_and_its_kernel_is_the_papers() {
        let value =
            |name: &str, r: f64| FirstOrderScenario::<1>::named(name, 1).unwrap().kernel.value(r);
        // Rounding.
        assert!((value("A", 0.5) - 0.75).abs() < 1e-15);
        assert!((value("B", 4.0) - (4.0 - 0.125)).abs() < 1e-14);
        assert!((value("B", 0.01) - (0.01 - 0.05f64.powf(-1.5))).abs() < 1e-13);
        let opinions = [1.0, 1.75, 2.5, 3.5].map(|r| value("polarization", r));
        assert_eq!(opinions.map(f64::to_bits), [0.5f64, 1.75, 0.0, 0.0].map(f64::to_bits));
        let opinions = [1.0, 2.5, 3.5].map(|r| value("consensus", r));
        assert_eq!(opinions.map(f64::to_bits), [0.1f64, 2.5, 0.0].map(f64::to_bits));
        for name in FirstOrderScenario::<2>::NAMES {
            assert_eq!(FirstOrderScenario::<2>::named(name, 1).unwrap().name, name);
        }
        let error = FirstOrderScenario::<1>::named("D", 1).unwrap_err().to_string();
        assert!(error.contains("\"D\"") && error.contains("consensus"), "{error}");
    }

    #[test]
    fn one_seed_gives_one_simulation_and_another_seed_another() {
        let small = |seed| {
            let mut scenario = FirstOrderScenario::<2>::named("ring", seed).unwrap();
            (scenario.n_particles, scenario.n_steps) = (30, 4);
            let mut seen = 0;
            let snapshots = scenario.simulate(2, |_, _| seen += 1).unwrap();
            assert_eq!((snapshots.times().len(), seen), (3, 5));
            snapshots
        };
        assert_eq!(small(5), small(5));
        assert_ne!(small(5).positions(0), small(6).positions(0));
        assert_ne!(small(5).positions(2), small(5).positions(0));
    }
}
