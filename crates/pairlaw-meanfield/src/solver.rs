//! The mean-field equation by conservative finite volumes in space and Runge–Kutta in time.

use std::array;

use pairlaw_data::{Densities, Grid};
use pairlaw_law::{ExternalPotential, PairKernel};

use crate::MeanFieldError;
use crate::finite_volume::{FaceValues, add_diffusion, add_drift, stride};
use crate::free_energy::{FreeEnergy, FreeEnergyFunctional};
use crate::gradient::{InteractionGradient, at_faces};
use crate::initial_density::{check_density, mass};

/// A mean-field equation and the scheme for its drift.
///
/// ```text
/// u_t = ∇·(u (∇Φ*u + ∇V)) + D Δu,    no flux through the walls
/// ```
///
/// # Source
/// Shi, Yang, Hong (2025), eq. (13). // Differs: φ = Φ′ > 0 attracts, see [`PairKernel`].
#[derive(Debug, Clone, Copy)]
pub struct MeanField<'a, const D: usize> {
    /// φ = Φ′, length/time.
    pub kernel: &'a PairKernel,
    /// D = σ²/2, length²/time.
    pub diffusivity: f64,
    /// V; its default is none.
    pub external: ExternalPotential<D>,
    /// Density in the faces: central for smooth problems, MUSCL where diffusion is weak.
    pub face_values: FaceValues,
}

/// Time steps, and which densities to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Time step.
    pub dt: f64,
    /// Number of steps, a multiple of `keep_every`.
    pub n_steps: usize,
    /// The first density and that after every `keep_every`-th step are kept.
    pub keep_every: usize,
}

impl Schedule {
    /// Steps of at most `longest` to the time `end`, keeping `n_kept` densities after the first at
    /// equal distances.
    ///
    /// # Panics
    ///
    /// Unless `end`, `longest` and `n_kept` are positive and finite.
    #[must_use]
    pub fn until(end: f64, longest: f64, n_kept: usize) -> Self {
        let number = end / longest / n_kept as f64;
        let good = end > 0.0 && longest > 0.0 && number.is_finite() && number < 1e9;
        assert!(good, "steps of at most {longest} to {end} keeping {n_kept} densities");
        // A whole number of steps may come out of the division a little above itself.
        let keep_every = (number * (1.0 - 1e-12)).ceil().max(1.0) as usize;
        let n_steps = keep_every * n_kept;
        Self { dt: end / n_steps as f64, n_steps, keep_every }
    }
}

/// What was seen of a density while it was computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnostics {
    /// Time.
    pub time: f64,
    /// `∫u dx`.
    pub mass: f64,
    /// Least cell average, 1/length^D.
    pub minimum: f64,
    /// Free energy.
    pub free_energy: FreeEnergy,
}

/// Densities at the kept times, and one entry of diagnostics for each.
#[derive(Debug, Clone)]
pub struct Solution<const D: usize> {
    /// Cell averages.
    pub densities: Densities<D>,
    /// At the same times.
    pub diagnostics: Vec<Diagnostics>,
}

