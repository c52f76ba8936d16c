//! Species that the paper's classifier split although one law explains them.

use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::learned::{Classification, LearnedSpecies};
use crate::species::preparation::Preparation;
use crate::species::sequential::validate;

/// Factor of ΔV, in the geometric mean over cells, below which laws are alike.
const SAME_FACTOR: f64 = 2.0;

/// Laws are alike as well if both explain the cells, by the mean ΔV that section 3.6 calls small.
const SMALL_ERROR: f64 = 0.05;

/// A smaller ΔV is no better.
const LEAST_ERROR: f64 = 1e-6;

/// A classification after alike species were joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Recombined {
    /// The species, each at the place of the first of those that it is made of.
    pub classification: Classification,
    /// The species before, by index, that each one is made of.
    pub sources: Vec<Vec<usize>>,
}

/// Joins species with the same force modes and kinds of one-body terms whose laws cannot be told apart, the pair that loses least
/// first, until none is left. The law of the larger stays.
///
/// The laws of a and b, b not the larger, cannot be told apart if a's explains the cells of b as b's
/// own does:
///
/// ```text
/// mean over cells i of b of log₁₀ ΔV_i(a)/ΔV_i(b) < log₁₀ 2,   or means of ΔV_i(a), ΔV_i(b) < .05
/// ```
///
/// A law averaged over a few cells need not explain the many. Cells without a validation window have
/// no say.
///
/// # Errors
/// [`SpeciesError::Law`] if a law cannot be compiled.
///
/// # Panics
/// If the integrator has no substep, or a law has not the terms of the basis.
///
/// # Source
/// Messenger et al. (2022), section 4.2, where clusters are recombined by hand.
pub fn recombine<const D: usize>(
    preparation: &Preparation<D>,
    classification: &Classification,
    config: &SpeciesConfig,
) -> Result<Recombined, SpeciesError> {
    let mut species = classification.species.clone();
    let mut sources: Vec<Vec<usize>> = (0..species.len()).map(|k| vec![k]).collect();
    while let Some((a, b)) = most_alike(preparation, &species, config)? {
        let other = species.remove(b);
        species[a] = join(&species[a], &other);
        let others = sources.remove(b);
        sources[a].extend(others);
        sources[a].sort_unstable();
    }
    let undetermined = classification.undetermined.clone();
    Ok(Recombined { classification: Classification { species, undetermined }, sources })
}

/// The two species a < b whose union loses least; none if no two are alike.
fn most_alike<const D: usize>(
    preparation: &Preparation<D>,
    species: &[LearnedSpecies],
    config: &SpeciesConfig,
) -> Result<Option<(usize, usize)>, SpeciesError> {
    let mut least: Option<(f64, (usize, usize))> = None;
    for (a, b) in (0..species.len()).flat_map(|b| (0..b).map(move |a| (a, b))) {
        let kinds = |k: usize| (species[k].law.modes(), species[k].law.one_body_kinds());
        if kinds(a) != kinds(b) {
            continue;
        }
        let of_equal_size_a = species[a].members.len() >= species[b].members.len();
        let (larger, smaller) = if of_equal_size_a { (a, b) } else { (b, a) };
        let cells = &species[smaller].members;
        let errors = |k: usize| validate(preparation, &species[k].law, cells, config);
        if let Some(rise) = rise(&errors(smaller)?, &errors(larger)?)
            && least.is_none_or(|(least, _)| rise < least)
        {
            least = Some((rise, (a, b)));
        }
    }
    Ok(least.map(|(_, pair)| pair))
}

/// Mean of log₁₀ ΔV under another law minus that under the own one; none if the other law does not
/// explain the cells as well.
fn rise(own: &[Option<f64>], other: &[Option<f64>]) -> Option<f64> {
    let both: Vec<(f64, f64)> =
        own.iter().zip(other).filter_map(|(own, other)| Some(((*own)?, (*other)?))).collect();
    let mean =
        |of: &dyn Fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>() / both.len() as f64;
    let log = |error: f64| error.max(LEAST_ERROR).log10();
    let rise = mean(&|(own, other)| log(*other) - log(*own));
    let is_small = mean(&|(own, _)| *own) < SMALL_ERROR && mean(&|(_, other)| *other) < SMALL_ERROR;
    // No cells, or infinite errors under both laws, give NaN, for which no comparison holds.
    (rise < SAME_FACTOR.log10() || is_small).then_some(rise)
}

