//! Euler steps of pair potentials, differentiated by hand.

use pairlaw_law::PairPotential;
use pairlaw_law::simd::{Block, Element, InstructionSet, dispatch};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::coefficients::unpack;
use crate::leg::{Leg, LegState, Passage, chunks, configuration};
use crate::pair_loops::{AdjointStep, Configuration, ForwardStep};
use crate::{Adam, Parameters, RolloutError};

/// Receivers that a thread takes at once in a forward step.
const RECEIVERS: usize = 32;

/// Steps longer than this multiple of the size of the initial configuration are an explosion.
const EXPLOSION: f64 = 100.0;

/// A differentiable simulation of N cells and the parameters that drive it.
///
/// ```text
/// x_i^{n+1} = x_i^n + δt Σ_{j≠i} P′(d; θ_ij) u,     x_j^n − x_i^n = d u
/// ```
///
/// Only the positions x⁰ … x^S are stored; the adjoint recomputes what it needs:
///
/// ```text
/// λ^S = ∂L/∂x^S,   λ_i^n = ∂L/∂x_i^n + λ_i^{n+1} + δt (Σ_j H_ji λ_j^{n+1} − Σ_j H_ij λ_i^{n+1})
/// H = (P′/d) 1 + (P″ − P′/d) u uᵀ,   ∂L/∂θ_ij = Σ_n δt (λ_i^{n+1}·u_ij^n) ∂P′/∂θ_ij
/// ```
///
/// Memory in the precision `T` (f32 learns as well as f64 and is twice as fast): with mutual
/// parameters `4P N²` numbers (coefficients twice, so that the best are kept, and two moments);
/// otherwise of the order of N. It does not grow with the number of epochs.
///
/// # Source
/// The model: Komiya, Jin, Nishikimi, Kashino (2025), equations (1)–(4); the adjoint is ours.
#[derive(Clone, Debug)]
pub struct Rollout<F, T: Element, const D: usize, const P: usize> {
    potential: F,
    dt: f64,
    n_cells: usize,
    /// Where positions are counted from.
    origin: [f64; D],
    limit: f64,
    set: InstructionSet,
    adam: Adam,
    n_updates: u64,
    legs: Vec<Leg<T, P>>,
    /// x⁰ … x^S.
    positions: Vec<Configuration<T, D>>,
    /// δt λ¹ … δt λ^S.
    adjoints: Vec<Configuration<T, D>>,
}

/// Everything that learning needs to go on after a kill, see [`Rollout::state`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutState<T> {
    n_updates: u64,
    legs: Vec<LegState<T>>,
}

