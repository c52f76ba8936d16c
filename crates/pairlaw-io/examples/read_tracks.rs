//! What a file of tracks in the plane holds: `cargo run --example read_tracks -- cells.csv`.
#![allow(clippy::print_stdout)]

use pairlaw_io::{Scale, parse_tracks, read_tracks};

const MADE_UP: &str = "id,t,x,y\na,0,1,2\na,1,2,2\nb,1,5,5\nb,2,5,6\na,2,3,2\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = match std::env::args().nth(1) {
        Some(path) => read_tracks::<2>(path, Scale::default())?,
        None => parse_tracks::<2>(MADE_UP.as_bytes(), "made up".as_ref(), Scale::default())?,
    };
    let tracks = file.tracks;
    println!("{} individuals, {} frames", tracks.n_individuals(), tracks.n_frames());
    println!("{} samples, {} segments", tracks.n_samples(), tracks.segments().len());
    println!("{} spots without a track", file.n_untracked);
    Ok(())
}
