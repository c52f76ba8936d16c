//! Potentials of cells that must reach ring, square and triangle, learned end to end with few cells.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use pairlaw::potentials::rollout::{CollocationConfig, Rate, Role, Scheme, simulate};
use pairlaw::potentials::{Config, Fit, Loss, Matching, Phase, Start, Status, Target, fit};
use pairlaw_law::Morse;
use pairlaw_synth::{Shape, uniform_cells};

/// Number of cells.
pub(crate) const N: usize = 64;
/// Steps from target to target.
const STEPS: usize = 5;

pub(crate) const SENDER: Scheme = Scheme::Individual(Role::Sender);
pub(crate) const FIXED: Loss = Loss::Euclidean { reassign: None };
pub(crate) const REASSIGNED: Loss = Loss::Euclidean { reassign: Some(50) };
const ANNEALED: Loss = Loss::Sinkhorn { epsilon: [0.05, 0.005] };
const SHAPES: [Shape; 3] = [Shape::Ring, Shape::Square, Shape::Triangle];

/// Uniform cells, and as many positions in each shape, [`STEPS`] after the one before.
pub(crate) fn task(shapes: &[Shape]) -> (Vec<[f64; 2]>, Vec<Target<2>>) {
    let target = |(k, shape): (usize, &Shape)| Target {
        step: STEPS * (k + 1),
        positions: shape.sample(N, 100 + k as u64),
    };
    (uniform_cells(N, 1), shapes.iter().enumerate().map(target).collect())
}

/// The paper's settings.
pub(crate) fn config(scheme: Scheme, loss: Loss, epochs: usize) -> Config {
    Config::paper(scheme, N, loss, epochs)
}

pub(crate) fn phase(loss: Loss, epochs: usize, rate: f64) -> Phase {
    Phase { loss, epochs, rate: Rate::Cosine(rate) }
}

pub(crate) fn with_phases(scheme: Scheme, phases: Vec<Phase>) -> Config {
    Config { phases, ..config(scheme, FIXED, 0) }
}

fn learn(shapes: &[Shape], config: &Config) -> Fit<2> {
    let (initial, targets) = task(shapes);
    let found = fit(&initial, &targets, config, None, &mut |_| {}).unwrap();
    assert_eq!(found.status, Status::Completed);
    found
}

/// The part of the cells inside each shape.
fn inside(found: &Fit<2>, shapes: &[Shape]) -> Vec<f64> {
    let at = |k: usize| &found.positions[STEPS * (k + 1)];
    shapes.iter().enumerate().map(|(k, shape)| shape.inside_ratio(at(k))).collect()
}

pub(crate) fn same_bits(a: &Fit<2>, b: &Fit<2>) {
    let losses = |found: &Fit<2>| -> Vec<u64> {
        found.history.iter().map(|epoch| epoch.loss.to_bits()).collect()
    };
    assert_eq!(losses(a), losses(b));
    assert_eq!(a.history, b.history);
    assert_eq!((a.loss.to_bits(), a.best_epoch), (b.loss.to_bits(), b.best_epoch));
    assert!(a.parameters == b.parameters && a.positions == b.positions);
    assert!(a.partners == b.partners && a.status == b.status);
}

#[test]
fn mutual_parameters_reach_every_shape() {
    for shape in SHAPES {
        let phases = vec![phase(FIXED, 800, 0.05)];
        let found = learn(&[shape], &with_phases(Scheme::Mutual, phases));
        let inside = inside(&found, &[shape])[0];
        assert!(inside >= 0.99, "{shape}: {inside}");
        assert!(found.loss < 1e-5, "{shape}: {}", found.loss);
        let best = found.history.iter().map(|epoch| epoch.loss).fold(f64::INFINITY, f64::min);
        assert_eq!(found.loss.to_bits(), best.to_bits());
        assert_eq!(found.history[found.best_epoch].loss.to_bits(), best.to_bits());
        assert_eq!(found.history.len(), 800);
    }
}

