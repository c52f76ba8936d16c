//! Bad input, killed fits and explosions where potentials are learned.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use crate::potentials::{
    FIXED, N, REASSIGNED, SENDER, config, phase, same_bits, task, with_phases,
};
use pairlaw::potentials::rollout::{CollocationConfig, Rate, RolloutError, Scheme};
use pairlaw::potentials::{
    Checkpoint, Config, Fit, Loss, Matching, Phase, PotentialsError, Start, Status, Target, fit,
};
use pairlaw_synth::Shape;
use pairlaw_transport::TransportError;

fn refused(initial: &[[f64; 2]], targets: &[Target<2>], config: &Config) -> PotentialsError {
    fit(initial, targets, config, None, &mut |_| panic!("nothing may be trained")).unwrap_err()
}

#[test]
fn targets_that_cannot_be_reached_are_named() {
    let (initial, good) = task(&[Shape::Ring, Shape::Square]);
    let config = config(SENDER, FIXED, 2);
    let with = |change: &dyn Fn(&mut Vec<Target<2>>)| {
        let mut targets = good.clone();
        change(&mut targets);
        refused(&initial, &targets, &config)
    };
    let error = with(&|targets| targets.clear());
    assert!(matches!(error, PotentialsError::NoTargets), "{error}");
    let error = with(&|targets| targets[1].positions.clear());
    assert!(matches!(error, PotentialsError::EmptyTarget { target: 1 }), "{error}");
    let error = with(&|targets| targets[1].positions.truncate(N - 3));
    let PotentialsError::TargetCount { target: 1, cells: N, positions } = error else {
        panic!("{error}")
    };
    assert_eq!(positions, N - 3);
    for value in [f64::NAN, f64::INFINITY] {
        let error = with(&|targets| targets[0].positions[7][1] = value);
        let expected = PotentialsError::TargetNotFinite { target: 0, position: 7 };
        assert_eq!(error.to_string(), expected.to_string());
    }
    for (steps, bad) in [([0, 5], (0, 0, 0)), ([5, 5], (1, 5, 5)), ([5, 3], (1, 3, 5))] {
        let error = with(&|targets| {
            targets.iter_mut().zip(steps).for_each(|(target, step)| target.step = step);
        });
        let PotentialsError::StepOrder { target, step, before } = error else { panic!("{error}") };
        assert_eq!((target, step, before), bad);
    }
}

#[test]
fn cells_that_cannot_be_simulated_are_named() {
    let (initial, targets) = task(&[Shape::Ring]);
    let mut bad = initial.clone();
    bad[9][0] = f64::NAN;
    for matching in [Matching::Given, Matching::Initial] {
        for loss in [FIXED, Loss::Sinkhorn { epsilon: [0.05, 0.01] }] {
            let config = Config { matching, ..config(SENDER, loss, 2) };
            let error = refused(&bad, &targets, &config);
            let expected = RolloutError::NotFinite { cell: 9, axis: 0, value: f64::NAN };
            assert_eq!(error.to_string(), expected.to_string(), "{matching:?}");
        }
    }
    let one = Target { step: 5, positions: targets[0].positions[..1].to_vec() };
    let error = refused(&initial[..1], &[one], &config(SENDER, FIXED, 2));
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::TooFewCells { found: 1 })));
    let error = refused(&[], &targets, &config(SENDER, Loss::Nearest, 2));
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::TooFewCells { found: 0 })));
    let config = Config { dt: 0.0, ..config(SENDER, FIXED, 2) };
    let error = refused(&initial, &targets, &config);
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::TimeStep { .. })), "{error}");
}

