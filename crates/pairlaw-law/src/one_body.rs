//! Terms of a law that no neighbour exerts: propulsion, preferred directions, fields, walls.

use crate::neighbours::Focal;
use crate::radial::Radial;
use crate::surroundings::Surroundings;
use std::fmt;

/// A force on one individual alone. It is not divided by N: it does not depend on who else is there.
///
/// ```text
/// a_i = (1/N) Σ_j [ pair terms ] + Σ_k w_k F_k(x_i, v_i)
/// ```
///
/// An example of what they make together is `w_0 v/|v| − γ v`, which drives towards the speed w_0/γ,
/// `w_0 e_i − γ v`, which drives towards that speed along the individual's own direction e_i, and a
/// constant field F with friction, which drives a whole species towards the velocity F/γ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OneBody {
    /// `|v|^ℓ v/|v|`, 0 at rest: along the own heading. A positive weight pushes, a negative one brakes.
    Propulsion {
        /// Exponent ℓ; 0 is the heading itself, 1 the velocity.
        exponent: u8,
    },
    /// `|v|^ℓ e_i` with [`Surroundings::preferred`]: along the direction that the individual prefers.
    Preferred {
        /// Exponent ℓ.
        exponent: u8,
    },
    /// `e_axis`: the same everywhere.
    Field {
        /// Index of the axis.
        axis: u8,
    },
    /// `(x_coordinate − origin_coordinate) e_axis` with [`Surroundings::origin`]: linear in space.
    Gradient {
        /// Index of the axis along which it acts.
        axis: u8,
        /// Index of the coordinate on which it depends.
        coordinate: u8,
    },
    /// `Σ_walls R(d) n`, d the distance to the nearest point of each of [`Surroundings::walls`] and n
    /// the unit vector away from it: a positive weight repels.
    Wall {
        /// R, a function of the distance.
        radial: Radial,
    },
}

/// Names of the axes.
const AXES: [&str; 3] = ["x", "y", "z"];

impl OneBody {
    /// The acceleration that the term gives with weight 1, length/time² per unit of the weight.
    ///
    /// # Panics
    /// If an axis does not exist in `D` dimensions, or `individual` has no entry among the preferred
    /// directions that the term needs; [`Surroundings::check`] finds both beforehand.
    #[must_use]
    pub fn acceleration<const D: usize>(
        &self,
        focal: &Focal<D>,
        individual: usize,
        surroundings: &Surroundings<D>,
    ) -> [f64; D] {
        match *self {
            Self::Propulsion { exponent } => {
                let factor = match (focal.speed(), exponent) {
                    (speed, 0) if speed > 0.0 => 1.0 / speed,
                    (_, 0) => 0.0,
                    (speed, exponent) => speed.powi(i32::from(exponent) - 1),
                };
                focal.velocity.map(|v| factor * v)
            }
            Self::Preferred { exponent } => {
                let length = focal.speed().powi(i32::from(exponent));
                surroundings.preferred_by(individual).map(|e| length * e)
            }
            Self::Field { axis } => along(axis, 1.0),
            Self::Gradient { axis, coordinate } => {
                let c = usize::from(coordinate);
                along(axis, focal.position[c] - surroundings.origin[c])
            }
            Self::Wall { radial } => surroundings.wall_force(&focal.position, radial),
        }
    }

    /// What kind of term it is: `propulsion`, `preferred`, `field`, `gradient` or `wall`.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Propulsion { .. } => "propulsion",
            Self::Preferred { .. } => "preferred",
            Self::Field { .. } => "field",
            Self::Gradient { .. } => "gradient",
            Self::Wall { .. } => "wall",
        }
    }

    /// A name for files, such as `propulsion 0`, `field x`, `gradient x y` (y along x) or
    /// `wall exp(-2d)`; [`OneBody::from_name`] reads it back, unless it is of a wall.
    #[must_use]
    pub fn name(self) -> String {
        let kind = self.kind();
        match self {
            Self::Propulsion { exponent } | Self::Preferred { exponent } => {
                format!("{kind} {exponent}")
            }
            Self::Field { axis } => format!("{kind} {}", axis_name(axis)),
            Self::Gradient { axis, coordinate } => {
                format!("{kind} {} {}", axis_name(axis), axis_name(coordinate))
            }
            Self::Wall { radial } => format!("{kind} {}", radial.formula("d")),
        }
    }

    /// The term with this [name](OneBody::name); none if there is no such term, or for a wall, whose
    /// name gives scales to four digits only.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let axis = |name: &str| u8::try_from(AXES.iter().position(|known| *known == name)?).ok();
        let (kind, rest) = name.split_once(' ')?;
        Some(match kind {
            "propulsion" => Self::Propulsion { exponent: rest.parse().ok()? },
            "preferred" => Self::Preferred { exponent: rest.parse().ok()? },
            "field" => Self::Field { axis: axis(rest)? },
            "gradient" => {
                let (along, coordinate) = rest.split_once(' ')?;
                Self::Gradient { axis: axis(along)?, coordinate: axis(coordinate)? }
            }
            _ => return None,
        })
    }

    /// The formula in words: v is the velocity, e the preferred direction, e_x the x axis, n points
    /// away from a wall at the distance d.
    #[must_use]
    pub fn formula(self) -> String {
        match self {
            Self::Propulsion { exponent: 0 } => "v/|v|".to_owned(),
            Self::Propulsion { exponent: 1 } => "v".to_owned(),
            Self::Propulsion { exponent } => format!("{} v", speed_power(exponent - 1)),
            Self::Preferred { exponent: 0 } => "e".to_owned(),
            Self::Preferred { exponent } => format!("{} e", speed_power(exponent)),
            Self::Field { axis } => format!("e_{}", axis_name(axis)),
            Self::Gradient { axis, coordinate } => {
                format!("{} e_{}", axis_name(coordinate), axis_name(axis))
            }
            Self::Wall { radial } => match radial.formula("d") {
                formula if formula == "1" => "n".to_owned(),
                formula => format!("{formula} n"),
            },
        }
    }

    /// The largest index of an axis that the term names; none if it names none.
    pub(crate) fn largest_axis(self) -> Option<u8> {
        match self {
            Self::Field { axis } => Some(axis),
            Self::Gradient { axis, coordinate } => Some(axis.max(coordinate)),
            Self::Propulsion { .. } | Self::Preferred { .. } | Self::Wall { .. } => None,
        }
    }
}

