//! What a scientist reads of one classification: laws, curves, members, errors, as JSON.

use super::outcome::{Details, Gaussians, Outcome};
use super::scores::law;
use crate::Failure;
use pairlaw::species::{ForceCurve, ObservedRange, describe_law, force_curve, force_formula};
use pairlaw_cluster::{Component, GaussianMixture};
use pairlaw_law::{Force, Law, Term};
use pairlaw_synth::Scenario;
use pairlaw_validate::ForceGrid;
use serde_json::{Value, json};
use std::f64::consts::PI;

/// Radii and angles of the curves.
const CURVE: (u32, u32) = (100, 8);

/// Species with their laws, cells with their membership, and how both were found.
pub(crate) fn json(scenario: &Scenario, outcome: &Outcome) -> Result<Value, Failure> {
    let species = outcome.clusters.iter().enumerate().map(|(k, cluster)| {
        let law = law(scenario, cluster)?;
        let speed = outcome.speeds[0];
        let observed = ObservedRange { distance: outcome.largest_distance, speed };
        Ok(json!({
            "species": k + 1,
            "members": cluster.members,
            "law": { "terms": terms(&law) },
            "code": law.modes().to_string(),
            "formula": by_force(|force| json!(force_formula(&law, force))),
            "words": describe_law(&law, &observed),
            "force_curves": by_force(|force| curve(&law, force, &observed)),
            "regression": regression(outcome, k),
        }))
    });
    let species = species.collect::<Result<Vec<Value>, Failure>>()?;
    let cells: Vec<Value> = (0..scenario.n_cells).map(|cell| cell_json(outcome, cell)).collect();
    let mut json = json!({
        "experiment": scenario.name(),
        "seed": scenario.seed,
        "n_cells": scenario.n_cells,
        "species": species,
        "undetermined": outcome.undetermined,
        "cells": cells,
    });
    match &outcome.details {
        Details::Sequential { rounds, stop, recombined, .. } => {
            let rounds = rounds.iter().map(|round| {
                json!({
                    "cells": round.cells.len(),
                    "code": round.code,
                    "averaged_models": round.averaged,
                    "gaussians": round.gaussians.as_ref().map(gaussians),
                })
            });
            json["rounds"] = rounds.collect();
            json["stop"] = json!(stop);
            json["recombined"] = numbered(recombined);
        }
        Details::Mixture { curve, .. } => json["mean_log_residual_by_number"] = json!(curve),
    }
    Ok(json)
}

/// Clusters by number, counted from 1.
pub(crate) fn numbered(groups: &[Vec<usize>]) -> Value {
    groups.iter().map(|group| group.iter().map(|k| k + 1).collect::<Vec<_>>()).collect()
}

fn by_force(value: impl Fn(Force) -> Value) -> Value {
    json!({
        "attraction_repulsion": value(Force::AttractionRepulsion),
        "alignment": value(Force::Alignment),
        "drag": value(Force::Drag),
    })
}

fn terms(law: &Law) -> Vec<Value> {
    let name = |force| match force {
        Force::AttractionRepulsion => "attraction_repulsion",
        Force::Alignment => "alignment",
        Force::Drag => "drag",
    };
    let term = |(term, weight): (&Term, f64)| {
        let argument = if term.force == Force::Drag { "s" } else { "r" };
        json!({
            "force": name(term.force),
            "angular": term.angular.formula(),
            "radial": term.radial.formula(argument),
            "weight": weight,
        })
    };
    law.active().map(term).collect()
}

fn curve(law: &Law, force: Force, observed: &ObservedRange) -> Value {
    let (n_radii, n_angles) = CURVE;
    let step = observed.largest(force) / f64::from(n_radii);
    let grid = ForceGrid {
        radii: (0..=n_radii).map(|i| step * f64::from(i)).collect(),
        angles: (0..=n_angles).map(|i| PI * f64::from(i) / f64::from(n_angles)).collect(),
    };
    let ForceCurve { grid, values, .. } = force_curve(law, force, &grid, observed);
    json!({ "arguments": grid.radii, "angles": grid.angles, "values": values })
}

fn regression(outcome: &Outcome, k: usize) -> Value {
    let Details::Mixture { regressions, .. } = &outcome.details else { return Value::Null };
    let Some(regression) = regressions.get(k) else { return Value::Null };
    let trial = |(alpha, held_out): &(f64, f64)| json!({ "alpha": alpha, "held_out": held_out });
    json!({
        "alpha": regression.fit_share,
        "alpha_trials": regression.trials.iter().map(trial).collect::<Vec<_>>(),
        "lambda": regression.lambda,
        "loss": regression.loss,
        "support_sizes": regression.support_sizes,
    })
}

fn cell_json(outcome: &Outcome, cell: usize) -> Value {
    let cluster = outcome.clusters.iter().position(|c| c.members.binary_search(&cell).is_ok());
    let mut json = json!({
        "cell": cell,
        "species": cluster.map(|k| k + 1),
        "velocity_error": outcome.velocity_errors[cell],
    });
    match &outcome.details {
        Details::Sequential { rounds, .. } => {
            // The pass that took the cell, or the last one that did not.
            let at = cluster.unwrap_or(rounds.len().saturating_sub(1));
            let round = rounds.get(at);
            let posterior = round.and_then(|round| {
                let position = round.cells.binary_search(&cell).ok()?;
                let error = round.velocity_errors[position].filter(|error| error.is_finite())?;
                posterior(round.gaussians.as_ref()?, error)
            });
            json["posterior"] = json!(posterior);
        }
        Details::Mixture { memberships, .. } => {
            json["residual"] = json!(memberships[cell].map(|(residual, _)| residual));
            json["margin"] = json!(memberships[cell].map(|(_, margin)| margin));
        }
    }
    json
}

/// Posterior probability of the component of lowest mean, with the best of the trials.
fn posterior(gaussians: &Gaussians, error: f64) -> Option<f64> {
    let component =
        |&(weight, mean, variance): &(f64, f64, f64)| Component { weight, mean, variance };
    let mixture = GaussianMixture { components: gaussians.two.iter().map(component).collect() };
    let lowest = (0..gaussians.two.len())
        .min_by(|a, b| gaussians.two[*a].1.total_cmp(&gaussians.two[*b].1))?;
    Some(mixture.posteriors(error.log10())[lowest])
}

fn gaussians(found: &Gaussians) -> Value {
    let component = |&(weight, mean, variance): &(f64, f64, f64)| json!({ "weight": weight, "mean": mean, "variance": variance });
    json!({
        "one": found.one.iter().map(component).collect::<Vec<_>>(),
        "two": found.two.iter().map(component).collect::<Vec<_>>(),
        "bic_one": found.bic_one,
        "bic_two": found.bic_two,
    })
}
