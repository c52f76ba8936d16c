//! No number of a result may be NaN.

use pairlaw::species::PopulationModel;

/// Asserts that a learned population holds no NaN, and only finite weights.
///
/// Errors of single cells may be infinite: that is how a simulation which left the finite range,
/// or a moving model of a resting cell, is told.
///
/// # Panics
/// If it does.
pub fn assert_no_nan(population: &PopulationModel) {
    let models = population.models.iter().flatten();
    let weights = models.clone().flat_map(|model| &model.weights);
    assert!(weights.chain(&population.law.weights).all(|w| w.is_finite()));
    let numbers = models.flat_map(|m| m.loss.iter().chain([&m.lambda, &m.worst_violation]));
    let errors = population.velocity_errors.iter().flatten();
    let numbers = numbers.chain(errors).chain(&population.replacement.own_error);
    numbers.for_each(|x| assert!(!x.is_nan()));
}
