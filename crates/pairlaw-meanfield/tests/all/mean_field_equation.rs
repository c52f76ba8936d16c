//! The solver on problems with known order, equilibrium or invariants.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use pairlaw_data::{Densities, Grid};
use pairlaw_law::{ExternalPotential, KernelTerm, PairKernel};
use pairlaw_meanfield::{
    FaceValues, MeanField, MeanFieldError, Schedule, Solution, TimeDerivative, free_energies,
    gaussian_mixture, normalised, solve, stable_dt, strong_form,
};
use pairlaw_sparse::NormalEquations;

const REPULSION: KernelTerm = KernelTerm::Power { exponent: -1.5, cutoff: 0.05 };

/// φ = 3r².
fn attraction() -> PairKernel {
    PairKernel::new(vec![KernelTerm::power(2.0)], vec![3.0]).unwrap()
}

fn run<const D: usize>(
    kernel: &PairKernel,
    diffusivity: f64,
    face_values: FaceValues,
    grid: &Grid<D>,
    initial: &[f64],
    n_kept: usize,
) -> Solution<D> {
    let external = ExternalPotential::default();
    let model = MeanField { kernel, diffusivity, external, face_values };
    let dt = 0.8 * stable_dt(&model, grid, initial).unwrap();
    solve(&model, grid, initial, &Schedule::until(1.0, dt, n_kept)).unwrap()
}

/// Two clusters of variance 1/4 at ±1, φ = 3r², σ² = 2.
fn two_clusters(n: usize, face_values: FaceValues) -> Solution<1> {
    let grid = Grid::new([-4.0], [4.0], [n]).unwrap();
    let initial = gaussian_mixture(&grid, &[(0.5, [1.0], 0.5), (0.5, [-1.0], 0.5)]).unwrap();
    run(&attraction(), 1.0, face_values, &grid, &initial, 10)
}

/// φ = r − r^−1.5 with a jump at 0, σ² = 0.02.
fn jump(n: usize, face_values: FaceValues) -> Solution<1> {
    let kernel = PairKernel::new(vec![KernelTerm::power(1.0), REPULSION], vec![1.0, -1.0]).unwrap();
    let grid = Grid::new([-7.0], [7.0], [n]).unwrap();
    let initial = gaussian_mixture(&grid, &[(0.5, [2.0], 0.5), (0.5, [-3.0], 1.0)]).unwrap();
    run(&kernel, 0.01, face_values, &grid, &initial, 100)
}

fn last<const D: usize>(solution: &Solution<D>) -> &[f64] {
    solution.densities.values().last().unwrap()
}

/// Greatest difference to cell averages on a finer grid.
fn error(coarse: &[f64], fine: &[f64]) -> f64 {
    let ratio = fine.len() / coarse.len();
    let means = fine.chunks(ratio).map(|u| u.iter().sum::<f64>() / ratio as f64);
    coarse.iter().zip(means).map(|(u, v)| (u - v).abs()).fold(0.0, f64::max)
}

#[test]
fn halving_cells_shows_the_order() {
    let fine = two_clusters(320, FaceValues::Quartic);
    for (face_values, factors) in [
        (FaceValues::Central, 3.5..4.5),
        (FaceValues::Muscl, 2.5..5.0), // limited at the maximum
        (FaceValues::Quartic, 14.0..18.0),
    ] {
        let errors = [40, 80].map(|n| error(last(&two_clusters(n, face_values)), last(&fine)));
        // Discretisation: 2², 2⁴ up to the next order.
        assert!(factors.contains(&(errors[0] / errors[1])), "{face_values:?}: {errors:?}");
        assert!(errors[0] < 3e-2, "{face_values:?}: {errors:?}");
    }
}

#[test]
fn two_clusters_merge_as_computed_elsewhere() {
    let solution = two_clusters(160, FaceValues::Quartic);
    let end = solution.diagnostics.last().unwrap();
    let grid = solution.densities.grid();
    let h = grid.cell_volume();
    let squares = grid.sample(|[x]| x * x);
    let square: f64 = last(&solution).iter().zip(&squares).map(|(u, x)| u * x * h).sum();
    // An independent second-order program at h = 0.05: −0.45213, 0.28305; discretisation.
    assert!((end.free_energy.lyapunov(1.0) + 0.45213).abs() < 2e-5, "{end:?}");
    assert!((square - h * h / 12.0 - 0.28305).abs() < 1e-3, "{square}");
}

