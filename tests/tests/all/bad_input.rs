//! Every class of bad input ends in a typed error or in the stated rule's outcome, from rows of
//! (id, time, position) to the learned laws, by both classifiers. Nothing panics and no NaN comes out.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use e2e::{assert_no_nan, simulated};
use pairlaw::species::{
    Classification, FarField, MixtureConfig, MixtureSpecies, SequentialConfig, SequentialSpecies,
    SpeciesConfig, SpeciesError, mixture_species, sequential_species,
};
use pairlaw_data::{DataError, Row, Tracks};
use pairlaw_law::{Force, Law};
use pairlaw_sparse::SparseError;
use pairlaw_validate::{Integrator, ValidateError};
use pairlaw_weak::{TestFunction, VelocityEstimate, WeakError};

const N_CELLS: usize = 6;
const N_FRAMES: usize = 60;

/// Where the pipeline stopped.
#[derive(Debug)]
enum Stop {
    Data(DataError),
    Species(SpeciesError),
}

/// What both classifiers give.
#[derive(Debug)]
struct Learned {
    classification: Classification,
    velocity_errors: Vec<Option<f64>>,
}

type Outcome = Result<Learned, Stop>;

/// Whether an outcome is right.
type Check = fn(&Outcome) -> bool;

/// The same from both classifiers.
fn both(check: Check) -> [Check; 2] {
    [check; 2]
}

/// A fault in a good recording of six cells and 60 frames, or in its configuration.
struct Case {
    name: &'static str,
    spoil: fn(&mut Vec<Row<2>>),
    choose: fn(&mut SpeciesConfig),
    /// By the paper's classifier, and by the mixture.
    expected: [Check; 2],
}

/// Cells one after the other, each with all its frames.
fn good_rows() -> Vec<Row<2>> {
    let tracks = simulated("A", N_CELLS, N_FRAMES, 1);
    let samples = tracks.segments().iter().flat_map(|s| {
        let row = |(frame, position): (usize, &[f64; 2])| Row {
            id: s.individual.to_string(),
            time: tracks.time(frame),
            position: *position,
        };
        s.frames().zip(&s.positions).map(row).collect::<Vec<_>>()
    });
    samples.collect()
}

fn by_validation(rows: &[Row<2>], config: &SpeciesConfig) -> Outcome {
    let tracks = Tracks::from_rows(rows).map_err(Stop::Data)?;
    let rules = SequentialConfig::default();
    let found =
        sequential_species(&tracks, config, &rules, &|_, _, _| {}).map_err(Stop::Species)?;
    assert_no_nan(&found);
    let SequentialSpecies { classification, velocity_errors, .. } = found;
    Ok(Learned { classification, velocity_errors })
}

/// Up to two species, of three cells or more.
fn by_mixture(rows: &[Row<2>], config: &SpeciesConfig) -> Outcome {
    let tracks = Tracks::from_rows(rows).map_err(Stop::Data)?;
    let choices = MixtureConfig {
        most_species: 2,
        n_restarts: 1,
        smallest_species: 3,
        ..MixtureConfig::default()
    };
    let found = mixture_species(&tracks, config, &choices, &|_, _, _| {}).map_err(Stop::Species)?;
    assert_no_nan(&found);
    let MixtureSpecies { classification, velocity_errors, .. } = found;
    Ok(Learned { classification, velocity_errors })
}

fn check(cases: &[Case]) {
    let rows = good_rows();
    for case in cases {
        let mut rows = rows.clone();
        (case.spoil)(&mut rows);
        let test_function = Some(TestFunction { half_width: 15, degree: 9 });
        let mut config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
        (case.choose)(&mut config);
        let outcome = by_validation(&rows, &config);
        assert!((case.expected[0])(&outcome), "{}, paper: {outcome:?}", case.name);
        let outcome = by_mixture(&rows, &config);
        assert!((case.expected[1])(&outcome), "{}, mixture: {outcome:?}", case.name);
    }
}

fn as_it_is(_: &mut Vec<Row<2>>) {}

fn by_default(_: &mut SpeciesConfig) {}

