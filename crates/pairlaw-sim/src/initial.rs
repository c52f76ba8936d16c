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
