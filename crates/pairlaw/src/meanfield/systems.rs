//! From observations to the normal equations that a kernel's weights solve.

use super::config::{Observations, StrongForm};
use super::error::KernelError;
use pairlaw_data::Densities;
use pairlaw_law::PairKernel;
use pairlaw_meanfield::{estimate_densities, strong_form};
use pairlaw_sparse::{Noise, NormalEquations};
use pairlaw_weak::{Column, measure_system};

/// Normal equations of time steps or runs; the first columns are the dictionary's kernels.
pub(super) struct Systems {
    /// One a time step (densities) or a run (particles).
    pub(super) steps: Vec<NormalEquations>,
    /// What is known of the rows' errors.
    pub(super) noise: Noise,
    /// What the columns after the dictionary stand for.
    pub(super) extra: Vec<Column>,
    /// The σ² that was given, or by which rows were scaled.
    pub(super) noise_variance: f64,
}

impl Systems {
    pub(super) fn new<const D: usize>(
        observations: &Observations<'_, D>,
        kernels: &[PairKernel],
    ) -> Result<Self, KernelError> {
        match observations {
            Observations::Densities { densities, equation } => {
                let mut systems = Self::of_densities(*equation)?;
                systems.extend(densities, kernels, *equation)?;
                Ok(systems)
            }
            Observations::Estimates { runs, grid, bandwidth, equation } => {
                let mut systems = Self::of_densities(*equation)?;
                for run in *runs {
                    let densities = estimate_densities(run, grid, *bandwidth)?;
                    systems.extend(&densities, kernels, *equation)?;
                }
                systems.some()
            }
            Observations::Particles { runs, measure } => {
                let mut systems =
                    Self { steps: vec![], noise: Noise::Known, extra: vec![], noise_variance: 0.0 };
                for run in *runs {
                    let system = measure_system(run, kernels, measure)?;
                    systems.extra = system.columns[kernels.len()..].to_vec();
                    systems.noise_variance += system.diffusion / runs.len() as f64;
                    systems.steps.push(system.equations);
                }
                systems.some()
            }
        }
    }

    fn of_densities(StrongForm { noise_variance, .. }: StrongForm) -> Result<Self, KernelError> {
        if !(noise_variance >= 0.0 && noise_variance.is_finite()) {
            let range = "at least 0 and finite";
            return Err(KernelError::Setting {
                name: "noise_variance",
                value: noise_variance,
                range,
            });
        }
        Ok(Self { steps: vec![], noise: Noise::Unknown, extra: vec![], noise_variance })
    }

    fn extend<const D: usize>(
        &mut self,
        densities: &Densities<D>,
        kernels: &[PairKernel],
        equation: StrongForm,
    ) -> Result<(), KernelError> {
        let diffusivity = 0.5 * equation.noise_variance;
        self.steps.extend(strong_form(densities, kernels, &[], diffusivity, equation.derivative)?);
        Ok(())
    }

    fn some(self) -> Result<Self, KernelError> {
        if self.steps.is_empty() { Err(KernelError::NoRuns) } else { Ok(self) }
    }

    /// The sum over all steps or runs.
    pub(super) fn total(&self) -> NormalEquations {
        let mut total = NormalEquations::zeros(self.steps.first().map_or(0, |s| s.n_terms()));
        self.steps.iter().for_each(|step| total.add(step));
        total
    }
}
