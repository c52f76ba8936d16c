//! What the inspection of small tables says about the learners.

use crate::made_tables::{circles, fit, has, of, says, table};
use pairlaw_io::inspect;
use pairlaw_io::inspect::{Learner, Reason, Suited};

#[test]
fn short_and_few_tracks() {
    let found = of(&circles(6, 24));
    let short = Reason::ShortTracks { n_long: 0, n: 6, longest: 24, needed: 25 };
    assert!(fit(&found, Learner::Species).reasons.contains(&short));
    assert_eq!(fit(&found, Learner::Species).suited, Suited::No);
    let found = of(&circles(4, 25));
    assert_eq!(fit(&found, Learner::Species).suited, Suited::WithLimits);
    assert!(has(&found, |reason| *reason == Reason::FewIndividuals { n_long: 4, needed: 5 }));
    assert_eq!(fit(&of(&circles(5, 25)), Learner::Species).suited, Suited::Yes);
}

#[test]
fn half_of_the_tracks_must_be_long() {
    let with_short = |n: u32| {
        let mut rows = circles(n, 40);
        rows.retain(|row| row.0 < 6 || row.1 < 5.0);
        of(&rows)
    };
    let (half, less) = (with_short(12), with_short(13));
    assert!(has(&half, |reason| *reason == Reason::LongTracks { n_long: 6, n: 12, needed: 25 }));
    assert_eq!(fit(&half, Learner::Species).suited, Suited::Yes);
    let short = |reason: &Reason| matches!(reason, Reason::ShortTracks { n_long: 6, n: 13, .. });
    assert!(has(&less, short));
    assert_eq!(fit(&less, Learner::Species).suited, Suited::WithLimits);
}

#[test]
fn one_jump_of_many_steps_is_told_but_no_limit() {
    let mut rows = circles(300, 100);
    rows[99].2[0] += 40.0;
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_swaps), (1, 0));
    assert!(!has(&found, |reason| matches!(reason, Reason::Jumps { .. })));
    // A pair that exchanges its places is one at any number.
    let mut rows = circles(300, 100);
    rows.swap(99, 199);
    (rows[99].0, rows[199].0) = (0, 1);
    let found = of(&rows);
    assert_eq!((found.jumps.n, found.jumps.n_swaps), (2, 1));
    assert!(has(&found, |reason| matches!(reason, Reason::Jumps { n: 2, n_swaps: 1, .. })));
}

#[test]
fn many_particles() {
    for (n, suited) in [(99, Suited::No), (100, Suited::WithLimits), (500, Suited::Yes)] {
        let found = of(&circles(n, 5));
        assert_eq!(fit(&found, Learner::Meanfield).suited, suited, "{n}");
    }
    let mut rows = circles(501, 30);
    rows.pop();
    let found = of(&rows);
    assert!(has(&found, |reason| *reason == Reason::NumberChanges { least: 500, most: 501 }));
    let stretch = |reason: &Reason| match reason {
        Reason::ManyParticles { stretch } => (stretch.n_frames, stretch.n_individuals) == (25, 501),
        _ => false,
    };
    assert!(has(&found, stretch));
    assert_eq!(fit(&of(&circles(500, 2)), Learner::Meanfield).suited, Suited::No);
}

#[test]
fn flat_axes() {
    let mut rows = circles(500, 5);
    rows.iter_mut().for_each(|row| row.2[1] = 7.5);
    let found = of(&rows);
    assert!(found.axes[1].is_constant() && !found.axes[1].moves && found.axes[0].moves);
    assert!(has(&found, |reason| *reason == Reason::FlatAxes { axes: vec![1] }));
    says(&found, "y 7.5 throughout");
    // A height of its own for each is no coordinate of its motion.
    let mut table = table(&circles(2, 30));
    table.coordinates.push(table.individuals.iter().map(|i| 100.0 * f64::from(*i)).collect());
    let found = inspect(&table);
    assert!(!found.axes[2].is_constant() && !found.axes[2].moves);
    assert!(found.neighbours.percent_99.unwrap() < 15.0);
    says(&found, "z 0 to 100, fixed for each individual");
}

#[test]
fn who_stays() {
    // Eight for all 60 frames, two more for the frames 20 to 34 and 45 to 59.
    let mut rows = circles(10, 60);
    rows.retain(|row| row.0 < 8 || (10.0..17.5).contains(&row.1) || row.1 >= 22.5);
    let found = of(&rows);
    let stays: Vec<_> = found
        .presence
        .stretches
        .iter()
        .map(|s| (s.n_frames, s.first_frame, s.n_individuals))
        .collect();
    assert_eq!(stays, [(3, 20, 10), (10, 20, 10), (25, 0, 8)]);
    let potentials = fit(&found, Learner::Potentials);
    assert_eq!(potentials.suited, Suited::WithLimits);
    assert!(
        matches!(potentials.reasons[0], Reason::SomeStay { stretch, n: 10 } if stretch.n_frames == 25)
    );
    let all = |reason: &Reason| matches!(reason, Reason::AllStay { n: 8, n_frames: 60 });
    assert!(has(&of(&circles(8, 60)), all) && !has(&found, all));
    let many = |reason: &Reason| matches!(reason, Reason::ManyFrames { n_frames: 101, .. });
    assert!(has(&of(&circles(3, 101)), many) && !has(&of(&circles(3, 100)), many));
    let pairs = |reason: &Reason| *reason == Reason::ManyPairs { n: 1001 };
    assert!(has(&of(&circles(1001, 3)), pairs) && !has(&of(&circles(1000, 3)), pairs));
}

#[test]
fn a_stretch_may_be_all_there_is() {
    let found = of(&circles(6, 10));
    let stays: Vec<_> =
        found.presence.stretches.iter().map(|s| (s.n_frames, s.n_individuals)).collect();
    assert_eq!(stays, [(3, 6), (10, 6)]);
}

#[test]
fn nobody_stays() {
    // Two who are seen in two frames of three.
    let mut rows = circles(2, 60);
    rows.retain(|row| (2.0 * row.1) as u32 % 3 < 2);
    let found = of(&rows);
    assert!(found.presence.stretches.is_empty());
    assert!(has(&found, |reason| *reason == Reason::NobodyStays { n_frames: 3 }));
    assert_eq!(fit(&found, Learner::Potentials).suited, Suited::No);
}

#[test]
fn nobody_beside() {
    let found = of(&circles(1, 40));
    assert_eq!(found.neighbours.n_frames_with_pairs, 0);
    assert!(has(&found, |reason| *reason == Reason::Alone { n: 1 }));
    assert!(found.fits.iter().all(|fit| fit.suited == Suited::No));
    // One after another.
    let mut rows = circles(2, 40);
    rows.iter_mut().filter(|row| row.0 == 1).for_each(|row| row.1 += 20.0);
    assert!(has(&of(&rows), |reason| *reason == Reason::Alone { n: 2 }));
}

#[test]
fn numbers_go_into_json() {
    let json = serde_json::to_value(of(&circles(6, 40))).unwrap();
    assert_eq!(json["times"]["step"], 0.5);
    assert_eq!(json["fits"][0]["learner"], "species");
    assert_eq!(json["fits"][0]["suited"], "yes");
    assert_eq!(json["fits"][1]["reasons"][0]["kind"], "few_particles");
}

#[test]
fn an_empty_table() {
    let found = of(&[]);
    assert_eq!((found.n_rows, found.n_individuals, found.times.n_frames), (0, 0, 0));
    assert!(found.fits.iter().all(|fit| fit.suited == Suited::No));
}
