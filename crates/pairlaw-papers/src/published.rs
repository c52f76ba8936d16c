//! What the papers printed, and the bounds that our rows are held to.

use crate::Failure;
use pairlaw_synth::Species;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The figures published in the papers, as far as tables read them.
#[derive(Debug, Deserialize)]
pub(crate) struct Published {
    pub(crate) jrsi: Jrsi,
    pub(crate) twophase: TwoPhasePaper,
    pub(crate) diff: RecurrentPaper,
}

/// The paper on pair potentials through simulated steps.
#[derive(Debug, Deserialize)]
pub(crate) struct RecurrentPaper {
    row: Vec<PublishedPotential>,
}

/// A row of its Table 1.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PublishedPotential {
    #[serde(skip_serializing)]
    metric: String,
    #[serde(skip_serializing)]
    target: String,
    #[serde(skip_serializing)]
    parameters: String,
    pub(crate) loss: f64,
    /// Part of the cells inside each target.
    pub(crate) inside: Vec<f64>,
}

impl RecurrentPaper {
    /// The row with this metric, target and parameters.
    pub(crate) fn row(&self, names: &[String]) -> Option<&PublishedPotential> {
        self.row
            .iter()
            .find(|row| [&row.metric, &row.target, &row.parameters].into_iter().eq(names))
    }
}

/// The paper on kernels from densities.
#[derive(Debug, Deserialize)]
pub(crate) struct TwoPhasePaper {
    kernel: Vec<PublishedKernel>,
    opinion: Vec<Opinion>,
    pub(crate) figures: PublishedFigures,
}

/// A row of Table 1: the weights that are not 0, by the names of the terms.
#[derive(Debug, Deserialize)]
pub(crate) struct PublishedKernel {
    case: String,
    pub(crate) learned: BTreeMap<String, f64>,
}

/// A system of Table 2: φ(r) = f(r) r with f constant between the breakpoints.
#[derive(Debug, Deserialize)]
pub(crate) struct Opinion {
    case: String,
    pub(crate) breakpoints: Vec<f64>,
    pub(crate) f: Vec<f64>,
}

/// What figures of that paper say in numbers.
#[derive(Debug, Deserialize)]
pub(crate) struct PublishedFigures {
    pub(crate) ldata_slope_vs_n: f64,
    pub(crate) kernel_abs_error_max_case_a: f64,
    pub(crate) w2_max_case_b: f64,
    pub(crate) free_energy_equilibrium_2d: f64,
}

impl TwoPhasePaper {
    pub(crate) fn kernel(&self, case: &str) -> Option<&PublishedKernel> {
        self.kernel.iter().find(|row| row.case == case)
    }

    pub(crate) fn opinion(&self, case: &str) -> Option<&Opinion> {
        self.opinion.iter().find(|row| row.case == case)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Jrsi {
    experiment: Vec<PublishedExperiment>,
    hyperparameters: Vec<Hyperparameters>,
    pub(crate) walltime_seconds: Walltimes,
}

/// Table 7: the least and the most seconds of one step of each stage.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Walltimes {
    pub(crate) learn_one_model: [f64; 2],
    pub(crate) cluster_and_replace_per_model: [f64; 2],
    pub(crate) validate_one_cell: [f64; 2],
    pub(crate) classify: [f64; 2],
    pub(crate) generate_data_hours: [f64; 2],
}

#[derive(Debug, Deserialize)]
struct PublishedExperiment {
    name: String,
    row: Vec<ClusterRow>,
}

/// One cluster's row of Tables 2 to 4; a missing entry is an empty cell of the paper.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ClusterRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) far: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) align: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drag: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cs_a: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cs_b: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cs_c: Option<f64>,
    pub(crate) dv: f64,
}

/// A row of Table 6.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Hyperparameters {
    name: String,
    pub(crate) m: usize,
    pub(crate) p: u32,
    pub(crate) r_near: f64,
    pub(crate) r_far: f64,
}

impl Published {
    pub(crate) fn load() -> Result<Self, Failure> {
        Ok(toml::from_str(include_str!("../../../fixtures/tables/published.toml"))?)
    }

    /// The rows of an experiment in Tables 2 to 4, in the paper's order.
    pub(crate) fn rows(&self, experiment: &str) -> &[ClusterRow] {
        let found = self.jrsi.experiment.iter().find(|e| e.name == experiment);
        found.map_or(&[], |experiment| &experiment.row)
    }

    pub(crate) fn hyperparameters(&self, experiment: &str) -> Option<&Hyperparameters> {
        self.jrsi.hyperparameters.iter().find(|row| row.name == experiment)
    }
}

