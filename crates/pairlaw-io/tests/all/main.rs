//! Tests over whole files.

mod formats;
mod mutated_files;
mod mutated_text;
mod properties;
