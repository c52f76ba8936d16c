//! Simulates two species, mixes them, and prints what both classifiers find, beside the truth.
#![allow(clippy::print_stdout)]

use pairlaw::data::Streams;
use pairlaw::law::{Angular, Direction, Force, Law, Radial, Term};
use pairlaw::sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate};
use pairlaw::species::{
    Classification, MixtureConfig, SequentialConfig, SpeciesConfig, mixture_species,
    sequential_species,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let term = |force, angular, radial| Term { force, angular, radial };
    let alignment =
        term(Force::Alignment, Angular::OnePlusCosine(1), Radial::Exponential { rate: 8.0 });
    let drag = term(Force::Drag, Angular::OnePlusCosine(0), Radial::Power { exponent: 1 });
    let law =
        |align, brake| Law::new(vec![alignment, drag], vec![align, brake], Direction::Difference);
    let truth = [law(-8.0, -2.5)?, law(-2.0, -1.0)?];

    let n = 60;
    let mut rng = Streams::new(1).next().ok_or("streams never end")?;
    let initial = Population {
        positions: latin_hypercube::<2>(n, [1.0, 1.0], &mut rng),
        velocities: gaussian_velocities(n, [0.0; 2], [[0.05, 0.0], [0.0, 0.05]], &mut rng),
        species: (0..n).map(|cell| cell % 2).collect(),
    };
    let schedule =
        Schedule { step: 1e-3, steps_per_sample: 100, n_samples: 120, noise: 0.0, seed: 1 };
    let tracks = simulate(&initial, &truth, &schedule, |_| {})?;
    for (cells, law) in [("even", &truth[0]), ("odd", &truth[1])] {
        print("truth", cells, law);
    }

    let config = SpeciesConfig::default();
    let found = mixture_species(&tracks, &config, &MixtureConfig::default(), &|_, _, _| {})?;
    print_species("mixture", &found.classification);
    println!("mean ln ρ with 1, 2, … species: {:.2?}", found.curve);
    let rules = SequentialConfig::cautious();
    let found = sequential_species(&tracks, &config, &rules, &|_, _, _| {})?;
    print_species("sequential", &found.classification);
    Ok(())
}

fn print_species(name: &str, found: &Classification) {
    for species in &found.species {
        let even = species.members.iter().filter(|cell| *cell % 2 == 0).count();
        print(name, &format!("{even} even, {} odd", species.members.len() - even), &species.law);
    }
    println!("{name}: {} undetermined", found.undetermined.len());
}

fn print(name: &str, cells: &str, law: &Law) {
    println!("{name} ({cells}):");
    for (term, weight) in law.active() {
        println!("  {:?}: {weight:.4} {}", term.force, term.formula());
    }
}
