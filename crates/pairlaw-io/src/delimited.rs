//! Tracks from rows of delimited text.

use std::fs;
use std::path::Path;

use csv::ByteRecord;
use pairlaw_data::{DataError, Row, Tracks};

use crate::IoError;
use crate::columns::Columns;
use crate::layout::{Layout, line_number};

/// Factors from the units of a file to those wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Coordinates are multiplied by this, such as micrometres a pixel; finite and > 0.
    pub length: f64,
    /// Times are multiplied by this, such as minutes a frame; finite and > 0.
    pub time: f64,
}

impl Default for Scale {
    /// The numbers as they are.
    fn default() -> Self {
        Self { length: 1.0, time: 1.0 }
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackFile<const D: usize> {
    /// The tracks, their ids as in the file.
    pub tracks: Tracks<D>,
    /// Number of TrackMate spots left out because they belong to no track.
    pub n_untracked: usize,
}

/// Reads a file of tracks in 1, 2 or 3 dimensions; see the front page for its form.
///
/// # Errors
/// [`IoError`], each with the file and, where there is one, the line.
pub fn read_tracks<const D: usize>(
    path: impl AsRef<Path>,
    scale: Scale,
) -> Result<TrackFile<D>, IoError> {
    let path = path.as_ref();
    let read = |source| IoError::Read { path: path.to_owned(), source };
    parse_tracks(&fs::read(path).map_err(read)?, path, scale)
}

/// Tracks from the content of a file; `path` serves messages only.
///
/// # Errors
/// As [`read_tracks`], but for [`IoError::Read`].
pub fn parse_tracks<const D: usize>(
    bytes: &[u8],
    path: &Path,
    scale: Scale,
) -> Result<TrackFile<D>, IoError> {
    const { assert!(D >= 1 && D <= 3, "tracks have 1, 2 or 3 dimensions") };
    for (quantity, factor) in [("length", scale.length), ("time", scale.time)] {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(IoError::BadScale { quantity, factor });
        }
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = Text { bytes, path };
    text.refuse_other_kinds()?;
    let (rows, offsets, n_untracked) = text.rows(scale)?;
    if rows.is_empty() {
        return Err(IoError::NoRows { path: path.to_owned(), n_untracked });
    }
    let tracks = Tracks::from_rows(&rows).map_err(|e| text.located(e, &rows, &offsets))?;
    Ok(TrackFile { tracks, n_untracked })
}

/// The table of a text: for now by way of tracks in two dimensions.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &crate::ReadOptions,
) -> Result<crate::TrackTable, IoError> {
    let scale = Scale {
        length: options.pixel_size.unwrap_or(1.0),
        time: options.frame_interval.unwrap_or(1.0),
    };
    let read = parse_tracks::<2>(bytes, path, scale)?;
    let (mut individuals, mut times) = (Vec::new(), Vec::new());
    let mut coordinates = vec![Vec::new(); 2];
    for segment in read.tracks.segments() {
        for (frame, position) in segment.frames().zip(&segment.positions) {
            individuals.push(segment.individual as u32);
            times.push(read.tracks.time(frame));
            coordinates[0].push(position[0]);
            coordinates[1].push(position[1]);
        }
    }
    Ok(crate::TrackTable {
        ids: read.tracks.ids().to_vec(),
        individuals,
        times,
        coordinates,
        velocities: Vec::new(),
        units: pairlaw_data::Units::default(),
        divisions: Vec::new(),
        walls: Vec::new(),
        origin: crate::Origin {
            path: path.to_owned(),
            format: crate::Format::Generic,
            notes: Vec::new(),
            time_is_frames: options.frame_interval.is_none(),
            n_missing: 0,
            n_untracked: read.n_untracked,
            places: crate::Places::Records,
        },
    })
}

/// Samples, where each starts in the file, and how many spots belong to no track.
type Rows<const D: usize> = (Vec<Row<D>>, Vec<usize>, usize);

#[derive(Clone, Copy)]
struct Text<'a> {
    bytes: &'a [u8],
    path: &'a Path,
}

/// First bytes of files that are taken for tables by mistake.
const OTHER_KINDS: [(&[u8], &str); 5] = [
    (b"<", "XML"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a ZIP archive or a workbook"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAIRLAW\0", "a pairlaw container"),
];

