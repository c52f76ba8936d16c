//! The nine named experiments: who is there, how they start, how long they are watched.

use crate::species::Species;
use crate::target_shape::Shape;
use pairlaw_data::{Streams, Tracks};
use pairlaw_law::{Direction, Law, LawError};
use pairlaw_sim::{Population, Schedule, SimError, gaussian_velocities, latin_hypercube, simulate};

/// Initial positions and velocities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// As printed: a box of side 2, velocities `N(0, 0.0025 I)` (Messenger et al. 2022, App. B).
    #[default]
    Printed,
    /// As in the authors' program: a box of side 2·1.265, velocities with mean (−.0205, .0346) and
    /// covariance 1e-3·[[.1393, .0502], [.0502, .1212]].
    Program,
}

impl Start {
    fn side(self) -> f64 {
        match self {
            Self::Printed => 2.0,
            Self::Program => 2.0 * 1.265,
        }
    }

    /// Mean, and lower Cholesky factor of the covariance, of the velocities.
    fn velocity(self) -> ([f64; 2], [[f64; 2]; 2]) {
        match self {
            Self::Printed => ([0.0; 2], [[0.05, 0.0], [0.0, 0.05]]),
            Self::Program => {
                let [a, b, c] = [0.1393e-3f64, 0.0502e-3, 0.1212e-3];
                let first = a.sqrt();
                let second = b / first;
                ([-0.0205, 0.0346], [[first, 0.0], [second, (c - second * second).sqrt()]])
            }
        }
    }
}

/// An experiment with artificial cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The species present, in equal numbers up to rounding.
    pub species: Vec<Species>,
    /// Twice as many samples.
    pub long: bool,
    /// Number of cells; 1000 in the paper.
    pub n_cells: usize,
    /// Number of samples, the initial state included; 200 or 400 in the paper.
    pub n_samples: usize,
    /// The vector that attraction–repulsion multiplies.
    pub direction: Direction,
    /// How they start.
    pub start: Start,
    /// Intrinsic noise of the velocities; 0 in the paper.
    pub noise: f64,
    /// Seed of start and noise.
    pub seed: u64,
}

/// What can be wrong with a scenario.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// No experiment of that name.
    #[error("no experiment is called {name:?}; the names are {}", Scenario::NAMES.join(" | "))]
    UnknownExperiment {
        /// The name asked for.
        name: String,
    },
    /// More species than cells.
    #[error("{n_cells} cells cannot be shared among {n_species} species; take more cells")]
    TooFewCells {
        /// Number of cells.
        n_cells: usize,
        /// Number of species.
        n_species: usize,
    },
    /// No system of many particles of that name.
    #[error("no system is called {name:?}; the names are {}", known.join(" | "))]
    UnknownSystem {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: &'static [&'static str],
    },
    /// No target of that name.
    #[error("no shape is called {name:?}; the names are {}", Shape::ALL.map(Shape::name).join(" | "))]
    UnknownShape {
        /// The name asked for.
        name: String,
    },
    /// A kernel is impossible.
    #[error(transparent)]
    Kernel(#[from] LawError),
    /// The simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimError),
}

