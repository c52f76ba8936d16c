//! Training by gradients through the simulated steps.

use pairlaw_law::Morse;
use pairlaw_rollout::{
    Collocation, LegError, Parameters, Quality, Rate, Rollout, RolloutError, collocate,
};
use pairlaw_transport::TransportError;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::checkpoint::{Checkpoint, FitState, fingerprint};
use super::loss::{Evaluation, Goal, goals, legs};
use super::{Config, Loss, Phase, PotentialsError, Start, Target};

/// What a fit found.
#[derive(Clone, Debug)]
pub struct Fit<const D: usize> {
    /// The best parameters of the last phase: one set, or one a leg.
    pub parameters: Vec<Parameters<f32, 4>>,
    /// Their loss.
    pub loss: f64,
    /// The epoch of the last phase that they are of, from 0.
    pub best_epoch: usize,
    /// Positions after each step with these parameters, the initial ones first.
    pub positions: Vec<Vec<[f64; D]>>,
    /// Partner of each cell at each target, as last assigned: index in the target's positions, mapped
    /// to the position itself.
    pub partners: Vec<Vec<[f64; D]>>,
    /// All epochs of all phases.
    pub history: Vec<Epoch>,
    /// How training ended.
    pub status: Status,
    /// How well the start did, where it is a collocation.
    pub start: Option<CollocatedStart>,
}

/// How well a collocation carries the cells before training, in double precision.
#[derive(Clone, Debug, PartialEq)]
pub struct CollocatedStart {
    /// Whether every cell reaches its partners.
    pub quality: Quality,
    /// Distances from the partners, one a leg.
    pub errors: Vec<LegError>,
    /// Largest displacement in a step that the equations leave unexplained.
    pub residual: f64,
}

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Index of the phase.
    pub phase: usize,
    /// Epoch of the phase, from 0.
    pub epoch: usize,
    /// Loss before the update.
    pub loss: f64,
    /// For losses of transport: ε, the largest marginal error of a plan, and half-steps.
    pub transport: Option<(f64, f64, usize)>,
}

/// How training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// All phases were run.
    Completed,
    /// An update made the cells fly apart. The best parameters before it are returned.
    Exploded {
        /// Index of the phase.
        phase: usize,
        /// Epoch of the phase, from 0.
        epoch: usize,
        /// Which step, which cell, and how far.
        reason: RolloutError,
    },
    /// A loss of transport could not be computed. The best parameters before it are returned.
    NoTransport {
        /// Index of the phase.
        phase: usize,
        /// Epoch of the phase, from 0.
        epoch: usize,
        /// Why.
        reason: TransportError,
    },
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => write!(f, "completed"),
            Self::Exploded { phase, epoch, reason } => {
                write!(f, "exploded in epoch {epoch} of phase {phase}: {reason}")
            }
            Self::NoTransport { phase, epoch, reason } => {
                write!(f, "stopped in epoch {epoch} of phase {phase}: {reason}")
            }
        }
    }
}

