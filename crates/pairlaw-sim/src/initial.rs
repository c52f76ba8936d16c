//! Initial positions and velocities.

use pairlaw_data::Xoshiro256PlusPlus;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

/// `n` positions in the box `[−side_d/2, side_d/2]`, by Latin hypercube sampling: along each axis
/// every one of `n` equal cells holds exactly one.
///
/// # Source
/// McKay, Beckman, Conover, Technometrics 21 (1979).
#[must_use]
pub fn latin_hypercube<const D: usize>(
    n: usize,
    sides: [f64; D],
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<[f64; D]> {
    let mut positions = vec![[0.0; D]; n];
    let mut cells: Vec<usize> = (0..n).collect();
    for d in 0..D {
        cells.shuffle(rng);
        for (position, &cell) in positions.iter_mut().zip(&cells) {
            let offset: f64 = rng.random();
            position[d] = sides[d] * ((cell as f64 + offset) / n as f64 - 0.5);
        }
    }
    positions
}

/// `n` velocities `m + F z` with standard normal z: mean `m` and covariance `F Fᵀ`.
#[must_use]
pub fn gaussian_velocities<const D: usize>(
    n: usize,
    mean: [f64; D],
    factor: [[f64; D]; D],
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<[f64; D]> {
    let mut velocity = |_| {
        let z: [f64; D] = std::array::from_fn(|_| StandardNormal.sample(rng));
        std::array::from_fn(|d| mean[d] + (0..D).map(|e| factor[d][e] * z[e]).sum::<f64>())
    };
    (0..n).map(&mut velocity).collect()
}

/// One group of a mixture of isotropic normal laws, with `share` of the particles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian<const D: usize> {
    /// Probability of the group, relative to the sum over all groups.
    pub share: f64,
    /// Mean, length.
    pub mean: [f64; D],
    /// Variance along each axis, length².
    pub variance: f64,
}

/// `n` independent positions, an array an axis, of the density
///
/// ```text
/// Σ_g share_g N(x; mean_g, variance_g I) / Σ_g share_g
/// ```
///
/// # Panics
///
/// If there is no group.
#[must_use]
pub fn gaussian_mixture<const D: usize>(
    n: usize,
    groups: &[Gaussian<D>],
    rng: &mut Xoshiro256PlusPlus,
) -> [Vec<f64>; D] {
    let (last, before) = groups.split_last().expect("a mixture has at least one group");
    let total: f64 = groups.iter().map(|group| group.share).sum();
    columns(n, || {
        let mut level = total * rng.random::<f64>();
        let chosen = before.iter().find(|group| {
            level -= group.share;
            level < 0.0
        });
        let Gaussian { mean, variance, .. } = chosen.unwrap_or(last);
        mean.map(|mean| {
            let z: f64 = StandardNormal.sample(rng);
            mean + variance.sqrt() * z
        })
    })
}

/// `n` independent positions, an array an axis, uniform in the box `[lower, upper]`.
#[must_use]
pub fn uniform_box<const D: usize>(
    n: usize,
    lower: [f64; D],
    upper: [f64; D],
    rng: &mut Xoshiro256PlusPlus,
) -> [Vec<f64>; D] {
    columns(n, || std::array::from_fn(|d| lower[d] + (upper[d] - lower[d]) * rng.random::<f64>()))
}

/// `n` independent positions in the plane around 0, of a density proportional to
///
/// ```text
/// e^{−(|x| − radius)²/(2 variance)}
/// ```
///
/// by rejection: the radius has the density `r e^{−(r − radius)²/(2 variance)}`. Tails beyond eight
/// standard deviations, of probability below 1e-14, are cut off.
#[must_use]
pub fn ring(n: usize, radius: f64, variance: f64, rng: &mut Xoshiro256PlusPlus) -> [Vec<f64>; 2] {
    let deviation = variance.sqrt();
    let most = radius + 8.0 * deviation;
    columns(n, || {
        let r = loop {
            let z: f64 = StandardNormal.sample(rng);
            let r = radius + deviation * z;
            if r <= most && r > most * rng.random::<f64>() {
                break r;
            }
        };
        let (sine, cosine) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
        [r * cosine, r * sine]
    })
}

/// `n` draws as an array an axis.
fn columns<const D: usize>(n: usize, mut draw: impl FnMut() -> [f64; D]) -> [Vec<f64>; D] {
    let mut columns = std::array::from_fn(|_| Vec::with_capacity(n));
    for _ in 0..n {
        for (column, x) in columns.iter_mut().zip(draw()) {
            column.push(x);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::Streams;

    #[test]
    fn every_cell_of_every_axis_holds_one() {
        let mut rng = Streams::new(3).next().unwrap();
        let positions = latin_hypercube::<2>(50, [2.0, 6.0], &mut rng);
        for (d, side) in [2.0, 6.0].into_iter().enumerate() {
            let mut cells: Vec<i64> =
                positions.iter().map(|x| ((x[d] / side + 0.5) * 50.0).floor() as i64).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..50).collect::<Vec<i64>>());
        }
    }

    fn moment(x: &[f64], of: impl Fn(f64) -> f64) -> f64 {
        x.iter().map(|x| of(*x)).sum::<f64>() / x.len() as f64
    }

    #[test]
    fn positions_have_the_stated_laws() {
        let mut rng = Streams::new(5).next().unwrap();
        let n = 40_000;
        let groups = [
            Gaussian { share: 3.0, mean: [1.0, 0.0], variance: 0.25 },
            Gaussian { share: 1.0, mean: [-1.0, 2.0], variance: 1.0 },
        ];
        let [x, y] = gaussian_mixture(n, &groups, &mut rng);
        // Statistical: 5 standard errors. Mean and second moment along each axis:
        // ¾·1 − ¼ = .5, ¾·1.25 + ¼·2 = 1.4375; ¼·2 = .5, ¾·.25 + ¼·5 = 1.4375.
        for x in [&x, &y] {
            assert!((moment(x, |x| x) - 0.5).abs() < 5.0 * 1.1 / 200.0);
            assert!((moment(x, |x| x * x) - 1.4375).abs() < 5.0 * 2.4 / 200.0);
        }
        let [x] = uniform_box(n, [-1.0], [3.0], &mut rng);
        assert!(x.iter().all(|x| (-1.0..3.0).contains(x)));
        assert!((moment(&x, |x| x) - 1.0).abs() < 5.0 * 1.16 / 200.0);
        assert!((moment(&x, |x| (x - 1.0).powi(2)) - 4.0 / 3.0).abs() < 5.0 * 1.2 / 200.0);
        // E r = (R² + v)/R and E r² = R² + 3v while the cut at r = 0 does not matter.
        let [x, y] = ring(n, 1.0, 0.01, &mut rng);
        let r: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).collect();
        assert!((moment(&r, |r| r) - 1.01).abs() < 5.0 * 0.1 / 200.0);
        assert!((moment(&r, |r| r * r) - 1.03).abs() < 5.0 * 0.21 / 200.0);
        assert!(moment(&x, |x| x).abs() < 5.0 * 0.72 / 200.0);
        assert!((moment(&y, |y| y * y) - 0.515).abs() < 5.0 * 0.38 / 200.0);
    }

    #[test]
    fn velocities_have_the_stated_mean_and_covariance() {
        let mut rng = Streams::new(4).next().unwrap();
        let n = 40_000;
        let v = gaussian_velocities(n, [1.0, -2.0], [[2.0, 0.0], [1.0, 0.5]], &mut rng);
        let mean = |f: &dyn Fn(&[f64; 2]) -> f64| v.iter().map(f).sum::<f64>() / n as f64;
        // Statistical: 5 standard errors of the mean, at most 5·6/√40000 for the products.
        assert!((mean(&|v| v[0]) - 1.0).abs() < 5.0 * 2.0 / 200.0);
        assert!((mean(&|v| v[1]) + 2.0).abs() < 5.0 * 1.2 / 200.0);
        assert!((mean(&|v| (v[0] - 1.0).powi(2)) - 4.0).abs() < 5.0 * 5.7 / 200.0);
        assert!((mean(&|v| (v[0] - 1.0) * (v[1] + 2.0)) - 2.0).abs() < 5.0 * 3.1 / 200.0);
    }
}
