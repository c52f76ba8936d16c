//! Learning from some folds, and asking the others.

use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL, cell_system};
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use pairlaw_data::Tracks;
use pairlaw_sparse::{CompressedSystem, ConeProblem, PathConfig, SparseError, thresholded_path};
use pairlaw_weak::{TestFunction, WeakError};
use rayon::prelude::*;
use std::ops::Range;

/// Most folds.
const MOST_FOLDS: usize = 5;
/// Test functions side by side that a block of time should hold.
const TEST_FUNCTIONS_A_BLOCK: usize = 3;
/// Fewer individuals are not parted.
const LEAST_CELLS: usize = 6;

/// What is held out together: some cells in some consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fold {
    pub(super) frames: Range<usize>,
    pub(super) cells: Vec<usize>,
}

/// Two to five folds: blocks of time with all cells, or, where the recording is too short to be cut, every
/// k-th cell over the whole of it.
pub(super) fn folds(n_frames: usize, test_function: TestFunction, cells: &[usize]) -> Vec<Fold> {
    let n_blocks = n_frames / (TEST_FUNCTIONS_A_BLOCK * test_function.n_samples());
    if n_blocks < 2 && cells.len() >= LEAST_CELLS {
        let n = (cells.len() / 2).min(MOST_FOLDS);
        let every = |k: usize| cells.iter().copied().skip(k).step_by(n).collect();
        return (0..n).map(|k| Fold { frames: 0..n_frames, cells: every(k) }).collect();
    }
    let n = n_blocks.clamp(2, MOST_FOLDS).min(n_frames);
    let length = n_frames / n;
    let end = |k: usize| if k + 1 == n { n_frames } else { (k + 1) * length };
    (0..n).map(|k| Fold { frames: k * length..end(k), cells: cells.to_vec() }).collect()
}

/// Weak systems of each fold, among neighbours displaced by `lag` frames; a fold in which nobody has one
/// is empty.
pub(super) fn fold_systems<const D: usize>(
    tracks: &Tracks<D>,
    preparation: &Preparation<D>,
    config: &SpeciesConfig,
    folds: &[Fold],
    lag: usize,
) -> Result<Vec<CellSystems>, SpeciesError> {
    let of_fold = |fold: &Fold| {
        let none = CellSystems { cells: Vec::new(), systems: Vec::new() };
        let cut = tracks.between(fold.frames.clone());
        let systems = match preparation.systems_of(&cut, config) {
            // Nobody stays long enough in this block.
            Err(SpeciesError::Weak(
                WeakError::TestFunctionTooWide { .. } | WeakError::TooShortForVelocities { .. },
            )) => return Ok(none),
            systems => systems?.with_shifted_neighbours(lag),
        };
        let build = |cell: &usize| Ok(cell_system(&systems, *cell)?.map(|system| (*cell, system)));
        let built: Vec<Result<_, SpeciesError>> = fold.cells.par_iter().map(build).collect();
        let built: Vec<_> =
            built.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let (cells, systems) = built.into_iter().unzip();
        Ok(CellSystems { cells, systems })
    };
    folds.iter().map(of_fold).collect()
}

/// A model that is learned from folds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// No force.
    Nothing,
    /// The thresholded path over all columns but some, with this share of the fit in its loss.
    Selected { without: Vec<usize>, fit_share: f64 },
    /// All of these columns.
    Support(Vec<usize>),
}

/// What models leave of folds that they were not learned from.
pub(super) struct HeldOut {
    /// ρ, a row a member and fold, a column a model.
    left: Vec<Vec<f64>>,
    /// The second model of each fold: the one selected from all columns; none where nothing was learned.
    pub(super) selected: Vec<Option<Vec<f64>>>,
}

impl HeldOut {
    pub(super) fn new<const D: usize>(
        folds: &[CellSystems],
        members: &[usize],
        models: &[Part],
        preparation: &Preparation<D>,
        path: &PathConfig,
    ) -> Result<Self, SpeciesError> {
        let own: Vec<CellSystems> = folds.iter().map(|fold| of_cells(fold, members)).collect();
        let of_fold = |held_out: usize| {
            let Some(pooled) = pooled(&own, held_out)? else { return Ok(None) };
            let learn = |model: &Part| learned(model, &pooled, preparation, path);
            let weights: Option<Vec<Vec<f64>>> =
                models.iter().map(learn).collect::<Result<_, _>>()?;
            let Some(weights) = weights else { return Ok(None) };
            let rows = match own[held_out].is_empty() {
                true => Vec::new(),
                false => own[held_out].residuals(&weights),
            };
            Ok(Some((rows, weights)))
        };
        let found: Vec<Result<_, SpeciesError>> =
            (0..own.len()).into_par_iter().map(of_fold).collect();
        let (mut left, mut selected) = (Vec::new(), Vec::new());
        for found in found {
            let Some((rows, mut weights)) = found? else {
                selected.push(None);
                continue;
            };
            let floored = |rho: &f64| rho.max(LEAST_RESIDUAL);
            left.extend(rows.iter().map(|row| row.iter().map(floored).collect::<Vec<f64>>()));
            selected.push(Some(weights.swap_remove(1)));
        }
        Ok(Self { left, selected })
    }