impl<F, T, const D: usize, const P: usize> Rollout<F, T, D, P>
where
    F: PairPotential<P>,
    T: Element,
{
    /// A roll-out from `initial` in legs of so many steps of `dt`, driven by one parameter set for
    /// all legs or one a leg.
    ///
    /// # Errors
    /// If a position is not finite, there are fewer than two cells or no steps, `dt` is not
    /// positive, or parameters do not fit cells or legs.
    pub fn new(
        potential: F,
        initial: &[[f64; D]],
        legs: &[usize],
        dt: f64,
        parameters: Vec<Parameters<T, P>>,
        adam: Adam,
    ) -> Result<Self, RolloutError> {
        let n_cells = initial.len();
        check(initial, legs, dt)?;
        if parameters.len() != 1 && parameters.len() != legs.len() {
            let (found, legs) = (parameters.len(), legs.len());
            return Err(RolloutError::ParameterSets { legs, found });
        }
        let n_steps: usize = legs.iter().sum();
        let mut end = 0;
        let ends: Vec<_> = if parameters.len() == 1 { vec![n_steps] } else { legs.to_vec() };
        let mut built = Vec::with_capacity(parameters.len());
        for (leg, (parameters, steps)) in parameters.into_iter().zip(ends).enumerate() {
            if parameters.n_cells != n_cells {
                let found = parameters.n_cells;
                return Err(RolloutError::CellCount { leg, expected: n_cells, found });
            }
            parameters.check::<F>()?;
            built.push(Leg::new(potential, parameters, end..end + steps));
            end += steps;
        }
        let empty = vec![[Block::default(); D]; n_cells.div_ceil(T::LANES)];
        let mut positions = vec![empty.clone(); n_steps + 1];
        let origin = origin(initial);
        positions[0] = configuration(&moved::<T, D>(initial, origin)?);
        Ok(Self {
            potential,
            dt,
            n_cells,
            origin,
            limit: EXPLOSION * extent(initial),
            set: InstructionSet::detect(),
            adam,
            n_updates: 0,
            legs: built,
            positions,
            adjoints: vec![empty; n_steps],
        })
    }

    /// Runs on `set` instead of the machine's best: for tests of agreement.
    ///
    /// # Panics
    /// In the next loop, if this machine does not have `set`.
    #[must_use]
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Self {
        self.set = set;
        self
    }

    /// Takes steps up to 100 times `extent` for no explosion, if that is more than the size of the
    /// initial configuration: for cells that must go far.
    #[must_use]
    pub fn with_extent(mut self, extent: f64) -> Self {
        self.limit = self.limit.max(EXPLOSION * extent);
        self
    }

    /// Number of steps of all legs.
    #[must_use]
    pub fn n_steps(&self) -> usize {
        self.adjoints.len()
    }

    /// Computes all positions.
    ///
    /// # Errors
    /// If a cell moves in one step by more than 100 times the size of the initial configuration,
    /// or to a place that is no number.
    pub fn forward(&mut self) -> Result<(), RolloutError> {
        let mut displacements = vec![[T::default(); D]; self.n_cells];
        for n in 0..self.n_steps() {
            displacements.par_chunks_mut(RECEIVERS).enumerate().for_each(|(c, out)| {
                let step = ForwardStep {
                    potential: self.potential,
                    coefficients: &self.leg(n).coefficients,
                    positions: &self.positions[n],
                    dt: T::nearest(self.dt),
                    first: c * RECEIVERS,
                    displacements: out,
                };
                dispatch(self.set, step);
            });
            self.advance(n, &displacements)?;
        }
        Ok(())
    }

    /// The leg of the step from n to n + 1.
    fn leg(&self, n: usize) -> &Leg<T, P> {
        let leg = self.legs.iter().find(|leg| leg.steps.contains(&n));
        leg.expect("legs cover all steps")
    }

    /// x^{n+1} = x^n + displacements.
    fn advance(&mut self, n: usize, displacements: &[[T; D]]) -> Result<(), RolloutError> {
        let length =
            |x: &[T; D]| x.iter().map(|&x| Into::<f64>::into(x).powi(2)).sum::<f64>().sqrt();
        let (mut cell, mut largest) = (0, 0.0);
        for (i, displacement) in displacements.iter().enumerate() {
            let length = length(displacement);
            // A place that is no number is infinitely far.
            let length = if length.is_nan() { f64::INFINITY } else { length };
            if length > largest {
                (cell, largest) = (i, length);
            }
        }
        if largest > self.limit || largest.is_infinite() {
            return Err(RolloutError::Exploded { step: n + 1, cell, largest, limit: self.limit });
        }
        let (before, after) = self.positions.split_at_mut(n + 1);
        let after = &mut after[0];
        for (i, displacement) in displacements.iter().enumerate() {
            let x = unpack(&before[n], i);
            for d in 0..D {
                after[i / T::LANES][d].0.as_mut()[i % T::LANES] = x[d] + displacement[d];
            }
        }
        Ok(())
    }

    /// Positions after `step` steps, as [`Rollout::forward`] left them.
    ///
    /// # Panics
    /// If there are fewer steps.
    #[must_use]
    pub fn positions(&self, step: usize) -> Vec<[f64; D]> {
        let positions = &self.positions[step];
        let position = |i| -> [f64; D] {
            let x: [T; D] = unpack(positions, i);
            std::array::from_fn(|d| self.origin[d] + Into::<f64>::into(x[d]))
        };
        (0..self.n_cells).map(position).collect()
    }

    /// Computes the adjoints of a loss with gradients `∂L/∂x^n` at some steps n ≥ 1; a step may be
    /// given more than once, steps not given have none.
    ///
    /// # Panics
    /// If a step is 0 or beyond the last, or a gradient is not one a cell.
    pub fn backward(&mut self, gradients: &[(usize, Vec<[f64; D]>)]) {
        for (step, gradient) in gradients {
            assert!((1..=self.n_steps()).contains(step), "step {step} of {}", self.n_steps());
            assert_eq!(gradient.len(), self.n_cells, "gradients for cells");
        }
        let mut adjoint = vec![[0.0; D]; self.n_cells];
        for n in (0..self.n_steps()).rev() {
            for (_, gradient) in gradients.iter().filter(|(step, _)| *step == n + 1) {
                add(&mut adjoint, gradient.iter().copied());
            }
            let scaled: Vec<_> = adjoint.iter().map(|x| x.map(|x| self.dt * x)).collect();
            self.adjoints[n] = configuration(&scaled);
            if n > 0 {
                for part in self.pull_back(n) {
                    let cells = 0..self.n_cells;
                    add(&mut adjoint, cells.map(|i| unpack(&part, i).map(Into::into)));
                }
            }
        }
    }

    /// δt Σ H λ through step n, in parts of a fixed number.
    fn pull_back(&self, n: usize) -> Vec<Configuration<T, D>> {
        let leg = self.leg(n);
        let step = |rows| {
            let mut pulled_back = vec![[Block::default(); D]; self.positions[n].len()];
            let step = AdjointStep {
                potential: self.potential,
                coefficients: &leg.coefficients,
                positions: &self.positions[n],
                adjoint: &self.adjoints[n],
                rows,
                pulled_back: &mut pulled_back,
            };
            dispatch(self.set, step);
            pulled_back
        };
        chunks(self.n_cells).into_par_iter().map(step).collect()
    }

    fn passage(&self, leg: &Leg<T, P>) -> Passage<'_, F, T, D> {
        Passage {
            potential: self.potential,
            set: self.set,
            positions: &self.positions[leg.steps.clone()],
            adjoints: &self.adjoints[leg.steps.clone()],
        }
    }

    /// ∂L/∂ log θ of every parameter set, in the order of [`Parameters::log`], after
    /// [`Rollout::backward`].
    #[must_use]
    pub fn gradient(&self) -> Vec<Vec<T>> {
        self.legs.iter().map(|leg| leg.gradient(self.passage(leg))).collect()
    }

    /// One step of Adam on all parameters, after [`Rollout::backward`]. With mutual parameters the
    /// gradients are used as they are computed and never stored.
    pub fn update(&mut self, rate: f64) {
        self.n_updates += 1;
        let step = self.adam.step(self.n_updates, rate);
        let mut legs = std::mem::take(&mut self.legs);
        for leg in &mut legs {
            let passage = self.passage(leg);
            leg.update(passage, step);
        }
        self.legs = legs;
    }

    /// Keeps the present parameters as the best so far. They survive updates at no cost.
    pub fn mark_best(&mut self) {
        for leg in &mut self.legs {
            leg.mark_best();
        }
    }

    /// Goes back to the parameters that were marked last; false if none were.
    pub fn restore_best(&mut self) -> bool {
        let potential = self.potential;
        let restored = self.legs.iter_mut().map(|leg| leg.restore_best(potential));
        restored.fold(true, |all, one| all & one)
    }

    /// Starts Adam anew: forgets moments, the count of updates and the best parameters.
    pub fn restart(&mut self) {
        self.n_updates = 0;
        for leg in &mut self.legs {
            leg.restart();
        }
    }

    /// The present parameters, one set or one a leg.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameters<T, P>> {
        self.legs.iter().map(|leg| leg.parameters(self.potential)).collect()
    }

    /// The present parameters, after everything else is given back: with mutual parameters, less
    /// memory at once than [`Rollout::parameters`].
    #[must_use]
    pub fn into_parameters(mut self) -> Vec<Parameters<T, P>> {
        self.restart();
        self.parameters()
    }

    /// What learning needs to go on with the same bits, parameters and moments.
    #[must_use]
    pub fn state(&self) -> RolloutState<T> {
        RolloutState { n_updates: self.n_updates, legs: self.legs.iter().map(Leg::state).collect() }
    }

    /// Takes up a state of a roll-out with the same cells, legs and schemes.
    ///
    /// # Errors
    /// If the state is of another roll-out.
    pub fn resume(&mut self, state: RolloutState<T>) -> Result<(), RolloutError> {
        if state.legs.len() != self.legs.len() {
            let (legs, found) = (self.legs.len(), state.legs.len());
            return Err(RolloutError::ParameterSets { legs, found });
        }
        self.n_updates = state.n_updates;
        for (index, (leg, state)) in self.legs.iter_mut().zip(state.legs).enumerate() {
            leg.resume(self.potential, index, state)?;
        }
        Ok(())
    }
}