impl Text<'_> {
    fn refuse_other_kinds(self) -> Result<(), IoError> {
        match OTHER_KINDS.iter().find(|(start, _)| self.bytes.starts_with(start)) {
            Some(&(_, kind)) => Err(IoError::NotText { path: self.path.to_owned(), kind }),
            None => Ok(()),
        }
    }

    fn rows<const D: usize>(self, scale: Scale) -> Result<Rows<D>, IoError> {
        let layout = Layout::of(self.bytes);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(layout.delimiter)
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(&self.bytes[layout.start..]);
        let (mut rows, mut offsets, mut n_untracked) = (Vec::new(), Vec::new(), 0);
        let mut columns: Option<Columns<D>> = None;
        let (mut n_names_left, mut record) = (0, ByteRecord::new());
        while self.next(&mut reader, &mut record)? {
            let start = record.position().map_or(0, csv::Position::byte);
            let offset = layout.start + start as usize;
            let fields = Fields::new(&record, layout.delimiter, offset);
            if fields.is_blank() {
                continue;
            }
            let Some(columns) = &columns else {
                let (found, is_names) = self.columns(&layout, &fields)?;
                n_names_left = if found.are_trackmate() { 3 } else { 0 };
                if !is_names && let Some(row) = self.row(&found, &fields, scale)? {
                    rows.push(row);
                    offsets.push(offset);
                }
                columns = Some(found);
                continue;
            };
            if n_names_left > 0 && fields.number(columns.position[0]).is_none() {
                n_names_left -= 1;
                continue;
            }
            n_names_left = 0;
            match self.row(columns, &fields, scale)? {
                Some(row) => {
                    rows.push(row);
                    offsets.push(offset);
                }
                None => n_untracked += 1,
            }
        }
        Ok((rows, offsets, n_untracked))
    }

    fn next(
        self,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut ByteRecord,
    ) -> Result<bool, IoError> {
        let read = reader.read_byte_record(record);
        read.map_err(|e| IoError::Read { path: self.path.to_owned(), source: e.into() })
    }

    /// The columns, and whether the first row holds their names.
    fn columns<const D: usize>(
        self,
        layout: &Layout,
        first: &Fields<'_>,
    ) -> Result<(Columns<D>, bool), IoError> {
        let are_numbers = (1..2 + D).all(|column| first.number(column).is_some());
        let commented = layout.commented_names().and_then(|names| Columns::named(names).ok());
        if let Some(columns) = commented.filter(|c: &Columns<D>| first.fit(c)) {
            return Ok((columns, false));
        }
        if are_numbers {
            return Ok((Columns::in_order(), false));
        }
        let found: Vec<_> = first.list.iter().map(|field| shown(field)).collect();
        let line = line_number(self.bytes, first.offset);
        let columns = Columns::named(found.clone()).map_err(|names| IoError::MissingColumn {
            path: self.path.to_owned(),
            line,
            names,
            found,
        })?;
        Ok((columns, true))
    }

    /// One sample; none for a spot that belongs to no track.
    fn row<const D: usize>(
        self,
        columns: &Columns<D>,
        fields: &Fields<'_>,
        scale: Scale,
    ) -> Result<Option<Row<D>>, IoError> {
        let id = self.field(columns, fields, columns.id)?.trim_ascii();
        let is_none =
            id.is_empty() || id.eq_ignore_ascii_case(b"none") || id.eq_ignore_ascii_case(b"nan");
        if columns.are_spots() && is_none {
            return Ok(None);
        }
        let Some(id) = str::from_utf8(id).ok().filter(|id| !id.is_empty()) else {
            return Err(IoError::NotAnId {
                path: self.path.to_owned(),
                line: line_number(self.bytes, fields.offset),
                column: columns.id + 1,
                name: columns.name(columns.id),
                text: shown(id),
            });
        };
        let time = scale.time * self.number(columns, fields, columns.time)?;
        let mut position = [0.0; D];
        for (x, &column) in position.iter_mut().zip(&columns.position) {
            *x = scale.length * self.number(columns, fields, column)?;
        }
        Ok(Some(Row { id: id.to_owned(), time, position }))
    }

    fn field<'f, const D: usize>(
        self,
        columns: &Columns<D>,
        fields: &Fields<'f>,
        column: usize,
    ) -> Result<&'f [u8], IoError> {
        fields.list.get(column).copied().ok_or_else(|| IoError::MissingField {
            path: self.path.to_owned(),
            line: line_number(self.bytes, fields.offset),
            column: column + 1,
            name: columns.name(column),
            n_fields: fields.list.len(),
        })
    }

    fn number<const D: usize>(
        self,
        columns: &Columns<D>,
        fields: &Fields<'_>,
        column: usize,
    ) -> Result<f64, IoError> {
        let text = self.field(columns, fields, column)?;
        fields.number(column).ok_or_else(|| IoError::NotANumber {
            path: self.path.to_owned(),
            line: line_number(self.bytes, fields.offset),
            column: column + 1,
            name: columns.name(column),
            text: shown(text),
        })
    }

    /// The error of tracks with the lines that it is about.
    fn located<const D: usize>(
        self,
        error: DataError,
        rows: &[Row<D>],
        offsets: &[usize],
    ) -> IoError {
        let path = self.path.to_owned();
        let line = |row: usize| line_number(self.bytes, offsets[row]);
        match error {
            DataError::Duplicate { id, .. } => {
                let (first, second) = nearest_in_time(rows, &id);
                let (first_line, line) = (line(first), line(second));
                IoError::Duplicate { path, first_line, line, id, time: rows[second].time }
            }
            DataError::NonUniformTimes { time, expected, dt } => {
                let at = rows.iter().position(|row| row.time.to_bits() == time.to_bits());
                IoError::OffGrid { path, line: line(at.unwrap_or_default()), time, expected, dt }
            }
            source => IoError::Tracks { path, source },
        }
    }
}