/// What a fit returns belongs together: parameters, positions, partners and loss.
#[test]
fn parameters_simulated_anew_have_the_loss() {
    let (initial, targets) = task(&[Shape::Square]);
    for scheme in [SENDER, Scheme::TwoRole, Scheme::Mutual] {
        let found = learn(&[Shape::Square], &config(scheme.clone(), FIXED, 60));
        let sets = found.parameters.iter().map(|set| set.cast::<f64>()).collect();
        let path = simulate(Morse, &initial, &[STEPS], 0.2, sets).unwrap();
        for (a, b) in path.iter().zip(&found.positions) {
            for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
                // Rounding to singles, amplified by five steps.
                assert!((a - b).abs() < 1e-4, "{scheme:?}: {a} {b}");
            }
        }
        let partners = &found.partners[0];
        let square = |(x, y): (&[f64; 2], &[f64; 2])| (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2);
        let loss = path[STEPS].iter().zip(partners).map(square).sum::<f64>() / N as f64;
        assert!((loss / found.loss - 1.0).abs() < 1e-2, "{scheme:?}: {loss} {}", found.loss);
        // Every position of the target has one cell.
        let sorted = |x: &[[f64; 2]]| {
            let mut x = x.to_vec();
            x.sort_by(|a, b| a[0].total_cmp(&b[0]));
            x
        };
        assert_eq!(sorted(partners), sorted(&targets[0].positions));
    }
}

#[test]
fn few_parameters_lower_the_loss_and_more_lower_it_further() {
    let types = (0..N).map(|i| i % 4).collect();
    let schemes = [Scheme::Typed(types), SENDER, Scheme::TwoRole, Scheme::LowRank(2)];
    let losses = schemes.map(|scheme| {
        let phases = vec![phase(FIXED, 200, 0.03)];
        let found = learn(&[Shape::Triangle], &with_phases(scheme.clone(), phases));
        assert!(found.loss < 0.7 * found.history[0].loss, "{scheme:?}: {}", found.loss);
        found.loss
    });
    assert!(losses.is_sorted_by(|a, b| a > b), "{losses:?}");
}

#[test]
fn individual_parameters_profit_from_reassignment() {
    // Parts of cells inside a thin band: these are enough for them to differ by more than chance.
    let n = 150;
    let targets = [Target { step: STEPS, positions: Shape::Triangle.sample(n, 100) }];
    let [fixed, reassigned] = [FIXED, REASSIGNED].map(|loss| {
        let config =
            Config { phases: vec![phase(loss, 1000, 0.03)], ..Config::paper(SENDER, n, loss, 0) };
        let found = fit(&uniform_cells(n, 1), &targets, &config, None, &mut |_| {}).unwrap();
        (found.loss, inside(&found, &[Shape::Triangle])[0])
    });
    assert!(reassigned.0 < 0.5 * fixed.0, "{fixed:?} {reassigned:?}");
    assert!(reassigned.1 > fixed.1 + 0.05, "{fixed:?} {reassigned:?}");
}

#[test]
fn a_nearest_endgame_brings_cells_inside() {
    let begun = vec![phase(REASSIGNED, 200, 0.03)];
    let ended = [&begun[..], &[phase(Loss::Nearest, 200, 0.01)]].concat();
    let [begun, ended] =
        [begun, ended].map(|phases| learn(&[Shape::Ring], &with_phases(SENDER, phases)));
    let [before, after] = [&begun, &ended].map(|found| inside(found, &[Shape::Ring])[0]);
    assert!(after > before, "{before} {after}");
    // The nearest position is at most as far as the assigned one.
    let first = ended.history.iter().find(|epoch| epoch.phase == 1).unwrap();
    assert!(first.loss <= begun.loss, "{} {}", first.loss, begun.loss);
    assert!(ended.loss < first.loss);
}

#[test]
fn sinkhorn_and_a_euclidean_endgame_reach_every_shape() {
    for shape in SHAPES {
        let phases = vec![phase(ANNEALED, 200, 0.03), phase(REASSIGNED, 200, 0.02)];
        let found = learn(&[shape], &with_phases(Scheme::Mutual, phases));
        let inside = inside(&found, &[shape])[0];
        assert!(inside >= 0.95, "{shape}: {inside}");
        let (annealed, endgame) = found.history.split_at(200);
        let reports: Vec<_> = annealed.iter().map(|epoch| epoch.transport.unwrap()).collect();
        assert!(endgame.iter().all(|epoch| epoch.phase == 1 && epoch.transport.is_none()));
        assert!(reports.is_sorted_by(|a, b| a.0 >= b.0));
        assert!((reports[0].0 - 0.05).abs() < 1e-12 && (reports[199].0 - 0.005).abs() < 1e-12);
        for (epsilon, error, half_steps) in reports {
            assert!(error <= 1e-3 || half_steps >= 200, "{epsilon} {error} {half_steps}");
            assert!(half_steps > 0);
        }
        assert!(annealed[199].loss < 0.1 * annealed[0].loss);
    }
}

