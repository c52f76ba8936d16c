//! Losses between cells and targets, with their gradients.

use pairlaw_rollout::RolloutError;
use pairlaw_transport::{
    Precision, Sinkhorn, SinkhornOptions, SinkhornReport, SinkhornState, assign_points,
    assign_points_from,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Loss, Matching, PotentialsError, Target};

/// Largest marginal error of a plan: 1e-3 of its mass.
const TOLERANCE: f64 = 1e-3;
/// Most half-steps an epoch and plan.
const MAX_HALF_STEPS: usize = 200;

/// One target with its partners and transport.
pub(super) struct Goal<const D: usize> {
    pub(super) step: usize,
    positions: Vec<[f64; D]>,
    sinkhorn: Sinkhorn<D>,
    matched: Matched,
    /// Partners in the best epoch.
    kept: Vec<usize>,
}

/// Partners of the cells, and prices of the last assignment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Matched {
    partners: Vec<usize>,
    prices: Vec<f64>,
}

/// What must be stored of a goal to go on with the same bits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct GoalState {
    matched: Matched,
    kept: Vec<usize>,
    sinkhorn: SinkhornState,
}

/// Value and gradient of a loss at one target.
pub(super) struct Evaluation<const D: usize> {
    pub(super) loss: f64,
    pub(super) gradient: Vec<[f64; D]>,
    pub(super) transport: Option<SinkhornReport>,
}

/// Targets with their first partners; `one_to_one` if every cell must have one.
pub(super) fn goals<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Target<D>],
    matching: Matching,
    one_to_one: bool,
) -> Result<Vec<Goal<D>>, PotentialsError> {
    check(initial.len(), targets, one_to_one)?;
    for (cell, position) in initial.iter().enumerate() {
        if let Some(axis) = position.iter().position(|x| !x.is_finite()) {
            return Err(RolloutError::NotFinite { cell, axis, value: position[axis] }.into());
        }
    }
    let mut from = initial.to_vec();
    let mut goals = Vec::with_capacity(targets.len());
    for target in targets {
        let options = SinkhornOptions {
            tolerance: TOLERANCE,
            max_half_steps: MAX_HALF_STEPS,
            precision: Precision::Single,
        };
        let mut goal = Goal {
            step: target.step,
            positions: target.positions.clone(),
            sinkhorn: Sinkhorn::new(&target.positions, options)?,
            matched: Matched::default(),
            kept: Vec::new(),
        };
        if target.positions.len() == initial.len() {
            match matching {
                Matching::Given => goal.matched.partners = (0..initial.len()).collect(),
                Matching::Initial => goal.assign(initial)?,
                Matching::Chained => {
                    goal.assign(&from)?;
                    from = goal.partners();
                }
            }
        }
        goals.push(goal);
    }
    Ok(goals)
}

fn check<const D: usize>(
    cells: usize,
    targets: &[Target<D>],
    one_to_one: bool,
) -> Result<(), PotentialsError> {
    if targets.is_empty() {
        return Err(PotentialsError::NoTargets);
    }
    let mut before = 0;
    for (target, Target { step, positions }) in targets.iter().enumerate() {
        if *step <= before {
            return Err(PotentialsError::StepOrder { target, step: *step, before });
        }
        before = *step;
        if positions.is_empty() {
            return Err(PotentialsError::EmptyTarget { target });
        }
        if let Some(position) = positions.iter().position(|x| x.iter().any(|x| !x.is_finite())) {
            return Err(PotentialsError::TargetNotFinite { target, position });
        }
        if one_to_one && positions.len() != cells {
            let positions = positions.len();
            return Err(PotentialsError::TargetCount { target, cells, positions });
        }
    }
    Ok(())
}

