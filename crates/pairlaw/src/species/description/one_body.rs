//! One-body terms in words.

use super::{N_STEPS, rounded};
use crate::species::force_curve::ObservedRange;
use pairlaw_law::{Law, OneBody, Order};
use std::f64::consts::E;

/// Describes the one-body terms of a law kind by kind: a sentence, and below it the formula; empty
/// without such terms.
///
/// Speeds and velocities that a law draws to are those at which drive and braking balance; the time
/// within which it does so is 1/e's, for small deviations.
pub(super) fn describe(law: &Law, order: Order, observed: &ObservedRange) -> String {
    let line = |kind: &str| {
        let sentence = match kind {
            "propulsion" => propulsion(law),
            "preferred" => preferred(law),
            "field" => field(law, order),
            "gradient" => gradient(law),
            _ => wall(law, observed.distance),
        };
        let formula = one_body_formula(law, kind).unwrap_or_default();
        format!("{kind}: {sentence}\n  F_{kind} = {formula}\n")
    };
    law.one_body_kinds().into_iter().map(line).collect()
}

/// The formula of the one-body terms of one [kind](OneBody::kind), coefficients to four digits; none if
/// there are none.
///
/// ```text
/// 1.2 v/|v| − 2 v
/// ```
#[must_use]
pub fn one_body_formula(law: &Law, kind: &str) -> Option<String> {
    let terms = law.active_one_body().filter(|(term, _)| term.kind() == kind);
    let word =
        |(term, weight): (OneBody, f64)| format!("{} {}", rounded(weight, 4), term.formula());
    let words: Vec<String> = terms.map(word).collect();
    (!words.is_empty()).then(|| words.join(" + ").replace("+ -", "− "))
}

fn propulsion(law: &Law) -> String {
    let balance = Balance::new(law, 0.0, false);
    match (balance.drives(), balance.settles()) {
        (true, Some((speed, time))) => {
            format!("propelled towards speed {} within {}", rounded(speed, 3), rounded(time, 3))
        }
        (true, None) => "propelled at all speeds".to_owned(),
        (false, _) => "brakes".to_owned(),
    }
}

fn preferred(law: &Law) -> String {
    match Balance::new(law, 0.0, true).settles() {
        Some((speed, time)) => format!(
            "drawn along the own direction to speed {} within {}",
            rounded(speed, 3),
            rounded(time, 3)
        ),
        None => "drawn along the own direction".to_owned(),
    }
}

fn field(law: &Law, order: Order) -> String {
    let mut field = [0.0; 3];
    let mut dimension = 2;
    for (term, weight) in law.one_body.iter().copied() {
        if let OneBody::Field { axis } = term {
            field[usize::from(axis).min(2)] += weight;
            dimension = dimension.max(usize::from(axis) + 1);
        }
    }
    let size = field.iter().map(|f| f * f).sum::<f64>().sqrt();
    let vector = |length: f64| {
        let numbers = field[..dimension.min(3)].iter().map(|f| rounded(length * f / size, 3));
        format!("({})", numbers.collect::<Vec<_>>().join(", "))
    };
    if order == Order::First {
        return format!("moves with velocity {}", vector(size));
    }
    let is_alone = !law.one_body_kinds().contains(&"gradient");
    match Balance::new(law, size, false).settles().filter(|_| is_alone) {
        Some((speed, time)) => {
            format!("drawn to velocity {} within {}", vector(speed), rounded(time, 3))
        }
        None => format!("pushed along {}", vector(1.0)),
    }
}

fn gradient(law: &Law) -> String {
    let terms = || law.active_one_body();
    let is_diagonal = |term: &OneBody| matches!(term, OneBody::Gradient { axis, coordinate } if axis == coordinate);
    let divergence: f64 = terms().filter(|(term, _)| is_diagonal(term)).map(|(_, w)| w).sum();
    let of_kind = terms().filter(|(term, _)| term.kind() == "gradient");
    let largest = of_kind.fold(0.0f64, |largest, (_, w)| largest.max(w.abs()));
    let verb = match divergence {
        d if d < -super::INSIGNIFICANT * largest => "draws together",
        d if d > super::INSIGNIFICANT * largest => "drives apart",
        _ => "turns or shears",
    };
    format!("{verb} (divergence {})", rounded(divergence, 3))
}

fn wall(law: &Law, largest: f64) -> String {
    let at = |k: usize| {
        let distance = largest * k as f64 / N_STEPS as f64;
        let part = |(term, weight)| match term {
            OneBody::Wall { radial } => weight * radial.value(distance),
            _ => 0.0,
        };
        law.active_one_body().map(part).sum::<f64>()
    };
    let verb = match ((0..=N_STEPS).any(|k| at(k) > 0.0), (0..=N_STEPS).any(|k| at(k) < 0.0)) {
        (true, false) => "repels",
        (false, true) => "attracts",
        _ => "repels or attracts, by distance",
    };
    let strongest = (0..=N_STEPS).map(|k| at(k).abs()).fold(0.0, f64::max);
    let last = (0..=N_STEPS).rev().find(|k| at(*k).abs() >= strongest / E).unwrap_or(0);
    match last {
        N_STEPS => format!("{verb}; above 1/e of its largest at all distances observed"),
        last => {
            let distance = largest * (last as f64 + 0.5) / N_STEPS as f64;
            format!("{verb}; below 1/e of its largest beyond d = {}", rounded(distance, 3))
        }
    }
}

