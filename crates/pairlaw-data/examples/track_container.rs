//! Keeps the tracks of two walkers in a file, one lost to sight for a while, and reads them back.
#![allow(clippy::print_stdout)]

use pairlaw_data::rand_core::Rng;
use pairlaw_data::{DataError, Frames, Row, Streams, Tracks, Units};

fn main() -> Result<(), DataError> {
    let seen = |id: &str, frame: usize| id != "Bob" || !(40..43).contains(&frame);
    let mut rows = Vec::new();
    for (id, mut rng) in ["Ann", "Bob"].into_iter().zip(Streams::new(1)) {
        let mut position = [0.0; 2];
        for frame in (0..100).filter(|&frame| seen(id, frame)) {
            position = position.map(|x| x + step(rng.next_u64()));
            rows.push(Row { id: id.to_owned(), time: 0.1 * frame as f64, position });
        }
    }
    let tracks = Tracks::from_rows(&rows)?
        .with_units(Units { length: "µm".to_owned(), time: "min".to_owned() });

    let path = std::env::temp_dir().join("walkers.tracks");
    tracks.save(&path)?;
    let loaded = Tracks::<2>::load(&path)?;
    println!("{}: the same tracks: {}", path.display(), loaded == tracks);
    if let Err(error) = Tracks::<3>::load(&path) {
        println!("in three dimensions: {error}");
    }

    let filled = loaded.gaps_filled(5);
    let at_41 = |tracks| Frames::new(tracks).frame(41).individuals.len();
    println!("in frame 41: {} seen, {} after filling gaps", at_41(&loaded), at_41(&filled));
    Ok(())
}

/// Uniform between −1 and 1.
fn step(random: u64) -> f64 {
    random as i64 as f64 / i64::MAX as f64
}
