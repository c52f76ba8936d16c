//! Texts in all their forms, made up or as recorded.
#![allow(clippy::float_cmp)] // the reader loses no bit

use std::path::Path;

use pairlaw_data::{DataError, Tracks, Units};

use crate::{ColumnMap, Format, IoError, ReadOptions, TrackOptions, TrackTable, parse_table};

fn read(text: &str, options: &ReadOptions) -> Result<TrackTable, IoError> {
    parse_table(text.as_bytes(), "cells.csv".as_ref(), options)
}

fn plainly(text: &str) -> Result<TrackTable, IoError> {
    read(text, &ReadOptions::default())
}

fn tracks(text: &str) -> Result<Tracks<2>, IoError> {
    plainly(text)?.tracks(&TrackOptions::default())
}

fn as_format(format: Format) -> ReadOptions {
    ReadOptions { format: Some(format), ..Default::default() }
}

#[track_caller]
fn refused(text: &str, options: &ReadOptions, expected: &str) -> IoError {
    let table = read(text, options);
    let error = table.and_then(|t| t.tracks::<1>(&TrackOptions::default())).unwrap_err();
    assert!(error.to_string().starts_with(expected), "{error}");
    error
}

#[track_caller]
fn noted(table: &TrackTable, expected: &str) {
    let notes = &table.origin.notes;
    assert!(notes.iter().any(|note| note.contains(expected)), "{notes:#?}");
}

const ROWS: &str = "a,0,1,2\na,1,3,4\nb,1,5,6\n";

#[test]
fn the_same_rows_in_many_forms() {
    let expected = tracks(&format!("id,t,x,y\n{ROWS}")).unwrap();
    assert_eq!(expected.ids(), ["a", "b"]);
    assert_eq!(expected.segments()[0].positions, [[1.0, 2.0], [3.0, 4.0]]);
    let forms = [
        ROWS.to_owned(),
        format!("\u{feff}Particle,Frame,X,Y\r\n{}", ROWS.replace('\n', "\r\n")),
        format!("id,t,x,y\n{ROWS}").replace('\n', "\r"),
        ROWS.replace(',', ";"),
        ROWS.replace(',', "\t"),
        ROWS.replace(',', "  "),
        ROWS.replace(',', ", "),
        format!("id;t;x;y\n{}", ROWS.replace(',', ",0;").replace("a,0", "a").replace("b,0", "b")),
        format!("# by hand\n\n{ROWS}\n# the end"),
        "# y x id t\n2 1 a 0\n4 3 a 1\n6 5 b 1\n".to_owned(),
        "y,x,unused,time,trajectory\n2,1,,0,a\n4,3,\"q,\",1,\"a\"\n6,5,?,1,b".to_owned(),
    ];
    for form in forms {
        assert_eq!(tracks(&form).unwrap(), expected, "{form}");
    }
    let more = ReadOptions { dimensions: Some(2), ..Default::default() };
    let table = read("a,0,1,2,99\na,1,3,4,98\nb,1,5,6,97\n", &more).unwrap();
    assert_eq!(table.tracks::<2>(&TrackOptions::default()).unwrap(), expected);
    noted(&table, "coordinate z is left out as asked");
}

#[test]
fn the_guess_is_told() {
    let table =
        plainly("mass,y,x,frame,particle\n9,1,2,5,7.0\n9,1,3,6,7.0\n8,0,0,6,8.0\n").unwrap();
    let expected = "read as trackpy: id = \"particle\" (column 5), time = \"frame\" (column 4), x = \"x\" \
                    (column 3), y = \"y\" (column 2)";
    assert_eq!(table.origin.notes, [expected]);
    assert_eq!(
        (table.ids.as_slice(), table.times.as_slice()),
        (&["7".into(), "8".into()][..], &[5.0, 6.0, 6.0][..])
    );
    assert!(table.origin.time_is_frames);
    assert_eq!((table.line(0), table.line(2)), (Some(2), Some(4)));
    let asked =
        read("particle,frame,x,y\n1,0,1,2\n1,1,1,2\n", &as_format(Format::Trackpy)).unwrap();
    noted(&asked, "read as trackpy as asked: id = ");
}

