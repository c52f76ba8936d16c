//! `pairlaw inspect`: what is in a file, before anything is learned from it.

use crate::config::ConfigFile;
use crate::options::InspectArgs;
use crate::output::{json, tell};
use crate::reading;
use clap::ArgMatches;
use pairlaw_io::inspect;
use pairlaw_run::Failure;

/// Bad tables are what it explains: it fails only where no table can be read.
pub(crate) fn run(args: &InspectArgs, given: &ArgMatches) -> Result<(), Failure> {
    let read = ConfigFile::read(args.config.as_deref())?.options(&args.read, given)?;
    let found = inspect(&reading::table(&args.file, &read)?);
    tell(&if args.json { json(&found)? } else { format!("{found}\n") })
}
