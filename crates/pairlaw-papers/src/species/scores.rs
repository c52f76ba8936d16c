//! How a classifier's clusters compare with the true species.

use super::outcome::{Cluster, Outcome};
use crate::Failure;
use pairlaw_cluster::Contingency;
use pairlaw_law::{Direction, Force, Law, PAPER_SCALE, paper_basis};
use pairlaw_synth::{Scenario, Species};
use pairlaw_validate::{ForceError, ForceGrid, force_errors, spurious_relative};

/// Scores of one classifier in one experiment.
#[derive(Clone, Debug)]
pub(crate) struct Scores {
    pub(crate) clusters: Vec<ClusterScores>,
    /// The cluster that holds the largest share of each species.
    pub(crate) cluster_of_species: Vec<Option<usize>>,
    /// Share of all cells that are in a cluster and of its most frequent species.
    pub(crate) purity: f64,
    pub(crate) adjusted_rand_index: f64,
}

/// Scores of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClusterScores {
    pub(crate) law: Law,
    /// Its most frequent species, by index.
    pub(crate) species: usize,
    /// Share of the cluster's cells that are of that species.
    pub(crate) purity: f64,
    /// Share of each species that is in the cluster.
    pub(crate) success: Vec<f64>,
    pub(crate) forces: ForceNumbers,
    /// Mean ΔV of the members that can be simulated.
    pub(crate) velocity_error: Option<f64>,
}

/// Force errors relative to the truth; none where a force is absent from truth and model. A spurious
/// force is relative to species A's, which has all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForceNumbers {
    pub(crate) attraction_repulsion: Option<f64>,
    pub(crate) alignment: Option<f64>,
    /// Up to the largest speed, and up to the 99 % quantile.
    pub(crate) drag: Option<f64>,
    pub(crate) drag99: Option<f64>,
}

impl Scores {
    pub(crate) fn new(scenario: &Scenario, outcome: &Outcome) -> Result<Self, Failure> {
        let membership = scenario.membership();
        let index = |species: &Species| scenario.species.iter().position(|s| s == species);
        let truth: Vec<usize> = membership.iter().filter_map(index).collect();
        let contingency = Contingency::new(&outcome.labels(), &truth)?;
        let laws = scenario.laws();
        let clusters = outcome.clusters.iter().enumerate();
        let clusters = clusters.map(|(k, cluster)| {
            let counts = &contingency.counts()[k];
            let species = (0..laws.len()).fold(0, |a, b| if counts[b] > counts[a] { b } else { a });
            let law = law(scenario, cluster)?;
            let errors = cluster.members.iter().filter_map(|cell| outcome.velocity_errors[*cell]);
            let errors: Vec<f64> = errors.collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            Ok(ClusterScores {
                forces: ForceNumbers::new(&law, &laws[species], outcome.speeds),
                law,
                species,
                purity: counts[species] as f64 / cluster.members.len() as f64,
                success: contingency.shares()[k].clone(),
                velocity_error: (!errors.is_empty()).then_some(mean),
            })
        });
        Ok(Self {
            clusters: clusters.collect::<Result<_, Failure>>()?,
            cluster_of_species: contingency.match_by_plurality(),
            purity: contingency.purity(),
            adjusted_rand_index: contingency.adjusted_rand_index(),
        })
    }
}

/// The law of a cluster.
pub(crate) fn law(scenario: &Scenario, cluster: &Cluster) -> Result<Law, Failure> {
    Ok(Law::new(paper_basis(PAPER_SCALE), cluster.weights.clone(), scenario.direction)?)
}

impl ForceNumbers {
    fn new(law: &Law, truth: &Law, [largest, speed99]: [f64; 2]) -> Self {
        let errors = force_errors(law, truth, largest, speed99);
        let reference = Species::A.law(Direction::Difference);
        let number = |error: ForceError, force: Force, grid: &ForceGrid| match error {
            ForceError::Absent => None,
            ForceError::Relative(error) => Some(error),
            ForceError::Spurious { norm } => spurious_relative(norm, &reference, force, grid),
        };
        let distances = ForceGrid::paper();
        let (speeds, speeds99) = (ForceGrid::speeds(largest), ForceGrid::speeds(speed99));
        Self {
            attraction_repulsion: number(
                errors.attraction_repulsion,
                Force::AttractionRepulsion,
                &distances,
            ),
            alignment: number(errors.alignment, Force::Alignment, &distances),
            drag: number(errors.drag, Force::Drag, &speeds),
            drag99: number(errors.drag99, Force::Drag, &speeds99),
        }
    }
}
