//! Test function, near field and the weak system of one individual among 1000 over 200 frames.
#![allow(clippy::print_stdout)]

use pairlaw_weak::data::{Sampling, Segment, Tracks, Units};
use pairlaw_weak::law::{Direction, PAPER_SCALE, paper_basis};
use pairlaw_weak::{
    TestFunction, VelocityEstimate, WeakSystems, choose_test_function, estimate_velocities,
    pair_distances,
};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tracks = ellipses(1000, 200)?;
    let velocity = VelocityEstimate::Centred2;
    let choice = choose_test_function(&estimate_velocities(&tracks, velocity)?)?;
    println!("change point {} asks for {:?}", choice.frequency_idx, choice.test_function);
    let phi = TestFunction { half_width: 31, degree: 9 };
    let basis = paper_basis(PAPER_SCALE);
    let systems = WeakSystems::new(&tracks, velocity, &basis, Direction::Difference, phi)?;

    let start = Instant::now();
    let range = pair_distances(systems.neighbours(), 0.001)?;
    println!("{range:?} in {:.0} ms", 1e3 * start.elapsed().as_secs_f64());

    let n_repeats = 20;
    let start = Instant::now();
    for individual in 0..n_repeats {
        let system = systems.system(individual)?;
        assert_eq!(system.b.len(), system.g.nrows());
    }
    let each = start.elapsed().as_secs_f64() / n_repeats as f64;
    let system = systems.system(0)?;
    let (rows, columns) = (system.g.nrows(), system.g.ncols());
    println!("a system of {rows} rows and {columns} terms in {:.2} ms", 1e3 * each);
    Ok(())
}

/// Individuals on ellipses around one centre, all with periods of their own.
fn ellipses(n: usize, n_frames: usize) -> Result<Tracks<2>, pairlaw_weak::data::DataError> {
    let sampling = Sampling { start_time: 0.0, dt: 2.0 / 15.0, n_frames };
    // Fractional parts of multiples of irrationals fill the unit interval evenly.
    let even = |i: usize, by: f64| (i as f64 * by).fract();
    let segment = |i: usize| {
        let radius = even(i, 0.618_034).sqrt();
        let (phase, speed) = (9.0 * even(i, 0.414_214), 0.1 + 0.4 * even(i, 0.732_051));
        let at = |frame| {
            let angle: f64 = phase + speed * sampling.time(frame);
            [radius * angle.cos(), 0.8 * radius * (1.3 * angle).sin()]
        };
        Segment {
            individual: i,
            first_frame: 0,
            positions: (0..n_frames).map(at).collect(),
            velocities: None,
        }
    };
    let ids = (0..n).map(|i| i.to_string()).collect();
    Tracks::new(ids, sampling, Units::default(), (0..n).map(segment).collect())
}