/// The entropy is part of the biased cost: with cells in place it is far from 0, the divergence not.
#[test]
fn the_biased_cost_does_not_vanish_on_the_target() {
    let biased = Loss::TransportCost { epsilon: 0.05 };
    let debiased = Loss::Sinkhorn { epsilon: [0.05, 0.01] };
    let [biased, debiased] = [biased, debiased].map(|loss| {
        let phases = vec![phase(loss, 200, 0.03)];
        let found = learn(&[Shape::Ring], &with_phases(Scheme::Mutual, phases));
        assert!(inside(&found, &[Shape::Ring])[0] > 0.9);
        found.loss
    });
    assert!((0.015..0.03).contains(&biased), "{biased}");
    assert!(debiased.abs() < 1e-3, "{debiased}");
}

#[test]
fn one_set_a_leg_beats_one_for_both() {
    let shapes = [Shape::Ring, Shape::Triangle];
    let losses = [false, true].map(|per_leg| {
        let phases = vec![phase(FIXED, 300, 0.03)];
        let matching = Matching::Chained;
        let config = Config { per_leg, matching, ..with_phases(SENDER, phases) };
        let found = learn(&shapes, &config);
        assert_eq!(found.parameters.len(), if per_leg { 2 } else { 1 });
        assert_eq!(found.positions.len(), 2 * STEPS + 1);
        found.loss
    });
    assert!(losses[1] < 0.8 * losses[0], "{losses:?}");
}

/// Transport needs no partners: half as many and twice as many positions as cells.
#[test]
fn cells_and_positions_may_differ_in_number() {
    let (initial, _) = task(&[]);
    for n in [N / 2, 2 * N] {
        let targets = [Target { step: STEPS, positions: Shape::Ring.sample(n, 7) }];
        for loss in [Loss::TransportCost { epsilon: 0.05 }, ANNEALED, Loss::Nearest] {
            let config = with_phases(Scheme::Mutual, vec![phase(loss, 150, 0.03)]);
            let found = fit(&initial, &targets, &config, None, &mut |_| {}).unwrap();
            let radius = |x: &[f64; 2]| x[0].hypot(x[1]);
            let off = |x: &[f64; 2]| (radius(x) - 0.95).abs();
            let mean = found.positions[STEPS].iter().map(off).sum::<f64>() / N as f64;
            assert!(mean < 0.08, "{n} {loss:?}: {mean}");
            assert!(found.partners.iter().all(Vec::is_empty));
        }
    }
}

#[test]
fn collocation_is_a_start_or_the_whole_fit() {
    let settings = CollocationConfig { floor: Some(1e-3), ..CollocationConfig::default() };
    let start = Start::Collocation(settings);
    for shape in SHAPES {
        let from_collocation =
            |epochs| Config { start: start.clone(), ..config(Scheme::Mutual, FIXED, epochs) };
        let whole = Config { phases: vec![], ..from_collocation(0) };
        let whole = learn(&[shape], &whole);
        assert!(whole.history.is_empty());
        let trained = learn(&[shape], &from_collocation(50));
        assert_eq!(trained.history[0].loss.to_bits(), whole.loss.to_bits());
        assert!(trained.loss <= whole.loss);
        let uniform = learn(&[shape], &config(Scheme::Mutual, FIXED, 50));
        assert!(trained.loss < 0.1 * uniform.loss, "{shape}: {} {}", trained.loss, uniform.loss);
        assert!(inside(&trained, &[shape])[0] >= 0.99, "{shape}");
    }
}

#[test]
fn the_bits_are_the_same_for_one_and_two_threads() {
    let phases = vec![
        phase(ANNEALED, 20, 0.03),
        phase(REASSIGNED, 60, 0.03),
        phase(Loss::Nearest, 10, 0.01),
    ];
    for scheme in [SENDER, Scheme::TwoRole, Scheme::LowRank(2), Scheme::Mutual] {
        let config = Config { per_leg: true, ..with_phases(scheme, phases.clone()) };
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| learn(&[Shape::Ring, Shape::Square], &config))
        });
        same_bits(&one, &two);
    }
}
