//! Averages over the particles of one snapshot: all that the weak form needs of it.

use super::test_space::{ORDER, TestSpace};
use crate::BSplines;

/// Powers of an offset in the product of two splines.
const POWERS: usize = 2 * ORDER - 1;

/// Averages over the particles.
///
/// `tests` has `n_fields + 2` numbers a test function g: ⟨μ, ∇g·V⟩ for every vector field V, then
/// ⟨μ, g⟩ and ⟨μ, Δg⟩. `powers` has `POWERS^D` moments `⟨μ, Π_d s_d^{j_d}⟩` a cell, s the offset
/// from its centre: products of splines are polynomials there, and so the covariance of any two test
/// functions follows exactly from them, at a tenth of the cost of a sum over the particles.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pub(crate) tests: Vec<f64>,
    pub(crate) powers: Vec<f64>,
}

/// Moments of one snapshot, where `fields[field][axis][particle]` are the vector fields.
pub(crate) fn moments<const D: usize>(
    space: &TestSpace<D>,
    positions: [&[f64]; D],
    fields: &[[Vec<f64>; D]],
) -> Moments {
    let n_fields = fields.len();
    let mut tests = vec![0.0; space.n_functions() * (n_fields + 2)];
    let per_cell = POWERS.pow(D as u32);
    let mut powers = vec![0.0; space.n_cells() * per_cell];
    let mut vectors = vec![[0.0; D]; n_fields];
    for i in 0..positions[0].len() {
        for (vector, field) in vectors.iter_mut().zip(fields) {
            *vector = std::array::from_fn(|d| field[d][i]);
        }
        let splines = space.splines(std::array::from_fn(|d| positions[d][i]));
        for test in space.functions(&splines) {
            let row = &mut tests[test.index * (n_fields + 2)..][..n_fields + 2];
            let (along, own) = row.split_at_mut(n_fields);
            for (sum, vector) in along.iter_mut().zip(&vectors) {
                *sum += test.gradient.iter().zip(vector).map(|(g, v)| g * v).sum::<f64>();
            }
            own[0] += test.value;
            own[1] += test.laplacian;
        }
        let cell = space.cell(&splines);
        let offsets = splines.map(|axis| all_powers(axis.offset));
        add_products(&mut powers[cell * per_cell..][..per_cell], &offsets, 1.0);
    }
    let share = 1.0 / positions[0].len() as f64;
    tests.iter_mut().chain(&mut powers).for_each(|sum| *sum *= share);
    Moments { tests, powers }
}

fn all_powers(s: f64) -> [f64; POWERS] {
    let mut powers = [1.0; POWERS];
    for j in 1..POWERS {
        powers[j] = powers[j - 1] * s;
    }
    powers
}

/// Adds `factor Π_d powers[d][j_d]` to the entry of every (j_1, …, j_D).
fn add_products(sums: &mut [f64], powers: &[[f64; POWERS]], factor: f64) {
    match powers {
        [] => sums[0] += factor,
        [last] => sums.iter_mut().zip(last).for_each(|(sum, power)| *sum += factor * power),
        [first, rest @ ..] => {
            let parts = sums.chunks_exact_mut(POWERS.pow(rest.len() as u32));
            parts.zip(first).for_each(|(part, power)| add_products(part, rest, factor * power));
        }
    }
}

/// Calls `add(m, m', ⟨μ, ∇g_m·∇g_m'⟩)` with the share of each cell, for all m and m' that meet there.
pub(crate) fn gradient_products<const D: usize>(
    space: &TestSpace<D>,
    powers: &[f64],
    mut add: impl FnMut(usize, usize, f64),
) {
    let products = space.axes.each_ref().map(BSplines::products);
    let pairs = space.pairs();
    for (cell, powers) in powers.chunks_exact(POWERS.pow(D as u32)).enumerate() {
        if powers[0] == 0.0 {
            continue;
        }
        let first = space.first_in_cell(cell);
        for along in 0..D {
            let factors: [_; D] =
                std::array::from_fn(|d| products[d][usize::from(d == along)].as_slice());
            for ([i, j], sum) in pairs.iter().zip(contract(powers, &factors)) {
                add(first + i, first + j, sum);
            }
        }
    }
}

/// `Σ_j powers[j_1, …, j_D] Π_d factors[d][pair_d][j_d]` for all pairs, the last axis fastest.
fn contract(powers: &[f64], factors: &[&[Vec<f64>]]) -> Vec<f64> {
    let [first, rest @ ..] = factors else { return powers.to_vec() };
    let parts = powers.chunks_exact(powers.len() / POWERS);
    let parts: Vec<Vec<f64>> = parts.map(|part| contract(part, rest)).collect();
    let mut sums = vec![0.0; first.len() * parts[0].len()];
    for (sums, polynomial) in sums.chunks_exact_mut(parts[0].len()).zip(*first) {
        for (part, coefficient) in parts.iter().zip(polynomial) {
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += coefficient * part);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the sums over particles; rounding.
    #[test]
    fn moments_by_definition() {
        let space = TestSpace::new([-1.0, 0.0], [1.0, 3.0], [8, 9]);
        let n = 40;
        let even = |by: f64| (0..n).map(move |i| (f64::from(i) * by).fract());
        let x: Vec<f64> = even(0.618_034).map(|u| 2.0 * u - 1.0).collect();
        let y: Vec<f64> = even(0.414_214).map(|u| 3.0 * u).collect();
        let field = [y.clone(), x.iter().map(|x| x * x).collect::<Vec<_>>()];
        let found = moments(&space, [&x, &y], std::slice::from_ref(&field));
        let size = space.n_functions();
        let mut tests = vec![0.0; 3 * size];
        let mut products = vec![0.0; size * size];
        for i in 0..n as usize {
            let functions: Vec<_> = space.functions(&space.splines([x[i], y[i]])).collect();
            for f in &functions {
                let along = f.gradient[0] * field[0][i] + f.gradient[1] * field[1][i];
                for (c, value) in [along, f.value, f.laplacian].into_iter().enumerate() {
                    tests[3 * f.index + c] += value / f64::from(n);
                }
                for g in &functions {
                    let dot = f.gradient[0] * g.gradient[0] + f.gradient[1] * g.gradient[1];
                    products[f.index * size + g.index] += dot / f64::from(n);
                }
            }
        }
        assert!(found.tests.iter().zip(&tests).all(|(f, e)| (f - e).abs() < 1e-13));
        gradient_products(&space, &found.powers, |i, j, sum| products[i * size + j] -= sum);
        assert!(products.iter().all(|difference| difference.abs() < 1e-13));
    }
}
