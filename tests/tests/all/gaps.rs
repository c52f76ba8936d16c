//! Recordings in which individuals enter, leave and are missed for a few frames.

#![allow(clippy::unwrap_used)] // a panic is how a test fails
#![allow(clippy::single_range_in_vec_init)] // lists of segments, some of one

use e2e::{Steps, assert_no_nan, sequential_steps, simulated};
use pairlaw::species::{
    MixtureConfig, Preparation, SequentialConfig, SpeciesConfig, SpeciesError, mixture_species,
};
use pairlaw_data::{Segment, Tracks};
use pairlaw_law::Direction;
use pairlaw_sparse::LinearSystem;
use pairlaw_synth::{Species, drop_runs};
use pairlaw_validate::{ForceError, ForceErrors, force_errors, speed_quantile};
use pairlaw_weak::{TestFunction, VelocityEstimate};
use std::ops::Range;

fn with_test_function(half_width: usize, degree: u32) -> SpeciesConfig {
    let test_function = Some(TestFunction { half_width, degree });
    SpeciesConfig { test_function, ..SpeciesConfig::default() }
}

fn learn(tracks: &Tracks<2>, config: &SpeciesConfig) -> Result<Steps, SpeciesError> {
    let steps = sequential_steps(tracks, config, &SequentialConfig::default())?;
    assert_no_nan(&(&steps.models, &steps.replacement, &steps.found));
    Ok(steps)
}

/// The same tracks with only some frames of each individual.
fn present(tracks: &Tracks<2>, frames: impl Fn(usize) -> Vec<Range<usize>>) -> Tracks<2> {
    let cut = |s: &Segment<2>, frames: Range<usize>| Segment {
        individual: s.individual,
        first_frame: frames.start,
        positions: s.positions[frames.clone()].to_vec(),
        velocities: s.velocities.as_ref().map(|v| v[frames].to_vec()),
    };
    let mut segments = Vec::new();
    for segment in tracks.segments() {
        segments.extend(frames(segment.individual).into_iter().map(|f| cut(segment, f)));
    }
    tracks.with_segments(segments).unwrap()
}

fn errors_against(truth: Species, steps: &Steps, tracks: &Tracks<2>) -> ForceErrors {
    let quantile = |level| speed_quantile(tracks, level).unwrap();
    let truth = truth.law(Direction::Difference);
    force_errors(&steps.found.rounds[0].law, &truth, quantile(1.0), quantile(0.99))
}

/// Statistical bounds: one seed, four times what was measured at 80 cells.
#[test]
fn a_law_survives_gaps_of_four_samples_in_every_eighth_cell() {
    let full = simulated("C", 80, 200, 1);
    let gappy = present(&full, |i| match i % 8 {
        0 => {
            let gap = 40 + 13 * i % 110;
            vec![0..gap, gap + 4..200]
        }
        _ => vec![0..200],
    });
    let steps = learn(&gappy, &SpeciesConfig::default()).unwrap();
    let largest = &steps.found.rounds[0].clusters[0];
    assert_eq!(largest.code, "00001010");
    assert!(largest.members.len() >= 72);
    let errors = errors_against(Species::C, &steps, &full);
    assert_eq!(errors.attraction_repulsion, ForceError::Absent);
    for error in [errors.alignment, errors.drag99] {
        assert!(matches!(error, ForceError::Relative(error) if error < 1e-3), "{errors:?}");
    }
}

/// 10 % of all samples lost in runs of at most four: about twenty samples in a row are left. Who
/// has room for a test function has a model, nobody else has. The automatic choice of a test function
/// heeds how long the pieces are, and all pieces together tell the law.
#[test]
fn a_tenth_of_all_samples_lost() {
    let gappy = drop_runs(&simulated("C", 60, 200, 1), 0.1, 4, 2).unwrap();
    let config = with_test_function(15, 11);
    let preparation = Preparation::new(&gappy, &config).unwrap();
    let steps = learn(&gappy, &config).unwrap();
    let n_models = steps.models.iter().flatten().count();
    assert!((40..60).contains(&n_models), "both cases occur: {n_models}");
    for (cell, model) in steps.models.iter().enumerate() {
        let n_rows = 2 * preparation.systems.centres(cell).len();
        assert_eq!(model.as_ref().map_or(0, |model| model.n_rows), n_rows);
    }
    let choices = MixtureConfig::default();
    let found = mixture_species(&gappy, &SpeciesConfig::default(), &choices, &|_, _, _| {});
    let species = found.unwrap().classification.species;
    assert_eq!(species.iter().map(|s| s.members.len()).collect::<Vec<_>>(), [60]);
    assert_eq!(species[0].law.modes().to_string(), "00001010");
}

