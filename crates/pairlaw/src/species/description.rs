//! A law in words.

mod one_body;

pub use one_body::one_body_formula;

use crate::species::force_curve::ObservedRange;
use pairlaw_law::{Angular, Direction, Force, Law, Order, Term};
use std::f64::consts::{E, FRAC_PI_4};

/// Steps between the radii at which a force is looked at, from 0 to the largest observed.
const N_STEPS: usize = 400;

/// Directions of the neighbour at which a force is looked at: θ = 0, π/4, … π.
const DIRECTIONS: [&str; 5] =
    ["ahead", "obliquely ahead", "to the side", "obliquely behind", "behind"];

/// A part this small of the largest strength has no sign worth telling.
const INSIGNIFICANT: f64 = 0.05;

/// Describes a law force by force: a sentence, and below it the formula.
///
/// The sentence tells the sign near and far, the direction of the neighbour in which the force is
/// strongest, where it is, with its angular modes, and
///
/// * of attraction–repulsion and alignment the distance beyond which their strength stays below 1/e
///   of its largest value;
/// * of drag whether its coefficient grows with the speed.
///
/// Only what was observed is looked at. The strength of attraction–repulsion is that of the
/// acceleration it gives: `r |f_a-r|` where f_a-r multiplies x_i − x_j. Parts below 5 % of the largest
/// strength have no sign.
///
/// One-body terms follow kind by kind, where there are any: the speed or velocity that they draw to,
/// fields, walls.
#[must_use]
pub fn describe_law(law: &Law, observed: &ObservedRange) -> String {
    describe_law_of_order(law, Order::Second, observed)
}

/// [`describe_law`] of a law of this order: of first order there is no drag to be absent, and a constant
/// field is the velocity of the species.
#[must_use]
pub fn describe_law_of_order(law: &Law, order: Order, observed: &ObservedRange) -> String {
    let forces = [
        (Force::AttractionRepulsion, "attraction–repulsion", "f_a-r(r, θ)"),
        (Force::Alignment, "alignment", "f_align(r, θ)"),
        (Force::Drag, "drag", "f_drag(s, θ)"),
    ];
    let known = if order == Order::First { &forces[..1] } else { &forces };
    let line = |&(force, name, symbol): &(Force, &str, &str)| match force_formula(law, force) {
        None => format!("{name}: absent\n"),
        Some(formula) => {
            let sentence = sentence(law, force, observed.largest(force));
            format!("{name}: {sentence}\n  {symbol} = {formula}\n")
        }
    };
    known.iter().map(line).collect::<String>() + &one_body::describe(law, order, observed)
}

/// The formula of one force, coefficients to four digits; none if it is absent.
///
/// ```text
/// 15 exp(-20r) − 3.75 exp(-10r)
/// ```
#[must_use]
pub fn force_formula(law: &Law, force: Force) -> Option<String> {
    let terms = law.active().filter(|(term, _)| term.force == force);
    let word = |(term, weight): (&Term, f64)| {
        // 1 + cos 0θ is 2: part of the coefficient.
        let (term, weight) = match term.angular {
            Angular::OnePlusCosine(0) => {
                (Term { angular: Angular::Cosine(0), ..*term }, 2.0 * weight)
            }
            _ => (*term, weight),
        };
        match (rounded(weight, 4), term.formula()) {
            (coefficient, formula) if formula == "1" => coefficient,
            (coefficient, formula) => format!("{coefficient} {formula}"),
        }
    };
    let words: Vec<String> = terms.map(word).collect();
    (!words.is_empty()).then(|| words.join(" + ").replace("+ -", "− "))
}

/// A number with so many significant digits, without trailing zeros.
fn rounded(x: f64, digits: usize) -> String {
    let scientific = format!("{x:.*e}", digits - 1);
    let number = scientific.parse::<f64>().expect("a formatted number is a number");
    match number.abs() {
        0.0 => "0".to_owned(),
        1e-4..1e6 => number.to_string(),
        _ => format!("{number:e}"),
    }
}