impl Scenario {
    /// The paper's experiments.
    pub const NAMES: [&'static str; 9] =
        ["A", "B", "C", "A,C", "B,C", "A,B", "A,B (long)", "A,B,C", "A,B,C (long)"];

    /// The experiment `name` of the paper, at its size: 1000 cells, 200 samples (long: 400).
    ///
    /// # Errors
    /// [`SynthError::UnknownExperiment`].
    pub fn named(name: &str, seed: u64) -> Result<Self, SynthError> {
        if !Self::NAMES.contains(&name) {
            return Err(SynthError::UnknownExperiment { name: name.to_owned() });
        }
        let long = name.ends_with(" (long)");
        let species = [Species::A, Species::B, Species::C];
        Ok(Self {
            species: species.into_iter().filter(|s| name.contains(s.name())).collect(),
            long,
            n_cells: 1000,
            n_samples: if long { 400 } else { 200 },
            direction: Direction::default(),
            start: Start::default(),
            noise: 0.0,
            seed,
        })
    }

    /// The name of the experiment.
    #[must_use]
    pub fn name(&self) -> String {
        let letters: Vec<&str> = self.species.iter().map(|species| species.name()).collect();
        letters.join(",") + if self.long { " (long)" } else { "" }
    }

    /// Which species each cell is of: consecutive blocks of equal size up to rounding.
    #[must_use]
    pub fn membership(&self) -> Vec<Species> {
        let n_species = self.species.len();
        (0..self.n_cells).map(|cell| self.species[cell * n_species / self.n_cells]).collect()
    }

    /// The exact laws, in the order of `species`.
    #[must_use]
    pub fn laws(&self) -> Vec<Law> {
        self.species.iter().map(|species| species.law(self.direction)).collect()
    }

    /// Steps and samples: Δt* = 1/2400, 320 steps a sample, so Δt = 0.1333.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule {
            step: 1.0 / 2400.0,
            steps_per_sample: 320,
            n_samples: self.n_samples,
            noise: self.noise,
            // Streams of a seed are far apart; the start uses those of the seed itself.
            seed: !self.seed,
        }
    }

    /// The initial state.
    ///
    /// # Errors
    /// [`SynthError::TooFewCells`].
    pub fn initial(&self) -> Result<Population<2>, SynthError> {
        let (n_cells, n_species) = (self.n_cells, self.species.len());
        if n_species == 0 || n_cells < n_species {
            return Err(SynthError::TooFewCells { n_cells, n_species });
        }
        let mut streams = Streams::new(self.seed);
        let mut next = || streams.next().expect("streams never end");
        let (mean, factor) = self.start.velocity();
        let index = |species| self.species.iter().position(|s| *s == species);
        Ok(Population {
            positions: latin_hypercube(n_cells, [self.start.side(); 2], &mut next()),
            velocities: gaussian_velocities(n_cells, mean, factor, &mut next()),
            species: self.membership().into_iter().filter_map(index).collect(),
        })
    }

    /// Simulates the experiment; `progress` is told the number of samples done.
    ///
    /// # Errors
    /// [`SynthError`].
    pub fn simulate(&self, progress: impl FnMut(usize)) -> Result<Tracks<2>, SynthError> {
        Ok(simulate(&self.initial()?, &self.laws(), &self.schedule(), progress)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood_and_given_back() {
        for name in Scenario::NAMES {
            let scenario = Scenario::named(name, 1).unwrap();
            assert_eq!(scenario.name(), name);
            assert_eq!(scenario.n_samples, if name.contains("long") { 400 } else { 200 });
        }
        let error = Scenario::named("D", 1).unwrap_err().to_string();
        assert!(error.contains("\"D\"") && error.contains("A,B,C (long)"), "{error}");
    }

    #[test]
    fn species_share_the_cells_equally() {
        let mut scenario = Scenario::named("A,B,C", 1).unwrap();
        scenario.n_cells = 100;
        let of = |species| scenario.membership().iter().filter(|s| **s == species).count();
        assert_eq!((of(Species::A), of(Species::B), of(Species::C)), (34, 33, 33));
        scenario.n_cells = 2;
        assert!(matches!(scenario.initial(), Err(SynthError::TooFewCells { n_cells: 2, .. })));
    }

    #[test]
    fn the_programs_velocities_have_its_covariance() {
        let (_, f) = Start::Program.velocity();
        let covariance = |i: usize, j: usize| f[i][0] * f[j][0] + f[i][1] * f[j][1];
        assert!((covariance(0, 0) - 0.1393e-3).abs() < 1e-18);
        assert!((covariance(0, 1) - 0.0502e-3).abs() < 1e-18);
        assert!((covariance(1, 1) - 0.1212e-3).abs() < 1e-18);
    }

    #[test]
    fn one_seed_gives_one_recording_and_another_seed_another() {
        let small = |seed| {
            let mut scenario = Scenario::named("A,B", seed).unwrap();
            (scenario.n_cells, scenario.n_samples) = (12, 3);
            scenario.simulate(|_| {}).unwrap()
        };
        assert_eq!(small(5), small(5));
        assert_ne!(small(5), small(6));
    }
}
