//! Tables with one position of one individual a row.

use std::borrow::Cow;

use super::columns::Columns;
use super::heading::cut;
use super::numbers::{Number, Numbers};
use super::plan::{Plan, unit_in_brackets};
use super::records::{decoded, unquoted};
use super::source::Source;
use super::timestamps;
use crate::builder::TableBuilder;
use crate::{Format, IoError};

/// Longest longitude and latitude, in degrees.
const DEGREES: [f64; 2] = [360.0, 90.0];

/// What stands in the rows, in the units of the file.
pub(crate) struct LongRows {
    pub(crate) builder: TableBuilder,
    /// Line of the first decimal comma.
    pub(crate) comma: Option<u32>,
    /// First and last frame and their times by a clock.
    pub(crate) clock: Option<[(f64, f64); 2]>,
}

/// Reads all rows.
pub(crate) fn read(
    source: &Source<'_>,
    plan: &Plan<'_>,
    columns: &Columns,
    has_timestamps: bool,
) -> Result<LongRows, IoError> {
    let mut reader = Reader {
        source,
        plan,
        columns,
        has_timestamps,
        numbers: Numbers::new(source.layout.delimiter),
        builder: TableBuilder::new(columns.coordinates.len(), &plan.options),
        only: only_id(source, plan.format),
        clock: None,
        last_time: f64::NAN,
        n_repeated: 0,
        n_marked: 0,
    };
    let (mut records, mut fields) = (plan.records.clone(), Vec::new());
    while let Some(line) = records.next(&mut fields) {
        reader.row(line, &fields)?;
    }
    Ok(reader.finish())
}

struct Reader<'a> {
    source: &'a Source<'a>,
    plan: &'a Plan<'a>,
    columns: &'a Columns,
    has_timestamps: bool,
    numbers: Numbers,
    builder: TableBuilder,
    /// Id of all rows where no column tells one.
    only: String,
    clock: Option<[(f64, f64); 2]>,
    last_time: f64,
    n_repeated: usize,
    n_marked: usize,
}

/// What becomes of a row.
enum Sample {
    At(f64),
    Missing,
    /// The names once more, as where files were joined.
    Names,
}