fn sentence(law: &Law, force: Force, largest: f64) -> String {
    let profile = Profile::new(law, force, largest);
    if profile.largest() == 0.0 {
        return "vanishes wherever it was observed".to_owned();
    }
    let extent = if force == Force::Drag { profile.trend() } else { profile.range() };
    format!("{}; {} ({}); {extent}", profile.signs(), profile.directions(), modes(law, force))
}

/// The angular modes of a force.
fn modes(law: &Law, force: Force) -> String {
    let mut modes: Vec<_> = law
        .active()
        .filter(|(term, _)| term.force == force)
        .map(|(term, _)| term.angular)
        .collect();
    modes.sort_unstable();
    modes.dedup();
    let name = |mode: &Angular| match mode.harmonic() {
        0 => "constant".to_owned(),
        _ => mode.formula(),
    };
    modes.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The sign of a force at one radius over all directions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Negative,
    Positive,
    Mixed,
}

/// Signed strength of a force over radii and [`DIRECTIONS`].
struct Profile {
    force: Force,
    radii: Vec<f64>,
    strength: Vec<[f64; DIRECTIONS.len()]>,
}

impl Profile {
    fn new(law: &Law, force: Force, largest: f64) -> Self {
        let radii: Vec<f64> = (0..=N_STEPS).map(|k| largest * k as f64 / N_STEPS as f64).collect();
        let is_times_distance =
            force == Force::AttractionRepulsion && law.direction == Direction::Difference;
        let at = |&r: &f64| {
            let length = if is_times_distance { r } else { 1.0 };
            std::array::from_fn(|k| length * law.force(force, r, (k as f64 * FRAC_PI_4).cos()))
        };
        Self { force, strength: radii.iter().map(at).collect(), radii }
    }

    /// Largest strength at one radius.
    fn at(&self, k: usize) -> f64 {
        self.strength[k].iter().fold(0.0, |largest, f| largest.max(f.abs()))
    }

    fn strongest(&self) -> usize {
        (0..=N_STEPS).fold(0, |a, b| if self.at(b) > self.at(a) { b } else { a })
    }

    fn largest(&self) -> f64 {
        self.at(self.strongest())
    }

    /// The sign at one radius; none where no direction has a significant part.
    fn sign(&self, k: usize) -> Option<Sign> {
        let least = INSIGNIFICANT * self.largest();
        let has = |sign: f64| self.strength[k].iter().any(|f| sign * f > least);
        match (has(1.0), has(-1.0)) {
            (true, true) => Some(Sign::Mixed),
            (true, false) => Some(Sign::Positive),
            (false, true) => Some(Sign::Negative),
            (false, false) => None,
        }
    }

    /// Signs from near to far, such as `repels below r = 0.139, attracts beyond`.
    fn signs(&self) -> String {
        let signs = (0..=N_STEPS).filter_map(|k| Some((self.sign(k)?, k)));
        let mut changes: Vec<(Sign, f64)> = Vec::new();
        let mut last = 0;
        for (sign, k) in signs {
            if changes.last().is_none_or(|(before, _)| *before != sign) {
                let sum = |k: usize| self.strength[k].iter().sum();
                changes.push((sign, self.crossing(last, k, sum)));
            }
            last = k;
        }
        let argument = if self.force == Force::Drag { "s" } else { "r" };
        let part = |(k, (sign, from)): (usize, &(Sign, f64))| {
            let (verb, from) = (self.verb(*sign), rounded(*from, 3));
            match (k, changes.get(k + 1)) {
                (0, None) => verb.to_owned(),
                (0, Some((_, to))) => format!("{verb} below {argument} = {}", rounded(*to, 3)),
                (_, Some((_, to))) => format!("{verb} from {from} to {}", rounded(*to, 3)),
                (_, None) => format!("{verb} beyond"),
            }
        };
        changes.iter().enumerate().map(part).collect::<Vec<_>>().join(", ")
    }

