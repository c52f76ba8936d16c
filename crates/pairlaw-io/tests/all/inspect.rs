//! What the inspection finds in small tables made for it, and that it does not find it elsewhere.

use crate::made_tables::{Sample, circles, fit, has, of, says, table};
use pairlaw_io::inspect::{Learner, Place, Reason, Suited};
use pairlaw_io::{Places, ReadOptions, inspect, parse_table};

fn line(line: u32) -> Place {
    Place { row: line as usize - 2, line: Some(line) }
}

#[test]
fn sound_tracks_have_nothing_wrong() {
    let found = of(&circles(6, 40));
    assert_eq!((found.n_rows, found.n_individuals), (240, 6));
    assert_eq!((found.times.n_frames, found.times.n_times, found.times.step), (40, 40, Some(0.5)));
    assert!(found.times.is_uniform() && found.times.frames_per_sample == 1);
    assert_eq!((found.presence.per_frame.least, found.presence.per_frame.most), (6, 6));
    assert_eq!((found.presence.track_lengths.median, found.presence.n_in_all_frames), (40, 6));
    assert_eq!((found.presence.gaps.n, found.duplicates.n, found.jumps.n), (0, 0, 0));
    assert_eq!((&found.at_origin, &found.most_repeated), (&None, &None));
    assert_eq!((found.motion.n_still, found.neighbours.n_coincident), (0, 0));
    // Chords of circles of radius 2, by hand; rounding.
    let chord = 4.0 * 0.05f64.sin();
    assert!((found.motion.median_step.unwrap() - chord).abs() < 1e-12);
    assert!((found.motion.median_speed.unwrap() - 2.0 * chord).abs() < 1e-12);
    assert!((found.motion.persistence.unwrap() - 0.1f64.cos()).abs() < 1e-12);
    assert_eq!(fit(&found, Learner::Species).suited, Suited::Yes);
    assert_eq!(fit(&found, Learner::Meanfield).suited, Suited::No);
    assert_eq!(fit(&found, Learner::Potentials).suited, Suited::Yes);
    says(&found, "cells.csv (generic) - columns: id = \"a\"");
    says(
        &found,
        "individuals 6; 6 in every frame times 0 to 19.5: 40 frames on a uniform grid of step 0.5",
    );
    says(&found, "gaps none duplicates none placeholders none found");
    assert!(!found.to_string().contains("for all learners"));
}

#[test]
fn rows_left_out_are_told() {
    let mut table = table(&circles(2, 30));
    says(&inspect(&table), "rows 60; none left out");
    table.origin.n_missing = 3;
    says(&inspect(&table), "rows 60; 3 rows left out: a number is missing");
    table.origin.n_untracked = 1;
    says(&inspect(&table), "left out: 3 rows with a number missing, 1 row of no track");
}

#[test]
fn gaps() {
    let mut rows = circles(3, 40);
    // Individual 1 lacks frames 10 and 11, and 20; its rows begin with the 40th.
    rows.retain(|row| row.0 != 1 || ![5.0, 5.5, 10.0].contains(&row.1));
    let found = of(&rows);
    let gaps = &found.presence.gaps;
    assert_eq!((gaps.n, gaps.n_individuals, gaps.n_missing, gaps.longest), (2, 1, 3, 2));
    assert_eq!(gaps.first, Some(line(52)));
    assert_eq!((found.presence.longest_runs.least, found.presence.n_with_long_run), (19, 2));
    assert_eq!((found.presence.per_frame.least, found.presence.per_frame.median), (2, 3));
    assert_eq!(found.presence.n_in_all_frames, 2);
    assert!(!has(&found, |reason| matches!(reason, Reason::Gaps { .. })));
    rows.retain(|row| row.0 != 2 || !(10.0..18.0).contains(&row.1));
    let found = of(&rows);
    assert!(has(&found, |reason| matches!(reason, Reason::Gaps { n: 3, .. })));
    says(&found, "3 in 2 tracks, 19 samples missing, 16 in the longest; the first ends at line 52");
}

#[test]
fn frames_that_hold_nobody() {
    let mut rows = circles(2, 40);
    rows.retain(|row| ![7.0, 7.5].contains(&row.1));
    let found = of(&rows);
    assert_eq!((found.presence.n_empty_frames, found.presence.per_frame.least), (2, 0));
    assert_eq!((found.times.n_frames, found.times.n_times), (40, 38));
    says(&found, "0 to 2 in a frame, median 2; 2 frames hold nobody");
}

