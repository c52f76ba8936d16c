//! Choices that the classifiers refuse, and extreme ones that they bear.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{assert_no_nan, simulated};
use pairlaw::species::{
    FarField, MixtureConfig, SequentialConfig, SpeciesConfig, SpeciesError, Stop, mixture_species,
    sequential_species,
};
use pairlaw_weak::TestFunction;

const N_CELLS: usize = 6;
const N_FRAMES: usize = 60;

/// A fault in the choices of the mixture, or in the number of cells for them.
#[test]
fn choices_of_the_mixture() {
    let tracks = simulated("A", N_CELLS, N_FRAMES, 1);
    let learn = |choose: fn(&mut MixtureConfig), n_cells: usize| {
        let some = tracks.subset(&(0..n_cells).collect::<Vec<_>>());
        let test_function = Some(TestFunction { half_width: 15, degree: 9 });
        let config = SpeciesConfig {
            test_function,
            far_field: FarField::Radius(5.0),
            ..SpeciesConfig::default()
        };
        let mut choices = MixtureConfig { n_restarts: 2, ..MixtureConfig::default() };
        choose(&mut choices);
        mixture_species(&some, &config, &choices, &|_, _, _| {})
    };
    let error = learn(|c| (c.n_species, c.most_species) = (Some(7), 9), 6).unwrap_err();
    assert!(matches!(error, SpeciesError::TooManySpecies { n_species: 7, n_cells: 6 }), "{error}");
    let error = learn(|c| c.n_species = Some(7), 6).unwrap_err();
    assert!(matches!(error, SpeciesError::BadConfig { field: "most_species", .. }), "{error}");
    let error = learn(|c| c.fit_shares.clear(), 6).unwrap_err();
    assert!(matches!(error, SpeciesError::BadConfig { field: "fit_shares", .. }), "{error}");
    // As many as there are cells, and no more, are tried; no cell is lost.
    for (n_cells, choose) in [(6, (|c| c.most_species = 50) as fn(&mut MixtureConfig)), (2, |_| ())]
    {
        let found = learn(choose, n_cells).unwrap();
        assert_no_nan(&found);
        assert_eq!(found.curve.len(), n_cells);
        let labels = found.classification.labels(n_cells);
        let n_undetermined = found.classification.undetermined.len();
        assert_eq!(labels.iter().flatten().count() + n_undetermined, n_cells);
    }
    // One cell, one species.
    let error = learn(|_| (), 1).unwrap_err();
    assert!(matches!(error, SpeciesError::TooFewCells { n_cells: 1 }), "{error}");
}

/// A fault in the rules of the paper's classifier.
#[test]
fn rules_of_the_papers_classifier() {
    let tracks = simulated("A", N_CELLS, N_FRAMES, 1);
    let learn = |choose: fn(&mut SequentialConfig)| {
        let test_function = Some(TestFunction { half_width: 15, degree: 9 });
        let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
        let mut rules = SequentialConfig::default();
        choose(&mut rules);
        sequential_species(&tracks, &config, &rules, &|_, _, _| {})
    };
    let error = learn(|c| c.n_trials = 0).unwrap_err();
    assert!(matches!(error, SpeciesError::BadConfig { field: "n_trials", .. }), "{error}");
    let few = learn(|c| c.smallest_species = 7).unwrap();
    assert_eq!((few.stop, few.classification.species.len()), (Stop::SmallSpecies, 0));
    assert_eq!(few.classification.undetermined, (0..N_CELLS).collect::<Vec<usize>>());
    assert!(few.velocity_errors.iter().all(Option::is_none));
    // Nothing is explained by a bound that nobody reaches: cells go one law after the other.
    let found = learn(|c| (c.small_error, c.most_species) = (1e-12, 1)).unwrap();
    assert_eq!(found.classification.species.len(), 1);
    assert!(matches!(found.stop, Stop::ManySpecies | Stop::FewCells));
}
