//! One-body terms of the species learner: which, among what, with what signs, and what goes together.

use crate::species::config::Sparsity;
use crate::species::error::SpeciesError;
use faer::Mat;
use pairlaw_data::Tracks;
use pairlaw_law::{Force, OneBody, Order, PAPER_SCALE, Radial, Surroundings, Term, Wall};
use pairlaw_weak::net_directions;

/// Forces on an individual alone that the learner may use; the default has none, as the paper.
///
/// | name | terms | signs |
/// | --- | --- | --- |
/// | `propulsion` | `\|v\|^ℓ v/\|v\|`, ℓ = 0..5 | ℓ = 0 pushes, ℓ ≥ 1 brakes, a preferred speed exists |
/// | `preferred` | `e_i`, `\|v\| e_i` (individual) or a constant field (species), and braking | along e_i |
/// | `field` | a constant vector | |
/// | `gradient` | a matrix times the position, from the mean position of all samples | |
/// | `walls` | `e^{−k d} n`, k = 2^ℓ α/36, ℓ = 0..4 | repel |
///
/// With braking terms (`propulsion` or `preferred`), drag that does not depend on the angle leaves the
/// basis: they are the same functions of the velocity, but do not depend on how many are present.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OneBodyConfig {
    /// Self-propulsion towards a preferred speed.
    pub propulsion: bool,
    /// Whose preferred velocity is drawn to.
    pub preferred: PreferredDirection,
    /// A constant external field.
    pub field: bool,
    /// An external field that is linear in space.
    pub gradient: bool,
    /// Walls by their two ends, length; coordinates beyond the dimension of the tracks are 0.
    pub walls: Vec<[[f64; 3]; 2]>,
}

/// Who prefers a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreferredDirection {
    /// Nobody.
    #[default]
    None,
    /// Each individual its own: that of the net displacement of its track, [`net_directions`].
    Individual,
    /// Each species one: a constant field F that friction −γ v balances at the velocity F/γ.
    Species,
}

/// Largest power of the speed in propulsion: that of the paper's drag, |v|⁴ v.
const LARGEST_EXPONENT: u8 = 5;

/// Rates of the repulsion by walls are these powers of 2, 1/length where α is the paper's.
const WALL_RATES: std::ops::RangeInclusive<i32> = 0..=4;

impl OneBodyConfig {
    /// The terms in `dimension` dimensions; `basis_scale` is α, 1/length.
    ///
    /// Of first order the law is the velocity: nothing brakes, and both propulsion and a direction that
    /// a species prefers are a constant velocity of its own.
    #[must_use]
    pub fn terms(&self, order: Order, dimension: u8, basis_scale: f64) -> Vec<OneBody> {
        let is_first = order == Order::First;
        let mut terms = Vec::new();
        if self.has_braking() && !is_first {
            let first = u8::from(!self.propulsion);
            let propulsion = |exponent| OneBody::Propulsion { exponent };
            terms.extend((first..=LARGEST_EXPONENT).map(propulsion));
        }
        if self.preferred == PreferredDirection::Individual {
            let largest = u8::from(!is_first);
            terms.extend((0..=largest).map(|exponent| OneBody::Preferred { exponent }));
        }
        let is_drift = is_first && self.propulsion;
        if self.field || is_drift || self.preferred == PreferredDirection::Species {
            terms.extend((0..dimension).map(|axis| OneBody::Field { axis }));
        }
        if self.gradient {
            let row = |axis| (0..dimension).map(move |c| OneBody::Gradient { axis, coordinate: c });
            terms.extend((0..dimension).flat_map(row));
        }
        if !self.walls.is_empty() {
            let rate = |power| 2f64.powi(power) * basis_scale / PAPER_SCALE;
            let wall = |power| OneBody::Wall { radial: Radial::Exponential { rate: rate(power) } };
            terms.extend(WALL_RATES.map(wall));
        }
        terms
    }

