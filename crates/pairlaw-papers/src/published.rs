//! What the papers printed, and the bounds that our rows are held to.

use crate::Failure;
use serde::{Deserialize, Serialize};

/// The figures published in the papers, as far as tables read them.
#[derive(Debug, Deserialize)]
pub(crate) struct Published {
    pub(crate) jrsi: Jrsi,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Jrsi {
    experiment: Vec<PublishedExperiment>,
    hyperparameters: Vec<Hyperparameters>,
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

/// Our bounds.
#[derive(Debug, Deserialize)]
pub(crate) struct Bounds {
    species: SpeciesBounds,
}

#[derive(Debug, Deserialize)]
struct SpeciesBounds {
    table2: Vec<Table2Bounds>,
}

/// What a row of Table 2 must reach, and why that is asked.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Table2Bounds {
    experiment: String,
    pub(crate) code: String,
    pub(crate) attraction_repulsion: Option<f64>,
    pub(crate) alignment: Option<f64>,
    pub(crate) drag99: f64,
    pub(crate) classification_success: f64,
    pub(crate) velocity_error: f64,
    /// Read by people.
    #[serde(rename = "reason")]
    _reason: String,
}

impl Bounds {
    pub(crate) fn load() -> Result<Self, Failure> {
        Ok(toml::from_str(include_str!("../../../fixtures/tables/bounds.toml"))?)
    }

    pub(crate) fn table2(&self, experiment: &str) -> Option<&Table2Bounds> {
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
            assert!(bounds.table2(name).is_some(), "{name}");
        }
    }
}