fn automatic(config: &mut SpeciesConfig) {
    config.test_function = None;
}

fn scale(rows: &mut [Row<2>], factor: f64) {
    rows.iter_mut().for_each(|row| row.position = row.position.map(|x| factor * x));
}

/// The number in the id.
fn number(row: &Row<2>) -> f64 {
    row.id.parse().unwrap()
}

macro_rules! data_error {
    ($pattern:pat) => {
        both(|o| matches!(o, Err(Stop::Data($pattern))))
    };
}

macro_rules! weak_error {
    ($pattern:pat) => {
        both(|o| matches!(o, Err(Stop::Species(SpeciesError::Weak($pattern)))))
    };
}

macro_rules! sparse_error {
    ($pattern:pat) => {
        both(|o| matches!(o, Err(Stop::Species(SpeciesError::Sparse($pattern)))))
    };
}

macro_rules! species_error {
    ($pattern:pat) => {
        both(|o| matches!(o, Err(Stop::Species($pattern))))
    };
}

/// A field of the configuration that [`SpeciesConfig::check`] refuses.
macro_rules! bad_field {
    ($name:literal, $choose:expr) => {
        Case {
            name: $name,
            spoil: as_it_is,
            choose: $choose,
            expected: species_error!(SpeciesError::BadConfig { field: $name, .. }),
        }
    };
}

#[test]
fn rows_that_are_no_tracks() {
    check(&[
        Case {
            name: "no rows",
            spoil: |rows| rows.clear(),
            choose: by_default,
            expected: data_error!(DataError::Empty),
        },
        Case {
            name: "a NaN coordinate",
            spoil: |rows| rows[70].position[1] = f64::NAN,
            choose: by_default,
            expected: data_error!(DataError::NonFinite { frame: 10, dimension: 1, .. }),
        },
        Case {
            name: "an infinite coordinate",
            spoil: |rows| rows[59].position[0] = f64::NEG_INFINITY,
            choose: by_default,
            expected: data_error!(DataError::NonFinite { frame: 59, dimension: 0, .. }),
        },
        Case {
            name: "a NaN time",
            spoil: |rows| rows[7].time = f64::NAN,
            choose: by_default,
            expected: data_error!(DataError::NonFiniteTime { .. }),
        },
        Case {
            name: "an infinite time",
            spoil: |rows| rows[7].time = f64::INFINITY,
            choose: by_default,
            expected: data_error!(DataError::NonFiniteTime { .. }),
        },
        Case {
            name: "two rows of one individual and frame",
            spoil: |rows| rows.push(rows[70].clone()),
            choose: by_default,
            expected: data_error!(DataError::Duplicate { frame: 10, .. }),
        },
        Case {
            name: "times that are not uniform",
            spoil: |rows| rows.iter_mut().for_each(|row| row.time = row.time.sqrt()),
            choose: by_default,
            expected: data_error!(DataError::NonUniformTimes { .. }),
        },
        Case {
            name: "one frame",
            spoil: |rows| rows.retain(|row| row.time < 0.1),
            choose: by_default,
            expected: data_error!(DataError::SingleTime { .. }),
        },
        Case {
            name: "times beyond the finite range",
            spoil: |rows| rows.iter_mut().for_each(|row| row.time = (row.time - 4.0) * 4e307),
            choose: by_default,
            expected: data_error!(DataError::BadSampling { .. }),
        },
    ]);
}

