//! What both classifiers give: species with their laws and members.

use crate::species::config::SpeciesConfig;
use crate::species::error::SpeciesError;
use crate::species::preparation::Preparation;
use pairlaw_law::{Law, LawKernels};
use pairlaw_validate::{Run, velocity_errors};

/// One species that nobody labelled.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedSpecies {
    /// Its cells, ascending.
    pub members: Vec<usize>,
    /// Its law.
    pub law: Law,
}

/// A population's species.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// The species in the order in which they were found.
    pub species: Vec<LearnedSpecies>,
    /// Cells that belong to none, ascending.
    pub undetermined: Vec<usize>,
}

impl Classification {
    /// The species of every cell by index; none for undetermined ones.
    ///
    /// # Panics
    /// If a cell is not below `n_cells`.
    #[must_use]
    pub fn labels(&self, n_cells: usize) -> Vec<Option<usize>> {
        let mut labels = vec![None; n_cells];
        for (k, species) in self.species.iter().enumerate() {
            species.members.iter().for_each(|cell| labels[*cell] = Some(k));
        }
        labels
    }
}

/// ΔV of every cell under its own species' law, by data-driven forward simulation: none for
/// undetermined cells and those without a validation window.
///
/// # Errors
/// [`SpeciesError::Law`] if a law cannot be compiled.
///
/// # Panics
/// If the integrator has no substep.
///
/// # Source
/// Messenger et al. (2022), section 3.4, eq. (3.11).
pub fn validate_species<const D: usize>(
    preparation: &Preparation<D>,
    classification: &Classification,
    config: &SpeciesConfig,
) -> Result<Vec<Option<f64>>, SpeciesError> {
    let compile = |law: &Law| LawKernels::new(std::slice::from_ref(law));
    let species = classification.species.iter();
    let kernels: Vec<LawKernels> = species.map(|s| compile(&s.law)).collect::<Result<_, _>>()?;
    let n_cells = preparation.n_cells();
    let labels = classification.labels(n_cells);
    let run = |individual: usize| Some(Run { law: labels[individual]?, individual });
    let runs: Vec<Run> = (0..n_cells).filter_map(run).collect();
    let found = velocity_errors(&preparation.recording, &kernels, &runs, config.integrator);
    let mut errors = vec![None; n_cells];
    for (run, error) in runs.iter().zip(found) {
        errors[run.individual] = error;
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::Direction;

    #[test]
    fn labels_by_hand() {
        let law = Law::new(Vec::new(), Vec::new(), Direction::Difference).unwrap();
        let species =
            |members: &[usize]| LearnedSpecies { members: members.to_vec(), law: law.clone() };
        let found = Classification {
            species: vec![species(&[1, 3]), species(&[0])],
            undetermined: vec![2, 4],
        };
        assert_eq!(found.labels(5), [Some(1), Some(0), None, Some(0), None]);
    }
}
