//! Errors of learned forces on a grid of distances (or speeds) and angles.

use std::f64::consts::PI;

use pairlaw_law::{Force, Law};

/// Where forces are compared: at every pair of a radius and an angle.
#[derive(Clone, Debug, PartialEq)]
pub struct ForceGrid {
    /// Distances r, length; for drag speeds |v|, length per time.
    pub radii: Vec<f64>,
    /// Angles θ, rad.
    pub angles: Vec<f64>,
}

impl ForceGrid {
    /// 1001 uniform distances in [0, 2] and five angles 0, π/4, π/2, 3π/4, π.
    ///
    /// # Source
    /// Messenger et al. (2022), section 4.
    #[must_use]
    pub fn paper() -> Self {
        Self::speeds(2.0)
    }

    /// 1001 uniform speeds in [0, `max`] and the paper's five angles.
    #[must_use]
    pub fn speeds(max: f64) -> Self {
        Self {
            radii: (0..=1000).map(|k| max * f64::from(k) / 1000.0).collect(),
            angles: (0..5).map(|k| PI * f64::from(k) / 4.0).collect(),
        }
    }

    /// Root mean square of a function of radius and `cos θ` over the grid.
    fn norm(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        assert!(
            !self.radii.is_empty() && !self.angles.is_empty(),
            "the grid has {} radii and {} angles: give at least one of each",
            self.radii.len(),
            self.angles.len()
        );
        let square = |angle: &f64| {
            let cos_angle = angle.cos();
            let squares = self.radii.iter().map(|&r| f(r, cos_angle).powi(2));
            squares.sum::<f64>()
        };
        let sum: f64 = self.angles.iter().map(square).sum();
        (sum / (self.radii.len() * self.angles.len()) as f64).sqrt()
    }
}

/// How far a learned force is from the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForceError {
    /// Both vanish on the whole grid.
    Absent,
    /// `‖f_learned − f_true‖ / ‖f_true‖`; 1 if the learned force is missing.
    Relative(f64),
    /// The true force vanishes on the whole grid, the learned one does not.
    Spurious {
        /// Root mean square of the learned force over the grid; see [`spurious_relative`].
        norm: f64,
    },
}

/// Compares one force of two laws on a grid:
///
/// ```text
/// Δf = ‖f_learned − f_true‖ / ‖f_true‖,  ‖f‖² = mean of f(r, θ)² over the grid
/// ```
///
/// # Panics
/// If the grid is empty, or if both laws have an attraction–repulsion, are compared in it and
/// differ in the vector that it multiplies.
///
/// # Source
/// Messenger et al. (2022), section 4.
#[must_use]
pub fn force_error(learned: &Law, truth: &Law, force: Force, grid: &ForceGrid) -> ForceError {
    assert!(
        force != Force::AttractionRepulsion
            || learned.direction == truth.direction
            || !(learned.has(force) && truth.has(force)),
        "attraction–repulsion multiplies {:?} in the learned and {:?} in the true law",
        learned.direction,
        truth.direction
    );
    let value = |law: &Law, r, c| law.force(force, r, c);
    let true_norm = grid.norm(|r, c| value(truth, r, c));
    let difference = grid.norm(|r, c| value(learned, r, c) - value(truth, r, c));
    if true_norm != 0.0 {
        ForceError::Relative(difference / true_norm)
    } else if difference != 0.0 {
        ForceError::Spurious { norm: difference }
    } else {
        ForceError::Absent
    }
}

/// The norm of a spurious force relative to that of the same force in a reference law, such as
/// another species' true one; none if the reference vanishes on the whole grid.
///
/// # Panics
/// If the grid is empty.
#[must_use]
pub fn spurious_relative(
    norm: f64,
    reference: &Law,
    force: Force,
    grid: &ForceGrid,
) -> Option<f64> {
    let reference_norm = grid.norm(|r, c| reference.force(force, r, c));
    (reference_norm != 0.0).then(|| norm / reference_norm)
}

/// Errors of all forces of a law on the paper's grids.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForceErrors {
    /// Over distances up to 2.
    pub attraction_repulsion: ForceError,
    /// Over distances up to 2.
    pub alignment: ForceError,
    /// Over speeds up to the largest recorded one: in part an extrapolation.
    pub drag: ForceError,
    /// Over speeds up to the 99 % quantile.
    pub drag99: ForceError,
}

