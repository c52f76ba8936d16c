//! Tables of links between spots that tell where both of them are.

use std::collections::BTreeMap;

use super::heading::{Heading, cut};
use super::long::{LongRows, plain_id};
use super::names::{SOURCE, TARGET};
use super::numbers::{Number, Numbers};
use super::plan::Plan;
use super::records::{decoded, unquoted};
use super::source::Source;
use crate::IoError;
use crate::builder::TableBuilder;
use crate::chains::Chains;

/// Columns, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkColumns {
    track: Option<usize>,
    ends: [End; 2],
}

/// Columns of one end of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    spot: usize,
    time: usize,
    position: [usize; 2],
}

impl LinkColumns {
    /// The columns of a table of links.
    ///
    /// # Errors
    /// [`IoError::Links`] if it does not tell where and when the spots are.
    pub(crate) fn of(heading: &Heading, source: &Source<'_>) -> Result<Self, IoError> {
        let end = |side: &str, spot: &[&str]| {
            let find = |name: &str| heading.find(&[&format!("{side}_{name}")]);
            let time = find("position_t").or(find("frame")).or(find("t"))?;
            let position = |axis: &str| find(&format!("position_{axis}")).or(find(axis));
            Some(End {
                spot: heading.find(spot)?,
                time,
                position: [position("x")?, position("y")?],
            })
        };
        match (end("source", SOURCE), end("target", TARGET)) {
            (Some(from), Some(to)) => {
                Ok(Self { track: heading.find(&["track_id"]), ends: [from, to] })
            }
            _ => Err(IoError::Links { path: source.path.to_owned(), line: heading.line }),
        }
    }

    pub(crate) fn described(&self, heading: &Heading) -> String {
        let [from, to] = &self.ends;
        let shown = |column: usize| heading.shown(column);
        format!(
            "read as links between spots: from {} at {}, {}, {} to {} at {}, {}, {}",
            shown(from.spot),
            shown(from.time),
            shown(from.position[0]),
            shown(from.position[1]),
            shown(to.spot),
            shown(to.time),
            shown(to.position[0]),
            shown(to.position[1]),
        )
    }
}

/// Spots as they are met, and the links between them.
#[derive(Default)]
struct Graph {
    index: BTreeMap<Vec<u8>, u32>,
    lines: Vec<u32>,
    times: Vec<f64>,
    positions: Vec<[f64; 2]>,
    tracks: Vec<String>,
    links: Vec<(u32, u32)>,
}

/// Reads all rows; individuals end where tracks divide or merge.
pub(crate) fn read(
    source: &Source<'_>,
    plan: &Plan<'_>,
    columns: &LinkColumns,
) -> Result<LongRows, IoError> {
    let mut numbers = Numbers::new(source.layout.delimiter);
    let (mut graph, mut records, mut fields) = (Graph::default(), plan.records.clone(), Vec::new());
    while let Some(line) = records.next(&mut fields) {
        let row = LinkRow { source, plan, line, fields: &fields };
        let track = columns.track.map(|track| row.field(track)).transpose()?;
        let track = plain_id(track.unwrap_or(b"1")).into_owned();
        let [from, to] = columns.ends;
        let link = (
            row.spot(from, &track, &mut graph, &mut numbers)?,
            row.spot(to, &track, &mut graph, &mut numbers)?,
        );
        graph.links.push(link);
    }
    let chains = Chains::new(&graph.times, graph.links);
    let mut builder = TableBuilder::new(2, &plan.options);
    builder.notes.extend(chains.note());
    let ids = chains.ids(|spot| Some(graph.tracks[spot].clone()));
    let ids: Vec<u32> =
        ids.iter().map(|id| builder.individual(id.as_deref().unwrap_or("1"))).collect();
    for (spot, &chain) in chains.of_spot.iter().enumerate() {
        let (line, time) = (graph.lines[spot], graph.times[spot]);
        builder.push_line(line, ids[chain as usize], time, &graph.positions[spot], &[]);
    }
    let divisions = chains.divisions.iter();
    builder.divisions = divisions.map(|&(a, b)| (ids[a as usize], ids[b as usize])).collect();
    Ok(LongRows { builder, comma: numbers.comma, clock: None })
}

struct LinkRow<'a> {
    source: &'a Source<'a>,
    plan: &'a Plan<'a>,
    line: u32,
    fields: &'a [&'a [u8]],
}

impl LinkRow<'_> {
    fn spot(
        &self,
        end: End,
        track: &str,
        graph: &mut Graph,
        numbers: &mut Numbers,
    ) -> Result<u32, IoError> {
        let id = unquoted(self.field(end.spot)?);
        if let Some(&spot) = graph.index.get(id.as_ref()) {
            return Ok(spot);
        }
        let spot = graph.times.len() as u32;
        graph.times.push(self.number(end.time, numbers)?);
        let [x, y] = end.position;
        graph.positions.push([self.number(x, numbers)?, self.number(y, numbers)?]);
        graph.lines.push(self.line);
        graph.tracks.push(track.to_owned());
        graph.index.insert(id.into_owned(), spot);
        Ok(spot)
    }

    fn field(&self, column: usize) -> Result<&[u8], IoError> {
        self.fields.get(column).copied().ok_or_else(|| IoError::MissingField {
            path: self.source.path.to_owned(),
            line: self.line,
            column: column + 1,
            name: self.plan.heading.name(column, "spot"),
            n_fields: self.fields.len(),
        })
    }

    fn number(&self, column: usize, numbers: &mut Numbers) -> Result<f64, IoError> {
        let field = self.field(column)?;
        match numbers.read(field, self.line) {
            Number::Value(number) => Ok(number),
            _ => Err(IoError::NotANumber {
                path: self.source.path.to_owned(),
                line: self.line,
                column: column + 1,
                name: self.plan.heading.name(column, "spot"),
                text: cut(&decoded(&unquoted(field))),
            }),
        }
    }
}
