//! What a table of tracks holds, what is wrong with it, and what each learner could do with it.

mod axes;
mod duplicates;
mod fit;
mod jumps;
mod motion;
mod neighbours;
mod numbers;
mod order;
mod place;
mod presence;
mod quantiles;
mod reason;
mod repeats;
mod times;
mod words;

use serde::Serialize;

pub use axes::Axis;
pub use duplicates::{DuplicateRows, DuplicatedSamples};
pub use fit::{Fit, Learner, Suited};
pub use jumps::{Jump, Jumps};
pub use motion::Motion;
pub use neighbours::Neighbours;
pub use place::Place;
pub use presence::{Gaps, LONG_RUN, Presence, STRETCHES, Stretch};
pub use quantiles::Spread;
pub use reason::Reason;
pub use repeats::Repeat;
pub use times::{OffGrid, Times};

use crate::TrackTable;
use duplicates::DuplicateSearch;
use jumps::JumpSearch;
use motion::Steps;
use neighbours::NeighbourSearch;
use order::{Order, Track};
use presence::PresenceCount;

/// What a table holds, in numbers; its `Display` says it in words, at most 100 columns wide.
///
/// Lengths and times are in the table's units. The order of rows plays no part but in what is called
/// the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// The file or folder.
    pub path: String,
    /// Name of its format.
    pub format: &'static str,
    /// What the reader guessed, decided and left out.
    pub notes: Vec<String>,
    /// Number of rows.
    pub n_rows: usize,
    /// Rows left out because a number was missing.
    pub n_missing: usize,
    /// Rows left out because they belong to no track.
    pub n_untracked: usize,
    /// Individuals with at least one row.
    pub n_individuals: usize,
    /// Unit of length; empty if unknown.
    pub length_unit: String,
    /// Unit of time; empty if unknown.
    pub time_unit: String,
    /// Whether times count frames, so that no speed is known in other units.
    pub time_is_frames: bool,
    /// When samples were taken.
    pub times: Times,
    /// Where the positions lie, one entry a dimension.
    pub axes: Vec<Axis>,
    /// Who is there when.
    pub presence: Presence,
    /// Rows of one individual at one time.
    pub duplicates: DuplicatedSamples,
    /// Rows whose coordinates are all exactly 0.
    pub at_origin: Option<Repeat>,
    /// Another position that at least 1 % of the rows, of several individuals, share exactly.
    pub most_repeated: Option<Repeat>,
    /// How individuals move.
    pub motion: Motion,
    /// Steps far beyond the individuals' own.
    pub jumps: Jumps,
    /// Distances to the nearest neighbour.
    pub neighbours: Neighbours,
    /// Divisions: parents that two or more daughters come from.
    pub n_divisions: usize,
    /// Walls that the file tells of, in segments.
    pub n_walls: usize,
    /// Whether the file gives velocities.
    pub has_velocities: bool,
    /// What each learner could do with these tracks.
    pub fits: Vec<Fit>,
}

/// Looks at a table of any kind: bad data are what it explains.
///
/// Everything is exact but for samples, chosen evenly and without chance: distances to the nearest neighbour
/// come from at most 1000 frames or about 10⁵ individuals in them, noise from about 2·10⁵ windows of seven samples.
/// It takes 20 to 35 bytes a row.
///
/// # Panics
/// If columns of the table differ in length, an individual has no id, or there are more than 2³² rows.
///
/// # Example
/// ```
/// use pairlaw_io::{ReadOptions, inspect, parse_table};
///
/// let text = "id,t,x,y\n1,0,0,0\n1,1,1,0\n1,3,3,0\n2,0,0,5\n2,1,1,5\n";
/// let table = parse_table(text.as_bytes(), "walk.csv".as_ref(), &ReadOptions::default())?;
/// let found = inspect(&table);
/// assert_eq!((found.n_individuals, found.times.n_frames, found.presence.gaps.n), (2, 4, 1));
/// println!("{found}");
/// # Ok::<(), pairlaw_io::IoError>(())
/// ```
#[must_use]
pub fn inspect(table: &TrackTable) -> Inspection {
    check(table);
    let order = Order::of(table);
    let (grid, frames, times) = times::times(&order);
    let axes = axes::axes(table);
    let n_axes = axes::spatial(&axes);

    let mut duplicates = DuplicateSearch::default();
    let mut presence = PresenceCount::new(&frames);
    let mut steps = Steps::new(table.n_rows(), &axes[..n_axes]);
    let mut jumps = JumpSearch::default();
    let mut track = Track::default();
    for individual in 0..table.n_individuals() {
        track.fill(&order, &grid, n_axes, individual, |a, b| duplicates.add(table, a, b));
        presence.add(&track);
        steps.add(table, &track);
        jumps.add(&track);
    }
    let mut neighbours = NeighbourSearch::new(&frames, presence.counts());
    for individual in neighbours.individuals(&order, &grid) {
        track.fill(&order, &grid, n_axes, individual, |_, _| ());
        neighbours.add(&track);
    }

    let is_uniform = times.is_uniform();
    let mut inspection = Inspection {
        path: table.origin.path.display().to_string(),
        format: table.origin.format.name(),
        notes: table.origin.notes.clone(),
        n_rows: table.n_rows(),
        n_missing: table.origin.n_missing,
        n_untracked: table.origin.n_untracked,
        n_individuals: presence.n_individuals(),
        length_unit: table.units.length.clone(),
        time_unit: table.units.time.clone(),
        time_is_frames: table.origin.time_is_frames,
        axes,
        presence: presence.report(table, is_uniform),
        duplicates: duplicates.report(table),
        at_origin: repeats::at_origin(table),
        most_repeated: repeats::most_repeated(table),
        motion: steps.report(grid.step() * grid.per_sample as f64),
        jumps: jumps.report(table),
        neighbours: neighbours.report(),
        n_divisions: n_divisions(table),
        n_walls: table.walls.len(),
        has_velocities: !table.velocities.is_empty(),
        times,
        fits: Vec::new(),
    };
    inspection.fits = Learner::ALL.map(|learner| fit::fit(learner, &inspection)).to_vec();
    inspection
}

fn check(table: &TrackTable) {
    let n_rows = table.n_rows();
    let lengths: Vec<usize> = table.coordinates.iter().map(Vec::len).collect();
    let are_equal = lengths.iter().all(|n| *n == n_rows) && table.individuals.len() == n_rows;
    assert!(
        are_equal,
        "{n_rows} times, {} individuals, coordinates {lengths:?}",
        table.individuals.len()
    );
    let n_ids = table.ids.len();
    let stranger = table.individuals.iter().find(|i| **i as usize >= n_ids);
    assert!(stranger.is_none(), "individual {stranger:?} of {n_ids}");
}

/// Parents with two daughters or more.
fn n_divisions(table: &TrackTable) -> usize {
    let mut parents: Vec<u32> = table.divisions.iter().map(|(parent, _)| *parent).collect();
    parents.sort_unstable();
    parents.chunk_by(|a, b| a == b).filter(|daughters| daughters.len() > 1).count()
}
