//! What can be wrong with tracks or choices from which weak systems are to be made.

use pairlaw_data::DataError;
use pairlaw_law::LawError;

/// Why a weak system, its test function or its velocities cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeakError {
    /// The test function is too narrow or not smooth enough.
    #[error(
        "a test function of half-width {half_width} and degree {degree} cannot be used: both must be \
         at least 2"
    )]
    BadTestFunction {
        /// Half-width m in samples.
        half_width: usize,
        /// Degree p.
        degree: u32,
    },
    /// The tolerances of the rule that chooses a test function make no sense.
    #[error(
        "tau = {tau} must lie between 0 and 1, and tau_hat = {tau_hat} must be positive and finite"
    )]
    BadTolerances {
        /// Size of the test function at the ends of its support.
        tau: f64,
        /// Standard deviations of its spectrum at the change point.
        tau_hat: f64,
    },
    /// There are too few samples in a row for the spectrum to have a corner.
    #[error(
        "the longest segment used has {n_times} samples: choosing a test function takes at least {needed}"
    )]
    TooShortForSpectrum {
        /// Samples in a row.
        n_times: usize,
        /// Smallest number that works.
        needed: usize,
    },
    /// The spectrum vanishes somewhere, and so has no logarithm.
    #[error(
        "the mean spectrum is {value} at frequency index {frequency_idx}: the individuals rest or \
         their positions are too large or small for squares; give the test function yourself"
    )]
    NoLogSpectrum {
        /// Cycles in the record.
        frequency_idx: usize,
        /// Mean modulus of the Fourier coefficients.
        value: f64,
    },
    /// The rule asks for a test function that is wider than the record.
    #[error(
        "a motion with change point {frequency_idx} in its spectrum needs test functions wider than \
         the {n_times} samples in a row: use longer tracks or give the test function yourself"
    )]
    RecordTooShort {
        /// Index of the change point in the spectrum.
        frequency_idx: usize,
        /// Samples in a row.
        n_times: usize,
    },
    /// No segment at all holds a test function.
    #[error(
        "test functions of half-width {half_width} need {needed} samples with velocities in a row, the \
         longest segment has {longest}: take a smaller half-width"
    )]
    TestFunctionTooWide {
        /// Half-width m in samples.
        half_width: usize,
        /// Samples under one test function, 2m − 1.
        needed: usize,
        /// Samples of the longest segment.
        longest: usize,
    },
    /// No segment of this individual holds a test function.
    #[error(
        "individual {id:?} has at most {longest} samples with velocities in a row, {needed} are \
         needed: leave it out or take a smaller half-width"
    )]
    TooFewSamples {
        /// Id of the individual.
        id: String,
        /// Samples of its longest segment; 0 if it has none.
        longest: usize,
        /// Samples under one test function, 2m − 1.
        needed: usize,
    },
    /// Given velocities were asked for, but the tracks have none.
    #[error("the tracks have no velocities: choose a difference formula instead of Given")]
    NoVelocities,
    /// A cubic is not determined by so few samples.
    #[error(
        "a cubic fit over {half_window} samples on either side is not determined: take at least 2"
    )]
    HalfWindowTooSmall {
        /// Samples on either side.
        half_window: usize,
    },
    /// No segment is long enough for the difference formula.
    #[error("velocities need {needed} samples in a row, the longest segment has {longest}")]
    TooShortForVelocities {
        /// Samples under the formula.
        needed: usize,
        /// Samples of the longest segment.
        longest: usize,
    },
    /// No segment is long enough to tell noise from motion.
    #[error(
        "the noise of a record shows in {needed} samples in a row, this one has {longest}: choose the \
         velocity estimate yourself"
    )]
    TooShortForNoise {
        /// Samples in a row that are needed.
        needed: usize,
        /// Samples in a row that there are.
        longest: usize,
    },
    /// The number that divides the sums is not positive and finite.
    #[error("sums over neighbours are divided by {n_reference}: give a positive, finite number")]
    BadReference {
        /// The number given.
        n_reference: f64,
    },
    /// The standard deviation of the noise is negative or not finite.
    #[error("the noise of positions is {noise}: give a standard deviation of 0 or more")]
    BadNoise {
        /// The standard deviation given.
        noise: f64,
    },
    /// The distance beyond which neighbours are left out is not positive.
    #[error("neighbours beyond {cutoff} cannot be left out: give a positive distance")]
    BadCutoff {
        /// The distance given.
        cutoff: f64,
    },
    /// The near-field share of pairs is no proper fraction.
    #[error("{fraction} of all pairs cannot be near: give a fraction of at least 0 and below 1")]
    BadFraction {
        /// The fraction given.
        fraction: f64,
    },
    /// No two individuals are ever present together.
    #[error("no frame holds two individuals, so there is no distance between any")]
    NoPairs,
    /// The basis cannot be evaluated.
    #[error(transparent)]
    Law(#[from] LawError),
    /// No parabola in time goes through so few snapshots.
    #[error("{n_times} snapshots are too few: give at least 3")]
    TooFewSnapshots {
        /// Number of snapshots.
        n_times: usize,
    },
    /// The noise has no such variance.
    #[error("σ² = {diffusion} is no variance: give 0 or more, or Diffusion::Unknown")]
    BadDiffusion {
        /// The σ² given.
        diffusion: f64,
    },
    /// Fewer splines than are non-zero at a point.
    #[error("{n_splines} splines along axis {axis} are too few: take at least {needed}")]
    TooFewSplines {
        /// The axis.
        axis: usize,
        /// Splines asked for.
        n_splines: usize,
        /// Smallest number that works.
        needed: usize,
    },
    /// Simpson's rule has no use for this number of intervals.
    #[error(
        "a window of {intervals} intervals has no Simpson rule: take an even number, 2 or more"
    )]
    OddWindow {
        /// Intervals asked for.
        intervals: usize,
    },
    /// An external potential is none.
    #[error(
        "external potential {external} is zero or not finite: give at least one slope or stiffness"
    )]
    BadExternal {
        /// Which one, from 0.
        external: usize,
    },
    /// All particles share a coordinate at all times.
    #[error("axis {axis} is {coordinate} for every particle at every time: leave this axis out")]
    FlatAxis {
        /// The axis.
        axis: usize,
        /// The coordinate.
        coordinate: f64,
    },
    /// No window has a test function with enough particles.
    #[error(
        "none of {n_tests} test functions has {needed} of the {n_particles} particles under it: take \
         fewer splines or more particles"
    )]
    TooFewParticles {
        /// Number of test functions.
        n_tests: usize,
        /// Particles that one needs.
        needed: f64,
        /// Number of particles.
        n_particles: usize,
    },
    /// Estimated velocities break a rule of tracks.
    #[error(transparent)]
    Data(#[from] DataError),
}
