//! The exponential integral E₁.

/// `E₁(x) = ∫_x^∞ e^{−s}/s ds` for `x > 0`; infinite at 0.
///
/// The power series up to 1, the continued fraction by Lentz's method above; relative error about
/// 1e-15.
///
/// # Source
/// Abramowitz and Stegun (1964), 5.1.11 and 5.1.22.
#[must_use]
pub fn exponential_integral(x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if x <= 1.0 {
        let (mut power, mut sum) = (1.0, 0.0);
        for k in 1..25 {
            power *= -x / f64::from(k);
            sum -= power / f64::from(k);
        }
        return sum - EULER - x.ln();
    }
    // 1/(x+1− 1/(x+3− 4/(x+5− …)))
    let mut b = x + 1.0;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for k in 1..200 {
        let a = -f64::from(k * k);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction * (-x).exp()
}

#[cfg(test)]
mod tests {
    use super::exponential_integral;

    #[test]
    fn tabulated_values() {
        // Abramowitz and Stegun, tables 5.1 and 5.2, and scipy.special.exp1.
        let table = [
            (0.01, 4.037_929_576_538_114),
            (0.5, 0.559_773_594_776_160_8),
            (1.0, 0.219_383_934_395_520_28),
            (1.000_001, 0.219_383_566_516_447_1),
            (2.0, 0.048_900_510_708_061_12),
            (10.0, 4.156_968_929_685_324e-6),
            (700.0, 1.406_518_766_234_033e-307),
        ];
        for (x, expected) in table {
            let found = exponential_integral(x);
            // Rounding.
            assert!((found / expected - 1.0).abs() < 1e-13, "{x}: {found}");
        }
        assert!(exponential_integral(0.0).is_infinite());
    }
}
