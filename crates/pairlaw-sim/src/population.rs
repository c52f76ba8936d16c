//! Populations under the laws of their species, by forward Euler.

use crate::error::SimError;
use crate::pair_loop::PairLoop;
use pairlaw_data::{Sampling, Segment, Streams, Tracks, Units, Xoshiro256PlusPlus};
use pairlaw_law::{Focal, Law, LawKernels, OneBody, Order, Surroundings};
use rand_distr::{Distribution, StandardNormal};

/// Who is there at time 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Population<const D: usize> {
    /// Positions, length.
    pub positions: Vec<[f64; D]>,
    /// Velocities, length/time; of first order, only those of the first sample.
    pub velocities: Vec<[f64; D]>,
    /// Index of the law that each individual obeys.
    pub species: Vec<usize>,
}

/// Steps, samples and noise of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Time step of forward Euler.
    pub step: f64,
    /// Steps from one sample to the next.
    pub steps_per_sample: usize,
    /// Samples kept, the initial state being the first.
    pub n_samples: usize,
    /// Intrinsic noise σ; 0 for none. Of the velocities, length/time^{3/2}, or of first order of the
    /// positions, length/time^{1/2}.
    pub noise: f64,
    /// Seed of the noise.
    pub seed: u64,
}

/// Simulates a population by forward Euler, with optional noise:
///
/// ```text
/// x_i ← x_i + δ v_i,    v_i ← v_i + δ a_i(x, v) + σ √δ z_i,    z_i ~ N(0, I)
/// ```
///
/// both right-hand sides at the old time; `a_i` is [`Law`]'s acceleration with N the number of
/// individuals. Every individual has its own random stream. `progress` is told the number of
/// samples done after each one. Returns tracks with the simulated velocities.
///
/// # Errors
/// [`SimError`]: empty or unequal columns, a species without a law, numbers out of range, a state
/// that leaves the finite range.
///
/// # Source
/// Messenger et al. (2022), J. R. Soc. Interface 19:20220412, eq. (2.1) and appendix B.
pub fn simulate<const D: usize>(
    initial: &Population<D>,
    laws: &[Law],
    schedule: &Schedule,
    progress: impl FnMut(usize),
) -> Result<Tracks<D>, SimError> {
    simulate_within(Order::Second, &Surroundings::default(), initial, laws, schedule, progress)
}

/// [`simulate`] under laws of either order, within walls or with an origin and preferred directions for
/// laws with one-body terms. Of first order the law is the velocity:
///
/// ```text
/// v_i ← a_i(x),    x_i ← x_i + δ v_i + σ √δ z_i
/// ```
///
/// and a sample has the velocity of the step that led to it.
///
/// # Errors
/// As [`simulate`], and [`SimError::Law`] with what [`Surroundings::check`] reports.
pub fn simulate_within<const D: usize>(
    order: Order,
    surroundings: &Surroundings<D>,
    initial: &Population<D>,
    laws: &[Law],
    schedule: &Schedule,
    mut progress: impl FnMut(usize),
) -> Result<Tracks<D>, SimError> {
    check(initial, laws.len(), schedule)?;
    let one_body: Vec<OneBody> =
        laws.iter().flat_map(Law::active_one_body).map(|(term, _)| term).collect();
    surroundings.check(&one_body, initial.positions.len())?;
    let kernels = LawKernels::new(laws)?;
    let mut state = Walkers::new(initial, schedule.seed);
    let mut samples = vec![(initial.positions.clone(), initial.velocities.clone())];
    for sample in 1..schedule.n_samples {
        for _ in 0..schedule.steps_per_sample {
            state.step(&kernels, surroundings, order, schedule);
        }
        state.check_finite(sample, schedule.step)?;
        samples.push((state.positions.clone(), state.velocities.clone()));
        progress(sample + 1);
    }
    tracks(samples, schedule)
}

fn check<const D: usize>(
    initial: &Population<D>,
    n_laws: usize,
    schedule: &Schedule,
) -> Result<(), SimError> {
    let Population { positions, velocities, species } = initial;
    if positions.is_empty() {
        return Err(SimError::EmptyPopulation);
    }
    if positions.len() != velocities.len() || positions.len() != species.len() {
        return Err(SimError::UnequalColumns {
            positions: positions.len(),
            velocities: velocities.len(),
            species: species.len(),
        });
    }
    if let Some((individual, &species)) = species.iter().enumerate().find(|(_, s)| **s >= n_laws) {
        return Err(SimError::UnknownSpecies { individual, species, n_laws });
    }
    let coordinates = positions.iter().chain(velocities).flatten();
    if let Some(&value) = coordinates.into_iter().find(|x| !x.is_finite()) {
        return Err(SimError::OutOfRange {
            quantity: "an initial coordinate",
            value,
            needed: "finite",
        });
    }
    check_schedule(schedule)
}