#[test]
fn too_few() {
    check(&[
        Case {
            name: "one individual",
            spoil: |rows| rows.retain(|row| row.id == "0"),
            choose: by_default,
            expected: species_error!(SpeciesError::TooFewCells { n_cells: 1 }),
        },
        Case {
            name: "two individuals are enough",
            spoil: |rows| rows.retain(|row| number(row) < 2.0),
            choose: |c| c.far_field = FarField::Radius(5.0),
            expected: both(|o| o.as_ref().is_ok_and(|p| n_classified(p) == 2)),
        },
        Case {
            name: "never two at once",
            spoil: |rows| {
                rows.retain(|row| match number(row) {
                    0.0 => row.time < 3.9,
                    1.0 => row.time > 3.9,
                    _ => false,
                });
            },
            choose: |c| c.test_function = Some(TestFunction { half_width: 12, degree: 9 }),
            expected: weak_error!(WeakError::NoPairs),
        },
        Case {
            name: "too few samples for the test function",
            spoil: |rows| rows.retain(|row| row.time < 3.0),
            choose: by_default,
            expected: weak_error!(WeakError::TestFunctionTooWide { needed: 29, longest: 21, .. }),
        },
        Case {
            name: "half-width beyond half the record",
            spoil: as_it_is,
            choose: |c| c.test_function = Some(TestFunction { half_width: 31, degree: 9 }),
            expected: weak_error!(WeakError::TestFunctionTooWide { longest: 58, .. }),
        },
        Case {
            name: "a record that limits the test function",
            spoil: as_it_is,
            choose: automatic,
            expected: both(|o| o.is_ok()),
        },
        Case {
            name: "too few samples for the change point",
            spoil: |rows| rows.retain(|row| row.time < 1.5),
            choose: automatic,
            expected: weak_error!(WeakError::RecordTooShort { n_times: 10, .. }),
        },
        Case {
            name: "too few samples for a spectrum",
            spoil: |rows| rows.retain(|row| row.time < 0.7),
            choose: automatic,
            expected: weak_error!(WeakError::TooShortForSpectrum { n_times: 4, .. }),
        },
        Case {
            name: "too few samples for differences",
            spoil: |rows| rows.retain(|row| row.time < 0.2),
            choose: automatic,
            expected: weak_error!(WeakError::TooShortForVelocities { needed: 3, longest: 2 }),
        },
        Case {
            name: "smoothing window longer than the track",
            spoil: as_it_is,
            choose: |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 30 },
            expected: weak_error!(WeakError::TooShortForVelocities { needed: 61, longest: 60 }),
        },
        Case {
            name: "smoothing window longer than memory",
            spoil: as_it_is,
            choose: |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: usize::MAX },
            expected: weak_error!(WeakError::TooShortForVelocities { longest: 60, .. }),
        },
        Case {
            name: "velocities that were not recorded",
            spoil: as_it_is,
            choose: |c| c.velocity = VelocityEstimate::Given,
            expected: weak_error!(WeakError::NoVelocities),
        },
    ]);
}

fn rests(rows: &mut [Row<2>]) {
    rows.iter_mut().for_each(|row| row.position = [0.1 * number(row), 0.5]);
}

/// All cells where cell 0 is.
fn coincide(rows: &mut [Row<2>]) {
    let (first, others) = rows.split_at_mut(N_FRAMES);
    for (k, row) in others.iter_mut().enumerate() {
        row.position = first[k % N_FRAMES].position;
    }
}

/// No term of a pair force is in any law.
fn only_drag(found: &Learned) -> bool {
    let is_drag = |law: &Law| law.active().all(|(term, _)| term.force == Force::Drag);
    found.classification.species.iter().all(|s| s.law.has(Force::Drag) && is_drag(&s.law))
}

/// Cells that are in a species or undetermined.
fn n_classified(found: &Learned) -> usize {
    let species = found.classification.species.iter();
    species.map(|s| s.members.len()).sum::<usize>() + found.classification.undetermined.len()
}