/// The two rows of an individual whose times differ least, in the order of the file.
fn nearest_in_time<const D: usize>(rows: &[Row<D>], id: &str) -> (usize, usize) {
    let mut own: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].id == id).collect();
    own.sort_by(|&a, &b| rows[a].time.total_cmp(&rows[b].time));
    let gap = |pair: &&[usize]| rows[pair[1]].time - rows[pair[0]].time;
    let nearest = own.windows(2).min_by(|a, b| gap(a).total_cmp(&gap(b)));
    nearest.map_or((0, 0), |pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
}

/// The fields of one row, and where it starts in the file.
struct Fields<'a> {
    list: Vec<&'a [u8]>,
    offset: usize,
}

impl<'a> Fields<'a> {
    fn new(record: &'a ByteRecord, delimiter: u8, offset: usize) -> Self {
        // Several blanks separate as one does.
        let kept = |field: &&[u8]| delimiter != b' ' || !field.is_empty();
        Self { list: record.iter().filter(kept).collect(), offset }
    }

    /// A line of blanks, or what the reader makes of a comment at the very end.
    fn is_blank(&self) -> bool {
        self.list.len() <= 1 && self.list.iter().all(|field| field.trim_ascii().is_empty())
    }

    fn number(&self, column: usize) -> Option<f64> {
        let text = str::from_utf8(self.list.get(column)?.trim_ascii()).ok()?;
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Whether there are numbers where these columns ask for them.
    fn fit<const D: usize>(&self, columns: &Columns<D>) -> bool {
        let mut numeric = columns.position.iter().chain([&columns.time]);
        numeric.all(|&column| self.number(column).is_some())
    }
}

/// A field for a message, at most 40 characters of it.
fn shown(field: &[u8]) -> String {
    String::from_utf8_lossy(field).chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<const D: usize>(text: &str) -> Result<TrackFile<D>, IoError> {
        parse_tracks(text.as_bytes(), "cells.csv".as_ref(), Scale::default())
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) -> IoError {
        let error = parse::<2>(text).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        error
    }

    const ROWS: &str = "a,0,1,2\na,1,3,4\nb,1,5,6\n";

    #[test]
    fn the_same_rows_in_many_forms() {
        let expected = parse::<2>(&format!("id,t,x,y\n{ROWS}")).unwrap();
        assert_eq!(expected.tracks.ids(), ["a", "b"]);
        assert_eq!(expected.tracks.segments()[0].positions, [[1.0, 2.0], [3.0, 4.0]]);
        let forms = [
            ROWS.to_owned(),
            format!("\u{feff}Particle,Frame,X,Y\r\n{}", ROWS.replace('\n', "\r\n")),
            ROWS.replace(',', ";"),
            ROWS.replace(',', "\t"),
            ROWS.replace(',', "  "),
            format!("# by hand\n\n{ROWS}\n# the end"),
            "# y x id t\n2 1 a 0\n4 3 a 1\n6 5 b 1\n".to_owned(),
            "y,x,unused,time,trajectory\n2,1,,0,a\n4,3,\"q,\",1,\"a\"\n6,5,?,1,b".to_owned(),
            "a,0,1,2,99\na,1,3,4,98\nb,1,5,6,97\n".to_owned(),
        ];
        for form in forms {
            assert_eq!(parse::<2>(&form).unwrap(), expected, "{form}");
        }
    }

    /// As TrackMate 7 exports it, shortened; in Latin-1, where µ is no UTF-8.
    #[test]
    fn trackmate_spots() {
        let text = b"LABEL,ID,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME\n\
            Label,Spot ID,Track ID,X,Y,Z,T,Frame\nLabel,Spot ID,Track ID,X,Y,Z,T,Frame\n\
            ,,,(\xb5m),(\xb5m),(\xb5m),(sec),\n\
            ID10,10,0,1.5,2.5,0.0,0.0,0\nID11,11,0,2.0,3.0,0.5,30.0,1\n\
            ID12,12,,9.0,9.0,9.0,30.0,1\nID13,13,3,4.0,5.0,0.0,30.0,1\n";
        let scale = Scale { length: 2.0, time: 1.0 / 60.0 };
        let read = parse_tracks::<3>(text, "spots.csv".as_ref(), scale).unwrap();
        assert_eq!((read.tracks.ids(), read.n_untracked), (&["0".into(), "3".into()][..], 1));
        // Rounding.
        assert!((read.tracks.dt() - 0.5).abs() < 1e-15);
        assert_eq!(read.tracks.segments()[0].positions, [[3.0, 5.0, 0.0], [4.0, 6.0, 1.0]]);
        // Without the three rows, and without times.
        let text = "TRACK_ID,POSITION_X,POSITION_Y,FRAME\n0,1,2,0\n0,1,3,2\nNone,1,1,1\n";
        let read = parse::<2>(text).unwrap();
        assert_eq!((read.tracks.n_frames(), read.n_untracked), (2, 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        refused(
            "id,t,x\na,0,1\n",
            "cells.csv, line 1: no column is called position_y | y; the col",
        );
        refused(
            "# c\n\nid,t,x,y\na,0,1,?\n",
            "cells.csv, line 4, column 4 (y): \"?\" is no finite",
        );
        refused("a,0,1,2\n\n#\na,1,1,inf\n", "cells.csv, line 4, column 4 (y): \"inf\" is no fin");
        refused("a,0,1,2\r\na,1e999,1,2\r\n", "cells.csv, line 2, column 2 (t): \"1e999\" is no");
        refused("a;0;1;2\na;1;1,5;2\n", "cells.csv, line 2, column 3 (x): \"1,5\" is no finite");
        refused(
            "a,0,1,2\na,1,1\n",
            "cells.csv, line 2: the row has 3 fields, none in column 4 (y)",
        );
        refused("a,0,1,2\n ,1,1,2\n", "cells.csv, line 2, column 1 (id): \"\" is no id");
        refused(
            "a,0,1,2\nb,1,1,2\na,2,7,7\n\na,1,1,2\na,1,2,2\n",
            "cells.csv, lines 5 and 6: individual \"a\" has two positions at time 1:",
        );
        refused(
            "a,0,1,2\na,1,1,2\na,2.01,1,2\na,3,1,2\n",
            "cells.csv, line 3: time 2.01 is not on the uniform grid",
        );
        let error = refused("a,0,1,2\nb,0,1,2\n", "the rows of cells.csv are no tracks");
        assert!(
            matches!(error, IoError::Tracks { source: DataError::SingleTime { .. }, .. }),
            "{error:?}"
        );
    }

    #[test]
    fn empty_files_other_kinds_and_impossible_scales() {
        for text in ["", "\n\n", "# nothing\n", "id,t,x,y\n"] {
            refused(text, "cells.csv holds no row of a track: give");
        }
        let text = "TRACK_ID,POSITION_X,POSITION_Y,FRAME\n,1,2,0\n,1,3,1\n";
        refused(text, "cells.csv holds no row of a track, only 2 spots without one: give");
        refused("<?xml version=\"1.0\"?>", "cells.csv is XML, not delimited text");
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let scale = Scale { length: 1.0, time: factor };
            let error = parse_tracks::<2>(b"", "".as_ref(), scale).unwrap_err();
            assert!(matches!(error, IoError::BadScale { quantity: "time", .. }), "{error}");
        }
    }

    #[test]
    fn ids_that_are_no_text_are_refused() {
        let bytes = b"a,0,1,2\n\xff\xfe,1,1,2\n";
        let error = parse_tracks::<2>(bytes, "f".as_ref(), Scale::default()).unwrap_err();
        assert!(matches!(error, IoError::NotAnId { line: 2, column: 1, .. }), "{error}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_tracks::<2>("/no/such/file.csv", Scale::default()).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /no/such/file.csv");
    }
}