/// As TrackMate 7 exports it, shortened; in Latin-1, where µ is no UTF-8.
#[test]
fn trackmate_spots() {
    let text = b"LABEL,ID,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME\n\
        Label,Spot ID,Track ID,X,Y,Z,T,Frame\nLabel,Spot ID,Track ID,X,Y,Z,T,Frame\n\
        ,,,(\xb5m),(\xb5m),(\xb5m),(sec),\n\
        ID10,10,0,1.5,2.5,0.0,0.0,0\nID11,11,0,2.0,3.0,0.5,30.0,1\n\
        ID12,12,,9.0,9.0,9.0,30.0,1\nID13,13,3,4.0,5.0,0.0,30.0,1\n";
    let parse =
        |text: &[u8], options: &ReadOptions| parse_table(text, "spots.csv".as_ref(), options);
    let table = parse(text, &ReadOptions::default()).unwrap();
    assert_eq!(table.units, Units { length: "µm".into(), time: "s".into() });
    assert_eq!((table.origin.format, table.origin.time_is_frames), (Format::TrackMate, false));
    assert_eq!((table.ids.len(), table.origin.n_untracked), (2, 1));
    noted(&table, "1 rows without an id belong to no track");
    noted(&table, "id = \"TRACK_ID\" (column 3), time = \"POSITION_T\" (column 7)");
    let scale = ReadOptions {
        pixel_size: Some(2.0),
        frame_interval: Some(0.5),
        length_unit: Some("px".into()),
        ..Default::default()
    };
    // Frames times the interval, not the times that the file has in a unit of its own.
    let table = parse(text, &scale).unwrap();
    noted(&table, "time = \"FRAME\" (column 8)");
    assert_eq!(table.units, Units { length: "px".into(), time: String::new() });
    let tracks = table.tracks::<3>(&TrackOptions::default()).unwrap();
    assert!((tracks.dt() - 0.5).abs() < 1e-15); // rounding
    assert_eq!(tracks.segments()[0].positions, [[3.0, 5.0, 0.0], [4.0, 6.0, 1.0]]);
    // Two exports, one below the other.
    let twice = [&text[..], &text[..].replace_ids()].concat();
    let table = parse(&twice, &ReadOptions::default()).unwrap();
    assert_eq!((table.ids.len(), table.n_rows(), table.origin.n_untracked), (4, 6, 2));
    noted(&table, "4 rows that repeat the names are left out");
    let other: Vec<u8> = [&text[..], &b",,,(pixel),(pixel),(pixel),(sec),\n"[..]].concat();
    let error = parse(&other, &ReadOptions::default()).unwrap_err();
    assert!(
        matches!(&error, IoError::MixedUnits { line: 9, first, second, .. } if (first.as_str(), second.as_str()) == ("µm", "px")),
        "{error}"
    );
    // Without the three rows, and without times.
    let table = plainly("TRACK_ID,POSITION_X,POSITION_Y,FRAME\n0,1,2,0\n0,1,3,2\nNone,1,1,1\n");
    let table = table.unwrap();
    assert_eq!((table.times, table.origin.n_untracked), (vec![0.0, 2.0], 1));
}

trait ReplaceIds {
    fn replace_ids(&self) -> Vec<u8>;
}

impl ReplaceIds for [u8] {
    /// The tracks 0 and 3 become 10 and 13.
    fn replace_ids(&self) -> Vec<u8> {
        let latin: String = self.iter().map(|&byte| char::from(byte)).collect();
        let text = latin
            .replace(",10,0,", ",10,10,")
            .replace(",11,0,", ",11,10,")
            .replace(",13,3,", ",13,13,");
        text.chars().map(|c| c as u8).collect()
    }
}

#[test]
fn trex_tells_missing_positions_and_its_id_in_the_name() {
    let text = "frame,time,X#wcentroid (cm),Y#wcentroid (cm),X (cm),missing\n\
        0,0.0,1.5,2.5,9,0\n1,0.033367,inf,inf,inf,1\n2,0.066733,1.75,inf,9,0\n3,0.1001,2.0,3.0,9,0\n";
    let options = ReadOptions::default();
    let table = parse_table(text.as_bytes(), "group_fish12.csv".as_ref(), &options).unwrap();
    assert_eq!((table.ids.as_slice(), table.n_rows()), (&["12".to_owned()][..], 2));
    assert_eq!((table.origin.n_missing, table.units.length.as_str()), (2, "cm"));
    assert_eq!(table.coordinates, [[1.5, 2.0], [2.5, 3.0]]);
    // Rounded times of single rows do not count, only the step from the first to the last.
    assert_eq!((table.times[1], table.units.time.as_str()), (0.1001 / 3.0 * 3.0, "s"));
    noted(&table, "1 rows with \"1\" in \"missing\" (column 6) are left out");
    noted(&table, "gives a time of 0.0333");
    let given = ReadOptions { frame_interval: Some(0.5), ..options };
    let table = parse_table(text.as_bytes(), "group.csv".as_ref(), &given).unwrap();
    assert_eq!((table.times, table.ids), (vec![0.0, 1.5], vec!["1".to_owned()]));
}

