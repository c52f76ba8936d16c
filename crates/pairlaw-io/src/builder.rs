//! What all readers have in common: rows are pushed one by one, the table is scaled and sorted.

use std::collections::BTreeMap;
use std::path::Path;

use pairlaw_data::{Units, compare_ids};

use crate::text::names::spelled;
use crate::{Format, IoError, Origin, Places, ReadOptions, TrackTable};

/// Ids below this that are whole numbers are looked up in a list of at most 16 MiB.
const N_LISTED: usize = 1 << 22;
/// Stands in the list for an id that was not seen.
const UNSEEN: u32 = u32::MAX;

/// A table under construction; what is pushed is in the units of the file.
#[derive(Debug, Default)]
pub(crate) struct TableBuilder {
    /// Units of the file, before scaling.
    pub(crate) units: Units,
    /// Parents and daughters.
    pub(crate) divisions: Vec<(u32, u32)>,
    /// Walls, in the units of the file.
    pub(crate) walls: Vec<[[f64; 2]; 2]>,
    /// What was guessed, decided and left out.
    pub(crate) notes: Vec<String>,
    /// Whether times are numbers of frames.
    pub(crate) time_is_frames: bool,
    /// Rows left out because a number was missing; those of [`Self::push`] are counted by itself.
    pub(crate) n_missing: usize,
    /// Rows left out because they belong to no track.
    pub(crate) n_untracked: usize,
    /// Coordinates that stand for a missing position if all of them are equal to it.
    missing: Option<f64>,
    /// Numbers are multiplied by these as they come.
    length: f64,
    time: f64,
    ids: Vec<String>,
    listed: Vec<u32>,
    others: BTreeMap<String, u32>,
    last: usize,
    individuals: Vec<u32>,
    times: Vec<f64>,
    coordinates: Vec<Vec<f64>>,
    velocities: Vec<Vec<f64>>,
    lines: Vec<u32>,
}

impl TableBuilder {
    /// An empty table of positions with so many coordinates.
    pub(crate) fn new(n_dimensions: usize, options: &ReadOptions) -> Self {
        Self {
            coordinates: vec![Vec::new(); n_dimensions],
            missing: options.missing,
            length: options.pixel_size.unwrap_or(1.0),
            time: options.frame_interval.unwrap_or(1.0),
            ..Self::default()
        }
    }

    /// The index of the individual of an id, a new one if it was never seen.
    pub(crate) fn individual(&mut self, id: &str) -> u32 {
        if self.ids.get(self.last).is_some_and(|last| last == id) {
            return self.last as u32;
        }
        let found = match whole(id) {
            Some(number) => self.numbered(number as i64),
            None => match self.others.get(id) {
                Some(&found) => found,
                None => {
                    let found = self.add(id.to_owned());
                    self.others.insert(id.to_owned(), found);
                    found
                }
            },
        };
        self.last = found as usize;
        found
    }

    /// The index of the individual whose id is this number.
    pub(crate) fn numbered(&mut self, id: i64) -> u32 {
        let Some(place) = usize::try_from(id).ok().filter(|&id| id < N_LISTED) else {
            return self.individual(&id.to_string());
        };
        if place >= self.listed.len() {
            self.listed.resize((place + 1).max(2 * self.listed.len()).min(N_LISTED), UNSEEN);
        }
        if self.listed[place] == UNSEEN {
            self.listed[place] = self.add(id.to_string());
        }
        self.listed[place]
    }

    fn add(&mut self, id: String) -> u32 {
        self.ids.push(id);
        (self.ids.len() - 1) as u32
    }

    /// One row; one with a number that is not finite, or with a position that stands for a missing
    /// one, is counted and left out.
    pub(crate) fn push(&mut self, individual: u32, time: f64, position: &[f64]) -> bool {
        debug_assert_eq!(position.len(), self.coordinates.len());
        let is_missing = |&x: &f64| Some(x) == self.missing;
        let (scaled, length) = (self.time * time, self.length);
        let is_finite = scaled.is_finite() && position.iter().all(|x| (length * x).is_finite());
        if !is_finite || position.iter().all(is_missing) {
            self.n_missing += 1;
            return false;
        }
        self.individuals.push(individual);
        self.times.push(scaled);
        for (column, &x) in self.coordinates.iter_mut().zip(position) {
            column.push(length * x);
        }
        true
    }

