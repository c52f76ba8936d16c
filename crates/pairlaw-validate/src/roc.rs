//! Area under the receiver operating characteristic: do scores tell two groups apart?

use crate::ValidateError;

/// The probability that a score of the labelled group is above one of the others, ties counting
/// half, by mid-ranks:
///
/// ```text
/// A = (Σ_{labelled} rank − n₁(n₁ + 1)/2)/(n₁ n₀)
/// ```
///
/// 1/2 means that scores tell nothing, 1 and 0 that they tell all; where the sign of a score has no
/// meaning, the greater of A and 1 − A does not fall below 1/2, so compare it with a control.
///
/// # Errors
/// [`ValidateError::ScoreNotANumber`], and [`ValidateError::OneGroup`] if all or none are labelled.
///
/// # Panics
/// If there is not one label a score.
///
/// # Source
/// Hanley and McNeil (1982), Radiology 143, 29–36.
pub fn roc_area(scores: &[f64], labels: &[bool]) -> Result<f64, ValidateError> {
    assert_eq!(scores.len(), labels.len(), "number of scores, of labels");
    if let Some(index) = scores.iter().position(|score| score.is_nan()) {
        return Err(ValidateError::ScoreNotANumber { index });
    }
    let n_labelled = labels.iter().filter(|label| **label).count();
    let n_others = labels.len() - n_labelled;
    if n_labelled == 0 || n_others == 0 {
        return Err(ValidateError::OneGroup { n_labelled, n: labels.len() });
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    // Pairs won by the labelled, twice counted so that ties are whole numbers.
    let (mut others_below, mut twice_won) = (0, 0);
    // Zeros of either sign are equal.
    for tied in order.chunk_by(|&a, &b| scores[a] >= scores[b]) {
        let labelled = tied.iter().filter(|i| labels[**i]).count();
        let others = tied.len() - labelled;
        twice_won += labelled * (2 * others_below + others);
        others_below += others;
    }
    Ok(0.5 * twice_won as f64 / (n_labelled as f64 * n_others as f64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // fractions of whole numbers

    use super::*;

    #[test]
    fn areas_by_hand() {
        let labels = [false, true, false, true];
        let area = |scores: [f64; 4]| roc_area(&scores, &labels).unwrap();
        assert_eq!(area([1.0, 3.0, 2.0, 4.0]), 1.0);
        assert_eq!(area([3.0, 1.0, 4.0, 2.0]), 0.0);
        // Of the four pairs (1, 2), (1, 3), (4, 2), (4, 3) two are won.
        assert_eq!(area([2.0, 1.0, 3.0, 4.0]), 0.5);
        // (2, 2) is half a win, (2, 3) none, (4, 2) and (4, 3) are won.
        assert_eq!(area([2.0, 2.0, 3.0, 4.0]), 0.625);
        assert_eq!(area([0.0, -0.0, 0.0, -0.0]), 0.5);
        assert_eq!(area([f64::NEG_INFINITY, 0.0, -1.0, f64::INFINITY]), 1.0);
    }

    #[test]
    fn errors_are_named() {
        let error = roc_area(&[0.0, f64::NAN], &[true, false]).unwrap_err();
        assert_eq!(error, ValidateError::ScoreNotANumber { index: 1 });
        for (labels, n_labelled) in [([true; 2], 2), ([false; 2], 0)] {
            let error = roc_area(&[0.0, 1.0], &labels).unwrap_err();
            assert_eq!(error, ValidateError::OneGroup { n_labelled, n: 2 });
        }
        let error = roc_area(&[], &[]).unwrap_err();
        assert_eq!(error, ValidateError::OneGroup { n_labelled: 0, n: 0 });
    }

    #[test]
    #[should_panic(expected = "number of scores, of labels")]
    fn one_label_a_score() {
        let _ = roc_area(&[0.0], &[]);
    }
}