const HALF_WIDTH: usize = 10;
const N_FRAMES: usize = 120;
const GAP: Range<usize> = 60..64;

/// Frames of the centres of a cell and its system.
struct Rows {
    centres: Vec<usize>,
    system: LinearSystem,
}

impl Rows {
    fn new(tracks: &Tracks<2>, cell: usize, velocity: VelocityEstimate) -> Self {
        let config = SpeciesConfig { velocity, ..with_test_function(HALF_WIDTH, 9) };
        let systems = Preparation::new(tracks, &config).unwrap().systems;
        Self { centres: systems.centres(cell), system: systems.system(cell).unwrap() }
    }

    /// All numbers of the rows of one centre.
    fn at(&self, centre: usize) -> Vec<f64> {
        let q = self.centres.iter().position(|c| *c == centre).unwrap();
        let rows = [q, self.centres.len() + q];
        let row = |r: usize| self.system.g.row(r).iter().copied().chain([self.system.b[r]]);
        rows.into_iter().flat_map(row).collect()
    }

    /// Largest difference of the rows of one centre, relative to their largest number.
    fn difference(&self, other: &Self, centre: usize) -> f64 {
        let (a, b) = (self.at(centre), other.at(centre));
        let largest = a.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        a.iter().zip(&b).fold(0.0, |m: f64, (x, y)| m.max((x - y).abs())) / largest
    }
}

/// Rounding: the same sums, perhaps in blocks of another size.
const ROUNDING: f64 = 1e-14;

/// The focal cell loses the rows whose test functions would see the gap or, with differences, a
/// sample beside it, and keeps all others unchanged.
#[test]
fn a_track_with_a_gap_gives_the_rows_that_its_segments_allow() {
    let full = simulated("A", 12, N_FRAMES, 3);
    let gappy = present(&full, |i| {
        if i == 0 { vec![0..GAP.start, GAP.end..N_FRAMES] } else { vec![0..N_FRAMES] }
    });
    for (velocity, lost) in [(VelocityEstimate::Given, 0), (VelocityEstimate::Centred2, 1)] {
        let (all, some) = (Rows::new(&full, 0, velocity), Rows::new(&gappy, 0, velocity));
        let reach = HALF_WIDTH - 1 + lost;
        let allowed: Vec<usize> =
            (reach..GAP.start - reach).chain(GAP.end + reach..N_FRAMES - reach).collect();
        assert_eq!(some.centres, allowed);
        for centre in allowed {
            assert!(all.difference(&some, centre) <= ROUNDING);
        }
    }
}

/// A neighbour's gap changes the rows that see interpolated samples, and these by little: the
/// interpolation's error, not rounding.
#[test]
fn a_gap_of_a_neighbour_changes_only_rows_that_see_it() {
    let full = simulated("A", 12, N_FRAMES, 3);
    let gappy = present(&full, |i| {
        if i == 0 { vec![0..GAP.start, GAP.end..N_FRAMES] } else { vec![0..N_FRAMES] }
    });
    let velocity = VelocityEstimate::Given;
    let (all, some) = (Rows::new(&full, 1, velocity), Rows::new(&gappy, 1, velocity));
    assert_eq!(all.centres, some.centres);
    for &centre in &all.centres {
        let sees = centre + HALF_WIDTH > GAP.start && centre < GAP.end - 1 + HALF_WIDTH;
        let difference = all.difference(&some, centre);
        assert_eq!(difference > ROUNDING, sees, "{centre}: {difference}");
        assert!(difference < 1e-3, "{centre}: {difference}");
    }
}

/// Who comes late, leaves early, is hardly there or never recorded stops nobody.
#[test]
fn individuals_enter_and_leave() {
    let full = simulated("C", 30, 200, 1);
    let frames = |i| match i {
        0 => vec![60..200],
        1 => vec![0..100],
        2 => vec![90..110],
        3 => vec![50..52],
        4 => vec![],
        _ => vec![0..200],
    };
    let partial = present(&full, frames);
    let steps = learn(&partial, &with_test_function(20, 10)).unwrap();
    let without: Vec<usize> = (0..30).filter(|cell| steps.models[*cell].is_none()).collect();
    assert_eq!(without, [2, 3, 4]);
    // Two ends lost to differences: no window for the individual of two samples or of none.
    let unseen: Vec<usize> =
        (0..30).filter(|cell| steps.found.rounds[0].velocity_errors[*cell].is_none()).collect();
    assert_eq!(unseen, [3, 4]);
    let rows = |cell: usize| steps.models[cell].as_ref().unwrap().n_rows;
    // Two dimensions times (L − 2 lost − 39 + 1) rows of test functions with 39 samples.
    assert_eq!([rows(0), rows(1), rows(5)], [2 * 100, 2 * 60, 2 * 160]);
}
