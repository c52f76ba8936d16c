//! Cells in a square must form a ring: how near do different numbers of parameters come, and does a
//! linear solve do as well?
#![allow(clippy::print_stdout)]

use pairlaw_rollout::law::Morse;
use pairlaw_rollout::{
    Adam, CollocationConfig, Parameters, Rate, Role, Rollout, RolloutError, Scheme, collocate,
};

const STEPS: usize = 5;
const EPOCHS: usize = 400;

fn main() -> Result<(), RolloutError> {
    let n = 100;
    let (cells, ring) = (square(n), ring(n));
    println!("{:20} {:>10} {:>14}", "scheme", "parameters", "mean square");
    let types = (0..n).map(|i| i % 4).collect();
    for scheme in [
        Scheme::Typed(types),
        Scheme::Individual(Role::Sender),
        Scheme::Individual(Role::Receiver),
        Scheme::TwoRole,
        Scheme::LowRank(2),
        Scheme::Mutual,
    ] {
        let (name, count) = (scheme.name(), 4 * scheme.n_sets(n));
        println!("{name:20} {count:10} {:14.1e}", learn(&cells, &ring, scheme)?);
    }
    let config = CollocationConfig::default();
    let found = collocate(&cells, std::slice::from_ref(&ring), &[STEPS], 0.2, &config)?;
    let (count, error) = (2 * n * n, found.errors[0].mean_square);
    println!("{:20} {count:10} {error:14.1e}", "collocation");
    Ok(())
}

/// The least mean squared distance in all epochs.
fn learn(cells: &[[f64; 2]], goal: &[[f64; 2]], scheme: Scheme) -> Result<f64, RolloutError> {
    let n = cells.len();
    let theta = [0.5 / n as f64, 0.3, 0.5 / n as f64, 0.6];
    let start = Parameters::<f32, 4>::uniform(Morse, scheme, n, theta, 0.1, 1)?;
    let mut rollout = Rollout::new(Morse, cells, &[STEPS], 0.2, vec![start], Adam::default())?;
    let mut least = f64::INFINITY;
    for epoch in 0..EPOCHS {
        rollout.forward()?;
        let x = rollout.positions(STEPS);
        let errors = || x.iter().zip(goal).map(|(x, y)| [x[0] - y[0], x[1] - y[1]]);
        least = least.min(errors().flatten().map(|e| e * e).sum::<f64>() / n as f64);
        let gradient = errors().map(|e| e.map(|e| 2.0 * e / n as f64)).collect();
        rollout.backward(&[(STEPS, gradient)]);
        rollout.update(Rate::Cosine(0.03).at(epoch, EPOCHS));
    }
    Ok(least)
}

/// Places in [-1, 1]² that fill it evenly.
fn square(n: usize) -> Vec<[f64; 2]> {
    let place = |k: f64, share: f64| 2.0 * (k * share).fract() - 1.0;
    (0..n).map(|k| [place(k as f64, 0.754_878), place(k as f64, 0.569_840)]).collect()
}

/// Places on the unit circle, in the order in which [`square`] has its angles.
fn ring(n: usize) -> Vec<[f64; 2]> {
    let cells = square(n);
    let mut order: Vec<usize> = (0..n).collect();
    let angle = |i: usize| cells[i][1].atan2(cells[i][0]);
    order.sort_by(|&i, &j| angle(i).total_cmp(&angle(j)));
    let mut ring = vec![[0.0; 2]; n];
    for (k, i) in order.into_iter().enumerate() {
        let angle = std::f64::consts::TAU * (k as f64 / n as f64 - 0.5);
        ring[i] = [angle.cos(), angle.sin()];
    }
    ring
}