/// Learns parameters that carry the cells to the targets.
///
/// * `initial`: N positions.
/// * `targets`: configurations after growing numbers of steps.
/// * `checkpoint`: where to store the fit between epochs, and to go on from.
/// * `observe`: called after every epoch.
///
/// Parameters, loss and positions returned are those of the best epoch of the last phase; every
/// phase starts from the best of the one before, with fresh moments. Training is in single
/// precision, losses are doubles; the same bits for any number of threads.
///
/// Cells at one place exert no force on each other; they part only where receivers have parameters
/// of their own.
///
/// # Errors
/// If targets are missing, empty, not finite or out of order, do not fit the loss in number, a
/// setting is out of range, a roll-out explodes before the first update, or a checkpoint cannot be
/// used. Explosions later on are a [`Status`].
///
/// # Source
/// Komiya, Jin, Nishikimi, Kashino (2025), section 2.2.
pub fn fit<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Target<D>],
    config: &Config,
    checkpoint: Option<&Checkpoint>,
    observe: &mut dyn FnMut(&Epoch),
) -> Result<Fit<D>, PotentialsError> {
    config.check()?;
    let mut goals = goals(initial, targets, config.matching, config.one_to_one())?;
    let (rollout, start) = start(initial, targets, &goals, config)?;
    let mut training = Training {
        rollout,
        start,
        history: Vec::new(),
        best: None,
        before: None,
        status: Status::Completed,
    };
    let fingerprint = fingerprint(&[&initial, &targets, config]);
    let (mut phase, mut epoch) = (0, 0);
    if let Some(checkpoint) = checkpoint
        && let Some(state) = FitState::read(&checkpoint.path, fingerprint)?
    {
        (phase, epoch) = (state.phase, state.epoch);
        training.rollout.resume(state.rollout)?;
        (training.history, training.best) = (state.history, state.best);
        training.before = state.before;
        goals.iter_mut().zip(state.goals).for_each(|(goal, state)| goal.resume(state));
    }
    while phase < config.phases.len() && training.status == Status::Completed {
        let plan = config.phases[phase];
        if epoch == 0 && phase > 0 && plan.epochs > 0 {
            training.next_phase(&mut goals);
        }
        while epoch < plan.epochs {
            training.epoch(&mut goals, phase, plan, epoch)?;
            if training.status != Status::Completed {
                break;
            }
            observe(training.history.last().expect("an epoch was run"));
            epoch += 1;
            if let Some(checkpoint) = checkpoint
                && epoch.is_multiple_of(checkpoint.every.max(1))
            {
                training.state(fingerprint, phase, epoch, &goals).write(&checkpoint.path)?;
            }
        }
        (phase, epoch) = (phase + 1, 0);
    }
    training.finish(&mut goals)
}

/// A roll-out with the first parameters.
fn start<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Target<D>],
    goals: &[Goal<D>],
    config: &Config,
) -> Result<(Rollout<Morse, f32, D, 4>, Option<CollocatedStart>), PotentialsError> {
    let legs = legs(goals);
    let mut start = None;
    let parameters = match config.start {
        Start::Uniform { parameters, jitter } => {
            let one = |seed| {
                let (scheme, n) = (config.scheme.clone(), initial.len());
                Parameters::uniform(Morse, scheme, n, parameters, jitter, seed)
            };
            let sets = if config.per_leg { legs.len() as u64 } else { 1 };
            (0..sets)
                .map(|set| one(config.seed.wrapping_add(set)))
                .collect::<Result<Vec<_>, _>>()?
        }
        Start::Collocation(settings) => {
            let settings =
                pairlaw_rollout::CollocationConfig { per_leg: config.per_leg, ..settings };
            let partners: Vec<_> = goals.iter().map(Goal::partners).collect();
            let found = collocate(initial, &partners, &legs, config.dt, &settings)?;
            let Collocation { strengths, quality, errors, residual, .. } = found;
            start = Some(CollocatedStart { quality, errors, residual });
            let sets = strengths.iter();
            sets.map(|set| Ok(set.parameters()?.cast())).collect::<Result<_, RolloutError>>()?
        }
    };
    let rollout = Rollout::new(Morse, initial, &legs, config.dt, parameters, config.adam)?;
    Ok((rollout.with_extent(reach(initial, targets)), start))
}

/// The longest way from a cell to a position of a target along an axis.
fn reach<const D: usize>(initial: &[[f64; D]], targets: &[Target<D>]) -> f64 {
    let bounds = |points: &mut dyn Iterator<Item = f64>| {
        points.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)))
    };
    let along = |d: usize| {
        let (least, most) = bounds(&mut initial.iter().map(|x| x[d]));
        let positions = targets.iter().flat_map(|target| &target.positions);
        let (low, high) = bounds(&mut positions.map(|x| x[d]));
        (high - least).max(most - low)
    };
    (0..D).map(along).fold(0.0, f64::max)
}

struct Training<const D: usize> {
    rollout: Rollout<Morse, f32, D, 4>,
    start: Option<CollocatedStart>,
    history: Vec<Epoch>,
    /// Best epoch of the phase and its loss.
    best: Option<(usize, f64)>,
    /// The same of the phase before.
    before: Option<(usize, f64)>,
    status: Status,
}

impl<const D: usize> Training<D> {
    /// From the best of the last phase, with fresh moments and potentials.
    fn next_phase(&mut self, goals: &mut [Goal<D>]) {
        self.rollout.restore_best();
        self.rollout.restart();
        self.before = self.best.take().or(self.before);
        goals.iter_mut().for_each(Goal::restore_best);
        goals.iter_mut().for_each(Goal::restart);
    }

