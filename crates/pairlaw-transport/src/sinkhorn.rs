//! Entropic transport and the debiased Sinkhorn divergence, with gradients.

use std::f64::consts::LN_2;

use pairlaw_law::simd::InstructionSet;

use crate::TransportError;
use crate::half_step::{Exp2, Moments, Scaled, half_step};
use crate::sinkhorn_report::{Precision, SinkhornOptions, SinkhornReport, SinkhornState};

/// Factor of ε from level to level of a cold start.
const COOLING: f64 = 0.5;
/// Half-steps `f ← f + ω (T f − f)` with this ω > 1 need a third of the plain ones for small ε.
const OVER_RELAXATION: f64 = 1.7;
/// Largest relative error of the entries of a plan that rounding may cause.
const ENTRY_ERROR: f64 = 0.01;

/// Entropic transport of points to a fixed target, warm from call to call.
///
/// ```text
/// OT_ε(x, y) = min_P ⟨P, C⟩ + ε KL(P | a⊗b),   C_ij = |x_i − y_j|²,   a_i = 1/n, b_j = 1/m
/// P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε),    f_i = −ε ln Σ_j b_j exp((g_j − C_ij)/ε)
/// ```
///
/// Potentials are kept between calls, whether ε stays or changes: points that move a little need
/// few half-steps. A cold start lowers ε from the squared diameter by halves. The last half-step is
/// that of `f`, so that the rows of the plan always sum to 1/n exactly; the marginal error is that
/// of its columns, at most as large as reported.
///
/// Costs are computed on the fly, in O(n + m) memory. The same bits for any number of threads.
///
/// # Source
///
/// Cuturi (2013), *NeurIPS*; Feydy et al. (2019), *AISTATS*, for the divergence, its gradient and
/// the averaged iteration of a cloud with itself;
/// Thibault et al. (2021), *Algorithms* 14, for over-relaxation.
#[derive(Debug, Clone)]
pub struct Sinkhorn<const D: usize> {
    target: Vec<[f64; D]>,
    options: SinkhornOptions,
    set: InstructionSet,
    singles: [Scaled<f32, D>; 2],
    doubles: [Scaled<f64, D>; 2],
    /// Of the points and of the target.
    potentials: [Vec<f64>; 2],
    own_points: Vec<f64>,
    own_target: Vec<f64>,
    own_target_report: Option<SinkhornReport>,
    moments: Vec<Moments<D>>,
}

impl<const D: usize> Sinkhorn<D> {
    /// A solver for one target, cold.
    ///
    /// # Errors
    ///
    /// [`TransportError::Empty`], [`TransportError::NonFinite`] with the index of the point, and
    /// [`TransportError::Tolerance`].
    pub fn new(target: &[[f64; D]], options: SinkhornOptions) -> Result<Self, TransportError> {
        check_points("target", target)?;
        let value = options.tolerance;
        if !(value.is_finite() && value >= 0.0) {
            return Err(TransportError::Tolerance { value });
        }
        Ok(Self {
            target: target.to_vec(),
            options,
            set: InstructionSet::detect(),
            singles: Default::default(),
            doubles: Default::default(),
            potentials: Default::default(),
            own_points: vec![],
            own_target: vec![],
            own_target_report: None,
            moments: vec![],
        })
    }

    /// Forgets the potentials: the next call starts cold.
    pub fn restart(&mut self) {
        self.potentials = Default::default();
        self.own_points.clear();
    }

    /// What a later solver of the same target needs to go on with the same bits.
    #[must_use]
    pub fn state(&self) -> SinkhornState {
        SinkhornState {
            cross: self.potentials.clone(),
            own: [self.own_points.clone(), self.own_target.clone()],
            own_target_report: self.own_target_report,
        }
    }

    /// Takes up the potentials of [`Self::state`].
    pub fn resume(&mut self, state: SinkhornState) {
        self.potentials = state.cross;
        [self.own_points, self.own_target] = state.own;
        self.own_target_report = state.own_target_report;
    }