impl fmt::Display for OneBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// A vector of this length along an axis.
fn along<const D: usize>(axis: u8, length: f64) -> [f64; D] {
    let mut vector = [0.0; D];
    vector[usize::from(axis)] = length;
    vector
}

/// The name of an axis; beyond the third its number, which no tracks have.
fn axis_name(axis: u8) -> String {
    AXES.get(usize::from(axis)).map_or_else(|| axis.to_string(), |name| (*name).to_owned())
}

fn speed_power(exponent: u8) -> String {
    if exponent == 1 { "|v|".to_owned() } else { format!("|v|^{exponent}") }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;
    use crate::surroundings::Wall;

    /// At (1, 2) with velocity (3, 4) near two walls; the second individual prefers (0, −1).
    fn at(term: OneBody) -> [f64; 2] {
        let surroundings = Surroundings {
            walls: vec![
                Wall { from: [0.0, 0.0], to: [4.0, 0.0] },
                Wall { from: [-2.0, -2.0], to: [-2.0, 2.0] },
            ],
            origin: [0.5, -1.0],
            preferred: vec![[1.0, 0.0], [0.0, -1.0]],
        };
        let focal = Focal { position: [1.0, 2.0], velocity: [3.0, 4.0] };
        term.acceleration(&focal, 1, &surroundings)
    }

    #[test]
    fn each_term_by_hand() {
        assert_eq!(at(OneBody::Propulsion { exponent: 0 }), [3.0 * 0.2, 0.8]);
        assert_eq!(at(OneBody::Propulsion { exponent: 1 }), [3.0, 4.0]);
        assert_eq!(at(OneBody::Propulsion { exponent: 3 }), [75.0, 100.0]);
        assert_eq!(at(OneBody::Preferred { exponent: 0 }), [0.0, -1.0]);
        assert_eq!(at(OneBody::Preferred { exponent: 2 }), [0.0, -25.0]);
        assert_eq!(at(OneBody::Field { axis: 0 }), [1.0, 0.0]);
        assert_eq!(at(OneBody::Gradient { axis: 0, coordinate: 1 }), [3.0, 0.0]);
        assert_eq!(at(OneBody::Gradient { axis: 1, coordinate: 0 }), [0.0, 0.5]);
        // Distance 2 above the first wall, 3 to the right of the second.
        let radial = Radial::Power { exponent: 1 };
        assert_eq!(at(OneBody::Wall { radial }), [3.0, 2.0]);
        let radial = Radial::Exponential { rate: 0.5 };
        let [x, y] = at(OneBody::Wall { radial });
        // Rounding.
        assert!((x - (-1.5f64).exp()).abs() < 1e-16 && (y - (-1.0f64).exp()).abs() < 1e-16);
    }

    #[test]
    fn nothing_drives_an_individual_at_rest_but_the_field() {
        let rest = Focal { position: [0.0; 3], velocity: [0.0; 3] };
        let surroundings = Surroundings { preferred: vec![[0.0; 3]], ..Surroundings::default() };
        for exponent in 0..4 {
            for term in [OneBody::Propulsion { exponent }, OneBody::Preferred { exponent }] {
                assert_eq!(term.acceleration(&rest, 0, &surroundings), [0.0; 3], "{term}");
            }
        }
        let field = OneBody::Field { axis: 2 };
        assert_eq!(field.acceleration(&rest, 0, &surroundings), [0.0, 0.0, 1.0]);
    }

    fn one_of_each() -> [OneBody; 9] {
        [
            OneBody::Propulsion { exponent: 0 },
            OneBody::Propulsion { exponent: 1 },
            OneBody::Propulsion { exponent: 3 },
            OneBody::Preferred { exponent: 0 },
            OneBody::Preferred { exponent: 2 },
            OneBody::Field { axis: 0 },
            OneBody::Gradient { axis: 2, coordinate: 1 },
            OneBody::Wall { radial: Radial::Exponential { rate: 2.0 } },
            OneBody::Wall { radial: Radial::Power { exponent: 0 } },
        ]
    }

    #[test]
    fn names_and_formulas() {
        let names = one_of_each().map(OneBody::name);
        let expected = [
            "propulsion 0",
            "propulsion 1",
            "propulsion 3",
            "preferred 0",
            "preferred 2",
            "field x",
            "gradient z y",
            "wall exp(-2d)",
            "wall 1",
        ];
        assert_eq!(names, expected);
        let formulas = one_of_each().map(OneBody::formula);
        let expected = ["v/|v|", "v", "|v|^2 v", "e", "|v|^2 e", "e_x", "y e_z", "exp(-2d) n", "n"];
        assert_eq!(formulas, expected);
    }

    #[test]
    fn names_are_read_back() {
        for term in one_of_each() {
            let known = (term.kind() != "wall").then_some(term);
            assert_eq!(OneBody::from_name(&term.to_string()), known, "{term}");
        }
        for name in ["", "field", "field w", "propulsion -1", "gradient x", "drag 1"] {
            assert_eq!(OneBody::from_name(name), None, "{name}");
        }
    }
}
