//! One row of Table 1: place the cells, learn what carries them to the target, look where they end;
//! all cached.

use super::cases::{Case, DT, LAST_EPSILON, Metric, PAPER_EPSILON, Recipe, STEPS};
use crate::Failure;
use crate::runner::{LEARNING_CODE, Runner};
use pairlaw::potentials::rollout::{Parameters, Scheme};
use pairlaw::potentials::{
    Carried, Checkpoint, Config, Epoch, Fit, Matching, PotentialsError, Target, carry, fit,
};
use pairlaw_data::DataError;
use pairlaw_run::Key;
use pairlaw_synth::uniform_cells;
use pairlaw_transport::{Precision, Sinkhorn, SinkhornOptions};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Epochs between two checkpoints; fits of fewer cells are over before one is worth it.
const CHECKPOINT_EVERY: usize = 200;
const CHECKPOINT_CELLS: usize = 1000;
/// Marginal error to which final configurations are compared, and most half-steps for it.
const TOLERANCE: f64 = 1e-4;
const MAX_HALF_STEPS: usize = 2000;

/// What a row found, as stored. Mutual parameters themselves are not: 64 MB of 2000 cells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredFit {
    /// The best loss of the last phase; of a collocation the summed mean squared distances.
    pub(super) loss: f64,
    /// Its epoch in that phase.
    pub(super) best_epoch: usize,
    /// All epochs of all phases; none of a collocation.
    pub(super) history: Vec<Epoch>,
    /// Positions before and after each step, at the best epoch.
    pub(super) positions: Vec<Vec<[f32; 2]>>,
    /// Part of the cells inside each target.
    pub(super) inside: Vec<f64>,
    /// How far the cells end from each target by entropic transport, for rows of that metric.
    pub(super) transport: Vec<StoredTransport>,
    /// Potentials around each cell, one set for all legs or one a leg.
    pub(super) profiles: Vec<Profiles>,
    /// Logarithms of (R, r, A, a) in the same order, unless they are mutual.
    pub(super) parameters: Vec<Parameters<f32, 4>>,
    /// How it ended, in words.
    pub(super) status: String,
    /// As measured when it was made, unless it was resumed; not stored.
    #[serde(skip)]
    pub(super) seconds: Option<f64>,
}

/// Distances between final cells and a target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredTransport {
    /// The paper's biased cost at ε = .05.
    pub(super) cost: f64,
    /// The debiased divergence at ε = .005.
    pub(super) divergence: f64,
    /// The larger error of the two plans' marginals.
    pub(super) marginal_error: f64,
    pub(super) half_steps: usize,
}

/// Potential of each sender against distance, as the mean over its receivers.
///
/// ```text
/// P̄_j(d) = mean over i ≠ j of P(d; θ_ij)      at d = 0, h, 2h, …
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Profiles {
    /// h.
    pub(super) spacing: f64,
    /// One row a sender.
    pub(super) values: Vec<Vec<f32>>,
}

/// Distances of a profile: 0 … 3 covers the square that cells start in.
const PROFILE_POINTS: usize = 101;
const PROFILE_SPACING: f64 = 0.03;

impl Profiles {
    /// From the logarithms of (R, r, A, a) of receiver i and sender j.
    fn new(n_cells: usize, log: impl Fn(usize, usize) -> [f64; 4] + Sync) -> Self {
        let of_sender = |j: usize| {
            let mut sums = vec![0.0; PROFILE_POINTS];
            for i in (0..n_cells).filter(|&i| i != j) {
                let [repulsion, r, attraction, a] = log(i, j).map(f64::exp);
                add_morse(&mut sums, repulsion, r, 1.0);
                add_morse(&mut sums, attraction, a, -1.0);
            }
            let mean = |sum: f64| (sum / (n_cells - 1) as f64) as f32;
            sums.into_iter().map(mean).collect()
        };
        let values = (0..n_cells).into_par_iter().map(of_sender).collect();
        Self { spacing: PROFILE_SPACING, values }
    }

    /// `Σ_j P̄_j(|x − x_j|)` between the stored distances; beyond the last one nothing is left.
    pub(super) fn field(&self, x: [f64; 2], cells: &[[f32; 2]]) -> f64 {
        let at = |(cell, values): (&[f32; 2], &Vec<f32>)| {
            let d = (x[0] - f64::from(cell[0])).hypot(x[1] - f64::from(cell[1])) / self.spacing;
            let (k, share) = (d as usize, d.fract());
            match values.get(k..k + 2) {
                Some(ends) => (1.0 - share) * f64::from(ends[0]) + share * f64::from(ends[1]),
                None => 0.0,
            }
        };
        cells.iter().zip(&self.values).map(at).sum()
    }
}

