//! Says what a file of tracks holds and what each learner could do with it; without a file, three that go
//! in circles, one of them lost for a while.
//!
//! ```text
//! cargo run --release -p pairlaw-io --example inspect -- FILE
//! ```
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use pairlaw_io::{ReadOptions, inspect, parse_table, read_table};

fn main() -> Result<(), Box<dyn Error>> {
    let (options, start) = (ReadOptions::default(), Instant::now());
    let table = match std::env::args().nth(1) {
        Some(path) => read_table(path, &options)?,
        None => parse_table(circles().as_bytes(), "made up".as_ref(), &options)?,
    };
    let read = start.elapsed();
    let inspection = inspect(&table);
    println!("{inspection}");
    println!("\nread in {read:.1?}, inspected in {:.1?}", start.elapsed() - read);
    Ok(())
}

fn circles() -> String {
    let seen = |(k, i): &(i32, i32)| !(*i == 1 && (20..24).contains(k));
    let row = |(k, i): (i32, i32)| {
        let (sin, cos) = (0.1 * f64::from(k) + f64::from(i)).sin_cos();
        format!("{i},{},{cos},{sin}\n", 0.5 * f64::from(k))
    };
    let rows = (0..60).flat_map(|k| (0..3).map(move |i| (k, i)));
    std::iter::once("id,t,x,y\n".to_owned()).chain(rows.filter(seen).map(row)).collect()
}
