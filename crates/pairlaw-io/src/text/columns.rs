//! Which columns of a text hold what, in tables with one row a position.

use super::heading::Heading;
use super::names::{self, FRAMES, LATITUDE, LONGITUDE, Names, VELOCITIES};
use super::source::Source;
use crate::{Format, IoError, ReadOptions};

/// Columns, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    /// None if all rows are of one individual.
    pub(crate) id: Option<usize>,
    pub(crate) time: usize,
    pub(crate) coordinates: Vec<usize>,
    /// One a coordinate, or none.
    pub(crate) velocities: Vec<usize>,
    /// A column that marks rows to leave out, and the word that does.
    pub(crate) mark: Option<(usize, &'static str)>,
    /// A clock beside a column that counts frames.
    pub(crate) clock: Option<usize>,
    /// Whether coordinates are longitude and latitude.
    pub(crate) is_geographic: bool,
    /// Whether times count frames; none if only they can tell.
    pub(crate) counts_frames: Option<bool>,
}

const ROLES: [&str; 3] = ["x", "y", "z"];

/// What is needed to choose columns, or to say why there are none.
pub(crate) struct Choice<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) heading: &'a Heading,
    pub(crate) format: Format,
    /// Whether the format was asked for.
    pub(crate) is_asked: bool,
    pub(crate) options: &'a ReadOptions,
}