#[test]
fn settings_out_of_range_are_named() {
    let (initial, targets) = task(&[Shape::Ring]);
    let with = |scheme, phases: Vec<Phase>, start| {
        let plain = config(scheme, FIXED, 1);
        let start = Option::unwrap_or(start, plain.start.clone());
        refused(&initial, &targets, &Config { phases, start, ..plain })
    };
    let setting = |error: PotentialsError| match error {
        PotentialsError::Setting { name, .. } => name,
        other => panic!("{other}"),
    };
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for rate in [Rate::Constant(rate), Rate::Cosine(rate)] {
            let phases = vec![phase(FIXED, 1, 0.01), Phase { loss: FIXED, epochs: 1, rate }];
            assert_eq!(setting(with(SENDER, phases, None)), "rate");
        }
    }
    for epsilon in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        let losses = [
            Loss::TransportCost { epsilon },
            Loss::Sinkhorn { epsilon: [epsilon, 0.1] },
            Loss::Sinkhorn { epsilon: [0.1, epsilon] },
        ];
        for loss in losses {
            assert_eq!(setting(with(SENDER, vec![phase(loss, 1, 0.01)], None)), "epsilon");
        }
    }
    let never = Loss::Euclidean { reassign: Some(0) };
    assert_eq!(setting(with(SENDER, vec![phase(never, 1, 0.01)], None)), "reassign");
    let uniform = |parameters, jitter| Some(Start::Uniform { parameters, jitter });
    for start in [uniform([0.1, 0.0, 0.1, 0.2], 0.1), uniform([0.1; 4], -1.0)] {
        let error = with(SENDER, vec![phase(FIXED, 1, 0.01)], start);
        assert!(matches!(error, PotentialsError::Rollout(RolloutError::Parameter { .. })));
    }
    let collocation = |floor| {
        Some(Start::Collocation(CollocationConfig { floor, ..CollocationConfig::default() }))
    };
    for floor in [None, Some(0.0), Some(-1.0)] {
        assert_eq!(setting(with(Scheme::Mutual, vec![], collocation(floor))), "floor");
    }
    let error = with(Scheme::Mutual, vec![], collocation(Some(1.0)));
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::Floor { .. })), "{error}");
    let error = with(Scheme::TwoRole, vec![], collocation(Some(1e-3)));
    assert!(
        matches!(&error, PotentialsError::CollocationScheme { scheme } if scheme == "two-role")
    );
    let error = with(Scheme::LowRank(0), vec![phase(FIXED, 1, 0.01)], None);
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::Scheme { .. })), "{error}");
}

#[test]
fn an_epsilon_below_the_precision_is_refused_with_the_least() {
    let (initial, targets) = task(&[Shape::Ring]);
    let loss = Loss::TransportCost { epsilon: 1e-9 };
    let error = refused(&initial, &targets, &config(SENDER, loss, 2));
    let PotentialsError::Transport(TransportError::EpsilonTooSmall { epsilon, least }) = error
    else {
        panic!("{error}")
    };
    assert!(epsilon < least && least < 1e-2, "{least}");
    let enough = Loss::TransportCost { epsilon: 1.1 * least };
    assert!(fit(&initial, &targets, &config(SENDER, enough, 2), None, &mut |_| {}).is_ok());
}

#[test]
fn an_epsilon_that_falls_below_the_precision_ends_training_with_the_best() {
    let (initial, targets) = task(&[Shape::Ring]);
    let config = with_phases(
        SENDER,
        vec![
            phase(FIXED, 5, 0.03),
            phase(Loss::Sinkhorn { epsilon: [0.05, 1e-9] }, 30, 0.03),
            phase(Loss::Nearest, 5, 0.03),
        ],
    );
    let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
    let Status::NoTransport { phase: 1, epoch, reason } = &found.status else {
        panic!("{}", found.status)
    };
    assert!(*epoch > 0 && matches!(reason, TransportError::EpsilonTooSmall { .. }), "{reason}");
    assert_eq!(found.history.len(), 5 + epoch);
    let last: Vec<_> = found.history.iter().filter(|e| e.phase == 1).collect();
    let best = last[found.best_epoch];
    assert_eq!(found.loss.to_bits(), best.loss.to_bits());
    // Losses at another ε do not compare: the best is one of the last ε.
    let epsilon = |at: usize| last[at].transport.unwrap().0.to_bits();
    assert_eq!(epsilon(found.best_epoch), epsilon(last.len() - 1));
}

#[test]
fn the_partners_returned_are_those_of_the_best_epoch() {
    let (initial, targets) = task(&[Shape::Triangle]);
    let config = with_phases(SENDER, vec![phase(REASSIGNED_OFTEN, 40, 0.2)]);
    let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
    let pairs = found.positions[5].iter().zip(&found.partners[0]);
    let squares = pairs.map(|(x, y)| (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2));
    let loss = squares.sum::<f64>() / initial.len() as f64;
    assert!((loss / found.loss - 1.0).abs() < 1e-9, "{loss} {}", found.loss);
}

#[test]
fn coincident_cells_part_where_their_parameters_differ() {
    let (mut initial, targets) = task(&[Shape::Ring]);
    initial[1] = initial[0];
    let ends = |scheme| {
        let config = with_phases(scheme, vec![phase(FIXED, 150, 0.03)]);
        let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
        assert!(found.loss < 0.5 * found.history[0].loss, "{}", found.loss);
        [found.positions[5][0], found.positions[5][1]]
    };
    // They exert no force on each other and feel the same ones.
    let [a, b] = ends(SENDER);
    assert_eq!(a.map(f64::to_bits), b.map(f64::to_bits));
    let [a, b] = ends(Scheme::Mutual);
    assert!((a[0] - b[0]).hypot(a[1] - b[1]) > 1e-3, "{a:?} {b:?}");
}

