//! What all steps of the species learner share.

use crate::species::config::{Sparsity, SpeciesConfig};
use crate::species::constraints::{SignRadii, sign_constraints};
use crate::species::error::SpeciesError;
use crate::species::one_body::{groups, one_body_constraints};
use faer::Mat;
use pairlaw_data::Tracks;
use pairlaw_law::{Direction, Force, Law, OneBody, Surroundings, Term};
use pairlaw_sparse::PathConfig;
use pairlaw_validate::{Recording, speed_quantile};
use pairlaw_weak::{
    DistanceRange, TestFunction, WeakError, WeakSystems, choose_test_function, estimate_velocities,
    neighbour_tracks, pair_distances, widest_half_width,
};

/// Systems, constraints and recording of one population.
#[derive(Clone, Debug)]
pub struct Preparation<const D: usize> {
    /// The basis of pair terms, one a column.
    pub basis: Vec<Term>,
    /// The one-body terms, whose columns follow.
    pub one_body: Vec<OneBody>,
    /// What one-body terms know besides the state.
    pub surroundings: Surroundings<D>,
    /// The vector that attraction–repulsion multiplies.
    pub direction: Direction,
    /// Weak systems of all individuals.
    pub systems: WeakSystems<D>,
    /// Near-field radius r_nf and largest distance r_max.
    pub distances: DistanceRange,
    /// Far-field radius r_ff.
    pub far_field: f64,
    /// Sign constraints `C w ≤ 0`.
    pub constraints: Mat<f64>,
    /// The tracks as validation sees them, short gaps filled.
    pub recording: Recording<D>,
}

impl<const D: usize> Preparation<D> {
    /// Estimates velocities, chooses the test function and the radii, and prepares systems.
    ///
    /// # Errors
    /// [`SpeciesError`]: a bad configuration, fewer than two individuals, too few samples.
    pub fn new(tracks: &Tracks<D>, config: &SpeciesConfig) -> Result<Self, SpeciesError> {
        config.check()?;
        let n_cells = tracks.n_individuals();
        if n_cells < 2 {
            return Err(SpeciesError::TooFewCells { n_cells });
        }
        let basis = config.pair_terms();
        let one_body = config.one_body.terms(config.order, D as u8, config.basis_scale);
        let surroundings = config.one_body.surroundings(tracks)?;
        let test_function = test_function(tracks, config)?;
        let systems =
            WeakSystems::new(tracks, config.velocity, &basis, config.direction, test_function)?
                .with_noise(config.noise)?
                .with_one_body(one_body.clone(), surroundings.clone())?
                .with_order(config.order);
        let distances = pair_distances(systems.neighbours(), config.near_field_probability)?;
        let systems = match cutoff(config, &basis, distances.largest) {
            Some(cutoff) => systems.with_cutoff(cutoff)?,
            None => systems,
        };
        let far_field = config.far_field.radius(distances.near_field);
        if distances.near_field >= far_field {
            let near_field = distances.near_field;
            return Err(SpeciesError::RadiiOverlap { near_field, far_field });
        }
        let radii =
            SignRadii { near_field: distances.near_field, far_field, largest: distances.largest };
        let seen = neighbour_tracks(tracks, config.velocity)?;
        let largest_speed = speed_quantile(systems.tracks(), 1.0)?;
        let recording = Recording::new(&seen, config.validation_share, systems.n_reference())?;
        let constraints = sign_constraints(&basis, &radii);
        Ok(Self {
            constraints: one_body_constraints(&constraints, &one_body, largest_speed),
            recording: recording.with_surroundings(surroundings.clone()).with_order(config.order),
            basis,
            one_body,
            surroundings,
            direction: config.direction,
            distances,
            far_field,
            systems,
        })
    }

    /// Weak systems of other frames of the same population: the basis, the test function and the number
    /// N are those of this preparation.
    ///
    /// # Errors
    /// Those of [`WeakSystems::new`].
    pub fn systems_of(
        &self,
        tracks: &Tracks<D>,
        config: &SpeciesConfig,
    ) -> Result<WeakSystems<D>, SpeciesError> {
        let phi = self.systems.test_function();
        let systems = WeakSystems::new(tracks, config.velocity, &self.basis, self.direction, phi)?;
        let systems = systems.with_one_body(self.one_body.clone(), self.surroundings.clone())?;
        let systems = systems.with_order(config.order);
        let systems = match cutoff(config, &self.basis, self.distances.largest) {
            Some(cutoff) => systems.with_cutoff(cutoff)?,
            None => systems,
        };
        Ok(systems.with_noise(config.noise)?.with_n_reference(self.systems.n_reference())?)
    }

