//! Laws in other units of length and time.

use crate::error::LawError;
use crate::law::{Direction, Force, Law, Order, Term};
use crate::one_body::OneBody;
use crate::radial::Radial;

impl Law {
    /// The same law in other units: the present ones are `length` and `time` of the new.
    ///
    /// With `L`, `T` these numbers and f′ the forces in the present units, the accelerations are the same
    /// if
    ///
    /// ```text
    /// f_a-r(r, θ)   = f′_a-r(r/L, θ) / T²      (times x_i − x_j)
    ///               = f′_a-r(r/L, θ) L/T²      (along x_i − x_j)
    /// f_align(r, θ) = f′_align(r/L, θ) / T
    /// f_drag(s, θ)  = f′_drag(s T/L, θ) / T
    /// F(x, v)       = F′((x − x_0)/L, v T/L) L/T²   (one-body terms)
    /// ```
    ///
    /// where a law of first order, which gives velocities, has one `1/T` less. Scales and rates of the
    /// radial functions change; powers hand their factor to the weight. N is a number and stays.
    ///
    /// # Errors
    /// [`LawError`] where a weight or a scale leaves the finite range.
    ///
    /// # Panics
    /// If a unit is not positive and finite.
    pub fn rescaled(&self, order: Order, length: f64, time: f64) -> Result<Self, LawError> {
        for unit in [length, time] {
            assert!(unit > 0.0 && unit.is_finite(), "the unit {unit} is not positive and finite");
        }
        // Of what the law gives: acceleration, or velocity.
        let rate = match order {
            Order::First => time.recip(),
            Order::Second => time.powi(-2),
        };
        let terms = self.terms.iter().zip(&self.weights).map(|(term, weight)| {
            let (argument, size) = match (term.force, self.direction) {
                (Force::AttractionRepulsion, Direction::Difference) => (length, rate),
                (Force::AttractionRepulsion, Direction::Unit) => (length, length * rate),
                (Force::Alignment, _) => (length, time * rate),
                (Force::Drag, _) => (length / time, time * rate),
            };
            let (radial, factor) = stretched(term.radial, argument);
            (Term { radial, ..*term }, weight * size * factor)
        });
        let (terms, weights) = terms.unzip();
        let one_body = self.one_body.iter().map(|(term, weight)| {
            let (term, factor) = match *term {
                OneBody::Propulsion { exponent } | OneBody::Preferred { exponent } => {
                    (*term, (length / time).powi(-i32::from(exponent)))
                }
                OneBody::Field { .. } => (*term, 1.0),
                OneBody::Gradient { .. } => (*term, length.recip()),
                OneBody::Wall { radial } => {
                    let (radial, factor) = stretched(radial, length);
                    (OneBody::Wall { radial }, factor)
                }
            };
            (term, weight * length * rate * factor)
        });
        Self::new(terms, weights, self.direction)?.with_one_body(one_body.collect())
    }
}