/// d/dt ∫|x|²u = 2·dim·D − ∫∫ u u r φ: with r φ = 3Φ and D = 1 the interaction of the equilibrium in
/// the plane is 4/3.
#[test]
fn the_plane_reaches_its_equilibrium_from_every_start() {
    let grid = Grid::new([-5.0; 2], [5.0; 2], [50; 2]).unwrap();
    let square = |x: f64, y: f64| x * x + y * y;
    let one = grid.sample(|[x, y]| (-square(x, y) / 0.5).exp());
    let ring = grid.sample(|[x, y]| (-(square(x, y).sqrt() - 1.5).powi(2) / 0.25).exp());
    for start in [one, ring] {
        let initial = normalised(&grid, start).unwrap();
        let solution = run(&attraction(), 1.0, FaceValues::Quartic, &grid, &initial, 5);
        let energy = solution.diagnostics.last().unwrap().free_energy;
        // Discretisation at h = 0.2, order 4: 1.1e-3, 8e-4 and 2e-5.
        assert!((energy.interaction - 4.0 / 3.0).abs() < 1.5e-3, "{energy:?}");
        assert!((energy.paper() - 0.60343).abs() < 1.2e-3, "{energy:?}");
        assert!((energy.lyapunov(1.0) + 0.79315).abs() < 1e-4, "{energy:?}");
    }
}

#[test]
fn free_energy_falls_and_mass_stays() {
    let solutions =
        [(1.0, two_clusters(80, FaceValues::Quartic)), (0.01, jump(280, FaceValues::Muscl))];
    for (diffusivity, solution) in solutions {
        for pair in solution.diagnostics.windows(2) {
            let [before, after] = [0, 1].map(|i| pair[i].free_energy.lyapunov(diffusivity));
            assert!(after < before, "{pair:?}");
        }
        // Rounding.
        assert!(solution.diagnostics.iter().all(|d| (d.mass - 1.0).abs() < 1e-14));
    }
}

#[test]
fn limited_face_values_stay_positive_where_central_ones_do_not() {
    let least = |solution: Solution<1>| {
        solution.diagnostics.iter().map(|d| d.minimum).fold(f64::INFINITY, f64::min)
    };
    assert!(least(jump(280, FaceValues::Muscl)) >= 0.0);
    assert!(least(jump(280, FaceValues::Central)) < -1e-3);
}

/// A linear force alone is an Ornstein–Uhlenbeck process: mean m e^{−bt} − a(1 − e^{−bt})/b and
/// variance v e^{−2bt} + D (1 − e^{−2bt})/b.
#[test]
fn an_external_force_pulls_as_it_should() {
    let grid = Grid::new([-5.0], [5.0], [100]).unwrap();
    let initial = gaussian_mixture(&grid, &[(1.0, [0.8], 0.5)]).unwrap();
    let kernel = PairKernel::new(vec![], vec![]).unwrap();
    let external = ExternalPotential { slope: [0.5], stiffness: [1.5] };
    let face_values = FaceValues::Quartic;
    let model = MeanField { kernel: &kernel, diffusivity: 0.4, external, face_values };
    let schedule = Schedule { dt: 5e-3, n_steps: 100, keep_every: 1 };
    let solution = solve(&model, &grid, &initial, &schedule).unwrap();
    let moment = |power: i32| -> f64 {
        let x = grid.sample(|[x]| x.powi(power));
        last(&solution).iter().zip(x).map(|(u, x)| u * x * 0.1).sum()
    };
    let decay = (-0.75f64).exp();
    let mean = 0.8 * decay - 0.5 / 1.5 * (1.0 - decay);
    let variance = 0.25 * decay * decay + 0.4 / 1.5 * (1.0 - decay * decay);
    let found = (moment(1), moment(2) - moment(1).powi(2) - 0.01 / 12.0);
    // Discretisation: h⁴ and dt⁴.
    assert!((found.0 - mean).abs() < 1e-6 && (found.1 - variance).abs() < 1e-5, "{found:?}");
    // And the systems give both parts back.
    let parts = [([1.0], [0.0]), ([0.0], [1.0])];
    let parts = parts.map(|(slope, stiffness)| ExternalPotential { slope, stiffness });
    let systems =
        strong_form(&solution.densities, &[], &parts, 0.4, TimeDerivative::Midpoint).unwrap();
    let weights = sum(&systems).solve(&[true; 2]).unwrap().weights;
    assert!((weights[0] - 0.5).abs() < 1e-4 && (weights[1] - 1.5).abs() < 1e-4, "{weights:?}");
}

