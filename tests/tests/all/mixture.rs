//! Expectation–maximisation on simulated cells: the objective, and what must not matter.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::simulated;
use pairlaw::species::{
    CellSystems, MixtureFit, ModelSpace, Preparation, SpeciesConfig, Weighting,
    expectation_maximization, fit_labels,
};
use pairlaw_weak::TestFunction;

const N: usize = 24;

fn prepared() -> (Preparation<2>, CellSystems) {
    let test_function = Some(TestFunction { half_width: 12, degree: 9 });
    let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
    let preparation = Preparation::new(&simulated("A,B", N, 80, 1), &config).unwrap();
    let systems = CellSystems::new(&preparation, &|_, _, _| {}).unwrap();
    (preparation, systems)
}

/// Labels below `n` that look random; another list for every start.
fn labels(n: usize, start: usize) -> Vec<usize> {
    (0..N).map(|cell| ((cell + 3) * (cell + 11 * start + 5) / 7 + cell / 5) % n).collect()
}

/// The mean of ρ², and that of ln ρ made quadratic below ε = 1e-6, written anew.
fn objective(weighting: Weighting, residuals: &[f64]) -> f64 {
    let part = |rho: &f64| match weighting {
        Weighting::Equal => rho.powi(2),
        Weighting::Reweighted if *rho < 1e-6 => (rho / 1e-6).powi(2) / 2.0,
        Weighting::Reweighted => (rho / 1e-6).ln() + 0.5,
    };
    residuals.iter().map(part).sum::<f64>() / residuals.len() as f64
}

#[test]
fn no_round_raises_the_objective() {
    let (preparation, systems) = prepared();
    let space = space_of(&preparation);
    let mut fallen = Vec::new();
    for (n_species, start) in [(2, 0), (2, 1), (3, 2), (4, 3)] {
        let start = fit_labels(&systems, &space, &labels(n_species, start), 0).unwrap();
        for weighting in [Weighting::Equal, Weighting::Reweighted] {
            let fit = expectation_maximization(&systems, &space, start.clone(), weighting, 10);
            let fit = fit.unwrap();
            let first = objective(weighting, &start.residuals);
            let mut last = first;
            for next in &fit.objective {
                // Rounding.
                assert!(*next <= last + 1e-12 * last.abs(), "{weighting:?}: {last} then {next}");
                last = *next;
            }
            // It is the objective of the fit that is told last.
            assert!((objective(weighting, &fit.residuals) - last).abs() <= 1e-12 * last.abs());
            fallen.push(last < 0.98 * first);
        }
    }
    // Some starts are stuck from the beginning, not most.
    assert!(fallen.iter().filter(|fallen| **fallen).count() >= 4, "{fallen:?}");
}

#[test]
fn names_of_starting_labels_do_not_matter() {
    let (preparation, systems) = prepared();
    let space = space_of(&preparation);
    let labels = labels(3, 1);
    let fit = fit_labels(&systems, &space, &labels, 6).unwrap();
    for names in [[1, 2, 0], [2, 1, 0], [0, 5, 3]] {
        let renamed: Vec<usize> = labels.iter().map(|label| names[*label]).collect();
        let same = fit_labels(&systems, &space, &renamed, 6).unwrap();
        // To the bit: every model is learned from the same cells in the same order.
        assert_eq!((&same.residuals, &same.objective), (&fit.residuals, &fit.objective));
        let members = |fit: &MixtureFit| {
            let mut all: Vec<_> = (0..fit.models.len()).map(|k| fit.members(k)).collect();
            all.sort();
            all
        };
        assert_eq!(members(&same), members(&fit));
    }
}

/// ρ of the whole system, rows and all, is ρ of the compressed one.
#[test]
fn residuals_are_those_of_the_weak_systems() {
    let (preparation, systems) = prepared();
    let fit = fit_labels(&systems, &space_of(&preparation), &labels(2, 0), 2).unwrap();
    let table = systems.residuals(&fit.models);
    for (cell, row) in systems.cells.iter().zip(&table) {
        let system = preparation.systems.system(*cell).unwrap();
        for (model, found) in fit.models.iter().zip(row) {
            let missing = |q: usize| {
                let fit: f64 = system.g.row(q).iter().zip(model).map(|(g, w)| g * w).sum();
                (fit - system.b[q]).powi(2)
            };
            let left: f64 = (0..system.b.len()).map(missing).sum();
            let size: f64 = system.b.iter().map(|b| b * b).sum();
            // Rounding: weights are large along directions that the columns hardly tell apart.
            let rho = (left / size).sqrt();
            assert!((found - rho).abs() < 1e-9 * (1.0 + rho), "{found} {rho}");
        }
    }
}

fn space_of(preparation: &Preparation<2>) -> ModelSpace<'_> {
    ModelSpace { constraints: &preparation.constraints, ridge: 1e-9 }
}
