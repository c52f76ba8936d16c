//! One population of each species at reduced size: 150 of the paper's 1000 cells, 200 samples, by
//! both classifiers.
//!
//! All bounds are statistical: one fixed seed, and about twice the largest value seen over two seeds
//! at 150 and at 250 cells. Fewer cells mean fewer close pairs, so that attraction–repulsion is known
//! worse than at full size.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{Steps, assert_no_nan, sequential_steps, simulated};
use pairlaw::species::{
    CellSystems, MixtureConfig, SequentialConfig, SpeciesConfig, Stop, classify_by_mixture,
};
use pairlaw_data::Tracks;
use pairlaw_law::{Direction, Law};
use pairlaw_synth::Species;
use pairlaw_validate::{ForceError, ForceErrors, force_errors, speed_quantile};

/// Upper bounds, none for a force that must be absent.
struct Bounds {
    attraction_repulsion: Option<f64>,
    alignment: Option<f64>,
    drag99: Option<f64>,
    velocity_error: f64,
}

/// Largest violation of a constraint in any solve, relative to `‖b‖`.
const MOST_VIOLATED: f64 = 1e-8;

/// `share` is the least share of the largest cluster of single-cell models.
fn check(species: Species, share: f64, sequential: &Bounds, mixture: &Bounds) {
    let tracks = simulated(species.name(), 150, 200, 1);
    let config = SpeciesConfig::default();
    let steps = sequential_steps(&tracks, &config, &SequentialConfig::default()).unwrap();
    check_sequential(species, &steps, &tracks, sequential);
    let largest = &steps.found.rounds[0].clusters[0].members;
    assert!(largest.len() as f64 >= share * 150.0, "{}", largest.len());
    let systems = CellSystems::new(&steps.preparation, &|_, _, _| {}).unwrap();
    let choices = MixtureConfig {
        most_species: 2,
        n_restarts: 1,
        most_rounds: 6,
        ..MixtureConfig::default()
    };
    let found = classify_by_mixture(&steps.preparation, &systems, &config, &choices, &|_, _, _| {});
    let found = found.unwrap();
    assert_no_nan(&found);
    let classification = &found.classification;
    assert_eq!((classification.species.len(), classification.undetermined.len()), (1, 0));
    check_forces(&errors(&classification.species[0].law, species, &tracks), mixture);
    check_velocities(&found.velocity_errors, mixture.velocity_error);
}

fn errors(law: &Law, truth: Species, tracks: &Tracks<2>) -> ForceErrors {
    let quantile = |level| speed_quantile(tracks, level).unwrap();
    force_errors(law, &truth.law(Direction::Difference), quantile(1.0), quantile(0.99))
}

fn check_sequential(species: Species, steps: &Steps, tracks: &Tracks<2>, bounds: &Bounds) {
    let Steps { models, found, .. } = steps;
    assert_no_nan(&(models, &steps.replacement, found));
    // Every cell has a model, and all its solves are certified.
    assert_eq!(models.iter().flatten().count(), 150);
    assert!(models.iter().flatten().all(|model| model.worst_violation < MOST_VIOLATED));
    assert!(models.iter().flatten().all(|model| model.uncertified.is_empty()));
    // One species explains everyone, and its law stands where the paper's would.
    assert_eq!((found.stop, found.rounds.len()), (Stop::AllExplained, 1));
    let (law, largest) = (&found.rounds[0].law, &found.rounds[0].clusters[0]);
    let truth = species.law(Direction::Difference).modes();
    assert_eq!((law.modes(), largest.code.clone()), (truth, truth.to_string()));
    check_forces(&errors(law, species, tracks), bounds);
    check_velocities(&found.velocity_errors, bounds.velocity_error);
}

fn check_forces(errors: &ForceErrors, bounds: &Bounds) {
    let forces = [
        (errors.attraction_repulsion, bounds.attraction_repulsion),
        (errors.alignment, bounds.alignment),
        (errors.drag99, bounds.drag99),
    ];
    for (error, bound) in forces {
        match (error, bound) {
            (ForceError::Relative(error), Some(bound)) => assert!(error < bound, "{errors:?}"),
            (error, bound) => assert!(error == ForceError::Absent && bound.is_none(), "{errors:?}"),
        }
    }
}

/// Every cell belongs to the species: ΔV ≤ .05.
fn check_velocities(errors: &[Option<f64>], bound: f64) {
    let errors: Vec<f64> = errors.iter().flatten().copied().collect();
    assert_eq!(errors.len(), 150);
    assert!(errors.iter().all(|error| *error <= 0.05), "{errors:?}");
    let mean = errors.iter().sum::<f64>() / 150.0;
    assert!(mean < bound, "{mean}");
}

#[test]
fn species_a() {
    let sequential = Bounds {
        attraction_repulsion: Some(0.1),
        alignment: Some(0.016),
        drag99: Some(0.004),
        velocity_error: 0.006,
    };
    let mixture = Bounds {
        attraction_repulsion: Some(0.004),
        alignment: Some(0.001),
        drag99: Some(0.001),
        velocity_error: 0.001,
    };
    check(Species::A, 0.7, &sequential, &mixture);
}

#[test]
fn species_b() {
    let sequential = Bounds {
        attraction_repulsion: Some(0.09),
        alignment: None,
        drag99: Some(0.003),
        velocity_error: 0.0045,
    };
    let mixture = Bounds {
        attraction_repulsion: Some(0.004),
        alignment: None,
        drag99: Some(0.001),
        velocity_error: 0.001,
    };
    check(Species::B, 0.8, &sequential, &mixture);
}

/// The true alignment is one of the basis functions: below 1e-3 is what the methods promise.
#[test]
fn species_c() {
    let bounds = Bounds {
        attraction_repulsion: None,
        alignment: Some(1e-3),
        drag99: Some(1e-3),
        velocity_error: 0.001,
    };
    check(Species::C, 0.95, &bounds, &bounds);
}
