//! Runs the built command as a user would.

mod command;

mod configuration;
mod failures;
mod formats;
mod learners;
mod resume;
mod species;
mod tutorials;
