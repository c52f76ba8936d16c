//! Profile of a parameter that enters the columns: an exponent, a cut-off, a range.

use crate::brent::minimise;
use crate::{Noise, NormalEquations, SparseError, SubsetSolution};

/// Where and how finely to look for the parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileRange {
    /// Least value.
    pub lower: f64,
    /// Largest value.
    pub upper: f64,
    /// Equidistant values of the first scan, both ends among them; at least 3.
    pub n_scan: usize,
    /// The estimate is this close to the minimum of the profile.
    pub tolerance: f64,
}

/// The parameter that fits best, and the fit there.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The estimate.
    pub parameter: f64,
    /// Its standard error by the curvature of the profile: χ² rises by 1 (times the variance of a
    /// row, if unknown). `None` at an end of the range, or where the profile has no curvature.
    pub standard_error: Option<f64>,
    /// Least squares at the estimate.
    pub solution: SubsetSolution,
    /// Whether the minimum lies at an end of the range rather than inside it.
    pub at_end: bool,
    /// The scan: parameter and residual, infinite where the terms depend on each other.
    pub scan: Vec<(f64, f64)>,
    /// How many systems were set up.
    pub n_evaluations: usize,
}

/// Fits a parameter p that enters the columns, by the residual of the best weights for each p.
///
/// ```text
/// min_p R(p),   R(p) = min_ζ |F(p) ζ − y|²,   s.e.² = 2 s²/R″(p)
/// ```
///
/// `system` sets up the equations for a value of p, with the rows unchanged; `support` has one
/// entry a term. After a scan of the range, Brent's method refines the best value. Where the
/// chosen terms depend on each other (an exponent that meets another term's) the residual counts
/// as infinite.
///
/// # Errors
///
/// Those of `system`, [`SparseError::Setting`] (as `E`) for a bad range, and
/// [`SparseError::DependentTerms`] if the terms depend on each other for every p of the scan.
///
/// # Panics
///
/// If `support` has not one entry a term.
pub fn profile<E: From<SparseError>>(
    mut system: impl FnMut(f64) -> Result<NormalEquations, E>,
    support: &[bool],
    range: ProfileRange,
    noise: Noise,
) -> Result<Profile, E> {
    range.check()?;
    let mut n_evaluations = 0;
    let mut solve = |p: f64| {
        n_evaluations += 1;
        let equations = system(p)?;
        equations.check()?;
        Ok::<_, E>((equations.solve(support), equations.n_rows))
    };
    let spacing = (range.upper - range.lower) / (range.n_scan - 1) as f64;
    let places = (0..range.n_scan).map(|i| (range.lower + spacing * i as f64).min(range.upper));
    let scan: Vec<(f64, f64)> =
        places.map(|p| Ok((p, residual(solve(p)?)))).collect::<Result<_, E>>()?;
    let start = scan.iter().fold(scan[0], |best, new| if new.1 < best.1 { *new } else { best });
    let (lower, upper) = (range.lower.max(start.0 - spacing), range.upper.min(start.0 + spacing));
    let found = minimise(|p| solve(p).map(residual), lower, upper, range.tolerance)?;
    let (parameter, least) = if found.1 < start.1 { found } else { start };
    let (solution, n_rows) = solve(parameter)?;
    let solution = solution?;
    let n_weights = 1 + support.iter().filter(|&&kept| kept).count();
    let variance = noise.variance(least, n_rows, n_weights);
    let distance = (parameter - range.lower).min(range.upper - parameter);
    let at_end = distance <= 3.0 * range.tolerance;
    let mut standard_error = None;
    if !at_end {
        let rise = |h: f64| -> Result<f64, E> {
            let sides = residual(solve(parameter + h)?) + residual(solve(parameter - h)?);
            Ok(0.5 * sides - least)
        };
        standard_error = half_width(rise, variance, 10.0 * range.tolerance, distance.min(spacing))?;
    }
    Ok(Profile { parameter, standard_error, solution, at_end, scan, n_evaluations })
}

fn residual((solution, _): (Result<SubsetSolution, SparseError>, usize)) -> f64 {
    solution.map_or(f64::INFINITY, |solution| solution.residual)
}

impl ProfileRange {
    fn check(self) -> Result<(), SparseError> {
        let setting = |name, value, range| Err(SparseError::Setting { name, value, range });
        if !self.lower.is_finite() {
            return setting("lower", self.lower, "finite");
        }
        if !(self.upper > self.lower && self.upper.is_finite()) {
            return setting("upper", self.upper, "finite and above lower");
        }
        if self.n_scan < 3 {
            return setting("n_scan", self.n_scan as f64, "at least 3");
        }
        if !(self.tolerance > 0.0 && self.tolerance < self.upper - self.lower) {
            return setting("tolerance", self.tolerance, "above 0 and below upper - lower");
        }
        Ok(())
    }
}

