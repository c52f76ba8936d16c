//! Speed of the crates: what all benches share. Each file of `benches` times one crate and states
//! its figures per unit of work: a pair, a system, a solve, a run.

use criterion::Criterion;
use pairlaw_data::Tracks;
use pairlaw_sim::{Schedule, simulate};
use pairlaw_synth::Scenario;
use std::time::Duration;

/// Few samples in little time: all benches together take about a minute.
#[must_use]
pub fn quick() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

/// The experiment `name` of the WSINDy paper with `n_cells` cells.
///
/// # Panics
/// If there is no such experiment.
#[must_use]
pub fn scenario(name: &str, n_cells: usize) -> Scenario {
    let scenario = Scenario::named(name, 1).expect("a name of the paper");
    Scenario { n_cells, ..scenario }
}

/// 200 samples of species A at the paper's interval, simulated in four steps a sample instead of
/// 320: the benches need plausible tracks, not exact ones.
///
/// # Panics
/// If the simulation explodes.
#[must_use]
pub fn recording(n_cells: usize) -> Tracks<2> {
    let scenario = scenario("A", n_cells);
    let initial = scenario.initial().expect("there is room for one species");
    let schedule = Schedule { step: 1.0 / 30.0, steps_per_sample: 4, ..scenario.schedule() };
    simulate(&initial, &scenario.laws(), &schedule, |_| {}).expect("drag keeps everyone slow")
}