/// Positions after every step, the initial ones first; see [`Rollout::new`] for the arguments.
///
/// # Errors
/// As [`Rollout::new`] and [`Rollout::forward`].
pub fn simulate<F, T, const D: usize, const P: usize>(
    potential: F,
    initial: &[[f64; D]],
    legs: &[usize],
    dt: f64,
    parameters: Vec<Parameters<T, P>>,
) -> Result<Vec<Vec<[f64; D]>>, RolloutError>
where
    F: PairPotential<P>,
    T: Element,
{
    let mut rollout = Rollout::new(potential, initial, legs, dt, parameters, Adam::default())?;
    rollout.forward()?;
    Ok((0..=rollout.n_steps()).map(|step| rollout.positions(step)).collect())
}

/// What every roll-out asks of its input.
pub(crate) fn check<const D: usize>(
    initial: &[[f64; D]],
    legs: &[usize],
    dt: f64,
) -> Result<(), RolloutError> {
    if initial.len() < 2 {
        return Err(RolloutError::TooFewCells { found: initial.len() });
    }
    for (cell, position) in initial.iter().enumerate() {
        if let Some(axis) = position.iter().position(|x| !x.is_finite()) {
            return Err(RolloutError::NotFinite { cell, axis, value: position[axis] });
        }
    }
    if legs.is_empty() {
        return Err(RolloutError::NoSteps { leg: 0 });
    }
    if let Some(leg) = legs.iter().position(|&steps| steps == 0) {
        return Err(RolloutError::NoSteps { leg });
    }
    if dt > 0.0 && dt.is_finite() { Ok(()) } else { Err(RolloutError::TimeStep { dt }) }
}