impl Reader<'_> {
    fn row(&mut self, line: u32, fields: &[&[u8]]) -> Result<(), IoError> {
        if self.is_marked(fields) {
            self.n_marked += 1;
            return Ok(());
        }
        let id = self.columns.id.map(|id| self.field(id, "id", line, fields)).transpose()?;
        if id.is_some_and(is_no_id) && !self.is_unit_row(line, fields)? {
            self.builder.n_untracked += 1;
            return Ok(());
        }
        let (mut x, mut v) = ([0.0; 3], [0.0; 3]);
        match self.sample(line, fields, &mut x, &mut v)? {
            Sample::Names => self.n_repeated += 1,
            Sample::Missing => self.builder.n_missing += 1,
            Sample::At(time) => {
                let individual = match id {
                    Some(id) => self.builder.individual(&plain_id(id)),
                    None => self.only(line, time)?,
                };
                let (n, m) = (self.columns.coordinates.len(), self.columns.velocities.len());
                self.builder.push_line(line, individual, time, &x[..n], &v[..m]);
            }
        }
        Ok(())
    }

    /// The only individual, which is not at two places at one time.
    fn only(&mut self, line: u32, time: f64) -> Result<u32, IoError> {
        if std::mem::replace(&mut self.last_time, time).to_bits() == time.to_bits() {
            let (path, found) = (self.source.path.to_owned(), self.plan.heading.listed());
            return Err(IoError::Detections { path, line, time, found });
        }
        Ok(self.builder.individual(&self.only))
    }

    fn sample(
        &mut self,
        line: u32,
        fields: &[&[u8]],
        x: &mut [f64; 3],
        v: &mut [f64; 3],
    ) -> Result<Sample, IoError> {
        let columns = self.columns;
        let mut is_missing = false;
        for (d, &column) in columns.coordinates.iter().enumerate() {
            match self.number(column, ["x", "y", "z"][d], line, fields)? {
                Some(Number::Value(number)) => x[d] = number,
                Some(_) => is_missing = true,
                None => return Ok(Sample::Names),
            }
        }
        let time = match self.time(line, fields)? {
            Some(Number::Value(time)) => time,
            Some(_) => return Ok(Sample::Missing),
            None => return Ok(Sample::Names),
        };
        self.tick(time, line, fields);
        if is_missing {
            return Ok(Sample::Missing);
        }
        if columns.is_geographic {
            self.check_degrees(x, line)?;
        }
        for (d, &column) in columns.velocities.iter().enumerate() {
            // One that is missing leaves all velocities out, not the row.
            v[d] = match self.number(column, ["vx", "vy", "vz"][d], line, fields)? {
                Some(Number::Value(number)) => number,
                _ => f64::NAN,
            };
        }
        Ok(Sample::At(time))
    }

    fn time(&mut self, line: u32, fields: &[&[u8]]) -> Result<Option<Number>, IoError> {
        if !self.has_timestamps {
            return self.number(self.columns.time, "time", line, fields);
        }
        let field = self.field(self.columns.time, "time", line, fields)?;
        let text = unquoted(field);
        if text.is_empty() {
            return Ok(Some(Number::Missing));
        }
        match timestamps::seconds(&decoded(&text)) {
            Some(seconds) => Ok(Some(Number::Value(seconds))),
            None if self.are_names(fields) => Ok(None),
            None => {
                let (path, column, name, text) = self.place(self.columns.time, "time", field);
                Err(IoError::NotATimestamp { path, line, column, name, text })
            }
        }
    }

    /// A number or the word for a missing one; none if the row is one of names.
    fn number(
        &mut self,
        column: usize,
        role: &str,
        line: u32,
        fields: &[&[u8]],
    ) -> Result<Option<Number>, IoError> {
        let field = self.field(column, role, line, fields)?;
        match self.numbers.read(field, line) {
            Number::Other if self.are_names(fields) => Ok(None),
            Number::Other if self.is_unit_row(line, fields)? => Ok(None),
            Number::Other => {
                let (path, column, name, text) = self.place(column, role, field);
                Err(IoError::NotANumber { path, line, column, name, text })
            }
            Number::OtherDecimal => {
                let (path, column, name, text) = self.place(column, role, field);
                Err(IoError::MixedDecimals { path, line, column, name, text })
            }
            number => Ok(Some(number)),
        }
    }

    fn field<'f>(
        &self,
        column: usize,
        role: &str,
        line: u32,
        fields: &[&'f [u8]],
    ) -> Result<&'f [u8], IoError> {
        fields.get(column).copied().ok_or_else(|| IoError::MissingField {
            path: self.source.path.to_owned(),
            line,
            column: column + 1,
            name: self.plan.heading.name(column, role),
            n_fields: fields.len(),
        })
    }

    /// File, column, its name and the field for errors.
    fn place(
        &self,
        column: usize,
        role: &str,
        field: &[u8],
    ) -> (std::path::PathBuf, usize, String, String) {
        let name = self.plan.heading.name(column, role);
        (self.source.path.to_owned(), column + 1, name, cut(&decoded(&unquoted(field))))
    }

    /// Whether the row repeats the names of the columns that are read, as where files were joined.
    fn are_names(&self, fields: &[&[u8]]) -> bool {
        let mut needed = self.columns.coordinates.iter().chain([&self.columns.time]);
        let names = &self.plan.heading.names;
        let trackmate = self.plan.format == Format::TrackMate;
        needed.all(|&column| {
            let text = fields.get(column).map(|field| unquoted(field));
            let (Some(name), Some(text)) = (names.get(column), text) else {
                return false;
            };
            let short = name.rsplit('_').next().unwrap_or_default();
            let text = decoded(&text);
            text == *name || (trackmate && text.eq_ignore_ascii_case(short))
        })
    }

    /// Whether the row holds TrackMate's units, which must be the same throughout.
    fn is_unit_row(&self, line: u32, fields: &[&[u8]]) -> Result<bool, IoError> {
        let field = fields.get(self.columns.coordinates[0]).copied().unwrap_or_default();
        let Some(second) = unit_in_brackets(field) else {
            return Ok(false);
        };
        let first = self.plan.units.length.clone();
        if first != second {
            let path = self.source.path.to_owned();
            return Err(IoError::MixedUnits { path, line, first, second });
        }
        Ok(true)
    }

    fn is_marked(&self, fields: &[&[u8]]) -> bool {
        self.columns.mark.is_some_and(|(column, word)| {
            let is_word = |field: &&[u8]| unquoted(field).eq_ignore_ascii_case(word.as_bytes());
            fields.get(column).is_some_and(is_word)
        })
    }

    fn tick(&mut self, frame: f64, line: u32, fields: &[&[u8]]) {
        let field = self.columns.clock.and_then(|clock| fields.get(clock));
        if let Some(Number::Value(time)) = field.map(|field| self.numbers.read(field, line)) {
            let ends = self.clock.get_or_insert([(frame, time); 2]);
            if frame < ends[0].0 {
                ends[0] = (frame, time);
            } else if frame > ends[1].0 {
                ends[1] = (frame, time);
            }
        }
    }

    fn check_degrees(&self, x: &[f64; 3], line: u32) -> Result<(), IoError> {
        for (d, limit) in DEGREES.into_iter().enumerate() {
            let lowest = if d == 0 { -180.0 } else { -limit };
            if !(lowest..=limit).contains(&x[d]) {
                let role = ["longitude", "latitude"][d];
                let (path, column, name, _) = self.place(self.columns.coordinates[d], role, b"");
                return Err(IoError::OffTheMap { path, line, column, name, degrees: x[d], limit });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> LongRows {
        let n = self.n_marked;
        self.builder.n_missing += n;
        let mark = self.columns.mark.map(|(column, word)| (self.plan.heading.shown(column), word));
        if let (Some((column, word)), true) = (mark, n > 0) {
            self.builder.notes.push(format!("{n} rows with {word:?} in {column} are left out"));
        }
        if self.n_repeated > 0 {
            let n = self.n_repeated;
            self.builder.notes.push(format!("{n} rows that repeat the names are left out"));
        }
        LongRows { builder: self.builder, comma: self.numbers.comma, clock: self.clock }
    }
}

/// The id of an individual that has the whole file: TRex tells it in the name of the file.
fn only_id(source: &Source<'_>, format: Format) -> String {
    let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let told =
        stem.as_deref().and_then(|stem| stem.rsplit_once("_fish").or(stem.rsplit_once("_id")));
    match (format, told) {
        (Format::Trex, Some((_, id))) if !id.is_empty() => cut(id),
        _ => "1".to_owned(),
    }
}

/// Whether a field of an id says that there is none; in quotes only by being empty.
pub(crate) fn is_no_id(field: &[u8]) -> bool {
    let words: [&[u8]; 7] = [b"none", b"nan", b"na", b"n/a", b"null", b"<na>", b"\"\""];
    field.is_empty() || words.iter().any(|word| field.eq_ignore_ascii_case(word))
}

/// An id as text; whole numbers that were written as `7.0` are `7`, unless they stand in quotes.
pub(crate) fn plain_id(field: &[u8]) -> Cow<'_, str> {
    let whole = field.iter().position(|&byte| byte == b'.').filter(|&point| {
        let (digits, zeros) = (&field[..point], &field[point + 1..]);
        !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
            && zeros.iter().all(|&byte| byte == b'0')
    });
    if let Some(point) = whole {
        return decoded(&field[..point]);
    }
    match unquoted(field) {
        Cow::Borrowed(bytes) => decoded(bytes),
        Cow::Owned(bytes) => Cow::Owned(decoded(&bytes).into_owned()),
    }
}
