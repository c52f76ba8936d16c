//! The test functions under the trapezoidal rule: integration by parts.

use pairlaw_weak::TestFunction;

/// Σφ̈ (x − x_centre) Δt − Σφ ẍ Δt for x = t^n around t = `centre`.
fn defect(phi: TestFunction, dt: f64, n: i32, centre: f64) -> f64 {
    let times =
        || (1..2 * phi.half_width).map(|k| centre + (k as f64 - phi.half_width as f64) * dt);
    let left = times().zip(phi.second_derivatives(dt));
    let left: f64 = left.map(|(t, value)| value * (t.powi(n) - centre.powi(n))).sum();
    let acceleration = |t: f64| f64::from(n * (n - 1)) * t.powi((n - 2).max(0));
    let right = times().zip(phi.values());
    let right: f64 = right.map(|(t, value)| value * acceleration(t)).sum();
    (left - right) * dt
}

#[test]
fn by_parts_on_polynomials_up_to_the_quadrature() {
    let phi = TestFunction { half_width: 31, degree: 9 };
    for n in 0..=5 {
        // Discretisation: m^−(p−1) = 1e-12 times a derivative of φ̈ at its ends, about 1e3.
        let defect = defect(phi, 1.0 / 31.0, n, 0.4);
        assert!(defect.abs() < 2e-9, "degree {n}: {defect:e}");
    }
}

/// Euler–Maclaurin: the first odd derivative of φ̈ that does not vanish at the ends is of order p − 2
/// or, for even p, p − 1.
#[test]
fn halving_the_step_shows_the_order() {
    for (degree, order) in [(3, 2), (4, 4), (5, 4), (6, 6)] {
        let error = |half_width: usize| {
            let phi = TestFunction { half_width, degree };
            defect(phi, 1.0 / half_width as f64, 2, 0.0)
        };
        let observed = (error(8) / error(16)).log2();
        assert!((observed - f64::from(order)).abs() < 0.25, "p = {degree}: {observed}");
    }
}

#[test]
fn derivatives_are_differences() {
    let phi = TestFunction { half_width: 7, degree: 5 };
    let (dt, h) = (0.3, 1e-5);
    for t in [-1.9, -0.7, 0.0, 0.4, 1.3, 2.0] {
        // Discretisation h² and rounding eps/h, both about 1e-10.
        let slope = (phi.value(t + h, dt) - phi.value(t - h, dt)) / (2.0 * h);
        assert!((slope - phi.first_derivative(t, dt)).abs() < 1e-8);
        let slope = (phi.first_derivative(t + h, dt) - phi.first_derivative(t - h, dt)) / (2.0 * h);
        assert!((slope - phi.second_derivative(t, dt)).abs() < 1e-8);
    }
}
