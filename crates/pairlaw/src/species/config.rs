//! Choices of the species learner.

use crate::species::error::SpeciesError;
use crate::species::one_body::OneBodyConfig;
use pairlaw_data::Streams;
use pairlaw_law::{Direction, Force, Order, PAPER_SCALE, Term, paper_basis};
use pairlaw_sparse::PathConfig;
use pairlaw_validate::Integrator;
use pairlaw_weak::{TestFunction, VelocityEstimate};
use rand::seq::SliceRandom;

/// Choices of the species learner; the defaults are the paper's where it publishes a value, but for
/// α (the paper's ½ drops every term below 1.1 % of the residual) and the integrator (Heun with 4
/// substeps equals Euler with 320).
///
/// | name | default | purpose | range |
/// | --- | --- | --- | --- |
/// | `order` | `Second` | whether laws give accelerations or velocities | |
/// | `direction` | `Difference` | vector that attraction–repulsion multiplies, eq. (2.1) | |
/// | `basis_scale` | 36 | α of the Laguerre functions, 1/length (section 3.1) | > 0 |
/// | `one_body` | none | propulsion, fields and walls beside the pair terms | |
/// | `velocity` | `Centred2` | velocities from positions (section 3.1) | |
/// | `cutoff` | none | distance beyond which neighbours are left out of the regression; none: where all terms are below 1e-18 of their largest, if that is near enough to pay | > 0 |
/// | `noise` | 0 | σ of the positions, whose covariance weighs the weak rows, length | ≥ 0 |
/// | `test_function` | none | (m, p); none chooses by the change point (section 3.1) | |
/// | `near_field_probability` | .001 | share of distances below r_nf (section 2.2) | 0..1 |
/// | `far_field` | 1 | r_ff, beyond which attraction is enforced, length or multiple of r_nf (section 2.2) | > 0 |
/// | `sparsity` | `Terms` | what is kept or dropped as a whole (section 5) | |
/// | `focal` | `All` | cells that single-cell models are learned of | |
/// | `path` | 64 λ, α = .9, ridge 1e-7 | thresholded regression; the paper: α = .5 | |
/// | `integrator` | Heun, 4 substeps | validation; the paper: Euler, 32 | ≥ 1 substep |
/// | `validation_share` | .25 | first share of the frames that is validated (section 3.4) | 0..1 |
/// | `n_matched` | 20 | validation cells of a model, K (App. D) | ≥ 1 |
/// | `n_nearest` | 200 | nearest cells that they are chosen from (App. D) | ≥ 1 |
/// | `n_bins` | 50 | histogram bins (App. D) | 2..=65536 |
/// | `replacement_tolerance` | .25 | ΔV that a replacing model must reach (App. D) | > 0 |
#[derive(Clone, Debug, PartialEq)]
pub struct SpeciesConfig {
    /// Whether laws give accelerations, as the paper's, or velocities. Of first order there are only
    /// isotropic attraction–repulsion and one-body terms that do not know the velocity.
    pub order: Order,
    /// The vector that attraction–repulsion multiplies.
    pub direction: Direction,
    /// Scale α of the Laguerre functions.
    pub basis_scale: f64,
    /// Forces on an individual alone.
    pub one_body: OneBodyConfig,
    /// How velocities come from positions.
    pub velocity: VelocityEstimate,
    /// Distance beyond which neighbours are left out of the regression, length. Validation knows no
    /// cutoff: give one only where the forces that are looked for have died.
    pub cutoff: Option<f64>,
    /// Standard deviation of the measurement noise of positions; 0 is the paper's plain least squares.
    pub noise: f64,
    /// Test function, or none to choose it from the data.
    pub test_function: Option<TestFunction>,
    /// Share of all distances below the near-field radius.
    pub near_field_probability: f64,
    /// Far-field radius.
    pub far_field: FarField,
    /// What is kept or dropped as a whole.
    pub sparsity: Sparsity,
    /// Cells that single-cell models are learned of.
    pub focal: FocalCells,
    /// Thresholds, share of the fit in the loss, ridge.
    pub path: PathConfig,
    /// Integrator of the validation.
    pub integrator: Integrator,
    /// First share of the frames over which a model is validated.
    pub validation_share: f64,
    /// Validation cells of each single-cell model.
    pub n_matched: usize,
    /// Nearest cells from which they are chosen.
    pub n_nearest: usize,
    /// Bins of the histograms that are compared.
    pub n_bins: usize,
    /// Error that a replacing model must stay below.
    pub replacement_tolerance: f64,
}

/// The radius beyond which attraction–repulsion must attract or vanish.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FarField {
    /// This distance, length.
    Radius(f64),
    /// This multiple of the near-field radius, which the data choose; the paper suggests 50.
    NearFields(f64),
}

impl FarField {
    /// The radius, given the near-field radius.
    #[must_use]
    pub fn radius(self, near_field: f64) -> f64 {
        match self {
            Self::Radius(radius) => radius,
            Self::NearFields(multiple) => multiple * near_field,
        }
    }
}

/// What the regression keeps or drops as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sparsity {
    /// Single terms (the paper's choice).
    Terms,
    /// All terms of a force mode: group sparsity.
    Modes,
}

/// Cells that single-cell models are learned of; the others take models over by replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FocalCells {
    /// All.
    All,
    /// `n` random ones.
    Random {
        /// How many.
        n: usize,
        /// Seed of the choice.
        seed: u64,
    },
}

impl FocalCells {
    /// Which of `n_cells` cells are focal.
    pub(super) fn choose(self, n_cells: usize) -> Vec<bool> {
        let Self::Random { n, seed } = self else { return vec![true; n_cells] };
        let mut random = Streams::new(seed).next().expect("streams are endless");
        let mut chosen: Vec<bool> = (0..n_cells).map(|cell| cell < n).collect();
        chosen.shuffle(&mut random);
        chosen
    }
}

