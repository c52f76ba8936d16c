//! What a text holds and how it is read, from its first rows.

use pairlaw_data::Units;

use super::columns::{Choice, Columns};
use super::comments::TimeStep;
use super::heading::Heading;
use super::links::LinkColumns;
use super::names::{self, SOURCE, TARGET, spelled};
use super::numbers::is_number;
use super::records::{Records, decoded, unquoted};
use super::source::Source;
use super::timestamps::is_timestamp;
use super::wide::WideColumns;
use crate::{Format, IoError, ReadOptions};

/// TrackMate's tables have up to three more rows of names and units.
const N_MORE_NAMES: usize = 3;

/// How a text is read.
#[derive(Clone, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) format: Format,
    pub(crate) heading: Heading,
    pub(crate) shape: Shape,
    /// What was asked for, and the time between frames that a comment tells.
    pub(crate) options: ReadOptions,
    /// Units of the file.
    pub(crate) units: Units,
    pub(crate) notes: Vec<String>,
    /// The rows of data.
    pub(crate) records: Records<'a>,
}

/// What a row is.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// One position of one individual; times may be dates.
    Long { columns: Columns, has_timestamps: bool },
    /// The positions of all individuals at one time.
    Wide(WideColumns),
    /// A link between two positions.
    Links(LinkColumns),
}

impl<'a> Plan<'a> {
    /// The plan for a text, or for its first rows: as far as it fails here, more rows do not help.
    pub(crate) fn new(source: &Source<'a>, options: &ReadOptions) -> Result<Self, IoError> {
        let (heading, records) = Heading::of(source, &options.columns)?;
        let first = first_row(&records);
        let format = options.format.unwrap_or_else(|| guessed(source, &heading, &first));
        let mut plan = Self {
            format,
            shape: Shape::Wide(WideColumns::default()),
            options: options.clone(),
            units: Units::default(),
            notes: Vec::new(),
            records,
            heading,
        };
        plan.shape = plan.shape(source)?;
        Ok(plan)
    }

    fn shape(&mut self, source: &Source<'_>) -> Result<Shape, IoError> {
        let has = |names: &[&str]| self.heading.find(names).is_some();
        if has(SOURCE) && has(TARGET) && self.options.columns.id.is_none() {
            let columns = LinkColumns::of(&self.heading, source)?;
            self.notes.push(columns.described(&self.heading));
            return Ok(Shape::Links(columns));
        }
        if self.format == Format::Idtracker {
            let columns = WideColumns::of(&self.heading, source)?;
            self.notes.push(columns.described(&self.heading));
            self.units = columns.units(&self.heading);
            return Ok(Shape::Wide(columns));
        }
        let choice = Choice {
            source,
            heading: &self.heading,
            format: self.format,
            is_asked: self.options.format.is_some(),
            options: &self.options,
        };
        let mut columns = choice.columns()?;
        self.notes.push(choice.described(&columns));
        if self.format == Format::PeTrack && columns.coordinates.len() == 2 {
            self.notes.push("z is a height and left out; ask for 3 dimensions to keep it".into());
        }
        self.name_units(&columns, source)?;
        self.skip_more_names(&columns, source)?;
        self.take_time_step(&mut columns, source);
        if columns.is_geographic {
            self.options.pixel_size = None;
            self.options.dimensions = Some(2);
        }
        let first = first_row(&self.records);
        let has_timestamps = first.get(columns.time).is_some_and(|time| is_timestamp(time));
        Ok(Shape::Long { columns, has_timestamps })
    }

    /// Units behind the names; one for all coordinates.
    fn name_units(&mut self, columns: &Columns, source: &Source<'_>) -> Result<(), IoError> {
        for &column in &columns.coordinates {
            let unit = self.heading.units.get(column).cloned().flatten();
            self.add_length(unit, self.heading.line, source)?;
        }
        let unit = self.heading.units.get(columns.time).cloned().flatten();
        self.units.time = unit.unwrap_or_default();
        Ok(())
    }

