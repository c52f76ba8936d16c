//! The paper's systems as cases to learn from, on a line or in the plane.

use crate::Failure;
use crate::options::ReproduceOptions;
use clap::ValueEnum;
use pairlaw_law::KernelTerm;
use pairlaw_synth::{CUTOFF, FirstOrderScenario};

/// What a kernel is learned from, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Mode {
    /// Densities that solve the mean-field equation; two-phase regression.
    Pde,
    /// Kernel density estimates of simulated particles; two-phase regression, as the paper.
    Kde,
    /// Simulated particles through the weak form on their empirical measure; best subset.
    Weak,
}

impl Mode {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Pde => "PDE",
            Self::Kde => "SDE, KDE (as the paper)",
            Self::Weak => "SDE, weak form",
        }
    }

    /// In the name of a row.
    pub(super) fn short(self) -> &'static str {
        match self {
            Self::Pde => "densities",
            Self::Kde => "density estimates",
            Self::Weak => "weak form",
        }
    }
}

/// A system on a line or in the plane, with its seed.
#[derive(Clone, Debug)]
pub(super) enum Case {
    Line(FirstOrderScenario<1>),
    Plane(FirstOrderScenario<2>),
}

/// Particles of `--quick`.
const QUICK_PARTICLES: usize = 2000;
/// Its Euler–Maruyama steps are so many times longer.
const QUICK_STEPS: usize = 10;

/// The terms of Table 1's dictionary but the last.
const SMOOTH: [KernelTerm; 8] = [
    KernelTerm::Power { exponent: 0.0, cutoff: 0.0 },
    KernelTerm::Power { exponent: 1.0, cutoff: 0.0 },
    KernelTerm::Power { exponent: 2.0, cutoff: 0.0 },
    KernelTerm::Power { exponent: 3.0, cutoff: 0.0 },
    KernelTerm::Exponential { rate: 1.0 },
    KernelTerm::Exponential { rate: -1.0 },
    KernelTerm::Sine,
    KernelTerm::Cosine,
];

impl Case {
    /// Case A, B or D of Table 1 with one seed; D from three starts on the first one.
    pub(super) fn of_table1(
        name: &str,
        seed: u64,
        options: &ReproduceOptions,
    ) -> Result<Vec<Self>, Failure> {
        if name != "D" {
            return Ok(vec![Self::line(name, seed, options)?]);
        }
        let starts = &FirstOrderScenario::<2>::NAMES;
        let starts = if seed == options.seed { &starts[..] } else { &starts[..1] };
        starts.iter().map(|start| Self::plane(start, seed, options)).collect()
    }

    /// A system on a line.
    pub(super) fn line(name: &str, seed: u64, options: &ReproduceOptions) -> Result<Self, Failure> {
        Ok(Self::Line(sized(FirstOrderScenario::<1>::named(name, seed)?, options)))
    }

    /// Case D from a start.
    pub(super) fn plane(
        start: &str,
        seed: u64,
        options: &ReproduceOptions,
    ) -> Result<Self, Failure> {
        Ok(Self::Plane(sized(FirstOrderScenario::<2>::named(start, seed)?, options)))
    }

    /// As the paper names it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Line(scenario) => scenario.name,
            Self::Plane(_) => "D",
        }
    }

    /// Which of several starts.
    pub(super) fn start(&self) -> Option<&'static str> {
        match self {
            Self::Line(_) => None,
            Self::Plane(scenario) => Some(scenario.name),
        }
    }

    pub(super) fn seed(&self) -> u64 {
        match self {
            Self::Line(scenario) => scenario.seed,
            Self::Plane(scenario) => scenario.seed,
        }
    }

    pub(super) fn n_particles(&self) -> usize {
        match self {
            Self::Line(scenario) => scenario.n_particles,
            Self::Plane(scenario) => scenario.n_particles,
        }
    }

    /// Every term of the dictionary and its true weight.
    pub(super) fn truth(&self) -> Vec<(String, f64)> {
        let kernel = match self {
            Self::Line(scenario) => &scenario.kernel,
            Self::Plane(scenario) => &scenario.kernel,
        };
        let weight =
            |term: &KernelTerm| kernel.active().find(|(t, _)| t == term).map_or(0.0, |t| t.1);
        let dictionary = dictionary(self.name());
        dictionary.iter().map(|term| (term.to_string(), weight(term))).collect()
    }
}

/// The dictionary of a case of Table 1: the power law is on offer in case B alone.
pub(super) fn dictionary(case: &str) -> Vec<KernelTerm> {
    let mut terms = SMOOTH.to_vec();
    if case == "B" {
        terms.push(KernelTerm::Power { exponent: -1.5, cutoff: CUTOFF });
    }
    terms
}

/// At the size asked for.
fn sized<const D: usize>(
    mut scenario: FirstOrderScenario<D>,
    options: &ReproduceOptions,
) -> FirstOrderScenario<D> {
    if options.quick {
        scenario.n_particles = QUICK_PARTICLES;
        scenario.n_steps /= QUICK_STEPS;
        scenario.dt *= QUICK_STEPS as f64;
    }
    scenario
}