impl ClusterRow {
    /// Share of a species in the cluster; an empty cell counts as 0.
    pub(crate) fn success(&self, species: Species) -> f64 {
        let share = match species {
            Species::A => self.cs_a,
            Species::B => self.cs_b,
            Species::C => self.cs_c,
        };
        share.unwrap_or_default()
    }

    /// The row with the largest share of a species.
    pub(crate) fn best(rows: &[Self], species: Species) -> Option<&Self> {
        rows.iter().max_by(|a, b| a.success(species).total_cmp(&b.success(species)))
    }
}

/// Our bounds; the `reason` of each is read by people.
#[derive(Debug, Deserialize)]
pub(crate) struct Bounds {
    species: SpeciesBounds,
    pub(crate) meanfield: MeanFieldBounds,
    pub(crate) potentials: RecurrentBounds,
}

/// Bounds of the paper on pair potentials.
#[derive(Debug, Deserialize)]
pub(crate) struct RecurrentBounds {
    table1: Vec<PotentialBounds>,
    pub(crate) heart: TrackBounds,
}

/// Bounds of fits of tracks, least and most.
#[derive(Debug, Deserialize)]
pub(crate) struct TrackBounds {
    /// Error of individual parameters in the first frame after the start, and in the last one.
    pub(crate) individual_first: [f64; 2],
    pub(crate) individual_last: [f64; 2],
    /// Largest error of mutual parameters in any frame.
    pub(crate) mutual_largest: [f64; 2],
    /// Area under the curve of individual parameters in each run with two populations.
    pub(crate) individual_area: [f64; 2],
    pub(crate) reason: String,
    pub(crate) held_out: Unbounded,
    pub(crate) mutual_area: Unbounded,
}

/// Bounds of a row of its Table 1.
#[derive(Debug, Deserialize)]
pub(crate) struct PotentialBounds {
    block: String,
    metric: String,
    target: String,
    parameters: String,
    recipe: String,
    /// Least and most part of the cells inside each target.
    #[serde(default)]
    pub(crate) inside: Vec<[f64; 2]>,
    /// Least and most loss.
    pub(crate) loss: Option<[f64; 2]>,
    /// A part of the cells that is aimed at, told and not judged.
    pub(crate) aim: Option<f64>,
    /// Where the bounds come from, or why there are none.
    pub(crate) reason: String,
}

impl RecurrentBounds {
    /// Of the row with this block, metric, target, parameters and recipe.
    pub(crate) fn table1(&self, names: &[String; 4], recipe: &str) -> Option<&PotentialBounds> {
        self.table1.iter().find(|row| {
            [&row.block, &row.metric, &row.target, &row.parameters].into_iter().eq(names)
                && row.recipe == recipe
        })
    }
}

impl PotentialBounds {
    pub(crate) fn is_judged(&self) -> bool {
        !self.inside.is_empty() || self.loss.is_some()
    }
}

/// Bounds of the mean-field paper.
#[derive(Debug, Deserialize)]
pub(crate) struct MeanFieldBounds {
    table1: Vec<KernelBounds>,
    pub(crate) weak: WeakBounds,
    table2: Vec<OpinionBounds>,
    /// Density estimates are not judged.
    pub(crate) estimates: Unbounded,
    pub(crate) free_energy: FreeEnergyBounds,
    pub(crate) drifts: Vec<DriftBounds>,
}

/// Largest error of each weight.
#[derive(Debug, Deserialize)]
pub(crate) struct KernelBounds {
    case: String,
    pub(crate) pde: BTreeMap<String, f64>,
    pub(crate) weak: BTreeMap<String, f64>,
    pub(crate) reason: String,
}

/// What the weak form must reach in every case of Table 1.
#[derive(Debug, Deserialize)]
pub(crate) struct WeakBounds {
    /// Least share of runs with the right support.
    pub(crate) support: f64,
    /// χ² per row.
    pub(crate) per_row: [f64; 2],
    /// Fewest runs that are judged.
    pub(crate) runs: usize,
    pub(crate) reason: String,
}

/// Of PDE data, and of particles.
#[derive(Debug, Deserialize)]
pub(crate) struct OpinionBounds {
    case: String,
    pub(crate) pde: PieceBounds,
    pub(crate) weak: PieceBounds,
    pub(crate) reason: String,
}

/// Root mean square errors of breakpoints and values.
#[derive(Debug, Deserialize)]
pub(crate) struct PieceBounds {
    pub(crate) breaks: Vec<f64>,
    pub(crate) values: f64,
}

/// The equilibrium of case D.
#[derive(Debug, Deserialize)]
pub(crate) struct FreeEnergyBounds {
    pub(crate) free_energy: f64,
    pub(crate) within: f64,
    pub(crate) reason: String,
}