    /// One row of a text at a line from 1, with a velocity or an empty one; all rows of a table have a
    /// line or none has.
    pub(crate) fn push_line(
        &mut self,
        line: u32,
        individual: u32,
        time: f64,
        position: &[f64],
        velocity: &[f64],
    ) {
        let is_kept = match velocity {
            [] => self.push(individual, time, position),
            velocity => self.push_moving(individual, time, position, velocity),
        };
        if is_kept {
            self.lines.push(line);
        }
    }

    /// One row with a velocity, in the units of the file; all rows of a table have one or none has.
    pub(crate) fn push_moving(&mut self, individual: u32, time: f64, x: &[f64], v: &[f64]) -> bool {
        debug_assert_eq!(v.len(), x.len());
        self.velocities.resize_with(v.len(), Vec::new);
        let is_kept = self.push(individual, time, x);
        if is_kept {
            let speed = self.length / self.time;
            for (column, &v) in self.velocities.iter_mut().zip(v) {
                column.push(speed * v);
            }
        }
        is_kept
    }

    /// The table: ids sorted, dimensions chosen, units named; with the options of [`Self::new`].
    ///
    /// # Errors
    /// [`IoError::BadScale`], [`IoError::NoRows`], [`IoError::BadDimensions`].
    pub(crate) fn finish(
        mut self,
        path: &Path,
        format: Format,
        options: &ReadOptions,
    ) -> Result<TrackTable, IoError> {
        check_factor("length", self.length)?;
        check_factor("time", self.time)?;
        if self.times.is_empty() {
            return Err(IoError::NoRows {
                path: path.to_owned(),
                n_untracked: self.n_untracked,
                n_missing: self.n_missing,
            });
        }
        self.sort_ids();
        self.choose_dimensions(path, options.dimensions)?;
        self.drop_unknown_velocities();
        self.walls.iter_mut().flatten().flatten().for_each(|x| *x *= self.length);
        self.name_units(options);
        let places =
            if self.lines.is_empty() { Places::Records } else { Places::Lines(self.lines) };
        Ok(TrackTable {
            ids: self.ids,
            individuals: self.individuals,
            times: self.times,
            coordinates: self.coordinates,
            velocities: self.velocities,
            units: self.units,
            divisions: self.divisions,
            walls: self.walls,
            origin: Origin {
                path: path.to_owned(),
                format,
                notes: self.notes,
                time_is_frames: self.time_is_frames && options.frame_interval.is_none(),
                n_missing: self.n_missing,
                n_untracked: self.n_untracked,
                places,
            },
        })
    }

    /// Ids as numbers, in their order, then as text; those without a row are left out.
    fn sort_ids(&mut self) {
        let mut seen = vec![false; self.ids.len()];
        for &individual in &self.individuals {
            seen[individual as usize] = true;
        }
        let mut order: Vec<usize> = (0..self.ids.len()).filter(|&old| seen[old]).collect();
        if order.len() < self.ids.len() {
            let n = self.ids.len() - order.len();
            self.notes.push(format!("{n} individuals without a position are left out"));
        }
        order.sort_by(|&a, &b| compare_ids(&self.ids[a], &self.ids[b]));
        let mut new = vec![UNSEEN; self.ids.len()];
        for (place, &old) in order.iter().enumerate() {
            new[old] = place as u32;
        }
        self.ids = order.iter().map(|&old| std::mem::take(&mut self.ids[old])).collect();
        for individual in &mut self.individuals {
            *individual = new[*individual as usize];
        }
        let renamed = self.divisions.iter().map(|&(a, b)| (new[a as usize], new[b as usize]));
        self.divisions = renamed.filter(|&(a, b)| a != UNSEEN && b != UNSEEN).collect();
        self.divisions.sort_unstable();
        self.divisions.dedup();
    }

    /// As many dimensions as asked for, or all but last ones that never change.
    fn choose_dimensions(&mut self, path: &Path, wanted: Option<usize>) -> Result<(), IoError> {
        let found = self.coordinates.len();
        let n = match wanted {
            Some(wanted) if wanted == 0 || wanted > found => {
                return Err(IoError::BadDimensions { path: path.to_owned(), wanted, found });
            }
            Some(wanted) => wanted,
            None => found - self.n_constant(),
        };
        for left_out in n..found {
            let (axis, value) = (["x", "y", "z"][left_out], self.coordinates[left_out][0]);
            self.notes.push(match wanted {
                Some(_) => format!("coordinate {axis} is left out as asked"),
                None => format!("coordinate {axis} is {value} in all rows and left out"),
            });
        }
        self.coordinates.truncate(n);
        self.velocities.truncate(n);
        Ok(())
    }