fn sum(systems: &[NormalEquations]) -> NormalEquations {
    let mut all = NormalEquations::zeros(systems[0].n_terms());
    systems.iter().for_each(|system| all.add(system));
    all
}

fn weights<const D: usize>(
    densities: &Densities<D>,
    terms: &[KernelTerm],
    diffusivity: f64,
    time_derivative: TimeDerivative,
) -> Vec<f64> {
    let kernels: Vec<_> = terms.iter().map(|term| PairKernel::term(*term).unwrap()).collect();
    let systems = strong_form(densities, &kernels, &[], diffusivity, time_derivative).unwrap();
    sum(&systems).solve(&vec![true; terms.len()]).unwrap().weights
}

#[test]
fn weights_come_back_from_densities() {
    let terms = [KernelTerm::power(1.0), REPULSION];
    let found =
        weights(&jump(280, FaceValues::Muscl).densities, &terms, 0.01, TimeDerivative::Midpoint);
    // Discretisation of the data, h = 0.05.
    assert!((found[0] - 1.0).abs() < 3e-3 && (found[1] + 1.0).abs() < 3e-3, "{found:?}");
    let grid = Grid::new([-4.0], [4.0], [160]).unwrap();
    let initial = gaussian_mixture(&grid, &[(0.5, [1.0], 0.5), (0.5, [-1.0], 0.5)]).unwrap();
    let solution = run(&attraction(), 1.0, FaceValues::Quartic, &grid, &initial, 100);
    let cubic = [KernelTerm::power(2.0), KernelTerm::power(3.0)];
    let found = weights(&solution.densities, &cubic, 1.0, TimeDerivative::Simpson);
    assert!((found[0] - 3.0).abs() < 5e-4 && found[1].abs() < 5e-4, "{found:?}");
    // Discretisation in time: 10 %, 0.5 % and 0.03 % at Δt = 0.02.
    let bias = |stride: usize, time_derivative| {
        let (times, values) = (solution.densities.times(), solution.densities.values());
        let times = times.iter().copied().step_by(stride).collect();
        let values = values.iter().cloned().step_by(stride).collect();
        let thin = Densities::new(grid, times, values).unwrap();
        weights(&thin, &cubic, 1.0, time_derivative)[0] - 3.0
    };
    for (time_derivative, largest, order) in [
        (TimeDerivative::Forward, 0.35, 0.8..1.2),
        (TimeDerivative::Midpoint, 0.02, 1.5..2.5),
        (TimeDerivative::Simpson, 0.0012, 3.0..5.0),
    ] {
        let [two, four] = [2, 4].map(|stride| bias(stride, time_derivative));
        assert!(two.abs() < largest, "{time_derivative:?}: {two}");
        assert!(order.contains(&(four / two).abs().log2()), "{time_derivative:?}: {two} {four}");
    }
}

#[test]
fn weights_come_back_in_the_plane() {
    let grid = Grid::new([-4.0; 2], [4.0; 2], [40; 2]).unwrap();
    let parts = [(0.5, [1.0, 0.0], 0.5), (0.5, [-1.0, 0.3], 0.5)];
    let initial = gaussian_mixture(&grid, &parts).unwrap();
    let solution = run(&attraction(), 1.0, FaceValues::Quartic, &grid, &initial, 100);
    let terms = [KernelTerm::power(2.0), KernelTerm::Sine];
    let found = weights(&solution.densities, &terms, 1.0, TimeDerivative::Simpson);
    // Discretisation.
    assert!((found[0] - 3.0).abs() < 2e-3 && found[1].abs() < 2e-3, "{found:?}");
}

#[test]
fn free_energies_of_densities_are_the_diagnostics() {
    let solution = two_clusters(40, FaceValues::Central);
    let energies = free_energies(&solution.densities, &attraction()).unwrap();
    let diagnostics = solution.diagnostics.iter().map(|d| d.free_energy);
    assert!(energies.into_iter().eq(diagnostics));
}

