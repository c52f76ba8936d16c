//! Angular modes: how a term depends on the angle between the focal velocity and the neighbour.
//!
//! Only `cos θ` is ever needed, because cosines of multiples follow from Chebyshev's recurrence
//! `cos nθ = 2 cos θ cos (n−1)θ − cos (n−2)θ`. The same code therefore serves two and three
//! dimensions, and no trigonometric function is called.

/// Number of cosines `cos nθ`, n = 0, 1, 2, that angular modes are made of: monopole, dipole,
/// quadrupole.
pub const HARMONICS: usize = 3;

/// An angular mode with the harmonic `n <` [`HARMONICS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Angular {
    /// `cos nθ`.
    Cosine(u8),
    /// `1 + cos nθ`; never negative, which makes sign constraints simple. For n = 0 it is 2.
    OnePlusCosine(u8),
}

impl Angular {
    /// The harmonic n.
    #[must_use]
    pub fn harmonic(self) -> usize {
        match self {
            Self::Cosine(n) | Self::OnePlusCosine(n) => usize::from(n),
        }
    }

    /// Value at the cosine `cos θ`.
    #[must_use]
    pub fn value(self, cos_angle: f64) -> f64 {
        let cosine = chebyshev(self.harmonic(), cos_angle);
        match self {
            Self::Cosine(_) => cosine,
            Self::OnePlusCosine(_) => 1.0 + cosine,
        }
    }

    /// Coefficients of `cos 0θ, cos 1θ, …` that add up to this mode.
    ///
    /// # Panics
    /// If the harmonic is not below [`HARMONICS`].
    #[must_use]
    pub fn cosines(self) -> [f64; HARMONICS] {
        let mut coefficients = [0.0; HARMONICS];
        coefficients[self.harmonic()] = 1.0;
        if matches!(self, Self::OnePlusCosine(_)) {
            coefficients[0] += 1.0;
        }
        coefficients
    }

    /// The formula in words.
    #[must_use]
    pub fn formula(self) -> String {
        match self {
            Self::Cosine(0) => "1".to_owned(),
            Self::Cosine(1) => "cos(θ)".to_owned(),
            Self::Cosine(n) => format!("cos({n}θ)"),
            Self::OnePlusCosine(0) => "2".to_owned(),
            Self::OnePlusCosine(1) => "(1+cos(θ))".to_owned(),
            Self::OnePlusCosine(n) => format!("(1+cos({n}θ))"),
        }
    }
}

/// `cos nθ` from `c = cos θ`: the Chebyshev polynomial `T_n(c)`.
#[must_use]
pub fn chebyshev(n: usize, c: f64) -> f64 {
    let (mut current, mut next) = (1.0, c);
    for _ in 0..n {
        (current, next) = (next, 2.0 * c * next - current);
    }
    current
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;

    #[test]
    fn chebyshev_is_the_cosine_of_the_multiple() {
        for n in 0..6 {
            for theta in [0.0, 0.4, 1.2, 2.0, 3.1] {
                let expected = (n as f64 * theta).cos();
                assert!((chebyshev(n, f64::cos(theta)) - expected).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn cosines_add_up_to_the_mode() {
        let c = 0.37;
        for mode in (0..3).flat_map(|n| [Angular::Cosine(n), Angular::OnePlusCosine(n)]) {
            let sum: f64 = (0..).zip(mode.cosines()).map(|(n, a)| a * chebyshev(n, c)).sum();
            assert!((sum - mode.value(c)).abs() < 1e-15, "{mode:?}");
        }
        assert_eq!(Angular::OnePlusCosine(0).cosines(), [2.0, 0.0, 0.0]);
    }
}
