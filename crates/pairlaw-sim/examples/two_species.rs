//! Two species in one box: how fast each moves over time, and the cost of a pair.
#![allow(clippy::print_stdout)]

use pairlaw_sim::data::Streams;
use pairlaw_sim::law::{Angular, Direction, Force, Law, Radial, Term};
use pairlaw_sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let term = |force, angular, radial| Term { force, angular, radial };
    let repulsion =
        term(Force::AttractionRepulsion, Angular::Cosine(2), Radial::Exponential { rate: 20.0 });
    let alignment =
        term(Force::Alignment, Angular::OnePlusCosine(1), Radial::Exponential { rate: 8.0 });
    let repelled = Law::new(vec![repulsion], vec![15.0], Direction::Difference)?;
    let aligned = Law::new(vec![alignment], vec![-8.0], Direction::Difference)?;
    let n = 500;
    let mut rng = Streams::new(1).next().ok_or("streams never end")?;
    let initial = Population {
        positions: latin_hypercube::<2>(n, [2.0, 2.0], &mut rng),
        velocities: gaussian_velocities(n, [0.0; 2], [[0.05, 0.0], [0.0, 0.05]], &mut rng),
        species: (0..n).map(|i| i % 2).collect(),
    };
    let schedule =
        Schedule { step: 1e-3, steps_per_sample: 100, n_samples: 11, noise: 0.0, seed: 1 };
    let start = Instant::now();
    let tracks = simulate(&initial, &[repelled, aligned], &schedule, |_| {})?;
    let seconds = start.elapsed().as_secs_f64();
    for species in 0..2 {
        let members = tracks.segments().iter().skip(species).step_by(2);
        let speed = |v: &[f64; 2]| v[0].hypot(v[1]);
        let last = members.filter_map(|s| s.velocities.as_ref()?.last().map(speed));
        println!("species {species}: mean speed {:.4}", last.sum::<f64>() / (n / 2) as f64);
    }
    let pairs = 1000.0 * (n * (n - 1)) as f64;
    println!("{:.2} ns a directed pair", 1e9 * seconds / pairs);
    Ok(())
}
