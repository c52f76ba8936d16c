//! Says what a file of tracks holds and what each learner could do with it.
//!
//! ```text
//! cargo run --release -p pairlaw-io --example inspect -- FILE
//! ```
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use pairlaw_io::{ReadOptions, inspect, read_table};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let start = Instant::now();
    let table = read_table(path, &ReadOptions::default())?;
    let read = start.elapsed();
    let inspection = inspect(&table);
    println!("{inspection}");
    println!("\nread in {read:.1?}, inspected in {:.1?}", start.elapsed() - read);
    Ok(())
}