#[test]
fn lengths_of_zero_contribute_zero() {
    check(&[
        Case {
            name: "all at rest",
            spoil: |rows| rests(rows),
            choose: by_default,
            expected: species_error!(SpeciesError::NoModel),
        },
        Case {
            name: "all at rest, and a test function to be chosen",
            spoil: |rows| rests(rows),
            choose: automatic,
            expected: weak_error!(WeakError::NoLogSpectrum { .. }),
        },
        Case {
            name: "one at rest: any law holds it where it is, and it has no weak system",
            spoil: |rows| rests(&mut rows[..N_FRAMES]),
            choose: by_default,
            expected: [
                |o| o.is_ok(),
                |o| o.as_ref().is_ok_and(|p| p.classification.undetermined.contains(&0)),
            ],
        },
        Case {
            name: "all in one place: no pair force is seen",
            spoil: |rows| coincide(rows),
            choose: by_default,
            expected: both(|o| o.as_ref().is_ok_and(only_drag)),
        },
        Case {
            name: "two in one place",
            spoil: |rows| coincide(&mut rows[..2 * N_FRAMES]),
            choose: by_default,
            expected: both(|o| o.as_ref().is_ok_and(|p| n_classified(p) == N_CELLS)),
        },
        Case {
            name: "columns of zeros: too far apart for any pair force",
            spoil: |rows| rows.iter_mut().for_each(|row| row.position[0] += 1e4 * number(row)),
            choose: |c| c.far_field = FarField::Radius(1e6),
            expected: both(|o| o.as_ref().is_ok_and(only_drag)),
        },
        Case {
            name: "constant velocities: nothing to explain but rounding",
            spoil: |rows| {
                for row in rows {
                    row.position = [0.1 * (number(row) + row.time), 0.7 * row.time];
                }
            },
            choose: by_default,
            // Rounding: no law, or one that moves nobody.
            expected: both(|o| match o {
                Ok(p) => p.velocity_errors.iter().flatten().all(|error| *error < 1e-9),
                Err(stop) => matches!(stop, Stop::Species(SpeciesError::NoModel)),
            }),
        },
    ]);
}

/// Squares leave the range of numbers; what enters the regression is checked.
#[test]
fn sizes_beyond_the_range_of_numbers() {
    let regression: [Check; 2] = species_error!(SpeciesError::Regression { .. });
    check(&[
        Case {
            name: "another unit of length, the far field as it was",
            spoil: |rows| scale(rows, 1e3),
            choose: by_default,
            expected: species_error!(SpeciesError::RadiiOverlap { .. }),
        },
        Case {
            name: "1e160: no far field beyond infinity",
            spoil: |rows| scale(rows, 1e160),
            choose: |c| c.far_field = FarField::Radius(1e300),
            expected: species_error!(SpeciesError::RadiiOverlap { near_field: f64::INFINITY, .. }),
        },
        Case {
            name: "1e60",
            spoil: |rows| scale(rows, 1e60),
            choose: |c| c.far_field = FarField::Radius(1e61),
            expected: regression,
        },
        Case {
            name: "1e-160",
            spoil: |rows| scale(rows, 1e-160),
            choose: by_default,
            expected: regression,
        },
        Case {
            name: "1e-310: velocities and forces vanish",
            spoil: |rows| scale(rows, 1e-310),
            choose: by_default,
            expected: [
                |o| matches!(o, Err(Stop::Species(SpeciesError::NoModel))),
                // A part weighs as the inverse of its response, beyond the largest number.
                |o| match o {
                    Err(Stop::Species(SpeciesError::Sparse(error))) => {
                        matches!(error, SparseError::PartWeight { .. })
                    }
                    _ => false,
                },
            ],
        },
        Case {
            name: "1e-200 in time",
            spoil: |rows| rows.iter_mut().for_each(|row| row.time *= 1e-200),
            choose: by_default,
            expected: species_error!(SpeciesError::Validate(ValidateError::TooLarge { .. })),
        },
        Case {
            name: "1e200 in time",
            spoil: |rows| rows.iter_mut().for_each(|row| row.time *= 1e200),
            choose: by_default,
            expected: regression,
        },
        Case {
            name: "far from the origin: rounding only",
            spoil: |rows| rows.iter_mut().for_each(|row| row.position[0] += 1e9),
            choose: by_default,
            expected: both(|o| o.is_ok()),
        },
    ]);
}