/// Solves the mean-field equation from cell averages of mass 1 at time 0.
///
/// Face velocities come from exact cell averages of the kernel by fast convolution; the time stepping
/// is the classical Runge–Kutta scheme of fourth order.
///
/// # Errors
///
/// [`MeanFieldError::Mass`] and [`pairlaw_data::DataError::DensityValue`] for the initial density;
/// [`MeanFieldError::Parameter`] for a diffusivity, time step or number of steps out of range;
/// [`MeanFieldError::KernelBelowGrid`]; [`MeanFieldError::UnstableStep`] if the time step is beyond the
/// linear stability of the scheme at any time; [`MeanFieldError::NotFinite`].
///
/// # Panics
///
/// If there is not one initial value a cell.
pub fn solve<const D: usize>(
    model: &MeanField<'_, D>,
    grid: &Grid<D>,
    initial: &[f64],
    schedule: &Schedule,
) -> Result<Solution<D>, MeanFieldError> {
    check_schedule(schedule)?;
    check_density(grid, 0, initial)?;
    let mut rates = Rates::new(model, grid)?;
    let mut energy = FreeEnergyFunctional::new(model.kernel, &model.external, grid)?;
    let mut stages = Stages::new(initial);
    let (mut values, mut times, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..=schedule.n_steps {
        let (u, time) = (&stages.density, step as f64 * schedule.dt);
        if step % schedule.keep_every == 0 {
            let minimum = u.iter().copied().fold(f64::INFINITY, f64::min);
            let (mass, free_energy) = (mass(grid, u), energy.evaluate(u));
            diagnostics.push(Diagnostics { time, mass, minimum, free_energy });
            times.push(time);
            values.push(u.clone());
        }
        if step < schedule.n_steps {
            stages.step(step, schedule.dt, &mut rates)?;
        }
    }
    Ok(Solution { densities: Densities::new(*grid, times, values)?, diagnostics })
}

/// A time step that is stable, with 20 % to spare, for the drift of the initial density.
///
/// # Errors
///
/// As [`solve`] for the initial density, the diffusivity and the kernel;
/// [`MeanFieldError::NotFinite`] if the drift of the initial density is not finite.
///
/// # Panics
///
/// If there is not one initial value a cell.
pub fn stable_dt<const D: usize>(
    model: &MeanField<'_, D>,
    grid: &Grid<D>,
    initial: &[f64],
) -> Result<f64, MeanFieldError> {
    check_density(grid, 0, initial)?;
    let mut rates = Rates::new(model, grid)?;
    rates.evaluate(initial, &mut vec![0.0; initial.len()]);
    let longest = rates.longest_step();
    if longest.is_nan() {
        return Err(MeanFieldError::NotFinite { step: 0, time: 0.0 });
    }
    Ok(0.8 * longest)
}

fn check_schedule(schedule: &Schedule) -> Result<(), MeanFieldError> {
    let Schedule { dt, n_steps, keep_every } = *schedule;
    let refuse = |field, value, expected| Err(MeanFieldError::Parameter { field, value, expected });
    if !(dt > 0.0 && dt.is_finite()) {
        refuse("dt", dt, "it must be positive and finite")
    } else if keep_every == 0 {
        refuse("keep_every", 0.0, "it must be at least 1")
    } else if n_steps % keep_every != 0 {
        refuse("n_steps", n_steps as f64, "it must be a multiple of keep_every")
    } else {
        Ok(())
    }
}

/// The right-hand side of the equation.
struct Rates<const D: usize> {
    grid: Grid<D>,
    diffusivity: f64,
    face_values: FaceValues,
    interaction: InteractionGradient<D>,
    external: [Vec<f64>; D],
    gradient: Vec<Vec<f64>>,
}

impl<const D: usize> Rates<D> {
    fn new(model: &MeanField<'_, D>, grid: &Grid<D>) -> Result<Self, MeanFieldError> {
        check_diffusivity(model.diffusivity)?;
        Ok(Self {
            grid: *grid,
            diffusivity: model.diffusivity,
            face_values: model.face_values,
            interaction: InteractionGradient::new(&[model.kernel], grid, model.face_values)?,
            external: array::from_fn(|d| at_faces(&model.external, grid, d)),
            gradient: vec![vec![0.0; grid.total_cells()]; D],
        })
    }

    fn evaluate(&mut self, density: &[f64], rate: &mut [f64]) {
        self.interaction.evaluate(density, &mut self.gradient);
        rate.fill(0.0);
        for (axis, gradient) in self.gradient.iter_mut().enumerate() {
            gradient.iter_mut().zip(&self.external[axis]).for_each(|(g, v)| *g += v);
            add_drift(&self.grid, axis, self.face_values, density, gradient, rate);
            add_diffusion(&self.grid, axis, self.face_values, self.diffusivity, density, rate);
        }
    }

    /// The longest stable step with the gradient of the last evaluation.
    ///
    /// The scheme's eigenvalues lie in the triangle of the stiffest one of diffusion, `−4D Σ 1/h²`
    /// (fourth order: 16/3), and those of the drift, `±i Σ |g|/h` (fourth order: 1.38 times that;
    /// upwinding: a disc that reaches twice as far); Runge–Kutta's region holds the triangle of
    /// −2.78 and ±2.82 i.
    fn longest_step(&self) -> f64 {
        let spacing = self.grid.spacing();
        let diffusion: f64 = spacing.iter().map(|h| self.diffusivity / (h * h)).sum();
        let (stiffest, reach) = match self.face_values {
            FaceValues::Central => (4.0, 2.82),
            FaceValues::Quartic => (16.0 / 3.0, 2.82 / 1.38),
            FaceValues::Muscl => (4.0, 1.39),
        };
        // The face above the last cell is the wall, which nothing passes.
        let is_wall = |cell: usize, axis: usize| {
            let n = self.grid.n_cells()[axis];
            cell / stride(&self.grid, axis) % n == n - 1
        };
        let courant = |cell: usize| -> f64 {
            let inside = (0..D).filter(|axis| !is_wall(cell, *axis));
            inside.map(|axis| self.gradient[axis][cell].abs() / spacing[axis]).sum()
        };
        // NaN stays.
        let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
        let drift = (0..self.grid.total_cells()).map(courant).fold(0.0, larger);
        1.0 / (stiffest * diffusion / 2.78 + drift / reach)
    }
}

pub(crate) fn check_diffusivity(diffusivity: f64) -> Result<(), MeanFieldError> {
    if diffusivity >= 0.0 && diffusivity.is_finite() {
        return Ok(());
    }
    let expected = "it must be finite and at least 0";
    Err(MeanFieldError::Parameter { field: "diffusivity", value: diffusivity, expected })
}

/// A density and the memory of a Runge–Kutta step.
struct Stages {
    density: Vec<f64>,
    stage: Vec<f64>,
    rate: Vec<f64>,
    sum: Vec<f64>,
}

impl Stages {
    fn new(initial: &[f64]) -> Self {
        let zeros = || vec![0.0; initial.len()];
        Self { density: initial.to_vec(), stage: initial.to_vec(), rate: zeros(), sum: zeros() }
    }

    fn step<const D: usize>(
        &mut self,
        step: usize,
        dt: f64,
        rates: &mut Rates<D>,
    ) -> Result<(), MeanFieldError> {
        self.stage.copy_from_slice(&self.density);
        self.sum.fill(0.0);
        let stages = [(1.0, 0.5), (2.0, 0.5), (2.0, 1.0), (1.0, 0.0)];
        for (stage_idx, (weight, ahead)) in stages.into_iter().enumerate() {
            rates.evaluate(&self.stage, &mut self.rate);
            let largest = if stage_idx == 0 { rates.longest_step() } else { f64::INFINITY };
            if dt > largest {
                return Err(MeanFieldError::UnstableStep { step, dt, largest });
            }
            let cells = self.density.iter().zip(&self.rate).zip(&mut self.stage).zip(&mut self.sum);
            for (((u, rate), stage), sum) in cells {
                *sum += weight * rate;
                *stage = u + ahead * dt * rate;
            }
        }
        self.density.iter_mut().zip(&self.sum).for_each(|(u, sum)| *u += dt / 6.0 * sum);
        if self.density.iter().all(|u| u.is_finite()) {
            Ok(())
        } else {
            Err(MeanFieldError::NotFinite { step, time: (step + 1) as f64 * dt })
        }
    }
}
