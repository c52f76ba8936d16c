//! A law's forces on a grid, with what the recording has seen of them.

use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use pairlaw_law::{Force, Law};
use pairlaw_validate::{ForceGrid, speed_quantile};

/// How far the recording knows a species' forces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObservedRange {
    /// Largest distance between any two cells, length.
    pub distance: f64,
    /// Largest speed of a member, length per time.
    pub speed: f64,
}

impl ObservedRange {
    /// The range of a species with these members.
    ///
    /// # Errors
    /// [`SpeciesError::Validate`] if no member has a sample.
    ///
    /// # Panics
    /// If `members` is empty, repeats a cell or has one that does not exist.
    pub fn new<const D: usize>(
        preparation: &Preparation<D>,
        members: &[usize],
    ) -> Result<Self, SpeciesError> {
        let tracks = preparation.systems.tracks().subset(members);
        Ok(Self { distance: preparation.distances.largest, speed: speed_quantile(&tracks, 1.0)? })
    }

    /// The largest argument at which a force was seen: of drag the speed, of the others the distance.
    #[must_use]
    pub fn largest(&self, force: Force) -> f64 {
        match force {
            Force::AttractionRepulsion | Force::Alignment => self.distance,
            Force::Drag => self.speed,
        }
    }
}

/// One force of a law: `f_a-r(r, θ)`, `f_align(r, θ)` or `f_drag(|v|, θ)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ForceCurve {
    /// The force.
    pub force: Force,
    /// Radii (drag: speeds) and angles.
    pub grid: ForceGrid,
    /// Its values, a row an angle and a column a radius.
    pub values: Vec<Vec<f64>>,
    /// Whether the recording reaches each radius; beyond, the values are extrapolated.
    pub is_observed: Vec<bool>,
}

/// Evaluates one force of a law on a grid.
#[must_use]
pub fn force_curve(
    law: &Law,
    force: Force,
    grid: &ForceGrid,
    observed: &ObservedRange,
) -> ForceCurve {
    let row = |angle: &f64| grid.radii.iter().map(|r| law.force(force, *r, angle.cos())).collect();
    let largest = observed.largest(force);
    ForceCurve {
        force,
        values: grid.angles.iter().map(row).collect(),
        is_observed: grid.radii.iter().map(|radius| *radius <= largest).collect(),
        grid: grid.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{Angular, Direction, Radial, Term};

    #[test]
    fn values_and_their_range_by_hand() {
        let term = |force| Term {
            force,
            angular: Angular::OnePlusCosine(1),
            radial: Radial::Power { exponent: 1 },
        };
        let terms = vec![term(Force::Alignment), term(Force::Drag)];
        let law = Law::new(terms, vec![-3.0, -5.0], Direction::Difference).unwrap();
        let grid =
            ForceGrid { radii: vec![0.5, 1.0, 2.0], angles: vec![0.0, std::f64::consts::PI] };
        let observed = ObservedRange { distance: 1.0, speed: 0.6 };
        let curve = |force| force_curve(&law, force, &grid, &observed);
        let alignment = curve(Force::Alignment);
        assert_eq!(alignment.values, [[-3.0, -6.0, -12.0], [0.0; 3]]);
        assert_eq!(alignment.is_observed, [true, true, false]);
        let drag = curve(Force::Drag);
        assert_eq!(drag.values[0], [-5.0, -10.0, -20.0]);
        assert_eq!(drag.is_observed, [true, false, false]);
        assert_eq!(curve(Force::AttractionRepulsion).values, [[0.0; 3]; 2]);
    }
}
