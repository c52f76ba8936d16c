//! Tables of columns with names and types: structured arrays, compounds and Parquet.

use std::path::Path;

use crate::array::numbered;
use crate::builder::TableBuilder;
use crate::text::names::{FRAMES, LATITUDE, LONGITUDE, VELOCITIES, of_format, plain};
use crate::{Format, IoError, ReadOptions};

/// One column; all columns of a table are of one length.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Column {
    /// Not finite where a number is missing.
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    /// None where a text is missing.
    Texts(Vec<Option<String>>),
}

impl Column {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    /// A number, not finite where there is none.
    pub(crate) fn number(&self, row: usize) -> f64 {
        match self {
            Self::Floats(values) => values[row],
            Self::Integers(values) => values[row] as f64,
            Self::Texts(values) => {
                let text = values[row].as_deref().map(str::trim);
                text.and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
            }
        }
    }

    /// The individual of an id; none where it is missing.
    fn individual(&self, row: usize, builder: &mut TableBuilder) -> Option<u32> {
        match self {
            Self::Floats(values) => {
                let id = values[row];
                id.is_finite().then(|| numbered(builder, id))
            }
            Self::Integers(values) => Some(builder.numbered(values[row])),
            Self::Texts(values) => {
                let id = values[row].as_deref().map(str::trim).filter(|id| !id.is_empty());
                id.map(|id| builder.individual(id))
            }
        }
    }
}

/// `TRex` marks frames in which an individual was not seen.
const MISSING: &[&str] = &["missing"];

/// A table of named columns, in the order of the file.
pub(crate) struct NamedColumns<'a> {
    pub(crate) columns: Vec<(String, Column)>,
    pub(crate) path: &'a Path,
    pub(crate) options: &'a ReadOptions,
    /// The id of all rows if no column has ids.
    pub(crate) only_id: Option<String>,
}