impl<const D: usize> Goal<D> {
    /// Partners of `cells` with the least sum of distances, from the prices of the last assignment.
    pub(super) fn assign(&mut self, cells: &[[f64; D]]) -> Result<(), PotentialsError> {
        let prices = &self.matched.prices;
        let assignment = if prices.is_empty() {
            assign_points(cells, &self.positions)?
        } else {
            assign_points_from(cells, &self.positions, prices)?
        };
        self.matched = Matched { partners: assignment.columns, prices: assignment.column_prices };
        Ok(())
    }

    /// Position of each cell's partner.
    pub(super) fn partners(&self) -> Vec<[f64; D]> {
        self.matched.partners.iter().map(|&j| self.positions[j]).collect()
    }

    /// The present partners are those of the best epoch.
    pub(super) fn mark_best(&mut self) {
        self.kept.clone_from(&self.matched.partners);
    }

    /// Goes back to the partners of the best epoch.
    pub(super) fn restore_best(&mut self) {
        if !self.kept.is_empty() {
            self.matched.partners.clone_from(&self.kept);
        }
    }

    /// Forgets the potentials of transport.
    pub(super) fn restart(&mut self) {
        self.sinkhorn.restart();
    }

    pub(super) fn state(&self) -> GoalState {
        GoalState {
            matched: self.matched.clone(),
            kept: self.kept.clone(),
            sinkhorn: self.sinkhorn.state(),
        }
    }

    pub(super) fn resume(&mut self, state: GoalState) {
        (self.matched, self.kept) = (state.matched, state.kept);
        self.sinkhorn.resume(state.sinkhorn);
    }

    /// The loss of the cells in epoch `epoch` of `epochs`.
    pub(super) fn evaluate(
        &mut self,
        loss: Loss,
        cells: &[[f64; D]],
        epoch: usize,
        epochs: usize,
    ) -> Result<Evaluation<D>, PotentialsError> {
        let mut gradient = vec![[0.0; D]; cells.len()];
        let (loss, transport) = match loss {
            Loss::Euclidean { .. } => (mean_square(cells, &self.partners(), &mut gradient), None),
            Loss::Nearest => (mean_square(cells, &self.nearest(cells), &mut gradient), None),
            Loss::TransportCost { epsilon } => {
                let report = self.sinkhorn.transport(cells, epsilon, &mut gradient)?;
                (report.transport_cost, Some(report))
            }
            Loss::Sinkhorn { .. } => {
                let epsilon = loss.epsilon(epoch, epochs).expect("a loss of transport");
                let report = self.sinkhorn.divergence(cells, epsilon, &mut gradient)?;
                (report.value, Some(report))
            }
        };
        Ok(Evaluation { loss, gradient, transport })
    }

    fn nearest(&self, cells: &[[f64; D]]) -> Vec<[f64; D]> {
        let nearest = |x: &[f64; D]| {
            let mut best = (f64::INFINITY, *x);
            for y in &self.positions {
                let distance = square(x, y);
                if distance < best.0 {
                    best = (distance, *y);
                }
            }
            best.1
        };
        cells.par_iter().map(nearest).collect()
    }
}

/// Steps from target to target.
pub(super) fn legs<const D: usize>(goals: &[Goal<D>]) -> Vec<usize> {
    let before = std::iter::once(0).chain(goals.iter().map(|goal| goal.step));
    goals.iter().zip(before).map(|(goal, before)| goal.step - before).collect()
}

fn square<const D: usize>(x: &[f64; D], y: &[f64; D]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// `(1/N) Σ |x − y|²` and its gradient by x.
fn mean_square<const D: usize>(x: &[[f64; D]], y: &[[f64; D]], gradient: &mut [[f64; D]]) -> f64 {
    let scale = 1.0 / x.len() as f64;
    let mut sum = 0.0;
    for ((x, y), gradient) in x.iter().zip(y).zip(gradient) {
        for d in 0..D {
            let error = x[d] - y[d];
            sum += error * error;
            gradient[d] = 2.0 * scale * error;
        }
    }
    scale * sum
}
