//! What can be wrong with tracks, and with the files that hold them.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why tracks were refused, or a file could not be read or written.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// There is no individual at all.
    #[error("there are no individuals: give at least one")]
    Empty,
    /// Two individuals have the same id.
    #[error("the id {id:?} is given to more than one individual: make ids unique")]
    DuplicateId {
        /// The repeated id.
        id: String,
    },
    /// The times of the frames are not finite and increasing, or there is no frame.
    #[error(
        "{n_frames} frames from time {start_time} in steps of {dt} are no uniform sampling: give at \
         least one frame, a finite step > 0 and times that stay finite"
    )]
    BadSampling {
        /// Time of frame 0.
        start_time: f64,
        /// Time between frames.
        dt: f64,
        /// Number of frames.
        n_frames: usize,
    },
    /// A grid's bounds, or their distance, are not finite and increasing.
    #[error(
        "axis {axis} of the grid runs from {lower} to {upper}: give finite bounds, the lower first"
    )]
    GridBounds {
        /// The axis, counted from 0.
        axis: usize,
        /// Lower bound.
        lower: f64,
        /// Upper bound.
        upper: f64,
    },
    /// A grid has too few or too many cells.
    #[error(
        "axis {axis} of the grid has {n_cells} cells: give at least 2, and at most 2^32 in all"
    )]
    GridCells {
        /// The axis, counted from 0.
        axis: usize,
        /// Number of cells along it.
        n_cells: usize,
    },
    /// Times are not finite and increasing.
    #[error(
        "time {time_idx} is {time}: times must be finite and increase; sort them and drop repetitions"
    )]
    TimesNotIncreasing {
        /// Which time, counted from 0.
        time_idx: usize,
        /// Its value.
        time: f64,
    },
    /// There is not one density or snapshot a time.
    #[error("there are {expected} times but {found} densities or snapshots: give one a time")]
    TimeCount {
        /// Number of times.
        expected: usize,
        /// Number of densities or snapshots.
        found: usize,
    },
    /// A density has not one value a cell.
    #[error(
        "the density at time {time_idx} has {found} values, the grid {expected} cells: give one a cell"
    )]
    CellCount {
        /// Which time, counted from 0.
        time_idx: usize,
        /// Number of cells.
        expected: usize,
        /// Number of values.
        found: usize,
    },
    /// A density is not finite.
    #[error("the density at time {time_idx} is {value} in cell {cell}: give finite numbers")]
    DensityValue {
        /// Which time, counted from 0.
        time_idx: usize,
        /// Which cell, counted row by row from 0.
        cell: usize,
        /// Its value.
        value: f64,
    },
    /// Snapshots hold different numbers of particles, or none.
    #[error(
        "snapshot {snapshot} has {found} particles instead of {expected}: keep only particles that \
         are present at every time"
    )]
    ParticleCount {
        /// Which snapshot, counted from 0.
        snapshot: usize,
        /// Number of particles of the first one.
        expected: usize,
        /// Number of particles.
        found: usize,
    },
    /// A position is not finite.
    #[error(
        "coordinate {axis} of particle {particle} in snapshot {snapshot} is not finite: drop the particle or repair it"
    )]
    ParticlePosition {
        /// Which snapshot, counted from 0.
        snapshot: usize,
        /// Which particle, counted from 0.
        particle: usize,
        /// Which coordinate, counted from 0.
        axis: usize,
    },
    /// A segment names an individual that does not exist.
    #[error(
        "a segment belongs to individual {individual}, but there are {n_individuals}, counted from 0"
    )]
    UnknownIndividual {
        /// The index in the segment.
        individual: usize,
        /// How many ids there are.
        n_individuals: usize,
    },
    /// A segment has no sample.
    #[error("individual {id:?} has an empty segment at frame {first_frame}: leave it out")]
    EmptySegment {
        /// Id of the individual.
        id: String,
        /// Where the segment starts.
        first_frame: usize,
    },
    /// A segment has another number of velocities than of positions.
    #[error(
        "the segment of individual {id:?} at frame {first_frame} has {positions} positions but \
         {velocities} velocities: give one velocity a position"
    )]
    VelocityLength {
        /// Id of the individual.
        id: String,
        /// Where the segment starts.
        first_frame: usize,
        /// Number of positions.
        positions: usize,
        /// Number of velocities.
        velocities: usize,
    },
    /// Some segments have velocities and others have none.
    #[error(
        "the segment of individual {id:?} at frame {first_frame} and an earlier one disagree on \
         having velocities: give them for all segments or for none"
    )]
    MixedVelocities {
        /// Id of the individual.
        id: String,
        /// Where the segment starts.
        first_frame: usize,
    },
    /// A segment goes on after the last frame.
    #[error(
        "the segment of individual {id:?} with {length} samples from frame {first_frame} ends after \
         the last of the {n_frames} frames"
    )]
    BeyondEnd {
        /// Id of the individual.
        id: String,
        /// Where the segment starts.
        first_frame: usize,
        /// Its number of samples.
        length: usize,
        /// Number of frames.
        n_frames: usize,
    },
    /// An individual is recorded twice in one frame.
    #[error("individual {id:?} has two positions in frame {frame}: keep one")]
    Duplicate {
        /// Id of the individual.
        id: String,
        /// The first such frame.
        frame: usize,
    },
    /// A position or velocity is NaN or infinite.
    #[error(
        "{quantity} of individual {id:?} in frame {frame}, dimension {dimension}, is {value}: leave \
         missing samples out instead of writing a number that is not finite"
    )]
    NonFinite {
        /// `"position"` or `"velocity"`.
        quantity: &'static str,
        /// Id of the individual.
        id: String,
        /// Frame of the sample.
        frame: usize,
        /// Spatial dimension, from 0.
        dimension: usize,
        /// The number.
        value: f64,
    },
    /// A row's time is NaN or infinite.
    #[error("a row of individual {id:?} has the time {time}: times must be finite")]
    NonFiniteTime {
        /// Id of the individual.
        id: String,
        /// The time.
        time: f64,
    },
    /// All rows have the same time, so that there is no time step.
    #[error("all rows have the time {time}: a time step needs at least two different times")]
    SingleTime {
        /// The only time.
        time: f64,
    },
    /// A row's time is not on the uniform grid.
    #[error(
        "time {time} is not on the uniform grid with step {dt}: the nearest frame is at {expected}; \
         resample the tracks to uniform times"
    )]
    NonUniformTimes {
        /// The time.
        time: f64,
        /// Time of the nearest frame.
        expected: f64,
        /// Step of the grid.
        dt: f64,
    },
    /// Far more frames are without anybody than a recording has.
    #[error(
        "nobody is there between times {before} and {time}, {:.0} steps of {dt}: is one of the two \
         wrong? Recordings with a long pause between them are given one by one",
        (time - before) / dt
    )]
    LongPause {
        /// Last time before the pause.
        before: f64,
        /// First time after it.
        time: f64,
        /// Step of the grid.
        dt: f64,
    },
    /// No frame was asked for.
    #[error("no frames are chosen: give at least one")]
    NoFrames,
    /// A frame that does not exist.
    #[error("frame {frame} is asked for, but there are {n_frames}, counted from 0")]
    FrameOutside {
        /// The frame.
        frame: usize,
        /// Number of frames of the tracks.
        n_frames: usize,
    },
    /// Nobody is present in all of the frames.
    #[error(
        "none of the {n_individuals} individuals is present in all of the {n_frames} frames: choose \
         fewer frames, or fill gaps first"
    )]
    NoneComplete {
        /// Number of individuals of the tracks.
        n_individuals: usize,
        /// Number of frames asked for.
        n_frames: usize,
    },
    /// Points are too few, equal, or too far apart to be scaled.
    #[error(
        "the spread of {n_points} points is {scale}, not a positive normal number: give at least two \
         different points, or use other units"
    )]
    NoSpread {
        /// Number of points.
        n_points: usize,
        /// Root mean square distance from their mean.
        scale: f64,
    },
    /// A file does not start as those of pairlaw do.
    #[error("not a pairlaw file: it starts with the bytes {found:02x?}")]
    WrongMagic {
        /// The first bytes, at most eight.
        found: Vec<u8>,
    },
    /// A file holds something else.
    #[error("the file holds {found:?}, not {expected:?}: give the file of that kind")]
    WrongKind {
        /// The kind asked for.
        expected: String,
        /// The kind in the file.
        found: String,
    },
    /// A file was written in another version of its format.
    #[error(
        "the file has version {found} of its format, this program reads version {expected}: write \
         the file again or take the program that wrote it"
    )]
    WrongVersion {
        /// The version asked for.
        expected: u32,
        /// The version in the file.
        found: u32,
    },
    /// A file is shorter than its header says.
    #[error("the file is cut short: {found} of {expected} bytes are there; take an undamaged copy")]
    Truncated {
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A file is longer than its header says, or its content longer than what was read from it.
    #[error(
        "{found} bytes where {expected} should be: something was appended; take an undamaged copy"
    )]
    TrailingBytes {
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A file was altered after it was written.
    #[error(
        "the checksum is {found:08x}, not {expected:08x}: the file is damaged; take another copy"
    )]
    Checksum {
        /// The checksum in the file.
        expected: u32,
        /// The checksum of its bytes.
        found: u32,
    },
    /// The bytes are intact but are not a value of the asked type.
    #[error("the content is not of the expected shape; was it written by another program?")]
    Undecodable {
        /// What the decoder says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of tracks has another spatial dimension.
    #[error("the tracks in the file have {found} dimensions, not {expected}: load them as such")]
    WrongDimension {
        /// The dimension asked for.
        expected: usize,
        /// The dimension in the file.
        found: usize,
    },
    /// A list of coordinates is no list of points.
    #[error("{n_values} coordinates are no whole number of points in {dimension} dimensions")]
    Ragged {
        /// Number of coordinates.
        n_values: usize,
        /// Spatial dimension.
        dimension: usize,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file could not be written; a former file of that name is as it was.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
