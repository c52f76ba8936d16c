//! Validation cells: those whose surroundings and speeds look like a cell's own.

use crate::species::config::SpeciesConfig;
use crate::species::preparation::Preparation;
use pairlaw_data::{Frame, Frames};
use rayon::prelude::*;

/// Histograms of what one cell experiences.
struct Experience {
    /// Distances to all others, ρ_rr.
    distances: Vec<f64>,
    /// Moduli of velocity differences to all others, ρ_vv.
    velocity_differences: Vec<f64>,
    /// Own speeds, ρ_v.
    speeds: Vec<f64>,
}

/// The `n_matched` cells that match each cell best among its `n_nearest` nearest at its first
/// sample, best first:
///
/// ```text
/// L_ij = D(ρ_rr^i | ρ_rr^j)² + D(ρ_vv^i | ρ_vv^j)² + D(ρ_v^i | ρ_v^j)²
/// D(ρ|ν) = Σ ρ ln(ρ/ν)  over the bins that both fill
/// ```
///
/// Histograms have `n_bins` uniform bins from 0 to the population's largest value and pool all
/// frames, each pair counting once a frame. Histograms that share no bin do not match: D is infinite.
/// The work is O(L N²) for N cells in L frames.
///
/// # Panics
/// If `n_bins` is zero.
///
/// # Source
/// Messenger et al. (2022), appendix D.
#[must_use]
pub fn matched_cells<const D: usize>(
    preparation: &Preparation<D>,
    config: &SpeciesConfig,
) -> Vec<Vec<usize>> {
    assert!(config.n_bins > 0, "a histogram needs a bin");
    let frames = preparation.systems.neighbours();
    let largest = largest_values(frames, preparation.distances.largest);
    let presence = presence(frames, preparation.n_cells());
    let experiences: Vec<Experience> = presence
        .par_iter()
        .map(|present| Experience::new(frames, present, &largest, config.n_bins))
        .collect();
    let matched = |cell: usize| {
        let Some(&first) = presence[cell].first() else { return Vec::new() };
        let mut costs: Vec<(f64, usize)> =
            nearest(&frames.frame(first.0), first.1, config.n_nearest)
                .into_iter()
                .map(|other| (cost(&experiences[cell], &experiences[other]), other))
                .collect();
        costs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        costs.into_iter().take(config.n_matched).map(|(_, other)| other).collect()
    };
    (0..preparation.n_cells()).into_par_iter().map(matched).collect()
}

/// Frames of every cell and its place in them.
fn presence<const D: usize>(frames: &Frames<D>, n_cells: usize) -> Vec<Vec<(usize, usize)>> {
    let mut presence = vec![Vec::new(); n_cells];
    for k in 0..frames.n_frames() {
        for (place, cell) in frames.frame(k).individuals.iter().enumerate() {
            presence[*cell as usize].push((k, place));
        }
    }
    presence
}

/// Upper ends of the three histograms.
fn largest_values<const D: usize>(frames: &Frames<D>, largest_distance: f64) -> [f64; 3] {
    let of_frame = |k: usize| {
        let frame = frames.frame(k);
        let velocities = velocities(&frame);
        let mut largest = [0.0f64; 2];
        for i in 0..frame.individuals.len() {
            largest[1] = largest[1].max(norm_at(&velocities, i));
            for j in 0..i {
                largest[0] = largest[0].max(distance(&velocities, i, j));
            }
        }
        largest
    };
    let of_frames: Vec<[f64; 2]> = (0..frames.n_frames()).into_par_iter().map(of_frame).collect();
    let largest = |of: usize| of_frames.iter().map(|largest| largest[of]).fold(0.0, f64::max);
    [largest_distance, largest(0), largest(1)]
}

fn velocities<'a, const D: usize>(frame: &Frame<'a, D>) -> [&'a [f64]; D] {
    frame.velocities.expect("the preparation estimated velocities")
}

fn norm_at<const D: usize>(columns: &[&[f64]; D], i: usize) -> f64 {
    columns.iter().map(|x| x[i] * x[i]).sum::<f64>().sqrt()
}

fn distance<const D: usize>(columns: &[&[f64]; D], i: usize, j: usize) -> f64 {
    columns.iter().map(|x| (x[i] - x[j]) * (x[i] - x[j])).sum::<f64>().sqrt()
}

