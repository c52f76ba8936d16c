//! Polynomial kernels on a window of distances, by moments that move along with the target.

/// Degrees up to this one are summed exactly.
pub(super) const MAX_DEGREE: usize = 8;

/// `Σ_q coefficients[q] r^q` for `from < r ≤ to`, 0 elsewhere; a negative `from` includes r = 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) coefficients: [f64; MAX_DEGREE + 1],
}

impl Window {
    /// `weight r^degree` on the window.
    pub(super) fn monomial(from: f64, to: f64, degree: usize, weight: f64) -> Self {
        let mut coefficients = [0.0; MAX_DEGREE + 1];
        coefficients[degree] = weight;
        Self { from, to, coefficients }
    }

    /// Adds `Σ_{j<i} φ(x_i − x_j)` for increasing positions. `O(N)`.
    pub(super) fn add_left_sums(&self, x: &[f64], sums: &mut [f64]) {
        match self.coefficients.iter().rposition(|a| *a != 0.0) {
            None => {}
            Some(0) => self.add::<1>(x, sums),
            Some(1) => self.add::<2>(x, sums),
            Some(2) => self.add::<3>(x, sums),
            Some(3 | 4) => self.add::<5>(x, sums),
            Some(_) => self.add::<{ MAX_DEGREE + 1 }>(x, sums),
        }
    }

    /// The sums from the moments `M_q = Σ_j (x_i − x_j)^q` over the window, Q of them. All parts of
    /// a moment are positive; what leaves the window was of its size: nothing cancels.
    fn add<const Q: usize>(&self, x: &[f64], sums: &mut [f64]) {
        let mut moments = [0.0; Q];
        let (mut entered, mut left) = (0, 0);
        let mut previous = x.first().copied().unwrap_or(0.0);
        for (i, (&target, sum)) in x.iter().zip(sums).enumerate() {
            if self.from < 0.0 && i > 0 {
                moments[0] += 1.0;
                entered = i;
            }
            shift(&mut moments, target - previous);
            previous = target;
            while entered < i && target - x[entered] > self.from {
                add_powers(&mut moments, target - x[entered], 1.0);
                entered += 1;
            }
            while left < entered && target - x[left] > self.to {
                add_powers(&mut moments, target - x[left], -1.0);
                left += 1;
                if left == entered {
                    moments = [0.0; Q];
                }
            }
            for (moment, coefficient) in moments.iter().zip(&self.coefficients) {
                *sum += coefficient * moment;
            }
        }
    }
}

/// `M_q ← Σ_k C(q, k) gap^{q−k} M_k`.
#[inline(always)]
fn shift<const Q: usize>(moments: &mut [f64; Q], gap: f64) {
    for q in (1..Q).rev() {
        let (mut binomial, mut power, mut sum) = (1.0, 1.0, 0.0);
        for k in (0..q).rev() {
            binomial *= (k + 1) as f64 / (q - k) as f64;
            power *= gap;
            sum += binomial * power * moments[k];
        }
        moments[q] += sum;
    }
}

#[inline(always)]
fn add_powers<const Q: usize>(moments: &mut [f64; Q], distance: f64, sign: f64) {
    let mut power = sign;
    for moment in moments {
        *moment += power;
        power *= distance;
    }
}
