//! Brent's minimisation of a function of one variable.

/// 1 − 1/golden ratio.
const GOLDEN: f64 = 0.381_966_011_250_105_1;

/// Minimises a function between `lower` and `upper` to `tolerance`; returns place and value.
///
/// The function may return infinity where it has no value.
///
/// # Source
///
/// Brent (1973), *Algorithms for Minimization without Derivatives*, chapter 5.
#[allow(clippy::float_cmp)] // whether two of the points are one and the same
pub(crate) fn minimise<E>(
    mut f: impl FnMut(f64) -> Result<f64, E>,
    lower: f64,
    upper: f64,
    tolerance: f64,
) -> Result<(f64, f64), E> {
    let (mut a, mut b) = (lower, upper);
    let mut x = a + GOLDEN * (b - a);
    let mut fx = f(x)?;
    // Second and third best points.
    let (mut w, mut fw, mut v, mut fv) = (x, fx, x, fx);
    // The last step and the one before it.
    let (mut step, mut earlier) = (0.0_f64, 0.0_f64);
    loop {
        let middle = 0.5 * (a + b);
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            return Ok((x, fx));
        }
        let parabolic = parabola(x, fx, w, fw, v, fv)
            .filter(|p| p.abs() < 0.5 * earlier.abs() && (x + p - a) > 0.0 && (b - x - p) > 0.0);
        (earlier, step) = match parabolic {
            Some(p) => (step, p),
            None => {
                let side = if x < middle { b - x } else { a - x };
                (side, GOLDEN * side)
            }
        };
        if step.abs() < tolerance {
            step = tolerance.copysign(step);
        }
        let u = x + step;
        let fu = f(u)?;
        if fu <= fx {
            if u < x {
                b = x
            } else {
                a = x
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
        } else {
            if u < x {
                a = u
            } else {
                b = u
            }
            if fu <= fw || w == x {
                (v, fv, w, fw) = (w, fw, u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
}

/// From `x` to the lowest point of the parabola through three points.
fn parabola(x: f64, fx: f64, w: f64, fw: f64, v: f64, fv: f64) -> Option<f64> {
    let (r, q) = ((x - w) * (fx - fv), (x - v) * (fx - fw));
    let step = -0.5 * ((x - v) * q - (x - w) * r) / (q - r);
    step.is_finite().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(f: impl Fn(f64) -> f64, lower: f64, upper: f64) -> (f64, usize) {
        let mut n = 0;
        let counted = |x| {
            n += 1;
            Ok::<f64, ()>(f(x))
        };
        (minimise(counted, lower, upper, 1e-7).unwrap().0, n)
    }

    #[test]
    fn known_minima() {
        let (x, n) = run(|x| (x - 1.25).powi(2), 0.0, 3.0);
        assert!((x - 1.25).abs() < 2e-7 && n <= 8, "{x} in {n}");
        let (x, n) = run(|x| x.sin() + 0.1 * x, 3.0, 6.0);
        // cos x = −0.1
        assert!(
            (x - (std::f64::consts::TAU - (-0.1_f64).acos())).abs() < 2e-7 && n < 15,
            "{x} {n}"
        );
        let (x, n) = run(|x| (x - 2.0).abs(), 0.0, 5.0);
        assert!((x - 2.0).abs() < 2e-7 && n < 60, "{x} in {n}");
        let (x, _) = run(|x| x, 0.0, 1.0);
        assert!(x < 3e-7, "{x}");
        let (x, _) = run(|x| if x < 0.4 { f64::INFINITY } else { x }, 0.0, 1.0);
        assert!((x - 0.4).abs() < 3e-7, "{x}");
    }

    #[test]
    fn errors_pass_through() {
        assert_eq!(minimise(|_| Err::<f64, _>(7), 0.0, 1.0, 0.1), Err(7));
    }
}
