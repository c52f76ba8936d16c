//! The baseline of every prediction: each individual goes on as it last went.

use crate::ValidateError;

/// Positions at later times if everybody keeps the velocity between two frames, the last two that
/// a fit has seen:
///
/// ```text
/// x_i(t) = x_i(t_b) + (t − t_b) (x_i(t_b) − x_i(t_a))/(t_b − t_a)
/// ```
///
/// * `times`: t_a and t_b, in time units.
/// * `positions`: the positions at those, shape individuals each, in length units.
/// * `at`: the times to predict.
///
/// Returns one list of positions a time, shape times × individuals.
///
/// # Errors
/// [`ValidateError::EqualTimes`] unless t_a and t_b differ and are finite.
///
/// # Panics
/// If the two frames hold different numbers of individuals.
///
/// # Example
/// ```
/// use pairlaw_validate::{constant_velocity, mean_distance};
///
/// let [before, last] = [[[0.0, 0.0]], [[1.0, 2.0]]];
/// let predicted = constant_velocity([0.0, 1.0], [&before, &last], &[3.0])?;
/// assert_eq!(predicted, [[[3.0, 6.0]]]);
/// assert_eq!(mean_distance(&predicted[0], &[[6.0, 10.0]]), 5.0);
/// # Ok::<(), pairlaw_validate::ValidateError>(())
/// ```
pub fn constant_velocity<const D: usize>(
    times: [f64; 2],
    positions: [&[[f64; D]]; 2],
    at: &[f64],
) -> Result<Vec<Vec<[f64; D]>>, ValidateError> {
    let ([t_a, t_b], [x_a, x_b]) = (times, positions);
    assert_eq!(x_a.len(), x_b.len(), "individuals in the first frame, in the second");
    let span = t_b - t_a;
    if !span.is_finite() || span.abs() == 0.0 {
        return Err(ValidateError::EqualTimes { first: t_a, second: t_b });
    }
    let frame = |t: &f64| {
        let steps = (t - t_b) / span;
        let ahead =
            |(a, b): (&[f64; D], &[f64; D])| std::array::from_fn(|d| b[d] + steps * (b[d] - a[d]));
        x_a.iter().zip(x_b).map(ahead).collect()
    };
    Ok(at.iter().map(frame).collect())
}

/// The mean over individuals of the distance between predicted and observed positions, in length
/// units; NaN for nobody.
///
/// # Panics
/// If there are not as many of one as of the other.
#[must_use]
pub fn mean_distance<const D: usize>(predicted: &[[f64; D]], observed: &[[f64; D]]) -> f64 {
    assert_eq!(predicted.len(), observed.len(), "predicted, observed individuals");
    let square = |(a, b): (&[f64; D], &[f64; D])| {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
    };
    let sum: f64 = predicted.iter().zip(observed).map(|pair| square(pair).sqrt()).sum();
    sum / predicted.len() as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // whole numbers: no rounding

    use super::*;

    #[test]
    fn two_walkers_go_on() {
        let [before, last] = [[[0.0], [5.0]], [[1.0], [3.0]]];
        let predicted = constant_velocity([2.0, 2.5], [&before, &last], &[2.5, 3.0, 4.0]).unwrap();
        assert_eq!(predicted, [[[1.0], [3.0]], [[2.0], [1.0]], [[4.0], [-3.0]]]);
    }

    #[test]
    fn mean_distances_by_hand() {
        let predicted = [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]];
        assert_eq!(mean_distance(&predicted, &[[3.0, 0.0, 4.0], [1.0, 2.0, 1.0]]), 3.0);
        assert!(mean_distance::<2>(&[], &[]).is_nan());
    }

    #[test]
    fn frames_of_one_time_have_no_velocity() {
        for times in [[1.0, 1.0], [0.0, f64::INFINITY], [f64::NAN, 1.0]] {
            let error = constant_velocity(times, [&[[0.0]], &[[1.0]]], &[3.0]).unwrap_err();
            assert!(matches!(error, ValidateError::EqualTimes { .. }), "{error}");
        }
    }

    #[test]
    #[should_panic(expected = "individuals in the first frame, in the second")]
    fn frames_hold_the_same_individuals() {
        let _ = constant_velocity([0.0, 1.0], [&[[0.0]], &[]], &[2.0]);
    }
}