#[test]
fn duplicates() {
    let mut rows = circles(2, 30);
    let copy = rows[7];
    rows.push(copy);
    rows.push((1, 1.0, [5.0, 5.0]));
    let found = of(&rows);
    assert_eq!((found.duplicates.n, found.duplicates.n_copies), (2, 1));
    let first = found.duplicates.first.clone().unwrap();
    assert_eq!((first.id.as_str(), first.time), ("id0", 3.5));
    assert_eq!(first.places, [line(9), line(62)]);
    assert!(has(&found, |reason| *reason == Reason::Duplicates { n: 2, n_copies: 1 }));
    assert_eq!(found.presence.track_lengths.most, 30);
    assert_eq!(fit(&found, Learner::Species).suited, Suited::WithLimits);
    says(&found, "for all learners - 2 rows of an individual at a time that has one already");
}

#[test]
fn uneven_times() {
    let mut rows = circles(4, 50);
    rows[20].1 += 0.1;
    let found = of(&rows);
    assert!(!found.times.is_uniform());
    assert_eq!((found.times.n_off_grid, found.times.step), (1, Some(0.5)));
    let off = found.times.first_off_grid.clone().unwrap();
    assert_eq!((off.place, off.expected), (line(22), 10.0));
    // Rounding.
    assert!((found.times.largest_offset - 0.2).abs() < 1e-9);
    let uneven =
        |reason: &Reason| matches!(reason, Reason::UnevenTimes { n_off: 1, n_rows: 200, .. });
    assert!(has(&found, uneven));
    says(&found, "first line 22 (time 10.1, nearest frame at 10)");
    assert!(!has(&of(&circles(4, 50)), |reason| matches!(reason, Reason::UnevenTimes { .. })));
}

#[test]
fn a_time_between_two_frames_makes_no_finer_grid() {
    let mut rows = circles(4, 50);
    rows[20].1 += 0.25;
    let found = of(&rows);
    assert_eq!((found.times.n_off_grid, found.times.step), (1, Some(0.5)));
    // The first and the last time may be wrong too.
    for (wrong, by) in [(0, -0.2), (49, 0.2), (0, 0.1), (49, -0.1)] {
        let mut rows = circles(1, 50);
        rows[wrong].1 += by;
        let found = of(&rows);
        assert_eq!((found.times.n_off_grid, found.times.step), (1, Some(0.5)), "{wrong} {by}");
    }
}

#[test]
fn times_with_too_few_digits() {
    let mut rows = circles(4, 60);
    // Thirty frames a second, to a millisecond: off by up to .33 ms of 33.3.
    rows.iter_mut().for_each(|row| row.1 = (row.1 * 2000.0 / 30.0).round() / 1000.0);
    let found = of(&rows);
    assert_eq!((found.times.n_frames, found.presence.gaps.n), (60, 0));
    assert!((found.times.step.unwrap() * 30.0 - 1.0).abs() < 1e-3, "{:?}", found.times);
    assert!(found.times.n_off_grid > 100 && found.times.largest_offset < 0.03, "{:?}", found.times);
}

#[test]
fn seconds_since_1970() {
    // Numbers of this size are 2.4e-7 apart, more than a millionth of the step.
    let mut rows = circles(4, 60);
    rows.iter_mut().for_each(|row| row.1 = 1.7e9 + 0.2 * row.1);
    let found = of(&rows);
    assert!(found.times.is_uniform() && found.times.n_frames == 60, "{:?}", found.times);
}

#[test]
fn times_without_any_grid() {
    let mut rows = circles(4, 60);
    let mut state = 4;
    rows.iter_mut().for_each(|row| row.1 += 0.4 * uniform(&mut state));
    let found = of(&rows);
    assert!(found.times.n_off_grid > 200 && found.times.largest_offset <= 0.5, "{:?}", found.times);
    assert!((found.times.step.unwrap() / 0.5 - 1.0).abs() < 0.2, "{:?}", found.times);
    assert_eq!(found.duplicates.n, 0);
}

#[test]
fn individuals_seen_in_turns() {
    let mut rows = circles(4, 60);
    rows.retain(|row| (2.0 * row.1) as u32 % 2 == row.0 % 2);
    let found = of(&rows);
    assert_eq!((found.times.step, found.times.frames_per_sample), (Some(0.5), 2));
    assert!(found.times.is_uniform() && found.presence.gaps.n == 0);
    assert!(has(&found, |reason| *reason == Reason::EveryNth { frames: 2 }));
    says(&found, "an individual is usually seen once in 2 frames");
}

