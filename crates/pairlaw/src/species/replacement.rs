//! Model replacement: a cell takes over the model of a similar cell that does better on both.

use crate::species::Progress;
use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use crate::species::single_cell::CellModel;
use pairlaw_law::LawKernels;
use pairlaw_validate::{Run, velocity_errors};
use std::collections::BTreeMap;

/// Which cell's model each cell uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    /// `source[i]` is the cell whose model cell i uses: i itself if it was not replaced.
    pub source: Vec<usize>,
    /// ΔV_{i→i}: each model on its own cell; infinite where there is no model or no window.
    pub own_error: Vec<f64>,
}

/// ΔV_{i→j} of model i on cell j.
type Errors = BTreeMap<(usize, usize), f64>;

/// Simulates every model on its own and its matched cells and replaces model i by model j where
///
/// ```text
/// (1) ΔV_{i→i} > ΔV_{j→i}   (2) ΔV_{i→j} > ΔV_{j→j}   (3) max(ΔV_{j→i}, ΔV_{j→j}) < tolerance
/// ```
///
/// and i, j are validation cells of each other. Of several such j the one with the lowest ΔV_{j→i}
/// is taken; if its model is itself replaced, i follows, and a cycle ends at its member with the
/// lowest own error.
///
/// # Errors
/// [`SpeciesError::Law`] if a model cannot be compiled.
///
/// # Panics
/// If the integrator has no substep or `models` and `matched` differ in length.
///
/// # Source
/// Messenger et al. (2022), appendix D.
pub fn replace_models<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    matched: &[Vec<usize>],
    config: &SpeciesConfig,
    progress: Progress<'_>,
) -> Result<Replacement, SpeciesError> {
    assert_eq!(models.len(), matched.len(), "models, lists of matched cells");
    let errors = errors_on_matched_cells(preparation, models, matched, config, progress)?;
    let error = |model: usize, cell: usize| *errors.get(&(model, cell)).unwrap_or(&f64::INFINITY);
    let has_model = |i: usize| models[i].is_some();
    let better = better_models(matched, &error, &has_model, config.replacement_tolerance);
    Ok(Replacement {
        source: (0..models.len()).map(|i| follow(&better, &|j| error(j, j), i)).collect(),
        own_error: (0..models.len()).map(|i| error(i, i)).collect(),
    })
}

/// The model that replaces each cell's, if any; `error(i, j)` is ΔV_{i→j}.
fn better_models(
    matched: &[Vec<usize>],
    error: &dyn Fn(usize, usize) -> f64,
    has_model: &dyn Fn(usize) -> bool,
    tolerance: f64,
) -> Vec<Option<usize>> {
    let replaces = |i: usize, j: usize| {
        // Differs from [M22, App. D]: a cell without a model, which the paper does not have, takes
        // one by (3) alone.
        let (better_on_i, better_on_j) =
            (error(i, i) > error(j, i), !has_model(i) || error(i, j) > error(j, j));
        better_on_i && better_on_j && error(j, i).max(error(j, j)) < tolerance
    };
    let better = |i: usize| {
        let mutual = matched[i].iter().copied().filter(|&j| matched[j].contains(&i));
        let candidates = mutual.filter(|&j| replaces(i, j));
        candidates.min_by(|a, b| error(*a, i).total_cmp(&error(*b, i)).then(a.cmp(b)))
    };
    (0..matched.len()).map(better).collect()
}

/// The end of the chain of replacements that starts at `i`; a cycle ends at its best member.
fn follow(better: &[Option<usize>], own_error: &dyn Fn(usize) -> f64, i: usize) -> usize {
    let mut chain = vec![i];
    while let Some(next) = better[chain[chain.len() - 1]] {
        if let Some(first) = chain.iter().position(|seen| *seen == next) {
            let cycle = chain[first..].iter().copied();
            let best = cycle.min_by(|a, b| own_error(*a).total_cmp(&own_error(*b)).then(a.cmp(b)));
            return best.unwrap_or(next);
        }
        chain.push(next);
    }
    chain[chain.len() - 1]
}

/// Models simulated together; bounds the compiled laws held at a time.
const MODELS_AT_ONCE: usize = 128;

