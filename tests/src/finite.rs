//! No number of a result may be NaN.

use std::fmt::Debug;

/// Asserts that a learned value holds no NaN, in whatever field. Weights of laws are finite by
/// construction.
///
/// Errors may be infinite: that is how a simulation which left the finite range, or a moving model
/// of a resting cell, is told; so is the margin of a membership without a second species.
///
/// # Panics
/// If it does.
pub fn assert_no_nan(learned: &impl Debug) {
    let text = format!("{learned:?}");
    assert!(!text.contains("NaN"), "{text}");
}

#[cfg(test)]
mod tests {
    use super::assert_no_nan;

    #[test]
    fn numbers_and_infinity_pass() {
        assert_no_nan(&(vec![Some(1.0), None], f64::INFINITY));
    }

    #[test]
    #[should_panic(expected = "NaN")]
    fn a_nan_is_found_wherever_it_is() {
        assert_no_nan(&(1.0, vec![(0, Some(f64::NAN))]));
    }
}
