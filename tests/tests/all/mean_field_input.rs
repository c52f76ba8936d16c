//! Data and choices that the mean-field learner refuses, and in which words.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use pairlaw::meanfield::mean_field::{
    Bandwidth, FaceValues, MeanField, MeanFieldError, Schedule, gaussian_mixture, solve,
};
use pairlaw::meanfield::{
    KernelError, Observations, PieceSearch, Selection, StrongForm, learn, learn_pieces,
};
use pairlaw_data::{DataError, Densities, Grid, Sampling, Segment, Snapshots, Tracks, Units};
use pairlaw_law::{KernelTerm, LawError, PairKernel};
use pairlaw_weak::{Diffusion, MeasureConfig, WeakError};

/// Asserts that a message has these words: the quantity, its value, the way out.
fn says(error: &impl ToString, words: &[&str]) {
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is missing: {message}");
    }
}

const LINEAR: KernelTerm = KernelTerm::Power { exponent: 1.0, cutoff: 0.0 };

fn grid() -> Grid<1> {
    Grid::new([-4.0], [4.0], [80]).unwrap()
}

/// A Gaussian that narrows, with the given mass.
fn densities(n_times: usize, mass: f64) -> Densities<1> {
    let at = |k: usize| {
        let density = gaussian_mixture(&grid(), &[(1.0, [0.0], 1.0 - 0.1 * k as f64)]).unwrap();
        density.iter().map(|u| mass * u).collect()
    };
    let times = (0..n_times).map(|k| 0.1 * k as f64).collect();
    Densities::new(grid(), times, (0..n_times).map(at).collect()).unwrap()
}

/// A hundred particles that contract.
fn snapshots(n_times: usize) -> Snapshots<1> {
    let at = |k: usize| [(0..100).map(|i| (f64::from(i) - 49.5) * 0.9f64.powi(k as i32)).collect()];
    let times = (0..n_times).map(|k| 0.1 * k as f64).collect();
    Snapshots::new(times, (0..n_times).map(at).collect()).unwrap()
}

fn refused(observations: &Observations<'_, 1>, terms: &[KernelTerm]) -> KernelError {
    learn(observations, terms, &Selection::All).unwrap_err()
}

fn strong(densities: &Densities<1>, noise_variance: f64) -> Observations<'_, 1> {
    Observations::Densities { densities, equation: StrongForm::new(noise_variance) }
}

fn weak(runs: &[Snapshots<1>], noise_variance: f64) -> Observations<'_, 1> {
    let measure = MeasureConfig::new(Diffusion::Known(noise_variance));
    Observations::Particles { runs, measure }
}

fn estimates(runs: &[Snapshots<1>], grid: Grid<1>) -> Observations<'_, 1> {
    let (bandwidth, equation) = (Bandwidth::Scott, StrongForm::new(2.0));
    Observations::Estimates { runs, grid, bandwidth, equation }
}

#[test]
fn nothing_to_learn_or_to_learn_from() {
    let densities = densities(4, 1.0);
    let error = refused(&strong(&densities, 2.0), &[]);
    assert!(matches!(error, KernelError::NoTerms), "{error}");
    says(&error, &["dictionary", "at least one term"]);
    for observations in [weak(&[], 2.0), estimates(&[], grid())] {
        let error = refused(&observations, &[LINEAR]);
        assert!(matches!(error, KernelError::NoRuns), "{error}");
        says(&error, &["runs", "at least one"]);
    }
}

/// Both forms of the equation need three times.
#[test]
fn too_few_times() {
    let error = refused(&strong(&densities(2, 1.0), 2.0), &[LINEAR]);
    let runs = [snapshots(2)];
    let by_estimates =
        refused(&estimates(&runs, Grid::new([-60.0], [60.0], [80]).unwrap()), &[LINEAR]);
    for error in [error, by_estimates] {
        let few = MeanFieldError::TooFewDensities { found: 2 };
        assert!(matches!(&error, KernelError::MeanField(e) if e.to_string() == few.to_string()));
        says(&error, &["2 densities", "at least 3"]);
    }
    let error = refused(&weak(&runs, 2.0), &[LINEAR]);
    assert!(matches!(error, KernelError::Weak(WeakError::TooFewSnapshots { n_times: 2 })));
    says(&error, &["2 snapshots", "at least 3"]);
}

#[test]
fn the_same_term_twice() {
    let same = [LINEAR, KernelTerm::Sine, LINEAR];
    let densities = densities(4, 1.0);
    let observations = strong(&densities, 2.0);
    for selection in [Selection::BestSubset { max_terms: 2 }, Selection::All] {
        let error = learn(&observations, &same, &selection).unwrap_err();
        let KernelError::TermsAlike { first, second } = &error else { panic!("{error}") };
        assert_eq!((first.as_str(), second.as_str()), ("r", "r"));
        says(&error, &["terms r and r", "leave one out"]);
    }
    // On densities within [−4, 4] no pair is farther apart than 8: there these are the same.
    let far = KernelTerm::Piece { from: 0.0, to: 20.0, exponent: 1 };
    let error = refused(&observations, &[LINEAR, far]);
    let KernelError::TermsAlike { .. } = &error else { panic!("{error}") };
    says(&error, &["r on (0, 20]", " r ", "wider range of distances"]);
}

