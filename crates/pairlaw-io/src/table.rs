//! Rows of individuals, times and positions as a file tells them: what every reader makes, and what
//! inspection and tracks are made of.

use std::path::PathBuf;

use pairlaw_data::Units;

use crate::Format;
use crate::rounded_times::{TOLERANCE, snapped};

/// Rows as a file tells them, in its order, before anything is demanded of times, gaps or duplicates.
///
/// Columns have one entry a row. All numbers are finite: rows with missing ones were left out and
/// counted in [`Origin`].
#[derive(Clone, Debug, PartialEq)]
pub struct TrackTable {
    /// Ids of the individuals as in the file: numbers in their order, then other ids as text.
    pub ids: Vec<String>,
    /// Index of each row's individual among the ids.
    pub individuals: Vec<u32>,
    /// Time of each row, scaled.
    pub times: Vec<f64>,
    /// One column a dimension, 1 to 3, scaled.
    pub coordinates: Vec<Vec<f64>>,
    /// One column a dimension, scaled; empty where the file has no velocities.
    pub velocities: Vec<Vec<f64>>,
    /// Names of the units after scaling, as far as they are known.
    pub units: Units,
    /// Which individual came from which: (parent, daughter), indices among the ids.
    pub divisions: Vec<(u32, u32)>,
    /// Walls that the file tells of, as segments between two points, scaled.
    pub walls: Vec<[[f64; 2]; 2]>,
    /// Where the rows come from.
    pub origin: Origin,
}

/// Where rows come from, and what was done on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The file or folder.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// What was guessed, decided and left out, a sentence each, such as `columns: id = "TRACK_ID", …`.
    pub notes: Vec<String>,
    /// Whether times count frames: no file or option gave the time between frames.
    pub time_is_frames: bool,
    /// Rows left out because a number was missing (empty, `nan`, `inf`, a sentinel such as 0,0).
    pub n_missing: usize,
    /// Rows left out because they belong to no track.
    pub n_untracked: usize,
    /// Where each row stands in the file.
    pub places: Places,
}

/// Where the rows of a table stand in their file, for messages.
#[derive(Clone, Debug, PartialEq)]
pub enum Places {
    /// Line of each row, from 1.
    Lines(Vec<u32>),
    /// Rows are records counted from 0, of a format without lines.
    Records,
}

impl TrackTable {
    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.times.len()
    }

    /// Number of dimensions, 1 to 3.
    #[must_use]
    pub fn n_dimensions(&self) -> usize {
        self.coordinates.len()
    }

    /// Number of individuals.
    #[must_use]
    pub fn n_individuals(&self) -> usize {
        self.ids.len()
    }

    /// Moves all times to a uniform grid that they are off by at most this part of its step, and says so
    /// in the notes; they stay as they are if there is no such grid, or if they lie on it within 1e-6.
    ///
    /// # Example
    /// ```
    /// use pairlaw_io::{ReadOptions, parse_table};
    ///
    /// let text = "id,t,x,y\n1,0,0,0\n1,.033,1,0\n1,.067,2,0\n1,.1,3,0\n";
    /// let mut table = parse_table(text.as_bytes(), "walk.csv".as_ref(), &ReadOptions::default())?;
    /// table.snap_times(0.02);
    /// assert!((table.times[1] - 1.0 / 30.0).abs() < 1e-15);
    /// # Ok::<(), pairlaw_io::IoError>(())
    /// ```
    pub fn snap_times(&mut self, tolerance: f64) {
        let Some(found) = snapped(&self.times, self.usual_step(), tolerance) else { return };
        if found.largest > TOLERANCE {
            self.times = found.times;
            self.origin.notes.push(format!(
                "times: moved by up to {:.2} % of a step to a uniform grid of step {:.6}",
                100.0 * found.largest,
                found.dt
            ));
        }
    }
}

/// What is done with rows that cannot all stand in tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackOptions {
    /// What becomes of two rows of one individual in one frame.
    pub duplicates: Duplicates,
    /// New time between frames, by linear interpolation; none leaves times as they are. A step longer than
    /// 1.5 times the new and the median step of an individual is a gap, inside of which nothing is made.
    pub resample: Option<f64>,
    /// Times may be off a uniform grid by this part of its step, 1e-6 by default, at most .25. More, such
    /// as .02, takes times as even that were written with few digits (.033, .067, .1) or come from a clock
    /// that trembles; see [`TrackTable::snap_times`]. It plays no part where times are resampled.
    pub time_tolerance: f64,
}

impl Default for TrackOptions {
    fn default() -> Self {
        let duplicates = Duplicates::default();
        Self { duplicates, resample: None, time_tolerance: TOLERANCE }
    }
}

/// What becomes of two rows of one individual in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// They are an error.
    #[default]
    Refuse,
    /// The first one stays.
    First,
    /// Their mean stays.
    Mean,
}
