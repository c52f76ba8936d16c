//! Signs that the forces must have, as linear constraints on the weights.

use faer::Mat;
use pairlaw_law::{Force, Term};

/// Radii of the sign constraints, length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignRadii {
    /// r_nf: attraction–repulsion repels below it.
    pub near_field: f64,
    /// r_ff: attraction–repulsion attracts or vanishes beyond it.
    pub far_field: f64,
    /// r_max: the largest distance observed.
    pub largest: f64,
}

/// The paper's constraints `C w ≤ 0`, a row a constraint:
///
/// ```text
/// −f_a-r(r, θ) ≤ 0   at 5 radii in [10⁻⁶, r_nf] and 5 angles in [0, π]
///  f_a-r(r, θ) ≤ 0   at 10 radii in [r_ff, r_max] and the same angles
///  w_k ≤ 0           for every term of alignment and drag
/// ```
///
/// The last line makes alignment and drag non-positive where their terms are non-negative, as in
/// the paper's basis. Without distances beyond r_ff there is no second line.
///
/// # Source
/// Messenger et al. (2022), appendix C.
#[must_use]
pub fn sign_constraints(basis: &[Term], radii: &SignRadii) -> Mat<f64> {
    let near = grid(5, 1e-6, radii.near_field).map(|r| (r, -1.0));
    let far = grid(10, radii.far_field, radii.largest).map(|r| (r, 1.0));
    let radial = near.chain(far.filter(|_| radii.largest > radii.far_field));
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (r, sign) in radial {
        for angle in grid(5, 0.0, std::f64::consts::PI) {
            let entry = |term: &Term| match term.force {
                Force::AttractionRepulsion => sign * term.value(r, angle.cos()),
                Force::Alignment | Force::Drag => 0.0,
            };
            rows.push(basis.iter().map(entry).collect());
        }
    }
    for (k, _) in basis.iter().enumerate().filter(|(_, t)| t.force != Force::AttractionRepulsion) {
        rows.push((0..basis.len()).map(|j| f64::from(u8::from(j == k))).collect());
    }
    Mat::from_fn(rows.len(), basis.len(), |i, j| rows[i][j])
}

/// `n` equally spaced numbers from `low` to `high`.
fn grid(n: u32, low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..n).map(move |k| low + (high - low) * f64::from(k) / f64::from(n - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{PAPER_SCALE, paper_basis};

    #[test]
    fn all_four_blocks_are_there_with_their_signs() {
        let basis = paper_basis(PAPER_SCALE);
        let radii = SignRadii { near_field: 0.05, far_field: 1.0, largest: 2.5 };
        let c = sign_constraints(&basis, &radii);
        assert_eq!((c.nrows(), c.ncols()), (25 + 50 + 34, 88));
        // First radius, θ = 0: −f at r = 10⁻⁶, where every Laguerre function is close to 1.
        assert!((c[(0, 0)] + 1.0).abs() < 1e-3 && c[(0, 60)].abs() < 1e-300);
        // Last far row is r_max at θ = π: cos π = −1 for the dipole.
        let value = basis[18].value(2.5, -1.0);
        assert!((c[(74, 18)] - value).abs() < 1e-300 && value < 0.0);
        assert!((c[(75, 54)] - 1.0).abs() < 1e-300 && (c[(108, 87)] - 1.0).abs() < 1e-300);
        let near_only = SignRadii { largest: 0.9, ..radii };
        assert_eq!(sign_constraints(&basis, &near_only).nrows(), 25 + 34);
    }
}
