//! Cells among whom some walk at random and heed nobody.

use pairlaw_data::{Sampling, Segment, Streams, Tracks, Units};
use pairlaw_law::{Focal, LawKernels, Neighbours};
use pairlaw_sim::{Population, gaussian_velocities};
use pairlaw_synth::Scenario;

/// Rate at which a walker forgets its velocity, 1/time.
const FORGETS: f64 = 1.0;
/// Its usual speed along each axis, length/time.
const SPEED: f64 = 0.05;

/// The experiment `name` with fewer cells and samples, of which the last `n_walkers` have
/// Ornstein–Uhlenbeck velocities. All others obey their laws, walkers being neighbours like any.
///
/// # Panics
/// If there is no such experiment.
#[must_use]
pub fn with_walkers(
    name: &str,
    n_cells: usize,
    n_walkers: usize,
    n_samples: usize,
    seed: u64,
) -> Tracks<2> {
    let scenario = Scenario::named(name, seed).expect("a name of the paper");
    let scenario = Scenario { n_cells, n_samples, ..scenario };
    let (mut state, schedule) = (scenario.initial().expect("enough cells"), scenario.schedule());
    let kernels = LawKernels::new(&scenario.laws()).expect("the paper's laws");
    // Streams of a seed are far apart; the start uses those of the seed itself.
    let mut random = Streams::new(!seed).next().expect("streams never end");
    // A step's kick of a velocity that keeps the usual speed.
    let kick = SPEED * (2.0 * FORGETS * schedule.step).sqrt();
    let mut samples = Vec::with_capacity(n_samples);
    for _ in 0..n_samples {
        samples.push((state.positions.clone(), state.velocities.clone()));
        for _ in 0..schedule.steps_per_sample {
            let factor = [[kick, 0.0], [0.0, kick]];
            let kicks = gaussian_velocities(n_walkers, [0.0; 2], factor, &mut random);
            step(&mut state, &kernels, &kicks, schedule.step);
        }
    }
    tracks(&samples, schedule.step * schedule.steps_per_sample as f64)
}

/// One step of forward Euler; the last cells are kicked.
fn step(state: &mut Population<2>, kernels: &LawKernels, kicks: &[[f64; 2]], h: f64) {
    let n = state.positions.len();
    let column = |of: &[[f64; 2]], d: usize| of.iter().map(|x| x[d]).collect::<Vec<f64>>();
    let x = [0, 1].map(|d| column(&state.positions, d));
    let v = [0, 1].map(|d| column(&state.velocities, d));
    let all = Neighbours { positions: [&x[0], &x[1]], velocities: [&v[0], &v[1]] };
    for i in 0..n {
        let focal = Focal { position: state.positions[i], velocity: state.velocities[i] };
        let change: [f64; 2] = match (i + kicks.len()).checked_sub(n) {
            Some(k) => std::array::from_fn(|d| kicks[k][d] - h * FORGETS * focal.velocity[d]),
            None => kernels.acceleration(state.species[i], &focal, &all, n as f64).map(|a| h * a),
        };
        let at_next = |from: [f64; 2], change: [f64; 2]| [from[0] + change[0], from[1] + change[1]];
        state.positions[i] = at_next(focal.position, focal.velocity.map(|v| h * v));
        state.velocities[i] = at_next(focal.velocity, change);
    }
}

type Sample = (Vec<[f64; 2]>, Vec<[f64; 2]>);

fn tracks(samples: &[Sample], dt: f64) -> Tracks<2> {
    let n = samples[0].0.len();
    let segment = |individual: usize| Segment {
        individual,
        first_frame: 0,
        positions: samples.iter().map(|(x, _)| x[individual]).collect(),
        velocities: Some(samples.iter().map(|(_, v)| v[individual]).collect()),
    };
    let sampling = Sampling { start_time: 0.0, dt, n_frames: samples.len() };
    let ids = (0..n).map(|i| i.to_string()).collect();
    let segments = (0..n).map(segment).collect();
    Tracks::new(ids, sampling, Units::default(), segments).expect("finite")
}
