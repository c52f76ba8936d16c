//! What one-body terms know besides an individual's state: walls, an origin, preferred directions.

use crate::error::LawError;
use crate::one_body::OneBody;
use crate::radial::Radial;

/// A straight wall of no thickness between two points; a post where these coincide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall<const D: usize> {
    /// One end, length.
    pub from: [f64; D],
    /// The other end, length.
    pub to: [f64; D],
}

impl<const D: usize> Wall<D> {
    /// The point of the wall that is nearest to `x`.
    #[must_use]
    pub fn nearest(&self, x: &[f64; D]) -> [f64; D] {
        let along = difference(&self.to, &self.from);
        let square = dot(&along, &along);
        let part = dot(&difference(x, &self.from), &along) / square;
        let part = if square > 0.0 { part.clamp(0.0, 1.0) } else { 0.0 };
        std::array::from_fn(|d| self.from[d] + part * along[d])
    }
}

/// Where individuals live. The default has no wall, the origin 0 and nobody with a preferred direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings<const D: usize> {
    /// The walls.
    pub walls: Vec<Wall<D>>,
    /// The point from which [`OneBody::Gradient`] counts coordinates, length.
    pub origin: [f64; D],
    /// The direction that each individual prefers, a unit vector, or 0 where it prefers none; empty if
    /// no term asks.
    pub preferred: Vec<[f64; D]>,
}

impl<const D: usize> Default for Surroundings<D> {
    fn default() -> Self {
        Self { walls: Vec::new(), origin: [0.0; D], preferred: Vec::new() }
    }
}

/// Deviation from length 1 that the rounding of a direction may leave.
const ROUNDING: f64 = 1e-9;

impl<const D: usize> Surroundings<D> {
    /// Checks that the numbers are finite, directions have length 1 or 0, and these terms find what they
    /// ask for.
    ///
    /// # Errors
    /// [`LawError::BadSurroundings`], [`LawError::NotADirection`], [`LawError::UnknownAxis`],
    /// [`LawError::PreferredCount`], [`LawError::NoWalls`].
    pub fn check(&self, terms: &[OneBody], n_individuals: usize) -> Result<(), LawError> {
        let ends = self.walls.iter().flat_map(|wall| wall.from.into_iter().chain(wall.to));
        check_finite("a coordinate of a wall", ends)?;
        check_finite("a coordinate of the origin", self.origin.into_iter())?;
        for (individual, direction) in self.preferred.iter().enumerate() {
            let length = dot(direction, direction).sqrt();
            if length != 0.0
                && (length - 1.0).abs().partial_cmp(&ROUNDING).is_none_or(|o| o.is_gt())
            {
                return Err(LawError::NotADirection { individual, length });
            }
        }
        terms.iter().try_for_each(|term| self.check_term(*term, n_individuals))
    }

    fn check_term(&self, term: OneBody, n_individuals: usize) -> Result<(), LawError> {
        if let Some(axis) = term.largest_axis().filter(|axis| usize::from(*axis) >= D) {
            return Err(LawError::UnknownAxis { axis, dimension: D });
        }
        match term {
            OneBody::Preferred { .. } if self.preferred.len() != n_individuals => {
                let found = self.preferred.len();
                Err(LawError::PreferredCount { expected: n_individuals, found })
            }
            OneBody::Wall { .. } if self.walls.is_empty() => Err(LawError::NoWalls),
            _ => Ok(()),
        }
    }

    /// The preferred direction of one individual.
    pub(crate) fn preferred_by(&self, individual: usize) -> [f64; D] {
        let n = self.preferred.len();
        assert!(individual < n, "individual {individual} among {n} preferred directions");
        self.preferred[individual]
    }

    /// `Σ_walls R(d) n`; a wall on which `x` lies has no direction and gives 0.
    pub(crate) fn wall_force(&self, x: &[f64; D], radial: Radial) -> [f64; D] {
        let mut force = [0.0; D];
        for wall in &self.walls {
            let away = difference(x, &wall.nearest(x));
            let distance = dot(&away, &away).sqrt();
            if distance > 0.0 {
                let factor = radial.value(distance) / distance;
                force.iter_mut().zip(away).for_each(|(sum, away)| *sum += factor * away);
            }
        }
        force
    }
}

