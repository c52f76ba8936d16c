//! Recordings of artificial cells at reduced size.

use pairlaw_data::{Segment, Tracks};
use pairlaw_synth::Scenario;

/// The experiment `name` with fewer cells and samples: positions, and the simulated velocities.
///
/// # Panics
/// If there is no such experiment or it cannot be simulated.
#[must_use]
pub fn simulated(name: &str, n_cells: usize, n_samples: usize, seed: u64) -> Tracks<2> {
    let scenario = Scenario::named(name, seed).expect("a name of the paper");
    let scenario = Scenario { n_cells, n_samples, ..scenario };
    scenario.simulate(|_| {}).expect("the paper's laws are stable")
}

/// The same recording with all positions and velocities mapped.
///
/// # Panics
/// If a mapped number is not finite.
#[must_use]
pub fn moved(
    tracks: &Tracks<2>,
    position: impl Fn([f64; 2]) -> [f64; 2],
    velocity: impl Fn([f64; 2]) -> [f64; 2],
) -> Tracks<2> {
    let map = |s: &Segment<2>| Segment {
        positions: s.positions.iter().map(|x| position(*x)).collect(),
        velocities: s.velocities.as_ref().map(|v| v.iter().map(|v| velocity(*v)).collect()),
        ..s.clone()
    };
    let segments = tracks.segments().iter().map(map).collect();
    tracks.with_segments(segments).expect("finite positions and velocities")
}

/// The same recording with positions mapped by individual and frame, and no velocities.
///
/// # Panics
/// If a mapped number is not finite.
#[must_use]
pub fn replaced(
    tracks: &Tracks<2>,
    position: impl Fn(usize, usize, [f64; 2]) -> [f64; 2],
) -> Tracks<2> {
    let map = |s: &Segment<2>| Segment {
        positions: s
            .frames()
            .zip(&s.positions)
            .map(|(k, x)| position(s.individual, k, *x))
            .collect(),
        velocities: None,
        ..s.clone()
    };
    let segments = tracks.segments().iter().map(map).collect();
    tracks.with_segments(segments).expect("finite positions")
}