    /// The pair terms of a basis that remain beside these one-body terms.
    #[must_use]
    pub fn pair_terms(&self, basis: Vec<Term>) -> Vec<Term> {
        let is_twin = |term: &Term| {
            let is_isotropic = term.angular.harmonic() == 0;
            self.has_braking() && term.force == Force::Drag && is_isotropic
        };
        basis.into_iter().filter(|term| !is_twin(term)).collect()
    }

    fn has_braking(&self) -> bool {
        self.propulsion || self.preferred != PreferredDirection::None
    }

    /// The walls, the mean position of all samples as origin, and the preferred directions.
    ///
    /// # Errors
    /// [`SpeciesError::BadConfig`] if a coordinate of a wall is not finite, or not 0 beyond the
    /// dimension.
    pub fn surroundings<const D: usize>(
        &self,
        tracks: &Tracks<D>,
    ) -> Result<Surroundings<D>, SpeciesError> {
        let wall = |[from, to]: &[[f64; 3]; 2]| Ok(Wall { from: end(from)?, to: end(to)? });
        let preferred = match self.preferred {
            PreferredDirection::Individual => net_directions(tracks),
            PreferredDirection::None | PreferredDirection::Species => Vec::new(),
        };
        Ok(Surroundings {
            walls: self.walls.iter().map(wall).collect::<Result<_, SpeciesError>>()?,
            origin: if self.gradient { mean_position(tracks) } else { [0.0; D] },
            preferred,
        })
    }
}

/// One end of a wall in the dimension of the tracks.
fn end<const D: usize>(end: &[f64; 3]) -> Result<[f64; D], SpeciesError> {
    let (own, beyond) = end.split_at(D.min(3));
    let bad = own.iter().find(|x| !x.is_finite()).or(beyond.iter().find(|x| **x != 0.0));
    if let Some(&value) = bad {
        let needed = "finite, and 0 beyond the dimension of the tracks";
        return Err(SpeciesError::BadConfig { field: "one_body.walls", value, needed });
    }
    Ok(std::array::from_fn(|d| own.get(d).copied().unwrap_or(0.0)))
}

/// The mean over all samples of all individuals; 0 without samples.
fn mean_position<const D: usize>(tracks: &Tracks<D>) -> [f64; D] {
    let mut sum = [0.0; D];
    for position in tracks.segments().iter().flat_map(|segment| &segment.positions) {
        sum.iter_mut().zip(position).for_each(|(sum, x)| *sum += x);
    }
    sum.map(|sum| sum / tracks.n_samples().max(1) as f64)
}

/// Adds to the constraints `C w ≤ 0` of the pair terms those of one-body terms, whose columns follow:
///
/// ```text
/// −w ≤ 0   for propulsion with ℓ = 0, preferred directions and walls
///  w ≤ 0   for propulsion with ℓ ≥ 1
/// Σ_ℓ w_ℓ s_max^ℓ ≤ 0   over propulsion and preferred directions
/// ```
///
/// The last line says that nobody drives itself beyond `largest_speed`, the largest speed observed:
/// a preferred speed exists. Fields are free. Without one-body terms C keeps its bits.
#[must_use]
pub fn one_body_constraints(pair: &Mat<f64>, one_body: &[OneBody], largest_speed: f64) -> Mat<f64> {
    let sign = |term: &OneBody| match term {
        OneBody::Propulsion { exponent: 1.. } => 1.0,
        OneBody::Propulsion { .. } | OneBody::Preferred { .. } | OneBody::Wall { .. } => -1.0,
        OneBody::Field { .. } | OneBody::Gradient { .. } => 0.0,
    };
    let at_largest = |term: &OneBody| match *term {
        OneBody::Propulsion { exponent } | OneBody::Preferred { exponent } => {
            largest_speed.powi(i32::from(exponent))
        }
        _ => 0.0,
    };
    let signed = (0..one_body.len()).filter(|k| sign(&one_body[*k]) != 0.0).collect::<Vec<_>>();
    let drives = one_body.iter().any(|term| at_largest(term) != 0.0);
    let (n_rows, n_pair) = (pair.nrows() + signed.len(), pair.ncols());
    Mat::from_fn(n_rows + usize::from(drives), n_pair + one_body.len(), |i, j| {
        let own = j.checked_sub(n_pair).map(|k| (k, &one_body[k]));
        match (i < pair.nrows(), own) {
            (true, None) => pair[(i, j)],
            (false, Some((_, term))) if i == n_rows => at_largest(term),
            (false, Some((k, term))) if signed[i - pair.nrows()] == k => sign(term),
            _ => 0.0,
        }
    })
}

