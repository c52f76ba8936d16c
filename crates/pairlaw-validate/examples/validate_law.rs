//! Is a crowd braked by drag? Velocity errors of a true and a wrong law, and the time of a run
//! among 1000 individuals with thirty terms.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use pairlaw_validate::data::{Sampling, Segment, Tracks, Units};
use pairlaw_validate::law::{
    Angular, Direction, Force, Law, LawKernels, PAPER_SCALE, Radial, Term, paper_basis,
};
use pairlaw_validate::{
    Integrator, Recording, Run, force_errors, speed_quantile, trajectory, velocity_errors,
};

const N: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let tracks = braked_crowd()?;
    let recording = Recording::new(&tracks, 0.25, N as f64)?;
    let (truth, wrong) = (drag(-0.5)?, drag(-0.4)?);
    let kernels = [
        LawKernels::new(std::slice::from_ref(&truth))?,
        LawKernels::new(std::slice::from_ref(&wrong))?,
        LawKernels::new(&[thirty_terms()?])?,
    ];
    for (law, name) in [(0, "drag 0.5"), (1, "drag 0.4")] {
        let runs: Vec<Run> = (0..N).map(|individual| Run { law, individual }).collect();
        let errors = velocity_errors(&recording, &kernels, &runs, Integrator::default());
        let mean = errors.iter().flatten().sum::<f64>() / N as f64;
        println!("{name}: mean velocity error {mean:.2e}");
    }
    let (max, speed99) = (speed_quantile(&tracks, 1.0)?, speed_quantile(&tracks, 0.99)?);
    println!("{:?}", force_errors(&wrong, &truth, max, speed99));
    if let Some(path) = trajectory(&recording, &kernels[0], 7, Integrator::default()) {
        println!("individual 7 ends its window at {:?}", path.positions.last());
    }
    time(&recording, &kernels);
    Ok(())
}

/// Everybody slows down as `exp(−t/2)`, whoever is near.
fn braked_crowd() -> Result<Tracks<2>, Box<dyn Error>> {
    let spread = |i: usize, c: f64| 2.0 * (c * (i + 1) as f64).fract() - 1.0;
    let sampling = Sampling { start_time: 0.0, dt: 2.0 / 15.0, n_frames: 198 };
    let segment = |individual| {
        let place = [spread(individual, 0.754_878), spread(individual, 0.569_840)];
        let speed = [spread(individual, 0.618_034), spread(individual, 0.414_214)];
        let left = |k: usize| (-0.5 * sampling.time(k)).exp();
        let position = |k| [0, 1].map(|d| place[d] + 0.1 * speed[d] * (1.0 - left(k)) / 0.5);
        let velocity = |k| speed.map(|v| 0.1 * v * left(k));
        Segment {
            individual,
            first_frame: 0,
            positions: (0..sampling.n_frames).map(position).collect(),
            velocities: Some((0..sampling.n_frames).map(velocity).collect()),
        }
    };
    let ids = (0..N).map(|i| i.to_string()).collect();
    let segments = (0..N).map(segment).collect();
    Ok(Tracks::new(ids, sampling, Units::default(), segments)?)
}

fn drag(weight: f64) -> Result<Law, Box<dyn Error>> {
    let term = Term {
        force: Force::Drag,
        angular: Angular::Cosine(0),
        radial: Radial::Power { exponent: 0 },
    };
    Ok(Law::new(vec![term], vec![weight], Direction::Difference)?)
}

/// Every third term of the paper's basis.
fn thirty_terms() -> Result<Law, Box<dyn Error>> {
    let terms: Vec<Term> = paper_basis(PAPER_SCALE).into_iter().step_by(3).collect();
    let weights = (0..terms.len()).map(|k| 0.1 * (k as f64).sin()).collect();
    Ok(Law::new(terms, weights, Direction::Difference)?)
}

fn time(recording: &Recording<2>, kernels: &[LawKernels]) {
    let run = |individual| Run { law: 2, individual };
    let runs: Vec<Run> = (0..128).map(run).collect();
    for integrator in [Integrator::PAPER, Integrator::default()] {
        let start = Instant::now();
        let errors = velocity_errors(recording, kernels, &runs, integrator);
        let milliseconds = 1e3 * start.elapsed().as_secs_f64() / errors.len() as f64;
        println!("{integrator:?}: {milliseconds:.2} ms a run on all threads");
    }
}
