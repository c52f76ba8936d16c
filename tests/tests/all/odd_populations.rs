//! Populations with cells that no law explains, and populations without anything to tell apart.
//!
//! Statistical: one fixed seed a test. 60 cells, 80 samples.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{assert_no_nan, replaced, simulated, with_walkers};
use pairlaw::species::{
    MixtureConfig, MixtureSpecies, SequentialConfig, SequentialSpecies, SpeciesConfig,
    SpeciesError, mixture_species, sequential_species,
};
use pairlaw_data::Tracks;
use pairlaw_law::Direction;
use pairlaw_synth::{Species, add_noise};
use pairlaw_validate::{ForceError, force_errors};
use pairlaw_weak::TestFunction;

const N: usize = 60;

fn config() -> SpeciesConfig {
    let test_function = Some(TestFunction { half_width: 12, degree: 9 });
    SpeciesConfig { test_function, ..SpeciesConfig::default() }
}

fn by_mixture(tracks: &Tracks<2>) -> MixtureSpecies {
    let choices = MixtureConfig { most_species: 3, n_restarts: 2, ..MixtureConfig::default() };
    let found = mixture_species(tracks, &config(), &choices, &|_, _, _| {}).unwrap();
    assert_no_nan(&found);
    found
}

fn by_validation(tracks: &Tracks<2>) -> Result<SequentialSpecies, SpeciesError> {
    let rules = SequentialConfig::cautious();
    let found = sequential_species(tracks, &config(), &rules, &|_, _, _| {})?;
    assert_no_nan(&found);
    Ok(found)
}

/// The one species that was found has all cells but these, and alignment and drag of `truth`.
fn check_one_species(found: &MixtureSpecies, truth: Species, others: &[usize]) {
    let classification = &found.classification;
    assert_eq!(classification.undetermined, others);
    let sizes: Vec<usize> = classification.species.iter().map(|s| s.members.len()).collect();
    assert_eq!(sizes, [N - others.len()]);
    let truth = truth.law(Direction::Difference);
    // Speeds seldom exceed .15.
    let errors = force_errors(&classification.species[0].law, &truth, 0.15, 0.15);
    for error in [errors.alignment, errors.drag99] {
        assert!(matches!(error, ForceError::Relative(error) if error < 0.005), "{errors:?}");
    }
}

/// Six cells are measured with noise that grows from 1e-6 to 1e-3 of their distances: their ρ are
/// up to a thousand times the others'.
#[test]
fn a_heavy_tail_is_one_species() {
    let clean = simulated("A", N, 80, 1);
    let tails: Vec<Tracks<2>> =
        (0..6).map(|k| add_noise(&clean, 1e-6 * 4f64.powi(k), 1).unwrap()).collect();
    let tracks = replaced(&clean, |cell, frame, position| match (cell + 6).checked_sub(N) {
        Some(k) => tails[k].segments_of(cell)[0].positions[frame],
        None => position,
    });
    let found = by_mixture(&tracks);
    check_one_species(&found, Species::A, &[]);
    let residual = |cell: usize| found.memberships[cell].unwrap().residual;
    let largest = (0..N - 6).map(residual).fold(0.0, f64::max);
    assert!(residual(N - 1) > 10.0 * largest, "the tail is heavy");
}

/// Six cells are measured with noise of 5 %: nothing of their motion is left.
#[test]
fn badly_measured_cells_are_undetermined() {
    let clean = simulated("A", N, 80, 1);
    let noisy = add_noise(&clean, 0.05, 1).unwrap();
    let tracks = replaced(&clean, |cell, frame, position| {
        if cell < N - 6 { position } else { noisy.segments_of(cell)[0].positions[frame] }
    });
    check_one_species(&by_mixture(&tracks), Species::A, &[54, 55, 56, 57, 58, 59]);
}

#[test]
fn random_walkers_are_undetermined() {
    for (name, truth) in [("A", Species::A), ("C", Species::C)] {
        let tracks = with_walkers(name, N, 5, 80, 1);
        check_one_species(&by_mixture(&tracks), truth, &[55, 56, 57, 58, 59]);
    }
}

/// The paper's classifier finds the species of the cells and puts the walkers in none of it: ΔV
/// under a law of anyone else is large.
#[test]
fn random_walkers_are_apart_in_the_papers_classifier() {
    let found = by_validation(&with_walkers("C", N, 5, 80, 1)).unwrap();
    let cells: Vec<usize> = (0..N - 5).collect();
    assert_eq!(found.classification.species[0].members, cells);
}

/// Without bad cells: one species, nobody undetermined.
#[test]
fn one_species_stays_one() {
    check_one_species(&by_mixture(&simulated("A", N, 80, 2)), Species::A, &[]);
    check_one_species(&by_mixture(&simulated("C", N, 80, 2)), Species::C, &[]);
}

/// Everyone moves as cell 0 does, in one place or 0.05 apart. In one place all systems are equal, so
/// that nobody can be told from another.
#[test]
fn identical_tracks_are_one_species() {
    let tracks = simulated("A", N, 80, 1);
    let first = tracks.segments_of(0)[0].positions.clone();
    let same = |apart: f64| {
        replaced(&tracks, |cell, frame, _| {
            let [x, y] = first[frame];
            [x + apart * cell as f64, y]
        })
    };
    for apart in [0.0, 0.05] {
        let found = by_mixture(&same(apart));
        assert_eq!(found.classification.species.len(), 1);
        let covered = found.classification.species[0].members.len();
        assert_eq!(covered + found.classification.undetermined.len(), N);
        let found = by_validation(&same(apart)).unwrap();
        let members = found.classification.species.iter().map(|s| s.members.len());
        assert_eq!(members.sum::<usize>() + found.classification.undetermined.len(), N);
    }
    assert_eq!(by_validation(&same(0.0)).unwrap().classification.species.len(), 1);
}