    /// Number of individuals.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.systems.tracks().n_individuals()
    }

    /// The choices of a regression with these terms: groups as `sparsity` asks for.
    #[must_use]
    pub fn path(&self, path: &PathConfig, sparsity: Sparsity) -> PathConfig {
        let groups = groups(&self.basis, &self.one_body, sparsity);
        PathConfig { groups, ..path.clone() }
    }

    /// The kinds of one-body terms, each once.
    pub(super) fn one_body_kinds(&self) -> impl Iterator<Item = &'static str> {
        self.one_body.chunk_by(|a, b| a.kind() == b.kind()).map(|terms| terms[0].kind())
    }

    /// Number of columns: pair terms, then one-body terms.
    #[must_use]
    pub fn n_terms(&self) -> usize {
        self.basis.len() + self.one_body.len()
    }

    /// The law with these weights of the pair terms and, after them, of the one-body terms.
    ///
    /// # Errors
    /// [`SpeciesError::Law`] if a weight is not finite.
    ///
    /// # Panics
    /// If there is not one weight a term.
    pub fn law(&self, weights: &[f64]) -> Result<Law, SpeciesError> {
        assert_eq!(weights.len(), self.n_terms(), "weights, terms");
        let (pair, own) = weights.split_at(self.basis.len());
        let law = Law::new(self.basis.clone(), pair.to_vec(), self.direction)?;
        Ok(law.with_one_body(self.one_body.iter().copied().zip(own.iter().copied()).collect())?)
    }
}

/// A pair term below this share of its largest value is nothing beside rounding, even times a distance.
const NEGLIGIBLE: f64 = 1e-18;

/// Cell lists pay where they leave out most: a cutoff above this share of the largest distance costs more
/// than it saves.
const WORTHWHILE: f64 = 0.25;

/// The distance beyond which neighbours are left out: as asked for, or where every pair term is
/// [`NEGLIGIBLE`], if that is [`WORTHWHILE`].
fn cutoff(config: &SpeciesConfig, basis: &[Term], largest: f64) -> Option<f64> {
    let pair = basis.iter().filter(|term| term.force != Force::Drag);
    let range = pair.map(|term| term.radial.range(NEGLIGIBLE)).fold(0.0, f64::max);
    let is_worthwhile = range > 0.0 && range < WORTHWHILE * largest;
    config.cutoff.or(is_worthwhile.then_some(range))
}

/// The test function asked for, or the one that the change point of the spectrum chooses, no wider than
/// pieces of tracks between gaps allow.
fn test_function<const D: usize>(
    tracks: &Tracks<D>,
    config: &SpeciesConfig,
) -> Result<TestFunction, SpeciesError> {
    if let Some(test_function) = config.test_function {
        return Ok(test_function);
    }
    let widest = widest_half_width(&estimate_velocities(tracks, config.velocity)?);
    // Short gaps filled: the motion does not know of them.
    let seen = neighbour_tracks(tracks, config.velocity)?;
    match choose_test_function(&seen) {
        Ok(choice) if choice.test_function.half_width <= widest => Ok(choice.test_function),
        Err(error @ (WeakError::TooShortForSpectrum { .. } | WeakError::NoLogSpectrum { .. })) => {
            Err(error.into())
        }
        Err(error) if widest < LEAST_HALF_WIDTH => Err(error.into()),
        Ok(_) | Err(_) => Ok(TestFunction::of_half_width(widest.max(LEAST_HALF_WIDTH))),
    }
}

/// Narrower test functions see little but the errors of their own quadrature.
const LEAST_HALF_WIDTH: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_law::{PAPER_SCALE, paper_basis};

    #[test]
    fn neighbours_are_left_out_where_asked_or_where_nothing_is_lost() {
        let paper = paper_basis(PAPER_SCALE);
        let config = SpeciesConfig::default();
        // The slowest term is e^{−r/4}: 4 ln 10¹⁸ = 165.8.
        assert_eq!(cutoff(&config, &paper, 600.0), None);
        let found = cutoff(&config, &paper, 700.0).unwrap();
        assert!((found - 4.0 * 18.0 * 10f64.ln()).abs() < 1e-9, "{found}"); // rounding
        assert_eq!(cutoff(&config, &paper[78..], 700.0), None);
        let asked = SpeciesConfig { cutoff: Some(2.5), ..config };
        assert_eq!(cutoff(&asked, &paper, 3.0), Some(2.5));
    }
}
