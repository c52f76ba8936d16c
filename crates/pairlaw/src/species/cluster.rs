//! Steps (b) and (c): clusters of models with the same code, and their aggregate.

use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use crate::species::replacement::Replacement;
use crate::species::single_cell::CellModel;
use pairlaw_cluster::{Group, group_by_code};
use pairlaw_law::{Force, Law};

/// By what models are clustered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeBy {
    /// The angular modes of each force (the paper's choice).
    #[default]
    Modes,
    /// The forces.
    Forces,
    /// The terms.
    Terms,
}

/// How the models of a cluster become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregate {
    /// The mean of each weight, eq. (3.8).
    #[default]
    Mean,
    /// The median of each weight.
    Median,
    /// The mean with weights `1/ΔV_{i→i}²`, by each model's error on its own cell.
    Weighted,
}

/// The code of a model, a digit a mode, force or term, then one for each kind of one-body terms that was
/// asked for; none without a term.
///
/// # Errors
/// [`SpeciesError::Law`] if a weight is not finite.
fn code<const D: usize>(
    preparation: &Preparation<D>,
    weights: &[f64],
    by: CodeBy,
) -> Result<Option<String>, SpeciesError> {
    let law = preparation.law(weights)?;
    let digits = |bits: &mut dyn Iterator<Item = bool>| {
        bits.map(|bit| if bit { '1' } else { '0' }).collect::<String>()
    };
    let forces = [Force::AttractionRepulsion, Force::Alignment, Force::Drag];
    let active = law.one_body_kinds();
    let one_body = || digits(&mut preparation.one_body_kinds().map(|kind| active.contains(&kind)));
    let code = match by {
        CodeBy::Modes => law.modes().to_string() + &one_body(),
        CodeBy::Forces => digits(&mut forces.into_iter().map(|force| law.has(force))) + &one_body(),
        CodeBy::Terms => digits(&mut weights.iter().map(|weight| *weight != 0.0)),
    };
    Ok(code.contains('1').then_some(code))
}

/// Groups `cells` by the code of the models that they use, largest group first and, of equal ones,
/// the one with the smaller code. Cells without a model and models without a term are left out.
///
/// # Errors
/// [`SpeciesError::Law`] if a weight is not finite.
///
/// # Panics
/// If models and replacement differ in their number of cells.
///
/// # Source
/// Messenger et al. (2022), section 3.2.
pub fn cluster_models<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    replacement: &Replacement,
    cells: &[usize],
    by: CodeBy,
) -> Result<Vec<Group<String>>, SpeciesError> {
    assert_eq!(models.len(), replacement.source.len(), "models, cells of the replacement");
    let code_of = |cell: &usize| match &models[replacement.source[*cell]] {
        Some(model) => code(preparation, &model.weights, by),
        None => Ok(None),
    };
    let codes: Vec<Option<String>> = cells.iter().map(code_of).collect::<Result<_, _>>()?;
    let mut groups = group_by_code(&codes);
    for group in &mut groups {
        group.members.iter_mut().for_each(|member| *member = cells[*member]);
    }
    Ok(groups)
}

/// The aggregate of the models that some cells use; by default the uniform mean
///
/// ```text
/// w = (1/|C|) Σ_{i ∈ C} w^(i)
/// ```
///
/// # Errors
/// [`SpeciesError::NoModel`] if no cell has a model.
///
/// # Source
/// Messenger et al. (2022), eq. (3.8); median and weighted mean: sections 3.3 and 5.
pub fn aggregate_models<const D: usize>(
    preparation: &Preparation<D>,
    models: &[Option<CellModel>],
    replacement: &Replacement,
    cells: &[usize],
    how: Aggregate,
) -> Result<Law, SpeciesError> {
    let used = |cell: &usize| {
        let source = replacement.source[*cell];
        Some((models[source].as_ref()?, replacement.own_error[source]))
    };
    let used: Vec<(&CellModel, f64)> = cells.iter().filter_map(used).collect();
    if used.is_empty() {
        return Err(SpeciesError::NoModel);
    }
    let trust = |error: f64| match how {
        Aggregate::Weighted => error.max(LEAST_ERROR).powi(-2),
        Aggregate::Mean | Aggregate::Median => 1.0,
    };
    // All errors infinite: no model is trusted more than another.
    let total: f64 = used.iter().map(|(_, error)| trust(*error)).sum();
    let share =
        |error: f64| if total > 0.0 { trust(error) / total } else { 1.0 / used.len() as f64 };
    let weight = |term: usize| match how {
        Aggregate::Median => median(used.iter().map(|(model, _)| model.weights[term]).collect()),
        Aggregate::Mean | Aggregate::Weighted => {
            used.iter().map(|(model, error)| share(*error) * model.weights[term]).sum()
        }
    };
    preparation.law(&(0..preparation.n_terms()).map(weight).collect::<Vec<f64>>())
}

/// A smaller ΔV earns no more trust.
const LEAST_ERROR: f64 = 1e-4;

/// The middle value; 0 without values.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n => f64::midpoint(values[(n - 1) / 2], values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_by_hand() {
        let median = |values: &[f64]| median(values.to_vec());
        assert!((median(&[3.0, -1.0, 2.0]) - 2.0).abs() < 1e-300);
        assert!((median(&[4.0, 3.0, -1.0, 2.0]) - 2.5).abs() < 1e-300);
        assert!(median(&[]).abs() < 1e-300);
    }
}
