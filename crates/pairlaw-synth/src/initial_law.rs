//! Initial laws of many particles: samples and densities of the same formula.

use pairlaw_data::{Grid, Xoshiro256PlusPlus};
use pairlaw_sim::{Gaussian, gaussian_mixture, ring, uniform_box};

/// The law of the independent initial positions of many particles, in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub enum InitialLaw<const D: usize> {
    /// A mixture of Gaussians.
    Gaussians(Vec<Gaussian<D>>),
    /// Uniform in the box between two corners.
    Uniform {
        /// Lower corner.
        lower: [f64; D],
        /// Upper corner.
        upper: [f64; D],
    },
    /// Proportional to `exp(−(|x| − radius)²/(2 variance))`, in the plane.
    Ring {
        /// Radius, length.
        radius: f64,
        /// Square of its width, length².
        variance: f64,
    },
}

impl<const D: usize> InitialLaw<D> {
    /// `n` independent positions, one array an axis.
    ///
    /// # Panics
    ///
    /// For a ring in another dimension than 2, or an empty mixture.
    #[must_use]
    pub fn sample(&self, n: usize, rng: &mut Xoshiro256PlusPlus) -> [Vec<f64>; D] {
        match self {
            Self::Gaussians(groups) => gaussian_mixture(n, groups, rng),
            Self::Uniform { lower, upper } => uniform_box(n, *lower, *upper, rng),
            Self::Ring { radius, variance } => {
                let axes = Vec::from(ring(n, *radius, *variance, rng));
                axes.try_into().unwrap_or_else(|_| panic!("a ring in {D} dimensions, not 2"))
            }
        }
    }

    /// The density at a point, up to the factor that makes its integral 1.
    #[must_use]
    pub fn density(&self, x: [f64; D]) -> f64 {
        match self {
            Self::Gaussians(groups) => {
                let group = |group: &Gaussian<D>| {
                    let square: f64 = x.iter().zip(group.mean).map(|(x, m)| (x - m).powi(2)).sum();
                    let height = group.share / group.variance.sqrt().powi(D as i32);
                    height * (-0.5 * square / group.variance).exp()
                };
                groups.iter().map(group).sum()
            }
            Self::Uniform { lower, upper } => {
                let inside = (0..D).all(|d| lower[d] <= x[d] && x[d] <= upper[d]);
                f64::from(u8::from(inside))
            }
            Self::Ring { radius, variance } => {
                let distance = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                (-0.5 * (distance - radius).powi(2) / variance).exp()
            }
        }
    }

    /// Averages over the cells of a grid, of mass 1, by Gauss–Legendre quadrature with four points
    /// an axis. What lies outside the grid is left out.
    #[must_use]
    pub fn cell_averages(&self, grid: &Grid<D>) -> Vec<f64> {
        let h = grid.spacing();
        let mut averages = grid.sample(|centre| {
            let points = 4usize.pow(D as u32);
            let value = |point: usize| {
                let node = |d: usize| GAUSS[point / 4usize.pow(d as u32) % 4];
                let x = std::array::from_fn(|d| centre[d] + 0.5 * h[d] * node(d).0);
                (0..D).map(|d| node(d).1).product::<f64>() * self.density(x)
            };
            (0..points).map(value).sum()
        });
        let mass = averages.iter().sum::<f64>() * grid.cell_volume();
        averages.iter_mut().for_each(|u| *u /= mass);
        averages
    }
}

/// Nodes in [−1, 1] and weights of sum 1.
const GAUSS: [(f64, f64); 4] = [
    (-0.861_136_311_594_052_6, 0.173_927_422_568_726_93),
    (-0.339_981_043_584_856_26, 0.326_072_577_431_273_07),
    (0.339_981_043_584_856_26, 0.326_072_577_431_273_07),
    (0.861_136_311_594_052_6, 0.173_927_422_568_726_93),
];

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::Streams;

    /// Moments of samples are those of the cell averages, within five standard errors.
    fn check(law: &InitialLaw<2>) {
        let grid = Grid::new([-5.0; 2], [5.0; 2], [200; 2]).unwrap();
        let averages = law.cell_averages(&grid);
        let n = 40_000;
        let [x, y] = law.sample(n, &mut Streams::new(2).next().unwrap());
        let functions: [fn(f64, f64) -> f64; 4] =
            [|x, _| x, |x, y| x * x + y * y, |x, y| (x * x + y * y).sqrt(), |x, y| x.abs() * y];
        let volume = grid.cell_volume();
        for f in functions {
            let values = grid.sample(|[x, y]| f(x, y));
            let mean = |power: i32| -> f64 {
                values.iter().zip(&averages).map(|(f, u)| f.powi(power) * u).sum::<f64>() * volume
            };
            let found = x.iter().zip(&y).map(|(x, y)| f(*x, *y)).sum::<f64>() / n as f64;
            let error = ((mean(2) - mean(1).powi(2)) / n as f64).sqrt();
            assert!((found - mean(1)).abs() < 5.0 * error, "{law:?}: {found} {}", mean(1));
        }
    }

    #[test]
    fn samples_follow_the_density() {
        let gaussian = |x, y, variance| Gaussian { share: 1.0 + x, mean: [x, y], variance };
        check(&InitialLaw::Gaussians(vec![gaussian(1.0, 0.5, 0.1), gaussian(-0.5, 0.0, 0.4)]));
        check(&InitialLaw::Uniform { lower: [-1.0, 0.0], upper: [1.0, 2.0] });
        check(&InitialLaw::Ring { radius: 1.0, variance: 0.25 });
    }

    #[test]
    fn cell_averages_have_mass_one() {
        let grid = Grid::new([-6.0], [6.0], [37]).unwrap();
        let law = InitialLaw::Gaussians(vec![Gaussian { share: 1.0, mean: [1.0], variance: 0.25 }]);
        let averages = law.cell_averages(&grid);
        assert!((averages.iter().sum::<f64>() * grid.cell_volume() - 1.0).abs() < 1e-14);
        // Φ(1) − Φ(−1) from three cells of 12/37 would not be enough: compare one cell by erf.
        // Cell 21 is [.8108, 1.1351]: (Φ(.2703) − Φ(−.3784))/h = (.606526 − .352566)/.324324.
        assert!((averages[21] - 0.783_0).abs() < 5e-4, "{}", averages[21]);
    }
}
