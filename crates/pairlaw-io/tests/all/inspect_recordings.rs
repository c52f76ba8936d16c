//! What the inspection says about real recordings, beside numbers that a few lines of Python give.

use std::path::PathBuf;

use pairlaw_io::inspect::{Reason, Suited};
use pairlaw_io::{Inspection, ReadOptions, inspect, read_table};

fn recording(name: &str) -> Inspection {
    let tracks: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "fixtures", "tracks"].iter().collect();
    let options = ReadOptions { dimensions: Some(2), ..Default::default() };
    inspect(&read_table(tracks.join(name), &options).expect("a fixture can be read"))
}

/// Equal up to a part; 1e-9 is rounding.
#[track_caller]
fn near(found: Option<f64>, expected: f64, part: f64) {
    let found = found.expect("a number");
    assert!((found / expected - 1.0).abs() < part, "{found} for {expected}");
}

#[test]
fn dividing_cells() {
    let found = recording("cells_btrack/tracks.csv");
    assert_eq!((found.n_rows, found.n_individuals, found.times.n_frames), (52_678, 409, 500));
    let presence = &found.presence;
    assert_eq!((presence.per_frame.least, presence.per_frame.most), (67, 182));
    let gaps = &presence.gaps;
    assert_eq!((gaps.n, gaps.n_individuals, gaps.n_missing), (10, 8, 10));
    assert_eq!((presence.n_with_long_run, presence.track_lengths.least), (309, 1));
    near(found.motion.median_step, 1.858_460_646_857, 1e-9);
    near(found.motion.persistence, 0.695_415_945_361, 1e-9);
    near(found.motion.noise, 0.525_827_172_327, 1e-9);
    near(found.motion.drift_share, 0.011_770_361_700, 1e-9);
    // All 500 frames are looked at; 1e-3 is where quantiles fall among discrete distances.
    near(found.neighbours.percent_1, 24.665, 1e-3);
    near(found.neighbours.median, 44.915, 1e-3);
    near(found.neighbours.percent_99, 150.092, 1e-3);
    let suited: Vec<Suited> = found.fits.iter().map(|fit| fit.suited).collect();
    assert_eq!(suited, [Suited::WithLimits; 3]);
    assert!(found.fits[0].reasons.iter().any(|reason| matches!(reason, Reason::Noise { .. })));
}

#[test]
fn people_in_a_corridor() {
    let found = recording("pedestrians_pedpy/bi_corr_400_b_03.txt");
    assert_eq!((found.n_rows, found.n_individuals, found.times.n_frames), (120_790, 480, 3247));
    assert!(found.times.is_uniform() && found.presence.gaps.n == 0 && found.duplicates.n == 0);
    near(found.motion.median_step, 4.117_030_513_610, 1e-9);
    near(found.motion.persistence, 0.990_067_287_612, 1e-9);
    near(found.motion.noise, 0.074_829_120_095, 1e-9);
    // Statistical: 1000 of 3235 frames.
    assert_eq!((found.neighbours.n_frames, found.neighbours.n_frames_with_pairs), (1000, 3235));
    near(found.neighbours.median, 62.618_827, 0.01);
    near(found.neighbours.percent_1, 30.379, 0.02);
    near(found.neighbours.percent_99, 128.52, 0.02);
    // One person is 22.5 cm further in the next frame, where others' steps are some 4 cm.
    assert_eq!((found.jumps.n, found.jumps.n_swaps), (1, 0));
    assert_eq!(found.jumps.first.map(|jump| jump.id), Some("89".to_owned()));
    assert_eq!(found.fits[0].suited, Suited::Yes);
    assert_eq!(found.fits[1].suited, Suited::No);
}

#[test]
fn a_bead_in_a_trap() {
    let found = recording("colloid_sfi/optical_tweezer.csv");
    assert_eq!((found.n_rows, found.n_individuals), (20_001, 1));
    near(found.motion.median_step, 0.124_186_336_132, 1e-9);
    near(found.motion.persistence, -0.062_029_785_457, 1e-9);
    near(found.motion.noise, 0.056_540_370_041, 1e-9);
    assert!(found.fits.iter().all(|fit| fit.suited == Suited::No));
    assert_eq!(found.fits[0].reasons, [Reason::Alone { n: 1 }]);
}