#[test]
fn idtracker_has_all_individuals_in_a_row() {
    let text =
        "seconds,x1,y1,x2,y2\n0.000,1,2,5,6\n0.033,1.5,2,nan,nan\n0.067,2,2,7,6\n0.100,2,3,8,6\n";
    let table = plainly(text).unwrap();
    assert_eq!(
        (table.origin.format, table.ids.as_slice()),
        (Format::Idtracker, &["1".to_owned(), "2".into()][..])
    );
    assert_eq!((table.n_rows(), table.origin.n_missing, table.units.time.as_str()), (7, 1, "s"));
    assert_eq!(table.times[..5], [0.0, 0.0, 0.1 / 3.0, 2.0 * (0.1 / 3.0), 2.0 * (0.1 / 3.0)]);
    noted(&table, "times are rounded; rows follow each other every 0.033333 s");
    assert!(!table.origin.time_is_frames);
    let tracks = table.tracks::<2>(&TrackOptions::default()).unwrap();
    assert_eq!((tracks.n_frames(), tracks.segments().len()), (4, 3));
    // The first idtracker has no times, but columns between.
    let text = "X1\tY1\tProbId1\tX2\tY2\tProbId2\n1\t2\tNaN\t5\t6\tNaN\n2\t2\t0.5\t6\t6\t1\n";
    let table = plainly(text).unwrap();
    assert_eq!(
        (table.times.as_slice(), table.origin.time_is_frames),
        (&[0.0, 0.0, 1.0, 1.0][..], true)
    );
    assert_eq!(table.coordinates[0], [1.0, 5.0, 2.0, 6.0]);
    let given = ReadOptions { frame_interval: Some(0.5), ..as_format(Format::Idtracker) };
    assert_eq!(read("9,1,2,3,4\n8,1,2,3,5\n", &given).unwrap().times, [0.0, 0.0, 0.5, 0.5]);
    // Times that are uneven are kept, and refused as those of any file.
    let table = plainly("time,x1,y1\n0,1,2\n1,1,2\n5,1,3\n5.5,1,3\n").unwrap();
    assert_eq!(table.times, [0.0, 1.0, 5.0, 5.5]);
    refused(
        "x1,y1\n1,2\n1\n",
        &ReadOptions::default(),
        "cells.csv, line 3: the row has 1 fields, none in column 2 (y1)",
    );
    refused(
        "x1,y1\n1,?\n",
        &ReadOptions::default(),
        "cells.csv, line 2, column 2 (y1): \"?\" is no finite",
    );
    refused(
        "id,t,x,y\n1,2,3,4\n",
        &as_format(Format::Idtracker),
        "cells.csv, line 1 is not in the format idtracker: it has no column of x called x1; leave",
    );
}

const STORKS: &str = "event-id,visible,timestamp,location-long,location-lat,individual-local-identifier\n\
    1,true,2014-08-01 00:01:25.000,10.0,60.0,Anna\n2,true,2014-08-01 00:16:25.000,10.001,60.0,Anna\n\
    3,false,2014-08-01 00:31:25.000,50,0,Anna\n4,true,2014-08-01 00:31:25.000,10.0,60.001,Berta\n\
    5,true,2014-08-01 00:46:25.000,,,Berta\n";