    /// Number of coordinates, from the last one, that are the same in all rows, of several.
    fn n_constant(&self) -> usize {
        let is_constant = |column: &&Vec<f64>| {
            column.len() > 1 && column.iter().all(|x| x.to_bits() == column[0].to_bits())
        };
        self.coordinates[1..].iter().rev().take_while(is_constant).count()
    }

    fn drop_unknown_velocities(&mut self) {
        let n = self.velocities.iter().flatten().filter(|v| !v.is_finite()).count();
        if n > 0 {
            self.velocities.clear();
            self.notes.push(format!("velocities are left out: {n} numbers of them are missing"));
        }
    }

    /// Units that were asked for; those of the file, in one spelling, where nothing was scaled.
    fn name_units(&mut self, options: &ReadOptions) {
        self.units.length = spelled(&self.units.length);
        self.units.time = spelled(&self.units.time);
        let given = |unit: &mut String, factor: Option<f64>, name: &Option<String>| {
            if factor.is_some() || name.is_some() {
                *unit = name.clone().unwrap_or_default();
            }
        };
        given(&mut self.units.length, options.pixel_size, &options.length_unit);
        given(&mut self.units.time, options.frame_interval, &options.time_unit);
    }
}

/// The number of an id that is written as numbers are: `7`, but not `07`, `+7` or `7.0`.
fn whole(id: &str) -> Option<u32> {
    let is_plain = id.len() <= 7 && (id.len() == 1 || !id.starts_with('0')) && !id.starts_with('+');
    let number = if is_plain { id.parse().ok() } else { None };
    number.filter(|&number| (number as usize) < N_LISTED)
}