/// Largest error of fast drifts, relative to the largest drift.
#[derive(Debug, Deserialize)]
pub(crate) struct DriftBounds {
    pub(crate) case: String,
    pub(crate) error: Option<f64>,
    pub(crate) reason: String,
}

impl MeanFieldBounds {
    pub(crate) fn table1(&self, case: &str) -> Option<&KernelBounds> {
        self.table1.iter().find(|bounds| bounds.case == case)
    }

    pub(crate) fn table2(&self, case: &str) -> Option<&OpinionBounds> {
        self.table2.iter().find(|bounds| bounds.case == case)
    }
}

#[derive(Debug, Deserialize)]
struct SpeciesBounds {
    paper: PaperBounds,
    table2: Vec<Table2Bounds>,
    mixture: MixtureBounds,
    table6: Unbounded,
    table7: Unbounded,
    understood: Vec<UnderstoodMiss>,
}

/// A bound that the paper's classifier is known to miss.
#[derive(Debug, Deserialize)]
struct UnderstoodMiss {
    experiment: String,
    seed: u64,
    /// As the cell's.
    quantity: String,
    reason: String,
}

/// What is told beside the paper and not judged.
#[derive(Debug, Deserialize)]
pub(crate) struct Unbounded {
    /// Why.
    pub(crate) reason: String,
}

#[derive(Debug, Deserialize)]
struct PaperBounds {
    below_paper: f64,
    reason: String,
    forces: ForceBounds,
}

#[derive(Debug, Deserialize)]
struct Table2Bounds {
    experiment: String,
    code: String,
    reason: String,
    forces: ForceBounds,
}

/// Largest relative force errors; a spurious force counts relative to species A's.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ForceBounds {
    pub(crate) attraction_repulsion: f64,
    pub(crate) alignment: f64,
    pub(crate) drag99: f64,
}

/// What the mixture must reach in every experiment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MixtureBounds {
    pub(crate) share: f64,
    pub(crate) purity: f64,
    pub(crate) adjusted_rand_index: f64,
    pub(crate) velocity_error: f64,
    pub(crate) reason: String,
    pub(crate) forces: ForceBounds,
}

impl Bounds {
    pub(crate) fn load() -> Result<Self, Failure> {
        Ok(toml::from_str(include_str!("../../../fixtures/tables/bounds.toml"))?)
    }

    /// How far a share may lie below the paper's.
    pub(crate) fn below_paper(&self) -> f64 {
        self.species.paper.below_paper
    }

    /// Force errors of the paper's classifier in an experiment.
    pub(crate) fn paper_forces(&self, experiment: &str) -> &ForceBounds {
        self.table2(experiment).map_or(&self.species.paper.forces, |bounds| &bounds.forces)
    }

    /// The code that the paper's classifier must find, where one is asked for.
    pub(crate) fn code(&self, experiment: &str) -> Option<&str> {
        Some(&self.table2(experiment)?.code)
    }

    /// Where the bounds of the paper's classifier in an experiment come from.
    pub(crate) fn paper_reason(&self, experiment: &str) -> &str {
        self.table2(experiment).map_or(&self.species.paper.reason, |bounds| &bounds.reason)
    }

    /// Why the paper's classifier misses the bound of a quantity, where that is understood.
    pub(crate) fn understood(&self, experiment: &str, seed: u64, quantity: &str) -> Option<&str> {
        let is_it = |miss: &&UnderstoodMiss| {
            (miss.experiment.as_str(), miss.seed, miss.quantity.as_str())
                == (experiment, seed, quantity)
        };
        Some(&self.species.understood.iter().find(is_it)?.reason)
    }

    pub(crate) fn table6(&self) -> &Unbounded {
        &self.species.table6
    }

    pub(crate) fn table7(&self) -> &Unbounded {
        &self.species.table7
    }

    pub(crate) fn mixture(&self) -> &MixtureBounds {
        &self.species.mixture
    }

    fn table2(&self, experiment: &str) -> Option<&Table2Bounds> {
        self.species.table2.iter().find(|bounds| bounds.experiment == experiment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_experiment_has_its_published_rows_and_hyperparameters() {
        let published = Published::load().unwrap();
        for name in pairlaw_synth::Scenario::NAMES {
            assert!(!published.rows(name).is_empty(), "{name}");
            assert!(published.hyperparameters(name).is_some(), "{name}");
        }
        assert_eq!(published.rows("A")[0].dv.to_bits(), 0.01f64.to_bits());
        assert!(published.rows("C")[0].far.is_none());
    }

    #[test]
    fn every_homogeneous_experiment_has_bounds() {
        let bounds = Bounds::load().unwrap();
        for name in ["A", "B", "C"] {
            assert!(bounds.code(name).is_some(), "{name}");
        }
    }
}
