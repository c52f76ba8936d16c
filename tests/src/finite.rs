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
