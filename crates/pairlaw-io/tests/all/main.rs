//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod formats;
mod inspect;
mod inspect_properties;
mod inspect_recordings;
mod inspect_verdicts;
mod made_tables;
mod mutated_files;
mod mutated_text;
mod properties;