#[test]
fn identical_clouds_at_one_point_stay_there() {
    let initial = vec![[0.25, -0.5]; 12];
    let targets = [Target { step: 3, positions: initial.clone() }];
    let losses = [
        FIXED,
        Loss::Nearest,
        Loss::TransportCost { epsilon: 0.05 },
        Loss::Sinkhorn { epsilon: [0.05, 0.005] },
    ];
    for loss in losses {
        for scheme in [SENDER, Scheme::Mutual] {
            let config = config(scheme, loss, 5);
            let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
            assert!(found.history.iter().all(|epoch| epoch.loss == 0.0), "{loss:?}");
            assert!(found.positions.iter().all(|x| *x == initial));
            // No gradient: the parameters are those of the start.
            let untrained = Config { phases: vec![], ..config };
            let start = fit(&initial, &targets, &untrained, None, &mut |_| {}).unwrap();
            assert_eq!(found.parameters, start.parameters);
            e2e::assert_no_nan(&(&found.parameters, &found.history));
        }
    }
}

/// The debiased divergence of a cloud and itself is 0 to the rounding of singles, and nobody is
/// pushed.
#[test]
fn cells_on_their_targets_stay_where_nothing_moves_them() {
    let (initial, _) = task(&[Shape::Ring]);
    let targets = [Target { step: 5, positions: initial.clone() }];
    let weak = Start::Uniform { parameters: [1e-12, 0.3, 1e-12, 0.6], jitter: 0.0 };
    for loss in [FIXED, Loss::Nearest, Loss::Sinkhorn { epsilon: [0.05, 0.05] }] {
        let config = Config { start: weak.clone(), ..config(SENDER, loss, 3) };
        let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
        assert!(found.history.iter().all(|epoch| epoch.loss.abs() < 1e-6), "{loss:?} {found:?}");
        e2e::assert_no_nan(&found.parameters);
    }
}

#[test]
fn an_explosion_is_told_and_the_best_parameters_are_kept() {
    let (initial, targets) = task(&[Shape::Triangle]);
    for scheme in [SENDER, Scheme::Mutual] {
        let mut config = config(scheme, FIXED, 200);
        config.phases[0].rate = Rate::Constant(20.0);
        let mut n_observed = 0;
        let found = fit(&initial, &targets, &config, None, &mut |_| n_observed += 1).unwrap();
        let Status::Exploded { phase: 0, epoch, reason } = &found.status else {
            panic!("{:?}", found.status)
        };
        let RolloutError::Exploded { step, largest, limit, .. } = reason else {
            panic!("{reason}")
        };
        assert!((1..=5).contains(step) && largest > limit, "{reason}");
        // Epochs before it count; the one that failed has no loss.
        assert_eq!((found.history.len(), n_observed), (*epoch, *epoch));
        let best = found.history.iter().map(|epoch| epoch.loss).fold(f64::INFINITY, f64::min);
        assert_eq!(found.loss.to_bits(), best.to_bits());
        assert!(found.positions.iter().flatten().flatten().all(|x| x.abs() < 10.0));
        e2e::assert_no_nan(&found.parameters);
    }
    // From the start, it is an error.
    let strong = Start::Uniform { parameters: [1e6, 0.3, 1.0, 0.6], jitter: 0.0 };
    let config = Config { start: strong, ..config(SENDER, FIXED, 2) };
    let error = refused(&initial, &targets, &config);
    assert!(matches!(error, PotentialsError::Rollout(RolloutError::Exploded { step: 1, .. })));
}

/// Phases that keep something from epoch to epoch: partners and prices, or potentials and ε.
fn long_fits() -> Vec<Config> {
    let reassigned = vec![phase(FIXED, 7, 0.02), phase(REASSIGNED_OFTEN, 23, 0.03)];
    let annealed = Loss::Sinkhorn { epsilon: [0.05, 0.01] };
    let sinkhorn = vec![phase(annealed, 20, 0.03), phase(REASSIGNED, 10, 0.02)];
    let phases = [reassigned, sinkhorn];
    let schemes = [SENDER, Scheme::Mutual];
    let one = |(scheme, phases): (&Scheme, &Vec<Phase>)| Config {
        phases: phases.clone(),
        ..config(scheme.clone(), FIXED, 1)
    };
    schemes
        .iter()
        .flat_map(|scheme| phases.iter().map(move |phases| (scheme, phases)))
        .map(one)
        .collect()
}

