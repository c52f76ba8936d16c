//! One population of each species at reduced size: 150 of the paper's 1000 cells, 200 samples.
//!
//! All bounds are statistical: one fixed seed, and about twice the largest value seen over two seeds
//! at 150 and at 250 cells. Fewer cells mean fewer close pairs, so that attraction–repulsion is known
//! worse than at full size.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{assert_no_nan, simulated};
use pairlaw::species::{PopulationModel, SpeciesConfig, learn_population};
use pairlaw_law::Direction;
use pairlaw_synth::Species;
use pairlaw_validate::{ForceError, ForceErrors, force_errors, speed_quantile};

/// Upper bounds, none for a force that must be absent; and the least share of the largest cluster.
struct Bounds {
    attraction_repulsion: Option<f64>,
    alignment: Option<f64>,
    drag99: Option<f64>,
    velocity_error: f64,
    share: f64,
}

/// Largest violation of a constraint in any solve, relative to `‖b‖`.
const MOST_VIOLATED: f64 = 1e-8;

fn check(species: Species, bounds: &Bounds) {
    let tracks = simulated(species.name(), 150, 200, 1);
    let population = learn_population(&tracks, &SpeciesConfig::default(), &|_, _, _| {}).unwrap();
    assert_no_nan(&population);
    let quantile = |level| speed_quantile(&tracks, level).unwrap();
    let truth = species.law(Direction::Difference);
    let errors = force_errors(&population.law, &truth, quantile(1.0), quantile(0.99));
    let largest = &population.clusters[0];
    assert_eq!(largest.modes, truth.modes());
    assert_eq!(population.law.modes(), truth.modes());
    assert!(largest.cells.len() as f64 >= bounds.share * 150.0, "{}", largest.cells.len());
    check_forces(&errors, bounds);
    check_cells(&population, bounds.velocity_error);
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

/// Every cell has a model, all its solves are certified, and it belongs to the species: ΔV ≤ .05.
fn check_cells(population: &PopulationModel, velocity_error: f64) {
    let models: Vec<_> = population.models.iter().flatten().collect();
    assert_eq!(models.len(), 150);
    assert!(models.iter().all(|model| model.worst_violation < MOST_VIOLATED));
    assert!(models.iter().all(|model| model.uncertified.is_empty()));
    let errors: Vec<f64> = population.velocity_errors.iter().flatten().copied().collect();
    assert_eq!(errors.len(), 150);
    assert!(errors.iter().all(|error| *error <= 0.05), "{errors:?}");
    let mean = errors.iter().sum::<f64>() / 150.0;
    assert!(mean < velocity_error, "{mean}");
}

#[test]
fn species_a() {
    check(
        Species::A,
        &Bounds {
            attraction_repulsion: Some(0.1),
            alignment: Some(0.016),
            drag99: Some(0.004),
            velocity_error: 0.006,
            share: 0.7,
        },
    );
}

#[test]
fn species_b() {
    check(
        Species::B,
        &Bounds {
            attraction_repulsion: Some(0.09),
            alignment: None,
            drag99: Some(0.003),
            velocity_error: 0.0045,
            share: 0.8,
        },
    );
}

/// The true alignment is one of the basis functions: below 1e-3 is what the method promises.
#[test]
fn species_c() {
    check(
        Species::C,
        &Bounds {
            attraction_repulsion: None,
            alignment: Some(1e-3),
            drag99: Some(1e-3),
            velocity_error: 0.001,
            share: 0.95,
        },
    );
}