/// Adds `sign · strength · e^{−d/range}`, whose values fall by one factor from distance to distance.
fn add_morse(sums: &mut [f64], strength: f64, range: f64, sign: f64) {
    let factor = (-PROFILE_SPACING / range).exp();
    let mut value = sign * strength;
    for sum in sums {
        *sum += value;
        value *= factor;
    }
}

impl Runner {
    /// What a row found, from the cache where it is there.
    pub(super) fn potentials(&self, case: &Case) -> Result<StoredFit, Failure> {
        let inputs = (&case.recipe, case.goal, case.metric, case.n_cells, case.seed, STEPS);
        let key = Key::new("potentials", LEARNING_CODE, &inputs);
        let checkpoint = self.store.checkpoint(&key);
        let found = self.store.product(&key, || self.learn(case, &checkpoint))?;
        if checkpoint.exists() {
            std::fs::remove_file(&checkpoint)?;
        }
        Ok(StoredFit { seconds: self.store.seconds(&key), ..found })
    }

    fn learn(&self, case: &Case, checkpoint: &Path) -> Result<StoredFit, Failure> {
        let (initial, targets) = problem(case);
        let mut found = match &case.recipe {
            Recipe::Training(config) => {
                let fit = self.train(case, &initial, &targets, config, checkpoint)?;
                StoredFit::trained(case, fit)
            }
            Recipe::Collocation(config) => {
                let carried = carry(&initial, &targets, Matching::Chained, DT, config)?;
                StoredFit::collocated(case, carried)
            }
        };
        if case.metric == Metric::Sinkhorn {
            let of_target = |target: &Target<2>| {
                StoredTransport::new(&doubles(&found.positions[target.step]), &target.positions)
            };
            found.transport = targets.iter().map(of_target).collect::<Result<_, _>>()?;
        }
        Ok(found)
    }

    /// A fit, from its checkpoint where there is one.
    fn train(
        &self,
        case: &Case,
        initial: &[[f64; 2]],
        targets: &[Target<2>],
        config: &Config,
        checkpoint: &Path,
    ) -> Result<Fit<2>, Failure> {
        let name = case.name();
        let tell = self.teller(&name);
        let total = case.recipe.n_epochs();
        let stored = Checkpoint { path: checkpoint.to_owned(), every: CHECKPOINT_EVERY };
        let stored = (case.n_cells >= CHECKPOINT_CELLS).then_some(&stored);
        let before = |phase: usize| config.phases[..phase].iter().map(|p| p.epochs).sum::<usize>();
        let run = || {
            fit(initial, targets, config, stored, &mut |epoch| {
                tell("epochs", before(epoch.phase) + epoch.epoch + 1, total);
            })
        };
        match run() {
            // A checkpoint that cannot be written or reached is none of these: it stays.
            Err(PotentialsError::Data(
                error @ (DataError::Write { .. } | DataError::Read { .. }),
            )) => Err(error.into()),
            Err(error @ (PotentialsError::Data(_) | PotentialsError::OtherFit { .. }))
                if checkpoint.exists() =>
            {
                eprintln!("{} is of no use ({error}); beginning anew", checkpoint.display());
                std::fs::remove_file(checkpoint)?;
                Ok(run()?)
            }
            outcome => Ok(outcome?),
        }
    }
}

/// Cells at random and positions to reach; every leg's are drawn anew.
fn problem(case: &Case) -> (Vec<[f64; 2]>, Vec<Target<2>>) {
    let (n, seed) = (case.n_cells, case.seed);
    let shapes = case.goal.shapes().iter();
    let positions = shapes.zip(100..).map(|(shape, leg)| shape.sample(n, seed.wrapping_add(leg)));
    let target = |(step, positions)| Target { step, positions };
    (uniform_cells(n, seed), case.steps().into_iter().zip(positions).map(target).collect())
}

impl StoredFit {
    fn trained(case: &Case, fit: Fit<2>) -> Self {
        let positions: Vec<_> = fit.positions.iter().map(|x| singles(x)).collect();
        let sets = &fit.parameters;
        let profiles =
            sets.iter().map(|set| Profiles::new(case.n_cells, |i, j| set.pair(i, j))).collect();
        let is_small = sets.iter().all(|set| set.scheme != Scheme::Mutual);
        Self {
            loss: fit.loss,
            best_epoch: fit.best_epoch,
            history: fit.history,
            inside: inside(case, &fit.positions),
            positions,
            transport: Vec::new(),
            profiles,
            parameters: if is_small { fit.parameters } else { Vec::new() },
            status: match &fit.start {
                Some(start) => format!("{}; start {:?}", fit.status, start.quality),
                None => fit.status.to_string(),
            },
            seconds: None,
        }
    }