fn check_factor(quantity: &'static str, factor: f64) -> Result<(), IoError> {
    match factor.is_finite() && factor > 0.0 {
        true => Ok(()),
        false => Err(IoError::BadScale { quantity, factor }),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // factors are powers of two
mod tests {
    use super::*;

    fn finished(builder: TableBuilder, options: &ReadOptions) -> Result<TrackTable, IoError> {
        builder.finish("a.xyz".as_ref(), Format::Generic, options)
    }

    fn with_ids(ids: &[&str]) -> TableBuilder {
        let mut builder = TableBuilder::new(2, &ReadOptions::default());
        for (row, id) in ids.iter().enumerate() {
            let individual = builder.individual(id);
            builder.push(individual, row as f64, &[row as f64, 1.0 - row as f64]);
        }
        builder
    }

    #[test]
    fn ids_are_sorted_as_numbers_and_then_as_text() {
        let ids = ["b", "10", "9", "07", "7", "a", "12.5", "-3", "99999999999", "9", "5000000"];
        let table = finished(with_ids(&ids), &ReadOptions::default()).unwrap();
        let sorted = ["-3", "7", "07", "9", "10", "12.5", "5000000", "99999999999", "a", "b"];
        assert_eq!(table.ids, sorted);
        assert_eq!(table.individuals, [9, 4, 3, 2, 1, 8, 5, 0, 7, 3, 6]);
        assert_eq!(table.coordinates[0][3], 3.0);
    }

    #[test]
    fn numbers_and_their_texts_are_one_individual() {
        let mut builder = with_ids(&["3"]);
        assert_eq!(builder.numbered(3), builder.individual("3"));
        assert_eq!(builder.numbered(-1), builder.individual("-1"));
        assert_eq!(builder.numbered(1 << 22), builder.individual("4194304"));
        assert_ne!(builder.numbered(3), builder.individual("03"));
    }

    #[test]
    fn rows_without_a_number_or_with_the_sentinel_are_counted() {
        let options = ReadOptions { missing: Some(0.0), ..Default::default() };
        let mut builder = TableBuilder::new(2, &options);
        let a = builder.individual("a");
        for (line, (t, x, y)) in
            [(0.0, 1.0, 0.0), (1.0, f64::NAN, 1.0), (f64::INFINITY, 1.0, 1.0), (3.0, 0.0, 0.0)]
                .into_iter()
                .enumerate()
        {
            builder.push_line(line as u32 + 1, a, t, &[x, y], &[]);
        }
        let table = finished(builder, &options).unwrap();
        assert_eq!((table.n_rows(), table.origin.n_missing), (1, 3));
        assert_eq!(table.origin.places, Places::Lines(vec![1]));
        assert_eq!((table.n_dimensions(), table.n_individuals()), (2, 1));
    }

    #[test]
    fn everything_with_a_length_or_a_time_is_scaled() {
        let options = ReadOptions {
            pixel_size: Some(0.5),
            frame_interval: Some(4.0),
            time_unit: Some("s".into()),
            ..Default::default()
        };
        let mut builder = TableBuilder::new(2, &options);
        builder.units = Units { length: "px".into(), time: "frame".into() };
        builder.walls = vec![[[1.0, 2.0], [3.0, 4.0]]];
        builder.time_is_frames = true;
        let a = builder.individual("a");
        builder.push_moving(a, 1e308, &[2.0, 4.0], &[8.0, 16.0]);
        builder.push_moving(a, 1.0, &[2.0, 4.0], &[8.0, 16.0]);
        builder.push_moving(a, 2.0, &[2.0, 5.0], &[8.0, 16.0]);
        let table = finished(builder, &options).unwrap();
        assert_eq!(table.times, [4.0, 8.0]);
        assert_eq!(table.coordinates, [[1.0, 1.0], [2.0, 2.5]]);
        assert_eq!(table.velocities, [[1.0, 1.0], [2.0, 2.0]]);
        assert_eq!(table.walls, [[[0.5, 1.0], [1.5, 2.0]]]);
        assert_eq!(table.units, Units { length: String::new(), time: "s".into() });
        assert_eq!((table.origin.time_is_frames, table.origin.n_missing), (false, 1));
    }

    #[test]
    fn a_last_coordinate_that_never_changes_is_left_out() {
        let mut builder = TableBuilder::new(3, &ReadOptions::default());
        builder.push_moving(0, 0.0, &[1.0, 2.0, 0.5], &[1.0, f64::NAN, 0.0]);
        builder.push_moving(0, 1.0, &[1.0, 3.0, 0.5], &[1.0, 0.0, 0.0]);
        builder.ids.push("a".into());
        let table = finished(builder, &ReadOptions::default()).unwrap();
        assert_eq!(table.coordinates, [[1.0, 1.0], [2.0, 3.0]]);
        assert!(table.velocities.is_empty()); // as not all of them are known
        assert_eq!(table.origin.notes[0], "coordinate z is 0.5 in all rows and left out");
    }

    #[test]
    fn dimensions_are_those_asked_for() {
        let asked = |wanted| ReadOptions { dimensions: Some(wanted), ..Default::default() };
        let table = finished(with_ids(&["a", "b"]), &asked(1)).unwrap();
        assert_eq!(table.n_dimensions(), 1);
        for wanted in [0, 3] {
            let error = finished(with_ids(&["a", "b"]), &asked(wanted)).unwrap_err();
            assert!(matches!(error, IoError::BadDimensions { found: 2, .. }), "{error}");
        }
    }

    #[test]
    fn divisions_follow_the_order_of_ids() {
        let mut builder = with_ids(&["b", "1", "a"]);
        let unseen = builder.individual("9");
        builder.divisions = vec![(0, 2), (0, 1), (0, unseen), (0, 2)];
        let table = finished(builder, &ReadOptions::default()).unwrap();
        assert_eq!(table.ids, ["1", "a", "b"]);
        assert_eq!(table.divisions, [(2, 0), (2, 1)]);
        assert_eq!(table.origin.notes, ["1 individuals without a position are left out"]);
    }

    #[test]
    fn impossible_factors_and_empty_tables_are_refused() {
        let options = ReadOptions { pixel_size: Some(0.0), ..Default::default() };
        let error = finished(TableBuilder::new(1, &options), &options).unwrap_err();
        assert!(matches!(error, IoError::BadScale { quantity: "length", .. }), "{error}");
        let error = finished(with_ids(&[]), &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, IoError::NoRows { n_untracked: 0, .. }), "{error}");
    }
}