#[test]
fn a_single_time() {
    let rows: Vec<Sample> = (0..30).map(|i| (i, 4.0, [f64::from(i), 0.0])).collect();
    let found = of(&rows);
    assert_eq!((found.times.step, found.times.n_frames), (None, 1));
    assert!(found.fits.iter().all(|fit| fit.suited == Suited::No));
    assert!(has(&found, |reason| *reason == Reason::SingleTime));
    assert!((found.neighbours.median.unwrap() - 1.0).abs() < 1e-15);
    says(&found, "times a single one: 4");
}

#[test]
fn rows_at_the_origin() {
    let mut rows = circles(3, 40);
    (10..14).for_each(|row| rows[row].2 = [0.0, -0.0]);
    rows[95].2 = [0.0; 2];
    let found = of(&rows);
    let origin = found.at_origin.clone().unwrap();
    assert_eq!((origin.n_rows, origin.n_individuals, origin.first), (5, 2, Some(line(12))));
    assert!(has(&found, |reason| matches!(reason, Reason::Placeholders { n: 5, .. })));
    says(&found, "5 rows of 2 individuals exactly at (0, 0), first line 12");
    // One may be chance.
    let mut rows = circles(3, 40);
    rows[10].2 = [0.0; 2];
    assert!(!has(&of(&rows), |reason| matches!(reason, Reason::Placeholders { .. })));
}

#[test]
fn rows_at_another_place() {
    let mut rows = circles(5, 80);
    (0..5).for_each(|k| rows[40 * k + 7].2 = [-1.0, -1.0]);
    let found = of(&rows);
    let repeat = found.most_repeated.clone().unwrap();
    assert_eq!((repeat.position, repeat.n_rows, repeat.first), (vec![-1.0; 2], 5, Some(line(9))));
    assert!(has(&found, |reason| matches!(reason, Reason::Placeholders { n: 5, .. })));
    // One individual at rest is no sign of a placeholder.
    let mut rows = circles(5, 80);
    (7..30).for_each(|row| rows[row].2 = [-1.0, -1.0]);
    let found = of(&rows);
    assert_eq!(found.most_repeated, None);
    assert_eq!((found.motion.n_still, found.motion.longest_still), (22, 22));
}

#[test]
fn held_positions() {
    let mut rows = circles(3, 60);
    (0..180).filter(|row| row % 2 == 1).for_each(|row| rows[row].2 = rows[row - 1].2);
    let found = of(&rows);
    assert_eq!((found.motion.n_still, found.motion.longest_still), (90, 1));
    assert!(has(&found, |reason| matches!(reason, Reason::Still { .. })));
    assert!(!has(&of(&circles(3, 60)), |reason| matches!(reason, Reason::Still { .. })));
}

#[test]
fn swapped_ids() {
    let mut rows = circles(3, 60);
    // From frame 30 on individual 0 goes on as 1 did, and 1 as 0.
    (30..60).for_each(|k| {
        let other = rows[k].2;
        rows[k].2 = rows[60 + k].2;
        rows[60 + k].2 = other;
    });
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_individuals, found.jumps.n_swaps), (2, 2, 1));
    assert_eq!(found.jumps.first_swap, Some([line(32), line(92)]));
    let first = found.jumps.first.clone().unwrap();
    assert_eq!((first.id.as_str(), first.place), ("id0", line(32)));
    assert!(first.length > 6.0 && first.usual < 0.21, "{first:?}");
    says(&found, "1 pair exchanges its places, first line 32 and line 92");
    assert!(has(&found, |reason| matches!(reason, Reason::Jumps { n_swaps: 1, .. })));
}

#[test]
fn a_jump_to_the_place_of_another_is_no_exchange() {
    let mut rows = circles(3, 60);
    for k in 30..60 {
        rows[k].2 = rows[60 + k].2;
        rows[60 + k].2[1] += 40.0;
    }
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_swaps), (2, 0));
    // Nor are there and back of one individual between two frames.
    let mut rows = circles(3, 60);
    rows.extend([(0, 15.1, [90.0, 0.0]), (0, 15.2, rows[30].2)]);
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_swaps), (2, 0));
}

#[test]
fn a_camera_that_moves() {
    let mut rows = circles(6, 60);
    rows.iter_mut().filter(|row| row.1 >= 15.0).for_each(|row| row.2[1] += 7.0);
    rows[50].2[1] += 7.0;
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.most_at_once, found.jumps.n_swaps), (8, 6, 0));
    says(&found, "jumps 8 in 6 tracks, up to 6 at once; first line 32");
}

