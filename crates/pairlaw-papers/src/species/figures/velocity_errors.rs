//! Histograms of ΔV in rounds of the paper's classifier, with the Gaussians that split them.

use super::{BLACK, Found, class};
use crate::Failure;
use crate::species::outcome::{Details, Round};
use pairlaw::species::SequentialConfig;
use pairlaw_cluster::{Component, GaussianMixture};
use pairlaw_report::{Axis, Chart, Histogram, Panel, Series, VerticalLine};
use pairlaw_synth::Species;
use serde_json::{Map, Value, json};

pub(super) const CAPTION: &str = "\
    Relative velocity error of every remaining cell under the round's law, on a logarithmic axis, \
    by true species, with the Gaussians in log10 of the error: two where the classifier took them \
    for better than one. The cells of the lower one become a species.";

const N_POINTS: usize = 160;

/// A panel a round, at most `most` of them.
pub(super) fn panels(found: &Found, most: usize) -> Result<(Vec<Panel>, Value), Failure> {
    let Details::Sequential { rounds, .. } = &found.outcome.details else {
        return Err("only the paper's classifier works in rounds".into());
    };
    let (mut panels, mut data) = (Vec::new(), Vec::new());
    for (k, round) in rounds.iter().take(most).enumerate() {
        let (panel, numbers) = panel(found, k, round)?;
        panels.push(panel);
        data.push(numbers);
    }
    Ok((panels, found.data(json!({ "rounds": data }))))
}

fn panel(found: &Found, k: usize, round: &Round) -> Result<(Panel, Value), Failure> {
    let log = |error: f64| error.clamp(1e-16, 1e16).log10();
    let finite = |error: &Option<f64>| error.filter(|error| error.is_finite()).map(log);
    let logs: Vec<Option<f64>> = round.velocity_errors.iter().map(finite).collect();
    let values: Vec<f64> = logs.iter().copied().flatten().collect();
    let n_bins = ((4.0 * values.len() as f64).sqrt().ceil() as usize).clamp(8, 40);
    let all = Histogram::from_values("all", BLACK, &values, n_bins)?;
    let membership = found.scenario.membership();
    let (mut histograms, mut counts) = (Vec::new(), Map::new());
    for &species in &found.scenario.species {
        let of_species = round.cells.iter().zip(&logs).filter(|(c, _)| membership[**c] == species);
        let values: Vec<f64> = of_species.filter_map(|(_, log)| *log).collect();
        let label = format!("species {}", species.name());
        let bars = counted(label, class(species), &values, &all.edges);
        counts.insert(species.name().to_owned(), json!(bars.counts));
        if !values.is_empty() {
            histograms.push(on_log_axis(bars));
        }
    }
    let (gaussians, is_split) = gaussians(round, &values);
    let lost = logs.len() - values.len();
    let members = found.outcome.clusters.get(k).map_or(&[][..], |cluster| &cluster.members[..]);
    let chart = Chart {
        x: Axis::log10("velocity error ΔV", ""),
        y: Axis::linear("cells", ""),
        histograms,
        series: curves(&gaussians, values.len(), &all.edges),
        vertical_lines: five_percent(&all.edges).into_iter().collect(),
    };
    let data = json!({
        "round": k + 1,
        "code": round.code,
        "cells": logs.len(),
        "members": members.len(),
        "without_finite_error": lost,
        "log10_edges": all.edges,
        "counts": counts,
        "gaussians": gaussians.components.iter().map(|c| json!({
            "weight": c.weight, "mean": c.mean, "variance": c.variance,
        })).collect::<Vec<_>>(),
        "split": is_split,
        "bic_one": round.gaussians.as_ref().map(|g| g.bic_one),
        "bic_two": round.gaussians.as_ref().map(|g| g.bic_two).filter(|bic| bic.is_finite()),
    });
    Ok((Panel::new(title(found, k, logs.len(), members, lost), chart), data))
}

