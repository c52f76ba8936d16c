//! Upper triangular systems: substitution, and the QR of some columns of a triangle.

use crate::columns::{Columns, LANES, add_scaled, dot, norm, zeros};

/// Solves `R x = y` in place for the leading `n` columns of an upper triangle.
#[inline(always)]
pub(crate) fn solve(r: &Columns, n: usize, y: &mut [f64]) {
    for p in (0..n).rev() {
        let column = r.col(p);
        let x = y[p] / column[p];
        let end = (p + 1).next_multiple_of(LANES);
        add_scaled(&mut y[..end], -x, &column[..end]);
        y[p] = x;
    }
}

/// Solves `Rᵀ x = y` for the leading `n` columns of an upper triangle; `x` starts as zeros.
#[inline(always)]
pub(crate) fn solve_transposed(r: &Columns, n: usize, y: &[f64], x: &mut [f64]) {
    let first = y[..n].iter().position(|&y| y != 0.0).unwrap_or(n);
    let start = first / LANES * LANES;
    for p in first..n {
        let end = (p + 1).next_multiple_of(LANES);
        let column = r.col(p);
        // The entries of x from p on are still zero.
        x[p] = (y[p] - dot(&column[start..end], &x[start..end])) / column[p];
    }
}

/// Householder QR of the chosen columns of an upper triangle, applied to `c` as well.
///
/// Column `p` of the choice has non-zeros down to row `columns[p] ≥ p` only, so that its
/// reflection is as short as the number of columns left out before it.
#[inline(always)]
pub(crate) fn restrict(r: &Columns, c: &[f64], n: usize, columns: &[usize]) -> (Columns, Vec<f64>) {
    let k = columns.len();
    let mut work = Columns::zeros(n, k + 1);
    for (p, &column) in columns.iter().enumerate() {
        work.col_mut(p).copy_from_slice(r.col(column));
    }
    work.col_mut(k).copy_from_slice(c);
    let mut reflector = zeros(n);
    for (p, &column) in columns.iter().enumerate() {
        reflect(&mut work, &mut reflector, p, column, k);
    }
    let mut triangle = Columns::zeros(k, k);
    for p in 0..k {
        triangle.col_mut(p)[..=p].copy_from_slice(&work.col(p)[..=p]);
    }
    let mut inside = zeros(k);
    inside[..k].copy_from_slice(&work.col(k)[..k]);
    (triangle, inside)
}

/// Maps rows `p..=last` of column `p` onto row `p`, and all later columns with it.
#[inline(always)]
fn reflect(work: &mut Columns, reflector: &mut [f64], p: usize, last: usize, k: usize) {
    let rows = p / LANES * LANES..(last + 1).next_multiple_of(LANES).min(reflector.len());
    let v = &mut reflector[rows.clone()];
    v.copy_from_slice(&work.col(p)[rows.clone()]);
    let head = p - rows.start;
    v[..head].fill(0.0);
    let length = norm(v);
    if last == p || length == 0.0 {
        return;
    }
    let diagonal = -length.copysign(v[head]);
    v[head] -= diagonal;
    // |v|² = 2 length (length + |head|), so that H = 1 - v vᵀ / (length |v_head|).
    let scale = -1.0 / (length * v[head].abs());
    for q in p + 1..=k {
        let target = &mut work.col_mut(q)[rows.clone()];
        add_scaled(target, scale * dot(v, target), v);
    }
    work.col_mut(p)[p] = diagonal;
}

/// `R⁻ᵀ` times each of the first `m` of `rows`, made unit, with the norms before.
#[inline(always)]
pub(crate) fn unit_rays(r: &Columns, k: usize, rows: &Columns, m: usize) -> (Columns, Vec<f64>) {
    let mut rays = Columns::zeros(k, m);
    let mut norms = vec![0.0; m];
    for (i, length) in norms.iter_mut().enumerate() {
        let ray = rays.col_mut(i);
        solve_transposed(r, k, rows.col(i), ray);
        *length = norm(ray);
        for entry in ray {
            *entry /= *length;
        }
    }
    (rays, norms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle() -> Columns {
        Columns::from_fn(12, 12, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Less => ((i * 7 + j * 3) % 5) as f64 - 2.0,
            std::cmp::Ordering::Equal => 3.0 + i as f64,
            std::cmp::Ordering::Greater => 0.0,
        })
    }

    #[test]
    fn substitution_inverts_the_product() {
        let r = triangle();
        let x: Vec<f64> = (0..12).map(|i| 1.0 - 0.2 * f64::from(i)).collect();
        let (mut y, mut transposed) = (zeros(12), zeros(12));
        for j in 0..12 {
            add_scaled(&mut y, x[j], r.col(j));
            transposed[j] = (0..12).map(|i| r.col(j)[i] * x[i]).sum();
        }
        solve(&r, 12, &mut y);
        let mut z = zeros(12);
        solve_transposed(&r, 12, &transposed, &mut z);
        // Rounding: a well-conditioned triangle of order 12.
        assert!((0..12).all(|i| (y[i] - x[i]).abs() < 1e-13 && (z[i] - x[i]).abs() < 1e-13));
    }

    #[test]
    fn restriction_keeps_gram_matrix_and_products() {
        let r = triangle();
        let c: Vec<f64> = (0..12).map(|i| f64::from(i % 4) - 1.5).collect();
        let columns = [0, 1, 4, 5, 9, 11];
        let mut padded = zeros(12);
        padded[..12].copy_from_slice(&c);
        let (s, inside) = restrict(&r, &padded, 12, &columns);
        for (p, &i) in columns.iter().enumerate() {
            for (q, &j) in columns.iter().enumerate() {
                // Rounding: sums of 12 products of size 100.
                assert!((dot(s.col(p), s.col(q)) - dot(r.col(i), r.col(j))).abs() < 1e-11);
            }
            assert!((dot(s.col(p), &inside) - dot(r.col(i), &padded)).abs() < 1e-11);
        }
    }
}
