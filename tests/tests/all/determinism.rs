//! The same recording gives the same law: on any number of threads, in any order of individuals, and
//! in any frame of reference.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{moved, simulated};
use pairlaw::species::{
    CellModel, MixtureConfig, MixtureSpecies, Preparation, SequentialConfig, SequentialSpecies,
    SpeciesConfig, matched_cells, mixture_species, sequential_species, single_cell_models,
};
use pairlaw_data::Tracks;
use pairlaw_sparse::LinearSystem;
use rayon::ThreadPoolBuilder;

const N: usize = 24;

fn prepared(tracks: &Tracks<2>) -> Preparation<2> {
    Preparation::new(tracks, &SpeciesConfig::default()).unwrap()
}

fn by_validation(tracks: &Tracks<2>) -> SequentialSpecies {
    let rules = SequentialConfig::default();
    sequential_species(tracks, &SpeciesConfig::default(), &rules, &|_, _, _| {}).unwrap()
}

/// Up to three species of three cells, three random starts each.
fn by_mixture(tracks: &Tracks<2>) -> MixtureSpecies {
    let choices = MixtureConfig {
        most_species: 3,
        n_restarts: 3,
        smallest_species: 3,
        ..MixtureConfig::default()
    };
    mixture_species(tracks, &SpeciesConfig::default(), &choices, &|_, _, _| {}).unwrap()
}

/// More runs of the validation than one batch holds, more starts and more cells than threads.
/// Shortest decimal forms differ where bits do.
#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    let tracks = simulated("A,B", N, 200, 3);
    let learned = |n_threads| {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        format!("{:?}", pool.install(|| (by_validation(&tracks), by_mixture(&tracks))))
    };
    let one = learned(1);
    assert!(one == learned(2) && one == learned(3));
}

/// Rounding: sums over neighbours run in another order, 1e-16 in `G`, and the regression amplifies
/// it by up to the inverse of its ridge, 1e7.
#[test]
fn permuted_individuals_have_permuted_models() {
    let tracks = simulated("C", N, 200, 3);
    let order: Vec<usize> = (0..N).map(|k| (7 * k + 3) % N).collect();
    let (a, b) = (prepared(&tracks), prepared(&tracks.subset(&order)));
    assert_eq!(a.systems.test_function(), b.systems.test_function());
    assert_eq!(a.distances, b.distances);
    let config = SpeciesConfig::default();
    let (of_a, of_b) = (matched_cells(&a, &config), matched_cells(&b, &config));
    let models = |p| single_cell_models(p, &config, &|_, _, _| {}).unwrap();
    let (models_a, models_b) = (models(&a), models(&b));
    for (k, &cell) in order.iter().enumerate() {
        let matched: Vec<usize> = of_b[k].iter().map(|other| order[*other]).collect();
        assert_eq!(matched, of_a[cell]);
        let weights = |m: &Option<CellModel>| m.as_ref().unwrap().weights.clone();
        assert_close(&weights(&models_a[cell]), &weights(&models_b[k]), 1e-9);
    }
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    let largest = a.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let difference = a.iter().zip(b).fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()));
    assert!(difference <= tolerance * largest, "{difference} of {largest}");
}

/// Slow cells have a direction only up to rounding of positions over their displacement in a
/// sample, so `G` does too: 1e-16/1e-5, times ten.
const ROUNDING_OF_G: f64 = 1e-10;
/// Rounding of second derivatives.
const ROUNDING_OF_B: f64 = 1e-12;

/// Compares systems of all cells, the first one's rows turned by an angle.
fn assert_turned(a: &Preparation<2>, b: &Preparation<2>, angle: f64) {
    let (sin, cos) = angle.sin_cos();
    for cell in 0..N {
        let LinearSystem { g, b: response } = a.systems.system(cell).unwrap();
        let found = b.systems.system(cell).unwrap();
        let turned = |column: &[f64]| -> Vec<f64> {
            let (x, y) = column.split_at(column.len() / 2);
            let first = x.iter().zip(y).map(|(x, y)| cos * x - sin * y);
            first.chain(x.iter().zip(y).map(|(x, y)| sin * x + cos * y)).collect()
        };
        assert_close(&turned(&response), &found.b, ROUNDING_OF_B);
        for k in 0..g.ncols() {
            let column = |g: &faer::Mat<f64>| g.col(k).iter().copied().collect::<Vec<f64>>();
            assert_close(&turned(&column(&g)), &column(&found.g), ROUNDING_OF_G);
        }
    }
}

#[test]
fn a_turned_recording_has_turned_systems_and_the_same_law() {
    let tracks = simulated("C", N, 200, 3);
    let (sin, cos) = 0.7f64.sin_cos();
    let turn = |x: [f64; 2]| [cos * x[0] - sin * x[1], sin * x[0] + cos * x[1]];
    let turned = moved(&tracks, turn, turn);
    assert_turned(&prepared(&tracks), &prepared(&turned), 0.7);
    let law = |tracks| by_validation(tracks).rounds[0].law.clone();
    // The true terms of C are in the basis: the law is well conditioned.
    assert_close(&law(&tracks).weights, &law(&turned).weights, 1e-9);
}

/// The rule that chooses a test function sees the mean position, so that one is given here.
#[test]
fn a_shifted_recording_has_the_same_systems() {
    let tracks = simulated("A", N, 200, 3);
    let shifted = moved(&tracks, |x| [x[0] + 0.3, x[1] - 0.7], |v| v);
    let a = prepared(&tracks);
    let test_function = Some(a.systems.test_function());
    let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
    assert_turned(&a, &Preparation::new(&shifted, &config).unwrap(), 0.0);
}
