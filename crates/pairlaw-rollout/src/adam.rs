//! Adam: gradient steps scaled by running moments of the gradient.

use pairlaw_law::simd::{Block, Element, Simd};

/// Constants of Adam.
///
/// ```text
/// m ← β₁ m + (1−β₁) g,   v ← β₂ v + (1−β₂) g²
/// θ ← θ − rate · (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
/// ```
///
/// # Source
/// Kingma, Ba (2015), <https://arxiv.org/abs/1412.6980>, whose constants are the default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// β₁.
    pub first_decay: f64,
    /// β₂.
    pub second_decay: f64,
    /// ε.
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { first_decay: 0.9, second_decay: 0.999, epsilon: 1e-8 }
    }
}

impl Adam {
    /// The step number `t`, counted from 1.
    pub(crate) fn step<T: Element>(&self, t: u64, rate: f64) -> AdamStep<T> {
        let missing = |decay: f64| 1.0 - decay.powf(t as f64);
        AdamStep {
            first: [self.first_decay, 1.0 - self.first_decay].map(T::nearest),
            second: [self.second_decay, 1.0 - self.second_decay].map(T::nearest),
            rate: T::nearest(rate / missing(self.first_decay)),
            scale: T::nearest(1.0 / missing(self.second_decay).sqrt()),
            epsilon: T::nearest(self.epsilon),
        }
    }
}

/// One step of [`Adam`], in the precision of the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep<T> {
    first: [T; 2],
    second: [T; 2],
    rate: T,
    scale: T,
    epsilon: T,
}

impl<T: Element> AdamStep<T> {
    /// Updates the moments and returns the change of the parameters.
    #[inline(always)]
    pub(crate) fn change<S: Simd<T>>(
        &self,
        s: S,
        gradient: S::V,
        first: &mut Block<T>,
        second: &mut Block<T>,
    ) -> S::V {
        let [old, new] = [s.splat(self.first[0]), s.splat(self.first[1])];
        let m = s.mul_add(old, s.load(&first.0), s.mul(new, gradient));
        let [old, new] = [s.splat(self.second[0]), s.splat(self.second[1])];
        let v = s.mul_add(old, s.load(&second.0), s.mul(s.mul(new, gradient), gradient));
        s.store(m, &mut first.0);
        s.store(v, &mut second.0);
        let root = s.mul_add(s.sqrt(v), s.splat(self.scale), s.splat(self.epsilon));
        s.neg_mul_add(s.splat(self.rate), s.div(m, root), s.splat(T::default()))
    }

    /// Updates parameters one by one.
    pub(crate) fn apply(
        &self,
        gradient: &[T],
        first: &mut [T],
        second: &mut [T],
        values: &mut [T],
    ) {
        let moments = first.iter_mut().zip(second);
        for ((value, &g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = self.first[0] * *m + self.first[1] * g;
            *v = self.second[0] * *v + self.second[1] * g * g;
            let root = T::nearest(Into::<f64>::into(*v).sqrt()) * self.scale + self.epsilon;
            let step: f64 = (self.rate * *m).into() / root.into();
            *value = *value - T::nearest(step);
        }
    }
}

/// Rate of learning over the epochs of a phase.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Rate {
    /// The same in every epoch.
    Constant(f64),
    /// `rate (1 + cos(π e/n))/2` in epoch e of n.
    Cosine(f64),
}

impl Rate {
    /// The rate in epoch `epoch` (from 0) of `n_epochs`.
    #[must_use]
    pub fn at(self, epoch: usize, n_epochs: usize) -> f64 {
        match self {
            Self::Constant(rate) => rate,
            Self::Cosine(rate) => {
                let phase = epoch as f64 / n_epochs.max(1) as f64;
                0.5 * rate * (1.0 + (std::f64::consts::PI * phase).cos())
            }
        }
    }
}