fn check_finite(
    quantity: &'static str,
    mut values: impl Iterator<Item = f64>,
) -> Result<(), LawError> {
    match values.find(|x| !x.is_finite()) {
        Some(value) => Err(LawError::BadSurroundings { quantity, value }),
        None => Ok(()),
    }
}

fn difference<const D: usize>(a: &[f64; D], b: &[f64; D]) -> [f64; D] {
    std::array::from_fn(|d| a[d] - b[d])
}

fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_lies_between_or_at_an_end() {
        let wall = Wall { from: [1.0, 1.0, 0.0], to: [1.0, 5.0, 0.0] };
        assert_eq!(wall.nearest(&[3.0, 2.0, 7.0]), [1.0, 2.0, 0.0]);
        assert_eq!(wall.nearest(&[3.0, -2.0, 0.0]), wall.from);
        assert_eq!(wall.nearest(&[-3.0, 9.0, 1.0]), wall.to);
        let post = Wall { from: [2.0, 3.0], to: [2.0, 3.0] };
        assert_eq!(post.nearest(&[0.0, 0.0]), [2.0, 3.0]);
    }

    #[test]
    fn the_nearest_point_beats_a_fine_grid() {
        let wall = Wall { from: [0.3, -0.7], to: [1.9, 0.4] };
        let distance = |x: &[f64; 2], p: &[f64; 2]| dot(&difference(x, p), &difference(x, p));
        for k in 0..200 {
            let x = [f64::from(k).sin() * 3.0, f64::from(k * k).cos() * 3.0];
            let on = |t: f64| [0.3 + 1.6 * t, -0.7 + 1.1 * t];
            let least = (0..=1000).map(|k| distance(&x, &on(f64::from(k) / 1000.0)));
            let least = least.fold(f64::INFINITY, f64::min);
            // Discretisation: half a step of the grid.
            let found = distance(&x, &wall.nearest(&x));
            assert!(found <= least + 1e-12 && least - found < 1e-5, "{x:?}: {found}, {least}");
        }
    }

    #[test]
    fn who_stands_on_a_wall_is_not_pushed_by_it() {
        let walls = vec![Wall { from: [0.0, 0.0], to: [2.0, 0.0] }];
        let surroundings = Surroundings { walls, ..Surroundings::default() };
        let force = |x: [f64; 2]| surroundings.wall_force(&x, Radial::Power { exponent: 0 });
        assert_eq!(force([1.0, 0.0]), [0.0, 0.0]);
        assert_eq!(force([1.0, -0.5]), [0.0, -1.0]);
        // Beyond the end it pushes along the line to the end.
        assert_eq!(force([5.0, 4.0]), [3.0 * 0.2, 0.8]);
    }

    #[test]
    fn each_error_is_found() {
        let good =
            Surroundings::<2> { preferred: vec![[0.6, 0.8], [0.0, 0.0]], ..Default::default() };
        let preferred = [OneBody::Preferred { exponent: 0 }];
        good.check(&preferred, 2).unwrap();
        let error = good.check(&preferred, 3).unwrap_err();
        assert_eq!(error, LawError::PreferredCount { expected: 3, found: 2 });
        let gradient = OneBody::Gradient { axis: 0, coordinate: 2 };
        for term in [gradient, OneBody::Field { axis: 2 }] {
            let error = good.check(&[term], 2).unwrap_err();
            assert_eq!(error, LawError::UnknownAxis { axis: 2, dimension: 2 });
        }
        let wall = OneBody::Wall { radial: Radial::Power { exponent: 1 } };
        assert_eq!(good.check(&[wall], 2).unwrap_err(), LawError::NoWalls);
        let walls = vec![Wall { from: [0.0; 2], to: [0.0, f64::NAN] }];
        let error = Surroundings { walls, ..good.clone() }.check(&[], 2).unwrap_err();
        assert!(matches!(
            error,
            LawError::BadSurroundings { quantity: "a coordinate of a wall", .. }
        ));
        let error =
            Surroundings { origin: [f64::INFINITY, 0.0], ..good }.check(&[], 2).unwrap_err();
        assert!(error.to_string().contains("origin is inf"), "{error}");
        for bad in [[0.5, 0.0], [f64::NAN, 0.0]] {
            let surroundings = Surroundings { preferred: vec![bad], ..Default::default() };
            let error = surroundings.check(&[], 1).unwrap_err();
            assert!(matches!(error, LawError::NotADirection { individual: 0, .. }));
        }
    }
}
