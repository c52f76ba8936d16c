//! What a file of tracks holds: `cargo run --example read_tracks -- cells.csv`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use pairlaw_io::{ReadOptions, TrackOptions, TrackTable, parse_table, read_table};

const MADE_UP: &str = "id,t,x,y\na,0,1,2\na,1,2,2\nb,1,5,5\nb,2,5,6\na,2,3,2\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (options, start) = (ReadOptions::default(), Instant::now());
    let table = match std::env::args().nth(1) {
        Some(path) => read_table(path, &options)?,
        None => parse_table(MADE_UP.as_bytes(), "made up".as_ref(), &options)?,
    };
    println!("{} rows of {} individuals", table.n_rows(), table.n_individuals());
    for note in &table.origin.notes {
        println!("- {note}");
    }
    match table.n_dimensions() {
        1 => tell::<1>(&table)?,
        2 => tell::<2>(&table)?,
        _ => tell::<3>(&table)?,
    }
    println!("{:.3} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn tell<const D: usize>(table: &TrackTable) -> Result<(), Box<dyn std::error::Error>> {
    let tracks = table.tracks::<D>(&TrackOptions::default())?;
    let (units, dt) = (tracks.units(), tracks.dt());
    println!("{D} dimensions, length in {:?}, time in {:?}", units.length, units.time);
    println!("{} frames, {dt} apart, from {}", tracks.n_frames(), tracks.start_time());
    println!("{} samples, {} segments", tracks.n_samples(), tracks.segments().len());
    Ok(())
}
