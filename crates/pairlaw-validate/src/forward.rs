//! Data-driven forward simulation: one individual moves by a law, all others as recorded.

use std::array;

use pairlaw_law::{Focal, LawKernels, Order};
use rayon::prelude::*;

use crate::recording::{Interval, Recording, Snapshot, Window};

/// How a simulation steps from one sample to the next, `substeps` times with `h = Δt / substeps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// Forward Euler, of order 1:
    ///
    /// ```text
    /// v ← v + h M(x, v, X(t), V(t)),  x ← x + h v_old
    /// ```
    Euler {
        /// Steps a sample, at least 1.
        substeps: usize,
    },
    /// Heun's method (explicit trapezoid), of order 2: the mean of the slopes at the old state and
    /// at the one that Euler predicts.
    Heun {
        /// Steps a sample, at least 1.
        substeps: usize,
    },
}

impl Integrator {
    /// Euler with `Δt' = 2⁻⁵ Δt`: Messenger et al. (2022), section 3.4.
    pub const PAPER: Self = Self::Euler { substeps: 32 };

    fn substeps(self) -> usize {
        match self {
            Self::Euler { substeps } | Self::Heun { substeps } => substeps,
        }
    }
}

impl Default for Integrator {
    /// Heun with 4 steps a sample: a quarter of the paper's evaluations and a smaller error.
    fn default() -> Self {
        Self::Heun { substeps: 4 }
    }
}

/// One simulation: which individual moves by which law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Index of the law among the kernels.
    pub law: usize,
    /// Index of the individual.
    pub individual: usize,
}

/// A simulated individual at the samples of its window.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory<const D: usize> {
    /// Frame of the first sample.
    pub first_frame: usize,
    /// One position a sample, length.
    pub positions: Vec<[f64; D]>,
    /// One velocity a sample, length per time.
    pub velocities: Vec<[f64; D]>,
}

/// Runs that pass the same interpolated neighbours together, while these are in the cache.
const BATCH: usize = 64;

/// Relative velocity error of each run over its individual's window:
///
/// ```text
/// ΔV_i = ( Σ_k |v_i(t_k) − v_data(t_k)|² / Σ_k |v_data(t_k)|² )^½
/// ```
///
/// summed over the samples of the window, the initial one included. None stands for an individual
/// without a window ([`Recording::window`]). A simulation that leaves the finite range has the
/// error infinity. An individual that rests all the time has the error 0 if the simulated one rests
/// too, and infinity otherwise.
///
/// `kernels` holds one law each, the one with index 0 inside. Results have the same bits for any
/// number of threads and any choice and order of the other runs.
///
/// # Panics
/// If the integrator has no substep, a run has an index that is too large, or a one-body term does not
/// find in the recording's surroundings what it asks for.
///
/// # Source
/// Messenger et al. (2022), eqs. (3.9) to (3.11).
#[must_use]
pub fn velocity_errors<const D: usize>(
    recording: &Recording<D>,
    kernels: &[LawKernels],
    runs: &[Run],
    integrator: Integrator,
) -> Vec<Option<f64>> {
    let window = |run: usize| recording.windows[runs[run].individual].as_ref();
    let mut ordered: Vec<(usize, &Window<D>)> =
        (0..runs.len()).filter_map(|run| Some((run, window(run)?))).collect();
    // Runs over the same frames share their neighbours.
    ordered.sort_by_key(|(_, window)| window.first_frame);
    let batch = |ordered: &[(usize, &Window<D>)]| {
        let walker = |&(run, window): &(usize, _)| Walker::new(&kernels[runs[run].law], window);
        let mut walkers: Vec<Walker<D>> = ordered.iter().map(walker).collect();
        simulate(recording, &mut walkers, integrator);
        walkers.iter().map(Walker::velocity_error).collect::<Vec<f64>>()
    };
    let found: Vec<Vec<f64>> = ordered.par_chunks(BATCH).map(batch).collect();
    let mut errors = vec![None; runs.len()];
    for ((run, _), error) in ordered.into_iter().zip(found.into_iter().flatten()) {
        errors[run] = Some(error);
    }
    errors
}

/// Simulates one individual over its window under the law with index 0 of `kernels`; none if it
/// has no window ([`Recording::window`]).
///
/// A simulation that leaves the finite range ends with the last sample before.
///
/// # Panics
/// If the integrator has no substep, `individual` is too large, or a one-body term does not find in the
/// recording's surroundings what it asks for.
#[must_use]
pub fn trajectory<const D: usize>(
    recording: &Recording<D>,
    kernels: &LawKernels,
    individual: usize,
    integrator: Integrator,
) -> Option<Trajectory<D>> {
    let window = recording.windows[individual].as_ref()?;
    let mut walkers = [Walker::new(kernels, window)];
    simulate(recording, &mut walkers, integrator);
    let path = &walkers[0].path;
    Some(Trajectory {
        first_frame: window.first_frame,
        positions: path.iter().map(|sample| sample.position).collect(),
        velocities: path.iter().map(|sample| sample.velocity).collect(),
    })
}

/// One individual under way.
struct Walker<'a, const D: usize> {
    kernels: &'a LawKernels,
    window: &'a Window<D>,
    /// Its place among the neighbours of the present interval, if it moves there.
    slot: Option<usize>,
    state: Focal<D>,
    /// Heun's method: half a step along the first slope.
    halfway: Focal<D>,
    /// The states at the samples passed so far.
    path: Vec<Focal<D>>,
}

impl<'a, const D: usize> Walker<'a, D> {
    fn new(kernels: &'a LawKernels, window: &'a Window<D>) -> Self {
        let mut path = Vec::with_capacity(window.velocities.len());
        path.push(window.start);
        Self { kernels, window, slot: None, state: window.start, halfway: window.start, path }
    }

