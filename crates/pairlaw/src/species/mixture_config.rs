//! Choices of the mixture.

use crate::species::error::SpeciesError;

/// Choices of the mixture of pooled regressions.
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `n_species` | none | number of species; none chooses it by the elbow | ≥ 1 |
/// | `most_species` | 6 | longest curve of ln ρ against the number of species | ≥ 1 |
/// | `elbow_step` | .5 | fall of mean ln ρ that one more species must bring | > 0 |
/// | `merge_rise` | .1 | rise of mean ln ρ below which two species are one | ≥ 0 |
/// | `smallest_species` | 5 | cells of the smallest species | ≥ 1 |
/// | `undetermined_sigmas` | 5 | robust standard deviations above which no law explains a cell | > 0 |
/// | `n_restarts` | 8 | random starts a number of species | |
/// | `restart_cells` | 400 | cells that starts are tried on | ≥ 1 |
/// | `most_rounds` | 20 | rounds of EM | ≥ 1 |
/// | `fit_shares` | .9 … .9995 | α to choose from, ascending | 0..1 |
/// | `ridge` | 1e-9 | ridge of pooled systems, relative to unit columns | > 0 |
/// | `seed` | 1 | seed of the random starts | |
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureConfig {
    /// Number of species, or none to choose it.
    pub n_species: Option<usize>,
    /// Largest number that is tried.
    pub most_species: usize,
    /// Step of mean ln ρ that counts.
    pub elbow_step: f64,
    /// Rise of mean ln ρ that a union may cost.
    pub merge_rise: f64,
    /// Cells of the smallest species.
    pub smallest_species: usize,
    /// Robust standard deviations of ln ρ beyond which a cell is undetermined.
    pub undetermined_sigmas: f64,
    /// Random starts for each number of species.
    pub n_restarts: usize,
    /// Cells that starts are tried on.
    pub restart_cells: usize,
    /// Largest number of EM rounds.
    pub most_rounds: usize,
    /// Values of α to choose from, ascending.
    pub fit_shares: Vec<f64>,
    /// Ridge of pooled systems.
    pub ridge: f64,
    /// Seed of the random starts.
    pub seed: u64,
}

impl Default for MixtureConfig {
    fn default() -> Self {
        Self {
            n_species: None,
            most_species: 6,
            elbow_step: 0.5,
            merge_rise: 0.1,
            smallest_species: 5,
            undetermined_sigmas: 5.0,
            n_restarts: 8,
            restart_cells: 400,
            most_rounds: 20,
            fit_shares: vec![0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995],
            ridge: 1e-9,
            seed: 1,
        }
    }
}

impl MixtureConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// [`SpeciesError::BadConfig`] with the name of the field.
    pub fn check(&self) -> Result<(), SpeciesError> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let n_species = self.n_species.unwrap_or(1);
        let ascending = self.fit_shares.is_sorted() && !self.fit_shares.is_empty();
        let in_unit = self.fit_shares.iter().all(|share| (0.0..=1.0).contains(share));
        let rules = [
            ("n_species", n_species as f64, n_species >= 1, "at least 1"),
            (
                "most_species",
                self.most_species as f64,
                self.most_species >= n_species,
                "at least n_species, or 1",
            ),
            ("elbow_step", self.elbow_step, positive(self.elbow_step), "positive"),
            ("merge_rise", self.merge_rise, self.merge_rise >= 0.0, "0 or positive"),
            (
                "smallest_species",
                self.smallest_species as f64,
                self.smallest_species >= 1,
                "at least 1",
            ),
            (
                "undetermined_sigmas",
                self.undetermined_sigmas,
                positive(self.undetermined_sigmas),
                "positive",
            ),
            ("restart_cells", self.restart_cells as f64, self.restart_cells >= 1, "at least 1"),
            ("most_rounds", self.most_rounds as f64, self.most_rounds >= 1, "at least 1"),
            (
                "fit_shares",
                self.fit_shares.len() as f64,
                ascending && in_unit,
                "ascending values in [0, 1], at least one",
            ),
            ("ridge", self.ridge, positive(self.ridge), "positive"),
        ];
        for (field, value, is_good, needed) in rules {
            if !is_good {
                return Err(SpeciesError::BadConfig { field, value, needed });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_bad_fields_are_named() {
        MixtureConfig::default().check().unwrap();
        let name = |change: fn(&mut MixtureConfig)| {
            let mut config = MixtureConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(name(|c| c.n_species = Some(0)).contains("n_species is 0"));
        assert!(name(|c| c.n_species = Some(7)).contains("most_species is 6"));
        assert!(name(|c| c.most_species = 0).contains("most_species"));
        assert!(name(|c| c.elbow_step = 0.0).contains("elbow_step"));
        assert!(name(|c| c.merge_rise = f64::NAN).contains("merge_rise"));
        assert!(name(|c| c.smallest_species = 0).contains("smallest_species"));
        assert!(name(|c| c.undetermined_sigmas = f64::INFINITY).contains("undetermined_sigmas"));
        assert!(name(|c| c.restart_cells = 0).contains("restart_cells"));
        assert!(name(|c| c.most_rounds = 0).contains("most_rounds"));
        assert!(name(|c| c.fit_shares.clear()).contains("fit_shares"));
        assert!(name(|c| c.fit_shares.reverse()).contains("ascending"));
        assert!(name(|c| c.fit_shares[0] = f64::NAN).contains("fit_shares"));
        assert!(name(|c| c.ridge = 0.0).contains("ridge"));
    }
}
