//! Initial laws of many particles: samples and densities of the same formula.

use pairlaw_data::{Grid, Xoshiro256PlusPlus};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// The law of the independent initial positions of many particles, in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub enum InitialLaw<const D: usize> {
    /// A mixture in equal parts of Gaussians `N(mean, deviation² I)`.
    Gaussians(Vec<Gaussian<D>>),
    /// Uniform in the box between two corners.
    Uniform {
        /// Lower corner.
        lower: [f64; D],
        /// Upper corner.
        upper: [f64; D],
    },
    /// Proportional to `exp(−(|x| − radius)²/(2 deviation²))`, in the plane.
    Ring {
        /// Radius, length.
        radius: f64,
        /// Width, length.
        deviation: f64,
    },
}

/// One part of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian<const D: usize> {
    /// Its centre.
    pub mean: [f64; D],
    /// Its standard deviation along every axis.
    pub deviation: f64,
}

impl<const D: usize> InitialLaw<D> {
    /// `n` independent positions, one array an axis.
    ///
    /// # Panics
    ///
    /// For a ring in another dimension than 2, or an empty mixture.
    #[must_use]
    pub fn sample(&self, n: usize, rng: &mut Xoshiro256PlusPlus) -> [Vec<f64>; D] {
        let mut positions: [Vec<f64>; D] = std::array::from_fn(|_| Vec::with_capacity(n));
        for _ in 0..n {
            let x = self.draw(rng);
            positions.iter_mut().zip(x).for_each(|(axis, x)| axis.push(x));
        }
        positions
    }

    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> [f64; D] {
        match self {
            Self::Gaussians(parts) => {
                let Gaussian { mean, deviation } = parts[rng.random_range(0..parts.len())];
                mean.map(|mean| mean + deviation * normal(rng))
            }
            Self::Uniform { lower, upper } => std::array::from_fn(|d| {
                let share: f64 = rng.random();
                lower[d] + share * (upper[d] - lower[d])
            }),
            Self::Ring { radius, deviation } => {
                assert_eq!(D, 2, "a ring lies in the plane, not in dimension {D}");
                let distance = ring_distance(*radius, *deviation, rng);
                let angle = std::f64::consts::TAU * rng.random::<f64>();
                std::array::from_fn(|d| distance * [angle.cos(), angle.sin()][d])
            }
        }
    }

    /// The density at a point, up to the factor that makes its integral 1.
    #[must_use]
    pub fn density(&self, x: [f64; D]) -> f64 {
        match self {
            Self::Gaussians(parts) => {
                let part = |part: &Gaussian<D>| {
                    let square: f64 = x.iter().zip(part.mean).map(|(x, m)| (x - m).powi(2)).sum();
                    let variance = part.deviation.powi(2);
                    (-0.5 * square / variance).exp() / variance.sqrt().powi(D as i32)
                };
                parts.iter().map(part).sum()
            }
            Self::Uniform { lower, upper } => {
                let inside = (0..D).all(|d| lower[d] <= x[d] && x[d] <= upper[d]);
                f64::from(u8::from(inside))
            }
            Self::Ring { radius, deviation } => {
                let distance = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                (-0.5 * ((distance - radius) / deviation).powi(2)).exp()
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

fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(rng)
}

/// A distance with the density `ρ exp(−(ρ − R)²/(2s²))`, by rejection: its logarithm is at least as
/// concave as that of a Gaussian of width s at the mode, which therefore lies above it.
fn ring_distance(radius: f64, deviation: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
    let mode = 0.5 * (radius + (radius * radius + 4.0 * deviation * deviation).sqrt());
    let exponent = |rho: f64, centre: f64| -0.5 * ((rho - centre) / deviation).powi(2);
    loop {
        let rho = mode + deviation * normal(rng);
        if rho <= 0.0 {
            continue;
        }
        let log_ratio = (rho / mode).ln() + exponent(rho, radius) - exponent(mode, radius);
        if rng.random::<f64>() < (log_ratio - exponent(rho, mode)).exp() {
            return rho;
        }
    }
}

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
        let gaussian = |x, y, deviation| Gaussian { mean: [x, y], deviation };
        check(&InitialLaw::Gaussians(vec![gaussian(1.0, 0.5, 0.3), gaussian(-1.0, 0.0, 0.6)]));
        check(&InitialLaw::Uniform { lower: [-1.0, 0.0], upper: [1.0, 2.0] });
        check(&InitialLaw::Ring { radius: 1.0, deviation: 0.5 });
    }

    #[test]
    fn cell_averages_have_mass_one() {
        let grid = Grid::new([-6.0], [6.0], [37]).unwrap();
        let law = InitialLaw::Gaussians(vec![Gaussian { mean: [1.0], deviation: 0.5 }]);
        let averages = law.cell_averages(&grid);
        assert!((averages.iter().sum::<f64>() * grid.cell_volume() - 1.0).abs() < 1e-14);
        // Φ(1) − Φ(−1) from three cells of 12/37 would not be enough: compare one cell by erf.
        // Cell 21 is [.8108, 1.1351]: (Φ(.2703) − Φ(−.3784))/h = (.606526 − .352566)/.324324.
        assert!((averages[21] - 0.783_0).abs() < 5e-4, "{}", averages[21]);
    }
}
