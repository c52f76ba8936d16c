//! A power whose exponent is learned, too.

use super::config::Observations;
use super::error::KernelError;
use super::systems::Systems;
use pairlaw_law::{KernelTerm, PairKernel};
use pairlaw_sparse::{Noise, Profile, ProfileRange, profile};

/// Profiles an exponent: for each candidate `p` all weights of the terms `dictionary(p)` are fitted,
/// and `p` minimises what they leave unexplained.
///
/// The profile's solution holds the weights at the best `p`, in the order of the dictionary. Its
/// standard error is that of particles in weak form; densities have none worth the name.
///
/// # Errors
///
/// [`KernelError`]; [`KernelError::UnknownNoise`] with an unknown σ².
///
/// # Panics
///
/// If the dictionaries differ in their number of terms.
///
/// # Source
///
/// Profile likelihood; the exponent of case B of Shi, Yang, Hong (2025) is given there.
pub fn profile_exponent<const D: usize>(
    observations: &Observations<'_, D>,
    dictionary: impl Fn(f64) -> Vec<KernelTerm>,
    range: ProfileRange,
) -> Result<Profile, KernelError> {
    observations.check_noise_is_known()?;
    let noise = match observations {
        Observations::Particles { .. } => Noise::Known,
        _ => Noise::Unknown,
    };
    let system = |p: f64| -> Result<_, KernelError> {
        let terms = dictionary(p).into_iter();
        let kernels = terms.map(PairKernel::term).collect::<Result<Vec<_>, _>>()?;
        let n_kernels = kernels.len();
        Ok(Systems::new(observations, &kernels)?.total().projected(n_kernels)?)
    };
    let n_columns = dictionary(range.lower).len();
    if n_columns == 0 {
        return Err(KernelError::NoTerms);
    }
    profile(system, &vec![true; n_columns], range, noise)
}