    /// The entropic transport of `points` to the target, and its gradient by the points.
    ///
    /// ```text
    /// value = OT_ε(x, y),   ∂value/∂x_i = Σ_j P_ij 2 (x_i − y_j)
    /// ```
    ///
    /// The gradient is that of the value with its entropy, by the envelope theorem; before
    /// convergence it is exact for the potentials of the target held fixed. Of
    /// [`SinkhornReport::transport_cost`], the biased ⟨P, C⟩, it is the gradient with the plan held
    /// fixed, by which that cost is trained in practice: how the plan changes is left out.
    ///
    /// # Errors
    ///
    /// [`TransportError::Empty`], [`TransportError::NonFinite`] with the index of the point,
    /// [`TransportError::Epsilon`] and [`TransportError::EpsilonTooSmall`].
    ///
    /// # Panics
    ///
    /// If `gradient` has not one entry a point.
    pub fn transport(
        &mut self,
        points: &[[f64; D]],
        epsilon: f64,
        gradient: &mut [[f64; D]],
    ) -> Result<SinkhornReport, TransportError> {
        let problem = self.problem(points, epsilon, gradient)?;
        if problem.diameter2 == 0.0 {
            gradient.fill([0.0; D]);
            return Ok(SinkhornReport::at_one_point(epsilon));
        }
        let Self { potentials, moments, .. } = self;
        let clouds = [points, &self.target];
        let report = match self.options.precision {
            Precision::Single => problem.cross(&mut self.singles, clouds, potentials, moments),
            Precision::Double => problem.cross(&mut self.doubles, clouds, potentials, moments),
        };
        gradient.fill([0.0; D]);
        add_gradient(1.0, moments, gradient);
        Ok(report)
    }

    /// The debiased Sinkhorn divergence of `points` and the target, and its gradient by the points.
    ///
    /// ```text
    /// value = S_ε(x, y) = OT_ε(x, y) − OT_ε(x, x)/2 − OT_ε(y, y)/2 ≥ 0,   0 if x = y
    /// ∂value/∂x_i = Σ_j P_ij 2 (x_i − y_j) − Σ_j Q_ij 2 (x_i − x_j),   Q the plan of (x, x)
    /// ```
    ///
    /// That of the target with itself is computed once for each ε.
    ///
    /// # Errors
    ///
    /// Those of [`Self::transport`].
    ///
    /// # Panics
    ///
    /// If `gradient` has not one entry a point.
    pub fn divergence(
        &mut self,
        points: &[[f64; D]],
        epsilon: f64,
        gradient: &mut [[f64; D]],
    ) -> Result<SinkhornReport, TransportError> {
        let cross = self.transport(points, epsilon, gradient)?;
        let problem = self.problem(points, epsilon, gradient)?;
        if problem.diameter2 == 0.0 {
            return Ok(cross);
        }
        let Self {
            moments,
            own_points,
            own_target,
            singles: [single, _],
            doubles: [double, _],
            ..
        } = self;
        let mut own = |points: &[[f64; D]], potentials: &mut Vec<f64>| match self.options.precision
        {
            Precision::Single => problem.own(single, points, potentials, moments),
            Precision::Double => problem.own(double, points, potentials, moments),
        };
        let kept =
            self.own_target_report.filter(|kept| kept.epsilon.to_bits() == epsilon.to_bits());
        let of_target = kept.unwrap_or_else(|| own(&self.target, own_target));
        let of_points = own(points, own_points);
        self.own_target_report = Some(SinkhornReport { half_steps: 0, ..of_target });
        add_gradient(-1.0, moments, gradient);
        let plans = [cross, of_points, of_target];
        Ok(SinkhornReport {
            value: cross.value - 0.5 * of_points.value - 0.5 * of_target.value,
            marginal_error: plans.iter().map(|plan| plan.marginal_error).fold(0.0, f64::max),
            half_steps: plans.iter().map(|plan| plan.half_steps).sum(),
            converged: plans.iter().all(|plan| plan.converged),
            ..cross
        })
    }

