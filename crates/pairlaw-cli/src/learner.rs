//! What all learners do: read, open the output, learn in the right dimension, tell.

use crate::config::{ConfigFile, Section, printed};
use crate::error::CliError;
use crate::options::{LearnArgs, ReadSection, RunSection};
use crate::output::{Output, json, tell};
use crate::reading::{self, Input};
use clap::{ArgMatches, Args};
use pairlaw_data::Tracks;
use pairlaw_io::TrackTable;
use pairlaw_run::Failure;
use serde::Serialize;
use std::fmt::Display;
use std::ops::Range;

pub(crate) use crate::fingerprint::fingerprint;

/// One run of a learner.
#[derive(Debug)]
pub(crate) struct Job<'a, T> {
    pub(crate) options: &'a T,
    pub(crate) read: &'a ReadSection,
    pub(crate) run: &'a RunSection,
    pub(crate) table: &'a TrackTable,
    pub(crate) input: &'a Input,
}

/// A learner, in any dimension.
pub(crate) trait Learn {
    /// Its section of options.
    type Options: Section + Args;
    /// What it finds.
    type Found: Serialize + Display;

    /// Learns and writes all files.
    fn learn<const D: usize>(
        job: &Job<'_, Self::Options>,
        tracks: &Tracks<D>,
        output: &Output,
    ) -> Result<Self::Found, Failure>;
}

/// Runs a learner as its command line asks.
pub(crate) fn run<L: Learn>(
    args: &LearnArgs<L::Options>,
    given: &ArgMatches,
) -> Result<(), Failure> {
    let file = ConfigFile::read(args.config.as_deref())?;
    let options = file.options(&args.learner, given)?;
    let read = file.options(&args.read, given)?;
    let run = file.options(&args.run, given)?;
    if args.print_config {
        let sections = [printed(&read)?, printed(&options)?, printed(&run)?];
        return tell(&sections.join("\n"));
    }
    let table = reading::table(&args.file, &read)?;
    let input = Input::of(&args.file, &table)?;
    let job = Job { options: &options, read: &read, run: &run, table: &table, input: &input };
    let output = Output::open(&args.file, L::Options::NAME, &run, args.resume)?;
    let found = match table.n_dimensions() {
        1 => learn::<L, 1>(&job, &output)?,
        2 => learn::<L, 2>(&job, &output)?,
        _ => learn::<L, 3>(&job, &output)?,
    };
    if args.json {
        return tell(&json(&found)?);
    }
    tell(&format!("{found}\nreport: {}\n", output.folder.join("report.html").display()))
}

fn learn<L: Learn, const D: usize>(
    job: &Job<'_, L::Options>,
    output: &Output,
) -> Result<L::Found, Failure> {
    L::learn(job, &reading::tracks::<D>(job.table, job.read)?, output)
}

/// Frames from `first` on, `n` of them or as many as there are.
///
/// # Errors
/// [`CliError::BadOption`] if the first one does not exist.
pub(crate) fn window(
    n_frames: usize,
    first: usize,
    n: Option<usize>,
) -> Result<Range<usize>, CliError> {
    if first >= n_frames {
        let (option, value) = ("first-frame", first.to_string());
        return Err(CliError::BadOption { option, value, needed: "a frame of the recording" });
    }
    Ok(first..n.map_or(n_frames, |n| first.saturating_add(n).min(n_frames)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_frames_stay_inside() {
        assert_eq!(window(10, 0, None).unwrap(), 0..10);
        assert_eq!(window(10, 7, Some(2)).unwrap(), 7..9);
        assert_eq!(window(10, 7, Some(usize::MAX)).unwrap(), 7..10);
        assert!(window(10, 10, None).unwrap_err().to_string().contains("--first-frame is 10"));
    }
}