/// Groups of columns that are kept or dropped together, pair terms first; none if each is alone.
///
/// [`Sparsity::Terms`] groups only the axes of the constant field, and of the linear one: single ones
/// would make the law depend on how the axes lie. [`Sparsity::Modes`] groups force modes, and
/// one-body terms by their kind.
pub(super) fn groups(basis: &[Term], one_body: &[OneBody], sparsity: Sparsity) -> Vec<usize> {
    let first_of_kind = |term: &OneBody| one_body.iter().position(|t| t.kind() == term.kind());
    let is_field = |term: &OneBody| matches!(term.kind(), "field" | "gradient");
    let together = |(k, term): (usize, &OneBody)| match sparsity {
        Sparsity::Terms if !is_field(term) => k,
        Sparsity::Terms | Sparsity::Modes => first_of_kind(term).unwrap_or(k),
    };
    let pair: Vec<usize> = match sparsity {
        Sparsity::Terms if one_body.is_empty() => Vec::new(),
        Sparsity::Terms => (0..basis.len()).collect(),
        Sparsity::Modes => basis.iter().map(mode).collect(),
    };
    let own = one_body.iter().enumerate().map(together).map(|group| AFTER_MODES + group);
    pair.into_iter().chain(own).collect()
}

/// One-body groups are counted from here: beyond all force modes and terms of a basis.
const AFTER_MODES: usize = 1 << 16;