fn errors_on_matched_cells<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    matched: &[Vec<usize>],
    config: &SpeciesConfig,
    progress: Progress<'_>,
) -> Result<Errors, SpeciesError> {
    let with_model: Vec<(usize, &CellModel)> =
        models.iter().enumerate().filter_map(|(i, model)| Some((i, model.as_ref()?))).collect();
    let mut errors = Errors::new();
    for (chunk_idx, chunk) in with_model.chunks(MODELS_AT_ONCE).enumerate() {
        let compile = |(_, model): &(usize, &CellModel)| {
            Ok(LawKernels::new(&[preparation.law(&model.weights)?])?)
        };
        let kernels: Vec<LawKernels> =
            chunk.iter().map(compile).collect::<Result<_, SpeciesError>>()?;
        let runs: Vec<Run> = chunk
            .iter()
            .enumerate()
            .flat_map(|(law, (i, _))| {
                let cells = std::iter::once(*i).chain(matched[*i].iter().copied());
                cells.map(move |individual| Run { law, individual })
            })
            .collect();
        let found = velocity_errors(&preparation.recording, &kernels, &runs, config.integrator);
        for (run, error) in runs.iter().zip(found) {
            errors.insert((chunk[run.law].0, run.individual), error.unwrap_or(f64::INFINITY));
        }
        let done = (chunk_idx * MODELS_AT_ONCE + chunk.len()).min(with_model.len());
        progress("model replacement", done, with_model.len());
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::{better_models, follow};

    /// Which model replaces those of three cells that are all matched, given ΔV_{row→column}.
    fn chosen(errors: [[f64; 3]; 3]) -> Vec<Option<usize>> {
        let matched = [vec![1, 2], vec![0, 2], vec![0, 1]];
        better_models(&matched, &|i, j| errors[i][j], &|_| true, 0.25)
    }

    #[test]
    fn a_model_is_replaced_by_one_that_does_better_on_both_cells() {
        // Model 1 does better on cells 0 and 1; nobody does better than 1 or 2 on their own cells.
        let better = [[0.2, 0.3, 0.3], [0.1, 0.05, 0.4], [0.3, 0.3, 0.01]];
        assert_eq!(chosen(better), [Some(1), None, None]);
        // (1) fails: not better on cell 0.
        let mut errors = better;
        errors[1][0] = 0.2;
        assert_eq!(chosen(errors), [None, None, None]);
        // (2) fails: model 0 does as well on cell 1.
        let mut errors = better;
        errors[0][1] = 0.05;
        assert_eq!(chosen(errors), [None, None, None]);
        // (3) fails: model 1 is above the tolerance on cell 0.
        let mut errors = better;
        (errors[0][0], errors[1][0]) = (0.9, 0.25);
        assert_eq!(chosen(errors), [None, None, None]);
        // Of two better models the one with the lower error on cell 0 is taken.
        let mut errors = better;
        errors[2][0] = 0.09;
        assert_eq!(chosen(errors), [Some(2), None, None]);
    }

    #[test]
    fn only_mutual_validation_cells_count_and_a_missing_model_is_taken_over() {
        let errors = [[f64::INFINITY, f64::INFINITY], [0.1, 0.05]];
        let error = |i: usize, j: usize| errors[i][j];
        let one_sided = [vec![1], vec![]];
        assert_eq!(better_models(&one_sided, &error, &|i| i == 1, 0.25), [None, None]);
        let mutual = [vec![1], vec![0]];
        assert_eq!(better_models(&mutual, &error, &|i| i == 1, 0.25), [Some(1), None]);
    }

    #[test]
    fn replacement_is_transitive_and_cycles_end() {
        let better = [Some(1), Some(2), None, Some(4), Some(5), Some(3), Some(3)];
        let own_error = |i: usize| [0.5, 0.4, 0.3, 0.2, 0.1, 0.2, 0.0][i];
        let source: Vec<usize> = (0..7).map(|i| follow(&better, &own_error, i)).collect();
        assert_eq!(source, [2, 2, 2, 4, 4, 4, 4]);
    }
}
