//! Tables with the positions of all individuals in a row, as idtracker writes them.

use std::collections::BTreeMap;

use pairlaw_data::Units;

use super::heading::{Heading, cut};
use super::long::LongRows;
use super::numbers::{Number, Numbers};
use super::plan::Plan;
use super::records::{decoded, unquoted};
use super::source::Source;
use crate::builder::TableBuilder;
use crate::{Format, IoError, TrackTable};

/// idtracker.ai writes seconds with three decimals: a time and the step may both be off by half of
/// the last one.
const ROUNDING: f64 = 1.1e-3;
/// Times off an even step by more than this part of it are uneven.
const UNEVEN: f64 = 0.1;

/// Columns, counted from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WideColumns {
    time: Option<usize>,
    /// Ids and their columns of x and y.
    individuals: Vec<(String, [usize; 2])>,
}

impl WideColumns {
    /// `x1 y1 x2 y2 …` by names, with `seconds` or another time in front or without; in pairs where
    /// there are no names.
    pub(crate) fn of(heading: &Heading, source: &Source<'_>) -> Result<Self, IoError> {
        let (n, time) = (heading.n_columns, &["seconds", "time", "t", "frame"]);
        let individuals: Vec<_> = if heading.names.is_empty() {
            let first = n % 2;
            (0..n / 2).map(|i| ((i + 1).to_string(), [first + 2 * i, first + 2 * i + 1])).collect()
        } else {
            let places: BTreeMap<&str, usize> =
                heading.plain.iter().map(String::as_str).zip(0..).collect();
            let y = |id: &str| places.get(format!("y{id}").as_str()).copied();
            let xs = heading.plain.iter().enumerate().filter_map(|(x, name)| {
                let id = name.strip_prefix('x').filter(|id| is_number(id))?;
                Some((id.to_owned(), [x, y(id)?]))
            });
            xs.collect()
        };
        if individuals.is_empty() {
            return Err(IoError::WrongFormat {
                path: source.path.to_owned(),
                line: heading.line,
                asked: Format::Idtracker,
                role: "x",
                names: &["x1"],
                found: heading.listed(),
                guess: super::names::guessed(&heading.plain),
            });
        }
        let unnamed = (heading.names.is_empty() && n % 2 == 1).then_some(0);
        Ok(Self { time: heading.find(time).or(unnamed), individuals })
    }

    pub(crate) fn has_times(&self) -> bool {
        self.time.is_some()
    }

    pub(crate) fn described(&self, heading: &Heading) -> String {
        let time = match self.time {
            Some(time) => format!("time = {}", heading.shown(time)),
            None => "time = number of the row, from 0".into(),
        };
        let n = self.individuals.len();
        format!("read as idtracker: {time}, x and y of {n} individuals in each row")
    }

    pub(crate) fn units(&self, heading: &Heading) -> Units {
        let unit = |column: Option<&usize>| {
            let unit = column.and_then(|&column| heading.units.get(column).cloned().flatten());
            unit.unwrap_or_default()
        };
        let is_seconds = self.time.is_some() && self.time == heading.find(&["seconds"]);
        let x = self.individuals.first().map(|(_, columns)| &columns[0]);
        let time = if is_seconds { "s".into() } else { unit(self.time.as_ref()) };
        Units { length: unit(x), time }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads all rows; the time of each is its number, those of the file come beside them.
pub(crate) fn read(
    source: &Source<'_>,
    plan: &Plan<'_>,
    columns: &WideColumns,
) -> Result<(LongRows, Vec<f64>), IoError> {
    let mut numbers = Numbers::new(source.layout.delimiter);
    let mut builder = TableBuilder::new(2, &plan.options);
    let ids: Vec<u32> = columns.individuals.iter().map(|(id, _)| builder.individual(id)).collect();
    let (mut records, mut fields, mut times) = (plan.records.clone(), Vec::new(), Vec::new());
    let mut number = |column: usize, line: u32, fields: &[&[u8]]| {
        let (path, name) = (source.path.to_owned(), plan.heading.name(column, "position"));
        let Some(&field) = fields.get(column) else {
            let n_fields = fields.len();
            return Err(IoError::MissingField { path, line, column: column + 1, name, n_fields });
        };
        let text = || cut(&decoded(&unquoted(field)));
        match numbers.read(field, line) {
            Number::Value(number) => Ok(number),
            Number::Missing => Ok(f64::NAN),
            Number::Other => {
                Err(IoError::NotANumber { path, line, column: column + 1, name, text: text() })
            }
            Number::OtherDecimal => {
                Err(IoError::MixedDecimals { path, line, column: column + 1, name, text: text() })
            }
        }
    };
    while let Some(line) = records.next(&mut fields) {
        let row = times.len() as f64;
        let time = columns.time.map_or(Ok(row), |time| number(time, line, &fields))?;
        times.push(if time.is_nan() { row_time(&times) } else { time });
        for (&individual, (_, [x, y])) in ids.iter().zip(&columns.individuals) {
            let position = [number(*x, line, &fields)?, number(*y, line, &fields)?];
            builder.push_line(line, individual, row, &position, &[]);
        }
    }
    Ok((LongRows { builder, comma: numbers.comma, clock: None }, times))
}

/// The time of a row that tells none: as long after the one before as that was after its own.
fn row_time(times: &[f64]) -> f64 {
    match times {
        [.., a, b] => b + (b - a),
        [a] => a + 1.0,
        [] => 0.0,
    }
}

/// Gives rows the times of the file: even ones where those are even up to rounding.
pub(crate) fn set_times(table: &mut TrackTable, times: &[f64]) {
    let n = times.len() as f64 - 1.0;
    let (first, last) = (times[0], times[times.len() - 1]);
    let dt = (last - first) / n;
    let even = |row: f64| first + row * dt;
    let errors = times.iter().enumerate().map(|(row, time)| (time - even(row as f64)).abs());
    let largest = errors.fold(0.0, f64::max);
    let is_even = dt > 0.0 && largest <= ROUNDING.min(UNEVEN * dt);
    for time in &mut table.times {
        *time = if is_even { even(*time) } else { times[*time as usize] };
    }
    if is_even && largest > 1e-6 * dt {
        let unit = &table.units.time;
        let note = format!("times are rounded; rows follow each other every {dt:.6} {unit}");
        table.origin.notes.push(note.trim_end().to_owned());
    }
}