#[test]
fn impossible_problems_are_refused() {
    let (kernel, grid) = (attraction(), Grid::new([-4.0], [4.0], [40]).unwrap());
    let initial = gaussian_mixture(&grid, &[(1.0, [0.0], 0.5)]).unwrap();
    let external = ExternalPotential::default();
    let face_values = FaceValues::Central;
    let model = MeanField { kernel: &kernel, diffusivity: 1.0, external, face_values };
    let good = Schedule { dt: 1e-3, n_steps: 2, keep_every: 1 };
    let of = |model: &MeanField<'_, 1>, initial: &[f64], schedule: &Schedule| {
        solve(model, &grid, initial, schedule).unwrap_err()
    };
    let parameter = |error: MeanFieldError, name: &str| {
        assert!(
            matches!(error, MeanFieldError::Parameter { field, .. } if field == name),
            "{error}"
        );
    };
    parameter(of(&model, &initial, &Schedule { dt: 0.0, ..good }), "dt");
    parameter(of(&model, &initial, &Schedule { keep_every: 0, ..good }), "keep_every");
    parameter(of(&model, &initial, &Schedule { n_steps: 3, keep_every: 2, ..good }), "n_steps");
    parameter(of(&MeanField { diffusivity: -1.0, ..model }, &initial, &good), "diffusivity");
    let error = of(&model, &[1.0; 40], &good);
    assert!(matches!(error, MeanFieldError::Mass { .. }), "{error}");
    // 0.2²·0.69 is the limit of diffusion alone.
    let error = of(&model, &initial, &Schedule { dt: 0.028, ..good });
    assert!(matches!(error, MeanFieldError::UnstableStep { step: 0, .. }), "{error}");
    // An attraction of e^{19 r} has a drift near e^{76}.
    let wild = PairKernel::term(KernelTerm::Exponential { rate: 19.0 }).unwrap();
    let error = of(&MeanField { kernel: &wild, ..model }, &initial, &good);
    assert!(matches!(error, MeanFieldError::UnstableStep { step: 0, .. }), "{error}");
    // One of e^{200 r} is infinite within the grid.
    let endless = PairKernel::term(KernelTerm::Exponential { rate: 200.0 }).unwrap();
    let (wide, diffusivity) = (Grid::new([-4.0], [4.0], [800]).unwrap(), 1.0);
    let initial_wide = gaussian_mixture(&wide, &[(1.0, [0.0], 0.5)]).unwrap();
    let model_wide = MeanField { kernel: &endless, diffusivity, external, face_values };
    let error = stable_dt(&model_wide, &wide, &initial_wide).unwrap_err();
    assert!(matches!(error, MeanFieldError::NotFinite { step: 0, .. }), "{error}");
    let fine = PairKernel::term(KernelTerm::Power { exponent: -0.5, cutoff: 0.049 }).unwrap();
    let error = of(&MeanField { kernel: &fine, ..model }, &initial, &good);
    assert!(matches!(error, MeanFieldError::KernelBelowGrid { .. }), "{error}");
}

#[test]
fn impossible_systems_are_refused() {
    let of = |n_cells: usize, masses: &[f64], diffusivity: f64| {
        let grid = Grid::new([0.0], [1.0], [n_cells]).unwrap();
        let times = (0..masses.len()).map(|n| n as f64).collect();
        let values = masses.iter().map(|mass| vec![*mass; n_cells]).collect();
        let densities = Densities::new(grid, times, values).unwrap();
        let time_derivative = TimeDerivative::Midpoint;
        strong_form(&densities, &[attraction()], &[], diffusivity, time_derivative).unwrap_err()
    };
    let error = of(8, &[1.0; 2], 1.0);
    assert!(matches!(error, MeanFieldError::TooFewDensities { found: 2 }), "{error}");
    let error = of(4, &[1.0; 3], 1.0);
    assert!(matches!(error, MeanFieldError::TooFewCells { axis: 0, n_cells: 4 }), "{error}");
    let error = of(8, &[1.0, 1.0, 1.1], 1.0);
    assert!(matches!(error, MeanFieldError::Mass { time_idx: 2, .. }), "{error}");
    let error = of(8, &[1.0; 3], f64::NAN);
    assert!(matches!(error, MeanFieldError::Parameter { field: "diffusivity", .. }), "{error}");
}

#[test]
fn schedules_end_in_time() {
    let schedule = Schedule::until(1.0, 0.1, 10);
    assert_eq!((schedule.n_steps, schedule.keep_every), (10, 1));
    let schedule = Schedule::until(2.0, 0.03, 10);
    assert_eq!((schedule.n_steps, schedule.keep_every), (70, 7));
    assert!((schedule.dt - 2.0 / 70.0).abs() < 1e-15);
}