/// A number for each force mode.
fn mode(term: &Term) -> usize {
    let force = match term.force {
        Force::AttractionRepulsion => 0,
        Force::Alignment => 1,
        Force::Drag => 2,
    };
    (force << 8) | term.angular.harmonic()
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Segment, Units};
    use pairlaw_law::paper_basis;

    fn all() -> OneBodyConfig {
        OneBodyConfig {
            propulsion: true,
            preferred: PreferredDirection::Individual,
            field: true,
            gradient: true,
            walls: vec![[[0.0, 1.0, 0.0], [4.0, 1.0, 0.0]]],
        }
    }

    fn names(config: &OneBodyConfig) -> Vec<String> {
        config.terms(Order::Second, 2, PAPER_SCALE).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn terms_of_each_switch() {
        assert!(names(&OneBodyConfig::default()).is_empty());
        let all = names(&all()).join(", ");
        let expected = "propulsion 0, propulsion 1, propulsion 2, propulsion 3, propulsion 4, \
            propulsion 5, preferred 0, preferred 1, field x, field y, gradient x x, gradient x y, \
            gradient y x, gradient y y, wall exp(-1d), wall exp(-2d), wall exp(-4d), wall exp(-8d), \
            wall exp(-16d)";
        assert_eq!(all, expected);
        let species =
            OneBodyConfig { preferred: PreferredDirection::Species, ..OneBodyConfig::default() };
        let species = names(&species);
        assert_eq!(
            (species.len(), &species[0][..], &species[6][..]),
            (7, "propulsion 1", "field y")
        );
        let drift = OneBodyConfig { propulsion: true, ..OneBodyConfig::default() };
        let drift = drift.terms(Order::First, 2, PAPER_SCALE);
        assert_eq!(drift, [OneBody::Field { axis: 0 }, OneBody::Field { axis: 1 }]);
    }

    #[test]
    fn braking_takes_the_place_of_drag_without_angle() {
        let basis = paper_basis(PAPER_SCALE);
        let field = OneBodyConfig { field: true, ..OneBodyConfig::default() };
        assert_eq!(field.pair_terms(basis.clone()), basis);
        let rest = all().pair_terms(basis.clone());
        assert_eq!(rest.len(), 83);
        let drag: Vec<Term> = rest.into_iter().filter(|t| t.force == Force::Drag).collect();
        assert_eq!(drag, basis[83..]);
    }

    #[test]
    fn signs_and_the_preferred_speed() {
        let pair = Mat::from_fn(2, 3, |i, j| (3 * i + j) as f64);
        let same = one_body_constraints(&pair, &[], 2.0);
        assert_eq!(same, pair);
        let terms = [
            OneBody::Propulsion { exponent: 0 },
            OneBody::Propulsion { exponent: 3 },
            OneBody::Preferred { exponent: 1 },
            OneBody::Field { axis: 0 },
            OneBody::Wall { radial: Radial::Exponential { rate: 1.0 } },
        ];
        let c = one_body_constraints(&pair, &terms, 2.0);
        let row = |i: usize| (0..c.ncols()).map(|j| c[(i, j)]).collect::<Vec<f64>>();
        assert_eq!(c.nrows(), 2 + 4 + 1);
        assert_eq!(row(1), [3.0, 4.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(row(2), [0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(row(3), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(row(4), [0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0]);
        assert_eq!(row(5), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0]);
        // 2⁰ w_0 + 2³ w_3 + 2 p_1 ≤ 0.
        assert_eq!(row(6), [0.0, 0.0, 0.0, 1.0, 8.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn fields_go_together_and_modes_by_kind() {
        let basis = paper_basis(PAPER_SCALE);
        assert!(groups(&basis, &[], Sparsity::Terms).is_empty());
        assert_eq!(groups(&basis, &[], Sparsity::Modes)[87], (2 << 8) | 1);
        let one_body = all().terms(Order::Second, 2, PAPER_SCALE);
        let sizes = |sparsity| {
            let groups = groups(&basis, &one_body, sparsity);
            assert_eq!(groups.len(), 88 + one_body.len());
            let mut sorted = groups[88..].to_vec();
            sorted.sort_unstable();
            sorted.chunk_by(|a, b| a == b).map(<[usize]>::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(Sparsity::Terms), [1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 1, 1, 1]);
        assert_eq!(sizes(Sparsity::Modes), [6, 2, 2, 4, 5]);
        let terms = groups(&basis, &one_body, Sparsity::Terms);
        assert!(terms[..88].iter().zip(0..).all(|(group, k)| *group == k));
    }

    #[test]
    fn surroundings_of_two_tracks() {
        let segment = |individual, positions: &[[f64; 2]]| Segment {
            individual,
            first_frame: 0,
            positions: positions.to_vec(),
            velocities: None,
        };
        let segments =
            vec![segment(0, &[[0.0, 0.0], [9.0, 1.0], [3.0, 4.0]]), segment(1, &[[2.0, 3.0]])];
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 3 };
        let ids = vec!["a".into(), "b".into()];
        let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
        let found = all().surroundings(&tracks).unwrap();
        assert_eq!(found.origin, [3.5, 2.0]);
        assert_eq!(found.preferred, [[0.6, 0.8], [0.0, 0.0]]);
        assert_eq!(found.walls, [Wall { from: [0.0, 1.0], to: [4.0, 1.0] }]);
        for (bad, said) in [([0.0, 1.0, 2.0], "walls is 2"), ([f64::NAN, 0.0, 0.0], "is NaN")] {
            let config = OneBodyConfig { walls: vec![[bad, [0.0; 3]]], ..all() };
            let error = config.surroundings(&tracks).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