const REASSIGNED_OFTEN: Loss = Loss::Euclidean { reassign: Some(4) };

/// Runs a fit that dies after `epochs` epochs.
fn killed(targets: &[Target<2>], config: &Config, checkpoint: &Checkpoint, epochs: usize) {
    let (initial, _) = task(&[]);
    let mut left = epochs;
    let mut count = |_: &_| {
        if left == 0 {
            // A panic that nobody is told of.
            resume_unwind(Box::new("killed"));
        }
        left -= 1;
    };
    let run = || fit(&initial, targets, config, Some(checkpoint), &mut count).map(drop);
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

#[test]
fn a_killed_fit_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (initial, targets) = task(&[Shape::Ring, Shape::Triangle]);
    for (k, config) in long_fits().into_iter().enumerate() {
        let whole = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
        // Within each phase and at their border.
        for (every, killed_after) in [(3, 5), (6, 13), (5, 25), (10, 20)] {
            let path = folder.path().join(format!("{k}-{every}"));
            let checkpoint = Checkpoint { path, every };
            killed(&targets, &config, &checkpoint, killed_after);
            let mut n_run = 0;
            let resumed =
                fit(&initial, &targets, &config, Some(&checkpoint), &mut |_| n_run += 1).unwrap();
            assert!(n_run < 30, "nothing was resumed");
            same_bits(&whole, &resumed);
        }
    }
}

#[test]
fn a_finished_fit_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint { path: folder.path().join("fit"), every: 10 };
    let (initial, targets) = task(&[Shape::Ring]);
    let config = config(Scheme::Mutual, FIXED, 30);
    let whole = fit(&initial, &targets, &config, Some(&checkpoint), &mut |_| {}).unwrap();
    let again =
        fit(&initial, &targets, &config, Some(&checkpoint), &mut |_| panic!("trained")).unwrap();
    same_bits(&whole, &again);
}

fn stored(path: &Path) -> (Checkpoint, Config, Fit<2>) {
    let checkpoint = Checkpoint { path: path.to_owned(), every: 5 };
    let (initial, targets) = task(&[Shape::Ring]);
    let config = config(SENDER, FIXED, 10);
    let found = fit(&initial, &targets, &config, Some(&checkpoint), &mut |_| {}).unwrap();
    (checkpoint, config, found)
}

#[test]
fn the_checkpoint_of_another_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (checkpoint, config, _) = stored(&folder.path().join("fit"));
    let (initial, targets) = task(&[Shape::Ring]);
    let resume = |initial: &[[f64; 2]], targets: &[Target<2>], config: &Config| {
        let resumed = fit(initial, targets, config, Some(&checkpoint), &mut |_| {});
        let error = resumed.expect_err("another fit");
        assert!(matches!(error, PotentialsError::OtherFit { .. }), "{error}");
        assert!(error.to_string().contains("remove it"), "{error}");
    };
    let mut moved = initial.clone();
    moved[3][1] += 1e-15;
    resume(&moved, &targets, &config);
    let mut farther = targets.clone();
    farther[0].positions[0][0] += 1e-15;
    resume(&initial, &farther, &config);
    resume(&initial, &targets, &Config { seed: 2, ..config.clone() });
    resume(&initial, &targets, &Config { dt: 0.21, ..config.clone() });
    let mut longer = config;
    longer.phases[0].epochs += 1;
    resume(&initial, &targets, &longer);
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit");
    let (checkpoint, config, _) = stored(&path);
    let (initial, targets) = task(&[Shape::Ring]);
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    let long = [&whole[..], b"more"].concat();
    for bytes in
        [&whole[..whole.len() / 2], &[], &flipped, &long, b"not a checkpoint at all, is it?"]
    {
        std::fs::write(&path, bytes).unwrap();
        let resumed = fit(&initial, &targets, &config, Some(&checkpoint), &mut |_| {});
        let error = resumed.expect_err("damaged");
        assert!(matches!(error, PotentialsError::Data(_)), "{error}");
        // It is left as it was, for whoever wants to know.
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    let nowhere = Checkpoint { path: folder.path().join("no folder").join("fit"), every: 5 };
    let error = fit(&initial, &targets, &config, Some(&nowhere), &mut |_| {}).err().unwrap();
    assert!(matches!(error, PotentialsError::Data(_)), "{error}");
}
