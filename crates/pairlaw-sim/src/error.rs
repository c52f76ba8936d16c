//! What can be wrong with a simulation.

use pairlaw_law::LawError;

/// Why a simulation cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// Nobody to simulate.
    #[error("the population is empty; give at least one individual")]
    EmptyPopulation,
    /// The individuals' columns differ in length.
    #[error(
        "{positions} positions, {velocities} velocities, {species} species labels; one of each per individual is needed"
    )]
    UnequalColumns {
        /// Number of positions.
        positions: usize,
        /// Number of velocities.
        velocities: usize,
        /// Number of species labels.
        species: usize,
    },
    /// A species without a law.
    #[error("individual {individual} is of species {species}, but there are only {n_laws} laws")]
    UnknownSpecies {
        /// Index of the individual.
        individual: usize,
        /// Its species.
        species: usize,
        /// Number of laws.
        n_laws: usize,
    },
    /// A number of the schedule or of the initial state is out of range.
    #[error("{quantity} is {value}; it must be {needed}")]
    OutOfRange {
        /// Which number.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        needed: &'static str,
    },
    /// The state left the finite range.
    #[error(
        "individual {individual} is no longer finite at sample {sample}: take a smaller step than {step} or weaker forces"
    )]
    Exploded {
        /// Index of the individual.
        individual: usize,
        /// First sample at which it was seen.
        sample: usize,
        /// Time step.
        step: f64,
    },
    /// The axes of the initial positions differ in length.
    #[error("one axis has {expected} coordinates, another {found}: give one a particle along each")]
    UnequalAxes {
        /// Coordinates along the first axis.
        expected: usize,
        /// Coordinates along another.
        found: usize,
    },
    /// A particle of a first-order system left the finite range.
    #[error(
        "particle {particle} is no longer finite after step {step}: take a dt below {dt} or a weaker kernel"
    )]
    NotFinite {
        /// Index of the particle.
        particle: usize,
        /// Number of the step.
        step: usize,
        /// Time step.
        dt: f64,
    },
    /// A law that cannot be compiled.
    #[error(transparent)]
    Law(#[from] LawError),
    /// Tracks that cannot be made of the result.
    #[error(transparent)]
    Data(#[from] pairlaw_data::DataError),
}