/// The origin, or the first cell where all cells are far from it: single precision keeps differences
/// of positions well only near the origin.
fn origin<const D: usize>(x: &[[f64; D]]) -> [f64; D] {
    let distance = x[0].iter().map(|x| x * x).sum::<f64>().sqrt();
    if distance > 2.0 * extent(x) { x[0] } else { [0.0; D] }
}

/// Positions counted from `origin`, all of which the precision can hold.
fn moved<T: Element, const D: usize>(
    x: &[[f64; D]],
    origin: [f64; D],
) -> Result<Vec<[f64; D]>, RolloutError> {
    let moved = x.iter().map(|x| std::array::from_fn(|d| x[d] - origin[d]));
    let moved: Vec<[f64; D]> = moved.collect();
    for (cell, position) in moved.iter().enumerate() {
        let is_held = |x: &f64| Into::<f64>::into(T::nearest(*x)).is_finite();
        if let Some(axis) = position.iter().position(|x| !is_held(x)) {
            return Err(RolloutError::NotFinite { cell, axis, value: x[cell][axis] });
        }
    }
    Ok(moved)
}

/// Diagonal of the bounding box, or 1 if all cells coincide.
fn extent<const D: usize>(x: &[[f64; D]]) -> f64 {
    let side = |d: usize| {
        let bound = |f: fn(f64, f64) -> f64| x.iter().map(|x| x[d]).reduce(f).unwrap_or(0.0);
        bound(f64::max) - bound(f64::min)
    };
    let diagonal = (0..D).map(|d| side(d).powi(2)).sum::<f64>().sqrt();
    if diagonal > 0.0 { diagonal } else { 1.0 }
}

fn add<const D: usize>(sum: &mut [[f64; D]], x: impl Iterator<Item = [f64; D]>) {
    for (sum, x) in sum.iter_mut().zip(x) {
        for d in 0..D {
            sum[d] += x[d];
        }
    }
}