/// All force errors, on [`ForceGrid::paper`] and on [`ForceGrid::speeds`] up to the largest
/// recorded speed and up to the 99 % quantile, both in length per time
/// ([`speed_quantile`](crate::speed_quantile)).
///
/// # Panics
/// As [`force_error`].
#[must_use]
pub fn force_errors(learned: &Law, truth: &Law, max_speed: f64, speed99: f64) -> ForceErrors {
    let error = |force, grid: &ForceGrid| force_error(learned, truth, force, grid);
    let distances = ForceGrid::paper();
    ForceErrors {
        attraction_repulsion: error(Force::AttractionRepulsion, &distances),
        alignment: error(Force::Alignment, &distances),
        drag: error(Force::Drag, &ForceGrid::speeds(max_speed)),
        drag99: error(Force::Drag, &ForceGrid::speeds(speed99)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{Angular, Direction, PAPER_SCALE, Radial, Term, paper_basis};

    fn law(terms: &[(Force, Angular, Radial, f64)], direction: Direction) -> Law {
        let term = |&(force, angular, radial, _): &_| Term { force, angular, radial };
        let weights = terms.iter().map(|term| term.3).collect();
        Law::new(terms.iter().map(term).collect(), weights, direction).unwrap()
    }

    fn power(force: Force, exponent: u8, weight: f64) -> Law {
        let term = (force, Angular::Cosine(1), Radial::Power { exponent }, weight);
        law(&[term], Direction::Difference)
    }

    fn no_force() -> Law {
        law(&[], Direction::Difference)
    }

    #[test]
    fn grids_of_the_paper() {
        let ForceGrid { radii, angles } = ForceGrid::paper();
        assert_eq!((radii.len(), radii[0], radii[1000]), (1001, 0.0, 2.0));
        assert!((radii[1] - 0.002).abs() < 1e-17 && (angles[3] - 0.75 * PI).abs() < 1e-15);
        assert_eq!((angles.len(), angles[0], angles[4]), (5, 0.0, PI));
        assert!((ForceGrid::speeds(0.3).radii[1000] - 0.3).abs() < 1e-16);
    }

    #[test]
    fn a_scaled_law_has_the_error_of_its_scale() {
        let terms = paper_basis(PAPER_SCALE);
        let weights: Vec<f64> = (0..terms.len()).map(|k| (k as f64).sin()).collect();
        let scaled = |scale: f64| {
            let weights = weights.iter().map(|w| scale * w).collect();
            Law::new(terms.clone(), weights, Direction::Difference).unwrap()
        };
        let (truth, learned) = (scaled(1.0), scaled(1.25));
        let errors = force_errors(&learned, &truth, 0.4, 0.2);
        let ForceErrors { attraction_repulsion, alignment, drag, drag99 } = errors;
        for error in [attraction_repulsion, alignment, drag, drag99] {
            // Rounding of sums of 88 terms that cancel in part.
            assert!(matches!(error, ForceError::Relative(e) if (e - 0.25).abs() < 1e-10));
        }
    }

    #[test]
    fn errors_on_a_grid_of_two_by_two_points() {
        // c = 1 and ½; r c: 1, 2, ½, 1; r² c: 1, 4, ½, 2. Differences 0, 2, 0, 1 of norm² 5/4.
        let grid = ForceGrid { radii: vec![1.0, 2.0], angles: vec![0.0, PI / 3.0] };
        let (linear, square) = (power(Force::Alignment, 1, 1.0), power(Force::Alignment, 2, 1.0));
        let nothing = no_force();
        let error = |learned, truth| force_error(learned, truth, Force::Alignment, &grid);
        let relative = |learned, truth| match error(learned, truth) {
            ForceError::Relative(error) => error,
            other => panic!("{other:?}"),
        };
        // Rounding, here and below.
        assert!((relative(&square, &linear) - (5.0f64 / 6.25).sqrt()).abs() < 1e-14);
        assert!((relative(&linear, &square) - (5.0f64 / 21.25).sqrt()).abs() < 1e-14);
        assert_eq!(error(&nothing, &square), ForceError::Relative(1.0));
        assert_eq!(error(&nothing, &nothing), ForceError::Absent);
        let ForceError::Spurious { norm } = error(&linear, &nothing) else {
            panic!("a force without a true one is spurious");
        };
        assert!((norm - 1.25).abs() < 1e-14);
        let relative = spurious_relative(norm, &square, Force::Alignment, &grid).unwrap();
        assert!((relative - (6.25f64 / 21.25).sqrt()).abs() < 1e-14);
        assert!(spurious_relative(norm, &square, Force::Drag, &grid).is_none());
    }

    #[test]
    fn only_the_named_force_counts() {
        let (drag, alignment) = (power(Force::Drag, 1, -5.0), power(Force::Alignment, 1, 2.0));
        let error = |force| force_error(&alignment, &drag, force, &ForceGrid::paper());
        assert_eq!(error(Force::AttractionRepulsion), ForceError::Absent);
        assert_eq!(error(Force::Drag), ForceError::Relative(1.0));
        assert!(matches!(error(Force::Alignment), ForceError::Spurious { .. }));
    }

    #[test]
    #[should_panic(expected = "multiplies Unit in the learned and Difference in the true law")]
    fn forces_along_different_vectors_do_not_compare() {
        let truth = power(Force::AttractionRepulsion, 1, 1.0);
        let mut learned = truth.clone();
        learned.direction = Direction::Unit;
        let grid = ForceGrid::paper();
        let _ = force_error(&learned, &truth, Force::AttractionRepulsion, &grid);
    }
}