#[test]
fn fields_out_of_range() {
    check(&[
        bad_field!("basis_scale", |c| c.basis_scale = f64::NAN),
        bad_field!("near_field_probability", |c| c.near_field_probability = 1.0),
        bad_field!("far_field", |c| c.far_field = FarField::Radius(0.0)),
        bad_field!("validation_share", |c| c.validation_share = 1.01),
        bad_field!("n_matched", |c| c.n_matched = 0),
        bad_field!("n_nearest", |c| c.n_nearest = 0),
        bad_field!("n_bins", |c| c.n_bins = 1),
        bad_field!("n_bins", |c| c.n_bins = usize::MAX),
        bad_field!("replacement_tolerance", |c| c.replacement_tolerance = f64::INFINITY),
        bad_field!("integrator.substeps", |c| c.integrator = Integrator::Heun { substeps: 0 }),
        bad_field!("integrator.substeps", |c| c.integrator = Integrator::Euler { substeps: 0 }),
    ]);
}

#[test]
fn choices_that_a_step_refuses() {
    check(&[
        Case {
            name: "no thresholds",
            spoil: as_it_is,
            choose: |c| c.path.lambdas.clear(),
            expected: sparse_error!(SparseError::NoLambdas),
        },
        Case {
            name: "a threshold of NaN",
            spoil: as_it_is,
            choose: |c| c.path.lambdas[3] = f64::NAN,
            expected: sparse_error!(SparseError::Lambda { index: 3, .. }),
        },
        Case {
            name: "share of the fit above 1",
            spoil: as_it_is,
            choose: |c| c.path.fit_share = 1.5,
            expected: sparse_error!(SparseError::FitShare { .. }),
        },
        Case {
            name: "no ridge",
            spoil: as_it_is,
            choose: |c| c.path.ridge = 0.0,
            expected: sparse_error!(SparseError::Ridge { .. }),
        },
        Case {
            name: "a ridge that overflows: no solve is certified; the mixture has its own",
            spoil: as_it_is,
            choose: |c| c.path.ridge = 1e300,
            expected: [|o| matches!(o, Err(Stop::Species(SpeciesError::NoModel))), |o| o.is_ok()],
        },
        Case {
            name: "thresholds that no term reaches",
            spoil: as_it_is,
            choose: |c| c.path.lambdas = vec![1.0],
            expected: [
                |o| matches!(o, Err(Stop::Species(SpeciesError::NoModel))),
                |o| o.as_ref().is_ok_and(|learned| learned.classification.species.is_empty()),
            ],
        },
        Case {
            name: "test function without width",
            spoil: as_it_is,
            choose: |c| c.test_function = Some(TestFunction { half_width: 1, degree: 9 }),
            expected: weak_error!(WeakError::BadTestFunction { half_width: 1, .. }),
        },
        Case {
            name: "test function that is not smooth",
            spoil: as_it_is,
            choose: |c| c.test_function = Some(TestFunction { half_width: 15, degree: 1 }),
            expected: weak_error!(WeakError::BadTestFunction { degree: 1, .. }),
        },
        Case {
            name: "test function wider than any record",
            spoil: as_it_is,
            choose: |c| c.test_function = Some(TestFunction { half_width: usize::MAX, degree: 9 }),
            expected: weak_error!(WeakError::TestFunctionTooWide { longest: 58, .. }),
        },
        Case {
            name: "test function of one sample",
            spoil: as_it_is,
            choose: |c| c.test_function = Some(TestFunction { half_width: 15, degree: u32::MAX }),
            expected: both(|o| o.is_ok()),
        },
        Case {
            name: "smoothing that is not determined",
            spoil: as_it_is,
            choose: |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 1 },
            expected: weak_error!(WeakError::HalfWindowTooSmall { half_window: 1 }),
        },
        Case {
            name: "a basis that overflows",
            spoil: as_it_is,
            choose: |c| c.basis_scale = 1e300,
            expected: species_error!(SpeciesError::Regression {
                source: SparseError::NonFinite { .. },
                ..
            }),
        },
        Case {
            name: "no sample to validate on",
            spoil: as_it_is,
            choose: |c| c.validation_share = 1e-300,
            expected: [|o| o.as_ref().is_ok_and(|p| p.velocity_errors.iter().all(Option::is_none));
                2],
        },
        Case {
            name: "more matched cells than there are",
            spoil: as_it_is,
            choose: |c| (c.n_matched, c.n_nearest) = (usize::MAX, usize::MAX),
            expected: both(|o| o.is_ok()),
        },
    ]);
}