impl NamedColumns<'_> {
    /// The rows of the columns that are found by their names, or that the options say.
    pub(crate) fn table(self) -> Result<TableBuilder, IoError> {
        self.table_at(1.0)
    }

    /// The same with times multiplied by a time between frames that the file tells.
    pub(crate) fn table_at(self, interval: f64) -> Result<TableBuilder, IoError> {
        let id = self.id()?;
        let time = self.time()?;
        let coordinates = self.coordinates()?;
        let velocities = self.velocities(coordinates.len());
        let mut builder = TableBuilder::new(coordinates.len(), self.options);
        let name = |column: usize| self.columns[column].0.as_str();
        let mut positions: Vec<&str> = coordinates.iter().map(|&c| name(c)).collect();
        positions.insert(0, name(time));
        let positions = positions.join(", ");
        let moving: Vec<&str> = velocities.iter().map(|&c| name(c)).collect();
        let moving = match moving.as_slice() {
            [] => String::new(),
            names => format!("; velocities are {}", names.join(", ")),
        };
        builder.notes.push(match (id, &self.only_id) {
            (Some(id), _) => {
                format!("columns: id, t and coordinates are {}, {positions}{moving}", name(id))
            }
            (None, only) => {
                let only = only.clone().unwrap_or_default();
                format!(
                    "columns: t and coordinates are {positions}{moving}; one individual, {only}"
                )
            }
        });
        builder.time_is_frames = self.counts_frames(time);
        builder.units.length = plain(name(coordinates[0])).1.unwrap_or_default();
        builder.units.time = plain(name(time)).1.unwrap_or_default();
        self.fill(&mut builder, id, (time, interval), &coordinates, &velocities);
        Ok(builder)
    }

    fn fill(
        &self,
        builder: &mut TableBuilder,
        id: Option<usize>,
        (time, interval): (usize, f64),
        xs: &[usize],
        vs: &[usize],
    ) {
        let column = |column: usize| &self.columns[column].1;
        let missing = self.find(MISSING).map(column);
        let columns = |places: &[usize]| places.iter().map(|&x| column(x)).collect::<Vec<_>>();
        let (time, xs, vs) = (column(time), columns(xs), columns(vs));
        let (mut position, mut velocity) = ([0.0; 3], [0.0; 3]);
        for row in 0..time.len() {
            if missing.is_some_and(|missing| missing.number(row).abs() > 0.0) {
                builder.n_missing += 1;
                continue;
            }
            let individual = match id {
                Some(id) => column(id).individual(row, builder),
                None => Some(builder.individual(self.only_id.as_deref().unwrap_or_default())),
            };
            let Some(individual) = individual else {
                builder.n_untracked += 1;
                continue;
            };
            for (x, column) in position.iter_mut().zip(&xs) {
                *x = column.number(row);
            }
            for (v, column) in velocity.iter_mut().zip(&vs) {
                *v = column.number(row);
            }
            let (time, x) = (interval * time.number(row), &position[..xs.len()]);
            match &velocity[..vs.len()] {
                [] => builder.push(individual, time, x),
                v => builder.push_moving(individual, time, x, v),
            };
        }
    }

    fn id(&self) -> Result<Option<usize>, IoError> {
        let found = match &self.options.columns.id {
            Some(said) => return self.said(said).map(Some),
            None => self.find(of_format(Format::Generic).id),
        };
        match (found, &self.only_id) {
            (None, None) => Err(self.lacks("column of ids")),
            (found, _) => Ok(found),
        }
    }

    /// Times rather than frames, unless the time between frames is given.
    fn time(&self) -> Result<usize, IoError> {
        if let Some(said) = &self.options.columns.time {
            return self.said(said);
        }
        let mut times = of_format(Format::Generic).time.to_vec();
        times.retain(|name| !FRAMES.contains(name));
        let (frames, times) = (self.find(FRAMES), self.find(&times));
        let found = match self.options.frame_interval {
            Some(_) => frames.or(times),
            None => times.or(frames),
        };
        found.ok_or_else(|| self.lacks("column of times or frames (t, time, frame)"))
    }

    fn coordinates(&self) -> Result<Vec<usize>, IoError> {
        let said = &self.options.columns.coordinates;
        if !said.is_empty() {
            return said.iter().take(3).map(|said| self.said(said)).collect();
        }
        let (trex, generic) = (of_format(Format::Trex), of_format(Format::Generic));
        let is_length = |name: &&str| !LONGITUDE.contains(name) && !LATITUDE.contains(name);
        let found = [0, 1, 2].map(|axis| {
            let names = trex.coordinates[axis].iter().chain(generic.coordinates[axis]).copied();
            self.find(&names.filter(is_length).collect::<Vec<_>>())
        });
        let xs: Vec<usize> = found.into_iter().map_while(|x| x).collect();
        if xs.is_empty() { Err(self.lacks("column of coordinates (x, y, z)")) } else { Ok(xs) }
    }

    /// One column a coordinate, or none.
    fn velocities(&self, n_coordinates: usize) -> Vec<usize> {
        let names = VELOCITIES.iter().take(n_coordinates);
        names.map(|names| self.find(names)).collect::<Option<_>>().unwrap_or_default()
    }

    /// Whether a column counts frames: by its name, or `t` if all its numbers are whole.
    fn counts_frames(&self, time: usize) -> bool {
        let (name, column) = &self.columns[time];
        let (name, _) = plain(name);
        let is_whole = || (0..column.len()).all(|row| column.number(row).fract().abs() <= 0.0);
        FRAMES.contains(&name.as_str()) || (name == "t" && is_whole())
    }

    fn find(&self, names: &[&str]) -> Option<usize> {
        let place =
            |wanted: &&str| self.columns.iter().position(|(name, _)| plain(name).0 == *wanted);
        names.iter().find_map(place)
    }

    /// A column by its name or its number from 1.
    fn said(&self, said: &str) -> Result<usize, IoError> {
        let by_name = self.columns.iter().position(|(name, _)| name == said);
        let by_number = || said.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let place = by_name.or_else(by_number).filter(|&place| place < self.columns.len());
        place.ok_or_else(|| self.lacks("column that was asked for"))
    }

    fn lacks(&self, wanted: &'static str) -> IoError {
        let found = self.columns.iter().map(|(name, _)| name.clone()).collect();
        IoError::MissingPart { path: self.path.to_owned(), wanted, found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnMap, Format, TrackTable};

    fn columns() -> Vec<(String, Column)> {
        let texts = ["b", "a", "", "a"].map(|id| Some(id.to_owned()));
        vec![
            ("X (cm)".into(), Column::Floats(vec![1.0, 2.0, 3.0, f64::INFINITY])),
            ("Track".into(), Column::Texts(texts.to_vec())),
            ("frame".into(), Column::Integers(vec![0, 1, 2, 3])),
            ("Y".into(), Column::Texts(["5", " 6 ", "7", "?"].map(|y| Some(y.into())).to_vec())),
            ("time".into(), Column::Floats(vec![0.0, 0.5, 1.0, 1.5])),
        ]
    }

    fn read(columns: Vec<(String, Column)>, options: &ReadOptions) -> Result<TrackTable, IoError> {
        let named = NamedColumns { columns, path: "a".as_ref(), options, only_id: None };
        named.table()?.finish("a".as_ref(), Format::Parquet, options)
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let table = read(columns(), &ReadOptions::default()).unwrap();
        assert_eq!((table.ids.join(""), table.times), ("ab".to_owned(), vec![0.0, 0.5]));
        assert_eq!(table.coordinates, [[1.0, 2.0], [5.0, 6.0]]);
        assert_eq!(table.units.length, "cm");
        let origin = table.origin;
        assert_eq!((origin.n_missing, origin.n_untracked, origin.time_is_frames), (1, 1, false));
        let options = ReadOptions { frame_interval: Some(2.0), ..Default::default() };
        assert_eq!(read(columns(), &options).unwrap().times, [0.0, 2.0]);
    }

    #[test]
    fn columns_are_those_that_are_said() {
        let said = |id: &str, x: &str| ReadOptions {
            columns: ColumnMap {
                id: Some(id.to_owned()),
                time: None,
                coordinates: vec![x.to_owned()],
            },
            ..Default::default()
        };
        let table = read(columns(), &said("3", "Y")).unwrap();
        assert_eq!(
            (table.ids.join(""), table.coordinates),
            ("012".into(), vec![vec![5.0, 6.0, 7.0]])
        );
        let error = read(columns(), &said("9", "Y")).unwrap_err().to_string();
        assert!(
            error.starts_with("a has no column that was asked for; there are [\"X (cm)\""),
            "{error}"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        for (left_out, wanted) in [(1, "column of ids"), (0, "column of coordinates")] {
            let mut columns = columns();
            columns.remove(left_out);
            let error = read(columns, &ReadOptions::default()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("a has no {wanted}")), "{error}");
        }
        let columns = columns().into_iter().take(2).collect();
        let error = read(columns, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with("a has no column of times"), "{error}");
    }

    #[test]
    fn trex_marks_what_is_missing() {
        let floats = |values: &[f64]| Column::Floats(values.to_vec());
        let columns = vec![
            ("X".to_owned(), floats(&[0.0, 0.0, 0.0])),
            ("X#wcentroid".to_owned(), floats(&[1.0, 2.0, 3.0])),
            ("Y#wcentroid".to_owned(), floats(&[1.0, f64::INFINITY, 3.0])),
            ("frame".to_owned(), floats(&[4.0, 5.0, 6.0])),
            ("missing".to_owned(), floats(&[0.0, 0.0, 1.0])),
        ];
        let (path, options) = ("fish3.npz".as_ref(), &ReadOptions::default());
        let named = NamedColumns { columns, path, options, only_id: Some("fish3".into()) };
        let table = named.table().unwrap().finish(path, Format::Numpy, options).unwrap();
        assert_eq!((table.ids.join(""), table.origin.n_missing), ("fish3".to_owned(), 2));
        assert_eq!((table.coordinates, table.times), (vec![vec![1.0], vec![1.0]], vec![4.0]));
    }
}