/// Such as `A,B,C (long), round 2: 83 B + 1 A of 167 cells become a species`.
fn title(found: &Found, k: usize, n: usize, members: &[usize], lost: usize) -> String {
    let truth = found.scenario.membership();
    let count = |species: &Species| members.iter().filter(|c| truth[**c] == *species).count();
    let species = found.scenario.species.iter().map(|s| (count(s), s.name()));
    let mut kinds: Vec<(usize, &str)> = species.filter(|(n, _)| *n > 0).collect();
    kinds.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let kinds: Vec<String> = kinds.iter().map(|(n, name)| format!("{n} {name}")).collect();
    let result = match kinds[..] {
        [] => format!("{n} cells, no further species"),
        _ => format!("{} of {n} cells become a species", kinds.join(" + ")),
    };
    let lost = if lost == 0 { String::new() } else { format!(", {lost} without a finite error") };
    format!("{}, round {}: {result}{lost}", found.scenario.name(), k + 1)
}

/// Counts of values between edges that enclose them all.
fn counted(label: String, class: usize, values: &[f64], edges: &[f64]) -> Histogram {
    let n_bins = edges.len().saturating_sub(1);
    let mut counts = vec![0.0; n_bins];
    for value in values {
        counts[edges[1..n_bins].partition_point(|edge| edge <= value)] += 1.0;
    }
    Histogram { label, class, edges: edges.to_vec(), counts }
}

fn on_log_axis(mut bars: Histogram) -> Histogram {
    bars.edges.iter_mut().for_each(|edge| *edge = 10f64.powf(*edge));
    bars
}

/// The Gaussians that decided: two if they were accepted, otherwise one; none for equal errors.
fn gaussians(round: &Round, values: &[f64]) -> (GaussianMixture, bool) {
    let margin = SequentialConfig::default().bic_margin;
    let component =
        |&(weight, mean, variance): &(f64, f64, f64)| Component { weight, mean, variance };
    let accepted = round.gaussians.as_ref().filter(|g| g.bic_one - g.bic_two > margin);
    if let Some(gaussians) = accepted {
        return (
            GaussianMixture { components: gaussians.two.iter().map(component).collect() },
            true,
        );
    }
    let is_spread = values.iter().any(|value| value.total_cmp(&values[0]).is_ne());
    // The second stopping rule spares the fit.
    let one = is_spread.then(|| GaussianMixture::single(values).ok()).flatten();
    (one.unwrap_or(GaussianMixture { components: Vec::new() }), false)
}

/// Expected counts of the bins, a curve a Gaussian, the lowest mean first.
fn curves(mixture: &GaussianMixture, n_values: usize, edges: &[f64]) -> Vec<Series> {
    let [Some(&low), Some(&high)] = [edges.first(), edges.last()] else { return Vec::new() };
    let scale = n_values as f64 * (high - low) / (edges.len() - 1) as f64;
    let mut order: Vec<usize> = (0..mixture.components.len()).collect();
    order.sort_by(|a, b| mixture.components[*a].mean.total_cmp(&mixture.components[*b].mean));
    let names: &[(&str, usize)] = match order.len() {
        1 => &[("one Gaussian", BLACK)],
        _ => &[("lower Gaussian", BLACK), ("upper Gaussian", 3)],
    };
    let curve = |(j, (label, class)): (&usize, &(&str, usize))| {
        let point = |k: usize| {
            let x = low + (high - low) * k as f64 / N_POINTS as f64;
            (10f64.powf(x), scale * mixture.component_densities(x)[*j])
        };
        Series::line(*label, *class, (0..=N_POINTS).map(point))
    };
    order.iter().zip(names).map(curve).collect()
}

/// The error of a cell that counts as explained, where it lies in the range.
fn five_percent(edges: &[f64]) -> Option<VerticalLine> {
    let x = SequentialConfig::default().small_error;
    let inside = edges.first()? < &x.log10() && &x.log10() < edges.last()?;
    inside.then(|| VerticalLine { label: format!("{x}: explained below"), class: 5, x })
}
