//! Collocation towards targets whose partners are found first.

use pairlaw_rollout::{Collocation, CollocationConfig, collocate};

use super::loss::{Goal, goals, legs};
use super::{Matching, PotentialsError, Target};

/// What [`carry`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried<const D: usize> {
    /// Strengths of all pairs, and how close their simulation comes.
    pub collocation: Collocation,
    /// Position of each cell's partner at each target.
    pub partners: Vec<Vec<[f64; D]>>,
    /// Positions after each step, the initial ones first.
    pub positions: Vec<Vec<[f64; D]>>,
}

/// Strengths of all pairs that carry every cell straight to its partners: [`collocate`] after the
/// assignment, without training.
///
/// The result is simulated in double precision: read [`Collocation::quality`]. Strengths may be
/// negative unless the settings have a floor; for a start of [`super::fit`] see
/// [`super::Start::Collocation`].
///
/// # Errors
/// If targets are missing, empty, not finite, out of order, or not one a cell, or a setting is out
/// of its domain.
pub fn carry<const D: usize>(
    initial: &[[f64; D]],
    targets: &[Target<D>],
    matching: Matching,
    dt: f64,
    config: &CollocationConfig,
) -> Result<Carried<D>, PotentialsError> {
    let goals = goals(initial, targets, matching, true)?;
    let partners: Vec<_> = goals.iter().map(Goal::partners).collect();
    let legs = legs(&goals);
    let collocation = collocate(initial, &partners, &legs, dt, config)?;
    let mut positions = vec![initial.to_vec()];
    // One set a leg, or the same for all.
    for (&steps, strengths) in legs.iter().zip(collocation.strengths.iter().cycle()) {
        let last = positions.last().expect("the initial ones at least");
        let path = strengths.simulate(last, steps, dt);
        positions.extend(path.into_iter().skip(1));
    }
    Ok(Carried { collocation, partners, positions })
}