fn check_schedule(schedule: &Schedule) -> Result<(), SimError> {
    let at_least_one = |quantity, value: usize| match value {
        0 => Err(SimError::OutOfRange { quantity, value: 0.0, needed: "at least 1" }),
        _ => Ok(()),
    };
    at_least_one("steps_per_sample", schedule.steps_per_sample)?;
    at_least_one("n_samples", schedule.n_samples)?;
    let Schedule { step, noise, .. } = *schedule;
    if !(step.is_finite() && step > 0.0) {
        return Err(SimError::OutOfRange {
            quantity: "step",
            value: step,
            needed: "positive and finite",
        });
    }
    if !(noise.is_finite() && noise >= 0.0) {
        return Err(SimError::OutOfRange {
            quantity: "noise",
            value: noise,
            needed: "at least 0 and finite",
        });
    }
    Ok(())
}

/// The moving state.
struct Walkers<const D: usize> {
    positions: Vec<[f64; D]>,
    velocities: Vec<[f64; D]>,
    /// What the laws give: accelerations, or of first order velocities.
    rates: Vec<[f64; D]>,
    pairs: PairLoop<D>,
    species: Vec<usize>,
    streams: Vec<Xoshiro256PlusPlus>,
}

impl<const D: usize> Walkers<D> {
    fn new(initial: &Population<D>, seed: u64) -> Self {
        let n = initial.positions.len();
        Self {
            positions: initial.positions.clone(),
            velocities: initial.velocities.clone(),
            rates: vec![[0.0; D]; n],
            pairs: PairLoop::new(&initial.species),
            species: initial.species.clone(),
            streams: Streams::new(seed).take(n).collect(),
        }
    }

    fn step(
        &mut self,
        kernels: &LawKernels,
        surroundings: &Surroundings<D>,
        order: Order,
        schedule: &Schedule,
    ) {
        let Schedule { step, noise, .. } = *schedule;
        self.pairs.accelerations(kernels, &self.positions, &self.velocities, &mut self.rates);
        self.add_one_body(kernels, surroundings);
        for (i, rate) in self.rates.iter().enumerate() {
            if order == Order::First {
                self.velocities[i] = *rate;
            }
            for (d, rate) in rate.iter().enumerate() {
                self.positions[i][d] += step * self.velocities[i][d];
                if order == Order::Second {
                    self.velocities[i][d] += step * rate;
                }
            }
            if noise > 0.0 {
                let shaken = match order {
                    Order::First => &mut self.positions[i],
                    Order::Second => &mut self.velocities[i],
                };
                for coordinate in shaken {
                    let z: f64 = StandardNormal.sample(&mut self.streams[i]);
                    *coordinate += noise * step.sqrt() * z;
                }
            }
        }
    }

    fn add_one_body(&mut self, kernels: &LawKernels, surroundings: &Surroundings<D>) {
        for (i, rate) in self.rates.iter_mut().enumerate() {
            let law = kernels.law(self.species[i]);
            let focal = Focal { position: self.positions[i], velocity: self.velocities[i] };
            law.add_one_body(&focal, i, surroundings, rate);
        }
    }

    fn check_finite(&self, sample: usize, step: f64) -> Result<(), SimError> {
        let is_finite = |(x, v): (&[f64; D], &[f64; D])| x.iter().chain(v).all(|c| c.is_finite());
        let mut states = self.positions.iter().zip(&self.velocities);
        match states.position(|state| !is_finite(state)) {
            Some(individual) => Err(SimError::Exploded { individual, sample, step }),
            None => Ok(()),
        }
    }
}

type Sample<const D: usize> = (Vec<[f64; D]>, Vec<[f64; D]>);

/// Samples of everyone as tracks with the ids 0, 1, ….
fn tracks<const D: usize>(
    samples: Vec<Sample<D>>,
    schedule: &Schedule,
) -> Result<Tracks<D>, SimError> {
    let n = samples[0].0.len();
    let segment = |individual: usize| Segment {
        individual,
        first_frame: 0,
        positions: samples.iter().map(|(positions, _)| positions[individual]).collect(),
        velocities: Some(samples.iter().map(|(_, velocities)| velocities[individual]).collect()),
    };
    let sampling = Sampling {
        start_time: 0.0,
        dt: schedule.step * schedule.steps_per_sample as f64,
        n_frames: samples.len(),
    };
    let ids = (0..n).map(|i| i.to_string()).collect();
    Ok(Tracks::new(ids, sampling, Units::default(), (0..n).map(segment).collect())?)
}