    fn epoch(
        &mut self,
        goals: &mut [Goal<D>],
        phase: usize,
        plan: Phase,
        epoch: usize,
    ) -> Result<(), PotentialsError> {
        if let Err(reason) = self.rollout.forward() {
            if self.history.is_empty() {
                return Err(reason.into());
            }
            self.status = Status::Exploded { phase, epoch, reason };
            return Ok(());
        }
        if let Loss::Euclidean { reassign: Some(every) } = plan.loss
            && epoch.is_multiple_of(every)
            && (epoch > 0 || phase > 0)
        {
            for goal in &mut *goals {
                goal.assign(&self.rollout.positions(goal.step))?;
            }
        }
        let parts = match evaluate(&self.rollout, goals, plan, epoch) {
            Err(PotentialsError::Transport(reason)) if !self.history.is_empty() => {
                self.status = Status::NoTransport { phase, epoch, reason };
                return Ok(());
            }
            parts => parts?,
        };
        let epsilon = |epoch| plan.loss.epsilon(epoch, plan.epochs);
        if epoch > 0 && epsilon(epoch) != epsilon(epoch - 1) {
            // Losses at another ε do not compare.
            self.best = None;
        }
        let loss: f64 = parts.iter().map(|(_, part)| part.loss).sum();
        if !loss.is_finite() {
            return Err(PotentialsError::Loss { epoch, loss });
        }
        let reports: Vec<_> = parts.iter().filter_map(|(_, part)| part.transport).collect();
        let transport = reports.first().map(|first| {
            let error = reports.iter().map(|report| report.marginal_error).fold(0.0, f64::max);
            (first.epsilon, error, reports.iter().map(|report| report.half_steps).sum())
        });
        self.history.push(Epoch { phase, epoch, loss, transport });
        if self.best.is_none_or(|(_, best)| loss < best) {
            self.best = Some((epoch, loss));
            self.rollout.mark_best();
            goals.iter_mut().for_each(Goal::mark_best);
        }
        let gradients: Vec<_> =
            parts.into_iter().map(|(step, part)| (step, part.gradient)).collect();
        self.rollout.backward(&gradients);
        self.rollout.update(plan.rate.at(epoch, plan.epochs));
        Ok(())
    }

    fn state(&self, fingerprint: u64, phase: usize, epoch: usize, goals: &[Goal<D>]) -> FitState {
        FitState {
            fingerprint,
            phase,
            epoch,
            best: self.best,
            before: self.before,
            history: self.history.clone(),
            rollout: self.rollout.state(),
            goals: goals.iter().map(Goal::state).collect(),
        }
    }

    fn finish(mut self, goals: &mut [Goal<D>]) -> Result<Fit<D>, PotentialsError> {
        self.rollout.restore_best();
        goals.iter_mut().for_each(Goal::restore_best);
        self.rollout.forward()?;
        let (best_epoch, loss) = match self.best.or(self.before) {
            Some(best) => best,
            // Nothing was trained: the loss of the start.
            None => {
                let (loss, rate) = (Loss::Euclidean { reassign: None }, Rate::Constant(0.0));
                let plan = Phase { loss, epochs: 0, rate };
                let parts = evaluate(&self.rollout, goals, plan, 0)?;
                (0, parts.iter().map(|(_, part)| part.loss).sum())
            }
        };
        Ok(Fit {
            loss,
            best_epoch,
            positions: (0..=self.rollout.n_steps()).map(|n| self.rollout.positions(n)).collect(),
            parameters: self.rollout.into_parameters(),
            partners: goals.iter().map(Goal::partners).collect(),
            history: self.history,
            status: self.status,
            start: self.start,
        })
    }
}

fn evaluate<const D: usize>(
    rollout: &Rollout<Morse, f32, D, 4>,
    goals: &mut [Goal<D>],
    plan: Phase,
    epoch: usize,
) -> Result<Vec<(usize, Evaluation<D>)>, PotentialsError> {
    let one = |goal: &mut Goal<D>| {
        let cells = rollout.positions(goal.step);
        Ok((goal.step, goal.evaluate(plan.loss, &cells, epoch, plan.epochs)?))
    };
    goals.iter_mut().map(one).collect()
}
