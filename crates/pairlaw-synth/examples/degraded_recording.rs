//! A small two-species recording, then with noise and gaps: what is left of it.
#![allow(clippy::print_stdout)]

use pairlaw_synth::{Scenario, add_noise, drop_runs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut scenario = Scenario::named("A,B", 1)?;
    (scenario.n_cells, scenario.n_samples) = (50, 40);
    let tracks = scenario.simulate(|_| {})?;
    let degraded = drop_runs(&add_noise(&tracks, 0.01, 2)?, 0.1, 4, 3)?;
    println!("{} cells, {} frames", degraded.n_individuals(), degraded.n_frames());
    println!("{} of {} samples left", degraded.n_samples(), tracks.n_samples());
    println!("{} segments", degraded.segments().len());
    Ok(())
}