/// Members of both, and the law of the larger, the first of equals.
fn join(a: &LearnedSpecies, b: &LearnedSpecies) -> LearnedSpecies {
    let larger = if a.members.len() >= b.members.len() { a } else { b };
    let mut members = [&a.members[..], &b.members[..]].concat();
    members.sort_unstable();
    LearnedSpecies { members, law: larger.law.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::Streams;
    use pairlaw_law::{Direction, Law, PAPER_SCALE, paper_basis};
    use pairlaw_sim::{Population, Schedule, gaussian_velocities, latin_hypercube, simulate};
    use pairlaw_weak::TestFunction;

    /// Weights of the paper's basis: alignment `-(1+cos θ) e^{−8r}` and drag `2s`.
    fn weights(alignment: f64, drag: f64) -> Vec<f64> {
        let mut weights = vec![0.0; 88];
        (weights[54 + 8 + 5], weights[79]) = (alignment, drag);
        weights
    }

    /// 20 cells that obey the law of [`weights`]`(-8.0, -2.5)`.
    fn population() -> (Preparation<2>, SpeciesConfig) {
        let n = 20;
        let random = &mut Streams::new(4).next().unwrap();
        let initial = Population {
            positions: latin_hypercube::<2>(n, [0.5; 2], random),
            velocities: gaussian_velocities(n, [0.0; 2], [[0.05, 0.0], [0.0, 0.05]], random),
            species: vec![0; n],
        };
        let schedule =
            Schedule { step: 1e-2, steps_per_sample: 10, n_samples: 60, noise: 0.0, seed: 1 };
        let basis = paper_basis(PAPER_SCALE);
        let truth = Law::new(basis, weights(-8.0, -2.5), Direction::Difference).unwrap();
        let tracks = simulate(&initial, std::slice::from_ref(&truth), &schedule, |_| {}).unwrap();
        let test_function = Some(TestFunction { half_width: 10, degree: 9 });
        let config = SpeciesConfig { test_function, ..SpeciesConfig::default() };
        (Preparation::new(&tracks, &config).unwrap(), config)
    }

    /// Every other cell of a range with a law.
    fn species(
        preparation: &Preparation<2>,
        members: std::ops::Range<usize>,
        weights: &[f64],
    ) -> LearnedSpecies {
        LearnedSpecies {
            members: members.step_by(2).collect(),
            law: preparation.law(weights).unwrap(),
        }
    }

    /// What becomes of two species with nearly the same law and a smaller third one.
    fn recombined(drag: f64, third: &[f64]) -> Recombined {
        let (preparation, config) = population();
        let classification = Classification {
            species: vec![
                species(&preparation, 0..12, &weights(-8.01, drag)),
                species(&preparation, 13..20, third),
                species(&preparation, 1..10, &weights(-7.99, 1.01 * drag)),
            ],
            undetermined: vec![11, 12, 14, 16, 18],
        };
        recombine(&preparation, &classification, &config).unwrap()
    }

    #[test]
    fn alike_species_are_joined_and_others_stay() {
        // The same modes, but a law that brakes far too much for the third one's cells.
        let found = recombined(-20.0, &weights(-8.0, -2.5));
        assert_eq!(found.sources, [vec![0, 2], vec![1]]);
        let species = &found.classification.species;
        assert_eq!(species[0].members, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(species[1].members, [13, 15, 17, 19]);
        assert_eq!(found.classification.undetermined.len(), 5);
        // The law of the larger stays.
        assert_eq!(species[0].law.weights, weights(-8.01, -20.0));
    }

    #[test]
    fn a_poor_law_of_a_few_cells_gives_way() {
        let found = recombined(-2.5, &weights(-8.0, -20.0));
        assert_eq!(found.sources, [vec![0, 1, 2]]);
        let drag = found.classification.species[0].law.weights[79];
        assert!((drag + 2.5).abs() < 0.1, "{drag}");
    }

    #[test]
    fn the_pair_that_loses_least_comes_first() {
        let (preparation, config) = population();
        let [near, far, farther] = [-8.0, -8.4, -8.41].map(|w| weights(w, -2.5));
        let species = [
            species(&preparation, 0..6, &near),
            species(&preparation, 6..12, &far),
            species(&preparation, 12..18, &farther),
        ];
        // The first law is the true one: the cells of the third gain most by it.
        assert_eq!(most_alike(&preparation, &species, &config).unwrap(), Some((0, 2)));
        // All three are alike by their small errors.
        assert_eq!(most_alike(&preparation, &species[..2], &config).unwrap(), Some((0, 1)));
    }

    #[test]
    fn another_code_is_another_species_however_similar() {
        let mut third = weights(-8.0, -2.5);
        third[54] = -1e-9;
        assert_eq!(recombined(-2.5, &third).sources, [vec![0, 2], vec![1]]);
    }

    #[test]
    fn all_alike_become_one() {
        let found = recombined(-2.5, &weights(-8.0, -2.49));
        assert_eq!(found.sources, [vec![0, 1, 2]]);
        assert_eq!(found.classification.species[0].members.len(), 15);
    }

    #[test]
    fn a_law_explains_by_factor_or_by_small_errors() {
        let some = |errors: &[f64]| errors.iter().map(|e| Some(*e)).collect::<Vec<_>>();
        let rise = |own: &[f64], other: &[f64]| rise(&some(own), &some(other));
        assert!((rise(&[0.1, 0.4], &[0.2, 0.3]).unwrap() - 0.5 * 1.5f64.log10()).abs() < 1e-14);
        // Three times as large, but small; large, and more than twice.
        assert!((rise(&[0.01, 0.01], &[0.03, 0.03]).unwrap() - 3f64.log10()).abs() < 1e-14);
        assert_eq!(rise(&[0.01, 0.01], &[0.2, 0.2]), None);
        // Diverged simulations say nothing good, nor do cells without errors.
        assert_eq!(rise(&[0.01, 0.01], &[0.01, f64::INFINITY]), None);
        assert_eq!(rise(&[f64::INFINITY], &[f64::INFINITY]), None);
        assert_eq!(rise(&[], &[]), None);
        assert_eq!(super::rise(&[None, Some(0.1)], &[Some(0.1), None]), None);
    }
}