    fn add_length(
        &mut self,
        unit: Option<String>,
        line: u32,
        source: &Source<'_>,
    ) -> Result<(), IoError> {
        let Some(unit) = unit else {
            return Ok(());
        };
        if self.units.length.is_empty() {
            self.units.length = unit;
        } else if self.units.length != unit {
            let (path, first) = (source.path.to_owned(), self.units.length.clone());
            return Err(IoError::MixedUnits { path, line, first, second: unit });
        }
        Ok(())
    }

    /// Rows of names and units below the first one, as TrackMate writes them.
    fn skip_more_names(&mut self, columns: &Columns, source: &Source<'_>) -> Result<(), IoError> {
        if self.format != Format::TrackMate {
            return Ok(());
        }
        let mut fields = Vec::new();
        for _ in 0..N_MORE_NAMES {
            let mut ahead = self.records.clone();
            let Some(line) = ahead.next(&mut fields) else {
                break;
            };
            let text = |column: usize| fields.get(column).copied().unwrap_or_default();
            let is_names = |column: usize| {
                !text(column).is_empty()
                    && !is_number(&unquoted(text(column)), source.layout.delimiter)
            };
            if !columns.coordinates.iter().all(|&column| is_names(column)) {
                break;
            }
            self.records = ahead;
            for &column in &columns.coordinates {
                self.add_length(unit_in_brackets(text(column)), line, source)?;
            }
            if let Some(unit) = unit_in_brackets(text(columns.time)) {
                self.units.time = unit;
            }
        }
        Ok(())
    }

    /// The time between frames that a comment tells, unless an option does.
    fn take_time_step(&mut self, columns: &mut Columns, source: &Source<'_>) {
        let Some(step) = TimeStep::of(&source.layout.comments) else {
            return;
        };
        let comment = format!("comment in line {}, {:?}", step.line, step.comment);
        let is_whole = |time: &&[u8]| time.trim_ascii().iter().all(u8::is_ascii_digit);
        let first = first_row(&self.records);
        // Without names, whole numbers are taken for frames.
        let may_count = columns.counts_frames == Some(true)
            || self.heading.names.is_empty() && first.get(columns.time).is_some_and(is_whole);
        self.notes.push(if self.options.frame_interval.is_some() {
            format!("the {comment}, is overruled by the time between frames that was given")
        } else if may_count {
            let (time, dt) = (self.options.time_unit.clone().unwrap_or(step.unit), step.dt);
            columns.counts_frames = Some(true);
            self.options.frame_interval = Some(dt);
            self.options.time_unit = Some(time.clone());
            format!("the {comment}, gives a time of {dt} {time} between frames").replace("  ", " ")
        } else {
            format!("the {comment}, is not used, as times do not count frames")
        });
    }
}

/// The format that names, or their absence, tell.
fn guessed(source: &Source<'_>, heading: &Heading, first: &[&[u8]]) -> Format {
    let is_whole = |field: &&[u8]| field.iter().all(u8::is_ascii_digit);
    let is_petrack = heading.names.is_empty()
        && matches!(source.layout.delimiter, b' ' | b'\t')
        && first.len() == 5
        && first[..2].iter().all(is_whole);
    if is_petrack { Format::PeTrack } else { names::guessed(&heading.plain) }
}

fn first_row<'a>(records: &Records<'a>) -> Vec<&'a [u8]> {
    let mut fields = Vec::new();
    records.clone().next(&mut fields);
    fields
}

/// The unit in a field such as `(µm)`.
pub(crate) fn unit_in_brackets(field: &[u8]) -> Option<String> {
    let text = decoded(field);
    let inner = text.trim_matches('"').strip_prefix('(')?.strip_suffix(')')?;
    Some(spelled(inner)).filter(|unit| !unit.is_empty())
}
