//! Learns the law of a small simulated population and prints it beside the true one.
#![allow(clippy::print_stdout)]

use pairlaw::data::Streams;
use pairlaw::law::{Angular, Direction, Force, Law, Radial, Term};
use pairlaw::species::{SpeciesConfig, learn_population};
use pairlaw_sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let term = |force, angular, radial| Term { force, angular, radial };
    let alignment =
        term(Force::Alignment, Angular::OnePlusCosine(1), Radial::Exponential { rate: 8.0 });
    let drag = term(Force::Drag, Angular::OnePlusCosine(0), Radial::Power { exponent: 1 });
    let truth = Law::new(vec![alignment, drag], vec![-8.0, -2.5], Direction::Difference)?;

    let n = 60;
    let mut rng = Streams::new(1).next().ok_or("streams never end")?;
    let initial = Population {
        positions: latin_hypercube::<2>(n, [1.0, 1.0], &mut rng),
        velocities: gaussian_velocities(n, [0.0; 2], [[0.05, 0.0], [0.0, 0.05]], &mut rng),
        species: vec![0; n],
    };
    let schedule =
        Schedule { step: 1e-3, steps_per_sample: 100, n_samples: 120, noise: 0.0, seed: 1 };
    let tracks = simulate(&initial, std::slice::from_ref(&truth), &schedule, |_| {})?;

    let found = learn_population(&tracks, &SpeciesConfig::default(), &|_, _, _| {})?;
    let cluster = &found.clusters[0];
    println!("{} of {n} cells share the code {}", cluster.cells.len(), cluster.modes);
    for (name, law) in [("learned", &found.law), ("true", &truth)] {
        println!("{name}:");
        for (term, weight) in law.active() {
            println!("  {:?}: {weight:.4} {}", term.force, term.formula());
        }
    }
    let errors: Vec<f64> = found.velocity_errors.iter().flatten().copied().collect();
    println!("mean ΔV = {:.5}", errors.iter().sum::<f64>() / errors.len() as f64);
    Ok(())
}