#[test]
fn movebank_becomes_seconds_and_metres() {
    let table = plainly(STORKS).unwrap();
    assert_eq!((table.ids.len(), table.times.as_slice()), (2, &[0.0, 900.0, 1800.0][..]));
    assert_eq!(table.units, Units { length: "m".into(), time: "s".into() });
    let [x, y] = [&table.coordinates[0], &table.coordinates[1]];
    // 111.195 km a degree of latitude, half of it a degree of longitude; discretisation of φ₀.
    assert!(
        (x[1] - x[0] - 55.6).abs() < 0.01 && (y[2] - y[0] - 111.195).abs() < 0.01,
        "{x:?} {y:?}"
    );
    assert_eq!(table.origin.n_missing, 2);
    noted(&table, "1 rows with \"false\" in \"visible\" (column 2) are left out");
    noted(&table, "times are seconds from the first one");
    noted(
        &table,
        "projected to metres east and north of 10.00033, 60.00033; lengths from west to east are off by up to 0.00 %",
    );
    let scale = ReadOptions {
        pixel_size: Some(1e-3),
        length_unit: Some("km".into()),
        ..Default::default()
    };
    let table = read(STORKS, &scale).unwrap();
    assert_eq!(table.units.length, "km");
    assert!((table.coordinates[1][2] - table.coordinates[1][0] - 0.111).abs() < 0.001);
    let line = ReadOptions { dimensions: Some(1), ..Default::default() };
    assert_eq!(read(STORKS, &line).unwrap().n_dimensions(), 1);
    let space = ReadOptions { dimensions: Some(3), ..Default::default() };
    refused(STORKS, &space, "cells.csv has 2 coordinates, not 3");
}

#[test]
fn impossible_times_and_places_are_told() {
    let options = ReadOptions::default();
    let text = STORKS.replace("2014-08-01 00:16:25.000", "2014-08-01 25:00:34");
    refused(
        &text,
        &options,
        "cells.csv, line 3, column 3 (timestamp): \"2014-08-01 25:00:34\" is no date and time",
    );
    refused(
        &STORKS.replace("60.001", "90.5"),
        &options,
        "cells.csv, line 5, column 5 (location-lat): 90.5 is no latitude",
    );
    refused(
        &STORKS.replace("10.001", "-181"),
        &options,
        "cells.csv, line 3, column 4 (location-long): -181 is no longitude",
    );
    refused(
        "id,t,x,y\na,0,1,2\na,25:00:34,1,2\n",
        &options,
        "cells.csv, line 3, column 2 (t): \"25:00:34\" is no finite",
    );
    // Times of day without dates look like times, but are none that can be counted.
    refused(
        "id,t,x,y\na,00:00:34,1,2\na,00:01:34,1,2\n",
        &options,
        "cells.csv, line 2, column 2 (t): \"00:00:34\" is no date",
    );
}

#[test]
fn steps_of_time_in_comments() {
    let text = "# framerate: 25 fps\n# id frame x/cm y/cm z/cm\n1 100 1 2 176\n1 101 1 3 176\n";
    let table = plainly(text).unwrap();
    assert_eq!((table.times.as_slice(), table.n_dimensions()), (&[4.0, 4.04][..], 2));
    assert_eq!(table.units, Units { length: "cm".into(), time: "s".into() });
    assert!(!table.origin.time_is_frames);
    noted(
        &table,
        "comment in line 1, \"framerate: 25 fps\", gives a time of 0.04 s between frames",
    );
    noted(&table, "z is a height and left out");
    let given =
        ReadOptions { frame_interval: Some(2.0), dimensions: Some(3), ..Default::default() };
    let table = read(text, &given).unwrap();
    assert_eq!((table.times.as_slice(), table.n_dimensions()), (&[200.0, 202.0][..], 3));
    noted(&table, "is overruled by the time between frames that was given");
    let table = plainly("# dt: 0.5\nid,t (s),x\n1,0,1\n1,1,2\n").unwrap();
    assert_eq!(table.times, [0.0, 1.0]);
    noted(&table, "is not used, as times do not count frames");
}

#[test]
fn decimal_commas_are_told() {
    let table = plainly("id;t;x;y\n1;0;1,5;-2,25e1\n1;1;2;3\n").unwrap();
    assert_eq!(table.coordinates, [[1.5, 2.0], [-22.5, 3.0]]);
    noted(&table, "numbers have decimal commas, as the one in line 2");
    let options = ReadOptions::default();
    refused(
        "a;0;1.5;2\na;1;1,5;2\n",
        &options,
        "cells.csv, line 2, column 3 (x): \"1,5\" has not the decimal sign",
    );
    refused(
        "a\t0\t1,5\t2\na\t1\t1.5\t2\n",
        &options,
        "cells.csv, line 2, column 3 (x): \"1.5\" has not the decimal",
    );
}

