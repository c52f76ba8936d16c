//! External potentials of second degree.

/// A potential that acts on every particle alike:
///
/// ```text
/// V(x) = Σ_d (slope_d x_d + ½ stiffness_d x_d²),    dX = −∇V dt + …
/// ```
///
/// Its default is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExternalPotential<const D: usize> {
    /// Constant part of ∇V, length/time.
    pub slope: [f64; D],
    /// ∂∇V/∂x along each axis, 1/time; positive confines.
    pub stiffness: [f64; D],
}

impl<const D: usize> ExternalPotential<D> {
    /// V(x), length²/time.
    #[must_use]
    pub fn value(&self, x: [f64; D]) -> f64 {
        (0..D).map(|d| x[d] * (self.slope[d] + 0.5 * self.stiffness[d] * x[d])).sum()
    }

    /// `∂V/∂x_axis` where that coordinate is `x`, length/time.
    #[must_use]
    pub fn gradient(&self, axis: usize, x: f64) -> f64 {
        self.slope[axis] + self.stiffness[axis] * x
    }
}

impl<const D: usize> Default for ExternalPotential<D> {
    fn default() -> Self {
        Self { slope: [0.0; D], stiffness: [0.0; D] }
    }
}

#[cfg(test)]
mod tests {
    use super::ExternalPotential;

    #[test]
    fn the_gradient_is_the_potentials() {
        let potential = ExternalPotential { slope: [0.5, -1.0], stiffness: [2.0, 4.0] };
        let (x, h) = ([0.3, -0.7], 1e-6);
        // .5·.3 + .3² + .7 + 2·.49
        assert!((potential.value(x) - 1.92).abs() < 1e-15);
        for axis in 0..2 {
            let at = |step: f64| {
                let mut x = x;
                x[axis] += step;
                potential.value(x)
            };
            let slope = (at(h) - at(-h)) / (2.0 * h);
            assert!((slope - potential.gradient(axis, x[axis])).abs() < 1e-8); // rounding eps/h
        }
    }
}
