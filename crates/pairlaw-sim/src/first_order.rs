//! First-order interacting particle systems by the Euler–Maruyama method.

use crate::error::SimError;
use pairlaw_data::{Snapshots, Streams, Xoshiro256PlusPlus};
use pairlaw_law::{ExternalPotential, PairKernel, PairSums, SumMethod};
use rand_distr::{Distribution, StandardNormal};

/// Particles that interact by one kernel.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble<'a, const D: usize> {
    /// φ(r), length/time; positive attracts.
    pub kernel: &'a PairKernel,
    /// σ, length/√time; 0 for none.
    pub noise: f64,
    /// V, if any.
    pub external: Option<ExternalPotential<D>>,
    /// How the pair sums are computed.
    pub method: SumMethod,
}

/// Time steps of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// Time step.
    pub dt: f64,
    /// Number of steps.
    pub n_steps: usize,
    /// Steps from one kept state to the next.
    pub keep_every: usize,
}

/// Simulates a first-order system by the Euler–Maruyama method:
///
/// ```text
/// dX_i = −[ (1/N) Σ_{j≠i} φ(r_ij) (X_i − X_j)/r_ij + ∇V(X_i) ] dt + σ dW_i
/// ```
///
/// from the positions `initial[axis][particle]`. Returns the state at the start and after every
/// `keep_every`-th step. `observe` is shown every state, `observe(step, time, positions)` for steps
/// 0 to `n_steps`: what would not fit in memory can be reduced there. All noise comes from one
/// stream of `seed`, step by step, particle by particle, axis by axis.
///
/// # Errors
///
/// [`SimError`]: no particles, axes of unequal length, numbers out of range, a state that leaves
/// the finite range, a mesh spacing that is not positive.
///
/// # Source
///
/// G. Maruyama, Rend. Circ. Mat. Palermo 4 (1955). The system: Shi, Yang, Hong (2025), eq. (1).
pub fn simulate_first_order<const D: usize>(
    initial: [Vec<f64>; D],
    ensemble: &Ensemble<'_, D>,
    steps: Steps,
    seed: u64,
    mut observe: impl FnMut(usize, f64, [&[f64]; D]),
) -> Result<Snapshots<D>, SimError> {
    check(&initial, ensemble, steps)?;
    let mut walkers = Walkers {
        positions: initial,
        sums: PairSums::new(std::slice::from_ref(ensemble.kernel), ensemble.method)?,
        drifts: [std::array::from_fn(|_| Vec::new())],
        rng: Streams::new(seed).next().expect("streams never end"),
    };
    observe(0, 0.0, walkers.positions());
    let (mut times, mut kept) = (vec![0.0], vec![walkers.positions.clone()]);
    for step in 1..=steps.n_steps {
        walkers.step(ensemble, steps.dt);
        walkers.check_finite(step, steps.dt)?;
        let time = steps.dt * step as f64;
        observe(step, time, walkers.positions());
        if step.is_multiple_of(steps.keep_every) {
            times.push(time);
            kept.push(walkers.positions.clone());
        }
    }
    Ok(Snapshots::new(times, kept)?)
}

fn check<const D: usize>(
    initial: &[Vec<f64>; D],
    ensemble: &Ensemble<'_, D>,
    steps: Steps,
) -> Result<(), SimError> {
    let n = initial[0].len();
    if n == 0 {
        return Err(SimError::EmptyPopulation);
    }
    if let Some(x) = initial.iter().find(|x| x.len() != n) {
        return Err(SimError::UnequalAxes { expected: n, found: x.len() });
    }
    let check = |quantity, value: f64, is_good: bool, needed| match is_good && value.is_finite() {
        true => Ok(()),
        false => Err(SimError::OutOfRange { quantity, value, needed }),
    };
    for &x in initial.iter().flatten() {
        check("an initial coordinate", x, true, "finite")?;
    }
    check("dt", steps.dt, steps.dt > 0.0, "positive and finite")?;
    check("noise", ensemble.noise, ensemble.noise >= 0.0, "at least 0 and finite")?;
    check("keep_every", steps.keep_every as f64, steps.keep_every > 0, "at least 1")?;
    if let Some(ExternalPotential { slope, stiffness }) = ensemble.external {
        for value in slope.into_iter().chain(stiffness) {
            check("a coefficient of the external potential", value, true, "finite")?;
        }
    }
    Ok(())
}

/// The moving state.
struct Walkers<const D: usize> {
    positions: [Vec<f64>; D],
    sums: PairSums<D>,
    drifts: [[Vec<f64>; D]; 1],
    rng: Xoshiro256PlusPlus,
}

impl<const D: usize> Walkers<D> {
    fn positions(&self) -> [&[f64]; D] {
        std::array::from_fn(|d| self.positions[d].as_slice())
    }

    fn step(&mut self, ensemble: &Ensemble<'_, D>, dt: f64) {
        let positions = std::array::from_fn(|d| self.positions[d].as_slice());
        self.sums.evaluate(positions, &mut self.drifts);
        if let Some(external) = ensemble.external {
            for (axis, (drifts, x)) in self.drifts[0].iter_mut().zip(positions).enumerate() {
                for (drift, x) in drifts.iter_mut().zip(x) {
                    *drift += external.gradient(axis, *x);
                }
            }
        }
        for (positions, drifts) in self.positions.iter_mut().zip(&self.drifts[0]) {
            for (x, drift) in positions.iter_mut().zip(drifts) {
                *x -= dt * drift;
            }
        }
        if ensemble.noise > 0.0 {
            self.diffuse(ensemble.noise * dt.sqrt());
        }
    }

    /// Adds independent normal displacements of the given standard deviation.
    fn diffuse(&mut self, deviation: f64) {
        for i in 0..self.positions[0].len() {
            for x in &mut self.positions {
                let z: f64 = StandardNormal.sample(&mut self.rng);
                x[i] += deviation * z;
            }
        }
    }

    fn check_finite(&self, step: usize, dt: f64) -> Result<(), SimError> {
        for x in &self.positions {
            if let Some(particle) = x.iter().position(|x| !x.is_finite()) {
                return Err(SimError::NotFinite { particle, step, dt });
            }
        }
        Ok(())
    }
}