#[test]
fn missing_numbers_are_counted_and_zeros_told() {
    let text =
        "id,t,x,y\na,0,1,2\na,1,nan,2\na,2,inf,3\na,,1,2\na,3,NA,\na,4,0,0\na,5,0.0,0\na,6,1,3\n";
    let table = plainly(text).unwrap();
    assert_eq!((table.times.as_slice(), table.origin.n_missing), (&[0.0, 4.0, 5.0, 6.0][..], 4));
    noted(&table, "4 missing positions are left out");
    noted(&table, "2 rows lie at 0, 0 exactly, which some programs write for a missing position");
    let zero = ReadOptions { missing: Some(0.0), ..Default::default() };
    let table = read(text, &zero).unwrap();
    assert_eq!((table.times.as_slice(), table.origin.n_missing), (&[0.0, 6.0][..], 6));
    assert!(!table.origin.notes.iter().any(|note| note.contains("exactly")));
}

#[test]
fn columns_that_are_asked_for() {
    let text = "when,cell,px,py,vx,vy\n0,a,1,2,3,4\n1,a,5,6,7,8\n";
    let columns = ColumnMap {
        id: Some("cell".into()),
        time: Some("1".into()),
        coordinates: vec!["py".into(), "PX".into()],
    };
    let table =
        read(text, &ReadOptions { columns: columns.clone(), ..Default::default() }).unwrap();
    assert_eq!(
        (table.coordinates, table.velocities),
        (vec![vec![2.0, 6.0], vec![1.0, 5.0]], vec![vec![3.0, 7.0], vec![4.0, 8.0]])
    );
    let wrong = ColumnMap { time: Some("whenn".into()), ..columns.clone() };
    refused(
        text,
        &ReadOptions { columns: wrong, ..Default::default() },
        "cells.csv, line 1: there is no column \"whenn\"; give one of [\"when\",",
    );
    let wrong = ColumnMap { coordinates: vec!["3".into(), "7".into()], ..columns };
    refused(
        "0 a 1 2\n1 a 3 4\n",
        &ReadOptions { columns: ColumnMap { id: Some("2".into()), ..wrong }, ..Default::default() },
        "cells.csv, line 1: there is no column \"7\"; there are 4 columns without names: give a number from 1 to 4",
    );
    let numbers =
        ColumnMap { id: Some("2".into()), time: Some("1".into()), coordinates: vec!["3".into()] };
    let table = read("0 a 1 2\n1 a 3 4\n", &ReadOptions { columns: numbers, ..Default::default() })
        .unwrap();
    assert_eq!((table.ids, table.coordinates), (vec!["a".to_owned()], vec![vec![1.0, 3.0]]));
}

#[test]
fn velocities_need_all_their_numbers() {
    let table = plainly("id,t,x,y,vx,vy\na,0,1,2,3,4\na,1,5,6,,8\n").unwrap();
    assert_eq!((table.n_rows(), table.velocities.len()), (2, 0));
    noted(&table, "velocities are left out: 1 numbers of them are missing");
    let table = plainly("id,t,x,y,vx\na,0,1,2,3\na,1,5,6,9\n").unwrap();
    assert!(table.velocities.is_empty());
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let options = ReadOptions::default();
    let cases = [
        (
            "id,when,x\na,0,1\n",
            "cells.csv, line 1: no column of times is called position_t | t | time",
        ),
        ("id,t,u\na,0,1\n", "cells.csv, line 1: no column of x is called position_x | x | pos_x"),
        (
            "# c\n\nid,t,x,y\na,0,1,?\n",
            "cells.csv, line 4, column 4 (y): \"?\" is no finite number",
        ),
        ("a,0,1,2\na,1e999,1,2\n", "cells.csv, line 2, column 2 (time): \"1e999\" is no finite"),
        ("a,0,1,2\na,1,1\n", "cells.csv, line 2: the row has 3 fields, none in column 4 (y)"),
        ("1 2\n3 4\n", "cells.csv, line 1: the row has 2 fields, none in column 3 (x)"),
        (
            "a,0,1,2\nb,1,1,2\na,2,7,7\n\na,1,1,2\na,1,2,2\n",
            "cells.csv, lines 5 and 6: individual \"a\" has two positions at time 1:",
        ),
        (
            "a,0,1,2\na,1,1,2\na,2.01,1,2\na,3,1,2\n",
            "cells.csv, line 3: time 2.01 is not on the uniform grid",
        ),
        (
            "a,0.000,1\na,0.033,1\na,0.067,2\na,0.100,2\n",
            "cells.csv, line 2: time 0.033 is not on the uniform grid with step 0.03333333333333333, the \
             nearest frame is at 0.03333333333333333: give frame numbers or more digits, or resample \
             (--resample, such as 0.0333)",
        ),
        ("id,t,x (px),y (µm)\na,0,1,2\n", "cells.csv, line 1: lengths are given in px and in µm"),
        (
            "t,x,y\n0,1,2\n0,3,4\n",
            "cells.csv, line 3: no column tells the individuals, and more than one",
        ),
        ("id,t,x\n1,0,5\n2,1,5\n3,2,5\n", "cells.csv: each of the 3 individuals has one row only"),
        (
            "LABEL,TRACK_ID,SPOT_SOURCE_ID,SPOT_TARGET_ID,EDGE_TIME\n",
            "cells.csv, line 1: the rows are links",
        ),
    ];
    for (text, expected) in cases {
        refused(text, &options, expected);
    }
    let error = refused("a,0,1,2\nb,0,1,2\n", &options, "the rows of cells.csv are no tracks");
    assert!(
        matches!(error, IoError::Tracks { source: DataError::SingleTime { .. }, .. }),
        "{error:?}"
    );
}

