//! Positions moved to their centre and divided by their spread, and back.

use crate::DataError;

/// A shift and a scale that bring points to the centre and to unit spread,
///
/// ```text
/// x ↦ (x − centre)/scale,   centre = mean of x,   scale² = mean of |x − centre|²
/// ```
///
/// Taken from one frame and applied to all, it keeps the motion of the whole. A length learned from
/// normalised positions is multiplied by `scale` to be in the unit of the tracks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation<const D: usize> {
    /// Where the new origin lies, in length units.
    pub centre: [f64; D],
    /// The new unit of length, > 0, in the old one.
    pub scale: f64,
}

impl<const D: usize> Normalisation<D> {
    /// The normalisation of some points, such as those of the first frame.
    ///
    /// # Errors
    ///
    /// [`DataError::NoSpread`] if there are not two different points, or if their squared distances
    /// leave the range of an `f64`.
    pub fn of(points: &[[f64; D]]) -> Result<Self, DataError> {
        let n = points.len() as f64;
        let centre: [f64; D] = std::array::from_fn(|d| points.iter().map(|x| x[d] / n).sum());
        let square = |x: &[f64; D]| x.iter().zip(centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>();
        let scale = points.iter().map(|x| square(x) / n).sum::<f64>().sqrt();
        // Equal points have a spread of rounding errors.
        let bits = |x: &[f64; D]| x.map(f64::to_bits);
        let differ = points.iter().any(|x| bits(x) != bits(&points[0]));
        if differ && scale.is_normal() {
            return Ok(Self { centre, scale });
        }
        let scale = if differ { scale } else { 0.0 };
        Err(DataError::NoSpread { n_points: points.len(), scale })
    }

    /// A point in units of the scale, from the centre.
    #[must_use]
    pub fn apply(&self, point: [f64; D]) -> [f64; D] {
        std::array::from_fn(|d| (point[d] - self.centre[d]) / self.scale)
    }

    /// The point of which this is the normalised one.
    #[must_use]
    pub fn invert(&self, point: [f64; D]) -> [f64; D] {
        std::array::from_fn(|d| self.centre[d] + self.scale * point[d])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // whole numbers: no rounding

    use super::*;

    #[test]
    fn a_rectangle_by_hand() {
        let corners = [[0.0, 0.0], [6.0, 0.0], [6.0, 8.0], [0.0, 8.0]];
        let normalisation = Normalisation::of(&corners).unwrap();
        assert_eq!(normalisation, Normalisation { centre: [3.0, 4.0], scale: 5.0 });
        assert_eq!(normalisation.apply([8.0, 4.0]), [1.0, 0.0]);
        assert_eq!(normalisation.invert([1.0, 0.0]), [8.0, 4.0]);
    }

    #[test]
    fn points_without_spread_are_refused() {
        let error = |points: &[[f64; 1]]| Normalisation::of(points).unwrap_err();
        for points in [&[][..], &[[3.0]], &[[0.1]; 3]] {
            let n = points.len();
            let found = error(points);
            let expected = matches!(
                found, DataError::NoSpread { n_points, scale } if n_points == n && scale == 0.0
            );
            assert!(expected, "{found}");
        }
        assert!(matches!(error(&[[1e200], [-1e200]]), DataError::NoSpread { .. }));
        assert!(matches!(error(&[[0.0], [f64::NAN]]), DataError::NoSpread { .. }));
    }
}