#[test]
fn who_moves_in_bursts_has_a_wide_limit() {
    // Steps of 0 to 2: a median of 1 and a median deviation of .5 make a limit of 8.4.
    let walk = |jump: f64| {
        let mut x = 0.0;
        let step = |k: u32| {
            x += if k == 50 { jump } else { 0.02 * f64::from(37 * k % 101) };
            (0, f64::from(k), [x, 0.0])
        };
        of(&(0..101).map(step).collect::<Vec<_>>()).jumps.n
    };
    assert_eq!((walk(8.0), walk(9.0)), (0, 1));
}

#[test]
fn jumps_without_a_partner() {
    let mut rows = circles(3, 60);
    rows[70].2 = [500.0, 0.0];
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_individuals, found.jumps.n_swaps), (2, 1, 0));
    let largest = found.jumps.largest.clone().unwrap();
    assert_eq!((largest.id.as_str(), largest.place.row / 10), ("id1", 7));
    says(&found, "jumps 2 in 1 track; first line 72 (individual id1");
    // Who waits and then walks does not jump.
    let speed = |k: u32| if k < 40 { 0.01 } else { 1.0 };
    let mut x = 0.0;
    let waits = (0..60).map(|k| {
        x += speed(k);
        (0, f64::from(k), [x, 0.0])
    });
    assert_eq!(of(&waits.collect::<Vec<_>>()).jumps.n, 0);
}

/// Numbers from [−½, ½): SplitMix64.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

#[test]
fn noise_beneath_motion() {
    let clean = of(&circles(10, 200));
    assert!(clean.motion.noise.unwrap() < 1e-4, "{:?}", clean.motion);
    let mut state = 1;
    let mut rows = circles(10, 200);
    for row in &mut rows {
        row.2 = row.2.map(|x| x + 0.2 * uniform(&mut state));
    }
    let found = of(&rows);
    // Statistical: σ = .2/√12; some 1300 independent differences and a median of efficiency .37 give a
    // standard error of 3 %; differences of uniform numbers are normal to 2 %. Four of them.
    let sigma = 0.2 / 12f64.sqrt();
    assert!((found.motion.noise.unwrap() / sigma - 1.0).abs() < 0.14, "{:?}", found.motion);
    let expected = found.motion.median_step.unwrap() / (2.0 * found.motion.noise.unwrap());
    assert!((found.motion.step_to_noise.unwrap() - expected).abs() < 1e-12);
    let noisy = |reason: &Reason| matches!(reason, Reason::Noise { .. });
    assert!(has(&found, noisy) && !has(&clean, noisy));
    assert!(has(&clean, |reason| matches!(reason, Reason::ClearSteps { .. })));
}

#[test]
fn straight_motion_shows_no_noise() {
    let rows: Vec<Sample> =
        (0..60).map(|k| (k % 2, f64::from(k / 2), [f64::from(k / 2), f64::from(k % 2)])).collect();
    let found = of(&rows);
    assert_eq!((found.motion.noise, found.motion.step_to_noise), (Some(0.0), None));
    says(&found, "noise none shows");
    says(&of(&rows[..8]), "noise unknown: it shows in seven samples in a row");
}

#[test]
fn random_walks_have_no_velocity() {
    let mut state = 2;
    let mut at = vec![[0.0f64; 2]; 20];
    let mut rows = Vec::new();
    for k in 0..200 {
        for (i, x) in (0..).zip(&mut at) {
            *x = x.map(|x| x + uniform(&mut state));
            rows.push((i, f64::from(k), [x[0] + 50.0 * f64::from(i), x[1]]));
        }
    }
    let found = of(&rows);
    // Statistical: 4000 products of independent steps, four standard errors.
    assert!(found.motion.persistence.unwrap().abs() < 0.07, "{:?}", found.motion);
    assert!(has(&found, |reason| matches!(reason, Reason::Erratic { .. })));
    assert!(!has(&of(&circles(6, 40)), |reason| matches!(reason, Reason::Erratic { .. })));
}

#[test]
fn drift_of_everybody() {
    let still = of(&circles(5, 63));
    assert!(still.motion.drift_share.unwrap() < 0.05);
    let mut rows = circles(5, 63);
    rows.iter_mut().for_each(|row| row.2[0] += 3.0 * row.1);
    let found = of(&rows);
    assert!((found.motion.drift[0] - 3.0).abs() < 0.02, "{:?}", found.motion);
    assert!(has(&found, |reason| matches!(reason, Reason::Drift { .. })));
    assert!(!has(&still, |reason| matches!(reason, Reason::Drift { .. })));
}