impl Choice<'_> {
    /// The columns that were asked for, then those that the names or their order tell.
    pub(crate) fn columns(&self) -> Result<Columns, IoError> {
        let (names, asked) = (names::of_format(self.format), &self.options.columns);
        let order = if self.heading.names.is_empty() { self.order()? } else { Vec::new() };
        let id = match &asked.id {
            Some(wanted) => Some(self.asked(wanted)?),
            None => self.id(names.id, &order)?,
        };
        let time = match &asked.time {
            Some(wanted) => self.asked(wanted)?,
            None => self.needed("times", self.time_names(names.time), order.get(1))?,
        };
        let coordinates = match asked.coordinates.as_slice() {
            [] => self.coordinates(&names, order.get(2..).unwrap_or_default())?,
            wanted if wanted.len() > ROLES.len() => {
                let (path, wanted) = (self.source.path.to_owned(), wanted.len());
                return Err(IoError::BadDimensions { path, wanted, found: ROLES.len() });
            }
            wanted => wanted.iter().map(|wanted| self.asked(wanted)).collect::<Result<_, _>>()?,
        };
        let find = |column: &usize, names: &[&str]| self.heading.find(names) == Some(*column);
        let is_geographic = coordinates.len() == 2
            && find(&coordinates[0], LONGITUDE)
            && find(&coordinates[1], LATITUDE);
        let velocities: Option<Vec<usize>> = VELOCITIES
            .iter()
            .take(coordinates.len())
            .map(|names| self.heading.find(names))
            .collect();
        let is_trex = self.format == Format::Trex;
        Ok(Columns {
            id,
            time,
            velocities: velocities.unwrap_or_default(),
            mark: self.mark(),
            clock: self.heading.find(&["time"]).filter(|&clock| is_trex && clock != time),
            is_geographic,
            counts_frames: self.counts_frames(time),
            coordinates,
        })
    }

    fn asked(&self, wanted: &str) -> Result<usize, IoError> {
        self.heading.asked(wanted, self.source)
    }

    /// Columns of id, time and coordinates by their order, in texts without names.
    fn order(&self) -> Result<Vec<usize>, IoError> {
        let n = self.heading.n_columns;
        match self.format {
            Format::Btrack if n >= 5 => Ok(vec![0, 1, 4, 3, 2]),
            Format::Btrack if n == 4 => Ok(vec![0, 1, 3, 2]),
            Format::Generic | Format::PeTrack | Format::Btrack => Ok((0..n.min(5)).collect()),
            _ if !self.options.columns.coordinates.is_empty() => Ok(Vec::new()),
            _ => Err(self.missing("names", &[])),
        }
    }

    fn id(
        &self,
        names: &'static [&'static str],
        order: &[usize],
    ) -> Result<Option<usize>, IoError> {
        let found = self.heading.find(names).or(order.first().copied());
        let may_lack = !self.is_asked || matches!(self.format, Format::Generic | Format::Trex);
        match found {
            None if !may_lack => Err(self.missing("ids", names)),
            found => Ok(found),
        }
    }

    /// Names of the column of times: where the time between frames is given, a TrackMate table is asked for
    /// its frames, whose times may already be in that unit.
    fn time_names(&self, names: &'static [&'static str]) -> &'static [&'static str] {
        let counts = self.format == Format::TrackMate && self.options.frame_interval.is_some();
        if counts && self.heading.find(&["frame"]).is_some() { &["frame"] } else { names }
    }

    fn needed(
        &self,
        role: &'static str,
        names: &'static [&'static str],
        in_order: Option<&usize>,
    ) -> Result<usize, IoError> {
        self.heading.find(names).or(in_order.copied()).ok_or_else(|| self.missing(role, names))
    }

    fn coordinates(&self, names: &Names, order: &[usize]) -> Result<Vec<usize>, IoError> {
        let x = self.needed(ROLES[0], names.coordinates[0], order.first())?;
        let mut columns = vec![x];
        for (d, names) in names.coordinates.iter().enumerate().skip(1) {
            match self.heading.find(names).or(order.get(d).copied()) {
                Some(column) => columns.push(column),
                None if d == 1 && self.format != Format::Generic => {
                    return Err(self.missing(ROLES[d], names));
                }
                None => break,
            }
        }
        if self.format == Format::PeTrack && self.options.dimensions != Some(3) {
            columns.truncate(2);
        }
        Ok(columns)
    }

    fn missing(&self, role: &'static str, names: &'static [&'static str]) -> IoError {
        let (path, line) = (self.source.path.to_owned(), self.heading.line);
        let found = self.heading.listed();
        if self.is_asked && self.format != Format::Generic {
            let guess = names::guessed(&self.heading.plain);
            return IoError::WrongFormat {
                path,
                line,
                asked: self.format,
                role,
                names,
                found,
                guess,
            };
        }
        if found.is_empty() {
            let n_fields = self.heading.n_columns;
            let name = role.to_owned();
            return IoError::MissingField { path, line, column: n_fields + 1, name, n_fields };
        }
        IoError::MissingColumn { path, line, role, names, found }
    }

    fn mark(&self) -> Option<(usize, &'static str)> {
        match self.format {
            Format::Trex => self.heading.find(&["missing"]).map(|column| (column, "1")),
            Format::Movebank => self.heading.find(&["visible"]).map(|column| (column, "false")),
            _ => None,
        }
    }

    fn counts_frames(&self, time: usize) -> Option<bool> {
        let Some(name) = self.heading.plain.get(time) else {
            return (self.format == Format::PeTrack).then_some(true);
        };
        let unit = self.heading.units[time].as_deref();
        match (name.as_str(), unit) {
            (_, Some(unit)) => Some(unit == "frame"),
            (name, None) if FRAMES.contains(&name) => Some(true),
            ("position_t" | "seconds" | "timestamp", None) => Some(false),
            _ => None,
        }
    }

    /// What holds what, for the notes.
    pub(crate) fn described(&self, columns: &Columns) -> String {
        let shown = |column: usize| self.heading.shown(column);
        let asked = if self.is_asked { " as asked" } else { "" };
        let mut parts = Vec::new();
        parts.extend(columns.id.map(|id| format!("id = {}", shown(id))));
        parts.push(format!("time = {}", shown(columns.time)));
        let coordinates = ROLES.iter().zip(&columns.coordinates);
        parts.extend(coordinates.map(|(role, &column)| format!("{role} = {}", shown(column))));
        if !columns.velocities.is_empty() {
            let list: Vec<_> = columns.velocities.iter().map(|&column| shown(column)).collect();
            parts.push(format!("velocity = {}", list.join(", ")));
        }
        format!("read as {}{asked}: {}", self.format.name(), parts.join(", "))
    }
}