    fn problem(
        &self,
        points: &[[f64; D]],
        epsilon: f64,
        gradient: &[[f64; D]],
    ) -> Result<Problem<D>, TransportError> {
        let (n, m) = (points.len(), gradient.len());
        assert_eq!(n, m, "{n} points and {m} entries of the gradient");
        check_points("points", points)?;
        if !(epsilon.is_finite() && epsilon > 0.0) {
            return Err(TransportError::Epsilon { epsilon });
        }
        let (centre, diameter2) = bounding_box(points, &self.target);
        let unit = match self.options.precision {
            Precision::Single => 0.5 * f64::from(f32::EPSILON),
            Precision::Double => 0.5 * f64::EPSILON,
        };
        // An exponent rounds four times at up to |x − y|²/ε.
        let least = 4.0 * unit * diameter2 / ENTRY_ERROR;
        if epsilon < least {
            return Err(TransportError::EpsilonTooSmall { epsilon, least });
        }
        Ok(Problem { epsilon, centre, diameter2, options: self.options, set: self.set })
    }
}

fn check_points<const D: usize>(
    argument: &'static str,
    points: &[[f64; D]],
) -> Result<(), TransportError> {
    if points.is_empty() {
        return Err(TransportError::Empty { argument });
    }
    for (index, point) in points.iter().enumerate() {
        if let Some(&value) = point.iter().find(|x| !x.is_finite()) {
            return Err(TransportError::NonFinite { argument, index, value });
        }
    }
    Ok(())
}

/// Centre and squared diagonal of the box around both clouds.
fn bounding_box<const D: usize>(x: &[[f64; D]], y: &[[f64; D]]) -> ([f64; D], f64) {
    let (mut least, mut most) = (x[0], x[0]);
    for point in x.iter().chain(y) {
        for k in 0..D {
            least[k] = least[k].min(point[k]);
            most[k] = most[k].max(point[k]);
        }
    }
    let centre = std::array::from_fn(|k| 0.5 * least[k] + 0.5 * most[k]);
    (centre, least.iter().zip(&most).map(|(least, most)| (most - least).powi(2)).sum())
}

