//! btrack's files: objects with coordinates, tracks as lists of objects, LBEPR with parents.

use hdf5_pure::File;

use super::Source;
use crate::IoError;
use crate::builder::TableBuilder;

/// The tracks of the first type of objects that has some.
///
/// ```text
/// tracks/obj_type_1/map[k] = (first, end)     the objects of track k are tracks[first..end]
/// objects/obj_type_1/coords[o] = (t, x, y, z, class);   −1 − o is row o of dummies
/// LBEPR[k] = (label, begin, end, parent, root, …);      a root is its own parent
/// ```
///
/// # Source
/// `btrack/io/hdf.py` of github.com/quantumjot/btrack.
pub(super) fn table(source: &Source<'_>, file: &File) -> Result<TableBuilder, IoError> {
    let tracks = file.group("tracks").map_err(|e| source.damaged("tracks", &e))?;
    let mut kinds = tracks.groups().map_err(|e| source.damaged("tracks", &e))?;
    kinds.sort();
    let Some(kind) = kinds.first() else {
        return Err(source.wrong("tracks", "there is no type of objects in it".to_owned()));
    };
    let part = |name: &str| format!("tracks/{kind}/{name}");
    let (map, width) = source.numbers(file, &part("map"), 2)?;
    let (references, _) = source.numbers(file, &part("tracks"), 1)?;
    let (labels, label_width) = source.numbers(file, &part("LBEPR"), 4)?;
    let mut objects = Objects::read(source, file, kind)?;

    // Guesses may leave the plane of what was seen.
    let dim = if objects.lie_in_a_plane() && source.options.dimensions != Some(3) { 2 } else { 3 };
    let mut builder = TableBuilder::new(dim, source.options);
    builder.time_is_frames = true;
    builder.notes.push(format!("format: btrack, objects of {kind}; coordinates in pixels"));
    if kinds.len() > 1 {
        builder.notes.push(format!("left out: other types of objects, {:?}", &kinds[1..]));
    }
    builder.units.length = "px".to_owned();
    if objects.exchange_guessed(&references) {
        let note = "dummies: their x and y are exchanged, as they lie on the tracks only so";
        builder.notes.push(note.to_owned());
    }
    let mut n_dummies = 0;
    for (range, label) in map.chunks_exact(width).zip(labels.chunks_exact(label_width)) {
        let own = range_of(&references, range[0], range[1]);
        let own = own.ok_or_else(|| {
            let problem =
                format!("({}, {}) is no range of {}", range[0], range[1], references.len());
            source.wrong(&part("map"), problem)
        })?;
        let individual = builder.numbered(label[0] as i64);
        if (label[3] - label[0]).abs() > 0.0 && label[3] > 0.0 {
            let parent = builder.numbered(label[3] as i64);
            builder.divisions.push((parent, individual));
        }
        for &reference in own {
            let row = objects.row(reference).ok_or_else(|| {
                source.wrong(&part("tracks"), format!("there is no object {reference}"))
            })?;
            n_dummies += usize::from(reference < 0.0);
            builder.push(individual, row[0], &row[1..=dim]);
        }
    }
    if n_dummies > 0 {
        builder.notes.push(format!("dummies: {n_dummies} positions are btrack's guesses in gaps"));
    }
    Ok(builder)
}

fn range_of(references: &[f64], first: f64, end: f64) -> Option<&[f64]> {
    let is_range = first >= 0.0 && end >= first && end <= references.len() as f64;
    if is_range { references.get(first as usize..end as usize) } else { None }
}

/// Coordinates of what was seen and of what was guessed.
struct Objects {
    seen: Vec<f64>,
    seen_width: usize,
    guessed: Vec<f64>,
    guessed_width: usize,
}

impl Objects {
    fn read(source: &Source<'_>, file: &File, kind: &str) -> Result<Self, IoError> {
        let (seen, seen_width) = source.numbers(file, &format!("objects/{kind}/coords"), 4)?;
        let dummies = format!("tracks/{kind}/dummies");
        let (guessed, guessed_width) = match file.dataset(&dummies) {
            Ok(_) => source.numbers(file, &dummies, 4)?,
            Err(_) => (Vec::new(), 4),
        };
        Ok(Self { seen, seen_width, guessed, guessed_width })
    }

    fn lie_in_a_plane(&self) -> bool {
        let heights = || self.seen.iter().skip(3).step_by(self.seen_width);
        heights().all(|z| heights().next().is_some_and(|first| first.to_bits() == z.to_bits()))
    }

    /// Some versions of btrack wrote x and y of guesses in another order than those of objects:
    /// exchanges them if the guesses are ten times nearer to the object before them then.
    fn exchange_guessed(&mut self, references: &[f64]) -> bool {
        let (mut plain, mut exchanged) = (0.0, 0.0);
        for pair in references.windows(2).filter(|pair| pair[0] >= 0.0 && pair[1] < 0.0) {
            let (Some(a), Some(b)) = (self.row(pair[0]), self.row(pair[1])) else { continue };
            plain += (b[1] - a[1]).hypot(b[2] - a[2]);
            exchanged += (b[2] - a[1]).hypot(b[1] - a[2]);
        }
        let is_exchanged = 10.0 * exchanged < plain;
        if is_exchanged {
            self.guessed.chunks_exact_mut(self.guessed_width).for_each(|row| row.swap(1, 2));
        }
        is_exchanged
    }

    /// t, x, y, z and more of an object.
    fn row(&self, reference: f64) -> Option<&[f64]> {
        let (list, width, place) = match reference {
            r if r >= 0.0 => (&self.seen, self.seen_width, r),
            r => (&self.guessed, self.guessed_width, -1.0 - r),
        };
        let start = (place as usize).checked_mul(width)?;
        list.get(start..start.checked_add(width)?)
    }
}