/// More bins than values to count help nobody, and every cell has three histograms of them.
const MOST_BINS: usize = 65_536;

impl Default for SpeciesConfig {
    fn default() -> Self {
        Self {
            order: Order::Second,
            direction: Direction::Difference,
            basis_scale: PAPER_SCALE,
            one_body: OneBodyConfig::default(),
            velocity: VelocityEstimate::Centred2,
            cutoff: None,
            noise: 0.0,
            test_function: None,
            near_field_probability: 0.001,
            far_field: FarField::Radius(1.0),
            sparsity: Sparsity::Terms,
            focal: FocalCells::All,
            path: PathConfig::default(),
            integrator: Integrator::default(),
            validation_share: 0.25,
            n_matched: 20,
            n_nearest: 200,
            n_bins: 50,
            replacement_tolerance: 0.25,
        }
    }
}

impl SpeciesConfig {
    /// The pair terms that a law may have: the paper's, as far as the order and one-body terms leave
    /// them room.
    #[must_use]
    pub fn pair_terms(&self) -> Vec<Term> {
        let has_place = |term: &Term| match self.order {
            Order::Second => true,
            Order::First => {
                term.force == Force::AttractionRepulsion && term.angular.harmonic() == 0
            }
        };
        let basis = paper_basis(self.basis_scale);
        self.one_body.pair_terms(basis.into_iter().filter(has_place).collect())
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`SpeciesError::BadConfig`] with the name of the field, or what the path's check reports.
    pub fn check(&self) -> Result<(), SpeciesError> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let (Integrator::Euler { substeps } | Integrator::Heun { substeps }) = self.integrator;
        let (FarField::Radius(far_field) | FarField::NearFields(far_field)) = self.far_field;
        let cutoff = self.cutoff.unwrap_or(1.0);
        let n_focal = if let FocalCells::Random { n, .. } = self.focal { n } else { 1 };
        let counts = [self.n_matched, self.n_nearest, self.n_bins, substeps];
        let rules = [
            ("basis_scale", self.basis_scale, positive(self.basis_scale), "positive"),
            (
                "near_field_probability",
                self.near_field_probability,
                (0.0..1.0).contains(&self.near_field_probability),
                "in [0, 1)",
            ),
            ("cutoff", cutoff, positive(cutoff), "positive"),
            ("noise", self.noise, self.noise >= 0.0 && self.noise.is_finite(), "0 or positive"),
            ("far_field", far_field, positive(far_field), "positive"),
            ("focal", n_focal as f64, n_focal >= 1, "at least 1 cell"),
            (
                "validation_share",
                self.validation_share,
                positive(self.validation_share) && self.validation_share <= 1.0,
                "in (0, 1]",
            ),
            ("n_matched", counts[0] as f64, counts[0] >= 1, "at least 1"),
            ("n_nearest", counts[1] as f64, counts[1] >= 1, "at least 1"),
            ("n_bins", counts[2] as f64, (2..=MOST_BINS).contains(&counts[2]), "from 2 to 65536"),
            ("integrator.substeps", counts[3] as f64, counts[3] >= 1, "at least 1"),
            (
                "replacement_tolerance",
                self.replacement_tolerance,
                positive(self.replacement_tolerance),
                "positive",
            ),
        ];
        for (field, value, is_good, needed) in rules {
            if !is_good {
                return Err(SpeciesError::BadConfig { field, value, needed });
            }
        }
        Ok(self.path.check()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_bad_fields_are_named() {
        SpeciesConfig::default().check().unwrap();
        let name = |change: fn(&mut SpeciesConfig)| {
            let mut config = SpeciesConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(name(|c| c.basis_scale = -1.0).contains("basis_scale is -1"));
        assert!(name(|c| c.near_field_probability = 1.0).contains("near_field_probability"));
        assert!(name(|c| c.noise = -1e-9).contains("noise is -"));
        assert!(name(|c| c.cutoff = Some(0.0)).contains("cutoff is 0"));
        assert!(name(|c| c.far_field = FarField::Radius(f64::NAN)).contains("far_field"));
        assert!(name(|c| c.focal = FocalCells::Random { n: 0, seed: 1 }).contains("focal"));
        assert!(name(|c| c.validation_share = 1.5).contains("validation_share"));
        assert!(name(|c| c.n_matched = 0).contains("n_matched"));
        assert!(name(|c| c.n_nearest = 0).contains("n_nearest"));
        assert!(name(|c| c.n_bins = 1).contains("n_bins"));
        assert!(name(|c| c.n_bins = usize::MAX).contains("n_bins"));
        let substeps = name(|c| c.integrator = Integrator::Heun { substeps: 0 });
        assert!(substeps.contains("integrator.substeps is 0"));
        assert!(name(|c| c.replacement_tolerance = 0.0).contains("replacement_tolerance"));
        assert!(name(|c| c.path.ridge = 0.0).contains("ridge"));
    }

    #[test]
    fn focal_cells_and_far_field() {
        assert_eq!(FocalCells::All.choose(3), [true; 3]);
        let chosen = FocalCells::Random { n: 4, seed: 2 }.choose(10);
        assert_eq!(chosen.iter().filter(|focal| **focal).count(), 4);
        assert_ne!(chosen, FocalCells::Random { n: 4, seed: 3 }.choose(10));
        assert_eq!(FocalCells::Random { n: 9, seed: 2 }.choose(2), [true; 2]);
        let radius = FarField::NearFields(50.0).radius(0.02);
        assert!((radius - 1.0).abs() < 1e-15); // rounding
    }
}