    /// `2 (ρ₀ − ρ)/(ρ₀ + ρ)` of every member and fold, ρ₀ without and ρ with a part.
    pub(super) fn gains(&self, with: usize, without: usize) -> Vec<f64> {
        let gain = |row: &Vec<f64>| match (row[with], row[without]) {
            (with, without) if with.is_infinite() && without.is_infinite() => 0.0,
            (with, _) if with.is_infinite() => -2.0,
            (_, without) if without.is_infinite() => 2.0,
            (with, without) => 2.0 * (without - with) / (without + with),
        };
        self.left.iter().map(gain).collect()
    }
}

/// The systems of some cells, ascending.
fn of_cells(systems: &CellSystems, cells: &[usize]) -> CellSystems {
    let place = |cell: &usize| systems.cells.binary_search(cell).ok();
    let places: Vec<usize> = cells.iter().filter_map(place).collect();
    CellSystems {
        cells: places.iter().map(|k| systems.cells[*k]).collect(),
        systems: places.iter().map(|k| systems.systems[*k].clone()).collect(),
    }
}

/// All folds but one in one system, every member and fold with the same weight; none if they are
/// empty.
fn pooled(
    folds: &[CellSystems],
    held_out: usize,
) -> Result<Option<CompressedSystem>, SpeciesError> {
    let others = folds.iter().enumerate().filter(|(k, _)| *k != held_out);
    let systems = others.flat_map(|(_, fold)| &fold.systems);
    let parts: Vec<(&CompressedSystem, f64)> = systems.map(|s| (s, 1.0 / s.b_norm)).collect();
    Ok(if parts.is_empty() { None } else { Some(CompressedSystem::stack(&parts)?) })
}

/// Weights of a model; none where there is no certified optimum.
fn learned<const D: usize>(
    model: &Part,
    pooled: &CompressedSystem,
    preparation: &Preparation<D>,
    path: &PathConfig,
) -> Result<Option<Vec<f64>>, SpeciesError> {
    let constraints = &preparation.constraints;
    let nothing = vec![0.0; preparation.n_terms()];
    match model {
        Part::Nothing => Ok(Some(nothing)),
        Part::Selected { without, fit_share } => {
            // Columns of zeros are in no support.
            let mut masked = pooled.clone();
            without.iter().for_each(|k| masked.r.col_mut(*k).fill(0.0));
            let path = PathConfig { fit_share: *fit_share, ..path.clone() };
            match thresholded_path(&masked, constraints, &path) {
                Err(SparseError::Uncertified { .. }) => Ok(None),
                found => Ok(Some(found?.weights)),
            }
        }
        Part::Support(columns) => {
            let problem = ConeProblem::new(pooled, constraints, path.ridge)?;
            let mut support = problem.full_support();
            (0..nothing.len()).filter(|k| !columns.contains(k)).for_each(|k| support.remove(k));
            if support.is_empty() {
                return Ok(Some(nothing));
            }
            Ok(problem.solve(&support).ok().map(|solution| solution.weights))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_blocks_of_time_or_individuals() {
        let phi = TestFunction { half_width: 8, degree: 16 };
        let frames = |n_frames, n_cells| -> Vec<Range<usize>> {
            let cells: Vec<usize> = (0..n_cells).collect();
            folds(n_frames, phi, &cells).into_iter().map(|fold| fold.frames).collect()
        };
        assert_eq!(frames(101, 9), [0..50, 50..101]);
        assert_eq!(frames(139, 9), [0..46, 46..92, 92..139]);
        assert_eq!(frames(10_000, 9).len(), 5);
        assert_eq!((frames(2, 5), frames(89, 2)), (vec![0..1, 1..2], vec![0..44, 44..89]));
        let parted = folds(89, phi, &[1, 2, 4, 6, 7, 9]);
        let cells: Vec<Vec<usize>> = parted.iter().map(|fold| fold.cells.clone()).collect();
        assert_eq!(cells, [[1, 6], [2, 7], [4, 9]]);
        assert!(parted.iter().all(|fold| fold.frames == (0..89)));
    }
}