    fn verb(&self, sign: Sign) -> &'static str {
        match (self.force, sign) {
            (Force::AttractionRepulsion, Sign::Positive) => "repels",
            (Force::AttractionRepulsion, Sign::Negative) => "attracts",
            (Force::AttractionRepulsion, Sign::Mixed) => "repels or attracts, by direction",
            (Force::Alignment, Sign::Positive) => "drives velocities apart",
            (Force::Alignment, Sign::Negative) => "aligns",
            (Force::Alignment, Sign::Mixed) => "aligns or drives velocities apart, by direction",
            (Force::Drag, Sign::Positive) => "propels",
            (Force::Drag, Sign::Negative) => "brakes",
            (Force::Drag, Sign::Mixed) => "brakes or propels, by direction",
        }
    }

    /// Where the neighbour is for whom the force is strongest.
    fn directions(&self) -> String {
        let strongest = self.strength[self.strongest()];
        let is_strong = |k: &usize| strongest[*k].abs() > (1.0 - INSIGNIFICANT) * self.largest();
        let strong: Vec<&str> =
            (0..DIRECTIONS.len()).filter(is_strong).map(|k| DIRECTIONS[k]).collect();
        if strong.len() == DIRECTIONS.len() {
            "the same in all directions".to_owned()
        } else {
            format!("strongest towards neighbours {}", strong.join(" and "))
        }
    }

    /// How far the force reaches.
    fn range(&self) -> String {
        let reaches = |k: &usize| self.at(*k) >= self.largest() / E;
        let last = (0..=N_STEPS).rev().find(reaches).unwrap_or(0);
        if last == N_STEPS {
            return "above 1/e of its largest at all distances observed".to_owned();
        }
        let radius = self.crossing(last, last + 1, |k| self.at(k) - self.largest() / E);
        format!("below 1/e of its largest beyond r = {}", rounded(radius, 3))
    }

    /// Where a function of the radius first changes its sign between two radii, in the middle if it
    /// does not.
    fn crossing(&self, from: usize, to: usize, f: impl Fn(usize) -> f64) -> f64 {
        let r = &self.radii;
        match (from..to).find(|k| (f(*k) >= 0.0) != (f(k + 1) >= 0.0)) {
            Some(k) => r[k] + (r[k + 1] - r[k]) * f(k) / (f(k) - f(k + 1)),
            None => f64::midpoint(r[from], r[to]),
        }
    }

    /// How the coefficient changes from half the largest speed to the largest.
    fn trend(&self) -> String {
        let (middle, end) = (self.at(N_STEPS / 2), self.at(N_STEPS));
        let words = if end > (1.0 + INSIGNIFICANT) * middle {
            "stronger at higher speed"
        } else if end < (1.0 - INSIGNIFICANT) * middle {
            "weaker at higher speed"
        } else {
            "the same at all speeds"
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::Radial;

    type Part = (Force, Angular, Radial, f64);
    const REPULSION: Force = Force::AttractionRepulsion;
    const OBSERVED: ObservedRange = ObservedRange { distance: 2.0, speed: 0.5 };

    fn exponential(rate: f64) -> Radial {
        Radial::Exponential { rate }
    }

    fn law(parts: &[Part]) -> Law {
        let term = |&(force, angular, radial, _): &Part| Term { force, angular, radial };
        let weights = parts.iter().map(|part| part.3).collect();
        Law::new(parts.iter().map(term).collect(), weights, Direction::Difference).unwrap()
    }

    /// The forces of species A, B and C of the species paper's Table 1.
    fn attraction_repulsion() -> [Part; 4] {
        [
            (REPULSION, Angular::Cosine(0), exponential(20.0), 15.0),
            (REPULSION, Angular::Cosine(0), exponential(10.0), -3.75),
            (REPULSION, Angular::Cosine(2), exponential(20.0), 10.0),
            (REPULSION, Angular::Cosine(2), exponential(10.0), -2.5),
        ]
    }

    const ALIGNMENT: Part =
        (Force::Alignment, Angular::OnePlusCosine(1), Radial::Exponential { rate: 8.0 }, -8.0);
    const DRAG: Part = (Force::Drag, Angular::Cosine(0), Radial::Power { exponent: 1 }, -5.0);

    #[test]
    fn the_three_species_of_the_paper() {
        // Sign change at ln 4/10 = .1386; r |f| is largest at .0385 and a third of that at .1013; 1/8.
        let repulsion = "attraction–repulsion: repels below r = 0.139, attracts beyond; strongest \
            towards neighbours ahead and behind (constant, cos(2θ)); below 1/e of its largest beyond \
            r = 0.101\n  f_a-r(r, θ) = 15 exp(-20r) − 3.75 exp(-10r) + 10 cos(2θ) exp(-20r) − 2.5 \
            cos(2θ) exp(-10r)\n";
        let alignment = "alignment: aligns; strongest towards neighbours ahead ((1+cos(θ))); below \
            1/e of its largest beyond r = 0.125\n  f_align(r, θ) = -8 (1+cos(θ)) exp(-8r)\n";
        let drag = "drag: brakes; the same in all directions (constant); stronger at higher speed\n  \
            f_drag(s, θ) = -5 s\n";
        let b = [&attraction_repulsion()[..], &[DRAG]].concat();
        let a = [&b[..], &[ALIGNMENT]].concat();
        let words = |parts: &[Part]| describe_law(&law(parts), &OBSERVED);
        assert_eq!(words(&a), [repulsion, alignment, drag].concat());
        assert_eq!(words(&b), [repulsion, "alignment: absent\n", drag].concat());
        let absent = "attraction–repulsion: absent\n";
        assert_eq!(words(&[ALIGNMENT, DRAG]), [absent, alignment, drag].concat());
    }

    #[test]
    fn signs_directions_and_extent_of_made_up_forces() {
        let words = |parts: &[Part]| describe_law(&law(parts), &OBSERVED);
        let dipole = words(&[(REPULSION, Angular::Cosine(1), exponential(1.0), 1.0)]);
        assert!(dipole.contains("repels or attracts, by direction; strongest towards neighbours"));
        let behind = [(0, 1.0), (1, -1.0)]
            .map(|(n, w)| (Force::Alignment, Angular::Cosine(n), Radial::Power { exponent: 0 }, w));
        let behind = words(&behind);
        assert!(behind.contains("drives velocities apart; strongest towards neighbours behind"));
        assert!(behind.contains("above 1/e of its largest at all distances observed"));
        // Propels below s = .25, brakes beyond: 1 − 4 s.
        let power = |exponent, w| (Force::Drag, Angular::Cosine(0), Radial::Power { exponent }, w);
        let drag = words(&[power(0, 1.0), power(1, -4.0)]);
        assert!(drag.contains("propels below s = 0.25, brakes beyond"), "{drag}");
        let sides = words(&[
            power(0, 1.0),
            (Force::Drag, Angular::Cosine(2), Radial::Power { exponent: 0 }, -0.5),
        ]);
        assert!(sides.contains("strongest towards neighbours to the side"), "{sides}");
        assert!(sides.contains("the same at all speeds"), "{sides}");
        // Three signs: 1 − 4 s + 3 · … with roots .1 and .4.
        let three = words(&[power(0, 0.04), power(1, -0.5), power(2, 1.0)]);
        assert!(
            three.contains("propels below s = 0.1, brakes from 0.1 to 0.4, propels beyond"),
            "{three}"
        );
    }

    #[test]
    fn a_force_that_vanishes_where_observed_is_said_to() {
        let far = (REPULSION, Angular::Cosine(0), Radial::Exponential { rate: 1e6 }, 1.0);
        let words = describe_law(&law(&[far]), &OBSERVED);
        assert!(words.contains("vanishes wherever it was observed"), "{words}");
    }

    #[test]
    fn formulas_have_no_idle_factors() {
        let drag =
            |exponent, w| (Force::Drag, Angular::OnePlusCosine(0), Radial::Power { exponent }, w);
        let formula =
            force_formula(&law(&[drag(0, -1.0), drag(1, -2.5), drag(2, 0.0)]), Force::Drag);
        assert_eq!(formula.unwrap(), "-2 − 5 s");
    }

    #[test]
    fn coefficients_have_four_digits() {
        let numbers =
            [(-7.998_74, "-7.999"), (1_234.56, "1235"), (0.25, "0.25"), (4.1672e-7, "4.167e-7")];
        numbers.iter().for_each(|(x, expected)| assert_eq!(rounded(*x, 4), *expected));
    }
}