/// Half the width at which a parabola through the minimum and two points at `±h` has risen by
/// `target`; `h` is moved to about that width, between `least` and `most`.
fn half_width<E>(
    mut rise: impl FnMut(f64) -> Result<f64, E>,
    target: f64,
    least: f64,
    most: f64,
) -> Result<Option<f64>, E> {
    let mut h = (0.25 * most).max(least).min(most);
    let mut width = None;
    for _ in 0..4 {
        let risen = rise(h)?;
        if !(risen > 0.0 && target.is_finite()) {
            return Ok(None);
        }
        if risen.is_finite() {
            width = Some(h * (target / risen).sqrt());
        }
        let next = width.unwrap_or(0.25 * h).max(least).min(most);
        if (0.5..=2.0).contains(&(next / h)) {
            break;
        }
        h = next;
    }
    Ok(width)
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;
    use crate::LinearSystem;

    const RANGE: ProfileRange =
        ProfileRange { lower: -3.0, upper: 2.0, n_scan: 11, tolerance: 1e-6 };

    fn error(i: usize) -> f64 {
        (12.9898 * i as f64).sin()
    }

    /// y = 2 r − 3 r^−1.25 and an error of the given size at r = 0.1, …, 4.
    fn system(size: f64) -> impl FnMut(f64) -> Result<NormalEquations, SparseError> {
        move |p| {
            let r = |i: usize| 0.1 + 0.1 * i as f64;
            let g = Mat::from_fn(40, 2, |i, k| if k == 0 { r(i) } else { r(i).powf(p) });
            let b = |i: usize| 2.0 * r(i) - 3.0 * r(i).powf(-1.25) + size * error(i);
            Ok(NormalEquations::new(&LinearSystem { g, b: (0..40).map(b).collect() }))
        }
    }

    #[test]
    fn finds_an_exponent() {
        // At p = 1 (a value of the scan) both terms are the same.
        let found = profile(system(0.0), &[true, true], RANGE, Noise::Known).unwrap();
        // Twice the tolerance of the search.
        assert!((found.parameter + 1.25).abs() < 2e-6, "{found:?}");
        assert!((found.solution.weights[1] + 3.0).abs() < 1e-5);
        assert!(found.scan.iter().any(|(p, r)| (p - 1.0).abs() < 1e-12 && r.is_infinite()));
        assert!(!found.at_end && found.n_evaluations < 60, "{}", found.n_evaluations);
    }

    #[test]
    fn the_standard_error_is_that_of_non_linear_least_squares() {
        // Inverse Gram matrix of r, r^p and the derivative −3 r^p ln r.
        let r = |i: usize| 0.1 + 0.1 * i as f64;
        let g = Mat::from_fn(40, 3, |i, k| {
            [r(i), r(i).powf(-1.25), -3.0 * r(i).powf(-1.25) * r(i).ln()][k]
        });
        let linear = NormalEquations::new(&LinearSystem { g, b: vec![0.0; 40] });
        let expected = linear.solve(&[true; 3]).unwrap().standard_errors[2];
        let known = profile(system(0.01), &[true; 2], RANGE, Noise::Known).unwrap();
        // Curvature of the profile beyond second order, over one standard error.
        let ratio = known.standard_error.unwrap() / expected;
        assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
        let unknown = profile(system(0.01), &[true; 2], RANGE, Noise::Unknown).unwrap();
        let deviation = (unknown.solution.residual / 37.0).sqrt();
        let ratio = unknown.standard_error.unwrap() / (expected * deviation);
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn a_minimum_at_an_end_is_flagged() {
        let range = ProfileRange { lower: -1.0, ..RANGE };
        let found = profile(system(0.0), &[true; 2], range, Noise::Known).unwrap();
        assert!(found.at_end && found.standard_error.is_none());
        assert!((found.parameter + 1.0).abs() < 3e-6);
    }

    #[test]
    fn errors() {
        let bad = |change: fn(&mut ProfileRange)| {
            let mut range = RANGE;
            change(&mut range);
            match profile(system(0.0), &[true; 2], range, Noise::Known) {
                Err(SparseError::Setting { name, .. }) => name,
                _ => "none",
            }
        };
        assert_eq!(bad(|r| r.lower = f64::NAN), "lower");
        assert_eq!(bad(|r| r.upper = -3.0), "upper");
        assert_eq!(bad(|r| r.n_scan = 2), "n_scan");
        assert_eq!(bad(|r| r.tolerance = 0.0), "tolerance");
        let failing = |_: f64| Err(SparseError::NoParts);
        assert_eq!(profile(failing, &[], RANGE, Noise::Known), Err(SparseError::NoParts));
        let same = |_: f64| {
            let g = Mat::from_fn(3, 2, |i, k| (1 + i) as f64 * [1.0, 2.0][k]);
            Ok(NormalEquations::new(&LinearSystem { g, b: vec![1.0; 3] }))
        };
        let error = profile(same, &[true; 2], RANGE, Noise::Known).unwrap_err();
        assert!(matches!(error, SparseError::DependentTerms { .. }), "{error}");
    }
}
