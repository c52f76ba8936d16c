//! Learning from some blocks of time, and asking the others.

use crate::species::cell_systems::{CellSystems, LEAST_RESIDUAL, cell_system};
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use pairlaw_data::Tracks;
use pairlaw_sparse::{CompressedSystem, ConeProblem, PathConfig, SparseError, thresholded_path};
use pairlaw_weak::{TestFunction, WeakError};
use rayon::prelude::*;
use std::ops::Range;

/// Most blocks that a recording is cut into.
const MOST_BLOCKS: usize = 5;
/// Test functions side by side that a block should hold.
const TEST_FUNCTIONS_A_BLOCK: usize = 4;

/// Two to five blocks of consecutive frames, the same number in each but for the last.
pub(super) fn time_blocks(n_frames: usize, test_function: TestFunction) -> Vec<Range<usize>> {
    let n = n_frames / (TEST_FUNCTIONS_A_BLOCK * test_function.n_samples());
    let n = n.clamp(2, MOST_BLOCKS).min(n_frames);
    let length = n_frames / n;
    (0..n).map(|k| k * length..if k + 1 == n { n_frames } else { (k + 1) * length }).collect()
}

/// Weak systems of some cells in each block, among neighbours displaced by `lag` frames; a block in
/// which nobody has one is empty.
pub(super) fn block_systems<const D: usize>(
    tracks: &Tracks<D>,
    preparation: &Preparation<D>,
    config: &SpeciesConfig,
    blocks: &[Range<usize>],
    cells: &[usize],
    lag: usize,
) -> Result<Vec<CellSystems>, SpeciesError> {
    let of_block = |block: &Range<usize>| {
        let none = CellSystems { cells: Vec::new(), systems: Vec::new() };
        let cut = tracks.between(block.clone());
        let systems = match preparation.systems_of(&cut, config) {
            // Nobody stays long enough in this block.
            Err(SpeciesError::Weak(
                WeakError::TestFunctionTooWide { .. } | WeakError::TooShortForVelocities { .. },
            )) => return Ok(none),
            systems => systems?.with_shifted_neighbours(lag),
        };
        let build = |cell: &usize| Ok(cell_system(&systems, *cell)?.map(|system| (*cell, system)));
        let built: Vec<Result<_, SpeciesError>> = cells.par_iter().map(build).collect();
        let built: Vec<_> =
            built.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let (cells, systems) = built.into_iter().unzip();
        Ok(CellSystems { cells, systems })
    };
    blocks.iter().map(of_block).collect()
}

/// A model that is learned from blocks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// No force.
    Nothing,
    /// The thresholded path over all columns but some.
    Selected { without: Vec<usize> },
    /// All of these columns.
    Support(Vec<usize>),
}

/// What models leave of blocks that they were not learned from.
pub(super) struct HeldOut {
    /// ln ρ, a row a member and block, a column a model.
    logs: Vec<Vec<f64>>,
    /// The second model of each block: the one selected from all columns.
    pub(super) selected: Vec<Vec<f64>>,
}

impl HeldOut {
    pub(super) fn new<const D: usize>(
        blocks: &[CellSystems],
        members: &[usize],
        models: &[Part],
        preparation: &Preparation<D>,
        path: &PathConfig,
    ) -> Result<Self, SpeciesError> {
        let own: Vec<CellSystems> = blocks.iter().map(|block| of_cells(block, members)).collect();
        let of_block = |held_out: usize| {
            let pooled = pooled(&own, held_out)?;
            let learn = |model: &Part| match &pooled {
                Some(pooled) => learned(model, pooled, preparation, path),
                None => Ok(vec![0.0; preparation.n_terms()]),
            };
            let weights: Vec<Vec<f64>> = models.iter().map(learn).collect::<Result<_, _>>()?;
            let rows = match own[held_out].is_empty() {
                true => Vec::new(),
                false => own[held_out].residuals(&weights),
            };
            Ok((rows, weights))
        };
        let found: Vec<Result<_, SpeciesError>> =
            (0..own.len()).into_par_iter().map(of_block).collect();
        let (mut logs, mut selected) = (Vec::new(), Vec::new());
        for found in found {
            let (rows, mut weights) = found?;
            let log = |rho: &f64| rho.max(LEAST_RESIDUAL).ln();
            logs.extend(rows.iter().map(|row| row.iter().map(log).collect::<Vec<f64>>()));
            selected.push(weights.swap_remove(1));
        }
        Ok(Self { logs, selected })
    }

    /// `ln ρ` without minus with, of every member and block.
    pub(super) fn gains(&self, with: usize, without: usize) -> Vec<f64> {
        self.logs.iter().map(|row| row[without] - row[with]).collect()
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

/// All blocks but one in one system, every member and block with the same weight; none if they are
/// empty.
fn pooled(
    blocks: &[CellSystems],
    held_out: usize,
) -> Result<Option<CompressedSystem>, SpeciesError> {
    let others = blocks.iter().enumerate().filter(|(k, _)| *k != held_out);
    let systems = others.flat_map(|(_, block)| &block.systems);
    let parts: Vec<(&CompressedSystem, f64)> = systems.map(|s| (s, 1.0 / s.b_norm)).collect();
    Ok(if parts.is_empty() { None } else { Some(CompressedSystem::stack(&parts)?) })
}

/// Weights of a model; all 0 where there is no certified optimum.
fn learned<const D: usize>(
    model: &Part,
    pooled: &CompressedSystem,
    preparation: &Preparation<D>,
    path: &PathConfig,
) -> Result<Vec<f64>, SpeciesError> {
    let constraints = &preparation.constraints;
    let nothing = vec![0.0; preparation.n_terms()];
    match model {
        Part::Nothing => Ok(nothing),
        Part::Selected { without } => {
            // Columns of zeros are in no support.
            let mut masked = pooled.clone();
            without.iter().for_each(|k| masked.r.col_mut(*k).fill(0.0));
            match thresholded_path(&masked, constraints, path) {
                Err(SparseError::Uncertified { .. }) => Ok(nothing),
                found => Ok(found?.weights),
            }
        }
        Part::Support(columns) => {
            let problem = ConeProblem::new(pooled, constraints, path.ridge)?;
            let mut support = problem.full_support();
            (0..nothing.len()).filter(|k| !columns.contains(k)).for_each(|k| support.remove(k));
            if support.is_empty() {
                return Ok(nothing);
            }
            Ok(problem.solve(&support).map_or(nothing, |solution| solution.weights))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_all_frames() {
        let phi = TestFunction { half_width: 8, degree: 16 };
        assert_eq!(time_blocks(101, phi), [0..50, 50..101]);
        assert_eq!(time_blocks(180, phi), [0..60, 60..120, 120..180]);
        assert_eq!(time_blocks(10_000, phi).len(), 5);
        assert_eq!(time_blocks(2, phi), [0..1, 1..2]);
    }
}
