//! How many species a population holds.

use crate::species::cell_systems::CellSystems;
use crate::species::error::SpeciesError;
use crate::species::expectation_maximization::{
    MixtureFit, ModelSpace, Weighting, expectation_maximization, mean_log,
};

/// The largest number of species whose own step lowers the mean of ln ρ by more than `step`; 1 if
/// none does. `curve[s]` belongs to s + 1 species.
///
/// A plain minimum over-splits, because more species always fit at least as well, and a rule that
/// stops at the first small step misses species that only come apart together.
#[must_use]
pub fn elbow(curve: &[f64], step: f64) -> usize {
    (1..curve.len()).rev().find(|&s| curve[s - 1] - curve[s] > step).map_or(1, |s| s + 1)
}

/// Joins two species while one model explains both almost as well: while the pair whose union raises
/// its members' mean of ln ρ the least raises it by less than `rise`.
///
/// # Errors
/// What the regression reports.
pub(super) fn merge_alike(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    mut fit: MixtureFit,
    rise: f64,
    rounds: usize,
) -> Result<MixtureFit, SpeciesError> {
    loop {
        let n = fit.models.len();
        let mut least: Option<(f64, usize, Vec<f64>)> = None;
        for (a, b) in (0..n).flat_map(|b| (0..b).map(move |a| (a, b))) {
            let (found, model) = rise_of_union(systems, space, &fit, (a, b), rounds)?;
            if found < rise && least.as_ref().is_none_or(|(least, ..)| found < *least) {
                least = Some((found, a * n + b, model));
            }
        }
        let Some((_, pair, model)) = least else { return Ok(fit) };
        fit.models[pair / n] = model;
        fit.models.remove(pair % n);
        let start = MixtureFit::assign(systems, fit.models);
        fit = expectation_maximization(systems, space, start, Weighting::Reweighted, rounds)?;
    }
}

/// How much a common model raises the mean of ln ρ over two species, and that model.
fn rise_of_union(
    systems: &CellSystems,
    space: &ModelSpace<'_>,
    fit: &MixtureFit,
    (a, b): (usize, usize),
    rounds: usize,
) -> Result<(f64, Vec<f64>), SpeciesError> {
    let members: Vec<usize> =
        (0..fit.labels.len()).filter(|i| [a, b].contains(&fit.labels[*i])).collect();
    let union = CellSystems {
        cells: members.iter().map(|i| systems.cells[*i]).collect(),
        systems: members.iter().map(|i| systems.systems[*i].clone()).collect(),
    };
    let larger = if fit.members(a).len() >= fit.members(b).len() { a } else { b };
    let start = MixtureFit::assign(&union, vec![fit.models[larger].clone()]);
    let start = expectation_maximization(&union, space, start, Weighting::Equal, 1)?;
    let mut joint = expectation_maximization(&union, space, start, Weighting::Reweighted, rounds)?;
    let apart = mean_log(members.iter().map(|i| fit.residuals[*i]));
    Ok((joint.mean_log_residual() - apart, joint.models.remove(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::species::cell_systems::planted::systems;
    use crate::species::expectation_maximization::fit_labels;
    use faer::Mat;

    /// Species left of three that were fitted to thirds of the cells of these laws.
    fn n_left(laws: &[Vec<f64>], rise: f64) -> usize {
        let cells = systems(laws, 24 / laws.len(), 0.01, 1);
        let free = Mat::zeros(0, 3);
        let space = ModelSpace { constraints: &free, ridge: 1e-9 };
        let thirds: Vec<usize> = (0..24).map(|i| i / 8).collect();
        let fit = fit_labels(&cells, &space, &thirds, 0).unwrap();
        assert_eq!(fit.models.len(), 3);
        merge_alike(&cells, &space, fit, rise, 3).unwrap().models.len()
    }

    #[test]
    fn species_of_one_law_are_joined_and_others_are_not() {
        let laws = [vec![1.0, -1.0, 0.0], vec![0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0]];
        assert_eq!(n_left(&laws[..1], 0.3), 1);
        assert_eq!(n_left(&laws, 0.3), 3);
        assert_eq!(n_left(&laws, 1e3), 1);
    }

    #[test]
    fn the_last_large_step_counts() {
        assert_eq!(elbow(&[-0.4, -1.03, -6.896, -6.899], 0.5), 3);
        // A first step below the bound hides nothing behind it.
        assert_eq!(elbow(&[-0.40, -0.80, -6.9, -7.0], 0.5), 3);
        assert_eq!(elbow(&[-7.0, -7.1, -7.2], 0.5), 1);
        assert_eq!(elbow(&[-7.0], 0.5), 1);
        assert_eq!(elbow(&[-0.5, -1.0], 0.5), 1);
        assert_eq!(elbow(&[-0.5, -1.2, -1.1, -1.9], 0.5), 4);
    }
}
