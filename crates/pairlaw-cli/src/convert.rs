//! `pairlaw convert`: tracks of any format as one long table.

use crate::config::ConfigFile;
use crate::error::CliError;
use crate::options::ConvertArgs;
use crate::output::tell;
use crate::reading;
use crate::species::quoted;
use clap::ArgMatches;
use pairlaw_data::{Tracks, write_atomic};
use pairlaw_run::Failure;
use std::fmt::Write;

pub(crate) fn run(args: &ConvertArgs, given: &ArgMatches) -> Result<(), Failure> {
    if args.out.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("csv")) {
        return Err(CliError::UnknownEnding { path: args.out.clone() }.into());
    }
    let read = ConfigFile::read(args.config.as_deref())?.options(&args.read, given)?;
    let table = reading::table(&args.file, &read)?;
    let text = match table.n_dimensions() {
        1 => csv(&reading::tracks::<1>(&table, &read)?)?,
        2 => csv(&reading::tracks::<2>(&table, &read)?)?,
        _ => csv(&reading::tracks::<3>(&table, &read)?)?,
    };
    write_atomic(&args.out, text.as_bytes())?;
    let notes: String = table.origin.notes.iter().map(|note| format!("{note}\n")).collect();
    tell(&format!("{notes}{}: {} rows\n", args.out.display(), text.lines().count() - 1))
}

/// A long table: id, t, the coordinates, sorted by individual and time; numbers to the last bit.
pub(crate) fn csv<const D: usize>(tracks: &Tracks<D>) -> Result<String, Failure> {
    let mut text = format!("id,t,{}\n", ["x", "y", "z"][..D].join(","));
    for segment in tracks.segments() {
        let id = quoted(&tracks.ids()[segment.individual]);
        for (frame, position) in segment.frames().zip(&segment.positions) {
            write!(text, "{id},{}", tracks.time(frame))?;
            position.iter().try_for_each(|x| write!(text, ",{x}"))?;
            text.push('\n');
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Segment, Units};

    #[test]
    fn a_table_by_hand() {
        let sampling = Sampling { start_time: 1.0, dt: 0.5, n_frames: 4 };
        let segment = Segment {
            individual: 0,
            first_frame: 1,
            positions: vec![[0.1, -2.0], [1e-7, 3.0]],
            velocities: None,
        };
        let ids = vec!["a,b".to_owned()];
        let tracks = Tracks::new(ids, sampling, Units::default(), vec![segment]).unwrap();
        let expected = "id,t,x,y\n\"a,b\",1.5,0.1,-2\n\"a,b\",2,0.0000001,3\n";
        assert_eq!(csv(&tracks).unwrap(), expected);
    }
}
