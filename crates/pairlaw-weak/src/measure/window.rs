//! The rows of one window: test functions against the motion between its two ends.

use faer::Mat;

use super::moments::{Moments, gradient_products};
use super::test_space::TestSpace;
use super::time_integral::simpson;
use super::white_rows::white_rows;

/// A test function over fewer particles at the start of a window is left out: the covariance of its
/// row, a sum over these particles at a few times, would be a poor estimate.
pub(crate) const LEAST_PARTICLES: f64 = 5.0;

/// What all windows share.
#[derive(Clone, Debug)]
pub(crate) struct Windows<'a, const D: usize> {
    pub(crate) space: &'a TestSpace<D>,
    pub(crate) n_particles: usize,
    /// Kernels and external terms.
    pub(crate) n_fields: usize,
    /// σ², if known.
    pub(crate) diffusion: Option<f64>,
    /// The σ² that gives white rows unit variance.
    pub(crate) variance: f64,
}

impl<const D: usize> Windows<'_, D> {
    /// White rows of a window from the moments of the snapshots at `times`.
    pub(crate) fn white_rows(&self, times: &[f64], moments: &[Moments]) -> Mat<f64> {
        let (rows, covariance) = (self.rows(times, moments), self.covariance(times, moments));
        let count = |m: usize| self.n_particles as f64 * self.value(&moments[0], m);
        let informative = |m: &usize| count(*m) >= LEAST_PARTICLES && covariance[(*m, *m)] > 0.0;
        let kept: Vec<usize> = (0..rows.nrows()).filter(informative).collect();
        let n = kept.len();
        white_rows(
            &Mat::from_fn(n, rows.ncols(), |i, column| rows[(kept[i], column)]),
            &Mat::from_fn(n, n, |i, j| covariance[(kept[i], kept[j])]),
        )
    }

    /// Rows `[F | y]`, or `[F | y | Z]` if σ² is unknown, where Z is F with the integrands of the
    /// window's start.
    fn rows(&self, times: &[f64], moments: &[Moments]) -> Mat<f64> {
        let within = integral(times, moments, |moments| &moments.tests);
        let last = moments.len() - 1;
        let duration = times[last] - times[0];
        let width = self.n_fields + 2;
        let column = |tests: &[f64], m: usize, column: usize| {
            let row = &tests[m * width..][..width];
            if column < self.n_fields { -row[column] } else { 0.5 * row[width - 1] }
        };
        let instruments = self.diffusion.is_none();
        let n = self.n_fields + usize::from(instruments);
        let n_columns = if instruments { 2 * n + 1 } else { n + 1 };
        let known = self.diffusion.unwrap_or(0.0);
        Mat::from_fn(self.space.n_functions(), n_columns, |m, c| {
            if c < n {
                column(&within, m, c)
            } else if c == n {
                let change = self.value(&moments[last], m) - self.value(&moments[0], m);
                change - known * column(&within, m, self.n_fields)
            } else {
                duration * column(&moments[0].tests, m, c - n - 1)
            }
        })
    }

    /// `(σ²/N) ∫ ⟨μ, ∇g_m·∇g_m'⟩ dt`.
    fn covariance(&self, times: &[f64], moments: &[Moments]) -> Mat<f64> {
        let powers = integral(times, moments, |moments| &moments.powers);
        let n = self.space.n_functions();
        let factor = self.variance / self.n_particles as f64;
        let mut covariance = Mat::zeros(n, n);
        gradient_products(self.space, &powers, |i, j, sum| covariance[(i, j)] += factor * sum);
        covariance
    }

    /// `⟨μ, g_m⟩`.
    fn value(&self, moments: &Moments, m: usize) -> f64 {
        moments.tests[m * (self.n_fields + 2) + self.n_fields]
    }
}

/// Integrals over time of one part of the moments.
fn integral(times: &[f64], moments: &[Moments], part: fn(&Moments) -> &[f64]) -> Vec<f64> {
    let mut integral = vec![0.0; part(&moments[0]).len()];
    for (moments, weight) in moments.iter().zip(simpson(times)) {
        let values = integral.iter_mut().zip(part(moments));
        values.for_each(|(sum, value)| *sum += weight * value);
    }
    integral
}

#[cfg(test)]
mod tests {
    use super::super::moments::moments;
    use super::*;

    /// Two particles on a line under one field, V = −1 and 2, at three times.
    fn by_hand(diffusion: Option<f64>) -> (TestSpace<1>, Mat<f64>, Mat<f64>) {
        let space = TestSpace::new([0.0], [2.0], [7]);
        let positions = [[0.5, 1.5], [0.6, 1.3], [0.8, 1.1]];
        let field = [[vec![-1.0, 2.0]]];
        let moments = positions.map(|x| moments(&space, [&x], &field));
        let windows =
            Windows { space: &space, n_particles: 2, n_fields: 1, diffusion, variance: 3.0 };
        let times = [1.0, 1.1, 1.2];
        let made = (windows.rows(&times, &moments), windows.covariance(&times, &moments));
        assert_eq!(windows.white_rows(&times, &moments).nrows(), 0);
        (space, made.0, made.1)
    }

    /// The spline of index 3 at the six positions, by its definition.
    fn spline(
        space: &TestSpace<1>,
        part: fn(&crate::LocalSplines<6>) -> [f64; 6],
    ) -> [[f64; 2]; 3] {
        [[0.5, 1.5], [0.6, 1.3], [0.8, 1.1]].map(|x| {
            x.map(|x| {
                let local = space.axes[0].at(x);
                part(&local)[3 - local.cell]
            })
        })
    }

    #[test]
    fn two_particles_by_hand() {
        let (space, rows, covariance) = by_hand(Some(3.0));
        let (g, slope) = (spline(&space, |l| l.values), spline(&space, |l| l.slopes));
        let curvature = spline(&space, |l| l.curvatures);
        let simpson = |f: &dyn Fn(usize) -> f64| 0.2 / 6.0 * (f(0) + 4.0 * f(1) + f(2));
        let drift = -simpson(&|s| 0.5 * (-slope[s][0] + 2.0 * slope[s][1]));
        let spread = simpson(&|s| 0.5 * (curvature[s][0] + curvature[s][1]));
        let change = 0.5 * (g[2][0] + g[2][1] - g[0][0] - g[0][1]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} against {b}");
        assert_eq!(rows.shape(), (7, 2));
        close(rows[(3, 0)], drift);
        close(rows[(3, 1)], change - 1.5 * spread);
        let squares = simpson(&|s| 0.5 * (slope[s][0].powi(2) + slope[s][1].powi(2)));
        close(covariance[(3, 3)], 3.0 / 2.0 * squares);

        let (_, rows, _) = by_hand(None);
        assert_eq!(rows.shape(), (7, 5));
        close(rows[(3, 0)], drift);
        close(rows[(3, 1)], 0.5 * spread);
        close(rows[(3, 2)], change);
        close(rows[(3, 3)], -0.2 * 0.5 * (-slope[0][0] + 2.0 * slope[0][1]));
        close(rows[(3, 4)], 0.2 * 0.25 * (curvature[0][0] + curvature[0][1]));
    }
}