    /// Takes its place for the way from frame `k` to `k + 1`; has none before and after its window,
    /// nor once its path has ended early.
    fn enter(&mut self, k: usize, interval: &Interval<D>) {
        let frame = self.window.first_frame + self.path.len() - 1;
        let moves = frame == k && k + 1 < self.window.frames().end;
        self.slot = moves.then(|| interval.slot(self.window.individual));
    }

    /// The slopes of position and velocity. Of first order, the law's rate is the velocity itself.
    fn slopes(&mut self, rate: [f64; D], order: Order) -> ([f64; D], [f64; D]) {
        match order {
            Order::Second => (self.state.velocity, rate),
            Order::First => {
                self.state.velocity = rate;
                (rate, [0.0; D])
            }
        }
    }

    /// Keeps the state at the sample that was reached, if it is finite: no step leads back from a
    /// state that is not.
    fn reach(&mut self) {
        let Focal { position, velocity } = &self.state;
        let finite = position.iter().chain(velocity).all(|x| x.is_finite());
        if self.slot.is_some() && finite {
            self.path.push(self.state);
        }
    }

    fn velocity_error(&self) -> f64 {
        if self.path.len() < self.window.velocities.len() {
            return f64::INFINITY;
        }
        let simulated = self.path.iter().flat_map(|sample| sample.velocity);
        let pairs = simulated.zip(self.window.velocities.as_flattened());
        let error_square: f64 = pairs.map(|(v, data)| (v - data).powi(2)).sum();
        match self.window.velocity_square {
            0.0 if error_square == 0.0 => 0.0,
            0.0 => f64::INFINITY,
            square => (error_square / square).sqrt(),
        }
    }
}

/// Takes all walkers through their windows, with time as the outer loop: neighbours are
/// interpolated once an instant for all of them.
fn simulate<const D: usize>(
    recording: &Recording<D>,
    walkers: &mut [Walker<'_, D>],
    integrator: Integrator,
) {
    assert!(integrator.substeps() > 0, "an integrator needs at least one substep");
    let start = walkers.iter().map(|w| w.window.first_frame).min();
    let mut now = Snapshot::new();
    let intervals = recording.intervals.iter().enumerate();
    for (k, interval) in intervals.skip(start.unwrap_or(0)) {
        walkers.iter_mut().for_each(|w| w.enter(k, interval));
        if walkers.iter().any(|w| w.slot.is_some()) {
            match integrator {
                Integrator::Euler { substeps } => {
                    euler(recording, interval, substeps, walkers, &mut now);
                }
                Integrator::Heun { substeps } => {
                    heun(recording, interval, substeps, walkers, &mut now);
                }
            }
        }
        walkers.iter_mut().for_each(Walker::reach);
    }
}

/// From one sample to the next by forward Euler.
fn euler<const D: usize>(
    recording: &Recording<D>,
    interval: &Interval<D>,
    substeps: usize,
    walkers: &mut [Walker<'_, D>],
    now: &mut Snapshot<D>,
) {
    let h = recording.dt / substeps as f64;
    for step in 0..substeps {
        now.interpolate(interval, step as f64 / substeps as f64, recording.dt);
        each_rate(recording, walkers, now, |walker, rate| {
            let (v, a) = walker.slopes(rate, recording.order);
            walker.state = moved(&walker.state, h, &v, &a);
        });
    }
}

/// From one sample to the next by Heun's method.
fn heun<const D: usize>(
    recording: &Recording<D>,
    interval: &Interval<D>,
    substeps: usize,
    walkers: &mut [Walker<'_, D>],
    now: &mut Snapshot<D>,
) {
    let h = recording.dt / substeps as f64;
    for step in 0..substeps {
        now.interpolate(interval, step as f64 / substeps as f64, recording.dt);
        each_rate(recording, walkers, now, |walker, rate| {
            let (v, a) = walker.slopes(rate, recording.order);
            walker.halfway = moved(&walker.state, 0.5 * h, &v, &a);
            walker.state = moved(&walker.state, h, &v, &a);
        });
        now.interpolate(interval, (step + 1) as f64 / substeps as f64, recording.dt);
        each_rate(recording, walkers, now, |walker, rate| {
            let (v, a) = walker.slopes(rate, recording.order);
            walker.state = moved(&walker.halfway, 0.5 * h, &v, &a);
            if recording.order == Order::First {
                walker.state.velocity = v;
            }
        });
    }
}

/// Hands every moving walker what its law gives. Meanwhile its present state stands in its own
/// recorded place, so that its pair with itself is exactly zero.
fn each_rate<'a, const D: usize>(
    recording: &Recording<D>,
    walkers: &mut [Walker<'a, D>],
    now: &mut Snapshot<D>,
    step: impl Fn(&mut Walker<'a, D>, [f64; D]),
) {
    for walker in walkers {
        let Some(slot) = walker.slot else { continue };
        let recorded = now.replace(slot, &walker.state);
        let neighbours = now.neighbours();
        let law = walker.kernels;
        let mut rate = law.acceleration(0, &walker.state, &neighbours, recording.n_reference);
        let (individual, surroundings) = (walker.window.individual, &recording.surroundings);
        law.law(0).add_one_body(&walker.state, individual, surroundings, &mut rate);
        now.replace(slot, &recorded);
        step(walker, rate);
    }
}

/// The state after a time `h` with given slopes of position and velocity.
fn moved<const D: usize>(
    state: &Focal<D>,
    h: f64,
    velocity: &[f64; D],
    acceleration: &[f64; D],
) -> Focal<D> {
    Focal {
        position: array::from_fn(|d| state.position[d] + h * velocity[d]),
        velocity: array::from_fn(|d| state.velocity[d] + h * acceleration[d]),
    }
}