#[test]
fn a_wrong_preset_is_told() {
    let wrong = |format, text, expected| refused(text, &as_format(format), expected);
    wrong(
        Format::Trackpy,
        "ID,t,y,x\n1,0,1,2\n",
        "cells.csv, line 1 is not in the format trackpy: it has no column of ids called particle; it looks \
         like btrack: leave the format to be guessed, or say which of [\"ID\", \"t\", \"y\", \"x\"] holds what",
    );
    wrong(
        Format::TrackMate,
        "1,0,1,2\n",
        "cells.csv, line 1 is not in the format trackmate: it has no column of names; the first row holds numbers",
    );
    wrong(
        Format::Btrack,
        "id,t,x\n1,0,1\n",
        "cells.csv, line 1 is not in the format btrack: it has no column of y called y; leave",
    );
    wrong(
        Format::Movebank,
        "id,t,x\n1,0,1\n",
        "cells.csv, line 1 is not in the format movebank: it has no column of ids called ind",
    );
    wrong(Format::PeTrack, "a,b,c\n1,0,1\n", "cells.csv, line 1 is not in the format petrack");
    wrong(Format::Hdf5, "id,t,x\n1,0,1\n", "cells.csv");
    // Without names, btrack's order counts.
    let table = read("1,0,5,3\n1,1,6,4\n", &as_format(Format::Btrack)).unwrap();
    assert_eq!(table.coordinates, [[3.0, 4.0], [5.0, 6.0]]);
    let table = read("1,0,7,5,3\n1,1,8,6,4\n", &as_format(Format::Btrack)).unwrap();
    assert_eq!(table.coordinates, [[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
}

#[test]
fn empty_files_other_kinds_and_impossible_options() {
    let options = ReadOptions::default();
    for text in ["", "\n\n", "# nothing\n", "id,t,x,y\n"] {
        refused(text, &options, "cells.csv holds no row of a track: give");
    }
    let text = "TRACK_ID,POSITION_X,POSITION_Y,FRAME\n,1,2,0\n,1,3,1\n1,,2,1\n";
    refused(
        text,
        &options,
        "cells.csv holds no row of a track, only 2 spots without one, but 1 with missing",
    );
    for (bytes, kind) in [
        (&b"\xff\xfei\0d\0"[..], "UTF-16"),
        (b"PK\x03\x04", "a ZIP"),
        (b"1,2\0", "binary"),
        (b"{}", "JSON"),
    ] {
        let error = parse_table(bytes, "cells.csv".as_ref(), &options).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cells.csv is {kind}")), "{error}");
    }
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = ReadOptions { frame_interval: Some(factor), ..Default::default() };
        let error = read("id,t,x,y\na,0,1,2\n", &options).unwrap_err();
        assert!(matches!(error, IoError::BadScale { quantity: "time", .. }), "{error}");
    }
    for n in [0, 3] {
        let options = ReadOptions { dimensions: Some(n), ..Default::default() };
        refused(ROWS, &options, &format!("cells.csv has 2 coordinates, not {n}"));
    }
}

#[test]
fn ids_as_they_are_written() {
    let table = parse_table(
        b"10.0,0,1,2\n9,1,1,2\n10,1,1,2\n\"nan\",1,1,2\nM\xfcller,1,1,2\nnan,3,1,1\n\"2.0\",1,1,2\n007,1,1,2\n",
        "a".as_ref(),
        &ReadOptions::default(),
    );
    let table = table.unwrap();
    assert_eq!(table.ids, ["2.0", "007", "9", "10", "Müller", "nan"]);
    assert_eq!(
        (table.individuals.as_slice(), table.origin.n_untracked),
        (&[3, 2, 3, 5, 4, 0, 1][..], 1)
    );
}

fn fixture(name: &str) -> Result<TrackTable, IoError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tracks").join(name);
    crate::read_table(path, &ReadOptions::default())
}

/// Numbers of rows, individuals, frames and segments of recorded files, known from their sources.
#[test]
fn recorded_files() {
    for (name, format, counts) in [
        ("pedestrians_pedpy/bi_corr_400_b_03.txt", Format::PeTrack, [120_790, 480, 3247, 480]),
        ("pedestrians_pedpy/040_c_56_h-_first_10.txt", Format::PeTrack, [7961, 10, 1571, 10]),
        ("pedestrians_pedpy/uo-180-180-070_first_20.txt", Format::PeTrack, [3675, 20, 339, 20]),
        ("cells_btrack/tracks.csv", Format::Btrack, [52_678, 409, 500, 419]),
        ("colloid_sfi/optical_tweezer.csv", Format::Generic, [20_001, 1, 20_001, 1]),
        (
            "trackmate_files/trackmate_tracks_with_splitting_merging.csv",
            Format::Generic,
            [183, 9, 50, 10],
        ),
    ] {
        let table = fixture(name).unwrap();
        assert_eq!((table.origin.format, table.n_dimensions()), (format, 2), "{name}");
        let tracks = table.tracks::<2>(&TrackOptions::default()).unwrap();
        let found =
            [table.n_rows(), tracks.n_individuals(), tracks.n_frames(), tracks.segments().len()];
        assert_eq!(found, counts, "{name}");
    }
}

/// 231 people walk towards larger x and 249 the other way, each of them farther than 9.8 m.
#[test]
fn people_walk_both_ways() {
    let table = fixture("pedestrians_pedpy/bi_corr_400_b_03.txt").unwrap();
    let tracks = table.tracks::<2>(&TrackOptions::default()).unwrap();
    let net = |i: usize| {
        let positions = &tracks.segments_of(i)[0].positions;
        positions[positions.len() - 1][0] - positions[0][0]
    };
    let right = (0..480).filter(|&i| net(i) > 980.0).count();
    assert_eq!((right, (0..480).filter(|&i| net(i) < -980.0).count()), (231, 249));
    assert_eq!(tracks.units(), &Units { length: "cm".into(), time: "s".into() });
    assert!((tracks.dt() - 0.04).abs() < 1e-15); // rounding
}

#[test]
fn recorded_files_that_hold_no_tracks() {
    let error = fixture("cells_btrack/objects_first_400_lines.csv").unwrap_err();
    assert!(matches!(error, IoError::Detections { line: 3, .. }), "{error}");
    let error = fixture("trackmate_files/trackmate_tracks_with_gap_closing_spots.csv").unwrap_err();
    assert!(matches!(error, IoError::Detections { line: 3, .. }), "{error}");
    let error = fixture("trackmate_files/trackmate_tracks_with_gap_closing_edges.csv").unwrap_err();
    assert!(matches!(error, IoError::Links { line: 1, .. }), "{error}");
}

/// Two tracks divide and one spot is reached by two links.
#[test]
fn links_divide_and_merge() {
    let table = fixture("trackmate_files/trackmate_tracks_with_splitting_merging.csv").unwrap();
    assert_eq!(table.divisions.len(), 4);
    noted(&table, "divisions: 2, mergers: 1");
    for &(parent, daughter) in &table.divisions {
        let pairs = || table.individuals.iter().zip(&table.times);
        let times = |i: u32| pairs().filter(move |pair| *pair.0 == i).map(|pair| *pair.1);
        let end = times(parent).fold(f64::NEG_INFINITY, f64::max);
        let begin = times(daughter).fold(f64::INFINITY, f64::min);
        assert!(end < begin, "{parent} {daughter}");
    }
}