/// Adds `sign · 2 aᵢ Σⱼ pᵢⱼ (xᵢ − yⱼ)` with the rows p of sum 1.
fn add_gradient<const D: usize>(sign: f64, moments: &[Moments<D>], gradient: &mut [[f64; D]]) {
    let share = sign * 2.0 / moments.len() as f64;
    for (gradient, moments) in gradient.iter_mut().zip(moments) {
        for (gradient, offset) in gradient.iter_mut().zip(moments.offset) {
            *gradient += share * offset;
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// `Σ aᵢ |marginalᵢ/aᵢ − 1|` of the plan with potentials `old`, where `new` would make it exact.
fn marginal_error(old: &[f64], new: &[f64], epsilon: f64) -> f64 {
    let errors = old.iter().zip(new).map(|(old, new)| ((old - new) / epsilon).exp_m1().abs());
    errors.sum::<f64>() / old.len() as f64
}

/// Moves `new` on beyond itself, as seen from `old`.
fn relax(factor: f64, old: &[f64], new: &mut [f64]) {
    for (old, new) in old.iter().zip(new) {
        *new = old + factor * (*new - old);
    }
}

/// What all plans of one call share.
struct Problem<const D: usize> {
    epsilon: f64,
    centre: [f64; D],
    /// Square of the diameter, or a little more.
    diameter2: f64,
    options: SinkhornOptions,
    set: InstructionSet,
}

impl<const D: usize> Problem<D> {
    /// The plan from `x` with potentials `f` to `y` with `g`.
    fn cross<T: Exp2>(
        &self,
        scaled: &mut [Scaled<T, D>; 2],
        [x, y]: [&[[f64; D]]; 2],
        [f, g]: &mut [Vec<f64>; 2],
        moments: &mut Vec<Moments<D>>,
    ) -> SinkhornReport {
        let Self { options, set, .. } = self;
        // Potentials far beyond all costs are left from other clouds.
        let warm = f.len() == x.len() && g.iter().all(|g| g.abs() <= 4.0 * self.diameter2);
        let mut epsilon = self.epsilon;
        if !warm {
            (*f, *g) = (vec![0.0; x.len()], vec![0.0; y.len()]);
            epsilon = epsilon.max(COOLING * self.diameter2);
        }
        moments.resize(x.len(), Moments::ZERO);
        let mut old = vec![];
        let mut half_steps = 0;
        while epsilon > self.epsilon {
            self.scale(scaled, [x, y], epsilon);
            let [scaled_x, scaled_y] = &mut *scaled;
            let unit = epsilon * LN_2;
            scaled_y.set_potentials(g, unit);
            half_step(*set, scaled_x, scaled_y, unit, f, None);
            scaled_x.set_potentials(f, unit);
            half_step(*set, scaled_y, scaled_x, unit, g, None);
            half_steps += 2;
            epsilon = self.epsilon.max(COOLING * epsilon);
        }
        self.scale(scaled, [x, y], epsilon);
        let [scaled_x, scaled_y] = scaled;
        let unit = epsilon * LN_2;
        // The two half-steps before the last are plain: then the last cannot raise the error.
        let (mut plain, mut factor, mut least) = (true, OVER_RELAXATION, f64::INFINITY);
        loop {
            scaled_y.set_potentials(g, unit);
            old.clone_from(f);
            half_step(*set, scaled_x, scaled_y, unit, f, None);
            if !plain {
                relax(factor, &old, f);
            }
            scaled_x.set_potentials(f, unit);
            old.clone_from(g);
            half_step(*set, scaled_y, scaled_x, unit, g, None);
            half_steps += 2;
            let error = marginal_error(&old, g, epsilon);
            let enough = error <= options.tolerance;
            if plain && (enough || half_steps + 3 > options.max_half_steps) {
                scaled_y.set_potentials(g, unit);
                half_step(*set, scaled_x, scaled_y, unit, f, Some(moments));
                return SinkhornReport {
                    value: mean(f) + mean(g),
                    transport_cost: moments.iter().map(|row| row.cost).sum::<f64>()
                        / x.len() as f64,
                    epsilon,
                    marginal_error: error,
                    half_steps: half_steps + 1,
                    converged: enough,
                };
            }
            // Converges near the solution only; farther off it may not.
            least = error.min(least);
            if error.is_nan() || error > 3.0 * least {
                factor = 1.0;
            }
            plain = enough || half_steps + 5 > options.max_half_steps;
            if !plain {
                relax(factor, &old, g);
            }
        }
    }

    fn scale<T: Exp2>(
        &self,
        [scaled_x, scaled_y]: &mut [Scaled<T, D>; 2],
        [x, y]: [&[[f64; D]]; 2],
        epsilon: f64,
    ) {
        scaled_x.set_points(x, &self.centre, epsilon * LN_2);
        scaled_y.set_points(y, &self.centre, epsilon * LN_2);
    }

    /// The plan of a cloud with itself, by averaged half-steps `f ← (f + T f)/2`.
    fn own<T: Exp2>(
        &self,
        scaled: &mut Scaled<T, D>,
        x: &[[f64; D]],
        f: &mut Vec<f64>,
        moments: &mut Vec<Moments<D>>,
    ) -> SinkhornReport {
        let Self { epsilon, options, set, .. } = *self;
        if f.len() != x.len() || f.iter().any(|f| f.abs() > 4.0 * self.diameter2) {
            *f = vec![0.0; x.len()];
        }
        moments.resize(x.len(), Moments::ZERO);
        let unit = epsilon * LN_2;
        scaled.set_points(x, &self.centre, unit);
        let mut new = vec![];
        let (mut half_steps, mut last) = (0, false);
        loop {
            scaled.set_potentials(f, unit);
            new.clone_from(f);
            half_step(set, scaled, scaled, unit, &mut new, last.then_some(&mut moments[..]));
            half_steps += 1;
            let error = marginal_error(f, &new, epsilon);
            if last {
                let cost = moments.iter().map(|row| row.cost).sum::<f64>() / x.len() as f64;
                let value = mean(f) + mean(&new);
                f.clone_from(&new);
                return SinkhornReport {
                    value,
                    transport_cost: cost,
                    epsilon,
                    marginal_error: error,
                    half_steps,
                    converged: error <= options.tolerance,
                };
            }
            last = error <= options.tolerance || half_steps + 1 >= options.max_half_steps;
            relax(0.5, f, &mut new);
            f.clone_from(&new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: SinkhornOptions =
        SinkhornOptions { tolerance: 1e-6, max_half_steps: 400, precision: Precision::Single };

    fn spiral(n: usize, shift: f64) -> Vec<[f64; 2]> {
        let point = |i: usize| {
            let t = i as f64;
            [(0.7 * t).cos() * t / n as f64 + shift, (0.7 * t).sin() * t / n as f64]
        };
        (0..n).map(point).collect()
    }

    /// One point to two: the plan is forced, `⟨P, C⟩ = (1 + 9)/2`, its entropy relative to a⊗b 0.
    #[test]
    fn by_hand() {
        for precision in [Precision::Single, Precision::Double] {
            let options = SinkhornOptions { precision, ..OPTIONS };
            let mut sinkhorn = Sinkhorn::new(&[[1.0], [3.0]], options).unwrap();
            let mut gradient = [[0.0]];
            let report = sinkhorn.transport(&[[0.0]], 0.5, &mut gradient).unwrap();
            assert!(report.converged && report.half_steps >= 3);
            // Rounding of singles.
            assert!((report.value - 5.0).abs() < 1e-6, "{report:?}");
            assert!((report.transport_cost - 5.0).abs() < 1e-5, "{report:?}");
            assert!((gradient[0][0] + 4.0).abs() < 1e-5, "{gradient:?}");
            // OT(x, x) = 0; OT(y, y) of two points 2 apart, where P₁₂ = ½/(1 + e^(4/ε)).
            let report = sinkhorn.divergence(&[[0.0]], 0.5, &mut gradient).unwrap();
            let own = 0.5 * (2.0_f64.ln() - (-8.0_f64).exp().ln_1p());
            assert!((report.value - (5.0 - 0.5 * own)).abs() < 1e-6, "{report:?} {own}");
        }
    }

    #[test]
    fn clouds_without_extent() {
        let mut sinkhorn = Sinkhorn::new(&[[2.0, 1.0]; 5], OPTIONS).unwrap();
        let mut gradient = [[9.0; 2]; 3];
        let report = sinkhorn.divergence(&[[2.0, 1.0]; 3], 0.05, &mut gradient).unwrap();
        assert!(report.value.abs() < 1e-8 && report.transport_cost.abs() < 1e-15, "{report:?}");
        assert!(report.converged && report.marginal_error < 1e-6, "{report:?}");
        assert!(gradient.iter().flatten().all(|g| g.abs() < 1e-15), "{gradient:?}");
    }

    /// Singles and doubles, all instruction sets, rows in groups and alone.
    #[test]
    fn instruction_sets_and_precisions_agree() {
        let (x, y) = (spiral(71, 0.3), spiral(83, 0.0));
        let run = |set, precision| {
            let mut sinkhorn = Sinkhorn::new(&y, SinkhornOptions { precision, ..OPTIONS }).unwrap();
            sinkhorn.set = set;
            let mut gradient = vec![[0.0; 2]; x.len()];
            let report = sinkhorn.divergence(&x, 0.05, &mut gradient).unwrap();
            (report.value, gradient)
        };
        let (value, gradient) = run(InstructionSet::Portable, Precision::Double);
        for set in InstructionSet::available() {
            // Rounding; both stop at a marginal error of 1e-6.
            for (precision, bound) in [(Precision::Single, 1e-5), (Precision::Double, 1e-12)] {
                let (other_value, other) = run(set, precision);
                assert!((value - other_value).abs() < bound * value, "{value} {other_value}");
                for (g, other) in gradient.iter().flatten().zip(other.iter().flatten()) {
                    let error = (g - other).abs() * x.len() as f64;
                    assert!(error < 10.0 * bound, "{set:?} {precision:?} {error:e}");
                }
            }
        }
    }

    /// Potentials that are wildly off: sums over- and underflow and are made again.
    #[test]
    fn bad_potentials_are_recovered_from() {
        let (x, y) = (spiral(40, 0.3), spiral(50, 0.0));
        let mut gradient = vec![[0.0; 2]; x.len()];
        let mut sinkhorn = Sinkhorn::new(&y, OPTIONS).unwrap();
        let cold = sinkhorn.transport(&x, 0.05, &mut gradient).unwrap();
        for (i, f) in sinkhorn.potentials[0].iter_mut().enumerate() {
            *f = if i % 2 == 0 { 1e4 } else { -1e4 };
        }
        let warm = sinkhorn.transport(&x, 0.05, &mut gradient).unwrap();
        assert!((cold.value - warm.value).abs() < 1e-6, "{cold:?} {warm:?}");
        sinkhorn.potentials[1].fill(1e200);
        let restarted = sinkhorn.transport(&x, 0.05, &mut gradient).unwrap();
        assert_eq!(cold, restarted);
        sinkhorn.restart();
        assert_eq!(cold, sinkhorn.transport(&x, 0.05, &mut gradient).unwrap());
    }

    #[test]
    fn the_cap_is_a_status_and_the_error_is_reported() {
        let (x, y) = (spiral(60, 0.4), spiral(60, 0.0));
        let mut gradient = vec![[0.0; 2]; x.len()];
        for max_half_steps in [0, 20, 37, 40] {
            let options = SinkhornOptions { tolerance: 0.0, max_half_steps, ..OPTIONS };
            let mut sinkhorn = Sinkhorn::new(&y, options).unwrap();
            let cold = sinkhorn.transport(&x, 0.01, &mut gradient).unwrap();
            let warm = sinkhorn.transport(&x, 0.01, &mut gradient).unwrap();
            assert!(!warm.converged && warm.marginal_error > 0.0, "{warm:?}");
            assert!(warm.half_steps <= max_half_steps.max(3), "{warm:?}");
            // Levels of ε, each halved, from the squared diameter.
            assert!(cold.half_steps <= max_half_steps.max(25), "{cold:?}");
            assert!(warm.marginal_error < cold.marginal_error, "{cold:?} {warm:?}");
        }
    }

    #[test]
    fn each_error() {
        use TransportError as E;
        let target = [[0.0, 0.0], [1.0, 0.0]];
        let options = SinkhornOptions { tolerance: f64::NAN, ..OPTIONS };
        assert!(matches!(Sinkhorn::new(&target, options), Err(E::Tolerance { .. })));
        let empty = Sinkhorn::<2>::new(&[], OPTIONS).unwrap_err();
        assert_eq!(empty, E::Empty { argument: "target" });
        let mut sinkhorn = Sinkhorn::new(&target, OPTIONS).unwrap();
        let mut run = |x: &[[f64; 2]], epsilon| {
            sinkhorn.divergence(x, epsilon, &mut vec![[0.0; 2]; x.len()]).unwrap_err()
        };
        assert_eq!(run(&[], 0.1), E::Empty { argument: "points" });
        let nan = run(&[[0.0, 0.0], [0.0, f64::NAN]], 0.1);
        assert!(matches!(nan, E::NonFinite { argument: "points", index: 1, .. }), "{nan}");
        for epsilon in [0.0, -1.0, f64::INFINITY] {
            assert_eq!(run(&target, epsilon), E::Epsilon { epsilon });
        }
        let small = run(&target, 1e-6);
        let E::EpsilonTooSmall { least, .. } = small else { panic!("{small}") };
        assert!((2e-5..3e-5).contains(&least), "{least}");
        let far = run(&[[1e200, 0.0]], 0.1);
        assert!(matches!(far, E::EpsilonTooSmall { .. }), "{far}");
        let options = SinkhornOptions { precision: Precision::Double, ..OPTIONS };
        let mut double = Sinkhorn::new(&target, options).unwrap();
        assert!(double.divergence(&target, 1e-6, &mut [[0.0; 2]; 2]).unwrap().value.abs() < 1e-12);
    }

    #[test]
    #[should_panic(expected = "1 points and 2 entries of the gradient")]
    fn a_gradient_of_another_length_panics() {
        let mut sinkhorn = Sinkhorn::new(&[[0.0]], OPTIONS).unwrap();
        let _ = sinkhorn.transport(&[[0.0]], 0.1, &mut [[0.0]; 2]);
    }
}
