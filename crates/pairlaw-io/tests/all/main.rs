//! Tests over whole files.

mod mutated_text;
mod properties;