#[test]
fn densities_that_are_none() {
    let error = refused(&strong(&densities(4, 0.9), 2.0), &[LINEAR]);
    let KernelError::MeanField(MeanFieldError::Mass { time_idx: 0, mass }) = error else {
        panic!("{error}")
    };
    assert!((mass - 0.9).abs() < 1e-3); // what the box leaves out
    says(&error, &["mass", "must be 1", "divide by the mass"]);
    let outside = [snapshots(4)];
    let error = refused(&estimates(&outside, grid()), &[LINEAR]);
    let KernelError::MeanField(MeanFieldError::OutsideGrid { snapshot: 0, particle: 0, .. }) =
        error
    else {
        panic!("{error}")
    };
    says(&error, &["-49.5", "[-4, 4]", "widen the grid"]);
}

#[test]
fn noise_that_is_no_variance() {
    let (densities, runs) = (densities(4, 1.0), [snapshots(4)]);
    for bad in [-1.0, f64::NAN] {
        let error = refused(&strong(&densities, bad), &[LINEAR]);
        let KernelError::Setting { name: "noise_variance", .. } = error else { panic!("{error}") };
        says(&error, &["noise_variance is", "at least 0 and finite"]);
        let error = refused(&weak(&runs, bad), &[LINEAR]);
        assert!(matches!(error, KernelError::Weak(WeakError::BadDiffusion { .. })), "{error}");
        says(&error, &["σ²", "no variance", "Diffusion::Unknown"]);
    }
}

#[test]
fn times_that_do_not_increase() {
    let good = snapshots(3);
    let positions = || (0..3).map(|k| good.positions(k).map(<[f64]>::to_vec)).collect();
    let values = densities(3, 1.0).values().to_vec();
    for (times, at) in [([0.0, 2.0, 1.0], 2), ([0.0, 0.0, 1.0], 1), ([0.0, 1.0, f64::INFINITY], 2)]
    {
        let of_snapshots = Snapshots::new(times.to_vec(), positions()).unwrap_err();
        let of_densities = Densities::new(grid(), times.to_vec(), values.clone()).unwrap_err();
        for error in [of_snapshots, of_densities] {
            assert!(
                matches!(error, DataError::TimesNotIncreasing { time_idx, .. } if time_idx == at),
                "{error}"
            );
            says(&error, &["must be finite and increase", "sort them"]);
        }
    }
}

/// D dt/h² = 1.5, where Runge–Kutta's limit is .69.
#[test]
fn a_time_step_beyond_stability() {
    let kernel = PairKernel::term(LINEAR).unwrap();
    let model = MeanField {
        kernel: &kernel,
        diffusivity: 1.0,
        external: Default::default(),
        face_values: FaceValues::Central,
    };
    let start = densities(1, 1.0).values()[0].clone();
    let schedule = Schedule { dt: 0.015, n_steps: 10, keep_every: 1 };
    let error = solve(&model, &grid(), &start, &schedule).unwrap_err();
    let MeanFieldError::UnstableStep { step: 0, largest, .. } = error else { panic!("{error}") };
    assert!((0.005..0.007).contains(&largest), "{largest}");
    says(&error, &["0.015", "unstable", "shorter step", "stable_dt"]);
}

#[test]
fn terms_that_cannot_be_evaluated() {
    let (densities, runs) = (densities(4, 1.0), [snapshots(4)]);
    for observations in [strong(&densities, 2.0), weak(&runs, 2.0)] {
        let error = refused(&observations, &[LINEAR, KernelTerm::power(-1.5)]);
        assert!(
            matches!(error, KernelError::Law(LawError::KernelTerm { field: "cutoff", .. })),
            "{error}"
        );
        says(&error, &["cutoff", "-1.5", "cutoff > 0"]);
    }
    // Constant below .01, on cells of .1.
    let narrow = KernelTerm::Power { exponent: -1.5, cutoff: 0.01 };
    let error = refused(&strong(&densities, 2.0), &[LINEAR, narrow]);
    let KernelError::MeanField(MeanFieldError::KernelBelowGrid { term, .. }) = &error else {
        panic!("{error}")
    };
    assert_eq!(*term, narrow);
    says(&error, &["within 0.01", "cells are 0.1", "larger cut-off"]);
}

#[test]
fn bins_that_make_no_sense() {
    let densities = densities(4, 1.0);
    let good = PieceSearch::influence(5.0);
    for (search, wrong) in [
        (PieceSearch { bin: 0.0, ..good }, "bin"),
        (PieceSearch { bin: f64::NAN, ..good }, "bin"),
        (PieceSearch { bin: -0.1, ..good }, "bin"),
        (PieceSearch { bin: 5.0, ..good }, "bin"),
        (PieceSearch { bin: 1e-3, ..good }, "bin"),
        (PieceSearch { reach: 0.0, ..good }, "reach"),
        (PieceSearch { reach: f64::INFINITY, ..good }, "reach"),
    ] {
        let error = learn_pieces(&strong(&densities, 2.0), &search).unwrap_err();
        assert!(
            matches!(error, KernelError::Setting { name, .. } if name == wrong),
            "{search:?}: {error}"
        );
        says(&error, &[wrong, "must be"]);
    }
}

#[test]
fn a_particle_that_is_missing_for_a_while() {
    let segment = |individual, first_frame, length: usize| Segment {
        individual,
        first_frame,
        positions: vec![[individual as f64]; length],
        velocities: None,
    };
    let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 4 };
    let ids = vec!["whole".to_owned(), "late".to_owned()];
    let segments = vec![segment(0, 0, 4), segment(1, 2, 2)];
    let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
    let error = Snapshots::from_tracks(&tracks).unwrap_err();
    assert!(
        matches!(error, DataError::ParticleCount { snapshot: 0, expected: 2, found: 1 }),
        "{error}"
    );
    says(&error, &["snapshot 0", "1 particles instead of 2", "keep only"]);
}