/// Drive and braking as a polynomial of the speed, `Σ_ℓ c_ℓ s^ℓ`, for motion along the drive.
struct Balance(Vec<(i32, f64)>);

/// Doublings of the speed in search of a balance.
const DOUBLINGS: i32 = 100;

/// Halvings after which the two ends of that range are neighbouring numbers.
const MOST_HALVINGS: usize = 300;

impl Balance {
    fn new(law: &Law, constant: f64, with_preferred: bool) -> Self {
        let coefficient = |(term, weight)| match term {
            OneBody::Propulsion { exponent } => Some((i32::from(exponent), weight)),
            OneBody::Preferred { exponent } if with_preferred => {
                Some((i32::from(exponent), weight))
            }
            _ => None,
        };
        let own = law.active_one_body().filter_map(coefficient);
        Self(std::iter::once((0, constant)).chain(own).collect())
    }

    fn drives(&self) -> bool {
        self.0.iter().any(|(_, weight)| *weight > 0.0)
    }

    fn at(&self, speed: f64) -> f64 {
        self.0.iter().map(|(exponent, weight)| weight * speed.powi(*exponent)).sum()
    }

    fn slope(&self, speed: f64) -> f64 {
        let part = |(exponent, weight): &(i32, f64)| match exponent {
            0 => 0.0,
            _ => f64::from(*exponent) * weight * speed.powi(exponent - 1),
        };
        self.0.iter().map(part).sum()
    }

    /// The speed at which drive and braking balance and the time to reach it; none if they do not.
    fn settles(&self) -> Option<(f64, f64)> {
        let mut doubled = (-DOUBLINGS..DOUBLINGS).map(|power| 2f64.powi(power));
        let mut low = doubled.next().filter(|speed| self.drives() && self.at(*speed) > 0.0)?;
        let mut high = doubled.find(|speed| self.at(*speed) < 0.0)?;
        for _ in 0..MOST_HALVINGS {
            let middle = f64::midpoint(low, high);
            *(if self.at(middle) > 0.0 { &mut low } else { &mut high }) = middle;
        }
        Some((high, -1.0 / self.slope(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{Direction, Radial};

    fn words(terms: &[(OneBody, f64)]) -> String {
        let law = Law::new(Vec::new(), Vec::new(), Direction::Difference).unwrap();
        let law = law.with_one_body(terms.to_vec()).unwrap();
        describe(&law, &ObservedRange { distance: 2.0, speed: 0.5 })
    }

    fn propulsion(exponent: u8, weight: f64) -> (OneBody, f64) {
        (OneBody::Propulsion { exponent }, weight)
    }

    #[test]
    fn speeds_and_velocities_that_are_drawn_to() {
        assert_eq!(words(&[]), "");
        let push = words(&[propulsion(0, 1.2), propulsion(1, -2.0)]);
        let expected = "propulsion: propelled towards speed 0.6 within 0.5\n  F_propulsion = 1.2 \
            v/|v| − 2 v\n";
        assert_eq!(push, expected);
        // 4.5 = 2 s², s = 1.5, slope −2·2·1.5.
        let square = words(&[propulsion(0, 4.5), propulsion(2, -2.0)]);
        assert!(square.contains("speed 1.5 within 0.167"), "{square}");
        assert!(words(&[propulsion(0, 1.0)]).contains("propelled at all speeds"));
        assert!(words(&[propulsion(3, -1.0)]).contains("propulsion: brakes\n"));
        let own = words(&[(OneBody::Preferred { exponent: 0 }, 0.5), propulsion(1, -1.0)]);
        assert!(
            own.contains("preferred: drawn along the own direction to speed 0.5 within 1\n"),
            "{own}"
        );
        assert!(own.contains("propulsion: brakes"), "{own}");
        let field = |w: [f64; 2]| [0, 1].map(|axis| (OneBody::Field { axis }, w[axis as usize]));
        let drawn = words(&[&field([-0.6, 0.8])[..], &[propulsion(1, -2.0)]].concat());
        assert!(drawn.contains("field: drawn to velocity (-0.3, 0.4) within 0.5\n"), "{drawn}");
        assert!(drawn.contains("F_field = -0.6 e_x + 0.8 e_y\n"), "{drawn}");
        assert!(words(&field([0.0, -4.0])).contains("field: pushed along (0, -1)\n"));
    }

    #[test]
    fn traps_and_walls() {
        let gradient = |axis, coordinate, w| (OneBody::Gradient { axis, coordinate }, w);
        let trap = words(&[gradient(0, 0, -2.0), gradient(1, 1, -0.5), gradient(0, 1, 0.3)]);
        assert!(trap.contains("gradient: draws together (divergence -2.5)"), "{trap}");
        let turn = words(&[gradient(0, 1, 1.0), gradient(1, 0, -1.0)]);
        assert!(turn.contains("turns or shears (divergence 0)"), "{turn}");
        let wall = OneBody::Wall { radial: Radial::Exponential { rate: 4.0 } };
        let wall = words(&[(wall, 3.0)]);
        // e^{−4d} falls to 1/e at .25, half a step of .005 below the next radius.
        assert!(wall.contains("wall: repels; below 1/e of its largest beyond d = 0.25"), "{wall}");
        assert!(wall.contains("F_wall = 3 exp(-4d) n"), "{wall}");
    }
}
