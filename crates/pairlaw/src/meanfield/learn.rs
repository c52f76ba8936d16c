//! The two-phase algorithm, and its deterministic sister, as one box.

use super::config::{Observations, Selection};
use super::error::KernelError;
use super::learned::{LearnedKernel, Trace};
use super::systems::Systems;
use pairlaw_data::Streams;
use pairlaw_law::{KernelTerm, PairKernel};
use pairlaw_sparse::{BestSubset, Noise, RankedSubset, SparseError, best_subset, two_phase};
use pairlaw_weak::Column;

/// Learns φ = Σ ζ_k ψ_k for a dictionary ψ.
///
/// ```text
/// 1   regression    per time step  F ζ ≈ y     ∇·(u (Kψ_k * u)) against u_t − (σ²/2) Δu, or its weak form
/// 2   phase I       which terms act            importance sampling, L1, threshold; or the best subset
/// 3   phase II      their weights              least squares on all steps, the terms frozen
/// ```
///
/// # Errors
///
/// [`KernelError`] names the quantity that is wrong: an empty dictionary, terms that are the same on the
/// data, data that the chosen equation refuses.
///
/// # Source
///
/// Shi, Yang, Hong (2025), Algorithm 1; lines 7 and 13 are step 1, lines 9–20 step 2, lines 21–23
/// step 3.
///
/// # Example
/// ```
/// use pairlaw::data::Grid;
/// use pairlaw::law::{KernelTerm, PairKernel};
/// use pairlaw::meanfield::{Observations, Selection, StrongForm, learn, mean_field};
///
/// // The density of particles that attract each other with φ = 3r² in noise of σ² = 2.
/// let kernel = PairKernel::new(vec![KernelTerm::power(2.0)], vec![3.0])?;
/// let grid = Grid::new([-4.0], [4.0], [160])?;
/// let start = mean_field::gaussian_mixture(&grid, &[(0.5, [1.0], 0.5), (0.5, [-1.0], 0.5)])?;
/// let model = mean_field::MeanField {
///     kernel: &kernel,
///     diffusivity: 1.0,
///     external: Default::default(),
///     face_values: mean_field::FaceValues::Quartic,
/// };
/// let schedule = mean_field::Schedule::until(0.5, 5e-4, 50);
/// let densities = mean_field::solve(&model, &grid, &start, &schedule)?.densities;
///
/// let observations = Observations::Densities { densities: &densities, equation: StrongForm::new(2.0) };
/// let dictionary = [0.0, 1.0, 2.0, 3.0].map(KernelTerm::power);
/// let learned = learn(&observations, &dictionary, &Selection::BestSubset { max_terms: 3 })?;
/// assert_eq!(learned.support(), [false, false, true, false]);
/// assert!((learned.kernel.weights()[2] - 3.0).abs() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn learn<const D: usize>(
    observations: &Observations<'_, D>,
    dictionary: &[KernelTerm],
    selection: &Selection,
) -> Result<LearnedKernel, KernelError> {
    let kernels = kernels(dictionary)?;
    let systems = Systems::new(observations, &kernels)?;
    let (support, trace) = identify(&systems, dictionary, selection)?;
    refine(&systems, dictionary, &support, trace)
}

fn kernels(dictionary: &[KernelTerm]) -> Result<Vec<PairKernel>, KernelError> {
    if dictionary.is_empty() {
        return Err(KernelError::NoTerms);
    }
    Ok(dictionary.iter().map(|term| PairKernel::term(*term)).collect::<Result<_, _>>()?)
}

/// Phase I: which columns act. Those that are no terms of the kernel always do.
fn identify(
    systems: &Systems,
    dictionary: &[KernelTerm],
    selection: &Selection,
) -> Result<(Vec<bool>, Trace), KernelError> {
    let n_columns = dictionary.len() + systems.extra.len();
    let (mut support, trace) = match selection {
        Selection::TwoPhase { config, seed } => {
            let mut stream = Streams::new(*seed).next().expect("streams never end");
            let found = two_phase(&systems.steps, config, &mut stream);
            let found = found.map_err(|error| named(error, dictionary))?;
            (found.support.clone(), Trace::TwoPhase(found))
        }
        Selection::BestSubset { max_terms } => {
            let always: Vec<usize> = (dictionary.len()..n_columns).collect();
            let total = systems.total();
            let found = best_subset(&total, *max_terms, systems.noise, &always);
            let found = found.map_err(|error| named(error, dictionary))?;
            let best = match systems.noise {
                Noise::Known => &found.best,
                Noise::Unknown => fewest(&found, total.response),
            };
            (best.support.clone(), Trace::BestSubset(found))
        }
        Selection::All => (vec![true; n_columns], Trace::All),
    };
    support[dictionary.len()..].fill(true);
    Ok((support, trace))
}

/// A law that leaves no more than this share of the response is as good as exact.
const EXACT: f64 = 1e-5;

/// The fewest terms that leave at most twice what any number of terms leaves, or next to nothing. The
/// errors of densities are those of their discretisation or bandwidth, no noise: an information criterion
/// would buy terms for them.
fn fewest(found: &BestSubset, response: f64) -> &RankedSubset {
    let least = found.by_size.iter().map(|s| s.residual).fold(f64::INFINITY, f64::min);
    let most = 2.0 * least + EXACT * response;
    found.by_size.iter().find(|subset| subset.residual <= most).unwrap_or(&found.best)
}

/// Phase II: least squares on the terms that act, over all steps.
fn refine(
    systems: &Systems,
    dictionary: &[KernelTerm],
    support: &[bool],
    trace: Trace,
) -> Result<LearnedKernel, KernelError> {
    let total = systems.total();
    let fit = total.solve(support).map_err(|error| named(error, dictionary))?;
    let (weights, extra) = fit.weights.split_at(dictionary.len());
    let (errors, extra_errors) = fit.standard_errors.split_at(dictionary.len());
    let is_whitened = systems.noise == Noise::Known;
    let extras = systems.extra.iter().zip(extra.iter().zip(extra_errors));
    let mut learned = LearnedKernel {
        kernel: PairKernel::new(dictionary.to_vec(), weights.to_vec())?,
        standard_errors: is_whitened.then(|| errors.to_vec()),
        external: Vec::new(),
        noise_variance: systems.noise_variance,
        noise_variance_error: None,
        residual: fit.residual,
        response: total.response,
        n_rows: total.n_rows,
        condition: fit.condition,
        trace,
    };
    for (column, (weight, error)) in extras {
        match column {
            Column::Diffusion => {
                learned.noise_variance = *weight;
                learned.noise_variance_error = Some(*error);
            }
            Column::External(_) => learned.external.push((*weight, *error)),
            Column::Kernel(_) => {}
        }
    }
    Ok(learned)
}

/// The error with names for the indices of terms.
pub(super) fn named(error: SparseError, dictionary: &[KernelTerm]) -> KernelError {
    match error {
        SparseError::DependentTerms { first, second } => {
            let name = |term: usize| {
                dictionary
                    .get(term)
                    .map_or("an external potential or σ²".into(), |t| t.to_string())
            };
            KernelError::TermsAlike { first: name(first), second: name(second) }
        }
        other => other.into(),
    }
}