    fn collocated(case: &Case, Carried { collocation: found, positions, .. }: Carried<2>) -> Self {
        let profiles = found.strengths.iter().map(|strengths| {
            let [r, a] = strengths.ranges;
            Profiles::of_ranges(&strengths.repulsion, r, &strengths.attraction, a, case.n_cells)
        });
        Self {
            loss: found.errors.iter().map(|leg| leg.mean_square).sum(),
            best_epoch: 0,
            history: Vec::new(),
            inside: inside(case, &positions),
            transport: Vec::new(),
            profiles: profiles.collect(),
            parameters: Vec::new(),
            status: format!("{:?}, unexplained {:.0e}", found.quality, found.residual),
            seconds: None,
            positions: positions.iter().map(|x| singles(x)).collect(),
        }
    }

    /// The best epoch, unless nothing was trained.
    pub(super) fn best(&self) -> Option<&Epoch> {
        let phase = self.history.last()?.phase;
        let is_best = |e: &&Epoch| e.phase == phase && e.epoch == self.best_epoch;
        self.history.iter().rfind(is_best)
    }
}

impl Profiles {
    /// From strengths R_ij, A_ij of any sign with common ranges.
    fn of_ranges(repulsion: &[f64], r: f64, attraction: &[f64], a: f64, n_cells: usize) -> Self {
        let mean = |strengths: &[f64], j: usize| {
            let others = (0..n_cells).filter(|&i| i != j);
            others.map(|i| strengths[i * n_cells + j]).sum::<f64>() / (n_cells - 1) as f64
        };
        let of_sender = |j: usize| {
            let mut values = vec![0.0; PROFILE_POINTS];
            add_morse(&mut values, mean(repulsion, j), r, 1.0);
            add_morse(&mut values, mean(attraction, j), a, -1.0);
            values.into_iter().map(|value| value as f32).collect()
        };
        Self { spacing: PROFILE_SPACING, values: (0..n_cells).map(of_sender).collect() }
    }
}

impl StoredTransport {
    fn new(cells: &[[f64; 2]], target: &[[f64; 2]]) -> Result<Self, Failure> {
        let options = SinkhornOptions {
            tolerance: TOLERANCE,
            max_half_steps: MAX_HALF_STEPS,
            precision: Precision::Double,
        };
        let mut sinkhorn = Sinkhorn::new(target, options)?;
        let mut gradient = vec![[0.0; 2]; cells.len()];
        let biased = sinkhorn.transport(cells, PAPER_EPSILON, &mut gradient)?;
        let debiased = sinkhorn.divergence(cells, LAST_EPSILON, &mut gradient)?;
        Ok(Self {
            cost: biased.transport_cost,
            divergence: debiased.value,
            marginal_error: biased.marginal_error.max(debiased.marginal_error),
            half_steps: biased.half_steps + debiased.half_steps,
        })
    }
}

fn inside(case: &Case, positions: &[Vec<[f64; 2]>]) -> Vec<f64> {
    let legs = case.goal.shapes().iter().zip(case.steps());
    legs.map(|(shape, step)| shape.inside_ratio(&positions[step])).collect()
}

fn singles(positions: &[[f64; 2]]) -> Vec<[f32; 2]> {
    positions.iter().map(|x| x.map(|x| x as f32)).collect()
}

fn doubles(positions: &[[f32; 2]]) -> Vec<[f64; 2]> {
    positions.iter().map(|x| x.map(f64::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_the_mean_potential_over_receivers() {
        let log = |i: usize, j: usize| [0.1 * i as f64, -1.0, 0.2 * j as f64, -0.5];
        let profiles = Profiles::new(3, log);
        let morse = |i: usize, j: usize, d: f64| {
            let [repulsion, r, attraction, a] = log(i, j).map(f64::exp);
            repulsion * (-d / r).exp() - attraction * (-d / a).exp()
        };
        // A cell at a stored distance: only rounding to single precision is left.
        let (d, cells) = (10.0 * PROFILE_SPACING, [[0.0f32; 2], [9.0, 0.0], [0.0, 9.0]]);
        let expected = 0.5 * (morse(1, 0, d) + morse(2, 0, d));
        assert!((profiles.field([d, 0.0], &cells) - expected).abs() < 1e-6);
    }

    #[test]
    fn profiles_of_common_ranges_agree() {
        let strengths: Vec<f64> = (1..=9).map(f64::from).collect();
        let log = |i: usize, j: usize| {
            let s = strengths[3 * i + j].ln();
            [s, 0.3f64.ln(), s, 0.6f64.ln()]
        };
        let (a, b) =
            (Profiles::new(3, log), Profiles::of_ranges(&strengths, 0.3, &strengths, 0.6, 3));
        for (a, b) in a.values.iter().flatten().zip(b.values.iter().flatten()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