impl Experience {
    fn new<const D: usize>(
        frames: &Frames<D>,
        present: &[(usize, usize)],
        largest: &[f64; 3],
        n_bins: usize,
    ) -> Self {
        let empty = vec![0.0; n_bins];
        let mut found =
            Self { distances: empty.clone(), velocity_differences: empty.clone(), speeds: empty };
        for &(k, i) in present {
            let frame = frames.frame(k);
            let velocities = velocities(&frame);
            count(&mut found.speeds, norm_at(&velocities, i), largest[2]);
            for j in (0..frame.individuals.len()).filter(|j| *j != i) {
                count(&mut found.distances, distance(&frame.positions, i, j), largest[0]);
                count(&mut found.velocity_differences, distance(&velocities, i, j), largest[1]);
            }
        }
        for histogram in [&mut found.distances, &mut found.velocity_differences, &mut found.speeds]
        {
            let total: f64 = histogram.iter().sum();
            histogram.iter_mut().for_each(|bin| *bin /= total.max(1.0));
        }
        found
    }
}

/// Counts a value in uniform bins on [0, largest], the largest value in the last bin.
fn count(histogram: &mut [f64], value: f64, largest: f64) {
    let bin = if largest > 0.0 { value / largest * histogram.len() as f64 } else { 0.0 };
    let last = histogram.len() - 1;
    histogram[(bin as usize).min(last)] += 1.0;
}

/// The individuals nearest to place `i` of a frame, itself left out.
fn nearest<const D: usize>(frame: &Frame<'_, D>, i: usize, n_nearest: usize) -> Vec<usize> {
    let others = (0..frame.individuals.len()).filter(|j| *j != i);
    let mut others: Vec<(f64, usize)> =
        others.map(|j| (distance(&frame.positions, i, j), frame.individuals[j] as usize)).collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    others.into_iter().take(n_nearest).map(|(_, other)| other).collect()
}

fn cost(i: &Experience, j: &Experience) -> f64 {
    let squares = [
        kullback_leibler(&i.distances, &j.distances),
        kullback_leibler(&i.velocity_differences, &j.velocity_differences),
        kullback_leibler(&i.speeds, &j.speeds),
    ];
    squares.iter().map(|d| d * d).sum()
}

/// `Σ ρ ln(ρ/ν)` over the bins that both fill; infinite if there is none.
// Differs from [M22, App. D], whose integral is infinite wherever ν alone vanishes: with 50 bins and
// finite samples that would leave hardly any match.
fn kullback_leibler(rho: &[f64], nu: &[f64]) -> f64 {
    let both = || rho.iter().zip(nu).filter(|(p, q)| **p > 0.0 && **q > 0.0);
    if both().next().is_none() {
        return f64::INFINITY;
    }
    both().map(|(p, q)| p * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_by_hand() {
        let found = kullback_leibler(&[0.5, 0.5, 0.0], &[0.25, 0.25, 0.5]);
        assert!((found - 2f64.ln()).abs() < 1e-15);
        assert!(kullback_leibler(&[0.2, 0.8], &[0.2, 0.8]).abs() < 1e-300);
        // Bins that only one fills do not count.
        assert!(kullback_leibler(&[0.5, 0.5, 0.0], &[0.5, 0.0, 0.5]).abs() < 1e-300);
        assert!(kullback_leibler(&[1.0, 0.0], &[0.0, 1.0]).is_infinite());
    }

    #[test]
    fn the_largest_value_falls_into_the_last_bin() {
        let mut histogram = vec![0.0; 4];
        [0.0, 0.24, 0.25, 1.0].into_iter().for_each(|x| count(&mut histogram, x, 1.0));
        assert_eq!(histogram, [2.0, 1.0, 0.0, 1.0]);
        let mut at_rest = vec![0.0; 2];
        count(&mut at_rest, 0.0, 0.0);
        assert_eq!(at_rest, [1.0, 0.0]);
    }

    /// Histograms and divergences of stored values, by NumPy and SciPy.
    #[test]
    fn histograms_and_divergences_agree_with_scipy() {
        let golden = include_str!("../../../../fixtures/pairlaw/divergences.json");
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
        };
        let n_bins = golden["bins"].as_u64().unwrap() as usize;
        for case in golden["cases"].as_array().unwrap() {
            let largest = case["largest"].as_f64().unwrap();
            let histogram = |values: &str, counts: &str| {
                let values = numbers(&case[values]);
                let mut histogram = vec![0.0; n_bins];
                values.iter().for_each(|x| count(&mut histogram, *x, largest));
                assert_eq!(histogram, numbers(&case[counts]));
                histogram.iter().map(|bin| bin / values.len() as f64).collect::<Vec<f64>>()
            };
            let rho = histogram("first", "first_counts");
            let nu = histogram("second", "second_counts");
            let pairs = [(&rho, &nu, "divergence"), (&nu, &rho, "reverse")];
            for (rho, nu, name) in pairs {
                let found = kullback_leibler(rho, nu);
                match case[name].as_f64() {
                    // Rounding of 50 terms.
                    Some(expected) => {
                        assert!((found - expected).abs() < 1e-14, "{found} {expected}")
                    }
                    None => assert!(found.is_infinite(), "no bin in common: {found}"),
                }
            }
        }
    }
}