/// The function `r ↦ R(r/unit)`, as a radial function and a factor.
fn stretched(radial: Radial, unit: f64) -> (Radial, f64) {
    match radial {
        Radial::Laguerre { degree, scale } => {
            (Radial::Laguerre { degree, scale: scale / unit }, 1.0)
        }
        Radial::Exponential { rate } => (Radial::Exponential { rate: rate / unit }, 1.0),
        Radial::Power { exponent } => (radial, unit.powi(-i32::from(exponent))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angular::Angular;
    use crate::kernel::LawKernels;
    use crate::law::{PAPER_SCALE, paper_basis};

    /// Every term of the paper's basis with weights of both signs.
    fn law(direction: Direction) -> Law {
        let terms = paper_basis(PAPER_SCALE);
        let weights = (0..terms.len()).map(|k| (k as f64 + 1.0).sin()).collect();
        Law::new(terms, weights, direction).unwrap()
    }

    /// Acceleration of one individual at (position, velocity) beside another one, term by term.
    fn acceleration(law: &Law, x: [f64; 2], v: [f64; 2], other: [[f64; 2]; 2]) -> [f64; 2] {
        let [d, w]: [[f64; 2]; 2] = [0, 1].map(|k: usize| {
            let own = [x, v][k];
            std::array::from_fn(|i| own[i] - other[k][i])
        });
        let (r, s) = (d[0].hypot(d[1]), v[0].hypot(v[1]));
        let cosine = -(d[0] * v[0] + d[1] * v[1]) / (r * s);
        let length = if law.direction == Direction::Unit { r } else { 1.0 };
        let attraction = law.force(Force::AttractionRepulsion, r, cosine) / length;
        let alignment = law.force(Force::Alignment, r, cosine);
        let drag = law.force(Force::Drag, s, cosine);
        std::array::from_fn(|i| attraction * d[i] + alignment * w[i] + drag * v[i])
    }

    #[test]
    fn accelerations_are_the_same_in_all_units() {
        let (length, time) = (250.0, 0.4);
        let (x, v, other) = ([0.1, 0.2], [0.05, -0.3], [[0.3, 0.1], [-0.2, 0.1]]);
        let long = |x: [f64; 2]| x.map(|x| x * length);
        let fast = |v: [f64; 2]| v.map(|v| v * length / time);
        for direction in [Direction::Difference, Direction::Unit] {
            let law = law(direction);
            let in_new = law.rescaled(Order::Second, length, time).unwrap();
            let a = acceleration(&law, x, v, other);
            let b = acceleration(&in_new, long(x), fast(v), [long(other[0]), fast(other[1])]);
            for (a, b) in a.iter().zip(b) {
                let a = a * length / (time * time);
                assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "{a} {b}"); // rounding
            }
            LawKernels::new(&[in_new]).unwrap();
        }
    }

    #[test]
    fn there_and_back_is_where_it_was() {
        let law = law(Direction::Difference);
        let back = law
            .rescaled(Order::Second, 8.0, 0.25)
            .unwrap()
            .rescaled(Order::Second, 0.125, 4.0)
            .unwrap();
        assert_eq!(back, law); // powers of two: no rounding
    }

    #[test]
    fn one_term_by_hand() {
        let radial = Radial::Power { exponent: 2 };
        let term = Term { force: Force::Drag, angular: Angular::Cosine(0), radial };
        let law = Law::new(vec![term], vec![3.0], Direction::Difference).unwrap();
        // f′ = 3 s′²: with L = 10, T = 2 a speed s is s/5 of before, and f = 3 (s/5)² / 2.
        let scaled = law.rescaled(Order::Second, 10.0, 2.0).unwrap();
        assert!((scaled.weights[0] - 3.0 / 25.0 / 2.0).abs() < 1e-15); // rounding
    }

    #[test]
    fn one_body_terms_give_the_same_motion_in_all_units() {
        use crate::neighbours::Focal;
        use crate::surroundings::{Surroundings, Wall};
        let (length, time) = (250.0, 0.4);
        let wall = |k: f64| Wall { from: [-k, -0.5 * k], to: [k, -0.4 * k] };
        let surroundings = |k: f64| Surroundings {
            walls: vec![wall(k)],
            origin: [0.3 * k, 0.1 * k],
            preferred: vec![[0.6, 0.8]],
        };
        let terms = [
            OneBody::Propulsion { exponent: 0 },
            OneBody::Propulsion { exponent: 3 },
            OneBody::Preferred { exponent: 1 },
            OneBody::Field { axis: 1 },
            OneBody::Gradient { axis: 0, coordinate: 1 },
            OneBody::Wall { radial: Radial::Exponential { rate: 2.0 } },
        ];
        let motion = |law: &Law, x: [f64; 2], v: [f64; 2], k: f64| {
            let focal = Focal { position: x, velocity: v };
            let mut sum = [0.0; 2];
            for (term, weight) in &law.one_body {
                let a = term.acceleration(&focal, 0, &surroundings(k));
                sum.iter_mut().zip(a).for_each(|(sum, a)| *sum += weight * a);
            }
            sum
        };
        let (x, v) = ([0.1, 0.2], [0.05, -0.3]);
        for term in terms {
            let law = Law::new(Vec::new(), Vec::new(), Direction::Difference).unwrap();
            let law = law.with_one_body(vec![(term, 1.5)]).unwrap();
            for (order, unit) in
                [(Order::First, length / time), (Order::Second, length / time / time)]
            {
                let in_new = law.rescaled(order, length, time).unwrap();
                let (far, fast) = (x.map(|x| x * length), v.map(|v| v * length / time));
                let found = motion(&in_new, far, fast, length);
                for (found, expected) in found.iter().zip(motion(&law, x, v, 1.0)) {
                    let expected = expected * unit;
                    let error = (found - expected).abs();
                    assert!(error < 1e-9 * expected.abs().max(1.0), "{term}: {found} {expected}");
                }
            }
        }
    }
}