#[test]
fn neighbours_by_hand() {
    // On a line at 0, 1, 3, 7: nearest at 1, 1, 2, 4.
    let place = |i: u32| f64::from((1 << i) - 1);
    let sample = |k: u32| (k % 4, f64::from(k / 4), [place(k % 4), f64::from(k / 4)]);
    let found = of(&(0..40).map(sample).collect::<Vec<_>>());
    let n = &found.neighbours;
    assert_eq!((n.n_frames, n.n_frames_with_pairs, n.n_distances), (10, 10, 40));
    assert_eq!((n.percent_1, n.median, n.percent_99), (Some(1.0), Some(1.0), Some(4.0)));
    says(&found, "nearest at 1 (median), 1 % below 1, 1 % above 4; from all frames");
}

#[test]
fn two_ids_of_one_individual() {
    let mut rows = circles(2, 40);
    rows.extend(circles(1, 40).into_iter().map(|row| (2, row.1, row.2)));
    let found = of(&rows);
    assert_eq!(found.neighbours.n_coincident, 80);
    assert!(has(&found, |reason| *reason == Reason::Coincident { n: 80, of: 120 }));
}

#[test]
fn units_divisions_walls_velocities() {
    let mut table = table(&circles(5, 30));
    let found = inspect(&table);
    says(
        &found,
        "units length unknown: give its unit, and the pixel size if it is pixels (--length-unit, \
         --pixel-size); time unknown",
    );
    assert!(!found.to_string().contains("\nalso"));
    table.units = pairlaw_io::data::Units { length: "µm".into(), time: "min".into() };
    table.divisions = vec![(0, 1), (0, 2), (3, 4)];
    table.walls = vec![[[0.0; 2]; 2]];
    table.velocities = table.coordinates.clone();
    let found = inspect(&table);
    assert_eq!((found.n_divisions, found.n_walls, found.has_velocities), (1, 1, true));
    assert!(has(&found, |reason| *reason == Reason::Divisions { n: 1 }));
    says(&found, "units length µm; time min");
    says(&found, "µm/min");
    says(&found, "also 1 division; 1 wall segment; velocities given");
    table.origin.time_is_frames = true;
    says(&inspect(&table), "times count frames: give the frame interval");
}

#[test]
fn formats_without_lines_have_records() {
    let mut table = table(&circles(2, 30));
    table.origin.places = Places::Records;
    table.times[10] += 0.1;
    says(&inspect(&table), "first record 10 (time 5.1");
}

#[test]
fn velocities_of_another_unit_are_told() {
    let read = |unit: f64| {
        let rows = (0..40).map(|k| {
            let (sin, cos) = (0.1 * f64::from(k)).sin_cos();
            format!("1,{},{cos},{sin},{},{}\n", 0.04 * f64::from(k), -unit * sin, unit * cos)
        });
        let text = format!("id,t,x,y,vx,vy\n{}", rows.collect::<String>());
        inspect(&parse_table(text.as_bytes(), "v.csv".as_ref(), &ReadOptions::default()).unwrap())
    };
    // 2.5 a unit of time; per frame 25 times less.
    let (good, bad) = (read(2.5), read(0.1));
    assert!((good.motion.velocity_agreement.unwrap() - 0.1f64.sin() / 0.1).abs() < 1e-9); // rounding
    assert!(!has(&good, |reason| matches!(reason, Reason::VelocityUnits { .. })));
    assert!(has(&bad, |reason| matches!(reason, Reason::VelocityUnits { agreement }
        if (agreement / 25.0 - 1.0).abs() < 0.01)));
    says(&bad, "Positions move at 25 times the velocities given");
}

#[test]
fn detections_that_nobody_linked_are_told() {
    // One track after the other, but no column says which.
    let rows = (0..3).flat_map(|i| (0..30).map(move |k| format!("{k},{i}.5,{}\n", i * k)));
    let text = format!("t,x,y\n{}", rows.collect::<String>());
    let table = parse_table(text.as_bytes(), "d.csv".as_ref(), &ReadOptions::default()).unwrap();
    let found = inspect(&table);
    assert!(has(&found, |reason| *reason == Reason::Unlinked { n_rows: 90 }));
    assert!(!has(&found, |reason| matches!(reason, Reason::Duplicates { .. })));
    says(&found, "(--id), or link them first");
}
